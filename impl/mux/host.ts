/** The PF context as its control-plane areas see it. */
import type { Reason } from "../../spec/reasons.ts"
import { checkInteger, checkObject } from "../input/check.ts"
import type { SharedRegion } from "../ring/memory.ts"
import {
  FLAG_GRH, FLAG_QP1, MAD_BYTES, SLOT_FLAGS, SLOT_GRH_BYTE, SLOT_LID, SLOT_PKEY_INDEX, SLOT_QKEY, SLOT_REMOTE_QPN,
  SLOT_SOURCE_QPN
} from "../ring/slot.ts"
import type { EventQueues, FunctionEvent } from "../vhca/events.ts"
import { DEFAULT_SUBSCRIPTIONS, type MuxConfig } from "./config.ts"
import type { Counters } from "./counters.ts"
import type { Guids } from "./guids.ts"
import type { MadAddress, ControlHost } from "./control-host.ts"
import { LEAVING_FACTOR } from "./multicast-groups.ts"
import { ANSWERED, reasonCode } from "./outcomes.ts"
import type { Pkeys } from "./pkeys.ts"
import { hexOfHalves, type PortState } from "./port-state.ts"
import { REPORTS_MAX } from "./reports.ts"
import type { Rings } from "./rings.ts"
import { REMEMBERED_MAX } from "./sa-transactions.ts"
import { clearGrh, madOf } from "./slots.ts"
import type { SubscriptionHost } from "./subscription-table.ts"
import { OWNER_OWN } from "./tid-owner.ts"
import type { WireIds } from "./wire-ids.ts"

const GSI_QP = 1
const PF = 0
const FULL_MEMBER = 0x8000
const BASE = 0x7fff

/** The most wire TIDs that the PF context holds for itself. */
export const ownTids = (config: MuxConfig): number =>
  64 + REPORTS_MAX + REMEMBERED_MAX + config.functions * ownTidsOf(config.limits)

/** Requests of one function that are with the SA beside those of multicast: for its GUID and the like. */
const OTHERS = 16

/**
 * The part of one function: its groups, those being left, its joins for an MGID to be chosen, those given up, its
 * ServiceRecords, its subscriptions, others.
 */
const ownTidsOf = ({ groups, pending, services, subscriptions = DEFAULT_SUBSCRIPTIONS }: MuxConfig["limits"]): number =>
  (1 + LEAVING_FACTOR) * groups + 2 * pending + 2 * services + subscriptions + REMEMBERED_MAX + OTHERS

/** What the host stands on. */
export interface HostParts {
  readonly region: SharedRegion
  readonly config: MuxConfig
  readonly port: PortState
  readonly guids: Guids
  readonly pkeys: Pkeys
  readonly rings: Rings
  readonly tids: WireIds
  readonly counters: Counters
  readonly events: EventQueues
}

/** The host, and how many drops charged nobody: an answer of the SA that was dropped. */
export class Host implements SubscriptionHost {
  readonly region: SharedRegion
  readonly limits: SubscriptionHost["limits"]
  /** Of functions whose quotas were changed. */
  readonly #quotas = new Map<number, ReturnType<ControlHost["quotaOf"]>>()
  readonly timing: ControlHost["timing"]
  dropsOfNobody = 0
  readonly #parts: HostParts
  readonly #most: number
  #held = 0

  constructor(parts: HostParts) {
    this.region = parts.region
    this.limits = parts.config.limits
    this.timing = parts.config.timing
    this.#parts = parts
    this.#most = ownTids(parts.config)
  }

  readonly nowMs = (): number => this.#parts.port.nowMs
  readonly smLid = (): number => this.#parts.port.smLid
  readonly smSl = (): number => this.#parts.port.smSl
  readonly hasPKey = (f: number, pKey: number): boolean => this.#parts.pkeys.holds(f, pKey)

  readonly partitionOf = (f: number, virtual: number): number =>
    (this.#parts.pkeys.view(f)[virtual] ?? 0) & BASE

  readonly indexOfPartition = (partition: number): number => {
    const table = this.#parts.pkeys.view(PF)
    const full = table.indexOf(partition | FULL_MEMBER)
    return full >= 0 ? full : table.indexOf(partition)
  }

  readonly gidOf = (f: number): string | null => {
    const { guids } = this.#parts
    return guids.has(f) ? this.subnetPrefix() + guids.hex(f) : null
  }

  readonly subnetPrefix = (): string => hexOfHalves(this.#parts.port.prefixHigh, this.#parts.port.prefixLow)

  readonly identity = (): number => {
    const { guids, pkeys, port } = this.#parts
    return guids.version + pkeys.version() + port.prefixVersion
  }

  readonly tell = (f: number, event: FunctionEvent): void => this.#parts.events.push(f, event)

  readonly quotaOf = (f: number): ReturnType<ControlHost["quotaOf"]> => this.#quotas.get(f) ?? this.limits

  /** Changes quotas of function `f`. Throws an InputError for one beyond what the PF context was made with. */
  setQuota(f: number, quota: Partial<ReturnType<ControlHost["quotaOf"]>>): void {
    checkObject("the quotas", quota)
    const { groups, pending } = { ...this.quotaOf(f), ...quota }
    const changed = { groups, pending }
    for (const name of ["groups", "pending"] as const) checkInteger(`limits.${name}`, changed[name], 0, this.limits[name])
    this.#quotas.set(f, changed)
  }

  readonly takeTid = (): number => {
    if (this.#held === this.#most) return 0
    const tid = this.#parts.tids.take(OWNER_OWN, this.#parts.port.now)
    if (tid !== 0) this.#held++
    return tid >>> 0
  }

  readonly releaseTid = (tid: number): void => {
    this.#parts.tids.release(tid | 0)
    this.#held--
  }

  readonly sendToWire = (address: MadAddress, mad: Uint8Array): boolean => {
    const { rings } = this.#parts
    if (!rings.hasOwnWireRoom(GSI_QP)) return false
    this.#fill(rings.wireSlot(GSI_QP), GSI_QP, address, mad)
    rings.commitWire(GSI_QP)
    return true
  }

  readonly sendToFunction = (f: number, qp: 0 | 1, address: MadAddress, mad: Uint8Array): boolean => {
    const { rings } = this.#parts
    if (!rings.hasFunctionRoom(f, qp)) return false
    const slot = rings.functionSlot(f, qp)
    this.#fill(slot, qp, address, mad)
    this.region.words[slot + SLOT_SOURCE_QPN] = 0
    rings.commitFunction(f, qp)
    return true
  }

  readonly drop = (f: number | null, reason: Reason): void => {
    const { counters } = this.#parts
    if (f !== null) return counters.egress(f, reasonCode(reason))
    this.dropsOfNobody++
    counters.ingressDropped(counters.nobody, reasonCode(reason))
  }

  readonly answered = (f: number): void => this.#parts.counters.egress(f, ANSWERED)

  #fill(slot: number, qp: 0 | 1, address: MadAddress, mad: Uint8Array): void {
    const { bytes, words } = this.region
    const { grh, lid, pathBits, pkeyIndex, qKey, rate, remoteQpn, sl } = address
    words[slot + SLOT_FLAGS] = (MAD_BYTES << 16) | (qp === 1 ? FLAG_QP1 : 0) | (grh === null ? 0 : FLAG_GRH)
    words[slot + SLOT_LID] = lid | (sl << 16) | (pathBits << 24)
    words[slot + SLOT_REMOTE_QPN] = remoteQpn | (rate << 24)
    words[slot + SLOT_QKEY] = qKey
    words[slot + SLOT_PKEY_INDEX] = pkeyIndex
    words[slot + SLOT_SOURCE_QPN] = qp
    clearGrh(words, slot)
    if (grh !== null) bytes.set(grh, slot * 4 + SLOT_GRH_BYTE)
    bytes.set(mad, madOf(slot))
  }
}
