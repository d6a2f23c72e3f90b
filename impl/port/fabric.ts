/** The default port adapter: the embedded fabric as a `SpecialQpPort`. Needs no hardware and no other process. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { InputError } from "../input/check.ts"
import { refusing } from "../input/refusing.ts"
import { packetOfSlot, packetToSlot } from "./fabric/slots.ts"
import { EmbeddedFabric, type FabricOptions } from "./fabric/subnet.ts"
import { PortError, type PortEvent, SpecialQpPort, type WireEndpoint } from "./special-qp-port.ts"

/** What only this adapter has: the fabric itself, to look at and to disturb. */
export class Fabric extends Context.Service<Fabric, EmbeddedFabric>()("madmux/impl/port/Fabric") {}

const PORT_NUMBER = 1

/** Moves MADs between the rings of a connected wire and the fabric, on the real clock. */
class FabricTraffic {
  /** Arrivals without room in the incoming ring, and those with a P_Key our port does not have. */
  readonly counters = { overruns: 0, pkeyMismatches: 0 }
  readonly #fabric: EmbeddedFabric
  readonly #startMs = performance.now()
  #wire: WireEndpoint | null = null
  #timer: NodeJS.Timeout | null = null
  #dueMs: number | null = null

  constructor(fabric: EmbeddedFabric) {
    this.#fabric = fabric
  }

  connect(wire: WireEndpoint): boolean {
    if (this.#wire !== null) return false
    this.#wire = wire
    return true
  }

  disconnect(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#wire = null
  }

  /** Sends up to `budget` MADs; undefined when no wire is connected. */
  transmit(budget: number): number | undefined {
    const wire = this.#wire
    if (wire === null) return undefined
    let sent = 0
    for (const ring of wire.outgoing) {
      const ready = ring.readable(budget - sent)
      for (let i = 0; i < ready; i++) {
        this.#fabric.send(packetOfSlot(wire.region, ring.slot(i), this.#fabric.description), this.#nowMs())
      }
      ring.release(ready)
      sent += ready
    }
    this.#receive()
    return sent
  }

  #nowMs(): number {
    return Math.floor(performance.now() - this.#startMs)
  }

  #receive(): void {
    const wire = this.#wire
    if (wire === null) return
    let arrived = false
    for (const packet of this.#fabric.arrivals(this.#nowMs())) {
      const ring = wire.incoming[packet.destQp === 0 ? 0 : 1]
      if (ring.writable(1) === 0) this.counters.overruns += 1
      else if (packetToSlot(wire.region, ring.slot(0), this.#fabric.description, packet)) {
        ring.publish(1)
        arrived = true
      } else this.counters.pkeyMismatches += 1
    }
    if (arrived) wire.wake()
    this.#arm()
  }

  /** One timer for what is due next in the fabric. */
  #arm(): void {
    const due = this.#fabric.nextDueMs()
    // What is due may have changed: a packet overtakes the time at which the SA would repeat one.
    if (due === this.#dueMs && this.#timer !== null) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#dueMs = due
    this.#timer = due === null ? null : setTimeout(() => {
      this.#timer = null
      this.#receive()
    }, Math.max(1, due - this.#nowMs()))
  }
}

const openFabric = Effect.fnUntraced(function*(
  options: FabricOptions
): Effect.fn.Return<Context.Context<SpecialQpPort | Fabric>, InputError, Scope.Scope> {
  const fabric = yield* refusing(() => new EmbeddedFabric(options))
  const traffic = new FabricTraffic(fabric)
  const events = yield* Effect.acquireRelease(Queue.bounded<PortEvent>(64), Queue.shutdown)
  const fail = (reason: "Busy" | "Closed", message: string) =>
    Effect.fail(new PortError({ port: PORT_NUMBER, reason, message }))
  const port = SpecialQpPort.of({
    describe: Effect.succeed(fabric.description),
    events,
    connect: (wire) =>
      Effect.asVoid(Effect.acquireRelease(
        Effect.suspend(() => traffic.connect(wire)
          ? Effect.void
          : fail("Busy", "embedded fabric: a wire is connected already; close its scope first")),
        () => Effect.sync(() => traffic.disconnect())
      )),
    transmit: (budget) =>
      Effect.suspend(() => {
        const sent = traffic.transmit(budget)
        return sent === undefined
          ? fail("Closed", "embedded fabric: no wire is connected; connect one")
          : Effect.succeed(sent)
      })
  })
  return Context.add(Context.make(SpecialQpPort, port), Fabric, fabric)
})

/** The embedded fabric as the port; what it loses, copies and delays is a function of `options.seed`. Fails for odd options. */
export const layerFabric = (options: FabricOptions): Layer.Layer<SpecialQpPort | Fabric, InputError> =>
  Layer.effectContext(openFabric(options))
