/**
 * Multicast membership, in the order of `spec/multicast.md`: the SA knows one member, the port; the
 * functions' memberships are counted here.
 */
import type { Cause } from "./action.ts"
import type { Chooser } from "./choice.ts"
import { type FunctionId, type Gid, NO_GID } from "./ids.ts"
import { type Mad, type McMember, METHOD } from "./mad.ts"
import {
  aggregate, bitsOf, exceededQuota, groupOf, unanswered, unansweredOf, withBits, withGroup, withJoined, withLast
} from "./multicast-group.ts"
import { recordIn } from "./multicast-record.ts"
import { isAboutItself, isRepetition, isValidJoin } from "./multicast-request.ts"
import { answer, answerCovered, askedOfSa, askToLeave, retries, settle } from "./multicast-settle.ts"
import { drop, type Egress, outcome, type Outcome, sequence } from "./outcome.ts"
import {
  answers, dueNow, endSaRequest, giveUpSaRequest, markFormer, OK, olderRequest, REQUEST_INVALID,
  withoutGivenUp
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
  const left = withLast(withBits(group, fn, own & ~record.joinState), fn)
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
  const record = recordOf(mad, late.asked.mgid)
  return record && mad.status === OK ? lateSuccess(state, late, record, chooser) : null
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
  const isOpen = kind === "join" && status !== OK && triesLeft < retries(state, group.mgid)
  const next = isOpen ? giveUp(open, group, transaction) : endSaRequest(open, transaction)
  if (kind === "leave") return left(next, after, transaction, status, chooser)
  return status === OK
    ? granted(next, group.mgid, request, record, cause === "re-join" || request ? "leave" : "undo", chooser)
    : refused(next, cause === "re-join" ? { ...after, members: [] } : after, request, status, chooser)
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

/** The SA holds what its answer says; the request's function, unless it has ended, has what it asked for. */
const granted = (
  state: State, asked: Gid, request: WaitingRequest | null, record: McMember, leaving: Cause, chooser: Chooser
): Outcome => {
  const mgid = asked === NO_GID ? record.mgid : asked //= SQP-MC-12
  const before = groupOf(state, mgid)
  const { kind, record: left } = before.transaction ?? { kind: "join", record }
  // The SA chose a group of which these bits are being left: what it does last, takes them.
  const isLeaving = kind === "leave" && (left.joinState & (request?.record.joinState ?? 0)) !== 0
  const held = { ...before, held: before.held | record.joinState, record, rejoin: before.rejoin || isLeaving }
  const joined = request ? withJoined(held, request.function, request.record.joinState) : held
  return sequence(
    withGroup(state, joined),
    (next) => (request ? outcome(next, answer(next, joined, request, OK)) : outcome(next)),
    (next) => settle(next, mgid, chooser, leaving),
    (next) => (asked === mgid ? outcome(next) : settle(next, asked, chooser))
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
const lateSuccess = (state: State, late: GivenUpRequest, record: McMember, chooser: Chooser): Outcome => {
  const known = endSaRequest(withoutGivenUp(state, late), late)
  const { mgid } = late.asked
  if (!late.former) return granted(known, mgid, null, record, "undo", chooser) //= SQP-MC-9
  const group = groupOf(state, mgid === NO_GID ? record.mgid : mgid)
  const held = group.held | (record.joinState & ~aggregate(group))
  return settle(withGroup(known, { ...group, held }), group.mgid, chooser, "undo") //= SQP-MC-9
}

// Time

/** Time passes: requests age; what is due is done now or, inside the slack, later. */
export const ageMulticast = (state: State, ms: number, chooser: Chooser): Outcome => {
  const groups = state.groups.map((group) => older(group, ms))
  return eachGroup({ ...state, groups }, (next, group) => fallDue(next, group, chooser))
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
  const next = giveUp(state, group, transaction)
  const after = { ...group, transaction: null, rejoin: group.rejoin && cause !== "re-join" }
  if (kind === "leave") return left(next, after, transaction, OK, chooser)
  return sequence(
    withGroup(next, after),
    (given) => (request ? drop(given, request.function, "sa-timeout") : outcome(given)),
    (given) => settle(given, group.mgid, chooser)
  )
}

/** Nobody waits for the answer any more; a join is remembered, for it may still succeed (SQP-MC-9). */
const giveUp = (state: State, { mgid }: Group, transaction: SaTransaction): State =>
  transaction.kind === "leave"
    ? endSaRequest(state, transaction)
    : giveUpSaRequest(state, transaction, { _tag: "join", mgid })

// Endings and port events

/** A function ends: its bits and requests go; a transaction for its request goes on without it. */
export const endFunctionMulticast = (state: State, fn: FunctionId, chooser: Chooser): Outcome =>
  eachGroup(state, (next, group) => {
    const { transaction, waiting } = group
    const gone = unanswered(group).filter((request) => request.function === fn)
    const had = bitsOf(group, fn) !== 0 || gone.length > 0
    const without = withBits({ //= SQP-MC-10
      ...group,
      waiting: waiting.filter((request) => request.function !== fn),
      transaction: transaction?.request?.function === fn ? { ...transaction, request: null } : transaction
    }, fn, 0)
    return sequence(
      withGroup(next, had ? withLast(without, fn) : without),
      ...gone.map(() => (after: State) => drop(after, fn, "function-gone")),
      (after) => settle(after, group.mgid, chooser)
    )
  })

/** Reregister, or another SM: what the functions have is joined again, what was being left is left again. */
export const rejoinMulticast = (state: State, chooser: Chooser): Outcome => {
  return eachGroup(markFormer(state), (next, group) => {
    const { transaction } = group
    const given = transaction ? markFormer(giveUp(next, group, transaction)) : next
    const waiting = transaction?.request ? [transaction.request, ...group.waiting] : group.waiting
    const again = { ...group, transaction: null, waiting, rejoin: group.members.length > 0 } //= SQP-MC-11
    return settle(withGroup(given, again), group.mgid, chooser)
  })
}

/** The PF context stops: all groups are left while the wire is up, then everything is released. */
export const stopMulticast = (state: State, chooser: Chooser): Outcome => {
  const left = eachGroup(state, (next, group) => { //= SQP-LIFE-3
    const { transaction } = group
    const leaving = transaction?.kind === "leave" ? transaction.record.joinState : 0
    const given = transaction ? giveUp(next, group, transaction) : next
    const held = group.held & ~leaving
    const empty = { ...group, members: [], held, waiting: [], transaction: null, rejoin: false }
    return sequence(
      withGroup(given, empty),
      ...unanswered(group).map(({ function: fn }) => (after: State) => drop(after, fn, "function-gone")),
      (after) => settle(after, group.mgid, chooser)
    )
  })
  const asked = left.state.groups.flatMap(({ transaction }) => transaction ?? [])
  const released = [...asked, ...left.state.givenUp].reduce<State>(endSaRequest, left.state)
  return { ...left, state: { ...released, groups: [], givenUp: [] } }
}

const eachGroup = (state: State, transition: (state: State, group: Group) => Outcome): Outcome =>
  sequence(state, ...state.groups.map((group) => (next: State) => transition(next, group)))
