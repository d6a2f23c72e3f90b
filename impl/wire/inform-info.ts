/** InformInfo and InformInfoRecord: subscription to notices (IBTA Vol 1, 13.4.8.3 and 15.2.5.12). */
import { at, compile, shifted, type Table } from "./layout.ts"

/** Length of InformInfo, in bytes. */
export const INFORM_INFO_BYTES = 36
/** Length of InformInfoRecord, in bytes. */
export const INFORM_INFO_RECORD_BYTES = 60

/**
 * InformInfo; base = first byte of the attribute. `TrapNumber` is the DeviceID and `ProducerType` the
 * VendorID of a subscription that is not generic. `QPN` and `RespTimeValue` matter only where Subscribe is 0
 * (QPN) or in answers.
 */
export const INFORM_INFO = {
  GID: at(0, 0, 128),
  LIDRangeBegin: at(16, 0, 16),
  LIDRangeEnd: at(18, 0, 16),
  Reserved: at(20, 0, 16),
  IsGeneric: at(22, 0, 8),
  Subscribe: at(23, 0, 8),
  Type: at(24, 0, 16),
  TrapNumber: at(26, 0, 16),
  QPN: at(28, 0, 24),
  Reserved2: at(31, 0, 3),
  RespTimeValue: at(31, 3, 5),
  Reserved3: at(32, 0, 8),
  ProducerType: at(33, 0, 24)
} as const satisfies Table

/** InformInfoRecord; base = first byte of the record. */
export const INFORM_INFO_RECORD = {
  SubscriberGID: at(0, 0, 128),
  Enum: at(16, 0, 16),
  Reserved4: at(18, 0, 48),
  ...shifted(INFORM_INFO, 24)
} as const satisfies Table

/** Accessors of {@link INFORM_INFO}; base = first byte of the attribute. */
export const informInfo = compile(INFORM_INFO)
/** Accessors of {@link INFORM_INFO_RECORD}; base = first byte of the record. */
export const informInfoRecord = compile(INFORM_INFO_RECORD)

/** Values that mean "any" in a subscription. */
export const INFORM_ALL = {
  LIDRangeBegin: 0xffff,
  Type: 0xffff,
  TrapNumber: 0xffff,
  ProducerType: 0xff_ffff
} as const
