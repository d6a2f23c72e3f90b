/** Outstanding requests of functions and their wire TIDs (spec/tid.md). */
import type { SharedRegion } from "../ring/memory.ts"
import { DEADLINE_LINK_WORDS, deadlinesWords, type Life, makeDeadlines } from "./timers.ts"
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
/**
 * WAITING or ANSWERED: the number of its life, so that its list of deadlines has the answered ones by last
 * use.
 */
const PHASE = DEADLINE + DEADLINE_LINK_WORDS
const STRIDE = 16
const WAITING = 0
const ANSWERED = 1
const PHASES = 2
/** In WHERE: the request had a GRH. */
const GRH_BIT = 1 << 25

/** Words that the transactions take from a region. */
export const transactionsWords = (functions: number, perFunction: number): number =>
  recordPoolWords(functions, perFunction, STRIDE) + hashIndexWords(functions * perFunction) +
  deadlinesWords(functions, PHASES)

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
   * The wire TID of the request in `slot`, whose MAD starts at byte `mad`: that of the outstanding request
   * with the same key, else a fresh one; its life starts anew. At the quota the answered request used longest
   * ago gives way. 0: the quota is used up.
   */
  readonly take: (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number) => number
  /** The same for an RMPP control packet, which asks nothing: 0 if there is no such request. */
  readonly control: (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number) => number
  /** The transaction that a response of that QP and class belongs to; changes nothing. */
  readonly find: (record: number, qp: number, mgmtClass: number, now: number) => number
  /** The function that asked. */
  readonly functionOf: (record: number) => number
  /**
   * A response: writes the guest TID into the MAD at byte `mad`; the transaction is answered, its life starts
   * anew.
   */
  readonly restore: (record: number, mad: number, now: number) => void
  /** Collects up to `most` transactions of function `f` that are past their life. */
  readonly collect: (f: number, most: number, now: number) => void
  /** Forgets every transaction of function `f`; the wire TIDs rest. */
  readonly endFunction: (f: number) => void
  /** How many the function has, those past their life that were not collected included. */
  readonly used: (f: number) => number
}

/** No transactions yet. A factory, see engine.ts. */
export const makeTransactions = (region: SharedRegion, options: TransactionsOptions): Transactions => {
  const { functions, life, perFunction, seed, tids } = options
  const { view, words } = region
  const pool = makeRecordPool(region, functions, perFunction, STRIDE)
  const index = makeHashIndex(region, functions * perFunction, LINKS)
  const deadlines = makeDeadlines(region, functions, [life, life], DEADLINE)

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

  /**
   * At the quota: forgets one transaction past its life, else the answered one used longest ago, else none.
   */
  const giveWay = (f: number, now: number): void => {
    const due = deadlines.due(f, now)
    const record = due !== 0 ? due : deadlines.oldest(f, ANSWERED)
    if (record !== 0) forget(f, record)
  }

  /** A fresh transaction with the key of the request in `slot`, or 0. */
  const create = (f: number, hash: number, where: number, slot: number, mad: number, now: number): number => {
    if (pool.used(f) === perFunction) giveWay(f, now)
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
    words[record + PHASE] = WAITING
    deadlines.arm(record, f, WAITING, now)
    return record
  }

  const use = (record: number, f: number, phase: number, now: number): void => {
    // Those that wait need no order among them.
    if (phase === WAITING && words[record + PHASE] === WAITING) return deadlines.touch(record, f, WAITING, now)
    words[record + PHASE] = phase
    deadlines.arm(record, f, phase, now)
  }

  /** The living transaction with the key of the MAD in `slot`, or 0; `hash` is that of the key. */
  const seek = (
    hash: number, f: number, who: number, where: number, slot: number, mad: number, now: number
  ): number => {
    const high = view.getInt32(mad + TID_BYTE)
    const low = view.getInt32(mad + TID_BYTE + 4)
    let record = index.first(hash)
    for (; record !== 0; record = index.next(record)) {
      const same = words[record + TID_LOW] === low && words[record + TID_HIGH] === high &&
        words[record + WHO] === who && words[record + WHERE] === where
      if (same && ((where & GRH_BIT) === 0 || sameDgid(record, slot))) break
    }
    if (record === 0 || !deadlines.isDue(record, now)) return record
    forget(f, record)
    return 0
  }
  const whereOf = (slot: number, qp: number): number =>
    whereWord(remoteQpnOf(words, slot), qp) | (hasGrh(words, slot) ? GRH_BIT : 0)
  const hashOf = (who: number, where: number, slot: number, mad: number): number => {
    const hash = hashWord(hashWord(hashWord(hashWord(seed, who), where), view.getInt32(mad + TID_BYTE)),
      view.getInt32(mad + TID_BYTE + 4))
    return hashEnd((where & GRH_BIT) === 0 ? hash : hashDgid(hash, slot))
  }

  const take = (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): number => {
    const who = whoWord(f, mgmtClass, lidOf(words, slot))
    const where = whereOf(slot, qp)
    const hash = hashOf(who, where, slot, mad)
    let record = seek(hash, f, who, where, slot, mad, now)
    if (record !== 0) use(record, f, WAITING, now)
    else record = create(f, hash, where, slot, mad, now)
    return record === 0 ? 0 : words[record + WIRE_TID]!
  }
  const control = (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): number => {
    const who = whoWord(f, mgmtClass, lidOf(words, slot))
    const where = whereOf(slot, qp)
    const record = seek(hashOf(who, where, slot, mad), f, who, where, slot, mad, now)
    if (record === 0) return 0
    use(record, f, words[record + PHASE]!, now)
    return words[record + WIRE_TID]!
  }

  const find = (record: number, qp: number, mgmtClass: number, now: number): number => {
    const sameClass = ((words[record + WHO]! >>> 8) & 0xff) === mgmtClass
    const sameQp = ((words[record + WHERE]! >>> 24) & 1) === qp
    return sameClass && sameQp && !deadlines.isDue(record, now) ? record : 0
  }
  const restore = (record: number, mad: number, now: number): void => {
    view.setInt32(mad + TID_BYTE, words[record + TID_HIGH]!)
    view.setInt32(mad + TID_BYTE + 4, words[record + TID_LOW]!)
    use(record, functionOf(record), ANSWERED, now)
  }

  const endFunction = (f: number): void => {
    for (let i = 0; i < pool.touched(f); i++) {
      const record = pool.record(f, i)
      if (words[record + WIRE_TID] !== 0) forget(f, record)
    }
  }
  return { take, control, find, functionOf, restore, collect, endFunction, used: pool.used }
}
