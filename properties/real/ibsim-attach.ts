/** An ibsim client for tests: what arrives waits in queues, and waiting for it has a deadline. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { connectIbsim, type IbsimClient, type IbsimClientOptions } from "../../impl/port/ibsim/client.ts"
import type { MadDatagram } from "../../impl/port/ibsim/datagram.ts"
import type { IbsimError } from "../../impl/port/ibsim/error.ts"

/** An attached client; `mad` and `bounce` wait for the next arrival and die after 10 s without one. */
export interface Attached {
  readonly client: IbsimClient
  readonly mad: Effect.Effect<MadDatagram>
  readonly bounce: Effect.Effect<MadDatagram>
  /** Sends a MAD of 256 bytes on the QP and to the same QP of a LID. */
  readonly send: (dlid: number, mad: Uint8Array, qp?: number) => void
  readonly lid: Effect.Effect<number, IbsimError>
}

const ARRIVAL_DEADLINE = "10 seconds"

/** Attaches to a node with queues behind the callbacks; detaches with the scope. */
export const attachTo = Effect.fnUntraced(function*(
  options: Omit<IbsimClientOptions, "onMad" | "onBounce">
): Effect.fn.Return<Attached, IbsimError, Scope.Scope> {
  const mads = yield* Queue.unbounded<MadDatagram>()
  const bounces = yield* Queue.unbounded<MadDatagram>()
  const client = yield* connectIbsim({
    ...options,
    onMad: (datagram) => void Queue.offerUnsafe(mads, datagram),
    onBounce: (datagram) => void Queue.offerUnsafe(bounces, datagram)
  })
  const missed = (what: string) =>
    new Error(`no ${what} came to ${client.nodeName} within ${ARRIVAL_DEADLINE}`)
  const next = (queue: Queue.Dequeue<MadDatagram>, what: string) =>
    Queue.take(queue).pipe(
      Effect.timeoutOrElse({ duration: ARRIVAL_DEADLINE, orElse: () => Effect.die(missed(what)) })
    )
  return {
    client,
    mad: next(mads, "MAD"),
    bounce: next(bounces, "bounce"),
    send: (dlid, mad, qp = 1) => {
      client.send({ dlid, slid: 0, dqp: qp, sqp: qp, status: 0, lengthBytes: mad.length, mad })
    },
    lid: Effect.map(client.portInfo, (info) => new DataView(info.buffer, info.byteOffset).getUint16(16))
  }
})

/** Runs an effect with a scope of its own, as a promise for vitest. */
export const runScoped = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(effect))
