/** Where the peer of an exchange is known to be, against a plain list of four LIDs and four GIDs. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeCmAddresses } from "../../impl/mux/cm-address.ts"
import { CM_RECORD } from "../../impl/mux/cm-record.ts"
import { hashEnd, hashWord } from "../../impl/mux/hash-index.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { assertProperty } from "../run.ts"

const SEED = 77
const MOST = 4
const RECORDS = 3

/** The newest four of what was added, each once. */
const added = (list: ReadonlyArray<number>, value: number): ReadonlyArray<number> =>
  value === 0 || list.includes(value) ? list : [...list, value].slice(-MOST)

const lid = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 0x8001, 0xffff)
const gid = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, -1)
const step = fc.record({
  op: fc.constantFrom("add", "add", "add", "propose", "accept", "refuse"), which: fc.nat(RECORDS - 1), lid, gid
})

describe("the addresses of a peer", () => {
  it("are the last four LIDs and GIDs that were seen or named, and of a LAP those that were accepted [SQP-CM-15]", () =>
    assertProperty(fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const region = SharedRegion.create(RECORDS * CM_RECORD.STRIDE + 64)
      const first = region.allocate(RECORDS * CM_RECORD.STRIDE)
      const addresses = makeCmAddresses(region, SEED)
      const known = Array.from({ length: RECORDS }, () => ({
        lids: [] as ReadonlyArray<number>, gids: [] as ReadonlyArray<number>, proposed: { lid: 0, gid: 0 }
      }))
      const add = (which: number, { lid, gid }: { readonly lid: number; readonly gid: number }): void => {
        const one = known[which]!
        one.lids = added(one.lids, lid)
        one.gids = added(one.gids, gid)
      }
      for (const { gid, lid, op, which } of steps) {
        const at = first + which * CM_RECORD.STRIDE
        const one = known[which]!
        if (op === "add") {
          addresses.addAddress(at, lid, gid)
          add(which, { lid, gid })
        } else if (op === "propose") {
          addresses.propose(at, lid, gid)
          one.proposed = { lid, gid }
        } else {
          addresses.settle(at, op === "accept")
          if (op === "accept") add(which, one.proposed)
          one.proposed = { lid: 0, gid: 0 }
        }
      }
      known.forEach(({ gids, lids }, which) => {
        const at = first + which * CM_RECORD.STRIDE
        const seen = (test: (value: number) => boolean, values: ReadonlyArray<number>) => values.filter(test)
        for (const lmc of [0, 1, 7]) {
          const values = [0, 1, 2, 3, 4, 5, 6, 7, 0x8000, 0x8001, 0xfffe, 0xffff]
          expect(seen((value) => addresses.knows(at, value, 0, lmc), values))
            .toEqual(values.filter((value) => lids.some((known) => (known ^ value) >>> lmc === 0)))
        }
        const values = [0, 1, 2, 3, 4, 5, 6, 7, -1]
        expect(seen((value) => addresses.knows(at, 0x7777, value, 0), values)).toEqual(values.filter((value) => gids.includes(value)))
      })
    }), { numRuns: 100 }))

  it("name a GID by all of its words, and no GID by 0 [SQP-CM-15]", () => {
    const region = SharedRegion.create(64)
    const { gidAt } = makeCmAddresses(region, SEED)
    const words = [1, 2, 3, 4]
    const name = (of: ReadonlyArray<number>): number => gidAt(Int32Array.from([9, ...of, 9]), 1)
    expect(name([0, 0, 0, 0])).toBe(0)
    const names = [words, ...words.map((_, i) => words.with(i, 0)), ...words.map((_, i) => words.with(i, 9))].map(name)
    expect(names).not.toContain(0)
    expect(new Set(names).size).toBe(names.length)
    // A GID whose hash is 0 has another name: the last word undoes what came before it.
    const before = [1, 2, 3].reduce(hashWord, SEED)
    expect(hashEnd(hashWord(before, before))).toBe(0)
    expect(name([1, 2, 3, before])).toBe(1)
  })
})
