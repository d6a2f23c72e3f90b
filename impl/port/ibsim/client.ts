/**
 * A client of ibsim's UDP protocol: attached to one node for as long as its scope is open.
 *
 * The simulator never notices that a UDP client died: a process killed without closing its scope keeps one of
 * the ten slots until {@link disconnectSlot} (or `X <slot>` on the simulator's console) frees it. Requests
 * (R=0) reach a client only if it connected with `issm`, or with the `qp` they are for.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { type ControlChannel, type IbsimAddress, openControlChannel } from "./control-channel.ts"
import { type ConnectData, decodeConnect, encodeConnect } from "./connect.ts"
import { CONTROL, type ControlType, decodePkeys } from "./control.ts"
import type { DataChannel, DataHandlers, IbsimClientCounters } from "./data-channel.ts"
import { openDataChannel } from "./data-channel.ts"
import type { MadDatagram } from "./datagram.ts"
import { IbsimError } from "./error.ts"
import { type DatagramFault, faultText } from "./fault.ts"

/** What a client needs: the simulator, whom it attaches to and as what, and who gets what arrives. */
export interface IbsimClientOptions extends IbsimAddress, DataHandlers {
  /** Node of the net file, at most 31 bytes; the client attaches to its first port. */
  readonly nodeId: string
  /** Take the requests to QP0 and QP1 of the port; one client of a node may. Default false. */
  readonly issm?: boolean
  /** Take the requests to this QPN, when above 1. Default 0. */
  readonly qp?: number
  /** Deadline of each try of a control request. Default 1000. */
  readonly replyTimeoutMs?: number
  /** How often a control request is sent; CONNECT is sent once. Default 3. */
  readonly replyTries?: number
}

/** An attached client. Its answers are the simulator's at that moment; 64-byte attributes keep wire order. */
export interface IbsimClient {
  /** The slot, 0..9: ibsim puts it into bits 63..48 of the TID of every R=0 MAD this client sends. */
  readonly slot: number
  readonly nodeName: string
  /** NodeInfo of the node; ibsim writes its NodeGUID where the PortGUID belongs. */
  readonly nodeInfo: Effect.Effect<Uint8Array, IbsimError>
  readonly portInfo: Effect.Effect<Uint8Array, IbsimError>
  /** The first 32 entries of the port's P_Key table. */
  readonly pkeys: Effect.Effect<ReadonlyArray<number>, IbsimError>
  /** Hands one MAD to the network without waiting; a value out of range is a fault and nothing is sent. */
  readonly send: (datagram: MadDatagram) => Result.Result<void, DatagramFault>
  /** MADs given to `send` that the operating system has not taken yet. */
  readonly unsent: () => number
  /** False once the scope is closed or the simulator is gone; then what is sent counts as `sendFailed`. */
  readonly isOpen: () => boolean
  readonly counters: () => IbsimClientCounters
}

const ADVICE_CONNECT = "the net file has no such node, all ten slots are taken (dead clients keep theirs: " +
  "disconnect them), or the node has an issm client already"
const ADVICE_CLOSED = "its scope is closed or the simulator is gone: open a new client"
const REPLY_TIMEOUT_MS = 1000
const DISCONNECT_TIMEOUT_MS = 500
const NOTHING = new Uint8Array(0)

/** The data port of slot k is the control port + 1 + k. */
const PORT_MAX = 0xffff

const attach = (channel: ControlChannel, options: IbsimClientOptions, dataPort: number) => {
  const { host, issm = false, nodeId, port, qp = 0 } = options
  const asked = `CONNECT to node "${nodeId}"${issm ? " as issm" : ""}`
  const checked = <A>(result: Result.Result<A, DatagramFault>): Effect.Effect<A, IbsimError> =>
    Effect.mapError(
      Effect.fromResult(result),
      (fault) => new IbsimError({ host, port, asked, reason: "Invalid", advice: faultText(fault) })
    )
  // Sent once: were only the reply lost, a second CONNECT would take a second slot.
  const timeoutMs = options.replyTimeoutMs ?? REPLY_TIMEOUT_MS
  const once = { asked, timeoutMs, tries: 1, adviceIfRefused: ADVICE_CONNECT }
  return checked(encodeConnect({ id: dataPort, qp, issm, nodeId })).pipe(
    Effect.flatMap((data) => channel.ask({ type: CONTROL.CONNECT, slot: 0, data }, once)),
    Effect.flatMap((reply) => checked(decodeConnect(reply.data))),
    Effect.filterOrFail(
      ({ id }) => port + 1 + id <= PORT_MAX,
      ({ id }) => new IbsimError({ host, port, asked, reason: "Invalid", advice: `slot ${id} has no data port` })
    )
  )
}

const detach = (channel: ControlChannel, slot: number, tries: number): Effect.Effect<void, IbsimError> =>
  Effect.asVoid(
    channel.ask({ type: CONTROL.DISCONNECT, slot, data: NOTHING }, {
      asked: `DISCONNECT slot ${slot}`,
      timeoutMs: DISCONNECT_TIMEOUT_MS,
      tries,
      adviceIfRefused: "give a slot that the simulator has (0..9)"
    })
  )

/**
 * Frees a slot from outside, whoever holds it; asked once, with a deadline of 500 ms. On a free slot it
 * changes nothing, so slot 9 of a fresh simulator is a readiness ping.
 */
export const disconnectSlot = (address: IbsimAddress, slot: number): Effect.Effect<void, IbsimError> =>
  Effect.scoped(Effect.flatMap(openControlChannel(address), (channel) => detach(channel, slot, 1)))

const clientOf = (
  options: IbsimClientOptions,
  control: ControlChannel,
  data: DataChannel,
  { id, nodeId }: ConnectData,
  isOpen: () => boolean
): IbsimClient => {
  const { host, port, replyTimeoutMs = REPLY_TIMEOUT_MS, replyTries = 3 } = options
  const get = (type: ControlType, asked: string): Effect.Effect<Uint8Array, IbsimError> =>
    Effect.suspend(() =>
      // A restarted simulator does not know this slot, and a GET of an unknown slot kills it.
      isOpen()
        ? control.ask({ type, slot: id, data: NOTHING }, {
          asked,
          timeoutMs: replyTimeoutMs,
          tries: replyTries,
          adviceIfRefused: ADVICE_CLOSED
        })
        : Effect.fail(new IbsimError({ host, port, asked, reason: "Closed", advice: ADVICE_CLOSED }))
    ).pipe(Effect.map((reply) => reply.data))
  return {
    slot: id,
    nodeName: nodeId,
    nodeInfo: get(CONTROL.GET_NODEINFO, "GET_NODEINFO"),
    portInfo: get(CONTROL.GET_PORTINFO, "GET_PORTINFO"),
    pkeys: Effect.map(get(CONTROL.GET_PKEYS, "GET_PKEYS"), decodePkeys),
    send: (datagram) => {
      if (!isOpen()) data.stop()
      return data.send(datagram)
    },
    unsent: data.unsent,
    isOpen,
    counters: data.counters
  }
}

/**
 * Attaches to a node; the end of the scope disconnects and closes both sockets. Fails with an IbsimError when
 * the simulator does not answer, refuses, or an option does not fit the protocol.
 */
export const connectIbsim = Effect.fnUntraced(function*(
  options: IbsimClientOptions
): Effect.fn.Return<IbsimClient, IbsimError, Scope.Scope> {
  const control = yield* openControlChannel(options)
  const data = yield* openDataChannel(options, control.localAddress, options)
  let closed = false
  const isOpen = (): boolean => !closed && !control.lost() && !data.lost()
  const release = Effect.fnUntraced(function*({ id }: ConnectData) {
    if (isOpen()) yield* data.drain(DISCONNECT_TIMEOUT_MS)
    const mayDetach = isOpen()
    closed = true
    data.stop()
    if (mayDetach) yield* Effect.ignore(detach(control, id, 2))
  })
  const attached = yield* Effect.acquireRelease(attach(control, options, data.localPort), release)
  yield* data.attach(options.port + 1 + attached.id)
  return clientOf(options, control, data, attached, isOpen)
})
