/**
 * Between a ring slot and a datagram of ibsim. What the simulator does not know is lost on the way out (GRH,
 * SL, P_Key index, Q_Key, rate) and zero on the way in.
 */
import type { SharedRegion } from "../../ring/memory.ts"
import {
  FLAG_GRH,
  FLAG_QP1,
  MAD_BYTES,
  SLOT_FLAGS,
  SLOT_GRH_BYTE,
  SLOT_LID,
  SLOT_MAD_BYTE,
  SLOT_PKEY_INDEX,
  SLOT_QKEY,
  SLOT_REMOTE_QPN,
  SLOT_SOURCE_QPN
} from "../../ring/slot.ts"
import { isSmpClass, MGMT_CLASS } from "../../wire/classes.ts"
import { MAD_HEADER, madHeader } from "../../wire/mad-header.ts"
import type { MadDatagram } from "./datagram.ts"

/** The DLID and SLID of a directed-route SMP, and what ibsim wants as SLID there. */
const PERMISSIVE_LID = 0xffff
/** ibsim fills in the LID of the sending port. */
const OWN_LID = 0

/**
 * The datagram of the outgoing slot of `qp` at word `slot`, with a private copy of its MAD; the TID goes out
 * as it is. Its length is the sender's and may be out of range: encoding it refuses that.
 */
export const datagramOfSlot = (region: SharedRegion, slot: number, qp: 0 | 1): MadDatagram => {
  const { bytes, words } = region
  const madByte = slot * 4 + SLOT_MAD_BYTE
  const mad = bytes.slice(madByte, madByte + MAD_BYTES)
  const isDirectedRoute = mad[MAD_HEADER.MgmtClass.byte] === MGMT_CLASS.SubnDirectedRoute
  return {
    dlid: (words[slot + SLOT_LID] ?? 0) & 0xffff,
    slid: isDirectedRoute ? PERMISSIVE_LID : OWN_LID,
    dqp: (words[slot + SLOT_REMOTE_QPN] ?? 0) & 0xff_ffff,
    sqp: qp,
    status: 0,
    lengthBytes: (words[slot + SLOT_FLAGS] ?? 0) >>> 16,
    mad
  }
}

/** Whether the outgoing slot at word `slot` has a GRH, which the simulator cannot carry. */
export const slotHasGrh = (region: SharedRegion, slot: number): boolean =>
  ((region.words[slot + SLOT_FLAGS] ?? 0) & FLAG_GRH) !== 0

/** The special QP a delivered MAD belongs to, by its class: ibsim does not keep the two apart. */
export const qpOf = ({ mad }: MadDatagram): 0 | 1 => isSmpClass(mad[MAD_HEADER.MgmtClass.byte] ?? 0) ? 0 : 1

/**
 * Fills the incoming slot at word `slot`. The MAD has 256 bytes, whatever length its sender declared: a wire
 * carries no other, and OpenSM here declares only as many as its answer fills.
 *
 * Bits 63..48 of the TID become 0 in a response: there stands the slot number of this client, which ibsim
 * wrote over them in the request. A request keeps its TID, because ibsim finds the way of the response by it.
 */
export const fillSlot = (region: SharedRegion, slot: number, datagram: MadDatagram, lmc: number): void => {
  const { bytes, view, words } = region
  const pathBits = datagram.dlid & ((1 << lmc) - 1)
  const firstByte = slot * 4
  words[slot + SLOT_FLAGS] = (qpOf(datagram) === 1 ? FLAG_QP1 : 0) | (MAD_BYTES << 16)
  words[slot + SLOT_LID] = datagram.slid | (pathBits << 24)
  words[slot + SLOT_REMOTE_QPN] = datagram.sqp
  words[slot + SLOT_QKEY] = 0
  words[slot + SLOT_PKEY_INDEX] = 0
  words[slot + SLOT_SOURCE_QPN] = 0
  bytes.fill(0, firstByte + SLOT_GRH_BYTE, firstByte + SLOT_MAD_BYTE)
  bytes.set(datagram.mad, firstByte + SLOT_MAD_BYTE)
  const mad = firstByte + SLOT_MAD_BYTE
  if (madHeader.R.get(view, mad) === 1) {
    madHeader.TransactionID.setHigh(view, mad, madHeader.TransactionID.high(view, mad) & 0xffff)
  }
}
