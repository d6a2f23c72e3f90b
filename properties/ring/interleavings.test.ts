/**
 * Every order of the steps of a small producer and a small consumer. A public operation makes at most one
 * access to a shared index, and the two accesses to a slot (its first and its last word) are steps of their
 * own: so these are all orders of the accesses to shared memory that sequential consistency admits, stale
 * cached indices included.
 */
import { expect, it } from "vitest"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { allocateReadyBitmap, ReadyBitmap } from "../../impl/ring/ready.ts"
import { SLOT_WORDS } from "../../impl/ring/slot.ts"
import { allocateRing, RING_HEAD, RING_TAIL } from "../../impl/ring/spsc.ts"
import { RingConsumer, RingProducer, ringWords } from "../../impl/ring/spsc.ts"
import { binomial, everyInterleaving, type Race, type Step } from "./interleave.ts"

/** One round of an end: asks for `ask` slots, then hands over at most `give` of those granted. */
interface Round {
  readonly ask: number
  readonly give: number
}
const round = (ask: number, give = ask): Round => ({ ask, give })
const LAST = SLOT_WORDS - 1

/** `what` is only asked on failure: the schedules run in the millions. */
const claim = (holds: boolean, what: () => string): void => {
  if (!holds) throw new Error(what())
}

/** One ring, rewound for every schedule: opening a region each time would cost more than the schedule. */
class Rig {
  readonly region: SharedRegion
  readonly ring: number
  readonly slots: number
  readonly first: number
  published = 0
  readonly received: Array<number> = []
  producer: RingProducer
  consumer: RingConsumer

  constructor(slots: number, first: number) {
    this.region = SharedRegion.create(ringWords(slots))
    this.slots = slots
    this.first = first
    this.ring = allocateRing(this.region, slots, first)
    this.producer = new RingProducer(this.region, this.ring)
    this.consumer = new RingConsumer(this.region, this.ring)
  }

  rewind(): void {
    this.region.words[this.ring + RING_TAIL] = this.first
    this.region.words[this.ring + RING_HEAD] = this.first
    this.published = 0
    this.received.length = 0
    this.producer = new RingProducer(this.region, this.ring)
    this.consumer = new RingConsumer(this.region, this.ring)
  }

  /** The producer's steps of a round; with `torn` the two words of a slot are written in separate steps. */
  produce({ ask, give }: Round, torn: boolean): ReadonlyArray<Step> {
    let count = 0
    const write = (word: number, sign: number) => {
      for (let i = 0; i < count; i++) {
        this.region.words[this.producer.slot(i) + word] = sign * (this.published + i + 1)
      }
    }
    const ready = () => {
      const granted = this.producer.writable(ask)
      const free = this.slots - (this.published - this.received.length)
      claim(granted === Math.min(ask, free), () => `writable(${ask}) gave ${granted}, ${free} are free`)
      count = Math.min(granted, give)
    }
    const publish = () => {
      this.producer.publish(count)
      this.published += count
    }
    if (torn) return [ready, () => write(0, 1), () => write(LAST, -1), publish]
    return [ready, () => (write(0, 1), write(LAST, -1)), publish]
  }

  /** The consumer's steps of a round, likewise. A slot counts as received when it is released. */
  consume({ ask, give }: Round, torn: boolean): ReadonlyArray<Step> {
    let count = 0
    const read = (word: number, sign: number) => {
      for (let i = 0; i < count; i++) {
        const value = sign * (this.region.words[this.consumer.slot(i) + word] ?? 0)
        const expected = this.received.length + i + 1
        claim(value === expected, () => `word ${word} is of slot ${value}, not ${expected}`)
      }
    }
    const ready = () => {
      const granted = this.consumer.readable(ask)
      const filled = this.published - this.received.length
      claim(granted === Math.min(ask, filled), () => `readable(${ask}) gave ${granted}, ${filled} are filled`)
      count = Math.min(granted, give)
    }
    const release = () => {
      this.consumer.release(count)
      for (let i = 0; i < count; i++) this.received.push(this.received.length + 1)
    }
    if (torn) return [ready, () => read(0, 1), () => read(LAST, -1), release]
    return [ready, () => (read(0, 1), read(LAST, -1)), release]
  }

  /** What was published and not yet released is still there, in order; nothing is left behind it. */
  drain(): void {
    for (const step of this.consume(round(this.slots + 1), true)) step()
    const { received, published } = this
    claim(received.length === published, () => `${received.length} of ${published} received`)
    claim(this.consumer.readable(1) === 0, () => "a slot was readable that nobody published")
    claim(!this.producer.peerFault && !this.consumer.peerFault, () => "a sound peer was called faulty")
  }
}

type Rounds = ReadonlyArray<Round>
const race = (rig: Rig, produce: Rounds, consume: Rounds, torn: boolean): Race => {
  rig.rewind()
  return {
    left: produce.flatMap((each) => rig.produce(each, torn)),
    right: consume.flatMap((each) => rig.consume(each, torn)),
    finish: () => rig.drain()
  }
}

const PROGRAMS = [[1, 1], [2, 2], [2, 1], [3, 4]] as const
const rigs = [new Rig(1, 0), new Rig(2, 2 ** 31 - 2), new Rig(2, -2), new Rig(4, -2)]

it("two rounds of each end agree in every order of their accesses to indices and slots [SQP-RING-1]", () => {
  for (const rig of rigs) {
    for (const [a, b] of PROGRAMS) {
      for (const [c, d] of PROGRAMS) {
        const rounds = [[round(a), round(b)], [round(c), round(d, 1)]] as const
        expect(everyInterleaving(() => race(rig, rounds[0], rounds[1], true))).toBe(binomial(16, 8))
      }
    }
  }
})

it("three rounds of each end agree in every order, a full ring refusing [SQP-RING-1] [SQP-RING-2]", () => {
  for (const rig of rigs) {
    const produce = [round(2), round(4, 1), round(3)]
    for (const consume of [[round(1), round(1), round(1)], [round(4, 1), round(2), round(3)]]) {
      expect(everyInterleaving(() => race(rig, produce, consume, false))).toBe(binomial(18, 9))
    }
  }
})

it("published work never stays behind a clear ready bit, in any order [SQP-RING-3]", () => {
  const rig = new Rig(2, -2)
  const bitmapRegion = SharedRegion.create(100)
  const bitmap = allocateReadyBitmap(bitmapRegion)
  const producing = new ReadyBitmap(bitmapRegion, bitmap)
  const consuming = new ReadyBitmap(bitmapRegion, bitmap)
  const start = (): Race => {
    rig.rewind()
    bitmapRegion.words[bitmap + 1] = 0
    const send = () => [...rig.produce(round(1), false), () => producing.mark(37)]
    const turn = (): ReadonlyArray<Step> => {
      let taken = 0
      const [ready, read, release] = rig.consume(round(1), false)
      const ifTaken = (step: Step | undefined) => () => (taken === 0 ? undefined : step?.())
      // The budget is one slot: a consumer that may have left some behind marks the function itself.
      const markAgain = () => consuming.mark(37)
      return [() => (taken = consuming.take(1)), ...[ready, read, release, markAgain].map(ifTaken)]
    }
    return {
      left: [...send(), ...send()],
      right: [...turn(), ...turn()],
      finish: () => {
        const left = rig.published - rig.received.length
        claim(left === 0 || consuming.pending(), () => `${left} slots stay behind a clear ready bit`)
        rig.drain()
      }
    }
  }
  expect(everyInterleaving(start)).toBe(binomial(18, 8))
})
