/** Multicast membership over time: lost and late answers, sends that find no room. */
import { describe, expect, test } from "vitest"
import { REMEMBERED_MAX } from "../../impl/mux/sa-transactions.ts"
import { Bench, group, MGIDS, NO_MGID } from "./multicast-fixture.ts"

const [A, B] = MGIDS as [string, string]
const FULL = 1
const NON = 2
const reasons = (bench: Bench) => bench.drops.map(({ f, reason }) => `${f} ${reason}`)

describe("an unanswered transaction", () => {
  test("is sent again every saTimeout, unchanged, saRetries times, then its request is dropped", () => {
    const bench = new Bench()
    bench.join(1)
    bench.pass(999)
    expect(bench.sent.length).toBe(1)
    bench.pass(1)
    bench.sm = { lid: 1, sl: 9 }
    bench.pass(1000)
    expect(bench.sent.map(({ atMs }) => atMs)).toEqual([1000, 2000, 3000])
    expect(new Set(bench.sent.map(({ address, hex }) => JSON.stringify([address, hex]))).size).toBe(1)
    bench.pass(999)
    expect(bench.drops).toEqual([])
    bench.pass(1)
    expect(reasons(bench)).toEqual(["1 sa-timeout"])
    expect([bench.membership.waiting(1), bench.membership.groupsView()]).toEqual([0, []])
  })

  test("is answered by the answer to any of its copies", () => {
    const bench = new Bench()
    bench.join(1)
    bench.pass(1500)
    bench.reply(bench.sent[0]!)
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0 }])
    bench.pass(10_000)
    expect(bench.sent.length).toBe(2)
  })

  test("of MGID 0 is sent once, since every copy makes a group, then given up [SQP-MC-12]", () => {
    const bench = new Bench()
    bench.join(1, { mgid: NO_MGID })
    bench.pass(1000)
    expect([bench.sent.length, reasons(bench)]).toEqual([1, ["1 sa-timeout"]])
    bench.reply(bench.last, { mgid: B })
    expect(bench.last).toMatchObject({ method: 0x15, mgid: B, joinState: 1 })
    expect(bench.membership.groupsView()).toMatchObject([{ mgid: B, transaction: { cause: "undo" } }])
  })

  test("that is a leave ends what the SA holds", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.leave(1)
    bench.pass(3000)
    expect(bench.sent.map(({ method }) => method)).toEqual([2, 0x15, 0x15, 0x15])
    expect([bench.membership.groupsView(), bench.tids.size, bench.drops]).toEqual([[], 0, []])
  })

  test("lets the next one waiting go on, unless that is older than the horizon [SQP-MC-8]", () => {
    const bench = new Bench()
    bench.timing = { ...bench.timing, horizon: 2500 }
    bench.join(1)
    bench.pass(400)
    bench.join(2, { bits: NON })
    bench.pass(100)
    bench.join(3, { bits: NON })
    bench.pass(2500)
    expect(reasons(bench)).toEqual(["1 sa-timeout", "2 horizon"])
    expect(bench.last.joinState).toBe(NON)
    expect([bench.membership.waiting(2), bench.membership.waiting(3)]).toEqual([0, 1])
  })

  test("says when it is due, and nothing is due without one", () => {
    const bench = new Bench()
    expect(bench.membership.nextDueMs()).toBe(Number.POSITIVE_INFINITY)
    bench.join(1)
    expect(bench.membership.nextDueMs()).toBe(2000)
  })
})

describe("a late answer", () => {
  const givenUp = (): Bench => {
    const bench = new Bench()
    bench.join(1, { bits: FULL | NON })
    bench.pass(3000)
    return bench
  }

  test("of success that nobody wants any more is left again [SQP-MC-9]", () => {
    const bench = givenUp()
    bench.reply(bench.last)
    expect(bench.delivered).toEqual([])
    expect(bench.last).toMatchObject({ method: 0x15, mgid: A, joinState: 3 })
    expect(group(bench, A)?.transaction?.cause).toBe("undo")
    bench.reply(bench.last)
    expect([bench.membership.groupsView(), bench.tids.size]).toEqual([[], 0])
  })

  test("of success keeps the bits that somebody got meanwhile [SQP-MC-9]", () => {
    const bench = givenUp()
    const late = bench.last
    bench.joined(2, { bits: NON })
    bench.reply(late)
    expect(bench.last).toMatchObject({ method: 0x15, joinState: FULL })
    bench.reply(bench.last, { joinState: NON })
    expect(group(bench, A)).toMatchObject({ held: NON, members: [{ function: 2, joinState: NON }] })
  })

  test("of success while the same is asked again leaves nothing [SQP-MC-9]", () => {
    const bench = givenUp()
    const late = bench.last
    bench.join(1, { bits: FULL | NON })
    bench.reply(late)
    bench.reply(bench.last)
    expect(bench.sent.map(({ method }) => method)).toEqual([2, 2, 2, 2])
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0 }])
  })

  test("of refusal is stale, and the success of another copy is still taken", () => {
    const bench = givenUp()
    const late = bench.last
    bench.reply(late, { status: 0x0200 })
    expect(reasons(bench)).toEqual(["1 sa-timeout", "null sa-answer-stale"])
    bench.reply(late)
    expect(bench.last.method).toBe(0x15)
  })

  test("of success after a refusal of another copy is left again too [SQP-MC-9]", () => {
    const bench = new Bench()
    bench.join(1)
    bench.pass(1000)
    bench.reply(bench.sent[0]!, { status: 0x0100 })
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0x0100 }])
    bench.reply(bench.sent[1]!)
    expect(bench.delivered.length).toBe(1)
    expect(bench.last).toMatchObject({ method: 0x15, joinState: 1 })
  })

  test("is remembered tidMin at least and tidMax at most, then its TID is free", () => {
    const early = givenUp()
    early.pass(early.timing.tidMin - 1)
    early.reply(early.last)
    expect(early.last.method).toBe(0x15)
    const gone = givenUp()
    gone.pass(gone.timing.tidMax)
    expect(gone.tids.size).toBe(0)
    gone.reply(gone.last)
    expect(reasons(gone)).toEqual(["1 sa-timeout", "null sa-answer-stale"])
  })

  test("is not taken after tidMax though poll was not called", () => {
    const bench = givenUp()
    bench.now += bench.timing.tidMax
    bench.reply(bench.last)
    expect(reasons(bench)).toEqual(["1 sa-timeout", "null sa-answer-stale"])
    expect(bench.tids.size).toBe(0)
  })

  test("is remembered for a bounded number of joins of a function, the oldest forgotten first", () => {
    const bench = new Bench()
    bench.timing = { ...bench.timing, saTimeout: 1, saRetries: 0 }
    bench.joined(2, { mgid: B })
    bench.join(1)
    const first = bench.last
    bench.pass(1)
    for (let i = 0; i < REMEMBERED_MAX; i++) {
      bench.join(1)
      bench.pass(1)
    }
    expect(bench.tids.size).toBe(REMEMBERED_MAX)
    bench.reply(first)
    expect(bench.reasons[bench.reasons.length - 1]).toBe("sa-answer-stale")
  })
})

describe("a send that finds no room", () => {
  test("stays due and is tried again at the next poll, oldest first", () => {
    const bench = new Bench()
    bench.wireRoom = 0
    bench.join(1)
    bench.join(2, { mgid: B })
    expect(bench.membership.nextDueMs()).toBe(bench.now + 1)
    bench.membership.poll(bench.now)
    expect(bench.sent).toEqual([])
    bench.wireRoom = 1
    bench.membership.poll(bench.now)
    expect(bench.sent).toMatchObject([{ mgid: A }])
    bench.wireRoom = 1
    bench.join(3, { mgid: MGIDS[2]! })
    expect(bench.sent.length).toBe(1)
    bench.membership.poll(bench.now)
    expect(bench.sent).toMatchObject([{ mgid: A }, { mgid: B }])
    bench.wireRoom = 9
    bench.membership.poll(bench.now)
    expect(bench.sent.length).toBe(3)
    expect(bench.drops).toEqual([])
  })

  test("counts its time from the send, first or repeated", () => {
    const bench = new Bench()
    bench.wireRoom = 0
    bench.join(1)
    bench.pass(1500)
    bench.wireRoom = 1
    bench.membership.poll(bench.now)
    bench.pass(1000)
    expect(bench.sent.map(({ atMs }) => atMs)).toEqual([2500])
    bench.pass(700)
    bench.wireRoom = 9
    bench.pass(1500)
    expect(bench.sent.map(({ atMs }) => atMs)).toEqual([2500, 4201, 5201])
  })

  test("for want of a TID leaves the request waiting until there is one", () => {
    const bench = new Bench()
    bench.tidRoom = 0
    bench.join(1)
    bench.pass(10)
    expect([bench.sent.length, bench.membership.waiting(1)]).toEqual([0, 1])
    bench.tidRoom = 9
    bench.pass(1)
    expect(bench.sent).toMatchObject([{ mgid: A, joinState: 1 }])
  })

  test("and was never made is not remembered when it is given up, and a leave is still owed", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.wireRoom = 0
    bench.leave(1)
    bench.join(2, { mgid: B })
    bench.membership.portEvent({ reregister: true })
    expect(bench.tids.size).toBe(0)
    bench.wireRoom = 9
    bench.pass(1)
    expect(bench.sent.slice(1)).toMatchObject([{ method: 0x15, mgid: A }, { method: 2, mgid: B }])
  })
})
