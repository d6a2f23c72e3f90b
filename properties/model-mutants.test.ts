/** Shows that the invariants can fail: the explorer catches wrong models by them alone. */
import { expect, it } from "vitest"
import { explore } from "../model/explore.ts"
import type { ModelMutant } from "./mutations.ts"
import { accountingMutants } from "./accounting-mutants.ts"
import { fairnessMutants } from "./fairness-mutants.ts"
import { recordedAlone } from "./mutants/alone-record.ts"
import { narrowMutants } from "./narrow-mutants.ts"
import { policyMutants, portMutants, qpMutants } from "./port-mutants.ts"
import { presetNamed } from "./presets.ts"
import { steeringMutants, tidMutants } from "./tid-mutants.ts"

const { models } = recordedAlone()

/** A short history by which an invariant shows that a mutant breaks its requirement, in the preset that is recorded. */
const caught = ({ breaks, title }: ModelMutant) => {
  const recorded = models.find((kill) => kill.title === title)
  if (!recorded) {
    throw new Error(`nothing is recorded of a model that ${title}: run \`npm run mutants:alone -- "${title}"\``)
  }
  const whole = presetNamed(recorded.preset).system({}, title)
  const violations = (state: unknown) => whole.violations(state).filter((each) => each.includes(`(${breaks})`))
  return explore({ ...whole, violations }, { maxStates: recorded.states }).counterexample
}

const mutants = [
  ...tidMutants, ...steeringMutants, ...policyMutants, ...qpMutants, ...portMutants, ...fairnessMutants,
  ...accountingMutants, ...narrowMutants
]

it.each(mutants.map((mutant) => [mutant.title, mutant.breaks, mutant] as const))(
  "a model that %s is caught [%s]",
  (title, _, mutant) => {
    const found = caught(mutant)
    console.log(`a model that ${title}: ${found?.path.join("; ")}: ${found?.violations.join()}`)
    expect(found).not.toBeNull()
  }
)
