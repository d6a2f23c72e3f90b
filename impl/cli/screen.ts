/** What the commands print: aligned tables, colours only on a terminal. */

/** Styles text for a terminal, or leaves it as it is. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
}

const plain = (text: string): string => text
const sgr = (code: number) => (text: string): string => `\u001b[${code}m${text}\u001b[0m`

/** Colours for a terminal that wants them; `NO_COLOR` and a pipe do not. */
export const paintFor = (stream: { readonly isTTY?: boolean }): Paint =>
  stream.isTTY === true && !process.env["NO_COLOR"]
    ? { bold: sgr(1), dim: sgr(2), good: sgr(32), bad: sgr(31) }
    : { bold: plain, dim: plain, good: plain, bad: plain }

/**
 * Rows as aligned columns; a column whose cells are all numbers is right-aligned. Colours must come after.
 */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)))
  const numeric = head.map((_, column) => rows.every((row) => /^(0|-?[1-9]\d*)?$/.test(row[column] ?? "")))
  const line = (row: ReadonlyArray<string>) =>
    row.map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ").trimEnd()
  return all.map(line)
}

const called = (script: string | undefined): string => {
  if (script === undefined) return "madmux"
  return script === "npx" ? "npx madmux" : "npm run -s madmux --"
}

/** How to call another command of madmux, as this one was called: by npm in a clone, by npx, or by its own name. */
export const command = (...args: ReadonlyArray<string>): string =>
  [called(process.env["npm_lifecycle_event"]), ...args].join(" ")
