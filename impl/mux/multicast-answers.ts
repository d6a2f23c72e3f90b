/** The answers to joins and leaves, and which joins wait for one. */
import type { Reason } from "../../spec/reasons.ts"
import { METHOD } from "../wire/methods.ts"
import { SA_STATUS } from "../wire/status.ts"
import type { ControlHost } from "./control-host.ts"
import { FunctionAnswers } from "./function-answers.ts"
import { bitsOf, type Group } from "./multicast-group.ts"
import {
  answerMad, type MemberAnswer, type MemberRow, RECORDS_A_SEGMENT, tableMad
} from "./multicast-mads.ts"
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

  /** Answers a Get about the function's own memberships in these groups; null: about those of another. */
  get(request: MemberRequest, groups: ReadonlyArray<Group> | null): void {
    const [first, ...others] = groups ?? []
    if (groups === null) this.#answer(request, METHOD.GetResp, SA_STATUS.ERR_REQ_INVALID, undefined)
    else if (first === undefined) this.#answer(request, METHOD.GetResp, SA_STATUS.ERR_NO_RECORDS, undefined)
    else if (others.length > 0) this.#answer(request, METHOD.GetResp, SA_STATUS.ERR_TOO_MANY_RECORDS, undefined)
    else this.#answer(request, METHOD.GetResp, 0, first)
  }

  /** Answers a GetTable likewise; more records than one segment holds are refused. */
  table(request: MemberRequest, groups: ReadonlyArray<Group> | null): void {
    const isLong = groups !== null && groups.length > RECORDS_A_SEGMENT
    const status = groups === null ? SA_STATUS.ERR_REQ_INVALID : isLong ? SA_STATUS.ERR_NO_RESOURCES : 0
    const rows = groups?.map(({ members, mgid, record }): MemberRow =>
      ({ mgid, joinState: members.get(request.function)?.bits ?? 0, record })) ?? null
    this.#answers.send(request, tableMad(request, status, status === 0 ? rows : null))
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
      joinState: bitsOf(group, request.function),
      record: status === 0 ? group?.record ?? null : null
    }))
  }
}
