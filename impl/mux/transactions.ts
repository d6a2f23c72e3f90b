/** Outstanding requests of functions and their wire TIDs (spec/tid.md). */
import type { SharedRegion } from "../ring/memory.ts"
import { deadlinesWords, type Life, makeDeadlines } from "./timers.ts"
import * as hashIndex from "./hash-index.ts"
import { makeRecordPool, recordPoolWords } from "./record-pool.ts"
import * as slots from "./slots.ts"
import * as tidOwner from "./tid-owner.ts"
import type { WireIds } from "./wire-ids.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { HASH_LINK_WORDS, hashEnd, hashIndexWords, hashWord, makeHashIndex } = hashIndex
const { CLASS_BYTE, DGID_WORD, hasGrh, lidOf, remoteQpnOf, TID_BYTE, whereWord, whoWord } = slots
const { OWNER_TRANSACTION } = tidOwner

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

/** Words that the transactions take from a region. */
export const transactionsWords = (functions: number, perFunction: number): number =>
  recordPoolWords(functions, perFunction, STRIDE) + hashIndexWords(functions * perFunction) +
  deadlinesWords(functions, 1)

/** What outstanding requests are made from. */
export interface TransactionsOptions {
  readonly functions: number
  readonly perFunction: number
  /** Life after the last use. */
  readonly life: Life
  readonly tids: WireIds
  readonly seed: number
}

/** Outstanding requests. A transaction is named by the word offset of its record; 0 is none. */
export interface Transactions {
  /**
   * The wire TID of the request in `slot`, whose MAD starts at byte `mad`: that of the outstanding request with
   * the same key, else a fresh one; its life starts anew. 0: the quota is used up.
   */
  readonly take: (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number) => number
  /** The transaction that a response of that QP and class belongs to; changes nothing. */
  readonly find: (record: number, qp: number, mgmtClass: number, now: number) => number
  /** The function that asked. */
  readonly functionOf: (record: number) => number
  /** Uses a transaction: writes the guest TID into the MAD at byte `mad`; its life starts anew. */
  readonly restore: (record: number, mad: number, now: number) => void
  /** Collects up to `most` transactions of function `f` that are past their life. */
  readonly collect: (f: number, most: number, now: number) => void
  /** Forgets every transaction of function `f`; the wire TIDs rest. */
  readonly endFunction: (f: number) => void
}

/** No transactions yet. A factory, see engine.ts. */
export const makeTransactions = (region: SharedRegion, options: TransactionsOptions): Transactions => {
  const { functions, life, perFunction, seed, tids } = options
  const { view, words } = region
  const pool = makeRecordPool(region, functions, perFunction, STRIDE)
  const index = makeHashIndex(region, functions * perFunction, LINKS)
  const deadlines = makeDeadlines(region, functions, [life], DEADLINE)

  const functionOf = (record: number): number => words[record + WHO]! & 0xff

  const forget = (f: number, record: number): void => {
    index.remove(record)
    deadlines.cancel(record)
    tids.release(words[record + WIRE_TID]!)
    words[record + WIRE_TID] = 0
    pool.give(f, record)
  }
  const collect = (f: number, most: number, now: number): void => {
    for (let i = 0; i < most; i++) {
      const record = deadlines.due(f, now)
      if (record === 0) return
      forget(f, record)
    }
  }

  const hashDgid = (hash: number, slot: number): number => {
    let h = hash
    for (let i = slot + DGID_WORD; i < slot + DGID_WORD + 4; i++) h = hashWord(h, words[i]!)
    return h
  }
  const sameDgid = (record: number, slot: number): boolean => {
    for (let i = 0; i < 4; i++) if (words[record + DGID + i] !== words[slot + DGID_WORD + i]) return false
    return true
  }

  /** A fresh transaction with the key of the request in `slot`, or 0. */
  const create = (f: number, hash: number, where: number, slot: number, mad: number, now: number): number => {
    if (pool.used(f) === perFunction) collect(f, 1, now)
    const record = pool.take(f)
    if (record === 0) return 0
    const tid = tids.take(record | OWNER_TRANSACTION, now)
    if (tid === 0) {
      pool.give(f, record)
      return 0
    }
    words[record + WIRE_TID] = tid
    words[record + WHO] = whoWord(f, view.getUint8(mad + CLASS_BYTE), lidOf(words, slot))
    words[record + WHERE] = where
    words[record + TID_HIGH] = view.getInt32(mad + TID_BYTE)
    words[record + TID_LOW] = view.getInt32(mad + TID_BYTE + 4)
    for (let i = 0; i < 4; i++) words[record + DGID + i] = words[slot + DGID_WORD + i]!
    index.insert(record, hash)
    deadlines.clear(record)
    deadlines.arm(record, f, 0, now)
    return record
  }

  const take = (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): number => {
    const who = whoWord(f, mgmtClass, lidOf(words, slot))
    const grh = hasGrh(words, slot)
    const where = whereWord(remoteQpnOf(words, slot), qp) | (grh ? GRH_BIT : 0)
    const high = view.getInt32(mad + TID_BYTE)
    const low = view.getInt32(mad + TID_BYTE + 4)
    let hash = hashWord(hashWord(hashWord(hashWord(seed, who), where), high), low)
    if (grh) hash = hashDgid(hash, slot)
    hash = hashEnd(hash)
    let record = index.first(hash)
    for (; record !== 0; record = index.next(record)) {
      const same = words[record + TID_LOW] === low && words[record + TID_HIGH] === high &&
        words[record + WHO] === who && words[record + WHERE] === where
      if (same && (!grh || sameDgid(record, slot))) break
    }
    if (record !== 0 && deadlines.isDue(record, now)) {
      forget(f, record)
      record = 0
    }
    if (record !== 0) deadlines.touch(record, f, 0, now)
    else record = create(f, hash, where, slot, mad, now)
    return record === 0 ? 0 : words[record + WIRE_TID]!
  }

  const find = (record: number, qp: number, mgmtClass: number, now: number): number => {
    const sameClass = ((words[record + WHO]! >>> 8) & 0xff) === mgmtClass
    const sameQp = ((words[record + WHERE]! >>> 24) & 1) === qp
    return sameClass && sameQp && !deadlines.isDue(record, now) ? record : 0
  }
  const restore = (record: number, mad: number, now: number): void => {
    view.setInt32(mad + TID_BYTE, words[record + TID_HIGH]!)
    view.setInt32(mad + TID_BYTE + 4, words[record + TID_LOW]!)
    deadlines.touch(record, functionOf(record), 0, now)
  }

  const endFunction = (f: number): void => {
    for (let i = 0; i < pool.touched(f); i++) {
      const record = pool.record(f, i)
      if (words[record + WIRE_TID] !== 0) forget(f, record)
    }
  }
  return { take, find, functionOf, restore, collect, endFunction }
}
