/** Records of CM exchanges: what one holds, field by field. How they are found and how long they live is in cm-table.ts. */
import type { SharedRegion } from "../ring/memory.ts"
import { HASH_LINK_WORDS } from "./hash-index.ts"
import { DEADLINE_LINK_WORDS } from "./timers.ts"

// A record: two 64-byte lines, the first with what most messages touch.
export const GUEST_LINKS = 0
/** Function (bits 0..7) and the flags below. */
export const FLAGS = GUEST_LINKS + HASH_LINK_WORDS
/** The function's own id, the id on the wire (0: none yet), the peer's id. */
export const GUEST = FLAGS + 1
export const WIRE = GUEST + 1
export const PEER = WIRE + 1
export const CA_HIGH = PEER + 1
export const CA_LOW = CA_HIGH + 1
/** Four LIDs of the peer, 16 bits each. */
const LIDS = CA_LOW + 1
/** QPN the peer was seen from, -1 before. */
export const QPN = LIDS + 2
/** Number of the life while opening. */
export const LIFE = QPN + 1
export const DEADLINE = LIFE + 1
export const SERIAL = DEADLINE + DEADLINE_LINK_WORDS
export const CA_LINKS = SERIAL + 1
export const PEER_LINKS = CA_LINKS + HASH_LINK_WORDS
/** By message kind: guest TID (two words) and wire TID (0: none). */
export const TIDS = PEER_LINKS + HASH_LINK_WORDS
export const TID_KIND_WORDS = 3
export const TID_KINDS = 3
export const STRIDE = 32

/** Kinds of messages whose wire TID an exchange keeps. */
export const TID_REQUEST = 0
export const TID_LAP = 1
export const TID_DREQ = 2

/** Flags of an exchange. */
export const IN_USE = 1 << 8
/** The function asked first. */
export const ACTIVE = 1 << 9
export const SIDR = 1 << 10
export const HAS_GUEST = 1 << 11
export const HAS_PEER = 1 << 12
/** A REP passed. */
export const OPEN = 1 << 13
export const LINGERING = 1 << 14
const LID_COUNT_SHIFT = 20
const LIDS_MAX = 4

/** The fields of exchanges. An exchange is named by the word offset of its record; 0 is none. */
export class CmRecords {
  protected readonly words: Int32Array

  constructor(region: SharedRegion) {
    this.words = region.words
  }

  functionOf(exchange: number): number {
    return this.words[exchange + FLAGS]! & 0xff
  }
  /** True if the exchange has all of the flags. */
  is(exchange: number, flags: number): boolean {
    return (this.words[exchange + FLAGS]! & flags) === flags
  }
  isOpening(exchange: number): boolean {
    return (this.words[exchange + FLAGS]! & (OPEN | LINGERING)) === 0
  }
  guestId(exchange: number): number {
    return this.words[exchange + GUEST]!
  }
  /** 0 before the function answered. */
  wireId(exchange: number): number {
    return this.words[exchange + WIRE]!
  }
  peerId(exchange: number): number {
    return this.words[exchange + PEER]!
  }
  /** QPN the peer was seen from, -1 before. */
  qpn(exchange: number): number {
    return this.words[exchange + QPN]!
  }
  /** Of two exchanges that match, which is meant: one that does not linger, then the newer; 0 is none. */
  better(a: number, b: number): number {
    if (a === 0 || b === 0) return a + b
    const lingers = this.is(a, LINGERING)
    if (lingers !== this.is(b, LINGERING)) return lingers ? b : a
    return ((this.words[a + SERIAL]! - this.words[b + SERIAL]!) | 0) > 0 ? a : b
  }

  /** True if the LID was named for the peer, or it was seen from there. */
  knowsLid(exchange: number, lid: number): boolean {
    const count = (this.words[exchange + FLAGS]! >>> LID_COUNT_SHIFT) & 7
    for (let i = 0; i < count; i++) if (this.lidAt(exchange, i) === lid) return true
    return false
  }

  /** Says who the peer of an active exchange is. */
  setPeer(exchange: number, caHigh: number, caLow: number, peerId: number): void {
    const words = this.words
    words[exchange + PEER] = peerId
    words[exchange + CA_HIGH] = caHigh
    words[exchange + CA_LOW] = caLow
    words[exchange + FLAGS]! |= HAS_PEER
  }

  /** The peer was seen from this QPN. */
  seen(exchange: number, qpn: number): void {
    this.words[exchange + QPN] = qpn
  }

  /** Adds a LID of the peer unless it is known; of more than four the oldest goes. */
  addLid(exchange: number, lid: number): void {
    if (this.knowsLid(exchange, lid)) return
    const words = this.words
    const count = (words[exchange + FLAGS]! >>> LID_COUNT_SHIFT) & 7
    if (count === LIDS_MAX) {
      for (let i = 1; i < LIDS_MAX; i++) this.setLidAt(exchange, i - 1, this.lidAt(exchange, i))
      this.setLidAt(exchange, LIDS_MAX - 1, lid)
    } else {
      this.setLidAt(exchange, count, lid)
      words[exchange + FLAGS]! += 1 << LID_COUNT_SHIFT
    }
  }

  /** How long it lives while opening, by number. */
  setLife(exchange: number, life: number): void {
    this.words[exchange + LIFE] = life
  }

  /** True if a message of this kind was sent with this guest TID. */
  hasGuestTid(exchange: number, kind: number, high: number, low: number): boolean {
    const at = exchange + TIDS + kind * TID_KIND_WORDS
    const words = this.words
    return words[at + 2] !== 0 && words[at] === high && words[at + 1] === low
  }

  /** The wire TID that stands for a guest TID the exchange keeps, or 0. */
  wireTidOf(exchange: number, high: number, low: number): number {
    for (let kind = 0; kind < TID_KINDS; kind++) {
      if (this.hasGuestTid(exchange, kind, high, low)) return this.words[exchange + TIDS + kind * TID_KIND_WORDS + 2]!
    }
    return 0
  }

  /** Writes the guest TID that the exchange keeps for wire TID `tid` to byte `at` of `view`; else nothing. */
  restoreTid(exchange: number, tid: number, view: DataView, at: number): void {
    const words = this.words
    const end = exchange + TIDS + TID_KINDS * TID_KIND_WORDS
    for (let kept = exchange + TIDS; kept < end; kept += TID_KIND_WORDS) {
      if (tid === 0 || words[kept + 2] !== tid) continue
      view.setInt32(at, words[kept]!)
      view.setInt32(at + 4, words[kept + 1]!)
      return
    }
  }

  private lidAt(exchange: number, i: number): number {
    return (this.words[exchange + LIDS + (i >>> 1)]! >>> ((i & 1) * 16)) & 0xffff
  }
  private setLidAt(exchange: number, i: number, lid: number): void {
    const at = exchange + LIDS + (i >>> 1)
    const shift = (i & 1) * 16
    this.words[at] = (this.words[at]! & ~(0xffff << shift)) | (lid << shift)
  }
}
