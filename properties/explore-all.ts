/**
 * `npm run explore:all`: explores every preset, the long ones last, to its end, and says what each has. Ends with 1 for a
 * wrong call, 2 when one has a counterexample, other counts than the table, or does not end, 3 when the report cannot be
 * written.
 */
import { writeFileSync } from "node:fs"
import * as os from "node:os"
import { parseArgs } from "node:util"
import { fileFault } from "../impl/system/file-fault.ts"
import { surveyed, surveyReport, type Surveyed } from "./exploration/survey.ts"
import { isAbout, isTold, tellsSource } from "./exploration/tells.ts"
import { untakenBy, untakenText } from "./exploration/untaken.ts"
import { recordedAlone } from "./mutants/alone-record.ts"
import { wrongModels } from "./mutants/models.ts"
import { presets } from "./presets.ts"
import { demandTarget, EnvironmentFault, runScript, UsageFault } from "./script.ts"

const HELP = `npm run explore:all -- [FLAGS] [PART..]
Explores every preset, or those with a PART in their names, to its end.

  --short            without the long ones
  --json             prints the results as JSON
  --report FILE      writes the results as a table in Markdown
  --untaken          explores the short ones once more, counted by V8, and lists the rules that none of them came to
  --tells            finds out instead which presets tell which wrong models, and writes properties/presets.tells.ts
  --max-states N     the most states of a preset (default 20000000)
  --memory-mib N     the most memory of the process in MiB (default 6144)
  --help

Exit codes: 0 every preset holds, 1 usage, 2 one does not, or was not explored to its end, 3 the report
cannot be written.`

const options = {
  short: { type: "boolean" }, json: { type: "boolean" }, report: { type: "string" }, untaken: { type: "boolean" },
  tells: { type: "boolean" },
  "max-states": { type: "string" }, "memory-mib": { type: "string" }, help: { type: "boolean" }
} as const

const MIB = 2 ** 20

const numberOf = (name: string, text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageFault(`--${name} ${text} is no number in 1..999999999`)
  return Number(text)
}

const lineOf = ({ depth, faults, preset, seconds, states, transitions, verdict }: Surveyed): string =>
  [`${preset}: ${states} states, ${transitions} transitions, depth ${depth}, ${seconds} s: ${verdict}`, ...faults].join("\n  ")

/** Explores the nearest states of each short preset by the wrong models that break what it is about. */
const writeTells = (): void => {
  const file = new URL("presets.tells.ts", import.meta.url)
  demandTarget(file)
  const known = new Map(recordedAlone().models.map(({ preset, title }) => [title, preset]))
  const tells = new Map(wrongModels.map(({ title }): [string, Array<string>] => [title, []]))
  for (const preset of presets.filter(({ isLong }) => !isLong)) {
    const told = preset.mutants.filter((mutant) =>
      known.get(mutant.title) === preset.name || (isAbout(preset, mutant) && isTold(preset, mutant.title)))
    for (const { title } of told) tells.get(title)?.push(preset.name)
    console.log(`${preset.name}: tells ${told.length} of ${preset.mutants.length}`)
  }
  writeFileSync(file, tellsSource(tells))
}

const main = async (): Promise<void> => {
  const { positionals, values } = parseArgs({ options, allowPositionals: true })
  const { "max-states": states = "20000000", "memory-mib": memory = "6144", help = false, json = false, report, short = false } = values
  if (help) return console.log(HELP)
  if (values.tells) return writeTells()
  const bounds = {
    maxStates: numberOf("max-states", states), maxMemoryMib: numberOf("memory-mib", memory),
    memoryMib: () => process.memoryUsage.rss() / MIB
  }
  const asked = presets.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)))
  const chosen = [...asked.filter(({ isLong }) => !isLong), ...(short ? [] : asked.filter(({ isLong }) => isLong))]
  if (chosen.length === 0) throw new UsageFault(`no preset has ${positionals.join(" or ")} in its name`)
  if (report !== undefined) demandTarget(report)
  const began = new Date()
  const results: Array<Surveyed> = []
  let load = 0
  let fault: string | null = null
  /** What cannot be written now is told at the end: the results are worth more. */
  const save = (): void => {
    if (report === undefined) return
    try {
      writeFileSync(report, surveyReport(results, { began, load }))
      fault = null
    } catch (cause) {
      fault = `cannot write ${report}: ${fileFault(cause)}`
    }
  }
  for (const preset of chosen) {
    const result = surveyed(preset, bounds)
    results.push(result)
    load = Math.max(load, os.loadavg()[0] ?? 0)
    if (!json) console.log(lineOf(result))
    save()
  }
  if (json) console.log(JSON.stringify(results, null, 1))
  if (values.untaken) {
    const names = chosen.filter(({ isLong }) => !isLong).map(({ name }) => name)
    console.log(untakenText(await untakenBy(names, {})))
  }
  if (results.some(({ faults }) => faults.length > 0)) process.exitCode = 2
  if (fault !== null) throw new EnvironmentFault(fault)
}

await runScript("explore:all", HELP, main)
