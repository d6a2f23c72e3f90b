/** CM messages that functions send (spec/cm.md, "What a function sends"). */
import type { SharedRegion } from "../ring/memory.ts"
import * as attributes from "../wire/attributes.ts"
import * as cmFields from "./cm-fields.ts"
import { makeCmPhase } from "./cm-phase.ts"
import { CM_RECORD } from "./cm-record.ts"
import type { CmTable } from "./cm-table.ts"
import * as outcomes from "./outcomes.ts"
import type { PortState } from "./port-state.ts"
import * as slots from "./slots.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { CM_ATTRIBUTE } = attributes
const {
  LAP_REMOTE_GID_BYTE, LAP_REMOTE_LID_BYTE, LOCAL_ID_BYTE, REMOTE_ID_BYTE,
  REQ_ALTERNATE_REMOTE_GID_BYTE, REQ_ALTERNATE_REMOTE_LID_BYTE, REQ_REMOTE_GID_BYTE, REQ_REMOTE_LID_BYTE
} = cmFields
const { ACTIVE, HAS_GUEST, HAS_PEER, LINGERING, SECOND_PORT, SIDR, TID_DREQ, TID_LAP, TID_REQUEST } = CM_RECORD
const { DROP_CM_ATTRIBUTE, DROP_CM_QUOTA, DROP_CM_UNKNOWN, DROP_REMOTE_QPN, FORWARD } = outcomes
const { ATTRIBUTE_BYTE, DGID_WORD, hasGrh, lidOf, madOf, remoteQpnOf, TID_BYTE } = slots

/** The QPN of QP1, which may always be asked. */
const GSI_QPN = 1

/** How a message with two ids may find its exchange, in the order of the table. */
const RANK_BETWEEN = 0
const RANK_UNANSWERED = 1
const RANK_UNTOLD = 2
const RANK_NAMELESS = 3
const LINGERING_RANK = 4
const OTHER_PORT_RANK = 8
const LAST_RANK = 16

/** Takes CM messages of functions: decides, remembers, and puts the wire ids in. */
export interface CmEgress {
  /** The CM Send of function `f` in `slot`: FORWARD with its ids patched, or a drop code with nothing changed. */
  readonly take: (f: number, slot: number) => number
}

/** The egress of CM messages, on the first or second port of an HCA. A factory, see engine.ts. */
export const makeCmEgress = (region: SharedRegion, table: CmTable, port: PortState, portIndex: 0 | 1): CmEgress => {
  const { view, words } = region
  const portFlag = portIndex === 0 ? 0 : SECOND_PORT
  const changePhase = makeCmPhase(region, table, { lidByte: LAP_REMOTE_LID_BYTE, gidByte: LAP_REMOTE_GID_BYTE })
  const isHere = (exchange: number): boolean => table.is(exchange, SECOND_PORT) === (portFlag !== 0)

  /** REQ and SIDR_REQ: a repetition, or a new exchange. */
  const request = (f: number, slot: number, mad: number, sidr: boolean): number => {
    const now = port.now
    const guestId = view.getInt32(mad + LOCAL_ID_BYTE)
    const high = view.getInt32(mad + TID_BYTE)
    const low = view.getInt32(mad + TID_BYTE + 4)
    let exchange = ofRequest(f, guestId, high, low, sidr)
    if (!mayReach(exchange, slot)) return DROP_REMOTE_QPN
    const isNew = exchange === 0
    if (isNew) {
      if (!table.makeRoom(f, now)) return DROP_CM_QUOTA
      exchange = table.create(f, (sidr ? ACTIVE | SIDR : ACTIVE) | portFlag)
    }
    const bound = !isNew || table.bind(exchange, guestId, now)
    const tid = bound ? table.takeTid(exchange, TID_REQUEST, high, low, now) : 0
    if (tid === 0) {
      if (isNew) table.forget(exchange)
      return DROP_CM_QUOTA
    }
    table.ask(exchange, sidr ? 0 : table.lives.retryOf(view, mad), now)
    if (!sidr) {
      addNamed(exchange, mad, REQ_REMOTE_LID_BYTE, REQ_REMOTE_GID_BYTE)
      addNamed(exchange, mad, REQ_ALTERNATE_REMOTE_LID_BYTE, REQ_ALTERNATE_REMOTE_GID_BYTE)
    }
    table.addAddress(exchange, lidOf(words, slot), dgidOf(slot))
    view.setInt32(mad + LOCAL_ID_BYTE, table.wireId(exchange))
    writeTid(mad, tid)
    return FORWARD
  }

  /** The active exchange that a request repeats, or 0: a lingering one never. */
  const ofRequest = (f: number, guestId: number, high: number, low: number, sidr: boolean): number => {
    const now = port.now
    let found = 0
    let exchange = table.firstOfGuest(f, guestId, sidr, now)
    for (; exchange !== 0; exchange = table.nextOfGuest(exchange, now)) {
      if (!table.is(exchange, ACTIVE) || table.is(exchange, LINGERING) || !isHere(exchange)) continue
      const opening = table.isOpening(exchange)
      const sameTid = table.hasGuestTid(exchange, TID_REQUEST, high, low)
      if (sidr ? opening && sameTid : opening || sameTid) found = table.better(found, exchange)
    }
    return found
  }

  /** Every message with two ids. */
  const message = (f: number, slot: number, mad: number): number => {
    const now = port.now
    const attribute = view.getUint16(mad + ATTRIBUTE_BYTE)
    const guestId = view.getInt32(mad + LOCAL_ID_BYTE)
    const exchange = ofMessage(f, slot, mad, attribute)
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
    const begins = attribute === CM_ATTRIBUTE.REP || attribute === CM_ATTRIBUTE.MRA
    if (begins && !table.is(exchange, HAS_GUEST) && !table.bind(exchange, guestId, now)) return DROP_CM_QUOTA
    // A REJ by another name than the guest's own leaves without one.
    const named = table.is(exchange, HAS_GUEST) && table.guestId(exchange) === guestId
    view.setInt32(mad + LOCAL_ID_BYTE, named ? table.wireId(exchange) : 0)
    if (tid !== 0) writeTid(mad, tid)
    if (attribute === CM_ATTRIBUTE.REP) table.open(exchange)
    else changePhase(exchange, attribute, mad, now)
    return FORWARD
  }

  /** The exchange of a message: that of the first row of the table that has one which does not linger, else the first. */
  const ofMessage = (f: number, slot: number, mad: number, attribute: number): number => {
    const now = port.now
    const guestId = view.getInt32(mad + LOCAL_ID_BYTE)
    const peerId = view.getInt32(mad + REMOTE_ID_BYTE)
    const rejects = attribute === CM_ATTRIBUTE.REJ
    const asks = attribute === CM_ATTRIBUTE.MRA
    best = 0
    bestRank = LAST_RANK
    let one = table.firstOfGuest(f, guestId, false, now)
    for (; one !== 0; one = table.nextOfGuest(one, now)) {
      const active = table.is(one, ACTIVE)
      const told = table.is(one, HAS_PEER)
      if ((told && table.peerId(one) === peerId) || (asks && active && !told)) consider(one, RANK_BETWEEN)
      else if (rejects && active && peerId === 0) consider(one, RANK_UNTOLD)
    }
    if (!rejects && !asks && attribute !== CM_ATTRIBUTE.REP) return best
    one = table.firstOfPeer(f, peerId, false, now)
    for (; one !== 0; one = table.nextOfPeer(one, now)) {
      if (!knows(one, slot)) continue
      if (!table.is(one, HAS_GUEST)) consider(one, RANK_UNANSWERED)
      else if (rejects && guestId === 0) consider(one, RANK_NAMELESS)
    }
    return best
  }

  /** What was found so far for a message, and how good it is: this port, then what does not linger, then by row. */
  let best = 0
  let bestRank = LAST_RANK
  const consider = (exchange: number, row: number): void => {
    const rank = row + (table.is(exchange, LINGERING) ? LINGERING_RANK : 0) + (isHere(exchange) ? 0 : OTHER_PORT_RANK)
    if (rank > bestRank) return
    best = rank < bestRank ? exchange : table.better(best, exchange)
    bestRank = rank
  }

  /** SIDR_REP keeps its request id: it is the peer's. */
  const sidrReply = (f: number, slot: number, mad: number): number => {
    best = 0
    bestRank = LAST_RANK
    let one = table.firstOfPeer(f, view.getInt32(mad + LOCAL_ID_BYTE), true, port.now)
    for (; one !== 0; one = table.nextOfPeer(one, port.now)) if (knows(one, slot)) consider(one, RANK_UNANSWERED)
    const exchange = best
    if (!mayReach(exchange, slot)) return DROP_REMOTE_QPN
    if (exchange === 0) return DROP_CM_UNKNOWN
    table.linger(exchange, port.now)
    return FORWARD
  }

  /** The GID at byte `at` of the MAD's region, as the table names it. */
  const gidAt = (at: number): number => table.gidAt(words, at >>> 2)
  const dgidOf = (slot: number): number => (hasGrh(words, slot) ? table.gidAt(words, slot + DGID_WORD) : 0)
  const addNamed = (exchange: number, mad: number, lidByte: number, gidByte: number): void =>
    table.addAddress(exchange, view.getUint16(mad + lidByte), gidAt(mad + gidByte))
  /** True if the exchange knows where the message goes. */
  const knows = (exchange: number, slot: number): boolean =>
    table.knows(exchange, lidOf(words, slot), dgidOf(slot), port.lmc)

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
