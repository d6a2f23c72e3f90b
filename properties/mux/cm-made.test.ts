/** CM messages of the PF context itself, where the ring to the wire is nearly full. */
import { describe, expect, it } from "vitest"
import { CM, message, req, toPeer } from "./cm-fixture.ts"
import { Bench, hex, makeMad, PEER_GID } from "./fixture.ts"

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
})
