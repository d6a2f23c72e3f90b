/** How long things are remembered: the lives that the tables are given. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { cmLives, lifeWithin } from "../../impl/mux/cm-lives.ts"
import { defaultTiming, type MuxTiming } from "../../impl/mux/config.ts"
import { assertProperty } from "../run.ts"

const timings: fc.Arbitrary<MuxTiming> = fc
  .tuple(fc.integer({ min: 1, max: 100_000 }), fc.nat(600_000), fc.integer({ min: 1, max: 100_000 }), fc.nat(100_000))
  .map(([openingMin, more, linger, longer]) => ({
    ...defaultTiming, openingMin, openingMax: openingMin + more, linger, lingerMax: linger + longer
  }))

/** All tries of a REQ, or the service time of an MRA, in ms. */
const ms = (timing: MuxTiming, exponent: number, times: number): number =>
  Math.min(Math.ceil((times * 4.096 * 2 ** exponent) / 1000), timing.openingMax)

/** A MAD with one byte set. */
const madWith = (byte: number, value: number): DataView => {
  const view = new DataView(new ArrayBuffer(256))
  view.setUint8(byte, value)
  return view
}
const reqOf = (retries: number, timeout: number): DataView => {
  const view = madWith(67, timeout << 3)
  view.setUint8(75, retries << 4)
  return view
}

it("an opening exchange lives at least what REQ and MRA ask for and at most twice that [SQP-CM-8]", () => {
  const numbers = fc.record({ retries: fc.nat(15), timeout: fc.nat(31), service: fc.option(fc.nat(31)) })
  assertProperty(fc.property(timings, numbers, (timing, { retries, service, timeout }) => {
    const lives = cmLives(timing)
    const serviceMs = service === null ? 0 : lives.serviceOf(madWith(33, service << 3), 0)
    const life = lives.livesMs[lives.opening(lives.retryOf(reqOf(retries, timeout), 0), serviceMs)]!
    const asked = ms(timing, timeout, retries + 1) + (service === null ? 0 : ms(timing, service, 1))
    const must = Math.min(Math.max(asked, timing.openingMin), timing.openingMax)
    expect(life).toBeGreaterThanOrEqual(must)
    expect(life).toBeLessThanOrEqual(2 * must)
    // with room at both ends, where milliseconds allow it
    if (must >= 20) expect(Math.min(life - must, 2 * must - life)).toBeGreaterThan(must / 5)
  }), { numRuns: 2000 })
})

it("a lingering exchange lives as long as its REQ may be repeated, from linger to lingerMax at least [SQP-CM-8]", () => {
  assertProperty(fc.property(timings, fc.nat(15), fc.nat(31), (timing, retries, timeout) => {
    const lives = cmLives(timing)
    const life = lives.livesMs[lives.lingering(lives.retryOf(reqOf(retries, timeout), 0))]!
    const retryMs = ms(timing, timeout, retries + 1)
    expect(life).toBeGreaterThanOrEqual(Math.max(timing.linger, retryMs))
    expect(life).toBeLessThanOrEqual(Math.max(timing.lingerMax, 2 * retryMs))
  }), { numRuns: 2000 })
})

it("a REQ asks for all its tries, up to openingMax [SQP-CM-8]", () => {
  const lives = cmLives({ ...defaultTiming, openingMin: 20, openingMax: 100_000 })
  expect(lives.retryOf(reqOf(0, 12), 0)).toBe(17)
  expect(lives.retryOf(reqOf(3, 18), 0)).toBe(Math.ceil((4 * 4.096 * 2 ** 18) / 1000))
  expect(lives.retryOf(reqOf(15, 31), 0)).toBe(100_000)
})

it("a transaction lives tidMin to tidMax, however early its slack lets it end [SQP-TID-5]", () => {
  assertProperty(fc.property(fc.integer({ min: 1, max: 200_000 }), fc.nat(200_000), (must, more) => {
    const { ms, slackMs } = lifeWithin(must, must + more)
    expect(slackMs).toBeGreaterThanOrEqual(0)
    expect(ms - slackMs).toBeGreaterThanOrEqual(must)
    expect(ms).toBeLessThanOrEqual(must + more)
  }), { numRuns: 1000 })
})

it("an exchange whose REQ is repeated for just as long as it lingers lingers no longer than it may [SQP-CM-8]", () => {
  const timing = { ...defaultTiming, linger: 1000, lingerMax: 1010, openingMin: 10, openingMax: 5000 }
  const lives = cmLives(timing)
  const lingering = [999, 1000].map((retryMs) => lives.livesMs[lives.lingering(retryMs)])
  expect(lingering).toEqual([1005, 1005])
  expect(lives.livesMs[lives.lingering(1001)]).toBeGreaterThanOrEqual(1001)
})
