import fc from "fast-check"
import { expect, it } from "vitest"
import { copyModuleBytes } from "../../impl/ring/copy.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { SLOT_BYTES, SLOT_WORDS } from "../../impl/ring/slot.ts"
import { assertProperty } from "../run.ts"

const REGION_WORDS = 16_000
/** First word of the slots that the view copies prepared; the rest of the region takes the other way. */
const PREPARED = 3200
const PREPARED_SLOTS = 20

/** A region of random-looking bytes, the same each time. */
const filled = (copy: "wasm" | "views"): SharedRegion => {
  const region = SharedRegion.create(REGION_WORDS, { copy })
  for (let i = 0; i < region.words.length; i++) region.words[i] = Math.imul(i + 1, 0x9e37_79b1)
  region.prepareSlots(PREPARED, PREPARED_SLOTS)
  return region
}
const kinds = ["wasm", "views"] as const
const regions = kinds.map((kind) => ({ kind, region: filled(kind), start: filled(kind).bytes.slice() }))

/** What an array of bytes looks like after the copy: the oracle of both kinds. */
const expected = (start: Uint8Array, destination: number, source: number, length: number): Uint8Array => {
  const bytes = Uint8Array.from(start)
  bytes.set(start.slice(source, source + length), destination)
  return bytes
}

it("a copy of any bytes, overlapping or not, moves exactly them, by WebAssembly and by views alike", () => {
  const size = 65_536
  const range = fc.tuple(fc.nat({ max: size }), fc.nat({ max: size }), fc.nat({ max: 4096 }))
    .map(([a, b, length]) => [Math.min(a, size - length), Math.min(b, size - length), length] as const)
  const property = fc.property(range, ([destination, source, length]) => {
    for (const { region, start } of regions) {
      region.bytes.set(start)
      region.copy(destination, source, length)
      expect(Buffer.compare(region.bytes, expected(start, destination, source, length))).toBe(0)
    }
  })
  assertProperty(property, { numRuns: 200 })
})

it("a slot copy moves exactly 320 bytes, from prepared and from other sources, by both kinds alike", () => {
  const last = 16_384 - SLOT_WORDS
  const prepared = fc.nat({ max: PREPARED_SLOTS - 1 }).map((i) => PREPARED + i * SLOT_WORDS)
  const nearPrepared = fc.tuple(prepared, fc.nat({ max: SLOT_WORDS })).map(([slot, offset]) => slot + offset)
  const word = fc.oneof(prepared, nearPrepared, fc.nat({ max: last }), fc.constantFrom(0, last))
  const property = fc.property(word, word, (destination, source) => {
    for (const { region, start } of regions) {
      region.bytes.set(start)
      region.copySlot(destination, source)
      const want = expected(start, destination * 4, source * 4, SLOT_BYTES)
      expect(Buffer.compare(region.bytes, want)).toBe(0)
    }
  })
  assertProperty(property, { numRuns: 300 })
})

it.each(kinds)("a copy that leaves the region throws and changes nothing (%s)", (kind) => {
  const region = filled(kind)
  const before = region.bytes.slice()
  const size = region.bytes.length
  const words = region.words.length
  const leaving = [[0, size - 10, 11], [size - 10, 0, 11], [-1, 0, 1], [0, -4, 1], [0, 8, -1]] as const
  for (const [destination, source, length] of leaving) {
    expect(() => region.copy(destination, source, length)).toThrow()
  }
  for (const outside of [words - SLOT_WORDS + 1, words, -SLOT_WORDS]) {
    expect(() => region.copySlot(outside, PREPARED)).toThrow()
    expect(() => region.copySlot(PREPARED, outside)).toThrow()
    expect(() => region.copySlot(outside, 0)).toThrow()
  }
  expect(Buffer.compare(region.bytes, before)).toBe(0)
})

it("the copy module stays a tiny hand-made module", () => {
  expect(copyModuleBytes().length).toBeLessThan(128)
})
