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
  const began = performance.now()
  const found = explore(system, { maxStates })
  const ms = Math.round(performance.now() - began)
  console.log(`${title}: ${found.states} states, ${found.transitions} transitions, ${ms} ms`)
  return {
    ...found,
    unreached: reaches.filter((label) => !found.labels.some((each) => label.test(each))).map(String)
  }
}

/** What an exploration without fault looks like. */
export const FAULTLESS = { counterexample: null, complete: true, unreached: [] }
