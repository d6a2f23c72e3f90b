/**
 * What a reader of the traffic knows of transactions: which wire TID left for whom, which requests were
 * handed to whom, and how long each must and may be remembered. Drawn from inputs and outputs alone.
 */
import { type FunctionId, type Gid, type Lid, low32, type Qpn, type SpecialQp, type Tid } from "./ids.ts"
import type { Observation } from "./invariants.ts"
import { answers, isCm, isNoticeReport, isControl, type Leaving, leaving } from "./invariants-crossing.ts"
import type { Mad } from "./mad.ts"
import type { Limits, Timing } from "./state.ts"

/** Whose wire TID it is: a function's request, or something the PF context keeps itself. */
export type Owner =
  | {
      readonly _tag: "request"
      readonly function: FunctionId
      readonly qp: SpecialQp
      readonly mgmtClass: number
      readonly dlid: Lid
      readonly dgid: Gid | null
      readonly remoteQpn: Qpn
      readonly guestTid: Tid
    }
  /** A question of a CM exchange of a function, or an SA transaction of the PF context: named in words. */
  | { readonly _tag: "other"; readonly function: FunctionId | null; readonly name: string }

/** A wire TID with its owner. Times are milliseconds and may go below 0. */
export interface Held {
  readonly tid: Tid
  readonly owner: Owner
  /** For how long it must still be remembered. */
  readonly must: number
  /** For how long it may still be remembered. */
  readonly may: number
  /** After how long it may have rested and be used again. */
  readonly rested: number
  /** A response reached its function since it last asked. */
  readonly answered: boolean
  /** Its function ended. */
  readonly ended: boolean
}

/** A request from the wire that was handed to a function. */
export interface Given {
  readonly function: FunctionId
  readonly qp: SpecialQp
  readonly mgmtClass: number
  readonly slid: Lid
  readonly srcQp: Qpn
  readonly tid: Tid
  /** Its function answered since it was last asked. */
  readonly answered: boolean
  readonly must: number
  readonly may: number
}

/** Both lists by function, and of each function in the order of their last use. */
export interface TidLedger {
  readonly held: ReadonlyArray<Held>
  readonly given: ReadonlyArray<Given>
}

/** Nothing was seen yet. */
export const emptyTidLedger: TidLedger = { held: [], given: [] }

/** A wire TID that left because the PF context chose it, now or before, and its owner. */
export interface Chosen {
  readonly tid: Tid
  readonly owner: Owner
  /** Whether the owner asks with it; RMPP control asks nothing. */
  readonly asks: boolean
}

const CM_QUESTIONS: ReadonlyArray<string> = ["REQ", "LAP", "DREQ", "SIDR_REQ"]

/** The wire TIDs the PF context chose that left in this observation. */
export const chosen = (observation: Observation): ReadonlyArray<Chosen> => {
  const crossing = leaving(observation)
  const own = crossing ? ownQuestion(crossing) : []
  const made = observation.actions.flatMap((action): ReadonlyArray<Chosen> => {
    if (action._tag !== "ToWire" || action === crossing?.left) return []
    const { body: asked } = action.mad
    if (action.mad.body._tag === "guidInfo" && action.mad.method < 0x80) {
      const { body: { block, guids, mask }, method, tid } = action.mad
      const owner: Owner = { _tag: "other", function: null, name: `SA ${method} ${block} ${mask} ${guids.join()}` }
      return [{ tid, owner, asks: true }]
    }
    if (asked._tag === "informInfo" && !answers(action.mad)) {
      const owner: Owner = { _tag: "other", function: null, name: `SA ${JSON.stringify(asked)}` }
      return [{ tid: action.mad.tid, owner, asks: true }]
    }
    if (asked._tag !== "mcMember") return []
    const {
      mad: {
        method,
        tid
      }
    } = action
    const { joinState, mgid } = asked
    const owner: Owner = { _tag: "other", function: null, name: `SA ${method} ${mgid} ${joinState}` }
    return [{ tid, owner, asks: true }]
  })
  return [...own, ...made]
}

const ownQuestion = ({ before, event, left: { mad } }: Leaving): ReadonlyArray<Chosen> => {
  if (answers(before)) return []
  const {
    address: { dlid, grh, remoteQpn },
    function: fn,
    qp
  } = event
  if (isCm(before)) {
    const { body } = mad
    if (body._tag !== "cm" || !CM_QUESTIONS.includes(body.message)) return []
    const id = "localId" in body ? body.localId : body.requestId
    const name = `${body.message} of ${id} with ${before.tid}`
    return [{ tid: mad.tid, owner: { _tag: "other", function: fn, name }, asks: true }]
  }
  const owner: Owner = {
    _tag: "request",
    function: fn,
    qp,
    mgmtClass: before.mgmtClass,
    dlid,
    dgid: grh?.dgid ?? null,
    remoteQpn,
    guestTid: before.tid
  }
  return [{ tid: mad.tid, owner, asks: !isControl(before) }]
}

/** Whether two TIDs are one on the wire: the low 32 bits. */
export const sameTid = (a: Tid, b: Tid): boolean => low32(a) === low32(b)

/** Whether two owners are one. */
export const sameOwner = (a: Owner, b: Owner): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * The owner a response from the wire is for, the latest if there were several; undefined if there is none.
 */
export const ownerOf = ({ held }: TidLedger, qp: SpecialQp, mad: Mad): Held | undefined =>
  held.findLast(
    ({ owner, tid }) =>
      sameTid(tid, mad.tid) &&
      owner._tag === "request" &&
      owner.qp === qp &&
      owner.mgmtClass === mad.mgmtClass
  )

/** The requests handed to functions that a MAD may belong to. */
export const requestsFor = (
  { given }: TidLedger,
  about: Pick<Given, "qp" | "mgmtClass" | "slid" | "srcQp" | "tid">
): ReadonlyArray<Given> =>
  given.filter(
    (of) =>
      of.qp === about.qp &&
      of.mgmtClass === about.mgmtClass &&
      of.slid === about.slid &&
      of.srcQp === about.srcQp &&
      of.tid === about.tid
  )

/** What lists may hold, and how long. */
interface Bounds {
  readonly limits: Pick<Limits, "tids" | "inbound">
  readonly timing: Timing
}

/** The ledger after one more observation; the same object if nothing new was learnt. */
export const noted =
  (bounds: Bounds) =>
  (ledger: TidLedger, observation: Observation): TidLedger => {
    const { event } = observation
    const { timing } = bounds
    switch (event._tag) {
      case "TimePasses":
        return withChosen(bounds, aged(ledger, event.ms), observation)
      case "Detach":
      case "Reset":
        return withChosen(
          bounds,
          ended(timing, ledger, (fn) => fn === event.function),
          observation
        )
      case "Stop":
        return withChosen(
          bounds,
          ended(timing, ledger, () => true),
          observation
        )
      default:
        return withGiven(bounds, withChosen(bounds, ledger, observation), observation)
    }
  }

const aged = (ledger: TidLedger, ms: number): TidLedger => ({
  held: ledger.held
    .map((of) => ({ ...of, must: of.must - ms, may: of.may - ms, rested: of.rested - ms }))
    .filter(({ may, rested }) => may > 0 || rested > 0),
  given: ledger.given
    .map((of) => ({ ...of, must: of.must - ms, may: of.may - ms }))
    .filter(({ may }) => may > 0)
})

/** Functions ended: their ids rest from now, or from when they may have been forgotten before. */
const ended = ({ rest }: Timing, ledger: TidLedger, ends: (fn: FunctionId | null) => boolean): TidLedger => ({
  held: ledger.held
    .map((of) =>
      !ends(of.owner.function)
        ? of
        : { ...of, must: Math.min(0, of.must), may: 0, rested: Math.min(of.rested, rest), ended: true }
    )
    .filter(({ may, rested }) => may > 0 || rested > 0),
  given: ledger.given.filter((of) => !ends(of.function))
})

const withChosen = (bounds: Bounds, ledger: TidLedger, observation: Observation): TidLedger =>
  chosen(observation).reduce((next, { asks, owner, tid }) => {
    const before = next.held.find((of) => sameTid(of.tid, tid) && sameOwner(of.owner, owner))
    const roomy = before || owner._tag !== "request" ? next : yielding(bounds, next, owner)
    return used(bounds, roomy, tid, owner, asks ? false : (before?.answered ?? false))
  }, ledger)

/**
 * One more request of a function: which it held may have given way? Those that must be remembered count
 * surely; with the others the quota may be reached, too, and then the first answered one may be gone.
 */
const yielding = (
  { limits: { tids }, timing: { rest } }: Bounds,
  ledger: TidLedger,
  { function: fn }: Owner
): TidLedger => {
  const own = ledger.held.filter(
    ({ ended, may, owner }) => owner._tag === "request" && owner.function === fn && !ended && may > 0
  )
  const certain = own.filter(({ must }) => must > 0)
  const gone = certain.find(({ answered }) => answered)
  if (own.length < tids || gone === undefined) return ledger
  const after: Held = {
    ...gone,
    must: 0,
    may: certain.length < tids ? gone.may : 0,
    rested: Math.min(gone.rested, rest)
  }
  return { ...ledger, held: ledger.held.map((of) => (of === gone ? after : of)) }
}

/** A wire TID was used by its owner; who had it before has it no more. */
const used = (
  { timing: { rest, tidMax, tidMin } }: Bounds,
  ledger: TidLedger,
  tid: Tid,
  owner: Owner,
  answered: boolean
): TidLedger => {
  const others = ledger.held.filter((of) => !sameTid(of.tid, tid))
  const life =
    owner._tag === "request"
      ? { must: tidMin, may: tidMax, rested: tidMin + rest }
      : { must: 0, may: 0, rested: rest }
  const held = [...others, { tid, owner, ...life, answered, ended: false }]
  return { ...ledger, held: held.sort((a, b) => (a.owner.function ?? -1) - (b.owner.function ?? -1)) }
}

const withGiven = (bounds: Bounds, ledger: TidLedger, observation: Observation): TidLedger => {
  const crossing = leaving(observation)
  if (crossing && answers(crossing.before) && !isCm(crossing.before)) {
    const {
      before: { mgmtClass, tid },
      event: {
        address: { dlid, remoteQpn },
        function: fn,
        qp
      }
    } = crossing
    const about = { qp, mgmtClass, slid: dlid, srcQp: remoteQpn, tid }
    return requestsFor(ledger, about).some((of) => of.function === fn)
      ? handedTo(bounds, ledger, { function: fn, ...about, answered: true })
      : ledger
  }
  const { actions, event } = observation
  if (event._tag !== "Ingress" || "_tag" in event.mad || isCm(event.mad) || isNoticeReport(event.mad)) return ledger
  const given = actions.find((action) => action._tag === "ToFunction")
  if (given === undefined) return ledger
  const {
    address: { slid, srcQp },
    mad: before,
    qp
  } = event
  if (!answers(before)) {
    const about = { qp, mgmtClass: before.mgmtClass, slid, srcQp, tid: before.tid }
    const known = requestsFor(ledger, about).find((of) => of.function === given.function)
    const answered = isControl(before) && known?.answered === true
    return handedTo(bounds, ledger, { function: given.function, ...about, answered })
  }
  // What the PF context gives instead of an answer to itself comes with a TID that no function's request has.
  const holder = ownerOf(ledger, qp, before)
  return holder && !holder.ended ? used(bounds, ledger, holder.tid, holder.owner, true) : ledger
}

const handedTo = (
  { limits: { inbound: limit }, timing: { tidMax, tidMin } }: Bounds,
  ledger: TidLedger,
  request: Omit<Given, "must" | "may">
): TidLedger => {
  const isIt = (of: Given) =>
    of.function === request.function && requestsFor({ held: [], given: [of] }, request).length > 0
  const known = ledger.given.find(isIt)
  const own = ledger.given.filter((of) => of.function === request.function && of !== known)
  const certain = own.filter(({ must }) => must > 0)
  // What may have been forgotten may have needed room again.
  const isPerhapsNew = known === undefined || known.must <= 0
  const isSurelyFull = known === undefined && certain.length >= limit
  const gone =
    isPerhapsNew && own.length >= limit ? (certain.find(({ answered }) => answered) ?? certain[0]) : undefined
  const others = ledger.given
    .filter((of) => !isIt(of))
    .map((of) => (of === gone ? { ...of, must: 0, may: isSurelyFull ? 0 : of.may } : of))
    .filter(({ may }) => may > 0)
  const given = [...others, { ...request, must: tidMin, may: tidMax }]
  return { ...ledger, given: given.sort((a, b) => a.function - b.function) }
}

/** Whether a MAD from the wire controls a transfer that a function has under way. */
export const controls = (ledger: TidLedger, { event }: Observation): ReadonlyArray<Given> => {
  if (event._tag !== "Ingress" || "_tag" in event.mad || !isControl(event.mad)) return []
  const {
    address: { slid, srcQp },
    mad: { mgmtClass, tid },
    qp
  } = event
  return requestsFor(ledger, { qp, mgmtClass, slid, srcQp, tid })
}
