/**
 * A PF context on the embedded fabric, in virtual time: every input goes through the trace driver, so the run is its own trace.
 * What leaves for the wire enters the fabric; what the fabric brings comes back as ingress.
 */
import type { Command, Init } from "../trace/command.ts"
import { TraceDriver } from "../trace/driver.ts"
import type { Line } from "../trace/line.ts"
import type { Output, OutputOf } from "../trace/output.ts"
import type { Packet } from "../port/fabric/packet.ts"
import { EmbeddedFabric, FABRIC_LID, type FabricOptions } from "../port/fabric/subnet.ts"
import { isSmpClass, WELL_KNOWN_Q_KEY } from "../wire/classes.ts"
import { bytesToHex, hexToBytes } from "../wire/hex.ts"

/** What a function sends on QP1 when nothing else is said. */
export interface Sending {
  readonly function: number
  readonly mad: Uint8Array
  readonly dlid: number
  readonly qp?: 0 | 1
  readonly dgid?: string
}

/** The world of a demonstration. */
export class FabricWorld {
  readonly fabric: EmbeddedFabric
  readonly guids: ReadonlyArray<string>
  /** The trace so far, outputs included. */
  readonly lines: Array<Line> = []
  readonly #driver = new TraceDriver()
  #nowMs = 0

  /** `groupNotices`: the PF context hears of deleted groups (SQP-SUB-11); true by default. */
  constructor(options: FabricOptions & { readonly functions: number; readonly groupNotices?: boolean }) {
    this.fabric = new EmbeddedFabric(options)
    this.guids = options.guids
    const { lid, lmc, nodeInfo, pkeys, portInfo, smLid, smSl, subnetPrefix } = this.fabric.description
    const init: Init = {
      op: "init", format: "special-qp/1", seed: options.seed, functions: options.functions, subnetPrefix,
      guids: options.guids, nodeGuids: options.guids, pkeys, lid, lmc, smLid, smSl,
      active: options.guids.map(() => true), nodeInfo: bytesToHex(nodeInfo), portInfo: bytesToHex(portInfo),
      groupNotices: options.groupNotices ?? true
    }
    this.do(init)
  }

  /** The GID of a function. */
  gid(fn: number): string {
    return this.fabric.description.subnetPrefix + (this.guids[fn] ?? "")
  }

  /** One command; what leaves for the wire enters the fabric. */
  do(command: Command): ReadonlyArray<Output> {
    const line = this.#driver.apply({ n: this.lines.length + 1, in: command })
    const { error, out = [] } = line
    if (error !== undefined) throw new Error(`the demonstration's own command ${command.op} failed: ${error}`)
    this.lines.push(line)
    for (const output of out) if (output.to === "wire") this.fabric.send(this.#packetOf(output), this.#nowMs)
    return out
  }

  /** A function sends a MAD on its proxy QP. */
  send({ dgid, dlid, function: fn, mad, qp = 1 }: Sending): ReadonlyArray<Output> {
    return this.do({
      op: "egress", function: fn, qp, pkeyIndex: 0, remoteQpn: qp, qkey: WELL_KNOWN_Q_KEY, dlid, sl: 0, pathBits: 0,
      rate: 0, grh: dgid === undefined ? null : { dgid, hopLimit: 64, flowLabel: 0, trafficClass: 0 },
      mad: bytesToHex(mad)
    })
  }

  /** Lets the fabric and the PF context work until nothing is in flight; returns what came out on the way. */
  settle(): ReadonlyArray<Output> {
    const outputs: Array<Output> = []
    for (let due = this.fabric.nextDueMs(); due !== null; due = this.fabric.nextDueMs()) {
      outputs.push(...this.until(due))
    }
    return outputs
  }

  /** Milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Time passes until `ms` since the beginning, and what has arrived by then is worked off. */
  until(ms: number): ReadonlyArray<Output> {
    const passed = ms > this.#nowMs ? this.advance(ms - this.#nowMs) : []
    return [...passed, ...this.fabric.arrivals(this.#nowMs).flatMap((packet) => this.#arrive(packet))]
  }

  /** Time passes; what falls due is sent. */
  advance(ms: number): ReadonlyArray<Output> {
    this.#nowMs += ms
    return this.do({ op: "advance", ms })
  }

  /** A packet of the fabric's own (a peer that asks first) sets out. */
  inject(packet: Packet): void {
    this.fabric.send(packet, this.#nowMs)
  }

  #arrive(packet: Packet): ReadonlyArray<Output> {
    const { grh, mad, pkey, sl, slid, srcQp } = packet
    const pkeyIndex = this.fabric.description.pkeys.findIndex((own) => ((own ^ pkey) & 0x7fff) === 0)
    const qp = isSmpClass(mad[1] ?? 0) ? 0 : 1
    return this.do({
      op: "ingress", qp, slid, srcQp, sl, pathBits: packet.dlid - FABRIC_LID.own, pkeyIndex, grh, mad: bytesToHex(mad)
    })
  }

  #packetOf(output: OutputOf<"wire">): Packet {
    const { dlid, grh, mad, pathBits, pkeyIndex, qkey, qp, remoteQpn, sl } = output
    const { guids, lid, pkeys, subnetPrefix } = this.fabric.description
    return {
      slid: lid | pathBits, dlid, srcQp: qp, destQp: remoteQpn, qkey, sl, pkey: pkeys[pkeyIndex] ?? 0,
      grh: grh && {
        sgid: subnetPrefix + (guids[grh.sgidIndex] ?? ""), dgid: grh.dgid, hopLimit: grh.hopLimit,
        flowLabel: grh.flowLabel, trafficClass: grh.trafficClass
      },
      mad: hexToBytes(mad)
    }
  }
}
