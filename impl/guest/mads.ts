/** MADs as a guest's own management stack writes them: queries, joins and leaves, CM messages. */
import { CM_ATTRIBUTE, SA_ATTRIBUTE, SMP_ATTRIBUTE } from "../wire/attributes.ts"
import { MGMT_CLASS } from "../wire/classes.ts"
import { cmDreq, cmRep, cmReq, cmRtu } from "../wire/cm.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import { MC_MEMBER_RECORD_MASK as MC_MASK, mcMemberRecord } from "../wire/mc-member-record.ts"
import { METHOD } from "../wire/methods.ts"
import { PATH_RECORD_MASK as PATH_MASK, pathRecord } from "../wire/path-record.ts"
import { SA_DATA, saHeader } from "../wire/sa.ts"

/** A MAD under construction with its view. */
interface Draft {
  readonly mad: Uint8Array
  readonly view: DataView
}

/** Header fields of a MAD; `tid` is 16 hex digits. */
interface Header {
  readonly mgmtClass: number
  readonly classVersion: number
  readonly method: number
  readonly attributeId: number
  readonly tid: string
}

const draft = ({ attributeId, classVersion, method, mgmtClass, tid }: Header): Draft => {
  const mad = new Uint8Array(256)
  const view = new DataView(mad.buffer)
  madHeader.BaseVersion.set(view, 0, 1)
  madHeader.MgmtClass.set(view, 0, mgmtClass)
  madHeader.ClassVersion.set(view, 0, classVersion)
  methodByte.set(view, 0, method)
  madHeader.TransactionID.setBig(view, 0, BigInt(`0x${tid}`))
  madHeader.AttributeID.set(view, 0, attributeId)
  return { mad, view }
}

const sa = (tid: string, method: number, attributeId: number, mask: number): Draft => {
  const made = draft({ mgmtClass: MGMT_CLASS.SubnAdm, classVersion: 2, method, attributeId, tid })
  saHeader.ComponentMask.set(made.view, 0, 0, mask)
  return made
}

/** ComponentMask of a MultiPathRecord: SGIDCount and DGIDCount (IBTA Vol 1, 15.2.5.20). */
const MULTI_PATH_GID_COUNTS = (1 << 17) | (1 << 18)

/** SubnGet(NodeInfo), LID-routed. */
export const getNodeInfo = (tid: string): Uint8Array =>
  draft({
    mgmtClass: MGMT_CLASS.SubnLIDRouted, classVersion: 1, method: METHOD.Get, attributeId: SMP_ATTRIBUTE.NodeInfo, tid
  }).mad

/** SubnAdmGet(PathRecord) between two GIDs (32 hex digits each). */
export const getPathRecord = (tid: string, sgid: string, dgid: string): Uint8Array => {
  const { mad, view } = sa(tid, METHOD.Get, SA_ATTRIBUTE.PathRecord, PATH_MASK.SGID | PATH_MASK.DGID)
  pathRecord.SGID.setHex(view, SA_DATA, sgid)
  pathRecord.DGID.setHex(view, SA_DATA, dgid)
  return mad
}

/** SubnAdmGet(PathRecord) between two LIDs. */
export const getPathRecordByLid = (tid: string, slid: number, dlid: number): Uint8Array => {
  const { mad, view } = sa(tid, METHOD.Get, SA_ATTRIBUTE.PathRecord, PATH_MASK.SLID | PATH_MASK.DLID)
  pathRecord.SLID.set(view, SA_DATA, slid)
  pathRecord.DLID.set(view, SA_DATA, dlid)
  return mad
}

/** SubnAdmGetTable(NodeRecord) of every node. */
export const getNodeTable = (tid: string): Uint8Array => sa(tid, METHOD.GetTable, SA_ATTRIBUTE.NodeRecord, 0).mad

/** The header of a SubnAdmGetMulti(MultiPathRecord): its data may take several segments. */
export const getMultiPath = (tid: string): Uint8Array =>
  sa(tid, METHOD.GetMulti, SA_ATTRIBUTE.MultiPathRecord, MULTI_PATH_GID_COUNTS).mad

/** A member of a group: GIDs 32 hex digits, JoinState four bits. */
export interface Membership {
  readonly mgid: string
  readonly portGid: string
  readonly joinState: number
}

/** Components that create a group besides MGID, PortGID and JoinState. */
const CREATING = MC_MASK.Q_Key | MC_MASK.P_Key | MC_MASK.TClass | MC_MASK.SL | MC_MASK.FlowLabel
const MEMBER = MC_MASK.MGID | MC_MASK.PortGID | MC_MASK.JoinState

const membership = (tid: string, method: number, mask: number, { joinState, mgid, portGid }: Membership): Draft => {
  const made = sa(tid, method, SA_ATTRIBUTE.MCMemberRecord, mask)
  mcMemberRecord.MGID.setHex(made.view, SA_DATA, mgid)
  mcMemberRecord.PortGID.setHex(made.view, SA_DATA, portGid)
  mcMemberRecord.JoinState.set(made.view, SA_DATA, joinState)
  return made
}

/**
 * SubnAdmSet(MCMemberRecord) with all components that creating the group needs; Q_Key 0x0b1b, the default
 * partition.
 */
export const joinGroup = (tid: string, member: Membership): Uint8Array => {
  const { mad, view } = membership(tid, METHOD.Set, MEMBER | CREATING, member)
  mcMemberRecord.Q_Key.set(view, SA_DATA, 0x0b1b)
  mcMemberRecord.P_Key.set(view, SA_DATA, 0xffff)
  return mad
}

/** SubnAdmDelete(MCMemberRecord) of the JoinState bits given. */
export const leaveGroup = (tid: string, member: Membership): Uint8Array =>
  membership(tid, METHOD.Delete, MEMBER, member).mad

/** Both ends of a connection. GUIDs 16 hex digits, GIDs 32; `localId` 32 bits. */
export interface ConnectionRequest {
  readonly localId: number
  readonly caGuid: string
  readonly localLid: number
  readonly remoteLid: number
  readonly localGid: string
  readonly remoteGid: string
  readonly serviceId: string
}

const cm = (tid: string, attributeId: number): Draft =>
  draft({ mgmtClass: MGMT_CLASS.ComMgt, classVersion: 2, method: METHOD.Send, attributeId, tid })

/** A CM REQ with a response timeout of about four seconds and 15 retries. */
export const connectionRequest = (tid: string, request: ConnectionRequest): Uint8Array => {
  const { mad, view } = cm(tid, CM_ATTRIBUTE.REQ)
  cmReq.LocalCommunicationID.set(view, 0, request.localId)
  cmReq.ServiceID.setBig(view, 0, BigInt(`0x${request.serviceId}`))
  cmReq.LocalCAGUID.setBig(view, 0, BigInt(`0x${request.caGuid}`))
  cmReq.LocalQPN.set(view, 0, 0x40)
  cmReq.RemoteCMResponseTimeout.set(view, 0, 20)
  cmReq.LocalCMResponseTimeout.set(view, 0, 20)
  cmReq.MaxCMRetries.set(view, 0, 15)
  cmReq.PartitionKey.set(view, 0, 0xffff)
  cmReq.PrimaryLocalPortLID.set(view, 0, request.localLid)
  cmReq.PrimaryRemotePortLID.set(view, 0, request.remoteLid)
  cmReq.PrimaryLocalPortGID.setHex(view, 0, request.localGid)
  cmReq.PrimaryRemotePortGID.setHex(view, 0, request.remoteGid)
  return mad
}

const pair = (tid: string, attributeId: number, localId: number, remoteId: number): Draft => {
  const made = cm(tid, attributeId)
  cmRtu.LocalCommunicationID.set(made.view, 0, localId)
  cmRtu.RemoteCommunicationID.set(made.view, 0, remoteId)
  return made
}

/** A CM REP that accepts a REQ. */
export const connectionReply = (tid: string, localId: number, remoteId: number, caGuid: string): Uint8Array => {
  const { mad, view } = pair(tid, CM_ATTRIBUTE.REP, localId, remoteId)
  cmRep.LocalCAGUID.setBig(view, 0, BigInt(`0x${caGuid}`))
  return mad
}

/** A CM RTU: ready to use. */
export const readyToUse = (tid: string, localId: number, remoteId: number): Uint8Array =>
  pair(tid, CM_ATTRIBUTE.RTU, localId, remoteId).mad

/** A CM DREQ for the connection with a remote QPN. */
export const disconnectRequest = (tid: string, localId: number, remoteId: number, remoteQpn: number): Uint8Array => {
  const { mad, view } = pair(tid, CM_ATTRIBUTE.DREQ, localId, remoteId)
  cmDreq.RemoteQPN_EECN.set(view, 0, remoteQpn)
  return mad
}

/** A CM DREP that answers a DREQ. */
export const disconnectReply = (tid: string, localId: number, remoteId: number): Uint8Array =>
  pair(tid, CM_ATTRIBUTE.DREP, localId, remoteId).mad
