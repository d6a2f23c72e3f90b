/**
 * Writes a trace as a capture of both sides of the PF context, for tools that read packets, and a sidecar with all
 * that no packet shows: commands and outputs that are no MADs, each with its time (spec/check.md).
 */
import { InputError } from "../../input/check.ts"
import { pcapngHeader, pcapngPacket } from "../../wire/pcapng.ts"
import type { Command } from "../command.ts"
import { quotes } from "../copy.ts"
import { completeInit } from "../init.ts"
import { encodeLine, type Line } from "../line.ts"
import type { Output, OutputOf } from "../output.ts"
import { shown, type Side, type TraceMad } from "./packets.ts"
import { CaptureTables } from "./tables.ts"

/** The names of the two interfaces of a capture. */
export const SIDES = ["wire", "tunnel"] as const satisfies ReadonlyArray<Side>

/** Where a capture goes. */
export interface CaptureSinks {
  /** Takes the bytes of the capture, in order. */
  readonly packets: (bytes: Uint8Array) => void
  /** Takes the lines of the sidecar, each without its end. */
  readonly sidecar: (line: string) => void
}

const isMad = (output: Output): output is OutputOf<"wire" | "function"> =>
  output.to === "wire" || output.to === "function"

/** Writes the lines of one trace, whose copies are done and whose outputs stand with their causes. */
export class CaptureWriter {
  readonly #sinks: CaptureSinks
  readonly #startUs: number
  #tables: CaptureTables | null = null
  #nowMs = 0
  #lastUs = -1
  #psn = 0
  #n = 0

  /** `startMs`: when the run begins, in milliseconds since 1970. */
  constructor(startMs: number, sinks: CaptureSinks) {
    this.#startUs = Math.floor(startMs) * 1000
    this.#sinks = sinks
  }

  /** Writes one more line, the first an `init`. Throws an InputError for a line that quotes others. */
  push(line: Line): void {
    const { in: command, out = [] } = line
    if (quotes(line)) {
      throw new InputError(`line n ${line.n} quotes another line: a capture is written of what was done`)
    }
    if (command.op === "init") {
      this.#tables = new CaptureTables(completeInit(command))
      this.#sinks.packets(pcapngHeader(SIDES))
    }
    const tables = this.#tables
    if (tables === null) throw new InputError("a trace begins with init")
    if (command.op === "advance") this.#nowMs += command.ms
    // Time has passed whether that could be done or not.
    if (line.error !== undefined) {
      return this.#aside(command.op === "advance" ? { op: "settle" } : command, [], line.error)
    }
    if (command.op === "egress" || command.op === "ingress") this.#packet(tables, command)
    else if (command.op !== "advance") this.#aside(command, out.filter((output) => !isMad(output)))
    if (command.op !== "egress" && command.op !== "ingress") tables.note(line)
    for (const output of out) if (isMad(output)) this.#packet(tables, output)
    const rest = out.filter((output) => !isMad(output))
    const isCarried = command.op === "egress" || command.op === "ingress" || command.op === "advance"
    if (isCarried && rest.length > 0) this.#aside({ op: "settle" }, rest)
    if (isCarried) tables.note({ n: 0, in: { op: "settle" }, out: rest })
  }

  /** The time that has passed is told; nothing comes any more. */
  end(): void {
    if (this.#tables !== null) this.#aside({ op: "settle" }, [])
  }

  /** No two things have one time, so that it tells their order; a millisecond has room for a thousand. */
  #time(): number {
    this.#lastUs = Math.max(this.#lastUs + 1, this.#startUs + this.#nowMs * 1000)
    return this.#lastUs
  }

  #packet(tables: CaptureTables, mad: TraceMad): void {
    const { comment, direction, packet, side } = shown(tables, mad)
    this.#psn = (this.#psn + 1) & 0xff_ffff
    this.#sinks.packets(pcapngPacket({
      packet: { ...packet, psn: this.#psn }, timeUs: this.#time(), interfaceId: SIDES.indexOf(side), direction,
      comment
    }))
  }

  #aside(command: Command, out: ReadonlyArray<Output>, error?: string): void {
    this.#n += 1
    const n = this.#n
    const own = out.map((output) => (output.to === "answer" ? { ...output, of: n } : output))
    const came = error === undefined ? { out: own } : { error }
    this.#sinks.sidecar(encodeLine({ n, at: this.#time(), in: command, ...came }))
  }
}
