/** Reads spec/divergences.md: every row is there, has a rule, and names what shows it. */
import { describe, expect, it } from "vitest"
import { requirements } from "../spec/requirements.ts"
import { cellsOf, linksOf, titlesIn, withoutLinks } from "./pages.ts"
import { sources } from "./sources.ts"

const numbered = (prefix: string, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`)

/** Every defect of the driver and every row of its history, by the letters of their areas. */
const IDS = [
  ...numbered("D-E", 11), ...numbered("D-I", 12), ...numbered("D-T", 9), ...numbered("D-C", 20),
  ...numbered("D-M", 40), ...numbered("D-G", 9), ...numbered("D-A", 6), ...numbered("D-Q", 11),
  ...numbered("A", 49), ...numbered("B", 33), ...numbered("C", 30)
]
/** Says that `properties/divergences/driver-*.test.ts` shows the driver's trace to the checker. */
const REFUSED = "(`check` refuses it)"
const CONSTRUCTION = /^by construction: \S.{10,}/

const page = sources(["spec"], [".md"]).find(({ path }) => path === "spec/divergences.md")?.text ?? ""
const rows = cellsOf(page).map(([id = "", there = "", here = "", shown = ""]) => ({
  id, there, here, shown, tests: linksOf(shown)
}))
const titles = titlesIn(sources(["properties"], [".test.ts"]))

describe("the table of divergences", () => {
  it("has a row for every defect and every row of the history, each once and in order", () => {
    expect(rows.map(({ id }) => id)).toEqual(IDS)
    expect(IDS.filter((id) => id.startsWith("D-"))).toHaveLength(118)
  })

  it("leaves no cell blank, and says by which construction where no test can show it", () => {
    const blank = rows.filter(({ here, shown, tests, there }) =>
      there.length < 10 ||
      (CONSTRUCTION.test(here) ? tests.length === 0 && shown !== "-" : here.length < 10 || tests.length === 0)
    )
    expect(blank.map(({ id }) => id)).toEqual([])
  })

  it("names a requirement in every rule that a test shows, and only requirements there are", () => {
    const cited = (text: string): ReadonlyArray<string> => text.match(/\bSQP-[A-Z]+-\d+\b/g) ?? []
    const wrong = rows.filter(({ here, tests }) =>
      cited(here).some((one) => !(one in requirements)) ||
      (tests.length > 0 && cited(here).length === 0 && !CONSTRUCTION.test(here))
    )
    expect(wrong.map(({ id }) => id)).toEqual([])
  })

  it("links tests by titles that exist in the files they are said to be in", () => {
    const missing = rows.flatMap(({ id, tests }) =>
      tests.filter(({ path, title }) => !titles.get(path)?.has(title)).map(({ title }) => `${id}: ${title}`)
    )
    expect(missing).toEqual([])
    expect(rows.flatMap(({ tests }) => tests).length).toBeGreaterThan(200)
  })

  it("says of a row that `check` refuses its trace where a test shows such a trace, and only there", () => {
    const shown = sources(["properties/divergences"], [".test.ts"])
      .filter(({ path }) => path.includes("/driver-"))
      .flatMap(({ text }) => [...text.matchAll(/\bid: "([^"]+)"/g)].map(([, id = ""]) => id))
    const said = rows.filter((row) => row.shown.includes(REFUSED)).map(({ id }) => id)
    expect([...said].sort()).toEqual([...shown].sort())
    expect(shown.length).toBeGreaterThan(60)
  })

  it("has in its last column links and nothing that this test does not read", () => {
    const rest = rows.filter(({ shown }) => !/^(?:(?:<br>)*(?: \(`check` refuses it\))?|-)$/.test(withoutLinks(shown)))
    expect(rest.map(({ id }) => id)).toEqual([])
  })
})
