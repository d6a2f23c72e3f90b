import fc from "fast-check"
import { expect, it } from "vitest"
import { assertProperty, seed } from "./run.ts"

it("a failing property names the seed, the path and one replay command", () => {
  const failing = fc.property(fc.nat(), (n) => n < 10)
  const call = "npx vitest run properties/run.test.ts -t 'a failing property names"
  expect(() => assertProperty(failing)).toThrow(new RegExp(`FC_SEED=${seed} FC_PATH="[0-9:]+" ${call}`))
})
