/** Multicast membership at the end of a function, at port events and at the stop. */
import { describe, expect, test } from "vitest"
import { Bench, type Components, gidOf, group, MGIDS, RECORD } from "./multicast-fixture.ts"

const [A, B] = MGIDS as [string, string]
const FULL = 1
const NON = 2
const reasons = (bench: Bench) => bench.drops.map(({ f, reason }) => `${f} ${reason}`)

describe("the end of a function", () => {
  test("takes its bits in every group, and the SA loses those nobody else has [SQP-MC-10]", () => {
    const bench = new Bench()
    bench.joined(1, { bits: FULL | NON })
    bench.joined(2, { bits: NON })
    bench.joined(1, { mgid: B })
    bench.membership.endFunction(1)
    expect(bench.sent.slice(2)).toMatchObject([
      { method: 0x15, mgid: A, joinState: FULL }, { method: 0x15, mgid: B, joinState: FULL }
    ])
    expect(group(bench, A)?.members).toEqual([{ function: 2, joinState: NON }])
  })

  test("drops its requests, the one with the SA too, whose success is undone [SQP-MC-10, SQP-MC-9]", () => {
    const bench = new Bench()
    bench.join(1)
    bench.join(1, { bits: NON })
    bench.join(2, { bits: NON })
    bench.membership.endFunction(1)
    expect(reasons(bench)).toEqual(["1 function-gone", "1 function-gone"])
    expect([bench.membership.waiting(1), bench.sent.length]).toEqual([0, 1])
    bench.pass(1000)
    expect(bench.sent.length).toBe(2)
    bench.reply(bench.last)
    expect(bench.last).toMatchObject({ method: 2, joinState: NON })
    bench.reply(bench.last, { joinState: FULL | NON })
    expect(bench.delivered).toMatchObject([{ f: 2, status: 0 }])
    expect(bench.last).toMatchObject({ method: 0x15, joinState: FULL })
    expect(group(bench, A)?.transaction?.cause).toBe("undo")
  })

  test("leaves a refusal of its join unanswered: nobody hears it [SQP-MC-5]", () => {
    const bench = new Bench()
    bench.join(1)
    bench.membership.endFunction(1)
    bench.reply(bench.last, { status: 0x0200 })
    expect([bench.delivered, bench.membership.groupsView()]).toEqual([[], []])
    expect(reasons(bench)).toEqual(["1 function-gone"])
  })

  test("shows nothing of the former incarnation to the next: nobody gets its answer [SQP-LIFE-1]", () => {
    const bench = new Bench()
    bench.join(1)
    const former = bench.last
    bench.membership.endFunction(1)
    bench.join(1)
    bench.reply(former)
    expect(bench.delivered).toEqual([])
    expect(bench.sent.map(({ method }) => method)).toEqual([2, 2])
    bench.reply(bench.last)
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0 }])
    expect(bench.sent.length).toBe(2)
  })
})

describe("a reregister or a change of the SM", () => {
  const rejoin: Components = {
    Q_Key: 0xb1b, TClass: 5, P_Key: 0xffff, SL: 6, FlowLabel: 0x12345, MLID: 0, MTUSelector: 0, MTU: 0,
    RateSelector: 0, Rate: 0, PacketLifeTimeSelector: 0, PacketLifeTime: 0, HopLimit: 0, Scope: 0,
    ProxyJoin: 0
  }

  test.each([{ reregister: true }, { smChanged: true }])(
    "(%o) joins the aggregate of every group again, with the record [SQP-MC-11]",
    (event) => {
      const bench = new Bench()
      bench.joined(1)
      bench.joined(2, { bits: 8 })
      bench.joined(1, { mgid: B })
      bench.membership.portEvent(event)
      expect(bench.sent.slice(3)).toMatchObject([
        { method: 2, mgid: A, joinState: 9, mask: 0x130c7, portGid: gidOf(0), components: rejoin },
        { method: 2, mgid: B, joinState: 1, mask: 0x130c7 }
      ])
      const asked = { held: 0, rejoin: true, transaction: { cause: "re-join" } }
      expect(group(bench, A)).toMatchObject(asked)
      bench.reply(bench.sent[3]!, { components: { ...RECORD, MLID: 0xc009 } })
      expect(group(bench, A)).toMatchObject({ held: 9, rejoin: false, transaction: null })
      bench.join(3)
      expect(bench.delivered[3]).toMatchObject({ f: 3, status: 0, components: { MLID: 0xc009 } })
    }
  )

  test("is nothing without either", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.membership.portEvent({ reregister: false })
    expect(bench.sent.length).toBe(1)
  })

  test("makes joins wait for the re-join", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.membership.portEvent({ reregister: true })
    bench.join(2)
    expect(bench.delivered.length).toBe(1)
    bench.reply(bench.last)
    expect(bench.delivered[1]).toMatchObject({ f: 2, status: 0 })
  })

  test("whose re-join is refused takes the members' bits, and who waits is asked for then", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.membership.portEvent({ reregister: true })
    bench.join(2)
    bench.reply(bench.last, { status: 0x0200 })
    expect(group(bench, A)).toMatchObject({ held: 0, members: [], rejoin: false })
    expect(bench.delivered.length).toBe(1)
    expect(bench.last).toMatchObject({ method: 2, joinState: 1, mask: 0x10003 })
  })

  test("whose re-join is never answered keeps the bits and tries again at the next one [SQP-MC-11]", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.membership.portEvent({ reregister: true })
    bench.pass(10_000)
    expect(bench.sent.length).toBe(4)
    const kept = { held: 0, members: [{ function: 1 }], rejoin: false, transaction: null }
    expect(group(bench, A)).toMatchObject(kept)
    bench.membership.portEvent({ smChanged: true })
    expect(bench.last.mask).toBe(0x130c7)
    bench.reply(bench.last)
    expect(group(bench, A)).toMatchObject({ held: 1 })
  })

  test("makes the request with the SA wait at the front, and its answer late [SQP-MC-11, SQP-MC-9]", () => {
    const bench = new Bench()
    bench.join(1)
    const first = bench.last
    bench.join(2, { bits: NON })
    bench.membership.portEvent({ reregister: true })
    expect(bench.sent.map(({ joinState }) => joinState)).toEqual([1, 1])
    expect(bench.last.tid).not.toBe(first.tid)
    expect(bench.drops).toEqual([])
    bench.reply(first)
    expect(bench.delivered).toEqual([])
    bench.reply(bench.last)
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0 }])
    expect(bench.last.joinState).toBe(NON)
  })

  test("makes an older success no ground for answers here: that SA may have forgotten it [SQP-MC-1]", () => {
    const bench = new Bench()
    bench.join(1)
    const former = bench.last
    bench.join(2)
    bench.sm = { lid: 5, sl: 0 }
    bench.membership.portEvent({ smChanged: true })
    bench.reply(former, { slid: 1 })
    bench.reply(bench.last, { status: 0x0300 })
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0x0300 }])
    expect(bench.last).toMatchObject({ method: 2, joinState: 1, address: { lid: 5 } })
  })

  test("makes of an older success only the bits held that nobody has, and they are left [SQP-MC-9]", () => {
    const bench = new Bench()
    bench.joined(2, { bits: 8 })
    bench.join(1)
    const former = bench.last
    bench.membership.portEvent({ reregister: true })
    const rejoin = bench.last
    bench.membership.endFunction(1)
    bench.reply(former, { joinState: 9, components: { ...RECORD, MLID: 1 } })
    expect(group(bench, A)).toMatchObject({ held: 1 })
    bench.reply(rejoin, { joinState: 9 })
    expect(bench.last).toMatchObject({ method: 0x15, joinState: 1 })
    expect(group(bench, A)).toMatchObject({ held: 9, transaction: { cause: "undo" } })
  })

  test("makes an outstanding leave leave again, for the first may have been lost [SQP-MC-1]", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.leave(1)
    const first = bench.last
    bench.membership.portEvent({ reregister: true })
    expect(bench.sent.slice(2)).toMatchObject([{ method: 0x15, joinState: 1 }])
    expect(bench.last.tid).not.toBe(first.tid)
    bench.reply(bench.last, { status: 0x0200 })
    expect([bench.membership.groupsView(), bench.tids.size]).toEqual([[], 0])
  })

  test("to no SM drops who waits; the next SM gets the re-joins and leaves [SQP-MC-11]", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.joined(2, { mgid: B })
    bench.join(3, { bits: NON })
    bench.sm = { lid: 0, sl: 0 }
    bench.membership.portEvent({ smChanged: true })
    bench.membership.endFunction(2)
    bench.join(3)
    bench.pass(100_000)
    expect(reasons(bench)).toEqual(["3 no-sm", "3 no-sm"])
    expect(bench.sent.length).toBe(3)
    bench.sm = { lid: 5, sl: 2 }
    bench.membership.portEvent({ smChanged: true })
    expect(bench.sent.slice(3)).toMatchObject([
      { method: 2, mgid: A, joinState: 1, address: { lid: 5, sl: 2 } },
      { method: 0x15, mgid: B, joinState: 1, address: { lid: 5, sl: 2 } }
    ])
  })
})

describe("the stop", () => {
  test("drops who waits, leaves what the SA holds, and releases everything [SQP-LIFE-3]", () => {
    const bench = new Bench()
    bench.joined(1, { bits: 9 })
    bench.joined(2, { mgid: B })
    bench.join(2, { bits: NON })
    bench.join(1, { mgid: MGIDS[2]! })
    const before = bench.sent.length
    expect(bench.membership.stop()).toBe(true)
    expect(bench.sent.slice(before)).toMatchObject([
      { method: 0x15, mgid: A, joinState: 9 }, { method: 0x15, mgid: B, joinState: 1 }
    ])
    expect(reasons(bench).sort()).toEqual(["1 function-gone", "2 function-gone"])
    expect([bench.membership.groupsView(), bench.tids.size]).toEqual([[], 0])
    expect(bench.membership.nextDueMs()).toBe(Number.POSITIVE_INFINITY)
    bench.join(1)
    expect(bench.last.method).toBe(2)
  })

  test("with a full wire ring goes on when there is room, and each group is left once [SQP-LIFE-3]", () => {
    const bench = new Bench()
    for (const mgid of MGIDS) bench.joined(1, { mgid })
    for (const done of [false, false, true]) {
      bench.wireRoom = 1
      expect(bench.membership.stop()).toBe(done)
    }
    expect(bench.sent.slice(3)).toMatchObject(MGIDS.map((mgid) => ({ method: 0x15, mgid })))
    expect(bench.tids.size).toBe(0)
  })

  test("without an SM sends nothing and releases everything", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.sm = { lid: 0, sl: 0 }
    bench.membership.portEvent({ smChanged: true })
    expect(bench.membership.stop()).toBe(true)
    expect([bench.sent.length, bench.membership.groupsView(), bench.tids.size]).toEqual([1, [], 0])
  })
})
