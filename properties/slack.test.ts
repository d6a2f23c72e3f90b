import { describe, expect, it } from "vitest"
import type { Init } from "../impl/trace/command.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output } from "../impl/trace/output.ts"
import { plainPolicy } from "./choice-policy.ts"
import { init, play } from "./generate.ts"
import { modelSubject } from "./model-subject.ts"
import { check } from "./trace-check.ts"
import fc from "fast-check"

const SLACK = 20
const [begin] = fc.sample(init, { numRuns: 1, seed: 3 })
if (begin === undefined) throw new Error("a PF context")
const timed: Init = {
  ...begin, functions: 2, guids: ["0000000000000a00", "0000000000000000"], nodeGuids: ["0000000000000f00", "0000000000000f01"], active: [true, true],
  virt2phys: [], lmc: 0, smLid: 1, adminGuids: [null, "0000000000000a01"],
  timing: { ...begin.timing, saTimeout: 100, saRetries: 3, guidRetry: 60, guidRetryMax: 400, slack: SLACK }
}

/** What leaves at the start: tunnels, and the one request to the SA. */
const started = play({ init: timed, moves: [] }, modelSubject(plainPolicy(1)))[1]?.out ?? []
const request = started.filter(({ to }) => to === "wire")

/** A PF context that asks the SA, and sends its request again after each of these times, seen in the millisecond before. */
const sending = (...after: ReadonlyArray<number>): ReadonlyArray<Line> => {
  const commands: ReadonlyArray<readonly [Line["in"], ReadonlyArray<Output>]> = [
    [timed, []],
    [{ op: "start" }, started],
    ...after.flatMap((ms) => [
      [{ op: "advance", ms: ms - 1 }, []] as const,
      [{ op: "advance", ms: 1 }, request] as const
    ])
  ]
  return commands.map(([command, out], i) => ({ n: i + 1, in: command, out }))
}

const verdictOf = (lines: ReadonlyArray<Line>) => check(lines, { own: false }).verdict

describe("a timer of the PF context", () => {
  it("fires at any moment from when it is due until the slack is over, and its next time counts from there [SQP-CHK-8]", () => {
    expect(request).toHaveLength(1)
    for (const first of [100, 101, 107, 119, 120]) {
      for (const second of [100, 101, 113, 120]) {
        expect(verdictOf(sending(first, second, 100)), `${first} ${second}`).toBe("allowed")
      }
    }
  })

  it("fires neither before nor after [SQP-CHK-8]", () => {
    for (const wrong of [[99], [121], [107, 98], [107, 121], [120, 120, 121], [100, 100, 99]]) {
      expect(verdictOf(sending(...wrong)), wrong.join()).toBe("violation")
    }
  })

  it("is followed by one explanation, however often it fires where nobody sees when [SQP-CHK-8]", () => {
    const [first, second] = sending()
    if (first === undefined || second === undefined) throw new Error("two lines")
    const all: ReadonlyArray<Line> = [
      first, second,
      { n: 3, in: { op: "advance", ms: 350 }, out: [...request, ...request, ...request] },
      { n: 4, in: { op: "advance", ms: 20 }, out: [] }
    ]
    const { mostCandidates, verdict } = check(all, { own: false })
    expect([verdict, mostCandidates]).toEqual(["allowed", 1])
    expect(verdictOf([...all.slice(0, 2), { n: 3, in: { op: "advance", ms: 361 }, out: [...request, ...request] }])).toBe("violation")
  })
})
