import { describe, expect, it } from "vitest"
import { CLASS } from "../mads.ts"
import { begin, guid, request, told } from "./story.ts"

const ATTRIBUTES = [
  "NodeInfo", "PortInfo", "GUIDInfo", "P_KeyTable", "NodeDescription", "SMInfo", "SLtoVLMappingTable"
] as const

describe("a local query", () => {
  it("of a block or port that is not there tells no byte, however large the number [SQP-VIEW-1]", told((story) => {
    const known = new Map<string, ReadonlyArray<number>>([
      ["NodeInfo", [0]], ["GUIDInfo", [0]], ["P_KeyTable", [0]]
    ])
    for (const attribute of ATTRIBUTES) {
      for (const modifier of [0, 1, 2, 3, 4, 15, 16, 127, 234, 255, 256, 0xffff, 0x7fff_ffff, 0xffff_ffff]) {
        const { answer } = story.does({ op: "query", function: 1, attribute, modifier })
        if (attribute === "PortInfo" && answer.status === "ok") continue
        const isKnown = known.get(attribute)?.includes(modifier) ?? false
        expect([attribute, modifier, answer.status]).toEqual([attribute, modifier, isKnown ? "ok" : "refused"])
        expect(answer.data === undefined).toBe(!isKnown)
      }
    }
  }))

  it("of PortInfo shows the one port there is, whatever number is asked for, and no M_Key [SQP-VIEW-1]", told((story) => {
    const shown = [0, 1, 2, 255].flatMap((modifier) => {
      const { data } = story.does({ op: "query", function: 1, attribute: "PortInfo", modifier }).answer
      return data === undefined ? [] : [data]
    })
    expect(new Set(shown).size).toBe(1)
    expect(shown[0]?.slice(0, 16)).toBe("0".repeat(16))
  }))

  it("shows nothing of another function: of all VFs only the own GUID and NodeGUID occur [SQP-VIEW-1]", told((story) => {
    const others = [guid(0), guid(2), guid(3), ...[0, 2, 3].map((f) => begin.nodeGuids?.[f] ?? "")]
    for (const attribute of ATTRIBUTES) {
      const { data = "" } = story.does({ op: "query", function: 1, attribute, modifier: 0 }).answer
      expect(others.filter((other) => data.includes(other))).toEqual([])
    }
  }))
})

describe("the port's settings", () => {
  it("are out of a VF's reach: its Sets of PortInfo, PerfMgt and vendor classes end at the PF context [SQP-CLS-4]", told((story) => {
    const before = story.does({ op: "query", function: 0, attribute: "PortInfo", modifier: 0 }).answer.data
    for (const mgmtClass of [CLASS.SMP, CLASS.SMP_DIRECTED]) {
      const { drops } = story.sends(1, request({ mgmtClass, method: 0x02, attribute: 0x15 }))
      expect(drops).toEqual(["smp-from-vf of 1"])
    }
    for (const mgmtClass of [CLASS.PERF, CLASS.BASEBOARD, CLASS.DEV_MGT, 0x09, 0x0a, 0x21]) {
      const { got } = story.sends(1, request({ mgmtClass, method: 0x02, attribute: 0x12 }))
      expect([got.function, got.mad.slice(6, 12)]).toEqual([1, "81000c"])
    }
    expect(story.does({ op: "query", function: 0, attribute: "PortInfo", modifier: 0 }).answer.data).toBe(before)
  }))
})
