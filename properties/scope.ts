/** What a small system of the model to explore is. */
import {
  happen,
  type Named,
  type Rules,
  rulesOver,
  type Watched,
  watched
} from "../model/environment/event-system.ts"
import type { Event } from "../model/event.ts"
import type { System } from "../model/explore.ts"
import type { Initial } from "../model/initial.ts"
import { transportInvariants } from "../model/invariants-all.ts"
import type { RequirementId } from "../spec/requirements.ts"
import { pool } from "./small-world.ts"

/** A system to explore to its end. */
export interface Scope {
  /** What happens in it, to follow "when". */
  readonly title: string
  readonly about: ReadonlyArray<RequirementId>
  /** Transitions by which one sees that the scope gets where it should. */
  readonly reaches: ReadonlyArray<RegExp>
  readonly system: (rules: Rules) => System<unknown, string>
}

/** The model as it is, over ids enough for every scope. */
export const modelRules: Rules = rulesOver(pool(32, 64))

/** A scope, which says nothing of what its states are. */
export const scope = <S>(
  title: string,
  about: ReadonlyArray<RequirementId>,
  reaches: ReadonlyArray<RegExp>,
  system: (rules: Rules) => System<S, string>
): Scope => ({ title, about, reaches, system: (rules) => erased(system(rules)) })

/** A system that says nothing of what its states are: only itself may look into them. */
export const erased = <S>(system: System<S, string>): System<unknown, string> => system as System<unknown, string>

/** A PF context before its start, watched by the invariants of all areas but CM and multicast. */
export const stopped = (begin: Initial): Watched => watched(begin, transportInvariants(begin))

/** The same after its start. */
export const started = (rules: Rules, begin: Initial): Watched => {
  const [first] = happen(rules, stopped(begin), { _tag: "Start" })
  if (first === undefined) throw new Error("a start has an outcome")
  return first.watched
}

/** An event by the name it has in a counterexample. */
export const named = (name: string, event: Event, when?: Named["when"]): Named =>
  when ? { name, event, when } : { name, event }

/** Quotas by which a function has at most one transaction and one delivered request. */
export const roomForOne = { limits: { tids: 1, inbound: 1 } }
