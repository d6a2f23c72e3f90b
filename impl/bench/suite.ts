/** What a benchmark suite is: a function that measures every row once. `main.ts` calls it several times. */

/** One measured row of one run. */
export interface BenchRow {
  /** The same in every run; rows are aggregated by it. */
  readonly name: string
  /** Nanoseconds per operation; Infinity when nothing passed before the deadline. */
  readonly nsPerOp: number
  /**
   * `nsPerOp` divided by that of the C baseline measured right before it: only neighbours in time compare,
   * since a virtual machine's cores move. "no cc" without a compiler; absent for a row that has no C
   * counterpart.
   */
  readonly ratioToC?: number | "no cc"
}

/** What the runner gives a suite. */
export interface BenchContext {
  /** Says what is going on, on stderr; shown at most once in two seconds. */
  readonly progress: (what: string) => void
  /**
   * The path of the compiled C program of a source file, compiled once; undefined when there is no C
   * compiler.
   */
  readonly compileC: (source: URL) => string | undefined
}

/** A suite by name. `measure` takes a few seconds at most and bounds every wait. */
export interface BenchSuite {
  readonly name: string
  readonly measure: (context: BenchContext) => Promise<ReadonlyArray<BenchRow>>
}

/**
 * The ratio of a row to the C figure measured before it; NaN (left out of the report) if C itself stalled.
 */
export const ratioTo = (nsOfC: number | undefined, ns: number): number | "no cc" =>
  nsOfC === undefined ? "no cc" : Number.isFinite(nsOfC) ? ns / nsOfC : Number.NaN
