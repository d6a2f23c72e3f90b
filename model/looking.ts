/**
 * What came of functions of worlds, recalled by what of a world they looked at: for another world in which that
 * is the same the same comes of them, and they need not run again. What a function looks at next depends on nothing but
 * what it saw before, so all that is known is a tree of glances.
 */
import { Integers, Pairs } from "./tuples.ts"

/** Worlds by the numbers of their parts. */
export interface Parts<W extends object> {
  /** Names of the parts, by place. */
  readonly names: ReadonlyArray<string>
  /** Any world: what a function looks at has its fields. */
  readonly initial: W
  /** The value of the part at a place that has a number. */
  readonly value: (place: number, number: number) => unknown
  /** The number of any plain data. */
  readonly id: (value: unknown) => number
}

/** A field of a part, with the numbers of its values by those of the part; -1 where it is not known. */
interface Field {
  readonly place: number
  readonly name: string
  readonly ids: Array<number>
}

/** Nothing is known yet of what lies here. */
const UNKNOWN = -1
/** All roots lie below it. */
const NOWHERE = -1

/** What came of functions that look at worlds; each function is known by a number. */
export class Looking<W extends object, R> {
  readonly #parts: Parts<W>
  /** By where one is and the number of what was looked at there: where one is then. */
  readonly #next = new Pairs()
  /** By where one is: the part or, above these, the field that is looked at; below {@link UNKNOWN} what came of it. */
  readonly #looks = new Integers()
  readonly #results: Array<R> = []
  readonly #fields: Array<Field> = []

  constructor(parts: Parts<W>) {
    this.#parts = parts
  }

  /** What comes of a function in the world of these numbers; `run` says it the first time. */
  at(which: number, numbers: Int32Array, run: (which: number, world: W) => R): R {
    let at = this.#next.get(NOWHERE, which)
    while (at !== undefined) {
      const look = this.#looks.at(at)
      const result = look < UNKNOWN ? this.#results[UNKNOWN - 1 - look] : undefined
      if (result !== undefined) return result
      at = look < 0 ? undefined : this.#next.get(at, this.#seen(look, numbers))
    }
    return this.#learnt(which, numbers, run)
  }

  /** The number of a part or of a field. */
  #seen(look: number, numbers: Int32Array): number {
    const field = look < numbers.length ? undefined : this.#fields[look - numbers.length]
    if (field === undefined) return numbers[look] ?? 0
    const { ids, name, place } = field
    const number = numbers[place] ?? 0
    while (ids.length <= number) ids.push(-1)
    const known = ids[number] ?? -1
    if (known >= 0) return known
    const part = this.#parts.value(place, number)
    return ids[number] = this.#parts.id(isRecord(part) ? part[name] : undefined)
  }

  #learnt(which: number, numbers: Int32Array, run: (which: number, world: W) => R): R {
    const looks: Array<number> = []
    const result = run(which, this.#watched(numbers, looks))
    let at = this.#after(NOWHERE, which)
    for (const look of looks) {
      if (this.#looks.at(at) === UNKNOWN) this.#looks.put(at, look)
      if (this.#looks.at(at) !== look) throw new Error("what is looked at next is no function of what was seen before")
      at = this.#after(at, this.#seen(look, numbers))
    }
    this.#looks.put(at, UNKNOWN - this.#results.push(result))
    return result
  }

  #after(at: number, number: number): number {
    const known = this.#next.get(at, number)
    if (known !== undefined) return known
    this.#looks.push(UNKNOWN)
    this.#next.set(at, number, this.#looks.length - 1)
    return this.#looks.length - 1
  }

  /** The world of these numbers, which notes what of it is looked at. */
  #watched(numbers: Int32Array, looks: Array<number>): W {
    const { initial, names, value } = this.#parts
    const parts: Array<unknown> = []
    const note = (look: number): void => {
      if (!looks.includes(look)) looks.push(look)
    }
    const get = (_: unknown, name: string | symbol): unknown => {
      const place = typeof name === "string" ? names.indexOf(name) : -1
      if (place < 0) return undefined
      const part = value(place, numbers[place] ?? 0)
      if (isRecord(part)) return parts[place] ??= this.#watchedPart(place, part, note)
      note(place)
      return part
    }
    return new Proxy<W>(initial, { get })
  }

  /** A part of which the fields are looked at by themselves, unless somebody asks which there are. */
  #watchedPart(place: number, part: Record<string, unknown>, note: (look: number) => void): unknown {
    return new Proxy(part, {
      get: (_, name) => {
        if (typeof name === "string") note(this.#lookAt(place, name))
        return Reflect.get(part, name)
      },
      has: (_, name) => {
        note(place)
        return name in part
      },
      ownKeys: () => {
        note(place)
        return Reflect.ownKeys(part)
      }
    })
  }

  #lookAt(place: number, name: string): number {
    const known = this.#fields.findIndex((field) => field.place === place && field.name === name)
    const field = known < 0 ? this.#fields.push({ place, name, ids: [] }) - 1 : known
    return this.#parts.names.length + field
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
