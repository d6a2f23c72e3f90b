/** Alias GUIDs between what is wished for, what the SA says and what the table shows (spec/guid.md). */
import { describe, expect, it } from "vitest"
import { defaultTiming, type MuxConfig } from "../../impl/mux/config.ts"
import { ownTids } from "../../impl/mux/host.ts"
import { Bench, guidOf, hex, makeMad, muxConfig, OWN_LID, type Seen, SM_LID } from "./fixture.ts"

const NO_GUID = "0".repeat(16)
const ALIAS = "02c90300000000a9"
const OTHER = "02c90300000000b9"
const SET = 0x02
const DELETE = 0x15
/** The VF that shall have {@link ALIAS}, with its place in the table. */
const F = 17
const BLOCK = 2
const REFUSED = 0x0200
const RETRY_MS = 1000
const TIMEOUT_MS = 500
const all = <T>(value: T): ReadonlyArray<T> => Array.from({ length: F + 1 }, () => value)

const benchOf = (change: Partial<MuxConfig> = {}): Bench => {
  const bench = new Bench({
    functions: F + 1,
    adminGuids: all<string | null>(null).with(F, ALIAS),
    pkeyMaps: all([0]),
    timing: { ...defaultTiming, guidRetry: RETRY_MS, guidRetryMax: 64 * RETRY_MS, saTimeout: TIMEOUT_MS, saRetries: 1 },
    ...change
  }, [1, 2])
  bench.mux.attach(F)
  return bench
}

const methods = (seen: ReadonlyArray<Seen>): ReadonlyArray<number> => seen.map(({ mad }) => mad[3] ?? 0)
/** What left now is one request, which the SA answers: grants it as it is, or refuses. */
const answered = (bench: Bench, method: number, status = 0): void => {
  const seen = bench.wire()
  expect(methods(seen)).toEqual([method])
  const mad = Uint8Array.from(seen[0]!.mad)
  mad[3] = method === DELETE ? 0x95 : 0x81
  mad.set([status >>> 8, status & 0xff], 4)
  bench.arrive(1, { mad, lid: SM_LID })
  bench.settle()
}
/** VF 17 has its alias GUID. */
const confirmed = (change: Partial<MuxConfig> = {}): Bench => {
  const bench = benchOf(change)
  answered(bench, SET)
  expect(guidNow(bench)).toBe(ALIAS)
  bench.mux.takeEvents(F)
  return bench
}
const guidNow = ({ mux }: Bench, f = F): string => hex(mux.query(f, "GUIDInfo", 0)!.subarray(0, 8))
/** The SM writes the block of VF 17. */
const shows = ({ mux }: Bench, guid: string): void =>
  mux.portEvent({ _tag: "guidTable", block: BLOCK, guids: [NO_GUID, guid] })
/** Nothing is asked before the last of so many milliseconds. */
const isQuietFor = (bench: Bench, ms: number): void => {
  bench.advance(ms - 1)
  expect(methods(bench.wire())).toEqual([])
  bench.advance(1)
}

describe("the GUID table that the SM wrote", () => {
  it("without the alias GUID in its slot is followed, and the GUID is asked again after a back-off [SQP-GUID-5]", () => {
    const bench = confirmed()
    bench.mux.portEvent({ _tag: "guidTable", block: 0, guids: [guidOf(0), ...Array.from({ length: 7 }, () => NO_GUID)] })
    expect([guidNow(bench), methods(bench.wire())], "another block").toEqual([ALIAS, []])
    shows(bench, NO_GUID)
    expect(guidNow(bench)).toBe(NO_GUID)
    isQuietFor(bench, RETRY_MS)
    answered(bench, SET)
    expect(guidNow(bench)).toBe(ALIAS)
  })

  it("with the alias GUID in its slot confirms it, any other is followed and asked about none the less [SQP-GUID-4]", () => {
    const bench = benchOf()
    answered(bench, SET, REFUSED)
    shows(bench, OTHER)
    expect(guidNow(bench)).toBe(OTHER)
    isQuietFor(bench, RETRY_MS)
    answered(bench, SET, REFUSED)
    shows(bench, ALIAS)
    bench.advance(8 * RETRY_MS)
    expect([guidNow(bench), methods(bench.wire())]).toEqual([ALIAS, []])
    // The back-off begins anew, too.
    shows(bench, NO_GUID)
    isQuietFor(bench, RETRY_MS)
    answered(bench, SET)
  })

  it("confirms nothing that is being asked, nor what was never asked [SQP-GUID-4]", () => {
    const bench = benchOf()
    expect(methods(bench.wire())).toEqual([SET])
    shows(bench, ALIAS)
    bench.advance(TIMEOUT_MS)
    expect(methods(bench.wire())).toEqual([SET])
    bench.advance(TIMEOUT_MS)
    isQuietFor(bench, RETRY_MS)
    answered(bench, SET)
    const down = benchOf({ port: { ...muxConfig().port, up: false } })
    shows(down, ALIAS)
    expect(methods(down.wire())).toEqual([])
    down.mux.portEvent({ _tag: "link", up: true })
    answered(down, SET)
  })

  it("ends no back-off of a release, whether it shows what goes or what shall come [SQP-GUID-5]", () => {
    const bench = confirmed()
    bench.mux.setAdminGuid(F, OTHER)
    answered(bench, DELETE, REFUSED)
    for (const guid of [ALIAS, OTHER]) {
      shows(bench, guid)
      expect(methods(bench.wire())).toEqual([])
    }
    isQuietFor(bench, RETRY_MS)
    answered(bench, DELETE)
    answered(bench, SET)
    expect(guidNow(bench)).toBe(OTHER)
  })
})

describe("an alias GUID on its way back", () => {
  it("is nobody's at once, even while no SM can be asked to delete it [SQP-GUID-6]", () => {
    const bench = confirmed()
    bench.mux.portEvent({ _tag: "sm", smLid: null, smSl: 0 })
    bench.mux.takeEvents(F)
    bench.mux.setAdminGuid(F, null)
    expect([guidNow(bench), methods(bench.wire())]).toEqual([NO_GUID, []])
    expect(bench.mux.takeEvents(F)).toEqual(["gid", "port-down"])
    bench.mux.portEvent({ _tag: "sm", smLid: SM_LID, smSl: 0 })
    answered(bench, DELETE)
  })

  it("that is wished for again meanwhile is the function's again only when the SA shows it [SQP-GUID-4]", () => {
    const bench = confirmed()
    bench.mux.setAdminGuid(F, null)
    bench.mux.setAdminGuid(F, ALIAS)
    shows(bench, ALIAS)
    expect(guidNow(bench), "the Delete is with the SA").toBe(NO_GUID)
    shows(bench, NO_GUID)
    answered(bench, DELETE, REFUSED)
    expect(guidNow(bench), "it left its slot with the Delete").toBe(NO_GUID)
    isQuietFor(bench, RETRY_MS)
    answered(bench, SET)
    expect(guidNow(bench)).toBe(ALIAS)
    const refused = confirmed()
    refused.mux.setAdminGuid(F, null)
    refused.mux.setAdminGuid(F, ALIAS)
    answered(refused, DELETE, REFUSED)
    expect(guidNow(refused)).toBe(NO_GUID)
  })

  it("leaves its slot once it is deleted, whatever the SM wrote there meanwhile [SQP-GUID-6]", () => {
    const bench = confirmed()
    bench.mux.setAdminGuid(F, null)
    shows(bench, ALIAS)
    answered(bench, DELETE)
    expect([guidNow(bench), methods(bench.wire())]).toEqual([NO_GUID, []])
  })

  it("after many refusals is deleted, and the next back-off is a first one again [SQP-GUID-5]", () => {
    const bench = confirmed()
    bench.mux.setAdminGuid(F, null)
    for (const ms of [1, 2, 4]) {
      answered(bench, DELETE, REFUSED)
      isQuietFor(bench, ms * RETRY_MS)
    }
    bench.mux.setAdminGuid(F, OTHER)
    answered(bench, DELETE)
    answered(bench, SET, REFUSED)
    isQuietFor(bench, RETRY_MS)
    answered(bench, SET)
  })
})

describe("alias GUIDs over the life of a PF context", () => {
  it("are asked at a start, whatever back-off a stop met, and who keeps its GUID hears nothing [SQP-GUID-10]", () => {
    const bench = benchOf()
    answered(bench, SET, REFUSED)
    bench.mux.stop()
    expect(methods(bench.take())).toEqual([DELETE])
    bench.mux.start()
    expect(methods(bench.take())).toEqual([SET])
    const lost = confirmed()
    lost.mux.portEvent({ _tag: "sm", smLid: null, smSl: 0 })
    lost.mux.setAdminGuid(F, null)
    // The SM gave another function what is on its way back: it has it once the stop took it back.
    lost.mux.portEvent({ _tag: "guidTable", block: 0, guids: [guidOf(0), guidOf(1), ALIAS] })
    expect(guidNow(lost, 2)).toBe(NO_GUID)
    lost.mux.stop()
    lost.mux.start()
    expect([1, 2, F].map((f) => [guidNow(lost, f), lost.mux.takeEvents(f)]))
      .toEqual([[guidOf(1), []], [ALIAS, []], [NO_GUID, []]])
  })

  it("are given back by a stop, however long the ring to the wire stays full [SQP-LIFE-3]", () => {
    const wanted = Array.from({ length: 6 }, (_, f) => (f === 0 ? null : `02c9030000000${f}00`))
    const config = { functions: 6, wireSlots: 2, guids: [guidOf(0)], adminGuids: wanted, pkeyMaps: all([0]) }
    const bench = new Bench(config, [])
    for (const f of [1, 2, 3, 4, 5]) {
      bench.mux.attach(f)
      answered(bench, SET)
    }
    bench.mux.stop()
    // More polls than the PF context has TIDs of its own.
    const polls = 2 * ownTids(muxConfig({ functions: 6 }))
    for (let i = 0; i < polls; i++) bench.mux.poll(1, bench.now)
    const deletes = [...methods(bench.take())]
    for (let i = 0; i < 6; i++) {
      bench.mux.poll(1, bench.now)
      deletes.push(...methods(bench.take()))
    }
    expect([bench.mux.isStopped, deletes]).toEqual([true, [1, 2, 3, 4, 5].map(() => DELETE)])
  })

  it("are not asked again because the link was down, and the PF's slot never [SQP-GUID-3]", () => {
    const bench = confirmed()
    for (const up of [false, true]) bench.mux.portEvent({ _tag: "link", up })
    expect(methods(bench.wire())).toEqual([])
    for (const guid of [NO_GUID, guidOf(0)]) expect(benchOf({ adminGuids: [guid] }).wire()).toEqual([])
  })

  it("are with the SA until it answers [SQP-LIFE-3]", () => {
    const bench = benchOf()
    expect(bench.mux.isWithSa).toBe(true)
    answered(bench, SET)
    expect(bench.mux.isWithSa).toBe(false)
    const ofGuids = bench.mux.tables().filter(({ table }) => table === "guids")
    expect(ofGuids.map(({ entries, function: f }) => [f, entries])).toEqual([[F, 1], [null, 1]])
  })

  it("are no wish of a VF's whose request names more than its own slot, in either half of the mask [SQP-GUID-11]", () => {
    const bench = confirmed({ policy: { classes: [], saAttributes: [{ attributeId: 0x30, allow: "all" }] } })
    const wish = (high: number, low: number): number => {
      bench.send(F, 1, {
        mad: makeMad({ class: 3, method: SET, attribute: 0x30 }, {
          48: { u32: high }, 52: { u32: low }, 56: { u16: OWN_LID }, 64: OTHER
        })
      })
      const [got] = bench.got(F)
      return Buffer.from(got?.mad ?? []).readUInt16BE(4)
    }
    expect([wish(1, 0x13), wish(2 ** 31, 0x13), wish(0, 0x33)]).toEqual([REFUSED, REFUSED, REFUSED])
    expect([bench.wire(), guidNow(bench)]).toEqual([[], ALIAS])
    expect(wish(0, 0x13)).toBe(0)
    answered(bench, DELETE)
    answered(bench, SET)
    expect(guidNow(bench)).toBe(OTHER)
  })
})
