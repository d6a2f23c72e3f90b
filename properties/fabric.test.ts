import { Effect } from "effect"
import { expect, it } from "vitest"
import { layerFabric } from "../impl/port/fabric.ts"
import { SpecialQpPort } from "../impl/port/special-qp-port.ts"
import { EmbeddedFabric, FABRIC_LID } from "../impl/port/fabric/subnet.ts"
import type { Packet } from "../impl/port/fabric/packet.ts"
import { viewOf } from "../impl/port/fabric/packet.ts"
import { SharedRegion } from "../impl/ring/memory.ts"
import { FLAG_QP1, SLOT_FLAGS, SLOT_LID, SLOT_MAD_BYTE, SLOT_QKEY, SLOT_REMOTE_QPN } from "../impl/ring/slot.ts"
import { allocateRing, RingConsumer, RingProducer, ringWords } from "../impl/ring/spsc.ts"
import { hexToBytes } from "../impl/wire/hex.ts"
import { readCapture } from "./captures.ts"

const GUIDS = ["0002c90300000011", "0002c90300000012", "0000000000000000"]

const packet = (mad: Uint8Array, dlid: number, over: Partial<Packet> = {}): Packet => ({
  slid: FABRIC_LID.own, dlid, srcQp: 1, destQp: 1, qkey: 0x8001_0000, sl: 0, pkey: 0xffff, grh: null, mad, ...over
})

const exchange = (fabric: EmbeddedFabric, sent: Packet, nowMs = 0): ReadonlyArray<Packet> => {
  fabric.send(sent, nowMs)
  return fabric.arrivals(nowMs + 1000)
}

/** A request MAD of a capture, its port GUID replaced by one of ours. */
const captured = (name: string): Uint8Array => {
  const mad = hexToBytes(readCapture(name))
  const hex = Buffer.from(mad).toString("hex").replaceAll("0000000000100005", GUIDS[0] ?? "")
  return hexToBytes(hex)
}

it("the embedded SA answers joins and leaves as OpenSM did in the captures [SQP-PORT-1]", () => {
  const fabric = new EmbeddedFabric({ seed: 1, guids: GUIDS })
  const status = (name: string) => {
    const [answer] = exchange(fabric, packet(captured(name), FABRIC_LID.sm))
    if (answer === undefined) return "silence"
    const view = viewOf(answer.mad)
    return `${view.getUint8(3).toString(16)} ${view.getUint16(4).toString(16)} ${view.getUint8(104) & 15}`
  }
  expect(status("sa-mc-join-js0")).toBe("81 200 0")
  expect(status("sa-mc-join-nogroup")).toBe("81 600 0")
  expect(status("sa-mc-create")).toBe("81 0 1")
  expect(status("sa-mc-join-qkey-mismatch")).toBe("81 200 0")
  expect(status("sa-mc-leave")).toBe("95 0 0")
  expect(status("sa-mc-leave-again")).toBe("95 200 0")
})

it("the embedded SA resolves a path between two GIDs and refuses an unknown one [SQP-PORT-1]", () => {
  const fabric = new EmbeddedFabric({ seed: 1, guids: GUIDS })
  const known = captured("sa-get-pathrecord-lid")
  viewOf(known).setUint16(56 + 40, FABRIC_LID.firstPeer)
  viewOf(known).setUint16(56 + 42, FABRIC_LID.own)
  const [answer] = exchange(fabric, packet(known, FABRIC_LID.sm))
  expect(answer && viewOf(answer.mad).getUint16(4)).toBe(0)
  expect(answer && viewOf(answer.mad).getUint16(56 + 40)).toBe(FABRIC_LID.firstPeer)
  const [refused] = exchange(fabric, packet(captured("sa-get-pathrecord-unknowndgid"), FABRIC_LID.sm))
  expect(refused && viewOf(refused.mad).getUint16(4)).toBe(0x0300)
})

it("the same seed loses and copies the same packets, another seed others [SQP-PORT-1]", () => {
  const faults = { lossRate: 0.3, duplicateRate: 0.3, delayMinMs: 0, delayMaxMs: 50 }
  const run = (seed: number) => {
    const fabric = new EmbeddedFabric({ seed, guids: GUIDS, faults })
    const seen: Array<number> = []
    for (let i = 0; i < 100; i++) fabric.send(packet(captured("sa-get-classportinfo"), FABRIC_LID.sm), i)
    for (let now = 0; now < 1000; now++) seen.push(fabric.arrivals(now).length)
    return JSON.stringify([seen, fabric.faults])
  }
  expect(run(7)).toBe(run(7))
  expect(run(7)).not.toBe(run(8))
})

it("the fabric layer carries a MAD from the outgoing ring to the SA and its answer into the incoming ring [SQP-PORT-1]", async () => {
  const region = SharedRegion.create(4 * ringWords(8) + 256)
  const rings = [0, 1, 2, 3].map(() => allocateRing(region, 8)) as [number, number, number, number]
  const out = new RingProducer(region, rings[1])
  const back = new RingConsumer(region, rings[3])
  const wire = {
    region,
    outgoing: [new RingConsumer(region, rings[0]), new RingConsumer(region, rings[1])] as const,
    incoming: [new RingProducer(region, rings[2]), new RingProducer(region, rings[3])] as const,
    wake: () => {}
  }
  const program = Effect.gen(function*() {
    const port = yield* SpecialQpPort
    yield* port.connect(wire)
    expect(out.writable(1)).toBe(1)
    const slot = out.slot(0)
    region.words[slot + SLOT_FLAGS] = FLAG_QP1 | (256 << 16)
    region.words[slot + SLOT_LID] = FABRIC_LID.sm
    region.words[slot + SLOT_REMOTE_QPN] = 1
    region.words[slot + SLOT_QKEY] = 0x8001_0000 | 0
    region.bytes.set(captured("sa-get-classportinfo"), slot * 4 + SLOT_MAD_BYTE)
    out.publish(1)
    expect(yield* port.transmit(16)).toBe(1)
    while (back.readable(1) === 0) yield* Effect.sleep(1)
    return region.bytes[back.slot(0) * 4 + SLOT_MAD_BYTE + 3]
  })
  const method = await Effect.runPromise(
    Effect.scoped(program.pipe(Effect.provide(layerFabric({ seed: 1, guids: GUIDS })), Effect.timeout("5 seconds")))
  )
  expect(method).toBe(0x81)
})

it("the embedded SA refuses what it has no table for with the response of GetTable, GetTraceTable too [SQP-PORT-1]", () => {
  const fabric = new EmbeddedFabric({ seed: 1, guids: GUIDS })
  const answers = [0x12, 0x13, 0x14].map((method) => {
    const mad = captured("sa-get-classportinfo")
    mad[3] = method
    const [answer] = exchange(fabric, packet(mad, FABRIC_LID.sm))
    return answer && [answer.mad[3], viewOf(answer.mad).getUint16(4)]
  })
  expect(answers).toEqual([[0x92, 0x000c], [0x92, 0x000c], [0x94, 0x000c]])
})
