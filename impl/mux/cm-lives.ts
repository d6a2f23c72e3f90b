/**
 * How long CM exchanges are remembered (spec/cm.md, "Life"). The lives are a short ladder, so that exchanges
 * of equal life expire in the order in which they were armed.
 */
import { cmMra, cmReq } from "../wire/cm.ts"
import type { MuxTiming } from "./config.ts"
import type { Life } from "./timers.ts"

/** Lives of exchanges by number. */
export interface CmLives {
  /** Number 0 is that of a lingering exchange whose messages are not repeated for longer than `linger`. */
  readonly livesMs: ReadonlyArray<number>
  /**
   * The life of an opening exchange: its REQ may be repeated for `retryMs`, an MRA asked for `serviceMs`
   * more.
   */
  readonly opening: (retryMs: number, serviceMs: number) => number
  /** The life of a lingering exchange whose REQ might have been repeated for `retryMs`. */
  readonly lingering: (retryMs: number) => number
  /** For how long the REQ at byte `mad` of `view` may be repeated, at most `openingMax`. */
  readonly retryOf: (view: DataView, mad: number) => number
  /** How much longer the MRA at byte `mad` of `view` asks to wait, at most `openingMax`. */
  readonly serviceOf: (view: DataView, mad: number) => number
}

/** Life number of a lingering exchange whose messages are not repeated for longer than `linger`. */
export const LIFE_LINGERING = 0
/** Steps of the ladder: a life is one and a quarter of what must be, or up to as much longer as a step. */
const STEP = 1.3

/**
 * The life of what must be remembered for `mustMs` and may be for `mayMs` after its last use. It ends around
 * the middle, a quarter of the difference early at most, so that frequent use costs little.
 */
export const lifeWithin = (mustMs: number, mayMs: number): Life => {
  const eighth = Math.floor((mayMs - mustMs) / 8)
  return { ms: Math.max(1, mustMs + 5 * eighth), slackMs: 2 * eighth }
}

/** Halfway between what must be remembered and what may be. */
export const midpoint = (mustMs: number, mayMs: number): number => mustMs + Math.floor((mayMs - mustMs) / 2)

/** A time of the CM, 4.096 us x 2^exponent, so many times; in ms, rounded up, at most `mostMs`. */
const cmMs = (exponent: number, times: number, mostMs: number): number =>
  Math.min(Math.ceil((times * 4.096 * 2 ** exponent) / 1000), mostMs)

/** The lives for these times. */
export const cmLives = ({ linger, lingerMax, openingMax, openingMin }: MuxTiming): CmLives => {
  const livesMs = [Math.max(1, midpoint(linger, lingerMax))]
  for (let must = Math.min(linger, openingMin); must < openingMax; must *= STEP) livesMs.push(aboveMs(must))
  livesMs.push(aboveMs(openingMax))
  const lengths = Int32Array.from(livesMs)
  const last = lengths.length - 1
  const retries = Int32Array.from({ length: 16 * 32 }, (_, i) => cmMs(i & 31, (i >>> 5) + 1, openingMax))
  const services = Int32Array.from({ length: 32 }, (_, i) => cmMs(i, 1, openingMax))

  const number = (mustMs: number): number => {
    const least = mustMs + (mustMs >>> 2)
    let life = 1
    while (life < last && lengths[life]! < least) life++
    return life
  }
  const opening = (retryMs: number, serviceMs: number): number =>
    number(Math.min(Math.max(retryMs + serviceMs, openingMin), openingMax))
  const lingering = (retryMs: number): number => (retryMs <= linger ? LIFE_LINGERING : number(retryMs))
  const retryOf = (view: DataView, mad: number): number =>
    retries[32 * cmReq.MaxCMRetries.get(view, mad) + cmReq.RemoteCMResponseTimeout.get(view, mad)]!
  const serviceOf = (view: DataView, mad: number): number => services[cmMra.ServiceTimeout.get(view, mad)]!
  return { livesMs, opening, lingering, retryOf, serviceOf }
}

/** What must live `mustMs` may live twice that. */
const aboveMs = (mustMs: number): number => Math.max(1, Math.floor(1.5 * mustMs))
