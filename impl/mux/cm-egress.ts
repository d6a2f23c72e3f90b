/** CM messages that functions send (spec/cm.md, "What a function sends"). */
import type { SharedRegion } from "../ring/memory.ts"
import * as attributes from "../wire/attributes.ts"
import * as cmFields from "./cm-fields.ts"
import { lifeOfRequest } from "./cm-lives.ts"
import { CM_RECORD } from "./cm-record.ts"
import type { CmTable } from "./cm-table.ts"
import * as outcomes from "./outcomes.ts"
import type { PortState } from "./port-state.ts"
import * as slots from "./slots.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { CM_ATTRIBUTE } = attributes
const { isTeardown, LOCAL_ID_BYTE, REMOTE_ID_BYTE, REQ_REMOTE_LID_BYTE } = cmFields
const { ACTIVE, HAS_GUEST, HAS_PEER, LINGERING, SIDR, TID_DREQ, TID_LAP, TID_REQUEST } = CM_RECORD
const { DROP_CM_ATTRIBUTE, DROP_CM_QUOTA, DROP_CM_UNKNOWN, DROP_REMOTE_QPN, FORWARD } = outcomes
const { ATTRIBUTE_BYTE, lidOf, madOf, remoteQpnOf, TID_BYTE } = slots

/** The QPN of QP1, which may always be asked. */
const GSI_QPN = 1

/** Takes CM messages of functions: decides, remembers, and puts the wire ids in. */
export interface CmEgress {
  /** The CM Send of function `f` in `slot`: FORWARD with its ids patched, or a drop code with nothing changed. */
  readonly take: (f: number, slot: number) => number
}

/** The egress of CM messages. A factory, see engine.ts. */
export const makeCmEgress = (region: SharedRegion, table: CmTable, port: PortState): CmEgress => {
  const { view, words } = region

  /** REQ and SIDR_REQ: a repetition, or a new exchange. */
  const request = (f: number, slot: number, mad: number, sidr: boolean): number => {
    const now = port.now
    const guestId = view.getInt32(mad + LOCAL_ID_BYTE)
    const high = view.getInt32(mad + TID_BYTE)
    const low = view.getInt32(mad + TID_BYTE + 4)
    let exchange = ofRequest(f, guestId, high, low, sidr)
    if (!mayReach(exchange, slot)) return DROP_REMOTE_QPN
    const isNew = exchange === 0
    const life = sidr ? table.lives.sidr : lifeOfRequest(table.lives, view, mad)
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
    table.addLid(exchange, lidOf(words, slot))
    view.setInt32(mad + LOCAL_ID_BYTE, table.wireId(exchange))
    writeTid(mad, tid)
    return FORWARD
  }

  /** The active exchange that a request repeats, or 0: a lingering one never. */
  const ofRequest = (f: number, guestId: number, high: number, low: number, sidr: boolean): number => {
    const now = port.now
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
  const message = (f: number, slot: number, mad: number): number => {
    const now = port.now
    const attribute = view.getUint16(mad + ATTRIBUTE_BYTE)
    const guestId = view.getInt32(mad + LOCAL_ID_BYTE)
    const peerId = view.getInt32(mad + REMOTE_ID_BYTE)
    const begins = attribute === CM_ATTRIBUTE.REP || attribute === CM_ATTRIBUTE.MRA
    let exchange = ofMessage(f, guestId, peerId, attribute)
    if (begins || attribute === CM_ATTRIBUTE.REJ) exchange = orAsker(exchange, f, peerId, slot)
    if (!mayReach(exchange, slot)) return DROP_REMOTE_QPN
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
    changePhase(exchange, attribute, now)
    view.setInt32(mad + LOCAL_ID_BYTE, table.wireId(exchange))
    if (tid !== 0) writeTid(mad, tid)
    return FORWARD
  }

  /** The exchange with these two ids; for MRA and REJ also an active one that was not told the peer's. */
  const ofMessage = (f: number, guestId: number, peerId: number, attribute: number): number => {
    const now = port.now
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
  const orAsker = (exchange: number, f: number, peerId: number, slot: number): number => {
    if (exchange !== 0 && !table.is(exchange, LINGERING)) return exchange
    const asker = ofAsker(f, peerId, slot, false)
    if (exchange === 0) return asker
    return asker !== 0 && !table.is(asker, LINGERING) ? asker : exchange
  }

  /** The passive exchange of a peer with this id and LID: a SIDR one, or one not answered yet. */
  const ofAsker = (f: number, peerId: number, slot: number, sidr: boolean): number => {
    const now = port.now
    const lid = lidOf(words, slot)
    let best = 0
    let exchange = table.firstOfPeer(f, peerId, sidr, now)
    for (; exchange !== 0; exchange = table.nextOfPeer(exchange, now)) {
      const matches = !table.is(exchange, HAS_GUEST) && table.knowsLid(exchange, lid)
      if (matches) best = table.better(best, exchange)
    }
    return best
  }

  /** SIDR_REP keeps its request id: it is the peer's. */
  const sidrReply = (f: number, slot: number, mad: number): number => {
    const exchange = ofAsker(f, view.getInt32(mad + LOCAL_ID_BYTE), slot, true)
    if (!mayReach(exchange, slot)) return DROP_REMOTE_QPN
    if (exchange === 0) return DROP_CM_UNKNOWN
    table.linger(exchange, port.now)
    return FORWARD
  }

  const changePhase = (exchange: number, attribute: number, now: number): void => {
    if (isTeardown(attribute)) table.linger(exchange, now)
    else if (attribute === CM_ATTRIBUTE.REP) table.open(exchange)
    else if (attribute === CM_ATTRIBUTE.MRA) table.rearmOpening(exchange, now)
  }

  /** A CM message goes to QP1 or to the QPN its peer was seen from. */
  const mayReach = (exchange: number, slot: number): boolean => {
    const qpn = remoteQpnOf(words, slot)
    return qpn === GSI_QPN || (exchange !== 0 && table.qpn(exchange) === qpn)
  }

  /** The upper half of a wire TID is zero (SQP-TID-7). */
  const writeTid = (mad: number, tid: number): void => {
    view.setInt32(mad + TID_BYTE, 0)
    view.setInt32(mad + TID_BYTE + 4, tid)
  }

  const take = (f: number, slot: number): number => {
    const mad = madOf(slot)
    switch (view.getUint16(mad + ATTRIBUTE_BYTE)) {
      case CM_ATTRIBUTE.REQ:
        return request(f, slot, mad, false)
      case CM_ATTRIBUTE.SIDR_REQ:
        return request(f, slot, mad, true)
      case CM_ATTRIBUTE.SIDR_REP:
        return sidrReply(f, slot, mad)
      case CM_ATTRIBUTE.REP:
      case CM_ATTRIBUTE.MRA:
      case CM_ATTRIBUTE.REJ:
      case CM_ATTRIBUTE.RTU:
      case CM_ATTRIBUTE.DREQ:
      case CM_ATTRIBUTE.DREP:
      case CM_ATTRIBUTE.LAP:
      case CM_ATTRIBUTE.APR:
        return message(f, slot, mad)
      default:
        return DROP_CM_ATTRIBUTE
    }
  }
  return { take }
}
