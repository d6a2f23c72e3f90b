/**
 * Exhaustive exploration of a small closed system: breadth first, so that the first counterexample is a
 * shortest one. A state is known by a few integers, and the way to it by the move that first led there; only
 * states that wait to be looked at are kept themselves.
 */
import type { Initial } from "./initial.ts"
import type { Observation } from "./invariants.ts"
import { type Edges, firstStuck, newEdges } from "./liveness.ts"
import { type Space, spaceOf } from "./spaces.ts"
import type { State } from "./state.ts"
import type { Symmetry } from "./symmetry.ts"
import { Integers } from "./tuples.ts"

/** One labelled transition. */
export interface Move<S, L> {
  readonly label: L
  readonly state: S
  /** What the PF context was given and did, where the transition is one of its own. */
  readonly observation?: Observation
}

/** A system to explore. */
export interface System<S, L> {
  readonly initial: S
  /** All that may happen next, in an order that is the same every time. */
  readonly moves: (state: S) => Iterable<Move<S, L>>
  /** Equal exactly for states that shall count as one. */
  readonly key: (state: S) => string
  /** The same moves by numbers; where it is given, states are known by these. */
  readonly numbered?: Numbered<S, L>
  /** Which functions are alike, by the numbers of states; none where it is missing. */
  readonly symmetry?: Symmetry<S>
  /** What is wrong with a state; empty for nothing. */
  readonly violations: (state: S) => ReadonlyArray<string>
  /**
   * Whether nothing is owed to anybody. From every state such a one must be reachable; not judged where it is
   * missing.
   */
  readonly quiet?: (state: S) => boolean
  /** The PF context in it, where it has one; by it a path can be told as a trace. */
  readonly context?: PfContext<S>
}

/** A system by numbers: a state is 32-bit integers, always as many, the same exactly for states with one key. */
export interface Numbered<S, L> {
  /** Those of the system; a system that is given others has no numbers for them. */
  readonly moves: System<S, L>["moves"]
  readonly numbersOf: (state: S) => Int32Array
  readonly state: (numbers: Int32Array) => S
  /**
   * Calls `found` for every move from a state, in their order, with the numbers of where it leads, which hold until it
   * returns, and with a number from 0 on for its kind.
   */
  readonly visit: (numbers: Int32Array, found: (numbers: Int32Array, kind: number) => void) => void
  /** The label of all moves of a kind. */
  readonly label: (kind: number) => L
}

/** The PF context in a system. */
export interface PfContext<S> {
  readonly initial: Initial
  /** How many invariants watch it. */
  readonly invariants: number
  /** What happened to it before the first move. */
  readonly before: ReadonlyArray<Observation>
  /** Its state in one of the system. */
  readonly stateOf: (state: S) => State
  /** Whether it does what one area does and leaves out tunnels and the events of ports. */
  readonly isOneArea?: boolean
}

/** How far to explore; without any of it, to the end. */
export interface Bounds {
  /** The most states to know; of those with functions in each other's places one. */
  readonly maxStates?: number
  /** False counts states with functions in each other's places as different, though the system does not. */
  readonly symmetry?: boolean
  /** The most transitions from the beginning. */
  readonly maxDepth?: number
  /** Is told how far it is, about every thousand transitions; a sentence that it gives ends the exploration. */
  readonly onProgress?: (progress: Progress) => string | undefined
}

/** How far an exploration is. */
export interface Progress {
  readonly states: number
  /** The same, but of those with functions in each other's places one: as many are looked at. */
  readonly orbits: number
  readonly transitions: number
  /** Transitions from the beginning to the states that are looked at. */
  readonly depth: number
  /** Orbits that are known and were not looked at. */
  readonly waiting: number
}

/** What an exploration found. */
export interface Exploration<L, S = unknown> extends Progress {
  /** Whether every reachable state was visited; false when a bound was met or a counterexample ended it. */
  readonly complete: boolean
  /** Which bound ended it, as a sentence; null for none. */
  readonly stopped: string | null
  /** Whether it was asked, and of every state answered, if a quiet state can be reached from it. */
  readonly live: boolean
  readonly counterexample: Counterexample<L, S> | null
  /** The labels of all transitions that were taken, each once. */
  readonly labels: ReadonlyArray<L>
}

/** A shortest path to a state with something wrong. */
export interface Counterexample<L, S = unknown> {
  readonly path: ReadonlyArray<L>
  readonly violations: ReadonlyArray<string>
  /** The transitions of the path with what was observed, and the states they lead to. */
  readonly moves: ReadonlyArray<Move<S, L>>
}

/** What is wrong with a state from which no quiet one can be reached. */
export const STUCK = "from here no state can be reached in which nothing is owed to anybody (SQP-EXP-4)"

/** Why an exploration ends whose functions are not alike. */
const ASYMMETRIC = "functions that shall be alike are not: explore without symmetry (SQP-EXP-7)"
/** Of the states of a symmetric system one in so many is looked at with functions in each other's places, too. */
const CHECKED = 61
/** Transitions between two reports of progress. */
const REPORT = 1024

/** Explores until done, until something is wrong, or until a bound is met. */
export const explore = <S, L>(system: System<S, L>, bounds: Bounds = {}): Exploration<L, S> =>
  new Run(system, bounds).result()

class Run<S, L> {
  readonly #system: System<S, L>
  readonly #bounds: Bounds
  readonly #space: Space<S, L>
  /** By state: the one from which it was first reached, and by which of its moves. */
  readonly #from = new Integers()
  readonly #by = new Integers()
  readonly #edges: Edges | null
  readonly #wrong: Array<{ readonly state: number; readonly violations: ReadonlyArray<string> }> = []
  #states = 0
  #transitions = 0
  #taken = 0
  #depth = 0
  #looked = 0
  #stopped: string | null = null

  constructor(system: System<S, L>, bounds: Bounds) {
    this.#system = system
    this.#bounds = bounds
    this.#space = spaceOf(system, bounds.symmetry ?? true)
    this.#edges = system.quiet ? newEdges() : null
  }

  result(): Exploration<L, S> {
    this.#explore()
    const complete = this.#stopped === null && this.#wrong.length === 0
    const stuck = complete && this.#edges ? firstStuck(this.#edges, this.#from.length) : null
    const wrong = this.#wrong[0] ?? (stuck === null ? null : { state: stuck, violations: [STUCK] })
    return {
      ...this.#progress(),
      complete: complete && stuck === null,
      stopped: this.#stopped,
      live: complete && this.#edges !== null && stuck === null,
      counterexample: wrong && this.#counterexample(wrong.state, wrong.violations),
      labels: this.#space.labels()
    }
  }

  #progress(): Progress {
    const orbits = this.#from.length
    return {
      states: this.#states, orbits, transitions: this.#transitions, depth: this.#depth, waiting: orbits - this.#looked
    }
  }

  /** Level by level: states have numbers in the order in which they were met. */
  #explore(): void {
    const { maxDepth = Number.POSITIVE_INFINITY } = this.#bounds
    this.#enter(0, -1, -1)
    let level = 1
    while (this.#looked < level && !this.#isOver()) {
      if (this.#depth >= maxDepth) {
        this.#stopped = `${maxDepth} transitions from the beginning are as far as was asked for`
        return
      }
      while (this.#looked < level && !this.#isOver()) this.#look(this.#looked)
      if (this.#from.length > level) this.#depth += 1
      level = this.#from.length
    }
  }

  #isOver(): boolean {
    return this.#stopped !== null || this.#wrong.length > 0
  }

  /** Takes all transitions from a state. */
  #look(from: number): void {
    const { maxStates = Number.POSITIVE_INFINITY } = this.#bounds
    const size = this.#space.size(from)
    let by = 0
    let isOver = false
    this.#space.next(from, (to) => {
      if (isOver) return
      this.#count(size)
      isOver = this.#isOver()
      if (isOver) return
      this.#edges?.add(from, to)
      if (to === this.#from.length) {
        if (to >= maxStates) this.#stopped = `${maxStates} states are as many as was asked for`
        else this.#enter(to, from, by)
      }
      isOver = this.#stopped !== null
      by += 1
    })
    if (isOver) return
    if (from % CHECKED === 0) this.#check(from)
    this.#looked += 1
  }

  /** Ends where the system is not as symmetric as it says: it leads elsewhere from a renamed state. */
  #check(from: number): void {
    const { permutations = 1 } = this.#system.symmetry ?? {}
    if (!this.#space.isAlike(from, from % permutations)) this.#stopped = ASYMMETRIC
  }

  /** One transition, of so many states with functions in each other's places. */
  #count(states: number): void {
    this.#transitions += states
    this.#taken += 1
    if (this.#taken % REPORT === 0) this.#stopped = this.#bounds.onProgress?.(this.#progress()) ?? null
  }

  #enter(number: number, from: number, by: number): void {
    this.#from.push(from)
    this.#by.push(by)
    this.#states += this.#space.size(number)
    const state = this.#space.state(number)
    if (this.#edges && this.#system.quiet?.(state)) this.#edges.quiet.push(number)
    const violations = this.#system.violations(state)
    if (violations.length > 0) this.#wrong.push({ state: number, violations })
  }

  /** The way to a state, gone again. */
  #counterexample(state: number, violations: ReadonlyArray<string>): Counterexample<L, S> {
    const turns: Array<number> = []
    for (let at = state; at > 0; at = this.#from.at(at)) turns.unshift(this.#by.at(at))
    let now = this.#system.initial
    const moves = turns.map((by) => {
      const move = nth(this.#system.moves(now), by)
      now = move.state
      return move
    })
    return { path: moves.map(({ label }) => label), violations, moves }
  }
}

const nth = <T>(all: Iterable<T>, n: number): T => {
  let i = 0
  for (const each of all) if (i++ === n) return each
  throw new Error("a system makes other moves the second time: its moves are no function of its state")
}
