import { describe, expect, it } from "vitest"
import { CLASS } from "../mads.ts"
import { at, gid, grhTo, OWN_LID, peer, request, response, SM_LID, tidOf, told } from "./story.ts"

const toPeer = { dlid: peer.lid }
const fromPeer = { slid: peer.lid }

describe("a request", () => {
  it("may have any of its 64 bits of TID set, and the answer has them all again [SQP-TID-2]", told((story) => {
    const tids = ["9a00000000000001", "0100000000000007", "ff00000000000001", "ffffffffffffffff", "0000000000000000"]
    const wires = tids.map((tid) => story.sends(1, request({ tid })).wire.mad)
    expect(new Set(wires.map((wire) => tidOf(wire).slice(8))).size).toBe(tids.length)
    const answers = wires.map((wire) => story.arrives(response(wire)).got)
    expect(answers.map(({ mad }) => tidOf(mad))).toEqual(tids)
  }))

  it("of every method is mapped, and its answer goes to who asked, not to the PF [SQP-TID-1]", told((story) => {
    for (const method of [0x01, 0x12, 0x13, 0x14, 0x16, 0x19, 0x7f]) {
      const { wire } = story.sends(0, request({ method, mgmtClass: CLASS.PERF }), toPeer)
      expect(tidOf(wire.mad)).not.toBe("0000000000000007")
      expect(story.arrives(response(wire.mad), fromPeer).got.function).toBe(0)
      const ping = story.sends(1, request({ method, mgmtClass: CLASS.PING }), toPeer).wire
      expect(tidOf(ping.mad)).not.toBe(tidOf(wire.mad))
      expect(story.arrives(response(ping.mad), fromPeer).got.function).toBe(1)
    }
  }))

  it("of a class that does not belong on its QP ends there, and so does what arrives so [SQP-CLS-1]", told((story) => {
    for (const mgmtClass of [CLASS.SA, CLASS.DEV_MGT, CLASS.CM, CLASS.PING]) {
      for (const f of [0, 1]) {
        const { drops } = story.sends(f, request({ mgmtClass, method: 0x01 }), { qp: 0, remoteQpn: 0 })
        expect(drops).toEqual([`class-qp of ${f}`])
      }
    }
    expect(story.sends(0, request({ mgmtClass: CLASS.SMP })).drops).toEqual(["class-qp of 0"])
  }))

  it("of device management passes both ways for the PF, and a VF hears what it may not ask [SQP-CLS-5]", told((story) => {
    const devMgt = (method: number): string => request({ mgmtClass: CLASS.DEV_MGT, method, attribute: 0x11 })
    const asked = story.arrives(devMgt(0x01), fromPeer).got
    expect(asked.function).toBe(0)
    expect(story.sends(0, response(devMgt(0x01)), toPeer).wire.mad).toBe(response(devMgt(0x01)))
    for (const method of [0x01, 0x02]) expect(story.sends(0, devMgt(method), toPeer).wire.dlid).toBe(peer.lid)
    const { wire } = story.sends(1, devMgt(0x01), toPeer)
    expect(story.arrives(response(wire.mad), fromPeer).got.function).toBe(1)
    expect(at(story.sends(1, devMgt(0x02), toPeer).got.mad, 3, 3)).toBe("81000c")
    expect(story.arrives(devMgt(0x01), { ...fromPeer, grh: grhTo(gid(1)) }).drops).toEqual(["unsolicited of 1"])
  }))
})

describe("a response", () => {
  it("of a function to a request of another, by way of the own LID or not, does not leave [SQP-TID-8]", told((story) => {
    const { wire } = story.sends(2, request())
    const forged = response(wire.mad)
    const membership = response(request({ attribute: 0x38, tid: tidOf(wire.mad) }), { method: 0x81 })
    for (const dlid of [OWN_LID, SM_LID, peer.lid]) {
      for (const mad of [forged, membership]) {
        expect(story.sends(1, mad, { dlid }).drops).toEqual(["response-undelivered of 1"])
      }
    }
    expect(story.arrives(forged).got.function).toBe(2)
  }))
})
