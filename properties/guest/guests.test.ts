/** Guests in process on a port that the test plays: what reaches them although no MAD moves, and the end. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { expect, it } from "vitest"
import { Functions, type Received } from "../../impl/guest/functions.ts"
import { layerLive } from "../../impl/guest/live.ts"
import { layerRecorded } from "../../impl/guest/recorded.ts"
import { joinGroup, leaveGroup } from "../../impl/guest/mads.ts"
import { defaultTiming } from "../../impl/mux/config.ts"
import type { PfContextOptions } from "../../impl/mux/pf-context.ts"
import {
  type PortDescription, type PortEvent, SpecialQpPort, type WireEndpoint
} from "../../impl/port/special-qp-port.ts"
import { readWire, writeIngress } from "../../impl/trace/slots.ts"
import type { Line } from "../../impl/trace/line.ts"
import { bytesToHex, hexToBytes } from "../../impl/wire/hex.ts"
import { expectAllowed } from "../expect-allowed.ts"

const SM_LID = 1
const METHOD_BYTE = 3
const METHOD_SET = 0x02
const METHOD_GET_RESP = 0x81
const METHOD_DELETE_RESP = 0x95
const DELETE = "15"
const GUIDS = ["0002c90300000011", "0002c90300000012", "0002c90300000013"]
const MGID = "ff12a01c000000000000000000000001"

const description: PortDescription = {
  lid: 4, lmc: 0, smLid: SM_LID, smSl: 0, subnetPrefix: "fe80000000000000", guids: GUIDS, pkeys: [0xffff],
  linkUp: true, nodeInfo: new Uint8Array(64), portInfo: new Uint8Array(64)
}

/**
 * A port whose SA accepts every join `delayMs` later (null: never), and answers a leave when it comes for the
 * `leaveHeard`-th time; it sends at most `perBatch` MADs a batch.
 */
class PlayedPort {
  readonly events = Effect.runSync(Queue.unbounded<PortEvent>())
  /** MADs that went out, hex. */
  readonly sent: Array<string> = []
  readonly #perBatch: number
  readonly #delayMs: number | null
  readonly #leaveHeard: number
  readonly #leaves = new Map<string, number>()
  #wire: WireEndpoint | null = null

  constructor({ delayMs = 0, leaveHeard = 1, perBatch = 256 }: {
    delayMs?: number | null
    leaveHeard?: number
    perBatch?: number
  } = {}) {
    this.#leaveHeard = leaveHeard
    this.#perBatch = perBatch
    this.#delayMs = delayMs
  }

  readonly layer = Layer.sync(SpecialQpPort, () =>
    SpecialQpPort.of({
      describe: Effect.succeed(description),
      events: this.events,
      connect: (wire) => Effect.sync(() => void (this.#wire = wire)),
      transmit: (budget) => Effect.sync(() => this.#transmit(budget))
    }))

  /** The MGIDs of the leaves that went out, in alphabetical order. */
  left(): ReadonlyArray<string> {
    return this.sent.filter((mad) => mad.slice(6, 8) === DELETE).map((mad) => mad.slice(112, 144)).toSorted()
  }

  #transmit(budget: number): number {
    const wire = this.#wire
    if (wire === null) return 0
    const ring = wire.outgoing[1]
    const count = ring.readable(Math.min(budget, this.#perBatch))
    for (let i = 0; i < count; i++) {
      const { mad } = readWire(wire.region, ring.slot(i), 1)
      this.sent.push(mad)
      const bytes = hexToBytes(mad)
      if (mad.slice(6, 8) === DELETE) this.#leave(wire, mad)
      if (bytes[METHOD_BYTE] !== METHOD_SET || this.#delayMs === null) continue
      setTimeout(() => this.#arrive(wire, bytes.with(METHOD_BYTE, METHOD_GET_RESP)), this.#delayMs)
    }
    ring.release(count)
    return count
  }

  #leave(wire: WireEndpoint, mad: string): void {
    const tid = mad.slice(16, 32)
    const heard = (this.#leaves.get(tid) ?? 0) + 1
    this.#leaves.set(tid, heard)
    if (heard !== this.#leaveHeard) return
    setTimeout(() => this.#arrive(wire, hexToBytes(mad).with(METHOD_BYTE, METHOD_DELETE_RESP)), 0)
  }

  #arrive(wire: WireEndpoint, mad: Uint8Array): void {
    const ring = wire.incoming[1]
    expect(ring.writable(1)).toBe(1)
    writeIngress(wire.region, ring.slot(0), {
      op: "ingress", qp: 1, slid: SM_LID, srcQp: 1, sl: 0, pkeyIndex: 0, grh: null, mad: bytesToHex(mad)
    }, 0)
    ring.publish(1)
    wire.wake()
  }
}

/** Waits until something is so; dies after 10 s. */
const until = (what: string, probe: () => boolean) => {
  const poll = Effect.gen(function*() {
    while (!probe()) yield* Effect.sleep(1)
  })
  const missed = new Error(`not within 10 s: ${what}`)
  return Effect.timeoutOrElse(poll, { duration: "10 seconds", orElse: () => Effect.die(missed) })
}

const ways = ["live", "recorded"] as const
/** Builds the guests of a way on a port. */
const openGuests = (
  way: (typeof ways)[number], port: PlayedPort, timing = defaultTiming, config: PfContextOptions["config"] = {}
) => {
  const options = { functions: GUIDS.length, config: { timing, ...config } }
  const lines: Array<Line> = []
  const guests = way === "live" ? layerLive(options) : layerRecorded(options, 1, (line) => void lines.push(line))
  const built = Layer.build(Layer.provide(guests, port.layer))
  // What is added first is done last: the trace is whole then.
  const judged = Effect.addFinalizer(() => Effect.sync(() => way === "recorded" && expectAllowed(lines)))
  return Effect.andThen(judged, Effect.map(built, (context) => Context.get(context, Functions)))
}
const post = (functions: Functions["Service"], f: number, mad: Uint8Array): void =>
  void expect(functions.post({
    function: f, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: SM_LID, sl: 0, pathBits: 0,
    rate: 0, grh: null, mad: bytesToHex(mad)
  })).toBe(true)
const member = (f: number, joinState: number) =>
  ({ mgid: MGID, portGid: `${description.subnetPrefix}${GUIDS[f]}`, joinState })

it.each(ways)("a guest is handed what time brings, although no MAD moves, %s [SQP-MC-3]", (way) =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const port = new PlayedPort({ leaveHeard: Number.POSITIVE_INFINITY })
    const leavesGiveUp = { ...defaultTiming, saTimeout: 500, saRetries: 0, horizon: 60_000 }
    const functions = yield* openGuests(way, port, leavesGiveUp)
    const got: Array<Received> = []
    functions.onReceive((received) => void got.push(received))
    post(functions, 1, joinGroup("0000000000000001", member(1, 3)))
    yield* until("the join is answered", () => got.length === 1)
    // The leave of one bit is never answered, so the other join waits until it is given up.
    post(functions, 1, leaveGroup("0000000000000002", member(1, 2)))
    yield* until("the leave went out", () => port.sent.some((mad) => mad.slice(6, 8) === DELETE))
    post(functions, 2, joinGroup("0000000000000003", member(2, 1)))
    yield* until("the join that waited is answered", () => got.some((received) => received.function === 2))
  }))))

it.each(ways)("guests hear of a port event although no MAD moves, %s [SQP-EV-1]", (way) =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const port = new PlayedPort()
    const functions = yield* openGuests(way, port)
    const heard: Array<string> = []
    functions.onEvent(({ event, function: f }) => void heard.push(`${f} ${event}`))
    yield* Queue.offer(port.events, { _tag: "link", up: false })
    yield* until("everybody hears", () => heard.length === GUIDS.length)
    expect(heard).toEqual(GUIDS.map((_, f) => `${f} port-down`))
  }))))

/** The InformInfos that went out: Subscribe and TrapNumber of each. */
const asked = (port: PlayedPort): ReadonlyArray<string> =>
  port.sent.filter((mad) => mad.slice(32, 36) === "0003").map((mad) => `${mad.slice(158, 160)} ${mad.slice(164, 168)}`)

it.each(ways)("a PF context hears of deleted groups while it has some, unless told not to, %s [SQP-SUB-11]", async (way) => {
  for (const groupNotices of [undefined, false]) {
    const port = new PlayedPort()
    await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const functions = yield* openGuests(way, port, defaultTiming, groupNotices === undefined ? {} : { groupNotices })
      let joined = false
      functions.onReceive(() => void (joined = true))
      post(functions, 1, joinGroup("0000000000000001", member(1, 1)))
      yield* until("it is joined", () => joined)
    })))
    expect(asked(port)).toEqual(groupNotices === undefined ? ["01 0043", "00 0043"] : [])
  }
})

it.each(ways)("a PF context leaves all groups at its end, slow port or not, %s [SQP-LIFE-3]", async (way) => {
  const port = new PlayedPort({ perBatch: 1 })
  const groups = Array.from({ length: 40 }, (_, n) => `ff12a01c${n.toString(16).padStart(24, "0")}`)
  await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const functions = yield* openGuests(way, port)
    let joined = 0
    functions.onReceive(() => void (joined += 1))
    for (const [n, mgid] of groups.entries()) {
      post(functions, 1, joinGroup(n.toString(16).padStart(16, "0"), { ...member(1, 1), mgid }))
    }
    yield* until("all are joined", () => joined === groups.length)
  })))
  expect(port.left()).toEqual(groups)
})

it.each(ways)("a leave that is lost at the end is repeated, %s [SQP-LIFE-3]", async (way) => {
  const port = new PlayedPort({ leaveHeard: 3 })
  await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const functions = yield* openGuests(way, port, { ...defaultTiming, saTimeout: 60, saRetries: 100 })
    let joined = false
    functions.onReceive(() => void (joined = true))
    post(functions, 1, joinGroup("0000000000000001", member(1, 1)))
    yield* until("it is joined", () => joined)
  })))
  expect(port.left().length).toBeGreaterThanOrEqual(3)
  expect(new Set(port.left())).toEqual(new Set([MGID]))
})

it.each(ways)("a join that is with the SA at the end is left, too, %s [SQP-LIFE-3]", async (way) => {
  const port = new PlayedPort({ delayMs: 50 })
  await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const functions = yield* openGuests(way, port)
    post(functions, 1, joinGroup("0000000000000001", member(1, 1)))
    yield* until("the join went out", () => port.sent.length === 1)
  })))
  expect(port.left()).toEqual([MGID])
})

it.each(ways)("a join that a port event gives up during the end is left, too, %s [SQP-LIFE-3]", async (way) => {
  const port = new PlayedPort({ delayMs: 50 })
  await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const functions = yield* openGuests(way, port)
    post(functions, 1, joinGroup("0000000000000001", member(1, 1)))
    yield* until("the join went out", () => port.sent.length === 1)
    yield* Queue.offer(port.events, { _tag: "reregister" })
  })))
  expect(port.left()).toEqual([MGID])
})

it.each(ways)("an SA that never answers keeps no PF context from its end, %s [SQP-LIFE-3]", async (way) => {
  const port = new PlayedPort({ delayMs: null })
  await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const functions = yield* openGuests(way, port)
    post(functions, 1, joinGroup("0000000000000001", member(1, 1)))
    yield* until("the join went out", () => port.sent.length === 1)
  })))
})
