/**
 * What one function does to a group that others are in, or were in: whose quota counts, what late answers tell, why
 * the SA is asked, which requests wait.
 */
import { describe, expect, it, test } from "vitest"
import type { ControlHost } from "../../impl/mux/control-host.ts"
import type { MulticastAnswers } from "../../impl/mux/multicast-answers.ts"
import { type MemberTransactions, MulticastGroups } from "../../impl/mux/multicast-groups.ts"
import type { MemberRequest } from "../../impl/mux/multicast-request.ts"
import { Bench, gidOf, group, MGIDS, NO_MGID, RECORD } from "./multicast-fixture.ts"

const [A, B, C] = MGIDS as [string, string, string]
const D = `${A.slice(0, 31)}d`
const E = `${A.slice(0, 31)}e`
const FULL = 1
const NON = 2
const SEND_ONLY_NON = 4
const LEAVE = 0x15
const SET = 2
const INVALID = 0x0200

const limited = (groups: number): Bench => {
  const bench = new Bench()
  bench.limits = { groups, pending: 16, services: 4 }
  return bench
}
/** The methods and bits of what went to the wire from the `from`-th on. */
const asked = (bench: Bench, from: number) =>
  bench.sent.slice(from).map(({ joinState, method, mgid }) => [method, mgid, joinState])

describe("a group that is being left counts for the function that was the last in it", () => {
  test("and not for one that left while others stayed [SQP-MC-20]", () => {
    const bench = limited(2)
    const others = [[A, 2], [B, 2], [C, 3], [D, 3]] as const
    for (const [mgid, f] of others) bench.joined(f, { mgid })
    for (const [mgid] of others) {
      bench.joined(1, { mgid })
      bench.leave(1, { mgid })
    }
    bench.join(1, { mgid: E })
    expect(bench.reasons).toEqual([])
  })

  test("and not for one that left while others' joins were with the SA or waited [SQP-MC-20]", () => {
    for (const waits of [false, true]) {
      const bench = limited(1)
      for (const [mgid, f] of [[A, 2], [B, 3]] as const) {
        bench.joined(1, { mgid, bits: FULL | NON })
        // Bits that are being left keep the next join waiting.
        if (waits) bench.leave(1, { mgid, bits: NON })
        bench.join(f, { mgid, bits: SEND_ONLY_NON })
        bench.leave(1, { mgid, bits: waits ? FULL : FULL | NON })
      }
      bench.join(1, { mgid: C })
      expect(bench.reasons, String(waits)).toEqual([])
    }
  })

  test("also if it ended, and then for its next incarnation [SQP-MC-20] [SQP-FAIR-5]", () => {
    const bench = limited(1)
    for (const mgid of [A, B]) {
      bench.joined(1, { mgid })
      bench.membership.endFunction(1)
    }
    bench.join(1, { mgid: C })
    bench.join(2, { mgid: D })
    expect(bench.drops).toEqual([{ f: 1, reason: "group-quota" }])
  })

  test("and not for a function that ends without ever having been in it [SQP-MC-20] [SQP-FAIR-5]", () => {
    const bench = limited(1)
    for (const mgid of [A, B]) {
      bench.joined(1, { mgid })
      bench.leave(1, { mgid })
    }
    bench.membership.endFunction(2)
    bench.join(2, { mgid: C })
    bench.join(1, { mgid: D })
    expect(bench.drops).toEqual([{ f: 1, reason: "group-quota" }])
  })
})

describe("at its quota of groups a function", () => {
  test("may have more bits of a group it is in, and none of another [SQP-FAIR-5]", () => {
    const bench = limited(1)
    bench.joined(1)
    bench.join(1, { bits: NON })
    bench.join(1, { mgid: B })
    expect([bench.sent.length, bench.reasons]).toEqual([2, ["group-quota"]])
  })

  test("hears nothing else than before while no SM is known: its join is dropped for that", () => {
    const bench = limited(1)
    bench.joined(1)
    bench.sm.lid = 0
    bench.membership.portEvent({ smChanged: true })
    bench.join(1, { mgid: B })
    expect(bench.reasons).toEqual(["no-sm"])
  })

  test("may still ask twice for an MGID of the SA's choice while there is no TID", () => {
    const bench = limited(2)
    bench.tidRoom = 0
    for (const tid of ["0000000000000001", "0000000000000002", "0000000000000003"]) bench.join(1, { mgid: NO_MGID, tid })
    expect([bench.membership.waiting(1), bench.reasons]).toEqual([2, ["group-quota"]])
  })
})

describe("a join that is given up", () => {
  test("takes the place of one of its own function's in memory, not of another's [SQP-FAIR-5] [SQP-MC-9]", () => {
    const owners: Array<number | null> = []
    const transactions: Pick<MemberTransactions, "open"> = {
      open: (_, { owner }) => {
        owners.push(owner)
        return true
      }
    }
    const host = { smLid: () => 1, timing: { horizon: 5000 } }
    const groups = new MulticastGroups(
      host as unknown as ControlHost, transactions as unknown as MemberTransactions, {} as unknown as MulticastAnswers
    )
    for (const f of [0, 1, 2]) {
      const of = groups.obtain(A)
      of.waiting.push({ function: f, mgid: A, joinState: FULL, arrivedMs: 0 } as unknown as MemberRequest)
      groups.settle(of, 0)
    }
    expect(owners).toEqual([0, 1, 2])
  })
})

describe("the PortGID of a port that has no GUID", () => {
  test("is zero in what the SA is asked: it refuses that, and nothing else changes [SQP-MC-2] [SQP-MC-14]", () => {
    const bench = new Bench()
    bench.gidOf = (f) => (f === 0 ? null : gidOf(f))
    bench.join(1)
    expect(bench.last).toMatchObject({ joinState: FULL, portGid: "0".repeat(32) })
  })
})

describe("why the SA is asked to leave bits", () => {
  const cause = (bench: Bench) => group(bench, A)?.transaction?.cause

  test("is no undoing if it gave more than it was asked for, by a join or by a re-join [SQP-MC-2]", () => {
    const bench = new Bench()
    bench.joined(1, {}, { joinState: FULL | NON })
    expect([bench.last.joinState, cause(bench)]).toEqual([NON, "leave"])
    bench.reply(bench.last)
    bench.membership.portEvent({ reregister: true })
    bench.reply(bench.last, { joinState: FULL | NON })
    expect([bench.last.joinState, cause(bench)]).toEqual([NON, "leave"])
  })

  test("is undoing only for bits that nobody waited for, once [SQP-MC-2] [SQP-MC-9]", () => {
    const bench = new Bench()
    bench.joined(2, { bits: NON })
    bench.join(1)
    bench.membership.endFunction(1)
    bench.reply(bench.last)
    expect([bench.last.joinState, cause(bench)]).toEqual([FULL, "undo"])
    bench.reply(bench.last)
    bench.joined(3, { bits: SEND_ONLY_NON }, { joinState: SEND_ONLY_NON | FULL | 8 })
    expect([bench.last.joinState, cause(bench)]).toEqual([FULL | 8, "leave"])
    bench.reply(bench.last)
    bench.joined(4, { bits: 8 }, { joinState: 8 | FULL })
    expect([bench.last.joinState, cause(bench)]).toEqual([FULL, "leave"])
  })

  test("and what is left once was held for nobody: nothing else of it is undone later [SQP-MC-2]", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.leave(1)
    bench.join(2, { bits: NON })
    bench.reply(bench.last)
    bench.reply(bench.last, { joinState: NON | SEND_ONLY_NON })
    expect([bench.last.joinState, cause(bench)]).toEqual([SEND_ONLY_NON, "leave"])
  })
})

describe("an answer from before the group was joined again", () => {
  test.each([
    ["a reregister", (bench: Bench) => bench.membership.portEvent({ reregister: true })],
    ["the SA deleted it", (bench: Bench) => bench.membership.groupDeleted(A)]
  ])("after %s does not tell what the group is now [SQP-MC-11] [SQP-MC-18]", (_, happens) => {
    const bench = new Bench()
    bench.joined(1)
    bench.join(2, { bits: NON })
    const former = bench.last
    happens(bench)
    bench.reply(bench.last, { components: { ...RECORD, MLID: 0xc009 } })
    bench.reply(bench.last, { components: { ...RECORD, MLID: 0xc009 } })
    bench.reply(former)
    bench.join(3)
    const last = bench.delivered.at(-1)
    expect(last).toMatchObject({ f: 3, status: 0, components: { MLID: 0xc009 } })
  })
})

describe("a group of which bits are being left, and which the SA then chooses for a join,", () => {
  /** The leave that is with the SA while function 2 becomes a member of A. */
  const chosen = (bench: Bench, bits: number) => {
    bench.joined(1, { bits })
    bench.leave(1, { bits })
    const leave = bench.last
    bench.join(2, { mgid: NO_MGID, bits })
    bench.reply(bench.last, { mgid: A })
    return leave
  }

  test("is joined again once the leave had its time [SQP-MC-1] [SQP-MC-12]", () => {
    const bench = new Bench()
    chosen(bench, FULL)
    const before = bench.sent.length
    bench.pass(10_000)
    expect(asked(bench, before)).toContainEqual([SET, A, FULL])
  })

  test("is not joined again for a member that ended meanwhile [SQP-MC-2]", () => {
    const bench = new Bench()
    const leave = chosen(bench, FULL)
    bench.membership.endFunction(2)
    const before = bench.sent.length
    bench.reply(leave)
    expect([asked(bench, before), bench.membership.groupsView()]).toEqual([[], []])
  })

  test("is left no further if the SA refuses the leave of bits that have a member again [SQP-MC-2]", () => {
    const bench = new Bench()
    const leave = chosen(bench, FULL | NON)
    const before = bench.sent.length
    bench.reply(leave, { status: INVALID })
    expect(asked(bench, before)).toEqual([[SET, A, FULL | NON]])
  })

  test("is not told to a function without its P_Key [SQP-MC-15]", () => {
    const bench = new Bench()
    bench.join(1, { mgid: NO_MGID })
    bench.reply(bench.last, { mgid: B, components: { ...RECORD, P_Key: 0x8001 } })
    expect(bench.delivered).toMatchObject([{ f: 1, status: INVALID, mgid: NO_MGID, joinState: 0 }])
  })
})

describe("an answer of the SA", () => {
  test("of a table is none to a join; the true one is still taken [SQP-MC-6]", () => {
    const bench = new Bench()
    bench.join(1)
    bench.reply({ ...bench.last, method: 0x12 })
    expect([bench.delivered, bench.reasons]).toEqual([[], ["sa-answer-stale"]])
    bench.reply(bench.last)
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0 }])
  })

  test("is of the group that was asked for, whatever MGID it bears [SQP-MC-6]", () => {
    for (const mgid of [NO_MGID, B]) {
      const bench = new Bench()
      bench.joined(1, {}, { mgid })
      expect(group(bench, A)?.members).toEqual([{ function: 1, joinState: FULL }])
      bench.leave(1)
      bench.reply(bench.last, { mgid })
      expect(bench.membership.groupsView()).toEqual([])
    }
  })
})

describe("what was never sent", () => {
  test("has no late answer: its TID is free at once [SQP-MC-9] [SQP-FAIR-5]", () => {
    const bench = new Bench()
    bench.wireRoom = 0
    bench.join(1)
    bench.membership.portEvent({ reregister: true })
    expect([bench.tids.size, bench.sent.length]).toEqual([0, 0])
  })

  test("for want of a TID keeps who comes after it waiting, too", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.tidRoom = 0
    bench.join(2, { bits: NON })
    bench.join(3)
    expect([bench.delivered.length, group(bench, A)?.waiting]).toEqual([1, 2])
  })

  test("by a function that ended takes nothing from who joined the group after it [SQP-LIFE-1] [SQP-MC-6]", () => {
    const bench = new Bench()
    bench.tidRoom = 0
    bench.join(1)
    bench.membership.endFunction(1)
    bench.join(2)
    bench.tidRoom = 9
    bench.membership.poll(bench.now)
    bench.join(3, { bits: NON })
    expect([asked(bench, 0), group(bench, A)?.waiting]).toEqual([[[SET, A, FULL]], 1])
    bench.reply(bench.last)
    expect(group(bench, A)?.members).toEqual([{ function: 2, joinState: FULL }])
  })
})

describe("what functions may no longer have", () => {
  test("is taken group by group in the order of the MGIDs, whenever they joined [SQP-MC-15]", () => {
    for (const order of [[C, A, B], [B, C, A], [A, C, B]]) {
      const bench = new Bench()
      for (const mgid of order) bench.joined(1, { mgid })
      bench.pKeys[1] = []
      bench.membership.confine()
      expect(asked(bench, 3)).toEqual([A, B, C].map((mgid) => [LEAVE, mgid, FULL]))
    }
  })

  test("is nothing while its GUID and P_Keys stay, though the prefix is another [SQP-MC-15]", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.gidOf = (f) => `fec0000000000001${gidOf(f).slice(16)}`
    bench.membership.confine()
    expect(group(bench, A)?.members).toEqual([{ function: 1, joinState: FULL }])
  })
})

it("a group without members is not to be joined again, though no SM is known that could be told [SQP-MC-2]", () => {
  const bench = new Bench()
  bench.joined(1)
  bench.leave(1)
  bench.sm.lid = 0
  bench.membership.portEvent({ smChanged: true })
  expect(group(bench, A)).toMatchObject({ members: [], rejoin: false })
})
