/**
 * Places inside a ring slot that the engine reads and writes, as word offsets from its first word. They are
 * computed from the layout tables, never written down twice.
 */
import {
  FLAG_GRH, SLOT_FLAGS, SLOT_GRH_BYTE, SLOT_LID, SLOT_MAD_BYTE, SLOT_PKEY_INDEX, SLOT_REMOTE_QPN
} from "../ring/slot.ts"
import { GRH, GRH_BYTES, IP_VER, NXT_HDR_IBA } from "../wire/grh.ts"
import { MAD_HEADER } from "../wire/mad-header.ts"

/** First word of the GRH and of the MAD. */
export const GRH_WORD = SLOT_GRH_BYTE / 4
export const MAD_WORD = SLOT_MAD_BYTE / 4
/** First words of the two GIDs of the GRH. */
export const SGID_WORD = GRH_WORD + GRH.SGID.byte / 4
export const DGID_WORD = GRH_WORD + GRH.DGID.byte / 4
/** Length of a GRH in words. */
export const GRH_WORDS = GRH_BYTES / 4

/** Bytes of the MAD header from the first of the MAD. `METHOD_BYTE` holds the R bit too. */
export const BASE_VERSION_BYTE = MAD_HEADER.BaseVersion.byte
export const CLASS_BYTE = MAD_HEADER.MgmtClass.byte
export const CLASS_VERSION_BYTE = MAD_HEADER.ClassVersion.byte
export const METHOD_BYTE = MAD_HEADER.R.byte
export const STATUS_BYTE = MAD_HEADER.Status.byte
export const TID_BYTE = MAD_HEADER.TransactionID.byte
export const ATTRIBUTE_BYTE = MAD_HEADER.AttributeID.byte

/** Mask of the LID, SL and path bits in word {@link SLOT_LID}: the reserved bits are cleared. */
export const LID_MASK = 0x7f0f_ffff
/** Mask of a QPN. */
export const QPN_MASK = 0xff_ffff

/** Bytes after the GRH of a packet with one MAD: BTH 12, DETH 8, MAD 256, ICRC 4. */
const PAY_LEN = 280

/** Byte offset of the MAD of a slot. */
export const madOf = (slot: number): number => slot * 4 + SLOT_MAD_BYTE
/** Byte offset of the GRH of a slot. */
export const grhOf = (slot: number): number => slot * 4 + SLOT_GRH_BYTE

/** True if the MAD of the slot has a GRH. */
export const hasGrh = (words: Int32Array, slot: number): boolean => (words[slot + SLOT_FLAGS]! & FLAG_GRH) !== 0
/** DLID or SLID. */
export const lidOf = (words: Int32Array, slot: number): number => words[slot + SLOT_LID]! & 0xffff
/** Destination or source QPN. */
export const remoteQpnOf = (words: Int32Array, slot: number): number => words[slot + SLOT_REMOTE_QPN]! & QPN_MASK
/** P_Key index. */
export const pkeyIndexOf = (words: Int32Array, slot: number): number => words[slot + SLOT_PKEY_INDEX]! & 0xffff

/** Writes the fields of a GRH that are the same in every packet of one MAD: IPVer, PayLen and NxtHdr. */
export const writeGrhConstants = (view: DataView, grh: number): void => {
  view.setUint8(grh, (IP_VER << 4) | (view.getUint8(grh) & 0x0f))
  view.setUint16(grh + GRH.PayLen.byte, PAY_LEN)
  view.setUint8(grh + GRH.NxtHdr.byte, NXT_HDR_IBA)
}

/** Zeroes the GRH of a slot. */
export const clearGrh = (words: Int32Array, slot: number): void => {
  for (let i = slot + GRH_WORD; i < slot + GRH_WORD + GRH_WORDS; i++) words[i] = 0
}
