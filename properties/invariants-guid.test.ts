/** Short histories that break the invariants of alias GUIDs, and their neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { type Guid, Lid, NO_GUID, Qpn } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import {
  answers, begins, declines, deletes, G, grants, guidWorld, H, later, type Odd, ofVf, sets, table, wishes
} from "./guid-story.ts"
import { breaks, breaksInOthersPlace, hears, seen, sends, toFunction, told } from "./invariant-story.ts"
import {
  answer, gid, grhTo, guid, ingress, mad, OWN_LID, PF, SA, SM_LID, small, VF1, VF2, WELL_KNOWN
} from "./small-world.ts"

const down: Event = { _tag: "LinkChanged", up: false }
const begun = begins(sets(VF1, G, 1))
const granted = [begun, grants(VF1, G, 1)]
/** VF1 asks for its GUID, and this is shown. */
const queried = (of: Guid): Observation =>
  seen({ _tag: "Query", function: VF1, attribute: "GUIDInfo", modifier: 0 },
    told(VF1, { view: { _tag: "GUIDInfo", guid: of } }))
/** A mask that names two slots, so none. */
const two = { record: { mask: "0000000000000033" } }

describe("a request about a slot", () => {
  const wrong = breaks("A request about a slot keeps to its pattern", guidWorld())
  const odd = (change: Odd) => wrong(begins(sets(VF1, G, 1, change)))

  it("has one GUID and its pattern in every field, or is a repetition of one [SQP-GUID-3]", () => {
    expect(odd({})).toBeNull()
    const addresses: ReadonlyArray<Odd["address"]> = [
      { dlid: Lid(9) }, { grh: { ...grhTo(gid(9)), sgidIndex: 0 } }, { remoteQpn: Qpn(2) }, { qkey: WELL_KNOWN - 1 },
      { pathBits: 1 }, { pkeyIndex: 1 }, { rate: 1 }, { pkeyIndex: 1, rate: 1 }, { pathBits: 1, pkeyIndex: 1 }
    ]
    const others: ReadonlyArray<Odd> = [
      { record: { guids: [NO_GUID, G, H, NO_GUID, NO_GUID, NO_GUID, NO_GUID, NO_GUID] } },
      { record: { mask: "0000000000000020" } }, { record: { mask: "0000000000000027" } },
      { record: { lid: Lid(9) } }, { mad: { sa: { smKey: "0000000000000001" } } }, { mad: { status: 1 } }
    ]
    const all = [...addresses.flatMap((address) => (address ? [{ address }] : [])), ...others]
    expect(all.map(odd)).toEqual(all.map(() => 0))
    expect(wrong(begun, later(10, sets(VF1, G, 1, { address: { dlid: Lid(9) } })))).toBeNull()
  })

  it("is about the slot of a VF whose GUID was administered, and of nobody else [SQP-GUID-3]", () => {
    expect([wrong(begins(sets(PF, G, 1))), wrong(begins(sets(VF2, G, 1))), odd(two)]).toEqual([0, 0, 0])
    expect(wrong(begun, wishes(PF, H, sets(PF, H, 2)))).toBe(1)
    expect(breaks("A request about a slot", small({ guids: [guid(0), NO_GUID, NO_GUID] }))(begun)).toBe(0)
  })

  it("names the GUID that is wanted, in a repetition as well the one asked before, in a Delete none [SQP-GUID-3]", () => {
    expect(wrong(begins(sets(VF1, H, 1)))).toBe(0)
    expect(wrong(begun, later(10, sets(VF1, H, 1)))).toBe(1)
    const unwanted = [begun, wishes(VF1, null)]
    expect([wrong(...unwanted, later(10, sets(VF1, G, 1))), wrong(...unwanted, later(10, sets(VF1, G, 2)))])
      .toEqual([null, 2])
    expect(wrong(...granted, wishes(VF1, null, deletes(VF1, 2)))).toBeNull()
    const names = deletes(VF1, 2, { record: { guids: [NO_GUID, G, ...Array<Guid>(6).fill(NO_GUID)] } })
    expect(wrong(...granted, wishes(VF1, null, names))).toBe(2)
  })

  it("is asked for one function at a time: a Set that begins, and no repetition or Delete [SQP-GUID-6]", () => {
    const twice = breaks("A GUID is asked for one function at a time", guidWorld({ adminGuids: [null, G, H] }))
    const both = begins(sets(VF1, G, 1), sets(VF2, H, 2))
    expect([twice(both), twice(both, later(10, sets(VF2, G, 3))), twice(both, later(10, sets(VF2, G, 2)))])
      .toEqual([null, 1, null])
    const names = deletes(VF2, 3, { record: { guids: [NO_GUID, NO_GUID, G, ...Array<Guid>(5).fill(NO_GUID)] } })
    expect(twice(both, later(10, names))).toBeNull()
    expect(twice(begins(sets(VF1, G, 1, { record: { block: 5 } })))).toBeNull()
    const nobodys = breaks("A GUID is asked for one function at a time", small({ guids: [guid(0), NO_GUID, NO_GUID] }))
    expect(nobodys(begun)).toBeNull()
  })

  it("is, where it comes of a VF's own, about the slot of that VF [SQP-GUID-11]", () => {
    const own = breaks("What a VF asks about GUIDs leaves only", guidWorld({ adminGuids: [null, G, H] }))
    const asked = (...of: ReadonlyArray<ReturnType<typeof sets>>) =>
      own(begins(), seen(ofVf(VF1, 0x02, G), ...of))
    expect([asked(), asked(sets(VF1, G, 1)), asked(sets(VF2, H, 1))]).toEqual([null, null, 1])
    expect(own(begins(), later(1, sets(VF2, H, 1)))).toBeNull()
  })
})

describe("the time of a request", () => {
  const soon = breaks("A request is repeated on time", guidWorld())
  const late = breaks("What a function wants is asked as soon as it can be", guidWorld())
  const declined = [begun, declines(VF1, 1)]

  it("is that of its try: after 10 ms, and twice only [SQP-GUID-5]", () => {
    const again = sets(VF1, G, 1)
    expect([soon(begun, later(9, again)), soon(begun, later(10, again))]).toEqual([1, null])
    expect([soon(begun, later(10, again), later(10, again)), soon(begun, later(10, sets(VF1, G, 2)))])
      .toEqual([2, 1])
    expect(soon(begins(sets(VF1, G, 1, two)))).toBeNull()
  })

  it("is after a back-off, from when the SA declined or may have been given up [SQP-GUID-5]", () => {
    const anew = sets(VF1, G, 2)
    expect([soon(...declined, later(19, anew)), soon(...declined, later(20, anew))]).toEqual([2, null])
    const silent = [begun, later(10, sets(VF1, G, 1))]
    expect([12, 29, 30].map((ms) => soon(...silent, later(ms, anew)))).toEqual([2, 2, null])
  })

  it("is at once where the PF context stops: what is with the SA is given back [SQP-GUID-5]", () => {
    expect(soon(begun, seen({ _tag: "Stop" }, deletes(VF1, 2)))).toBeNull()
    expect(soon(begun, later(1, deletes(VF1, 2)))).toBe(1)
  })

  it("comes at the latest when the back-off and what may be late of it are over [SQP-GUID-3]", () => {
    expect([late(begins()), late(begun)]).toEqual([0, null])
    expect([late(...declined, later(22)), late(...declined, later(23)), late(...declined, later(99))])
      .toEqual([null, 2, 2])
  })
})

describe("what follows from alias GUIDs", () => {
  it("is a port with a GUID that the SA showed [SQP-GUID-4]", () => {
    const wrong = breaks("A function has a port only with a GUID", guidWorld())
    expect([wrong(begun, later(1, hears(VF1, "port-up"))), wrong(...granted)]).toEqual([1, null])
    const bare = breaks("A function has a port only with a GUID", small({ guids: [guid(0), NO_GUID, guid(2)] }))
    expect(bare(begins(), later(1, hears(VF1, "port-up")))).toBeNull()
    const shown = (of: Guid, ...history: ReadonlyArray<Observation>) => wrong(...history, queried(of))
    expect([shown(G, begun), shown(NO_GUID, begun), shown(G, ...granted), shown(H, ...granted)])
      .toEqual([1, null, null, 2])
  })

  it("is no GUID while it is being given back, also before there is an SM to give it to [SQP-GUID-6]", () => {
    const wrong = breaks("A function has a port only with a GUID", guidWorld())
    const noSm = seen({ _tag: "SmChanged", smLid: null, smSl: 0 })
    expect([wrong(...granted, noSm, queried(G)), wrong(...granted, noSm, wishes(VF1, null), queried(G))])
      .toEqual([null, 4])
    expect(wrong(...granted, noSm, wishes(VF1, null), queried(NO_GUID))).toBeNull()
  })

  it("is no second function that is administered the same: what it began with nobody administered [SQP-GUID-6]", () => {
    const wrong = breaks("No GUID is administered to two functions", guidWorld())
    expect([wrong(begun, wishes(VF2, H)), wrong(begun, wishes(VF2, G))]).toEqual([null, 1])
    const refused = seen({ _tag: "AdminGuid", function: VF2, guid: G }, told(VF2, { status: "refused" }))
    expect(wrong(begun, refused)).toBeNull()
    expect(breaks("No GUID is administered to two functions", guidWorld({ adminGuids: [null, G, G] }))(begun))
      .toBeNull()
  })

  it("is nothing where an answer is none to an open request [SQP-GUID-7]", () => {
    const wrong = breaks("Nothing follows from an answer that is none", guidWorld())
    const stranger = (n: number) => seen(answers(VF1, G, n), hears(VF1, "gid"))
    expect([wrong(begun, stranger(1)), wrong(begun, stranger(2)), wrong(begun, seen(answers(VF1, G, 2)))])
      .toEqual([null, 1, null])
    expect(wrong(begun, seen(answers(VF1, G, 2), sets(VF1, G, 3)))).toBe(1)
    const member = mad({ mgmtClass: SA, method: 0x81, attributeId: 0x38 })
    expect(wrong(begun, seen(ingress(member), hears(VF1, "reregister")))).toBeNull()
    expect(wrong(begun, seen(ingress(answer(2)), toFunction(VF1, answer(1)), hears(VF1, "gid")))).toBeNull()
  })

  it("is asked again after a port event, and no port is lost by it [SQP-GUID-8]", () => {
    const wrong = breaks("After a port event all is asked again", guidWorld())
    const events: ReadonlyArray<Event> = [
      { _tag: "Reregister" }, { _tag: "SmChanged", smLid: Lid(2), smSl: 0 }, { _tag: "LidChanged", lid: Lid(6), lmc: 0 }
    ]
    const again = sets(VF1, G, 2)
    const of = (...actions: Parameters<typeof later> extends readonly [number, ...infer A] ? A : never) =>
      events.map((event) => wrong(...granted, seen(event, ...actions)))
    expect([of(again), of(), of(again, hears(VF1, "port-down"))])
      .toEqual([[null, null, null], [2, 2, 2], [2, 2, 2]])
    const others: ReadonlyArray<Event> = [
      down, { _tag: "SmChanged", smLid: SM_LID, smSl: 1 }, { _tag: "LidChanged", lid: OWN_LID, lmc: 1 }
    ]
    expect(others.map((event) => wrong(...granted, seen(event, hears(VF1, "port-down")))))
      .toEqual([null, null, null])
    const gone = seen({ _tag: "Detach", function: VF1 }, deletes(VF1, 2))
    expect(wrong(...granted, gone, seen({ _tag: "Reregister" }, hears(VF1, "port-down")))).toBeNull()
  })

  it("is a release as soon as it is not wanted [SQP-GUID-9]", () => {
    const wrong = breaks("What is not wanted is released", guidWorld())
    expect([wrong(...granted, wishes(VF1, null, deletes(VF1, 2))), wrong(...granted, wishes(VF1, null))])
      .toEqual([null, 2])
    expect([wrong(...granted, wishes(VF1, H)), wrong(...granted, wishes(VF1, G)), wrong(begun, wishes(VF1, H))])
      .toEqual([2, null, null])
    expect(wrong(...granted, table(NO_GUID))).toBeNull()
  })

  it("is heard anew after a stop: ports go up again [SQP-GUID-10]", () => {
    const wrong = breaks("A function hears port-up and port-down in turn", guidWorld())
    const up = later(1, hears(VF1, "port-up"))
    expect([wrong(up, up), wrong(up, seen({ _tag: "Stop" }), up), wrong(up, sends(VF1, answer(1)), up)])
      .toEqual([1, null, 2])
  })

  it("is of each function what it heard, be it in another's place [SQP-EXP-7] [SQP-GUID-10]", () => {
    const turn = "A function hears port-up and port-down in turn"
    const heard = [later(1, hears(VF1, "port-up"), hears(VF2, "port-up")), later(1, hears(VF1, "port-down"))]
    const next = [VF1, VF2].map((fn) => later(1, hears(fn, "port-down")))
    expect(next.map((of) => breaksInOthersPlace(turn, heard, of, guidWorld()))).toEqual([false, true])
  })
})
