/**
 * How long CM exchanges are remembered (spec/cm.md, "Life"). The lives are a short ladder, so that exchanges of
 * equal life expire in the order in which they were armed.
 */
import { cmReq } from "../wire/cm.ts"
import type { MuxTiming } from "./config.ts"
import type { Life } from "./timers.ts"

/** Lives of exchanges by number; number 0 is that of a lingering one. */
export interface CmLives {
  readonly livesMs: ReadonlyArray<number>
  /** Number of the life by 32 * MaxCMRetries + RemoteCMResponseTimeout. */
  readonly byRequest: Uint8Array
  /** Number of the life of a SIDR_REQ. */
  readonly sidr: number
}

/** Life number of a lingering exchange. */
export const LIFE_LINGERING = 0
/** Steps of the ladder: a life is at most a seventh off one and a half times what must be. */
const STEP = 1.3

/** The life that the REQ at byte `mad` of `view` asks for, by number. */
export const lifeOfRequest = (lives: CmLives, view: DataView, mad: number): number =>
  lives.byRequest[32 * cmReq.MaxCMRetries.get(view, mad) + cmReq.RemoteCMResponseTimeout.get(view, mad)]!

/**
 * The life of what must be remembered for `mustMs` and may be for `mayMs` after its last use. It ends around the
 * middle, a quarter of the difference early at most, so that frequent use costs little.
 */
export const lifeWithin = (mustMs: number, mayMs: number): Life => {
  const eighth = Math.floor((mayMs - mustMs) / 8)
  return { ms: Math.max(1, mustMs + 5 * eighth), slackMs: 2 * eighth }
}

/** Halfway between what must be remembered and what may be. */
export const midpoint = (mustMs: number, mayMs: number): number => mustMs + Math.floor((mayMs - mustMs) / 2)

/** What an opening exchange must live at least, in ms: all tries of the asker, within the bounds. */
export const openingMs = (timing: MuxTiming, maxCmRetries: number, responseTimeout: number): number => {
  const ms = Math.ceil(((maxCmRetries + 1) * 4.096 * 2 ** responseTimeout) / 1000)
  return Math.min(Math.max(ms, timing.openingMin), timing.openingMax)
}

/** The lives for these times. */
export const cmLives = (timing: MuxTiming): CmLives => {
  const opening: Array<number> = []
  for (let must = timing.openingMin; must < timing.openingMax; must *= STEP) opening.push(midpointOfOpening(must))
  opening.push(midpointOfOpening(timing.openingMax))
  const numberOf = (mustMs: number): number => {
    const aim = midpointOfOpening(mustMs)
    const within = opening.filter((life) => life >= mustMs && life <= 2 * mustMs)
    const best = within.reduce((a, b) => (Math.abs(b - aim) < Math.abs(a - aim) ? b : a), within[0] ?? aim)
    return 1 + Math.max(0, opening.indexOf(best))
  }
  const byRequest = Uint8Array.from({ length: 16 * 32 }, (_, i) => numberOf(openingMs(timing, i >>> 5, i & 31)))
  return {
    livesMs: [Math.max(1, midpoint(timing.linger, timing.lingerMax)), ...opening],
    byRequest,
    sidr: numberOf(timing.openingMin)
  }
}

/** An opening exchange must live `must` and may live twice that. */
const midpointOfOpening = (mustMs: number): number => Math.max(1, Math.floor(1.5 * mustMs))
