/** Short histories that break the invariants of requests of functions, and neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { Tid } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import { later } from "./guid-story.ts"
import { dropped, seen, toFunction, toWire } from "./invariant-story.ts"
import { ingress, mad, SA, SMP, tid, VF1, VF2 } from "./small-world.ts"
import {
  ACK, answered, asks, breaksTids, ends, first, isRefused, joining, otherwise, responds, stop
} from "./tid-seen.ts"

const wrong = breaksTids()

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
