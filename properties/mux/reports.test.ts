/** Reports of the SA in the engine: who is handed one and may answer it, how long, and what of it he sees. */
import { describe, expect, it } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import { NOBODY } from "../../impl/mux/guids.ts"
import { ownTids } from "../../impl/mux/host.ts"
import { buildParts } from "../../impl/mux/parts.ts"
import { Reports, REPORTS_MAX, type ReportsParts } from "../../impl/mux/reports.ts"
import { FLAG_QP1, MAD_BYTES, SLOT_BYTES, SLOT_FLAGS, SLOT_LID, SLOT_MAD_BYTE, SLOT_REMOTE_QPN } from "../../impl/ring/slot.ts"
import { bytesOf, Bench, gidOf, hex, makeMad, type Message, muxConfig, PEER_GID, PEER_LID, type Seen, SM_LID, tidOf } from "./fixture.ts"

const MGID = "ff12401bffff00000000000000000001"
const GENERIC = 0x80
const SERVED = 64
const CREATED = 66
const DELETED = 67

const tidText = (n: number): string => n.toString(16).padStart(16, "0")
const report = (n: number, trap = SERVED, generic = GENERIC): Uint8Array =>
  makeMad({ class: 3, method: 6, attribute: 2, tid: tidText(n) }, { 56: { u8: generic }, 60: { u16: trap }, 72: MGID })
const reportFrom = (bench: Bench, n: number, change: Partial<Message> = {}): boolean =>
  bench.arrive(1, { mad: report(n), lid: SM_LID, remoteQpn: 1, ...change })

/** The SA answers all that left with success. */
const grant = (bench: Bench): void => {
  for (const { mad } of bench.wire()) {
    const answer = Uint8Array.from(mad)
    answer[3] = 0x81
    bench.arrive(1, { mad: answer, lid: SM_LID, remoteQpn: 1 })
  }
  bench.settle()
}
/** A PF context, of which function 1 subscribed to trap 64. */
const subscribed = (...config: ConstructorParameters<typeof Bench>): Bench => {
  const bench = new Bench(...config)
  const body = {
    56: "0".repeat(32), 72: "ffff0000", 76: "0000", 78: "01", 79: "01", 80: "ffff", 82: "0040", 84: "00000113",
    88: "00ffffff"
  }
  bench.send(1, 1, { lid: SM_LID, mad: makeMad({ class: 3, method: 2, attribute: 3 }, body) })
  grant(bench)
  bench.got(1)
  return bench
}
/** What becomes of a ReportResp of function `f` with this TID. */
const answers = (bench: Bench, f: number, tid: string): string => {
  const before = bench.drops(f)
  bench.send(f, 1, { lid: SM_LID, mad: makeMad({ class: 3, method: 0x86, attribute: 2, tid }) })
  const left = bench.wire().length
  const after = bench.drops(f)
  const changed = Object.entries(after).filter(([reason, count]) => count !== (Reflect.get(before, reason) ?? 0))
  return left > 0 ? "left" : changed.map(([reason]) => reason).join()
}
const entries = (bench: Bench, table: string): number =>
  bench.mux.tables().find((row) => row.table === table && row.function === null)?.entries ?? 0

describe("a Report that is handed to a function", () => {
  it("shows it the notice and where it came from, and nothing else of what the port wrote [SQP-SUB-6]", () => {
    const bench = subscribed()
    const grh = { dgid: gidOf(0), sgid: PEER_GID, hopLimit: 9, flowLabel: 8, trafficClass: 7 }
    const garbage = { sl: 2, pathBits: 0xff, rate: 7, qkey: 0x1234, sourceQpn: 99, grh }
    for (const n of [7, 8]) reportFrom(bench, n, garbage)
    bench.settle()
    const slot = bench.mux.functionIngress(1, 1).slot(0)
    const { bytes, words } = bench.mux.region
    expect(words[slot + SLOT_LID]! >>> 31).toBe(0)
    expect(hex(bytes.slice(slot * 4 + 24, slot * 4 + SLOT_MAD_BYTE))).toBe("0".repeat(80))
    expect(SLOT_BYTES).toBe(SLOT_MAD_BYTE + 256)
    const got = bench.got(1)
    expect(got.map(({ mad, ...rest }) => rest)).toEqual([1, 2].map((): Omit<Seen, "mad"> => ({
      qp: 1, lid: SM_LID, sl: 2, pathBits: 0x7f, remoteQpn: 1, rate: 0, qkey: 0, pkeyIndex: 0, sgidIndex: 0, sourceQpn: 0,
      lengthBytes: 256, grh: null
    })))
    for (const { mad } of got) expect(hex(mad.subarray(16))).toBe(hex(report(7).subarray(16)))
    expect(new Set(got.map(({ mad }) => tidOf(mad))).size).toBe(2)
  })

  it("may be answered by it with all 64 bits of the TID it was handed, by nobody else [SQP-SUB-10]", () => {
    const bench = subscribed()
    reportFrom(bench, 7)
    const tid = tidOf(bench.got(1)[0]!.mad)
    bench.wire()
    expect(answers(bench, 1, tid)).toBe("report-answered")
    expect(answers(bench, 1, `00000001${tid.slice(8)}`)).toBe("response-undelivered")
    expect(answers(bench, 2, tid)).toBe("response-undelivered")
    expect(answers(bench, 1, tidText(0))).toBe("response-undelivered")
  })

  it("cannot be answered by the function's next incarnation [SQP-LIFE-1] [SQP-SUB-10]", () => {
    const ends = [(bench: Bench) => bench.mux.reset(1), (bench: Bench) => {
      bench.mux.stop()
      bench.mux.start()
    }]
    for (const end of ends) {
      const bench = subscribed()
      reportFrom(bench, 7)
      const tid = tidOf(bench.got(1)[0]!.mad)
      end(bench)
      bench.wire()
      expect(answers(bench, 1, tid)).toBe("response-undelivered")
    }
  })

  it("has a TID that no response from the wire may bear [SQP-TID-4]", () => {
    const bench = subscribed()
    reportFrom(bench, 7)
    const tid = tidOf(bench.got(1)[0]!.mad)
    bench.arrive(1, { mad: makeMad({ class: 3, method: 0x81, attribute: 2, tid }), lid: SM_LID })
    expect([bench.got(0), bench.got(1), bench.drops(null)]).toEqual([[], [], { "response-unasked": 1 }])
  })
})

describe("a Report that was answered", () => {
  it("is a repetition until tidMax, then it is handed again [SQP-SUB-6]", () => {
    const bench = subscribed({ timing: { ...defaultTiming, tidMin: 100, tidMax: 100 } })
    const handed = (): number => {
      reportFrom(bench, 7)
      return bench.got(1).length
    }
    expect(handed()).toBe(1)
    bench.advance(99)
    expect(handed()).toBe(0)
    bench.advance(1)
    expect(handed()).toBe(1)
  })

  it("is one of so many that are remembered; the oldest gives way, and only its TID may come again [SQP-SUB-6]", () => {
    const bench = subscribed({ functionSlots: 256, wireSlots: 256 })
    for (let n = 1; n <= REPORTS_MAX + 1; n++) reportFrom(bench, n)
    expect(bench.got(1).length).toBe(REPORTS_MAX + 1)
    expect([entries(bench, "reports"), entries(bench, "wireTids")]).toEqual([REPORTS_MAX, REPORTS_MAX])
    for (const n of [2, 1]) reportFrom(bench, n)
    expect(bench.got(1).length).toBe(1)
    expect(bench.drops(null)).toEqual({ "report-repeated": 1 })
  })

  it("is answered with all of its TID though nobody wants it [SQP-SUB-5]", () => {
    const bench = new Bench()
    reportFrom(bench, 7)
    expect(bench.wire().map(({ mad }) => [mad[3], tidOf(mad)])).toEqual([[0x86, tidText(7)]])
    expect(bench.drops(null)).toEqual({ "report-unwanted": 1 })
  })
})

describe("a Report is dropped", () => {
  it("while no SM is known, even from LID 0 [SQP-SUB-5]", () => {
    const bench = subscribed()
    bench.mux.portEvent({ _tag: "sm", smLid: null, smSl: 0 })
    reportFrom(bench, 7, { lid: 0 })
    expect([bench.got(1), bench.wire(), bench.drops(null)]).toEqual([[], [], { "report-source": 1 }])
  })

  it("when the ring to the wire has no room for the answer: nobody is handed what is not answered [SQP-SUB-5]", () => {
    const bench = subscribed({ wireSlots: 16 })
    for (let n = 1; n <= 16; n++) reportFrom(bench, n)
    bench.settle()
    expect(bench.takeOf(1).length).toBe(16)
    reportFrom(bench, 17)
    bench.settle()
    expect(bench.takeOf(1)).toEqual([])
    expect(bench.drops(null)).toEqual({ "wire-full": 1 })
    expect(bench.take(1).length).toBe(16)
  })
})

describe("of a class but the SA's", () => {
  it("a Report of a Notice is a MAD as any other, and is not answered [SQP-STEER-3]", () => {
    const bench = subscribed()
    const mad = makeMad({ class: 0x32, method: 6, attribute: 2 }, { 37: "001405" })
    bench.arrive(1, { mad, lid: SM_LID, grh: { dgid: gidOf(1) } })
    bench.arrive(1, { mad, lid: PEER_LID })
    expect([0, 1].map((f) => bench.got(f).map((seen) => hex(seen.mad)))).toEqual([[hex(mad)], [hex(mad)]])
    expect(bench.wire()).toEqual([])
  })
})

describe("the SA tells that a group is deleted", () => {
  it("by the generic trap 67 alone, and then the group is joined again [SQP-MC-18] [SQP-SUB-11]", () => {
    const bench = new Bench()
    const joins = { 48: "0000000000010003", 56: MGID, 72: gidOf(1), 104: "01" }
    bench.send(1, 1, { lid: SM_LID, mad: makeMad({ class: 3, method: 2, attribute: 0x38 }, joins) })
    grant(bench)
    const sets = (n: number, trap: number, generic: number): number => {
      bench.arrive(1, { mad: report(n, trap, generic), lid: SM_LID, remoteQpn: 1 })
      return bench.wire().filter(({ mad }) => mad[3] === 2 && hex(mad.subarray(56, 72)) === hex(bytesOf(MGID))).length
    }
    expect([sets(1, CREATED, GENERIC), sets(2, DELETED, 0), sets(3, DELETED, GENERIC)]).toEqual([0, 0, 1])
  })
})

describe("the TIDs of Reports", () => {
  const config = muxConfig({ wireSlots: 256 })
  /** Reports of a PF context on its own: function 1 is attached and wants everything, or nobody wants anything. */
  const alone = (isWanted: boolean, change: (parts: ReturnType<typeof buildParts>) => Partial<ReportsParts> = () => ({})) => {
    const parts = buildParts(config)
    parts.functions.open(1)
    const subscriptions: Pick<ReportsParts["subscriptions"], "wants" | "wantsOwn"> =
      { wants: (f) => isWanted && f === 1, wantsOwn: () => false }
    const reports = new Reports({
      ...parts, timing: config.timing, subscriptions: subscriptions as ReportsParts["subscriptions"], ...change(parts)
    })
    const ring = parts.rings.wireIn[1]
    expect(ring.writable(1)).toBe(1)
    const slot = ring.slot(0)
    const take = (n: number): void => {
      const { bytes, words } = parts.region
      words[slot + SLOT_FLAGS] = (MAD_BYTES << 16) | FLAG_QP1
      words[slot + SLOT_LID] = SM_LID
      words[slot + SLOT_REMOTE_QPN] = 1
      bytes.set(report(n), slot * 4 + SLOT_MAD_BYTE)
      reports.take(slot, NOBODY)
    }
    return { parts, reports, take }
  }

  it("are given back once, and none for a Report that nobody wanted [SQP-FAIR-5]", () => {
    for (const isWanted of [false, true]) {
      const { parts, reports, take } = alone(isWanted)
      for (let n = 1; n <= 20; n++) take(n)
      expect(reports.held(parts.port.nowMs)).toBe(20)
      reports.stop()
      let taken = 0
      while (parts.host.takeTid() !== 0) taken += 1
      expect(taken).toBe(ownTids(config))
    }
  })

  it("are never 0: without one a Report is dropped like one that finds no room [SQP-SUB-6] [SQP-FAIR-4]", () => {
    const { parts, take } = alone(true, ({ host }) =>
      ({ host: Object.create(host, { takeTid: { value: () => 0 } }) as typeof host }))
    take(1)
    parts.rings.flush()
    expect(parts.rings.functionIngress[3]!.readable(9)).toBe(0)
    expect(parts.counters.view(1, 0).ingressDropped["function-full"]).toBe(1)
  })
})
