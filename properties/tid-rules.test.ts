/** Examples of which transaction a MAD belongs to (`spec/tid.md`), told to the model. */
import { describe, expect, it } from "vitest"
import { Lid, Qpn } from "../model/ids.ts"
import type { Mad } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import { actionsOf, after, endOf, running } from "./happening.ts"
import { modelRules } from "./scope.ts"
import {
  answer, arrivingFor, ask, egress, gid, ingress, mad, passes, PERF, ping, PING, small, tid, VF1, VF2
} from "./small-world.ts"

const DEV_MGT = 0x06
const idle = running(small())
const pong = { ...ping, method: 0x81 }
const pinged = after(idle, ingress(ping, arrivingFor(gid(1))))
const control = (type = 2, change: Partial<Mad> = {}): Mad =>
  mad({ mgmtClass: PING, rmpp: { active: true, type }, ...change })
/** Lives that may have ended long before they must have. */
const long = (limits = {}) => running(small({ timing: { tidMin: 2, tidMax: 9 }, limits }))

const wireTidsOf = ({ transactions }: State) => transactions.map(({ wireTid }) => wireTid)

describe("a request of a function", () => {
  it("is another one in another class, though all else is the same [SQP-TID-1] [SQP-TID-3]", () => {
    const state = after(idle, egress(VF1, ask), egress(VF1, mad({ mgmtClass: DEV_MGT })))
    expect(wireTidsOf(state)).toEqual([tid(1), tid(2)])
    expect(wireTidsOf(after(state, egress(VF1, ask)))).toEqual([tid(2), tid(1)])
  })

  it("stays answered while the function acknowledges the answer, and gives way then [SQP-TID-10] [SQP-TID-11]", () => {
    const asked = after(running(small({ limits: { tids: 1 } })), egress(VF1, ping))
    const answered = after(asked, ingress({ ...pong, tid: tid(1) }), egress(VF1, control()))
    expect(endOf(answered, egress(VF1, ask))).toBe("wire")
    expect(endOf(after(answered, egress(VF1, ping)), egress(VF1, ask))).toBe("tid-quota of 1")
    expect(endOf(after(asked, egress(VF1, control())), egress(VF1, ask))).toBe("tid-quota of 1")
  })

  it("is one by its RMPP type, too: data and what is not active ask, ACK, STOP and ABORT do not [SQP-TID-11]", () => {
    const ends = [0, 1, 2, 3, 4, 5].map((type) => endOf(idle, egress(VF1, control(type))))
    expect(ends).toEqual(["wire", "wire", ...Array(3).fill("rmpp-unknown of 1"), "wire"])
    expect(endOf(idle, egress(VF1, control(2, { rmpp: { active: false, type: 2 } })))).toBe("wire")
    expect(endOf(idle, egress(VF1, control(2, { method: 0x81 })))).toBe("response-undelivered of 1")
  })
})

describe("an answer from the wire", () => {
  it("that is steered elsewhere finds its request still there, and uses it not [SQP-TID-5] [SQP-STEER-1]", () => {
    const other = egress(VF1, mad({ mgmtClass: DEV_MGT }))
    const late = after(long(), egress(VF1, ask), other, passes(4))
    const ways = modelRules(late, ingress(answer(1), arrivingFor(gid(2)))).possible
    expect(ways.map(({ actions: [action], state }) =>
      [action?._tag === "Drop" && action.reason, state.transactions.map(({ life }) => life.must)])).toEqual([
      ["steer-conflict", [0, -2]], ["response-unasked", [-2]]
    ])
  })
})

describe("an answer of a function", () => {
  it("goes to who asked, in the class of the request and under its TID [SQP-TID-8]", () => {
    expect(endOf(pinged, egress(VF1, pong))).toBe("wire")
    for (const wrong of [
      egress(VF1, mad({ mgmtClass: PERF, method: 0x81 })), egress(VF1, { ...pong, tid: tid(3) }),
      egress(VF1, pong, { dlid: Lid(21) }), egress(VF1, pong, { remoteQpn: Qpn(2) })
    ]) expect(endOf(pinged, wrong)).toBe("response-undelivered of 1")
    expect(endOf(pinged, egress(VF2, pong))).toBe("response-undelivered of 2")
  })

  it("may be given until the request's life is over, and not after [SQP-TID-5] [SQP-TID-8]", () => {
    const may = after(pinged, passes(2))
    const ends = (state: State) => modelRules(state, egress(VF1, pong)).possible.map(({ actions: [action] }) => action?._tag)
    expect(ends(may)).toEqual(["ToWire", "Drop"])
    expect(ends(after(may, passes(1)))).toEqual(["Drop"])
    expect(after(may, passes(1)).inbound).toEqual([])
  })

  it("ends with its function, and with no other [SQP-LIFE-1] [SQP-TID-8]", () => {
    const both = after(pinged, ingress(ping, arrivingFor(gid(2))), { _tag: "Reset", function: VF1 })
    expect(endOf(both, egress(VF1, pong))).toBe("response-undelivered of 1")
    expect(endOf(both, egress(VF2, pong))).toBe("wire")
  })
})

describe("an RMPP control packet from the wire", () => {
  it("belongs to the request of its class, TID and source [SQP-TID-9]", () => {
    expect(endOf(pinged, ingress(control()))).toBe("function 1")
    for (const wrong of [
      ingress(control(2, { mgmtClass: DEV_MGT, oui: null })), ingress(control(2, { tid: tid(3) })),
      ingress(control(), { slid: Lid(21) }), ingress(control(), { srcQp: Qpn(2) })
    ]) expect(endOf(pinged, wrong)).toBe("rmpp-unknown of nobody")
  })
})

describe("the quota of delivered requests", () => {
  const pings = (state: State, ...tids: ReadonlyArray<number>) =>
    after(state, ...tids.map((n) => ingress({ ...ping, tid: tid(n) }, arrivingFor(gid(1)))))
  const left = ({ inbound }: State) => inbound.map((of) => Number.parseInt(of.tid, 16))

  it("is kept by the one used longest ago, an answered one before all [SQP-TID-12]", () => {
    const full = pings(running(small({ limits: { inbound: 2 } })), 1, 2)
    expect(left(pings(full, 3))).toEqual([2, 3])
    expect(left(pings(after(full, egress(VF1, { ...pong, tid: tid(2) })), 3))).toEqual([1, 3])
    expect(left(pings(full, 1, 3))).toEqual([1, 3])
  })

  it("is kept, where others may have been forgotten, by any of these [SQP-TID-12] [SQP-TID-5]", () => {
    const full = after(pings(long({ inbound: 2 }), 1, 2), passes(2))
    const ways = modelRules(full, ingress({ ...ping, tid: tid(3) }, arrivingFor(gid(1)))).possible
    expect(ways.map(({ state }) => left(state))).toEqual([[2, 3], [1, 3]])
    expect(actionsOf(pinged, ingress(ping, arrivingFor(gid(1))))).toHaveLength(1)
  })
})
