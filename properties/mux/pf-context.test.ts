/** The PF context as a service, on a port that the test plays and by a clock that the test moves. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { joinGroup } from "../../impl/guest/mads.ts"
import { defaultLimits, defaultTiming, type MuxTiming } from "../../impl/mux/config.ts"
import { drain } from "../../impl/mux/drain.ts"
import { configFor, layerPfContext, PfContext, type PfContextOptions } from "../../impl/mux/pf-context.ts"
import { systemRandom32 } from "../../impl/mux/random.ts"
import {
  type PortDescription, PortError, type PortEvent, SpecialQpPort, type WireEndpoint
} from "../../impl/port/special-qp-port.ts"
import { readWire, writeEgress, writeIngress } from "../../impl/trace/slots.ts"
import { bytesToHex } from "../../impl/wire/hex.ts"

const GUIDS = ["0002c90300000011", "0002c90300000012", "0002c90300000013"]
const NO_GUID = "0".repeat(16)
const MGID = "ff12a01c000000000000000000000001"
const timing: MuxTiming = { ...defaultTiming, saTimeout: 305, saRetries: 1 }
/** When the PF context is built: its own clock begins with it. */
const START_MS = 5000
const portInfoOf = (guidCap: number): Uint8Array => {
  const bytes = new Uint8Array(64)
  // GUIDCap is byte 50 of PortInfo.
  bytes[50] = guidCap
  return bytes
}
const description: PortDescription = {
  lid: 4, lmc: 1, smLid: 1, smSl: 2, subnetPrefix: "fe80000000000000", guids: GUIDS, pkeys: [0xffff, 0x8001],
  linkUp: true, nodeInfo: new Uint8Array(64).fill(7), portInfo: portInfoOf(8)
}

/** A port that takes everything at once, and notes when. */
class PlayedPort {
  readonly events = Effect.runSync(Queue.unbounded<PortEvent>())
  /** When each MAD went out, with its class and method. */
  readonly sent: Array<readonly [number, string]> = []
  fault: PortError | null = null
  description = description
  /** Whether its SA answers, and whether it says so. */
  answers = false
  wakes = true
  wire: WireEndpoint | null = null

  readonly layer = Layer.sync(SpecialQpPort, () =>
    SpecialQpPort.of({
      describe: Effect.sync(() => this.description),
      events: this.events,
      connect: (wire) => Effect.sync(() => void (this.wire = wire)),
      transmit: (budget) => this.fault === null
        ? Effect.map(Clock.currentTimeMillis, (nowMs) => this.#transmit(budget, nowMs))
        : Effect.fail(this.fault)
    }))

  #transmit(budget: number, nowMs: number): number {
    const ring = this.wire?.outgoing[1]
    if (this.wire === null || ring === undefined) return 0
    const count = ring.readable(budget)
    for (let i = 0; i < count; i++) {
      const { mad } = readWire(this.wire.region, ring.slot(i), 1)
      this.sent.push([nowMs - START_MS, `${mad.slice(2, 4)} ${mad.slice(6, 8)}`])
      if (this.answers) this.#answer(this.wire, mad)
    }
    ring.release(count)
    return count
  }

  #answer({ incoming: [, ring], region, wake }: WireEndpoint, mad: string): void {
    const method = mad.slice(6, 8) === "15" ? "95" : "81"
    expect(ring.writable(1)).toBe(1)
    writeIngress(region, ring.slot(0), {
      op: "ingress", qp: 1, slid: 1, srcQp: 1, sl: 0, pkeyIndex: 0, grh: null, mad: mad.slice(0, 6) + method + mad.slice(8)
    }, 0)
    ring.publish(1)
    if (this.wakes) wake()
  }
}

const JOIN = "03 02"
const LEAVE = "03 15"

interface Hands {
  readonly context: PfContext["Service"]
  readonly port: PlayedPort
  /** When the PF context did a batch. */
  readonly batches: Array<number>
  /** The end of the PF context. */
  readonly end: Effect.Effect<void>
}

/** A test of a PF context of three functions by a clock that only the test moves. */
const withContext = (
  test: (hands: Hands) => Effect.Effect<void, PortError>, options: Partial<PfContextOptions> = {},
  describes: Partial<PortDescription> = {}
): Promise<void> =>
  Effect.runPromise(Effect.gen(function*() {
    yield* TestClock.setTime(START_MS)
    const port = new PlayedPort()
    port.description = { ...description, ...describes }
    const clock = yield* Clock.Clock
    const batches: Array<number> = []
    const layer = layerPfContext({
      functions: 3, config: { timing, groupNotices: false },
      onBatch: () => void batches.push(clock.currentTimeMillisUnsafe() - START_MS), ...options
    })
    const scope = yield* Scope.make()
    const built = yield* Layer.buildWithScope(Layer.provide(layer, port.layer), scope)
    yield* TestClock.adjust(0)
    yield* test({ batches, context: Context.get(built, PfContext), port, end: Scope.close(scope, Exit.void) })
  }).pipe(Effect.provide(TestClock.layer())))

/** Function `f` joins the `n`-th group. */
const join = ({ context: { mux } }: Hands, f = 1, n = 1): void => {
  const ring = mux.functionEgress(f, 1)
  expect(ring.writable(1)).toBe(1)
  writeEgress(mux.region, ring.slot(0), {
    op: "egress", function: f, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: 1, sl: 0, pathBits: 0,
    rate: 0, grh: null,
    mad: bytesToHex(joinGroup(n.toString(16).padStart(16, "0"), {
      mgid: MGID.slice(0, 30) + n.toString(16).padStart(2, "0"),
      portGid: `${description.subnetPrefix}${GUIDS[f]}`,
      joinState: 1
    }))
  }, mux.tunnels(f)?.[1].proxyQpn ?? 0)
  ring.publish(1)
}

describe("a PF context on a port", () => {
  it("opens the tunnels of all functions, with the port's own GUIDs and a P_Key map of one entry [SQP-QP-1]", () =>
    withContext(({ context }) => Effect.sync(() => {
      expect([0, 1, 2].map((f) => context.mux.tunnels(f) !== null)).toEqual([true, true, true])
      expect(context.guids).toEqual(GUIDS)
      expect(context.port).toEqual(description)
    })))

  it("waits for the SA from the start as it does later: what it asks at once it asks again on time [SQP-GUID-5]", () =>
    withContext(({ port }) => Effect.gen(function*() {
      yield* TestClock.adjust(700)
      const SET = "03 02"
      expect(port.sent).toEqual([[0, SET], [0, SET], [305, SET], [305, SET]])
    }), { aliasGuids: "sa" }, { guids: GUIDS.slice(0, 1) }))

  it("works at once when it is woken, and sleeps 20 ms at most otherwise [SQP-RING-5]", () =>
    withContext((hands) => Effect.gen(function*() {
      const { batches, context, port } = hands
      yield* TestClock.adjust(105)
      expect([...new Set(batches)]).toEqual([0, 20, 40, 60, 80, 100])
      join(hands)
      context.wake()
      yield* TestClock.adjust(0)
      expect(port.sent).toEqual([[105, JOIN]])
    })))

  it("sleeps no longer than until something is due [SQP-MC-3]", () =>
    withContext((hands) => Effect.gen(function*() {
      const { batches, context, port } = hands
      yield* TestClock.adjust(7)
      join(hands)
      context.wake()
      yield* TestClock.adjust(310)
      expect(port.sent).toEqual([[7, JOIN], [312, JOIN]])
      expect([...new Set(batches)]).toEqual([0, ...Array.from({ length: 16 }, (_, i) => 7 + 20 * i), 312])
    })))

  it("works on as long as something moves, although nobody wakes it [SQP-RING-5]", () =>
    withContext((hands) => Effect.gen(function*() {
      const { context, port } = hands
      Object.assign(port, { answers: true, wakes: false })
      join(hands)
      context.wake()
      yield* TestClock.adjust(0)
      expect(port.sent).toEqual([[0, JOIN]])
      expect(context.mux.functionIngress(1, 1).readable(1)).toBe(1)
    })))

  it("runs without anybody who looks at its batches [SQP-RING-5]", () =>
    Effect.runPromise(Effect.gen(function*() {
      const scope = yield* Scope.make()
      const layer = Layer.provide(layerPfContext({ functions: 2 }), new PlayedPort().layer)
      const context = Context.get(yield* Layer.buildWithScope(layer, scope), PfContext)
      const running = yield* Effect.forkChild(context.running)
      yield* TestClock.adjust(100)
      expect(running.pollUnsafe()).toBeUndefined()
    }).pipe(Effect.provide(TestClock.layer()))))

  it("hears what happens to its port before it works [SQP-EV-1]", () =>
    withContext((hands) => Effect.gen(function*() {
      const { context, port } = hands
      yield* Queue.offer(port.events, { _tag: "sm", smLid: null, smSl: 0 })
      yield* Queue.offer(port.events, { _tag: "link", up: false })
      join(hands)
      context.wake()
      yield* TestClock.adjust(0)
      expect(port.sent).toEqual([])
      expect(context.mux.takeEvents(1)).toContain("port-down")
    })))

  it("fails as its port does [SQP-RING-5]", () =>
    withContext(({ context, port }) => Effect.gen(function*() {
      port.fault = new PortError({ port: 1, reason: "Closed", message: "gone" })
      const running = yield* Effect.forkChild(context.running)
      context.wake()
      yield* TestClock.adjust(20)
      const exit = running.pollUnsafe()
      expect(exit !== undefined && Exit.isFailure(exit) && Cause.squash(exit.cause)).toBe(port.fault)
    })))

  it("ends its VFs first, and waits for a silent SA as long as that is asked [SQP-LIFE-3]", () =>
    withContext((hands) => Effect.gen(function*() {
      const { context, end, port } = hands
      join(hands)
      context.wake()
      yield* TestClock.adjust(0)
      const ending = yield* Effect.forkChild(end)
      yield* TestClock.adjust(0)
      expect([0, 1, 2].map((f) => context.mux.tunnels(f) === null)).toEqual([false, true, true])
      yield* TestClock.adjust(605)
      expect(ending.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust(20)
      expect(ending.pollUnsafe()).toBeDefined()
      expect(port.sent).toEqual([[0, JOIN], [306, JOIN]])
      expect([context.mux.isStopped, context.mux.tunnels(0)]).toEqual([true, null])
    })))

  it("ends at once where the SA answers, with every group left [SQP-LIFE-3]", () =>
    withContext((hands) => Effect.gen(function*() {
      const { context, end, port } = hands
      port.answers = true
      join(hands)
      context.wake()
      yield* TestClock.adjust(0)
      yield* Effect.forkChild(end)
      yield* TestClock.adjust(10)
      expect(port.sent.map(([, what]) => what)).toEqual([JOIN, LEAVE])
      expect(context.mux.isStopped).toBe(true)
    })))

  it("leaves every group of the PF at its end, though they do not fit into the ring at once [SQP-LIFE-3]", () => {
    const groups = 20
    const config = { timing, groupNotices: false, wireSlots: 16, limits: { ...defaultLimits, pending: groups } }
    return withContext((hands) => Effect.gen(function*() {
      const { context, end, port } = hands
      port.answers = true
      for (let n = 1; n <= groups; n++) join(hands, 0, n)
      context.wake()
      yield* TestClock.adjust(100)
      yield* Effect.forkChild(end)
      yield* TestClock.adjust(100)
      expect(port.sent.filter(([, what]) => what === JOIN)).toHaveLength(groups)
      expect(port.sent.filter(([, what]) => what === LEAVE)).toHaveLength(groups)
      expect(context.mux.isStopped).toBe(true)
    }), { config })
  })

  it("is not built for options that are none, and says why [SQP-CLI-1]", async () => {
    const layer = layerPfContext({ functions: 0 })
    const exit = await Effect.runPromiseExit(Effect.scoped(Layer.build(Layer.provide(layer, new PlayedPort().layer))))
    expect(Exit.isFailure(exit) && String(Cause.squash(exit.cause))).toContain("functions")
  })
})

describe("the configuration for a port", () => {
  const bare = { ...description, guids: [GUIDS[0] ?? ""], portInfo: portInfoOf(2) }

  it("has what the port says, one P_Key a function, and the defaults", () => {
    expect(configFor(description, { functions: 2 })).toMatchObject({
      functions: 2, functionSlots: 64, wireSlots: 1024, groupNotices: true, services: [], timing: defaultTiming,
      nodeGuids: GUIDS.slice(0, 2), guids: GUIDS.slice(0, 2), pkeyMaps: [[0], [0]],
      nodeInfo: description.nodeInfo, portInfo: description.portInfo,
      port: { up: true, lid: 4, lmc: 1, smLid: 1, smSl: 2, subnetPrefix: "fe80000000000000", pkeys: [0xffff, 0x8001] }
    })
    expect(configFor(description, { functions: 2, config: { functionSlots: 8 } }).functionSlots).toBe(8)
  })

  it("takes GUIDs that the port lacks from who asks, else draws them, locally administered [SQP-GUID-1]", () => {
    const { adminGuids, guidCap, guids } = configFor(bare, { functions: 3, guids: ["1".repeat(16), "2".repeat(16)] })
    expect(guids.slice(0, 2)).toEqual([GUIDS[0], "2".repeat(16)])
    expect(guids[2]).toMatch(/^02[0-9a-f]{14}$/)
    expect(guids[2]).not.toBe(configFor(bare, { functions: 3 }).guids[2])
    expect([adminGuids, guidCap]).toEqual([undefined, undefined])
    expect(configFor({ ...bare, guids: [] }, { functions: 1 }).guids[0]).toMatch(/^02[0-9a-f]{14}$/)
    expect(configFor({ ...bare, guids: [NO_GUID] }, { functions: 1, guids: ["3".repeat(16)] }).guids).toEqual(["3".repeat(16)])
  })

  it("asks the SA for GUIDs that the port lacks, as far as its table goes [SQP-GUID-1]", () => {
    const own = ["4".repeat(16), "5".repeat(16), "6".repeat(16)]
    const random = configFor(bare, { functions: 3, guids: own, aliasGuids: "random" })
    expect(random).toMatchObject({
      guidCap: 2, guids: [GUIDS[0], NO_GUID, NO_GUID], adminGuids: [null, own[1], null], nodeGuids: [GUIDS[0], own[1], own[2]]
    })
    expect(configFor(bare, { functions: 3, aliasGuids: "sa" }).adminGuids).toEqual([null, NO_GUID, null])
    const none = configFor({ ...description, portInfo: portInfoOf(0) }, { functions: 3, aliasGuids: "sa" })
    expect(none).toMatchObject({ guidCap: 1, guids: GUIDS, adminGuids: [null, null, null] })
    // The PF's GUID is its port's: nothing is asked for it.
    const pf = configFor({ ...bare, guids: [] }, { functions: 1, guids: own, aliasGuids: "random" })
    expect(pf).toMatchObject({ guids: [own[0]], adminGuids: [null] })
  })

  it("is refused where an option is none, by its name", () => {
    const refused = (change: object): unknown => {
      try {
        return configFor(description, { functions: 2, ...change })
      } catch (fault) {
        return fault instanceof Error ? fault.message : fault
      }
    }
    expect(() => configFor(description, undefined as never)).toThrow("the options of a PF context must be an object")
    expect(() => configFor(undefined as never, { functions: 1 })).toThrow("the description of the port must be an object")
    expect(refused({ functions: 256 })).toContain("functions")
    expect(refused({ functions: 0 })).toContain("functions")
    expect(refused({ aliasGuids: "some" })).toContain("aliasGuids")
    expect(refused({ config: 7 })).toContain("config")
    expect(refused({ guids: 7 })).toContain("guids")
    expect(() => configFor({ ...description, portInfo: new Uint8Array(63) }, { functions: 1 })).toThrow("portInfo")
    expect(() => configFor({ ...description, guids: Array.from({ length: 256 }, () => NO_GUID) }, { functions: 1 }))
      .toThrow("guids of the port")
  })
})

describe("the drain before a stop", () => {
  /** How long it waits, and how many turns it takes, for an SA that never answers. */
  const drained = (times: Pick<MuxTiming, "saRetries" | "saTimeout">, isWithSa = () => true, moved = () => 0) =>
    Effect.runPromise(Effect.gen(function*() {
      let turns = 0
      const turn = Effect.sync(() => {
        turns += 1
        return moved()
      })
      const fiber = yield* Effect.forkChild(Effect.andThen(drain(isWithSa, turn, times), Clock.currentTimeMillis))
      yield* TestClock.adjust(20_000)
      const exit = fiber.pollUnsafe()
      return { endMs: exit !== undefined && Exit.isSuccess(exit) ? exit.value : null, turns }
    }).pipe(Effect.provide(TestClock.layer())))

  it("lasts as long as a silent SA is asked, every 2 ms, but five seconds at most [SQP-LIFE-3]", async () => {
    expect(await drained({ saRetries: 1, saTimeout: 30 })).toEqual({ endMs: 62, turns: 31 })
    expect(await drained({ saRetries: 0, saTimeout: 10 })).toEqual({ endMs: 12, turns: 6 })
    expect(await drained({ saRetries: 9, saTimeout: 1000 })).toEqual({ endMs: 5000, turns: 2500 })
  })

  it("ends when nothing is with the SA any more, and does not wait while MADs move [SQP-LIFE-3]", async () => {
    expect(await drained({ saRetries: 1, saTimeout: 30 }, () => false)).toEqual({ endMs: 0, turns: 0 })
    let left = 9
    const ended = await drained({ saRetries: 1, saTimeout: 30 }, () => left > 0, () => {
      left -= 1
      return left > 3 ? 1 : 0
    })
    expect(ended).toEqual({ endMs: 8, turns: 9 })
  })
})

it("random numbers of the system are of 32 bits, and no block comes twice", () => {
  const [one, two] = [systemRandom32(), systemRandom32()]
  const numbers = Array.from({ length: 3000 }, one)
  expect(numbers.every((each) => Number.isInteger(each) && each >= 0 && each < 2 ** 32)).toBe(true)
  // Of 3000 numbers of 32 bits two are equal once in a thousand runs, a dozen never.
  expect(new Set(numbers).size).toBeGreaterThan(2988)
  expect(numbers.filter((each) => each >= 2 ** 31).length).toBeGreaterThan(1000)
  expect(two()).not.toBe(numbers[0])
})
