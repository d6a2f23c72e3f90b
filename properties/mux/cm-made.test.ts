/** CM messages of the PF context itself, where the ring to the wire is nearly full. */
import { describe, expect, it } from "vitest"
import { CM, message, req, toPeer } from "./cm-fixture.ts"
import { Bench, gidOf, hex, makeMad, PEER_GID } from "./fixture.ts"

const R = 0x2222
/** The PF context answers so many DREQs, which all wait for the wire. */
const answer = (bench: Bench, count: number): void => {
  for (let i = 1; i <= count; i++) {
    bench.arrive(1, toPeer(message("DREQ", R, i)))
    bench.settle()
  }
}

describe("what the PF context answers itself", () => {
  it("is dropped as wire-full, charged to nobody, a REJ as well as a DREP [SQP-CM-9] [SQP-ACC-1]", () => {
    const bench = new Bench()
    const { slots } = bench.mux.wire.outgoing[1]
    answer(bench, slots)
    bench.arrive(1, toPeer(req(R, { gid: PEER_GID })))
    expect(bench.drops(null)).toEqual({ "wire-full": 1 })
    expect(bench.wire().map(({ mad }) => mad[17])).toEqual(Array.from({ length: slots }, () => CM.DREP))
    // A REJ that was dropped does not count as the one of its interval.
    bench.arrive(1, toPeer(req(R, { gid: PEER_GID })))
    expect(bench.wire().map(({ mad }) => mad[17])).toEqual([CM.REJ])
  })

  it("leaves as it is what waits behind it in the ring, until that is full [SQP-CM-10]", () => {
    const bench = new Bench()
    const { slots } = bench.mux.wire.outgoing[1]
    answer(bench, 2)
    expect(bench.wire()).toHaveLength(2)
    answer(bench, slots)
    const expected = Array.from({ length: slots }, (_, i) =>
      hex(makeMad({ class: 7, method: 3, attribute: CM.DREP }, { 24: { u32: i + 1 }, 28: { u32: R } })))
    const left = bench.wire()
    expect(left.map(({ mad }) => hex(mad))).toEqual(expected)
    expect(left.map(({ lengthBytes, qp }) => [lengthBytes, qp])).toEqual(left.map(() => [256, 1]))
  })

  it("has no byte of a GRH where it answers none, whatever stood there, and a whole one where it does [SQP-CM-10] [SQP-FRAME-1]", () => {
    const bench = new Bench()
    const { region, wire: { incoming: [, incoming], outgoing: [, outgoing] } } = bench.mux
    const bytesOf = (slot: number, from: number, to: number): string => hex(region.bytes.slice(slot * 4 + from, slot * 4 + to))
    expect(incoming.writable(1)).toBeGreaterThan(0)
    const arrived = incoming.slot(0)
    bench.arrive(1, toPeer(message("DREQ", R, 1)))
    region.bytes.fill(0xa5, arrived * 4 + 24, arrived * 4 + 64)
    bench.settle()
    expect(outgoing.readable(1)).toBe(1)
    expect(bytesOf(outgoing.slot(0), 24, 64)).toBe("00".repeat(40))
    bench.wire()
    const grh = { dgid: gidOf(0), sgid: PEER_GID, hopLimit: 3, flowLabel: 5, trafficClass: 6 }
    bench.arrive(1, { ...toPeer(message("DREQ", R, 2)), grh })
    bench.settle()
    expect(outgoing.readable(1)).toBe(1)
    // IPVer 6, the asker's traffic class and flow label, PayLen, NxtHdr and HopLmt.
    expect(bytesOf(outgoing.slot(0), 24, 32)).toBe("6060000501181bff")
  })

  it("goes back on the P_Key index of what it answers, and leaves what waits before it alone [SQP-CM-10] [SQP-PKEY-2]", () => {
    const bench = new Bench()
    for (const [i, pkeyIndex] of [0, 2].entries()) {
      bench.arrive(1, { ...toPeer(message("DREQ", R, i + 1)), pkeyIndex })
      bench.settle()
    }
    const sent = bench.wire()
    expect(sent.map(({ pkeyIndex }) => pkeyIndex)).toEqual([0, 2])
    expect(hex(sent[0]!.mad)).toBe(hex(makeMad({ class: 7, method: 3, attribute: CM.DREP }, { 24: { u32: 1 }, 28: { u32: R } })))
  })
})
