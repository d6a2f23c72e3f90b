/** The ibsim port adapter, through real rings, against the real simulator with a real OpenSM. */
import { setTimeout as sleep } from "node:timers/promises"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { IbsimPort, type IbsimPortOptions, layerIbsim } from "../../impl/port/ibsim.ts"
import { type PortError, type PortEvent, SpecialQpPort } from "../../impl/port/special-qp-port.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { SLOT_BYTES } from "../../impl/ring/slot.ts"
import { allocateRing, RingConsumer, RingProducer, ringWords } from "../../impl/ring/spsc.ts"
import { attachTo, runScoped } from "./ibsim-attach.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import {
  cmReq,
  getClassPortInfo,
  getDirectedSmp,
  getSmp,
  lowTidOf,
  methodOf,
  statusOf,
  tidOf
} from "./mads.ts"
import { isRunning } from "./process.ts"

const SM_LID = 1
const UNKNOWN_LID = 0x123
const PERMISSIVE_LID = 0xffff
const RING_SLOTS = 4
const ATTRIBUTE_NODE_INFO = 0x0011
const SMP_DATA_BYTE = 64
const PORT_GUID_BYTE = 20
const METHOD_GET_RESP = 0x81

/** What a reader of an incoming ring sees of one slot. */
interface Arrival {
  readonly qp: number
  readonly slid: number
  readonly pathBits: number
  readonly sourceQp: number
  readonly lengthBytes: number
  readonly mad: Uint8Array
}

/** The PF context's end of the rings: writes into `outgoing`, waits for `incoming`. */
interface PfSide {
  readonly port: SpecialQpPort["Service"]
  readonly counters: IbsimPort["Service"]["counters"]
  /** Puts a MAD into the outgoing ring of a QP, to the same QP of a LID. */
  readonly put: (qp: 0 | 1, dlid: number, mad: Uint8Array, lengthBytes?: number) => void
  readonly send: (qp: 0 | 1, dlid: number, mad: Uint8Array) => Effect.Effect<number, PortError>
  /** The next arrival on either QP; dies after 10 s without one. */
  readonly arrival: Effect.Effect<Arrival>
  /** Arrivals that wait, without taking them. */
  readonly waiting: (qp: 0 | 1) => number
}

const readSlot = (region: SharedRegion, slot: number): Arrival => {
  const word = (index: number): number => (region.words[slot + index] ?? 0) >>> 0
  // Everything that ibsim does not know must be zero: SL, GRH, Q_Key, P_Key index, source QPN.
  expect(region.words.slice(slot + 3, slot + 16)).toEqual(new Int32Array(13))
  expect(word(0) & 0xfffe).toBe(0)
  expect(word(1) & 0x80ff_0000).toBe(0)
  const madByte = slot * 4 + SLOT_BYTES - 256
  return {
    qp: word(0) & 1,
    slid: word(1) & 0xffff,
    pathBits: word(1) >>> 24,
    sourceQp: word(2),
    lengthBytes: word(0) >>> 16,
    mad: region.bytes.slice(madByte, madByte + 256)
  }
}

const takeFrom = (region: SharedRegion, ring: RingConsumer): Arrival | undefined => {
  if (ring.readable(1) === 0) return undefined
  const arrival = readSlot(region, ring.slot(0))
  ring.release(1)
  return arrival
}

const writeSlot = (region: SharedRegion, slot: number, qp: number, dlid: number, lengthBytes: number) =>
  region.words.set([qp | (lengthBytes << 16), dlid, qp, 0, 0, 0, ...Array<number>(10).fill(0)], slot)

/** Builds the layer in the test's scope and connects rings of four slots. */
const openPf = Effect.fnUntraced(function*(
  options: IbsimPortOptions
): Effect.fn.Return<PfSide, PortError, Scope.Scope> {
  const context = yield* Layer.build(layerIbsim(options))
  const port = Context.get(context, SpecialQpPort)
  const region = SharedRegion.create(4 * ringWords(RING_SLOTS) + 64)
  const rings = Array.from({ length: 4 }, () => allocateRing(region, RING_SLOTS))
  const [out0 = 0, out1 = 0, in0 = 0, in1 = 0] = rings
  const outgoing = [new RingProducer(region, out0), new RingProducer(region, out1)] as const
  const incoming = [new RingConsumer(region, in0), new RingConsumer(region, in1)] as const
  const woken = yield* Queue.sliding<void>(1)
  yield* port.connect({
    region,
    outgoing: [new RingConsumer(region, out0), new RingConsumer(region, out1)],
    incoming: [new RingProducer(region, in0), new RingProducer(region, in1)],
    wake: () => void Queue.offerUnsafe(woken, undefined)
  })
  const put: PfSide["put"] = (qp, dlid, mad, lengthBytes = 256) => {
    const ring = outgoing[qp]
    expect(ring.writable(1)).toBe(1)
    const slot = ring.slot(0)
    writeSlot(region, slot, qp, dlid, lengthBytes)
    region.bytes.set(mad, slot * 4 + SLOT_BYTES - 256)
    ring.publish(1)
  }
  const arrival: Effect.Effect<Arrival> = Effect.gen(function*() {
    for (;;) {
      const taken = takeFrom(region, incoming[0]) ?? takeFrom(region, incoming[1])
      if (taken !== undefined) return taken
      yield* Queue.take(woken)
    }
  })
  return {
    port,
    counters: Context.get(context, IbsimPort).counters,
    put,
    send: (qp, dlid, mad) => {
      put(qp, dlid, mad)
      return port.transmit(RING_SLOTS)
    },
    arrival: Effect.timeoutOrElse(arrival, {
      duration: "10 seconds",
      orElse: () => Effect.die(new Error("nothing arrived in the rings within 10 s"))
    }),
    waiting: (qp) => incoming[qp].readable(RING_SLOTS)
  }
})

const waitFor = (events: Queue.Dequeue<PortEvent>, wanted: (event: PortEvent) => boolean) =>
  Effect.gen(function*() {
    for (;;) {
      const event = yield* Queue.take(events)
      if (wanted(event)) return event
    }
  }).pipe(Effect.timeoutOrElse({
    duration: "20 seconds",
    orElse: () => Effect.die(new Error("the port event did not come within 20 s"))
  }))

describe.skipIf(!fabricIsPresent())("ibsim port", () => {
  let fabric: Fabric
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 5 })
  })
  afterAll(async () => {
    await fabric.stop()
  })
  const at = (nodeId: string): IbsimPortOptions => ({
    host: fabric.host,
    port: fabric.port,
    nodeId,
    pollIntervalMs: 20
  })
  const attach = (nodeId: string, issm = false) =>
    attachTo({ host: fabric.host, port: fabric.port, nodeId, issm })

  it("a ClassPortInfo request leaves by the ring and its answer comes back by the ring [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      // Takes slot 1 or higher, so that the slot number in the answer's TID is not zero by luck.
      yield* attach("Hca3")
      const pf = yield* openPf(at("Hca2"))
      expect(yield* pf.send(1, SM_LID, getClassPortInfo(0x0000_0000_dead_0001n))).toBe(1)
      const answer = yield* pf.arrival
      expect(answer).toMatchObject({ qp: 1, slid: SM_LID, sourceQp: 1, pathBits: 0, lengthBytes: 256 })
      expect(methodOf(answer.mad)).toBe(METHOD_GET_RESP)
      expect(statusOf(answer.mad)).toBe(0)
      expect(tidOf(answer.mad)).toBe(0x0000_0000_dead_0001n)
      expect(yield* pf.counters).toMatchObject({ sent: 1, received: 1, delivered: 1, bounced: 0, refused: 0 })
    })))

  it("a request from elsewhere keeps its TID, and a response with it finds its way back [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const pf = yield* openPf(at("Hca2"))
      const peer = yield* attach("Hca3")
      const { lid } = yield* pf.port.describe
      const request = cmReq(0x0102_0304_0506_0708n, 0x1111_1111)
      peer.send(lid, request)
      const arrived = yield* pf.arrival
      expect(arrived).toMatchObject({ qp: 1, slid: yield* peer.lid, sourceQp: 1 })
      expect(tidOf(arrived.mad)).toBe((BigInt(peer.client.slot) << 48n) | 0x0304_0506_0708n)
      expect(arrived.mad.subarray(16)).toEqual(request.subarray(16))

      const response = arrived.mad.with(1, 0x06).with(3, METHOD_GET_RESP)
      yield* pf.send(1, arrived.slid, response)
      expect((yield* peer.mad).mad).toEqual(response)
    })))

  it("SMPs travel on QP0, LID routed and directed, and their answers come back on QP0 [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const pf = yield* openPf(at("Hca2"))
      const { guids, lid } = yield* pf.port.describe
      const asks = [
        [lid, getSmp(1n, ATTRIBUTE_NODE_INFO)],
        [PERMISSIVE_LID, getDirectedSmp(2n, ATTRIBUTE_NODE_INFO)]
      ] as const
      for (const [dlid, mad] of asks) {
        yield* pf.send(0, dlid, mad)
        const answer = yield* pf.arrival
        expect(answer).toMatchObject({ qp: 0, sourceQp: 0 })
        expect(lowTidOf(answer.mad)).toBe(lowTidOf(mad))
        // The fabric's own answer is the witness for the port GUID that the adapter computes.
        const at = SMP_DATA_BYTE + PORT_GUID_BYTE
        expect(Buffer.from(answer.mad.subarray(at, at + 8)).toString("hex")).toBe(guids[0])
      }
    })))

  it("the description is that of the port [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const plain = yield* attach("Hca4")
      const { port } = yield* openPf(at("Hca4"))
      const description = yield* port.describe
      expect(description).toMatchObject({
        lid: yield* plain.lid,
        lmc: 0,
        smLid: SM_LID,
        smSl: 0,
        subnetPrefix: "fe80000000000000",
        linkUp: true,
        pkeys: [0xffff, ...Array<number>(31).fill(0)]
      })
      expect(description.guids).toEqual(["0000000000100007", ...Array<string>(31).fill("0".repeat(16))])
      expect(Buffer.from(description.nodeInfo.subarray(20, 28)).toString("hex")).toBe(description.guids[0])
      expect(description.portInfo).toEqual(yield* plain.client.portInfo)
    })))

  it("a MAD of ours that bounces is counted and never delivered as a request [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const pf = yield* openPf(at("Hca2"))
      yield* pf.send(1, UNKNOWN_LID, cmReq(5n, 0x2222_2222))
      yield* pf.send(1, SM_LID, getClassPortInfo(6n))
      // A bounce is returned at once, so it would have come first.
      expect(lowTidOf((yield* pf.arrival).mad)).toBe(6)
      expect(yield* pf.counters).toMatchObject({ sent: 2, bounced: 1, received: 1 })
    })))

  it("an incoming ring that is full costs the MADs beyond it, counted, and nothing else [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const pf = yield* openPf(at("Hca2"))
      const peer = yield* attach("Hca3")
      const { lid } = yield* pf.port.describe
      const surplus = 3
      for (let n = 1; n <= RING_SLOTS + surplus; n++) peer.send(lid, cmReq(BigInt(n), n))
      // QP0 has room and answers come in order, so this one tells that all others were handled.
      yield* pf.send(0, lid, getSmp(99n, ATTRIBUTE_NODE_INFO))
      while ((yield* pf.counters).ringFull < surplus) yield* Effect.sleep(5)
      expect(pf.waiting(1)).toBe(RING_SLOTS)
      const seen: Array<number> = []
      for (let n = 0; n <= RING_SLOTS; n++) seen.push(lowTidOf((yield* pf.arrival).mad))
      expect(seen.toSorted()).toEqual([1, 2, 3, 4, 99])
      expect(yield* pf.counters).toMatchObject({ ringFull: surplus, received: RING_SLOTS + 1 })
      peer.send(lid, cmReq(77n, 77))
      expect(lowTidOf((yield* pf.arrival).mad)).toBe(77)
    })))

  it("a budget bounds a batch, and each QP gets its half of it [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const pf = yield* openPf(at("Hca2"))
      for (let n = 1; n <= RING_SLOTS; n++) {
        pf.put(0, SM_LID, getSmp(BigInt(n), ATTRIBUTE_NODE_INFO))
        pf.put(1, SM_LID, getClassPortInfo(BigInt(n)))
      }
      expect(yield* pf.port.transmit(2)).toBe(2)
      expect([(yield* pf.arrival).qp, (yield* pf.arrival).qp].toSorted()).toEqual([0, 1])
      expect(yield* pf.port.transmit(100)).toBe(2 * RING_SLOTS - 2)
      expect(yield* pf.port.transmit(100)).toBe(0)
      // Awaited, since answers that come later go to the next owner of the slot: another test.
      for (let n = 2; n < 2 * RING_SLOTS; n++) yield* pf.arrival
    })))

  it("a slot that fits no datagram is counted, and the MAD behind it goes out [SQP-IN-1]", () =>
    runScoped(Effect.gen(function*() {
      const pf = yield* openPf(at("Hca2"))
      pf.put(1, SM_LID, getClassPortInfo(1n), 300)
      pf.put(1, SM_LID, getClassPortInfo(2n), 23)
      expect(yield* pf.send(1, SM_LID, getClassPortInfo(3n))).toBe(3)
      expect(lowTidOf((yield* pf.arrival).mad)).toBe(3)
      expect(yield* pf.counters).toMatchObject({ invalidSlots: 2, sent: 1 })
    })))

  it("a link that goes down and comes back is two events [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const { port } = yield* openPf(at("Hca5"))
      fabric.console('Unlink "Hca5"[1]')
      yield* waitFor(port.events, (event) => event._tag === "link" && !event.up)
      expect((yield* port.describe).linkUp).toBe(false)
      fabric.console('ReLink "Hca5"[1]')
      yield* waitFor(port.events, (event) => event._tag === "link" && event.up)
      expect((yield* port.describe).linkUp).toBe(true)
    })))

  it("a response to another QP than 0 and 1 is counted and not delivered [SQP-IN-1]", () =>
    runScoped(Effect.gen(function*() {
      const pf = yield* openPf(at("Hca2"))
      const peer = yield* attach("Hca3")
      const { lid } = yield* pf.port.describe
      const adapterSlot = peer.client.slot === 0 ? 1n : 0n
      const stray = getClassPortInfo((adapterSlot << 48n) | 1n).with(3, METHOD_GET_RESP)
      peer.send(lid, stray, 5)
      while ((yield* pf.counters).otherQp === 0) yield* Effect.sleep(5)
      peer.send(lid, stray, 1)
      expect((yield* pf.arrival).sourceQp).toBe(1)
      expect(yield* pf.counters).toMatchObject({ otherQp: 1, received: 1 })
    })))

  it("a second wire, no wire, a second port on a node and an unknown node are typed errors", () =>
    runScoped(Effect.gen(function*() {
      const { port } = yield* openPf(at("Hca2"))
      const region = SharedRegion.create(ringWords(1))
      const ring = allocateRing(region, 1)
      const wire = {
        region,
        outgoing: [new RingConsumer(region, ring), new RingConsumer(region, ring)],
        incoming: [new RingProducer(region, ring), new RingProducer(region, ring)],
        wake: () => {}
      } as const
      const busy = yield* Effect.flip(port.connect(wire))
      expect(busy).toMatchObject({ _tag: "PortError", reason: "Busy", port: 1 })
      const second = yield* Effect.flip(Effect.scoped(openPf(at("Hca2"))))
      expect(second.reason).toBe("Busy")
      expect(second.message).toContain('node "Hca2"')
      expect((yield* Effect.flip(Effect.scoped(openPf(at("Hca99"))))).reason).toBe("NotFound")
      const unwired = Context.get(yield* Layer.build(layerIbsim(at("Hca3"))), SpecialQpPort)
      expect((yield* Effect.flip(unwired.transmit(1))).reason).toBe("Closed")
      yield* Effect.scoped(unwired.connect(wire))
      yield* unwired.connect(wire)
    })))

  it("what arrives while no wire is connected is counted, and the rings work after it [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const context = yield* Layer.build(layerIbsim(at("Hca2")))
      const peer = yield* attach("Hca3")
      const { counters } = Context.get(context, IbsimPort)
      const { lid } = yield* Context.get(context, SpecialQpPort).describe
      peer.send(lid, cmReq(1n, 1))
      while ((yield* counters).notConnected === 0) yield* Effect.sleep(5)
      expect(yield* counters).toMatchObject({ notConnected: 1, received: 0 })
    })))
})

describe.skipIf(!fabricIsPresent())("ibsim port of a fabric that changes", () => {
  it("a simulator that dies is a link that is down, and further sends fail [SQP-PORT-1]", async () => {
    await using fabric = await startFabric({ hosts: 2 })
    await runScoped(Effect.gen(function*() {
      const options = { host: fabric.host, port: fabric.port, nodeId: "Hca2", pollIntervalMs: 20 }
      const pf = yield* openPf(options)
      process.kill(fabric.pids.ibsim, "SIGKILL")
      yield* waitFor(pf.port.events, (event) => event._tag === "link" && !event.up)
      pf.put(1, SM_LID, getClassPortInfo(1n))
      const error = yield* Effect.flip(pf.port.transmit(1))
      expect(error.reason).toBe("Closed")
      expect(error.message).toContain(`${fabric.host}:${fabric.port}`)
    }))
  })

  it("a new LID and LMC are an event, and path bits follow the LMC [SQP-PORT-1]", async () => {
    await using fabric = await startFabric({ hosts: 2 })
    // Without the subnet manager nobody else changes LIDs.
    process.kill(fabric.pids.opensm, "SIGTERM")
    while (isRunning(fabric.pids.opensm)) await sleep(5)
    await runScoped(Effect.gen(function*() {
      const options = { host: fabric.host, port: fabric.port, nodeId: "Hca2", pollIntervalMs: 20 }
      const pf = yield* openPf(options)
      const [lid, lmc, pathBits] = [0x40, 2, 3]
      fabric.console(`Baselid "Hca2"[1] ${lid} ${lmc}`)
      const event = yield* waitFor(pf.port.events, ({ _tag }) => _tag === "lid")
      expect(event).toEqual({ _tag: "lid", lid, lmc })
      // To the own port: the simulator turns it back without asking the switch.
      yield* pf.send(1, lid + pathBits, cmReq(8n, 8))
      expect(yield* pf.arrival).toMatchObject({ qp: 1, pathBits })
    }))
  })
})
