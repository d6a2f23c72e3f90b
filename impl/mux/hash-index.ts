/**
 * Hash index over records of a shared region: finds all records with a key, the newest first.
 *
 * Chained, not open addressing: the links lie inside the record that is compared anyway, removal is constant
 * time, and a guest or a peer that fills one chain makes nobody else's look-up longer. Records are named by
 * their word offset; 0 is no record. Nothing here allocates after construction.
 */
import type { SharedRegion } from "../ring/memory.ts"

/** Words that the index uses inside each record: the hash, the next and the previous record. */
export const HASH_LINK_WORDS = 3
const HASH = 0
const NEXT = 1
const PREVIOUS = 2

/** Absorbs one word of a key into `hash`; start from a random number, end with {@link hashEnd}. */
export const hashWord = (hash: number, word: number): number => {
  const product = Math.imul(hash ^ word, 0x9e37_79b1)
  return product ^ (product >>> 15)
}

/** The last step of a hash: every bit of the key reaches every bit that chooses a chain. */
export const hashEnd = (hash: number): number => {
  const product = Math.imul(hash, 0x85eb_ca6b)
  return product ^ (product >>> 13)
}

const bucketsFor = (records: number): number => 2 ** Math.ceil(Math.log2(Math.max(2, records)))

/** Words that an index of at most `records` records takes from a region, its links aside. */
export const hashIndexWords = (records: number): number => Math.max(32, bucketsFor(records))

/** Records by hash. The caller compares the keys: unequal keys may have equal hashes. */
export interface HashIndex {
  /** The newest record with this hash, or 0. */
  readonly first: (hash: number) => number
  /** The next older record with the hash of `record`, or 0. */
  readonly next: (record: number) => number
  /** Adds a record, which must not be in the index, as the newest of its hash. */
  readonly insert: (record: number, hash: number) => void
  /** Removes a record that is in the index. */
  readonly remove: (record: number) => void
}

/**
 * An empty index for about `records` records, whose links start `linkWord` words into each record. A factory,
 * see engine.ts.
 */
export const makeHashIndex = (region: SharedRegion, records: number, linkWord: number): HashIndex => {
  const { words } = region
  const buckets = region.allocate(hashIndexWords(records))
  const mask = bucketsFor(records) - 1

  const seek = (from: number, hash: number): number => {
    let record = from
    while (record !== 0 && words[record + linkWord + HASH] !== hash) record = words[record + linkWord + NEXT]!
    return record
  }
  const first = (hash: number): number => seek(words[buckets + (hash & mask)]!, hash)
  const next = (record: number): number => {
    const link = record + linkWord
    return seek(words[link + NEXT]!, words[link + HASH]!)
  }
  const insert = (record: number, hash: number): void => {
    const bucket = buckets + (hash & mask)
    const older = words[bucket]!
    const link = record + linkWord
    words[link + HASH] = hash
    words[link + NEXT] = older
    words[link + PREVIOUS] = 0
    if (older !== 0) words[older + linkWord + PREVIOUS] = record
    words[bucket] = record
  }
  const remove = (record: number): void => {
    const link = record + linkWord
    const newer = words[link + PREVIOUS]!
    const older = words[link + NEXT]!
    if (older !== 0) words[older + linkWord + PREVIOUS] = newer
    if (newer !== 0) words[newer + linkWord + NEXT] = older
    else words[buckets + (words[link + HASH]! & mask)] = older
  }
  return { first, next, insert, remove }
}
