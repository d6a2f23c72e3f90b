/** Every wrong implementation there is. */
import { cmMutants } from "./cm.ts"
import { guidMutants } from "./guids.ts"
import { multicastMutants } from "./multicast.ts"
import type { Mutant } from "./mutant.ts"
import { qpMutants } from "./qps.ts"
import { saMutants } from "./sa.ts"
import { subscriptionMutants } from "./subscriptions.ts"
import { transactionMutants } from "./transactions.ts"

/** All mutants, by area. */
export const mutants: ReadonlyArray<Mutant> = [
  ...transactionMutants, ...cmMutants, ...multicastMutants, ...subscriptionMutants, ...guidMutants,
  ...saMutants, ...qpMutants
]
