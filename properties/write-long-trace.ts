/** `node properties/write-long-trace.ts LINES`: a trace of at least so many lines on standard output, the same each time. */
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { encodeLine } from "../impl/trace/line.ts"
import { longTrace } from "./long-trace.ts"

function* texts(count: number): Generator<string> {
  for (const line of longTrace(count)) yield `${encodeLine(line)}\n`
}

const count = Number(process.argv[2])
if (!Number.isSafeInteger(count) || count < 1) {
  console.error("how many lines? for example: node properties/write-long-trace.ts 1000000 | madmux check -")
  process.exitCode = 1
} else {
  await pipeline(Readable.from(texts(count)), process.stdout)
}
