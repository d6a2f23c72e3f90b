/**
 * The state of one port's PF context: facts a reader of the spec can name. No clock, no serial, no counter:
 * what ends is held as the time that remains. Lists are kept in the order of their keys, so equal states are
 * equal as JSON.
 */
import type { IdSpace } from "./choice.ts"
import type {
  CommId, FunctionId, Gid, Guid, Lid, Qpn, SpecialQp, SubnetPrefix, Tid, WireCommId, WireTid
} from "./ids.ts"
import type { EgressAddress, EventOf } from "./event.ts"
import type { InformInfo, JoinState, McMember } from "./mad.ts"
import type { Cause } from "./action.ts"

/** Quotas per function. */
export interface Limits {
  readonly tids: number
  readonly cm: number
  readonly groups: number
  readonly pending: number
  readonly services: number
  readonly inbound: number
  /** Places to which a function was redirected. */
  readonly redirects: number
  readonly subscriptions: number
  /** MADs that may wait on each of its proxies. */
  readonly queue: number
}

/** Durations in milliseconds. Where two bound one life, both outcomes are allowed between them. */
export interface Timing {
  readonly tidMin: number
  readonly tidMax: number
  /** A released wire id rests this long; at least tidMax - tidMin, lingerMax - linger and openingMax. */
  readonly rest: number
  readonly linger: number
  readonly lingerMax: number
  /** Bounds of the opening time of an exchange, whatever its REQ asks for. */
  readonly openingMin: number
  readonly openingMax: number
  readonly saTimeout: number
  readonly saRetries: number
  /** A request waiting longer than this is no longer wanted by its client. */
  readonly horizon: number
  /** Bits that a function does not join again this long after a reregister or another SM are left. */
  readonly renewGrace: number
  /** A send due at d is seen in [d, d + slack]. */
  readonly slack: number
  /** The former prefix is still understood this long. */
  readonly prefixGrace: number
  /** At most one REJ for an unknown GID in this time. */
  readonly rejInterval: number
  /** The first and the longest back-off of an alias GUID the SA declined. */
  readonly guidRetry: number
  readonly guidRetryMax: number
}

/** How much of a class or an SA attribute VFs may use: nothing, its Get forms, every request. */
export type Allowance = "none" | "get" | "all"

/**
 * What the administrator allows VFs instead of the default (SQP-CLS-8); what is not listed has the default.
 */
export interface Policy {
  readonly classes: ReadonlyArray<{ readonly mgmtClass: number; readonly allow: Allowance }>
  readonly saAttributes: ReadonlyArray<{ readonly attributeId: number; readonly allow: Allowance }>
}

/** What never changes while a PF context runs, but by administration. */
export interface Config {
  readonly limits: Limits
  readonly timing: Timing
  /** Service ids (16 hex digits) whose SIDR_REQs without a GRH go to a function. */
  readonly services: ReadonlyArray<{ readonly serviceId: string; readonly function: FunctionId }>
  readonly nodeGuids: ReadonlyArray<Guid>
  /** Whether the PF context subscribes to the deletion of groups (SQP-SUB-11); by default not. */
  readonly groupNotices?: boolean
  /** GUIDs of the functions on the other port of the HCA; none where there is no other. */
  readonly otherPortGuids?: ReadonlyArray<Guid>
  /** Length of the port's GUID table: slots from here on are not administered. None where it is missing. */
  readonly guidCap?: number
}

/** The port as the SM configured it. */
export interface Port {
  readonly up: boolean
  readonly lid: Lid
  readonly lmc: number
  /** Null while the subnet manager is unknown. */
  readonly smLid: Lid | null
  readonly smSl: number
  readonly prefix: SubnetPrefix
  readonly formerPrefix: { readonly prefix: SubnetPrefix; readonly remaining: number } | null
  /** Physical P_Key table; 0 is an empty entry. */
  readonly pkeys: ReadonlyArray<number>
}

/** The pair of QPs of one tunnel (SQP-QP-2). */
export interface TunnelPair {
  readonly proxyQpn: Qpn
  readonly tunnelQpn: Qpn
}

/** A QP a function created for itself. */
export interface OwnedQp {
  readonly qpn: Qpn
  readonly type: "ud" | "rc"
  readonly qkey: number
  /** Virtual; what it stands for is looked up at every send (SQP-PKEY-3). */
  readonly pkeyIndex: number
}

/** Slots left in the two rings to the wire or to a function, by QP; null: no bound. */
export type Room = readonly [number | null, number | null]
/** A Set or Delete of GUIDInfoRecord for the slot of one VF (SQP-GUID-3, SQP-GUID-9). */
export interface GuidTransaction extends SaRequest {
  readonly kind: "set" | "delete"
  /** What a Set asks for; {@link NO_GUID} leaves it to the SA. In a Delete {@link NO_GUID}. */
  readonly guid: Guid
  /** The LID in its record. */
  readonly lid: Lid
}

/** The alias GUID of a VF, as the administrator wants it and as far as the SA knows it (`spec/guid.md`). */
export interface AliasGuid {
  /** The GUID its slot shall have; {@link NO_GUID} is of the SA's choice, null none. */
  readonly admin: Guid | null
  /** What was asked of the SA and not released since; {@link NO_GUID} while its choice is not known. */
  readonly asked: Guid | null
  readonly confirmed: boolean
  readonly transaction: GuidTransaction | null
  /** Until its back-off ends; null while it does not back off. Negative while overdue within `slack`. */
  readonly due: number | null
  /** By how much longer the back-off may last, because nobody saw when it began. Missing is 0. */
  readonly late?: number
  /** How long the next back-off lasts. */
  readonly backOffMs: number
}

/** Quotas that the administrator may change while a PF context runs (SQP-FAIR-6). */
export type Quotas = Pick<Limits, "groups" | "pending" | "queue">

/** One function of the HCA. */
export interface FunctionState {
  readonly quotas: Quotas
  readonly room: Room
  readonly attached: boolean
  /** Its slot of the port's GUID table. */
  readonly slot: Guid
  /**
   * Its GUID on the port: its slot, but {@link NO_GUID} where a lower slot holds the same (SQP-GUID-2) or the
   * GUID is being released (SQP-GUID-6).
   */
  readonly guid: Guid
  /** Null while it has no admin GUID and nothing was asked for it. */
  readonly alias: AliasGuid | null
  /** Virtual P_Key index to physical; null is unassigned. The PF's map is the identity. */
  readonly pkeyMap: ReadonlyArray<number | null>
  /** The tunnels of QP0 and QP1; null while not attached. */
  readonly tunnels: readonly [TunnelPair, TunnelPair] | null
  readonly qps: ReadonlyArray<OwnedQp>
}

/**
 * How long something must still live, and may still live, in milliseconds; must <= may. Below 0, -must is for
 * how long it may have been forgotten already.
 */
export interface Life {
  readonly must: number
  readonly may: number
}

/** Where a request went: two requests with one guest TID to two destinations are two transactions. */
export interface Destination {
  readonly dlid: Lid
  readonly dgid: Gid | null
  readonly remoteQpn: Qpn
}

/** An outstanding request of a function (SQP-TID-1..5). */
export interface Transaction {
  readonly wireTid: WireTid
  readonly function: FunctionId
  readonly qp: SpecialQp
  readonly mgmtClass: number
  readonly destination: Destination
  readonly guestTid: Tid
  /** Whether a response came since the function last asked: then it gives way first (SQP-TID-10). */
  readonly answered: boolean
  readonly life: Life
}

/** A request from the wire that was delivered to a function, which may therefore answer it (SQP-TID-8). */
export interface InboundRequest {
  readonly function: FunctionId
  readonly qp: SpecialQp
  readonly mgmtClass: number
  readonly slid: Lid
  readonly srcQp: Qpn
  readonly tid: Tid
  /** Whether the function answered since it was last asked: then it gives way first (SQP-TID-12). */
  readonly answered: boolean
  readonly life: Life
}

/** A place to which a response redirected a function's requests of a class (SQP-CLS-9). */
export interface Redirect {
  readonly function: FunctionId
  readonly mgmtClass: number
  /** RedirectLID; null if it was 0, and then the place is behind `gid`. */
  readonly lid: Lid | null
  readonly gid: Gid | null
  readonly qpn: Qpn
  readonly life: Life
}

/**
 * Phase of a CM exchange (SQP-CM-8): opening before a REP has passed, half-open after it, established after
 * an RTU, both without limit, lingering after DREQ, DREP or REJ.
 */
export type Phase = "opening" | "half-open" | "established" | "lingering"

/** Where a peer is, or may be. */
export interface PeerAddress {
  readonly lid: Lid
  /** Null without a GRH. */
  readonly gid: Gid | null
}

/** A CM exchange of a function with a peer (SQP-CM-1..14). */
export interface Exchange {
  readonly kind: "comm" | "sidr"
  /** Active: the function asked first. */
  readonly role: "active" | "passive"
  readonly function: FunctionId
  /** The function's own id; null in a passive exchange it has not answered yet. */
  readonly guestId: CommId | null
  readonly wireId: WireCommId | null
  /** The peer's CA GUID, from its REQ or REP. */
  readonly peerGuid: Guid | null
  /** The peer's id; for a SIDR_REQ from the wire its request id. */
  readonly peerId: CommId | null
  /** The TID of the peer's last REQ while opening; null in an active exchange. */
  readonly peerTid: Tid | null
  /** Addresses the exchange knows; from any other a message ends nothing (SQP-CM-15). */
  readonly peerLids: ReadonlyArray<Lid>
  readonly peerGids: ReadonlyArray<Gid>
  /** Where the peer will be, too, once the last LAP is accepted. */
  readonly proposed: PeerAddress | null
  readonly peerQpn: Qpn | null
  readonly phase: Phase
  /** For how long its last REQ may be repeated: so long it opens, and lingers, at least. 0 of a SIDR_REQ. */
  readonly retryMs: number
  /**
   * Null while half-open or established. `must` goes on below 0: -must is how long it may have been forgotten
   * already.
   */
  readonly life: Life | null
  /** Wire TIDs of the function's own REQ, LAP, DREQ or SIDR_REQ. */
  readonly tids: ReadonlyArray<{
    readonly message: "REQ" | "LAP" | "DREQ" | "SIDR_REQ"
    readonly guestTid: Tid
    readonly wireTid: WireTid
  }>
}

/** A join of a function that waits for the SA. */
export interface WaitingRequest {
  readonly function: FunctionId
  readonly guestTid: Tid
  readonly address: EgressAddress
  readonly record: McMember
  /** Until its client no longer waits; negative once it does not. */
  readonly remaining: number
}

/** A request of the PF context itself that is with the SA. */
export interface SaRequest {
  readonly wireTid: WireTid
  readonly sentTo: Lid
  readonly sl: number
  /** Until the next try is due; negative while it is overdue within `slack`. */
  readonly due: number
  readonly triesLeft: number
  /** By how much later it may be due, because nobody saw when the last try left. Missing is 0. */
  readonly late?: number
}

/** The one SA transaction a group may have outstanding (SQP-MC-6). */
export interface SaTransaction extends SaRequest {
  readonly kind: "join" | "leave"
  readonly cause: Cause
  /** The record as it left: a retry sends the same bytes. */
  readonly record: McMember
  /** The request the answer belongs to; null for a leave, a re-join, or when its function ended. */
  readonly request: WaitingRequest | null
}

/** What a function has in a group. */
export interface Member {
  readonly function: FunctionId
  readonly bits: JoinState
  /**
   * Of these bits, those it has not joined again since the last reregister or change of the SM (SQP-MC-17).
   */
  readonly provisional: JoinState
  /** The GUID it joined with (SQP-MC-15). */
  readonly guid: Guid
}

/** A multicast group as the PF context aggregates it (SQP-MC-1). */
export interface Group {
  /** {@link NO_GID} for the requests whose MGID the SA shall choose; that group never has members. */
  readonly mgid: Gid
  readonly members: ReadonlyArray<Member>
  /** The bits the SA holds for the port. */
  readonly held: JoinState
  /** The record as the SA last gave it; null before the first success. */
  readonly record: McMember | null
  readonly transaction: SaTransaction | null
  readonly waiting: ReadonlyArray<WaitingRequest>
  /**
   * Where nobody has or asks for anything any more: who was the last. The group counts for it until it is
   * left.
   */
  readonly lastOf: FunctionId | null
  /** The aggregate must be joined again (SQP-MC-11). */
  readonly rejoin: boolean
}

/**
 * What somebody wants to hear of (spec/subscriptions.md): an InformInfo and the partition it was asked in.
 */
export interface InformFilter extends Omit<InformInfo, "_tag" | "subscribe" | "qpn"> {
  /** Low 15 bits of the P_Key of the request. */
  readonly partition: number
}

/** A subscribe of a function that waits for the SA. */
export interface WaitingSubscribe {
  readonly function: FunctionId
  readonly guestTid: Tid
  readonly address: EgressAddress
  readonly inform: InformInfo
  /** Until its client no longer waits; negative once it does not. */
  readonly remaining: number
}

/** The one SA transaction a subscription may have outstanding. */
export interface InformTransaction extends SaRequest {
  readonly kind: "subscribe" | "unsubscribe"
  readonly cause: Cause
  /**
   * The request the answer belongs to; null for an unsubscribe, a re-subscribe, or when its function ended.
   */
  readonly request: WaitingSubscribe | null
}

/** A subscription as the PF context aggregates it (SQP-SUB-1). */
export interface Subscription {
  readonly filter: InformFilter
  readonly subscribers: ReadonlyArray<FunctionId>
  /** Whether the PF context itself is a subscriber. */
  readonly own: boolean
  /** Whether the SA holds it for the port. */
  readonly held: boolean
  readonly transaction: InformTransaction | null
  readonly waiting: ReadonlyArray<WaitingSubscribe>
  /** The SA must be asked again (SQP-SUB-7). */
  readonly again: boolean
}

/** A Report of the SA that was answered and handed out (SQP-SUB-6). */
export interface TakenReport {
  readonly tid: Tid
  /** The TID the functions got it with; null where none got it. */
  readonly handedTid: WireTid | null
  /** Who got it and has not ended since. */
  readonly handedTo: ReadonlyArray<FunctionId>
  /** From before the last reregister or change of SM: its TID may come again. */
  readonly former: boolean
  readonly life: Life
}

/** A request of the PF context that was given up; a late success of it is undone (SQP-MC-9). */
export interface GivenUpRequest {
  readonly wireTid: WireTid
  /** What it asked for, by the area that asked. */
  readonly asked:
    | { readonly _tag: "join"; readonly mgid: Gid }
    | { readonly _tag: "subscribe"; readonly filter: InformFilter }
  readonly sentTo: Lid
  /** Whether a port event came since it was sent: what the SA held then, it may have forgotten. */
  readonly former: boolean
  readonly life: Life
}

/** A ServiceRecord that a VF may have registered with the SA (SQP-SVC-2). */
export interface Registration {
  readonly function: FunctionId
  readonly rid: ServiceRid
  /** What remains of its lease, in milliseconds; from 0 on it may be forgotten. Null: it has no end. */
  readonly lease: number | null
  /** What the PF context does to delete it: nothing, wait for an SM, or ask. */
  readonly deletion: null | "waits" | SaRequest
}

/** By what the SA knows a ServiceRecord. */
export interface ServiceRid {
  /** 16 hex digits. */
  readonly serviceId: string
  readonly gid: Gid
  readonly pkey: number
}

/** Spaces of ids that rest once they are released; QPNs are given out anew at once. */
export type RestingSpace = Exclude<IdSpace, "qpn">

export interface State {
  readonly config: Config
  readonly wireRoom: Room
  /** MADs that functions posted and that wait for room, by function and QP, oldest first (SQP-FAIR-2). */
  readonly deferred: ReadonlyArray<EventOf<"Egress">>
  readonly running: boolean
  readonly policy: Policy
  readonly port: Port
  /** Indexed by FunctionId. */
  readonly functions: ReadonlyArray<FunctionState>
  /** By function, and of each function in the order of their last use. */
  readonly transactions: ReadonlyArray<Transaction>
  /** By function, and of each function in the order of their last use. */
  readonly inbound: ReadonlyArray<InboundRequest>
  /** By function, and of each function in the order of their last use. */
  readonly redirects: ReadonlyArray<Redirect>
  readonly exchanges: ReadonlyArray<Exchange>
  readonly groups: ReadonlyArray<Group>
  readonly registrations: ReadonlyArray<Registration>
  /** Until the provisional bits of all groups are left; null while none runs out (SQP-MC-17). */
  readonly renewIn: number | null
  readonly givenUp: ReadonlyArray<GivenUpRequest>
  readonly subscriptions: ReadonlyArray<Subscription>
  /** Oldest first. */
  readonly reports: ReadonlyArray<TakenReport>
  /** Released ids that must not be used again yet (SQP-TID-6). */
  readonly resting: ReadonlyArray<{
    readonly space: RestingSpace
    readonly id: string
    readonly remaining: number
  }>
  /** Until the next REJ for an unknown GID may be sent; 0 is now. */
  readonly rejIn: number
}
