/**
 * Ready bitmap: which of 256 functions have something for the consumer of their rings. One bit per function
 * in 8 words, so that a pass over 254 functions costs 8 loads instead of 254.
 *
 * The order that loses nothing: a producer publishes, then marks; the consumer takes the bits, then reads the
 * ring until it is empty, or marks the function again if it stops earlier. All accesses that matter are
 * sequentially consistent: either the producer sees its bit taken and sets it again, or the consumer sees the
 * published slots.
 */
import { InputError } from "../input/check.ts"
import type { SharedRegion } from "./memory.ts"

/** Words of a ready bitmap. */
export const READY_WORDS = 8
/** Functions of a ready bitmap: 0..255. */
export const READY_FUNCTIONS = READY_WORDS * 32
/** 128 bytes, so that no index shares its lines. */
const READY_ALLOCATED_WORDS = 32

/** Size in words that {@link allocateReadyBitmap} takes from a region. */
export const readyBitmapWords = (): number => READY_ALLOCATED_WORDS

/** Allocates a clear bitmap and returns its word offset. Throws an InputError when the region is exhausted. */
export const allocateReadyBitmap = (region: SharedRegion): number => region.allocate(READY_ALLOCATED_WORDS)

/** The lowest set bit of `bits` (not 0) as its number 0..31; `bits & (bits - 1)` clears it. */
export const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits)

/** A thread's handle on a ready bitmap; any number of producers, one consumer. */
export class ReadyBitmap {
  readonly #words: Int32Array
  readonly #first: number

  /** Attaches to the bitmap at word `bitmap`. Throws an InputError if it does not lie inside the region. */
  constructor(region: SharedRegion, bitmap: number) {
    if (!Number.isInteger(bitmap) || bitmap < 0 || bitmap + READY_WORDS > region.words.length) {
      throw new InputError(`no ready bitmap at word ${bitmap}: pass what allocateReadyBitmap returned`)
    }
    this.#words = region.words
    this.#first = bitmap
  }

  /**
   * Marks function `f` (0..255) ready; call it after `publish`. Writes only if the bit is clear. Throws
   * an InputError for any other `f`: an error of the caller.
   */
  mark(f: number): void {
    if (f >>> 0 !== f || f >= READY_FUNCTIONS) throw new InputError(`cannot mark function ${f}: give 0..255`)
    const word = this.#first + (f >>> 5)
    const bit = 1 << (f & 31)
    // An atomic load: a plain one might still see a bit that the consumer has taken, and the mark be lost.
    if ((Atomics.load(this.#words, word) & bit) === 0) Atomics.or(this.#words, word, bit)
  }

  /**
   * Takes and clears word `index` (0..7): bit b of the result is function `index * 32 + b`. 0 may be slightly
   * stale, so a consumer asks {@link ReadyBitmap.pending} before it sleeps. Read the ring of each function
   * after this call.
   */
  take(index: number): number {
    const word = this.#first + index
    return this.#words[word] === 0 ? 0 : Atomics.exchange(this.#words, word, 0)
  }

  /** Whether any function is marked; exact, for the last look before sleeping. */
  pending(): boolean {
    for (let word = this.#first; word < this.#first + READY_WORDS; word++) {
      if (Atomics.load(this.#words, word) !== 0) return true
    }
    return false
  }
}
