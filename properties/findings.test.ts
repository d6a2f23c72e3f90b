/** Reads spec/findings.md: every kept trace has its row, every row that names one names one there is, and the counts add up. */
import { readdirSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { cellsOf } from "./pages.ts"
import { sources } from "./sources.ts"

const page = sources(["spec"], [".md"]).find(({ path }) => path === "spec/findings.md")?.text ?? ""
const tables = cellsOf(page)
const rows = tables.filter((cells) => cells.length === 5)
  .map(([where = "", bug = "", instrument = "", commit = "", trace = ""]) => ({ where, bug, instrument, commit, trace }))
const counts = tables.filter((cells) => cells.length === 3).map(([name = "", what = "", count = ""]) => ({ name, what, count }))
const NAMED = /^`((?:contrarian\/)?[a-z-]+)`(?:, seen to fail)?$/
const named = rows.flatMap(({ trace }) => NAMED.exec(trace)?.[1] ?? [])
const tracesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(new URL(folder, import.meta.url)).filter((name) => name.endsWith(".jsonl")).map((name) => name.slice(0, -".jsonl".length))
const files = [...tracesIn("regressions/"), ...tracesIn("contrarian/").map((name) => `contrarian/${name}`)]

describe("the table of findings", () => {
  it("names every file of properties/regressions and properties/contrarian once, and no file that is not there", () => {
    expect(files.length).toBeGreaterThan(20)
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

  it("says how many of them are false alarms, and of how many", () => {
    const [, alarms, all] = /^- (\d+) of the (\d+) are false alarms/m.exec(page) ?? []
    expect(Number(alarms)).toBe(rows.filter(({ bug }) => bug.startsWith("False alarm: ")).length)
    expect(Number(all)).toBe(rows.length)
  })
})
