/** Explores a system of the model to its end and says what was covered. */
import { explore, type Exploration, type System } from "../model/explore.ts"

/** An exploration, and which of the transitions that a scope is meant for it never took. */
export interface Explored extends Exploration<string> {
  readonly unreached: ReadonlyArray<string>
}

/**
 * Explores until done or violated, prints what was covered, and looks for a transition of each of these
 * names.
 */
export const exploreAll = <S>(
  title: string,
  system: System<S, string>,
  reaches: ReadonlyArray<RegExp> = [],
  maxStates = 100_000
): Explored => {
  const labels = new Set<string>()
  const moves = (state: S) =>
    [...system.moves(state)].map((move) => {
      labels.add(move.label)
      return move
    })
  const began = performance.now()
  const found = explore({ ...system, moves }, { maxStates })
  const ms = Math.round(performance.now() - began)
  console.log(`${title}: ${found.states} states, ${found.transitions} transitions, ${ms} ms`)
  const taken = [...labels]
  return {
    ...found,
    unreached: reaches.filter((label) => !taken.some((each) => label.test(each))).map(String)
  }
}

/** What an exploration without fault looks like. */
export const FAULTLESS = { counterexample: null, complete: true, unreached: [] }
