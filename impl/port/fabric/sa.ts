/** The subnet administration of the embedded fabric: answers as OpenSM does, one MAD in, MADs out. */
import { COMMON_ATTRIBUTE, SA_ATTRIBUTE } from "../../wire/attributes.ts"
import { MGMT_CLASS } from "../../wire/classes.ts"
import { guidInfoRecord } from "../../wire/guid-info-record.ts"
import { INFORM_ALL, informInfo } from "../../wire/inform-info.ts"
import { madHeader, methodByte } from "../../wire/mad-header.ts"
import { MC_MEMBER_RECORD_BYTES, mcMemberRecord } from "../../wire/mc-member-record.ts"
import { METHOD, RESPONSE_BIT } from "../../wire/methods.ts"
import { NODE_RECORD_BYTES, NODE_RECORD_MASK, nodeRecord } from "../../wire/node-record.ts"
import { notice, noticeGidDetails, TRAP_NUMBER } from "../../wire/notice.ts"
import { PATH_RECORD_BYTES, PATH_RECORD_MASK, pathRecord } from "../../wire/path-record.ts"
import { SA_DATA, saHeader } from "../../wire/sa.ts"
import { SERVICE_RECORD_BYTES, SERVICE_RECORD_MASK, serviceRecord } from "../../wire/service-record.ts"
import { MAD_STATUS, SA_STATUS } from "../../wire/status.ts"
import type { Packet } from "./packet.ts"
import { replyTo, viewOf } from "./packet.ts"
import { asksForTable, type RmppAnswer, RmppResponder } from "./rmpp/responder.ts"
import { defaultRmppTiming, type RmppTiming } from "./rmpp/sender.ts"
import { blankAnswer, classPortInfoOf, pathBetween, withRecord, withStatus } from "./sa-answers.ts"
import { type MembershipAnswer, SaGroups } from "./sa-groups.ts"
import { multiPathGids } from "./sa-multi-path.ts"

/** A port the SA knows. GUIDs are 16 hex digits; `guids` are the port GUID and its aliases. */
export interface SubnetPort {
  readonly lid: number
  readonly nodeGuid: string
  readonly guids: Array<string>
  readonly name: string
}

/** A subscriber to notices: where its Reports go. */
interface Subscription {
  readonly key: string
  readonly packet: Packet
  readonly trap: number
}

const NO_GUID = "0".repeat(16)

/** The alias GUID the SA chooses for a slot when it is asked to. */
const chosenGuid = (lid: number, index: number): string =>
  `001405${lid.toString(16).padStart(4, "0")}${index.toString(16).padStart(6, "0")}`

/** Records of an answer, and the size of each. */
interface Table {
  readonly records: ReadonlyArray<Uint8Array>
  readonly bytes: number
}

/** How often the SA was asked, by attribute and method. */
export interface SaContact {
  readonly attributeId: number
  readonly method: number
  readonly status: number
}

/** An SA over the ports of one subnet. */
export class SubnetAdministrator {
  readonly groups: SaGroups
  /** Every request answered so far, in order. */
  readonly contacts: Array<SaContact> = []
  readonly #lid: number
  readonly #prefix: string
  readonly #ports: ReadonlyArray<SubnetPort>
  readonly #services = new Map<string, Uint8Array>()
  readonly #subscriptions: Array<Subscription> = []
  readonly #tables: RmppResponder<Packet>
  #reportTid = 1

  constructor(
    lid: number, subnetPrefix: string, ports: ReadonlyArray<SubnetPort>, timing: RmppTiming = defaultRmppTiming
  ) {
    this.#tables = new RmppResponder((mad, data) => this.#tableOf(mad, data), timing)
    this.#lid = lid
    this.#prefix = subnetPrefix
    this.#ports = ports
    this.groups = new SaGroups(subnetPrefix)
  }

  /**
   * Answers one MAD of class SA; a response (a ReportResp) is taken silently. Tables come and go by RMPP, as
   * many segments as they take; `tick` repeats what gets lost.
   */
  handle(packet: Packet, nowMs: number): ReadonlyArray<Packet> {
    const view = viewOf(packet.mad)
    const method = methodByte.get(view, 0)
    if (madHeader.MgmtClass.get(view, 0) !== MGMT_CLASS.SubnAdm || (method & RESPONSE_BIT) !== 0) return []
    if (asksForTable(packet.mad)) {
      const mads = this.#tables.take(packet.mad, `${packet.slid} ${packet.srcQp}`, packet, nowMs)
      return mads.map((mad) => replyTo(packet, mad))
    }
    const attributeId = madHeader.AttributeID.get(view, 0)
    const reply = this.#answer(packet, attributeId, method)
    if (reply === null) return []
    const status = madHeader.Status.get(viewOf(reply.answer), 0)
    this.contacts.push({ attributeId, method, status })
    return [replyTo(packet, reply.answer), ...reply.reports]
  }

  /** Time has passed: segments that were not acknowledged go again. */
  tick(nowMs: number): ReadonlyArray<Packet> {
    return this.#tables.tick(nowMs).flatMap(({ mads, to }) => mads.map((mad) => replyTo(to, mad)))
  }

  /** When `tick` has something to do; null while no transfer goes on. */
  nextDueMs(): number | null {
    return this.#tables.dueMs
  }

  /** The answer to a GetTable or GetMulti: its records, whose number is the SA's business alone. */
  #tableOf(mad: Uint8Array, data: Uint8Array): RmppAnswer {
    const method = methodByte.get(viewOf(mad), 0)
    const attributeId = madHeader.AttributeID.get(viewOf(mad), 0)
    const answer = blankAnswer(mad, method)
    const found = method === METHOD.GetMulti
      ? (attributeId === SA_ATTRIBUTE.MultiPathRecord ? this.#multiPaths(data) : null)
      : this.#records(mad, attributeId)
    const status = found === null ? MAD_STATUS.MethodAttributeNotSupported : 0
    this.contacts.push({ attributeId, method, status })
    if (found === null) return { _tag: "mad", mad: withStatus(answer, status) }
    if (method === METHOD.GetMulti) madHeader.AttributeID.set(viewOf(answer), 0, SA_ATTRIBUTE.PathRecord)
    const stride = (found.bytes + 7) & ~7
    saHeader.AttributeOffset.set(viewOf(answer), 0, stride / 8)
    const table = new Uint8Array(found.records.length * stride)
    found.records.forEach((record, i) => table.set(record, i * stride))
    return { _tag: "table", header: answer, data: table }
  }

  /** The records a GetTable asks for; null for an attribute without a table. */
  #records(mad: Uint8Array, attributeId: number): Table | null {
    const mask = saHeader.ComponentMask.low(viewOf(mad), 0)
    switch (attributeId) {
      case SA_ATTRIBUTE.PathRecord:
        return { records: this.#paths(mad, mask), bytes: PATH_RECORD_BYTES }
      case SA_ATTRIBUTE.NodeRecord:
        return { records: this.#nodes(mad, mask), bytes: NODE_RECORD_BYTES }
      case SA_ATTRIBUTE.MCMemberRecord:
        return { records: this.#members(mad), bytes: MC_MEMBER_RECORD_BYTES }
      case SA_ATTRIBUTE.ServiceRecord:
        return { records: this.#serviceQuery(mad, mask), bytes: SERVICE_RECORD_BYTES }
      default:
        return null
    }
  }

  /** Paths from each source GID to each destination GID of a MultiPathRecord. */
  #multiPaths(data: Uint8Array): Table {
    const { destinations, sources } = multiPathGids(data)
    const records = sources.flatMap((sgid) => destinations.flatMap((dgid) => this.#pathBetween(sgid, dgid) ?? []))
    return { records, bytes: PATH_RECORD_BYTES }
  }

  #pathBetween(sgid: string, dgid: string): Uint8Array | null {
    const [from, to] = [this.#portOfGid(sgid), this.#portOfGid(dgid)]
    return from && to ? pathBetween(from.lid, sgid, to.lid, dgid) : null
  }

  #answer(packet: Packet, attributeId: number, method: number) {
    const answer = blankAnswer(packet.mad, method)
    const mask = saHeader.ComponentMask.low(viewOf(packet.mad), 0)
    const only = (records: ReadonlyArray<Uint8Array>, bytes: number) => ({
      answer: withRecord(answer, records, bytes),
      reports: []
    })
    const done = (status: number) => ({ answer: withStatus(answer, status), reports: [] })
    const get = method === METHOD.Get
    switch (attributeId) {
      case COMMON_ATTRIBUTE.ClassPortInfo:
        return method === METHOD.Get ? only([classPortInfoOf()], 72) : done(0x000c)
      case SA_ATTRIBUTE.PathRecord:
        return get ? only(this.#paths(packet.mad, mask), PATH_RECORD_BYTES) : done(0x000c)
      case SA_ATTRIBUTE.NodeRecord:
        return get ? only(this.#nodes(packet.mad, mask), NODE_RECORD_BYTES) : done(0x000c)
      case SA_ATTRIBUTE.MCMemberRecord:
        return get
          ? only(this.#members(packet.mad), MC_MEMBER_RECORD_BYTES)
          : this.#membership(packet, answer, method, mask)
      case SA_ATTRIBUTE.ServiceRecord:
        return get ? only(this.#serviceQuery(packet.mad, mask), SERVICE_RECORD_BYTES)
          : { answer: this.#service(packet, answer, method), reports: [] }
      case COMMON_ATTRIBUTE.InformInfo:
        return method === METHOD.Set ? done(this.#inform(packet)) : done(0x000c)
      case SA_ATTRIBUTE.GUIDInfoRecord:
        return { answer: this.#guidInfo(packet, answer, method), reports: [] }
      default:
        return done(0x000c)
    }
  }

  #portOf(lid: number): SubnetPort | undefined {
    return this.#ports.find((port) => port.lid === lid)
  }

  #portOfGid(gid: string): SubnetPort | undefined {
    return gid.startsWith(this.#prefix) ? this.#ports.find(({ guids }) => guids.includes(gid.slice(16))) : undefined
  }

  #paths(mad: Uint8Array, mask: number): ReadonlyArray<Uint8Array> {
    const view = viewOf(mad)
    const end = (gidBit: number, gid: string, lidBit: number, lid: number) =>
      (mask & gidBit) !== 0 ? this.#portOfGid(gid) : (mask & lidBit) !== 0 ? this.#portOf(lid) : undefined
    const M = PATH_RECORD_MASK
    const dgid = pathRecord.DGID.hex(view, SA_DATA)
    const sgid = pathRecord.SGID.hex(view, SA_DATA)
    const from = end(M.SGID, sgid, M.SLID, pathRecord.SLID.get(view, SA_DATA))
    const to = end(M.DGID, dgid, M.DLID, pathRecord.DLID.get(view, SA_DATA))
    const pkey = (mask & M.P_Key) !== 0 ? pathRecord.P_Key.get(view, SA_DATA) : 0xffff
    if (!from || !to || (pkey & 0x7fff) !== 0x7fff) return []
    const gidOf = (port: SubnetPort) => this.#prefix + (port.guids[0] ?? "")
    const named = (bit: number, gid: string, port: SubnetPort) => ((mask & bit) !== 0 ? gid : gidOf(port))
    return [pathBetween(from.lid, named(M.SGID, sgid, from), to.lid, named(M.DGID, dgid, to))]
  }

  #nodes(mad: Uint8Array, mask: number): ReadonlyArray<Uint8Array> {
    const lid = nodeRecord.LID.get(viewOf(mad), SA_DATA)
    const wanted = this.#ports.filter((port) => (mask & NODE_RECORD_MASK.LID) === 0 || port.lid === lid)
    return wanted.map((port) => {
      const record = new Uint8Array(NODE_RECORD_BYTES)
      const made = viewOf(record)
      nodeRecord.LID.set(made, 0, port.lid)
      nodeRecord.BaseVersion.set(made, 0, 1)
      nodeRecord.ClassVersion.set(made, 0, 1)
      nodeRecord.NodeType.set(made, 0, 1)
      nodeRecord.NumPorts.set(made, 0, 1)
      nodeRecord.NodeGUID.setBig(made, 0, BigInt(`0x${port.nodeGuid}`))
      nodeRecord.PortGUID.setBig(made, 0, BigInt(`0x${port.guids[0] ?? "0"}`))
      nodeRecord.LocalPortNum.set(made, 0, 1)
      new TextEncoder().encodeInto(port.name, record.subarray(44))
      return record
    })
  }

  #members(mad: Uint8Array): ReadonlyArray<Uint8Array> {
    // Without SM_Key the SA blanks PortGID, JoinState and ProxyJoin: one record a group.
    const mgid = mcMemberRecord.MGID.hex(viewOf(mad), SA_DATA)
    const record = this.groups.record(mgid)
    return record ? [record] : []
  }

  #membership(packet: Packet, answer: Uint8Array, method: number, mask: number) {
    const ownsGid = (gid: string) => this.#portOfGid(gid) !== undefined
    const outcome: MembershipAnswer | null = method === METHOD.Set
      ? this.groups.join(packet.mad, mask, ownsGid)
      : method === METHOD.Delete ? this.groups.leave(packet.mad, mask) : null
    if (outcome === null) return { answer: withStatus(answer, 0x000c), reports: [] }
    if (outcome.record === null) return { answer: withStatus(answer, outcome.status), reports: [] }
    answer.set(outcome.record, SA_DATA)
    saHeader.AttributeOffset.set(viewOf(answer), 0, 7)
    const reports = [
      ...(outcome.created === null ? [] : this.#reports(TRAP_NUMBER.MulticastGroupCreated, outcome.created)),
      ...(outcome.deleted === null ? [] : this.#reports(TRAP_NUMBER.MulticastGroupDeleted, outcome.deleted))
    ]
    return { answer, reports }
  }

  #service({ mad }: Packet, answer: Uint8Array, method: number): Uint8Array {
    const view = viewOf(mad)
    const key = serviceRecord.ServiceID.hex(view, SA_DATA) + serviceRecord.ServiceGID.hex(view, SA_DATA)
    const record = mad.slice(SA_DATA, SA_DATA + SERVICE_RECORD_BYTES)
    if (method === METHOD.Set) this.#services.set(key, record)
    else if (method !== METHOD.Delete) return withStatus(answer, 0x000c)
    else if (!this.#services.delete(key)) return withStatus(answer, SA_STATUS.ERR_NO_RECORDS)
    return withRecord(answer, [record], SERVICE_RECORD_BYTES)
  }

  #serviceQuery(mad: Uint8Array, mask: number): ReadonlyArray<Uint8Array> {
    const wanted = viewOf(mad)
    const M = SERVICE_RECORD_MASK
    return [...this.#services.values()].filter((record) => {
      const held = viewOf(record)
      const same = (bit: number, field: { readonly hex: (v: DataView, base: number) => string }) =>
        (mask & bit) === 0 || field.hex(wanted, SA_DATA) === field.hex(held, 0)
      return same(M.ServiceID, serviceRecord.ServiceID) && same(M.ServiceGID, serviceRecord.ServiceGID) &&
        same(M.ServiceName, serviceRecord.ServiceName)
    })
  }

  #inform(packet: Packet): number {
    const view = viewOf(packet.mad)
    const trap = informInfo.TrapNumber.get(view, SA_DATA)
    const subscribe = informInfo.Subscribe.get(view, SA_DATA) === 1
    const qpn = subscribe ? packet.srcQp : informInfo.QPN.get(view, SA_DATA)
    const key = `${packet.slid} ${qpn} ${trap}`
    const at = this.#subscriptions.findIndex((subscription) => subscription.key === key)
    if (subscribe && at < 0) this.#subscriptions.push({ key, packet, trap })
    if (!subscribe && at < 0) return SA_STATUS.ERR_REQ_INVALID
    if (!subscribe) this.#subscriptions.splice(at, 1)
    return 0
  }

  /** Reports of a notice about a GID to everybody who subscribed to it. */
  #reports(trap: number, gid: string): ReadonlyArray<Packet> {
    const asked = this.#subscriptions.filter((s) => s.trap === trap || s.trap === INFORM_ALL.TrapNumber)
    return asked.map(({ packet }) => {
      const mad = new Uint8Array(256)
      const view = viewOf(mad)
      madHeader.BaseVersion.set(view, 0, 1)
      madHeader.MgmtClass.set(view, 0, MGMT_CLASS.SubnAdm)
      madHeader.ClassVersion.set(view, 0, 2)
      methodByte.set(view, 0, METHOD.Report)
      madHeader.TransactionID.set(view, 0, 0, this.#reportTid++)
      madHeader.AttributeID.set(view, 0, COMMON_ATTRIBUTE.Notice)
      notice.IsGeneric.set(view, SA_DATA, 1)
      notice.Type.set(view, SA_DATA, 3)
      notice.ProducerType.set(view, SA_DATA, 4)
      notice.TrapNumber.set(view, SA_DATA, trap)
      notice.IssuerLID.set(view, SA_DATA, this.#lid)
      noticeGidDetails.GIDADDR.setHex(view, SA_DATA, gid)
      return replyTo(packet, mad)
    })
  }

  #guidInfo(packet: Packet, answer: Uint8Array, method: number): Uint8Array {
    const view = viewOf(packet.mad)
    const lid = guidInfoRecord.LID.get(view, SA_DATA)
    const block = guidInfoRecord.BlockNum.get(view, SA_DATA)
    const port = this.#portOf(lid)
    if (!port) return withStatus(answer, SA_STATUS.ERR_NO_RECORDS)
    const mask = saHeader.ComponentMask.low(view, 0)
    const changes = method === METHOD.Set || method === METHOD.Delete
    for (let k = 0; k < 8 && changes; k++) {
      const index = block * 8 + k
      if ((mask & (1 << (4 + k))) === 0) continue
      if (index === 0) return withStatus(answer, SA_STATUS.ERR_REQ_INVALID)
      const offset = SA_DATA + 8 + 8 * k
      const asked = view.getBigUint64(offset).toString(16).padStart(16, "0")
      const free = !this.#ports.some(({ guids }) => guids.includes(asked))
      if (method === METHOD.Delete) port.guids[index] = NO_GUID
      else if (asked === NO_GUID) port.guids[index] = chosenGuid(lid, index)
      else if (free || port.guids[index] === asked) port.guids[index] = asked
    }
    const made = viewOf(answer)
    guidInfoRecord.LID.set(made, SA_DATA, lid)
    guidInfoRecord.BlockNum.set(made, SA_DATA, block)
    for (let k = 0; k < 8; k++) {
      made.setBigUint64(SA_DATA + 8 + 8 * k, BigInt(`0x${port.guids[block * 8 + k] ?? "0"}`))
    }
    saHeader.AttributeOffset.set(made, 0, 9)
    return answer
  }
}
