/** MADs of GUIDInfoRecord that the PF context sends, and what their answers show (spec/guid.md). */
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { GUIDS_PER_BLOCK } from "../wire/guid-info.ts"
import { GUID_INFO_RECORD_MASK, guidInfoRecord } from "../wire/guid-info-record.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import { METHOD } from "../wire/methods.ts"
import { SA_DATA, saHeader } from "../wire/sa.ts"
import { NO_GUID } from "./guids-admin.ts"
import { newSaMad } from "./sa-mads.ts"

const blockOf = (f: number): number => Math.floor(f / GUIDS_PER_BLOCK)
/** Where the GUID of function `f` stands in a record: for the accessor of GUID0. */
const guidAt = (base: number, f: number): number => base + 8 * (f % GUIDS_PER_BLOCK)

/**
 * Set or Delete of the slot of function `f` and no other. A Set asks for `guid`, 0 for one of the SA's
 * choice; a Delete names none: 0.
 */
export const slotMad = (
  tid: number, kind: "set" | "delete", lid: number, f: number, guid: string
): Uint8Array => {
  const method = kind === "set" ? METHOD.Set : METHOD.Delete
  const { bytes, view } = newSaMad(method, SA_ATTRIBUTE.GUIDInfoRecord, 0, tid)
  const { BlockNum, GUID0, LID } = GUID_INFO_RECORD_MASK
  saHeader.ComponentMask.set(view, 0, 0, LID | BlockNum | (GUID0 << (f % GUIDS_PER_BLOCK)))
  guidInfoRecord.LID.set(view, SA_DATA, lid)
  guidInfoRecord.BlockNum.set(view, SA_DATA, blockOf(f))
  guidInfoRecord.GUID0.setHex(view, guidAt(SA_DATA, f), guid)
  return bytes
}

/**
 * What the answer at byte `mad` shows in the slot of function `f`: its GUID, 0 for none or with a status;
 * null if it is no answer to a request about that slot of `lid`.
 */
export const shownIn = (view: DataView, mad: number, lid: number, f: number): string | null => {
  if (madHeader.AttributeID.get(view, mad) !== SA_ATTRIBUTE.GUIDInfoRecord) return null
  if (madHeader.Status.get(view, mad) !== 0) return NO_GUID
  const record = mad + SA_DATA
  const isAbout = guidInfoRecord.LID.get(view, record) === lid &&
    guidInfoRecord.BlockNum.get(view, record) === blockOf(f)
  return isAbout ? guidInfoRecord.GUID0.hex(view, guidAt(record, f)) : null
}

/**
 * The admin GUID that a VF's Set or Delete at byte `mad` wishes for, null for none; undefined unless it names
 * the port's LID and GUID0 of block 0 alone, as which every VF knows its own slot (SQP-GUID-11).
 */
export const ownSlotWish = (view: DataView, mad: number, lid: number): string | null | undefined => {
  const record = mad + SA_DATA
  const { BlockNum, GUID0, LID } = GUID_INFO_RECORD_MASK
  const isOwn = saHeader.ComponentMask.high(view, mad) === 0 &&
    saHeader.ComponentMask.low(view, mad) === (LID | BlockNum | GUID0) &&
    guidInfoRecord.LID.get(view, record) === lid && guidInfoRecord.BlockNum.get(view, record) === 0
  if (!isOwn) return undefined
  return methodByte.get(view, mad) === METHOD.Set ? guidInfoRecord.GUID0.hex(view, record) : null
}
