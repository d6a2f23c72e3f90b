/**
 * The SA transactions of the PF context: their TIDs, timers, repetition, and the sends that wait for a TID or
 * for room in the wire ring, first come first served. What an answer means is not known here.
 */
import type { ControlHost, MadAddress } from "./control-host.ts"
import { saAddress } from "./sa-mads.ts"

/** The most requests given up that are remembered for one function, or for nobody; the oldest goes first. */
export const REMEMBERED_MAX = 1024

/** Nothing is due; a poll allocates nothing then. */
const NONE: ReadonlyArray<never> = []

/** One exchange with the SA: outstanding while its subject names it, remembered after it was given up. */
export interface SaTransaction {
  /** The wire TID as the host gave it: the low 32 bits; the upper are 0. */
  readonly tid: number
  address: MadAddress
  readonly mad: Uint8Array
  /** Whose memory it takes once it is given up: a function, or null for nobody's. */
  readonly owner: number | null
  /** Copies on the wire. */
  sends: number
  /** True while a send waits for room in the wire ring. */
  unsent: boolean
  /** Its late success is still taken. */
  givenUp: boolean
  /** A port event came after it was sent: the SA may have forgotten what it accepted. */
  former: boolean
  /** When it is sent again, given up or forgotten; Infinity while unsent. */
  dueMs: number
  /** Given up: until when the SA may well answer, as it was asked not long ago. */
  answerMs: number
}

/** What asks the SA, one request at a time: a group, a subscription, ... */
export interface SaSubject<T extends SaTransaction> {
  /** The outstanding one. */
  transaction: T | null
}

/** What {@link SaTransactions.open} is told; the MAD of 256 bytes is made when there is a TID for it. */
export interface Opening<T extends SaTransaction> {
  readonly owner: number | null
  readonly mad: (tid: number) => Uint8Array
  /** The transaction of the area, over the part that is common to all. */
  readonly make: (common: SaTransaction) => T
}

/** The table of the SA transactions of one area. */
export class SaTransactions<T extends SaTransaction, S extends SaSubject<T>> {
  readonly #host: ControlHost
  /** Outstanding and given up, by wire TID as an unsigned number, oldest first. */
  readonly #byTid = new Map<number, T>()
  /** Subjects whose send waits for a TID or for room, oldest first. */
  readonly #blocked = new Set<S>()
  /** Transactions given up and remembered, by owner. */
  readonly #remembered = new Map<number | null, number>()
  /** Nothing is due earlier. */
  #earliestMs = Number.POSITIVE_INFINITY

  constructor(host: ControlHost) {
    this.#host = host
  }

  /** The transaction with this wire TID, outstanding or given up, unless it is forgotten by now. */
  get(tid: number, nowMs: number): T | undefined {
    const transaction = this.#byTid.get(tid >>> 0)
    if (transaction === undefined || !transaction.givenUp || nowMs < transaction.dueMs) return transaction
    this.end(transaction)
    return undefined
  }

  /**
   * Makes `opening` the subject's transaction and sends it. False when there is no TID, or others wait before
   * it: the subject is then among {@link SaTransactions.takeBlocked}.
   */
  open(subject: S, { mad, make, owner }: Opening<T>, nowMs: number): boolean {
    const tid = this.#blocked.size > 0 ? 0 : this.#host.takeTid()
    if (tid === 0) {
      this.#blocked.add(subject)
      return false
    }
    const address = saAddress(this.#host.smLid(), this.#host.smSl())
    const transaction = make({
      tid, address, mad: mad(tid), owner,
      sends: 0, unsent: true, givenUp: false, former: false, dueMs: Number.POSITIVE_INFINITY,
      answerMs: 0
    })
    subject.transaction = transaction
    this.#byTid.set(tid >>> 0, transaction)
    this.send(subject, transaction, nowMs)
    return true
  }

  /** Puts a copy on the wire; when the ring is full the subject waits for room. */
  send(subject: S, transaction: T, nowMs: number): void {
    const { address, mad } = transaction
    // What has its TID does not wait behind those that wait for one: only its end frees one.
    transaction.unsent = !this.#host.sendToWire(address, mad)
    if (transaction.unsent) {
      transaction.dueMs = Number.POSITIVE_INFINITY
      this.#blocked.add(subject)
      return
    }
    transaction.sends += 1
    this.#dueAt(transaction, nowMs + this.#host.timing.saTimeout)
  }

  /** Forgets a transaction and releases its TID. */
  end(transaction: T): void {
    if (!this.#byTid.delete(transaction.tid >>> 0)) return
    if (transaction.givenUp) this.#count(transaction.owner, -1)
    this.#host.releaseTid(transaction.tid)
  }

  /** Keeps what was given up for a late success: midway between `tidMin` and `tidMax`. */
  remember(transaction: T, nowMs: number): void {
    const { saTimeout, tidMax, tidMin } = this.#host.timing
    transaction.givenUp = true
    transaction.answerMs = Math.min(transaction.dueMs, nowMs + saTimeout)
    transaction.unsent = false
    this.#dueAt(transaction, nowMs + tidMin + Math.floor((tidMax - tidMin) / 2))
    if (this.#count(transaction.owner, 1) > REMEMBERED_MAX) this.#forgetOldest(transaction.owner)
  }

  /** A port event: what the SA accepts of all transactions so far, it may forget. */
  markFormer(concerns: (transaction: T) => boolean = () => true): void {
    for (const transaction of this.#byTid.values()) if (concerns(transaction)) transaction.former = true
  }

  /** Ends those that were given up and are such. */
  forget(isSuch: (transaction: T) => boolean): void {
    for (const transaction of [...this.#byTid.values()]) {
      if (transaction.givenUp && isSuch(transaction)) this.end(transaction)
    }
  }

  /** The transactions that are due at `nowMs`, earliest first; each must then be sent, given up or ended. */
  due(nowMs: number): ReadonlyArray<T> {
    if (nowMs < this.#earliestMs) return NONE
    const due: Array<T> = []
    this.#earliestMs = Number.POSITIVE_INFINITY
    for (const transaction of this.#byTid.values()) {
      if (transaction.dueMs <= nowMs) due.push(transaction)
      else this.#earliestMs = Math.min(this.#earliestMs, transaction.dueMs)
    }
    return due.sort((a, b) => a.dueMs - b.dueMs)
  }

  /**
   * Serves those that wait for a TID or for room, oldest first, as far as both last; `resume` opens or sends.
   */
  resumeBlocked(resume: (subject: S, nowMs: number) => void, nowMs: number): void {
    if (this.#blocked.size === 0) return
    const waiting = this.takeBlocked()
    // Those that have their TID go first: those that wait for one wait for their end.
    const subjects = [
      ...waiting.filter(({ transaction }) => transaction !== null),
      ...waiting.filter(({ transaction }) => transaction === null)
    ]
    for (let i = 0; i < subjects.length && !this.isBlocked; i++) {
      const subject = subjects[i]
      if (subject !== undefined) resume(subject, nowMs)
      if (this.isBlocked) for (const next of subjects.slice(i + 1)) this.#blocked.add(next)
    }
  }

  /** Takes those that wait for a TID or for room, oldest first. */
  takeBlocked(): ReadonlyArray<S> {
    const subjects = [...this.#blocked]
    this.#blocked.clear()
    return subjects
  }

  /** True if a subject waits for a TID or for room. */
  get isBlocked(): boolean {
    return this.#blocked.size > 0
  }

  /** When `due` or a blocked subject is worth a look; Infinity for never. Nothing may turn out to be due. */
  nextDueMs(): number {
    return this.#blocked.size > 0 ? Math.min(this.#earliestMs, this.#host.nowMs() + 1) : this.#earliestMs
  }

  /** True while a request is with the SA, or waits to be sent to it; also one that a port event had given up. */
  get isWithSa(): boolean {
    if (this.isBlocked) return true
    const nowMs = this.#host.nowMs()
    for (const { answerMs, givenUp } of this.#byTid.values()) if (!givenUp || nowMs < answerMs) return true
    return false
  }

  /** Outstanding ones, and those given up that are remembered; none that is past its life at `nowMs`. */
  count(nowMs: number): number {
    let count = 0
    for (const { dueMs, givenUp } of this.#byTid.values()) if (!givenUp || nowMs < dueMs) count += 1
    return count
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
