/**
 * Records of fixed size, a share for each function: one function's flood never takes another's record.
 * A record is named by its word offset in the region; 0 is no record.
 */
import type { SharedRegion } from "../ring/memory.ts"

/** Words that a pool takes from a region. `strideWords` is the size of a record, a multiple of 4. */
export const recordPoolWords = (functions: number, perFunction: number, strideWords: number): number =>
  Math.max(32, functions * perFunction * strideWords)

/** The records of all functions. Nothing here allocates after construction. */
export class RecordPool {
  /** Records of each function. */
  readonly perFunction: number
  readonly #words: Int32Array
  readonly #first: number
  readonly #stride: number
  /** Per function: records in use, records ever touched, the first free one of those (linked by word 0). */
  readonly #used: Int32Array
  readonly #touched: Int32Array
  readonly #free: Int32Array

  constructor(region: SharedRegion, functions: number, perFunction: number, strideWords: number) {
    this.perFunction = perFunction
    this.#words = region.words
    this.#first = region.allocate(recordPoolWords(functions, perFunction, strideWords))
    this.#stride = strideWords
    this.#used = new Int32Array(functions)
    this.#touched = new Int32Array(functions)
    this.#free = new Int32Array(functions)
  }

  /** Records that the function uses. */
  used(f: number): number {
    return this.#used[f]!
  }

  /** Takes a record of function `f`, its content undefined; 0 when all are in use. */
  take(f: number): number {
    let record = this.#free[f]!
    if (record !== 0) {
      this.#free[f] = this.#words[record]!
    } else {
      const touched = this.#touched[f]!
      if (touched === this.perFunction) return 0
      this.#touched[f] = touched + 1
      record = this.record(f, touched)
    }
    this.#used[f]! += 1
    return record
  }

  /** Gives a record of function `f` back; its word 0 is overwritten. */
  give(f: number, record: number): void {
    this.#words[record] = this.#free[f]!
    this.#free[f] = record
    this.#used[f]! -= 1
  }

  /** Records 0..touched-1 of the function were taken at some time. */
  touched(f: number): number {
    return this.#touched[f]!
  }

  /** The `i`-th record of function `f`. */
  record(f: number, i: number): number {
    return this.#first + (f * this.perFunction + i) * this.#stride
  }
}
