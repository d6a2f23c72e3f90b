/**
 * The run loop of a PF context under a scheduler that decides everything: which fiber goes on, when the port has done
 * its batch, when an answer arrives, when time passes. fast-check draws the order, shrinks and replays it.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { MixedScheduler } from "effect/Scheduler"
import type { Scheduler } from "fast-check"
import {
  type PortDescription, PortError, type PortEvent, SpecialQpPort, type WireEndpoint
} from "../../impl/port/special-qp-port.ts"
import { readWire, writeIngress } from "../../impl/trace/slots.ts"
import { bytesToHex, hexToBytes } from "../../impl/wire/hex.ts"
import { mcMemberRecord } from "../../impl/wire/mc-member-record.ts"
import { SA_DATA } from "../../impl/wire/sa.ts"

const METHOD_BYTE = 3
const RESPONSE_OF: Readonly<Record<number, number>> = { 0x01: 0x81, 0x02: 0x81, 0x15: 0x95 }
const DELETE = 0x15
const SA_CLASS = 3
const MEMBER_RECORD = 0x38
const PAGE = 256
/** More turns than any run needs: whoever needs more waits for ever. */
const TURNS_MAX = 20_000
export const SM_LID = 1
export const GUIDS = ["0002c90300000011", "0002c90300000012", "0002c90300000013"]

const description: PortDescription = {
  lid: 4, lmc: 0, smLid: SM_LID, smSl: 0, subnetPrefix: "fe80000000000000", guids: GUIDS, pkeys: [0xffff],
  linkUp: true, nodeInfo: new Uint8Array(64), portInfo: new Uint8Array(64)
}

/** Whether sleeps end: a run in which none does shows what waits for a timer. */
export type Timers = "never" | "pass"

interface Sleeper {
  readonly dueMs: number
  readonly wakeUp: () => void
}

/** Time that passes when the scheduler says so, from one due sleep to the next. */
class RacingClock implements Clock.Clock {
  readonly #order: Scheduler
  readonly #timers: Timers
  readonly #sleepers = new Set<Sleeper>()
  #nowMs = 0
  #isTicking = false

  constructor(order: Scheduler, timers: Timers) {
    this.#order = order
    this.#timers = timers
  }

  readonly currentTimeMillisUnsafe = (): number => this.#nowMs
  readonly currentTimeMillis = Effect.sync(this.currentTimeMillisUnsafe)
  readonly currentTimeNanosUnsafe = (): bigint => BigInt(this.#nowMs) * 1_000_000n
  readonly currentTimeNanos = Effect.sync(this.currentTimeNanosUnsafe)
  readonly monotonicTimeNanosUnsafe = this.currentTimeNanosUnsafe
  readonly monotonicTimeNanos = this.currentTimeNanos

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const dueMs = this.#nowMs + Duration.toMillis(duration)
      const sleeper = { dueMs, wakeUp: () => resume(Effect.void) }
      this.#sleepers.add(sleeper)
      this.#arm()
      return Effect.sync(() => void this.#sleepers.delete(sleeper))
    })
  }

  #arm(): void {
    if (this.#timers === "never" || this.#isTicking || this.#sleepers.size === 0) return
    this.#isTicking = true
    void this.#order.schedule(Promise.resolve(), "time passes").then(() => this.#tick())
  }

  #tick(): void {
    this.#isTicking = false
    const [first] = [...this.#sleepers].toSorted((a, b) => a.dueMs - b.dueMs)
    if (first !== undefined) {
      this.#sleepers.delete(first)
      this.#nowMs = Math.max(this.#nowMs, first.dueMs)
      first.wakeUp()
    }
    this.#arm()
  }
}

/**
 * A port that takes its time before and after each batch, of at most `perBatch` MADs, and whose other end answers every
 * request, an SA that keeps members among them.
 */
export class RacingPort {
  /** MADs that went out, in order. */
  readonly sent: Array<Uint8Array> = []
  /** JoinState bits by MGID, as the SA keeps them. */
  readonly joined = new Map<string, number>()
  /** Answers under way. */
  underWay = 0
  /** Answers for which there was no room. */
  lost = 0
  /** The next batch fails. */
  isFailing = false
  readonly events = Effect.runSync(Queue.unbounded<PortEvent>())
  readonly #order: Scheduler
  readonly #perBatch: number
  #wire: WireEndpoint | null = null

  constructor(order: Scheduler, perBatch: number) {
    this.#order = order
    this.#perBatch = perBatch
  }

  readonly layer = Layer.sync(SpecialQpPort, () =>
    SpecialQpPort.of({
      describe: Effect.succeed(description),
      events: this.events,
      connect: (wire) => Effect.asVoid(Effect.acquireRelease(
        Effect.suspend(() => (this.#wire === null ? Effect.sync(() => (this.#wire = wire)) : Effect.fail(this.#error("Busy")))),
        () => Effect.sync(() => (this.#wire = null))
      )),
      transmit: (budget) => Effect.gen({ self: this }, function*() {
        yield* this.#turn("the port begins a batch")
        const sent = this.#transmit(budget)
        yield* this.#turn("the port ends a batch")
        return this.isFailing ? yield* Effect.fail(this.#error("Closed")) : sent
      })
    }))

  /** True while nobody is connected. */
  get isFree(): boolean {
    return this.#wire === null
  }

  /** MGIDs that the SA thinks we are members of. */
  members(): ReadonlyArray<string> {
    return [...this.joined].flatMap(([mgid, bits]) => (bits === 0 ? [] : [mgid]))
  }

  #error(reason: "Busy" | "Closed"): PortError {
    return new PortError({ port: 1, reason, message: `the port is ${reason}` })
  }

  #turn(label: string): Effect.Effect<void> {
    return Effect.promise(() => this.#order.schedule(Promise.resolve(), label))
  }

  #transmit(budget: number): number {
    if (this.#wire === null) return 0
    let sent = 0
    for (const qp of [0, 1] as const) {
      const ring = this.#wire.outgoing[qp]
      const count = ring.readable(Math.min(budget, this.#perBatch))
      for (let i = 0; i < count; i++) {
        const { dlid, mad } = readWire(this.#wire.region, ring.slot(i), qp)
        this.#answer(hexToBytes(mad), dlid)
      }
      ring.release(count)
      sent += count
    }
    return sent
  }

  #answer(mad: Uint8Array, slid: number): void {
    this.sent.push(mad)
    const method = mad[METHOD_BYTE] ?? 0
    const response = RESPONSE_OF[method]
    if (response === undefined) return
    this.#keep(mad, method)
    this.underWay += 1
    void this.#order.schedule(Promise.resolve(), "an answer arrives").then(() => {
      this.underWay -= 1
      this.#arrive(mad.with(METHOD_BYTE, response), slid)
    })
  }

  #keep(mad: Uint8Array, method: number): void {
    const view = new DataView(mad.buffer, mad.byteOffset)
    if (mad[1] !== SA_CLASS || view.getUint16(16) !== MEMBER_RECORD) return
    const from = SA_DATA + mcMemberRecord.MGID.byteOffset
    const mgid = bytesToHex(mad.subarray(from, from + mcMemberRecord.MGID.byteLength))
    const bits = mcMemberRecord.JoinState.get(view, SA_DATA)
    const before = this.joined.get(mgid) ?? 0
    this.joined.set(mgid, method === DELETE ? before & ~bits : before | bits)
  }

  #arrive(mad: Uint8Array, slid: number): void {
    const ring = this.#wire?.incoming[1]
    if (this.#wire === null || ring === undefined || ring.writable(1) === 0) {
      this.lost += 1
      return
    }
    writeIngress(this.#wire.region, ring.slot(0), {
      op: "ingress", qp: 1, slid, srcQp: 1, sl: 0, pkeyIndex: 0, grh: null, mad: bytesToHex(mad)
    }, 0)
    ring.publish(1)
    this.#wire.wake()
  }
}

/** Effects that run as the scheduler orders. */
export class Race {
  readonly order: Scheduler
  readonly #clock: RacingClock
  readonly #fibers: MixedScheduler
  #fault: unknown

  constructor(order: Scheduler, timers: Timers) {
    this.order = order
    this.#clock = new RacingClock(order, timers)
    this.#fibers = new MixedScheduler("async", (task) => {
      let isCancelled = false
      void order.schedule(Promise.resolve(), "fibers").then(() => void (isCancelled || task()))
      return () => void (isCancelled = true)
    })
  }

  /** Starts an effect; it goes on when the scheduler says so. */
  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> {
    return Effect.runFork(Effect.provideService(effect, Clock.Clock, this.#clock), { scheduler: this.#fibers })
  }

  /** Actions one after the other, with anything in between; true once all are done. */
  play(actions: ReadonlyArray<readonly [label: string, act: () => void]>): () => boolean {
    const { task } = this.order.scheduleSequence(
      actions.map(([label, act]) => ({ label, builder: async () => this.#guard(act) })))
    let isDone = false
    void task.then(() => (isDone = true))
    return () => isDone
  }

  /** Does something when the scheduler says so, once for any number of calls before. */
  later(label: string, act: () => void): () => void {
    let isComing = false
    return () => {
      if (isComing) return
      isComing = true
      void this.order.schedule(Promise.resolve(), label).then(() => {
        isComing = false
        this.#guard(act)
      })
    }
  }

  #guard(act: () => void): void {
    try {
      act()
    } catch (fault) {
      this.#fault ??= fault
    }
  }

  /** Lets the scheduler go on until something is so. Fails when it never is: everybody sleeps, or too many turns passed. */
  async until(what: string, probe: () => boolean): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      if (this.#fault !== undefined) throw this.#fault
      if (probe()) return
      if (this.order.count() === 0) {
        // What a task let loose may schedule another one in its own time.
        for (let i = 0; i < 10 && this.order.count() === 0; i++) await Promise.resolve()
        if (probe()) return
        if (this.order.count() === 0) throw new Error(`everybody sleeps, and not yet: ${what}`)
      }
      await this.order.waitOne()
    }
    throw new Error(`not within ${TURNS_MAX} turns: ${what}`)
  }

  /** Runs an effect to its end. */
  async run<A, E>(what: string, effect: Effect.Effect<A, E>): Promise<Exit.Exit<A, E>> {
    return this.ended(what, this.fork(effect))
  }

  /** Waits for the end of a fiber. */
  async ended<A, E>(what: string, fiber: Fiber.Fiber<A, E>): Promise<Exit.Exit<A, E>> {
    let exit: Exit.Exit<A, E> | undefined
    fiber.addObserver((ended) => void (exit = ended))
    await this.until(what, () => exit !== undefined)
    if (exit === undefined) throw new Error(`no exit: ${what}`)
    return exit
  }
}

/** The value of an effect that must not have failed. */
export const valueOf = <A, E>(exit: Exit.Exit<A, E>): A => {
  if (Exit.isSuccess(exit)) return exit.value
  throw new Error(Cause.pretty(exit.cause))
}

/** What a MAD of a guest says about itself, in bytes that nobody changes. */
export interface Mark {
  readonly f: number
  /** Which life of the function. */
  readonly life: number
  readonly serial: number
}
const MARK_BYTE = 200

/** A PerfMgt Get to somebody on the wire, marked. */
export const marked = ({ f, life, serial }: Mark): Uint8Array => {
  const mad = new Uint8Array(PAGE)
  mad.set([1, 4, 1, 1])
  new DataView(mad.buffer).setUint32(12, (f << 16) | (life << 8) | serial)
  mad.set([f, life, serial], MARK_BYTE)
  return mad
}

/** The mark of a MAD, or null where there is none. */
export const markOf = (mad: Uint8Array): Mark | null =>
  mad[1] === 4 ? { f: mad[MARK_BYTE] ?? 0, life: mad[MARK_BYTE + 1] ?? 0, serial: mad[MARK_BYTE + 2] ?? 0 } : null
