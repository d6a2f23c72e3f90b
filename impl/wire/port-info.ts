/** The attribute PortInfo (IBTA Vol 1, 14.2.5.6). */
import { at, compile, type Table } from "./layout.ts"

/** Length of PortInfo, in bytes. */
export const PORT_INFO_BYTES = 64

/** PortInfo; base = first byte of the attribute. */
export const PORT_INFO = {
  M_Key: at(0, 0, 64),
  GidPrefix: at(8, 0, 64),
  LID: at(16, 0, 16),
  MasterSMLID: at(18, 0, 16),
  CapabilityMask: at(20, 0, 32),
  DiagCode: at(24, 0, 16),
  M_KeyLeasePeriod: at(26, 0, 16),
  LocalPortNum: at(28, 0, 8),
  LinkWidthEnabled: at(29, 0, 8),
  LinkWidthSupported: at(30, 0, 8),
  LinkWidthActive: at(31, 0, 8),
  LinkSpeedSupported: at(32, 0, 4),
  PortState: at(32, 4, 4),
  PortPhysicalState: at(33, 0, 4),
  LinkDownDefaultState: at(33, 4, 4),
  M_KeyProtectBits: at(34, 0, 2),
  Reserved: at(34, 2, 3),
  LMC: at(34, 5, 3),
  LinkSpeedActive: at(35, 0, 4),
  LinkSpeedEnabled: at(35, 4, 4),
  NeighborMTU: at(36, 0, 4),
  MasterSMSL: at(36, 4, 4),
  VLCap: at(37, 0, 4),
  InitType: at(37, 4, 4),
  VLHighLimit: at(38, 0, 8),
  VLArbitrationHighCap: at(39, 0, 8),
  VLArbitrationLowCap: at(40, 0, 8),
  InitTypeReply: at(41, 0, 4),
  MTUCap: at(41, 4, 4),
  VLStallCount: at(42, 0, 3),
  HOQLife: at(42, 3, 5),
  OperationalVLs: at(43, 0, 4),
  PartitionEnforcementInbound: at(43, 4, 1),
  PartitionEnforcementOutbound: at(43, 5, 1),
  FilterRawInbound: at(43, 6, 1),
  FilterRawOutbound: at(43, 7, 1),
  M_KeyViolations: at(44, 0, 16),
  P_KeyViolations: at(46, 0, 16),
  Q_KeyViolations: at(48, 0, 16),
  GUIDCap: at(50, 0, 8),
  ClientReregister: at(51, 0, 1),
  MulticastPKeyTrapSuppressionEnabled: at(51, 1, 2),
  SubnetTimeOut: at(51, 3, 5),
  Reserved2: at(52, 0, 3),
  RespTimeValue: at(52, 3, 5),
  LocalPhyErrors: at(53, 0, 4),
  OverrunErrors: at(53, 4, 4),
  MaxCreditHint: at(54, 0, 16),
  Reserved3: at(56, 0, 8),
  LinkRoundTripLatency: at(57, 0, 24),
  CapabilityMask2: at(60, 0, 16),
  LinkSpeedExtActive: at(62, 0, 4),
  LinkSpeedExtSupported: at(62, 4, 4),
  Reserved4: at(63, 0, 3),
  LinkSpeedExtEnabled: at(63, 3, 5)
} as const satisfies Table

/** Accessors of {@link PORT_INFO}; base = first byte of the attribute. */
export const portInfo = compile(PORT_INFO)

/** Values of `PortState`. */
export const PORT_STATE = { NoStateChange: 0, Down: 1, Initialize: 2, Armed: 3, Active: 4 } as const

/** Bits of `CapabilityMask` that the mux reads or blanks. */
export const PORT_CAPABILITY = {
  IsSM: 1 << 1,
  IsNoticeSupported: 1 << 2,
  IsTrapSupported: 1 << 3,
  IsSMdisabled: 1 << 10,
  IsCommunicationManagementSupported: 1 << 16,
  IsSNMPTunnelingSupported: 1 << 17,
  IsReinitSupported: 1 << 18,
  IsDeviceManagementSupported: 1 << 19,
  IsVendorClassSupported: 1 << 20,
  IsClientReregistrationSupported: 1 << 25
} as const
