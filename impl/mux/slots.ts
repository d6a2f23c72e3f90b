/**
 * Places inside a ring slot that the engine reads and writes, as word offsets from its first word. They are
 * computed from the layout tables, never written down twice.
 */
import {
  FLAG_GRH, SLOT_FLAGS, SLOT_GRH_BYTE, SLOT_LID, SLOT_MAD_BYTE, SLOT_PKEY_INDEX, SLOT_REMOTE_QPN
} from "../ring/slot.ts"
import { GRH, GRH_BYTES, GRH_PAY_LEN, IP_VER, NXT_HDR_IBA } from "../wire/grh.ts"
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

// Own constants: V8 compiles those of a module into its code, while exported and imported ones are loaded at each use.
const MAD_BYTE = SLOT_MAD_BYTE
const GRH_BYTE = SLOT_GRH_BYTE
const GRH_BIT = FLAG_GRH
const FLAGS = SLOT_FLAGS
const LID = SLOT_LID
const REMOTE_QPN = SLOT_REMOTE_QPN
const QPN = QPN_MASK
const PKEY_INDEX = SLOT_PKEY_INDEX
const GRH_FIRST = GRH_WORD
const GRH_END = GRH_WORD + GRH_WORDS
const VERSION = IP_VER << 4
const PAY_LEN = GRH_PAY_LEN
const PAY_LEN_BYTE = GRH.PayLen.byte
const NEXT_HEADER_BYTE = GRH.NxtHdr.byte
const NEXT_HEADER = NXT_HDR_IBA

/** Byte offset of the MAD of a slot. */
export const madOf = (slot: number): number => slot * 4 + MAD_BYTE
/** Byte offset of the GRH of a slot. */
export const grhOf = (slot: number): number => slot * 4 + GRH_BYTE

/** True if the MAD of the slot has a GRH. */
export const hasGrh = (words: Int32Array, slot: number): boolean => (words[slot + FLAGS]! & GRH_BIT) !== 0
/** DLID or SLID. */
export const lidOf = (words: Int32Array, slot: number): number => words[slot + LID]! & 0xffff
/** Destination or source QPN. */
export const remoteQpnOf = (words: Int32Array, slot: number): number => words[slot + REMOTE_QPN]! & QPN
/** P_Key index. */
export const pkeyIndexOf = (words: Int32Array, slot: number): number => words[slot + PKEY_INDEX]! & 0xffff

/** Function, management class and LID as one word, for keys. */
export const whoWord = (f: number, mgmtClass: number, lid: number): number => f | (mgmtClass << 8) | (lid << 16)
/** QPN at the far end and our QP as one word, for keys; bits 25 and up are free. */
export const whereWord = (remoteQpn: number, qp: number): number => remoteQpn | (qp << 24)

/** Writes the fields of a GRH that are the same in every packet of one MAD: IPVer, PayLen and NxtHdr. */
export const writeGrhConstants = (view: DataView, grh: number): void => {
  view.setUint8(grh, VERSION | (view.getUint8(grh) & 0x0f))
  view.setUint16(grh + PAY_LEN_BYTE, PAY_LEN)
  view.setUint8(grh + NEXT_HEADER_BYTE, NEXT_HEADER)
}

/** Zeroes the GRH of a slot. */
export const clearGrh = (words: Int32Array, slot: number): void => {
  for (let i = slot + GRH_FIRST; i < slot + GRH_END; i++) words[i] = 0
}
