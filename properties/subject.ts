/** The implementation under test, as the checks see it: one line in, the same line with its outputs back. */
import type { Line } from "../impl/trace/line.ts"
import { TraceDriver } from "../impl/trace/driver.ts"

/**
 * One PF context under test. A line comes back with `out`, or with `error` where the command cannot be done.
 */
export interface Subject {
  readonly apply: (line: Line) => Line
}

/** Our own implementation, in this process. */
export const reference = (): Subject => {
  const driver = new TraceDriver()
  return { apply: (line) => driver.apply(line) }
}
