/**
 * `npm run mutants:alone`: which mutants each invariant tells with the comparison off, and which it alone
 * tells, so that they would live without it. Explores every wrong model, replays every trace of a wrong
 * implementation, and writes `alone.json` and the tables of spec/mutants.md; some minutes.
 * With `-- --table` the tables alone; with titles of wrong models only these are explored anew.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { mutants } from "./all.ts"
import { type Alone, recordedAlone, recordFile, withTables } from "./alone-record.ts"
import { invariantNames } from "./invariant-names.ts"
import { type ModelKill, modelKill, wrongModels } from "./models.ts"
import { resultOf } from "./results.ts"

const options = { table: { type: "boolean", default: false } } as const
const { positionals, values } = parseArgs({ allowPositionals: true, options })
const strange = positionals.filter((title) => !wrongModels.some((model) => model.title === title))
if (strange.length > 0) {
  throw new Error(`there is no wrong model "${strange.join('", "')}": see properties/*-mutants.ts`)
}

const names: ReadonlySet<string> = new Set(invariantNames)

const isAsked = (title: string): boolean => positionals.length === 0 || positionals.includes(title)

const modelKills = (known: ReadonlyArray<ModelKill>): ReadonlyArray<ModelKill> =>
  wrongModels.flatMap((model): ReadonlyArray<ModelKill> => {
    const { title } = model
    const kill = isAsked(title) ? modelKill(model, names) : known.find((each) => each.title === title)
    if (kill === undefined || kill === null) {
      console.log(`${title}: lives`)
      return []
    }
    const { broken, preset, states } = kill
    if (isAsked(title)) console.log(`${title}: ${broken.join(", ")} in ${states} states of ${preset}`)
    return [kill]
  })

const implementationKills = async (): Promise<Alone["implementations"]> => {
  const kills = []
  for (const mutant of mutants) {
    const result = await resultOf(mutant)
    if (result !== null) kills.push({ name: mutant.name, broken: [...result.broken].sort() })
  }
  return kills
}

const former = recordedAlone()
const found: Alone = values.table
  ? former
  : { models: modelKills(former.models), implementations: await implementationKills() }
writeFileSync(recordFile, `${JSON.stringify(found, null, 1)}\n`)
const page = new URL("../../spec/mutants.md", import.meta.url)
writeFileSync(page, withTables(readFileSync(page, "utf8"), found))
const dead = found.implementations.filter(({ broken }) => broken.length > 0)
console.log(`by invariants alone ${found.models.length} of ${wrongModels.length} wrong models die`)
console.log(`and ${dead.length} of ${mutants.length} wrong implementations`)
