/** What a function may send, check by check of spec/classes.md. */
import { describe, expect, it, test } from "vitest"
import type { Reason } from "../../spec/reasons.ts"
import { Bench, gidOf, hex, makeMad, type Message, OWN_LID, PEER_GID, PREFIX, SM_LID, u32 } from "./fixture.ts"

const saGet = (tid?: string) => makeMad({ class: 3, method: 1, attribute: 0x35, ...(tid === undefined ? {} : { tid }) })
const smp = makeMad({ class: 1, method: 1, attribute: 0x11 })

interface Refused {
  readonly name: string
  readonly f: number
  readonly qp?: 0 | 1
  readonly message: Message
  readonly reason: Reason
  readonly id: string
}

const refused: ReadonlyArray<Refused> = [
  { name: "a MAD from another QPN than the proxy of the tunnel", f: 1, message: { mad: saGet(), sourceQpn: 77 }, reason: "source-qp", id: "SQP-QP-3" },
  { name: "a MAD of 255 bytes", f: 1, message: { mad: saGet(), lengthBytes: 255 }, reason: "bad-length", id: "SQP-IN-1" },
  { name: "a MAD of 257 bytes", f: 1, message: { mad: saGet(), lengthBytes: 257 }, reason: "bad-length", id: "SQP-IN-1" },
  { name: "a MAD of base version 2", f: 1, message: { mad: makeMad({ class: 3, method: 1, base: 2 }) }, reason: "base-version", id: "SQP-IN-1" },
  { name: "an SA MAD of class version 1", f: 1, message: { mad: makeMad({ class: 3, method: 1, classVersion: 1 }) }, reason: "class-version", id: "SQP-IN-1" },
  { name: "a CM MAD of class version 1", f: 1, message: { mad: makeMad({ class: 7, method: 3, classVersion: 1 }) }, reason: "class-version", id: "SQP-IN-1" },
  { name: "an SMP of a VF on QP0", f: 1, qp: 0, message: { mad: smp }, reason: "smp-from-vf", id: "SQP-CLS-2" },
  { name: "an SMP of a VF on QP1", f: 1, message: { mad: makeMad({ class: 0x81, method: 1 }) }, reason: "smp-from-vf", id: "SQP-CLS-2" },
  { name: "an SMP of the PF on QP1", f: 0, message: { mad: smp }, reason: "class-qp", id: "SQP-CLS-1" },
  { name: "another class on QP0", f: 1, qp: 0, message: { mad: saGet() }, reason: "class-qp", id: "SQP-CLS-1" },
  { name: "a virtual P_Key index beyond the map", f: 1, message: { mad: saGet(), pkeyIndex: 2 }, reason: "pkey-index", id: "SQP-PKEY-1" },
  { name: "a P_Key index of the PF whose entry is empty", f: 0, message: { mad: saGet(), pkeyIndex: 3 }, reason: "pkey-index", id: "SQP-PKEY-1" },
  { name: "a P_Key index of the PF beyond the table", f: 0, message: { mad: saGet(), pkeyIndex: 4 }, reason: "pkey-index", id: "SQP-PKEY-1" },
  { name: "an SA Report of a VF", f: 1, message: { mad: makeMad({ class: 3, method: 6 }) }, reason: "sa-method", id: "SQP-CLS-6" },
  { name: "an SA Trap of a VF", f: 1, message: { mad: makeMad({ class: 3, method: 5 }) }, reason: "sa-method", id: "SQP-CLS-6" },
  { name: "a PerfMgt method without a response", f: 1, message: { mad: makeMad({ class: 4, method: 3 }) }, reason: "class-policy", id: "SQP-CLS-5" },
  { name: "a vendor Send with another OUI", f: 1, message: { mad: makeMad({ class: 0x30, method: 3 }, { 37: "001406" }) }, reason: "class-policy", id: "SQP-CLS-5" },
  { name: "a CM Send with attribute ClassPortInfo", f: 1, message: { mad: makeMad({ class: 7, method: 3, attribute: 1 }) }, reason: "cm-attribute", id: "SQP-CM-7" },
  { name: "an SA request of a VF to another LID than the SM's", f: 1, message: { mad: saGet(), lid: 2 }, reason: "sa-destination", id: "SQP-CLS-6" },
  { name: "a request to another QPN than 1 on QP1", f: 1, message: { mad: saGet(), remoteQpn: 2 }, reason: "remote-qpn", id: "SQP-CLS-7" },
  { name: "a request of the PF to another QPN than 0 on QP0", f: 0, qp: 0, message: { mad: smp, remoteQpn: 1 }, reason: "remote-qpn", id: "SQP-CLS-7" },
  { name: "a response to a request that was not delivered", f: 1, message: { mad: makeMad({ class: 4, method: 0x81 }) }, reason: "response-undelivered", id: "SQP-TID-8" },
  { name: "a TrapRepress for a trap that was not delivered", f: 1, message: { mad: makeMad({ class: 4, method: 7 }) }, reason: "response-undelivered", id: "SQP-TID-8" }
]

describe("a function", () => {
  test.each(refused)("has $name dropped for $reason, and nothing leaves [$id]", ({ f, message, qp = 1, reason }) => {
    const bench = new Bench()
    bench.send(f, qp, message)
    expect([bench.wire(0), bench.wire(1), bench.got(f, qp)]).toEqual([[], [], []])
    expect(bench.drops(f)).toEqual({ [reason]: 1 })
    expect(bench.mux.counters(f)).toMatchObject({ received: 1, forwarded: 0, answered: 0 })
  })

  it("that is not attached has everything dropped for not-attached [SQP-QP-3]", () => {
    const bench = new Bench({}, [1])
    bench.send(2, 1, { mad: saGet() })
    expect(bench.wire()).toEqual([])
    expect(bench.drops(2)).toEqual({ "not-attached": 1 })
  })

  it("asks for a GRH in vain while it has no GUID [SQP-GUID-1]", () => {
    const bench = new Bench({ guids: [gidOf(0).slice(16)] })
    bench.send(1, 1, { mad: saGet(), grh: { dgid: PEER_GID } })
    expect(bench.drops(1)).toEqual({ "no-gid": 1 })
  })

  it("of kind VF has SA requests dropped for no-sm while the SM is unknown [SQP-CLS-6]", () => {
    const bench = new Bench()
    bench.mux.portEvent({ _tag: "sm", smLid: null, smSl: 0 })
    bench.send(1, 1, { mad: saGet() })
    bench.send(0, 1, { mad: saGet() })
    expect(bench.drops(1)).toEqual({ "no-sm": 1 })
    expect(bench.wire()).toHaveLength(1)
  })
})

interface Answered {
  readonly name: string
  readonly mad: Uint8Array
  readonly method: number
  readonly status: number
}

const answered: ReadonlyArray<Answered> = [
  { name: "SA Set of another attribute", mad: makeMad({ class: 3, method: 2, attribute: 0x31 }), method: 0x81, status: 0x0200 },
  { name: "SA Delete of another attribute", mad: makeMad({ class: 3, method: 0x15, attribute: 0x31 }), method: 0x95, status: 0x0200 },
  { name: "PerfMgt Set", mad: makeMad({ class: 4, method: 2, attribute: 0x12 }), method: 0x81, status: 0x000c },
  { name: "DevMgt Set", mad: makeMad({ class: 6, method: 2 }), method: 0x81, status: 0x000c },
  { name: "CM Set(ClassPortInfo)", mad: makeMad({ class: 7, method: 2, attribute: 1 }), method: 0x81, status: 0x000c },
  { name: "a vendor Get with another OUI", mad: makeMad({ class: 0x4f, method: 1 }, { 37: "000001" }), method: 0x81, status: 0x000c },
  { name: "Baseboard GetTable", mad: makeMad({ class: 5, method: 0x12 }), method: 0x92, status: 0x000c },
  { name: "GetTraceTable of vendor class 0x09", mad: makeMad({ class: 9, method: 0x13 }), method: 0x92, status: 0x000c },
  { name: "GetMulti of congestion management", mad: makeMad({ class: 0x21, method: 0x14 }), method: 0x94, status: 0x000c }
]

describe("a VF's refused request", () => {
  test.each(answered)("$name is answered with status $status and does not leave [SQP-CLS-5]", ({ mad, method, status }) => {
    const bench = new Bench()
    bench.send(1, 1, { mad, lid: 7, sl: 2, pathBits: 3, rate: 5, pkeyIndex: 1, remoteQpn: 9 })
    const [answer, ...more] = bench.got(1)
    expect([more, bench.wire()]).toEqual([[], []])
    expect(answer).toMatchObject({
      qp: 1, lid: 7, sl: 2, pathBits: 3, remoteQpn: 9, rate: 0, qkey: 0, pkeyIndex: 1, lengthBytes: 256, grh: null
    })
    const expected = Uint8Array.from(mad)
    expected[3] = method
    new DataView(expected.buffer).setUint16(4, status)
    expect(hex(answer!.mad)).toBe(hex(expected))
    expect(bench.mux.counters(1)).toMatchObject({ received: 1, forwarded: 0, answered: 1 })
  })

  it("with a GRH is answered with one, from the asked GID to the function's own [SQP-CLS-5]", () => {
    const bench = new Bench()
    const grh = { dgid: PEER_GID, sgid: gidOf(3), hopLimit: 4, flowLabel: 5, trafficClass: 6 }
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 2 }), grh })
    expect(bench.got(1)[0]!.grh).toEqual({
      sgid: PEER_GID, dgid: gidOf(1), hopLimit: 0, flowLabel: 0, trafficClass: 0
    })
  })

  it("is answered in the slot of its answer alone, which holds nothing of what the function may not choose [SQP-CLS-5]", () => {
    const bench = new Bench()
    const { bytes, words } = bench.mux.region
    const mad = makeMad({ class: 4, method: 2 }, { 64: "a5".repeat(192) })
    for (const grh of [{ dgid: PEER_GID, hopLimit: 9 }, null, null]) {
      const slot = bench.mux.functionEgress(1, 1).slot(0)
      bench.send(1, 1, { mad, pkeyIndex: 0x7777_0001, grh })
      // What is no GRH, or a reserved part of one, is anything.
      if (grh === null) bytes.fill(0xee, slot * 4 + 24, slot * 4 + 64)
      else bytes.fill(0xee, slot * 4 + 28, slot * 4 + 31)
      bench.settle()
    }
    const ring = bench.mux.functionIngress(1, 1)
    const slots = [0, 1, 2].map((i) => (expect(ring.readable(i + 1)).toBe(i + 1), ring.slot(i)))
    expect(slots.map((slot) => words[slot + 4])).toEqual([1, 1, 1])
    expect(slots.map((slot) => hex(bytes.slice(slot * 4 + 24, slot * 4 + 64)))).toEqual([
      `6000000001181b00${PEER_GID}${gidOf(1)}`, "00".repeat(40), "00".repeat(40)
    ])
    for (const slot of slots) expect(hex(bytes.slice(slot * 4 + 128, slot * 4 + 320))).toBe("a5".repeat(192))
  })

  it("is dropped for function-full when the function does not read its answers [SQP-ACC-1]", () => {
    const bench = new Bench({ functionSlots: 2 })
    for (let i = 0; i < 3; i++) {
      bench.send(1, 1, { mad: makeMad({ class: 4, method: 2 }) })
      bench.settle()
    }
    expect(bench.drops(1)).toEqual({ "function-full": 1 })
    expect(bench.got(1)).toHaveLength(2)
  })
})

const allowed: ReadonlyArray<{ name: string; mad: Uint8Array; lid?: number }> = [
  ...[1, 0x12, 0x13, 0x14].map((method) => ({ name: `SA method ${method}`, mad: makeMad({ class: 3, method, attribute: 0x35 }) })),
  { name: "PerfMgt Get", mad: makeMad({ class: 4, method: 1 }), lid: 12 },
  { name: "DevMgt Get", mad: makeMad({ class: 6, method: 1 }), lid: 12 },
  { name: "ibping", mad: makeMad({ class: 0x32, method: 1 }, { 37: "001405" }), lid: 12 },
  { name: "a vendor Send with OUI 0x001405", mad: makeMad({ class: 0x30, method: 3 }, { 37: "001405" }), lid: 12 }
]

describe("a VF's request", () => {
  test.each(allowed)("$name leaves, changed in its TID alone [SQP-CLS-4]", ({ lid = SM_LID, mad }) => {
    const bench = new Bench()
    bench.send(1, 1, { mad, lid })
    const [sent, ...more] = bench.wire()
    expect(more).toEqual([])
    expect(hex(sent!.mad.subarray(0, 8))).toBe(hex(mad.subarray(0, 8)))
    expect(hex(sent!.mad.subarray(16))).toBe(hex(mad.subarray(16)))
    expect(u32(sent!.mad, 8)).toBe(0)
  })

  it("to the SA leaves with SM_Key 0; the PF's keeps its own [SQP-CLS-6]", () => {
    const bench = new Bench()
    const mad = makeMad({ class: 3, method: 1 }, { 36: "0102030405060708" })
    bench.send(1, 1, { mad })
    bench.send(0, 1, { mad })
    const keys = bench.wire().map((sent) => hex(sent.mad.subarray(36, 44)))
    expect(keys.sort()).toEqual(["0000000000000000", "0102030405060708"])
  })

  it("leaves with physical P_Key index, own SGID index and SGID, and the address as asked [SQP-PKEY-1]", () => {
    const bench = new Bench()
    const grh = { dgid: PEER_GID, sgid: gidOf(3), hopLimit: 4, flowLabel: 5, trafficClass: 6 }
    const address = { lid: 12, sl: 2, pathBits: 3, rate: 5 }
    bench.send(2, 1, { mad: makeMad({ class: 4, method: 1 }), ...address, pkeyIndex: 1, qkey: 0xffff_ffff, grh })
    expect(bench.wire()[0]).toMatchObject({
      ...address, qp: 1, remoteQpn: 1, qkey: 0x8001_0000, pkeyIndex: 2, sgidIndex: 2, sourceQpn: 1,
      grh: { ...grh, sgid: gidOf(2) }
    })
  })

  it("leaves with the Q_Key as asked when bit 31 is clear, with the well-known one when it is set [SQP-QP-6]", () => {
    const bench = new Bench()
    for (const qkey of [0x1234, 0x8000_0000, 0x8001_0001]) {
      bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }), qkey })
    }
    expect(bench.wire().map((sent) => sent.qkey)).toEqual([0x1234, 0x8001_0000, 0x8001_0000])
  })

  it("leaves with every reserved bit of its addressing cleared, whatever the function wrote there [SQP-QP-3]", () => {
    const bench = new Bench()
    const { words } = bench.mux.region
    const ring = bench.mux.functionEgress(1, 1)
    expect(ring.writable(1)).toBe(1)
    const slot = ring.slot(0)
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }), lid: 9 })
    words[slot]! |= 0xfffc
    words[slot + 1]! |= 0x80f0_0000
    words[slot + 4]! |= 0xffff_0000
    words[slot + 5]! |= 0xff00_0000
    bench.settle()
    expect(bench.mux.wire.outgoing[1].readable(1)).toBe(1)
    const out = bench.mux.wire.outgoing[1].slot(0)
    expect([0, 1, 2, 4, 5].map((word) => words[out + word])).toEqual([(256 << 16) | 1, 9, 1, 0, 1])
  })

  it("without a GRH leaves with no byte of one, whatever the function left there [SQP-FRAME-1]", () => {
    const bench = new Bench()
    const { region } = bench.mux
    const ring = bench.mux.functionEgress(1, 1)
    expect(ring.writable(1)).toBe(1)
    const slot = ring.slot(0)
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }) })
    region.bytes.fill(0xa5, slot * 4 + 24, slot * 4 + 64)
    bench.settle()
    expect(bench.mux.wire.outgoing[1].readable(1)).toBe(1)
    const out = bench.mux.wire.outgoing[1].slot(0)
    expect(hex(region.bytes.slice(out * 4 + 24, out * 4 + 64))).toBe("00".repeat(40))
  })
})

it("the PF sends SMPs on QP0 and any class on QP1 [SQP-CLS-1]", () => {
  const bench = new Bench()
  bench.send(0, 0, { mad: smp, remoteQpn: 0, qkey: 0, pkeyIndex: 3 })
  bench.send(0, 1, { mad: makeMad({ class: 4, method: 2 }) })
  bench.send(0, 1, { mad: makeMad({ class: 3, method: 6 }), lid: 40 })
  expect(bench.wire(0)[0]).toMatchObject({ qp: 0, qkey: 0, pkeyIndex: 3, sourceQpn: 0 })
  expect(bench.wire(1)).toHaveLength(2)
})

it("a prefix change shows in the SGID of the next MAD [SQP-GUID-1]", () => {
  const bench = new Bench()
  bench.mux.portEvent({ _tag: "prefix", subnetPrefix: "fec0000000000001" })
  bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }), grh: { dgid: PREFIX + "00000000000a0001" }, lid: OWN_LID })
  expect(bench.wire()[0]!.grh!.sgid).toBe(`fec0000000000001${gidOf(1).slice(16)}`)
})
