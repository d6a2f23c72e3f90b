/** Explores the model of multicast, and shows that the invariants catch wrong models of it. */
import { describe, expect, it } from "vitest"
import { type MulticastWorld, multicastSystem } from "../model/environment/multicast-system.ts"
import { explore } from "../model/explore.ts"
import { aggregate } from "../model/multicast-group.ts"
import { expectFaultless } from "./faultless.ts"
import { presetsOf } from "./presets.ts"
import { multicastMutants } from "./multicast-mutants.ts"
import { type MulticastScopeName, multicastScopes } from "./multicast-scopes.ts"

/** More than any scope has. */
const MAX_STATES = 100_000

/** Whether a scope gets so far that the wish comes true. */
const comesTrue = (name: MulticastScopeName, wish: (world: MulticastWorld) => boolean): boolean => {
  const violations = (world: MulticastWorld) => (wish(world) ? ["reached"] : [])
  const wishing = { ...multicastSystem(multicastScopes[name].scope), violations }
  return explore(wishing, { maxStates: MAX_STATES }).counterexample !== null
}

describe("the model of multicast", () => {
  it.each(presetsOf("multicast").map(({ name, title }) => [title, name] as const))(
    "keeps every invariant when %s [SQP-MC-1, SQP-MC-2, SQP-MC-4, SQP-MC-5, SQP-MC-6]",
    (_, name) => {
      expectFaultless(name)
    }
  )

  it("lets functions have different JoinStates in a group of which the SA holds the union [SQP-MC-1]", () => {
    const name = "two functions join and leave with three JoinStates"
    const wish = ({ state: { groups } }: MulticastWorld) =>
      groups.some((group) => group.members.length === 2 && aggregate(group) === 11 && group.held === 11)
    expect(comesTrue(name, wish)).toBe(true)
  })

  it("lets a function join the group that the SA chose for another [SQP-MC-12]", () => {
    const wish = ({ state: { groups } }: MulticastWorld) =>
      groups.some(({ members }) => members.length === 2)
    expect(comesTrue("the SA chooses the MGID", wish)).toBe(true)
  })
})

describe("a wrong model of multicast", () => {
  it.each(multicastMutants)("is caught by its traffic when $title [$breaks]", (mutant) => {
    const { breaks, in: name, rules, title } = mutant
    const system = multicastSystem({ ...multicastScopes[name].scope, comparesSa: false }, rules)
    const violations = (world: MulticastWorld) =>
      system.violations(world).filter((each) => each.includes(`(${breaks})`))
    const { counterexample } = explore({ ...system, violations }, { maxStates: MAX_STATES })
    console.log(`when ${title}: ${counterexample?.path.join("; ")} => ${counterexample?.violations.join()}`)
    expect(counterexample).not.toBeNull()
  })
})
