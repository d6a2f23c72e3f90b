/** Short histories that break the invariants of P_Keys, and their neighbours that do not. */
import { describe, expect, it } from "vitest"
import { FunctionId } from "../model/ids.ts"
import { breaks, dropped, seen, toFunction, toWire } from "./invariant-story.ts"
import { ask, egress, ingress, mad, PF, ping, small, SMP, VF1, VF2 } from "./small-world.ts"

const VF3 = FunctionId(3)
/** VF1 has the default partition as its second, VF2 a limited and two full entries of partition 1, VF3 nothing. */
const world = small({
  functions: 4, port: { pkeys: [0xffff, 0x0001, 0x8001, 0, 0x8002] },
  pkeyMaps: [[0], [null, 0, 1], [1, 2, 2], []]
})
const smp = mad({ mgmtClass: SMP })

describe("a MAD that leaves", () => {
  const wrong = breaks("A P_Key index is mapped to the physical one", world)
  /** A MAD sent with a virtual index leaves with that physical one. */
  const leaves = (fn: FunctionId, virtual: number, physical: number) =>
    wrong(seen(egress(fn, ask, { pkeyIndex: virtual }), toWire(fn, ask, { pkeyIndex: physical })))

  it("has the physical index of the function's own, of the PF the same [SQP-PKEY-1]", () => {
    expect([leaves(VF1, 1, 0), leaves(VF1, 2, 1), leaves(VF2, 1, 2), leaves(PF, 4, 4)])
      .toEqual([null, null, null, null])
    expect([leaves(VF1, 1, 1), leaves(VF2, 0, 0), leaves(PF, 1, 2)]).toEqual([0, 0, 0])
  })

  it("does not leave by an index that is unassigned, outside of the map, or empty [SQP-PKEY-1]", () => {
    expect([leaves(VF1, 0, 0), leaves(VF1, 7, 7), leaves(PF, 3, 3), leaves(PF, 9, 9)]).toEqual([0, 0, 0, 0])
    expect(wrong(seen(egress(VF1, ask, { pkeyIndex: 0 }), dropped(VF1, "pkey-index")))).toBeNull()
  })

  it("leaves by the tables as they are then [SQP-PKEY-1]", () => {
    const second = seen(egress(VF1, ask, { pkeyIndex: 1 }), toWire(VF1, ask, { pkeyIndex: 0 }))
    const mapped = seen({ _tag: "PkeyMapChanged", function: VF1, map: [0, 1] })
    const emptied = seen({ _tag: "PkeysChanged", pkeys: [0, 1] })
    expect([wrong(second), wrong(mapped, second), wrong(emptied, second)]).toEqual([null, 1, 1])
    expect(wrong(seen({ _tag: "PkeyMapChanged", function: VF2, map: [] }), second)).toBeNull()
  })

  it("of QP0 keeps the index that the PF gave it [SQP-PKEY-1]", () => {
    const sent = (pkeyIndex: number) =>
      seen(egress(PF, smp, { pkeyIndex: 3 }), toWire(PF, smp, { qp: 0, pkeyIndex }))
    expect([wrong(sent(3)), wrong(sent(0))]).toEqual([null, null])
  })
})

describe("a MAD that arrives", () => {
  const wrong = breaks("A P_Key index is mapped to the physical one", world)
  const foreign = breaks("A MAD reaches only a function that has its P_Key", world)
  /** A MAD of a physical index reaches a function with that virtual one. */
  const arrives = (fn: FunctionId, physical: number, virtual: number) => {
    const given = toFunction(fn, ping)
    return seen(ingress(ping, { pkeyIndex: physical }), { ...given, address: { ...given.address,
      pkeyIndex: virtual } })
  }

  it("has the function's first index of the partition that is a full member's, else its first [SQP-PKEY-1]", () => {
    expect([wrong(arrives(VF1, 0, 1)), wrong(arrives(VF1, 0, 0)), wrong(arrives(VF1, 2, 2))])
      .toEqual([null, 0, null])
    expect([0, 1, 2].map((virtual) => wrong(arrives(VF2, 1, virtual)))).toEqual([0, null, 0])
    expect([wrong(arrives(PF, 2, 2)), wrong(arrives(PF, 2, 1))]).toEqual([null, 0])
  })

  it("reaches only a function that has its partition, as a full or a limited member [SQP-PKEY-2]", () => {
    expect([foreign(arrives(VF1, 0, 1)), foreign(arrives(VF1, 2, 2)), foreign(arrives(PF, 4, 4))])
      .toEqual([null, null, null])
    expect([foreign(arrives(VF2, 0, 0)), foreign(arrives(VF1, 4, 0)), foreign(arrives(VF3, 0, 0))])
      .toEqual([0, 0, 0])
    expect([foreign(arrives(PF, 3, 3)), foreign(arrives(VF1, 9, 0))]).toEqual([0, 0])
    expect(wrong(arrives(VF3, 0, 0))).toBeNull()
  })

  it("is judged by the tables as they are when it arrives [SQP-PKEY-2]", () => {
    const late = arrives(VF1, 0, 1)
    const taken = seen({ _tag: "PkeyMapChanged", function: VF1, map: [] })
    const moved = seen({ _tag: "PkeyMapChanged", function: VF1, map: [0] })
    expect([foreign(late), foreign(taken, late), foreign(moved, late)]).toEqual([null, 1, null])
    expect([wrong(taken, late), wrong(moved, late)]).toEqual([null, 1])
  })

  it("on QP0 has no P_Key, and what is dropped reaches nobody [SQP-PKEY-1, SQP-PKEY-2]", () => {
    const management = seen(ingress(smp, { pkeyIndex: 3 }), toFunction(PF, smp, 0))
    expect([wrong(management), foreign(management)]).toEqual([null, null])
    const lost = seen(ingress(ping, { pkeyIndex: 4 }), dropped(null, "pkey-mismatch"))
    expect([wrong(lost), foreign(lost)]).toEqual([null, null])
    expect(foreign(seen(egress(VF1, ask)))).toBeNull()
  })
})
