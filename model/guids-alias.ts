/** Alias GUIDs as facts: what a function wants, what is its own, what is nobody's. Nothing here decides. */
import { FunctionId, type Guid, NO_GUID, SA_GUID } from "./ids.ts"
import type { AliasGuid, Config, State } from "./state.ts"
import { functionState, withFunction } from "./tables.ts"

/** The alias GUID of a VF with this admin GUID of which nothing was asked; null where there is none. */
export const aliasOf = ({ timing }: Config, admin: Guid | null): AliasGuid | null =>
  admin === null
    ? null
    : {
        admin, asked: null, confirmed: false, transaction: null, due: null, backOffMs: timing.guidRetry
      }

/** A function's alias GUID, an idle one where it has none. */
export const aliasIn = (state: State, fn: FunctionId): AliasGuid =>
  functionState(state, fn).alias ?? {
    admin: null, asked: null, confirmed: false, transaction: null, due: null,
    backOffMs: state.config.timing.guidRetry
  }

/** State with a function's alias GUID changed; none where nothing is left of it. */
export const withAlias = (state: State, fn: FunctionId, change: Partial<AliasGuid>): State => {
  const { late = 0, ...facts } = { ...aliasIn(state, fn), ...change }
  // What is not known of the begin of a back-off ends with it.
  const alias: AliasGuid = facts.due !== null && late > 0 ? { ...facts, late } : facts
  const isOver = alias.admin === null && alias.asked === null && !alias.transaction
  return withFunction(state, fn, { alias: isOver ? null : alias })
}

/** The GUID a function wants in its slot: its admin GUID while it is attached; null for none. */
export const wantedBy = (state: State, fn: FunctionId): Guid | null => {
  const { alias, attached } = functionState(state, fn)
  return state.running && attached && alias ? alias.admin : null
}

/** The GUID that a function gives back: asked for it, and not wanted or on its way out; null for none. */
export const releasedBy = (state: State, fn: FunctionId): Guid | null => {
  const alias = functionState(state, fn).alias
  if (!alias) return null
  const isKept = alias.asked === wantedBy(state, fn) && alias.transaction?.kind !== "delete"
  return isKept ? null : alias.asked
}

/** The GUIDs, with every repetition of an earlier one taken away (SQP-GUID-2). */
export const unique = (guids: ReadonlyArray<Guid>): ReadonlyArray<Guid> =>
  guids.map((guid, i) => (guids.indexOf(guid) === i ? guid : NO_GUID)) //= SQP-GUID-2

/** State in which every function has the GUID that its slot gives it: none that is being released. */
export const withOwnGuids = (state: State): State => {
  const numbers = state.functions.map((_, i) => FunctionId(i))
  const released = numbers.map((fn) => releasedBy(state, fn)) //= SQP-GUID-6
  const guids = unique(state.functions.map(({ slot }) => (released.includes(slot) ? NO_GUID : slot)))
  const isSame = state.functions.every(({ guid }, i) => guid === guids[i])
  if (isSame) return state
  return { ...state, functions: state.functions.map((of, i) => ({ ...of, guid: guids[i] ?? NO_GUID })) }
}

type Holds = (other: FunctionId) => boolean

const others = (state: State, fn: FunctionId, holds: Holds): boolean =>
  state.functions.some((_, i) => i !== fn && holds(FunctionId(i)))

/** Whether another function has the GUID in its slot, or asked for it and has not released it. */
export const isTaken = (state: State, fn: FunctionId, guid: Guid): boolean =>
  others(state, fn, (other) =>
    functionState(state, other).slot === guid || aliasIn(state, other).asked === guid)

/** Whether the administrator may give a VF this GUID: see the page (SQP-GUID-6). */
export const mayBeAdmin = (state: State, fn: FunctionId, guid: Guid | null): boolean => {
  if (guid === null) return true
  if (fn >= (state.config.guidCap ?? Infinity)) return false
  if (guid === NO_GUID) return true
  const keeps: Holds = (other) =>
    aliasIn(state, other).admin === guid ||
    (functionState(state, other).slot === guid && releasedBy(state, other) !== guid)
  return guid !== SA_GUID && !isOtherPorts(state, guid) && !others(state, fn, keeps)
}

/** Whether the HCA's other port has the GUID: to a reader of GIDs it would be two functions. */
const isOtherPorts = (state: State, guid: Guid): boolean => (state.config.otherPortGuids ?? []).includes(guid)

/** Whether the SA may have chosen this GUID for a function: it is one, and nobody else's. */
export const mayBeChosen = (state: State, fn: FunctionId, guid: Guid): boolean =>
  guid !== NO_GUID && guid !== SA_GUID && !isOtherPorts(state, guid) && !isTaken(state, fn, guid) &&
  !others(state, fn, (other) => aliasIn(state, other).admin === guid)
