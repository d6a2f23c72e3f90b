/** Where a text stops being JSON: engines say it in words of their own, or not at all. */

/** A place in a text of one line, counted in UTF-16 units from 1, and what stands there, in words. */
export interface JsonFault {
  readonly column: number
  readonly found: string
}

type Expected = "value" | "first-item" | "key" | "first-key" | "colon" | "rest"

const BLANK = /[ \t\n\r]*/y
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** Reads a text sign by sign. It keeps a list of what is open, so that no depth of nesting is too deep. */
class Reader {
  readonly text: string
  at = 0
  readonly #open: Array<"}" | "]"> = []
  #expected: Expected = "value"

  constructor(text: string) {
    this.text = text
  }

  /** True when the whole text is JSON; else `at` is where it cannot go on. */
  whole(): boolean {
    do this.#take(BLANK)
    while (this.at < this.text.length && this.#token(this.text[this.at] ?? ""))
    return this.at === this.text.length && this.#expected === "rest" && this.#open.length === 0
  }

  /** One token and what may follow it; false when `sign` begins none that is expected. */
  #token(sign: string): boolean {
    const expected = this.#expected
    if (expected === "colon") return sign === ":" && this.#step("value")
    if (expected === "rest") return sign === "," ? this.#more() : this.#close(sign)
    if (expected === "first-key" || expected === "first-item") {
      if (sign === this.#open.at(-1)) return this.#close(sign)
    }
    if (expected === "key" || expected === "first-key") return sign === "\"" && this.#string("colon")
    if (sign === "\"") return this.#string("rest")
    if (sign === "{") return this.#enter("}", "first-key")
    if (sign === "[") return this.#enter("]", "first-item")
    this.#expected = "rest"
    return this.#take(SCALAR)
  }

  #step(next: Expected): boolean {
    this.at += 1
    this.#expected = next
    return true
  }

  #enter(end: "}" | "]", next: Expected): boolean {
    this.#open.push(end)
    return this.#step(next)
  }

  #close(sign: string): boolean {
    if (this.#open.at(-1) !== sign) return false
    this.#open.pop()
    return this.#step("rest")
  }

  #more(): boolean {
    const inside = this.#open.at(-1)
    return inside !== undefined && this.#step(inside === "}" ? "key" : "value")
  }

  #string(next: Expected): boolean {
    this.at += 1
    for (let sign = this.text[this.at]; sign !== undefined && sign >= " "; sign = this.text[this.at]) {
      if (sign === "\"") return this.#step(next)
      if (sign !== "\\") this.at += 1
      else if (!this.#take(ESCAPE)) return false
    }
    return false
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    const { length } = pattern.exec(this.text)?.[0] ?? ""
    this.at += length
    return length > 0
  }
}

/** The first place where `text` cannot go on as JSON; null when all of it is JSON. */
export const jsonFault = (text: string): JsonFault | null => {
  const reader = new Reader(text)
  if (reader.whole()) return null
  const [found] = text.slice(reader.at, reader.at + 2)
  return { column: reader.at + 1, found: found === undefined ? "the end of the line" : JSON.stringify(found) }
}
