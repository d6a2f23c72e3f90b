/** From which states a quiet one can be reached: every system of three states. */
import { expect, it } from "vitest"
import { firstStuck, newEdges } from "../model/liveness.ts"

const STATES = [0, 1, 2]
const ARROWS = STATES.flatMap((from) => STATES.flatMap((to) => (from === to ? [] : [[from, to] as const])))
type Arrows = typeof ARROWS

const subsets = <T>(all: ReadonlyArray<T>): ReadonlyArray<Array<T>> =>
  all.reduce<ReadonlyArray<Array<T>>>((before, each) => before.flatMap((of) => [of, [...of, each]]), [[]])

/** The first state from which no quiet one is reached, found by going all ways. */
const stuckIn = (arrows: Arrows, quiet: ReadonlyArray<number>): number | null => {
  const reached = (state: number, seen: ReadonlyArray<number>): boolean =>
    quiet.includes(state) ||
    arrows.some(([from, to]) => from === state && !seen.includes(to) && reached(to, [...seen, to]))
  return STATES.find((state) => !reached(state, [state])) ?? null
}

it("finds the first state of every small system from which no quiet one can be reached [SQP-EXP-4]", () => {
  const wrong = subsets(ARROWS).flatMap((arrows) => subsets(STATES).filter((quiet) => {
    const edges = newEdges()
    for (const [from, to] of arrows) edges.add(from, to)
    for (const state of quiet) edges.quiet.push(state)
    return firstStuck(edges, STATES.length) !== stuckIn(arrows, quiet)
  }).map((quiet) => ({ arrows, quiet })))
  expect(wrong).toEqual([])
})
