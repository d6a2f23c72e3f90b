/** A loaded copy of all tests and all code they import, in which one mutant at a time can be active. */
import { createRequire } from "node:module"
import { Script, constants } from "node:vm"
import { type GatheredTest, Registry } from "./registry.ts"

/** Counts by mutant, as StrykerJS wants them. */
type Hits = Record<string, number>

/** What was reached: while all was loaded, and in each test. */
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
  begin: (file: string) => void
) => void

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

/** All tests with their own copy of all modules. */
export class Instance {
  readonly coverage: Coverage = { static: {}, perTest: {} }
  readonly #registry = new Registry()
  readonly #tests: ReadonlyMap<string, GatheredTest>
  #active: number
  #left = Infinity
  #allowed = Infinity
  #hits: Hits = this.coverage.static

  /** `mutant` is active while all is loaded; throws whatever the modules throw. */
  constructor(load: Load, require: (name: string) => unknown, mutant: number, counts: boolean) {
    this.#active = mutant
    const active = (id: number): boolean => {
      if (--this.#left < 0) throw new OutOfSteps("this test takes too many steps")
      return id === this.#active
    }
    const cover = (...ids: ReadonlyArray<number>): void => {
      for (const id of ids) this.#hits[id] = (this.#hits[id] ?? 0) + 1
    }
    const vitest = this.#registry.vitest
    load((name) => (name === "vitest" ? vitest : require(name)), active, counts, cover, this.#registry.begin)
    this.#tests = new Map(this.#registry.tests.map((test) => [test.id, test]))
  }

  /** The tests in the order in which they were registered. */
  get tests(): ReadonlyArray<GatheredTest> {
    return this.#registry.tests
  }

  /** Runs a test with a mutant active, or none; it may pass so many places. */
  async run(id: string, mutant: number = NOBODY, allowed = Infinity): Promise<Outcome> {
    const test = this.#tests.get(id)
    if (test === undefined) return { failure: `there is no test ${id}`, isOutOfSteps: false, steps: 0, ms: 0 }
    this.#active = mutant
    this.#allowed = this.#left = allowed === Infinity ? Number.MAX_SAFE_INTEGER : allowed
    this.#hits = this.coverage.perTest[id] ??= {}
    const began = process.threadCpuUsage()
    let failure: string | null = null
    try {
      const result = test.run()
      if (result instanceof Promise) await result
    } catch (fault) {
      failure = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault)
    }
    const { system, user } = process.threadCpuUsage(began)
    const steps = this.#allowed - this.#left
    const isOutOfSteps = this.#left < 0
    this.#left = Infinity
    this.#active = NOBODY
    this.#hits = this.coverage.static
    return { failure, isOutOfSteps, steps, ms: (system + user) / 1000 }
  }
}
