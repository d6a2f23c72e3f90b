import fc from "fast-check"
import { expect, it } from "vitest"
import { SharedRegion } from "../../impl/ring/memory.ts"
import {
  allocateReadyBitmap,
  lowestBit,
  READY_FUNCTIONS,
  READY_WORDS,
  ReadyBitmap,
  readyBitmapWords
} from "../../impl/ring/ready.ts"
import { assertProperty } from "../run.ts"

const openBitmap = () => {
  const region = SharedRegion.create(2 * readyBitmapWords())
  const bitmap = allocateReadyBitmap(region)
  const producer = new ReadyBitmap(region, bitmap)
  return { region, bitmap, producer, consumer: new ReadyBitmap(region, bitmap) }
}

/** The functions of the taken bits of word `index`, lowest first, the way a consumer walks them. */
const functionsOf = (index: number, taken: number): ReadonlyArray<number> => {
  const functions: Array<number> = []
  for (let bits = taken; bits !== 0; bits &= bits - 1) functions.push(index * 32 + lowestBit(bits))
  return functions
}

it("a ready bitmap is a set of functions: marking adds, taking a word removes its 32", () => {
  const f = fc.nat({ max: READY_FUNCTIONS - 1 })
  const step = fc.oneof(
    { weight: 3, arbitrary: f.map((mark) => ({ mark })) },
    { weight: 1, arbitrary: fc.nat({ max: READY_WORDS - 1 }).map((take) => ({ take })) }
  )
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const { consumer, producer } = openBitmap()
    const marked = new Set<number>()
    for (const each of steps) {
      if ("mark" in each) {
        producer.mark(each.mark)
        marked.add(each.mark)
      } else {
        const mine = [...marked].filter((f) => f >>> 5 === each.take).sort((a, b) => a - b)
        expect(functionsOf(each.take, consumer.take(each.take))).toEqual(mine)
        mine.forEach((f) => marked.delete(f))
      }
      expect(consumer.pending()).toBe(marked.size > 0)
    }
  })
  assertProperty(property, { numRuns: 200 })
})

it("every function has a bit of its own", () => {
  const { bitmap, consumer, producer, region } = openBitmap()
  for (let f = 0; f < READY_FUNCTIONS; f++) {
    producer.mark(f)
    expect(consumer.pending()).toBe(true)
    const taken = Array.from({ length: READY_WORDS }, (_, index) => functionsOf(index, consumer.take(index)))
    expect(taken.flat()).toEqual([f])
    expect(consumer.pending()).toBe(false)
  }
  expect(region.words.subarray(bitmap, bitmap + READY_WORDS).every((word) => word === 0)).toBe(true)
})

it("functions and bitmaps out of range are refused", () => {
  const { producer, region } = openBitmap()
  for (const f of [-1, 256, 0.5, Number.NaN]) expect(() => producer.mark(f)).toThrow(/cannot mark function/)
  expect(producer.pending()).toBe(false)
  for (const word of [-1, 0.5, region.words.length - READY_WORDS + 1]) {
    expect(() => new ReadyBitmap(region, word)).toThrow(/no ready bitmap at word/)
  }
})
