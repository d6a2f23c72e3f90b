/** Short histories that break the invariants of room in rings and of accounting, and neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { Action, ActionOf } from "../model/action.ts"
import type { Event, EventOf } from "../model/event.ts"
import { FunctionId } from "../model/ids.ts"
import { dropped, breaks, breaksInOthersPlace, hears, seen, sends, started, toFunction, told, toWire } from "./invariant-story.ts"
import { ask, egress, ingress, mad, PERF, ping, SA, small, SMP, VF1, VF2 } from "./small-world.ts"

const wireRoom = (slots: number | null) => seen({ _tag: "WireRoom", slots })
const roomOf = (fn: typeof VF1, slots: number | null) => seen({ _tag: "FunctionRoom", function: fn, slots })
const refused = told(VF1, { status: "refused" })
const waits = (reason: ActionOf<"Defer">["reason"] = "wire-full"): Action =>
  ({ _tag: "Defer", function: VF1, qp: 1, reason })
const leaves = (of = ask) => sends(VF1, of, toWire(VF1, of))
const handed = (...others: ReadonlyArray<Action>) => seen(ingress(ping), toFunction(VF1, ping), ...others)
const smp = mad({ mgmtClass: SMP })
const join = mad({ mgmtClass: SA, method: 0x02, attributeId: 0x38 })
const subscribe = mad({ mgmtClass: SA, method: 0x02, attributeId: 0x03 })

describe("the invariants of the ring to the wire", () => {
  it("count what leaves of functions against the room there is, each MAD once [SQP-FAIR-2]", () => {
    const overrun = breaks("No more leaves than the ring to the wire has room for")
    expect(overrun(started, wireRoom(2), leaves(), leaves())).toBeNull()
    expect(overrun(started, wireRoom(2), leaves(), leaves(), leaves())).toBe(4)
    expect(overrun(started, wireRoom(1), leaves(), wireRoom(1), leaves())).toBeNull()
    expect(overrun(started, wireRoom(1), leaves(), wireRoom(null), leaves(), leaves())).toBeNull()
    const onBoth = sends(VF1, ask, toWire(VF1, ask), toWire(VF1, smp, { qp: 0 }))
    expect([overrun(started, wireRoom(1), onBoth), overrun(started, wireRoom(1), onBoth, leaves())])
      .toEqual([null, 3])
  })

  it("do not count what the PF context asks the SA for in place of functions [SQP-FAIR-2]", () => {
    const overrun = breaks("No more leaves than the ring to the wire has room for")
    const own = [join, subscribe].map((of) => sends(VF1, of, toWire(null, of)))
    expect(overrun(started, wireRoom(1), ...own, leaves())).toBeNull()
    expect(overrun(started, wireRoom(1), ...own, leaves(), leaves())).toBe(5)
    const taken = (of: EventOf<"Egress">): Event => ({ _tag: "Taken", egress: of })
    const [posted, later] = [egress(VF1, join), egress(VF1, ask)]
    const until = [started, wireRoom(0), seen(posted, waits()), seen(later, waits()), wireRoom(1)]
    expect(overrun(...until, seen(taken(posted), toWire(null, join)), seen(taken(later), toWire(VF1, ask))))
      .toBeNull()
  })

  it("want a MAD to wait exactly while there is no room, unless it is refused to its sender [SQP-FAIR-2]", () => {
    const turn = breaks("MADs wait only while the ring to the wire is full")
    expect([turn(started, wireRoom(0), sends(VF1, ask, waits())), turn(started, wireRoom(0), leaves())])
      .toEqual([null, 2])
    expect(turn(started, wireRoom(0), sends(VF1, ask, refused))).toBeNull()
    expect(turn(started, wireRoom(0), sends(VF1, ask, told(VF1)))).toBe(2)
    expect(turn(started, wireRoom(1), leaves(), sends(VF1, ask, waits()))).toBeNull()
    expect(turn(started, wireRoom(1), sends(VF1, ask, waits()))).toBe(2)
  })

  it("want it refused once as many wait as may: an answer that is no refusal is none [SQP-FAIR-3]", () => {
    const refusal = breaks("A function is refused a MAD only while", small({ limits: { queue: 1 } }))
    const full = [started, wireRoom(0), sends(VF1, ask, waits())]
    expect([refusal(...full, sends(VF1, ask, refused)), refusal(...full, sends(VF1, ask, told(VF1)))])
      .toEqual([null, 3])
    expect([refusal(started, sends(VF1, ask, refused)), refusal(started, sends(VF1, ask, told(VF1)))])
      .toEqual([1, null])
    expect(refusal(...full, sends(VF2, ask, waits()))).toBeNull()
    const ends = (["Detach", "Reset"] as const).flatMap((_tag) => [VF1, VF2].map((fn) => seen({ _tag, function: fn })))
    expect(ends.map((end) => refusal(...full, end, sends(VF1, ask, waits())))).toEqual([null, 4, null, 4])
  })
})

describe("the invariant of the ring to a function", () => {
  const overrun = breaks("A function gets what its ring has room for")

  it("counts what it is handed, whatever else comes of that MAD, on each QP by itself [SQP-FAIR-4]", () => {
    expect(overrun(started, roomOf(VF1, 2), handed(), handed())).toBeNull()
    expect(overrun(started, roomOf(VF1, 2), handed(), handed(), handed())).toBe(4)
    expect(overrun(started, roomOf(VF1, 1), handed(hears(VF1, "lid")), handed())).toBe(3)
    expect(overrun(started, roomOf(VF2, 0), handed())).toBeNull()
    expect(overrun(started, roomOf(VF1, 1), handed(), seen(ingress(smp), toFunction(VF1, smp, 0)))).toBeNull()
  })

  it("wants it dropped for want of room only where a ring of that function is full [SQP-FAIR-4]", () => {
    const lost = seen(ingress(ping), dropped(VF1, "function-full"))
    expect([overrun(started, roomOf(VF1, 0), lost), overrun(started, roomOf(VF1, 1), lost)]).toEqual([null, 2])
    expect(overrun(started, roomOf(VF1, 1), handed(), lost)).toBeNull()
    expect([overrun(started, roomOf(VF2, 0), lost), overrun(started, lost)]).toEqual([2, 1])
    // A trace may name anything: a function that is not there has no ring that could be full.
    const strangers = [null, FunctionId(99)].map((fn) => seen(ingress(ping), dropped(fn, "function-full")))
    expect(strangers.map((seenLost) => overrun(started, seenLost))).toEqual([1, 1])
    expect(overrun(started, sends(VF1, ask, waits("function-full")))).toBeNull()
  })
})

describe("functions in each other's places", () => {
  it("have each other's room and MADs that wait [SQP-EXP-7] [SQP-FAIR-3] [SQP-FAIR-4]", () => {
    const handedTo = [VF1, VF2].map((fn) => seen(ingress(ping), toFunction(fn, ping)))
    const overrun = "A function gets what its ring has room for"
    expect(handedTo.map((next) => breaksInOthersPlace(overrun, [started, roomOf(VF1, 0)], next)))
      .toEqual([false, true])
    const refusal = "A function is refused a MAD only while"
    const world = small({ limits: { queue: 1 } })
    const full = [started, wireRoom(0), sends(VF1, ask, waits())]
    expect([VF1, VF2].map((fn) => breaksInOthersPlace(refusal, full, sends(fn, ask, waits()), world)))
      .toEqual([false, true])
  })
})

describe("the invariant of accounting", () => {
  const wrong = breaks("A MAD comes to one end")

  it("counts what leaves, is handed over or is dropped, and no port event that goes with it [SQP-ACC-1]", () => {
    expect(wrong(sends(VF1, ping, toWire(VF1, ping), hears(VF2, "lid")))).toBeNull()
    expect(wrong(seen(ingress(ping), toFunction(VF1, ping), hears(VF2, "lid")))).toBeNull()
    expect(wrong(sends(VF1, ping, toWire(VF1, ping), dropped(VF1, "tid-quota")))).toBe(0)
    expect(wrong(seen(ingress(ping), toFunction(VF1, ping), toFunction(VF2, ping)))).toBe(0)
  })

  it("misses the drop of a MAD as soon as the history shows that it lists drops, be it later [SQP-ACC-1]", () => {
    const vanishes = sends(VF1, ping)
    const drops = seen(ingress(ping), dropped(null, "unsolicited"))
    expect(wrong(vanishes, vanishes, sends(VF1, ping, toWire(VF1, ping)))).toBeNull()
    expect([wrong(vanishes, drops), wrong(drops, drops, vanishes)]).toEqual([1, 2])
    expect(wrong(drops, sends(VF1, mad({ mgmtClass: SA, attributeId: 0x38, method: 0x02 })))).toBeNull()
    expect(wrong(drops, sends(VF1, mad({ mgmtClass: SA, attributeId: 0x35 })))).toBe(1)
  })

  it("is not about what the PF context keeps, answers of the SA, and no other class for its ids [SQP-ACC-1]", () => {
    const drops = seen(ingress(ping), dropped(null, "unsolicited"))
    const ends = (method: number, attributeId: number, mgmtClass: number = SA) => {
      const of = mad({ mgmtClass, method, attributeId })
      return [sends(VF1, of), seen(ingress(of))].map((next) => wrong(drops, next))
    }
    expect([ends(0x02, 0x38), ends(0x81, 0x35), ends(0x92, 0x35)]).toEqual([[null, null], [1, null], [1, null]])
    expect([ends(0x02, 0x38, PERF), ends(0x81, 0x35, PERF)]).toEqual([[1, 1], [1, 1]])
  })
})
