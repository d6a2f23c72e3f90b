/**
 * The groups of a port and what each does next (spec/multicast.md, "Settle"): joins again, serves who waits,
 * leaves what nobody has, or is gone.
 */
import { SA_STATUS } from "../wire/status.ts"
import type { MulticastAnswers } from "./multicast-answers.ts"
import {
  addBits, aggregateOf, coverage, type Group, isIn, type MemberTransaction, newGroup, noteLast,
  removeBits, type TransactionCause, unhold
} from "./multicast-group.ts"
import type { ControlHost } from "./control-host.ts"
import { joinMad, leaveMad, rejoinMad } from "./multicast-mads.ts"
import { isValidJoin, mayBeIn, type MemberRequest, MGID_ZERO } from "./multicast-request.ts"
import type { SaTransaction, SaTransactions } from "./sa-transactions.ts"

/** A PortGID for a port that has no GUID; the SA refuses it. */
const GID_ZERO = "0".repeat(32)

/** So many times its quota of groups may a function have that are being left (SQP-MC-20). */
export const LEAVING_FACTOR = 2

/** The SA transactions of groups. */
export type MemberTransactions = SaTransactions<MemberTransaction, Group>

/** All groups by MGID; {@link MGID_ZERO} only queues the joins that ask the SA to choose. */
export class MulticastGroups {
  readonly #host: ControlHost
  readonly #transactions: MemberTransactions
  readonly #answers: MulticastAnswers
  readonly #groups = new Map<string, Group>()

  constructor(host: ControlHost, transactions: MemberTransactions, answers: MulticastAnswers) {
    this.#host = host
    this.#transactions = transactions
    this.#answers = answers
  }

  /** The group of an MGID, if there is one. */
  get(mgid: string): Group | undefined {
    return this.#groups.get(mgid)
  }

  /** The group of an MGID, made if need be; the caller settles it, which ends it if it stays empty. */
  obtain(mgid: string): Group {
    const known = this.#groups.get(mgid)
    if (known !== undefined) return known
    const group = newGroup(mgid)
    this.#groups.set(mgid, group)
    return group
  }

  /** All groups, oldest first; settling them while they are walked is safe. */
  all(): Iterable<Group> {
    return this.#groups.values()
  }

  /** Forgets all groups. */
  clear(): void {
    this.#groups.clear()
  }

  /** True if the join would be of one group more than its function may have. */
  exceedsQuota({ function: f, mgid }: MemberRequest): boolean {
    const named = this.#groups.get(mgid)
    const isNew = mgid === MGID_ZERO || named === undefined || !isIn(named, f)
    let count = 0
    let beingLeft = 0
    for (const group of this.#groups.values()) {
      if (group.lastOf === f) beingLeft += 1
      // Every join of MGID 0 becomes a group of its own.
      if (group.mgid !== MGID_ZERO) count += isIn(group, f) ? 1 : 0
      else count += requestsOf(group, f)
    }
    const { groups } = this.#host.quotaOf(f)
    return (isNew && count >= groups) || beingLeft >= LEAVING_FACTOR * groups
  }

  /**
   * The status of a join that what the SA holds decides; with 0 the bits are given. Null: only the SA knows.
   */
  decide(group: Group, request: MemberRequest): number | null {
    const verdict = coverage(group, request)
    if (verdict === "open") return null
    const isAllowed = verdict === "covered" && this.admit(group, request, request.joinState)
    return isAllowed ? 0 : SA_STATUS.ERR_REQ_INVALID
  }

  /** Gives the function of a join bits that the SA holds; false if it may not be in the group (SQP-MC-15). */
  admit(group: Group, { function: f }: MemberRequest, joinState: number): boolean {
    if (group.record !== null && !mayBeIn(this.#host, f, group.record)) return false
    addBits(group, f, joinState, this.#guidOf(f))
    return true
  }

  /**
   * Takes from a group what functions may no longer have, and answers their requests; it is not settled yet.
   */
  confine(group: Group): void {
    for (const [f, { guid }] of [...group.members]) {
      const mayStay = guid === this.#guidOf(f) && (group.record === null || mayBeIn(this.#host, f, group.record))
      if (!mayStay) group.members.delete(f)
    }
    const { transaction } = group
    if (transaction !== null && transaction.request !== null && !isValidJoin(this.#host, transaction.request)) {
      this.#answers.conclude(transaction.request, SA_STATUS.ERR_REQ_INVALID, group)
      transaction.request = null
    }
    for (const request of group.waiting.splice(0)) {
      if (isValidJoin(this.#host, request)) group.waiting.push(request)
      else this.#answers.conclude(request, SA_STATUS.ERR_REQ_INVALID, group)
    }
  }

  /** What the SA was asked is asked anew, all that functions have at first; the group is not settled yet. */
  joinAgain(group: Group, nowMs: number): void {
    const request = this.interrupt(group, nowMs)
    if (request !== null) group.waiting.unshift(request)
    group.rejoin = group.members.size > 0
  }

  /**
   * A re-join gave the port these bits: members lose all others and hear that they must join again
   * (SQP-MC-18).
   */
  deprive(group: Group, held: number): void {
    for (const f of [...group.members.keys()].sort((a, b) => a - b)) {
      if (removeBits(group, f, ~held)) this.#host.tell(f, "reregister")
    }
  }

  /**
   * Waits no longer for the SA, which had its time. A leave counts as done if it was sent. Returns the
   * function's request, which is neither answered nor dropped yet.
   */
  giveUp(group: Group, nowMs: number): MemberRequest | null {
    const { transaction } = group
    if (transaction?.kind === "leave" && transaction.sends > 0) unhold(group, transaction.joinState)
    return this.interrupt(group, nowMs)
  }

  /**
   * Waits no longer for the SA, without a judgement: a join that was sent is remembered, the bits of a leave
   * stay held. Returns the function's request, which is neither answered nor dropped yet.
   */
  interrupt(group: Group, nowMs: number): MemberRequest | null {
    const { transaction } = group
    if (transaction === null) return null
    const { kind, request, sends } = transaction
    group.transaction = null
    transaction.request = null
    if (kind !== "leave" && sends > 0) this.#transactions.remember(transaction, nowMs)
    else this.#transactions.end(transaction)
    return request
  }

  /** Function `f` has nothing in the group any more; the group is not settled yet. */
  remove(group: Group, f: number): void {
    group.members.delete(f)
    for (const request of group.waiting.splice(0)) {
      if (request.function === f) this.#answers.discard(request, "function-gone")
      else group.waiting.push(request)
    }
    const { transaction } = group
    if (transaction?.request?.function === f) {
      this.#answers.discard(transaction.request, "function-gone")
      transaction.request = null
    }
    noteLast(group, f)
  }

  /** What a group does next; nothing while it has a transaction. */
  settle(group: Group, nowMs: number): void {
    if (group.transaction !== null) return
    if (this.#host.smLid() === 0) {
      for (const request of group.waiting.splice(0)) this.#answers.discard(request, "no-sm")
    } else if (this.#askSa(group, nowMs)) {
      return
    }
    if (group.held === 0 && group.members.size === 0) this.#groups.delete(group.mgid)
  }

  /** Leaves bits that the SA holds, of a group without a transaction; nothing while the SM is unknown. */
  leave(group: Group, joinState: number, nowMs: number): void {
    if (this.#host.smLid() === 0) return
    const cause = (joinState & ~group.undo) === 0 ? "undo" : "leave"
    const mad = (tid: number): Uint8Array => leaveMad(tid, group.mgid, joinState, this.#portGid())
    this.#open(group, cause, joinState, null, mad, nowMs)
  }

  /** A group that waited for a TID or for room in the wire ring goes on. */
  resume(group: Group, nowMs: number): void {
    if (this.#groups.get(group.mgid) !== group) return
    const { transaction } = group
    if (transaction === null) this.settle(group, nowMs)
    else if (transaction.unsent) this.#transactions.send(group, transaction, nowMs)
  }

  /** True when the group has something to ask of the SA. */
  #askSa(group: Group, nowMs: number): boolean {
    return this.#rejoin(group, nowMs) || this.#joinNext(group, nowMs) || this.#leaveExcess(group, nowMs)
  }

  /** Settle 1. True when the group waits for the SA. */
  #rejoin(group: Group, nowMs: number): boolean {
    const joinState = aggregateOf(group)
    const { mgid, record } = group
    if (joinState === 0) group.rejoin = false
    if (!group.rejoin || record === null) return false
    const mad = (tid: number): Uint8Array => rejoinMad(tid, mgid, joinState, record, this.#portGid())
    if (this.#open(group, "re-join", joinState, null, mad, nowMs)) unhold(group, group.held)
    return true
  }

  /** Settle 2. True when the group waits for the SA. */
  #joinNext(group: Group, nowMs: number): boolean {
    for (let request = group.waiting[0]; request !== undefined; request = group.waiting[0]) {
      if (nowMs - request.arrivedMs > this.#host.timing.horizon) {
        this.#answers.discard(request, "horizon")
      } else {
        const status = this.decide(group, request)
        if (status === null) {
          if (this.#openJoin(group, request, nowMs)) group.waiting.shift()
          return true
        }
        this.#answers.conclude(request, status, group)
      }
      group.waiting.shift()
    }
    return false
  }

  /** Settle 3. True when the group waits for the SA. */
  #leaveExcess(group: Group, nowMs: number): boolean {
    const excess = group.held & ~aggregateOf(group)
    if (excess === 0) return false
    this.leave(group, excess, nowMs)
    return true
  }

  #openJoin(group: Group, request: MemberRequest, nowMs: number): boolean {
    const mad = (tid: number): Uint8Array => joinMad(tid, request, this.#portGid())
    return this.#open(group, "join", request.joinState, request, mad, nowMs)
  }

  /** Begins a transaction; false: there is no TID, and the group is resumed when there may be one. */
  #open(
    group: Group,
    cause: TransactionCause,
    joinState: number,
    request: MemberRequest | null,
    mad: (tid: number) => Uint8Array,
    nowMs: number
  ): boolean {
    const kind = cause === "undo" ? "leave" : cause
    const { mgid } = group
    const make = (common: SaTransaction): MemberTransaction =>
      ({ ...common, kind, cause, mgid, joinState, request })
    return this.#transactions.open(group, { owner: request?.function ?? null, mad, make }, nowMs)
  }

  #guidOf(f: number): string {
    return this.#host.gidOf(f)?.slice(16) ?? ""
  }

  #portGid(): string {
    return this.#host.gidOf(0) ?? GID_ZERO
  }
}

/** How many requests of the function wait in the group or are with the SA. */
const requestsOf = (group: Group, f: number): number =>
  group.waiting.filter((request) => request.function === f).length +
  (group.transaction?.request?.function === f ? 1 : 0)
