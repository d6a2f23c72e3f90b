/** The table of which presets tell which wrong models. */
import { describe, expect, it } from "vitest"
import { wrongModels } from "../mutants/models.ts"
import { presetNamed, presets } from "../presets.ts"
import { tells } from "../presets.tells.ts"
import { isAbout, isTold, tellsSource } from "./tells.ts"

const AGAIN = "run `npm run explore:all -- --tells`"

describe("the table of which presets tell which wrong models", () => {
  it("has every wrong model, told by a preset that can be explored by it [SQP-EXP-5]", () => {
    expect(Object.keys(tells), AGAIN).toEqual(wrongModels.map(({ title }) => title))
    const named = Object.entries(tells).flatMap(([title, names = []]) => names.map((name) => ({ title, name })))
    expect(Object.entries(tells).filter(([, names = []]) => names.length === 0), AGAIN).toEqual([])
    const isOwn = ({ name, title }: { readonly title: string; readonly name: string }): boolean =>
      presets.some((preset) => preset.name === name && !preset.isLong && preset.mutants.some((mutant) => mutant.title === title))
    expect(named.filter((each) => !isOwn(each)), AGAIN).toEqual([])
  })

  it.each(["tid/shared", "guid/table", "cm/reset"])("is what %s tells [SQP-EXP-5]", (name) => {
    const preset = presetNamed(name)
    const about = preset.mutants.filter((mutant) => isAbout(preset, mutant))
    const told = about.filter(({ title }) => isTold(preset, title)).map(({ title }) => title)
    expect(told.length).toBeGreaterThan(2)
    expect(told.filter((title) => !tells[title]?.includes(name)), AGAIN).toEqual([])
  })

  it("is written in lines of at most 110 characters", () => {
    const source = tellsSource(new Map([["does wrong", Array.from({ length: 40 }, (_, n) => `area/preset-${n}`)]]))
    expect(source).toContain('  "does wrong": [\n    "area/preset-0", "area/preset-1", ')
    expect(source.split("\n").every((line) => line.length <= 120)).toBe(true)
    expect(source.slice(source.indexOf("{\n")).split("\n").every((line) => line.length <= 110)).toBe(true)
  })
})
