/** Sequences of pinned seeds, and what came of them: by a fingerprint, because there are many. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import fc from "fast-check"
import type { Line } from "../../impl/trace/line.ts"
import { play, replay, type Scenario, scenariosAbout, SWARM, subjects, swarms } from "../generate.ts"
import { reference, type Subject } from "../subject.ts"
import { recordedFile } from "./recorded.ts"

/** How many moves a sequence has. */
const MOVES = { atLeast: 20, most: 60 }
/** A few have more: what comes late, as ids that are used again. */
const LONG = { atLeast: 100, most: 140 }
const LONG_EVERY = 40
/** Kinds of moves in a sequence about this and that. */
const KINDS = 9

/** What sequences are about here. */
export const pinnedSubjects: ReadonlyArray<string> = [...subjects, SWARM]

/**
 * The sequence about a subject of this number, from 0: always the same one. The odd ones are drawn evenly, the
 * even ones with more small and extreme numbers.
 */
export const scenarioNumber = (about: string, number: number): Scenario => {
  const seed = 10_000 * (pinnedSubjects.indexOf(about) + 1) + number
  const { atLeast, most } = number % LONG_EVERY === 0 ? LONG : MOVES
  const arbitrary = about === SWARM ? swarms(KINDS, most, atLeast) : scenariosAbout(about, most, atLeast)
  const [scenario] = fc.sample(number % 2 === 0 ? arbitrary : fc.noBias(arbitrary), { numRuns: 1, seed })
  if (scenario === undefined) throw new RangeError(`there is no sequence about ${about}`)
  return scenario
}

/** Lines asked beside a sequence have numbers of their own, so that the sequence is the same without them. */
const BESIDE = 1_000_000
/** Every so many lines of some sequences the tables are counted; of the others only at the end, because to count collects. */
const DUMP_EVERY = 10

/** What came of inputs: the trace, and what was held now and then and at the end, when all has ended. */
export interface Played {
  readonly lines: ReadonlyArray<Line>
  readonly beside: ReadonlyArray<Line>
}

/** Runs inputs on the reference and counts what it holds: `run` plays them and returns the trace. */
const counted = (run: (subject: Subject) => ReadonlyArray<Line>, functions: number, dumpsOften: boolean): Played => {
  const subject = reference()
  const beside: Array<Line> = []
  const ask = (command: Line["in"]): void =>
    void beside.push(subject.apply({ n: BESIDE + beside.length, in: command }))
  const lines = run({
    apply: (line) => {
      const done = subject.apply(line)
      if (dumpsOften && line.n % DUMP_EVERY === 0) ask({ op: "dump" })
      return done
    }
  })
  const later = { op: "advance", ms: 10_000 } as const
  ask({ op: "dump" })
  ask(later)
  ask({ op: "dump" })
  for (let f = 1; f < functions; f++) ask({ op: "detach", function: f })
  ask({ op: "dump" })
  ask({ op: "stop" })
  ask(later)
  ask({ op: "dump" })
  return { lines, beside }
}

/** Plays a pinned sequence on the implementation. */
export const played = ({ init, moves }: Scenario): Played =>
  counted((subject) => play({ init, moves }, subject), init.functions, moves.length % 2 === 0)

/** Plays recorded inputs on the implementation. */
export const replayed = (inputs: ReadonlyArray<Line>): Played => {
  const [begin] = inputs
  const functions = begin?.in.op === "init" ? begin.in.functions : 1
  return counted((subject) => replay(inputs, subject), functions, false)
}

/** Equal for equal runs. */
export const fingerprint = ({ beside, lines }: Played): string => {
  const hash = createHash("sha256")
  for (const line of [...lines, ...beside]) hash.update(JSON.stringify(line))
  return hash.digest("base64url").slice(0, 12)
}

/** Fingerprints: of the pinned sequences by subject and number, and of recorded inputs by their file's name. */
export interface RecordedSequences {
  readonly pinned: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly inputs: Readonly<Record<string, string>>
}

/** What `record.ts` recorded; which numbers there are, `choose.ts` chose. */
export const recordedSequences = (): RecordedSequences =>
  JSON.parse(readFileSync(recordedFile("sequences.json"), "utf8"))
