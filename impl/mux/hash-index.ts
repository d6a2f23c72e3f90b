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
export class HashIndex {
  readonly #words: Int32Array
  readonly #buckets: number
  readonly #mask: number
  readonly #link: number

  /** An empty index for about `records` records, whose links start `linkWord` words into each record. */
  constructor(region: SharedRegion, records: number, linkWord: number) {
    this.#words = region.words
    this.#buckets = region.allocate(hashIndexWords(records))
    this.#mask = bucketsFor(records) - 1
    this.#link = linkWord
  }

  /** The newest record with this hash, or 0. */
  first(hash: number): number {
    return this.#seek(this.#words[this.#buckets + (hash & this.#mask)]!, hash)
  }

  /** The next older record with the hash of `record`, or 0. */
  next(record: number): number {
    const link = record + this.#link
    return this.#seek(this.#words[link + NEXT]!, this.#words[link + HASH]!)
  }

  /** Adds a record, which must not be in the index, as the newest of its hash. */
  insert(record: number, hash: number): void {
    const words = this.#words
    const bucket = this.#buckets + (hash & this.#mask)
    const older = words[bucket]!
    const link = record + this.#link
    words[link + HASH] = hash
    words[link + NEXT] = older
    words[link + PREVIOUS] = 0
    if (older !== 0) words[older + this.#link + PREVIOUS] = record
    words[bucket] = record
  }

  /** Removes a record that is in the index. */
  remove(record: number): void {
    const words = this.#words
    const link = record + this.#link
    const next = words[link + NEXT]!
    const previous = words[link + PREVIOUS]!
    if (next !== 0) words[next + this.#link + PREVIOUS] = previous
    if (previous !== 0) words[previous + this.#link + NEXT] = next
    else words[this.#buckets + (words[link + HASH]! & this.#mask)] = next
  }

  #seek(from: number, hash: number): number {
    const words = this.#words
    let record = from
    while (record !== 0 && words[record + this.#link + HASH] !== hash) record = words[record + this.#link + NEXT]!
    return record
  }
}
