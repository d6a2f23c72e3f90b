/**
 * The sending side of one RMPP transfer (IBTA Vol 1, 13.6.6): segments within the receiver's window, again
 * from the first one not acknowledged when an ACK is late, an ABORT when it stays away.
 */
import { RMPP_TYPE, rmppAck } from "../../../wire/rmpp.ts"
import { viewOf } from "../packet.ts"
import { abortOfSender, dataSegment, RMPP_STATUS, rmppTypeOf, segmentCount, statusOf } from "./packets.ts"

/** How patient a party is. */
export interface RmppTiming {
  /** Until what was not acknowledged or answered is sent again. */
  readonly timeoutMs: number
  /** How often, without any progress. */
  readonly retries: number
  /** Segments that a receiver takes at once. */
  readonly window: number
}

/** Times for a fabric without a real clock: short, but longer than its delays. */
export const defaultRmppTiming: RmppTiming = { timeoutMs: 200, retries: 7, window: 4 }

/**
 * How a transfer stands; `ended` carries the RMPPStatus of a STOP or ABORT, one's own or the other side's.
 */
export type TransferState =
  | { readonly _tag: "open" }
  | { readonly _tag: "done" }
  | { readonly _tag: "ended"; readonly rmppStatus: number }

/** Sends data in segments. Each method returns the MADs to send now. */
export class RmppSender {
  readonly segments: number
  readonly #header: Uint8Array
  readonly #data: Uint8Array
  readonly #timing: RmppTiming
  #state: TransferState = { _tag: "open" }
  #acknowledged = 0
  #windowLast = 1
  /** The last segment of this round, and of all rounds: a late ACK may name one that is to go again. */
  #sent = 0
  #everSent = 0
  #retriesLeft: number
  #dueMs = 0

  /** `header` is a MAD up to its data; its RMPP header is overwritten. */
  constructor(header: Uint8Array, data: Uint8Array, timing: RmppTiming) {
    this.segments = segmentCount(header, data.length)
    this.#header = header
    this.#data = data
    this.#timing = timing
    this.#retriesLeft = timing.retries
  }

  get state(): TransferState {
    return this.#state
  }

  /** When `tick` has something to do; null when the transfer is over. */
  get dueMs(): number | null {
    return this.#state._tag === "open" ? this.#dueMs : null
  }

  /** The first segment. */
  start(nowMs: number): ReadonlyArray<Uint8Array> {
    this.#dueMs = nowMs + this.#timing.timeoutMs
    return this.#fill()
  }

  /** An ACK, STOP or ABORT of the receiver. */
  control(mad: Uint8Array, nowMs: number): ReadonlyArray<Uint8Array> {
    if (this.#state._tag !== "open") return []
    if (rmppTypeOf(mad) !== RMPP_TYPE.ACK) {
      this.#state = { _tag: "ended", rmppStatus: statusOf(mad) }
      return []
    }
    const segment = rmppAck.SegmentNumber.get(viewOf(mad), 0)
    const windowLast = rmppAck.NewWindowLast.get(viewOf(mad), 0)
    if (windowLast < segment) return this.#abort(RMPP_STATUS.NewWindowLastTooSmall)
    if (segment > this.#everSent) return this.#abort(RMPP_STATUS.SegmentNumberTooBig)
    if (segment < this.#acknowledged) return []
    if (segment > this.#acknowledged) {
      this.#retriesLeft = this.#timing.retries
      this.#dueMs = nowMs + this.#timing.timeoutMs
    }
    this.#acknowledged = segment
    this.#sent = Math.max(this.#sent, segment)
    this.#windowLast = Math.max(this.#windowLast, windowLast)
    if (segment === this.segments) {
      this.#state = { _tag: "done" }
      return []
    }
    return this.#fill()
  }

  /** Time has passed. */
  tick(nowMs: number): ReadonlyArray<Uint8Array> {
    if (this.#state._tag !== "open" || nowMs < this.#dueMs) return []
    if (this.#retriesLeft === 0) return this.#abort(RMPP_STATUS.TooManyRetries)
    this.#retriesLeft -= 1
    this.#dueMs = nowMs + this.#timing.timeoutMs
    this.#sent = this.#acknowledged
    return this.#fill()
  }

  #fill(): ReadonlyArray<Uint8Array> {
    const out: Array<Uint8Array> = []
    while (this.#sent < Math.min(this.#windowLast, this.segments)) {
      this.#sent += 1
      out.push(dataSegment(this.#header, this.#data, this.#sent))
    }
    this.#everSent = Math.max(this.#everSent, this.#sent)
    return out
  }

  #abort(rmppStatus: number): ReadonlyArray<Uint8Array> {
    this.#state = { _tag: "ended", rmppStatus }
    return [abortOfSender(this.#header, rmppStatus)]
  }
}
