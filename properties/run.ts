/** Runs fast-check properties with a seed that is always printed and can be chosen from outside. */
import fc from "fast-check"

const numberOf = (name: string): number | undefined => {
  const text = process.env[name]
  if (text === undefined || text === "") return undefined
  const value = Number(text)
  if (!Number.isInteger(value)) throw new Error(`${name} must be an integer, got "${text}"`)
  return value
}

/** The seed of this process: `FC_SEED` when set, else drawn once. Every property of a run shares it. */
export const seed: number = numberOf("FC_SEED") ?? Math.trunc(Math.random() * 0x7fff_ffff)

/** How many times a property runs; `FC_RUNS` overrides it for long runs. */
export interface RunOptions {
  readonly numRuns?: number
}

/** What a model-based test gives `fc.commands`, so that `FC_REPLAY_PATH` replays one shrunk sequence. */
export const replayOption: { readonly replayPath?: string } = process.env["FC_REPLAY_PATH"]
  ? { replayPath: process.env["FC_REPLAY_PATH"] }
  : {}

/**
 * The vitest call that runs just the present test; its title as a pattern, cut before what a pattern would
 * misread.
 */
const vitestCall = (): string => {
  const [file, title] = (process.env["MADMUX_TEST"] ?? "").split("\n")
  if (file === undefined || title === undefined) return "npx vitest run"
  return `npx vitest run ${file} -t '${title.replace(/[[\](){}.*+?|^$\\'].*$/s, "").trim()}'`
}

const reportFailure = <Ts>(details: fc.RunDetails<Ts>): void => {
  if (!details.failed) return
  const shown = fc.defaultReportMessage(details)
  const replayPath = /replayPath="([^"]*)"/.exec(shown ?? "")?.[1]
  const command = [
    `FC_SEED=${details.seed}`,
    `FC_PATH="${details.counterexamplePath ?? ""}"`,
    ...(replayPath === undefined ? [] : [`FC_REPLAY_PATH="${replayPath}"`]),
    vitestCall()
  ].join(" ")
  const { errorInstance } = details
  const cause = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  throw new Error(`${shown}\n\n${cause}\n\nReplay: ${command}`, { cause: errorInstance })
}

/**
 * Asserts a synchronous property. A failure throws with the counterexample and one replay command;
 * `FC_SEED`, `FC_PATH` and `FC_REPLAY_PATH` replay it, `FC_RUNS` sets the number of runs.
 */
export const assertProperty = <Ts>(property: fc.IProperty<Ts>, options: RunOptions = {}): void => {
  const path = process.env["FC_PATH"]
  fc.assert(property, {
    seed,
    numRuns: numberOf("FC_RUNS") ?? options.numRuns ?? 100,
    ...(path ? { path, endOnFailure: true } : {}),
    reporter: reportFailure
  })
}

/** Like {@link assertProperty}, for a property whose predicate returns a promise. */
export const assertAsyncProperty = async <Ts>(
  property: fc.IAsyncProperty<Ts>,
  options: RunOptions = {}
): Promise<void> => {
  const path = process.env["FC_PATH"]
  await fc.assert(property, {
    seed,
    numRuns: numberOf("FC_RUNS") ?? options.numRuns ?? 100,
    ...(path ? { path, endOnFailure: true } : {}),
    asyncReporter: async (details) => reportFailure(details)
  })
}
