import { describe, expect, it } from "vitest"
import { cm, hexOf } from "../mads.ts"
import { at, connect, connectTo, gid, grhTo, peer, type Story, tidOf, told } from "./story.ts"

const toPeer = { dlid: peer.lid }
const fromPeer = { slid: peer.lid }
const localId = (mad: string): string => at(mad, 24, 4)
const TID = "0000000000000077"
const ids = (name: Parameters<typeof cm>[0], local: string, remote: string, tid = TID): string =>
  cm(name, tid, [[24, local], [28, remote], [36, "0".repeat(16)], [52, peer.caGuid]])

/** A function's connection to the peer, open; the wire's comm id. */
const connected = (story: Story, f: number, local = "00000101", peerId = "00000b0b"): string => {
  const { mad } = story.sends(f, connect(f, { localId: local }), toPeer).wire
  const id = localId(mad)
  expect(story.arrives(ids("REP", peerId, id, tidOf(mad)), fromPeer).got.function).toBe(f)
  story.sends(f, ids("RTU", local, peerId, "0000000000000005"), toPeer)
  return id
}

describe("a connection", () => {
  it("is not touched by a REJ of another peer: remote id 0 ends nobody else's [SQP-CM-1]", told((story) => {
    const id = connected(story, 1)
    expect(id).not.toBe("00000000")
    story.arrives(connectTo(2, { localId: "00000c0c", caGuid: hexOf(0xdd00, 16) }), { slid: 21 })
    const rej = cm("REJ", TID, [[24, "00000c0c"], [28, "00000000"], [32, "00"], [34, "0004"], [36, hexOf(0xdd00, 16)]])
    expect(story.arrives(rej, { slid: 21 }).got.function).toBe(2)
    story.waits(120_000)
    expect(story.arrives(ids("DREQ", "00000b0b", id), fromPeer).got.function).toBe(1)
  }))

  it("with an id used again after a REJ outlives the end of the former one [SQP-CM-8]", told((story) => {
    const { mad: first } = story.sends(1, connect(1), toPeer).wire
    story.arrives(ids("REJ", "00000b0a", localId(first), tidOf(first)), fromPeer)
    story.waits(10_000)
    const second = connected(story, 1)
    expect(second).not.toBe(localId(first))
    story.waits(120_000)
    expect(story.arrives(ids("DREQ", "00000b0b", second), fromPeer).got.function).toBe(1)
    expect(localId(story.sends(1, ids("DREP", "00000101", "00000b0b"), toPeer).wire.mad)).toBe(second)
  }))

  it("is not ended by a forged DREQ or REJ, by one who guesses the wire id or comes from elsewhere [SQP-CM-5]", told((story) => {
    const id = connected(story, 1)
    for (const [name, slid] of [["DREQ", 66], ["REJ", 67]] as const) {
      expect(story.arrives(ids(name, "00000bad", id), { slid }).drops).toEqual(["cm-peer of 1"])
      // Both ids right, from where the peer never was: paths migrate, so it passes, but it ends nothing.
      expect(story.arrives(ids(name, "00000b0b", id), { slid }).got.function).toBe(1)
    }
    const wrong = hexOf((Number.parseInt(id, 16) ^ 1) >>> 0, 8)
    expect(story.arrives(ids("REJ", "00000b0b", wrong), fromPeer).drops).toEqual(["cm-unknown of nobody"])
    story.waits(120_000)
    expect(localId(story.sends(1, ids("DREQ", "00000101", "00000b0b"), toPeer).wire.mad)).toBe(id)
  }))

  it("has wire ids that do not follow each other [SQP-CM-1]", told((story) => {
    const values = Array.from({ length: 12 }, (_, i) =>
      Number.parseInt(connected(story, 1, hexOf(0x200 + i, 8), hexOf(0xb00 + i, 8)), 16))
    const steps = values.slice(1).map((value, i) => value - values[i]!)
    expect(steps.filter((step) => Math.abs(step) < 256)).toEqual([])
    expect(new Set(steps).size).toBe(steps.length)
  }))

  it("that ends late still passes a DREP that comes at the end of every repeated DREQ's lingering [SQP-CM-8]", told((story) => {
    const id = connected(story, 1)
    for (let i = 0; i < 5; i++) {
      expect(story.arrives(ids("DREQ", "00000b0b", id), fromPeer).got.function).toBe(1)
      story.waits(25_000)
    }
    expect(localId(story.sends(1, ids("DREP", "00000101", "00000b0b"), toPeer).wire.mad)).toBe(id)
  }, { timing: { linger: 30_000, lingerMax: 40_000 } }))
})

describe("the PF", () => {
  it("is a function like the others: it connects and is connected to beside VFs with the same ids [SQP-CM-2]", told((story) => {
    const wire = [0, 1, 2].map((f) => connected(story, f, "00000101", hexOf(0xb00 + f, 8)))
    expect(new Set(wire).size).toBe(3)
    for (const f of [0, 1, 2]) {
      expect(story.arrives(ids("DREQ", hexOf(0xb00 + f, 8), wire[f] ?? ""), fromPeer).got.function).toBe(f)
      expect(story.arrives(connectTo(f, { localId: hexOf(0x900 + f, 8) }), fromPeer).got.function).toBe(f)
    }
  }))
})

describe("what a peer opens", () => {
  it("as a SIDR_REQ is steered by its GRH, never by its private data [SQP-CM-12]", told((story) => {
    const sidr = (privateGid: string): string =>
      cm("SIDR_REQ", TID, [[24, "00000900"], [28, "ffff"], [32, "0000000000001234"], [40, privateGid.repeat(8)]])
    for (const privateGid of [gid(1), gid(3), "0".repeat(32)]) {
      expect(story.arrives(sidr(privateGid), { ...fromPeer, grh: grhTo(gid(2)) }).got.function).toBe(2)
      expect(story.arrives(sidr(privateGid), fromPeer).got.function).toBe(0)
    }
  }, { limits: { cm: 8 } }))

  it("with an id that another peer uses too is told apart by its CA GUID: each REJ finds its own function [SQP-CM-6]", told((story) => {
    const second = hexOf(0xdd00, 16)
    story.arrives(connectTo(1), fromPeer)
    story.arrives(connectTo(2, { caGuid: second }), fromPeer)
    const rejOf = (caGuid: string): string =>
      cm("REJ", TID, [[24, "00000900"], [28, "00000000"], [32, "00"], [34, "0004"], [36, caGuid]])
    expect(story.arrives(rejOf(second), fromPeer).got.function).toBe(2)
    expect(story.arrives(rejOf(peer.caGuid), fromPeer).got.function).toBe(1)
    expect(story.arrives(rejOf(hexOf(0xee00, 16)), fromPeer).drops).toEqual(["cm-unknown of nobody"])
  }))

  it("in a flood of REQs fills the quota of the function they are for, and nothing else's [SQP-CM-13]", told((story) => {
    const reqOf = (f: number, i: number): string => connectTo(f, { localId: hexOf(0x900 + i, 8) })
    for (let i = 0; i < 4; i++) expect(story.arrives(reqOf(1, i), fromPeer).got.function).toBe(1)
    for (let i = 4; i < 40; i++) expect(story.arrives(reqOf(1, i), fromPeer).drops).toEqual(["cm-quota of 1"])
    expect(story.arrives(reqOf(2, 99), fromPeer).got.function).toBe(2)
    expect(story.sends(2, connect(2), toPeer).wire.dlid).toBe(peer.lid)
    // What was there is still served.
    expect(story.sends(1, ids("REP", "00000055", "00000900"), toPeer).wire.dlid).toBe(peer.lid)
  }, { limits: { cm: 4 } }))

  it("may be refused by a REJ with local id 0 on the wire, again and again, and uses nothing up [SQP-CM-7]", told((story) => {
    for (let i = 0; i < 6; i++) {
      const local = hexOf(0x900 + i, 8)
      story.arrives(connectTo(1, { localId: local }), fromPeer)
      for (let k = 0; k < 3; k++) {
        const { wire } = story.sends(1, ids("REJ", "00000000", local), toPeer)
        expect(localId(wire.mad)).toBe("00000000")
      }
      story.waits(120_000)
    }
  }, { limits: { cm: 1 } }))

  it("by a REQ whose GRH names another function than the GID inside reaches neither [SQP-STEER-1]", told((story) => {
    const { drops } = story.arrives(connectTo(2), { ...fromPeer, grh: grhTo(gid(1)) })
    expect(drops).toEqual(["steer-conflict of 2"])
    expect(story.sends(2, ids("REP", "00000055", "00000900"), toPeer).drops).toEqual(["cm-unknown of 2"])
    expect(story.arrives(connectTo(2), { ...fromPeer, grh: grhTo(gid(2)) }).got.function).toBe(2)
  }))
})
