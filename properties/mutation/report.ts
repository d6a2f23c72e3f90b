/**
 * Merges the reports of shards (`sys-mutate/report.json` of each) into one page on standard output:
 * `node properties/mutation/report.ts DATE REPORT... > spec/reports/DATE-mutation.md`. A file that two
 * reports have is taken from the later one; what is said of a survivor comes from `explained/`.
 */
import { KINDS } from "./explained.ts"
import { filesOf, type Mutant, type Survivor, survivorsOf } from "./survivors.ts"

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

/** A survivor as a row: where, what became what, and why that changes nothing. */
const survivorRow = ({ at, becomes, explanation, file, isCovered, was }: Survivor): string => {
  const why = explanation === undefined
    ? (isCovered ? "not explained" : "not covered")
    : `${explanation.kind}: ${explanation.why}`
  return `| ${[`${file}:${at}`, `\`${clipped(was)}\``, `\`${clipped(becomes)}\``, why].join(" | ")} |`
}

const [date = "", ...reports] = process.argv.slice(2)
const sorted = filesOf(reports)
const areas = Map.groupBy(sorted, ([file]) => areaOf(file))
const alive = sorted.flatMap(([file, report]) => survivorsOf(file, report))
const explained = alive.filter(({ explanation }) => explanation !== undefined)
const ofKind = (kind: string): number => explained.filter(({ explanation }) => explanation?.kind === kind).length
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
  `## Alive: ${alive.length}, ${explained.length} of them explained`, "",
  `${KINDS.map((kind) => `${kind} ${ofKind(kind)}`).join(", ")} ([what these are](../mutation.md#survivors)).`, "",
  "| where | was | becomes | why it changes nothing |", "|---|---|---|---|", ...alive.map(survivorRow)
].join("\n"))
