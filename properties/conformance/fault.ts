/** How a subject under test fails to keep the line protocol: nothing that it answers is judged any more. */
import * as Data from "effect/Data"

/** In which way a subject is no partner to talk to. */
export type FaultKind =
  /** It could not be started. */
  | "start"
  /** It ended, or closed its output, while an answer was due. */
  | "dead"
  /** It said nothing within twice the time limit. */
  | "silent"
  /** Its answer began, or came whole, after the time limit. */
  | "slow"
  /** It said what nobody asked for: a second answer, or one without an end. */
  | "babbling"
  /** It answered with what is no line of the format. */
  | "garbage"
  /** It answered another line than the one it was asked. */
  | "wrong-n"

/** What every kind of fault means, for pages and reports. */
export const faultKinds: Readonly<Record<FaultKind, string>> = {
  start: "could not be started",
  dead: "ended before it answered",
  silent: "did not answer",
  slow: "answered too late",
  babbling: "said more than it was asked",
  garbage: "answered with what is no line of the format",
  "wrong-n": "answered another line than it was asked"
}

/** Thrown by a subject that cannot be talked to (any more). */
export class SubjectFault extends Data.TaggedError("SubjectFault")<{
  readonly kind: FaultKind
  /** What happened and at which line, a sentence. */
  readonly message: string
  /** The last lines it wrote to its standard error, oldest first. */
  readonly stderr: ReadonlyArray<string>
}> {}
