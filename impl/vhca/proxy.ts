/**
 * The vHCA's side of its proxy QPs: the rings between a function and the PF context, held by the thread that
 * runs the function's driver.
 */
import { Doorbell } from "../ring/doorbell.ts"
import type { SharedRegion } from "../ring/memory.ts"
import { ReadyBitmap } from "../ring/ready.ts"
import { RingConsumer, RingProducer } from "../ring/spsc.ts"

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
    if (count === 0) return
    this.#ready.mark(this.#f)
    this.#doorbell.ring()
  }
}

/**
 * The proxy QPs of a function on the thread of its driver, which attached to the region itself. One thread
 * holds them at a time; slots are as impl/ring/slot.ts says.
 */
export class Proxies {
  /** Where MADs to send are put, by QP; publishing wakes the PF context. */
  readonly egress: readonly [EgressProducer, EgressProducer]
  /** Where MADs for the function are found, by QP. */
  readonly ingress: readonly [RingConsumer, RingConsumer]
  readonly #doorbell: Doorbell

  /**
   * Attaches to what `Mux.functionRings` of the PF context gave for function `f`. Throws RangeError for
   * anything else.
   */
  constructor(region: SharedRegion, f: number, rings: FunctionRings) {
    const producer = (ring: number): EgressProducer => new EgressProducer(region, ring, f, rings.ready, rings.muxDoorbell)
    this.egress = [producer(rings.egress[0]), producer(rings.egress[1])]
    this.ingress = [new RingConsumer(region, rings.ingress[0]), new RingConsumer(region, rings.ingress[1])]
    this.#doorbell = new Doorbell(region, rings.doorbell)
  }

  /** True if a MAD for the function can be read. */
  pending(): boolean {
    return this.ingress[0].readable(1) > 0 || this.ingress[1].readable(1) > 0
  }

  /**
   * Sleeps until a MAD for the function can be read or `timeoutMs` have passed; true if there is one. Blocks
   * the thread: for a worker only.
   */
  wait(timeoutMs: number): boolean {
    return this.#doorbell.wait(this, timeoutMs) === "ready" || this.pending()
  }
}
