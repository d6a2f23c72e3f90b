/** What a reader of the traffic knows of alias GUIDs: how it reads MADs, and what it remembers after each. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { FunctionId, type Guid, Lid, NO_GUID, Qpn, SA_GUID } from "../model/ids.ts"
import {
  guidAnswerIn, guidRequestsIn, isOfGuids, type KnownAlias, slotNamed, wants
} from "../model/invariants-guid-ledger.ts"
import { knownAtFirst, knownGuid, learnt, type PortLedger } from "../model/invariants-port-ledger.ts"
import type { Observation } from "../model/invariants.ts"
import {
  answerOf, answers, begins, declines, deletes, G, grants, guidTiming, guidWorld, H, keeps, later, ofVf, sets, slotOf,
  table, wishes
} from "./guid-story.ts"
import { dropped, hears, seen, toFunction } from "./invariant-story.ts"
import { guid, mad, PERF, PF, ping, shortTiming, type Small, VF1, VF2 } from "./small-world.ts"

const begun = begins(sets(VF1, G, 1))
const tried = [begun, later(10, sets(VF1, G, 1))]
const granted = [begun, grants(VF1, G, 1)]
const gone = seen({ _tag: "Detach", function: VF1 }, deletes(VF1, 2))
/** The table shows a GUID while nobody knows whether the request is still waited for. */
const unsure = [...tried, later(11), table(G)]

const after = (history: ReadonlyArray<Observation>, change: Small = {}): PortLedger =>
  history.reduce(learnt({ ...shortTiming, ...guidTiming }), knownAtFirst(guidWorld(change)))
/** What is known of the alias GUID of VF1. */
const known = (...history: ReadonlyArray<Observation>): KnownAlias | null | undefined =>
  after(history).functions[VF1]?.alias
const slot = (...history: ReadonlyArray<Observation>): Guid => knownGuid(after(history), VF1)

describe("a reader of MADs about GUIDs", () => {
  it("finds the slot that a record names by its block and one bit of its mask [SQP-GUID-3]", () => {
    expect([VF1, FunctionId(7), FunctionId(8), FunctionId(42)].map((fn) => slotNamed(slotOf(fn, G))))
      .toEqual([1, 7, 8, 42])
    const mask = (of: string) => slotNamed(slotOf(VF1, G, { mask: of }))
    expect(["0000000000000003", "0000000000000033", "0000000000001003", "0000000000000010"].map(mask))
      .toEqual([-1, -1, -1, 0])
  })

  it("takes for a VF's own request Set and Delete of that record, of a VF and to the SA [SQP-GUID-11]", () => {
    expect([ofVf(VF1, 0x02, G), ofVf(VF2, 0x15, G)].map(isOfGuids)).toEqual([true, true])
    const of = ofVf(VF1, 0x02, G)
    const others: ReadonlyArray<Event> = [
      ofVf(VF1, 0x01, G), ofVf(PF, 0x02, G), answers(VF1, G, 1), { _tag: "Reregister" }, { ...of, mad: ping },
      { ...of, mad: mad({ mgmtClass: PERF, method: 0x02, body: slotOf(VF1, G) }) },
      { ...of, mad: { _tag: "malformed", lengthBytes: 9 } }
    ]
    expect(others.map(isOfGuids)).toEqual(others.map(() => false))
  })

  it("takes for a request of the PF context what leaves and is not the PF's own [SQP-GUID-3]", () => {
    const of = sets(VF1, G, 1)
    const counts = (event: Event) => guidRequestsIn(seen(event, of, hears(VF1, "gid"))).length
    expect([counts({ _tag: "Start" }), counts({ _tag: "Reset", function: PF }), counts(ofVf(VF1, 0x02, G))])
      .toEqual([1, 1, 1])
    expect(counts(ofVf(PF, 0x02, G))).toBe(0)
  })

  it("takes an answer from QPN 1 of the SM alone, about the slot and LID that were asked about [SQP-GUID-7]", () => {
    const port = after([begun])
    const isTaken = (event: Event, at = port) => guidAnswerIn(at, seen(event)) !== null
    const right = answers(VF1, G, 1)
    if (right._tag !== "Ingress") throw new Error("an answer comes from the wire")
    const from = (address: Partial<typeof right.address>) =>
      ({ ...right, address: { ...right.address, ...address } })
    expect([isTaken(right), isTaken(answers(VF1, NO_GUID, 1, { mad: { status: 0x0700 }, record: { lid: Lid(9) } }))])
      .toEqual([true, true])
    const wrong: ReadonlyArray<Event> = [
      from({ slid: Lid(9) }), from({ srcQp: Qpn(2) }), { _tag: "Reregister" }, answers(VF1, G, 2),
      answers(VF1, G, 1, { record: { lid: Lid(9) } }), answers(VF1, G, 1, { record: { block: 1 } }),
      answers(VF1, G, 1, { mad: { method: 0x02 } })
    ]
    expect(wrong.map((event) => isTaken(event))).toEqual(wrong.map(() => false))
    const moved = { ...port, smLid: Lid(2) }
    expect([isTaken(from({ slid: Lid(2) }), moved), isTaken(right, moved), isTaken(from({ slid: Lid(9) }), moved)])
      .toEqual([true, true, false])
    expect(guidAnswerIn(port, seen(right, dropped(null, "sa-answer-source")))).toBeNull()
  })
})

describe("what is remembered of an alias GUID", () => {
  it("is what is wanted while the PF context runs and the VF is attached [SQP-GUID-3]", () => {
    const of = (fn: number, ...history: ReadonlyArray<Observation>) => wants(after(history), fn)
    expect([of(VF1, begun), of(VF1), of(VF1, begun, gone), of(99, begun)]).toEqual([G, null, null, null])
  })

  it("begins its back-offs anew when its function comes or goes, and when the link comes up [SQP-GUID-5]", () => {
    const kept = [...granted, gone, keeps(VF1, 2)]
    const backOff = { sinceMs: 0, lengthMs: 20, lateMs: 3 }
    expect(known(...kept)).toMatchObject({ open: null, backOff, nextMs: 40 })
    expect(known(...kept, seen({ _tag: "Attach", function: VF1 }))).toMatchObject({ backOff: null, nextMs: 20 })
    expect(known(...kept, seen({ _tag: "Detach", function: VF1 }))).toMatchObject({ backOff, nextMs: 40 })
    const declined = [begun, declines(VF1, 1)]
    const [down, up] = [false, true].map((is) => seen({ _tag: "LinkChanged", up: is }))
    expect(known(...declined, ...(up ? [up] : []))).toMatchObject({ backOff })
    expect(known(...declined, ...(down && up ? [down, up] : []))).toMatchObject({ backOff: null, nextMs: 20 })
  })

  it("is what the SM shows in a slot, of every block of the table [SQP-GUID-4]", () => {
    const ninth = FunctionId(9)
    const guids = Array.from({ length: 10 }, (_, n) => (n === 9 ? NO_GUID : guid(0x10 + n)))
    const change = { functions: 10, guids, adminGuids: guids.map((_, n) => (n === 9 ? G : null)) }
    const shown = (block: number) =>
      after([begins(), seen({ _tag: "GuidTableChanged", block, guids: [guid(0x18), G] })], change).functions[ninth]
    const asked = after([begins(sets(ninth, G, 1)), seen(answers(ninth, G, 1))], change)
    expect([knownGuid(asked, ninth), asked.functions[ninth]?.alias?.confirmed]).toEqual([G, true])
    expect([shown(1)?.slot, shown(0)?.slot]).toEqual([G, NO_GUID])
    const lost = seen({ _tag: "GuidTableChanged", block: 1, guids: [guid(0x18), NO_GUID] })
    expect(learnt({ ...shortTiming, ...guidTiming })(asked, lost).functions[ninth]?.alias)
      .toMatchObject({ confirmed: false, backOff: { lengthMs: 20 } })
  })

  it("is what a VF itself was told is done, of its own Set or Delete [SQP-GUID-11]", () => {
    const asks = (fn: typeof VF1, method: number, of: Guid, ...actions: Parameters<typeof seen>[1][]) =>
      after([begun, seen(ofVf(fn, method, of), ...actions)]).functions[fn]?.alias?.admin
    const done = toFunction(VF1, answerOf(VF1, H))
    expect([asks(VF1, 0x02, H, done), asks(VF1, 0x15, H, done), asks(VF1, 0x01, H, done)]).toEqual([H, null, G])
    expect([asks(VF1, 0x02, H), asks(VF1, 0x02, H, toFunction(VF1, ping))]).toEqual([G, G])
    expect(asks(VF1, 0x02, H, toFunction(VF1, { ...answerOf(VF1, H), status: 0x0200 }))).toBe(G)
    expect(asks(PF, 0x02, H, toFunction(PF, answerOf(PF, H)))).toBeUndefined()
  })

  it("is never that the PF's own slot is asked for, though somebody administered it [SQP-GUID-3]", () => {
    const asked = (fn: FunctionId) => after([begun, wishes(fn, H, sets(fn, H, 2))]).functions[fn]?.alias
    expect([asked(PF), asked(VF2)]).toMatchObject([{ admin: H, open: null }, { admin: H, open: { guid: H } }])
  })

  it("is kept in use while it is asked for again, and out of it from when it is given back [SQP-GUID-8, SQP-GUID-6]", () => {
    expect(slot(...granted, seen({ _tag: "Reregister" }, sets(VF1, G, 2)))).toBe(G)
    expect([slot(...granted), slot(...granted, wishes(VF1, null, deletes(VF1, 2)))]).toEqual([G, NO_GUID])
  })

  it("is what the SA chose, unless that is nobody's to have or another's [SQP-GUID-4, SQP-GUID-6]", () => {
    const chosen = (of: Guid, admin: Guid | null, ...wishing: ReadonlyArray<Observation>) => after(
      [begins(sets(VF1, NO_GUID, 1)), ...wishing, seen(answers(VF1, of, 1))], { adminGuids: [null, NO_GUID, admin] }
    ).functions[VF1]?.alias
    expect(chosen(H, null)).toMatchObject({ asked: H, admin: H, confirmed: true })
    expect([chosen(SA_GUID, null), chosen(H, H), chosen(NO_GUID, null), chosen(guid(0), null)].map((of) =>
      of?.asked))
      .toEqual([NO_GUID, NO_GUID, NO_GUID, NO_GUID])
    expect(chosen(H, null, wishes(VF1, H))).toMatchObject({ asked: H, admin: H })
  })
})

describe("what is remembered of a request that nobody answers", () => {
  it("is that it is open until it was given up for sure, by its slack later [SQP-GUID-5]", () => {
    expect([known(...tried, later(10))?.open?.sinceMs, known(...tried, later(12))?.open?.sinceMs])
      .toEqual([10, 12])
    expect(known(...tried, later(13)))
      .toMatchObject({ open: null, backOff: { sinceMs: 3, lengthMs: 20, lateMs: 6 } })
    const within = [begun, seen({ _tag: "TimePasses", ms: 10, within: 5 }, sets(VF1, G, 1))]
    expect(known(...within, later(17))?.open?.sinceMs).toBe(17)
    expect(known(...within, later(18)))
      .toMatchObject({ open: null, backOff: { sinceMs: 8, lengthMs: 20, lateMs: 11 } })
  })

  it("is no back-off for certain where something else was wanted meanwhile [SQP-GUID-5]", () => {
    const freed = [...tried, later(11), wishes(VF1, H)]
    expect(known(...freed)?.open?.isFreed).toBe(true)
    expect(known(...freed, later(2)))
      .toMatchObject({ open: null, nextMs: 20, mostMs: 40, backOff: { sinceMs: 3, lengthMs: 0, lateMs: 26 } })
    expect(known(...tried, later(9), wishes(VF1, H))?.open?.isFreed).toBe(false)
  })

  it("is that a release was given up where its function hears that it has its GUID again [SQP-GUID-9]", () => {
    const releasing = [...granted, wishes(VF1, null, deletes(VF1, 2)), table(G), later(10, deletes(VF1, 2))]
    expect(known(...releasing, later(10, hears(VF1, "gid")))?.open).toBeNull()
    expect(known(...releasing, later(10, dropped(VF1, "sa-timeout")))?.open?.sinceMs).toBe(10)
    expect(known(...releasing, later(9, hears(VF1, "gid")))?.open?.sinceMs).toBe(9)
    expect(known(...releasing, later(10, hears(FunctionId(9), "gid")))?.open?.sinceMs).toBe(10)
    const asking = [begun, table(G), later(10, sets(VF1, G, 1))]
    expect(known(...asking, later(10, hears(VF1, "gid")))?.open?.sinceMs).toBe(10)
  })

  it("is that nobody knows where the table was written meanwhile, until the SA says or is asked [SQP-GUID-5]", () => {
    expect(known(...unsure)).toMatchObject({ isUnsure: true, open: { tries: 2 } })
    const ofFirstSlotOnly = seen({ _tag: "GuidTableChanged", block: 0, guids: [guid(0)] })
    expect(known(...tried, later(11), ofFirstSlotOnly)).toMatchObject({ isUnsure: false })
    expect(known(...unsure, later(99))).toMatchObject({ isUnsure: true, open: { sinceMs: 110 } })
    expect(known(...unsure, seen(answers(VF1, G, 1))))
      .toMatchObject({ isUnsure: false, open: null, confirmed: true })
    expect(known(...unsure, later(20, sets(VF1, G, 2))))
      .toMatchObject({ isUnsure: false, confirmed: false, nextMs: 20, mostMs: 40, open: { tries: 1 } })
  })
})
