/** How a command fails: with a sentence for people and an exit code: 1 usage, 2 the thing under check is wrong, 3 environment. */
import { Runtime } from "effect"
import { CliError } from "effect/cli"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
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
export class EnvironmentError extends Data.TaggedError("EnvironmentError")<{
  readonly message: string
  /** Whether the result stands on standard output already, so that nothing else may. */
  readonly isAfterResult?: boolean
}> {
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
      json && !(error instanceof WrongError) && !(error instanceof EnvironmentError && error.isAfterResult)
        ? Console.log(errorJson(error.message, error[Runtime.errorExitCode]))
        : Effect.void
    )
  )

/** A failure as the JSON document of `--json`. */
export const errorJson = (error: string, exitCode: number, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ error, exitCode, ...more }, null, 2)
