/** Reports of the SA, for every function that subscribed: `spec/subscriptions.md`, "Reports". */
import type { Action } from "./action.ts"
import type { Chooser } from "./choice.ts"
import { FunctionId, PF } from "./ids.ts"
import { matchesNotice } from "./inform.ts"
import { ATTRIBUTE, CLASS, type Mad, METHOD, type Notice } from "./mad.ts"
import { groupDeletedMulticast } from "./multicast-endings.ts"
import {
  backTo, drop, type Egress, type Ingress, outcome, type Outcome, rest, sequence, taken, toFunction
} from "./outcome.ts"
import { hasFunctionRoom } from "./room.ts"
import { QP1 } from "./sa-request.ts"
import type { State, TakenReport } from "./state.ts"
import { virtualPkeyIndex } from "./tables.ts"
import { forgottenFor, newLife, over, remembered, shorter } from "./tid.ts"

/** How many Reports are remembered. */
const REMEMBERED_MAX = 64

/** Whether the MAD is a Report of a notice. */
export const isReport = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.method === METHOD.REPORT && mad.attributeId === ATTRIBUTE.NOTICE

/** A Report from the wire; `named` is whom its GRH names. */
export const ingressReport = (
  state: State, event: Ingress, named: FunctionId | null, chooser: Chooser
): Outcome => {
  const { address, mad } = event
  if (named !== null && named !== PF) return drop(state, null, "steer-conflict") //= SQP-STEER-1
  const fromSm = address.srcQp === QP1 && address.slid === state.port.smLid
  if (!fromSm) return drop(state, null, "report-source") //= SQP-SUB-5
  const known = state.reports.find(({ former, tid }) => !former && tid === mad.tid)
  const isKnown = known !== undefined && remembered(known.life, "report", chooser)
  const before = known && !isKnown ? forget(state, known) : state
  const heard = isKnown ? drop(before, null, "report-repeated") : handOut(before, event, chooser) //= SQP-SUB-6
  return { ...heard, actions: [reportResponse(event), ...heard.actions] } //= SQP-SUB-5
}

/** The Report itself with method ReportResp, back to where it came from. */
const reportResponse = ({ address, mad, qp }: Ingress): Action => ({
  _tag: "ToWire",
  qp,
  from: null,
  cause: null,
  address: backTo(address),
  mad: { ...mad, method: METHOD.REPORT_RESP }
})

/** Who is to hear of a notice: the attached functions one of whose filters matches, in order. */
const audience = (state: State, notice: Notice): ReadonlyArray<FunctionId> => {
  const matching = state.subscriptions.filter(({ filter }) => matchesNotice(filter, notice))
  return state.functions.flatMap(({ attached }, i) => {
    const fn = FunctionId(i)
    return attached && matching.some(({ subscribers }) => subscribers.includes(fn)) ? [fn] : []
  })
}

/** Hands a new Report to everybody who subscribed, and remembers it. */
const handOut = (state: State, event: Ingress, chooser: Chooser): Outcome => {
  const { body, tid } = event.mad
  const hears = body._tag === "notice" ? audience(state, body) : []
  const indices = hears.map((fn) => ({ fn, pkeyIndex: virtualPkeyIndex(state, fn, event.address.pkeyIndex) }))
  const able = indices.flatMap(({ fn, pkeyIndex }) =>
    pkeyIndex !== null && hasFunctionRoom(state, fn, 1) ? [{ fn, pkeyIndex }] : []
  )
  const handedTid = able.length === 0 ? null : chooser.wireTid(taken(state, "tid")) //= SQP-SUB-6
  const handedTo = able.map(({ fn }) => fn)
  const report: TakenReport = { tid, handedTid, handedTo, former: false, life: newLife(state) }
  const actions = indices.map(({ fn, pkeyIndex }): Action => {
    if (pkeyIndex === null) return { _tag: "Drop", function: fn, reason: "pkey-mismatch" } //= SQP-PKEY-2
    if (handedTid === null || !handedTo.includes(fn)) {
      return { _tag: "Drop", function: fn, reason: "function-full" } //= SQP-FAIR-4
    }
    const address = { ...event.address, pkeyIndex, grh: null }
    return toFunction(fn, 1, address, { ...event.mad, tid: handedTid })
  })
  return sequence(
    withReport(state, report),
    (next) => outcome(next, ...actions),
    (next) => (hears.length === 0 && !isOwnNotice(next, body) ? drop(next, null, "report-unwanted") : outcome(next)),
    (next) => afterNotice(next, body, chooser)
  )
}

/** Trap number of the notice that a multicast group was deleted (IBTA 14.2.5.1). */
const GROUP_DELETED = 67

/** What the PF context itself makes of a notice: a group that the SA deleted is joined again (SQP-MC-18). */
const afterNotice = (state: State, body: Mad["body"], chooser: Chooser): Outcome =>
  body._tag === "notice" && body.isGeneric === 1 && body.trapNumber === GROUP_DELETED
    ? groupDeletedMulticast(state, body.gidAddr, chooser)
    : outcome(state)

/** Whether the PF context itself subscribed to the notice. */
const isOwnNotice = ({ subscriptions }: State, body: Mad["body"]): boolean =>
  body._tag === "notice" && subscriptions.some(({ filter, own }) => own && matchesNotice(filter, body))

/** Remembers a Report; of more than so many the oldest is forgotten. */
const withReport = (state: State, report: TakenReport): State => {
  const [oldest] = state.reports
  const roomy = oldest && state.reports.length >= REMEMBERED_MAX ? forget(state, oldest) : state
  return { ...roomy, reports: [...roomy.reports, report] }
}

const forget = (state: State, gone: TakenReport): State => {
  const after = { ...state, reports: state.reports.filter((report) => report !== gone) }
  return gone.handedTid === null ? after : rest(after, "tid", [gone.handedTid], forgottenFor(gone)) //= SQP-TID-6
}

/** The Report a function's ReportResp answers; undefined when it answers none that it was handed. */
const answeredReport = (state: State, { function: fn, mad }: Egress): TakenReport | undefined =>
  mad.mgmtClass === CLASS.SA && mad.method === METHOD.REPORT_RESP
    ? state.reports.find(({ handedTid, handedTo }) => handedTid === mad.tid && handedTo.includes(fn))
    : undefined

/** A function's ReportResp to a Report that was handed to it ends here; null for any other MAD. */
export const egressReportResponse = (state: State, event: Egress, chooser: Chooser): Outcome | null => {
  const report = answeredReport(state, event)
  if (!report) return null
  return remembered(report.life, "report", chooser)
    ? drop(state, event.function, "report-answered") //= SQP-SUB-10
    : drop(forget(state, report), event.function, "response-undelivered")
}

/** Time passes for the Reports that are remembered. */
export const ageReports = (state: State, ms: number): State => {
  const reports = state.reports.map((report) => ({ ...report, life: shorter(report.life, ms) }))
  return reports.filter(over).reduce(forget, { ...state, reports })
}

/** A function ends: what was handed to it is no matter of its next incarnation. */
export const endFunctionReports = (state: State, fn: FunctionId): State => ({
  ...state,
  reports: state.reports.map((report) =>
    ({ ...report, handedTo: report.handedTo.filter((other) => other !== fn) }))
})

/** Reregister, or another SM: TIDs of Reports may come again. */
export const markFormerReports = (state: State): State =>
  ({ ...state, reports: state.reports.map((report) => ({ ...report, former: true })) })

/** The PF context stops: no Report is remembered. */
export const stopReports = (state: State): State =>
  state.reports.reduce(forget, state)
