import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CLASS, cm } from "../mads.ts"
import { assertProperty } from "../run.ts"
import { at, begin, connectTo, gid, grhTo, peer, request, response, Story, told } from "./story.ts"

const fromPeer = { slid: peer.lid }
const toPeer = { dlid: peer.lid }

describe("a P_Key index", () => {
  it("that a function sends is looked up in its own table only: beyond it nothing leaves [SQP-PKEY-1]", told((story) => {
    for (const pkeyIndex of [2, 31, 127, 128, 255, 256, 257, 511, 0x7fff, 0xffff]) {
      expect(story.sends(1, request(), { pkeyIndex }).drops).toEqual(["pkey-index of 1"])
    }
    expect(story.sends(1, request(), { pkeyIndex: 0 }).wire.pkeyIndex).toBe(1)
    expect(story.sends(1, request(), { pkeyIndex: 1 }).wire.pkeyIndex).toBe(0)
  }))

  it("that a function is told leads back to the partition the MAD came from, for every map [SQP-PKEY-1]", () => {
    const maps = fc.array(fc.option(fc.nat({ max: 4 })), { minLength: 1, maxLength: 8 })
    const pkeys = [0xffff, 0x8001, 0x7002, 0xf002, 0]
    const ping = request({ mgmtClass: CLASS.PING, method: 0x01 })
    assertProperty(fc.property(maps, fc.nat({ max: 3 }), (map, physical) => {
      const story = new Story({ ...begin, pkeys, virt2phys: [[], map] })
      const { out } = story.arrives(ping, { pkeyIndex: physical, grh: grhTo(gid(1)) })
      const got = out.find((output) => output.to === "function")
      const held = map.some((index) => index !== null && (pkeys[index]! & 0x7fff) === (pkeys[physical]! & 0x7fff))
      expect(got !== undefined).toBe(held)
      if (got === undefined) return
      const { wire } = story.sends(1, response(ping), { pkeyIndex: got.pkeyIndex })
      expect(pkeys[wire.pkeyIndex]! & 0x7fff).toBe(pkeys[physical]! & 0x7fff)
      story.ends()
    }), { numRuns: 100 })
  })

  it("of a REQ that came in a partition of its own carries the REP into the same one [SQP-PKEY-1]", told((story) => {
    const { got } = story.arrives(connectTo(1), { ...fromPeer, pkeyIndex: 1 })
    expect([got.function, got.pkeyIndex]).toEqual([1, 0])
    const rep = cm("REP", "0000000000000077", [[24, "00000055"], [28, "00000900"]])
    expect(story.sends(1, rep, { ...toPeer, pkeyIndex: got.pkeyIndex }).wire.pkeyIndex).toBe(1)
  }))

  it("0 need not be the default P_Key: a function that has it elsewhere sends and receives in it [SQP-PKEY-1]", told((story) => {
    const { wire } = story.sends(1, request(), { pkeyIndex: 3 })
    expect(wire.pkeyIndex).toBe(0)
    expect(story.arrives(response(wire.mad), { pkeyIndex: 0 }).got.pkeyIndex).toBe(3)
    expect(story.sends(1, request(), { pkeyIndex: 0 }).drops).toEqual(["pkey-index of 1"])
  }, { virt2phys: [[], [null, null, 1, 0]] }))

  it("of a limited member takes what a full member sends, and of two entries the full one [SQP-PKEY-2]", told((story) => {
    const answerTo = (f: number, pkeyIndex: number) =>
      story.arrives(response(story.sends(f, request(), { pkeyIndex: 0 }).wire.mad), { pkeyIndex }).out[0]
    expect(answerTo(1, 0)).toMatchObject({ to: "function", function: 1, pkeyIndex: 0 })
    expect(answerTo(2, 0)).toMatchObject({ to: "function", function: 2, pkeyIndex: 1 })
  }, { pkeys: [0xffff, 0x7fff, 0x8001], virt2phys: [[], [1], [1, 0]] }))

  it("that loses its P_Key stops the MADs of its function at once, both ways [SQP-PKEY-1]", told((story) => {
    const { wire } = story.sends(1, request(), { pkeyIndex: 0 })
    story.does({ op: "pkeys", pkeys: [0xffff, 0, 0x7002] })
    expect(story.arrives(response(wire.mad), { pkeyIndex: 1 }).drops).toEqual(["pkey-index of nobody"])
    expect(story.sends(1, request(), { pkeyIndex: 0 }).drops).toEqual(["pkey-index of 1"])
    story.does({ op: "virt2phys", function: 2, map: [0] })
    expect(story.sends(2, request(), { pkeyIndex: 1 }).drops).toEqual(["pkey-index of 2"])
    expect(story.sends(2, request(), { pkeyIndex: 0 }).wire.pkeyIndex).toBe(0)
  }))

  it("of what the function does not hold delivers nothing, though the PF holds it [SQP-PKEY-2]", told((story) => {
    const { wire } = story.sends(1, request(), { pkeyIndex: 0 })
    expect(story.arrives(response(wire.mad), { pkeyIndex: 2 }).drops).toEqual(["pkey-mismatch of 1"])
    expect(at(wire.mad, 0, 2)).toBe("0103")
  }))
})
