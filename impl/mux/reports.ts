/** Reports of the SA (spec/subscriptions.md, "Reports"): answered at once, handed to everybody who subscribed. */
import type { SharedRegion } from "../ring/memory.ts"
import {
  FLAG_QP1, MAD_BYTES, SLOT_FLAGS, SLOT_LID, SLOT_PKEY_INDEX, SLOT_QKEY, SLOT_REMOTE_QPN, SLOT_SOURCE_QPN
} from "../ring/slot.ts"
import { madHeader } from "../wire/mad-header.ts"
import { notice, noticeGidDetails } from "../wire/notice.ts"
import { METHOD, RESPONSE_BIT } from "../wire/methods.ts"
import { SA_DATA } from "../wire/sa.ts"
import type { MuxTiming } from "./config.ts"
import type { Counters } from "./counters.ts"
import type { Functions } from "./functions.ts"
import { type Guids, NOBODY } from "./guids.ts"
import type { Host } from "./host.ts"
import type { Membership } from "./multicast.ts"
import { CONSUMED, DROP_FUNCTION_FULL, DROP_PKEY_MISMATCH } from "./outcomes.ts"
import { NO_INDEX, type Pkeys } from "./pkeys.ts"
import type { PortState } from "./port-state.ts"
import type { Rings } from "./rings.ts"
import { clearGrh, LID_MASK, lidOf, madOf, METHOD_BYTE, pkeyIndexOf, remoteQpnOf, TID_BYTE } from "./slots.ts"
import type { Subscriptions } from "./subscriptions.ts"
import { addressAnswer } from "./wire-answer.ts"

/** How many Reports are remembered. */
export const REPORTS_MAX = 64
/** Trap number of the notice that a multicast group was deleted. */
const GROUP_DELETED = 67
const PF = 0
const GSI_QP = 1

/** What reports stand on. */
export interface ReportsParts {
  readonly region: SharedRegion
  readonly timing: MuxTiming
  readonly port: PortState
  readonly guids: Guids
  readonly pkeys: Pkeys
  readonly functions: Functions
  readonly rings: Rings
  readonly counters: Counters
  readonly host: Host
  readonly subscriptions: Subscriptions
  readonly membership: Pick<Membership, "groupDeleted">
}

/** A Report that was answered. */
interface TakenReport {
  /** The SA's TID, 16 hex digits. */
  readonly tid: string
  /** The TID the functions got it with, 32 bits unsigned; 0: none got it. */
  handedTid: number
  /** Who got it and has not ended since. */
  readonly handedTo: Set<number>
  /** From before the last reregister or change of SM: its TID may come again. */
  former: boolean
  /** When it is forgotten. */
  readonly untilMs: number
}

/** The Reports that are remembered, and what becomes of new ones. */
export class Reports {
  readonly #parts: ReportsParts
  /** Oldest first. */
  #taken: Array<TakenReport> = []

  constructor(parts: ReportsParts) {
    this.#parts = parts
  }

  /**
   * Takes the Report(Notice) in `slot`, whose GRH names function `named` or {@link NOBODY}. Returns CONSUMED: it
   * was answered or dropped, and counted.
   */
  take(slot: number, named: number): number {
    const { host, port, region, rings } = this.#parts
    const { words } = region
    if (named !== NOBODY && named !== PF) {
      host.drop(null, "steer-conflict")
    } else if (port.smLid === 0 || lidOf(words, slot) !== port.smLid || remoteQpnOf(words, slot) !== GSI_QP) {
      host.drop(null, "report-source")
    } else if (!rings.hasOwnWireRoom(GSI_QP)) {
      host.drop(null, "wire-full")
    } else {
      this.#respond(slot)
      this.#hear(slot)
    }
    return CONSUMED
  }

  /** True if the ReportResp of function `f` at byte `mad` answers a Report that was handed to it (SQP-SUB-10). */
  isAnswered(f: number, mad: number): boolean {
    this.collect(this.#parts.port.nowMs)
    const { view } = this.#parts.region
    if (view.getUint32(mad + TID_BYTE) !== 0) return false
    const tid = view.getUint32(mad + TID_BYTE + 4)
    return tid !== 0 && this.#taken.some(({ handedTid, handedTo }) => handedTid === tid && handedTo.has(f))
  }

  /** Forgets what is remembered long enough. */
  collect(nowMs: number): void {
    while (this.#taken[0] !== undefined && this.#taken[0].untilMs <= nowMs) this.#forgetOldest()
  }

  /** Function `f` ends: what it was handed is no matter of its next incarnation. */
  endFunction(f: number): void {
    for (const { handedTo } of this.#taken) handedTo.delete(f)
  }

  /** Reregister, or another SM: TIDs of Reports may come again. */
  markFormer(): void {
    for (const report of this.#taken) report.former = true
  }

  /** Forgets everything. */
  stop(): void {
    while (this.#taken.length > 0) this.#forgetOldest()
  }

  /** How many Reports are remembered now. Cold side. */
  held(nowMs: number): number {
    this.collect(nowMs)
    return this.#taken.length
  }

  #forgetOldest(): void {
    const gone = this.#taken.shift()
    if (gone !== undefined && gone.handedTid !== 0) this.#parts.host.releaseTid(gone.handedTid)
  }

  /** The Report itself with method ReportResp, back to where it came from (SQP-SUB-5). */
  #respond(slot: number): void {
    const { region, rings } = this.#parts
    const to = addressAnswer(this.#parts, slot)
    region.view.setUint8(madOf(to) + METHOD_BYTE, METHOD.Report | RESPONSE_BIT)
    rings.commitWire(GSI_QP)
  }

  #hear(slot: number): void {
    const { host, port, region, timing } = this.#parts
    const tid = madHeader.TransactionID.hex(region.view, madOf(slot))
    this.collect(port.nowMs)
    if (this.#taken.some((report) => !report.former && report.tid === tid)) return host.drop(null, "report-repeated")
    if (this.#taken.length >= REPORTS_MAX) this.#forgetOldest()
    const untilMs = port.nowMs + timing.tidMin + Math.floor((timing.tidMax - timing.tidMin) / 2)
    const report: TakenReport = { tid, handedTid: 0, handedTo: new Set(), former: false, untilMs }
    this.#taken.push(report)
    const isHeard = this.#handOut(slot, report)
    const { view } = region
    const about = madOf(slot) + SA_DATA
    const isDeletion = notice.IsGeneric.get(view, about) === 1 && notice.TrapNumber.get(view, about) === GROUP_DELETED
    if (isDeletion) this.#parts.membership.groupDeleted(noticeGidDetails.GIDADDR.hex(view, about))
    if (!isHeard && !this.#parts.subscriptions.wantsOwn(about)) host.drop(null, "report-unwanted")
  }

  /** Hands a Report to everybody who subscribed to its notice; false if nobody did (SQP-SUB-6). */
  #handOut(slot: number, report: TakenReport): boolean {
    const { counters, functions, pkeys, region, rings, subscriptions } = this.#parts
    let isWanted = false
    for (let f = 0; f < functions.count; f++) {
      if (!functions.isAttached(f) || !subscriptions.wants(f, madOf(slot) + SA_DATA)) continue
      isWanted = true
      // The Report itself is counted; each copy is one MAD more.
      counters.received(counters.nobody)
      const pkeyIndex = pkeys.toVirtual(f, pkeyIndexOf(region.words, slot))
      if (pkeyIndex === NO_INDEX) counters.ingressDropped(f, DROP_PKEY_MISMATCH)
      else if (!rings.hasFunctionRoom(f, GSI_QP) || !this.#hasTid(report)) counters.ingressDropped(f, DROP_FUNCTION_FULL)
      else this.#deliver(f, slot, pkeyIndex, report)
    }
    return isWanted
  }

  /** True once the Report has a TID for functions, the same for all. */
  #hasTid(report: TakenReport): boolean {
    if (report.handedTid === 0) report.handedTid = this.#parts.host.takeTid()
    return report.handedTid !== 0
  }

  #deliver(f: number, slot: number, pkeyIndex: number, { handedTid, handedTo }: TakenReport): void {
    const { counters, region, rings } = this.#parts
    const { view, words } = region
    const to = rings.functionSlot(f, GSI_QP)
    region.copySlot(to, slot)
    words[to + SLOT_FLAGS] = (MAD_BYTES << 16) | FLAG_QP1
    words[to + SLOT_LID] = words[slot + SLOT_LID]! & LID_MASK
    words[to + SLOT_REMOTE_QPN] = remoteQpnOf(words, slot)
    words[to + SLOT_QKEY] = 0
    words[to + SLOT_PKEY_INDEX] = pkeyIndex
    words[to + SLOT_SOURCE_QPN] = 0
    clearGrh(words, to)
    view.setUint32(madOf(to) + TID_BYTE, 0)
    view.setUint32(madOf(to) + TID_BYTE + 4, handedTid)
    rings.commitFunction(f, GSI_QP)
    counters.delivered(f)
    handedTo.add(f)
  }
}
