/** Transactions as stories: what comes late, twice, forged or from elsewhere, and what gives way. */
import { describe, expect, it } from "vitest"
import { defaultLimits, defaultTiming } from "../../impl/mux/config.ts"
import { systemRandom32 } from "../../impl/mux/random.ts"
import { CLASS, hexOf, written } from "../mads.ts"
import { Bench, makeMad, PEER_LID, tidOf as tidOfMad } from "../mux/fixture.ts"
import { gid, grhTo, peer, request, response, tidOf, told } from "./story.ts"

const toPeer = { dlid: peer.lid }
const fromPeer = { slid: peer.lid }
const ask = (tid: string) => request({ mgmtClass: CLASS.PING, method: 0x12, tid })

describe("an answer", () => {
  it("that comes twice reaches its asker twice, and once the request is forgotten, nobody [SQP-TID-4] [SQP-TID-5]", told((story) => {
    const { wire } = story.sends(1, ask("00000000000000aa"), toPeer)
    for (let i = 0; i < 3; i++) {
      const { function: f, mad } = story.arrives(response(wire.mad), fromPeer).got
      expect([f, tidOf(mad)]).toEqual([1, "00000000000000aa"])
    }
    story.does({ op: "advance", ms: defaultTiming.tidMax })
    expect(story.arrives(response(wire.mad), fromPeer).drops).toEqual(["response-unasked of nobody"])
  }))

  it("that comes late, after its function was reset, reaches nobody, the next owner of the TID least [SQP-TID-6]", told((story) => {
    const { wire } = story.sends(1, ask("00000000000000aa"), toPeer)
    story.does({ op: "reset", function: 1 })
    const again = story.sends(1, ask("00000000000000aa"), toPeer).wire
    expect(tidOf(again.mad)).not.toBe(tidOf(wire.mad))
    expect(story.arrives(response(wire.mad), fromPeer).drops).toEqual(["response-unasked of nobody"])
    expect(story.arrives(response(again.mad), fromPeer).got.function).toBe(1)
  }))

  it("that is forged reaches nobody: of another class, QP or TID, or to what was asked of somebody else [SQP-TID-4]", told((story) => {
    const { wire } = story.sends(1, ask("00000000000000aa"), toPeer)
    const right = response(wire.mad)
    const next = hexOf(BigInt(`0x${tidOf(wire.mad)}`) + 1n, 16)
    for (const forged of [written(right, [[1, "33"]]), written(right, [[1, "04"]]), written(right, [[8, next]])]) {
      expect(story.arrives(forged, fromPeer).drops).toEqual(["response-unasked of nobody"])
    }
    expect(story.arrives(right, { ...fromPeer, grh: grhTo(gid(2)) }).drops).toEqual(["steer-conflict of 1"])
    // The source is not compared: a path may have changed meanwhile.
    expect(story.arrives(right, { slid: peer.lid + 1 }).got.function).toBe(1)
  }))
})

describe("a function", () => {
  it("whose TIDs count through every byte gets each answer with its own TID [SQP-TID-2]", told((story) => {
    for (const edge of [0xffn, 0xffff_ffn, 0xffff_ffffn, 0xff_ffff_ffff_ffffn]) {
      for (const tid of [edge, edge + 1n].map((value) => hexOf(value, 16))) {
        const { wire } = story.sends(2, ask(tid), toPeer)
        expect(tidOf(story.arrives(response(wire.mad), fromPeer).got.mad)).toBe(tid)
      }
    }
  }))

  it("that answers in segments gets the ACKs, with a GRH or without, and goes on [SQP-TID-9] [SQP-TID-8]", told((story) => {
    const asked = ask("00000000000000bb")
    expect(story.arrives(asked, { ...fromPeer, grh: grhTo(gid(2)) }).got.function).toBe(2)
    for (const segment of [1, 2, 3]) {
      const data = written(response(asked), [[24, "01"], [25, "01"], [26, "01"], [28, hexOf(segment, 8)]])
      expect(story.sends(2, data, toPeer).wire.mad).toBe(data)
      const ack = written(asked, [[24, "01"], [25, "02"], [26, "01"], [28, hexOf(segment, 8)]])
      const grh = segment === 2 ? grhTo(gid(2)) : null
      const { function: f, mad } = story.arrives(ack, { ...fromPeer, grh }).got
      expect([f, mad]).toEqual([2, ack])
    }
    const stranger = written(asked, [[24, "01"], [25, "02"], [26, "01"]])
    expect(story.arrives(stranger, { slid: peer.lid + 1 }).drops).toEqual(["rmpp-unknown of nobody"])
  }))

  it("that asks faster than requests are forgotten is not refused as long as it is answered [SQP-TID-10]", () => {
    const bench = new Bench({ limits: { ...defaultLimits, tids: 8 } })
    for (let i = 0; i < 2000; i++) {
      bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, tid: hexOf(i, 16) }), lid: PEER_LID })
      const [sent] = bench.wire()
      bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid: tidOfMad(sent!.mad) }), lid: PEER_LID })
      expect(bench.got(1).map(({ mad }) => tidOfMad(mad))).toEqual([hexOf(i, 16)])
    }
    expect(bench.drops(1)).toEqual({})
  })
})

/** The first wire TIDs of a PF context that draws its secrets by itself. */
const firstTids = (count: number): ReadonlyArray<number> => {
  const bench = new Bench({ random32: systemRandom32() })
  return Array.from({ length: count }, (_, i) => {
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, tid: hexOf(i, 16) }), lid: PEER_LID })
    return Number.parseInt(tidOfMad(bench.wire()[0]!.mad), 16)
  })
}

describe("wire TIDs", () => {
  it("begin elsewhere in every run and do not follow one another [SQP-TID-7]", () => {
    const [one, two] = [firstTids(16), firstTids(16)]
    // Of 2 x 16 numbers below 2^32, two are equal once in 16 million runs.
    expect(one.filter((tid) => two.includes(tid))).toEqual([])
    for (const tids of [one, two]) {
      const steps = tids.slice(1).map((tid, i) => tid - tids[i]!)
      expect(new Set(steps).size).toBe(steps.length)
      expect(steps.filter((step) => Math.abs(step) <= 16).length).toBeLessThan(3)
    }
  })

  it("are the same in a run with the same random numbers, and others with others [SQP-TID-7]", () => {
    const first = (seed: number): string => {
      let state = seed
      const random32 = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0)
      const bench = new Bench({ random32 })
      bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }), lid: PEER_LID })
      return tidOfMad(bench.wire()[0]!.mad)
    }
    expect(first(7)).toBe(first(7))
    expect(new Set([1, 2, 3, 4, 5, 6, 7].map(first)).size).toBe(7)
  })
})
