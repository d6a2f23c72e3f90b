/**
 * CM exchanges (spec/cm.md): the ways to find them, their wire ids and their lives. What a message means is in
 * cm-egress.ts and cm-ingress.ts.
 */
import type { SharedRegion } from "../ring/memory.ts"
import { type CmLives, LIFE_LINGERING } from "./cm-lives.ts"
import {
  ACTIVE, CA_HIGH, CA_LINKS, CA_LOW, CmRecords, DEADLINE, FLAGS, GUEST, GUEST_LINKS, HAS_GUEST, HAS_PEER, IN_USE,
  LIFE, LINGERING, OPEN, PEER, PEER_LINKS, QPN, SERIAL, SIDR, STRIDE, TID_KIND_WORDS, TID_KINDS, TIDS, WIRE
} from "./cm-record.ts"
import { hashEnd, HashIndex, hashIndexWords, hashWord } from "./hash-index.ts"
import { RecordPool, recordPoolWords } from "./record-pool.ts"
import { OWNER_EXCHANGE } from "./tid-owner.ts"
import { Deadlines, deadlinesWords } from "./timers.ts"
import type { WireIds } from "./wire-ids.ts"

/** The index of passive exchanges by peer is told apart from other keys by these words. */
const KEY_CM = 1
const KEY_SIDR = 2

/** Words that the exchanges take from a region. */
export const cmTableWords = (functions: number, perFunction: number, lives: number): number =>
  recordPoolWords(functions, perFunction, STRIDE) + 3 * hashIndexWords(functions * perFunction) +
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
export class CmTable extends CmRecords {
  readonly functions: number
  readonly lives: CmLives
  readonly #pool: RecordPool
  /** By function and guest id; by function, peer's CA GUID and id; by function and peer's id (passive ones). */
  readonly #byGuest: HashIndex
  readonly #byCa: HashIndex
  readonly #byPeer: HashIndex
  readonly #deadlines: Deadlines
  readonly #tids: WireIds
  readonly #commIds: WireIds
  readonly #sidrIds: WireIds
  readonly #seed: number
  #serial = 0

  constructor(region: SharedRegion, options: CmTableOptions) {
    super(region)
    const { functions, perFunction, lives } = options
    this.functions = functions
    this.lives = lives
    this.#pool = new RecordPool(region, functions, perFunction, STRIDE)
    this.#byGuest = new HashIndex(region, functions * perFunction, GUEST_LINKS)
    this.#byCa = new HashIndex(region, functions * perFunction, CA_LINKS)
    this.#byPeer = new HashIndex(region, functions * perFunction, PEER_LINKS)
    this.#deadlines = new Deadlines(region, functions, lives.livesMs, DEADLINE)
    this.#tids = options.tids
    this.#commIds = options.commIds
    this.#sidrIds = options.sidrIds
    this.#seed = options.seed
  }

  // Finding exchanges: each look-up gives living ones only, and is walked with its `next`.

  /** The first exchange of function `f` with this guest id. */
  firstOfGuest(f: number, guestId: number, sidr: boolean, now: number): number {
    return this.#guestFrom(this.#byGuest.first(this.#guestHash(f, guestId, sidr)), f, guestId, sidr, now)
  }
  nextOfGuest(exchange: number, now: number): number {
    const sidr = this.is(exchange, SIDR)
    return this.#guestFrom(this.#byGuest.next(exchange), this.functionOf(exchange), this.guestId(exchange), sidr, now)
  }
  /** The first passive exchange of function `f` whose peer has this id. */
  firstOfPeer(f: number, peerId: number, sidr: boolean, now: number): number {
    return this.#peerFrom(this.#byPeer.first(this.#peerHash(f, peerId, sidr)), f, peerId, sidr, now)
  }
  nextOfPeer(exchange: number, now: number): number {
    const sidr = this.is(exchange, SIDR)
    return this.#peerFrom(this.#byPeer.next(exchange), this.functionOf(exchange), this.peerId(exchange), sidr, now)
  }
  /** The passive exchange of function `f` with this CA GUID and id of the peer. */
  ofCa(f: number, caHigh: number, caLow: number, peerId: number, now: number): number {
    const words = this.words
    let best = 0
    let exchange = this.#byCa.first(this.#caHash(f, caHigh, caLow, peerId))
    for (; exchange !== 0; exchange = this.#byCa.next(exchange)) {
      const same = words[exchange + PEER] === peerId && words[exchange + CA_LOW] === caLow &&
        words[exchange + CA_HIGH] === caHigh && this.functionOf(exchange) === f
      if (same && !this.#deadlines.isDue(exchange, now)) best = this.better(best, exchange)
    }
    return best
  }
  /** The exchange with this id on the wire. */
  ofWire(wireId: number, sidr: boolean, now: number): number {
    const exchange = (sidr ? this.#sidrIds : this.#commIds).owner(wireId)
    return exchange !== 0 && !this.#deadlines.isDue(exchange, now) ? exchange : 0
  }

  // Changing an exchange.

  /** True if function `f` may have one more exchange. */
  hasRoom(f: number, now: number): boolean {
    if (this.#pool.used(f) === this.#pool.perFunction) this.collect(f, 1, now)
    return this.#pool.used(f) < this.#pool.perFunction
  }

  /** A new opening exchange of function `f`, which has room: `flags` are ACTIVE and SIDR. It lives `life`. */
  create(f: number, flags: number, life: number, now: number): number {
    const exchange = this.#pool.take(f)
    const words = this.words
    for (let i = FLAGS; i < STRIDE; i++) words[exchange + i] = 0
    words[exchange + FLAGS] = f | IN_USE | flags
    words[exchange + QPN] = -1
    words[exchange + SERIAL] = this.#serial = (this.#serial + 1) | 0
    this.#deadlines.clear(exchange)
    this.setLife(exchange, life)
    this.rearmOpening(exchange, now)
    return exchange
  }

  /**
   * Gives the exchange the function's own id and a fresh wire id, which is never that id. False: no wire id is
   * free and rested; nothing happened.
   */
  bind(exchange: number, guestId: number, now: number): boolean {
    const sidr = this.is(exchange, SIDR)
    const ids = sidr ? this.#sidrIds : this.#commIds
    const first = ids.take(exchange, now)
    const wire = first === guestId && first !== 0 ? ids.take(exchange, now) : first
    if (wire !== first) ids.release(first)
    if (wire === 0) return false
    const words = this.words
    words[exchange + GUEST] = guestId
    words[exchange + WIRE] = wire
    words[exchange + FLAGS]! |= HAS_GUEST
    this.#byGuest.insert(exchange, this.#guestHash(this.functionOf(exchange), guestId, sidr))
    return true
  }

  /** Says who the peer of a passive exchange is, once, so that it is found by that. */
  setAsker(exchange: number, caHigh: number, caLow: number, peerId: number): void {
    this.setPeer(exchange, caHigh, caLow, peerId)
    const f = this.functionOf(exchange)
    const sidr = this.is(exchange, SIDR)
    if (!sidr) this.#byCa.insert(exchange, this.#caHash(f, caHigh, caLow, peerId))
    this.#byPeer.insert(exchange, this.#peerHash(f, peerId, sidr))
  }

  /** The life of an opening exchange starts anew; in other phases it does nothing. */
  rearmOpening(exchange: number, now: number): void {
    if (!this.isOpening(exchange)) return
    this.#deadlines.arm(exchange, this.functionOf(exchange), this.words[exchange + LIFE]!, now)
  }

  /** A REP passed: an opening exchange is open and has no deadline. */
  open(exchange: number): void {
    if (!this.isOpening(exchange)) return
    this.words[exchange + FLAGS]! |= OPEN
    this.#deadlines.cancel(exchange)
  }

  /** A DREQ, DREP, REJ or SIDR_REP passed: the exchange lingers, from now. */
  linger(exchange: number, now: number): void {
    this.words[exchange + FLAGS]! |= LINGERING
    this.#deadlines.arm(exchange, this.functionOf(exchange), LIFE_LINGERING, now)
  }

  // TIDs of an exchange.

  /** The wire TID for a message of this kind: kept for the same guest TID, else a fresh one. 0: none is free. */
  takeTid(exchange: number, kind: number, high: number, low: number, now: number): number {
    const words = this.words
    const at = exchange + TIDS + kind * TID_KIND_WORDS
    if (this.hasGuestTid(exchange, kind, high, low)) return words[at + 2]!
    const tid = this.#tids.take(exchange | OWNER_EXCHANGE, now)
    if (tid === 0) return 0
    this.#tids.release(words[at + 2]!)
    words[at] = high
    words[at + 1] = low
    words[at + 2] = tid
    return tid
  }

  // Ending exchanges.

  /** Forgets an exchange; its ids rest. */
  forget(exchange: number): void {
    const words = this.words
    const flags = words[exchange + FLAGS]!
    if ((flags & HAS_GUEST) !== 0) this.#byGuest.remove(exchange)
    if ((flags & (ACTIVE | HAS_PEER)) === HAS_PEER) {
      this.#byPeer.remove(exchange)
      if ((flags & SIDR) === 0) this.#byCa.remove(exchange)
    }
    this.#deadlines.cancel(exchange)
    const ids = (flags & SIDR) !== 0 ? this.#sidrIds : this.#commIds
    ids.release(words[exchange + WIRE]!)
    for (let kind = 0; kind < TID_KINDS; kind++) {
      this.#tids.release(words[exchange + TIDS + kind * TID_KIND_WORDS + 2]!)
    }
    words[exchange + FLAGS] = 0
    this.#pool.give(flags & 0xff, exchange)
  }

  /** Collects up to `most` exchanges of function `f` that are past their life. */
  collect(f: number, most: number, now: number): void {
    for (let i = 0; i < most; i++) {
      const exchange = this.#deadlines.due(f, now)
      if (exchange === 0) return
      this.forget(exchange)
    }
  }

  /** Forgets every exchange of function `f`. */
  endFunction(f: number): void {
    for (let i = 0; i < this.#pool.touched(f); i++) {
      const exchange = this.#pool.record(f, i)
      if (this.is(exchange, IN_USE)) this.forget(exchange)
    }
  }

  #guestFrom(from: number, f: number, guestId: number, sidr: boolean, now: number): number {
    let exchange = from
    for (; exchange !== 0; exchange = this.#byGuest.next(exchange)) {
      const same = this.words[exchange + GUEST] === guestId && this.#isOf(exchange, f, sidr)
      if (same && !this.#deadlines.isDue(exchange, now)) return exchange
    }
    return 0
  }
  #peerFrom(from: number, f: number, peerId: number, sidr: boolean, now: number): number {
    let exchange = from
    for (; exchange !== 0; exchange = this.#byPeer.next(exchange)) {
      const same = this.words[exchange + PEER] === peerId && this.#isOf(exchange, f, sidr)
      if (same && !this.#deadlines.isDue(exchange, now)) return exchange
    }
    return 0
  }
  #isOf(exchange: number, f: number, sidr: boolean): boolean {
    return (this.words[exchange + FLAGS]! & (0xff | SIDR)) === (f | (sidr ? SIDR : 0))
  }

  #guestHash(f: number, guestId: number, sidr: boolean): number {
    return hashEnd(hashWord(hashWord(this.#seed, f | ((sidr ? KEY_SIDR : KEY_CM) << 8)), guestId))
  }
  #peerHash(f: number, peerId: number, sidr: boolean): number {
    return this.#guestHash(f, peerId, sidr)
  }
  #caHash(f: number, caHigh: number, caLow: number, peerId: number): number {
    return hashEnd(hashWord(hashWord(hashWord(hashWord(this.#seed, f), caHigh), caLow), peerId))
  }
}
