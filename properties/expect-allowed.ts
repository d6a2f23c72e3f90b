/** For tests: the trace of a run, once it is over, is one that the rules allow. */
import { expect } from "vitest"
import type { Line } from "../impl/trace/line.ts"
import type { CheckOptions } from "./checker.ts"
import { check } from "./trace-check.ts"
import { violationText } from "./verdict.ts"

/** Expects that the rules allow a whole trace, and that nothing of it is left undecided. */
export const expectAllowed = (lines: ReadonlyArray<Line>, options: CheckOptions = {}): void => {
  const { undecided, verdict, violations } = check(lines, options)
  expect([...violations.map(violationText), ...undecided]).toEqual([])
  expect(verdict).toBe("allowed")
}
