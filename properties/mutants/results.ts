/** What the recorded traces show of every mutant, and the table of it in spec/mutants.md. */
import { existsSync, readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { readTrace } from "../../impl/trace/read.ts"
import { reference } from "../subject.ts"
import { violationText } from "../verdict.ts"
import { brokenIn, watch } from "../watch.ts"
import { invariantName } from "./invariant-names.ts"
import { fineRun, type Inputs, judged, ruleOf, watched } from "./kill.ts"
import { loadMutant } from "./load.ts"
import type { Mutant } from "./mutant.ts"

/** One mutant under its recorded trace. */
export interface MutantResult {
  readonly name: string
  /** The verdict on the mutant, and on the right implementation under the same inputs. */
  readonly wrong: string
  readonly right: string
  /** Lines of either run that quote what is not there. */
  readonly skipped: number
  /** Kind of the first violation and the requirements that speak of it. */
  readonly rule: string
  /** The first violation in words. */
  readonly text: string
  /** Requirements whose invariants break when nothing is compared with the model. */
  readonly alone: ReadonlyArray<string>
  /** The invariants that break anywhere in its run, each by the name of {@link invariantName}. */
  readonly broken: ReadonlyArray<string>
  /** Requirements, likewise, whose invariants break for the right implementation: none may. */
  readonly falseAlarms: ReadonlyArray<string>
  readonly lines: number
}

/** Where the trace of a mutant stands. */
export const traceFile = (name: string): URL => new URL(`traces/${name}.jsonl`, import.meta.url)

/** The recorded inputs; null where there are none. */
export const recorded = (name: string): Inputs | null => {
  const file = traceFile(name)
  return existsSync(file) ? Result.getOrThrow(readTrace(readFileSync(file, "utf8"))) : null
}

const namesOf = (found: ReturnType<typeof watched>): ReadonlyArray<string> =>
  [...new Set(found?.broken.map(({ invariant }) => invariant.requirement) ?? [])].sort()

/** Plays the recorded trace of a mutant on it and on the right implementation. */
export const resultOf = async (mutant: Mutant): Promise<MutantResult | null> => {
  const inputs = recorded(mutant.name)
  if (inputs === null) return null
  const make = await loadMutant(mutant)
  const wrong = judged(inputs, make())
  const right = judged(inputs, reference())
  const run = fineRun(inputs, make())
  return {
    name: mutant.name,
    wrong: wrong.verdict,
    right: right.verdict,
    skipped: wrong.skipped.length + right.skipped.length,
    rule: ruleOf(wrong),
    text: wrong.violations.map(violationText)[0] ?? "",
    alone: namesOf(watch(run)),
    broken: brokenIn(run).map(invariantName),
    falseAlarms: namesOf(watched(inputs, reference())),
    lines: inputs.length
  }
}

/** The rows of spec/mutants.md. */
export const rowsOf = (
  mutants: ReadonlyArray<Mutant>,
  results: ReadonlyArray<MutantResult>
): ReadonlyArray<string> =>
  mutants.map(({ name, source, title }) => {
    const result = results.find((each) => each.name === name)
    const cells = result === undefined
      ? ["lives", "", ""]
      : [result.rule, result.alone.join(" ") || "-", String(result.lines)]
    return `| ${[name, title, source, ...cells].join(" | ")} |`
  })
