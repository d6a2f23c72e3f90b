/** Invariants of subscriptions and Reports (`spec/subscriptions.md`) as readings of an observed history. */
import type { ActionOf } from "./action.ts"
import type { FunctionId } from "./ids.ts"
import { asksForNotices, isMad, isNoticeReport } from "./invariants-crossing.ts"
import { type Invariant, invariantsOver, type Observation } from "./invariants.ts"
import { ATTRIBUTE, CLASS, type Mad, METHOD } from "./mad.ts"
import { fields, functionId, sorted } from "./renaming.ts"

/** What the observer knows: who may have subscriptions, and whose subscribe has no answer yet. */
interface Ledger {
  /** Functions that were told of a subscription since they last ended. */
  readonly subscribed: ReadonlyArray<FunctionId>
}

const ledgerRenamed = fields<Ledger>({ subscribed: sorted(functionId, (a, b) => a - b) })

const isAnswer = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.INFORM_INFO && mad.method === METHOD.GET_RESP

const next = (ledger: Ledger, { actions, event }: Observation): Ledger => {
  const gone = event._tag === "Detach" || event._tag === "Reset" ? event.function : null
  const left = event._tag === "Stop" ? [] : ledger.subscribed.filter((fn) => fn !== gone)
  const told = actions.flatMap((action) =>
    action._tag === "ToFunction" && isAnswer(action.mad) && action.mad.status === 0 ? [action.function] : [])
  // What found no room may have told a function that it has what it asked for.
  const unheard = actions.flatMap((action) =>
    action._tag === "Drop" && action.reason === "function-full" && action.function !== null ? [action.function] : [])
  const subscribed = [...new Set([...left, ...told, ...unheard])].sort((a, b) => a - b)
  return subscribed.join() === ledger.subscribed.join() ? ledger : { subscribed }
}

/** All invariants of subscriptions. */
export const subscriptionInvariants = (): ReadonlyArray<Invariant> => {
  const judge = invariantsOver<Ledger>({ subscribed: [] }, next, ledgerRenamed)
  return [
    judge("SQP-SUB-3", "A refusal of the SA reaches one function at most", widespreadRefusal),
    judge("SQP-SUB-5", "A Report has one answer, with its own TID, and nothing else is answered so", wrongResponse),
    judge("SQP-SUB-6", "A Report reaches each subscriber once, under one TID of ours, and nobody else", wrongCopies),
    judge("SQP-SUB-8", "What asks the SA for notices bears the port's identity alone", foreignRequest),
    judge("SQP-SUB-10", "No answer of a function to a Report leaves", leakedResponse)
  ]
}

const toWire = ({ actions }: Observation): ReadonlyArray<ActionOf<"ToWire">> =>
  actions.filter((action): action is ActionOf<"ToWire"> => action._tag === "ToWire")

const widespreadRefusal = (_: Ledger, { actions, event }: Observation) => {
  if (event._tag !== "Ingress" || !isMad(event.mad) || !isAnswer(event.mad) || event.mad.status === 0) return undefined
  const refused = actions.flatMap((action) =>
    action._tag === "ToFunction" && isAnswer(action.mad) && action.mad.status !== 0 ? [action.function] : [])
  return refused.length > 1 ? `functions ${refused.join(" and ")} are refused` : undefined
}

const isReportResponse = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.NOTICE && mad.method === METHOD.REPORT_RESP

const wrongResponse = (_: Ledger, observation: Observation) => {
  const { event } = observation
  if (event._tag !== "Ingress" || !isMad(event.mad)) return undefined
  const { address, mad } = event
  const responses = toWire(observation).filter((action) => isReportResponse(action.mad))
  const [response, ...more] = responses
  if (response === undefined) {
    const copy = observation.actions.find((action) => action._tag === "ToFunction" && isNoticeReport(action.mad))
    return isNoticeReport(mad) && copy ? "a Report reaches a function, but the SA has no answer" : undefined
  }
  if (!isNoticeReport(mad)) return "a ReportResp leaves though no Report came"
  if (more.length > 0) return `a Report has ${responses.length} answers`
  if (address.srcQp !== 1) return `a Report from QPN ${address.srcQp} is answered`
  const isBack = response.address.dlid === address.slid && response.mad.tid === mad.tid
  return isBack ? undefined : `the Report ${mad.tid} of LID ${address.slid} is answered as ${response.mad.tid}`
}

const wrongCopies = ({ subscribed }: Ledger, { actions, event }: Observation) => {
  const copies = actions.filter((action): action is ActionOf<"ToFunction"> =>
    action._tag === "ToFunction" && isNoticeReport(action.mad))
  const [first] = copies
  if (first === undefined) return undefined
  if (event._tag !== "Ingress" || !isMad(event.mad) || !isNoticeReport(event.mad)) return "a Report comes from nowhere"
  const receivers = copies.map((copy) => copy.function)
  const stranger = receivers.find((fn) => !subscribed.includes(fn))
  if (stranger !== undefined) return `function ${stranger} hears of what it did not subscribe to`
  if (new Set(receivers).size < receivers.length) return "a function hears of a Report twice"
  const isOurs = copies.every(({ mad: { tid } }) => tid === first.mad.tid && !tid.endsWith("00000000"))
  return isOurs ? undefined : "functions get a Report under several TIDs, or none"
}

const foreignRequest = (_: Ledger, observation: Observation) => {
  const wrong = toWire(observation).find(({ mad }) => {
    if (!asksForNotices(mad) || mad.body._tag !== "informInfo") return false
    return mad.body.qpn !== 1 || mad.body.subscribe > 1 || !/^0*$/.test(mad.sa?.smKey ?? "")
  })
  return wrong ? `an InformInfo leaves with the identity of another` : undefined
}

const leakedResponse = (_: Ledger, observation: Observation) => {
  const { event } = observation
  if (event._tag !== "Egress" || !isMad(event.mad) || !isReportResponse(event.mad)) return undefined
  return toWire(observation).length > 0 ? `the ReportResp of function ${event.function} leaves` : undefined
}
