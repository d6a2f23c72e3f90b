/** P_Keys: the physical table and each function's virtual one (spec/pkey.md). */

import * as config from "./config.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { PKEYS_MAX } = config
const NONE = -1
/** No index stands for it. */
export const NO_INDEX = NONE
const FULL_MEMBER = 0x8000
const BASE = 0x7fff
const PF = 0

/** The P_Key tables of all functions. The virtual table of the PF is the physical one. */
export interface Pkeys {
  /** True if the physical index (0 or more) lies in the table and its entry is not empty. */
  readonly isAssigned: (physical: number) => boolean
  /** The physical index that a function means by a virtual one (0 or more), or {@link NO_INDEX}. */
  readonly toPhysical: (f: number, virtual: number) => number
  /**
   * The virtual index under which a function sees the P_Key of an assigned physical one, or {@link NO_INDEX}.
   */
  readonly toVirtual: (f: number, physical: number) => number
  /** True if the virtual table of the function holds a P_Key with the low 15 bits of `pkey`. */
  readonly holds: (f: number, pkey: number) => boolean
  /** The virtual table as the function sees it; 0 where unassigned. Cold side. */
  readonly view: (f: number) => ReadonlyArray<number>
  /** Replaces the physical table. */
  readonly setTable: (pkeys: ReadonlyArray<number>) => void
  /** Replaces the virtual table of a VF. */
  readonly setMap: (f: number, map: ReadonlyArray<number | null>) => void
  /** Grows whenever a table is replaced. */
  readonly version: () => number
}

/** The tables as configured; a VF without a map has index 0 alone. A factory, see engine.ts. */
export const makePkeys = (
  functions: number,
  pkeys: ReadonlyArray<number>,
  configured: ReadonlyArray<ReadonlyArray<number | null>>
): Pkeys => {
  let table = pkeys
  let changes = 0
  const maps = Array.from({ length: functions }, (_, f) => configured[f] ?? [0])
  // What the two look-ups say, by function: rows of PKEYS_MAX entries, worked out at each change.
  const physicalOf = new Int32Array(functions * PKEYS_MAX)
  const virtualOf = new Int32Array(functions * PKEYS_MAX)

  const isAssigned = (physical: number): boolean => toPhysical(PF, physical) !== NONE
  const toPhysical = (f: number, virtual: number): number =>
    virtual < PKEYS_MAX ? physicalOf[f * PKEYS_MAX + virtual]! : NONE
  const toVirtual = (f: number, physical: number): number => virtualOf[f * PKEYS_MAX + physical]!

  const view = (f: number): ReadonlyArray<number> =>
    f === PF ? table : maps[f]!.map((physical) => (physical === null ? 0 : table[physical] ?? 0))
  const holds = (f: number, pkey: number): boolean =>
    (pkey & BASE) !== 0 && view(f).some((own) => (own & BASE) === (pkey & BASE))

  /** The first full member with the low 15 bits of `pkey`, else the first with them. */
  const reported = (own: ReadonlyArray<number>, pkey: number): number => {
    const full = own.indexOf((pkey & BASE) | FULL_MEMBER)
    return full >= 0 ? full : own.indexOf(pkey & BASE)
  }
  const workOut = (f: number): void => {
    const own = view(f)
    const row = f * PKEYS_MAX
    physicalOf.fill(NONE, row, row + PKEYS_MAX)
    virtualOf.fill(NONE, row, row + PKEYS_MAX)
    own.forEach((pkey, virtual) => {
      if ((pkey & BASE) !== 0) physicalOf[row + virtual] = f === PF ? virtual : maps[f]![virtual] ?? NONE
    })
    table.forEach((pkey, physical) => {
      if ((pkey & BASE) !== 0) virtualOf[row + physical] = f === PF ? physical : reported(own, pkey)
    })
  }
  const setTable = (changed: ReadonlyArray<number>): void => {
    table = [...changed]
    changes += 1
    for (let f = 0; f < functions; f++) workOut(f)
  }
  const setMap = (f: number, map: ReadonlyArray<number | null>): void => {
    maps[f] = [...map]
    changes += 1
    workOut(f)
  }
  setTable(pkeys)
  return { isAssigned, toPhysical, toVirtual, holds, view, setTable, setMap, version: () => changes }
}
