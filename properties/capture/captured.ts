/** Traces as captures, for tests: the bytes of both files, in pieces or whole. */
import * as Result from "effect/Result"
import { CaptureWriter } from "../../impl/trace/capture/write.ts"
import type { Line } from "../../impl/trace/line.ts"
import type { CheckOptions } from "../checker.ts"
import { copied } from "../copied.ts"
import { attributed } from "../attributed.ts"
import { type CaptureVerdict, checkCapture } from "./check.ts"

/** A capture and its sidecar. */
export interface Captured {
  readonly capture: Uint8Array
  readonly sidecar: string
}

/** When captures of tests begin. */
export const START_MS = 1_700_000_000_000

/** A trace as a capture. */
export const captured = (lines: ReadonlyArray<Line>): Captured => {
  const packets: Array<Uint8Array> = []
  const asides: Array<string> = []
  const writer = new CaptureWriter(START_MS, { packets: (bytes) => packets.push(bytes), sidecar: (line) => asides.push(line) })
  // What means nothing in this run was not done, and no packet was seen of it.
  const done = attributed(copied(lines)).filter(({ error }) => error === undefined)
  for (const line of done.map(withoutCauses)) writer.push(line)
  writer.end()
  return { capture: Buffer.concat(packets), sidecar: asides.map((line) => `${line}\n`).join("") }
}

const withoutCauses = (line: Line): Line =>
  line.out === undefined ? line : { ...line, out: line.out.map(({ for: _cause, ...output }) => output) }

/** The bytes in pieces of so many. */
export async function* inPieces(bytes: Uint8Array, length = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += Math.max(1, length)) yield bytes.subarray(at, at + Math.max(1, length))
}

/** What the checker says of a capture. */
export const judgedCapture = ({ capture, sidecar }: Captured, options: CheckOptions = {}) =>
  checkCapture(inPieces(capture), inPieces(Buffer.from(sidecar)), options)

/** The judgement of a capture that can be read. */
export const verdictOf = async (of: Captured, options: CheckOptions = {}): Promise<CaptureVerdict> =>
  Result.getOrThrow(await judgedCapture(of, options))
