/** A loaded copy of all tests and all code they import, in which one mutant at a time can be active. */
import { createRequire } from "node:module"
import { Script, constants } from "node:vm"
import { type GatheredTest, Registry } from "./registry.ts"

/** Counts by mutant, as StrykerJS wants them. */
type Hits = Record<string, number>

/**
 * What was reached: while the modules were loaded, and in each test, with what its file reached while that was
 * loaded.
 */
export interface Coverage {
  readonly static: Hits
  readonly perTest: Record<string, Hits>
}

/** Thrown where a test takes more steps than it may: a loop that does not end. */
export class OutOfSteps extends Error {}

/**
 * What a test came to: `steps` are places passed at which a mutant could be; `failure` is null if it passed.
 */
export interface Outcome {
  readonly failure: string | null
  readonly isOutOfSteps: boolean
  readonly steps: number
  readonly ms: number
}

type Load = (
  require: (name: string) => unknown,
  active: (id: number) => boolean,
  counts: boolean,
  cover: (...ids: ReadonlyArray<number>) => void,
  file: (name: string, body: () => void) => void
) => void

/** A test file as it is loaded; `hits` and `steps` are of what it does outside of its tests. */
interface Loaded {
  readonly tests: ReadonlyMap<string, GatheredTest>
  readonly hits: Hits
  readonly steps: number
}

/** A file, or a test, that takes so many times the steps it took is in a loop that does not end. */
const STEPS_FACTOR = 30
const STEPS_MORE = 200_000
export const stepsAllowed = (steps: number): number => steps * STEPS_FACTOR + STEPS_MORE

/** The file of a test, from its id. */
export const fileOf = (id: string): string => id.slice(0, id.indexOf("#"))

const isLoad = (value: unknown): value is Load => typeof value === "function"
const NOBODY = -1

/** Compiles what `bundle.ts` made; each call of the result loads all of it anew. */
export const compiled = (code: string, path: string): ((mutant?: number, counts?: boolean) => Instance) => {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  const load: unknown = new Script(code, { filename: path, importModuleDynamically }).runInThisContext()
  if (!isLoad(load)) throw new Error(`${path} is no bundle of tests`)
  const require = createRequire(path)
  return (mutant = NOBODY, counts = false) => new Instance(load, require, mutant, counts)
}

/**
 * All tests with their own copy of all modules. A test file registers its tests when one of them is wanted.
 */
export class Instance {
  readonly coverage: Coverage = { static: {}, perTest: {} }
  readonly #registry = new Registry()
  readonly #bodies = new Map<string, () => void>()
  readonly #loaded = new Map<string, Loaded>()
  /** The mutant that was there from the start, or nobody. */
  readonly #own: number
  #anew = { mutant: NOBODY, files: new Map<string, Loaded>() }
  #active: number
  #left = Infinity
  #hits: Hits = this.coverage.static

  /** `mutant` is active while all is loaded; throws whatever the modules throw. */
  constructor(load: Load, require: (name: string) => unknown, mutant: number, counts: boolean) {
    this.#own = this.#active = mutant
    const active = (id: number): boolean => {
      if (--this.#left < 0) throw new OutOfSteps("this test takes too many steps")
      return id === this.#active
    }
    const cover = (...ids: ReadonlyArray<number>): void => {
      for (const id of ids) this.#hits[id] = (this.#hits[id] ?? 0) + 1
    }
    const { vitest } = this.#registry
    const file = (name: string, body: () => void): void => void this.#bodies.set(name, body)
    load((name) => (name === "vitest" ? vitest : require(name)), active, counts, cover, file)
    this.#hits = {}
  }

  /** The tests in the order in which they are registered. */
  get tests(): ReadonlyArray<GatheredTest> {
    return [...this.#bodies.keys()].flatMap((file) => [...this.#load(file).tests.values()])
  }

  /** What a test file reaches outside of its tests. */
  reachedBy(file: string): ReadonlyArray<number> {
    return Object.keys(this.#load(file).hits).map(Number)
  }

  #gather(file: string, mutant: number, allowed: number): Loaded {
    const hits: Hits = {}
    this.#active = mutant
    this.#left = allowed
    this.#hits = hits
    try {
      const tests = this.#registry.gather(file, this.#bodies.get(file) ?? (() => undefined))
      return { tests: new Map(tests.map((test) => [test.id, test])), hits, steps: allowed - this.#left }
    } finally {
      this.#rest()
    }
  }

  #load(file: string): Loaded {
    const loaded = this.#loaded.get(file) ?? this.#gather(file, this.#own, Number.MAX_SAFE_INTEGER)
    this.#loaded.set(file, loaded)
    return loaded
  }

  /** The file with what it makes outside of its tests made by the mutant. */
  #loadAnew(file: string, mutant: number): Loaded {
    if (this.#anew.mutant !== mutant) this.#anew = { mutant, files: new Map() }
    const allowed = stepsAllowed(this.#load(file).steps)
    const loaded = this.#anew.files.get(file) ?? this.#gather(file, mutant, allowed)
    this.#anew.files.set(file, loaded)
    return loaded
  }

  #rest(): void {
    this.#left = Infinity
    this.#active = NOBODY
    this.#hits = {}
  }

  /**
   * Runs a test with a mutant active, or none; it may pass so many places. `isAnew` if its file reaches the
   * mutant outside of its tests, so that what it makes there must be made by the mutant, too. A test that a
   * mutant keeps from being registered does not fail.
   */
  async run(id: string, mutant: number = NOBODY, allowed = Infinity, isAnew = false): Promise<Outcome> {
    const file = fileOf(id)
    let failure: string | null = null
    let isOutOfSteps = false
    let steps = 0
    const began = process.threadCpuUsage()
    try {
      const { hits, tests } = isAnew ? this.#loadAnew(file, mutant) : this.#load(file)
      const test = tests.get(id)
      if (test === undefined && mutant === NOBODY) throw new Error(`there is no test ${id}`)
      const all = allowed === Infinity ? Number.MAX_SAFE_INTEGER : allowed
      this.#active = mutant
      this.#left = all
      this.#hits = this.coverage.perTest[id] ??= { ...hits }
      try {
        const result = test?.run()
        if (result instanceof Promise) await result
      } finally {
        steps = all - this.#left
        isOutOfSteps = this.#left < 0
      }
    } catch (fault) {
      failure = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault)
      isOutOfSteps ||= fault instanceof OutOfSteps
    }
    this.#rest()
    const { system, user } = process.threadCpuUsage(began)
    return { failure, isOutOfSteps, steps, ms: (system + user) / 1000 }
  }
}
