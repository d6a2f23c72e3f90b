/** The survey of all presets: what it calls a fault, and its report. */
import { expect, it } from "vitest"
import { presetNamed } from "../presets.ts"
import { surveyed, surveyReport } from "./survey.ts"

const preset = presetNamed("qp/pkeys")

it("A survey finds fault with a preset that holds only if its counts are not those of the table [SQP-EXP-5]", () => {
  expect(surveyed(preset, {})).toMatchObject({ preset: "qp/pkeys", verdict: "holds", states: 18, transitions: 156, faults: [] })
  expect(surveyed({ ...preset, name: "qp/verbs" }, {}).faults).toEqual([expect.stringMatching(/^properties\/presets\.counts\.ts says \d+ and \d+$/)])
})

it("A survey says which bound ended a preset, and shows what is wrong with one [SQP-EXP-3] [SQP-EXP-5]", () => {
  expect(surveyed(preset, { maxStates: 5 })).toMatchObject({
    verdict: "incomplete", faults: [expect.stringMatching(/^not at its end: 5 states/)]
  })
  const { faults, verdict } = surveyed(preset, { mutant: "bounds only what the mask names" })
  expect(verdict).toBe("violation")
  expect(faults[0]).toMatch(/\(SQP-QP-2\).*, after: /)
})

it("The report of a survey has a row for each preset, and every fault [SQP-EXP-5]", () => {
  const results = [surveyed(preset, {}), surveyed(preset, { maxStates: 5 })]
  const text = surveyReport(results, { began: new Date("2026-01-02T03:04:05Z"), load: 3 })
  expect(text).toContain("# Exploring every preset, 2026-01-02\n")
  expect(text).toContain("2 presets, 1 to their end: 23 states")
  expect(text).toMatch(/\n\| `qp\/pkeys` \| 18 \| 156 \| 4 \| \d+ \| \d+\.\d \| holds \|\n/)
  expect(text).toContain("- `qp/pkeys`: not at its end: 5 states")
})
