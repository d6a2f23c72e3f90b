/** The last moments before a PF context stops: what is with the SA comes to its end first. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** An SA that does not answer keeps nobody longer than this. */
const DRAIN_MAX_MS = 2000
const WAIT_MS = 2

/**
 * Repeats `turn` until `isWithSa` is false, for two seconds at most. A join that the SA grants after the PF
 * context has stopped would stay there: nobody would know, nor leave.
 */
export const drain = Effect.fnUntraced(function*<E>(
  isWithSa: () => boolean,
  turn: Effect.Effect<number, E>
): Effect.fn.Return<void, E> {
  const endMs = (yield* Clock.currentTimeMillis) + DRAIN_MAX_MS
  while (isWithSa() && (yield* Clock.currentTimeMillis) < endMs) {
    if ((yield* turn) === 0) yield* Effect.sleep(WAIT_MS)
  }
})
