/** How an exploration ends, in systems small enough to see it: at something wrong, at the end, at a broken promise. */
import { describe, expect, it } from "vitest"
import { explore, STUCK, type System } from "../model/explore.ts"

/** States from 0 to the last, one after the other. */
const countingTo = (last: number, change: Partial<System<number, string>> = {}): System<number, string> => ({
  initial: 0, moves: (state) => (state < last ? [{ label: "+", state: state + 1 }] : []), key: String,
  violations: () => [], ...change
})

/** All orders of three but the one that moves nothing. */
const ORDERS = [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
type Three = ReadonlyArray<number>

/** Three numbers that count up to the last each, as one part, and may take each other's places. */
const threeCountingTo = (last: number): System<Three, string> => {
  const moves = (state: Three) => state.flatMap((n, at) =>
    (n < last ? [{ label: `+${at}`, state: state.with(at, n + 1), kind: at }] : []))
  const numbersOf = (state: Three) => Int32Array.of(state.reduce((all, n) => all * 16 + n, 0))
  const stateOf = (number: number): Three => [number >> 8, (number >> 4) & 15, number & 15]
  const renamed = (state: Three, permutation: number): Three => {
    const order = ORDERS[permutation]
    if (order === undefined) throw new RangeError(`there is no permutation ${permutation}`)
    return order.map((at) => state[at] ?? 0)
  }
  return {
    initial: [0, 0, 0], moves, key: String, violations: () => [],
    numbered: {
      moves, numbersOf, label: (kind) => `+${kind}`, state: ([number = 0]) => stateOf(number),
      visit: ([number = 0], found) => {
        for (const { kind, state } of moves(stateOf(number))) found(numbersOf(state), kind)
      }
    },
    symmetry: {
      permutations: ORDERS.length,
      renamed,
      image: (place, number, permutation) => {
        if (place > 0) throw new RangeError("a state has one part")
        return numbersOf(renamed(stateOf(number), permutation))[0] ?? 0
      }
    }
  }
}

describe("an exploration of one state for all", () => {
  it("takes every permutation of every part, in whatever order moves come, and counts all states [SQP-EXP-7]", () => {
    const found = { complete: true, orbits: 165, states: 729, transitions: 3 * 8 * 81, labels: ["+0", "+1", "+2"] }
    expect(explore(threeCountingTo(8))).toMatchObject(found)
    expect(explore(threeCountingTo(8), { symmetry: false })).toMatchObject({ ...found, orbits: 729 })
  })

  it("tells no label where nothing moves [SQP-EXP-5]", () => {
    expect(explore(threeCountingTo(0))).toMatchObject({ complete: true, orbits: 1, states: 1, labels: [] })
  })
})

describe("an exploration", () => {
  it("ends at the first state that is wrong, and claims nothing of those beyond [SQP-EXP-1, SQP-EXP-3]", () => {
    const wrong = countingTo(40, { violations: (state) => (state >= 3 ? ["too far"] : []), quiet: () => true })
    expect(explore(wrong)).toMatchObject({
      states: 4, complete: false, live: false, stopped: null,
      counterexample: { path: ["+", "+", "+"], violations: ["too far"] }
    })
  })

  it("is live only where it was asked, and finds who is stuck [SQP-EXP-4]", () => {
    expect(explore(countingTo(3))).toMatchObject({ states: 4, complete: true, live: false, counterexample: null })
    expect(explore(countingTo(3, { quiet: (state) => state === 3 }))).toMatchObject({ complete: true, live: true })
    expect(explore(countingTo(3, { quiet: (state) => state === 2 }))).toMatchObject({
      complete: false, live: false, counterexample: { path: ["+", "+", "+"], violations: [STUCK] }
    })
  })

  it("says how far it is every 1024 transitions, if somebody asks [SQP-EXP-3]", () => {
    const told: Array<number> = []
    const onProgress = ({ transitions }: { readonly transitions: number }) => void told.push(transitions)
    expect(explore(countingTo(2_100), { onProgress })).toMatchObject({ complete: true, transitions: 2_100 })
    expect(told).toEqual([1_024, 2_048])
    expect(explore(countingTo(1_100))).toMatchObject({ complete: true, states: 1_101, depth: 1_100 })
  })

  it("counts the transition at which somebody stops it, but not the state that it leads to [SQP-EXP-3]", () => {
    expect(explore(countingTo(2_100), { onProgress: () => "enough" })).toMatchObject({
      stopped: "enough", complete: false, transitions: 1_024, states: 1_024
    })
  })

  it("looks at the first of every 61 states with functions in each other's places, too [SQP-EXP-7]", () => {
    const both: Array<number> = []
    const { moves, ...system } = countingTo(130)
    const numbered: System<number, string>["numbered"] = {
      moves, label: () => "+", numbersOf: (state) => Int32Array.of(state), state: ([state = 0]) => state,
      visit: ([state = 0], found) => {
        if (state < 130) found(Int32Array.of(state + 1), 0)
      }
    }
    const renamed = (state: number): number => {
      both.push(state)
      return state
    }
    const symmetry = { permutations: 1, image: (_: number, number: number) => number, renamed }
    expect(explore({ ...system, moves, numbered, symmetry })).toMatchObject({ complete: true, orbits: 131 })
    expect(both).toEqual([0, 61, 122])
  })

  it("refuses to show a way that is not there again [SQP-EXP-1]", () => {
    let asked = 0
    const fickle = countingTo(1, {
      moves: (state) => (state === 0 && asked++ === 0 ? [{ label: "once", state: 1 }] : []),
      violations: (state) => (state === 1 ? ["wrong"] : [])
    })
    expect(() => explore(fickle)).toThrow("a system makes other moves the second time")
  })
})
