/** Lets things happen to the model one after the other, and names what comes of them. */
import type { Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { type Initial, initial } from "../model/initial.ts"
import type { Outcome } from "../model/outcome.ts"
import type { State } from "../model/state.ts"
import { modelRules } from "./scope.ts"

/**
 * What the only outcome of an event is; an event that leaves a choice among alternatives is a mistake of the
 * test.
 */
export const outcomeOf = (state: State, event: Event): Outcome => {
  const { exhausted, possible } = modelRules(state, event)
  const [only, ...others] = possible
  if (exhausted || only === undefined || others.length > 0) {
    throw new Error(
      `${event._tag} has ${possible.length} outcomes${exhausted ? " and finds no free id" : ""}`
    )
  }
  return only
}

/** The state after events that leave no choice. */
export const after = (state: State, ...events: ReadonlyArray<Event>): State =>
  events.reduce((before, event) => outcomeOf(before, event).state, state)

/** A PF context that has started. */
export const running = (begin: Initial): State => after(initial(begin), { _tag: "Start" })

/** What comes of an event. */
export const actionsOf = (state: State, event: Event): ReadonlyArray<Action> =>
  outcomeOf(state, event).actions

/**
 * Where a MAD ends: "wire", "function 1", or the reason of its drop and who is charged, "gid-pending of 1".
 */
export const endOf = (state: State, event: Event): string => {
  const [action, ...others] = actionsOf(state, event)
  if (action === undefined || others.length > 0) return `${others.length + (action ? 1 : 0)} actions`
  switch (action._tag) {
    case "ToWire":
      return "wire"
    case "ToFunction":
      return `function ${action.function}`
    case "Drop":
      return `${action.reason} of ${action.function ?? "nobody"}`
    default:
      return action._tag
  }
}
