/** Short histories that break the invariants of transactions, and their neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { type Gid, Lid, NO_GID, Qpn, Tid } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import type { Cm, McMember } from "../model/mad.ts"
import { leavesAs, sidrRep, sidrReq } from "./cm-seen.ts"
import { apr, G, lap, mra, NEXT_WIRE, P, plain, rej, rep, req, WIRE } from "./cm-story.ts"
import { later, slotOf } from "./guid-story.ts"
import { dropped, seen, toFunction, toWire } from "./invariant-story.ts"
import { arrivingFor, gid, grhTo, guid, ingress, mad, PF, SA, SMP, tid, VF1, VF2 } from "./small-world.ts"
import { ACK, answered, asked, asks, breaksTids, DATA, handed, isRefused, replies, responds } from "./tid-seen.ts"

const wrong = breaksTids()
const ends = (_tag: "Detach" | "Reset", fn = VF1): Observation => seen({ _tag, function: fn })
const stop = seen({ _tag: "Stop" })
const first = asks(VF1, 7, 1)
/** What of a MAD or its address tells one request of a function from another: another class, place or QP. */
const otherwise: ReadonlyArray<NonNullable<Parameters<typeof asks>[3]>> = [
  { of: { mgmtClass: 0x06 } }, { at: { dlid: Lid(9) } }, { at: { remoteQpn: Qpn(9) } },
  { at: { qp: 0, remoteQpn: Qpn(1) } },
  { at: { grh: grhTo(gid(9)) } }
]

describe("a wire TID", () => {
  it("stands for one request until it may be forgotten, and rests then [SQP-TID-1, SQP-TID-6]", () => {
    const next = asks(VF2, 7, 1)
    expect([0, 19, 20, 34].map((ms) => wrong(first, later(ms), next)))
      .toEqual([["SQP-TID-1"], ["SQP-TID-1"], ["SQP-TID-6"], ["SQP-TID-6"]])
    expect(wrong(first, later(35), next)).toEqual([])
    expect(wrong(first, later(35), asks(VF1, 7, 1))).toEqual([])
    expect(wrong(first, asks(VF2, 7, 2))).toEqual([])
  })

  it("is one whatever its upper 32 bits are, and has none set, and lower ones [SQP-TID-1, SQP-TID-7]", () => {
    const left = (wire: string) => wrong(asks(VF1, 7, Tid(wire)))
    expect(["0000000000000001", "0000000010000000", "00000000ffffffff", "0000000001000000"].map(left))
      .toEqual([[], [], [], []])
    const wide = [
      "0000000100000001", "1000000000000001", "0000000000000000", "1000000000000000", "0000000100000000"
    ]
    expect(wide.map(left)).toEqual(wide.map(() => ["SQP-TID-7"]))
    expect(wrong(first, asks(VF2, 7, Tid("0000000100000001")))).toEqual(["SQP-TID-1", "SQP-TID-7"])
  })

  it("does not leave for two requests at once, and may for one that is repeated [SQP-TID-1]", () => {
    const [one, other] = [1, 8].map((joinState) => toWire(null, joining({ joinState })))
    if (!one || !other) throw new Error("two joins")
    expect([wrong(later(0, one, other)), wrong(later(0, one, one))]).toEqual([["SQP-TID-1"], []])
    expect(wrong(later(0, one, { ...other, mad: { ...other.mad, tid: tid(2) } }))).toEqual([])
  })

  it("is free for what leaves because of time when that time has passed [SQP-TID-1, SQP-TID-6]", () => {
    const after = (ms: number) => wrong(first, later(ms, toWire(null, joining())))
    expect([19, 20, 34, 35].map(after)).toEqual([["SQP-TID-1"], ["SQP-TID-6"], ["SQP-TID-6"], []])
  })

  it("rests from when its function ends, or from when it may have been forgotten before [SQP-TID-6]", () => {
    const next = asks(VF2, 7, 1)
    for (const end of [ends("Detach"), ends("Reset"), stop]) {
      expect([0, 14, 15].map((ms) => wrong(first, end, later(ms), next)))
        .toEqual([["SQP-TID-6"], ["SQP-TID-6"], []])
      expect([4, 5].map((ms) => wrong(first, later(30), end, later(ms), next))).toEqual([["SQP-TID-6"], []])
    }
    expect(wrong(first, ends("Detach", VF2), next)).toEqual(["SQP-TID-1"])
  })
})

/** A join of the PF context for groups of its port. */
const joining = (change: Partial<McMember> = {}, of: { readonly method?: number } = {}) =>
  mad({
    mgmtClass: SA, method: 0x02, attributeId: 0x38, tid: tid(1), ...of,
    body: {
      _tag: "mcMember", mask: "0000000000010003", mgid: "ff".repeat(16) as Gid, portGid: gid(0), qkey: 0,
      mlid: 0, mtuSelector: 0,
      mtu: 0, trafficClass: 0, pkey: 0, rateSelector: 0, rate: 0, lifetimeSelector: 0, lifetime: 0, sl: 0,
      flowLabel: 0,
      hopLimit: 0, scope: 0, joinState: 1, proxyJoin: 0, ...change
    }
  })

describe("what the PF context asks itself", () => {
  const informs = (change: { readonly trapNumber?: number } = {}, method = 0x02) => mad({
    mgmtClass: SA, method, attributeId: 0x03, tid: tid(1),
    body: {
      _tag: "informInfo", gid: NO_GID, lidRangeBegin: Lid(0xffff), lidRangeEnd: Lid(0), isGeneric: 1,
      subscribe: 1, type: 1,
      trapNumber: 67, qpn: Qpn(1), producerType: 4, ...change
    }
  })
  const slots = (change: Parameters<typeof slotOf>[2] = {}, method = 0x02) => mad({
    mgmtClass: SA, method, attributeId: 0x30, tid: tid(1), body: slotOf(VF1, guid(8), change)
  })
  const asksItself = (of: Parameters<typeof toWire>[1]) => later(0, toWire(null, of))

  it("is known by what it is about: the same again is a repetition, anything else must wait [SQP-TID-6]", () => {
    const kinds = [
      { is: joining(), others: [joining({ joinState: 8 }), joining({ mgid: gid(9) }), joining({}, { method: 0x15 })] },
      { is: informs(), others: [informs({ trapNumber: 66 })] },
      {
        is: slots(),
        others: [slots({ block: 1 }), slots({ mask: "0000000000000013" }), slots({ guids: [] }), slots({}, 0x15)]
      }
    ]
    for (const { is, others } of kinds) {
      expect(wrong(asksItself(is), asksItself(is))).toEqual([])
      for (const other of [...others, ...kinds.map((kind) => kind.is).filter((kind) => kind !== is)]) {
        expect(wrong(asksItself(is), later(14), asksItself(other))).toEqual(["SQP-TID-6"])
        expect(wrong(asksItself(is), later(15), asksItself(other))).toEqual([])
      }
      expect(wrong(asksItself(is), first)).toEqual(["SQP-TID-6"])
    }
  })

  it("is no answer, and nothing else that it makes: those bear the TIDs of others [SQP-TID-6]", () => {
    const others = [informs({}, 0x81), slots({}, 0x81), slots({}, 0x80), mad({ mgmtClass: 0x05, tid: tid(1) })]
    expect(others.map((of) => wrong(asksItself(of), first))).toEqual(others.map(() => []))
  })

  it("counts beside what a function sends at the same time, once [SQP-TID-1]", () => {
    const leaves = asks(VF1, 7, 1)
    const beside = (of: Parameters<typeof toWire>[1]) =>
      wrong(seen(leaves.event, ...leaves.actions, toWire(null, of)))
    expect([beside(joining()), beside({ ...joining(), tid: tid(2) })]).toEqual([["SQP-TID-1"], []])
    const ofPf = asks(PF, 7, 1, { of: { ...slots(), tid: tid(7) } })
    expect([wrong(ofPf), wrong(ofPf, ofPf)]).toEqual([[], []])
  })
})

describe("a request that is repeated", () => {
  it("leaves with its wire TID as long as it must be remembered, and then with any [SQP-TID-3]", () => {
    expect([wrong(first, asks(VF1, 7, 1)), wrong(first, asks(VF1, 7, 2))]).toEqual([[], ["SQP-TID-3"]])
    expect([19, 20].map((ms) => wrong(first, later(ms), asks(VF1, 7, 2)))).toEqual([["SQP-TID-3"], []])
    expect(wrong(first, later(19), first, later(19), asks(VF1, 7, 2))).toEqual(["SQP-TID-3"])
  })

  it("is another one if it has another TID, class, QP or destination, or is of another function [SQP-TID-3]", () => {
    expect([wrong(first, asks(VF1, 8, 2)), wrong(first, asks(VF2, 7, 2))]).toEqual([[], []])
    expect(otherwise.map((how) => wrong(first, asks(VF1, 7, 2, how)))).toEqual(otherwise.map(() => []))
    expect(otherwise.map((how) => wrong(first, asks(VF1, 7, 1, how))))
      .toEqual(otherwise.map(() => ["SQP-TID-1"]))
    const wide = asks(VF1, Tid("0000000100000007"), 2)
    expect(wrong(first, wide)).toEqual([])
  })
})

describe("a response", () => {
  it("reaches who asked, on the QP that asked, with the TID as it was written [SQP-TID-2, SQP-TID-4]", () => {
    const guest = Tid("aaaaaaaa00000007")
    const asking = asks(VF1, guest, 1)
    expect(wrong(asking, answered(1, VF1, guest))).toEqual([])
    expect(wrong(asking, answered(Tid("bbbbbbbb00000001"), VF1, guest))).toEqual([])
    expect(wrong(asking, answered(1, VF1, 7))).toEqual(["SQP-TID-2"])
    expect(wrong(asking, answered(1, VF2, guest))).toEqual(["SQP-TID-4"])
    expect(wrong(asking, answered(2, VF1, guest))).toEqual(["SQP-TID-4"])
    const onQp0 = responds(1, {}, toFunction(VF1, mad({ mgmtClass: 0x04, method: 0x81, tid: guest }), 0))
    expect(wrong(asking, onQp0)).toEqual(["SQP-TID-4"])
  })

  it("is told by QP and class, whatever its method is: a TrapRepress answers, a Get does not [SQP-TID-4]", () => {
    expect(wrong(first, answered(1, VF1, 7, { of: { mgmtClass: 0x06 } }))).toEqual(["SQP-TID-4"])
    expect(wrong(first, answered(1, VF1, 7, { at: { qp: 0 } }))).toEqual(["SQP-TID-4"])
    for (const method of [0x92, 0x07]) {
      expect(wrong(first, answered(1, VF1, 7, { of: { method } }))).toEqual([])
      expect(wrong(answered(1, VF1, 7, { of: { method } }))).toEqual(["SQP-TID-4"])
    }
    expect(wrong(answered(1, VF1, 7, { of: { method: 0x01 } }))).toEqual([])
  })

  it("is nobody's where only the PF context asked with its TID [SQP-TID-4]", () => {
    const itself = later(0, toWire(null, joining()))
    expect(wrong(itself, answered(1, VF1, 1, { of: { mgmtClass: SA } }))).toEqual(["SQP-TID-4"])
  })

  it("comes while its request may be remembered, from its last use on [SQP-TID-5]", () => {
    const at = (ms: number) => wrong(first, later(ms), answered(1, VF1, 7))
    expect([29, 30, 34, 35].map(at)).toEqual([[], ["SQP-TID-5"], ["SQP-TID-5"], ["SQP-TID-4"]])
    const again = [first, later(19), first, later(29)]
    expect(wrong(...again, answered(1, VF1, 7))).toEqual([])
    expect(wrong(first, later(19), answered(1, VF1, 7), later(29), answered(1, VF1, 7))).toEqual([])
  })

  it("is nobody's once its request may be remembered no more, be its wire TID rested before [SQP-TID-4]", () => {
    const quick = breaksTids({}, { rest: 5 })
    const at = (ms: number, ...then: ReadonlyArray<Observation>) => quick(first, later(ms), ...then, answered(1, VF1, 7))
    expect([24, 25, 27, 29, 30].map((ms) => at(ms))).toEqual([[], [], [], [], ["SQP-TID-4"]])
    expect([24, 25, 27].map((ms) => at(ms, ends("Reset")))).toEqual([["SQP-LIFE-1"], ["SQP-TID-4"], ["SQP-TID-4"]])
    expect([24, 25, 27].map((ms) => at(ms, ends("Reset", VF2)))).toEqual([[], [], []])
  })

  it("is not unasked for while its request must be remembered [SQP-TID-5]", () => {
    const lost = responds(1, {}, dropped(null, "response-unasked"))
    expect([0, 19, 20].map((ms) => wrong(first, later(ms), lost))).toEqual([["SQP-TID-5"], ["SQP-TID-5"], []])
    expect(wrong(first, responds(1, {}, dropped(null, "steer-conflict")))).toEqual([])
    expect(wrong(first, responds(2, {}, dropped(null, "response-unasked")))).toEqual([])
    const elsewhere = [{ of: { mgmtClass: 0x06 } }, { at: { qp: 0 } }] as const
    expect(elsewhere.map((how) => wrong(first, responds(1, how, dropped(null, "response-unasked")))))
      .toEqual([[], []])
    expect(wrong(first, responds(1, { of: { method: 0x01 } }, dropped(null, "response-unasked")))).toEqual([])
    expect(wrong(first, isRefused(VF1, 1, "response-unasked", { of: { method: 0x81 } }))).toEqual([])
  })

  it("to a function that ended is nobody's: not its next incarnation's either [SQP-LIFE-1]", () => {
    const late = answered(1, VF1, 7)
    for (const end of [ends("Detach"), ends("Reset"), stop]) {
      expect(wrong(first, end, late)).toEqual(["SQP-LIFE-1"])
      expect(wrong(first, end, responds(1, {}, dropped(null, "response-unasked")))).toEqual([])
    }
    expect(wrong(first, ends("Reset", VF2), late)).toEqual([])
    expect(wrong(first, ends("Reset"), later(14), late)).toEqual(["SQP-LIFE-1"])
    expect(wrong(first, ends("Reset"), later(15), late)).toEqual(["SQP-TID-4"])
  })

  it("is no CM message, no MAD of the wrong length and nothing that a function sends [SQP-TID-4]", () => {
    const cm = ingress(mad({ mgmtClass: 0x07, method: 0x03, tid: tid(1) }))
    const malformed: Event =
      { ...ingress(mad({ mgmtClass: SMP })), mad: { _tag: "malformed", lengthBytes: 8 } }
    const given = toFunction(VF1, mad({ mgmtClass: 0x07, method: 0x03, tid: tid(1) }))
    expect([cm, malformed].map((event) => wrong(seen(event, given)))).toEqual([[], []])
    expect(wrong(first, seen(malformed, dropped(null, "response-unasked")))).toEqual([])
  })
})

describe("the quota of requests", () => {
  const second = asks(VF1, 8, 2)
  const third = asks(VF1, 9, 3)
  const refused = isRefused(VF1, 9, "tid-quota")

  it("is not passed by a request that is new, as long as none is answered or may be forgotten [SQP-TID-10]", () => {
    expect(wrong(first, second)).toEqual([])
    expect(wrong(first, second, third)).toEqual(["SQP-TID-10"])
    expect([wrong(first, second, first), wrong(first, second, asks(VF2, 9, 3))]).toEqual([[], []])
    expect([19, 20].map((ms) => wrong(first, later(ms), second, third))).toEqual([["SQP-TID-10"], []])
    expect(wrong(first, second, later(20), asks(VF1, 7, 4))).toEqual([])
    expect(wrong(first, second, answered(2, VF1, 8), third)).toEqual([])
  })

  it("is free again when the function ended [SQP-TID-10]", () => {
    const anew = [asks(VF1, 8, 2), asks(VF1, 9, 3)]
    expect(wrong(first, second, ends("Reset"), third)).toEqual([])
    expect(wrong(first, ends("Reset"), ...anew, asks(VF1, 7, 4))).toEqual(["SQP-TID-10"])
    expect(wrong(first, ends("Reset", VF2), second, third)).toEqual(["SQP-TID-10"])
  })

  it("refuses none while it is not used up, or an answered one could give way [SQP-TID-10]", () => {
    expect(wrong(first, refused)).toEqual(["SQP-TID-10"])
    expect(wrong(first, second, refused)).toEqual([])
    expect(wrong(first, asks(VF2, 8, 2), refused)).toEqual(["SQP-TID-10"])
    expect(wrong(first, second, answered(1, VF1, 7), refused)).toEqual(["SQP-TID-10"])
    expect(wrong(first, second, answered(1, VF1, 7), asks(VF1, 7, 1), refused)).toEqual([])
    expect([29, 30].map((ms) => wrong(first, later(ms), second, refused))).toEqual([[], ["SQP-TID-10"]])
    expect(wrong(first, second, ends("Reset"), refused)).toEqual(["SQP-TID-10"])
    expect(wrong(first, responds(2, {}, dropped(VF1, "tid-quota")))).toEqual([])
  })

  it("counts what functions ask, not what the PF context asks for them [SQP-TID-10]", () => {
    const itself = toWire(null, { ...joining(), tid: tid(3) })
    expect(wrong(first, second, seen(asks(VF1, 9, 9, { of: joining() }).event, itself))).toEqual([])
    expect(wrong(later(0, itself), first, second)).toEqual([])
    expect(wrong(first, later(0, itself), refused)).toEqual(["SQP-TID-10"])
  })

  it("makes the answered one used longest ago give way, and that is gone [SQP-TID-5, SQP-TID-6]", () => {
    const full = [first, second, answered(2, VF1, 8), answered(1, VF1, 7), third]
    expect(wrong(...full, responds(2, {}, dropped(null, "response-unasked")))).toEqual([])
    expect(wrong(...full, responds(1, {}, dropped(null, "response-unasked")))).toEqual(["SQP-TID-5"])
    expect([wrong(...full, answered(2, VF1, 8)), wrong(...full, answered(1, VF1, 7))])
      .toEqual([["SQP-TID-5"], []])
    expect([14, 15].map((ms) => wrong(...full, later(ms), asks(VF2, 7, 2)))).toEqual([["SQP-TID-6"], []])
    expect(wrong(...full, asks(VF1, 8, 4))).toEqual([])
  })

  it("makes none give way to a repetition, to another function's, or while there is room [SQP-TID-5]", () => {
    const lost = responds(1, {}, dropped(null, "response-unasked"))
    const roomy = breaksTids({ tids: 3 })
    const answeredFirst = [first, second, answered(1, VF1, 7)]
    expect(wrong(...answeredFirst, second, lost)).toEqual(["SQP-TID-5"])
    expect(wrong(...answeredFirst, asks(VF2, 9, 3), lost)).toEqual(["SQP-TID-5"])
    expect(wrong(first, answered(1, VF1, 7), asks(VF2, 8, 2), third, lost)).toEqual(["SQP-TID-5"])
    expect(roomy(...answeredFirst, third, lost)).toEqual(["SQP-TID-5"])
    expect(wrong(...answeredFirst, third, lost)).toEqual([])
  })

  it("perhaps makes one give way where some of the others may be forgotten already [SQP-TID-5]", () => {
    const maybe = [first, later(20), second, answered(2, VF1, 8), third]
    expect(wrong(...maybe, answered(2, VF1, 8))).toEqual([])
    expect(wrong(...maybe, responds(2, {}, dropped(null, "response-unasked")))).toEqual([])
    expect(wrong(...maybe, asks(VF2, 7, 2))).toEqual(["SQP-TID-6"])
    const lost = responds(2, {}, dropped(null, "response-unasked"))
    const again = [first, later(10), second, answered(2, VF1, 8), later(10)]
    expect([wrong(...again, asks(VF1, 7, 4), lost), wrong(...again, lost)]).toEqual([[], ["SQP-TID-5"]])
    expect(wrong(first, later(30), second, answered(2, VF1, 8), third, lost)).toEqual(["SQP-TID-5"])
  })
})

describe("a request from the wire", () => {
  const ping = handed(5, VF1)
  /** What tells one request from the wire from another. */
  const others = [
    { of: { mgmtClass: 0x33 } }, { at: { dlid: Lid(9) } }, { at: { remoteQpn: Qpn(9) } },
    { at: { qp: 0, remoteQpn: Qpn(1) } }
  ] as const

  it("is answered by the function that was asked, where it came from, with its TID [SQP-TID-8]", () => {
    expect(wrong(ping, replies(VF1, 5))).toEqual([])
    expect([wrong(replies(VF1, 5)), wrong(ping, replies(VF2, 5)), wrong(ping, replies(VF1, 6))])
      .toEqual([["SQP-TID-8"], ["SQP-TID-8"], ["SQP-TID-8"]])
    expect(others.map((how) => wrong(ping, replies(VF1, 5, how)))).toEqual(others.map(() => ["SQP-TID-8"]))
    expect(wrong(ping, replies(VF1, 5, {}, 6))).toEqual(["SQP-TID-8"])
    expect(wrong(ping, handed(5, VF2), replies(VF1, 5), replies(VF2, 5), replies(VF1, 5))).toEqual([])
  })

  it("must be remembered from its last use on, and may be as long as said; a function's end ends it [SQP-TID-8]", () => {
    const refused =
      isRefused(VF1, 5, "response-undelivered", { of: { ...mad({ mgmtClass: 0x32 }), method: 0x81 } })
    expect([0, 19, 20].map((ms) => wrong(ping, later(ms), refused)))
      .toEqual([["SQP-TID-8"], ["SQP-TID-8"], []])
    expect([29, 30].map((ms) => wrong(ping, later(ms), replies(VF1, 5)))).toEqual([[], ["SQP-TID-8"]])
    for (const use of [ping, replies(VF1, 5)]) {
      expect([19, 20].map((ms) => wrong(ping, later(10), use, later(ms), refused)))
        .toEqual([["SQP-TID-8"], []])
    }
    for (const end of [ends("Detach"), ends("Reset"), stop]) {
      expect([wrong(ping, end, refused), wrong(ping, end, replies(VF1, 5))]).toEqual([[], ["SQP-TID-8"]])
    }
    expect(wrong(ping, ends("Reset", VF2), replies(VF1, 5))).toEqual([])
    expect([wrong(refused), wrong(ping, isRefused(VF1, 5, "class-policy"))])
      .toEqual([[], []])
    const asksBack = isRefused(VF1, 5, "response-undelivered", { of: mad({ mgmtClass: 0x32 }) })
    expect(wrong(ping, asksBack)).toEqual([])
  })

  it("is none that is dropped, a response, a CM message or a Report [SQP-TID-8]", () => {
    expect(wrong(asked(5, {}, dropped(VF1, "function-full")), replies(VF1, 5))).toEqual(["SQP-TID-8"])
    const report = { ...mad({ mgmtClass: SA, method: 0x06, attributeId: 0x02 }) }
    const reported = handed(5, VF1, { of: report })
    expect(wrong(reported, replies(VF1, 5, { of: { ...report, method: 0x86 } }))).toEqual(["SQP-TID-8"])
    const cm = mad({ mgmtClass: 0x07, method: 0x03 })
    expect(wrong(handed(5, VF1, { of: cm }), replies(VF1, 5, { of: { ...cm, method: 0x81 } })))
      .toEqual(["SQP-TID-8"])
  })

  it("finds room while there may be any [SQP-TID-12]", () => {
    const full = asked(5, {}, dropped(VF1, "inbound-quota"))
    expect([wrong(full), breaksTids({ inbound: 1 })(full), breaksTids({ inbound: 0 })(full)])
      .toEqual([["SQP-TID-12"], ["SQP-TID-12"], []])
  })

  it("makes the answered one used longest ago give way, else the one used longest ago [SQP-TID-8]", () => {
    const refused = (n: number) =>
      isRefused(VF1, n, "response-undelivered", { of: { ...mad({ mgmtClass: 0x32 }), method: 0x81 } })
    const forgets = (...history: ReadonlyArray<Observation>) =>
      [1, 2, 3].map((n) => wrong(...history, refused(n)).length === 0 && wrong(...history, replies(VF1, n)).length > 0)
    const [one, two, three] = [handed(1, VF1), handed(2, VF1), handed(3, VF1)]
    expect(forgets(one, two, three)).toEqual([true, false, false])
    expect(forgets(one, two, one, three)).toEqual([false, true, false])
    expect(forgets(one, two, replies(VF1, 2), three)).toEqual([false, true, false])
    expect(forgets(one, two, replies(VF1, 2), two, three)).toEqual([true, false, false])
    expect(forgets(one, two, handed(3, VF2))).toEqual([false, false, true])
    expect(forgets(one, two, replies(VF1, 1))).toEqual([false, false, true])
    expect(forgets(one, two, two)).toEqual([false, false, true])
  })

  it("perhaps makes one give way where another may be forgotten already, or it was forgotten itself [SQP-TID-8]", () => {
    const [one, two, three] = [handed(1, VF1), handed(2, VF1), handed(3, VF1)]
    const refused =
      isRefused(VF1, 2, "response-undelivered", { of: { ...mad({ mgmtClass: 0x32 }), method: 0x81 } })
    const maybe = [one, later(20), two, three]
    expect([wrong(...maybe, refused), wrong(...maybe, replies(VF1, 2))]).toEqual([[], []])
    expect([wrong(...maybe, replies(VF1, 1)), wrong(...maybe, later(10), replies(VF1, 1))])
      .toEqual([[], ["SQP-TID-8"]])
    const known = breaksTids({ inbound: 1 })
    const again = [one, later(20), two, one]
    expect([known(...again, refused), known(...again, replies(VF1, 2))]).toEqual([[], []])
    expect([known(one, later(19), one, refused), known(two, two, refused)]).toEqual([[], ["SQP-TID-8"]])
    expect(wrong(one, later(10), two, later(10), one, refused)).toEqual(["SQP-TID-8"])
    const [roomy, four] = [breaksTids({ inbound: 3 }), handed(4, VF1)]
    const lost = isRefused(VF1, 4, "response-undelivered", { of: { ...mad({ mgmtClass: 0x32 }), method: 0x81 } })
    const turned = [one, later(10), two, three, later(10), four]
    expect([roomy(...turned, refused), roomy(...turned, three, lost)]).toEqual([[], ["SQP-TID-8"]])
  })
})

describe("RMPP control from the wire", () => {
  const control = { of: ACK }
  const lost = asked(5, control, dropped(null, "rmpp-unknown"))
  const ping = handed(5, VF1)

  it("reaches a function that has the request, by QP, class, source and TID [SQP-TID-9]", () => {
    expect(wrong(ping, handed(5, VF1, control))).toEqual([])
    expect([
      wrong(handed(5, VF1, control)), wrong(ping, handed(5, VF2, control)),
      wrong(ping, handed(6, VF1, control))
    ]).toEqual([["SQP-TID-9"], ["SQP-TID-9"], ["SQP-TID-9"]])
    const elsewhere = [
      { of: { ...ACK, mgmtClass: 0x33 } }, { ...control, at: { slid: Lid(9) } },
      { ...control, at: { srcQp: Qpn(9) } },
      { ...control, at: { qp: 0, srcQp: Qpn(1) } }
    ] as const
    expect(elsewhere.map((how) => wrong(ping, handed(5, VF1, how))))
      .toEqual(elsewhere.map(() => ["SQP-TID-9"]))
    for (const type of [3, 4]) expect(wrong(handed(5, VF1, { of: { rmpp: { active: true, type } } }))).toEqual(["SQP-TID-9"])
    for (const of of [DATA, { rmpp: { active: false, type: 2 } }]) expect(wrong(handed(5, VF1, { of }))).toEqual([])
  })

  it("is nobody's without a GRH where two must remember such a request [SQP-TID-9]", () => {
    const both = [ping, handed(5, VF2)]
    expect(wrong(...both, handed(5, VF1, control))).toEqual(["SQP-TID-9"])
    expect(wrong(...both, handed(5, VF1, { of: ACK, at: arrivingFor(gid(1)) }))).toEqual([])
    expect([wrong(...both, lost), wrong(ping, lost)]).toEqual([[], ["SQP-TID-9"]])
    const older = [ping, later(10), handed(5, VF2)]
    expect([9, 10].map((ms) => wrong(...older, later(ms), handed(5, VF1, control))))
      .toEqual([["SQP-TID-9"], []])
  })

  it("finds the function while the request must be remembered [SQP-TID-9]", () => {
    expect([19, 20].map((ms) => wrong(ping, later(ms), lost))).toEqual([["SQP-TID-9"], []])
    expect(wrong(ping, asked(5, control, dropped(null, "steer-conflict")))).toEqual([])
    expect(wrong(ping, asked(5, {}, dropped(null, "rmpp-unknown")))).toEqual([])
    expect([wrong(ping, asked(6, control, dropped(null, "rmpp-unknown"))), wrong(ping, ends("Reset"), lost)])
      .toEqual([[], []])
  })

  it("is a use of the request, and leaves it answered or not [SQP-TID-8, SQP-TID-12]", () => {
    const refused = (n: number) =>
      isRefused(VF1, n, "response-undelivered", { of: { ...mad({ mgmtClass: 0x32 }), method: 0x81 } })
    expect(wrong(ping, later(19), handed(5, VF1, control), later(19), refused(5))).toEqual(["SQP-TID-8"])
    const [six, seven] = [handed(6, VF1), handed(7, VF1)]
    const turned = [ping, six, replies(VF1, 6), handed(6, VF1, control), seven]
    expect([wrong(...turned, refused(6)), wrong(...turned, refused(5))]).toEqual([[], ["SQP-TID-8"]])
    const unanswered = [ping, six, handed(5, VF1, control), seven]
    expect([wrong(...unanswered, refused(6)), wrong(...unanswered, refused(5))]).toEqual([[], ["SQP-TID-8"]])
  })
})

describe("RMPP control of a function", () => {
  const getTable = { of: mad({ mgmtClass: SA, method: 0x12 }) }
  const control = { of: { ...getTable.of, ...ACK } }
  const asking = asks(VF1, 7, 1, getTable)
  const acks = asks(VF1, 7, 1, control)
  const lost = isRefused(VF1, 7, "rmpp-unknown", control)

  it("leaves for what the function asked and may be remembered, with its wire TID [SQP-TID-11, SQP-TID-3]", () => {
    expect([wrong(asking, acks), wrong(acks), wrong(asking, asks(VF1, 7, 2, control))])
      .toEqual([[], ["SQP-TID-11"], ["SQP-TID-3"]])
    expect([29, 30].map((ms) => wrong(asking, later(ms), acks))).toEqual([[], ["SQP-TID-11"]])
    expect(wrong(asking, ends("Reset"), acks)).toEqual(["SQP-TID-11"])
    expect(wrong(asking, asks(VF1, 8, 2, control))).toEqual(["SQP-TID-11"])
    expect(wrong(asking, asks(VF2, 7, 2, control))).toEqual(["SQP-TID-11"])
  })

  it("is not lost while its request must be remembered, which it is told by [SQP-TID-11]", () => {
    expect([0, 19, 20].map((ms) => wrong(asking, later(ms), lost)))
      .toEqual([["SQP-TID-11"], ["SQP-TID-11"], []])
    expect([wrong(lost), wrong(asking, isRefused(VF1, 7, "class-policy", control))]).toEqual([[], []])
    expect(wrong(asking, isRefused(VF1, 7, "rmpp-unknown", getTable))).toEqual([])
    expect(wrong(asking, isRefused(VF2, 7, "rmpp-unknown", control))).toEqual([])
    expect(wrong(asking, isRefused(VF1, 8, "rmpp-unknown", control))).toEqual([])
    const elsewhere = otherwise.map(({ at, of }) => ({ ...(at ? { at } : {}), of: { ...control.of, ...of } }))
    expect(elsewhere.map((how) => wrong(asking, isRefused(VF1, 7, "rmpp-unknown", how))))
      .toEqual(elsewhere.map(() => []))
    const askedThere = elsewhere.map((how) => {
      const there = { ...how, of: { ...getTable.of, mgmtClass: how.of.mgmtClass } }
      return wrong(asks(VF1, 7, 1, there), isRefused(VF1, 7, "rmpp-unknown", how))
    })
    expect(askedThere).toEqual(elsewhere.map(() => ["SQP-TID-11"]))
    expect(wrong(asking, ends("Reset"), lost)).toEqual([])
  })

  it("is a use of the request, and leaves it answered or not [SQP-TID-5, SQP-TID-10]", () => {
    const back = { of: { mgmtClass: SA, method: 0x92 } }
    expect(wrong(asking, later(19), acks, later(29), answered(1, VF1, 7, back))).toEqual([])
    const turned = [asking, asks(VF1, 8, 2), answered(1, VF1, 7, back), acks]
    expect(wrong(...turned, asks(VF1, 9, 3))).toEqual([])
    expect(wrong(asking, asks(VF1, 8, 2), acks, asks(VF1, 9, 3))).toEqual(["SQP-TID-10"])
  })
})

describe("CM exchanges", () => {
  it("leave with wire TIDs where they ask, known by what they ask and with which TID [SQP-TID-6]", () => {
    const as = (before: Cm, after: Cm, guest = 7) =>
      leavesAs(1, before, after, { tid: tid(guest), becomes: tid(1) })
    const questions = [
      as(req(G), req(WIRE)), as(req(G), req(NEXT_WIRE)), as(req(G), req(WIRE), 8), as(lap(G, P), lap(WIRE, P)),
      as(plain("DREQ", G, P), plain("DREQ", WIRE, P)), as(sidrReq(G), sidrReq(WIRE)),
      as(sidrReq(G), sidrReq(NEXT_WIRE))
    ]
    for (const question of questions) {
      expect(wrong(question, question)).toEqual([])
      for (const other of [first, ...questions.filter((each) => each !== question)]) {
        expect([14, 15].map((ms) => wrong(question, later(ms), other))).toEqual([["SQP-TID-6"], []])
      }
    }
    const ended = questions.map((question) => wrong(question, later(14), ends("Reset"), asks(VF2, 7, 1)))
    expect(ended).toEqual(questions.map(() => ["SQP-TID-6"]))
  })

  it("make no request of their function give way [SQP-TID-5]", () => {
    const full = [first, asks(VF1, 8, 2), answered(1, VF1, 7)]
    const question = leavesAs(1, req(G), req(WIRE), { tid: tid(7), becomes: tid(3) })
    expect(wrong(...full, question, responds(1, {}, dropped(null, "response-unasked")))).toEqual(["SQP-TID-5"])
  })

  it("leave with the TID of the peer where they answer, or with any [SQP-TID-6]", () => {
    const answers = [
      rep(G, P), plain("RTU", G, P), plain("DREP", G, P), mra(G, P), rej(G, P), apr(G, P), sidrRep(G)
    ]
    for (const of of answers) {
      const left = leavesAs(1, of, of, { tid: tid(1) })
      expect([wrong(left), wrong(left, first), wrong(first, left)]).toEqual([[], [], []])
    }
  })

  it("are told by class and method: a Get of class CM is a request as any other [SQP-TID-3]", () => {
    const get = { of: mad({ mgmtClass: 0x07, method: 0x01 }) }
    expect(wrong(asks(VF1, 7, 1, get), asks(VF1, 7, 2, get))).toEqual(["SQP-TID-3"])
  })
})
