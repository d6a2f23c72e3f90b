/** Which invariants bind whom: rules bind everybody, our own choices (scope `impl` of the register) us alone. */
import type { Initial } from "../model/initial.ts"
import type { Invariant } from "../model/invariants.ts"
import { allInvariants } from "../model/invariants-all.ts"
import { type Requirement, requirements } from "../spec/requirements.ts"

const scopes: ReadonlyMap<string, Requirement["scope"]> = new Map(
  Object.entries<Requirement>(requirements).map(([id, { scope }]) => [id, scope])
)

/** Whether an invariant is a rule, and no choice of our own. */
export const isRule = ({ requirement }: Invariant): boolean => scopes.get(requirement) === "rule"

/** The invariants that bind a PF context; `own`: it is ours, which is held to its own choices, too. */
export const bindingInvariants = (begin: Initial, own: boolean): ReadonlyArray<Invariant> =>
  allInvariants(begin).filter((each) => own || isRule(each))
