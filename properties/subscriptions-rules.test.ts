/** Examples of what `spec/subscriptions.md` says, told to the model: what exploring does not look into. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { Lid, NO_GID, type FunctionId } from "../model/ids.ts"
import { informIn, matchesNotice } from "../model/inform.ts"
import { ATTRIBUTE, type InformInfo, METHOD, type Notice } from "../model/mad.ts"
import { answered, type Beginning, informed, joins, leaves, mgid, reported, saMad, SaStory } from "./sa-story.ts"
import { egress, gid, passes, SM_LID, tid, VF1, VF2 } from "./small-world.ts"
import { asks, inform } from "./subscription-scopes.ts"

const REREGISTER: Event = { _tag: "Reregister" }
const NO_SM: Event = { _tag: "SmChanged", smLid: null, smSl: 0 }
const SM_AGAIN: Event = { _tag: "SmChanged", smLid: SM_LID, smSl: 0 }
const reset = (fn: FunctionId): Event => ({ _tag: "Reset", function: fn })

/** VF1 subscribed to trap 64 by the wire TID 1. */
const subscribed = (change: Beginning = {}): SaStory => {
  const story = new SaStory(change)
  story.tell(asks(VF1, 1))
  story.tell(informed(1))
  return story
}

/** VF1 subscribed to trap 64 by the wire TID 1, but the SA has not answered in time. */
const unanswered = (): SaStory => {
  const story = new SaStory()
  story.tell(asks(VF1, 1))
  expect(story.tell(passes(1000))).toEqual(["sa-timeout of 1"])
  return story
}

describe("a subscribe", () => {
  it("beyond the quota of requests is dropped, but not where the SA holds it [SQP-SUB-9, SQP-SUB-2]", () => {
    const story = new SaStory({ limits: { pending: 1 } })
    expect(story.tell(asks(VF1, 1))).toEqual(["subscribe 64 #1"])
    expect(story.tell(asks(VF1, 1, 65))).toEqual(["pending-quota of 1"])
    expect(story.tell(asks(VF2, 1, 65))).toEqual(["subscribe 65 #2"])
    expect(story.tell(informed(2, 0, 65))).toEqual(["to 2: 81 0"])
    expect(story.tell(asks(VF1, 1, 65))).toEqual(["to 1: 81 0"])
  })

  it("is dropped while no SM is known, before its quota is looked at [SQP-SUB-9]", () => {
    const story = subscribed({ limits: { subscriptions: 1 } })
    expect(story.tell(NO_SM)).toEqual([])
    expect(story.tell(asks(VF1, 1, 65))).toEqual(["no-sm of 1"])
  })

  it("that waits is dropped when no SM is known any more [SQP-SUB-7]", () => {
    const story = new SaStory()
    story.tell(asks(VF1, 1))
    expect(story.tell(asks(VF2, 1))).toEqual([])
    expect(story.tell(NO_SM)).toEqual(["no-sm of 1", "no-sm of 2"])
    expect(story.state.subscriptions).toEqual([])
    expect(story.tell(SM_AGAIN)).toEqual([])
  })

  it("without an InformInfo is refused [SQP-SUB-4]", () => {
    const empty = saMad(METHOD.SET, ATTRIBUTE.INFORM_INFO, 9, { _tag: "opaque" })
    expect(new SaStory().tell(egress(VF1, empty, { dlid: SM_LID }))).toEqual(["to 1: 81 512"])
    expect(informIn(empty)).toMatchObject({ _tag: "informInfo", subscribe: 2, gid: NO_GID })
  })

  it("older than the horizon is dropped, one as old is not [SQP-SUB-2]", () => {
    const waiting = (): SaStory => {
      const story = new SaStory({ timing: { horizon: 500 } })
      story.tell(asks(VF1, 1))
      story.tell(asks(VF2, 1))
      story.tell(passes(500))
      return story
    }
    expect(waiting().tell(informed(1))).toEqual(["to 1: 81 0", "to 2: 81 0"])
    expect(waiting().tell(informed(1, 0x100))).toEqual(["to 1: 81 256", "subscribe 64 #2"])
    const late = waiting()
    late.tell(passes(1))
    expect(late.tell(informed(1, 0x100))).toEqual(["to 1: 81 256", "horizon of 2"])
  })
})

describe("the SA's answer to an InformInfo", () => {
  it("is given from here to the next who asks; who has the subscription is told in the order of functions [SQP-SUB-2, SQP-SUB-6]", () => {
    const story = new SaStory()
    story.tell(asks(VF2, 1))
    story.tell(informed(1))
    expect(story.tell(asks(VF1, 1))).toEqual(["to 1: 81 0"])
    expect(story.state.subscriptions.map(({ subscribers }) => subscribers)).toEqual([[VF1, VF2]])
    const handed = story.tell(reported(0x77)).filter((each) => each !== "response")
    expect(handed.map((each) => each.slice(0, 4))).toEqual(["to 1", "to 2"])
  })

  it("takes the subscription of all whose re-subscribe it refuses [SQP-SUB-3]", () => {
    const story = subscribed()
    story.tell(asks(VF2, 1))
    expect(story.tell(REREGISTER)).toEqual(["re-subscribe 64 #2"])
    expect(story.tell(informed(2, 0x100))).toEqual([])
    expect(story.state.subscriptions).toEqual([])
  })

  it("that refuses a repeated subscribe lets another copy succeed [SQP-SUB-3, SQP-SUB-1]", () => {
    const story = new SaStory({ timing: { saRetries: 1 } })
    story.tell(asks(VF1, 1))
    expect(story.tell(passes(1000))).toEqual(["retry 64 #1"])
    expect(story.tell(informed(1, 0x100))).toEqual(["to 1: 81 256"])
    expect(story.tell(informed(1))).toEqual(["undo 64 #2"])
    const once = new SaStory({ timing: { saRetries: 1 } })
    once.tell(asks(VF1, 1))
    once.tell(informed(1, 0x100))
    expect([once.state.givenUp, once.resting]).toEqual([[], [1]])
    const twice = new SaStory({ timing: { saRetries: 1 } })
    for (const event of [asks(VF1, 1), passes(1000), informed(1)]) twice.tell(event)
    expect([twice.state.givenUp, twice.resting]).toEqual([[], [1]])
  })

  it("that grants what nobody has any more is undone, of a re-subscribe ended [SQP-SUB-1]", () => {
    const asking = new SaStory()
    asking.tell(asks(VF1, 1))
    expect(asking.tell(reset(VF1))).toEqual(["function-gone of 1"])
    expect(asking.tell(informed(1))).toEqual(["undo 64 #2"])
    const again = subscribed()
    again.tell(REREGISTER)
    again.tell(reset(VF1))
    expect(again.tell(informed(2))).toEqual(["unsubscribe 64 #3"])
  })

  it("is none of another attribute, and the request goes on [SQP-SUB-3, SQP-MC-13]", () => {
    const STALE = ["sa-answer-stale of nobody"]
    const story = new SaStory()
    story.tell(asks(VF1, 1))
    expect(story.tell(answered(1, "a"))).toEqual(STALE)
    story.tell(joins(VF1, "a"))
    expect(story.tell(informed(2))).toEqual(STALE)
    expect(story.tell(informed(1))).toEqual(["to 1: 81 0"])
    expect(story.tell(answered(2, "a"))).toEqual(["to 1: 81 0"])
  })

  it("to what was given up is none but a grant of that attribute [SQP-SUB-1, SQP-MC-13]", () => {
    const STALE = ["sa-answer-stale of nobody"]
    const story = unanswered()
    story.tell(joins(VF1, "a"))
    story.tell(passes(1000))
    expect(story.state.givenUp.map(({ asked }) => asked._tag)).toEqual(["subscribe", "join"])
    expect(story.tell(answered(1, "a"))).toEqual(STALE)
    expect(story.tell(informed(1, 0x100))).toEqual(STALE)
    expect(story.tell(informed(2))).toEqual(STALE)
    expect(story.tell(answered(2, "a", {}, 0x100))).toEqual(STALE)
    expect([story.state.groups, story.state.subscriptions]).toEqual([[], []])
    expect(story.tell(informed(1))).toEqual(["undo 64 #3"])
    expect(story.tell(answered(2, "a"))).toEqual(["undo a 1 #4"])
  })
})

describe("an InformInfo that the SA does not answer", () => {
  it("and that unsubscribes has ended the subscription, and is forgotten [SQP-SUB-1]", () => {
    const story = subscribed()
    expect(story.tell(asks(VF1, 0))).toEqual(["to 1: 81 0", "unsubscribe 64 #2"])
    expect(story.tell(passes(1000))).toEqual([])
    expect([story.state.subscriptions, story.state.givenUp]).toEqual([[], []])
    expect(story.tell(informed(2))).toEqual(["response-unasked of nobody"])
  })

  it("and that subscribes again is not asked again at once; a late grant is one [SQP-SUB-7]", () => {
    const story = subscribed()
    story.tell(REREGISTER)
    expect(story.tell(passes(1000))).toEqual([])
    expect(story.state.subscriptions).toMatchObject([{ held: false, again: false, subscribers: [1] }])
    expect(story.tell(informed(2))).toEqual([])
    expect(story.state.subscriptions).toMatchObject([{ held: true }])
  })

  it("before an event of the port makes the SA hold nothing that somebody has [SQP-SUB-1, SQP-SUB-7]", () => {
    const story = subscribed()
    story.tell(REREGISTER)
    story.tell(passes(1000))
    expect(story.tell(REREGISTER)).toEqual(["re-subscribe 64 #3"])
    expect(story.tell(informed(2))).toEqual([])
    expect(story.state.subscriptions).toMatchObject([{ held: false }])
    story.tell(informed(3))
    expect(story.state.subscriptions).toMatchObject([{ held: true }])
  })

  it("before an event of the port is undone when nobody has it [SQP-SUB-1]", () => {
    const story = unanswered()
    expect(story.tell(REREGISTER)).toEqual([])
    expect(story.tell(informed(1))).toEqual(["undo 64 #2"])
  })

  it("keeps what a late answer to another gave [SQP-SUB-1]", () => {
    const story = unanswered()
    expect(story.tell(asks(VF1, 1))).toEqual(["subscribe 64 #2"])
    expect(story.tell(informed(1))).toEqual([])
    expect(story.tell(passes(1000))).toEqual(["sa-timeout of 1", "unsubscribe 64 #3"])
  })
})

describe("the PF context's own subscription", () => {
  it("is ended as late as the last that nobody saw may have happened, whatever else happened then [SQP-CHK-8, SQP-SUB-11]", () => {
    const story = new SaStory({ groupNotices: true, timing: { slack: 10 } })
    const granted = (n: number) => [answered(n, "a"), informed(n + 1, 0, 67)]
    for (const event of [joins(VF1, "a"), ...granted(1), REREGISTER, ...granted(3)]) story.tell(event)
    expect(story.tell(passes(58_999))).toEqual([])
    expect(story.tell(asks(VF2, 1))).toEqual(["subscribe 64 #5"])
    const within: Event = { _tag: "TimePasses", ms: 1_001, within: 20 }
    expect(story.tell(within)).toEqual(["leave a 1 #6", "sa-timeout of 2", "unsubscribe 67 #7"])
    const late = story.state.subscriptions.map(({ filter, transaction }) => [filter.trapNumber, transaction?.late])
    expect(late).toEqual([[67, 10]])
  })

  it("that the SA refuses is asked for after the next event of the port, not before [SQP-SUB-11]", () => {
    const story = new SaStory({ groupNotices: true })
    story.tell(joins(VF1, "a"))
    expect(story.tell(answered(1, "a"))).toEqual(["to 1: 81 0", "re-subscribe 67 #2"])
    expect(story.tell(informed(2, 0x100, 67))).toEqual([])
    expect(story.tell(passes(1))).toEqual([])
    expect(story.tell(REREGISTER)).toEqual(["re-join a 1 #3", "re-subscribe 67 #4"])
  })

  it("is not asked for while a function has the same, or the SA is asked for it [SQP-SUB-11]", () => {
    const story = new SaStory({ groupNotices: true })
    story.tell(asks(VF2, 1, 67))
    story.tell(joins(VF1, "a"))
    expect(story.tell(answered(2, "a"))).toEqual(["to 1: 81 0"])
    expect(story.tell(informed(1, 0, 67))).toEqual(["to 2: 81 0"])
    story.tell(leaves(VF1, "a"))
    story.tell(answered(3, "a"))
    story.tell(joins(VF1, "b"))
    expect(story.tell(answered(4, "b"))).toEqual(["to 1: 81 0"])
  })

  it("is begun again when nobody answers that it was ended [SQP-SUB-11]", () => {
    const story = new SaStory({ groupNotices: true })
    story.tell(joins(VF1, "a"))
    story.tell(answered(1, "a"))
    story.tell(informed(2, 0, 67))
    expect(story.tell(leaves(VF1, "a"))).toEqual(["to 1: 95 0", "leave a 1 #3", "unsubscribe 67 #4"])
    story.tell(joins(VF2, "b"))
    expect(story.tell(answered(5, "b"))).toEqual(["to 2: 81 0"])
    expect(story.tell(passes(1000))).toEqual(["re-subscribe 67 #6"])
  })

  it("is none while index 0 has no P_Key [SQP-SUB-11]", () => {
    const story = new SaStory({ groupNotices: true })
    story.tell(joins(VF1, "a"))
    story.tell(answered(1, "a", { pkey: 0 }))
    story.tell(informed(2, 0, 67))
    expect(story.tell({ _tag: "PkeysChanged", pkeys: [0, 0xffff] })).toEqual(["unsubscribe 67 #3"])
    expect(story.state.groups).toMatchObject([{ members: [{ function: VF1 }] }])
  })
})

describe("an ending", () => {
  it("of a function's P_Keys refuses what it asked for, in the order of partitions [SQP-SUB-12]", () => {
    const story = new SaStory({ port: { pkeys: [0xffff, 0x8002, 0x8010] }, pkeyMaps: [[], [1, 2], [0]] })
    const asksIn = (pkeyIndex: number) => {
      const asked = saMad(METHOD.SET, ATTRIBUTE.INFORM_INFO, 9 + pkeyIndex, inform(1))
      return egress(VF1, asked, { dlid: SM_LID, pkeyIndex })
    }
    expect(story.tell(asksIn(1))).toEqual(["subscribe 64 #1"])
    expect(story.tell(asksIn(0))).toEqual(["subscribe 64 #2"])
    const refused = story.does({ _tag: "PkeyMapChanged", function: VF1, map: [null, null] })
      .flatMap((action) => (action._tag === "ToFunction" ? [[action.mad.status, action.mad.tid]] : []))
    expect(refused).toEqual([[0x0200, tid(9)], [0x0200, tid(10)]])
  })

  it("of a partition of the port forgets what was given up there, and nothing else [SQP-SUB-13]", () => {
    const story = new SaStory({ pkeyMaps: [[], [0, 1], [0]] })
    const asked = saMad(METHOD.SET, ATTRIBUTE.INFORM_INFO, 9, inform(1))
    const second = egress(VF1, asked, { dlid: SM_LID, pkeyIndex: 1 })
    for (const event of [asks(VF1, 1), second, joins(VF1, "a")]) story.tell(event)
    expect(story.tell(passes(1000))).toEqual(["sa-timeout of 1", "sa-timeout of 1", "sa-timeout of 1"])
    expect(story.tell({ _tag: "PkeysChanged", pkeys: [0xffff, 0x8003] })).toEqual([])
    expect(story.state.givenUp.map(({ wireTid }) => wireTid)).toEqual([tid(1), tid(3)])
    expect(story.resting).toEqual([2])
  })

  it("of a subscription leaves those of others [SQP-SUB-1]", () => {
    const story = subscribed()
    story.tell(asks(VF2, 1, 65))
    story.tell(informed(2, 0, 65))
    story.tell(asks(VF1, 0))
    story.tell(informed(3))
    const { subscriptions } = story.state
    expect(subscriptions).toMatchObject([{ filter: { trapNumber: 65 }, subscribers: [2], held: true }])
  })

  it("that the SA was told before a reregister is told again [SQP-SUB-7]", () => {
    const story = subscribed()
    story.tell(asks(VF1, 0))
    expect(story.tell(REREGISTER)).toEqual(["unsubscribe 64 #3"])
    expect(story.tell(informed(3))).toEqual([])
    expect(story.state.subscriptions).toEqual([])
  })

  it("waits for an SM [SQP-SUB-1]", () => {
    const story = subscribed()
    expect(story.tell(NO_SM)).toEqual([])
    expect(story.tell(reset(VF1))).toEqual([])
    expect(story.tell(SM_AGAIN)).toEqual(["unsubscribe 64 #2"])
  })

  it("of the PF context ends what the SA holds, once, and forgets the rest [SQP-LIFE-3]", () => {
    const story = unanswered()
    const events = [
      asks(VF1, 1, 65), informed(2, 0, 65), asks(VF2, 1, 66), informed(3, 0, 66), asks(VF2, 0, 66),
      asks(VF1, 1, 67), asks(VF2, 1, 67)
    ]
    for (const event of events) story.tell(event)
    expect(story.tell({ _tag: "Stop" }))
      .toEqual(["unsubscribe 65 #6", "function-gone of 1", "function-gone of 2"])
    expect([story.state.subscriptions, story.state.givenUp]).toEqual([[], []])
    expect(story.resting).toEqual([1, 2, 3, 4, 5, 6])
  })

  it("of the PF context ends its own subscription, or without an SM sends nothing [SQP-LIFE-3]", () => {
    const begun = (): SaStory => {
      const story = new SaStory({ groupNotices: true })
      for (const event of [joins(VF1, "a"), answered(1, "a"), informed(2, 0, 67)]) story.tell(event)
      return story
    }
    expect(begun().tell({ _tag: "Stop" })).toEqual(["leave a 1 #3", "unsubscribe 67 #4"])
    const lonely = begun()
    lonely.tell(NO_SM)
    expect(lonely.tell({ _tag: "Stop" })).toEqual([])
    expect(lonely.resting).toEqual([1, 2])
  })
})

describe("a filter", () => {
  const ANY: InformInfo = inform(1)
  const notice: Notice = {
    _tag: "notice", isGeneric: 1, type: 3, producerType: 4, trapNumber: 64, issuerLid: Lid(7),
    gidAddr: mgid("a"), issuerGid: gid(9)
  }

  it.each<[string, boolean, Partial<InformInfo>]>([
    ["any type, producer and LID", true, {}],
    ["what is not generic", false, { isGeneric: 0 }],
    ["the type", true, { type: 3 }],
    ["another type", false, { type: 4 }],
    ["any trap", true, { trapNumber: 0xffff }],
    ["another trap", false, { trapNumber: 65 }],
    ["the producer", true, { producerType: 4 }],
    ["another producer", false, { producerType: 5 }],
    ["the issuer's LID", true, { lidRangeBegin: Lid(7), lidRangeEnd: Lid(7) }],
    ["LIDs below", false, { lidRangeBegin: Lid(1), lidRangeEnd: Lid(6) }],
    ["LIDs above", false, { lidRangeBegin: Lid(8), lidRangeEnd: Lid(9) }],
    ["the issuer's GID", true, { gid: gid(9), lidRangeBegin: Lid(1) }],
    ["another GID", false, { gid: gid(8) }]
  ])("for %s, of a Report of trap 64 from LID 7: %s [SQP-SUB-6]", (_, expected, change) => {
    const { _tag, qpn, subscribe, ...filter } = { ...ANY, ...change }
    expect([_tag, qpn, subscribe]).toEqual(["informInfo", 1, 1])
    expect(matchesNotice({ ...filter, partition: 0x7fff }, notice)).toBe(expected)
  })
})
