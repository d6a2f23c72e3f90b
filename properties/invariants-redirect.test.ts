/** Short histories that break the invariants of redirection, and their neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { EgressAddress } from "../model/event.ts"
import { type FunctionId, type Gid, Lid, NO_GID, Qpn } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import { redirectInvariants } from "../model/invariants-redirect.ts"
import type { ClassPortInfo, Mad } from "../model/mad.ts"
import { later } from "./guid-story.ts"
import { breaksInOthersPlace, broken, dropped, seen, started, toFunction, toWire } from "./invariant-story.ts"
import { A, B } from "./renamed.ts"
import { CM, egress, gid, grhTo, ingress, mad, PEER_LID, PERF, QP1, small, SMP, VF1, VF2 } from "./small-world.ts"

/** A place must be remembered 20 ms and may be for 30; a function has at most so many, two unless said otherwise. */
const breaksWith = (redirects: number) =>
  broken(redirectInvariants(small({ limits: { redirects }, timing: { tidMin: 20, tidMax: 30 } }).config))
const wrong = breaksWith(2)

/** A response tells a function of a place: a QPN at a LID, or behind a GID where the LID is 0. */
const tells = (
  fn: FunctionId, place: Partial<ClassPortInfo>, of: Partial<Mad> = {}
): Observation => {
  const body: ClassPortInfo =
    { _tag: "classPortInfo", redirectLid: PEER_LID, redirectGid: NO_GID, redirectQp: Qpn(9), ...place }
  const info = mad({ mgmtClass: PERF, method: 0x81, body, ...of })
  return seen(ingress(info), toFunction(fn, info))
}

interface How {
  readonly at?: Partial<EgressAddress>
  readonly of?: Partial<Mad>
  readonly qp?: 0 | 1
}
/** A function's request to a QPN leaves. */
const goes = (fn: FunctionId, qpn: number, { at = {}, of = {}, qp = 1 }: How = {}): Observation => {
  const request = mad({ mgmtClass: PERF, ...of })
  const to = { remoteQpn: Qpn(qpn), ...at }
  const event = egress(fn, request, { qp, ...to })
  return seen(event, { ...toWire(fn, request, { qp }), address: { ...event.address, grh: null } })
}
/** It is dropped, for the QPN is none that it may go to. */
const stays = (fn: FunctionId, qpn: number, how: How = {}, reason: "remote-qpn" | "class-policy" = "remote-qpn"): Observation =>
  seen(goes(fn, qpn, how).event, dropped(fn, reason))

const told = tells(VF1, {})
const behind = (dgid: Gid): How => ({ at: { grh: grhTo(dgid), dlid: Lid(30) } })

describe("a request", () => {
  it("goes to the special QP it comes from, or on QP1 where its function was redirected [SQP-CLS-7]", () => {
    expect([wrong(goes(VF1, 1)), wrong(goes(VF1, 0, { qp: 0, of: { mgmtClass: SMP } })), wrong(goes(VF1, 9))])
      .toEqual([[], [], ["SQP-CLS-7"]])
    expect([wrong(goes(VF1, 0)), wrong(goes(VF1, 1, { qp: 0 }))]).toEqual([["SQP-CLS-7"], ["SQP-CLS-7"]])
    expect([wrong(told, goes(VF1, 9)), wrong(told, goes(VF2, 9)), wrong(told, goes(VF1, 8))])
      .toEqual([[], ["SQP-CLS-7"], ["SQP-CLS-7"]])
    expect(wrong(told, goes(VF1, 9, { qp: 0 }))).toEqual(["SQP-CLS-7"])
    const elsewhere: ReadonlyArray<How> = [
      { of: { mgmtClass: 0x06 } }, { at: { dlid: Lid(30) } }, behind(gid(9))
    ]
    expect(elsewhere.map((how) => wrong(told, goes(VF1, 9, how)))).toEqual(elsewhere.map(() => ["SQP-CLS-7"]))
  })

  it("goes behind the GID where that is the place, whatever its LID is [SQP-CLS-7]", () => {
    const place = tells(VF1, { redirectLid: Lid(0), redirectGid: gid(9) })
    expect([
      wrong(place, goes(VF1, 9, behind(gid(9)))), wrong(place, goes(VF1, 9, behind(gid(8)))),
      wrong(place, goes(VF1, 9))
    ]).toEqual([[], ["SQP-CLS-7"], ["SQP-CLS-7"]])
    expect(wrong(place, goes(VF1, 9, { at: { dlid: Lid(0) } }))).toEqual(["SQP-CLS-7"])
    const both = tells(VF1, { redirectGid: gid(9) })
    expect([wrong(both, goes(VF1, 9)), wrong(both, goes(VF1, 9, behind(gid(9))))])
      .toEqual([[], ["SQP-CLS-7"]])
  })

  it("is no answer and no CM message: those go to any QPN [SQP-CLS-7]", () => {
    const others = [{ method: 0x81 }, { method: 0x07 }, { mgmtClass: CM, method: 0x03 }]
    expect(others.map((of) => wrong(goes(VF1, 9, { of })))).toEqual([[], [], []])
    expect(wrong(goes(VF1, 9, { of: { mgmtClass: CM } }))).toEqual(["SQP-CLS-7"])
    expect(wrong(seen({ _tag: "Start" }, toWire(null, mad({ mgmtClass: PERF }), { remoteQpn: Qpn(9) }))))
      .toEqual([])
  })
})

describe("a place", () => {
  const [one, two, three] = [tells(VF1, { redirectQp: Qpn(7) }), tells(VF1, { redirectQp: Qpn(8) }), told]
  /** Of the QPNs of these, those where the function may go no more. */
  const gone = (...history: ReadonlyArray<Observation>) =>
    [7, 8, 9].filter((qpn) => wrong(...history, goes(VF1, qpn)).length > 0 && wrong(...history, stays(VF1, qpn)).length === 0)

  it("is learnt of a response that says another QPN than 0 and 1, which reached its function [SQP-CLS-7]", () => {
    const lowest = tells(VF1, { redirectQp: Qpn(2) })
    expect([wrong(lowest, goes(VF1, 2)), wrong(tells(VF1, { redirectQp: QP1 }), goes(VF1, 1))])
      .toEqual([[], []])
    expect(wrong(tells(VF1, { redirectQp: Qpn(0) }), goes(VF1, 0))).toEqual(["SQP-CLS-7"])
    expect(wrong(tells(VF1, {}, { method: 0x01 }), goes(VF1, 9))).toEqual(["SQP-CLS-7"])
    expect(wrong(tells(VF1, {}, { body: { _tag: "opaque" } }), goes(VF1, 9))).toEqual(["SQP-CLS-7"])
    const lost = seen(told.event, dropped(VF1, "function-full"))
    expect([wrong(lost, goes(VF1, 9)), wrong(told, started, goes(VF1, 9))]).toEqual([["SQP-CLS-7"], []])
  })

  it("must be remembered from its last use on, and may be as long as said [SQP-CLS-9, SQP-CLS-7]", () => {
    const at = (ms: number) => [wrong(told, later(ms), stays(VF1, 9)), wrong(told, later(ms), goes(VF1, 9))]
    expect([0, 19].map(at)).toEqual([[["SQP-CLS-9"], []], [["SQP-CLS-9"], []]])
    expect([20, 29, 30].map(at)).toEqual([[[], []], [[], []], [[], ["SQP-CLS-7"]]])
    for (const use of [told, goes(VF1, 9)]) {
      const again = [told, later(19), use]
      expect([19, 20].map((ms) => wrong(...again, later(ms), stays(VF1, 9)))).toEqual([["SQP-CLS-9"], []])
      expect([29, 30].map((ms) => wrong(...again, later(ms), goes(VF1, 9)))).toEqual([[], ["SQP-CLS-7"]])
    }
    const noUse = [
      goes(VF2, 1), goes(VF1, 9, { of: { method: 0x81 } }), stays(VF1, 9, {}, "class-policy"), goes(VF1, 1)
    ]
    for (const other of noUse) expect(wrong(told, later(19), other, later(1), stays(VF1, 9))).toEqual([])
  })

  it("is where a request may go: one that is dropped for its QPN went elsewhere [SQP-CLS-9]", () => {
    expect([wrong(stays(VF1, 9)), wrong(told, stays(VF1, 9)), wrong(told, stays(VF1, 9, {}, "class-policy"))])
      .toEqual([[], ["SQP-CLS-9"], []])
    const elsewhere: ReadonlyArray<How> = [{ of: { mgmtClass: 0x06 } }, { at: { dlid: Lid(30) } }, { qp: 0 }]
    expect(elsewhere.map((how) => wrong(told, stays(VF1, 9, how)))).toEqual([[], [], []])
    expect([wrong(told, stays(VF2, 9)), wrong(told, stays(VF1, 8))]).toEqual([[], []])
    const malformed = { ...egress(VF1, mad({ mgmtClass: PERF }), { remoteQpn: Qpn(9) }), mad: { _tag: "malformed", lengthBytes: 8 } } as const
    expect(wrong(told, seen(malformed, dropped(VF1, "remote-qpn")))).toEqual([])
    expect(wrong(told, seen(ingress(mad({ mgmtClass: PERF })), dropped(null, "remote-qpn")))).toEqual([])
  })

  it("ends with its function [SQP-CLS-7]", () => {
    const ends =
      [{ _tag: "Detach", function: VF1 }, { _tag: "Reset", function: VF1 }, { _tag: "Stop" }] as const
    for (const end of ends) {
      expect([wrong(told, seen(end), stays(VF1, 9)), wrong(told, seen(end), goes(VF1, 9))])
        .toEqual([[], ["SQP-CLS-7"]])
    }
    expect(wrong(told, seen({ _tag: "Reset", function: VF2 }), goes(VF1, 9))).toEqual([])
  })

  it("is its function's also when functions change places, with what it names of them [SQP-CLS-7]", () => {
    const place = tells(VF1, { redirectLid: Lid(0), redirectGid: gid(1), redirectQp: A.ownQpn })
    const inPlace = (fn: FunctionId, qpn: Qpn, dgid: Gid) =>
      breaksInOthersPlace("A request goes to the special QP of its peer", [place], goes(fn, qpn, behind(dgid)))
    expect(inPlace(VF2, B.ownQpn, gid(2))).toBe(false)
    expect([inPlace(VF1, B.ownQpn, gid(2)), inPlace(VF2, A.ownQpn, gid(2)), inPlace(VF2, B.ownQpn, gid(1))])
      .toEqual([true, true, true])
  })

  it("gives way at the quota to a new one if it was used longest ago [SQP-CLS-9, SQP-CLS-7]", () => {
    expect([gone(one, two), gone(one, two, three)]).toEqual([[9], [7]])
    expect([gone(one, two, one, three), gone(one, two, goes(VF1, 7), three), gone(one, two, two, three)])
      .toEqual([[8], [8], [7]])
    expect([gone(one, two, tells(VF2, {})), gone(one, tells(VF2, { redirectQp: Qpn(8) }), three)])
      .toEqual([[9], [8]])
    const other = tells(VF1, { redirectQp: Qpn(9) }, { mgmtClass: 0x06 })
    expect(gone(one, two, other)).toEqual([7, 9])
    expect([wrong(one, two, two, stays(VF1, 7)), wrong(one, two, goes(VF1, 8), stays(VF1, 7))])
      .toEqual([["SQP-CLS-9"], ["SQP-CLS-9"]])
  })

  it("is the same whatever GID goes with its LID; a response that tells of none takes no room [SQP-CLS-9]", () => {
    const others = [
      tells(VF1, { redirectQp: Qpn(8), redirectGid: gid(9) }), tells(VF1, {}, { body: { _tag: "opaque" } }),
      tells(VF1, { redirectQp: QP1 })
    ]
    expect(others.map((other) => gone(one, two, other))).toEqual([[9], [9], [9]])
    expect([wrong(one, later(30), two, three, stays(VF1, 8)), gone(one, two, three, one)])
      .toEqual([["SQP-CLS-9"], [8]])
  })

  it("perhaps gives way where another that counts, or the one that comes, may be forgotten already [SQP-CLS-9]", () => {
    const free = (of: typeof wrong, qpn: number, ...history: ReadonlyArray<Observation>) =>
      [of(...history, goes(VF1, qpn)), of(...history, stays(VF1, qpn))]
    expect(free(wrong, 8, one, later(20), two, three)).toEqual([[], []])
    expect(free(wrong, 9, one, later(10), two, later(10), three, goes(VF1, 7))).toEqual([[], []])
    expect(free(breaksWith(1), 8, one, later(20), two, goes(VF1, 7))).toEqual([[], []])
    expect(free(breaksWith(1), 8, one, later(19), two, goes(VF1, 8))).toEqual([[], ["SQP-CLS-9"]])
    const [four, roomy] = [tells(VF1, { redirectQp: Qpn(10) }), breaksWith(3)]
    const maybe = [one, later(10), two, three, later(10), four]
    expect([free(roomy, 8, ...maybe), free(roomy, 10, ...maybe, three)])
      .toEqual([[[], []], [[], ["SQP-CLS-9"]]])
  })

  it("is remembered nowhere where the quota is none [SQP-CLS-7]", () => {
    expect(breaksWith(0)(told, goes(VF1, 9))).toEqual(["SQP-CLS-7"])
    expect([
      breaksWith(1)(told, goes(VF1, 9)), breaksWith(1)(told, tells(VF1, { redirectQp: Qpn(8) }), goes(VF1, 9))
    ]).toEqual([[], ["SQP-CLS-7"]])
  })

  it("at the LID is used before one behind the GID of the same address [SQP-CLS-9]", () => {
    const [atLid, behindGid] = [tells(VF1, { redirectLid: Lid(30) }), tells(VF1, { redirectLid: Lid(0), redirectGid: gid(9) })]
    const how = behind(gid(9))
    const lost = stays(VF1, 9, how)
    for (const history of [[atLid, behindGid], [behindGid, atLid]]) {
      const used = [...history, later(15), goes(VF1, 9, how), later(10)]
      expect(wrong(...used, stays(VF1, 9, { at: { dlid: Lid(30) } }))).toEqual(["SQP-CLS-9"])
      expect(wrong(...used, stays(VF1, 9, { at: { dlid: Lid(31), grh: grhTo(gid(9)) } }))).toEqual([])
      expect(wrong(...used, lost)).toEqual(["SQP-CLS-9"])
    }
  })
})
