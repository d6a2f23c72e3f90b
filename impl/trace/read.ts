/** Reads a trace: JSON Lines, UTF-8, an empty line at the end allowed, numbered without gap or repetition, `init` first. */
import * as Result from "effect/Result"
import { shown } from "../input/check.ts"
import { decodeLine, type Line, TraceError } from "./line.ts"
import { LineSplitter } from "./split.ts"

/** Reads the lines of one trace, one after the other; it remembers the number of the last one alone. */
export class TraceReader {
  #before: number | null = null
  #place = 0

  /** The next line from its text; nothing must be read after an error. */
  read(text: string): Result.Result<Line, TraceError> {
    this.#place += 1
    const line = Result.flatMap(decodeLine(text, this.#place), (decoded) => inOrder(decoded, this.#before, this.#place))
    if (Result.isSuccess(line)) this.#before = line.success.n
    return line
  }
}

/** Lines of a text, one after the other, as far as they are sound; ends after the first error. */
export function* traceLines(text: string): Generator<Result.Result<Line, TraceError>> {
  if (typeof text !== "string") {
    return yield Result.fail(new TraceError({ line: 1, path: "", expected: "a text of JSON Lines", got: shown(text) }))
  }
  const texts = text.split(/\r?\n/)
  if (texts.at(-1) === "") texts.pop()
  const reader = new TraceReader()
  for (const each of texts) {
    const line = reader.read(each)
    yield line
    if (Result.isFailure(line)) return
  }
}

/**
 * Lines of bytes that come in pieces, as of a file or a pipe, of whatever length altogether; ends after the first error.
 * Rejects as `bytes` does.
 */
export async function* traceLinesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Result.Result<Line, TraceError>> {
  const splitter = new LineSplitter()
  const reader = new TraceReader()
  for await (const piece of bytes) {
    for (const text of splitter.push(piece)) {
      const line = reader.read(text)
      yield line
      if (Result.isFailure(line)) return
    }
    // Whoever sends no line end is not heard out.
    if (splitter.isTooLong) break
  }
  const rest = splitter.end()
  if (rest !== null) yield reader.read(rest)
}

const inOrder = (line: Line, before: number | null, place: number): Result.Result<Line, TraceError> => {
  const fault = (path: string, expected: string, got: string) =>
    Result.fail(new TraceError({ line: place, path, expected, got }))
  if (before !== null && line.n !== before + 1)
    return fault("n", `${before + 1}, because the line before has ${before} and each has one more`, String(line.n))
  if (before === null && line.in.op !== "init")
    return fault("in.op", '"init" on the first line', JSON.stringify(line.in.op))
  return before !== null && line.in.op === "init"
    ? fault("in.op", '"init" on the first line only', '"init"')
    : Result.succeed(line)
}

/** All lines of a trace, or the first error. */
export const readTrace = (text: string): Result.Result<ReadonlyArray<Line>, TraceError> =>
  Result.all(traceLines(text))
