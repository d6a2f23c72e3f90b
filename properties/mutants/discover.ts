/**
 * `npm run mutants [-- [--seed S] [--runs R] [--watched W] [--about A] [NAME..]]`: searches a trace for each
 * mutant named, or for those that have none, records it, and writes the table of spec/mutants.md anew; with
 * `--table` the table alone.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { writeTrace } from "../../impl/trace/write.ts"
import { mutants } from "./all.ts"
import { findKill } from "./kill.ts"
import { loadMutant } from "./load.ts"
import type { Mutant } from "./mutant.ts"
import { type MutantResult, recorded, resultOf, rowsOf, traceFile } from "./results.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "400" },
    watched: { type: "string", default: "150" },
    about: { type: "string" },
    table: { type: "boolean", default: false }
  }
})
const numberOf = (name: "seed" | "runs" | "watched"): number => {
  const value = Number(values[name])
  if (Number.isInteger(value) && value >= 0) return value
  throw new Error(`--${name} must be a whole number, not ${values[name]}`)
}
const strange = positionals.filter((name) => !mutants.some((mutant) => mutant.name === name))
if (strange.length > 0) throw new Error(`no mutant is named ${strange.join(", ")}: see properties/mutants/`)

/** Searches and records a trace, and says how that went. */
const discover = async (mutant: Mutant): Promise<string> => {
  const begun = Date.now()
  const options = { seed: numberOf("seed"), runs: numberOf("runs"), watched: numberOf("watched") }
  const inputs = findKill(await loadMutant(mutant), { about: values.about ?? mutant.about, ...options })
  const seconds = `${((Date.now() - begun) / 1000).toFixed(1)} s`
  if (inputs === null) return `${mutant.name}: lives (${seconds})`
  writeFileSync(traceFile(mutant.name), writeTrace(inputs))
  const result = await resultOf(mutant)
  const alone = result?.alone.join(" ") || "-"
  return `${mutant.name}: ${result?.rule} in ${inputs.length} lines, alone ${alone} (${seconds})`
}

const isAsked = ({ name }: Mutant): boolean =>
  positionals.length > 0 ? positionals.includes(name) : recorded(name) === null
for (const mutant of values.table ? [] : mutants.filter(isAsked)) console.log(await discover(mutant))

const page = new URL("../../spec/mutants.md", import.meta.url)
const results: Array<MutantResult> = []
for (const mutant of mutants) {
  const result = await resultOf(mutant)
  if (result !== null) results.push(result)
}
const RULE = "|---|---|---|---|---|---|\n"
const [before = "", after = ""] = readFileSync(page, "utf8").split(RULE)
const below = after.replace(/^(?:\|.*\n)*/, "")
writeFileSync(page, before + RULE + rowsOf(mutants, results).map((row) => `${row}\n`).join("") + below)
const alone = results.filter((result) => result.alone.length > 0)
console.log(`${results.length} of ${mutants.length} mutants die, ${alone.length} by invariants alone`)
