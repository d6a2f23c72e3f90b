/**
 * CM messages from the wire (spec/cm.md, "What arrives"). Two steps: `resolve` says whose a message is and changes
 * nothing; `commit` is called once the message is sure to be delivered.
 */
import type { SharedRegion } from "../ring/memory.ts"
import * as attributes from "../wire/attributes.ts"
import * as cmFields from "./cm-fields.ts"
import type { CmMade } from "./cm-made.ts"
import { makeCmPhase } from "./cm-phase.ts"
import { CM_RECORD } from "./cm-record.ts"
import type { CmTable } from "./cm-table.ts"
import type { Guids } from "./guids.ts"
import * as guidTables from "./guids.ts"
import * as outcomes from "./outcomes.ts"
import type { PortState } from "./port-state.ts"
import type { Services } from "./services.ts"
import * as slots from "./slots.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { CM_ATTRIBUTE } = attributes
const {
  isCmMessage, isEnding, LAP_LOCAL_GID_BYTE, LAP_LOCAL_LID_BYTE, LOCAL_ID_BYTE, REJ_ARI_BYTE, REMOTE_ID_BYTE,
  REP_CA_GUID_BYTE, REQ_ALTERNATE_LOCAL_GID_BYTE, REQ_ALTERNATE_LOCAL_LID_BYTE, REQ_CA_GUID_BYTE,
  REQ_LOCAL_GID_BYTE, REQ_LOCAL_LID_BYTE, REQ_REMOTE_GID_BYTE, SIDR_SERVICE_ID_BYTE
} = cmFields
const { HAS_PEER, LINGERING, SECOND_PORT, SIDR } = CM_RECORD
const { NOBODY } = guidTables
const { DELIVER, DROP_CM_ATTRIBUTE, DROP_CM_PEER, DROP_CM_UNKNOWN } = outcomes
const { ATTRIBUTE_BYTE, hasGrh, lidOf, madOf, remoteQpnOf, SGID_WORD, TID_BYTE } = slots

/** What the ingress of CM messages stands on. */
export interface CmIngressParts {
  readonly table: CmTable
  readonly guids: Guids
  readonly services: Services
  readonly made: CmMade
  readonly port: PortState
  /** Which port of the HCA this is. */
  readonly portIndex: 0 | 1
}

/** Steers CM messages from the wire and puts the functions' ids back. */
export interface CmIngress {
  /**
   * Whose the CM Send in `slot` is; `named` is the function of its DGID or {@link NOBODY}. DELIVER, a drop code,
   * or ANSWERED when the PF context answered it.
   */
  readonly resolve: (slot: number, named: number) => number
  /** True if `commit` needs no room, or there is some, or some could be made. */
  readonly makeRoom: () => boolean
  /**
   * The message in `slot` that `resolve` said DELIVER of goes to its function: remembers what it says and puts
   * the function's ids into the copy in slot `copy`.
   */
  readonly commit: (slot: number, copy: number) => void
  /** After `resolve`: the function that was found, or {@link NOBODY}. */
  readonly function: () => number
}

/** The ingress of CM messages. A factory, see engine.ts. */
export const makeCmIngress = (region: SharedRegion, parts: CmIngressParts): CmIngress => {
  const { guids, made, port, portIndex, services, table } = parts
  const portFlag = portIndex === 0 ? 0 : SECOND_PORT
  const { view, words } = region
  const changePhase = makeCmPhase(region, table, { lidByte: LAP_LOCAL_LID_BYTE, gidByte: LAP_LOCAL_GID_BYTE })
  /** What `resolve` found: the function or NOBODY, and the exchange, 0 if `commit` makes one. */
  let owner = NOBODY
  let exchange = 0

  const resolve = (slot: number, named: number): number => {
    const mad = madOf(slot)
    const attribute = view.getUint16(mad + ATTRIBUTE_BYTE)
    owner = NOBODY
    exchange = 0
    if (!isCmMessage(attribute)) return DROP_CM_ATTRIBUTE
    if (attribute === CM_ATTRIBUTE.REQ) return request(slot, mad)
    if (attribute === CM_ATTRIBUTE.SIDR_REQ) return sidrRequest(slot, mad, named)
    const remoteId = view.getInt32(mad + REMOTE_ID_BYTE)
    if (attribute === CM_ATTRIBUTE.SIDR_REP) {
      return found(table.ofWire(view.getInt32(mad + LOCAL_ID_BYTE), true, port.now))
    }
    if (attribute === CM_ATTRIBUTE.REJ && remoteId === 0) return found(ofReject(slot, mad))
    const outcome = found(table.ofWire(remoteId, false, port.now))
    if (outcome === DELIVER) return isPeer(mad, attribute) ? DELIVER : DROP_CM_PEER
    return attribute === CM_ATTRIBUTE.DREQ ? made.disconnectReply(slot) : outcome
  }

  const makeRoom = (): boolean => exchange !== 0 || table.makeRoom(owner, port.now)

  const commit = (slot: number, copy: number): void => {
    const mad = madOf(slot)
    const attribute = view.getUint16(mad + ATTRIBUTE_BYTE)
    if (attribute === CM_ATTRIBUTE.REQ || attribute === CM_ATTRIBUTE.SIDR_REQ) return commitRequest(slot, mad)
    // What ends an exchange ends it only from where its peer is known to be.
    const ends = isEnding(attribute)
    if (attribute === CM_ATTRIBUTE.REP) learnPeer(mad)
    else if (!ends || knows(exchange, slot)) changePhase(exchange, attribute, mad, port.now)
    if (!ends) table.addAddress(exchange, lidOf(words, slot), sgidOf(slot))
    table.seen(exchange, remoteQpnOf(words, slot))
    const to = madOf(copy)
    table.restoreTid(exchange, view.getInt32(mad + TID_BYTE + 4), view, to + TID_BYTE)
    if (attribute === CM_ATTRIBUTE.SIDR_REP) view.setInt32(to + LOCAL_ID_BYTE, table.guestId(exchange))
    else if (view.getInt32(mad + REMOTE_ID_BYTE) !== 0) view.setInt32(to + REMOTE_ID_BYTE, table.guestId(exchange))
  }

  /** The GID at byte `at` of the MAD's region, as the table names it. */
  const gidAt = (at: number): number => table.gidAt(words, at >>> 2)
  const sgidOf = (slot: number): number => (hasGrh(words, slot) ? table.gidAt(words, slot + SGID_WORD) : 0)
  /** True if an exchange knows where the MAD in `slot` came from. */
  const knows = (one: number, slot: number): boolean =>
    table.knows(one, lidOf(words, slot), sgidOf(slot), port.lmc)

  const found = (one: number): number => {
    if (one === 0) return DROP_CM_UNKNOWN
    exchange = one
    owner = table.functionOf(one)
    return DELIVER
  }

  const request = (slot: number, mad: number): number => {
    const f = guids.resolve(view, mad + REQ_REMOTE_GID_BYTE)
    if (f === NOBODY) return made.unknownGidReject(slot)
    const caHigh = view.getInt32(mad + REQ_CA_GUID_BYTE)
    const caLow = view.getInt32(mad + REQ_CA_GUID_BYTE + 4)
    const high = view.getInt32(mad + TID_BYTE)
    const low = view.getInt32(mad + TID_BYTE + 4)
    let one = table.firstOfPeer(f, view.getInt32(mad + LOCAL_ID_BYTE), false, port.now)
    for (; one !== 0; one = table.nextOfPeer(one, port.now)) {
      if (table.is(one, LINGERING) || !table.isOfCa(one, caHigh, caLow)) continue
      const repeats = table.isOpening(one) || table.hasPeerTid(one, high, low)
      if (repeats) exchange = table.better(exchange, one)
    }
    owner = f
    return DELIVER
  }

  const sidrRequest = (slot: number, mad: number, named: number): number => {
    const now = port.now
    owner = named !== NOBODY ? named : services.functionOf(view, mad + SIDR_SERVICE_ID_BYTE)
    let one = table.firstOfPeer(owner, view.getInt32(mad + LOCAL_ID_BYTE), true, now)
    for (; one !== 0; one = table.nextOfPeer(one, now)) {
      const repeats = knows(one, slot) && !table.is(one, LINGERING)
      if (repeats) exchange = table.better(exchange, one)
    }
    return DELIVER
  }

  /** The passive exchange of a REJ that names no id of ours: by the CA GUID in its ARI, then by its source. */
  const ofReject = (slot: number, mad: number): number => {
    const now = port.now
    const peerId = view.getInt32(mad + LOCAL_ID_BYTE)
    const caHigh = view.getInt32(mad + REJ_ARI_BYTE)
    const caLow = view.getInt32(mad + REJ_ARI_BYTE + 4)
    let best = 0
    let only = 0
    let seen = 0
    for (let f = 0; f < table.functions; f++) {
      best = table.better(best, table.ofCa(f, caHigh, caLow, peerId, now))
      let one = table.firstOfPeer(f, peerId, false, now)
      for (; one !== 0; one = table.nextOfPeer(one, now)) {
        if (!knows(one, slot)) continue
        only = one
        seen++
      }
    }
    if (best !== 0) return best
    return seen === 1 ? only : 0
  }

  /** Once the peer is known, only it may speak; a REJ with local id 0 refuses a REQ. */
  const isPeer = (mad: number, attribute: number): boolean => {
    const peerId = view.getInt32(mad + LOCAL_ID_BYTE)
    if (!table.is(exchange, HAS_PEER)) return true
    if (attribute === CM_ATTRIBUTE.REJ && peerId === 0) return true
    if (table.peerId(exchange) !== peerId) return false
    const caHigh = view.getInt32(mad + REP_CA_GUID_BYTE)
    const caLow = view.getInt32(mad + REP_CA_GUID_BYTE + 4)
    return attribute !== CM_ATTRIBUTE.REP || table.isOfCa(exchange, caHigh, caLow)
  }

  /** A REP says who the peer is; of a known peer it says what is known, or `isPeer` had refused it. */
  const learnPeer = (mad: number): void => {
    const caHigh = view.getInt32(mad + REP_CA_GUID_BYTE)
    const caLow = view.getInt32(mad + REP_CA_GUID_BYTE + 4)
    table.setPeer(exchange, caHigh, caLow, view.getInt32(mad + LOCAL_ID_BYTE))
    table.open(exchange)
  }

  const commitRequest = (slot: number, mad: number): void => {
    const sidr = view.getUint16(mad + ATTRIBUTE_BYTE) === CM_ATTRIBUTE.SIDR_REQ
    if (exchange === 0) {
      exchange = table.create(owner, (sidr ? SIDR : 0) | portFlag)
      const caHigh = sidr ? 0 : view.getInt32(mad + REQ_CA_GUID_BYTE)
      const caLow = sidr ? 0 : view.getInt32(mad + REQ_CA_GUID_BYTE + 4)
      table.setAsker(exchange, caHigh, caLow, view.getInt32(mad + LOCAL_ID_BYTE))
    }
    table.ask(exchange, sidr ? 0 : table.lives.retryOf(view, mad), port.now)
    // A REQ of an open exchange has the TID that is kept: else it is not repeated.
    table.setPeerTid(exchange, view.getInt32(mad + TID_BYTE), view.getInt32(mad + TID_BYTE + 4))
    if (!sidr) {
      addNamed(mad, REQ_LOCAL_LID_BYTE, REQ_LOCAL_GID_BYTE)
      addNamed(mad, REQ_ALTERNATE_LOCAL_LID_BYTE, REQ_ALTERNATE_LOCAL_GID_BYTE)
    }
    table.addAddress(exchange, lidOf(words, slot), sgidOf(slot))
    table.seen(exchange, remoteQpnOf(words, slot))
  }
  const addNamed = (mad: number, lidByte: number, gidByte: number): void =>
    table.addAddress(exchange, view.getUint16(mad + lidByte), gidAt(mad + gidByte))

  return { resolve, makeRoom, commit, function: () => owner }
}
