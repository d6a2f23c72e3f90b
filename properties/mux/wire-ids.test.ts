import fc from "fast-check"
import { expect, it } from "vitest"
import { generationBitsFor, keysOf, makeWireIds, type WireIds, wireIdsWords } from "../../impl/mux/wire-ids.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { assertProperty } from "../run.ts"
import { seededRandom32 } from "./fixture.ts"

const REST = 100

const build = (ids: number, seed: number, generationBits?: number): WireIds =>
  makeWireIds(SharedRegion.create(wireIdsWords(ids)), {
    ids, restMs: REST, random32: seededRandom32(seed), ...(generationBits === undefined ? {} : { generationBits })
  })

interface Life {
  readonly owner: number
  released: number | null
}

/** Draws and releases ids as told, and checks each one against all that were seen before. */
const run = (ids: WireIds, most: number, steps: ReadonlyArray<{ take: boolean; which: number; ms: number }>): void => {
  const seen = new Map<number, Life>()
  const live: Array<number> = []
  let now = -50
  let owner = 0
  for (const { ms, take, which } of steps) {
    now += ms
    if (take && live.length < most) {
      const id = ids.take(++owner, now)
      if (id === 0) continue
      expect(id).not.toBe(-1)
      const before = seen.get(id)
      if (before !== undefined) {
        expect(before.released).not.toBeNull()
        expect(now - (before.released ?? now)).toBeGreaterThanOrEqual(REST)
      }
      seen.set(id, { owner, released: null })
      live.push(id)
    } else if (live.length > 0) {
      const id = live.splice(which % live.length, 1)[0]!
      ids.release(id)
      seen.get(id)!.released = now
    }
    for (const [id, life] of seen) expect(ids.owner(id)).toBe(life.released === null ? life.owner : 0)
  }
}

const steps = (maxMs: number) =>
  fc.array(fc.record({ take: fc.boolean(), which: fc.nat(100), ms: fc.nat(maxMs) }), { maxLength: 150 })

it("living ids are unique, never 0 nor all ones, and lead straight to their owners [SQP-TID-1]", () => {
  assertProperty(fc.property(steps(40), fc.integer(), (all, seed) => run(build(8, seed), 8, all)), { numRuns: 200 })
})

it("an id is not used again before it has rested, even where ids are so few that they run out [SQP-TID-6]", () => {
  // 16 slots of two generations, or of eight: every id comes round within a run
  const bits = fc.constantFrom(1, 3)
  assertProperty(
    fc.property(steps(20), fc.integer(), bits, (all, seed, generationBits) => run(build(8, seed, generationBits), 8, all)),
    { numRuns: 300 }
  )
})

it("ids that rest are refused rather than used too early, and come back after their rest [SQP-TID-6]", () => {
  const ids = build(1, 7, 1)
  const pass = (now: number): Array<number> => {
    const drawn: Array<number> = []
    for (let id = ids.take(1, now); id !== 0; id = ids.take(1, now)) {
      drawn.push(id)
      ids.release(id)
    }
    return drawn
  }
  // four slots of two generations each: every pass draws the other generation of all
  const first = pass(0)
  expect(first).toHaveLength(4)
  expect(pass(REST - 1)).toEqual([])
  const second = pass(REST)
  expect(new Set([...first, ...second]).size).toBe(8)
  expect(pass(2 * REST - 1)).toEqual([])
  expect(pass(2 * REST).sort()).toEqual(first.sort())
})

it.each([
  { name: "0", keys: [0, 0, 0, 0] },
  { name: "all ones", keys: [0, 0, 13_915, 5043] }
])("the id $name, which the permutation of these keys gives for slot 0, is skipped [SQP-CM-1]", ({ keys }) => {
  let calls = 0
  const random32 = (): number => keys[calls++] ?? 0
  const ids = makeWireIds(SharedRegion.create(wireIdsWords(1)), { ids: 1, restMs: REST, random32, generationBits: 3 })
  const drawn = new Set<number>()
  for (let now = 0; now < 100 * REST; now += REST / 4) {
    const id = ids.take(1, now)
    if (id === 0) continue
    expect(ids.owner(id)).toBe(1)
    ids.release(id)
    drawn.add(id)
  }
  // four slots of eight generations, but for the one that was skipped
  expect(drawn.size).toBe(31)
  expect(drawn.has(-1)).toBe(false)
})

it("as many ids as were asked for can live at once", () => {
  for (const count of [1, 7, 8, 100, 1000]) {
    const ids = build(count, 3)
    const drawn = Array.from({ length: count }, (_, i) => ids.take(i + 1, 0))
    expect(new Set(drawn).size).toBe(count)
    expect(drawn).not.toContain(0)
  }
})

it("a number that is no living id has no owner and releasing it changes nothing", () => {
  const ids = build(8, 5)
  const id = ids.take(42, 0)
  assertProperty(fc.property(fc.integer(), (number) => {
    fc.pre(number !== id)
    ids.release(number)
    expect(ids.owner(number)).toBe(0)
  }), { numRuns: 2000 })
  expect(ids.owner(id)).toBe(42)
})

it("ids start at unpredictable places and do not follow each other [SQP-TID-7]", () => {
  const first = new Set(Array.from({ length: 50 }, (_, seed) => build(8, seed).take(1, 0)))
  expect(first.size).toBe(50)
  const ids = build(1000, 1)
  const drawn = Array.from({ length: 1000 }, (_, i) => ids.take(i + 1, 0))
  const steps = new Set(drawn.slice(1).map((id, i) => (id - drawn[i]!) | 0))
  expect(steps.size).toBeGreaterThan(990)
})

it("half of all generations of a slot are drawn in no time, and then none until the first have rested [SQP-TID-10]", () => {
  const ids = build(1, 1, 6)
  const drawn = (now: number): number => {
    const id = ids.take(1, now)
    ids.release(id)
    return id
  }
  const SLOTS = 4
  const half = Array.from({ length: 32 * SLOTS }, () => drawn(0))
  expect([half.includes(0), new Set(half).size]).toEqual([false, half.length])
  const rest = Array.from({ length: 64 * SLOTS }, () => drawn(REST - 1)).filter((id) => id !== 0)
  expect(rest.filter((id) => half.includes(id))).toEqual([])
  expect([drawn(REST - 1), drawn(REST)].map((id) => id !== 0)).toEqual([false, true])
})

it("ids of two halves of one permutation are never the same [SQP-TID-1]", () => {
  const region = SharedRegion.create(2 * wireIdsWords(8) + 64)
  const random32 = seededRandom32(3)
  const keys = keysOf(random32)
  const halves = ([0, 1] as const).map((half) =>
    makeWireIds(region, { ids: 8, restMs: 0, random32, generationBits: 5, half: { keys, half } }))
  // Every id either half can ever draw.
  const drawn = halves.map((ids) => {
    const seen = new Set<number>()
    for (let i = 0; i < 32 * 32; i++) {
      const id = ids.take(1, i)
      seen.add(id)
      ids.release(id)
    }
    return seen
  })
  expect(drawn[0]!.size).toBeGreaterThan(500)
  expect([...drawn[0]!].filter((id) => drawn[1]!.has(id))).toEqual([])
})

it("what is no living id has no owner and ends nothing: 0, what was never taken, what was ended before [SQP-TID-6]", () => {
  const ids = build(16, 1)
  const taken = Array.from({ length: 16 }, (_, i) => ids.take(i + 1, 0))
  const ended = taken.splice(0, 4)
  for (const id of [...ended, ...ended, 0, 0]) ids.release(id)
  for (const id of taken) for (let bit = 0; bit < 32; bit++) ids.release(id ^ (1 << bit))
  expect([...ended, 0].map(ids.owner)).toEqual([0, 0, 0, 0, 0])
  expect(taken.map(ids.owner)).toEqual(taken.map((_, i) => i + 5))
  expect(ids.living()).toBe(12)
  const more = Array.from({ length: 32 }, () => ids.take(99, 1_000_000)).filter((id) => id !== 0)
  expect(new Set([...taken, ...more]).size).toBe(12 + more.length)
  expect([more.length, ids.living()]).toEqual([20, 32])
})

it("where all are taken, what is released can be taken again, and the others keep their owners [SQP-TID-1]", () => {
  const ids = build(8, 1)
  const living = new Map<number, number>()
  for (let owner = 1, id = ids.take(1, 0); id !== 0; id = ids.take(++owner, 0)) living.set(id, owner)
  expect(living.size).toBe(ids.living())
  const [first = 0] = living.keys()
  ids.release(first)
  living.delete(first)
  const again = ids.take(99, REST)
  expect(again).not.toBe(0)
  living.set(again, 99)
  for (const [id, owner] of living) expect(ids.owner(id)).toBe(owner)
})

it("slot and generation fill 32 bits, and 31 where the last one says which half [SQP-TID-1]", () => {
  const half = { half: 1, keys: keysOf(seededRandom32(1)) } as const
  expect([1, 16].map((slotBits) => generationBitsFor(slotBits, undefined))).toEqual([31, 16])
  expect([1, 16].map((slotBits) => generationBitsFor(slotBits, half))).toEqual([30, 15])
})
