/** The answer to a request that policy refuses (spec/classes.md, "The answer"). */
import type { SharedRegion } from "../ring/memory.ts"
import {
  FLAG_GRH, FLAG_QP1, MAD_BYTES, SLOT_FLAGS, SLOT_LID, SLOT_PKEY_INDEX, SLOT_QKEY, SLOT_REMOTE_QPN, SLOT_SOURCE_QPN
} from "../ring/slot.ts"
import { GRH } from "../wire/grh.ts"
import { METHOD, RESPONSE_BIT } from "../wire/methods.ts"
import type { Guids } from "./guids.ts"
import { ANSWERED, DROP_FUNCTION_FULL } from "./outcomes.ts"
import type { Rings } from "./rings.ts"
import {
  clearGrh, DGID_WORD, grhOf, hasGrh, LID_MASK, madOf, METHOD_BYTE, pkeyIndexOf, remoteQpnOf, SGID_WORD, STATUS_BYTE,
  writeGrhConstants
} from "./slots.ts"

/** Answers functions in the name of those they asked. */
export class Answers {
  readonly #region: SharedRegion
  readonly #rings: Rings
  readonly #guids: Guids

  constructor(region: SharedRegion, rings: Rings, guids: Guids) {
    this.#region = region
    this.#rings = rings
    this.#guids = guids
  }

  /** Answers the request of function `f` in `slot` with `status`: ANSWERED, or a drop code. */
  refuse(f: number, qp: number, slot: number, status: number): number {
    if (!this.#rings.hasFunctionRoom(f, qp)) return DROP_FUNCTION_FULL
    const { words, view } = this.#region
    const to = this.#rings.functionSlot(f, qp)
    this.#region.copySlot(to, slot)
    const grh = hasGrh(words, slot)
    words[to + SLOT_FLAGS] = (MAD_BYTES << 16) | (qp === 1 ? FLAG_QP1 : 0) | (grh ? FLAG_GRH : 0)
    words[to + SLOT_LID] = words[slot + SLOT_LID]! & LID_MASK
    words[to + SLOT_REMOTE_QPN] = remoteQpnOf(words, slot)
    words[to + SLOT_QKEY] = 0
    words[to + SLOT_PKEY_INDEX] = pkeyIndexOf(words, slot)
    words[to + SLOT_SOURCE_QPN] = 0
    clearGrh(words, to)
    if (grh) {
      for (let i = 0; i < 4; i++) words[to + SGID_WORD + i] = words[slot + DGID_WORD + i]!
      this.#guids.write(f, view, grhOf(to) + GRH.DGID.byte)
      writeGrhConstants(view, grhOf(to))
    }
    const mad = madOf(to)
    view.setUint8(mad + METHOD_BYTE, responseTo(view.getUint8(mad + METHOD_BYTE)))
    view.setUint16(mad + STATUS_BYTE, status)
    this.#rings.commitFunction(f, qp)
    return ANSWERED
  }
}

/** The method that answers a request's: Set has no response of its own, GetTraceTable that of GetTable. */
const responseTo = (method: number): number => {
  if (method === METHOD.Set) return METHOD.GetResp
  return method === METHOD.GetTraceTable ? METHOD.GetTableResp : method | RESPONSE_BIT
}
