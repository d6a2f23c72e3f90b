/** The administrator's policy in the engine, class by class and attribute by attribute (spec/classes.md). */
import { describe, expect, it, test } from "vitest"
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
