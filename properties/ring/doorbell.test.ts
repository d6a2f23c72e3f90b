import { setTimeout as delay } from "node:timers/promises"
import { expect, it } from "vitest"
import { allocateDoorbell, Doorbell, type WaitOutcome } from "../../impl/ring/doorbell.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { runWorker } from "./run-worker.ts"
import type { Sleep } from "./sleeper-worker.ts"

const FILE = new URL("./sleeper-worker.ts", import.meta.url)
const DEADLINE_MS = 30_000

interface OpenBell {
  readonly region: SharedRegion
  readonly doorbell: number
  readonly producer: Doorbell
  readonly consumer: Doorbell
}
const openBell = (polls: number): OpenBell => {
  const region = SharedRegion.create(1000)
  const doorbell = allocateDoorbell(region)
  const producer = new Doorbell(region, doorbell)
  return { region, doorbell, producer, consumer: new Doorbell(region, doorbell, { polls }) }
}

/**
 * The moments of a wait with one poll, in order: a producer may act at each. The last three see the flag
 * raised.
 */
const MOMENTS = ["before", "poll seen", "poll answered", "re-check seen", "re-check answered"] as const

/** Publishes at one moment and rings at the same or a later one; how the wait ends. */
const waitWhile = (publishAt: number, ringAt: number): WaitOutcome => {
  const { consumer, producer } = openBell(1)
  let published = false
  let moment = 0
  const pass = () => {
    if (moment === publishAt) published = true
    if (moment === ringAt) producer.ring()
    moment += 1
  }
  const source = {
    pending: () => {
      pass()
      const answer = published
      pass()
      return answer
    }
  }
  pass()
  return consumer.wait(source, 2000)
}

it("no ring is lost, whenever a producer publishes and rings during a wait [SQP-RING-3]", () => {
  for (let publishAt = 0; publishAt < MOMENTS.length; publishAt++) {
    for (let ringAt = publishAt; ringAt < MOMENTS.length; ringAt++) {
      const moments = `published ${MOMENTS[publishAt]}, rung ${MOMENTS[ringAt]}`
      const outcome = waitWhile(publishAt, ringAt)
      expect(`${moments}: ${outcome}`).toBe(`${moments}: ${publishAt <= 3 ? "ready" : "woken"}`)
    }
  }
})

it("a consumer asleep in another thread is woken by one ring [SQP-RING-3]", async () => {
  const { doorbell, producer, region } = openBell(0)
  const sleep: Sleep = { memory: region.memory, doorbell, timeoutMs: DEADLINE_MS }
  const answer = runWorker<WaitOutcome>(FILE, sleep, 2 * DEADLINE_MS)
  const deadline = Date.now() + DEADLINE_MS
  while (Atomics.load(region.words, doorbell) === 0 && Date.now() < deadline) await delay(1)
  await delay(20) // most likely asleep by now; the answer is the same if not
  producer.ring()
  expect(await answer).toBe("woken")
  expect(Atomics.load(region.words, doorbell)).toBe(0)
})

it("a wait without work or ring times out and leaves the consumer awake", () => {
  const { consumer, doorbell, producer, region } = openBell(3)
  expect(consumer.wait({ pending: () => false }, 1)).toBe("timed-out")
  expect(region.words[doorbell]).toBe(0)
  producer.ring()
  expect(region.words[doorbell]).toBe(0)
  expect(consumer.wait({ pending: () => false }, 0)).toBe("timed-out")
})

it("work that is there or comes while polling is found without sleeping, within the number of polls", () => {
  for (const polls of [0, 1, 5]) {
    const { consumer, doorbell, region } = openBell(polls)
    for (let workAt = 1; workAt <= polls + 1; workAt++) {
      let looks = 0
      expect(consumer.wait({ pending: () => ++looks === workAt }, 0)).toBe("ready")
      expect(looks).toBe(workAt)
      expect(region.words[doorbell]).toBe(0)
    }
    let looks = 0
    expect(consumer.wait({ pending: () => ++looks > polls + 1 }, 0)).toBe("timed-out")
    expect(looks).toBe(polls + 1)
  }
})

it("doorbells outside the region, unbounded polls and meaningless timeouts are refused", () => {
  const { consumer, region } = openBell(0)
  for (const word of [-1, 0.5, region.words.length]) {
    expect(() => new Doorbell(region, word)).toThrow(/no doorbell at word/)
  }
  for (const polls of [-1, 0.5, Number.POSITIVE_INFINITY, 1_000_001]) {
    expect(() => new Doorbell(region, 64, { polls })).toThrow(/polls of a doorbell must be in 0\.\.1000000/)
  }
  for (const timeoutMs of [-1, Number.NaN]) {
    expect(() => consumer.wait({ pending: () => true }, timeoutMs)).toThrow(/timeoutMs of a doorbell/)
  }
})
