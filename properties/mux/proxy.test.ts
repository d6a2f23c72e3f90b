import { setImmediate as turn } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import { expect, it } from "vitest"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { ReadyBitmap } from "../../impl/ring/ready.ts"
import { Proxies } from "../../impl/vhca/proxy.ts"
import { Bench, makeMad, tidOf } from "./fixture.ts"

const COUNT = 50

it("a driver in a thread of its own sends, sleeps and is woken by its answers [SQP-QP-3] [SQP-RING-3]", async () => {
  const bench = new Bench({ limits: { tids: COUNT, cm: 1, groups: 1, pending: 1, services: 4, inbound: 1 } })
  const { memory } = bench.mux.region
  const proxyQpn = bench.mux.tunnels(1)![1].proxyQpn
  const workerData = { memory, rings: bench.mux.functionRings(1), f: 1, proxyQpn, count: COUNT }
  const worker = new Worker(new URL("./proxy-worker.ts", import.meta.url), { workerData })
  let received: ReadonlyArray<number> | undefined
  let failure: Error | undefined
  worker.once("message", (message: ReadonlyArray<number>) => (received = message))
  worker.once("error", (error: Error) => (failure = error))
  while (received === undefined && failure === undefined) {
    for (const { mad } of bench.wire()) bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid: tidOf(mad) }) })
    bench.settle()
    await turn()
  }
  await worker.terminate()
  expect(failure).toBeUndefined()
  expect(received).toEqual(Array.from({ length: COUNT }, (_, i) => i + 1))
  expect(bench.mux.counters(1)).toMatchObject({ received: COUNT, forwarded: COUNT, delivered: COUNT })
})

it("a driver that waits in vain is told so, and one that finds a MAD need not sleep", () => {
  const bench = new Bench()
  const proxies = new Proxies(SharedRegion.attach(bench.mux.region.memory), 2, bench.mux.functionRings(2))
  expect(proxies.wait(1)).toBe(false)
  bench.arrive(1, { mad: makeMad({ class: 0x32, method: 1 }, { 37: "001405" }), grh: { dgid: "fe80000000000000" + "0000000000000102" } })
  bench.settle()
  expect(proxies.wait(1)).toBe(true)
})

it("publishing nothing wakes nobody [SQP-RING-4]", () => {
  const bench = new Bench()
  const ready = new ReadyBitmap(bench.mux.region, bench.mux.functionRings(1).ready)
  bench.mux.wire.incoming[1].publish(0)
  bench.mux.functionEgress(1, 1).publish(0)
  expect(ready.pending()).toBe(false)
})
