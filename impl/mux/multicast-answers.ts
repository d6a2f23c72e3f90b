/** The answers to joins and leaves, and which joins wait for one. */
import type { Reason } from "../../spec/reasons.ts"
import { METHOD } from "../wire/methods.ts"
import { SA_STATUS } from "../wire/status.ts"
import type { ControlHost } from "./control-host.ts"
import { FunctionAnswers } from "./function-answers.ts"
import type { Group } from "./multicast-group.ts"
import { answerMad, type MemberAnswer } from "./multicast-mads.ts"
import type { MemberRequest } from "./multicast-request.ts"

/** Who waits for an answer, and the answers. */
export class MulticastAnswers {
  readonly #answers: FunctionAnswers

  constructor(host: ControlHost) {
    this.#answers = new FunctionAnswers(host)
  }

  /** How many joins of function `f` wait or are with the SA. */
  waiting(f: number): number {
    return this.#answers.waiting(f)
  }

  /** From now on the join waits. */
  await(request: MemberRequest): void {
    this.#answers.await(request)
  }

  /** A join that waited is dropped. */
  discard(request: MemberRequest, reason: Reason): void {
    this.#answers.discard(request, reason)
  }

  /** A join that waited is answered with `status`. */
  conclude(request: MemberRequest, status: number, group: Group | undefined): void {
    this.#answers.finish(request)
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

  #answer(
    request: MemberRequest,
    method: MemberAnswer["method"],
    status: number,
    group: Group | undefined
  ): void {
    this.#answers.send(request, answerMad(request, {
      method,
      status,
      mgid: status === 0 && group !== undefined ? group.mgid : request.mgid,
      joinState: group?.members.get(request.function) ?? 0,
      record: status === 0 ? group?.record ?? null : null
    }))
  }
}
