/** What the ring suite tells its threads. */
import type { SharedMemory } from "../ring/copy.ts"
import type { CopyKind } from "../ring/memory.ts"

/** Slots of the pools that are copied from and to: they stay in the first-level cache. */
export const POOL_SLOTS = 16

/** What a thread measures: both ends of the ring, one of them, or passes over a ready bitmap. */
export type Part = "both" | "producer" | "consumer" | "bitmap"

/** Where things are in the shared memory and how much to do. */
export interface RingBenchJob {
  readonly part: Part
  readonly memory: SharedMemory
  readonly copy: CopyKind
  readonly ring: number
  readonly sources: number
  readonly sinks: number
  readonly bitmap: number
  /** A word that counts the threads that are ready to start, and how many there are. */
  readonly gate: number
  readonly threads: number
  readonly batch: number
  readonly warmup: number
  readonly count: number
  readonly deadlineMs: number
}
