/**
 * Plays and checks sequences of every subject until everything wanted was reached, or enough is enough. Posts
 * what was reached. A thread of its own, because V8 counts what a thread runs.
 */
import { parentPort, workerData } from "node:worker_threads"
import fc from "fast-check"
import type { Reached, Wanted } from "./reach.ts"
import { countRuns, requirementHits } from "./requirement-hits.ts"

const session = await countRuns()
// Loaded only now, so that it is counted.
const { check } = await import("../trace-check.ts")
const { LENGTH, play, scenariosAbout, subjects } = await import("../generate.ts")
const { reference } = await import("../subject.ts")
const { Statistics } = await import("../statistics.ts")
const { lacking } = await import("./reach.ts")

const { most, seed, wanted }: { readonly most: number; readonly seed: number; readonly wanted: Wanted } =
  workerData
/** Sequences of each subject before it is looked whether they are enough. */
const ROUND = 40

const statistics = new Statistics()
const hits: Record<string, number> = {}
const reached = (): Reached => ({ counts: statistics.counts(), hits })
for (let round = 0, played = 0; played < most; round++) {
  for (const about of subjects) {
    for (const scenario of fc.sample(scenariosAbout(about, LENGTH), { numRuns: ROUND, seed: seed + round })) {
      check(play(scenario, reference()), { invariants: [], onStep: (step) => statistics.note(step) })
      statistics.run()
      played++
    }
  }
  // Each look tells what ran since the one before.
  for (const [id, count] of Object.entries(await requirementHits(session))) hits[id] = (hits[id] ?? 0) + count
  if (lacking(reached(), wanted).length === 0) break
}
parentPort?.postMessage(reached())
