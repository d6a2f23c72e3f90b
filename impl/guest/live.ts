/** Guests on the rings of a running mux: the direct way, without a trace. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Mux } from "../mux/engine.ts"
import { layerPfContext, PfContext, type PfContextOptions } from "../mux/pf-context.ts"
import { countersOf } from "../trace/counters.ts"
import { readFunction, writeEgress } from "../trace/slots.ts"
import { bytesToHex } from "../wire/hex.ts"
import { Functions, type Heard, type Received } from "./functions.ts"

const QPS = [0, 1] as const
const NO_GUID = new Uint8Array(8)

/** Takes what the rings towards the functions hold. */
const drainFunctions = (mux: Mux, functions: number, listener: (received: Received) => void): void => {
  for (let f = 0; f < functions; f++) {
    for (const qp of QPS) {
      const ring = mux.functionIngress(f, qp)
      const ready = ring.readable(256)
      for (let i = 0; i < ready; i++) listener(readFunction(mux.region, ring.slot(i), f, qp))
      ring.release(ready)
    }
  }
}

/** Takes the port events of the functions. */
const drainEvents = (mux: Mux, functions: number, listener: (heard: Heard) => void): void => {
  for (let f = 0; f < functions; f++) {
    for (const event of mux.takeEvents(f)) listener({ to: "event", function: f, event })
  }
}

/** Guests of a PF context on the port that is provided. */
export const layerLive = (options: PfContextOptions) => {
  let listener: (received: Received) => void = () => {}
  let hearer: (heard: Heard) => void = () => {}
  const onBatch = (mux: Mux): void => {
    // Events first: a MAD may be the consequence of what an event says.
    drainEvents(mux, options.functions, (heard) => hearer(heard))
    drainFunctions(mux, options.functions, (received) => listener(received))
  }
  const functions = Effect.gen(function*() {
    const { guids, mux, port, running, wake } = yield* PfContext
    return Functions.of({
      port,
      guids,
      guidOf: (f) => bytesToHex((mux.query(f, "GUIDInfo", 0) ?? NO_GUID).subarray(0, 8)),
      post: (posted) => {
        const ring = mux.functionEgress(posted.function, posted.qp)
        const sourceQpn = posted.srcQpn ?? mux.tunnels(posted.function)?.[posted.qp].proxyQpn ?? 0
        if (ring.writable(1) === 0) return false
        writeEgress(mux.region, ring.slot(0), { op: "egress", ...posted }, sourceQpn)
        ring.publish(1)
        wake()
        return true
      },
      onReceive: (next) => {
        listener = next
      },
      onEvent: (next) => {
        hearer = next
      },
      counters: Effect.sync(() => [null, ...guids.keys()].map((f) => countersOf(mux, f))),
      running
    })
  })
  return Layer.provide(Layer.effect(Functions, functions), layerPfContext({ ...options, onBatch }))
}
