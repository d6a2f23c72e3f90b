/** Who gets a MAD from the wire, check by check of spec/steering.md. */
import { describe, expect, it, test } from "vitest"
import type { Reason } from "../../spec/reasons.ts"
import { Bench, gidOf, guidOf, hex, makeMad, type Message, PEER_GID, PEER_LID, PREFIX, tidOf } from "./fixture.ts"

const perf = makeMad({ class: 4, method: 1, attribute: 0x12 })
const ping = makeMad({ class: 0x32, method: 1 }, { 37: "001405" })
const SA_GUID = "0200000000000002"

interface Refused {
  readonly name: string
  readonly qp?: 0 | 1
  readonly message: Message
  readonly reason: Reason
  readonly id: string
  /** Who is charged; nobody by default. */
  readonly f?: number
}

const refused: ReadonlyArray<Refused> = [
  { name: "a MAD of 255 bytes", message: { mad: perf, lengthBytes: 255 }, reason: "bad-length", id: "SQP-IN-1" },
  { name: "base version 0", message: { mad: makeMad({ class: 4, method: 1, base: 0 }) }, reason: "base-version", id: "SQP-IN-1" },
  { name: "an SA MAD of class version 1", message: { mad: makeMad({ class: 3, method: 0x81, classVersion: 1 }) }, reason: "class-version", id: "SQP-IN-1" },
  { name: "an empty P_Key entry", message: { mad: perf, pkeyIndex: 3 }, reason: "pkey-index", id: "SQP-PKEY-2" },
  { name: "a P_Key index beyond the table", message: { mad: perf, pkeyIndex: 4 }, reason: "pkey-index", id: "SQP-PKEY-2" },
  { name: "an SMP on QP1", message: { mad: makeMad({ class: 1, method: 1 }) }, reason: "class-qp", id: "SQP-CLS-1" },
  { name: "another class on QP0", qp: 0, message: { mad: perf }, reason: "class-qp", id: "SQP-CLS-1" },
  { name: "a DGID of a stranger", message: { mad: perf, grh: { dgid: PEER_GID } }, reason: "dgid-unknown", id: "SQP-STEER-2" },
  { name: "a DGID with GUID 0", message: { mad: perf, grh: { dgid: PREFIX + "0".repeat(16) } }, reason: "dgid-unknown", id: "SQP-STEER-2" },
  { name: "a DGID with another prefix", message: { mad: perf, grh: { dgid: `fec0000000000000${guidOf(1)}` } }, reason: "dgid-unknown", id: "SQP-STEER-2" },
  { name: "PerfMgt with the DGID of a VF", message: { mad: perf, grh: { dgid: gidOf(1) } }, reason: "unsolicited", id: "SQP-STEER-3", f: 1 },
  { name: "a vendor class with another OUI for a VF", message: { mad: makeMad({ class: 0x32, method: 1 }), grh: { dgid: gidOf(1) } }, reason: "unsolicited", id: "SQP-STEER-3", f: 1 },
  { name: "a response nobody asked for", message: { mad: makeMad({ class: 4, method: 0x81 }) }, reason: "response-unasked", id: "SQP-TID-4" },
  { name: "a CM Send that is no CM message", message: { mad: makeMad({ class: 7, method: 3, attribute: 0x1b }) }, reason: "cm-attribute", id: "SQP-CM-7" },
  { name: "a CM Send with an attribute below that of REQ", message: { mad: makeMad({ class: 7, method: 3, attribute: 0xf }) }, reason: "cm-attribute", id: "SQP-CM-7" },
  { name: "a P_Key that the VF does not hold", message: { mad: ping, pkeyIndex: 1, grh: { dgid: gidOf(1) } }, reason: "pkey-mismatch", id: "SQP-PKEY-2", f: 1 }
]

describe("from the wire,", () => {
  test.each(refused)("$name is dropped for $reason [$id]", ({ f = null, message, qp = 1, reason }) => {
    const bench = new Bench()
    bench.arrive(qp, message)
    for (const one of [0, 1, 2, 3]) expect([bench.got(one, 0), bench.got(one, 1)]).toEqual([[], []])
    expect(bench.drops(f)).toEqual({ [reason]: 1 })
  })

  it("everything is dropped for not-attached while the PF context is stopped [SQP-LIFE-3]", () => {
    const bench = new Bench()
    bench.mux.stop()
    bench.arrive(1, { mad: perf })
    expect(bench.drops(null)).toEqual({ "not-attached": 1 })
  })

  it("a MAD for a function that is not attached is dropped for gid-pending [SQP-STEER-5]", () => {
    const bench = new Bench({}, [1])
    bench.arrive(1, { mad: ping, grh: { dgid: gidOf(2) } })
    expect(bench.drops(2)).toEqual({ "gid-pending": 1 })
  })

  it("an SMP goes to the PF whatever its GRH says, with P_Key index 0 [SQP-CLS-3]", () => {
    const bench = new Bench()
    bench.arrive(0, { mad: makeMad({ class: 1, method: 1 }), grh: { dgid: gidOf(1) }, pkeyIndex: 7, remoteQpn: 0 })
    bench.arrive(0, { mad: makeMad({ class: 0x81, method: 5 }), grh: { dgid: PEER_GID }, remoteQpn: 0 })
    expect(bench.got(0, 0).map((seen) => seen.pkeyIndex)).toEqual([0, 0])
    expect(bench.got(1, 0)).toEqual([])
  })

  it("an answer to an SMP of the PF is matched by its TID on QP0 [SQP-CLS-3] [SQP-TID-4]", () => {
    const bench = new Bench()
    bench.send(0, 0, { mad: makeMad({ class: 1, method: 1, tid: "0000000100000002" }), remoteQpn: 0 })
    const tid = tidOf(bench.wire(0)[0]!.mad)
    bench.arrive(0, { mad: makeMad({ class: 1, method: 0x81, tid }), remoteQpn: 0 })
    bench.arrive(0, { mad: makeMad({ class: 1, method: 0x81 }), remoteQpn: 0 })
    expect(bench.got(0, 0).map((seen) => tidOf(seen.mad))).toEqual(["0000000100000002"])
    expect(bench.drops(null)).toEqual({ "response-unasked": 1 })
  })

  it("an unsolicited MAD goes to the PF without a GRH, else to the function of its DGID [SQP-STEER-3]", () => {
    const bench = new Bench()
    bench.arrive(1, { mad: ping, lid: PEER_LID, sl: 2, pathBits: 1 })
    bench.arrive(1, { mad: ping, grh: { dgid: gidOf(2), sgid: PEER_GID, hopLimit: 9, flowLabel: 8, trafficClass: 7 } })
    bench.arrive(1, { mad: perf, grh: { dgid: gidOf(0) } })
    const [first, second] = bench.got(0)
    expect(first).toMatchObject({ lid: PEER_LID, sl: 2, pathBits: 1, grh: null })
    expect(second!.grh!.dgid).toBe(gidOf(0))
    const [delivered] = bench.got(2)
    expect(delivered!.grh).toEqual({ dgid: gidOf(2), sgid: PEER_GID, hopLimit: 9, flowLabel: 8, trafficClass: 7 })
    expect(hex(delivered!.mad)).toBe(hex(ping))
  })

  it("the SA's well-known GUID is the PF, under the current prefix only [SQP-STEER-2]", () => {
    const bench = new Bench()
    bench.mux.portEvent({ _tag: "prefix", subnetPrefix: "fec0000000000001" })
    bench.arrive(1, { mad: perf, grh: { dgid: `fec0000000000001${SA_GUID}` } })
    bench.arrive(1, { mad: perf, grh: { dgid: PREFIX + SA_GUID } })
    expect(bench.got(0)).toHaveLength(1)
    expect(bench.drops(null)).toEqual({ "dgid-unknown": 1 })
  })

  it("a DGID resolves under the current prefix, fe80::/64, and the former one during its grace [SQP-STEER-2]", () => {
    const bench = new Bench({ port: { up: true, lid: 5, lmc: 0, smLid: 1, smSl: 0, subnetPrefix: "fec0000000000001", pkeys: [0xffff] } })
    const to = (prefix: string): number => {
      bench.arrive(1, { mad: ping, grh: { dgid: prefix + guidOf(1) } })
      return bench.got(1).length
    }
    expect([to("fec0000000000001"), to(PREFIX), to("fec0000000000002")]).toEqual([1, 1, 0])
    bench.mux.portEvent({ _tag: "prefix", subnetPrefix: "fec0000000000002" })
    expect([to("fec0000000000001"), to(PREFIX), to("fec0000000000002")]).toEqual([1, 1, 1])
    bench.advance(59_999)
    expect(to("fec0000000000001")).toBe(1)
    bench.advance(1)
    expect([to("fec0000000000001"), to(PREFIX), to("fec0000000000002")]).toEqual([0, 1, 1])
  })

  it("an answer whose DGID names another function than the asker is dropped for steer-conflict [SQP-STEER-1]", () => {
    const bench = new Bench()
    bench.send(1, 1, { mad: perf, lid: PEER_LID })
    const tid = tidOf(bench.wire()[0]!.mad)
    const answer = makeMad({ class: 4, method: 0x81, tid })
    bench.arrive(1, { mad: answer, grh: { dgid: gidOf(2) } })
    bench.arrive(1, { mad: answer, grh: { dgid: gidOf(1) } })
    expect([bench.got(1).length, bench.got(2).length]).toEqual([1, 0])
    expect(bench.drops(1)).toEqual({ "steer-conflict": 1 })
  })

  it("what one function sends to another leaves by the wire; nothing is short-cut [SQP-STEER-4]", () => {
    const bench = new Bench()
    bench.send(1, 1, { mad: ping, lid: 5, grh: { dgid: gidOf(2) } })
    const [sent] = bench.wire()
    expect(bench.got(2)).toEqual([])
    bench.arrive(1, { mad: sent!.mad, lid: 5, grh: sent!.grh })
    expect(tidOf(bench.got(2)[0]!.mad)).toBe(tidOf(sent!.mad))
    bench.send(2, 1, { mad: makeMad({ class: 0x32, method: 0x81, tid: tidOf(sent!.mad) }), lid: 5 })
    bench.arrive(1, { mad: bench.wire()[0]!.mad, lid: 5, grh: { dgid: gidOf(1) } })
    expect(tidOf(bench.got(1)[0]!.mad)).toBe("0000000000000001")
  })
})

describe("the P_Key index a function sees", () => {
  const indexFor = (bench: Bench, f: number, pkeyIndex: number): number | undefined => {
    bench.arrive(1, { mad: ping, pkeyIndex, grh: { dgid: gidOf(f) } })
    return bench.got(f)[0]?.pkeyIndex
  }
  it("is the physical one for the PF and its own for a VF [SQP-PKEY-1]", () => {
    const bench = new Bench()
    expect([0, 1, 2].map((pkeyIndex) => indexFor(bench, 0, pkeyIndex))).toEqual([0, 1, 2])
    expect([0, 1, 2].map((pkeyIndex) => indexFor(bench, 1, pkeyIndex))).toEqual([0, undefined, 1])
    expect([0, 1, 2].map((pkeyIndex) => indexFor(bench, 3, pkeyIndex))).toEqual([0, undefined, undefined])
  })
  it("is the first full member with its low 15 bits, else the first of them [SQP-PKEY-2]", () => {
    const pkeys = [0x7fff, 0x0001, 0x8001, 0x0001, 0xffff]
    const bench = new Bench({
      port: { up: true, lid: 5, lmc: 0, smLid: 1, smSl: 0, subnetPrefix: PREFIX, pkeys },
      pkeyMaps: [[], [null, 1, 3, 2, 2], [3, 1]]
    })
    expect([1, 2, 3].map((pkeyIndex) => indexFor(bench, 1, pkeyIndex))).toEqual([3, 3, 3])
    expect([1, 2, 3].map((pkeyIndex) => indexFor(bench, 2, pkeyIndex))).toEqual([0, 0, 0])
    expect(indexFor(bench, 1, 4)).toBeUndefined()
  })
})
