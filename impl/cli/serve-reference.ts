/** `madmux serve-reference`: our own PF context behind the reference protocol, for harnesses in any language. */
import { Command } from "effect/cli"
import { TraceDriver } from "../trace/driver.ts"
import { serveStdio } from "./serve.ts"

export const serveReferenceCommand = Command.make(
  "serve-reference", {}, () => serveStdio("serve-reference", new TraceDriver())
).pipe(
  Command.withDescription(
    "Answer trace commands on standard input, one reply line for each, by the implementation of this package"
  )
)
