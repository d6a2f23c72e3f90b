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

/** A life: how long a record lives after `arm`. */
export interface Life {
  /** 1 to 2^30. */
  readonly ms: number
  /** `touch` may leave a deadline that is up to so much earlier than it should be; below `ms`. */
  readonly slackMs: number
}

/** Deadlines of records. Links are word offsets; each list is a ring through its own head. */
export interface Deadlines {
  /** Makes a fresh record one without a deadline. */
  readonly clear: (record: number) => void
  /** Lets a record of function `f` live for life number `life` from `now`, whatever it had before. */
  readonly arm: (record: number, f: number, life: number, now: number) => void
  /** Like `arm`, but a deadline that the record has is never put forward. */
  readonly extend: (record: number, f: number, life: number, now: number) => void
  /**
   * Like `arm`, for a record that has this life already: nothing is moved while the slack of the life allows it,
   * so that a record used again and again costs little.
   */
  readonly touch: (record: number, f: number, life: number, now: number) => void
  /** Takes the deadline of a record away; without one it does nothing. */
  readonly cancel: (record: number) => void
  /** True once the deadline of the record is reached; false without a deadline. */
  readonly isDue: (record: number, now: number) => boolean
  /** The record of function `f` with life number `life` that was armed longest ago, or 0; `touch` keeps its place. */
  readonly oldest: (f: number, life: number) => number
  /** A record of function `f` whose deadline is reached, or 0. */
  readonly due: (f: number, now: number) => number
}

/** The lists for the lives by number; the links start `linkWord` words into each record. A factory, see engine.ts. */
export const makeDeadlines = (
  region: SharedRegion,
  functions: number,
  lives: ReadonlyArray<Life>,
  linkWord: number
): Deadlines => {
  const { words } = region
  const count = lives.length
  const lengths = Int32Array.from(lives, ({ ms }) => ms)
  const slacks = Int32Array.from(lives, ({ slackMs }) => slackMs)
  const heads = region.allocate(deadlinesWords(functions, count))
  for (let head = heads; head < heads + functions * count * 2; head += 2) {
    words[head + NEXT] = head
    words[head + PREVIOUS] = head
  }

  const clear = (record: number): void => {
    words[record + linkWord + NEXT] = 0
  }
  const cancel = (record: number): void => {
    const link = record + linkWord
    const next = words[link + NEXT]!
    if (next === 0) return
    const previous = words[link + PREVIOUS]!
    words[previous + NEXT] = next
    words[next + PREVIOUS] = previous
    words[link + NEXT] = 0
  }
  const arm = (record: number, f: number, life: number, now: number): void => {
    cancel(record)
    const link = record + linkWord
    const head = heads + (f * count + life) * 2
    const last = words[head + PREVIOUS]!
    words[link + NEXT] = head
    words[link + PREVIOUS] = last
    words[link + AT] = (now + lengths[life]!) | 0
    words[last + NEXT] = link
    words[head + PREVIOUS] = link
  }
  const extend = (record: number, f: number, life: number, now: number): void => {
    const link = record + linkWord
    const isLater = words[link + NEXT] !== 0 && ((words[link + AT]! - now - lengths[life]!) | 0) > 0
    if (!isLater) arm(record, f, life, now)
  }
  const touch = (record: number, f: number, life: number, now: number): void => {
    const early = (now + lengths[life]! - words[record + linkWord + AT]!) | 0
    if (early > slacks[life]!) arm(record, f, life, now)
  }
  const isDue = (record: number, now: number): boolean => {
    const link = record + linkWord
    return words[link + NEXT] !== 0 && ((now - words[link + AT]!) | 0) >= 0
  }
  const due = (f: number, now: number): number => {
    for (let head = heads + f * count * 2; head < heads + (f + 1) * count * 2; head += 2) {
      const link = words[head + NEXT]!
      if (link !== head && ((now - words[link + AT]!) | 0) >= 0) return link - linkWord
    }
    return 0
  }
  const oldest = (f: number, life: number): number => {
    const head = heads + (f * count + life) * 2
    const link = words[head + NEXT]!
    return link === head ? 0 : link - linkWord
  }
  return { clear, arm, extend, touch, cancel, isDue, oldest, due }
}
