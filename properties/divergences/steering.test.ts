import { describe, expect, it } from "vitest"
import { FLAG_GRH, SLOT_FLAGS, SLOT_GRH_BYTE } from "../../impl/ring/slot.ts"
import { CLASS } from "../mads.ts"
import { Bench, gidOf, makeMad, PEER_GID } from "../mux/fixture.ts"
import { gid, grhTo, peer, request, response, told } from "./story.ts"

const ping = request({ mgmtClass: CLASS.PING })

describe("a response", () => {
  it("that nobody asked for reaches nobody, whatever function its TID may name [SQP-TID-4]", told((story) => {
    const { wire } = story.sends(1, request({ tid: "0300000000000007" }))
    for (const tid of ["0300000000000007", "0100000000000001", "ff00000000000001", "0000000000000000"]) {
      expect(story.arrives(response(request({ tid }))).drops).toEqual(["response-unasked of nobody"])
    }
    expect(story.arrives(response(wire.mad), { slid: peer.lid }).got.function).toBe(1)
  }))

  it("that contradicts its GRH reaches neither of the two, and its asker may still get the right one [SQP-STEER-1]", told((story) => {
    const { wire } = story.sends(2, request())
    expect(story.arrives(response(wire.mad), { grh: grhTo(gid(1)) }).drops).toEqual(["steer-conflict of 2"])
    const { got } = story.arrives(response(wire.mad), { grh: grhTo(gid(2)) })
    expect([got.function, got.mad.slice(16, 32)]).toEqual([2, "0000000000000007"])
  }))

  it("is delivered with its path bits, SL and source as it arrived [SQP-FRAME-1]", told((story) => {
    const { wire } = story.sends(1, request(), { pathBits: 3 })
    expect(wire.pathBits).toBe(3)
    const { got } = story.arrives(response(wire.mad), { pathBits: 3, sl: 9, slid: 44, srcQp: 1 })
    expect([got.pathBits, got.sl, got.slid, got.srcQp]).toEqual([3, 9, 44, 1])
  }, { lmc: 2 }))
})

describe("a MAD from the wire", () => {
  it("without a GRH shows no byte of an earlier one's, whoever that was for [SQP-FRAME-1]", () => {
    const bench = new Bench({ functionSlots: 2, wireSlots: 2 })
    const mad = makeMad({ class: 0x32, method: 1 }, { 37: "001405" })
    const grhBytes = (f: number): Array<number> => {
      bench.settle()
      const ring = bench.mux.functionIngress(f, 1)
      expect(ring.readable(1)).toBe(1)
      const from = ring.slot(0) * 4 + SLOT_GRH_BYTE
      const bytes = [...bench.mux.region.bytes.slice(from, from + 40)]
      ring.release(1)
      return bytes
    }
    const grh = { sgid: PEER_GID, dgid: gidOf(0) }
    for (let round = 0; round < 4; round++) {
      bench.arrive(1, { mad, grh })
      expect(grhBytes(0).some((byte) => byte !== 0)).toBe(true)
      // The port left the GRH of another packet in the slot and says that there is none.
      const slot = bench.mux.wire.incoming[1].slot(0)
      bench.arrive(1, { mad, grh })
      bench.mux.region.words[slot + SLOT_FLAGS]! &= ~FLAG_GRH
      expect(grhBytes(0)).toEqual(Array<number>(40).fill(0))
    }
  })

  it("of another class than SMP on QP0, and an SMP on QP1, reaches nobody [SQP-CLS-1]", told((story) => {
    for (const mgmtClass of [CLASS.SA, CLASS.PERF, CLASS.CM, CLASS.PING]) {
      for (const grh of [null, grhTo(gid(1))]) {
        expect(story.arrives(request({ mgmtClass }), { qp: 0, srcQp: 0, grh }).drops).toEqual(["class-qp of nobody"])
      }
    }
    expect(story.arrives(request({ mgmtClass: CLASS.SMP })).drops).toEqual(["class-qp of nobody"])
  }))

  it("that is malformed costs no slot: the rings take as many good ones as before [SQP-IN-1]", () => {
    const bench = new Bench({ functionSlots: 4, wireSlots: 4 })
    const good = makeMad({ class: 4, method: 1 })
    for (let i = 0; i < 50; i++) {
      expect(bench.arrive(1, { mad: good, lengthBytes: i })).toBe(true)
      expect(bench.send(1, 1, { mad: good, lengthBytes: i })).toBe(true)
      bench.settle()
    }
    for (let i = 0; i < 4; i++) expect(bench.arrive(1, { mad: good })).toBe(true)
    for (let i = 0; i < 4; i++) expect(bench.send(1, 1, { mad: good, lid: 9 })).toBe(true)
    expect([bench.got(0).length, bench.wire().length]).toEqual([4, 4])
  })

  it("for GUID 0 or of no key at all goes where the rules say, never to a function without a GUID [SQP-STEER-3]", told((story) => {
    expect(story.arrives(ping).got.function).toBe(0)
    expect(story.arrives(ping, { grh: grhTo("0".repeat(32)) }).drops).toEqual(["dgid-unknown of nobody"])
  }, { guids: [] }))
})
