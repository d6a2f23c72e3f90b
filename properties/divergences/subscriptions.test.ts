import { describe, expect, it } from "vitest"
import type { Pieces } from "../mads.ts"
import { methodOf, request, response, statusOf, type Story, tidOf, told } from "./story.ts"

const TRAP = 64
const SA_TID = "00000000deadbeef"
const RESPONSE = { method: 0x81 }

/** Set(InformInfo) about a trap of all nodes: subscribe or not. */
const inform = (subscribe: boolean, tid: string, trap = TRAP): string => {
  const pieces: Pieces = [
    [36, "0".repeat(16)], [44, "0000"], [48, "0".repeat(16)], [56, "0".repeat(72)], [72, "ffff"], [78, "01"],
    [79, subscribe ? "01" : "00"], [80, "ffff"], [82, trap.toString(16).padStart(4, "0")], [84, "00000112"], [89, "ffffff"]
  ]
  return request({ method: 0x02, attribute: 0x03, tid }, pieces)
}
/** A Report of the SA about the trap. */
const report = (trap = TRAP, tid = SA_TID): string =>
  request({ method: 0x06, attribute: 0x02, tid }, [
    [56, "81"], [57, "000004"], [60, trap.toString(16).padStart(4, "0")], [62, "0001"], [64, "0000"]
  ])

/** The index of the default P_Key: the partition of a request is part of its filter. */
const inDefault = (f: number) => ({ pkeyIndex: f === 0 ? 0 : 1 })
/** A function subscribes, and the SA agrees if it is asked. */
const subscribed = (story: Story, f: number, tid: string): number => {
  const asked = story.sends(f, inform(true, tid), inDefault(f)).all("wire")
  for (const { mad } of asked) story.arrives(response(mad, RESPONSE))
  return asked.length
}

describe("a subscription", () => {
  it("is asked of the SA once, and its Reports reach every subscriber once, without a GRH and not the PF [SQP-SUB-6]", told((story) => {
    expect([subscribed(story, 1, "0000000000000011"), subscribed(story, 2, "0000000000000012")]).toEqual([1, 0])
    const outcome = story.arrives(report())
    expect([methodOf(outcome.wire.mad), tidOf(outcome.wire.mad)]).toEqual(["86", SA_TID])
    const got = outcome.all("function")
    expect(got.map(({ function: f, grh, mad }) => [f, grh, methodOf(mad)])).toEqual([[1, null, "06"], [2, null, "06"]])
    expect(got.map(({ mad }) => tidOf(mad))).not.toContain(SA_TID)
    for (const { function: f, mad } of got) {
      expect(story.sends(f, response(mad)).drops).toEqual([`report-answered of ${f}`])
    }
  }))

  it("answers the SA again when it repeats a Report, and tells nobody twice [SQP-SUB-6]", told((story) => {
    subscribed(story, 1, "0000000000000011")
    expect(story.arrives(report()).all("function")).toHaveLength(1)
    const again = story.arrives(report())
    expect([again.all("function"), methodOf(again.wire.mad)]).toEqual([[], "86"])
    expect(story.arrives(report(TRAP + 1, "0000000000001234")).all("function")).toEqual([])
  }))

  it("of the others is not ended by one that unsubscribes: the SA hears of the last alone [SQP-SUB-4]", told((story) => {
    subscribed(story, 0, "0000000000000010")
    subscribed(story, 1, "0000000000000011")
    expect(story.sends(1, inform(false, "0000000000000021"), inDefault(1)).out.map(({ to }) => to)).toEqual(["function"])
    expect(statusOf(story.sends(1, inform(false, "0000000000000022"), inDefault(1)).got.mad)).toBe("0200")
    expect(story.arrives(report()).all("function").map(({ function: f }) => f)).toEqual([0])
    const last = story.sends(0, inform(false, "0000000000000020"))
    expect(last.out.map(({ to }) => to).sort()).toEqual(["function", "wire"])
    story.arrives(response(last.wire.mad, RESPONSE))
    expect(story.arrives(report(TRAP, "0000000000004321")).all("function")).toEqual([])
  }))

  it("is asked again after a reregister, once for all who have it, and of the SA of then [SQP-SUB-7]", told((story) => {
    subscribed(story, 1, "0000000000000011")
    subscribed(story, 2, "0000000000000012")
    const again = story.does({ op: "reregister" }).all("wire")
    expect(again.map(({ mad }) => methodOf(mad))).toEqual(["02"])
    story.arrives(response(again[0]?.mad ?? "", RESPONSE))
    const moved = story.does({ op: "sm", smLid: 77, smSl: 0 }).all("wire")
    expect(moved.map(({ dlid, mad }) => [dlid, methodOf(mad)])).toEqual([[77, "02"]])
    story.arrives(response(moved[0]?.mad ?? "", RESPONSE), { slid: 77 })
    expect(story.arrives(report()).drops).toEqual(["report-source of nobody"])
    expect(story.arrives(report(), { slid: 77 }).all("function")).toHaveLength(2)
  }))
})
