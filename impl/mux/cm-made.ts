/** CM messages that the PF context sends itself (spec/cm.md): a REJ for an unknown GID, a DREP for no exchange. */
import { MAD_BYTES } from "../ring/slot.ts"
import { CM_ATTRIBUTE } from "../wire/attributes.ts"
import { CLASS_VERSION, MGMT_CLASS } from "../wire/classes.ts"
import { METHOD } from "../wire/methods.ts"
import { CM_REJ_REASON } from "../wire/status.ts"
import { LOCAL_ID_BYTE, REJ_REASON_BYTE, REMOTE_ID_BYTE } from "./cm-fields.ts"
import { ANSWERED, DROP_CM_REJ_RATE, DROP_WIRE_FULL } from "./outcomes.ts"
import type { PortState } from "./port-state.ts"
import {
  ATTRIBUTE_BYTE, BASE_VERSION_BYTE, CLASS_BYTE, CLASS_VERSION_BYTE, MAD_WORD, madOf, METHOD_BYTE, TID_BYTE
} from "./slots.ts"
import { addressAnswer, type WireAnswerParts } from "./wire-answer.ts"

const GSI_QP = 1

/** Makes CM messages of the PF context. */
export class CmMade {
  readonly #parts: WireAnswerParts
  readonly #port: PortState
  readonly #rejInterval: number
  #rejSent = false
  #rejAt = 0

  constructor(parts: WireAnswerParts, port: PortState, rejIntervalMs: number) {
    this.#parts = parts
    this.#port = port
    this.#rejInterval = rejIntervalMs
  }

  /** Answers the REQ in `slot`, whose GID is nobody's (SQP-CM-9): ANSWERED, or a drop code. */
  unknownGidReject(slot: number): number {
    const now = this.#port.now
    if (this.#rejSent && ((now - this.#rejAt) | 0) < this.#rejInterval) return DROP_CM_REJ_RATE
    const { region: { view }, rings } = this.#parts
    if (!rings.hasOwnWireRoom(GSI_QP)) return DROP_WIRE_FULL
    const mad = this.#begin(slot, CM_ATTRIBUTE.REJ)
    view.setInt32(mad + REMOTE_ID_BYTE, view.getInt32(madOf(slot) + LOCAL_ID_BYTE))
    view.setUint16(mad + REJ_REASON_BYTE, CM_REJ_REASON.PrimaryRemotePortGIDRejected)
    rings.commitWire(GSI_QP)
    this.#rejSent = true
    this.#rejAt = now
    return ANSWERED
  }

  /** Answers the DREQ in `slot`, which belongs to no exchange (SQP-CM-10): ANSWERED, or a drop code. */
  disconnectReply(slot: number): number {
    const { region: { view }, rings } = this.#parts
    if (!rings.hasOwnWireRoom(GSI_QP)) return DROP_WIRE_FULL
    const mad = this.#begin(slot, CM_ATTRIBUTE.DREP)
    view.setInt32(mad + LOCAL_ID_BYTE, view.getInt32(madOf(slot) + REMOTE_ID_BYTE))
    view.setInt32(mad + REMOTE_ID_BYTE, view.getInt32(madOf(slot) + LOCAL_ID_BYTE))
    rings.commitWire(GSI_QP)
    return ANSWERED
  }

  /** Fills the next slot to the wire with an empty message back to where `slot` came from; returns its MAD. */
  #begin(slot: number, attribute: number): number {
    const { view, words } = this.#parts.region
    const to = addressAnswer(this.#parts, slot)
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
}
