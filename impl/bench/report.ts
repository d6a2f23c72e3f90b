/** Aggregates the runs of the suites and prints them, as an aligned table or as JSON. */
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import type { BenchRow } from "./suite.ts"

/** Where the figures were measured; without it they say nothing. */
export interface Host {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly platform: string
  readonly node: string
  readonly v8: string
  /** The first line of `cc --version`, or "no cc". */
  readonly cc: string
  /** Mean number of busy threads during the last minute before the start. */
  readonly loadAverage: number
}

/** Median, least and greatest of the runs; Infinity is a stalled run, NaN means that no run gave a figure. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/**
 * A row over all runs. `ratioToC` is the spread of the ratios of neighbours, not the ratio of the medians.
 */
export interface ReportRow {
  readonly suite: string
  readonly name: string
  readonly nsPerOp: Spread
  readonly ratioToC?: Spread | "no cc"
}

/** Everything that is printed. */
export interface Report {
  readonly host: Host
  readonly runs: number
  readonly rows: ReadonlyArray<ReportRow>
}

/** The facts about this host; `compiler` as `openCBaselines` found it. */
export const hostFacts = (compiler: string | undefined): Host => ({
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
  v8: process.versions.v8,
  cc: compiler ?? "no cc",
  loadAverage: loadavg()[0] ?? 0
})

/** Median and spread of `values`. NaN is left out; Infinity counts, as the slowest. */
export const spread = (values: ReadonlyArray<number>): Spread => {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = sorted.length / 2
  const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2
  return { median, min: at(0), max: at(sorted.length - 1) }
}

/** One row per name, in the order of the first run. */
export const aggregate = (
  suite: string,
  runs: ReadonlyArray<ReadonlyArray<BenchRow>>
): ReadonlyArray<ReportRow> => {
  const byName = Map.groupBy(runs.flat(), (row) => row.name)
  return [...byName].map(([name, rows]) => {
    const nsPerOp = spread(rows.map((row) => row.nsPerOp))
    const ratios = rows.flatMap((row) => (row.ratioToC === undefined ? [] : [row.ratioToC]))
    if (ratios.length === 0) return { suite, name, nsPerOp }
    const numbers = ratios.filter((ratio) => ratio !== "no cc")
    return { suite, name, nsPerOp, ratioToC: numbers.length === 0 ? "no cc" : spread(numbers) }
  })
}

const figure = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : Number.isNaN(value) ? "none" : "stalled"
const columns = ({ max, median, min }: Spread, digits: number): ReadonlyArray<string> => [
  figure(median, digits),
  `${figure(min, digits)}-${figure(max, digits)}`
]

const cells = (row: ReportRow): ReadonlyArray<string> => {
  const ratio = row.ratioToC
  const ofC = ratio === undefined || ratio === "no cc" ? [ratio ?? "-", ""] : columns(ratio, 2)
  return [row.suite, row.name, ...columns(row.nsPerOp, 1), ...ofC]
}

const HEADINGS = ["suite", "what", "ns/op", "spread", "ratio to C", "spread"]
/** Columns of words; the others hold numbers and align to the right. */
const WORD_COLUMNS = 2

/** The report as text for people. */
export const table = ({ host, rows, runs }: Report): string => {
  const lines = [HEADINGS, ...rows.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const align = (text: string, column: number): string => {
    const width = widths[column] ?? 0
    return column < WORD_COLUMNS ? text.padEnd(width) : text.padStart(width)
  }
  return [
    `${host.cpu}, ${host.cores} cores, ${host.memoryGiB} GiB, ${host.platform}`,
    `node ${host.node} (V8 ${host.v8}), ${host.cc}, load average ${host.loadAverage.toFixed(2)}`,
    `median and spread of ${runs} runs; each ratio is to C measured right before it`,
    ...(host.loadAverage > 0.5 ? ["other programs are running: two-thread figures may be far too high"] : []),
    "",
    ...lines.map((line) => line.map(align).join("  ").trimEnd())
  ].join("\n")
}

/** The report for programs; a figure that stalled or is missing is null. */
export const json = (report: Report): string => JSON.stringify(report, null, 2)
