/** Answers that the PF context sends to the wire on QP1: they go back where the MAD they answer came from. */
import type { SharedRegion } from "../ring/memory.ts"
import {
  FLAG_GRH, FLAG_QP1, MAD_BYTES, SLOT_FLAGS, SLOT_LID, SLOT_PKEY_INDEX, SLOT_QKEY, SLOT_REMOTE_QPN, SLOT_SOURCE_QPN
} from "../ring/slot.ts"
import { WELL_KNOWN_Q_KEY } from "../wire/classes.ts"
import { GRH, grh } from "../wire/grh.ts"
import type { Guids } from "./guids.ts"
import type { Rings } from "./rings.ts"
import { clearGrh, grhOf, hasGrh, LID_MASK, pkeyIndexOf, remoteQpnOf, writeGrhConstants } from "./slots.ts"

const GSI_QP = 1
const HOP_LIMIT = 0xff
const PF = 0

/** What an answer stands on. */
export interface WireAnswerParts {
  readonly region: SharedRegion
  readonly rings: Rings
  readonly guids: Guids
}

/**
 * Addresses the next slot to the wire, which must have room, back to where the MAD in `slot` came from: its
 * SLID, QPN, SL and P_Key index, and a GRH if it had one (SQP-SUB-5, SQP-CM-9, SQP-CM-10). Returns that slot's
 * word offset; it holds a copy of the MAD, and is sent by `commitWire`.
 */
export const addressAnswer = ({ guids, region, rings }: WireAnswerParts, slot: number): number => {
  const { view, words } = region
  const to = rings.wireSlot(GSI_QP)
  region.copySlot(to, slot)
  words[to + SLOT_FLAGS] = (MAD_BYTES << 16) | FLAG_QP1 | (hasGrh(words, slot) ? FLAG_GRH : 0)
  words[to + SLOT_LID] = words[slot + SLOT_LID]! & LID_MASK
  words[to + SLOT_REMOTE_QPN] = remoteQpnOf(words, slot)
  words[to + SLOT_QKEY] = WELL_KNOWN_Q_KEY | 0
  words[to + SLOT_PKEY_INDEX] = pkeyIndexOf(words, slot)
  words[to + SLOT_SOURCE_QPN] = GSI_QP
  clearGrh(words, to)
  if (hasGrh(words, slot)) mirrorGrh(view, guids, grhOf(slot), grhOf(to))
  return to
}

const mirrorGrh = (view: DataView, guids: Guids, from: number, to: number): void => {
  grh.TClass.set(view, to, grh.TClass.get(view, from))
  grh.FlowLabel.set(view, to, grh.FlowLabel.get(view, from))
  grh.HopLmt.set(view, to, HOP_LIMIT)
  writeGrhConstants(view, to)
  guids.write(PF, view, to + GRH.SGID.byte)
  grh.SGID.copy(view, from, view, to + GRH.DGID.byte)
}
