/**
 * A PF context with an environment around it as a system to explore. An environment says in plain code what may be
 * tried in a world and what the actions of the PF context do to it. What came of that code is recalled by the parts
 * of the world that it looked at, and these are known by numbers: it runs once for each of their values, and an
 * exploration goes from world to world by numbers alone.
 */
import type { Action } from "../action.ts"
import type { Event } from "../event.ts"
import type { Move, Numbered, System } from "../explore.ts"
import type { Observation } from "../invariants.ts"
import { Looking, type Parts } from "../looking.ts"
import type { Outcome } from "../outcome.ts"
import type { Recall } from "../recall.ts"
import type { State } from "../state.ts"
import { type Alike, type Payloads, renamingsOf } from "../symmetry.ts"
import { Pairs } from "../tuples.ts"
import { type Renames, type World, Worlds } from "../worlds.ts"

/** Parts of an environment that are others now. */
export type Change<W> = Partial<W>

/** Something that may happen: to the environment alone, or an event of the PF context with it. */
export interface Attempt<W> {
  readonly label: string
  /** What of the environment is another before the PF context acts. */
  readonly change: Change<W>
  readonly event?: Event
  /** What {@link Environment.meets} is told beside the observation. */
  readonly age?: number
}

/** A PF context and what is around it. What comes of its functions depends on what they are given and nothing else. */
export interface Environment<W extends World> {
  readonly initial: W
  /**
   * What may happen in a world, in this order. Each is asked once for all worlds that are the same in what it looked
   * at, so what looks at different parts should be different functions.
   */
  readonly ways: ReadonlyArray<(world: W) => ReadonlyArray<Attempt<W>>>
  /** All that may come of an event. */
  readonly outcomes: (state: State, event: Event) => ReadonlyArray<Outcome>
  /** What is noted of an outcome by the states before and after it. */
  readonly notes?: (before: State, observation: Observation, after: State) => Change<W>
  /** What an observation does to the environment; the state is the one after it. */
  readonly meets: (world: W, observation: Observation, age: number) => Change<W>
  /** The name of a transition in which the PF context did this. */
  readonly named: (label: string, actions: ReadonlyArray<Action>) => string
  /** How the parts of a world are renamed, first those in which functions soonest differ. */
  readonly renames: Renames<W>
  readonly alike: Alike
  readonly payloads?: Payloads
}

/** The worlds of an environment, their transitions and their symmetry, as a system has them. */
export const closedSystem = <W extends World>(
  environment: Environment<W>, recall: Recall
): Pick<System<W, string>, "initial" | "moves" | "numbered" | "symmetry"> => {
  const { alike, initial, payloads, renames } = environment
  const worlds = new Worlds(initial, renames, recall)
  const numbered = new Transitions(environment, worlds, recall)
  const symmetry = worlds.symmetry(renamingsOf(initial.state, alike, recall, payloads))
  return { initial, moves: numbered.moves, numbered, ...(symmetry ? { symmetry } : {}) }
}

/** An attempt by numbers. */
interface Try {
  /** Place and number of each part that is another, one after the other. */
  readonly change: Int32Array
  readonly event: { readonly id: number; readonly is: Event } | null
  /** Of its label and age. */
  readonly name: number
  readonly label: string
  readonly age: number
}

/** What transitions have in common that have one name and do the same to an environment. */
interface Kind {
  readonly label: string
  readonly age: number
  readonly observation: Observation | null
}

/** An outcome of an event, and the number of the state after it. */
interface Found {
  readonly observation: Observation
  readonly id: number
  readonly state: number
  readonly notes: Int32Array
}

/** No observation. */
const NONE = -1

type Visitor = Parameters<Numbered<never, string>["visit"]>[1]

class Transitions<W extends World> implements Numbered<W, string> {
  readonly #environment: Environment<W>
  readonly #worlds: Worlds<W>
  readonly #recall: Recall
  readonly #tries: Looking<W, ReadonlyArray<Try>>
  readonly #meetings: Looking<W, Int32Array>
  readonly #outcomes = new Pairs()
  readonly #found: Array<ReadonlyArray<Found>> = []
  readonly #monitorsAfter = new Pairs()
  readonly #kinds = new Pairs()
  readonly #kindsByNumber: Array<Kind> = []
  /** Where the numbers of a next world are put. */
  readonly #next: Int32Array

  constructor(environment: Environment<W>, worlds: Worlds<W>, recall: Recall) {
    const { names } = worlds
    const parts: Parts<W> = {
      names, initial: environment.initial, value: (place, number) => worlds.value(place, number), id: (value) => recall.id(value)
    }
    this.#environment = environment
    this.#worlds = worlds
    this.#recall = recall
    this.#tries = new Looking(parts)
    this.#meetings = new Looking(parts)
    this.#next = new Int32Array(names.length)
  }

  readonly numbersOf = (world: W): Int32Array => this.#worlds.numbersOf(world)

  readonly state = (numbers: ArrayLike<number>): W => this.#worlds.world(numbers)

  readonly label = (kind: number): string => {
    const { label = "", observation } = this.#kindsByNumber[kind] ?? {}
    return observation ? this.#environment.named(label, observation.actions) : label
  }

  readonly moves = (world: W): ReadonlyArray<Move<W, string>> => {
    const all: Array<Move<W, string>> = []
    this.visit(this.numbersOf(world), (numbers, kind) => {
      const observation = this.#kindsByNumber[kind]?.observation
      all.push({ label: this.label(kind), state: this.state(numbers), ...(observation ? { observation } : {}) })
    })
    return all
  }

  readonly visit = (numbers: Int32Array, found: Visitor): void => {
    for (let way = 0; way < this.#environment.ways.length; way++) {
      for (const each of this.#tries.at(way, numbers, this.#triesOf)) this.#try(each, numbers, found)
    }
  }

  readonly #triesOf = (way: number, world: W): ReadonlyArray<Try> =>
    (this.#environment.ways[way]?.(world) ?? []).map(({ age = 0, change, event, label }) => ({
      change: this.#worlds.changes(change), age, label, name: this.#recall.id(`${age} ${label}`),
      event: event ? { id: this.#recall.id(event), is: event } : null
    }))

  #try(tried: Try, numbers: Int32Array, found: Visitor): void {
    const { monitorsAt, stateAt } = this.#worlds
    const next = this.#next
    if (tried.event === null) {
      next.set(numbers)
      put(next, tried.change)
      return found(next, this.#kindOf(tried, NONE, null))
    }
    for (const { id, notes, observation, state } of this.#outcomesOf(numbers[stateAt] ?? 0, tried.event)) {
      next.set(numbers)
      put(next, tried.change)
      put(next, notes)
      next[stateAt] = state
      next[monitorsAt] = this.#observed(numbers[monitorsAt] ?? 0, id, observation)
      const kind = this.#kindOf(tried, id, observation)
      put(next, this.#meetings.at(kind, next, this.#meetingOf))
      found(next, kind)
    }
  }

  readonly #meetingOf = (kind: number, world: W): Int32Array => {
    const { age = 0, observation } = this.#kindsByNumber[kind] ?? {}
    return this.#worlds.changes(observation ? this.#environment.meets(world, observation, age) : {})
  }

  #outcomesOf(number: number, { id, is: event }: NonNullable<Try["event"]>): ReadonlyArray<Found> {
    const known = this.#found[this.#outcomes.get(number, id) ?? -1]
    if (known !== undefined) return known
    const { notes, outcomes } = this.#environment
    const state = this.#worlds.state(number)
    const found = this.#recall.outcomes(state, event, () => outcomes(state, event)).map(({ observation, state: after }) => ({
      observation, id: this.#recall.id(observation), state: this.#worlds.ofState(after),
      notes: this.#worlds.changes(notes?.(state, observation, after) ?? {})
    }))
    this.#outcomes.set(number, id, this.#found.push(found) - 1)
    return found
  }

  #observed(monitors: number, id: number, observation: Observation): number {
    const known = this.#monitorsAfter.get(monitors, id)
    if (known !== undefined) return known
    const after = this.#worlds.ofMonitors(this.#recall.observe(this.#worlds.monitors(monitors), observation))
    this.#monitorsAfter.set(monitors, id, after)
    return after
  }

  #kindOf({ age, label, name }: Try, id: number, observation: Observation | null): number {
    const known = this.#kinds.get(name, id)
    if (known !== undefined) return known
    const kind = this.#kindsByNumber.push({ label, age, observation }) - 1
    this.#kinds.set(name, id, kind)
    return kind
  }
}

const put = (numbers: Int32Array, change: Int32Array): void => {
  for (let at = 0; at < change.length; at += 2) numbers[change[at] ?? 0] = change[at + 1] ?? 0
}
