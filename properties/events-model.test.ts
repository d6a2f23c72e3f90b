/** Port events: who hears what, judged by what functions see before and after; and scopes. */
import { describe, expect, it } from "vitest"
import type { View } from "../model/action.ts"
import type { Event, QueryAttribute } from "../model/event.ts"
import { FunctionId, Lid, NO_GUID, SubnetPrefix } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { State } from "../model/state.ts"
import { actionsOf, after, outcomeOf, running } from "./happening.ts"
import { expectFaultless } from "./faultless.ts"
import { guid, ingress, mad, passes, PREFIX, small, SMP, VF1, VF2 } from "./small-world.ts"

const LATER = SubnetPrefix("fec0000000000001")

/** Every port event, with arguments that change something and that change nothing. */
const events: ReadonlyArray<Event> = [
  ...[5, 6].flatMap((lid) => [0, 1].map((lmc): Event => ({ _tag: "LidChanged", lid: Lid(lid), lmc }))),
  ...[null, Lid(1), Lid(2)].flatMap((smLid) =>
    [0, 3].map((smSl): Event => ({ _tag: "SmChanged", smLid, smSl }))
  ),
  ...[PREFIX, LATER].map((subnetPrefix): Event => ({ _tag: "PrefixChanged", subnetPrefix })),
  ...[[0xffff, 0x8001], [0xffff], [0x8001, 0xffff], [0xffff, 0x0001], []].map((pkeys): Event => ({
    _tag: "PkeysChanged",
    pkeys
  })),
  ...[[0], [1], [0, null], [null, 0], []].flatMap((map) =>
    [0, 1, 2].map((fn): Event => ({ _tag: "PkeyMapChanged", function: FunctionId(fn), map }))
  ),
  ...[
    [guid(0), guid(1), guid(2)],
    [guid(0), guid(2), guid(1)],
    [guid(0), NO_GUID, guid(2)],
    [guid(0), guid(1), guid(1)],
    [guid(0)],
    [NO_GUID, NO_GUID, NO_GUID]
  ].flatMap((guids) => [0, 1].map((block): Event => ({ _tag: "GuidTableChanged", block, guids }))),
  ...[true, false].map((up): Event => ({ _tag: "LinkChanged", up })),
  { _tag: "Reregister" }
]

/** Circumstances to begin from. */
const states: ReadonlyArray<State> = [
  [],
  [{ _tag: "LinkChanged", up: false }],
  [{ _tag: "Detach", function: VF2 }],
  [{ _tag: "Stop" }],
  [{ _tag: "GuidTableChanged", block: 0, guids: [guid(0), NO_GUID, guid(2)] }],
  [{ _tag: "PkeyMapChanged", function: VF1, map: [null, 1] }],
  [
    { _tag: "SmChanged", smLid: null, smSl: 3 },
    { _tag: "LidChanged", lid: Lid(6), lmc: 1 }
  ]
].map((before) => after(running(small({ pkeyMaps: [[], [0], [1]] })), ...(before as ReadonlyArray<Event>)))

const view = (state: State, fn: FunctionId, attribute: QueryAttribute): View | null => {
  const [action] = actionsOf(state, { _tag: "Query", function: fn, attribute, modifier: 0 })
  return action?._tag === "Answer" ? action.view : null
}
const isActive = (state: State, fn: FunctionId): boolean => {
  const seen = view(state, fn, "PortInfo")
  return seen?._tag === "PortInfo" && seen.active
}

/** How many P_Keys a function has room for. */
const lengthOf = ({ functions, port }: State, fn: FunctionId): number =>
  fn === 0 ? port.pkeys.length : (functions[fn]?.pkeyMap.length ?? 0)

/** What an attached function must hear: its view before and after tells. */
const mustHear = (before: State, later: State, fn: FunctionId, { _tag }: Event): ReadonlyArray<string> => {
  const differs = (attribute: QueryAttribute) =>
    JSON.stringify(view(before, fn, attribute)) !== JSON.stringify(view(later, fn, attribute))
  const turned =
    isActive(before, fn) === isActive(later, fn) ? [] : [isActive(later, fn) ? "port-up" : "port-down"]
  const { port: was } = before
  const { port: is } = later
  switch (_tag) {
    case "LidChanged":
      return was.lid === is.lid && was.lmc === is.lmc ? [] : ["lid"]
    case "SmChanged":
      return was.smLid === is.smLid && was.smSl === is.smSl ? [] : ["sm"]
    case "PrefixChanged":
      return was.prefix === is.prefix ? [] : ["gid"]
    case "PkeysChanged":
    case "PkeyMapChanged":
      return differs("P_KeyTable") || lengthOf(before, fn) !== lengthOf(later, fn) ? ["pkey"] : []
    case "GuidTableChanged":
      return [...(differs("GUIDInfo") ? ["gid"] : []), ...turned]
    case "LinkChanged":
      return turned
    case "Reregister":
      return ["reregister"]
    default:
      return []
  }
}

describe("the model of port events", () => {
  const cases = states.flatMap((state) => events.map((event) => ({ state, event })))

  it("tells each attached function what its view shows to have changed, once and in order [SQP-EV-1]", () => {
    const wrong = cases.flatMap(({ event, state }) => {
      const { actions, state: later } = outcomeOf(state, event)
      return state.functions.flatMap(({ attached }, n) => {
        const heard = actions.flatMap((action) =>
          action._tag === "EventTo" && action.function === n ? [action.event] : []
        )
        const must = attached && state.running ? mustHear(state, later, FunctionId(n), event) : []
        return heard.join() === must.join()
          ? []
          : [`${JSON.stringify(event)}: ${n} hears ${heard}, not ${must}`]
      })
    })
    console.log(`${cases.length} port events in ${states.length} circumstances`)
    expect(wrong).toEqual([])
  })

  it("says nothing of an event that is the same again, but for a reregister [SQP-EV-1]", () => {
    const heard = cases.flatMap(({ event, state }) =>
      actionsOf(after(state, event), event).map((action) =>
        action._tag === "EventTo" ? action.event : action._tag
      )
    )
    expect(new Set(heard)).toEqual(new Set(["reregister"]))
  })

  it("keeps what it was told while it was stopped, and tells nobody [SQP-EV-1, SQP-LIFE-3]", () => {
    const stopped = initial(small())
    for (const event of events) {
      expect(actionsOf(stopped, event)).toEqual([])
      const told = after(stopped, event, { _tag: "Start" })
      expect(told).toEqual(after(running(small()), event))
    }
  })

  it("takes no port event from an SMP, whatever it says [SQP-EV-1]", () => {
    const state = running(small())
    for (const attributeId of [0x10, 0x11, 0x14, 0x15, 0x16, 0x20])
      for (const method of [0x01, 0x02, 0x05]) {
        const { actions, state: later } = outcomeOf(
          state,
          ingress(mad({ mgmtClass: SMP, method, attributeId }))
        )
        expect(actions.map(({ _tag }) => _tag)).toEqual(["ToFunction"])
        expect(later.port).toEqual(state.port)
      }
  })

  it("understands the former prefix during its grace and only the last one [SQP-STEER-2]", () => {
    const changed = after(running(small()), { _tag: "PrefixChanged", subnetPrefix: LATER })
    expect(changed.port.formerPrefix).toEqual({ prefix: PREFIX, remaining: 2 })
    expect(after(changed, passes(1)).port.formerPrefix?.remaining).toBe(1)
    expect(after(changed, passes(2)).port.formerPrefix).toBeNull()
    const third = after(changed, { _tag: "PrefixChanged", subnetPrefix: SubnetPrefix("fec0000000000002") })
    expect(third.port.formerPrefix?.prefix).toBe(LATER)
  })

  it("keeps every invariant when LID and SM change and the SM asks to register again [SQP-EV-1]", () => {
    expectFaultless("events/addresses")
  })

  it("keeps every invariant when LID, SM and link change and MADs are lost [SQP-EV-1]", () => {
    expectFaultless("events/losses")
  })
})
