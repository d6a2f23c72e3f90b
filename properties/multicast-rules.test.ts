/** Examples of what `spec/multicast.md` says, told to the model: what exploring does not look into. */
import { describe, expect, it } from "vitest"
import { Chooser } from "../model/choice.ts"
import { groupDeletedMulticast } from "../model/multicast-endings.ts"
import { ATTRIBUTE, CLASS, type McMember, METHOD, type Notice } from "../model/mad.ts"
import { FunctionId, Lid, NO_GID, Qpn } from "../model/ids.ts"
import { type Component, has, maskOf, madeMad, matches, NO_RECORD, recordIn } from "../model/multicast-record.ts"
import { A, B, gid, GIVEN, guid, joined, MINIMAL, only, SM, Story, tid, wireTid } from "./multicast-story.ts"

const INVALID = 0x0200
const masked = (...components: ReadonlyArray<Component>): string =>
  maskOf("mgid", "portGid", "joinState", ...components)

describe("a join", () => {
  it.each([
    ["no JoinState in its mask", { mask: maskOf("mgid", "portGid") }],
    ["no MGID in its mask", { mask: maskOf("portGid", "joinState") }],
    ["JoinState 0", { joinState: 0 }],
    ["the PortGID of another", { portGid: gid(2) }],
    ["ProxyJoin", { mask: masked("proxyJoin"), proxyJoin: 1 }],
    ["a P_Key the function has not", { mask: masked("pkey"), pkey: 0x8001 }],
    ["the P_Key 0", { mask: masked("pkey"), pkey: 0x8000 }]
  ])("with %s is refused and not sent [SQP-MC-7]", (_, about: Partial<McMember>) => {
    const { mad } = only("ToFunction", new Story().joins({ n: 1, about: { joinState: 1, ...about } }))
    expect(mad).toMatchObject({ method: METHOD.GET_RESP, status: INVALID, tid: tid(7) })
  })

  it.each([
    ["ProxyJoin outside its mask", 1, { proxyJoin: 1 }],
    ["a P_Key of its table, as limited member", 2, { mask: masked("pkey"), pkey: 0x0001 }]
  ])("with %s is sent [SQP-MC-7]", (_, n, about: Partial<McMember>) => {
    const { mad } = only("ToWire", new Story().joins({ n, about: { joinState: 1, ...about } }))
    expect(mad.method).toBe(METHOD.SET)
  })

  it("leaves with the port's identity, SM_Key 0, its masked components, and nothing else [SQP-MC-14]", () => {
    const about = { joinState: 1, mask: masked("qkey", "pkey"), qkey: 0x0b1b, pkey: 0xffff, sl: 5, mtu: 4 }
    const { address, cause, from, mad } = only("ToWire", new Story().joins({ n: 1, about }))
    const { joinState, mask, pkey, qkey } = about
    const record = { ...NO_RECORD, mask, mgid: A, portGid: gid(0), qkey, pkey, joinState }
    expect(mad).toEqual({
      baseVersion: 1, mgmtClass: CLASS.SA, classVersion: 2, method: METHOD.SET, status: 0, tid: wireTid(1),
      attributeId: 0x38, sa: { smKey: "0000000000000000" }, rmpp: { active: false, type: 0 }, oui: null,
      body: record, payload: "made"
    })
    expect(address).toEqual({
      pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: SM, sl: 3, pathBits: 0, rate: 0, grh: null
    })
    expect({ cause, from }).toEqual({ cause: "join", from: null })
  })

  it("that is covered is answered with the record, mirrored to where it came from [SQP-MC-3]", () => {
    const story = joined()
    const grh = { dgid: B, hopLimit: 9, flowLabel: 8, trafficClass: 7 }
    const { address, function: fn, mad } = only(
      "ToFunction",
      story.joins({ n: 2, about: { joinState: 1 }, tid: tid(9), address: { sl: 4, pathBits: 2, grh } })
    )
    expect(fn).toBe(2)
    expect(mad).toMatchObject({ method: METHOD.GET_RESP, status: 0, tid: tid(9) })
    expect(recordIn(mad)).toEqual({ ...NO_RECORD, ...GIVEN, mgid: A, portGid: gid(2), joinState: 1 })
    expect(address).toEqual({
      pkeyIndex: 0, slid: SM, srcQp: 1, sl: 4, pathBits: 2,
      grh: { sgid: B, dgid: gid(2), hopLimit: 0, flowLabel: 0, trafficClass: 0 }
    })
  })

  it("of bits held with NonMember alone is sent: the SA may have deleted the group [SQP-MC-3]", () => {
    const story = new Story()
    story.joins({ n: 1, about: { joinState: 2 } })
    story.answers(1, 0, { mgid: A, joinState: 2 })
    expect(only("ToWire", story.joins({ n: 2, about: { joinState: 2 } })).cause).toBe("join")
  })

  it("that is covered but asks for another Q_Key is refused and not sent [SQP-MC-3]", () => {
    const about = { joinState: 1, mask: masked("qkey"), qkey: 1 }
    const { mad } = only("ToFunction", joined().joins({ n: 2, about }))
    expect(mad.status).toBe(INVALID)
    expect(recordIn(mad)).toEqual({ ...NO_RECORD, mgid: A, portGid: gid(2) })
  })

  it("beyond the quota of unanswered requests is dropped [SQP-MC-8]", () => {
    const story = new Story({ pending: 2 })
    story.joins({ n: 1, about: { joinState: 1 }, tid: tid(1) })
    story.joins({ n: 1, about: { joinState: 2 }, tid: tid(2) })
    const third = story.joins({ n: 1, about: { joinState: 4 }, tid: tid(3) })
    expect(only("Drop", third).reason).toBe("pending-quota")
    expect(story.joins({ n: 2, about: { joinState: 1 }, tid: tid(3) })).toEqual([])
  })

  it.each([["another group", B], ["an MGID of the SA's choice", NO_GID]])(
    "of %s beyond the quota of groups is dropped, one of the same group is not [SQP-MC-2]", (_, mgid) => {
      const story = joined({ groups: 1 })
      expect(only("Drop", story.joins({ n: 1, about: { joinState: 1, mgid } })).reason).toBe("group-quota")
      expect(only("ToWire", story.joins({ n: 1, about: { joinState: 8 } })).cause).toBe("join")
    }
  )

  it("counts against the quota of who asks, not of others who ask in groups of their own [SQP-MC-2]", () => {
    const story = new Story({ groups: 1 })
    story.joins({ n: 2, about: { joinState: 1 } })
    expect(only("ToWire", story.joins({ n: 1, about: { joinState: 1, mgid: B } })).cause).toBe("join")
    expect(only("Drop", story.joins({ n: 1, about: { joinState: 1 }, tid: tid(8) })).reason).toBe("group-quota")
  })

  it("that is covered is answered at once, whatever the quotas: nothing waits for it [SQP-MC-3]", () => {
    const story = joined({ pending: 1 })
    story.joins({ n: 2, about: { joinState: 1, mgid: B } })
    const { mad } = only("ToFunction", story.joins({ n: 2, about: { joinState: 1 }, tid: tid(8) }))
    expect(mad).toMatchObject({ status: 0, tid: tid(8) })
  })
})

describe("the SA's answer", () => {
  it.each([
    ["from another LID", { slid: Lid(9) }, "sa-answer-source"],
    ["from another QP", { srcQp: Qpn(2) }, "sa-answer-source"],
    [
      "with a GRH for a VF",
      { grh: { sgid: B, dgid: gid(1), hopLimit: 0, flowLabel: 0, trafficClass: 0 } },
      "steer-conflict"
    ]
  ])("%s is dropped, and the SA's own is still awaited [SQP-MC-13]", (_, address, reason) => {
    const story = new Story()
    story.joins({ n: 1, about: { joinState: 1 } })
    const dropped = story.answers(1, 0, { mgid: A, joinState: 1 }, address)
    expect(only("Drop", dropped)).toEqual({ _tag: "Drop", function: null, reason })
    expect(only("ToFunction", story.answers(1, 0, { mgid: A, joinState: 1 })).mad.status).toBe(0)
  })

  it("comes from the SM it was sent to or the current one [SQP-MC-13]", () => {
    const story = new Story()
    story.joins({ n: 1, about: { joinState: 1 } })
    story.tell({ _tag: "SmChanged", smLid: Lid(2), smSl: 0 })
    const granted = story.answers(2, 0, { mgid: A, joinState: 1 }, { slid: Lid(2) })
    expect(only("ToFunction", granted).function).toBe(1)
    expect(story.answers(1, 0, { mgid: A, joinState: 1 })).toEqual([])
  })

  it("is told to the function as if from the SM of now, wherever it sent its request [SQP-MC-13]", () => {
    const story = new Story()
    story.joins({ n: 1, about: { joinState: 1 } })
    story.tell({ _tag: "SmChanged", smLid: Lid(7), smSl: 0 })
    const told = only("ToFunction", story.answers(2, 0, { mgid: A, joinState: 1 }, { slid: Lid(7) }))
    expect(told.address).toMatchObject({ slid: 7, srcQp: 1 })
  })

  it("to a join of MGID 0 that gives no MGID answers nothing [SQP-MC-12]", () => {
    const story = new Story()
    story.joins({ n: 1, about: { joinState: 1, mgid: NO_GID } })
    expect(only("Drop", story.answers(1, 0, { joinState: 1 })).reason).toBe("sa-answer-stale")
    const { mad } = only("ToFunction", story.answers(1, 0, { mgid: B, joinState: 1 }))
    expect(recordIn(mad)).toMatchObject({ mgid: B, joinState: 1 })
  })

  it("refuses a leave of two JoinStates: they are left one by one [SQP-MC-1]", () => {
    const story = joined()
    story.joins({ n: 1, about: { joinState: 8 } })
    story.answers(2, 0, { mgid: A, joinState: 9 })
    story.leaves({ n: 1, about: { joinState: 9 } })
    const first = only("ToWire", story.answers(3, INVALID, { mgid: A, joinState: 9 }))
    expect(recordIn(first.mad).joinState).toBe(1)
    const second = only("ToWire", story.answers(4, INVALID, { mgid: A, joinState: 1 }))
    expect(recordIn(second.mad).joinState).toBe(8)
    expect(story.answers(5, 0, { mgid: A })).toEqual([])
    expect(story.state.groups).toEqual([])
  })
})

describe("a leave", () => {
  it("is answered with what remains, and only its bits are left [SQP-MC-4]", () => {
    const story = joined()
    story.joins({ n: 1, about: { joinState: 8 } })
    story.answers(2, 0, { mgid: A, joinState: 9 })
    const [told, sent] = story.leaves({ n: 1, about: { joinState: 1 }, tid: tid(3) })
    expect(told).toMatchObject({
      function: 1,
      mad: { method: METHOD.DELETE_RESP, status: 0, tid: tid(3), body: { ...GIVEN, joinState: 8 } }
    })
    expect(sent).toMatchObject({
      cause: "leave", mad: { method: METHOD.DELETE, body: { mask: MINIMAL, portGid: gid(0), joinState: 1 } }
    })
  })

  it("of bits another still has is not sent [SQP-MC-2]", () => {
    const story = joined()
    story.joins({ n: 2, about: { joinState: 1 } })
    expect(only("ToFunction", story.leaves({ n: 1, about: { joinState: 1 } })).mad.status).toBe(0)
  })

  it("of MGID 0, or of bits the function has not, is refused [SQP-MC-4]", () => {
    const story = joined()
    const refused = [{ joinState: 1, mgid: NO_GID }, { joinState: 9 }, { joinState: 0 }, { joinState: 2 }]
      .map((about) => only("ToFunction", story.leaves({ n: 1, about })))
    expect(refused.map(({ mad }) => [mad.method, mad.status])).toEqual(
      refused.map(() => [METHOD.DELETE_RESP, INVALID])
    )
  })
})

describe("a port event", () => {
  it("joins again with what can create the group [SQP-MC-11]", () => {
    const story = joined()
    const actions = story.tell({ _tag: "Reregister" }).filter(({ _tag }) => _tag === "ToWire")
    const { cause, mad } = only("ToWire", actions)
    expect(cause).toBe("re-join")
    expect(recordIn(mad)).toEqual({
      ...NO_RECORD, mask: "00000000000130c7", mgid: A, portGid: gid(0), qkey: 0x0b1b, pkey: 0xffff, sl: 2,
      flowLabel: 7, joinState: 1
    })
  })

  it("takes the bits of members whose re-join the SA refuses [SQP-MC-11]", () => {
    const story = joined()
    story.tell({ _tag: "Reregister" })
    expect(story.answers(2, INVALID, { mgid: A })).toEqual([
      { _tag: "EventTo", function: 1, event: "reregister" }
    ])
    expect(story.state.groups).toEqual([])
  })

  it("makes bits provisional: what is not joined again within the grace is left [SQP-MC-17]", () => {
    const story = joined()
    story.joins({ n: 2, about: { joinState: 8 } })
    story.answers(2, 0, { mgid: A, joinState: 9 })
    story.tell({ _tag: "Reregister" })
    story.answers(3, 0, { mgid: A, joinState: 9 })
    only("ToFunction", story.joins({ n: 2, about: { joinState: 8 }, tid: tid(8) }))
    const { mad } = only("ToWire", story.tell({ _tag: "TimePasses", ms: 60_000 }))
    expect(recordIn(mad)).toMatchObject({ mgid: A, joinState: 1 })
  })

  it("that takes the P_Key of a group from a function takes its bits there [SQP-MC-15]", () => {
    const story = joined()
    const left = story.tell({ _tag: "PkeyMapChanged", function: FunctionId(1), map: [1] })
    expect(left.map(({ _tag }) => _tag)).toEqual(["EventTo", "ToWire"])
    expect(story.state.groups[0]?.members).toEqual([])
  })

  it("that gives a function another GUID takes its bits, and its waiting join is refused [SQP-MC-15]", () => {
    const story = joined()
    story.joins({ n: 1, about: { joinState: 1, mgid: B } })
    const actions = story.tell({ _tag: "GuidTableChanged", block: 0, guids: [guid(0), guid(9)] })
    expect(actions.map(({ _tag }) => _tag)).toEqual(["EventTo", "ToWire", "ToFunction"])
    expect(actions[2]).toMatchObject({ function: 1, mad: { status: INVALID, body: { mgid: B } } })
  })

  it("that gives all functions other GUIDs at once takes the bits of all [SQP-MC-15]", () => {
    const story = joined()
    story.joins({ n: 2, about: { joinState: 1 } })
    expect(story.state.groups[0]?.members.map(({ function: fn }) => fn)).toEqual([1, 2])
    story.tell({ _tag: "GuidTableChanged", block: 0, guids: [guid(7), guid(8), guid(9)] })
    expect(story.state.groups[0]?.members).toEqual([])
  })
})

describe("a group that the SA deleted", () => {
  it("is joined again, and a refusal takes the members' bits [SQP-MC-18]", () => {
    const story = joined()
    const { actions, state } = groupDeletedMulticast(story.state, A, new Chooser([wireTid(2)]))
    expect(only("ToWire", actions)).toMatchObject({ cause: "re-join", mad: { body: { mgid: A, joinState: 1 } } })
    story.state = state
    expect(only("EventTo", story.answers(2, INVALID, { mgid: A })).event).toBe("reregister")
  })
})

describe("a Report of trap 67", () => {
  const body: Notice = {
    _tag: "notice", isGeneric: 1, type: 3, producerType: 4, trapNumber: 67, issuerLid: SM, gidAddr: A,
    issuerGid: gid(0)
  }
  const heard = (story: Story, about: Partial<Notice>, slid = SM) => story.tell({
    _tag: "Ingress",
    qp: 1,
    address: { pkeyIndex: 0, slid, srcQp: Qpn(1), sl: 0, pathBits: 0, grh: null },
    mad: {
      ...madeMad(METHOD.REPORT, 0, tid(0x99), NO_RECORD), attributeId: ATTRIBUTE.NOTICE, body: { ...body, ...about }
    }
  }).flatMap((action) => (action._tag === "ToWire" ? [action.mad.method] : []))

  it("of the SM joins the group that it names again, once [SQP-MC-18]", () => {
    const story = joined()
    expect(heard(story, {})).toEqual([METHOD.REPORT_RESP, METHOD.SET])
    story.answers(2, 0, { mgid: A, joinState: 1 })
    expect(heard(story, {})).toEqual([METHOD.REPORT_RESP])
  })

  it("of another group, another notice or another sender joins nothing [SQP-MC-18]", () => {
    expect(heard(joined(), { gidAddr: B })).toEqual([METHOD.REPORT_RESP])
    expect(heard(joined(), { trapNumber: 66 })).toEqual([METHOD.REPORT_RESP])
    expect(heard(joined(), { isGeneric: 0 })).toEqual([METHOD.REPORT_RESP])
    expect(heard(joined(), {}, Lid(9))).toEqual([])
  })
})

describe("a grant", () => {
  it("of fewer bits than asked for gives those and says so [SQP-MC-1]", () => {
    const story = new Story()
    story.joins({ n: 1, about: { joinState: 9 } })
    const { mad } = only("ToFunction", story.answers(1, 0, { mgid: A, joinState: 1 }))
    expect([mad.status, recordIn(mad).joinState]).toEqual([0, 1])
  })

  it("in a group of a P_Key that the function has not is refused to it and undone [SQP-MC-15]", () => {
    const story = new Story()
    story.joins({ n: 1, about: { joinState: 1 } })
    const [told, sent] = story.answers(1, 0, { mgid: A, joinState: 1, pkey: 0x8001 })
    expect(told).toMatchObject({ function: 1, mad: { status: INVALID } })
    expect(sent).toMatchObject({ mad: { method: METHOD.DELETE, body: { mgid: A, joinState: 1 } } })
  })
})

describe("the end of a function", () => {
  it("takes its bits and its requests in every group [SQP-MC-10]", () => {
    const story = joined()
    story.joins({ n: 1, about: { joinState: 1, mgid: B } })
    const actions = story.tell({ _tag: "Detach", function: FunctionId(1) })
    expect(actions).toMatchObject([
      { _tag: "ToWire", cause: "leave", mad: { body: { mgid: A, joinState: 1 } } },
      { _tag: "Drop", function: 1, reason: "function-gone" }
    ])
    expect(only("ToWire", story.answers(2, 0, { mgid: B, joinState: 1 })).cause).toBe("undo")
  })
})

describe("a record", () => {
  const known: McMember = { ...NO_RECORD, ...GIVEN, mtu: 4 }

  it.each([
    ["greater", 0, 3, true], ["greater", 0, 4, false], ["less", 1, 5, true], ["less", 1, 4, false],
    ["equal", 2, 4, true], ["equal", 2, 3, false], ["any", 3, 1, true]
  ])("with MTU 4 compares with %s (selector %i) than %i: %s [SQP-MC-3]", (_, mtuSelector, mtu, expected) => {
    const asked = { ...NO_RECORD, mask: maskOf("mtuSelector", "mtu"), mtuSelector, mtu }
    expect(matches(asked, known)).toBe(expected)
    expect(matches({ ...asked, mask: maskOf("mtu") }, known)).toBe(true)
  })

  it("has the components its mask names, by the bits of the standard [SQP-MC-14]", () => {
    const mask = "0000000000010003"
    expect(maskOf("mgid", "portGid", "joinState")).toBe(mask)
    expect(maskOf("proxyJoin")).toBe("0000000000020000")
    expect(has({ ...NO_RECORD, mask: "ffffffff00000080" }, "pkey")).toBe(true)
    expect(has({ ...NO_RECORD, mask: "ffffffff00000000" }, "mgid")).toBe(false)
  })
})
