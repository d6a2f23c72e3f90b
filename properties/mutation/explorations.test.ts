/** Holds model and environment against the first states of every preset: what mutation testing runs. */
import { describe, expect, it } from "vitest"
import { counts } from "../presets.counts.ts"
import { explorationOf } from "./explorations.ts"
import { AGAIN, recordedTexts } from "./recorded.ts"

const expected = recordedTexts("explorations.json")

describe("an explorer", () => {
  it.each(Object.keys(counts))("finds as many first states of %s as it did [SQP-MUT-5]", (name) => {
    expect(explorationOf(name), AGAIN).toEqual(expected[name])
  })
})
