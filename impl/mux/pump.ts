/**
 * The hot path: takes MADs from the rings, has them decided, and counts what became of them. Works in
 * batches; what was put into rings is published after each.
 */
import { ReadyBitmap } from "../ring/ready.ts"
import type { RingConsumer } from "../ring/spsc.ts"
import * as guidTables from "./guids.ts"
import * as outcomes from "./outcomes.ts"
import type { MuxParts } from "./parts.ts"
import { NOBODY_READY, Scheduler } from "./scheduler.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { NOBODY } = guidTables
const { ANSWERED, CONSUMED, FORWARD, isDrop } = outcomes

/** MADs after which what was put into the rings is published. */
const BATCH = 64

/** Moves MADs. */
export interface Pump {
  /**
   * Takes up to `budget` MADs, both ways, and returns how many. Half of the budget is kept for either way.
   */
  readonly move: (budget: number) => number
  /**
   * True if there are MADs that were seen but not taken: of a function, as when the ring to the wire is full, or from
   * the wire, when the budget was used up.
   */
  readonly hasWork: () => boolean
}

/** The pump of one PF context. A factory, see engine.ts. */
export const makePump = (parts: MuxParts, quantum: number): Pump => {
  const { counters, egress, functions, host, ingress, region, rings } = parts
  const { copySlot } = region
  const { fromFunction, fromWire } = rings
  const scheduler = new Scheduler(new ReadyBitmap(region, rings.ready), quantum)
  /** Whom to serve first, so that a small budget starves nobody: the wire or the functions; QP0 or QP1. */
  let wireFirst = false
  let firstQp = 0
  /** From whose ring the wire's MAD is taken where only one is. */
  let singleQp = 0
  /** After `takeTurn`: the rings of the function were seen empty. */
  let idle = false

  const takeIngress = (qp: number, slot: number): void => {
    counters.received(counters.nobody)
    const drops = host.dropsOfNobody
    const outcome = ingress.take(qp, slot)
    if (isDrop(outcome)) {
      const charged = ingress.charged()
      counters.ingressDropped(charged === NOBODY ? counters.nobody : charged, outcome)
    } else if (outcome === ANSWERED || (outcome === CONSUMED && host.dropsOfNobody === drops)) {
      counters.egress(counters.nobody, ANSWERED)
    }
  }
  const takeWireRing = (qp: number, most: number): number => {
    if (most <= 0) return 0
    const consumer = fromWire[qp]!
    const count = consumer.readable(most)
    for (let i = 0; i < count; i++) takeIngress(qp, consumer.slot(i))
    if (count > 0) consumer.release(count)
    return count
  }
  const takeWire = (most: number): number => {
    scheduler.takeWireMark()
    const qp = most === 1 ? singleQp : firstQp
    const first = takeWireRing(qp, (most + 1) >>> 1)
    // One MAD is of one QP: the next is of the other.
    if (most === 1 && first === 1) singleQp = 1 - qp
    const second = takeWireRing(1 - qp, most - first)
    return first + second + (first + second < most ? takeWireRing(qp, most - first - second) : 0)
  }

  /** Copies first: what the function writes into its slot from now on changes nothing. */
  const takeEgress = (f: number, qp: number, slot: number): void => {
    const copy = rings.wireSlot(qp)
    copySlot(copy, slot)
    counters.received(f)
    const outcome = egress.take(f, qp, copy)
    if (outcome === CONSUMED) return
    counters.egress(f, outcome)
    if (outcome === FORWARD) rings.forward(qp)
  }
  /**
   * Takes up to `most` MADs of function `f`, its two QPs in turn; a full ring to the wire leaves them there.
   */
  const takeTurn = (f: number, most: number): number => {
    const gsi = fromFunction[2 * f + 1]!
    const smi = fromFunction[2 * f]!
    const inGsi = gsi.readable(most)
    const inSmi = smi.readable(most)
    let fromGsi = 0
    let fromSmi = 0
    let gsiOpen = inGsi > 0
    let smiOpen = inSmi > 0
    while (fromGsi + fromSmi < most && (gsiOpen || smiOpen)) {
      firstQp = 1 - firstQp
      const qp = firstQp === 1 ? (gsiOpen ? 1 : 0) : smiOpen ? 0 : 1
      if (!rings.hasWireRoom(qp)) {
        if (qp === 1) gsiOpen = false
        else smiOpen = false
      } else if (qp === 1) {
        takeEgress(f, 1, gsi.slot(fromGsi++))
        gsiOpen = fromGsi < inGsi
      } else {
        takeEgress(f, 0, smi.slot(fromSmi++))
        smiOpen = fromSmi < inSmi
      }
    }
    release(gsi, fromGsi)
    release(smi, fromSmi)
    idle = inGsi < most && inSmi < most && fromGsi === inGsi && fromSmi === inSmi
    return fromGsi + fromSmi
  }
  const takeFunctions = (most: number): number => {
    scheduler.refresh()
    let taken = 0
    let fruitless = 0
    while (taken < most && fruitless <= functions.count) {
      const f = scheduler.next()
      if (f === NOBODY_READY) break
      const allowed = Math.min(scheduler.deficit, most - taken)
      const count = takeTurn(f, allowed)
      scheduler.served(count)
      if (count < allowed) scheduler.pass(idle)
      fruitless = count === 0 ? fruitless + 1 : 0
      taken += count
    }
    return taken
  }

  const moveBatch = (batch: number): number => {
    wireFirst = !wireFirst
    const half = (batch + 1) >>> 1
    let moved = wireFirst ? takeWire(half) : takeFunctions(half)
    moved += wireFirst ? takeFunctions(batch - moved) : takeWire(batch - moved)
    if (moved < batch) moved += wireFirst ? takeWire(batch - moved) : takeFunctions(batch - moved)
    // The functions' turn takes the bit of the wire, too: what came since the wire was read has no other.
    if (moved < batch && scheduler.takeWireMark()) moved += takeWire(batch - moved)
    rings.flush()
    return moved
  }
  const move = (budget: number): number => {
    let taken = 0
    while (taken < budget) {
      const moved = moveBatch(Math.min(BATCH, budget - taken))
      if (moved === 0) break
      taken += moved
    }
    return taken
  }
  const hasWork = (): boolean =>
    scheduler.hasWork || fromWire[0]!.readable(1) > 0 || fromWire[1]!.readable(1) > 0
  return { move, hasWork }
}

const release = (consumer: RingConsumer, count: number): void => {
  if (count > 0) consumer.release(count)
}
