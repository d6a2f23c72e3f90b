/** Every invariant of the rules, for a PF context that begins as given. */
import { cmInvariants } from "./invariants-cm.ts"
import type { Initial } from "./initial.ts"
import type { Invariant } from "./invariants.ts"
import { multicastInvariants } from "./invariants-multicast.ts"

/** All invariants; each watches a history by itself. */
export const allInvariants = ({ config: { timing } }: Initial): ReadonlyArray<Invariant> => [
  ...cmInvariants(timing),
  ...multicastInvariants(timing)
]
