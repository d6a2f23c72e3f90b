/** Tables of the spec pages and titles of tests, for the tests that hold the one against the other. */
import type { Source } from "./sources.ts"

/** The cells of every row of every table of a page, but for heads and rules. */
export const cellsOf = (page: string): ReadonlyArray<ReadonlyArray<string>> => {
  const lines = page.split("\n")
  return lines
    .filter((line, i) => line.startsWith("|") && !isRule(line) && !isRule(lines[i + 1] ?? ""))
    .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()))
}

const isRule = (line: string): boolean => /^\|(?:-+\|)+$/.test(line)

/** A link to a test: its title as the text, its file from `spec/` as the target. */
const LINK = /\[((?:[^[\]]|\[[^[\]]*\])+)\]\(\.\.\/([^)]+)\)/g

/** The tests a cell links. */
export const linksOf = (cell: string): ReadonlyArray<{ readonly title: string; readonly path: string }> =>
  [...cell.matchAll(LINK)].map(([, title = "", path = ""]) => ({ title, path }))

/** A cell without its links to tests. */
export const withoutLinks = (cell: string): string => cell.replace(LINK, "")

const LITERAL = String.raw`"(?:[^"\\\n]|\\.)*"`
/** `it("title",`, `test.each(rows)("title",` and the like; a title may be several literals joined by `+`. */
const TEST = new RegExp(
  String.raw`(?:^[ \t]*(?:it|test)(?:\.each\([^\n]*\))?|^[ \t]*\]?\))\(\s*(${LITERAL}(?:\s*\+\s*${LITERAL})*)\s*,`,
  "gm"
)

/** The titles of the tests of each file, as they are written: `$name` and `%s` stay. */
export const titlesIn = (files: ReadonlyArray<Source>): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(files.map(({ path, text }) => [
    path,
    new Set([...text.matchAll(TEST)].map(([, literals = ""]) =>
      [...literals.matchAll(new RegExp(LITERAL, "g"))].map(([literal]) => unquoted(literal)).join("")
    ))
  ]))

const unquoted = (literal: string): string => String(JSON.parse(literal))
