/**
 * The receiving side of one RMPP transfer (IBTA Vol 1, 13.6.6): takes segments in any order within its
 * window, acknowledges at the end of each window and at the end of all, and again what comes again.
 */
import { RMPP_FLAG, rmppData } from "../../../wire/rmpp.ts"
import { viewOf } from "../packet.ts"
import { abortOf, ackOf, dataByte, lastDataBytes, RMPP_STATUS, segmentBytes } from "./packets.ts"
import type { TransferState } from "./sender.ts"

/** Receives data in segments. */
export class RmppReceiver {
  readonly #window: number
  readonly #segments = new Map<number, Uint8Array>()
  #state: TransferState = { _tag: "open" }
  #inOrder = 0
  #windowLast = 1
  #last: number | null = null
  #data: Uint8Array | null = null

  constructor(window: number) {
    this.#window = window
  }

  get state(): TransferState {
    return this.#state
  }

  /** The data, once all of it is there. */
  get data(): Uint8Array | null {
    return this.#data
  }

  /** Segments that came in order so far. */
  get received(): number {
    return this.#inOrder
  }

  /** A DATA packet; returns the ACK or ABORT it is answered with, if any. */
  take(mad: Uint8Array): ReadonlyArray<Uint8Array> {
    if (this.#state._tag === "ended") return []
    const view = viewOf(mad)
    const number = rmppData.SegmentNumber.get(view, 0)
    const flags = rmppData.RMPPFlags.get(view, 0)
    if (this.#data !== null || (number >= 1 && number <= this.#inOrder)) return [this.#ack(mad)]
    if ((number === 1) !== ((flags & RMPP_FLAG.First) !== 0)) return this.#abort(mad, RMPP_STATUS.InconsistentFirst)
    if (number > this.#windowLast) return []
    if ((flags & RMPP_FLAG.Last) !== 0) {
      const bytes = lastDataBytes(mad)
      if (bytes < 0 || bytes > segmentBytes(mad)) return this.#abort(mad, RMPP_STATUS.InconsistentLast)
      this.#last = number
    }
    this.#segments.set(number, mad)
    while (this.#segments.has(this.#inOrder + 1)) this.#inOrder += 1
    if (this.#inOrder === this.#last) this.#finish(mad)
    else if (this.#inOrder !== this.#windowLast) return []
    return [this.#ack(mad)]
  }

  #ack(mad: Uint8Array): Uint8Array {
    if (this.#inOrder === this.#windowLast && this.#data === null) this.#windowLast += this.#window
    return ackOf(mad, this.#inOrder, Math.max(this.#windowLast, this.#inOrder))
  }

  #abort(mad: Uint8Array, rmppStatus: number): ReadonlyArray<Uint8Array> {
    this.#state = { _tag: "ended", rmppStatus }
    return [abortOf(mad, rmppStatus)]
  }

  #finish(lastMad: Uint8Array): void {
    const room = segmentBytes(lastMad)
    const parts = [...this.#segments].sort(([a], [b]) => a - b).map(([, mad]) => mad.subarray(dataByte(mad)))
    const bytes = (parts.length - 1) * room + lastDataBytes(parts.length === 1 ? lastMad : this.#lastSegment(lastMad))
    const whole = new Uint8Array(parts.length * room)
    parts.forEach((part, i) => whole.set(part, i * room))
    this.#data = whole.subarray(0, bytes)
    this.#state = { _tag: "done" }
  }

  #lastSegment(otherwise: Uint8Array): Uint8Array {
    return (this.#last === null ? undefined : this.#segments.get(this.#last)) ?? otherwise
  }
}
