/** Status words and reject reasons (IBTA Vol 1, 13.4.7, 15.2.4, 12.6.7.2, 12.11.2). */
import { nameOf } from "./names.ts"

/** The common part of `Status`, its low byte: two flags and a code. */
export const MAD_STATUS = {
  Success: 0x0000,
  Busy: 0x0001,
  RedirectRequired: 0x0002,
  BadVersion: 0x0004,
  MethodNotSupported: 0x0008,
  MethodAttributeNotSupported: 0x000c,
  InvalidField: 0x001c
} as const

/** The SA's part of `Status`: its high byte. */
export const SA_STATUS = {
  ERR_NO_RESOURCES: 0x0100,
  ERR_REQ_INVALID: 0x0200,
  ERR_NO_RECORDS: 0x0300,
  ERR_TOO_MANY_RECORDS: 0x0400,
  ERR_REQ_INVALID_GID: 0x0500,
  ERR_REQ_INSUFFICIENT_COMPONENTS: 0x0600,
  ERR_REQ_DENIED: 0x0700,
  ERR_REQ_PRIORITY_SUGGESTED: 0x0800
} as const

/** `Reason` of a CM REJ. */
export const CM_REJ_REASON = {
  NoQPAvailable: 1,
  NoEECAvailable: 2,
  NoResourcesAvailable: 3,
  Timeout: 4,
  UnsupportedRequest: 5,
  InvalidCommunicationID: 6,
  InvalidCommunicationInstance: 7,
  InvalidServiceID: 8,
  InvalidTransportServiceType: 9,
  StaleConnection: 10,
  RDCDoesNotExist: 11,
  PrimaryRemotePortGIDRejected: 12,
  PrimaryRemotePortLIDRejected: 13,
  InvalidPrimarySL: 14,
  InvalidPrimaryTrafficClass: 15,
  InvalidPrimaryHopLimit: 16,
  InvalidPrimaryPacketRate: 17,
  AlternateRemotePortGIDRejected: 18,
  AlternateRemotePortLIDRejected: 19,
  InvalidAlternateSL: 20,
  InvalidAlternateTrafficClass: 21,
  InvalidAlternateHopLimit: 22,
  InvalidAlternatePacketRate: 23,
  PortAndCMRedirection: 24,
  PortRedirection: 25,
  InvalidPathMTU: 26,
  InsufficientResponderResources: 27,
  ConsumerReject: 28,
  RNRRetryCountReject: 29,
  DuplicateLocalCommunicationID: 30,
  InvalidClassVersion: 31,
  InvalidPrimaryFlowLabel: 32,
  InvalidAlternateFlowLabel: 33
} as const

/** `Status` of a SIDR_REP. */
export const SIDR_STATUS = {
  QPNAndQ_KeyValid: 0,
  ServiceIDNotSupported: 1,
  RejectedByServiceProvider: 2,
  NoQPAvailable: 3,
  RequestRedirected: 4,
  VersionNotSupported: 5
} as const

/** `APStatus` of an APR. */
export const APR_STATUS = {
  AlternatePathLoaded: 0,
  InvalidCommunicationID: 1,
  AlternatePathsNotSupported: 2,
  FailoverPortDoesNotExist: 3,
  APMRejected: 4
} as const

const madStatusName = nameOf(MAD_STATUS, 4)
const saStatusName = nameOf(SA_STATUS, 4)

/** Name of a `Status` word; `sa` says that the high byte is the SA's. Several parts are joined by "+". */
export const statusName = (status: number, sa: boolean): string => {
  const parts: Array<string> = []
  if ((status & 0x01) !== 0) parts.push(madStatusName(0x01))
  if ((status & 0x02) !== 0) parts.push(madStatusName(0x02))
  if ((status & 0xfc) !== 0) parts.push(madStatusName(status & 0xfc))
  if ((status & 0xff00) !== 0) {
    const high = status & 0xff00
    parts.push(sa ? saStatusName(high) : `0x${high.toString(16).padStart(4, "0")}`)
  }
  return parts.length === 0 ? "Success" : parts.join("+")
}

/** Name of a REJ reason, or its number in hex. */
export const rejReasonName = nameOf(CM_REJ_REASON, 4)
