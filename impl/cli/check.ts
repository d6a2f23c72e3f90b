/** `madmux check TRACE`: is everything in this trace allowed by the rules? Judges any implementation's trace. */
import v8 from "node:v8"
import * as Result from "effect/Result"
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { WINDOW_LINES } from "../../properties/attributed.ts"
import { COPY_LINES } from "../../properties/checker.ts"
import { checkCapture, type CaptureVerdict } from "../../properties/capture/check.ts"
import { checkLines } from "../../properties/trace-check.ts"
import { pastChart } from "../../properties/relevant.ts"
import { type WaivableId, waivedTexts } from "../../properties/waivers.ts"
import { type Verdict, violationText } from "../../properties/verdict.ts"
import { countText } from "../system/words.ts"
import { traceLinesOf } from "../trace/read.ts"
import { waiversOf } from "./allow.ts"
import { type ByteSource, named, openBytes, openTraceOrCapture, readFault } from "./byte-source.ts"
import { EnvironmentError, reportingJson, UsageError, WrongError } from "./errors.ts"
import { Json } from "./flags.ts"
import { Progress } from "./progress.ts"
import { paintFor } from "./screen.ts"
import { sidecarOf } from "./trace-file.ts"

/** A verdict, and what a capture has besides. */
type Judged = Verdict & Partial<Pick<CaptureVerdict, "places" | "unread">>

const render = (
  trace: string,
  {
    invariants, mostCandidates, places, relevant, skipped, skippedCount, steps, undecided, unread = {}, verdict, violations, waived
  }: Judged
) => {
  const paint = paintFor(process.stdout)
  const explanations = countText(mostCandidates, "explanation")
  const summary = `${trace}: ${countText(steps, "step")}, ${invariants} invariants watched, at most ${explanations} at a time`
  const more = skippedCount > skipped.length ? ` and ${skippedCount - skipped.length} more` : ""
  const chart = pastChart(relevant, places === undefined ? undefined : (place) => places[place] ?? "")
  const notes = [
    ...(chart.length === 0 ? [] : ["", "What it has to do with, the last of it:", ...chart, ""]),
    ...waivedTexts(waived),
    ...undecided,
    ...Object.entries(unread).map(([what, count]) => `not judged: ${countText(count, "packet")} ${what}`),
    ...(skipped.length === 0 ? [] : [`lines without a meaning in this run: n ${skipped.join(", ")}${more}`])
  ]
  const said = verdict === "allowed" ? paint.good("allowed") : paint.bad(verdict)
  return [summary, ...violations.map(violationText), ...notes, said].join("\n")
}

/** The pieces of a source, counted as they come. */
async function* counted(source: ByteSource, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const piece of source.bytes) {
    count(piece.length)
    yield piece
  }
}

/** "120000 lines (45 %) in 12 s" */
const progressText = (what: "packets and lines" | "lines", count: number, bytes: number, { lengthBytes }: ByteSource) =>
  (seconds: number): string => {
    const part = lengthBytes === null ? "" : ` (${Math.floor((100 * bytes) / Math.max(1, lengthBytes))} % read)`
    return `check: ${count} ${what}${part} in ${Math.round(seconds)} s`
  }

/** Judges a capture that has a sidecar beside it, or a trace. */
const judge = async (
  bytes: AsyncIterable<Uint8Array>, beside: ByteSource | null, options: Parameters<typeof checkLines>[1]
): Promise<Result.Result<Judged, { readonly message: string } | null>> =>
  beside === null ? await checkLines(traceLinesOf(bytes), options) : await checkCapture(bytes, beside.bytes, options)

/** Every flag has its smallest and largest value. */
const within = (name: string, value: number, least: number, most: number) =>
  value >= least && value <= most
    ? Effect.void
    : Effect.fail(new UsageError({ message: `check: --${name} ${value} is not in ${least}..${most}` }))

/** What is said of a file that was given for another. */
const SIDECAR_HINT =
  "its lines say when they were, as those of the sidecar of a capture do, which has no MADs: check the capture"

const KEPT_MAX = 2 ** 24
const CANDIDATES_MAX = 4096

/** Whether so much of the heap is free that a line more can be judged. */
const hasMemory = (): boolean => {
  const { heap_size_limit: most, used_heap_size: used } = v8.getHeapStatistics()
  return used < 0.85 * most
}

/** What else may be tried where explanations were forgotten. */
const moreHint = ({ mostCandidates, verdict }: Judged, candidates: number): string | null =>
  verdict === "undecided" && mostCandidates >= candidates && candidates < CANDIDATES_MAX
    ? `${countText(candidates, "explanation")} at a time were too few: --candidates follows more, and costs time and memory`
    : null

/** Opens the sidecar of a capture for the scope. */
const openSidecar = Effect.fnUntraced(function*(capture: string, given: string | null) {
  const path = given ?? (capture === "-" ? null : sidecarOf(capture))
  if (path === null || (path === "-" && capture === "-")) {
    return yield* new UsageError({ message: "check: a capture on standard input needs its sidecar in a file: name it with --init" })
  }
  const source = yield* openBytes("check", path).pipe(Effect.mapError(({ message }) =>
    new EnvironmentError({ message: `${message}; a capture needs a sidecar, a trace of what no packet shows: name it with --init` })
  ))
  const beside: ByteSource = { ...source, bytes: named("check", source) }
  return beside
})

export const checkCommand = Command.make("check", {
  trace: Argument.String("trace").pipe(
    Argument.withDescription("A trace, JSON Lines of the format special-qp/1, or a capture, pcap or pcapng; a FIFO, or - for standard input, too")
  ),
  init: Flag.String("init").pipe(
    Flag.withDescription("The sidecar of a capture: a trace of all that no packet shows (default: the capture's path and .init.jsonl)"),
    Flag.optional
  ),
  candidates: Flag.Int("candidates").pipe(
    Flag.withDescription(`The most explanations to follow at a time, 1..${CANDIDATES_MAX} (default 64)`),
    Flag.withDefault(64)
  ),
  foreign: Flag.Boolean("foreign").pipe(
    Flag.withDescription("The trace is of another implementation and may omit drops"),
    Flag.withDefault(false)
  ),
  allow: Flag.String("allow").pipe(
    Flag.withDescription("Divergences to waive and count, as D-E1,D-I4 (spec/check.md says which can be)"),
    Flag.optional
  ),
  window: Flag.Int("window").pipe(
    Flag.withDescription(`Lines that wait for outputs on later lines, 1..2^24, if no settle comes (default ${WINDOW_LINES})`),
    Flag.withDefault(WINDOW_LINES)
  ),
  copyLines: Flag.Int("copy-lines").pipe(
    Flag.withDescription(`Lines whose outputs are kept for copies of later lines, 1..2^24 (default ${COPY_LINES})`),
    Flag.withDefault(COPY_LINES)
  )
}, Effect.fnUntraced(function*({ allow: list, candidates, copyLines, foreign, init, trace, window }) {
  const json = yield* Json
  yield* within("candidates", candidates, 1, CANDIDATES_MAX)
  yield* within("window", window, 1, KEPT_MAX)
  yield* within("copy-lines", copyLines, 1, KEPT_MAX)
  const allow: ReadonlyArray<WaivableId> = yield* waiversOf("check", Option.getOrNull(list))
  const [name, judged, hint] = yield* Effect.scoped(Effect.gen(function*() {
    const { isCapture, isSidecar, source } = yield* openTraceOrCapture("check", trace)
    const catching = (fault: unknown) => fault instanceof EnvironmentError ? fault : readFault("check", source.name, fault)
    const beside = isCapture ? yield* openSidecar(trace, Option.getOrNull(init)) : null
    if (beside === null && Option.isSome(init)) {
      const none = "is none: it begins like neither pcap nor pcapng"
      return yield* new UsageError({ message: `check: --init belongs to a capture, and ${source.name} ${none}` })
    }
    const progress = new Progress((text) => json || process.stderr.write(`${text}\n`))
    let bytes = 0
    const pieces = counted(source, (more) => (bytes += more))
    const onLine = ({ lines: done }: { readonly lines: number }) => progress.tell(progressText(isCapture ? "packets and lines" : "lines", done, bytes, source))
    const options = { allow, candidates, copyLines, window, drops: !foreign, onLine, hasMemory }
    const judged = yield* Effect.tryPromise({ try: () => judge(pieces, beside, options), catch: catching })
    return [source.name, judged, isSidecar ? SIDECAR_HINT : null] as const
  }))
  if (Result.isFailure(judged)) {
    const why = judged.failure?.message ?? "it is empty; the first line of a trace is an init"
    return yield* new UsageError({ message: `check: ${name}: ${why}${hint === null ? "" : `; ${hint}`}` })
  }
  const verdict = judged.success
  yield* Console.log(json ? JSON.stringify(verdict, null, 2) : render(name, verdict))
  if (verdict.verdict === "allowed") return
  const advice = hint ?? moreHint(verdict, candidates)
  return yield* new WrongError({ message: `check: ${name}: ${verdict.verdict}${advice === null ? "" : `; ${advice}`}` })
}, reportingJson)).pipe(Command.withDescription("Say whether a trace or a capture is allowed, and the first violation if not"))
