/** Explores the first states of the model of subscriptions, and shows that the invariants catch wrong models of it. */
import { expect, it } from "vitest"
import { explore } from "../model/explore.ts"
import { exploreAll } from "./exploring.ts"
import { modelRules } from "./scope.ts"
import { subscriptionMutants, subscriptionScopes } from "./subscription-scopes.ts"

/** So many states of each scope are looked at; they have more. */
const MAX_STATES = 4000

it.each(subscriptionScopes)("the first states of the model of subscriptions keep every invariant when $title [SQP-SUB-1] [SQP-SUB-4]", (scope) => {
  const { counterexample, states } = exploreAll(scope.title, scope.system(modelRules), [], MAX_STATES)
  expect(counterexample).toBeNull()
  expect(states).toBe(MAX_STATES)
})

it.each(subscriptionMutants.map((mutant) => [mutant.title, mutant.breaks, mutant] as const))(
  "a model of subscriptions that %s is caught by its traffic [%s]",
  (title, breaks, { rules }) => {
    const caught = subscriptionScopes.map((scope) => {
      const system = scope.system(rules)
      const violations = (state: unknown) => system.violations(state).filter((each) => each.includes(`(${breaks})`))
      return explore({ ...system, violations }, { maxStates: 3000 }).counterexample
    }).find((each) => each !== null)
    console.log(`a model that ${title}: ${caught?.path.join("; ")}: ${caught?.violations.join()}`)
    expect(caught).toBeDefined()
  }
)
