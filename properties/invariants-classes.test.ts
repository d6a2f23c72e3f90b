/** Short histories that break the invariants of classes and policy, and their neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import { gidOf, NO_GUID, PF } from "../model/ids.ts"
import type { Mad } from "../model/mad.ts"
import { breaks, complaint, dropped, proxy, sends, seen, started, toFunction, toWire } from "./invariant-story.ts"
import {
  ask, BASEBOARD, CM, egress, grhTo, guid, ingress, mad, PERF, PREFIX, SA, small, SMP, VF1, VF2
} from "./small-world.ts"

const smp = mad({ mgmtClass: SMP })
/** The refusal of a request: its answer with a status. */
const refusal = (of: Mad, status = 0x000c): Action => toFunction(VF1, { ...of, method: 0x81, status })
const leaves = (of: Mad) => sends(VF1, of, toWire(VF1, of))

describe("the invariants of classes", () => {
  it("want SMPs on QP0 and nothing else there, to the wire as to a function [SQP-CLS-1]", () => {
    const wrong = breaks("QP0 carries SMPs and QP1 everything else")
    const passes = (action: Action) => wrong(started, seen(ingress(ask), action))
    expect([passes(toFunction(PF, smp, 0)), passes(toFunction(PF, ask, 1)), passes(toWire(PF, ask))])
      .toEqual([null, null, null])
    expect([passes(toFunction(PF, smp, 1)), passes(toFunction(VF1, ask, 0)), passes(toWire(PF, smp))])
      .toEqual([1, 1, 1])
  })

  it("let of vendor classes pass 0x30 to 0x4f with the OUI of ibping, and no neighbour of these [SQP-CLS-4]", () => {
    const wrong = breaks("Only what policy allows leaves for a VF")
    const vendor = (mgmtClass: number, oui = "001405") => wrong(started, leaves(mad({ mgmtClass, oui })))
    expect([vendor(0x30), vendor(0x4f)]).toEqual([null, null])
    expect([vendor(0x2f), vendor(0x50), vendor(0x09), vendor(0x81), vendor(0x30, "001406")])
      .toEqual([1, 1, 1, 1, 1])
  })

  it("let CM pass whatever the policy says of its class, but no other class that it closes [SQP-CLS-4]", () => {
    const closed = (mgmtClass: number) => ({ mgmtClass, allow: "none" }) as const
    const policy = { classes: [CM, PERF].map(closed), saAttributes: [] }
    const wrong = breaks("Only what policy allows leaves for a VF", small({ policy }))
    expect(wrong(started, leaves(mad({ mgmtClass: CM, method: 0x03 })))).toBeNull()
    expect(wrong(started, leaves(ask))).toBe(1)
  })

  it("judge what answers by what it answers: it may leave whatever its class [SQP-CLS-4]", () => {
    const wrong = breaks("Only what policy allows leaves for a VF")
    const of = (method: number) => wrong(started, leaves(mad({ mgmtClass: BASEBOARD, method })))
    expect([of(0x80), of(0x81), of(0x07)]).toEqual([null, null, null])
    expect([of(0x01), of(0x06), of(0x7f)]).toEqual([1, 1, 1])
  })

  it("name what leaves against the policy by its class and method [SQP-CLS-4]", () => {
    const history = [started, leaves(mad({ mgmtClass: BASEBOARD, method: 0x12 }))]
    expect(complaint("Only what policy allows leaves for a VF", history)).toBe("class 0x5 method 0x12 of a VF leaves")
  })

  it("see a refusal of what policy allows where it is answered as well [SQP-CLS-8]", () => {
    const wrong = breaks("What the policy in force allows is not refused")
    expect(wrong(started, sends(VF1, ask, refusal(ask), dropped(VF1, "class-policy")))).toBe(1)
    expect(wrong(started, sends(VF1, ask, refusal(ask), dropped(VF1, "tid-quota")))).toBeNull()
    expect(wrong(started, sends(VF1, ask, refusal(ask), dropped(VF2, "class-policy")))).toBeNull()
  })
})

describe("that a refused request is answered", () => {
  const world = small({ guids: [guid(0), guid(1), NO_GUID] })
  const unanswered = breaks("A refused request is answered with its status", world)
  const set = mad({ mgmtClass: PERF, method: 0x02 })
  const silently = (of: Mad, change: Parameters<typeof egress>[2] = {}, fn = VF1) =>
    unanswered(started, seen(egress(fn, of, change), dropped(fn, "class-policy")))

  it("is asked for each request that comes so far, with the status of its class [SQP-CLS-5]", () => {
    expect(unanswered(started, sends(VF1, set, refusal(set)))).toBeNull()
    expect(unanswered(started, sends(VF1, set, refusal(set, 0x0200)))).toBe(1)
    expect(silently(set)).toBe(1)
    expect(silently(set, { srcQpn: proxy(VF1, 1) })).toBe(1)
    expect(silently(mad({ mgmtClass: SA, method: 0x02, attributeId: 0x35 }))).toBe(1)
  })

  it("is asked for whatever method has a response [SQP-CLS-5]", () => {
    const asking = [0x01, 0x02, 0x12, 0x13, 0x14, 0x15]
    const others = [0x03, 0x05, 0x06, 0x07]
    const silent = (methods: ReadonlyArray<number>) =>
      methods.map((method) => silently(mad({ mgmtClass: BASEBOARD, method })))
    expect([silent(asking), silent(others)]).toEqual([asking.map(() => 1), others.map(() => null)])
  })

  it("is asked of no MAD that is dropped before policy is asked [SQP-CLS-5]", () => {
    expect(silently({ ...set, baseVersion: 2 })).toBeNull()
    expect(silently({ ...mad({ mgmtClass: SA, method: 0x02 }), classVersion: 1 })).toBeNull()
    expect(silently(set, { qp: 0 })).toBeNull()
    expect(silently(smp, { qp: 1 })).toBeNull()
    expect(silently(set, { srcQpn: proxy(VF2, 1) })).toBeNull()
    expect(silently(set, { srcQpn: proxy(VF1, 0) })).toBeNull()
    expect(silently(set, { pkeyIndex: 1 })).toBeNull()
    expect(unanswered(seen(egress(VF1, set), dropped(VF1, "not-attached")))).toBeNull()
  })

  it("is asked of a MAD with a GRH only where its function has a GUID to send it from [SQP-CLS-5]", () => {
    const grh = grhTo(gidOf(PREFIX, guid(9)))
    expect([silently(set, { grh }), silently(set, { grh }, VF2), silently(set, {}, VF2)]).toEqual([1, null, 1])
  })

  it("is not asked of the PF, which may send all, and forbids answers to what has none [SQP-CLS-5]", () => {
    expect(silently(set, {}, PF)).toBeNull()
    const trap = mad({ mgmtClass: BASEBOARD, method: 0x05 })
    expect(silently(trap)).toBeNull()
    expect(unanswered(started, sends(VF1, trap, refusal(trap)))).toBe(1)
  })
})
