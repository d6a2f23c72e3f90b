/**
 * What an explorer recalls: what came of an event in a state, and what monitors made of an observation. Both
 * are functions of plain data, so each is computed once however often the world around it differs.
 */
import type { Event } from "./event.ts"
import { Interner } from "./interner.ts"
import { type Invariant, type Monitor, type Observation, violations } from "./invariants.ts"
import type { Outcome } from "./outcome.ts"
import type { Renaming } from "./renaming.ts"
import type { State } from "./state.ts"
import { Pairs } from "./tuples.ts"

/** One outcome of an event as it is observed, and the state after it: the one of all equal states. */
export interface Recalled {
  readonly observation: Observation
  readonly state: State
}

type Monitors = ReadonlyArray<Monitor>

/** Monitors that began with one memory and go on with one, as a rule; what they make of it is recalled at once. */
interface Group {
  readonly id: number
  readonly monitors: Monitors
}

/** All monitors, by what they share, and as the list that stands for its equals. */
interface Watch {
  readonly id: number
  readonly groups: ReadonlyArray<Group>
  readonly monitors: Monitors
}

/** The memory of one system while it is explored. */
export class Recall {
  readonly #interner = new Interner()
  readonly #one = <T>(value: T): T => this.#interner.one(value)
  /** By state and event: where in the list what came of it is. */
  readonly #known = new Pairs()
  readonly #outcomes: Array<ReadonlyArray<Recalled>> = []
  /** By invariant: its place among all. */
  readonly #places = new Map<Invariant, number>()
  /** By place: what the invariant remembered first. */
  readonly #firsts: Array<unknown> = []
  /** By number; what has none yet, is none. */
  readonly #groups = new Map<number | undefined, Group>()
  readonly #groupsAfter = new Pairs()
  readonly #watches = new Map<number | undefined, Watch>()
  readonly #watchOf = new Map<Monitors, Watch>()
  readonly #watchesAfter = new Pairs()
  readonly #violations = new Map<Monitors, ReadonlyArray<string>>()

  /** The number of plain data, equal exactly for equal values. */
  id(value: unknown): number {
    return this.#interner.id(value)
  }

  /** The one object that stands for all that have a number. */
  at(id: number): unknown {
    return this.#interner.at(id)
  }

  /** The one object that stands for all that are equal to a value. */
  one<T>(value: T): T {
    return this.#interner.one(value)
  }

  /** All monitors of a history with its functions renamed. */
  renamed(monitors: Monitors, by: Renaming): Monitors {
    const { groups } = this.#watch(monitors)
    return this.#watchOver(groups.map((group) => this.#group(group.monitors.map((of) => of.renamed(by))))).monitors
  }

  /** What may come of an event in a state; `run` says it the first time. */
  outcomes(state: State, event: Event, run: () => ReadonlyArray<Outcome>): ReadonlyArray<Recalled> {
    const [a, b] = [this.#interner.id(state), this.#interner.id(event)]
    const known = this.#known.get(a, b)
    if (known !== undefined) return this.#outcomes[known] ?? []
    const found = run().map(({ actions, state: after }) => ({
      observation: this.#interner.one({ event, actions }), state: this.#interner.one(after)
    }))
    this.#known.set(a, b, this.#outcomes.push(found) - 1)
    return found
  }

  /** All monitors after one more observation. */
  observe(monitors: Monitors, observation: Observation): Monitors {
    const seen = this.#interner.id(observation)
    const before = this.#watch(monitors)
    const known = this.#watches.get(this.#watchesAfter.get(before.id, seen))
    if (known !== undefined) return known.monitors
    const after = this.#watchOver(before.groups.map((group) => this.#groupAfter(group, observation, seen)))
    this.#watchesAfter.set(before.id, seen, after.id)
    return after.monitors
  }

  /** The number of what monitors remember and say. */
  monitorsId(monitors: Monitors): number {
    return this.#watch(monitors).id
  }

  /** The violations so far. */
  violations(monitors: Monitors): ReadonlyArray<string> {
    const { monitors: all } = this.#watch(monitors)
    const known = this.#violations.get(all)
    if (known) return known
    const found = violations(all)
    this.#violations.set(all, found)
    return found
  }

  #watch(monitors: Monitors): Watch {
    const known = this.#watchOf.get(monitors)
    if (known) return known
    const groups = new Map<unknown, Array<Monitor>>()
    for (const monitor of monitors) {
      const first = this.#firsts[this.#placeOf(monitor)]
      const group = groups.get(first)
      if (group) group.push(monitor)
      else groups.set(first, [monitor])
    }
    return this.#watchOver([...groups.values()].map((group) => this.#group(group)))
  }

  #watchOver(groups: ReadonlyArray<Group>): Watch {
    const id = this.#interner.id(groups.map((group) => group.id))
    const known = this.#watches.get(id)
    if (known) return known
    const monitors = groups.flatMap((group) => group.monitors)
      .sort((a, b) => this.#placeOf(a) - this.#placeOf(b))
    const watch = { id, groups, monitors }
    this.#watches.set(id, watch)
    this.#watchOf.set(monitors, watch)
    return watch
  }

  #groupAfter({ id, monitors }: Group, observation: Observation, seen: number): Group {
    const known = this.#groups.get(this.#groupsAfter.get(id, seen))
    if (known) return known
    // Of several monitors that remember the same thing the first computes it, if all look at one object.
    const one = this.#one(observation)
    const after = this.#group(monitors.map((monitor) => monitor.observe(one, this.#one)))
    this.#groupsAfter.set(id, seen, after.id)
    return after
  }

  #group(monitors: Monitors): Group {
    const id = this.#interner.id(monitors.map((monitor) => [
      this.#placeOf(monitor), this.#interner.id(monitor.memory), monitor.violation ?? null
    ]))
    const known = this.#groups.get(id)
    if (known) return known
    const group = { id, monitors }
    this.#groups.set(id, group)
    return group
  }

  #placeOf({ invariant, memory }: Monitor): number {
    const known = this.#places.get(invariant)
    if (known !== undefined) return known
    this.#firsts.push(memory)
    this.#places.set(invariant, this.#places.size)
    return this.#places.size - 1
  }
}
