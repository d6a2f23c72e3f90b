/** The shipped ring code in every order of its accesses to shared memory (spec/rings.md). */
import fc from "fast-check"
import { afterEach, expect, it, vi } from "vitest"
import * as doorbells from "../../impl/ring/doorbell.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import * as ready from "../../impl/ring/ready.ts"
import * as spsc from "../../impl/ring/spsc.ts"
import * as proxy from "../../impl/vhca/proxy.ts"
import { assertProperty } from "../run.ts"
import { everyOrder, type Explored, type RingSystem } from "./every-order.ts"
import { type AtomicsUsed, loadRingCode, type RingCode } from "./instrumented.ts"
import { ringMutants, type Symptom } from "./ring-mutants.ts"
import { delivery, intake, pipe, type Sender, type SystemOptions } from "./systems.ts"

const TIME = { timeout: 300_000 }

/** Explores all; the states, so that a system that shrinks unnoticed is seen. */
const statesOf = (system: RingSystem): number => {
  const { ends, fault, path, states } = everyOrder(system)
  expect([fault, ...path].join("\n")).toBe("")
  expect(ends).toBeGreaterThan(0)
  return states
}

const PIPES: ReadonlyArray<readonly [SystemOptions, number]> = [
  [{ slots: 1, items: 3 }, 6244],
  [{ slots: 2, items: 3 }, 8677],
  [{ slots: 2, items: 4, batch: 2 }, 2676],
  [{ slots: 4, items: 5, batch: 3 }, 7121],
  [{ slots: 4, items: 5, batch: 4, first: 2 ** 31 - 2 }, 2230],
  [{ slots: 1, items: 2, polls: 1 }, 2693],
  [{ slots: 1, items: 2, timeouts: 2 }, 7457]
]
it.each(PIPES)("no order of the steps loses, repeats or tears an item or a wake-up: a pipe of %j [SQP-RING-1] [SQP-RING-4]", TIME, (options, states) => {
  expect(statesOf(pipe(options))).toBe(states)
})

const DELIVERIES: ReadonlyArray<readonly [SystemOptions, number]> = [
  [{ slots: 1, items: 2 }, 2344],
  [{ slots: 2, items: 2, batch: 2 }, 5821],
  [{ slots: 2, items: 2, timeouts: 1 }, 9240]
]
it.each(DELIVERIES)("a driver that sleeps gets every MAD, in every order: %j [SQP-RING-1] [SQP-RING-4]", TIME, (options, states) => {
  expect(statesOf(delivery(options))).toBe(states)
})

const ONE: Sender = { f: 1, qp: 1 }
const TWO: Sender = { f: 2, qp: 1 }
const FAR: Sender = { f: 37, qp: 0 }
const WIRE: Sender = { f: 255, qp: 1 }
const INTAKES: ReadonlyArray<readonly [ReadonlyArray<Sender>, SystemOptions, number]> = [
  [[ONE], { slots: 2, items: 3 }, 20_475],
  [[ONE], { slots: 2, items: 2, batch: 2, isNarrow: true, asks: "hasWork" }, 421],
  [[WIRE], { slots: 2, items: 3, batch: 2 }, 12_600],
  [[WIRE], { slots: 4, items: 4, batch: 4, asks: "hasWork" }, 899],
  [[WIRE, ONE], { slots: 1, items: 1, isCoarse: true }, 20_777],
  [[ONE, TWO], { slots: 1, items: 1, isCoarse: true }, 13_312],
  [[ONE, FAR], { slots: 1, items: 1, isCoarse: true }, 10_331]
]
it.each(INTAKES)("a PF context that sleeps takes every MAD, in every order: from %j, %j [SQP-RING-1] [SQP-RING-4]", TIME, (senders, options, states) => {
  expect(statesOf(intake(senders, options))).toBe(states)
})

const symptomOf = ({ fault }: Explored): Symptom | null =>
  fault === null ? null
    : fault.startsWith("lost wake-up") ? "lost wake-up"
    : fault.includes(" is of item ") ? "wrong slot"
    : fault.startsWith("from here") ? "no end" : "misuse"

it.each(ringMutants)("a wrong ring is found: $name [SQP-RING-4]", TIME, ({ patches, symptom, system }) => {
  const explored = everyOrder(system({ mutations: patches }))
  expect(symptomOf(explored)).toBe(symptom)
  expect(explored.path.length > 0 || symptom === "no end" || symptom === "misuse").toBe(true)
})

it("a mistake that is not in the code any more is no mutant", () => {
  const patch = { file: "impl/ring/spsc.ts", find: "this was never there", replace: "" }
  expect(() => loadRingCode(Atomics, [patch])).toThrow(/impl\/ring\/spsc.ts: "this was never there" stands there 0 times/)
})

/** What the ring code is made to do: a number chooses the operation, and how much of it. */
const play = (code: Pick<RingCode, "doorbell" | "proxy" | "ready" | "spsc">, operations: ReadonlyArray<number>): ReadonlyArray<number> => {
  const region = SharedRegion.create(2000)
  const ring = spsc.allocateRing(region, 4, -2)
  const bitmap = ready.allocateReadyBitmap(region)
  const bell = doorbells.allocateDoorbell(region)
  const producer = new code.proxy.EgressProducer(region, ring, 200, bitmap, bell)
  const consumer = new code.spsc.RingConsumer(region, ring)
  const bits = new code.ready.ReadyBitmap(region, bitmap)
  const waiting = new code.doorbell.Doorbell(region, bell, { polls: 1 })
  return operations.map((operation) => {
    const count = operation >> 3
    switch (operation & 7) {
      case 0: return producer.writable(count)
      case 1: return (producer.publish(Math.min(count, producer.writable(count))), 0)
      case 2: return consumer.readable(count)
      case 3: return (consumer.release(Math.min(count, consumer.readable(count))), 0)
      case 4: return bits.take(6)
      case 5: return (bits.mark(count), 0)
      case 6: return waiting.wait(bits, 0).length
      default: return producer.slot(0) - consumer.slot(0)
    }
  })
}

const NAMES = ["load", "store", "exchange", "compareExchange", "or", "notify", "wait"] as const
afterEach(() => void vi.restoreAllMocks())

it("the code that is explored does the accesses that the shipped code does, one for one [SQP-RING-4]", () => {
  const record: Array<string> = []
  for (const name of NAMES) {
    const original = Reflect.get(Atomics, name)
    vi.spyOn(Atomics, name).mockImplementation((...given: ReadonlyArray<unknown>) => {
      const result = Reflect.apply(original, Atomics, given)
      record.push(`${name} ${given.slice(1).join()} -> ${String(result)}`)
      return result
    })
  }
  const seen = (code: Parameters<typeof play>[0], operations: ReadonlyArray<number>) => {
    record.length = 0
    const results = play(code, operations)
    return [...record, results.join()]
  }
  const atomics: AtomicsUsed = Atomics
  const explored = loadRingCode(atomics)
  const shipped = { doorbell: doorbells, proxy, ready, spsc }
  assertProperty(fc.property(fc.array(fc.nat({ max: 47 }), { maxLength: 40 }), (operations) => {
    const accesses = seen(shipped, operations)
    expect(accesses.length).toBeGreaterThan(5)
    expect(seen(explored, operations)).toEqual(accesses)
  }), { numRuns: 200 })
  const wrong = loadRingCode(atomics, ringMutants.find(({ name }) => name.includes("does not look once more"))?.patches)
  expect(seen(wrong, [6])).not.toEqual(seen(shipped, [6]))
})
