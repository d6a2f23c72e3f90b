/** Worlds by numbers: every part of a world is plain data and has one, the same for equal parts. */
import type { Monitor } from "./invariants.ts"
import type { Recall } from "./recall.ts"
import { type Rename, type Renaming, same } from "./renaming.ts"
import type { State } from "./state.ts"
import type { Symmetry } from "./symmetry.ts"

type Monitors = ReadonlyArray<Monitor>

/** A PF context, what watches it, and parts of what is around it: plain data each. */
export interface World {
  readonly state: State
  readonly monitors: Monitors
}

/** The parts of a world, but for the monitors. */
type Part<W> = Exclude<keyof W, "monitors"> & string

/** How each part of a world is renamed; first those in which functions soonest differ. */
export type Renames<W> = { readonly [K in Part<W>]-?: Rename<W[K]> }

/** Worlds of one system. Their parts have places in the order of the renames, and the monitors come last. */
export class Worlds<W extends World> {
  /** The parts by place. */
  readonly names: ReadonlyArray<string>
  readonly stateAt: number
  readonly monitorsAt: number
  readonly #parts: ReadonlyArray<Part<W>>
  readonly #initial: W
  readonly #renames: Renames<W>
  readonly #recall: Recall
  /** By place: the number of a value by that of the recall, and the values. */
  readonly #numbers: ReadonlyArray<Map<number, number>>
  readonly #values: ReadonlyArray<Array<unknown>>

  constructor(initial: W, renames: Renames<W>, recall: Recall) {
    this.#initial = initial
    this.#renames = renames
    this.#recall = recall
    this.#parts = keysOf(renames)
    this.names = [...this.#parts, "monitors"]
    this.stateAt = this.names.indexOf("state")
    this.monitorsAt = this.#parts.length
    this.#numbers = this.names.map(() => new Map())
    this.#values = this.names.map(() => [])
  }

  /** The numbers of all parts of a world, by place. */
  numbersOf(world: W): Int32Array {
    return Int32Array.of(...this.#parts.map((part, place) => this.#number(place, world[part])), this.ofMonitors(world.monitors))
  }

  /** The world of these numbers. */
  world(numbers: ArrayLike<number>): W {
    const parts: Record<string, unknown> = {}
    for (const [place, name] of this.names.entries()) parts[name] = this.value(place, numbers[place] ?? 0)
    return Object.assign({ ...this.#initial }, parts)
  }

  /** The value of a part that has a number. */
  value(place: number, number: number): unknown {
    return this.#values[place]?.[number]
  }

  /** Place and number of every part that is in a change, one after the other. */
  changes(change: Partial<W>): Int32Array {
    return Int32Array.from(this.#parts.flatMap((part, place) => {
      const value = change[part]
      return value === undefined ? [] : [place, this.#number(place, value)]
    }))
  }

  /** The number of a state of the PF context. */
  ofState(state: State): number {
    return this.#number(this.stateAt, state)
  }

  /** The number of what monitors remember. */
  ofMonitors(monitors: Monitors): number {
    return this.#dense(this.monitorsAt, this.#recall.monitorsId(monitors), monitors)
  }

  /** The state of the PF context with a number. */
  state(number: number): State {
    return Object.assign({ ...this.#initial }, { state: this.value(this.stateAt, number) }).state
  }

  /** What monitors remember, by its number. */
  monitors(number: number): Monitors {
    return Object.assign({ ...this.#initial }, { monitors: this.value(this.monitorsAt, number) }).monitors
  }

  #number(place: number, value: unknown): number {
    const id = this.#recall.id(value)
    return this.#dense(place, id, this.#recall.at(id))
  }

  #dense(place: number, id: number, value: unknown): number {
    const [numbers, values] = [this.#numbers[place], this.#values[place]]
    if (numbers === undefined || values === undefined) throw new RangeError(`a world has no part ${place}`)
    const known = numbers.get(id)
    if (known !== undefined) return known
    numbers.set(id, values.length)
    return values.push(value) - 1
  }

  /**
   * What becomes of worlds under renamings; undefined if there are none. Throws a sentence if the first world is not alike
   * for functions that shall be alike.
   */
  symmetry(renamings: ReadonlyArray<Renaming>): Symmetry<W> | undefined {
    if (renamings.length === 0) return undefined
    const images = this.names.map(() => renamings.map((): Array<number> => []))
    const image = (place: number, number: number, permutation: number): number => {
      const part = this.#parts[place]
      if (part !== undefined && this.#renames[part] === same) return number
      const known = images[place]?.[permutation] ?? []
      while (known.length <= number) known.push(-1)
      const found = known[number] ?? -1
      if (found >= 0) return found
      return known[number] = this.#renamedNumber(place, number, renamings[permutation])
    }
    const first = this.numbersOf(this.#initial)
    for (const [permutation, { functions }] of renamings.entries()) {
      const place = first.findIndex((number, at) => image(at, number, permutation) !== number)
      if (place < 0) continue
      throw new Error(`${this.names[place]} of the first state changes when functions 0, 1, ... are ${functions.join()}`)
    }
    const renamed = (world: W, permutation: number): W =>
      this.world(this.numbersOf(world).map((number, place) => image(place, number, permutation)))
    return { permutations: renamings.length, image, renamed }
  }

  #renamedNumber(place: number, number: number, by: Renaming | undefined): number {
    const part = this.#parts[place]
    if (by === undefined) return number
    if (part === undefined) return this.ofMonitors(this.#recall.renamed(this.monitors(number), by))
    const world: W = { ...this.#initial, [part]: this.value(place, number) }
    return this.#number(place, renamedPart(world, part, this.#renames, by))
  }
}

const renamedPart = <W, K extends Part<W>>(world: W, part: K, renames: Renames<W>, by: Renaming): W[K] =>
  renames[part](world[part], by)

const keysOf = <T extends object>(of: T): ReadonlyArray<keyof T & string> => {
  const keys: Array<keyof T & string> = []
  for (const key in of) keys.push(key)
  return keys
}
