/**
 * One thread of the engine benchmark: a PF context with outstanding transactions or exchanges, and the same
 * MADs published again and again. Reading what came out is not timed. Every measurement gets a fresh thread,
 * see ring-worker.ts.
 */
import { parentPort, workerData } from "node:worker_threads"
import { defaultLimits, defaultTiming } from "../mux/config.ts"
import { Mux } from "../mux/engine.ts"
import { FLAG_QP1, MAD_BYTES, SLOT_MAD_BYTE, SLOT_WORDS } from "../ring/slot.ts"
import type { RingConsumer, RingProducer } from "../ring/spsc.ts"
import { CM_ATTRIBUTE } from "../wire/attributes.ts"
import { MGMT_CLASS } from "../wire/classes.ts"
import { cmRep, cmRtu } from "../wire/cm.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import { METHOD } from "../wire/methods.ts"
import type { EngineBenchJob } from "./engine-job.ts"

const job: EngineBenchJob = workerData
const cm = job.traffic === "cm-egress" || job.traffic === "cm-ingress"
const inbound = job.traffic === "ingress" || job.traffic === "cm-ingress"
const total = job.functions * job.perFunction
const PEER_LID = 9
const NOW = 1
/** Batches between two looks at the clock; what they bring fits into every ring. */
const BATCHES = 8
/** Setting up goes through the same rings: no more than this many MADs are in one of them. */
const SETUP = 64

const guid = (f: number): string => (0x100 + f).toString(16).padStart(16, "0")
const mux = new Mux({
  functions: job.functions + 1,
  functionSlots: Math.max(SETUP, inbound ? 1024 : job.perFunction),
  wireSlots: Math.max(1024, inbound ? 2 ** Math.ceil(Math.log2(total)) : 0),
  limits: { ...defaultLimits, tids: cm ? 1 : job.perFunction, cm: cm ? job.perFunction : 1 },
  timing: defaultTiming,
  services: [],
  nodeGuids: [],
  guids: Array.from({ length: job.functions + 1 }, (_, f) => guid(f)),
  pkeyMaps: [],
  port: { up: true, lid: 5, lmc: 0, smLid: 1, smSl: 0, subnetPrefix: "fe80000000000000", pkeys: [0xffff] },
  nodeInfo: new Uint8Array(64),
  portInfo: new Uint8Array(64),
  copy: job.copy
})
for (let f = 1; f <= job.functions; f++) mux.attach(f)
mux.start()
const { view, words } = mux.region
const [, outgoing] = mux.wire.outgoing
const [, incoming] = mux.wire.incoming

/**
 * A MAD in the slot at word `slot`, between function `f` (0: from the wire) and the peer; all else is zero.
 */
const write = (slot: number, f: number, mgmtClass: number, method: number, attribute: number, tid: number): number => {
  words.fill(0, slot, slot + SLOT_WORDS)
  words[slot] = (MAD_BYTES << 16) | FLAG_QP1
  words[slot + 1] = PEER_LID
  words[slot + 2] = 1
  words[slot + 5] = f === 0 ? 0 : mux.tunnels(f)?.[1].proxyQpn ?? 0
  const mad = slot * 4 + SLOT_MAD_BYTE
  madHeader.BaseVersion.set(view, mad, 1)
  madHeader.MgmtClass.set(view, mad, mgmtClass)
  madHeader.ClassVersion.set(view, mad, mgmtClass === MGMT_CLASS.ComMgt ? 2 : 1)
  methodByte.set(view, mad, method)
  madHeader.AttributeID.set(view, mad, attribute)
  madHeader.TransactionID.setLow(view, mad, tid)
  return mad
}

/** The numbers 0..n-1 in an order without pattern, the same every time. */
const shuffled = (n: number): ReadonlyArray<number> => {
  const order = Array.from({ length: n }, (_, i) => i)
  let state = 1
  for (let i = n - 1; i > 0; i--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    const j = state % (i + 1)
    const swapped = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = swapped
  }
  return order
}

const request = (slot: number, f: number, i: number): number =>
  cm ? write(slot, f, MGMT_CLASS.ComMgt, METHOD.Send, CM_ATTRIBUTE.REQ, i + 1)
  : write(slot, f, MGMT_CLASS.Perf, METHOD.Get, 0x12, i + 1)

/** Opens all transactions or exchanges; the ids they have on the wire, by function and number. */
const open = (): ReadonlyArray<number> => {
  const ids: Array<number> = []
  for (let f = 1; f <= job.functions; f++) {
    const ring = mux.functionEgress(f, 1)
    for (let i = 0; i < job.perFunction; i += SETUP) {
      const count = ring.writable(Math.min(SETUP, job.perFunction - i))
      for (let k = 0; k < count; k++) {
        const mad = request(ring.slot(k), f, i + k)
        if (cm) cmRtu.LocalCommunicationID.set(view, mad, i + k + 1)
      }
      ring.publish(count)
      while (mux.poll(SETUP, NOW) > 0);
      const sent = outgoing.readable(count)
      for (let k = 0; k < sent; k++) {
        const mad = outgoing.slot(k) * 4 + SLOT_MAD_BYTE
        ids.push(cm ? cmRtu.LocalCommunicationID.get(view, mad) : madHeader.TransactionID.low(view, mad))
      }
      outgoing.release(sent)
    }
  }
  if (ids.length !== total) throw new Error(`engine bench: ${ids.length} of ${total} are open`)
  return ids
}

/** The peer answers every REQ, so that all exchanges are open and know their peer: its id is the guest's. */
const answer = (ids: ReadonlyArray<number>): void => {
  ids.forEach((id, n) => {
    incoming.writable(1)
    const mad = write(incoming.slot(0), 0, MGMT_CLASS.ComMgt, METHOD.Send, CM_ATTRIBUTE.REP, 1)
    cmRep.LocalCommunicationID.set(view, mad, (n % job.perFunction) + 1)
    cmRep.RemoteCommunicationID.set(view, mad, id)
    incoming.publish(1)
    mux.poll(1, NOW)
    const ring = mux.functionIngress(1 + Math.floor(n / job.perFunction), 1)
    ring.release(ring.readable(1))
  })
}

/** Fills a ring to the last slot, so that publishing goes on with what lies there. */
const fill = (ring: RingProducer, writeSlot: (slot: number, i: number) => void, drain: () => void): void => {
  for (let i = 0; i < ring.slots; i++) {
    ring.writable(1)
    writeSlot(ring.slot(0), i)
    ring.publish(1)
    mux.poll(1, NOW)
    drain()
  }
}

const writeCm = (slot: number, f: number, local: number, remote: number): void => {
  const mad = write(slot, f, MGMT_CLASS.ComMgt, METHOD.Send, CM_ATTRIBUTE.RTU, 0)
  cmRtu.LocalCommunicationID.set(view, mad, local)
  cmRtu.RemoteCommunicationID.set(view, mad, remote)
}

const rings: Array<RingProducer> = []
const sinks: Array<RingConsumer> = []
const drainAll = (): void => {
  for (const sink of sinks) sink.release(sink.readable(sink.slots))
}

const prepare = (): void => {
  const ids = open()
  if (cm) answer(ids)
  const order = shuffled(inbound ? total : job.perFunction)
  const at = (i: number): number => order[i % order.length] ?? 0
  if (inbound) {
    for (let f = 1; f <= job.functions; f++) sinks.push(mux.functionIngress(f, 1))
    rings.push(incoming)
    fill(incoming, (slot, i) => {
      const n = at(i)
      if (cm) writeCm(slot, 0, (n % job.perFunction) + 1, ids[n] ?? 0)
      else write(slot, 0, MGMT_CLASS.Perf, METHOD.GetResp, 0x12, ids[n] ?? 0)
    }, drainAll)
    return
  }
  sinks.push(outgoing)
  for (let f = 1; f <= job.functions; f++) {
    const ring = mux.functionEgress(f, 1)
    rings.push(ring)
    fill(ring, (slot, i) => {
      if (cm) writeCm(slot, f, at(i) + 1, at(i) + 1)
      else request(slot, f, at(i))
    }, drainAll)
  }
}

/**
 * Milliseconds of processor time of this thread, so that other programs cost less than by the wall clock;
 * where the runtime cannot tell, the wall clock.
 */
const spentMs: () => number = "threadCpuUsage" in process
  ? () => {
    const { system, user } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  : () => performance.now()

const measure = (): number => {
  const end = spentMs() + job.deadlineMs
  let passed = 0
  let next = 0
  let counted = 0
  let countedMs = 0
  while (passed < job.warmup + job.count) {
    let taken = 0
    const start = spentMs()
    for (let i = 0; i < BATCHES; i++) {
      const ring = rings[next]
      if (ring === undefined) break
      next = next + 1 < rings.length ? next + 1 : 0
      ring.writable(job.batch)
      ring.publish(job.batch)
      taken += mux.poll(job.batch, NOW)
    }
    const stop = spentMs()
    drainAll()
    passed += taken
    if (passed > job.warmup) {
      countedMs += stop - start
      counted += taken
    }
    if (stop > end) break
  }
  const { dropped } = mux.counters(inbound ? null : 1)
  if (Object.values(dropped).some((count) => count > 0)) throw new Error("engine bench: a MAD was dropped")
  return counted === 0 ? Number.POSITIVE_INFINITY : (countedMs * 1e6) / counted
}

prepare()
parentPort?.postMessage(measure())
