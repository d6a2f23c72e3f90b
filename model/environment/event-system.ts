/**
 * A PF context to which any of a few events may happen at any time: for rules that need no peer that answers.
 * Whatever comes of them is judged by invariants.
 */
import { type Choices, choices, type Pool } from "../bind.ts"
import type { Event } from "../event.ts"
import type { PfContext, System } from "../explore.ts"
import { takeable } from "../fairness.ts"
import { type Initial, initial } from "../initial.ts"
import { type Invariant, memoryKey, observeAll } from "../invariants.ts"
import type { Outcome } from "../outcome.ts"
import { Recall } from "../recall.ts"
import { stateRenamed } from "../renaming-state.ts"
import type { State } from "../state.ts"
import type { World } from "../worlds.ts"
import { closedSystem } from "./closed-system.ts"
import { comesToRest } from "./rest.ts"

/** What may come of an event; a wrong model is given in the place of {@link rulesOver}. */
export type Rules = (state: State, event: Event) => Choices

/** The rules of the model over a pool of ids. */
export const rulesOver =
  (pool: Pool): Rules =>
  (state, event) =>
    choices(state, event, pool)

/** A PF context with what watches it. */
export interface Watched extends World {
  /** How it began; only where a system begins. */
  readonly since?: Since
}

/** What a PF context was made from, and what happened to it before a system begins. */
export type Since = Pick<PfContext<never>, "initial" | "before">

/** A PF context before anything happened, watched by these invariants. */
export const watched = (begin: Initial, invariants: ReadonlyArray<Invariant>): Watched => ({
  state: initial(begin),
  monitors: invariants.map((each) => each.start()),
  since: { initial: begin, before: [] }
})

/** Everything an event may lead to. A pool that runs dry is a mistake of the scope. */
export const happen = (rules: Rules, { monitors, since, state }: Watched, event: Event): ReadonlyArray<Happened> =>
  outcomesIn(rules, state, event).map(({ actions, state: after }) => {
    const observation = { event, actions }
    const watched = { state: after, monitors: observeAll(monitors, observation) }
    if (!since) return { observation, watched }
    return { observation, watched: { ...watched, since: { ...since, before: [...since.before, observation] } } }
  })

/** The PF context of a system that begins with it, for {@link System.context}. */
export const contextIn = <S>(
  { monitors, since }: Watched, stateOf: (world: S) => State
): Pick<System<S, string>, "context"> =>
  (since ? { context: { ...since, invariants: monitors.length, stateOf } } : {})

/** All outcomes that the rules permit; throws a sentence where a pool of ids runs dry. */
export const outcomesIn = (rules: Rules, state: State, event: Event): Choices["possible"] => {
  const { exhausted, possible } = rules(state, event)
  if (exhausted) throw new Error(`${event._tag} finds no free id: the pool of the scope is too small`)
  return possible
}

/** One outcome of an event, and the PF context after it. */
export interface Happened {
  readonly observation: { readonly event: Event; readonly actions: Choices["possible"][number]["actions"] }
  readonly watched: Watched
}

/** Equal exactly for equal states with equal memories. */
export const watchedKey = ({ monitors, state }: Watched): string => `${stateKey(state)}${memoryKey(monitors)}`

/** What never changes need not be named again and again. */
const stateKey = ({ config: _, ...state }: State): string => JSON.stringify(state)

/** An event with the name it has in a counterexample, and in which states it may happen if not in all. */
export interface Named {
  readonly name: string
  readonly event: Event
  readonly when?: (state: State) => boolean
}

/** Where MADs waited and have room, the scheduler comes first, in any order; else any event may happen. */
const possibleIn = (state: State, events: ReadonlyArray<Named>): ReadonlyArray<Named> => {
  const due = takeable(state)
  if (due.length === 0) return events.filter(({ when }) => when?.(state) ?? true)
  return due.map((event) => ({ name: `MAD of ${event.egress.function} taken`, event }))
}

/** The system in which any of the events may happen next. */
export const eventSystem = (
  begin: Watched,
  events: ReadonlyArray<Named>,
  rules: Rules
): System<Watched, string> => watchedSystem(begin, rules, ({ state }) => possibleIn(state, events))

/** The system in which any of these events may happen next, by what is so far. */
export const watchedSystem = (
  begin: Watched, rules: Rules, possible: (now: Watched) => ReadonlyArray<Named>
): System<Watched, string> => {
  const recall = new Recall()
  const rests = comesToRest(passing(rules, recall))
  const { monitors: atFirst, state: first } = begin
  return {
    ...closedSystem<World>({
      initial: { state: first, monitors: atFirst },
      ways: [(now) => possible(now).map(({ event, name }) => ({ label: name, event, change: {} }))],
      outcomes: (state, event) => outcomesIn(rules, state, event),
      meets: () => ({}),
      named: (label, actions) => `${label}: ${namesOf(actions)}`,
      renames: { state: stateRenamed },
      alike: []
    }, recall),
    key: watchedKey,
    violations: ({ monitors }) => recall.violations(monitors),
    quiet: ({ state }) => rests(state),
    ...contextIn(begin, ({ state }) => state)
  }
}

/** What comes of an event; where it is free to do this or that, what comes first. */
export const firstOutcome =
  (rules: Rules, recall: Recall) =>
  (state: State, event: Event): Outcome => {
    const [first] = recall.outcomes(state, event, () => outcomesIn(rules, state, event))
    return { actions: first?.observation.actions ?? [], state: first?.state ?? state }
  }

/** What time does to a state; where it is free to do something now or later, what comes first. */
export const passing =
  (rules: Rules, recall: Recall): ((state: State, ms: number) => State) => {
    const first = firstOutcome(rules, recall)
    return (state, ms) => first(state, { _tag: "TimePasses", ms }).state
  }

/** The actions in short, for people. */
export const namesOf = (actions: Happened["observation"]["actions"]): string =>
  actions
    .map((action) => {
      switch (action._tag) {
        case "Defer":
          return `deferred ${action.function}`
        case "Drop":
          return `drop ${action.reason}`
        case "ToWire":
          return `to wire ${action.mad.tid}`
        case "ToFunction":
          return `to function ${action.function} ${action.mad.tid}`
        case "EventTo":
          return `${action.event} to function ${action.function}`
        case "Tunnel":
          return `tunnel ${action.function} ${action.qp}`
        case "Answer":
          return `${action.status} to function ${action.function}`
      }
    })
    .join(", ") || "nothing"
