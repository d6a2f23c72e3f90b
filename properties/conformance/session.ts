/** One run of one subject: a sequence is done line by line, and judged as it goes. */
import * as Result from "effect/Result"
import { resolveCommand } from "../../impl/trace/copy.ts"
import type { Line } from "../../impl/trace/line.ts"
import type { Output } from "../../impl/trace/output.ts"
import type { CheckOptions } from "../checker.ts"
import type { AsyncSubject } from "../subject.ts"
import type { Violation } from "../verdict.ts"
import { SubjectFault } from "./fault.ts"
import { Judge } from "./judge.ts"

/** Lines to do, each decided when the one before is done; it is told those, with what came of them. */
export type Inputs = Generator<Line, void, Line>

/** How a run ended. */
export type Outcome =
  | { readonly _tag: "allowed" }
  | { readonly _tag: "undecided"; readonly texts: ReadonlyArray<string> }
  | { readonly _tag: "violation"; readonly violation: Violation }
  | { readonly _tag: "fault"; readonly fault: SubjectFault }

/** A run: the lines that were done, `copy` and `qpnFrom` as they were drawn, up to what is wrong; and how it ended. */
export interface Run {
  readonly lines: ReadonlyArray<Line>
  readonly outcome: Outcome
  /** How often each divergence that was to be waived was met. */
  readonly waived: Readonly<Record<string, number>>
}

/** The inputs of a trace, one after the other. */
export function* inputsOf(lines: Iterable<Line>): Inputs {
  for (const { in: command, n } of lines) yield { n, in: command }
}

const judged = (judge: Judge): Outcome => {
  const { undecided = [], violations: [violation] = [] } = judge.verdict ?? {}
  if (violation !== undefined) return { _tag: "violation", violation }
  return undecided.length > 0 ? { _tag: "undecided", texts: undecided } : { _tag: "allowed" }
}

/** A line that quotes what this run has not put out means nothing in it, and is left out. */
const follow = async (inputs: Inputs, subject: AsyncSubject, judge: Judge, lines: Array<Line>): Promise<Outcome> => {
  const outputs = new Map<number, ReadonlyArray<Output>>()
  for (let next = inputs.next(); !next.done;) {
    const { in: command, n } = next.value
    const meant = resolveCommand(command, (line) => outputs.get(line))
    if (Result.isFailure(meant)) {
      next = inputs.next({ n, in: command, error: meant.failure })
      continue
    }
    // Without outputs as yet: it may be the one that is never answered.
    lines.push({ n, in: command })
    const { error, out = [] } = await subject.apply({ n, in: meant.success })
    const line: Line = { n, in: command, ...(error === undefined ? { out } : { error }) }
    lines[lines.length - 1] = line
    outputs.set(n, out)
    judge.note(line, meant.success)
    if ((judge.verdict?.violations.length ?? 0) > 0) return judged(judge)
    next = inputs.next(line)
  }
  judge.settled()
  return judged(judge)
}

/**
 * Does a sequence on a fresh subject, which is closed afterwards, whatever happened. Ends at the first violation or
 * fault of the subject; rejects only for errors of its own.
 */
export const runOnce = async (
  inputs: Inputs,
  open: () => AsyncSubject,
  about: string,
  options: CheckOptions
): Promise<Run> => {
  const lines: Array<Line> = []
  const asFault = (fault: unknown): Outcome => {
    if (fault instanceof SubjectFault) return { _tag: "fault", fault }
    throw fault
  }
  const subject = open()
  const judge = new Judge(about, options)
  const outcome = await follow(inputs, subject, judge, lines).catch((fault) => asFault(fault))
  const atEnd = await subject.close().then(() => outcome, (fault) => asFault(fault))
  const isRight = outcome._tag === "allowed" || outcome._tag === "undecided"
  return { lines, outcome: isRight ? atEnd : outcome, waived: judge.verdict?.waived ?? {} }
}
