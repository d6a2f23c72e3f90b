/**
 * The first states of every preset, and walks farther into it: few enough for milliseconds, and all that the
 * model and its environment do there is held.
 */
import { explore, type Move, type System } from "../../model/explore.ts"
import type { Observation } from "../../model/invariants.ts"
import { presetNamed } from "../presets.ts"
import { Digest } from "./digest.ts"
import { nearby } from "./nearby.ts"
import { changedSomewhere } from "./tampering.ts"
import { Watching } from "./watching.ts"

/** How many states are looked at. */
const STATES = 25

/** How far a walk goes: so many steps, and fewer where there are many ways to go. */
const STRIDES = 16
const MOVES = 150

type World = System<unknown, string>
type Way = Move<unknown, string>

/** Tells of each way out of a state what happens, and where the PF context is then: the rest is told once it is taken. */
const movesOf = ({ context, moves }: World, state: unknown, digest: Digest): ReadonlyArray<Way> => {
  const all = [...moves(state)]
  for (const { label, observation, state: next } of all) digest.add(label, observation, context?.stateOf(next))
  return all
}

/** What is there after so many states: how many, the ways out of them, and a digest of all that was seen. */
export const explorationOf = (name: string): string => {
  const digest = new Digest()
  const system = presetNamed(name).system()
  const violations = (state: unknown): ReadonlyArray<string> => {
    movesOf(system, state, digest)
    return system.violations(state)
  }
  const { complete, counterexample, depth, states, transitions, waiting } =
    explore({ ...system, violations }, { maxStates: STATES })
  const found = counterexample === null ? "sound" : counterexample.violations.join(" ")
  const size = `${states} states, ${transitions} transitions, depth ${depth}`
  return `${size}, ${waiting} waiting, ${complete ? "to the end" : "bounded"}, ${found}, ${digest.text}`
}

/** What a way is called, whatever the numbers in it. */
const kindOf = ({ label }: Way): string => label.replace(/\d+/g, "")

/** Among the ways that were taken least often so far: which, the number of the walk and of the step say. */
const chosen = (
  moves: ReadonlyArray<Way>, taken: Map<string, number>, turn: number
): Way | undefined => {
  const times = (move: Way): number => taken.get(kindOf(move)) ?? 0
  const least = Math.min(...moves.map(times))
  const rare = moves.filter((move) => times(move) === least)
  const move = rare[turn % rare.length]
  if (move) taken.set(kindOf(move), least + 1)
  return move
}

/** What is said of a state besides the ways out of it: by whom it is known, and with functions renamed. */
const judged = ({ key, numbered, quiet, symmetry, violations }: World, state: unknown, digest: Digest): void => {
  digest.add(state, violations(state), quiet?.(state), numbered?.numbersOf(state), key(state))
  if (symmetry) digest.add(symmetry.renamed(state, 0), key(symmetry.renamed(state, symmetry.permutations - 1)))
}

/** What might have happened instead. */
const instead = ({ context }: World, state: unknown, move: Way, turn: number, digest: Digest): void => {
  if (context && move.observation) nearby(context.stateOf(state), move.observation.event, turn, digest)
}

/** A state of a system as fields; null where it is none. */
const fieldsOf = (state: unknown): Readonly<Record<string, unknown>> | null =>
  typeof state === "object" && state !== null ? { ...state } : null

/** What watches, and what a system is made from: all else in a state may be another. */
const FIXED = new Set(["monitors", "scope"])

/** The state with one thing in it changed: in what the PF context is, or in what is around it. */
const otherState = (state: unknown, turn: number): unknown => {
  const world = fieldsOf(state)
  if (world === null) return state
  const parts = Object.keys(world).filter((key) => !FIXED.has(key) && fieldsOf(world[key]) !== null)
  const part = parts[turn % parts.length]
  return part === undefined ? state : { ...world, [part]: changedSomewhere(world[part], turn) }
}

/** What a system makes of a state in which one thing is wrong; that it can make nothing of it tells as much. */
const elsewhere = (system: World, state: unknown, turn: number, digest: Digest): void => {
  const { moves, quiet, violations } = system
  const other = otherState(state, turn)
  for (const ask of [violations, quiet, (world: unknown) => Array.from(moves(world), ({ label, observation }) => [label, observation])]) {
    try {
      digest.add(ask?.(other))
    } catch (fault) {
      if (!(fault instanceof Error)) throw fault
      digest.add(fault.name)
    }
  }
}

/** How far the walk of this number goes through a preset, and a digest of all that was seen. */
export const walkOf = (name: string, number: number): string => {
  const system = presetNamed(name).system()
  const digest = new Digest()
  const taken = new Map<string, number>()
  const watching = system.context ? new Watching(system.context, digest) : null
  let state = system.initial
  let [steps, ways] = [0, 0]
  for (; steps < STRIDES && ways < MOVES; steps += 1) {
    const moves = movesOf(system, state, digest)
    ways += moves.length
    const move = chosen(moves, taken, (number + 1) * (7 * steps + 3))
    if (move === undefined) break
    instead(system, state, move, number * 5 + steps, digest)
    if (move.observation) watching?.observe(move.observation, number * 7 + steps)
    state = move.state
    if (steps % 5 === number % 5) judged(system, state, digest)
    else digest.add(system.quiet?.(state))
    elsewhere(system, state, number * 11 + steps, digest)
  }
  judged(system, state, digest)
  return `${steps} steps, ${ways} ways, ${digest.text}`
}

/** What the PF context was given and did on the walk of this number through a preset, without its alternatives. */
export const observedOn = (name: string, number: number): ReadonlyArray<Observation> => {
  const { initial, moves } = presetNamed(name).system()
  const taken = new Map<string, number>()
  const seen: Array<Observation> = []
  let state = initial
  for (let steps = 0; steps < STRIDES; steps += 1) {
    const move = chosen([...moves(state)], taken, (number + 1) * (7 * steps + 3))
    if (move === undefined) break
    if (move.observation) seen.push(move.observation)
    state = move.state
  }
  return seen
}
