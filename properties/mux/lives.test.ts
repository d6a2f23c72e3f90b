/** How long things are remembered: the lives that the tables are given. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { cmLives, LIFE_LINGERING, lifeWithin, openingMs } from "../../impl/mux/cm-lives.ts"
import { defaultTiming, type MuxTiming } from "../../impl/mux/config.ts"
import { assertProperty } from "../run.ts"

const timings: fc.Arbitrary<MuxTiming> = fc
  .tuple(fc.integer({ min: 1, max: 100_000 }), fc.nat(600_000), fc.integer({ min: 1, max: 100_000 }), fc.nat(100_000))
  .map(([openingMin, more, linger, longer]) => ({
    ...defaultTiming, openingMin, openingMax: openingMin + more, linger, lingerMax: linger + longer
  }))

it("an opening exchange lives at least what its REQ asks for and at most twice that, for every REQ [SQP-CM-8]", () => {
  assertProperty(fc.property(timings, fc.nat(15), fc.nat(31), (timing, retries, timeout) => {
    const lives = cmLives(timing)
    const must = openingMs(timing, retries, timeout)
    const life = lives.livesMs[lives.byRequest[32 * retries + timeout]!]!
    expect(life).toBeGreaterThanOrEqual(must)
    expect(life).toBeLessThanOrEqual(2 * must)
    // with room at both ends, where milliseconds allow it
    if (must >= 20) expect(Math.min(life - must, 2 * must - life)).toBeGreaterThan(must / 5)
  }), { numRuns: 1000 })
})

it("what an opening exchange must live is all tries of the asker within the bounds [SQP-CM-8]", () => {
  const timing = { ...defaultTiming, openingMin: 20, openingMax: 100_000 }
  expect(openingMs(timing, 0, 12)).toBe(20)
  expect(openingMs(timing, 3, 18)).toBe(Math.ceil((4 * 4.096 * 2 ** 18) / 1000))
  expect(openingMs(timing, 15, 31)).toBe(100_000)
})

it("a SIDR exchange lives openingMin to twice that, a lingering one linger to lingerMax [SQP-CM-8]", () => {
  assertProperty(fc.property(timings, (timing) => {
    const { livesMs, sidr } = cmLives(timing)
    expect(livesMs[sidr]).toBeGreaterThanOrEqual(timing.openingMin)
    expect(livesMs[sidr]).toBeLessThanOrEqual(2 * timing.openingMin)
    expect(livesMs[LIFE_LINGERING]).toBeGreaterThanOrEqual(timing.linger)
    expect(livesMs[LIFE_LINGERING]).toBeLessThanOrEqual(timing.lingerMax)
  }))
})

it("a transaction lives tidMin to tidMax, however early its slack lets it end [SQP-TID-5]", () => {
  assertProperty(fc.property(fc.integer({ min: 1, max: 200_000 }), fc.nat(200_000), (must, more) => {
    const { ms, slackMs } = lifeWithin(must, must + more)
    expect(slackMs).toBeGreaterThanOrEqual(0)
    expect(ms - slackMs).toBeGreaterThanOrEqual(must)
    expect(ms).toBeLessThanOrEqual(must + more)
  }), { numRuns: 1000 })
})
