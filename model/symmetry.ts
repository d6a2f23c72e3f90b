/**
 * Functions that a system treats alike: a state and the same with these functions in each other's places have the
 * same future but for names, so an explorer looks at one of them for all (`spec/explore.md`, SQP-EXP-7).
 */
import { FunctionId, type Guid, NO_GUID, type Qpn } from "./ids.ts"
import type { Monitor } from "./invariants.ts"
import type { Recall } from "./recall.ts"
import { type Rename, type Renaming, same } from "./renaming.ts"
import type { State } from "./state.ts"

/** Groups of functions of which each may take the place of any other of its group. */
export type Alike = ReadonlyArray<ReadonlyArray<FunctionId>>

/** What a system says of functions in each other's places. */
export interface Symmetry<S> {
  /** How many permutations there are, but for the one that moves nothing. */
  readonly permutations: number
  /** The number that the slice with this place and number has after a permutation. */
  readonly image: (state: S, place: number, slice: number, permutation: number) => number
  /** The state after a permutation. */
  readonly renamed: (state: S, permutation: number) => S
}

/** A part of the states of a system, known by a number. */
export interface Slice<S> {
  readonly number: (state: S) => number
  readonly renamedNumber: (state: S, by: Renaming) => number
  /** `into` with this part of a state, renamed. */
  readonly put: (into: S, state: S, by: Renaming) => S
}

/** More functions than these do not take each other's places: their permutations would be too many. */
const MOST = 5

/** All permutations of functions that are alike, but for the one that moves nothing. */
const permutationsOf = (functions: number, alike: Alike): ReadonlyArray<ReadonlyArray<FunctionId>> => {
  const identity = Array.from({ length: functions }, (_, n) => FunctionId(n))
  const all = alike.reduce<ReadonlyArray<ReadonlyArray<FunctionId>>>(
    (before, group) => before.flatMap((of) => orders(group.slice(0, MOST)).map((order) =>
      order.reduce((next, to, n) => next.with(group[n] ?? to, to), of))),
    [identity]
  )
  return all.filter((of) => of.some((to, n) => to !== n))
}

const orders = <T>(all: ReadonlyArray<T>): ReadonlyArray<ReadonlyArray<T>> =>
  all.length === 0 ? [[]] : all.flatMap((first, n) => orders(all.toSpliced(n, 1)).map((rest) => [first, ...rest]))

/** What a permutation renames in a system that begins with a state; `payloads` names functions in payloads. */
const renamingOf = (
  { config, functions }: State, moved: ReadonlyArray<FunctionId>, recall: Recall, payloads: Payloads
): Renaming => {
  const guids = new Map<Guid, Guid>()
  const qpns = new Map<Qpn, Qpn>()
  for (const [n, { slot, tunnels }] of functions.entries()) {
    const to = functions[moved[n] ?? n]
    const [node, other] = [config.nodeGuids[n], config.nodeGuids[moved[n] ?? n]]
    if (node !== undefined && other !== undefined) guids.set(node, other)
    if (to && slot !== NO_GUID) guids.set(slot, to.slot)
    for (const [qp, pair] of (tunnels ?? []).entries()) {
      const place = to?.tunnels?.[qp]
      if (!place) continue
      qpns.set(pair.proxyQpn, place.proxyQpn)
      qpns.set(pair.tunnelQpn, place.tunnelQpn)
    }
  }
  return { functions: moved, guids, qpns, payload: payloads(moved), one: (value) => recall.one(value) }
}

/** How a permutation changes names of bytes. */
export type Payloads = (moved: ReadonlyArray<FunctionId>) => (payload: string) => string

/** The renamings of functions that are alike in a system that begins with a state. */
export const renamingsOf = (
  begin: State, alike: Alike, recall: Recall, payloads: Payloads = () => same
): ReadonlyArray<Renaming> =>
  permutationsOf(begin.functions.length, alike).map((moved) => renamingOf(begin, moved, recall, payloads))

/** A part that is plain data: how to get it, how to put it into a state, and how it is renamed. */
export const slice = <S, T>(
  recall: Recall, part: (state: S) => T, put: (state: S, part: T) => S, rename: Rename<T>
): Slice<S> => ({
  number: (state) => recall.id(part(state)),
  renamedNumber: (state, by) => recall.id(rename(recall.one(part(state)), by)),
  put: (into, state, by) => put(into, rename(recall.one(part(state)), by))
})

type Monitors = ReadonlyArray<Monitor>

/** What monitors remember. */
export const monitorsSlice = <S>(
  recall: Recall, part: (state: S) => Monitors, put: (state: S, part: Monitors) => S
): Slice<S> => ({
  number: (state) => recall.monitorsId(part(state)),
  renamedNumber: (state, by) => recall.monitorsId(recall.renamed(part(state), by)),
  put: (into, state, by) => put(into, recall.renamed(part(state), by))
})

/**
 * The parts of the states of a system, and its symmetry if there are renamings. Throws a sentence if the system
 * does not begin alike for functions that shall be alike.
 */
export const sliced = <S>(
  slices: ReadonlyArray<Slice<S>>, renamings: ReadonlyArray<Renaming>, initial: S
): { readonly slices: (state: S) => ReadonlyArray<number>; readonly symmetry?: Symmetry<S> } => {
  const numbers = (state: S) => slices.map((each) => each.number(state))
  if (renamings.length === 0) return { slices: numbers }
  const images = slices.map(() => renamings.map(() => new Map<number, number>()))
  const image = (state: S, place: number, number: number, permutation: number): number => {
    const known = images[place]?.[permutation]
    const found = known?.get(number)
    if (found !== undefined) return found
    const [part, by] = [slices[place], renamings[permutation]]
    const renamed = part && by ? part.renamedNumber(state, by) : number
    known?.set(number, renamed)
    return renamed
  }
  const first = numbers(initial)
  for (const [permutation, { functions }] of renamings.entries()) {
    const place = first.findIndex((number, n) => image(initial, n, number, permutation) !== number)
    if (place < 0) continue
    throw new Error(`part ${place} of the first state changes when functions 0, 1, ... are ${functions.join()}`)
  }
  const renamed = (state: S, permutation: number): S =>
    slices.reduce((into, part) => part.put(into, state, renamings[permutation] ?? noRenaming), state)
  return { slices: numbers, symmetry: { permutations: renamings.length, image, renamed } }
}

const noRenaming: Renaming = { functions: [], guids: new Map(), qpns: new Map(), payload: same, one: same }
