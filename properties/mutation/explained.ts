/** Why survivors of mutation testing change nothing: one file of `explained/` for each file of the source. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The kinds of reasons; spec/mutation.md says what each claims. */
export const KINDS = [
  "identity", "implied", "short-cut", "always-there", "overwritten", "order", "name", "size", "defence", "free"
] as const

/**
 * Why a mutant changes nothing. It is found by the text of its line, without the blanks around it, by what was
 * there, and by what stands there instead: one reason may speak of several mutants of a line.
 */
export interface Explanation {
  readonly line: string
  readonly was: string
  readonly becomes: ReadonlyArray<string>
  readonly kind: (typeof KINDS)[number]
  readonly why: string
  /** Where line and text stand in several places of the file: those it speaks of, counted from 1. */
  readonly at?: ReadonlyArray<number>
}

/** Offsets in a source of a text that begins on a line of this text, without the blanks around it. */
export const placesOf = (source: string, line: string, was: string): ReadonlyArray<number> => {
  const places: Array<number> = []
  let start = 0
  for (const each of source.split("\n")) {
    const end = start + each.length
    if (each.trim() === line) {
      for (let at = source.indexOf(was, start); at >= 0 && at <= end; at = source.indexOf(was, at + 1)) places.push(at)
    }
    start = end + 1
  }
  return places
}

const folder = fileURLToPath(new URL("explained/", import.meta.url))

/** What is known of the survivors of a file of the source. */
export const explanationsOf = (file: string): ReadonlyArray<Explanation> => {
  const path = join(folder, file.replace(/\.ts$/, ".json"))
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : []
}

/** The files of the source of which something is known. */
export const explainedFiles = (): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(/\.json$/, ".ts"))
    .sort()
