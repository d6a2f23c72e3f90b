import fc from "fast-check"
import { expect, it } from "vitest"
import { hashEnd, HASH_LINK_WORDS, type HashIndex, hashIndexWords, hashWord, makeHashIndex } from "../../impl/mux/hash-index.ts"
import { makeRecordPool, type RecordPool, recordPoolWords } from "../../impl/mux/record-pool.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { assertProperty } from "../run.ts"

const STRIDE = 8
const RECORDS = 64

/** An index over records that hold nothing but their links, at any of their words; the test keeps the keys. */
const build = (records: number, linkWord: number): { index: HashIndex; pool: RecordPool } => {
  const region = SharedRegion.create(hashIndexWords(records) + recordPoolWords(1, RECORDS, STRIDE) + 64)
  return { pool: makeRecordPool(region, 1, RECORDS, STRIDE), index: makeHashIndex(region, records, linkWord) }
}
const found = (index: HashIndex, hash: number): Array<number> => {
  const all: Array<number> = []
  for (let record = index.first(hash); record !== 0; record = index.next(record)) all.push(record)
  return all
}

const commands = fc.array(
  fc.oneof(
    fc.record({ op: fc.constant("insert" as const), hash: fc.nat(5) }),
    fc.record({ op: fc.constant("remove" as const), which: fc.nat(RECORDS) })
  ),
  { maxLength: 200 }
)

it("an index finds exactly the records of a hash, the newest first, as a map of lists does", () => {
  assertProperty(fc.property(commands, fc.constantFrom(2, RECORDS), fc.constantFrom(0, 1, 5), (steps, size, linkWord) => {
    const { index, pool } = build(size, linkWord)
    const model = new Map<number, Array<number>>()
    const live: Array<{ record: number; hash: number }> = []
    for (const step of steps) {
      if (step.op === "insert") {
        // hashes that differ in their upper bits alone share a chain
        const hash = step.hash * 0x1000_0001
        const record = pool.take(0)
        if (record === 0) continue
        index.insert(record, hash | 0)
        model.set(hash | 0, [record, ...(model.get(hash | 0) ?? [])])
        live.push({ record, hash: hash | 0 })
      } else if (live.length > 0) {
        const [gone] = live.splice(step.which % live.length, 1)
        index.remove(gone!.record)
        pool.give(0, gone!.record)
        model.set(gone!.hash, model.get(gone!.hash)!.filter((record) => record !== gone!.record))
      }
      for (const [hash, records] of model) expect(found(index, hash)).toEqual(records)
    }
  }), { numRuns: 200 })
})

it("an index forgets the newest, one between or the oldest of a hash, wherever in a record its links are", () => {
  for (const linkWord of [0, 1, 5]) {
    for (const gone of [0, 1, 2, 3]) {
      const { index, pool } = build(RECORDS, linkWord)
      const records = [0, 1, 2, 3].map(() => pool.take(0))
      for (const record of records) index.insert(record, 7)
      const left = records.filter((_, i) => i !== gone).toReversed()
      index.remove(records[gone]!)
      expect(found(index, 7)).toEqual(left)
      for (const record of left.toReversed()) index.remove(record)
      expect(found(index, 7)).toEqual([])
    }
  }
})

it("a record pool gives each function its own records and no more than its share", () => {
  const region = SharedRegion.create(recordPoolWords(3, 5, STRIDE))
  const pool = makeRecordPool(region, 3, 5, STRIDE)
  const taken = [0, 1, 2].map((f) => Array.from({ length: 5 }, () => pool.take(f)))
  expect(new Set(taken.flat()).size).toBe(15)
  expect([0, 1, 2].map((f) => pool.take(f))).toEqual([0, 0, 0])
  pool.give(1, taken[1]![2]!)
  expect(pool.take(0)).toBe(0)
  expect(pool.take(1)).toBe(taken[1]![2])
  expect(pool.used(1)).toBe(5)
})

it("a hash spreads keys that differ in their upper or in their lower bits alone over the chains", () => {
  for (const shift of [0, 8, 16, 24]) {
    for (const place of [0, 1]) {
      const words = (i: number): ReadonlyArray<number> => (place === 0 ? [i << shift, 7] : [7, i << shift])
      const chains = Array.from({ length: 256 }, (_, i) => hashEnd(words(i).reduce(hashWord, 12345)) & 255)
      // 256 keys thrown into 256 chains at random meet about 162 of them
      expect(new Set(chains).size).toBeGreaterThan(120)
    }
  }
  expect(HASH_LINK_WORDS).toBeLessThanOrEqual(STRIDE)
})
