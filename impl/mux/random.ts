/** Unpredictable numbers for ids and keys. */
import { randomFillSync } from "node:crypto"

/** A source of 32 random bits from the operating system, fetched in blocks. */
export const systemRandom32 = (): (() => number) => {
  const block = new Uint32Array(1024)
  let used = block.length
  return () => {
    if (used === block.length) {
      randomFillSync(block)
      used = 0
    }
    return block[used++]!
  }
}
