/** Port events that wait, taken one by one. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type { PortEvent } from "./port-event.ts"

/** Gives `hear` every event that is queued now, in order; it does not wait for more. */
export const takeEvents = Effect.fnUntraced(function*(
  events: Queue.Dequeue<PortEvent>,
  hear: (event: PortEvent) => void
): Effect.fn.Return<void> {
  for (let event = yield* Queue.poll(events); Option.isSome(event); event = yield* Queue.poll(events)) hear(event.value)
})
