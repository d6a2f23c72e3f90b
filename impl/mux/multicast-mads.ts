/**
 * MADs of MCMemberRecord that the PF context makes: joins and leaves for the SA, answers for functions. Each
 * is made afresh: the fields of its pattern, zero elsewhere (SQP-MC-14).
 */
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { madHeader } from "../wire/mad-header.ts"
import { MC_MEMBER_RECORD_ATTRIBUTE_OFFSET, mcMemberRecord } from "../wire/mc-member-record.ts"
import { METHOD } from "../wire/methods.ts"
import { RMPP_END, RMPP_FLAG, RMPP_TYPE, rmppData } from "../wire/rmpp.ts"
import { SA_DATA, SA_DATA_BYTES, saHeader } from "../wire/sa.ts"
import { ALL_COMPONENTS, copyComponents, MEMBER_MASK, REJOIN_MASK } from "./multicast-record.ts"
import type { MemberRequest } from "./multicast-request.ts"
import { type MadView, newSaMad } from "./sa-mads.ts"

const newMad = (method: number, tidHigh: number, tidLow: number): MadView =>
  newSaMad(method, SA_ATTRIBUTE.MCMemberRecord, tidHigh, tidLow)

const setMember = (view: DataView, base: number, mgid: string, portGid: string, joinState: number): void => {
  mcMemberRecord.MGID.setHex(view, base, mgid)
  mcMemberRecord.PortGID.setHex(view, base, portGid)
  mcMemberRecord.JoinState.set(view, base, joinState)
}

/** The join a function's request causes: its mask and masked components (ProxyJoin is 0), but our PortGID. */
export const joinMad = (tid: number, request: MemberRequest, portGid: string): Uint8Array => {
  const { bytes, view } = newMad(METHOD.Set, 0, tid)
  saHeader.ComponentMask.set(view, 0, request.maskHigh, request.maskLow)
  copyComponents(request.record, request.maskLow, view, SA_DATA)
  setMember(view, SA_DATA, request.mgid, portGid, request.joinState)
  return bytes
}

/** The join of all bits that functions hold; the group's record (base 0) lets the SA create it anew. */
export const rejoinMad = (
  tid: number,
  mgid: string,
  joinState: number,
  record: DataView,
  portGid: string
): Uint8Array => {
  const { bytes, view } = newMad(METHOD.Set, 0, tid)
  saHeader.ComponentMask.set(view, 0, 0, REJOIN_MASK)
  copyComponents(record, REJOIN_MASK, view, SA_DATA)
  setMember(view, SA_DATA, mgid, portGid, joinState)
  return bytes
}

/** The leave of `joinState` bits. */
export const leaveMad = (tid: number, mgid: string, joinState: number, portGid: string): Uint8Array => {
  const { bytes, view } = newMad(METHOD.Delete, 0, tid)
  saHeader.ComponentMask.set(view, 0, 0, MEMBER_MASK)
  setMember(view, SA_DATA, mgid, portGid, joinState)
  return bytes
}

/** What a function's request is answered with. */
export interface MemberAnswer {
  readonly method: typeof METHOD.GetResp | typeof METHOD.DeleteResp
  readonly status: number
  /** The request's, or the one the SA chose; 32 hex digits. */
  readonly mgid: string
  /** The bits that the function has now. */
  readonly joinState: number
  /** The group's record (base 0) with status 0, else null. */
  readonly record: DataView | null
}

/** The answer to a function's request (spec/multicast.md, "The answer a function gets"). */
export const answerMad = (request: MemberRequest, answer: MemberAnswer): Uint8Array => {
  const { bytes, view } = newMad(answer.method, request.tidHigh, request.tidLow)
  madHeader.Status.set(view, 0, answer.status)
  saHeader.AttributeOffset.set(view, 0, MC_MEMBER_RECORD_ATTRIBUTE_OFFSET)
  if (answer.record !== null) copyComponents(answer.record, ALL_COMPONENTS, view, SA_DATA)
  setMember(view, SA_DATA, answer.mgid, request.portGid, answer.joinState)
  return bytes
}

/** Bytes from one record of a table to the next. */
const RECORD_STRIDE = 8 * MC_MEMBER_RECORD_ATTRIBUTE_OFFSET
/** How many records one segment holds. */
export const RECORDS_A_SEGMENT = Math.floor(SA_DATA_BYTES / RECORD_STRIDE)
/** What `PayloadLength` counts before the records: the SA header. */
const SA_HEADER_BYTES = SA_DATA - RMPP_END
/** `RMPPVersion` of every RMPP packet. */
const RMPP_VERSION = 1

/** A membership as a record of its own tells it. */
export interface MemberRow {
  readonly mgid: string
  readonly joinState: number
  /** The group's record, base 0. */
  readonly record: DataView | null
}

/** The answer to a GetTable: one segment of at most {@link RECORDS_A_SEGMENT} rows; null: `status` alone. */
export const tableMad = (
  request: MemberRequest,
  status: number,
  rows: ReadonlyArray<MemberRow> | null
): Uint8Array => {
  const { bytes, view } = newMad(METHOD.GetTableResp, request.tidHigh, request.tidLow)
  madHeader.Status.set(view, 0, status)
  saHeader.AttributeOffset.set(view, 0, MC_MEMBER_RECORD_ATTRIBUTE_OFFSET)
  if (rows === null) return bytes
  rmppData.RMPPVersion.set(view, 0, RMPP_VERSION)
  rmppData.RMPPType.set(view, 0, RMPP_TYPE.DATA)
  rmppData.RMPPFlags.set(view, 0, RMPP_FLAG.Active | RMPP_FLAG.First | RMPP_FLAG.Last)
  rmppData.SegmentNumber.set(view, 0, 1)
  rmppData.PayloadLength.set(view, 0, SA_HEADER_BYTES + rows.length * RECORD_STRIDE)
  rows.forEach(({ joinState, mgid, record }, i) => {
    const base = SA_DATA + i * RECORD_STRIDE
    if (record !== null) copyComponents(record, ALL_COMPONENTS, view, base)
    setMember(view, base, mgid, request.portGid, joinState)
  })
  return bytes
}
