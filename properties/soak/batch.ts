/**
 * The batches of a soak: batch b of seed s is always the same, whoever plays it. The subjects of the generator and the
 * embedded fabric take turns; what fails is shrunk where it can be.
 */
import fc from "fast-check"
import { seededRandom32 } from "../../impl/port/fabric/faults.ts"
import { writeTrace } from "../../impl/trace/write.ts"
import { LENGTH, type Scenario, scenariosAbout, subjects } from "../generate.ts"
import { type Judged, judge, type JudgeOptions, judgeScenario } from "../model-based/judged.ts"
import type { Statistics } from "../statistics.ts"
import type { Subject } from "../subject.ts"
import { playFabric } from "./fabric-run.ts"

/** The subject of the batches on the embedded fabric. */
export const FABRIC = "the embedded fabric"
/** What batches are about. */
export const soakSubjects: ReadonlyArray<string> = [...subjects, FABRIC]

/** What batches are made of. */
export interface BatchOptions {
  /** The implementation under test, new for each sequence; batches on the embedded fabric always play our own. */
  readonly subject: () => Subject
  /** Sequences of a batch; a batch on the embedded fabric is one run. */
  readonly sequences: number
  /** How many sequences may be tried to shrink a failure; the shortest that fails counts. */
  readonly shrinks: number
}

/** What a batch came to. */
export interface BatchResult {
  readonly about: string
  readonly sequences: number
  readonly steps: number
  /** What is wrong, and the shortest trace that shows it; null when all is allowed. */
  readonly fault: { readonly text: string; readonly trace: string } | null
  /** How many sequences had too many explanations to be judged to their end. */
  readonly undecided: number
}

/** More states than this and a trace is undecided; few traces need more than the first. */
const CANDIDATES = [64, 256] as const

/**
 * What batch `batch` of a soak is about: as many batches as there are subjects are about each once, beginning anywhere.
 * Were they always in one order, a shard would play few subjects only: of two shards each half.
 */
export const subjectOfBatch = (batch: number): string => {
  const { length } = soakSubjects
  const round = Math.trunc(batch / length)
  const first = round === 0 ? 0 : seededRandom32(round)() % length
  return soakSubjects[(batch + first) % length] ?? FABRIC
}

/** The seed of one batch of a soak, 0..2^31-1: the same for the same numbers, and far from its neighbours. */
export const seedOfBatch = (seed: number, batch: number): number => {
  const of = (from: number): number => seededRandom32(from)()
  return of(of(seed) ^ of(batch ^ 0x5eed)) >>> 1
}

/** Judges with few candidates first, with many where that leaves it undecided. */
const decided = (judged: (candidates: number) => Judged): Judged => {
  const first = judged(CANDIDATES[0])
  return first.verdict === "undecided" ? judged(CANDIDATES[1]) : first
}

const isWrong = ({ verdict }: Judged): boolean => verdict === "violation"
const textOf = ({ faults, verdict }: Judged): string => [verdict, ...faults].join("\n")

/** A run on the embedded fabric. */
const fabricBatch = (seed: number, onStep: JudgeOptions["onStep"] & {}): BatchResult => {
  const { lines, missed } = playFabric(seed)
  const judged = decided((candidates) => judge(lines, { candidates, onStep }))
  const fault = isWrong(judged)
    ? { text: textOf(judged), trace: judged.trace }
    : missed.length > 0 ? { text: missed.join("\n"), trace: writeTrace(lines) } : null
  return { about: FABRIC, sequences: 1, steps: judged.steps, fault, undecided: judged.verdict === "undecided" ? 1 : 0 }
}

/** Sequences of one subject of the generator. */
const generatedBatch = (
  about: string,
  seed: number,
  { sequences, shrinks, subject }: BatchOptions,
  onStep: JudgeOptions["onStep"] & {}
): BatchResult => {
  let steps = 0
  let undecided = 0
  let left = Infinity
  let last: Judged | null = null
  const allowed = fc.property(scenariosAbout(about, LENGTH), (scenario: Scenario) => {
    // What was found stays as short as it is.
    if (--left < 0) return
    const judged = decided((candidates) => judgeScenario(scenario, subject(), { candidates, onStep }))
    steps += judged.steps
    if (judged.verdict === "undecided") undecided += 1
    if (!isWrong(judged)) return
    if (last === null) left = shrinks
    last = judged
    throw new Error(textOf(judged))
  })
  const details = fc.check(allowed, { seed, numRuns: sequences })
  const shortest: Judged | null = last
  const crash = String(details.errorInstance)
  const fault = !details.failed
    ? null
    : shortest === null ? { text: crash, trace: "" } : { text: textOf(shortest), trace: traceOf(shortest) }
  return { about, sequences: details.numRuns, steps, fault, undecided }
}

const traceOf = ({ trace }: Judged): string => trace

/** Plays one batch and judges it; `statistics` counts what it reaches. */
export const playBatch = (
  seed: number,
  batch: number,
  options: BatchOptions,
  statistics: Statistics
): BatchResult => {
  const about = subjectOfBatch(batch)
  const own = seedOfBatch(seed, batch)
  const onStep: JudgeOptions["onStep"] = (step) => statistics.note(step)
  try {
    const result = about === FABRIC ? fabricBatch(own, onStep) : generatedBatch(about, own, options, onStep)
    for (let i = 0; i < result.sequences; i++) statistics.run()
    return result
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { about, sequences: 0, steps: 0, fault: { text, trace: "" }, undecided: 0 }
  }
}
