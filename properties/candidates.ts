/**
 * The states a PF context may be in, as far as its outputs tell: each observation keeps those that explain it
 * and follows every way in which they do (decision 0001). Time is split at the moments when something falls due, or must
 * have been done; who fires in between fires at the first of them, and so much later as nobody saw.
 */
import type { Action } from "../model/action.ts"
import { explain } from "../model/bind.ts"
import type { Event, EventOf } from "../model/event.ts"
import type { Observation } from "../model/invariants.ts"
import { takeable } from "../model/fairness.ts"
import { CLASS, METHOD } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import { isOverdue, nextMoment } from "../model/sa-outstanding.ts"
import { Frontier } from "./clocks.ts"

/** A state after an observation, and how the observation came about in it. */
export interface Candidate {
  readonly state: State
  /** The observation, split where the model saw several steps: time, and room for which MADs waited. */
  readonly observations: ReadonlyArray<Observation>
  /** What the model demanded, ids bound: it knows the origin of every MAD. */
  readonly demanded: ReadonlyArray<Action>
  /** The place of the state before, among those that were followed. */
  readonly from: number
}

/** How candidates are kept. */
export interface TrackOptions {
  /** The most candidates that are kept. */
  readonly most: number
  /** Whether the observation lists every drop; a foreign trace may omit them. */
  readonly drops: boolean
  /** Whether there is memory to follow more; asked now and then. */
  readonly hasMemory?: () => boolean
}

/** The candidates after an observation. */
export interface Tracked {
  readonly candidates: ReadonlyArray<Candidate>
  /** Whether some had to be forgotten: what follows can no longer be refused. */
  readonly overflow: boolean
}

/** A candidate on its way through one observation. */
interface Partial extends Candidate {
  readonly remainingMs: number
  readonly rest: ReadonlyArray<Action>
}

/** Where nothing explains the observation: how far the furthest candidate came. */
export interface Stuck {
  readonly state: State
  readonly event: Event
  readonly rest: ReadonlyArray<Action>
}

/** How much time passes in the next step: as far as the next moment that matters to one of the candidates. */
const passingOf = (open: ReadonlyArray<Partial>): number =>
  Math.min(...open.map(({ observations, remainingMs, state }) =>
    // What is overdue may fire as soon as time passes.
    observations.length === 0 && isOverdue(state) ? 0 : Math.min(remainingMs, nextMoment(state))))

/** The event of the next step: some time, any other event whole. */
const stepOf = ({ remainingMs, state }: Partial, event: Event, ms: number): Event => {
  if (event._tag !== "TimePasses") return event
  const within = state.config.timing.slack > 0 ? { within: remainingMs - ms } : {}
  return { _tag: "TimePasses", ms, ...within }
}

/**
 * What may happen next within an observation: after room came, MADs that waited for it, whoever's turn it is.
 */
const nextOf = (partial: Partial, event: Event, ms: number): ReadonlyArray<Event> =>
  event._tag === "WireRoom" && partial.observations.length > 0
    ? takeable(partial.state)
    : [stepOf(partial, event, ms)]

/** Whether a step of an event may be followed by another of the same event. */
const isSplit = ({ _tag }: Event): boolean => _tag === "TimePasses" || _tag === "WireRoom"

/** Whether everything that the event brings about has been done. */
const isDone = ({ remainingMs, rest, state }: Partial, event: Event): boolean =>
  remainingMs === 0 && rest.length === 0 && (event._tag !== "WireRoom" || takeable(state).length === 0)

/**
 * How many times more are followed within one event than after it: most of the orders in which things
 * happened lead to one state.
 */
const BREADTH = 16

/** After so many steps it is asked whether there is memory for more. */
const ASKED_EACH = 16

const msOf = (event: Event): number => (event._tag === "TimePasses" ? event.ms : 0)

const keyOf = ({ remainingMs, rest }: Partial, observed: ReadonlyArray<Action>): string =>
  `${remainingMs} ${rest.map((action) => observed.indexOf(action)).join()}`

/** Those that allow something which no other allows; nothing is compared where there is only one. */
const distinct = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<Candidate> => {
  if (candidates.length < 2) return candidates
  const frontier = new Frontier<Candidate>()
  for (const candidate of candidates) frontier.add("", candidate.state, candidate)
  return [...frontier.all]
}

/**
 * Whether what comes of the MAD touches more than its function: it asks the SA for all functions together.
 */
const isShared = ({ mad }: EventOf<"Egress">): boolean =>
  "mgmtClass" in mad && mad.mgmtClass === CLASS.SA && (mad.method === METHOD.SET || mad.method === METHOD.DELETE)

/**
 * Whether it is all the same when a MAD that waited is taken: nothing else it touches is another's, it takes no room that
 * another may lack, and it is seen to be taken, or there is room for all. Then it is taken first, and the other orders need
 * not be followed.
 */
const isIndifferent = (
  { deferred, functions, wireRoom }: State, step: Event, actions: ReadonlyArray<Action>, drops: boolean
): boolean => {
  if (step._tag !== "Taken" || isShared(step.egress)) return false
  const isAnswered = actions.some((action) =>
    action._tag === "ToFunction" || (action._tag === "Drop" && action.reason === "function-full"))
  if (isAnswered && deferred.some(isShared) && functions.some(({ room }) => room[1] !== null)) return false
  const { qp } = step.egress
  const room = wireRoom[qp]
  const takesRoom = actions.some(({ _tag }) => _tag === "ToWire")
  const isSeen = drops || actions.some(({ _tag }) => _tag !== "Drop")
  return (!takesRoom && isSeen) || room === null || deferred.filter((mad) => mad.qp === qp).length <= room
}

/** Drops that need not be told: the invariants see those by which the model explains the rest. */
const untold = (actions: ReadonlyArray<Action>, drops: boolean): ReadonlyArray<Action> =>
  drops ? [] : actions.filter(({ _tag }) => _tag === "Drop")

const stepsFrom = (partial: Partial, event: Event, ms: number, { drops }: TrackOptions): ReadonlyArray<Partial> => {
  const found: Array<Partial> = []
  for (const step of nextOf(partial, event, ms)) {
    const explained = explain(partial.state, step, partial.rest, { drops, continues: event._tag === "TimePasses" })
    const next = explained.map(({ actions, rest, state }): Partial => ({
      state,
      from: partial.from,
      rest,
      remainingMs: partial.remainingMs - msOf(step),
      observations: [
        ...partial.observations,
        { event: step, actions: [...partial.rest.filter((action) => !rest.includes(action)), ...untold(actions, drops)] }
      ],
      demanded: [...partial.demanded, ...actions]
    }))
    const actions = explained.flatMap((each) => each.actions)
    if (next.length > 0 && isIndifferent(partial.state, step, actions, drops)) return next
    found.push(...next)
  }
  return found
}

/** The candidates that explain all observed outputs of an event, from every state there was. */
export const track = (
  states: ReadonlyArray<State>,
  event: Event,
  observed: ReadonlyArray<Action>,
  options: TrackOptions
): Tracked => {
  const compared = observed.filter((action) => options.drops || action._tag !== "Drop")
  const begin = states.map((state, from): Partial => ({
    state,
    from,
    remainingMs: msOf(event),
    rest: compared,
    observations: [],
    demanded: []
  }))
  const seen = new Frontier<Partial>()
  const done: Array<Candidate> = []
  let open: ReadonlyArray<Partial> = begin
  let overflow = false
  while (open.length > 0) {
    const ms = passingOf(open)
    const found: Array<Partial> = []
    for (const [i, partial] of open.entries()) {
      // Those that are left are forgotten, as those are that are too many.
      const isFull = i % ASKED_EACH === ASKED_EACH - 1 && options.hasMemory?.() === false
      overflow ||= isFull
      if (isFull) break
      found.push(...stepsFrom(partial, event, ms, options))
    }
    done.push(...found.filter((partial) => isDone(partial, event)))
    // A step of no time may still have more to do at that moment; any other event is done in one.
    const unfinished = !isSplit(event) ? [] : found.filter((partial) => !isDone(partial, event))
    for (const partial of unfinished) seen.add(keyOf(partial, compared), partial.state, partial)
    const left = unfinished.filter((partial) => seen.all.has(partial))
    open = left.slice(0, BREADTH * options.most)
    overflow ||= left.length > open.length
  }
  const candidates = distinct(done)
  return {
    candidates: candidates.slice(0, options.most),
    overflow: overflow || candidates.length > options.most
  }
}

/** For an observation that nothing explains: where the candidate stands that came furthest through it. */
export const furthest = (
  states: ReadonlyArray<State>,
  event: Event,
  observed: ReadonlyArray<Action>,
  options: TrackOptions
): Stuck | null => {
  let open = states.map((state, from): Partial => ({
    state,
    from,
    remainingMs: msOf(event),
    rest: observed,
    observations: [],
    demanded: []
  }))
  let best = open[0]
  for (let round = 0; open.length > 0 && round < 1000; round++) {
    best = open[0]
    if (!isSplit(event)) break
    open = open
      .flatMap((partial) => stepsFrom(partial, event, passingOf([partial]), options))
      .filter((partial) => !isDone(partial, event))
      .sort((a, b) => a.remainingMs - b.remainingMs || a.rest.length - b.rest.length)
      .slice(0, 1)
  }
  if (best === undefined) return null
  const [next = event] = nextOf(best, event, passingOf([best]))
  return { state: best.state, event: next, rest: best.rest }
}
