/** What is no event of a state: the step says why, and what is one it takes. */
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { choices } from "../model/bind.ts"
import type { Event } from "../model/event.ts"
import { FunctionId, Gid, Lid } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { State } from "../model/state.ts"
import { step } from "../model/step.ts"
import { actionsOf, after, endOf, outcomeOf, running } from "./happening.ts"
import { ask, arrivingFor, egress, gid, guid, ingress, passes, PF, ping, pool, small, VF1, VF2 } from "./small-world.ts"
import { joinOf } from "./walk.ts"

const BEYOND = FunctionId(9)
const GROUP = Gid("ff12401bffff00000000000000000001")

const rejectionOf = (state: State, event: Event) => {
  const result = step(state, event, [])
  return Result.isFailure(result) ? result.failure : null
}

const refusals: ReadonlyArray<readonly [string, Event, RegExp]> = [
  ["what is about a function that does not exist", { _tag: "Attach", function: BEYOND }, /no function 9/],
  ["a service of a function that does not exist", {
    _tag: "PolicyChanged", policy: {},
    services: [{ serviceId: "0000000000000001", function: VF1 }, { serviceId: "0000000000000002", function: BEYOND }]
  }, /no function 9/],
  ["a detach of the PF", { _tag: "Detach", function: PF }, /PF context/],
  ["a reset of the PF", { _tag: "Reset", function: PF }, /PF context/],
  ["a quota above what there may be", { _tag: "QuotasChanged", functions: [VF1], quotas: { queue: 99_999 } }, /at most/],
  ["a MAD that is taken though it does not wait", { _tag: "Taken", egress: egress(VF1, ask) }, /turn/],
  ["an alias GUID for the PF", { _tag: "AdminGuid", function: PF, guid: guid(7) }, /slot 0/]
]

describe("the step", () => {
  it.each(refusals)("refuses %s as no event [SQP-MODEL-1]", (_, event, why) => {
    expect(rejectionOf(running(small()), event)).toEqual({ _tag: "NotEnabled", why: expect.stringMatching(why) })
  })

  it("is taken for services of functions that exist [SQP-CM-12]", () => {
    const services = [{ serviceId: "0000000000000001", function: VF2 }]
    const event: Event = { _tag: "PolicyChanged", policy: {}, services }
    expect(rejectionOf(running(small()), event)).toBeNull()
    expect(after(running(small()), event).config.services).toEqual(services)
  })

  it("leaves no time beyond the moment at which something must have been seen [SQP-MODEL-1]", () => {
    const joining = after(running(small({ timing: { saTimeout: 4, slack: 2 } })), joinOf(VF1, GROUP))
    expect(rejectionOf(joining, passes(7))).toEqual({ _tag: "TooLate", latest: 6 })
    expect(choices(joining, passes(6), pool()).possible).toHaveLength(1)
    expect(choices(joining, passes(5), pool()).possible).toHaveLength(2)
    expect(rejectionOf(running(small()), passes(99_999))).toBeNull()
  })

  it("says with what nobody saw by how much later it may have been [SQP-CHK-8]", () => {
    const joining = after(running(small({ timing: { saTimeout: 4, slack: 2 } })), joinOf(VF1, GROUP))
    const lateOf = (event: Event) => outcomeOf(joining, event).state.groups[0]?.transaction
    expect(lateOf(passes(6))).not.toHaveProperty("late")
    expect(lateOf({ _tag: "TimePasses", ms: 6, within: 3 })).not.toHaveProperty("late")
    const early = choices(joining, { _tag: "TimePasses", ms: 4, within: 3 }, pool()).possible
    expect(early.map(({ state }) => state.groups[0]?.transaction?.late ?? 0)).toEqual([2, 0])
  })

  it("bounds the room in a function's rings [SQP-FAIR-4]", () => {
    const one = after(running(small()), { _tag: "FunctionRoom", function: VF1, slots: 1 })
    const arriving = ingress(ping, arrivingFor(gid(1)))
    expect(endOf(one, arriving)).toBe("function 1")
    expect(endOf(after(one, arriving), arriving)).toBe("function-full of 1")
    expect(endOf(after(one, arriving), ingress(ping, arrivingFor(gid(2))))).toBe("function 2")
  })

  it("takes a request of the PF back with the P_Key that the port lost, though nobody else is there [SQP-MC-15]", () => {
    const join = joinOf(PF, GROUP)
    if (join._tag !== "Egress" || !("body" in join.mad) || join.mad.body._tag !== "mcMember") throw new Error("a join")
    const body = { ...join.mad.body, mask: "0000000000010083", pkey: 0xffff }
    const joining = after(running(small({ functions: 1 })), { ...join, mad: { ...join.mad, body } })
    const heard = actionsOf(joining, { _tag: "PkeysChanged", pkeys: [0x8002] })
    expect(heard.map((action) => action._tag)).toContain("ToFunction")
    expect(actionsOf(joining, { _tag: "LidChanged", lid: Lid(7), lmc: 0 }).map((action) => action._tag)).not.toContain("ToFunction")
  })

  it("ends nothing with a function that has no tunnels yet [SQP-LIFE-1] [SQP-LIFE-2]", () => {
    const posted = after(initial(small()), { _tag: "WireRoom", slots: 0 }, egress(VF1, ask))
    expect(posted.deferred).toHaveLength(1)
    expect(actionsOf(posted, { _tag: "Detach", function: VF1 })).toEqual([])
  })

  it("does nothing twice: a start or a stop, an attach or a detach, is done once [SQP-LIFE-2, SQP-LIFE-3]", () => {
    const stopped = initial(small({ attached: [true, true, false] }))
    expect(actionsOf(stopped, { _tag: "Stop" })).toEqual([])
    expect(actionsOf(running(small()), { _tag: "Start" })).toEqual([])
    expect(actionsOf(running(small()), { _tag: "Attach", function: VF1 })).toEqual([])
    expect(actionsOf(stopped, { _tag: "Detach", function: VF2 })).toEqual([])
  })
})
