/** The closed system of transactions by examples: what may happen next, and what is wrong by the truth. */
import { describe, expect, it } from "vitest"
import type { Rules } from "../model/environment/event-system.ts"
import {
  type Forgery, stillTidScope, type TidQuestion, type TidScope, tidSystem, type TidWorld
} from "../model/environment/tid-system.ts"
import { FunctionId } from "../model/ids.ts"
import type { Mad } from "../model/mad.ts"
import { acting } from "./mutations.ts"
import { modelRules, started } from "./scope.ts"
import { labelsIn, worldAfter } from "./going.ts"
import { ask, PEER_LID, PF, ping, small, tid, VF1, VF2 } from "./small-world.ts"

const question = (from: FunctionId, to: TidQuestion["to"], change: Partial<TidQuestion> = {}): TidQuestion =>
  ({ from, to, mad: to === "peer" ? ask : ping, tid: tid(0x77), times: 1, ...change })
const [ASKS, PINGS] = [question(VF1, "peer"), question(VF1, VF2)]

const systemOf = (change: Partial<TidScope>, rules: Rules = modelRules) =>
  tidSystem({ ...stillTidScope, ...change }, started(rules, small({ functions: 3, timing: { rest: 4 } })), rules)
type Moving = ReturnType<typeof systemOf>
const labels = (of: Moving, world: TidWorld = of.initial): ReadonlyArray<string> => labelsIn(of, world)
/** The world after moves whose labels begin so. */
const after = (of: Moving, ...path: ReadonlyArray<string>): TidWorld => worldAfter(of, of.initial, ...path)

const REQUEST = "request 0000000000000001 arrives"
const ANSWER = "answer 0000000000000001 arrives"

/** Rules by which functions are given this instead of what is theirs. */
const giving = (change: (fn: FunctionId, mad: Mad) => ReadonlyArray<readonly [FunctionId, Mad]>): Rules =>
  acting((actions) => actions.flatMap((action) => action._tag !== "ToFunction" || "_tag" in action.mad ? [action]
    : change(action.function, action.mad).map(([fn, mad]) => ({ ...action, function: fn, mad }))))

describe("in the closed system of transactions", () => {
  it("nothing may happen in a still scope", () => {
    expect(stillTidScope).toEqual({ questions: [], losses: 0, duplications: 0, waits: [], resets: [], forgeries: [], alike: [] })
    expect(labels(systemOf({}))).toEqual([])
  })

  it("a peer answers what it is asked, and a stranger what nobody asked", () => {
    const forgery: Forgery = { mad: { ...ask, method: 0x81, tid: tid(1) }, slid: PEER_LID, dgid: null }
    const system = systemOf({ questions: [ASKS], forgeries: [forgery] })
    const FORGED = "a forged answer to 0000000000000001"
    expect(labels(system)).toEqual(["question 0: to wire 0000000000000001", `${FORGED}: drop response-unasked`])
    expect(labels(system, after(system, "question 0"))).toEqual([REQUEST, `${FORGED}: to function 1 ${tid(0x77)}`])
    const fooled = after(system, "question 0", FORGED)
    expect([fooled.wrong, fooled.forgeries]).toEqual([[], []])
    expect(labels(system, after(system, "question 0", REQUEST))).toEqual(
      [`${ANSWER}: to function 1 ${tid(0x77)}`, `${FORGED}: to function 1 ${tid(0x77)}`]
    )
  })

  it("a function owes an answer until it gives it, is reset, or the request is as old as ids rest", () => {
    const system = systemOf({ questions: [PINGS, question(VF2, VF1)], resets: [VF1, VF2], waits: [3, 1] })
    const asked = after(system, "question 0", REQUEST)
    const owing = ({ owed }: TidWorld) => owed.map((each) => each.function)
    expect(owing(asked)).toEqual([VF2])
    const both = after(system, "question 0", REQUEST, "question 1", "request 0000000000000002 arrives")
    expect(owing(both)).toEqual([VF2, VF1])
    const paths: ReadonlyArray<readonly [ReadonlyArray<string>, ReadonlyArray<FunctionId>]> = [
      [["reset of function 1"], [VF2]], [["reset of function 2"], [VF1]], [["function 2 answers"], [VF1]],
      [["3 ms pass"], [VF2, VF1]], [["3 ms pass", "1 ms pass"], []]
    ]
    for (const [path, still] of paths) {
      expect([path, owing(after({ ...system, initial: both }, ...path))]).toEqual([path, still])
    }
    expect(after(system, "3 ms pass", "question 0", REQUEST, "1 ms pass").owed.map(({ age }) => age)).toEqual([1])
    expect(after(system, "reset of function 1", "reset of function 2").lives).toEqual([0, 1, 1])
  })
})

describe("the truth of transactions", () => {
  const wrongAfter = (system: Moving, ...path: ReadonlyArray<string>) => {
    const world = after(system, ...path)
    expect(system.violations(world)).toEqual(expect.arrayContaining([...world.wrong]))
    return world.wrong
  }
  const ASKED = ["question 0", REQUEST, ANSWER] as const
  const SAYS = "given the answer to question 0, asked in life 0 of 1"

  it("is that the asker gets the answer, with the TID it asked with [SQP-TID-2, SQP-TID-4]", () => {
    const questions = [ASKS]
    expect(wrongAfter(systemOf({ questions }), ...ASKED)).toEqual([])
    expect(wrongAfter(systemOf({ questions }, giving((_, mad) => [[VF2, mad]])), ...ASKED)).toEqual([`function 2 is ${SAYS}`])
    expect(wrongAfter(systemOf({ questions }, giving((fn, mad) => [[fn, { ...mad, tid: tid(1) }]])), ...ASKED))
      .toEqual([`function 1 is ${SAYS}`])
  })

  it("is that nobody gets what an earlier life of it asked [SQP-LIFE-1]", () => {
    const system = systemOf({ questions: [{ ...ASKS, times: 2 }], resets: [VF1] },
      giving((fn, mad) => [[fn, { ...mad, payload: "0 0" }]]))
    expect(wrongAfter(system, "reset of function 1", ...ASKED)).toEqual([`function 1 is ${SAYS}`])
    expect(wrongAfter(system, ...ASKED)).toEqual([])
  })

  it("is that a function is asked only what is meant for it, and given only what was sent [SQP-STEER-4]", () => {
    const questions = [PINGS]
    expect(wrongAfter(systemOf({ questions }), "question 0", REQUEST)).toEqual([])
    expect(wrongAfter(systemOf({ questions }, giving((_, mad) => [[PF, mad]])), "question 0", REQUEST))
      .toEqual(["function 0 is asked question 0, not meant for it"])
    expect(wrongAfter(systemOf({ questions }, giving((fn, mad) => [[fn, { ...mad, payload: "7 0" }]])), "question 0", REQUEST))
      .toEqual(["function 2 is given what nobody sent"])
  })

  it("tells of every function that is given what is not its own [SQP-TID-4]", () => {
    const everybody = giving((_, mad) => [PF, VF1, VF2].map((fn) => [fn, mad]))
    expect(wrongAfter(systemOf({ questions: [ASKS] }, everybody), ...ASKED))
      .toEqual([`function 0 is ${SAYS}`, `function 2 is ${SAYS}`])
  })
})

describe("functions in each other's places in transactions", () => {
  /** The world after VF1 and VF2 took each other's places. */
  const swapped = (system: Moving, world: TidWorld): TidWorld => {
    if (!system.symmetry) throw new Error("the system has a symmetry")
    return system.symmetry.renamed(world, 0)
  }

  it("leave an unordered wire the same multiset of what is in flight [SQP-EXP-7]", () => {
    const system = systemOf({ questions: [question(VF1, VF2), question(VF2, VF1)], alike: [[VF1, VF2]] })
    const both = after(system, "question 0", "question 1")
    expect(swapped(system, both).inFlight).toEqual(after(system, "question 1", "question 0").inFlight)
    // A wrong model may give both requests one TID; then only what names functions tells them apart.
    const inFlight = both.inFlight.map(({ flow, payload }) =>
      ({ flow, payload: { ...payload, mad: { ...payload.mad, tid: tid(1) } } }))
    expect(inFlight.map(({ payload }) => payload.mad.payload)).toEqual(["0 0", "1 0"])
    expect(swapped(system, { ...both, inFlight }).inFlight.map(({ payload }) => payload.mad.payload)).toEqual(["0 0", "1 0"])
  })

  it("ask each other's questions, of however many digits the number is [SQP-EXP-7]", () => {
    const questions = Array.from({ length: 6 }, (_, n) =>
      [VF1, VF2].map((fn) => question(fn, "peer", { tid: tid(0x70 + n) }))).flat()
    const system = systemOf({ questions, alike: [[VF1, VF2]] })
    const payloads = (path: string) => swapped(system, after(system, path)).inFlight.map(({ payload }) => payload.mad.payload)
    expect(payloads("question 2:")).toEqual(["3 0"])
    expect(payloads("question 10:")).toEqual(["11 0"])
    expect(swapped(system, after(system, "question 10:")).left).toEqual(questions.map((_, n) => (n === 11 ? 0 : 1)))
  })
})
