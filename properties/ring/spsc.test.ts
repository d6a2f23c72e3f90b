import fc from "fast-check"
import { expect, it } from "vitest"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { SLOT_WORDS } from "../../impl/ring/slot.ts"
import {
  allocateRing,
  RING_HEAD,
  RING_SLOTS_MAX,
  RING_TAIL,
  RingConsumer,
  RingProducer,
  ringWords
} from "../../impl/ring/spsc.ts"
import { assertProperty, replayOption } from "../run.ts"
import { FIRST_INDICES, openRing, patternFault, writePattern } from "./fixture.ts"

/** The oracle: a plain array of the published sequence numbers that were not yet released. */
interface Model {
  readonly slots: number
  readonly queue: Array<number>
  nextSequence: number
  /** What the last `writable` and `readable` granted, less what was published and released since. */
  writeGrant: number
  readGrant: number
}
interface Real {
  readonly region: SharedRegion
  readonly ring: number
  producer: RingProducer
  consumer: RingConsumer
}
type Command = fc.Command<Model, Real>

const command = (name: string, run: (m: Model, r: Real) => void): Command => ({
  check: () => true,
  run,
  toString: () => name
})

/** Both answers are exact, cached index or not: a stale cache only ever asks again. */
const writable = (max: number): Command =>
  command(`writable(${max})`, (m, r) => {
    m.writeGrant = r.producer.writable(max)
    expect(m.writeGrant).toBe(Math.min(max, m.slots - m.queue.length))
  })
const readable = (max: number): Command =>
  command(`readable(${max})`, (m, r) => {
    m.readGrant = r.consumer.readable(max)
    expect(m.readGrant).toBe(Math.min(max, m.queue.length))
  })
const publish = (wanted: number): Command =>
  command(`publish(at most ${wanted})`, (m, r) => {
    const count = Math.min(wanted, m.writeGrant)
    for (let i = 0; i < count; i++) {
      writePattern(r.region.words, r.producer.slot(i), 0, m.nextSequence)
      m.queue.push(m.nextSequence++)
    }
    r.producer.publish(count)
    m.writeGrant -= count
  })
const release = (wanted: number): Command =>
  command(`release(at most ${wanted})`, (m, r) => {
    const count = Math.min(wanted, m.readGrant)
    for (let i = 0; i < count; i++) {
      expect(patternFault(r.region.words, r.consumer.slot(i), 0, m.queue.shift() ?? -1)).toBeUndefined()
    }
    r.consumer.release(count)
    m.readGrant -= count
  })
/** More than the ring holds is never granted, so handing it over must fail and change nothing. */
const overreach = command("publish and release more than granted", (m, r) => {
  expect(() => r.producer.publish(m.slots + 1)).toThrow(RangeError)
  expect(() => r.consumer.release(m.slots + 1)).toThrow(RangeError)
  expect(() => r.producer.publish(-1)).toThrow(RangeError)
  expect(() => r.consumer.release(0.5)).toThrow(RangeError)
})
const reattach = command("both ends attach again", (m, r) => {
  r.producer = new RingProducer(r.region, r.ring)
  r.consumer = new RingConsumer(r.region, r.ring)
  m.writeGrant = 0
  m.readGrant = 0
})

it("a ring behaves as a bounded array for every sequence of operations [SQP-RING-1] [SQP-RING-2]", () => {
  const count = fc.nat({ max: 9 })
  const commands = fc.commands(
    [
      count.map(writable),
      count.map(publish),
      count.map(readable),
      count.map(release),
      fc.constant(overreach),
      fc.constant(reattach)
    ],
    { size: "+1", ...replayOption }
  )
  const slots = fc.constantFrom(1, 2, 4, 8)
  const property = fc.property(slots, fc.constantFrom(...FIRST_INDICES), commands, (slots, first, cmds) =>
    fc.modelRun(() => {
      const { region, ring, producer, consumer } = openRing(slots, first)
      const model = { slots, queue: [], nextSequence: 0, writeGrant: 0, readGrant: 0 }
      return { model, real: { region, ring, producer, consumer } }
    }, cmds))
  assertProperty(property, { numRuns: 500 })
})

it.each(FIRST_INDICES)("a ring that starts at index %i passes 40 slots in order [SQP-RING-1]", (first) => {
  for (const slots of [1, 2, 4, 16]) {
    const { region, ring, producer, consumer } = openRing(slots, first)
    for (let sequence = 0; sequence < 40; sequence++) {
      expect(producer.writable(1)).toBe(1)
      writePattern(region.words, producer.slot(0), 0, sequence)
      producer.publish(1)
      expect(consumer.readable(slots + 1)).toBe(1)
      expect(patternFault(region.words, consumer.slot(0), 0, sequence)).toBeUndefined()
      consumer.release(1)
    }
    expect(region.words[ring + RING_TAIL]).toBe((first + 40) | 0)
    expect(region.words[ring + RING_HEAD]).toBe((first + 40) | 0)
    expect(producer.peerFault || consumer.peerFault).toBe(false)
  }
})

it.each(FIRST_INDICES)("a full ring from index %i grants nothing until a release [SQP-RING-2]", (first) => {
  for (const slots of [1, 2, 4]) {
    const { region, producer, consumer } = openRing(slots, first)
    expect(producer.writable(slots + 1)).toBe(slots)
    for (let i = 0; i < slots; i++) writePattern(region.words, producer.slot(i), 0, i)
    producer.publish(slots)
    expect(producer.writable(1)).toBe(0)
    expect(() => producer.publish(1)).toThrow(/cannot hand over 1 slots of the ring: 0 were granted/)
    expect(consumer.readable(slots + 1)).toBe(slots)
    for (let i = 0; i < slots; i++) {
      expect(patternFault(region.words, consumer.slot(i), 0, i)).toBeUndefined()
    }
    consumer.release(1)
    expect(producer.writable(slots + 1)).toBe(1)
  }
})

it("slots lie apart, inside the ring and on 64-byte lines", () => {
  for (const slots of [1, 2, 8]) {
    const { ring, producer } = openRing(slots)
    const offsets = Array.from({ length: slots }, (_, i) => producer.slot(i)).sort((a, b) => a - b)
    expect(new Set(offsets).size).toBe(slots)
    offsets.forEach((offset, i) => {
      expect(offset % 16).toBe(0)
      expect(offset).toBeGreaterThan(ring + RING_HEAD)
      expect((offsets[i + 1] ?? ring + ringWords(slots)) - offset).toBeGreaterThanOrEqual(SLOT_WORDS)
    })
  }
})

it("a peer that moves its index where it cannot be is reported and gains nothing [SQP-RING-2]", () => {
  for (const wrong of [5, -1, 2 ** 31 - 1, -(2 ** 31)]) {
    const { region, ring, producer, consumer } = openRing(4)
    region.words[ring + RING_TAIL] = wrong
    expect(consumer.readable(8)).toBe(0)
    expect(consumer.peerFault).toBe(true)
    region.words[ring + RING_HEAD] = wrong
    expect(producer.writable(8)).toBe(4)
    expect(producer.peerFault).toBe(true)
  }
  const { region, ring, producer, consumer } = openRing(4)
  producer.publish(producer.writable(3))
  expect(consumer.readable(1)).toBe(1)
  region.words[ring + RING_TAIL] = 1 // three were published: an index never goes back
  expect(consumer.readable(8)).toBe(3)
  expect(consumer.peerFault).toBe(true)
})

it("slot counts that are no power of two in 1..2^20 and offsets without a ring are refused", () => {
  const region = SharedRegion.create(2 ** 12)
  for (const slots of [0, -1, 3, 6, 1.5, Number.NaN, RING_SLOTS_MAX * 2]) {
    expect(() => ringWords(slots)).toThrow(/power of two in 1\.\.1048576/)
    expect(() => allocateRing(region, slots)).toThrow(/power of two in 1\.\.1048576/)
  }
  expect(ringWords(RING_SLOTS_MAX)).toBe(64 + RING_SLOTS_MAX * SLOT_WORDS)
  const ring = allocateRing(region, 8)
  for (const offset of [ring + 32, ring + 1, -32, 0.5, Number.NaN, region.words.length]) {
    expect(() => new RingProducer(region, offset)).toThrow(/no ring at word/)
    expect(() => new RingConsumer(region, offset)).toThrow(/no ring at word/)
  }
  region.words[ring + 16] = 1024 // a slot count that leaves the region
  expect(() => new RingProducer(region, ring)).toThrow(/its 1024 slots leave the region/)
  expect(() => allocateRing(region, 1024)).toThrow(/exhausted/)
})
