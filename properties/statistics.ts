/**
 * Counts what generated runs reach, by what the steps themselves say: a new command, output, drop reason or
 * part of the state shows by itself.
 */
import { reasons } from "../spec/reasons.ts"
import type { Step } from "./checker.ts"

/** Counts by table and name, e.g. `drops` and "tid-quota". */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** A word of the model's vocabulary, as phases and kinds are; ids are hex digits. */
const isWord = (text: string): boolean => /^[a-z][a-zA-Z -]*$/.test(text) && !/^[0-9a-f]+$/.test(text)

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** What has never changed since the start tells nothing. */
const CONSTANT: ReadonlySet<string> = new Set(["config", "record", "address"])

/** What steps have reached so far. */
export class Statistics {
  readonly #tables = new Map<string, Map<string, number>>()

  /** Counts one step. */
  note({ actions, command, state }: Step): void {
    this.#count("commands", command.op)
    for (const action of actions) {
      if (action._tag === "Drop") this.#count("drops", action.reason)
      else this.#count("outputs", "event" in action ? `${action._tag} ${action.event}` : action._tag)
    }
    this.#parts("", state)
  }

  /** Counts a whole run. */
  run(): void {
    this.#count("runs", "sequences")
  }

  /** The counts so far; of the drop reasons each is there, also one that was never reached. */
  counts(): Counts {
    const never = Object.fromEntries(Object.keys(reasons).map((reason) => [reason, 0]))
    return merged([
      { drops: never },
      Object.fromEntries([...this.#tables].map(([table, counts]) => [table, Object.fromEntries(counts)]))
    ])
  }

  #count(table: string, name: string): void {
    const counts = this.#tables.get(table) ?? new Map<string, number>()
    counts.set(name, (counts.get(name) ?? 0) + 1)
    this.#tables.set(table, counts)
  }

  /** The kinds of what a state holds: its words, flags and what is there at all, by path. */
  #parts(path: string, value: object): void {
    for (const [key, part] of Object.entries(value)) {
      if (CONSTANT.has(key)) continue
      const at = Array.isArray(value) ? path : path === "" ? key : `${path}.${key}`
      if (isObject(part)) {
        if (Array.isArray(value)) this.#count("states", at)
        this.#parts(at, part)
      } else if (typeof part === "boolean" || (typeof part === "string" && isWord(part))) {
        this.#count("states", `${at} ${part}`)
      }
    }
  }
}

/** Counts added up, name by name. */
export const merged = (all: ReadonlyArray<Counts>): Counts => {
  const sum: Record<string, Record<string, number>> = {}
  for (const counts of all) {
    for (const [table, names] of Object.entries(counts)) {
      const into = (sum[table] ??= {})
      for (const [name, count] of Object.entries(names)) into[name] = (into[name] ?? 0) + count
    }
  }
  return sum
}

/** Counts as text for people: a line a table, most frequent first. */
export const countsText = (counts: Counts): string =>
  Object.entries(counts)
    .map(([table, names]) => {
      const sorted = Object.entries(names).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      return `  ${table}: ${sorted.map(([name, count]) => `${name} ${count}`).join(", ")}`
    })
    .join("\n")
