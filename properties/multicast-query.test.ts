/** Examples of "Get and GetTable of MCMemberRecord" in `spec/multicast.md`, told to the model alone. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { type Gid, Gid as gidFrom, gidOf, SubnetPrefix } from "../model/ids.ts"
import { ATTRIBUTE, type Mad, type McMember, METHOD } from "../model/mad.ts"
import { type Component, maskOf, matches, NO_RECORD } from "../model/multicast-record.ts"
import { answered, joins, mgid, saMad, SaStory } from "./sa-story.ts"
import { egress, gid, guid, SM_LID, VF1 } from "./small-world.ts"

const sent = (of: Mad): Event => egress(VF1, of, { dlid: SM_LID })

/** VF1 asks for its own membership with these components besides PortGID. */
const get = (record: Partial<McMember>, ...components: ReadonlyArray<Component>): Event =>
  sent(saMad(METHOD.GET, ATTRIBUTE.MC_MEMBER_RECORD, 9, {
    ...NO_RECORD, mask: maskOf("portGid", ...components), portGid: gid(VF1), ...record
  }))

/** The same by a table method: MGID, PortGID and Q_Key as bytes. */
const table = (
  { group = mgid("0"), port = gid(VF1), qkey = 0, method = METHOD.GET_TABLE as number }: {
    group?: Gid; port?: Gid; qkey?: number; method?: number
  },
  ...components: ReadonlyArray<Component>
): Mad =>
  saMad(method, ATTRIBUTE.MC_MEMBER_RECORD, 9, {
    _tag: "mcMembers", mask: maskOf("portGid", ...components),
    segment: 0, payloadLength: 0, attributeOffset: 0,
    data: `${group}${port}${qkey.toString(16).padStart(8, "0")}`.padEnd(400, "0")
  })

/** How many records a table answer holds, by its length, and the groups they are of. */
const rows = (story: SaStory, of: Mad): ReadonlyArray<string> => {
  const [told] = story.does(sent(of)).flatMap((action) => (action._tag === "ToFunction" ? [action.mad] : []))
  if (told?.body._tag !== "mcMembers") throw new Error("no table came")
  const { data, payloadLength } = told.body
  return Array.from({ length: (payloadLength - 20) / 56 }, (_, n) => data.slice(112 * n, 112 * n + 32))
}

/** VF1 is in the groups of these letters. */
const inGroups = (...names: ReadonlyArray<string>): SaStory => {
  const story = new SaStory()
  for (const [n, name] of names.entries()) {
    story.tell(joins(VF1, name))
    story.tell(answered(n + 1, name, { qkey: 0x1b }))
  }
  return story
}

const NONE = ["to 1: 81 768"]
const ONE = ["to 1: 81 0"]

describe("a function's question about itself", () => {
  it("is of the group, the bits and the record that its mask has [SQP-MC-16]", () => {
    const story = inGroups("a", "b")
    expect(story.tell(get({}))).toEqual(["to 1: 81 1024"])
    expect(story.tell(get({ mgid: mgid("a") }, "mgid"))).toEqual(ONE)
    expect(story.tell(get({ mgid: mgid("c") }, "mgid"))).toEqual(NONE)
    expect(story.tell(get({ mgid: mgid("a"), proxyJoin: 0 }, "mgid", "proxyJoin"))).toEqual(ONE)
    expect(story.tell(get({ mgid: mgid("a"), proxyJoin: 1 }, "mgid", "proxyJoin"))).toEqual(NONE)
    expect(story.tell(get({ mgid: mgid("a"), qkey: 0x1c }, "mgid", "qkey"))).toEqual(NONE)
  })

  it("by GetTable reads its components from the bytes [SQP-MC-16]", () => {
    const story = inGroups("a", "b", "c")
    expect(rows(story, table({}))).toEqual([mgid("a"), mgid("b"), mgid("c")])
    expect(rows(story, table({ qkey: 0x1b, group: mgid("b") }, "qkey", "mgid"))).toEqual([mgid("b")])
    expect(rows(story, table({ qkey: 0x1c }, "qkey"))).toEqual([])
    story.tell(joins(VF1, "d"))
    story.tell(answered(4, "d"))
    expect(story.tell(sent(table({})))).toEqual(["to 1: 92 256"])
  })

  it("and its answer may begin with zeros [SQP-MC-16]", () => {
    const prefix = SubnetPrefix("00c0000000000000")
    const group = gidFrom("0f12401bffff00000000000000000001")
    const story = new SaStory({ port: { prefix } })
    const port = gidOf(prefix, guid(VF1))
    story.tell(joins(VF1, "a", { record: { mgid: group, portGid: port } }))
    story.tell(answered(1, "a", { mgid: group }))
    expect(rows(story, table({ port }))).toEqual([group])
  })

  it("is a question in a segment of data, none in an RMPP control packet [SQP-MC-16]", () => {
    const story = inGroups("a")
    const typed = (type: number): Event => sent({ ...table({}), rmpp: { active: true, type } })
    expect(story.tell(typed(1))).toEqual(["to 1: 92 0"])
    expect(story.tell(typed(2))).toEqual(["rmpp-unknown of 1"])
  })

  it("by another method than Get and GetTable goes to the SA [SQP-MC-16]", () => {
    expect(inGroups("a").tell(sent(table({ method: METHOD.GET_TRACE_TABLE })))).toEqual(["wire of 1"])
  })
})

describe("a group's record", () => {
  const known: McMember = {
    ...NO_RECORD, qkey: 1, mlid: 2, trafficClass: 3, sl: 4, flowLabel: 5, hopLimit: 6, scope: 7, pkey: 0x8008
  }

  it.each(["qkey", "mlid", "trafficClass", "sl", "flowLabel", "hopLimit", "scope", "pkey"] as const)(
    "is compared with the %s that is asked for, if the mask has it [SQP-MC-3]",
    (component) => {
      const other = { ...known, [component]: 0x70 }
      expect(matches({ ...other, mask: maskOf(component) }, known)).toBe(false)
      expect(matches({ ...other, mask: maskOf("mgid") }, known)).toBe(true)
      expect(matches({ ...known, mask: maskOf(component) }, known)).toBe(true)
    }
  )

  it("is of the partition of a P_Key, full member or limited [SQP-MC-3]", () => {
    expect(matches({ ...known, mask: maskOf("pkey"), pkey: 0x0008 }, known)).toBe(true)
  })
})
