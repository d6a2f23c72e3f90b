/**
 * The operating error of the ibsim client: what was asked of which simulator, what went wrong, what to do.
 */
import * as Schema from "effect/Schema"

/**
 * What went wrong. `Refused`: an error reply. `Unreachable`: nobody listens. `Closed`: the client's scope is
 * closed.
 */
export type IbsimErrorReason = "Timeout" | "Refused" | "Unreachable" | "Invalid" | "Closed"

/**
 * A request to the simulator at `host`:`port` did not succeed. `asked` names the request and its arguments,
 * `advice` completes the message with what the reader can do.
 */
export class IbsimError extends Schema.TaggedError<IbsimError>()("IbsimError", {
  host: Schema.String,
  port: Schema.Number,
  asked: Schema.String,
  reason: Schema.Literals(["Timeout", "Refused", "Unreachable", "Invalid", "Closed"]),
  advice: Schema.String
}) {
  override get message(): string {
    return `ibsim at ${this.host}:${this.port}, ${this.asked}: ${this.reason.toLowerCase()}; ${this.advice}`
  }
}
