/** P_Keys: the physical table and each function's virtual one (spec/pkey.md). */

/** No index stands for it. */
export const NO_INDEX = -1
const FULL_MEMBER = 0x8000
const BASE = 0x7fff

/** The P_Key tables of all functions. The virtual table of the PF is the physical one. */
export class Pkeys {
  readonly #functions: number
  #table = new Int32Array(0)
  /** By function: physical index of each virtual one, or {@link NO_INDEX}. */
  readonly #maps: Array<Int32Array> = []
  /** By function: virtual index to report for each physical one, or {@link NO_INDEX}. */
  readonly #reports: Array<Int32Array> = []

  constructor(functions: number, pkeys: ReadonlyArray<number>, maps: ReadonlyArray<ReadonlyArray<number | null>>) {
    this.#functions = functions
    for (let f = 0; f < functions; f++) {
      this.#maps.push(Int32Array.from(maps[f] ?? [0], (index) => index ?? NO_INDEX))
      this.#reports.push(new Int32Array(0))
    }
    this.setTable(pkeys)
  }

  /** True if the physical index lies in the table and its entry is not empty. */
  isAssigned(physical: number): boolean {
    return physical < this.#table.length && (this.#table[physical]! & BASE) !== 0
  }

  /** The physical index that a function means by a virtual one (0 or more), or {@link NO_INDEX}. */
  toPhysical(f: number, virtual: number): number {
    if (f === 0) return this.isAssigned(virtual) ? virtual : NO_INDEX
    const map = this.#maps[f]!
    const physical = virtual < map.length ? map[virtual]! : NO_INDEX
    return physical >= 0 && this.isAssigned(physical) ? physical : NO_INDEX
  }

  /** The virtual index under which a function sees the P_Key of an assigned physical one, or {@link NO_INDEX}. */
  toVirtual(f: number, physical: number): number {
    return f === 0 ? physical : this.#reports[f]![physical]!
  }

  /** True if the virtual table of the function holds a P_Key with the low 15 bits of `pkey`. */
  holds(f: number, pkey: number): boolean {
    return (pkey & BASE) !== 0 && this.view(f).some((own) => (own & BASE) === (pkey & BASE))
  }

  /** The virtual table as the function sees it; 0 where unassigned. Cold side. */
  view(f: number): ReadonlyArray<number> {
    if (f === 0) return [...this.#table]
    return Array.from(this.#maps[f]!, (physical) => (physical >= 0 ? this.#table[physical] ?? 0 : 0))
  }

  /** Replaces the physical table. */
  setTable(pkeys: ReadonlyArray<number>): void {
    this.#table = Int32Array.from(pkeys)
    for (let f = 1; f < this.#functions; f++) this.#reports[f] = this.#reportsOf(f)
  }

  /** Replaces the virtual table of a VF. */
  setMap(f: number, map: ReadonlyArray<number | null>): void {
    this.#maps[f] = Int32Array.from(map, (index) => index ?? NO_INDEX)
    this.#reports[f] = this.#reportsOf(f)
  }

  #reportsOf(f: number): Int32Array {
    const view = this.view(f)
    return Int32Array.from(this.#table, (pkey) => {
      if ((pkey & BASE) === 0) return NO_INDEX
      const full = view.indexOf((pkey & BASE) | FULL_MEMBER)
      return full >= 0 ? full : view.indexOf(pkey & BASE)
    })
  }
}
