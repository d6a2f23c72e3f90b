/**
 * Records of fixed size, a share for each function: one function's flood never takes another's record.
 * A record is named by its word offset in the region; 0 is no record.
 */
import type { SharedRegion } from "../ring/memory.ts"

/** Words that a pool takes from a region. `strideWords` is the size of a record, a multiple of 4. */
export const recordPoolWords = (functions: number, perFunction: number, strideWords: number): number =>
  Math.max(32, functions * perFunction * strideWords)

/** The records of all functions. Nothing here allocates after construction. */
export interface RecordPool {
  /** Records of each function. */
  readonly perFunction: number
  /** Records that the function uses. */
  readonly used: (f: number) => number
  /** Takes a record of function `f`, its content undefined; 0 when all are in use. */
  readonly take: (f: number) => number
  /** Gives a record of function `f` back; its word 0 is overwritten. */
  readonly give: (f: number, record: number) => void
  /** Records 0..touched-1 of the function were taken at some time. */
  readonly touched: (f: number) => number
  /** The `i`-th record of function `f`. */
  readonly record: (f: number, i: number) => number
}

/** The records of `functions` functions, `perFunction` each. A factory, see engine.ts. */
export const makeRecordPool = (
  region: SharedRegion,
  functions: number,
  perFunction: number,
  strideWords: number
): RecordPool => {
  const { words } = region
  const first = region.allocate(recordPoolWords(functions, perFunction, strideWords))
  /** Per function: records in use, records ever touched, the first free one of those (linked by word 0). */
  const inUse = new Int32Array(functions)
  const everTaken = new Int32Array(functions)
  const free = new Int32Array(functions)

  const record = (f: number, i: number): number => first + (f * perFunction + i) * strideWords
  const take = (f: number): number => {
    let taken = free[f]!
    if (taken !== 0) {
      free[f] = words[taken]!
    } else {
      const fresh = everTaken[f]!
      if (fresh === perFunction) return 0
      everTaken[f] = fresh + 1
      taken = record(f, fresh)
    }
    inUse[f]! += 1
    return taken
  }
  const give = (f: number, given: number): void => {
    words[given] = free[f]!
    free[f] = given
    inUse[f]! -= 1
  }
  return { perFunction, used: (f) => inUse[f]!, take, give, touched: (f) => everTaken[f]!, record }
}
