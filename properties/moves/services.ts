/** Functions register and delete ServiceRecords, their own and others'. */
import fc from "fast-check"
import { CLASS, hexOf, mad } from "../mads.ts"
import type { Move } from "../world.ts"
import { anyFunction, grhPick, grhRequest, mostly, sendAddress, tid } from "./draws.ts"

const RID = 0b111
const WITH_LEASE = 0b1_0111

/** A function's Set or Delete of a ServiceRecord, mostly of its own, few different ones. */
export const serviceRequest: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    remove: mostly(2, false, true),
    tid,
    n: fc.nat(2),
    grh: grhPick,
    mask: mostly(8, WITH_LEASE, RID, 0b11, 0b110, 0b101),
    gid: mostly<"own" | "other" | "zero">(10, "own", "other", "zero"),
    pkey: mostly(6, 0xffff, 0x7fff, 0x8001, 0x1234, 0x8000),
    lease: fc.constantFrom(0xffff_ffff, 0xffff_ffff, 1, 2, 0),
    address: sendAddress,
    to: mostly(10, "sm", "peer")
  })
  .map(({ address, f: any, gid, grh, lease, mask, n, pkey, remove, tid: id, to }): Move => ({
    label: remove ? "delete service" : "register service",
    resolve: (world) => {
      const f = world.functionOf(any)
      const gids = { own: world.gidOf(f), other: world.gidOf(world.functionOf(f + 1)), zero: hexOf(0, 32) }
      const text = mad({ mgmtClass: CLASS.SA, method: remove ? 0x15 : 0x02, attribute: 0x31, tid: id }, [
        [48, hexOf(mask, 16)],
        [56, hexOf(0x1000 + n, 16)],
        [64, gids[gid]],
        [80, hexOf(pkey, 4)],
        [82, "0000"],
        [84, hexOf(lease, 8)]
      ])
      const dlid = to === "sm" ? (world.smLid ?? 1) : world.peerOf(n).lid
      return { op: "egress", function: f, qp: 1, ...address, dlid, grh: grhRequest(world, grh, n), mad: text }
    }
  }))
