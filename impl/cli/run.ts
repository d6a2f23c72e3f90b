/** `madmux run`: a PF context with N functions on a port, with in-process guests, until interrupted or for some seconds. */
import { resolve } from "node:path"
import { Clock, Console, Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Functions } from "../guest/functions.ts"
import { layerLive } from "../guest/live.ts"
import { layerRecorded } from "../guest/recorded.ts"
import { Traffic, type TrafficTotals } from "../guest/traffic.ts"
import type { InputError } from "../input/check.ts"
import { layerFabric } from "../port/fabric.ts"
import { layerIbsim } from "../port/ibsim.ts"
import type { PortError, SpecialQpPort } from "../port/special-qp-port.ts"
import type { Line } from "../trace/line.ts"
import { countText } from "../system/words.ts"
import type { OutputOf } from "../trace/output.ts"
import { counterHead, counterRows } from "./counters.ts"
import { EnvironmentError, reportingJson, UsageError } from "./errors.ts"
import { Json, SEED_MAX } from "./flags.ts"
import { command, paintFor, table } from "./screen.ts"
import { demandNames } from "./target.ts"
import { openCapture, openTrace, sidecarOf } from "./trace-file.ts"

/** GUIDs of the embedded fabric's functions. */
const guidsOf = (functions: number): ReadonlyArray<string> =>
  Array.from({ length: functions }, (_, fn) => `0002c903${(0x1000 + fn).toString(16).padStart(8, "0")}`)

interface Wire {
  readonly wire: "fabric" | "ibsim"
  readonly ibsim: Option.Option<string>
  readonly node: Option.Option<string>
  readonly functions: number
  readonly seed: number
  readonly loss: number
  readonly aliasGuids: "random" | "sa" | "none"
}

/** The port a run is asked to use. */
const portLayer = (asked: Wire): Layer.Layer<SpecialQpPort, PortError | UsageError | InputError> => {
  const usage = (message: string): Layer.Layer<SpecialQpPort, UsageError> =>
    Layer.unwrap(Effect.fail(new UsageError({ message: `run: ${message}` })))
  if (asked.wire === "fabric") {
    if (Option.isSome(asked.ibsim) || Option.isSome(asked.node)) {
      return usage("--ibsim and --node belong to --wire ibsim; the embedded fabric has neither")
    }
    const faults = { lossRate: asked.loss / 100, duplicateRate: 0, delayMinMs: 0, delayMaxMs: 2 }
    // What the SA is to give is not in the port's own table.
    const guids = guidsOf(asked.aliasGuids === "none" ? asked.functions : 1)
    return layerFabric({ seed: asked.seed, guids, faults })
  }
  if (asked.loss > 0) return usage("--loss belongs to --wire fabric; ibsim has its own (its console's Error command)")
  const address = Option.getOrElse(asked.ibsim, () => "127.0.0.1:7070")
  const [host = "", port = ""] = address.split(":")
  if (host === "" || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    return usage(`--ibsim "${address}" is not HOST:PORT; give where ibsim listens, e.g. 127.0.0.1:7070`)
  }
  return layerIbsim({ host, port: Number(port), nodeId: Option.getOrElse(asked.node, () => "Hca2") })
}

/** What a run reports at its end. */
interface RunReport {
  readonly wire: string
  readonly functions: number
  readonly seconds: number
  readonly traffic: TrafficTotals
  readonly counters: ReadonlyArray<OutputOf<"counters">>
  readonly trace: string | null
  readonly pcap: string | null
}

const render = ({ counters, functions, pcap, seconds, trace, traffic, wire }: RunReport): string => {
  const paint = paintFor(process.stdout)
  const [head = "", ...rows] = table(counterHead, counterRows(counters))
  return [
    paint.bold(`madmux run: ${countText(functions, "function")} on ${wire} for ${seconds} s`),
    `guests sent ${traffic.sent}, were answered ${traffic.answered} (${traffic.failed} with a status), ` +
    `got ${traffic.strange} they had not asked for`,
    "", paint.dim(head), ...rows,
    ...(trace === null ? [] : ["", `Trace: ${trace}   check it: ${command("check", trace)}`]),
    ...(pcap === null ? [] : ["", `Capture: ${pcap}   check it: ${command("check", pcap)}`])
  ].join("\n")
}

/** Rounds of traffic until the time is over or the port fails; a line a second on standard error meanwhile. */
const drive = Effect.fnUntraced(function*(seconds: number, quiet: boolean) {
  const functions = yield* Functions
  const traffic = new Traffic(functions)
  const rounds = Effect.gen(function*() {
    const count = Math.max(1, Math.round(seconds * 5))
    for (let round = 0; round < count; round++) {
      traffic.round()
      yield* Effect.sleep("200 millis")
      if (!quiet && round % 5 === 4) {
        const { answered, sent } = traffic.totals
        yield* Console.error(`${(round + 1) / 5} s: ${sent} sent, ${answered} answered`)
      }
    }
    yield* Effect.sleep("100 millis")
    return { counters: yield* functions.counters, traffic: traffic.totals }
  })
  return yield* Effect.raceFirst(rounds, functions.running)
})

/** What `run --help` says. */
const DESCRIPTION = [
  "Run a PF context with in-process guests on the embedded fabric or on ibsim",
  "",
  "  Each function is a guest. Five times a second each of them, the PF too, sends to the SA on its QP1, with TIDs",
  "  that are the same for all:",
  "    SubnAdmGet(PathRecord)         by LID, from its port to the SM; must come back with status 0",
  "    SubnAdmSet(MCMemberRecord)     joins the group ff12:401b:ffff::99 as FullMember",
  "    SubnAdmDelete(MCMemberRecord)  leaves it once told that it joined; the SA hears of the first join and last leave only",
  "  A guest that has no GUID yet asks for the path only. Nobody sends CM messages or SMPs: see the demo for those.",
  "  The PF context itself asks the SA for alias GUIDs, and subscribes to notices of deleted groups."
].join("\n")

export const runCommand = Command.make("run", {
  wire: Flag.Literals("wire", ["fabric", "ibsim"]).pipe(
    Flag.withDescription("The port: the embedded fabric (default), or a running ibsim"),
    Flag.withDefault("fabric")
  ),
  functions: Flag.Int("functions").pipe(
    Flag.withDescription("Functions, the PF included, 1..255 (default 5)"),
    Flag.withDefault(5)
  ),
  trace: Flag.String("trace").pipe(Flag.withDescription("Write a trace to this file (default: none)"), Flag.optional),
  pcap: Flag.String("pcap").pipe(
    Flag.withDescription("Write what passes both sides of the PF context to this file, as pcapng, and a sidecar beside it (default: none)"),
    Flag.optional
  ),
  seconds: Flag.Int("seconds").pipe(Flag.withDescription("How long to run, in seconds (default 5)"), Flag.withDefault(5)),
  ibsim: Flag.String("ibsim").pipe(
    Flag.withDescription("HOST:PORT where ibsim listens (default 127.0.0.1:7070)"),
    Flag.optional
  ),
  node: Flag.String("node").pipe(Flag.withDescription("Node of the ibsim net to be (default Hca2)"), Flag.optional),
  aliasGuids: Flag.Literals("alias-guids", ["random", "sa", "none"]).pipe(
    Flag.withDescription(
      "GUIDs of the VFs: drawn here and asked of the SA (random, default), of the SA's choice (sa), " +
        "or drawn here and never asked (none)"
    ),
    Flag.withDefault("random")
  ),
  seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of the embedded fabric (default 1)"), Flag.withDefault(1)),
  loss: Flag.Int("loss").pipe(
    Flag.withDescription("Percent of packets the embedded fabric loses, 0..100 (default 0)"),
    Flag.withDefault(0)
  )
}, Effect.fnUntraced(function*({ seconds, ...asked }) {
  const json = yield* Json
  const [trace, pcap] = [Option.getOrNull(asked.trace), Option.getOrNull(asked.pcap)]
  yield* demandNames("run", { trace, pcap })
  const within = (name: string, value: number, least: number, most: number) =>
    value >= least && value <= most
      ? Effect.void
      : Effect.fail(new UsageError({ message: `run: --${name} ${value} is not in ${least}..${most}` }))
  yield* within("functions", asked.functions, 1, 255)
  yield* within("seconds", seconds, 1, 86_400)
  yield* within("loss", asked.loss, 0, 100)
  yield* within("seed", asked.seed, 0, SEED_MAX)
  const isOneFile = trace !== null && pcap !== null && [pcap, sidecarOf(pcap)].some((each) => resolve(each) === resolve(trace))
  if (isOneFile) {
    return yield* new UsageError({ message: `run: --trace and --pcap both write to ${trace}; give each a file of its own` })
  }
  const options = { functions: asked.functions, aliasGuids: asked.aliasGuids }
  const done = yield* Effect.scoped(Effect.gen(function*() {
    const files = [
      ...(trace === null ? [] : [yield* openTrace("run", trace)]),
      ...(pcap === null ? [] : [yield* openCapture("run", pcap, yield* Clock.currentTimeMillis)])
    ]
    const write = (line: Line): void => files.forEach((file) => file.write(line))
    const guests = files.length === 0 ? layerLive(options) : layerRecorded(options, asked.seed, write)
    const done = yield* drive(seconds, json).pipe(Effect.provide(Layer.provide(guests, portLayer(asked))))
    return { ...done, fault: files.find((file) => file.fault !== null)?.fault ?? null }
  })).pipe(
    Effect.catchTag("PortError", ({ message }) => Effect.fail(new EnvironmentError({ message: `run: ${message}` }))),
    Effect.catchTag("InputError", ({ message }) => Effect.fail(new UsageError({ message: `run: ${message}` })))
  )
  const { fault, ...told } = done
  const report: RunReport = {
    wire: asked.wire, functions: asked.functions, seconds, trace: fault === null ? trace : null, pcap: fault === null ? pcap : null, ...told
  }
  yield* Console.log(json ? JSON.stringify(report, null, 2) : render(report))
  if (fault !== null) return yield* new EnvironmentError({ message: fault.message, isAfterResult: true })
  if (done.traffic.answered > done.traffic.failed) return
  return yield* new EnvironmentError({
    message: `run: no query of ${done.traffic.sent} was answered with success; ` +
      (asked.loss > 0 ? `the fabric lost ${asked.loss} % of all packets (--loss)` : "is a subnet manager running on this fabric?")
  })
}, reportingJson)).pipe(
  Command.withDescription(DESCRIPTION),
  Command.withShortDescription("Run a PF context with in-process guests on the embedded fabric or on ibsim")
)
