/** Alias GUIDs, in the order of `spec/guid.md`: a VF has the GUID that the SA says it has. */
import type { Action } from "./action.ts"
import type { Chooser } from "./choice.ts"
import { refuse } from "./classes.ts"
import type { EventOf } from "./event.ts"
import { aliasIn, isTaken, mayBeAdmin, mayBeChosen, wantedBy, withAlias } from "./guids-alias.ts"
import { tellGuids } from "./guids-heard.ts"
import { isOwnSlot, recordAbout, shownIn } from "./guids-record.ts"
import { askedOfSa, askFor, askToRelease, withoutAsked } from "./guids-request.ts"
import { FunctionId, type Guid, NO_GUID } from "./ids.ts"
import { type Mad, METHOD } from "./mad.ts"
import { type Egress, outcome, type Outcome, sequence } from "./outcome.ts"
import { firing, type Timer } from "./sa-outstanding.ts"
import { answers, dueNow, endSaRequest, OK, olderRequest, REQUEST_INVALID } from "./sa-request.ts"
import type { State } from "./state.ts"
import { functionState, withFunction } from "./tables.ts"

// Administration

/** The administrator says which GUID a VF shall have; refused where it cannot be (SQP-GUID-6). */
export const adminGuid = (
  state: State, { function: fn, guid }: EventOf<"AdminGuid">, chooser: Chooser
): Outcome => {
  const given = withAdmin(state, fn, guid)
  if (!given) return outcome(state, answer(fn, "refused"))
  return sequence(given, (next) => outcome(next, answer(fn, "ok")), (next) => settleGuids(next, chooser))
}

/** State in which a VF has this admin GUID; null where it may not have it. */
const withAdmin = (state: State, fn: FunctionId, guid: Guid | null): State | null => {
  if (!mayBeAdmin(state, fn, guid)) return null //= SQP-GUID-6
  if (aliasIn(state, fn).admin === guid) return state
  return withAlias(state, fn, { ...restarted(state), admin: guid, confirmed: false })
}

/** A VF's Set or Delete of GUIDInfoRecord, which policy lets pass: for its own slot only (SQP-GUID-11). */
export const egressGuid = (state: State, event: Egress, chooser: Chooser): Outcome => {
  const { function: fn, mad: { body, method } } = event
  const asked = body._tag === "guidInfo" && isOwnSlot(state.port.lid, body) ? body.guids[0] : undefined
  const wish = asked === undefined || method === METHOD.SET ? asked : null
  const given = wish === undefined ? null : withAdmin(state, fn, wish) //= SQP-GUID-11
  if (!given) return refuse(state, event, REQUEST_INVALID)
  return sequence(given, (next) => refuse(next, event, OK), (next) => settleGuids(next, chooser))
}

const answer = (fn: FunctionId, status: "ok" | "refused"): Action =>
  ({ _tag: "Answer", function: fn, status, qpn: null, qkey: null, view: null })

/** No back-off, and the next one is the shortest. */
const restarted = ({ config }: State) => ({ due: null, backOffMs: config.timing.guidRetry })

// What is asked of the SA

/** Asks what is to be asked, lowest function first, then tells the functions whose GUID is another now. */
export const settleGuids = (state: State, chooser: Chooser): Outcome =>
  sequence(
    state,
    ...state.functions.map((_, i) => (next: State) => settle(next, FunctionId(i), chooser)),
    tellGuids
  )

/** What a function without a transaction does next. */
const settle = (state: State, fn: FunctionId, chooser: Chooser): Outcome => {
  const { asked, confirmed, due, transaction } = aliasIn(state, fn)
  const { smLid, up } = state.port
  if (!state.running || transaction || due !== null || !up || smLid === null) return outcome(state)
  const wanted = wantedBy(state, fn)
  if (asked !== null && asked !== wanted) return askToRelease(state, fn, chooser) //= SQP-GUID-9
  if (wanted === null || confirmed) return outcome(state)
  if (wanted !== NO_GUID && isTaken(state, fn, wanted)) return outcome(state) //= SQP-GUID-6
  return askFor(state, fn, wanted, chooser) //= SQP-GUID-3
}

// The SA's answer

/** The SA answers about a slot; null for a response that is none to what was sent (SQP-GUID-7). */
export const answeredGuid = (state: State, mad: Mad, chooser: Chooser): Outcome | null => {
  const n = state.functions.findIndex(({ alias }) => alias?.transaction && answers(mad, alias.transaction))
  const transaction = state.functions[n]?.alias?.transaction
  const fn = FunctionId(n)
  const record = transaction ? recordAbout(transaction.lid, fn, mad) : null //= SQP-GUID-7
  if (!transaction || !record) return null
  const open = endSaRequest(withAlias(state, fn, { transaction: null }), transaction)
  if (transaction.kind === "set") {
    return settleGuids(answered(open, fn, transaction.guid, shownIn(fn, record, mad.status)), chooser)
  }
  return settleGuids(mad.status === OK ? released(open, fn) : backingOff(open, fn), chooser)
}

/** The answer to a Set of `sent`, in which the slot shows `shown`. */
const answered = (state: State, fn: FunctionId, sent: Guid, shown: Guid): State => {
  const isShown = sent === NO_GUID ? mayBeChosen(state, fn, shown) : shown === sent
  const isWanted = wantedBy(state, fn) === sent
  const known = isShown ? withAlias(state, fn, { ...restarted(state), asked: shown }) : state
  if (!isWanted) return known
  if (!isShown) return declined(state, fn)
  //= SQP-GUID-4
  return withFunction(withAlias(known, fn, { admin: shown, confirmed: true }), fn, { slot: shown })
}

/** The function does not get the GUID that was asked for it, or has it no longer. */
const declined = (state: State, fn: FunctionId): State =>
  backingOff(withAlias(withoutAsked(state, fn), fn, { confirmed: false }), fn) //= SQP-GUID-4

/** The SA does not hold anything for the slot any more. */
const released = (state: State, fn: FunctionId): State =>
  withAlias(withoutAsked(state, fn), fn, { ...restarted(state), asked: null, confirmed: false })

/** `lateMs`: by how much later it may begin than now. */
const backingOff = (state: State, fn: FunctionId, lateMs = 0): State => {
  const { backOffMs } = aliasIn(state, fn)
  const next = Math.min(2 * backOffMs, state.config.timing.guidRetryMax)
  return withAlias(state, fn, { due: backOffMs, backOffMs: next, late: lateMs }) //= SQP-GUID-5
}

// Time

/** Time passes: what is due is done now or, inside the slack, later. */
export const ageGuids = (state: State, ms: number, chooser: Chooser): Outcome => {
  const aged = each(state, (next, fn) => {
    const { due, transaction } = aliasIn(next, fn)
    return withAlias(next, fn, {
      due: due === null ? null : due - ms,
      transaction: transaction && olderRequest(transaction, ms)
    })
  })
  return sequence(
    aged,
    ...state.functions.map((_, i) => (next: State) => sequence(
      next,
      (given) => fallDue(given, FunctionId(i), chooser),
      (given) => settle(given, FunctionId(i), chooser)
    )),
    tellGuids
  )
}

const fallDue = (state: State, fn: FunctionId, chooser: Chooser): Outcome => {
  const { due, transaction, ...alias } = aliasIn(state, fn)
  if (!transaction) return outcome(due === null ? state : resumed(state, fn, { ...alias, due }, chooser))
  const now = dueNow(state, transaction, chooser)
  switch (now._tag) {
    case "Waits":
      return outcome(state)
    case "Again":
      return outcome(withAlias(state, fn, { transaction: now.request }), askedOfSa(now.request, fn))
    case "GivenUp":
      return outcome(backingOff(endSaRequest(withAlias(state, fn, { transaction: null }), transaction), fn, chooser.lateMs))
  }
}

/** The back-off ends, or inside the slack goes on (SQP-GUID-5). */
const resumed = (state: State, fn: FunctionId, timer: Timer, chooser: Chooser): State =>
  firing(state, timer, chooser) === null ? state : withAlias(state, fn, { due: null }) //= SQP-GUID-5

// Port events and endings

/** Another SA, or another LID: all is asked again, and stays in use until declined (SQP-GUID-8). */
export const askGuidsAgain = (state: State, chooser: Chooser): Outcome =>
  settleGuids(each(withoutTransactions(state), (next, fn) =>
    withAlias(next, fn, { ...restarted(next), confirmed: false })), chooser) //= SQP-GUID-8

/** All transactions are given up: a late answer finds nobody. */
const withoutTransactions = (state: State): State =>
  each(state, (next, fn) => {
    const { transaction } = aliasIn(next, fn)
    return transaction ? endSaRequest(withAlias(next, fn, { transaction: null }), transaction) : next
  })

/** The link is up: back-offs end. */
export const resumeGuids = (state: State, chooser: Chooser): Outcome =>
  settleGuids(each(state, (next, fn) => withAlias(next, fn, restarted(next))), chooser)

/** The SM wrote the slots of `written`: what it shows there counts, where nothing is under way. */
export const followTable = (
  state: State, written: (fn: FunctionId) => boolean, chooser: Chooser
): Outcome => {
  const followed = each(state, (next, fn) => {
    const { asked, confirmed, transaction } = aliasIn(next, fn)
    const { slot } = functionState(next, fn)
    if (transaction || !written(fn)) return next
    if (slot === NO_GUID) return confirmed ? declined(next, fn) : next
    const isShown = slot === asked && asked === wantedBy(next, fn)
    return isShown ? withAlias(next, fn, { ...restarted(next), confirmed: true }) : next //= SQP-GUID-4
  })
  return settleGuids(followed, chooser)
}

/** A function came or went: what it wants is another. */
export const wantGuid = (state: State, fn: FunctionId, chooser: Chooser): Outcome => {
  const { alias } = functionState(state, fn)
  const changed = alias ? withAlias(state, fn, { ...restarted(state), confirmed: false }) : state
  return settleGuids(changed, chooser)
}

/** The PF context stops: what is asked is released while the wire is up; nothing is awaited (SQP-LIFE-3). */
export const stopGuids = (state: State, chooser: Chooser): Outcome => {
  const left = sequence(
    withoutTransactions(state),
    ...state.functions.map(({ alias }, i) => (next: State) =>
      state.port.up && alias && alias.asked !== null
        ? askToRelease(next, FunctionId(i), chooser) //= SQP-GUID-9
        : outcome(next))
  )
  const over = each(withoutTransactions(left.state), (next, fn) =>
    withAlias(withoutAsked(next, fn), fn, { ...restarted(next), asked: null, confirmed: false }))
  return { state: over, actions: left.actions }
}

/** Every function that has an alias GUID, changed. */
const each = (state: State, change: (state: State, fn: FunctionId) => State): State =>
  state.functions.reduce((next, { alias }, i) => (alias ? change(next, FunctionId(i)) : next), state)
