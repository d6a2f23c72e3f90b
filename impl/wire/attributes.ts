/**
 * Attribute ids, which mean something only together with the class (IBTA Vol 1, 13.4.8, 14.2.5, 15.2.5,
 * 16.1.3, 12.6).
 */
import { MGMT_CLASS } from "./classes.ts"
import { nameOf } from "./names.ts"

/** Attributes common to the general services classes. */
export const COMMON_ATTRIBUTE = { ClassPortInfo: 0x0001, Notice: 0x0002, InformInfo: 0x0003 } as const

/** Attributes of the two SMP classes. */
export const SMP_ATTRIBUTE = {
  Notice: 0x0002,
  NodeDescription: 0x0010,
  NodeInfo: 0x0011,
  SwitchInfo: 0x0012,
  GUIDInfo: 0x0014,
  PortInfo: 0x0015,
  P_KeyTable: 0x0016,
  SLtoVLMappingTable: 0x0017,
  VLArbitrationTable: 0x0018,
  LinearForwardingTable: 0x0019,
  RandomForwardingTable: 0x001a,
  MulticastForwardingTable: 0x001b,
  SMInfo: 0x0020,
  VendorDiag: 0x0030,
  LedInfo: 0x0031
} as const

/** Attributes of the SA. */
export const SA_ATTRIBUTE = {
  ...COMMON_ATTRIBUTE,
  NodeRecord: 0x0011,
  PortInfoRecord: 0x0012,
  SLtoVLMappingTableRecord: 0x0013,
  SwitchInfoRecord: 0x0014,
  LinearForwardingTableRecord: 0x0015,
  RandomForwardingTableRecord: 0x0016,
  MulticastForwardingTableRecord: 0x0017,
  SMInfoRecord: 0x0018,
  LinkRecord: 0x0020,
  GUIDInfoRecord: 0x0030,
  ServiceRecord: 0x0031,
  P_KeyTableRecord: 0x0033,
  PathRecord: 0x0035,
  VLArbitrationTableRecord: 0x0036,
  MCMemberRecord: 0x0038,
  TraceRecord: 0x0039,
  MultiPathRecord: 0x003a,
  ServiceAssociationRecord: 0x003b,
  InformInfoRecord: 0x00f3
} as const

/** Attributes of PerfMgt. */
export const PERF_ATTRIBUTE = {
  ...COMMON_ATTRIBUTE,
  PortSamplesControl: 0x0010,
  PortSamplesResult: 0x0011,
  PortCounters: 0x0012,
  PortCountersExtended: 0x001d
} as const

/** Attributes of DevMgt. */
export const DEV_MGT_ATTRIBUTE = {
  ...COMMON_ATTRIBUTE,
  IOUnitInfo: 0x0010,
  IOControllerProfile: 0x0011,
  ServiceEntries: 0x0012
} as const

/** The messages of communication management: their attribute ids. */
export const CM_ATTRIBUTE = {
  ClassPortInfo: 0x0001,
  REQ: 0x0010,
  MRA: 0x0011,
  REJ: 0x0012,
  REP: 0x0013,
  RTU: 0x0014,
  DREQ: 0x0015,
  DREP: 0x0016,
  SIDR_REQ: 0x0017,
  SIDR_REP: 0x0018,
  LAP: 0x0019,
  APR: 0x001a
} as const

const smp = nameOf(SMP_ATTRIBUTE, 4)
const sa = nameOf(SA_ATTRIBUTE, 4)
const perf = nameOf(PERF_ATTRIBUTE, 4)
const devMgt = nameOf(DEV_MGT_ATTRIBUTE, 4)
const cm = nameOf(CM_ATTRIBUTE, 4)
const common = nameOf(COMMON_ATTRIBUTE, 4)

/** Name of an attribute id within a management class, or its number in hex. */
export const attributeName = (mgmtClass: number, attributeId: number): string => {
  switch (mgmtClass) {
    case MGMT_CLASS.SubnLIDRouted:
    case MGMT_CLASS.SubnDirectedRoute:
      return smp(attributeId)
    case MGMT_CLASS.SubnAdm:
      return sa(attributeId)
    case MGMT_CLASS.Perf:
      return perf(attributeId)
    case MGMT_CLASS.DevMgt:
      return devMgt(attributeId)
    case MGMT_CLASS.ComMgt:
      return cm(attributeId)
    default:
      return common(attributeId)
  }
}
