/**
 * The rings around the PF context: two to the port, two from it, and four of each function. Everything that
 * is put into a ring is published once a batch, in {@link Rings.flush}.
 */
import { allocateDoorbell, Doorbell, doorbellWords } from "../ring/doorbell.ts"
import type { SharedRegion } from "../ring/memory.ts"
import { allocateReadyBitmap, readyBitmapWords } from "../ring/ready.ts"
import { allocateRing, RingConsumer, RingProducer, ringWords } from "../ring/spsc.ts"
import { EgressProducer, type FunctionRings } from "../vhca/proxy.ts"
import { WIRE_READY } from "./scheduler.ts"

/** One slot in 2^4 of a ring to the wire is kept for the PF context's own MADs. */
const OWN_SHARE_SHIFT = 4

/** A reader that takes any number of MADs. */
export const NO_BOUND = -1

/** What is left of a credit when one more MAD goes: one less, but {@link NO_BOUND} stays, however many go. */
export const spent = (credit: number): number => (credit > 0 ? credit - 1 : credit)

/** Words that the rings take from a region. */
export const ringsWords = (functions: number, functionSlots: number, wireSlots: number): number =>
  4 * ringWords(wireSlots) + functions * (4 * ringWords(functionSlots) + doorbellWords()) + readyBitmapWords() +
  doorbellWords()

/** The rings of one PF context and the slots filled but not published yet. */
export interface Rings {
  /** Word offsets of the ready bitmap and of the doorbell of the PF context. */
  readonly ready: number
  readonly doorbell: number
  /** The ends of the port, by QP. */
  readonly wireOut: readonly [RingConsumer, RingConsumer]
  readonly wireIn: readonly [EgressProducer, EgressProducer]
  /** The ends of the PF context: MADs from the wire by QP, and of functions by 2 * function + QP. */
  readonly fromWire: ReadonlyArray<RingConsumer>
  readonly fromFunction: ReadonlyArray<RingConsumer>
  /** The ends of the functions on this thread, by 2 * function + QP. */
  readonly functionEgress: ReadonlyArray<EgressProducer>
  readonly functionIngress: ReadonlyArray<RingConsumer>
  /** By which another thread attaches to the rings of a function, by function. */
  readonly offsets: ReadonlyArray<FunctionRings>
  /** From now on the doorbell of function `f` is rung after a delivery: its driver may sleep. */
  readonly ringDoorbell: (f: number) => void
  /**
   * The reader of the ring to the wire takes `count` more MADs of functions, {@link NO_BOUND}: any number.
   */
  readonly creditWire: (qp: number, count: number) => void
  /** The driver of function `f` takes `count` more MADs, {@link NO_BOUND}: any number. */
  readonly creditFunction: (f: number, qp: number, count: number) => void
  /** True if the ring to the wire takes one more MAD of a function. */
  readonly hasWireRoom: (qp: number) => boolean
  /** True if it takes one more MAD of the PF context's own, for which some slots are kept (SQP-FAIR-2). */
  readonly hasOwnWireRoom: (qp: number) => boolean
  /** The slot that the next {@link Rings.commitWire} sends; there must be room. */
  readonly wireSlot: (qp: number) => number
  /** Keeps the slot as filled; {@link Rings.flush} publishes it. */
  readonly commitWire: (qp: number) => void
  /** The same for the MAD of a function, which takes credit. */
  readonly forward: (qp: number) => void
  /** True if the ring to the function takes one more MAD. */
  readonly hasFunctionRoom: (f: number, qp: number) => boolean
  /** The slot that the next {@link Rings.commitFunction} delivers; there must be room. */
  readonly functionSlot: (f: number, qp: number) => number
  /** Keeps the slot as filled; {@link Rings.flush} publishes it. */
  readonly commitFunction: (f: number, qp: number) => void
  /** Publishes everything that was kept and wakes the functions that got something. */
  readonly flush: () => void
}

type Outbox = Pick<
  Rings,
  "ringDoorbell" | "creditWire" | "creditFunction" | "hasWireRoom" | "hasOwnWireRoom" | "wireSlot" | "commitWire" | "forward" | "hasFunctionRoom" | "functionSlot" | "commitFunction" | "flush"
>

/** The slots that the PF context fills: those to the wire and to the functions. */
const makeOutbox = (
  toWire: ReadonlyArray<RingProducer>,
  toFunction: ReadonlyArray<RingProducer>,
  doorbells: ReadonlyArray<Doorbell>
): Outbox => {
  /** Slots of a ring to the wire that functions may not fill. */
  const kept = toWire[0]!.slots >>> OWN_SHARE_SHIFT
  const wireCredit = new Int32Array(2).fill(NO_BOUND)
  const credit = new Int32Array(toFunction.length).fill(NO_BOUND)
  /** Filled and not published. */
  const wirePending = new Int32Array(2)
  const pending = new Int32Array(toFunction.length)
  /** Rings of functions with slots to publish. */
  const dirty = new Int32Array(toFunction.length)
  let dirtyCount = 0
  /** 1 if somebody may sleep at the doorbell of the function; asking costs a cache line of each. */
  const sleepers = new Uint8Array(doorbells.length)
  const ringDoorbell = (f: number): void => {
    sleepers[f] = 1
  }
  const creditWire = (qp: number, count: number): void => {
    wireCredit[qp] = count
  }
  const creditFunction = (f: number, qp: number, count: number): void => {
    credit[2 * f + qp] = count
  }

  const hasOwnWireRoom = (qp: number): boolean => toWire[qp]!.writable(wirePending[qp]! + 1) > wirePending[qp]!
  const hasWireRoom = (qp: number): boolean => {
    const before = wirePending[qp]! + kept
    return wireCredit[qp] !== 0 && toWire[qp]!.writable(before + 1) > before
  }
  const wireSlot = (qp: number): number => toWire[qp]!.slot(wirePending[qp]!)
  const commitWire = (qp: number): void => {
    wirePending[qp]! += 1
  }
  const forward = (qp: number): void => {
    wirePending[qp]! += 1
    wireCredit[qp] = spent(wireCredit[qp]!)
  }
  const hasFunctionRoom = (f: number, qp: number): boolean => {
    const ring = 2 * f + qp
    return credit[ring] !== 0 && toFunction[ring]!.writable(pending[ring]! + 1) > pending[ring]!
  }
  const functionSlot = (f: number, qp: number): number => toFunction[2 * f + qp]!.slot(pending[2 * f + qp]!)
  const commitFunction = (f: number, qp: number): void => {
    const ring = 2 * f + qp
    if (pending[ring] === 0) dirty[dirtyCount++] = ring
    pending[ring]! += 1
    credit[ring] = spent(credit[ring]!)
  }
  const flush = (): void => {
    for (let qp = 0; qp < 2; qp++) {
      if (wirePending[qp] === 0) continue
      toWire[qp]!.publish(wirePending[qp]!)
      wirePending[qp] = 0
    }
    for (let i = 0; i < dirtyCount; i++) {
      const ring = dirty[i]!
      toFunction[ring]!.publish(pending[ring]!)
      pending[ring] = 0
      if (sleepers[ring >>> 1] === 1) doorbells[ring >>> 1]!.ring()
    }
    dirtyCount = 0
  }
  return {
    ringDoorbell, creditWire, creditFunction, hasWireRoom, hasOwnWireRoom, wireSlot, commitWire, forward, hasFunctionRoom, functionSlot,
    commitFunction, flush
  }
}

/** Lays all rings into the region. A factory, see engine.ts. */
export const makeRings = (region: SharedRegion, functions: number, functionSlots: number, wireSlots: number): Rings => {
  const ready = allocateReadyBitmap(region)
  const doorbell = allocateDoorbell(region)
  const pair = (slots: number): readonly [number, number] => [allocateRing(region, slots), allocateRing(region, slots)]
  const consumer = (ring: number): RingConsumer => new RingConsumer(region, ring)
  const producer = (ring: number): RingProducer => new RingProducer(region, ring)
  const waking = (ring: number, f: number): EgressProducer => new EgressProducer(region, ring, f, ready, doorbell)
  const out = pair(wireSlots)
  const into = pair(wireSlots)
  const offsets = Array.from({ length: functions }, (): FunctionRings => ({
    egress: pair(functionSlots),
    ingress: pair(functionSlots),
    doorbell: allocateDoorbell(region),
    ready,
    muxDoorbell: doorbell
  }))
  const doorbells = offsets.map((rings) => new Doorbell(region, rings.doorbell))
  const toFunction = offsets.flatMap((rings) => rings.ingress.map(producer))
  return {
    ready,
    doorbell,
    wireOut: [consumer(out[0]), consumer(out[1])],
    wireIn: [waking(into[0], WIRE_READY), waking(into[1], WIRE_READY)],
    fromWire: into.map(consumer),
    fromFunction: offsets.flatMap((rings) => rings.egress.map(consumer)),
    functionEgress: offsets.flatMap((rings, f) => rings.egress.map((ring) => waking(ring, f))),
    functionIngress: offsets.flatMap((rings) => rings.ingress.map(consumer)),
    offsets,
    ...makeOutbox(out.map(producer), toFunction, doorbells)
  }
}
