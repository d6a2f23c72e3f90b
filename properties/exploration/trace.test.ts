/** Paths of explored systems as traces: the checker reads them and is of the explorer's mind. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Line } from "../../impl/trace/line.ts"
import { traceLines } from "../../impl/trace/read.ts"
import { writeTrace } from "../../impl/trace/write.ts"
import { explore, type Move, type PfContext, type System } from "../../model/explore.ts"
import { takeable } from "../../model/fairness.ts"
import { presetNamed, presets } from "../presets.ts"
import * as kit from "../index.ts"
import { assertProperty } from "../run.ts"
import { modelRules } from "../scope.ts"
import { pingsScope } from "../tid-scopes.ts"
import { check } from "../trace-check.ts"
import { violationText } from "../verdict.ts"
import { judgementOf, traceOfPath } from "./trace.ts"

const contextOf = ({ context }: System<unknown, string>): PfContext<unknown> => {
  if (!context) throw new Error("a preset has a PF context")
  return context
}

/** What `madmux check` would read. */
const read = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> =>
  [...traceLines(writeTrace(lines))].map((line) => Result.getOrThrow(line))

/** Goes on as the numbers say, and until nothing that waited and has room is left: its command is the line before. */
const walk = (system: System<unknown, string>, turns: ReadonlyArray<number>): ReadonlyArray<Move<unknown, string>> => {
  const { stateOf } = contextOf(system)
  const path: Array<Move<unknown, string>> = []
  let now = system.initial
  const go = (turn: number): void => {
    const moves = [...system.moves(now)]
    const move = moves[turn % Math.max(1, moves.length)]
    if (!move) return
    path.push(move)
    now = move.state
  }
  for (const turn of turns) go(turn)
  while (takeable(stateOf(now)).length > 0) go(0)
  return path
}

/** In these an administrator names classes that no PF context lets him name, so that no reader takes the trace. */
const UNTOLD = ["classes/smps"]
const told = presets.map(({ name }) => name).filter((name) => !UNTOLD.includes(name))

describe("a path of an explored system as a trace", () => {
  it("is allowed by the checker, whatever the preset and the way through it [SQP-EXP-6]", () => {
    const ways = fc.record({
      preset: fc.constantFrom(...told), turns: fc.array(fc.nat(999), { minLength: 10, maxLength: 40 })
    })
    let steps = 0
    const met = new Set<string>()
    assertProperty(fc.property(ways, ({ preset, turns }) => {
      const system = presetNamed(preset).system()
      const path = walk(system, turns)
      const lines = read(traceOfPath(contextOf(system), path))
      const { undecided, verdict, violations } = check(lines)
      const labels = path.map(({ label }) => label)
      expect(violations.length === 0 ? verdict : [...labels, ...violations.map(violationText)].join("\n")).toBe("allowed")
      expect(undecided).toEqual([])
      steps += lines.length
      met.add(preset)
    }), { numRuns: 60 })
    console.log(`${met.size} presets, ${steps} lines`)
  })

  const WRONG: ReadonlyArray<readonly [preset: string, mutant: string, rule: string]> = [
    ["classes/sending", "forwards the SMPs of VFs", "SQP-CLS-2"],
    ["cm/room-for-one", "a function holds more conversations than it may", "SQP-CM-13"],
    ["cm/reset", "exchanges outlive their function", "SQP-LIFE-1"],
    ["fairness/function-room", "fills rings beyond their end", "SQP-FAIR-4"],
    ["guid/port-events", "asks nothing again when the SM asks to reregister", "SQP-GUID-8"],
    ["multicast/other-sm-second-state", "SendOnlyFullMember does not count in the aggregate", "SQP-MC-2"],
    ["multicast/stranger", "an answer is taken from anybody", "SQP-MC-13"],
    ["pkey/tables", "sends a function's own P_Key index", "SQP-PKEY-1"],
    ["qp/verbs", "uses the upper half of the wire TID", "SQP-TID-7"],
    ["service-records/lost-names", "leaves the records of a lost GID at the SA", "SQP-SVC-2"],
    ["steering/prefixes", "never stops understanding a former prefix", "SQP-STEER-2"],
    ["subscriptions/reports", "hands a Report to everybody", "SQP-SUB-6"],
    ["tid/shared", "restores only the low half of the guest TID", "SQP-TID-2"],
    ["tid/rmpp", "hands RMPP control to the PF", "SQP-TID-9"]
  ]
  it.each(WRONG)("of %s by a model that %s is refused by the same rule, %s [SQP-EXP-6]", (name, mutant, rule) => {
    const { quiet: _, ...system } = presetNamed(name).system({}, mutant)
    const { counterexample } = explore(system, { maxStates: 2_000 })
    expect(counterexample?.violations.join()).toContain(`(${rule})`)
    const lines = read(traceOfPath(contextOf(system), counterexample?.moves ?? []))
    const { verdict, violations } = check(lines)
    expect(verdict).toBe("violation")
    expect(violations.flatMap(({ requirements }) => requirements)).toContain(rule)
    expect(violations[0]?.n).toBe(lines.length)
    expect(judgementOf(lines)).toMatch(/^check refuses it at n \d+, /)
  })

  it("is there for whoever explores a system of his own [SQP-EXP-6]", () => {
    const system = pingsScope.system(modelRules)
    const arrived = ({ label }: Move<unknown, string>): boolean => /to function 1/.test(label)
    const answered = new Set([...explore(system).labels].filter((label) => /to function 1/.test(label)))
    expect(answered.size).toBeGreaterThan(0)
    const path = walk(system, [0, 0, 0, 0, 0, 0])
    expect(path.some(arrived)).toBe(true)
    const lines = read(kit.traceOfPath(contextOf(system), path))
    expect(check(lines)).toMatchObject({ verdict: "allowed", violations: [] })
    expect(kit.judgementOf(lines)).toContain("check allows it")
    const { before, initial: begin, stateOf } = contextOf(system)
    const steps: ReadonlyArray<kit.RunStep> = path.flatMap(({ observation, state }) =>
      (observation ? [{ observation, port: stateOf(state).port }] : []))
    const port = stateOf(system.initial).port
    const run = read(kit.encodeRun(begin, [...before.map((observation) => ({ observation, port })), ...steps]))
    expect(check(run)).toMatchObject({ verdict: "allowed", violations: [] })
  })

  it("of a fault that no output shows is allowed, and it is said why [SQP-EXP-6]", () => {
    const system = presetNamed("multicast/three-states").system({}, "a leave is answered but the SA never hears of it")
    const { counterexample } = explore(system)
    expect(counterexample?.violations).toEqual(["a join of function 1 is lost (SQP-ACC-1)"])
    expect(judgementOf(traceOfPath(contextOf(system), counterexample?.moves ?? []))).toContain("check allows it, for what is wrong")
  })
})
