/** A fake PF context around membership, and the MADs that functions and an SA would put into its slots. */
import type { Reason } from "../../spec/reasons.ts"
import type { GroupView } from "../../impl/mux/multicast-group.ts"
import { Membership } from "../../impl/mux/multicast.ts"
import type { ControlHost, MadAddress } from "../../impl/mux/control-host.ts"
import { SaClients } from "../../impl/mux/sa-clients.ts"
import type { FunctionEvent } from "../../impl/vhca/events.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import {
  FLAG_GRH, FLAG_QP1, SLOT_BYTES, SLOT_FLAGS, SLOT_GRH_BYTE, SLOT_LID, SLOT_MAD_BYTE, SLOT_PKEY_INDEX,
  SLOT_REMOTE_QPN, SLOT_WORDS
} from "../../impl/ring/slot.ts"
import { grh } from "../../impl/wire/grh.ts"
import { hexOf } from "../../impl/wire/layout.ts"
import { madHeader, methodByte } from "../../impl/wire/mad-header.ts"
import { MC_MEMBER_RECORD_MASK as MASK, mcMemberRecord } from "../../impl/wire/mc-member-record.ts"
import { METHOD } from "../../impl/wire/methods.ts"
import { SA_DATA, saHeader } from "../../impl/wire/sa.ts"

/** The default prefix. */
export const PREFIX = "fe80000000000000"
/** GID of function `f`, all different. */
export const gidOf = (f: number): string => `${PREFIX}0002c90300a0b0${f.toString(16).padStart(2, "0")}`
/** Three groups. */
export const MGIDS = ["a", "b", "c"].map((digit) => `ff12401bffff0000000000000000000${digit}`)
/** The MGID by which the SA is asked to choose one. */
export const NO_MGID = "0".repeat(32)
/** ComponentMask: MGID, PortGID, JoinState. */
export const MEMBER = MASK.MGID | MASK.PortGID | MASK.JoinState

const names = [
  "Q_Key", "MLID", "MTUSelector", "MTU", "TClass", "P_Key", "RateSelector", "Rate", "PacketLifeTimeSelector",
  "PacketLifeTime", "SL", "FlowLabel", "HopLimit", "Scope", "ProxyJoin"
] as const

/** The numeric components of a record, by their names in the standard. */
export type Components = { [Name in (typeof names)[number]]?: number }

/** The record that the SA of these tests gives to every group. */
export const RECORD: Components = {
  Q_Key: 0xb1b, MLID: 0xc001, MTUSelector: 2, MTU: 4, TClass: 5, P_Key: 0xffff, RateSelector: 2, Rate: 3,
  PacketLifeTimeSelector: 2, PacketLifeTime: 18, SL: 6, FlowLabel: 0x12345, HopLimit: 7, Scope: 2,
  ProxyJoin: 0
}

/** Every component zero. */
export const NONE: Components = {
  Q_Key: 0, MLID: 0, MTUSelector: 0, MTU: 0, TClass: 0, P_Key: 0, RateSelector: 0, Rate: 0,
  PacketLifeTimeSelector: 0, PacketLifeTime: 0, SL: 0, FlowLabel: 0, HopLimit: 0, Scope: 0, ProxyJoin: 0
}

/** An MCMemberRecord MAD read back. */
export interface Seen {
  readonly method: number
  readonly status: number
  readonly tid: string
  readonly mask: number
  readonly mgid: string
  readonly portGid: string
  readonly joinState: number
  readonly components: Components
  readonly hex: string
}

/** Reads a MAD of MCMemberRecord. */
export const read = (mad: Uint8Array): Seen => {
  const view = new DataView(mad.buffer, mad.byteOffset, mad.byteLength)
  const components: Components = {}
  for (const name of names) components[name] = mcMemberRecord[name].get(view, SA_DATA)
  return {
    method: methodByte.get(view, 0),
    status: madHeader.Status.get(view, 0),
    tid: madHeader.TransactionID.hex(view, 0),
    mask: saHeader.ComponentMask.low(view, 0),
    mgid: mcMemberRecord.MGID.hex(view, SA_DATA),
    portGid: mcMemberRecord.PortGID.hex(view, SA_DATA),
    joinState: mcMemberRecord.JoinState.get(view, SA_DATA),
    components,
    hex: hexOf(view, 0, 256)
  }
}

/** A request of a function; what is absent has the value of an everyday request. */
export interface Ask {
  readonly mgid?: string
  readonly bits?: number
  readonly tid?: string
  /** Added to the mask of MGID, PortGID and JoinState. */
  readonly mask?: number
  readonly maskWithout?: number
  readonly portGid?: string
  readonly components?: Components
  readonly dlid?: number
  readonly sl?: number
  readonly pathBits?: number
  readonly pkeyIndex?: number
  /** DGID of a GRH. */
  readonly dgid?: string
}

/** An answer of the SA; what is absent has the value of a success from the SM. */
export interface Reply {
  readonly status?: number
  readonly joinState?: number
  readonly mgid?: string
  readonly slid?: number
  readonly sourceQpn?: number
  readonly components?: Components
}

/** What went to the wire. */
export interface Sent extends Seen {
  readonly address: MadAddress
  readonly atMs: number
}
/** What went to a function. */
export interface Delivered extends Seen {
  readonly f: number
  readonly qp: number
  readonly address: MadAddress
}

/** The fake. Everything that membership does is recorded in order. */
export class Bench {
  now = 1000
  sm = { lid: 1, sl: 3 }
  limits = { groups: 8, pending: 16, services: 4 }
  timing = {
    saTimeout: 1000, saRetries: 2, horizon: 5000, renewGrace: Number.POSITIVE_INFINITY, tidMin: 60_000, tidMax: 120_000
  }
  /** To be changed with P_Keys and GIDs. */
  identity = 0
  wireRoom = Number.POSITIVE_INFINITY
  functionRoom = Number.POSITIVE_INFINITY
  tidRoom = Number.POSITIVE_INFINITY
  pKeys: Array<ReadonlyArray<number>> = []
  gidOf: (f: number) => string | null = gidOf
  readonly sent: Array<Sent> = []
  readonly delivered: Array<Delivered> = []
  readonly drops: Array<{ readonly f: number | null; readonly reason: Reason }> = []
  readonly answered: Array<number> = []
  /** Events that functions heard of the PF context itself. */
  readonly told: Array<{ readonly f: number; readonly event: FunctionEvent }> = []
  readonly tids = new Set<number>()
  readonly membership: Membership
  readonly clients: SaClients
  #lastTid = 0x8000_0000
  readonly #region = SharedRegion.create(SLOT_WORDS * 2)
  readonly #slot = this.#region.allocate(SLOT_WORDS)

  constructor() {
    const host = this.#host()
    this.membership = new Membership(host)
    this.clients = new SaClients(host, [this.membership])
  }

  #host(): ControlHost {
    const bench = this
    return {
      region: this.#region,
      get limits() {
        return bench.limits
      },
      quotaOf: () => bench.limits,
      get timing() {
        return bench.timing
      },
      nowMs: () => this.now,
      smLid: () => this.sm.lid,
      smSl: () => this.sm.sl,
      subnetPrefix: () => PREFIX,
      gidOf: (f) => this.gidOf(f),
      identity: () => this.identity,
      tell: (f, event) => this.told.push({ f, event }),
      hasPKey: (f, pKey) => (this.pKeys[f] ?? [0xffff]).some((held) => ((held ^ pKey) & 0x7fff) === 0),
      takeTid: () => {
        if (this.tids.size >= this.tidRoom) return 0
        this.#lastTid += 1
        this.tids.add(this.#lastTid)
        return this.#lastTid
      },
      releaseTid: (tid) => {
        if (!this.tids.delete(tid)) throw new Error(`TID ${tid} released twice or never taken`)
      },
      sendToWire: (address, mad) => {
        if (this.wireRoom <= 0) return false
        this.wireRoom -= 1
        this.sent.push({ ...read(mad.slice()), address, atMs: this.now })
        return true
      },
      sendToFunction: (f, qp, address, mad) => {
        if (this.functionRoom <= 0) return false
        this.functionRoom -= 1
        this.delivered.push({ ...read(mad.slice()), f, qp, address })
        return true
      },
      drop: (f, reason) => this.drops.push({ f, reason }),
      answered: (f) => this.answered.push(f)
    }
  }

  #writeMad(method: number, tid: string, components: Components): DataView {
    const { bytes, view, words } = this.#region
    bytes.fill(0, this.#slot * 4, this.#slot * 4 + SLOT_BYTES)
    const mad = this.#slot * 4 + SLOT_MAD_BYTE
    madHeader.BaseVersion.set(view, mad, 1)
    madHeader.MgmtClass.set(view, mad, 3)
    madHeader.ClassVersion.set(view, mad, 2)
    methodByte.set(view, mad, method)
    madHeader.TransactionID.setHex(view, mad, tid)
    madHeader.AttributeID.set(view, mad, 0x38)
    for (const name of names) mcMemberRecord[name].set(view, mad + SA_DATA, components[name] ?? 0)
    // Bytes that nobody may copy.
    bytes.fill(0xa5, mad + SA_DATA + 52, mad + 256)
    words[this.#slot + SLOT_FLAGS] = FLAG_QP1 | (256 << 16)
    return new DataView(this.#region.memory.buffer, mad, 256)
  }

  #request(f: number, method: number, ask: Ask): void {
    const { view, words } = this.#region
    const mad = this.#writeMad(method, ask.tid ?? "1122334455667788", ask.components ?? {})
    saHeader.SM_Key.set(mad, 0, 0, 99)
    saHeader.ComponentMask.set(mad, 0, 0, (MEMBER | (ask.mask ?? 0)) & ~(ask.maskWithout ?? 0))
    mcMemberRecord.MGID.setHex(mad, SA_DATA, ask.mgid ?? MGIDS[0]!)
    mcMemberRecord.PortGID.setHex(mad, SA_DATA, ask.portGid ?? this.gidOf(f) ?? gidOf(f))
    mcMemberRecord.JoinState.set(mad, SA_DATA, ask.bits ?? 1)
    words[this.#slot + SLOT_LID] = (ask.dlid ?? 1) | ((ask.sl ?? 0) << 16) | ((ask.pathBits ?? 0) << 24)
    words[this.#slot + SLOT_REMOTE_QPN] = 1
    words[this.#slot + SLOT_PKEY_INDEX] = ask.pkeyIndex ?? 0
    if (ask.dgid !== undefined) {
      words[this.#slot + SLOT_FLAGS] = FLAG_QP1 | FLAG_GRH | (256 << 16)
      grh.DGID.setHex(view, this.#slot * 4 + SLOT_GRH_BYTE, ask.dgid)
    }
    this.membership.request(f, this.#slot)
  }

  /** Function `f` joins. */
  join(f: number, ask: Ask = {}): void {
    this.#request(f, METHOD.Set, ask)
  }

  /** Function `f` leaves. */
  leave(f: number, ask: Ask = {}): void {
    this.#request(f, METHOD.Delete, ask)
  }

  /** The SA answers what went to the wire; the bits are those asked for unless told. */
  reply(to: Sent, reply: Reply = {}): void {
    const { words } = this.#region
    const components = { ...RECORD, ...reply.components }
    const mad = this.#writeMad(to.method | 0x80, `deadbeef${to.tid.slice(8)}`, components)
    madHeader.Status.set(mad, 0, reply.status ?? 0)
    mcMemberRecord.MGID.setHex(mad, SA_DATA, reply.mgid ?? to.mgid)
    mcMemberRecord.PortGID.setHex(mad, SA_DATA, to.portGid)
    mcMemberRecord.JoinState.set(mad, SA_DATA, reply.joinState ?? to.joinState)
    words[this.#slot + SLOT_LID] = reply.slid ?? this.sm.lid
    words[this.#slot + SLOT_REMOTE_QPN] = reply.sourceQpn ?? 1
    this.clients.answer(this.#slot)
  }

  /** A whole MAD, in hex, arrives from the SM. */
  replyHex(hex: string): void {
    const mad = this.#writeMad(0, "0".repeat(16), {})
    for (let i = 0; i < 256; i++) mad.setUint8(i, Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
    this.#region.words[this.#slot + SLOT_LID] = this.sm.lid
    this.#region.words[this.#slot + SLOT_REMOTE_QPN] = 1
    this.clients.answer(this.#slot)
  }

  /** The last MAD to the wire. */
  get last(): Sent {
    return this.sent[this.sent.length - 1]!
  }

  /** Function `f` joins, the SA accepts. */
  joined(f: number, ask: Ask = {}, reply: Reply = {}): void {
    const before = this.sent.length
    this.join(f, ask)
    if (this.sent.length > before) this.reply(this.last, reply)
  }

  /** Time passes in steps of what falls due. */
  pass(ms: number): void {
    const until = this.now + ms
    for (let due = this.membership.nextDueMs(); due <= until; due = this.membership.nextDueMs()) {
      this.now = Math.max(this.now, due)
      this.membership.poll(this.now)
    }
    this.now = until
    this.membership.poll(this.now)
  }

  /** Reasons of all drops so far. */
  get reasons(): ReadonlyArray<Reason> {
    return this.drops.map(({ reason }) => reason)
  }
}

/** What the membership says of a group, if there is one. */
export const group = (bench: Bench, mgid: string): GroupView | undefined =>
  bench.membership.groupsView().find((view) => view.mgid === mgid)
