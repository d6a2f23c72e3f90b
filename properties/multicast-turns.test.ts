/** Examples of `spec/multicast.md` told to the model: quotas, what comes late, and what happens at once. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { type FunctionId, NO_GID } from "../model/ids.ts"
import { ATTRIBUTE, METHOD } from "../model/mad.ts"
import {
  answered, type Beginning, joins, leaves, type Membership, mgid, reported, saMad, SaStory
} from "./sa-story.ts"
import { egress, passes, SM_LID, VF1, VF2 } from "./small-world.ts"
import { asks } from "./subscription-scopes.ts"

const REREGISTER: Event = { _tag: "Reregister" }
const STOP: Event = { _tag: "Stop" }
const NO_SM: Event = { _tag: "SmChanged", smLid: null, smSl: 0 }
const SM_AGAIN: Event = { _tag: "SmChanged", smLid: SM_LID, smSl: 0 }

/** VF1 is FullMember of group a, by the wire TID 1. */
const joined = (change: Beginning = {}): SaStory => {
  const story = new SaStory(change)
  story.tell(joins(VF1, "a"))
  story.tell(answered(1, "a"))
  return story
}

/** A function joins a group that the SA shall choose. */
const chooses = (fn: FunctionId, change: Membership = {}): Event =>
  joins(fn, "0", { ...change, record: { mgid: NO_GID } })

/** Who has which bits in the groups, of which some are provisional. */
const members = ({ state }: SaStory): ReadonlyArray<ReadonlyArray<number>> =>
  state.groups.flatMap((group) => group.members.map((of) => [of.function, of.bits, of.provisional]))

describe("the quota of groups", () => {
  it("lets a function leave twice as many at a time as it may be in [SQP-MC-20]", () => {
    const story = new SaStory({ limits: { groups: 2 } })
    for (const [n, name] of ["a", "b", "c", "d"].entries()) {
      expect(story.tell(joins(VF1, name))).toEqual([`join ${name} 1 #${2 * n + 1}`])
      story.tell(answered(2 * n + 1, name))
      expect(story.tell(leaves(VF1, name))).toEqual(["to 1: 95 0", `leave ${name} 1 #${2 * n + 2}`])
    }
    expect(story.tell(joins(VF1, "e"))).toEqual(["group-quota of 1"])
    expect(story.tell(joins(VF2, "e"))).toEqual(["join e 1 #9"])
    story.tell({ _tag: "Reset", function: VF1 })
    expect(story.tell(joins(VF1, "f"))).toEqual(["group-quota of 1"])
    expect(story.tell(answered(2, "a"))).toEqual([])
    expect(story.tell(joins(VF1, "f"))).toEqual(["join f 1 #10"])
  })

  it("counts what is being left for who was the last, whoever else ends [SQP-MC-20]", () => {
    const story = joined()
    story.tell(leaves(VF1, "a"))
    story.tell({ _tag: "Reset", function: VF2 })
    expect(story.state.groups).toMatchObject([{ lastOf: VF1 }])
  })

  it("counts each request for an MGID of the SA's choice once [SQP-MC-2]", () => {
    const one = new SaStory({ limits: { groups: 1 } })
    expect(one.tell(chooses(VF1, { tid: 1 }))).toEqual(["join 0 1 #1"])
    expect(one.tell(chooses(VF1, { tid: 2 }))).toEqual(["group-quota of 1"])
    const two = new SaStory({ limits: { groups: 2 } })
    two.tell(chooses(VF1))
    expect(two.tell(joins(VF1, "a"))).toEqual(["join a 1 #2"])
    expect(two.tell(joins(VF1, "b"))).toEqual(["group-quota of 1"])
    two.tell(answered(2, "a"))
    expect(two.tell(joins(VF1, "b"))).toEqual(["group-quota of 1"])
    const asking = new SaStory({ limits: { groups: 2 } })
    asking.tell(joins(VF1, "a"))
    expect(asking.tell(joins(VF1, "b"))).toEqual(["join b 1 #2"])
  })

  it("is not looked at while no SM is known [SQP-MC-8]", () => {
    const story = joined({ limits: { groups: 1 } })
    story.tell(NO_SM)
    expect(story.tell(joins(VF1, "b"))).toEqual(["no-sm of 1"])
  })
})

describe("a join that waits", () => {
  it("is repeated by one of the same bits alone [SQP-MC-8]", () => {
    const story = new SaStory()
    story.tell(joins(VF1, "a"))
    expect(story.tell(joins(VF1, "a", { bits: 2 }))).toEqual([])
    expect(story.tell(joins(VF1, "a", { bits: 2 }))).toEqual(["coalesced of 1"])
  })

  it("waits though its bits are held, while something else is with the SA [SQP-MC-3, SQP-MC-6]", () => {
    const story = joined()
    expect(story.tell(joins(VF2, "a", { bits: 8 }))).toEqual(["join a 8 #2"])
    expect(story.tell(joins(VF2, "a", { tid: 9 }))).toEqual([])
    expect(story.tell(answered(2, "a", { joinState: 8 }))).toEqual(["to 2: 81 0", "to 2: 81 0"])
    expect(members(story)).toEqual([[1, 1, 0], [2, 9, 0]])
  })

  it("is dropped when no SM is known any more [SQP-MC-2]", () => {
    const story = new SaStory()
    story.tell(joins(VF1, "a"))
    story.tell(joins(VF2, "a"))
    expect(story.tell(NO_SM)).toEqual(["no-sm of 1", "no-sm of 2"])
    expect(story.state.groups).toEqual([])
  })

  it("longer than the horizon is dropped, as long as it is not [SQP-MC-8]", () => {
    const waiting = (): SaStory => {
      const story = new SaStory({ timing: { horizon: 500 } })
      story.tell(joins(VF1, "a"))
      story.tell(joins(VF2, "a"))
      story.tell(passes(500))
      return story
    }
    expect(waiting().tell(answered(1, "a", {}, 0x100))).toEqual(["to 1: 81 256", "join a 1 #2"])
    const late = waiting()
    late.tell(passes(1))
    expect(late.tell(answered(1, "a"))).toEqual(["to 1: 81 0", "horizon of 2"])
  })

  it("without a record is refused [SQP-MC-7]", () => {
    const empty = saMad(METHOD.SET, ATTRIBUTE.MC_MEMBER_RECORD, 9, { _tag: "opaque" })
    expect(new SaStory().tell(egress(VF1, empty, { dlid: SM_LID }))).toEqual(["to 1: 81 512"])
  })
})

describe("an answer to a join", () => {
  it("is about the group that was asked for, though it names none [SQP-MC-12]", () => {
    const story = new SaStory()
    story.tell(joins(VF1, "a"))
    expect(story.tell(answered(1, "a", { mgid: NO_GID }))).toEqual(["to 1: 81 0"])
    expect(story.state.groups).toMatchObject([{ mgid: mgid("a"), members: [{ function: VF1 }] }])
  })

  it("that gives none of the bits asked for makes nobody a member [SQP-MC-1]", () => {
    const story = new SaStory()
    story.tell(joins(VF1, "a"))
    expect(story.tell(answered(1, "a", { joinState: 2 }))).toEqual(["to 1: 81 0", "leave a 2 #2"])
    expect(members(story)).toEqual([])
    expect(story.tell(answered(2, "a"))).toEqual([])
    expect(story.state.groups).toEqual([])
  })

  it("that refuses takes nothing from others, a refused re-join all [SQP-MC-5, SQP-MC-11]", () => {
    const story = joined()
    story.tell(joins(VF2, "a", { bits: 8 }))
    expect(story.tell(answered(2, "a", {}, 0x100))).toEqual(["to 2: 81 256"])
    expect(members(story)).toEqual([[1, 1, 0]])
    story.tell(REREGISTER)
    expect(story.tell(answered(3, "a", { joinState: 1 }, 0x100))).toEqual([])
    expect(story.state.groups).toEqual([])
  })

  it("that chooses a group the function may not be in refuses MGID 0 [SQP-MC-12, SQP-MC-15]", () => {
    const story = new SaStory()
    story.tell(chooses(VF1))
    const [told, left] = story.does(answered(1, "a", { pkey: 0x8001 }))
    expect(told).toMatchObject({ function: VF1, mad: { status: 0x0200, body: { mgid: NO_GID } } })
    expect(left).toMatchObject({ cause: "leave", mad: { body: { mgid: mgid("a"), joinState: 1 } } })
  })

  it("to a re-join of what nobody has any more is left [SQP-MC-1, SQP-MC-11]", () => {
    const story = joined()
    story.tell(REREGISTER)
    expect(story.tell(leaves(VF1, "a"))).toEqual(["to 1: 95 0"])
    expect(story.tell(answered(2, "a"))).toEqual(["leave a 1 #3"])
  })
})

describe("a group that the SA chooses while its bits are being left", () => {
  /** VF2 has bits 9 in group a, of which bit 1 is being left for VF1 by the wire TID 2. */
  const chosen = (): SaStory => {
    const story = joined()
    expect(story.tell(leaves(VF1, "a"))).toEqual(["to 1: 95 0", "leave a 1 #2"])
    expect(story.tell(chooses(VF2, { bits: 9 }))).toEqual(["join 0 9 #3"])
    expect(story.tell(answered(3, "a", { joinState: 9 }))).toEqual(["to 2: 81 0"])
    return story
  }

  it("is joined again once they are left [SQP-MC-12]", () => {
    expect(chosen().tell(answered(2, "a"))).toEqual(["re-join a 9 #4"])
    expect(chosen().tell(passes(1000))).toEqual(["re-join a 9 #4"])
  })

  it("is joined again for what is still wanted, or not at all [SQP-MC-12, SQP-MC-11]", () => {
    const less = chosen()
    expect(less.tell(leaves(VF2, "a", { bits: 8 }))).toEqual(["to 2: 95 0"])
    expect(less.tell(answered(2, "a"))).toEqual(["re-join a 1 #4"])
    const none = chosen()
    none.tell(leaves(VF2, "a", { bits: 9 }))
    expect(none.tell(answered(2, "a"))).toEqual(["leave a 8 #4"])
  })

  it("is not joined again for other bits [SQP-MC-12]", () => {
    const story = joined()
    story.tell(leaves(VF1, "a"))
    story.tell(chooses(VF2, { bits: 8 }))
    story.tell(answered(3, "a", { joinState: 8 }))
    expect(story.tell(answered(2, "a"))).toEqual([])
    expect(members(story)).toEqual([[2, 8, 0]])
  })
})

describe("what comes late", () => {
  it("is a grant of a join that was repeated and refused: it is undone [SQP-MC-5, SQP-MC-9]", () => {
    const story = new SaStory({ timing: { saRetries: 1 } })
    story.tell(joins(VF1, "a"))
    expect(story.tell(passes(1000))).toEqual(["retry a 1 #1"])
    expect(story.tell(answered(1, "a", {}, 0x100))).toEqual(["to 1: 81 256"])
    expect(story.tell(answered(1, "a"))).toEqual(["undo a 1 #2"])
    expect(story.tell(passes(1000))).toEqual(["retry a 1 #2"])
    expect(story.tell(answered(2, "a", {}, 0x100))).toEqual([])
    expect([story.state.groups, story.state.givenUp]).toEqual([[], []])
  })

  it("is nothing to a join that was refused at once, or granted in the end [SQP-MC-5, SQP-MC-9]", () => {
    const asked = (): SaStory => {
      const story = new SaStory({ timing: { saRetries: 1 } })
      story.tell(joins(VF1, "a"))
      return story
    }
    const once = asked()
    once.tell(answered(1, "a", {}, 0x100))
    const twice = asked()
    twice.tell(passes(1000))
    twice.tell(answered(1, "a"))
    const remembered = [once, twice].map(({ resting, state }) => [state.givenUp, resting])
    expect(remembered).toEqual([[[], [1]], [[], [1]]])
  })

  it("is nothing to a leave, which has had its time [SQP-MC-9, SQP-TID-4]", () => {
    const story = joined()
    story.tell(leaves(VF1, "a"))
    expect(story.tell(passes(1000))).toEqual([])
    expect([story.state.groups, story.state.givenUp]).toEqual([[], []])
    expect(story.tell(answered(2, "a"))).toEqual(["response-unasked of nobody"])
  })

  it("and was asked before an event of the port is undone if nobody has it [SQP-MC-9]", () => {
    const before = (event: Event): SaStory => {
      const story = new SaStory()
      story.tell(event)
      expect(story.tell(passes(1000))).toEqual(["sa-timeout of 1"])
      expect(story.tell(REREGISTER)).toEqual([])
      return story
    }
    expect(before(joins(VF1, "a")).tell(answered(1, "a", { mgid: NO_GID }))).toEqual(["undo a 1 #2"])
    expect(before(chooses(VF1)).tell(answered(1, "b"))).toEqual(["undo b 1 #2"])
  })

  it("and was asked before the SA deleted the group is of that group alone [SQP-MC-18, SQP-MC-9]", () => {
    const story = new SaStory()
    for (const event of [joins(VF1, "a"), joins(VF1, "b"), asks(VF1, 1), passes(1000)]) story.tell(event)
    story.tell(joins(VF2, "a"))
    story.tell(answered(4, "a"))
    expect(story.tell(reported(0x900, { trapNumber: 67, gidAddr: mgid("a") })))
      .toEqual(["response", "report-unwanted of nobody", "re-join a 1 #5"])
    expect(story.state.givenUp.map(({ former }) => former)).toEqual([true, false, false])
  })
})

describe("the grace to join again", () => {
  const grace = { slack: 10, renewGrace: 100 }

  it("is of the bits that were not joined again [SQP-MC-17]", () => {
    const story = new SaStory()
    story.tell(joins(VF1, "a", { bits: 9 }))
    story.tell(answered(1, "a", { joinState: 9 }))
    expect(story.tell(REREGISTER)).toEqual(["re-join a 9 #2"])
    story.tell(answered(2, "a", { joinState: 9 }))
    expect(story.tell(joins(VF1, "a"))).toEqual(["to 1: 81 0"])
    expect(members(story)).toEqual([[1, 9, 8]])
    expect(story.tell(passes(60_000))).toEqual(["leave a 8 #3"])
  })

  it("does not run while no SM is known [SQP-MC-17]", () => {
    const story = joined()
    story.tell(NO_SM)
    expect(story.tell(passes(100_000))).toEqual([])
    expect(members(story)).toEqual([[1, 1, 1]])
    expect(story.tell(SM_AGAIN)).toEqual(["re-join a 1 #2"])
  })

  it("may be over at any time of the slack, unless nothing is left to be lost [SQP-MC-17]", () => {
    const story = joined({ timing: grace })
    const before = [joins(VF2, "a"), joins(VF1, "b"), answered(2, "b"), REREGISTER]
    const after = [answered(3, "a"), answered(4, "b"), joins(VF1, "a"), joins(VF1, "b")]
    for (const event of [...before, ...after]) story.tell(event)
    expect(members(story)).toEqual([[1, 1, 0], [2, 1, 1], [1, 1, 0]])
    expect(story.may(passes(100)).map(({ state }) => state.renewIn)).toEqual([null, 0])
    story.tell(joins(VF2, "a"))
    expect(story.may(passes(100)).map(({ state }) => state.renewIn)).toEqual([null])
  })
})

describe("groups", () => {
  it("are kept in the order of their MGIDs [SQP-MC-15]", () => {
    const story = new SaStory()
    for (const name of ["c", "a", "b"]) story.tell(joins(VF1, name))
    expect(story.state.groups.map((group) => group.mgid)).toEqual(["a", "b", "c"].map(mgid))
  })

  it("that are being left when the PF context stops are not left again [SQP-LIFE-3]", () => {
    const story = joined()
    story.tell(leaves(VF1, "a"))
    expect(story.tell(STOP)).toEqual([])
    expect([story.state.groups, story.resting]).toEqual([[], [1, 2]])
  })

  it("are forgotten, not left, when the PF context stops without an SM [SQP-LIFE-3]", () => {
    const story = joined()
    story.tell(NO_SM)
    expect(story.tell(STOP)).toEqual([])
    expect([story.state.groups, story.resting]).toEqual([[], [1]])
  })
})
