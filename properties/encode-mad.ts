/**
 * The bytes of a MAD the model speaks of: the reverse of `mad-view.ts`. The view is written over the bytes the MAD
 * came with, so that what no rule reads stays; a MAD the PF context makes begins with zeros. Written by the tables of
 * impl/wire, read back by literal offsets: what both agree on is right or wrong twice.
 */
import {
  classPortInfo, guidInfoRecord, informInfo, MAD_BYTES, madHeader, MC_MEMBER_RECORD_ATTRIBUTE_OFFSET,
  mcMemberRecord, methodByte, MGMT_CLASS, notice,
  noticeGidDetails, RESPONSE_BIT, RMPP_FLAG, rmppData, SA_DATA, SA_DATA_BYTES, saHeader, serviceRecord, vendorOui, writeHex
} from "../impl/wire/index.ts"
import type {
  Body, ClassPortInfo, GuidInfo, InformInfo, Mad, Malformed, McMember, McMembers, Notice, ServiceRecord
} from "../model/mad.ts"
import { writeCm } from "./encode-cm.ts"

const mcMember = (view: DataView, of: McMember): void => {
  const record = mcMemberRecord
  saHeader.ComponentMask.setHex(view, 0, of.mask)
  record.MGID.setHex(view, SA_DATA, of.mgid)
  record.PortGID.setHex(view, SA_DATA, of.portGid)
  record.Q_Key.set(view, SA_DATA, of.qkey)
  record.MLID.set(view, SA_DATA, of.mlid)
  record.MTUSelector.set(view, SA_DATA, of.mtuSelector)
  record.MTU.set(view, SA_DATA, of.mtu)
  record.TClass.set(view, SA_DATA, of.trafficClass)
  record.P_Key.set(view, SA_DATA, of.pkey)
  record.RateSelector.set(view, SA_DATA, of.rateSelector)
  record.Rate.set(view, SA_DATA, of.rate)
  record.PacketLifeTimeSelector.set(view, SA_DATA, of.lifetimeSelector)
  record.PacketLifeTime.set(view, SA_DATA, of.lifetime)
  record.SL.set(view, SA_DATA, of.sl)
  record.FlowLabel.set(view, SA_DATA, of.flowLabel)
  record.HopLimit.set(view, SA_DATA, of.hopLimit)
  record.Scope.set(view, SA_DATA, of.scope)
  record.JoinState.set(view, SA_DATA, of.joinState)
  record.ProxyJoin.set(view, SA_DATA, of.proxyJoin)
}

const mcMembers = (view: DataView, of: McMembers): void => {
  saHeader.ComponentMask.setHex(view, 0, of.mask)
  rmppData.SegmentNumber.set(view, 0, of.segment)
  rmppData.PayloadLength.set(view, 0, of.payloadLength)
  saHeader.AttributeOffset.set(view, 0, of.attributeOffset)
  writeHex(view, SA_DATA, SA_DATA_BYTES, of.data)
}

const guidInfo = (view: DataView, of: GuidInfo): void => {
  saHeader.ComponentMask.setHex(view, 0, of.mask)
  guidInfoRecord.LID.set(view, SA_DATA, of.lid)
  guidInfoRecord.BlockNum.set(view, SA_DATA, of.block)
  of.guids.forEach((guid, k) => guidInfoRecord.GUID0.setHex(view, SA_DATA + 8 * k, guid))
}

const service = (view: DataView, of: ServiceRecord): void => {
  saHeader.ComponentMask.setHex(view, 0, of.mask)
  serviceRecord.ServiceID.setHex(view, SA_DATA, of.serviceId)
  serviceRecord.ServiceGID.setHex(view, SA_DATA, of.gid)
  serviceRecord.ServiceP_Key.set(view, SA_DATA, of.pkey)
  serviceRecord.ServiceLease.set(view, SA_DATA, of.lease)
}

const inform = (view: DataView, of: InformInfo): void => {
  informInfo.GID.setHex(view, SA_DATA, of.gid)
  informInfo.LIDRangeBegin.set(view, SA_DATA, of.lidRangeBegin)
  informInfo.LIDRangeEnd.set(view, SA_DATA, of.lidRangeEnd)
  informInfo.IsGeneric.set(view, SA_DATA, of.isGeneric)
  informInfo.Subscribe.set(view, SA_DATA, of.subscribe)
  informInfo.Type.set(view, SA_DATA, of.type)
  informInfo.TrapNumber.set(view, SA_DATA, of.trapNumber)
  informInfo.QPN.set(view, SA_DATA, of.qpn)
  informInfo.ProducerType.set(view, SA_DATA, of.producerType)
}

const report = (view: DataView, of: Notice): void => {
  notice.IsGeneric.set(view, SA_DATA, of.isGeneric)
  notice.Type.set(view, SA_DATA, of.type)
  notice.ProducerType.set(view, SA_DATA, of.producerType)
  notice.TrapNumber.set(view, SA_DATA, of.trapNumber)
  notice.IssuerLID.set(view, SA_DATA, of.issuerLid)
  noticeGidDetails.GIDADDR.setHex(view, SA_DATA, of.gidAddr)
  notice.IssuerGID.setHex(view, SA_DATA, of.issuerGid)
}

/** First byte of the ClassPortInfo of a class whose layout rules read. */
const classPortInfoByte = (mgmtClass: number): number => {
  if (mgmtClass === MGMT_CLASS.SubnAdm) return SA_DATA
  return mgmtClass === MGMT_CLASS.Perf || mgmtClass === MGMT_CLASS.DevMgt ? 64 : 40
}

const redirect = (view: DataView, of: ClassPortInfo, mgmtClass: number): void => {
  const base = classPortInfoByte(mgmtClass)
  classPortInfo.RedirectGID.setHex(view, base, of.redirectGid)
  classPortInfo.RedirectLID.set(view, base, of.redirectLid)
  classPortInfo.RedirectQP.set(view, base, of.redirectQp)
}

const writeBody = (view: DataView, body: Body, mgmtClass: number): void => {
  switch (body._tag) {
    case "opaque":
      return
    case "mcMember":
      return mcMember(view, body)
    case "mcMembers":
      return mcMembers(view, body)
    case "guidInfo":
      return guidInfo(view, body)
    case "serviceRecord":
      return service(view, body)
    case "informInfo":
      return inform(view, body)
    case "notice":
      return report(view, body)
    case "classPortInfo":
      return redirect(view, body, mgmtClass)
    case "cm":
      return writeCm(view, body)
  }
}

/** What no view shows of a table response that the PF context makes: it fits into one segment. */
const ONE_SEGMENT = RMPP_FLAG.Active | RMPP_FLAG.First | RMPP_FLAG.Last

const writeRmpp = (view: DataView, rmpp: Mad["rmpp"], isMade: boolean): void => {
  if (rmpp === null) return
  if (isMade && rmpp.active) {
    rmppData.RMPPVersion.set(view, 0, 1)
    rmppData.RMPPFlags.set(view, 0, ONE_SEGMENT)
  }
  const flags = rmppData.RMPPFlags.get(view, 0) & ~RMPP_FLAG.Active
  rmppData.RMPPFlags.set(view, 0, flags | (rmpp.active ? RMPP_FLAG.Active : 0))
  rmppData.RMPPType.set(view, 0, rmpp.type)
}

/**
 * The bytes of a MAD: its view written over `came`, the 256 bytes it came with; without them it is one that the PF
 * context made, zero where the view says nothing. Of a malformed MAD as many zeros as it has bytes. Throws a RangeError
 * for ids that are no hex: variables that nothing is bound to.
 */
export const madBytes = (mad: Mad | Malformed, came?: Uint8Array): Uint8Array => {
  if ("_tag" in mad) return new Uint8Array(mad.lengthBytes)
  const bytes = came === undefined ? new Uint8Array(MAD_BYTES) : Uint8Array.from(came)
  const view = new DataView(bytes.buffer)
  madHeader.BaseVersion.set(view, 0, mad.baseVersion)
  madHeader.MgmtClass.set(view, 0, mad.mgmtClass)
  madHeader.ClassVersion.set(view, 0, mad.classVersion)
  methodByte.set(view, 0, mad.method)
  madHeader.Status.set(view, 0, mad.status)
  madHeader.TransactionID.setHex(view, 0, mad.tid)
  madHeader.AttributeID.set(view, 0, mad.attributeId)
  if (mad.sa !== null) saHeader.SM_Key.setHex(view, 0, mad.sa.smKey)
  writeRmpp(view, mad.rmpp, came === undefined)
  if (mad.oui !== null) vendorOui.OUI.set(view, 0, Number.parseInt(mad.oui, 16))
  writeBody(view, mad.body, mad.mgmtClass)
  if (came === undefined && isMembershipAnswer(mad)) {
    saHeader.AttributeOffset.set(view, 0, MC_MEMBER_RECORD_ATTRIBUTE_OFFSET)
  }
  return bytes
}

/** Whether it tells one membership; of several the view has the AttributeOffset. */
const isMembershipAnswer = ({ body, method }: Mad): boolean => body._tag === "mcMember" && (method & RESPONSE_BIT) !== 0
