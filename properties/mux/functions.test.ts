/** The attachment of functions, by itself. */
import { describe, expect, it } from "vitest"
import { Functions } from "../../impl/mux/functions.ts"
import { Qpns } from "../../impl/vhca/qpns.ts"

/** Numbers that come in turn. */
const inTurn = (...numbers: ReadonlyArray<number>) => {
  let at = 0
  return () => numbers[at++] ?? at
}

describe("the tunnels of a function", () => {
  it("have four QPNs that nothing else has, and give them back when they end [SQP-QP-2]", () => {
    const taken = new Set<number>()
    class Counted extends Qpns {
      override take(): number {
        const qpn = super.take()
        taken.add(qpn)
        return qpn
      }
      override give(qpn: number): void {
        taken.delete(qpn)
        super.give(qpn)
      }
    }
    const functions = new Functions(3, new Counted(), inTurn())
    functions.open(1)
    functions.open(2)
    const all = [1, 2].flatMap((f) => functions.tunnels(f) ?? []).flatMap((each) => [each.proxyQpn, each.tunnelQpn])
    expect(all.toSorted((a, b) => a - b)).toEqual([...taken].toSorted((a, b) => a - b))
    expect(taken.size).toBe(8)
    functions.close(1)
    expect(functions.tunnels(1)).toBeNull()
    expect([...taken].toSorted((a, b) => a - b)).toEqual(all.slice(4).toSorted((a, b) => a - b))
  })

  it("have a Q_Key each that is controlled, not the well-known one, and no other tunnel's [SQP-QP-5]", () => {
    const functions = new Functions(2, new Qpns(), inTurn(0x0001_0000, 5, 5, 6))
    functions.open(1)
    const keys = [0x8000_0005, 0x8000_0006]
    expect(keys.map((key) => functions.isTunnelQkey(key))).toEqual([true, true])
    expect([0, 5, 0x8001_0000].map((key) => functions.isTunnelQkey(key))).toEqual([false, false, false])
    functions.close(1)
    expect(keys.map((key) => functions.isTunnelQkey(key))).toEqual([false, false])
  })

  it("are of functions that there are, and the PF is named where a VF is wanted", () => {
    const functions = new Functions(3, new Qpns(), inTurn())
    for (const f of [0, 2]) expect(() => functions.check(f)).not.toThrow()
    for (const f of [-1, 3, 0.5]) expect(() => functions.check(f)).toThrow(`function ${f} is not in 0..2`)
    expect(() => functions.check(2, 1)).not.toThrow()
    expect(() => functions.check(3, 1)).toThrow(/^function 3 is not in 1..2$/)
    expect(() => functions.check(0, 1)).toThrow("function 0 is not in 1..2: function 0 is the PF")
    expect(() => functions.check(3)).toThrow(expect.objectContaining({ path: "function", expected: "in 0..2" }))
  })
})
