/** Back-pressure in the model: what waits, what is taken when, what finds no room; and scopes. */
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import type { Event, EventOf } from "../model/event.ts"
import { takeable } from "../model/fairness.ts"
import { step } from "../model/step.ts"
import { actionsOf, after, endOf, running } from "./happening.ts"
import { expectFaultless } from "./faultless.ts"
import {
  answer, arrivingFor, ask, egress, gid, ingress, mad, PERF, PF, ping, small, SMP, tid, VF1, VF2
} from "./small-world.ts"

const room = (slots: number | null): EventOf<"WireRoom"> => ({ _tag: "WireRoom", slots })
const asks = (fn: typeof VF1, n: number) => egress(fn, { ...ask, tid: tid(n) })

describe("the model of back-pressure", () => {
  it("defers while the wire is full, each QP by itself, and says so to the sender [SQP-FAIR-2]", () => {
    const full = after(running(small()), room(0))
    expect(actionsOf(full, asks(VF1, 1))).toEqual([{ _tag: "Defer", function: VF1, qp: 1, reason: "wire-full" }])
    const smpOnly = { ...full, wireRoom: [null, 0] as const }
    expect(endOf(smpOnly, egress(PF, mad({ mgmtClass: SMP })))).toBe("wire")
  })

  it("takes what waited in the order of each function, functions in any order [SQP-FAIR-2]", () => {
    const waits = after(running(small()), room(0), asks(VF2, 1), asks(VF1, 2), asks(VF1, 3), asks(VF1, 4))
    expect(takeable(waits)).toEqual([])
    const roomy = after(waits, room(2))
    const [first, second] = takeable(roomy)
    expect([first, second].map((event) => event?.egress.function)).toEqual([VF1, VF2])
    const later = after(roomy, ...takeable(roomy).slice(0, 1))
    const [next, ...others] = takeable(later)
    expect(next?.egress.mad).toMatchObject({ tid: tid(3) })
    expect(others).toHaveLength(1)
    expect(takeable(after(later, ...others))).toEqual([])
    const early: EventOf<"Taken"> = { _tag: "Taken", egress: waits.deferred.at(2) ?? asks(VF1, 9) }
    expect(step(later, early, [])).toMatchObject({ failure: { _tag: "NotEnabled", why: "it is not this MAD's turn" } })
  })

  it("judges a MAD that waited by what holds when it is taken [SQP-FAIR-2]", () => {
    const waits = after(running(small()), room(0), asks(VF1, 1), { _tag: "PkeysChanged", pkeys: [0] }, room(null))
    const [event] = takeable(waits)
    expect(event && endOf(waits, event)).toBe("pkey-index of 1")
  })

  it("refuses a MAD to its sender when as many wait as may [SQP-FAIR-3]", () => {
    const waits = after(running(small({ limits: { queue: 1 } })), room(0), asks(VF1, 1))
    expect(actionsOf(waits, asks(VF1, 2))).toMatchObject([{ _tag: "Answer", function: VF1, status: "refused" }])
    expect(endOf(waits, asks(VF2, 3))).toBe("Defer")
  })

  it("changes quotas of one function at most to what was declared, and keeps what is held [SQP-FAIR-6]", () => {
    const waits = after(running(small({ limits: { queue: 2 } })), room(0), asks(VF1, 1), asks(VF1, 2))
    const lower: Event = { _tag: "QuotasChanged", functions: [VF1], quotas: { queue: 1 } }
    const lowered = after(waits, lower)
    expect(lowered.deferred).toHaveLength(2)
    const [first] = takeable(after(lowered, room(1)))
    const one = first ? after(lowered, room(1), first, room(0)) : lowered
    expect(one.deferred).toHaveLength(1)
    expect(endOf(one, asks(VF1, 3))).toBe("Answer")
    expect(endOf(one, asks(VF2, 3))).toBe("Defer")
    const beyond: Event = { _tag: "QuotasChanged", functions: [VF1], quotas: { queue: 3 } }
    expect(Result.isFailure(step(one, beyond, []))).toBe(true)
  })

  it("changes each quota to what was declared, and not beyond [SQP-FAIR-6]", () => {
    const state = running(small({ limits: { groups: 5, pending: 6, queue: 7 } }))
    for (const [name, most] of Object.entries({ groups: 5, pending: 6, queue: 7 })) {
      const change = (to: number) =>
        step(state, { _tag: "QuotasChanged", functions: [VF1, VF2], quotas: { [name]: to } }, [])
      expect(Result.isSuccess(change(most))).toBe(true)
      expect(change(most + 1)).toMatchObject({ failure: { _tag: "NotEnabled" } })
    }
  })

  it("keeps a MAD behind others of its function though there is room again [SQP-FAIR-2]", () => {
    const roomy = after(running(small()), room(0), asks(VF1, 1), room(3))
    expect(endOf(roomy, asks(VF1, 2))).toBe("Defer")
    expect(endOf(roomy, asks(VF2, 2))).toBe("wire")
  })

  it("takes a slot of the ring of a MAD's own QP, and none where nothing bounds them [SQP-FAIR-2, SQP-FAIR-4]", () => {
    const smp = egress(PF, mad({ mgmtClass: SMP }))
    const bounded = after(running(small()), room(3), asks(VF1, 1), asks(VF1, 2), smp)
    expect(bounded.wireRoom).toEqual([2, 1])
    expect(after(running(small()), asks(VF1, 1), smp).wireRoom).toEqual([null, null])
    const arrives = ingress(ping, arrivingFor(gid(1)))
    const rooms = (slots: number | null) =>
      after(running(small()), { _tag: "FunctionRoom", function: VF1, slots }, arrives, arrives).functions.map((of) => of.room)
    expect(rooms(3).slice(0, 3)).toEqual([[null, null], [3, 1], [null, null]])
    expect(rooms(null)[1]).toEqual([null, null])
  })

  it("drops what a function posted before it ended, or before its tunnels opened [SQP-LIFE-1]", () => {
    const waits = after(running(small()), room(0), asks(VF1, 1), asks(VF1, 2), asks(VF2, 3))
    for (const end of [{ _tag: "Detach", function: VF1 }, { _tag: "Reset", function: VF1 }] as const) {
      const drops = actionsOf(waits, end).filter(({ _tag }) => _tag === "Drop")
      expect(drops).toEqual([1, 2].map(() => ({ _tag: "Drop", function: VF1, reason: "not-attached" })))
      expect(after(waits, end).deferred).toHaveLength(1)
    }
    const stopped = after(waits, { _tag: "Stop" })
    expect(stopped.deferred).toEqual([])
    const again = after(stopped, asks(VF1, 4))
    expect(again.deferred).toHaveLength(1)
    expect(actionsOf(again, { _tag: "Start" }).filter(({ _tag }) => _tag === "Drop")).toHaveLength(1)
  })

  it("drops function-full what arrives for a full ring, and what it answers, and changes nothing [SQP-FAIR-4]", () => {
    const asked = after(running(small()), asks(VF1, 1))
    const full = after(asked, { _tag: "FunctionRoom", function: VF1, slots: 0 })
    const events = [
      ingress(ping, arrivingFor(gid(1))), ingress(answer(1)), egress(VF1, mad({ mgmtClass: PERF, method: 0x02 }))
    ]
    for (const event of events) {
      expect(endOf(full, event)).toBe("function-full of 1")
      expect(after(full, event)).toEqual(full)
    }
    expect(endOf(full, ingress(ping, arrivingFor(gid(2))))).toBe("function 2")
    const roomy = after(full, { _tag: "FunctionRoom", function: VF1, slots: 1 })
    expect(endOf(roomy, ingress(answer(1)))).toBe("function 1")
    expect(endOf(after(roomy, ingress(answer(1))), ingress(answer(1)))).toBe("function-full of 1")
  })

  it("keeps every invariant while quotas change that are used [SQP-FAIR-6, SQP-FAIR-3, SQP-TID-12]", () => {
    expectFaultless("fairness/changing-quotas")
  })

  it("keeps every invariant while rings to the wire fill and empty [SQP-FAIR-2, SQP-FAIR-3, SQP-LIFE-1]", () => {
    expectFaultless("fairness/wire-room")
  })

  it("keeps every invariant when rings fill and MADs are lost [SQP-FAIR-2, SQP-FAIR-3, SQP-FAIR-4]", () => {
    expectFaultless("fairness/losses")
  })

  it("keeps every invariant while rings to functions fill and empty [SQP-FAIR-4]", () => {
    expectFaultless("fairness/function-room")
  })
})
