/** `npm run soak:merge -- FILE..`: adds the reports of the shards of one soak (spec/soak.md). */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import * as Result from "effect/Result"
import { fileFault } from "../../impl/system/file-fault.ts"
import { demandTarget, EnvironmentFault, runScript, UsageFault } from "../script.ts"
import { reportPage } from "./report-page.ts"
import { mergeReports, missingShards, readReport, reportText, type SoakReport } from "./report.ts"

const HELP = `npm run soak:merge -- FILE.. [--report FILE]
Adds the reports of the shards of one soak, and prints the sum.

  --report FILE  writes it, too: as JSON or, into a file that ends with .md, as a page
  --help

Exit codes: 0 nothing was found, 1 usage, 2 something was found or a shard is missing, 3 a file cannot be read or written.`

const options = { report: { type: "string" }, help: { type: "boolean", default: false } } as const

/** What a file access gives; a fault of it is one of what is around us. */
const accessing = <T>(what: string, access: () => T): T => {
  try {
    return access()
  } catch (cause) {
    throw new EnvironmentFault(`cannot ${what}: ${fileFault(cause)}`)
  }
}

const usage = (text: string): never => {
  throw new UsageFault(text)
}

const reportAt = (path: string): SoakReport =>
  Result.getOrElse(readReport(accessing(`read ${path}`, () => readFileSync(path, "utf8"))), (fault) => usage(`${path}: ${fault}`))

await runScript("soak:merge", HELP, () => {
  const { positionals: paths, values: { help, report } } = parseArgs({ options, allowPositionals: true })
  if (help) return console.log(HELP)
  if (report !== undefined) demandTarget(report)
  const merged = Result.getOrElse(mergeReports(paths.map(reportAt)), usage)
  console.log(reportText(merged))
  // A shard that told nothing may have found something.
  if (merged.failures.length > 0 || missingShards(merged).length > 0) process.exitCode = 2
  if (report === undefined) return
  const text = report.endsWith(".md") ? reportPage(merged) : `${JSON.stringify(merged, null, 1)}\n`
  accessing(`write ${report}`, () => writeFileSync(report, text))
})
