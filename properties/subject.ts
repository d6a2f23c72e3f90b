/** The implementation under test, as the checks see it: one line in, the same line with its outputs back. */
import type { Line } from "../impl/trace/line.ts"
import { TraceDriver } from "../impl/trace/driver.ts"

/**
 * One PF context under test. A line comes back with `out`, or with `error` where the command cannot be done.
 */
export interface Subject {
  readonly apply: (line: Line) => Line
}

/**
 * A PF context under test that answers when it can: in another process, on another machine. `apply` rejects
 * with a SubjectFault where no answer is to be had; after `close` nothing of it runs any more.
 */
export interface AsyncSubject {
  readonly apply: (line: Line) => Promise<Line>
  readonly close: () => Promise<void>
}

/** Our own implementation, in this process. */
export const reference = (): Subject => {
  const driver = new TraceDriver()
  return { apply: (line) => driver.apply(line) }
}
