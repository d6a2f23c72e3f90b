/**
 * One end of several rings in a thread of its own: a producer that fills slots with the pattern, or a
 * consumer that checks them. It sleeps on a doorbell whenever there is nothing to do, and gives up at a
 * deadline.
 */
import { parentPort, workerData } from "node:worker_threads"
import type { SharedMemory } from "../../impl/ring/copy.ts"
import { Doorbell } from "../../impl/ring/doorbell.ts"
import { type CopyKind, SharedRegion } from "../../impl/ring/memory.ts"
import { lowestBit, READY_WORDS, ReadyBitmap } from "../../impl/ring/ready.ts"
import { SLOT_WORDS } from "../../impl/ring/slot.ts"
import { RingConsumer, RingProducer } from "../../impl/ring/spsc.ts"
import { patternFault, writePattern } from "./fixture.ts"

/** What both threads of a run are told. */
export interface Job {
  readonly memory: SharedMemory
  readonly copy: CopyKind
  /** The functions, 0..255, and the word offset of the ring of each. */
  readonly rings: ReadonlyArray<{ readonly f: number; readonly ring: number }>
  readonly bitmap: number
  /** Rung by the producer when there is work, and by the consumer when there is room. */
  readonly workBell: number
  readonly roomBell: number
  /** Slots to pass through each ring, and the most in one batch. */
  readonly slotsPerRing: number
  readonly batchMax: number
  /** Looks before sleeping: 0 sleeps at once. */
  readonly polls: number
  /** A sleep longer than this is a lost wake-up: the other end always has something to do. */
  readonly deadlineMs: number
}
/** A job and the end that this thread plays. */
export interface Assignment extends Job {
  readonly role: "producer" | "consumer"
}
/** What the thread answers: slots passed, sleeps that a ring ended, and the first fault if any. */
export interface Answer {
  readonly slots: number
  readonly woken: number
  readonly fault?: string
}

const produce = (job: Job): Answer => {
  const region = SharedRegion.attach(job.memory, { copy: job.copy })
  const scratch = region.allocate(SLOT_WORDS) // what is sent or received is copied from or to here
  const bitmap = new ReadyBitmap(region, job.bitmap)
  const workBell = new Doorbell(region, job.workBell)
  const roomBell = new Doorbell(region, job.roomBell, { polls: job.polls })
  const ends = job.rings.map(({ f, ring }) => ({ f, producer: new RingProducer(region, ring), sent: 0 }))
  const unfinished = () => ends.filter((end) => end.sent < job.slotsPerRing)
  const room = { pending: () => unfinished().some((end) => end.producer.writable(1) > 0) }
  let slots = 0
  let woken = 0
  while (unfinished().length > 0) {
    let moved = false
    for (const end of unfinished()) {
      // A batch size that varies with the position, without randomness: 1 .. batchMax.
      const wanted = Math.min(1 + ((end.sent * 7) % job.batchMax), job.slotsPerRing - end.sent)
      const count = end.producer.writable(wanted)
      if (count === 0) continue
      for (let i = 0; i < count; i++) {
        writePattern(region.words, scratch, end.f, end.sent + i)
        region.copySlot(end.producer.slot(i), scratch)
      }
      end.producer.publish(count)
      bitmap.mark(end.f)
      workBell.ring()
      end.sent += count
      slots += count
      moved = true
    }
    if (moved) continue
    const outcome = roomBell.wait(room, job.deadlineMs)
    if (outcome === "timed-out") return { slots, woken, fault: `no room within ${job.deadlineMs} ms` }
    if (outcome === "woken") woken += 1
  }
  return { slots, woken }
}

const consume = (job: Job): Answer => {
  const region = SharedRegion.attach(job.memory, { copy: job.copy })
  const scratch = region.allocate(SLOT_WORDS) // what is sent or received is copied from or to here
  const bitmap = new ReadyBitmap(region, job.bitmap)
  const workBell = new Doorbell(region, job.workBell, { polls: job.polls })
  const roomBell = new Doorbell(region, job.roomBell)
  const consumers = new Map(job.rings.map(({ f, ring }) => [f, new RingConsumer(region, ring)]))
  const received = new Map(job.rings.map(({ f }) => [f, 0]))
  const total = job.rings.length * job.slotsPerRing
  let slots = 0
  let woken = 0
  /** Takes at most one batch of function `f`; the first fault, or undefined. */
  const drain = (f: number): string | undefined => {
    const consumer = consumers.get(f)
    if (consumer === undefined) return `function ${f} was marked and has no ring`
    const first = received.get(f) ?? 0
    const count = consumer.readable(job.batchMax)
    for (let i = 0; i < count; i++) {
      region.copySlot(scratch, consumer.slot(i))
      const fault = patternFault(region.words, scratch, f, first + i)
      if (fault !== undefined) return fault
    }
    consumer.release(count)
    roomBell.ring()
    received.set(f, first + count)
    slots += count
    if (count === job.batchMax) bitmap.mark(f)
    return consumer.peerFault ? `function ${f}: the producer's index is impossible` : undefined
  }
  while (slots < total) {
    for (let word = 0; word < READY_WORDS; word++) {
      for (let bits = bitmap.take(word); bits !== 0; bits &= bits - 1) {
        const fault = drain(word * 32 + lowestBit(bits))
        if (fault !== undefined) return { slots, woken, fault }
      }
    }
    if (slots === total || bitmap.pending()) continue
    const outcome = workBell.wait(bitmap, job.deadlineMs)
    if (outcome === "timed-out") return { slots, woken, fault: `no work within ${job.deadlineMs} ms` }
    if (outcome === "woken") woken += 1
  }
  const spare = [...consumers.values()].some((consumer) => consumer.readable(1) > 0)
  return spare ? { slots, woken, fault: "more slots than were sent" } : { slots, woken }
}

const assignment: Assignment = workerData
parentPort?.postMessage(assignment.role === "producer" ? produce(assignment) : consume(assignment))
