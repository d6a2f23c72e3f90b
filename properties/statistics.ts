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

/** How often something was there. */
interface Count {
  times: number
}

/** What an object holds, under the path at which it was met: each as often as it is there. */
interface Held {
  readonly path: string
  readonly parts: ReadonlyArray<Count>
}

/** What steps have reached so far. */
export class Statistics {
  readonly #tables = new Map<string, Map<string, Count>>()
  /** Most of a state is the same objects as of the state before. */
  readonly #held = new WeakMap<object, Held>()

  /** Counts one step. */
  note({ actions, command, state }: Step): void {
    this.#count("commands", command.op).times += 1
    for (const action of actions) this.#countOf(action).times += 1
    for (const part of this.#parts("", state)) part.times += 1
  }

  /** Counts a whole run. */
  run(): void {
    this.#count("runs", "sequences").times += 1
  }

  /** The counts so far; of the drop reasons each is there, also one that was never reached. */
  counts(): Counts {
    const never = Object.fromEntries(Object.keys(reasons).map((reason) => [reason, 0]))
    return merged([
      { drops: never },
      Object.fromEntries([...this.#tables].map(([table, counts]) =>
        [table, Object.fromEntries([...counts].map(([name, { times }]) => [name, times]))]))
    ])
  }

  #count(table: string, name: string): Count {
    const counts = this.#tables.get(table) ?? new Map<string, Count>()
    const count = counts.get(name) ?? { times: 0 }
    this.#tables.set(table, counts.set(name, count))
    return count
  }

  #countOf(action: Step["actions"][number]): Count {
    if (action._tag === "Drop") return this.#count("drops", action.reason)
    return this.#count("outputs", "event" in action ? `${action._tag} ${action.event}` : action._tag)
  }

  /** What an object holds: its words, flags and what is there at all, by path. */
  #parts(path: string, value: object): ReadonlyArray<Count> {
    const known = this.#held.get(value)
    if (known?.path === path) return known.parts
    const isList = Array.isArray(value)
    const parts: Array<Count> = []
    for (const [key, part] of Object.entries(value)) {
      if (CONSTANT.has(key)) continue
      const at = isList ? path : path === "" ? key : `${path}.${key}`
      if (isObject(part)) {
        if (isList) parts.push(this.#count("states", at))
        for (const each of this.#parts(at, part)) parts.push(each)
      } else if (typeof part === "boolean" || (typeof part === "string" && isWord(part))) {
        parts.push(this.#count("states", `${at} ${part}`))
      }
    }
    this.#held.set(value, { path, parts })
    return parts
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
