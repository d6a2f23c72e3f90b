/**
 * The PF context: operates the real special QPs for all functions. `poll` is the hot path; everything else is
 * the control plane, and one thread calls both.
 */
import type { Reason } from "../../spec/reasons.ts"
import { SharedRegion } from "../ring/memory.ts"
import { allocateRing, RingConsumer, RingProducer, ringWords } from "../ring/spsc.ts"
import type { FunctionEvent } from "../vhca/events.ts"
import type { VerbAnswer, VerbRequest } from "../vhca/verbs.ts"
import { checkConfig, type MuxConfig } from "./config.ts"
import type { PortEvent } from "./port-event.ts"

/** QPNs of the two tunnels of a function, by QP (0 or 1). */
export interface Tunnel {
  readonly proxyQpn: number
  readonly tunnelQpn: number
}

/** The accounting of a function, or of nobody. MADs since the construction. */
export interface MuxCounters {
  /** Taken from the proxies of the function; nobody: taken from the wire. */
  readonly received: number
  /** Of these, put on the wire; nobody: delivered to a function. */
  readonly forwarded: number
  /** Of these, answered by the PF context. */
  readonly answered: number
  /** Of these, joins that are with the SA now. */
  readonly waiting: number
  /** Of these, dropped: received = forwarded + answered + waiting + the sum of dropped [SQP-ACC-1]. */
  readonly dropped: Readonly<Record<Reason, number>>
  /** MADs from the wire that were dropped at the cost of this function. */
  readonly ingressDropped: Readonly<Record<Reason, number>>
  /** MADs from the wire delivered to this function. */
  readonly delivered: number
}

/** The PF context of one port. */
export class Mux {
  /** Holds every ring and table. */
  readonly region: SharedRegion
  /** The ends of the wire rings that belong to the port, by QP. */
  readonly wire: {
    readonly outgoing: readonly [RingConsumer, RingConsumer]
    readonly incoming: readonly [RingProducer, RingProducer]
  }

  /** Throws RangeError when the configuration is not sound or the host has no room. */
  constructor(config: MuxConfig) {
    checkConfig(config)
    this.region = SharedRegion.create(4 * ringWords(config.wireSlots) + 256)
    const outgoing = [0, 1].map(() => allocateRing(this.region, config.wireSlots))
    const incoming = [0, 1].map(() => allocateRing(this.region, config.wireSlots))
    this.wire = {
      outgoing: [new RingConsumer(this.region, outgoing[0]!), new RingConsumer(this.region, outgoing[1]!)],
      incoming: [new RingProducer(this.region, incoming[0]!), new RingProducer(this.region, incoming[1]!)]
    }
  }

  /** Opens the PF context: function 0, then every function asked for before. Running already: nothing. */
  start(): void {}

  /** Leaves all groups and releases everything. Stopped already: nothing. */
  stop(): void {}

  /** Opens the tunnels of function `f`; while stopped it is remembered for the start. */
  attach(f: number): void {
    void f
  }

  /** Ends function `f`. Throws RangeError for the PF. */
  detach(f: number): void {
    void f
  }

  /** Ends function `f` and attaches it anew. Throws RangeError for the PF. */
  reset(f: number): void {
    void f
  }

  /** Tells the PF context of a change at the port. */
  portEvent(event: PortEvent): void {
    void event
  }

  /** Replaces the virtual P_Key table of a VF. */
  setPkeyMap(f: number, map: ReadonlyArray<number | null>): void {
    void [f, map]
  }

  /** A verb of function `f`, see spec/qp.md. */
  verb(f: number, request: VerbRequest): VerbAnswer {
    void [f, request]
    return { status: "refused", qpn: null, qkey: null }
  }

  /** A local query of function `f`: the attribute as it must see it, 64 bytes, or null when refused. */
  query(f: number, attribute: string, modifier: number): Uint8Array | null {
    void [f, attribute, modifier]
    return null
  }

  /**
   * Works off what waits, at most `budget` MADs, and what is due at `nowMs` (a clock that never goes back).
   * Returns how many MADs were taken.
   */
  poll(budget: number, nowMs: number): number {
    void [budget, nowMs]
    return 0
  }

  /** When `poll` must be called again though nothing arrives, on the clock of `poll`; null: never. */
  nextDueMs(): number | null {
    return null
  }

  /** Where function `f` puts the MADs it sends on `qp`; always the same object. */
  functionEgress(f: number, qp: 0 | 1): RingProducer {
    throw new RangeError(`no ring of function ${f} and QP${qp}`)
  }

  /** Where function `f` finds the MADs for its proxy of `qp`; always the same object. */
  functionIngress(f: number, qp: 0 | 1): RingConsumer {
    throw new RangeError(`no ring of function ${f} and QP${qp}`)
  }

  /** The tunnels of function `f` by QP; null while it is not attached. */
  tunnels(f: number): readonly [Tunnel, Tunnel] | null {
    void f
    return null
  }

  /** Takes the events of function `f`, oldest first. */
  takeEvents(f: number): ReadonlyArray<FunctionEvent> {
    void f
    return []
  }

  /** The accounting of function `f`; null: of nobody. */
  counters(f: number | null): MuxCounters {
    throw new RangeError(`no function ${f}`)
  }
}
