/**
 * Runs plain code one access to shared memory at a time. A process is code that is called round after round; to do one
 * step, its round begins anew from what the process held then, is told again what its accesses saw, does one more, and
 * stops before the next. So the code needs no thread and no change, and every order of the steps can be tried.
 */
import type { SharedRegion } from "../../impl/ring/memory.ts"
import type { AtomicsUsed } from "./instrumented.ts"

/** A word that processes share. */
export interface Cell {
  readonly word: number
  readonly name: string
  /**
   * `index`: accessed by Atomics; a plain read may see whatever the word ever held, a plain write is refused.
   * `fresh`: the same, but a plain read sees what the word holds. `slot`: plain, ordered by the indices.
   */
  readonly kind: "index" | "fresh" | "slot"
}

/** What a round says: call it again, or the process has ended. */
export type RoundEnd = "again" | "done"

/** A process. What it keeps from round to round lies in `holders`: numbers, booleans and Int32Arrays among their fields. */
export interface Process {
  readonly name: string
  readonly holders: ReadonlyArray<object>
  readonly round: () => RoundEnd
}

/** The memory is used as it must not be, or a process saw what it must not see. */
export class Violation extends Error {}

/** A process as it is between two steps. */
export interface ProcessState {
  /** What it held when its round began. */
  readonly held: string
  /** What the accesses of the round saw so far. */
  readonly seen: ReadonlyArray<number>
  /** The cell at which it sleeps, or {@link AWAKE}, or {@link ENDED}. */
  readonly asleep: number
}
export const AWAKE = -1
export const ENDED = -2

/** Everything between two steps. `past`: the values that an index held before. */
export interface State {
  readonly cells: ReadonlyArray<number>
  readonly past: ReadonlyArray<ReadonlyArray<number>>
  readonly processes: ReadonlyArray<ProcessState>
  /** How often a sleep may still time out. */
  readonly timeouts: number
}

const OUTCOMES = ["ok", "not-equal", "timed-out"] as const
const OK = 0
const NOT_EQUAL = 1
const TIMED_OUT = 2
const NO_CELL = -1
const STOP = { stop: "before the next access" }

const isNumeric = (key: string | symbol): key is string => typeof key === "string" && /^\d+$/.test(key)

/** The memory that processes share: real words, but those declared as cells are stepped. */
export class SteppedMemory {
  /** As the ring code sees it. */
  readonly region: SharedRegion
  /** Accesses so far, for each a line, while {@link SteppedMemory.isRecording}. */
  readonly record: Array<string> = []
  isRecording = false
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #seen: Int32Array
  readonly #cellOf: Int32Array
  readonly #cells: Array<Cell> = []
  #values: Array<number> = []
  #past: ReadonlyArray<ReadonlyArray<number>> = []
  #processes: Array<ProcessState> = []
  #timeouts = 0
  /** The process whose step it is; -1: nobody's, memory is accessed directly. */
  #current = -1
  #told: ReadonlyArray<number> = []
  #at = 0
  #fresh: Array<number> = []
  #choice = 0
  #choices = 1
  #hasStepped = false

  constructor(region: SharedRegion) {
    this.#words = region.words
    this.#cellOf = new Int32Array(region.words.length).fill(NO_CELL)
    this.#seen = new Proxy(region.words, {
      get: (words, key) => (isNumeric(key) ? this.#plainRead(Number(key)) : Reflect.get(words, key, words)),
      set: (_, key, value) => isNumeric(key) && this.#plainWrite(Number(key), value)
    })
    this.region = Object.create(region, {
      words: { value: this.#seen },
      copySlot: { value: (to: number, from: number) => this.#copySlot(to, from) }
    })
  }

  /** Declares cells; what they hold now is what they begin with. */
  declare(cells: ReadonlyArray<Cell>): void {
    for (const cell of cells) {
      this.#cellOf[cell.word] = this.#cells.length
      this.#cells.push(cell)
    }
  }

  /** The state in which no process has done anything. */
  initial(processes: ReadonlyArray<Process>, timeouts: number): State {
    return {
      cells: this.#cells.map(({ word }) => this.#words[word]!),
      past: this.#cells.map(({ kind, word }) => (kind === "index" ? [this.#words[word]!] : [])),
      processes: processes.map((process) => ({ held: heldBy(process), seen: [], asleep: AWAKE })),
      timeouts
    }
  }

  readonly atomics: AtomicsUsed = stepped({
    load: (at) => this.#access(at, "load", (cell) => this.#values[cell]!),
    store: (at, value) => this.#access(at, `store ${value}`, (cell) => this.#set(cell, value), () => (this.#words[at] = value)),
    exchange: (at, value) => this.#access(at, `exchange ${value}`, (cell) => {
      const before = this.#values[cell]!
      this.#set(cell, value)
      return before
    }),
    compareExchange: (at, expected, value) => this.#access(at, `compareExchange ${expected} ${value}`, (cell) => {
      const before = this.#values[cell]!
      if (before === expected) this.#set(cell, value)
      return before
    }),
    or: (at, bits) => this.#access(at, `or ${bits}`, (cell) => {
      const before = this.#values[cell]!
      this.#set(cell, before | bits)
      return before
    }),
    notify: (at, count) => this.#access(at, "notify", (cell) => this.#notify(cell, count)),
    wait: (at, expected, timeoutMs) => OUTCOMES[this.#access(at, `wait while ${expected}`, (cell) =>
      this.#wait(cell, expected, timeoutMs))] ?? "ok"
  })

  /**
   * The next step of process `index`, or null when it cannot step. `choice` says which of several ways it goes; the
   * answer holds how many there are. Throws a Violation, or what the code throws.
   */
  step(state: State, processes: ReadonlyArray<Process>, index: number, choice: number): { next: State; choices: number } | null {
    const before = state.processes[index]!
    if (before.asleep === ENDED) return null
    if (before.asleep !== AWAKE && state.timeouts === 0) return null
    this.#values = [...state.cells]
    this.#past = state.past
    this.#processes = [...state.processes]
    this.#timeouts = state.timeouts
    this.#choice = choice
    this.#choices = 1
    this.#hasStepped = false
    if (before.asleep !== AWAKE) this.#timeOut(index, before)
    else this.#run(processes[index]!, index, before)
    const next = { cells: this.#values, past: this.#past, processes: this.#processes, timeouts: this.#timeouts }
    return { next, choices: this.#choices }
  }

  #timeOut(index: number, before: ProcessState): void {
    this.#timeouts -= 1
    this.#note(index, before.asleep, "the sleep times out", TIMED_OUT)
    this.#processes[index] = { ...before, seen: [...before.seen, TIMED_OUT], asleep: AWAKE }
  }

  /** Rounds until one access was done and the next is ahead. */
  #run(process: Process, index: number, before: ProcessState): void {
    let { held, seen } = before
    this.#current = index
    try {
      for (;;) {
        hold(process, held)
        this.#told = seen
        this.#at = 0
        this.#fresh = []
        const end = process.round()
        held = heldBy(process)
        seen = []
        this.#processes[index] = { held, seen, asleep: end === "done" ? ENDED : AWAKE }
        if (end === "done" || this.#hasStepped) return
      }
    } catch (cause) {
      if (cause !== STOP) throw cause
      if (this.#processes[index]!.asleep === AWAKE) {
        this.#processes[index] = { held, seen: [...seen, ...this.#fresh], asleep: AWAKE }
      }
    } finally {
      this.#current = -1
    }
  }

  /** One access: told again, done now, or not any more. */
  #access(word: number, what: string, act: (cell: number) => number, direct?: () => number): number {
    if (word === undefined || word >= this.#cellOf.length) throw new Violation(`no word ${word} in the region`)
    const cell = this.#cellOf[word]!
    if (this.#current === -1 || cell === NO_CELL) {
      if (what === "load") return this.#words[word]!
      if (this.#current === -1 && direct !== undefined) return direct()
      throw new Violation(`${what} at word ${word}, which nobody shares`)
    }
    if (this.#at < this.#told.length) return this.#told[this.#at++]!
    if (this.#hasStepped) throw STOP
    this.#hasStepped = true
    const result = act(cell)
    this.#fresh.push(result)
    this.#note(this.#current, cell, what, result)
    return result
  }

  #note(process: number, cell: number, what: string, result: number): void {
    if (this.isRecording) this.record.push(`${process} ${this.#cells[cell]!.name}: ${what} -> ${result}`)
  }

  #set(cell: number, value: number): number {
    this.#values[cell] = value | 0
    const past = this.#past[cell]!
    if (this.#cells[cell]!.kind === "index" && !past.includes(value | 0)) this.#past = this.#past.with(cell, [...past, value | 0])
    return value | 0
  }

  #plainRead(word: number): number {
    return this.#access(word, "load", (cell) => {
      if (this.#cells[cell]!.kind !== "index") return this.#values[cell]!
      // Nothing orders this read: any value that the word held may be seen, the last one first.
      const { [cell]: now } = this.#values
      const others = this.#past[cell]!.filter((value) => value !== now)
      this.#choices = 1 + others.length
      return this.#choice === 0 ? now! : others[this.#choice - 1]!
    })
  }

  #plainWrite(word: number, value: number): boolean {
    this.#access(word, `plain write ${value}`, (cell) => {
      if (this.#cells[cell]!.kind === "slot") return this.#set(cell, value)
      throw new Violation(`${this.#cells[cell]!.name} is written without Atomics: nothing orders the slots before it`)
    }, () => (this.#words[word] = value))
    return true
  }

  #copySlot(to: number, from: number): void {
    for (let word = 0; word < SLOT_ENDS.length; word++) {
      this.#words[to + SLOT_ENDS[word]!] = this.#plainRead(from + SLOT_ENDS[word]!)
    }
  }

  #notify(cell: number, count: number | undefined): number {
    const sleepers = this.#processes.flatMap(({ asleep }, index) => (asleep === cell ? [index] : []))
    if (sleepers.length > 1) throw new Violation(`${sleepers.length} processes sleep at ${this.#cells[cell]!.name}`)
    const [index] = sleepers
    if (index === undefined || count === 0) return 0
    const { held, seen } = this.#processes[index]!
    this.#processes[index] = { held, seen: [...seen, OK], asleep: AWAKE }
    return 1
  }

  /** Does not return when the process falls asleep. */
  #wait(cell: number, expected: number, timeoutMs: number | undefined): number {
    if (this.#values[cell] !== expected) return NOT_EQUAL
    if (timeoutMs === 0) return TIMED_OUT
    this.#note(this.#current, cell, `sleeps while ${expected}`, OK)
    const { held, seen } = this.#processes[this.#current]!
    // The round that began in this step, if one did, holds what it held then.
    this.#processes[this.#current] = { held, seen: [...seen, ...this.#fresh], asleep: cell }
    throw STOP
  }
}

/** The words of a slot that are looked at: the first and the last. */
export const SLOT_ENDS = [0, 79] as const

interface Accesses {
  readonly load: (at: number) => number
  readonly store: (at: number, value: number) => number
  readonly exchange: (at: number, value: number) => number
  readonly compareExchange: (at: number, expected: number, value: number) => number
  readonly or: (at: number, bits: number) => number
  readonly notify: (at: number, count?: number) => number
  readonly wait: (at: number, expected: number, timeoutMs?: number) => (typeof OUTCOMES)[number]
}
/** Accesses as `Atomics` has them, whatever words are given: there is one memory. */
const stepped = (accesses: Accesses): AtomicsUsed =>
  new Function("accesses", `return Object.fromEntries(Object.entries(accesses).map(([name, access]) =>
    [name, (words, ...rest) => access(...rest)]))`)(accesses)

/** An array that is not the shared memory. */
const isOwnArray = (value: unknown): value is Int32Array =>
  value instanceof Int32Array && !(value.buffer instanceof SharedArrayBuffer)

/** A field of a holder that varies. */
interface Field {
  readonly holder: object
  readonly key: string
  readonly array: Int32Array | null
}
const fields = new WeakMap<Process, ReadonlyArray<Field>>()
const fieldsOf = (process: Process): ReadonlyArray<Field> => {
  const known = fields.get(process)
  if (known !== undefined) return known
  const found = process.holders.flatMap((holder) =>
    Object.keys(holder).flatMap((key): ReadonlyArray<Field> => {
      const value: unknown = Reflect.get(holder, key)
      if (isOwnArray(value)) return [{ holder, key, array: value }]
      return typeof value === "number" || typeof value === "boolean" ? [{ holder, key, array: null }] : []
    }))
  fields.set(process, found)
  return found
}

/** All that a process holds, as text. */
const heldBy = (process: Process): string =>
  JSON.stringify(fieldsOf(process).map(({ array, holder, key }): unknown => (array === null ? Reflect.get(holder, key) : [...array])))

const parsed = new Map<string, ReadonlyArray<unknown>>()
const valuesOf = (held: string): ReadonlyArray<unknown> => {
  const known = parsed.get(held)
  if (known !== undefined) return known
  const values: ReadonlyArray<unknown> = JSON.parse(held)
  parsed.set(held, values)
  return values
}

const hold = (process: Process, held: string): void => {
  const values = valuesOf(held)
  for (const [i, { array, holder, key }] of fieldsOf(process).entries()) {
    const value = values[i]
    if (array === null) Reflect.set(holder, key, value)
    else if (Array.isArray(value)) array.set(value)
  }
}
