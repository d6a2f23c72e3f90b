/** `madmux demo`: the two-minute tour on the embedded fabric, checked as it goes and written as a trace. */
import { Console, Effect, FileSystem, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { check } from "../../properties/trace-check.ts"
import type { Verdict } from "../../properties/verdict.ts"
import type { Output, OutputOf } from "../trace/output.ts"
import { writeTrace } from "../trace/write.ts"
import { counterHead, counterRows } from "./counters.ts"
import { connections, multicast, refusals, type Scene, transactions, tunnels } from "./demo-scenes.ts"
import { fileFault } from "../system/file-fault.ts"
import { countText } from "../system/words.ts"
import { EnvironmentError, reportingJson, UsageError, WrongError } from "./errors.ts"
import { Json, SEED_MAX } from "./flags.ts"
import { command, type Paint, paintFor, table } from "./screen.ts"
import { demandNames } from "./target.ts"
import { openCapture } from "./trace-file.ts"
import { FabricWorld } from "../guest/fabric-world.ts"

/** The PF and four VFs. */
const FUNCTIONS = 5
const guidOf = (fn: number): string => `0002c9030000${(0x1000 + fn).toString(16)}`

/** Everything the demonstration shows, as data. */
interface Report {
  readonly seed: number
  readonly functions: number
  readonly scenes: ReadonlyArray<Scene>
  readonly saContacts: { readonly total: number; readonly multicast: number; readonly multicastRequests: number }
  readonly counters: ReadonlyArray<OutputOf<"counters">>
  readonly steps: number
  readonly invariants: number
  readonly violations: number
  readonly verdict: Verdict["verdict"]
  readonly trace: string
  readonly pcap: string | null
}

const MC_MEMBER_RECORD = 0x0038

const perform = (seed: number) => {
  const guids = Array.from({ length: FUNCTIONS }, (_, fn) => guidOf(fn))
  const world = new FabricWorld({ seed, guids, functions: FUNCTIONS })
  const scenes = [tunnels, refusals, transactions, connections, multicast].map((scene) => scene(world))
  const counted = world.do({ op: "counters" })
  const contacts = world.fabric.sa.contacts
  return {
    world,
    scenes,
    counters: counted.filter((output: Output): output is OutputOf<"counters"> => output.to === "counters"),
    saContacts: {
      total: contacts.length,
      multicast: contacts.filter(({ attributeId }) => attributeId === MC_MEMBER_RECORD).length,
      multicastRequests: 2 * (FUNCTIONS - 1)
    }
  }
}

const shown = (paint: Paint, head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) => {
  const [first = "", ...rest] = table(head, rows)
  return [paint.dim(first), ...rest].map((line) => `  ${line}`)
}

const render = (report: Report): string => {
  const paint = paintFor(process.stdout)
  const { counters, invariants, pcap, saContacts, scenes, steps, trace, violations } = report
  const held = `all ${invariants} invariants held over ${steps} steps`
  const broken = `${countText(violations, "violation")} in ${steps} steps: ${command("check", trace)}`
  return [
    paint.bold(`madmux demo: the PF and ${report.functions - 1} VFs on one port of an embedded fabric, seed ${report.seed}`),
    ...scenes.flatMap(({ head, note, rows, rules, title }, i) => [
      "", paint.bold(`${i + 1}. ${title}`) + paint.dim(`  (${rules})`), ...shown(paint, head, rows), `  ${note}`
    ]),
    "", paint.bold("Accounting: received = forwarded + answered + waiting + dropped"),
    ...shown(paint, counterHead, counterRows(counters)),
    "",
    `The SA was contacted ${saContacts.total} times, for membership ${saContacts.multicast} times on ${saContacts.multicastRequests} joins and leaves.`,
    report.verdict === "allowed" ? paint.good(held) : paint.bad(broken),
    `Trace: ${trace}   check it: ${command("check", trace)}`,
    ...(pcap === null ? [] : [`Capture: ${pcap}   check it: ${command("check", pcap)}`])
  ].join("\n")
}

export const demoCommand = Command.make("demo", {
  seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of ids and fabric (default 1)"), Flag.withDefault(1)),
  trace: Flag.String("trace").pipe(
    Flag.withDescription("Where the trace is written (default madmux-demo.trace.jsonl)"),
    Flag.withDefault("madmux-demo.trace.jsonl")
  ),
  pcap: Flag.String("pcap").pipe(
    Flag.withDescription("Write what passes both sides of the PF context to this file, too, as pcapng (default: none)"),
    Flag.optional
  )
}, Effect.fnUntraced(function*({ pcap: givenPcap, seed, trace }) {
  const json = yield* Json
  const pcap = Option.getOrNull(givenPcap)
  yield* demandNames("demo", { trace, pcap })
  if (seed < 0 || seed > SEED_MAX) {
    return yield* new UsageError({ message: `demo: --seed ${seed} is not in 0..${SEED_MAX}` })
  }
  const { counters, saContacts, scenes, world } = perform(seed)
  const checked = check(world.lines)
  const files = yield* FileSystem.FileSystem
  yield* files.writeFileString(trace, writeTrace(world.lines)).pipe(
    Effect.mapError((fault) =>
      new EnvironmentError({
        message: `demo: cannot write the trace ${trace}: ${fileFault(fault)}; choose another place with --trace`
      })
    )
  )
  if (pcap !== null) {
    yield* Effect.scoped(Effect.gen(function*() {
      const capture = yield* openCapture("demo", pcap, 0)
      for (const line of world.lines) capture.write(line)
      if (capture.fault !== null) yield* capture.fault
    }))
  }
  const report: Report = {
    seed, functions: FUNCTIONS, scenes, saContacts, counters, steps: checked.steps, invariants: checked.invariants,
    violations: checked.violations.length, verdict: checked.verdict, trace, pcap
  }
  yield* Console.log(json ? JSON.stringify(report, null, 2) : render(report))
  if (checked.verdict === "allowed") return
  return yield* new WrongError({ message: `demo: ${checked.verdict}\n${checked.violations.join("\n")}` })
}, reportingJson)).pipe(Command.withDescription("The two-minute tour: a PF and four VFs on the embedded fabric"))
