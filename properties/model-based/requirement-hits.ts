/**
 * How often the model ran the lines that are requirements: `//= SQP-TID-2` behind a line, or above it.
 * Counted by V8 itself, so a new requirement shows without being entered anywhere.
 */
import { readFileSync } from "node:fs"
import { Session } from "node:inspector/promises"
import type { Profiler } from "node:inspector"

/** Starts to count what this thread runs; what was loaded before is not counted. */
export const countRuns = async (): Promise<Session> => {
  const session = new Session()
  session.connect()
  await session.post("Profiler.enable")
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })
  return session
}

const ID = /SQP-[A-Z]+-\d+/g

interface Mark {
  readonly ids: ReadonlyArray<string>
  /** Where in the source the line of code ends that is the rule. */
  readonly at: number
}

/** The places a file marks: the last code before the mark, else of the line below. */
const marksIn = (text: string): ReadonlyArray<Mark> =>
  [...text.matchAll(/\/\/= SQP-[^\n]*/g)].map((found) => {
    const lineStart = text.lastIndexOf("\n", found.index) + 1
    const before = text.slice(lineStart, found.index).trimEnd()
    const below = /^\s*[^\n]*/.exec(text.slice(found.index + found[0].length))?.[0] ?? ""
    const end = before.trim() === "" ? found.index + found[0].length + below.trimEnd().length : lineStart + before.length
    return { ids: found[0].match(ID) ?? [], at: end - 1 }
  })

/** How often the code at an offset ran: the count of the smallest block around it. */
const runsAt = (functions: ReadonlyArray<Profiler.FunctionCoverage>, at: number): number => {
  let smallest = { count: 0, length: Number.POSITIVE_INFINITY }
  for (const { ranges } of functions) {
    for (const { count, endOffset, startOffset } of ranges) {
      const length = endOffset - startOffset
      if (startOffset <= at && at < endOffset && length <= smallest.length) smallest = { count, length }
    }
  }
  return smallest.count
}

/** A line of the model that is a rule, and how often it ran. */
export interface MarkedLine {
  /** E.g. "model/tid.ts:40". */
  readonly place: string
  readonly ids: ReadonlyArray<string>
  readonly runs: number
}

/** The lines of the model that are rules, with their runs since {@link countRuns}; files never loaded are missing. */
export const markedLines = async (session: Session): Promise<ReadonlyArray<MarkedLine>> => {
  const { result } = await session.post("Profiler.takePreciseCoverage")
  return result.flatMap(({ functions, url }) => {
    const path = /\/(model\/[^/]+\.[jt]s)$/.exec(url)?.[1]
    if (path === undefined) return []
    const text = readFileSync(new URL(url), "utf8")
    return marksIn(text).map(({ at, ids }) => ({
      place: `${path}:${text.slice(0, at).split("\n").length}`, ids, runs: runsAt(functions, at)
    }))
  })
}

/** The runs of each requirement's lines in the model since {@link countRuns}, the sum of all its lines. */
export const requirementHits = async (session: Session): Promise<Readonly<Record<string, number>>> => {
  const hits: Record<string, number> = {}
  for (const { ids, runs } of await markedLines(session)) {
    for (const id of ids) hits[id] = (hits[id] ?? 0) + runs
  }
  return hits
}
