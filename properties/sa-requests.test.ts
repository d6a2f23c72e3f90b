/** The PF context's own requests to the SA, whatever area asks: what is due, who answers, what rests. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { WireTid } from "../model/ids.ts"
import { isOverdue, nextDue, nextMoment, ownWireTids } from "../model/sa-outstanding.ts"
import { giveUpSaRequest } from "../model/sa-request.ts"
import { withFunction } from "../model/tables.ts"
import { answered, type Beginning, fromSm, joins, mgid, reported, SaStory } from "./sa-story.ts"
import { answer, ingress, passes, PEER_LID, SM_LID, tid, VF1, VF2 } from "./small-world.ts"
import { asks } from "./subscription-scopes.ts"

/** VF1's join is with the SA by the wire TID 1. */
const asking = (change: Beginning = {}): SaStory => {
  const story = new SaStory(change)
  story.tell(joins(VF1, "a"))
  return story
}

const within = (ms: number, of: number): Event => ({ _tag: "TimePasses", ms, within: of })

describe("an answer to the PF context", () => {
  it("is of the SA's class; the same TID in another asks nobody [SQP-MC-13, SQP-TID-4]", () => {
    const story = asking()
    expect(story.tell(fromSm(answer(1)))).toEqual(["response-unasked of nobody"])
    expect(story.tell(answered(1, "a"))).toEqual(["to 1: 81 0"])
  })

  it("may come from the SM of now, though another was asked [SQP-MC-13]", () => {
    const story = asking()
    expect(story.tell({ _tag: "SmChanged", smLid: PEER_LID, smSl: 0 })).toEqual(["join a 1 #2"])
    const late = answered(1, "a")
    if (late._tag !== "Ingress" || !("mgmtClass" in late.mad)) throw new Error("no MAD")
    expect(story.tell(ingress(late.mad, { slid: PEER_LID }))).toEqual([])
    expect(story.state.givenUp).toEqual([])
  })
})

describe("what is due", () => {
  it("happens now or later within the slack [SQP-MC-8]", () => {
    const story = asking({ timing: { slack: 10 } })
    expect(story.mayShow(passes(1000))).toEqual([["sa-timeout of 1"], []])
    expect(story.may(passes(1000)).map(({ choice }) => choice)).toEqual([["now"], ["later"]])
    expect(story.mayShow(passes(1010))).toEqual([["sa-timeout of 1"]])
    expect(story.may(passes(1011))).toEqual([])
  })

  it("is sent again at a moment that nobody saw: what follows may be as much later [SQP-MC-8]", () => {
    const story = asking({ timing: { slack: 10, saRetries: 1 } })
    expect(story.tell(within(1000, 5))).toEqual(["retry a 1 #1"])
    expect(story.state.groups)
      .toMatchObject([{ transaction: { wireTid: tid(1), due: 1000, triesLeft: 0, late: 5 } }])
    expect(nextDue(story.state)).toEqual({ due: 1000, latest: 1015 })
    expect(story.tell(passes(1015))).toEqual(["sa-timeout of 1"])
    expect(story.state.givenUp.map(({ life }) => life)).toEqual([{ must: 50_000, may: 60_000 }])
  })

  it("is given up at a moment that nobody saw: what is asked then may be as much later [SQP-MC-9]", () => {
    const story = asking({ timing: { slack: 10 } })
    story.tell(joins(VF2, "a"))
    expect(story.tell(within(1000, 5))).toEqual(["sa-timeout of 1", "join a 1 #2"])
    expect(story.state.groups).toMatchObject([{ transaction: { wireTid: tid(2), late: 5 } }])
    expect(story.state.givenUp.map(({ life }) => life)).toEqual([{ must: 50_000, may: 60_005 }])
  })

  it("was given up and may be forgotten: a late answer is then one to nothing [SQP-MC-9, SQP-TID-4]", () => {
    const story = asking()
    expect(story.tell(passes(1000))).toEqual(["sa-timeout of 1"])
    story.tell(passes(49_999))
    expect(story.mayShow(answered(1, "a"))).toEqual([["undo a 1 #2"]])
    story.tell(passes(1))
    expect(story.mayShow(answered(1, "a"))).toEqual([["undo a 1 #2"], ["response-unasked of nobody"]])
  })

  it("is nothing, a request, the end of the grace or of a back-off [SQP-MC-17, SQP-GUID-6]", () => {
    const story = new SaStory()
    expect([nextDue(story.state), nextMoment(story.state)]).toEqual([null, Infinity])
    expect(isOverdue(story.state)).toBe(false)
    story.tell(joins(VF1, "a"))
    expect(nextDue(story.state)).toEqual({ due: 1000, latest: 1000 })
    story.tell(answered(1, "a"))
    story.tell({ _tag: "Reregister" })
    story.tell(answered(2, "a"))
    expect(nextDue(story.state)).toEqual({ due: 60_000, latest: 60_000 })
    const alias = { admin: null, asked: null, confirmed: false, transaction: null, due: 70, backOffMs: 100 }
    expect(nextDue(withFunction(story.state, VF1, { alias }))).toEqual({ due: 70, latest: 70 })
  })
})

describe("the next moment that changes what may be seen", () => {
  /** VF1's request is due now, but not sent again yet; VF2's waits for it; another is due in 500 ms. */
  const overdue = (change: Beginning["timing"], about: "join" | "subscribe" = "join"): SaStory => {
    const story = new SaStory({ timing: { slack: 10, ...change } })
    const ask = (fn: typeof VF1): Event => (about === "join" ? joins(fn, "a") : asks(fn, 1))
    const before = [joins(VF1, "c"), answered(1, "c"), ask(VF1), ask(VF2)]
    for (const event of [...before, passes(500), joins(VF1, "b")]) story.tell(event)
    expect([isOverdue(story.state), nextMoment(story.state)]).toEqual([false, 500])
    expect(story.tell(passes(500), 1)).toEqual([])
    expect(isOverdue(story.state)).toBe(true)
    return story
  }

  it("is when what is due must have happened [SQP-MC-8]", () => {
    expect(nextMoment(overdue({}).state)).toBe(10)
    expect(nextMoment(overdue({ horizon: 700 }).state)).toBe(10)
  })

  it("is when a waiting request is past its horizon, while something is due [SQP-MC-8]", () => {
    expect(nextMoment(overdue({ horizon: 1005 }).state)).toBe(6)
    expect(nextMoment(overdue({ horizon: 1000 }).state)).toBe(1)
    expect(nextMoment(overdue({ horizon: 1005 }, "subscribe").state)).toBe(6)
  })

  it("is when a TID has rested, while something is due [SQP-TID-6]", () => {
    expect(nextMoment(overdue({ rest: 1004 }).state)).toBe(4)
  })
})

describe("the TIDs of the PF context", () => {
  it("are those with the SA, given up, or handed with a Report [SQP-TID-1]", () => {
    const story = asking()
    for (const event of [passes(1000), joins(VF1, "b"), reported(0x900)]) story.tell(event)
    expect(ownWireTids(story.state)).toEqual([tid(2), tid(1)])
    expect(story.state.reports.map(({ handedTid }) => handedTid)).toEqual([null])
  })

  it("that are given up are the same in whatever order it happened [SQP-MC-9]", () => {
    const { state } = new SaStory()
    const request = { sentTo: SM_LID, sl: 0, due: 0, triesLeft: 0 }
    const requests = [1, 2].map((n) => ({ ...request, wireTid: WireTid(tid(n)) }))
    const asked = { _tag: "join", mgid: mgid("a") } as const
    const givenUp = (of: typeof requests) =>
      of.reduce((next, each) => giveUpSaRequest(next, each, asked, false, 0), state).givenUp
    expect(givenUp(requests).map(({ wireTid }) => wireTid)).toEqual([tid(1), tid(2)])
    expect(givenUp(requests.toReversed())).toEqual(givenUp(requests))
  })
})
