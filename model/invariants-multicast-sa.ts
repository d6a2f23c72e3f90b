/** Invariants of multicast about what goes to the SA, what is taken from it, and what is not asked of it. */
import type { WireAddress } from "./action.ts"
import { type FunctionId, low32, NO_GID, Qpn } from "./ids.ts"
import type { Invariant } from "./invariants.ts"
import {
  factsOf, gives, hasDrop, isCertain, joinOf, nameOf, sentIn, spoken, type Spoken, toldIn, unionOf
} from "./invariants-multicast-ledger.ts"
import type { Page, Reading } from "./invariants-multicast-page.ts"
import { isResponse, METHOD } from "./mad.ts"
import { COMPONENTS, has, NO_RECORD } from "./multicast-record.ts"
import { WELL_KNOWN_QKEY } from "./outcome.ts"
import type { Timing } from "./state.ts"

/** The invariants of this file, which belong to those of `invariants-multicast.ts`. */
export const saInvariants = (
  reading: Reading, { horizon, tidMin }: Pick<Timing, "horizon" | "tidMin">
): ReadonlyArray<Invariant> => [
  reading("SQP-MC-3", "A join of bits that the SA holds for functions is answered at once", unanswered),
  reading(
    "SQP-MC-8",
    "A join repeated while it waits is not served twice, and none is sent that is older than its horizon",
    (page) => [...repeatedTwice(page), ...sentTooLate(page, horizon)]
  ),
  reading(
    "SQP-MC-9",
    "A success of the SA is taken as long as its request must be remembered",
    (page) => refusedSuccess(page, tidMin)
  ),
  reading("SQP-MC-11", "After a port event what the functions have is joined again at once", notJoinedAgain),
  reading("SQP-MC-12", "A join of MGID 0 is granted in the group that the SA chose", wrongGroup),
  reading("SQP-MC-13", "Nothing follows from an answer that does not come from the SM", strangersAnswer),
  reading(
    "SQP-MC-14",
    "A request to the SA keeps to its pattern: SM_Key 0, ProxyJoin 0, nothing outside its mask",
    ({ observation }) =>
      sentIn(observation).flatMap(({ action, ...said }) => offPattern(said, action.address))
  )
]

/** A function's join in this observation, if it was not dropped. */
const joinIn = ({ observation }: Page): (Spoken & { readonly function: FunctionId }) | null => {
  const { event } = observation
  const said = event._tag === "Egress" ? spoken(event.mad) : null
  if (event._tag !== "Egress" || said?.mad.method !== METHOD.SET) return null
  return hasDrop(observation, event.function) ? null : { ...said, function: event.function }
}

const isTold = ({ observation }: Page, fn: FunctionId, tid: string): boolean =>
  toldIn(observation).some(({ action, mad }) => action.function === fn && mad.tid === tid)

const unanswered = (page: Page): ReadonlyArray<string> => {
  const { before } = page
  const join = joinIn(page)
  if (!join || before.smLid === null) return []
  const { function: fn, mad, record: { joinState, mgid } } = join
  const { held, membersKnown } = factsOf(before, mgid)
  const isAlone = before.joins.every((other) => other.mgid !== mgid)
  const isQuiet = isAlone && isCertain(before, mgid) && membersKnown
  const isCovered = isQuiet && gives(held & unionOf(before, mgid), joinState)
  const waits = isCovered && !isTold(page, fn, mad.tid)
  return waits ? [`function ${fn} waits for ${joinState}, which is held`] : []
}

const repeatedTwice = (page: Page): ReadonlyArray<string> => {
  const join = joinIn(page)
  if (!join) return []
  const { function: fn, mad: { tid }, record: { joinState, mgid } } = join
  const first = page.before.joins.find((other) =>
    other.function === fn && other.tid === tid && other.mgid === mgid && other.bits === joinState)
  if (!first || first.drops > 0) return []
  const granted = toldIn(page.observation).some(({ mad }) => mad.status === 0)
  return granted || sentIn(page.observation).length > 0 ? [`${nameOf(first)} is served twice`] : []
}

const sentTooLate = ({ after, observation, told }: Page, horizon: number): ReadonlyArray<string> =>
  sentIn(observation).flatMap(({ mad }) => {
    const tid = low32(mad.tid)
    const asked = after.asked.find((other) => other.tid === tid)
    if (!asked || asked.rejoin !== "no" || told.asked.some((other) => other.tid === tid)) return []
    const ages = told.joins.flatMap((join) =>
      asked.for.includes(nameOf(join)) ? [join.sinceMs] : [])
    const youngest = Math.min(...ages)
    return ages.length > 0 && youngest > horizon ? [`a join is sent ${youngest} ms after it came`] : []
  })

const refusedSuccess = ({ before, observation }: Page, tidMin: number): ReadonlyArray<string> => {
  const { actions, event } = observation
  const said = event._tag === "Ingress" ? spoken(event.mad) : null
  const asked = said && before.asked.find(({ tid }) => tid === low32(said.mad.tid))
  if (!asked || said.mad.status !== 0 || asked.sinceMs >= tidMin || asked.kind === "leave") return []
  const forgotten = actions.some((action) =>
    action._tag === "Drop" && (action.reason === "response-unasked" || action.reason === "sa-answer-stale"))
  const isAnswer = asked.mgid !== NO_GID || said.record.mgid !== NO_GID
  return forgotten && isAnswer ? [`the SA granted ${asked.bits} of ${asked.mgid}, which is forgotten`] : []
}

const notJoinedAgain = ({ before, heard, observation }: Page): ReadonlyArray<string> => {
  const { event } = observation
  const moved = event._tag === "SmChanged" && event.smLid !== before.smLid && before.smLid !== undefined
  if ((!moved && event._tag !== "Reregister") || heard.smLid === null) return []
  return heard.groups.flatMap(({ membersKnown, mgid }) => {
    const union = unionOf(heard, mgid)
    const again = sentIn(observation).some(({ mad, record }) =>
      mad.method === METHOD.SET && record.mgid === mgid && record.joinState === union)
    return union !== 0 && membersKnown && !again ? [`${mgid} is not joined again with ${union}`] : []
  })
}

const wrongGroup = (page: Page): ReadonlyArray<string> =>
  toldIn(page.observation).flatMap(({ action: { function: fn }, mad, record }) => {
    const isGranted = mad.method === METHOD.GET_RESP && mad.status === 0
    const answered = page.accepted?.asked.for ?? []
    const join = isGranted ? joinOf(page.heard, fn, { mad, record }, answered) : undefined
    const chosen = join?.mgid === NO_GID ? page.accepted?.record.mgid : join?.mgid
    return join && record.mgid !== chosen ? [`function ${fn} is told ${record.mgid}, not ${chosen}`] : []
  })

const strangersAnswer = ({ before, observation }: Page): ReadonlyArray<string> => {
  const { event } = observation
  const said = event._tag === "Ingress" ? spoken(event.mad) : null
  // A request of ours that comes back by our own LID bears our TID, too, and is no answer.
  const asked = said && isResponse(said.mad) && before.asked.find(({ tid }) => tid === low32(said.mad.tid))
  if (event._tag !== "Ingress" || !asked) return []
  const { slid, srcQp } = event.address
  const fromSm = srcQp === Qpn(1) && (slid === asked.sentTo || slid === before.smLid)
  const follows = sentIn(observation).length + toldIn(observation).length > 0
  return follows && !fromSm ? [`an answer from LID ${slid}, QPN ${srcQp} has consequences`] : []
}

const offPattern = ({ mad, record }: Spoken, address: WireAddress): ReadonlyArray<string> => {
  const isPure = COMPONENTS.every((name) => has(record, name) || record[name] === NO_RECORD[name])
  const isOwn = record.proxyJoin === 0 && mad.sa?.smKey === "0000000000000000" && mad.status === 0
  const { grh, pathBits, pkeyIndex, qkey, rate, remoteQpn } = address
  const isToSa = remoteQpn === Qpn(1) && qkey === WELL_KNOWN_QKEY && grh === null &&
    pkeyIndex + pathBits + rate === 0
  return isPure && isOwn && isToSa ? [] : [`a request with mask ${record.mask} has more than its pattern`]
}
