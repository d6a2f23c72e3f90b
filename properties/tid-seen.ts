/** Short histories of transactions as invariants see them, right or wrong: who asks what, and what comes back. */
import type { Action, ActionOf } from "../model/action.ts"
import type { EgressAddress, IngressAddress } from "../model/event.ts"
import { type FunctionId, Gid, Lid, Qpn, type Tid } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import { tidInvariants } from "../model/invariants-tid.ts"
import type { Mad, McMember } from "../model/mad.ts"
import { broken, dropped, seen, toFunction, toWire } from "./invariant-story.ts"
import {
  ask, egress, gid, grhTo, ingress, mad, PERF, PING, SA, small, tid, VF1
} from "./small-world.ts"

/** A transaction lives 20 to 30 ms, and its wire TID rests 15. */
export const tidTiming = { tidMin: 20, tidMax: 30, rest: 15 }
/**
 * What breaks, of the invariants of transactions, with the last of these; a function has at most two of anything
 * unless said otherwise.
 */
export const breaksTids = (
  limits: { readonly tids?: number; readonly inbound?: number } = {}, timing: { readonly rest?: number } = {}
) =>
  broken(tidInvariants(
    small({ limits: { tids: 2, inbound: 2, ...limits }, timing: { ...tidTiming, ...timing } }).config
  ))

/** How a MAD differs from the usual, and where it goes or where it comes from. */
export interface Otherwise<Address> {
  readonly of?: Partial<Mad>
  readonly at?: Partial<Address> & { readonly qp?: 0 | 1 }
}

/** An id by its number, or as it is. */
const idOf = (id: number | Tid): Tid => (typeof id === "number" ? tid(id) : id)

/** A function asks with its TID, and the request leaves with a wire TID. */
export const asks = (
  fn: FunctionId, guest: number | Tid, wire: number | Tid, { at = {}, of = {} }: Otherwise<EgressAddress> = {}
): Observation => {
  const event = egress(fn, { ...ask, ...of, tid: idOf(guest) }, at)
  const left = { ...ask, ...of, tid: idOf(wire) }
  return seen(event, { ...toWire(fn, left, { qp: event.qp }), address: { ...event.address, grh: null } })
}

/** A MAD of a function is dropped. */
export const isRefused = (
  fn: FunctionId, guest: number | Tid, reason: ActionOf<"Drop">["reason"],
  { at = {}, of = {} }: Otherwise<EgressAddress> = {}
): Observation => seen(egress(fn, { ...ask, ...of, tid: idOf(guest) }, at), dropped(fn, reason))

/** A response to a wire TID arrives, and this comes of it. */
export const responds = (
  wire: number | Tid, { at = {}, of = {} }: Otherwise<IngressAddress>, ...actions: ReadonlyArray<Action>
): Observation => seen(ingress(mad({ mgmtClass: PERF, method: 0x81, ...of, tid: idOf(wire) }), at), ...actions)

/** A response to a wire TID arrives, and a function gets it with its own. */
export const answered = (
  wire: number | Tid, fn: FunctionId, guest: number | Tid, how: Otherwise<IngressAddress> = {}
): Observation =>
  responds(wire, how, toFunction(fn, mad({ mgmtClass: PERF, method: 0x81, ...how.of, tid: idOf(guest) }), how.at?.qp ?? 1))

/** A request from the wire arrives, and this comes of it; an ibping unless said otherwise. */
export const asked = (
  n: number, { at = {}, of = {} }: Otherwise<IngressAddress>, ...actions: ReadonlyArray<Action>
): Observation => seen(ingress(mad({ mgmtClass: PING, ...of, tid: tid(n) }), at), ...actions)

/** A request from the wire is handed to a function. */
export const handed = (n: number, fn: FunctionId, how: Otherwise<IngressAddress> = {}): Observation =>
  asked(n, how, toFunction(fn, mad({ mgmtClass: PING, ...how.of, tid: tid(n) }), how.at?.qp ?? 1))

/** A function answers a request from the wire, and the answer leaves with this TID. */
export const replies = (
  fn: FunctionId, n: number, how: Otherwise<EgressAddress> = {}, left: number = n
): Observation => asks(fn, n, left, { ...how, of: { ...mad({ mgmtClass: PING }), method: 0x81, ...how.of } })

const packet = (type: number): Pick<Mad, "rmpp"> => ({ rmpp: { active: true, type } })
/** Packets of a transfer of several segments: an ACK of segments, and what carries data. */
export const [ACK, DATA] = [packet(2), packet(1)]

/** A function ends, and nothing comes of it. */
export const ends = (_tag: "Detach" | "Reset", fn = VF1): Observation => seen({ _tag, function: fn })
/** The PF context stops, and nothing comes of it. */
export const stop = seen({ _tag: "Stop" })
/** VF1 asks with its TID 7, and the wire TID is 1. */
export const first = asks(VF1, 7, 1)

/** What of a MAD or its address tells one request of a function from another: another class, place or QP. */
export const otherwise: ReadonlyArray<Otherwise<EgressAddress>> = [
  { of: { mgmtClass: 0x06 } }, { at: { dlid: Lid(9) } }, { at: { remoteQpn: Qpn(9) } },
  { at: { qp: 0, remoteQpn: Qpn(1) } }, { at: { grh: grhTo(gid(9)) } }
]

/** A join of the PF context for groups of its port. */
export const joining = (change: Partial<McMember> = {}, of: { readonly method?: number } = {}) =>
  mad({
    mgmtClass: SA, method: 0x02, attributeId: 0x38, tid: tid(1), ...of,
    body: {
      _tag: "mcMember", mask: "0000000000010003", mgid: Gid("ff".repeat(16)), portGid: gid(0), qkey: 0,
      mlid: 0, mtuSelector: 0,
      mtu: 0, trafficClass: 0, pkey: 0, rateSelector: 0, rate: 0, lifetimeSelector: 0, lifetime: 0, sl: 0,
      flowLabel: 0,
      hopLimit: 0, scope: 0, joinState: 1, proxyJoin: 0, ...change
    }
  })
