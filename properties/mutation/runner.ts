/**
 * A test runner for StrykerJS that loads all tests once and runs them in its own process: milliseconds a
 * mutant, where a runner that starts vitest anew needs seconds. The tests are those of `suite.ts`, unchanged.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  type DryRunResult, DryRunStatus, type MutantRunOptions, type MutantRunResult, MutantRunStatus,
  type TestResult, type TestRunner, TestStatus
} from "@stryker-mutator/api/test-runner"
import { PluginKind } from "@stryker-mutator/api/plugin"
import { bundled } from "./bundle.ts"
import { compiled, fileOf, type Instance, stepsAllowed } from "./instance.ts"
import { BUDGET_MS, mutationTests, MOST_MS, MOST_STEPS, QUIET_ENVIRONMENT } from "./suite.ts"

/** What the first run told of a test. */
interface Known {
  readonly ms: number
  readonly steps: number
}

/** What the first run told: of each test, and which mutants each file reaches outside of its tests. */
interface FirstRun {
  readonly tests: Readonly<Record<string, Known>>
  readonly outside: Readonly<Record<string, ReadonlyArray<number>>>
}

/** Prints nothing: tests tell of what they explored, thousands of times. */
const silence = (): void => {
  console.log = () => undefined
}

/** Titles of tests that begin alike are of a kind; that of a sequence says first what it is about. */
const KIND_LETTERS = 40
const SEQUENCE = /about .* number/

/** What a test is like: its file and how its title begins. */
const kindOf = (id: string): string => {
  const title = id.slice(fileOf(id).length + 1)
  return `${fileOf(id)} ${SEQUENCE.exec(title)?.[0] ?? title.slice(0, KIND_LETTERS)}`
}

class InProcessRunner implements TestRunner {
  readonly #folder = process.cwd()
  #fresh: ReturnType<typeof compiled> | null = null
  #shared: Instance | null = null
  #firstRun: FirstRun | null = null
  /** How often a test, and a file of tests, killed a mutant of a file. */
  readonly #kills = new Map<string, Map<string, number>>()

  capabilities() {
    return { reloadEnvironment: true }
  }

  async init(): Promise<void> {
    Object.assign(process.env, QUIET_ENVIRONMENT)
    silence()
    const file = join(this.#folder, "madmux-tests.cjs")
    if (!existsSync(file)) {
      const code = await bundled(this.#folder, mutationTests(this.#folder))
      writeFileSync(`${file}.${process.pid}`, code)
      renameSync(`${file}.${process.pid}`, file)
    }
    this.#fresh = compiled(readFileSync(file, "utf8"), file)
  }

  /** Another process may have done the first run, after this one began. */
  get #first(): FirstRun {
    const first: FirstRun = this.#firstRun ?? JSON.parse(readFileSync(this.#firstFile, "utf8"))
    this.#firstRun = first
    return first
  }

  /** Of all runs: a sandbox is a folder of sys-mutate/sandbox. */
  get #slowFile(): string {
    return join(this.#folder, "..", "..", "slow-tests.json")
  }

  get #firstFile(): string {
    return join(this.#folder, "madmux-tests.json")
  }

  #instance(mutant?: number, counts?: boolean): Instance {
    if (this.#fresh === null) throw new Error("init comes first")
    return this.#fresh(mutant, counts)
  }

  /**
   * Runs every test twice: for what it reaches, and for how long it takes where nothing is counted. Those that take
   * too long are left out, and noted, so that the next first run leaves them out at once.
   */
  async dryRun(): Promise<DryRunResult> {
    const counted = this.#instance(undefined, true)
    const timed = this.#instance()
    const noted = existsSync(this.#slowFile) ? readFileSync(this.#slowFile, "utf8") : "[]"
    const slow = new Set<string>(JSON.parse(noted))
    const tests: Array<TestResult> = []
    const known: Record<string, Known> = {}
    for (const { file, id, title } of counted.tests) {
      if (slow.has(id)) continue
      const { failure, isOutOfSteps, steps } = await counted.run(id, undefined, MOST_STEPS)
      const { ms } = isOutOfSteps ? { ms: Infinity } : await timed.run(id)
      if (ms > MOST_MS) {
        slow.add(id)
        delete counted.coverage.perTest[id]
        continue
      }
      known[id] = { ms, steps }
      const of = { id, name: title, fileName: join(this.#folder, file), timeSpentMs: ms }
      tests.push(failure === null
        ? { ...of, status: TestStatus.Success }
        : { ...of, status: TestStatus.Failed, failureMessage: failure })
    }
    const files = new Set(Object.keys(known).map(fileOf))
    const outside = Object.fromEntries([...files].map((file) => [file, counted.reachedBy(file)]))
    this.#firstRun = { tests: known, outside }
    writeFileSync(this.#firstFile, JSON.stringify(this.#firstRun))
    writeFileSync(this.#slowFile, JSON.stringify([...slow].sort(), null, 1))
    return { status: DryRunStatus.Complete, tests, mutantCoverage: counted.coverage }
  }

  /**
   * The tests that may kill it, those first that are likely to do it in a short time: which kills others of the
   * same file, or whose test file does; as many as the budget allows. Every other one is of the next kind, so that
   * what a hundred tests reach is not tried by a hundred of a kind.
   */
  #order(file: string, wanted: ReadonlyArray<string> | undefined): ReadonlyArray<string> {
    const kills = this.#kills.get(file)
    const known = this.#first.tests
    const worth = (id: string): number =>
      ((kills?.get(id) ?? 0) + 0.05 * (kills?.get(fileOf(id)) ?? 0) + 0.1) / ((known[id]?.ms ?? 1) + 0.5)
    const sorted = (wanted ?? Object.keys(known))
      .filter((id) => id in known)
      .map((id) => ({ id, by: worth(id) }))
      .sort((a, b) => b.by - a.by)
    const kinds = [...Map.groupBy(sorted, ({ id }) => kindOf(id)).values()]
    const longest = Math.max(0, ...kinds.map(({ length }) => length))
    const inTurn = Array.from({ length: longest }, (_, i) => kinds.flatMap((tests) => tests[i]?.id ?? [])).flat()
    const turns = [...new Set(sorted.flatMap(({ id }, i) => [id, inTurn[i] ?? id]))]
    let left = BUDGET_MS
    const end = turns.findIndex((id) => (left -= known[id]?.ms ?? 0) < 0)
    return turns.slice(0, end < 0 ? turns.length : Math.max(1, end))
  }

  async #try(instance: Instance, mutant: number, order: ReadonlyArray<string>): Promise<MutantRunResult> {
    const { outside, tests } = this.#first
    let count = 0
    for (const id of order) {
      count += 1
      const allowed = stepsAllowed(tests[id]?.steps ?? 0)
      const isAnew = outside[fileOf(id)]?.includes(mutant) ?? false
      const { failure, isOutOfSteps } = await instance.run(id, mutant, allowed, isAnew)
      if (isOutOfSteps) return { status: MutantRunStatus.Timeout, reason: `too many steps in: ${id}` }
      if (failure === null) continue
      const failureMessage = failure.slice(0, 300)
      return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage, nrOfTests: count }
    }
    return { status: MutantRunStatus.Survived, nrOfTests: count }
  }

  /** A copy of its own for the mutant, active from the start. */
  async #alone(mutant: number, order: ReadonlyArray<string>): Promise<MutantRunResult> {
    try {
      return await this.#try(this.#instance(mutant), mutant, order)
    } catch (fault) {
      return { status: MutantRunStatus.Error, errorMessage: `does not load: ${String(fault)}` }
    }
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, sandboxFileName, testFilter } = options
    const mutant = Number(activeMutant.id)
    const order = this.#order(sandboxFileName, testFilter)
    if (mutantActivation === "static") return this.#noted(sandboxFileName, await this.#alone(mutant, order))
    this.#shared ??= this.#instance()
    const result = await this.#try(this.#shared, mutant, order)
    if (result.status === MutantRunStatus.Survived) return result
    if (result.status === MutantRunStatus.Timeout) {
      this.#shared = null
      return result
    }
    // What a mutant left behind must kill no other: the test must pass without it, or the copy is given up.
    const [by = ""] = result.status === MutantRunStatus.Killed ? result.killedBy : []
    const { failure } = await this.#shared.run(by)
    if (failure === null) return this.#noted(sandboxFileName, result)
    this.#shared = null
    return this.#noted(sandboxFileName, await this.#alone(mutant, order))
  }

  #noted(file: string, result: MutantRunResult): MutantRunResult {
    if (result.status !== MutantRunStatus.Killed) return result
    const kills = this.#kills.get(file) ?? new Map<string, number>()
    this.#kills.set(file, kills)
    const by = result.killedBy.flatMap((id) => [id, fileOf(id)])
    for (const id of by) kills.set(id, (kills.get(id) ?? 0) + 1)
    return result
  }
}

const makeRunner = (): TestRunner => new InProcessRunner()

/** A text with a blank in it is a sentence for people: another wording breaks no rule. */
const SENTENCE = /\s\S*\w|\w\S*\s/

/** What of a node of the syntax tree is looked at. */
interface NodePath {
  readonly node: {
    readonly type: string
    readonly value?: unknown
    readonly quasis?: ReadonlyArray<{ readonly value: { readonly raw: string } }>
  }
}

const ignorer = {
  shouldIgnore: ({ node }: NodePath): string | undefined => {
    const text = node.type === "StringLiteral" && typeof node.value === "string"
      ? node.value
      : node.type === "TemplateLiteral" ? (node.quasis ?? []).map(({ value }) => value.raw).join("") : ""
    return SENTENCE.test(text) ? "a sentence for people" : undefined
  }
}

/** What StrykerJS looks for in a plugin. */
export const strykerPlugins = [
  { kind: PluginKind.TestRunner, name: "in-process", factory: makeRunner },
  { kind: PluginKind.Ignore, name: "sentences", value: ignorer }
]
