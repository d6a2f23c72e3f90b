/** Holds the invariants against soups of observations: what mutation testing runs. */
import { describe, expect, it } from "vitest"
import { AGAIN, recordedPots, recordedTexts } from "./recorded.ts"
import { soupOf } from "./soups.ts"

const expected = recordedTexts("soups.json")
const soups = recordedPots().flatMap((pot) =>
  (expected[pot.area] ?? []).map((text, number) => [pot.area, number, text, pot] as const))

describe("the invariants alone", () => {
  it.each(soups)("make of a soup of %s number %i what they made of it [SQP-MUT-5]", (_, number, text, pot) => {
    expect(soupOf(pot, number), AGAIN).toBe(text)
  })
})
