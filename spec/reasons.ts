/** Why a MAD was not passed on: the one vocabulary of model, implementation, traces and counters. */

/** Kind of a drop: `rule` drops are always required; a `capacity` drop is allowed only at a declared limit. */
export type ReasonKind = "rule" | "capacity"

/** Every reason, with its kind and one sentence for people. The order is the numeric code of the implementation. */
export const reasons = {
  "bad-length": { kind: "rule", text: "the MAD is not 256 bytes long" },
  "base-version": { kind: "rule", text: "the base version is not 1" },
  "class-version": { kind: "rule", text: "the class version of an SA or CM MAD is not 2" },
  "not-attached": { kind: "rule", text: "the function is not attached or the PF context is stopped" },
  "source-qp": { kind: "rule", text: "the MAD does not come from the proxy QP of this tunnel" },
  "smp-from-vf": { kind: "rule", text: "a VF sent an SMP" },
  "class-qp": { kind: "rule", text: "the management class does not belong on this QP" },
  "class-policy": { kind: "rule", text: "policy refuses this class or method to the function" },
  "sa-method": { kind: "rule", text: "a VF may not send this SA method" },
  "sa-destination": { kind: "rule", text: "an SA request of a VF goes to the subnet manager only" },
  "no-sm": { kind: "rule", text: "the subnet manager is unknown" },
  "remote-qpn": { kind: "rule", text: "the destination QPN is not one the function may reach" },
  "pkey-index": { kind: "rule", text: "the P_Key index is outside the table or unassigned" },
  "pkey-mismatch": { kind: "rule", text: "the function holds no P_Key that matches the packet's" },
  "no-gid": { kind: "rule", text: "the function has no GUID yet and asked for a GRH" },
  "response-unasked": { kind: "rule", text: "no outstanding request of that QP and class has this transaction id" },
  "response-undelivered": { kind: "rule", text: "the function answers a request that was not delivered to it" },
  "rmpp-unknown": { kind: "rule", text: "an RMPP control packet belongs to no request that was delivered or is outstanding" },
  "dgid-unknown": { kind: "rule", text: "the DGID names no function" },
  "gid-pending": { kind: "rule", text: "the GID belongs to a function that is not attached" },
  "steer-conflict": { kind: "rule", text: "the steering keys of the MAD name different functions" },
  "unsolicited": { kind: "rule", text: "an unsolicited MAD of this class is not for a VF" },
  "cm-attribute": { kind: "rule", text: "the attribute is no CM message" },
  "cm-unknown": { kind: "rule", text: "the CM message belongs to no exchange" },
  "cm-peer": { kind: "rule", text: "the CM message does not come from the peer of its exchange" },
  "cm-rej-rate": { kind: "rule", text: "a REJ for an unknown GID was suppressed by its rate limit" },
  "sa-answer-source": { kind: "rule", text: "an answer to the PF context does not come from the subnet manager" },
  "sa-answer-stale": { kind: "rule", text: "an answer to the PF context has no transaction" },
  "coalesced": { kind: "rule", text: "the request repeats one that is still waiting for the SA" },
  "horizon": { kind: "rule", text: "the request is older than its client waits" },
  "sa-timeout": { kind: "rule", text: "the SA did not answer within all tries" },
  "function-gone": { kind: "rule", text: "the function ended before its request was answered" },
  "report-source": { kind: "rule", text: "a Report does not come from the subnet manager" },
  "report-repeated": { kind: "rule", text: "the Report repeats one that functions were handed before" },
  "report-unwanted": { kind: "rule", text: "nobody subscribed to what the Report is about" },
  "report-answered": { kind: "rule", text: "a function's answer to a Report ends here, for the SA has its answer" },
  "tid-quota": { kind: "capacity", text: "the function's quota of transactions is used up" },
  "cm-quota": { kind: "capacity", text: "the function's quota of CM exchanges is used up" },
  "inbound-quota": { kind: "capacity", text: "the function's quota of delivered requests is used up" },
  "group-quota": { kind: "capacity", text: "the function's quota of multicast groups is used up" },
  "subscription-quota": { kind: "capacity", text: "the function's quota of subscriptions is used up" },
  "pending-quota": { kind: "capacity", text: "the function's quota of waiting SA requests is used up" },
  "service-quota": { kind: "capacity", text: "the function's quota of ServiceRecords is used up" },
  "wire-full": { kind: "capacity", text: "the ring to the wire is full" },
  "function-full": { kind: "capacity", text: "the ring to the function is full" }
} as const satisfies Record<string, { readonly kind: ReasonKind; readonly text: string }>

/** A reason for a drop; the key under which it is counted. */
export type Reason = keyof typeof reasons
