/** `madmux check TRACE`: is everything in this trace allowed by the rules? Judges any implementation's trace. */
import * as Result from "effect/Result"
import { Console, Effect, FileSystem } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { check } from "../../properties/checker.ts"
import { type Verdict, violationText } from "../../properties/verdict.ts"
import { readTrace } from "../trace/read.ts"
import { EnvironmentError, fileFault, reportingJson, UsageError, WrongError } from "./errors.ts"
import { Json } from "./flags.ts"
import { paintFor } from "./screen.ts"

const render = (trace: string, { invariants, mostCandidates, skipped, steps, undecided, verdict, violations }: Verdict) => {
  const paint = paintFor(process.stdout)
  const summary = `${trace}: ${steps} steps, ${invariants} invariants watched, at most ${mostCandidates} explanations at a time`
  const notes = [
    ...undecided,
    ...(skipped.length === 0 ? [] : [`lines without a meaning in this run: n ${skipped.join(", ")}`])
  ]
  const judged = verdict === "allowed" ? paint.good("allowed") : paint.bad(verdict)
  return [summary, ...violations.map(violationText), ...notes, judged].join("\n")
}

export const checkCommand = Command.make("check", {
  trace: Argument.String("trace").pipe(Argument.withDescription("A trace, JSON Lines of the format special-qp/1")),
  candidates: Flag.Int("candidates").pipe(
    Flag.withDescription("The most explanations to follow at a time, 1..4096 (default 64)"),
    Flag.withDefault(64)
  ),
  foreign: Flag.Boolean("foreign").pipe(
    Flag.withDescription("The trace is of another implementation and may omit drops"),
    Flag.withDefault(false)
  )
}, Effect.fnUntraced(function*({ candidates, foreign, trace }) {
  const json = yield* Json
  if (candidates < 1 || candidates > 4096) {
    return yield* new UsageError({ message: `check: --candidates ${candidates} is not in 1..4096` })
  }
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(trace).pipe(
    Effect.mapError((fault) => new EnvironmentError({ message: `check: cannot read ${trace}: ${fileFault(fault)}` }))
  )
  const lines = readTrace(text)
  if (Result.isFailure(lines)) {
    return yield* new UsageError({ message: `check: ${trace}: ${lines.failure.message}` })
  }
  if (lines.success.length === 0) {
    return yield* new UsageError({ message: `check: ${trace} is empty; the first line of a trace is an init` })
  }
  const verdict = check(lines.success, { candidates, drops: !foreign })
  yield* Console.log(json ? JSON.stringify(verdict, null, 2) : render(trace, verdict))
  if (verdict.verdict === "allowed") return
  return yield* new WrongError({ message: `check: ${trace}: ${verdict.verdict}` })
}, reportingJson)).pipe(Command.withDescription("Say whether a trace is allowed, and the first violation if not"))
