/** CM messages that the PF context sends itself (spec/cm.md): a REJ for an unknown GID, a DREP for no exchange. */
import type { SharedRegion } from "../ring/memory.ts"
import {
  FLAG_GRH, FLAG_QP1, MAD_BYTES, SLOT_FLAGS, SLOT_LID, SLOT_PKEY_INDEX, SLOT_QKEY, SLOT_REMOTE_QPN, SLOT_SOURCE_QPN
} from "../ring/slot.ts"
import { CM_ATTRIBUTE } from "../wire/attributes.ts"
import { CLASS_VERSION, MGMT_CLASS, WELL_KNOWN_Q_KEY } from "../wire/classes.ts"
import { GRH, grh } from "../wire/grh.ts"
import { METHOD } from "../wire/methods.ts"
import { CM_REJ_REASON } from "../wire/status.ts"
import { LOCAL_ID_BYTE, REJ_REASON_BYTE, REMOTE_ID_BYTE } from "./cm-fields.ts"
import type { Guids } from "./guids.ts"
import { ANSWERED, DROP_CM_REJ_RATE, DROP_WIRE_FULL } from "./outcomes.ts"
import type { PortState } from "./port-state.ts"
import type { Rings } from "./rings.ts"
import {
  ATTRIBUTE_BYTE, BASE_VERSION_BYTE, CLASS_BYTE, CLASS_VERSION_BYTE, clearGrh, grhOf, hasGrh, LID_MASK, MAD_WORD,
  madOf, METHOD_BYTE, pkeyIndexOf, remoteQpnOf, TID_BYTE, writeGrhConstants
} from "./slots.ts"

const GSI_QP = 1
const HOP_LIMIT = 0xff
const PF = 0

/** Makes CM messages of the PF context. */
export class CmMade {
  readonly #words: Int32Array
  readonly #view: DataView
  readonly #rings: Rings
  readonly #guids: Guids
  readonly #port: PortState
  readonly #rejInterval: number
  #rejSent = false
  #rejAt = 0

  constructor(region: SharedRegion, rings: Rings, guids: Guids, port: PortState, rejIntervalMs: number) {
    this.#words = region.words
    this.#view = region.view
    this.#rings = rings
    this.#guids = guids
    this.#port = port
    this.#rejInterval = rejIntervalMs
  }

  /** Answers the REQ in `slot`, whose GID is nobody's (SQP-CM-9): ANSWERED, or a drop code. */
  unknownGidReject(slot: number): number {
    const now = this.#port.now
    if (this.#rejSent && ((now - this.#rejAt) | 0) < this.#rejInterval) return DROP_CM_REJ_RATE
    if (!this.#rings.hasOwnWireRoom(GSI_QP)) return DROP_WIRE_FULL
    const view = this.#view
    const mad = this.#begin(slot, CM_ATTRIBUTE.REJ)
    view.setInt32(mad + REMOTE_ID_BYTE, view.getInt32(madOf(slot) + LOCAL_ID_BYTE))
    view.setUint16(mad + REJ_REASON_BYTE, CM_REJ_REASON.PrimaryRemotePortGIDRejected)
    this.#rings.commitWire(GSI_QP)
    this.#rejSent = true
    this.#rejAt = now
    return ANSWERED
  }

  /** Answers the DREQ in `slot`, which belongs to no exchange (SQP-CM-10): ANSWERED, or a drop code. */
  disconnectReply(slot: number): number {
    if (!this.#rings.hasOwnWireRoom(GSI_QP)) return DROP_WIRE_FULL
    const view = this.#view
    const mad = this.#begin(slot, CM_ATTRIBUTE.DREP)
    view.setInt32(mad + LOCAL_ID_BYTE, view.getInt32(madOf(slot) + REMOTE_ID_BYTE))
    view.setInt32(mad + REMOTE_ID_BYTE, view.getInt32(madOf(slot) + LOCAL_ID_BYTE))
    this.#rings.commitWire(GSI_QP)
    return ANSWERED
  }

  /** Fills the next slot to the wire with an empty message back to where `slot` came from; returns its MAD. */
  #begin(slot: number, attribute: number): number {
    const words = this.#words
    const view = this.#view
    const to = this.#rings.wireSlot(GSI_QP)
    words[to + SLOT_FLAGS] = (MAD_BYTES << 16) | FLAG_QP1 | (hasGrh(words, slot) ? FLAG_GRH : 0)
    words[to + SLOT_LID] = words[slot + SLOT_LID]! & LID_MASK
    words[to + SLOT_REMOTE_QPN] = remoteQpnOf(words, slot)
    words[to + SLOT_QKEY] = WELL_KNOWN_Q_KEY | 0
    words[to + SLOT_PKEY_INDEX] = pkeyIndexOf(words, slot)
    words[to + SLOT_SOURCE_QPN] = GSI_QP
    clearGrh(words, to)
    if (hasGrh(words, slot)) this.#mirrorGrh(grhOf(slot), grhOf(to))
    for (let i = to + MAD_WORD; i < to + MAD_WORD + MAD_BYTES / 4; i++) words[i] = 0
    const mad = madOf(to)
    view.setUint8(mad + BASE_VERSION_BYTE, 1)
    view.setUint8(mad + CLASS_BYTE, MGMT_CLASS.ComMgt)
    view.setUint8(mad + CLASS_VERSION_BYTE, CLASS_VERSION.ComMgt)
    view.setUint8(mad + METHOD_BYTE, METHOD.Send)
    view.setUint16(mad + ATTRIBUTE_BYTE, attribute)
    view.setInt32(mad + TID_BYTE, view.getInt32(madOf(slot) + TID_BYTE))
    view.setInt32(mad + TID_BYTE + 4, view.getInt32(madOf(slot) + TID_BYTE + 4))
    return mad
  }

  #mirrorGrh(from: number, to: number): void {
    const view = this.#view
    grh.TClass.set(view, to, grh.TClass.get(view, from))
    grh.FlowLabel.set(view, to, grh.FlowLabel.get(view, from))
    grh.HopLmt.set(view, to, HOP_LIMIT)
    writeGrhConstants(view, to)
    this.#guids.write(PF, view, to + GRH.SGID.byte)
    grh.SGID.copy(view, from, view, to + GRH.DGID.byte)
  }
}
