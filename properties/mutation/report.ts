/**
 * Merges the reports of shards (`sys-mutate/report.json` of each) into one page on standard output:
 * `node properties/mutation/report.ts DATE REPORT... > spec/reports/DATE-mutation.md`. A file that two
 * reports have is taken from the later one; what is said of a survivor comes from `explained.json`.
 */
import { readFileSync } from "node:fs"

interface Place {
  readonly line: number
  readonly column: number
}

interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly location: { readonly start: Place; readonly end: Place }
}

interface FileReport {
  readonly source: string
  readonly mutants: ReadonlyArray<Mutant>
}

interface Report {
  readonly files: Readonly<Record<string, FileReport>>
}

/** Why a survivor is equivalent: found by its file, the text of its line and what replaces what. */
export interface Explained {
  readonly file: string
  readonly line: string
  readonly was: string
  readonly becomes: string
  readonly why: string
}

/** What the statuses of StrykerJS are called in the table, in its order. */
const COLUMNS = {
  Killed: "killed", Timeout: "timed out", Survived: "survived", NoCoverage: "not covered",
  RuntimeError: "errors", Ignored: "ignored"
} as const
const statuses = Object.keys(COLUMNS)

const areaOf = (file: string): string => {
  if (file.startsWith("impl/mux/")) return "impl/mux"
  if (file.startsWith("model/environment/")) return "model/environment"
  return file.startsWith("model/invariants") ? "model/invariants*" : "model, the rest"
}

const count = (mutants: ReadonlyArray<Mutant>, status: string): number =>
  mutants.filter((each) => each.status === status).length

/** Killed and timed out among those that are killed, timed out, alive or not covered; a dash for none. */
const score = (mutants: ReadonlyArray<Mutant>): string => {
  const found = count(mutants, "Killed") + count(mutants, "Timeout")
  const all = found + count(mutants, "Survived") + count(mutants, "NoCoverage")
  return all === 0 ? "-" : `${((100 * found) / all).toFixed(2)} %`
}

const row = (name: string, mutants: ReadonlyArray<Mutant>): string =>
  `| ${[name, mutants.length, ...statuses.map((each) => count(mutants, each)), score(mutants)].join(" | ")} |`

const head = (what: string): ReadonlyArray<string> => [
  `| ${[what, "mutants", ...Object.values(COLUMNS), "score"].join(" | ")} |`,
  `|---|${"---|".repeat(statuses.length + 2)}`
]

const clipped = (text: string): string => {
  const flat = text.replace(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("`", "'")
  return flat.length <= 60 ? flat : `${flat.slice(0, 57)}...`
}

/** The text that a mutant replaces. */
const original = (source: string, { end, start }: Mutant["location"]): string => {
  const lines = source.split("\n").slice(start.line - 1, end.line)
  const last = lines.length - 1
  return lines.map((line, i) =>
    line.slice(i === 0 ? start.column - 1 : 0, i === last ? end.column - 1 : undefined)).join("\n")
}

/** Each survivor as a row: where, what became what, and why that changes nothing. */
const survivors = (file: string, { mutants, source }: FileReport, explained: ReadonlyArray<Explained>) =>
  mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage").map((mutant) => {
    const { location: { start }, replacement = "", status } = mutant
    const was = original(source, mutant.location)
    const line = source.split("\n")[start.line - 1]?.trim() ?? ""
    const why = explained.find((each) =>
      each.file === file && each.line === line && each.was === was && each.becomes === replacement)?.why
    const state = status === "NoCoverage" ? "not covered" : "not looked at"
    const [from, to] = [clipped(was), clipped(replacement)]
    const cells = [`${file}:${start.line}`, `\`${from}\``, `\`${to}\``, why ?? state]
    return { isExplained: why !== undefined, text: `| ${cells.join(" | ")} |` }
  })

const [date = "", ...reports] = process.argv.slice(2)
const files = new Map<string, FileReport>()
for (const each of reports) {
  const report: Report = JSON.parse(readFileSync(each, "utf8"))
  for (const [file, found] of Object.entries(report.files)) files.set(file, found)
}
const explained: ReadonlyArray<Explained> =
  JSON.parse(readFileSync(new URL("explained.json", import.meta.url), "utf8"))
const sorted = [...files]
  .filter(([, { mutants }]) => mutants.length > 0)
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
const areas = Map.groupBy(sorted, ([file]) => areaOf(file))
const alive = sorted.flatMap(([file, report]) => survivors(file, report, explained))
const all = sorted.flatMap(([, { mutants }]) => mutants)

console.log([
  `# Mutation testing, ${date}`, "",
  "Made by `properties/mutation/report.ts` from the reports of `npm run mutate`; what it is, what was left "
  + "out and what it costs: [mutation.md](../mutation.md).", "",
  ...head("area"),
  ...[...areas].map(([area, of]) =>
    row(`${area} (${of.length} files)`, of.flatMap(([, { mutants }]) => mutants))),
  row(`all (${sorted.length} files)`, all), "",
  `## Files`, "", ...head("file"), ...sorted.map(([file, { mutants }]) => row(`\`${file}\``, mutants)), "",
  `## Alive: ${alive.length}, ${alive.filter(({ isExplained }) => isExplained).length} of them explained`, "",
  "| where | was | becomes | why it changes nothing |", "|---|---|---|---|", ...alive.map(({ text }) => text)
].join("\n"))
