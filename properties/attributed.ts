/** To which line of a trace an output belongs: it may stand on a later one, at the latest on the next `settle`. */
import type { Line } from "../impl/trace/line.ts"
import type { Output } from "../impl/trace/output.ts"

/** How many lines are kept for outputs that may still name them, where nothing else is said. */
export const WINDOW_LINES = 4096

/** A line with all its outputs and no others. */
export interface Attributed {
  /** Its place in the trace, from 1. */
  readonly place: number
  readonly line: Line
  /** It was not kept until the next `settle`, for want of room: outputs of it might still come. */
  readonly early: boolean
}

/** An output that cannot belong to the line it names. */
export interface Stray {
  readonly place: number
  readonly n: number
  readonly text: string
  /** Whether it might: the line it names was kept no longer. */
  readonly isBeyond: boolean
}

interface Waiting {
  readonly place: number
  readonly line: Line
  readonly out: Array<Output>
}

/**
 * Puts the outputs of a trace where their causes stand, line by line: each line waits until nothing more can belong
 * to it, which is the next `settle`, or until `most` lines wait.
 */
export class Attribution {
  readonly #most: number
  #waiting = new Map<number, Waiting>()
  #places = 0
  #lastCommand: number | null = null
  /** The `n` of the last line that a `settle` let go, and of the last that had to go before. */
  #settled = -1
  #beyond = -1
  /** Whether an output of this trace ever stood on a later line than its cause. */
  hasLate = false

  /** `most` >= 1 lines wait at a time. */
  constructor(most = WINDOW_LINES) {
    this.#most = most
  }

  /** How many lines wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** The lines that one more line completes, and the first of its outputs that can belong to none. */
  push(line: Line): { readonly lines: ReadonlyArray<Attributed>; readonly stray: Stray | null } {
    const { in: { op }, n, out = [] } = line
    this.#places += 1
    this.#lastCommand = op === "settle" && this.#lastCommand !== null ? this.#lastCommand : n
    this.#waiting.set(n, { place: this.#places, line, out: [] })
    for (const output of out) {
      const cause = output.for ?? this.#lastCommand
      const of = this.#waiting.get(cause)
      const isSound = of !== undefined && cause <= n && (output.for === undefined || causesAnything(of.line))
      if (!isSound) {
        // The lines before are judged first, and this one not at all.
        this.#waiting.delete(n)
        const stray = this.#stray(line, output, cause)
        return { lines: this.end(), stray }
      }
      if (cause !== n && output.for !== undefined) this.hasLate = true
      of.out.push(output)
    }
    if (op === "settle") return { lines: this.end(), stray: null }
    const first = this.#waiting.size > this.#most ? this.#waiting.values().next().value : undefined
    if (first === undefined) return { lines: [], stray: null }
    this.#waiting.delete(first.line.n)
    this.#beyond = first.line.n
    return { lines: [wholeOf(first, true)], stray: null }
  }

  /** The lines that still wait; no output of theirs comes any more. */
  end(): ReadonlyArray<Attributed> {
    const lines = [...this.#waiting.values()].map((each) => wholeOf(each, false))
    this.#settled = lines.at(-1)?.line.n ?? this.#settled
    this.#waiting = new Map()
    return lines
  }

  #stray({ n }: Line, { for: named, to }: Output, cause: number): Stray {
    const isBeyond = cause > this.#settled && cause <= this.#beyond
    const whose = named === undefined ? `belongs to n ${cause}` : `names n ${cause} as its cause`
    const why = isBeyond
      ? `, more than ${this.#most} lines before; --window keeps more`
      : cause <= this.#settled ? ", but a settle came between" : ", which cannot have caused it"
    return { place: this.#places, n, text: `an output to ${to} ${whose}${why}`, isBeyond }
  }
}

/** `init` causes nothing, and neither does a line without outputs of its own. */
const causesAnything = ({ in: { op }, out }: Line): boolean => op !== "init" && out !== undefined

const wholeOf = ({ line, out, place }: Waiting, early: boolean): Attributed => ({
  place, early, line: line.out === undefined ? line : { ...line, out }
})

/**
 * Lines with every output where its cause stands: the line it names, for outputs of `settle` that name none
 * the last command before it.
 */
export const attributed = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const attribution = new Attribution(Math.max(1, lines.length))
  return [...lines.flatMap((line) => attribution.push(line).lines), ...attribution.end()].map(({ line }) => line)
}
