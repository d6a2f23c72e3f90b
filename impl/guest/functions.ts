/**
 * The functions of a running PF context as in-process guests hold them: send on a proxy QP, receive from it.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { PortDescription, PortError } from "../port/special-qp-port.ts"
import type { CommandOf } from "../trace/command.ts"
import type { OutputOf } from "../trace/output.ts"

/** What a guest is told: a MAD for one of its proxies. */
export type Received = OutputOf<"function">
/** What a guest hears of its port. */
export type Heard = OutputOf<"event">
/** What a guest posts: a MAD with its address, on the proxy QP of the function. */
export type Posted = Omit<CommandOf<"egress">, "op">

/** The guests' side of a PF context. */
export class Functions extends Context.Service<Functions, {
  readonly port: PortDescription
  /** GUID of each function at the start, 16 hex digits; 0 for one that the SA is asked for. */
  readonly guids: ReadonlyArray<string>
  /** The GUID that a function has now, 16 hex digits; 0 while it has none. */
  readonly guidOf: (f: number) => string
  /** Posts a MAD; false when the proxy's ring is full, and nothing was posted. */
  readonly post: (posted: Posted) => boolean
  /** Who is told of every MAD that reaches a function; at most one listener. */
  readonly onReceive: (listener: (received: Received) => void) => void
  /** Who is told of every port event that reaches a function; at most one listener. */
  readonly onEvent: (listener: (heard: Heard) => void) => void
  /** The accounting of every function and of nobody (null). */
  readonly counters: Effect.Effect<ReadonlyArray<OutputOf<"counters">>>
  /** Runs as long as the PF context does; fails when its port does. */
  readonly running: Effect.Effect<never, PortError>
}>()("madmux/impl/guest/Functions") {}
