/** What `madmux conform` does once its flags are read: the part that needs the generator of sequences. */
import { join } from "node:path"
import * as Result from "effect/Result"
import { Console, Effect, FileSystem } from "effect"
import { type Area, areaOf, areas } from "../../properties/conformance/areas.ts"
import { Child } from "../../properties/conformance/child.ts"
import {
  type AreaReport, conformance, type ConformanceReport, conformTrace, type Finding, type Progress
} from "../../properties/conformance/conformance.ts"
import { areaRow, findingText, inputsOnly, junitOf, reportData } from "../../properties/conformance/report.ts"
import { isFailure } from "../../properties/conformance/shrink.ts"
import { waivedTexts } from "../../properties/waivers.ts"
import { commands, type Op } from "../trace/command.ts"
import { readTrace } from "../trace/read.ts"
import { writeTrace } from "../trace/write.ts"
import { waiversOf } from "./allow.ts"
import { fileFault } from "../system/file-fault.ts"
import { DEFAULTS } from "./conform-defaults.ts"
import { EnvironmentError, UsageError, WrongError } from "./errors.ts"
import { command as madmux, paintFor, table } from "./screen.ts"
import { makeFolder, tryTarget, writeTarget } from "./target.ts"

/** The flags, read. */
export interface Asked {
  readonly command: ReadonlyArray<string>
  readonly area: string
  readonly seed: number
  readonly runs: number
  readonly run: number | null
  readonly length: number
  readonly replay: string | null
  readonly without: string
  readonly allow: string | null
  readonly drops: boolean
  readonly timeout: number
  readonly shrinks: number
  readonly junit: string | null
  readonly traces: string | null
  readonly json: boolean
}

const listOf = (text: string): ReadonlyArray<string> => text.split(",").map((each) => each.trim()).filter((each) => each !== "")

const usage = (message: string) => new UsageError({ message: `conform: ${message}` })

const areasOf = (text: string): Effect.Effect<ReadonlyArray<Area>, UsageError> => {
  const names = listOf(text)
  if (names.length === 1 && names[0] === "all") return Effect.succeed(areas)
  const known = areas.map(({ name }) => name).join(", ")
  const found: Array<Area> = []
  for (const name of names) {
    const area = areaOf(name)
    if (area === undefined) return Effect.fail(usage(`--area ${name} is none; there are all, ${known}`))
    if (!found.includes(area)) found.push(area)
  }
  return found.length === 0 ? Effect.fail(usage(`--area names none; there are all, ${known}`)) : Effect.succeed(found)
}

const isOp = (name: string): name is Op => name in commands

const withoutOf = (text: string): Effect.Effect<ReadonlySet<Op>, UsageError> => {
  const names = listOf(text)
  const wrong = names.find((name) => !isOp(name) || name === "init" || name === "settle")
  return wrong === undefined
    ? Effect.succeed(new Set(names.filter(isOp)))
    : Effect.fail(usage(`--without ${wrong} is no command that can be left out; see spec/trace.md`))
}

/** A word for a shell: quoted where it must be. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** The call that does one finding again: by the trace in `file`, or else by its seed, with every flag that changes what happens. */
export const replayCall = (asked: Asked, area: string, { run }: Pick<Finding, "run">, file: string | null): string => {
  const flagged = (name: "length" | "timeout" | "shrinks") =>
    asked[name] === DEFAULTS[name] ? [] : [`--${name}`, String(asked[name])]
  const drawn = [
    "--seed", String(asked.seed), "--run", String(run), ...flagged("length"),
    ...(asked.without === "" ? [] : ["--without", asked.without]), ...flagged("shrinks")
  ]
  const flags = [
    "--area", area, ...(file === null ? drawn : ["--replay", file]),
    ...(asked.allow === null ? [] : ["--allow", asked.allow]), ...(asked.drops ? ["--drops"] : []), ...flagged("timeout")
  ]
  return madmux("conform", ...flags.map(quoted), "--", ...asked.command.map(quoted))
}

/** Shows where the kit is, on a terminal only. */
const showing = (json: boolean) => {
  const { stderr } = process
  const isShown = !json && stderr.isTTY === true
  return {
    show: ({ area, done, isShrinking, of }: Progress): void => {
      if (isShown) stderr.write(`\r\u001b[K${area}: ${isShrinking ? "making it shorter, run" : "sequence"} ${done} of ${of}`)
    },
    clear: (): void => {
      if (isShown) stderr.write("\r\u001b[K")
    }
  }
}

const readLines = Effect.fnUntraced(function*(path: string) {
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(path).pipe(
    Effect.mapError((fault) => new EnvironmentError({ message: `conform: cannot read ${path}: ${fileFault(fault)}` }))
  )
  const lines = readTrace(text)
  if (Result.isFailure(lines)) return yield* usage(`${path}: ${lines.failure.message}`)
  if (lines.success.length === 0) return yield* usage(`${path} is empty; the first line of a trace is an init`)
  return lines.success
})

/** Tries what will be written, so that no run is in vain. */
const tryTargets = Effect.fnUntraced(function*({ junit, traces }: Asked) {
  if (junit !== null) yield* tryTarget("conform", junit)
  if (traces === null) return
  yield* makeFolder("conform", traces)
  yield* tryTarget("conform", join(traces, "try.jsonl"))
})

const open = ({ command: [program = "", ...args], timeout }: Asked) => () => new Child(program, args, { timeoutMs: timeout })

/** What one trace shows, as a report of one sequence. */
const replayed = Effect.fnUntraced(function*(asked: Asked, path: string) {
  const lines = yield* readLines(path)
  const [area] = yield* areasOf(asked.area === "all" ? "everything" : asked.area)
  if (area === undefined) return yield* usage("--replay takes one area")
  const allow = yield* waiversOf("conform", asked.allow)
  yield* tryTargets(asked)
  const run = yield* Effect.promise(() => conformTrace(open(asked), lines, area, { allow, drops: asked.drops }))
  const finding = isFailure(run)
    ? { run: 1, outcome: run.outcome, lines: run.lines, drawn: lines.length, attempts: 0, repeats: false }
    : null
  const { outcome: { _tag: verdict }, waived } = run
  const undecided = run.outcome._tag === "undecided" ? run.outcome.texts : []
  const report: AreaReport = { area: area.name, verdict, runs: 1, lines: run.lines.length, finding, undecided, waived }
  return { seed: asked.seed, verdict, areas: [report], allow, without: [] } satisfies ConformanceReport
})

const driven = Effect.fnUntraced(function*(asked: Asked) {
  const chosen = yield* areasOf(asked.area)
  const without = yield* withoutOf(asked.without)
  const allow = yield* waiversOf("conform", asked.allow)
  yield* tryTargets(asked)
  const { clear, show } = showing(asked.json)
  const options = {
    areas: chosen, seed: asked.seed, runs: asked.runs, length: asked.length, shrinks: asked.shrinks, without, allow,
    ...(asked.run === null ? {} : { run: asked.run }),
    check: { drops: asked.drops },
    onProgress: show
  }
  const report = yield* Effect.promise(() => conformance(open(asked), options))
  clear()
  return report
})

const foundText = (asked: Asked, report: AreaReport, file: string | null): ReadonlyArray<string> => {
  const { area, finding, undecided } = report
  const waived = waivedTexts(report.waived).map((text) => `${area}, ${text}`)
  if (finding === null) return [...waived, ...undecided.map((text) => `${area}, ${text}`)]
  return [...waived, "", `${area}: ${findingText(finding)}`, "", `Again: ${replayCall(asked, area, finding, file)}`]
}

const render = (asked: Asked, report: ConformanceReport, files: ReadonlyMap<string, string>): string => {
  const paint = paintFor(process.stdout)
  const [head = "", ...rows] = table(["area", "sequences", "lines", "verdict"], report.areas.map(areaRow))
  const left = report.without.length === 0 ? "" : `, without ${report.without.join(", ")}`
  return [
    paint.bold(`madmux conform: ${asked.command.join(" ")}, ${asked.replay === null ? `seed ${report.seed}` : asked.replay}${left}`),
    paint.dim(head),
    ...rows.map((row) => (/ allowed$/.test(row) ? paint.good(row) : paint.bad(row))),
    ...report.areas.flatMap((area) => foundText(asked, area, files.get(area.area) ?? asked.replay))
  ].join("\n")
}

/** Writes what was asked for: the traces by their areas, and the first file that could not be written. */
const writeFiles = Effect.fnUntraced(function*({ junit, traces }: Asked, report: ConformanceReport) {
  const files = new Map<string, string>()
  const faults: Array<EnvironmentError | null> = []
  for (const { area, finding } of traces === null ? [] : report.areas) {
    if (finding === null) continue
    const path = join(traces ?? "", `${area}.jsonl`)
    const fault = yield* writeTarget("conform", path, writeTrace(inputsOnly(finding.lines)))
    if (fault === null) files.set(area, path)
    faults.push(fault)
  }
  if (junit !== null) faults.push(yield* writeTarget("conform", junit, junitOf(report)))
  return { files, fault: faults.find((each) => each !== null) ?? null }
})

/** Runs the kit and tells what it found. */
export const conform = Effect.fnUntraced(function*(asked: Asked) {
  const report = asked.replay === null ? yield* driven(asked) : yield* replayed(asked, asked.replay)
  const start = report.areas.find(({ finding }) => finding?.outcome._tag === "fault" && finding.outcome.fault.kind === "start")
  if (start?.finding?.outcome._tag === "fault")
    return yield* new EnvironmentError({ message: `conform: ${asked.command[0]} ${start.finding.outcome.fault.message}` })
  const { fault, files } = yield* writeFiles(asked, report)
  yield* Console.log(asked.json ? JSON.stringify(reportData(report), null, 2) : render(asked, report, files))
  if (fault !== null) return yield* fault
  if (report.verdict !== "allowed")
    return yield* new WrongError({ message: `conform: ${asked.command.join(" ")}: ${report.verdict}` })
})
