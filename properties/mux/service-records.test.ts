/** ServiceRecords in the engine: what its tables bound, and what no trace of the model shows. */
import { describe, expect, it } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import type { ControlHost } from "../../impl/mux/control-host.ts"
import { ServiceRecords } from "../../impl/mux/service-records.ts"
import { Bench, gidOf, makeMad, SM_LID } from "./fixture.ts"
import { Scarce } from "./scarce.ts"

const timing = {
  ...defaultTiming,
  tidMin: 100, tidMax: 200, rest: 300, linger: 100, lingerMax: 200, openingMin: 100, openingMax: 1000,
  saTimeout: 100, saRetries: 1, horizon: 3300, slack: 10, prefixGrace: 50, renewGrace: 100, rejInterval: 10
}
const LEASE = 0x17
const RID = 0x07

/** Set(ServiceRecord) of function 1's own. */
const registers = (bench: Bench, n: number, mask: number, lease: number): boolean =>
  bench.send(1, 1, {
    lid: SM_LID,
    mad: makeMad({ class: 3, method: 2, attribute: 0x31, tid: n.toString(16).padStart(16, "0") }, {
      48: mask.toString(16).padStart(16, "0"),
      56: n.toString(16).padStart(16, "0"),
      64: gidOf(1),
      80: "ffff",
      84: lease.toString(16).padStart(8, "0")
    })
  })
const deletions = (bench: Bench): number =>
  bench.wire().filter(({ mad }) => mad[3] === 0x15 && mad[17] === 0x31).length

it("a record whose mask names no lease is kept for ever, and deleted when its function ends [SQP-SVC-2]", () => {
  for (const [mask, lease, deleted] of [[RID, 0, 1], [RID, 5, 1], [LEASE, 0, 0], [LEASE, 5, 1]] as const) {
    const bench = new Bench({ timing })
    registers(bench, 1, mask, lease)
    bench.wire()
    bench.mux.reset(1)
    expect(deletions(bench), `mask ${mask}, lease ${lease}`).toBe(deleted)
  }
})

it("a function that registers and ends again and again leaves no more at a silent SA than its quota, and nobody else "
  + "waits for its TIDs [SQP-SVC-4] [SQP-FAIR-5]", () => {
  const limits = { tids: 64, cm: 1, groups: 1, pending: 1, services: 4, inbound: 1 }
  const bench = new Bench({ timing, limits })
  let asked = 0
  for (let life = 0; life < 50; life++) {
    for (let n = 0; n < 4; n++) registers(bench, 100 * life + n, LEASE, 0xffff_ffff)
    bench.wire()
    bench.mux.reset(1)
    asked += deletions(bench)
  }
  expect(asked).toBe(4)
  expect(bench.drops(1)).toEqual({ "service-quota": 49 * 4 })
  for (let passed = 0; passed < 20; passed++) bench.advance(50)
  bench.wire()
  registers(bench, 7, LEASE, 0xffff_ffff)
  expect(bench.wire().length).toBe(1)
})

it("a dump tells a function's ServiceRecords; those being deleted at the SA are nobody's until it is done", () => {
  const bench = new Bench({ timing })
  const counted = (): ReadonlyArray<readonly [number | null, number]> =>
    bench.mux.tables().flatMap(({ entries, function: f, table }) => (table === "serviceRecords" ? [[f, entries]] : []))
  for (const n of [1, 2, 2]) registers(bench, n, RID, 0)
  bench.wire()
  expect(counted()).toEqual([[1, 2], [null, 2]])
  bench.mux.reset(1)
  expect(counted()).toEqual([[null, 2]])
  for (let passed = 0; passed < 6; passed++) bench.advance(50)
  expect(counted()).toEqual([])
})

/** The ServiceRecords of a PF context of which the test plays the rest. */
class Kept extends Scarce {
  nowMs = 0
  /** What left: TID and ServiceID. */
  readonly sent: Array<readonly [number, number]> = []
  readonly #region = { view: new DataView(new ArrayBuffer(256)), words: new Int32Array(64) }
  readonly records = new ServiceRecords({
    region: this.#region, timing, limits: { groups: 1, pending: 1, services: 2 }, nowMs: () => this.nowMs, smLid: () => 1,
    smSl: () => 0, gidOf, hasPKey: () => true,
    takeTid: this.takeTid, releaseTid: this.releaseTid,
    sendToWire: (_: unknown, mad: Uint8Array) => {
      if (!this.takeRoom()) return false
      this.sent.push([mad[15] ?? 0, mad[63] ?? 0])
      return true
    }
  } as unknown as ControlHost)

  /** The record with this ServiceID of function 1, in a MAD at byte 0 of the region. */
  rid(n: number, header: { method?: number; status?: number; attribute?: number; lease?: number } = {}): string {
    const mad = makeMad({ class: 3, method: header.method ?? 2, attribute: header.attribute ?? 0x31 }, {
      4: { u16: header.status ?? 0 }, 48: "0000000000000017", 63: { u8: n }, 64: gidOf(1), 80: "ffff",
      84: { u32: header.lease ?? 0xffff_ffff }
    })
    new Uint8Array(this.#region.view.buffer).set(mad)
    return this.records.ownRid(1, 0) ?? ""
  }

  registers(n: number, lease?: number): void {
    this.records.left(1, this.rid(n, lease === undefined ? {} : { lease }), 0)
  }

  hasRoom(n: number): boolean {
    return this.records.hasRoom(1, this.rid(n), 0)
  }

  /** The services whose deletion left since the last look. */
  deleted(): ReadonlyArray<number> {
    return this.sent.splice(0).map(([, n]) => n)
  }
}

describe("a ServiceRecord", () => {
  it("registered again while its deletion waits for room is not deleted: nothing goes on of that [SQP-SVC-3]", () => {
    for (const lacks of ["tids", "room"] as const) {
      const kept = new Kept()
      for (const n of [1, 2]) kept.registers(n)
      kept[lacks] = 0
      kept.records.endFunction(1)
      kept.registers(2)
      kept[lacks] = 9
      kept.records.poll(0)
      expect([lacks, kept.deleted()]).toEqual([lacks, [1]])
    }
  })

  it("whose deletion waits for room leaves with the TID that it has, and takes no second one [SQP-SVC-2]", () => {
    const kept = new Kept()
    kept.registers(1)
    kept.room = 0
    kept.records.endFunction(1)
    kept.room = 9
    kept.records.poll(0)
    expect([kept.sent, [...kept.taken]]).toEqual([[[1, 1]], [1]])
  })

  it("is one of its function's quota until its lease is over, and so is one being deleted, but not twice [SQP-SVC-4]", () => {
    const kept = new Kept()
    kept.registers(1, 5)
    kept.registers(2)
    kept.nowMs = 4999
    expect([kept.hasRoom(1), kept.hasRoom(3)]).toEqual([true, false])
    kept.nowMs = 5000
    expect([kept.hasRoom(3), kept.hasRoom(4)]).toEqual([true, true])
    kept.registers(3)
    kept.records.endFunction(1)
    expect(kept.deleted()).toEqual([2, 3])
    expect([kept.hasRoom(2), kept.hasRoom(4)]).toEqual([true, false])
  })

  it("without an end of its lease is deleted after 200 years, too [SQP-SVC-2]", () => {
    const kept = new Kept()
    kept.registers(1)
    kept.registers(2, 0xffff_fffe)
    kept.nowMs = 200 * 366 * 86_400_000
    kept.records.endFunction(1)
    expect(kept.deleted()).toEqual([1])
  })

  it("ends when the function hears that its own deletion succeeded, at nothing else [SQP-SVC-2]", () => {
    const kept = new Kept()
    const heard = (header: { method: number; status?: number }): ReadonlyArray<number> => {
      kept.registers(1)
      kept.rid(1, header)
      kept.records.delivered(1, 0)
      kept.records.endFunction(1)
      return kept.deleted()
    }
    expect(heard({ method: 0x95 })).toEqual([])
    expect(heard({ method: 0x95, status: 0x0200 })).toEqual([1])
    expect(heard({ method: 0x81 })).toEqual([1])
  })

  it("being deleted is with the SA until an answer about ServiceRecords comes, of whatever status [SQP-SVC-2]", () => {
    const kept = new Kept()
    kept.registers(1)
    expect(kept.records.isWithSa).toBe(false)
    kept.records.endFunction(1)
    expect(kept.records.isWithSa).toBe(true)
    const answered = (header: { method: number; attribute?: number; status?: number }): boolean => {
      kept.rid(1, header)
      return kept.records.answer(1, 0, 0)
    }
    expect(answered({ method: 0x95, attribute: 0x38 })).toBe(false)
    expect([kept.records.isWithSa, kept.records.held(null)]).toEqual([true, { serviceRecords: 1, saRequests: 1 }])
    expect(answered({ method: 0x95, status: 0x0300 })).toBe(true)
    expect([kept.records.isWithSa, kept.records.held(null)]).toEqual([false, { serviceRecords: 0, saRequests: 0 }])
    expect(answered({ method: 0x95 })).toBe(false)
  })

  it("being deleted begins anew, with a new TID, where the SA may have forgotten, and at no other event [SQP-SVC-2]", () => {
    const kept = new Kept()
    kept.registers(1)
    kept.records.endFunction(1)
    kept.records.portEvent({ lidChanged: true, linkUp: true })
    expect(kept.sent).toEqual([[1, 1]])
    kept.records.portEvent({ reregister: true })
    kept.records.portEvent({ smChanged: true })
    expect([kept.sent, [...kept.taken]]).toEqual([[[1, 1], [2, 1], [3, 1]], [3]])
  })

  it("of a stopped PF context waits for nothing any more [SQP-LIFE-3]", () => {
    const kept = new Kept()
    kept.registers(1)
    kept.tids = 0
    kept.records.endFunction(1)
    kept.registers(1)
    kept.rid(1, { method: 0x95 })
    kept.records.delivered(1, 0)
    expect([kept.records.stop(), kept.records.isWithSa, kept.records.nextDueMs()]).toEqual([true, false, Infinity])
  })
})
