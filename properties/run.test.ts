import fc from "fast-check"
import { expect, it } from "vitest"
import { assertProperty, seed } from "./run.ts"

it("a failing property names the seed, the path and one replay command", () => {
  const failing = fc.property(fc.nat(), (n) => n < 10)
  expect(() => assertProperty(failing)).toThrow(new RegExp(`FC_SEED=${seed} FC_PATH="[0-9:]+" npx vitest`))
})
