/** An HCA of two ports: GUIDs of both lead to a function (spec/steering.md), told for one port with the checker. */
import { describe, expect, it } from "vitest"
import { at, begin, connectTo, gid, grhTo, peer, PREFIX, request, told } from "./divergences/story.ts"
import { cm, hexOf } from "./mads.ts"

const fromPeer = { slid: peer.lid }
const otherGid = (f: number): string => PREFIX + hexOf(0xc00 + f, 16)
/** The other port's GUID of VF 2 is here that of VF 1. */
const twoPorts = {
  ...begin,
  otherPortGuids: [0, 1, 2, 3].map((f) => (f === 2 ? hexOf(0xa01, 16) : hexOf(0xc00 + f, 16)))
}

describe("a function's GID on the other port", () => {
  it("leads a REQ to it, by whichever port it comes, and is not refused with reason 12 [SQP-STEER-6]", told((story) => {
    expect(story.arrives(connectTo(1, { remoteGid: otherGid(1) }), fromPeer).got.function).toBe(1)
    const rep = cm("REP", "0000000000000077", [[24, "00000101"], [28, "00000900"]])
    expect(at(story.sends(1, rep, { dlid: peer.lid }).wire.mad, 28, 4)).toBe("00000900")
    const unknown = connectTo(1, { remoteGid: otherGid(9) })
    expect(at(story.arrives(unknown, fromPeer).wire.mad, 34, 2)).toBe("000c")
  }, twoPorts))

  it("agrees with the function's GID on this port, as the GRH or inside the REQ [SQP-STEER-6] [SQP-STEER-1]", told((story) => {
    const both = { ...fromPeer, grh: grhTo(otherGid(1)) }
    expect(story.arrives(connectTo(1), both).got.function).toBe(1)
    expect(story.arrives(connectTo(0), both).drops).toEqual(["steer-conflict of 0"])
    const answer = story.sends(1, request({ mgmtClass: 0x04, tid: "00000000000000aa" }), { dlid: peer.lid }).wire.mad
    expect(story.arrives(answer.slice(0, 6) + "81" + answer.slice(8), both).got.function).toBe(1)
  }, twoPorts))

  it("is another's if that has it on this port [SQP-STEER-6]", told((story) => {
    expect(story.arrives(connectTo(1), { ...fromPeer, grh: grhTo(gid(1)) }).got.function).toBe(1)
  }, twoPorts))

  it("waits for the function: while it is not attached, nobody is refused and nobody hears [SQP-STEER-5]", told((story) => {
    expect(story.arrives(connectTo(3, { remoteGid: otherGid(3) }), fromPeer).drops).toEqual(["gid-pending of 3"])
  }, twoPorts))
})
