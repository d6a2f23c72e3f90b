/** Short histories of CM traffic as invariants see it, right or wrong: what came in, and what it left as. */
import type { Action } from "../model/action.ts"
import { cmMad } from "../model/environment/cm-party.ts"
import type { Event, IngressAddress } from "../model/event.ts"
import { type CommId, FunctionId, Gid, Lid, type Tid } from "../model/ids.ts"
import { defaultTiming } from "../model/initial.ts"
import { cmInvariants } from "../model/invariants-cm.ts"
import type { Observation } from "../model/invariants.ts"
import type { Cm, Mad } from "../model/mad.ts"
import type { RequirementId } from "../spec/requirements.ts"
import { PEER, tid } from "./cm-story.ts"
import { broken } from "./invariant-story.ts"
import { egress, grhFrom, ingress } from "./small-world.ts"

/** How a message differs from the usual: its TID, the TID it goes on with, and where it comes from. */
interface Differently {
  readonly tid?: Tid
  readonly becomes?: Tid
  readonly slid?: Lid
  readonly sgid?: Gid
}

/** A message of a function leaves as that one. */
export const leavesAs = (
  n: number, before: Cm, after: Cm, { tid: t = tid(7), becomes = t }: Differently = {}
): Observation => {
  const event = egress(FunctionId(n), cmMad(before, t), { dlid: PEER.lid })
  const address = { ...event.address, grh: null }
  const mad = cmMad(after, becomes)
  return { event, actions: [{ _tag: "ToWire", qp: 1, from: FunctionId(n), cause: null, address, mad }] }
}

/** A message of a function leaves with this id in place of its own. */
export const leaves = (n: number, cm: Cm, wire: CommId, how?: Differently): Observation =>
  leavesAs(n, cm, "requestId" in cm ? { ...cm, requestId: wire } : { ...cm, localId: wire }, how)

/** A message of the peer reaches a function, with this id in place of the one it quotes. */
export const reaches = (
  n: number, cm: Cm, guest: CommId | null = null, how: Differently = {}
): Observation => {
  const { becomes = how.tid ?? tid(9) } = how
  const after = guest !== null && "remoteId" in cm ? { ...cm, remoteId: guest } : cm
  return arrives(cm, how, ({ address }) =>
    [{ _tag: "ToFunction", function: FunctionId(n), qp: 1, address, mad: cmMad(after, becomes) }])
}

/** A message of the peer, and what comes of it. */
export const arrives = (
  cm: Cm | Mad, { sgid, slid = PEER.lid, tid: t = tid(9) }: Differently,
  comes: (seen: { readonly address: IngressAddress }) => ReadonlyArray<Action>
): Observation => {
  const grh = sgid === undefined ? null : grhFrom(sgid, PEER.gid)
  const event = ingress("_tag" in cm ? cmMad(cm, t) : cm, { slid, grh })
  return { event, actions: comes(event) }
}

/** A message of the peer is dropped, for it belongs to nothing. */
export const isLost = (cm: Cm): Observation =>
  arrives(cm, {}, () => [{ _tag: "Drop", function: null, reason: "cm-unknown" }])

/** A MAD of the peer is answered by the PF context itself. */
export const isAnswered = (cm: Cm | Mad, by: Cm, t = tid(9)): Observation =>
  arrives(cm, {}, ({ address: { slid, srcQp, ...rest } }) => [{
    _tag: "ToWire", qp: 1, from: null, cause: null, mad: cmMad(by, t),
    address: { ...rest, dlid: slid, remoteQpn: srcQp, qkey: 0x8001_0000, rate: 0, grh: null }
  }])

/** Something else happens, and this comes of it. */
export const happens = (event: Event, ...actions: ReadonlyArray<Action>): Observation => ({ event, actions })

/** Time passes, in seconds. */
export const waits = (seconds: number): Observation => happens({ _tag: "TimePasses", ms: 1000 * seconds })

/** A SIDR_REQ. */
export const sidrReq = (requestId: CommId): Cm =>
  ({ _tag: "cm", message: "SIDR_REQ", requestId, serviceId: "0000000000000001" })
/** A SIDR_REP. */
export const sidrRep = (requestId: CommId): Cm => ({ _tag: "cm", message: "SIDR_REP", requestId })

/** How many conversations a function may hold here. */
export const ROOM = 2
const invariants = cmInvariants({ timing: defaultTiming, limits: { cm: ROOM } })

/**
 * Whether the last observation of a history breaks the invariants of a requirement. Throws if an earlier one
 * does, or if nobody knows the requirement.
 */
export const breaks = (requirement: RequirementId, ...history: ReadonlyArray<Observation>): boolean => {
  const named = invariants.filter((each) => each.requirement === requirement)
  if (named.length === 0) throw new Error(`no invariant of ${requirement}`)
  return broken(named)(...history).length > 0
}
