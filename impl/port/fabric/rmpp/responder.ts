/** Who answers requests in segments: the SA of the embedded fabric, or an agent of a function in a test. */
import { madHeader, methodByte } from "../../../wire/mad-header.ts"
import { METHOD } from "../../../wire/methods.ts"
import { RMPP_TYPE } from "../../../wire/rmpp.ts"
import { viewOf } from "../packet.ts"
import { abortOf, dataByte, RMPP_STATUS, rmppTypeOf } from "./packets.ts"
import { RmppReceiver } from "./receiver.ts"
import { RmppSender, type RmppTiming } from "./sender.ts"

/** The answer to a request: one MAD, or the header of a MAD and the data that follows it in segments. */
export type RmppAnswer =
  | { readonly _tag: "mad"; readonly mad: Uint8Array }
  | { readonly _tag: "table"; readonly header: Uint8Array; readonly data: Uint8Array }

/** Gives the answer to a request whose first MAD and data are given; null: none. */
export type AnswerRequest = (mad: Uint8Array, data: Uint8Array) => RmppAnswer | null

/** MADs to send to the one who asked. */
export interface Replies<From> {
  readonly to: From
  readonly mads: ReadonlyArray<Uint8Array>
}

interface Session<From> {
  readonly from: From
  readonly receiver: RmppReceiver | null
  readonly first: Uint8Array
  sender: RmppSender | null
  /** When a request whose segments stopped coming is given up. */
  givenUpMs: number
  /**
   * The ACK of the whole request, until the requester turned the direction around, and when it is repeated.
   */
  turn: { readonly ack: Uint8Array; readonly answer: RmppAnswer; dueMs: number; retriesLeft: number } | null
}

/** True for a request whose answer may have several segments. */
export const asksForTable = (mad: Uint8Array): boolean => {
  const method = methodByte.get(viewOf(mad), 0)
  return method === METHOD.GetTable || method === METHOD.GetMulti || method === METHOD.GetTraceTable
}

/** Answers requests of many; `from` is whatever the caller needs to reply, `peer` names it. */
export class RmppResponder<From> {
  readonly #answer: AnswerRequest
  readonly #timing: RmppTiming
  readonly #sessions = new Map<string, Session<From>>()

  constructor(answer: AnswerRequest, timing: RmppTiming) {
    this.#answer = answer
    this.#timing = timing
  }

  /** Transfers that go on. */
  get open(): number {
    return this.#sessions.size
  }

  /** When `tick` has something to do; null: nothing goes on. */
  get dueMs(): number | null {
    const due = [...this.#sessions.values()].flatMap(({ givenUpMs, sender, turn }) =>
      sender?.dueMs ?? turn?.dueMs ?? givenUpMs
    )
    return due.length === 0 ? null : Math.min(...due)
  }

  /** A MAD with the R bit clear: a request, a segment of one, or control of a transfer. */
  take(mad: Uint8Array, peer: string, from: From, nowMs: number): ReadonlyArray<Uint8Array> {
    const key = `${peer} ${madHeader.MgmtClass.get(viewOf(mad), 0)} ${madHeader.TransactionID.hex(viewOf(mad), 0)}`
    const session = this.#sessions.get(key)
    switch (rmppTypeOf(mad)) {
      case RMPP_TYPE.NONE:
        // A repetition while the answer is under way: its sender repeats by itself.
        return session ? [] : this.#begin(key, from, mad, mad.subarray(dataByte(mad)), nowMs)
      case RMPP_TYPE.DATA:
        return this.#segment(key, session, from, mad, nowMs)
      default:
        return session ? this.#control(key, session, mad, nowMs) : []
    }
  }

  /** Time has passed. */
  tick(nowMs: number): ReadonlyArray<Replies<From>> {
    return [...this.#sessions].flatMap(([key, session]) => {
      const mads = session.sender ? session.sender.tick(nowMs) : this.#repeat(key, session, nowMs)
      this.#forgetIfOver(key, session)
      return mads.length === 0 ? [] : [{ to: session.from, mads }]
    })
  }

  #begin(key: string, from: From, first: Uint8Array, data: Uint8Array, nowMs: number): ReadonlyArray<Uint8Array> {
    const answer = this.#answer(first, data)
    if (answer === null) return []
    if (answer._tag === "mad") return [answer.mad]
    const sender = new RmppSender(answer.header, answer.data, this.#timing)
    this.#sessions.set(key, { from, receiver: null, first, sender, givenUpMs: Infinity, turn: null })
    return sender.start(nowMs)
  }

  #segment(
    key: string, known: Session<From> | undefined, from: From, mad: Uint8Array, nowMs: number
  ): ReadonlyArray<Uint8Array> {
    const fresh = (): Session<From> =>
      ({ from, receiver: new RmppReceiver(this.#timing.window), first: mad, sender: null, givenUpMs: 0, turn: null })
    const session = known ?? fresh()
    session.givenUpMs = nowMs + this.#timing.timeoutMs * (this.#timing.retries + 1)
    if (known === undefined) this.#sessions.set(key, session)
    const out = session.receiver?.take(mad) ?? []
    const { data = null, state } = session.receiver ?? {}
    if (state?._tag === "ended") this.#sessions.delete(key)
    const [ack] = out
    if (data === null || session.turn !== null || session.sender !== null || ack === undefined) return out
    const answer = this.#answer(session.first, data)
    if (answer === null) this.#sessions.delete(key)
    else {
      session.turn = {
        ack, answer, dueMs: nowMs + this.#timing.timeoutMs, retriesLeft: this.#timing.retries
      }
    }
    return out
  }

  #control(key: string, session: Session<From>, mad: Uint8Array, nowMs: number): ReadonlyArray<Uint8Array> {
    const { sender, turn } = session
    if (turn !== null && rmppTypeOf(mad) === RMPP_TYPE.ACK) {
      session.turn = null
      if (turn.answer._tag === "mad") {
        this.#sessions.delete(key)
        return [turn.answer.mad]
      }
      session.sender = new RmppSender(turn.answer.header, turn.answer.data, this.#timing)
      return session.sender.start(nowMs)
    }
    if (sender === null) {
      if (rmppTypeOf(mad) !== RMPP_TYPE.ACK) this.#sessions.delete(key)
      return []
    }
    // The turnaround once more: nothing was acknowledged by it.
    const out = sender.control(mad, nowMs)
    this.#forgetIfOver(key, session)
    return out
  }

  /** The ACK of the whole request again, until the direction was turned around. */
  #repeat(key: string, { first, givenUpMs, turn }: Session<From>, nowMs: number): ReadonlyArray<Uint8Array> {
    if (nowMs < (turn?.dueMs ?? givenUpMs)) return []
    if (turn === null || turn.retriesLeft === 0) {
      this.#sessions.delete(key)
      return turn === null ? [abortOf(first, RMPP_STATUS.TimeTooLong)] : []
    }
    turn.retriesLeft -= 1
    turn.dueMs = nowMs + this.#timing.timeoutMs
    return [turn.ack]
  }

  #forgetIfOver(key: string, { sender }: Session<From>): void {
    if (sender !== null && sender.state._tag !== "open") this.#sessions.delete(key)
  }
}
