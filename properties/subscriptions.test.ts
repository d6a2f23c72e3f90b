/** Subscriptions and Reports (spec/subscriptions.md), told to our implementation and judged by the checker. */
import { describe, expect, it } from "vitest"
import type { OutputOf } from "../impl/trace/output.ts"
import {
  at, join, methodOf, MGID, type Outcome, request, response, SM_LID, statusOf, type Story, tidOf, told
} from "./divergences/story.ts"
import { hexOf, type Pieces } from "./mads.ts"

const TIMEOUT_MS = 1000
const OTHER = "ff12401bffff00000000000000000002"
const ISSUER = `fe80000000000000${hexOf(0xdd00, 16)}`

/** Set(InformInfo) for one trap, or all; Subscribe 1 unless said otherwise. */
const inform = (change: { tid?: string; trap?: number; subscribe?: number; lids?: string } = {}): string =>
  request({ method: 0x02, attribute: 0x03, tid: change.tid ?? "00000000000000a1" }, [
    [56, hexOf(0, 32)], [72, change.lids ?? "ffff0000"], [76, "0000"], [78, "01"], [79, hexOf(change.subscribe ?? 1, 2)],
    [80, "ffff"], [82, hexOf(change.trap ?? 64, 4)], [84, "00000113"], [88, "00ffffff"]
  ])

/** A Report of the SA. */
const report = (tid: string, trap = 64, pieces: Pieces = []): string =>
  request({ method: 0x06, attribute: 0x02, tid }, [
    [56, "83000004"], [60, hexOf(trap, 4)], [62, hexOf(0x30, 4)], [72, ISSUER], [120, ISSUER], ...pieces
  ])

const answerOf = (asked: OutputOf<"wire">, status = 0): string => response(asked.mad, { method: 0x81, status })

/** Function `f` subscribes, the SA grants it. */
const subscribed = (story: Story, f: number, change: Parameters<typeof inform>[0] = {}): OutputOf<"wire"> => {
  const asked = subscribes(story, f, inform(change)).wire
  expect(story.arrives(answerOf(asked)).got.function).toBe(f)
  return asked
}

/** Function `f` posts a MAD with the P_Key 0xffff, which is its second. */
const subscribes = (story: Story, f: number, text: string): Outcome => story.sends(f, text, { pkeyIndex: 1 })

/** The SA grants a join. */
const granted = (asked: OutputOf<"wire"> | undefined): string => response(asked?.mad ?? "", { method: 0x81 })

const receivers = (outcome: Outcome): ReadonlyArray<number> => outcome.all("function").map(({ function: f }) => f)

describe("a subscription", () => {
  it("of the first function is asked of the SA, of the next answered here, with QPN 1 and no SM_Key [SQP-SUB-2] [SQP-SUB-8]", told((story) => {
    const asked = subscribed(story, 1)
    expect([methodOf(asked.mad), at(asked.mad, 36, 8), at(asked.mad, 84, 3)]).toEqual(["02", hexOf(0, 16), "000001"])
    const second = subscribes(story, 2, inform({ tid: "ffffffff00000002" }))
    expect(second.all("wire")).toEqual([])
    expect([statusOf(second.got.mad), tidOf(second.got.mad)]).toEqual(["0000", "ffffffff00000002"])
  }))

  it("is kept at the SA until its last subscriber ends it [SQP-SUB-1] [SQP-SUB-4]", told((story) => {
    subscribed(story, 1)
    subscribes(story, 2, inform())
    expect(statusOf(subscribes(story, 1, inform({ subscribe: 0 })).got.mad)).toBe("0000")
    const last = subscribes(story, 2, inform({ subscribe: 0 }))
    expect(at(last.wire.mad, 79, 1)).toBe("00")
    expect(statusOf(last.got.mad)).toBe("0000")
  }))

  it("of another function cannot be ended: who has none is refused [SQP-SUB-4]", told((story) => {
    subscribed(story, 1)
    const outcome = subscribes(story, 2, inform({ subscribe: 0 }))
    expect([statusOf(outcome.got.mad), outcome.all("wire")]).toEqual(["0200", []])
  }))

  it("that the SA refuses is refused to the function that asked, and to nobody else [SQP-SUB-3]", told((story) => {
    const asked = subscribes(story, 1, inform()).wire
    subscribes(story, 2, inform({ tid: "00000000000000a2" }))
    const outcome = story.arrives(answerOf(asked, 0x0200))
    expect(outcome.all("function").map(({ function: f, mad }) => [f, statusOf(mad)])).toEqual([[1, "0200"]])
    const again = outcome.wire
    expect(receivers(story.arrives(answerOf(again)))).toEqual([2])
  }))

  it("is asked for again after a reregister, once, with a new TID [SQP-SUB-7]", told((story) => {
    const first = subscribed(story, 1)
    subscribes(story, 2, inform())
    const again = story.does({ op: "reregister" })
    expect(again.all("wire").length).toBe(1)
    expect(tidOf(again.wire.mad)).not.toBe(tidOf(first.mad))
    expect(at(again.wire.mad, 56, 36)).toBe(at(first.mad, 56, 36))
  }))

  it("that was being ended when the SM asked to reregister is asked for anew by who waits [SQP-SUB-7]", told((story) => {
    subscribed(story, 1)
    subscribes(story, 1, inform({ subscribe: 0 }))
    expect(subscribes(story, 2, inform({ tid: "00000000000000a2" })).out).toEqual([])
    const again = story.does({ op: "reregister" })
    expect(at(again.wire.mad, 79, 1)).toBe("01")
    expect(again.all("function")).toEqual([])
    expect(receivers(story.arrives(answerOf(again.wire)))).toEqual([2])
  }))

  it("that succeeds after all waiting is over is ended again [SQP-SUB-1]", told((story) => {
    const asked = subscribes(story, 1, inform()).wire
    for (let i = 0; i < 4; i++) story.waits(TIMEOUT_MS)
    const late = story.arrives(answerOf(asked)).wire
    expect(at(late.mad, 79, 1)).toBe("00")
  }))

  it("beyond the function's quota is dropped, and another function's is not [SQP-SUB-9]", told((story) => {
    for (let trap = 1; trap <= 32; trap++) subscribed(story, 1, { trap, tid: hexOf(trap, 16) })
    expect(subscribes(story, 1, inform({ trap: 99 })).drops).toEqual(["subscription-quota of 1"])
    expect(subscribes(story, 2, inform({ trap: 99 })).all("wire").length).toBe(1)
  }))

  it("that another function has counts against the quota of who asks for it, too [SQP-SUB-9]", told((story) => {
    for (let trap = 1; trap <= 33; trap++) subscribed(story, trap < 33 ? 1 : 2, { trap, tid: hexOf(trap, 16) })
    expect(subscribes(story, 1, inform({ trap: 33 })).drops).toEqual(["subscription-quota of 1"])
    expect(statusOf(subscribes(story, 1, inform({ trap: 32, tid: hexOf(99, 16) })).got.mad)).toBe("0000")
    expect(receivers(story.arrives(report("0000000000000001", 33)))).toEqual([2])
  }))

  it("ends for the function that loses its P_Key, and for the port after the last of them [SQP-SUB-12] [SQP-SUB-1]", told((story) => {
    subscribed(story, 1)
    subscribes(story, 2, inform())
    expect(story.does({ op: "virt2phys", function: 1, map: [1, null] }).all("wire")).toEqual([])
    expect(receivers(story.arrives(report("0000000000000001")))).toEqual([2])
    const last = story.does({ op: "virt2phys", function: 2, map: [1, null] })
    expect(last.all("wire").map(({ mad }) => [at(mad, 16, 2), at(mad, 79, 1)])).toEqual([["0003", "00"]])
    story.arrives(answerOf(last.wire))
    expect(receivers(story.arrives(report("0000000000000002")))).toEqual([])
  }))

  it("is forgotten with the partition the port loses, and ended under no other P_Key [SQP-SUB-13]", told((story) => {
    subscribed(story, 1)
    const open = subscribes(story, 2, inform({ trap: 65, tid: "00000000000000a3" })).wire
    const lost = story.does({ op: "pkeys", pkeys: [0x8003, 0x8001, 0x7002] })
    expect(lost.all("wire")).toEqual([])
    expect(lost.all("function").map(({ function: f, mad }) => [f, statusOf(mad)])).toEqual([[2, "0200"]])
    expect(story.arrives(answerOf(open)).all("wire")).toEqual([])
    expect(story.does({ op: "advance", ms: 60_000 }).all("wire")).toEqual([])
    story.does({ op: "pkeys", pkeys: [0xffff, 0x8001, 0x7002] })
    expect(receivers(story.arrives(report("0000000000000002")))).toEqual([])
    expect(subscribes(story, 1, inform({ tid: "00000000000000a4" })).all("wire").length).toBe(1)
  }))

  it("is asked for again under the P_Key's index of then [SQP-SUB-13]", told((story) => {
    const asked = subscribes(story, 1, inform()).wire
    story.does({ op: "pkeys", pkeys: [0x8001, 0xffff, 0x7002] })
    story.does({ op: "virt2phys", function: 1, map: [1, null] })
    expect(asked.pkeyIndex).toBe(0)
    expect(story.does({ op: "advance", ms: 1000 }).all("wire").map(({ pkeyIndex }) => pkeyIndex)).toEqual([1])
  }))

  it("is refused to who loses the P_Key while its request waits, and a late grant is undone [SQP-SUB-12]", told((story) => {
    const asked = subscribes(story, 1, inform()).wire
    subscribes(story, 1, inform({ tid: "00000000000000a2" }))
    const lost = story.does({ op: "virt2phys", function: 1, map: [1, null] })
    expect(lost.all("function").map(({ mad }) => [statusOf(mad), tidOf(mad)])).toEqual([
      ["0200", "00000000000000a1"], ["0200", "00000000000000a2"]
    ])
    expect(at(story.arrives(answerOf(asked)).wire.mad, 79, 1)).toBe("00")
  }))

  it("stays while another P_Key of its partition is left [SQP-SUB-12]", told((story) => {
    subscribed(story, 1)
    expect(story.does({ op: "virt2phys", function: 1, map: [null, 0] }).all("wire")).toEqual([])
    expect(story.does({ op: "pkeys", pkeys: [0x7fff, 0x8001, 0x7002] }).all("wire")).toEqual([])
    expect(receivers(story.arrives(report("0000000000000001")))).toEqual([1])
  }))
})

describe("the PF context", () => {
  it("subscribes to the deletion of groups while functions are members, and joins a deleted one again [SQP-SUB-11]", told((story) => {
    const listening = story.joins(1).wire
    expect([at(listening.mad, 16, 2), at(listening.mad, 79, 1), at(listening.mad, 82, 2)]).toEqual(["0003", "01", "0043"])
    expect(story.arrives(answerOf(listening)).out).toEqual([])
    const outcome = story.arrives(report("0000000000000009", 67, [[72, MGID]]))
    const [response, again] = outcome.all("wire")
    expect([methodOf(response?.mad ?? ""), methodOf(again?.mad ?? ""), at(again?.mad ?? "", 56, 16)]).toEqual(["86", "02", MGID])
    expect(outcome.all("function")).toEqual([])
    story.arrives(granted(again))
    const left = story.sends(1, join(1, { method: 0x15 }))
    expect(left.all("wire").map(({ mad }) => [methodOf(mad), at(mad, 16, 2)]).sort()).toEqual([["02", "0003"], ["15", "0038"]])
  }, { groupNotices: true }))

  it("listens again when a function joins while the SA is still told that nobody listens [SQP-SUB-11]", told((story) => {
    story.arrives(answerOf(story.joins(1).wire))
    const [, ending] = story.sends(1, join(1, { method: 0x15 })).all("wire")
    expect(at(ending?.mad ?? "", 79, 1)).toBe("00")
    const [leave] = story.joins(2, { mgid: OTHER }).all("wire")
    expect(leave).toBeUndefined()
    if (ending === undefined) throw new Error("nothing was ended")
    expect(at(story.arrives(answerOf(ending)).wire.mad, 79, 1)).toBe("01")
  }, { groupNotices: true }))

  it("listens in the partition of P_Key index 0, wherever that is moved to [SQP-SUB-11]", told((story) => {
    story.arrives(answerOf(story.joins(2).wire))
    const moved = story.does({ op: "pkeys", pkeys: [0x8001, 0xffff, 0x7002] })
    expect(moved.all("wire").map(({ mad, pkeyIndex }) => [at(mad, 16, 2), at(mad, 79, 1), pkeyIndex])).toEqual([
      ["0003", "00", 1], ["0003", "01", 0]
    ])
    const same = story.does({ op: "pkeys", pkeys: [0x0001, 0xffff, 0x7002] })
    expect(same.all("wire")).toEqual([])
  }, { groupNotices: true, virt2phys: [[], [1, 0], [2, 0, 1], [0]] }))
})

describe("a Report", () => {
  it("is answered at once with its own TID and reaches every function that subscribed, once [SQP-SUB-5] [SQP-SUB-6]", told((story) => {
    subscribed(story, 1)
    subscribes(story, 2, inform())
    const outcome = story.arrives(report("0123456789abcdef"))
    expect([methodOf(outcome.wire.mad), tidOf(outcome.wire.mad)]).toEqual(["86", "0123456789abcdef"])
    expect(outcome.wire.dlid).toBe(SM_LID)
    expect(receivers(outcome)).toEqual([1, 2])
    const tids = outcome.all("function").map(({ mad }) => tidOf(mad))
    expect(tids.every((tid) => tid.startsWith("00000000") && tid !== hexOf(0, 16))).toBe(true)
    const again = story.arrives(report("0123456789abcdef"))
    expect([methodOf(again.wire.mad), receivers(again)]).toEqual(["86", []])
  }))

  it("reaches only functions with a matching filter of their own [SQP-SUB-6]", told((story) => {
    subscribed(story, 1, { trap: 64 })
    subscribed(story, 2, { trap: 65 })
    subscribed(story, 2, { trap: 66, lids: "00310032" })
    expect(receivers(story.arrives(report("0000000000000001", 64)))).toEqual([1])
    expect(receivers(story.arrives(report("0000000000000002", 65)))).toEqual([2])
    expect(story.arrives(report("0000000000000003", 66)).drops).toContain("report-unwanted of nobody")
  }))

  it("of anybody but QPN 1 of the SM is dropped without an answer [SQP-SUB-5]", told((story) => {
    subscribed(story, 1)
    expect(story.arrives(report("0000000000000001"), { slid: 24 }).drops).toEqual(["report-source of nobody"])
    expect(story.arrives(report("0000000000000001"), { srcQp: 7 }).drops).toEqual(["report-source of nobody"])
  }))

  it("is answered by the function to the PF context alone; another function cannot answer it [SQP-SUB-10]", told((story) => {
    subscribed(story, 1)
    const handed = story.arrives(report("0000000000000001")).got
    const reply = response(handed.mad)
    expect(subscribes(story, 2, reply).drops).toEqual(["response-undelivered of 2"])
    expect(subscribes(story, 1, reply).drops).toEqual(["report-answered of 1"])
  }))

  it("of a TID that a former SM used is a new one after a reregister [SQP-SUB-6] [SQP-SUB-7]", told((story) => {
    subscribed(story, 1)
    expect(receivers(story.arrives(report("0000000000000001")))).toEqual([1])
    const again = story.does({ op: "reregister" }).wire
    story.arrives(answerOf(again))
    expect(receivers(story.arrives(report("0000000000000001")))).toEqual([1])
  }))
})
