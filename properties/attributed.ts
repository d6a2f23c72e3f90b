/** To which line of a trace an output belongs: it may stand on a later one. */
import type { Line } from "../impl/trace/line.ts"
import type { Output } from "../impl/trace/output.ts"

/**
 * Lines with every output where its cause stands: the line it names, for outputs of `settle` that name none
 * the last command before it.
 */
export const attributed = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const outputs = new Map<number, Array<Output>>()
  let lastCommand = lines[0]?.n ?? 0
  for (const { in: command, n, out = [] } of lines) {
    if (command.op !== "settle") lastCommand = n
    for (const output of out) {
      const cause = output.for ?? lastCommand
      outputs.set(cause, [...(outputs.get(cause) ?? []), output])
    }
  }
  return lines.map((line) => (line.out === undefined ? line : { ...line, out: outputs.get(line.n) ?? [] }))
}

/** Outputs whose `for` names what can have caused nothing: no line, a later one, init, or one without outputs. */
export const strays = (
  lines: ReadonlyArray<Line>
): ReadonlyArray<{ readonly line: number; readonly n: number; readonly text: string }> => {
  const causes = new Set(lines.flatMap(({ in: { op }, n, out }) => (op === "init" || out === undefined ? [] : [n])))
  return lines.flatMap(({ n, out = [] }, i) =>
    out.flatMap((output) => {
      const cause = output.for
      if (cause === undefined || (cause <= n && causes.has(cause))) return []
      const text = `an output to ${output.to} names n ${cause} as its cause, which cannot have caused it`
      return [{ line: i + 1, n, text }]
    })
  )
}
