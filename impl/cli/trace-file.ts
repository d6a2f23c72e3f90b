/** The file that a run writes its trace to, a line at a time. */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs"
import { Effect } from "effect"
import { encodeLine, type Line } from "../trace/line.ts"
import { EnvironmentError, fileFault } from "./errors.ts"

/**
 * Opens a trace file for the scope. What stood in it stays until the first line comes; a run that ends before leaves no file
 * that was not there. Only whole lines stay: `fault` says why it stopped taking them. Fails when it cannot be written.
 */
export const openTrace = Effect.fnUntraced(function*(path: string) {
  const fault = (cause: unknown) =>
    new EnvironmentError({
      message: `run: cannot write the trace ${path}: ${fileFault(cause)}`
    })
  let lengthBytes = 0
  const opened = yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        const isNew = !existsSync(path)
        const file = openSync(path, "a")
        return { file, isNew, isPlain: fstatSync(file).isFile() }
      },
      catch: fault
    }),
    ({ file, isNew }) =>
      Effect.sync(() => {
        closeSync(file)
        if (isNew && lengthBytes === 0) unlinkSync(path)
      })
  )
  const cut = (): void => {
    if (opened.isPlain) ftruncateSync(opened.file, lengthBytes)
  }
  const cutAfterFault = (): void => {
    try {
      cut()
    } catch {
      // The first fault is the one that is told.
    }
  }
  const trace: { fault: EnvironmentError | null; write: (line: Line) => void } = {
    fault: null,
    write: (line) => {
      if (trace.fault !== null) return
      try {
        if (lengthBytes === 0) cut()
        const bytes = Buffer.from(`${encodeLine(line)}\n`)
        for (let at = 0; at < bytes.length;) at += writeSync(opened.file, bytes, at)
        lengthBytes += bytes.length
      } catch (cause) {
        trace.fault = fault(cause)
        cutAfterFault()
      }
    }
  }
  return trace
})
