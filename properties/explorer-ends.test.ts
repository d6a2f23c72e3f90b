/** How an exploration ends, in systems small enough to see it: at something wrong, at the end, at a broken promise. */
import { describe, expect, it } from "vitest"
import { explore, STUCK, type System } from "../model/explore.ts"

/** States from 0 to the last, one after the other. */
const countingTo = (last: number, change: Partial<System<number, string>> = {}): System<number, string> => ({
  initial: 0, moves: (state) => (state < last ? [{ label: "+", state: state + 1 }] : []), key: String,
  violations: () => [], ...change
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

  it("refuses to show a way that is not there again [SQP-EXP-1]", () => {
    let asked = 0
    const fickle = countingTo(1, {
      moves: (state) => (state === 0 && asked++ === 0 ? [{ label: "once", state: 1 }] : []),
      violations: (state) => (state === 1 ? ["wrong"] : [])
    })
    expect(() => explore(fickle)).toThrow("a system makes other moves the second time")
  })
})
