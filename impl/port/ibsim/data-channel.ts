/** The MADs of one ibsim client: what it sends, what the fabric delivers, what the fabric returns. */
import { randomBytes } from "node:crypto"
import type { RemoteInfo } from "node:dgram"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { CLASS_VERSION, MGMT_CLASS } from "../../wire/classes.ts"
import { MAD_HEADER, madHeader, methodByte } from "../../wire/mad-header.ts"
import { METHOD } from "../../wire/methods.ts"
import type { IbsimAddress } from "./control-channel.ts"
import type { MadDatagram } from "./datagram.ts"
import { DATAGRAM_MAD_BYTES, decodeDatagram, encodeDatagram, isBounced } from "./datagram.ts"
import { IbsimError } from "./error.ts"
import { type DatagramFault, viewOf } from "./fault.ts"
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
  /**
   * Waits until the simulator has worked off what was sent, at most `timeoutMs`. It reads the control socket
   * first, so a DISCONNECT would overtake MADs that still queue for its slot, and they would be lost.
   */
  readonly drain: (timeoutMs: number) => Effect.Effect<void>
  /** From now on `send` sends nothing; the socket itself closes with the scope. */
  readonly stop: () => void
  readonly counters: () => IbsimClientCounters
}

/** To nowhere, so that the simulator returns it; a response, so that it leaves the TID alone. */
const NOWHERE_LID = 0
const newMarker = (): MadDatagram => {
  const mad = new Uint8Array(DATAGRAM_MAD_BYTES)
  const view = viewOf(mad)
  madHeader.BaseVersion.set(view, 0, 1)
  madHeader.MgmtClass.set(view, 0, MGMT_CLASS.SubnAdm)
  madHeader.ClassVersion.set(view, 0, CLASS_VERSION.SubnAdm)
  methodByte.set(view, 0, METHOD.GetResp)
  mad.set(randomBytes(8), MAD_HEADER.TransactionID.byte)
  return { dlid: NOWHERE_LID, slid: 0, dqp: 1, sqp: 1, status: 0, lengthBytes: DATAGRAM_MAD_BYTES, mad }
}

const isSameMad = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, index) => byte === b[index])

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
  const marker = newMarker()
  let drained = (): void => {}
  const failed = ({ message: advice }: Error) =>
    new IbsimError({ host, port, asked: "open the data socket", reason: "Unreachable", advice })

  const onMessage = (bytes: Uint8Array, remote: RemoteInfo): void => {
    const datagram = remote.port === remotePort ? decodeDatagram(bytes) : undefined
    if (datagram === undefined || Result.isFailure(datagram)) tally.refused += 1
    else if (isBounced(datagram.success) && isSameMad(datagram.success.mad, marker.mad)) drained()
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
  const drain: DataChannel["drain"] = (timeoutMs) =>
    Effect.callback((resume) => {
      const end = (): void => resume(Effect.void)
      const bytes = encodeDatagram(marker)
      if (stopped || lost || tally.sent + unsent === 0 || Result.isFailure(bytes)) return end()
      // A timer, so that the deadline holds while a scope closes, too.
      const timer = setTimeout(end, timeoutMs)
      drained = () => {
        clearTimeout(timer)
        end()
      }
      socket.send(bytes.success, () => {})
    })
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
    drain,
    stop: () => {
      stopped = true
    },
    counters: () => ({ ...tally })
  }
})
