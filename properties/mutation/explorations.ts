/** The first states of every preset: few enough for milliseconds, and how many there are is known exactly. */
import { explore } from "../../model/explore.ts"
import { presetNamed } from "../presets.ts"

/** How many states are looked at. */
const STATES = 25

/** What is there after so many states: how many, and the ways out of them. */
export const explorationOf = (name: string): ReadonlyArray<string> => {
  const { complete, counterexample, depth, states, transitions, waiting } =
    explore(presetNamed(name).system(), { maxStates: STATES })
  const found = counterexample === null ? "sound" : counterexample.violations.join(" ")
  const size = `${states} states, ${transitions} transitions, depth ${depth}`
  return [`${size}, ${waiting} waiting, ${complete ? "to the end" : "bounded"}, ${found}`]
}
