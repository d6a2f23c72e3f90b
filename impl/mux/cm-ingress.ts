/**
 * CM messages from the wire (spec/cm.md, "What arrives"). Two steps: `resolve` says whose a message is and changes
 * nothing; `commit` is called once the message is sure to be delivered.
 */
import type { SharedRegion } from "../ring/memory.ts"
import { CM_ATTRIBUTE } from "../wire/attributes.ts"
import { cmReq } from "../wire/cm.ts"
import {
  isCmMessage, isTeardown, LOCAL_ID_BYTE, REJ_ARI_BYTE, REMOTE_ID_BYTE, REP_CA_GUID_BYTE, REQ_CA_GUID_BYTE,
  REQ_LOCAL_LID_BYTE, REQ_REMOTE_GID_BYTE, SIDR_SERVICE_ID_BYTE
} from "./cm-fields.ts"
import type { CmMade } from "./cm-made.ts"
import { ACTIVE, HAS_PEER, LINGERING, SIDR } from "./cm-record.ts"
import type { CmTable } from "./cm-table.ts"
import { type Guids, NOBODY } from "./guids.ts"
import { DELIVER, DROP_CM_ATTRIBUTE, DROP_CM_PEER, DROP_CM_UNKNOWN } from "./outcomes.ts"
import type { PortState } from "./port-state.ts"
import type { Services } from "./services.ts"
import { ATTRIBUTE_BYTE, lidOf, madOf, remoteQpnOf, TID_BYTE } from "./slots.ts"

/** What the ingress of CM messages stands on. */
export interface CmIngressParts {
  readonly table: CmTable
  readonly guids: Guids
  readonly services: Services
  readonly made: CmMade
  readonly port: PortState
}

/** Steers CM messages from the wire and puts the functions' ids back. */
export class CmIngress {
  /** After `resolve`: the function that was found, or {@link NOBODY}. */
  function = NOBODY
  /** After `resolve` that says DELIVER: the exchange, 0 if `commit` makes one. */
  exchange = 0
  readonly #words: Int32Array
  readonly #view: DataView
  readonly #table: CmTable
  readonly #guids: Guids
  readonly #services: Services
  readonly #made: CmMade
  readonly #port: PortState

  constructor(region: SharedRegion, parts: CmIngressParts) {
    this.#words = region.words
    this.#view = region.view
    this.#table = parts.table
    this.#guids = parts.guids
    this.#services = parts.services
    this.#made = parts.made
    this.#port = parts.port
  }

  /**
   * Whose the CM Send in `slot` is; `named` is the function of its DGID or {@link NOBODY}. DELIVER, a drop code,
   * or ANSWERED when the PF context answered it.
   */
  resolve(slot: number, named: number): number {
    const mad = madOf(slot)
    const attribute = this.#view.getUint16(mad + ATTRIBUTE_BYTE)
    this.function = NOBODY
    this.exchange = 0
    if (!isCmMessage(attribute)) return DROP_CM_ATTRIBUTE
    if (attribute === CM_ATTRIBUTE.REQ) return this.#request(slot, mad)
    if (attribute === CM_ATTRIBUTE.SIDR_REQ) return this.#sidrRequest(slot, mad, named)
    const remoteId = this.#view.getInt32(mad + REMOTE_ID_BYTE)
    if (attribute === CM_ATTRIBUTE.SIDR_REP) {
      return this.#found(this.#table.ofWire(this.#view.getInt32(mad + LOCAL_ID_BYTE), true, this.#port.now))
    }
    if (attribute === CM_ATTRIBUTE.REJ && remoteId === 0) return this.#found(this.#ofReject(slot, mad))
    const outcome = this.#found(this.#table.ofWire(remoteId, false, this.#port.now))
    if (outcome === DELIVER) return this.#isPeer(mad, attribute) ? DELIVER : DROP_CM_PEER
    return attribute === CM_ATTRIBUTE.DREQ ? this.#made.disconnectReply(slot) : outcome
  }

  /** True if `commit` needs no room, or there is some. */
  hasRoom(): boolean {
    return this.exchange !== 0 || this.#table.hasRoom(this.function, this.#port.now)
  }

  /**
   * The message in `slot` that `resolve` said DELIVER of goes to its function: remembers what it says and puts
   * the function's ids into the copy in slot `copy`.
   */
  commit(slot: number, copy: number): void {
    const table = this.#table
    const view = this.#view
    const mad = madOf(slot)
    const attribute = view.getUint16(mad + ATTRIBUTE_BYTE)
    if (attribute === CM_ATTRIBUTE.REQ || attribute === CM_ATTRIBUTE.SIDR_REQ) return this.#commitRequest(slot, mad)
    const exchange = this.exchange
    const lid = lidOf(this.#words, slot)
    if (attribute === CM_ATTRIBUTE.REP) this.#learnPeer(mad)
    if (attribute === CM_ATTRIBUTE.MRA) table.rearmOpening(exchange, this.#port.now)
    if (isTeardown(attribute) && table.knowsLid(exchange, lid)) table.linger(exchange, this.#port.now)
    table.addLid(exchange, lid)
    table.seen(exchange, remoteQpnOf(this.#words, slot))
    const to = madOf(copy)
    table.restoreTid(exchange, view.getInt32(mad + TID_BYTE + 4), view, to + TID_BYTE)
    if (attribute === CM_ATTRIBUTE.SIDR_REP) view.setInt32(to + LOCAL_ID_BYTE, table.guestId(exchange))
    else if (view.getInt32(mad + REMOTE_ID_BYTE) !== 0) view.setInt32(to + REMOTE_ID_BYTE, table.guestId(exchange))
  }

  #found(exchange: number): number {
    if (exchange === 0) return DROP_CM_UNKNOWN
    this.exchange = exchange
    this.function = this.#table.functionOf(exchange)
    return DELIVER
  }

  #request(slot: number, mad: number): number {
    const view = this.#view
    const f = this.#guids.resolve(view, mad + REQ_REMOTE_GID_BYTE)
    if (f === NOBODY) return this.#made.unknownGidReject(slot)
    const caHigh = view.getInt32(mad + REQ_CA_GUID_BYTE)
    const caLow = view.getInt32(mad + REQ_CA_GUID_BYTE + 4)
    this.function = f
    const exchange = this.#table.ofCa(f, caHigh, caLow, view.getInt32(mad + LOCAL_ID_BYTE), this.#port.now)
    if (exchange !== 0 && !this.#table.is(exchange, LINGERING)) this.exchange = exchange
    return DELIVER
  }

  #sidrRequest(slot: number, mad: number, named: number): number {
    const table = this.#table
    const now = this.#port.now
    this.function = named !== NOBODY ? named : this.#services.functionOf(this.#view, mad + SIDR_SERVICE_ID_BYTE)
    const lid = lidOf(this.#words, slot)
    let exchange = table.firstOfPeer(this.function, this.#view.getInt32(mad + LOCAL_ID_BYTE), true, now)
    for (; exchange !== 0; exchange = table.nextOfPeer(exchange, now)) {
      const repeats = table.knowsLid(exchange, lid) && !table.is(exchange, LINGERING)
      if (repeats) this.exchange = table.better(this.exchange, exchange)
    }
    return DELIVER
  }

  /** The passive exchange of a REJ that names no id of ours: by the CA GUID in its ARI, then by its source. */
  #ofReject(slot: number, mad: number): number {
    const table = this.#table
    const now = this.#port.now
    const view = this.#view
    const peerId = view.getInt32(mad + LOCAL_ID_BYTE)
    const caHigh = view.getInt32(mad + REJ_ARI_BYTE)
    const caLow = view.getInt32(mad + REJ_ARI_BYTE + 4)
    const lid = lidOf(this.#words, slot)
    let best = 0
    let only = 0
    let seen = 0
    for (let f = 0; f < table.functions; f++) {
      best = table.better(best, table.ofCa(f, caHigh, caLow, peerId, now))
      let exchange = table.firstOfPeer(f, peerId, false, now)
      for (; exchange !== 0; exchange = table.nextOfPeer(exchange, now)) {
        if (!table.knowsLid(exchange, lid)) continue
        only = exchange
        seen++
      }
    }
    if (best !== 0) return best
    return seen === 1 ? only : 0
  }

  /** Once the peer's id is known, only it may speak; a REJ with local id 0 refuses a REQ. */
  #isPeer(mad: number, attribute: number): boolean {
    const peerId = this.#view.getInt32(mad + LOCAL_ID_BYTE)
    if (!this.#table.is(this.exchange, HAS_PEER)) return true
    return this.#table.peerId(this.exchange) === peerId || (attribute === CM_ATTRIBUTE.REJ && peerId === 0)
  }

  #learnPeer(mad: number): void {
    const view = this.#view
    const table = this.#table
    if (table.is(this.exchange, ACTIVE) && !table.is(this.exchange, HAS_PEER)) {
      const caHigh = view.getInt32(mad + REP_CA_GUID_BYTE)
      const caLow = view.getInt32(mad + REP_CA_GUID_BYTE + 4)
      table.setPeer(this.exchange, caHigh, caLow, view.getInt32(mad + LOCAL_ID_BYTE))
    }
    table.open(this.exchange)
  }

  #commitRequest(slot: number, mad: number): void {
    const table = this.#table
    const view = this.#view
    const now = this.#port.now
    const sidr = view.getUint16(mad + ATTRIBUTE_BYTE) === CM_ATTRIBUTE.SIDR_REQ
    const life = sidr ? table.lives.sidr : this.#lifeOf(mad)
    let exchange = this.exchange
    if (exchange === 0) {
      exchange = table.create(this.function, sidr ? SIDR : 0, life, now)
      const caHigh = sidr ? 0 : view.getInt32(mad + REQ_CA_GUID_BYTE)
      const caLow = sidr ? 0 : view.getInt32(mad + REQ_CA_GUID_BYTE + 4)
      table.setAsker(exchange, caHigh, caLow, view.getInt32(mad + LOCAL_ID_BYTE))
    } else {
      table.setLife(exchange, life)
      table.rearmOpening(exchange, now)
    }
    if (!sidr) table.addLid(exchange, view.getUint16(mad + REQ_LOCAL_LID_BYTE))
    table.addLid(exchange, lidOf(this.#words, slot))
    table.seen(exchange, remoteQpnOf(this.#words, slot))
  }

  #lifeOf(mad: number): number {
    const retries = cmReq.MaxCMRetries.get(this.#view, mad)
    return this.#table.lives.byRequest[32 * retries + cmReq.RemoteCMResponseTimeout.get(this.#view, mad)]!
  }
}
