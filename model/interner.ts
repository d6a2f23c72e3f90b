/**
 * One object for equal values. A state of the model is plain data of which a step changes little, so most of it
 * is recognized by identity and only what is new is looked at.
 */
import { Tuples } from "./tuples.ts"

/** Plain data: fields by name, or places of a list. */
type Fields = Readonly<Record<string, unknown>>

/** With what a tuple of a list begins; one of fields begins with the number of a key. */
const LIST = -1

/** Numbers for plain data, equal exactly for what is equal: same fields in the same order with equal values. */
export class Interner {
  /** Of primitives, and of the one object that stands for its equals. */
  readonly #ids = new Map<unknown, number>()
  readonly #values: Array<unknown> = []
  /** By the numbers of its values, of an object each after that of its key. */
  readonly #tuples = new Tuples()
  readonly #idsOfTuples: Array<number> = []
  /** What was looked at last, for those who ask again. */
  #last: unknown = null
  #lastId = 0

  /** Of what lists hold and is not what stands for its equals: what is in flight stays there for long. */
  readonly #held = new WeakMap<object, number>()

  /** How many different values are known, parts included. */
  get size(): number {
    return this.#values.length
  }

  /**
   * The number of a value, from 0 on. A field that is undefined is as one that is missing. Throws for what is
   * no plain data (a Map, an object of a class, a function): its contents would not be seen.
   */
  id(value: unknown): number {
    const known = this.#ids.get(value)
    if (known !== undefined) return known
    if (value === this.#last && value !== null) return this.#lastId
    const id = this.#idOfNew(value)
    this.#last = value
    this.#lastId = id
    return id
  }

  #idOfNew(value: unknown): number {
    if (Array.isArray(value)) return this.#list(value)
    if (isFields(value)) return this.#fields(value)
    if ((typeof value === "object" && value !== null) || typeof value === "function") {
      throw new Error(`a state holds ${nameOf(value)}, and only plain data can be told apart`)
    }
    return this.#add(value)
  }

  /** The one that stands for all that are equal to a value; its parts stand for theirs, too. */
  one<T>(value: T): T {
    return this.#values[this.id(value)] as T
  }

  /** The value of a number that {@link id} gave. */
  at(id: number): unknown {
    return this.#values[id]
  }

  #add(value: unknown): number {
    const id = this.#values.length
    this.#values.push(value)
    this.#ids.set(value, id)
    return id
  }

  #list(value: ReadonlyArray<unknown>): number {
    const ids = [LIST]
    for (const each of value) ids.push(this.#idOfHeld(each))
    return this.#ofTuple(ids, value, () => value.map((each) => this.one(each)))
  }

  #idOfHeld(value: unknown): number {
    if (typeof value !== "object" || value === null) return this.id(value)
    const known = this.#ids.get(value) ?? this.#held.get(value)
    if (known !== undefined) return known
    const id = this.#idOfNew(value)
    if (this.#values[id] !== value) this.#held.set(value, id)
    return id
  }

  #fields(value: Fields): number {
    const ids: Array<number> = []
    for (const key of Object.keys(value)) {
      const field = value[key]
      if (field !== undefined) ids.push(this.id(key), this.id(field))
    }
    return this.#ofTuple(ids, value, () =>
      Object.fromEntries(Object.entries(value).map(([key, field]) => [key, this.one(field)])))
  }

  /** A value of known parts: what stands for it is itself if all its parts stand for theirs. */
  #ofTuple(ids: ReadonlyArray<number>, value: Fields | ReadonlyArray<unknown>, rebuilt: () => unknown): number {
    const tuple = this.#tuples.add(ids)
    const known = this.#idsOfTuples[tuple]
    if (known !== undefined) return known
    const isOne = Object.values(value).every((part) => this.one(part) === part)
    const id = this.#add(isOne ? value : rebuilt())
    this.#idsOfTuples[tuple] = id
    return id
  }
}

const isFields = (value: unknown): value is Fields => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const nameOf = (value: object): string =>
  typeof value === "function" ? "a function" : `an object of ${value.constructor.name}`
