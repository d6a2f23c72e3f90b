/**
 * `npm run mutants:alone`: which mutants each invariant tells with the comparison off, and which it alone tells, so that they
 * would live without it.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { demandTarget, runScript, UsageFault } from "../script.ts"
import { mutants } from "./all.ts"
import { type Alone, recordedAlone, recordFile, withTables } from "./alone-record.ts"
import { invariantNames } from "./invariant-names.ts"
import type { Mutant } from "./mutant.ts"
import { modelKill, type WrongModel, wrongModels } from "./models.ts"
import { resultOf } from "./results.ts"

const HELP = `npm run mutants:alone -- [FLAGS] [PART..]
Explores every wrong model and replays the trace of every wrong implementation with nothing but the invariants watching; writes
properties/mutants/alone.json and the tables of spec/mutants.md. It takes some minutes.

  PART       only those that have one of these in their title or name: says what tells them, and writes nothing
  --table    explores and replays nothing, writes the tables of what is recorded
  --help

Exit codes: 0, 1 usage, 3 a file cannot be written.`

const options = { table: { type: "boolean", default: false }, help: { type: "boolean", default: false } } as const
const page = new URL("../../spec/mutants.md", import.meta.url)
const names: ReadonlySet<string> = new Set(invariantNames)

/** Explores wrong models, and says of each what tells it. */
const judgedModels = (models: ReadonlyArray<WrongModel>): Alone["models"] =>
  models.flatMap((model) => {
    const kill = modelKill(model, names)
    const told = kill === null ? "lives" : `${kill.broken.join(", ")} in ${kill.states} states of ${kill.preset}`
    console.log(`${model.title}: ${told}`)
    return kill === null ? [] : [kill]
  })

/** Replays wrong implementations, and says of each what tells it. */
const judgedImplementations = async (all: ReadonlyArray<Mutant>): Promise<Alone["implementations"]> => {
  const kills = []
  for (const mutant of all) {
    const result = await resultOf(mutant)
    const broken = [...result?.broken ?? []].sort()
    console.log(`${mutant.name}: ${result === null ? "has no trace" : broken.join(", ") || "none alone"}`)
    if (result !== null) kills.push({ name: mutant.name, broken })
  }
  return kills
}

/** Judges those that are asked for by a part of their titles or names. */
const judgeSome = async (parts: ReadonlyArray<string>): Promise<void> => {
  const isLike = (part: string) => (text: string): boolean => part !== "" && text.includes(part)
  const isAsked = (...texts: ReadonlyArray<string>): boolean => parts.some((part) => texts.some(isLike(part)))
  const all = [...wrongModels.map(({ title }) => title), ...mutants.flatMap(({ name, title }) => [name, title])]
  const strange = parts.find((part) => !all.some(isLike(part)))
  if (strange !== undefined) {
    const none = `no wrong model and no wrong implementation has "${strange}" in its title or name`
    throw new UsageFault(`${none}; spec/mutants.md has them`)
  }
  const models = judgedModels(wrongModels.filter(({ title }) => isAsked(title)))
  const implementations = await judgedImplementations(mutants.filter(({ name, title }) => isAsked(name, title)))
  const asked = wrongModels.filter(({ title }) => isAsked(title)).length
  console.log(`judged ${asked} of ${wrongModels.length} wrong models, of which ${models.length} die, and ` +
    `${implementations.length} of ${mutants.length} wrong implementations; nothing is written`)
}

const write = (found: Alone): void => {
  writeFileSync(recordFile, `${JSON.stringify(found, null, 1)}\n`)
  writeFileSync(page, withTables(readFileSync(page, "utf8"), found))
  const dead = found.implementations.filter(({ broken }) => broken.length > 0)
  console.log(`by invariants alone ${found.models.length} of ${wrongModels.length} wrong models die`)
  console.log(`and ${dead.length} of ${mutants.length} wrong implementations`)
}

await runScript("mutants:alone", HELP, async () => {
  const { positionals, values: { help, table } } = parseArgs({ allowPositionals: true, options })
  if (help) return console.log(HELP)
  if (table && positionals.length > 0) throw new UsageFault("--table judges nothing; leave out what is to be judged")
  if (positionals.length > 0) return await judgeSome(positionals)
  for (const target of [recordFile, page]) demandTarget(target)
  write(table ? recordedAlone() : { models: judgedModels(wrongModels), implementations: await judgedImplementations(mutants) })
})
