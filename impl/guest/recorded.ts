/**
 * Guests of a PF context that writes a trace: every input passes the trace driver on the real clock, one at a time, and what
 * comes out goes on to the port and the guests. For looking and checking, not for speed: {@link layerLive} is the direct way.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import { refusing } from "../input/refusing.ts"
import { drain } from "../mux/drain.ts"
import { configFor, type PfContextOptions } from "../mux/pf-context.ts"
import { SpecialQpPort } from "../port/special-qp-port.ts"
import { takeEvents } from "../port/take-events.ts"
import { transmitAll } from "../port/transmit-all.ts"
import { SharedRegion } from "../ring/memory.ts"
import { allocateRing, RingConsumer, RingProducer, ringWords } from "../ring/spsc.ts"
import type { Command } from "../trace/command.ts"
import { commandOfPortEvent, initOfPort } from "../trace/commands.ts"
import { TraceDriver } from "../trace/driver.ts"
import type { Line } from "../trace/line.ts"
import type { Output, OutputOf } from "../trace/output.ts"
import { readIngress, writeWire } from "../trace/slots.ts"
import { Functions, type Heard, type Received } from "./functions.ts"

/** Slots of the rings between the driver and the port. */
const SLOTS = 1024
/** Rings to and from the port, by QP. */
const RINGS = 4
const SLEEP_MS = 5
/** How often time is noted while nothing happens: what falls due then is at most this late. */
const IDLE_ADVANCE_MS = 50
const QPS = [0, 1] as const

/** The rings of a port that a trace driver stands behind. */
const openRings = () => {
  const region = SharedRegion.create(RINGS * ringWords(SLOTS) + 256)
  const ring = () => allocateRing(region, SLOTS)
  const [out0, out1, in0, in1] = [ring(), ring(), ring(), ring()]
  return {
    region,
    toPort: [new RingProducer(region, out0), new RingProducer(region, out1)] as const,
    fromPort: [new RingConsumer(region, in0), new RingConsumer(region, in1)] as const,
    outgoing: [new RingConsumer(region, out0), new RingConsumer(region, out1)] as const,
    incoming: [new RingProducer(region, in0), new RingProducer(region, in1)] as const
  }
}

/** Where the lines go; called once a line, in order. */
export type WriteLine = (line: Line) => void

/** Guests of a PF context on the port that is provided; every line of its trace is given to `write`. */
export const layerRecorded = (options: PfContextOptions, seed: number, write: WriteLine) =>
  Layer.effect(Functions, Effect.gen(function*() {
    const port = yield* SpecialQpPort
    const clock = yield* Clock.Clock
    const description = yield* port.describe
    const { adminGuids, groupNotices, guidCap, guids, limits, nodeGuids, pkeyMaps, policy, services, timing } =
      yield* refusing(() => configFor(description, options))
    const current = [...guids]
    const { fromPort, incoming, outgoing, region, toPort } = openRings()
    const latch = yield* Latch.make()
    const wake = (): void => {
      latch.openUnsafe()
    }
    yield* port.connect({ region, outgoing, incoming, wake })

    const driver = new TraceDriver({ remembers: false })
    let listener: (received: Received) => void = () => {}
    let hearer: (heard: Heard) => void = () => {}
    let lastMs = clock.currentTimeMillisUnsafe()
    let lines = 0
    const line = (command: Command): ReadonlyArray<Output> => {
      const done = driver.apply({ n: ++lines, in: command })
      write(done)
      const out = done.out ?? []
      for (const output of out) {
        if (output.to === "wire") toWire(output)
        if (output.to === "function") listener(output)
        if (output.to === "event" && output.event === "gid") current[output.function] = guidNow(output.function)
        if (output.to === "event") hearer(output)
      }
      return out
    }
    const guidNow = (f: number): string => {
      const [answer] = line({ op: "query", function: f, attribute: "GUIDInfo", modifier: 0 })
      return answer?.to === "answer" && answer.data !== undefined ? answer.data.slice(0, 16) : ""
    }
    const toWire = (output: OutputOf<"wire">): void => {
      const ring = toPort[output.qp]
      // A port that lags loses the MAD, as a wire may.
      if (ring.writable(1) === 0) return
      writeWire(region, ring.slot(0), output, description.subnetPrefix + (current[output.grh?.sgidIndex ?? 0] ?? ""))
      ring.publish(1)
    }
    /** Time up to now passes, if it is at least `leastMs`. */
    const pass = (leastMs: number): void => {
      const nowMs = clock.currentTimeMillisUnsafe()
      const ms = nowMs - lastMs
      if (ms < leastMs) return
      lastMs = nowMs
      line({ op: "advance", ms })
    }
    /** Time passes, then the command is done. */
    const now = (command: Command): ReadonlyArray<Output> => {
      pass(1)
      return line(command)
    }
    // What is not said here has the default values when the trace is checked, too.
    const aliases = adminGuids === undefined || guidCap === undefined ? {} : { nodeGuids, adminGuids, guidCap }
    const asked = {
      limits, timing, virt2phys: pkeyMaps, policy: { services, ...policy }, groupNotices: groupNotices === true, ...aliases
    }
    line({ ...initOfPort(description, guids, seed), ...asked })
    line({ op: "start" })

    const turn = Effect.gen(function*() {
      yield* takeEvents(port.events, (event) => now(commandOfPortEvent(event)))
      let moved = 0
      for (const qp of QPS) {
        const ready = fromPort[qp].readable(SLOTS)
        for (let i = 0; i < ready; i++) now(readIngress(region, fromPort[qp].slot(i), qp))
        fromPort[qp].release(ready)
        moved += ready
      }
      return moved + (yield* port.transmit(SLOTS))
    })
    const loop = Effect.gen(function*() {
      while (true) {
        latch.closeUnsafe()
        if ((yield* turn) > 0) {
          yield* Effect.yieldNow
          continue
        }
        yield* latch.await.pipe(Effect.timeoutOption(SLEEP_MS))
        pass(IDLE_ADVANCE_MS)
      }
    })
    const leaveAll = Effect.suspend(() => {
      now({ op: "stop" })
      return transmitAll(port, outgoing, () => false)
    })
    const lastTurn = Effect.tap(turn, () => Effect.sync(() => pass(IDLE_ADVANCE_MS)))
    const detachAll = Effect.sync(() => {
      for (let f = 1; f < options.functions; f++) now({ op: "detach", function: f })
    })
    yield* Effect.addFinalizer(() =>
      detachAll.pipe(
        Effect.andThen(drain(() => driver.isWithSa, lastTurn, timing)),
        Effect.andThen(leaveAll),
        Effect.ignore
      )
    )
    const fiber = yield* Effect.forkScoped(loop)
    return Functions.of({
      port: description,
      guids,
      guidOf: (f) => current[f] ?? "",
      post: (posted) => {
        now({ op: "egress", ...posted })
        wake()
        return true
      },
      onReceive: (next) => {
        listener = next
      },
      onEvent: (next) => {
        hearer = next
      },
      counters: Effect.sync(() =>
        now({ op: "counters" }).filter((output): output is OutputOf<"counters"> => output.to === "counters")
      ),
      running: Fiber.join(fiber)
    })
  }))
