/** Ways to make a wrong model of the right one. */
import type { Action } from "../model/action.ts"
import { type Rules } from "../model/environment/event-system.ts"
import type { Event, EventOf } from "../model/event.ts"
import { FunctionId } from "../model/ids.ts"
import { isMad, isSubnetManagement } from "../model/invariants-crossing.ts"
import type { Mad } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import type { Reason } from "../spec/reasons.ts"
import type { RequirementId } from "../spec/requirements.ts"
import { modelRules } from "./scope.ts"
import { PF } from "./small-world.ts"

/** One wrong model, and the requirement whose invariant must say so. */
export interface ModelMutant {
  readonly title: string
  readonly breaks: RequirementId
  readonly rules: Rules
}

/** What comes of an event. */
export type Actions = ReadonlyArray<Action>

/** A model whose actions come out changed. */
export const acting =
  (change: (actions: Actions, event: Event, before: State) => Actions): Rules =>
  (state, event) => {
    const all = modelRules(state, event)
    return {
      ...all,
      possible: all.possible.map((each) => ({ ...each, actions: change(each.actions, event, state) }))
    }
  }

/** A model each of whose actions of one kind comes out changed. */
export const changing = <Tag extends Action["_tag"]>(
  tag: Tag,
  change: (action: Extract<Action, { _tag: Tag }>, event: Event, before: State) => Action
): Rules =>
  acting((actions, event, before) =>
    actions.map((action) => (isOf(tag, action) ? change(action, event, before) : action))
  )

const isOf = <Tag extends Action["_tag"]>(
  tag: Tag,
  action: Action
): action is Extract<Action, { _tag: Tag }> => action._tag === tag

/** A model that goes on from another state than it is in. */
export const seeing =
  (change: (state: State, event: Event) => State): Rules =>
  (state, event) =>
    modelRules(change(state, event), event)

/** A model that ends in another state than it should. */
export const ending =
  (change: (after: State, event: Event, before: State) => State): Rules =>
  (state, event) => {
    const all = modelRules(state, event)
    return {
      ...all,
      possible: all.possible.map((each) => ({ ...each, state: change(each.state, event, state) }))
    }
  }

/** A model that takes another event for the one that happened. */
export const taking =
  (change: (event: Event, state: State) => Event): Rules =>
  (state, event) =>
    modelRules(state, change(event, state))

/** A model that lets pass what it should drop for this reason. */
export const admitting = (reason: Reason, instead: (event: Event, state: State) => Action | null): Rules =>
  acting((actions, event, state) => {
    const dropped = actions.some((action) => action._tag === "Drop" && action.reason === reason)
    const passed = dropped ? instead(event, state) : null
    return passed ? [passed] : actions
  })

/** The MAD of a function as it would leave. */
export const leaves = (event: Event): Action | null => {
  if (event._tag !== "Egress" || !isMad(event.mad)) return null
  const { address, function: from, mad, qp } = event
  const grh = address.grh && { ...address.grh, sgidIndex: from }
  return { _tag: "ToWire", qp, from, cause: null, address: { ...address, grh }, mad }
}

/** The MAD from the wire as a function would get it. */
export const arrives =
  (fn: FunctionId) =>
  (event: Event): Action | null => {
    if (event._tag !== "Ingress" || !isMad(event.mad)) return null
    const { address, mad, qp } = event
    return { _tag: "ToFunction", function: fn, qp, address: { ...address, pkeyIndex: 0 }, mad }
  }

/** Whether the R bit is set. */
export const isResponse = ({ method }: Mad): boolean => method >= 0x80
/** Another function. */
export const next = (fn: FunctionId, { functions }: State): FunctionId =>
  FunctionId((fn + 1) % functions.length)
/** The event as if the MAD had come without a GRH. */
export const withoutGrh = (event: Event): Event =>
  event._tag === "Ingress" ? { ...event, address: { ...event.address, grh: null } } : event
/** Whether a VF sends an SMP. */
export const smpOfVf = (event: Event): event is EventOf<"Egress"> =>
  event._tag === "Egress" && event.function !== PF && isMad(event.mad) && isSubnetManagement(event.mad)
