/** What is asked of the SA about one slot, and what an answer says of it (SQP-GUID-3, SQP-GUID-7). */
import { type FunctionId, Guid, type Lid, NO_GUID } from "./ids.ts"
import type { GuidInfo, Mad } from "./mad.ts"

/** GUIDs in one block of the table. */
const GUIDS_PER_BLOCK = 8
/** Bits of the ComponentMask: LID, BlockNum, and from here on one for each GUID of the block. */
const LID_AND_BLOCK = 0x3
const FIRST_GUID_BIT = 4

const placeOf = (fn: FunctionId): number => fn % GUIDS_PER_BLOCK
const blockOf = (fn: FunctionId): number => Math.floor(fn / GUIDS_PER_BLOCK)

/** The record that names a function's slot and no other; `guid` stands in it. */
export const slotRecord = (lid: Lid, fn: FunctionId, guid: Guid): GuidInfo => ({
  _tag: "guidInfo",
  mask: Guid((LID_AND_BLOCK | (1 << (FIRST_GUID_BIT + placeOf(fn)))).toString(16).padStart(16, "0")),
  lid,
  block: blockOf(fn),
  guids: Array.from({ length: GUIDS_PER_BLOCK }, (_, place) => (place === placeOf(fn) ? guid : NO_GUID))
})

/** Whether a VF's record names its own slot and no other, which is GUID0 of block 0 to it (SQP-GUID-11). */
export const isOwnSlot = (own: Lid, { block, lid, mask }: GuidInfo): boolean =>
  mask === "0000000000000013" && lid === own && block === 0

/**
 * The record of an answer that is one to a request about this slot: null for another attribute, and for a
 * success about another LID or block. With a status there is nothing to read in it.
 */
export const recordAbout = (lid: Lid, fn: FunctionId, { body, status }: Mad): GuidInfo | null => {
  if (body._tag !== "guidInfo") return null
  return status !== 0 || (body.lid === lid && body.block === blockOf(fn)) ? body : null
}

/** What an answer shows in a function's slot; {@link NO_GUID} with a status. */
export const shownIn = (fn: FunctionId, record: GuidInfo, status: number): Guid =>
  (status === 0 ? (record.guids[placeOf(fn)] ?? NO_GUID) : NO_GUID)
