/** Ends of functions and of the PF context, and port events: sections of `spec/multicast.md`. */
import type { Chooser } from "./choice.ts"
import type { FunctionId, Gid } from "./ids.ts"
import {
  bitsOf, groupOf, unanswered, withGroup, withLast, withoutBits, withoutBitsOf
} from "./multicast-group.ts"
import { isValidJoin, mayJoin } from "./multicast-request.ts"
import { answer, eachGroup, giveUp, settle } from "./multicast-settle.ts"
import { drop, outcome, type Outcome, sequence } from "./outcome.ts"
import { endSaRequest, markFormer, REQUEST_INVALID } from "./sa-request.ts"
import type { GivenUpRequest, Group, Member, State, WaitingRequest } from "./state.ts"
import { functionState } from "./tables.ts"

/** A function ends: its bits and requests go; a transaction for its request goes on without it. */
export const endFunctionMulticast = (state: State, fn: FunctionId, chooser: Chooser): Outcome =>
  eachGroup(state, (next, group) => {
    const gone = unanswered(group).filter((request) => request.function === fn)
    const had = bitsOf(group, fn) !== 0 || gone.length > 0
    const without = withoutBitsOf(withoutRequests(group, gone), fn, ~0) //= SQP-MC-10
    return sequence(
      withGroup(next, had ? withLast(without, fn) : without),
      ...gone.map(() => (after: State) => drop(after, fn, "function-gone")),
      (after) => settle(after, group.mgid, chooser)
    )
  })

/** A group without some of its requests; a transaction for one of them goes on without it. */
const withoutRequests = (group: Group, gone: ReadonlyArray<WaitingRequest>): Group => {
  const { transaction, waiting } = group
  const isAnswered = transaction?.request && gone.includes(transaction.request)
  return {
    ...group,
    waiting: waiting.filter((request) => !gone.includes(request)),
    transaction: isAnswered ? { ...transaction, request: null } : transaction
  }
}

/** Functions lost P_Keys or GUIDs: their bits go where they may no longer be, and so do their requests. */
export const confineMulticast = (state: State, chooser: Chooser): Outcome =>
  eachGroup(state, (next, group) => {
    const gone = unanswered(group).filter(({ function: fn, record }) => !isValidJoin(next, fn, record))
    const mayStay = ({ function: fn, guid }: Member) =>
      guid === functionState(next, fn).guid && (!group.record || mayJoin(next, fn, group.record))
    const confined = withoutRequests(withoutBits(group, (of) => (mayStay(of) ? 0 : ~0)), gone) //= SQP-MC-15
    return sequence(
      withGroup(next, confined),
      ...gone.map((request) => (after: State) =>
        outcome(after, answer(after, groupOf(after, group.mgid), request, REQUEST_INVALID))),
      (after) => settle(after, group.mgid, chooser)
    )
  })

/**
 * Reregister, or another SM: what the functions have is joined again and is provisional, what was being left
 * is left again. While no SM is known nobody can renew anything, and the grace has not begun.
 */
export const rejoinMulticast = (state: State, chooser: Chooser): Outcome => {
  const isIdle = state.port.smLid === null || state.groups.length === 0
  const renewIn = isIdle ? null : state.config.timing.renewGrace
  return eachGroup({ ...markFormer(state), renewIn }, (next, group) => {
    const members = group.members.map((member) => ({ ...member, provisional: member.bits })) //= SQP-MC-17
    return joinAgain(next, { ...group, members }, chooser)
  })
}

/** The SM reports that the SA deleted a group: the SA decides anew (SQP-MC-18). */
export const groupDeletedMulticast = (state: State, mgid: Gid, chooser: Chooser): Outcome => {
  const group = state.groups.find((known) => known.mgid === mgid)
  const isOf = ({ asked }: GivenUpRequest) => asked._tag === "join" && asked.mgid === mgid
  const givenUp = state.givenUp.map((late) => (isOf(late) ? { ...late, former: true } : late))
  return group ? joinAgain({ ...state, givenUp }, group, chooser) : outcome(state) //= SQP-MC-18
}

/** What the SA was asked is asked anew; the request of a function that is with it waits at the front. */
const joinAgain = (state: State, group: Group, chooser: Chooser): Outcome => {
  const { transaction } = group
  const given = transaction ? giveUp(state, group, transaction, true) : state
  const waiting = transaction?.request ? [transaction.request, ...group.waiting] : group.waiting
  const again = { ...group, transaction: null, waiting, rejoin: group.members.length > 0 } //= SQP-MC-11
  return settle(withGroup(given, again), group.mgid, chooser)
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
  return { ...left, state: { ...released, groups: [], givenUp: [], renewIn: null } }
}
