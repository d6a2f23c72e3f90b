/** Files that a command writes at its end: tried before its work begins, and no reason to lose what came of it. */
import { Effect, FileSystem } from "effect"
import { fileFault, targetFault } from "../system/file-fault.ts"
import { EnvironmentError, UsageError } from "./errors.ts"

const cannot = (who: string, verb: "make" | "write", path: string, why: string) => `${who}: cannot ${verb} ${path}: ${why}`

/** Fails where a flag that is to name a file names none; flags that are not there are `null`. */
export const demandNames = (
  who: string, flags: Readonly<Record<string, string | null>>
): Effect.Effect<void, UsageError> => {
  const [empty] = Object.entries(flags).find(([, path]) => path === "") ?? []
  if (empty === undefined) return Effect.void
  return Effect.fail(new UsageError({ message: `${who}: --${empty} "" names no file; leave it out, or name one` }))
}

/** Fails where a file could not be written; what stands there stays. */
export const tryTarget = (who: string, path: string): Effect.Effect<void, EnvironmentError> =>
  Effect.suspend(() => {
    const fault = targetFault(path)
    return fault === null ? Effect.void : Effect.fail(new EnvironmentError({ message: cannot(who, "write", path, fault) }))
  })

/** Writes a file after the work is done: why it could not, for after the result was told, or null. */
export const writeTarget = Effect.fnUntraced(function*(who: string, path: string, text: string) {
  const files = yield* FileSystem.FileSystem
  const failed = (fault: unknown) =>
    new EnvironmentError({ message: cannot(who, "write", path, fileFault(fault)), isAfterResult: true })
  return yield* files.writeFileString(path, text).pipe(Effect.match({ onSuccess: () => null, onFailure: failed }))
})

/** Makes a folder, and those that it is in, before the work begins. */
export const makeFolder = Effect.fnUntraced(function*(who: string, path: string) {
  const files = yield* FileSystem.FileSystem
  yield* files.makeDirectory(path, { recursive: true }).pipe(
    Effect.mapError((fault) => new EnvironmentError({ message: cannot(who, "make", path, fileFault(fault)) }))
  )
})
