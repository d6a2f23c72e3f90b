/** The driver of a function in a thread of its own: sends requests one by one and answers what came back. */
import { parentPort, workerData } from "node:worker_threads"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { SLOT_MAD_BYTE, SLOT_WORDS } from "../../impl/ring/slot.ts"
import { Proxies } from "../../impl/vhca/proxy.ts"

const { count, f, memory, proxyQpn, rings } = workerData
const region = SharedRegion.attach(memory)
const proxies = new Proxies(region, f, rings)
const [, egress] = proxies.egress
const [, ingress] = proxies.ingress
const received: Array<number> = []

for (let i = 1; i <= count; i++) {
  if (egress.writable(1) === 0) throw new Error("the ring is full")
  const slot = egress.slot(0)
  region.words.fill(0, slot, slot + SLOT_WORDS)
  region.words[slot] = (256 << 16) | 1
  region.words[slot + 1] = 9
  region.words[slot + 2] = 1
  region.words[slot + 5] = proxyQpn
  const mad = slot * 4 + SLOT_MAD_BYTE
  region.bytes.set([1, 4, 1, 1], mad)
  region.view.setUint32(mad + 12, i)
  egress.publish(1)
  if (!proxies.wait(20_000)) break
  received.push(region.view.getUint32(ingress.slot(0) * 4 + SLOT_MAD_BYTE + 12))
  ingress.release(1)
}
parentPort?.postMessage(received)
