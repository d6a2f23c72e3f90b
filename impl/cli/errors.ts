/** How a command fails: with a sentence for people and an exit code: 1 usage, 2 the thing under check is wrong, 3 environment. */
import { Runtime } from "effect"
import { CliError } from "effect/cli"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import { Json } from "./flags.ts"

/** The call itself is wrong: a flag, a value, a file that is not what it should be (exit 1). */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 1
  override get [CliError.userMessage](): string {
    return this.message
  }
}

/** What was checked is wrong (exit 2). */
export class WrongError extends Data.TaggedError("WrongError")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 2
  override get [CliError.userMessage](): string {
    return this.message
  }
}

/** Something around us is missing or broken: a file, a port, a simulator (exit 3). */
export class EnvironmentError extends Data.TaggedError("EnvironmentError")<{ readonly message: string }> {
  override readonly [Runtime.errorExitCode] = 3
  override get [CliError.userMessage](): string {
    return this.message
  }
}

/** A failure of a command. */
export type CommandError = UsageError | WrongError | EnvironmentError

/** With `--json` a failure is a JSON document on standard output, too, beside its sentence on standard error. */
export const reportingJson = <A, E extends CommandError, R>(
  effect: Effect.Effect<A, E, R>
) =>
  Effect.tapError(effect, (error) =>
    Effect.flatMap(Json, (json) =>
      json && !(error instanceof WrongError)
        ? Console.log(errorJson(error.message, error[Runtime.errorExitCode]))
        : Effect.void
    )
  )

/** A failure as the JSON document of `--json`. */
export const errorJson = (error: string, exitCode: number, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ error, exitCode, ...more }, null, 2)

/** What the operating system says, in words. */
const SAYINGS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is no directory",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  EIO: "the device failed",
  EROFS: "the file system is read-only",
  EPIPE: "the reader is gone",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links lead in a circle",
  ENXIO: "there is no such device",
  EBUSY: "the device is busy"
}

const codeIn = (fault: unknown): string | undefined =>
  typeof fault === "object" && fault !== null && "code" in fault && typeof fault.code === "string" ? fault.code : undefined

/** Why a file could not be used, in words: "no space left on the device" instead of a name of the runtime. */
export const fileFault = (fault: unknown): string => {
  const cause = isPlatformError(fault) ? (fault.reason.cause ?? fault) : fault
  const code = codeIn(cause)
  const saying = code === undefined ? undefined : SAYINGS[code]
  if (saying !== undefined) return saying
  if (isPlatformError(fault)) return WORDS[fault.reason._tag] ?? fault.reason.message
  return cause instanceof Error ? cause.message : String(cause)
}

const isPlatformError = (fault: unknown): fault is PlatformError =>
  typeof fault === "object" && fault !== null && "_tag" in fault && fault._tag === "PlatformError"

/** For faults that bear no code. */
const WORDS: Readonly<Record<string, string>> = {
  NotFound: "no such file or directory",
  PermissionDenied: "permission denied",
  BadResource: "not a plain file"
}
