/**
 * MADs of MCMemberRecord that the PF context makes: joins and leaves for the SA, answers for functions. Each
 * is made afresh: the fields of its pattern, zero elsewhere (SQP-MC-14).
 */
import { MAD_BYTES } from "../ring/slot.ts"
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { CLASS_VERSION, MGMT_CLASS, WELL_KNOWN_Q_KEY } from "../wire/classes.ts"
import { GRH_BYTES, grh, IP_VER, NXT_HDR_IBA } from "../wire/grh.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import { MC_MEMBER_RECORD_ATTRIBUTE_OFFSET, mcMemberRecord } from "../wire/mc-member-record.ts"
import { METHOD } from "../wire/methods.ts"
import { SA_DATA, saHeader } from "../wire/sa.ts"
import type { MadAddress } from "./multicast-host.ts"
import { ALL_COMPONENTS, copyComponents, MEMBER_MASK, REJOIN_MASK } from "./multicast-record.ts"
import type { MemberRequest } from "./multicast-request.ts"

/** `PayLen` of the GRH of a MAD: BTH 12, DETH 8, MAD 256, ICRC 4 bytes. */
const GRH_PAY_LEN = 12 + 8 + MAD_BYTES + 4

/** A MAD of 256 bytes over which the accessors work. */
interface MadView {
  readonly bytes: Uint8Array
  readonly view: DataView
}

const newMad = (method: number, tidHigh: number, tidLow: number): MadView => {
  const bytes = new Uint8Array(MAD_BYTES)
  const view = new DataView(bytes.buffer)
  madHeader.BaseVersion.set(view, 0, 1)
  madHeader.MgmtClass.set(view, 0, MGMT_CLASS.SubnAdm)
  madHeader.ClassVersion.set(view, 0, CLASS_VERSION.SubnAdm)
  methodByte.set(view, 0, method)
  madHeader.TransactionID.set(view, 0, tidHigh, tidLow)
  madHeader.AttributeID.set(view, 0, SA_ATTRIBUTE.MCMemberRecord)
  return { bytes, view }
}

const setMember = (view: DataView, mgid: string, portGid: string, joinState: number): void => {
  mcMemberRecord.MGID.setHex(view, SA_DATA, mgid)
  mcMemberRecord.PortGID.setHex(view, SA_DATA, portGid)
  mcMemberRecord.JoinState.set(view, SA_DATA, joinState)
}

/** The join a function's request causes: its mask and masked components (ProxyJoin is 0), but our PortGID. */
export const joinMad = (tid: number, request: MemberRequest, portGid: string): Uint8Array => {
  const { bytes, view } = newMad(METHOD.Set, 0, tid)
  saHeader.ComponentMask.set(view, 0, request.maskHigh, request.maskLow)
  copyComponents(request.record, request.maskLow, view, SA_DATA)
  setMember(view, request.mgid, portGid, request.joinState)
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
  setMember(view, mgid, portGid, joinState)
  return bytes
}

/** The leave of `joinState` bits. */
export const leaveMad = (tid: number, mgid: string, joinState: number, portGid: string): Uint8Array => {
  const { bytes, view } = newMad(METHOD.Delete, 0, tid)
  saHeader.ComponentMask.set(view, 0, 0, MEMBER_MASK)
  setMember(view, mgid, portGid, joinState)
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
  setMember(view, answer.mgid, request.portGid, answer.joinState)
  return bytes
}

/** Where joins and leaves go: QPN 1 of the subnet manager, without a GRH. */
export const saAddress = (smLid: number, smSl: number): MadAddress => ({
  lid: smLid, sl: smSl, pathBits: 0, remoteQpn: 1, rate: 0, qKey: WELL_KNOWN_Q_KEY, pkeyIndex: 0, grh: null
})

const answerGrh = (sgid: string, dgid: string): Uint8Array => {
  const bytes = new Uint8Array(GRH_BYTES)
  const view = new DataView(bytes.buffer)
  grh.IPVer.set(view, 0, IP_VER)
  grh.PayLen.set(view, 0, GRH_PAY_LEN)
  grh.NxtHdr.set(view, 0, NXT_HDR_IBA)
  grh.SGID.setHex(view, 0, sgid)
  grh.DGID.setHex(view, 0, dgid)
  return bytes
}

/**
 * Where an answer claims to come from: the SM (the request's DLID while `smLid` is 0), the rest mirrored from
 * the request, with a GRH if it had one. `ownGid` is the function's GID.
 */
export const answerAddress = (request: MemberRequest, smLid: number, ownGid: string): MadAddress => ({
  lid: smLid === 0 ? request.dlid : smLid,
  sl: request.sl,
  pathBits: request.pathBits,
  remoteQpn: 1,
  rate: 0,
  qKey: 0,
  pkeyIndex: request.pkeyIndex,
  grh: request.dgid === null ? null : answerGrh(request.dgid, ownGid)
})
