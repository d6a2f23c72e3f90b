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
  readonly leaseEndMs: number
}

/** The records of one function, by RID; a RID is in one of the two at most. */
interface FunctionRecords {
  readonly registered: Map<string, Registration>
  /** The PF context deletes them at the SA, or waits for an SM to do so. */
  readonly deleted: Map<string, Registration>
}

/** The ServiceRecords of one port's VFs. */
export class ServiceRecords implements SaClient {
  readonly #host: ControlHost
  readonly #transactions: SaTransactions<DeletionTransaction, Registration>
  /** By function, as far as one has had any. */
  readonly #records: Array<FunctionRecords> = []
  readonly #resume = (record: Registration, nowMs: number): void => {
    if (this.#of(record.function).deleted.get(record.rid) !== record) return
    if (record.transaction !== null) this.#transactions.send(record, record.transaction, nowMs)
    else this.#ask(record, nowMs)
  }

  constructor(host: ControlHost) {
    this.#host = host
    this.#transactions = new SaTransactions(host)
  }

  /**
   * The RID that the Set or Delete at byte `mad` of the region names, 52 hex digits; null unless the record is
   * one that function `f` may have (SQP-SVC-1).
   */
  ownRid(f: number, mad: number): string | null {
    if ((saHeader.ComponentMask.low(this.#host.region.view, mad) & RID_MASK) !== RID_MASK) return null
    const rid = this.#ridAt(mad)
    return this.#isConfined(f, rid) ? rid : null
  }

  /** Whether function `f` may have record `rid` of the Set at byte `mad` (SQP-SVC-4); a Delete needs no room. */
  hasRoom(f: number, rid: string, mad: number): boolean {
    if (methodByte.get(this.#host.region.view, mad) !== METHOD.Set) return true
    const { deleted, registered } = this.#of(f)
    if (registered.has(rid)) return true
    const { services } = this.#host.limits
    if (deleted.size - (deleted.has(rid) ? 1 : 0) >= services) return false
    if (registered.size < services) return true
    const nowMs = this.#host.nowMs()
    for (const record of registered.values()) {
      if (record.leaseEndMs > nowMs) continue
      this.#forget(record)
      return true
    }
    return false
  }

  /** The Set or Delete at byte `mad` leaves: from now on record `rid` of a Set may be at the SA (SQP-SVC-2). */
  left(f: number, rid: string, mad: number): void {
    const { view } = this.#host.region
    if (methodByte.get(view, mad) !== METHOD.Set) return
    const { registered } = this.#of(f)
    // Whoever had it: a repetition of its deletion would delete what is registered now (SQP-SVC-3).
    for (const { deleted } of this.#records) this.#forget(deleted.get(rid))
    this.#forget(registered.get(rid))
    const hasLease = (saHeader.ComponentMask.low(view, mad) & SERVICE_RECORD_MASK.ServiceLease) !== 0
    const lease = hasLease ? serviceRecord.ServiceLease.get(view, mad + SA_DATA) : LEASE_WITHOUT_END
    const leaseEndMs = lease === LEASE_WITHOUT_END ? Number.POSITIVE_INFINITY : this.#host.nowMs() + lease * 1000
    registered.set(rid, { function: f, rid, leaseEndMs, transaction: null })
  }

  /** A response to function `f`, at byte `mad`, was delivered: a successful DeleteResp ends its record. */
  delivered(f: number, mad: number): void {
    const { view } = this.#host.region
    if (methodByte.get(view, mad) !== METHOD.DeleteResp || madHeader.Status.get(view, mad) !== 0) return
    this.#forget(this.#of(f).registered.get(this.#ridAt(mad)))
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
    for (const record of [...this.#of(f).registered.values()]) this.#takeBack(record)
  }

  confine(): void {
    for (const record of this.#all("registered")) {
      if (!this.#isConfined(record.function, record.rid)) this.#takeBack(record)
    }
  }

  portEvent({ reregister, smChanged }: SaNews): void {
    if (reregister !== true && smChanged !== true) return
    for (const record of this.#all("deleted")) {
      this.#endTransaction(record)
      this.#ask(record, this.#host.nowMs())
    }
  }

  stop(): boolean {
    this.#transactions.takeBlocked()
    for (const record of [...this.#all("deleted"), ...this.#all("registered")]) {
      if (record.transaction === null || record.transaction.unsent) this.#takeBack(record)
      if (!this.#transactions.isBlocked) this.#forget(record)
    }
    // What is still to be deleted is nobody's any more, whoever starts meanwhile.
    if (this.#transactions.isBlocked) return false
    this.#transactions.clear()
    return true
  }

  get isWithSa(): boolean {
    return this.#transactions.isWithSa
  }

  waiting(): number {
    return 0
  }

  /** `serviceRecords`: what a function has registered; in all, also what is being deleted. */
  held(f: number | null): Readonly<Record<string, number>> {
    if (f !== null) return { serviceRecords: this.#of(f).registered.size }
    const entries = this.#records.reduce((sum, { deleted, registered }) => sum + deleted.size + registered.size, 0)
    return { serviceRecords: entries, saRequests: this.#transactions.count(this.#host.nowMs()) }
  }

  #takeBack(record: Registration): void {
    this.#forget(record)
    if (record.leaseEndMs <= this.#host.nowMs()) return
    this.#of(record.function).deleted.set(record.rid, record)
    this.#ask(record, this.#host.nowMs())
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

  #forget(record: Registration | undefined): void {
    if (record === undefined) return
    this.#endTransaction(record)
    const { deleted, registered } = this.#of(record.function)
    for (const table of [deleted, registered]) if (table.get(record.rid) === record) table.delete(record.rid)
  }

  #of(f: number): FunctionRecords {
    while (this.#records.length <= f) this.#records.push({ registered: new Map(), deleted: new Map() })
    return this.#records[f]!
  }

  #all(table: keyof FunctionRecords): ReadonlyArray<Registration> {
    return this.#records.flatMap((of) => [...of[table].values()])
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

/** SubnAdmDelete of the record with this RID, and nothing but its RID. */
const deletionMad = (tid: number, rid: string): Uint8Array => {
  const { bytes, view } = newSaMad(METHOD.Delete, SA_ATTRIBUTE.ServiceRecord, 0, tid)
  saHeader.ComponentMask.set(view, 0, 0, RID_MASK)
  serviceRecord.ServiceID.setHex(view, SA_DATA, rid.slice(0, 16))
  serviceRecord.ServiceGID.setHex(view, SA_DATA, rid.slice(16, 48))
  serviceRecord.ServiceP_Key.set(view, SA_DATA, Number.parseInt(rid.slice(48), 16))
  return bytes
}
