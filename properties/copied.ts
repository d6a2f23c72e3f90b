/** Copies of a recorded trace, done before outputs are told apart: they name the line an output stood on. */
import * as Result from "effect/Result"
import { resolveCommand } from "../impl/trace/copy.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output } from "../impl/trace/output.ts"

/** Does `copy` and `qpnFrom` of one line after the other, from the outputs of the last lines as they were recorded. */
export class Copies {
  readonly #outputs = new Map<number, ReadonlyArray<Output>>()
  readonly #most: number

  /** Outputs of `most` >= 1 lines are kept. */
  constructor(most: number) {
    this.#most = most
  }

  /** How many outputs are kept. */
  get size(): number {
    return [...this.#outputs.values()].reduce((sum, out) => sum + 1 + out.length, 0)
  }

  /** The line with its copies done; one that quotes what is not there stays as it is. */
  done(line: Line): Line {
    const resolved = resolveCommand(line.in, (n) => this.#outputs.get(n))
    this.#outputs.set(line.n, line.out ?? [])
    this.#outputs.delete(line.n - this.#most)
    return Result.isSuccess(resolved) ? { ...line, in: resolved.success } : line
  }
}

/** Lines whose `copy` and `qpnFrom` are done (see {@link Copies}). */
export const copied = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const copies = new Copies(Math.max(1, lines.length))
  return lines.map((line) => copies.done(line))
}
