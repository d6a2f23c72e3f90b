/** Short histories that break the invariants of Reports and of who is refused, and neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { type FunctionId, Lid, Qpn, type Tid } from "../model/ids.ts"
import { type Observation, observeAll } from "../model/invariants.ts"
import { subscriptionInvariants } from "../model/invariants-subscriptions.ts"
import type { Mad } from "../model/mad.ts"
import { later } from "./guid-story.ts"
import { breaksInOthersPlace, broken, dropped, hears, seen, sends, toFunction, toWire } from "./invariant-story.ts"
import { swap } from "./renamed.ts"
import { ask, egress, ingress, mad, PF, SA, SM_LID, tid, VF1, VF2 } from "./small-world.ts"
import { asksSa, isTold, saAnswers, type Unlike, wants } from "./subscription-seen.ts"

const wrong = broken(subscriptionInvariants())
const all = <T>(each: ReadonlyArray<T>, is: ReadonlyArray<string>) => each.map(() => is)
const NO = { status: 0x0200 }

const report = (n: number | Tid, change: Partial<Mad> = {}): Mad =>
  mad({ mgmtClass: SA, method: 0x06, attributeId: 0x02, tid: typeof n === "number" ? tid(n) : n, ...change })
/** The SA reports with its TID 9, and this comes of it. */
const reports = (...actions: ReadonlyArray<Action>): Observation =>
  seen(ingress(report(9), { slid: SM_LID }), ...actions)
/** The PF context answers a Report. */
const responds = (n = 9, to = SM_LID, change: Partial<Mad> = {}) =>
  toWire(null, report(n, { method: 0x86, ...change }), { dlid: to })
/** A function is handed a copy. */
const copy = (fn: FunctionId, n: number | Tid = 1) => toFunction(fn, report(n))
/** VF1 and VF2 are subscribers. */
const subscribed = [saAnswers(64, 1, {}, isTold(VF1, 64, 7)), saAnswers(64, 2, {}, isTold(VF2, 64, 7))]

describe("a refusal of the SA", () => {
  const refuses = (unlike: Unlike, ...actions: ReadonlyArray<Action>) =>
    wrong(saAnswers(64, 1, unlike, ...actions))
  const refusal = (fn: FunctionId, of: Partial<Mad> = {}) => isTold(fn, 64, 7, { ...NO, of })

  it("reaches one function at most [SQP-SUB-3]", () => {
    expect([refuses(NO, refusal(VF1)), refuses(NO, refusal(VF1), refusal(VF2)), refuses(NO)])
      .toEqual([[], ["SQP-SUB-3"], []])
    expect([refuses(NO, refusal(VF1), isTold(VF2, 64, 7)), refuses({}, refusal(VF1), refusal(VF2))])
      .toEqual([[], []])
    const others = [{ attributeId: 0x38 }, { mgmtClass: 0x04 }, { method: 0x92 }]
    for (const of of others) {
      expect([
        refuses(NO, refusal(VF1), refusal(VF2, of)), refuses({ ...NO, of }, refusal(VF1), refusal(VF2))
      ]).toEqual([[], []])
    }
    expect(refuses(NO, refusal(VF1), hears(VF2, "lid"), dropped(VF2, "function-full"))).toEqual([])
    expect(wrong(later(0, refusal(VF1), refusal(VF2)))).toEqual([])
    expect(wrong(seen(malformed, refusal(VF1), refusal(VF2)))).toEqual([])
  })
})

const malformed: Event = { ...ingress(ask), mad: { _tag: "malformed", lengthBytes: 8 } }

describe("a Report", () => {
  it("has one answer, to where it came from and with its TID, if functions are handed it [SQP-SUB-5]", () => {
    expect([
      wrong(...subscribed, reports(responds(), copy(VF1))), wrong(...subscribed, reports(copy(VF1))),
      wrong(reports())
    ]).toEqual([[], ["SQP-SUB-5"], []])
    const bad = [
      reports(responds(), responds()), reports(responds(8)), reports(responds(9, Lid(7))),
      reports(responds(8), responds())
    ]
    expect(bad.map((each) => wrong(each))).toEqual(all(bad, ["SQP-SUB-5"]))
    expect([
      wrong(reports(responds(), asksSa(64, 1), hears(VF1, "lid"))),
      wrong(reports(dropped(null, "report-source")))
    ]).toEqual([[], []])
    const from = (srcQp: number) =>
      wrong(seen(ingress(report(9), { slid: SM_LID, srcQp: Qpn(srcQp) }), responds()))
    expect([from(1), from(2), from(0)]).toEqual([[], ["SQP-SUB-5"], ["SQP-SUB-5"]])
  })

  it("alone is answered so [SQP-SUB-5]", () => {
    const other = [{ attributeId: 0x03 }, { mgmtClass: 0x04 }, { method: 0x05 }]
    expect(other.map((of) => wrong(seen(ingress(report(9, of), { slid: SM_LID }), responds()))))
      .toEqual(all(other, ["SQP-SUB-5"]))
    const unlike = [{ attributeId: 0x03 }, { mgmtClass: 0x04 }, { method: 0x81 }]
    expect(unlike.map((of) => wrong(seen(ingress(ask), responds(9, SM_LID, of))))).toEqual(all(unlike, []))
    expect(unlike.map((of) => wrong(...subscribed, reports(responds(9, SM_LID, of), copy(VF1)))))
      .toEqual(all(unlike, ["SQP-SUB-5"]))
    expect([wrong(seen(malformed, responds())), wrong(later(0, responds()))]).toEqual([[], []])
    expect(wrong(...subscribed, reports(toFunction(VF1, ask)))).toEqual([])
  })

  it("reaches subscribers, each once, under one TID of ours [SQP-SUB-6]", () => {
    const handed = (...copies: ReadonlyArray<Action>) => wrong(...subscribed, reports(responds(), ...copies))
    expect([handed(copy(VF1), copy(VF2)), handed(copy(VF2)), handed()]).toEqual([[], [], []])
    expect([handed(copy(PF)), handed(copy(VF1), copy(VF1)), handed(copy(VF1), copy(VF2), copy(PF))])
      .toEqual([["SQP-SUB-6"], ["SQP-SUB-6"], ["SQP-SUB-6"]])
    expect([handed(copy(VF1), copy(VF2, 2)), handed(copy(VF1, 0)), handed(copy(VF1, 1), copy(VF2, 0))])
      .toEqual([["SQP-SUB-6"], ["SQP-SUB-6"], ["SQP-SUB-6"]])
    const [wide, tail] = ["0000000100000000", "0000000010000000"].map((of) => handed(copy(VF1, of as Tid)))
    expect([wide, tail]).toEqual([["SQP-SUB-6"], []])
    expect(handed(hears(PF, "lid"), dropped(PF, "function-full"), toFunction(PF, ask))).toEqual([])
  })

  it("comes from the SA: no copy comes of anything else [SQP-SUB-6]", () => {
    const events: ReadonlyArray<Event> = [
      ingress(ask), malformed, { _tag: "TimePasses", ms: 0 }, egress(VF1, report(9))
    ]
    expect(events.map((event) => wrong(...subscribed, seen(event, responds(), copy(VF1))).at(-1)))
      .toEqual(events.map(() => "SQP-SUB-6"))
    expect(wrong(...subscribed, later(0, hears(VF1, "lid"), toFunction(VF1, ask)))).toEqual([])
  })
})

describe("who is a subscriber", () => {
  const handed = (fn: FunctionId, ...history: ReadonlyArray<Observation>) =>
    wrong(...history, reports(responds(), copy(fn)))
  const one = saAnswers(64, 1, {}, isTold(VF1, 64, 7))

  it("was told so since it last ended [SQP-SUB-6]", () => {
    expect([handed(VF1, one), handed(VF2, one), handed(VF1)]).toEqual([[], ["SQP-SUB-6"], ["SQP-SUB-6"]])
    expect(handed(VF1, wants(VF1, 64, 7, {}, isTold(VF1, 64, 7)))).toEqual([])
    const others = [
      isTold(VF1, 64, 7, NO), isTold(VF1, 64, 7, { of: { attributeId: 0x38 } }),
      isTold(VF1, 64, 7, { of: { method: 0x02 } })
    ]
    expect(others.map((told) => handed(VF1, later(0, told)))).toEqual(all(others, ["SQP-SUB-6"]))
    expect(handed(VF1, later(0, isTold(VF1, 64, 7, { of: { mgmtClass: 0x04 } })))).toEqual(["SQP-SUB-6"])
    const ends: ReadonlyArray<Event> = [
      { _tag: "Detach", function: VF1 }, { _tag: "Reset", function: VF1 }, { _tag: "Stop" }
    ]
    expect(ends.map((end) => handed(VF1, ...subscribed, seen(end)))).toEqual(all(ends, ["SQP-SUB-6"]))
    expect(ends.map((end) => handed(VF2, ...subscribed, seen(end)))).toEqual([[], [], ["SQP-SUB-6"]])
    expect([handed(VF1, one, seen({ _tag: "Attach", function: VF1 })), handed(VF1, one, sends(VF1, ask))])
      .toEqual([[], []])
    expect(handed(VF1, one, seen({ _tag: "Reset", function: VF1 }, isTold(VF1, 64, 7)))).toEqual([])
  })

  it("may be who was not told anything, for its ring was full [SQP-SUB-6]", () => {
    expect(handed(VF1, saAnswers(64, 1, {}, dropped(VF1, "function-full")))).toEqual([])
    const others = [dropped(VF1, "no-sm"), dropped(VF2, "function-full"), dropped(null, "function-full")]
    expect(others.map((drop) => handed(VF1, saAnswers(64, 1, {}, drop)))).toEqual(all(others, ["SQP-SUB-6"]))
    const waits: Action = { _tag: "Defer", function: VF1, qp: 1, reason: "function-full" }
    expect(handed(VF1, later(0, waits))).toEqual(["SQP-SUB-6"])
  })

  it("is another where functions change places [SQP-SUB-6]", () => {
    const inPlace = (fn: FunctionId) =>
      breaksInOthersPlace("A Report reaches each subscriber once", [one], reports(responds(), copy(fn)))
    expect([inPlace(VF1), inPlace(VF2)]).toEqual([true, false])
    const two = subscribed.reduce(observeAll, subscriptionInvariants().map((each) => each.start()))
    expect(two.map((monitor) => monitor.renamed(swap).memory)).toEqual(two.map(({ memory }) => memory))
  })
})

describe("what asks the SA for notices", () => {
  it("bears the port's identity alone: QPN 1, no SM_Key, Subscribe 0 or 1 [SQP-SUB-8]", () => {
    const leaves = (unlike: Unlike) => wrong(later(0, hears(VF1, "lid"), asksSa(64, 1, unlike)))
    expect([
      leaves({}), leaves({ subscribe: 0 }), leaves({ of: { sa: null } }),
      leaves({ of: { body: { _tag: "opaque" } } })
    ]).toEqual([[], [], [], []])
    const bad: ReadonlyArray<Unlike> = [
      { subscribe: 2 }, { filter: { qpn: Qpn(2) } }, { filter: { qpn: Qpn(0) } },
      { of: { sa: { smKey: "0000000000000001" } } },
      { of: { sa: { smKey: "1000000000000000" } } }
    ]
    expect(bad.map(leaves)).toEqual(all(bad, ["SQP-SUB-8"]))
    expect(leaves({ subscribe: 2, of: { method: 0x81 } })).toEqual([])
    expect(wrong(later(0, asksSa(64, 1), asksSa(64, 1, { subscribe: 2 })))).toEqual(["SQP-SUB-8"])
    expect(wrong(later(0, toFunction(VF1, asksSa(64, 1, { subscribe: 2 }).mad)))).toEqual([])
  })

  it("is no answer of a function to a Report: that does not leave [SQP-SUB-10]", () => {
    const answers = report(1, { method: 0x86 })
    expect([
      wrong(sends(VF1, answers, toWire(VF1, answers))),
      wrong(sends(VF1, answers, dropped(VF1, "report-answered")))
    ]).toEqual([["SQP-SUB-10"], []])
    const others = [{ attributeId: 0x35 }, { mgmtClass: 0x04 }, { method: 0x81 }]
    expect(others.map((of) => wrong(sends(VF1, { ...answers, ...of }, toWire(VF1, answers)))))
      .toEqual(all(others, []))
    expect([wrong(later(0, toWire(null, ask))), wrong(reports(responds()))]).toEqual([[], []])
    const bytes = { ...egress(VF1, answers), mad: { _tag: "malformed", lengthBytes: 8 } } as const
    expect(wrong(seen(bytes, toWire(VF1, answers)))).toEqual([])
  })
})
