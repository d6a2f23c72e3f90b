/**
 * The embedded fabric: one HCA (ours), a subnet manager with its SA, and CM peers, on a wire with faults by seed.
 * Synchronous and driven by the caller's clock, so a run is a function of its seed and inputs.
 */
import { checkBytes, checkHex, checkInteger, checkList, checkObject, inputError } from "../../input/check.ts"
import { isSmpClass } from "../../wire/classes.ts"
import { madHeader } from "../../wire/mad-header.ts"
import { nodeInfo } from "../../wire/node-info.ts"
import { portInfo } from "../../wire/port-info.ts"
import type { PortDescription } from "../special-qp-port.ts"
import { CmPeer } from "./cm-peer.ts"
import { fates, type Faults, noFaults, type Random32, seededRandom32 } from "./faults.ts"
import { type Packet, viewOf } from "./packet.ts"
import { SubnetAdministrator, type SubnetPort } from "./sa.ts"
import { answerSmp } from "./smp.ts"

/** What an embedded fabric is made of. GUIDs are 16 hex digits, `guids[i]` is slot i of our port's table. */
export interface FabricOptions {
  readonly seed: number
  readonly guids: ReadonlyArray<string>
  readonly faults?: Faults
  /** Number of CM peers, each on its own node; 1 by default. */
  readonly peers?: number
  readonly subnetPrefix?: string
  readonly pkeys?: ReadonlyArray<number>
}

/** LIDs of the embedded subnet: the SM, our port, the first peer. */
export const FABRIC_LID = { sm: 1, own: 2, firstPeer: 3 } as const

/** Somebody on the subnet with a port and patience of its own. */
export interface Station {
  /** What it sends because a packet reached it. */
  readonly handle: (packet: Packet, nowMs: number) => ReadonlyArray<Packet>
  /** What it sends because time passed. */
  readonly tick: (nowMs: number) => ReadonlyArray<Packet>
  /** When `tick` has something to do; null: nothing. */
  readonly nextDueMs: () => number | null
}

interface InFlight {
  readonly at: number
  readonly order: number
  readonly packet: Packet
}

/** NodeInfo and PortInfo of a port of the embedded fabric. */
const describePort = (lid: number, guid: string, prefix: string) => {
  const node = new Uint8Array(64)
  const port = new Uint8Array(64)
  const nodeView = viewOf(node)
  const portView = viewOf(port)
  nodeInfo.BaseVersion.set(nodeView, 0, 1)
  nodeInfo.ClassVersion.set(nodeView, 0, 1)
  nodeInfo.NodeType.set(nodeView, 0, 1)
  nodeInfo.NumPorts.set(nodeView, 0, 1)
  nodeInfo.NodeGUID.setBig(nodeView, 0, BigInt(`0x${guid}`) - 1n)
  nodeInfo.PortGUID.setBig(nodeView, 0, BigInt(`0x${guid}`))
  nodeInfo.PartitionCap.set(nodeView, 0, 32)
  nodeInfo.LocalPortNum.set(nodeView, 0, 1)
  portInfo.GidPrefix.setBig(portView, 0, BigInt(`0x${prefix}`))
  portInfo.LID.set(portView, 0, lid)
  portInfo.MasterSMLID.set(portView, 0, FABRIC_LID.sm)
  portInfo.LocalPortNum.set(portView, 0, 1)
  portInfo.PortState.set(portView, 0, 4)
  portInfo.GUIDCap.set(portView, 0, 255)
  return { nodeInfo: node, portInfo: port }
}

const FUNCTIONS_MAX = 255
const PEERS_MAX = 1024
const PKEYS_MAX = 128
const MAD_BYTES = 256
const DELAY_MAX_MS = 2 ** 30

const checkFaults = (faults: Faults): void => {
  checkObject("faults", faults)
  for (const name of ["lossRate", "duplicateRate"] as const) {
    if (!(faults[name] >= 0 && faults[name] <= 1)) throw inputError(`faults.${name}`, "in 0..1", faults[name])
  }
  checkInteger("faults.delayMinMs", faults.delayMinMs, 0, DELAY_MAX_MS)
  checkInteger("faults.delayMaxMs", faults.delayMaxMs, faults.delayMinMs, DELAY_MAX_MS)
}

const checkOptions = (options: FabricOptions): void => {
  checkObject("the options of a fabric", options)
  const { faults = noFaults, guids, peers = 1, pkeys = [], seed, subnetPrefix = "fe80000000000000" } = options
  checkInteger("seed", seed, 0, Number.MAX_SAFE_INTEGER)
  checkList("guids", guids, FUNCTIONS_MAX)
  guids.forEach((guid, i) => checkHex(`guids[${i}]`, guid, 16))
  checkInteger("peers", peers, 0, PEERS_MAX)
  checkList("pkeys", pkeys, PKEYS_MAX)
  pkeys.forEach((pkey, i) => checkInteger(`pkeys[${i}]`, pkey, 0, 0xffff))
  checkHex("subnetPrefix", subnetPrefix, 16)
  checkFaults(faults)
}

const checkPacket = (packet: Packet): void => {
  checkObject("a packet", packet)
  for (const name of ["slid", "dlid", "pkey"] as const) checkInteger(name, packet[name], 0, 0xffff)
  for (const name of ["srcQp", "destQp"] as const) checkInteger(name, packet[name], 0, 0xff_ffff)
  checkInteger("sl", packet.sl, 0, 15)
  checkBytes("mad", packet.mad, MAD_BYTES)
  if (packet.grh === null) return
  checkObject("grh", packet.grh)
  checkHex("grh.sgid", packet.grh.sgid, 32)
  checkHex("grh.dgid", packet.grh.dgid, 32)
}

/** The subnet. Packets of our port go in by {@link send}; {@link arrivals} are those that reached it. */
export class EmbeddedFabric {
  readonly sa: SubnetAdministrator
  readonly peers: ReadonlyArray<CmPeer>
  readonly description: PortDescription
  /** Packets that were lost, and those that came twice, so far. */
  readonly faults = { lost: 0, duplicated: 0 }
  readonly #faults: Faults
  readonly #random32: Random32
  readonly #stations = new Map<number, Station>()
  #inFlight: Array<InFlight> = []
  #order = 0

  /** Throws an InputError when the options are none. */
  constructor(options: FabricOptions) {
    checkOptions(options)
    const { faults = noFaults, guids, peers = 1, pkeys = [0xffff], seed, subnetPrefix = "fe80000000000000" } = options
    const peerGuid = (i: number) => `0002c90300${(0x100 + i).toString(16).padStart(6, "0")}`
    this.#faults = faults
    this.#random32 = seededRandom32(seed)
    this.peers = Array.from({ length: peers }, (_, i) =>
      new CmPeer({ lid: FABRIC_LID.firstPeer + i, guid: peerGuid(i), subnetPrefix })
    )
    const own: SubnetPort = { lid: FABRIC_LID.own, nodeGuid: guids[0] ?? "", guids: [...guids], name: "madmux" }
    const sm: SubnetPort = { lid: FABRIC_LID.sm, nodeGuid: "0002c90200000001", guids: ["0002c90200000001"], name: "sm" }
    const others = this.peers.map(({ address }, i): SubnetPort => ({
      lid: address.lid, nodeGuid: address.guid, guids: [address.guid], name: `peer${i}`
    }))
    this.sa = new SubnetAdministrator(FABRIC_LID.sm, subnetPrefix, [sm, own, ...others])
    this.description = {
      lid: FABRIC_LID.own, lmc: 0, smLid: FABRIC_LID.sm, smSl: 0, subnetPrefix, guids: own.guids, pkeys, linkUp: true,
      ...describePort(FABRIC_LID.own, guids[0] ?? "1", subnetPrefix)
    }
  }

  /** Puts a packet on the wire, from our port or from a peer; it is lost, copied or delayed as the seed says. */
  send(packet: Packet, nowMs: number): void {
    checkPacket(packet)
    checkInteger("nowMs", nowMs, 0, Number.MAX_SAFE_INTEGER)
    const copies = fates(this.#faults, this.#random32)
    if (copies.length === 0) this.faults.lost += 1
    if (copies.length > 1) this.faults.duplicated += 1
    for (const delayMs of copies) this.#inFlight.push({ at: nowMs + delayMs, order: this.#order++, packet })
    this.#inFlight.sort((a, b) => a.at - b.at || a.order - b.order)
  }

  /** Puts a station at a LID that nobody else has. */
  connect(lid: number, station: Station): void {
    checkInteger("lid", lid, 1, 0xbfff)
    checkObject("the station", station)
    this.#stations.set(lid, station)
  }

  /** When the next packet reaches its port, or a station repeats one; null when nothing is under way. */
  nextDueMs(): number | null {
    const due = [this.#inFlight[0]?.at ?? null, ...this.#all.map((station) => station.nextDueMs())]
      .filter((ms) => ms !== null)
    return due.length === 0 ? null : Math.min(...due)
  }

  /** What has reached our port by now; packets for the SA and the peers are answered on the way. */
  arrivals(nowMs: number): ReadonlyArray<Packet> {
    checkInteger("nowMs", nowMs, 0, Number.MAX_SAFE_INTEGER)
    const arrived: Array<Packet> = []
    for (let due = this.nextDueMs(); due !== null && due <= nowMs; due = this.nextDueMs()) {
      const next = this.#inFlight[0]
      if (next === undefined || next.at > due) {
        for (const station of this.#all) for (const packet of station.tick(due)) this.send(packet, due)
        continue
      }
      this.#inFlight.shift()
      if (next.packet.dlid === FABRIC_LID.own) arrived.push(next.packet)
      else for (const answer of this.#answers(next.packet, next.at)) this.send(answer, next.at)
    }
    return arrived
  }

  get #all(): ReadonlyArray<Station> {
    return [this.sa, ...this.#stations.values()]
  }

  #answers(packet: Packet, nowMs: number): ReadonlyArray<Packet> {
    const mgmtClass = madHeader.MgmtClass.get(viewOf(packet.mad), 0)
    const station = this.#stations.get(packet.dlid)
    if (station) return station.handle(packet, nowMs)
    const peer = this.peers.find(({ address }) => address.lid === packet.dlid)
    const isSm = packet.dlid === FABRIC_LID.sm
    // A LID nobody has: the packet ends at the switch.
    if (!isSm && peer === undefined) return []
    if (isSmpClass(mgmtClass)) {
      const guid = peer?.address.guid ?? "0002c90200000001"
      const port = describePort(packet.dlid, guid, this.description.subnetPrefix)
      return answerSmp(packet, port.nodeInfo, port.portInfo)
    }
    return peer ? peer.handle(packet) : this.sa.handle(packet, nowMs)
  }
}
