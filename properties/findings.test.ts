/** Reads spec/findings.md: every regression has its row, every row that names one names one there is, and the counts add up. */
import { readdirSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { cellsOf } from "./pages.ts"
import { sources } from "./sources.ts"

const page = sources(["spec"], [".md"]).find(({ path }) => path === "spec/findings.md")?.text ?? ""
const tables = cellsOf(page)
const rows = tables.filter((cells) => cells.length === 5)
  .map(([where = "", bug = "", instrument = "", commit = "", trace = ""]) => ({ where, bug, instrument, commit, trace }))
const counts = tables.filter((cells) => cells.length === 3).map(([name = "", what = "", count = ""]) => ({ name, what, count }))
const NAMED = /^`([a-z-]+)`(?:, seen to fail)?$/
const named = rows.flatMap(({ trace }) => NAMED.exec(trace)?.[1] ?? [])
const files = readdirSync(new URL("regressions/", import.meta.url)).map((name) => name.replace(/\.jsonl$/, ""))

describe("the table of findings", () => {
  it("names every file of properties/regressions once, and no file that is not there", () => {
    expect([...named].sort()).toEqual([...files].sort())
    expect(rows.filter(({ trace }) => trace !== "-" && !NAMED.test(trace))).toEqual([])
  })

  it("says of each bug where it was, in a sentence, what found it and which commit mended it", () => {
    const instruments = counts.map(({ name }) => name)
    const odd = rows.filter(({ bug, commit, instrument, where }) =>
      where === "" || !/^[A-Z`].{20,}\.$/.test(bug) || !instruments.includes(instrument) ||
      !(/^[0-9a-f]{7}$/.test(commit) || (commit === "-" && bug.includes("open")))
    )
    expect(odd).toEqual([])
  })

  it("counts the bugs of each instrument, and all", () => {
    const counted = (name: string): number =>
      name === "all" ? rows.length : rows.filter(({ instrument }) => instrument === name).length
    expect(counts.length).toBeGreaterThan(5)
    expect(counts.map(({ count, name }) => `${name} ${count}`)).toEqual(counts.map(({ name }) => `${name} ${counted(name)}`))
  })
})
