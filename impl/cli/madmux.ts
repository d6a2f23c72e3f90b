/** The command `madmux`: runs what the command line of this process asks for. */
import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import { Effect, Layer, Runtime } from "effect"
import { CliConfig, Command, GlobalFlag } from "effect/cli"
import { commandsNamed, loadCommands } from "./commands.ts"
import { Json } from "./flags.ts"
import { guardStandardOutput } from "../system/standard-output.ts"
import { layerPresenter } from "./usage.ts"

guardStandardOutput("madmux")
const args = process.argv.slice(2)
const madmux = Command.make("madmux").pipe(
  Command.withDescription("InfiniBand special-QP paravirtualization: one QP0 and QP1, many functions"),
  Command.withSubcommands(await loadCommands(commandsNamed(args))),
  Command.withGlobalFlags([Json])
)

const files = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer)
const services = Layer.mergeAll(
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] }),
  layerPresenter(args),
  files,
  NodeStdio.layer,
  NodeTerminal.layer,
  Layer.provide(NodeChildProcessSpawner.layer, files)
)

/** What a shell says of a process that SIGINT or SIGTERM ended: 128 and the number of the signal. */
const INTERRUPTED = 130
const TERMINATED = 143
let isTerminated = false
process.once("SIGTERM", () => (isTerminated = true))
const teardown: Runtime.Teardown = (exit, onExit) =>
  Runtime.defaultTeardown(exit, (code) => onExit(code === INTERRUPTED && isTerminated ? TERMINATED : code))

NodeRuntime.runMain(Effect.provide(Command.run(madmux, { version: "0.1.0" }), services), { teardown })
