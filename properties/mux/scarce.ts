/** A part of a fake PF context: TIDs and slots of the ring to the wire, as many as a test says. */

/** TIDs from 1 on, and room for MADs; without a bound at first. */
export class Scarce {
  /** TIDs that may be taken at once. */
  tids = Number.POSITIVE_INFINITY
  /** MADs that may still leave. */
  room = Number.POSITIVE_INFINITY
  readonly taken = new Set<number>()
  #last = 0

  /** Another TID; 0 if as many are taken as there are. */
  readonly takeTid = (): number => {
    if (this.taken.size >= this.tids) return 0
    this.#last += 1
    this.taken.add(this.#last)
    return this.#last
  }

  readonly releaseTid = (tid: number): void => void this.taken.delete(tid)

  /** Takes room for a MAD; false if there is none. */
  protected takeRoom(): boolean {
    if (this.room <= 0) return false
    this.room -= 1
    return true
  }
}
