/** Reads spec/invariants.md, and shows histories to invariants that no mutant of the model reaches. */
import { describe, expect, it } from "vitest"
import { completeInit } from "../impl/trace/init.ts"
import type { Action } from "../model/action.ts"
import { FunctionId } from "../model/ids.ts"
import { allInvariants } from "../model/invariants-all.ts"
import { type Observation, violationsOf } from "../model/invariants.ts"
import { begin } from "./divergences/story.ts"
import { cellsOf, linksOf, titlesIn } from "./pages.ts"
import { sources } from "./sources.ts"
import { toInitial } from "./translate.ts"

const NAMED = /\b(SQP-[A-Z]+-\d+) "([^"]+)"/g
const LISTS = [
  ...Array.from({ length: 10 }, (_, i) => String(i + 1)),
  "RETRY", "XLATE, BIJECTION", "NONZERO, NO-SENTINEL", "KEY", "FIRST-MSG, TERMINAL", "NO-ORPHAN",
  "LINGER, TIMEWAIT, REARM", "TIMER-KIND, ID-OWNER", "ROUTABLE", "SOLICITED", "ISOLATION", "RESET, EPOCH", "SA-AGREE",
  "REFCOUNT", "TIMER and STATE", "ANSWER, ACCOUNT", "PROGRESS, FAIR", "PKEY, ROUNDTRIP",
  "GUID-UNIQUE, AG-CTX, EDGE", "PREFIX, PORTMAP, SLVL", "QP0", "BOUND, TYPES"
]

const pages = sources(["spec"], [".md"])
const pageOf = (path: string): string => pages.find((page) => page.path === path)?.text ?? ""
const rows = cellsOf(pageOf("spec/invariants.md")).map(([id = "", says = "", by = ""]) => ({ id, says, by }))
const initial = toInitial(completeInit(begin))
const registered = new Set(allInvariants(initial).map(({ requirement, title }) => `${requirement} "${title}"`))

describe("the page of invariants", () => {
  it("has a row for every item of both lists, in order", () => {
    expect(rows.map(({ id }) => id)).toEqual(LISTS)
  })

  it("names only invariants that are registered under that requirement and title", () => {
    const named = rows.flatMap(({ by, id }) => [...by.matchAll(NAMED)].map(([name]) => ({ id, name })))
    expect(named.filter(({ name }) => !registered.has(name))).toEqual([])
    expect(named.length).toBeGreaterThan(60)
  })

  it("says each item by an invariant or by a test that exists, and links the decision where it is changed", () => {
    const titles = titlesIn(sources(["properties"], [".test.ts"]))
    const silent = rows.filter(({ by }) => {
      const links = linksOf(by)
      const missing = links.some(({ path, title }) => !titles.get(path)?.has(title))
      return missing || (links.length === 0 && [...by.matchAll(NAMED)].length === 0)
    })
    expect(silent.map(({ id }) => id)).toEqual([])
    const decision = pageOf("spec/decisions/0045-invariants-of-the-driver.md")
    const asked = cellsOf(decision).map(([list = ""]) => list.split(", ")).flat()
    const changed = rows.filter(({ says }) => says.includes("*Changed*")).map(({ id }) => id)
    expect(changed.filter((id) => !id.split(", ").some((name) => asked.includes(name)))).toEqual([])
  })
})

describe("the invariant of ups and downs", () => {
  const told = (event: "port-up" | "port-down", n = 1): Action => ({ _tag: "EventTo", function: FunctionId(n), event })
  const link = (up: boolean, ...actions: ReadonlyArray<Action>): Observation =>
    ({ event: { _tag: "LinkChanged", up }, actions })
  const inTurn = allInvariants(initial).filter(({ title }) => title.includes("port-up and port-down in turn"))
  const wrong = (...history: ReadonlyArray<Observation>): number => violationsOf(inTurn, history).length

  it("sees a port that goes the same way twice, of one function and one incarnation [SQP-GUID-10]", () => {
    expect(inTurn).toHaveLength(1)
    const down = link(false, told("port-down"))
    expect(wrong(down, link(true, told("port-up")), down)).toBe(0)
    expect(wrong(down, link(false, told("port-down", 2)))).toBe(0)
    expect(wrong(down, { event: { _tag: "Reset", function: FunctionId(1) }, actions: [] }, down)).toBe(0)
    expect(wrong(down, { event: { _tag: "Reset", function: FunctionId(2) }, actions: [] }, down)).toBe(1)
    expect(wrong(down, down)).toBe(1)
    expect(wrong(link(true, told("port-up"), told("port-up")))).toBe(1)
  })
})
