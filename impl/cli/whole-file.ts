/** A file that a run writes in pieces, of which only whole ones stay. */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs"
import { Effect } from "effect"
import { fileFault } from "../system/file-fault.ts"
import { EnvironmentError } from "./errors.ts"

/** A file that is being written. */
export interface WholeFile {
  /** Why it takes no more; null while it does. */
  readonly fault: EnvironmentError | null
  /** Adds a piece, whole or not at all; nothing once there was a fault. */
  readonly write: (piece: Uint8Array) => void
}

/**
 * Opens a file for the scope; `what` names it in a sentence: "run: cannot write the trace". What stood in it stays until the
 * first piece comes; a run that ends before leaves no file that was not there. Fails when it cannot be written.
 */
export const openWhole = Effect.fnUntraced(function*(what: string, path: string) {
  const fault = (cause: unknown) => new EnvironmentError({ message: `${what} ${path}: ${fileFault(cause)}` })
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
  const written: { fault: EnvironmentError | null; write: (piece: Uint8Array) => void } = {
    fault: null,
    write: (piece) => {
      if (written.fault !== null) return
      try {
        if (lengthBytes === 0) cut()
        for (let at = 0; at < piece.length;) at += writeSync(opened.file, piece, at)
        lengthBytes += piece.length
      } catch (cause) {
        written.fault = fault(cause)
        cutAfterFault()
      }
    }
  }
  const file: WholeFile = written
  return file
})
