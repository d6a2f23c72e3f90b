/** From which states of an explored system another kind of state can be reached. */
import { Integers } from "./tuples.ts"

/** The transitions of a system, by the numbers of its states, and those of its states that are quiet. */
export interface Edges {
  readonly add: (from: number, to: number) => void
  readonly froms: Integers
  readonly tos: Integers
  readonly quiet: Integers
}

/** No transitions. */
export const newEdges = (): Edges => {
  const [froms, tos, quiet] = [new Integers(), new Integers(), new Integers()]
  return { froms, tos, quiet, add: (from, to) => { froms.push(from); tos.push(to) } }
}

/** The first of so many states from which no quiet one can be reached; null if there is none. */
export const firstStuck = (edges: Edges, states: number): number | null => {
  const { froms, starts } = reversed(edges, states)
  const reaches = new Uint8Array(states)
  const waiting = new Int32Array(states)
  let [next, end] = [0, 0]
  const mark = (state: number): void => {
    if (reaches[state] !== 0) return
    reaches[state] = 1
    waiting[end++] = state
  }
  for (let i = 0; i < edges.quiet.length; i++) mark(edges.quiet.at(i))
  while (next < end) {
    const state = waiting[next++] ?? 0
    for (let i = starts[state] ?? 0; i < (starts[state + 1] ?? 0); i++) mark(froms[i] ?? 0)
  }
  const stuck = reaches.indexOf(0)
  return stuck < 0 ? null : stuck
}

/** Where transitions come from, by where they lead: those to n lie from `starts[n]` to `starts[n + 1]`. */
const reversed = ({ froms, tos }: Edges, states: number) => {
  const starts = new Int32Array(states + 2)
  for (let i = 0; i < tos.length; i++) starts[tos.at(i) + 2] = (starts[tos.at(i) + 2] ?? 0) + 1
  for (let n = 2; n < starts.length; n++) starts[n] = (starts[n] ?? 0) + (starts[n - 1] ?? 0)
  const sorted = new Int32Array(tos.length)
  for (let i = 0; i < tos.length; i++) {
    const to = tos.at(i) + 1
    const place = starts[to] ?? 0
    sorted[place] = froms.at(i)
    starts[to] = place + 1
  }
  return { froms: sorted, starts }
}
