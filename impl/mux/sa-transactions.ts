/**
 * The SA transactions of the PF context: their TIDs, timers, repetition, and the sends that wait for a TID or
 * for room in the wire ring, first come first served. What an answer means is not known here.
 */
import type { Group, SaTransaction } from "./multicast-group.ts"
import type { MembershipHost } from "./multicast-host.ts"

/** The most joins given up that are remembered for one function (and for re-joins); the oldest goes first. */
export const REMEMBERED_MAX = 2048

/** What {@link SaTransactions.open} is told; the MAD is made when there is a TID for it. */
export interface Opening extends Pick<SaTransaction, "kind" | "cause" | "joinState" | "address" | "request"> {
  readonly mad: (tid: number) => Uint8Array
}

/** The table of SA transactions. */
export class SaTransactions {
  readonly #host: MembershipHost
  /** Outstanding and given up, by wire TID as an unsigned number, oldest first. */
  readonly #byTid = new Map<number, SaTransaction>()
  /** Groups whose send waits for a TID or for room, oldest first. */
  readonly #blocked = new Set<Group>()
  /** Joins given up and remembered, by owner. */
  readonly #remembered = new Map<number | null, number>()
  /** Nothing is due earlier. */
  #earliestMs = Number.POSITIVE_INFINITY

  constructor(host: MembershipHost) {
    this.#host = host
  }

  /** The transaction with this wire TID, outstanding or given up, unless it is forgotten by now. */
  get(tid: number, nowMs: number): SaTransaction | undefined {
    const transaction = this.#byTid.get(tid >>> 0)
    if (transaction === undefined || !transaction.givenUp || nowMs < transaction.dueMs) return transaction
    this.end(transaction)
    return undefined
  }

  /**
   * Makes `opening` the group's transaction and sends it. False when there is no TID, or others wait before
   * it: the group is then among {@link SaTransactions.takeBlocked}.
   */
  open(group: Group, opening: Opening, nowMs: number): boolean {
    const tid = this.#blocked.size > 0 ? 0 : this.#host.takeTid()
    if (tid === 0) {
      this.#blocked.add(group)
      return false
    }
    const { address, cause, joinState, kind, request } = opening
    const transaction: SaTransaction = {
      kind, cause, mgid: group.mgid, tid, joinState, address, mad: opening.mad(tid), request,
      owner: request === null ? null : request.function,
      sends: 0, unsent: true, givenUp: false, former: false, dueMs: Number.POSITIVE_INFINITY
    }
    group.transaction = transaction
    this.#byTid.set(tid >>> 0, transaction)
    this.send(group, transaction, nowMs)
    return true
  }

  /** Puts a copy on the wire; when the ring is full the group waits for room. */
  send(group: Group, transaction: SaTransaction, nowMs: number): void {
    const { address, mad } = transaction
    transaction.unsent = this.#blocked.size > 0 || !this.#host.sendToWire(address, mad)
    if (transaction.unsent) {
      transaction.dueMs = Number.POSITIVE_INFINITY
      this.#blocked.add(group)
      return
    }
    transaction.sends += 1
    this.#dueAt(transaction, nowMs + this.#host.timing.saTimeout)
  }

  /** Forgets a transaction and releases its TID. */
  end(transaction: SaTransaction): void {
    if (!this.#byTid.delete(transaction.tid >>> 0)) return
    if (transaction.givenUp) this.#count(transaction.owner, -1)
    this.#host.releaseTid(transaction.tid)
  }

  /** Keeps a join that was given up for a late success: midway between `tidMin` and `tidMax`. */
  remember(transaction: SaTransaction, nowMs: number): void {
    const { tidMax, tidMin } = this.#host.timing
    transaction.givenUp = true
    transaction.unsent = false
    this.#dueAt(transaction, nowMs + tidMin + Math.floor((tidMax - tidMin) / 2))
    if (this.#count(transaction.owner, 1) > REMEMBERED_MAX) this.#forgetOldest(transaction.owner)
  }

  /** A port event: what the SA accepts of all transactions so far, it may forget. */
  markFormer(): void {
    for (const transaction of this.#byTid.values()) transaction.former = true
  }

  /** The transactions that are due at `nowMs`, earliest first; each must then be sent, given up or ended. */
  due(nowMs: number): ReadonlyArray<SaTransaction> {
    if (nowMs < this.#earliestMs) return []
    const due: Array<SaTransaction> = []
    this.#earliestMs = Number.POSITIVE_INFINITY
    for (const transaction of this.#byTid.values()) {
      if (transaction.dueMs <= nowMs) due.push(transaction)
      else this.#earliestMs = Math.min(this.#earliestMs, transaction.dueMs)
    }
    return due.sort((a, b) => a.dueMs - b.dueMs)
  }

  /** Takes the groups that wait for a TID or for room, oldest first; those not served must be given back. */
  takeBlocked(): ReadonlyArray<Group> {
    if (this.#blocked.size === 0) return []
    const groups = [...this.#blocked]
    this.#blocked.clear()
    return groups
  }

  /** True if a group waits for a TID or for room. */
  get isBlocked(): boolean {
    return this.#blocked.size > 0
  }

  /** Gives groups back, behind those that wait. */
  block(groups: ReadonlyArray<Group>): void {
    for (const group of groups) this.#blocked.add(group)
  }

  /** When `due` or a blocked group is worth a look; Infinity for never. Nothing may turn out to be due. */
  nextDueMs(): number {
    return this.#blocked.size > 0 ? Math.min(this.#earliestMs, this.#host.nowMs() + 1) : this.#earliestMs
  }

  /** True if an answer of the SA is awaited. */
  get isAwaiting(): boolean {
    for (const transaction of this.#byTid.values()) if (!transaction.givenUp) return true
    return false
  }

  /** Ends every transaction. */
  clear(): void {
    for (const transaction of [...this.#byTid.values()]) this.end(transaction)
    this.#blocked.clear()
    this.#earliestMs = Number.POSITIVE_INFINITY
  }

  #dueAt(transaction: SaTransaction, dueMs: number): void {
    transaction.dueMs = dueMs
    this.#earliestMs = Math.min(this.#earliestMs, dueMs)
  }

  #count(owner: number | null, change: number): number {
    const count = (this.#remembered.get(owner) ?? 0) + change
    if (count === 0) this.#remembered.delete(owner)
    else this.#remembered.set(owner, count)
    return count
  }

  #forgetOldest(owner: number | null): void {
    for (const transaction of this.#byTid.values()) {
      if (transaction.givenUp && transaction.owner === owner) return this.end(transaction)
    }
  }
}
