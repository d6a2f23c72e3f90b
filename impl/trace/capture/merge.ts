/**
 * Makes a trace of a capture and its sidecar: MADs are those of the packets, all else is the sidecar's, in the order
 * of time; `advance` is what passes between. One pass, in bounded memory.
 */
import * as Result from "effect/Result"
import { CaptureError } from "./read.ts"
import type { CapturedPacket } from "./records.ts"
import { readPacket, type WirePacket } from "../../wire/packet-read.ts"
import type { Direction } from "../../wire/pcapng.ts"
import type { Command } from "../command.ts"
import { quotes } from "../copy.ts"
import { completeInit } from "../init.ts"
import { decodeCommand, decodeOutput, type Line, type TraceError } from "../line.ts"
import type { Output } from "../output.ts"
import { type Keys, type Placed, type Side, told } from "./packets.ts"
import { CaptureTables } from "./tables.ts"

type Source<T, E> = AsyncIterator<Result.Result<T, E>>

/** The longest time that one `advance` may pass. */
const ADVANCE_MS_MAX = 2 ** 30
/** More time than this between two packets is no pause but a damaged capture: a year. */
const PAUSE_MS_MAX = 366 * 86_400_000
/** Of how many lines it is remembered which packets they were. */
const ORIGINS_KEPT = 4096
/** How many packets a place names. */
const NAMED_MAX = 8

/** A line that may still get outputs, and where it is from. */
interface Open {
  readonly command: Command
  readonly out: Array<Output>
  readonly error: string | undefined
  readonly from: string
  readonly packets: Array<number>
}

/**
 * A packet with the side and direction that the capture or its addresses say; or why it is passed over, or cannot be
 * used.
 */
type Sorted = { readonly placed: Placed } | { readonly unread: string } | { readonly fault: string }

const OTHERS = "between others than the port"

const directionBy = (tables: CaptureTables, { dlid, slid }: WirePacket): Direction | "both" | "neither" => {
  if (tables.isOwn(slid)) return tables.isOwn(dlid) ? "both" : "out"
  return tables.isOwn(dlid) ? "in" : "neither"
}

/** The side by the name of the interface, or else by the QPNs: a proxy QP is a function's. */
const sideOf = (tables: CaptureTables, { side }: CapturedPacket, { destQp, srcQp }: WirePacket): Side => {
  if (side === "wire" || side === "tunnel") return side
  return tables.proxyAt(srcQp) ?? tables.proxyAt(destQp) ? "tunnel" : "wire"
}

const sorted = (tables: CaptureTables, of: CapturedPacket): Sorted => {
  const read = readPacket(of.bytes)
  if (read.kind === "other") return { unread: "that carry no MAD" }
  if (read.kind !== "mad") {
    const cut = `${of.missingBytes} bytes of it were not captured; capture whole packets`
    return { fault: of.missingBytes > 0 ? cut : read.why }
  }
  const { packet } = read
  const side = sideOf(tables, of, packet)
  const byQpn = tables.proxyAt(packet.srcQp) === undefined ? "out" : "in"
  const direction = of.direction ?? (side === "tunnel" ? byQpn : directionBy(tables, packet))
  if (direction === "neither") return { unread: OTHERS }
  if (direction === "both") {
    return { fault: "it goes from the port to itself, and the capture does not say whether it left or came" }
  }
  return { placed: { side, direction, packet } }
}

/** A MAD from its keys; fails with what is wrong with them. */
const madOf = (keys: Keys, number: number): Result.Result<Command | Output, string> => {
  const mad: Result.Result<Command | Output, TraceError> =
    "op" in keys ? decodeCommand(keys, number) : decodeOutput(keys, number)
  return Result.mapError(mad, ({ expected, got, path }) =>
    `${path.replace(/^(in|out)\.?/, "")}: expected ${expected}${got === "" ? "" : `, got ${got}`}`)
}

const next = async <T, E>(source: Source<T, E>): Promise<Result.Result<T, E> | null> => {
  const { done, value } = await source.next()
  return done === true ? null : value
}

/** One merge of a capture with its sidecar. */
export class CaptureMerge {
  readonly #packets: Source<CapturedPacket, CaptureError>
  readonly #asides: Source<Line, TraceError>
  readonly #origins = new Map<number, string>()
  readonly #unread = new Map<string, number>()
  #ready: Array<Line> = []
  #tables: CaptureTables | null = null
  #open: Open | null = null
  #startUs: number | null = null
  #nowMs = 0
  #lastUs = 0
  #n = 0

  /** Takes the packets of a capture and the lines of its sidecar, neither read yet. */
  constructor(
    packets: AsyncIterable<Result.Result<CapturedPacket, CaptureError>>,
    asides: AsyncIterable<Result.Result<Line, TraceError>>
  ) {
    this.#packets = packets[Symbol.asyncIterator]()
    this.#asides = asides[Symbol.asyncIterator]()
  }

  /** Where line `n` of the trace is from, as in "packet 7, then packets 8, 9"; of the last 4096 lines. */
  placeOf(n: number): string {
    return this.#origins.get(n) ?? `line ${n}`
  }

  /** How many packets were passed over, by the reason: "packets ...". */
  get unread(): ReadonlyMap<string, number> {
    return this.#unread
  }

  /** The lines of the trace, numbered from 1; nothing after the first error. Rejects as its sources do. */
  async *lines(): AsyncGenerator<Result.Result<Line, CaptureError>> {
    let aside = await next(this.#asides)
    let packet = await next(this.#packets)
    while (packet !== null || aside !== null) {
      if (packet !== null && Result.isFailure(packet)) return yield Result.fail(packet.failure)
      if (aside !== null && Result.isFailure(aside)) {
        return yield Result.fail(new CaptureError({ message: `the sidecar: ${aside.failure.message}` }))
      }
      // At one time the sidecar comes first, and what has no time of its own stands where it stands.
      const asideUs = aside === null ? Infinity : (aside.success.at ?? this.#lastUs)
      const isAside = packet === null || asideUs <= packet.success.timeUs
      const fault = isAside ? aside && this.#aside(aside.success) : packet && this.#packet(packet.success)
      for (const line of this.#ready.splice(0)) yield Result.succeed(line)
      if (fault !== null) return yield Result.fail(new CaptureError({ message: fault }))
      if (isAside) aside = await next(this.#asides)
      else packet = await next(this.#packets)
    }
    this.#flush()
    for (const line of this.#ready.splice(0)) yield Result.succeed(line)
  }

  #aside(line: Line): string | null {
    const { at, error, in: command, n, out = [] } = line
    const from = `line ${n} of the sidecar`
    if (command.op === "advance") return `${from}: advance has no place there; lines say their time by "at"`
    if (quotes(line)) return `${from}: it quotes another line; what was done has a place there, and no copies`
    if (command.op === "init") this.#tables = new CaptureTables(completeInit(command))
    const fault = at === undefined ? null : this.#pass(at, from)
    if (fault !== null) return fault
    const isOutput = command.op === "settle" && error === undefined
    if (!isOutput) this.#begin(command, error, from)
    const own = out.map((output) =>
      output.to === "answer" && output.of === n ? { ...output, of: this.#n + 1 } : output)
    this.#open?.out.push(...own)
    this.#tables?.note(line)
    return null
  }

  #packet(of: CapturedPacket): string | null {
    const from = `packet ${of.number}`
    const tables = this.#tables
    if (tables === null) return "the sidecar is empty; its first line is the init"
    const found = sorted(tables, of)
    if ("unread" in found) return this.#passOver(found.unread)
    if ("fault" in found) return `${from}: ${found.fault}`
    const keys = told(tables, found.placed, of.comment)
    if (Result.isFailure(keys)) {
      return found.placed.side === "wire" && of.comment === null
        ? this.#passOver("of other QPs of the port") : `${from}: ${keys.failure}`
    }
    const mad = madOf(keys.success, of.number)
    if (Result.isFailure(mad)) return `${from}: ${mad.failure}`
    const fault = this.#pass(of.timeUs, from)
    if (fault !== null) return fault
    if ("op" in mad.success) this.#begin(mad.success, undefined, from)
    else {
      this.#open?.out.push(mad.success)
      this.#open?.packets.push(of.number)
    }
    return null
  }

  #passOver(why: string): null {
    this.#unread.set(why, (this.#unread.get(why) ?? 0) + 1)
    return null
  }

  /** Time passes up to a moment; a clock that went back stands still. */
  #pass(timeUs: number, from: string): string | null {
    this.#startUs ??= timeUs
    this.#lastUs = Math.max(this.#lastUs, timeUs)
    const ms = Math.floor((this.#lastUs - this.#startUs) / 1000)
    if (ms - this.#nowMs > PAUSE_MS_MAX) {
      const clocks = "the times of the capture and its sidecar are not of one clock"
      return `${from}: more than a year passed before it: ${clocks}`
    }
    while (ms > this.#nowMs) {
      const passes = Math.min(ms - this.#nowMs, ADVANCE_MS_MAX)
      this.#begin({ op: "advance", ms: passes }, undefined, `the time before ${from}`)
      this.#nowMs += passes
    }
    return null
  }

  /** A line begins, and the one before is whole. */
  #begin(command: Command, error: string | undefined, from: string): void {
    this.#flush()
    this.#open = { command, error, from, out: [], packets: [] }
  }

  #flush(): void {
    const open = this.#open
    if (open === null) return
    this.#open = null
    this.#n += 1
    const { command, error, from, out, packets } = open
    this.#ready.push({ n: this.#n, in: command, ...(error === undefined ? { out } : { error }) })
    const named = packets.slice(0, NAMED_MAX).join(", ") + (packets.length > NAMED_MAX ? ", ..." : "")
    const many = packets.length === 1 ? "packet" : "packets"
    this.#origins.set(this.#n, packets.length === 0 ? from : `${from}, then ${many} ${named}`)
    this.#origins.delete(this.#n - ORIGINS_KEPT)
  }
}
