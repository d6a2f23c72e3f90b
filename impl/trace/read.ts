/** Reads a trace: JSON Lines, UTF-8, an empty line at the end allowed, numbered without gap or repetition, `init` first. */
import * as Result from "effect/Result"
import { shown } from "../input/check.ts"
import { decodeLine, type Line, TraceError } from "./line.ts"

/** Lines of a text, one after the other, as far as they are sound; ends after the first error. */
export function* traceLines(text: string): Generator<Result.Result<Line, TraceError>> {
  if (typeof text !== "string") {
    return yield Result.fail(new TraceError({ line: 1, path: "", expected: "a text of JSON Lines", got: shown(text) }))
  }
  const texts = text.split(/\r?\n/)
  if (texts.at(-1) === "") texts.pop()
  let before: number | null = null
  for (const [i, each] of texts.entries()) {
    const line = Result.flatMap(decodeLine(each, i + 1), (decoded) => inOrder(decoded, before, i + 1))
    yield line
    if (Result.isFailure(line)) return
    before = line.success.n
  }
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
