/**
 * Everything that can happen to a PF context: the inputs of `step`. The mapping to trace lines is the table
 * in `spec/wire-formats.md`.
 */
import type { FunctionId, Gid, Guid, Lid, Qpn, SpecialQp, SubnetPrefix } from "./ids.ts"
import type { Mad, Malformed } from "./mad.ts"
import type { Config, Policy, Quotas } from "./state.ts"

/** The GRH of a message as its receiver sees it. */
export interface Grh {
  readonly sgid: Gid
  readonly dgid: Gid
  readonly hopLimit: number
  readonly flowLabel: number
  readonly trafficClass: number
}

/** What a function asks for in a GRH; its SGID is never its own choice (SQP-GUID-1). */
export type GrhRequest = Omit<Grh, "sgid">

/** The address of a function's work request on its proxy QP. */
export interface EgressAddress {
  readonly pkeyIndex: number
  readonly remoteQpn: Qpn
  readonly qkey: number
  readonly dlid: Lid
  readonly sl: number
  readonly pathBits: number
  readonly rate: number
  readonly grh: GrhRequest | null
}

/** The address of a received MAD. */
export interface IngressAddress {
  readonly pkeyIndex: number
  readonly slid: Lid
  readonly srcQp: Qpn
  readonly sl: number
  readonly pathBits: number
  readonly grh: Grh | null
}

/** A request of a function's driver about one of its QPs. */
export interface VerbRequest {
  readonly verb: "createQp" | "modifyQp" | "postSend" | "destroyQp"
  readonly type: "smi" | "gsi" | "ud" | "rc" | null
  readonly qpn: Qpn | null
  readonly qkey: number | null
  readonly pkeyIndex: number | null
  readonly sgidIndex: number | null
  readonly vl: number | null
  /** The port as the function numbers it. */
  readonly port: number | null
  /** The alternate path of a connected QP. */
  readonly alternate: AlternatePath | null
  /** Which attributes shall be applied, as `enum ib_qp_attr_mask`; null for those that are given. */
  readonly attrMask: number | null
}

/** What a verb says of an alternate path (IBTA 11.2.5.2). */
export interface AlternatePath {
  readonly pkeyIndex: number | null
  readonly sgidIndex: number | null
  readonly port: number | null
}

/** An attribute a function may ask about itself. */
export type QueryAttribute = "NodeInfo" | "PortInfo" | "GUIDInfo" | "P_KeyTable" | "other"

export type Event =
  | {
    readonly _tag: "Egress"
    readonly function: FunctionId
    readonly qp: SpecialQp
    /** The QPN the MAD was sent from; null means the function's own proxy QP. */
    readonly srcQpn: Qpn | null
    readonly address: EgressAddress
    readonly mad: Mad | Malformed
  }
  | {
    readonly _tag: "Ingress"
    readonly qp: SpecialQp
    readonly address: IngressAddress
    readonly mad: Mad | Malformed
  }
  /**
   * Time passes. Who only knows that what falls due then happens within some time more says so: nobody saw the moment. Missing
   * is 0: what happens, happens now.
   */
  | { readonly _tag: "TimePasses"; readonly ms: number; readonly within?: number }
  /** The environment says how many slots each ring to the wire has left for functions; null: no bound. */
  | { readonly _tag: "WireRoom"; readonly slots: number | null }
  /** The environment says how many slots each ring to a function has left; null: no bound. */
  | { readonly _tag: "FunctionRoom"; readonly function: FunctionId; readonly slots: number | null }
  /** The administrator changes quotas of functions; at most to what the PF context was made with. */
  | {
    readonly _tag: "QuotasChanged"
    readonly functions: ReadonlyArray<FunctionId>
    readonly quotas: Partial<Quotas>
  }
  /** The scheduler takes a MAD that waited for room. */
  | { readonly _tag: "Taken"; readonly egress: EventOf<"Egress"> }
  | { readonly _tag: "Start" }
  | { readonly _tag: "Stop" }
  | { readonly _tag: "Attach" | "Detach" | "Reset"; readonly function: FunctionId }
  | { readonly _tag: "Reregister" }
  | { readonly _tag: "LinkChanged"; readonly up: boolean }
  | { readonly _tag: "SmChanged"; readonly smLid: Lid | null; readonly smSl: number }
  | { readonly _tag: "LidChanged"; readonly lid: Lid; readonly lmc: number }
  | { readonly _tag: "PrefixChanged"; readonly subnetPrefix: SubnetPrefix }
  | { readonly _tag: "PkeysChanged"; readonly pkeys: ReadonlyArray<number> }
  | { readonly _tag: "GuidTableChanged"; readonly block: number; readonly guids: ReadonlyArray<Guid> }
  /**
   * The administrator: the GUID a VF shall have, {@link NO_GUID} for one of the SA's choice, null for none.
   */
  | { readonly _tag: "AdminGuid"; readonly function: FunctionId; readonly guid: Guid | null }
  | {
    readonly _tag: "PkeyMapChanged"
    readonly function: FunctionId
    readonly map: ReadonlyArray<number | null>
  }
  /** The administrator replaces the parts of the policy that are given. */
  | {
    readonly _tag: "PolicyChanged"
    readonly policy: Partial<Policy>
    readonly services: Config["services"] | null
  }
  | { readonly _tag: "Verb"; readonly function: FunctionId; readonly request: VerbRequest }
  | {
    readonly _tag: "Query"
    readonly function: FunctionId
    readonly attribute: QueryAttribute
    /** AttributeModifier: the block of a table, the port of PortInfo. */
    readonly modifier: number
  }

/** One variant of {@link Event}. */
export type EventOf<Tag extends Event["_tag"]> = Extract<Event, { readonly _tag: Tag }>
