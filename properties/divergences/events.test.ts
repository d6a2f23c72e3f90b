import { describe, expect, it } from "vitest"
import { request, SM_LID, told } from "./story.ts"

describe("a port event", () => {
  it("of a new SM reaches every function, and SA requests go there from then on, nowhere else [SQP-EV-1]", told((story) => {
    expect(story.does({ op: "sm", smLid: 77, smSl: 4 }).events).toEqual(["sm of 0", "sm of 1", "sm of 2"])
    expect(story.sends(1, request(), { dlid: SM_LID }).drops).toEqual(["sa-destination of 1"])
    expect(story.sends(1, request(), { dlid: 77 }).wire.dlid).toBe(77)
  }))

  it("of the P_Key table reaches the functions that see another table then, each once, and no other [SQP-EV-1]", told((story) => {
    expect(story.does({ op: "pkeys", pkeys: [0xffff, 0x8003, 0x7002] }).events).toEqual(["pkey of 0", "pkey of 1"])
    expect(story.does({ op: "pkeys", pkeys: [0xffff, 0x8003, 0x7002, 0x8009] }).events).toEqual(["pkey of 0"])
    expect(story.does({ op: "attach", function: 3 }).events).toEqual([])
    expect(story.does({ op: "pkeys", pkeys: [0x7fff, 0x8004, 0x7002] }).events).toEqual([
      "pkey of 0", "pkey of 1", "pkey of 2", "pkey of 3"
    ])
  }))

  it("of one kind does not hide another: a prefix that comes with a reregister is used at once [SQP-GUID-1]", told((story) => {
    const { events } = story.does({ op: "reregister" })
    expect(events).toEqual(["reregister of 0", "reregister of 1", "reregister of 2"])
    expect(story.does({ op: "prefix", subnetPrefix: "fec0000000000000" }).events).toEqual([
      "gid of 0", "gid of 1", "gid of 2"
    ])
    const view = story.does({ op: "query", function: 1, attribute: "PortInfo", modifier: 0 }).answer.data
    expect(view?.slice(16, 32)).toBe("fec0000000000000")
  }))
})
