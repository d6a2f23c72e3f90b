/**
 * A MAD as the rules see it: the header fields they read, one structured body where a rule reads inside, and
 * the name of the bytes they do not. A forwarded MAD keeps the payload it came with, so the frame rule can
 * compare bytes; a MAD the PF context made has payload "made" and is zero elsewhere.
 */
import type { CommId, Gid, Guid, Lid, Qpn, Tid } from "./ids.ts"

/** Names the bytes of the MAD that this view does not show; "made" for a MAD of the PF context itself. */
export type Payload = string

/** JoinState bits (IBTA 15.2.5.17): FullMember 1, NonMember 2, SendOnlyNonMember 4, SendOnlyFullMember 8. */
export type JoinState = number

/** MCMemberRecord as a request or answer carries it. `mask` is the ComponentMask, 16 hex digits. */
export interface McMember {
  readonly _tag: "mcMember"
  readonly mask: string
  readonly mgid: Gid
  readonly portGid: Gid
  readonly qkey: number
  readonly mlid: number
  readonly mtuSelector: number
  readonly mtu: number
  readonly trafficClass: number
  readonly pkey: number
  readonly rateSelector: number
  readonly rate: number
  readonly lifetimeSelector: number
  readonly lifetime: number
  readonly sl: number
  readonly flowLabel: number
  readonly hopLimit: number
  readonly scope: number
  readonly joinState: JoinState
  readonly proxyJoin: number
}

/** The two ends of an alternate path, as a REQ or LAP names them: local is the sender's. */
export interface AlternatePath {
  readonly localLid: Lid
  readonly remoteLid: Lid
  readonly localGid: Gid
  readonly remoteGid: Gid
}

/**
 * GUIDInfoRecord as a request or answer carries it (IBTA 15.2.5.18): eight slots of a port's GUID table.
 * `mask` is the ComponentMask, 16 hex digits.
 */
export interface GuidInfo {
  readonly _tag: "guidInfo"
  readonly mask: string
  readonly lid: Lid
  readonly block: number
  /** Eight GUIDs. */
  readonly guids: ReadonlyArray<Guid>
}

/** ServiceRecord as a request or answer carries it (IBTA 15.2.5.14): its RID and lease. */
export interface ServiceRecord {
  readonly _tag: "serviceRecord"
  /** ComponentMask, 16 hex digits. */
  readonly mask: string
  /** 16 hex digits. */
  readonly serviceId: string
  readonly gid: Gid
  readonly pkey: number
  /** In seconds; 0xffffffff is without end. */
  readonly lease: number
}

/**
 * A CM message (IBTA 12.6). Fields a message does not have are absent; ids are 8 hex digits, "00000000" is
 * none.
 */
export type Cm =
  | {
    readonly _tag: "cm"
    readonly message: "REQ"
    readonly localId: CommId
    readonly caGuid: Guid
    readonly localGid: Gid
    readonly remoteGid: Gid
    readonly localLid: Lid
    readonly remoteLid: Lid
    /** The alternate path; LID 0 and {@link NO_GID} if there is none. */
    readonly alternate: AlternatePath
    /** Remote CM response timeout, 5-bit exponent of 4.096 us. */
    readonly responseTimeout: number
    readonly maxRetries: number
  }
  | {
    readonly _tag: "cm"
    readonly message: "REP"
    readonly localId: CommId
    readonly remoteId: CommId
    readonly caGuid: Guid
  }
  | {
    readonly _tag: "cm"
    readonly message: "REJ"
    readonly localId: CommId
    readonly remoteId: CommId
    readonly rejected: number
    readonly reason: number
    /** The first eight bytes of the additional rejection information: the CA GUID in a REJ(timeout). */
    readonly ariGuid: Guid
  }
  | {
    readonly _tag: "cm"
    readonly message: "RTU" | "DREQ" | "DREP"
    readonly localId: CommId
    readonly remoteId: CommId
  }
  | {
    readonly _tag: "cm"
    readonly message: "MRA"
    readonly localId: CommId
    readonly remoteId: CommId
    /** 5-bit exponent of 4.096 us. */
    readonly serviceTimeout: number
  }
  | {
    readonly _tag: "cm"
    readonly message: "LAP"
    readonly localId: CommId
    readonly remoteId: CommId
    readonly alternate: AlternatePath
  }
  | {
    readonly _tag: "cm"
    readonly message: "APR"
    readonly localId: CommId
    readonly remoteId: CommId
    /** 0 is accepted. */
    readonly status: number
  }
  | {
    readonly _tag: "cm"
    readonly message: "SIDR_REQ"
    readonly requestId: CommId
    readonly serviceId: string
  }
  | { readonly _tag: "cm"; readonly message: "SIDR_REP"; readonly requestId: CommId }
/** Name of a CM message. */
export type CmMessage = Cm["message"]
/** A CM message of one name, or of one of several. */
export type CmOf<M extends CmMessage> = Cm & { readonly message: M }

/**
 * MCMemberRecords of a table method, a request's or those of one segment: not divided, for where a record
 * begins depends on the segment. `data` is 400 hex digits, MAD bytes 56 to 255.
 */
export interface McMembers {
  readonly _tag: "mcMembers"
  readonly mask: string
  readonly segment: number
  readonly payloadLength: number
  /** From one record to the next, in units of 8 bytes. */
  readonly attributeOffset: number
  readonly data: string
}

/** Where the answer to a request, a ClassPortInfo, says that its class is served (IBTA 13.4.8.1, 13.5.2). */
export interface ClassPortInfo {
  readonly _tag: "classPortInfo"
  /** 0: the place is behind `redirectGid`. */
  readonly redirectLid: Lid
  readonly redirectGid: Gid
  /** 0 or 1: nowhere else. */
  readonly redirectQp: Qpn
}

/** InformInfo as a request or answer carries it (IBTA 13.4.8.3). */
export interface InformInfo {
  readonly _tag: "informInfo"
  /** 32 hex digits. */
  readonly gid: Gid
  readonly lidRangeBegin: Lid
  readonly lidRangeEnd: Lid
  readonly isGeneric: number
  /** 1 subscribes, 0 ends a subscription. */
  readonly subscribe: number
  readonly type: number
  /** DeviceID where it is not generic. */
  readonly trapNumber: number
  readonly qpn: Qpn
  /** VendorID where it is not generic. */
  readonly producerType: number
}

/** Notice, the attribute of a Report (IBTA 13.4.8.2). */
export interface Notice {
  readonly _tag: "notice"
  readonly isGeneric: number
  readonly type: number
  readonly producerType: number
  readonly trapNumber: number
  readonly issuerLid: Lid
  /** GIDADDR of traps 64 to 67: what happened to which GID. */
  readonly gidAddr: Gid
  readonly issuerGid: Gid
}

/** What a rule reads inside a MAD; "opaque" where it reads nothing. */
export type Body =
  | { readonly _tag: "opaque" } | McMember | McMembers | GuidInfo | ServiceRecord | InformInfo | Notice | Cm
  | ClassPortInfo

/** The SA header fields that the rules read or write. */
export interface SaHeader {
  /** SM_Key, 16 hex digits. */
  readonly smKey: string
}

/**
 * RMPP header of a class that has one: whether it is active, and its type (1 data, 2 ACK, 3 STOP, 4 ABORT).
 */
export interface Rmpp {
  readonly active: boolean
  readonly type: number
}

/** One MAD of 256 bytes. */
export interface Mad {
  readonly baseVersion: number
  readonly mgmtClass: number
  readonly classVersion: number
  /** The whole method byte: bit 7 is the R bit. */
  readonly method: number
  readonly status: number
  readonly tid: Tid
  readonly attributeId: number
  /** Present for SA MADs. */
  readonly sa: SaHeader | null
  /** Present for classes with an RMPP header (SA, DevMgt, DevAdm, BIS, vendor with OUI). */
  readonly rmpp: Rmpp | null
  /** OUI of the vendor classes 0x30..0x4f, 6 hex digits; null elsewhere. */
  readonly oui: string | null
  readonly body: Body
  readonly payload: Payload
}

/** Bytes that are no MAD: the wrong length. */
export interface Malformed {
  readonly _tag: "malformed"
  readonly lengthBytes: number
}

/** Management classes (IBTA 13.4.4). */
export const CLASS = { SMP: 0x01, SMP_DIRECTED: 0x81, SA: 0x03, PERF: 0x04, DEV_MGT: 0x06, CM: 0x07 } as const
/** Methods (IBTA 13.4.5, 15.2.2). */
export const METHOD = {
  GET: 0x01, SET: 0x02, SEND: 0x03, TRAP: 0x05, REPORT: 0x06, TRAP_REPRESS: 0x07,
  GET_TABLE: 0x12, GET_TRACE_TABLE: 0x13, GET_MULTI: 0x14, DELETE: 0x15,
  GET_RESP: 0x81, REPORT_RESP: 0x86, GET_TABLE_RESP: 0x92, DELETE_RESP: 0x95
} as const
const METHOD_NAMES: ReadonlyMap<number, string> = new Map([
  [METHOD.GET, "Get"], [METHOD.SET, "Set"], [METHOD.SEND, "Send"], [METHOD.TRAP, "Trap"], [METHOD.REPORT, "Report"],
  [METHOD.TRAP_REPRESS, "TrapRepress"], [METHOD.GET_TABLE, "GetTable"], [METHOD.GET_TRACE_TABLE, "GetTraceTable"],
  [METHOD.GET_MULTI, "GetMulti"], [METHOD.DELETE, "Delete"], [METHOD.GET_RESP, "GetResp"],
  [METHOD.REPORT_RESP, "ReportResp"], [METHOD.GET_TABLE_RESP, "GetTableResp"], [METHOD.DELETE_RESP, "DeleteResp"]
])

/** A method by its name; in hex where it has none here. */
export const methodName = (method: number): string =>
  METHOD_NAMES.get(method) ?? `method 0x${method.toString(16).padStart(2, "0")}`

/** The R bit of the method byte. */
export const R_BIT = 0x80
/** SA attribute ids the rules name (IBTA 15.2.5). */
export const ATTRIBUTE = {
  NOTICE: 0x02, INFORM_INFO: 0x03, GUID_INFO_RECORD: 0x30, SERVICE_RECORD: 0x31, MC_MEMBER_RECORD: 0x38
} as const

/** The type of the RMPP packets that carry data (IBTA 13.6.2.1). */
export const RMPP_DATA = 1

/** Whether the MAD is a response: R bit, or TrapRepress, which answers a Trap. */
export const isResponse = ({ method }: Mad): boolean =>
  (method & R_BIT) !== 0 || method === METHOD.TRAP_REPRESS
/** Whether the MAD is an SMP, LID-routed or directed. */
export const isSmp = ({ mgmtClass }: Mad): boolean =>
  mgmtClass === CLASS.SMP || mgmtClass === CLASS.SMP_DIRECTED
/** Whether the MAD is a CM message proper: class CM, method Send. */
export const isCmSend = (mad: Mad): boolean => mad.mgmtClass === CLASS.CM && mad.method === METHOD.SEND
