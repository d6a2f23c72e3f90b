/** Requests from the wire that were delivered, so that their function may answer them (spec/tid.md). */
import type { SharedRegion } from "../ring/memory.ts"
import { DEADLINE_LINK_WORDS, deadlinesWords, type Life, makeDeadlines } from "./timers.ts"
import * as hashIndex from "./hash-index.ts"
import { makeRecordPool, recordPoolWords } from "./record-pool.ts"
import * as slots from "./slots.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { HASH_LINK_WORDS, hashEnd, hashIndexWords, hashWord, makeHashIndex } = hashIndex
const { lidOf, remoteQpnOf, TID_BYTE, whereWord, whoWord } = slots

const LINKS = 0
const WHO = LINKS + HASH_LINK_WORDS
const WHERE = WHO + 1
const TID_HIGH = WHERE + 1
const TID_LOW = TID_HIGH + 1
const DEADLINE = TID_LOW + 1
/**
 * WAITING or ANSWERED, the number of its life: each list of deadlines is in the order of last use. FREE: no
 * request.
 */
const PHASE = DEADLINE + DEADLINE_LINK_WORDS
const STRIDE = 12
const WAITING = 0
const ANSWERED = 1
const PHASES = 2
const FREE = -1

/** Words that the memory of requests takes from a region. */
export const inboundWords = (functions: number, perFunction: number): number =>
  recordPoolWords(functions, perFunction, STRIDE) + hashIndexWords(functions * perFunction) +
  deadlinesWords(functions, PHASES)

/** What the memory of requests is made from. */
export interface InboundOptions {
  readonly functions: number
  readonly perFunction: number
  /** Life after the last use. */
  readonly life: Life
  readonly seed: number
}

/** Delivered requests by function, QP, class, LID and QPN of the asker, and TID. 0 is no request. */
export interface Inbound {
  /**
   * The remembered request of function `f` with the address and TID of the MAD in `slot`: the one it repeats
   * or controls (from the wire) or answers (to the wire). 0: there is none.
   */
  readonly find: (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number) => number
  /** The same among all functions; 0 also when several remember such a request. */
  readonly findOnly: (qp: number, mgmtClass: number, slot: number, mad: number, now: number) => number
  /** The function that the request was delivered to. */
  readonly functionOf: (record: number) => number
  /**
   * True if function `f` may have one more request. At the quota one gives way: the answered one used longest
   * ago, else the one used longest ago.
   */
  readonly hasRoom: (f: number, now: number) => boolean
  /** Remembers the request in `slot` as delivered to function `f`, which has room and none like it. */
  readonly remember: (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number) => void
  /** A request was delivered again: it waits for an answer. */
  readonly repeat: (record: number, now: number) => void
  /** The function answered a request. */
  readonly answer: (record: number, now: number) => void
  /** An RMPP control packet of a request was delivered. */
  readonly control: (record: number, now: number) => void
  /** Collects up to `most` requests of function `f` that are past their life. */
  readonly collect: (f: number, most: number, now: number) => void
  /** Forgets every request of function `f`. */
  readonly endFunction: (f: number) => void
  /** How many the function has, those past their life that were not collected included. */
  readonly used: (f: number) => number
}

/** Nothing is remembered yet. A factory, see engine.ts. */
export const makeInbound = (region: SharedRegion, options: InboundOptions): Inbound => {
  const { functions, life, perFunction, seed } = options
  const { view, words } = region
  const pool = makeRecordPool(region, functions, perFunction, STRIDE)
  const index = makeHashIndex(region, functions * perFunction, LINKS)
  const deadlines = makeDeadlines(region, functions, [life, life], DEADLINE)

  const functionOf = (record: number): number => words[record + WHO]! & 0xff
  const hashOf = (who: number, where: number, high: number, low: number): number =>
    hashEnd(hashWord(hashWord(hashWord(hashWord(seed, who), where), high), low))

  const forget = (f: number, record: number): void => {
    index.remove(record)
    deadlines.cancel(record)
    words[record + PHASE] = FREE
    pool.give(f, record)
  }
  const collect = (f: number, most: number, now: number): void => {
    for (let i = 0; i < most; i++) {
      const record = deadlines.due(f, now)
      if (record === 0) return
      forget(f, record)
    }
  }

  /**
   * The next living record after `from` (0: from the start) with the address and TID of the MAD in `slot`.
   */
  const seek = (from: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): number => {
    const who = whoWord(0, mgmtClass, lidOf(words, slot))
    const where = whereWord(remoteQpnOf(words, slot), qp)
    const high = view.getInt32(mad + TID_BYTE)
    const low = view.getInt32(mad + TID_BYTE + 4)
    let record = from === 0 ? index.first(hashOf(who, where, high, low)) : index.next(from)
    for (; record !== 0; record = index.next(record)) {
      const same = words[record + TID_LOW] === low && words[record + TID_HIGH] === high &&
        (words[record + WHO]! & ~0xff) === who && words[record + WHERE] === where
      if (same && !deadlines.isDue(record, now)) return record
    }
    return 0
  }
  const find = (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): number => {
    let record = seek(0, qp, mgmtClass, slot, mad, now)
    while (record !== 0 && functionOf(record) !== f) record = seek(record, qp, mgmtClass, slot, mad, now)
    return record
  }
  const findOnly = (qp: number, mgmtClass: number, slot: number, mad: number, now: number): number => {
    const record = seek(0, qp, mgmtClass, slot, mad, now)
    return record === 0 || seek(record, qp, mgmtClass, slot, mad, now) !== 0 ? 0 : record
  }

  const hasRoom = (f: number, now: number): boolean => {
    if (pool.used(f) < perFunction) return true
    const due = deadlines.due(f, now)
    const answered = due !== 0 ? due : deadlines.oldest(f, ANSWERED)
    const record = answered !== 0 ? answered : deadlines.oldest(f, WAITING)
    if (record === 0) return false
    forget(f, record)
    return true
  }
  const remember = (f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): void => {
    const record = pool.take(f)
    if (record === 0) return
    const who = whoWord(0, mgmtClass, lidOf(words, slot))
    const where = whereWord(remoteQpnOf(words, slot), qp)
    const high = view.getInt32(mad + TID_BYTE)
    const low = view.getInt32(mad + TID_BYTE + 4)
    words[record + WHO] = who | f
    words[record + WHERE] = where
    words[record + TID_HIGH] = high
    words[record + TID_LOW] = low
    words[record + PHASE] = WAITING
    index.insert(record, hashOf(who, where, high, low))
    deadlines.clear(record)
    deadlines.arm(record, f, WAITING, now)
  }
  const use = (record: number, phase: number, now: number): void => {
    words[record + PHASE] = phase
    deadlines.arm(record, functionOf(record), phase, now)
  }
  const repeat = (record: number, now: number): void => use(record, WAITING, now)
  const answer = (record: number, now: number): void => use(record, ANSWERED, now)
  const control = (record: number, now: number): void => use(record, words[record + PHASE]!, now)

  const endFunction = (f: number): void => {
    for (let i = 0; i < pool.touched(f); i++) {
      const record = pool.record(f, i)
      if (words[record + PHASE] !== FREE) forget(f, record)
    }
  }
  return {
    find, findOnly, functionOf, hasRoom, remember, repeat, answer, control, collect, endFunction, used: pool.used
  }
}
