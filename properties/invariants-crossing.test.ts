/** What the invariants take a MAD for, by its header: for each reading, what it is and what just is not. */
import { describe, expect, it } from "vitest"
import { type Gid, NO_GID } from "../model/ids.ts"
import {
  answers, arriving, asksForMembership, asksForNotices, isCm, isControl, isDropped, isNoticeReport,
  isSubnetManagement, leaving
} from "../model/invariants-crossing.ts"
import type { Body, Mad } from "../model/mad.ts"
import { dropped, seen, sends, toFunction, toWire } from "./invariant-story.ts"
import { CM, gid, ingress, mad, PERF, PF, SA, VF1 } from "./small-world.ts"

const [NOTICE, INFORM_INFO, GUID_INFO, MC_MEMBER] = [0x02, 0x03, 0x30, 0x38]
const sa = (method: number, attributeId: number, change: Partial<Mad> = {}): Mad =>
  mad({ mgmtClass: SA, method, attributeId, ...change })
/** For a reading, the neighbours that differ by one field. */
const near = (of: Mad, ...changes: ReadonlyArray<Partial<Mad>>): ReadonlyArray<Mad> =>
  changes.map((change) => ({ ...of, ...change }))
const reads = (is: (of: Mad) => boolean, of: Mad, ...changes: ReadonlyArray<Partial<Mad>>) => {
  expect(is(of)).toBe(true)
  expect(near(of, ...changes).map(is)).toEqual(changes.map(() => false))
}

describe("what invariants take a MAD for", () => {
  it("is an answer from the R bit on, and TrapRepress, which has none [SQP-TID-8]", () => {
    const is = (method: number) => answers(mad({ mgmtClass: PERF, method }))
    expect([0x07, 0x80, 0x81, 0xff].map(is)).toEqual([true, true, true, true])
    expect([0x01, 0x06, 0x08, 0x7f].map(is)).toEqual([false, false, false, false])
  })

  it("is of CM by class and method, and an SMP of either class [SQP-CM-1, SQP-CLS-1]", () => {
    reads(isCm, mad({ mgmtClass: CM, method: 0x03 }), { method: 0x01 }, { mgmtClass: PERF })
    expect([0x01, 0x81].map((mgmtClass) => isSubnetManagement(mad({ mgmtClass })))).toEqual([true, true])
    expect([0x02, 0x03, 0x80, 0x82].map((mgmtClass) => isSubnetManagement(mad({ mgmtClass }))))
      .toEqual([false, false, false, false])
  })

  it("is the control of an RMPP transfer: active, ACK, STOP or ABORT, and no answer [SQP-TID-9, SQP-TID-11]", () => {
    const of = (type: number, active = true) => ({ rmpp: { active, type } })
    const ack = sa(0x12, 0x35, of(2))
    reads(isControl, ack, of(1), of(5), of(2, false), { rmpp: null }, { method: 0x92 })
    expect(near(ack, of(3), of(4)).map(isControl)).toEqual([true, true])
  })

  it("is about membership, a subscription or a notice in class SA alone [SQP-MC-2, SQP-SUB-2]", () => {
    reads(asksForMembership, sa(0x02, MC_MEMBER), { mgmtClass: PERF }, { attributeId: 0x35 }, { method: 0x01 })
    expect(asksForMembership(sa(0x15, MC_MEMBER))).toBe(true)
    reads(asksForNotices, sa(0x02, INFORM_INFO), { mgmtClass: PERF }, { attributeId: 0x35 }, { method: 0x01 })
    reads(isNoticeReport, sa(0x06, NOTICE), { mgmtClass: PERF }, { attributeId: INFORM_INFO }, { method: 0x86 })
  })
})

describe("what passes a PF context", () => {
  const leaves = (of: Mad, fn = VF1) => leaving(sends(fn, of, toWire(fn, of))) !== null

  it("is not what a VF asks the SA about GUIDs: the PF context asks instead, but not for the PF [SQP-GUID-11]", () => {
    const set = sa(0x02, GUID_INFO)
    expect([leaves(set), leaves(sa(0x15, GUID_INFO))]).toEqual([false, false])
    expect(leaves(set, PF)).toBe(true)
    expect(near(set, { method: 0x01 }, { attributeId: 0x35 }, { mgmtClass: PERF }).map((of) => leaves(of)))
      .toEqual([true, true, true])
    expect(leaving(sends(VF1, sa(0x01, 0x35), dropped(VF1, "no-sm")))).toBeNull()
  })

  /** Records of a table, whose ports nobody reads. */
  const records: Body = {
    _tag: "mcMembers", mask: "0".repeat(16), segment: 1, payloadLength: 0, attributeOffset: 7, data: "0".repeat(400)
  }
  const handed = (of: Mad) => arriving(seen(ingress(of), toFunction(VF1, of))) !== null
  const member = (change: { readonly portGid?: Gid; readonly mask?: string } = {}): Pick<Mad, "body"> => ({
    body: {
      _tag: "mcMember", mask: "0".repeat(16), mgid: gid(7), portGid: gid(1), qkey: 0, mlid: 0, mtuSelector: 0, mtu: 0,
      trafficClass: 0, pkey: 0, rateSelector: 0, rate: 0, lifetimeSelector: 0, lifetime: 0, sl: 0, flowLabel: 0,
      hopLimit: 0, scope: 0, joinState: 1, proxyJoin: 0, ...change
    }
  })

  it("is no answer about a membership without a mask that names a port: that the PF context gives [SQP-MC-3]", () => {
    const answer = sa(0x81, MC_MEMBER, member())
    expect(handed(answer)).toBe(false)
    const others = near(answer, { mgmtClass: PERF }, { attributeId: 0x35 }, { method: 0x01 }, { body: records },
      member({ portGid: NO_GID }), member({ mask: "0000000000000001" }))
    expect(others.map(handed)).toEqual(others.map(() => true))
  })

  it("is no Report and no answer about a subscription: these are the PF context's own matter [SQP-SUB-2]", () => {
    expect([handed(sa(0x06, NOTICE)), handed(sa(0x81, INFORM_INFO))]).toEqual([false, false])
    const others = near(sa(0x81, INFORM_INFO), { mgmtClass: PERF }, { attributeId: 0x35 }, { method: 0x92 })
    expect(others.map(handed)).toEqual(others.map(() => true))
  })

  it("is dropped by a drop of that reason: who must wait for that reason is not [SQP-FAIR-2]", () => {
    const of = sa(0x01, 0x35)
    const reason = "wire-full"
    const waits = sends(VF1, of, { _tag: "Defer", function: VF1, qp: 1, reason })
    expect([isDropped(waits, reason), isDropped(sends(VF1, of, dropped(VF1, reason)), reason)])
      .toEqual([false, true])
  })
})
