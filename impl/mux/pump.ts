/**
 * The hot path: takes MADs from the rings, has them decided, and counts what became of them. Works in batches;
 * what was put into rings is published after each.
 */
import { ReadyBitmap } from "../ring/ready.ts"
import type { RingConsumer } from "../ring/spsc.ts"
import { NOBODY } from "./guids.ts"
import { ANSWERED, CONSUMED, FORWARD, isDrop } from "./outcomes.ts"
import type { MuxParts } from "./parts.ts"
import { NOBODY_READY, Scheduler } from "./scheduler.ts"

/** MADs after which what was put into the rings is published. */
const BATCH = 64

/** Moves MADs. */
export class Pump {
  readonly #parts: MuxParts
  readonly #scheduler: Scheduler
  /** Whom to serve first, so that a small budget starves nobody: the wire or the functions; QP0 or QP1. */
  #wireFirst = false
  #firstQp = 0
  /** After {@link Pump.#turn}: the rings of the function were seen empty. */
  #idle = false

  constructor(parts: MuxParts, quantum: number) {
    this.#parts = parts
    this.#scheduler = new Scheduler(new ReadyBitmap(parts.region, parts.rings.ready), quantum)
  }

  /** True if a function has MADs that were seen but not taken, as when the ring to the wire is full. */
  get hasWork(): boolean {
    return this.#scheduler.hasWork
  }

  /** Takes up to `budget` MADs, both ways, and returns how many. Half of the budget is kept for either way. */
  move(budget: number): number {
    let taken = 0
    while (taken < budget) {
      const batch = Math.min(BATCH, budget - taken)
      this.#wireFirst = !this.#wireFirst
      const half = (batch + 1) >>> 1
      let moved = this.#wireFirst ? this.#fromWire(half) : this.#fromFunctions(half)
      moved += this.#wireFirst ? this.#fromFunctions(batch - moved) : this.#fromWire(batch - moved)
      if (moved < batch) moved += this.#wireFirst ? this.#fromWire(batch - moved) : this.#fromFunctions(batch - moved)
      this.#parts.rings.flush()
      if (moved === 0) break
      taken += moved
    }
    return taken
  }

  #fromWire(most: number): number {
    const qp = this.#firstQp
    const first = this.#wireRing(qp, (most + 1) >>> 1)
    const second = this.#wireRing(1 - qp, most - first)
    return first + second + (first + second < most ? this.#wireRing(qp, most - first - second) : 0)
  }

  #wireRing(qp: number, most: number): number {
    if (most <= 0) return 0
    const consumer = this.#parts.rings.fromWire[qp]!
    const count = consumer.readable(most)
    for (let i = 0; i < count; i++) this.#ingress(qp, consumer.slot(i))
    if (count > 0) consumer.release(count)
    return count
  }

  #ingress(qp: number, slot: number): void {
    const { counters, host, ingress } = this.#parts
    counters.received(counters.nobody)
    const drops = host.dropsOfNobody
    const outcome = ingress.take(qp, slot)
    if (isDrop(outcome)) {
      counters.ingressDropped(ingress.charged === NOBODY ? counters.nobody : ingress.charged, outcome)
    } else if (outcome === ANSWERED || (outcome === CONSUMED && host.dropsOfNobody === drops)) {
      counters.egress(counters.nobody, ANSWERED)
    }
  }

  #fromFunctions(most: number): number {
    const scheduler = this.#scheduler
    scheduler.refresh()
    let taken = 0
    let fruitless = 0
    while (taken < most && fruitless <= this.#parts.functions.count) {
      const f = scheduler.next()
      if (f === NOBODY_READY) break
      const allowed = Math.min(scheduler.deficit, most - taken)
      const count = this.#turn(f, allowed)
      scheduler.served(count)
      if (count < allowed) scheduler.pass(this.#idle)
      fruitless = count === 0 ? fruitless + 1 : 0
      taken += count
    }
    return taken
  }

  /** Takes up to `most` MADs of function `f`, its two QPs in turn; a full ring to the wire leaves them there. */
  #turn(f: number, most: number): number {
    const { rings } = this.#parts
    const gsi = rings.fromFunction[2 * f + 1]!
    const smi = rings.fromFunction[2 * f]!
    const inGsi = gsi.readable(most)
    const inSmi = smi.readable(most)
    let fromGsi = 0
    let fromSmi = 0
    let gsiOpen = inGsi > 0
    let smiOpen = inSmi > 0
    while (fromGsi + fromSmi < most && (gsiOpen || smiOpen)) {
      this.#firstQp = 1 - this.#firstQp
      const qp = this.#firstQp === 1 ? (gsiOpen ? 1 : 0) : smiOpen ? 0 : 1
      if (!rings.hasWireRoom(qp)) {
        if (qp === 1) gsiOpen = false
        else smiOpen = false
      } else if (qp === 1) {
        this.#egress(f, 1, gsi.slot(fromGsi++))
        gsiOpen = fromGsi < inGsi
      } else {
        this.#egress(f, 0, smi.slot(fromSmi++))
        smiOpen = fromSmi < inSmi
      }
    }
    release(gsi, fromGsi)
    release(smi, fromSmi)
    this.#idle = inGsi < most && inSmi < most && fromGsi === inGsi && fromSmi === inSmi
    return fromGsi + fromSmi
  }

  /** Copies first: what the function writes into its slot from now on changes nothing. */
  #egress(f: number, qp: number, slot: number): void {
    const { counters, egress, region, rings } = this.#parts
    const copy = rings.wireSlot(qp)
    region.copySlot(copy, slot)
    counters.received(f)
    const outcome = egress.take(f, qp, copy)
    if (outcome === CONSUMED) return
    counters.egress(f, outcome)
    if (outcome === FORWARD) rings.commitWire(qp)
  }
}

const release = (consumer: RingConsumer, count: number): void => {
  if (count > 0) consumer.release(count)
}
