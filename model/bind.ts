/**
 * The three questions about freedom, derived once from `step` (decision 0001): which choices are possible,
 * whether one is permitted, and which explain what was observed.
 */
import * as Result from "effect/Result"
import type { Action } from "./action.ts"
import { type Choice, Chooser, type Draw, isVariable, variable } from "./choice.ts"
import type { Event } from "./event.ts"
import type { Outcome } from "./outcome.ts"
import type { State } from "./state.ts"
import { step, stepBy } from "./step.ts"

/** A choice with what it leads to. */
export interface Possible extends Outcome {
  readonly choice: Choice
}

/**
 * All choices over a pool of ids; `exhausted` says that a question found no permitted id in the pool, so the
 * scope is not complete.
 */
export interface Choices {
  readonly possible: ReadonlyArray<Possible>
  readonly exhausted: boolean
}

/** Ids to draw from while exploring: hex text per space, e.g. `tid: ["0000000000000001"]`. */
export type Pool = Readonly<Record<"tid" | "comm" | "sidr" | "qpn", ReadonlyArray<string>>>

/** How many alternatives an event may ask about before something is wrong with the model. */
const MAX_QUESTIONS = 64

interface Enumeration {
  readonly possible: Array<Possible>
  exhausted: boolean
}

/** Runs the step with drawn ids, and once more for each alternative it asks about beyond those `given`. */
const enumerate = (state: State, event: Event, draw: Draw, given: Choice, found: Enumeration): void => {
  const chooser = new Chooser(given, draw)
  const result = stepBy(state, event, chooser)
  if (Result.isSuccess(result)) {
    found.possible.push({ choice: chooser.answers(), ...result.success })
    return
  }
  const rejection = result.failure
  if (rejection._tag !== "ChoiceRejected" || rejection.fault._tag !== "ChoiceTooShort") return
  const { question } = rejection.fault
  if (question._tag === "FreshId") {
    found.exhausted = true
    return
  }
  if (given.length >= MAX_QUESTIONS) {
    throw new Error(`${event._tag} asks more than ${MAX_QUESTIONS} questions`)
  }
  for (const alternative of question.alternatives) {
    enumerate(state, event, draw, [...given, alternative], found)
  }
}

/**
 * The possible choices of an event. A fresh id is drawn from the pool: the first that is permitted stands for
 * all that are, because no rule looks at an id but to compare it.
 */
export const choices = (state: State, event: Event, pool: Pool): Choices => {
  const found: Enumeration = { possible: [], exhausted: false }
  enumerate(state, event, (space, permitted) => pool[space].find(permitted), [], found)
  return found
}

/** Whether the rules permit the choice for this event. */
export const permits = (state: State, event: Event, choice: Choice): boolean =>
  Result.isSuccess(step(state, event, choice))

/** What a checker compares an observation by. */
export interface BindOptions {
  /** Whether the observation lists every drop; a foreign trace may omit them. */
  readonly drops: boolean
  /**
   * Whether more is to come that explains the rest: then the MADs that leave now are the first of those seen
   * to leave.
   */
  readonly continues?: boolean
}

/** An outcome that accounts for some of what was observed, and the rest of it. */
export interface Explanation extends Possible {
  readonly rest: ReadonlyArray<Action>
}

/**
 * Every choice under which an event gives some of the observed outputs and nothing else, with the state it
 * leads to and the outputs it leaves unexplained. Ids are bound by running the step on variables and matching
 * its actions with what was seen.
 */
export const explain = (
  state: State,
  event: Event,
  observed: ReadonlyArray<Action>,
  options: BindOptions
): ReadonlyArray<Explanation> => {
  const compared = observed.filter((action) => options.drops || action._tag !== "Drop")
  const explained = new Map<string, Explanation>()
  for (const candidate of symbolicOutcomes(state, event)) {
    const { later, now } = options.continues ? atOnce(candidate.actions, compared) : { now: compared, later: [] }
    for (const { bound, rest: left } of matchings(candidate.actions, now, options)) {
      const rest = [...left, ...later]
      const found = substituted(state, event, candidate, bound)
      const key = `${found?.choice.join()} ${rest.map((action) => compared.indexOf(action)).join()}`
      if (found) explained.set(key, { ...found, rest })
    }
  }
  return [...explained.values()]
}

/** An outcome with ids in the place of its variables; null when the rules do not permit these ids. */
const substituted = (
  state: State, event: Event, outcome: Possible, bound: ReadonlyMap<string, string>
): Possible | null => {
  if (!outcome.choice.some(isVariable)) return outcome
  const choice = outcome.choice.map((answer) => bound.get(answer) ?? answer)
  const result = step(state, event, choice)
  return Result.isSuccess(result) ? { choice, ...result.success } : null
}

/** What may be seen at once with what is demanded: of the MADs to the wire as many, and those the first. */
const atOnce = (
  demanded: ReadonlyArray<Action>, observed: ReadonlyArray<Action>
): { readonly now: ReadonlyArray<Action>; readonly later: ReadonlyArray<Action> } => {
  const leaves = ({ _tag }: Action): boolean => _tag === "ToWire"
  const later = observed.filter(leaves).slice(demanded.filter(leaves).length)
  return { now: observed.filter((action) => !later.includes(action)), later }
}

/**
 * Every outcome of an event over variables in place of fresh ids: what the rules demand, whatever the ids.
 */
export const symbolicOutcomes = (state: State, event: Event): ReadonlyArray<Possible> => {
  const symbolic: Enumeration = { possible: [], exhausted: false }
  enumerate(state, event, (_space, _permitted, n) => variable(n), [], symbolic)
  return symbolic.possible
}

/**
 * Every choice that explains all observed outputs of an event; none means that the observation is not
 * allowed.
 */
export const bind = (
  state: State,
  event: Event,
  observed: ReadonlyArray<Action>,
  options: BindOptions = { drops: true }
): ReadonlyArray<Possible> => explain(state, event, observed, options).filter(({ rest }) => rest.length === 0)

/** Variables and what they stand for. */
type Substitution = ReadonlyMap<string, string>

/** Variables bound so that all demanded actions were observed, and the observed actions beyond them. */
export interface Matching {
  readonly bound: Substitution
  readonly rest: ReadonlyArray<Action>
}

/**
 * All ways to find each action a step demands among the observed ones, one to one, order kept within a flow.
 */
export const matchings = (
  demanded: ReadonlyArray<Action>,
  observed: ReadonlyArray<Action>,
  { drops }: BindOptions
): ReadonlyArray<Matching> =>
  matchRest(
    demanded.filter((action) => drops || action._tag !== "Drop"),
    observed,
    new Map()
  )

const matchRest = (
  demanded: ReadonlyArray<Action>,
  observed: ReadonlyArray<Action>,
  bound: Substitution
): ReadonlyArray<Matching> => {
  const [first, ...others] = demanded
  if (first === undefined) return [{ bound, rest: observed }]
  const flow = flowOf(first)
  const candidates = observed.filter((action) => flowOf(action) === flow)
  // Within a flow the order is fixed; MADs to the wire of one event belong to different flows and may be
  // permuted.
  const eligible = first._tag === "ToWire" ? candidates : candidates.slice(0, 1)
  let isFound = false
  return eligible.flatMap((action) => {
    const next = unify(first, action, bound)
    // Either all bind something new or none does, and then they are all alike: the first stands for them.
    if (isFound) return []
    isFound ||= next === bound
    return next ? matchRest(others, observed.toSpliced(observed.indexOf(action), 1), next) : []
  })
}

/** Whether an observed action is one the rules demand; what no output shows is not compared. */
export const isSame = (demanded: Action, seen: Action): boolean =>
  unify(demanded, seen, new Map()) !== undefined

const flowOf = (action: Action): string => {
  switch (action._tag) {
    case "ToWire":
      return `wire ${action.qp}`
    case "ToFunction":
      return `function ${action.function} ${action.qp} ${action.address.slid} ${action.address.srcQp}`
    case "Tunnel":
      return `tunnel ${action.function} ${action.qp}`
    case "Defer":
      return `defer ${action.function} ${action.qp}`
    case "Drop":
      return `drop ${action.function} ${action.reason}`
    case "EventTo":
    case "Answer":
      return `${action._tag} ${action.function}`
  }
}

/** The model's own explanation, which no output shows. */
const UNSEEN: ReadonlySet<string> = new Set(["from", "cause", "payload"])

/** The substitution that makes `demanded` equal to `seen`, or undefined if there is none. */
const unify = (demanded: unknown, seen: unknown, bound: Substitution): Substitution | undefined => {
  if (typeof demanded === "string" && isVariable(demanded)) {
    return typeof seen === "string" ? bindVariable(demanded, seen, bound) : undefined
  }
  if (typeof demanded === "number" && demanded < 0) {
    // A negative number is a QPN variable (choice.ts).
    const qpn = typeof seen === "number" ? seen.toString(16).padStart(6, "0") : undefined
    return qpn === undefined ? undefined : bindVariable(variable(-1 - demanded), qpn, bound)
  }
  if (!isFields(demanded) || !isFields(seen)) {
    return demanded === seen ? bound : undefined
  }
  return unifyFields(demanded, seen, bound)
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

const unifyFields = (demanded: Fields, seen: Fields, bound: Substitution): Substitution | undefined => {
  let result: Substitution | undefined = bound
  let open = 0
  for (const key of Object.keys(seen)) if (!UNSEEN.has(key)) open += 1
  for (const key of Object.keys(demanded)) {
    if (UNSEEN.has(key)) continue
    result = key in seen ? unify(demanded[key], seen[key], result) : undefined
    if (result === undefined) return undefined
    open -= 1
  }
  return open === 0 ? result : undefined
}

const bindVariable = (name: string, value: string, bound: Substitution): Substitution | undefined => {
  const before = bound.get(name)
  if (before !== undefined) return before === value ? bound : undefined
  return new Map([...bound, [name, value]])
}
