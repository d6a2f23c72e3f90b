/** The package entry `madmux/wire`: MAD layouts as tables and their zero-copy accessors. */
export { at, compile, extentOf, hexOf, holds, repeated, shifted, writeHex } from "./layout.ts"
export type {
  Accessors, BytesAccessor, Extent, Field, FieldOf, NumberAccessor, NumberWidth, Table, Word64Accessor
} from "./layout.ts"
export { MAD_HEADER, MAD_HEADER_BYTES, madHeader, methodByte } from "./mad-header.ts"
export {
  RMPP_ACK, RMPP_DATA, RMPP_END, RMPP_FLAG, RMPP_STOP_ABORT, RMPP_TYPE, rmppAck, rmppData, rmppStopAbort
} from "./rmpp.ts"
export { SA_DATA, SA_DATA_BYTES, SA_HEADER, saHeader } from "./sa.ts"
export {
  SMP_DATA, SMP_DATA_BYTES, SMP_DIRECTED_ROUTE, SMP_LID_ROUTED, smpDirectedRoute, smpLidRouted
} from "./smp.ts"
export {
  NODE_DESCRIPTION, NODE_DESCRIPTION_BYTES, NODE_INFO, NODE_INFO_BYTES, NODE_TYPE, nodeDescription, nodeInfo
} from "./node-info.ts"
export { PORT_CAPABILITY, PORT_INFO, PORT_INFO_BYTES, PORT_STATE, portInfo } from "./port-info.ts"
export {
  PORT_INFO_RECORD, PORT_INFO_RECORD_BYTES, PORT_INFO_RECORD_MASK, portInfoRecord
} from "./port-info-record.ts"
export { GUID_INFO, GUID_INFO_BYTES, GUIDS_PER_BLOCK, guidInfo } from "./guid-info.ts"
export {
  GUID_INFO_RECORD, GUID_INFO_RECORD_BYTES, GUID_INFO_RECORD_MASK, guidInfoRecord
} from "./guid-info-record.ts"
export { P_KEY_TABLE, P_KEY_TABLE_BYTES, P_KEYS_PER_BLOCK, pKeyTable } from "./p-key-table.ts"
export { CLASS_PORT_INFO, CLASS_PORT_INFO_BYTES, classPortInfo } from "./class-port-info.ts"
export { PATH_RECORD, PATH_RECORD_BYTES, PATH_RECORD_MASK, pathRecord } from "./path-record.ts"
export {
  JOIN_STATE, MC_MEMBER_RECORD, MC_MEMBER_RECORD_ATTRIBUTE_OFFSET, MC_MEMBER_RECORD_BYTES,
  MC_MEMBER_RECORD_MASK, mcMemberRecord, SELECTOR
} from "./mc-member-record.ts"
export { SERVICE_RECORD, SERVICE_RECORD_BYTES, SERVICE_RECORD_MASK, serviceRecord } from "./service-record.ts"
export {
  INFORM_ALL, INFORM_INFO, INFORM_INFO_BYTES, INFORM_INFO_RECORD, INFORM_INFO_RECORD_BYTES,
  informInfo, informInfoRecord
} from "./inform-info.ts"
export {
  NOTICE, NOTICE_144_DETAILS, NOTICE_BYTES, NOTICE_GID_DETAILS, notice, notice144Details,
  noticeGidDetails, TRAP_NUMBER
} from "./notice.ts"
export { NODE_RECORD, NODE_RECORD_BYTES, NODE_RECORD_MASK, nodeRecord } from "./node-record.ts"
export { SM_INFO, SM_INFO_BYTES, smInfo } from "./sm-info.ts"
export { PERF_DATA, PORT_COUNTERS, PORT_COUNTERS_BYTES, portCounters } from "./port-counters.ts"
export { OUI_OPENIB, VENDOR_OUI, vendorOui } from "./vendor.ts"
export {
  CM_APR, CM_DREP, CM_DREQ, CM_LAP, CM_MESSAGE, CM_MRA, CM_REJ, CM_REP, CM_REQ, CM_RTU, CM_SIDR_REP,
  CM_SIDR_REQ, cmApr, cmDrep, cmDreq, cmLap, cmMra, cmRej, cmRep, cmReq, cmRtu, cmSidrRep, cmSidrReq
} from "./cm.ts"
export { GRH, GRH_BYTES, grh, IP_VER, NXT_HDR_IBA } from "./grh.ts"
export { LNH, LRH, LRH_BYTES, lrh } from "./lrh.ts"
export { BTH, BTH_BYTES, bth, OP_CODE_UD_SEND_ONLY } from "./bth.ts"
export { DETH, DETH_BYTES, deth } from "./deth.ts"
export {
  CLASS_VERSION, DEFAULT_SUBNET_PREFIX, isSmpClass, isVendorOuiClass, MGMT_CLASS, mgmtClassName,
  MULTICAST_LID_FIRST, PERMISSIVE_LID, SA_WELL_KNOWN_GUID, VENDOR_CLASSES,
  VENDOR_OUI_CLASSES, WELL_KNOWN_Q_KEY
} from "./classes.ts"
export { METHOD, methodName, RESPONSE_BIT } from "./methods.ts"
export {
  attributeName, CM_ATTRIBUTE, COMMON_ATTRIBUTE, DEV_MGT_ATTRIBUTE, PERF_ATTRIBUTE, SA_ATTRIBUTE,
  SMP_ATTRIBUTE
} from "./attributes.ts"
export {
  APR_STATUS, CM_REJ_REASON, MAD_STATUS, rejReasonName, SA_STATUS, SIDR_STATUS, statusName
} from "./status.ts"
export { decode, MAD_BYTES } from "./decode.ts"
export type { Decoded, DecodedField, DecodedMad } from "./decode.ts"
export { packetBytes, pcapFile, pcapHeader, pcapRecord } from "./pcap.ts"
export type { Packet, PacketGrh } from "./pcap.ts"
