/**
 * Single-producer single-consumer ring of 320-byte slots in a shared region.
 *
 * The producer asks for writable slots, fills them in place and publishes a batch; the consumer asks for
 * readable slots, reads them in place and releases a batch. Only the two indices are atomic: the store of an
 * index orders the plain accesses to the slots before it. Indices run modulo 2^32, so a full and an empty
 * ring differ. One thread may hold the producer and one the consumer at a time; neither ever waits, throws
 * per slot or allocates.
 */
import type { SharedRegion } from "./memory.ts"
import { SLOT_WORDS } from "./slot.ts"

/** The most slots of a ring. */
export const RING_SLOTS_MAX = 2 ** 20

// The indices lie 128 bytes apart: two cores never fight for a line, nor for a pair of lines fetched at once.
/** Header word of the tail: slots ever published, modulo 2^32. Written by the producer. */
export const RING_TAIL = 0
/** Header word of the head: slots ever released, modulo 2^32. Written by the consumer. */
export const RING_HEAD = 32
/** Header word of the slot count; read once, when a thread attaches. */
const RING_SLOT_COUNT = 16
const RING_HEADER_WORDS = 64
/** Alignment of a ring, in words. */
const RING_ALIGN_WORDS = 32

const checkSlots = (slots: number, where: string): void => {
  const inRange = Number.isInteger(slots) && slots >= 1 && slots <= RING_SLOTS_MAX
  if (inRange && (slots & (slots - 1)) === 0) return
  throw new RangeError(`${where}: slots must be a power of two in 1..${RING_SLOTS_MAX}, got ${slots}`)
}

/**
 * Size in words of a ring of `slots` slots, header included; rings allocated one after the other leave no
 * gaps.
 */
export const ringWords = (slots: number): number => {
  checkSlots(slots, "ringWords")
  return Math.ceil((RING_HEADER_WORDS + slots * SLOT_WORDS) / RING_ALIGN_WORDS) * RING_ALIGN_WORDS
}

/**
 * Allocates an empty ring of `slots` slots (a power of two, 1..2^20) and returns its word offset, by which
 * the producer and the consumer attach. Both indices start at `firstIndex`, any 32-bit integer. Throws
 * RangeError as `allocate` does.
 */
export const allocateRing = (region: SharedRegion, slots: number, firstIndex = 0): number => {
  const ring = region.allocate(ringWords(slots), RING_ALIGN_WORDS)
  Atomics.store(region.words, ring + RING_TAIL, firstIndex | 0)
  Atomics.store(region.words, ring + RING_HEAD, firstIndex | 0)
  Atomics.store(region.words, ring + RING_SLOT_COUNT, slots)
  return ring
}

/** Reads and checks the slot count of the ring at word `ring`. Throws RangeError if there is no ring. */
const attachedSlots = (region: SharedRegion, ring: number): number => {
  const where = `no ring at word ${ring} of the shared region`
  const aligned = Number.isInteger(ring) && ring >= 0 && ring % RING_ALIGN_WORDS === 0
  if (!aligned || ring + RING_HEADER_WORDS > region.words.length) {
    throw new RangeError(`${where}: pass the offset that allocateRing returned`)
  }
  const slots = Atomics.load(region.words, ring + RING_SLOT_COUNT)
  checkSlots(slots, where)
  if (ring + ringWords(slots) > region.words.length) {
    throw new RangeError(`${where}: its ${slots} slots leave the region`)
  }
  return slots
}

const wrongBatch = (what: string, count: number, granted: number): never => {
  throw new RangeError(`${what}(${count}) but only ${granted} slots were granted`)
}

/**
 * The writing end of a ring. It continues where the ring stands, so a thread may take it over from another.
 */
export class RingProducer {
  /** Slots of the ring. */
  readonly slots: number
  readonly #words: Int32Array
  readonly #tailWord: number
  readonly #headWord: number
  readonly #firstSlotWord: number
  #tail: number
  /**
   * Free slots when the head was last read; the real number is never smaller, unless the peer is at fault.
   */
  #free: number
  #peerFault = false

  /** Attaches to the ring at word `ring` (from {@link allocateRing}). Throws RangeError if there is none. */
  constructor(region: SharedRegion, ring: number) {
    this.slots = attachedSlots(region, ring)
    this.#words = region.words
    this.#tailWord = ring + RING_TAIL
    this.#headWord = ring + RING_HEAD
    this.#firstSlotWord = ring + RING_HEADER_WORDS
    this.#tail = Atomics.load(this.#words, this.#tailWord)
    this.#free = 0
    this.#refresh()
  }

  /**
   * True once the consumer has moved its index to a place it cannot be; the ring then grants no more than it
   * had.
   */
  get peerFault(): boolean {
    return this.#peerFault
  }

  /**
   * How many slots may be filled now: 0 (full) up to `max`. Reads the shared index only if the cached one
   * says fewer.
   */
  writable(max: number): number {
    if (this.#free < max) this.#refresh()
    return this.#free < max ? this.#free : max
  }

  /** Word offset of the `index`-th writable slot; `index` must be below the result of `writable`. */
  slot(index: number): number {
    return this.#firstSlotWord + ((this.#tail + index) & (this.slots - 1)) * SLOT_WORDS
  }

  /**
   * Makes the first `count` writable slots visible to the consumer, all at once; 0 does nothing.
   * Throws RangeError when `count` exceeds what `writable` granted: an error of the caller.
   */
  publish(count: number): void {
    if (count >>> 0 !== count || count > this.#free) wrongBatch("publish", count, this.#free)
    if (count === 0) return
    this.#free -= count
    this.#tail = (this.#tail + count) | 0
    Atomics.store(this.#words, this.#tailWord, this.#tail)
  }

  #refresh(): void {
    const free = this.slots - ((this.#tail - Atomics.load(this.#words, this.#headWord)) | 0)
    if (free >= this.#free && free <= this.slots) this.#free = free
    else this.#peerFault = true
  }
}

/**
 * The reading end of a ring. It continues where the ring stands, so a thread may take it over from another.
 */
export class RingConsumer {
  /** Slots of the ring. */
  readonly slots: number
  readonly #words: Int32Array
  readonly #tailWord: number
  readonly #headWord: number
  readonly #firstSlotWord: number
  #head: number
  /**
   * Filled slots when the tail was last read; the real number is never smaller, unless the peer is at fault.
   */
  #filled: number
  #peerFault = false

  /** Attaches to the ring at word `ring` (from {@link allocateRing}). Throws RangeError if there is none. */
  constructor(region: SharedRegion, ring: number) {
    this.slots = attachedSlots(region, ring)
    this.#words = region.words
    this.#tailWord = ring + RING_TAIL
    this.#headWord = ring + RING_HEAD
    this.#firstSlotWord = ring + RING_HEADER_WORDS
    this.#head = Atomics.load(this.#words, this.#headWord)
    this.#filled = 0
    this.#refresh()
    region.prepareSlots(this.#firstSlotWord, this.slots)
  }

  /**
   * True once the producer has moved its index to a place it cannot be; the ring then grants no more than it
   * had.
   */
  get peerFault(): boolean {
    return this.#peerFault
  }

  /**
   * How many slots may be read now: 0 (empty) up to `max`. Reads the shared index only if the cached one says
   * fewer.
   */
  readable(max: number): number {
    if (this.#filled < max) this.#refresh()
    return this.#filled < max ? this.#filled : max
  }

  /** Word offset of the `index`-th readable slot; `index` must be below the result of `readable`. */
  slot(index: number): number {
    return this.#firstSlotWord + ((this.#head + index) & (this.slots - 1)) * SLOT_WORDS
  }

  /**
   * Gives the first `count` readable slots back to the producer, all at once; 0 does nothing.
   * Throws RangeError when `count` exceeds what `readable` granted: an error of the caller.
   */
  release(count: number): void {
    if (count >>> 0 !== count || count > this.#filled) wrongBatch("release", count, this.#filled)
    if (count === 0) return
    this.#filled -= count
    this.#head = (this.#head + count) | 0
    Atomics.store(this.#words, this.#headWord, this.#head)
  }

  #refresh(): void {
    const filled = (Atomics.load(this.#words, this.#tailWord) - this.#head) | 0
    if (filled >= this.#filled && filled <= this.slots) this.#filled = filled
    else this.#peerFault = true
  }
}
