/** ServiceRecords in the model: the page sentence by sentence, a scope, and wrong models. */
import { describe, expect, it } from "vitest"
import { explore } from "../model/explore.ts"
import { SubnetPrefix } from "../model/ids.ts"
import type { State } from "../model/state.ts"
import { actionsOf, after, endOf, running } from "./happening.ts"
import { expectFaultless } from "./faultless.ts"
import { DELETE, lossScope, says, sends, serviceMutants, serviceScope, SET } from "./service-scopes.ts"
import { gid, guid, PF, passes, SM_LID, small, VF1, VF2 } from "./small-world.ts"

const begun = running(small({
  functions: 3, pkeyMaps: [[], [0, 1], [0]], limits: { services: 2 }, timing: { saTimeout: 10, saRetries: 1, tidMin: 50, tidMax: 50 }
}))

/** What the PF context deletes at the SA in an event: the service ids. */
const deleted = (state: State, event: Parameters<typeof actionsOf>[1]): ReadonlyArray<string> =>
  actionsOf(state, event).flatMap((action) =>
    action._tag === "ToWire" && action.from === null && action.mad.body._tag === "serviceRecord"
      && action.mad.method === DELETE ? [action.mad.body.serviceId] : [])

const RESET = { _tag: "Reset", function: VF1 } as const
const ONE = "0000000000000001"
const TWO = "0000000000000002"

describe("the model of ServiceRecords", () => {
  it("lets a VF change only records of its own GID and P_Keys, with all of the RID masked [SQP-SVC-1]", () => {
    const endsOf = (method: number) =>
      [{}, { pkey: 0x8001 }, { gid: gid(2) }, { pkey: 0x8003 }, { pkey: 0x8000 }, { mask: "0000000000000003" }, { mask: "0000000000000006" }]
        .map((of) => endOf(begun, sends(method, of)))
    const refused = "function 1"
    expect(endsOf(SET)).toEqual(["wire", "wire", refused, refused, refused, refused, refused])
    expect(endsOf(DELETE)).toEqual(endsOf(SET))
    const [refusal] = actionsOf(begun, sends(SET, { gid: gid(2) }))
    expect(refusal?._tag === "ToFunction" && [refusal.mad.method, refusal.mad.status]).toEqual([0x81, 0x0200])
    expect(endOf(begun, sends(SET, { gid: gid(2) }, PF))).toBe("wire")
  })

  it("deletes at the SA what a function may have registered when it ends, answered or not [SQP-SVC-2]", () => {
    const both = after(begun, sends(SET), sends(SET, { serviceId: TWO }), sends(SET, { gid: gid(2) }, VF2), says(1, 0x81))
    expect(deleted(both, RESET)).toEqual([ONE, TWO])
    expect(deleted(both, { _tag: "Stop" })).toEqual([ONE, TWO, ONE])
    const one = after(both, sends(DELETE), says(4, 0x95))
    expect(deleted(one, RESET)).toEqual([TWO])
    expect(deleted(after(both, sends(DELETE), says(4, 0x95, 0x0200)), RESET)).toEqual([ONE, TWO])
  })

  it("deletes what a function may not have any more: GUID, prefix or P_Key gone [SQP-SVC-2]", () => {
    const held = after(begun, sends(SET), sends(SET, { serviceId: TWO, pkey: 0x8001 }))
    expect(deleted(held, { _tag: "GuidTableChanged", block: 0, guids: [guid(0), guid(7), guid(2)] })).toEqual([ONE, TWO])
    expect(deleted(held, { _tag: "PrefixChanged", subnetPrefix: SubnetPrefix("fec0000000000009") })).toEqual([ONE, TWO])
    expect(deleted(held, { _tag: "PkeyMapChanged", function: VF1, map: [0] })).toEqual([TWO])
    expect(deleted(held, { _tag: "PkeyMapChanged", function: VF1, map: [1, 0] })).toEqual([])
    expect(deleted(held, { _tag: "PkeysChanged", pkeys: [0xffff] })).toEqual([TWO])
  })

  it("repeats a deletion until its tries end, waits for an SM, and begins again at a new one [SQP-SVC-2]", () => {
    const ended = after(begun, sends(SET), RESET)
    expect(deleted(ended, passes(10))).toEqual([ONE])
    const tried = after(ended, passes(10))
    expect(deleted(tried, passes(10))).toEqual([])
    expect(after(tried, passes(10)).registrations).toEqual([])
    const unknown = after(begun, sends(SET), { _tag: "SmChanged", smLid: null, smSl: 0 }, RESET)
    expect(deleted(unknown, { _tag: "SmChanged", smLid: SM_LID, smSl: 0 })).toEqual([ONE])
    expect(deleted(ended, { _tag: "Reregister" })).toEqual([ONE])
    expect(after(ended, says(2, 0x95)).registrations).toEqual([])
  })

  it("stops deleting what a new incarnation registers again [SQP-SVC-3]", () => {
    const again = after(begun, sends(SET), RESET, sends(SET))
    expect(deleted(again, passes(10))).toEqual([])
    expect(deleted(again, RESET)).toEqual([ONE])
  })

  it("counts a record once, however often it is set, and drops what the quota does not hold [SQP-SVC-4]", () => {
    const full = after(begun, sends(SET), sends(SET), sends(SET, { serviceId: TWO }))
    expect(endOf(full, sends(SET, { serviceId: "0000000000000003" }))).toBe("service-quota of 1")
    expect(endOf(full, sends(SET, { serviceId: TWO, lease: 5 }))).toBe("wire")
    expect(endOf(full, sends(DELETE, { serviceId: "0000000000000003" }))).toBe("wire")
    expect(endOf(full, sends(SET, { gid: gid(2) }, VF2))).toBe("wire")
  })

  it("keeps every invariant while functions register, end and lose what records name "
    + "[SQP-SVC-1, SQP-SVC-2, SQP-SVC-3, SQP-SVC-4]", () => {
    expectFaultless("service-records/ends")
    expectFaultless("service-records/lost-names")
  })

  it("keeps every invariant, and the SA no record of nobody, when MADs are lost [SQP-SVC-2, SQP-SVC-3]", () => {
    expectFaultless("service-records/losses")
    expectFaultless("service-records/resets")
    expectFaultless("service-records/no-sm")
  })
})

it.each(serviceMutants.map((mutant) => [mutant.title, mutant.breaks, mutant] as const))(
  "a model that %s is caught [%s]",
  (title, breaks, { rules }) => {
    const found = [serviceScope, lossScope].flatMap(({ system }) => {
      const whole = system(rules)
      const violations = (state: unknown) => whole.violations(state).filter((each) => each.includes(`(${breaks})`))
      return explore({ ...whole, violations }, { maxStates: 3_000 }).counterexample ?? []
    })
    console.log(`a model that ${title}: ${found[0]?.path.join("; ")}: ${found[0]?.violations.join()}`)
    expect(found).not.toEqual([])
  }
)
