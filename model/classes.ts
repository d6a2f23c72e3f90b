/** What a function may send, by class and method: see `spec/classes.md`. */
import type { Reason } from "../spec/reasons.ts"
import { ATTRIBUTE, CLASS, isResponse, type Mad, METHOD, R_BIT } from "./mad.ts"
import type { EgressAddress, EventOf, IngressAddress } from "./event.ts"
import { type FunctionId, gidOf, type Lid, PF, type Qpn } from "./ids.ts"
import { type Egress, outcome, type Outcome, toFunction } from "./outcome.ts"
import { functionState } from "./tables.ts"
import type { Allowance, Policy, State } from "./state.ts"
import { isRmppControl } from "./tid.ts"

/** What policy says about a MAD: it may go on, it is answered with a status, or it is dropped. */
export type Verdict =
  | { readonly _tag: "Allowed" }
  | { readonly _tag: "Answered"; readonly status: number }
  | { readonly _tag: "Dropped"; readonly reason: Reason }

const allowed: Verdict = { _tag: "Allowed" }

/** Method or attribute not supported, for any class but the SA (IBTA 13.4.7). */
const STATUS_UNSUPPORTED = 0x000c
/** SA: the request is invalid (IBTA 15.2.1). */
const STATUS_SA_REQUEST_INVALID = 0x0200

/** The OUI whose vendor classes VFs may use: ibping's. MADs of other classes have no OUI. */
export const PING_OUI = "001405"

const SA_GETS: ReadonlyArray<number> = [
  METHOD.GET, METHOD.GET_TABLE, METHOD.GET_MULTI, METHOD.GET_TRACE_TABLE
]
const ANSWERABLE: ReadonlyArray<number> = [...SA_GETS, METHOD.SET, METHOD.DELETE]

/** SA attributes that VFs may change by default, each taken by its own area. */
const OWN_AREA: ReadonlyArray<number> = [ATTRIBUTE.MC_MEMBER_RECORD, ATTRIBUTE.SERVICE_RECORD]

/** Whether a VF may send a change of the attribute by default; InformInfo has no Delete. */
const isOwnArea = ({ attributeId, method }: Mad): boolean =>
  OWN_AREA.includes(attributeId) || (attributeId === ATTRIBUTE.INFORM_INFO && method === METHOD.SET)

/**
 * The policy for one MAD of one function. The PF may send everything; a response is judged by the request it
 * answers.
 */
export const policy = (given: Policy, fn: FunctionId, mad: Mad): Verdict => {
  if (fn === PF || isResponse(mad)) return allowed
  switch (mad.mgmtClass) {
    case CLASS.SA:
      return saPolicy(given, mad)
    case CLASS.CM:
      //= SQP-CM-16
      return mad.method === METHOD.SEND || mad.method === METHOD.GET ? allowed : refused(mad, STATUS_UNSUPPORTED)
    default: {
      const allowance = ofClass(given, mad)
      const passes = allowance === "all" || (allowance === "get" && mad.method === METHOD.GET)
      return passes ? allowed : refused(mad, STATUS_UNSUPPORTED) //= SQP-CLS-4
    }
  }
}

/** What VFs may send of the class of a MAD, neither SA nor CM. */
const ofClass = ({ classes }: Policy, { mgmtClass, oui }: Mad): Allowance => {
  const entry = classes.find((of) => of.mgmtClass === mgmtClass) //= SQP-CLS-8
  if (entry) return entry.allow
  if (mgmtClass === CLASS.PERF || mgmtClass === CLASS.DEV_MGT) return "get"
  return oui === PING_OUI ? "all" : "none"
}

const saPolicy = ({ saAttributes }: Policy, mad: Mad): Verdict => {
  if (!ANSWERABLE.includes(mad.method)) return { _tag: "Dropped", reason: "sa-method" } //= SQP-CLS-6
  const entry = saAttributes.find(({ attributeId }) => attributeId === mad.attributeId) //= SQP-CLS-8
  const allowance = entry?.allow ?? (isOwnArea(mad) ? "all" : "get")
  const passes = allowance === "all" || (allowance === "get" && SA_GETS.includes(mad.method))
  return passes ? allowed : refused(mad, STATUS_SA_REQUEST_INVALID)
}

/**
 * The administrator changes the policy: what is not given stays; MADs after it are judged by it (SQP-CLS-8).
 */
export const policyChanged = (state: State, { policy: given, services }: EventOf<"PolicyChanged">): Outcome =>
  outcome({
    ...state,
    policy: { ...state.policy, ...given },
    config: services === null ? state.config : { ...state.config, services }
  })

//= SQP-CLS-5
const refused = (mad: Mad, status: number): Verdict =>
  ANSWERABLE.includes(mad.method) && !isRmppControl(mad)
    ? { _tag: "Answered", status }
    : { _tag: "Dropped", reason: "class-policy" }

/**
 * The answer to a refused request: the function's own MAD with R bit and status, as if from where it was
 * sent.
 */
export const refuse = (state: State, event: Egress, status: number): Outcome => {
  const { address, mad } = event
  const method = mad.method === METHOD.SET ? METHOD.GET_RESP : answering(mad.method)
  return outcome(
    state,
    toFunction(event.function, event.qp, answerAddress(state, event.function, address), { ...mad, method, status })
  )
}

/** GetTraceTable is answered by GetTableResp; every other method by itself with the R bit (IBTA 15.2.2). */
const answering = (method: number): number =>
  (method === METHOD.GET_TRACE_TABLE ? METHOD.GET_TABLE : method) | R_BIT

/**
 * The address of an answer that the PF context gives to a function's request: from where the request went,
 * unless `slid` and `srcQp` say otherwise, and with a GRH if the request had one.
 */
export const answerAddress = (
  state: State, fn: FunctionId, address: EgressAddress, slid: Lid = address.dlid, srcQp: Qpn = address.remoteQpn
): IngressAddress => ({
  pkeyIndex: address.pkeyIndex,
  slid,
  srcQp,
  sl: address.sl,
  pathBits: address.pathBits,
  grh: address.grh && {
    sgid: address.grh.dgid,
    dgid: gidOf(state.port.prefix, functionState(state, fn).guid),
    hopLimit: 0,
    flowLabel: 0,
    trafficClass: 0
  }
})
