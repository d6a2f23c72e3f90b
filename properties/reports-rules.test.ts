/** Examples of "Reports" in `spec/subscriptions.md`, told to the model: what exploring does not look into. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import type { FunctionId } from "../model/ids.ts"
import { ATTRIBUTE, CLASS, METHOD } from "../model/mad.ts"
import {
  answered, type Beginning, fromSm, informed, joins, mgid, reported, saMad, SaStory
} from "./sa-story.ts"
import {
  arrivingFor, egress, gid, ingress, mad, passes, PERF, PF, SM_LID, tid, VF1, VF2
} from "./small-world.ts"
import { asks } from "./subscription-scopes.ts"

/** VF1 and VF2 subscribed to trap 64 by the wire TID 1. */
const subscribed = (change: Beginning = {}): SaStory => {
  const story = new SaStory(change)
  for (const event of [asks(VF1, 1), informed(1), asks(VF2, 1)]) story.tell(event)
  return story
}

/** The same, and a Report of the TID 0x900 was handed to both with the wire TID 2. */
const handed = (change: Beginning = {}): SaStory => {
  const story = subscribed(change)
  story.tell(reported(0x900))
  return story
}

/** A function sends a MAD with a TID; ReportResp to the SM unless said otherwise. */
const sends = (
  fn: FunctionId, n = 2, mgmtClass: number = CLASS.SA, method: number = METHOD.REPORT_RESP
): Event =>
  egress(fn, mad({ mgmtClass, method, attributeId: ATTRIBUTE.NOTICE, tid: tid(n) }), { dlid: SM_LID })

const FRESH = { tidMin: 10, tidMax: 20 }

describe("a Report", () => {
  it("whose GRH names a VF is dropped, one that names the PF is taken [SQP-STEER-1, SQP-SUB-5]", () => {
    const report = reported(0x900)
    const withGrh = (fn: FunctionId): Event => {
      if (report._tag !== "Ingress") return report
      return { ...report, address: { ...report.address, ...arrivingFor(gid(fn)) } }
    }
    const story = subscribed()
    expect(story.tell(withGrh(VF1))).toEqual(["steer-conflict of nobody"])
    expect(story.tell(withGrh(PF))).toEqual(["response", "to 1: 6 0", "to 2: 6 0"])
  })

  it("is handed with a fresh TID, and without its GRH [SQP-SUB-6]", () => {
    const story = subscribed()
    const given = story.does(reported(0x900)).flatMap((action) =>
      action._tag === "ToFunction" ? [[action.function, action.mad.tid, action.address.grh]] : [])
    expect(given).toEqual([[VF1, tid(2), null], [VF2, tid(2), null]])
    expect(story.resting).toEqual([1])
  })

  it("is lost by a function whose ring is full, not by others [SQP-FAIR-4, SQP-SUB-6]", () => {
    const story = subscribed()
    story.tell({ _tag: "FunctionRoom", function: VF1, slots: 0 })
    expect(story.tell(reported(0x900))).toEqual(["response", "function-full of 1", "to 2: 6 0"])
    story.tell({ _tag: "FunctionRoom", function: VF2, slots: 0 })
    expect(story.tell(reported(0x901))).toEqual(["response", "function-full of 1", "function-full of 2"])
    expect(story.state.reports)
      .toMatchObject([{ handedTid: tid(2), handedTo: [VF2] }, { handedTid: null, handedTo: [] }])
  })

  it("is remembered a while, then its TID rests, if it was handed on [SQP-SUB-6, SQP-TID-6]", () => {
    const story = handed({ timing: FRESH })
    story.tell(passes(5))
    story.tell(reported(0x901, { trapNumber: 65 }))
    expect(story.tell(passes(15))).toEqual([])
    expect([story.state.reports.map((report) => report.tid), story.resting]).toEqual([[tid(0x901)], [1, 2]])
    story.tell(passes(5))
    expect([story.state.reports, story.resting]).toEqual([[], [1, 2]])
  })

  it("may be remembered or forgotten in between: a repetition, or a new one [SQP-SUB-6, SQP-TID-5]", () => {
    const story = handed({ timing: FRESH })
    story.tell(passes(10))
    expect(story.mayShow(reported(0x900)))
      .toEqual([["response", "report-repeated of nobody"], ["response", "to 1: 6 0", "to 2: 6 0"]])
    story.tell(reported(0x900), 1)
    expect([story.state.reports.map(({ handedTid }) => handedTid), story.resting]).toEqual([[tid(3)], [1, 2]])
  })

  it("of more than 64 is forgotten first if it is the oldest [SQP-SUB-6]", () => {
    const story = new SaStory()
    for (let n = 1; n <= 64; n += 1) story.tell(reported(n))
    expect(story.state.reports.length).toBe(64)
    expect(story.tell(reported(65))).toEqual(["response", "report-unwanted of nobody"])
    const newest = Array.from({ length: 64 }, (_, n) => tid(n + 2))
    expect(story.state.reports.map((report) => report.tid)).toEqual(newest)
  })

  it("that only the PF context subscribed to is not unwanted [SQP-SUB-6, SQP-SUB-11]", () => {
    const story = new SaStory({ groupNotices: true })
    for (const event of [joins(VF1, "a"), answered(1, "a"), informed(2, 0, 67)]) story.tell(event)
    expect(story.tell(reported(0x900, { trapNumber: 67, gidAddr: mgid("b") }))).toEqual(["response"])
    expect(story.tell(reported(0x901))).toEqual(["response", "report-unwanted of nobody"])
  })

  it("without a notice is answered and wanted by nobody [SQP-SUB-5]", () => {
    const empty = fromSm(saMad(METHOD.REPORT, ATTRIBUTE.NOTICE, 0x900, { _tag: "opaque" }))
    expect(subscribed().tell(empty)).toEqual(["response", "report-unwanted of nobody"])
  })

  it("of another class, or a Trap, is a MAD for the PF [SQP-STEER-3, SQP-SUB-5]", () => {
    const story = subscribed()
    const others: ReadonlyArray<readonly [number, number]> = [[PERF, METHOD.REPORT], [CLASS.SA, METHOD.TRAP]]
    for (const [mgmtClass, method] of others) {
      const other = mad({ mgmtClass, method, attributeId: ATTRIBUTE.NOTICE, tid: tid(0x900) })
      expect(story.tell(ingress(other, { slid: SM_LID }))).toEqual([`to 0: ${method} 0`])
    }
  })
})

describe("a function that was handed a Report", () => {
  it("ends it with its ReportResp, not with another MAD of that TID [SQP-SUB-10]", () => {
    const story = handed()
    expect(story.tell(sends(VF1, 3))).toEqual(["response-undelivered of 1"])
    expect(story.tell(sends(VF1, 2, PERF))).toEqual(["response-undelivered of 1"])
    expect(story.tell(sends(VF1, 2, CLASS.SA, METHOD.GET_RESP))).toEqual(["response-undelivered of 1"])
    expect(story.tell(sends(VF1))).toEqual(["report-answered of 1"])
  })

  it("may answer late: the Report is remembered, or its TID rests [SQP-SUB-10, SQP-TID-5]", () => {
    const story = handed({ timing: FRESH })
    story.tell(passes(10))
    expect(story.mayShow(sends(VF1))).toEqual([["report-answered of 1"], ["response-undelivered of 1"]])
    story.tell(sends(VF1), 1)
    expect([story.state.reports, story.resting]).toEqual([[], [1, 2]])
  })

  it("has none to answer after a reset; the others have [SQP-SUB-10, SQP-LIFE-1]", () => {
    const story = handed()
    story.tell({ _tag: "Reset", function: VF1 })
    expect(story.tell(sends(VF1))).toEqual(["response-undelivered of 1"])
    expect(story.tell(sends(VF2))).toEqual(["report-answered of 2"])
  })

  it("may answer it after a reregister, too [SQP-SUB-10, SQP-SUB-7]", () => {
    const story = handed()
    story.tell({ _tag: "Reregister" })
    expect(story.tell(sends(VF1))).toEqual(["report-answered of 1"])
    expect(story.state.reports).toMatchObject([{ tid: tid(0x900), handedTid: tid(2), former: true }])
  })

  it("has nothing to answer once the PF context has stopped: all TIDs rest [SQP-LIFE-3]", () => {
    const story = handed()
    story.tell(reported(0x901))
    story.tell({ _tag: "Stop" })
    expect([story.state.reports, story.resting]).toEqual([[], [1, 2, 3, 4]])
  })
})
