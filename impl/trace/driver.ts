/**
 * Runs a {@link Mux} by the commands of a trace: one thread, virtual time, every output collected. The same
 * commands and seed give the same outputs.
 */
import * as Result from "effect/Result"
import { reasons, type Reason } from "../../spec/reasons.ts"
import { checkFlag, checkInteger, checkObject, InputError } from "../input/check.ts"
import { Mux } from "../mux/engine.ts"
import type { RingConsumer } from "../ring/spsc.ts"
import { alternateOf } from "./alternate.ts"
import { type Command, type CommandOf, UNBOUNDED_ROOM } from "./command.ts"
import { resolveCommand } from "./copy.ts"
import { countersOf } from "./counters.ts"
import { completeInit } from "./init.ts"
import { decodeCommand, type Line } from "./line.ts"
import { muxConfigOf, portEventOf, SLOTS } from "./mux-of.ts"
import type { Output } from "./output.ts"
import { LINE_NUMBER_MAX } from "./scalars.ts"
import { readFunction, readWire, writeEgress, writeIngress } from "./slots.ts"

const BUDGET = 1024
/** The most polls one moment may need; far more than one command can cause. */
const POLLS_MAX = 10_000
/** The most moments at which something falls due, and the most outputs, in one command. */
const MOMENTS_MAX = 100_000
const OUTPUTS_MAX = 200_000
const QPS = [0, 1] as const

/** A command this driver cannot do; its line is answered with the text. */
class Unsupported extends Error {}

const reasonNames = Object.keys(reasons).filter((name): name is Reason => name in reasons)

/** One PF context under the commands of a trace. */
export class TraceDriver {
  #mux: Mux | null = null
  /** The most MADs that may wait on a proxy, as declared. */
  #queue = 0
  /** MADs each function posted. */
  #posted: ReadonlyArray<number> = []
  #functions: ReadonlyArray<number> = []
  #lmc = 0
  #nowMs = 0
  #line = 0
  readonly #remembers: boolean
  readonly #outputs = new Map<number, ReadonlyArray<Output>>()
  readonly #tunnels = new Map<number, string>()
  /** The drops told so far: nobody's and then each function's, by reason. */
  #told = new Float64Array(0)
  #out: Array<Output> = []

  /**
   * `remembers`: keep all outputs, so that later commands may copy from them. Who records a run that goes on for
   * long copies nothing, and keeps nothing.
   */
  constructor(options: { readonly remembers?: boolean } = {}) {
    checkObject("the options of a trace driver", options)
    const { remembers = true } = options
    checkFlag("remembers", remembers)
    this.#remembers = remembers
  }

  /**
   * Does one command and returns the line with its outputs, or with `error` when the command cannot be done
   * here: it is none, names what does not exist, needs an `init` before it, or belongs to a later stage. Throws an
   * InputError for what is no line.
   */
  apply(line: Line): Line {
    checkObject("a line", line)
    const { in: command, n } = line
    checkInteger("n", n, 0, LINE_NUMBER_MAX)
    const sound = decodeCommand(command, n)
    if (Result.isFailure(sound)) return { n, in: command, error: sound.failure.message }
    const resolved = resolveCommand(command, (line) => this.#outputs.get(line))
    if (Result.isFailure(resolved)) return { n, in: command, error: resolved.failure }
    this.#out = []
    this.#line = n
    try {
      this.#do(resolved.success)
    } catch (fault) {
      if (fault instanceof Unsupported || fault instanceof InputError)
        return { n, in: command, error: fault.message }
      throw fault
    }
    if (this.#remembers) this.#outputs.set(n, this.#out)
    return { n, in: command, out: this.#out }
  }

  /** True while the SA owes the PF context an answer. */
  get isWithSa(): boolean {
    return this.#mux?.isWithSa ?? false
  }

  #do(command: Command): void {
    if (command.op === "init") return this.#init(command)
    const mux = this.#mux
    if (mux === null) throw new Unsupported("there is no PF context yet: init comes first")
    if (
      "function" in command &&
      command.function !== undefined &&
      !this.#functions.includes(command.function)
    ) {
      throw new Unsupported(`there is no function ${command.function}: init named ${this.#functions.length}`)
    }
    const waiting = command.op === "egress" ? this.#waiting(mux, command.function) : 0
    this.#perform(mux, command)
    this.#poll(mux)
    this.#collectDrops(mux)
    if (command.op === "egress" && this.#waiting(mux, command.function) > waiting) {
      this.#out.push({ to: "defer", function: command.function, qp: command.qp, reason: "wire-full" })
    }
  }

  /** MADs of a function that lie in its rings. */
  #waiting(mux: Mux, f: number): number {
    return (this.#posted[f] ?? 0) - mux.received(f)
  }

  #init(command: CommandOf<"init">): void {
    if (this.#mux !== null) throw new Unsupported("a PF context exists already: init comes once")
    const init = completeInit(command)
    if (init.queue > SLOTS) throw new Unsupported(`limits.queue is at most ${SLOTS} here, not ${init.queue}`)
    const mux = new Mux(muxConfigOf(init))
    this.#functions = init.active.map((_, f) => f)
    this.#lmc = init.lmc
    this.#told = new Float64Array((init.functions + 1) * reasonNames.length)
    this.#mux = mux
    this.#queue = init.queue
    this.#posted = init.active.map(() => 0)
    for (const f of this.#functions) for (const qp of QPS) mux.functionEgress(f, qp).limit(init.queue)
    init.active.forEach((active, f) => active && f > 0 && mux.attach(f))
    this.#poll(mux)
  }

  #perform(mux: Mux, command: Command): void {
    const event = portEventOf(command)
    if (event !== null) {
      if (event._tag === "lid") this.#lmc = event.lmc
      return mux.portEvent(event)
    }
    switch (command.op) {
      case "egress":
        return this.#egress(mux, command)
      case "ingress":
        return this.#ingress(mux, command)
      case "advance":
        return this.#advance(mux, command.ms)
      case "start":
        return mux.start()
      case "stop":
        return mux.stop()
      case "attach":
        return mux.attach(command.function)
      case "detach":
        return mux.detach(command.function)
      case "reset":
        // The tunnels of the next incarnation are told even if they bear the former numbers.
        this.#tunnels.delete(command.function)
        return mux.reset(command.function)
      case "virt2phys":
        // The PF's map is the identity and stays (spec/pkey.md).
        return command.function === 0 ? undefined : mux.setPkeyMap(command.function, command.map)
      case "policy":
        return mux.setPolicy(command.policy)
      case "adminGuid": {
        const status = mux.setAdminGuid(command.function, command.guid) ? "ok" : "refused"
        this.#out.push({ to: "answer", function: command.function, of: this.#line, status })
        return
      }
      case "verb":
        return this.#verb(mux, command)
      case "query":
        return this.#query(mux, command)
      case "counters":
        return this.#counters(mux)
      case "room":
        return this.#hasRoom(mux, command)
      case "dump":
        this.#out.push({ to: "state", counts: mux.tables() })
        return
      case "limits":
        return this.#limits(mux, command)
      case "settle":
        return
      default:
        throw new Unsupported(`${command.op} is not supported yet`)
    }
  }

  #egress(mux: Mux, command: CommandOf<"egress">): void {
    const { function: f, qp, srcQpn } = command
    const ring = mux.functionEgress(f, qp)
    if (ring.writable(1) === 0) {
      this.#out.push({ to: "answer", function: f, of: this.#line, status: "refused" })
      return
    }
    writeEgress(mux.region, ring.slot(0), command, srcQpn ?? mux.tunnels(f)?.[qp].proxyQpn ?? 0)
    this.#posted = this.#posted.with(f, (this.#posted[f] ?? 0) + 1)
    ring.publish(1)
  }

  #ingress(mux: Mux, command: CommandOf<"ingress">): void {
    const ring = mux.wire.incoming[command.qp]
    const pathBits = command.pathBits ?? (command.dlid ?? 0) & ((1 << this.#lmc) - 1)
    if (ring.writable(1) === 0) throw new Unsupported("a ring is full although everything was worked off")
    writeIngress(mux.region, ring.slot(0), command, pathBits)
    ring.publish(1)
  }

  /** Only quotas without a table of their own size change while a PF context runs (decision 0031). */
  #limits(mux: Mux, { function: f, limits: { groups, pending, queue, ...fixed } }: CommandOf<"limits">): void {
    const [stray] = Object.keys(fixed)
    if (stray !== undefined) throw new Unsupported(`limits.${stray} is fixed once the PF context is made`)
    if (queue !== undefined && queue > this.#queue) throw new Unsupported(`limits.queue is at most ${this.#queue}, as at the start`)
    const asked = { ...(groups !== undefined && { groups }), ...(pending !== undefined && { pending }) }
    for (const each of f === undefined ? this.#functions : [f]) {
      mux.setQuota(each, asked)
      if (queue !== undefined) for (const qp of QPS) mux.functionEgress(each, qp).limit(queue)
    }
  }

  #hasRoom(mux: Mux, { function: f, slots, target }: CommandOf<"room">): void {
    if (target === "function" && f === undefined) throw new Unsupported("room for a function names the function")
    for (const qp of QPS) mux.credit(f !== undefined && target === "function" ? f : "wire", qp, slots < UNBOUNDED_ROOM ? slots : null)
  }

  /** Time passes, from one due send to the next, so that each falls due at its own moment. */
  #advance(mux: Mux, ms: number): void {
    const end = this.#nowMs + ms
    let moments = 0
    for (let due = mux.nextDueMs(); due !== null && due < end; due = mux.nextDueMs()) {
      if (++moments > MOMENTS_MAX || this.#out.length > OUTPUTS_MAX) {
        const left = `${end - this.#nowMs} of ${ms} ms did not pass`
        throw new Unsupported(`advance: more falls due than one line may tell; ${left}: advance by less at a time`)
      }
      // A mux that is late for its own due time is called again a millisecond later.
      this.#nowMs = due > this.#nowMs ? due : this.#nowMs + 1
      if (this.#nowMs >= end) break
      this.#poll(mux)
    }
    this.#nowMs = end
  }

  #verb(mux: Mux, command: CommandOf<"verb">): void {
    const { qkey, qpn, status } = mux.verb(command.function, {
      verb: command.verb,
      type: command.type ?? null,
      qpn: command.qp ?? null,
      qkey: command.qkey ?? null,
      pkeyIndex: command.pkeyIndex ?? null,
      sgidIndex: command.sgidIndex ?? null,
      vl: command.vl ?? null,
      port: command.port ?? null,
      alternate: alternateOf(command),
      attrMask: command.attrMask ?? null
    })
    const told = { ...(qpn !== null && { qpn }), ...(qkey !== null && { qkey: qkey >>> 0 }) }
    this.#out.push({ to: "answer", function: command.function, of: this.#line, status, ...told })
  }

  #query(mux: Mux, command: CommandOf<"query">): void {
    const data = mux.query(command.function, command.attribute, command.modifier)
    const told =
      data === null
        ? { status: "refused" as const }
        : { status: "ok" as const, data: Buffer.from(data).toString("hex") }
    this.#out.push({ to: "answer", function: command.function, of: this.#line, ...told })
  }

  #counters(mux: Mux): void {
    for (const f of [null, ...this.#functions]) this.#out.push(countersOf(mux, f))
  }

  /** Works everything off at the present moment and collects what comes out. */
  #poll(mux: Mux): void {
    for (let polls = 0; polls < POLLS_MAX; polls++) {
      this.#collect(mux)
      const moved = mux.poll(BUDGET, this.#nowMs)
      const before = this.#out.length
      this.#collect(mux)
      // What came out made room for more.
      if (moved === 0 && this.#out.length === before) return
    }
    throw new Unsupported(`there is still work after ${POLLS_MAX} polls at one moment`)
  }

  #collect(mux: Mux): void {
    for (const f of this.#functions) this.#collectTunnels(mux, f)
    for (const f of this.#functions) {
      for (const event of mux.takeEvents(f)) this.#out.push({ to: "event", function: f, event })
    }
    for (const qp of QPS)
      drain(mux.wire.outgoing[qp], (slot) => this.#out.push(readWire(mux.region, slot, qp)))
    for (const f of this.#functions) {
      for (const qp of QPS) {
        drain(mux.functionIngress(f, qp), (slot) => this.#out.push(readFunction(mux.region, slot, f, qp)))
      }
    }
  }

  #collectTunnels(mux: Mux, f: number): void {
    const tunnels = mux.tunnels(f)
    const text = JSON.stringify(tunnels)
    if (this.#tunnels.get(f) === text) return
    this.#tunnels.set(f, text)
    for (const qp of QPS) {
      const pair = tunnels?.[qp]
      if (pair)
        this.#out.push({ to: "tunnel", function: f, qp, proxyQpn: pair.proxyQpn, tunnelQpn: pair.tunnelQpn })
    }
  }

  #collectDrops(mux: Mux): void {
    const told = this.#told
    for (let i = 0, at = 0; i <= this.#functions.length; i++) {
      const f = i === 0 ? null : (this.#functions[i - 1] ?? null)
      for (let r = 0; r < reasonNames.length; r++, at++) {
        const count = mux.dropped(f, r)
        const reason = reasonNames[r]
        if (count === told[at] || reason === undefined) continue
        for (let k = told[at] ?? 0; k < count; k++) this.#out.push({ to: "drop", function: f, reason })
        told[at] = count
      }
    }
  }
}

const drain = (ring: RingConsumer, take: (slot: number) => void): void => {
  for (let count = ring.readable(SLOTS); count > 0; count = ring.readable(SLOTS)) {
    for (let i = 0; i < count; i++) take(ring.slot(i))
    ring.release(count)
  }
}
