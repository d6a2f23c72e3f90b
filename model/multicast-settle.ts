/**
 * What a group does next, what leaves for the SA, and what a function is answered: three sections of
 * `spec/multicast.md`.
 */
import type { Action, Cause } from "./action.ts"
import type { Chooser } from "./choice.ts"
import { type Gid, NO_GID, PF } from "./ids.ts"
import { ATTRIBUTE, type JoinState, METHOD } from "./mad.ts"
import { aggregate, bitsOf, covers, groupOf, withGroup, withJoined, withoutGroup } from "./multicast-group.ts"
import {
  joinRecord, leaveRecord, madeMad, maskOf, matches, NO_RECORD, rejoinRecord
} from "./multicast-record.ts"
import { drop, outcome, type Outcome, sequence } from "./outcome.ts"
import { mayJoin } from "./multicast-request.ts"
import { beginSaRequest, endSaRequest, fromSa, giveUpSaRequest, OK, REQUEST_INVALID, toSa } from "./sa-request.ts"
import type { Group, SaTransaction, State, WaitingRequest } from "./state.ts"
import { gidOfFunction } from "./tables.ts"

/** What a group without a transaction does next; `leaving` is why bits that nobody has are left. */
export const settle = (state: State, mgid: Gid, chooser: Chooser, leaving: Cause = "leave"): Outcome => {
  const group = groupOf(state, mgid)
  const [oldest] = group.waiting
  if (group.transaction) return outcome(state) //= SQP-MC-6
  if (oldest && state.port.smLid === null) {
    return sequence(state, (next) => dropWaiting(next, group), (next) => settle(next, mgid, chooser, leaving))
  }
  if (group.rejoin && group.record) { //= SQP-MC-11
    const record = rejoinRecord(ownGid(state), group.record, mgid, aggregate(group))
    const forgotten = { ...group, held: 0 }
    return ask(state, forgotten, { kind: "join", cause: "re-join", record, request: null }, chooser)
  }
  if (oldest) {
    const others = { ...group, waiting: group.waiting.slice(1) }
    return sequence(
      state,
      (next) => serve(next, others, oldest, chooser),
      (next) => settle(next, mgid, chooser, leaving)
    )
  }
  const unwanted = group.held & ~aggregate(group)
  if (unwanted !== 0) return askToLeave(state, group, unwanted, leaving, chooser) //= SQP-MC-1
  return outcome(group.members.length === 0 ? withoutGroup(state, group) : state)
}

/** Asks the SA to take bits from the port. */
export const askToLeave = (
  state: State, group: Group, bits: JoinState, cause: Cause, chooser: Chooser
): Outcome => {
  const record = leaveRecord(ownGid(state), group.mgid, bits)
  return ask(state, group, { kind: "leave", cause, record, request: null }, chooser)
}

const dropWaiting = (state: State, group: Group): Outcome => ({
  state: withGroup(state, { ...group, waiting: [] }),
  actions: group.waiting.map(({ function: fn }) => ({ _tag: "Drop", function: fn, reason: "no-sm" }))
})

/** The oldest waiting request of a group; `group` no longer holds it. */
const serve = (state: State, group: Group, request: WaitingRequest, chooser: Chooser): Outcome => {
  if (request.remaining < 0) return drop(withGroup(state, group), request.function, "horizon") //= SQP-MC-8
  const covered = answerCovered(state, group, request) //= SQP-MC-3
  if (covered) return outcome(withGroup(state, covered.group), covered.answer)
  const record = joinRecord(ownGid(state), request.record)
  return ask(state, group, { kind: "join", cause: "join", record, request }, chooser)
}

/** The answer to a join of bits the SA holds, and the group after it; null when the SA must be asked. */
export const answerCovered = (state: State, group: Group, request: WaitingRequest) => {
  const { function: fn, record } = request
  if (!covers(group, record)) return null
  if (!group.record || !matches(record, group.record) || !mayJoin(state, fn, group.record)) {
    return { group, answer: answer(state, group, request, REQUEST_INVALID) }
  }
  const joined = withJoined(state, group, fn, record.joinState)
  return { group: joined, answer: answer(state, joined, request, OK) }
}

type About = Pick<SaTransaction, "kind" | "cause" | "record" | "request">

/** Begins the one transaction of a group with the SA; while the SM is unknown nothing changes (SQP-MC-2). */
const ask = (
  state: State, group: Group, { cause, kind, record, request }: About, chooser: Chooser
): Outcome => {
  const begun = beginSaRequest(state, chooser, retries(state, group.mgid))
  if (begun === null) return outcome(state)
  const transaction: SaTransaction = { ...begun, cause, kind, record, request }
  return outcome(withGroup(state, { ...group, transaction }), askedOfSa(transaction, cause))
}

/** How often a request is sent again; the SA makes a group for every copy of a join of MGID 0. */
export const retries = (state: State, mgid: Gid): number =>
  (mgid === NO_GID ? 0 : state.config.timing.saRetries)

/** The port's own GID, the PF's; no GID while it has no GUID, and then the SA refuses. */
const ownGid = (state: State): Gid => gidOfFunction(state, PF) ?? NO_GID

/** The request of a transaction, on its way to the SA. */
export const askedOfSa = (transaction: SaTransaction, cause: Cause): Action =>
  toSa(transaction, cause, { //= SQP-MC-14
    method: transaction.kind === "join" ? METHOD.SET : METHOD.DELETE,
    attributeId: ATTRIBUTE.MC_MEMBER_RECORD,
    body: transaction.record
  })

/**
 * The answer to a function, as if from the SA: the bits it has in `group` now and, with status 0, the group's
 * record.
 */
export const answer = (
  state: State, group: Group, request: WaitingRequest, status: number, method: number = METHOD.GET_RESP
): Action => {
  const { address, function: fn, guestTid, record } = request
  const known = status === OK && group.record ? group.record : NO_RECORD
  const mgid = status === OK ? group.mgid : record.mgid //= SQP-MC-12
  const body = { ...known, mask: maskOf(), mgid, portGid: record.portGid, joinState: bitsOf(group, fn) }
  return fromSa(state, fn, address, madeMad(method, status, guestTid, body))
}

/** Nobody waits for the answer any more; a join is remembered, for it may still succeed (SQP-MC-9). */
export const giveUp = (
  state: State, { mgid }: Group, transaction: SaTransaction, former = false, lateMs = 0
): State =>
  transaction.kind === "leave"
    ? endSaRequest(state, transaction)
    : giveUpSaRequest(state, transaction, { _tag: "join", mgid }, former, lateMs)

/** One transition for each group there is, in order. */
export const eachGroup = (state: State, transition: (state: State, group: Group) => Outcome): Outcome =>
  sequence(state, ...state.groups.map((group) => (next: State) => transition(next, group)))
