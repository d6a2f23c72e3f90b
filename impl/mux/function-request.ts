/** A request of a function that the PF context answers itself: what every such answer needs of it. */
import {
  FLAG_GRH, SLOT_FLAGS, SLOT_GRH_BYTE, SLOT_LID, SLOT_MAD_BYTE, SLOT_PKEY_INDEX
} from "../ring/slot.ts"
import { grh } from "../wire/grh.ts"
import { madHeader } from "../wire/mad-header.ts"
import { saHeader } from "../wire/sa.ts"
import type { ControlHost } from "./control-host.ts"

/** Who asked, with which TID and mask, from where to where. */
export interface FunctionRequest {
  readonly function: number
  /** The guest's TID, upper and lower 32 bits. */
  readonly tidHigh: number
  readonly tidLow: number
  /** ComponentMask, upper and lower 32 bits. */
  readonly maskHigh: number
  readonly maskLow: number
  /** Where the request was sent to. */
  readonly dlid: number
  readonly sl: number
  readonly pathBits: number
  /** Virtual P_Key index. */
  readonly pkeyIndex: number
  /** DGID of the request's GRH, 32 hex digits; null without a GRH. */
  readonly dgid: string | null
  readonly arrivedMs: number
}

/** Copies the SA request of function `f` out of the slot at word `slotWord`, but for its attribute. */
export const readFunctionRequest = (
  { view, words }: ControlHost["region"],
  f: number,
  slotWord: number,
  nowMs: number
): FunctionRequest => {
  const word = (index: number): number => words[slotWord + index] ?? 0
  const mad = slotWord * 4 + SLOT_MAD_BYTE
  return {
    function: f,
    tidHigh: madHeader.TransactionID.high(view, mad),
    tidLow: madHeader.TransactionID.low(view, mad),
    maskHigh: saHeader.ComponentMask.high(view, mad),
    maskLow: saHeader.ComponentMask.low(view, mad),
    dlid: word(SLOT_LID) & 0xffff,
    sl: (word(SLOT_LID) >>> 16) & 0xf,
    pathBits: (word(SLOT_LID) >>> 24) & 0x7f,
    pkeyIndex: word(SLOT_PKEY_INDEX) & 0xffff,
    dgid: (word(SLOT_FLAGS) & FLAG_GRH) === 0 ? null : grh.DGID.hex(view, slotWord * 4 + SLOT_GRH_BYTE),
    arrivedMs: nowMs
  }
}

/** True if both are of one function with one TID. */
export const isSameTid = (a: FunctionRequest, b: FunctionRequest): boolean =>
  a.function === b.function && a.tidLow === b.tidLow && a.tidHigh === b.tidHigh
