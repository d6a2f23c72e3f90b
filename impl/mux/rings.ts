/**
 * The rings around the PF context: two to the port, two from it, and four of each function. Everything that is
 * put into a ring is published once a batch, in {@link Rings.flush}.
 */
import { allocateDoorbell, Doorbell, doorbellWords } from "../ring/doorbell.ts"
import type { SharedRegion } from "../ring/memory.ts"
import { allocateReadyBitmap, ReadyBitmap, readyBitmapWords } from "../ring/ready.ts"
import { allocateRing, RingConsumer, RingProducer, ringWords } from "../ring/spsc.ts"
import { WIRE_READY } from "./scheduler.ts"

/** The number of a special QP. */
export type Qp = 0 | 1
/** The word offsets by which another thread attaches to the rings of a function, by QP. */
export interface FunctionRings {
  readonly egress: readonly [number, number]
  readonly ingress: readonly [number, number]
  /** Doorbell that the PF context rings after a delivery. */
  readonly doorbell: number
  /** Ready bitmap to mark, and doorbell to ring, after publishing to an egress ring. */
  readonly ready: number
  readonly muxDoorbell: number
}

/** Words that the rings take from a region. */
export const ringsWords = (functions: number, functionSlots: number, wireSlots: number): number =>
  4 * ringWords(wireSlots) + functions * (4 * ringWords(functionSlots) + doorbellWords()) + readyBitmapWords() +
  doorbellWords()

/** The producing end of a ring into the PF context: publishing also says that there is work. */
export class EgressProducer extends RingProducer {
  readonly #f: number
  readonly #ready: ReadyBitmap
  readonly #doorbell: Doorbell

  /** Attaches to the ring at word `ring`, whose MADs are work of function `f`. */
  constructor(region: SharedRegion, ring: number, f: number, ready: number, doorbell: number) {
    super(region, ring)
    this.#f = f
    this.#ready = new ReadyBitmap(region, ready)
    this.#doorbell = new Doorbell(region, doorbell)
  }

  override publish(count: number): void {
    super.publish(count)
    this.#ready.mark(this.#f)
    this.#doorbell.ring()
  }
}

/** The rings of one PF context and the slots filled but not published yet. */
export class Rings {
  /** Word offsets of the ready bitmap and of the doorbell of the PF context. */
  readonly ready: number
  readonly doorbell: number
  readonly wireOut: readonly [RingConsumer, RingConsumer]
  readonly wireIn: readonly [EgressProducer, EgressProducer]
  /** The ends of the PF context: MADs from the wire by QP, and of functions by 2 * function + QP. */
  readonly fromWire: ReadonlyArray<RingConsumer>
  readonly fromFunction: ReadonlyArray<RingConsumer>
  /** The ends of the functions on this thread, by 2 * function + QP. */
  readonly functionEgress: ReadonlyArray<EgressProducer>
  readonly functionIngress: ReadonlyArray<RingConsumer>
  readonly #toWire: ReadonlyArray<RingProducer>
  readonly #toFunction: ReadonlyArray<RingProducer>
  readonly #offsets: ReadonlyArray<FunctionRings>
  readonly #doorbells: ReadonlyArray<Doorbell>
  readonly #wirePending = new Int32Array(2)
  readonly #pending: Int32Array
  /** Rings of functions with slots to publish. */
  readonly #dirty: Int32Array
  #dirtyCount = 0

  constructor(region: SharedRegion, functions: number, functionSlots: number, wireSlots: number) {
    this.ready = allocateReadyBitmap(region)
    this.doorbell = allocateDoorbell(region)
    const pair = (slots: number): readonly [number, number] => [allocateRing(region, slots), allocateRing(region, slots)]
    const producer = (ring: number, f: number): EgressProducer =>
      new EgressProducer(region, ring, f, this.ready, this.doorbell)
    const out = pair(wireSlots)
    const into = pair(wireSlots)
    this.wireOut = [new RingConsumer(region, out[0]), new RingConsumer(region, out[1])]
    this.wireIn = [producer(into[0], WIRE_READY), producer(into[1], WIRE_READY)]
    this.#toWire = out.map((ring) => new RingProducer(region, ring))
    this.fromWire = into.map((ring) => new RingConsumer(region, ring))
    this.#offsets = Array.from({ length: functions }, () => ({
      egress: pair(functionSlots),
      ingress: pair(functionSlots),
      doorbell: allocateDoorbell(region),
      ready: this.ready,
      muxDoorbell: this.doorbell
    }))
    this.fromFunction = this.#offsets.flatMap((rings) => rings.egress.map((ring) => new RingConsumer(region, ring)))
    this.functionEgress = this.#offsets.flatMap((rings, f) => rings.egress.map((ring) => producer(ring, f)))
    this.functionIngress = this.#offsets.flatMap((rings) => rings.ingress.map((ring) => new RingConsumer(region, ring)))
    this.#toFunction = this.#offsets.flatMap((rings) => rings.ingress.map((ring) => new RingProducer(region, ring)))
    this.#doorbells = this.#offsets.map((rings) => new Doorbell(region, rings.doorbell))
    this.#pending = new Int32Array(2 * functions)
    this.#dirty = new Int32Array(2 * functions)
  }

  /** Where a function's end attaches. */
  offsets(f: number): FunctionRings {
    return this.#offsets[f]!
  }

  /** True if the ring to the wire takes one more MAD. */
  hasWireRoom(qp: number): boolean {
    const pending = this.#wirePending[qp]!
    return this.#toWire[qp]!.writable(pending + 1) > pending
  }

  /** The slot that the next {@link Rings.commitWire} sends; there must be room. */
  wireSlot(qp: number): number {
    return this.#toWire[qp]!.slot(this.#wirePending[qp]!)
  }

  /** Keeps the slot as filled; {@link Rings.flush} publishes it. */
  commitWire(qp: number): void {
    this.#wirePending[qp]! += 1
  }

  /** True if the ring to the function takes one more MAD. */
  hasFunctionRoom(f: number, qp: number): boolean {
    const pending = this.#pending[2 * f + qp]!
    return this.#toFunction[2 * f + qp]!.writable(pending + 1) > pending
  }

  /** The slot that the next {@link Rings.commitFunction} delivers; there must be room. */
  functionSlot(f: number, qp: number): number {
    return this.#toFunction[2 * f + qp]!.slot(this.#pending[2 * f + qp]!)
  }

  /** Keeps the slot as filled; {@link Rings.flush} publishes it. */
  commitFunction(f: number, qp: number): void {
    const ring = 2 * f + qp
    const pending = this.#pending[ring]!
    if (pending === 0) this.#dirty[this.#dirtyCount++] = ring
    this.#pending[ring] = pending + 1
  }

  /** Publishes everything that was kept and wakes the functions that got something. */
  flush(): void {
    for (let qp = 0; qp < 2; qp++) {
      if (this.#wirePending[qp] === 0) continue
      this.#toWire[qp]!.publish(this.#wirePending[qp]!)
      this.#wirePending[qp] = 0
    }
    for (let i = 0; i < this.#dirtyCount; i++) {
      const ring = this.#dirty[i]!
      this.#toFunction[ring]!.publish(this.#pending[ring]!)
      this.#pending[ring] = 0
      this.#doorbells[ring >>> 1]!.ring()
    }
    this.#dirtyCount = 0
  }
}
