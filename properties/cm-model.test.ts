/** Explores the model of communication management, and shows that the invariants catch wrong models of it. */
import { describe, expect, it } from "vitest"
import type { CmWorld } from "../model/environment/cm-scope.ts"
import { cmSystem } from "../model/environment/cm-system.ts"
import { explore } from "../model/explore.ts"
import { cmMutants } from "./cm-mutants.ts"
import { expectFaultless } from "./faultless.ts"
import { presetsOf } from "./presets.ts"
import { type CmScopeName, cmScopes } from "./cm-scopes.ts"

/** More than any scope has. */
const MAX_STATES = 100_000

/** Whether a scope gets so far that the wish comes true: only then does it say something to find nothing. */
const reaches = (name: CmScopeName, wish: (world: CmWorld) => boolean): boolean => {
  const violations = (world: CmWorld) => (wish(world) ? ["reached"] : [])
  const wishing = { ...cmSystem(cmScopes[name]), violations }
  return explore(wishing, { maxStates: MAX_STATES }).counterexample !== null
}

describe("the model of communication management", () => {
  it.each(presetsOf("cm").map(({ name, title }) => [title, name] as const))("keeps every invariant when %s", (_, name) => {
    expectFaultless(name)
  })

  it("lets two functions with one comm id be connected to one peer at once", () => {
    const wish = ({ guests }: CmWorld) => guests.every(({ standing }) => standing === "connected")
    expect(reaches("two functions with one comm id and one TID ask one peer", wish)).toBe(true)
  })

  it("lets two functions be connected to two peers with one comm id", () => {
    const wish = ({ guests }: CmWorld) => guests.every(({ standing }) => standing === "connected")
    expect(reaches("two peers with one comm id and one TID ask two functions", wish)).toBe(true)
  })

  it("lets a conversation end in order on both sides, over a bad wire too", () => {
    const wish = ({ guests, state }: CmWorld) =>
      guests.every(({ standing }) => standing === "done") && state.exchanges.length === 2
    expect(reaches("a function asks another of its port over a bad wire", wish)).toBe(true)
  })

  it("lets a wire id be used again once it has rested", () => {
    const wish = ({ scope, state: { exchanges } }: CmWorld) =>
      scope.questions.length === 0 && exchanges.length === 1 && exchanges[0]?.wireId === "00000002"
    const name =
      "a function uses its id twice, before and after the former conversation and its rest are over"
    expect(reaches(name, wish)).toBe(true)
  })
})

describe("a wrong model of communication management", () => {
  it.each(cmMutants)("is caught by its traffic when $title [$breaks]", ({ breaks, in: scope, rules }) => {
    const { counterexample } = explore(cmSystem(cmScopes[scope], rules), { maxStates: MAX_STATES })
    expect(counterexample?.violations.join("\n")).toContain(`(${breaks})`)
  })
})
