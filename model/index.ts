/**
 * The package entry `madmux/model`: the rules as a program, their freedom, their invariants, and an explorer.
 */

// The step and its freedom
export { type Rejection, step } from "./step.ts"
export { nextDue } from "./sa-outstanding.ts"
export type { Outcome } from "./outcome.ts"
export { bind, type BindOptions, type Choices, choices, explain, type Explanation, permits } from "./bind.ts"
export { type Pool, type Possible, symbolicOutcomes } from "./bind.ts"
export type { Choice, ChoiceFault, IdSpace, Question } from "./choice.ts"

// What goes in, what comes out
export type { EgressAddress, Event, EventOf, Grh, GrhRequest, IngressAddress } from "./event.ts"
export type { QueryAttribute, VerbRequest } from "./event.ts"
export type { Action, ActionOf, Cause, FunctionEvent, View, WireAddress } from "./action.ts"
export type {
  Body,
  Cm,
  CmMessage,
  CmOf,
  JoinState,
  Mad,
  Malformed,
  McMember,
  McMembers,
  Payload,
  Rmpp,
  SaHeader
} from "./mad.ts"
export { ATTRIBUTE, CLASS, METHOD } from "./mad.ts"

// Where it begins
export { defaultLimits, defaultPolicy, defaultTiming, type Initial, initial } from "./initial.ts"
export type { Allowance, Config, FunctionState, Limits, Policy, Port, State, Timing } from "./state.ts"
export { DEFAULT_PREFIX, gidOf, guidOf, NO_COMM_ID, NO_GID, NO_GUID, PF, prefixOf, SA_GUID } from "./ids.ts"
export { CommId, FunctionId, Gid, Guid, Lid, Qpn, SubnetPrefix, Tid, WireCommId, WireTid } from "./ids.ts"
export type { SpecialQp } from "./ids.ts"

// What must hold, whoever the PF context is
export { type Invariant, invariant, type Monitor, type Observation, type Verdict } from "./invariants.ts"
export { invariantsOver, memoryKey, observeAll, violations, violationsOf } from "./invariants.ts"
export { allInvariants, transportInvariants } from "./invariants-all.ts"

// Exploring
export { type Bounds, type Counterexample, type Exploration, explore, type Move } from "./explore.ts"
export { type Numbered, type Progress, STUCK, type System } from "./explore.ts"
export { Recall, type Recalled } from "./recall.ts"
export { comesToRest, restless } from "./environment/rest.ts"
export { type Attempt, type Change, closedSystem, type Environment } from "./environment/closed-system.ts"
export type { Renames, World } from "./worlds.ts"
export {
  eventSystem,
  type Named,
  type Rules,
  rulesOver,
  type Watched,
  watched,
  watchedSystem
} from "./environment/event-system.ts"
export {
  stillTidScope,
  type TidQuestion,
  type TidScope,
  tidSystem,
  type TidWorld
} from "./environment/tid-system.ts"
export { cmSystem } from "./environment/cm-system.ts"
export { type CmScope, type CmWorld, stillScope as stillCmScope } from "./environment/cm-scope.ts"
export { type MulticastWorld, multicastSystem } from "./environment/multicast-system.ts"
export { type MulticastScope, stillScope as stillMulticastScope } from "./environment/multicast-scope.ts"
