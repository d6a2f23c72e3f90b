/**
 * Of states that differ in times only, which allows all that the other allows: a timer may fire in a wider range, a TID rests
 * shorter. The checker needs to follow that one alone.
 */
import { hash } from "node:crypto"
import type { SaRequest, State } from "../model/state.ts"

/** A range of time in milliseconds. */
interface Range {
  readonly from: number
  readonly to: number
}

/** A state apart from its times, and these. */
interface Clocks {
  /** Equal for states that differ in times only: a digest, as the text of thousands of states fills the memory. */
  readonly facts: string
  readonly ranges: ReadonlyArray<Range>
  /** By id: how long it rests. */
  readonly resting: ReadonlyMap<string, number>
}

const known = new WeakMap<State, Clocks>()

/** Takes the times out of a state. */
const clocksOf = (state: State): Clocks => {
  const before = known.get(state)
  if (before !== undefined) return before
  const ranges: Array<Range> = []
  // What is overdue may fire now, however long it is overdue.
  const timed = ({ due, late = 0 }: { readonly due: number; readonly late?: number }) => {
    ranges.push({ from: Math.max(0, due), to: due + late })
    return { due: 0, late: 0 }
  }
  const request = <Request extends SaRequest>(of: Request | null) => of && [timed(of), { ...of, due: 0, late: 0 }]
  const facts = JSON.stringify({
    ...state,
    resting: [],
    groups: state.groups.map(({ transaction, ...group }) => [group, request(transaction)]),
    subscriptions: state.subscriptions.map(({ transaction, ...of }) => [of, request(transaction)]),
    registrations: state.registrations.map(({ deletion, ...of }) =>
      [of, typeof deletion === "string" ? deletion : request(deletion)]),
    functions: state.functions.map(({ alias, ...of }) => {
      if (alias === null) return of
      const { due, transaction } = alias
      return [of, request(transaction), { ...alias, transaction: null, late: 0, due: due === null ? null : timed({ ...alias, due }) }]
    }),
    givenUp: state.givenUp.map(({ life: { may, must }, ...of }) => {
      ranges.push({ from: must, to: may })
      return of
    })
  })
  const resting = new Map(state.resting.map(({ id, remaining, space }) => [`${space} ${id}`, remaining]))
  const clocks = { facts: hash("sha256", facts, "base64"), ranges, resting }
  known.set(state, clocks)
  return clocks
}

/** Whether whatever `b` allows `a` allows, too. */
const covers = (a: Clocks, b: Clocks): boolean =>
  a.ranges.every(({ from, to }, i) => {
    const other = b.ranges[i]
    return other !== undefined && from <= other.from && to >= other.to
  }) && [...a.resting].every(([id, remaining]) => remaining <= (b.resting.get(id) ?? 0))

/** States of which none is covered by another, each with what it belongs to. */
export class Frontier<Of> {
  readonly #places = new Map<string, ReadonlyArray<{ readonly clocks: Clocks; readonly of: Of }>>()
  readonly #all = new Set<Of>()

  /** Adds a state to those with the same `key`, unless one of them covers it; those that it covers go. */
  add(key: string, state: State, of: Of): void {
    const clocks = clocksOf(state)
    const place = `${key} ${clocks.facts}`
    const there = this.#places.get(place) ?? []
    if (there.some((other) => covers(other.clocks, clocks))) return
    const stays = there.filter((other) => !covers(clocks, other.clocks))
    for (const other of there) if (!stays.includes(other)) this.#all.delete(other.of)
    this.#places.set(place, [...stays, { clocks, of }])
    this.#all.add(of)
  }

  /** What belongs to the states that are left, in the order in which they were added. */
  get all(): ReadonlySet<Of> {
    return this.#all
  }
}
