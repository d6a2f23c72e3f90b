/** RMPP transfers of many segments: between two parties, and through a PF context on the embedded fabric. */
import fc from "fast-check"
import { describe, expect, it, test } from "vitest"
import { FabricWorld } from "../../impl/guest/fabric-world.ts"
import { getMultiPath, getNodeTable } from "../../impl/guest/mads.ts"
import { type Faults, seededRandom32 } from "../../impl/port/fabric/faults.ts"
import {
  abortOf, ackOf, dataSegment, RMPP_STATUS, rmppTypeOf, segmentBytes, statusOf
} from "../../impl/port/fabric/rmpp/packets.ts"
import { RmppReceiver } from "../../impl/port/fabric/rmpp/receiver.ts"
import { RmppRequester } from "../../impl/port/fabric/rmpp/requester.ts"
import type { AnswerRequest } from "../../impl/port/fabric/rmpp/responder.ts"
import { defaultRmppTiming, RmppSender } from "../../impl/port/fabric/rmpp/sender.ts"
import { multiPathRecord } from "../../impl/port/fabric/sa-multi-path.ts"
import { type FabricOptions, FABRIC_LID } from "../../impl/port/fabric/subnet.ts"
import { bytesToHex, hexToBytes } from "../../impl/wire/hex.ts"
import { RMPP_TYPE } from "../../impl/wire/rmpp.ts"
import { expectAllowed } from "../expect-allowed.ts"
import { assertProperty } from "../run.ts"
import { AskingStation, Guests, STATION_LID } from "./rmpp-party.ts"

const TID = "fedcba9876543210"
const PING = 0x32
const timing = defaultRmppTiming
const guidsOf = (functions: number) => Array.from({ length: functions }, (_, f) => `0002c9030000001${f}`)
const toSm = { dlid: FABRIC_LID.sm }
const faultless: Faults = { lossRate: 0, duplicateRate: 0, delayMinMs: 0, delayMaxMs: 0 }
const rough: Faults = { lossRate: 0.15, duplicateRate: 0.15, delayMinMs: 0, delayMaxMs: 60 }

const bytesFrom = (seed: number, length: number): Uint8Array => {
  const random = seededRandom32(seed)
  return Uint8Array.from({ length }, () => random() & 0xff)
}
/** A MAD of ibping's class that asks for a table, and one that answers it. */
const vendorMad = (method: number): Uint8Array => {
  const mad = new Uint8Array(256)
  mad.set([1, PING, 1, method])
  mad.set(hexToBytes(TID), 8)
  mad.set([0x00, 0x14, 0x05], 37)
  return mad
}
const headerOf = (mgmtClass: "SA" | "vendor"): Uint8Array => (mgmtClass === "SA" ? getNodeTable(TID) : vendorMad(0x12))

/** Carries packets between a sender and a receiver as the seed says; the data that arrived, and how it ended. */
const carry = (header: Uint8Array, data: Uint8Array, seed: number, lossRate: number, duplicateRate: number) => {
  const random = seededRandom32(seed)
  const chance = (rate: number) => random() / 2 ** 32 < rate
  const sender = new RmppSender(header, data, { ...timing, retries: 50 })
  const receiver = new RmppReceiver(1 + (seed % 5))
  const flight: Array<{ readonly mad: Uint8Array; readonly toSender: boolean }> = []
  const put = (mads: ReadonlyArray<Uint8Array>, toSender: boolean): void => {
    for (const mad of mads) {
      if (chance(lossRate)) continue
      for (let copies = chance(duplicateRate) ? 2 : 1; copies > 0; copies--) flight.push({ mad, toSender })
    }
  }
  let now = 0
  put(sender.start(now), false)
  while (sender.dueMs !== null) {
    const [next] = flight.splice(random() % Math.max(1, flight.length), 1)
    if (next?.toSender) put(sender.control(next.mad, now), false)
    else if (next) put(receiver.take(next.mad), true)
    else {
      now = sender.dueMs
      put(sender.tick(now), false)
    }
  }
  return { sender, receiver }
}

describe("an RMPP transfer", () => {
  it("brings data of any length whole over a wire that loses, doubles and reorders [SQP-PORT-1]", () => {
    const transfers = fc.record({
      length: fc.integer({ min: 0, max: 4000 }),
      seed: fc.nat(),
      mgmtClass: fc.constantFrom<"SA" | "vendor">("SA", "vendor"),
      lossRate: fc.constantFrom(0, 0.1, 0.3),
      duplicateRate: fc.constantFrom(0, 0.3)
    })
    const whole = fc.property(transfers, ({ duplicateRate, length, lossRate, mgmtClass, seed }) => {
      const data = bytesFrom(seed, length)
      const { receiver, sender } = carry(headerOf(mgmtClass), data, seed, lossRate, duplicateRate)
      expect(sender.state).toEqual({ _tag: "done" })
      expect(bytesToHex(receiver.data ?? new Uint8Array())).toBe(bytesToHex(data))
    })
    assertProperty(whole, { numRuns: 200 })
  })

  it("sends one segment, then as many as the window lets it, and ends with the last ACK [SQP-PORT-1]", () => {
    const header = getNodeTable(TID)
    const sender = new RmppSender(header, new Uint8Array(segmentBytes(header) * 9 + 1), timing)
    expect([sender.segments, sender.start(0).length]).toEqual([10, 1])
    const windows = [[1, 5, 4], [3, 5, 0], [5, 9, 4], [5, 9, 0], [9, 13, 1]] as const
    for (const [segment, last, sent] of windows) expect(sender.control(ackOf(header, segment, last), 1)).toHaveLength(sent)
    expect(sender.control(ackOf(header, 10, 13), 1)).toEqual([])
    expect([sender.state, sender.dueMs]).toEqual([{ _tag: "done" }, null])
  })

  test.each([
    { name: "acknowledges what was not sent", ack: [2, 4], status: RMPP_STATUS.SegmentNumberTooBig },
    { name: "gives a window that ends before its ACK", ack: [1, 0], status: RMPP_STATUS.NewWindowLastTooSmall }
  ])("is aborted when the receiver $name [SQP-PORT-1]", ({ ack: [segment = 0, last = 0], status }) => {
    const header = getNodeTable(TID)
    const sender = new RmppSender(header, new Uint8Array(900), timing)
    sender.start(0)
    const [abort] = sender.control(ackOf(header, segment, last), 1)
    expect(abort && [rmppTypeOf(abort), statusOf(abort)]).toEqual([RMPP_TYPE.ABORT, status])
    expect(sender.state).toEqual({ _tag: "ended", rmppStatus: status })
  })

  it("is aborted by a sender nobody acknowledges, and ends silently by STOP or ABORT [SQP-PORT-1]", () => {
    const header = getNodeTable(TID)
    const lonely = new RmppSender(header, new Uint8Array(900), timing)
    let sent = lonely.start(0)
    for (let now = 0; lonely.dueMs !== null; now = lonely.dueMs ?? now) sent = [...sent, ...lonely.tick(now)]
    expect(sent.map(rmppTypeOf)).toEqual([...Array(1 + timing.retries).fill(RMPP_TYPE.DATA), RMPP_TYPE.ABORT])
    for (const status of [RMPP_STATUS.ResourcesExhausted, RMPP_STATUS.TimeTooLong]) {
      const sender = new RmppSender(header, new Uint8Array(900), timing)
      sender.start(0)
      expect(sender.control(abortOf(header, status), 1)).toEqual([])
      expect(sender.state).toEqual({ _tag: "ended", rmppStatus: status })
    }
  })

  it("is aborted by a receiver whose first segment is none, or whose last is too long [SQP-PORT-1]", () => {
    const header = getNodeTable(TID)
    const second = dataSegment(header, new Uint8Array(900), 2)
    second[27] = 0
    second.set([0, 0, 0, 1], 28)
    const long = dataSegment(header, new Uint8Array(10), 1)
    long.set([0, 0, 4, 0], 32)
    for (const [mad, status] of [[second, 120], [long, 119]] as const) {
      const receiver = new RmppReceiver(4)
      const [abort] = receiver.take(mad)
      expect(abort && [rmppTypeOf(abort), statusOf(abort)]).toEqual([RMPP_TYPE.ABORT, status])
      expect(receiver.take(mad)).toEqual([])
    }
  })
})

const guestsOf = (options: FabricOptions & { readonly functions: number }): Guests<FabricWorld> => {
  const world = new FabricWorld(options)
  world.do({ op: "start" })
  return new Guests(world)
}

/** The wire TIDs of MADs that left, of a class, by the number of packets with each. */
const wireTids = ({ world }: Guests<FabricWorld>, mgmtClass: number): ReadonlyArray<string> => [
  ...new Set(
    world.lines
      .flatMap(({ out = [] }) => out)
      .flatMap((output) => (output.to === "wire" && Number.parseInt(output.mad.slice(2, 4), 16) === mgmtClass ? [output.mad.slice(16, 32)] : []))
  )
]

describe("functions of a PF context", () => {
  test.each([
    { wire: "a good wire", faults: faultless, seeds: [1] },
    { wire: "a wire with losses, copies and delays", faults: rough, seeds: [2, 3, 4] }
  ])("get tables of ten segments with one TID over $wire [SQP-TID-1] [SQP-TID-2] [SQP-TID-4] [SQP-TID-11]", ({ faults, seeds }) => {
    for (const seed of seeds) {
      const guests = guestsOf({ seed, guids: guidsOf(3), functions: 3, peers: 16, faults })
      const asked = [0, 1, 2].map((fn) => guests.ask(fn, toSm, getNodeTable(TID)))
      guests.run()
      const tables = asked.map(({ end }) => (end?._tag === "answered" ? bytesToHex(end.data) : JSON.stringify(end)))
      // 18 nodes of 112 bytes: 2016 bytes, 200 a segment.
      expect(tables[0]).toHaveLength(2 * 18 * 112)
      expect(new Set(tables).size).toBe(1)
      expect(asked.map(({ end }) => (end?._tag === "answered" ? bytesToHex(end.mad.subarray(8, 16)) : ""))).toEqual([TID, TID, TID])
      expect(wireTids(guests, 3)).toHaveLength(3)
      for (const { mad } of guests.strange) expect(mad[3]).toBe(0x92)
      expectAllowed(guests.world.lines)
    }
  })

  test.each([
    { wire: "a good wire", faults: faultless, seeds: [1] },
    { wire: "a wire with losses, copies and delays", faults: rough, seeds: [5, 6, 7] }
  ])("send requests of several segments and get their answers over $wire (GetMulti) [SQP-TID-2] [SQP-TID-3] [SQP-TID-11]", ({ faults, seeds }) => {
    for (const seed of seeds) {
      const guests = guestsOf({ seed, guids: guidsOf(3), functions: 3, peers: 30, faults })
      const { fabric } = guests.world
      const peers = fabric.peers.map(({ address }) => address.subnetPrefix + address.guid)
      const asked = [1, 2].map((fn) =>
        guests.ask(fn, toSm, getMultiPath(TID), multiPathRecord([guests.world.gid(fn)], peers.slice(0, 20 + fn)))
      )
      guests.run()
      asked.forEach(({ end }, i) => {
        expect(end?._tag === "answered" && [end.mad[3], end.data.length]).toEqual([0x94, (21 + i) * 64])
      })
      expect(fabric.sa.contacts.length).toBeGreaterThanOrEqual(2)
      expectAllowed(guests.world.lines)
    }
  })

  const pages: AnswerRequest = (mad) => ({ _tag: "table", header: answerHeader(mad), data: bytesFrom(mad[255] ?? 0, 2000) })
  const answerHeader = (mad: Uint8Array): Uint8Array => {
    const header = mad.slice()
    header[3] = 0x92
    return header
  }
  test.each([
    { wire: "a good wire", faults: faultless, seeds: [1] },
    { wire: "a wire with losses, copies and delays", faults: rough, seeds: [8, 9, 10] }
  ])("answer requests of one stranger with one TID by tables of ten segments over $wire [SQP-TID-8] [SQP-TID-9]", ({ faults, seeds }) => {
    for (const seed of seeds) {
      const guests = guestsOf({ seed, guids: guidsOf(3), functions: 3, faults })
      const { fabric } = guests.world
      const station = new AskingStation()
      fabric.connect(STATION_LID, station)
      const own = `${fabric.description.subnetPrefix}0002c90300000999`
      const asked = [1, 2].map((fn) => {
        guests.serve(fn, pages)
        const mad = vendorMad(0x12)
        mad[255] = fn
        const requester = new RmppRequester(mad, timing)
        for (const packet of station.ask(requester, { own, dgid: guests.world.gid(fn) }, 0)) guests.world.inject(packet)
        return requester
      })
      guests.run()
      asked.forEach(({ end }, i) => {
        expect(end?._tag === "answered" && bytesToHex(end.data)).toBe(bytesToHex(bytesFrom(i + 1, 2000)))
      })
      for (const mad of station.heard) expect(bytesToHex(mad.subarray(8, 16))).toBe(TID)
      expectAllowed(guests.world.lines)
    }
  })

  it("of kind VF get ACKs without a GRH by the request they belong to [SQP-TID-9]", () => {
    const guests = guestsOf({ seed: 13, guids: guidsOf(3), functions: 3, faults: rough })
    const { world } = guests
    const station = new AskingStation(false)
    world.fabric.connect(STATION_LID, station)
    guests.serve(2, pages)
    const requester = new RmppRequester(vendorMad(0x12), timing)
    const own = `${world.fabric.description.subnetPrefix}0002c90300000999`
    for (const packet of station.ask(requester, { own, dgid: world.gid(2) }, 0)) world.inject(packet)
    guests.run()
    expect(requester.end?._tag === "answered" && requester.end.data.length).toBe(2000)
    expect(guests.strange).toEqual([])
    expectAllowed(guests.world.lines)
  })

  it("of kind PF answers a stranger without a GRH: the ACKs find it by the request they belong to [SQP-TID-9]", () => {
    const guests = guestsOf({ seed: 11, guids: guidsOf(2), functions: 2, faults: rough })
    const station = new AskingStation()
    guests.world.fabric.connect(STATION_LID, station)
    guests.serve(0, pages)
    const requester = new RmppRequester(vendorMad(0x12), timing)
    for (const packet of station.ask(requester, null, 0)) guests.world.inject(packet)
    guests.run()
    expect(requester.end?._tag === "answered" && requester.end.data.length).toBe(2000)
    expectAllowed(guests.world.lines)
  })

  it("that give a transfer up tell the SA by an ABORT with its wire TID, and the SA stops [SQP-TID-11]", () => {
    const guests = guestsOf({ seed: 12, guids: guidsOf(2), functions: 2, peers: 16 })
    const { world } = guests
    world.send({ function: 1, mad: getNodeTable(TID), dlid: FABRIC_LID.sm })
    const first = world.until(0).find((output) => output.to === "function")
    expect(first?.to === "function" && first.mad.slice(16, 32)).toBe(TID)
    const [left] = world.send({
      function: 1, mad: abortOf(hexToBytes(first?.to === "function" ? first.mad : ""), RMPP_STATUS.TimeTooLong), dlid: FABRIC_LID.sm
    })
    expect(left?.to === "wire" && left.mad.slice(16, 24)).toBe("00000000")
    world.until(1)
    expect(world.fabric.nextDueMs()).toBeNull()
    expectAllowed(guests.world.lines)
  })
})
