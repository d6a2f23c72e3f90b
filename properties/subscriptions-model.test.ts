/** Explores the model of subscriptions with an SA in the loop, and shows that the invariants catch wrong models of it. */
import { expect, it } from "vitest"
import { explore } from "../model/explore.ts"
import { expectFaultless } from "./faultless.ts"
import { presetsOf } from "./presets.ts"
import { subscriptionMutants } from "./subscription-scopes.ts"

it.each(presetsOf("subscriptions").map(({ name, title }) => [title, name] as const))(
  "the model of subscriptions keeps every invariant, and the SA what functions have, when %s [SQP-SUB-1, SQP-SUB-2, SQP-SUB-3, SQP-SUB-4, SQP-SUB-7]",
  (_, name) => {
    expectFaultless(name)
  }
)

it.each(subscriptionMutants.map((mutant) => [mutant.title, mutant.breaks, mutant] as const))(
  "a model of subscriptions that %s is caught by its traffic [%s]",
  (title, breaks) => {
    for (const preset of presetsOf("subscriptions")) {
      const { quiet: _, ...system } = preset.system({}, title)
      const violations = (state: unknown) => system.violations(state).filter((each) => each.includes(`(${breaks}):`))
      const { counterexample } = explore({ ...system, violations }, { maxStates: 1000 })
      if (!counterexample) continue
      return console.log(`a model that ${title}: ${counterexample.path.join("; ")}: ${counterexample.violations.join()}`)
    }
    expect.fail("none of the presets shows it")
  }
)
