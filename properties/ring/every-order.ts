/** Tries every order of the steps of some processes on one memory, and says what can go wrong. */
import { ENDED, type Process, type State, type SteppedMemory, Violation } from "./stepping.ts"

/** Processes on a memory, nothing done yet. */
export interface RingSystem {
  readonly memory: SteppedMemory
  readonly processes: ReadonlyArray<Process>
  /** How many sleeps may time out; 0: whoever sleeps is woken or sleeps for ever. */
  readonly timeouts?: number
}

/** What was found in all orders, or the shortest way to what must not be. */
export interface Explored {
  readonly states: number
  readonly steps: number
  /** States in which every process has ended. */
  readonly ends: number
  readonly fault: string | null
  /** The accesses that lead to the fault: process, word, access, result. */
  readonly path: ReadonlyArray<string>
}

/** One step of a path: which process, and which way it went. */
interface Move {
  readonly process: number
  readonly choice: number
}

const STATES_MAX = 400_000

/** Gives equal texts equal numbers. */
class Names {
  readonly #numbers = new Map<string, number>()
  of(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.#numbers.size)
    return this.#numbers.size - 1
  }
}

/** The states met so far, in the order in which they were met, and how. */
class Met {
  readonly states: Array<State> = []
  readonly from: Array<number> = []
  readonly moves: Array<Move> = []
  /** For each state those from which one step leads there. */
  readonly before: Array<Array<number>> = []
  readonly #ids = new Map<string, number>()
  readonly #held = new Names()

  add(state: State, from: number, move: Move): void {
    const key = this.#keyOf(state)
    const known = this.#ids.get(key)
    if (known !== undefined) {
      this.before[known]?.push(from)
      return
    }
    if (this.states.length >= STATES_MAX) throw new Error(`more than ${STATES_MAX} states: choose a smaller system`)
    this.#ids.set(key, this.states.length)
    this.states.push(state)
    this.from.push(from)
    this.moves.push(move)
    this.before.push([from])
  }

  #keyOf({ cells, past, processes, timeouts }: State): string {
    const each = processes.map(({ asleep, held, seen }) => `${this.#held.of(held)}:${seen.join()}:${asleep}`)
    return `${timeouts};${cells.join()};${past.join("|")};${each.join(";")}`
  }

  /** The steps from the start to state `id`. */
  way(id: number): ReadonlyArray<Move> {
    const way: Array<Move> = []
    for (let at = id; this.from[at]! >= 0; at = this.from[at]!) way.push(this.moves[at]!)
    return way.toReversed()
  }
}

/**
 * Explores every order. A fault is: a violation by a step; a state in which somebody sleeps and nobody can step, which
 * is a lost wake-up; a state from which no order ends all processes. The first is found by the shortest way.
 */
export const everyOrder = ({ memory, processes, timeouts = 0 }: RingSystem): Explored => {
  const met = new Met()
  met.add(memory.initial(processes, timeouts), -1, { process: -1, choice: 0 })
  let steps = 0
  const ends: Array<number> = []
  const found = (fault: string | null, way: ReadonlyArray<Move> = []): Explored =>
    ({ states: met.states.length, steps, ends: ends.length, fault, path: recorded(memory, processes, met.states[0]!, way) })
  for (let id = 0; id < met.states.length; id++) {
    const state = met.states[id]!
    let enabled = 0
    for (const process of processes.keys()) {
      for (let choice = 0, choices = 1; choice < choices; choice++) {
        const move = { process, choice }
        try {
          const stepped = memory.step(state, processes, process, choice)
          if (stepped === null) break
          choices = stepped.choices
          met.add(stepped.next, id, move)
        } catch (cause) {
          if (!(cause instanceof Violation)) throw cause
          return found(cause.message, [...met.way(id), move])
        }
        enabled += 1
        steps += 1
      }
    }
    if (state.processes.every(({ asleep }) => asleep === ENDED)) ends.push(id)
    else if (enabled === 0) return found(stuck(state, processes), met.way(id))
  }
  const lost = neverEnding(met, ends)
  return lost < 0 ? found(null) : found("from here no order of steps ends all processes", met.way(lost))
}

/** Who sleeps, though nobody is left to wake them. */
const stuck = (state: State, processes: ReadonlyArray<Process>): string => {
  const sleepers = processes.filter((_, i) => state.processes[i]!.asleep >= 0).map(({ name }) => name)
  return `lost wake-up: nobody wakes ${sleepers.join(" and ")}`
}

/** The first state from which no end can be reached, or -1. */
const neverEnding = (met: Met, ends: ReadonlyArray<number>): number => {
  const isEnding = new Uint8Array(met.states.length)
  const stack = [...ends]
  for (const id of ends) isEnding[id] = 1
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const before of met.before[id]!) {
      if (before < 0 || isEnding[before] === 1) continue
      isEnding[before] = 1
      stack.push(before)
    }
  }
  return isEnding.indexOf(0)
}

/** The accesses of a way, in words. */
const recorded = (
  memory: SteppedMemory, processes: ReadonlyArray<Process>, start: State, way: ReadonlyArray<Move>
): ReadonlyArray<string> => {
  memory.record.length = 0
  memory.isRecording = true
  let state = start
  try {
    for (const { choice, process } of way) state = memory.step(state, processes, process, choice)?.next ?? state
  } catch (cause) {
    if (!(cause instanceof Violation)) throw cause
  } finally {
    memory.isRecording = false
  }
  return memory.record.map((line) => line.replace(/^\d+/, (index) => processes[Number(index)]?.name ?? index))
}
