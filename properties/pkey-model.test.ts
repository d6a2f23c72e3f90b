/** P_Keys: every table and map of a few keys against a reading of the page, and a scope. */
import { describe, expect, it } from "vitest"
import { FunctionId } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { State } from "../model/state.ts"
import { holdsPkey, isOfPort, pkeyAt, virtualPkeyIndex } from "../model/tables.ts"
import { actionsOf, after, endOf, running } from "./happening.ts"
import { expectFaultless } from "./faultless.ts"
import { answer, arrivingFor, ask, egress, gid, ingress, mad, PF, ping, small, SMP, VF1, VF2 } from "./small-world.ts"

/** Empty, empty with the member bit, full and limited member of two partitions. */
const KEYS = [0x0000, 0x8000, 0xffff, 0x7fff, 0x8001, 0x0001]
const tables = KEYS.flatMap((first) => KEYS.map((second) => [first, second]))
const ENTRIES = [null, 0, 1, 2]
const maps = ENTRIES.flatMap((first) => ENTRIES.map((second) => [first, second]))

const low15 = (pkey: number): number => pkey % 0x8000
const isFull = (pkey: number): boolean => pkey >= 0x8000

/** The P_Key a virtual index stands for, 0 for none. */
const read = (table: ReadonlyArray<number>, map: ReadonlyArray<number | null>, index: number): number => {
  const physical = map[index]
  return typeof physical === "number" ? (table[physical] ?? 0) : 0
}

/** How a MAD of a function at an index must leave. */
const leaving = (table: ReadonlyArray<number>, map: ReadonlyArray<number | null>, index: number): string =>
  low15(read(table, map, index)) === 0 ? "pkey-index of 1" : `at ${map[index]}`

/** How a MAD that came at a physical index must reach a VF. */
const arriving = (
  table: ReadonlyArray<number>,
  map: ReadonlyArray<number | null>,
  physical: number
): string => {
  const partition = low15(table[physical] ?? 0)
  if (partition === 0) return "pkey-index of nobody"
  const own = map
    .map((_, index) => read(table, map, index))
    .map((pkey, index) => ({ pkey, index }))
    .filter(({ pkey }) => low15(pkey) === partition)
  const best = own.find(({ pkey }) => isFull(pkey)) ?? own[0]
  return best ? `at ${best.index}` : "pkey-mismatch of 1"
}

/** The P_Key index a MAD comes out with, or how it ends. */
const indexOf = (state: State, event: Parameters<typeof endOf>[1]): string => {
  const [action] = actionsOf(state, event)
  return action && "address" in action ? `at ${action.address.pkeyIndex}` : endOf(state, event)
}

const begun = running(small({ functions: 2 }))
const withTable = (pkeys: ReadonlyArray<number>, map: ReadonlyArray<number | null>): State =>
  after(begun, { _tag: "PkeysChanged", pkeys }, { _tag: "PkeyMapChanged", function: VF1, map })

describe("the model of P_Keys", () => {
  const INDICES = [0, 1, 2, 0xffff]

  it("maps every index of every map and table as the page says, out and in [SQP-PKEY-1, SQP-PKEY-2]", () => {
    const wrong = tables.flatMap((table) =>
      maps.flatMap((map) => {
        const state = withTable(table, map)
        return INDICES.flatMap((pkeyIndex) => {
          const out = [indexOf(state, egress(VF1, ask, { pkeyIndex })), leaving(table, map, pkeyIndex)]
          const came = ingress(ping, { pkeyIndex, ...arrivingFor(gid(1)) })
          const into = [indexOf(state, came), arriving(table, map, pkeyIndex)]
          return [out, into]
            .filter(([is, must]) => is !== must)
            .map(([is, must]) => `table ${table} map ${map} index ${pkeyIndex}: ${is}, not ${must}`)
        })
      })
    )
    console.log(
      `${tables.length * maps.length * INDICES.length * 2} combinations of table, map, index and way`
    )
    expect(wrong).toEqual([])
  })

  it("finds the full member of a partition first, and nothing for what is empty [SQP-PKEY-1, SQP-PKEY-2]", () => {
    const begin = initial(small({
      functions: 3, port: { pkeys: [0x7fff, 0xffff, 0, 0x8001] }, pkeyMaps: [[], [null, 0, 1], [1, 0, null]]
    }))
    expect([0, 1, 2, 3, 9].map((physical) => virtualPkeyIndex(begin, VF1, physical))).toEqual([2, 2, null, null, null])
    expect([0, 1, 2, 3, 9].map((physical) => virtualPkeyIndex(begin, VF2, physical))).toEqual([0, 0, null, null, null])
    expect([0, 1, 2, 3, 9].map((physical) => virtualPkeyIndex(begin, PF, physical))).toEqual([0, 1, null, 3, null])
    expect([0, 1, 2, 9].map((index) => pkeyAt(begin, VF1, index))).toEqual([0, 0x7fff, 0xffff, 0])
    expect([0, 0x8000, 0x7fff, 0xffff, 0x0001].map((pkey) => holdsPkey(begin, VF1, pkey))).toEqual([false, false, true, true, false])
    expect([0, 1, 2, 0x7fff].map((partition) => isOfPort(begin, partition))).toEqual([false, true, false, true])
    expect(() => pkeyAt(begin, FunctionId(3), 0)).toThrow("function 3 is beyond the 3 of this PF context")
  })

  it("gives the PF the physical table as it is, both ways [SQP-PKEY-1]", () => {
    for (const table of tables) {
      const state = withTable(table, [0])
      for (const pkeyIndex of INDICES) {
        const isHeld = low15(table[pkeyIndex] ?? 0) !== 0
        expect(indexOf(state, egress(PF, ask, { pkeyIndex }))).toBe(
          isHeld ? `at ${pkeyIndex}` : "pkey-index of 0"
        )
        expect(indexOf(state, ingress(ask, { pkeyIndex }))).toBe(
          isHeld ? `at ${pkeyIndex}` : "pkey-index of nobody"
        )
      }
    }
  })

  it("does not look at P_Keys on QP0, where SMPs have none [SQP-PKEY-1, SQP-CLS-1]", () => {
    const empty = withTable([0, 0], [])
    expect(indexOf(empty, egress(PF, mad({ mgmtClass: SMP }), { pkeyIndex: 5 }))).toBe("at 5")
    expect(indexOf(empty, ingress(mad({ mgmtClass: SMP }), { pkeyIndex: 5 }))).toBe("at 0")
  })

  it("never changes the PF's map, and keeps a VF's while the table shrinks and grows [SQP-PKEY-1]", () => {
    const mapped = after(begun, { _tag: "PkeyMapChanged", function: PF, map: [1, 0] })
    expect(mapped).toEqual(begun)
    const regrown = after(
      withTable([0xffff, 0x8001], [1]),
      { _tag: "PkeysChanged", pkeys: [0xffff] },
      { _tag: "PkeysChanged", pkeys: [0xffff, 0x8002] }
    )
    expect(indexOf(regrown, egress(VF1, ask))).toBe("at 1")
  })

  it("judges an answer by the tables as they are when it arrives, not as they were when it was asked for " +
    "[SQP-PKEY-1, SQP-PKEY-2]", () => {
    const asked = after(withTable([0xffff, 0x8001], [0, 1]), egress(VF1, ask, { pkeyIndex: 1 }))
    const remapped = (map: ReadonlyArray<number | null>) =>
      after(asked, { _tag: "PkeyMapChanged", function: VF1, map })
    const arrives = (state: State) => indexOf(state, ingress(answer(1), { pkeyIndex: 1 }))
    expect([[0, 1], [1, 0], [1], [null, null, 1]].map((map) => arrives(remapped(map))))
      .toEqual(["at 1", "at 0", "at 0", "at 2"])
    expect(arrives(remapped([0]))).toBe("pkey-mismatch of 1")
    // Given again in time, the answer still finds its request.
    expect(arrives(after(remapped([0]), { _tag: "PkeyMapChanged", function: VF1, map: [0, 1] }))).toBe("at 1")
    expect(arrives(after(asked, { _tag: "PkeysChanged", pkeys: [0xffff] }))).toBe("pkey-index of nobody")
  })

  it("keeps every invariant while tables and maps change [SQP-PKEY-1, SQP-PKEY-2, SQP-EV-1]", () => {
    expectFaultless("pkey/tables")
  })

  it("keeps every invariant when a P_Key goes and MADs are lost [SQP-PKEY-1, SQP-PKEY-2]", () => {
    expectFaultless("pkey/losses")
  })
})
