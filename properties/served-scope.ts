/** A scope of a PF context that is served by somebody over a wire that loses, as a preset. */
import { happen, type Rules, type Watched, watched } from "../model/environment/event-system.ts"
import { budgetOf, type Respondent, servedSystem, type Wish } from "../model/environment/served-system.ts"
import type { Event } from "../model/event.ts"
import type { System } from "../model/explore.ts"
import { FunctionId } from "../model/ids.ts"
import type { Initial } from "../model/initial.ts"
import type { Invariant } from "../model/invariants.ts"
import { transportInvariants } from "../model/invariants-all.ts"
import type { RequirementId } from "../spec/requirements.ts"
import type { Described, Parameters, Values } from "./preset.ts"
import { erased } from "./scope.ts"
import { small, type Small } from "./small-world.ts"

/** An event by the name it has in a counterexample. */
export type NamedEvent = readonly [name: string, event: Event]

/** Two tries, a client that waits longer than one and shorter than two, ids that are not used again. */
const timing = {
  saTimeout: 10, saRetries: 1, horizon: 15, tidMin: 100, tidMax: 100, rest: 1000, prefixGrace: 0, guidRetry: 5,
  guidRetryMax: 5
}

/** What differs from one scope to another. */
export interface ServedBy<K> {
  readonly name: string
  readonly title: string
  readonly about: ReadonlyArray<RequirementId>
  readonly reaches: ReadonlyArray<RegExp>
  readonly isLong?: boolean
  readonly parameters?: Parameters
  readonly respondent: Respondent<K>
  /** How the PF context begins, of so many functions, the PF included. */
  readonly begin?: (functions: number) => Small
  readonly timeouts?: number
  readonly refusals?: number
  /** What a VF may wish for; each spends one of its requests. */
  readonly wishes: (fn: FunctionId) => ReadonlyArray<NamedEvent>
  /** What else may happen, each as often. */
  readonly others?: ReadonlyArray<Pick<Wish, "name" | "event" | "forgets">>
  readonly otherTimes?: number
  /** Whether all VFs are treated alike: none is named by what else may happen, or comes before others at once. */
  readonly isAlike?: (values: Values) => boolean
  readonly invariants?: (begin: Initial) => ReadonlyArray<Invariant>
}

/** A PF context that has started, watched by these invariants. */
const startedUnder = (rules: Rules, begin: Initial, invariants: ReadonlyArray<Invariant>): Watched => {
  const [first] = happen(rules, watched(begin, invariants), { _tag: "Start" })
  if (first === undefined) throw new Error("a start has an outcome")
  return first.watched
}

/** The preset: two VFs with two requests each over a wire that loses one MAD, unless said otherwise. */
export const served = <K>(of: ServedBy<K>): Described<Rules> => ({
  name: of.name, title: of.title, about: of.about, reaches: of.reaches, isLong: of.isLong ?? false,
  parameters: { vfs: 2, requests: 2, losses: 1, duplications: 0, resets: 0, ...of.parameters },
  build: (rules, values) => erased(systemOf(of, rules, values))
})

const systemOf = <K>(of: ServedBy<K>, rules: Rules, values: Values): System<unknown, string> => {
  const { invariants = transportInvariants, isAlike = () => true, others = [], otherTimes = 1, refusals = 0, timeouts = 1 } = of
  const functions = values.vfs + 1
  const change = of.begin?.(functions)
  const begin = small({
    functions, ...change, timing: { ...timing, saRetries: Math.max(1, values.losses), ...change?.timing }
  })
  const vfs = Array.from({ length: values.vfs }, (_, n) => FunctionId(n + 1))
  const wishes = vfs.flatMap((fn) => [
    ...of.wishes(fn).map(([name, event]) => ({ name: `VF${fn} ${name}`, event, spends: budgetOf(fn) })),
    { name: `reset of VF${fn}`, event: { _tag: "Reset", function: fn } as const, spends: "resets" }
  ])
  const budgets = {
    ...Object.fromEntries(vfs.map((fn) => [budgetOf(fn), values.requests])), resets: values.resets, others: otherTimes
  }
  const { duplications, losses } = values
  return erased(servedSystem(
    {
      respondent: of.respondent, wishes: [...wishes, ...others.map((each) => ({ ...each, spends: "others" }))], budgets,
      losses, duplications, refusals, timeouts, alike: isAlike(values) ? [vfs] : []
    },
    startedUnder(rules, begin, invariants(begin)), rules
  ))
}
