import { readdirSync, readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { readTrace } from "../impl/trace/read.ts"
import { check } from "./trace-check.ts"
import { replay } from "./generate.ts"
import { reference } from "./subject.ts"
import { violationText } from "./verdict.ts"

const folder = new URL("regressions/", import.meta.url)

/** Every trace that once showed a mistake; its outputs, if it has any, are what was wrong then. */
const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl")).sort()

describe("a trace that once went wrong", () => {
  it("there is at least one", () => {
    expect(files.length).toBeGreaterThan(0)
  })

  it.each(files)("is done right now: %s", (name) => {
    const lines = Result.getOrThrow(readTrace(readFileSync(new URL(name, folder), "utf8")))
    const { skipped, undecided, verdict, violations } = check(replay(lines, reference()))
    expect([...violations.map(violationText), ...undecided]).toEqual([])
    expect(verdict).toBe("allowed")
    // A line that means nothing any more tests nothing.
    expect(skipped).toEqual([])
  })
})
