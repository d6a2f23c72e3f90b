/**
 * Multicast membership, in the order of `spec/multicast.md`: the SA knows one member, the port; the
 * functions' memberships are counted here.
 */
import type { Action, Cause } from "./action.ts"
import type { Chooser } from "./choice.ts"
import { type Gid, NO_GID } from "./ids.ts"
import { type JoinState, type Mad, type McMember, METHOD } from "./mad.ts"
import {
  aggregate, bitsOf, exceededQuota, groupOf, unansweredOf, withGroup, withJoined, withLast, withoutBits,
  withoutBitsOf
} from "./multicast-group.ts"
import { recordIn } from "./multicast-record.ts"
import { isAboutItself, isRepetition, isValidJoin, mayJoin } from "./multicast-request.ts"
import {
  answer, answerCovered, askedOfSa, askToLeave, eachGroup, giveUp, retries, settle
} from "./multicast-settle.ts"
import { drop, type Egress, outcome, type Outcome, sequence } from "./outcome.ts"
import { firing } from "./sa-outstanding.ts"
import {
  answers, dueNow, endSaRequest, OK, olderRequest, REQUEST_INVALID, withoutGivenUp
} from "./sa-request.ts"
import type { GivenUpRequest, Group, SaTransaction, State, WaitingRequest } from "./state.ts"

/** A function's Set or Delete of MCMemberRecord; the checks 1 to 8 of `spec/classes.md` are done. */
export const egressMembership = (state: State, event: Egress, chooser: Chooser): Outcome => {
  const request: WaitingRequest = {
    function: event.function,
    guestTid: event.mad.tid,
    address: event.address,
    record: recordIn(event.mad),
    remaining: state.config.timing.horizon
  }
  return event.mad.method === METHOD.SET ? join(state, request, chooser) : leave(state, request, chooser)
}

// A function's Set: join

const join = (state: State, request: WaitingRequest, chooser: Chooser): Outcome => {
  const { function: fn, record } = request
  const group = groupOf(state, record.mgid)
  //= SQP-MC-7
  if (!isValidJoin(state, fn, record)) return outcome(state, answer(state, group, request, REQUEST_INVALID))
  if (state.port.smLid === null) return drop(state, fn, "no-sm")
  const repeated = unansweredOf(state, fn).some((other) => isRepetition(request, other))
  if (repeated) return drop(state, fn, "coalesced") //= SQP-MC-8
  const covered = isAtRest(group) ? answerCovered(state, group, request) : null //= SQP-MC-3
  if (covered) return outcome(withGroup(state, covered.group), covered.answer)
  const full = exceededQuota(state, group, fn)
  if (full) return drop(state, fn, full)
  const waiting = { ...group, waiting: [...group.waiting, request], lastOf: null }
  return settle(withGroup(state, waiting), group.mgid, chooser) //= SQP-MC-2
}

/** Nothing is under way in the group, so what it holds is what counts. */
const isAtRest = ({ mgid, rejoin, transaction, waiting }: Group): boolean =>
  mgid !== NO_GID && !transaction && waiting.length === 0 && !rejoin

// A function's Delete: leave

const leave = (state: State, request: WaitingRequest, chooser: Chooser): Outcome => {
  const { function: fn, record } = request
  const group = groupOf(state, record.mgid)
  const own = bitsOf(group, fn)
  const valid = isAboutItself(state, fn, record) && record.mgid !== NO_GID && (record.joinState & ~own) === 0
  //= SQP-MC-4
  if (!valid) return outcome(state, answer(state, group, request, REQUEST_INVALID, METHOD.DELETE_RESP))
  const left = withLast(withoutBitsOf(group, fn, record.joinState), fn)
  return sequence(
    withGroup(state, left),
    (next) => outcome(next, answer(next, left, request, OK, METHOD.DELETE_RESP)),
    (next) => settle(next, group.mgid, chooser)
  )
}

// The SA's answer

interface Asking {
  readonly group: Group
  readonly transaction: SaTransaction
}

const asking = (state: State, mad: Mad): Asking | undefined =>
  state.groups.flatMap((group) =>
    group.transaction && answers(mad, group.transaction) ? [{ group, transaction: group.transaction }] : []
  )[0]

/** The SA answers the transaction of a group; null for any other response. */
export const answeredMulticast = (state: State, mad: Mad, chooser: Chooser): Outcome | null => {
  const asked = asking(state, mad)
  const record = asked ? recordOf(mad, asked.group.mgid) : null
  return asked && record ? answered(state, asked, mad.status, record, chooser) : null
}

/** The SA grants a join that was given up; null for any other response. */
export const answeredLateMulticast = (
  state: State, late: GivenUpRequest, mad: Mad, chooser: Chooser
): Outcome | null => {
  if (late.asked._tag !== "join") return null
  const record = recordOf(mad, late.asked.mgid)
  return record && mad.status === OK ? lateSuccess(state, late, late.asked.mgid, record, chooser) : null
}

/** The record of an answer; null where it has none, or names no group though the SA was to choose one. */
const recordOf = ({ body, status }: Mad, asked: Gid): McMember | null => {
  const usable = body._tag === "mcMember" && (asked !== NO_GID || body.mgid !== NO_GID || status !== OK)
  return usable ? body : null
}

const answered = (
  state: State, { group, transaction }: Asking, status: number, record: McMember, chooser: Chooser
): Outcome => {
  const { cause, kind, request, triesLeft } = transaction
  const after = { ...group, transaction: null, rejoin: group.rejoin && cause !== "re-join" }
  const open = withGroup(state, after)
  // Another copy of a refused join may still succeed.
  const isOpen = status !== OK && triesLeft < retries(state, group.mgid)
  const next = isOpen ? giveUp(open, group, transaction) : endSaRequest(open, transaction)
  if (kind === "leave") return left(next, after, transaction, status, chooser)
  const held = status === OK ? record.joinState : 0
  const told = cause === "re-join" ? deprived(next, after, held) : outcome(next)
  const leaving = cause === "re-join" || request ? "leave" : "undo"
  const decided = status === OK
    ? granted(told.state, group.mgid, request, record, leaving, chooser)
    : refused(told.state, groupOf(told.state, group.mgid), request, status, chooser)
  return { ...decided, actions: [...told.actions, ...decided.actions] }
}

/** A re-join gave the port these bits: members lose all others, and hear that they must join again. */
const deprived = (state: State, group: Group, held: JoinState): Outcome => {
  const losers = group.members.filter(({ bits }) => (bits & ~held) !== 0)
  const kept = withGroup(state, withoutBits(group, () => ~held)) //= SQP-MC-18
  return outcome(kept, ...losers.map(({ function: fn }): Action => ({
    _tag: "EventTo", function: fn, event: "reregister"
  })))
}

/** Granted or not, the SA no longer holds the bits: it refuses to take bits of which it does not know one. */
const left = (
  state: State, group: Group, { cause, record }: SaTransaction, status: number, chooser: Chooser
): Outcome => {
  const bits = record.joinState
  const lowest = bits & -bits
  // Of several bits it may still know some.
  if (status !== OK && bits !== lowest) return askToLeave(state, group, lowest, cause, chooser)
  return settle(withGroup(state, { ...group, held: group.held & ~bits }), group.mgid, chooser)
}

/**
 * The SA holds what its answer says; the request's function, unless it has ended, has what it asked for and
 * was granted, if it may be in the group at all.
 */
const granted = (
  state: State, asked: Gid, request: WaitingRequest | null, record: McMember, leaving: Cause, chooser: Chooser
): Outcome => {
  const mgid = asked === NO_GID ? record.mgid : asked //= SQP-MC-12
  const before = groupOf(state, mgid)
  const { transaction } = before
  const wanted = request?.record.joinState ?? 0
  // The SA chose a group of which these bits are being left: what it does last, takes them.
  const isLeaving = transaction?.kind === "leave" && (transaction.record.joinState & wanted) !== 0
  const held = { ...before, held: before.held | record.joinState, record, rejoin: before.rejoin || isLeaving }
  const given = wanted & record.joinState
  const isAllowed = request !== null && mayJoin(state, request.function, record) //= SQP-MC-15
  const joined = isAllowed ? withJoined(state, held, request.function, given) : held
  const status = isAllowed ? OK : REQUEST_INVALID
  return sequence(
    withGroup(state, joined),
    (next) => (request ? outcome(next, answer(next, joined, request, status)) : outcome(next)),
    (next) => settle(next, mgid, chooser, leaving),
    (next) => settle(next, asked, chooser)
  )
}

const refused = (
  state: State, group: Group, request: WaitingRequest | null, status: number, chooser: Chooser
): Outcome =>
  sequence(
    withGroup(state, group),
    (next) => (request ? outcome(next, answer(next, group, request, status)) : outcome(next)), //= SQP-MC-5
    (next) => settle(next, group.mgid, chooser)
  )

/**
 * A join that was given up succeeded after all: what nobody has is left again. What the SA said before a port
 * event, it may have forgotten since.
 */
const lateSuccess = (
  state: State, late: GivenUpRequest, mgid: Gid, record: McMember, chooser: Chooser
): Outcome => {
  const known = endSaRequest(withoutGivenUp(state, late), late)
  if (!late.former) return granted(known, mgid, null, record, "undo", chooser) //= SQP-MC-9
  const group = groupOf(state, mgid === NO_GID ? record.mgid : mgid)
  const held = group.held | (record.joinState & ~aggregate(group))
  return settle(withGroup(known, { ...group, held }), group.mgid, chooser, "undo") //= SQP-MC-9
}

// Time

/** Time passes: requests and the grace age; what is due is done now or, inside the slack, later. */
export const ageMulticast = (state: State, ms: number, chooser: Chooser): Outcome => {
  const groups = state.groups.map((group) => older(group, ms))
  const renewIn = state.renewIn === null ? null : state.renewIn - ms
  return sequence(
    { ...state, groups, renewIn },
    (next) => endGrace(next, chooser),
    (next) => eachGroup(next, (after, group) => fallDue(after, group, chooser))
  )
}

/** What functions did not join again within the grace is left (SQP-MC-17). */
const endGrace = (state: State, chooser: Chooser): Outcome => {
  const { renewIn } = state
  if (renewIn === null || renewIn > 0) return outcome(state)
  const isEmpty = state.groups.every(({ members }) => members.every(({ provisional }) => provisional === 0))
  if (!isEmpty && firing(state, { due: renewIn }, chooser, "renewal") === null) return outcome(state)
  return eachGroup({ ...state, renewIn: null }, (next, group) => {
    const renewed = withoutBits(group, ({ provisional }) => provisional) //= SQP-MC-17
    return settle(withGroup(next, renewed), group.mgid, chooser)
  })
}

const older = (group: Group, ms: number): Group => {
  const age = (request: WaitingRequest) => ({ ...request, remaining: Math.max(-1, request.remaining - ms) })
  const { transaction } = group
  const request = transaction?.request ? age(transaction.request) : null
  return {
    ...group,
    waiting: group.waiting.map(age),
    transaction: transaction && { ...olderRequest(transaction, ms), request }
  }
}

const fallDue = (state: State, group: Group, chooser: Chooser): Outcome => {
  const { transaction } = group
  const due = transaction && dueNow(state, transaction, chooser)
  if (transaction && due?._tag === "GivenUp") return timedOut(state, group, transaction, chooser)
  if (due?._tag !== "Again") return outcome(state)
  return outcome(withGroup(state, { ...group, transaction: due.request }), askedOfSa(due.request, "retry"))
}

const timedOut = (state: State, group: Group, transaction: SaTransaction, chooser: Chooser): Outcome => {
  const { cause, kind, request } = transaction
  const next = giveUp(state, group, transaction, false, chooser.lateMs)
  const after = { ...group, transaction: null, rejoin: group.rejoin && cause !== "re-join" }
  if (kind === "leave") return left(next, after, transaction, OK, chooser)
  return sequence(
    withGroup(next, after),
    (given) => (request ? drop(given, request.function, "sa-timeout") : outcome(given)),
    (given) => settle(given, group.mgid, chooser)
  )
}
