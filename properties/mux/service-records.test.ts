/** ServiceRecords in the engine: what its tables bound, and what no trace of the model shows. */
import { expect, it } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import { Bench, gidOf, makeMad, SM_LID } from "./fixture.ts"

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
