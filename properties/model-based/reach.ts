/** What generated sequences must reach at least, so that their silence means something. */
import { reasons } from "../../spec/reasons.ts"
import { type RequirementId, requirements } from "../../spec/requirements.ts"
import type { Counts } from "../statistics.ts"

/** What sequences reached: counts, and how often the lines of each requirement ran in the model. */
export interface Reached {
  readonly counts: Counts
  readonly hits: Readonly<Record<string, number>>
}

/** What must be reached; the exceptions are named with why. */
export interface Wanted {
  /** Runs of each area's lines at least. */
  readonly areaHits: number
  readonly exceptReasons: Readonly<Record<string, string>>
  readonly exceptAreas: Readonly<Record<string, string>>
  readonly exceptRequirements: Readonly<Record<string, string>>
}

const isKnown = (id: string): id is RequirementId => id in requirements
const areaOf = (id: string): string => (isKnown(id) ? requirements[id].area : "unknown")

/** Runs by area of the register: the sum over its requirements. */
export const areaHits = ({ hits }: Reached): ReadonlyMap<string, number> => {
  const areas = new Map<string, number>(Object.values(requirements).map(({ area }) => [area, 0]))
  for (const [id, count] of Object.entries(hits)) areas.set(areaOf(id), (areas.get(areaOf(id)) ?? 0) + count)
  return areas
}

/** What is wanted and was not reached, in words. */
export const lacking = (reached: Reached, wanted: Wanted): ReadonlyArray<string> => [
  ...Object.keys(reasons)
    .filter((reason) => !(reason in wanted.exceptReasons) && (reached.counts["drops"]?.[reason] ?? 0) === 0)
    .map((reason) => `drop reason ${reason} was never reached`),
  ...[...areaHits(reached)]
    .filter(([area, count]) => !(area in wanted.exceptAreas) && count < wanted.areaHits)
    .map(([area, count]) => `area ${area} was reached ${count} times, not ${wanted.areaHits}`),
  ...Object.entries(reached.hits)
    .filter(([id, count]) => !(id in wanted.exceptRequirements) && count === 0)
    .map(([id]) => `the model's line of ${id} never ran`)
]
