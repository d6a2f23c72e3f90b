/** The state of the model before anything happened, and the names that ids and methods have in it. */
import { describe, expect, it } from "vitest"
import { DEFAULT_PREFIX, gidOf, low32, NO_GUID, SA_GUID, Tid, WireCommId } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import { METHOD, methodName } from "../model/mad.ts"
import { rest, taken } from "../model/outcome.ts"
import { guid, small } from "./small-world.ts"

describe("the initial state of the model", () => {
  it("has the PF attached, with the P_Key table as it is and no alias GUID, whatever is said of it [SQP-PKEY-1, SQP-GUID-6]", () => {
    const begin = small({ attached: [false, true], adminGuids: [guid(8), guid(9)], pkeyMaps: [[null], [1]] })
    const { functions: [pf, vf1, vf2], policy, running } = initial(begin)
    expect(pf).toMatchObject({ attached: true, alias: null, pkeyMap: [0, 1] })
    expect(vf1).toMatchObject({ attached: true, alias: { admin: guid(9), asked: null }, pkeyMap: [1] })
    expect(vf2).toMatchObject({ attached: false, alias: null, pkeyMap: [0] })
    expect({ policy, running }).toEqual({ policy: { classes: [], saAttributes: [] }, running: false })
  })
})

describe("a GUID that stands twice in the table", () => {
  it("stays in its slot, but is of the lower function from the beginning [SQP-GUID-2]", () => {
    const { functions } = initial({ ...small(), guids: [guid(0), guid(1), guid(1)] })
    expect(functions.map((of) => [of.slot, of.guid])).toEqual([
      [guid(0), guid(0)], [guid(1), guid(1)], [guid(1), NO_GUID]
    ])
  })
})

describe("names in the model", () => {
  it("are the SA's own GID, which the standard says [SQP-STEER-1]", () => {
    expect(gidOf(DEFAULT_PREFIX, SA_GUID)).toBe("fe800000000000000200000000000002")
  })

  it("are the low 32 bits of a TID, and a shorter id or a variable as it is [SQP-TID-7]", () => {
    expect([Tid("0123456789abcdef"), WireCommId("0000000a"), "?1"].map(low32)).toEqual(["89abcdef", "0000000a", "?1"])
  })

  it("are those of methods, or their numbers", () => {
    expect([...Object.values(METHOD), 0x99].map(methodName).join(" ")).toBe(
      "Get Set Send Trap Report TrapRepress GetTable GetTraceTable GetMulti Delete " +
      "GetResp ReportResp GetTableResp DeleteResp method 0x99"
    )
  })
})

describe("ids that rest in the model", () => {
  it("are taken for as long as they rest, in their own space, TIDs by their low 32 bits [SQP-TID-1, SQP-TID-6]", () => {
    const begin = initial(small({ timing: { rest: 4 } }))
    const rests = rest(rest(begin, "tid", ["0000000000000007"], 3), "comm", ["00000008"])
    expect(rests.resting).toEqual([
      { space: "comm", id: "00000008", remaining: 4 }, { space: "tid", id: "0000000000000007", remaining: 1 }
    ])
    expect(["0000000900000007", "0000000000000008"].map(taken(rests, "tid"))).toEqual([true, false])
    expect(["00000007", "00000008"].map(taken(rests, "comm"))).toEqual([false, true])
    expect(taken(rests, "sidr")("00000008")).toBe(false)
    expect(rest(begin, "tid", ["0000000000000007"], 4)).toEqual(begin)
  })
})
