/**
 * The eleven messages of communication management (IBTA Vol 1, 12.6 to 12.9 and 12.11), each as MAD bytes 24
 * to 255. Offsets count from the first byte of the MAD, so that base is the same as for the MAD header.
 */
import { at, compile, type Table } from "./layout.ts"

/** REQ, request for communication; base = first byte of the MAD. */
export const CM_REQ = {
  LocalCommunicationID: at(24, 0, 32),
  Reserved: at(28, 0, 32),
  ServiceID: at(32, 0, 64),
  LocalCAGUID: at(40, 0, 64),
  Reserved2: at(48, 0, 32),
  LocalQ_Key: at(52, 0, 32),
  LocalQPN: at(56, 0, 24),
  ResponderResources: at(59, 0, 8),
  LocalEECN: at(60, 0, 24),
  InitiatorDepth: at(63, 0, 8),
  RemoteEECN: at(64, 0, 24),
  RemoteCMResponseTimeout: at(67, 0, 5),
  TransportServiceType: at(67, 5, 2),
  EndToEndFlowControl: at(67, 7, 1),
  StartingPSN: at(68, 0, 24),
  LocalCMResponseTimeout: at(71, 0, 5),
  RetryCount: at(71, 5, 3),
  PartitionKey: at(72, 0, 16),
  PathPacketPayloadMTU: at(74, 0, 4),
  RDCExists: at(74, 4, 1),
  RNRRetryCount: at(74, 5, 3),
  MaxCMRetries: at(75, 0, 4),
  SRQ: at(75, 4, 1),
  ExtendedTransportType: at(75, 5, 3),
  PrimaryLocalPortLID: at(76, 0, 16),
  PrimaryRemotePortLID: at(78, 0, 16),
  PrimaryLocalPortGID: at(80, 0, 128),
  PrimaryRemotePortGID: at(96, 0, 128),
  PrimaryFlowLabel: at(112, 0, 20),
  Reserved3: at(114, 4, 6),
  PrimaryPacketRate: at(115, 2, 6),
  PrimaryTrafficClass: at(116, 0, 8),
  PrimaryHopLimit: at(117, 0, 8),
  PrimarySL: at(118, 0, 4),
  PrimarySubnetLocal: at(118, 4, 1),
  Reserved4: at(118, 5, 3),
  PrimaryLocalACKTimeout: at(119, 0, 5),
  Reserved5: at(119, 5, 3),
  AlternateLocalPortLID: at(120, 0, 16),
  AlternateRemotePortLID: at(122, 0, 16),
  AlternateLocalPortGID: at(124, 0, 128),
  AlternateRemotePortGID: at(140, 0, 128),
  AlternateFlowLabel: at(156, 0, 20),
  Reserved6: at(158, 4, 6),
  AlternatePacketRate: at(159, 2, 6),
  AlternateTrafficClass: at(160, 0, 8),
  AlternateHopLimit: at(161, 0, 8),
  AlternateSL: at(162, 0, 4),
  AlternateSubnetLocal: at(162, 4, 1),
  Reserved7: at(162, 5, 3),
  AlternateLocalACKTimeout: at(163, 0, 5),
  SAPSupported: at(163, 5, 1),
  Reserved8: at(163, 6, 2),
  PrivateData: at(164, 0, 736)
} as const satisfies Table

/** MRA, message receipt acknowledgement; base = first byte of the MAD. */
export const CM_MRA = {
  LocalCommunicationID: at(24, 0, 32),
  RemoteCommunicationID: at(28, 0, 32),
  MessageMRAed: at(32, 0, 2),
  Reserved: at(32, 2, 6),
  ServiceTimeout: at(33, 0, 5),
  Reserved2: at(33, 5, 3),
  PrivateData: at(34, 0, 1776)
} as const satisfies Table

/** REJ, reject; base = first byte of the MAD. */
export const CM_REJ = {
  LocalCommunicationID: at(24, 0, 32),
  RemoteCommunicationID: at(28, 0, 32),
  MessageREJected: at(32, 0, 2),
  Reserved: at(32, 2, 6),
  RejectInfoLength: at(33, 0, 7),
  Reserved2: at(33, 7, 1),
  Reason: at(34, 0, 16),
  AdditionalRejectInformation: at(36, 0, 576),
  PrivateData: at(108, 0, 1184)
} as const satisfies Table

/** REP, reply to a request for communication; base = first byte of the MAD. */
export const CM_REP = {
  LocalCommunicationID: at(24, 0, 32),
  RemoteCommunicationID: at(28, 0, 32),
  LocalQ_Key: at(32, 0, 32),
  LocalQPN: at(36, 0, 24),
  Reserved: at(39, 0, 8),
  LocalEEContextNumber: at(40, 0, 24),
  Reserved2: at(43, 0, 8),
  StartingPSN: at(44, 0, 24),
  Reserved3: at(47, 0, 8),
  ResponderResources: at(48, 0, 8),
  InitiatorDepth: at(49, 0, 8),
  TargetACKDelay: at(50, 0, 5),
  FailoverAccepted: at(50, 5, 2),
  EndToEndFlowControl: at(50, 7, 1),
  RNRRetryCount: at(51, 0, 3),
  SRQ: at(51, 3, 1),
  Reserved4: at(51, 4, 4),
  LocalCAGUID: at(52, 0, 64),
  PrivateData: at(60, 0, 1568)
} as const satisfies Table

/** RTU, ready to use; base = first byte of the MAD. */
export const CM_RTU = {
  LocalCommunicationID: at(24, 0, 32),
  RemoteCommunicationID: at(28, 0, 32),
  PrivateData: at(32, 0, 1792)
} as const satisfies Table

/** DREQ, request for communication release; base = first byte of the MAD. */
export const CM_DREQ = {
  LocalCommunicationID: at(24, 0, 32),
  RemoteCommunicationID: at(28, 0, 32),
  RemoteQPN_EECN: at(32, 0, 24),
  Reserved: at(35, 0, 8),
  PrivateData: at(36, 0, 1760)
} as const satisfies Table

/** DREP, reply to a request for communication release; base = first byte of the MAD. */
export const CM_DREP = {
  LocalCommunicationID: at(24, 0, 32),
  RemoteCommunicationID: at(28, 0, 32),
  PrivateData: at(32, 0, 1792)
} as const satisfies Table

/** SIDR_REQ, service id resolution request; base = first byte of the MAD. It names no GID. */
export const CM_SIDR_REQ = {
  RequestID: at(24, 0, 32),
  PartitionKey: at(28, 0, 16),
  Reserved: at(30, 0, 16),
  ServiceID: at(32, 0, 64),
  PrivateData: at(40, 0, 1728)
} as const satisfies Table

/** SIDR_REP, service id resolution response; base = first byte of the MAD. */
export const CM_SIDR_REP = {
  RequestID: at(24, 0, 32),
  Status: at(28, 0, 8),
  AdditionalInformationLength: at(29, 0, 8),
  Reserved: at(30, 0, 16),
  QPN: at(32, 0, 24),
  Reserved2: at(35, 0, 8),
  ServiceID: at(36, 0, 64),
  Q_Key: at(44, 0, 32),
  AdditionalInformation: at(48, 0, 576),
  PrivateData: at(120, 0, 1088)
} as const satisfies Table

/** LAP, load alternate path; base = first byte of the MAD. */
export const CM_LAP = {
  LocalCommunicationID: at(24, 0, 32),
  RemoteCommunicationID: at(28, 0, 32),
  Reserved: at(32, 0, 32),
  RemoteQPN_EECN: at(36, 0, 24),
  RemoteCMResponseTimeout: at(39, 0, 5),
  Reserved2: at(39, 5, 3),
  Reserved3: at(40, 0, 32),
  AlternateLocalPortLID: at(44, 0, 16),
  AlternateRemotePortLID: at(46, 0, 16),
  AlternateLocalPortGID: at(48, 0, 128),
  AlternateRemotePortGID: at(64, 0, 128),
  AlternateFlowLabel: at(80, 0, 20),
  Reserved4: at(82, 4, 4),
  AlternateTrafficClass: at(83, 0, 8),
  AlternateHopLimit: at(84, 0, 8),
  Reserved5: at(85, 0, 2),
  AlternatePacketRate: at(85, 2, 6),
  AlternateSL: at(86, 0, 4),
  AlternateSubnetLocal: at(86, 4, 1),
  Reserved6: at(86, 5, 3),
  AlternateLocalACKTimeout: at(87, 0, 5),
  Reserved7: at(87, 5, 3),
  PrivateData: at(88, 0, 1344)
} as const satisfies Table

/** APR, alternate path response; base = first byte of the MAD. */
export const CM_APR = {
  LocalCommunicationID: at(24, 0, 32),
  RemoteCommunicationID: at(28, 0, 32),
  AdditionalInformationLength: at(32, 0, 8),
  APStatus: at(33, 0, 8),
  Reserved: at(34, 0, 16),
  AdditionalInformation: at(36, 0, 576),
  PrivateData: at(108, 0, 1184)
} as const satisfies Table

/** Accessors of {@link CM_REQ}; base = first byte of the MAD. */
export const cmReq = compile(CM_REQ)
/** Accessors of {@link CM_MRA}; base = first byte of the MAD. */
export const cmMra = compile(CM_MRA)
/** Accessors of {@link CM_REJ}; base = first byte of the MAD. */
export const cmRej = compile(CM_REJ)
/** Accessors of {@link CM_REP}; base = first byte of the MAD. */
export const cmRep = compile(CM_REP)
/** Accessors of {@link CM_RTU}; base = first byte of the MAD. */
export const cmRtu = compile(CM_RTU)
/** Accessors of {@link CM_DREQ}; base = first byte of the MAD. */
export const cmDreq = compile(CM_DREQ)
/** Accessors of {@link CM_DREP}; base = first byte of the MAD. */
export const cmDrep = compile(CM_DREP)
/** Accessors of {@link CM_SIDR_REQ}; base = first byte of the MAD. */
export const cmSidrReq = compile(CM_SIDR_REQ)
/** Accessors of {@link CM_SIDR_REP}; base = first byte of the MAD. */
export const cmSidrRep = compile(CM_SIDR_REP)
/** Accessors of {@link CM_LAP}; base = first byte of the MAD. */
export const cmLap = compile(CM_LAP)
/** Accessors of {@link CM_APR}; base = first byte of the MAD. */
export const cmApr = compile(CM_APR)

/** Values of `MessageREJected` and `MessageMRAed`. */
export const CM_MESSAGE = { REQ: 0, REP: 1, Other: 2 } as const
