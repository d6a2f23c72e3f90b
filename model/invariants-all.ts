/** Every invariant of the rules, for a PF context that begins as given. */
import type { Initial } from "./initial.ts"
import type { Invariant } from "./invariants.ts"
import { accountingInvariants } from "./invariants-accounting.ts"
import { classInvariants } from "./invariants-classes.ts"
import { cmInvariants } from "./invariants-cm.ts"
import { eventInvariants } from "./invariants-events.ts"
import { fairnessInvariants } from "./invariants-fairness.ts"
import { guidInvariants } from "./invariants-guid.ts"
import { lifecycleInvariants } from "./invariants-lifecycle.ts"
import { localViewInvariants } from "./invariants-local-view.ts"
import { multicastInvariants } from "./invariants-multicast.ts"
import { memberViewInvariants } from "./invariants-multicast-view.ts"
import { pkeyInvariants } from "./invariants-pkey.ts"
import { qpInvariants } from "./invariants-qp.ts"
import { redirectInvariants } from "./invariants-redirect.ts"
import { serviceRecordInvariants } from "./invariants-service-records.ts"
import { steeringInvariants } from "./invariants-steering.ts"
import { subscriptionSaInvariants } from "./invariants-subscription-sa.ts"
import { subscriptionInvariants } from "./invariants-subscriptions.ts"
import { tidInvariants } from "./invariants-tid.ts"

/** The invariants of all areas but CM and multicast, which have traffic of their own to watch. */
export const transportInvariants = (begin: Initial): ReadonlyArray<Invariant> => [
  ...qpInvariants(begin),
  ...classInvariants(begin),
  ...redirectInvariants(begin.config),
  ...tidInvariants(begin.config),
  ...steeringInvariants(begin),
  ...pkeyInvariants(begin),
  ...eventInvariants(begin),
  ...guidInvariants(begin),
  ...localViewInvariants(begin),
  ...lifecycleInvariants(begin),
  ...fairnessInvariants(begin),
  ...accountingInvariants(),
  ...serviceRecordInvariants(begin)
]

/** All invariants; each watches a history by itself. */
export const allInvariants = (begin: Initial): ReadonlyArray<Invariant> => [
  ...transportInvariants(begin),
  ...subscriptionInvariants(),
  ...subscriptionSaInvariants(begin),
  ...cmInvariants(begin.config),
  ...multicastInvariants(begin),
  ...memberViewInvariants
]
