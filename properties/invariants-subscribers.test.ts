/** Short histories that break the invariants of what subscribers are told, and neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import { observeAll, violations } from "../model/invariants.ts"
import { subscriptionSaInvariants } from "../model/invariants-subscription-sa.ts"
import { afterEvent, nothingAsked } from "../model/invariants-subscription-ledger.ts"
import { later } from "./guid-story.ts"
import { broken, deferred, dropped, hears, seen, started } from "./invariant-story.ts"
import { ask, ingress, tid, VF1, VF2 } from "./small-world.ts"
import {
  asking, asksSa, both, END, ends, has, isTold, reset, saAnswers, subscriptionWorld, wants
} from "./subscription-seen.ts"

const wrong = broken(subscriptionSaInvariants(subscriptionWorld()))
const all = <T>(each: ReadonlyArray<T>, is: ReadonlyArray<string>) => each.map(() => is)

describe("a function", () => {
  it("is told of a subscription only when the SA holds it, or may [SQP-SUB-2]", () => {
    expect([wrong(...both), wrong(started, wants(VF2, 64, 8, {}, isTold(VF2, 64, 8)))])
      .toEqual([[], ["SQP-SUB-2"]])
    expect([
      wrong(...asking, wants(VF2, 64, 8, {}, isTold(VF2, 64, 8))),
      wrong(...has, wants(VF2, 65, 8, {}, isTold(VF2, 65, 8)))
    ]).toEqual([["SQP-SUB-2"], ["SQP-SUB-2"]])
    const refused = { status: 0x0200 }
    expect(wrong(started, wants(VF2, 64, 8, {}, isTold(VF2, 64, 8, refused)))).toEqual([])
    expect(wrong(...asking, saAnswers(64, 1, refused, isTold(VF1, 64, 7, refused)))).toEqual([])
    expect(wrong(...asking, saAnswers(64, 1, refused, isTold(VF1, 64, 7)))).toEqual(["SQP-SUB-2"])
    const ended = [...has, ends(asksSa(64, 2, END))]
    expect(wrong(...ended, wants(VF1, 64, 9, {}, isTold(VF1, 64, 9)))).toEqual(["SQP-SUB-2"])
    expect(wrong(...ended, saAnswers(64, 2, END), wants(VF1, 64, 9, {}, isTold(VF1, 64, 9))))
      .toEqual(["SQP-SUB-2"])
    expect(wrong(...has, seen({ _tag: "Stop" }), started, wants(VF1, 64, 9, {}, isTold(VF1, 64, 9))))
      .toEqual(["SQP-SUB-2"])
  })

  it("is granted only what it asked for, in a partition that it still has [SQP-SUB-12]", () => {
    const others = [
      isTold(VF1, 64, 8), isTold(VF2, 64, 7), isTold(VF1, 64, 7, { pkeyIndex: 1 }), isTold(VF1, 65, 7)
    ]
    expect(others.map((told) => wrong(...asking, saAnswers(64, 1, {}, told))))
      .toEqual(all(others, ["SQP-SUB-1", "SQP-SUB-12"]))
    expect(wrong(...asking, saAnswers(64, 1, {}, isTold(VF1, 64, 7), isTold(VF1, 64, 8, { status: 0x0200 }))))
      .toEqual([])
    const lost = seen({ _tag: "PkeyMapChanged", function: VF1, map: [null, 1] })
    expect(wrong(...asking, lost, saAnswers(64, 1, {}, asksSa(64, 2, END)))).toEqual([])
    expect(wrong(...asking, lost, saAnswers(64, 1, {}, isTold(VF1, 64, 7), asksSa(64, 2, END))))
      .toEqual(["SQP-SUB-12"])
    expect(wrong(...asking, reset(VF1), saAnswers(64, 1, {}, isTold(VF1, 64, 7), asksSa(64, 2, END))))
      .toEqual(["SQP-SUB-12"])
    expect(wrong(...has, saAnswers(64, 1, {}, isTold(VF1, 64, 7)))).toEqual([])
    expect(wrong(...has, later(1, isTold(VF1, 64, 7)))).toEqual(["SQP-SUB-12"])
    expect(wrong(...asking, saAnswers(64, 1, {}, isTold(VF1, 64, 7, { of: { body: { _tag: "opaque" } } }), asksSa(64, 2, END))))
      .toEqual(["SQP-SUB-12"])
  })

  it("is told by the index it asked with, whatever other index is of the same partition [SQP-SUB-12]", () => {
    const twice = broken(subscriptionSaInvariants(subscriptionWorld({
      port: { pkeys: [0xffff, 0x8001, 0x7fff] }, pkeyMaps: [[0], [0, 2], [0]]
    })))
    const waits = [started, wants(VF1, 64, 7, {}, asksSa(64, 1)), wants(VF1, 64, 7, { pkeyIndex: 1 })]
    const told = [0, 1].map((pkeyIndex) => twice(...waits, saAnswers(64, 1, {}, isTold(VF1, 64, 7, { pkeyIndex }))))
    expect(told).toEqual([[], []])
  })

  it("is told of what was granted where its index stood for two partitions, one after the other [SQP-SUB-2]", () => {
    const remapped = seen({ _tag: "PkeyMapChanged", function: VF1, map: [1, 0] })
    const second = wants(VF1, 64, 7, {}, asksSa(64, 2, { pkeyIndex: 1 }))
    expect(wrong(...asking, remapped, second, saAnswers(64, 2, {}, isTold(VF1, 64, 7)))).toEqual([])
    expect(wrong(...asking, remapped, second, saAnswers(64, 1, {}, isTold(VF1, 64, 7)))).toEqual([])
  })

  it("is told of each of its requests: an answer to one leaves the others waiting [SQP-SUB-12]", () => {
    const twice = [...asking, wants(VF1, 64, 8)]
    const told = saAnswers(64, 1, {}, isTold(VF1, 64, 7), isTold(VF1, 64, 8))
    expect([wrong(...twice, told), wrong(...asking, told)]).toEqual([[], ["SQP-SUB-12"]])
    expect(wrong(...twice, saAnswers(64, 1, {}, isTold(VF1, 64, 7)), later(0, isTold(VF1, 64, 8)))).toEqual([])
    const opaque = { of: { body: { _tag: "opaque" } } } as const
    expect(wrong(...has, wants(VF1, 64, 9, {}, isTold(VF1, 64, 9, opaque)))).toEqual([])
    expect(wrong(started, wants(VF1, 64, 9, opaque, isTold(VF1, 64, 9)))).toEqual(["SQP-SUB-12"])
  })

  it("waits no longer for an answer once it has asked a thousand times more [SQP-SUB-12]", () => {
    const all = subscriptionSaInvariants(subscriptionWorld())
    const begun = all.filter(({ requirement }) => requirement === "SQP-SUB-12").map((each) => each.start())
    const more = Array.from({ length: 1023 }, (_, n) => wants(VF1, 65, 100 + n))
    const busy = [...asking, ...more].reduce(observeAll, begun)
    const told = saAnswers(64, 1, {}, isTold(VF1, 64, 7))
    expect(violations(observeAll(busy, told))).toEqual([])
    expect(violations(observeAll(observeAll(busy, wants(VF1, 65, 99)), told))).toHaveLength(1)
  })

  it("has as many subscribes remembered, the latest, while it asks more and more often [SQP-SUB-12]", () => {
    const begin = subscriptionWorld()
    const after = afterEvent(begin)
    const [first] = after(asking.reduce(after, nothingAsked(begin)), wants(VF1, 64, 7)).wished
    const full = Array.from({ length: 1024 }, (_, n) => ({ ...first!, tid: tid(n + 100) }))
    const { wished } = after({ ...asking.reduce(after, nothingAsked(begin)), wished: full }, wants(VF1, 64, 7))
    expect(wished).toEqual([...full.slice(1), first])
  })

  it("is told by its TID, index and filter: one of several it waits for [SQP-SUB-12, SQP-SUB-2]", () => {
    const one = { pkeyIndex: 1 }
    const two = [started, wants(VF1, 64, 7, {}, asksSa(64, 1)), wants(VF1, 64, 7, one, asksSa(64, 2, one))]
    expect([
      wrong(...two, saAnswers(64, 1, {}, isTold(VF1, 64, 7))),
      wrong(...two, saAnswers(64, 2, {}, isTold(VF1, 64, 7, one)))
    ]).toEqual([[], []])
    expect([
      wrong(...two, saAnswers(64, 2, {}, isTold(VF1, 64, 7))),
      wrong(...two, saAnswers(64, 1, {}, isTold(VF1, 64, 7, one)))
    ]).toEqual([["SQP-SUB-1", "SQP-SUB-2"], ["SQP-SUB-1", "SQP-SUB-2"]])
    const other = [started, wants(VF1, 64, 7, {}, asksSa(64, 1)), wants(VF1, 65, 7, {}, asksSa(65, 2))]
    expect([
      wrong(...other, saAnswers(65, 2, {}, isTold(VF1, 65, 7))),
      wrong(...other, saAnswers(65, 2, {}, isTold(VF1, 64, 7)))
    ]).toEqual([[], ["SQP-SUB-1", "SQP-SUB-2"]])
  })
})

describe("an unsubscribe", () => {
  const answer = isTold(VF1, 64, 9, END)
  const refusal = isTold(VF1, 64, 9, { ...END, status: 0x0200 })
  const asks = (...actions: ReadonlyArray<Action>) => wants(VF1, 64, 9, END, ...actions)

  it("is answered at once, to its function, with its TID, unless it is dropped [SQP-SUB-4]", () => {
    expect([
      wrong(...both, asks(answer)), wrong(...both, asks()),
      wrong(...both, asks(dropped(VF1, "function-full"), asksSa(64, 2, END)))
    ]).toEqual([[], ["SQP-SUB-4"], ["SQP-SUB-4"]])
    expect([
      wrong(...both, asks(isTold(VF1, 64, 8, { ...END, status: 1 }))),
      wrong(...both, asks(isTold(VF2, 64, 9, { ...END, status: 1 })))
    ]).toEqual([["SQP-SUB-4"], ["SQP-SUB-4"]])
    expect([
      wrong(...both, asks(dropped(VF1, "class-policy"))), wrong(...both, asks(dropped(VF2, "class-policy")))
    ]).toEqual([[], ["SQP-SUB-4"]])
    expect(wrong(...both, asks(hears(VF1, "lid")))).toEqual(["SQP-SUB-4"])
    expect([
      wrong(...both, wants(VF1, 64, 9, { subscribe: 2 })),
      wrong(...both, wants(VF1, 64, 9, { ...END, pkeyIndex: 5 }))
    ]).toEqual([[], []])
    expect(wrong(...both, wants(VF1, 64, 9, { ...END, of: { body: { _tag: "opaque" } } }))).toEqual([])
    expect(wrong(...both, wants(VF1, 64, 9, { ...END, of: { method: 0x01 } }))).toEqual([])
  })

  it("is granted to who has the subscription, or may have it, and to nobody else [SQP-SUB-4]", () => {
    expect([wrong(started, asks(answer)), wrong(started, asks(refusal)), wrong(...both, asks(refusal))])
      .toEqual([["SQP-SUB-4"], [], ["SQP-SUB-4"]])
    expect(wrong(...both, ends(), asks(answer))).toEqual(["SQP-SUB-4"])
    expect(wrong(...both, asks(isTold(VF1, 64, 9, { ...END, status: 0x0100 })))).toEqual([])
    const theirs = [...asking, reset(VF1), wants(VF2, 64, 8), saAnswers(64, 1, {}, isTold(VF2, 64, 8))]
    expect([wrong(...theirs, asks(answer)), wrong(...theirs, asks(refusal))]).toEqual([["SQP-SUB-4"], []])
    const other = wants(VF1, 65, 9, END, isTold(VF1, 65, 9, END))
    expect(wrong(...both, other)).toEqual(["SQP-SUB-4"])
  })

  it("may be granted or refused to a function that may not have heard what it has [SQP-SUB-4]", () => {
    const unheard = [...asking, saAnswers(64, 1, {}, dropped(VF1, "function-full"))]
    expect([wrong(...unheard, asks(answer, asksSa(64, 2, END))), wrong(...unheard, asks(refusal))])
      .toEqual([[], []])
    const full = [...both, seen(ingress(ask), dropped(VF1, "function-full"))]
    expect([
      wrong(...full, asks(answer)), wrong(...full, asks(refusal)),
      wrong(...full, wants(VF2, 64, 9, END, isTold(VF2, 64, 9, { ...END, status: 0x0200 })))
    ]).toEqual([[], [], ["SQP-SUB-4"]])
    const nobody = [...both, seen(ingress(ask), dropped(null, "function-full"))]
    expect(wrong(...nobody, asks(refusal))).toEqual(["SQP-SUB-4"])
    const waits: Action = { _tag: "Defer", function: VF1, qp: 1, reason: "function-full" }
    for (const other of [dropped(VF1, "class-policy"), waits]) {
      expect(wrong(...both, seen(ingress(ask), other), asks(refusal))).toEqual(["SQP-SUB-4"])
    }
  })

  it("does not end what another function still has [SQP-SUB-4]", () => {
    expect([wrong(...both, ends(asksSa(64, 2, END))), wrong(...has, ends(asksSa(64, 2, END)))])
      .toEqual([["SQP-SUB-4"], []])
    expect(wrong(...has, later(0, asksSa(64, 2, END)))).toEqual(["SQP-SUB-4"])
    const ended = [
      ...has, ends(asksSa(64, 2, END)), wants(VF2, 64, 8, {}, asksSa(64, 3)),
      saAnswers(64, 3, {}, isTold(VF2, 64, 8))
    ]
    expect([wrong(...ended, later(0, asksSa(64, 2, END))), wrong(...ended, later(0, asksSa(64, 4, END)))])
      .toEqual([[], ["SQP-SUB-4"]])
  })
})

describe("the quota of subscriptions", () => {
  const second = [wants(VF1, 65, 8, {}, asksSa(65, 2)), saAnswers(65, 2, {}, isTold(VF1, 65, 8))]
  const third = [wants(VF1, 66, 9, {}, asksSa(66, 3)), saAnswers(66, 3, {}, isTold(VF1, 66, 9))]
  const refused = (fn = VF1, trap = 66) => wants(fn, trap, 9, {}, dropped(fn, "subscription-quota"))

  it("is not passed by what a function has, each counted once [SQP-SUB-9]", () => {
    expect([wrong(...has, ...second), wrong(...has, ...second, ...third)]).toEqual([[], ["SQP-SUB-9"]])
    expect(wrong(...has, ...second, wants(VF1, 64, 9, {}, isTold(VF1, 64, 9)))).toEqual([])
    expect(wrong(...has, ...second, wants(VF2, 64, 9, {}, isTold(VF2, 64, 9)))).toEqual([])
    expect(wrong(...has, ...second, wants(VF1, 64, 10, END, isTold(VF1, 64, 10, END), asksSa(64, 4, END)), ...third))
      .toEqual([])
  })

  it("refuses no function that has and asked for no more than that [SQP-SUB-9]", () => {
    expect([
      wrong(...has, refused()), wrong(...has, ...second, refused()), wrong(...has, ...second, refused(VF2))
    ]).toEqual([["SQP-SUB-9"], [], ["SQP-SUB-9"]])
    expect([wrong(...has, wants(VF1, 65, 8), refused()), wrong(...has, wants(VF1, 64, 8), refused())])
      .toEqual([[], ["SQP-SUB-9"]])
    expect([
      wrong(...has, ...second, reset(VF1, asksSa(64, 3, END), asksSa(65, 4, END)), refused()),
      wrong(...has, ...second, refused(VF1, 65))
    ]).toEqual([["SQP-SUB-9"], ["SQP-SUB-9"]])
    expect(wrong(...has, wants(VF1, 66, 9, {}, dropped(VF1, "pending-quota")))).toEqual([])
    expect(wrong(...has, wants(VF1, 66, 9, {}, hears(VF1, "lid"), dropped(VF1, "subscription-quota"))))
      .toEqual(["SQP-SUB-9"])
    // A foreign trace may give any reason why a MAD waits, and say so of any event.
    expect(wrong(...has, later(0, deferred(VF2, "subscription-quota"), dropped(VF1, "subscription-quota"))))
      .toEqual(["SQP-SUB-9"])
  })
})
