/**
 * What an explorer recalls: what came of an event in a state, and what monitors made of an observation. Both
 * are functions of plain data, so each is computed once however often the world around it differs.
 */
import type { Event } from "./event.ts"
import { Interner } from "./interner.ts"
import { type Monitor, type Observation, violations } from "./invariants.ts"
import type { Outcome } from "./outcome.ts"
import type { State } from "./state.ts"

/** One outcome of an event as it is observed, and the state after it: the one of all equal states. */
export interface Recalled {
  readonly observation: Observation
  readonly state: State
}

type Monitors = ReadonlyArray<Monitor>

/** Two numbers as one; none reaches 2^26, or the memory would be gone long before. */
const pair = (a: number, b: number): number => a * 0x400_0000 + b

/** The memory of one system while it is explored. */
export class Recall {
  readonly #interner = new Interner()
  readonly #one = <T>(value: T): T => this.#interner.one(value)
  readonly #outcomes = new Map<number, ReadonlyArray<Recalled>>()
  readonly #invariants = new Map<unknown, number>()
  /** Monitors by invariant, memory and violation. */
  readonly #monitors: Array<Monitor> = []
  readonly #monitorIds = new Map<number, number>()
  readonly #idsOfMonitors = new Map<Monitor, number>()
  readonly #observed = new Map<number, number>()
  readonly #lists = new Map<Monitors, number>()
  readonly #listsById = new Map<number, Monitors>()
  readonly #observedLists = new Map<number, Monitors>()
  readonly #violations = new Map<Monitors, ReadonlyArray<string>>()

  /** The number of plain data, equal exactly for equal values. */
  id(value: unknown): number {
    return this.#interner.id(value)
  }

  /** How many different values are known. */
  get size(): number {
    return this.#interner.size
  }

  /** What may come of an event in a state; `run` says it the first time. */
  outcomes(state: State, event: Event, run: () => ReadonlyArray<Outcome>): ReadonlyArray<Recalled> {
    const key = pair(this.#interner.id(state), this.#interner.id(event))
    const known = this.#outcomes.get(key)
    if (known) return known
    const found = run().map(({ actions, state: after }) => ({
      observation: this.#interner.one({ event, actions }), state: this.#interner.one(after)
    }))
    this.#outcomes.set(key, found)
    return found
  }

  /** All monitors after one more observation. */
  observe(monitors: Monitors, observation: Observation): Monitors {
    const seen = this.#interner.id(observation)
    const key = pair(this.monitorsId(monitors), seen)
    const known = this.#observedLists.get(key)
    if (known) return known
    // Of several monitors that remember the same thing the first computes it, if all look at one object.
    const one = this.#interner.one(observation)
    const ids = this.#oneList(monitors).map((monitor) => this.#after(monitor, one, seen))
    const after = this.#listOf(ids)
    this.#observedLists.set(key, after)
    return after
  }

  /** The number of what monitors remember and say. */
  monitorsId(monitors: Monitors): number {
    const known = this.#lists.get(monitors)
    if (known !== undefined) return known
    const list = this.#listOf(monitors.map((monitor) => this.#idOf(monitor)))
    return this.#lists.get(list) ?? 0
  }

  /** The violations so far. */
  violations(monitors: Monitors): ReadonlyArray<string> {
    const known = this.#violations.get(monitors)
    if (known) return known
    const found = violations(monitors)
    if (this.#lists.has(monitors)) this.#violations.set(monitors, found)
    return found
  }

  /** The list that stands for its equals. */
  #oneList(monitors: Monitors): Monitors {
    return this.#listsById.get(this.monitorsId(monitors)) ?? monitors
  }

  #listOf(ids: ReadonlyArray<number>): Monitors {
    const id = this.#interner.id(ids)
    const known = this.#listsById.get(id)
    if (known) return known
    const list = ids.flatMap((monitor) => this.#monitors[monitor] ?? [])
    this.#listsById.set(id, list)
    this.#lists.set(list, id)
    return list
  }

  #after(monitor: Monitor, observation: Observation, seen: number): number {
    const key = pair(this.#idOf(monitor), seen)
    const known = this.#observed.get(key)
    if (known !== undefined) return known
    const id = this.#idOf(monitor.observe(observation, this.#one))
    this.#observed.set(key, id)
    return id
  }

  #idOf(monitor: Monitor): number {
    const known = this.#idsOfMonitors.get(monitor)
    if (known !== undefined) return known
    const { invariant, memory, violation } = monitor
    const n = this.#invariants.get(invariant) ?? this.#invariants.size
    this.#invariants.set(invariant, n)
    const key = this.#interner.id([n, memory, violation ?? null])
    const equal = this.#monitorIds.get(key)
    if (equal !== undefined) return equal
    const id = this.#monitors.push(monitor) - 1
    this.#monitorIds.set(key, id)
    this.#idsOfMonitors.set(monitor, id)
    return id
  }
}
