/**
 * The port adapter onto a real ibsim: `SpecialQpPort` over the simulator's UDP protocol.
 *
 * It attaches as the node's issm client, so requests reach it while the port's capabilities stay as they are.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { connectIbsim, type IbsimClient } from "./ibsim/client.ts"
import type { IbsimAddress } from "./ibsim/control-channel.ts"
import { describePort, portEvents } from "./ibsim/description.ts"
import type { IbsimError } from "./ibsim/error.ts"
import { type IbsimPortCounters, IbsimTraffic } from "./ibsim/traffic.ts"
import { type PortDescription, PortError, type PortEvent, SpecialQpPort } from "./special-qp-port.ts"

/** Which port of which simulator to be. */
export interface IbsimPortOptions extends IbsimAddress {
  /** Node of the net file; its first port becomes the port. No other issm client may be attached to it. */
  readonly nodeId: string
  /** How often the port is read; what changes and changes back in between is not seen. Default 500. */
  readonly pollIntervalMs?: number
  /** Deadline of each request to the simulator. Default 1000. */
  readonly replyTimeoutMs?: number
}

/** What only the ibsim adapter has: its counters. */
export class IbsimPort extends Context.Service<IbsimPort, {
  readonly counters: Effect.Effect<IbsimPortCounters>
}>()("madmux/impl/port/IbsimPort") {}

/** ibsim attaches a client to the first port of its node. */
const PORT_NUMBER = 1
const EVENTS_QUEUED = 64

const portErrorReason = {
  Timeout: "Timeout",
  Refused: "NotFound",
  Unreachable: "NotFound",
  Invalid: "NotFound",
  Closed: "Closed"
} as const

const toPortError = ({ message, reason }: IbsimError): PortError =>
  new PortError({ port: PORT_NUMBER, reason: portErrorReason[reason], message })

const where = ({ host, nodeId, port }: IbsimPortOptions): string =>
  `ibsim at ${host}:${port}, node "${nodeId}"`
const closed = (options: IbsimPortOptions, what: string): PortError =>
  new PortError({ port: PORT_NUMBER, reason: "Closed", message: `${where(options)}: ${what}` })

/** NodeInfo, PortInfo and P_Keys as one description. */
const readPort = (client: IbsimClient): Effect.Effect<PortDescription, IbsimError> =>
  Effect.gen(function*() {
    return describePort(yield* client.nodeInfo, yield* client.portInfo, yield* client.pkeys)
  })

/**
 * Reads the port again and again and offers what changed. A full queue makes it wait, so a slow reader gets
 * the sum of the changes. A simulator that is gone is a link that is down, and the end.
 */
const watchPort = Effect.fnUntraced(function*(
  client: IbsimClient,
  first: PortDescription,
  events: Queue.Enqueue<PortEvent>,
  pollIntervalMs: number,
  traffic: IbsimTraffic
): Effect.fn.Return<void> {
  let known = first
  while (client.isOpen()) {
    yield* Effect.sleep(pollIntervalMs)
    // A reply that is late only delays the news to the next round.
    const next = yield* Effect.match(readPort(client), { onFailure: () => known, onSuccess: (read) => read })
    traffic.lmc = next.lmc
    yield* Queue.offerAll(events, portEvents(known, next))
    known = next
  }
  if (known.linkUp) yield* Queue.offer(events, { _tag: "link", up: false })
})

/** Says whether a refused CONNECT met another issm client: the node then admits a plain one. */
const refusal = (options: IbsimPortOptions, error: IbsimError): Effect.Effect<PortError> => {
  if (error.reason !== "Refused") return Effect.succeed(toPortError(error))
  const plain = connectIbsim({ ...options, onMad: () => {}, onBounce: () => {} })
  return Effect.match(Effect.scoped(plain), {
    onFailure: () => toPortError(error),
    onSuccess: () => new PortError({ port: PORT_NUMBER, reason: "Busy", message: error.message })
  })
}

const openPort = Effect.fnUntraced(function*(
  options: IbsimPortOptions
): Effect.fn.Return<Context.Context<SpecialQpPort | IbsimPort>, PortError, Scope.Scope> {
  const traffic = new IbsimTraffic()
  const client = yield* connectIbsim({
    ...options,
    issm: true,
    onMad: (datagram) => traffic.deliver(datagram),
    onBounce: () => {} // Of ours and undelivered: counted by the client, and nobody's business.
  }).pipe(Effect.catch((error) => Effect.flatMap(refusal(options, error), Effect.fail)))
  const first = yield* Effect.mapError(readPort(client), toPortError)
  traffic.lmc = first.lmc
  const events = yield* Effect.acquireRelease(Queue.bounded<PortEvent>(EVENTS_QUEUED), Queue.shutdown)
  yield* Effect.forkScoped(watchPort(client, first, events, options.pollIntervalMs ?? 500, traffic))

  const port = SpecialQpPort.of({
    describe: Effect.mapError(readPort(client), toPortError),
    events,
    connect: (wire) =>
      Effect.asVoid(Effect.acquireRelease(
        Effect.suspend(() => {
          if (traffic.connect(wire)) return Effect.void
          const message = `${where(options)}: a wire is connected already; close its scope first`
          return Effect.fail(new PortError({ port: PORT_NUMBER, reason: "Busy", message }))
        }),
        () => Effect.sync(() => traffic.disconnect())
      )),
    transmit: (budget) =>
      Effect.suspend(() => {
        if (!client.isOpen()) return Effect.fail(closed(options, "ibsim is gone; build the port again"))
        const released = traffic.transmit(client, budget)
        if (released === undefined) return Effect.fail(closed(options, "no wire is connected; connect one"))
        return Effect.succeed(released)
      })
  })
  const counters = Effect.sync(() => ({ ...client.counters(), ...traffic.counters() }))
  return Context.add(Context.make(SpecialQpPort, port), IbsimPort, IbsimPort.of({ counters }))
})

/**
 * The port of a node of a running simulator, attached for as long as the layer lives. Fails to build with
 * `NotFound` (no simulator, no such node, no free slot), `Busy` (another issm client is attached) or
 * `Timeout`.
 */
export const layerIbsim = (options: IbsimPortOptions): Layer.Layer<SpecialQpPort | IbsimPort, PortError> =>
  Layer.effectContext(openPort(options))
