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

/** A test that waits for so long waits for ever: all that these tests wait for comes at once. */
const PATIENCE_MS = 10_000

/** Waits for a promise; throws OutOfSteps if it never settles. */
const settled = async (promise: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const never = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfSteps("this test waits for ever")), PATIENCE_MS)
  })
  try {
    await Promise.race([promise, never])
  } finally {
    clearTimeout(timer)
  }
}

/** What was reached, by mutant; a list of numbers, because a test reaches places millions of times. */
class Counted {
  #counts = new Uint32Array(1024)

  add(id: number): void {
    if (id >= this.#counts.length) {
      const longer = new Uint32Array(2 ** Math.ceil(Math.log2(id + 1)))
      longer.set(this.#counts)
      this.#counts = longer
    }
    this.#counts[id]! += 1
  }

  /** Adds what was counted to `hits` and begins anew. */
  moveTo(hits: Hits): void {
    this.#counts.forEach((count, id) => {
      if (count > 0) hits[id] = (hits[id] ?? 0) + count
    })
    this.#counts.fill(0)
  }
}

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
  readonly #counted = new Counted()

  /** `mutant` is active while all is loaded; throws whatever the modules throw. */
  constructor(load: Load, require: (name: string) => unknown, mutant: number, counts: boolean) {
    this.#own = this.#active = mutant
    const active = (id: number): boolean => {
      if (--this.#left < 0) throw new OutOfSteps("this test takes too many steps")
      return id === this.#active
    }
    const cover = (...ids: ReadonlyArray<number>): void => {
      for (const id of ids) this.#counted.add(id)
    }
    const { vitest } = this.#registry
    const file = (name: string, body: () => void): void => void this.#bodies.set(name, body)
    load((name) => (name === "vitest" ? vitest : require(name)), active, counts, cover, file)
    this.#counted.moveTo(this.coverage.static)
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
    try {
      const tests = this.#registry.gather(file, this.#bodies.get(file) ?? (() => undefined))
      this.#counted.moveTo(hits)
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
    this.#counted.moveTo({})
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
      try {
        const result = test?.run()
        if (result instanceof Promise) await settled(result)
      } finally {
        steps = all - this.#left
        isOutOfSteps = this.#left < 0
        this.#counted.moveTo(this.coverage.perTest[id] ??= { ...hits })
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
