/** Generated sequences of pinned seeds, and what came of them: by a fingerprint, because there are many. */
import { createHash } from "node:crypto"
import fc from "fast-check"
import type { Line } from "../../impl/trace/line.ts"
import { writeTrace } from "../../impl/trace/write.ts"
import { type Scenario, scenariosAbout, subjects } from "../generate.ts"

/** The most moves of a sequence. */
export const MOVES = 140

/** How many sequences there are about each subject. */
export const SEQUENCES = 8

/** The sequence about a subject of this number, from 0: always the same one. */
export const scenarioNumber = (about: string, number: number): Scenario => {
  const seed = subjects.indexOf(about) * SEQUENCES + number + 1
  const [scenario] = fc.sample(scenariosAbout(about, MOVES), { numRuns: 1, seed })
  if (scenario === undefined) throw new RangeError(`there is no sequence about ${about}`)
  return scenario
}

/** Equal for equal traces. */
export const fingerprint = (lines: ReadonlyArray<Line>): string =>
  createHash("sha256").update(writeTrace(lines)).digest("base64url").slice(0, 12)
