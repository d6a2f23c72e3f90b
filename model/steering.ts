/** What arrives from the wire, steered in the order of `spec/steering.md`. */
import type { Chooser } from "./choice.ts"
import { PING_OUI } from "./classes.ts"
import { ingressCm } from "./cm.ts"
import { wellFormed } from "./egress.ts"
import type { EventOf } from "./event.ts"
import { type FunctionId, PF } from "./ids.ts"
import { CLASS, isCmSend, isResponse, isSmp, METHOD } from "./mad.ts"
import { withoutOthers } from "./multicast-view.ts"
import { drop, type Ingress, type Outcome } from "./outcome.ts"
import { taughtRedirect } from "./redirect.ts"
import { ingressReport, isReport } from "./reports.ts"
import { ingressOwnAnswer, isOwnAnswer } from "./sa-areas.ts"
import type { State } from "./state.ts"
import { afterDeleteResp } from "./service-records.ts"
import { functionOfGid, partition } from "./tables.ts"
import { ingressRequest, ingressResponse, ingressRmppControl, isRmppControl } from "./tid.ts"

/** One MAD from the wire on its way to a function. */
export const ingress = (state: State, event: EventOf<"Ingress">, chooser: Chooser): Outcome => {
  const nobody = (reason: Parameters<typeof drop>[2]) => drop(state, null, reason)
  if (!state.running) return nobody("not-attached")
  const { address, qp } = event
  const mad = wellFormed(event.mad) //= SQP-IN-1
  if (typeof mad === "string") return nobody(mad)
  if (qp === 1 && partition(state.port.pkeys[address.pkeyIndex] ?? 0) === 0) return nobody("pkey-index")
  if (isSmp(mad) !== (qp === 0)) return nobody("class-qp") //= SQP-CLS-1
  const arrived: Ingress = { ...event, mad }
  if (isSmp(mad)) return smp(state, arrived, chooser)
  const named = address.grh && functionOfGid(state, address.grh.dgid) //= SQP-STEER-2
  if (address.grh && named === null) return nobody("dgid-unknown")
  if (isCmSend(mad)) return ingressCm(state, arrived, named, chooser)
  if (isResponse(mad) && isOwnAnswer(state, mad)) return ingressOwnAnswer(state, arrived, chooser)
  if (isResponse(mad)) {
    const handled = withoutOthers(afterDeleteResp(ingressResponse(state, arrived, chooser))) //= SQP-MC-16
    return taughtRedirect(handled, arrived, chooser)
  }
  if (isReport(mad)) return ingressReport(state, arrived, named, chooser)
  if (isRmppControl(mad)) return ingressRmppControl(state, arrived, chooser)
  return unsolicited(state, arrived, named ?? PF, chooser)
}

/** An SMP is the PF's, whatever its GRH says (SQP-CLS-3); a response must still have been asked for. */
const smp = (state: State, event: Ingress, chooser: Chooser): Outcome => {
  const withoutGrh: Ingress = { ...event, address: { ...event.address, grh: null } }
  //= SQP-CLS-3
  const delivered = isResponse(event.mad)
    ? ingressResponse(state, withoutGrh, chooser)
    : ingressRequest(state, withoutGrh, PF, chooser)
  const { grh } = event.address
  const actions = delivered.actions.map((action) =>
    action._tag === "ToFunction" ? { ...action, address: { ...action.address, grh } } : action
  )
  return { ...delivered, actions }
}

/** A request nobody here asked for: to the function its DGID names, without a GRH to the PF (SQP-STEER-3). */
const unsolicited = (state: State, event: Ingress, fn: FunctionId, chooser: Chooser): Outcome => {
  const ping = event.mad.oui === PING_OUI
  const cmGet = event.mad.mgmtClass === CLASS.CM && event.mad.method === METHOD.GET //= SQP-CM-16
  //= SQP-STEER-3
  return fn === PF || ping || cmGet ? ingressRequest(state, event, fn, chooser) : drop(state, fn, "unsolicited")
}
