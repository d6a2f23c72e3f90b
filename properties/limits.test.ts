/** Reads spec/limits.md: it names every time and quota there is, with its real default and range. */
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { defaultLimits, defaultTiming, DEFAULT_QUANTUM, type MuxConfig } from "../impl/mux/config.ts"
import { checkConfig } from "../impl/mux/config-check.ts"
import { GUID_CAP_MAX } from "../impl/mux/guids-admin.ts"
import { configFor } from "../impl/mux/pf-context.ts"
import { EmbeddedFabric } from "../impl/port/fabric/subnet.ts"
import { type Init, Limits, Timing } from "../impl/trace/command.ts"
import { completeInit } from "../impl/trace/init.ts"
import { decodeLine } from "../impl/trace/line.ts"
import { cellsOf } from "./pages.ts"
import { sources } from "./sources.ts"

const pages = sources(["spec"], [".md"])
const page = pages.find(({ path }) => path === "spec/limits.md")?.text ?? ""
const rows = cellsOf(page).map(([key = "", unit = "", initial = "", range = "", what = "", where = ""]) => ({
  key: key.replaceAll("`", ""), unit, initial, range, what, where
}))
const under = (prefix: string) =>
  rows.filter(({ key }) => key.startsWith(prefix)).map((row) => ({ ...row, name: row.key.slice(prefix.length) }))

const init: Init = {
  op: "init", format: "special-qp/1", functions: 2, subnetPrefix: "fe80000000000000", guids: ["0000000000000001"],
  pkeys: [0xffff], lid: 1, smLid: null
}
const guids = ["0002c90300001000", "0002c90300001001"]
const config = configFor(new EmbeddedFabric({ seed: 1, guids }).description, { functions: 2 })
const lowest = (range: string): number => Number(range.split("..")[0])
const highest = (range: string): number => Number(range.split("..")[1])

/** Why a trace may not begin with a value; null when it may. */
const faultOf = (group: "timing" | "limits", name: string, value: number): string | null =>
  Result.match(decodeLine(JSON.stringify({ n: 1, in: { ...init, [group]: { [name]: value } } }), 1), {
    onFailure: ({ message }) => message,
    onSuccess: () => null
  })

describe("the page of times and limits", () => {
  it("names every key of timing and limits, in a trace and in the configuration, and no other", () => {
    const timing = under("timing.").map(({ name }) => name).toSorted()
    expect(timing).toEqual(Object.keys(Timing.fields).toSorted())
    expect(timing).toEqual(Object.keys(defaultTiming).toSorted())
    const limits = under("limits.").map(({ name }) => name).toSorted()
    expect(limits).toEqual(Object.keys(Limits.fields).toSorted())
    expect(limits).toEqual([...Object.keys(completeInit(init).limits), "queue"].toSorted())
    expect(limits).toEqual(expect.arrayContaining(Object.keys(defaultLimits)))
    expect(rows.map(({ key }) => key).filter((key) => !key.includes("."))).toEqual(
      ["functions", "functionSlots", "wireSlots", "quantum", "guidCap"]
    )
  })

  it("says the defaults that a trace and a PF context have", () => {
    const said = (prefix: string) => Object.fromEntries(under(prefix).map(({ initial, name }) => [name, Number(initial)]))
    const { limits, queue, timing } = completeInit(init)
    expect(said("timing.")).toEqual(timing)
    expect(said("limits.")).toEqual({ ...limits, queue })
    expect(config.timing).toEqual(timing)
    expect(limits).toEqual({ ...limits, ...config.limits })
    expect(Object.fromEntries(rows.slice(-4).map(({ initial, key }) => [key, Number(initial)]))).toEqual({
      functionSlots: config.functionSlots, wireSlots: config.wireSlots, quantum: config.quantum ?? DEFAULT_QUANTUM,
      guidCap: config.guidCap ?? GUID_CAP_MAX
    })
  })

  it.each(["timing", "limits"] as const)("says the ranges of %s that a trace may have [SQP-IN-1]", (group) => {
    for (const { name, range, unit } of under(`${group}.`)) {
      expect(faultOf(group, name, -1), name).toContain(`expected an integer in ${range}`)
      expect(faultOf(group, name, highest(range) + 1), name).toContain(`expected an integer in ${range}`)
      if (group === "timing") expect(unit).toBe(name === "saRetries" ? "times" : "ms")
      else expect([faultOf(group, name, lowest(range)), faultOf(group, name, highest(range))], name).toEqual([null, null])
    }
  })

  it("says the ranges of the configuration [SQP-IN-1]", () => {
    const given = (key: string, value: number): MuxConfig => {
      const [group = "", name = ""] = key.split(".")
      if (name === "") return { ...config, [key]: value }
      return group === "timing"
        ? { ...config, timing: { ...config.timing, [name]: value } }
        : { ...config, limits: { ...config.limits, [name]: value } }
    }
    for (const { key, range } of rows) {
      if (key === "limits.queue") continue
      expect(() => checkConfig(given(key, highest(range) + 1)), key).toThrow(`${key} must be an integer in ${range}`)
      expect(() => checkConfig(given(key, lowest(range) - 1)), key).toThrow(`${key} must be an integer in ${range}`)
    }
  })

  it("is linked from every page that names one of them, and links pages that do", () => {
    const names = rows.map(({ key }) => key.split(".").at(-1) ?? "").filter((name) => name.length > 4)
    const named = (text: string) => names.filter((name) => text.includes(`\`${name}\``) || text.includes(`limits.${name}`))
    const without = pages.filter(({ path, text }) =>
      path !== "spec/limits.md" && !/(decisions|reports)\//.test(path) && named(text).length > 0 && !text.includes("(limits.md)")
    )
    expect(without.map(({ path, text }) => `${path}: ${named(text).join()}`)).toEqual([])
    const links = rows.flatMap(({ where }) => [...where.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => `spec/${to}`))
    expect(links.filter((to) => !pages.some(({ path }) => path === to))).toEqual([])
    expect(rows.filter(({ what, where }) => what.length < 10 || where.length < 5)).toEqual([])
  })
})
