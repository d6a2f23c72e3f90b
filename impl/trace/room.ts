/** What is left of the rings to the wire and to the functions, as the commands of a trace say it. */
import type { Mux } from "../mux/engine.ts"
import type { Qp } from "../vhca/proxy.ts"

/** The number of slots that says: as many as there will ever be need for. */
export const UNBOUNDED_ROOM = 2 ** 20

/** A ring that the PF context fills. */
export type Target = "wire" | number

/** Keeps the rings as full as the environment says; whoever runs the mux reads them empty again and again. */
export class Room {
  readonly #mux: Mux
  /** Slots left, by target and QP; a ring that is not there has no bound. */
  readonly #left = new Map<string, number>()

  constructor(mux: Mux) {
    this.#mux = mux
  }

  /** Each of the two rings to the target has so many slots left. */
  set(target: Target, slots: number): void {
    for (const qp of [0, 1] as const) this.#have(target, qp, slots)
  }

  /** So many MADs were read from a ring, which is empty again, and took slots with them. */
  took(target: Target, qp: Qp, count: number): void {
    const left = this.#left.get(`${target} ${qp}`)
    if (left !== undefined && count > 0) this.#have(target, qp, left - count)
  }

  #have(target: Target, qp: Qp, slots: number): void {
    if (slots >= UNBOUNDED_ROOM) this.#left.delete(`${target} ${qp}`)
    else this.#left.set(`${target} ${qp}`, slots)
    this.#mux.limitRoom(target, qp, slots)
  }
}
