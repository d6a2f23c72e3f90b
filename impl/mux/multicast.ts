/**
 * Multicast membership (spec/multicast.md, R11): counts the functions' JoinState bits, answers what the SA
 * holds already, and asks the SA for the rest, one transaction a group. Plain objects; nothing is thrown.
 */
import { SLOT_MAD_BYTE } from "../ring/slot.ts"
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import { mcMemberRecord } from "../wire/mc-member-record.ts"
import { METHOD } from "../wire/methods.ts"
import { SA_DATA, saHeader } from "../wire/sa.ts"
import { SA_STATUS } from "../wire/status.ts"
import type { ControlHost } from "./control-host.ts"
import { MulticastAnswers } from "./multicast-answers.ts"
import {
  aggregateOf, bitsOf, functionsIn, type Group, type GroupView, isAwaited, isIn, noteLast, removeBits,
  type MemberTransaction, unhold, viewOf
} from "./multicast-group.ts"
import { type MemberTransactions, MulticastGroups } from "./multicast-groups.ts"
import { copyOfRecord } from "./multicast-record.ts"
import { isValidJoin, isValidLeave, type MemberRequest, MGID_ZERO, readRequest } from "./multicast-request.ts"
import { askedGroups, isTableMethod, namesPortGid } from "./multicast-view.ts"
import { CONSUMED } from "./outcomes.ts"
import type { SaClient, SaNews } from "./sa-client.ts"
import { SaTransactions } from "./sa-transactions.ts"

const NEVER = Number.POSITIVE_INFINITY

/** The multicast membership of one port. */
export class Membership implements SaClient {
  readonly #host: ControlHost
  readonly #transactions: MemberTransactions
  readonly #answers: MulticastAnswers
  readonly #groups: MulticastGroups
  /** When bits are left that were not joined again since the last reregister or change of the SM. */
  #renewDueMs = NEVER
  readonly #resume = (group: Group, nowMs: number): void => this.#groups.resume(group, nowMs)

  constructor(host: ControlHost) {
    this.#host = host
    this.#transactions = new SaTransactions(host)
    this.#answers = new MulticastAnswers(host)
    this.#groups = new MulticastGroups(host, this.#transactions, this.#answers)
  }

  /**
   * Takes Set or Delete(MCMemberRecord) of function `f`, or what {@link Membership.isAboutMember}, from the slot
   * at word `slotWord`, whose MAD passed checks 1 to 8 of spec/classes.md. Returns CONSUMED: it was answered or
   * dropped, and counted, or it waits.
   */
  request(f: number, slotWord: number): number {
    const { region } = this.#host
    const nowMs = this.#host.nowMs()
    const request = readRequest(region, f, slotWord, nowMs)
    const method = methodByte.get(region.view, slotWord * 4 + SLOT_MAD_BYTE)
    if (method === METHOD.Set) this.#join(request, nowMs)
    else if (method === METHOD.Delete) this.#leave(request, nowMs)
    else this.#query(request, method === METHOD.GetTable)
    return CONSUMED
  }

  /**
   * True for a Get or GetTable of MCMemberRecord that names a PortGID: of those a VF learns from the PF context
   * alone, the PF of its own (SQP-MC-16).
   */
  isAboutMember(f: number, slotWord: number): boolean {
    const { view } = this.#host.region
    const mad = slotWord * 4 + SLOT_MAD_BYTE
    if (!namesPortGid(view, mad)) return false
    if (f !== 0) return true
    const isTrusted = saHeader.SM_Key.high(view, mad) !== 0 || saHeader.SM_Key.low(view, mad) !== 0
    return !isTrusted && mcMemberRecord.PortGID.hex(view, mad + SA_DATA) === this.#host.gidOf(f)
  }

  sentTo(tid: number, nowMs: number): number {
    return this.#transactions.get(tid, nowMs)?.address.lid ?? 0
  }

  answer(tid: number, mad: number, nowMs: number): boolean {
    const { view } = this.#host.region
    const transaction = this.#transactions.get(tid, nowMs)
    if (transaction === undefined || !isAnswerTo(transaction, view, mad)) return false
    this.#conclude(transaction, madHeader.Status.get(view, mad), copyOfRecord(view, mad + SA_DATA), nowMs)
    return true
  }

  poll(nowMs: number): void {
    this.#transactions.resumeBlocked(this.#resume, nowMs)
    if (nowMs >= this.#renewDueMs) this.#endGrace(nowMs)
    for (const transaction of this.#transactions.due(nowMs)) this.#timeout(transaction, nowMs)
  }

  nextDueMs(): number {
    return Math.min(this.#transactions.nextDueMs(), this.#renewDueMs)
  }

  /** Function `f` ends: its bits and its requests go (SQP-MC-10). */
  endFunction(f: number): void {
    const nowMs = this.#host.nowMs()
    for (const group of this.#groups.all()) {
      if (!isIn(group, f)) continue
      this.#groups.remove(group, f)
      this.#groups.settle(group, nowMs)
    }
  }

  /**
   * The SM asked to reregister, or its LID changed: what members have is joined again (SQP-MC-11), and is
   * provisional until they join again themselves. While no SM is known the grace does not run.
   */
  portEvent(news: SaNews): void {
    if (news.reregister !== true && news.smChanged !== true) return
    const nowMs = this.#host.nowMs()
    this.#renewDueMs = this.#host.smLid() === 0 ? NEVER : nowMs + this.#host.timing.renewGrace
    this.#transactions.markFormer()
    for (const group of this.#groups.all()) {
      for (const [f, member] of group.members) group.members.set(f, { ...member, provisional: member.bits })
      this.#groups.joinAgain(group, nowMs)
    }
    for (const group of this.#groups.all()) this.#groups.settle(group, nowMs)
  }

  /** True while some function is a member of some group. */
  get hasMembers(): boolean {
    for (const { members } of this.#groups.all()) if (members.size > 0) return true
    return false
  }

  /** The SM reports that the SA deleted a group: the SA decides anew (SQP-MC-18). */
  groupDeleted(mgid: string): void {
    const nowMs = this.#host.nowMs()
    const group = this.#groups.get(mgid)
    this.#transactions.markFormer((transaction) => transaction.mgid === mgid)
    if (group === undefined) return
    this.#groups.joinAgain(group, nowMs)
    this.#groups.settle(group, nowMs)
  }

  /** P_Keys or GUIDs of functions changed: bits go where they may no longer be (SQP-MC-15). */
  confine(): void {
    const nowMs = this.#host.nowMs()
    const groups = [...this.#groups.all()].sort((a, b) => (a.mgid < b.mgid ? -1 : 1))
    for (const group of groups) {
      this.#groups.confine(group)
      this.#groups.settle(group, nowMs)
    }
  }

  stop(): boolean {
    const nowMs = this.#host.nowMs()
    this.#transactions.takeBlocked()
    for (const group of this.#groups.all()) {
      for (const f of functionsIn(group)) this.#groups.remove(group, f)
      this.#groups.giveUp(group, nowMs)
      this.#groups.settle(group, nowMs)
    }
    if (this.#transactions.isBlocked) return false
    this.#transactions.clear()
    this.#groups.clear()
    this.#renewDueMs = NEVER
    return true
  }

  get isWithSa(): boolean {
    return this.#transactions.isWithSa
  }

  waiting(f: number): number {
    return this.#answers.waiting(f)
  }

  held(f: number | null): Readonly<Record<string, number>> {
    const groups = [...this.#groups.all()]
    if (f !== null) return { memberships: groups.filter(({ members }) => members.has(f)).length }
    return { groups: groups.length, saRequests: this.#transactions.count(this.#host.nowMs()) }
  }

  /** All groups, for people and for `dump`. */
  groupsView(): ReadonlyArray<GroupView> {
    return Array.from(this.#groups.all(), viewOf)
  }

  #join(request: MemberRequest, nowMs: number): void {
    const f = request.function
    const group = this.#groups.get(request.mgid)
    const isValid = isValidJoin(this.#host, request)
    if (!isValid) return this.#answers.join(request, SA_STATUS.ERR_REQ_INVALID, group)
    if (this.#host.smLid() === 0) return this.#host.drop(f, "no-sm")
    if (group !== undefined) {
      if (isAwaited(group, request)) return this.#host.drop(f, "coalesced")
      const isIdle = group.transaction === null && group.waiting.length === 0 && !group.rejoin
      const status = isIdle ? this.#groups.decide(group, request) : null
      if (status !== null) return this.#answers.join(request, status, group)
    }
    if (this.waiting(f) >= this.#host.quotaOf(f).pending) return this.#host.drop(f, "pending-quota")
    if (this.#groups.exceedsQuota(request)) return this.#host.drop(f, "group-quota")
    const joined = this.#groups.obtain(request.mgid)
    joined.waiting.push(request)
    joined.lastOf = null
    this.#answers.await(request)
    this.#groups.settle(joined, nowMs)
  }

  #query(request: MemberRequest, isTable: boolean): void {
    const groups = askedGroups(this.#groups.all(), request, this.#host.gidOf(request.function))
    if (isTable) this.#answers.table(request, groups)
    else this.#answers.get(request, groups)
  }

  #leave(request: MemberRequest, nowMs: number): void {
    const f = request.function
    const group = this.#groups.get(request.mgid)
    const isValid = isValidLeave(this.#host, request, bitsOf(group, f))
    if (isValid && group !== undefined) {
      removeBits(group, f, request.joinState)
      noteLast(group, f)
    }
    this.#answers.leave(request, isValid, group)
    if (isValid && group !== undefined) this.#groups.settle(group, nowMs)
  }

  /** The SA answered. */
  #conclude(transaction: MemberTransaction, status: number, record: DataView, nowMs: number): void {
    const { kind, mgid } = transaction
    const own = this.#groups.get(mgid)
    if (own?.transaction === transaction) own.transaction = null
    if (kind === "leave") {
      this.#transactions.end(transaction)
      if (own !== undefined) this.#left(own, transaction.joinState, status, nowMs)
    } else if (status === 0) {
      this.#transactions.end(transaction)
      if (kind === "re-join" && !transaction.givenUp && own !== undefined) {
        own.rejoin = false
        this.#groups.deprive(own, mcMemberRecord.JoinState.get(record, 0))
      }
      this.#admit(transaction, record, nowMs)
    } else {
      this.#refused(transaction, status, own, nowMs)
    }
    if (own !== undefined) this.#groups.settle(own, nowMs)
  }

  /** The SA answered a leave. It refuses several bits if it lacks one of them: they are then left singly. */
  #left(group: Group, joinState: number, status: number, nowMs: number): void {
    const isSingle = (joinState & (joinState - 1)) === 0
    if (status === 0 || isSingle) return unhold(group, joinState)
    const unwanted = joinState & ~aggregateOf(group)
    if (unwanted !== 0) this.#groups.leave(group, unwanted & -unwanted, nowMs)
  }

  /** The SA refused a join; if it was sent more than once, another copy may still succeed. */
  #refused(transaction: MemberTransaction, status: number, own: Group | undefined, nowMs: number): void {
    const { kind, request } = transaction
    transaction.request = null
    if (transaction.sends > 1) this.#transactions.remember(transaction, nowMs)
    else this.#transactions.end(transaction)
    if (kind === "re-join" && own !== undefined) {
      own.rejoin = false
      this.#groups.deprive(own, 0)
    }
    if (request !== null) this.#answers.conclude(request, status, own)
  }

  /** The SA accepted a join, in time or late: it holds more bits, in the group it names if it chose one. */
  #admit({ former, givenUp, kind, mgid, request }: MemberTransaction, record: DataView, nowMs: number): void {
    const group = this.#groups.obtain(mgid === MGID_ZERO ? mcMemberRecord.MGID.hex(record, 0) : mgid)
    const joinState = mcMemberRecord.JoinState.get(record, 0)
    if (request === null && (kind === "join" || givenUp)) group.undo |= joinState & ~aggregateOf(group)
    group.held |= former ? joinState & ~aggregateOf(group) : joinState
    if (!former) group.record = record
    if (request !== null) {
      const isAllowed = this.#groups.admit(group, request, request.joinState & joinState)
      // The SA chose a group of which these bits are being left: what it does last, takes them.
      const left = group.transaction?.kind === "leave" ? group.transaction.joinState : 0
      if ((left & request.joinState) !== 0) group.rejoin = true
      this.#answers.conclude(request, isAllowed ? 0 : SA_STATUS.ERR_REQ_INVALID, group)
    }
    this.#groups.settle(group, nowMs)
  }

  /** What functions did not join again in time is left (SQP-MC-17). */
  #endGrace(nowMs: number): void {
    this.#renewDueMs = NEVER
    for (const group of this.#groups.all()) {
      for (const [f, { provisional }] of [...group.members]) removeBits(group, f, provisional)
      this.#groups.settle(group, nowMs)
    }
  }

  /** A transaction is due: again, given up, or forgotten. */
  #timeout(transaction: MemberTransaction, nowMs: number): void {
    const group = this.#groups.get(transaction.mgid)
    if (group?.transaction !== transaction) return this.#transactions.end(transaction)
    // The SA makes a group for every copy of a join of MGID 0.
    const retries = transaction.mgid === MGID_ZERO ? 0 : this.#host.timing.saRetries
    if (transaction.sends <= retries) return this.#transactions.send(group, transaction, nowMs)
    const request = this.#groups.giveUp(group, nowMs)
    if (request !== null) this.#answers.discard(request, "sa-timeout")
    if (transaction.kind === "re-join") group.rejoin = false
    this.#groups.settle(group, nowMs)
  }
}

/**
 * True if the MAD at byte `mad` answers the transaction: it is of MCMemberRecord, and of one record; only a
 * success if the join was given up; with an MGID if the SA was asked to choose one.
 */
const isAnswerTo = ({ givenUp, kind, mgid }: MemberTransaction, view: DataView, mad: number): boolean => {
  if (madHeader.AttributeID.get(view, mad) !== SA_ATTRIBUTE.MCMemberRecord) return false
  if (isTableMethod(methodByte.get(view, mad))) return false
  if (madHeader.Status.get(view, mad) !== 0) return !givenUp
  return kind === "leave" || mgid !== MGID_ZERO || mcMemberRecord.MGID.hex(view, mad + SA_DATA) !== MGID_ZERO
}
