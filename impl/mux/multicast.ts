/**
 * Multicast membership (spec/multicast.md, R11): counts the functions' JoinState bits, answers what the SA
 * holds already, and asks the SA for the rest, one transaction a group. Plain objects; nothing is thrown.
 */
import { SLOT_LID, SLOT_MAD_BYTE, SLOT_REMOTE_QPN } from "../ring/slot.ts"
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import { mcMemberRecord } from "../wire/mc-member-record.ts"
import { METHOD } from "../wire/methods.ts"
import { SA_DATA } from "../wire/sa.ts"
import { SA_STATUS } from "../wire/status.ts"
import { MulticastAnswers } from "./multicast-answers.ts"
import {
  addBits, aggregateOf, functionsIn, type Group, type GroupView, isAwaited, isIn, removeBits,
  type SaTransaction, unhold, viewOf
} from "./multicast-group.ts"
import { MulticastGroups } from "./multicast-groups.ts"
import type { MembershipHost } from "./multicast-host.ts"
import { copyOfRecord } from "./multicast-record.ts"
import { isValidJoin, isValidLeave, type MemberRequest, MGID_ZERO, readRequest } from "./multicast-request.ts"
import { CONSUMED } from "./outcomes.ts"
import { SaTransactions } from "./sa-transactions.ts"

/** The multicast membership of one port. */
export class Membership {
  readonly #host: MembershipHost
  readonly #transactions: SaTransactions
  readonly #answers: MulticastAnswers
  readonly #groups: MulticastGroups

  constructor(host: MembershipHost) {
    this.#host = host
    this.#transactions = new SaTransactions(host)
    this.#answers = new MulticastAnswers(host)
    this.#groups = new MulticastGroups(host, this.#transactions, this.#answers)
  }

  /**
   * Takes Set or Delete(MCMemberRecord) of function `f` from the slot at word `slotWord`, whose MAD passed
   * checks 1 to 8 of spec/classes.md. Returns CONSUMED: it was answered or dropped, and counted, or it waits.
   */
  request(f: number, slotWord: number): number {
    const { region } = this.#host
    const nowMs = this.#host.nowMs()
    const request = readRequest(region, f, slotWord, nowMs)
    const isLeave = methodByte.get(region.view, slotWord * 4 + SLOT_MAD_BYTE) === METHOD.Delete
    if (isLeave) this.#leave(request, nowMs)
    else this.#join(request, nowMs)
    return CONSUMED
  }

  /** True if a response with this wire TID (low 32 bits; class SA, QP1) is for {@link Membership.answer}. */
  owns(tid: number): boolean {
    return this.#transactions.get(tid, this.#host.nowMs()) !== undefined
  }

  /**
   * Takes a response of the SA from the slot at word `slotWord`; one that is not for us or not from the SM is
   * dropped at nobody's cost (SQP-MC-6, SQP-MC-13). Returns CONSUMED.
   */
  answer(slotWord: number): number {
    const { view, words } = this.#host.region
    const mad = slotWord * 4 + SLOT_MAD_BYTE
    const nowMs = this.#host.nowMs()
    const slid = (words[slotWord + SLOT_LID] ?? 0) & 0xffff
    const sourceQpn = (words[slotWord + SLOT_REMOTE_QPN] ?? 0) & 0xff_ffff
    const transaction = this.#transactions.get(madHeader.TransactionID.low(view, mad), nowMs)
    if (transaction === undefined) {
      this.#host.drop(null, "sa-answer-stale")
    } else if (!this.#isSm(slid, transaction) || sourceQpn !== 1) {
      this.#host.drop(null, "sa-answer-source")
    } else if (!isAnswerTo(transaction, view, mad)) {
      this.#host.drop(null, "sa-answer-stale")
    } else {
      this.#conclude(transaction, madHeader.Status.get(view, mad), copyOfRecord(view, mad + SA_DATA), nowMs)
    }
    return CONSUMED
  }

  /** Does what is due: sends that wait for room, repetitions, giving up, forgetting. */
  poll(nowMs: number): void {
    const blocked = this.#transactions.takeBlocked()
    for (let i = 0; i < blocked.length && !this.#transactions.isBlocked; i++) {
      const group = blocked[i]
      if (group !== undefined) this.#groups.resume(group, nowMs)
      if (this.#transactions.isBlocked) this.#transactions.block(blocked.slice(i + 1))
    }
    for (const transaction of this.#transactions.due(nowMs)) this.#timeout(transaction, nowMs)
  }

  /** When `poll` is needed next, on the host's clock; Infinity for never. It may be earlier than needed. */
  nextDueMs(): number {
    return this.#transactions.nextDueMs()
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

  /** The SM asked to reregister, or its LID changed: all members join again (SQP-MC-11). */
  portEvent(event: { readonly reregister?: boolean; readonly smChanged?: boolean }): void {
    if (event.reregister !== true && event.smChanged !== true) return
    const nowMs = this.#host.nowMs()
    this.#transactions.markFormer()
    for (const group of this.#groups.all()) {
      const request = this.#groups.interrupt(group, nowMs)
      if (request !== null) group.waiting.unshift(request)
      group.rejoin = group.members.size > 0
    }
    for (const group of this.#groups.all()) this.#groups.settle(group, nowMs)
  }

  /**
   * Ends all membership: every group is left, answers are not awaited (SQP-LIFE-3). False: the wire ring is
   * full or the TIDs are used up; call again when there is room. True: everything is released.
   */
  stop(): boolean {
    const nowMs = this.#host.nowMs()
    this.#transactions.takeBlocked()
    for (const group of this.#groups.all()) {
      for (const f of functionsIn(group)) this.#groups.remove(group, f)
      this.#groups.giveUp(group, nowMs)
      this.#groups.settle(group, nowMs)
      if (this.#transactions.isBlocked) return false
    }
    this.#transactions.clear()
    this.#groups.clear()
    return true
  }

  /** True while a request is with the SA, or waits to be sent to it. */
  get isWithSa(): boolean {
    return this.#transactions.isAwaiting || this.#transactions.isBlocked
  }

  /** How many joins of function `f` are neither answered nor dropped yet. */
  waiting(f: number): number {
    return this.#answers.waiting(f)
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
    if (this.waiting(f) >= this.#host.limits.pending) return this.#host.drop(f, "pending-quota")
    if (this.#groups.exceedsQuota(request)) return this.#host.drop(f, "group-quota")
    const joined = this.#groups.obtain(request.mgid)
    joined.waiting.push(request)
    this.#answers.await(request)
    this.#groups.settle(joined, nowMs)
  }

  #leave(request: MemberRequest, nowMs: number): void {
    const f = request.function
    const group = this.#groups.get(request.mgid)
    const isValid = isValidLeave(this.#host, request, group?.members.get(f) ?? 0)
    if (isValid && group !== undefined) removeBits(group, f, request.joinState)
    this.#answers.leave(request, isValid, group)
    if (isValid && group !== undefined) this.#groups.settle(group, nowMs)
  }

  /** True for the LID of the SM that the transaction was sent to, and of the current one. */
  #isSm(slid: number, transaction: SaTransaction): boolean {
    return slid !== 0 && (slid === transaction.address.lid || slid === this.#host.smLid())
  }

  /** The SA answered. */
  #conclude(transaction: SaTransaction, status: number, record: DataView, nowMs: number): void {
    const { kind, mgid } = transaction
    const own = this.#groups.get(mgid)
    if (own?.transaction === transaction) own.transaction = null
    if (kind === "leave") {
      this.#transactions.end(transaction)
      if (own !== undefined) this.#left(own, transaction.joinState, status, nowMs)
    } else if (status === 0) {
      this.#transactions.end(transaction)
      if (kind === "re-join" && !transaction.givenUp && own !== undefined) own.rejoin = false
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
  #refused(transaction: SaTransaction, status: number, own: Group | undefined, nowMs: number): void {
    const { kind, request } = transaction
    transaction.request = null
    if (transaction.sends > 1) this.#transactions.remember(transaction, nowMs)
    else this.#transactions.end(transaction)
    if (kind === "re-join" && own !== undefined) {
      own.rejoin = false
      own.members.clear()
    }
    if (request !== null) this.#answers.conclude(request, status, own)
  }

  /** The SA accepted a join, in time or late: it holds more bits, in the group it names if it chose one. */
  #admit({ former, givenUp, kind, mgid, request }: SaTransaction, record: DataView, nowMs: number): void {
    const group = this.#groups.obtain(mgid === MGID_ZERO ? mcMemberRecord.MGID.hex(record, 0) : mgid)
    const joinState = mcMemberRecord.JoinState.get(record, 0)
    if (request === null && (kind === "join" || givenUp)) group.undo |= joinState & ~aggregateOf(group)
    group.held |= former ? joinState & ~aggregateOf(group) : joinState
    if (!former) group.record = record
    if (request !== null) {
      addBits(group, request.function, request.joinState)
      this.#answers.conclude(request, 0, group)
    }
    this.#groups.settle(group, nowMs)
  }

  /** A transaction is due: again, given up, or forgotten. */
  #timeout(transaction: SaTransaction, nowMs: number): void {
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
 * True if the MAD at byte `mad` answers the transaction: it is of MCMemberRecord; only a success if the join
 * was given up; with an MGID if the SA was asked to choose one.
 */
const isAnswerTo = ({ givenUp, kind, mgid }: SaTransaction, view: DataView, mad: number): boolean => {
  if (madHeader.AttributeID.get(view, mad) !== SA_ATTRIBUTE.MCMemberRecord) return false
  if (madHeader.Status.get(view, mad) !== 0) return !givenUp
  return kind === "leave" || mgid !== MGID_ZERO || mcMemberRecord.MGID.hex(view, mad + SA_DATA) !== MGID_ZERO
}
