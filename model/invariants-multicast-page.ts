/**
 * How one observation changes what is known of multicast: first the event, then what functions are told, then
 * what the SA is asked.
 */
import type { Reason } from "../spec/reasons.ts"
import { type FunctionId, type Gid, low32, NO_GID, Qpn } from "./ids.ts"
import { asksForNotices } from "./invariants-crossing.ts"
import { askedAgain, type Invariant, invariant, type Observation, withinOf } from "./invariants.ts"
import {
  type Asked, factsOf, firstLedger, hasDrop, holds, isCertain, joinOf, type Ledger, nameOf, openIn,
  sentIn, spoken, type Spoken, toldIn, unionOf, withFacts, withMember, withoutEmpty, withoutQueries
} from "./invariants-multicast-ledger.ts"
import type { Initial } from "./initial.ts"
import { knownGuid, learnt, type PortLedger } from "./invariants-port-ledger.ts"
import { ATTRIBUTE, isResponse, type JoinState, type McMember, METHOD } from "./mad.ts"
import { has, maskOf } from "./multicast-record.ts"
import { multicastLedger } from "./renaming-ledgers.ts"
import type { Timing } from "./state.ts"
import type { RequirementId } from "../spec/requirements.ts"

/** The SA's answer to one of the requests it has not answered before. */
export interface Accepted extends Spoken {
  readonly asked: Asked
}

/** One observation, and the ledger before it, with the event heard, with functions told, and after it. */
export interface Page {
  readonly observation: Observation
  readonly before: Ledger
  readonly heard: Ledger
  readonly told: Ledger
  readonly after: Ledger
  readonly accepted: Accepted | null
}

/** The durations a reader counts. */
type Bounds = Parameters<typeof learnt>[0] & Pick<Timing, "renewGrace" | "saRetries" | "saTimeout" | "slack">

const REJOIN_MASK = maskOf("mgid", "portGid", "qkey", "trafficClass", "pkey", "sl", "flowLabel", "joinState")

const write = (bounds: Bounds, before: Ledger, whole: Observation): Page => {
  const observation = withoutQueries(before, whole)
  const accepted = acceptedIn(before, observation)
  const port = learnt(bounds)(before.port, whole)
  const heard = confined(before.port, hear(bounds, { ...withOthers(before, whole), port }, observation, accepted))
  const answered = tell(heard, observation, accepted, toldIn(observation))
  const told = withoutGone(forgetDropped(answered, observation))
  const asked = sentIn(observation).reduce(
    (ledger, { action, mad, record }) =>
      ask(bounds, ledger, { mad, record }, { sentTo: action.address.dlid, lateMs: withinOf(whole) }), told
  )
  // Who stops does not wait for answers.
  const after = observation.event._tag === "Stop" ? { ...asked, asked: [] } : asked
  return { observation, before, heard, told, after, accepted }
}

/** An invariant over the pages of a ledger: the reasons why one observation violates it. */
export type Reading = (
  requirement: RequirementId, title: string, violations: (page: Page) => ReadonlyArray<string>
) => Invariant

const readings = new WeakMap<Initial, Reading>()

/** Readings of a PF context that begins like this; all read the same pages. */
export const readingOf = (begin: Initial): Reading => {
  const known = readings.get(begin)
  if (known !== undefined) return known
  const first = firstLedger(begin)
  const enter = askedAgain((before: Ledger, observation: Observation) => write(begin.config.timing, before, observation))
  const reading: Reading = (requirement, title, violations) =>
    invariant(requirement, title, first, (ledger, observation) => {
      const page = enter(ledger, observation)
      const [violation] = violations(page)
      return violation === undefined ? { memory: page.after } : { violation }
    }, multicastLedger)
  readings.set(begin, reading)
  return reading
}

// The event

const acceptedIn = (ledger: Ledger, observation: Observation): Accepted | null => {
  const { event } = observation
  if (event._tag !== "Ingress") return null
  const said = spoken(event.mad)
  const asked = said && ledger.asked.find(({ tid }) => tid === low32(said.mad.tid))
  const { slid, srcQp } = event.address
  const fromSm = srcQp === Qpn(1) && (slid === asked?.sentTo || slid === ledger.smLid)
  return said && asked && fromSm && !hasDrop(observation, null) ? { ...said, asked } : null
}

const hear = (
  bounds: Bounds, ledger: Ledger, observation: Observation, accepted: Accepted | null
): Ledger => {
  const { event } = observation
  switch (event._tag) {
    case "Egress":
      return withJoin(withoutReused(ledger, observation), observation)
    case "Ingress":
      return accepted ? hearAnswer(ledger, observation, accepted) : hearReport(ledger, observation)
    case "TimePasses":
      return withoutEmpty(graceOver(bounds.slack, older(bounds, ledger, event.ms)))
    case "Reregister":
      return newEpoch(ledger, bounds.renewGrace)
    case "SmChanged":
      if (event.smLid === ledger.smLid) return ledger
      return newEpoch({ ...ledger, smLid: event.smLid }, bounds.renewGrace)
    case "Detach":
    case "Reset":
      return withoutFunction(ledger, event.function)
    case "Stop":
      return { ...newEpoch(ledger, 0), joins: [], members: [], graceMs: null }
    default:
      return ledger
  }
}

/** Requests whose TID a function's own request bears now: they were given up, and their TIDs have rested. */
const withoutReused = (ledger: Ledger, observation: Observation): Ledger => {
  const own = sentIn(observation).map(({ action }) => action)
  const tids = observation.actions.flatMap((action) =>
    action._tag === "ToWire" && !own.includes(action) && !isResponse(action.mad) ? [low32(action.mad.tid)] : [])
  const isReused = ledger.asked.some(({ tid }) => tids.includes(tid))
  return isReused ? { ...ledger, asked: ledger.asked.filter(({ tid }) => !tids.includes(tid)) } : ledger
}

const withAsked = (ledger: Ledger, change: (asked: Asked) => Asked): Ledger =>
  ({ ...ledger, asked: ledger.asked.map(change) })

/** P_Keys or GUIDs changed: who may no longer be in a group loses its bits there. */
const confined = (before: PortLedger, ledger: Ledger): Ledger => {
  if (before === ledger.port) return ledger
  const gone = ledger.members.filter(({ function: fn, mgid }) =>
    knownGuid(before, fn) !== knownGuid(ledger.port, fn) || !holds(ledger, fn, factsOf(ledger, mgid).pkey))
  return gone.reduce<Ledger>((next, member) => withMember(next, { ...member, bits: 0 }), ledger)
}

/** What was not joined again in the grace is lost; while that may be so or not, nobody knows who has what. */
const graceOver = (slack: number, ledger: Ledger): Ledger => {
  const { graceMs } = ledger
  if (graceMs === null || graceMs > 0) return ledger
  const lost = ledger.members.filter(({ provisional }) => provisional !== 0)
  const isOver = graceMs <= -slack
  const next: Ledger = isOver ? { ...ledger, graceMs: null } : ledger
  return lost.reduce<Ledger>((after, member) => {
    const known = withFacts(after, { ...factsOf(after, member.mgid), membersKnown: isOver })
    const bits = member.bits & ~member.provisional
    return isOver ? withMember(known, { ...member, bits, provisional: 0 }) : known
  }, next)
}

const older = ({ saRetries, saTimeout }: Bounds, ledger: Ledger, ms: number): Ledger => ({
  ...withAsked(ledger, (asked) => {
    const sinceMs = asked.sinceMs + ms
    const mayBeGivenUp = asked.sends > saRetries && sinceMs >= saTimeout
    return { ...asked, sinceMs, rejoin: mayBeGivenUp && asked.rejoin === "yes" ? "maybe" : asked.rejoin }
  }),
  joins: ledger.joins.map((join) => ({ ...join, sinceMs: join.sinceMs + ms })),
  graceMs: ledger.graceMs === null ? null : ledger.graceMs - ms
})

const withJoin = (ledger: Ledger, observation: Observation): Ledger => {
  const { event } = observation
  const said = event._tag === "Egress" ? spoken(event.mad) : null
  if (event._tag !== "Egress" || said?.mad.method !== METHOD.SET) return ledger
  const { function: fn } = event
  if (hasDrop(observation, fn)) return ledger
  const { tid } = said.mad
  const { joinState, mask, mgid, portGid } = said.record
  const pkey = has(said.record, "pkey") ? said.record.pkey : 0
  const join = { function: fn, tid, mgid, bits: joinState, mask, portGid, pkey, sinceMs: 0, drops: 0 }
  const isTold = toldIn(observation).some(({ action, mad, record }) =>
    action.function === fn && mad.tid === tid && record.mgid === mgid)
  // One that is answered at once goes before those that wait: the answer is its own.
  if (isTold) return { ...ledger, joins: [join, ...ledger.joins] }
  return { ...ledger, joins: [...ledger.joins.filter((other) => nameOf(other) !== nameOf(join)), join] }
}

const hearAnswer = (ledger: Ledger, observation: Observation, { asked, mad, record }: Accepted): Ledger => {
  const open = { ...ledger, asked: ledger.asked.filter((other) => other !== asked) }
  const mgid = asked.mgid === NO_GID ? record.mgid : asked.mgid
  const facts = factsOf(open, mgid)
  if (asked.kind === "leave") {
    const { believed, held } = facts
    // Of several bits the SA may know some.
    if (mad.status !== 0 && (asked.bits & (asked.bits - 1)) !== 0) return open
    return withFacts(open, { ...facts, held: held & ~asked.bits, believed: believed & ~asked.bits })
  }
  if (mad.status !== 0) {
    // Another copy of it may still succeed.
    const copies = asked.sends > 1 ? [{ ...asked, for: [], abandoned: true }] : []
    const again = { ...open, asked: [...open.asked, ...copies] }
    return asked.rejoin === "no" ? again : deprived(again, observation, asked, 0)
  }
  // The SA may choose a group of which these bits are being left.
  const isLeaving = asked.mgid === NO_GID && asked.for.length > 0 &&
    openIn(open, mgid).some(({ bits, kind }) => kind === "leave" && (bits & asked.bits) !== 0)
  const rejoinDue = facts.rejoinDue || isLeaving
  const earlier = ledger.asked.slice(0, ledger.asked.indexOf(asked))
  const overtaken = withAsked(open, (other) =>
    earlier.includes(other) && other.mgid === asked.mgid ? { ...other, overtaken: true } : other)
  const believed = facts.believed | record.joinState
  if (asked.abandoned) {
    const unwanted = record.joinState & ~unionOf(open, mgid)
    return withFacts(open, { ...facts, believed: facts.believed | unwanted })
  }
  // What it was known to hold it holds still, but for leaves it may not have seen. If its answer does not
  // name all that, it names only what it was asked for, and tells nothing of earlier requests.
  const leaves = openIn(open, mgid).filter(({ kind }) => kind === "leave")
  const leaving = leaves.reduce((bits, other) => bits | other.bits, 0)
  const sure = facts.heldKnown ? facts.held & ~leaving : 0
  const tellsAll = (sure & ~record.joinState) === 0
  const { pkey } = record
  const after = { ...facts, held: sure | record.joinState, heldKnown: true, believed, rejoinDue, pkey }
  const granted = withFacts(tellsAll ? overtaken : open, after)
  return asked.rejoin === "no" ? granted : deprived(granted, observation, asked, record.joinState)
}

/**
 * What the SA gave a re-join members keep, the rest they lose; where the request may have been a join as well,
 * it was a re-join if they hear of it.
 */
const deprived = (
  ledger: Ledger, observation: Observation, { mgid, rejoin }: Asked, held: JoinState
): Ledger => {
  const known = withFacts(ledger, { ...factsOf(ledger, mgid), rejoinDue: false })
  if (rejoin === "maybe" && losersIn(observation).length === 0) return known
  return known.members.filter((member) => member.mgid === mgid).reduce<Ledger>((next, member) => {
    const bits = member.bits & held
    return withMember(next, { ...member, bits, provisional: member.provisional & bits })
  }, known)
}

/** The functions that a MAD from the wire, an answer of the SA, made join again. */
export const losersIn = ({ actions }: Observation): ReadonlyArray<FunctionId> =>
  actions.flatMap((action) =>
    action._tag === "EventTo" && action.event === "reregister" ? [action.function] : [])

/** A Report of the SM, if it is taken: trap 67 says that a group was deleted. */
const hearReport = (ledger: Ledger, { actions, event }: Observation): Ledger => {
  const mad = event._tag === "Ingress" && !("_tag" in event.mad) ? event.mad : null
  const isTaken = actions.some((action) => action._tag === "ToWire" && action.mad.method === METHOD.REPORT_RESP) &&
    actions.every((action) => action._tag !== "Drop" || action.reason !== "report-repeated")
  const isDeletion = mad?.body._tag === "notice" && mad.body.isGeneric === 1 && mad.body.trapNumber === 67
  return isTaken && isDeletion && mad.body._tag === "notice" ? afterDeletion(ledger, mad.body.gidAddr) : ledger
}

/** The SM reports that the SA deleted a group: what it held there is gone, and a re-join has a cause. */
export const afterDeletion = (ledger: Ledger, mgid: Gid): Ledger => {
  const known = withAsked(ledger, (asked) => (asked.mgid === mgid ? { ...asked, abandoned: true } : asked))
  const facts = factsOf(known, mgid)
  return withFacts(known, { ...facts, heldKnown: false, rejoinDue: unionOf(known, mgid) !== 0 })
}

const newEpoch = (ledger: Ledger, renewGrace: number): Ledger => ({
  ...withAsked(ledger, (asked) => ({ ...asked, abandoned: true })),
  // An SA that held nothing has nothing to forget.
  groups: ledger.groups.map((facts) => ({
    ...facts,
    heldKnown: facts.held === 0 && isCertain(ledger, facts.mgid),
    rejoinDue: unionOf(ledger, facts.mgid) !== 0
  })),
  members: ledger.members.map((member) => ({ ...member, provisional: member.bits })),
  // Nobody can join while no SM is known.
  graceMs: ledger.smLid === null ? null : renewGrace
})

const withoutFunction = (ledger: Ledger, fn: FunctionId): Ledger => {
  const joins = ledger.joins.filter((join) => join.function !== fn)
  return ledger.groups.reduce<Ledger>(
    (next, { mgid }) => withMember(next, { function: fn, mgid, bits: 0, provisional: 0 }),
    withoutGone({ ...ledger, joins })
  )
}

/** Requests are for no join that was answered or dropped: the same one may come again. */
const withoutGone = (ledger: Ledger): Ledger => {
  const names = ledger.joins.map(nameOf)
  return withAsked(ledger, (asked) => ({ ...asked, for: asked.for.filter((name) => names.includes(name)) }))
}

// What functions are told

/** The ledger once functions were told some of what the observation tells them. */
export const tell = (
  ledger: Ledger, { event }: Observation, accepted: Accepted | null, said: ReturnType<typeof toldIn>
): Ledger =>
  said.reduce((next, { action: { function: fn }, mad, record }) => {
    const { mgid } = record
    const own = next.members.find((member) => member.function === fn && member.mgid === mgid) ??
      { function: fn, mgid, bits: 0, provisional: 0 }
    if (mad.method === METHOD.DELETE_RESP && event._tag === "Egress" && event.function === fn) {
      const left = ~(spoken(event.mad)?.record.joinState ?? 0)
      const bits = own.bits & left
      return mad.status === 0 ? withMember(next, { ...own, bits, provisional: own.provisional & left }) : next
    }
    const answered = accepted?.asked.for ?? []
    const join = joinOf(next, fn, { mad, record }, answered)
    if (!join || mad.method !== METHOD.GET_RESP) return next
    const joins = { ...next, joins: next.joins.filter((other) => other !== join) }
    // Of what it asked for it has what the SA granted.
    const isAsked = answered.includes(nameOf(join))
    const granted = isAsked ? join.bits & (accepted?.record.joinState ?? 0) : join.bits
    const renewed = { ...own, bits: own.bits | granted, provisional: own.provisional & ~granted }
    return mad.status === 0 ? withMember(joins, renewed) : joins
  }, ledger)

/** Reasons that may end a waiting join; every other drop is of another MAD. */
const ENDS_A_JOIN: ReadonlyArray<Reason> = ["no-sm", "horizon", "sa-timeout", "function-gone", "function-full"]

/** Notes requests of functions to other areas until they are answered: drops of them look like drops of joins. */
const withOthers = (ledger: Ledger, observation: Observation): Ledger => {
  const { actions, event } = observation
  const asks = event._tag === "Egress" && !("_tag" in event.mad) && asksForNotices(event.mad)
  // What is dropped at once, as a repetition is, does not wait.
  const asked = asks && !hasDrop(observation, event.function) ? [...ledger.others, event.function] : ledger.others
  const others = actions.reduce((open, action) => {
    const isAnswer = action._tag === "ToFunction" && action.mad.attributeId === ATTRIBUTE.INFORM_INFO
    const at = isAnswer ? open.indexOf(action.function) : -1
    return at < 0 ? open : open.toSpliced(at, 1)
  }, asked)
  return { ...ledger, others }
}

/** A drop does not say which request it ends; as many drops as there are requests end all. */
const forgetDropped = (ledger: Ledger, { actions, event }: Observation): Ledger => {
  const drops = (fn: FunctionId) =>
    event._tag === "Egress" || (event._tag === "Ingress" && !spoken(event.mad)) ? 0 : actions.filter((action) =>
      action._tag === "Drop" && action.function === fn && ENDS_A_JOIN.includes(action.reason)
    ).length
  const joins = ledger.joins.map((join) => ({ ...join, drops: join.drops + drops(join.function) }))
  const isOver = (fn: FunctionId) => {
    const own = joins.filter((join) => join.function === fn)
    const most = own.length + ledger.others.filter((other) => other === fn).length
    return own.some((join) => join.drops >= most)
  }
  return { ...ledger, joins: joins.filter((join) => !isOver(join.function)) }
}

// What the SA is asked

/** Whether a request is sent again; else it was given up, and another bears its TID, which has rested. */
const isAgain = ({ saRetries, saTimeout, slack }: Bounds, asked: Asked, { mad, record }: Spoken): boolean =>
  asked.kind === (mad.method === METHOD.SET ? "join" : "leave") && asked.mgid === record.mgid &&
  asked.bits === record.joinState && asked.sends <= saRetries && asked.sinceMs <= saTimeout + slack + asked.lateMs

const ask = (
  bounds: Bounds, before: Ledger, { mad, record }: Spoken, { lateMs, sentTo }: Pick<Asked, "lateMs" | "sentTo">
): Ledger => {
  const tid = low32(mad.tid)
  const known = before.asked.find((asked) => asked.tid === tid)
  if (known && isAgain(bounds, known, { mad, record })) {
    const again = { ...known, sends: known.sends + 1, sinceMs: 0, lateMs }
    return withAsked(before, (asked) => (asked === known ? again : asked))
  }
  const ledger = known ? { ...before, asked: before.asked.filter((other) => other !== known) } : before
  const { joinState: bits, mask, mgid } = record
  const kind = mad.method === METHOD.SET ? "join" : "leave"
  const asked: Asked = {
    tid, kind, mgid, bits, mask, sentTo, ...reasonsFor(ledger, kind, record),
    sends: 1, sinceMs: 0, lateMs, abandoned: false, overtaken: false
  }
  const next = { ...ledger, smLid: sentTo, asked: [...ledger.asked, asked] }
  const facts = factsOf(ledger, mgid)
  return withFacts(next, asked.rejoin === "yes" ? { ...facts, believed: 0 } : facts)
}

const reasonsFor = (ledger: Ledger, kind: Asked["kind"], record: McMember): Pick<Asked, "for" | "rejoin"> => {
  if (kind === "leave") return { for: [], rejoin: "no" }
  const same = ledger.joins.filter(({ bits, mask, mgid }) =>
    bits === record.joinState && mask === record.mask && mgid === record.mgid)
  const rejoins = factsOf(ledger, record.mgid).rejoinDue && record.mask === REJOIN_MASK &&
    record.joinState === unionOf(ledger, record.mgid)
  const rejoin = !rejoins ? "no" : same.length > 0 ? "maybe" : "yes"
  return { for: same.map(nameOf), rejoin }
}
