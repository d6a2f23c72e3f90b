/**
 * ServiceRecords of VFs (spec/service-records.md): confined to their owner, deleted at the SA when the owner ends
 * or loses the GID or P_Key of a record. Plain objects; nothing is thrown.
 */
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { bytesToHex } from "../wire/hex.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import { METHOD } from "../wire/methods.ts"
import { SA_DATA, saHeader } from "../wire/sa.ts"
import { SERVICE_RECORD_MASK, serviceRecord } from "../wire/service-record.ts"
import type { ControlHost } from "./control-host.ts"
import type { SaClient, SaNews } from "./sa-client.ts"
import { newSaMad } from "./sa-mads.ts"
import { type SaSubject, type SaTransaction, SaTransactions } from "./sa-transactions.ts"

const RID_MASK = SERVICE_RECORD_MASK.ServiceID | SERVICE_RECORD_MASK.ServiceGID | SERVICE_RECORD_MASK.ServiceP_Key
/** ServiceID, ServiceGID and ServiceP_Key stand first in the record. */
const RID_BYTES = 26
const LEASE_WITHOUT_END = 0xffff_ffff

interface DeletionTransaction extends SaTransaction {
  readonly record: Registration
}

/** A record that may be at the SA. */
interface Registration extends SaSubject<DeletionTransaction> {
  readonly function: number
  /** The RID: 52 hex digits. */
  readonly rid: string
  /** When its lease is over; Infinity for never. */
  leaseEndMs: number
  /** The PF context deletes it, or waits for an SM to do so. */
  isDeleted: boolean
}

/** The ServiceRecords of one port's VFs. */
export class ServiceRecords implements SaClient {
  readonly #host: ControlHost
  readonly #transactions: SaTransactions<DeletionTransaction, Registration>
  /** By function and RID. */
  readonly #records = new Map<string, Registration>()
  /** Records that a function has, by function; those being deleted not counted. */
  readonly #counts: Array<number> = []
  readonly #resume = (record: Registration, nowMs: number): void => {
    if (this.#records.get(keyOf(record.function, record.rid)) !== record) return
    if (record.transaction !== null) this.#transactions.send(record, record.transaction, nowMs)
    else this.#ask(record, nowMs)
  }

  constructor(host: ControlHost) {
    this.#host = host
    this.#transactions = new SaTransactions(host)
  }

  /** Whether the Set or Delete of a record at byte `mad` of the region is of function `f`'s own (SQP-SVC-1). */
  isOwn(f: number, mad: number): boolean {
    const { view } = this.#host.region
    if ((saHeader.ComponentMask.low(view, mad) & RID_MASK) !== RID_MASK) return false
    return this.#isConfined(f, this.#ridAt(mad))
  }

  /** Whether function `f` may have the record of the Set at byte `mad` (SQP-SVC-4). */
  hasRoom(f: number, mad: number): boolean {
    if (methodByte.get(this.#host.region.view, mad) !== METHOD.Set) return true
    const known = this.#records.get(keyOf(f, this.#ridAt(mad)))
    if (known?.isDeleted === false) return true
    const { services } = this.#host.limits
    if (this.#deletedOf(f) - (known === undefined ? 0 : 1) >= services) return false
    if (this.#countOf(f) < services) return true
    const nowMs = this.#host.nowMs()
    for (const record of this.#records.values()) {
      if (record.function !== f || record.isDeleted || record.leaseEndMs > nowMs) continue
      this.#forget(record)
      return true
    }
    return false
  }

  /** The Set or Delete at byte `mad` leaves: from now on the record of a Set may be at the SA (SQP-SVC-2). */
  left(f: number, mad: number): void {
    const { view } = this.#host.region
    if (methodByte.get(view, mad) !== METHOD.Set) return
    const rid = this.#ridAt(mad)
    // Whoever had it: a repetition of its deletion would delete what is registered now (SQP-SVC-3).
    for (const former of [...this.#records.values()]) {
      if (former.rid === rid && (former.function === f || former.isDeleted)) this.#forget(former)
    }
    const hasLease = (saHeader.ComponentMask.low(view, mad) & SERVICE_RECORD_MASK.ServiceLease) !== 0
    const lease = hasLease ? serviceRecord.ServiceLease.get(view, mad + SA_DATA) : LEASE_WITHOUT_END
    const leaseEndMs = lease === LEASE_WITHOUT_END ? Number.POSITIVE_INFINITY : this.#host.nowMs() + lease * 1000
    this.#records.set(keyOf(f, rid), { function: f, rid, leaseEndMs, isDeleted: false, transaction: null })
    this.#counts[f] = this.#countOf(f) + 1
  }

  /** A response to function `f`, at byte `mad`, was delivered: a successful DeleteResp ends its record. */
  delivered(f: number, mad: number): void {
    const { view } = this.#host.region
    if (methodByte.get(view, mad) !== METHOD.DeleteResp || madHeader.Status.get(view, mad) !== 0) return
    const record = this.#records.get(keyOf(f, this.#ridAt(mad)))
    if (record !== undefined && !record.isDeleted) this.#forget(record)
  }

  sentTo(tid: number, nowMs: number): number {
    return this.#transactions.get(tid, nowMs)?.address.lid ?? 0
  }

  answer(tid: number, mad: number, nowMs: number): boolean {
    const transaction = this.#transactions.get(tid, nowMs)
    const isAnswer = madHeader.AttributeID.get(this.#host.region.view, mad) === SA_ATTRIBUTE.ServiceRecord
    if (transaction === undefined || !isAnswer) return false
    this.#forget(transaction.record)
    return true
  }

  poll(nowMs: number): void {
    this.#transactions.resumeBlocked(this.#resume, nowMs)
    for (const transaction of this.#transactions.due(nowMs)) {
      const { record, sends } = transaction
      if (sends > this.#host.timing.saRetries) this.#forget(record)
      else this.#transactions.send(record, transaction, nowMs)
    }
  }

  nextDueMs(): number {
    return this.#transactions.nextDueMs()
  }

  endFunction(f: number): void {
    for (const record of [...this.#records.values()]) if (record.function === f && !record.isDeleted) this.#takeBack(record)
  }

  confine(): void {
    for (const record of [...this.#records.values()]) {
      if (!record.isDeleted && !this.#isConfined(record.function, record.rid)) this.#takeBack(record)
    }
  }

  portEvent({ reregister, smChanged }: SaNews): void {
    if (reregister !== true && smChanged !== true) return
    for (const record of [...this.#records.values()]) {
      if (!record.isDeleted) continue
      this.#endTransaction(record)
      this.#ask(record, this.#host.nowMs())
    }
  }

  stop(): boolean {
    for (const record of [...this.#records.values()]) {
      if (record.transaction === null || record.transaction.unsent) {
        this.#endTransaction(record)
        this.#takeBack(record)
      }
      if (this.#transactions.isBlocked) {
        this.#transactions.takeBlocked()
        return false
      }
      this.#forget(record)
    }
    this.#transactions.clear()
    return true
  }

  get isWithSa(): boolean {
    return this.#transactions.isAwaiting || this.#transactions.isBlocked
  }

  waiting(): number {
    return 0
  }

  #takeBack(record: Registration): void {
    if (record.isDeleted && record.transaction !== null) return
    if (!record.isDeleted) this.#counts[record.function] = this.#countOf(record.function) - 1
    record.isDeleted = true
    if (record.leaseEndMs <= this.#host.nowMs()) this.#forget(record)
    else this.#ask(record, this.#host.nowMs())
  }

  /** Begins the deletion of a record at the SA; while no SM is known it waits for one. */
  #ask(record: Registration, nowMs: number): void {
    if (this.#host.smLid() === 0) return
    this.#transactions.open(record, {
      owner: null,
      mad: (tid) => deletionMad(tid, record.rid),
      make: (common) => ({ ...common, record })
    }, nowMs)
  }

  #endTransaction(record: Registration): void {
    if (record.transaction === null) return
    this.#transactions.end(record.transaction)
    record.transaction = null
  }

  #forget(record: Registration): void {
    this.#endTransaction(record)
    if (!record.isDeleted) this.#counts[record.function] = this.#countOf(record.function) - 1
    record.isDeleted = true
    this.#records.delete(keyOf(record.function, record.rid))
  }

  /** Records of function `f` that are being deleted. */
  #deletedOf(f: number): number {
    let count = 0
    for (const record of this.#records.values()) if (record.function === f && record.isDeleted) count++
    return count
  }

  #countOf(f: number): number {
    return this.#counts[f] ?? 0
  }

  #isConfined(f: number, rid: string): boolean {
    const pkey = Number.parseInt(rid.slice(48), 16)
    return rid.slice(16, 48) === this.#host.gidOf(f) && (pkey & 0x7fff) !== 0 && this.#host.hasPKey(f, pkey)
  }

  #ridAt(mad: number): string {
    const { buffer, byteOffset } = this.#host.region.view
    return bytesToHex(new Uint8Array(buffer, byteOffset + mad + SA_DATA, RID_BYTES))
  }
}

const keyOf = (f: number, rid: string): string => `${f} ${rid}`

/** SubnAdmDelete of the record with this RID, and nothing but its RID. */
const deletionMad = (tid: number, rid: string): Uint8Array => {
  const { bytes, view } = newSaMad(METHOD.Delete, SA_ATTRIBUTE.ServiceRecord, 0, tid)
  saHeader.ComponentMask.set(view, 0, 0, RID_MASK)
  serviceRecord.ServiceID.setHex(view, SA_DATA, rid.slice(0, 16))
  serviceRecord.ServiceGID.setHex(view, SA_DATA, rid.slice(16, 48))
  serviceRecord.ServiceP_Key.set(view, SA_DATA, Number.parseInt(rid.slice(48), 16))
  return bytes
}
