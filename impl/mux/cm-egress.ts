/** CM messages that functions send (spec/cm.md, "What a function sends"). */
import type { SharedRegion } from "../ring/memory.ts"
import { CM_ATTRIBUTE } from "../wire/attributes.ts"
import { cmReq } from "../wire/cm.ts"
import { isTeardown, LOCAL_ID_BYTE, REMOTE_ID_BYTE, REQ_REMOTE_LID_BYTE } from "./cm-fields.ts"
import { ACTIVE, HAS_GUEST, HAS_PEER, LINGERING, SIDR, TID_DREQ, TID_LAP, TID_REQUEST } from "./cm-record.ts"
import type { CmTable } from "./cm-table.ts"
import {
  DROP_CM_ATTRIBUTE, DROP_CM_QUOTA, DROP_CM_UNKNOWN, DROP_REMOTE_QPN, FORWARD
} from "./outcomes.ts"
import type { PortState } from "./port-state.ts"
import { ATTRIBUTE_BYTE, lidOf, madOf, remoteQpnOf, TID_BYTE } from "./slots.ts"

/** The QPN of QP1, which may always be asked. */
const GSI_QPN = 1

/** Takes CM messages of functions: decides, remembers, and puts the wire ids in. */
export class CmEgress {
  readonly #words: Int32Array
  readonly #view: DataView
  readonly #table: CmTable
  readonly #port: PortState

  constructor(region: SharedRegion, table: CmTable, port: PortState) {
    this.#words = region.words
    this.#view = region.view
    this.#table = table
    this.#port = port
  }

  /** The CM Send of function `f` in `slot`: FORWARD with its ids patched, or a drop code with nothing changed. */
  take(f: number, slot: number): number {
    const mad = madOf(slot)
    switch (this.#view.getUint16(mad + ATTRIBUTE_BYTE)) {
      case CM_ATTRIBUTE.REQ:
        return this.#request(f, slot, mad, false)
      case CM_ATTRIBUTE.SIDR_REQ:
        return this.#request(f, slot, mad, true)
      case CM_ATTRIBUTE.SIDR_REP:
        return this.#sidrReply(f, slot, mad)
      case CM_ATTRIBUTE.REP:
      case CM_ATTRIBUTE.MRA:
      case CM_ATTRIBUTE.REJ:
      case CM_ATTRIBUTE.RTU:
      case CM_ATTRIBUTE.DREQ:
      case CM_ATTRIBUTE.DREP:
      case CM_ATTRIBUTE.LAP:
      case CM_ATTRIBUTE.APR:
        return this.#message(f, slot, mad)
      default:
        return DROP_CM_ATTRIBUTE
    }
  }

  /** REQ and SIDR_REQ: a repetition, or a new exchange. */
  #request(f: number, slot: number, mad: number, sidr: boolean): number {
    const table = this.#table
    const view = this.#view
    const now = this.#port.now
    const guestId = view.getInt32(mad + LOCAL_ID_BYTE)
    const high = view.getInt32(mad + TID_BYTE)
    const low = view.getInt32(mad + TID_BYTE + 4)
    let exchange = this.#ofRequest(f, guestId, high, low, sidr)
    if (!this.#mayReach(exchange, slot)) return DROP_REMOTE_QPN
    const isNew = exchange === 0
    const life = sidr ? table.lives.sidr : this.#lifeOf(mad)
    if (isNew) {
      if (!table.hasRoom(f, now)) return DROP_CM_QUOTA
      exchange = table.create(f, sidr ? ACTIVE | SIDR : ACTIVE, life, now)
    }
    const bound = !isNew || table.bind(exchange, guestId, now)
    const tid = bound ? table.takeTid(exchange, TID_REQUEST, high, low, now) : 0
    if (tid === 0) {
      if (isNew) table.forget(exchange)
      return DROP_CM_QUOTA
    }
    table.setLife(exchange, life)
    table.rearmOpening(exchange, now)
    if (!sidr) table.addLid(exchange, view.getUint16(mad + REQ_REMOTE_LID_BYTE))
    table.addLid(exchange, lidOf(this.#words, slot))
    view.setInt32(mad + LOCAL_ID_BYTE, table.wireId(exchange))
    this.#writeTid(mad, tid)
    return FORWARD
  }

  /** The active exchange that a request repeats, or 0: a lingering one never. */
  #ofRequest(f: number, guestId: number, high: number, low: number, sidr: boolean): number {
    const table = this.#table
    const now = this.#port.now
    let best = 0
    let exchange = table.firstOfGuest(f, guestId, sidr, now)
    for (; exchange !== 0; exchange = table.nextOfGuest(exchange, now)) {
      if (!table.is(exchange, ACTIVE) || table.is(exchange, LINGERING)) continue
      const opening = table.isOpening(exchange)
      const sameTid = table.hasGuestTid(exchange, TID_REQUEST, high, low)
      if (sidr ? opening && sameTid : opening || sameTid) best = table.better(best, exchange)
    }
    return best
  }

  /** Every message with two ids. */
  #message(f: number, slot: number, mad: number): number {
    const table = this.#table
    const view = this.#view
    const now = this.#port.now
    const attribute = view.getUint16(mad + ATTRIBUTE_BYTE)
    const guestId = view.getInt32(mad + LOCAL_ID_BYTE)
    const peerId = view.getInt32(mad + REMOTE_ID_BYTE)
    const begins = attribute === CM_ATTRIBUTE.REP || attribute === CM_ATTRIBUTE.MRA
    let exchange = this.#ofMessage(f, guestId, peerId, attribute)
    if (begins || attribute === CM_ATTRIBUTE.REJ) exchange = this.#orAsker(exchange, f, peerId, slot)
    if (!this.#mayReach(exchange, slot)) return DROP_REMOTE_QPN
    if (exchange === 0) return DROP_CM_UNKNOWN
    const high = view.getInt32(mad + TID_BYTE)
    const low = view.getInt32(mad + TID_BYTE + 4)
    let tid = 0
    if (attribute === CM_ATTRIBUTE.LAP || attribute === CM_ATTRIBUTE.DREQ) {
      tid = table.takeTid(exchange, attribute === CM_ATTRIBUTE.LAP ? TID_LAP : TID_DREQ, high, low, now)
      if (tid === 0) return DROP_CM_QUOTA
    } else if (attribute === CM_ATTRIBUTE.RTU || attribute === CM_ATTRIBUTE.MRA || attribute === CM_ATTRIBUTE.REJ) {
      tid = table.wireTidOf(exchange, high, low)
    }
    if (begins && !table.is(exchange, HAS_GUEST) && !table.bind(exchange, guestId, now)) return DROP_CM_QUOTA
    this.#changePhase(exchange, attribute, now)
    view.setInt32(mad + LOCAL_ID_BYTE, table.wireId(exchange))
    if (tid !== 0) this.#writeTid(mad, tid)
    return FORWARD
  }

  /** The exchange with these two ids; for MRA and REJ also an active one that was not told the peer's. */
  #ofMessage(f: number, guestId: number, peerId: number, attribute: number): number {
    const table = this.#table
    const now = this.#port.now
    let best = 0
    let exchange = table.firstOfGuest(f, guestId, false, now)
    for (; exchange !== 0; exchange = table.nextOfGuest(exchange, now)) {
      const told = table.is(exchange, HAS_PEER)
      const matches = (told && table.peerId(exchange) === peerId) || (table.is(exchange, ACTIVE) &&
        ((attribute === CM_ATTRIBUTE.MRA && !told) || (attribute === CM_ATTRIBUTE.REJ && peerId === 0)))
      if (matches) best = table.better(best, exchange)
    }
    return best
  }

  /** The exchange, unless there is none or it lingers and a peer waits to be answered: that is the new conversation. */
  #orAsker(exchange: number, f: number, peerId: number, slot: number): number {
    const table = this.#table
    if (exchange !== 0 && !table.is(exchange, LINGERING)) return exchange
    const asker = this.#ofAsker(f, peerId, slot, false)
    if (exchange === 0) return asker
    return asker !== 0 && !table.is(asker, LINGERING) ? asker : exchange
  }

  /** The passive exchange of a peer with this id and LID: a SIDR one, or one not answered yet. */
  #ofAsker(f: number, peerId: number, slot: number, sidr: boolean): number {
    const table = this.#table
    const now = this.#port.now
    const lid = lidOf(this.#words, slot)
    let best = 0
    let exchange = table.firstOfPeer(f, peerId, sidr, now)
    for (; exchange !== 0; exchange = table.nextOfPeer(exchange, now)) {
      const matches = !table.is(exchange, HAS_GUEST) && table.knowsLid(exchange, lid)
      if (matches) best = table.better(best, exchange)
    }
    return best
  }

  /** SIDR_REP keeps its request id: it is the peer's. */
  #sidrReply(f: number, slot: number, mad: number): number {
    const exchange = this.#ofAsker(f, this.#view.getInt32(mad + LOCAL_ID_BYTE), slot, true)
    if (!this.#mayReach(exchange, slot)) return DROP_REMOTE_QPN
    if (exchange === 0) return DROP_CM_UNKNOWN
    this.#table.linger(exchange, this.#port.now)
    return FORWARD
  }

  #changePhase(exchange: number, attribute: number, now: number): void {
    if (isTeardown(attribute)) this.#table.linger(exchange, now)
    else if (attribute === CM_ATTRIBUTE.REP) this.#table.open(exchange)
    else if (attribute === CM_ATTRIBUTE.MRA) this.#table.rearmOpening(exchange, now)
  }

  /** A CM message goes to QP1 or to the QPN its peer was seen from. */
  #mayReach(exchange: number, slot: number): boolean {
    const qpn = remoteQpnOf(this.#words, slot)
    return qpn === GSI_QPN || (exchange !== 0 && this.#table.qpn(exchange) === qpn)
  }

  #lifeOf(mad: number): number {
    const retries = cmReq.MaxCMRetries.get(this.#view, mad)
    return this.#table.lives.byRequest[32 * retries + cmReq.RemoteCMResponseTimeout.get(this.#view, mad)]!
  }

  /** The upper half of a wire TID is zero (SQP-TID-7). */
  #writeTid(mad: number, tid: number): void {
    this.#view.setInt32(mad + TID_BYTE, 0)
    this.#view.setInt32(mad + TID_BYTE + 4, tid)
  }
}
