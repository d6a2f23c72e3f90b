/**
 * One request with an answer of several segments, as a management stack does it: GetTable, or GetMulti, whose
 * request has several segments, too (IBTA Vol 1, 13.6.6.3).
 */
import { madHeader } from "../../../wire/mad-header.ts"
import { RMPP_TYPE } from "../../../wire/rmpp.ts"
import { viewOf } from "../packet.ts"
import { abortOf, ackOf, dataByte, RMPP_STATUS, rmppTypeOf, statusOf } from "./packets.ts"
import { RmppReceiver } from "./receiver.ts"
import { RmppSender, type RmppTiming } from "./sender.ts"

/** How a request ended: with its answer (the first MAD of it and all data), or why not. */
export type RequestEnd =
  | { readonly _tag: "answered"; readonly mad: Uint8Array; readonly data: Uint8Array }
  | { readonly _tag: "failed"; readonly why: "timeout" | "aborted"; readonly rmppStatus: number }

/** A request under way. Each method returns the MADs to send now. */
export class RmppRequester {
  readonly #request: Uint8Array
  readonly #sender: RmppSender | null
  readonly #receiver: RmppReceiver
  readonly #timing: RmppTiming
  #first: Uint8Array | null = null
  #end: RequestEnd | null = null
  #retriesLeft: number
  #dueMs = 0

  /**
   * `request` is a MAD of 256 bytes; with `data` it is only the header of a request in segments (GetMulti), without
   * it the whole request.
   */
  constructor(request: Uint8Array, timing: RmppTiming, data: Uint8Array | null = null) {
    this.#request = request
    this.#sender = data === null ? null : new RmppSender(request, data, timing)
    this.#receiver = new RmppReceiver(timing.window)
    this.#timing = timing
    this.#retriesLeft = timing.retries
  }

  /** TID of the request, 16 hex digits. */
  get tid(): string {
    return madHeader.TransactionID.hex(viewOf(this.#request), 0)
  }

  /** How it ended; null while it goes on. */
  get end(): RequestEnd | null {
    return this.#end
  }

  /** When `tick` has something to do; null when it is over. */
  get dueMs(): number | null {
    return this.#end === null ? this.#sender?.dueMs ?? this.#dueMs : null
  }

  /** The request, or its first segment. */
  start(nowMs: number): ReadonlyArray<Uint8Array> {
    this.#dueMs = nowMs + this.#timing.timeoutMs
    return this.#sender === null ? [this.#request] : this.#sender.start(nowMs)
  }

  /** A MAD with the R bit and the TID of the request. */
  take(mad: Uint8Array, nowMs: number): ReadonlyArray<Uint8Array> {
    switch (rmppTypeOf(mad)) {
      case RMPP_TYPE.NONE:
        if (this.#end === null) this.#end = { _tag: "answered", mad, data: mad.subarray(dataByte(mad)) }
        return []
      case RMPP_TYPE.DATA:
        return this.#data(mad, nowMs)
      case RMPP_TYPE.ACK:
        return this.#acknowledged(mad, nowMs)
      default:
        this.#sender?.control(mad, nowMs)
        this.#end ??= { _tag: "failed", why: "aborted", rmppStatus: statusOf(mad) }
        return []
    }
  }

  /** Time has passed. */
  tick(nowMs: number): ReadonlyArray<Uint8Array> {
    const due = this.dueMs
    if (due === null || nowMs < due) return []
    if (this.#sender?.state._tag === "open") return this.#sent(this.#sender.tick(nowMs))
    this.#dueMs = nowMs + this.#timing.timeoutMs
    if (this.#retriesLeft > 0) {
      this.#retriesLeft -= 1
      // While segments come the responder repeats; a request in segments was acknowledged already.
      return this.#first === null && this.#sender === null ? [this.#request] : []
    }
    this.#end = { _tag: "failed", why: "timeout", rmppStatus: RMPP_STATUS.TimeTooLong }
    return this.#first === null ? [] : [abortOf(this.#first, RMPP_STATUS.TimeTooLong)]
  }

  #data(mad: Uint8Array, nowMs: number): ReadonlyArray<Uint8Array> {
    if (this.#end?._tag === "failed") return []
    const before = this.#receiver.received
    const out = this.#receiver.take(mad)
    if (this.#receiver.received > before) {
      this.#retriesLeft = this.#timing.retries
      this.#dueMs = nowMs + this.#timing.timeoutMs
    }
    this.#first ??= mad
    const { data, state } = this.#receiver
    if (data !== null) this.#end ??= { _tag: "answered", mad: this.#first, data }
    if (state._tag === "ended") this.#end ??= { _tag: "failed", why: "aborted", rmppStatus: state.rmppStatus }
    return out
  }

  /** The last ACK of the request turns the direction around: it is answered by an ACK of segment 0. */
  #acknowledged(mad: Uint8Array, nowMs: number): ReadonlyArray<Uint8Array> {
    const sender = this.#sender
    if (sender === null || this.#end !== null) return []
    const out = this.#sent(sender.control(mad, nowMs))
    if (sender.state._tag !== "done" || this.#first !== null) return out
    this.#dueMs = nowMs + this.#timing.timeoutMs
    return [ackOf(mad, 0, 1)]
  }

  #sent(out: ReadonlyArray<Uint8Array>): ReadonlyArray<Uint8Array> {
    const state = this.#sender?.state
    if (state?._tag === "ended") this.#end ??= { _tag: "failed", why: "aborted", rmppStatus: state.rmppStatus }
    return out
  }
}
