/** States by numbers, as an explorer knows them: those with functions in each other's places have one. */
import type { Numbered, System } from "./explore.ts"
import type { Symmetry } from "./symmetry.ts"
import { Integers, Tuples } from "./tuples.ts"

/** The states of a system that were met, numbered from 0 on; the first state is 0. */
export interface Space<S, L> {
  /** Calls `found` with the number of every state that one leads to, in the order of its moves. Each is asked once. */
  readonly next: (number: number, found: (to: number) => void) => void
  /** The state of a number that was not asked for its next ones before. */
  readonly state: (number: number) => S
  /** How many states a number stands for. */
  readonly size: (number: number) => number
  /** Whether from a state with functions in each other's places everything leads to the same numbers. */
  readonly isAlike: (number: number, permutation: number) => boolean
  /** Names of the transitions so far, each once. */
  readonly labels: () => ReadonlyArray<L>
}

/** The states of a system: by its numbers up to its symmetry, by its numbers, or by its texts. */
export const spaceOf = <S, L>(system: System<S, L>, isSymmetric: boolean): Space<S, L> => {
  const { moves, numbered, symmetry } = system
  // Whoever gives a system other moves has no numbers for them.
  if (numbered === undefined || numbered.moves !== moves) return new Texts(system)
  return symmetry && isSymmetric ? new Orbits(system.initial, numbered, symmetry) : new Numbers(system.initial, numbered)
}

/** States that are known by their texts. */
class Texts<S, L> implements Space<S, L> {
  readonly #system: System<S, L>
  readonly #numbers = new Map<string, number>()
  /** Those that were not asked yet. */
  readonly #waiting = new Map<number, S>()
  readonly #labels = new Set<L>()

  constructor(system: System<S, L>) {
    this.#system = system
    this.#number(system.initial)
  }

  next(number: number, found: (to: number) => void): void {
    for (const { label, state } of this.#system.moves(this.state(number))) {
      this.#labels.add(label)
      found(this.#number(state))
    }
    this.#waiting.delete(number)
  }

  state(number: number): S {
    return this.#waiting.get(number) ?? this.#system.initial
  }

  size(): number {
    return 1
  }

  isAlike(): boolean {
    return true
  }

  labels(): ReadonlyArray<L> {
    return [...this.#labels]
  }

  #number(state: S): number {
    const text = this.#system.key(state)
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(text, number)
    this.#waiting.set(number, state)
    return number
  }
}

/** Kinds of transitions that were taken. */
class Kinds<L> {
  readonly #taken: Array<boolean> = []
  readonly #label: (kind: number) => L

  constructor(label: (kind: number) => L) {
    this.#label = label
  }

  take(kind: number): void {
    this.#taken[kind] = true
  }

  labels(): ReadonlyArray<L> {
    return [...new Set(this.#taken.flatMap((isTaken, kind) => (isTaken ? [this.#label(kind)] : [])))]
  }
}

/** States that are known by numbers of their parts. */
class Numbers<S, L> implements Space<S, L> {
  readonly #numbered: Numbered<S, L>
  readonly #seen = new Tuples()
  readonly #kinds: Kinds<L>
  /** The numbers of the state that leads on, and of one that is asked for. */
  readonly #at: Int32Array
  readonly #asked: Int32Array

  constructor(initial: S, numbered: Numbered<S, L>) {
    this.#numbered = numbered
    this.#kinds = new Kinds(numbered.label)
    this.#at = numbered.numbersOf(initial)
    this.#asked = new Int32Array(this.#at.length)
    this.#seen.add(this.#at)
  }

  next(number: number, found: (to: number) => void): void {
    this.#seen.read(number, this.#at)
    this.#numbered.visit(this.#at, (numbers, kind) => {
      this.#kinds.take(kind)
      found(this.#seen.add(numbers))
    })
  }

  state(number: number): S {
    this.#seen.read(number, this.#asked)
    return this.#numbered.state(this.#asked)
  }

  size(): number {
    return 1
  }

  isAlike(): boolean {
    return true
  }

  labels(): ReadonlyArray<L> {
    return this.#kinds.labels()
  }
}

/**
 * States that have one number with those in which functions are in each other's places. Such an orbit is known by
 * the least of the tuples of its states, part by part: what is not least in one part need not be renamed in the next. As
 * many permutations lead to the least as leave it as it is, which tells how many states the orbit has. The state of
 * a number is the one that was met first.
 */
class Orbits<S, L> implements Space<S, L> {
  readonly #numbered: Numbered<S, L>
  readonly #symmetry: Symmetry<S>
  readonly #seen = new Tuples()
  readonly #kinds: Kinds<L>
  /** By orbit: the numbers of the state that was met first, and how many there are. */
  readonly #firsts = new Integers()
  readonly #sizes = new Integers()
  /** The numbers of the state that leads on, of one that is asked for, and of the least. */
  readonly #at: Int32Array
  readonly #asked: Int32Array
  readonly #least: Int32Array
  /** Permutations by which a tuple is least so far, and of these the one that moves nothing as -1. */
  readonly #by: Int32Array

  constructor(initial: S, numbered: Numbered<S, L>, symmetry: Symmetry<S>) {
    this.#numbered = numbered
    this.#symmetry = symmetry
    this.#kinds = new Kinds(numbered.label)
    this.#at = numbered.numbersOf(initial)
    this.#asked = new Int32Array(this.#at.length)
    this.#least = new Int32Array(this.#at.length)
    this.#by = new Int32Array(symmetry.permutations + 1)
    this.#number(this.#at)
  }

  next(number: number, found: (to: number) => void): void {
    this.#read(number, this.#at)
    this.#numbered.visit(this.#at, (numbers, kind) => {
      this.#kinds.take(kind)
      found(this.#number(numbers))
    })
  }

  state(number: number): S {
    this.#read(number, this.#asked)
    return this.#numbered.state(this.#asked)
  }

  size(number: number): number {
    return this.#sizes.at(number)
  }

  isAlike(number: number, permutation: number): boolean {
    const { numbersOf, visit } = this.#numbered
    const next = (from: Int32Array): string => {
      const all: Array<number> = []
      visit(from, (numbers) => all.push(this.#number(numbers)))
      return all.sort().join()
    }
    const state = this.state(number)
    return next(numbersOf(state)) === next(numbersOf(this.#symmetry.renamed(state, permutation)))
  }

  labels(): ReadonlyArray<L> {
    return this.#kinds.labels()
  }

  #read(number: number, into: Int32Array): void {
    for (let place = 0; place < into.length; place++) into[place] = this.#firsts.at(number * into.length + place)
  }

  #number(numbers: Int32Array): number {
    const { permutations } = this.#symmetry
    const kept = this.#reduce(numbers)
    const number = this.#seen.add(this.#least)
    if (number === this.#sizes.length) {
      for (const each of numbers) this.#firsts.push(each)
      this.#sizes.push((permutations + 1) / kept)
    }
    return number
  }

  /** The least tuple of the orbit, and how many permutations lead to it. */
  #reduce(numbers: Int32Array): number {
    const { image, permutations } = this.#symmetry
    const by = this.#by
    let count = permutations + 1
    for (let n = 0; n < count; n++) by[n] = n - 1
    for (let place = 0; place < numbers.length; place++) {
      const number = numbers[place] ?? 0
      let best = Number.POSITIVE_INFINITY
      let kept = 0
      for (let n = 0; n < count; n++) {
        const permutation = by[n] ?? -1
        const renamed = permutation < 0 ? number : image(place, number, permutation)
        if (renamed > best) continue
        if (renamed < best) kept = 0
        best = renamed
        by[kept++] = permutation
      }
      count = kept
      this.#least[place] = best
    }
    return count
  }
}
