/**
 * `npm run soak:merge -- FILE..`: adds the reports of the shards of one soak; `--report FILE` writes the sum, as JSON or,
 * into a file that ends with `.md`, as a page.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import * as Result from "effect/Result"
import { reportPage } from "./report-page.ts"
import { mergeReports, missingShards, readReport, reportText, type SoakReport } from "./report.ts"

const USAGE = "npm run soak:merge -- FILE.. [--report FILE]"

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const end = (code: 1 | 3, text: string): never => {
  console.error(`soak:merge: ${text}`)
  process.exit(code)
}

const readArguments = (): { readonly paths: ReadonlyArray<string>; readonly report: string | undefined } => {
  try {
    const { positionals, values } = parseArgs({ options: { report: { type: "string" } }, allowPositionals: true })
    return { paths: positionals, report: values.report }
  } catch (error) {
    return end(1, `${messageOf(error)}\n${USAGE}`)
  }
}

const textAt = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    return end(3, `cannot read ${path}: ${messageOf(error)}`)
  }
}

const reportAt = (path: string): SoakReport =>
  Result.getOrElse(readReport(textAt(path)), (fault) => end(1, `${path}: ${fault}`))

const { paths, report } = readArguments()
const merged = Result.getOrElse(mergeReports(paths.map(reportAt)), (fault) => end(1, `${fault}\n${USAGE}`))
console.log(reportText(merged))
try {
  const isPage = report?.endsWith(".md") === true
  if (report !== undefined) writeFileSync(report, isPage ? reportPage(merged) : `${JSON.stringify(merged, null, 1)}\n`)
} catch (error) {
  end(3, `cannot write ${report}: ${messageOf(error)}`)
}
// A shard that told nothing may have found something.
if (merged.failures.length > 0 || missingShards(merged).length > 0) process.exitCode = 2
