/** Functions in each other's places: what presets treat alike, and that nothing is lost by looking at one for all. */
import { describe, expect, it } from "vitest"
import { closedSystem } from "../model/environment/closed-system.ts"
import type { Rules } from "../model/environment/event-system.ts"
import { stillTidScope, type TidQuestion, type TidScope, tidSystem, type TidWorld } from "../model/environment/tid-system.ts"
import { explore, STUCK, type System } from "../model/explore.ts"
import { FunctionId, Gid, Guid, Qpn } from "../model/ids.ts"
import { invariant } from "../model/invariants.ts"
import { guidMask } from "../model/renaming-mad.ts"
import { Recall } from "../model/recall.ts"
import { stateRenamed } from "../model/renaming-state.ts"
import { functionId, type Renaming, same, text } from "../model/renaming.ts"
import type { Parameters } from "./preset.ts"
import { presetNamed, presets } from "./presets.ts"
import { erased, modelRules, started } from "./scope.ts"
import { ask, ping, small, tid, VF1, VF2 } from "./small-world.ts"
import { asymmetryOf } from "./symmetric.ts"
import { tidMutants } from "./tid-mutants.ts"

/** States of each preset from which every permutation is taken before and after every move. */
const STATES = 120

const symmetric = presets.filter(({ system }) => system().symmetry !== undefined)
const pings = (from: TidQuestion["from"], to: TidQuestion["to"]): TidQuestion => ({ from, to, mad: ping, tid: tid(7), times: 1 })
const asks = (from: TidQuestion["from"]): TidQuestion => ({ from, to: "peer", mad: ask, tid: tid(7), times: 1 })

/** Two VFs with questions of their own. */
const two = (rules: Rules, change: Partial<TidScope>): System<TidWorld, string> =>
  tidSystem({ ...stillTidScope, alike: [[VF1, VF2]], ...change }, started(rules, small({ functions: 3, timing: { rest: 4 } })), rules)

/** They ask each other, and may be reset. */
const both = (rules: Rules = modelRules): System<TidWorld, string> =>
  two(rules, { questions: [pings(VF1, VF2), pings(VF2, VF1)], resets: [VF1, VF2] })

/** They ask a peer, whose answers may come twice. */
const asking = (rules: Rules): System<TidWorld, string> =>
  two(rules, { questions: [asks(VF1), asks(VF2)], duplications: 1 })

describe("functions that are alike", () => {
  it("are there in presets of every area that has requests and a wire", () => {
    const areas = [...new Set(symmetric.map(({ area }) => area))].sort()
    expect(areas).toEqual([
      "classes", "cm", "events", "guid", "lifecycle", "multicast", "qp", "service-records", "steering", "subscriptions", "tid"
    ])
  })

  it.each(symmetric.map((preset) => [preset.name, preset] as const))(
    "take each other's places before a move as after it in %s [SQP-EXP-7]", (_, { system }) => {
      expect(asymmetryOf(system(), STATES)).toBeNull()
    }
  )

  const several: ReadonlyArray<readonly [string, Parameters]> = [
    ["tid/losses", { vfs: 3, requests: 1 }],
    ["tid/losses", { vfs: 3, requests: 1, losses: 0, resets: 2 }],
    ["subscriptions/resets", { vfs: 3, requests: 1, losses: 0 }],
    ["guid/losses", { vfs: 3, requests: 1, losses: 0 }]
  ]
  it.each(several)("take each other's places in %s with %o [SQP-EXP-7]", (name, parameters) => {
    expect(asymmetryOf(presetNamed(name).system(parameters), STATES)).toBeNull()
  })

  it("take each other's places in all states of a system of two that ask each other and are reset [SQP-EXP-7]", () => {
    expect(asymmetryOf(erased(both()))).toBeNull()
  })

  const parts: ReadonlyArray<readonly [string, (renamed: TidWorld, state: TidWorld) => TidWorld]> = [
    ["the state of the PF context", (renamed, { state }) => ({ ...renamed, state })],
    ["what invariants remember", (renamed, { monitors }) => ({ ...renamed, monitors })],
    ["what is in flight", (renamed, { inFlight }) => ({ ...renamed, inFlight })],
    ["what functions owe", (renamed, { owed }) => ({ ...renamed, owed })],
    ["what may still be asked", (renamed, { left }) => ({ ...renamed, left })],
    ["who may still be reset", (renamed, { resets }) => ({ ...renamed, resets })],
    ["how often functions were reset", (renamed, { lives }) => ({ ...renamed, lives })]
  ]
  it.each(parts)("are not alike where %s is left as it is [SQP-EXP-7]", (_, forgets) => {
    const system = both()
    const { symmetry } = system
    if (!symmetry) throw new Error("the system has a symmetry")
    const { renamed } = symmetry
    const broken = { ...symmetry, renamed: (state: TidWorld, n: number) => forgets(renamed(state, n), state) }
    expect(asymmetryOf(erased({ ...system, symmetry: broken }))).not.toBeNull()
  })

  it("end an exploration without a claim where they are not alike [SQP-EXP-7] [SQP-EXP-3]", () => {
    // What is for function 2 is lost.
    const partial: Rules = (state, event) => {
      const { possible, ...all } = modelRules(state, event)
      const isFor2 = (each: typeof possible[number]) =>
        each.actions.some((action) => action._tag === "ToFunction" && action.function === VF2)
      return { ...all, possible: possible.map((each) => (isFor2(each) ? { ...each, actions: [] } : each)) }
    }
    const { violations: _, ...system } = both(partial)
    const found = explore({ ...system, violations: () => [] })
    expect(found).toMatchObject({ complete: false, live: false, stopped: expect.stringContaining("(SQP-EXP-7)") })
  })

  it("begin alike, or the system is refused [SQP-EXP-7]", () => {
    expect(() => tidSystem(
      { ...stillTidScope, questions: [asks(VF1)], resets: [VF1], alike: [[VF1, VF2]] },
      started(modelRules, small({ functions: 3 })), modelRules
    )).toThrow("resets of the first state changes when functions 0, 1, ... are 0,2,1")
    const { monitors, state } = started(modelRules, small({ functions: 3 }))
    expect(() => closedSystem({
      initial: { state, monitors, turn: VF2 }, ways: [], outcomes: () => [], meets: () => ({}), named: (label) => label,
      renames: { turn: functionId, state: stateRenamed }, alike: [[VF1, VF2]]
    }, new Recall())).toThrow("turn of the first state changes when functions 0, 1, ... are 0,2,1")
  })

  it("are renamed only in what invariants remember that say how [SQP-EXP-7]", () => {
    const by: Renaming = { functions: [], guids: new Map(), qpns: new Map(), payload: same, one: same }
    const silent = invariant("SQP-TID-1", "Nothing is said", 1, (memory) => ({ memory }))
    expect(() => silent.start().renamed(by)).toThrow('nobody said how the functions in what "Nothing is said" remembers')
  })
})

describe("an exploration of one state for all", () => {
  const counted: ReadonlyArray<readonly [string, Parameters, number]> = [
    ["tid/losses", { vfs: 3, requests: 1 }, 5],
    ["tid/losses", { requests: 1, resets: 2 }, 1.9],
    ["tid/losses", { vfs: 4, requests: 1, losses: 0, duplications: 0 }, 11],
    ["tid/pings", {}, 1.9],
    ["guid/losses", { requests: 1 }, 1.9],
    ["subscriptions/losses", { requests: 1, vfs: 3, losses: 0 }, 3.5],
    ["multicast/losses", { requests: 1, vfs: 3, losses: 0 }, 3.5]
  ]
  it.each(counted)("tells as many states and transitions of %s with %o as one of all, and takes fewer [SQP-EXP-7]", (name, parameters, fewer) => {
    const { system } = presetNamed(name)
    const all = explore(system(parameters), { symmetry: false, maxStates: 20_000 })
    const { orbits, ...found } = explore(system(parameters))
    const { depth, live, states, transitions } = all
    expect(all).toMatchObject({ complete: true, orbits: states })
    expect(found).toMatchObject({ states, transitions, depth, live, complete: true, counterexample: null })
    expect(states / orbits).toBeGreaterThan(fewer)
  })

  it.each(tidMutants.map(({ rules, title }) => [title, rules] as const))(
    "finds what a model does wrong that %s, as soon as one of all [SQP-EXP-7]", (_, rules) => {
      const all = explore(asking(rules), { symmetry: false })
      const found = explore(asking(rules))
      const [one, other] = [all.counterexample, found.counterexample]
      expect(other?.path.length).toBe(one?.path.length)
      if (one === null || other === null) return
      expect(other.violations.includes(STUCK)).toBe(one.violations.includes(STUCK))
      if (other.violations.includes(STUCK)) return
      // The way is one of real steps: whoever takes moves of these names in a system of his own finds the same wrong.
      const system = asking(rules)
      const ends = other.path.reduce<ReadonlyArray<TidWorld>>((states, label) => states.flatMap((state) =>
        [...system.moves(state)].filter((move) => move.label === label).map((move) => move.state)), [system.initial])
      expect(ends.map((state) => system.violations(state))).toContainEqual(other.violations)
    }
  )
})

describe("names of functions in texts", () => {
  const [a, b] = [Guid("00000000000000a1"), Guid("00000000000000a2")]
  const by: Renaming = {
    functions: [0, 2, 1].map(FunctionId), guids: new Map([[a, b], [b, a]]), qpns: new Map([[Qpn(4), Qpn(6)]]),
    payload: same, one: same
  }

  it("are GUIDs and GIDs, but no other numbers [SQP-EXP-7]", () => {
    const prefix = "fec0000000000000"
    expect(text(`${a} 1 ${Gid(`${prefix}${b}`)} a1 ${a}0`, by)).toBe(`${b} 1 ${prefix}${a} a1 ${a}0`)
  })

  it("are the bits of slots in the mask of a GUIDInfoRecord [SQP-EXP-7]", () => {
    expect(guidMask("0000000000000023", by)).toBe("0000000000000043")
  })
})
