/** Port events: what changes, and which functions hear of it. See `spec/events.md`. */
import type { Action, FunctionEvent } from "./action.ts"
import type { Chooser } from "./choice.ts"
import type { EventOf } from "./event.ts"
import { askGuidsAgain, followTable, resumeGuids } from "./guids.ts"
import { FunctionId, NO_GUID, PF } from "./ids.ts"
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
export const lidChanged = (
  state: State, { lid, lmc }: EventOf<"LidChanged">, chooser: Chooser
): Outcome => {
  const moved = state.port.lid !== lid
  const changed = moved || state.port.lmc !== lmc
  return sequence(
    withPort(state, { lid, lmc }),
    (next) => tell(next, "lid", () => changed), //= SQP-EV-1
    (next) => (moved ? askGuidsAgain(next, chooser) : outcome(next))
  )
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
  functionState(state, fn).pkeyMap.map((_, index) => pkeyAt(state, fn, index))

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

/** Slots 8*block.. of the GUID table, which the SM wrote (SQP-GUID-2). */
export const guidTableChanged = (
  state: State, { block, guids }: EventOf<"GuidTableChanged">, chooser: Chooser
): Outcome => {
  const written = (fn: FunctionId) => guids[fn - 8 * block] !== undefined
  const functions = state.functions.map((of, i) => ({ ...of, slot: guids[i - 8 * block] ?? of.slot }))
  return followTable({ ...state, functions }, written, chooser)
}

/** The SM asks to register again (SQP-MC-11). */
export const reregister = (state: State, chooser: Chooser): Outcome =>
  sequence(state, (next) => tell(next, "reregister"), (next) => tellAgainSaAreas(next, chooser))

/** The link comes or goes; a function without a GUID has no port to come up. */
export const linkChanged = (
  state: State, { up }: EventOf<"LinkChanged">, chooser: Chooser
): Outcome => {
  if (up === state.port.up) return outcome(state)
  const hasGuid = (fn: FunctionId) => functionState(state, fn).guid !== NO_GUID
  return sequence(
    withPort(state, { up }),
    (next) => tell(next, up ? "port-up" : "port-down", hasGuid),
    (next) => (up ? resumeGuids(next, chooser) : outcome(next))
  )
}
