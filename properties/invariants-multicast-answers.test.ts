/** Short histories that break the invariants of what functions are told of memberships, and neighbours. */
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import { gidOf, Lid, NO_GID, NO_GUID, Qpn } from "../model/ids.ts"
import { METHOD } from "../model/mad.ts"
import { maskOf, NO_RECORD } from "../model/multicast-record.ts"
import { breaks, dropped, seen, sends } from "./invariant-story.ts"
import {
  A, again, answeredFrom, asks, deleted, REJOIN, smChanged, asksToLeave, begun, CHOOSE, joined, joinedBoth,
    later, left, multicastWorld, refused,
  rejoins, reregister, tells, tellsLeft, type Told
} from "./multicast-seen.ts"
import { answered, joins, leaves, type Membership, saMad } from "./sa-story.ts"
import { egress, gid, guid, ingress, ping, PREFIX, SM_LID, VF1, VF2 } from "./small-world.ts"

const world = multicastWorld()
const record = { ...NO_RECORD, mask: maskOf("mgid", "portGid"), mgid: A }

describe("the answer to a leave", () => {
  const wrong = breaks("A leave is answered at once", world)
  const leave = (change: Membership, told: Told | null, ...more: ReadonlyArray<Action>) =>
    wrong(...joined, seen(leaves(VF1, "a", change), ...(told === null ? [] : [tellsLeft(VF1, "a", told)]),
      ...more))

  it("comes at once, unless it is dropped, to who asked and with its TID [SQP-MC-4]", () => {
    expect([leave({}, {}), leave({}, null)]).toEqual([null, 2])
    expect(leave({}, null, dropped(VF1, "bad-length"))).toBeNull()
    expect([leave({}, { tid: 0x501 }), leave({}, { method: METHOD.GET_RESP }),
      leave({}, null, tellsLeft(VF2, "a"))])
      .toEqual([2, 2, 2])
    expect(leave({ tid: 1 }, { tid: 1 })).toBeNull()
    expect(wrong(...joined, seen(joins(VF1, "a", { bits: 2 })))).toBeNull()
    expect(wrong(...joined, sends(VF1, ping))).toBeNull()
    expect(wrong(...joined, seen(ingress(saMad(METHOD.DELETE, 0x38, 7, { _tag: "opaque" }))))).toBeNull()
  })

  it("grants the leave of bits that the function has, and says what is left [SQP-MC-4]", () => {
    expect([leave({ bits: 3 }, {}), leave({ bits: 2 }, { bits: 1 }), leave({ bits: 0 }, { bits: 1 })])
      .toEqual([2, 2, 2])
    expect([leave({}, { bits: 1 }), leave({ record: { mask: maskOf("mgid", "portGid") } }, {})]).toEqual([2, 2])
    const both = [
      seen(joins(VF1, "a", { bits: 3 }), asks(1, "a", { bits: 3 })),
      seen(answered(1, "a", { joinState: 3 }), tells(VF1, "a", { bits: 3 }))
    ]
    const half = (bits: number) => wrong(...both, seen(leaves(VF1, "a"), tellsLeft(VF1, "a", { bits })))
    expect([half(2), half(0), half(3)]).toEqual([null, 2, 2])
    expect(wrong(...joined, seen(leaves(VF2, "a"), tellsLeft(VF2, "a")))).toBe(2)
  })

  it("refuses with 0x0200, and then all is left as it was [SQP-MC-4]", () => {
    expect(leave({ bits: 2 }, { bits: 1, status: 0x0200 })).toBeNull()
    expect([leave({ bits: 2 }, { bits: 1, status: 0x0300 }), leave({ bits: 2 }, { bits: 0, status: 0x0200 })])
      .toEqual([2, 2])
    expect(wrong(...joined, seen(leaves(VF2, "a"), tellsLeft(VF2, "a", { status: 0x0200 })))).toBeNull()
  })

  it("may count provisional bits while the grace may be over and may not [SQP-MC-4]", () => {
    const leaving = (bits: number) => seen(leaves(VF1, "a"), tellsLeft(VF1, "a", { bits, status: bits }))
    expect([0, 0x0200].map((status) => wrong(...again(joined), later(50), leaving(status))))
      .toEqual([null, null])
    expect(wrong(...again(joined), later(50), seen(leaves(VF1, "a")))).toBe(5)
    expect(wrong(...again(joined), later(49), leaving(0x0200))).toBe(5)
  })
})

describe("a refusal", () => {
  const wrong = breaks("A refusal reaches the function whose request", world)
  const no = { bits: 0, status: 0x0300 }

  it("reaches the function whose request the SA refused, with its status [SQP-MC-5]", () => {
    const refusal = (...told: ReadonlyArray<ReturnType<typeof tells>>) =>
      wrong(begun, seen(refused(1, "a"), ...told))
    expect([refusal(tells(VF1, "a", no)), refusal()]).toEqual([null, 1])
    expect(refusal(tells(VF1, "a", { bits: 0, status: 0x0200 }))).toBe(1)
    expect([refusal(tells(VF2, "a", no)), refusal(tells(VF1, "a", { ...no, tid: 0x501 }))]).toEqual([1, 1])
    expect(wrong(begun, later(1, tells(VF1, "a", no)))).toBe(1)
    expect(wrong(begun, seen(answered(1, "a"), tells(VF1, "a", no)))).toBe(1)
  })

  it("reaches nobody else: not one who waits for something else [SQP-MC-5]", () => {
    const waits = seen(joins(VF2, "a", { bits: 2 }))
    expect(wrong(begun, waits, seen(refused(1, "a"), tells(VF1, "a", no), tells(VF2, "a", no)))).toBe(2)
    expect(wrong(begun, waits, seen(refused(1, "a"), tells(VF1, "a", no)))).toBeNull()
  })

  it("need not be told where its join is gone, or was perhaps dropped, or there are several [SQP-MC-5]", () => {
    const refusal = seen(refused(1, "a"))
    expect(wrong(begun, seen({ _tag: "Reset", function: VF1 }), refusal)).toBeNull()
    expect(wrong(begun, seen({ _tag: "Reset", function: VF2 }), refusal)).toBe(2)
    expect(wrong(begun, later(1, dropped(VF1, "horizon")), refusal)).toBeNull()
    const second = seen(joins(VF1, "b"))
    expect([wrong(begun, second, refusal), wrong(begun, second, later(1, dropped(VF1, "horizon")), refusal)])
      .toEqual([2, null])
    expect(wrong(seen(joins(VF2, "a")), begun, refusal)).toBeNull()
    expect(wrong(begun, reregister(), refusal)).toBeNull()
    expect(wrong(...joined, left(VF1, "a", asksToLeave(2, "a")), seen(refused(2, "a")))).toBeNull()
    expect(wrong(...joined, reregister(rejoins(2, "a")), seen(refused(2, "a")))).toBeNull()
  })

  it("of the PF context's own is at once, or of who lost what it needs; it is 0x0200 [SQP-MC-5]", () => {
    const own = { bits: 0, status: 0x0200 }
    expect([wrong(seen(joins(VF1, "a"), tells(VF1, "a", own))), wrong(seen(joins(VF1, "a"),
      tells(VF1, "a", no)))])
      .toEqual([null, 0])
    expect(wrong(begun, seen(joins(VF2, "a", { tid: 0x501 }), tells(VF1, "a", own)))).toBe(1)
    const pkeys = seen({ _tag: "PkeysChanged", pkeys: [0x8001] }, tells(VF1, "a", own))
    const named = { record: { pkey: 0xffff, mask: maskOf("mgid", "portGid", "pkey", "joinState") } }
    const asked = [seen(joins(VF1, "a", named), asks(1, "a", named))]
    expect([wrong(...asked, pkeys), wrong(begun, pkeys)]).toEqual([null, 1])
    const slots = (of: number) =>
      seen({ _tag: "GuidTableChanged", block: 0, guids: [guid(0), guid(of)] }, tells(VF1, "a", own))
    expect([wrong(begun, slots(8)), wrong(begun, slots(1)), wrong(begun, slots(0))]).toEqual([null, 1, null])
  })

  it("is of the PF context, too, where the SA grants a group of a P_Key that the function has not [SQP-MC-5]", () => {
    const own = { bits: 0, status: 0x0200 }
    const grants = (pkey: number) => seen(answered(1, "a", { pkey }), tells(VF1, "a", own))
    expect([wrong(begun, grants(0x8001)), wrong(begun, grants(0xffff)), wrong(begun, grants(0))])
      .toEqual([null, 1, 1])
    const chosen = seen(joins(VF1, "", CHOOSE), asks(1, "", CHOOSE))
    const says = { ...own, record: { mgid: NO_GID } }
    expect(wrong(chosen, seen(answered(1, "a", { pkey: 0x8001 }), tells(VF1, "", says)))).toBeNull()
    expect(wrong(chosen, seen(answered(1, "a"), tells(VF1, "", says)))).toBe(1)
  })

  it("is the PF context's only of the group that the function asked for: what it was not granted [SQP-MC-5]", () => {
    const own = { bits: 0, status: 0x0200 }
    expect(wrong(begun, seen(answered(1, "b", { pkey: 0x8001 }), tells(VF1, "a", own)))).toBeNull()
    const one = breaks("A refusal reaches the function whose request", multicastWorld({ pkeyMaps: [[0], [1], [0]] }))
    const first = [begun, seen(answered(1, "a", { pkey: 0x8001 }), tells(VF1, "a"))]
    const more = seen(joins(VF2, "a", { bits: 2 }), asks(2, "a", { bits: 2 }))
    expect([one(...first, more, seen(refused(2, "a"), tells(VF2, "a", own))),
      one(...first, more, seen(refused(2, "a"), tells(VF2, "a", no)))]).toEqual([3, null])
    const rival = seen(joins(VF1, "a", { bits: 2, tid: 0x501 }))
    expect(one(...first, rival, more, seen(refused(2, "a"), tells(VF2, "a", own)))).toBe(4)
    const other = seen(joins(VF1, "b"), asks(2, "b"))
    const waits = seen(joins(VF2, "a", { bits: 2 }))
    expect(one(...first, other, waits, seen(answered(2, "b"), tells(VF1, "b"), tells(VF2, "a", own)))).toBe(4)
  })

  it("of a join with the PortGID of nobody may always come: no function is nobody [SQP-MC-5]", () => {
    const wrongHere = breaks("A refusal reaches the function whose request",
      multicastWorld({ guids: [guid(0), NO_GUID, guid(2)] }))
    const asked = seen(joins(VF1, "a", { record: { portGid: gidOf(PREFIX, NO_GUID) } }), asks(1, "a"))
    expect(wrongHere(asked, later(1, tells(VF1, "a", { bits: 0, status: 0x0200 })))).toBeNull()
  })

  it("need not be told where a re-join asked for the same, which may have been meant [SQP-MC-5]", () => {
    const alike = seen(joins(VF2, "a", { record: { mask: REJOIN }, tid: 0x501 }), rejoins(2, "a"))
    expect(wrong(...joinedBoth, deleted("a"), alike, seen(refused(2, "a")))).toBeNull()
  })

  it("is of the PF context where the SA holds the bits that are asked: they do not match otherwise [SQP-MC-5]", () => {
    const own = { bits: 0, status: 0x0200, tid: 0x501 }
    const waits = (bits: number) => seen(joins(VF2, "a", { bits, tid: 0x501 }))
    const says = seen(answered(1, "a"), tells(VF1, "a"), tells(VF2, "a", own))
    expect([wrong(begun, waits(1), says), wrong(begun, waits(2), says), wrong(begun, waits(3), says)])
      .toEqual([null, 2, 2])
  })
})

describe("a success", () => {
  const wrong = breaks("A group has one transaction with the SA at a time", world)
  const granted = breaks("A function is granted a join only in a group", world)

  it("is of the SA, for the request that it answers [SQP-MC-6]", () => {
    expect([wrong(...joined), wrong(begun, later(1, tells(VF1, "a")))]).toEqual([null, 1])
    expect(wrong(begun, seen(refused(1, "a"), tells(VF1, "a")))).toBe(1)
    const other = seen(joins(VF2, "b"), asks(2, "b"))
    expect(wrong(begun, other, seen(answered(2, "b"), tells(VF1, "a")))).toBe(2)
    expect(wrong(begun, seen(ingress(saMad(METHOD.GET_RESP, 0x38, 1, { _tag: "opaque" })), tells(VF1, "a"))))
      .toBe(1)
    expect([wrong(begun, seen(answered(1, "a"), dropped(null, "sa-answer-stale"), tells(VF1, "a"))),
      wrong(begun, seen(answered(1, "a"), dropped(VF2, "horizon"), tells(VF1, "a")))]).toEqual([1, null])
    const left = seen(leaves(VF1, "a"), tells(VF1, "a"))
    expect(wrong(begun, left)).toBe(1)
  })

  it("counts from the SM that was asked, or is now, and from QP1 alone [SQP-MC-6, SQP-MC-13]", () => {
    const from = (slid: number, srcQp = 1) =>
      wrong(begun, smChanged(2), seen(answeredFrom({ slid: Lid(slid), srcQp: Qpn(srcQp) }, 1, "a"),
        tells(VF1, "a")))
    expect([from(SM_LID), from(2), from(3), from(SM_LID, 2)]).toEqual([null, null, 2, 2])
  })

  it("is the PF context's own where the SA holds the bits and a function has them [SQP-MC-6]", () => {
    const joins2 = (bits: number) => seen(joins(VF2, "a", { bits }), tells(VF2, "a", { bits }))
    expect([wrong(...joined, joins2(1)), wrong(...joined, joins2(2)), wrong(...joined, joins2(3))])
      .toEqual([null, 2, 2])
    expect([wrong(...joined, reregister(), joins2(1)), wrong(...joined, left(VF1, "a"), joins2(1))])
      .toEqual([null, 3])
    const own = seen(joins(VF1, "a", { tid: 0x501 }), tells(VF1, "a", { tid: 0x501 }))
    expect(wrong(...joined, own)).toBeNull()
    const rest = seen(joins(VF2, "a", { bits: 2 }), asks(2, "a", { bits: 2 }))
    const says = tells(VF2, "a", { bits: 2 })
    expect([wrong(...joined, rest, later(1, says)),
      wrong(...joined, rest, seen(answered(2, "a", { joinState: 2 }), says))])
      .toEqual([3, null])
  })

  it("is not the PF context's own while the request is with the SA, and is once that was given up [SQP-MC-6]", () => {
    const renewed = [...joinedBoth, reregister(), seen(joins(VF2, "a", { tid: 0x501 }), asks(3, "a"))]
    const says = later(1, tells(VF2, "a", { tid: 0x501 }))
    expect([wrong(...renewed, says), wrong(...renewed, reregister(tells(VF2, "a", { tid: 0x501 })))])
      .toEqual([5, null])
    const other = seen(joins(VF1, "b", { tid: 0x502 }), asks(4, "b"))
    expect(wrong(...renewed, other, says)).toBe(6)
    const lost = [seen(joins(VF2, "c", { tid: 0x502 })), later(10, asks(3, "a")), later(10, dropped(VF2, "sa-timeout"))]
    const rejoined = [later(1, rejoins(4, "a")), seen(answered(4, "a"), tells(VF2, "a", { tid: 0x501 }))]
    expect(wrong(...renewed, ...lost, ...rejoined)).toBeNull()
    const several = [...joinedBoth, reregister(), seen(joins(VF1, "a", { tid: 0x501 })), ...renewed.slice(-1)]
    expect(wrong(...several, says)).toBeNull()
  })

  it("of a query is no answer to a join: neither the PF context's nor the SA's [SQP-MC-6]", () => {
    const get = (fn: typeof VF1) =>
      egress(fn, saMad(METHOD.GET, 0x38, 0x500, { ...record, portGid: gid(VF1) }), { dlid: SM_LID })
    expect([wrong(begun, seen(get(VF1), tells(VF1, "a"))), wrong(begun, sends(VF1, ping, tells(VF1, "a")))])
      .toEqual([null, 1])
    expect([wrong(begun, seen(answered(7, "a"), tells(VF1, "a"))), wrong(begun, seen(answered(1, "b"),
      tells(VF1, "a")))])
      .toEqual([null, null])
  })

  it("is judged of one join that waits under the TID, not of several [SQP-MC-6]", () => {
    const same = [begun, seen(joins(VF1, "b"))]
    expect([wrong(...same, later(1, tells(VF1, "a"))), wrong(begun, seen(joins(VF2, "b")),
      later(1, tells(VF1, "a")))])
      .toEqual([null, 2])
    expect(wrong(begun, seen(joins(VF1, "b", { tid: 0x501 })), later(1, tells(VF1, "a")))).toBe(2)
    expect(wrong(begun, later(1, tells(VF1, "a", { method: METHOD.DELETE_RESP })))).toBeNull()
    const twice = seen(answered(1, "a"), tells(VF1, "a"), tells(VF1, "a"))
    expect(wrong(begun, twice)).toBeNull()
    expect(wrong(begun, seen(joins(VF2, "a", { bits: 2 })), seen(answered(1, "a"), tells(VF1, "a"),
      tells(VF2, "a", { bits: 2 }))))
      .toBe(2)
  })

  it("is in a group whose P_Key the function holds, or that has none [SQP-MC-15]", () => {
    const grants = (pkey: number) => granted(begun, seen(answered(1, "a", { pkey }), tells(VF1, "a")))
    expect([0xffff, 0x7fff, 0, 0x8000, 0x8001, 1].map(grants)).toEqual([null, null, null, null, 1, 1])
    const says = { bits: 0, status: 0x0200 }
    expect(granted(begun, seen(answered(1, "a", { pkey: 0x8001 }), tells(VF1, "a", says)))).toBeNull()
    const maps = breaks("A function is granted a join only in a group", multicastWorld({ pkeyMaps: [[0], [1], [null, 0]] }))
    const first = [begun, seen(answered(1, "a", { pkey: 1 }), tells(VF1, "a"))]
    const second = seen(joins(VF2, "a"), tells(VF2, "a"))
    expect([maps(...first), maps(...first, second),
      maps(...first, seen({ _tag: "PkeyMapChanged", function: VF2, map: [1] }), second)])
      .toEqual([null, 2, null])
  })
})

