/** Which rules of the model an exploration never came to. */
import { Worker } from "node:worker_threads"
import { type RequirementId, requirements } from "../../spec/requirements.ts"
import type { MarkedLine } from "../model-based/requirement-hits.ts"
import type { Preset } from "../preset.ts"
import type { ExplorationOptions } from "./exploration.ts"

/** The lines of one area that are rules, and those of them that never ran. */
export interface Untaken {
  readonly area: string
  readonly lines: number
  readonly untaken: ReadonlyArray<MarkedLine>
}

/**
 * Explores presets of these names in a thread that counts, and tells by area which lines with `//= SQP-...` never
 * ran. The promise fails with what the exploration throws.
 */
export const untakenBy = (
  names: ReadonlyArray<string>, options: Pick<ExplorationOptions, "maxDepth" | "maxStates" | "mutant" | "parameters" | "symmetry">
): Promise<ReadonlyArray<Untaken>> =>
  new Promise((resolve, reject) => {
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
    const worker = new Worker(new URL(`./untaken-worker.${extension}`, import.meta.url), { workerData: { names, options } })
    worker.once("message", (lines: ReadonlyArray<MarkedLine>) => resolve(byArea(lines)))
    worker.once("error", reject)
  })

/** Lines by the area of the first rule they are. */
export const byArea = (lines: ReadonlyArray<MarkedLine>): ReadonlyArray<Untaken> => {
  const areas = new Map<string, Array<MarkedLine>>()
  for (const line of lines) {
    const area = areaOf(line.ids[0] ?? "")
    areas.set(area, [...(areas.get(area) ?? []), line])
  }
  return [...areas].map(([area, all]) => ({ area, lines: all.length, untaken: all.filter(({ runs }) => runs === 0) }))
}

/** The areas that presets are of, or whose requirements they are about. */
export const areasOf = (presets: ReadonlyArray<Pick<Preset, "about" | "area">>): ReadonlySet<string> =>
  new Set(presets.flatMap(({ about, area }) => [area, ...about.map((id) => requirements[id].area)]))

const isId = (id: string): id is RequirementId => id in requirements
const areaOf = (id: string): string => (isId(id) ? requirements[id].area : "unknown")

/** For people: how many lines of each area were never come to, and which. */
export const untakenText = (areas: ReadonlyArray<Untaken>): string =>
  areas.flatMap(({ area, lines, untaken }) => [
    `${area}: of ${lines} lines that are rules ${untaken.length === 0 ? "none" : untaken.length} never come to`,
    ...untaken.map(({ ids, place }) => `  ${place} ${ids.join(", ")}`)
  ]).join("\n")
