/**
 * Explores presets once more and posts which lines of the model that are rules never ran. A thread of its own,
 * because V8 counts what a thread loads after counting began.
 */
import { parentPort, workerData } from "node:worker_threads"
import { countRuns, markedLines } from "../model-based/requirement-hits.ts"
import type { ExplorationOptions } from "./exploration.ts"

const session = await countRuns()
// Loaded only now, so that they are counted.
const { explorePreset } = await import("./exploration.ts")
const { presetNamed } = await import("../presets.ts")

const { names, options }: { readonly names: ReadonlyArray<string>; readonly options: ExplorationOptions } = workerData
for (const name of names) explorePreset(presetNamed(name), options)
parentPort?.postMessage(await markedLines(session))
