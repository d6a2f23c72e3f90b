/**
 * What the ring tests share: an opened ring, and slots filled with a pattern that shows loss, reordering and
 * tearing.
 */
import { SharedRegion } from "../../impl/ring/memory.ts"
import { SLOT_WORDS } from "../../impl/ring/slot.ts"
import { allocateRing, RingConsumer, RingProducer, ringWords } from "../../impl/ring/spsc.ts"

/** First indices around every sign change and the wrap at 2^32. */
export const FIRST_INDICES = [0, 2 ** 31 - 8, 2 ** 31 - 1, -3] as const

/** Both ends of one ring in a region of its own. */
export interface OpenRing {
  readonly region: SharedRegion
  readonly ring: number
  readonly producer: RingProducer
  readonly consumer: RingConsumer
}

/** A fresh ring of `slots` slots whose indices start at `firstIndex`. */
export const openRing = (slots: number, firstIndex = 0): OpenRing => {
  const region = SharedRegion.create(ringWords(slots))
  const ring = allocateRing(region, slots, firstIndex)
  return { region, ring, producer: new RingProducer(region, ring), consumer: new RingConsumer(region, ring) }
}

/**
 * The word that slot number `sequence` of stream `stream` holds at `index`: different for each of the three.
 */
const patternWord = (stream: number, sequence: number, index: number): number =>
  Math.imul(sequence + 1, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca6b) ^ (stream << 24)

/** Fills the slot at word `slot` as number `sequence` of `stream`. */
export const writePattern = (words: Int32Array, slot: number, stream: number, sequence: number): void => {
  for (let index = 0; index < SLOT_WORDS; index++) words[slot + index] = patternWord(stream, sequence, index)
}

/**
 * The first word of the slot at word `slot` that is not number `sequence` of `stream`, in words, or
 * undefined.
 */
export const patternFault = (
  words: Int32Array,
  slot: number,
  stream: number,
  sequence: number
): string | undefined => {
  for (let index = 0; index < SLOT_WORDS; index++) {
    const expected = patternWord(stream, sequence, index)
    if (words[slot + index] !== expected) {
      return `stream ${stream}, slot ${sequence}: word ${index} is ${words[slot + index]}, not ${expected}`
    }
  }
  return undefined
}
