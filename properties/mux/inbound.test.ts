/** The memory of delivered requests by itself: whose each is, how long it lives, which gives way. */
import { expect, it } from "vitest"
import { hashWord } from "../../impl/mux/hash-index.ts"
import { type Inbound, inboundWords, makeInbound } from "../../impl/mux/inbound.ts"
import { madOf, TID_BYTE, whereWord, whoWord } from "../../impl/mux/slots.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { SLOT_LID, SLOT_REMOTE_QPN, SLOT_WORDS } from "../../impl/ring/slot.ts"

const SEED = 7
const LIFE = 100
const CLASS = 4
const LID = 9

/** The memory of three functions, two requests each, and a slot in which requests lie. */
class Memory {
  readonly #region = SharedRegion.create(10_000)
  readonly #slot = this.#region.allocate(SLOT_WORDS)
  readonly inbound: Inbound = makeInbound(this.#region, {
    functions: 3, perFunction: 2, life: { ms: LIFE, slackMs: 0 }, seed: SEED
  })

  #write(high: number, low: number): number {
    const { view, words } = this.#region
    words[this.#slot + SLOT_LID] = LID
    words[this.#slot + SLOT_REMOTE_QPN] = 1
    const mad = madOf(this.#slot)
    view.setInt32(mad + TID_BYTE, high)
    view.setInt32(mad + TID_BYTE + 4, low)
    return mad
  }

  remember(f: number, low: number, now: number, high = 0): void {
    const mad = this.#write(high, low)
    expect(this.inbound.hasRoom(f, now)).toBe(true)
    this.inbound.remember(f, 1, CLASS, this.#slot, mad, now)
  }

  find(f: number, low: number, now: number, high = 0): number {
    const mad = this.#write(high, low)
    return this.inbound.find(f, 1, CLASS, this.#slot, mad, now)
  }

  findOnly(low: number, now: number, high = 0): number {
    const mad = this.#write(high, low)
    return this.inbound.findOnly(1, CLASS, this.#slot, mad, now)
  }
}

/** The hash of a key before its last word is absorbed. */
const hashBeforeLow = (high: number): number =>
  [whoWord(0, CLASS, LID), whereWord(1, 1), high].reduce(hashWord, SEED)

it("two requests whose TIDs hash alike remain two: nobody may answer or control the other's [SQP-TID-8] [SQP-TID-9]", () => {
  const memory = new Memory()
  const low = hashBeforeLow(0) ^ hashBeforeLow(1) ^ 5
  expect(hashWord(hashBeforeLow(0), 5)).toBe(hashWord(hashBeforeLow(1), low))
  memory.remember(1, 5, 0, 0)
  expect([memory.find(1, low, 0, 1), memory.findOnly(low, 0, 1)]).toEqual([0, 0])
  memory.remember(2, low, 0, 1)
  expect(memory.find(1, 5, 0, 0)).not.toBe(0)
  expect([memory.find(2, 5, 0, 0), memory.find(1, low, 0, 1)]).toEqual([0, 0])
  expect(memory.inbound.functionOf(memory.findOnly(5, 0, 0))).toBe(1)
  expect(memory.inbound.functionOf(memory.findOnly(low, 0, 1))).toBe(2)
})

it("a request that took the place of a former one ends with its function as any other [SQP-LIFE-1]", () => {
  const memory = new Memory()
  memory.remember(1, 1, 0)
  memory.inbound.collect(1, 10, LIFE)
  expect(memory.inbound.used(1)).toBe(0)
  memory.inbound.endFunction(1)
  expect(memory.inbound.used(1)).toBe(0)
  for (const low of [2, 5]) memory.remember(1, low, LIFE)
  memory.inbound.answer(memory.find(1, 5, LIFE), LIFE)
  memory.inbound.endFunction(1)
  expect([memory.find(1, 2, LIFE), memory.find(1, 5, LIFE), memory.inbound.used(1)]).toEqual([0, 0, 0])
  for (const low of [3, 4]) memory.remember(1, low, LIFE)
  expect([3, 4].map((low) => memory.find(1, low, LIFE) !== 0)).toEqual([true, true])
})

it("at the quota a request past its life gives way before any that lives [SQP-TID-12]", () => {
  const memory = new Memory()
  memory.remember(1, 1, 0)
  memory.remember(1, 2, 50)
  memory.inbound.answer(memory.find(1, 2, 50), 50)
  memory.remember(1, 3, LIFE)
  expect([1, 2, 3].map((low) => memory.find(1, low, LIFE) !== 0)).toEqual([false, true, true])
})

it("at the quota an answered request gives way before one that waits, though it was controlled last [SQP-TID-12]", () => {
  const memory = new Memory()
  memory.remember(1, 1, 0)
  memory.remember(1, 2, 1)
  memory.inbound.answer(memory.find(1, 2, 2), 2)
  memory.inbound.control(memory.find(1, 2, 3), 3)
  memory.remember(1, 3, 4)
  expect([1, 2, 3].map((low) => memory.find(1, low, 4) !== 0)).toEqual([true, false, true])
})

it("repeating, answering and controlling a request each begin its life anew [SQP-TID-8]", () => {
  for (const use of ["repeat", "answer", "control"] as const) {
    const memory = new Memory()
    memory.remember(1, 1, 0)
    memory.inbound[use](memory.find(1, 1, LIFE - 1), LIFE - 1)
    expect(memory.find(1, 1, 2 * LIFE - 2), use).not.toBe(0)
    expect(memory.find(1, 1, 2 * LIFE - 1), use).toBe(0)
  }
})

it("takes no more of a region than it says", () => {
  for (const [functions, perFunction] of [[1, 1], [3, 5], [255, 64]] as const) {
    const region = SharedRegion.create(1_000_000)
    const before = region.wordsFree
    makeInbound(region, { functions, perFunction, life: { ms: LIFE, slackMs: 0 }, seed: SEED })
    // Each of its three tables begins at a multiple of 32 words.
    expect(before - region.wordsFree).toBeLessThanOrEqual(inboundWords(functions, perFunction) + 3 * 31)
  }
})
