import { afterEach, expect, it, vi } from "vitest"
import { realPart } from "./required.ts"

afterEach(() => vi.unstubAllEnvs())

it("a real part that is missing is reported as absent, so that its tests are skipped", () => {
  vi.stubEnv("MADMUX_REAL", "")
  expect(realPart("no-such-part-of-madmux")).toEqual({ present: false })
})

it("a real part that is missing although it is demanded fails, and the message says what to install", () => {
  vi.stubEnv("MADMUX_REAL", "1")
  expect(() => realPart("no-such-part-of-madmux")).toThrow(/apt-get install no-such-part-of-madmux/)
})

it("a real part that is there is found by its absolute path", () => {
  expect(realPart("sh")).toMatchObject({ present: true, path: expect.stringMatching(/^\/.*\/sh$/) })
})
