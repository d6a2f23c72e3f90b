/** What a step demands of the world: the outputs of `step`, in order within a flow. */
import type { Reason } from "../spec/reasons.ts"
import type { IngressAddress, EgressAddress, GrhRequest } from "./event.ts"
import type { FunctionId, Guid, Qpn, SpecialQp } from "./ids.ts"
import type { Mad } from "./mad.ts"

/** Address of a MAD on the wire; the GRH's source is an index of the physical GUID table. */
export interface WireAddress extends Omit<EgressAddress, "grh"> {
  readonly grh: (GrhRequest & { readonly sgidIndex: number }) | null
}

/** Why the PF context contacts the SA on its own account (SQP-MC-2, SQP-SUB-2). */
export type Cause =
  | "join" | "leave" | "retry" | "re-join" | "undo" | "guid" | "unregister"
  | "subscribe" | "unsubscribe" | "re-subscribe"

/** What a function sees of its port (SQP-VIEW-1); the rest of NodeInfo and PortInfo is the physical one. */
export type View =
  | { readonly _tag: "NodeInfo"; readonly nodeGuid: Guid }
  | { readonly _tag: "PortInfo"; readonly active: boolean }
  | { readonly _tag: "GUIDInfo"; readonly guid: Guid }
  | { readonly _tag: "P_KeyTable"; readonly pkeys: ReadonlyArray<number> }

/** A port event as a function hears it. */
export type FunctionEvent = "lid" | "sm" | "pkey" | "gid" | "reregister" | "port-up" | "port-down"

export type Action =
  | {
    readonly _tag: "ToWire"
    readonly qp: SpecialQp
    /** Whose MAD it is; null for one the PF context made itself. */
    readonly from: FunctionId | null
    readonly cause: Cause | null
    readonly address: WireAddress
    readonly mad: Mad
  }
  | {
    readonly _tag: "ToFunction"
    readonly function: FunctionId
    readonly qp: SpecialQp
    readonly address: IngressAddress
    readonly mad: Mad
  }
  | { readonly _tag: "EventTo"; readonly function: FunctionId; readonly event: FunctionEvent }
  | {
    readonly _tag: "Tunnel"
    readonly function: FunctionId
    readonly qp: SpecialQp
    readonly proxyQpn: Qpn
    readonly tunnelQpn: Qpn
  }
  | {
    readonly _tag: "Answer"
    readonly function: FunctionId
    readonly status: "ok" | "refused"
    readonly qpn: Qpn | null
    /** Effective Q_Key of a postSend. */
    readonly qkey: number | null
    readonly view: View | null
  }
  /** A MAD is not taken yet, and its sender sees it. */
  | {
    readonly _tag: "Defer"
    readonly function: FunctionId
    readonly qp: SpecialQp
    readonly reason: Reason
  }
  | { readonly _tag: "Drop"; readonly function: FunctionId | null; readonly reason: Reason }

/** One variant of {@link Action}. */
export type ActionOf<Tag extends Action["_tag"]> = Extract<Action, { readonly _tag: Tag }>
