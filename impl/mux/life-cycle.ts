/** Start and stop of the PF context, attach, detach and reset of functions (spec/lifecycle.md). */
import { DROP_NOT_ATTACHED } from "./outcomes.ts"
import type { MuxParts } from "./parts.ts"

/** The life of a PF context and of its functions. */
export class LifeCycle {
  readonly #parts: MuxParts
  /** Groups are still to be left, because the ring to the wire was full. */
  #stopping = false

  constructor(parts: MuxParts) {
    this.#parts = parts
  }

  /** Opens the PF context and every function that is wanted, the PF first. Running already: nothing. */
  start(): void {
    const { functions } = this.#parts
    if (functions.running) return
    functions.running = true
    this.#stopping = false
    for (let f = 0; f < functions.count; f++) if (functions.isWanted(f)) this.#open(f)
    this.#parts.aliasGuids.settle()
  }

  /** Leaves all groups and releases everything. Stopped already: nothing. */
  stop(): void {
    const { functions, reports, saClients } = this.#parts
    if (!functions.running) return
    reports.stop()
    this.#stopping = !saClients.stop()
    for (let f = 0; f < functions.count; f++) if (functions.isAttached(f)) this.#release(f)
    functions.running = false
  }

  /** True once the PF context is stopped and every group was left. */
  get isStopped(): boolean {
    return !this.#parts.functions.running && !this.#stopping
  }

  /** Goes on leaving groups after a stop that met a full ring. */
  continueStop(): void {
    if (this.#stopping) this.#stopping = !this.#parts.saClients.stop()
  }

  /** Opens function `f`, or remembers to open it at the start. */
  attach(f: number): void {
    const { aliasGuids, functions } = this.#parts
    functions.want(f, true)
    if (!functions.running || functions.isAttached(f)) return
    this.#open(f)
    aliasGuids.changed(f)
  }

  /** Ends function `f`. */
  detach(f: number): void {
    const { aliasGuids, functions } = this.#parts
    functions.want(f, false)
    if (!functions.isAttached(f)) return
    this.#end(f)
    aliasGuids.changed(f)
  }

  /** Ends the attached function `f` and attaches it anew; its GUID stays. */
  reset(f: number): void {
    this.#end(f)
    this.#open(f)
  }

  #end(f: number): void {
    this.#parts.saClients.endFunction(f)
    this.#parts.reports.endFunction(f)
    this.#release(f)
  }

  /** Opens the tunnels; what was posted before is not of this incarnation (SQP-LIFE-1). */
  #open(f: number): void {
    this.#discard(f)
    this.#parts.functions.open(f)
  }

  /** Empties the rings of function `f`. */
  #discard(f: number): void {
    const { counters, rings } = this.#parts
    for (let ring = 2 * f; ring < 2 * f + 2; ring++) {
      const consumer = rings.fromFunction[ring]!
      const count = consumer.readable(consumer.slots)
      for (let i = 0; i < count; i++) {
        counters.received(f)
        counters.egress(f, DROP_NOT_ATTACHED)
      }
      consumer.release(count)
      const delivered = rings.functionIngress[ring]!
      delivered.release(delivered.readable(delivered.slots))
    }
  }

  /**
   * Closes intake and releases everything of function `f` but its groups; what lies in its rings goes too.
   */
  #release(f: number): void {
    const { cm, events, functions, hasSharedCm, inbound, redirects, transactions, verbs } = this.#parts
    functions.close(f)
    this.#discard(f)
    if (!hasSharedCm) cm.endFunction(f)
    transactions.endFunction(f)
    inbound.endFunction(f)
    redirects.endFunction(f)
    verbs.endFunction(f)
    events.take(f)
  }
}
