/** Copies of a recorded trace, done before outputs are told apart: they name the line an output stood on. */
import * as Result from "effect/Result"
import { resolveCommand } from "../impl/trace/copy.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output } from "../impl/trace/output.ts"

/**
 * Lines whose `copy` and `qpnFrom` are done, from outputs where they were recorded; a line that quotes what is not there
 * stays as it is.
 */
export const copied = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const outputs = new Map<number, ReadonlyArray<Output>>()
  return lines.map((line) => {
    const resolved = resolveCommand(line.in, (n) => outputs.get(n))
    outputs.set(line.n, line.out ?? [])
    return Result.isSuccess(resolved) ? { ...line, in: resolved.success } : line
  })
}
