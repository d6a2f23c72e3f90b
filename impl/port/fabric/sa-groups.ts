/** The SA's multicast groups: who holds which JoinState bits (IBTA 15.2.5.17), answering as OpenSM does. */
import { MC_MEMBER_RECORD_BYTES, MC_MEMBER_RECORD_MASK as MASK, mcMemberRecord } from "../../wire/mc-member-record.ts"
import { SA_DATA } from "../../wire/sa.ts"
import { SA_STATUS } from "../../wire/status.ts"
import { viewOf } from "./packet.ts"

interface Group {
  /** The record of the group, JoinState and PortGID zero. */
  readonly record: Uint8Array
  /** JoinState by PortGID. */
  readonly members: Map<string, number>
}

/** What the SA makes of a Set or Delete: a status, and with status 0 the record it answers with. */
export interface MembershipAnswer {
  readonly status: number
  readonly record: Uint8Array | null
  /** The MGID when the request created or deleted its group, else null. */
  readonly created: string | null
  readonly deleted: string | null
}

const refusal = (status: number): MembershipAnswer => ({ status, record: null, created: null, deleted: null })

/** FullMember or SendOnlyFullMember: the bits that keep a group alive. */
const KEEPS_GROUP = 0b1001
/** Components a join needs, and those that creating a group needs besides. */
const JOIN_MASK = MASK.MGID | MASK.PortGID | MASK.JoinState
const CREATE_MASK = MASK.Q_Key | MASK.TClass | MASK.P_Key | MASK.SL | MASK.FlowLabel
const NO_MGID = "0".repeat(32)

/** The multicast groups of a subnet. */
export class SaGroups {
  readonly #groups = new Map<string, Group>()
  readonly #prefix: string
  #nextMlid = 0xc001
  #nextMgid = 1

  constructor(subnetPrefix: string) {
    this.#prefix = subnetPrefix
  }

  /** JoinState the SA holds for a PortGID in a group; 0 for none. */
  joinState(mgid: string, portGid: string): number {
    return this.#groups.get(mgid)?.members.get(portGid) ?? 0
  }

  /** MGIDs of all groups with the number of their members. */
  list(): ReadonlyArray<{ readonly mgid: string; readonly members: number }> {
    return [...this.#groups].map(([mgid, { members }]) => ({ mgid, members: members.size }))
  }

  /** The record of a group, PortGID and JoinState blanked; null if there is none. */
  record(mgid: string): Uint8Array | null {
    return this.#groups.get(mgid)?.record.slice() ?? null
  }

  /** A Set: joins, or creates and joins. `mask` is the low word of the ComponentMask. */
  join(mad: Uint8Array, mask: number, ownsGid: (portGid: string) => boolean): MembershipAnswer {
    const view = viewOf(mad)
    const bits = mcMemberRecord.JoinState.get(view, SA_DATA)
    const portGid = mcMemberRecord.PortGID.hex(view, SA_DATA)
    let mgid = mcMemberRecord.MGID.hex(view, SA_DATA)
    if ((mask & JOIN_MASK) !== JOIN_MASK) return refusal(SA_STATUS.ERR_REQ_INSUFFICIENT_COMPONENTS)
    if (bits === 0) return refusal(SA_STATUS.ERR_REQ_INVALID)
    if (!portGid.startsWith(this.#prefix)) return refusal(SA_STATUS.ERR_REQ_INVALID_GID)
    if (!ownsGid(portGid)) return refusal(SA_STATUS.ERR_REQ_INVALID)
    const existing = this.#groups.get(mgid)
    if (existing && !this.#compatible(existing, view, mask)) return refusal(SA_STATUS.ERR_REQ_INVALID)
    if (!existing && (mask & CREATE_MASK) !== CREATE_MASK) return refusal(SA_STATUS.ERR_REQ_INSUFFICIENT_COMPONENTS)
    if (!existing && (bits & KEEPS_GROUP) === 0) return refusal(SA_STATUS.ERR_REQ_INVALID)
    if (!existing && mgid !== NO_MGID && !mgid.startsWith("ff")) return refusal(SA_STATUS.ERR_REQ_INVALID)
    if (mgid === NO_MGID) mgid = this.#chooseMgid()
    const group = existing ?? this.#create(mgid, view)
    const state = (group.members.get(portGid) ?? 0) | bits
    group.members.set(portGid, state)
    return { status: 0, record: this.#answer(group, portGid, state), created: existing ? null : mgid, deleted: null }
  }

  /** A Delete: leaves the bits it names; the group goes with its last FullMember or SendOnlyFullMember. */
  leave(mad: Uint8Array, mask: number): MembershipAnswer {
    const view = viewOf(mad)
    const bits = mcMemberRecord.JoinState.get(view, SA_DATA)
    const portGid = mcMemberRecord.PortGID.hex(view, SA_DATA)
    const mgid = mcMemberRecord.MGID.hex(view, SA_DATA)
    if ((mask & JOIN_MASK) !== JOIN_MASK) return refusal(SA_STATUS.ERR_REQ_INSUFFICIENT_COMPONENTS)
    const group = this.#groups.get(mgid)
    const held = group?.members.get(portGid) ?? 0
    if (!group || bits === 0 || (held & bits) !== bits) return refusal(SA_STATUS.ERR_REQ_INVALID)
    const left = held & ~bits
    if (left === 0) group.members.delete(portGid)
    else group.members.set(portGid, left)
    const alive = [...group.members.values()].some((state) => (state & KEEPS_GROUP) !== 0)
    if (!alive) this.#groups.delete(mgid)
    return { status: 0, record: this.#answer(group, portGid, left), created: null, deleted: alive ? null : mgid }
  }

  /** Forgets every member, as a new subnet manager would. */
  clear(): void {
    this.#groups.clear()
  }

  #chooseMgid(): string {
    return `ff12a01b${this.#prefix.slice(0, 16)}${(this.#nextMgid++).toString(16).padStart(8, "0")}`.padEnd(32, "0")
  }

  #create(mgid: string, view: DataView): Group {
    const record = new Uint8Array(MC_MEMBER_RECORD_BYTES)
    const made = viewOf(record)
    for (let i = 0; i < MC_MEMBER_RECORD_BYTES; i++) record[i] = view.getUint8(SA_DATA + i)
    mcMemberRecord.MGID.setHex(made, 0, mgid)
    mcMemberRecord.PortGID.setHex(made, 0, NO_MGID)
    mcMemberRecord.MLID.set(made, 0, this.#nextMlid++)
    mcMemberRecord.MTUSelector.set(made, 0, 2)
    if (mcMemberRecord.MTU.get(made, 0) === 0) mcMemberRecord.MTU.set(made, 0, 4)
    mcMemberRecord.RateSelector.set(made, 0, 2)
    if (mcMemberRecord.Rate.get(made, 0) === 0) mcMemberRecord.Rate.set(made, 0, 3)
    mcMemberRecord.PacketLifeTimeSelector.set(made, 0, 2)
    mcMemberRecord.JoinState.set(made, 0, 0)
    mcMemberRecord.ProxyJoin.set(made, 0, 0)
    const group: Group = { record, members: new Map() }
    this.#groups.set(mgid, group)
    return group
  }

  #compatible(group: Group, view: DataView, mask: number): boolean {
    const record = viewOf(group.record)
    const equal = (bit: number, field: { readonly get: (v: DataView, base: number) => number }) =>
      (mask & bit) === 0 || field.get(view, SA_DATA) === field.get(record, 0)
    const pkeys = (mask & MASK.P_Key) === 0 ||
      ((mcMemberRecord.P_Key.get(view, SA_DATA) ^ mcMemberRecord.P_Key.get(record, 0)) & 0x7fff) === 0
    return pkeys && equal(MASK.Q_Key, mcMemberRecord.Q_Key) && equal(MASK.TClass, mcMemberRecord.TClass) &&
      equal(MASK.SL, mcMemberRecord.SL) && equal(MASK.FlowLabel, mcMemberRecord.FlowLabel) &&
      equal(MASK.HopLimit, mcMemberRecord.HopLimit)
  }

  #answer(group: Group, portGid: string, state: number): Uint8Array {
    const record = group.record.slice()
    const view = viewOf(record)
    mcMemberRecord.PortGID.setHex(view, 0, portGid)
    mcMemberRecord.JoinState.set(view, 0, state)
    return record
  }
}
