/** Short histories that break the invariants of ServiceRecords, and their neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Action, ActionOf } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { DEFAULT_PREFIX, type FunctionId, gidOf, Lid, NO_GUID, SubnetPrefix } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import { serviceRecordInvariants } from "../model/invariants-service-records.ts"
import type { Mad, ServiceRecord } from "../model/mad.ts"
import { slotOf } from "./guid-story.ts"
import { breaks, breaksInOthersPlace, broken, dropped, hears, seen, sends, started, toFunction, toWire } from "./invariant-story.ts"
import { ask, gid, guid, ingress, mad, PF, PREFIX, SA, small, SM_LID, tid, VF1, VF2 } from "./small-world.ts"

/** VF1 has the partitions 0x7fff and 1, VF2 the first, and a VF has at most two records. */
const world = small({ limits: { services: 2 }, pkeyMaps: [[0], [0, 1, null], [0]] })
const wrong = broken(serviceRecordInvariants(world))
const all = <T>(each: ReadonlyArray<T>, is: ReadonlyArray<string>) => each.map(() => is)

/** A record about the n-th service of a function. */
const record = (fn: FunctionId, n: number, change: Partial<ServiceRecord> = {}): ServiceRecord => ({
  _tag: "serviceRecord", mask: "0000000000000007", serviceId: n.toString(16).padStart(16, "0"), gid: gid(fn),
  pkey: 0xffff, lease: 0xffff_ffff, ...change
})
const about = (body: ServiceRecord, change: Partial<Mad> = {}): Mad =>
  mad({ mgmtClass: SA, method: 0x02, attributeId: 0x31, body, ...change })
/** A function's Set, or another request, of a record leaves. */
const sets = (fn: FunctionId, body: ServiceRecord, change: Partial<Mad> = {}): Observation => {
  const of = about(body, change)
  return sends(fn, of, toWire(fn, { ...of, tid: tid(1) }, { dlid: SM_LID }))
}
/** The PF context deletes a record, with the n-th TID. */
const deletes = (body: ServiceRecord, n = 2, change: Partial<Mad> = {}): ActionOf<"ToWire"> =>
  toWire(null, about(body, { method: 0x15, tid: tid(n), ...change }), { dlid: SM_LID })
/** An answer of the SA arrives, and this comes of it. */
const answers = (body: ServiceRecord, change: Partial<Mad>, ...actions: ReadonlyArray<Action>): Observation =>
  seen(ingress(about(body, { method: 0x95, ...change }), { slid: SM_LID }), ...actions)
/** The SA has deleted a record for a function, and tells it so. */
const deleted = (fn: FunctionId, body: ServiceRecord, change: Partial<Mad> = {}): Observation =>
  answers(body, change, toFunction(fn, about(body, { method: 0x95, ...change })))
const later = (ms: number, ...actions: ReadonlyArray<Action>) => seen({ _tag: "TimePasses", ms }, ...actions)

const one = record(VF1, 1)
const registered = [started, sets(VF1, one)]
const reset = (fn: FunctionId, ...actions: ReadonlyArray<Action>) =>
  seen({ _tag: "Reset", function: fn }, ...actions)
const table = (...guids: ReadonlyArray<ReturnType<typeof guid>>): Event =>
  ({ _tag: "GuidTableChanged", block: 0, guids })
/** What ends a record of VF1 of the first partition: its function, its GID and its P_Key. */
const endings: ReadonlyArray<Event> = [
  { _tag: "Detach", function: VF1 }, { _tag: "Reset", function: VF1 }, { _tag: "Stop" },
  { _tag: "PrefixChanged", subnetPrefix: SubnetPrefix("fec0000000000009") }, table(guid(0), guid(8)),
  table(guid(0), NO_GUID),
  { _tag: "PkeyMapChanged", function: VF1, map: [null, 1] }, { _tag: "PkeysChanged", pkeys: [0, 0x8001] }
]

describe("a ServiceRecord that a VF changes", () => {
  const refuses = breaks("A VF changes ServiceRecords of its own", world)

  it("names its own GID under the current prefix and a P_Key of its table, in all of its RID [SQP-SVC-1]", () => {
    const own = [
      one, record(VF1, 1, { pkey: 0x7fff }), record(VF1, 1, { pkey: 0x8001 }),
      record(VF1, 1, { mask: "ffffffff00000017" })
    ]
    const foreign = [
      record(VF2, 1), record(PF, 1), record(VF1, 1, { gid: gidOf(DEFAULT_PREFIX, guid(1)) }),
      record(VF1, 1, { pkey: 0x8002 }),
      record(VF1, 1, { pkey: 0 }), record(VF1, 1, { pkey: 0x8000 }),
      record(VF1, 1, { mask: "0000000000000006" }),
      record(VF1, 1, { mask: "0000000000000003" }), record(VF1, 1, { mask: "0000000700000000" })
    ]
    for (const method of [0x02, 0x15]) {
      expect(own.map((of) => wrong(started, sets(VF1, of, { method })))).toEqual(all(own, []))
      expect(foreign.map((of) => refuses(started, sets(VF1, of, { method })))).toEqual(foreign.map(() => 1))
    }
    expect(foreign.map((of) => wrong(started, sets(VF1, of, { method: 0x01 })))).toEqual(all(foreign, []))
    expect(foreign.map((of) => wrong(started, sets(PF, of)))).toEqual(all(foreign, []))
    expect(refuses(started, sets(VF2, record(VF2, 1, { pkey: 0x8001 })))).toBe(1)
    expect(wrong(started, sends(VF1, about(record(VF2, 1)), dropped(VF1, "class-policy")))).toEqual([])
    const other = mad({ mgmtClass: SA, method: 0x02, attributeId: 0x35 })
    expect([ask, other].map((of) => wrong(started, sends(VF1, of, toWire(VF1, of))))).toEqual([[], []])
    expect(wrong(started, sets(VF1, record(VF2, 1), { mgmtClass: 0x04, sa: null }))).toEqual([])
  })

  it("is of a function that is attached and has a GUID; partition 0 is none [SQP-SVC-1]", () => {
    expect([refuses(sets(VF1, one)), refuses(...registered)]).toEqual([0, null])
    expect(refuses(started, seen({ _tag: "Detach", function: VF1 }), sets(VF1, one))).toBe(2)
    expect(refuses(started, seen(table(guid(0), NO_GUID)), sets(VF1, record(VF1, 1, { gid: gidOf(PREFIX, NO_GUID) }))))
      .toBe(2)
    expect(refuses(started, seen(table(guid(0), guid(8))), sets(VF1, record(VF1, 1, { gid: gid(8) })))).toBeNull()
    const empty = breaks("A VF changes ServiceRecords of its own", small({ port: { pkeys: [0x8000, 0] }, pkeyMaps: [[0], [0, 1], [0]] }))
    expect([
      empty(started, sets(VF1, record(VF1, 1, { pkey: 0x8000 }))),
      empty(started, sets(VF1, record(VF1, 1, { pkey: 0 })))
    ]).toEqual([1, 1])
  })
})

describe("a ServiceRecord that a VF registered", () => {
  it("is deleted in the step that ends its function, or takes its GID or its P_Key [SQP-SVC-2]", () => {
    expect(endings.map((event) => wrong(...registered, seen(event)))).toEqual(all(endings, ["SQP-SVC-2"]))
    expect(endings.map((event) => wrong(...registered, seen(event, hears(VF1, "gid"), deletes(one)))))
      .toEqual(all(endings, []))
    const others: ReadonlyArray<Event> = [
      { _tag: "Detach", function: VF2 }, { _tag: "Reset", function: VF2 }, table(guid(0), guid(1), guid(8)),
      { _tag: "Reregister" },
      { _tag: "PkeyMapChanged", function: VF1, map: [null, 0] },
      { _tag: "PkeysChanged", pkeys: [0x8001, 0x7fff] },
      { _tag: "PkeyMapChanged", function: VF2, map: [null] }, { _tag: "Attach", function: VF1 }
    ]
    expect(others.map((event) => wrong(...registered, seen(event)))).toEqual(all(others, []))
    expect(wrong(...registered, reset(VF1, deletes(record(VF1, 2))))).toEqual(["SQP-SVC-2", "SQP-SVC-3"])
    expect(wrong(started, sets(VF1, one, { method: 0x15 }), reset(VF1))).toEqual([])
    expect(wrong(started, sends(VF1, about(one), dropped(VF1, "no-sm")), reset(VF1))).toEqual([])
    expect(wrong(started, sets(PF, record(PF, 1)), reset(PF))).toEqual([])
  })

  it("is each deleted by itself: a RID is its ServiceID, GID and P_Key [SQP-SVC-2]", () => {
    const others = [record(VF1, 2), record(VF1, 1, { pkey: 0x8001 })]
    for (const other of others) {
      const both = [...registered, sets(VF1, other)]
      expect([
        wrong(...both, reset(VF1, deletes(one))), wrong(...both, reset(VF1, deletes(one), deletes(other)))
      ]).toEqual([["SQP-SVC-2"], []])
    }
    expect(wrong(...registered, sets(VF1, one), reset(VF1, deletes(one)))).toEqual([])
    const theirs = [...registered, sets(VF2, record(VF2, 1))]
    expect([
      wrong(...theirs, reset(VF1, deletes(one))), wrong(...theirs, reset(VF1, deletes(record(VF2, 1))))
    ]).toEqual([[], ["SQP-SVC-2", "SQP-SVC-3"]])
  })

  it("need not be deleted when its lease is over; no lease in the mask, or all ones, has no end [SQP-SVC-2]", () => {
    const leased = (change: Partial<ServiceRecord>, ms: number) =>
      wrong(started, sets(VF1, record(VF1, 1, change)), later(ms - 1), later(1), reset(VF1))
    const five = { mask: "0000000000000017", lease: 5 }
    expect([leased(five, 4999), leased(five, 5000)]).toEqual([["SQP-SVC-2"], []])
    expect(leased({ ...five, mask: "ffffffff00000017" }, 5000)).toEqual([])
    const endless = [{ ...five, lease: 0xffff_ffff }, { lease: 5 }, { mask: "0000001000000007", lease: 5 }]
    expect(endless.map((change) => leased(change, 0xffff_ffff))).toEqual(all(endless, ["SQP-SVC-2"]))
    const renewed = [
      started, sets(VF1, record(VF1, 1, five)), later(4000), sets(VF1, record(VF1, 1, five)), later(4000)
    ]
    expect([wrong(...renewed, reset(VF1)), wrong(...renewed, later(1000), reset(VF1))])
      .toEqual([["SQP-SVC-2"], []])
  })

  it("waits for an SM, and for a PF context that runs and a ring to the wire with room [SQP-SVC-2]", () => {
    const noSm = seen({ _tag: "SmChanged", smLid: null, smSl: 0 })
    const sm = (...actions: ReadonlyArray<Action>) =>
      seen({ _tag: "SmChanged", smLid: Lid(2), smSl: 0 }, ...actions)
    const waiting = [...registered, noSm, reset(VF1)]
    expect([
      wrong(...waiting), wrong(...waiting, later(9)), wrong(...waiting, sm()),
      wrong(...waiting, sm(deletes(one)))
    ]).toEqual([[], [], ["SQP-SVC-2"], []])
    const room = (slots: number | null) => seen({ _tag: "WireRoom", slots })
    expect([wrong(...registered, room(0), reset(VF1)), wrong(...registered, room(9), room(null), reset(VF1))])
      .toEqual([[], []])
    expect(wrong(...registered, room(null), reset(VF1))).toEqual(["SQP-SVC-2"])
    const stopped = [...registered, seen({ _tag: "Stop" }, deletes(one))]
    expect([wrong(...stopped, reset(VF1)), wrong(...stopped, started, reset(VF1))]).toEqual([[], []])
    const unstarted = breaks("What a VF registered is deleted when", world)
    expect([unstarted(sets(VF1, one), reset(VF1)), unstarted(sets(VF1, one), reset(VF1), started)])
      .toEqual([null, null])
  })

  it("is its function's also when functions change places [SQP-SVC-2]", () => {
    const inPlace = (next: Observation) =>
      breaksInOthersPlace("What a VF registered is deleted when", registered, next, world)
    expect([inPlace(reset(VF2)), inPlace(reset(VF2, deletes(record(VF2, 1)))), inPlace(reset(VF1))])
      .toEqual([true, false, false])
  })

  it("is its function's no more when the SA deleted it for it [SQP-SVC-2]", () => {
    expect(wrong(...registered, deleted(VF1, one), reset(VF1))).toEqual([])
    const none = [
      deleted(VF1, one, { status: 1 }), deleted(VF1, one, { method: 0x81 }), deleted(VF1, record(VF1, 2)),
      deleted(VF2, one),
      deleted(VF1, one, { method: 0x15 }), deleted(VF1, one, { body: { _tag: "opaque" } }),
      answers(one, {}, dropped(VF1, "function-full")), answers(one, {}),
      later(1, toFunction(VF1, about(one, { method: 0x95 })))
    ]
    expect(none.map((each) => wrong(...registered, each, reset(VF1)))).toEqual(all(none, ["SQP-SVC-2"]))
    const other = [...registered, sets(VF1, record(VF1, 2)), deleted(VF1, one)]
    expect([wrong(...other, reset(VF1)), wrong(...other, reset(VF1, deletes(record(VF1, 2))))])
      .toEqual([["SQP-SVC-2"], []])
  })
})

describe("what the PF context deletes", () => {
  const gone = [...registered, reset(VF1, deletes(one))]

  it("was registered, and is its function's no more; it may be repeated [SQP-SVC-3]", () => {
    expect([wrong(started, later(1, deletes(one))), wrong(...registered, later(1, deletes(one)))])
      .toEqual([["SQP-SVC-3"], ["SQP-SVC-3"]])
    expect([
      wrong(...gone, later(1, deletes(one))), wrong(...gone, later(1, deletes(one), deletes(record(VF2, 1))))
    ]).toEqual([[], ["SQP-SVC-3"]])
    expect(wrong(...registered, reset(VF2, deletes(one)))).toEqual(["SQP-SVC-3"])
    expect(wrong(...gone, sets(VF1, one), later(1, deletes(one)))).toEqual(["SQP-SVC-3"])
    expect(wrong(...gone, sets(VF2, record(VF2, 1)), later(1, deletes(one)))).toEqual([])
    expect(wrong(...gone, seen({ _tag: "Stop" }, deletes(one)), started, later(1, deletes(one))))
      .toEqual(["SQP-SVC-3"])
  })

  it("is no Set, no other attribute and not what a VF deletes itself [SQP-SVC-3]", () => {
    expect(wrong(...registered, later(1, deletes(one, 2, { method: 0x02 })))).toEqual([])
    expect(wrong(...registered, later(1, deletes(one, 2, { body: { _tag: "opaque" } })))).toEqual([])
    expect(wrong(...registered, sets(VF1, one, { method: 0x15 }))).toEqual([])
    const beside = sets(VF1, one, { method: 0x15 })
    expect(wrong(...registered, seen(beside.event, ...beside.actions, deletes(one)))).toEqual(["SQP-SVC-3"])
  })

  it("is over with any answer of the SA to it, by its TID and attribute [SQP-SVC-3]", () => {
    const again = later(1, deletes(one))
    const over = [
      answers(one, { tid: tid(2) }, hears(VF1, "lid")), answers(one, { tid: tid(2), status: 0x0300 }),
      answers(one, { tid: tid(2), method: 0x81 })
    ]
    expect(over.map((each) => wrong(...gone, each, again))).toEqual(all(over, ["SQP-SVC-3"]))
    const none = [
      answers(one, { tid: tid(3) }), answers(one, { tid: tid(2), attributeId: 0x35 }),
      answers(one, { tid: tid(2), method: 0x02 }),
      answers(one, { tid: tid(2) }, dropped(null, "sa-answer-source")), deleted(VF1, one, { tid: tid(2) }),
      later(1), sends(VF1, ask, dropped(VF1, "class-policy"))
    ]
    expect(none.map((each) => wrong(...gone, each, again))).toEqual(all(none, []))
    const both = [
      ...registered, sets(VF1, record(VF1, 2)), reset(VF1, deletes(one), deletes(record(VF1, 2), 3)),
      over[0] ?? again
    ]
    expect([wrong(...both, later(1, deletes(record(VF1, 2), 3))), wrong(...both, again)])
      .toEqual([[], ["SQP-SVC-3"]])
    const renewed = [...gone, later(1, deletes(one, 9))]
    expect([
      wrong(...renewed, answers(one, { tid: tid(2) }), again),
      wrong(...renewed, answers(one, { tid: tid(9) }), again)
    ]).toEqual([[], ["SQP-SVC-3"]])
    const own = [...registered, answers(one, { tid: tid(1) })]
    expect(wrong(...own, reset(VF1))).toEqual(["SQP-SVC-2"])
  })

  it("goes before the GUID it names when a function is detached or the PF context stops [SQP-SVC-2]", () => {
    const late = breaks("Records are deleted before the GUID", world)
    const giveBack =
      toWire(null, mad({ mgmtClass: SA, method: 0x15, attributeId: 0x30, body: slotOf(VF1, NO_GUID) }))
    const asks = { ...giveBack, mad: { ...giveBack.mad, method: 0x02 } }
    for (const event of [{ _tag: "Detach", function: VF1 }, { _tag: "Stop" }] as const) {
      const order = (...actions: ReadonlyArray<Action>) => late(...registered, seen(event, ...actions))
      expect([
        order(deletes(one), giveBack), order(deletes(one)), order(giveBack), order(),
        order(asks, deletes(one))
      ]).toEqual([null, null, null, null, null])
      expect([order(giveBack, deletes(one)), order(deletes(one), giveBack, deletes(record(VF1, 2)))])
        .toEqual([2, 2])
      expect(order(giveBack, deletes(one, 2, { method: 0x02 }))).toBeNull()
      expect(order(hears(VF2, "lid"), giveBack, hears(VF2, "gid"), deletes(one))).toBe(2)
    }
    expect(late(...registered, seen({ _tag: "AdminGuid", function: VF1, guid: null }, giveBack, deletes(one)))).toBeNull()
  })
})

describe("the quota of ServiceRecords", () => {
  const [two, three] = [record(VF1, 2), record(VF1, 3)]
  const full = [...registered, sets(VF1, two)]
  const refused = (fn = VF1) => sends(fn, about(three), dropped(fn, "service-quota"))

  it("is not passed by what is new to the VF, while the leases of others last [SQP-SVC-4]", () => {
    expect([wrong(...full), wrong(...full, sets(VF1, three)), wrong(...full, sets(VF1, one))])
      .toEqual([[], ["SQP-SVC-4"], []])
    expect(wrong(...full, sets(VF2, record(VF2, 1)))).toEqual([])
    expect(wrong(...full, sets(VF1, three, { method: 0x15 }))).toEqual([])
    expect(wrong(...full, deleted(VF1, one), sets(VF1, three))).toEqual([])
    const leaves = sets(VF1, three)
    const isSaidRefused = seen(leaves.event, ...leaves.actions, dropped(VF1, "service-quota"))
    expect(wrong(...full, isSaidRefused, sets(VF1, one, { method: 0x15 }))).toEqual([])
    const leased = [
      started, sets(VF1, record(VF1, 1, { mask: "0000000000000017", lease: 5 })), sets(VF1, two)
    ]
    expect([4999, 5000].map((ms) => wrong(...leased, later(ms), sets(VF1, three))))
      .toEqual([["SQP-SVC-4"], []])
    const anew = [...full, reset(VF1, deletes(one), deletes(two, 3)), sets(VF1, three), sets(VF1, two)]
    expect([wrong(...anew), wrong(...anew, sets(VF1, one))]).toEqual([[], ["SQP-SVC-4"]])
  })

  it("refuses no record while it is not used up by what the VF has, or what of it is being deleted [SQP-SVC-4]", () => {
    expect([wrong(...registered, refused()), wrong(...full, refused()), wrong(...full, refused(VF2))])
      .toEqual([["SQP-SVC-4"], [], ["SQP-SVC-4"]])
    const going = reset(VF1, deletes(one), deletes(two, 3))
    expect([
      wrong(...full, going, refused()), wrong(...full, going, answers(one, { tid: tid(2) }), refused())
    ]).toEqual([[], ["SQP-SVC-4"]])
    expect(wrong(...full, going, refused(VF2))).toEqual(["SQP-SVC-4"])
    expect(wrong(...registered, reset(VF1, deletes(one)), sets(VF1, two), refused())).toEqual(["SQP-SVC-4"])
    const ending = (...actions: ReadonlyArray<Action>) =>
      reset(VF1, ...actions, dropped(VF1, "service-quota"))
    expect([wrong(...full, ending(deletes(one), deletes(two))), wrong(...full, going, ending())])
      .toEqual([["SQP-SVC-4"], ["SQP-SVC-4"]])
    expect(wrong(...full, sends(VF1, about(three), dropped(VF1, "no-sm")))).toEqual([])
    expect(wrong(...full, later(1, dropped(VF1, "service-quota")))).toEqual(["SQP-SVC-4"])
    const none = broken(serviceRecordInvariants(small({ limits: { services: 0 } })))
    expect([
      none(started, refused()), none(started, sets(VF1, one)),
      none(started, later(1, dropped(VF1, "service-quota")))
    ]).toEqual([[], ["SQP-SVC-4"], []])
  })
})
