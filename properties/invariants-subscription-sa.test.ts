/** Short histories that break the invariants of what the SA is asked, and neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { Lid, Tid } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import { subscriptionSaInvariants } from "../model/invariants-subscription-sa.ts"
import { later } from "./guid-story.ts"
import {
  breaks, breaksInOthersPlace, broken, dropped, seen, sends, started, toFunction, toWire
} from "./invariant-story.ts"
import { ask, gid, ingress, mad, PF, SA, SM_LID, tid, VF1, VF2 } from "./small-world.ts"
import {
  asking, asksSa, both, END, ends, has, isTold, reset, saAnswers, subscriptionWorld, type Unlike, wants
} from "./subscription-seen.ts"

const wrong = broken(subscriptionSaInvariants(subscriptionWorld()))
const all = <T>(each: ReadonlyArray<T>, is: ReadonlyArray<string>) => each.map(() => is)
const noSm: Event = { _tag: "SmChanged", smLid: null, smSl: 0 }
const newSm: Event = { _tag: "SmChanged", smLid: Lid(2), smSl: 0 }
const sameSm: Event = { _tag: "SmChanged", smLid: SM_LID, smSl: 1 }
const reregister: Event = { _tag: "Reregister" }

describe("what the SA holds", () => {
  it("is being ended as soon as nobody has it [SQP-SUB-1]", () => {
    expect([wrong(...has), wrong(...has, ends()), wrong(...has, ends(asksSa(64, 2, END)))])
      .toEqual([[], ["SQP-SUB-1"], []])
    const leaves: ReadonlyArray<Event> = [
      { _tag: "Reset", function: VF1 }, { _tag: "Detach", function: VF1 },
      { _tag: "PkeyMapChanged", function: VF1, map: [null, 1] }
    ]
    expect(leaves.map((event) => wrong(...has, seen(event)))).toEqual(all(leaves, ["SQP-SUB-1"]))
    expect(leaves.map((event) => wrong(...has, seen(event, asksSa(64, 2, END))))).toEqual(all(leaves, []))
    expect(leaves.map((event) => wrong(...both, seen(event)))).toEqual(all(leaves, []))
    expect([wrong(...both, ends()), wrong(...has, reset(VF2))]).toEqual([[], []])
    expect(wrong(...has, wants(VF1, 65, 9, {}, asksSa(65, 2)), saAnswers(65, 2, {}, isTold(VF1, 65, 9)), ends()))
      .toEqual(["SQP-SUB-1"])
  })

  it("is not asked for of an SM that is unknown, or while the PF context is stopped [SQP-SUB-1]", () => {
    expect([wrong(...has, seen(noSm), reset(VF1)), wrong(...has, seen(noSm), reset(VF1), seen(newSm))])
      .toEqual([[], ["SQP-SUB-1"]])
    expect([
      wrong(...has, seen({ _tag: "Stop" })), wrong(...has, seen({ _tag: "Stop" }), reset(VF1), started)
    ]).toEqual([[], []])
    expect(wrong(...asking, reset(VF1), seen({ _tag: "Stop" }), saAnswers(64, 1))).toEqual([])
  })

  it("for nobody, of a request whose function ended, is ended, but while it is asked for again [SQP-SUB-1]", () => {
    const late = [...asking, reset(VF1)]
    expect([wrong(...late, saAnswers(64, 1)), wrong(...late, saAnswers(64, 1, {}, asksSa(64, 2, END)))])
      .toEqual([["SQP-SUB-1"], []])
    const others = [...late, wants(VF2, 64, 8, {}, asksSa(64, 2))]
    expect([0, 24, 25].map((ms) => wrong(...others, later(ms), saAnswers(64, 1))))
      .toEqual([[], [], ["SQP-SUB-1"]])
    const another = [...late, wants(VF2, 65, 8, {}, asksSa(65, 2))]
    expect(wrong(...another, saAnswers(64, 1))).toEqual(["SQP-SUB-1"])
    const unseen = [...late, seen({ _tag: "TimePasses", ms: 1, within: 5 }, asksSa(64, 1))]
    expect(wrong(...unseen)).toEqual([])
  })

  it("may be of a request that was given up, as long as that is remembered [SQP-SUB-1]", () => {
    const old = (ms: number) => wrong(...asking, reset(VF1), later(ms), saAnswers(64, 1))
    expect([54, 55].map(old)).toEqual([["SQP-SUB-1"], []])
    const within = [
      started, wants(VF1, 64, 7), seen({ _tag: "TimePasses", ms: 0, within: 5 }, asksSa(64, 1)), reset(VF1)
    ]
    expect([59, 60].map((ms) => wrong(...within, later(ms), saAnswers(64, 1)))).toEqual([["SQP-SUB-1"], []])
  })

  it("is nothing that the PF context wants itself, or in a partition that the port lost [SQP-SUB-1, SQP-SUB-13]", () => {
    const own = broken(subscriptionSaInvariants(subscriptionWorld({ groupNotices: true })))
    const begins = seen({ _tag: "TimePasses", ms: 0 }, asksSa(67, 1))
    expect([
      own(started, begins), own(started, begins, saAnswers(67, 1)),
      own(started, begins, saAnswers(67, 1), later(99))
    ]).toEqual([[], [], []])
    const lost = seen({ _tag: "PkeysChanged", pkeys: [0x8001, 0x8001] })
    expect([
      wrong(...has, lost), wrong(...has, lost, seen({ _tag: "PkeysChanged", pkeys: [0xffff, 0x8001] }))
    ]).toEqual([[], []])
    expect(wrong(...asking, reset(VF1), lost, saAnswers(64, 1))).toEqual([])
    expect(wrong(...has, seen({ _tag: "PkeysChanged", pkeys: [0x8001, 0x8001, 0x7fff] })))
      .toEqual(["SQP-SUB-1"])
  })
})

describe("the SA", () => {
  it("is asked again for what it holds only after a port event by which it may have lost it [SQP-SUB-2]", () => {
    const [again, atNewSm] = [asksSa(64, 2), asksSa(64, 2, { dlid: Lid(2) })]
    expect(wrong(...has, wants(VF2, 64, 8, {}, again))).toEqual(["SQP-SUB-2"])
    expect([wrong(...has, seen(reregister, again)), wrong(...has, seen(newSm, atNewSm))]).toEqual([[], []])
    expect([wrong(...has, seen(sameSm, again)), wrong(...asking, wants(VF2, 64, 8, {}, again))])
      .toEqual([["SQP-SUB-2"], []])
    expect([wrong(...has, wants(VF2, 65, 8, {}, asksSa(65, 2))), wrong(...asking, later(10, asksSa(64, 1)))])
      .toEqual([[], []])
    expect(wrong(...has, ends(asksSa(64, 2, END)), wants(VF1, 64, 9, {}, asksSa(64, 3)))).toEqual([])
    const renewed = [...has, seen(reregister, again)]
    expect([
      wrong(...renewed, wants(VF2, 64, 8, {}, asksSa(64, 3))),
      wrong(...renewed, saAnswers(64, 2), wants(VF2, 64, 8, {}, asksSa(64, 3)))
    ]).toEqual([[], ["SQP-SUB-2"]])
  })

  it("is asked for what functions have when it may have forgotten it, at its LID [SQP-SUB-7]", () => {
    expect([
      wrong(...has, seen(reregister)), wrong(...has, seen(newSm)), wrong(...has, seen(sameSm)),
      wrong(...has, seen(noSm))
    ]).toEqual([["SQP-SUB-7"], ["SQP-SUB-7"], [], []])
    expect([wrong(...asking, seen(reregister)), wrong(started, seen(reregister))]).toEqual([[], []])
    expect([
      wrong(...has, seen(newSm, asksSa(64, 2))), wrong(...has, seen(newSm, asksSa(64, 2, { dlid: Lid(2) })))
    ]).toEqual([["SQP-SUB-7"], []])
    expect(wrong(...has, seen(reregister, asksSa(65, 2)))).toEqual(["SQP-SUB-7", "SQP-SUB-11"])
    expect(wrong(...has, seen(reregister, asksSa(64, 2, END)))).toEqual(["SQP-SUB-4", "SQP-SUB-7"])
    const two = [...has, wants(VF2, 65, 8, {}, asksSa(65, 2)), saAnswers(65, 2, {}, isTold(VF2, 65, 8))]
    expect([
      wrong(...two, seen(reregister, asksSa(64, 3))),
      wrong(...two, seen(reregister, asksSa(64, 3), asksSa(65, 4)))
    ]).toEqual([["SQP-SUB-7"], []])
    const refused = [...has, seen(reregister, asksSa(64, 2)), saAnswers(64, 2, { status: 0x0200 })]
    expect(wrong(...refused, seen(reregister))).toEqual([])
    expect(wrong(...has, seen({ _tag: "Stop" }), seen(reregister))).toEqual([])
  })

  it("holds it again by an answer to what it was asked since, or by one from before if nobody has it [SQP-SUB-1, SQP-SUB-2]", () => {
    const again = [...asking, seen(reregister, asksSa(64, 2))]
    const asksMore = wants(VF2, 64, 8, {}, asksSa(64, 3))
    expect([wrong(...again, saAnswers(64, 1), asksMore), wrong(...again, saAnswers(64, 2), asksMore)])
      .toEqual([["SQP-SUB-2"], ["SQP-SUB-2"]])
    const late = [
      ...has, wants(VF2, 64, 8, {}, isTold(VF2, 64, 8)), seen(reregister, asksSa(64, 2)),
      seen(reregister, asksSa(64, 3))
    ]
    expect([
      wrong(...late, saAnswers(64, 2), asksMore),
      wrong(...late, saAnswers(64, 3), wants(VF1, 64, 9, {}, asksSa(64, 4)))
    ]).toEqual([[], ["SQP-SUB-2"]])
    const ending = [
      ...asking, reset(VF1), saAnswers(64, 1, {}, asksSa(64, 2, END)), wants(VF2, 64, 8, {}, asksSa(64, 3))
    ]
    expect([
      wrong(...ending, saAnswers(64, 3, {}, isTold(VF2, 64, 8))),
      wrong(...ending, saAnswers(64, 2, END), saAnswers(64, 3, {}, isTold(VF2, 64, 8)))
    ]).toEqual([[], []])
  })

  it("is asked in the name of a function that wants it or may have it, or of the PF context for deleted groups [SQP-SUB-11]", () => {
    expect([wrong(started, later(0, asksSa(64, 1))), wrong(...has, later(0, asksSa(65, 2)))])
      .toEqual([["SQP-SUB-11"], ["SQP-SUB-11"]])
    const refused = isTold(VF1, 64, 7, { ...END, status: 0x0200 })
    expect([
      wrong(started, wants(VF1, 64, 7), later(0, asksSa(64, 1))),
      wrong(started, wants(VF1, 64, 7, END, refused), later(0, asksSa(64, 1)))
    ]).toEqual([[], ["SQP-SUB-11"]])
    expect(wrong(started, wants(VF1, 64, 7), reset(VF1), later(0, asksSa(64, 1)))).toEqual(["SQP-SUB-11"])
    const own = broken(subscriptionSaInvariants(subscriptionWorld({ groupNotices: true })))
    const first = later(0, asksSa(67, 1))
    expect([own(started, first), wrong(started, first), own(started, later(0, asksSa(66, 1)))])
      .toEqual([[], ["SQP-SUB-11"], ["SQP-SUB-11"]])
    const other = later(0, asksSa(67, 1, { pkeyIndex: 1 }))
    expect([
      own(started, other), own(started, seen({ _tag: "PkeysChanged", pkeys: [0x8001, 0xffff] }), other)
    ]).toEqual([["SQP-SUB-11"], ["SQP-SUB-11"]])
    const odd: ReadonlyArray<Unlike["filter"]> = [
      { gid: gid(9) }, { type: 1 }, { producerType: 4 }, { isGeneric: 0 }, { lidRangeEnd: Lid(9) }
    ]
    for (const filter of odd) expect(own(started, later(0, asksSa(67, 1, filter ? { filter } : {})))).toEqual(["SQP-SUB-11"])
  })

  it("is told of an end only of what it was asked for, in that partition [SQP-SUB-13]", () => {
    const ending = asksSa(64, 2, END)
    expect([
      wrong(started, later(0, ending)), wrong(...asking, reset(VF1, ending)),
      wrong(...has, reset(VF1, asksSa(65, 2, END)))
    ]).toEqual([["SQP-SUB-13"], [], ["SQP-SUB-1", "SQP-SUB-13"]])
    expect(wrong(...has, reset(VF1, asksSa(64, 2, { subscribe: 0, pkeyIndex: 1 }))))
      .toEqual(["SQP-SUB-1", "SQP-SUB-13"])
    const lost = seen({ _tag: "PkeysChanged", pkeys: [0x8001, 0x8001] }, ending)
    expect([
      wrong(...has, lost), wrong(...has, seen({ _tag: "Stop" }, ending)),
      wrong(...has, seen({ _tag: "Stop" }), later(0, ending))
    ]).toEqual([["SQP-SUB-13"], [], ["SQP-SUB-13"]])
    expect(wrong(...has, seen({ _tag: "Stop" }, asksSa(65, 2, END)))).toEqual(["SQP-SUB-13"])
  })

  it("is told of no end under an index without a P_Key, even if it was asked under one before [SQP-SUB-13]", () => {
    const none = { pkeyIndex: 9 }
    const ended = breaks("What is ended at the SA was subscribed to", subscriptionWorld())
    expect(ended(...asking, later(1, asksSa(64, 2, END)))).toBeNull()
    expect(ended(started, wants(VF1, 64, 7, {}, asksSa(64, 1, none)), later(1, asksSa(64, 2, { ...END, ...none })))).toBe(2)
  })
})

describe("what is about subscriptions", () => {
  it("is an answer of the SA that is taken: to a wire TID by its low 32 bits, of any method [SQP-SUB-2]", () => {
    const wide = Tid("0000000100000001")
    const granted = wants(VF2, 64, 8, {}, isTold(VF2, 64, 8))
    const unfounded = breaks("A function is told of a subscription only when", subscriptionWorld())
    const answers = (n: number | Tid, unlike: Unlike = {}, ...actions: ReadonlyArray<Action>) =>
      unfounded(...asking, saAnswers(64, n, unlike, ...actions), granted)
    const taken = [
      answers(1), answers(wide), answers(1, { of: { method: 0x92 } }),
      answers(1, { of: { body: { _tag: "opaque" } } })
    ]
    expect([...taken, answers(1, {}, dropped(VF1, "function-full"))]).toEqual([null, null, null, null, null])
    const none = [
      answers(2), answers(1, { of: { method: 0x02 } }), answers(1, { of: { attributeId: 0x35 } }),
      answers(1, { of: { mgmtClass: 0x04 } }),
      answers(1, {}, dropped(null, "sa-answer-source"))
    ]
    expect(none).toEqual(none.map(() => 3))
  })

  it("is no answer to a request that a function sent itself, and nothing of another class or attribute [SQP-SUB-12]", () => {
    const stranger =
      seen(ingress(mad({ mgmtClass: SA, method: 0x81, attributeId: 0x03, tid: tid(5) })), isTold(VF1, 64, 7))
    expect(wrong(started, stranger)).toEqual([])
    const others = [{ mgmtClass: 0x04 }, { attributeId: 0x35 }, { method: 0x92 }]
    expect(others.map((of) => wrong(...asking, later(0, isTold(VF1, 64, 8, { of })))))
      .toEqual(all(others, []))
    expect(wrong(...asking, later(0, isTold(VF1, 64, 8)))).toEqual(["SQP-SUB-12"])
    const forwarded = wants(VF1, 64, 7, {}, toWire(VF1, asksSa(64, 1).mad))
    expect(wrong(started, forwarded, wants(VF2, 64, 8, {}, asksSa(64, 1)))).toEqual([])
    expect(wrong(started, sends(VF1, ask, toWire(null, mad({ mgmtClass: SA, method: 0x02, attributeId: 0x03 })))))
      .toEqual([])
    expect(wrong(started, later(0, toFunction(PF, ask)))).toEqual([])
  })

  it("is told of each function also when functions change places [SQP-SUB-1, SQP-SUB-4]", () => {
    const inPlace = (next: Observation) =>
      breaksInOthersPlace("What the SA holds and nobody has", has, next, subscriptionWorld())
    expect([inPlace(reset(VF1)), inPlace(reset(VF2)), inPlace(reset(VF2, asksSa(64, 2, END)))])
      .toEqual([false, true, false])
  })
})
