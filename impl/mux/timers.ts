/**
 * Deadlines of records: a few fixed lives, and for each function and life a list in the order of expiry. So
 * arming, cancelling and finding what is due take constant time, and a function pays for its own records.
 *
 * A record past its deadline is as good as gone whether or not it was collected yet: whoever finds one asks
 * {@link Deadlines.isDue} first. Times are milliseconds modulo 2^32.
 */
import type { SharedRegion } from "../ring/memory.ts"

/** Words that the deadlines use inside each record: two links and the time. */
export const DEADLINE_LINK_WORDS = 3
const NEXT = 0
const PREVIOUS = 1
const AT = 2

/** Words that the lists take from a region. */
export const deadlinesWords = (functions: number, lives: number): number => Math.max(32, functions * lives * 2)

/** Deadlines of records. Links are word offsets; each list is a ring through its own head. */
export class Deadlines {
  readonly #words: Int32Array
  readonly #heads: number
  readonly #lives: Int32Array
  readonly #link: number

  /** `livesMs` are the lives by number, each 1 to 2^30 ms; the links start `linkWord` words into each record. */
  constructor(region: SharedRegion, functions: number, livesMs: ReadonlyArray<number>, linkWord: number) {
    this.#words = region.words
    this.#heads = region.allocate(deadlinesWords(functions, livesMs.length))
    this.#lives = Int32Array.from(livesMs)
    this.#link = linkWord
    const end = this.#heads + functions * livesMs.length * 2
    for (let head = this.#heads; head < end; head += 2) {
      this.#words[head + NEXT] = head
      this.#words[head + PREVIOUS] = head
    }
  }

  /** Makes a fresh record one without a deadline. */
  clear(record: number): void {
    this.#words[record + this.#link + NEXT] = 0
  }

  /** Lets a record of function `f` live for life number `life` from `now`, whatever it had before. */
  arm(record: number, f: number, life: number, now: number): void {
    this.cancel(record)
    const words = this.#words
    const link = record + this.#link
    const head = this.#heads + (f * this.#lives.length + life) * 2
    const last = words[head + PREVIOUS]!
    words[link + NEXT] = head
    words[link + PREVIOUS] = last
    words[link + AT] = (now + this.#lives[life]!) | 0
    words[last + NEXT] = link
    words[head + PREVIOUS] = link
  }

  /** Takes the deadline of a record away; without one it does nothing. */
  cancel(record: number): void {
    const words = this.#words
    const link = record + this.#link
    const next = words[link + NEXT]!
    if (next === 0) return
    const previous = words[link + PREVIOUS]!
    words[previous + NEXT] = next
    words[next + PREVIOUS] = previous
    words[link + NEXT] = 0
  }

  /** True once the deadline of the record is reached; false without a deadline. */
  isDue(record: number, now: number): boolean {
    const link = record + this.#link
    return this.#words[link + NEXT] !== 0 && ((now - this.#words[link + AT]!) | 0) >= 0
  }

  /** A record of function `f` whose deadline is reached, or 0. */
  due(f: number, now: number): number {
    const words = this.#words
    const lives = this.#lives.length
    let head = this.#heads + f * lives * 2
    for (let life = 0; life < lives; life++, head += 2) {
      const link = words[head + NEXT]!
      if (link !== head && ((now - words[link + AT]!) | 0) >= 0) return link - this.#link
    }
    return 0
  }
}
