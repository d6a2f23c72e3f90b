/** What invariants tell by themselves, as it was found out last, and the tables of it in spec/mutants.md. */
import { readFileSync } from "node:fs"
import * as Schema from "effect/Schema"
import { implied } from "./implied.ts"
import { invariantNames } from "./invariant-names.ts"

const Names = Schema.Array(Schema.String)

/** What breaks by each mutant with the comparison off. */
export const Alone = Schema.Struct({
  /** Wrong models: in which preset, of which so many states were looked at. */
  models: Schema.Array(Schema.Struct({
    title: Schema.String, preset: Schema.String, states: Schema.Int, broken: Names
  })),
  /** Wrong implementations, under their recorded traces. */
  implementations: Schema.Array(Schema.Struct({ name: Schema.String, broken: Names }))
})
export type Alone = typeof Alone.Type

/** Where it is recorded. */
export const recordFile = new URL("alone.json", import.meta.url)

/** What was found out last. Throws where that is no such record. */
export const recordedAlone = (): Alone =>
  Schema.decodeUnknownSync(Alone)(JSON.parse(readFileSync(recordFile, "utf8")))

type Kill = Pick<Alone["implementations"][number], "broken">

/** What an invariant tells. */
export interface Told {
  readonly invariant: string
  /** How many mutants it tells. */
  readonly count: number
  /** Those that no other tells: wrong models by title, and wrong implementations by name. */
  readonly models: ReadonlyArray<string>
  readonly implementations: ReadonlyArray<string>
}

/** What each invariant tells, in the order in which they are registered. */
export const toldOf = ({ implementations, models }: Alone): ReadonlyArray<Told> =>
  invariantNames.map((invariant) => {
    const tells = ({ broken }: Kill) => broken.includes(invariant)
    const alone = ({ broken }: Kill) => broken.length === 1 && broken[0] === invariant
    return {
      invariant,
      count: models.filter(tells).length + implementations.filter(tells).length,
      models: models.filter(alone).map(({ title }) => title),
      implementations: implementations.filter(alone).map(({ name }) => name)
    }
  })

/** At most so many are named; a table is for reading. */
const NAMED_MOST = 2

const few = (all: ReadonlyArray<string>): string => {
  const more = all.length > NAMED_MOST ? [`${all.length - NAMED_MOST} more`] : []
  return [...all.slice(0, NAMED_MOST), ...more].join("; ")
}

/** The rows of the first table: what each invariant tells. */
export const toldRows = (found: Alone): ReadonlyArray<string> =>
  toldOf(found).map(({ count, implementations, invariant, models }) => {
    const cells = [few(implementations.map((name) => `\`${name}\``)), few(models)].map((cell) => cell || "-")
    return `| ${[invariant, ...cells, String(count)].join(" | ")} |`
  })

/** The rows of the second table: invariants that others imply. */
export const impliedRows = (): ReadonlyArray<string> =>
  implied.map(({ by, name, why }) => `| ${[name, by.join("<br>"), why].join(" | ")} |`)

const TOLD =
  "| invariant | implementations it alone tells | models it alone tells | mutants it tells |\n|---|---|---|---|\n"
const IMPLIED = "| invariant | told by these, too | kept because |\n|---|---|---|\n"

const withRows = (page: string, head: string, rows: ReadonlyArray<string>): string => {
  const [before = "", after] = page.split(head)
  if (after === undefined) throw new Error(`spec/mutants.md has no table with the head ${head}`)
  return before + head + rows.map((row) => `${row}\n`).join("") + after.replace(/^(?:\|.*\n)*/, "")
}

/** The page with both tables anew. */
export const withTables = (page: string, found: Alone): string =>
  withRows(withRows(page, TOLD, toldRows(found)), IMPLIED, impliedRows())
