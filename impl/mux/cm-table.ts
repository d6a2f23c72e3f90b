/**
 * CM exchanges (spec/cm.md): their beginning, wire ids, lives and end. What a message means is in cm-egress.ts and
 * cm-ingress.ts.
 */
import type { SharedRegion } from "../ring/memory.ts"
import { type CmAddresses, makeCmAddresses } from "./cm-address.ts"
import { type CmIndex, cmIndexWords, makeCmIndex } from "./cm-index.ts"
import type { CmLives } from "./cm-lives.ts"
import { CM_RECORD, type CmRecords, makeCmRecords } from "./cm-record.ts"
import { fifosWords, makeFifos } from "./fifo.ts"
import { makeRecordPool, recordPoolWords } from "./record-pool.ts"
import * as tidOwner from "./tid-owner.ts"
import { deadlinesWords, makeDeadlines } from "./timers.ts"
import type { WireIds } from "./wire-ids.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const {
  ACTIVE, DEADLINE, ESTABLISHED, FLAGS, GUEST, HALF_OPEN_LINKS, HAS_GUEST, HAS_PEER, IN_USE, LINGERING, OPEN, QPN,
  RETRY, SERIAL, SIDR, STRIDE, TID_KIND_WORDS, TID_KINDS, TIDS, WIRE
} = CM_RECORD
const { OWNER_EXCHANGE } = tidOwner

/** Words that the exchanges take from a region. */
export const cmTableWords = (functions: number, perFunction: number, lives: number): number =>
  recordPoolWords(functions, perFunction, STRIDE) + cmIndexWords(functions * perFunction) +
  deadlinesWords(functions, lives) + fifosWords(functions)

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
export interface CmTable extends CmRecords, CmAddresses, Omit<CmIndex, "addGuest" | "addAsker" | "removeGuest" | "removeAsker"> {
  readonly functions: number
  readonly lives: CmLives
  /** The exchange with this id on the wire. */
  readonly ofWire: (wireId: number, sidr: boolean, now: number) => number
  /**
   * Makes room for one more exchange of function `f`: when it is full, its half-open exchange whose REP passed first
   * is forgotten. False: it has none.
   */
  readonly makeRoom: (f: number, now: number) => boolean
  /** A new exchange of function `f`, which has room: `flags` are ACTIVE and SIDR. It has no deadline until `ask`. */
  readonly create: (f: number, flags: number) => number
  /**
   * Gives the exchange the function's own id and a fresh wire id, which is never that id. False: no wire id is
   * free and rested; nothing happened.
   */
  readonly bind: (exchange: number, guestId: number, now: number) => boolean
  /** Says who the peer of a passive exchange is, once, so that it is found by that. */
  readonly setAsker: (exchange: number, caHigh: number, caLow: number, peerId: number) => void
  /** The request of an opening exchange passed, which may be repeated for `retryMs`: its life starts anew. */
  readonly ask: (exchange: number, retryMs: number, now: number) => void
  /** The life of an opening exchange starts anew, an MRA's time longer, and ends no sooner; else it does nothing. */
  readonly rearmOpening: (exchange: number, serviceMs: number, now: number) => void
  /** A REP passed: an opening exchange is half-open, has no deadline, and is the newest. */
  readonly open: (exchange: number) => void
  /** An RTU, LAP or APR passed: a half-open exchange is established. */
  readonly establish: (exchange: number) => void
  /** A DREQ, DREP, REJ or SIDR_REP passed: the exchange lingers, from now. */
  readonly linger: (exchange: number, now: number) => void
  /**
   * A REJ with these ids on the wire passed: the exchange lingers, unless it is open and the local id is 0, or
   * established and the remote id is 0.
   */
  readonly reject: (exchange: number, localId: number, remoteId: number, now: number) => void
  /** The wire TID for a message of this kind: kept for the same guest TID, else a fresh one. 0: none is free. */
  readonly takeTid: (exchange: number, kind: number, high: number, low: number, now: number) => number
  /** Forgets an exchange; its ids rest. */
  readonly forget: (exchange: number) => void
  /** Collects up to `most` exchanges of function `f` that are past their life. */
  readonly collect: (f: number, most: number, now: number) => void
  /** Forgets every exchange of function `f`. */
  readonly endFunction: (f: number) => void
  /** How many the function has, those past their life that were not collected included. */
  readonly used: (f: number) => number
}

/** No exchanges yet. A factory, see engine.ts. */
export const makeCmTable = (region: SharedRegion, options: CmTableOptions): CmTable => {
  const { commIds, functions, lives, perFunction, seed, sidrIds, tids } = options
  const { words } = region
  const records = makeCmRecords(region)
  const { functionOf, hasGuestTid, is, isOpen, isOpening, setPeer } = records
  const pool = makeRecordPool(region, functions, perFunction, STRIDE)
  const addresses = makeCmAddresses(region, seed)
  const halfOpen = makeFifos(region, functions, HALF_OPEN_LINKS)
  const deadlines = makeDeadlines(region, functions, lives.livesMs.map((ms) => ({ ms, slackMs: 0 })), DEADLINE)
  const index = makeCmIndex(region, functions * perFunction, records, deadlines, seed)
  let serial = 0

  const ofWire = (wireId: number, sidr: boolean, now: number): number => {
    const exchange = sidr ? sidrIds.owner(wireId) : commIds.owner(wireId)
    return exchange !== 0 && !deadlines.isDue(exchange, now) ? exchange : 0
  }

  const renew = (exchange: number): void => {
    serial = (serial + 1) | 0
    words[exchange + SERIAL] = serial
  }
  const rearmOpening = (exchange: number, serviceMs: number, now: number): void => {
    if (!isOpening(exchange)) return
    deadlines.extend(exchange, functionOf(exchange), lives.opening(words[exchange + RETRY]!, serviceMs), now)
  }
  const ask = (exchange: number, retryMs: number, now: number): void => {
    if (!isOpening(exchange)) return
    words[exchange + RETRY] = retryMs
    rearmOpening(exchange, 0, now)
  }
  const open = (exchange: number): void => {
    if (!isOpening(exchange)) return
    words[exchange + FLAGS]! |= OPEN
    deadlines.cancel(exchange)
    halfOpen.append(functionOf(exchange), exchange)
    renew(exchange)
  }
  const establish = (exchange: number): void => {
    if (!isOpen(exchange)) return
    words[exchange + FLAGS]! |= ESTABLISHED
    halfOpen.remove(exchange)
  }
  const linger = (exchange: number, now: number): void => {
    words[exchange + FLAGS]! |= LINGERING
    halfOpen.remove(exchange)
    deadlines.arm(exchange, functionOf(exchange), lives.lingering(words[exchange + RETRY]!), now)
  }
  const reject = (exchange: number, localId: number, remoteId: number, now: number): void => {
    const outlives = isOpen(exchange) && (localId === 0 || (remoteId === 0 && is(exchange, ESTABLISHED)))
    if (!outlives) linger(exchange, now)
  }

  const forget = (exchange: number): void => {
    const flags = words[exchange + FLAGS]!
    if ((flags & HAS_GUEST) !== 0) index.removeGuest(exchange)
    if ((flags & (ACTIVE | HAS_PEER)) === HAS_PEER) index.removeAsker(exchange)
    deadlines.cancel(exchange)
    halfOpen.remove(exchange)
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

  const makeRoom = (f: number, now: number): boolean => {
    if (pool.used(f) === perFunction) collect(f, 1, now)
    if (pool.used(f) < perFunction) return true
    const oldest = halfOpen.first(f)
    if (oldest === 0) return false
    forget(oldest)
    return true
  }
  const create = (f: number, flags: number): number => {
    const exchange = pool.take(f)
    for (let i = FLAGS; i < STRIDE; i++) words[exchange + i] = 0
    words[exchange + FLAGS] = f | IN_USE | flags
    words[exchange + QPN] = -1
    renew(exchange)
    return exchange
  }
  const bind = (exchange: number, guestId: number, now: number): boolean => {
    const ids = is(exchange, SIDR) ? sidrIds : commIds
    const first = ids.take(exchange, now)
    const wire = first === guestId ? ids.take(exchange, now) : first
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
    ...records, ...addresses, firstOfGuest, nextOfGuest, firstOfPeer, nextOfPeer, ofCa, functions, lives, ofWire,
    makeRoom, create, bind, setAsker, ask, rearmOpening, open, establish, linger, reject, takeTid, forget, collect, endFunction,
    used: pool.used
  }
}
