/** Which tests judge the mutants of mutation testing. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** A single test that takes longer is left out: a mutant that only such a one kills counts as alive. */
export const MOST_MS = 300
/** The same in places passed at which a mutant could be. */
export const MOST_STEPS = 4_000_000

/**
 * The time that the tests tried on one mutant take together, as the first run measured it: those most likely
 * to kill it come first, and who lives then counts as alive. `MADMUX_MUTATION_MS` sets another.
 */
export const BUDGET_MS = Number(process.env["MADMUX_MUTATION_MS"] ?? 2000)

/** What tests read of the environment: one seed, few runs, and what sequences.test.ts says of a difference. */
export const QUIET_ENVIRONMENT = {
  FC_SEED: "1", FC_RUNS: "8", NODE_ENV: "test", MADMUX_DIFFERENCE: process.env["MADMUX_DIFFERENCE"] ?? "fail"
}

/** Folders of tests about other things than the model and the engine, or about processes and real parts. */
const ELSEWHERE =
  /^(?:real|soak|ring|wire|fabric|guest|conformance|captures|trace|model-based|mutants|exploration)\//
/** Files that cannot fail because of a mutant, or need what a bundle has not. */
const NOT_THESE = new Set([
  "run.test.ts", "imports.test.ts", "coverage.test.ts", "findings.test.ts", "package.test.ts",
  "traces-checked.test.ts", "divergences.test.ts", "encode.test.ts", "guid-fabric.test.ts",
  "model-mutants.test.ts",
  "model-entry.test.ts", "trace-check.test.ts",
  "cli.test.ts", "input.test.ts", "presets.test.ts", "mutation/explained.test.ts"
])
/** What a file may not do here: hooks around all tests, other processes, and time as it passes. */
const OTHER_PROCESS =
  /beforeAll|afterAll|child_process|worker_threads|skipIf|loadMutant|expect\.poll|FileSnapshot|import\(/

/** Of these files only those whose name fits, to compare runners in a bearable time. */
const ONLY = new RegExp(process.env["MADMUX_MUTATION_TESTS"] ?? "")

/** The files of tests, below a folder of the project, in an order that is the same every time. */
export const mutationTests = (project: string): ReadonlyArray<string> => {
  const folder = join(project, "properties")
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !ELSEWHERE.test(name) && !NOT_THESE.has(name) && ONLY.test(name))
    .filter((name) => !OTHER_PROCESS.test(readFileSync(join(folder, name), "utf8")))
    .sort()
    .map((name) => `properties/${name}`)
}
