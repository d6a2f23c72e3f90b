/** How a command fails: with a sentence for people and the exit code of DESIGN: 1 usage, 2 the thing under check is wrong, 3 environment. */
import { Runtime } from "effect"
import { CliError } from "effect/cli"
import * as Data from "effect/Data"

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
