/** Which of several states the checker need not follow: those that allow nothing that another does not. */
import { describe, expect, it } from "vitest"
import { NO_GID, WireTid } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { State } from "../model/state.ts"
import { Frontier } from "./clocks.ts"
import { SM_LID, small } from "./small-world.ts"

const idle = initial(small())
/** A join was given up, and is remembered for so long at least and at most. */
const remembers = (must: number, may: number): State => ({
  ...idle,
  givenUp: [{
    wireTid: WireTid("0000000000000001"), sentTo: SM_LID, former: false, life: { must, may },
    asked: { _tag: "join", mgid: NO_GID }
  }]
})
/** A wire TID rests for so long. */
const rests = (remaining: number): State => ({ ...idle, resting: [{ space: "tid", id: "0000000000000001", remaining }] })
/** The places of those states that are left, all under one key or each under its own. */
const left = (states: ReadonlyArray<State>, keyOf: (n: number) => string = () => "") => {
  const frontier = new Frontier<number>()
  for (const [n, state] of states.entries()) frontier.add(keyOf(n), state, n)
  return [...frontier.all]
}

describe("of states that may explain a trace", () => {
  it("those that differ in more than times are all followed [SQP-CHK-1]", () => {
    expect(left([idle, { ...idle, running: true }, remembers(1, 5)])).toEqual([0, 1, 2])
    expect(left([idle, { ...idle }])).toEqual([0])
    expect(left([idle, { ...idle }], String)).toEqual([0, 1])
  })

  it("the one in which a timer has the wider range stands for the narrower, whichever comes first [SQP-CHK-1]", () => {
    expect([left([remembers(1, 5), remembers(2, 4)]), left([remembers(2, 4), remembers(1, 5)])]).toEqual([[0], [1]])
    expect(left([remembers(1, 4), remembers(2, 5)])).toEqual([0, 1])
  })

  it("the one in which a TID rests shorter, or not at all, stands for the longer [SQP-CHK-1]", () => {
    expect([left([rests(2), rests(3)]), left([rests(3), rests(2)]), left([rests(1), idle])]).toEqual([[0], [1], [1]])
  })
})
