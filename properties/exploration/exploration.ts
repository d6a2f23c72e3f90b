/** Explores a preset and tells what was found, for people and machines. */
import type { Line } from "../../impl/trace/line.ts"
import { type Bounds, explore, type Progress } from "../../model/explore.ts"
import type { Parameters, Preset } from "../preset.ts"
import { chartOfPath } from "./chart.ts"
import { traceOfPath } from "./trace.ts"

/** What of a preset to explore, and how far. */
export interface ExplorationOptions extends Omit<Bounds, "onProgress"> {
  readonly parameters?: Parameters
  /** Title of a wrong model to explore in the place of the right one. */
  readonly mutant?: string
  /** The most memory in MiB that `memoryMib` may say before the exploration is ended. */
  readonly maxMemoryMib?: number
  /** How much memory is in use, in MiB. */
  readonly memoryMib?: () => number
  readonly onProgress?: (progress: Progress) => void
}

/** How an exploration ended: nothing is wrong, something is, or it was not finished. */
export type ExplorationVerdict = "holds" | "violation" | "incomplete"

/** What an exploration of a preset found. */
export interface ExplorationReport extends Progress {
  readonly preset: string
  readonly title: string
  readonly parameters: Parameters
  readonly mutant: string | null
  readonly verdict: ExplorationVerdict
  /** How many invariants watched. */
  readonly invariants: number
  /** Whether from every state a quiet one was found to be reachable. */
  readonly live: boolean
  /** Which bound ended it, as a sentence. */
  readonly stopped: string | null
  /** What is wrong with the state at the end of `path`. */
  readonly violations: ReadonlyArray<string>
  readonly path: ReadonlyArray<string>
  /** The path as rows of a message chart. */
  readonly chart: ReadonlyArray<string>
  /** The path as a trace; null where there is none. */
  readonly trace: ReadonlyArray<Line> | null
  /** Patterns of transitions that the preset is meant for and that were not taken; of a whole exploration only. */
  readonly unreached: ReadonlyArray<string>
}

/**
 * Explores a preset. Parameters that mean nothing in it, and a mutant that it does not have, throw a sentence (see
 * `Preset.system`).
 */
export const explorePreset = (preset: Preset, options: ExplorationOptions = {}): ExplorationReport => {
  const { maxDepth, maxStates, mutant = null, onProgress, parameters = {} } = options
  // A wrong model may treat functions differently.
  const symmetry = mutant === null && (options.symmetry ?? true)
  const system = preset.system(parameters, mutant ?? undefined)
  const found = explore(system, {
    symmetry,
    ...(maxDepth === undefined ? {} : { maxDepth }),
    ...(maxStates === undefined ? {} : { maxStates }),
    onProgress: (progress) => {
      onProgress?.(progress)
      return outOfMemory(options)
    }
  })
  const { complete, counterexample, depth, labels, live, orbits, states, stopped, transitions, waiting } = found
  const isWhole = complete && mutant === null && Object.keys(parameters).length === 0
  return {
    preset: preset.name, title: preset.title, parameters: { ...preset.parameters, ...parameters }, mutant,
    verdict: counterexample ? "violation" : complete ? "holds" : "incomplete",
    states, orbits, transitions, depth, waiting, live, stopped,
    invariants: system.context?.invariants ?? 0,
    violations: counterexample?.violations ?? [],
    path: counterexample?.path ?? [],
    chart: counterexample ? chartOfPath(counterexample.moves) : [],
    trace: counterexample && system.context ? traceOfPath(system.context, counterexample.moves) : null,
    unreached: isWhole ? preset.reaches.filter((pattern) => !labels.some((label) => pattern.test(label))).map(String) : []
  }
}

const outOfMemory = ({ maxMemoryMib, memoryMib }: ExplorationOptions): string | undefined => {
  if (maxMemoryMib === undefined || memoryMib === undefined) return undefined
  const used = memoryMib()
  return used > maxMemoryMib ? `${Math.round(used)} MiB of memory are in use, more than ${maxMemoryMib}` : undefined
}
