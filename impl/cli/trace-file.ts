/** The files that a run writes its trace to, a line at a time: JSON Lines, or a capture with its sidecar. */
import { Effect } from "effect"
import { CaptureWriter } from "../trace/capture/write.ts"
import { encodeLine, type Line } from "../trace/line.ts"
import type { EnvironmentError } from "./errors.ts"
import { openWhole, type WholeFile } from "./whole-file.ts"

/** Takes the lines of a run. */
export interface TraceFile {
  /** Why it takes no more lines; null while it does. */
  readonly fault: EnvironmentError | null
  readonly write: (line: Line) => void
}

const writeLine = (file: WholeFile, line: string): void => file.write(Buffer.from(`${line}\n`))

/** Opens a trace file for the scope; fails when it cannot be written. See {@link openWhole}. */
export const openTrace = Effect.fnUntraced(function*(who: string, path: string) {
  const file = yield* openWhole(`${who}: cannot write the trace`, path)
  const trace: TraceFile = {
    get fault() {
      return file.fault
    },
    write: (line) => writeLine(file, encodeLine(line))
  }
  return trace
})

/** Where the sidecar of a capture is, if nobody says otherwise. */
export const sidecarOf = (path: string): string => `${path}.init.jsonl`

/**
 * Opens a capture and its sidecar for the scope, for a run that begins at `startMs` (milliseconds since 1970); fails when
 * either cannot be written. What is written when the scope closes says how long the run was.
 */
export const openCapture = Effect.fnUntraced(function*(who: string, path: string, startMs: number) {
  const capture = yield* openWhole(`${who}: cannot write the capture`, path)
  const sidecar = yield* openWhole(`${who}: cannot write the sidecar of the capture`, sidecarOf(path))
  const writer = new CaptureWriter(startMs, {
    packets: capture.write,
    // Beside a capture that takes no more packets it says nothing more, and nothing at all where none were taken.
    sidecar: (line) => capture.fault ?? writeLine(sidecar, line)
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => writer.end()))
  const trace: TraceFile = {
    get fault() {
      return capture.fault ?? sidecar.fault
    },
    write: (line) => writer.push(line)
  }
  return trace
})
