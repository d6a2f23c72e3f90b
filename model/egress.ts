/** What a function sends on its proxy QP, checked in the order of `spec/classes.md`. */
import type { Chooser } from "./choice.ts"
import { policy, refuse } from "./classes.ts"
import { egressCm } from "./cm.ts"
import type { EventOf } from "./event.ts"
import { egressGuid } from "./guids.ts"
import { NO_GUID, PF } from "./ids.ts"
import { ATTRIBUTE, CLASS, isCmSend, isResponse, isSmp, type Mad, type Malformed, METHOD } from "./mad.ts"
import { egressMembership } from "./multicast.ts"
import { egressMemberQuery, isAboutMember } from "./multicast-view.ts"
import { egressReportResponse } from "./reports.ts"
import { drop, type Egress, type Outcome } from "./outcome.ts"
import { egressService, isServiceChange, refuseForeignService } from "./service-records.ts"
import { functionState, physicalPkeyIndex } from "./tables.ts"
import type { Reason } from "../spec/reasons.ts"
import type { State } from "./state.ts"
import { redirectOf, usedRedirect } from "./redirect.ts"
import { egressInform } from "./subscriptions.ts"
import { egressRequest, egressResponse } from "./tid.ts"

/** The MAD if it is well formed, else why it is refused by its form alone, whoever sent it (SQP-IN-1). */
export const wellFormed = (mad: Mad | Malformed): Mad | Reason => {
  if ("_tag" in mad) return "bad-length"
  if (mad.baseVersion !== 1) return "base-version"
  const versioned = mad.mgmtClass === CLASS.SA || mad.mgmtClass === CLASS.CM
  return versioned && mad.classVersion !== 2 ? "class-version" : mad
}

/** One MAD of a function on its way to the wire. */
export const egress = (state: State, event: EventOf<"Egress">, chooser: Chooser): Outcome => {
  const refuseWith = (reason: Reason) => drop(state, event.function, reason)
  const fn = functionState(state, event.function)
  if (!fn.tunnels) return refuseWith("not-attached")
  //= SQP-QP-3
  if (event.srcQpn !== null && event.srcQpn !== fn.tunnels[event.qp].proxyQpn) return refuseWith("source-qp")
  const mad = wellFormed(event.mad) //= SQP-IN-1
  if (typeof mad === "string") return refuseWith(mad)
  if (isSmp(mad) && event.function !== PF) return refuseWith("smp-from-vf") //= SQP-CLS-2
  if (isSmp(mad) !== (event.qp === 0)) return refuseWith("class-qp") //= SQP-CLS-1
  const pkeyIndex = event.qp === 0
    ? event.address.pkeyIndex
    : physicalPkeyIndex(state, event.function, event.address.pkeyIndex)
  if (pkeyIndex === null) return refuseWith("pkey-index") //= SQP-PKEY-1
  if (event.address.grh && fn.guid === NO_GUID) return refuseWith("no-gid") //= SQP-GUID-1
  return byKind(state, { ...event, mad }, pkeyIndex, chooser)
}

/** A well-formed MAD of the right class, on a P_Key the function holds: policy, then its area. */
const byKind = (state: State, event: Egress, pkeyIndex: number, chooser: Chooser): Outcome => {
  const { mad } = event
  const verdict = policy(state.policy, event.function, mad) //= SQP-CLS-4
  if (verdict._tag === "Dropped") return drop(state, event.function, verdict.reason)
  if (verdict._tag === "Answered") return refuse(state, event, verdict.status)
  if (isCmSend(mad)) return egressCm(state, event, pkeyIndex, chooser)
  if (isResponse(mad)) {
    return egressReportResponse(state, event, chooser) ?? egressResponse(state, event, pkeyIndex, chooser)
  }
  if (isMembership(mad)) return egressMembership(state, event, chooser)
  if (event.function !== PF && isOfGuids(mad)) return egressGuid(state, event, chooser) //= SQP-GUID-11
  if (isInform(mad)) return egressInform(state, event, pkeyIndex, chooser)
  if (isAboutMember(state, event)) return egressMemberQuery(state, event) //= SQP-MC-16
  const isService = isServiceChange(event)
  const foreign = isService ? refuseForeignService(state, event) : null
  if (foreign) return foreign
  const destined = destination(state, event)
  if (destined) return drop(state, event.function, destined)
  const keyless = mad.sa && event.function !== PF
  const leaving = keyless ? { ...mad, sa: { ...mad.sa, smKey: "0000000000000000" } } : mad //= SQP-CLS-6
  const leave = (next: State) => egressRequest(next, event, pkeyIndex, leaving, chooser)
  const goOn = (from: State, by: (next: State) => Outcome): Outcome =>
    isService ? egressService(from, event, by, chooser) : by(from)
  if (event.address.remoteQpn === event.qp) return goOn(state, leave)
  const { place, state: asked } = redirectOf(state, event, chooser) //= SQP-CLS-9
  if (place === null) return drop(asked, event.function, "remote-qpn") //= SQP-CLS-7
  return goOn(asked, (next) => usedRedirect(leave(next), place))
}

const isMembership = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.MC_MEMBER_RECORD &&
  (mad.method === METHOD.SET || mad.method === METHOD.DELETE)

const isOfGuids = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.GUID_INFO_RECORD &&
  (mad.method === METHOD.SET || mad.method === METHOD.DELETE)

const isInform = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.INFORM_INFO && mad.method === METHOD.SET

/** Why a request may not go where it is addressed; null if it may. */
const destination = (state: State, { address, function: fn, mad }: Egress): Reason | null => {
  if (mad.mgmtClass === CLASS.SA && fn !== PF) { //= SQP-CLS-6
    if (state.port.smLid === null) return "no-sm"
    if (address.dlid !== state.port.smLid) return "sa-destination"
  }
  return null
}
