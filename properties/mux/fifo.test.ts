import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FIFO_LINK_WORDS, fifosWords, makeFifos } from "../../impl/mux/fifo.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { assertProperty } from "../run.ts"

const RECORDS = 6
const RECORD_WORDS = 1 + FIFO_LINK_WORDS

/** Queues between two neighbours in their region, and the records that go into them. */
const made = (queues: number) => {
  const region = SharedRegion.create(fifosWords(queues) + 3 * 64)
  const before = region.allocate(32)
  const fifos = makeFifos(region, queues, 1)
  const after = region.allocate(32)
  const first = region.allocate(RECORDS * RECORD_WORDS)
  const records = Array.from({ length: RECORDS }, (_, i) => first + i * RECORD_WORDS)
  const neighbours = () => [...region.words.subarray(before, before + 32), ...region.words.subarray(after, after + 32)]
  return { fifos, neighbours, records, region }
}

describe("the queues of a region", () => {
  // 16 fill what they take to the last word; 254 functions have one each.
  const sizes = fc.constantFrom(1, 2, 16, 17, 40, 254)
  const step = fc.record({ queue: fc.nat(), record: fc.nat(RECORDS - 1), isAppended: fc.boolean() })

  it("hand out what is longest in each, whatever is taken out, and leave their neighbours alone", () => {
    assertProperty(fc.property(sizes, fc.array(step, { maxLength: 30 }), (queues, steps) => {
      const { fifos, neighbours, records, region } = made(queues)
      const expected = Array.from({ length: queues }, (): Array<number> => [])
      for (const { isAppended, queue, record } of steps) {
        const word = records[record] ?? 0
        const within = expected.find((each) => each.includes(word))
        if (isAppended && within === undefined) {
          // The last queues as often as the first: they lie farthest.
          const at = queue % 2 === 0 ? queue % queues : queues - 1 - (queue % queues)
          fifos.append(at, word)
          expected[at]?.push(word)
        } else if (!isAppended) {
          fifos.remove(word)
          within?.splice(within.indexOf(word), 1)
        }
        expect(expected.map((_, at) => fifos.first(at))).toEqual(expected.map(([first = 0]) => first))
      }
      expect(neighbours()).toEqual(neighbours().map(() => 0))
      expect(records.map((record) => region.words[record])).toEqual(records.map(() => 0))
    }))
  })
})
