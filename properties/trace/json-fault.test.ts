import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { jsonFault } from "../../impl/trace/json-fault.ts"
import { assertProperty } from "../run.ts"

/** Whether the engine takes it for JSON. */
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON texts of one line, some of them cut, some with a character that is another. */
const texts = fc
  .record({
    value: fc.jsonValue(),
    at: fc.nat({ max: 200 }),
    instead: fc.constantFrom("", "", ",", "}", "]", "{", "[", ":", "\"", "\\", "0", "-", "e", ".", "x", "\u0001", " ")
  })
  .map(({ at, instead, value }) => {
    const text = JSON.stringify(value)
    return text.slice(0, at) + instead + (instead === "" ? "" : text.slice(at + 1))
  })

describe("A line that is no JSON", () => {
  it("is told from one that is, as the engine does it [SQP-IN-1]", () => {
    assertProperty(fc.property(texts, (text) => (jsonFault(text) === null) === isJson(text)), { numRuns: 3000 })
  })

  it.each([
    ["{\"n\":1,\"in\":}", 13, "\"}\""],
    ["{\"n\":1", 7, "the end of the line"],
    ["{\"n\":1,}", 8, "\"}\""],
    ["{\"n\" 1}", 6, "\"1\""],
    ["{n:1}", 2, "\"n\""],
    ["[1,2", 5, "the end of the line"],
    ["[1 2]", 4, "\"2\""],
    ["[1}", 3, "\"}\""],
    ["{} {}", 4, "\"{\""],
    ["\"a\\q\"", 3, "\"\\\\\""],
    ["[01]", 3, "\"1\""],
    ["", 1, "the end of the line"]
  ])("%s is refused at column %i, with what stands there [SQP-IN-1]", (text, column, found) => {
    expect(isJson(text)).toBe(false)
    expect(jsonFault(text)).toEqual({ column, found })
  })

  it("may be nested as deep as a line is long [SQP-IN-1]", () => {
    expect(jsonFault("[".repeat(1_000_000))).toEqual({ column: 1_000_001, found: "the end of the line" })
  })
})
