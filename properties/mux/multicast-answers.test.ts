/** The SA's answers, leaves, and the answers functions get, sentence by sentence of spec/multicast.md. */
import { describe, expect, test } from "vitest"
import { MC_MEMBER_RECORD_MASK as MASK } from "../../impl/wire/mc-member-record.ts"
import create from "../captures/sa-mc-create.json" with { type: "json" }
import {
  type Ask, Bench, gidOf, group, MEMBER, MGIDS, NO_MGID, NONE, PREFIX, RECORD
} from "./multicast-fixture.ts"

const [A, B] = MGIDS as [string, string]
const FULL = 1
const NON = 2
const SEND_ONLY_NON = 4
const SEND_ONLY_FULL = 8

describe("the SA's answer", () => {
  test("of success gives the bits, keeps the record and answers with the guest's TID [SQP-TID-2]", () => {
    const bench = new Bench()
    bench.join(1, { tid: "f1e2d3c4b5a69788", bits: 9 })
    bench.reply(bench.last, { joinState: 11 })
    expect(bench.delivered).toMatchObject([
      {
        f: 1, qp: 1, method: 0x81, status: 0, tid: "f1e2d3c4b5a69788", joinState: 9, components: RECORD,
        mask: 0
      }
    ])
    expect(group(bench, A)).toMatchObject({ held: 11, members: [{ function: 1, joinState: 9 }] })
  })

  test("of OpenSM, garbage behind the record and all, gives a clean one [SQP-MC-14]", () => {
    const bench = new Bench()
    bench.join(1, { mgid: "ff12a01cfe8000000000000000000777" })
    const answer = create.response_mad
    bench.replyHex(answer.slice(0, 24) + bench.last.tid.slice(8) + answer.slice(32))
    const { hex, ...seen } = bench.delivered[0]!
    expect(seen).toMatchObject({ status: 0, portGid: gidOf(1), joinState: 1 })
    const components = { Q_Key: 0xb1b, MLID: 0xc001, MTU: 4, MTUSelector: 2, P_Key: 0xffff }
    expect(seen.components).toMatchObject(components)
    expect(hex.slice(2 * (56 + 49))).toBe("0".repeat(2 * (256 - 56 - 49)))
    expect(hex.slice(48, 112)).toBe("0".repeat(24 + 16) + "0007" + "0".repeat(4 + 16))
  })

  test("of refusal goes with its status to the function that asked and to nobody else [SQP-MC-5]", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.join(2, { bits: NON })
    bench.join(3, { bits: SEND_ONLY_NON })
    bench.reply(bench.last, { status: 0x0700 })
    expect(bench.delivered.slice(1)).toMatchObject([
      { f: 2, method: 0x81, status: 0x0700, mgid: A, portGid: gidOf(2), joinState: 0, components: NONE }
    ])
    expect(bench.last.joinState).toBe(SEND_ONLY_NON)
    bench.reply(bench.last)
    expect(bench.delivered[2]).toMatchObject({ f: 3, status: 0 })
    expect(group(bench, A)?.members).toEqual([{ function: 1, joinState: 1 }, { function: 3, joinState: 4 }])
  })

  test.each([
    ["another LID", { slid: 2 }], ["LID 0", { slid: 0 }], ["another QPN", { sourceQpn: 2 }]
  ])("from %s is dropped, and the true one still taken [SQP-MC-13]", (_, wrong) => {
    const bench = new Bench()
    bench.join(1)
    bench.reply(bench.last, { ...wrong, status: 0x0700 })
    expect(bench.drops).toEqual([{ f: null, reason: "sa-answer-source" }])
    bench.reply(bench.last)
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0 }])
  })

  test("is taken from the SM it was sent to and from the current one [SQP-MC-13]", () => {
    for (const slid of [1, 7]) {
      const bench = new Bench()
      bench.join(1)
      bench.sm = { lid: 7, sl: 0 }
      bench.reply(bench.last, { slid })
      expect(bench.delivered).toMatchObject([{ f: 1, status: 0 }])
    }
  })

  test("to a transaction that is over is stale: nothing changes [SQP-MC-6]", () => {
    const bench = new Bench()
    bench.join(1)
    const first = bench.last
    expect(bench.clients.owns(Number.parseInt(first.tid.slice(8), 16))).toBe(true)
    bench.reply(first)
    bench.reply(first, { joinState: 15 })
    expect(bench.drops).toEqual([{ f: null, reason: "sa-answer-stale" }])
    expect(bench.clients.owns(Number.parseInt(first.tid.slice(8), 16))).toBe(false)
    expect(group(bench, A)).toMatchObject({ held: 1 })
    expect(bench.delivered.length).toBe(1)
  })

  test("with the MGID it chose makes the function a member of that group, known or not [SQP-MC-12]", () => {
    const bench = new Bench()
    bench.joined(3, { mgid: A })
    bench.join(1, { mgid: NO_MGID, tid: "0000000000000001" })
    bench.join(2, { mgid: NO_MGID, tid: "0000000000000002" })
    expect(bench.sent.map((sent) => sent.mgid)).toEqual([A, NO_MGID])
    bench.reply(bench.last, { mgid: B })
    expect(bench.delivered[1]).toMatchObject({ f: 1, status: 0, mgid: B, joinState: 1 })
    bench.reply(bench.last, { mgid: A })
    expect(bench.delivered[2]).toMatchObject({ f: 2, status: 0, mgid: A, joinState: 1 })
    expect(bench.membership.groupsView()).toMatchObject([
      { mgid: A, held: 1, members: [{ function: 3 }, { function: 2 }], transaction: null },
      { mgid: B, held: 1, members: [{ function: 1 }], transaction: null }
    ])
    bench.leave(1, { mgid: B })
    expect(bench.last).toMatchObject({ method: 0x15, mgid: B })
  })

  test("that refuses a join of MGID 0 reaches its function, and the next is sent [SQP-MC-12]", () => {
    const bench = new Bench()
    bench.join(1, { mgid: NO_MGID })
    bench.join(2, { mgid: NO_MGID })
    bench.reply(bench.last, { status: 0x0100, mgid: NO_MGID })
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0x0100, mgid: NO_MGID }])
    expect(bench.sent.length).toBe(2)
  })

  test("of another attribute is none, and the transaction goes on", () => {
    const bench = new Bench()
    bench.join(1)
    const answer = create.response_mad
    bench.replyHex(answer.slice(0, 24) + bench.last.tid.slice(8) + "0035" + answer.slice(36))
    expect(bench.drops).toEqual([{ f: null, reason: "sa-answer-stale" }])
    bench.reply(bench.last)
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0 }])
  })

  test("of success without an MGID to a join of MGID 0 is none [SQP-MC-12]", () => {
    const bench = new Bench()
    bench.join(1, { mgid: NO_MGID })
    bench.reply(bench.last, { mgid: NO_MGID })
    expect(bench.drops).toEqual([{ f: null, reason: "sa-answer-stale" }])
    bench.reply(bench.last, { mgid: B })
    expect(bench.delivered).toMatchObject([{ f: 1, status: 0, mgid: B }])
  })

  test("with more bits than anybody has makes the port leave those", () => {
    const bench = new Bench()
    bench.join(1)
    bench.reply(bench.last, { joinState: 15 })
    expect(bench.last).toMatchObject({ method: 0x15, joinState: 14 })
  })
})

describe("a leave", () => {
  const invalid: ReadonlyArray<readonly [string, Ask]> = [
    ["whose mask lacks the MGID", { maskWithout: MASK.MGID }],
    ["whose mask lacks the PortGID", { maskWithout: MASK.PortGID }],
    ["whose mask lacks the JoinState", { maskWithout: MASK.JoinState }],
    ["of JoinState 0", { bits: 0 }],
    ["with another's PortGID", { portGid: gidOf(2) }],
    ["of bits it only partly has", { bits: FULL | SEND_ONLY_FULL }],
    ["of a group it is not in", { mgid: B }],
    ["of MGID 0", { mgid: NO_MGID }]
  ]
  test.each(invalid)("%s is refused with 0x0200 and changes nothing [SQP-MC-4]", (_, ask) => {
    const bench = new Bench()
    bench.joined(2, { mgid: B })
    bench.joined(1, { bits: FULL | NON })
    bench.leave(1, ask)
    expect(bench.delivered[2]).toMatchObject({ f: 1, method: 0x95, status: 0x0200, components: NONE })
    expect(bench.delivered[2]?.joinState).toBe((ask.mgid ?? A) === A ? FULL | NON : 0)
    expect(bench.sent.length).toBe(2)
    expect(group(bench, A)).toMatchObject({ held: 3, members: [{ function: 1, joinState: 3 }] })
  })

  test("is answered at once, with the bits that remain and the record [SQP-MC-4]", () => {
    const bench = new Bench()
    bench.joined(1, { bits: 11 })
    bench.leave(1, { bits: SEND_ONLY_FULL, tid: "8877665544332211" })
    expect(bench.delivered[1]).toMatchObject({
      f: 1, method: 0x95, status: 0, tid: "8877665544332211", joinState: 3, portGid: gidOf(1),
      components: RECORD
    })
  })

  test("is answered while the SM is unknown; the SA hears of it later [SQP-MC-4]", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.sm = { lid: 0, sl: 0 }
    bench.membership.portEvent({ smChanged: true })
    bench.leave(1, { dlid: 66 })
    expect(bench.delivered[1]).toMatchObject({ status: 0, address: { lid: 66 } })
    expect(bench.sent.length).toBe(1)
    bench.sm = { lid: 4, sl: 1 }
    bench.membership.portEvent({ smChanged: true })
    expect(bench.last).toMatchObject({ method: 0x15, joinState: 1, address: { lid: 4, sl: 1 } })
  })

  test("of a bit another function has stays here; the last one's goes to the SA [SQP-MC-1]", () => {
    for (const bit of [FULL, NON, SEND_ONLY_NON, SEND_ONLY_FULL]) {
      const bench = new Bench()
      bench.joined(1, { bits: 15 })
      bench.joined(2, { bits: bit })
      bench.leave(1, { bits: bit })
      expect(bench.sent.length).toBe(1)
      bench.leave(2, { bits: bit })
      const address = { lid: 1, sl: 3, remoteQpn: 1, qKey: 0x8001_0000 }
      const leave = { method: 0x15, mask: MEMBER, portGid: gidOf(0), joinState: bit, address }
      expect(bench.last).toMatchObject({ ...leave, components: NONE })
      bench.reply(bench.last, { joinState: 15 & ~bit })
      expect(group(bench, A)).toMatchObject({ held: 15 & ~bit, transaction: null })
    }
  })

  test("does not touch the joins of its function that wait", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.join(1, { bits: NON })
    bench.leave(1, { bits: FULL })
    expect(bench.membership.waiting(1)).toBe(1)
    bench.reply(bench.last, { joinState: 3 })
    expect(bench.delivered[2]).toMatchObject({ method: 0x81, status: 0, joinState: NON })
    expect(bench.last).toMatchObject({ method: 0x15, joinState: FULL })
  })

  test.each([0, 0x0200])("that the SA answers with status %i ends what it holds, and the group", (status) => {
    const bench = new Bench()
    bench.joined(1)
    bench.leave(1)
    bench.reply(bench.last, { status })
    expect(bench.membership.groupsView()).toEqual([])
    expect(bench.tids.size).toBe(0)
  })

  test("of several bits that the SA refuses is repeated with the lowest alone, before anything else", () => {
    const bench = new Bench()
    bench.joined(1, { bits: 13 })
    bench.membership.endFunction(1)
    bench.join(2, { bits: NON })
    for (const status of [0x0200, 0x0200, 0, 0x0200, 0, 0]) bench.reply(bench.last, { status })
    expect(bench.sent.slice(1).map(({ joinState, method }) => [method, joinState])).toEqual([
      [0x15, 13], [0x15, 1], [0x02, 2], [0x15, 12], [0x15, 4], [0x15, 8]
    ])
    expect(group(bench, A)).toMatchObject({ held: NON, members: [{ function: 2, joinState: NON }] })
  })

  test("is followed by a join that came meanwhile", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.leave(1)
    bench.join(2)
    expect(bench.last.method).toBe(0x15)
    bench.reply(bench.last)
    expect(bench.last).toMatchObject({ method: 0x02, joinState: 1 })
  })
})

describe("the answer to a function", () => {
  test("comes from the SM over the path of the request, with a GRH if that had one", () => {
    const bench = new Bench()
    bench.sm = { lid: 0x1234, sl: 9 }
    bench.join(1, { bits: 0, sl: 5, pathBits: 6, pkeyIndex: 7, dgid: gidOf(200), dlid: 1 })
    const { grh, ...address } = bench.delivered[0]!.address
    expect(address).toEqual({ lid: 0x1234, sl: 5, pathBits: 6, remoteQpn: 1, rate: 0, qKey: 0, pkeyIndex: 7 })
    // IPVer 6, traffic class and flow label 0, 280 bytes of payload, next header 0x1b, hop limit 0.
    expect(Buffer.from(grh ?? []).toString("hex")).toBe(`6000000001181b00${gidOf(200)}${gidOf(1)}`)
    bench.join(1, { bits: 0 })
    expect(bench.delivered[1]?.address.grh).toBe(null)
  })

  test("goes to GUID 0 if the function has lost its own meanwhile", () => {
    const bench = new Bench()
    bench.join(1, { dgid: gidOf(200) })
    bench.gidOf = () => null
    bench.reply(bench.last)
    expect(bench.delivered).toMatchObject([{ status: 0, portGid: gidOf(1) }])
    const dgid = Buffer.from(bench.delivered[0]!.address.grh ?? []).toString("hex").slice(48)
    expect(dgid).toBe(`${PREFIX}0000000000000000`)
  })

  test("that finds the function's ring full is a drop, and the bits stay as decided", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.functionRoom = 0
    bench.join(2)
    expect(bench.drops).toEqual([{ f: 2, reason: "function-full" }])
    expect(bench.answered).toEqual([1])
    expect(group(bench, A)?.members.length).toBe(2)
  })
})
