/** Multicast membership, sentence by sentence of spec/multicast.md, against a fake PF context and SA. */
import { describe, expect, test } from "vitest"
import { MC_MEMBER_RECORD_MASK as MASK } from "../../impl/wire/mc-member-record.ts"
import create from "../captures/sa-mc-create.json" with { type: "json" }
import {
  type Ask, Bench, type Components, gidOf, MEMBER, MGIDS, NO_MGID, PREFIX, RECORD
} from "./multicast-fixture.ts"

const [A, B, C] = MGIDS as [string, string, string]
const FULL = 1
const NON = 2
const SEND_ONLY_NON = 4
const SEND_ONLY_FULL = 8
const none: Components = {
  Q_Key: 0, MLID: 0, MTUSelector: 0, MTU: 0, TClass: 0, P_Key: 0, RateSelector: 0, Rate: 0,
  PacketLifeTimeSelector: 0, PacketLifeTime: 0, SL: 0, FlowLabel: 0, HopLimit: 0, Scope: 0, ProxyJoin: 0
}
const group = (bench: Bench, mgid: string) => bench.membership.groupsView().find((view) => view.mgid === mgid)

describe("a join", () => {
  const invalid: ReadonlyArray<readonly [string, Ask]> = [
    ["whose mask lacks the MGID", { maskWithout: MASK.MGID }],
    ["whose mask lacks the PortGID", { maskWithout: MASK.PortGID }],
    ["whose mask lacks the JoinState", { maskWithout: MASK.JoinState }],
    ["with JoinState 0", { bits: 0 }],
    ["with ProxyJoin in the mask and set", { mask: MASK.ProxyJoin, components: { ProxyJoin: 1 } }],
    ["with the PortGID of another function", { portGid: gidOf(2) }],
    ["with its GUID under another prefix", { portGid: `fec0000000000000${gidOf(1).slice(16)}` }],
    ["with a P_Key that its table lacks", { mask: MASK.P_Key, components: { P_Key: 0x8001 } }]
  ]
  test.each(invalid)("%s is answered with 0x0200 and not sent [SQP-MC-7]", (_, ask) => {
    const bench = new Bench()
    bench.join(1, ask)
    const portGid = ask.portGid ?? gidOf(1)
    expect(bench.delivered).toMatchObject([
      { f: 1, method: 0x81, status: 0x0200, mgid: A, portGid, joinState: 0, components: none }
    ])
    expect([bench.sent, bench.drops, bench.answered]).toEqual([[], [], [1]])
    expect(bench.membership.groupsView()).toEqual([])
  })

  test("is refused while its function has no GUID [SQP-MC-7]", () => {
    const bench = new Bench()
    bench.gidOf = (f) => f === 1 ? null : gidOf(f)
    bench.join(1, { portGid: `${PREFIX}0000000000000000` })
    expect(bench.delivered).toMatchObject([{ status: 0x0200 }])
  })

  const valid: ReadonlyArray<readonly [string, Ask]> = [
    ["with ProxyJoin set outside the mask", { components: { ProxyJoin: 1 } }],
    ["with ProxyJoin 0 in the mask", { mask: MASK.ProxyJoin }],
    ["with a foreign P_Key outside the mask", { components: { P_Key: 0x8001 } }],
    ["with a P_Key that differs in the member bit", { mask: MASK.P_Key, components: { P_Key: 0x7fff } }]
  ]
  test.each(valid)("%s is sent [SQP-MC-7]", (_, ask) => {
    const bench = new Bench()
    bench.join(1, ask)
    expect([bench.sent.length, bench.delivered.length]).toEqual([1, 0])
  })

  test("is refused before it is dropped for want of an SM, and dropped then", () => {
    const bench = new Bench()
    bench.sm = { lid: 0, sl: 0 }
    bench.join(1, { bits: 0, dlid: 77 })
    bench.join(1)
    expect(bench.delivered).toMatchObject([{ status: 0x0200, address: { lid: 77 } }])
    expect(bench.drops).toEqual([{ f: 1, reason: "no-sm" }])
  })

  test("goes to the SA with its masked components, our PortGID and zeros alone [SQP-MC-14]", () => {
    const bench = new Bench()
    const { TClass: _, ...unmasked } = RECORD
    const ask: Ask = {
      bits: FULL | SEND_ONLY_NON, tid: "ffffffffffffffff", mask: MASK.TClass | MASK.ProxyJoin, dlid: 9, sl: 5,
      components: { ...unmasked, TClass: 0x5c }, pathBits: 3, pkeyIndex: 4, dgid: gidOf(9)
    }
    bench.join(1, ask)
    expect(bench.sent).toMatchObject([
      { method: 0x02, mask: MEMBER | MASK.TClass | MASK.ProxyJoin, mgid: A, portGid: gidOf(0), joinState: 5 }
    ])
    expect(bench.last.components).toEqual({ ...none, TClass: 0x5c })
    expect(bench.last.tid.slice(0, 8)).toBe("00000000")
    expect(bench.last.address).toEqual({
      lid: 1, sl: 3, pathBits: 0, remoteQpn: 1, rate: 0, qKey: 0x8001_0000, pkeyIndex: 0, grh: null
    })
    const zeroed = `01030202${"0".repeat(16)}`.slice(0, 16) + bench.last.tid + "0038" + "0".repeat(12)
    expect(bench.last.hex.slice(0, 96)).toBe(zeroed + "0".repeat(96 - zeroed.length))
    expect(bench.last.hex.slice(2 * (56 + 49))).toBe("0".repeat(2 * (256 - 56 - 49)))
  })

  test("repeated while it waits or is with the SA is coalesced, and nothing else is [SQP-MC-8]", () => {
    const bench = new Bench()
    bench.join(1, { tid: "0000000000000001" })
    bench.join(1, { tid: "0000000000000001" })
    bench.join(1, { tid: "0000000000000002" })
    bench.join(1, { tid: "0000000000000002" })
    bench.join(1, { tid: "0000000000000002", bits: NON })
    bench.join(1, { tid: "0000000100000002" })
    bench.join(2, { tid: "0000000000000002" })
    expect(bench.reasons).toEqual(["coalesced", "coalesced"])
    expect([bench.membership.waiting(1), bench.membership.waiting(2)]).toEqual([4, 1])
  })

  test("that what the SA holds covers is answered here, with record and bits [SQP-MC-3]", () => {
    const bench = new Bench()
    bench.joined(1, { bits: FULL | NON })
    bench.join(2, { bits: NON, tid: "0102030405060708" })
    bench.join(2, { bits: FULL })
    expect(bench.sent.length).toBe(1)
    expect(bench.delivered.slice(1)).toMatchObject([
      {
        f: 2, method: 0x81, status: 0, tid: "0102030405060708", joinState: NON, portGid: gidOf(2),
        components: RECORD
      },
      { f: 2, status: 0, joinState: FULL | NON }
    ])
    expect(bench.answered).toEqual([1, 2, 2])
  })

  test.each([[FULL, 1], [SEND_ONLY_FULL, 1], [NON, 2], [SEND_ONLY_NON, 2]])(
    "of bit %i, held already, reaches the SA in %i transaction(s): only full members keep a group [SQP-MC-3]",
    (bits, transactions) => {
      const bench = new Bench()
      bench.joined(1, { bits })
      bench.join(2, { bits })
      expect(bench.sent.length).toBe(transactions)
    }
  )

  test("of bits the SA does not all hold is sent, all four counted [SQP-MC-3]", () => {
    for (const bits of [NON, SEND_ONLY_NON, SEND_ONLY_FULL, FULL | SEND_ONLY_FULL]) {
      const bench = new Bench()
      bench.joined(1)
      bench.join(2, { bits })
      expect(bench.last.joinState).toBe(bits)
    }
  })

  test("waits its turn while the group has a transaction, however well covered [SQP-MC-6]", () => {
    const bench = new Bench()
    bench.joined(1)
    bench.join(2, { bits: NON })
    bench.join(3, { bits: FULL })
    expect(bench.delivered.length).toBe(1)
    bench.reply(bench.last, { joinState: FULL | NON })
    expect(bench.delivered.slice(1)).toMatchObject([{ f: 2, joinState: NON }, { f: 3, joinState: FULL }])
    expect(bench.sent.length).toBe(2)
  })

  test("beyond the quota of requests, those with the SA included, is dropped; others are not", () => {
    const bench = new Bench()
    bench.limits = { groups: 8, pending: 2 }
    for (const mgid of MGIDS) bench.join(1, { mgid })
    bench.join(2)
    expect(bench.drops).toEqual([{ f: 1, reason: "pending-quota" }])
    bench.reply(bench.sent[0]!)
    bench.join(1, { mgid: C })
    expect(bench.drops.length).toBe(1)
  })

  test("of one group more than the quota is dropped, by bits and by requests; a covered one is not", () => {
    const bench = new Bench()
    bench.limits = { groups: 3, pending: 8 }
    bench.joined(2, { mgid: C })
    bench.joined(1, { mgid: A })
    for (const tid of ["1", "2", "3"]) bench.join(1, { mgid: NO_MGID, tid: tid.padStart(16, "0") })
    bench.join(1, { mgid: B })
    bench.join(1, { mgid: A, bits: NON })
    bench.join(1, { mgid: C })
    expect(bench.drops).toEqual([{ f: 1, reason: "group-quota" }, { f: 1, reason: "group-quota" }])
    expect(bench.delivered[2]).toMatchObject({ f: 1, mgid: C, status: 0 })
  })
})

describe("the components of a covered join", () => {
  const over = (name: keyof Components, mask: number, by: number): readonly [string, Ask, number] => {
    const components = { [name]: (RECORD[name] ?? 0) + by }
    return [`${name} ${by === 0 ? "equal" : "different"}`, { mask, components }, by]
  }
  const plain = [
    ["Q_Key", MASK.Q_Key], ["MLID", MASK.MLID], ["TClass", MASK.TClass], ["SL", MASK.SL],
    ["FlowLabel", MASK.FlowLabel], ["HopLimit", MASK.HopLimit], ["Scope", MASK.Scope]
  ] as const
  const selected = [["MTU", 4, 5], ["Rate", 8, 9], ["PacketLifeTime", 10, 11]] as const
  // Selector 0: the record's value is greater than asked, 1 less, 2 equal, 3 any.
  const selections = selected.flatMap(([name, selectorBit, valueBit]) =>
    [
      [0, -1, 0], [0, 0, 1], [0, 1, 1], [1, -1, 1], [1, 0, 1], [1, 1, 0], [2, -1, 1], [2, 0, 0], [2, 1, 1], [3, 1, 0]
    ].map(([selector, by, differs]): readonly [string, Ask, number] => [
        `${name} asked with selector ${selector} and ${by} more than the record's`,
        {
          mask: (1 << selectorBit) | (1 << valueBit),
          components: { [`${name}Selector`]: selector!, [name]: (RECORD[name] ?? 0) + by! }
        },
        differs!
      ])
  )
  const rows: ReadonlyArray<readonly [string, Ask, number]> = [
    ...plain.flatMap(([name, mask]) => [over(name, mask, 0), over(name, mask, 1)]),
    ["P_Key with another member bit", { mask: MASK.P_Key, components: { P_Key: 0x7fff } }, 0],
    ["P_Key different in the low 15 bits", { mask: MASK.P_Key, components: { P_Key: 0x8002 } }, 1],
    ["every component different but none masked", { components: none }, 0],
    ["MTU without its selector", { mask: MASK.MTU, components: { MTU: 1 } }, 0],
    ["MTU selector without MTU", { mask: MASK.MTUSelector, components: { MTUSelector: 1 } }, 0],
    ...selections
  ]
  test.each(rows)("%s are compared as the page says [SQP-MC-3]", (_, ask, differs) => {
    const bench = new Bench()
    bench.pKeys = [[], [0xffff], [0xffff, 0x8002]]
    bench.joined(1)
    bench.join(2, ask)
    expect(bench.sent.length).toBe(1)
    const answer = differs === 0 ? { status: 0, joinState: 1 } : { status: 0x0200, joinState: 0 }
    expect(bench.delivered[1]).toMatchObject(answer)
    expect(group(bench, A)?.members.length).toBe(differs === 0 ? 2 : 1)
  })
})

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
      { f: 2, method: 0x81, status: 0x0700, mgid: A, portGid: gidOf(2), joinState: 0, components: none }
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
    expect(bench.membership.owns(Number.parseInt(first.tid.slice(8), 16))).toBe(true)
    bench.reply(first)
    bench.reply(first, { joinState: 15 })
    expect(bench.drops).toEqual([{ f: null, reason: "sa-answer-stale" }])
    expect(bench.membership.owns(Number.parseInt(first.tid.slice(8), 16))).toBe(false)
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
    expect(bench.delivered[2]).toMatchObject({ f: 1, method: 0x95, status: 0x0200, components: none })
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
      expect(bench.last).toMatchObject({ ...leave, components: none })
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
