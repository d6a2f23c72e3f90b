/** By invariants alone: which mutants each tells, and that only the implied ones could go (spec/mutants.md). */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { presetNamed } from "../presets.ts"
import { mutants } from "./all.ts"
import { recordedAlone, toldOf, withTables } from "./alone-record.ts"
import { implied } from "./implied.ts"
import { invariantNames } from "./invariant-names.ts"
import { brokenAmong, wrongModels } from "./models.ts"

const AGAIN = "run `npm run mutants:alone`"
const found = recordedAlone()
const told = toldOf(found)
const names: ReadonlySet<string> = new Set(invariantNames)
/** The models that must show it, where no implementation does: mutants.test.ts replays all of these. */
const witnesses = told.flatMap(({ implementations, invariant, models: [first] }) => {
  const kill = implementations.length === 0 ? found.models.find(({ title }) => title === first) : undefined
  return kill === undefined ? [] : [{ invariant, ...kill }]
})

describe("the record of what invariants tell by themselves [SQP-MUT-4]", () => {
  it("has every mutant there is, and every wrong model breaks the requirement it is made for", () => {
    const titles = (of: ReadonlyArray<{ readonly title: string }>) => of.map(({ title }) => title).sort()
    expect(titles(found.models), AGAIN).toEqual(titles(wrongModels))
    expect(found.implementations.map(({ name }) => name), AGAIN).toEqual(mutants.map(({ name }) => name))
    const breaks = new Map(wrongModels.map(({ breaks, title }) => [title, breaks]))
    expect(found.models.filter(({ broken, title }) =>
      !broken.some((name) => name.startsWith(`${breaks.get(title)} `)))).toEqual([])
  })

  it("has at least twenty models and thirty implementations that die by invariants alone [SQP-MUT-3]", () => {
    expect(found.models.filter(({ broken }) => broken.length > 0).length).toBeGreaterThanOrEqual(20)
    expect(found.implementations.filter(({ broken }) => broken.length > 0).length).toBeGreaterThanOrEqual(30)
  })

  it("is what the tables of the page say", () => {
    const page = readFileSync(new URL("../../spec/mutants.md", import.meta.url), "utf8")
    expect(withTables(page, found), AGAIN).toBe(page)
  })
})

describe("an invariant", () => {
  it("alone tells some mutant, or others imply it and the page says which and why it is kept [SQP-MUT-4]", () => {
    const neverAlone = told.filter(({ implementations, models }) => implementations.length + models.length === 0)
    // A new invariant that tells no mutant alone: add a mutant that only it tells, or a row to implied.ts.
    expect(implied.map(({ name }) => name)).toEqual(neverAlone.map(({ invariant }) => invariant))
    expect(told.filter(({ count }) => count === 0)).toEqual([])
  })

  it.each(implied)("that is implied tells no mutant that the others do not: $name [SQP-MUT-4]", ({ by, name }) => {
    expect(by.filter((each) => !names.has(each) || each === name)).toEqual([])
    const lost = [...found.models, ...found.implementations].filter(({ broken }) =>
      broken.includes(name) && !by.some((each) => broken.includes(each)))
    expect(lost).toEqual([])
  })

  it.each(witnesses)("alone tells a model that $title: $invariant [SQP-MUT-4]", ({ invariant, preset, states, title }) => {
    expect(brokenAmong(title, presetNamed(preset), names, states), AGAIN).toEqual([invariant])
  })
})
