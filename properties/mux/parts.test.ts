/** What a PF context is built from: ids for all that may be held at once, and how it copies. */
import { expect, it, test } from "vitest"
import { defaultLimits } from "../../impl/mux/config.ts"
import { buildHcaParts, cmTids } from "../../impl/mux/hca-parts.ts"
import { ownTids } from "../../impl/mux/host.ts"
import { buildParts } from "../../impl/mux/parts.ts"
import { makeWireIds } from "../../impl/mux/wire-ids.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { Bench, makeMad, muxConfig, PEER_LID, seededRandom32 } from "./fixture.ts"

test.each([{ tids: 4096, cm: 1 }, { tids: 1, cm: 2048 }])(
  "there are wire TIDs for all that functions and the PF context may hold at once, at %o [SQP-FAIR-5]",
  (change) => {
    const config = muxConfig({ limits: { ...defaultLimits, inbound: 16, ...change } })
    const { tids } = buildParts(config).ids
    let taken = 0
    while (tids.take(1, 0) !== 0) taken += 1
    expect(taken).toBeGreaterThanOrEqual(config.functions * config.limits.tids + ownTids(config) + cmTids(config))
  }
)

it("the ports of an HCA draw wire TIDs of that half of all numbers that its exchanges do not use [SQP-TID-1]", () => {
  const hca = buildHcaParts(muxConfig({ random32: () => 7 }))
  const config = muxConfig({ random32: () => 5 })
  const { tids } = buildParts(config, { hca, portIndex: 0 }).ids
  const ofHalf = makeWireIds(SharedRegion.create(1_000_000), {
    ids: config.functions * config.limits.tids + ownTids(config), restMs: config.timing.rest, random32: () => 5,
    half: hca.tidsOfPorts
  })
  for (let i = 0; i < 100; i++) expect(tids.take(1, 0)).toBe(ofHalf.take(1, 0))
})

it("a region copies as it is told, by WebAssembly if it is told nothing", () => {
  expect(buildParts(muxConfig()).region.copyKind).toBe("wasm")
  expect(buildParts(muxConfig({ copy: "views" })).region.copyKind).toBe("views")
})

it("a region has room for what its tables lose to alignment, where its last page is used up, too", () => {
  // Of these the sum of all tables comes so near to the end of a page that the loss would not fit.
  for (let inbound = 120; inbound <= 126; inbound++) {
    const limits = { ...defaultLimits, tids: 1, cm: 1, redirects: 1, inbound }
    expect(() => buildParts(muxConfig({ functionSlots: 2, wireSlots: 16, limits }))).not.toThrow()
  }
})

it("what keys look-ups is drawn for each PF context: who knows the chains of one knows nothing of another's [SQP-TID-1]", () => {
  const request = makeMad({ class: 4, method: 1, attribute: 0x12, tid: "00000000000000aa" })
  const asks: ReadonlyArray<(bench: Bench) => void> = [
    (bench) => void bench.send(1, 1, { mad: request, lid: PEER_LID }),
    (bench) => void bench.arrive(1, { mad: request, lid: PEER_LID, sourceQpn: 1 })
  ]
  /** Words, too large for counts, places and times, that appear in the memory of a PF context when a MAD passes it. */
  const kept = (seed: number, ask: (bench: Bench) => void): ReadonlySet<number> => {
    const bench = new Bench({ random32: seededRandom32(seed) })
    const { words } = bench.mux.region
    const before = words.slice()
    ask(bench)
    const posted = new Set(words.filter((word, at) => word !== before[at]))
    const rings = words.slice()
    bench.settle()
    return new Set(words.filter((word, at) => word !== rings[at] && !posted.has(word) && (word >>> 0) > 0x1000_0000))
  }
  for (const ask of asks) {
    const [one, other] = [kept(1, ask), kept(2, ask)]
    expect(one.size).toBeGreaterThan(0)
    expect([...one].filter((word) => other.has(word))).toEqual([])
  }
})
