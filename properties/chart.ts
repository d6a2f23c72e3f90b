/**
 * Messages among parties as a chart of text: a column for each party, an arrow from the one who sends to the one who gets
 * it, one row each.
 */

/** One row: a message, or something that happens to one party (`from` and `to` are the same). */
export interface ChartRow {
  /** What stands before the row: a line number, a time. */
  readonly label: string
  readonly from: string
  readonly to: string
  readonly text: string
}

/** Characters between two columns, at least. */
const GAP = 14

/** "|----+---->|": an arrow over the columns from one party to another, or a star where something happens to one. */
const arrow = (places: ReadonlyArray<number>, from: number, to: number): string => {
  const width = (places.at(-1) ?? 0) + 1
  const signs = Array.from<unknown, string>({ length: width }, (_, at) => (places.includes(at) ? "|" : " "))
  const [start = 0, end = 0] = [places[from], places[to]]
  if (start === end) {
    signs[start] = "*"
    return signs.join("")
  }
  for (let at = Math.min(start, end) + 1; at < Math.max(start, end); at++) signs[at] = places.includes(at) ? "+" : "-"
  signs[start < end ? end - 1 : end + 1] = start < end ? ">" : "<"
  return signs.join("")
}

/**
 * The chart as lines, the names of the parties first. A party that no row names has no column; a row whose party is not
 * among `parties` gets a column of its own at the end.
 */
export const messageChart = (parties: ReadonlyArray<string>, rows: ReadonlyArray<ChartRow>): ReadonlyArray<string> => {
  const named = new Set(rows.flatMap(({ from, to }) => [from, to]))
  const columns = [...new Set([...parties, ...named])].filter((party) => named.has(party))
  const labelWidth = Math.max(0, ...rows.map(({ label }) => label.length))
  const gap = Math.max(GAP, ...columns.map((party) => party.length + 2))
  const places = columns.map((_, i) => i * gap)
  const head = columns.map((party) => party.padEnd(gap)).join("").trimEnd()
  const bodies = rows.map(({ from, label, text, to }) =>
    `${label.padStart(labelWidth)}  ${arrow(places, columns.indexOf(from), columns.indexOf(to))}  ${text}`.trimEnd())
  return rows.length === 0 ? [] : [`${" ".repeat(labelWidth)}  ${head}`, ...bodies]
}
