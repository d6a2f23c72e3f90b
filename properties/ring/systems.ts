/**
 * Small systems of the shipped ring code, ready to be explored: a ring with both its wake-ups, the PF context's pump
 * with several producers, and the delivery to a function that sleeps. Item n of a ring is a slot whose first word is n
 * and whose last is -n.
 */
import { CONSUMED } from "../../impl/mux/outcomes.ts"
import { WIRE_READY } from "../../impl/mux/scheduler.ts"
import { allocateDoorbell } from "../../impl/ring/doorbell.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { allocateReadyBitmap } from "../../impl/ring/ready.ts"
import { SLOT_WORDS } from "../../impl/ring/slot.ts"
import { allocateRing, type RingConsumer, type RingProducer, RING_HEAD, RING_TAIL } from "../../impl/ring/spsc.ts"
import type { RingSystem } from "./every-order.ts"
import { loadRingCode, type Patch, type RingCode } from "./instrumented.ts"
import { type Process, SLOT_ENDS, SteppedMemory, Violation } from "./stepping.ts"

const RING_HEADER_WORDS = 64
const REGION_WORDS = 16_000
const FOR_EVER = Number.POSITIVE_INFINITY
const [FIRST] = SLOT_ENDS

/** Doorbells look a few times before sleep, not thousands: each look is the same. */
const fewPolls = (polls: number): Patch =>
  ({ file: "impl/ring/doorbell.ts", find: "DEFAULT_POLLS = 2000", replace: `DEFAULT_POLLS = ${polls}` })

/** A memory with the code that runs on it. */
class World {
  readonly memory: SteppedMemory
  readonly region: SharedRegion
  readonly code: RingCode
  readonly #plain: SharedRegion

  readonly #index: "index" | "fresh"
  readonly #slotWords: ReadonlyArray<number>

  constructor({ isCoarse = false, mutations = [], polls = 0 }: SystemOptions) {
    this.#index = isCoarse ? "fresh" : "index"
    this.#slotWords = isCoarse ? [FIRST] : SLOT_ENDS
    this.#plain = SharedRegion.create(REGION_WORDS)
    this.memory = new SteppedMemory(this.#plain)
    this.region = this.memory.region
    this.code = loadRingCode(this.memory.atomics, [...mutations, fewPolls(polls)])
  }

  /** A ring whose indices and slots are stepped. */
  ring(name: string, slots: number, first: number): number {
    const ring = allocateRing(this.#plain, slots, first)
    this.memory.declare([
      { word: ring + RING_TAIL, name: `${name} tail`, kind: this.#index },
      { word: ring + RING_HEAD, name: `${name} head`, kind: this.#index },
      ...Array.from({ length: slots }, (_, slot) => this.#slotWords.map((word) => ({
        word: ring + RING_HEADER_WORDS + slot * SLOT_WORDS + word,
        name: `${name} slot ${slot} word ${word}`,
        kind: "slot" as const
      }))).flat()
    ])
    return ring
  }

  /** A ring that nobody uses. */
  idleRing(): number {
    return allocateRing(this.#plain, 1)
  }

  /** A ready bitmap whose words for these functions are stepped. */
  bitmap(functions: ReadonlyArray<number>): number {
    const bitmap = allocateReadyBitmap(this.#plain)
    const words = new Set(functions.map((f) => f >>> 5))
    this.memory.declare([...words].map((word) => ({ word: bitmap + word, name: `ready ${word}`, kind: this.#index })))
    return bitmap
  }

  bell(name: string): number {
    const word = allocateDoorbell(this.#plain)
    this.memory.declare([{ word, name, kind: this.#index }])
    return word
  }

  /** Words of no ring, for a copy of a slot. */
  scratch(): number {
    return this.#plain.allocate(SLOT_WORDS)
  }

  /** Fills slot `index` of what is granted with item `item`. */
  write(producer: RingProducer, index: number, item: number): void {
    this.fill(producer.slot(index), item)
  }
  fill(slot: number, item: number): void {
    for (const word of this.#slotWords) this.region.words[slot + word] = word === FIRST ? item : -item
  }

  /** The slot at word `slot` must be item `item`, whole. */
  expect(slot: number, item: number, where: string): void {
    for (const word of this.#slotWords) {
      const value = this.region.words[slot + word]!
      if (Math.abs(value) !== item) throw new Violation(`${where}: word ${word} is of item ${Math.abs(value)}, not ${item}`)
    }
  }
}

/** What varies in a system. */
export interface SystemOptions {
  /** Slots of each ring, a power of two. */
  readonly slots: number
  /** Items that each producer sends. */
  readonly items: number
  /** The most items moved at a time; 1 by default. */
  readonly batch?: number
  /** Where the indices start; -2 by default: they pass 2^32. */
  readonly first?: number
  /** Looks before sleeping; 0 by default. */
  readonly polls?: number
  readonly timeouts?: number
  /** Fewer steps: a slot is one word, and a plain read sees the last value. */
  readonly isCoarse?: boolean
  /** What the PF context asks before it sleeps: whether the last poll moved nothing (default), or `hasWork`. */
  readonly asks?: "moved" | "hasWork"
  /** MADs that the PF context takes in one poll; 2 by default. */
  readonly budget?: number
  /** Every second time it is asked, the ring to the wire has no room. */
  readonly isNarrow?: boolean
  readonly mutations?: ReadonlyArray<Patch>
}

const FUNCTION = 37

/**
 * One ring, its ready bit, a doorbell for work and one for room: each end sleeps when it can do nothing.
 */
export const pipe = (options: SystemOptions): RingSystem => {
  const { batch = 1, first = -2, items, slots, timeouts = 0 } = options
  const world = new World(options)
  const { code, memory, region } = world
  const ring = world.ring("ring", slots, first)
  const ready = world.bitmap([FUNCTION])
  const workWord = world.bell("work bell")
  const roomWord = world.bell("room bell")
  return { memory, timeouts, processes: [sender(), receiver()] }

  function sender(): Process {
    const local = { sent: 0, isFull: false }
    const end = new code.proxy.EgressProducer(region, ring, FUNCTION, ready, workWord)
    const bell = new code.doorbell.Doorbell(region, roomWord)
    const room = { pending: () => end.writable(1) > 0 }
    const round = () => {
      if (local.sent === items) return "done"
      if (local.isFull) bell.wait(room, FOR_EVER)
      const count = end.writable(Math.min(batch, items - local.sent))
      for (let i = 0; i < count; i++) world.write(end, i, local.sent + i + 1)
      end.publish(count)
      local.sent += count
      local.isFull = count === 0
      return "again"
    }
    return { name: "producer", holders: [local, end], round }
  }

  function receiver(): Process {
    const local = { got: 0, isIdle: false }
    const end = new code.spsc.RingConsumer(region, ring)
    const bitmap = new code.ready.ReadyBitmap(region, ready)
    const bell = new code.doorbell.Doorbell(region, workWord)
    const room = new code.doorbell.Doorbell(region, roomWord)
    const round = () => {
      if (local.got === items) return end.readable(1) === 0 ? "done" : tooMany()
      if (local.isIdle) {
        bell.wait(bitmap, FOR_EVER)
        local.isIdle = false
        return "again"
      }
      if (bitmap.take(FUNCTION >>> 5) === 0) {
        local.isIdle = !bitmap.pending()
        return "again"
      }
      const count = end.readable(batch)
      for (let i = 0; i < count; i++) world.expect(end.slot(i), local.got + i + 1, "received")
      end.release(count)
      room.ring()
      if (count === batch) bitmap.mark(FUNCTION)
      local.got += count
      return "again"
    }
    return { name: "consumer", holders: [local, end], round }
  }
}

const tooMany = (): never => {
  throw new Violation("more was received than was sent")
}

/** Who sends in {@link intake}: a function on QP1 or QP0 (`f` 0..254), or the wire (`f` 255). */
export interface Sender {
  readonly f: number
  readonly qp: 0 | 1
}

/** The pump of the PF context, asleep when it has nothing to do, with any number of senders on one bitmap. */
export const intake = (senders: ReadonlyArray<Sender>, options: SystemOptions): RingSystem => {
  const { asks = "moved", batch = 1, budget = 2, first = -2, isNarrow = false, items, slots, timeouts = 0 } = options
  const world = new World(options)
  const { code, memory, region } = world
  const rings = senders.map(({ f, qp }) => world.ring(`ring ${f}.${qp}`, slots, first))
  const ready = world.bitmap(senders.map(({ f }) => f))
  const bellWord = world.bell("bell")
  const idle = world.idleRing()
  const processes = senders.map(({ f, qp }, index): Process => {
    const local = { sent: 0 }
    const end = new code.proxy.EgressProducer(region, rings[index]!, f, ready, bellWord)
    const round = () => {
      if (local.sent === items) return "done"
      const count = end.writable(Math.min(batch, items - local.sent))
      for (let i = 0; i < count; i++) world.write(end, i, local.sent + i + 1)
      // A driver whose ring is full comes back later: nobody tells it.
      if (count > 0) end.publish(count)
      local.sent += count
      return "again"
    }
    return { name: `sender ${f}.${qp}`, holders: [local, end], round }
  })
  return { memory, timeouts, processes: [...processes, pumping()] }

  function pumping(): Process {
    const copy = world.scratch()
    const counts = { got: new Int32Array(senders.length), isIdle: false, hadRoom: false }
    const consumers = rings.map((ring) => new code.spsc.RingConsumer(region, ring))
    const unused = new code.spsc.RingConsumer(region, idle)
    const ringOf = (f: number, qp: number): RingConsumer =>
      consumers[senders.findIndex((sender) => sender.f === f && sender.qp === qp)] ?? unused
    const functions = Math.max(...senders.map(({ f }) => (f === WIRE_READY ? 0 : f))) + 1
    const take = (f: number, qp: number, slot: number): number => {
      const index = senders.findIndex((sender) => sender.f === f && sender.qp === qp)
      counts.got[index]! += 1
      world.expect(slot, counts.got[index]!, `taken of ${f}.${qp}`)
      return CONSUMED
    }
    const nothing = () => {}
    const pump = code.makePump({
      region,
      counters: { nobody: 255, received: nothing, egress: nothing, ingressDropped: nothing },
      functions: { count: functions },
      host: { dropsOfNobody: 0 },
      egress: { take },
      ingress: { take: (qp: number, slot: number) => take(WIRE_READY, qp, slot), charged: () => 0 },
      rings: {
        ready,
        fromFunction: Array.from({ length: 2 * functions }, (_, at) => ringOf(at >>> 1, at & 1)),
        fromWire: [ringOf(WIRE_READY, 0), ringOf(WIRE_READY, 1)],
        wireSlot: () => copy,
        hasWireRoom: () => !isNarrow || (counts.hadRoom = !counts.hadRoom),
        forward: nothing,
        flush: nothing
      }
    }, 2)
    const bitmap = new code.ready.ReadyBitmap(region, ready)
    const bell = new code.doorbell.Doorbell(region, bellWord)
    const round = () => {
      if (counts.got.every((got) => got === items)) return "done"
      if (counts.isIdle) bell.wait(bitmap, FOR_EVER)
      const moved = pump.move(budget)
      counts.isIdle = asks === "moved" ? moved === 0 : !pump.hasWork()
      return "again"
    }
    return { name: "PF context", holders: [counts, pump.scheduler, pump.variables, ...consumers], round }
  }
}

/** What the PF context delivers to a function whose driver sleeps: rings.ts fills and flushes, the driver waits. */
export const delivery = (options: SystemOptions): RingSystem => {
  const { batch = 1, first = -2, items, slots, timeouts = 0 } = options
  const world = new World(options)
  const { code, memory, region } = world
  const rings = [world.ring("ring 0", slots, first), world.ring("ring 1", slots, first)] as const
  const bellWord = world.bell("bell of the function")
  return { memory, timeouts, processes: [delivering(), driver()] }

  function delivering(): Process {
    const local = { sent: 0 }
    const ends = rings.map((ring) => new code.spsc.RingProducer(region, ring))
    const wire = [0, 1].map(() => new code.spsc.RingProducer(region, world.idleRing()))
    const outbox = code.makeOutbox(wire, ends, [new code.doorbell.Doorbell(region, bellWord)])
    outbox.ringDoorbell(0)
    const round = () => {
      if (local.sent === 2 * items) return "done"
      for (let i = 0; i < batch && local.sent < 2 * items; i++) {
        const qp = 1 - (local.sent & 1)
        if (!outbox.hasFunctionRoom(0, qp)) break
        world.fill(outbox.functionSlot(0, qp), (local.sent >>> 1) + 1)
        outbox.commitFunction(0, qp)
        local.sent += 1
      }
      outbox.flush()
      return "again"
    }
    return { name: "PF context", holders: [local, outbox.variables, ...ends], round }
  }

  function driver(): Process {
    const counts = { got: new Int32Array(2), isIdle: false }
    const none = world.bitmap([])
    const muxDoorbell = world.bell("bell of the PF context")
    const egress = [world.idleRing(), world.idleRing()] as const
    const proxies = new code.proxy.Proxies(region, 1, { egress, ingress: rings, doorbell: bellWord, ready: none, muxDoorbell })
    const round = () => {
      if (counts.got.every((got) => got === items)) return "done"
      if (counts.isIdle) proxies.wait(FOR_EVER)
      counts.isIdle = true
      for (const [qp, end] of proxies.ingress.entries()) {
        const count = end.readable(batch)
        for (let i = 0; i < count; i++) world.expect(end.slot(i), ++counts.got[qp]!, `delivered on QP${qp}`)
        end.release(count)
        if (count > 0) counts.isIdle = false
      }
      return "again"
    }
    return { name: "driver", holders: [counts, ...proxies.ingress], round }
  }
}

