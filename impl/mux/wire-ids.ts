/**
 * Ids on the wire: 32-bit numbers that stand for a record, unpredictable, never 0 nor all ones, found again
 * without a search, and rested after use (SQP-TID-6, SQP-CM-1).
 *
 * An id is a slot and its generation, sent through a keyed permutation of the 32-bit numbers. Undoing the
 * permutation gives the slot; the id stored there tells whether it still lives. Free slots queue up, so an id
 * comes back only after its slot went through all generations; it is refused if even that was too fast.
 * The permutation hides how ids follow each other from guests and peers; it is no cipher.
 */
import type { SharedRegion } from "../ring/memory.ts"

const SLOT_WORDS = 4
/** The id that lives in the slot, 0 when free. */
const ID = 0
/** The owner while the slot lives, the next free slot while it is free. */
const OWNER = 1
/** The generation; {@link CROSSED} once it has passed the end of a half. */
const GENERATION = 2
/** When the generation entered its present half. */
const ENTERED = 3
const CROSSED = 1 << 31
const NO_SLOT = -1
/** Free slots looked at before an allocation is refused because they all rest. */
const TRIES = 4

/** Slots of `ids` ids that may live at once: some more, so that the queue of free ones never gets short. */
const slotBitsFor = (ids: number): number => Math.max(1, Math.ceil(Math.log2(ids + ids / 8 + 1)))

/** Bits of a generation: what the slots leave of 32 bits, or of 31 in one half of all ids. */
export const generationBitsFor = (slotBits: number, half: IdHalf | undefined): number =>
  (half === undefined ? 32 : 31) - slotBits

/** Words that `ids` ids take from a region. */
export const wireIdsWords = (ids: number): number => Math.max(32, 2 ** slotBitsFor(ids) * SLOT_WORDS)

/**
 * One half of the 32-bit numbers: two spaces of ids with the same keys and another half have no id in common.
 */
export interface IdHalf {
  readonly keys: readonly [number, number, number, number]
  readonly half: 0 | 1
}

/** Choices of {@link WireIds}. */
export interface WireIdsOptions {
  /** At most so many ids live at once. */
  readonly ids: number
  /** A released id is not used again for this long. */
  readonly restMs: number
  readonly random32: () => number
  /** Bits of a generation, 1 up to what the slots leave of 32 bits (the default); tests use few. */
  readonly generationBits?: number
  /** Draws ids from one half of all only; from all, with keys of its own, by default. */
  readonly half?: IdHalf
}

/** Wire ids of one space and their owners (a number from 1 to 2^31 - 1 each). */
export interface WireIds {
  /** A fresh id for `owner`, as a signed 32-bit number; 0 when none is free and rested. */
  readonly take: (owner: number, now: number) => number
  /** The owner of a living id, 0 for any other number. */
  readonly owner: (id: number) => number
  /** Ends a living id: it rests. Any other number is left alone. */
  readonly release: (id: number) => void
  /** How many ids live. Cold side: it looks at every slot. */
  readonly living: () => number
}

/** An empty space of ids. A factory, see engine.ts. */
export const makeWireIds = (region: SharedRegion, options: WireIdsOptions): WireIds => {
  const { random32, restMs } = options
  const { words } = region
  const slotBits = slotBitsFor(options.ids)
  const slots = 2 ** slotBits
  const slotMask = slots - 1
  const halfBit = options.half === undefined ? 0 : options.half.half << 31
  const generations = 2 ** (options.generationBits ?? generationBitsFor(slotBits, options.half))
  const generationMask = generations - 1
  const halfMask = generations / 2 - 1
  const first = region.allocate(wireIdsWords(options.ids))
  const [key0, key1, key2, key3] = options.half?.keys ?? keysOf(random32)
  for (let slot = 0; slot < slots; slot++) {
    const at = first + slot * SLOT_WORDS
    words[at + OWNER] = slot + 1 < slots ? slot + 1 : NO_SLOT
    words[at + GENERATION] = random32() & generationMask
  }
  /** The queue of free slots. */
  let head = 0
  let tail = slots - 1

  const take = (owner: number, now: number): number => {
    for (let tries = 0; tries < TRIES && head !== NO_SLOT; tries++) {
      const slot = head
      const at = first + slot * SLOT_WORDS
      head = words[at + OWNER]!
      if (head === NO_SLOT) tail = NO_SLOT
      const id = advance(at, slot, now)
      if (id !== 0) {
        words[at + ID] = id
        words[at + OWNER] = owner
        return id
      }
      append(slot)
    }
    return 0
  }

  const owner = (id: number): number => {
    const at = first + (undo(id) & slotMask) * SLOT_WORDS
    return id !== 0 && words[at + ID] === id ? words[at + OWNER]! : 0
  }

  const release = (id: number): void => {
    const slot = undo(id) & slotMask
    const at = first + slot * SLOT_WORDS
    if (id === 0 || words[at + ID] !== id) return
    words[at + ID] = 0
    append(slot)
  }

  const living = (): number => {
    let count = 0
    for (let slot = 0; slot < slots; slot++) if (words[first + slot * SLOT_WORDS + ID] !== 0) count += 1
    return count
  }

  const append = (slot: number): void => {
    words[first + slot * SLOT_WORDS + OWNER] = NO_SLOT
    if (tail === NO_SLOT) head = slot
    else words[first + tail * SLOT_WORDS + OWNER] = slot
    tail = slot
  }

  /** The next generation of a slot as an id; 0 if its ids of long ago have not rested yet. */
  const advance = (at: number, slot: number, now: number): number => {
    for (;;) {
      const before = words[at + GENERATION]!
      const generation = ((before & ~CROSSED) + 1) & generationMask
      if ((generation & halfMask) !== 0) {
        words[at + GENERATION] = generation | (before & CROSSED)
      } else {
        // The half that begins was left when the present one was entered: all its ids were released before
        // that.
        const rested = before >= 0 || (now - words[at + ENTERED]!) >>> 0 >= restMs
        if (!rested) return 0
        words[at + GENERATION] = generation | CROSSED
        words[at + ENTERED] = now
      }
      const id = permute(slot | (generation << slotBits) | halfBit)
      if (id !== 0 && id !== -1) return id
    }
  }

  /** A keyed permutation of the 32-bit numbers: four Feistel rounds over two halves of 16 bits. */
  const permute = (value: number): number => {
    let left = value >>> 16
    let right = value & 0xffff
    left ^= round(right, key0)
    right ^= round(left, key1)
    left ^= round(right, key2)
    right ^= round(left, key3)
    return (left << 16) | right
  }

  const undo = (value: number): number => {
    let left = value >>> 16
    let right = value & 0xffff
    right ^= round(left, key3)
    left ^= round(right, key2)
    right ^= round(left, key1)
    left ^= round(right, key0)
    return (left << 16) | right
  }

  return { take, owner, release, living }
}

/** Keys of a permutation. */
export const keysOf = (random32: () => number): IdHalf["keys"] =>
  [random32() | 0, random32() | 0, random32() | 0, random32() | 0]

/** 16 bits that depend on every bit of `half` and of `key`. */
const round = (half: number, key: number): number => {
  const product = Math.imul(half ^ key, 0x9e37_79b1)
  return (Math.imul(product ^ (product >>> 15), 0x85eb_ca6b) >>> 16) & 0xffff
}
