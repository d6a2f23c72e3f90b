/** GUIDs: who has which after every change of the table, and a scope. */
import { describe, expect, it } from "vitest"
import { explore } from "../model/explore.ts"
import { FunctionId, Guid, NO_GUID } from "../model/ids.ts"
import type { State } from "../model/state.ts"
import { gidOfFunction } from "../model/tables.ts"
import { actionsOf, after, endOf, running } from "./happening.ts"
import { guidMutants } from "./guid-mutants.ts"
import { guidScopes } from "./guid-scopes.ts"
import type { ModelMutant } from "./mutations.ts"
import { expectFaultless } from "./faultless.ts"
import { presetsOf } from "./presets.ts"
import { arrivingFor, egress, gid, grhTo, guid, ingress, ping, pool, small, VF1 } from "./small-world.ts"
import { choices } from "../model/bind.ts"
import { initial } from "../model/initial.ts"

/** The GUID a function is shown. */
const shown = (state: State, fn: FunctionId): Guid => {
  const [action] = actionsOf(state, { _tag: "Query", function: fn, attribute: "GUIDInfo", modifier: 0 })
  return action?._tag === "Answer" && action.view?._tag === "GUIDInfo" ? action.view.guid : Guid("refused")
}

describe("the model of GUIDs", () => {
  it("gives a GUID to the lowest slot that holds it, for every table of three slots [SQP-GUID-2]", () => {
    const values = [NO_GUID, guid(1), guid(2)]
    const begun = running(small())
    for (const a of values)
      for (const b of values)
        for (const c of values) {
          const table = [a, b, c]
          const state = after(begun, { _tag: "GuidTableChanged", block: 0, guids: table })
          const must = table.map((of, slot) => (table.indexOf(of) === slot ? of : NO_GUID))
          expect(table.map((_, slot) => shown(state, FunctionId(slot)))).toEqual(must)
          for (const [n, of] of [
            [1, guid(1)],
            [2, guid(2)]
          ] as const) {
            const owner = must.indexOf(of)
            const end = endOf(state, ingress(ping, arrivingFor(gid(n))))
            expect(end).toBe(owner < 0 ? "dgid-unknown of nobody" : `function ${owner}`)
          }
        }
  })

  it("gives a slot its GUID back when the lower slot, in another block, loses it [SQP-GUID-2]", () => {
    const functions = 10
    const begin = initial(
      small({ functions, attached: Array.from({ length: functions }, (_, n) => n === 9) })
    )
    const begun = choices(begin, { _tag: "Start" }, pool()).possible[0]?.state ?? begin
    const [low, high] = [FunctionId(1), FunctionId(9)]
    const block0 = (second: Guid) =>
      ({
        _tag: "GuidTableChanged",
        block: 0,
        guids: Array.from({ length: 8 }, (_, n) => (n === 1 ? second : guid(n)))
      }) as const
    const shared = after(
      begun,
      { _tag: "GuidTableChanged", block: 1, guids: [guid(8), guid(1)] },
      block0(guid(1))
    )
    expect(shown(shared, high)).toBe(NO_GUID)
    const freed = after(shared, block0(NO_GUID))
    expect(shown(freed, high)).toBe(guid(1))
    expect(freed.functions[low]?.guid).toBe(NO_GUID)
  })

  it("changes eight slots and no others [SQP-GUID-2]", () => {
    const before = initial(small({ functions: 17 }))
    const changed = after(before, {
      _tag: "GuidTableChanged",
      block: 1,
      guids: Array.from({ length: 8 }, () => NO_GUID)
    })
    expect(changed.functions.map((of) => of.guid === NO_GUID)).toEqual(
      Array.from({ length: 17 }, (_, n) => n >= 8 && n < 16)
    )
  })

  it("sends a GRH from the function's own slot, and none of a function without a GUID [SQP-GUID-1]", () => {
    const state = running(small())
    const sent = egress(VF1, ping, { grh: grhTo(gid(9)) })
    expect(actionsOf(state, sent).map((action) => action._tag === "ToWire" && action.address.grh)).toEqual([
      { ...grhTo(gid(9)), sgidIndex: 1 }
    ])
    const nameless = after(state, { _tag: "GuidTableChanged", block: 0, guids: [guid(0), NO_GUID, guid(2)] })
    expect(endOf(nameless, sent)).toBe("no-gid of 1")
    expect(endOf(nameless, egress(VF1, ping))).toBe("wire")
    expect([gidOfFunction(state, VF1), gidOfFunction(nameless, VF1)]).toEqual([gid(1), null])
  })
})

describe("the model of alias GUIDs", () => {
  it.each(presetsOf("guid").map(({ name, title }) => [title, name] as const))(
    "keeps every invariant when %s [SQP-GUID-1, SQP-GUID-2, SQP-GUID-3, SQP-GUID-4, SQP-GUID-5, SQP-GUID-6, SQP-GUID-7, SQP-GUID-8, SQP-GUID-9, SQP-GUID-10, SQP-GUID-11]",
    (_, name) => expectFaultless(name)
  )
})

/** A short history by which an invariant shows that a mutant breaks its requirement. */
const caught = ({ breaks, rules }: ModelMutant) => {
  for (const { system } of guidScopes) {
    const whole = system(rules)
    const violations = (state: unknown) => whole.violations(state).filter((each) => each.includes(`(${breaks})`))
    const { counterexample } = explore({ ...whole, violations }, { maxStates: 400 })
    if (counterexample) return counterexample
  }
  return null
}

describe("a wrong model of alias GUIDs", () => {
  it.each(guidMutants.map((mutant) => [mutant.title, mutant.breaks, mutant] as const))(
    "that %s is caught by its traffic [%s]",
    (title, _, mutant) => {
      const found = caught(mutant)
      console.log(`a model that ${title}: ${found?.path.join("; ")}: ${found?.violations.join()}`)
      expect(found).not.toBeNull()
    }
  )
})
