import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Command } from "../../impl/trace/command.ts"
import { CLASS, hexOf } from "../mads.ts"
import { assertProperty } from "../run.ts"
import { begin, gid, grhTo, guid, NO_GUID, request, response, Story, told } from "./story.ts"

const table = (...guids: ReadonlyArray<string>): Command => ({
  op: "guidTable", block: 0, guids: Array.from({ length: 8 }, (_, f) => guids[f] ?? NO_GUID)
})
const ping = request({ mgmtClass: CLASS.PING, method: 0x01 })
const seesGuid = (story: Story, f: number): string | undefined =>
  story.does({ op: "query", function: f, attribute: "GUIDInfo", modifier: 0 }).answer.data?.slice(0, 16)

describe("a function's GUID", () => {
  it("follows the port's table at once, whoever wrote it: in steering, in what leaves and in what the function sees [SQP-GUID-1]", told((story) => {
    const given = hexOf(0xd00d, 16)
    expect(story.arrives(ping, { grh: grhTo(gid(1)) }).got.function).toBe(1)
    expect(story.does(table(guid(0), given, guid(2))).events).toEqual(["gid of 1"])
    expect(story.arrives(ping, { grh: grhTo(gid(1)) }).drops).toEqual(["dgid-unknown of nobody"])
    expect(story.arrives(ping, { grh: grhTo(`fe80000000000000${given}`) }).got.function).toBe(1)
    expect(seesGuid(story, 1)).toBe(given)
    const grh = { dgid: gid(9), hopLimit: 1, flowLabel: 0, trafficClass: 0 }
    const { wire } = story.sends(1, request(), { grh })
    expect(wire.grh?.sgidIndex).toBe(1)
    const answer = response(wire.mad)
    expect(story.arrives(answer, { grh: grhTo(gid(1)) }).drops).toEqual(["dgid-unknown of nobody"])
    expect(story.arrives(answer, { grh: grhTo(`fe80000000000000${given}`) }).got.function).toBe(1)
  }))

  it("is shown only while the port's table holds it: before, the function sees 0 and a port that is down [SQP-VIEW-1]", told((story) => {
    const state = (): string | undefined =>
      story.does({ op: "query", function: 1, attribute: "PortInfo", modifier: 0 }).answer.data?.slice(65, 66)
    expect([seesGuid(story, 1), state()]).toEqual([NO_GUID, "1"])
    const grh = { dgid: gid(9), hopLimit: 1, flowLabel: 0, trafficClass: 0 }
    expect(story.sends(1, request(), { grh }).drops).toEqual(["no-gid of 1"])
    story.does(table(guid(0), guid(1)))
    expect([seesGuid(story, 1), state()]).toEqual([guid(1), "4"])
  }, { guids: [guid(0)] }))

  it("is never 0: a MAD for GUID 0 finds nobody, however many functions have no GUID yet [SQP-STEER-2]", told((story) => {
    for (const prefix of ["fe80000000000000", "fec0000000000000", NO_GUID]) {
      expect(story.arrives(ping, { grh: grhTo(prefix + NO_GUID) }).drops).toEqual(["dgid-unknown of nobody"])
    }
  }, { guids: [guid(0)] }))

  it("under another prefix than the port's is nobody's [SQP-STEER-2]", told((story) => {
    const stranger = grhTo(gid(1, "fec0000000000000"))
    expect(story.arrives(ping, { grh: stranger }).drops).toEqual(["dgid-unknown of nobody"])
  }))

  it("held twice is the lower slot's alone, in steering and in view [SQP-GUID-2]", told((story) => {
    expect(story.arrives(ping, { grh: grhTo(gid(1)) }).got.function).toBe(1)
    expect([seesGuid(story, 1), seesGuid(story, 2)]).toEqual([guid(1), NO_GUID])
  }, { guids: [guid(0), guid(1), guid(1)] }))
})

describe("the port of a function", () => {
  it("goes up and down in turn, whatever GUIDs and link do [SQP-EV-1]", () => {
    const change = fc.oneof(
      fc.boolean().map((up): Command => ({ op: "link", up })),
      fc.tuple(fc.boolean(), fc.boolean()).map(([one, two]) =>
        table(guid(0), one ? guid(1) : NO_GUID, two ? guid(2) : NO_GUID)
      )
    )
    assertProperty(fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const story = new Story(begin)
      const last = new Map([0, 1, 2].map((f) => [f, "port-up"]))
      for (const command of changes) {
        for (const { event, function: f } of story.does(command).all("event")) {
          if (event !== "port-up" && event !== "port-down") continue
          expect(`${event} of ${f}`).not.toBe(`${last.get(f)} of ${f}`)
          last.set(f, event)
        }
      }
      story.ends()
    }), { numRuns: 40 })
  })
})
