/**
 * Guests of a PF context on the embedded fabric that ask for tables and answer with tables, in virtual time.
 */
import { RmppRequester } from "../../impl/port/fabric/rmpp/requester.ts"
import { type AnswerRequest, RmppResponder } from "../../impl/port/fabric/rmpp/responder.ts"
import { defaultRmppTiming, type RmppTiming } from "../../impl/port/fabric/rmpp/sender.ts"
import type { Packet } from "../../impl/port/fabric/packet.ts"
import { type EmbeddedFabric, FABRIC_LID, type Station } from "../../impl/port/fabric/subnet.ts"
import type { Output, OutputOf } from "../../impl/trace/output.ts"
import { bytesToHex, hexToBytes } from "../../impl/wire/hex.ts"

/** LID of the station that asks functions. */
export const STATION_LID = 40

const isResponse = (mad: Uint8Array): boolean => ((mad[3] ?? 0) & 0x80) !== 0
const tidOf = (mad: Uint8Array): string => bytesToHex(mad.subarray(8, 16))

/** Where a function sends. */
interface To {
  readonly dlid: number
  readonly dgid?: string
}

/** A PF context on the embedded fabric, in virtual time (impl/guest/fabric-world.ts). */
interface World {
  readonly fabric: EmbeddedFabric
  readonly nowMs: number
  readonly send: (sending: {
    readonly function: number
    readonly mad: Uint8Array
    readonly dlid: number
    readonly dgid?: string
  }) => ReadonlyArray<Output>
  readonly until: (ms: number) => ReadonlyArray<Output>
}

/** Functions with requests under way and agents that answer; a world that runs until all is quiet. */
export class Guests<W extends World> {
  readonly world: W
  /** MADs each function received, with the R bit or not, that nothing here waits for. */
  readonly strange: Array<{ readonly function: number; readonly mad: Uint8Array }> = []
  readonly #timing: RmppTiming
  readonly #requests: Array<{ readonly function: number; readonly to: To; readonly requester: RmppRequester }> = []
  readonly #agents = new Map<number, RmppResponder<To>>()

  /** `world` has started. */
  constructor(world: W, timing = defaultRmppTiming) {
    this.#timing = timing
    this.world = world
  }

  /** A function asks; `data` makes it a request in segments. */
  ask(fn: number, to: To, mad: Uint8Array, data: Uint8Array | null = null): RmppRequester {
    const requester = new RmppRequester(mad, this.#timing, data)
    this.#requests.push({ function: fn, to, requester })
    this.#send(fn, to, requester.start(this.world.nowMs))
    return requester
  }

  /** A function gets an agent that answers requests. */
  serve(fn: number, answer: AnswerRequest): RmppResponder<To> {
    const agent = new RmppResponder<To>(answer, this.#timing)
    this.#agents.set(fn, agent)
    return agent
  }

  /** Runs until nothing is under way anywhere. */
  run(): void {
    for (let due = this.#due(); due !== null; due = this.#due()) this.#runTo(due)
  }

  /** Runs until `ms` since the beginning, whatever is under way then. */
  runUntil(ms: number): void {
    for (let due = this.#due(); due !== null && due < ms; due = this.#due()) this.#runTo(due)
    this.#runTo(ms)
  }

  #runTo(ms: number): void {
    this.#hear(this.world.until(ms))
    const now = this.world.nowMs
    for (const { function: fn, requester, to } of this.#requests) this.#send(fn, to, requester.tick(now))
    for (const [fn, agent] of this.#agents) {
      for (const { mads, to } of agent.tick(now)) this.#send(fn, to, mads)
    }
  }

  #due(): number | null {
    const due = [
      this.world.fabric.nextDueMs(),
      ...this.#requests.map(({ requester }) => requester.dueMs),
      ...[...this.#agents.values()].map((agent) => agent.dueMs)
    ].filter((ms) => ms !== null)
    return due.length === 0 ? null : Math.min(...due)
  }

  #send(fn: number, { dgid, dlid }: To, mads: ReadonlyArray<Uint8Array>): void {
    for (const mad of mads) this.#hear(this.world.send({ function: fn, mad, dlid, ...(dgid ? { dgid } : {}) }))
  }

  #hear(outputs: ReadonlyArray<Output>): void {
    for (const output of outputs) if (output.to === "function") this.#received(output)
  }

  #received({ function: fn, grh, mad: text, slid, srcQp }: OutputOf<"function">): void {
    const mad = hexToBytes(text)
    const now = this.world.nowMs
    if (isResponse(mad)) {
      const asked = this.#requests.find((each) => each.function === fn && each.requester.tid === tidOf(mad))
      if (asked) return this.#send(fn, asked.to, asked.requester.take(mad, now))
    } else {
      const to: To = { dlid: slid, ...(grh ? { dgid: grh.sgid } : {}) }
      const agent = this.#agents.get(fn)
      if (agent) return this.#send(fn, to, agent.take(mad, `${slid} ${srcQp}`, to, now))
    }
    this.strange.push({ function: fn, mad })
  }
}

/** A station of the fabric that asks our functions for tables. */
export class AskingStation implements Station {
  /** MADs that reached it, in order. */
  readonly heard: Array<Uint8Array> = []
  readonly #requests: Array<{ readonly packet: Packet; readonly requester: RmppRequester }> = []
  readonly #controlsWithGrh: boolean

  /** It may leave the GRH out of its ACKs. */
  constructor(controlsWithGrh = true) {
    this.#controlsWithGrh = controlsWithGrh
  }

  /** A request to a function by GID, or to the PF without a GRH; give its packets to the fabric. */
  ask(
    requester: RmppRequester,
    gids: { readonly own: string; readonly dgid: string } | null,
    nowMs: number
  ): ReadonlyArray<Packet> {
    const packet: Packet = {
      slid: STATION_LID, dlid: FABRIC_LID.own, srcQp: 1, destQp: 1, qkey: 0x8001_0000, sl: 0, pkey: 0xffff,
      grh: gids && { sgid: gids.own, dgid: gids.dgid, hopLimit: 1, flowLabel: 0, trafficClass: 0 },
      mad: new Uint8Array()
    }
    this.#requests.push({ packet, requester })
    return requester.start(nowMs).map((mad) => ({ ...packet, mad }))
  }

  readonly handle = (packet: Packet, nowMs: number): ReadonlyArray<Packet> => {
    this.heard.push(packet.mad)
    const asked = this.#requests.find(({ packet: { grh }, requester }) =>
      requester.tid === tidOf(packet.mad) && grh?.dgid === packet.grh?.sgid
    )
    if (asked === undefined) return []
    const grh = this.#controlsWithGrh ? asked.packet.grh : null
    return asked.requester.take(packet.mad, nowMs).map((mad) => ({ ...asked.packet, grh, mad }))
  }

  readonly tick = (nowMs: number): ReadonlyArray<Packet> =>
    this.#requests.flatMap(({ packet, requester }) => requester.tick(nowMs).map((mad) => ({ ...packet, mad })))

  readonly nextDueMs = (): number | null => {
    const due = this.#requests.flatMap(({ requester }) => requester.dueMs ?? [])
    return due.length === 0 ? null : Math.min(...due)
  }
}
