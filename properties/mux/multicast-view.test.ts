/** What a VF is shown of members of groups, by the engine: tables of any method, segment by segment, and its own. */
import { describe, expect, it, test } from "vitest"
import { hideOthers } from "../../impl/mux/multicast-view.ts"
import { Bench, gidOf, hex, makeMad, PEER_LID, type Seen, SM_LID, tidOf } from "./fixture.ts"

const RECORD_BYTES = 56
const SEGMENT_BYTES = 200
const SA_DATA = 56
const TABLES = [0x92, 0x93, 0x94]

/** Records of all ones, and the same without PortGID, JoinState and ProxyJoin. */
const records = (count: number, isHidden: boolean): Uint8Array =>
  Uint8Array.from({ length: count * RECORD_BYTES }, (_, i) => {
    const place = i % RECORD_BYTES
    if (!isHidden) return 0xff
    if (place >= 16 && place < 32) return 0
    return place === 48 ? 0xf0 : place === 49 ? 0x7f : 0xff
  })

/** One segment of these records after a VF's eyes were shielded; bytes beyond the MAD are checked to be untouched. */
const shown = (method: number, all: Uint8Array, segment: number, flags: number, length = RECORD_BYTES): Uint8Array => {
  const memory = new Uint8Array(300).fill(0xee)
  const from = (segment - 1) * SEGMENT_BYTES
  memory.set(makeMad({ class: 3, method, attribute: 0x38 }, {
    24: { u8: 1 }, 25: { u8: flags === 0 ? 0 : 1 }, 26: { u8: flags }, 28: { u32: segment }, 44: { u16: length / 8 }
  }))
  memory.set(all.slice(from, from + SEGMENT_BYTES), SA_DATA)
  hideOthers(new DataView(memory.buffer), 0)
  expect(hex(memory.slice(256))).toBe("ee".repeat(44))
  return memory.slice(SA_DATA, SA_DATA + SEGMENT_BYTES)
}

describe("of others' memberships a VF is shown", () => {
  test.each(TABLES)("no PortGID, JoinState or ProxyJoin in any segment of a table of method %s [SQP-MC-16]", (method) => {
    const count = 25
    const segments = (count * RECORD_BYTES) / SEGMENT_BYTES
    const seen = Array.from({ length: segments }, (_, i) => hex(shown(method, records(count, false), i + 1, 1)))
    expect(seen.join("")).toBe(hex(records(count, true)))
    expect(hex(shown(method, records(count, false), 1, 0))).toBe(hex(records(count, true).slice(0, SEGMENT_BYTES)))
  })

  it("nothing at all of a table that does not say where a record ends [SQP-MC-16]", () => {
    for (const length of [0, RECORD_BYTES - 8]) {
      expect(hex(shown(0x92, records(25, false), 1, 1, length))).toBe("0".repeat(2 * SEGMENT_BYTES))
    }
  })

  it("neither of the one record of a GetResp; and what stands behind it stays [SQP-MC-16]", () => {
    const expected = records(4, false).slice(0, SEGMENT_BYTES)
    expected.set(records(1, true))
    expect(hex(shown(0x81, records(4, false), 1, 0))).toBe(hex(expected))
  })

  it("and MADs of other classes are not taken for such, whatever attribute they bear [SQP-TID-2]", () => {
    const bench = new Bench()
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, attribute: 0x38, tid: "00000000000000aa" }), lid: PEER_LID })
    const answer = makeMad({ class: 4, method: 0x81, attribute: 0x38, tid: tidOf(bench.wire()[0]!.mad) })
    answer.fill(0xff, 64)
    bench.arrive(1, { mad: answer, lid: PEER_LID })
    expect(bench.got(1).map(({ mad }) => hex(mad.slice(64)))).toEqual(["ff".repeat(192)])
  })
})

describe("of its own memberships a function is told", () => {
  const mgidOf = (n: number): string => `ff12401bffff0000000000000000000${n.toString(16)}`
  const mask = (bits: number): string => bits.toString(16).padStart(16, "0")
  const JOIN = 0x10003
  const PORT_GID = 0x2
  const PROXY_JOIN = 0x20000
  const asks = (bench: Bench, f: number, method: number, body: Parameters<typeof makeMad>[1]): void => {
    bench.send(f, 1, { lid: SM_LID, mad: makeMad({ class: 3, method, attribute: 0x38 }, { 72: gidOf(f), ...body }) })
  }
  /** Function 1 is a full member of these groups. */
  const memberOf = (...groups: ReadonlyArray<number>): Bench => {
    const bench = new Bench()
    for (const n of groups) {
      asks(bench, 1, 2, { 48: mask(JOIN), 56: mgidOf(n), 104: "01" })
      for (const { mad } of bench.wire()) {
        const answer = Uint8Array.from(mad)
        answer[3] = 0x81
        bench.arrive(1, { mad: answer, lid: SM_LID, remoteQpn: 1 })
      }
      bench.got(1)
    }
    return bench
  }
  /** The status of a table, and the groups of its records. */
  const table = ({ mad }: Seen): ReadonlyArray<string | number> => {
    const view = new DataView(mad.buffer, mad.byteOffset)
    const rows = Math.max(0, Math.floor((view.getUint32(32) - 20) / RECORD_BYTES))
    return [view.getUint16(4), ...Array.from({ length: rows }, (_, i) =>
      hex(mad.slice(SA_DATA + i * RECORD_BYTES, SA_DATA + i * RECORD_BYTES + 16)))]
  }
  const NO_RESOURCES = 0x0100

  it("as many as one segment holds, in the order of their MGIDs, and no more [SQP-MC-16]", () => {
    for (const order of [[3, 1, 2], [2, 3, 1], [1, 3, 2]]) {
      const bench = memberOf(...order)
      asks(bench, 1, 0x12, { 48: mask(PORT_GID) })
      expect(bench.got(1).map(table)).toEqual([[0, ...[1, 2, 3].map(mgidOf)]])
    }
    const bench = memberOf(1, 2, 3, 4)
    asks(bench, 1, 0x12, { 48: mask(PORT_GID) })
    expect(bench.got(1).map(table)).toEqual([[NO_RESOURCES]])
  })

  it("those with the ProxyJoin it asks for, which is always 0 [SQP-MC-16]", () => {
    const bench = memberOf(1)
    for (const proxyJoin of [0, 0x80]) asks(bench, 1, 0x12, { 48: mask(PORT_GID | PROXY_JOIN), 105: { u8: proxyJoin } })
    expect(bench.got(1).map(table)).toEqual([[0, mgidOf(1)], [0]])
  })

  it("by the PF context and not by the SA, though bytes of RMPP that it does not use look like control [SQP-MC-16]", () => {
    const bench = memberOf(1)
    asks(bench, 1, 1, { 24: "01020000", 48: mask(PORT_GID) })
    expect([bench.wire(), bench.got(1).map(({ mad }) => mad[3])]).toEqual([[], [0x81]])
  })

  it("the PF by the SA, if it shows an SM_Key, in whichever half of it [SQP-MC-16]", () => {
    for (const key of ["0000000100000000", "0000000000000001", "0".repeat(16)]) {
      const bench = new Bench()
      asks(bench, 0, 1, { 36: key, 48: mask(PORT_GID) })
      expect(bench.wire().length, key).toBe(key === "0".repeat(16) ? 0 : 1)
    }
  })
})
