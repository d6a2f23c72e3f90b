import fc from "fast-check"
import { expect, it } from "vitest"
import { createSharedMemory } from "../../impl/ring/copy.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { assertProperty } from "../run.ts"

it("allocations are aligned, zeroed and disjoint, and never leave the region", () => {
  const align = fc.constantFrom(1, 2, 16, 32, 128)
  const request = fc.record({ words: fc.integer({ min: 1, max: 4000 }), align })
  const property = fc.property(fc.array(request, { minLength: 1, maxLength: 20 }), (requests) => {
    const region = SharedRegion.create(16_000)
    const taken: Array<readonly [first: number, end: number]> = []
    for (const { words, align } of requests) {
      if (words + align > region.wordsFree) {
        if (words > region.wordsFree) expect(() => region.allocate(words, align)).toThrow(/exhausted/)
        continue
      }
      const first = region.allocate(words, align)
      expect(first % align).toBe(0)
      expect(first + words).toBeLessThanOrEqual(region.words.length)
      expect(region.words.subarray(first, first + words).every((word) => word === 0)).toBe(true)
      region.words.fill(-1, first, first + words)
      taken.push([first, first + words])
    }
    taken.sort((a, b) => a[0] - b[0])
    taken.forEach(([, end], i) => expect(taken[i + 1]?.[0] ?? end).toBeGreaterThanOrEqual(end))
  })
  assertProperty(property, { numRuns: 100 })
})

it("two handles on one region see the same bytes and share one allocator", () => {
  const first = SharedRegion.create(1000)
  const second = SharedRegion.attach(first.memory, { copy: "views" })
  const a = first.allocate(10)
  const b = second.allocate(10)
  expect(b).toBeGreaterThanOrEqual(a + 10)
  first.words[a] = 0x0102_0304
  expect(second.words[a]).toBe(0x0102_0304)
  expect(new Set(second.bytes.subarray(a * 4, a * 4 + 4))).toEqual(new Set([1, 2, 3, 4]))
  second.view.setUint32(b * 4, 0xaabb_ccdd)
  expect([...first.bytes.subarray(b * 4, b * 4 + 4)]).toEqual([0xaa, 0xbb, 0xcc, 0xdd])
})

it("a region is exactly as large as asked, rounded up to whole pages", () => {
  expect(SharedRegion.create(1).bytes.length).toBe(65_536)
  expect(SharedRegion.create(16_384 - 32).bytes.length).toBe(65_536)
  expect(SharedRegion.create(16_384 - 31).bytes.length).toBe(2 * 65_536)
})

it("bad sizes, alignments and foreign memories are refused with a clear error", () => {
  for (const words of [0, -1, 1.5, Number.NaN, 2 ** 30]) {
    expect(() => SharedRegion.create(words)).toThrow(/a shared region needs 1\.\.\d+ words/)
  }
  const region = SharedRegion.create(100)
  for (const words of [0, -1, 0.5, Number.NaN]) expect(() => region.allocate(words)).toThrow(RangeError)
  for (const align of [0, -2, 3, 1.5, Number.NaN]) expect(() => region.allocate(1, align)).toThrow(RangeError)
  expect(() => region.allocate(region.wordsFree + 1, 1)).toThrow(/exhausted: \d+ words asked, \d+ of \d+/)
  expect(region.allocate(region.wordsFree, 1)).toBeGreaterThan(0)
  expect(region.wordsFree).toBe(0)
  expect(() => SharedRegion.attach(createSharedMemory(1))).toThrow(/not a shared region/)
})
