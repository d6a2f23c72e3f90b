/** Short histories that break the invariants of multicast, and their neighbours that do not. */
import { describe, expect, it } from "vitest"
import { Lid, NO_GID } from "../model/ids.ts"
import type { Event } from "../model/event.ts"
import type { Observation } from "../model/invariants.ts"
import { maskOf } from "../model/multicast-record.ts"
import { begins, deletes, grants, sets } from "./guid-story.ts"
import { breaks, hears, seen } from "./invariant-story.ts"
import {
  again, asks, asksToLeave, begun, CHOOSE, deleted, joined, joinedBoth, later, left, multicastWorld, pagesOf,
    type
  Odd, refused, REJOIN, rejoins, reregister, smChanged, tells, tellsLeft
} from "./multicast-seen.ts"
import { answered, joins, leaves } from "./sa-story.ts"
import { guid, ingress, ping, SM_LID, VF1, VF2 } from "./small-world.ts"

const world = multicastWorld()
type History = ReadonlyArray<Observation>
/** What the PF context asked before it may be given up: two tries, and time for the second to be answered. */
const tried = (n: number, name: string): History => [later(10, asks(n, name)), later(10)]

describe("what the SA holds for the port", () => {
  const wrong = breaks("When nothing is outstanding, the SA holds", world)

  it("is the union of what the functions have, once it has answered [SQP-MC-1]", () => {
    expect([wrong(...joined), wrong(...joinedBoth)]).toEqual([null, null])
    expect(wrong(begun, seen(answered(1, "a", { joinState: 3 }), tells(VF1, "a")))).toBe(1)
    const leaving = seen(answered(1, "a", { joinState: 3 }), tells(VF1, "a"), asksToLeave(2, "a", { bits: 2 }))
    expect(wrong(begun, leaving)).toBeNull()
    expect(wrong(begun, leaving, seen(answered(2, "a")))).toBeNull()
    expect(wrong(begun, leaving, seen(refused(2, "a")))).toBeNull()
    expect(wrong(begun, leaving, seen(answered(2, "a")), left(VF1, "a"))).toBe(3)
    expect(wrong(...joined, left(VF1, "a"))).toBe(2)
    expect(wrong(...joinedBoth, left(VF1, "a"))).toBeNull()
  })

  it("is not judged while it is not known: of no SM, and after a port event until it answers [SQP-MC-1]", () => {
    expect(wrong(...joined, smChanged(null), left(VF1, "a"))).toBeNull()
    expect(wrong(...joined, reregister(), left(VF1, "a"))).toBeNull()
    expect(wrong(...joined, reregister(rejoins(2, "a")), left(VF1, "a"))).toBeNull()
    expect(wrong(...joined, reregister(rejoins(2, "a")), left(VF1, "a"), seen(answered(2, "a")))).toBe(4)
    const none = [begun, seen(refused(1, "a"), tells(VF1, "a", { status: 0x0300 }))]
    const odd = later(1, tells(VF1, "a", { tid: 0x501 }))
    const waits = seen(joins(VF1, "a", { tid: 0x501 }))
    expect([wrong(...none, waits, odd), wrong(...none, smChanged(null), waits, odd)]).toEqual([3, null])
  })

  it("is not judged while a re-join has a cause, or the SA may do last what it was asked first [SQP-MC-1]", () => {
    const leaving = (bits: number) => [
      ...joined, left(VF1, "a", asksToLeave(2, "a", { bits })),
      seen(joins(VF2, "", CHOOSE), asks(3, "", CHOOSE)), seen(answered(3, "a"), tells(VF2, "a"))
    ]
    expect(wrong(...leaving(1))).toBeNull()
    expect(wrong(...leaving(1), seen(answered(2, "a")))).toBeNull()
    expect(wrong(...leaving(1), seen(answered(2, "a")), left(VF2, "a"))).toBeNull()
  })

  it("is nothing of MGID 0, which nobody is in: who is told so is told wrong, but nothing is held [SQP-MC-1]", () => {
    const chosen = seen(joins(VF1, "", CHOOSE), asks(1, "", CHOOSE))
    const says = seen(answered(1, "a"), tells(VF1, "", CHOOSE), asksToLeave(2, "a"))
    expect(wrong(chosen, says)).toBeNull()
  })

  it("is to be left at once of who may no longer be in the group, or is gone [SQP-MC-1, SQP-MC-15]", () => {
    const ends: ReadonlyArray<Event> = [
      { _tag: "PkeysChanged", pkeys: [0x8001] }, { _tag: "Detach", function: VF1 }, { _tag: "Reset",
        function: VF1 },
      { _tag: "GuidTableChanged", block: 0, guids: [guid(0), guid(8)] }
    ]
    expect(ends.map((end) => wrong(...joined, seen(end)))).toEqual([2, 2, 2, 2])
    expect(ends.map((end) => wrong(...joined, seen(end, asksToLeave(2, "a")))))
      .toEqual([null, null, null, null])
  })

  it("is not judged while the grace may be over and may not [SQP-MC-1]", () => {
    const three = [
      seen(joins(VF1, "a", { bits: 3 }), asks(1, "a", { bits: 3 })),
      seen(answered(1, "a", { joinState: 3 }), tells(VF1, "a", { bits: 3 })),
      seen(joins(VF2, "a"), tells(VF2, "a")),
      reregister(rejoins(2, "a", { bits: 3 })), seen(answered(2, "a", { joinState: 3 })),
      seen(joins(VF2, "a"), tells(VF2, "a"))
    ]
    const drops = seen(leaves(VF1, "a", { bits: 2 }), tellsLeft(VF1, "a", { bits: 1 }))
    expect([49, 50, 52].map((ms) => wrong(...three, later(ms), drops))).toEqual([7, null, null])
    expect(wrong(...three, later(53))).toBe(6)
    expect(wrong(...three, later(53, asksToLeave(3, "a", { bits: 2 })))).toBeNull()
  })
})

describe("a request to the SA", () => {
  const wrong = breaks("The SA is asked for what the aggregate lacks", world)
  const two = breaks("A group has one transaction with the SA at a time", world)

  it("to join has a function's join as its cause, of these bits and this mask, which nobody has [SQP-MC-2]", () => {
    expect([wrong(begun), wrong(seen(joins(VF1, "a"), asks(1, "b")))]).toEqual([null, 0])
    const others: ReadonlyArray<Odd> = [{ bits: 3 }, { record: { mask: maskOf("mgid", "joinState") } }]
    expect(others.map((odd) => wrong(seen(joins(VF1, "a"), asks(1, "a", odd))))).toEqual([0, 0])
    expect(wrong(later(1, asks(1, "a")))).toBe(0)
    expect(wrong(...joined, seen(joins(VF2, "a"), asks(2, "a")))).toBe(2)
    expect(wrong(...joined, seen(joins(VF2, "a", { bits: 3 }), asks(2, "a", { bits: 3 })))).toBeNull()
    expect(wrong(...joined, reregister(), seen(joins(VF2, "a"), asks(2, "a")))).toBeNull()
  })

  it("to join bits without a full member among those held is no surplus: the group may be gone [SQP-MC-2]", () => {
    const sender = (bits: number) => [
      seen(joins(VF1, "a", { bits }), asks(1, "a", { bits })),
      seen(answered(1, "a", { joinState: bits }), tells(VF1, "a", { bits })),
      seen(joins(VF2, "a", { bits }), asks(2, "a", { bits }))
    ]
    expect([1, 2, 4, 6, 8].map((bits) => wrong(...sender(bits)))).toEqual([2, null, null, null, 2])
  })

  it("is repeated when its time is over, and not before [SQP-MC-2]", () => {
    expect([9, 10, 13].map((ms) => wrong(begun, later(ms, asks(1, "a"))))).toEqual([1, null, null])
    expect(wrong(begun, later(10, asks(1, "a")), later(9, asks(1, "a")))).toBe(2)
    expect(wrong(begun, seen(joins(VF2, "b"), asks(2, "b")), later(10, asks(1, "a"), asks(2, "b")))).toBeNull()
  })

  it("to leave is for bits that no function has and the PF context may take for held [SQP-MC-2]", () => {
    expect(wrong(...joined, left(VF1, "a", asksToLeave(2, "a")))).toBeNull()
    expect(wrong(...joined, left(VF1, "a", asksToLeave(2, "a", { bits: 0 })))).toBe(2)
    expect(wrong(...joined, left(VF1, "a", asksToLeave(2, "a", { bits: 3 })))).toBe(2)
    expect([wrong(...joined, later(1, asksToLeave(2, "a"))),
      wrong(...joinedBoth, left(VF1, "a", asksToLeave(2, "a")))])
      .toEqual([2, 3])
    expect(wrong(later(1, asksToLeave(2, "a")))).toBe(0)
    expect(wrong(...again(joined), later(49, asksToLeave(3, "a")))).toBe(4)
    expect(wrong(...again(joined), later(50, asksToLeave(3, "a")))).toBeNull()
    expect(wrong(...again(joined), later(50, asksToLeave(3, "a", { bits: 2 })))).toBe(4)
  })

  it("to join all again has a cause, names the components that can create the group, and all bits [SQP-MC-2]", () => {
    expect(wrong(...joined, reregister(rejoins(2, "a")))).toBeNull()
    expect(wrong(...joined, later(1, rejoins(2, "a")))).toBe(2)
    expect(wrong(...joined, reregister(asks(2, "a")))).toBe(2)
    expect(wrong(...joined, reregister(rejoins(2, "a", { bits: 3 })))).toBe(2)
    expect([wrong(...joined, deleted("a", rejoins(2, "a"))), wrong(...joined, deleted("b", rejoins(2, "a")))])
      .toEqual([null, 2])
    expect(wrong(...joined, smChanged(SM_LID, rejoins(2, "a")))).toBe(2)
    expect(wrong(...joined, smChanged(2, rejoins(2, "a", { address: { dlid: Lid(2) } })))).toBeNull()
  })

  it("is the only one of its group, unless the other was given up [SQP-MC-6]", () => {
    const other = seen(joins(VF2, "a", { bits: 2 }), asks(2, "a", { bits: 2 }))
    expect([two(begun, other), two(begun, seen(joins(VF2, "b"), asks(2, "b")))]).toEqual([1, null])
    expect([two(begun, seen(answered(1, "a"), tells(VF1, "a")), other), two(begun, reregister(), other)])
      .toEqual([null, null])
    expect(two(begun, later(10), other)).toBe(2)
    expect([two(begun, later(10, asks(1, "a")), later(9), other), two(begun, ...tried(1, "a"), other)])
      .toEqual([3, null])
    const chosen = seen(joins(VF1, "", CHOOSE), asks(1, "", CHOOSE))
    const next = seen(joins(VF2, "", { ...CHOOSE, bits: 2 }), asks(2, "", { ...CHOOSE, bits: 2 }))
    expect([two(chosen, next), two(chosen, later(9), next), two(chosen, later(10), next)]).toEqual([1, 2, null])
    expect([two(chosen, other), two(begun, next)]).toEqual([null, null])
    expect(two(begun, later(10, asks(1, "a")))).toBeNull()
    expect(two(...joined, left(VF1, "a", asksToLeave(2, "a")), seen(joins(VF2, "a"), asks(3, "a")))).toBe(3)
  })
})

describe("the grace in which functions join again", () => {
  const wrong = breaks("Bits that were not joined again in the grace", world)

  it("ends with a leave of what nobody joined again, at once [SQP-MC-17]", () => {
    const over = (ms: number, ...actions: ReadonlyArray<ReturnType<typeof asks>>) =>
      wrong(...again(joined), later(ms, ...actions))
    expect([over(49), over(52), over(53), over(53, asksToLeave(3, "a"))]).toEqual([null, null, 4, null])
    expect([over(53, asksToLeave(3, "b")), over(53, asks(3, "a")), over(53, asksToLeave(3, "a", { bits: 2 }))])
      .toEqual([4, 4, 4])
    expect(over(53, asksToLeave(3, "a", { bits: 3 }))).toBeNull()
    expect(wrong(...again(joined), seen({ _tag: "Stop" }))).toBeNull()
  })

  it("keeps what was joined again, and what another function has [SQP-MC-17]", () => {
    const renewed = seen(joins(VF1, "a"), tells(VF1, "a"))
    expect(wrong(...again(joined), renewed, later(53))).toBeNull()
    expect(wrong(...again(joinedBoth), renewed, later(53))).toBeNull()
    expect(wrong(...again(joinedBoth), later(53))).toBe(5)
    expect(wrong(...again(joined), renewed, reregister(rejoins(3, "a")), seen(answered(3, "a")), later(53)))
      .toBe(7)
  })

  it("says nothing of bits that are lost otherwise, before it is over or without any [SQP-MC-17]", () => {
    const begin = multicastWorld({ guids: [guid(0), guid(1), guid(2)], adminGuids: [null, guid(1), null] })
    const lost = breaks("Bits that were not joined again in the grace", begin)
    const released = later(1, deletes(VF1, 9))
    const had = [begins(sets(VF1, guid(1), 8)), grants(VF1, guid(1), 8), ...joined]
    expect(pagesOf([...had, released], { adminGuids: [null, guid(1), null] }).at(-1)?.after.members).toEqual([])
    expect([lost(...had, released), lost(...again(had), released)]).toEqual([null, null])
  })

  it("leaves nothing of a group that is not quiet, or while no SM is known [SQP-MC-17]", () => {
    expect(wrong(...joined, reregister(rejoins(2, "a")), later(53))).toBeNull()
    const asked = seen(joins(VF2, "a", { bits: 2 }), asks(3, "a", { bits: 2 }))
    expect(wrong(...again(joined), asked, later(53))).toBeNull()
    expect(wrong(...again(joined), smChanged(null), later(53))).toBeNull()
    const nobody = [
      seen(joins(VF1, "", CHOOSE), asks(1, "", CHOOSE)), seen(answered(1, "a", { mgid: NO_GID }), tells(VF1,
        "", CHOOSE)),
      reregister(rejoins(2, "", CHOOSE)), seen(answered(2, "a", { mgid: NO_GID }))
    ]
    expect(wrong(...nobody, later(53))).toBeNull()
  })
})

describe("members that lose bits", () => {
  const wrong = breaks("Members hear reregister when the SA refuses", world)
  const [hear1, hear2] = [hears(VF1, "reregister"), hears(VF2, "reregister")]
  const asked = [...joinedBoth, reregister(rejoins(2, "a"))]

  it("hear of it, and only they: of a refusal all, of an answer with less those whose bits it lacks [SQP-MC-18]", () => {
    expect([wrong(...asked, seen(refused(2, "a"), hear1, hear2)), wrong(...asked, seen(refused(2, "a"), hear1)),
      wrong(...asked, seen(refused(2, "a")))]).toEqual([null, 4, 4])
    expect([wrong(...asked, seen(answered(2, "a"))), wrong(...asked, seen(answered(2, "a", { joinState: 2 })))])
      .toEqual([null, 4])
    const three = [
      ...joined, seen(joins(VF2, "a", { bits: 2 }), asks(2, "a", { bits: 2 })),
      seen(answered(2, "a", { joinState: 3 }), tells(VF2, "a", { bits: 2 })), reregister(rejoins(3, "a",
        { bits: 3 }))
    ]
    expect([hear1, hear2].map((heard) => wrong(...three, seen(answered(3, "a"), heard)))).toEqual([5, null])
    const other = [...joined, seen(joins(VF2, "b"), asks(2, "b")), seen(answered(2, "b"), tells(VF2, "b")),
      reregister(rejoins(3, "a"), rejoins(4, "b"))]
    expect([hear1, hear2].map((heard) => wrong(...other, seen(refused(3, "a"), heard)))).toEqual([null, 5])
  })

  it("hear nothing where the SA answers something else, or what was given up [SQP-MC-18]", () => {
    expect([wrong(begun, seen(answered(1, "a"), hear1)), wrong(begun, seen(refused(1, "a"), hear1))])
      .toEqual([1, 1])
    expect([wrong(...asked, seen(ingress(ping), hear1)), wrong(...asked, seen(ingress(ping)))])
      .toEqual([4, null])
    expect([wrong(...asked, reregister(hear1)), wrong(...asked, reregister(rejoins(3, "a")),
      seen(refused(2, "a")))])
      .toEqual([null, null])
    expect(wrong(...asked, reregister(rejoins(3, "a")), seen(refused(2, "a"), hear1))).toBe(5)
    expect(wrong(...asked, seen(refused(2, "a"), hears(VF1, "lid"), hears(VF2, "sm")))).toBe(4)
  })

  it("need not hear of a re-join that may have been given up, or a join that looks like one [SQP-MC-18]", () => {
    expect(wrong(...asked, later(10, rejoins(2, "a")), later(9), seen(refused(2, "a")))).toBe(6)
    expect(wrong(...asked, later(10, rejoins(2, "a")), later(10), seen(refused(2, "a")))).toBeNull()
    const mask = { record: { mask: REJOIN } }
    const alike = [...joinedBoth, deleted("a"), seen(joins(VF2, "a", { ...mask, tid: 0x501 }), rejoins(2, "a"))]
    expect(wrong(...alike, seen(refused(2, "a")))).toBeNull()
    expect(wrong(...joinedBoth, deleted("a", rejoins(2, "a")), seen(refused(2, "a")))).toBe(4)
  })

  it("need not hear while the grace may be over and may not: nobody knows who has what [SQP-MC-18]", () => {
    const second = [...again(joinedBoth), deleted("a", rejoins(3, "a"))]
    expect([wrong(...second, later(49), seen(refused(3, "a"))), wrong(...second, later(50),
      seen(refused(3, "a")))])
      .toEqual([7, null])
  })
})
