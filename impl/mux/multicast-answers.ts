/** The requests of functions until each is answered or dropped, exactly once: accounting and the answers. */
import type { Reason } from "../../spec/reasons.ts"
import { METHOD } from "../wire/methods.ts"
import { SA_STATUS } from "../wire/status.ts"
import type { Group } from "./multicast-group.ts"
import type { MembershipHost } from "./multicast-host.ts"
import type { MemberRequest } from "./multicast-request.ts"
import { answerAddress, answerMad, type MemberAnswer } from "./sa-mads.ts"

/** The GUID of a function that lost its own while it waited. */
const GUID_ZERO = "0".repeat(16)

/** Who waits for an answer, and the answers. */
export class MulticastAnswers {
  readonly #host: MembershipHost
  /** Joins that wait or are with the SA, by function; no entry is 0. */
  readonly #waiting = new Map<number, number>()

  constructor(host: MembershipHost) {
    this.#host = host
  }

  /** How many joins of function `f` wait or are with the SA. */
  waiting(f: number): number {
    return this.#waiting.get(f) ?? 0
  }

  /** From now on the join waits. */
  await({ function: f }: MemberRequest): void {
    this.#waiting.set(f, this.waiting(f) + 1)
  }

  /** A join that waited is dropped. */
  discard(request: MemberRequest, reason: Reason): void {
    this.#finish(request)
    this.#host.drop(request.function, reason)
  }

  /** A join that waited is answered with `status`. */
  conclude(request: MemberRequest, status: number, group: Group | undefined): void {
    this.#finish(request)
    this.join(request, status, group)
  }

  /** Answers a join; `group` is the one it became a member of, or the one it named. */
  join(request: MemberRequest, status: number, group: Group | undefined): void {
    this.#answer(request, METHOD.GetResp, status, group)
  }

  /** Answers a leave: status 0, or 0x0200 for one that is not valid. */
  leave(request: MemberRequest, isValid: boolean, group: Group | undefined): void {
    this.#answer(request, METHOD.DeleteResp, isValid ? 0 : SA_STATUS.ERR_REQ_INVALID, group)
  }

  #finish({ function: f }: MemberRequest): void {
    const left = this.waiting(f) - 1
    if (left > 0) this.#waiting.set(f, left)
    else this.#waiting.delete(f)
  }

  #answer(
    request: MemberRequest,
    method: MemberAnswer["method"],
    status: number,
    group: Group | undefined
  ): void {
    const f = request.function
    const mad = answerMad(request, {
      method,
      status,
      mgid: status === 0 && group !== undefined ? group.mgid : request.mgid,
      joinState: group?.members.get(f) ?? 0,
      record: status === 0 ? group?.record ?? null : null
    })
    const ownGid = this.#host.gidOf(f) ?? this.#host.subnetPrefix() + GUID_ZERO
    const address = answerAddress(request, this.#host.smLid(), ownGid)
    if (this.#host.sendToFunction(f, 1, address, mad)) this.#host.answered(f)
    else this.#host.drop(f, "function-full")
  }
}
