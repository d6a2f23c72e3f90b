/** Short histories that break the invariants of requests from the wire, and neighbours that do not. */
import { describe, expect, it } from "vitest"
import { Lid, Qpn } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import { later } from "./guid-story.ts"
import { dropped } from "./invariant-story.ts"
import { arrivingFor, gid, mad, SA, VF1, VF2 } from "./small-world.ts"
import { ACK, asked, breaksTids, DATA, ends, handed, isRefused, replies, stop } from "./tid-seen.ts"

const wrong = breaksTids()

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
