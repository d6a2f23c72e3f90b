/** The administrator's policy in the engine, class by class and attribute by attribute (spec/classes.md). */
import { describe, expect, it, test } from "vitest"
import { defaultLimits } from "../../impl/mux/config.ts"
import type { Allowance } from "../../impl/mux/policy-lists.ts"
import { Bench, makeMad, tidOf } from "./fixture.ts"

const METHODS = [0x01, 0x02, 0x05, 0x12, 0x13, 0x14, 0x15]

/** The methods of a class that leave for VF 1. */
const leaving = (bench: Bench, mgmtClass: number, body: Record<number, string> = {}): ReadonlyArray<number> =>
  METHODS.filter((method) => {
    bench.send(1, 1, { mad: makeMad({ class: mgmtClass, method, attribute: 0x33 }, body) })
    bench.got(1)
    return bench.wire().length === 1
  })

const levels: ReadonlyArray<{
  readonly allow: Allowance
  readonly ofClass: ReadonlyArray<number>
  readonly ofAttribute: ReadonlyArray<number>
}> = [
  { allow: "none", ofClass: [], ofAttribute: [] },
  { allow: "get", ofClass: [0x01], ofAttribute: [0x01, 0x12, 0x13, 0x14] },
  { allow: "all", ofClass: METHODS, ofAttribute: [0x01, 0x02, 0x12, 0x13, 0x14, 0x15] }
]

describe("the administrator", () => {
  test.each(levels)("allows $allow of a class, whatever its default, and of an SA attribute [SQP-CLS-8]", (level) => {
    const { allow, ofAttribute, ofClass } = level
    const classes = [0x04, 0x05, 0x09, 0x32].map((mgmtClass) => ({ mgmtClass, allow }))
    const bench = new Bench({ policy: { classes, saAttributes: [{ attributeId: 0x33, allow }] } })
    for (const { mgmtClass } of classes) expect(leaving(bench, mgmtClass)).toEqual(ofClass)
    expect(leaving(bench, 0x03)).toEqual(ofAttribute)
  })

  it("changes one list and leaves the other, from the next MAD on; of two entries the first counts [SQP-CLS-8]", () => {
    const bench = new Bench({ policy: { classes: [{ mgmtClass: 0x05, allow: "all" }], saAttributes: [] } })
    bench.mux.setPolicy({ saAttributes: [{ attributeId: 0x33, allow: "none" }, { attributeId: 0x33, allow: "all" }] })
    expect([leaving(bench, 0x05), leaving(bench, 0x03)]).toEqual([METHODS, []])
    bench.mux.setPolicy({ classes: [] })
    expect([leaving(bench, 0x05), leaving(bench, 0x03), leaving(bench, 0x04)]).toEqual([[], [], [0x01]])
    bench.mux.setPolicy({ saAttributes: [] })
    expect(leaving(bench, 0x03)).toEqual([0x01, 0x12, 0x13, 0x14])
  })

  it("takes a class away, yet the answer to what left before arrives [SQP-CLS-8] [SQP-TID-4]", () => {
    const bench = new Bench()
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, tid: "1122334455667788" }) })
    const tid = tidOf(bench.wire()[0]!.mad)
    bench.mux.setPolicy({ classes: [{ mgmtClass: 4, allow: "none" }] })
    expect(leaving(bench, 0x04)).toEqual([])
    bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid }) })
    expect(bench.got(1).map(({ mad }) => tidOf(mad))).toEqual(["1122334455667788"])
  })

  test.each([0x01, 0x03, 0x07, 0x81, 256, -1])("cannot list class %s [SQP-CLS-8] [SQP-CLS-2]", (mgmtClass) => {
    const bench = new Bench()
    const change = { classes: [{ mgmtClass, allow: "all" as const }] }
    expect(() => bench.mux.setPolicy(change)).toThrow(`policy.classes[0].mgmtClass must be in 0..255`)
    expect(() => new Bench({ policy: { ...change, saAttributes: [] } })).toThrow("policy.classes[0].mgmtClass")
    expect(() => bench.mux.setPolicy({ saAttributes: [{ attributeId: 0x1_0000, allow: "all" }] })).toThrow("0..65535")
    expect(() => bench.mux.setPolicy({ saAttributes: [{ attributeId: 0x38, allow: "get" }] })).toThrow("none of 56")
    expect(() => bench.mux.setPolicy({ services: [{ serviceId: "0".repeat(16), function: 4 }] })).toThrow("services[0]")
  })

  const all = { mgmtClass: 4, allow: "all" }
  test.each<readonly [unknown, string]>([
    [{ classes: 5 }, "policy.classes"],
    [{ saAttributes: 5 }, "policy.saAttributes"],
    [{ classes: [all, 5] }, "policy.classes[1]"],
    [{ classes: [all, { mgmtClass: "5", allow: "all" }] }, "policy.classes[1].mgmtClass"],
    [{ classes: [all, { mgmtClass: 4.5, allow: "all" }] }, "policy.classes[1].mgmtClass"],
    [{ classes: [all, { mgmtClass: 5, allow: "some" }] }, "policy.classes[1].allow"],
    [{ saAttributes: [{ attributeId: 0x33 }] }, "policy.saAttributes[0].allow"]
  ])("gets an error that says where if the lists are %j, and nothing changes [SQP-IN-1]", (change, path) => {
    const bench = new Bench()
    let refused: unknown
    try {
      bench.mux.setPolicy(change as Parameters<Bench["mux"]["setPolicy"]>[0])
    } catch (error) {
      refused = error
    }
    expect(refused).toMatchObject({ name: "InputError", path })
    expect([leaving(bench, 0x04), leaving(bench, 0x05)]).toEqual([[0x01], []])
  })

  it("may list class 0 and attribute 0 as any other [SQP-CLS-8]", () => {
    const bench = new Bench()
    bench.mux.setPolicy({ classes: [{ mgmtClass: 0, allow: "all" }], saAttributes: [{ attributeId: 0, allow: "none" }] })
    expect(leaving(bench, 0x00)).toEqual(METHODS)
  })

  it("refuses RMPP control without an answer, for it asks nothing [SQP-CLS-5] [SQP-CLS-8]", () => {
    const bench = new Bench()
    const packet = (active: string) => makeMad({ class: 3, method: 0x12, attribute: 0x35 }, { 24: `0102${active}00` })
    bench.send(1, 1, { mad: packet("00") })
    expect(bench.wire()).toHaveLength(1)
    bench.mux.setPolicy({ saAttributes: [{ attributeId: 0x35, allow: "none" }] })
    bench.send(1, 1, { mad: packet("01") })
    expect([bench.wire(), bench.got(1), bench.drops(1)]).toEqual([[], [], { "class-policy": 1 }])
    bench.send(1, 1, { mad: packet("00") })
    expect(bench.got(1)).toHaveLength(1)
  })

  it("registers service ids anew [SQP-CLS-8]", () => {
    const serviceId = "00000000000000aa"
    const bench = new Bench({ services: [{ serviceId, function: 1 }] })
    const arrives = (id: string): ReadonlyArray<number> => {
      bench.arrive(1, { mad: makeMad({ class: 7, method: 3, attribute: 0x17 }, { 24: id, 32: serviceId }) })
      return [0, 1, 2].filter((f) => bench.got(f).length === 1)
    }
    expect(arrives("00000001")).toEqual([1])
    bench.mux.setPolicy({ services: [{ serviceId, function: 2 }] })
    expect(arrives("00000002")).toEqual([2])
    bench.mux.setPolicy({ services: [] })
    expect(arrives("00000003")).toEqual([0])
  })
})

describe("by default", () => {
  it("the OUI of ibping opens the vendor classes that have one, no class that has other bytes there [SQP-CLS-4]", () => {
    const bench = new Bench({ limits: { ...defaultLimits, tids: 1024, cm: 16, inbound: 16 } })
    const open = Array.from({ length: 0x60 }, (_, mgmtClass) => mgmtClass)
      .filter((mgmtClass) => leaving(bench, mgmtClass, { 37: "001405" }).includes(0x02))
    expect([open[0], open.length, open.at(-1)]).toEqual([0x30, 0x20, 0x4f])
  })

  it("a VF subscribes and unsubscribes by Set(InformInfo); a Delete of it is refused [SQP-CLS-4] [SQP-CLS-5]", () => {
    const bench = new Bench()
    bench.send(1, 1, { mad: makeMad({ class: 3, method: 0x15, attribute: 3 }) })
    expect(bench.wire()).toEqual([])
    expect(bench.got(1).map(({ mad }) => [mad[3], mad[4], mad[5]])).toEqual([[0x95, 0x02, 0x00]])
  })
})
