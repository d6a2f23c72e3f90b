/**
 * The soak: batches until the time is over, all invariants and the checker on each, memory watched. One shard plays every
 * n-th batch, so shards of a seed divide the batches of the soak among them (spec/soak.md).
 */
import { setImmediate } from "node:timers/promises"
import { Statistics } from "../statistics.ts"
import { reference, type Subject } from "../subject.ts"
import { type BatchResult, playBatch } from "./batch.ts"
import { GROWTH_MAX_BYTES, growthOf, MemoryWatch } from "./memory.ts"
import { SOAK_FORMAT, type SoakFailure, type SoakReport } from "./report.ts"

/** What is soaked, and for how long. */
export interface SoakOptions {
  /** 0..2^31-1. */
  readonly seed: number
  /** Which shard this is of how many: [1, 1] by default. */
  readonly shard?: readonly [shard: number, of: number]
  /** Stops before the batch that would begin later. */
  readonly seconds?: number
  /** Stops after so many batches of this shard. */
  readonly batches?: number
  /** Plays this batch and no other, whichever shard has it. */
  readonly only?: number
  /** Sequences of a batch; 10 by default. */
  readonly sequences?: number
  /** How many sequences may be tried to shrink a failure; 300 by default. */
  readonly shrinks?: number
  /** The implementation under test; our own by default. */
  readonly subject?: () => Subject
  /** How often memory is looked at, at first; 5 seconds by default. */
  readonly sampleSeconds?: number
  /** How much more memory may be in use late than early. */
  readonly growthMaxBytes?: number
  readonly onProgress?: (progress: SoakProgress) => void
  /** Asked before each batch: whether to end now. */
  readonly isStopped?: () => boolean
  /** Seconds on some clock; that of the process by default. */
  readonly nowSeconds?: () => number
  /** Bytes in use after a collection; those of the process by default. */
  readonly measure?: () => number
}

/** How a soak stands after a batch. */
export interface SoakProgress {
  readonly seconds: number
  readonly batches: number
  readonly sequences: number
  readonly steps: number
  readonly failures: number
  readonly bytes: number
}

/** Failures that are kept with their traces; what is beyond is counted. */
const FAILURES_MOST = 20
const SHRINKS = 300

/** The command that plays one batch again. */
export const replayCommand = (seed: number, batch: number, sequences: number): string =>
  `npm run soak -- --seed ${seed} --batch ${batch} --sequences ${sequences}`

/** What a shard has come to so far. */
class Tally {
  readonly statistics = new Statistics()
  readonly subjects: Record<string, { batches: number; sequences: number; steps: number; undecided: number }> = {}
  readonly failures: Array<SoakFailure> = []
  batches = 0
  sequences = 0
  steps = 0
  moreFailures = 0

  note({ about, sequences, steps, undecided }: BatchResult): void {
    const of = (this.subjects[about] ??= { batches: 0, sequences: 0, steps: 0, undecided: 0 })
    of.undecided += undecided
    of.batches += 1
    of.sequences += sequences
    of.steps += steps
    this.batches += 1
    this.sequences += sequences
    this.steps += steps
  }

  fail(failure: SoakFailure): void {
    if (this.failures.length < FAILURES_MOST) this.failures.push(failure)
    else this.moreFailures += 1
  }
}

/** Plays the batches of a shard until it is told to stop or time or batches are over. Never fails: what is wrong is told. */
export const soak = async (options: SoakOptions): Promise<SoakReport> => {
  const { batches = Infinity, only, seconds = Infinity, sequences = 10, shard: [shard, of] = [1, 1], seed } = options
  const { shrinks = SHRINKS } = options
  const { nowSeconds = () => performance.now() / 1000, subject = reference } = options
  const { growthMaxBytes = GROWTH_MAX_BYTES, isStopped = () => false, onProgress = () => {} } = options
  const startedAt = new Date().toISOString()
  const beganAt = nowSeconds()
  const passed = (): number => nowSeconds() - beganAt
  const watch = new MemoryWatch(options.sampleSeconds ?? 5, options.measure)
  const tally = new Tally()
  const most = only === undefined ? batches : 1
  while (tally.batches < most && passed() < seconds && !isStopped()) {
    const batch = only ?? shard - 1 + tally.batches * of
    const result = playBatch(seed, batch, { subject, sequences, shrinks }, tally.statistics)
    tally.note(result)
    const { about, fault } = result
    if (fault !== null) tally.fail({ batch, about, replay: replayCommand(seed, batch, sequences), ...fault })
    watch.at(passed())
    onProgress({
      seconds: passed(), batches: tally.batches, sequences: tally.sequences, steps: tally.steps,
      failures: tally.failures.length + tally.moreFailures, bytes: watch.samples.at(-1)?.bytes ?? 0
    })
    // Signals are heard between batches.
    await setImmediate()
  }
  const growth = growthOf(watch.samples, growthMaxBytes)
  if (growth?.isFlat === false) {
    const text = `memory grew by ${growth.growthBytes} bytes, more than ${growthMaxBytes}`
    const replay = `npm run soak -- --seed ${seed} --shard ${shard}/${of} --minutes ${Math.ceil(passed() / 60)}`
    tally.fail({ batch: null, about: "memory", text, replay, trace: "" })
  }
  return {
    format: SOAK_FORMAT, seed, shards: [shard], of, startedAt, node: process.version, seconds: Math.round(passed() * 10) / 10,
    batches: tally.batches, subjects: tally.subjects, reached: tally.statistics.counts(),
    memory: [{ shard, samples: watch.samples, growthBytes: growth?.growthBytes ?? null, mostBytes: growthMaxBytes }],
    failures: tally.failures, moreFailures: tally.moreFailures
  }
}
