/** `madmux conform -- CMD ARGS`: drive any implementation over its standard input and output, and judge it. */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { DEFAULTS } from "./conform-defaults.ts"
import { EnvironmentError, reportingJson, UsageError } from "./errors.ts"
import { Json, SEED_MAX } from "./flags.ts"
import { demandNames } from "./target.ts"

const DESCRIPTION = [
  "Drive any implementation through generated sequences, judge it by the rules, and make short what fails",
  "",
  "  madmux conform --area transactions,cm -- ./my-pf-context --port 1",
  "",
  "  The implementation reads one command a line from standard input and writes one line back (spec/trace.md,",
  "  spec/conform.md). It is started without a shell, anew for every sequence. Exit code 0: nothing is wrong;",
  "  1: the call is; 2: the implementation is, or it cannot be decided; 3: it could not be started."
].join("\n")

/** What the generator needs is an optional part of the package. */
const loadKit = Effect.tryPromise({
  try: () => import("./conform-kit.ts"),
  catch: (cause) =>
    new EnvironmentError({
      message: `conform: needs the package fast-check beside madmux (npm install fast-check): ${String(cause)}`
    })
})

export const conformCommand = Command.make("conform", {
  command: Argument.String("command").pipe(
    Argument.withDescription("The program to drive and its arguments, after --"),
    Argument.variadic({ min: 1 })
  ),
  area: Flag.String("area").pipe(
    Flag.withDescription("Areas, with commas between; all (default) or names of spec/conform.md"),
    Flag.withDefault("all")
  ),
  seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of all sequences (default: drawn, and told)"), Flag.optional),
  runs: Flag.Int("runs").pipe(Flag.withDescription(`Sequences an area, 1..1000000 (default ${DEFAULTS.runs})`), Flag.withDefault(DEFAULTS.runs)),
  run: Flag.Int("run").pipe(Flag.withDescription("Only the sequence of this number, from 1"), Flag.optional),
  length: Flag.Int("length").pipe(
    Flag.withDescription(`The most moves of a sequence, 1..1000 (default ${DEFAULTS.length})`),
    Flag.withDefault(DEFAULTS.length)
  ),
  replay: Flag.String("replay").pipe(
    Flag.withDescription("Do the inputs of this trace instead; --area is what it is about (default everything)"),
    Flag.optional
  ),
  without: Flag.String("without").pipe(
    Flag.withDescription("Commands that are never sent, with commas between: reset,reregister (default: none)"),
    Flag.withDefault("")
  ),
  allow: Flag.String("allow").pipe(
    Flag.withDescription("Divergences to waive and count, as D-E1,D-I4 (default: none; spec/check.md says which can be)"),
    Flag.optional
  ),
  drops: Flag.Boolean("drops").pipe(
    Flag.withDescription("The implementation lists every drop, and is held to it (default: it may leave them out)"),
    Flag.withDefault(false)
  ),
  timeout: Flag.Int("timeout").pipe(
    Flag.withDescription(`Time limit of an answer in milliseconds, 10..600000 (default ${DEFAULTS.timeout})`),
    Flag.withDefault(DEFAULTS.timeout)
  ),
  shrinks: Flag.Int("shrinks").pipe(
    Flag.withDescription(`The most runs to make a failing sequence short, 0..100000 (default ${DEFAULTS.shrinks})`),
    Flag.withDefault(DEFAULTS.shrinks)
  ),
  junit: Flag.String("junit").pipe(Flag.withDescription("Write JUnit XML to this file (default: none)"), Flag.optional),
  traces: Flag.String("traces").pipe(
    Flag.withDescription("Write each failing sequence, inputs only, to AREA.jsonl in this folder (default: none)"),
    Flag.optional
  )
}, Effect.fnUntraced(function*(asked) {
  const json = yield* Json
  const within = (name: string, value: number, least: number, most: number) =>
    value >= least && value <= most
      ? Effect.void
      : Effect.fail(new UsageError({ message: `conform: --${name} ${value} is not in ${least}..${most}` }))
  yield* demandNames("conform", { junit: Option.getOrNull(asked.junit), traces: Option.getOrNull(asked.traces) })
  const seed = Option.getOrElse(asked.seed, () => Math.trunc(Math.random() * SEED_MAX))
  yield* within("seed", seed, 0, SEED_MAX)
  yield* within("runs", asked.runs, 1, 1_000_000)
  if (Option.isSome(asked.run)) yield* within("run", asked.run.value, 1, 1_000_000)
  yield* within("length", asked.length, 1, 1000)
  yield* within("timeout", asked.timeout, 10, 600_000)
  yield* within("shrinks", asked.shrinks, 0, 100_000)
  const kit = yield* loadKit
  return yield* kit.conform({
    ...asked,
    seed,
    json,
    run: Option.getOrNull(asked.run),
    allow: Option.getOrNull(asked.allow),
    replay: Option.getOrNull(asked.replay),
    junit: Option.getOrNull(asked.junit),
    traces: Option.getOrNull(asked.traces)
  })
}, reportingJson)).pipe(
  Command.withDescription(DESCRIPTION),
  Command.withShortDescription("Drive any implementation through generated sequences, and judge it by the rules")
)
