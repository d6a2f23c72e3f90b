/**
 * The last moments before a PF context stops: its VFs end, and what is with the SA comes to its end first.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { MuxTiming } from "./config.ts"

/** An SA that does not answer keeps nobody longer than this. */
const DRAIN_MAX_MS = 5000
const WAIT_MS = 2

/**
 * Repeats `turn` until `isWithSa` is false, as long as an SA that is silent is asked, five seconds at most. A
 * join that the SA grants after the PF context has stopped would stay there: nobody would know, nor leave; a
 * leave that is lost then is not repeated.
 */
export const drain = Effect.fnUntraced(function*<E>(
  isWithSa: () => boolean,
  turn: Effect.Effect<number, E>,
  { saRetries, saTimeout }: Pick<MuxTiming, "saRetries" | "saTimeout">
): Effect.fn.Return<void, E> {
  const endMs = (yield* Clock.currentTimeMillis) + Math.min(DRAIN_MAX_MS, (saRetries + 1) * saTimeout + WAIT_MS)
  while (isWithSa() && (yield* Clock.currentTimeMillis) < endMs) {
    if ((yield* turn) === 0) yield* Effect.sleep(WAIT_MS)
  }
})
