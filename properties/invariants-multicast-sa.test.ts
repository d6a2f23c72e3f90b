/** Short histories that break the invariants of what goes to the SA for a membership, and what is taken from it. */
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import { type Gid, Lid, NO_GID, Qpn } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import { METHOD } from "../model/mad.ts"
import { maskOf } from "../model/multicast-record.ts"
import { breaks, deferred, dropped, seen, sends, toFunction } from "./invariant-story.ts"
import {
  A, again, answeredFrom, asks, asksToLeave, begun, CHOOSE, deleted, joined, joinedBoth, later, left,
    multicastWorld,
    type Odd,
  refused, REJOIN, rejoins, reregister, smChanged, tells
} from "./multicast-seen.ts"
import { answered, joins, leaves } from "./sa-story.ts"
import { gid, grhTo, ingress, PEER_LID, ping, SM_LID, tid, VF1, VF2, WELL_KNOWN } from "./small-world.ts"

const world = multicastWorld()
type Actions = ReadonlyArray<Action>

describe("a join of bits that the SA holds", () => {
  const wrong = breaks("A join of bits that the SA holds for functions", world)
  const second = (bits = 1, name = "a") => seen(joins(VF2, name, { bits }))

  it("is answered at once, to who asked and with its TID [SQP-MC-3]", () => {
    expect([wrong(...joinedBoth), wrong(...joined, second())]).toEqual([null, 2])
    expect([tells(VF1, "a"), tells(VF2, "a", { tid: 0x501 })].map((told) =>
      wrong(...joined, seen(joins(VF2, "a"), told)))).toEqual([2, 2])
    expect(wrong(...joined, seen(joins(VF2, "a"), tells(VF2, "a", { status: 0x0200 })))).toBeNull()
    expect(wrong(...joined, seen(joins(VF2, "a"), dropped(VF2, "no-sm")))).toBeNull()
    expect(wrong(...joined, seen(joins(VF2, "a"), dropped(VF1, "no-sm")))).toBe(2)
    expect([wrong(...joined, seen(leaves(VF2, "a"))), wrong(...joined, sends(VF2, ping)),
      wrong(...joined, later(1))])
      .toEqual([null, null, null])
  })

  it("needs all its bits held and had, a full member among them, and an SM [SQP-MC-3]", () => {
    expect([wrong(...joined, second(2)), wrong(...joined, second(3)), wrong(...joined, second(1, "b"))])
      .toEqual([null, null, null])
    expect([wrong(...joined, smChanged(null), second()), wrong(...joined, left(VF1, "a"), second())])
      .toEqual([null, null])
    const sender = (bits: number) => [
      seen(joins(VF1, "a", { bits }), asks(1, "a", { bits })),
      seen(answered(1, "a", { joinState: bits }), tells(VF1, "a", { bits })), second(bits)
    ]
    expect([2, 4, 8].map((bits) => wrong(...sender(bits)))).toEqual([null, null, 2])
    const more = [begun, seen(answered(1, "a", { joinState: 3 }), tells(VF1, "a"))]
    expect(wrong(...more, second(2))).toBeNull()
  })

  it("may wait while another join of the group waits, or what the SA holds is not known [SQP-MC-3]", () => {
    const waits = (name: string) => seen(joins(VF1, name, { bits: 2, tid: 0x501 }))
    expect([wrong(...joined, waits("a"), second()), wrong(...joined, waits("b"), second())]).toEqual([null, 3])
    expect([wrong(...joined, reregister(), second()), wrong(...joined, left(VF1, "a", asksToLeave(2, "a")),
      second())])
      .toEqual([null, null])
    expect([49, 50].map((ms) => wrong(...again(joined), later(ms), second()))).toEqual([5, null])
  })
})

describe("a join that is repeated", () => {
  const wrong = breaks("A join repeated while it waits", world)
  const repeats = (...actions: Actions) =>
    wrong(begun, seen(joins(VF1, "a"), ...actions))

  it("is not served twice: the SA is not asked and nothing granted, while the first waits [SQP-MC-8]", () => {
    expect([repeats(), repeats(dropped(VF1, "coalesced")), repeats(asks(2, "a")), repeats(tells(VF1, "a"))])
      .toEqual([null, null, 1, 1])
    expect(repeats(dropped(VF1, "coalesced"), asks(2, "a"))).toBeNull()
    expect(repeats(tells(VF1, "a", { bits: 0, status: 0x0200 }))).toBeNull()
    expect(wrong(...joined, seen(joins(VF1, "a"), tells(VF1, "a")))).toBeNull()
  })

  it("is one of the same function, TID, group and bits, the first of which was not dropped since [SQP-MC-8]", () => {
    const others = [
      joins(VF2, "a"), joins(VF1, "b"), joins(VF1, "a", { tid: 0x501 }), joins(VF1, "a", { bits: 2 })
    ]
    expect(others.map((event) => wrong(begun, seen(event, asks(2, "a"))))).toEqual([null, null, null, null])
    const second = seen(joins(VF1, "b"))
    const perhaps = later(1, dropped(VF1, "horizon"))
    expect([wrong(begun, second, seen(joins(VF1, "a"), asks(3, "a"))),
      wrong(begun, second, perhaps, seen(joins(VF1, "a"), asks(3, "a")))]).toEqual([2, null])
    expect(wrong(begun, perhaps, seen(joins(VF1, "a"), asks(3, "a")))).toBeNull()
  })

  it("is not sent when it has waited longer than its horizon, unless a younger one may be meant [SQP-MC-8]", () => {
    const waits = seen(joins(VF1, "a"))
    expect([100, 101].map((ms) => wrong(waits, later(ms), later(0, asks(1, "a"))))).toEqual([null, 2])
    expect(wrong(waits, later(60), seen(joins(VF2, "a")), later(60), later(0, asks(1, "a")))).toBeNull()
    expect(wrong(waits, later(60), seen(joins(VF2, "b")), later(60), later(0, asks(1, "a")))).toBe(4)
    expect(wrong(begun, later(99), later(5, asks(1, "a")))).toBeNull()
    const alike = seen(joins(VF2, "a", { record: { mask: REJOIN }, tid: 0x501 }))
    expect(wrong(...joinedBoth, deleted("a"), alike, later(101), later(0, rejoins(2, "a")))).toBeNull()
    expect(wrong(...joinedBoth, reregister(), alike, later(101), smChanged(2, asksToLeave(2, "a")))).toBeNull()
    expect(wrong(waits, later(101), later(0, asks(1, "b")))).toBeNull()
  })
})

describe("what the SA says", () => {
  const taken = breaks("A success of the SA is taken as long", world)
  const strangers = breaks("Nothing follows from an answer that does not come from the SM", world)
  const forgets = (...history: ReadonlyArray<Observation>) =>
    taken(...history, seen(answered(1, "a"), dropped(null, "response-unasked")))

  it("of success is taken, for as long as the request must be remembered [SQP-MC-9]", () => {
    expect([forgets(begun), taken(begun, seen(answered(1, "a"), dropped(null, "sa-answer-stale")))])
      .toEqual([1, 1])
    expect([taken(...joined), taken(begun, seen(answered(1, "a"))), taken(begun, seen(answered(1, "a"),
      dropped(VF1, "function-full")))])
      .toEqual([null, null, null])
    expect([39, 40].map((ms) => forgets(begun, later(ms)))).toEqual([2, null])
    expect(taken(begun, seen(refused(1, "a"), dropped(null, "sa-answer-stale")))).toBeNull()
    expect(taken(begun, seen(answered(2, "a"), dropped(null, "response-unasked")))).toBeNull()
    expect(taken(begun, seen(ingress(ping), dropped(null, "response-unasked")))).toBeNull()
    const leaving = [...joined, left(VF1, "a", asksToLeave(2, "a"))]
    expect(taken(...leaving, seen(answered(2, "a"), dropped(null, "sa-answer-stale")))).toBeNull()
  })

  it("is not forgotten by what only waits, for whatever reason a trace gives [SQP-MC-9]", () => {
    const waits = (["response-unasked", "sa-answer-stale"] as const).map((reason) => deferred(VF1, reason))
    expect(waits.map((wait) => taken(begun, seen(answered(1, "a"), wait)))).toEqual([null, null])
  })

  it("is no answer where it names no group to a join that shall be given one [SQP-MC-9]", () => {
    const chosen = seen(joins(VF1, "", CHOOSE), asks(1, "", CHOOSE))
    const says = (mgid: Gid) => seen(answered(1, "a", { mgid }), dropped(null, "sa-answer-stale"))
    expect([taken(chosen, says(A)), taken(chosen, says(NO_GID)), taken(begun, says(NO_GID))])
      .toEqual([1, null, 1])
  })

  it("is nothing unless it comes from the SM, as it was or as it is, and from QP1 [SQP-MC-13]", () => {
    const says = (slid: number, srcQp = Qpn(1), odd: Odd = {}) =>
      seen(answeredFrom({ slid: Lid(slid), srcQp }, 1, "a", odd), tells(VF1, "a"))
    expect([strangers(begun, says(SM_LID)), strangers(begun, says(PEER_LID)),
      strangers(begun, says(SM_LID, Qpn(2)))])
      .toEqual([null, 1, 1])
    const moved = smChanged(2)
    expect([SM_LID, 2, 3].map((slid) => strangers(begun, moved, says(slid)))).toEqual([null, null, 2])
    expect(strangers(begun, says(PEER_LID, Qpn(1), { mad: { method: METHOD.SET } }))).toBeNull()
    expect(strangers(begun, says(PEER_LID, Qpn(1), { mad: { tid: tid(2) } }))).toBeNull()
    expect([strangers(begun, seen(ingress(ping), tells(VF1, "a"))),
      strangers(begun, later(1, tells(VF1, "a")))])
      .toEqual([null, null])
  })

  it("and does not come from the SM may be seen, but nothing is told or asked because of it [SQP-MC-13]", () => {
    const event = answeredFrom({ slid: PEER_LID }, 1, "a")
    const of = (...actions: Actions) => strangers(begun, seen(event, ...actions))
    expect([of(), of(dropped(null, "sa-answer-source")), of(tells(VF1, "a")), of(asksToLeave(2, "a"))])
      .toEqual([null, null, 1, 1])
    expect(of(toFunction(VF1, ping))).toBeNull()
  })
})

describe("what the functions have", () => {
  const wrong = breaks("After a port event what the functions have is joined again", world)
  const [to2, less] = [{ address: { dlid: Lid(2) } }, { bits: 2 }]

  it("is joined again at once after a reregister or a change of the SM [SQP-MC-11]", () => {
    expect([wrong(...joined, reregister(rejoins(2, "a"))), wrong(...joined, reregister())]).toEqual([null, 2])
    expect([wrong(...joined, smChanged(2, rejoins(2, "a", to2))), wrong(...joined, smChanged(2))])
      .toEqual([null, 2])
    expect([asksToLeave(2, "a"), rejoins(2, "b"),
      rejoins(2, "a", less)].map((of) => wrong(...joined, reregister(of))))
      .toEqual([2, 2, 2])
    expect([wrong(...joined, smChanged(SM_LID)), wrong(...joined, later(1)), wrong(...joined, smChanged(null))])
      .toEqual([null, null, null])
    expect([wrong(...joined, smChanged(null), reregister()), wrong(...joined, smChanged(null),
      smChanged(SM_LID))])
      .toEqual([null, 3])
    expect([wrong(begun, reregister()), wrong(...joined, left(VF1, "a"), reregister())]).toEqual([null, null])
    const unasked = [seen(joins(VF1, "a"), tells(VF1, "a")), deleted("a")]
    expect([wrong(...unasked, reregister()), wrong(...unasked, smChanged(2)), wrong(...unasked, smChanged(3),
      smChanged(2))])
      .toEqual([2, null, 3])
  })

  it("need not be while the grace may be over and may not: nobody knows what they have [SQP-MC-11]", () => {
    expect([49, 50, 52].map((ms) => wrong(...again(joined), later(ms), reregister()))).toEqual([5, null, null])
  })
})

describe("a join of MGID 0", () => {
  const wrong = breaks("A join of MGID 0 is granted in the group", world)
  const chosen = seen(joins(VF1, "", CHOOSE), asks(1, "", CHOOSE))

  it("is granted in the group that the SA chose, any other in its own [SQP-MC-12]", () => {
    const grants = (name: string, odd: Parameters<typeof tells>[2] = {}) =>
      wrong(chosen, seen(answered(1, "a"), tells(VF1, name, odd)))
    expect([grants("a"), grants("b"), grants("", CHOOSE)]).toEqual([null, 1, 1])
    expect([grants("b", { status: 0x0200 }), grants("b", { method: METHOD.DELETE_RESP })]).toEqual([null, null])
    expect([wrong(...joined), wrong(begun, seen(answered(1, "a"), tells(VF1, "b")))]).toEqual([null, 1])
    expect([wrong(begun, later(1, tells(VF1, "a"))), wrong(chosen, later(1, tells(VF1, "a")))])
      .toEqual([null, 1])
    expect(wrong(chosen, seen(answered(1, "a"), tells(VF2, "b")))).toBeNull()
    const second = seen(joins(VF1, "b", { tid: 0x501 }))
    expect(wrong(chosen, second, seen(answered(1, "a"), tells(VF1, "a"), tells(VF1, "b", { tid: 0x501 }))))
      .toBeNull()
  })
})

describe("a request to the SA", () => {
  const wrong = breaks("A request to the SA keeps to its pattern", world)

  it("names nothing outside of its mask, and no ProxyJoin, SM_Key or status [SQP-MC-14]", () => {
    const odd = (of: Odd) => wrong(seen(joins(VF1, "a"), asks(1, "a", of)))
    expect([odd({}), wrong(...joined, reregister(rejoins(2, "a", { record: { qkey: 1, pkey: 2, sl: 3 } })))])
      .toEqual([null, null])
    expect(wrong(...joined, left(VF1, "a", asksToLeave(2, "a", { record: { qkey: 1 } })))).toBe(2)
    const records: ReadonlyArray<Odd["record"]> = [
      { qkey: 1 }, { mlid: 1 }, { hopLimit: 1 }, { mask: maskOf("mgid", "portGid") }, { proxyJoin: 1 },
      { mask: maskOf("mgid", "portGid", "joinState", "proxyJoin"), proxyJoin: 1 }
    ]
    const mads: ReadonlyArray<Odd["mad"]> = [{ sa: { smKey: "0000000000000001" } }, { sa: null }, { status: 1 }]
    const all = [...records.flatMap((of) =>
      (of ? [{ record: of }] : [])), ...mads.flatMap((of) => (of ? [{ mad: of }] : []))]
    expect(all.map(odd)).toEqual(all.map(() => 0))
  })

  it("goes to QP1 without a GRH, by path 0, P_Key index 0 and rate 0, wherever the SM is [SQP-MC-14]", () => {
    const odd = (address: Odd["address"]) => wrong(seen(joins(VF1, "a"), asks(1, "a", { address })))
    expect([odd({ dlid: PEER_LID }), odd({ sl: 3 })]).toEqual([null, null])
    const all: ReadonlyArray<Odd["address"]> = [
      { remoteQpn: Qpn(2) }, { qkey: WELL_KNOWN - 1 }, { grh: { ...grhTo(gid(9)), sgidIndex: 0 } },
        { pathBits: 1 },
      { pkeyIndex: 1 }, { rate: 1 }, { pkeyIndex: 1, rate: 1 }, { pathBits: 1, rate: 1 }, { pathBits: 1,
        pkeyIndex: 1 }
    ]
    expect(all.map(odd)).toEqual(all.map(() => 0))
    expect(wrong(begun, later(10, asks(1, "a", { address: { rate: 1 } })))).toBe(1)
    expect(wrong(sends(VF1, ping, asks(1, "a", { address: { rate: 1 } })))).toBe(0)
  })
})
