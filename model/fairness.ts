/**
 * Back-pressure (`spec/fairness.md`): what waits while the ring to the wire is full, and is taken when there
 * is room again. Whose MAD is taken next is the environment's choice: it names it.
 */
import type { Event, EventOf } from "./event.ts"
import type { FunctionId, SpecialQp } from "./ids.ts"
import { outcome, type Outcome } from "./outcome.ts"
import { hasWireRoom, withSlots } from "./room.ts"
import type { State } from "./state.ts"
import { functionState, withFunction } from "./tables.ts"

type Deferred = EventOf<"Egress">

const isOf = (fn: FunctionId, qp: SpecialQp) => (mad: Deferred): boolean => mad.function === fn && mad.qp === qp

/**
 * A function posts a MAD: null when it may be taken at once. While the ring to the wire is full, or others of
 * the function wait there, it waits behind them; while as many wait as may, the function is refused.
 */
export const notTaken = (state: State, event: Deferred): Outcome | null => {
  const { function: fn, qp } = event
  const waiting = state.deferred.filter(isOf(fn, qp)).length
  if (waiting >= functionState(state, fn).quotas.queue) { //= SQP-FAIR-3
    return outcome(state, { _tag: "Answer", function: fn, status: "refused", qpn: null, qkey: null, view: null })
  }
  if (waiting === 0 && hasWireRoom(state, qp)) return null
  const deferred = [...state.deferred, event].sort((a, b) => a.function - b.function || a.qp - b.qp)
  return outcome({ ...state, deferred }, { _tag: "Defer", function: fn, qp, reason: "wire-full" }) //= SQP-FAIR-2
}

/** Quotas change: what a function holds beyond a lowered one stays until it ends by itself (SQP-FAIR-6). */
export const quotasChanged = (state: State, { functions, quotas }: EventOf<"QuotasChanged">): Outcome =>
  outcome(functions.reduce( //= SQP-FAIR-6
    (next, fn) => withFunction(next, fn, { quotas: { ...functionState(next, fn).quotas, ...quotas } }), state
  ))

/** Why quotas cannot be these; null if they can. */
export const strayQuotas = (state: State, event: Event): string | null => {
  if (event._tag !== "QuotasChanged") return null
  const { groups = 0, pending = 0, queue = 0 } = event.quotas
  const { limits } = state.config
  const tooMany = groups > limits.groups || pending > limits.pending || queue > limits.queue
  return tooMany ? "a quota is at most what the PF context was made with" : null
}

/**
 * The MADs that may be taken now: of each function and QP the one that waits longest, while there is room.
 */
export const takeable = (state: State): ReadonlyArray<EventOf<"Taken">> =>
  state.deferred
    .filter((mad, i) => hasWireRoom(state, mad.qp) && state.deferred.findIndex(isOf(mad.function, mad.qp)) === i)
    .map((egress) => ({ _tag: "Taken", egress }))

/** Whether an event takes a MAD whose turn it is not (SQP-FAIR-2). */
export const isOutOfTurn = (state: State, event: Event): boolean =>
  event._tag === "Taken" && !takeable(state).some(({ egress }) => egress === event.egress)

/** The state once a MAD that waited is taken. */
export const withoutDeferred = (state: State, egress: Deferred): State =>
  ({ ...state, deferred: state.deferred.toSpliced(state.deferred.indexOf(egress), 1) })

/** What a function posted and nobody took ends with its tunnels (SQP-LIFE-1). */
export const discardDeferred = (state: State, fn: FunctionId): Outcome => {
  const gone = state.deferred.filter((mad) => mad.function === fn)
  const deferred = state.deferred.filter((mad) => mad.function !== fn)
  return outcome(
    { ...state, deferred },
    ...gone.map(() => ({ _tag: "Drop", function: fn, reason: "not-attached" }) as const) //= SQP-LIFE-1
  )
}

/**
 * What reaches the functions of what a step gives them: each MAD takes a slot; what finds none is dropped,
 * all else as if it had been given (SQP-FAIR-4).
 */
export const delivered = ({ actions, state }: Outcome): Outcome => {
  let next = state
  const reached = actions.map((action) => {
    if (action._tag !== "ToFunction") return action
    const { function: fn, qp } = action
    const { room } = functionState(next, fn)
    const slots = room[qp]
    if (slots === 0) return { _tag: "Drop", function: fn, reason: "function-full" } as const //= SQP-FAIR-4
    if (slots !== null) next = withFunction(next, fn, { room: withSlots(room, qp, slots - 1) })
    return action
  })
  return { state: next, actions: reached }
}
