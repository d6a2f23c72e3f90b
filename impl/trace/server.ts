/**
 * Answers the reference protocol: one line of a trace in, one reply out. Everything that comes in is answered,
 * what is no line too.
 */
import * as Result from "effect/Result"
import { decodeLine, encodeLine, type Line, LINE_LENGTH_MAX } from "./line.ts"
import { LINE_NUMBER_MAX } from "./scalars.ts"

/** Whatever does a command: our own PF context, the model, or another. */
export interface Served {
  readonly apply: (line: Line) => Line
}

/** The number a text gives itself, whatever else is wrong with it; null when it gives none. */
const numberIn = (text: string): number | null => {
  if (text.length > LINE_LENGTH_MAX) return null
  try {
    const value: unknown = JSON.parse(text)
    const n: unknown = typeof value === "object" && value !== null && "n" in value ? value.n : null
    return typeof n === "number" && Number.isInteger(n) && n >= 0 && n <= LINE_NUMBER_MAX ? n : null
  } catch {
    return null
  }
}

const textOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault))

/**
 * Answers line by line. A reply has `n` and either `out` or `error`; a text that tells no `n` is answered under the
 * number after the last. Numbers rise, with or without gaps, because copies name lines by them. `out` and `error` of
 * a line that was recorded are not read: the command is done again.
 */
export class LineServer {
  readonly #served: Served
  #place = 0
  #last = -1

  constructor(served: Served) {
    this.#served = served
  }

  /** The reply to one line, without its newline; never throws. */
  answer(text: string): string {
    this.#place += 1
    const line = decodeLine(text, this.#place)
    if (Result.isFailure(line)) return this.#refused(numberIn(text), line.failure.message)
    const { in: command, n } = line.success
    if (n <= this.#last) {
      const expected = `expected more than ${this.#last}, the number of a line before, got ${n}`
      return this.#refused(n, `line ${this.#place}: n: ${expected}`)
    }
    this.#last = n
    try {
      const { error, out } = this.#served.apply({ n, in: command })
      return encodeLine({ n, ...(error === undefined ? { out: out ?? [] } : { error }) })
    } catch (fault) {
      return encodeLine({ n, error: `the implementation failed: ${textOf(fault)}` })
    }
  }

  /** A line that is refused does not count: its number is still to come. */
  #refused(n: number | null, error: string): string {
    return encodeLine({ n: n ?? Math.min(this.#last + 1, LINE_NUMBER_MAX), error })
  }
}
