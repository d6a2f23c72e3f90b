/** Sending what is left before a port is closed: leaves of multicast groups must still reach the SA. */
import * as Effect from "effect/Effect"
import type { PortError, SpecialQpPort, WireEndpoint } from "./special-qp-port.ts"

const BATCH = 256
/** The port may have to wait for the network; it is asked again this often, at most. */
const ROUNDS = 200
const WAIT_MS = 5

/**
 * Sends until `outgoing` is empty; `refill` is called before each batch and says whether more may come.
 * Gives up after about a second of a port that takes nothing.
 */
export const transmitAll = Effect.fnUntraced(function*(
  port: SpecialQpPort["Service"],
  outgoing: WireEndpoint["outgoing"],
  refill: () => boolean
): Effect.fn.Return<void, PortError> {
  for (let round = 0; round < ROUNDS; round++) {
    const more = refill()
    const sent = yield* port.transmit(BATCH)
    if (!more && outgoing.every((ring) => ring.readable(1) === 0)) return
    if (sent === 0) yield* Effect.sleep(WAIT_MS)
  }
})
