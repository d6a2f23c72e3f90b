/**
 * `npm run bench`: runs the suites and prints one report. Exit codes: 0 ok, 1 usage, 3 a suite could not run.
 */
import { parseArgs } from "node:util"
import { openCBaselines } from "./c-baseline.ts"
import { aggregate, hostFacts, json, type ReportRow, table } from "./report.ts"
import { ringSuite } from "./ring.ts"
import { engineSuite } from "./engine.ts"
import type { BenchContext, BenchRow, BenchSuite } from "./suite.ts"

/** Every suite, in the order in which they run. */
const SUITES: ReadonlyArray<BenchSuite> = [ringSuite, engineSuite]
const RUNS_DEFAULT = 5
const RUNS_MAX = 1000
const QUIET_MS = 2000

const USAGE = `usage: npm run bench -- [--json] [--runs N] [SUITE...]
  --json    print the report as JSON
  --runs N  runs of each suite, 1..${RUNS_MAX} (${RUNS_DEFAULT} by default)
  SUITE     only these: ${SUITES.map((suite) => suite.name).join(", ")}`

interface Options {
  readonly json: boolean
  readonly runs: number
  readonly suites: ReadonlyArray<BenchSuite>
  readonly help: boolean
}

/** The options, or what is wrong with them. */
const readOptions = (): Options | string => {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        help: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        runs: { type: "string", default: String(RUNS_DEFAULT) }
      }
    })
    const runs = Number(values.runs)
    if (!Number.isInteger(runs) || runs < 1 || runs > RUNS_MAX) {
      return `--runs must be in 1..${RUNS_MAX}, got ${values.runs}`
    }
    const unknown = positionals.find((name) => !SUITES.some((suite) => suite.name === name))
    if (unknown !== undefined) return `there is no suite "${unknown}"`
    const suites = SUITES.filter((suite) => positionals.length === 0 || positionals.includes(suite.name))
    return { help: values.help, json: values.json, runs, suites }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Says on stderr what runs, at most once in two seconds. */
const openProgress = (): ((what: string) => void) => {
  const start = performance.now()
  let last = start
  return (what) => {
    const now = performance.now()
    if (now - last < QUIET_MS) return
    last = now
    process.stderr.write(`bench: ${Math.round((now - start) / 1000)} s: ${what}\n`)
  }
}

const runSuite = async (
  suite: BenchSuite,
  runs: number,
  context: BenchContext
): Promise<ReadonlyArray<ReportRow>> => {
  const measured: Array<ReadonlyArray<BenchRow>> = []
  for (let run = 1; run <= runs; run++) {
    const progress = (what: string) => context.progress(`run ${run} of ${runs}: ${what}`)
    measured.push(await suite.measure({ ...context, progress }))
  }
  return aggregate(suite.name, measured)
}

const main = async (): Promise<number> => {
  const options = readOptions()
  if (typeof options === "string") {
    process.stderr.write(`bench: ${options}\n${USAGE}\n`)
    return 1
  }
  if (options.help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const baselines = openCBaselines()
  try {
    const host = hostFacts(baselines.compiler)
    const context: BenchContext = { progress: openProgress(), compileC: baselines.compileC }
    const rows: Array<ReportRow> = []
    for (const suite of options.suites) rows.push(...(await runSuite(suite, options.runs, context)))
    const report = { host, runs: options.runs, rows }
    process.stdout.write(`${options.json ? json(report) : table(report)}\n`)
    return 0
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
    return 3
  } finally {
    baselines.close()
  }
}

process.exitCode = await main()
