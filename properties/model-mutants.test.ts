/** Shows that the invariants can fail: the explorer catches wrong models by them alone. */
import { expect, it } from "vitest"
import { explore } from "../model/explore.ts"
import type { ModelMutant } from "./mutations.ts"
import { accountingMutants } from "./accounting-mutants.ts"
import { fairnessMutants } from "./fairness-mutants.ts"
import { fairnessScopes } from "./fairness-scopes.ts"
import { policyMutants, portMutants, qpMutants } from "./port-mutants.ts"
import { policyScopes } from "./policy-scopes.ts"
import { portScopes } from "./port-scopes.ts"
import { steeringMutants, tidMutants } from "./tid-mutants.ts"
import { tidScopes } from "./tid-scopes.ts"

/** The scopes, those about what a mutant breaks first. */
const scopesFor = ({ breaks }: ModelMutant) =>
  [...fairnessScopes, ...policyScopes, ...portScopes, ...tidScopes].sort(
    (a, b) => Number(b.about.includes(breaks)) - Number(a.about.includes(breaks))
  )

/** How many states of each scope are looked at: few of all before many of one. */
const BOUNDS = [100, 2_000]

/** A short history by which an invariant shows that a mutant breaks its requirement. */
const caught = (mutant: ModelMutant) => {
  for (const maxStates of BOUNDS) {
    for (const { system } of scopesFor(mutant)) {
      const whole = system(mutant.rules)
      const violations = (state: unknown) =>
        whole.violations(state).filter((each) => each.includes(`(${mutant.breaks})`))
      const { counterexample } = explore({ ...whole, violations }, { maxStates })
      if (counterexample) return counterexample
    }
  }
  return null
}

const mutants = [
  ...tidMutants, ...steeringMutants, ...policyMutants, ...qpMutants, ...portMutants, ...fairnessMutants,
  ...accountingMutants
]

it.each(mutants.map((mutant) => [mutant.title, mutant.breaks, mutant] as const))(
  "a model that %s is caught [%s]",
  (title, _, mutant) => {
    const found = caught(mutant)
    console.log(`a model that ${title}: ${found?.path.join("; ")}: ${found?.violations.join()}`)
    expect(found).not.toBeNull()
  }
)
