/** Multicast membership that ends by itself: epochs, lost P_Keys and GUIDs, deleted groups, fewer bits than asked. */
import { describe, expect, test } from "vitest"
import { MC_MEMBER_RECORD_MASK as MASK } from "../../impl/wire/mc-member-record.ts"
import { Bench, gidOf, group, MGIDS } from "./multicast-fixture.ts"

const [A, B] = MGIDS as [string, string]
const FULL = 1
const NON = 2
const SEND_ONLY_FULL = 8
const GRACE = 5000

const bench = (): Bench => {
  const fresh = new Bench()
  fresh.timing = { ...fresh.timing, renewGrace: GRACE }
  return fresh
}
/** The SM asks to reregister, and the SA has forgotten nothing. */
const reregistered = (of: Bench): void => {
  const before = of.sent.length
  of.membership.portEvent({ reregister: true })
  for (const sent of of.sent.slice(before)) of.reply(sent)
}
const leaves = (of: Bench) => of.sent.filter(({ method }) => method === 0x15)

describe("after a reregister", () => {
  test("what a function does not join again within the grace is left, the rest stays [SQP-MC-17]", () => {
    const of = bench()
    of.joined(1, { bits: FULL })
    of.joined(2, { bits: SEND_ONLY_FULL })
    reregistered(of)
    of.join(1, { bits: FULL, tid: "2222222222222222" })
    expect(of.delivered[of.delivered.length - 1]).toMatchObject({ f: 1, status: 0, joinState: FULL })
    of.pass(GRACE - 1)
    expect(leaves(of)).toEqual([])
    of.pass(1)
    expect(leaves(of)).toMatchObject([{ mgid: A, joinState: SEND_ONLY_FULL }])
    expect(group(of, A)?.members).toEqual([{ function: 1, joinState: FULL }])
  })

  test("bits joined for the first time in the grace stay, and of a member only the old ones go [SQP-MC-17]", () => {
    const of = bench()
    of.joined(1, { bits: FULL })
    reregistered(of)
    of.joined(1, { bits: NON, tid: "2222222222222222" })
    of.joined(2, { bits: FULL })
    of.pass(GRACE)
    expect([leaves(of), group(of, A)?.members]).toEqual([
      [], [{ function: 1, joinState: NON }, { function: 2, joinState: FULL }]
    ])
  })

  test("another begins a grace of its own, and while no SM is known none runs [SQP-MC-17]", () => {
    const of = bench()
    of.joined(1)
    reregistered(of)
    of.pass(GRACE - 1)
    reregistered(of)
    of.pass(GRACE - 1)
    expect(leaves(of)).toEqual([])
    of.sm = { lid: 0, sl: 0 }
    of.membership.portEvent({ smChanged: true })
    of.pass(10 * GRACE)
    of.sm = { lid: 2, sl: 0 }
    of.membership.portEvent({ smChanged: true })
    of.reply(of.last)
    expect(leaves(of)).toEqual([])
    of.pass(GRACE)
    expect(leaves(of)).toMatchObject([{ mgid: A, joinState: FULL }])
  })

  test("members whose re-join the SA refuses lose their bits and hear that they must join again [SQP-MC-18]", () => {
    const of = bench()
    of.joined(1)
    of.joined(2)
    of.joined(3, { mgid: B })
    of.membership.portEvent({ reregister: true })
    const refused = of.sent.find(({ mask, mgid }) => mask === 0x130c7 && mgid === A)
    if (refused) of.reply(refused, { status: 0x0200 })
    expect(of.told).toEqual([{ f: 1, event: "reregister" }, { f: 2, event: "reregister" }])
    expect([group(of, A), group(of, B)?.members]).toEqual([undefined, [{ function: 3, joinState: FULL }]])
  })

  test("members of whose bits the SA gives back a part lose the others and hear of it [SQP-MC-18]", () => {
    const of = bench()
    of.joined(1, { bits: FULL })
    of.joined(2, { bits: NON })
    of.membership.portEvent({ reregister: true })
    of.reply(of.last, { joinState: FULL })
    expect([of.told, group(of, A)?.members]).toEqual([
      [{ f: 2, event: "reregister" }], [{ function: 1, joinState: FULL }]
    ])
  })
})

describe("a group that the SA deleted", () => {
  test("is joined again with all that functions have, and nothing is provisional [SQP-MC-18]", () => {
    const of = bench()
    of.joined(1, { bits: FULL })
    of.joined(2, { bits: NON })
    of.joined(1, { mgid: B })
    of.membership.groupDeleted(A)
    expect(of.sent.slice(3)).toMatchObject([{ method: 2, mask: 0x130c7, mgid: A, joinState: FULL | NON }])
    of.reply(of.last)
    of.pass(10 * GRACE)
    expect([leaves(of), of.told]).toEqual([[], []])
  })

  test("asks anew for what is with the SA; an answer from before counts for nothing but bits nobody has", () => {
    const of = bench()
    of.join(1)
    const before = of.last
    of.membership.groupDeleted(A)
    expect(of.sent.map(({ method, tid }) => [method, tid === before.tid])).toEqual([[2, true], [2, false]])
    of.reply(before)
    expect(of.delivered).toEqual([])
    of.reply(of.last)
    expect(of.delivered).toMatchObject([{ f: 1, status: 0 }])
    expect(group(of, A)?.held).toBe(FULL)
  })

  test("that nobody knows of changes nothing", () => {
    const of = bench()
    of.membership.groupDeleted(A)
    expect([of.sent, of.membership.groupsView()]).toEqual([[], []])
  })
})

describe("a function that loses", () => {
  /** P_Keys or GIDs changed. */
  const changed = (of: Bench): void => {
    of.identity += 1
    of.clients.confine()
  }

  test("the P_Key of a group loses its bits there, no others [SQP-MC-15]", () => {
    const of = bench()
    of.pKeys = [[0xffff], [0xffff, 0x8001], [0xffff]]
    of.joined(1)
    of.joined(1, { mgid: B }, { components: { P_Key: 0x8001 } })
    of.joined(2)
    of.pKeys = [[0xffff], [0x8001], [0xffff]]
    changed(of)
    expect([leaves(of), group(of, A)?.members, group(of, B)?.members]).toEqual([
      [], [{ function: 2, joinState: FULL }], [{ function: 1, joinState: FULL }]
    ])
    of.pKeys = [[0xffff], [], []]
    changed(of)
    expect(leaves(of)).toMatchObject([{ mgid: A, joinState: FULL }, { mgid: B, joinState: FULL }])
  })

  test("its GUID loses all its bits, though it has another [SQP-MC-15]", () => {
    const of = bench()
    of.joined(1)
    of.joined(2)
    of.gidOf = (f) => gidOf(f === 1 ? 77 : f)
    changed(of)
    expect(group(of, A)?.members).toEqual([{ function: 2, joinState: FULL }])
  })

  test("what its waiting joins name is answered with 0x0200, and what the SA then grants is undone [SQP-MC-15]", () => {
    const of = bench()
    of.join(1, { tid: "0000000000000001" })
    of.join(1, { tid: "0000000000000002", bits: NON })
    of.join(2)
    of.gidOf = (f) => (f === 1 ? null : gidOf(f))
    changed(of)
    expect(of.delivered).toMatchObject([
      { f: 1, status: 0x0200, tid: "0000000000000001" }, { f: 1, status: 0x0200, tid: "0000000000000002" }
    ])
    expect([of.membership.waiting(1), of.membership.waiting(2)]).toEqual([0, 1])
    of.reply(of.sent[0]!)
    expect(group(of, A)?.members).toEqual([])
    of.reply(of.last)
    expect(group(of, A)?.members).toEqual([{ function: 2, joinState: FULL }])
  })

  test("nothing keeps what it has: a change that does not concern it is none [SQP-MC-15]", () => {
    const of = bench()
    of.joined(1)
    changed(of)
    expect([leaves(of), group(of, A)?.members]).toEqual([[], [{ function: 1, joinState: FULL }]])
  })
})

describe("a grant", () => {
  test("in a group of a P_Key that the function has not is refused to it and undone [SQP-MC-15]", () => {
    const of = bench()
    of.joined(1, { mgid: B }, { components: { P_Key: 0x8001 } })
    expect(of.delivered).toMatchObject([{ f: 1, status: 0x0200, joinState: 0 }])
    expect(of.last).toMatchObject({ method: 0x15, mgid: B, joinState: FULL })
  })

  test("held for another of a P_Key that the function has not is refused to it here [SQP-MC-15]", () => {
    const of = bench()
    of.pKeys = [[0xffff, 0x8001], [0x8001], [0xffff]]
    of.joined(1, {}, { components: { P_Key: 0x8001 } })
    of.join(2, { mask: MASK.Q_Key, components: { Q_Key: 0xb1b } })
    expect([of.sent.length, of.delivered[1]?.status]).toEqual([1, 0x0200])
  })

  test("of fewer bits than asked for gives those, says so, and is not asked for again [SQP-MC-1, SQP-MC-2]", () => {
    const of = bench()
    of.joined(1, { bits: FULL | SEND_ONLY_FULL }, { joinState: FULL })
    expect(of.delivered).toMatchObject([{ f: 1, status: 0, joinState: FULL }])
    expect([of.sent.length, group(of, A)?.members]).toEqual([1, [{ function: 1, joinState: FULL }]])
    of.leave(1, { bits: FULL | SEND_ONLY_FULL })
    expect(of.delivered[1]?.status).toBe(0x0200)
  })

  test("in a group of which its bits are being left is joined again, whatever the SA does first [SQP-MC-1]", () => {
    const of = bench()
    of.joined(1)
    of.leave(1)
    const leave = of.last
    of.join(2, { mgid: "0".repeat(32) })
    of.reply(of.last, { mgid: A })
    expect(of.delivered[2]).toMatchObject({ f: 2, status: 0, mgid: A })
    of.reply(leave)
    expect(of.last).toMatchObject({ method: 2, mask: 0x130c7, mgid: A, joinState: FULL })
  })
})
