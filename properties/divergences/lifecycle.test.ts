import { describe, expect, it } from "vitest"
import { Bench, gidOf, makeMad, tidOf as tidOfBytes } from "../mux/fixture.ts"
import { CLASS, cm } from "../mads.ts"
import { at, connect, gid, grhTo, join, peer, request, response, told } from "./story.ts"

const toPeer = { dlid: peer.lid }
const fromPeer = { slid: peer.lid }

describe("the end of a function", () => {
  it("closes its intake first: a join that lies in its ring then joins nothing [SQP-LIFE-2]", () => {
    const bench = new Bench()
    const ask = { 48: "0000000000010003", 56: "ff12401bffff00000000000000000001", 72: gidOf(1), 104: "21" }
    bench.send(1, 1, { mad: makeMad({ class: 3, method: 2, attribute: 0x38 }, ask) })
    bench.mux.detach(1)
    expect([bench.wire(), bench.drops(1)]).toEqual([[], { "not-attached": 1 }])
    bench.mux.attach(1)
    expect([bench.wire(), bench.got(1), bench.mux.isWithSa]).toEqual([[], [], false])
  })

  it("lets nothing of it pass that comes afterwards: answers, conversations, memberships [SQP-LIFE-1]", told((story) => {
    const { wire } = story.sends(1, request())
    const { wire: req } = story.sends(1, connect(1), toPeer)
    const { wire: asked } = story.sends(1, join(1))
    const { out } = story.does({ op: "detach", function: 1 })
    expect(out).toEqual([{ to: "drop", function: 1, reason: "function-gone" }])
    expect(story.arrives(response(wire.mad)).drops).toEqual(["response-unasked of nobody"])
    const rep = cm("REP", at(req.mad, 8, 8), [[24, "00000b0b"], [28, at(req.mad, 24, 4)]])
    expect(story.arrives(rep, fromPeer).drops).toEqual(["cm-unknown of nobody"])
    // The SA's late success is undone: nobody is a member.
    const undone = story.arrives(response(asked.mad, { method: 0x81 })).wire
    expect(at(undone.mad, 3, 1)).toBe("15")
    expect(story.arrives(request({ mgmtClass: CLASS.PING }), { grh: grhTo(gid(1)) }).drops).toEqual([
      "gid-pending of 1"
    ])
  }))

  it("by a reset without notice is the same end, and the next tenant begins with nothing [SQP-LIFE-1]", told((story) => {
    const { wire } = story.sends(1, request())
    story.joins(1)
    const reset = story.does({ op: "reset", function: 1 })
    expect(reset.all("wire").map(({ mad }) => at(mad, 3, 1))).toEqual(["15"])
    expect(reset.all("tunnel")).toHaveLength(2)
    story.arrives(response(reset.wire.mad, { method: 0x95 }))
    expect(story.arrives(response(wire.mad)).drops).toEqual(["response-unasked of nobody"])
    expect(at(story.sends(1, join(1, { method: 0x15 })).got.mad, 4, 2)).toBe("0200")
  }))
})

describe("the PF context", () => {
  it("comes to the same whichever comes first, its own start or a function's attach [SQP-LIFE-2]", () => {
    const answered = (first: ReadonlyArray<number>, later: ReadonlyArray<number>): ReadonlyArray<number> => {
      const bench = new Bench({}, first)
      for (const f of later) bench.mux.attach(f)
      return [0, 1, 2, 3].map((f) => {
        bench.send(f, 1, { mad: makeMad({ class: 4, method: 1 }), lid: 9 })
        const [left] = bench.wire()
        if (left === undefined) return 0
        bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid: tidOfBytes(left.mad) }), lid: 9 })
        return bench.got(f).length
      })
    }
    expect(answered([1, 2, 3], [])).toEqual([1, 1, 1, 1])
    expect(answered([], [3, 2, 1])).toEqual([1, 1, 1, 1])
    expect(answered([2], [1])).toEqual([1, 1, 1, 0])
  })

  it("uses no map before its start: what is sent then ends with a reason, and P_Keys are right from the first MAD on [SQP-QP-3]", () => {
    const bench = new Bench()
    bench.mux.stop()
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }), pkeyIndex: 1 })
    expect([bench.wire(), bench.drops(1)]).toEqual([[], { "not-attached": 1 }])
    bench.mux.start()
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }), pkeyIndex: 1 })
    expect(bench.wire().map(({ pkeyIndex }) => pkeyIndex)).toEqual([2])
  })
})
