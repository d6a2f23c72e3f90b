/** QPNs of one PF context: every QP has its own, 2 to 0xfffffe, and a released one is the last to come again. */
import { InputError } from "../input/check.ts"

const FIRST = 2
const LAST = 0xff_fffe

/** Hands out QPNs. */
export class Qpns {
  readonly #used = new Set<number>()
  #next = FIRST

  /** A QPN that no QP has. Throws an InputError when all 2^24 - 3 are taken. */
  take(): number {
    if (this.#used.size > LAST - FIRST) throw new InputError("every QPN is in use: destroy QPs first")
    while (this.#used.has(this.#next)) this.#step()
    const qpn = this.#next
    this.#used.add(qpn)
    this.#step()
    return qpn
  }

  /** Ends the use of a QPN. */
  give(qpn: number): void {
    this.#used.delete(qpn)
  }

  #step(): void {
    this.#next = this.#next === LAST ? FIRST : this.#next + 1
  }
}
