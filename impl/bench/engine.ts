/**
 * The engine suite: MADs through a PF context in one thread, beside the same way in C. Processor time, not
 * wall clock.
 */
import { Worker } from "node:worker_threads"
import { runC } from "./c-baseline.ts"
import type { EngineBenchJob, Traffic } from "./engine-job.ts"
import { type BenchContext, type BenchRow, type BenchSuite, ratioTo } from "./suite.ts"

const BATCH = 64
const WARMUP = 1_000_000
const COUNT = 1_000_000
/** Of processor time. */
const DEADLINE_MS = 2500
/** Of the wall clock, beyond the deadline: starting threads, filling tables, and waiting for a processor. */
const GRACE_MS = 60_000
const C_SOURCE = new URL("./c/mux.c", import.meta.url)
const WORKER = new URL("./engine-worker.ts", import.meta.url)

/**
 * How many functions, and transactions or exchanges of each: about a thousand and a hundred thousand in all.
 */
const SIZES = [
  { name: "16 functions, 1e3 ids", functions: 16, perFunction: 64 },
  { name: "254 functions, 1e5 ids", functions: 254, perFunction: 512 }
] as const

const NAMES: Readonly<Record<Traffic, string>> = {
  egress: "request to the wire",
  ingress: "answer from the wire",
  "cm-egress": "CM message to the wire",
  "cm-ingress": "CM message from the wire"
}
const TRAFFIC: ReadonlyArray<Traffic> = ["egress", "ingress", "cm-egress", "cm-ingress"]

const figureOf = (job: EngineBenchJob): Promise<number> => {
  const worker = new Worker(WORKER, { workerData: job })
  const figure = new Promise<number>((resolve, reject) => {
    const late = () => reject(new Error("engine bench: the thread did not answer"))
    const timer = setTimeout(late, DEADLINE_MS + GRACE_MS)
    worker.once("message", (ns: number) => resolve(ns))
    worker.once("error", reject)
    worker.once("exit", (code) => {
      clearTimeout(timer)
      reject(new Error(`engine bench: the thread ended with code ${code}`))
    })
  })
  return figure.finally(() => worker.terminate())
}

const measureEngine = async (context: BenchContext): Promise<ReadonlyArray<BenchRow>> => {
  const program = context.compileC(C_SOURCE)
  const rows: Array<BenchRow> = []
  for (const { functions, name, perFunction } of SIZES) {
    for (const traffic of TRAFFIC) {
      const what = `${NAMES[traffic]}, ${name}`
      context.progress(what)
      const args = [traffic, functions, perFunction, BATCH, WARMUP, COUNT, DEADLINE_MS]
      const nsOfC = program === undefined ? undefined : runC(program, args, DEADLINE_MS + GRACE_MS)
      if (nsOfC !== undefined) rows.push({ name: `C: ${what}`, nsPerOp: nsOfC })
      const job = { traffic, functions, perFunction, batch: BATCH, warmup: WARMUP, count: COUNT, deadlineMs: DEADLINE_MS }
      const nsPerOp = await figureOf({ ...job, copy: "wasm" })
      rows.push({ name: what, nsPerOp, ratioToC: ratioTo(nsOfC, nsPerOp) })
    }
  }
  return rows
}

/** Nanoseconds a MAD: taken from a ring, decided, patched and put into another ring. */
export const engineSuite: BenchSuite = { name: "engine", measure: measureEngine }
