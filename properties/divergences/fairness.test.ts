import { afterEach, describe, expect, it, vi } from "vitest"
import { CM, CLASS } from "../mads.ts"
import { Bench, makeMad, PEER_LID } from "../mux/fixture.ts"
import { sources } from "../sources.ts"

afterEach(() => vi.restoreAllMocks())

describe("a MAD that is refused", () => {
  const refused = [
    makeMad({ class: CLASS.SMP, method: 1 }),
    makeMad({ class: 0x21, method: 2 }),
    makeMad({ class: CLASS.SA, method: 0x81 }),
    makeMad({ class: CLASS.CM, method: 3, attribute: CM.SIDR_REP }),
    makeMad({ class: CLASS.CM, method: 3, attribute: 0x77 }),
    makeMad({ class: CLASS.PERF, method: 1, base: 9 })
  ]

  it("writes nothing anywhere, however many there are, and is counted with its reason [SQP-ACC-1]", () => {
    const written = [
      ...(["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name)),
      vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")
    ]
    const bench = new Bench()
    let delivered = 0
    for (let round = 0; round < 50; round++) {
      for (const mad of refused) {
        bench.send(1, 1, { mad, lid: PEER_LID })
        bench.arrive(1, { mad, lid: PEER_LID })
        bench.settle()
        bench.got(1)
        delivered += bench.got(0).length
      }
    }
    expect(written.map((spy) => spy.mock.calls.length)).toEqual(written.map(() => 0))
    vi.restoreAllMocks()
    const { answered, dropped, received } = bench.mux.counters(1)
    const drops = Object.values(dropped).reduce((sum, count) => sum + count, 0)
    expect([received, answered + drops]).toEqual([300, 300])
    const ended = [null, 0].flatMap((f) => Object.values(bench.drops(f))).reduce((sum, count) => sum + count, delivered)
    expect(ended).toBe(300)
  })

  it("meets no code that could write: neither rings nor mux nor accessors know a console or a log [SQP-FAIR-1]", () => {
    const hot = sources(["impl/mux", "impl/ring", "impl/wire", "impl/vhca"], [".ts"])
    const loud = hot.filter(({ text }) => /\bconsole\.|process\.(?:stdout|stderr)|\bEffect\.log/.test(text))
    expect(loud.map(({ path }) => path)).toEqual([])
    expect(hot.length).toBeGreaterThan(40)
  })
})
