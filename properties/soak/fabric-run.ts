/**
 * One run of a PF context on the embedded fabric in virtual time, all of it drawn from a seed: functions and peers that
 * ask, join, connect and hang up with the same ids, a wire that loses, copies and delays, lives that begin and end, port
 * events, and tables of several segments. What it did is its trace.
 */
import { FabricWorld } from "../../impl/guest/fabric-world.ts"
import {
  connectionReply, connectionRequest, disconnectReply, disconnectRequest, getNodeInfo, getNodeTable, getPathRecordByLid,
  joinGroup, leaveGroup, readyToUse
} from "../../impl/guest/mads.ts"
import { type Random32, seededRandom32 } from "../../impl/port/fabric/faults.ts"
import { FABRIC_LID } from "../../impl/port/fabric/subnet.ts"
import type { Command } from "../../impl/trace/command.ts"
import type { Line } from "../../impl/trace/line.ts"
import type { OutputOf } from "../../impl/trace/output.ts"
import { CM_ATTRIBUTE } from "../../impl/wire/attributes.ts"
import { MGMT_CLASS } from "../../impl/wire/classes.ts"
import { cmRtu } from "../../impl/wire/cm.ts"
import { hexToBytes } from "../../impl/wire/hex.ts"
import { madHeader } from "../../impl/wire/mad-header.ts"
import { Guests } from "../fabric/rmpp-party.ts"
import { hexOf } from "../mads.ts"
import { endingOf } from "../model-based/ending.ts"

/** A run and what its guests missed. */
export interface FabricRun {
  readonly lines: ReadonlyArray<Line>
  /** What should have come in the end and did not, in words. */
  readonly missed: ReadonlyArray<string>
}

const PEERS = 8
const MGIDS = [0x41, 0x42].map((last) => `ff12401bffff0000${hexOf(last, 16)}`)
const SERVICE_ID = hexOf(0x106_0001, 16)
const ACTIONS_MAX = 80
/** How often a function asks in the end before it counts as unanswered; each time with many retries of its own. */
const ASKED_MOST = 5
const PATIENT = { timeoutMs: 200, retries: 20, window: 4 }
/**
 * Longer than anything lives with the default times, in steps: what is repeated falls due first, and a line in which
 * much falls due can be explained in too many ways.
 */
const QUIET_STEPS_MS = [500, 5000, 50_000]
const QUIET_STEPS = 20

/** A run under way. */
class Run {
  readonly world: FabricWorld
  readonly guests: Guests<FabricWorld>
  readonly #functions: number
  readonly #random32: Random32
  #seen = 0
  /** The same numbers in every function, on purpose. */
  #number = 0

  constructor(seed: number) {
    this.#random32 = seededRandom32(seed)
    this.#functions = 2 + this.pick(4)
    const lossRate = [0, 0.05, 0.1][this.pick(3)] ?? 0
    const duplicateRate = [0, 0.1][this.pick(2)] ?? 0
    const guids = Array.from({ length: this.#functions }, (_, f) => hexOf(0x2c903_0000_1000 + f, 16))
    const faults = { lossRate, duplicateRate, delayMinMs: 0, delayMaxMs: [0, 5, 50][this.pick(3)] ?? 0 }
    const groupNotices = this.pick(2) === 0
    this.world = new FabricWorld({ seed, guids, functions: this.#functions, faults, peers: PEERS, groupNotices })
    this.guests = new Guests(this.world, PATIENT)
  }

  pick(n: number): number {
    return this.#random32() % n
  }

  /** Begins, does so much of everything, and ends: every function must be served once more before. */
  play(): FabricRun {
    this.world.do({ op: "start" })
    for (let left = 1 + this.pick(ACTIONS_MAX); left > 0; left--) {
      this.#act()
      this.guests.runUntil(this.world.nowMs + (this.pick(3) === 0 ? this.pick(400) : this.pick(4)))
      this.#reply()
    }
    const missed = this.#serveAll()
    for (const command of endingOf({ functions: this.#functions })) {
      if (command.op === "advance") this.#beQuiet()
      else this.world.do(command)
      this.guests.run()
    }
    return { lines: this.world.lines, missed }
  }

  /** Whatever was: with the port up and an SM there, a function that asks patiently is answered. */
  #serveAll(): ReadonlyArray<string> {
    this.world.do({ op: "start" })
    this.world.do({ op: "link", up: true })
    this.world.do({ op: "sm", smLid: FABRIC_LID.sm, smSl: 0 })
    const missed: Array<string> = []
    for (let f = 0; f < this.#functions; f++) {
      if (f > 0) this.world.do({ op: "attach", function: f })
      let end: string | undefined
      for (let asked = 0; asked < ASKED_MOST && end !== "answered"; asked++) {
        const requester = this.guests.ask(f, { dlid: FABRIC_LID.sm }, getNodeTable(this.#tid()))
        this.guests.run()
        end = requester.end?._tag
      }
      if (end !== "answered") missed.push(`function ${f} asked ${ASKED_MOST} times for a table and was never answered`)
    }
    return missed
  }

  #beQuiet(): void {
    for (const ms of QUIET_STEPS_MS) {
      for (let step = 0; step < QUIET_STEPS; step++) {
        this.world.advance(ms)
        this.guests.run()
      }
    }
  }

  #tid(): string {
    this.#number += 1
    return hexOf(this.#number, 16)
  }

  #act(): void {
    const f = this.pick(this.#functions)
    const vf = 1 + this.pick(this.#functions - 1)
    const kind = this.pick(16)
    if (kind < 3) return this.#everybodyAsks()
    if (kind < 6) return this.#membership(f)
    if (kind < 8) return void this.guests.ask(f, { dlid: FABRIC_LID.sm }, getNodeTable(this.#tid()))
    if (kind < 10) return this.#connect(f)
    if (kind < 12) return this.#peer(f)
    if (kind === 12) return void this.world.send({ function: vf, mad: getNodeInfo(this.#tid()), dlid: FABRIC_LID.sm, qp: 0 })
    if (kind === 13) return void this.world.do({ op: (["attach", "detach", "reset"] as const)[this.pick(3)] ?? "reset", function: vf })
    if (kind === 14) return void this.world.do(this.#portEvent(vf))
    if (this.pick(3) > 0) return void this.world.advance(this.pick(2000))
    this.guests.run()
    this.world.advance(this.pick(200_000))
  }

  /** Every function the same query with the same TID at once. */
  #everybodyAsks(): void {
    const tid = this.#tid()
    for (let f = 0; f < this.#functions; f++) {
      this.world.send({ function: f, mad: getPathRecordByLid(tid, FABRIC_LID.own, FABRIC_LID.sm), dlid: FABRIC_LID.sm })
    }
  }

  #membership(f: number): void {
    const mgid = MGIDS[this.pick(MGIDS.length)] ?? ""
    const member = { mgid, portGid: this.world.gid(f), joinState: [1, 1, 2, 4, 8][this.pick(5)] ?? 1 }
    const make = this.pick(2) === 0 ? joinGroup : leaveGroup
    this.world.send({ function: f, mad: make(this.#tid(), member), dlid: FABRIC_LID.sm })
  }

  /** A function asks a peer for a connection, or hangs up on one that may be there. */
  #connect(f: number): void {
    const peer = this.world.fabric.peers[this.pick(PEERS)]
    if (peer === undefined) return
    const { guid, lid, subnetPrefix } = peer.address
    const localId = 1 + this.pick(4)
    const mad = this.pick(3) === 0
      ? disconnectRequest(this.#tid(), localId, 1 + this.pick(6), 0x40)
      : connectionRequest(this.#tid(), {
        localId, caGuid: this.world.guids[f] ?? "", localLid: FABRIC_LID.own, remoteLid: lid,
        localGid: this.world.gid(f), remoteGid: subnetPrefix + guid, serviceId: SERVICE_ID
      })
    this.world.send({ function: f, mad, dlid: lid })
  }

  /** A peer asks a function for a connection, or hangs up. */
  #peer(f: number): void {
    const peer = this.world.fabric.peers[this.pick(PEERS)]
    const last = peer === undefined ? 0 : peer.connections.size
    const packet = this.pick(3) === 0 && last > 0
      ? peer?.disconnect(1 + this.pick(last), FABRIC_LID.own)
      : peer?.connect({ lid: FABRIC_LID.own, gid: this.world.gid(f), serviceId: SERVICE_ID })
    if (packet) this.world.inject(packet)
  }

  #portEvent(vf: number): Command {
    const events: ReadonlyArray<Command> = [
      { op: "reregister" },
      { op: "link", up: this.pick(2) === 0 },
      { op: "sm", smLid: this.pick(3) === 0 ? null : FABRIC_LID.sm, smSl: 0 },
      { op: "adminGuid", function: vf, guid: [null, hexOf(0, 16), hexOf(0xa10 + vf, 16)][this.pick(3)] ?? null },
      { op: this.pick(4) === 0 ? "stop" : "start" }
    ]
    return events[this.pick(events.length)] ?? { op: "reregister" }
  }

  /** The functions answer the CM messages that reached them since. */
  #reply(): void {
    const fresh = this.world.lines.slice(this.#seen)
    this.#seen = this.world.lines.length
    for (const { out = [] } of fresh) for (const output of out) if (output.to === "function") this.#answer(output)
  }

  #answer({ function: f, mad: text, slid }: OutputOf<"function">): void {
    const mad = hexToBytes(text)
    const view = new DataView(mad.buffer)
    if (madHeader.MgmtClass.get(view, 0) !== MGMT_CLASS.ComMgt || this.pick(6) === 0) return
    const tid = madHeader.TransactionID.hex(view, 0)
    const peersId = cmRtu.LocalCommunicationID.get(view, 0)
    const ownId = cmRtu.RemoteCommunicationID.get(view, 0)
    switch (madHeader.AttributeID.get(view, 0)) {
      case CM_ATTRIBUTE.REQ: {
        const reply = connectionReply(tid, 16 + this.pick(4), peersId, this.world.guids[f] ?? "")
        return void this.world.send({ function: f, mad: reply, dlid: slid })
      }
      case CM_ATTRIBUTE.REP:
        return void this.world.send({ function: f, mad: readyToUse(tid, ownId, peersId), dlid: slid })
      case CM_ATTRIBUTE.DREQ:
        return void this.world.send({ function: f, mad: disconnectReply(tid, ownId, peersId), dlid: slid })
    }
  }
}

/** The run of a seed, 0..2^32-1: the same seed, the same run. */
export const playFabric = (seed: number): FabricRun => new Run(seed).play()
