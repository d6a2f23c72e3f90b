/**
 * CM exchanges (spec/cm.md): their beginning, wire ids, lives and end. What a message means is in cm-egress.ts and
 * cm-ingress.ts.
 */
import type { SharedRegion } from "../ring/memory.ts"
import { type CmIndex, cmIndexWords, makeCmIndex } from "./cm-index.ts"
import { type CmLives, LIFE_LINGERING } from "./cm-lives.ts"
import { CM_RECORD, type CmRecords, makeCmRecords } from "./cm-record.ts"
import { makeRecordPool, recordPoolWords } from "./record-pool.ts"
import * as tidOwner from "./tid-owner.ts"
import { deadlinesWords, makeDeadlines } from "./timers.ts"
import type { WireIds } from "./wire-ids.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const {
  ACTIVE, DEADLINE, FLAGS, GUEST, HAS_GUEST, HAS_PEER, IN_USE, LIFE, LINGERING, OPEN, QPN, SERIAL, SIDR,
  STRIDE, TID_KIND_WORDS, TID_KINDS, TIDS, WIRE
} = CM_RECORD
const { OWNER_EXCHANGE } = tidOwner

/** Words that the exchanges take from a region. */
export const cmTableWords = (functions: number, perFunction: number, lives: number): number =>
  recordPoolWords(functions, perFunction, STRIDE) + cmIndexWords(functions * perFunction) +
  deadlinesWords(functions, lives)

/** What the table of exchanges is made from. */
export interface CmTableOptions {
  readonly functions: number
  readonly perFunction: number
  readonly lives: CmLives
  readonly tids: WireIds
  readonly commIds: WireIds
  readonly sidrIds: WireIds
  readonly seed: number
}

/** The exchanges of all functions. An exchange is named by the word offset of its record; 0 is none. */
export interface CmTable extends CmRecords, Omit<CmIndex, "addGuest" | "addAsker" | "removeGuest" | "removeAsker"> {
  readonly functions: number
  readonly lives: CmLives
  /** The exchange with this id on the wire. */
  readonly ofWire: (wireId: number, sidr: boolean, now: number) => number
  /** True if function `f` may have one more exchange. */
  readonly hasRoom: (f: number, now: number) => boolean
  /** A new opening exchange of function `f`, which has room: `flags` are ACTIVE and SIDR. It lives `life`. */
  readonly create: (f: number, flags: number, life: number, now: number) => number
  /**
   * Gives the exchange the function's own id and a fresh wire id, which is never that id. False: no wire id is
   * free and rested; nothing happened.
   */
  readonly bind: (exchange: number, guestId: number, now: number) => boolean
  /** Says who the peer of a passive exchange is, once, so that it is found by that. */
  readonly setAsker: (exchange: number, caHigh: number, caLow: number, peerId: number) => void
  /** The life of an opening exchange starts anew; in other phases it does nothing. */
  readonly rearmOpening: (exchange: number, now: number) => void
  /** A REP passed: an opening exchange is open and has no deadline. */
  readonly open: (exchange: number) => void
  /** A DREQ, DREP, REJ or SIDR_REP passed: the exchange lingers, from now. */
  readonly linger: (exchange: number, now: number) => void
  /** The wire TID for a message of this kind: kept for the same guest TID, else a fresh one. 0: none is free. */
  readonly takeTid: (exchange: number, kind: number, high: number, low: number, now: number) => number
  /** Forgets an exchange; its ids rest. */
  readonly forget: (exchange: number) => void
  /** Collects up to `most` exchanges of function `f` that are past their life. */
  readonly collect: (f: number, most: number, now: number) => void
  /** Forgets every exchange of function `f`. */
  readonly endFunction: (f: number) => void
}

/** No exchanges yet. A factory, see engine.ts. */
export const makeCmTable = (region: SharedRegion, options: CmTableOptions): CmTable => {
  const { commIds, functions, lives, perFunction, seed, sidrIds, tids } = options
  const { words } = region
  const records = makeCmRecords(region)
  const { functionOf, hasGuestTid, is, isOpening, setLife, setPeer } = records
  const pool = makeRecordPool(region, functions, perFunction, STRIDE)
  const deadlines = makeDeadlines(region, functions, lives.livesMs.map((ms) => ({ ms, slackMs: 0 })), DEADLINE)
  const index = makeCmIndex(region, functions * perFunction, records, deadlines, seed)
  let serial = 0

  const ofWire = (wireId: number, sidr: boolean, now: number): number => {
    const exchange = sidr ? sidrIds.owner(wireId) : commIds.owner(wireId)
    return exchange !== 0 && !deadlines.isDue(exchange, now) ? exchange : 0
  }

  const rearmOpening = (exchange: number, now: number): void => {
    if (isOpening(exchange)) deadlines.arm(exchange, functionOf(exchange), words[exchange + LIFE]!, now)
  }
  const open = (exchange: number): void => {
    if (!isOpening(exchange)) return
    words[exchange + FLAGS]! |= OPEN
    deadlines.cancel(exchange)
  }
  const linger = (exchange: number, now: number): void => {
    words[exchange + FLAGS]! |= LINGERING
    deadlines.arm(exchange, functionOf(exchange), LIFE_LINGERING, now)
  }

  const forget = (exchange: number): void => {
    const flags = words[exchange + FLAGS]!
    if ((flags & HAS_GUEST) !== 0) index.removeGuest(exchange)
    if ((flags & (ACTIVE | HAS_PEER)) === HAS_PEER) index.removeAsker(exchange)
    deadlines.cancel(exchange)
    const ids = (flags & SIDR) !== 0 ? sidrIds : commIds
    ids.release(words[exchange + WIRE]!)
    for (let kind = 0; kind < TID_KINDS; kind++) {
      tids.release(words[exchange + TIDS + kind * TID_KIND_WORDS + 2]!)
    }
    words[exchange + FLAGS] = 0
    pool.give(flags & 0xff, exchange)
  }
  const collect = (f: number, most: number, now: number): void => {
    for (let i = 0; i < most; i++) {
      const exchange = deadlines.due(f, now)
      if (exchange === 0) return
      forget(exchange)
    }
  }
  const endFunction = (f: number): void => {
    for (let i = 0; i < pool.touched(f); i++) {
      const exchange = pool.record(f, i)
      if (is(exchange, IN_USE)) forget(exchange)
    }
  }

  const hasRoom = (f: number, now: number): boolean => {
    if (pool.used(f) === perFunction) collect(f, 1, now)
    return pool.used(f) < perFunction
  }
  const create = (f: number, flags: number, life: number, now: number): number => {
    const exchange = pool.take(f)
    for (let i = FLAGS; i < STRIDE; i++) words[exchange + i] = 0
    serial = (serial + 1) | 0
    words[exchange + FLAGS] = f | IN_USE | flags
    words[exchange + QPN] = -1
    words[exchange + SERIAL] = serial
    deadlines.clear(exchange)
    setLife(exchange, life)
    rearmOpening(exchange, now)
    return exchange
  }
  const bind = (exchange: number, guestId: number, now: number): boolean => {
    const ids = is(exchange, SIDR) ? sidrIds : commIds
    const first = ids.take(exchange, now)
    const wire = first === guestId && first !== 0 ? ids.take(exchange, now) : first
    if (wire !== first) ids.release(first)
    if (wire === 0) return false
    words[exchange + GUEST] = guestId
    words[exchange + WIRE] = wire
    words[exchange + FLAGS]! |= HAS_GUEST
    index.addGuest(exchange)
    return true
  }
  const setAsker = (exchange: number, caHigh: number, caLow: number, peerId: number): void => {
    setPeer(exchange, caHigh, caLow, peerId)
    index.addAsker(exchange)
  }

  const takeTid = (exchange: number, kind: number, high: number, low: number, now: number): number => {
    const at = exchange + TIDS + kind * TID_KIND_WORDS
    if (hasGuestTid(exchange, kind, high, low)) return words[at + 2]!
    const tid = tids.take(exchange | OWNER_EXCHANGE, now)
    if (tid === 0) return 0
    tids.release(words[at + 2]!)
    words[at] = high
    words[at + 1] = low
    words[at + 2] = tid
    return tid
  }

  const { firstOfGuest, firstOfPeer, nextOfGuest, nextOfPeer, ofCa } = index
  return {
    ...records, firstOfGuest, nextOfGuest, firstOfPeer, nextOfPeer, ofCa, functions, lives, ofWire, hasRoom, create, bind,
    setAsker, rearmOpening, open, linger, takeTid, forget, collect, endFunction
  }
}
