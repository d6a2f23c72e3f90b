/** Examples of `spec/service-records.md` told to the model: leases, quotas, what several functions name. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { FunctionId } from "../model/ids.ts"
import { METHOD } from "../model/mad.ts"
import { type Beginning, informed, SaStory } from "./sa-story.ts"
import { DELETE, says, sends, SERVICE_RECORD, SET } from "./service-scopes.ts"
import { ask, egress, gid, guid, mad, passes, PING, VF1, VF2 } from "./small-world.ts"
import { asks } from "./subscription-scopes.ts"

const reset = (fn: FunctionId): Event => ({ _tag: "Reset", function: fn })
/** VF1 registers the n-th record. */
const registers = (n: number, lease?: number): Event =>
  sends(SET, { serviceId: `000000000000000${n}`, ...(lease === undefined ? {} : { lease }) })
/** VF2 registers the n-th record of its own. */
const other = (n: number): Event => sends(SET, { serviceId: `000000000000000${n}`, gid: gid(VF2) }, VF2)

const begun = (services: number, ...events: ReadonlyArray<Event>): SaStory => {
  const story = new SaStory({ limits: { services } })
  for (const event of events) story.tell(event)
  return story
}

/** The records that are known, as "2" or, while it is deleted, "2 deleted". */
const known = ({ state }: SaStory): ReadonlyArray<string> =>
  state.registrations.map(({ deletion, rid }) =>
    `${Number(rid.serviceId)}${deletion === null ? "" : " deleted"}`)

const SENT = ["wire of 1"]
const FULL = ["service-quota of 1"]

describe("a record whose lease is over", () => {
  it("may make room for another, not before [SQP-SVC-4]", () => {
    const story = begun(1, registers(1, 5), passes(4999))
    expect(story.mayShow(registers(2))).toEqual([FULL])
    story.tell(passes(1))
    expect(story.mayShow(registers(2))).toEqual([FULL, SENT])
    expect(story.may(registers(2)).map(({ choice }) => choice[0]))
      .toEqual(["full", `0000000000000001 ${gid(VF1)} 65535`])
    story.tell(registers(2), 1)
    expect(known(story)).toEqual(["2"])
  })

  it("makes room alone, whichever it is, where others last [SQP-SVC-4]", () => {
    const full = () => begun(3, registers(1, 5), registers(2, 6), registers(3), passes(6000))
    const left = [0, 1, 2].map((turn) => {
      const story = full()
      story.tell(registers(4), turn)
      return known(story)
    })
    expect(left).toEqual([["1", "2", "3"], ["2", "3", "4"], ["1", "3", "4"]])
    expect(full().may(registers(4)).length).toBe(3)
  })

  it("may be forgotten before its function ends: nothing is deleted then [SQP-SVC-2]", () => {
    const story = begun(1, registers(1, 5), passes(5000))
    expect(story.mayShow(reset(VF1))).toEqual([["unregister 1 #2"], []])
    expect(story.may(reset(VF1)).map(({ choice }) => choice[0])).toEqual(["remembered", "forgotten"])
    story.tell(reset(VF1), 1)
    expect(known(story)).toEqual([])
    expect(begun(1, registers(1, 5)).mayShow(reset(VF1))).toEqual([["unregister 1 #2"]])
  })

  it("has one by its mask, of whose 64 bits others may be set [SQP-SVC-1, SQP-SVC-4]", () => {
    const story = begun(1)
    expect(story.tell(sends(SET, { mask: "ffffffff00000017", lease: 5 }))).toEqual(SENT)
    story.tell(passes(5000))
    expect(story.mayShow(reset(VF1))).toEqual([["unregister 1 #2"], []])
  })
})

describe("a record that is being deleted", () => {
  it("counts against the quota of deletions of its function, but not itself [SQP-SVC-4]", () => {
    const story = begun(2, registers(1), registers(2), reset(VF1))
    expect(known(story)).toEqual(["1 deleted", "2 deleted"])
    expect(story.tell(registers(3))).toEqual(FULL)
    expect(story.tell(other(3))).toEqual(["wire of 2"])
    expect(story.tell(registers(1))).toEqual(SENT)
    expect(story.tell(registers(3))).toEqual(SENT)
  })

  it("counts against no quota of records, nor another function's [SQP-SVC-4]", () => {
    const story = begun(2, registers(1), reset(VF1), registers(2))
    expect(story.tell(registers(3))).toEqual(SENT)
    expect(begun(2, other(1), other(2), reset(VF2)).tell(registers(1))).toEqual(SENT)
  })

  it("is deleted by an answer of its attribute alone [SQP-SVC-2, SQP-MC-13]", () => {
    const story = begun(1, registers(1), reset(VF1))
    expect(story.tell(informed(2))).toEqual(["sa-answer-stale of nobody"])
    expect(known(story)).toEqual(["1 deleted"])
    expect(story.tell(says(2, 0x95))).toEqual([])
    expect([known(story), story.resting]).toEqual([[], [1, 2]])
  })
})

describe("a registered record", () => {
  it("is no matter of an answer to another request [SQP-SVC-2, SQP-MC-13]", () => {
    const story = begun(1, registers(1), asks(VF1, 1))
    expect(story.tell(says(2, 0x95))).toEqual(["sa-answer-stale of nobody"])
    expect(known(story)).toEqual(["1"])
  })

  it("is not ended by the answer to whom its GID was before [SQP-SVC-2, SQP-SVC-3]", () => {
    const story = begun(1, sends(DELETE, { gid: gid(2) }, VF2))
    story.tell({ _tag: "GuidTableChanged", block: 0, guids: [guid(0), guid(2), guid(1)] })
    expect(story.tell(sends(SET, { gid: gid(2) }))).toEqual(SENT)
    expect(story.tell(says(1, 0x95, 0, { gid: gid(2) }))).toEqual(["to 2: 95 0"])
    expect(known(story)).toEqual(["1"])
  })

  it("is one whose Set has left [SQP-SVC-2, SQP-TID-10]", () => {
    const story = new SaStory({ limits: { tids: 1 } } satisfies Beginning)
    story.tell(egress(VF1, ask))
    expect(story.tell(registers(1))).toEqual(["tid-quota of 1"])
    expect(known(story)).toEqual([])
  })

  it("is kept by function: at the end all are deleted in that order [SQP-LIFE-3, SQP-SVC-2]", () => {
    const story = new SaStory({ functions: 12 })
    for (const n of [11, 2, 1]) {
      story.tell(sends(SET, { serviceId: n.toString(16).padStart(16, "0"), gid: gid(n) }, FunctionId(n)))
    }
    expect(story.tell({ _tag: "Stop" })).toEqual(["unregister 1 #4", "unregister 2 #5", "unregister 11 #6"])
  })
})

describe("what is no change of a ServiceRecord", () => {
  it("goes its way, whosever record it names: another class, or a question [SQP-SVC-1]", () => {
    const story = begun(1)
    const pinged = mad({ mgmtClass: PING, method: SET, attributeId: SERVICE_RECORD })
    expect(story.tell(egress(VF1, pinged))).toEqual(SENT)
    expect(story.tell(sends(METHOD.GET, { gid: gid(VF2) }))).toEqual(SENT)
  })
})
