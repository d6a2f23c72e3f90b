/** The registry of presets: every area has some, every short one is counted, and what they are given is checked. */
import { describe, expect, it } from "vitest"
import { explore } from "../model/explore.ts"
import { type Requirement, requirements } from "../spec/requirements.ts"
import { exploreAll } from "./exploring.ts"
import { PARAMETERS } from "./preset.ts"
import { counts } from "./presets.counts.ts"
import { presetNamed, presets, presetsOf } from "./presets.ts"
import { sources } from "./sources.ts"

/** Areas that are no behaviour of a PF context over time: how the model is used, and what bytes mean. */
const WITHOUT_STATES = ["model", "wire-formats"]
const register: ReadonlyArray<Requirement> = Object.values(requirements)
const areas = [...new Set(register.filter(({ scope }) => scope === "rule").map(({ area }) => area))]
  .filter((area) => !WITHOUT_STATES.includes(area))

describe("the presets", () => {
  it("are there for every area of the spec, and for no other", () => {
    expect(areas.length).toBeGreaterThan(10)
    expect([...new Set(presets.map(({ area }) => area))].sort()).toEqual(areas.sort())
  })

  it("include for every area one of two functions and two requests over a wire that loses a MAD", () => {
    const small = presets.filter(({ isLong, parameters: { connections = 0, vfs = 0, losses = 0, requests = 0 } }) =>
      vfs >= 2 && losses >= 1 && (requests >= 2 || connections >= 1) && !isLong)
    expect(areas.filter((area) => !small.some((preset) => preset.area === area))).toEqual([])
  })

  it("have names of their own, and the short ones counts", () => {
    const names = presets.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => !/^[a-z-]+\/[a-z-]+$/.test(name))).toEqual([])
    const short = presets.filter(({ isLong }) => !isLong).map(({ name }) => name)
    expect(Object.keys(counts).sort()).toEqual(short.sort())
  })

  it("are explored by a test each, if they are short", () => {
    const tests = sources(["properties"], [".test.ts"]).map(({ text }) => text).join("\n")
    const explored = (name: string, area: string): boolean =>
      tests.includes(`expectFaultless("${name}")`) || tests.includes(`each(presetsOf("${area}")`)
    expect(presets.filter(({ area, isLong, name }) => !isLong && !explored(name, area)).map(({ name }) => name)).toEqual([])
  })

  it("have more states when more may happen", () => {
    const { system } = presetNamed("subscriptions/quota")
    const states = (losses: number) => explore(system({ losses }), { maxStates: 10_000 }).states
    expect([0, 1, 2].map(states).every((count, n, all) => n === 0 || count > (all[n - 1] ?? 0))).toBe(true)
  })

  it("refuse parameters that mean nothing in them, odd numbers, unknown mutants and unknown names", () => {
    const { mutants, system } = presetNamed("subscriptions/losses")
    expect(() => system({ connections: 1 })).toThrow(/connections means nothing in subscriptions\/losses; .*: vfs, /)
    for (const losses of [-1, 0.5, Number.NaN, 65]) {
      expect(() => system({ losses })).toThrow(`losses must be a whole number from 0 to 64, not ${losses}`)
    }
    for (const none of [{ vfs: 0 }, { requests: 0 }]) expect(() => system(none)).toThrow(/ must be a whole number from 1 to 64, not 0/)
    expect(() => system({}, "is fine")).toThrow(/has no mutant "is fine"; it has "/)
    expect(mutants.length).toBeGreaterThan(50)
    expect(() => presetNamed("nothing")).toThrow(/there is no preset nothing; there are: qp\/verbs, /)
    const known: ReadonlyArray<string> = PARAMETERS
    for (const preset of presets) {
      expect(new Set(preset.mutants.map(({ title }) => title)).size).toBe(preset.mutants.length)
    }
    expect(presets.flatMap(({ parameters }) => Object.keys(parameters)).filter((each) => !known.includes(each))).toEqual([])
  })

  it("show what a wrong model does by the mutant's title", () => {
    const title = "grants every unsubscribe"
    const found = exploreAll(title, presetNamed("subscriptions/losses").system({}, title))
    expect(found.counterexample?.violations.join()).toContain("SQP-SUB-4")
    expect(presetsOf("subscriptions").length).toBeGreaterThan(3)
  })
})
