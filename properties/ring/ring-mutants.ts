/**
 * Wrong rings: each is the shipped code with one plausible mistake, and the smallest system that shows it. The explorer
 * must find each of them (spec/rings.md).
 */
import type { RingSystem } from "./every-order.ts"
import type { Patch } from "./instrumented.ts"
import { delivery, intake, pipe, type SystemOptions } from "./systems.ts"

/** What the explorer must say of a mutant. */
export type Symptom = "lost wake-up" | "wrong slot" | "no end" | "misuse"

/** A mistake, and where it shows. */
export interface RingMutant {
  readonly name: string
  readonly patches: ReadonlyArray<Patch>
  readonly system: (options: Pick<SystemOptions, "mutations">) => RingSystem
  readonly symptom: Symptom
}

const DOORBELL = "impl/ring/doorbell.ts"
const READY = "impl/ring/ready.ts"
const SPSC = "impl/ring/spsc.ts"
const PROXY = "impl/vhca/proxy.ts"
const PUMP = "impl/mux/pump.ts"
const SCHEDULER = "impl/mux/scheduler.ts"
const RINGS = "impl/mux/rings.ts"

const patch = (file: string, find: string, replace: string): Patch => ({ file, find, replace })
const onPipe: RingMutant["system"] = (options) => pipe({ slots: 1, items: 2, ...options })
const onWidePipe: RingMutant["system"] = (options) => pipe({ slots: 2, items: 3, batch: 2, ...options })
const onTwoSenders: RingMutant["system"] = (options) =>
  intake([{ f: 1, qp: 1 }, { f: 2, qp: 1 }], { slots: 1, items: 1, isCoarse: true, ...options })
const onWire: RingMutant["system"] = (options) => intake([{ f: 255, qp: 1 }], { slots: 2, items: 2, ...options })
const onDelivery: RingMutant["system"] = (options) => delivery({ slots: 2, items: 2, ...options })

const RECHECK = `    if (source.pending()) {
      Atomics.store(this.#words, this.#flag, AWAKE)
      return "ready"
    }
`
const ARM = "    Atomics.store(this.#words, this.#flag, SLEEPING)\n"
const PUBLISH = `    super.publish(count)
    if (count === 0) return
    this.#ready.mark(this.#f)
    this.#doorbell.ring()
`

const sleeping: ReadonlyArray<RingMutant> = [
  {
    name: "the consumer looks once more before it raises the flag",
    patches: [patch(DOORBELL, ARM + RECHECK, RECHECK + ARM)],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "the consumer does not look once more", patches: [patch(DOORBELL, RECHECK, "")],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a ring lowers the flag and notifies nobody",
    patches: [patch(DOORBELL, "Atomics.notify(this.#words, this.#flag, 1)", "")],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a ring notifies and does not lower the flag",
    patches: [patch(DOORBELL, "Atomics.compareExchange(this.#words, this.#flag, SLEEPING, AWAKE) === SLEEPING", "true")],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a ring looks at the flag without Atomics",
    patches: [patch(DOORBELL, "if (Atomics.load(this.#words, this.#flag) !==", "if (this.#words[this.#flag] !==")],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "the last look before sleep is at a ready bit without Atomics",
    patches: [patch(READY, "if (Atomics.load(this.#words, word) !== 0) return true", "if (this.#words[word] !== 0) return true")],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a driver that may sleep looks at QP1 alone",
    patches: [patch(PROXY, "return this.ingress[0].readable(1) > 0 || this", "return this")],
    system: onDelivery, symptom: "lost wake-up"
  },
  {
    name: "the PF context wakes a driver before it publishes",
    patches: [patch(RINGS, `      toFunction[ring]!.publish(pending[ring]!)
      pending[ring] = 0
      if (sleepers[ring >>> 1] === 1) doorbells[ring >>> 1]!.ring()
`, `      if (sleepers[ring >>> 1] === 1) doorbells[ring >>> 1]!.ring()
      toFunction[ring]!.publish(pending[ring]!)
      pending[ring] = 0
`)],
    system: onDelivery, symptom: "lost wake-up"
  }
]

const marking: ReadonlyArray<RingMutant> = [
  {
    name: "a producer marks before it publishes",
    patches: [patch(PROXY, PUBLISH, `    this.#ready.mark(this.#f)
    super.publish(count)
    this.#doorbell.ring()
`)],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a producer rings before it marks",
    patches: [patch(PROXY, PUBLISH, `    super.publish(count)
    this.#doorbell.ring()
    this.#ready.mark(this.#f)
`)],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a producer does not mark",
    patches: [patch(PROXY, "    this.#ready.mark(this.#f)\n", "")],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a producer marks and does not ring",
    patches: [patch(PROXY, "    this.#ready.mark(this.#f)\n    this.#doorbell.ring()\n", "    this.#ready.mark(this.#f)\n")],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a mark asks for the bit without Atomics",
    patches: [patch(READY, "if ((Atomics.load(this.#words, word) & bit)", "if (((this.#words[word] ?? 0) & bit)")],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a mark is a load and a store",
    patches: [patch(READY, "Atomics.or(this.#words, word, bit)", "Atomics.store(this.#words, word, Atomics.load(this.#words, word) | bit)")],
    system: onTwoSenders, symptom: "lost wake-up"
  },
  {
    name: "the bits are taken by a load and a store",
    patches: [patch(READY, ": Atomics.exchange(this.#words, word, 0)", ": Atomics.load(this.#words, word) + 0 * Atomics.store(this.#words, word, 0)")],
    system: onTwoSenders, symptom: "lost wake-up"
  },
  {
    name: "newly marked functions replace those that have work",
    patches: [patch(SCHEDULER, "this.#active[word]! |= bits & ~wire", "this.#active[word]! = bits & ~wire")],
    system: (options) => intake([{ f: 1, qp: 1 }, { f: 2, qp: 1 }], { slots: 4, items: 3, batch: 3, isCoarse: true, ...options }),
    symptom: "lost wake-up"
  },
  {
    name: "a function that met a full ring to the wire is forgotten",
    patches: [patch(PUMP, "idle = inGsi < most && inSmi < most && fromGsi === inGsi && fromSmi === inSmi", "idle = true")],
    system: (options) => intake([{ f: 1, qp: 1 }], { slots: 2, items: 2, batch: 2, isNarrow: true, asks: "hasWork", ...options }),
    symptom: "lost wake-up"
  },
  {
    name: "the bit of the wire is taken and the wire not read again",
    patches: [patch(PUMP, "if (moved < batch && scheduler.takeWireMark())", "if (moved > batch)")],
    system: onWire, symptom: "lost wake-up"
  },
  {
    name: "what the wire holds beyond the budget is no work",
    patches: [patch(PUMP, "    scheduler.hasWork || fromWire[0]!.readable(1) > 0 || fromWire[1]!.readable(1) > 0", "    scheduler.hasWork")],
    system: (options) => intake([{ f: 255, qp: 1 }], { slots: 4, items: 4, batch: 4, asks: "hasWork", ...options }),
    symptom: "lost wake-up"
  }
]

const moving: ReadonlyArray<RingMutant> = [
  {
    name: "an index is one more than was handed over",
    patches: [patch(SPSC, "Atomics.store(this.#words, this.#ownWord, this.#own)", "Atomics.store(this.#words, this.#ownWord, this.#own + 1)")],
    system: onWidePipe, symptom: "lost wake-up"
  },
  {
    name: "the producer may lead by one slot more than there are",
    patches: [
      patch(SPSC, "this.#lead = producing ? this.slots : 0", "this.#lead = producing ? this.slots + 1 : 0"),
      patch(SPSC, "granted <= this.slots)", "granted <= this.slots + 1)")
    ],
    system: onWidePipe, symptom: "wrong slot"
  },
  {
    name: "the consumer believes in one slot more than was published",
    patches: [patch(SPSC, "this.#lead = producing ? this.slots : 0", "this.#lead = producing ? this.slots : 1")],
    system: onWidePipe, symptom: "lost wake-up"
  },
  {
    name: "the place of a slot wraps by a wrong mask",
    patches: [patch(SPSC, "(this.slots - 1)) * SLOT_WORDS", "this.slots) * SLOT_WORDS")],
    system: (options) => pipe({ slots: 2, items: 4, batch: 2, ...options }), symptom: "misuse"
  },
  {
    name: "an index does not pass 2^32",
    patches: [patch(SPSC, "Atomics.load(this.#words, this.#remoteWord) - this.#own) | 0", "Atomics.load(this.#words, this.#remoteWord) - this.#own)")],
    system: (options) => pipe({ slots: 2, items: 3, first: 2 ** 31 - 2, ...options }), symptom: "lost wake-up"
  },
  {
    name: "what was handed over stays granted",
    patches: [patch(SPSC, "    this.#granted -= count\n", "")],
    system: onWidePipe, symptom: "wrong slot"
  },
  {
    name: "a full ring never looks at the other index again",
    patches: [patch(SPSC, "if (this.#granted < max) this.#refresh()", "if (this.#granted > 0 && this.#granted < max) this.#refresh()")],
    system: onPipe, symptom: "lost wake-up"
  },
  {
    name: "a reader never says that slots are free",
    patches: [patch(SPSC, "    Atomics.store(this.#words, this.#ownWord, this.#own)\n",
      "    if (this.#lead > 0) Atomics.store(this.#words, this.#ownWord, this.#own)\n")],
    system: (options) => delivery({ slots: 1, items: 2, ...options }), symptom: "no end"
  },
  {
    name: "an index is published without Atomics",
    patches: [patch(SPSC, "Atomics.store(this.#words, this.#ownWord, this.#own)", "this.#words[this.#ownWord] = this.#own")],
    system: onPipe, symptom: "misuse"
  },
  {
    name: "the PF context publishes a slot before it is filled",
    patches: [patch(RINGS, "  const functionSlot = (f: number, qp: number): number => toFunction[2 * f + qp]!.slot(pending[2 * f + qp]!)",
      `  const functionSlot = (f: number, qp: number): number => {
    const slot = toFunction[2 * f + qp]!.slot(0)
    toFunction[2 * f + qp]!.publish(1)
    return slot
  }`)],
    system: onDelivery, symptom: "wrong slot"
  },
  {
    name: "a slot is given back before it is copied",
    patches: [
      patch(PUMP, "    let fromGsi = 0\n", "    const at = gsi.slot(0)\n    release(gsi, inGsi)\n    let fromGsi = 0\n"),
      patch(PUMP, "takeEgress(f, 1, gsi.slot(fromGsi++))", "takeEgress(f, 1, at + 0 * fromGsi++)"),
      patch(PUMP, "    release(gsi, fromGsi)\n", "")
    ],
    system: (options) => intake([{ f: 1, qp: 1 }], { slots: 1, items: 2, ...options }), symptom: "wrong slot"
  },
  {
    name: "a slot from the wire is given back before it is read",
    patches: [patch(PUMP, `    for (let i = 0; i < count; i++) takeIngress(qp, consumer.slot(i))
    if (count > 0) consumer.release(count)
`, `    const first = consumer.slot(0)
    if (count > 0) consumer.release(count)
    for (let i = 0; i < count; i++) takeIngress(qp, first)
`)],
    system: (options) => intake([{ f: 255, qp: 1 }], { slots: 1, items: 2, ...options }), symptom: "wrong slot"
  }
]

/** Every mutant. */
export const ringMutants: ReadonlyArray<RingMutant> = [...sleeping, ...marking, ...moving]
