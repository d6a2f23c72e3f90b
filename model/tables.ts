/** The port's tables as the rules read them: GUIDs to functions, P_Key indices both ways. */
import { DEFAULT_PREFIX, FunctionId, type Gid, gidOf, guidOf, NO_GUID, PF, prefixOf, SA_GUID } from "./ids.ts"
import type { FunctionState, State } from "./state.ts"

/** A function by its number; the events of a state never name one beyond its table. */
export const functionState = (state: State, fn: FunctionId): FunctionState => {
  const found = state.functions[fn]
  if (found === undefined) {
    throw new RangeError(`function ${fn} is beyond the ${state.functions.length} of this PF context`)
  }
  return found
}

/** State with one function replaced. */
export const withFunction = (state: State, fn: FunctionId, change: Partial<FunctionState>): State => ({
  ...state,
  functions: state.functions.map((before, i) => (i === fn ? { ...before, ...change } : before))
})

/**
 * The function a GID names, null for nobody: its GUID under the current prefix, the default one, or the
 * former one during its grace; the SA's well-known GUID under the current prefix is the PF (SQP-STEER-2).
 * GUIDs are unique (SQP-GUID-2), so there is at most one; a GUID of nobody here may be one on the other port.
 */
export const functionOfGid = (state: State, gid: Gid): FunctionId | null => {
  const { formerPrefix, prefix } = state.port
  const guid = guidOf(gid)
  const of = prefixOf(gid)
  if (guid === SA_GUID && of === prefix) return PF
  const understood = of === prefix || of === DEFAULT_PREFIX || of === formerPrefix?.prefix
  if (guid === NO_GUID || !understood) return null
  const here = state.functions.findIndex((fn) => fn.guid === guid)
  const index = here < 0 ? (state.config.otherPortGuids ?? []).indexOf(guid) : here //= SQP-STEER-6
  return index < 0 ? null : FunctionId(index)
}

/** A function's own GID under the current prefix; null while it has no GUID. */
export const gidOfFunction = (state: State, fn: FunctionId): Gid | null => {
  const { guid } = functionState(state, fn)
  return guid === NO_GUID ? null : gidOf(state.port.prefix, guid)
}

/** The part of a P_Key that must be equal: all but the membership bit (IBTA 10.9.3). */
export const partition = (pkey: number): number => pkey & 0x7fff

/** A physical index at which there is no P_Key. */
const NOWHERE = -1

/** The P_Key at a virtual index of a function; 0 when unassigned, empty or out of range. */
export const pkeyAt = (state: State, fn: FunctionId, index: number): number =>
  state.port.pkeys[functionState(state, fn).pkeyMap[index] ?? NOWHERE] ?? 0

/** Whether a function's virtual table holds a P_Key of this partition. */
export const holdsPkey = (state: State, fn: FunctionId, pkey: number): boolean =>
  partition(pkey) !== 0 &&
  functionState(state, fn).pkeyMap.some((_, index) => partition(pkeyAt(state, fn, index)) === partition(pkey))

/** Whether the port has a P_Key of a partition (its low 15 bits), limited or full. */
export const isOfPort = ({ port }: State, of: number): boolean =>
  of !== 0 && port.pkeys.some((pkey) => partition(pkey) === of)

/** The physical index behind a virtual one; null when there is no P_Key there (SQP-PKEY-1). */
export const physicalPkeyIndex = (state: State, fn: FunctionId, index: number): number | null => {
  if (partition(pkeyAt(state, fn, index)) === 0) return null
  return functionState(state, fn).pkeyMap[index] ?? null
}

/**
 * The index under which a function knows the P_Key a packet came with, null when it holds none (SQP-PKEY-1,
 * SQP-PKEY-2): the PF the same index, a VF its first full member entry of that partition, else its first
 * entry.
 */
export const virtualPkeyIndex = (state: State, fn: FunctionId, physical: number): number | null => {
  const key = state.port.pkeys[physical] ?? 0
  if (partition(key) === 0) return null
  if (fn === PF) return physical
  const own = functionState(state, fn).pkeyMap.map((_, index) => pkeyAt(state, fn, index))
  const isSame = (candidate: number) => partition(candidate) === partition(key)
  const full = own.findIndex((candidate) => isSame(candidate) && (candidate & 0x8000) !== 0)
  const any = full >= 0 ? full : own.findIndex(isSame)
  return any < 0 ? null : any
}
