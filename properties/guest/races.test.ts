/** The run loop of a PF context in any order of its turns, its port's and its guests' (spec/rings.md). */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import fc from "fast-check"
import { expect, it } from "vitest"
import type { Line } from "../../impl/trace/line.ts"
import { expectAllowed } from "../expect-allowed.ts"
import { Functions } from "../../impl/guest/functions.ts"
import { layerLive } from "../../impl/guest/live.ts"
import { joinGroup, leaveGroup } from "../../impl/guest/mads.ts"
import { layerRecorded } from "../../impl/guest/recorded.ts"
import { layerPfContext, PfContext, type PfContextOptions } from "../../impl/mux/pf-context.ts"
import type { Mux } from "../../impl/mux/engine.ts"
import type { PortEvent } from "../../impl/port/special-qp-port.ts"
import { readFunction, writeEgress } from "../../impl/trace/slots.ts"
import { bytesToHex, hexToBytes } from "../../impl/wire/hex.ts"
import { assertAsyncProperty } from "../run.ts"
import { GUIDS, type Mark, marked, markOf, Race, RacingPort, SM_LID, valueOf } from "./racing.ts"

const TIME = { timeout: 300_000 }
const RUNS = { numRuns: 30 }
const PEER_LID = 9
const FUNCTIONS = GUIDS.length
const QPS = [0, 1] as const

/** Numbers that look random and are the same in every run. */
const random32 = (): (() => number) => {
  let state = 1
  return () => (state = Math.imul(state, 0x9e37_79b1) + 0x7f4a_7c15) | 0
}
const optionsOf = (functionSlots = 64): PfContextOptions =>
  ({ functions: FUNCTIONS, config: { groupNotices: false, functionSlots, random32: random32() } })

const address = (f: number, dlid: number) =>
  ({ function: f, qp: 1 as const, pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid, sl: 0, pathBits: 0, rate: 0, grh: null })
const member = (f: number, group: number, joinState: number) => ({
  mgid: `ff12a01c${group.toString(16).padStart(24, "0")}`, portGid: `fe80000000000000${GUIDS[f]}`, joinState
})
const tid = (serial: number): string => serial.toString(16).padStart(16, "0")

/** Builds a layer in a scope that the test closes. */
const open = async <A>(race: Race, layer: Layer.Layer<A, unknown>): Promise<{ context: Context.Context<A>; scope: Scope.Closeable }> => {
  const scope = Effect.runSync(Scope.make())
  return { context: valueOf(await race.run("it is built", Layer.buildWithScope(layer, scope))), scope }
}

const perBatch = fc.constantFrom(1, 2, 256)
const guest = fc.integer({ min: 0, max: FUNCTIONS - 1 })

it.each(["live", "recorded"] as const)(
  "every request and every answer gets through although no timer ever ends, %s [SQP-RING-5]", TIME, (way) =>
    assertAsyncProperty(fc.asyncProperty(fc.scheduler(), perBatch, fc.array(guest, { maxLength: 8 }), async (order, most, senders) => {
      const race = new Race(order, "never")
      const port = new RacingPort(order, most)
      const lines: Array<Line> = []
      const guests = way === "live" ? layerLive(optionsOf()) : layerRecorded(optionsOf(), 1, (line) => void lines.push(line))
      const { context, scope } = await open(race, Layer.provide(guests, port.layer))
      const functions = Context.get(context, Functions)
      const got: Array<number> = []
      functions.onReceive(({ function: f, mad }) => {
        const mark = markOf(hexToBytes(mad))
        expect(mark?.f).toBe(f)
        got.push(mark?.serial ?? -1)
      })
      const posted = race.play(senders.map((f, serial) => [`function ${f} posts ${serial}`, () => {
        expect(functions.post({ ...address(f, PEER_LID), mad: bytesToHex(marked({ f, life: 0, serial })) })).toBe(true)
      }]))
      await race.until("all is answered", () => posted() && got.length === senders.length)
      expect(got.toSorted((a, b) => a - b)).toEqual([...senders.keys()])
      expect(port.sent).toHaveLength(senders.length)
      await race.run("the end", Scope.close(scope, Exit.void))
      expect(port.isFree).toBe(true)
      if (way === "recorded") expectAllowed(lines)
    }), RUNS)
)

type Action =
  | { readonly does: "asks" | "attaches" | "detaches" | "resets"; readonly f: number }
  | { readonly does: "joins" | "leaves"; readonly f: number; readonly group: number }
  | { readonly does: "event"; readonly event: PortEvent }
const vf = fc.integer({ min: 1, max: FUNCTIONS - 1 })
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant("asks" as const), f: guest }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom("joins" as const, "leaves" as const), f: vf, group: fc.nat({ max: 1 }) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom("attaches" as const, "detaches" as const, "resets" as const), f: vf }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("event" as const), event: fc.constantFrom<PortEvent>(
    { _tag: "reregister" }, { _tag: "link", up: false }, { _tag: "link", up: true }, { _tag: "lid", lid: 5, lmc: 0 },
    { _tag: "sm", smLid: SM_LID, smSl: 0 }
  ) }) }
)

/** Guests on the rings of a mux, who remember what they did. */
class Guests {
  readonly posted = GUIDS.map(() => 0)
  readonly #lives = GUIDS.map(() => 0)
  readonly #attached = GUIDS.map(() => true)
  readonly #mux: Mux
  readonly #port: RacingPort
  #serial = 0

  constructor(mux: Mux, port: RacingPort) {
    this.#mux = mux
    this.#port = port
  }

  act(action: Action): void {
    switch (action.does) {
      case "asks": return this.#post(action.f, PEER_LID, marked({ f: action.f, life: this.#lives[action.f]!, serial: ++this.#serial }))
      case "joins": return this.#post(action.f, SM_LID, joinGroup(tid(++this.#serial), member(action.f, action.group, 1)))
      case "leaves": return this.#post(action.f, SM_LID, leaveGroup(tid(++this.#serial), member(action.f, action.group, 1)))
      case "event": return void Queue.offerUnsafe(this.#port.events, action.event)
      default: return this.#change(action.does, action.f)
    }
  }

  /** Reads what came. */
  read(): void {
    for (let f = 0; f < FUNCTIONS; f++) {
      for (const qp of QPS) {
        const ring = this.#mux.functionIngress(f, qp)
        const count = ring.readable(256)
        for (let i = 0; i < count; i++) this.#got(f, markOf(hexToBytes(readFunction(this.#mux.region, ring.slot(i), f, qp).mad)))
        ring.release(count)
      }
    }
  }

  #got(f: number, mark: Mark | null): void {
    expect(this.#attached[f]).toBe(true)
    if (mark !== null) expect({ f: mark.f, life: mark.life }).toEqual({ f, life: this.#lives[f] })
  }

  #change(does: "attaches" | "detaches" | "resets", f: number): void {
    if (does === "attaches") this.#mux.attach(f)
    if (does === "detaches") this.#mux.detach(f)
    if (does === "resets") this.#mux.reset(f)
    const isNew = does === "attaches" ? !this.#attached[f] : true
    if (isNew) this.#lives[f]! += 1
    if (does !== "resets") this.#attached[f] = does === "attaches"
  }

  #post(f: number, dlid: number, mad: Uint8Array): void {
    const ring = this.#mux.functionEgress(f, 1)
    if (!this.#attached[f] || ring.writable(1) === 0) return
    writeEgress(this.#mux.region, ring.slot(0), { op: "egress", ...address(f, dlid), mad: bytesToHex(mad) }, this.#mux.tunnels(f)?.[1].proxyQpn ?? 0)
    ring.publish(1)
    this.posted[f]! += 1
  }
}

/** Each MAD has one end: by function, and on the wire in the order they were posted. */
const expectAccounted = (mux: Mux, guests: Guests, port: RacingPort, before: number): void => {
  let forwarded = 0
  for (let f = 0; f < FUNCTIONS; f++) {
    const counters = mux.counters(f)
    expect(counters.received).toBe(guests.posted[f])
    const dropped = Object.values(counters.dropped).reduce((sum, count) => sum + count, 0)
    expect(counters.forwarded + counters.answered + counters.waiting + dropped).toBe(counters.received)
    forwarded += counters.forwarded
  }
  const marks = port.sent.slice(before).flatMap((mad) => markOf(mad) ?? [])
  expect(marks).toHaveLength(forwarded)
  for (let f = 0; f < FUNCTIONS; f++) {
    const serials = marks.filter((mark) => mark.f === f).map(({ serial }) => serial)
    expect(serials).toEqual(serials.toSorted((a, b) => a - b))
  }
}

/** A PF context whose guests read at some time after a batch. */
const openContext = async (race: Race, port: RacingPort, slots: number) => {
  let read = () => {}
  const layer = layerPfContext({ ...optionsOf(slots), onBatch: () => read() })
  const { context, scope } = await open(race, Layer.provide(layer, port.layer))
  const pf = Context.get(context, PfContext)
  const guests = new Guests(pf.mux, port)
  read = race.later("guests read", () => guests.read())
  return { guests, pf, scope }
}
const playOn = (race: Race, { guests, pf }: Awaited<ReturnType<typeof openContext>>, actions: ReadonlyArray<Action>) =>
  race.play(actions.map((each) => [`${each.does} ${JSON.stringify(each)}`, () => {
    guests.act(each)
    pf.wake()
  }]))
const isIdle = (mux: Mux, port: RacingPort): boolean =>
  !mux.isWithSa && !mux.hasWork && port.underWay === 0 && port.lost === 0 &&
  QPS.every((qp) => mux.wire.outgoing[qp].readable(1) === 0)

const script = fc.array(action, { maxLength: 24, size: "max" })
const slots = fc.constantFrom(2, 64)

it("functions come, go and begin anew in the middle of anything, and each MAD has one end [SQP-RING-5] [SQP-ACC-1] [SQP-LIFE-1]", TIME, () =>
  assertAsyncProperty(fc.asyncProperty(fc.scheduler(), perBatch, slots, script, async (order, most, size, actions) => {
    const race = new Race(order, "pass")
    const port = new RacingPort(order, most)
    const opened = await openContext(race, port, size)
    const { guests, pf, scope } = opened
    const isPlayed = playOn(race, opened, actions)
    const isTaken = () => GUIDS.every((_, f) => pf.mux.counters(f).received === guests.posted[f])
    await race.until("all is settled", () => isPlayed() && isTaken() && isIdle(pf.mux, port))
    expectAccounted(pf.mux, guests, port, 0)
    valueOf(await race.run("the end", Scope.close(scope, Exit.void)))
    expect([port.isFree, pf.mux.isStopped]).toEqual([true, true])
    expect(port.members()).toEqual([])
  }), RUNS)
)

it("the end may come at any moment: groups are left, what the SA still grants included [SQP-RING-5] [SQP-LIFE-3]", TIME, () =>
  assertAsyncProperty(fc.asyncProperty(fc.scheduler(), perBatch, script, async (order, most, actions) => {
    const race = new Race(order, "pass")
    const port = new RacingPort(order, most)
    const opened = await openContext(race, port, 64)
    const isPlayed = playOn(race, opened, actions)
    await race.until("the script is played", isPlayed)
    valueOf(await race.run("the end", Scope.close(opened.scope, Exit.void)))
    expect([port.isFree, opened.pf.mux.isStopped]).toEqual([true, true])
    expect(port.members()).toEqual([])
  }), RUNS)
)

it("a port that fails at any moment ends the run with its error, and the next PF context on it works [SQP-RING-5]", TIME, () =>
  assertAsyncProperty(fc.asyncProperty(fc.scheduler(), perBatch, script, script, async (order, most, first, second) => {
    const race = new Race(order, "pass")
    const port = new RacingPort(order, most)
    const failing = await openContext(race, port, 64)
    const running = race.fork(failing.pf.running)
    playOn(race, failing, first)
    const isBroken = race.play([["the port breaks", () => void (port.isFailing = true)]])
    const exit = await race.ended("the run fails", running)
    expect(isBroken()).toBe(true)
    expect(Exit.isFailure(exit) && String(exit.cause)).toContain("the port is Closed")
    valueOf(await race.run("the end", Scope.close(failing.scope, Exit.void)))
    expect(port.isFree).toBe(true)

    port.isFailing = false
    await race.until("nothing of the former one is under way", () => port.underWay === 0)
    port.joined.clear()
    port.lost = 0
    const before = port.sent.length
    const opened = await openContext(race, port, 64)
    const isPlayed = playOn(race, opened, second)
    const { guests, pf, scope } = opened
    const isTaken = () => GUIDS.every((_, f) => pf.mux.counters(f).received === guests.posted[f])
    await race.until("all is settled", () => isPlayed() && isTaken() && isIdle(pf.mux, port))
    expectAccounted(pf.mux, guests, port, before)
    valueOf(await race.run("the end", Scope.close(scope, Exit.void)))
    expect(port.members()).toEqual([])
  }), RUNS)
)
