/** A consumer that sleeps on a doorbell at once and tells how its sleep ended. */
import { parentPort, workerData } from "node:worker_threads"
import type { SharedMemory } from "../../impl/ring/copy.ts"
import { Doorbell, type WaitOutcome } from "../../impl/ring/doorbell.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"

/** The doorbell to sleep on, and for how long at most. */
export interface Sleep {
  readonly memory: SharedMemory
  readonly doorbell: number
  readonly timeoutMs: number
}

const { doorbell, memory, timeoutMs }: Sleep = workerData
const bell = new Doorbell(SharedRegion.attach(memory), doorbell, { polls: 0 })
const outcome: WaitOutcome = bell.wait({ pending: () => false }, timeoutMs)
parentPort?.postMessage(outcome)
