/** The wire TIDs that the PF context takes for itself, and where exchanges of an HCA have their room. */
import { describe, expect, it } from "vitest"
import { buildHcaParts } from "../../impl/mux/hca-parts.ts"
import { Host, ownTids } from "../../impl/mux/host.ts"
import { LEAVING_FACTOR } from "../../impl/mux/multicast-groups.ts"
import { buildParts } from "../../impl/mux/parts.ts"
import { REPORTS_MAX } from "../../impl/mux/reports.ts"
import { REMEMBERED_MAX } from "../../impl/mux/sa-transactions.ts"
import { muxConfig } from "./fixture.ts"

type Limits = ReturnType<typeof muxConfig>["limits"]
const none: Limits = { ...muxConfig().limits, groups: 0, pending: 0, services: 0, subscriptions: 0 }
const tidsWith = (functions: number, limits: Partial<Limits> = {}): number =>
  ownTids(muxConfig({ functions, limits: { ...none, ...limits } }))

describe("the wire TIDs of the PF context itself", () => {
  it("are enough for all that quotas let functions hold: each may be with the SA, and what ends may be, too [SQP-FAIR-5]", () => {
    for (const functions of [1, 4, 255]) {
      const least = tidsWith(functions)
      // Reports that were handed out; what was given up, of each function and of nobody; the GUID of each.
      expect(least).toBeGreaterThanOrEqual(REPORTS_MAX + REMEMBERED_MAX * (functions + 1) + functions)
      for (const count of [1, 10, 1000]) {
        const more = (limits: Partial<Limits>): number => tidsWith(functions, limits) - least
        const all = functions * count
        expect(more({ groups: count })).toBeGreaterThanOrEqual((1 + LEAVING_FACTOR) * all)
        for (const name of ["pending", "services", "subscriptions"] as const) {
          expect(more({ [name]: count }), name).toBeGreaterThanOrEqual(all)
          expect(tidsWith(functions, { groups: count, pending: count, services: count, [name]: count + 1 }), name)
            .toBeGreaterThanOrEqual(tidsWith(functions, { groups: count, pending: count, services: count }))
        }
      }
    }
  })

  it("are no more than were set apart, so that none is lacking for requests of functions, and come back [SQP-FAIR-5]", () => {
    const config = muxConfig({ functions: 1, limits: { ...none, tids: 4 } })
    const { host, ids } = buildParts(config)
    const most = ownTids(config)
    const taken = Array.from({ length: most }, () => host.takeTid())
    expect(new Set(taken).size).toBe(most)
    expect(taken.every((tid) => tid > 0)).toBe(true)
    expect([host.takeTid(), host.takeTid()]).toEqual([0, 0])
    expect(Array.from({ length: config.limits.tids }, () => ids.tids.take(1, 0)).every((tid) => tid !== 0)).toBe(true)
    for (const tid of taken.slice(0, 3)) host.releaseTid(tid)
    expect(Array.from({ length: 4 }, () => host.takeTid() !== 0)).toEqual([true, true, true, false])
  })

  it("are as many as ever after some were asked for while all ids rested: who got none holds none [SQP-FAIR-5]", () => {
    const config = muxConfig({ functions: 1, limits: { ...none, tids: 4 } })
    const { counters, events, guids, ids, pkeys, port, region, rings } = buildParts(config)
    let isResting = true
    const tids = { ...ids.tids, take: (owner: number, now: number): number => (isResting ? 0 : ids.tids.take(owner, now)) }
    const host = new Host({ config, counters, events, guids, pkeys, port, region, rings, tids })
    expect([host.takeTid(), host.takeTid()]).toEqual([0, 0])
    isResting = false
    expect(Array.from({ length: ownTids(config) }, () => host.takeTid()).every((tid) => tid > 0)).toBe(true)
    expect(host.takeTid()).toBe(0)
  })
})

it("the exchanges of an HCA have room, however their number fits the pages of memory", () => {
  // Most of these end little below the end of a page or little beyond it.
  for (const [functions, cm] of [[1, 1], [2, 98], [2, 99], [2, 100], [1, 196], [1, 198]] as const) {
    expect(() => buildHcaParts(muxConfig({ functions, limits: { ...none, cm } }))).not.toThrow()
  }
})
