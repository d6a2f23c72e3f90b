/** What an explorer knows states by: one object and one number for equal values, numbers for tuples and pairs. */
import { describe, expect, it } from "vitest"
import { Interner } from "../model/interner.ts"
import { Pairs, Tuples } from "../model/tuples.ts"

describe("one object for equal values", () => {
  it("is the first that came, if its parts stand for theirs, else one made of these [SQP-EXP-2]", () => {
    const interner = new Interner()
    const [part, list] = [{ b: 1 }, [1, "x", null]]
    const first = { part, list }
    expect(interner.one(first)).toBe(first)
    expect(interner.one({ part: { b: 1 }, list: [1, "x", null] })).toBe(first)
    expect(interner.one([{ b: 1 }, part])).toEqual([part, part])
    expect(interner.one([{ b: 1 }, part])[0]).toBe(part)
    expect(interner.one({ other: { b: 1 } }).other).toBe(part)
    expect(interner.one({ left: undefined, part })).toEqual({ part })
    expect([interner.at(interner.id({ b: 1 })), interner.at(interner.id("x"))]).toEqual([part, "x"])
    expect(interner.at(interner.id({ b: 1 }))).toBe(part)
  })

  it("has a number, by which lists, fields and what they are made of are told apart [SQP-EXP-2]", () => {
    const interner = new Interner()
    const values = [null, "k", "q", { k: "q" }, ["q"], ["k", "q"], [], {}, 0, "0", [[]], [{}], { k: null }, { k: [] }, false]
    const numbers = values.map((value) => interner.id(value))
    expect(numbers[0]).toBe(0)
    expect(new Set(numbers).size).toBe(values.length)
    expect(Math.max(...numbers)).toBe(interner.size - 1)
    expect(values.map((value) => interner.id(structuredClone(value)))).toEqual(numbers)
    expect(values.map((value) => interner.one(value))).toEqual(values)
    expect(interner.id({ k: "q", left: undefined })).toBe(numbers[3])
    expect(interner.id(Object.assign(Object.create(null), { k: "q" }))).toBe(numbers[3])
  })

  it("is refused to what hides what it holds [SQP-EXP-2]", () => {
    const interner = new Interner()
    expect(() => interner.id(new Map())).toThrow("a state holds an object of Map, and only plain data can be told apart")
    expect(() => interner.id([() => 1])).toThrow("a state holds a function, and only plain data can be told apart")
  })
})

describe("numbers for tuples and pairs", () => {
  const COUNT = 1_300

  it("are one for equal tuples of any length, in the order in which they came [SQP-EXP-2]", () => {
    const tuples = new Tuples()
    const all = Array.from({ length: COUNT }, (_, n) => [n % 7, -n, n * 65_536, n].slice(0, 2 + (n % 3)))
    for (const round of [1, 2]) {
      const numbers = [[], ...all].map((tuple) => tuples.add(tuple))
      expect({ round, numbers }).toEqual({ round, numbers: [0, ...all.map((_, n) => n + 1)] })
    }
    expect(tuples.size).toBe(COUNT + 1)
  })

  it("are two for tuples of which one begins as the other and has its hash [SQP-EXP-2]", () => {
    // By the constants of the hash as it is; with others this is a tuple like any other.
    const hashedAlike = 1_013_877_694
    const tuples = new Tuples()
    expect([[0], [hashedAlike], [0, hashedAlike]].map((tuple) => tuples.add(tuple))).toEqual([0, 1, 2])
  })

  it("are those that pairs were given, of each order its own [SQP-EXP-2]", () => {
    const pairs = new Pairs()
    const all = Array.from({ length: COUNT }, (_, n) => [n % 36, Math.floor(n / 36)] as const)
    expect(all.map(([a, b]) => pairs.get(a, b))).toEqual(all.map(() => undefined))
    for (const [n, [a, b]] of all.entries()) pairs.set(a, b, n)
    expect(all.map(([a, b]) => pairs.get(a, b))).toEqual(all.map((_, n) => n))
    expect([pairs.get(0, 40), pairs.get(40, 0), pairs.get(-1, -1)]).toEqual([undefined, undefined, undefined])
  })
})
