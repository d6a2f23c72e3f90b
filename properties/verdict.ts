/** What a checker says about a trace. */
import type { Line } from "../impl/trace/line.ts"
import type { RequirementId } from "../spec/requirements.ts"

/** Which part of the rules a violation breaks. */
export type ViolationKind =
  /** No state of the model explains the outputs of the line. */
  | "behaviour"
  /** Bytes of a MAD changed that may not, or are set that must be zero [SQP-FRAME-1]. */
  | "frame"
  /** A requirement read over the whole history does not hold. */
  | "invariant"
  /** Bytes of a local query's answer are wrong [SQP-VIEW-1]. */
  | "view"
  /** The counters do not add up [SQP-ACC-1]. */
  | "accounting"
  /** The implementation refused a command that can be done. */
  | "refused"

/** One violation, with what there is to say about it. */
export interface Violation {
  readonly kind: ViolationKind
  /** Place of the line in the trace, from 1. */
  readonly line: number
  /** Its number `n`. */
  readonly n: number
  /** What it is called where it is no line of a file, but packets of a capture. */
  readonly place?: string
  /** What happened on the line, in words. */
  readonly event: string
  /** What is wrong, one sentence or more. */
  readonly texts: ReadonlyArray<string>
  /** What the closest permitted behaviour would have put out and the trace has not. */
  readonly expected: ReadonlyArray<string>
  /** What the trace has and the closest permitted behaviour would not have put out. */
  readonly observed: ReadonlyArray<string>
  /** Requirements that speak of it; a hint where the kind is `behaviour`. */
  readonly requirements: ReadonlyArray<RequirementId>
}

/** A line of the past with its place in the trace. */
export interface Past {
  readonly place: number
  readonly line: Line
}

/** The judgement of a whole trace. */
export interface Verdict {
  readonly verdict: "allowed" | "violation" | "undecided"
  /** Lines that were followed. */
  readonly steps: number
  /** How many invariants were watched. */
  readonly invariants: number
  /** The most states that explained the trace at one time. */
  readonly mostCandidates: number
  /** Numbers `n` of lines that meant nothing in this run, because a `copy` names an output that is not there. */
  readonly skipped: ReadonlyArray<number>
  /** How many there were; `skipped` has the first hundred. */
  readonly skippedCount: number
  readonly violations: ReadonlyArray<Violation>
  /** Why the trace cannot be decided, where it cannot. */
  readonly undecided: ReadonlyArray<string>
  /** How often each divergence that was to be waived was met. */
  readonly waived: Readonly<Record<string, number>>
  /** The line of the violation and, before it, the last that have to do with it; empty where there is none. */
  readonly relevant: ReadonlyArray<Past>
}

const section = (title: string, texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.length === 0 ? [] : [`  ${title}:`, ...texts.map((text) => `    ${text}`)]

/** Names a line of a trace: by its place in the file, and by the `n` that stands in it. */
export const placeText = (line: number, n: number): string => `line ${line} (n ${n})`

/** A violation as text for people, several lines. */
export const violationText = ({
  event,
  expected,
  kind,
  line,
  n,
  observed,
  place = placeText(line, n),
  requirements,
  texts
}: Violation): string =>
  [
    `${place}: ${kind} violation${requirements.length === 0 ? "" : ` (${requirements.join(", ")})`}`,
    `  ${event}`,
    ...texts.map((text) => `  ${text}`),
    ...section("expected", expected),
    ...section("observed", observed)
  ].join("\n")
