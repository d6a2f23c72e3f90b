/**
 * Records of CM exchanges: what one holds, field by field. How they are found and how long they live is in
 * cm-table.ts.
 */
import type { SharedRegion } from "../ring/memory.ts"
import { FIFO_LINK_WORDS } from "./fifo.ts"
import { HASH_LINK_WORDS } from "./hash-index.ts"
import { DEADLINE_LINK_WORDS } from "./timers.ts"

// A record: three 64-byte lines, the first with what most messages touch, the third with what few do.
const GUEST_LINKS = 0
/** Function (bits 0..7) and the flags below. */
const FLAGS = GUEST_LINKS + HASH_LINK_WORDS
/** The function's own id, the id on the wire (0: none yet), the peer's id. */
const GUEST = FLAGS + 1
const WIRE = GUEST + 1
const PEER = WIRE + 1
const CA_HIGH = PEER + 1
const CA_LOW = CA_HIGH + 1
/** Four LIDs of the peer, 16 bits each. */
const LIDS = CA_LOW + 1
/** QPN the peer was seen from, -1 before. */
const QPN = LIDS + 2
/** For how long its last REQ may be repeated, in ms. */
const RETRY = QPN + 1
const DEADLINE = RETRY + 1
const SERIAL = DEADLINE + DEADLINE_LINK_WORDS
const CA_LINKS = SERIAL + 1
const PEER_LINKS = CA_LINKS + HASH_LINK_WORDS
/**
 * By message kind: guest TID (two words) and wire TID (0: none). A peer's REQ leaves its TID in the first
 * two.
 */
const TIDS = PEER_LINKS + HASH_LINK_WORDS
const TID_KIND_WORDS = 3
const TID_KINDS = 3
const GIDS = TIDS + TID_KIND_WORDS * TID_KINDS
/** The alternate path that the last LAP proposed: LID and GID, 0 for none. */
const PROPOSED_LID = GIDS + 4
const PROPOSED_GID = PROPOSED_LID + 1
/** In the queue of its function's half-open exchanges. */
const HALF_OPEN_LINKS = PROPOSED_GID + 1
const STRIDE = 48
if (HALF_OPEN_LINKS + FIFO_LINK_WORDS > STRIDE) throw new Error("the record of an exchange is too short")

/** Kinds of messages whose wire TID an exchange keeps. */
const TID_REQUEST = 0
const TID_LAP = 1
const TID_DREQ = 2
const PEER_TID = TIDS + TID_REQUEST * TID_KIND_WORDS

/** Flags of an exchange. */
const IN_USE = 1 << 8
/** The function asked first. */
const ACTIVE = 1 << 9
const SIDR = 1 << 10
const HAS_GUEST = 1 << 11
const HAS_PEER = 1 << 12
/** A REP passed. */
const OPEN = 1 << 13
const LINGERING = 1 << 14
/** After a REP an RTU, LAP or APR passed. */
const ESTABLISHED = 1 << 15
/** It began on the second port of the HCA. */
const SECOND_PORT = 1 << 16
const LID_COUNT_SHIFT = 20

/**
 * The layout of a record, for the files that share it: words from its first (the links of the indexes, the
 * deadline, the ids), kinds of TIDs, and flags. An object, because V8 folds a module's own constants and not
 * those that it exports or imports.
 */
export const CM_RECORD = {
  GUEST_LINKS, FLAGS, GUEST, WIRE, PEER, CA_HIGH, CA_LOW, LIDS, QPN, RETRY, DEADLINE, SERIAL, CA_LINKS, PEER_LINKS,
  TIDS, TID_KIND_WORDS, TID_KINDS, GIDS, PROPOSED_LID, PROPOSED_GID, HALF_OPEN_LINKS, STRIDE, TID_REQUEST, TID_LAP,
  TID_DREQ, IN_USE, ACTIVE, SIDR, HAS_GUEST, HAS_PEER, OPEN, LINGERING, ESTABLISHED, SECOND_PORT, LID_COUNT_SHIFT
} as const

/** The fields of exchanges. An exchange is named by the word offset of its record; 0 is none. */
export interface CmRecords {
  readonly functionOf: (exchange: number) => number
  /** True if the exchange has all of the flags. */
  readonly is: (exchange: number, flags: number) => boolean
  readonly isOpening: (exchange: number) => boolean
  /** True if it is half-open or established. */
  readonly isOpen: (exchange: number) => boolean
  readonly guestId: (exchange: number) => number
  /** 0 before the function answered. */
  readonly wireId: (exchange: number) => number
  readonly peerId: (exchange: number) => number
  /** QPN the peer was seen from, -1 before. */
  readonly qpn: (exchange: number) => number
  /** Of two exchanges that match, which is meant: one that does not linger, then the newer; 0 is none. */
  readonly better: (a: number, b: number) => number
  /** True if the peer is known by this CA GUID. */
  readonly isOfCa: (exchange: number, caHigh: number, caLow: number) => boolean
  /** Says who the peer of an active exchange is, or again who that of a passive one is. */
  readonly setPeer: (exchange: number, caHigh: number, caLow: number, peerId: number) => void
  /** The peer was seen from this QPN. */
  readonly seen: (exchange: number, qpn: number) => void
  /** A peer's REQ had this TID. */
  readonly setPeerTid: (exchange: number, high: number, low: number) => void
  /** True if the last REQ of the peer had this TID. */
  readonly hasPeerTid: (exchange: number, high: number, low: number) => boolean
  /** True if a message of this kind was sent with this guest TID. */
  readonly hasGuestTid: (exchange: number, kind: number, high: number, low: number) => boolean
  /** The wire TID that stands for a guest TID the exchange keeps, or 0. */
  readonly wireTidOf: (exchange: number, high: number, low: number) => number
  /** Writes the guest TID that the exchange keeps for wire TID `tid` to byte `at` of `view`; else nothing. */
  readonly restoreTid: (exchange: number, tid: number, view: DataView, at: number) => void
}

/** The fields of the records of a region. A factory, see engine.ts. */
export const makeCmRecords = (region: SharedRegion): CmRecords => {
  const { words } = region

  const functionOf = (exchange: number): number => words[exchange + FLAGS]! & 0xff
  const is = (exchange: number, flags: number): boolean => (words[exchange + FLAGS]! & flags) === flags

  const isOpening = (exchange: number): boolean => (words[exchange + FLAGS]! & (OPEN | LINGERING)) === 0
  const isOpen = (exchange: number): boolean => (words[exchange + FLAGS]! & (OPEN | LINGERING)) === OPEN
  const guestId = (exchange: number): number => words[exchange + GUEST]!

  const wireId = (exchange: number): number => words[exchange + WIRE]!
  const peerId = (exchange: number): number => words[exchange + PEER]!

  const qpn = (exchange: number): number => words[exchange + QPN]!

  const better = (a: number, b: number): number => {
    if (a === 0 || b === 0) return a + b
    const lingers = is(a, LINGERING)
    if (lingers !== is(b, LINGERING)) return lingers ? b : a
    return ((words[a + SERIAL]! - words[b + SERIAL]!) | 0) > 0 ? a : b
  }

  const setPeer = (exchange: number, caHigh: number, caLow: number, peerId: number): void => {
    words[exchange + PEER] = peerId
    words[exchange + CA_HIGH] = caHigh
    words[exchange + CA_LOW] = caLow
    words[exchange + FLAGS]! |= HAS_PEER
  }

  const seen = (exchange: number, qpn: number): void => {
    words[exchange + QPN] = qpn
  }

  const isOfCa = (exchange: number, caHigh: number, caLow: number): boolean =>
    words[exchange + CA_HIGH] === caHigh && words[exchange + CA_LOW] === caLow

  const setPeerTid = (exchange: number, high: number, low: number): void => {
    words[exchange + PEER_TID] = high
    words[exchange + PEER_TID + 1] = low
  }
  const hasPeerTid = (exchange: number, high: number, low: number): boolean =>
    words[exchange + PEER_TID] === high && words[exchange + PEER_TID + 1] === low

  const hasGuestTid = (exchange: number, kind: number, high: number, low: number): boolean => {
    const at = exchange + TIDS + kind * TID_KIND_WORDS
    return words[at + 2] !== 0 && words[at] === high && words[at + 1] === low
  }

  const wireTidOf = (exchange: number, high: number, low: number): number => {
    for (let kind = 0; kind < TID_KINDS; kind++) {
      if (hasGuestTid(exchange, kind, high, low)) return words[exchange + TIDS + kind * TID_KIND_WORDS + 2]!
    }
    return 0
  }

  const restoreTid = (exchange: number, tid: number, view: DataView, at: number): void => {
    const end = exchange + TIDS + TID_KINDS * TID_KIND_WORDS
    for (let kept = exchange + TIDS; kept < end; kept += TID_KIND_WORDS) {
      if (tid === 0 || words[kept + 2] !== tid) continue
      view.setInt32(at, words[kept]!)
      view.setInt32(at + 4, words[kept + 1]!)
      return
    }
  }

  return {
    functionOf, is, isOpening, isOpen, guestId, wireId, peerId, qpn, better, isOfCa, setPeer, seen,
    setPeerTid, hasPeerTid, hasGuestTid, wireTidOf, restoreTid
  }
}
