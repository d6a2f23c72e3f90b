/** Explores presets to their end, for the tests: no counterexample, and exactly the counts of the table. */
import { exploreAll } from "./exploring.ts"
import { counts } from "./presets.counts.ts"
import { presetNamed } from "./presets.ts"

/** More states than any preset of the tests has. */
const MAX_STATES = 200_000

/**
 * Explores the preset of a name as the model is; fails with the counterexample, with what it should have
 * reached, or with counts that are not those of `presets.counts.ts`.
 */
export const expectFaultless = (name: string): void => {
  const { reaches, system } = presetNamed(name)
  const { complete, counterexample, states, transitions, unreached } = exploreAll(name, system(), reaches, MAX_STATES)
  if (counterexample) throw new Error([...counterexample.violations, "after", ...counterexample.path].join("\n"))
  if (!complete) throw new Error(`${name}: too many states to explore to the end`)
  if (unreached.length > 0) throw new Error(`${name}: no transition is like ${unreached.join(", ")}`)
  const [knownStates, knownTransitions] = counts[name] ?? [0, 0]
  if (states !== knownStates || transitions !== knownTransitions) {
    throw new Error(`${name} has ${states} states and ${transitions} transitions; properties/presets.counts.ts `
      + `says ${knownStates} and ${knownTransitions}: if that is meant, correct the table`)
  }
}
