/** Port events: what changes, and which functions hear of it. See `spec/events.md`. */
import type { Action, FunctionEvent } from "./action.ts"
import type { Chooser } from "./choice.ts"
import type { EventOf } from "./event.ts"
import { FunctionId, type Guid, NO_GUID, PF } from "./ids.ts"
import { outcome, type Outcome, sequence } from "./outcome.ts"
import { tellAgainSaAreas } from "./sa-areas.ts"
import { functionState, pkeyAt, withFunction } from "./tables.ts"
import type { Port, State } from "./state.ts"

/** Tells every attached function that `concerns`. */
const tell = (
  state: State, event: FunctionEvent, concerns: (fn: FunctionId) => boolean = () => true
): Outcome => {
  const heard = state.functions.flatMap(({ attached }, i): ReadonlyArray<Action> => {
    const fn = FunctionId(i)
    return state.running && attached && concerns(fn) ? [{ _tag: "EventTo", function: fn, event }] : []
  })
  return outcome(state, ...heard)
}

const withPort = (state: State, change: Partial<Port>): State =>
  ({ ...state, port: { ...state.port, ...change } })

/** LID or LMC of the port. */
export const lidChanged = (state: State, { lid, lmc }: EventOf<"LidChanged">): Outcome => {
  const changed = state.port.lid !== lid || state.port.lmc !== lmc
  return tell(withPort(state, { lid, lmc }), "lid", () => changed) //= SQP-EV-1
}

/**
 * Address of the subnet manager; another LID is another SM, which knows nothing of our memberships
 * (SQP-MC-11).
 */
export const smChanged = (state: State, { smLid, smSl }: EventOf<"SmChanged">, chooser: Chooser): Outcome => {
  const moved = state.port.smLid !== smLid
  const changed = moved || state.port.smSl !== smSl
  return sequence(
    withPort(state, { smLid, smSl }),
    (next) => tell(next, "sm", () => changed),
    (next) => (moved ? tellAgainSaAreas(next, chooser) : outcome(next))
  )
}

/** Subnet prefix; the former one is understood for a grace (SQP-STEER-2). */
export const prefixChanged = (state: State, { subnetPrefix }: EventOf<"PrefixChanged">): Outcome => {
  if (subnetPrefix === state.port.prefix) return outcome(state)
  const remaining = state.config.timing.prefixGrace
  const formerPrefix = remaining > 0 ? { prefix: state.port.prefix, remaining } : null
  return tell(withPort(state, { prefix: subnetPrefix, formerPrefix }), "gid")
}

/** The P_Keys a function reads, in order. */
const tableOf = (state: State, fn: FunctionId): ReadonlyArray<number> =>
  fn === PF
    ? state.port.pkeys
    : functionState(state, fn).pkeyMap.map((_, index) => pkeyAt(state, fn, index))

const readsDifferently = (before: State, after: State) => (fn: FunctionId): boolean =>
  tableOf(before, fn).join() !== tableOf(after, fn).join()

/** The physical P_Key table. */
export const pkeysChanged = (state: State, { pkeys }: EventOf<"PkeysChanged">): Outcome => {
  const identity = pkeys.map((_, index) => index)
  const after = withFunction(withPort(state, { pkeys }), PF, { pkeyMap: identity })
  return tell(after, "pkey", readsDifferently(state, after))
}

/** A function's virtual to physical map; the PF's is the identity and stays. */
export const pkeyMapChanged = (state: State, { function: fn, map }: EventOf<"PkeyMapChanged">): Outcome => {
  const after = fn === PF ? state : withFunction(state, fn, { pkeyMap: map })
  return tell(after, "pkey", (other) => other === fn && readsDifferently(state, after)(fn))
}

/** Slots 8*block.. of the GUID table; of equal GUIDs the lowest slot keeps it (SQP-GUID-2). */
export const guidTableChanged = (state: State, { block, guids }: EventOf<"GuidTableChanged">): Outcome => {
  const slots = state.functions.map(({ slot }, i) => guids[i - 8 * block] ?? slot)
  const own = unique(slots)
  const after: State = {
    ...state,
    functions: state.functions.map((of, i) => ({ ...of, slot: slots[i] ?? of.slot, guid: own[i] ?? NO_GUID }))
  }
  const had = (fn: FunctionId) => state.functions[fn]?.guid ?? NO_GUID
  const has = (fn: FunctionId) => own[fn] ?? NO_GUID
  const { up } = state.port
  return sequence(
    after,
    (next) => tell(next, "gid", (fn) => had(fn) !== has(fn)),
    (next) => tell(next, "port-up", (fn) => up && had(fn) === NO_GUID && has(fn) !== NO_GUID),
    (next) => tell(next, "port-down", (fn) => up && had(fn) !== NO_GUID && has(fn) === NO_GUID)
  )
}

/** The GUIDs, with every repetition of an earlier one taken away (SQP-GUID-2). */
export const unique = (guids: ReadonlyArray<Guid>): ReadonlyArray<Guid> =>
  guids.map((guid, i) => (guids.indexOf(guid) === i ? guid : NO_GUID)) //= SQP-GUID-2

/** The SM asks to register again (SQP-MC-11). */
export const reregister = (state: State, chooser: Chooser): Outcome =>
  sequence(state, (next) => tell(next, "reregister"), (next) => tellAgainSaAreas(next, chooser))

/** The link comes or goes; a function without a GUID has no port to come up. */
export const linkChanged = (state: State, { up }: EventOf<"LinkChanged">): Outcome => {
  if (up === state.port.up) return outcome(state)
  const hasGuid = (fn: FunctionId) => state.functions[fn]?.guid !== NO_GUID
  return tell(withPort(state, { up }), up ? "port-up" : "port-down", hasGuid)
}
