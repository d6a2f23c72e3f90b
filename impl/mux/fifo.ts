/**
 * Queues of records of a shared region, in the order in which they were appended; removal anywhere takes
 * constant time.
 */
import type { SharedRegion } from "../ring/memory.ts"

/** Words that a queue uses inside each record. */
export const FIFO_LINK_WORDS = 2
const NEXT = 0
const PREVIOUS = 1

/** Words that `queues` queues take from a region. */
export const fifosWords = (queues: number): number => Math.max(32, 2 * queues)

/**
 * Queues by number. Records are named by their word offset; 0 is no record. Links are 0 while in no queue.
 */
export interface Fifos {
  /** Appends a record, which must be in no queue, to queue `queue`. */
  readonly append: (queue: number, record: number) => void
  /** Takes a record out of its queue; in none it does nothing. */
  readonly remove: (record: number) => void
  /** The record that has been longest in the queue, or 0. */
  readonly first: (queue: number) => number
}

/** Empty queues; the links start `linkWord` words into each record. A factory, see engine.ts. */
export const makeFifos = (region: SharedRegion, queues: number, linkWord: number): Fifos => {
  const { words } = region
  const heads = region.allocate(fifosWords(queues))
  for (let head = heads; head < heads + 2 * queues; head += 2) {
    words[head + NEXT] = head
    words[head + PREVIOUS] = head
  }

  const append = (queue: number, record: number): void => {
    const link = record + linkWord
    const head = heads + 2 * queue
    const last = words[head + PREVIOUS]!
    words[link + NEXT] = head
    words[link + PREVIOUS] = last
    words[last + NEXT] = link
    words[head + PREVIOUS] = link
  }
  const remove = (record: number): void => {
    const link = record + linkWord
    const next = words[link + NEXT]!
    if (next === 0) return
    const previous = words[link + PREVIOUS]!
    words[previous + NEXT] = next
    words[next + PREVIOUS] = previous
    words[link + NEXT] = 0
  }
  const first = (queue: number): number => {
    const head = heads + 2 * queue
    const link = words[head + NEXT]!
    return link === head ? 0 : link - linkWord
  }
  return { append, remove, first }
}
