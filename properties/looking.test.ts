/** What is recalled of code that looks at worlds: it runs once for what it looked at, and never stands for anything else. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Attempt } from "../model/environment/closed-system.ts"
import { closedSystem } from "../model/environment/closed-system.ts"
import type { Event } from "../model/event.ts"
import { explore, type System } from "../model/explore.ts"
import { Interner } from "../model/interner.ts"
import { invariant } from "../model/invariants.ts"
import { Looking } from "../model/looking.ts"
import { Recall } from "../model/recall.ts"
import { stateRenamed } from "../model/renaming-state.ts"
import { same } from "../model/renaming.ts"
import type { World } from "../model/worlds.ts"
import { modelRules, started } from "./scope.ts"
import { assertProperty } from "./run.ts"
import { egress, passes, ping, small, VF1 } from "./small-world.ts"

interface Seen {
  readonly a: number
  readonly b: ReadonlyArray<number>
  readonly c: { readonly d: number; readonly e?: number }
}

/** Worlds of few values, numbered part by part. */
const looking = () => {
  const interner = new Interner()
  const names = ["a", "b", "c"]
  const tables: ReadonlyArray<Array<unknown>> = names.map(() => [])
  const numbersOf = (world: Seen): Int32Array => Int32Array.from([world.a, world.b, world.c], (value, place) => {
    const table = tables[place] ?? []
    const one = interner.one(value)
    if (!table.includes(one)) table.push(one)
    return table.indexOf(one)
  })
  const initial: Seen = { a: 0, b: [], c: { d: 0, e: 0 } }
  const known = new Looking<Seen, unknown>({
    names, initial, value: (place, number) => tables[place]?.[number], id: (value) => interner.id(value)
  })
  return { known, numbersOf }
}

/** Programs that look at more or less of a world, by what they saw. */
const PROGRAMS: ReadonlyArray<(world: Seen) => unknown> = [
  ({ a }) => a,
  (world) => (world.a > 0 ? world.b.length : world.c.d),
  ({ b, c }) => [b[0] ?? null, c.e ?? null],
  ({ c }) => Object.keys(c),
  ({ c }) => "e" in c,
  ({ c }) => ({ ...c }),
  (world) => (world.c.e === undefined ? world.c.d : { ...world.c, d: world.a }),
  () => "nothing"
]

const few = fc.nat(1)
const worlds: fc.Arbitrary<Seen> =
  fc.record({ a: few, b: fc.array(few, { maxLength: 1 }), c: fc.record({ d: few, e: few }, { requiredKeys: ["d"] }) })

describe("what is recalled of code by what it looked at", () => {
  it("is what the code would say itself, in every world [SQP-EXP-2]", () => {
    assertProperty(fc.property(fc.array(fc.tuple(fc.nat(PROGRAMS.length - 1), worlds), { maxLength: 60 }), (asked) => {
      const { known, numbersOf } = looking()
      for (const [which, world] of asked) {
        const program = PROGRAMS[which] ?? (() => null)
        const said = known.at(which, numbersOf(world), (_, seen) => structuredClone(program(seen)))
        expect(said).toEqual(program(world))
      }
    }), { numRuns: 200 })
  })

  it("is asked again only where something that it looked at is another [SQP-EXP-2]", () => {
    const { known, numbersOf } = looking()
    let runs = 0
    const runsAfter = (world: Seen): number => {
      known.at(0, numbersOf(world), (_, { a, c }) => {
        runs += 1
        return a === 0 ? c.d : null
      })
      return runs
    }
    expect(runsAfter({ a: 0, b: [], c: { d: 0, e: 0 } })).toBe(1)
    expect(runsAfter({ a: 0, b: [1], c: { d: 0, e: 1 } })).toBe(1)
    expect(runsAfter({ a: 0, b: [1], c: { d: 1, e: 1 } })).toBe(2)
    expect(runsAfter({ a: 1, b: [1], c: { d: 1, e: 1 } })).toBe(3)
    expect(runsAfter({ a: 1, b: [], c: { d: 0, e: 0 } })).toBe(3)
  })

  it("tells fields of one name in two parts from each other [SQP-EXP-2]", () => {
    const world = (x: number, y: number) => ({ x: { n: x }, y: { n: y } })
    const names = ["x", "y"] as const
    const known = new Looking<ReturnType<typeof world>, number>({
      names, initial: world(0, 0), value: (place, n) => ({ n: place === 0 ? n : 10 * n }), id: Number
    })
    const both = (x: number, y: number) => {
      const numbers = Int32Array.of(x, y)
      return [known.at(0, numbers, (_, of) => of.x.n), known.at(1, numbers, (_, of) => of.y.n)]
    }
    expect([both(1, 1), both(1, 2), both(2, 1)]).toEqual([[1, 10], [1, 20], [2, 10]])
  })

  it("is not asked again for what no world has: it is nothing in all of them [SQP-EXP-2]", () => {
    const { known, numbersOf } = looking()
    let runs = 0
    const asked = (world: Seen) => known.at(0, numbersOf(world), (_, seen) => {
      runs += 1
      return [Reflect.get(seen, "z"), Reflect.get(seen, Symbol.toStringTag)]
    })
    expect([asked({ a: 0, b: [1], c: { d: 0 } }), asked({ a: 1, b: [], c: { d: 1 } })])
      .toEqual([[undefined, undefined], [undefined, undefined]])
    expect(runs).toBe(1)
  })

  it("cannot be of code that looks here today and there tomorrow [SQP-EXP-2]", () => {
    const { known, numbersOf } = looking()
    known.at(0, numbersOf({ a: 0, b: [], c: { d: 0, e: 0 } }), (_, { a }) => a)
    expect(() => known.at(0, numbersOf({ a: 1, b: [], c: { d: 0, e: 0 } }), (_, { b }) => b))
      .toThrow("what is looked at next is no function of what was seen before")
  })
})

describe("what an explorer recalls", () => {
  it("is of one event in one state, and not of another [SQP-EXP-2]", () => {
    const recall = new Recall()
    const { state } = started(modelRules, small())
    let runs = 0
    const kinds = (event: Event) =>
      recall.outcomes(state, event, () => {
        runs += 1
        return modelRules(state, event).possible
      }).map(({ observation: { actions } }) => actions.map(({ _tag }) => _tag))
    expect([kinds(passes(1)), kinds(egress(VF1, ping)), kinds(passes(1))]).toEqual([[[]], [["ToWire"]], [[]]])
    expect(runs).toBe(2)
  })

  it("is what monitors saw to be wrong, though they remember the same [SQP-EXP-2]", () => {
    const recall = new Recall()
    const always = invariant("SQP-LIFE-3", "It goes on", 1, (memory, { event: { _tag } }) =>
      _tag === "Start" ? { memory } : { violation: _tag })
    const seen = (["Start", "Stop", "Reregister"] as const).map((_tag) =>
      recall.observe([always.start()], { event: { _tag }, actions: [] }))
    expect(seen.map((monitors) => recall.violations(monitors))).toEqual([
      [], ["It goes on (SQP-LIFE-3): Stop"], ["It goes on (SQP-LIFE-3): Reregister"]
    ])
    expect(new Set(seen.map((monitors) => recall.monitorsId(monitors))).size).toBe(3)
  })
})

interface Counting extends World {
  readonly left: number
  readonly done: number
}

/** Counts one number down and another up, by hand and not by the PF context. */
const counting = () => {
  let runs = 0
  const down = ({ left }: Counting): ReadonlyArray<Attempt<Counting>> => {
    runs += 1
    return left === 0 ? [] : [{ label: "less", change: { left: left - 1 } }]
  }
  const up = ({ done }: Counting): ReadonlyArray<Attempt<Counting>> => {
    runs += 1
    return done === 9 ? [] : [{ label: `${done} done`, change: { done: done + 1 } }]
  }
  const { monitors, state } = started(modelRules, small())
  const system: System<Counting, string> = {
    ...closedSystem<Counting>({
      initial: { state, monitors, left: 9, done: 0 }, ways: [down, up], outcomes: () => [], meets: () => ({}),
      named: (label) => label, renames: { left: same, done: same, state: stateRenamed }, alike: []
    }, new Recall()),
    key: ({ done, left }) => `${left} ${done}`,
    violations: () => []
  }
  return { system, runs: () => runs }
}

describe("an exploration by numbers", () => {
  it("runs the code of an environment once for each value of what it looks at [SQP-EXP-2]", () => {
    const { runs, system } = counting()
    expect(explore(system)).toMatchObject({ states: 100, transitions: 180, depth: 18, complete: true })
    expect(runs()).toBe(20)
  })

  it("tells every label that was taken, once [SQP-EXP-5]", () => {
    const { labels } = explore(counting().system)
    expect([...labels].sort()).toEqual([...Array.from({ length: 9 }, (_, n) => `${n} done`), "less"])
    expect(explore(counting().system, { maxDepth: 1 }).labels).toEqual(["less", "0 done"])
  })

  it("goes by other moves where a system is given others [SQP-EXP-1]", () => {
    const { system } = counting()
    const moves = (state: Counting) => [...system.moves(state)].filter(({ label }) => label === "less")
    expect(explore({ ...system, moves })).toMatchObject({ states: 10, transitions: 9, labels: ["less"] })
  })
})
