import fc from "fast-check"
import { expect, it } from "vitest"
import { deadlinesWords, makeDeadlines } from "../../impl/mux/timers.ts"
import { makeRecordPool, recordPoolWords } from "../../impl/mux/record-pool.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { assertProperty } from "../run.ts"

const LIVES = [10, 25, 100]
const FUNCTIONS = 2
const RECORDS = 6

const command = fc.record({
  op: fc.constantFrom("arm" as const, "extend" as const, "cancel" as const, "collect" as const),
  f: fc.nat(FUNCTIONS - 1), which: fc.nat(RECORDS - 1), life: fc.nat(LIVES.length - 1), ms: fc.nat(30)
})

it("a record is due exactly from its deadline on, and what is due of a function is found, whatever was armed", () => {
  // the clock passes through the place where 32-bit milliseconds wrap
  assertProperty(fc.property(fc.array(command, { maxLength: 100 }), fc.constantFrom(0, 2 ** 31 - 200), (all, start) => {
    const region = SharedRegion.create(deadlinesWords(FUNCTIONS, 3) + recordPoolWords(FUNCTIONS, RECORDS, 4) + 64)
    const pool = makeRecordPool(region, FUNCTIONS, RECORDS, 4)
    const deadlines = makeDeadlines(region, FUNCTIONS, LIVES.map((ms) => ({ ms, slackMs: 0 })), 0)
    const records = [0, 1].map((f) => Array.from({ length: RECORDS }, () => pool.take(f)))
    for (const record of records.flat()) deadlines.clear(record)
    const model = new Map<number, number>()
    let now = start
    for (const { f, life, ms, op, which } of all) {
      now += ms
      const record = records[f]![which]!
      if (op === "arm") {
        deadlines.arm(record, f, life, now | 0)
        model.set(record, now + LIVES[life]!)
      } else if (op === "extend") {
        deadlines.extend(record, f, life, now | 0)
        model.set(record, Math.max(model.get(record) ?? 0, now + LIVES[life]!))
      } else if (op === "cancel") {
        deadlines.cancel(record)
        model.delete(record)
      } else {
        const due = deadlines.due(f, now | 0)
        if (due !== 0) deadlines.cancel(due)
        model.delete(due)
      }
      for (const one of records.flat()) expect(deadlines.isDue(one, now | 0)).toBe((model.get(one) ?? Infinity) <= now)
      records.forEach((own, owner) => {
        const due = own.filter((one) => (model.get(one) ?? Infinity) <= now)
        expect(due.length === 0 ? [0] : due).toContain(deadlines.due(owner, now | 0))
      })
    }
  }), { numRuns: 300 })
})

it("a record touched again and again lives on, and ends within the slack after its last use [SQP-TID-5]", () => {
  const life = { ms: 100, slackMs: 30 }
  assertProperty(fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 50 }), (pauses) => {
    const region = SharedRegion.create(deadlinesWords(1, 1) + recordPoolWords(1, 1, 4) + 64)
    const record = makeRecordPool(region, 1, 1, 4).take(0)
    const deadlines = makeDeadlines(region, 1, [life], 0)
    deadlines.clear(record)
    deadlines.arm(record, 0, 0, 0)
    let now = 0
    for (const ms of pauses) {
      now += ms
      expect(deadlines.isDue(record, now)).toBe(false)
      deadlines.touch(record, 0, 0, now)
    }
    expect(deadlines.isDue(record, now + life.ms - life.slackMs - 1)).toBe(false)
    expect(deadlines.isDue(record, now + life.ms)).toBe(true)
    expect(deadlines.due(0, now + life.ms)).toBe(record)
  }))
})

/** Two records of one function with a life of 100 ms that may end 30 ms early, and one of 500 ms. */
const twoRecords = () => {
  const region = SharedRegion.create(deadlinesWords(1, 2) + recordPoolWords(1, 2, 8))
  const pool = makeRecordPool(region, 1, 2, 8)
  const deadlines = makeDeadlines(region, 1, [{ ms: 100, slackMs: 30 }, { ms: 500, slackMs: 30 }], 4)
  const records = [pool.take(0), pool.take(0)] as const
  for (const record of records) {
    region.words.fill(-1, record, record + 8)
    deadlines.clear(record)
  }
  return { deadlines, records }
}

it("a record that was made afresh has no deadline, whatever was in its place [SQP-TID-5]", () => {
  const { deadlines, records: [one, two] } = twoRecords()
  expect([deadlines.isDue(one, 1000), deadlines.isDue(two, 1000), deadlines.due(0, 1000)]).toEqual([false, false, 0])
})

it("a touch within the slack moves nothing, and one after it gives a whole life [SQP-TID-5]", () => {
  for (const [ms, endMs] of [[10, 100], [30, 100], [31, 131], [60, 160]] as const) {
    const { deadlines, records: [one] } = twoRecords()
    deadlines.arm(one, 0, 0, 0)
    deadlines.touch(one, 0, 0, ms)
    expect([endMs - 1, endMs].map((now) => deadlines.isDue(one, now))).toEqual([false, true])
  }
})

it("a deadline is never put forward by a shorter life, unless it was taken away; used at one time, the last one is "
  + "the youngest [SQP-CM-8]", () => {
  const { deadlines, records: [one, two] } = twoRecords()
  deadlines.arm(one, 0, 1, 0)
  deadlines.extend(one, 0, 0, 0)
  expect([deadlines.isDue(one, 499), deadlines.isDue(one, 500)]).toEqual([false, true])
  deadlines.cancel(one)
  deadlines.extend(one, 0, 0, 0)
  expect([deadlines.isDue(one, 99), deadlines.isDue(one, 100)]).toEqual([false, true])
  deadlines.arm(two, 0, 0, 0)
  deadlines.extend(one, 0, 0, 0)
  expect(deadlines.oldest(0, 0)).toBe(two)
})
