/** Short histories that break the invariants of wire TIDs, and their neighbours that do not. */
import { describe, expect, it } from "vitest"
import { Lid, NO_GID, Qpn, Tid } from "../model/ids.ts"
import type { Cm } from "../model/mad.ts"
import { leavesAs, sidrRep, sidrReq } from "./cm-seen.ts"
import { apr, G, lap, mra, NEXT_WIRE, P, plain, rej, rep, req, WIRE } from "./cm-story.ts"
import { later, slotOf } from "./guid-story.ts"
import { dropped, seen, toWire } from "./invariant-story.ts"
import { gid, guid, mad, PF, SA, tid, VF1, VF2 } from "./small-world.ts"
import { answered, asks, breaksTids, ends, first, joining, otherwise, responds, stop } from "./tid-seen.ts"

const wrong = breaksTids()

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
