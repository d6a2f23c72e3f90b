/** Gathers the tests of files written for vitest, so that they can run again and again in one process. */
import { format } from "node:util"
import { expect, vi } from "vitest"

/** What a test or a hook does; a promise is waited for. */
type Body = (...values: ReadonlyArray<unknown>) => unknown

/** A group of tests with what runs around each of them. */
interface Suite {
  readonly title: string
  readonly parent: Suite | null
  readonly before: Array<Body>
  readonly after: Array<Body>
}

/** One test: `id` is its file, a number sign and its title with those of its suites. */
export interface GatheredTest {
  readonly id: string
  readonly file: string
  readonly title: string
  /** Runs it with the hooks of its suites; throws, or rejects, if it fails. */
  readonly run: () => unknown
}

/** The title of one row of `each`, as vitest writes it: %s, %i and so on, or `$name` of an object. */
const rowTitle = (title: string, row: ReadonlyArray<unknown>): string => {
  const count = title.match(/%[sdifjo]/g)?.length ?? 0
  return format(title, ...row.slice(0, count))
}

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise

/** Runs one after the other; at once, unless one of them returns a promise. */
const inTurn = (bodies: ReadonlyArray<() => unknown>, at = 0): unknown => {
  for (let each = at; each < bodies.length; each += 1) {
    const result = bodies[each]?.()
    if (isPromise(result)) return result.then(() => inTurn(bodies, each + 1))
  }
  return undefined
}

const hooks = (suite: Suite | null, of: "before" | "after"): ReadonlyArray<Body> =>
  suite === null ? [] : of === "before"
    ? [...hooks(suite.parent, of), ...suite.before]
    : [...suite.after, ...hooks(suite.parent, of)]

const titles = (suite: Suite | null): ReadonlyArray<string> =>
  suite === null ? [] : [...titles(suite.parent), ...(suite.title === "" ? [] : [suite.title])]

type Options = number | Readonly<Record<string, unknown>> | Body

/**
 * The tests that files register while they are loaded. `vitest` is what they import by that name: `describe`,
 * `it`, `test`, `each`, `skipIf`, hooks around each test, and vitest's own `expect` and `vi`. Hooks around
 * all tests of a suite throw a sentence: what they prepare would outlive the mutant that was there then.
 */
export class Registry {
  #tests: Array<GatheredTest> = []
  #ids = new Set<string>()
  #file = ""
  #suite: Suite = { title: "", parent: null, before: [], after: [] }

  /** The tests that a file registers while `body` runs, in their order; throws what that throws. */
  gather(file: string, body: () => void): ReadonlyArray<GatheredTest> {
    this.#file = file
    this.#suite = { title: "", parent: null, before: [], after: [] }
    this.#tests = []
    this.#ids = new Set()
    body()
    return this.#tests
  }

  readonly #inSuite = (title: string, body: () => unknown): void => {
    const parent = this.#suite
    this.#suite = { title, parent, before: [], after: [] }
    body()
    this.#suite = parent
  }

  readonly #add = (title: string, body: () => unknown): void => {
    const suite = this.#suite
    const whole = [...titles(suite), title].join(" > ")
    const free = (count: number): string => {
      const id = `${this.#file}#${whole}${count === 1 ? "" : ` (${count})`}`
      return this.#ids.has(id) ? free(count + 1) : id
    }
    const id = free(1)
    this.#ids.add(id)
    const context = { task: { name: title, file: { name: this.#file } } }
    const run = (): unknown =>
      inTurn([
        ...hooks(suite, "before").map((hook) => () => hook(context)),
        body,
        ...hooks(suite, "after").map((hook) => () => hook(context))
      ])
    this.#tests.push({ id, file: this.#file, title: whole, run })
  }

  #adder(add: (title: string, body: () => unknown) => void) {
    const call = (title: string, first: Options, second?: Options): void => {
      const body = typeof first === "function" ? first : second
      const task = { name: title, file: { name: this.#file } }
      if (typeof body === "function") add(title, () => body({ task }))
    }
    const each = (rows: ReadonlyArray<unknown>) => (title: string, first: Options, second?: Options) => {
      const body = typeof first === "function" ? first : second
      if (typeof body !== "function") return
      for (const row of rows) {
        const values = Array.isArray(row) ? row : [row]
        add(rowTitle(title, values), () => body(...values))
      }
    }
    const skipped = Object.assign(() => undefined, { each: () => () => undefined })
    const skipIf = (skips: unknown) => (skips ? skipped : call)
    return Object.assign(call, { each, skipIf })
  }

  /** What `import ... from "vitest"` gives the files. */
  readonly vitest = {
    expect,
    vi,
    it: this.#adder(this.#add),
    test: this.#adder(this.#add),
    describe: this.#adder(this.#inSuite),
    beforeEach: (body: Body): void => void this.#suite.before.push(body),
    afterEach: (body: Body): void => void this.#suite.after.push(body),
    beforeAll: (): void => {
      throw new Error(`${this.#file}: what a hook before all tests makes would outlive the mutant`)
    },
    afterAll: (): void => {
      throw new Error(`${this.#file}: a hook after all tests has no place where one test runs alone`)
    }
  }
}
