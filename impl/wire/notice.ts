/**
 * Notice: what a Trap or a Report carries (IBTA Vol 1, 13.4.8.2), and the details of the traps the mux reads
 * (14.2.5.1).
 */
import { at, compile, type Table } from "./layout.ts"

/**
 * Length of Notice with its IssuerGID, as the SA reports it, in bytes. A Trap MAD of the SM class carries the
 * first 64.
 */
export const NOTICE_BYTES = 80

/**
 * Notice; base = first byte of the attribute. `TrapNumber` is the DeviceID and `ProducerType` the VendorID of
 * a notice that is not generic.
 */
export const NOTICE = {
  IsGeneric: at(0, 0, 1),
  Type: at(0, 1, 7),
  ProducerType: at(1, 0, 24),
  TrapNumber: at(4, 0, 16),
  IssuerLID: at(6, 0, 16),
  NoticeToggle: at(8, 0, 1),
  NoticeCount: at(8, 1, 15),
  DataDetails: at(10, 0, 432),
  IssuerGID: at(64, 0, 128)
} as const satisfies Table

/**
 * DataDetails of traps 64 (GID in service), 65 (out of service), 66 (multicast group created) and 67
 * (deleted): notice bytes 10 to 63; base = first byte of the notice.
 */
export const NOTICE_GID_DETAILS = {
  Reserved: at(10, 0, 48),
  GIDADDR: at(16, 0, 128),
  Reserved2: at(32, 0, 256)
} as const satisfies Table

/**
 * DataDetails of trap 144 (capability mask or other local changes): notice bytes 10 to 63; base = first byte
 * of the notice.
 */
export const NOTICE_144_DETAILS = {
  Reserved: at(10, 0, 16),
  LIDADDR: at(12, 0, 16),
  Reserved2: at(14, 0, 8),
  Reserved3: at(15, 0, 7),
  OtherLocalChanges: at(15, 7, 1),
  CAPABILITYMASK: at(16, 0, 32),
  Reserved4: at(20, 0, 10),
  CapabilityMask2Change: at(21, 2, 1),
  HierarchyInfoChange: at(21, 3, 1),
  SMPriorityChange: at(21, 4, 1),
  LinkSpeedEnabledChange: at(21, 5, 1),
  LinkWidthEnabledChange: at(21, 6, 1),
  NodeDescriptionChange: at(21, 7, 1),
  CAPABILITYMASK2: at(22, 0, 16),
  Reserved5: at(24, 0, 320)
} as const satisfies Table

/** Accessors of {@link NOTICE}; base = first byte of the notice. */
export const notice = compile(NOTICE)
/** Accessors of {@link NOTICE_GID_DETAILS}; base = first byte of the notice. */
export const noticeGidDetails = compile(NOTICE_GID_DETAILS)
/** Accessors of {@link NOTICE_144_DETAILS}; base = first byte of the notice. */
export const notice144Details = compile(NOTICE_144_DETAILS)

/** Trap numbers of the SM class. */
export const TRAP_NUMBER = {
  GIDInService: 64,
  GIDOutOfService: 65,
  MulticastGroupCreated: 66,
  MulticastGroupDeleted: 67,
  LinkStateChanged: 128,
  LocalChanges: 144,
  SystemImageGUIDChanged: 145
} as const
