/** Alias GUIDs at the edges of the engine: bad values, many functions, rings that are full. */
import { describe, expect, it } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import { Mux } from "../../impl/mux/engine.ts"
import { Bench, guidOf, muxConfig, OWN_LID, type Seen, SM_LID } from "./fixture.ts"

const NO_GUID = "0".repeat(16)
const aliasOf = (f: number): string => `02c903000000${f.toString(16).padStart(4, "0")}`

/** What a request about slots says: method, LID, block, mask, and the one GUID in it. */
const asked = ({ mad }: Seen) => {
  const bytes = Buffer.from(mad)
  const mask = bytes.readUInt16BE(54)
  const place = Math.log2(mask >> 4)
  return {
    attribute: bytes.readUInt16BE(16),
    method: bytes[3],
    lid: bytes.readUInt16BE(56),
    slot: 8 * (bytes[58] ?? 0) + place,
    mask: mask & 0xf,
    guid: bytes.toString("hex", 64 + 8 * place, 72 + 8 * place),
    others: bytes.subarray(64, 64 + 8 * place).some((byte) => byte !== 0) ||
      bytes.subarray(72 + 8 * place).some((byte) => byte !== 0)
  }
}
/** The SA grants a request: the same record back. */
const granted = ({ mad }: Seen): Uint8Array => {
  const answer = Uint8Array.from(mad)
  answer[3] = mad[3] === 0x15 ? 0x95 : 0x81
  return answer
}
const SET = 0x02
const DELETE = 0x15

/** A PF context whose VFs all want an alias GUID. */
const benchOf = (functions: number, wireSlots: number): Bench => {
  const all = Array.from({ length: functions }, (_, f) => f)
  return new Bench({
    functions, wireSlots, functionSlots: 8,
    nodeGuids: all.map(guidOf),
    guids: [guidOf(0)],
    adminGuids: all.map((f) => (f === 0 ? null : aliasOf(f))),
    pkeyMaps: all.map(() => [0]),
    timing: { ...defaultTiming, saTimeout: 10_000_000 }
  }, all.slice(1))
}
/** Answers whatever leaves, as the SA would, until nothing does; what left. */
const served = (bench: Bench): ReadonlyArray<Seen> => {
  const all: Array<Seen> = []
  for (let seen = bench.wire(); seen.length > 0; seen = bench.wire()) {
    all.push(...seen)
    for (const request of seen) {
      bench.arrive(1, { mad: granted(request), lid: SM_LID, remoteQpn: 1 })
      bench.settle()
    }
    bench.advance(1)
  }
  return all
}

describe("admin GUIDs", () => {
  it("are refused with a RangeError where they are none, and with false where they cannot be had [SQP-GUID-6] [SQP-IN-1]", () => {
    const { mux } = new Bench({ guidCap: 3 })
    expect(() => mux.setAdminGuid(0, guidOf(0))).toThrow(/function 0 is not in 1..3/)
    expect(() => mux.setAdminGuid(4, null)).toThrow(/function 4 is not in 1..3/)
    expect(() => mux.setAdminGuid(1, "0xbad")).toThrow(/the admin GUID must be 16 hex digits, got "0xbad"/)
    expect(mux.setAdminGuid(1, guidOf(2)), "another's slot").toBe(false)
    expect(mux.setAdminGuid(1, "0200000000000002"), "the SA's").toBe(false)
    expect(mux.setAdminGuid(3, NO_GUID), "beyond the table").toBe(false)
    expect(mux.setAdminGuid(1, "ABCDEF0000000001")).toBe(true)
    expect(mux.setAdminGuid(2, "abcdef0000000001"), "another's wish").toBe(false)
    expect(mux.setAdminGuid(2, null), "nothing is always to be had").toBe(true)
  })

  it.each([
    [{ adminGuids: [guidOf(9)] }, /adminGuids\[0\] must be null, 0 or guids\[0\]/],
    [{ adminGuids: [null, guidOf(2)] }, /adminGuids\[1\] must be a GUID that no other slot has/],
    [{ adminGuids: [null, aliasOf(1), aliasOf(1)] }, /adminGuids\[1\] must be a GUID that no other slot has/],
    [{ adminGuids: [null, "beef"] }, /adminGuids\[1\] must be 16 hex digits/],
    [{ adminGuids: [null, null, NO_GUID], guidCap: 2 }, /adminGuids\[2\] must be null: the GUID table has 2 slots/],
    [{ timing: { ...defaultTiming, guidRetry: 5, guidRetryMax: 4 } }, /guidRetry must be at most timing.guidRetryMax \(4\), got 5/]
  ])("that contradict each other make no PF context: %o [SQP-GUID-6] [SQP-IN-1]", (change, fault) => {
    expect(() => new Mux(muxConfig(change))).toThrow(fault)
  })
})

describe("requests about slots", () => {
  it("name each of 254 VFs' own slot alone, and every VF has its GUID after the answers [SQP-GUID-3] [SQP-GUID-4]", () => {
    const bench = benchOf(255, 1024)
    const requests = served(bench)
    expect(requests.map(asked).sort((a, b) => a.slot - b.slot)).toEqual(
      Array.from({ length: 254 }, (_, n) => ({
        attribute: 0x30, method: SET, lid: OWN_LID, slot: n + 1, mask: 3, guid: aliasOf(n + 1), others: false
      })))
    for (const f of [1, 8, 9, 254]) {
      const shown = Buffer.from(bench.mux.query(f, "GUIDInfo", 0) ?? []).toString("hex", 0, 8)
      expect([f, shown]).toEqual([f, aliasOf(f)])
    }
  })

  it("wait for room on a full ring and none is lost: of Sets at the start, of Deletes at the stop [SQP-GUID-3] [SQP-GUID-9]", () => {
    const bench = benchOf(40, 4)
    expect(served(bench).map(asked).map(({ slot }) => slot).sort((a, b) => a - b))
      .toEqual(Array.from({ length: 39 }, (_, n) => n + 1))
    bench.mux.stop()
    expect(bench.mux.isStopped).toBe(false)
    const released: Array<Seen> = []
    for (let polls = 0; polls < 100 && !bench.mux.isStopped; polls++) {
      released.push(...bench.take())
      bench.mux.poll(1, ++bench.now)
    }
    released.push(...bench.take())
    expect(bench.mux.isStopped).toBe(true)
    expect(released.map(asked).map(({ method, slot }) => `${method} ${slot}`).sort())
      .toEqual(Array.from({ length: 39 }, (_, n) => `${DELETE} ${n + 1}`).sort())
  })

  it("end with a detach while they wait for room: nothing is asked for a VF that is gone [SQP-GUID-9]", () => {
    const bench = benchOf(12, 2)
    for (let f = 4; f < 12; f++) bench.mux.detach(f)
    const slots = served(bench).map(asked).map(({ method, slot }) => `${method} ${slot}`)
    expect(slots.filter((text) => text.startsWith(`${SET} `))).toEqual([1, 2, 3].map((f) => `${SET} ${f}`))
  })
})
