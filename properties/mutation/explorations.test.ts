/** Holds model and environment against the first states of every preset: what mutation testing runs. */
import { describe, expect, it } from "vitest"
import { counts } from "../presets.counts.ts"
import { explorationOf, walkOf } from "./explorations.ts"
import { AGAIN, recordedWalks } from "./recorded.ts"

const expected = recordedWalks()
const walks = Object.entries(expected).flatMap(([name, preset]) =>
  Object.entries(preset?.walks ?? {}).map(([number, text]) => [name, Number(number), text] as const))

describe("an explorer", () => {
  it.each(Object.keys(counts))("finds the first states of %s that it found [SQP-MUT-5]", (name) => {
    expect(explorationOf(name), AGAIN).toBe(expected[name]?.first)
  })

  it.each(walks)("sees on the way through %s number %i what it saw [SQP-MUT-5]", (name, number, text) => {
    expect(walkOf(name, number), AGAIN).toBe(text)
  })
})
