/** `madmux replay TRACE`: what our implementation answers to the inputs of a trace, as a trace. */
import * as Result from "effect/Result"
import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { TraceDriver } from "../trace/driver.ts"
import { encodeLine, type Line, type TraceError } from "../trace/line.ts"
import { countText } from "../system/words.ts"
import { traceLinesOf } from "../trace/read.ts"
import { openTraceOrCapture, readFault } from "./byte-source.ts"
import { reportingJson, UsageError } from "./errors.ts"
import { Json } from "./flags.ts"
import { Progress } from "./progress.ts"

/** What a replay tells at its end. */
interface Replayed {
  lines: number
  /** Lines that were answered with an error. */
  errors: number
  /** Lines that had outputs in the trace, and others here; the first ones by their `n`. */
  different: number
  readonly firstDifferent: Array<number>
  /** Why the trace ends before its end. */
  fault: TraceError | null
}

const SHOWN_MAX = 10

/** Writes a text and waits until there is room for more; false once nobody reads. */
const written = (text: string): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  process.stdout.write(text, (fault) => resolve(fault === null || fault === undefined))
  return promise
}

/** Whether an answer is what the trace has. */
const isSame = (recorded: Line, answered: Line): boolean => encodeLine(recorded) === encodeLine(answered)

const note = (replayed: Replayed, recorded: Line, answered: Line): void => {
  replayed.lines += 1
  if (answered.error !== undefined) replayed.errors += 1
  const isOutput = recorded.out !== undefined || recorded.error !== undefined
  if (!isOutput || isSame(recorded, answered)) return
  replayed.different += 1
  if (replayed.firstDifferent.length < SHOWN_MAX) replayed.firstDifferent.push(recorded.n)
}

/** Does every line again and writes it with its new outputs. */
const replay = async (bytes: AsyncIterable<Uint8Array>, remembers: boolean, onLine: (lines: number) => void): Promise<Replayed> => {
  const driver = new TraceDriver({ remembers })
  const replayed: Replayed = { lines: 0, errors: 0, different: 0, firstDifferent: [], fault: null }
  for await (const line of traceLinesOf(bytes)) {
    if (Result.isFailure(line)) {
      replayed.fault = line.failure
      break
    }
    const answered = driver.apply(line.success)
    note(replayed, line.success, answered)
    if (!await written(`${encodeLine(answered)}\n`)) break
    onLine(replayed.lines)
  }
  return replayed
}

export const replayCommand = Command.make("replay", {
  trace: Argument.String("trace").pipe(
    Argument.withDescription("A trace, with outputs or of inputs only; a FIFO, or - for standard input, too")
  ),
  forget: Flag.Boolean("forget").pipe(
    Flag.withDescription("Keep no outputs for copies: for recorded traces, however long, which have none"),
    Flag.withDefault(false)
  )
}, Effect.fnUntraced(function*({ forget, trace }) {
  const json = yield* Json
  if (json) return yield* new UsageError({ message: "replay: it writes a trace, which is JSON Lines already; leave out --json" })
  const { name, replayed } = yield* Effect.scoped(Effect.gen(function*() {
    const { isCapture, source } = yield* openTraceOrCapture("replay", trace)
    if (isCapture) {
      return yield* new UsageError({ message: `replay: ${source.name}: it is a capture; traces can be done again, captures checked` })
    }
    const progress = new Progress((text) => process.stderr.write(`${text}\n`))
    const onLine = (lines: number) => progress.tell((seconds) => `replay: ${lines} lines in ${Math.round(seconds)} s`)
    const replayed = yield* Effect.tryPromise({
      try: () => replay(source.bytes, !forget, onLine),
      catch: (fault) => readFault("replay", source.name, fault)
    })
    return { name: source.name, replayed }
  }))
  if (replayed.fault !== null) {
    return yield* new UsageError({ message: `replay: ${name}: ${replayed.fault.message}` })
  }
  if (replayed.lines === 0) {
    return yield* new UsageError({ message: `replay: ${name}: it is empty; the first line of a trace is an init` })
  }
  const { different, errors, firstDifferent, lines } = replayed
  const where = different === 0 ? "" : ` (n ${firstDifferent.join(", ")}${different > SHOWN_MAX ? ", ..." : ""})`
  yield* Console.error(
    `replay: ${name}: ${countText(lines, "line")}, ${errors} answered with an error, ${different} otherwise than in the trace${where}`
  )
}, reportingJson)).pipe(Command.withDescription("Do the inputs of a trace again and write what our implementation answers, as a trace"))
