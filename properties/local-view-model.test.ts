/** The local view: every query in every circumstance against the rows of the page. */
import { describe, expect, it } from "vitest"
import type { ActionOf, View } from "../model/action.ts"
import type { Event, QueryAttribute } from "../model/event.ts"
import { FunctionId, Guid, NO_GUID } from "../model/ids.ts"
import type { State } from "../model/state.ts"
import { actionsOf, after, running } from "./happening.ts"
import { expectFaultless } from "./faultless.ts"
import { guid, small, VF1 } from "./small-world.ts"

/**
 * A physical table of 40 keys, two blocks; VF1 has 33 entries of it, every third unassigned, VF2 one, VF3
 * none.
 */
const pkeys = Array.from({ length: 40 }, (_, n) => 0x8001 + n)
const ownMap = Array.from({ length: 33 }, (_, n) => (n % 3 === 2 ? null : n))
const begun = running(small({ functions: 4, port: { pkeys }, pkeyMaps: [[], ownMap, [39], []] }))
const MAPS = [pkeys.map((_, n) => n), ownMap, [39], []]

const ATTRIBUTES = ["NodeInfo", "PortInfo", "GUIDInfo", "P_KeyTable", "other"] as const
const MODIFIERS = [-1, 0, 1, 2, 255]

/** Circumstances: link, GUIDs, attachment. */
interface Circumstances {
  readonly up: boolean
  readonly hasGuid: boolean
  readonly attached: boolean
  readonly isRunning: boolean
}
const both = [true, false]
const circumstances: ReadonlyArray<Circumstances> = both.flatMap((up) =>
  both.flatMap((hasGuid) =>
    both.flatMap((attached) => both.map((isRunning) => ({ up, hasGuid, attached, isRunning })))
  )
)

const prepared = ({ attached, hasGuid, isRunning, up }: Circumstances): State => {
  const happened: ReadonlyArray<Event> = [
    ...(up ? [] : [{ _tag: "LinkChanged", up } as const]),
    ...(hasGuid
      ? []
      : [{ _tag: "GuidTableChanged", block: 0, guids: [NO_GUID, NO_GUID, NO_GUID, NO_GUID] } as const]),
    ...(attached ? [] : [1, 2, 3].map((n) => ({ _tag: "Detach", function: FunctionId(n) }) as const)),
    ...(isRunning ? [] : [{ _tag: "Stop" } as const])
  ]
  return after(begun, ...happened)
}

/** What the page says a function sees; null is refused. */
const mustSee = (now: Circumstances, n: number, attribute: QueryAttribute, modifier: number): View | null => {
  if (!now.isRunning || !(now.attached || n === 0)) return null
  switch (attribute) {
    case "NodeInfo":
      return modifier === 0 ? { _tag: "NodeInfo", nodeGuid: Guid(`00000000000000b${n}`) } : null
    case "PortInfo":
      return { _tag: "PortInfo", active: now.up && now.hasGuid }
    case "GUIDInfo":
      return modifier === 0 ? { _tag: "GUIDInfo", guid: now.hasGuid ? guid(n) : NO_GUID } : null
    case "P_KeyTable": {
      const map = MAPS[n] ?? []
      const blocks = Math.ceil(map.length / 32)
      if (modifier < 0 || modifier >= blocks) return null
      const at = (index: number) => {
        const physical = map[index]
        return typeof physical === "number" ? 0x8001 + physical : 0
      }
      return { _tag: "P_KeyTable", pkeys: Array.from({ length: 32 }, (_, i) => at(32 * modifier + i)) }
    }
    case "other":
      return null
  }
}

const answer = (
  state: State,
  fn: FunctionId,
  attribute: QueryAttribute,
  modifier: number
): ActionOf<"Answer"> => {
  const [action, ...others] = actionsOf(state, { _tag: "Query", function: fn, attribute, modifier })
  if (action?._tag !== "Answer" || others.length > 0) throw new Error("a query has one answer")
  return action
}

describe("the model of the local view", () => {
  it("keeps every invariant when GUIDs and link change and functions ask [SQP-VIEW-1, SQP-EV-1]", () => {
    expectFaultless("local-view/ports")
  })

  it("keeps every invariant when GUIDs change and MADs are lost [SQP-VIEW-1, SQP-GUID-1]", () => {
    expectFaultless("local-view/losses")
  })

  it("shows a function its own and refuses the rest, in every circumstance [SQP-VIEW-1]", () => {
    let asked = 0
    for (const now of circumstances) {
      const state = prepared(now)
      for (const n of [0, 1, 2, 3])
        for (const attribute of ATTRIBUTES)
          for (const modifier of MODIFIERS) {
            const view = mustSee(now, n, attribute, modifier)
            const status = view === null ? "refused" : "ok"
            asked += 1
            expect(answer(state, FunctionId(n), attribute, modifier)).toEqual({
              _tag: "Answer",
              function: n,
              status,
              qpn: null,
              qkey: null,
              view
            })
          }
    }
    console.log(`${asked} queries`)
  })

  it("says of PortInfo only whether the port is active, so that no M_Key can be in it [SQP-VIEW-1]", () => {
    const { view } = answer(begun, VF1, "PortInfo", 1)
    expect(Object.keys(view ?? {})).toEqual(["_tag", "active"])
  })

  it("answers from what it knows: no query changes anything [SQP-VIEW-1]", () => {
    for (const attribute of ATTRIBUTES) {
      const event: Event = { _tag: "Query", function: VF1, attribute, modifier: 0 }
      expect(after(begun, event)).toEqual(begun)
    }
  })
})
