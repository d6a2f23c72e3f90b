/** Invariants of multicast (`spec/multicast.md`) as readings of an observed history; see `invariants.ts`. */
import { type FunctionId, type Gid, low32, NO_GID } from "./ids.ts"
import type { Initial } from "./initial.ts"
import type { Invariant } from "./invariants.ts"
import {
  type Asked, bitsOf, factsOf, gives, type GroupFacts, hasDrop, holds, isCertain, type Join, joinOf, type Ledger,
  mayAsk, nameOf, openIn, sentIn, spoken, toldIn, unionOf
} from "./invariants-multicast-ledger.ts"
import { losersIn, type Page, type Reading, readingOf, tell } from "./invariants-multicast-page.ts"
import { saInvariants } from "./invariants-multicast-sa.ts"
import { type JoinState, METHOD } from "./mad.ts"
import { has } from "./multicast-record.ts"
import type { Timing } from "./state.ts"

/** When and how often a PF context asks the SA, and how long it remembers what it gave up. */
export type SaTiming = Pick<Timing, "saTimeout" | "saRetries" | "tidMin" | "horizon">

/** All invariants of multicast. */
export const multicastInvariants = (begin: Initial): ReadonlyArray<Invariant> => {
  const reading = readingOf(begin)
  return [...aggregateInvariants(reading, begin.config.timing), ...saInvariants(reading, begin.config.timing)]
}

const aggregateInvariants = (reading: Reading, timing: SaTiming): ReadonlyArray<Invariant> => [
  reading(
    "SQP-MC-1",
    "When nothing is outstanding, the SA holds for the port exactly the union of what the functions have",
    ({ after }) => after.groups.flatMap((facts) => disagreement(after, facts))
  ),
  reading(
    "SQP-MC-2",
    "The SA is asked for what the aggregate lacks or no longer needs, to re-join, or again after a time-out",
    (page) => everyAsked(page, (asked, isRetry) => causeless(page, asked, isRetry, timing))
  ),
  reading(
    "SQP-MC-4",
    "A leave is answered at once and takes exactly its bits; of bits the function has not it is refused",
    leaveAnswer
  ),
  reading(
    "SQP-MC-5",
    "A refusal reaches the function whose request the SA refused, with its status, and nobody else",
    (page) => [...eachAnswer(page, misdirectedRefusal), ...missingRefusal(page)]
  ),
  reading(
    "SQP-MC-6",
    "A group has one transaction with the SA at a time, and only its answer answers the request it is for",
    (page) => [
      ...everyAsked(page, (asked, isRetry) => (isRetry ? null : concurrent(page, asked, timing))),
      ...eachAnswer(page, unfoundedSuccess)
    ]
  ),
  reading(
    "SQP-MC-15",
    "A function is granted a join only in a group whose P_Key it holds",
    (page) => eachAnswer(page, strangerGranted)
  ),
  reading(
    "SQP-MC-17",
    "Bits that were not joined again in the grace are left when it ends",
    keptTooLong
  ),
  reading(
    "SQP-MC-18",
    "Members hear reregister when the SA refuses to have their bits again, and only then",
    unheardLoss
  )
]

const disagreement = (ledger: Ledger, facts: GroupFacts): ReadonlyArray<string> => {
  const { held, heldKnown, membersKnown, mgid, rejoinDue } = facts
  const isKnown = ledger.smLid !== null && mgid !== NO_GID && heldKnown && membersKnown && !rejoinDue
  if (!isKnown || openIn(ledger, mgid).length > 0) return []
  const union = unionOf(ledger, mgid)
  return held !== union
    ? [`in ${mgid} the SA holds ${held}, the functions have ${union}`]
    : []
}

/** Every request to the SA in the observation, judged. */
const everyAsked = (
  { after, observation, told }: Page, judge: (asked: Asked, isRetry: boolean) => string | null
): ReadonlyArray<string> =>
  sentIn(observation).flatMap(({ mad }) => {
    const asked = after.asked.find(({ tid }) => tid === low32(mad.tid))
    const isRetry = told.asked.some(({ tid }) => tid === low32(mad.tid))
    return (asked && judge(asked, isRetry)) ?? []
  })

const causeless = (page: Page, asked: Asked, isRetry: boolean, { saTimeout }: SaTiming): string | null => {
  const { told } = page
  const { bits, kind, mgid } = asked
  const facts = factsOf(told, mgid)
  if (isRetry) {
    const since = told.asked.find(({ tid }) => tid === asked.tid)?.sinceMs ?? 0
    return since < saTimeout ? `asked again after ${since} ms` : null
  }
  if (kind === "leave") {
    const had = facts.membersKnown ? bits & unionOf(told, mgid) : 0
    if (had !== 0) return `leaves bits ${had} of ${mgid} that a function has`
    const isHeld = bits !== 0 && (bits & ~facts.believed) === 0
    return isHeld ? null : `leaves bits ${bits} of ${mgid}, not all held`
  }
  if (asked.rejoin !== "no") return null
  if (asked.for.length === 0) return `joins ${mgid} with ${bits}, which no function asks for`
  const isCovered = isCertain(told, mgid) && gives(facts.held & unionOf(told, mgid), bits)
  return isCovered ? `joins ${mgid} with ${bits}, which the port has` : null
}

const leaveAnswer = ({ before, observation }: Page): ReadonlyArray<string> => {
  const { event } = observation
  const asked = event._tag === "Egress" ? spoken(event.mad) : null
  if (event._tag !== "Egress" || asked?.mad.method !== METHOD.DELETE) return []
  const { function: fn } = event
  if (hasDrop(observation, fn)) return []
  const { joinState: bits, mgid } = asked.record
  const said = toldIn(observation).find(({ action, mad }) =>
    action.function === fn && mad.tid === asked.mad.tid && mad.method === METHOD.DELETE_RESP)
  if (!said) return [`a leave of function ${fn} has no answer`]
  const own = bitsOf(before, fn, mgid)
  if (!factsOf(before, mgid).membersKnown) return []
  const holds = bits !== 0 && (bits & ~own) === 0 && has(asked.record, "joinState")
  if (said.mad.status === 0 && !holds) return [`function ${fn} leaves bits ${bits} but has ${own}`]
  const { status } = said.mad
  const left = status === 0 ? own & ~bits : own
  const { joinState } = said.record
  if (joinState !== left) return [`function ${fn} should have ${left}, is told ${joinState}`]
  return status === 0 || status === 0x0200 ? [] : [`a leave is refused with ${status}`]
}

/** An answer to a join of a function. */
interface Answer {
  readonly function: FunctionId
  readonly join: Join
  readonly status: number
  readonly mgid: Gid
  /** What the function had been told that it has, up to here. */
  readonly own: JoinState
}

type Judge = (page: Page, answer: Answer) => string | null

const eachAnswer = (page: Page, judge: Judge): ReadonlyArray<string> => {
  const said = toldIn(page.observation)
  return said.flatMap(({ action: { function: fn }, mad, record }, index) => {
    const { mgid } = record
    const soFar = tell(page.heard, page.observation, page.accepted, said.slice(0, index))
    const answered = page.accepted?.asked.for ?? []
    // Of several joins that wait under one TID nobody can tell which is answered.
    const isClear = soFar.joins.filter((join) => join.function === fn && join.tid === mad.tid).length === 1
    const isAnswer = mad.method === METHOD.GET_RESP && isClear
    const join = isAnswer ? joinOf(soFar, fn, { mad, record }, answered) : undefined
    const own = bitsOf(soFar, fn, mgid)
    return (join && judge(page, { function: fn, join, status: mad.status, mgid, own })) ?? []
  })
}

/** Whether the SA's answer that just came is the answer to this join. */
const isAnswered = ({ accepted }: Page, { join }: Answer): boolean =>
  accepted?.asked.kind === "join" && accepted.asked.for.includes(nameOf(join))

/** Whether the request of this join, and of no other, is with the SA: the latest of its group. */
const isWithSa = ({ before, heard }: Page, { join }: Answer): boolean => {
  const latest = before.asked.findLast(({ mgid }) => mgid === join.mgid)
  return heard.asked.some(({ abandoned, for: [name, ...others], tid }) =>
    tid === latest?.tid && !abandoned && others.length === 0 && name === nameOf(join))
}

/** Whether the PF context may answer this join itself: the SA holds its bits, and was not asked for it. */
const isOwnToAnswer = (page: Page, answer: Answer): boolean => {
  const { function: fn, join, mgid, own } = answer
  const { heard, told } = page
  const others = { ...told, members: told.members.filter((member) => member.function !== fn) }
  const had = own | unionOf(others, mgid)
  return gives(factsOf(heard, mgid).believed & had, join.bits) && !isWithSa(page, answer)
}

const misdirectedRefusal = (page: Page, answer: Answer): string | null => {
  const { accepted, observation: { event } } = page
  const { function: fn, status } = answer
  if (status === 0) return null
  const isOwn = event._tag === "Egress" && event.function === fn
  const relayed = accepted && isAnswered(page, answer) && accepted.mad.status === status
  const { join, mgid } = answer
  const isConfined = !mayAsk(page.after, join) || (accepted?.mad.status === 0 && isAnswered(page, answer) &&
    !holds(page.after, fn, factsOf(page.after, mgid === NO_GID ? accepted.record.mgid : mgid).pkey))
  const judged = (isOwn || isConfined || isOwnToAnswer(page, answer)) && status === 0x0200
  return relayed || judged ? null : `function ${fn} is refused with ${status}, not the answer to its request`
}

/** A refusal whose one function is known must reach it. */
const missingRefusal = ({ accepted, before, observation }: Page): ReadonlyArray<string> => {
  if (!accepted || accepted.mad.status === 0 || accepted.asked.kind === "leave") return []
  const { abandoned, for: names, rejoin } = accepted.asked
  const [name] = names
  const join = before.joins.find((each) => nameOf(each) === name)
  if (!join || names.length > 1 || join.drops > 0 || rejoin !== "no" || abandoned) return []
  const answered = toldIn(observation).some(({ action, mad }) =>
    action.function === join.function && mad.tid === join.tid && mad.status === accepted.mad.status)
  return answered ? [] : [`the SA refused the request of function ${join.function}, who is not told`]
}

const concurrent = ({ told }: Page, asked: Asked, { saRetries, saTimeout }: SaTiming): string | null => {
  const other = openIn(told, asked.mgid).find(({ abandoned, mgid, sends, sinceMs }) => {
    const lastTry = mgid === NO_GID || sends > saRetries
    return mgid === asked.mgid && !abandoned && !(lastTry && sinceMs >= saTimeout)
  })
  return other ? `${asked.mgid} has two transactions with the SA, ${other.tid} and ${asked.tid}` : null
}

const unfoundedSuccess = (page: Page, answer: Answer): string | null => {
  const { function: fn, join, status } = answer
  const granted = page.accepted?.mad.status === 0 && isAnswered(page, answer)
  return status !== 0 || granted || isOwnToAnswer(page, answer)
    ? null
    : `function ${fn} is granted ${join.bits}, which the SA did not grant`
}

const strangerGranted = (page: Page, { function: fn, mgid, status }: Answer): string | null => {
  const { pkey } = factsOf(page.after, mgid)
  return status !== 0 || holds(page.after, fn, pkey) ? null : `function ${fn} is granted ${mgid} of P_Key ${pkey}`
}

/** The grace ended in this observation: of a group that was quiet, what nobody renewed is left at once. */
const keptTooLong = ({ before, heard, observation }: Page): ReadonlyArray<string> => {
  if (before.graceMs === null || heard.graceMs !== null || observation.event._tag !== "TimePasses") return []
  return heard.groups.flatMap(({ believed, held, mgid }) => {
    const lost = unionOf(before, mgid) & ~unionOf(heard, mgid) & held & believed
    const left = sentIn(observation).some(({ mad, record }) =>
      mad.method === METHOD.DELETE && record.mgid === mgid && (lost & ~record.joinState) === 0)
    const isQuiet = isCertain(before, mgid) && mgid !== NO_GID
    return lost !== 0 && isQuiet && !left ? [`${lost} of ${mgid} was not joined again and is not left`] : []
  })
}

const unheardLoss = ({ accepted, before, observation }: Page): ReadonlyArray<string> => {
  if (observation.event._tag !== "Ingress") return []
  const losers = losersIn(observation)
  const asked = accepted?.asked
  if (!asked || asked.rejoin === "no" || asked.abandoned) {
    return losers.length > 0 ? [`functions ${losers.join()} hear reregister of the PF context`] : []
  }
  const held = accepted.mad.status === 0 ? accepted.record.joinState : 0
  const expected = before.members.filter(({ bits, mgid }) => mgid === asked.mgid && (bits & ~held) !== 0)
  const unheard = expected.filter(({ function: fn }) => !losers.includes(fn))
  return asked.rejoin === "yes" && factsOf(before, asked.mgid).membersKnown && unheard.length > 0
    ? [`functions ${unheard.map(({ function: fn }) => fn).join()} lose bits and do not hear of it`]
    : []
}
