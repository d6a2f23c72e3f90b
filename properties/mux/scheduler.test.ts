import fc from "fast-check"
import { expect, it } from "vitest"
import { NOBODY_READY, Scheduler, WIRE_READY } from "../../impl/mux/scheduler.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { allocateReadyBitmap, READY_WORDS, ReadyBitmap, readyBitmapWords } from "../../impl/ring/ready.ts"
import { assertProperty } from "../run.ts"
import { Bench, makeMad } from "./fixture.ts"

const QUANTUM = 4

const build = (): { ready: ReadyBitmap; scheduler: Scheduler } => {
  const region = SharedRegion.create(readyBitmapWords())
  const ready = new ReadyBitmap(region, allocateReadyBitmap(region))
  return { ready, scheduler: new Scheduler(ready, QUANTUM) }
}

/** Serves `backlog` in turns of at most `budget` MADs and returns the order of the functions. */
const serve = (backlog: Map<number, number>, budgets: ReadonlyArray<number>): Array<number> => {
  const { ready, scheduler } = build()
  for (const f of backlog.keys()) ready.mark(f)
  const order: Array<number> = []
  for (let i = 0; [...backlog.values()].some((left) => left > 0); i++) {
    scheduler.refresh()
    let budget = budgets[i % budgets.length]!
    while (budget > 0) {
      const f = scheduler.next()
      if (f === NOBODY_READY) break
      const allowed = Math.min(scheduler.deficit, budget)
      const left = backlog.get(f) ?? 0
      const count = Math.min(left, allowed)
      for (let k = 0; k < count; k++) order.push(f)
      backlog.set(f, left - count)
      scheduler.served(count)
      if (count < allowed) scheduler.pass(true)
      budget -= count
    }
  }
  return order
}

it("whatever the backlogs and budgets, every function is served within one round of the others [SQP-FAIR-1]", () => {
  const backlogs = fc.uniqueArray(fc.tuple(fc.nat(254), fc.integer({ min: 1, max: 30 })), {
    minLength: 1, maxLength: 12, selector: ([f]) => f
  })
  const budgets = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 })
  assertProperty(fc.property(backlogs, budgets, (pairs, sizes) => {
    const order = serve(new Map(pairs), sizes)
    for (const [f, count] of pairs) {
      expect(order.filter((one) => one === f)).toHaveLength(count)
      // between two MADs of f, and before its first, no other function is served more than its quantum
      const places = order.flatMap((one, i) => (one === f ? [i] : []))
      const most = places.map((place, k) => {
        const between = order.slice(k === 0 ? 0 : places[k - 1]! + 1, place)
        return Math.max(0, ...pairs.map(([other]) => between.filter((one) => one === other).length))
      })
      expect(Math.max(...most)).toBeLessThanOrEqual(QUANTUM)
    }
  }), { numRuns: 300 })
})

it("the PF is first in every round [SQP-FAIR-1]", () => {
  const order = serve(new Map([[3, 12], [0, 12], [200, 12]]), [1000])
  const rounds = [0, 1, 2].map((round) => order.slice(round * 3 * QUANTUM, (round + 1) * 3 * QUANTUM))
  for (const round of rounds) expect(round).toEqual([...Array(4).fill(0), ...Array(4).fill(3), ...Array(4).fill(200)])
})

it("a flood of one function delays the MAD of another by at most one round [SQP-FAIR-1]", () => {
  const bench = new Bench({ quantum: 8, limits: { tids: 128, cm: 16, groups: 4, pending: 4, services: 4, inbound: 16 } })
  const request = (tid: number) =>
    makeMad({ class: 3, method: 1, attribute: 0x35, tid: tid.toString(16).padStart(16, "0") }, { 255: { u8: tid & 255 } })
  for (let i = 0; i < 64; i++) bench.send(1, 1, { mad: request(i) })
  bench.mux.poll(5, bench.now)
  bench.send(2, 1, { mad: request(1000) })
  bench.send(0, 1, { mad: request(1001) })
  bench.mux.poll(8 + 8, bench.now)
  const order = bench.mux.wire.outgoing[1].readable(64)
  // five of the flood before, three that end its turn, then the other two
  expect(order).toBeGreaterThanOrEqual(10)
  const last = bench.wire().map((seen) => seen.mad[255]!)
  expect(last.indexOf(1000 & 255)).toBeLessThanOrEqual(8 + 1)
  expect(last.indexOf(1001 & 255)).toBeLessThanOrEqual(8 + 8 + 1)
})

it("a full ring to the wire defers: the MAD stays with its function and leaves later [SQP-FAIR-1]", () => {
  const bench = new Bench({ wireSlots: 4, limits: { tids: 64, cm: 16, groups: 4, pending: 4, services: 4, inbound: 16 } })
  const tid = (i: number): string => i.toString(16).padStart(16, "0")
  for (let i = 0; i < 10; i++) bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, tid: tid(i) }, { 255: { u8: i } }) })
  bench.settle()
  expect(bench.mux.counters(1).received).toBe(4)
  expect(bench.mux.hasWork).toBe(true)
  const seen: Array<number> = []
  for (let batch = bench.wire(); batch.length > 0; batch = bench.wire()) seen.push(...batch.map((one) => one.mad[255]!))
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(bench.drops(1)).toEqual({})
  expect(bench.mux.hasWork).toBe(false)
})

it("MADs from the wire beyond the budget are work that is left [SQP-RING-4]", () => {
  const bench = new Bench()
  const ring = bench.mux.wire.incoming[1]
  ring.publish(ring.writable(3))
  expect([bench.mux.poll(2, bench.now), bench.mux.hasWork]).toEqual([2, true])
  expect([bench.mux.poll(2, bench.now), bench.mux.hasWork]).toEqual([1, false])
})

it("the wire's mark is taken once, is no function's, and functions' marks are not the wire's [SQP-RING-5]", () => {
  const { ready, scheduler } = build()
  const marked = (...marks: ReadonlyArray<number>): boolean => {
    for (const mark of marks) ready.mark(mark)
    scheduler.refresh()
    return scheduler.takeWireMark()
  }
  expect([scheduler.takeWireMark(), marked(), marked(254), marked(31)]).toEqual([false, false, false, false])
  expect([marked(WIRE_READY), scheduler.takeWireMark(), marked()]).toEqual([true, false, false])
  expect([marked(WIRE_READY, 3), scheduler.hasWork, scheduler.next()]).toEqual([true, true, 3])
})

it("what follows the bitmap in memory is nobody's mark, and stays as it is [SQP-RING-5]", () => {
  const region = SharedRegion.create(readyBitmapWords())
  const first = allocateReadyBitmap(region)
  const scheduler = new Scheduler(new ReadyBitmap(region, first), QUANTUM)
  region.words.fill(-1, first + READY_WORDS)
  scheduler.refresh()
  expect([scheduler.hasWork, scheduler.next()]).toEqual([false, NOBODY_READY])
  expect(region.words.subarray(first + READY_WORDS).every((word) => word === -1)).toBe(true)
})

it("who was served last comes last, also when nobody had anything in between [SQP-FAIR-1]", () => {
  const { ready, scheduler } = build()
  ready.mark(5)
  scheduler.refresh()
  expect(scheduler.next()).toBe(5)
  scheduler.pass(true)
  expect(scheduler.next()).toBe(NOBODY_READY)
  for (const f of [5, 7]) ready.mark(f)
  scheduler.refresh()
  expect(scheduler.next()).toBe(7)
})
