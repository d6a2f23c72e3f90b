/** Explores transactions of the model in small closed systems, judged by invariants and by the truth. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { choices, permits } from "../model/bind.ts"
import type { Event } from "../model/event.ts"
import { Lid } from "../model/ids.ts"
import { violationsOf } from "../model/invariants.ts"
import { tidInvariants } from "../model/invariants-tid.ts"
import type { State } from "../model/state.ts"
import { actionsOf, after, endOf, running } from "./happening.ts"
import { assertProperty } from "./run.ts"
import { expectFaultless } from "./faultless.ts"
import { modelRules } from "./scope.ts"
import {
  answer,
  arrivingFor,
  ask,
  egress,
  gid,
  grhTo,
  ingress,
  mad,
  passes,
  PERF,
  ping,
  PING,
  pool,
  SA,
  small,
  SM_LID,
  tid,
  VF1,
  VF2
} from "./small-world.ts"

describe("the model of transactions", () => {
  it(
    "keeps every invariant when functions share a TID and messages are lost, doubled and reordered " +
      "[SQP-TID-1, SQP-TID-2, SQP-TID-3, SQP-TID-4]",
    () => {
      expectFaultless("tid/shared")
    }
  )
  it("keeps every invariant while lives end and ids rest [SQP-TID-3, SQP-TID-5, SQP-TID-6]", () => {
    expectFaultless("tid/lives")
  })

  it("keeps every invariant when two functions ask twice and MADs are lost and doubled [SQP-TID-1, SQP-TID-4]", () => {
    expectFaultless("tid/losses")
  })
  it("keeps every invariant when a function is reset while it waits [SQP-LIFE-1, SQP-TID-6]", () => {
    expectFaultless("tid/reset-of-asker")
  })
  it("keeps every invariant when functions ping each other with one TID [SQP-TID-8, SQP-STEER-4]", () => {
    expectFaultless("tid/pings")
  })
  it("keeps every invariant when a function is reset before it answers [SQP-TID-8, SQP-LIFE-1]", () => {
    expectFaultless("tid/reset-of-responder")
  })
  it("keeps every invariant when a stranger forges answers [SQP-TID-4, SQP-STEER-1]", () => {
    expectFaultless("tid/forgeries")
  })
  it("keeps every invariant when quotas are used up by requests that may be forgotten [SQP-TID-10]", () => {
    expectFaultless("tid/quota")
  })
  it("keeps every invariant when a peer controls transfers that two functions may have [SQP-TID-9]", () => {
    expectFaultless("tid/rmpp")
  })

  it("keeps every invariant when answered requests give way at the quota [SQP-TID-10, SQP-TID-11]", () => {
    expectFaultless("tid/giving-way")
  })
  it("keeps every invariant when delivered requests give way at the quota [SQP-TID-12]", () => {
    expectFaultless("tid/giving-way-inbound")
  })

  /** What an event may end in, by what was remembered. */
  const endsOf = (state: State, event: Event): ReadonlyArray<string> =>
    modelRules(state, event).possible.map(({ actions: [action] }) =>
      action?._tag === "Drop" ? action.reason : (action?._tag ?? "nothing")
    )
  /** The state in which what was in its optional life has turned out to be forgotten. */
  const forgetting = (state: State, event: Event): State => {
    const forgotten = modelRules(state, event).possible.find(({ choice }) => choice.includes("forgotten"))
    if (forgotten === undefined) throw new Error(`${event._tag} asks about nothing that may be forgotten`)
    return forgotten.state
  }

  it("remembers a request before tidMin, may forget it until tidMax, and has then [SQP-TID-5]", () => {
    const asked = after(running(small()), egress(VF1, ask))
    const ends = [1, 2, 3].map((ms) => endsOf(after(asked, passes(ms)), ingress(answer(1))))
    expect(ends).toEqual([["ToFunction"], ["ToFunction", "response-unasked"], ["response-unasked"]])
  })

  it("keeps forgotten what turned out to be, even by a MAD that is dropped [SQP-TID-5, SQP-TID-8]", () => {
    const asked = after(running(small()), egress(VF1, ask), passes(2))
    const unasked = forgetting(asked, ingress(answer(1)))
    expect(endsOf(unasked, ingress(answer(1)))).toEqual(["response-unasked"])
    const wasAsked = after(running(small()), ingress(ping, arrivingFor(gid(1))), passes(2))
    const pong = egress(VF1, mad({ mgmtClass: PING, method: 0x81 }))
    expect(endsOf(wasAsked, pong)).toEqual(["ToWire", "response-undelivered"])
    expect(endsOf(forgetting(wasAsked, pong), pong)).toEqual(["response-undelivered"])
    const ack = ingress(mad({ mgmtClass: PING, rmpp: { active: true, type: 2 } }))
    expect(endsOf(forgetting(wasAsked, ack), pong)).toEqual(["response-undelivered"])
  })

  it("tells transactions apart by function, class, destination and guest TID [SQP-TID-1, SQP-TID-3]", () => {
    const requests = [
      egress(VF1, ask),
      egress(VF2, ask),
      egress(VF1, mad({ mgmtClass: SA }), { dlid: SM_LID }),
      egress(VF1, ask, { dlid: Lid(21) }),
      egress(VF1, ask, { grh: grhTo(gid(9)) }),
      egress(VF1, mad({ mgmtClass: PERF, tid: tid(0x78) }))
    ]
    const state = after(running(small()), ...requests)
    const tids = requests.map((request) =>
      actionsOf(state, request).map((action) => "mad" in action && action.mad.tid)
    )
    expect(tids).toEqual([1, 2, 3, 4, 5, 6].map((n) => [tid(n)]))
  })

  it("draws no wire TID whose low half is 0, held or resting [SQP-TID-1, SQP-TID-6]", () => {
    const held = after(running(small()), egress(VF1, ask))
    const resting = after(held, { _tag: "Reset", function: VF1 })
    const other = egress(VF2, ask)
    const drawn = [
      "0000000000000000",
      "0000000100000000",
      "0000000000000001",
      "00000ff000000001",
      "0000000000000002"
    ]
    for (const state of [held, resting]) {
      expect(drawn.map((each) => permits(state, other, [each]))).toEqual([false, false, false, false, true])
    }
  })

  it("is told of a wire TID with upper bits, which a kernel would rewrite [SQP-TID-7]", () => {
    const { config } = small()
    const state = running(small())
    const wide = choices(state, egress(VF1, ask), { ...pool(), tid: ["0000000100000002"] }).possible
    const reasons = wide.flatMap(({ actions }) =>
      violationsOf(tidInvariants(config), [{ event: egress(VF1, ask), actions }])
    )
    expect(reasons).toEqual([expect.stringContaining("(SQP-TID-7)")])
  })

  it("hands RMPP control to who has the request, of several to the DGID's [SQP-TID-9]", () => {
    const ack = mad({ mgmtClass: PING, rmpp: { active: true, type: 2 } })
    const asked = after(running(small()), ingress(ping, arrivingFor(gid(1))))
    expect(endOf(asked, ingress(ack))).toBe("function 1")
    expect(endOf(asked, ingress(ack, arrivingFor(gid(2))))).toBe("steer-conflict of 1")
    const both = after(asked, ingress(ping, arrivingFor(gid(2))))
    expect(endOf(both, ingress(ack))).toBe("rmpp-unknown of nobody")
    expect(endOf(both, ingress(ack, arrivingFor(gid(2))))).toBe("function 2")
    expect(endOf(both, ingress(ack, arrivingFor(gid(0))))).toBe("rmpp-unknown of nobody")
  })

  it("lets the answered request used longest ago give way, and drops if none is answered [SQP-TID-10]", () => {
    const asks = (n: number, rmpp = { active: false, type: 0 }) =>
      egress(VF1, mad({ mgmtClass: PING, tid: tid(0x70 + n), rmpp }))
    const answers = (n: number) => ingress(mad({ mgmtClass: PING, method: 0x81, tid: tid(n) }))
    const ack = { active: true, type: 2 }
    const two = after(running(small({ limits: { tids: 2 } })), asks(1), asks(2))
    expect(endOf(two, asks(3))).toBe("tid-quota of 1")
    const answered = after(two, answers(1), answers(2))
    const third = after(answered, asks(3))
    expect([1, 2, 3].map((n) => endOf(third, answers(n)))).toEqual([
      "response-unasked of nobody",
      "function 1",
      "function 1"
    ])
    expect(endOf(third, asks(1, ack))).toBe("rmpp-unknown of 1")
    // Control is a use and asks nothing; asking again is.
    const controlled = after(answered, asks(1, ack), asks(3))
    expect([1, 2].map((n) => endOf(controlled, answers(n)))).toEqual(["function 1", "response-unasked of nobody"])
    expect(endOf(after(answered, asks(1), asks(2)), asks(3))).toBe("tid-quota of 1")
  })

  it("lets the delivered request used longest ago give way, an answered one first [SQP-TID-12]", () => {
    const arrives = (n: number) => ingress(mad({ mgmtClass: PING, tid: tid(n) }), arrivingFor(gid(1)))
    const answers = (n: number) => egress(VF1, mad({ mgmtClass: PING, method: 0x81, tid: tid(n) }))
    const two = after(running(small({ limits: { inbound: 2 } })), arrives(1), arrives(2))
    const ends = (state: State) => [1, 2, 3].map((n) => endOf(state, answers(n)))
    const refused = "response-undelivered of 1"
    expect(ends(after(two, arrives(3)))).toEqual([refused, "wire", "wire"])
    expect(ends(after(two, arrives(1), arrives(3)))).toEqual(["wire", refused, "wire"])
    expect(ends(after(two, answers(2), arrives(3)))).toEqual(["wire", refused, "wire"])
    expect(ends(after(two, answers(2), arrives(2), arrives(3)))).toEqual([refused, "wire", "wire"])
    expect(endOf(running(small({ limits: { inbound: 0 } })), arrives(1))).toBe("inbound-quota of 1")
  })

  it("lets a full quota give way only to what may be forgotten [SQP-TID-10]", () => {
    const full = after(running(small({ limits: { tids: 1 } })), egress(VF1, ask))
    const other = egress(VF1, mad({ mgmtClass: PERF, tid: tid(0x78) }))
    expect(endOf(full, other)).toBe("tid-quota of 1")
    expect(endsOf(after(full, passes(2)), other)).toEqual(["tid-quota", "ToWire"])
    const { possible } = modelRules(after(full, passes(2)), other)
    expect(possible.map(({ state }) => state.transactions.length)).toEqual([1, 1])
    expect(endsOf(after(full, passes(3)), other)).toEqual(["ToWire"])
  })

  it("ages alike in one step and in two [SQP-TID-5, SQP-TID-6]", () => {
    const times = fc.integer({ min: 1, max: 9 })
    const happens = fc.constantFrom<Event>(
      egress(VF1, ask),
      egress(VF2, ask),
      { _tag: "Reset", function: VF1 },
      passes(1),
      ingress(ping, arrivingFor(gid(1))),
      { _tag: "PrefixChanged", subnetPrefix: small().port.prefix }
    )
    const additive = fc.property(
      fc.array(happens, { maxLength: 6 }),
      times,
      times,
      (events, first, second) => {
        const start = running(small({ timing: { rest: 4 } }))
        const state = events.reduce(
          (before, event) => modelRules(before, event).possible[0]?.state ?? before,
          start
        )
        expect(after(state, passes(first), passes(second))).toEqual(after(state, passes(first + second)))
      }
    )
    assertProperty(additive, { numRuns: 300 })
  })
})
