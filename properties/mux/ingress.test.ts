/** What a function sees of a MAD from the wire, and that a MAD of one class is never taken for one of another. */
import { describe, expect, it } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import { SLOT_LID } from "../../impl/ring/slot.ts"
import { Bench, gidOf, hex, makeMad, PEER_LID, SM_LID, tidOf } from "./fixture.ts"

const OPEN_OUI = { 37: "001405" }
const perf = makeMad({ class: 4, method: 1, attribute: 0x12 })

describe("a MAD that is delivered", () => {
  it("shows its source and nothing else of what the port wrote beside it [SQP-STEER-3]", () => {
    const bench = new Bench()
    const garbage = { lid: PEER_LID, sl: 2, pathBits: 0xff, rate: 7, qkey: 0x1234, sourceQpn: 99 }
    for (let i = 0; i < 2; i++) bench.arrive(1, { ...garbage, mad: perf, remoteQpn: 0x33 })
    bench.arrive(0, { ...garbage, mad: makeMad({ class: 1, method: 1 }), remoteQpn: 0 })
    bench.settle()
    const { words } = bench.mux.region
    for (const qp of [0, 1] as const) {
      expect(words[bench.mux.functionIngress(0, qp).slot(0) + SLOT_LID]! >>> 31).toBe(0)
    }
    const seen = (qp: number, remoteQpn: number) => ({
      qp, remoteQpn, lid: PEER_LID, sl: 2, pathBits: 0x7f, rate: 0, qkey: 0, pkeyIndex: 0, sgidIndex: 0, sourceQpn: 0,
      lengthBytes: 256, grh: null
    })
    const got = bench.got(0)
    expect(got.map(({ mad, ...rest }) => [hex(mad), rest])).toEqual([0, 1].map(() => [hex(perf), seen(1, 0x33)]))
    expect(bench.got(0, 0).map(({ mad, ...rest }) => [mad[1], rest])).toEqual([[1, seen(0, 0)]])
  })
})

describe("a response", () => {
  it("of another class than the SA's is no answer to what the PF context asked the SA [SQP-TID-4]", () => {
    const bench = new Bench()
    const joins = { 48: "0000000000010003", 56: "ff12401bffff00000000000000000001", 72: gidOf(1), 104: "01" }
    bench.send(1, 1, { lid: SM_LID, mad: makeMad({ class: 3, method: 2, attribute: 0x38 }, joins) })
    const [asked] = bench.wire()
    const answer = Uint8Array.from(asked!.mad)
    answer[3] = 0x81
    const other = Uint8Array.from(answer)
    other[1] = 4
    other[2] = 1
    bench.arrive(1, { mad: other, lid: SM_LID, remoteQpn: 1 })
    expect([bench.got(1).length, bench.drops(null)]).toEqual([0, { "response-unasked": 1 }])
    bench.arrive(1, { mad: answer, lid: SM_LID, remoteQpn: 1 })
    expect(bench.got(1).length).toBe(1)
  })

  it("ends a VF's ServiceRecord only as the SA's DeleteResp of that record [SQP-SVC-2] [SQP-SVC-3]", () => {
    const rid = "0000000000000777" + gidOf(1) + "ffff"
    const body = { 48: "0000000000000007", 56: rid }
    const deletions = (requests: ReadonlyArray<readonly [mgmtClass: number, method: number, attribute: number]>): number => {
      const bench = new Bench()
      for (const [n, [mgmtClass, method, attribute]] of [[3, 2, 0x31] as const, ...requests].entries()) {
        const tid = (n + 1).toString(16).padStart(16, "0")
        const lid = mgmtClass === 3 ? SM_LID : PEER_LID
        bench.send(1, 1, { lid, mad: makeMad({ class: mgmtClass, method, attribute, tid }, body) })
        const wireTid = tidOf(bench.wire()[0]!.mad)
        const answer = { class: mgmtClass, method: method === 2 ? 0x81 : 0x95, attribute, tid: wireTid }
        bench.arrive(1, { lid, remoteQpn: 1, mad: makeMad(answer, body) })
        expect(bench.got(1).length).toBe(1)
      }
      bench.mux.reset(1)
      return bench.wire().filter(({ mad }) => mad[3] === 0x15 && mad[17] === 0x31).length
    }
    expect(deletions([])).toBe(1)
    expect(deletions([[3, 0x15, 0x31]])).toBe(0)
    // Answers with the method of a DeleteResp: of PerfMgt, and of the SA about another attribute.
    expect(deletions([[4, 1, 0x31]])).toBe(1)
    expect(deletions([[3, 1, 0x11]])).toBe(1)
  })
})

describe("a MAD that nobody asked for", () => {
  it("is a CM message only in class CM: Send of another class goes where its GRH says [SQP-STEER-3]", () => {
    const bench = new Bench()
    const mad = makeMad({ class: 0x32, method: 3, attribute: 0x10 }, OPEN_OUI)
    bench.arrive(1, { mad, lid: PEER_LID, grh: { dgid: gidOf(1) } })
    expect(bench.got(1).map((seen) => hex(seen.mad))).toEqual([hex(mad)])
    expect(bench.drops(null)).toEqual({})
  })

  it("reaches a VF in class CM as a Get, and a PerfMgt Get does not [SQP-CM-16] [SQP-STEER-3]", () => {
    const bench = new Bench()
    const get = makeMad({ class: 7, method: 1, attribute: 1 })
    for (const mad of [get, perf]) bench.arrive(1, { mad, lid: PEER_LID, grh: { dgid: gidOf(1) } })
    expect(bench.got(1).map((seen) => hex(seen.mad))).toEqual([hex(get)])
    expect(bench.drops(1)).toEqual({ unsolicited: 1 })
  })
})

describe("an RMPP control packet", () => {
  it("is a use of the request it belongs to, which may be answered so much longer [SQP-TID-8] [SQP-TID-9]", () => {
    const timing = { ...defaultTiming, tidMin: 100, tidMax: 200 }
    const ask = (rmppType: number): Uint8Array =>
      makeMad({ class: 0x32, method: 0x12, tid: "00000000000000aa" }, { 24: { u8: 1 }, 25: { u8: rmppType }, 26: { u8: 1 }, ...OPEN_OUI })
    const leaves = (controls: boolean): number => {
      const bench = new Bench({ timing })
      const grh = { dgid: gidOf(1) }
      bench.arrive(1, { mad: ask(1), lid: PEER_LID, grh })
      expect(bench.got(1).length).toBe(1)
      bench.advance(99)
      if (controls) bench.arrive(1, { mad: ask(2), lid: PEER_LID, grh })
      expect(bench.got(1).length).toBe(controls ? 1 : 0)
      for (let i = 0; i < 2; i++) bench.advance(60)
      bench.send(1, 1, { lid: PEER_LID, mad: makeMad({ class: 0x32, method: 0x92, tid: "00000000000000aa" }, OPEN_OUI) })
      return bench.wire().length
    }
    expect([leaves(false), leaves(true)]).toEqual([0, 1])
  })
})
