/** Whether memory stays flat: what is in use after garbage collection, sampled over a run and judged at its end. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** What was in use at a moment. */
export interface MemorySample {
  /** Seconds since the run began. */
  readonly atSeconds: number
  /** Heap and array buffers in use after a full collection. */
  readonly bytes: number
}

/** A judgement of the samples. */
export interface MemoryGrowth {
  /** The median of the last quarter less that of the second quarter; the first is the warm-up. Below 0: less. */
  readonly growthBytes: number
  readonly isFlat: boolean
}

/**
 * How much more may be in use late in a run than early: what the compiler and the statistics may still add. Soaks of
 * twenty minutes grew by less than 1 MiB; a leak of 1 KiB a sequence is 8 MiB in some ten minutes.
 */
export const GROWTH_MAX_BYTES = 8 * 2 ** 20
/** Fewer samples tell nothing. */
export const SAMPLES_LEAST = 8
/** The most samples that are kept; then every other goes, and they are taken half as often. */
export const SAMPLES_MOST = 256

/** Collects all garbage and tells the bytes in use, array buffers included. */
export const bytesInUse = (): number => {
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  if (typeof collect === "function") collect()
  const { external, heapUsed } = process.memoryUsage()
  return heapUsed + external
}

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.trunc(values.length / 2)] ?? 0

/** Judges samples in the order of time; null when there are too few to tell. */
export const growthOf = (samples: ReadonlyArray<MemorySample>, mostBytes = GROWTH_MAX_BYTES): MemoryGrowth | null => {
  if (samples.length < SAMPLES_LEAST) return null
  const quarter = Math.trunc(samples.length / 4)
  const bytes = samples.map((sample) => sample.bytes)
  const growthBytes = median(bytes.slice(-quarter)) - median(bytes.slice(quarter, 2 * quarter))
  return { growthBytes, isFlat: growthBytes <= mostBytes }
}

/** Takes samples now and then, in bounded room. */
export class MemoryWatch {
  #samples: ReadonlyArray<MemorySample> = []
  #everySeconds: number
  readonly #measure: () => number

  /** A sample every `everySeconds` at first; `measure` tells bytes in use. */
  constructor(everySeconds: number, measure = bytesInUse) {
    this.#everySeconds = everySeconds
    this.#measure = measure
  }

  get samples(): ReadonlyArray<MemorySample> {
    return this.#samples
  }

  /** Takes a sample if it is time for one. */
  at(seconds: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && seconds - last.atSeconds < this.#everySeconds) return
    this.#samples = [...this.#samples, { atSeconds: Math.round(seconds * 10) / 10, bytes: this.#measure() }]
    if (this.#samples.length < SAMPLES_MOST) return
    this.#samples = this.#samples.filter((_, i) => i % 2 === 0)
    this.#everySeconds *= 2
  }
}
