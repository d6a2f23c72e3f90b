/**
 * Whose MADs come next (spec/fairness.md): round robin over the functions that have some, at most `quantum`
 * MADs of each in a round. All MADs cost the same, so a deficit never outlives its turn. A round begins with
 * the PF.
 */
import { lowestBit, READY_WORDS, type ReadyBitmap } from "../ring/ready.ts"

/**
 * The ready bit of the wire, which no function has. It wakes the PF context, and says that the wire must be read after
 * it was taken.
 */
export const WIRE_READY = 255

/** {@link Scheduler.next}: nobody has anything, or everybody who has was blocked since the last progress. */
export const NOBODY_READY = -1

/** The turns of the functions. */
export class Scheduler {
  readonly #ready: ReadyBitmap
  readonly #quantum: number
  /** Functions with work, as far as known. */
  readonly #active = new Int32Array(READY_WORDS)
  /** The function whose turn it is, and how many MADs it may still have taken. */
  #turn = NOBODY_READY
  #deficit = 0
  /** The next turn goes to the first active function from this one on. */
  #cursor = 0
  #isWireMarked = false

  constructor(ready: ReadyBitmap, quantum: number) {
    this.#ready = ready
    this.#quantum = quantum
  }

  /** Takes in which functions got something to do; call it before reading their rings. */
  refresh(): void {
    for (let word = 0; word < READY_WORDS; word++) {
      const bits = this.#ready.take(word)
      if (bits === 0) continue
      const wire = word === WIRE_READY >>> 5 ? bits & (1 << (WIRE_READY & 31)) : 0
      if (wire !== 0) this.#isWireMarked = true
      this.#active[word]! |= bits & ~wire
    }
  }

  /** True if the bit of the wire was taken since this was asked last: its rings are to be read after that. */
  takeWireMark(): boolean {
    const isMarked = this.#isWireMarked
    this.#isWireMarked = false
    return isMarked
  }

  /** The function whose turn it is: the one that has not used its quantum up, else the next active one. */
  next(): number {
    if (this.#turn !== NOBODY_READY) return this.#turn
    let f = this.#from(this.#cursor)
    if (f === NOBODY_READY) f = this.#from(0)
    if (f === NOBODY_READY) return NOBODY_READY
    this.#turn = f
    this.#deficit = this.#quantum
    this.#cursor = f + 1
    return f
  }

  /** How many MADs the function whose turn it is may still have taken. */
  get deficit(): number {
    return this.#deficit
  }

  /** `count` MADs were taken in this turn; it ends when the quantum is used up. */
  served(count: number): void {
    this.#deficit -= count
    if (this.#deficit <= 0) this.#turn = NOBODY_READY
  }

  /** Ends the turn. `idle`: the rings of the function were seen empty after the last `refresh`. */
  pass(idle: boolean): void {
    const f = this.#turn
    if (f === NOBODY_READY) return
    if (idle) this.#active[f >>> 5]! &= ~(1 << (f & 31))
    this.#turn = NOBODY_READY
  }

  /** True if some function has work, as far as known. */
  get hasWork(): boolean {
    for (let word = 0; word < READY_WORDS; word++) if (this.#active[word] !== 0) return true
    return false
  }

  /** The first active function from `f` on. */
  #from(f: number): number {
    for (let word = f >>> 5; word < READY_WORDS; word++) {
      const mask = word === f >>> 5 ? -1 << (f & 31) : -1
      const bits = this.#active[word]! & mask
      if (bits !== 0) return word * 32 + lowestBit(bits)
    }
    return NOBODY_READY
  }
}
