/** Finds a short trace by which a wrong implementation is told from the right one. */
import fc from "fast-check"
import type { Line } from "../../impl/trace/line.ts"
import { check } from "../trace-check.ts"
import { LENGTH, play, replay, scenariosAbout } from "../generate.ts"
import { reference, type Subject } from "../subject.ts"
import type { Verdict } from "../verdict.ts"
import { finely, watch, type Watched } from "../watch.ts"

/** Inputs, and ids by `copy` where a run chooses them. */
export type Inputs = ReadonlyArray<Line>

/** How a mutant is searched for. */
export interface SearchOptions {
  readonly about: string
  readonly seed: number
  /** The most sequences that the checker judges. */
  readonly runs: number
  /**
   * The most that the invariants alone judge; none about full rings, where only the model knows whose turn it
   * was.
   */
  readonly watched: number
}

/** A subject whose faults are answers: a mutant that throws is refused and does not end the search. */
const guarded = (subject: Subject): Subject => ({
  apply: (line) => {
    try {
      return subject.apply(line)
    } catch (fault) {
      return { n: line.n, in: line.in, error: `the implementation broke: ${String(fault)}` }
    }
  }
})

const inputsOf = (lines: ReadonlyArray<Line>): Inputs =>
  lines.map(({ in: command, n }) => ({ n, in: command }))

/** What the checker says of a run of these inputs. */
export const judged = (inputs: Inputs, subject: Subject): Verdict => check(replay(inputs, guarded(subject)))

/** What was done while `run` drove a subject, with every output at its own millisecond, as an invariant must see it. */
export const finelyDone = (subject: Subject, run: (subject: Subject) => unknown): ReadonlyArray<Line> => {
  const fine = finely(subject)
  run(fine)
  return fine.done
}

/** A run of these inputs, with every output at its own millisecond; a fault of the subject is an answer of it. */
export const fineRun = (inputs: Inputs, subject: Subject): ReadonlyArray<Line> =>
  finelyDone(guarded(subject), (fine) => replay(inputs, fine))

/** What the invariants alone say of a run of these inputs. */
export const watched = (inputs: Inputs, subject: Subject): Watched | null => watch(fineRun(inputs, subject))

/** What broke first, in one line: the kind of the violation and the requirements that speak of it. */
export const ruleOf = ({ violations }: Verdict): string => {
  const [first] = violations
  return first === undefined ? "nothing" : [first.kind, ...first.requirements.slice(0, 3)].join(" ")
}

/** Whether nothing in a run is void because it quotes what is not there. */
const isWhole = ({ skipped, undecided }: Verdict): boolean => skipped.length === 0 && undecided.length === 0

/** True if the inputs show the mutant to be wrong, and nothing but it. */
export const tells = (inputs: Inputs, make: () => Subject): boolean => {
  const wrong = judged(inputs, make())
  if (wrong.verdict !== "violation" || !isWhole(wrong)) return false
  const right = judged(inputs, reference())
  return right.verdict === "allowed" && isWhole(right)
}

/** True if the invariants alone show it, too. */
export const tellsAlone = (inputs: Inputs, make: () => Subject): boolean =>
  watched(inputs, make()) !== null && watched(inputs, reference()) === null

/** Takes lines away as long as the rest still does what it should; the first stays. */
export const shrunk = (inputs: Inputs, isGood: (inputs: Inputs) => boolean): Inputs => {
  let best = inputs
  for (let size = best.length >> 1; size > 0; ) {
    let isShorter = false
    for (let at = best.length - size; at >= 1; at -= size) {
      const shorter = [...best.slice(0, at), ...best.slice(at + size)]
      if (!isGood(shorter)) continue
      best = shorter
      isShorter = true
    }
    if (!isShorter || size > 1) size >>= 1
  }
  return best
}

/** Numbers the lines from 1, and what they quote. */
export const renumbered = (inputs: Inputs): Inputs => {
  const now = new Map(inputs.map(({ n }, i) => [n, i + 1]))
  const of = (line: number): number => now.get(line) ?? line
  return inputs.map(({ in: command, n }): Line => {
    const copied = "copy" in command && command.copy !== undefined
      ? { ...command, copy: command.copy.map((each) => ({ ...each, line: of(each.line) })) }
      : command
    const quoted = "qpnFrom" in copied && copied.qpnFrom !== undefined
      ? { ...copied, qpnFrom: { ...copied.qpnFrom, line: of(copied.qpnFrom.line) } }
      : copied
    return { n: of(n), in: quoted }
  })
}

const upTo = (lines: ReadonlyArray<Line>, n: number | undefined): Inputs => {
  const at = lines.findIndex((line) => line.n === n)
  return inputsOf(at < 0 ? lines : lines.slice(0, at + 1))
}

/** The inputs of a scenario as far as the checker follows the mutant; null if it allows it. */
const byChecker = (lines: ReadonlyArray<Line>, make: () => Subject): Inputs | null => {
  const { verdict, violations } = check(lines)
  if (verdict !== "violation") return null
  const inputs = upTo(lines, violations[0]?.n)
  return tells(inputs, make) ? inputs : null
}

/** Sequences about a subject, drawn in blocks. */
function* scenarios(about: string, seed: number) {
  const numRuns = 20
  const drawn = scenariosAbout(about, LENGTH)
  for (let block = 0; ; block++) yield* fc.sample(drawn, { numRuns, seed: seed + block })
}

/** The shortest trace found by which a mutant is told, by the invariants alone if possible; null for none. */
export const findKill = (make: () => Subject, options: SearchOptions): Inputs | null => {
  const { about, runs, seed, watched: watchedRuns } = options
  let found: Inputs | null = null
  let count = 0
  for (const scenario of scenarios(about, seed)) {
    count += 1
    if (count <= watchedRuns && about !== "full rings") {
      const fine = finely(guarded(make()))
      const lines = play(scenario, fine)
      const broken = watch(fine.done)
      const inputs = broken === null ? null : upTo(lines, fine.origin[broken.at])
      const isBoth = (each: Inputs): boolean => tellsAlone(each, make) && tells(each, make)
      if (inputs !== null && isBoth(inputs)) return renumbered(shrunk(inputs, isBoth))
    }
    if (found === null && count <= runs) found = byChecker(play(scenario, guarded(make())), make)
    if (count >= watchedRuns && (found !== null || count >= runs)) break
  }
  return found === null ? null : renumbered(shrunk(found, (each) => tells(each, make)))
}
