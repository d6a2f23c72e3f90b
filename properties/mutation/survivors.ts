/** The mutants of StrykerJS's reports that no test killed, and what is known of each. */
import { readFileSync } from "node:fs"
import { type Explanation, explanationsOf, placesOf } from "./explained.ts"

interface Place {
  readonly line: number
  readonly column: number
}

/** A mutant in a report of StrykerJS; lines and columns count from 1. */
export interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly statusReason?: string
  readonly location: { readonly start: Place; readonly end: Place }
}

/** A file of the source in a report, with its mutants. */
export interface FileReport {
  readonly source: string
  readonly mutants: ReadonlyArray<Mutant>
}

/** A mutant that is alive: on the line `at` with this text something `was` and `becomes` something else. */
export interface Survivor {
  readonly file: string
  readonly at: number
  readonly line: string
  readonly was: string
  readonly becomes: string
  readonly isCovered: boolean
  /** Why it changes nothing, where somebody found out. */
  readonly explanation: Explanation | undefined
}

/** The text that a mutant replaces. */
const original = (source: string, { end, start }: Mutant["location"]): string => {
  const lines = source.split("\n").slice(start.line - 1, end.line)
  const last = lines.length - 1
  return lines.map((line, i) =>
    line.slice(i === 0 ? start.column - 1 : 0, i === last ? end.column - 1 : undefined)).join("\n")
}

const offsetOf = (source: string, { column, line }: Place): number =>
  source.split("\n").slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, column - 1)

/** Whether an explanation speaks of the place of a mutant: of one that it does not name there is no other. */
const isMeant = ({ at, line, was }: Explanation, source: string, start: Place): boolean => {
  const places = placesOf(source, line, was)
  return at === undefined ? places.length === 1 : at.includes(places.indexOf(offsetOf(source, start)) + 1)
}

/** The mutants of a file that are alive, in the order of the report. */
export const survivorsOf = (file: string, { mutants, source }: FileReport): ReadonlyArray<Survivor> => {
  const explanations = explanationsOf(file)
  const lines = source.split("\n")
  return mutants
    .filter(({ status }) => status === "Survived" || status === "NoCoverage")
    .map(({ location, replacement: becomes = "", status }) => {
      const at = location.start.line
      const line = lines[at - 1]?.trim() ?? ""
      const was = original(source, location)
      const explanation = explanations.find((each) =>
        each.line === line && each.was === was && each.becomes.includes(becomes) && isMeant(each, source, location.start))
      return { file, at, line, was, becomes, isCovered: status === "Survived", explanation }
    })
}

/** The files of reports, sorted by name; one that several reports have is taken from the last of them. */
export const filesOf = (reports: ReadonlyArray<string>): ReadonlyArray<readonly [string, FileReport]> => {
  const files = new Map<string, FileReport>()
  for (const each of reports) {
    const report: { readonly files: Readonly<Record<string, FileReport>> } = JSON.parse(readFileSync(each, "utf8"))
    for (const [file, found] of Object.entries(report.files)) files.set(file, found)
  }
  return [...files].filter(([, { mutants }]) => mutants.length > 0).toSorted(([a], [b]) => (a < b ? -1 : 1))
}
