/** The MADs of one ibsim client: what it sends, what the fabric delivers, what the fabric returns. */
import type { RemoteInfo } from "node:dgram"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { IbsimAddress } from "./control-channel.ts"
import { decodeDatagram, encodeDatagram, isBounced, type MadDatagram } from "./datagram.ts"
import { IbsimError } from "./error.ts"
import type { DatagramFault } from "./fault.ts"
import { connectUdpSocket, openUdpSocket } from "./udp.ts"

/** Who gets what arrives. Both run in the socket's event and must not throw. */
export interface DataHandlers {
  /**
   * Gets each MAD the fabric delivered. Right after CONNECT they may be meant for the slot's former owner.
   */
  readonly onMad: (datagram: MadDatagram) => void
  /** Gets each MAD of this client that the fabric returned undelivered; it is never given to `onMad`. */
  readonly onBounce: (datagram: MadDatagram) => void
}

/** What a client counted. `refused`: datagrams that are malformed, or do not come from the client's slot. */
export interface IbsimClientCounters {
  readonly sent: number
  readonly sendFailed: number
  readonly delivered: number
  readonly bounced: number
  readonly refused: number
}

/**
 * The data socket of a client. `localPort` is what CONNECT announces; `attach` fixes the port of the slot.
 */
export interface DataChannel {
  readonly localPort: number
  readonly attach: (slotPort: number) => Effect.Effect<void, IbsimError>
  readonly send: (datagram: MadDatagram) => Result.Result<void, DatagramFault>
  readonly unsent: () => number
  /** True once nobody listens on the slot's port. */
  readonly lost: () => boolean
  /** From now on `send` sends nothing; the socket itself closes with the scope. */
  readonly stop: () => void
  readonly counters: () => IbsimClientCounters
}

/**
 * Opens the data socket on the address from which the control channel talks, because ibsim answers to that
 * address.
 */
export const openDataChannel = Effect.fnUntraced(function*(
  { host, port }: IbsimAddress,
  localAddress: string,
  { onBounce, onMad }: DataHandlers
): Effect.fn.Return<DataChannel, IbsimError, Scope.Scope> {
  const tally = { sent: 0, sendFailed: 0, delivered: 0, bounced: 0, refused: 0 }
  let unsent = 0
  let remotePort = 0
  let stopped = false
  let lost = false
  const failed = ({ message: advice }: Error) =>
    new IbsimError({ host, port, asked: "open the data socket", reason: "Unreachable", advice })

  const onMessage = (bytes: Uint8Array, remote: RemoteInfo): void => {
    const datagram = remote.port === remotePort ? decodeDatagram(bytes) : undefined
    if (datagram === undefined || Result.isFailure(datagram)) tally.refused += 1
    else if (isBounced(datagram.success)) {
      tally.bounced += 1
      onBounce(datagram.success)
    } else {
      tally.delivered += 1
      onMad(datagram.success)
    }
  }
  // A connected socket reports here that the port behind it is closed: ibsim keeps the ports of all slots
  // open.
  const onError = (): void => {
    lost = true
  }
  const onSent = (error: Error | null): void => {
    unsent -= 1
    if (error === null) tally.sent += 1
    else tally.sendFailed += 1
  }
  const socket = yield* Effect.mapError(openUdpSocket(localAddress, { onMessage, onError }), failed)
  return {
    localPort: socket.address().port,
    attach: (slotPort) => {
      remotePort = slotPort
      return Effect.mapError(connectUdpSocket(socket, slotPort, host), failed)
    },
    send: (datagram) => {
      const bytes = encodeDatagram(datagram)
      if (Result.isFailure(bytes)) return Result.fail(bytes.failure)
      if (stopped || lost) tally.sendFailed += 1
      else {
        unsent += 1
        socket.send(bytes.success, onSent)
      }
      return Result.succeed(undefined)
    },
    unsent: () => unsent,
    lost: () => lost,
    stop: () => {
      stopped = true
    },
    counters: () => ({ ...tally })
  }
})
