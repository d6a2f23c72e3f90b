/**
 * The pure parts of the ibsim adapter: slots against datagrams, and port attributes against events. Needs no
 * real part.
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { describePort, portEvents } from "../../impl/port/ibsim/description.ts"
import type { MadDatagram } from "../../impl/port/ibsim/datagram.ts"
import { datagramOfSlot, fillSlot, slotHasGrh } from "../../impl/port/ibsim/slots.ts"
import type { PortDescription } from "../../impl/port/special-qp-port.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { SLOT_BYTES, SLOT_WORDS } from "../../impl/ring/slot.ts"
import { assertProperty } from "../run.ts"

const MAD_IN_SLOT = 64
const uint = (bits: number) => fc.nat({ max: 2 ** bits - 1 })
const bytesOf = (lengthBytes: number) => fc.uint8Array({ minLength: lengthBytes, maxLength: lengthBytes })
/** Classes that decide something come often. */
const mad = fc.tuple(bytesOf(256), fc.constantFrom(0x01, 0x81, 0x03, 0x07, 0x32), uint(8)).map(
  ([bytes, mgmtClass, method]) => bytes.with(1, mgmtClass).with(3, method)
)
const delivered: fc.Arbitrary<MadDatagram> = fc.record({
  dlid: uint(16),
  slid: uint(16),
  dqp: fc.constantFrom(0, 1),
  sqp: uint(24),
  status: fc.constant(0),
  lengthBytes: fc.integer({ min: 24, max: 256 }),
  mad
})

/** Three slots of noise; the one in the middle is written or read. */
const noise = (fill: Uint8Array) => {
  const region = SharedRegion.create(4 * SLOT_WORDS)
  const first = region.allocate(3 * SLOT_WORDS)
  region.bytes.set(fill, first * 4)
  return { region, first, slot: first + SLOT_WORDS }
}

it("an arrival fills its slot completely and touches no other [SQP-PORT-1]", () => {
  assertProperty(fc.property(delivered, bytesOf(3 * SLOT_BYTES), uint(3), (datagram, fill, lmc) => {
    const { first, region, slot } = noise(fill)
    fillSlot(region, slot, datagram, lmc)
    const expected = new Uint8Array(SLOT_BYTES)
    const words = new Int32Array(expected.buffer)
    const isSmp = datagram.mad[1] === 0x01 || datagram.mad[1] === 0x81
    // On a wire every MAD has 256 bytes; what a short datagram left out is zero.
    words[0] = (isSmp ? 0 : 1) + 256 * 2 ** 16
    words[1] = datagram.slid + (datagram.dlid % 2 ** lmc) * 2 ** 24
    words[2] = datagram.sqp
    expected.set(datagram.mad, MAD_IN_SLOT)
    const isResponse = (datagram.mad[3] ?? 0) >= 0x80
    if (isResponse) expected.fill(0, MAD_IN_SLOT + 8, MAD_IN_SLOT + 10)
    const all = region.bytes.slice(first * 4, first * 4 + 3 * SLOT_BYTES)
    expect(all.slice(SLOT_BYTES, 2 * SLOT_BYTES)).toEqual(expected)
    expect(all.slice(0, SLOT_BYTES)).toEqual(fill.slice(0, SLOT_BYTES))
    expect(all.slice(2 * SLOT_BYTES)).toEqual(fill.slice(2 * SLOT_BYTES))
  }))
})

it("an outgoing slot becomes a datagram with its MAD and TID untouched [SQP-PORT-1]", () => {
  const addressing = fc.record({ dlid: uint(16), dqp: uint(24), length: uint(16), grh: fc.boolean() })
  const noiseBits = uint(8)
  const qp = fc.constantFrom<0 | 1>(0, 1)
  const fill = bytesOf(3 * SLOT_BYTES)
  assertProperty(fc.property(mad, addressing, qp, noiseBits, fill, (bytes, to, qp, junk, fill) => {
    const { region, slot } = noise(fill)
    region.words[slot] = qp | (to.grh ? 2 : 0) | (to.length << 16)
    region.words[slot + 1] = to.dlid | ((junk & 0x0f) << 16) | ((junk & 0x7f) << 24)
    region.words[slot + 2] = to.dqp | (junk << 24)
    region.bytes.set(bytes, slot * 4 + MAD_IN_SLOT)
    const datagram = datagramOfSlot(region, slot, qp)
    // A directed-route SMP has the permissive LID as source; for all else the simulator fills in the port's.
    const slid = bytes[1] === 0x81 ? 0xffff : 0
    const { dlid, dqp, length: lengthBytes } = to
    expect(datagram).toEqual({ dlid, slid, dqp, sqp: qp, status: 0, lengthBytes, mad: bytes })
    expect(slotHasGrh(region, slot)).toBe(to.grh)
    region.bytes.fill(0xa5, slot * 4, slot * 4 + SLOT_BYTES)
    expect(datagram.mad).toEqual(bytes)
  }))
})

const description: fc.Arbitrary<PortDescription> = fc
  .tuple(bytesOf(64), bytesOf(64), fc.array(fc.constantFrom(0, 0x7fff, 0xffff), { maxLength: 3 }))
  .map(([nodeInfo, portInfo, pkeys]) => describePort(nodeInfo, portInfo, pkeys))

/** What the reader of the events believes, who starts from `before`. */
const believed = (before: PortDescription, after: PortDescription) => {
  const belief = { ...before }
  for (const event of portEvents(before, after)) {
    switch (event._tag) {
      case "lid":
        Object.assign(belief, { lid: event.lid, lmc: event.lmc })
        break
      case "sm":
        Object.assign(belief, { smLid: event.smLid, smSl: event.smSl })
        break
      case "prefix":
        Object.assign(belief, { subnetPrefix: event.subnetPrefix })
        break
      case "pkeys":
        Object.assign(belief, { pkeys: event.pkeys })
        break
      case "link":
        Object.assign(belief, { linkUp: event.up })
        break
      case "reregister":
      case "guidTable":
        break
    }
  }
  return belief
}

it("who applies the events to the old description knows the new one [SQP-PORT-1]", () => {
  assertProperty(fc.property(description, description, (before, after) => {
    const { lid, linkUp, lmc, pkeys, smLid, smSl, subnetPrefix } = after
    expect(believed(before, after)).toMatchObject({ lid, linkUp, lmc, pkeys, smLid, smSl, subnetPrefix })
    expect(portEvents(after, after)).toEqual([])
  }))
})

/** The port as it is when the SM asks it to reregister, when it is up, when it can be asked at all. */
const withPort = (base: PortDescription, asks: boolean, up: boolean, canBeAsked: boolean) => {
  const bytes = Uint8Array.from(base.portInfo)
  bytes[20] = ((bytes[20] ?? 0) & 0xfd) | (canBeAsked ? 0x02 : 0)
  bytes[32] = ((bytes[32] ?? 0) & 0xf0) | (up ? 4 : 1)
  bytes[51] = ((bytes[51] ?? 0) & 0x7f) | (asks ? 0x80 : 0)
  return describePort(base.nodeInfo, bytes, base.pkeys)
}
const flag = fc.boolean()

it("a request to reregister is one event, when it appears [SQP-PORT-1]", () => {
  assertProperty(fc.property(description, flag, flag, flag, flag, (base, was, is, up, canBeAsked) => {
    const events = portEvents(withPort(base, was, up, canBeAsked), withPort(base, is, up, canBeAsked))
    expect(events).toEqual(is && !was ? [{ _tag: "reregister" }] : [])
  }))
})

it("the return of the link is a request to reregister to a port that cannot be asked, and to no other "
  + "[SQP-PORT-1]", () => {
  assertProperty(fc.property(description, flag, flag, flag, (base, was, is, canBeAsked) => {
    const events = portEvents(withPort(base, false, was, canBeAsked), withPort(base, false, is, canBeAsked))
    const returned = is && !was
    expect(events).toEqual([
      ...(returned && !canBeAsked ? [{ _tag: "reregister" }] : []),
      ...(is === was ? [] : [{ _tag: "link", up: is }])
    ])
  }))
})

it("a description takes each value from its place in NodeInfo and PortInfo [SQP-PORT-1]", () => {
  const nodeInfo = new Uint8Array(64)
  const portInfo = new Uint8Array(64)
  nodeInfo.set([0, 0, 0, 0, 0, 0x10, 0xff, 0xff], 12)
  portInfo.set([0xfe, 0x80, 0, 0, 0, 0, 0, 1], 8)
  portInfo.set([0x12, 0x34, 0x56, 0x78], 16)
  portInfo.set([2], 28)
  portInfo.set([0x04, 0, 0x03, 0, 0x4a], 32)
  portInfo.set([3], 50)
  const described = describePort(nodeInfo, portInfo, [0xffff])
  expect(described).toMatchObject({
    lid: 0x1234,
    lmc: 3,
    smLid: 0x5678,
    smSl: 10,
    subnetPrefix: "fe80000000000001",
    guids: ["0000000000110001", "0".repeat(16), "0".repeat(16)],
    pkeys: [0xffff],
    linkUp: true,
    portInfo
  })
  expect(described.nodeInfo).toEqual(nodeInfo.with(25, 0x11).with(27, 0x01).with(36, 2))
  expect(describePort(nodeInfo, new Uint8Array(64), [])).toMatchObject({ smLid: null, linkUp: false, lid: 0 })
})
