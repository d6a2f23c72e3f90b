/** Runs two programs against each other in every possible order of their steps. */

/** One step of a program: a public operation that makes at most one access to a shared index. */
export type Step = () => void
/** The two programs over one fresh state, and what must hold when both are done. */
export interface Race {
  readonly left: ReadonlyArray<Step>
  readonly right: ReadonlyArray<Step>
  readonly finish: () => void
}

/**
 * Calls `start` and runs its race once for every merge of the two programs that keeps the order of each: all
 * C(n+m, n) schedules. A step that throws fails the whole run, with the schedule (L and R) that led there.
 * Returns the number of schedules. Every race of `start` must have programs of the same lengths.
 */
export const everyInterleaving = (start: () => Race): number => {
  const { left, right } = start()
  let schedules = 0
  const schedule: Array<"L" | "R"> = []
  const extend = (lefts: number, rights: number): void => {
    if (lefts === left.length && rights === right.length) {
      schedules += 1
      replay(start(), schedule)
      return
    }
    if (lefts < left.length) {
      schedule.push("L")
      extend(lefts + 1, rights)
      schedule.pop()
    }
    if (rights < right.length) {
      schedule.push("R")
      extend(lefts, rights + 1)
      schedule.pop()
    }
  }
  extend(0, 0)
  return schedules
}

const replay = (race: Race, schedule: ReadonlyArray<"L" | "R">): void => {
  let lefts = 0
  let rights = 0
  try {
    for (const side of schedule) (side === "L" ? race.left[lefts++] : race.right[rights++])?.()
    race.finish()
  } catch (cause) {
    const done = schedule.slice(0, lefts + rights).join("")
    throw new Error(`schedule ${schedule.join("")} failed after ${done}: ${String(cause)}`, { cause })
  }
}

/** n over k: how many schedules {@link everyInterleaving} must have run. */
export const binomial = (n: number, k: number): number => {
  let result = 1
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i
  return result
}
