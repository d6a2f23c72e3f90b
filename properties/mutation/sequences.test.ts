/**
 * Holds the implementation against sequences of pinned seeds and recorded inputs: it does what it did, or
 * what the checker allows. This is what mutation testing runs.
 */
import { describe, it } from "vitest"
import type { Line } from "../../impl/trace/line.ts"
import { play, replay, subjects } from "../generate.ts"
import { invariantsFor } from "../invariants-for.ts"
import { reference } from "../subject.ts"
import type { CheckOptions } from "../checker.ts"
import { check } from "../trace-check.ts"
import { violationText } from "../verdict.ts"
import { inputsIn, recordedTexts } from "./recorded.ts"
import { fingerprint, scenarioNumber, SEQUENCES } from "./sequences.ts"

const known = recordedTexts("sequences.json")
const numbers = Array.from({ length: SEQUENCES }, (_, i) => i)

/** Throws what the checker has against a run, unless it is the recorded one, which is right. */
const expectAllowed = (
  lines: ReadonlyArray<Line>, recorded: string | undefined, options: CheckOptions = {}
): void => {
  if (fingerprint(lines) === recorded) return
  const { undecided, verdict, violations } = check(lines, options)
  if (verdict === "allowed") return
  throw new Error([verdict, ...violations.map(violationText), ...undecided].join("\n"))
}

const inputs = [...inputsIn("regressions"), ...inputsIn("mutants/traces")]

describe("the implementation", () => {
  it.each(inputs.map((each) => [each.name, each.lines] as const))(
    "does what it did, or what is allowed, after the inputs of %s [SQP-MUT-5]",
    (name, lines) => expectAllowed(replay(lines, reference()), known[name]?.[0])
  )

  it.each(subjects.flatMap((about) => numbers.map((i) => [about, i] as const)))(
    "does what it did, or what is allowed, in the sequence about %s number %i [SQP-MUT-5]",
    (about, i) => {
      const { init, moves } = scenarioNumber(about, i)
      const lines = play({ init, moves }, reference())
      expectAllowed(lines, known[about]?.[i], { invariants: invariantsFor(about, init) })
    }
  )
})
