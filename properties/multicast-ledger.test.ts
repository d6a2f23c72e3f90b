/** What a reader of the traffic knows of multicast after short histories. */
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import { type Gid, NO_GID } from "../model/ids.ts"
import { isMembership, nameOf, spoken } from "../model/invariants-multicast-ledger.ts"
import { readingOf } from "../model/invariants-multicast-page.ts"
import type { Observation } from "../model/invariants.ts"
import { ATTRIBUTE, METHOD } from "../model/mad.ts"
import { NO_RECORD } from "../model/multicast-record.ts"
import { deferred, dropped, hears, seen, sends, toFunction, toWire } from "./invariant-story.ts"
import {
  A, again, asks, asksToLeave, B, begun, CHOOSE, deleted, joined, joinedBoth, known, later, left,
  multicastWorld, refused, REJOIN, rejoins, reregister, tells, tellsLeft
} from "./multicast-seen.ts"
import { answered, joins, leaves, reported, saMad } from "./sa-story.ts"
import { ask, guid, ingress, mad, PERF, ping, SA, VF1, VF2 } from "./small-world.ts"
import { asks as subscribes } from "./subscription-scopes.ts"

const stop = seen({ _tag: "Stop" })
type History = ReadonlyArray<Observation>
const malformed = seen({ ...ingress(ping), mad: { _tag: "malformed", lengthBytes: 3 } })
/** Who has which bits, and of these which are provisional. */
const members = (...history: History) =>
  known(...history).members.map((of) => [of.function, of.bits, of.provisional])
/** The TIDs of what the SA has not answered. */
const open = (...history: History) => known(...history).asked.map(({ tid }) => Number(tid))
/** The functions whose joins wait, and their TIDs. */
const waiting = (...history: History) =>
  known(...history).joins.map((join) => [join.function, Number.parseInt(join.tid, 16)])
const factsOf = (mgid: Gid, ...history: History) =>
  known(...history).groups.find((group) => group.mgid === mgid)

describe("the ledger of multicast", () => {
  it("is one for all invariants of a PF context, so an explorer holds it once [SQP-EXP-7]", () => {
    const begin = multicastWorld()
    const [one, other] = [1, 2].map((n) => readingOf(begin)("SQP-MC-1", `reader ${n}`, () => []).start())
    expect([one?.observe(begun).memory === other?.observe(begun).memory, one?.observe(begun).memory])
      .toEqual([true, known(begun)])
  })

  it("takes for a membership only a MAD of the SA's class with a record of that attribute [SQP-MC-1]", () => {
    const body = { ...NO_RECORD, mgid: A }
    const of = mad({ mgmtClass: SA, attributeId: ATTRIBUTE.MC_MEMBER_RECORD, body })
    expect(spoken(of)).toEqual({ mad: of, record: body })
    const others = [
      { ...of, mgmtClass: PERF }, { ...of, attributeId: ATTRIBUTE.NOTICE }, { ...of, body: ping.body }, ping,
      { _tag: "malformed", lengthBytes: 3 } as const
    ]
    expect(others.map(spoken)).toEqual(others.map(() => null))
    const methods = [METHOD.GET, METHOD.SET, METHOD.DELETE, METHOD.GET_RESP, METHOD.DELETE_RESP]
    expect(methods.map((method) => isMembership({ mad: { ...of, method }, record: body })))
      .toEqual([false, true, true, false, false])
  })

  it("has a function in a group as it was told, P_Key or not, until P_Keys or GIDs change [SQP-MC-15]", () => {
    const told = [begun, seen(answered(1, "a", { joinState: 1, pkey: 0x8001 }), tells(VF1, "a"))]
    const pkeys = seen({ _tag: "PkeysChanged", pkeys: [0xffff, 0x8002] })
    expect([members(...told), members(...told, later(1)), members(...told, pkeys)]).toEqual([[[1, 1, 0]], [[1, 1, 0]], []])
  })

  it("holds a request until it is answered, given up and reused, or all ends [SQP-MC-6]", () => {
    const two = [begun, seen(joins(VF2, "b"), asks(2, "b"))]
    expect([open(...two), open(...two, stop), open(...two, seen(refused(1, "a")))]).toEqual([[1, 2], [], [2]])
    expect(open(...joined, seen({ _tag: "Stop" }, asksToLeave(2, "a")))).toEqual([])
    const own = (n: number) => sends(VF1, ask, toWire(VF1, { ...ask, tid: saMad(1, 1, n, ping.body).tid }))
    expect([open(...two, own(1)), open(...two, own(3))]).toEqual([[2], [1, 2]])
    const answers = sends(VF1, ask, toWire(VF1, { ...ask, method: 0x81, tid: saMad(1, 1, 1, ping.body).tid }))
    expect(open(...two, answers)).toEqual([1, 2])
    const meanwhile = known(begun, later(10), seen(joins(VF2, "b"), asks(1, "a")))
    expect(meanwhile.asked).toMatchObject([{ tid: "00000001", sends: 2, sinceMs: 0,
      for: [nameOf(known(begun).joins[0]!)] }])
  })

  it("keeps one that was sent again and refused: another copy may still succeed [SQP-MC-5]", () => {
    const says = seen(refused(1, "a"), tells(VF1, "a", { bits: 0, status: 0x0300 }))
    expect([open(begun, says), open(begun, later(10, asks(1, "a")), says)]).toEqual([[], [1]])
    expect(known(begun, later(10, asks(1, "a")), says).asked).toMatchObject([{ for: [], abandoned: true }])
  })

  it("takes the bits of who ends, or may no longer be in a group [SQP-MC-10, SQP-MC-15]", () => {
    const ends = [
      seen({ _tag: "Detach", function: VF1 }), seen({ _tag: "Reset", function: VF1 }),
      seen({ _tag: "PkeysChanged", pkeys: [0x8001] }),
      seen({ _tag: "PkeyMapChanged", function: VF1, map: [1] }),
      seen({ _tag: "GuidTableChanged", block: 0, guids: [guid(0), guid(8), guid(2)] })
    ]
    const rest = ends.map((end) => members(...joinedBoth, end))
    expect(rest).toEqual([[[2, 1, 0]], [[2, 1, 0]], [], [[2, 1, 0]], [[2, 1, 0]]])
    expect(members(...joinedBoth, seen({ _tag: "LinkChanged", up: false }))).toEqual([[1, 1, 0], [2, 1, 0]])
    expect(members(...joinedBoth, stop)).toEqual([])
    const begunTwice = [begun, seen(joins(VF2, "a", { bits: 2 }))]
    expect(waiting(...begunTwice, ends[1]!)).toEqual([[2, 0x500]])
  })

  it("takes the bits that a function leaves, from its answer and nobody else's [SQP-MC-4]", () => {
    expect(members(...joinedBoth, left(VF1, "a"))).toEqual([[2, 1, 0]])
    expect(members(...joinedBoth, seen(leaves(VF1, "a"), tellsLeft(VF1, "a", { status: 0x0200 }))).length)
      .toBe(2)
    expect(members(...joinedBoth, seen(leaves(VF2, "a"), tellsLeft(VF1, "a"))).length).toBe(2)
    expect(members(...joinedBoth, seen({ _tag: "Attach", function: VF1 }, tellsLeft(VF1, "a"))).length).toBe(2)
  })

  it("gives a function what the SA granted of its join, and takes the join that the SA was asked for [SQP-MC-12]", () => {
    const three = [seen(joins(VF1, "a", { bits: 3 }), asks(1, "a", { bits: 3 }))]
    const grants = (joinState: number) =>
      members(...three, seen(answered(1, "a", { joinState }), tells(VF1, "a")))
    expect([1, 2, 3, 7].map(grants)).toEqual([[[1, 1, 0]], [[1, 2, 0]], [[1, 3, 0]], [[1, 3, 0]]])
    const same = [seen(joins(VF1, "a")), seen(joins(VF1, "", CHOOSE), asks(1, "", CHOOSE))]
    const after = known(...same, seen(answered(1, "a"), tells(VF1, "a")))
    expect(after.joins).toMatchObject([{ mgid: A }])
  })

  it("makes all bits provisional at a port event, and lasting what is joined again [SQP-MC-17]", () => {
    const [provisional, renewed] = [again(joinedBoth), seen(joins(VF1, "a"), tells(VF1, "a"))]
    expect(members(...provisional)).toEqual([[1, 1, 1], [2, 1, 1]])
    expect(members(...provisional, renewed)).toEqual([[1, 1, 0], [2, 1, 1]])
    const over = (ms: number) => members(...provisional, renewed, later(ms))
    expect([over(52), over(53)]).toEqual([[[1, 1, 0], [2, 1, 1]], [[1, 1, 0]]])
    const sure = (...history: History) => factsOf(A, ...history)?.membersKnown
    expect([49, 50, 53].map((ms) => sure(...provisional, later(ms)))).toEqual([true, false, true])
    expect(sure(...again(joined), renewed, later(50))).toBe(true)
  })
})

describe("what the ledger knows of a group", () => {
  it("is what the SA says, and that of a re-join members keep no more than it grants [SQP-MC-18]", () => {
    const asked = [...joinedBoth, reregister(rejoins(2, "a"))]
    expect(members(...asked, seen(answered(2, "a", { joinState: 2 })))).toEqual([])
    expect(members(...asked, seen(refused(2, "a")))).toEqual([])
    expect(factsOf(A, ...asked, seen(answered(2, "a")))).toMatchObject({ held: 1, heldKnown: true,
      rejoinDue: false })
    expect(factsOf(A, ...asked)).toMatchObject({ heldKnown: false, rejoinDue: true, believed: 0 })
    const alike = [
      ...joinedBoth, deleted("a"), seen(joins(VF2, "a", { record: { mask: REJOIN }, tid: 0x501 }), rejoins(2,
        "a"))
    ]
    const hear = [hears(VF1, "reregister"), hears(VF2, "reregister")]
    expect([members(...alike, seen(refused(2, "a"))).length, members(...alike, seen(refused(2, "a"),
      ...hear)).length])
      .toEqual([2, 0])
  })

  it("has a cause for a re-join where the SA chose it while these bits are being left [SQP-MC-12]", () => {
    const chosen = (bits: number, ...more: ReadonlyArray<ReturnType<typeof later>>) => factsOf(A,
      ...joined, left(VF1, "a", asksToLeave(2, "a", { bits })), seen(joins(VF2, "", CHOOSE), asks(3, "",
        CHOOSE)),
      ...more, seen(answered(3, "a"), tells(VF2, "a")))?.rejoinDue
    expect([1, 3, 2].map((bits) => chosen(bits))).toEqual([true, true, false])
    expect(chosen(1, seen({ _tag: "Reset", function: VF2 }))).toBe(false)
    const second = [...joined, seen(joins(VF2, "", CHOOSE), asks(3, "", CHOOSE)), seen(answered(3, "a"), tells(VF2, "a"))]
    expect(factsOf(A, ...second)?.rejoinDue).toBe(false)
    const rival = [
      begun, seen(joins(VF2, "", CHOOSE), asks(3, "", CHOOSE)), seen(answered(3, "a"), tells(VF2, "a"))
    ]
    expect(factsOf(A, ...rival)?.rejoinDue).toBe(false)
  })

  it("is that it was deleted where a Report says so that is taken, a generic one with trap 67 [SQP-MC-18]", () => {
    const isDue = (...history: History) => factsOf(A, ...history)?.rejoinDue
    expect([isDue(...joined, deleted("a")), isDue(...joined, deleted("b"))]).toEqual([true, false])
    expect(isDue(...joined, deleted("a", dropped(VF1, "report-repeated")))).toBe(false)
    expect(isDue(...joined, deleted("a", dropped(VF1, "function-full")))).toBe(true)
    // A foreign trace may give any reason why a MAD waits.
    expect(isDue(...joined, deleted("a", deferred(VF1, "report-repeated")))).toBe(true)
    const notice = { trapNumber: 67, gidAddr: A }
    const answers = toWire(null, saMad(METHOD.REPORT_RESP, ATTRIBUTE.NOTICE, 0x900, { _tag: "opaque" }))
    const of = (event: ReturnType<typeof reported>, ...actions: ReadonlyArray<Action>) =>
      isDue(...joined, seen(event, ...actions))
    expect([of(reported(0x900, notice), answers), of(reported(0x900, notice))]).toEqual([true, false])
    expect(of(reported(0x900, notice), toWire(VF1, ask))).toBe(false)
    const others = [{ ...notice, isGeneric: 0 }, { ...notice, trapNumber: 66 }]
    expect(others.map((other) => of(reported(0x900, other), answers))).toEqual([false, false])
    expect([of(ingress(ping), answers), isDue(...joined, malformed)]).toEqual([false, false])
  })

  it("is not that its requests were given up where another group was deleted [SQP-MC-18]", () => {
    const two = [begun, seen(joins(VF2, "b"), asks(2, "b"))]
    expect(known(...two, deleted("a")).asked.map(({ abandoned }) => abandoned)).toEqual([true, false])
  })

  it("is forgotten with time, once nobody is in it and the SA holds nothing, for all that is known [SQP-MC-1]", () => {
    const after = (...history: History) => known(...history, later(1)).groups.map(({ mgid }) => mgid)
    const none = [begun, seen(refused(1, "a"), tells(VF1, "a", { bits: 0, status: 0x0300 }))]
    expect([known(...none).groups.length, after(...none)]).toEqual([1, []])
    expect([after(...joined), after(...joined, left(VF1, "a")), after(begun)]).toEqual([[A], [A], [A]])
    const late = [begun, seen({ _tag: "Reset", function: VF1 }), reregister(), seen(answered(1, "a"))]
    expect([after(...late), factsOf(A, ...late)]).toMatchObject([[A], { held: 0, believed: 1 }])
    expect(after(...joined, seen(joins(VF2, "b"), asks(2, "b")))).toEqual([A, B])
  })

  it("is kept where the SA holds bits that nobody believes in, or somebody believes in bits that it does not [SQP-MC-1]", () => {
    const both = { record: { mgid: NO_GID }, bits: 3 }
    const chosen = [
      ...joined, left(VF1, "a", asksToLeave(2, "a")), seen(joins(VF2, "", both), asks(3, "", both)),
      seen(answered(3, "a", { joinState: 3 }), tells(VF2, "a", { bits: 3 })), seen(answered(2, "a"))
    ]
    const refusal = [later(0, rejoins(4, "a", { bits: 3 })), seen(refused(4, "a")), later(1)]
    expect(factsOf(A, ...chosen, ...refusal)).toMatchObject({ held: 2, heldKnown: true, believed: 0,
      rejoinDue: false })
    const copied = [
      begun, later(10, asks(1, "a")), seen(refused(1, "a"), tells(VF1, "a", { bits: 0, status: 0x0300 })),
      seen(answered(1, "a")), later(1)
    ]
    expect(factsOf(A, ...copied)).toMatchObject({ held: 0, heldKnown: true, believed: 1 })
  })
})

describe("a drop", () => {
  const two = [begun, seen(joins(VF1, "b", { tid: 0x501 }))]

  it("ends a function's one join if its reason is one that ends joins, and else none [SQP-MC-8]", () => {
    const ending = ["no-sm", "horizon", "sa-timeout", "function-gone", "function-full"] as const
    expect(ending.map((reason) => waiting(begun, later(1, dropped(VF1, reason))))).toEqual(ending.map(() => []))
    expect([dropped(VF1, "coalesced"), dropped(VF2, "horizon"), dropped(null, "horizon")]
      .map((drop) => waiting(begun, later(1, drop)).length)).toEqual([1, 1, 1])
    const fresh = seen(ingress(ping), dropped(VF1, "function-full"))
    const others = [fresh, sends(VF1, ping, dropped(VF1, "no-sm")), seen(answered(2, "b"), dropped(VF1, "function-full"))]
    expect(others.map((of) => waiting(begun, of).length)).toEqual([1, 1, 0])
  })

  it("is no MAD that only waits, for whatever reason a trace gives: the join waits, too [SQP-MC-8]", () => {
    expect(waiting(begun, later(1, deferred(VF1, "no-sm")))).toHaveLength(1)
  })

  it("ends one of several, nobody knows which: as many drops as there are joins end all [SQP-MC-8]", () => {
    const drop = later(1, dropped(VF1, "horizon"))
    expect([waiting(...two, drop).length, waiting(...two, drop, drop).length]).toEqual([2, 0])
    const third = seen(joins(VF1, "a", { tid: 0x502, bits: 2 }))
    expect([waiting(...two, drop, third, drop).length, waiting(...two, drop, third, drop, drop).length])
      .toEqual([3, 0])
    expect(known(...two, drop, third).joins.map(({ drops }) => drops)).toEqual([1, 1, 0])
  })

  it("may also end a request for a subscription that the function waits for [SQP-MC-8]", () => {
    const waits = (fn: typeof VF1) => seen(subscribes(fn, 64))
    const drop = later(1, dropped(VF1, "sa-timeout"))
    const informed = toFunction(VF1, saMad(METHOD.GET_RESP, ATTRIBUTE.INFORM_INFO, 0x500, { _tag: "opaque" }))
    expect([waiting(begun, waits(VF1), drop).length, waiting(begun, waits(VF2), drop).length]).toEqual([1, 0])
    expect(waiting(begun, waits(VF1), drop, drop).length).toBe(0)
    expect([later(1, informed), later(1, toFunction(VF1, ping))].map((of) => waiting(begun, waits(VF1),
      of, drop).length))
      .toEqual([0, 1])
    const coalesced = { ...waits(VF1), actions: [dropped(VF1, "coalesced")] }
    expect(waiting(begun, coalesced, drop).length).toBe(0)
  })
})
