/**
 * Functions that a system treats alike: a state and the same with these functions in each other's places have the
 * same future but for names, so an explorer looks at one of them for all (`spec/explore.md`, SQP-EXP-7).
 */
import { FunctionId, type Guid, NO_GUID, type Qpn } from "./ids.ts"
import type { Recall } from "./recall.ts"
import { type Renaming, same } from "./renaming.ts"
import type { State } from "./state.ts"

/** Groups of functions of which each may take the place of any other of its group. */
export type Alike = ReadonlyArray<ReadonlyArray<FunctionId>>

/** What a system says of functions in each other's places. */
export interface Symmetry<S> {
  /** How many permutations there are, but for the one that moves nothing. */
  readonly permutations: number
  /** The number that the part with this place and number has after a permutation. */
  readonly image: (place: number, number: number, permutation: number) => number
  /** The state after a permutation. */
  readonly renamed: (state: S, permutation: number) => S
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
