import { readdirSync, readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { expect, it } from "vitest"
import type { Line } from "../impl/trace/line.ts"
import { readTrace } from "../impl/trace/read.ts"
import { check } from "./trace-check.ts"
import { violationText } from "./verdict.ts"

const directory = new URL("contrarian/", import.meta.url)
const names = readdirSync(directory).filter((name) => name.endsWith(".jsonl")).sort()

const linesOf = (name: string): ReadonlyArray<Line> => {
  const lines = readTrace(readFileSync(new URL(name, directory), "utf8"))
  if (Result.isFailure(lines)) throw new Error(lines.failure.message)
  return lines.success
}

it("there are traces of the contrarian", () => expect(names.length).toBeGreaterThan(3))

it.each(names)("%s, which was refused once because our implementation does otherwise, is allowed [SQP-SERVE-2]", (name) => {
  const { undecided, verdict, violations } = check(linesOf(name), { own: false, drops: !name.includes("untold") })
  expect(verdict, [...violations.map(violationText), ...undecided].join("\n")).toBe("allowed")
})

it("a wire TID with upper 32 bits is a choice that ours does not make, and no violation of another's [SQP-SERVE-2] [SQP-TID-7]", () => {
  const wide = linesOf("wire-tid-used-again-when-it-has-rested.jsonl").map((line) => ({
    ...line,
    ...(line.out && {
      out: line.out.map((output) =>
        output.to === "wire" ? { ...output, mad: `${output.mad.slice(0, 16)}abcdef01${output.mad.slice(24)}` } : output)
    })
  }))
  expect(check(wide, { own: false }).violations).toEqual([])
  expect(check(wide).violations.flatMap(({ requirements }) => requirements)).toContain("SQP-TID-7")
})
