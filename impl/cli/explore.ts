/** `madmux explore [PRESET..]`: visit every state of small systems of the model, and judge each. */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { reportingJson, UsageError } from "./errors.ts"
import { Json } from "./flags.ts"
import { demandNames } from "./target.ts"

const DESCRIPTION = [
  "Visit every state that small systems of the model can reach, and judge each by the invariants",
  "",
  "  madmux explore                      the presets there are",
  "  madmux explore tid multicast/reset  all presets of an area, and one by its name",
  "  madmux explore tid/losses --losses 2 --requests 1",
  "",
  "  Exit code 0: every state is right, and from each the system can come to rest; 1: the call is wrong; 2: something",
  "  is wrong, or a bound was met before the end."
].join("\n")

const count = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(`${description} (default: the preset's)`), Flag.optional)

export const exploreCommand = Command.make("explore", {
  presets: Argument.String("preset").pipe(
    Argument.withDescription("Names of presets, or of areas for all their presets; none lists them"),
    Argument.variadic()
  ),
  vfs: count("vfs", "How many VFs take part; the PF is none"),
  requests: count("requests", "How many requests each VF may send"),
  groups: count("groups", "How many multicast groups there are"),
  connections: count("connections", "How many conversations may begin"),
  losses: count("losses", "How many MADs may be lost"),
  duplications: count("duplications", "How many MADs may come twice"),
  resets: count("resets", "How many resets there may be"),
  maxStates: Flag.Int("max-states").pipe(
    Flag.withDescription("The most states of a preset, 1..100000000 (default 5000000)"), Flag.withDefault(5_000_000)
  ),
  maxDepth: Flag.Int("max-depth").pipe(
    Flag.withDescription("The most transitions from the beginning, 1..1000000 (default: no bound)"), Flag.optional
  ),
  memoryMib: Flag.Int("memory-mib").pipe(
    Flag.withDescription("The most memory to use in MiB, 64..1048576 (default 3072)"), Flag.withDefault(3072)
  ),
  untaken: Flag.Boolean("untaken").pipe(
    Flag.withDescription("Explore once more, and tell which rules of their areas were never come to"),
    Flag.withDefault(false)
  ),
  trace: Flag.String("trace").pipe(
    Flag.withDescription("Write the first counterexample to this file, as a trace that `check` reads"), Flag.optional
  ),
  noSymmetry: Flag.Boolean("no-symmetry").pipe(
    Flag.withDescription("Look at every state, also where functions that are alike are only in each other's places"),
    Flag.withDefault(false)
  ),
  mutant: Flag.String("mutant").pipe(
    Flag.withDescription("Explore a wrong model by its title, or a part of it; `list` lists those that the presets tell"), Flag.optional
  )
}, Effect.fnUntraced(function*({ maxDepth, maxStates, memoryMib, mutant, noSymmetry, presets, trace, untaken, ...counts }) {
  const json = yield* Json
  const within = (name: string, value: number, least: number, most: number) =>
    value >= least && value <= most
      ? Effect.void
      : Effect.fail(new UsageError({ message: `explore: --${name} ${value} is not in ${least}..${most}` }))
  yield* demandNames("explore", { trace: Option.getOrNull(trace) })
  yield* within("max-states", maxStates, 1, 100_000_000)
  yield* within("memory-mib", memoryMib, 64, 1_048_576)
  if (Option.isSome(maxDepth)) yield* within("max-depth", maxDepth.value, 1, 1_000_000)
  const parameters = Object.fromEntries(
    Object.entries(counts).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  )
  const kit = yield* Effect.promise(() => import("./explore-kit.ts"))
  return yield* kit.exploreAll({
    json, parameters, presets, maxStates, memoryMib, untaken, symmetry: !noSymmetry,
    maxDepth: Option.getOrNull(maxDepth), mutant: Option.getOrNull(mutant), trace: Option.getOrNull(trace)
  })
}, reportingJson)).pipe(
  Command.withDescription(DESCRIPTION),
  Command.withShortDescription("Visit every state of small systems of the model, and judge each")
)
