/** Whether a PF context comes to rest once nobody says anything any more: then nothing is owed and nothing kept. */
import { takeable } from "../fairness.ts"
import { nextDue } from "../sa-outstanding.ts"
import type { State } from "../state.ts"

/** What a PF context still keeps of requests, each in words; ids that rest and what is established may stay. */
export const restless = (state: State): ReadonlyArray<string> => {
  const { exchanges, givenUp, groups, inbound, redirects, registrations, reports } = state
  const { smLid } = state.port
  const asks = [...groups, ...state.subscriptions]
  const opening = exchanges.filter(({ phase }) => phase === "opening" || phase === "lingering")
  const counted: ReadonlyArray<readonly [string, number]> = [
    ["MADs that wait and have room", takeable(state).length],
    ["outstanding requests of functions", state.transactions.length],
    ["delivered requests", inbound.length],
    ["redirects", redirects.length],
    ["CM exchanges that open or linger", opening.length],
    ["requests with the SA", asks.filter(({ transaction }) => transaction !== null).length],
    ["functions' requests that wait for the SA", asks.reduce((sum, { waiting }) => sum + waiting.length, 0)],
    ["groups of nobody", groups.filter(({ lastOf, members }) => members.length === 0 && lastOf === null).length],
    ["requests that were given up", givenUp.length],
    // While there is no SM nobody can be asked.
    ["ServiceRecords that are being deleted", registrations.filter(({ deletion }) =>
      deletion !== null && (deletion !== "waits" || smLid !== null)).length],
    ["Reports that were handed out", reports.length]
  ]
  return counted.filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`)
}

/** Sends that may be due one after the other until all requests are given up. */
const MOST_SENDS = 100

/** Says of a state whether it comes to rest by time alone; `advance` is what time does to it. */
export const comesToRest = (advance: (state: State, ms: number) => State): ((state: State) => boolean) => {
  const known = new Map<State, boolean>()
  return (state) => {
    const before = known.get(state)
    if (before !== undefined) return before
    const rests = restless(settled(advance, state)).length === 0
    known.set(state, rests)
    return rests
  }
}

/** A state after all sends that are due, answered by nobody, and after everything that has an end. */
const settled = (advance: (state: State, ms: number) => State, from: State): State => {
  let state = from
  for (let sends = 0; sends < MOST_SENDS; sends++) {
    if (restless(state).length === 0) return state
    const next = nextDue(state)
    if (next === null || !Number.isFinite(next.latest)) return advance(state, LONGEST_MS)
    state = advance(state, Math.max(next.latest, 0))
  }
  return state
}

/** Longer than anything lives that ends at all: eleven days. */
const LONGEST_MS = 1_000_000_000
