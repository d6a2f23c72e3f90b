/** Short histories that break the invariants of port events, life and local queries, and neighbours. */
import { describe, expect, it } from "vitest"
import type { FunctionEvent, View } from "../model/action.ts"
import type { Event, QueryAttribute } from "../model/event.ts"
import { FunctionId, Lid, SubnetPrefix } from "../model/ids.ts"
import {
  breaks, dropped, hears, seen, sends, started, toFunction, told, toWire, tunnels
} from "./invariant-story.ts"
import { ask, guid, ingress, mad, OWN_LID, PF, SA, SM_LID, small, VF1, VF2 } from "./small-world.ts"

const ALL = [PF, VF1, VF2]
const all = (event: FunctionEvent) => ALL.map((fn) => hears(fn, event))

describe("the invariant of port events", () => {
  const wrong = breaks("A port event reaches exactly the functions")
  /** Events, and what each function whose view they change hears of it. */
  const changes: ReadonlyArray<readonly [Event, FunctionEvent]> = [
    [{ _tag: "LidChanged", lid: Lid(6), lmc: 0 }, "lid"],
    [{ _tag: "LidChanged", lid: OWN_LID, lmc: 1 }, "lid"],
    [{ _tag: "SmChanged", smLid: Lid(2), smSl: 0 }, "sm"],
    [{ _tag: "SmChanged", smLid: SM_LID, smSl: 1 }, "sm"],
    [{ _tag: "PrefixChanged", subnetPrefix: SubnetPrefix("fec0000000000001") }, "gid"],
    [{ _tag: "PkeysChanged", pkeys: [0x8002, 0x8001] }, "pkey"],
    [{ _tag: "Reregister" }, "reregister"],
    [{ _tag: "LinkChanged", up: false }, "port-down"]
  ]

  it("wants each told of what changes for all, neither one left out nor another event [SQP-EV-1]", () => {
    const heard = (event: Event, name: FunctionEvent) => [
      wrong(started, seen(event, ...all(name))),
      wrong(started, seen(event, hears(PF, name), hears(VF1, name))),
      wrong(started, seen(event, hears(VF1, name), hears(VF2, name))),
      wrong(started, seen(event, ...all(name), hears(VF2, name))),
      wrong(started, seen(event, ...all(name === "sm" ? "lid" : "sm")))
    ]
    expect(changes.map(([event, name]) => heard(event, name))).toEqual(changes.map(() => [null, 1, 1, 1, 1]))
  })

  it("wants nobody told where nothing changes, and nobody who is not served [SQP-EV-1]", () => {
    const same: ReadonlyArray<readonly [Event, FunctionEvent]> = [
      [{ _tag: "LidChanged", lid: OWN_LID, lmc: 0 }, "lid"], [{ _tag: "SmChanged", smLid: SM_LID, smSl: 0 }, "sm"],
      [{ _tag: "LinkChanged", up: true }, "port-up"], [{ _tag: "PkeysChanged", pkeys: [0xffff, 0x8001] }, "pkey"]
    ]
    expect(same.map(([event]) => wrong(started, seen(event)))).toEqual(same.map(() => null))
    expect(same.map(([event, name]) => wrong(started, seen(event, hears(VF1, name)))))
      .toEqual(same.map(() => 1))
    const gone = seen({ _tag: "Detach", function: VF2 })
    expect(wrong(started, gone, seen({ _tag: "Reregister" }, ...all("reregister")))).toBe(2)
    const others = [PF, VF1].map((fn) => hears(fn, "reregister"))
    expect(wrong(started, gone, seen({ _tag: "Reregister" }, ...others))).toBeNull()
  })

  it("wants only the VF told whose table of P_Keys was mapped anew [SQP-EV-1]", () => {
    const mapped = (...heard: ReadonlyArray<FunctionId>) =>
      wrong(started, seen(
        { _tag: "PkeyMapChanged", function: VF1, map: [1] }, ...heard.map((fn) => hears(fn, "pkey"))
      ))
    expect([mapped(VF1), mapped(), mapped(VF2), mapped(VF1, VF2)]).toEqual([null, 1, 1, 1])
  })

  it("leaves it to multicast that an answer of the SA makes a function join again, and nothing else [SQP-EV-1]", () => {
    const answered = (name: FunctionEvent) =>
      wrong(started, seen(ingress(mad({ mgmtClass: SA, method: 0x81 })), hears(VF1, name)))
    expect([answered("reregister"), answered("lid"), answered("port-up")]).toEqual([null, 1, 1])
    expect(wrong(started, sends(VF1, ask, hears(VF1, "reregister")))).toBe(1)
  })
})

describe("the invariants of life", () => {
  const start = (...fns: ReadonlyArray<FunctionId>) => seen({ _tag: "Start" }, ...fns.flatMap(tunnels))

  it("want the tunnels of each attached function announced, and always the PF's [SQP-LIFE-2]", () => {
    const wrong = breaks("Tunnels of both special QPs open", small({ attached: [false, true, false] }))
    expect([wrong(start(PF, VF1)), wrong(start(VF1)), wrong(start(PF)), wrong(start(...ALL))])
      .toEqual([null, 0, 0, 0])
    const [detached, stopped] = [seen({ _tag: "Detach", function: PF }), seen({ _tag: "Stop" })]
    expect(wrong(start(PF, VF1), detached, stopped, start(PF, VF1))).toBeNull()
    expect(wrong(start(PF, VF1), seen({ _tag: "LinkChanged", up: false }, ...tunnels(VF2)))).toBe(1)
    expect(wrong(start(PF, VF1), start())).toBeNull()
  })

  it("want nothing to pass, and nobody told anything, before a start and after a stop [SQP-LIFE-3]", () => {
    const wrong = breaks("Nothing passes a PF context that is stopped")
    const stopped = seen({ _tag: "Stop" })
    const effects = [toWire(VF1, ask), toFunction(VF1, ask), hears(VF1, "lid")]
    expect(effects.map((effect) => wrong(seen(ingress(ask), effect)))).toEqual([0, 0, 0])
    expect(effects.map((effect) => wrong(started, stopped, seen(ingress(ask), effect)))).toEqual([2, 2, 2])
    expect(effects.map((effect) => wrong(started, seen(ingress(ask), effect)))).toEqual([null, null, null])
    expect(wrong(seen(ingress(ask), dropped(null, "not-attached")))).toBeNull()
    expect(wrong(seen({ _tag: "Start" }, toWire(null, mad({ mgmtClass: SA }))))).toBeNull()
  })
})

describe("the invariant of local queries", () => {
  const keys = Array.from({ length: 70 }, (_, n) => 0x8001 + n)
  const begin = small({ port: { pkeys: keys }, pkeyMaps: [[0], keys.map((_, n) => n), [0]] })
  const wrong = breaks("A local query shows the function its own", begin)
  const asks = (attribute: QueryAttribute, modifier: number, change: Parameters<typeof told>[1]) =>
    wrong(started, seen({ _tag: "Query", function: VF1, attribute, modifier }, told(VF1, change)))
  const table = (...pkeys: ReadonlyArray<number>): { readonly view: View } =>
    ({ view: { _tag: "P_KeyTable", pkeys } })

  it("wants the table of P_Keys by blocks of 32, the last padded, and none behind it [SQP-VIEW-1]", () => {
    const padding = Array.from({ length: 26 }, () => 0)
    expect(asks("P_KeyTable", 0, table(...keys.slice(0, 32)))).toBeNull()
    expect(asks("P_KeyTable", 1, table(...keys.slice(32, 64)))).toBeNull()
    expect(asks("P_KeyTable", 2, table(...keys.slice(64), ...padding))).toBeNull()
    expect(asks("P_KeyTable", 2, table(...keys.slice(64)))).toBe(1)
    expect(asks("P_KeyTable", 0, table(...keys.slice(32, 64)))).toBe(1)
    expect([asks("P_KeyTable", 3, { status: "refused" }), asks("P_KeyTable", 3, table(...padding, 0, 0, 0, 0, 0, 0))])
      .toEqual([null, 1])
  })

  it("wants what is not shown refused, and what is shown not [SQP-VIEW-1]", () => {
    expect([asks("other", 0, { status: "refused" }), asks("other", 0, {})]).toEqual([null, 1])
    const view = { _tag: "GUIDInfo", guid: guid(1) } as const
    expect([asks("GUIDInfo", 0, { view }), asks("GUIDInfo", 0, { view, status: "refused" })]).toEqual([null, 1])
    expect(asks("GUIDInfo", 0, { view: { ...view, guid: guid(2) } })).toBe(1)
    expect([asks("GUIDInfo", 1, { status: "refused" }), asks("GUIDInfo", 1, { view })]).toEqual([null, 1])
  })
})
