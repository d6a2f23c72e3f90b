/** The explorer itself: what it visits, how it tells states apart, when it stops, and what it finds. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cmSystem } from "../model/environment/cm-system.ts"
import { multicastSystem } from "../model/environment/multicast-system.ts"
import { type Exploration, explore, STUCK, type System } from "../model/explore.ts"
import { Interner } from "../model/interner.ts"
import { Pairs, Tuples } from "../model/tuples.ts"
import { cmScopes } from "./cm-scopes.ts"
import { multicastScopes } from "./multicast-scopes.ts"
import { portScope } from "./port-scopes.ts"
import { assertProperty } from "./run.ts"
import { modelRules, type Scope } from "./scope.ts"
import { pingsScope, quotaScope, rmppScope } from "./tid-scopes.ts"
import { guidScopes } from "./guid-scopes.ts"

/** A system of numbered states; `arrows[n]` are the states that follow n. */
interface Graph {
  readonly arrows: ReadonlyArray<ReadonlyArray<number>>
  readonly wrong: ReadonlyArray<number>
  readonly quiet: ReadonlyArray<number>
}

const systemOf = ({ arrows, quiet, wrong }: Graph): System<number, string> => ({
  initial: 0,
  moves: (state) => (arrows[state] ?? []).map((to) => ({ label: `${state}-${to}`, state: to })),
  key: String,
  violations: (state) => (wrong.includes(state) ? ["wrong"] : []),
  quiet: (state) => quiet.includes(state)
})

/** How far every state is from one that is given, where it can be reached at all. */
const distances = ({ arrows }: Pick<Graph, "arrows">, from: number): ReadonlyMap<number, number> => {
  const known = new Map([[from, 0]])
  for (const [state, distance] of known) {
    for (const to of arrows[state] ?? []) if (!known.has(to)) known.set(to, distance + 1)
  }
  return known
}

const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 12 }).chain((size) => {
  const states = fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 })
  return fc.record({
    arrows: fc.array(states, { minLength: size, maxLength: size }), wrong: fc.oneof(fc.constant([]), states), quiet: states
  })
})

const ends = ({ counterexample }: Exploration<string>): number =>
  counterexample?.path.length === 0 ? 0 : Number(counterexample?.path.at(-1)?.split("-")[1])

describe("the explorer", () => {
  it("visits every state once, and finds a nearest wrong one, or a nearest one without a way to rest [SQP-EXP-1, SQP-EXP-4]", () => {
    assertProperty(fc.property(graphs, (graph) => {
      const found = explore(systemOf(graph))
      const far = distances(graph, 0)
      const wrong = graph.wrong.filter((state) => far.has(state))
      const stuck = [...far.keys()].filter((state) =>
        ![...distances(graph, state).keys()].some((to) => graph.quiet.includes(to)))
      const bad = wrong.length > 0 ? wrong : stuck
      expect(found.counterexample === null).toBe(bad.length === 0)
      if (found.counterexample) {
        expect(found.counterexample.violations).toEqual([wrong.length > 0 ? "wrong" : STUCK])
        expect(bad).toContain(ends(found))
        expect(found.counterexample.path.length).toBe(Math.min(...bad.map((state) => far.get(state) ?? 0)))
        expect(found.complete || found.live).toBe(false)
      } else expect([found.complete, found.live]).toEqual([true, true])
      if (wrong.length > 0) return
      expect(found.states).toBe(far.size)
      expect(found.depth).toBe(Math.max(...far.values()))
      expect(found.transitions).toBe([...far.keys()].reduce((sum, state) => sum + (graph.arrows[state] ?? []).length, 0))
    }), { numRuns: 500 })
  })

  it("gives what is equal one number and one object, and nothing else [SQP-EXP-2]", () => {
    const values = fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 2, maxLength: 12 })
    assertProperty(fc.property(values, (all) => {
      const interner = new Interner()
      const twice = [...all, ...all.map((each) => structuredClone(each))]
      const texts = [...new Set(twice.map((each) => JSON.stringify(each)))]
      const numbers = twice.map((each) => interner.id(each))
      for (const [i, a] of twice.entries()) {
        expect(JSON.stringify(interner.one(a))).toBe(JSON.stringify(a))
        for (const [j, b] of twice.entries()) {
          const isEqual = JSON.stringify(a) === JSON.stringify(b)
          expect(numbers[i] === numbers[j]).toBe(isEqual)
          if (isEqual) expect(interner.one(a)).toBe(interner.one(b))
        }
      }
      expect(new Set(numbers).size).toBe(texts.length)
    }), { numRuns: 300 })
  })

  it("refuses to tell apart what it cannot look into [SQP-EXP-2]", () => {
    expect(() => new Interner().id({ a: [new Map()] })).toThrow("an object of Map, and only plain data")
    expect(() => new Interner().id(() => 1)).toThrow("a function")
  })

  it("visits as many states and transitions as it did when their texts were compared [SQP-EXP-1, SQP-EXP-2]", () => {
    const counts = [pingsScope, quotaScope, rmppScope, portScope].map(({ system }) => {
      const { states, transitions } = explore(system(modelRules))
      return [states, transitions]
    })
    expect(counts).toEqual([[499, 1252], [1115, 2060], [105, 1034], [168, 3024]])
  })

  it("keeps tuples and pairs apart however many there are [SQP-EXP-2]", () => {
    const tuples = new Tuples()
    const pairs = new Pairs()
    const all = Array.from({ length: 9_000 }, (_, n) => [n - 4_500, n % 3, Math.imul(n, 65_536)].slice(0, 1 + (n % 3)))
    const numbers = new Map<string, number>()
    for (const [n, tuple] of [...all, ...all].entries()) {
      const number = tuples.add(tuple)
      const known = numbers.get(tuple.join())
      if (known === undefined) numbers.set(tuple.join(), number)
      else expect(number).toBe(known)
      if (n < all.length) {
        expect(pairs.get(n, n % 7)).toBeUndefined()
        pairs.set(n, n % 7, n)
      } else expect(pairs.get(n - all.length, (n - all.length) % 7)).toBe(n - all.length)
    }
    expect(tuples.size).toBe(numbers.size)
  })

  it("keeps tuples apart of which the hashes are the same [SQP-EXP-2]", () => {
    const tuples = new Tuples()
    // By the way they are hashed; nothing tells it from outside.
    expect([[0, 0], [1, -423_013_408], [1, 0], [0, 0], [1, -423_013_408]].map((tuple) => tuples.add(tuple))).toEqual([0, 1, 2, 0, 1])
  })

  it("says why it stops before the end, and then claims nothing [SQP-EXP-3]", () => {
    const counting: System<number, string> = {
      initial: 0, moves: (state) => [{ label: "+", state: state + 1 }], key: String, violations: () => [],
      quiet: () => false
    }
    const stopped = { complete: false, live: false, counterexample: null }
    expect(explore(counting, { maxStates: 7 })).toMatchObject({ ...stopped, states: 7, stopped: expect.stringContaining("7 states") })
    expect(explore(counting, { maxDepth: 7 })).toMatchObject({
      ...stopped, states: 8, depth: 7, waiting: 1, stopped: expect.stringContaining("7 transitions")
    })
    const onProgress = ({ transitions }: { readonly transitions: number }) =>
      (transitions > 2_000 ? "the memory is full" : undefined)
    expect(explore(counting, { onProgress })).toMatchObject({ ...stopped, stopped: "the memory is full" })
  })

  it("goes the same way again to show a counterexample, with what was observed [SQP-EXP-1]", () => {
    const system = pingsScope.system(modelRules)
    const { counterexample } = explore({ ...system, violations: () => [], quiet: () => false })
    expect(counterexample?.path).toEqual([])
    const isLate = new Set<unknown>()
    const { counterexample: deep } = explore({
      ...system,
      moves: (state) => [...system.moves(state)].map((move) => {
        if (move.label.includes("function 2 answers")) isLate.add(move.state)
        return move
      }),
      violations: (state) => (isLate.has(state) ? ["function 2 answered"] : [])
    })
    expect(deep?.path.at(-1)).toMatch(/function 2 answers/)
    expect(deep?.moves.map(({ observation }) => observation?.event._tag)).toEqual(["Egress", "Ingress", "Egress"])
  })

  const scopes: ReadonlyArray<readonly [string, () => System<unknown, string>]> = [
    ...[pingsScope, quotaScope, rmppScope, portScope, ...guidScopes.slice(1, 3)].map((each: Scope) =>
      [each.title, () => each.system(modelRules)] as const),
    ["CM: a function is reset", () => asUnknown(cmSystem(cmScopes["a function is reset"]))],
    ["multicast: the PF context stops", () => asUnknown(multicastSystem(multicastScopes["the PF context stops"].scope))],
    ["multicast: a stranger answers", () => asUnknown(multicastSystem(multicastScopes["a stranger answers in the SA's name"].scope))]
  ]
  it.each(scopes)("tells the states of '%s' apart by integers as by their text [SQP-EXP-2]", (_, system) => {
    const { numbered, ...textual } = system()
    expect(numbered).toBeDefined()
    const { depth, states, transitions } = explore(textual)
    expect(explore(system())).toMatchObject({ states, transitions, depth, complete: true, live: true })
  })
})

const asUnknown = <S>(system: System<S, string>): System<unknown, string> => system as System<unknown, string>
