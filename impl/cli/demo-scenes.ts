/** The scenes of `madmux demo`: every VF uses the same ids on purpose, and nothing collides. */
import { connectionReply, connectionRequest, disconnectRequest, getNodeInfo, getPathRecord, joinGroup, leaveGroup, readyToUse } from "../guest/mads.ts"
import { FABRIC_LID } from "../port/fabric/subnet.ts"
import type { Output, OutputOf, To } from "../trace/output.ts"
import { cmRtu } from "../wire/cm.ts"
import { hexToBytes } from "../wire/hex.ts"
import { madHeader } from "../wire/mad-header.ts"
import { mcMemberRecord } from "../wire/mc-member-record.ts"
import { SA_DATA } from "../wire/sa.ts"
import type { FabricWorld } from "../guest/fabric-world.ts"

/** What one scene shows: a table, and what to see in it. */
export interface Scene {
  readonly title: string
  readonly rules: string
  readonly head: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
  readonly note: string
}

/** The TID, comm id and group that every VF uses. */
const SAME_TID = "00000000deadbeef"
const SAME_COMM_ID = 1
const SAME_MGID = "ff12401bffff00000000000000000042"
const SERVICE_ID = "0000000001060001"

const nameOf = (fn: number): string => (fn === 0 ? "PF" : `VF${fn}`)
const to = <T extends To>(outputs: ReadonlyArray<Output>, where: T): ReadonlyArray<OutputOf<T>> =>
  outputs.filter((output): output is OutputOf<T> => output.to === where)
const viewOf = (mad: string): DataView => new DataView(hexToBytes(mad).buffer)
const tidOf = (mad: string): string => madHeader.TransactionID.hex(viewOf(mad), 0)
const statusOf = (mad: string): string => `0x${madHeader.Status.get(viewOf(mad), 0).toString(16).padStart(4, "0")}`
const hex32 = (value: number): string => value.toString(16).padStart(8, "0")
const vfs = (world: FabricWorld): ReadonlyArray<number> => world.guids.map((_, fn) => fn).slice(1)

/** What became of something a function did: the reason, or what was said. */
const outcomeOf = (outputs: ReadonlyArray<Output>): string => {
  const [drop] = to(outputs, "drop")
  const [answer] = to(outputs, "answer")
  if (drop) return `dropped: ${drop.reason}`
  return answer ? answer.status : to(outputs, "wire").length > 0 ? "on the wire" : "nothing"
}

/** R1 to R3: the PF context starts and opens a tunnel for every function and QP. */
export const tunnels = (world: FabricWorld): Scene => {
  const opened = to(world.do({ op: "start" }), "tunnel")
  const pair = (fn: number, qp: number) => {
    const tunnel = opened.find((each) => each.function === fn && each.qp === qp)
    return tunnel ? `0x${tunnel.proxyQpn.toString(16)} - 0x${tunnel.tunnelQpn.toString(16)}` : "none"
  }
  return {
    title: "Tunnels",
    rules: "R1 R2 R3",
    head: ["function", "GUID", "QP0 proxy - tunnel", "QP1 proxy - tunnel"],
    rows: world.guids.map((guid, fn) => [nameOf(fn), guid, pair(fn, 0), pair(fn, 1)]),
    note: "Nobody holds QP0 or QP1 but the PF context; each function has its own pairs."
  }
}

/** R4 and R7: what a VF may not do. */
export const refusals = (world: FabricWorld): Scene => {
  const create = (fn: number, qkey?: number) =>
    world.do({ op: "verb", function: fn, verb: "createQp", type: "ud", ...(qkey === undefined ? {} : { qkey }) })
  const smp = (fn: number) => world.send({ function: fn, qp: 0, dlid: FABRIC_LID.sm, mad: getNodeInfo(SAME_TID) })
  const [own] = to(create(2), "answer")
  const vl15 = world.do({ op: "verb", function: 2, verb: "modifyQp", qp: own?.qpn ?? 0, vl: 15 })
  const wellKnown = create(3, 0x8001_0000)
  const fromVf = smp(1)
  const fromPf = smp(0)
  const answered = to(world.settle(), "function").some(({ function: fn, qp }) => fn === 0 && qp === 0)
  return {
    title: "What is refused",
    rules: "R4 R7",
    head: ["who", "tries", "outcome"],
    rows: [
      ["VF1", "an SMP, SubnGet(NodeInfo), on its QP0", outcomeOf(fromVf)],
      ["VF2", "a QP on VL15", outcomeOf(vl15)],
      ["VF3", "a QP with the well-known Q_Key 0x80010000", outcomeOf(wellKnown)],
      ["PF", "the same SMP", `${outcomeOf(fromPf)}${answered ? ", answered" : ""}`]
    ],
    note: "A VF's SMP is discarded without an answer; QP0 is the PF's."
  }
}

/** R5, R6, R9 and R12: one TID for all, one answer each. */
export const transactions = (world: FabricWorld): Scene => {
  const peer = world.fabric.peers[0]
  const dgid = world.fabric.description.subnetPrefix + (peer?.address.guid ?? "")
  const sent = vfs(world).map((fn) => ({
    fn,
    wire: to(world.send({ function: fn, dlid: FABRIC_LID.sm, mad: getPathRecord(SAME_TID, world.gid(fn), dgid) }), "wire")
  }))
  const answers = to(world.settle(), "function")
  return {
    title: "The same PathRecord query with the same TID, from every VF at once",
    rules: "R5 R6 R9 R12",
    head: ["function", "TID it wrote", "TID on the wire", "answer to", "with TID", "status"],
    rows: sent.map(({ fn, wire }) => {
      const mine = answers.find((answer) => answer.function === fn)
      const [out] = wire
      return [
        nameOf(fn), SAME_TID, out ? tidOf(out.mad) : "-", mine ? nameOf(mine.function) : "nobody",
        mine ? tidOf(mine.mad) : "-", mine ? statusOf(mine.mad) : "-"
      ]
    }),
    note: "Each VF gets its own answer, with the TID it wrote, all 64 bits."
  }
}

/** R10: the same comm id for all, to one peer; then the peer asks first. */
export const connections = (world: FabricWorld): Scene => {
  const peer = world.fabric.peers[0]
  if (peer === undefined) throw new Error("the demo's fabric has a CM peer")
  const remoteGid = world.fabric.description.subnetPrefix + peer.address.guid
  const rows = vfs(world).map((fn) => {
    const request = connectionRequest(SAME_TID, {
      localId: SAME_COMM_ID, caGuid: world.guids[fn] ?? "", localLid: FABRIC_LID.own, remoteLid: peer.address.lid,
      localGid: world.gid(fn), remoteGid, serviceId: SERVICE_ID
    })
    const [out] = to(world.send({ function: fn, dlid: peer.address.lid, mad: request }), "wire")
    const rep = to(world.settle(), "function").find((answer) => answer.function === fn)
    const peerId = rep ? cmRtu.LocalCommunicationID.get(viewOf(rep.mad), 0) : 0
    const quoted = rep ? cmRtu.RemoteCommunicationID.get(viewOf(rep.mad), 0) : 0
    world.send({ function: fn, dlid: peer.address.lid, mad: readyToUse(SAME_TID, SAME_COMM_ID, peerId) })
    world.settle()
    const state = peer.connections.get(peerId)?.state ?? "none"
    world.send({ function: fn, dlid: peer.address.lid, mad: disconnectRequest("0000000000000002", SAME_COMM_ID, peerId, 0) })
    const drep = to(world.settle(), "function").some((answer) => answer.function === fn)
    return [
      nameOf(fn), hex32(SAME_COMM_ID), out ? hex32(cmRtu.LocalCommunicationID.get(viewOf(out.mad), 0)) : "-",
      hex32(peerId), hex32(quoted), state, drep ? "DREP" : "-"
    ]
  })
  return {
    title: "A connection with the same comm id, from every VF to one peer",
    rules: "R10 R12",
    head: ["function", "id it chose", "id on the wire", "peer's id", "REP quotes", "at the peer", "DREQ got"],
    rows: [...rows, asked(world)],
    note: "The last row: the peer asks first; its REQ is steered by the GID inside it."
  }
}

/** The peer connects to the last VF, by its GID alone. */
const asked = (world: FabricWorld): ReadonlyArray<string> => {
  const peer = world.fabric.peers[0]
  const fn = world.guids.length - 1
  if (peer === undefined) return []
  world.inject(peer.connect({ lid: FABRIC_LID.own, gid: world.gid(fn), serviceId: SERVICE_ID }))
  const req = to(world.settle(), "function").at(-1)
  const peerId = req ? cmRtu.LocalCommunicationID.get(viewOf(req.mad), 0) : 0
  const rep = connectionReply(req ? tidOf(req.mad) : SAME_TID, SAME_COMM_ID, peerId, world.guids[fn] ?? "")
  const [out] = to(world.send({ function: req?.function ?? fn, dlid: peer.address.lid, mad: rep }), "wire")
  const rtu = to(world.settle(), "function").at(-1)
  return [
    `peer -> ${req ? nameOf(req.function) : "nobody"}`, hex32(SAME_COMM_ID),
    out ? hex32(cmRtu.LocalCommunicationID.get(viewOf(out.mad), 0)) : "-", hex32(peerId),
    rtu ? hex32(cmRtu.RemoteCommunicationID.get(viewOf(rtu.mad), 0)) : "-",
    peer.connections.get(peerId)?.state ?? "none", "-"
  ]
}

/** R11: every VF joins the same group, then leaves it. */
export const multicast = (world: FabricWorld): Scene => {
  const held = () => world.fabric.sa.groups.joinState(SAME_MGID, world.gid(0))
  const one = (fn: number, verb: "joins" | "leaves"): ReadonlyArray<string> => {
    const member = { mgid: SAME_MGID, portGid: world.gid(fn), joinState: 1 }
    const mad = verb === "joins" ? joinGroup(SAME_TID, member) : leaveGroup(SAME_TID, member)
    const sent = world.send({ function: fn, dlid: FABRIC_LID.sm, mad })
    const outputs = [...sent, ...world.settle()]
    const answer = to(outputs, "function").find((each) => each.function === fn)
    const contacts = to(outputs, "wire").length
    const state = answer ? mcMemberRecord.JoinState.get(viewOf(answer.mad), SA_DATA) : 0
    return [
      nameOf(fn), verb, contacts > 0 ? "asked" : "not asked", answer ? tidOf(answer.mad) : "-",
      answer ? statusOf(answer.mad) : "-", String(state), held() === 0 ? "no member" : `member, JoinState ${held()}`
    ]
  }
  const members = vfs(world)
  return {
    title: "One multicast group: every VF joins, every VF leaves",
    rules: "R11",
    head: ["function", "does", "the SA is", "answer's TID", "status", "JoinState", "the port, at the SA"],
    rows: [...members.map((fn) => one(fn, "joins")), ...members.map((fn) => one(fn, "leaves"))],
    note: "The SA is asked when the aggregate changes: by the first join and the last leave."
  }
}
