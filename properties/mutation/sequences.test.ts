/**
 * Holds the implementation against sequences of pinned seeds and recorded inputs: the same inputs, the same
 * outputs. This is what mutation testing runs.
 */
import { describe, it } from "vitest"
import { invariantsFor } from "../invariants-for.ts"
import type { CheckOptions } from "../checker.ts"
import { check } from "../trace-check.ts"
import { violationText } from "../verdict.ts"
import { AGAIN, inputsIn } from "./recorded.ts"
import { fingerprint, played, type Played, recordedSequences, replayed, scenarioNumber } from "./sequences.ts"

const known = recordedSequences()
const pinned = Object.entries(known.pinned).flatMap(([about, fingerprints]) =>
  Object.keys(fingerprints).map((number) => [about, Number(number)] as const))
const inputs = [...inputsIn("regressions"), ...inputsIn("mutants/traces")].map(({ lines, name }) => [name, lines] as const)

/**
 * What to do with a run that is not the recorded one: `say` fails, and asks the rules for what to say (the
 * default); `fail` only fails, because mutation testing reads no more; `refuse` fails if the rules refuse it.
 */
const difference = process.env["MADMUX_DIFFERENCE"] ?? "say"

/** Throws if a run is not the recorded one. */
const expectRecorded = (run: Played, recorded: string | undefined, options: CheckOptions = {}): void => {
  if (fingerprint(run) === recorded) return
  if (difference === "fail") throw new Error("it is not what it did")
  const { undecided, verdict, violations } = check(run.lines, options)
  if (verdict !== "allowed") throw new Error(["refused:", ...violations.map(violationText), ...undecided].join("\n"))
  if (difference !== "refuse") throw new Error(`the rules allow it, but it is not what it did; ${AGAIN}`)
}

describe("the implementation", () => {
  it.each(inputs)(
    "does what it did after the inputs of %s [SQP-MUT-5]",
    (name, lines) => expectRecorded(replayed(lines), known.inputs[name])
  )

  it.each(pinned)(
    "does what it did in the sequence about %s number %i [SQP-MUT-5]",
    (about, number) => {
      const scenario = scenarioNumber(about, number)
      const options = { invariants: invariantsFor(about, scenario.init) }
      expectRecorded(played(scenario), known.pinned[about]?.[number], options)
    }
  )
})
