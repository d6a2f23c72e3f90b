/** The requests of functions that one area answers, each answered or dropped exactly once: the accounting. */
import type { Reason } from "../../spec/reasons.ts"
import type { ControlHost } from "./control-host.ts"
import type { FunctionRequest } from "./function-request.ts"
import { answerAddress } from "./sa-mads.ts"

/** The GUID of a function that lost its own while it waited. */
const GUID_ZERO = "0".repeat(16)

/** Who waits for an answer, and how answers go out. */
export class FunctionAnswers {
  readonly #host: ControlHost
  /** Requests that wait or are with the SA, by function. */
  readonly #waiting = new Map<number, number>()

  constructor(host: ControlHost) {
    this.#host = host
  }

  /** How many requests of function `f` wait or are with the SA. */
  waiting(f: number): number {
    return this.#waiting.get(f) ?? 0
  }

  /** From now on the request waits. */
  await({ function: f }: FunctionRequest): void {
    this.#waiting.set(f, this.waiting(f) + 1)
  }

  /** A request that waited waits no longer: it is answered or dropped now. */
  finish({ function: f }: FunctionRequest): void {
    this.#waiting.set(f, this.waiting(f) - 1)
  }

  /** A request that waited is dropped. */
  discard(request: FunctionRequest, reason: Reason): void {
    this.finish(request)
    this.#host.drop(request.function, reason)
  }

  /** Answers a request with a MAD of 256 bytes, as if from the SA. */
  send(request: FunctionRequest, mad: Uint8Array): void {
    const f = request.function
    const ownGid = this.#host.gidOf(f) ?? this.#host.subnetPrefix() + GUID_ZERO
    const address = answerAddress(request, this.#host.smLid(), ownGid)
    if (this.#host.sendToFunction(f, 1, address, mad)) this.#host.answered(f)
    else this.#host.drop(f, "function-full")
  }
}
