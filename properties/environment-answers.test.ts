/** What the SA of the environment answers to a request, what it refuses, and what it holds afterwards. */
import { describe, expect, it } from "vitest"
import { emptySa, heldBy, SA_STATUS, type SaState, saStep } from "../model/environment/sa.ts"
import { guidSa } from "../model/environment/sa-guids.ts"
import { informSa } from "../model/environment/sa-informs.ts"
import { serviceSa } from "../model/environment/sa-services.ts"
import type { Reply } from "../model/environment/served-system.ts"
import { aliasOf } from "../model/guids-alias.ts"
import { Gid, Guid, Lid, NO_GID, Qpn, Tid, WireTid } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import { filterOf, keyOf } from "../model/inform.ts"
import { ATTRIBUTE, type InformInfo, type Mad, type McMember, METHOD, type ServiceRecord } from "../model/mad.ts"
import { type Component, madeMad, maskOf, NO_RECORD, recordIn } from "../model/multicast-record.ts"
import type { AliasGuid, State, Subscription } from "../model/state.ts"
import { gid, guid, mad, SA, SM_LID, small, VF1, VF2 } from "./small-world.ts"

const GROUP = Gid("ff12a01cfe8000000000000000000777")
const A = Gid("fe80000000000000000000000000000a")
const B = Gid("fe80000000000000000000000000000b")
const C = Gid("fe80000000000000000000000000000c")
/** The SA serves two subnet prefixes. */
const ALIEN = Gid("fec0000000000000000000000000000a")
const NAMED = ["mgid", "portGid", "joinState"] as const
const CREATING = [...NAMED, "qkey", "trafficClass", "pkey", "sl", "flowLabel"] as const

const member = (method: number, mask: ReadonlyArray<Component>, change: Partial<McMember>): Mad => {
  const record = { ...NO_RECORD, mgid: GROUP, portGid: A, joinState: 1, ...change, mask: maskOf(...mask) }
  return madeMad(method, 0, Tid("0000000000000042"), record)
}
const joins = (change: Partial<McMember> = {}, mask: ReadonlyArray<Component> = CREATING): Mad =>
  member(METHOD.SET, mask, change)
const leaves = (change: Partial<McMember> = {}, mask: ReadonlyArray<Component> = NAMED): Mad =>
  member(METHOD.DELETE, mask, change)

const NONE = emptySa([A, ALIEN, B, C])
const after = (sa: SaState, ...requests: ReadonlyArray<Mad>): SaState =>
  requests.reduce((of, request) => saStep(of, request).sa, sa)
const statusOf = (sa: SaState, request: Mad): number | undefined => saStep(sa, request).answer?.status
const portsOf = (sa: SaState) => sa.groups.map(({ mgid, ports }) => [mgid, ports.map(({ bits, portGid }) => [portGid, bits])])

describe("the SA of the environment, asked of a multicast group,", () => {
  it("may be silent or refuse for lack of resources, and holds what it held then", () => {
    expect(saStep(NONE, joins(), "silent")).toEqual({ sa: NONE, answer: null })
    const { answer, sa } = saStep(NONE, joins({ qkey: 7 }), "refuse")
    expect(sa).toEqual(NONE)
    expect(answer).toMatchObject({ method: METHOD.GET_RESP, status: 0x0100 })
    expect(answer?.body).toMatchObject({ mgid: GROUP, portGid: A, qkey: 7, joinState: 1 })
  })

  it.each(NAMED)("refuses joins and leaves without %s as incomplete, whatever it holds", (missing) => {
    const held = after(NONE, joins())
    const others = (of: ReadonlyArray<Component>) => of.filter((name) => name !== missing)
    expect(statusOf(held, joins({}, others(CREATING)))).toBe(SA_STATUS.INSUFFICIENT_COMPONENTS)
    expect(statusOf(held, leaves({}, others(NAMED)))).toBe(SA_STATUS.INSUFFICIENT_COMPONENTS)
  })

  it("creates a group only for a join that names all it takes", () => {
    for (const missing of ["qkey", "trafficClass", "pkey", "sl", "flowLabel"] as const) {
      const mask = CREATING.filter((name) => name !== missing)
      expect([missing, statusOf(NONE, joins({}, mask))]).toEqual([missing, SA_STATUS.INSUFFICIENT_COMPONENTS])
    }
    expect(statusOf(NONE, joins())).toBe(SA_STATUS.OK)
  })

  it("takes ports of all its subnet prefixes and no others", () => {
    expect(statusOf(NONE, joins({ portGid: ALIEN }))).toBe(SA_STATUS.OK)
    expect(statusOf(NONE, joins({ portGid: Gid("fe80000000000000000000000000000f") }))).toBe(SA_STATUS.REQUEST_INVALID)
    expect(statusOf(NONE, joins({ portGid: Gid("fed0000000000000000000000000000a") }))).toBe(SA_STATUS.INVALID_GID)
  })

  it("gives a new group what its creator masks, and its own values for the rest", () => {
    const asked = { mtu: 5, rate: 7, hopLimit: 9, scope: 2, mlid: 0xc123 } as const
    const recordOf = (mask: ReadonlyArray<Component>) => after(NONE, joins(asked, mask)).groups[0]?.record
    expect(recordOf([...CREATING, "mtu", "rate", "hopLimit", "scope", "mlid"])).toMatchObject(asked)
    expect(recordOf(CREATING)).toMatchObject({ mtu: 4, rate: 3, hopLimit: 0, scope: 0, mlid: 0xc001 })
  })

  it.each([["mtuSelector", "mtu", 4], ["rateSelector", "rate", 3]] as const)(
    "lets in by %s who asks for more than, less than, exactly or any %s",
    (selector, value, known) => {
      const held = after(NONE, joins())
      const statuses = (by: number, mask: ReadonlyArray<Component>) => [known - 1, known, known + 1].map((asked) =>
        statusOf(held, joins({ portGid: B, [selector]: by, [value]: asked }, [...NAMED, ...mask])))
      const [yes, no] = [SA_STATUS.OK, SA_STATUS.REQUEST_INVALID]
      const both = [selector, value]
      expect([0, 1, 2, 3].map((by) => statuses(by, both))).toEqual([[yes, no, no], [no, no, yes], [no, yes, no], [yes, yes, yes]])
      for (const mask of [[], [selector], [value]]) expect(statuses(2, mask)).toEqual([yes, yes, yes])
    }
  )

  it("takes back only bits that a port holds, and not none", () => {
    const held = after(NONE, joins({ joinState: 3 }))
    expect(statusOf(held, leaves({ joinState: 0 }))).toBe(SA_STATUS.REQUEST_INVALID)
    expect(statusOf(held, leaves({ joinState: 4 }))).toBe(SA_STATUS.REQUEST_INVALID)
    expect(statusOf(held, leaves({ portGid: B }))).toBe(SA_STATUS.REQUEST_INVALID)
    expect(heldBy(after(held, leaves({ joinState: 2 })), GROUP, A)).toBe(1)
  })

  it("forgets a port that has no bits, and a group that has no full member", () => {
    const two = after(NONE, joins(), joins({ portGid: B }))
    expect(portsOf(after(two, leaves()))).toEqual([[GROUP, [[B, 1]]]])
    const sender = after(NONE, joins(), joins({ portGid: B, joinState: 4 }))
    expect(portsOf(sender)).toEqual([[GROUP, [[A, 1], [B, 4]]]])
    expect(after(sender, leaves())).toEqual(NONE)
  })

  it("holds the same whatever order ports and groups came in", () => {
    const all = [A, B, C].map((portGid) => joins({ portGid }))
    const other = ["ff12a01cfe8000000000000000000111", "ff12a01cfe8000000000000000000222"].map((mgid) =>
      joins({ mgid: Gid(mgid), mlid: 0xc123 }, [...CREATING, "mlid"]))
    const [sa, reversed] = [after(NONE, ...all, ...other), after(NONE, ...other.toReversed(), ...all.toReversed())]
    expect(portsOf(sa).map(([mgid]) => mgid)).toEqual([other[0], other[1], all[0]].map((of) => of && recordIn(of).mgid))
    expect(portsOf(sa)[2]).toEqual([GROUP, [[A, 1], [B, 1], [C, 1]]])
    expect(portsOf(reversed)).toEqual(portsOf(sa))
  })
})

const labelled = <K>(replies: ReadonlyArray<Reply<K>>) =>
  replies.map(({ answer, isRefusal, known, label }) => [label, answer?.method, answer?.status, known, isRefusal ?? false])
const idle = initial(small())
const withFunctions = (...changes: ReadonlyArray<Partial<State["functions"][number]>>): State =>
  ({ ...idle, running: true, functions: idle.functions.map((of, n) => ({ ...of, ...changes[n] })) })
const PATH_RECORD = 0x35
/** A request about something else, with a body that is not its own. */
const mislabelled = (body: Mad["body"]): Mad => mad({ mgmtClass: SA, attributeId: PATH_RECORD, method: METHOD.SET, body })
const bodiless = (attributeId: number): Mad => mad({ mgmtClass: SA, attributeId, method: METHOD.SET })

describe("the SA of the environment, asked of alias GUIDs,", () => {
  const [NEW, OTHER] = [guid(8), guid(9)]
  const table = (change: Readonly<Record<number, Guid>>) => guidSa.initial.map((none, n) => change[n] ?? none)
  const about = (method: number, slot: number, wish: Guid): Mad => {
    const mask = (1 << (slot + 4) | 3).toString(16).padStart(16, "0")
    const body = { _tag: "guidInfo", mask, lid: Lid(5), block: 0, guids: table({ [slot]: wish }) } as const
    return mad({ mgmtClass: SA, attributeId: ATTRIBUTE.GUID_INFO_RECORD, method, body })
  }

  it("grants a GUID or declines it, and declines only what is new to the slot [SQP-GUID-4]", () => {
    const granted = ["the SA grants", METHOD.GET_RESP, 0, table({ 2: NEW }), false]
    const declined = ["the SA declines", METHOD.GET_RESP, 0, table({}), true]
    expect(labelled(guidSa.replies(table({}), about(METHOD.SET, 2, NEW), 0xffff))).toEqual([granted, declined])
    expect(labelled(guidSa.replies(table({ 2: NEW }), about(METHOD.SET, 2, NEW), 0xffff))).toEqual([granted])
  })

  it("declines what stands in another slot, and that costs no refusal [SQP-GUID-4]", () => {
    const known = table({ 1: NEW, 2: OTHER })
    expect(labelled(guidSa.replies(known, about(METHOD.SET, 2, NEW), 0xffff)))
      .toEqual([["the SA declines", METHOD.GET_RESP, 0, table({ 1: NEW }), false]])
  })

  it("releases the slot that is named, and no other [SQP-GUID-9]", () => {
    expect(labelled(guidSa.replies(table({ 1: NEW, 2: OTHER }), about(METHOD.DELETE, 2, OTHER), 0xffff)))
      .toEqual([["the SA releases", METHOD.DELETE_RESP, 0, table({ 1: NEW }), false]])
  })

  it("has nothing to say to what is not about GUIDInfoRecords", () => {
    expect(guidSa.replies(table({}), mislabelled(about(METHOD.SET, 2, NEW).body), 0xffff)).toEqual([])
    expect(guidSa.replies(table({}), bodiless(ATTRIBUTE.GUID_INFO_RECORD), 0xffff)).toEqual([])
  })

  const alias = (change: Partial<AliasGuid>): AliasGuid | null => {
    const of = aliasOf(idle.config, NEW)
    return of && { ...of, ...change }
  }
  it.each([
    ["no function has an alias GUID", false, {}],
    ["one is wanted and not confirmed", true, { alias: alias({ asked: NEW }) }],
    ["one is wanted and confirmed", false, { alias: alias({ asked: NEW, confirmed: true }) }],
    ["one was given back and nothing else is wanted", true, { alias: alias({ admin: null, asked: NEW, confirmed: true }) }],
    ["one is wanted in the place of another", true, { alias: alias({ asked: OTHER, confirmed: true }) }],
    ["a function is not attached and nothing was asked for it", false, { attached: false, alias: alias({}) }]
  ] as const)("where %s, is waited for: %s [SQP-GUID-5, SQP-GUID-9]", (_, expected, change) => {
    expect(guidSa.isWaitedFor?.(withFunctions({}, change))).toBe(expected)
  })
})

const held = (known: ReadonlyArray<string>, status: number, isRefusal = false) =>
  [`the SA says ${status}`, METHOD.GET_RESP, status, known, isRefusal]

describe("the SA of the environment, asked of subscriptions,", () => {
  const inform = (trapNumber: number, subscribe: number): InformInfo => ({
    _tag: "informInfo", gid: NO_GID, lidRangeBegin: Lid(0xffff), lidRangeEnd: Lid(0), isGeneric: 1, subscribe, type: 0xffff,
    trapNumber, qpn: Qpn(1), producerType: 4
  })
  const asks = (trap: number, subscribe: number): Mad =>
    mad({ mgmtClass: SA, attributeId: ATTRIBUTE.INFORM_INFO, method: METHOD.SET, body: inform(trap, subscribe) })
  const filter = (trap: number, pkey = 0xffff) => filterOf(inform(trap, 1), pkey)
  const key = (trap: number, pkey = 0xffff): string => keyOf(filter(trap, pkey))

  it("holds what it is asked for, once and in the order of filters, or refuses what is new [SQP-SUB-2]", () => {
    const [FIRST, SECOND] = [key(64), key(65)]
    expect(labelled(informSa.replies([SECOND], asks(64, 1), 0xffff)))
      .toEqual([held([FIRST, SECOND], 0), held([SECOND], 0x0100, true)])
    expect(labelled(informSa.replies([FIRST, SECOND], asks(64, 1), 0xffff))).toEqual([held([FIRST, SECOND], 0)])
    expect(labelled(informSa.replies([FIRST, SECOND], asks(65, 0), 0xffff))).toEqual([held([FIRST], 0)])
  })

  it("refuses to end what it does not hold, as in another partition [SQP-SUB-13]", () => {
    expect(labelled(informSa.replies([key(64)], asks(64, 0), 0x8001))).toEqual([held([key(64)], 0x0200)])
    expect(labelled(informSa.replies([key(64)], asks(64, 0), 0x7fff))).toEqual([held([], 0)])
    expect(informSa.replies([], mislabelled(inform(64, 1)), 0xffff)).toEqual([])
  })

  const subscription = (trap: number, change: Partial<Subscription> = {}): Subscription => ({
    filter: filter(trap), subscribers: [VF1], own: false, held: true, transaction: null, waiting: [], again: false,
    ...change
  })
  const disagreed = (known: ReadonlyArray<string>, change: Partial<State>) =>
    informSa.disagreements(known, { ...idle, ...change })
  const givenUp = (asked: State["givenUp"][number]["asked"]): State["givenUp"][number] =>
    ({ wireTid: WireTid("0000000000000001"), asked, sentTo: SM_LID, former: false, life: { must: 1, may: 1 } })

  it("is of one mind with functions where it holds what somebody wants and nothing else [SQP-SUB-1, SQP-SUB-2]", () => {
    const subscriptions = [subscription(64), subscription(65, { subscribers: [] })]
    expect(disagreed([key(64)], { subscriptions })).toEqual([])
    expect(disagreed([], { subscriptions })).toEqual([`nothing is held of ${key(64)} (SQP-SUB-2)`])
    expect(disagreed([key(64), key(65)], { subscriptions })).toEqual([`the SA truly holds ${key(65)} for nobody (SQP-SUB-1)`])
  })

  it("may hold what was given up, or be without it, but only that [SQP-SUB-3]", () => {
    const unknown = { givenUp: [givenUp({ _tag: "subscribe", filter: filter(64) })] }
    expect(disagreed([key(64)], unknown)).toEqual([])
    expect(disagreed([], { ...unknown, subscriptions: [subscription(64)] })).toEqual([])
    expect(disagreed([key(65)], unknown)).toHaveLength(1)
    expect(disagreed([key(64)], { givenUp: [givenUp({ _tag: "join", mgid: GROUP })] })).toHaveLength(1)
  })

  it("may hold what is of a partition that the port lost, and of no other [SQP-SUB-13]", () => {
    const port = { ...idle.port, pkeys: [0xffff, 0x8001] }
    expect(disagreed([key(64, 0x8002)], { port })).toEqual([])
    expect(disagreed([key(64, 0x0001)], { port })).toHaveLength(1)
    expect(disagreed([key(64, 0x7fff)], { port })).toHaveLength(1)
  })
})

describe("the SA of the environment, asked of ServiceRecords,", () => {
  const record = (n: number): ServiceRecord => ({
    _tag: "serviceRecord", mask: "000000000000007f", serviceId: `000000000000000${n}`, gid: gid(1), pkey: 0xffff, lease: 60
  })
  const asks = (n: number, method: number): Mad =>
    mad({ mgmtClass: SA, attributeId: ATTRIBUTE.SERVICE_RECORD, method, body: record(n) })
  const name = (n: number): string => `000000000000000${n} ${gid(1)} 65535`

  it("holds every record it is given, once and in order, or refuses one that is new [SQP-SVC-2]", () => {
    expect(labelled(serviceSa.replies([name(2)], asks(1, METHOD.SET), 0xffff)))
      .toEqual([held([name(1), name(2)], 0), held([name(2)], 0x0100, true)])
    expect(labelled(serviceSa.replies([name(1), name(2)], asks(1, METHOD.SET), 0xffff))).toEqual([held([name(1), name(2)], 0)])
  })

  it("deletes what it holds, and refuses to delete what it does not [SQP-SVC-2]", () => {
    expect(labelled(serviceSa.replies([name(1), name(2)], asks(1, METHOD.DELETE), 0xffff)))
      .toEqual([["the SA says 0", METHOD.DELETE_RESP, 0, [name(2)], false]])
    expect(labelled(serviceSa.replies([name(2)], asks(1, METHOD.DELETE), 0xffff)))
      .toEqual([["the SA says 512", METHOD.DELETE_RESP, 0x0200, [name(2)], false]])
  })

  it("has nothing to say to what is not about ServiceRecords", () => {
    expect(serviceSa.replies([], mislabelled(record(1)), 0xffff)).toEqual([])
    expect(serviceSa.replies([], bodiless(ATTRIBUTE.SERVICE_RECORD), 0xffff)).toEqual([])
  })

  it("truly holds for nobody what no function registered [SQP-SVC-2]", () => {
    const registrations = [{ function: VF2, rid: record(1), lease: null, deletion: null }]
    expect(serviceSa.disagreements([name(1)], { ...idle, registrations })).toEqual([])
    expect(serviceSa.disagreements([name(1), name(2)], { ...idle, registrations }))
      .toEqual([`the SA truly holds the record ${name(2)}, which nobody has (SQP-SVC-2)`])
  })
})
