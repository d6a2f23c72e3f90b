/**
 * One thread of the ring benchmark. Every measurement gets a fresh thread: code that runs several variants in
 * one isolate shares type feedback and gets slower than any of them alone.
 */
import { parentPort, workerData } from "node:worker_threads"
import { SharedRegion } from "../ring/memory.ts"
import { lowestBit, READY_WORDS, ReadyBitmap } from "../ring/ready.ts"
import { SLOT_WORDS } from "../ring/slot.ts"
import { RingConsumer, RingProducer } from "../ring/spsc.ts"
import { type Part, POOL_SLOTS, type RingBenchJob } from "./ring-job.ts"

const POLLS_PER_CLOCK = 4096
/** The PF and 254 VFs. */
const FUNCTIONS = 255

const job: RingBenchJob = workerData
const region = SharedRegion.attach(job.memory, { copy: job.copy })

/** Starts all threads together; a thread that never comes ends the wait after the deadline. */
const passGate = (): number => {
  const ready = Atomics.add(region.words, job.gate, 1) + 1
  if (ready === job.threads) Atomics.notify(region.words, job.gate)
  else Atomics.wait(region.words, job.gate, ready, job.deadlineMs)
  return performance.now() + job.deadlineMs
}

const fill = (producer: RingProducer, most: number): number => {
  const count = producer.writable(most)
  for (let i = 0; i < count; i++) {
    region.copySlot(producer.slot(i), job.sources + (i & (POOL_SLOTS - 1)) * SLOT_WORDS)
  }
  producer.publish(count)
  return count
}

const drain = (consumer: RingConsumer, most: number): number => {
  const count = consumer.readable(most)
  for (let i = 0; i < count; i++) {
    region.copySlot(job.sinks + (i & (POOL_SLOTS - 1)) * SLOT_WORDS, consumer.slot(i))
  }
  consumer.release(count)
  return count
}

const produce = (): number => {
  const producer = new RingProducer(region, job.ring)
  region.prepareSlots(job.sources, POOL_SLOTS)
  const total = job.warmup + job.count
  const deadline = passGate()
  let sent = 0
  let idle = 0
  while (sent < total) {
    const count = fill(producer, Math.min(job.batch, total - sent))
    sent += count
    if (count === 0 && ++idle % POLLS_PER_CLOCK === 0 && performance.now() > deadline) break
  }
  return Number.POSITIVE_INFINITY
}

/** Runs `step`, which returns the slots it passed, to the end; nanoseconds per slot after the warm-up. */
const timed = (step: () => number): number => {
  const total = job.warmup + job.count
  const deadline = passGate()
  let passed = 0
  let steps = 0
  let start = 0
  let countedFrom = 0
  while (passed < total) {
    passed += step()
    if (++steps % POLLS_PER_CLOCK === 0 && performance.now() > deadline) break
    if (start === 0 && passed >= job.warmup) {
      start = performance.now()
      countedFrom = passed
    }
  }
  const counted = passed - countedFrom
  if (start === 0 || counted === 0) return Number.POSITIVE_INFINITY
  return ((performance.now() - start) * 1e6) / counted
}

const consume = (): number => {
  const consumer = new RingConsumer(region, job.ring)
  return timed(() => drain(consumer, job.batch))
}

const both = (): number => {
  const producer = new RingProducer(region, job.ring)
  const consumer = new RingConsumer(region, job.ring)
  region.prepareSlots(job.sources, POOL_SLOTS)
  return timed(() => {
    fill(producer, job.batch)
    return drain(consumer, job.batch)
  })
}

/** One operation: one function of 255 becomes ready and a pass over all words finds it. */
const bitmapPasses = (): number => {
  const bitmap = new ReadyBitmap(region, job.bitmap)
  let f = 0
  let found = 0
  return timed(() => {
    f = f === FUNCTIONS - 1 ? 0 : f + 1
    bitmap.mark(f)
    for (let word = 0; word < READY_WORDS; word++) {
      for (let bits = bitmap.take(word); bits !== 0; bits &= bits - 1) found = word * 32 + lowestBit(bits)
    }
    return found === f ? 1 : 0
  })
}

const parts: Readonly<Record<Part, () => number>> = {
  both,
  producer: produce,
  consumer: consume,
  bitmap: bitmapPasses
}
parentPort?.postMessage(parts[job.part]())
