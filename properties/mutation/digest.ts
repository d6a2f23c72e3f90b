/** Digests of plain data: equal for equal values, and what is shared is looked at once. */

/** Of texts, most of which come again. */
const knownTexts = new Map<string, number>()
/** The most texts that are remembered. */
const TEXTS = 100_000

const mixed = (sum: number, more: number): number => {
  const next = Math.imul(sum ^ more, 0x9e37_79b1)
  return next ^ (next >>> 15)
}

const ofText = (text: string): number => {
  const known = knownTexts.get(text)
  if (known !== undefined) return known
  let sum = text.length
  for (let at = 0; at < text.length; at += 1) sum = mixed(sum, text.charCodeAt(at))
  if (knownTexts.size >= TEXTS) knownTexts.clear()
  knownTexts.set(text, sum)
  return sum
}

/** What is no object begins with one of these, as lists and fields do: 1 is not "1", nor [1]. */
const KINDS = ["string", "number", "boolean", "bigint", "undefined", "function", "object", "list", "fields"]
const [LIST, FIELDS] = [KINDS.indexOf("list"), KINDS.indexOf("fields")]

/** Numbers of objects that were looked at; they never change. */
type Known = Map<object, number>

const ofObject = (value: object, known: Known): number => {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => mixed(sum, digestOf(each, known)), LIST)
  let sum = FIELDS
  for (const [key, each] of Object.entries(value)) {
    if (each !== undefined) sum = mixed(mixed(sum, ofText(key)), digestOf(each, known))
  }
  return sum
}

/**
 * A number of 32 bits for plain data of any size; different for different values, but for one pair in four thousand
 * million. Functions are all the same; a field that is undefined is as one that is missing.
 */
const digestOf = (value: unknown, known: Known): number => {
  if (typeof value !== "object" || value === null) {
    const kind = KINDS.indexOf(value === null ? "object" : typeof value)
    return mixed(kind, typeof value === "function" ? 0 : Number.isInteger(value) ? Number(value) : ofText(String(value)))
  }
  const found = known.get(value) ?? ofObject(value, known)
  known.set(value, found)
  return found
}

/** A digest of all that was told to it, in its order. */
export class Digest {
  readonly #known: Known = new Map()
  #sums: readonly [number, number] = [0, 1]

  /** Adds values. */
  add(...values: ReadonlyArray<unknown>): void {
    for (const value of values) {
      const more = digestOf(value, this.#known)
      const [a, b] = this.#sums
      this.#sums = [mixed(a, more), mixed(b, ~more)]
    }
  }

  /** Of all so far. */
  get text(): string {
    return this.#sums.map((sum) => (sum >>> 0).toString(36)).join("")
  }
}
