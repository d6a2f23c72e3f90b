/** Judges a capture of both sides of a PF context with its sidecar, as a trace would be judged [SQP-CHK-6]. */
import * as Result from "effect/Result"
import { CaptureMerge } from "../../impl/trace/capture/merge.ts"
import { traceLinesOf } from "../../impl/trace/read.ts"
import { capturedPackets, type CaptureError } from "../../impl/trace/capture/read.ts"
import type { CheckOptions } from "../checker.ts"
import { checkLines, type CheckProgress } from "../trace-check.ts"
import type { Verdict } from "../verdict.ts"

/** The judgement of a capture. */
export interface CaptureVerdict extends Verdict {
  /** How many packets were not judged, by what they are: "of other QPs of the port". */
  readonly unread: Readonly<Record<string, number>>
  /** The packets of the lines of `relevant`, by their place. */
  readonly places: Readonly<Record<number, string>>
}

/**
 * Judges a capture in one pass. What is no capture, is damaged, or names what its sidecar does not is a failure. Rejects
 * as its sources do.
 */
export const checkCapture = async (
  capture: AsyncIterable<Uint8Array>,
  sidecar: AsyncIterable<Uint8Array>,
  options: CheckOptions & { readonly onLine?: (progress: CheckProgress) => void } = {}
): Promise<Result.Result<CaptureVerdict, CaptureError | null>> => {
  const merge = new CaptureMerge(capturedPackets(capture), traceLinesOf(sidecar))
  // Every line has all its outputs: none waits for more.
  const judged = await checkLines(merge.lines(), { ...options, window: 1, placeText: (_, n) => merge.placeOf(n) })
  return Result.map(judged, (verdict) => ({
    ...verdict,
    unread: Object.fromEntries(merge.unread),
    places: Object.fromEntries(verdict.relevant.map(({ line, place }) => [place, merge.placeOf(line.n)]))
  }))
}
