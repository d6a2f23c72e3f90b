/**
 * Get and GetTable of MCMemberRecord (spec/multicast.md): about itself a function is answered from the table,
 * and of others a VF is told no PortGID, no JoinState and no ProxyJoin (SQP-MC-16).
 */
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { MGMT_CLASS } from "../wire/classes.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import {
  MC_MEMBER_RECORD, MC_MEMBER_RECORD_ATTRIBUTE_OFFSET, MC_MEMBER_RECORD_MASK as MASK, mcMemberRecord
} from "../wire/mc-member-record.ts"
import { METHOD } from "../wire/methods.ts"
import { RMPP_FLAG, RMPP_TYPE, rmppData } from "../wire/rmpp.ts"
import { SA_DATA, SA_DATA_BYTES, saHeader } from "../wire/sa.ts"
import { bitsOf, type Group } from "./multicast-group.ts"
import { matchesRecord } from "./multicast-record.ts"
import type { MemberRequest } from "./multicast-request.ts"

const PORT_GID = MC_MEMBER_RECORD.PortGID.byte
const JOIN_STATE = MC_MEMBER_RECORD.JoinState.byte
const PROXY_JOIN = MC_MEMBER_RECORD.ProxyJoin.byte
const GID_BYTES = 16

/** True for GetTable, GetTraceTable, GetMulti and their responses, which carry any number of records. */
export const isTableMethod = (method: number): boolean => {
  const request = method & 0x7f
  return request === METHOD.GetTable || request === METHOD.GetTraceTable || request === METHOD.GetMulti
}

/** True for a response of MCMemberRecord, of which a VF must not see all. */
export const isMemberResponse = (view: DataView, mad: number, mgmtClass: number): boolean =>
  mgmtClass === MGMT_CLASS.SubnAdm && madHeader.AttributeID.get(view, mad) === SA_ATTRIBUTE.MCMemberRecord

/** Takes from the response at byte `mad` what is about others; nothing else of it changes. No allocation. */
export const hideOthers = (view: DataView, mad: number): void => {
  if (!isTableMethod(methodByte.get(view, mad))) {
    blank(view, mad + SA_DATA, 0, 1 << 16)
    return
  }
  const isActive = (rmppData.RMPPFlags.get(view, mad) & RMPP_FLAG.Active) !== 0
  if (isActive && rmppData.RMPPType.get(view, mad) !== RMPP_TYPE.DATA) return
  const offset = saHeader.AttributeOffset.get(view, mad)
  if (offset < MC_MEMBER_RECORD_ATTRIBUTE_OFFSET) {
    for (let i = 0; i < SA_DATA_BYTES; i++) view.setUint8(mad + SA_DATA + i, 0)
    return
  }
  const segment = isActive ? Math.max(1, rmppData.SegmentNumber.get(view, mad)) : 1
  blank(view, mad + SA_DATA, (segment - 1) * SA_DATA_BYTES, offset * 8)
}

/** Blanks 200 bytes from `data` on, which are bytes `from` and up of records of `length` bytes. */
const blank = (view: DataView, data: number, from: number, length: number): void => {
  let place = from % length
  for (let i = data; i < data + SA_DATA_BYTES; i++) {
    if (place >= PORT_GID && place < PORT_GID + GID_BYTES) view.setUint8(i, 0)
    else if (place === JOIN_STATE) view.setUint8(i, view.getUint8(i) & 0xf0)
    else if (place === PROXY_JOIN) view.setUint8(i, view.getUint8(i) & 0x7f)
    place = place + 1 === length ? 0 : place + 1
  }
}

/** True for a Get or GetTable at byte `mad`, of MCMemberRecord, whose mask has PortGID. */
export const namesPortGid = (view: DataView, mad: number): boolean => {
  const method = methodByte.get(view, mad)
  if (method !== METHOD.Get && method !== METHOD.GetTable) return false
  const isActive = (rmppData.RMPPFlags.get(view, mad) & RMPP_FLAG.Active) !== 0
  if (isActive && rmppData.RMPPType.get(view, mad) > RMPP_TYPE.DATA) return false
  return (saHeader.ComponentMask.low(view, mad) & MASK.PortGID) !== 0
}

/**
 * The groups in which the function of a Get or GetTable has bits and which it asks for, in the order of their
 * MGIDs; null for a request about the PortGID of another.
 */
export const askedGroups = (
  groups: Iterable<Group>,
  request: MemberRequest,
  ownGid: string | null
): ReadonlyArray<Group> | null => {
  const { maskLow, record } = request
  if (request.portGid !== ownGid) return null
  const asked = [...groups].filter((group) => {
    const joinState = bitsOf(group, request.function)
    if (joinState === 0 || group.record === null) return false
    if ((maskLow & MASK.MGID) !== 0 && group.mgid !== request.mgid) return false
    if ((maskLow & MASK.JoinState) !== 0 && joinState !== request.joinState) return false
    if ((maskLow & MASK.ProxyJoin) !== 0 && mcMemberRecord.ProxyJoin.get(record, 0) !== 0) return false
    return matchesRecord(group.record, record, maskLow)
  })
  return asked.sort((a, b) => (a.mgid < b.mgid ? -1 : 1))
}
