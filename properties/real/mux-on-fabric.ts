/**
 * A PF context as the one HCA on a node of a real fabric, with guests in process: what a test posts for a
 * function goes to the real SA and peers, and what comes back waits for the test, function by function.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { expect } from "vitest"
import type { InputError } from "../../impl/input/check.ts"
import { Functions, type Heard, type Received } from "../../impl/guest/functions.ts"
import { layerLive } from "../../impl/guest/live.ts"
import { layerRecorded } from "../../impl/guest/recorded.ts"
import { IbsimPort, layerIbsim } from "../../impl/port/ibsim.ts"
import type { PortError, SpecialQpPort } from "../../impl/port/special-qp-port.ts"
import type { Line } from "../../impl/trace/line.ts"
import type { OutputOf } from "../../impl/trace/output.ts"
import { bytesToHex, hexToBytes } from "../../impl/wire/hex.ts"
import { expectAllowed } from "../expect-allowed.ts"
import { runScoped } from "./ibsim-attach.ts"
import type { Fabric } from "./ibsim-fabric.ts"
import { getClassPortInfo, statusOf, tidOf } from "./mads.ts"

/** The two ways a guest can be run; a recorded run is judged by the model afterwards. */
export const ways = ["live", "recorded"] as const
/** One of {@link ways}. */
export type Way = (typeof ways)[number]

/** Where the PF context runs, and how. */
export interface MuxOptions {
  readonly fabric: Fabric
  readonly way: Way
  /** Default "Hca2"; never the node of the subnet manager. */
  readonly nodeId?: string
  /** Default 8. */
  readonly functions?: number
  /** What the SA is asked for the VFs, and their GUIDs; by default nothing, and random ones. */
  readonly aliasGuids?: "random" | "sa"
  readonly guids?: ReadonlyArray<string>
  /** Whether the PF context subscribes to the deletion of groups; by default not, so that MADs can be counted. */
  readonly groupNotices?: boolean
  /** Virtual P_Key tables by function; default `[0]` each. */
  readonly pkeyMaps?: ReadonlyArray<ReadonlyArray<number | null>>
  /** Stands between the PF context and its port; the default changes nothing. */
  readonly between?: Layer.Layer<SpecialQpPort, never, SpecialQpPort>
}

/** A MAD that reached a function. */
export interface Arrived extends Omit<Received, "mad"> {
  readonly mad: Uint8Array
}

/** A running PF context and the guests' side of it. */
export interface MuxOnFabric {
  readonly lid: number
  readonly smLid: number
  readonly guids: ReadonlyArray<string>
  /** Every function, 0 first. */
  readonly all: ReadonlyArray<number>
  /** GID of a function as it is now, 32 hex digits. */
  readonly gid: (f: number) => string
  /** Function `f` sends a MAD on its proxy of QP1 to QP1 of a LID. */
  readonly post: (f: number, dlid: number, mad: Uint8Array) => void
  /** The next MAD for function `f`; dies after 10 s without one. */
  readonly next: (f: number) => Effect.Effect<Arrived>
  /** How many MADs came to each function and were not taken with `next`. */
  readonly waiting: () => ReadonlyArray<number>
  /** The next port event of function `f`; dies after 10 s without one. */
  readonly nextEvent: (f: number) => Effect.Effect<Heard["event"]>
  /** How many port events came to each function and were not taken. */
  readonly waitingEvents: () => ReadonlyArray<number>
  /** A question of the PF to the SA and back: what was sent before it has been through the SA. */
  readonly barrier: Effect.Effect<void>
  /** The accounting of a function, or of nobody (null). */
  readonly counters: (f: number | null) => Effect.Effect<OutputOf<"counters">>
  /** MADs the port adapter handed to the network so far, the barriers' (one of them now) not counted. */
  readonly sent: Effect.Effect<number>
  /** Waits until the network has returned so many MADs undelivered; dies after 10 s. */
  readonly untilBounced: (count: number) => Effect.Effect<void>
}

const DEADLINE = "10 seconds"
const WELL_KNOWN_Q_KEY = 0x8001_0000
/** Bits that no TID of a test has: answers to barriers are known by them. */
const BARRIER_TID = 0x7bad_0000_0000_0000n

const openMux = Effect.fnUntraced(function*(
  { aliasGuids, between, fabric, functions: count = 8, groupNotices = false, guids, nodeId = "Hca2", pkeyMaps, way }: MuxOptions,
  write: (line: Line) => void
): Effect.fn.Return<readonly [MuxOnFabric, Functions["Service"]], PortError | InputError, Scope.Scope> {
  const ibsim = layerIbsim({ host: fabric.host, port: fabric.port, nodeId, pollIntervalMs: 20 })
  const port = between === undefined ? ibsim : Layer.provideMerge(between, ibsim)
  const options = {
    functions: count,
    config: { groupNotices, ...(pkeyMaps && { pkeyMaps }) }, ...(aliasGuids && { aliasGuids }), ...(guids && { guids })
  }
  const guests = way === "live" ? layerLive(options) : layerRecorded(options, 1, write)
  const context = yield* Layer.build(Layer.provideMerge(guests, port))
  const functions = Context.get(context, Functions)
  const all = Array.from({ length: count }, (_, f) => f)
  const queuesOf = <A>() => Effect.forEach(all, () => Queue.unbounded<A>())
  const mads = yield* queuesOf<Arrived>()
  const events = yield* queuesOf<Heard["event"]>()
  functions.onReceive((received) => {
    const queue = mads[received.function]
    if (queue !== undefined) Queue.offerUnsafe(queue, { ...received, mad: hexToBytes(received.mad) })
  })
  functions.onEvent(({ event, function: f }) => {
    const queue = events[f]
    if (queue !== undefined) Queue.offerUnsafe(queue, event)
  })
  const nextOf = <A>(queues: ReadonlyArray<Queue.Dequeue<A>>, what: string) => (f: number) => {
    const queue = queues[f]
    if (queue === undefined) return Effect.die(new Error(`there is no function ${f}`))
    const missed = new Error(`no ${what} came to function ${f} within ${DEADLINE}`)
    return Effect.timeoutOrElse(Queue.take(queue), { duration: DEADLINE, orElse: () => Effect.die(missed) })
  }
  const { lid, smLid, subnetPrefix } = functions.port
  const post: MuxOnFabric["post"] = (f, dlid, mad) => {
    const posted = functions.post({
      function: f, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: WELL_KNOWN_Q_KEY, dlid, sl: 0, pathBits: 0,
      rate: 0, grh: null, mad: bytesToHex(mad)
    })
    expect(posted, `the ring of function ${f} has room`).toBe(true)
  }
  const next = nextOf(mads, "MAD")
  let barriers = 0
  const barrier = Effect.suspend(() => {
    barriers += 1
    const tid = BARRIER_TID | BigInt(barriers)
    post(0, smLid ?? 0, getClassPortInfo(tid))
    return Effect.map(next(0), ({ mad }) => expect([tidOf(mad), statusOf(mad)]).toEqual([tid, 0]))
  })
  const counted = Context.get(context, IbsimPort).counters
  const mux: MuxOnFabric = {
    lid,
    smLid: smLid ?? 0,
    guids: functions.guids,
    all,
    gid: (f) => subnetPrefix + functions.guidOf(f),
    post,
    next,
    waiting: () => mads.map((queue) => Queue.sizeUnsafe(queue)),
    nextEvent: nextOf(events, "event"),
    waitingEvents: () => events.map((queue) => Queue.sizeUnsafe(queue)),
    barrier,
    counters: (f) =>
      Effect.map(functions.counters, (rows) => {
        const row = rows.find((each) => each.function === f)
        if (row === undefined) throw new Error(`no counters of function ${f}`)
        return row
      }),
    // The adapter counts a MAD when the network has taken it: that of the barrier was the last.
    sent: Effect.andThen(barrier, counted).pipe(Effect.map(({ sent }) => sent - barriers)),
    untilBounced: (count) => {
      const poll = Effect.gen(function*() {
        while ((yield* counted).bounced < count) yield* Effect.sleep(5)
      })
      const missed = new Error(`the network did not return ${count} MADs within ${DEADLINE}`)
      return Effect.timeoutOrElse(poll, { duration: DEADLINE, orElse: () => Effect.die(missed) })
    }
  }
  return [mux, functions]
})

/**
 * Runs `body` with a PF context, ends it in order, and has the model judge the trace of a recorded run: it
 * must be allowed. Resolves to the trace, which is empty for a live run.
 */
export const withMux = async <E>(
  options: MuxOptions,
  body: (mux: MuxOnFabric) => Effect.Effect<void, E, Scope.Scope>
): Promise<ReadonlyArray<Line>> => {
  const lines: Array<Line> = []
  await runScoped(Effect.gen(function*() {
    const [mux, { running }] = yield* openMux(options, (line) => void lines.push(line))
    // A PF context that fails must not let the body wait for its deadline.
    yield* Effect.raceFirst(body(mux), running)
  }))
  if (options.way === "live") return lines
  expectAllowed(lines)
  expect(lines.filter(({ error }) => error !== undefined)).toEqual([])
  return lines
}

/** The MADs that a recorded run put on the wire, in order. */
export const wireMads = (lines: ReadonlyArray<Line>): ReadonlyArray<Uint8Array> =>
  lines.flatMap(({ out = [] }) =>
    out.flatMap((output) => (output.to === "wire" ? [hexToBytes(output.mad)] : [])))
