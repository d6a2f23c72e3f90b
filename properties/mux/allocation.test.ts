import { Worker } from "node:worker_threads"
import { expect, it } from "vitest"

it("a million MADs, both ways and of several kinds, allocate nothing: no collection, no growth of the heap", async () => {
  const worker = new Worker(new URL("./allocation-worker.ts", import.meta.url))
  const result = await new Promise<{ heapBytes: number; collections: number; received: number }>((resolve, reject) => {
    worker.once("message", resolve)
    worker.once("error", reject)
  })
  await worker.terminate()
  expect(result.collections).toBe(0)
  // what a poll itself may cost, by batch; one number on the heap for each MAD would be 12 MB
  expect(result.heapBytes).toBeLessThan(2_000_000)
  expect(result.received).toBeGreaterThan(500_000)
})
