/**
 * Exhaustive exploration of a small closed system: breadth first, so that the first counterexample is a
 * shortest one.
 */

/** One labelled transition. */
export interface Move<S, L> {
  readonly label: L
  readonly state: S
}

/** A system to explore. `key` is equal exactly for states that shall count as one. */
export interface System<S, L> {
  readonly initial: S
  readonly moves: (state: S) => Iterable<Move<S, L>>
  readonly key: (state: S) => string
  /** What is wrong with a state; empty for nothing. */
  readonly violations: (state: S) => ReadonlyArray<string>
}

/** What an exploration found. */
export interface Exploration<L> {
  readonly states: number
  readonly transitions: number
  /** Whether every reachable state was visited; false when the bound was met or a counterexample ended it. */
  readonly complete: boolean
  readonly counterexample: Counterexample<L> | null
}

/** A shortest path to a state with something wrong. */
export interface Counterexample<L> {
  readonly path: ReadonlyArray<L>
  readonly violations: ReadonlyArray<string>
}

interface Visit<S, L> {
  readonly state: S
  readonly label: L | null
  readonly from: Visit<S, L> | null
}

const pathTo = <S, L>(visit: Visit<S, L>): ReadonlyArray<L> => {
  const path: Array<L> = []
  for (let at: Visit<S, L> | null = visit; at !== null; at = at.from) {
    if (at.label !== null) path.unshift(at.label)
  }
  return path
}

/** Explores until done, until a violation, or until `maxStates` states are known. */
export const explore = <S, L>(
  system: System<S, L>, { maxStates }: { readonly maxStates: number }
): Exploration<L> => {
  const seen = new Set<string>([system.key(system.initial)])
  const queue: Array<Visit<S, L>> = [{ state: system.initial, label: null, from: null }]
  let transitions = 0
  for (let next = 0; next < queue.length; next++) {
    const visit = queue[next]
    if (visit === undefined) break
    const violations = system.violations(visit.state)
    if (violations.length > 0) {
      const counterexample = { path: pathTo(visit), violations }
      return { states: seen.size, transitions, complete: false, counterexample }
    }
    for (const { label, state } of system.moves(visit.state)) {
      transitions += 1
      const key = system.key(state)
      if (seen.has(key)) continue
      if (seen.size >= maxStates) {
        return { states: seen.size, transitions, complete: false, counterexample: null }
      }
      seen.add(key)
      queue.push({ state, label, from: visit })
    }
  }
  return { states: seen.size, transitions, complete: true, counterexample: null }
}
