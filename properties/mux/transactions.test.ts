/** Which request is a repetition of which, also where keys hash alike: nobody reaches another's transaction. */
import { describe, expect, it } from "vitest"
import { hashWord } from "../../impl/mux/hash-index.ts"
import { DGID_WORD, MAD_WORD, madOf, METHOD_BYTE, TID_BYTE, whereWord, whoWord } from "../../impl/mux/slots.ts"
import { ownerRecord } from "../../impl/mux/tid-owner.ts"
import { makeTransactions, transactionsWords } from "../../impl/mux/transactions.ts"
import { makeWireIds, wireIdsWords } from "../../impl/mux/wire-ids.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { FLAG_GRH, SLOT_FLAGS, SLOT_LID, SLOT_REMOTE_QPN, SLOT_WORDS } from "../../impl/ring/slot.ts"
import { seededRandom32 } from "./fixture.ts"

const SEED = 0x1234_5678
const LIFE = { ms: 100, slackMs: 10 }
const GRH_BIT = 1 << 25

interface Key {
  readonly f: number
  readonly qp: number
  readonly mgmtClass: number
  readonly lid: number
  readonly remoteQpn: number
  readonly high: number
  readonly low: number
  /** Null: no GRH. */
  readonly dgid: readonly [number, number, number, number] | null
}
const KEY: Key = { f: 1, qp: 1, mgmtClass: 3, lid: 1, remoteQpn: 1, high: 0x0a0a_0a0a, low: 0x0b0b_0b0b, dgid: null }
const DGID = [0x0102_0304, 0x0506_0708, 0x090a_0b0c, 0x0d0e_0f10] as const

const whereOf = ({ dgid, qp, remoteQpn }: Key): number => whereWord(remoteQpn, qp) | (dgid === null ? 0 : GRH_BIT)
/** The words of a key, in the order in which they are hashed. */
const wordsOf = (key: Key): ReadonlyArray<number> =>
  [whoWord(key.f, key.mgmtClass, key.lid), whereOf(key), key.high, key.low, ...(key.dgid ?? [])]
/** What the last word of a key must be so that it hashes as another key does. */
const lastLike = (key: Key, other: Key): number => {
  const before = (words: ReadonlyArray<number>): number => words.slice(0, -1).reduce(hashWord, SEED)
  const [own, others] = [wordsOf(key), wordsOf(other)]
  return before(own) ^ before(others) ^ (others.at(-1) ?? 0)
}
/** The key with another TID, or another end of its DGID, that hashes as `other` does. */
const alike = (key: Key, other: Key): Key => {
  const last = lastLike(key, other)
  if (key.dgid === null) return { ...key, low: last }
  return { ...key, dgid: [key.dgid[0], key.dgid[1], key.dgid[2], last] }
}

/** The transactions of three functions in a region of just their size. */
class Table {
  now = 0
  readonly all
  readonly #tids
  readonly #region: SharedRegion
  readonly #slot: number

  constructor(perFunction = 16, ids = 3 * perFunction) {
    this.#region = SharedRegion.create(transactionsWords(3, perFunction) + SLOT_WORDS)
    this.#tids = makeWireIds(SharedRegion.create(wireIdsWords(ids)), { ids, restMs: 50, random32: seededRandom32(1) })
    this.all = makeTransactions(this.#region, { functions: 3, perFunction, life: LIFE, tids: this.#tids, seed: SEED })
    this.#slot = this.#region.allocate(SLOT_WORDS)
  }

  /** The wire TID of a request; `rest` is written wherever no key is. */
  take(key: Key, rest = 0): number {
    this.#write(key, rest)
    return this.all.take(key.f, key.qp, key.mgmtClass, this.#slot, madOf(this.#slot), this.now)
  }

  /** The wire TID of an RMPP control packet. */
  control(key: Key): number {
    this.#write(key, 0)
    return this.all.control(key.f, key.qp, key.mgmtClass, this.#slot, madOf(this.#slot), this.now)
  }

  recordOf(tid: number): number {
    return ownerRecord(this.#tids.owner(tid))
  }

  /** A response to the request with this wire TID. */
  answer(tid: number): void {
    this.all.restore(this.recordOf(tid), madOf(this.#slot), this.now)
  }

  #write({ dgid, high, lid, low, mgmtClass, remoteQpn }: Key, rest: number): void {
    const { view, words } = this.#region
    const slot = this.#slot
    words.fill(rest, slot, slot + SLOT_WORDS)
    words[slot + SLOT_FLAGS] = dgid === null ? 0 : FLAG_GRH
    words[slot + SLOT_LID] = lid | ((rest & 15) << 16)
    words[slot + SLOT_REMOTE_QPN] = remoteQpn | (rest << 24)
    if (dgid !== null) words.set(dgid, slot + DGID_WORD)
    words[slot + MAD_WORD] = rest
    view.setUint8(madOf(slot) + 1, mgmtClass)
    view.setUint8(madOf(slot) + METHOD_BYTE, rest & 0x7f)
    view.setInt32(madOf(slot) + TID_BYTE, high)
    view.setInt32(madOf(slot) + TID_BYTE + 4, low)
  }
}

const others: ReadonlyArray<readonly [string, Key, Key]> = [
  ["another function", { ...KEY, f: 2 }, KEY],
  ["another class", { ...KEY, mgmtClass: 4 }, KEY],
  ["another DLID", { ...KEY, lid: 2 }, KEY],
  ["another QPN", { ...KEY, remoteQpn: 9 }, KEY],
  ["the other QP", { ...KEY, qp: 0 }, KEY],
  ["another TID", { ...KEY, high: 1 }, KEY],
  ["a GRH", { ...KEY, dgid: DGID }, KEY],
  ["another GRH", { ...KEY, dgid: [1, 0, 0, 0] }, { ...KEY, dgid: DGID }],
  ["another GRH but for its first word", { ...KEY, dgid: [DGID[0], 2, DGID[2], 0] }, { ...KEY, dgid: DGID }],
  ["another GRH but for its first two words", { ...KEY, dgid: [DGID[0], DGID[1], 3, 0] }, { ...KEY, dgid: DGID }],
  ["another function, and a GRH", { ...KEY, f: 2, dgid: DGID }, { ...KEY, dgid: DGID }]
]

describe("a transaction of a function", () => {
  it.each(others)("is not that of a request with %s, although it hashes alike [SQP-TID-1] [SQP-TID-3]", (_, key, first) => {
    const second = alike(key, first)
    expect(lastLike(second, first)).toBe(wordsOf(second).at(-1))
    for (const [one, two] of [[first, second], [second, first]] as const) {
      const table = new Table()
      const tid = table.take(one)
      expect(tid).not.toBe(0)
      expect(table.control(two)).toBe(0)
      const other = table.take(two)
      expect([0, tid]).not.toContain(other)
      expect([table.take(one), table.take(two), table.control(one), table.control(two)]).toEqual([tid, other, tid, other])
    }
  })

  it("is that of every repetition, whatever else the MAD and its address are [SQP-TID-3]", () => {
    for (const key of [KEY, { ...KEY, dgid: DGID }]) {
      const table = new Table()
      const tid = table.take(key)
      expect([1, -1, 0x5555_5555].map((rest) => table.take(key, rest))).toEqual([tid, tid, tid])
      expect([0, 1, 2].map(table.all.used)).toEqual([0, 1, 0])
    }
  })

  it("is not made where there is no wire TID, and takes no room then [SQP-TID-4] [SQP-FAIR-5]", () => {
    const table = new Table(16, 4)
    const tids = Array.from({ length: 16 }, (_, low) => table.take({ ...KEY, low }))
    const made = tids.filter((tid) => tid !== 0)
    expect(made.length).toBeLessThan(16)
    expect([table.all.used(1), table.take({ ...KEY, f: 2 }), table.all.used(2)]).toEqual([made.length, 0, 0])
    expect(made.map((_, low) => table.take({ ...KEY, low }))).toEqual(made)
  })

  it("is collected once, when it is past its life, as many at a time as is asked [SQP-TID-5]", () => {
    const table = new Table()
    for (let low = 0; low < 5; low++) table.take({ ...KEY, low })
    table.now = LIFE.ms
    table.all.collect(1, 2, table.now)
    expect(table.all.used(1)).toBe(3)
    table.take({ ...KEY, low: 9 })
    table.all.collect(1, 9, table.now)
    expect(table.all.used(1)).toBe(1)
    table.all.endFunction(1)
    expect(table.all.used(1)).toBe(0)
  })

  it("that waits gives way to nothing, although its place was that of an answered one [SQP-TID-4]", () => {
    const table = new Table(1)
    const other = table.take({ ...KEY, f: 0 })
    table.answer(table.take(KEY))
    const tid = table.take({ ...KEY, low: 1 })
    expect(tid).not.toBe(0)
    expect(table.control({ ...KEY, low: 1 })).toBe(tid)
    expect(table.take({ ...KEY, low: 2 })).toBe(0)
    expect(table.control({ ...KEY, low: 1 })).toBe(tid)
    expect(table.take({ ...KEY, f: 0 })).toBe(other)
  })

  it("asked again after its life is a new one in the place of the old, with another wire TID [SQP-TID-5]", () => {
    const table = new Table()
    const tid = table.take(KEY)
    table.now = LIFE.ms
    expect([0, tid]).not.toContain(table.take(KEY))
    expect(table.all.used(1)).toBe(1)
  })

  it("ends with its function, and no other function's does, where all places of that one are taken [SQP-LIFE-1]", () => {
    const table = new Table(4)
    const kept = [0, 2].map((f) => table.take({ ...KEY, f }))
    for (let low = 0; low < 4; low++) table.take({ ...KEY, low })
    table.all.endFunction(1)
    expect([0, 1, 2].map(table.all.used)).toEqual([1, 0, 1])
    expect([0, 2].map((f) => table.control({ ...KEY, f }))).toEqual(kept)
  })

  it("is not made, nor collected late, because of a control packet of none [SQP-TID-5]", () => {
    const table = new Table()
    expect(table.control(KEY)).toBe(0)
    table.take({ ...KEY, low: 2 })
    table.now = LIFE.ms
    table.all.collect(1, 9, table.now)
    expect(table.all.used(1)).toBe(0)
  })

  it("is answered on its own QP and in its own class, while it lives [SQP-TID-2]", () => {
    const table = new Table()
    const record = table.recordOf(table.take(KEY))
    const { find } = table.all
    expect([find(record, 1, 3, 0), find(record, 0, 3, 0), find(record, 1, 4, 0)]).toEqual([record, 0, 0])
    expect(find(record, 1, 3, LIFE.ms)).toBe(0)
  })

  it("has its place in as many words as are said to be taken for all", () => {
    for (const perFunction of [16, 1024]) {
      const tids = makeWireIds(SharedRegion.create(wireIdsWords(1)), { ids: 1, restMs: 1, random32: seededRandom32(1) })
      const size = transactionsWords(3, perFunction)
      const region = SharedRegion.create(size + 64)
      const first = region.allocate(32) + 32
      makeTransactions(region, { functions: 3, perFunction, life: LIFE, tids, seed: 0 })
      expect(region.allocate(32) - first).toBe(size)
    }
  })
})
