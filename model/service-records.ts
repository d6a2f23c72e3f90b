/**
 * ServiceRecords of VFs, in the order of `spec/service-records.md`: confined to their owner, gone with it.
 */
import type { Chooser } from "./choice.ts"
import { refuse } from "./classes.ts"
import type { FunctionId } from "./ids.ts"
import { PF } from "./ids.ts"
import { ATTRIBUTE, CLASS, type Mad, METHOD, type ServiceRecord } from "./mad.ts"
import { drop, type Egress, outcome, type Outcome, sequence } from "./outcome.ts"
import type { SaArea } from "./sa-areas.ts"
import {
  answers, beginSaRequest, dueNow, endSaRequest, OK, olderRequest, REQUEST_INVALID, toSa
} from "./sa-request.ts"
import type { Registration, SaRequest, ServiceRid, State } from "./state.ts"
import { gidOfFunction, holdsPkey } from "./tables.ts"

/** ComponentMask bits of the RID: ServiceID, ServiceGID, ServiceP_Key. */
const RID_BITS = 0b111
const RID_MASK = "0000000000000007"
/** ServiceLease of a record that does not expire. */
const LEASE_WITHOUT_END = 0xffff_ffff
/** ComponentMask bit of ServiceLease. */
const LEASE_BIT = 1 << 4

/** Whether a record expires; one whose mask has no lease does not. */
const hasLease = ({ lease, mask }: ServiceRecord): boolean =>
  (Number.parseInt(mask.slice(8), 16) & LEASE_BIT) !== 0 && lease !== LEASE_WITHOUT_END

const recordIn = ({ body }: Mad): ServiceRecord | null => (body._tag === "serviceRecord" ? body : null)

const ridOf = ({ gid, pkey, serviceId }: ServiceRecord): ServiceRid => ({ serviceId, gid, pkey })

const nameOf = ({ gid, pkey, serviceId }: ServiceRid): string => `${serviceId} ${gid} ${pkey}`

const isSameRecord = (a: ServiceRid, b: ServiceRid): boolean => nameOf(a) === nameOf(b)

// A VF's Set or Delete

/** Whether a MAD is a VF's Set or Delete of a ServiceRecord. */
export const isServiceChange = ({ function: fn, mad }: Egress): boolean =>
  fn !== PF && mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.SERVICE_RECORD &&
  (mad.method === METHOD.SET || mad.method === METHOD.DELETE)

/** The refusal of a change that is not of the function's own records; null if it may go on (SQP-SVC-1). */
export const refuseForeignService = (state: State, event: Egress): Outcome | null => {
  const record = recordIn(event.mad)
  const mask = record ? Number.parseInt(record.mask.slice(8), 16) : 0
  const own = record && (mask & RID_BITS) === RID_BITS && isOwn(state, event.function, record)
  return own ? null : refuse(state, event, REQUEST_INVALID) //= SQP-SVC-1
}

const isOwn = (state: State, fn: FunctionId, { gid, pkey }: ServiceRid): boolean =>
  gid === gidOfFunction(state, fn) && holdsPkey(state, fn, pkey)

/**
 * A Set or Delete that may leave, by `leave`: once it has left, the record of a Set is registered
 * (SQP-SVC-2).
 */
export const egressService = (
  state: State, event: Egress, leave: (state: State) => Outcome, chooser: Chooser
): Outcome => {
  const record = recordIn(event.mad)
  if (record === null || event.mad.method === METHOD.DELETE) return leave(state)
  const { function: fn } = event
  const known = find(state, fn, record)
  const roomy = known?.deletion === null ? state : makeRoom(state, fn, record, chooser)
  if (roomy === null) return drop(state, fn, "service-quota") //= SQP-SVC-4
  const left = leave(roomy)
  if (!left.actions.some(({ _tag }) => _tag === "ToWire")) return left
  const lease = hasLease(record) ? record.lease * 1000 : null
  const registration: Registration = { function: fn, rid: ridOf(record), lease, deletion: null }
  // Whoever had it: a repetition of its deletion would delete what is registered now.
  const former = left.state.registrations.filter((of) => isSameRecord(of.rid, record))
  const before = former.reduce(withoutRegistration, left.state) //= SQP-SVC-3
  return { ...left, state: withRegistration(before, registration) }
}

/** Room for one more record; where only records past their lease fill the quota, one may be forgotten. */
const makeRoom = (state: State, fn: FunctionId, rid: ServiceRid, chooser: Chooser): State | null => {
  const deleted = state.registrations.filter((of) =>
    of.function === fn && of.deletion !== null && !isSameRecord(of.rid, rid))
  if (deleted.length >= state.config.limits.services) return null
  const own = state.registrations.filter((of) => of.function === fn && of.deletion === null)
  if (own.length < state.config.limits.services) return state
  const optional = own.filter(isOver)
  const answer = chooser.among("service-quota", ["full", ...optional.map(({ rid }) => nameOf(rid))])
  const forgotten = optional.find(({ rid }) => nameOf(rid) === answer)
  return forgotten ? withoutRegistration(state, forgotten) : null
}

const isOver = ({ lease }: Registration): boolean => lease !== null && lease <= 0

/**
 * A response on its way: once it has reached its function, a successful DeleteResp ends the record it names.
 */
export const afterDeleteResp = ({ actions, state }: Outcome): Outcome => {
  const [reached] = actions.flatMap((action) => (action._tag === "ToFunction" ? action : []))
  const isDeleted = reached?.mad.method === METHOD.DELETE_RESP && reached.mad.status === OK
  const record = isDeleted ? recordIn(reached.mad) : null
  const known = record && reached ? find(state, reached.function, record) : undefined
  return { actions, state: known?.deletion === null ? withoutRegistration(state, known) : state }
}

// What is taken back

/** Deletes some records of functions at the SA. */
const takeBack = (
  state: State, isTaken: (registration: Registration) => boolean, chooser: Chooser
): Outcome =>
  eachOf(state, (of) => of.deletion === null && isTaken(of), (next, registration) => {
    const isGone = isOver(registration) &&
      chooser.among("service lease", ["remembered", "forgotten"]) === "forgotten"
    return isGone ? outcome(withoutRegistration(next, registration)) : askToDelete(next, registration, chooser)
  })

/** Begins the deletion of a record; it waits while no SM is known. */
const askToDelete = (state: State, registration: Registration, chooser: Chooser): Outcome => {
  const request = beginSaRequest(state, chooser, state.config.timing.saRetries)
  const next = withRegistration(
    withoutRegistration(state, registration), { ...registration, deletion: request ?? "waits" }
  )
  return request ? outcome(next, toDelete(request, registration)) : outcome(next)
}

const toDelete = (request: SaRequest, { rid }: Registration) =>
  toSa(request, "unregister", {
    method: METHOD.DELETE,
    attributeId: ATTRIBUTE.SERVICE_RECORD,
    body: { _tag: "serviceRecord", mask: RID_MASK, ...rid, lease: 0 }
  })

const isAsked = ({ deletion }: Registration): boolean => deletion !== null

const fallDue = (state: State, registration: Registration, chooser: Chooser): Outcome => {
  const { deletion } = registration
  if (deletion === null || deletion === "waits") return outcome(state)
  const due = dueNow(state, deletion, chooser)
  switch (due._tag) {
    case "Waits":
      return outcome(state)
    case "Again": {
      const again = { ...registration, deletion: due.request }
      const next = withRegistration(withoutKey(state, registration), again)
      return outcome(next, toDelete(due.request, again))
    }
    case "GivenUp":
      return outcome(withoutRegistration(state, registration))
  }
}

const older = (registration: Registration, ms: number): Registration => {
  const { deletion, lease } = registration
  return {
    ...registration,
    lease: lease === null ? null : Math.max(0, lease - ms),
    deletion: deletion === null || deletion === "waits" ? deletion : olderRequest(deletion, ms)
  }
}

/** The area as the rest of the model sees it. */
export const serviceRecords: SaArea = {
  answered: (state, mad) => {
    const answered = state.registrations.find(({ deletion }) =>
      deletion !== null && deletion !== "waits" && answers(mad, deletion))
    const isAnswer = mad.attributeId === ATTRIBUTE.SERVICE_RECORD
    return answered && isAnswer ? outcome(withoutRegistration(state, answered)) : null
  },
  answeredLate: () => null,
  age: (state, ms, chooser) => {
    const aged = { ...state, registrations: state.registrations.map((of) => older(of, ms)) }
    return eachOf(aged, isAsked, (next, registration) => fallDue(next, registration, chooser))
  },
  endFunction: (state, fn, chooser) => takeBack(state, (of) => of.function === fn, chooser), //= SQP-SVC-2
  tellAgain: (state, chooser) =>
    eachOf(state, isAsked, (next, registration) => askToDelete(next, registration, chooser)),
  confine: (state, chooser) => takeBack(state, (of) => !isOwn(state, of.function, of.rid), chooser), //= SQP-SVC-2
  stop: (state, chooser) => {
    const asked = takeBack(state, () => true, chooser)
    return { ...asked, state: asked.state.registrations.reduce(withoutRegistration, asked.state) }
  }
}

// Registrations as facts

const find = (state: State, fn: FunctionId, rid: ServiceRid): Registration | undefined =>
  state.registrations.find((of) => of.function === fn && isSameRecord(of.rid, rid))

/** The record is no longer known; the TID of its deletion rests. */
const withoutRegistration = (state: State, gone: Registration): State => {
  const { deletion } = gone
  const after = withoutKey(state, gone)
  return deletion === null || deletion === "waits" ? after : endSaRequest(after, deletion)
}

const withoutKey = (state: State, gone: Registration): State => ({
  ...state,
  registrations: state.registrations.filter((of) => !isSameRecord(of.rid, gone.rid))
})

/** By what registrations are kept in order. */
export const keyOf = ({ function: fn, rid }: Registration): string => `${String(fn).padStart(3, "0")} ${nameOf(rid)}`

const withRegistration = (state: State, registration: Registration): State => ({
  ...state,
  registrations: [...state.registrations, registration].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
})

const eachOf = (
  state: State,
  concerns: (registration: Registration) => boolean,
  transition: (state: State, registration: Registration) => Outcome
): Outcome =>
  sequence(state, ...state.registrations.filter(concerns).map((of) => (next: State) => transition(next, of)))
