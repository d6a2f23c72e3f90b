/**
 * Single-producer single-consumer ring of 320-byte slots in a shared region.
 *
 * The producer asks for writable slots, fills them in place and publishes a batch; the consumer asks for
 * readable slots, reads them in place and releases a batch. Only the two indices are atomic: the store of an
 * index orders the plain accesses to the slots before it. Indices run modulo 2^32, so a full and an empty
 * ring differ. One thread may hold the producer and one the consumer at a time; neither ever waits, throws
 * per slot or allocates.
 */
import { checkInteger, InputError, inputError, shown } from "../input/check.ts"
import { SharedRegion } from "./memory.ts"
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
  throw new InputError(`${where}: slots must be a power of two in 1..${RING_SLOTS_MAX}, got ${slots}`)
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
 * an InputError as `allocate` does.
 */
export const allocateRing = (region: SharedRegion, slots: number, firstIndex = 0): number => {
  const ring = region.allocate(ringWords(slots), RING_ALIGN_WORDS)
  Atomics.store(region.words, ring + RING_TAIL, firstIndex | 0)
  Atomics.store(region.words, ring + RING_HEAD, firstIndex | 0)
  Atomics.store(region.words, ring + RING_SLOT_COUNT, slots)
  return ring
}

/** Reads and checks the slot count of the ring at word `ring`. Throws an InputError if there is no ring. */
const attachedSlots = (region: SharedRegion, ring: number): number => {
  if (!(region instanceof SharedRegion)) throw inputError("the region", "a SharedRegion", region ?? String(region))
  const where = `no ring at word ${ring} of the shared region`
  const aligned = Number.isInteger(ring) && ring >= 0 && ring % RING_ALIGN_WORDS === 0
  if (!aligned || ring + RING_HEADER_WORDS > region.words.length) {
    throw new InputError(`${where}: pass the offset that allocateRing returned`)
  }
  const slots = Atomics.load(region.words, ring + RING_SLOT_COUNT)
  checkSlots(slots, where)
  if (ring + ringWords(slots) > region.words.length) {
    throw new InputError(`${where}: its ${slots} slots leave the region`)
  }
  return slots
}

/**
 * What both ends share: an own index, a cached view of the other end's, and the slots granted in between.
 * The producer may lead the other index by `slots`, the consumer by 0; all else is the same arithmetic.
 */
class RingEnd {
  /** Slots of the ring. */
  readonly slots: number
  readonly #words: Int32Array
  readonly #ownWord: number
  readonly #remoteWord: number
  readonly #firstSlotWord: number
  readonly #lead: number
  #own: number
  /** Slots this end may use, as far as it has seen; while the peer is sound there are never fewer. */
  #granted = 0
  #peerFault = false

  protected constructor(region: SharedRegion, ring: number, side: "producer" | "consumer") {
    const producing = side === "producer"
    this.slots = attachedSlots(region, ring)
    this.#words = region.words
    this.#ownWord = ring + (producing ? RING_TAIL : RING_HEAD)
    this.#remoteWord = ring + (producing ? RING_HEAD : RING_TAIL)
    this.#firstSlotWord = ring + RING_HEADER_WORDS
    this.#lead = producing ? this.slots : 0
    this.#own = Atomics.load(this.#words, this.#ownWord)
    this.#refresh()
  }

  /**
   * True once the other end has moved its index to a place it cannot be (back, or past what this end gave
   * it). This end then goes on with what it was granted before, and never leaves the ring.
   */
  get peerFault(): boolean {
    return this.#peerFault
  }

  /** Word offset of the `index`-th granted slot; `index` must be below the last grant. */
  slot(index: number): number {
    return this.#firstSlotWord + ((this.#own + index) & (this.slots - 1)) * SLOT_WORDS
  }

  /** Slots this end may use, at most `max`. Reads the shared index only if the cached one grants fewer. */
  protected grant(max: number): number {
    if (this.#granted < max) this.#refresh()
    return this.#granted < max ? this.#granted : max
  }

  /** Hands the first `count` granted slots over: the atomic store orders every plain access before it. */
  protected advance(count: number): void {
    if (!Number.isInteger(count) || count < 0 || count > this.#granted) this.#refuse(count)
    if (count === 0) return
    this.#granted -= count
    this.#own = (this.#own + count) | 0
    Atomics.store(this.#words, this.#ownWord, this.#own)
  }

  #refresh(): void {
    const granted = (this.#lead + Atomics.load(this.#words, this.#remoteWord) - this.#own) | 0
    if (granted >= this.#granted && granted <= this.slots) this.#granted = granted
    else this.#peerFault = true
  }

  #refuse(count: number): never {
    throw new InputError(`cannot hand over ${shown(count)} slots of the ring: ${this.#granted} were granted`)
  }
}

/**
 * The writing end of a ring. It continues where the ring stands, so a thread may take it over from another.
 */
export class RingProducer extends RingEnd {
  /** Slots that stay empty. */
  #spared = 0

  /** Attaches to the ring at word `ring` (from {@link allocateRing}). Throws an InputError if there is none. */
  constructor(region: SharedRegion, ring: number) {
    super(region, ring, "producer")
  }

  /** How many slots may be filled now, 0 (full) up to `max`: `slot(0)` and so on. */
  writable(max: number): number {
    const spared = this.#spared
    const writable = this.grant(max + spared) - spared
    return writable > 0 ? writable : 0
  }

  /** From now on at most `most` slots (0..2^20) are filled at a time; those that are already stay. Throws an InputError for others. */
  limit(most: number): void {
    checkInteger("the most MADs that wait", most, 0, RING_SLOTS_MAX)
    this.#spared = Math.max(0, this.slots - most)
  }

  /**
   * Makes the first `count` writable slots visible to the consumer, all at once; 0 does nothing.
   * Throws an InputError when `count` exceeds what `writable` granted: an error of the caller.
   */
  publish(count: number): void {
    this.advance(count)
  }
}

/**
 * The reading end of a ring. It continues where the ring stands, so a thread may take it over from another.
 */
export class RingConsumer extends RingEnd {
  /** Attaches to the ring at word `ring` (from {@link allocateRing}). Throws an InputError if there is none. */
  constructor(region: SharedRegion, ring: number) {
    super(region, ring, "consumer")
    region.prepareSlots(ring + RING_HEADER_WORDS, this.slots)
  }

  /** How many slots may be read now, 0 (empty) up to `max`: `slot(0)` and so on. */
  readable(max: number): number {
    return this.grant(max)
  }

  /**
   * Gives the first `count` readable slots back to the producer, all at once; 0 does nothing.
   * Throws an InputError when `count` exceeds what `readable` granted: an error of the caller.
   */
  release(count: number): void {
    this.advance(count)
  }
}
