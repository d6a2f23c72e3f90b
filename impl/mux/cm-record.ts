/** Records of CM exchanges: what one holds, field by field. How they are found and how long they live is in cm-table.ts. */
import type { SharedRegion } from "../ring/memory.ts"
import { HASH_LINK_WORDS } from "./hash-index.ts"
import { DEADLINE_LINK_WORDS } from "./timers.ts"

// A record: two 64-byte lines, the first with what most messages touch.
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
/** Number of the life while opening. */
const LIFE = QPN + 1
const DEADLINE = LIFE + 1
const SERIAL = DEADLINE + DEADLINE_LINK_WORDS
const CA_LINKS = SERIAL + 1
const PEER_LINKS = CA_LINKS + HASH_LINK_WORDS
/** By message kind: guest TID (two words) and wire TID (0: none). */
const TIDS = PEER_LINKS + HASH_LINK_WORDS
const TID_KIND_WORDS = 3
const TID_KINDS = 3
const STRIDE = 32

/** Kinds of messages whose wire TID an exchange keeps. */
const TID_REQUEST = 0
const TID_LAP = 1
const TID_DREQ = 2

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
const LID_COUNT_SHIFT = 20
const LIDS_MAX = 4

/**
 * The layout of a record, for the files that share it: words from its first (the links of the indexes, the
 * deadline, the ids), kinds of TIDs, and flags. An object, because V8 folds a module's own constants and not those
 * that it exports or imports.
 */
export const CM_RECORD = {
  GUEST_LINKS, FLAGS, GUEST, WIRE, PEER, CA_HIGH, CA_LOW, QPN, LIFE, DEADLINE, SERIAL, CA_LINKS, PEER_LINKS,
  TIDS, TID_KIND_WORDS, TID_KINDS, STRIDE, TID_REQUEST, TID_LAP, TID_DREQ, IN_USE, ACTIVE, SIDR, HAS_GUEST,
  HAS_PEER, OPEN, LINGERING
} as const

/** The fields of exchanges. An exchange is named by the word offset of its record; 0 is none. */
export interface CmRecords {
  readonly functionOf: (exchange: number) => number
  /** True if the exchange has all of the flags. */
  readonly is: (exchange: number, flags: number) => boolean
  readonly isOpening: (exchange: number) => boolean
  readonly guestId: (exchange: number) => number
  /** 0 before the function answered. */
  readonly wireId: (exchange: number) => number
  readonly peerId: (exchange: number) => number
  /** QPN the peer was seen from, -1 before. */
  readonly qpn: (exchange: number) => number
  /** Of two exchanges that match, which is meant: one that does not linger, then the newer; 0 is none. */
  readonly better: (a: number, b: number) => number
  /** True if the LID was named for the peer, or it was seen from there. */
  readonly knowsLid: (exchange: number, lid: number) => boolean
  /** Says who the peer of an active exchange is. */
  readonly setPeer: (exchange: number, caHigh: number, caLow: number, peerId: number) => void
  /** The peer was seen from this QPN. */
  readonly seen: (exchange: number, qpn: number) => void
  /** Adds a LID of the peer unless it is known; of more than four the oldest goes. */
  readonly addLid: (exchange: number, lid: number) => void
  /** How long it lives while opening, by number. */
  readonly setLife: (exchange: number, life: number) => void
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
  const guestId = (exchange: number): number => words[exchange + GUEST]!

  const wireId = (exchange: number): number => words[exchange + WIRE]!
  const peerId = (exchange: number): number => words[exchange + PEER]!

  const qpn = (exchange: number): number => words[exchange + QPN]!

  const lidAt = (exchange: number, i: number): number =>
    (words[exchange + LIDS + (i >>> 1)]! >>> ((i & 1) * 16)) & 0xffff
  const setLidAt = (exchange: number, i: number, lid: number): void => {
    const at = exchange + LIDS + (i >>> 1)
    const shift = (i & 1) * 16
    words[at] = (words[at]! & ~(0xffff << shift)) | (lid << shift)
  }

  const better = (a: number, b: number): number => {
    if (a === 0 || b === 0) return a + b
    const lingers = is(a, LINGERING)
    if (lingers !== is(b, LINGERING)) return lingers ? b : a
    return ((words[a + SERIAL]! - words[b + SERIAL]!) | 0) > 0 ? a : b
  }

  const knowsLid = (exchange: number, lid: number): boolean => {
    const count = (words[exchange + FLAGS]! >>> LID_COUNT_SHIFT) & 7
    for (let i = 0; i < count; i++) if (lidAt(exchange, i) === lid) return true
    return false
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

  const addLid = (exchange: number, lid: number): void => {
    if (knowsLid(exchange, lid)) return
    const count = (words[exchange + FLAGS]! >>> LID_COUNT_SHIFT) & 7
    if (count === LIDS_MAX) {
      for (let i = 1; i < LIDS_MAX; i++) setLidAt(exchange, i - 1, lidAt(exchange, i))
      setLidAt(exchange, LIDS_MAX - 1, lid)
    } else {
      setLidAt(exchange, count, lid)
      words[exchange + FLAGS]! += 1 << LID_COUNT_SHIFT
    }
  }

  const setLife = (exchange: number, life: number): void => {
    words[exchange + LIFE] = life
  }

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
    functionOf, is, isOpening, guestId, wireId, peerId, qpn, better, knowsLid, setPeer, seen, addLid, setLife,
    hasGuestTid, wireTidOf, restoreTid
  }
}
