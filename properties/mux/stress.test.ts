/** Drivers in threads of their own against a PF context that sleeps: every byte comes back, nobody sleeps for ever. */
import { setImmediate as turn } from "node:timers/promises"
import { expect, it } from "vitest"
import { Doorbell } from "../../impl/ring/doorbell.ts"
import { ReadyBitmap } from "../../impl/ring/ready.ts"
import { SLOT_MAD_BYTE } from "../../impl/ring/slot.ts"
import { runWorker } from "../ring/run-worker.ts"
import { Bench } from "./fixture.ts"
import type { StressAnswer, StressJob } from "./stress-worker.ts"

const FILE = new URL("./stress-worker.ts", import.meta.url)
const COUNT = 3000
const WINDOW = 7
const DEADLINE_MS = 60_000
/** Nobody sleeps that long: the others always have something to do. */
const LONG_MS = 20_000
const RESPONSE = 0x81

it("thousands of requests of two threads come back whole and in order while everybody sleeps at will [SQP-RING-1] [SQP-RING-3] [SQP-RING-4]", { timeout: 2 * DEADLINE_MS }, async () => {
  const functions = [1, 2]
  const bench = new Bench({
    functionSlots: 8, wireSlots: 16, limits: { tids: 64, cm: 1, groups: 1, pending: 1, services: 4, inbound: 1 }
  })
  const { mux } = bench
  const jobs = functions.map((f): StressJob => ({
    memory: mux.region.memory, f, rings: mux.functionRings(f), proxyQpn: mux.tunnels(f)![1].proxyQpn, count: COUNT, window: WINDOW
  }))
  const bell = new Doorbell(mux.region, mux.doorbell, { polls: 20 })
  const ready = new ReadyBitmap(mux.region, mux.functionRings(1).ready)
  const drivers = Promise.all(jobs.map((job) => runWorker<StressAnswer>(FILE, job, DEADLINE_MS)))
  const [outgoing, incoming] = [mux.wire.outgoing[1], mux.wire.incoming[1]]
  const echo = (): number => {
    const count = Math.min(outgoing.readable(16), incoming.writable(16))
    for (let i = 0; i < count; i++) {
      mux.region.copySlot(incoming.slot(i), outgoing.slot(i))
      mux.region.bytes[incoming.slot(i) * 4 + SLOT_MAD_BYTE + 3] = RESPONSE
    }
    outgoing.release(count)
    incoming.publish(count)
    return count
  }
  while (!ready.pending()) await turn() // a thread that does not start is told of by an event
  let sleeps = 0
  let isLate = false
  while (!isLate && mux.counters(null).forwarded < functions.length * COUNT) {
    if (mux.poll(64, bench.now) + echo() > 0 || mux.hasWork) continue
    sleeps += 1
    isLate = bell.wait(ready, LONG_MS) === "timed-out"
  }
  const answers = await drivers
  expect(answers.map(({ fault, received }) => fault ?? received)).toEqual([COUNT, COUNT])
  expect(isLate).toBe(false)
  expect(sleeps).toBeGreaterThan(0)
  for (const f of functions) expect(mux.counters(f)).toMatchObject({ received: COUNT, forwarded: COUNT, delivered: COUNT })
})
