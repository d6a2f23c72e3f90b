/**
 * The drivers of some functions in a thread of their own: each keeps a few requests under way, checks every byte of what
 * comes back, and sleeps when it can do nothing.
 */
import { parentPort, workerData } from "node:worker_threads"
import type { SharedMemory } from "../../impl/ring/copy.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { MAD_BYTES, SLOT_MAD_BYTE, SLOT_WORDS } from "../../impl/ring/slot.ts"
import { type FunctionRings, Proxies } from "../../impl/vhca/proxy.ts"

/** What the thread is told. */
export interface StressJob {
  readonly memory: SharedMemory
  readonly f: number
  readonly rings: FunctionRings
  readonly proxyQpn: number
  /** Requests to send, and the most without an answer. */
  readonly count: number
  readonly window: number
}
/** What it answers. */
export interface StressAnswer {
  readonly received: number
  readonly sleeps: number
  readonly fault?: string
}

/** MAD header and, for what the PF context must not touch, a checksum over all the rest. */
const HEADER_BYTES = 24
const CHECKSUM_BYTE = MAD_BYTES - 4
/** Whoever sleeps that long was not woken: the others always have something to do. */
const LONG_MS = 20_000

const { count, f, memory, proxyQpn, rings, window }: StressJob = workerData
const region = SharedRegion.attach(memory)
const { bytes, view, words } = region

/** FNV-1a over the body of the MAD at byte `at`. */
const checksum = (at: number): number => {
  let hash = 0x811c_9dc5
  for (let i = HEADER_BYTES; i < CHECKSUM_BYTE; i++) hash = Math.imul(hash ^ bytes[at + i]!, 0x0100_0193)
  return hash >>> 0
}

const fill = (slot: number, serial: number): void => {
  words.fill(0, slot, slot + SLOT_WORDS)
  words[slot] = (MAD_BYTES << 16) | 1
  words[slot + 1] = 9
  words[slot + 2] = 1
  words[slot + 5] = proxyQpn
  const mad = slot * 4 + SLOT_MAD_BYTE
  bytes.set([1, 4, 1, 1], mad)
  view.setUint32(mad + 12, serial)
  for (let i = HEADER_BYTES; i < CHECKSUM_BYTE; i++) bytes[mad + i] = Math.imul(serial + 1, i + f) >>> 3
  view.setUint32(mad + CHECKSUM_BYTE, checksum(mad))
}

/** What is wrong with the answer in a slot, or undefined. */
const fault = (slot: number, serial: number): string | undefined => {
  const mad = slot * 4 + SLOT_MAD_BYTE
  const sent = view.getUint32(mad + 12)
  if (sent !== serial) return `answer ${sent} came instead of ${serial}`
  const seen = checksum(mad)
  return seen === view.getUint32(mad + CHECKSUM_BYTE) ? undefined : `answer ${serial} has checksum ${seen}`
}

const run = (): StressAnswer => {
  const proxies = new Proxies(region, f, rings)
  const [, egress] = proxies.egress
  const [, ingress] = proxies.ingress
  let sent = 0
  let received = 0
  let sleeps = 0
  while (received < count) {
    const room = egress.writable(Math.min(window - (sent - received), count - sent))
    for (let i = 0; i < room; i++) fill(egress.slot(i), sent + i)
    egress.publish(room)
    sent += room
    const ready = ingress.readable(window)
    for (let i = 0; i < ready; i++) {
      const wrong = fault(ingress.slot(i), received + i)
      if (wrong !== undefined) return { received, sleeps, fault: wrong }
    }
    ingress.release(ready)
    received += ready
    if (room > 0 || ready > 0) continue
    sleeps += 1
    const beforeMs = Date.now()
    const isWoken = proxies.wait(LONG_MS) && Date.now() - beforeMs < LONG_MS
    if (!isWoken) return { received, sleeps, fault: `not woken within ${LONG_MS} ms after answer ${received}` }
  }
  return { received, sleeps }
}

parentPort?.postMessage(run())
