/**
 * `npm run mutants`: searches a trace for each mutant named, or for those that have none, records it, and writes the table
 * of spec/mutants.md anew.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { writeTrace } from "../../impl/trace/write.ts"
import { subjects } from "../generate.ts"
import { demandTarget, namedIn, runScript, UsageFault } from "../script.ts"
import { mutants } from "./all.ts"
import { findKill, type SearchOptions } from "./kill.ts"
import { loadMutant } from "./load.ts"
import type { Mutant } from "./mutant.ts"
import { type MutantResult, recorded, resultOf, rowsOf, traceFile } from "./results.ts"

const HELP = `npm run mutants -- [FLAGS] [NAME..]
Searches a trace for each wrong implementation named, or for those that have none, writes it to properties/mutants/traces/,
plays all traces again, and writes the table of spec/mutants.md anew. The names are those of that table.

  --seed S       of the sequences (default 1)
  --runs R       the most sequences that the checker judges (default 400)
  --watched W    the most that the invariants judge alone (default 150)
  --about A      what the sequences are about (default: what the mutant is): ${subjects.join(", ")}
  --table        searches nothing, writes the table alone
  --help

Exit codes: 0, 1 usage, 3 a file cannot be written.`

const options = {
  seed: { type: "string", default: "1" },
  runs: { type: "string", default: "400" },
  watched: { type: "string", default: "150" },
  about: { type: "string" },
  table: { type: "boolean", default: false },
  help: { type: "boolean", default: false }
} as const

const numberOf = (name: string, text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageFault(`--${name} ${text} is no number in 0..999999999`)
}

/** Searches and records a trace, and says how that went. */
const discover = async (mutant: Mutant, search: SearchOptions): Promise<string> => {
  const begun = Date.now()
  const inputs = findKill(await loadMutant(mutant), search)
  const seconds = `${((Date.now() - begun) / 1000).toFixed(1)} s`
  if (inputs === null) return `${mutant.name}: lives (${seconds})`
  writeFileSync(traceFile(mutant.name), writeTrace(inputs))
  const result = await resultOf(mutant)
  const alone = result?.alone.join(" ") || "-"
  return `${mutant.name}: ${result?.rule} in ${inputs.length} lines, alone ${alone} (${seconds})`
}

const page = new URL("../../spec/mutants.md", import.meta.url)
const RULE = "|---|---|---|---|---|---|\n"

/** Plays every trace, and writes what came of it. */
const writeTable = async (): Promise<void> => {
  const results: Array<MutantResult> = []
  for (const mutant of mutants) {
    const result = await resultOf(mutant)
    if (result !== null) results.push(result)
  }
  const [before = "", after = ""] = readFileSync(page, "utf8").split(RULE)
  const below = after.replace(/^(?:\|.*\n)*/, "")
  writeFileSync(page, before + RULE + rowsOf(mutants, results).map((row) => `${row}\n`).join("") + below)
  const alone = results.filter((result) => result.alone.length > 0)
  console.log(`${results.length} of ${mutants.length} mutants die, ${alone.length} by invariants alone`)
}

await runScript("mutants", HELP, async () => {
  const { positionals, values: { about, help, runs, seed, table, watched } } = parseArgs({ allowPositionals: true, options })
  if (help) return console.log(HELP)
  const search = { seed: numberOf("seed", seed), runs: numberOf("runs", runs), watched: numberOf("watched", watched) }
  if (about !== undefined && !subjects.includes(about)) {
    throw new UsageFault(`--about ${about} is none; there are ${subjects.join(", ")}`)
  }
  if (table && positionals.length > 0) throw new UsageFault("--table searches nothing; leave out the names")
  const asked = positionals.length > 0
    ? namedIn("mutant", mutants, positionals)
    : mutants.filter(({ name }) => !table && recorded(name) === null)
  for (const target of [page, ...asked.map(({ name }) => traceFile(name))]) demandTarget(target)
  for (const mutant of asked) console.log(await discover(mutant, { ...search, about: about ?? mutant.about }))
  await writeTable()
})
