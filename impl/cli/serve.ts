/** Serves the reference protocol over standard input and output; what the `serve-...` commands share. */
import { Effect } from "effect"
import { LineServer, type Served } from "../trace/server.ts"
import { LineSplitter } from "../trace/split.ts"
import { EnvironmentError } from "./errors.ts"

/** Whoever asked has gone: there is nobody left to answer, and nothing is wrong. */
const GONE: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_PREMATURE_CLOSE"])
const isGone = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" && GONE.has(cause.code)

/** Writes a line; resolves once it is out. */
const written = (stream: NodeJS.WritableStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => stream.write(`${text}\n`, (fault) => (fault ? reject(fault) : resolve())))

const serving = async (served: Served, signal: AbortSignal): Promise<void> => {
  const { stdin, stdout } = process
  // A write that fails rejects, and is told as an event besides.
  stdout.on("error", () => stdin.destroy())
  signal.addEventListener("abort", () => stdin.destroy())
  const server = new LineServer(served)
  const splitter = new LineSplitter()
  for await (const bytes of stdin) {
    if (!(bytes instanceof Uint8Array)) throw new TypeError("standard input gives texts instead of bytes")
    for (const line of splitter.push(bytes)) await written(stdout, server.answer(line))
  }
  const rest = splitter.end()
  if (rest !== null) await written(stdout, server.answer(rest))
}

/**
 * Answers every line of standard input with one on standard output, until the input ends or whoever reads the
 * output has gone. Fails when a stream breaks otherwise.
 */
export const serveStdio = (command: string, served: Served): Effect.Effect<void, EnvironmentError> =>
  Effect.tryPromise({ try: (signal) => serving(served, signal), catch: (cause) => cause }).pipe(
    Effect.catch((cause) =>
      isGone(cause)
        ? Effect.void
        : Effect.fail(new EnvironmentError({ message: `${command}: a standard stream broke: ${String(cause)}` }))
    )
  )
