/** The ring suite: slots copied in and out, in one thread and between two, beside the same ring in C. */
import { Worker } from "node:worker_threads"
import { type CopyKind, SharedRegion } from "../ring/memory.ts"
import { allocateReadyBitmap, readyBitmapWords } from "../ring/ready.ts"
import { SLOT_WORDS } from "../ring/slot.ts"
import { allocateRing, ringWords } from "../ring/spsc.ts"
import { runC } from "./c-baseline.ts"
import { type Part, POOL_SLOTS, type RingBenchJob } from "./ring-job.ts"
import { type BenchContext, type BenchRow, type BenchSuite, ratioTo } from "./suite.ts"

const SLOTS = 1024
const BATCH = 32
const WARMUP = 500_000
const COUNT = 2_000_000
/**
 * A measurement that is not done by then reports the rate so far: two spinning threads need two idle cores.
 */
const DEADLINE_MS = 1000
/** Beyond the deadline: starting and stopping threads and processes. */
const GRACE_MS = 10_000
const C_SOURCE = new URL("./c/ring.c", import.meta.url)
const WORKER = new URL("./ring-worker.ts", import.meta.url)

/** Runs the parts of one measurement, each in a fresh thread; the figure of the last part. */
const measure = async (copy: CopyKind, ...parts: ReadonlyArray<Part>): Promise<number> => {
  const poolWords = POOL_SLOTS * SLOT_WORDS
  const gateWords = 32
  const words = ringWords(SLOTS) + 2 * poolWords + readyBitmapWords() + gateWords
  const region = SharedRegion.create(words, { copy })
  const job = {
    memory: region.memory,
    copy,
    ring: allocateRing(region, SLOTS),
    sources: region.allocate(poolWords),
    sinks: region.allocate(poolWords),
    bitmap: allocateReadyBitmap(region),
    gate: region.allocate(gateWords),
    threads: parts.length,
    batch: BATCH,
    warmup: WARMUP,
    count: COUNT,
    deadlineMs: DEADLINE_MS
  }
  const figures = await Promise.all(parts.map((part) => figureOf({ ...job, part })))
  return figures.at(-1) ?? Number.POSITIVE_INFINITY
}

const figureOf = (job: RingBenchJob): Promise<number> => {
  const worker = new Worker(WORKER, { workerData: job })
  const figure = new Promise<number>((resolve, reject) => {
    const late = () => reject(new Error(`ring bench: the ${job.part} thread did not answer`))
    const timer = setTimeout(late, DEADLINE_MS + GRACE_MS)
    worker.once("message", (ns: number) => resolve(ns))
    worker.once("error", reject)
    worker.once("exit", (code) => {
      clearTimeout(timer)
      reject(new Error(`ring bench: the ${job.part} thread ended with code ${code}`))
    })
  })
  return figure.finally(() => worker.terminate())
}

/** The C ring right before each measured ring, so that both saw the same machine. */
const compared = async (context: BenchContext, threads: "one" | "two"): Promise<ReadonlyArray<BenchRow>> => {
  const label = threads === "one" ? "one thread" : "two threads"
  const program = context.compileC(C_SOURCE)
  const parts: ReadonlyArray<Part> = threads === "one" ? ["both"] : ["producer", "consumer"]
  const rows: Array<BenchRow> = []
  const ofC: Array<number> = []
  for (const copy of ["wasm", "views"] as const) {
    context.progress(`ring, ${label}, ${copy}`)
    const args = [threads, SLOTS, BATCH, WARMUP, COUNT, DEADLINE_MS]
    const nsOfC = program === undefined ? undefined : runC(program, args, DEADLINE_MS + GRACE_MS)
    if (nsOfC !== undefined) ofC.push(nsOfC)
    const nsPerOp = await measure(copy, ...parts)
    rows.push({ name: `ring, ${label}, batch ${BATCH}, ${copy}`, nsPerOp, ratioToC: ratioTo(nsOfC, nsPerOp) })
  }
  if (ofC.length === 0) return rows
  const nsPerOp = ofC.reduce((sum, ns) => sum + ns) / ofC.length
  return [{ name: `C ring, ${label}, batch ${BATCH}`, nsPerOp }, ...rows]
}

const measureRing = async (context: BenchContext): Promise<ReadonlyArray<BenchRow>> => [
  ...(await compared(context, "one")),
  ...(await compared(context, "two")),
  { name: "ready bitmap, mark one of 255 and find it", nsPerOp: await measure("wasm", "bitmap") }
]

/** Nanoseconds per 320-byte slot, copied in and out of a ring of 1024 slots. */
export const ringSuite: BenchSuite = { name: "ring", measure: measureRing }
