/** Bytes of a file, a pipe, a FIFO or standard input, as they come: none of it is held. */
import { createReadStream, fstatSync, type ReadStream } from "node:fs"
import { Effect } from "effect"
import { isCapture } from "../trace/capture/read.ts"
import { fileFault } from "../system/file-fault.ts"
import { EnvironmentError, UsageError } from "./errors.ts"

/** Where bytes come from. */
export interface ByteSource {
  /** What it is called in a sentence: its path, or "standard input". */
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array>
  /** Its length in bytes; null where it has none. */
  readonly lengthBytes: number | null
}

/** A piece large enough that reading is no matter beside checking, and small enough that what is read tells what is checked. */
const PIECE_BYTES = 1 << 16

/**
 * A source whose first `count` bytes (or all, if it has fewer) are known before the rest is read; its bytes are still all
 * there. Rejects as the source does.
 */
const peeked = async (source: ByteSource, count: number): Promise<{ readonly head: Uint8Array; readonly source: ByteSource }> => {
  const pieces = source.bytes[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < count) {
    const { done, value } = await pieces.next()
    if (done === true) break
    head = Buffer.concat([head, value])
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield head
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value
  }
  return { head, source: { ...source, bytes: bytes() } }
}

/** The sentence of a source that cannot be read; `who` is the command. */
export const readFault = (who: string, name: string, fault: unknown): EnvironmentError =>
  new EnvironmentError({ message: `${who}: cannot read ${name}: ${fileFault(fault)}` })

/** The bytes of a source whose fault names it, for who reads several. */
export async function* named(who: string, { bytes, name }: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (fault) {
    throw readFault(who, name, fault)
  }
}

/** The descriptor, once the file is open: a FIFO is when its writer comes. */
const opened = (stream: ReadStream): Promise<number> => {
  const { promise, reject, resolve } = Promise.withResolvers<number>()
  stream.once("open", resolve)
  stream.once("error", reject)
  return promise
}

/**
 * Opens a path for the scope, or standard input for "-". Fails where it cannot be opened; a fault while it is read rejects
 * the iteration (see {@link readFault}).
 */
export const openBytes = Effect.fnUntraced(function*(who: string, path: string) {
  if (path === "-") {
    yield* Effect.addFinalizer(() => Effect.sync(() => void process.stdin.destroy()))
    const source: ByteSource = { name: "standard input", bytes: process.stdin, lengthBytes: null }
    return source
  }
  if (path === "") return yield* new UsageError({ message: `${who}: the name of the file is empty` })
  const stream = createReadStream(path, { highWaterMark: PIECE_BYTES })
  yield* Effect.addFinalizer(() => Effect.sync(() => void stream.destroy()))
  const fd = yield* Effect.tryPromise({ try: () => opened(stream), catch: (fault) => readFault(who, path, fault) })
  const stat = fstatSync(fd)
  const source: ByteSource = { name: path, bytes: stream, lengthBytes: stat.isFile() ? stat.size : null }
  return source
})

/** So much of a file shows what it is. */
const HEAD_BYTES = 64

/**
 * Opens a path for the scope as {@link openBytes} does, and says whether it begins like a capture, or like the
 * sidecar of one; all of its bytes are still there.
 */
export const openTraceOrCapture = Effect.fnUntraced(function*(who: string, path: string) {
  const given = yield* openBytes(who, path)
  const { head, source } = yield* Effect.tryPromise({
    try: () => peeked(given, HEAD_BYTES), catch: (fault) => readFault(who, given.name, fault)
  })
  return { source, isCapture: isCapture(head), isSidecar: /^\{"n":\d+,"at":/.test(Buffer.from(head).toString("latin1")) }
})
