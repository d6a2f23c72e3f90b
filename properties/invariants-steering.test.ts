/** Short histories that break the invariants of steering and of SGIDs, and their neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import { DEFAULT_PREFIX, type FunctionId, gidOf, NO_GUID, SA_GUID, SubnetPrefix } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import { steeringInvariants } from "../model/invariants-steering.ts"
import type { Mad } from "../model/mad.ts"
import { breaksInOthersPlace, broken, dropped, hears, seen, sends, started, toFunction, told, toWire } from "./invariant-story.ts"
import {
  answer, arrivingFor, ask, CM, egress, gid, grhTo, guid, ingress, mad, PERF, PF, ping, PREFIX, SA, small,
  SMP, VF1, VF2
} from "./small-world.ts"

const wrong = broken(steeringInvariants(small({ timing: { prefixGrace: 10 } })))
const all = <T>(each: ReadonlyArray<T>, is: ReadonlyArray<string>) => each.map(() => is)
/** A MAD with a GRH for this GID, or without one, is handed to a function. */
const reaches =
  (fn: FunctionId, of: Mad, dgid: Parameters<typeof arrivingFor>[0] | null = null): Observation =>
  seen(ingress(of, dgid === null ? {} : arrivingFor(dgid)), toFunction(fn, of))
const detach = (fn: FunctionId) => seen({ _tag: "Detach", function: fn })

describe("a MAD with a GRH", () => {
  const smp = mad({ mgmtClass: SMP })

  it("reaches the function that its DGID names, by any prefix that is the port's [SQP-STEER-1]", () => {
    expect([wrong(started, reaches(VF1, ping, gid(1))), wrong(started, reaches(VF2, ping, gid(1)))])
      .toEqual([[], ["SQP-STEER-1"]])
    const byDefault = gidOf(DEFAULT_PREFIX, guid(1))
    expect([wrong(started, reaches(VF1, ping, byDefault)), wrong(started, reaches(PF, ping, byDefault))])
      .toEqual([[], ["SQP-STEER-1"]])
    expect([
      wrong(started, reaches(PF, ping, gidOf(PREFIX, SA_GUID))),
      wrong(started, reaches(VF1, ping, gidOf(PREFIX, SA_GUID)))
    ]).toEqual([[], ["SQP-STEER-1"]])
    expect(wrong(started, reaches(VF2, answer(1), gid(1)))).toEqual(["SQP-STEER-1"])
  })

  it("reaches nobody where its DGID is nobody's [SQP-STEER-2]", () => {
    const others = [gid(9), gidOf(PREFIX, NO_GUID), gidOf(SubnetPrefix("fec0000000000009"), guid(1))]
    for (const dgid of others) {
      expect([PF, VF1].map((fn) => wrong(started, reaches(fn, ping, dgid))))
        .toEqual(all([PF, VF1], ["SQP-STEER-2"]))
      expect(wrong(started, seen(ingress(ping, arrivingFor(dgid)), dropped(null, "dgid-unknown"))))
        .toEqual([])
    }
    expect(wrong(started, seen(ingress(ping), toFunction(PF, ping)))).toEqual([])
    const renamed = [started, seen({ _tag: "PrefixChanged", subnetPrefix: SubnetPrefix("fec0000000000009") })]
    const aged = (ms: number) =>
      wrong(...renamed, seen({ _tag: "TimePasses", ms }), reaches(VF1, ping, gid(1)))
    expect([aged(9), aged(10)]).toEqual([[], ["SQP-STEER-2"]])
  })

  it("is the PF's whatever the GRH says if it is an SMP [SQP-STEER-1, SQP-STEER-2]", () => {
    for (const mgmtClass of [0x01, 0x81]) {
      const of = { ...smp, mgmtClass }
      expect([wrong(started, reaches(PF, of, gid(1))), wrong(started, reaches(PF, of, gid(9)))])
        .toEqual([[], []])
    }
  })
})

describe("a MAD that nobody asked for", () => {
  it("reaches the PF, or by a GRH a VF that may answer it: ibping, or a Get of class CM [SQP-STEER-3]", () => {
    const answerable = [
      ping, { ...ping, mgmtClass: 0x30 }, { ...ping, mgmtClass: 0x4f }, mad({ mgmtClass: CM, method: 0x01 })
    ]
    const others = [
      ask, mad({ mgmtClass: SA }), { ...ping, oui: "001406" }, { ...ping, mgmtClass: 0x2f },
      { ...ping, mgmtClass: 0x50 },
      mad({ mgmtClass: CM, method: 0x02 }), mad({ mgmtClass: 0x06, method: 0x01 })
    ]
    for (const of of [...answerable, ...others]) {
      expect([wrong(started, reaches(PF, of, gid(0))), wrong(started, reaches(PF, of))]).toEqual([[], []])
    }
    expect(answerable.map((of) => wrong(started, reaches(VF1, of, gid(1))))).toEqual(all(answerable, []))
    expect(others.map((of) => wrong(started, reaches(VF1, of, gid(1))))).toEqual(all(others, ["SQP-STEER-3"]))
    expect(wrong(started, reaches(VF1, ping))).toEqual(["SQP-STEER-3"])
  })

  it("is no response, CM message or RMPP control: those have an owner [SQP-STEER-3]", () => {
    const control = (type: number) => mad({ mgmtClass: SA, rmpp: { active: true, type } })
    const owned = [
      answer(1), mad({ mgmtClass: PERF, method: 0x07 }), mad({ mgmtClass: CM, method: 0x03 }), control(2)
    ]
    expect(owned.map((of) => wrong(started, reaches(VF1, of)))).toEqual(all(owned, []))
    expect(wrong(started, reaches(VF1, control(1)))).toEqual(["SQP-STEER-3"])
  })

  it("is, of class CM, the function's that its DGID names, else the PF's [SQP-CM-16]", () => {
    const get = mad({ mgmtClass: CM, method: 0x01 })
    expect([wrong(started, reaches(VF1, get, gid(1))), wrong(started, reaches(PF, get))]).toEqual([[], []])
    expect(wrong(started, reaches(VF2, get, gid(1)))).toEqual(["SQP-STEER-1", "SQP-CM-16"])
    expect(wrong(started, reaches(VF1, get))).toEqual(["SQP-STEER-3", "SQP-CM-16"])
    expect(wrong(started, reaches(PF, get, gid(9)))).toEqual(["SQP-STEER-2", "SQP-CM-16"])
    expect(wrong(started, reaches(VF1, mad({ mgmtClass: CM, method: 0x81 })))).toEqual([])
    expect(wrong(started, reaches(VF1, { ...ping, method: 0x01 }, gid(2)))).toEqual(["SQP-STEER-1"])
    expect(wrong(started, seen(ingress(get), dropped(null, "unsolicited")))).toEqual([])
  })
})

describe("what a function sends", () => {
  const response = mad({ mgmtClass: SA, method: 0x81, attributeId: 0x35 })

  it("reaches no function but by the wire: what it is answered is for itself [SQP-STEER-4]", () => {
    const comes = (...actions: ReadonlyArray<Action>) => wrong(started, sends(VF1, ask, ...actions))
    expect([comes(toFunction(VF1, response)), comes(toFunction(VF2, response))])
      .toEqual([[], ["SQP-STEER-4"]])
    expect([comes(toFunction(VF1, ask)), comes(toFunction(VF2, ask))])
      .toEqual([["SQP-STEER-4"], ["SQP-STEER-4"]])
    expect([comes(toWire(VF1, ask)), comes(dropped(VF1, "class-policy"), hears(VF2, "lid"))])
      .toEqual([[], []])
    expect(comes(toWire(VF1, ask), toFunction(VF2, ask))).toEqual(["SQP-STEER-4"])
    expect(wrong(started, reaches(PF, ask))).toEqual([])
  })

  it("may bring another function the answer it waits for, about a group or a subscription [SQP-STEER-4]", () => {
    const comes = (of: Partial<Mad>) =>
      wrong(started, sends(VF1, ask, toFunction(VF2, { ...response, ...of })))
    expect([comes({ attributeId: 0x38 }), comes({ attributeId: 0x03 })]).toEqual([[], []])
    const others = [
      { attributeId: 0x31 }, { attributeId: 0x38, mgmtClass: PERF }, { attributeId: 0x03, method: 0x02 }
    ]
    expect(others.map(comes)).toEqual(all(others, ["SQP-STEER-4"]))
  })
})

describe("who receives", () => {
  it("is attached to a PF context that runs, but for what a stop or a detach still answers [SQP-STEER-5]", () => {
    expect([wrong(started, reaches(PF, ask)), wrong(reaches(PF, ask))]).toEqual([[], ["SQP-STEER-5"]])
    expect([wrong(started, detach(PF), reaches(PF, ask)), wrong(started, detach(VF1), reaches(PF, ask))])
      .toEqual([["SQP-STEER-5"], []])
    expect(wrong(started, seen({ _tag: "Stop" }), reaches(PF, ask))).toEqual(["SQP-STEER-5"])
    for (const event of [{ _tag: "Stop" }, { _tag: "Detach", function: VF1 }, { _tag: "Reset", function: VF1 }] as const) {
      expect(wrong(started, detach(VF1), seen(event, toFunction(VF1, answer(1))))).toEqual([])
    }
    expect(wrong(started, detach(VF1), seen({ _tag: "TimePasses", ms: 1 }, toFunction(VF1, answer(1)))))
      .toEqual(["SQP-STEER-5"])
    const both = seen(ingress(ask), hears(VF1, "lid"), toFunction(PF, ask), toFunction(VF1, ask))
    expect(wrong(started, detach(VF1), both)).toEqual(["SQP-STEER-5"])
    expect(wrong(started, detach(VF1), seen(ingress(ask), toWire(VF1, ask), dropped(VF1, "class-policy"))))
      .toEqual([])
  })
})

describe("the SGID of what leaves", () => {
  const world = broken(steeringInvariants(small({ guids: [guid(0), guid(1), NO_GUID] })))
  const leaves = (fn: FunctionId, sgidIndex: number | null) => world(started, seen(
    egress(fn, ask, { grh: grhTo(gid(9)) }),
    toWire(fn, ask, { grh: sgidIndex === null ? null : { ...grhTo(gid(9)), sgidIndex } })))

  it("is the slot of the function, which has a GUID [SQP-GUID-1]", () => {
    expect([leaves(PF, 0), leaves(VF1, 1), leaves(VF1, null), leaves(VF2, null)]).toEqual([[], [], [], []])
    const others = [leaves(VF1, 0), leaves(VF1, 2), leaves(PF, 1), leaves(VF2, 2)]
    expect(others).toEqual(all(others, ["SQP-GUID-1"]))
    const own = seen(ingress(ask), toWire(null, ask, { grh: { ...grhTo(gid(9)), sgidIndex: 2 } }))
    expect([world(started, own), world(started, sends(VF1, ask, dropped(VF1, "class-policy")))])
      .toEqual([[], []])
  })
})

describe("a GUID", () => {
  const shows = (fn: FunctionId, of = guid(1)) =>
    seen({ _tag: "Query", function: fn, attribute: "GUIDInfo", modifier: 0 },
      hears(fn, "lid"), told(fn, { view: { _tag: "GUIDInfo", guid: of } }))

  it("is one function's, by what is steered and what is shown, as long as the table stays [SQP-GUID-2]", () => {
    expect([wrong(started, shows(VF1), shows(VF1)), wrong(started, shows(VF1), shows(VF2))])
      .toEqual([[], ["SQP-GUID-2"]])
    expect(wrong(started, shows(VF2), shows(VF1, guid(2)))).toEqual([])
    expect([
      wrong(started, reaches(VF1, ping, gid(1)), shows(VF1)),
      wrong(started, reaches(VF1, ping, gid(1)), shows(VF2))
    ]).toEqual([[], ["SQP-GUID-2"]])
    expect(wrong(started, shows(VF2), reaches(VF1, ping, gidOf(DEFAULT_PREFIX, guid(1)))))
      .toEqual(["SQP-GUID-2"])
    const both = seen({ _tag: "Reregister" }, ...[...shows(VF1).actions, ...shows(VF2).actions])
    expect(wrong(started, both)).toEqual(["SQP-GUID-2"])
    expect(wrong(started, shows(VF1), shows(VF2, guid(2)), shows(VF1, guid(2)))).toEqual(["SQP-GUID-2"])
  })

  it("is its function's also when functions change places [SQP-GUID-2]", () => {
    const inPlace = (fn: FunctionId, of = guid(2)) =>
      breaksInOthersPlace("A GUID belongs to one function", [shows(VF1)], shows(fn, of))
    expect([inPlace(VF2), inPlace(VF1), inPlace(VF1, guid(1))]).toEqual([false, true, false])
  })

  it("may become another's with a new table; GUID 0 is nobody's [SQP-GUID-2]", () => {
    const table = seen({ _tag: "GuidTableChanged", block: 0, guids: [guid(0), guid(2), guid(1)] })
    expect([
      wrong(started, shows(VF1), table, shows(VF2)), wrong(started, shows(VF1), table, shows(VF2), shows(VF1))
    ]).toEqual([[], ["SQP-GUID-2"]])
    expect(wrong(started, table, shows(VF1), shows(VF2))).toEqual(["SQP-GUID-2"])
    expect(wrong(started, shows(VF1), seen(table.event, ...shows(VF2).actions), shows(VF2))).toEqual([])
    const [zero, zeros] = [shows(VF1, NO_GUID), shows(VF2, NO_GUID)]
    expect(wrong(started, zero, zeros)).toEqual([])
    const slot = { _tag: "P_KeyTable", pkeys: [] } as const
    expect(wrong(started, shows(VF1), seen({ _tag: "Reregister" }, told(VF2, { view: slot }), told(VF2))))
      .toEqual([])
  })
})
