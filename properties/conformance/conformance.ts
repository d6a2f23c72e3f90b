/**
 * The conformance kit: drives any implementation by the reference protocol through generated sequences, area by
 * area, judges what it does by the rules, and makes what fails short.
 */
import fc from "fast-check"
import type { Op } from "../../impl/trace/command.ts"
import { resolveCommand } from "../../impl/trace/copy.ts"
import * as Result from "effect/Result"
import type { Line } from "../../impl/trace/line.ts"
import { LENGTH, playing, type Scenario, scenariosAbout } from "../generate.ts"
import type { CheckOptions } from "../checker.ts"
import type { AsyncSubject } from "../subject.ts"
import type { WaivableId } from "../waivers.ts"
import { type Area, areas } from "./areas.ts"
import { inputsOf, type Outcome, type Run, runOnce } from "./session.ts"
import { type Failure, isFailure, shrink } from "./shrink.ts"

/** Sequences an area gets, where nothing else is said. */
export const DEFAULT_RUNS = 100
/** Runs that shrinking may take, where nothing else is said. */
export const DEFAULT_SHRINKS = 300
/** Sequences are drawn in blocks of so many, each from a seed of its own: one alone can be drawn again. */
const BLOCK = 16

/** What to drive, and how long. */
export interface ConformanceOptions {
  /** The areas; all by default. */
  readonly areas?: ReadonlyArray<Area>
  /** From which all sequences follow, 0..2^32 - 1. */
  readonly seed: number
  /** Sequences in each area, {@link DEFAULT_RUNS} by default. */
  readonly runs?: number
  /** Only the sequence of this number, from 1, in each area. */
  readonly run?: number
  /** The most moves of a sequence, 60 by default. */
  readonly length?: number
  /** Runs that making a failure shorter may take, {@link DEFAULT_SHRINKS} by default; 0 leaves it as it is. */
  readonly shrinks?: number
  /** Commands that are left out of all sequences. */
  readonly without?: ReadonlySet<Op>
  /** Divergences of spec/divergences.md that are waived where a line shows them, and counted. */
  readonly allow?: ReadonlyArray<WaivableId>
  /** Settings of the checker; drops need not be listed, by default. */
  readonly check?: CheckOptions
  /** Told each sequence that was done, and each attempt to make one shorter. */
  readonly onProgress?: (progress: Progress) => void
}

/** Where the kit is. */
export interface Progress {
  readonly area: string
  /** Sequences done, of so many; or runs of the attempt to make one shorter. */
  readonly done: number
  readonly of: number
  readonly isShrinking: boolean
}

/** A sequence that went wrong, made short. */
export interface Finding {
  /** Its number among those of its area, from 1. */
  readonly run: number
  readonly outcome: Failure["outcome"]
  /** The run as it went, from the init to what is wrong; `in` alone is what to do to see it again. */
  readonly lines: ReadonlyArray<Line>
  /** How many lines it had before it was made short. */
  readonly drawn: number
  /** Runs that this took. */
  readonly attempts: number
  /** Whether the same inputs failed in the same way again; else the subject does not do the same each time. */
  readonly repeats: boolean
}

/** What was found in one area. */
export interface AreaReport {
  readonly area: string
  readonly verdict: "allowed" | "violation" | "undecided" | "fault"
  /** Sequences that were done. */
  readonly runs: number
  readonly lines: number
  /** The first sequence that went wrong; nothing after it was done. */
  readonly finding: Finding | null
  /** Why sequences could not be decided; at most ten. */
  readonly undecided: ReadonlyArray<string>
  /** On how many lines of these sequences each divergence was waived. */
  readonly waived: Readonly<Record<string, number>>
}

/** What was found. */
export interface ConformanceReport {
  readonly seed: number
  /** The worst of the areas. */
  readonly verdict: AreaReport["verdict"]
  readonly areas: ReadonlyArray<AreaReport>
  /** Divergences that were to be waived. */
  readonly allow: ReadonlyArray<WaivableId>
  /** Commands that were left out. */
  readonly without: ReadonlyArray<Op>
}

const WORST: ReadonlyArray<AreaReport["verdict"]> = ["fault", "violation", "undecided"]
const UNDECIDED_MAX = 10

const blockAt = ({ about }: Area, seed: number, block: number, length: number): ReadonlyArray<Scenario> =>
  fc.sample(scenariosAbout(about, length), { seed: (seed + block * 0x9e37_79b1) | 0, numRuns: BLOCK })

/** The sequence of a number, from 1: the same for the same seed, area and length. */
export const scenarioAt = (area: Area, seed: number, run: number, length: number = LENGTH): Scenario => {
  const found = blockAt(area, seed, Math.trunc((run - 1) / BLOCK), length)[(run - 1) % BLOCK]
  if (found === undefined) throw new RangeError(`there is no sequence ${run}; they count from 1`)
  return found
}

function* scenariosFrom(area: Area, seed: number, runs: number, length: number): Generator<readonly [number, Scenario]> {
  for (let block = 0; block * BLOCK < runs; block++) {
    const before = block * BLOCK
    for (const [i, scenario] of blockAt(area, seed, block, length).slice(0, runs - before).entries())
      yield [before + i + 1, scenario]
  }
}

/** Does the inputs of a trace on a fresh subject. */
export const conformTrace = (
  open: () => AsyncSubject,
  lines: ReadonlyArray<Line>,
  area: Area,
  check: CheckOptions = {}
): Promise<Run> => runOnce(inputsOf(lines), open, area.about, { drops: false, ...check })

const findingOf = async (
  run: number,
  failure: Failure,
  area: Area,
  open: () => AsyncSubject,
  { check = {}, onProgress = () => {}, shrinks = DEFAULT_SHRINKS }: ConformanceOptions
): Promise<Finding> => {
  const { outcome } = failure
  // Each attempt would wait as long again for what does not come.
  const waits = outcome._tag === "fault" && (outcome.fault.kind === "silent" || outcome.fault.kind === "slow")
  const of = waits ? 0 : shrinks
  let done = 0
  const again = (lines: ReadonlyArray<Line>): Promise<Run> => {
    onProgress({ area: area.name, done: ++done, of, isShrinking: true })
    return conformTrace(open, lines, area, check)
  }
  const shrunk = await shrink(failure, again, of)
  const { lines } = shrunk.failure
  const { attempts, repeats } = shrunk
  return { run, outcome: shrunk.failure.outcome, lines, drawn: failure.lines.length, attempts, repeats }
}

type Done = Pick<AreaReport, "runs" | "lines" | "undecided" | "waived">

const reportOf = (area: Area, done: Done, finding: Finding | null): AreaReport => ({
  ...done,
  area: area.name,
  verdict: finding !== null ? finding.outcome._tag : done.undecided.length > 0 ? "undecided" : "allowed",
  finding,
  undecided: done.undecided.slice(0, UNDECIDED_MAX)
})

const after = ({ lines, runs, undecided, waived }: Done, number: number, result: Run): Done => {
  const sums = new Map(Object.entries(waived))
  for (const [id, count] of Object.entries(result.waived)) sums.set(id, (sums.get(id) ?? 0) + count)
  return {
    runs: runs + 1,
    lines: lines + result.lines.length,
    undecided: result.outcome._tag === "undecided"
      ? [...undecided, `sequence ${number}: ${result.outcome.texts[0] ?? ""}`]
      : undecided,
    waived: Object.fromEntries(sums)
  }
}

const inArea = async (area: Area, open: () => AsyncSubject, options: ConformanceOptions): Promise<AreaReport> => {
  const { check = {}, length = LENGTH, onProgress = () => {}, run, runs = DEFAULT_RUNS, seed, without = new Set() } = options
  const scenarios = run === undefined
    ? scenariosFrom(area, seed, runs, length)
    : [[run, scenarioAt(area, seed, run, length)] as const]
  let done: Done = { runs: 0, lines: 0, undecided: [], waived: {} }
  for (const [number, scenario] of scenarios) {
    const inputs = playing(scenario, { settles: true, without })
    const result = await runOnce(inputs, open, area.about, { drops: false, ...check })
    done = after(done, number, result)
    onProgress({ area: area.name, done: done.runs, of: run === undefined ? runs : 1, isShrinking: false })
    if (isFailure(result)) return reportOf(area, done, await findingOf(number, result, area, open, options))
  }
  return reportOf(area, done, null)
}

/** Whether a subject could not even be started: there is no sense in going on. */
const isStartFault = (outcome: Outcome | undefined): boolean => outcome?._tag === "fault" && outcome.fault.kind === "start"

/**
 * Drives an implementation through sequences of the areas, each sequence on a fresh subject of `open`. Ends each area
 * at its first failure, and altogether when a subject cannot be started. The same seed does the same.
 */
export const conformance = async (open: () => AsyncSubject, given: ConformanceOptions): Promise<ConformanceReport> => {
  const { allow = given.check?.allow ?? [] } = given
  const options = { ...given, check: { ...given.check, allow } }
  const reports: Array<AreaReport> = []
  for (const area of options.areas ?? areas) {
    const report = await inArea(area, open, options)
    reports.push(report)
    if (isStartFault(report.finding?.outcome)) break
  }
  const verdict = WORST.find((worst) => reports.some((report) => report.verdict === worst)) ?? "allowed"
  return { seed: options.seed, verdict, areas: reports, allow, without: [...(options.without ?? [])] }
}

/** The lines of a run with their copies done, as this run meant them. */
export const meantBy = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const outputs = new Map(lines.map(({ n, out = [] }) => [n, out]))
  return lines.map((line) => {
    const command = resolveCommand(line.in, (n) => outputs.get(n))
    return Result.isFailure(command) ? line : { ...line, in: command.success }
  })
}
