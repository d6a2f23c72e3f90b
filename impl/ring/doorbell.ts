/**
 * Doorbell: how the one consumer of some rings sleeps without missing work, and how producers wake it.
 *
 * The consumer looks for work a bounded number of times, then raises its sleeping flag, looks once more and
 * sleeps. A producer makes its work visible first and then rings: one load while the consumer is awake. Both
 * sides write before they read, atomically, so at least one of them sees the other: no wake-up is lost.
 */
import { InputError } from "../input/check.ts"
import type { SharedRegion } from "./memory.ts"

/** Values of the flag word. Only the consumer raises it; whoever lowers it ends the sleep. */
const AWAKE = 0
const SLEEPING = 1
/** 128 bytes, so that producers polling the flag do not disturb an index. */
const DOORBELL_ALLOCATED_WORDS = 32
/** Looks before sleeping when nothing else is asked: 0.1 to 0.5 ms for a ready bitmap. */
const DEFAULT_POLLS = 2000
/** The most looks before sleeping: spinning is always bounded. */
export const DOORBELL_POLLS_MAX = 1_000_000

/** Size in words that {@link allocateDoorbell} takes from a region. */
export const doorbellWords = (): number => DOORBELL_ALLOCATED_WORDS

/** Allocates a doorbell and returns its word offset. Throws an InputError when the region is exhausted. */
export const allocateDoorbell = (region: SharedRegion): number => region.allocate(DOORBELL_ALLOCATED_WORDS)

/** How a wait ended: `"ready"` without sleeping, `"woken"` by a ring, `"timed-out"` after the whole time. */
export type WaitOutcome = "ready" | "woken" | "timed-out"

/**
 * What a consumer waits for. `pending` must read shared memory with Atomics, or the last look before sleep
 * may lie.
 */
export interface WorkSource {
  pending(): boolean
}

/** Choices of the consumer. */
export interface DoorbellOptions {
  /**
   * Looks for work before sleeping, 0..1e6; 2000 by default. Give 0 when busy threads outnumber the cores.
   */
  readonly polls?: number
}

/** A thread's handle on a doorbell; any number of producers ring, one consumer waits. */
export class Doorbell {
  readonly #words: Int32Array
  readonly #flag: number
  readonly #polls: number

  /**
   * Attaches to the doorbell at word `doorbell`. Throws an InputError for an offset or a number of polls out of
   * range.
   */
  constructor(region: SharedRegion, doorbell: number, options: DoorbellOptions = {}) {
    const polls = options.polls ?? DEFAULT_POLLS
    if (!Number.isInteger(doorbell) || doorbell < 0 || doorbell >= region.words.length) {
      throw new InputError(`no doorbell at word ${doorbell}: pass what allocateDoorbell returned`)
    }
    if (!Number.isInteger(polls) || polls < 0 || polls > DOORBELL_POLLS_MAX) {
      throw new InputError(`polls of a doorbell must be in 0..${DOORBELL_POLLS_MAX}, got ${polls}`)
    }
    this.#words = region.words
    this.#flag = doorbell
    this.#polls = polls
  }

  /**
   * Wakes the consumer if it sleeps or is about to; call it after the work is visible (published and marked).
   */
  ring(): void {
    if (Atomics.load(this.#words, this.#flag) !== SLEEPING) return
    // Lowering the flag reaches a consumer that has not fallen asleep yet; of several producers one notifies.
    if (Atomics.compareExchange(this.#words, this.#flag, SLEEPING, AWAKE) === SLEEPING) {
      Atomics.notify(this.#words, this.#flag, 1)
    }
  }

  /**
   * Waits until `source` has work or `timeoutMs` (0 or more; may be Infinity) has passed in sleep. Blocks the
   * thread: for a dedicated worker only. Whatever the outcome, the consumer looks for work itself: a ring
   * without work is allowed, and work may arrive as the time ends. Throws an InputError for any other
   * `timeoutMs`.
   */
  wait(source: WorkSource, timeoutMs: number): WaitOutcome {
    if (!(timeoutMs >= 0)) throw new InputError(`timeoutMs of a doorbell must be 0 or more, got ${timeoutMs}`)
    for (let poll = 0; poll < this.#polls; poll++) {
      if (source.pending()) return "ready"
      pause()
    }
    Atomics.store(this.#words, this.#flag, SLEEPING)
    if (source.pending()) {
      Atomics.store(this.#words, this.#flag, AWAKE)
      return "ready"
    }
    const ended = Atomics.wait(this.#words, this.#flag, SLEEPING, timeoutMs)
    Atomics.store(this.#words, this.#flag, AWAKE)
    return ended === "timed-out" ? "timed-out" : "woken"
  }
}

/** Tells the core that this is a spin loop, where the runtime can (Node 22 cannot). */
const pause: () => void = "pause" in Atomics ? () => Atomics.pause() : () => {}
