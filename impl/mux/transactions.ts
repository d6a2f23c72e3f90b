/** Outstanding requests of functions and their wire TIDs (spec/tid.md). */
import type { SharedRegion } from "../ring/memory.ts"
import { Deadlines, deadlinesWords } from "./timers.ts"
import { HASH_LINK_WORDS, hashEnd, HashIndex, hashIndexWords, hashWord } from "./hash-index.ts"
import { RecordPool, recordPoolWords } from "./record-pool.ts"
import { DGID_WORD, hasGrh, lidOf, remoteQpnOf, TID_BYTE } from "./slots.ts"
import { OWNER_TRANSACTION } from "./tid-owner.ts"
import type { WireIds } from "./wire-ids.ts"

// A record: one 64-byte line.
const LINKS = 0
const WHO = LINKS + HASH_LINK_WORDS
const WHERE = WHO + 1
const TID_HIGH = WHERE + 1
const TID_LOW = TID_HIGH + 1
const DGID = TID_LOW + 1
const WIRE_TID = DGID + 4
const DEADLINE = WIRE_TID + 1
const STRIDE = 16
/** In WHERE: the request had a GRH. */
const GRH_BIT = 1 << 25

/** Function, management class and LID as one word. */
export const whoWord = (f: number, mgmtClass: number, lid: number): number => f | (mgmtClass << 8) | (lid << 16)
/** QPN at the far end and our QP as one word. */
export const whereWord = (remoteQpn: number, qp: number): number => remoteQpn | (qp << 24)

/** Words that the transactions take from a region. */
export const transactionsWords = (functions: number, perFunction: number): number =>
  recordPoolWords(functions, perFunction, STRIDE) + hashIndexWords(functions * perFunction) +
  deadlinesWords(functions, 1)

/** What outstanding requests are made from. */
export interface TransactionsOptions {
  readonly functions: number
  readonly perFunction: number
  /** Life after the last use. */
  readonly lifeMs: number
  readonly tids: WireIds
  readonly seed: number
}

/** Outstanding requests. A transaction is named by the word offset of its record; 0 is none. */
export class Transactions {
  readonly #words: Int32Array
  readonly #view: DataView
  readonly #pool: RecordPool
  readonly #index: HashIndex
  readonly #deadlines: Deadlines
  readonly #tids: WireIds
  readonly #seed: number

  constructor(region: SharedRegion, options: TransactionsOptions) {
    const { functions, perFunction } = options
    this.#words = region.words
    this.#view = region.view
    this.#pool = new RecordPool(region, functions, perFunction, STRIDE)
    this.#index = new HashIndex(region, functions * perFunction, LINKS)
    this.#deadlines = new Deadlines(region, functions, [options.lifeMs], DEADLINE)
    this.#tids = options.tids
    this.#seed = options.seed
  }

  /**
   * The wire TID of the request in `slot`, whose MAD starts at byte `mad`: that of the outstanding request with
   * the same key, else a fresh one; its life starts anew. 0: the quota is used up.
   */
  take(f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): number {
    const words = this.#words
    const who = whoWord(f, mgmtClass, lidOf(words, slot))
    const grh = hasGrh(words, slot)
    const where = whereWord(remoteQpnOf(words, slot), qp) | (grh ? GRH_BIT : 0)
    const high = this.#view.getInt32(mad + TID_BYTE)
    const low = this.#view.getInt32(mad + TID_BYTE + 4)
    let hash = hashWord(hashWord(hashWord(hashWord(this.#seed, who), where), high), low)
    if (grh) hash = this.#hashDgid(hash, slot)
    hash = hashEnd(hash)
    let record = this.#index.first(hash)
    while (record !== 0 && !this.#is(record, who, where, high, low, grh ? slot : 0)) record = this.#index.next(record)
    if (record !== 0 && this.#deadlines.isDue(record, now)) {
      this.#forget(f, record)
      record = 0
    }
    if (record === 0) {
      record = this.#create(f, hash, now)
      if (record === 0) return 0
      words[record + WHO] = who
      words[record + WHERE] = where
      words[record + TID_HIGH] = high
      words[record + TID_LOW] = low
      for (let i = 0; i < 4; i++) words[record + DGID + i] = grh ? words[slot + DGID_WORD + i]! : 0
    }
    this.#deadlines.arm(record, f, 0, now)
    return words[record + WIRE_TID]!
  }

  /** The transaction that a response of that QP and class belongs to; changes nothing. */
  find(record: number, qp: number, mgmtClass: number, now: number): number {
    const words = this.#words
    const sameClass = ((words[record + WHO]! >>> 8) & 0xff) === mgmtClass
    const sameQp = ((words[record + WHERE]! >>> 24) & 1) === qp
    return sameClass && sameQp && !this.#deadlines.isDue(record, now) ? record : 0
  }

  /** The function that asked. */
  functionOf(record: number): number {
    return this.#words[record + WHO]! & 0xff
  }

  /** Uses a transaction: writes the guest TID into the MAD at byte `mad`; its life starts anew. */
  restore(record: number, mad: number, now: number): void {
    this.#view.setInt32(mad + TID_BYTE, this.#words[record + TID_HIGH]!)
    this.#view.setInt32(mad + TID_BYTE + 4, this.#words[record + TID_LOW]!)
    this.#deadlines.arm(record, this.functionOf(record), 0, now)
  }

  /** Collects up to `most` transactions of function `f` that are past their life. */
  collect(f: number, most: number, now: number): void {
    for (let i = 0; i < most; i++) {
      const record = this.#deadlines.due(f, now)
      if (record === 0) return
      this.#forget(f, record)
    }
  }

  /** Forgets every transaction of function `f`; the wire TIDs rest. */
  endFunction(f: number): void {
    for (let i = 0; i < this.#pool.touched(f); i++) {
      const record = this.#pool.record(f, i)
      if (this.#words[record + WIRE_TID] !== 0) this.#forget(f, record)
    }
  }

  #create(f: number, hash: number, now: number): number {
    if (this.#pool.used(f) === this.#pool.perFunction) this.collect(f, 1, now)
    const record = this.#pool.take(f)
    if (record === 0) return 0
    const tid = this.#tids.take(record | OWNER_TRANSACTION, now)
    this.#words[record + WIRE_TID] = tid
    if (tid === 0) {
      this.#pool.give(f, record)
      return 0
    }
    this.#index.insert(record, hash)
    this.#deadlines.clear(record)
    return record
  }

  #forget(f: number, record: number): void {
    this.#index.remove(record)
    this.#deadlines.cancel(record)
    this.#tids.release(this.#words[record + WIRE_TID]!)
    this.#words[record + WIRE_TID] = 0
    this.#pool.give(f, record)
  }

  #hashDgid(hash: number, slot: number): number {
    const words = this.#words
    let h = hash
    for (let i = slot + DGID_WORD; i < slot + DGID_WORD + 4; i++) h = hashWord(h, words[i]!)
    return h
  }

  /** Whether the record has this key; `slot` is 0 without a GRH. */
  #is(record: number, who: number, where: number, high: number, low: number, slot: number): boolean {
    const words = this.#words
    if (words[record + TID_LOW] !== low || words[record + TID_HIGH] !== high) return false
    if (words[record + WHO] !== who || words[record + WHERE] !== where) return false
    if (slot === 0) return true
    for (let i = 0; i < 4; i++) if (words[record + DGID + i] !== words[slot + DGID_WORD + i]) return false
    return true
  }
}
