/**
 * Sends a million MADs through a PF context, both ways and of several kinds, and reports what the heap did.
 * Runs in a thread of its own, where nothing else allocates.
 */
import { PerformanceObserver } from "node:perf_hooks"
import { setTimeout as sleep } from "node:timers/promises"
import { parentPort } from "node:worker_threads"
import { localId, message, rep, req, toPeer } from "./cm-fixture.ts"
import { Bench, gidOf, makeMad, type Message, PEER_GID, tidOf } from "./fixture.ts"

const SLOTS = 64
const MADS = 1_000_000
/** Code that is not compiled to the end allocates: numbers beyond 31 bits live on the heap there. */
const WARMUP_CHUNK = 200_000
const WARMUP_MAX = 40

const bench = new Bench({ functionSlots: SLOTS, wireSlots: SLOTS })
const { mux } = bench
const incoming = mux.wire.incoming[1]
const outgoing = mux.wire.outgoing[1]
const egress = mux.functionEgress(1, 1)
const delivered = [0, 1, 2, 3].map((f) => mux.functionIngress(f, 1))

/** Fills the whole rings once; afterwards their slots are published again as they are. */
const prepare = (): void => {
  const kinds: Array<Message> = [
    { mad: makeMad({ class: 4, method: 1, tid: "00000001000000ff" }), lid: 9 },
    { mad: makeMad({ class: 3, method: 1, attribute: 0x35, tid: "0000000200000001" }) },
    { mad: makeMad({ class: 4, method: 1, tid: "0000000300000001" }), lid: 9, grh: { dgid: PEER_GID } },
    { mad: makeMad({ class: 4, method: 2 }) },
    { mad: makeMad({ class: 9, method: 3 }) },
    toPeer(req(0x1234))
  ]
  const sent: Array<{ mad: Uint8Array }> = []
  for (const kind of kinds) {
    bench.send(1, 1, kind)
    sent.push(...bench.wire())
  }
  const wire = localId(sent.at(-1)!.mad)
  bench.arrive(1, toPeer(rep(7, wire)))
  const answers: Array<Message> = [
    { mad: makeMad({ class: 4, method: 0x81, tid: tidOf(sent[0]!.mad) }), lid: 9 },
    { mad: makeMad({ class: 3, method: 0x81, tid: tidOf(sent[1]!.mad) }), grh: { dgid: gidOf(1) } },
    { mad: makeMad({ class: 4, method: 0x81 }) },
    { mad: makeMad({ class: 0x30, method: 1 }, { 37: "001405" }), grh: { dgid: gidOf(2) } },
    toPeer(req(8, { gid: gidOf(1) })),
    toPeer(message("MRA", 7, wire))
  ]
  bench.got(1)
  const back: ReadonlyArray<Message> = [...kinds, toPeer(message("DREQ", 0x1234, 7)), toPeer(message("RTU", 0x1234, 7))]
  for (let i = 0; i < SLOTS; i++) {
    bench.send(1, 1, back[i % back.length]!)
    bench.arrive(1, answers[i % answers.length]!)
    bench.settle()
    bench.wire()
    for (const f of [0, 1, 2]) bench.got(f)
  }
}

/** One batch each way. */
const turn = (): number => {
  egress.writable(SLOTS)
  egress.publish(SLOTS)
  incoming.writable(SLOTS)
  incoming.publish(SLOTS)
  const taken = mux.poll(2 * SLOTS, bench.now)
  outgoing.release(outgoing.readable(SLOTS))
  for (const ring of delivered) ring.release(ring.readable(SLOTS))
  return taken
}
const run = (mads: number): void => {
  for (let done = 0; done < mads;) done += turn()
}

prepare()
let collections = 0
new PerformanceObserver((list) => {
  collections += list.getEntries().length
}).observe({ entryTypes: ["gc"] })

const measure = async (mads: number): Promise<{ readonly heapBytes: number; readonly collections: number }> => {
  await sleep(0)
  const before = { collections, heapBytes: process.memoryUsage().heapUsed }
  run(mads)
  const heapBytes = process.memoryUsage().heapUsed - before.heapBytes
  await sleep(0)
  return { heapBytes, collections: collections - before.collections }
}

for (let i = 0; i < WARMUP_MAX; i++) {
  const { collections: some, heapBytes } = await measure(WARMUP_CHUNK)
  if (i > 1 && some === 0 && heapBytes < WARMUP_CHUNK / 10) break
}
parentPort?.postMessage({ ...(await measure(MADS)), received: mux.counters(1).received, drops: bench.drops(1) })
