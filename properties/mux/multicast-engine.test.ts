/** A function's joins, sentence by sentence of spec/multicast.md, against a fake PF context and SA. */
import { describe, expect, test } from "vitest"
import { MC_MEMBER_RECORD_MASK as MASK } from "../../impl/wire/mc-member-record.ts"
import {
  type Ask, Bench, type Components, gidOf, group, MEMBER, MGIDS, NO_MGID, NONE, PREFIX, RECORD
} from "./multicast-fixture.ts"

const [A, B, C] = MGIDS as [string, string, string]
const FULL = 1
const NON = 2
const SEND_ONLY_NON = 4
const SEND_ONLY_FULL = 8

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
      { f: 1, method: 0x81, status: 0x0200, mgid: A, portGid, joinState: 0, components: NONE }
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
    expect(bench.last.components).toEqual({ ...NONE, TClass: 0x5c })
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
    bench.limits = { groups: 8, pending: 2, services: 4 }
    for (const mgid of MGIDS) bench.join(1, { mgid })
    bench.join(2)
    expect(bench.drops).toEqual([{ f: 1, reason: "pending-quota" }])
    bench.reply(bench.sent[0]!)
    bench.join(1, { mgid: C })
    expect(bench.drops.length).toBe(1)
  })

  test("of one group more than the quota is dropped, by bits and by requests; a covered one is not", () => {
    const bench = new Bench()
    bench.limits = { groups: 3, pending: 8, services: 4 }
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
      [0, -1, 0], [0, 0, 1], [0, 1, 1], [1, -1, 1], [1, 0, 1], [1, 1, 0],
      [2, -1, 1], [2, 0, 0], [2, 1, 1], [3, 1, 0]
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
    ["every component different but none masked", { components: NONE }, 0],
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
