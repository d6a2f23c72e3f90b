/**
 * A request of the PF context itself to the SA, whatever area asks: how it begins, leaves, is repeated, given
 * up, and by what its answer is known.
 */
import type { Action, Cause } from "./action.ts"
import type { Chooser } from "./choice.ts"
import { answerAddress } from "./classes.ts"
import type { EgressAddress } from "./event.ts"
import { type FunctionId, low32, PF, Qpn, type Tid } from "./ids.ts"
import { type Body, CLASS, type Mad } from "./mad.ts"
import { type Ingress, rest, taken, toFunction, WELL_KNOWN_QKEY } from "./outcome.ts"
import { firing } from "./sa-outstanding.ts"
import type { GivenUpRequest, SaRequest, State } from "./state.ts"
import { functionOfGid } from "./tables.ts"
import { forgottenFor, newLife, over, shorter } from "./tid.ts"
import type { Reason } from "../spec/reasons.ts"

/** Status of an answer that grants. */
export const OK = 0
/** SA: the request is invalid (IBTA 15.2.1). */
export const REQUEST_INVALID = 0x0200
/** The QP of the SA and of every answer it gives. */
export const QP1 = Qpn(1)

/** A new request to the SM as it is now known, sent up to `tries` times more; null while no SM is known. */
export const beginSaRequest = (state: State, chooser: Chooser, tries: number): SaRequest | null => {
  const { smLid, smSl } = state.port
  if (smLid === null) return null
  const wireTid = chooser.wireTid(taken(state, "tid")) //= SQP-TID-1
  const { saTimeout } = state.config.timing
  return { wireTid, sentTo: smLid, sl: smSl, due: saTimeout, triesLeft: tries, ...lateBy(chooser.lateMs) }
}

/** How much later than they say times count from here; missing where that is 0. */
export const lateBy = (late: number): { readonly late?: number } => (late > 0 ? { late } : {})

/** What an SA MAD of the PF context consists of; all not named here is zero. */
export interface MadeMad {
  readonly method: number
  readonly status: number
  readonly tid: Tid
  readonly attributeId: number
  readonly body: Body
}

/** An SA MAD the PF context makes: SM_Key 0, one segment (SQP-MC-14). */
export const madeSaMad = ({ attributeId, body, method, status, tid }: MadeMad): Mad => ({
  baseVersion: 1,
  mgmtClass: CLASS.SA,
  classVersion: 2,
  method,
  status,
  tid,
  attributeId,
  sa: { smKey: "0000000000000000" },
  rmpp: { active: false, type: 0 },
  oui: null,
  body,
  payload: "made"
})

/** A request on its way to the SA: to QPN 1 of the SM it was begun with, without a GRH. */
export const toSa = (
  { sentTo, sl, wireTid }: SaRequest,
  cause: Cause,
  mad: Pick<MadeMad, "method" | "attributeId" | "body">,
  pkeyIndex = 0
): Action => ({
  _tag: "ToWire",
  qp: 1,
  from: null,
  cause,
  address: {
    pkeyIndex, remoteQpn: QP1, qkey: WELL_KNOWN_QKEY, dlid: sentTo, sl, pathBits: 0, rate: 0, grh: null
  },
  mad: madeSaMad({ ...mad, status: OK, tid: wireTid })
})

/** A MAD of the PF context to a function, as if the SA answered the request that was sent to `address`. */
export const fromSa = (state: State, fn: FunctionId, address: EgressAddress, mad: Mad): Action =>
  toFunction(fn, 1, answerAddress(state, fn, address, state.port.smLid ?? address.dlid, QP1), mad)

/** Whether a response bears the TID of the request; the low 32 bits are compared. */
export const answers = (mad: Mad, { wireTid }: Pick<SaRequest, "wireTid">): boolean =>
  mad.mgmtClass === CLASS.SA && low32(mad.tid) === low32(wireTid)

/**
 * Why a response to a request of the PF context may not be taken; null if it may. It goes to the PF, and it
 * comes from QPN 1 of the SM the request was sent to, or of the current one.
 */
export const answerFault = (
  state: State, { address }: Ingress, sentTo: SaRequest["sentTo"] | undefined
): Reason | null => {
  const named = address.grh ? functionOfGid(state, address.grh.dgid) : PF
  if (named !== PF) return "steer-conflict" //= SQP-STEER-1
  const fromSm = address.srcQp === QP1 && (address.slid === sentTo || address.slid === state.port.smLid)
  return fromSm ? null : "sa-answer-source" //= SQP-MC-13
}

/** A request after some time. */
export const olderRequest = <Request extends SaRequest>(request: Request, ms: number): Request =>
  ({ ...request, due: request.due - ms })

/** What a request does now: it waits on, it is sent again (as it then is), or it had its time. */
export type Due<Request extends SaRequest> =
  | { readonly _tag: "Waits" }
  | { readonly _tag: "Again"; readonly request: Request }
  | { readonly _tag: "GivenUp" }

/** What a request that may be due does now; inside the slack the step asks. */
export const dueNow = <Request extends SaRequest>(state: State, request: Request, chooser: Chooser): Due<Request> => {
  const late = firing(state, request, chooser)
  if (late === null) return { _tag: "Waits" }
  if (request.triesLeft === 0) return { _tag: "GivenUp" }
  const again = { ...request, due: state.config.timing.saTimeout, triesLeft: request.triesLeft - 1 }
  return { _tag: "Again", request: late === 0 && request.late === undefined ? again : { ...again, late } }
}

/** The answer came, or is of no interest: the TID rests. */
export const endSaRequest = (state: State, { wireTid }: Pick<SaRequest, "wireTid">): State =>
  rest(state, "tid", [wireTid]) //= SQP-TID-6

/** Nobody waits for the answer any more, but it may still come: the request is remembered (SQP-MC-9). */
export const giveUpSaRequest = (
  state: State, { sentTo, wireTid }: SaRequest, asked: GivenUpRequest["asked"], former: boolean, lateMs: number
): State => {
  const { may, must } = newLife(state)
  const late: GivenUpRequest = { wireTid, asked, sentTo, former, life: { must, may: may + lateMs } }
  return { ...state, givenUp: [...state.givenUp, late].sort((a, b) => (a.wireTid < b.wireTid ? -1 : 1)) }
}

/** The state without a request that was given up; its TID is the caller's to rest. */
export const withoutGivenUp = (state: State, late: GivenUpRequest): State =>
  ({ ...state, givenUp: state.givenUp.filter((other) => other !== late) })

/** A given-up request is gone; its TID began to rest, at the earliest, when its certain life ended. */
export const forgetGivenUp = (state: State, late: GivenUpRequest): State =>
  rest(withoutGivenUp(state, late), "tid", [late.wireTid], forgottenFor(late))

/** Time passes for all given-up requests; those past their optional life are gone. */
export const ageGivenUp = (state: State, ms: number): State => {
  const givenUp = state.givenUp.map((late) => ({ ...late, life: shorter(late.life, ms) }))
  return givenUp.filter(over).reduce(forgetGivenUp, { ...state, givenUp })
}

/** A port event: what the SA grants of the requests given up so far, it may have forgotten. */
export const markFormer = (state: State): State =>
  ({ ...state, givenUp: state.givenUp.map((late) => ({ ...late, former: true })) })
