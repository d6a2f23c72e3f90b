/** What happened before a violation and has to do with it: the last lines that share an id, a function or an area. */
import type { Command } from "../impl/trace/command.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output } from "../impl/trace/output.ts"
import { type ChartRow, messageChart } from "./chart.ts"
import { madText } from "./describe.ts"
import { madView } from "./mad-view.ts"
import { bytesOf } from "./translate.ts"
import { type Past, placeText } from "./verdict.ts"

/** How many lines of the past are kept, and how many of them are told. */
const KEPT_LINES = 1024
const TOLD_LINES = 10

/** The last lines of a trace. */
export class History {
  #kept: Array<Past> = []

  /** How many lines are kept. */
  get size(): number {
    return this.#kept.length
  }

  /** Adds a line; the oldest is forgotten when there are too many. */
  push(past: Past): void {
    this.#kept.push(past)
    if (this.#kept.length >= 2 * KEPT_LINES) this.#kept = this.#kept.slice(-KEPT_LINES)
  }

  /**
   * The last line and, before it, the latest that have to do with it, in their order: those that share an id with it
   * or with one that does (TID, comm id, MGID), then those of its function and area.
   */
  relevant(): ReadonlyArray<Past> {
    const last = this.#kept.at(-1)
    if (last === undefined) return []
    const about = topicsOf(last.line)
    const ids = new Set(about.ids)
    const before = this.#kept.slice(-KEPT_LINES - 1, -1).toReversed()
    const shared = before.filter(({ line }) => {
      const own = topicsOf(line).ids
      if (!own.some((id) => ids.has(id))) return false
      for (const id of own) ids.add(id)
      return true
    }).slice(0, TOLD_LINES)
    const others = before.filter((past) => !shared.includes(past) && isNear(about, topicsOf(past.line)))
    const told = [...shared, ...others.slice(0, TOLD_LINES - shared.length)]
    return [...told.toSorted((a, b) => a.place - b.place), last]
  }
}

/** What a line is about. */
interface Topics {
  readonly ids: ReadonlyArray<string>
  readonly functions: ReadonlyArray<number>
  readonly areas: ReadonlyArray<string>
}

const isNear = (a: Topics, b: Topics): boolean => {
  const isOne = <T>(one: ReadonlyArray<T>, other: ReadonlyArray<T>) => one.some((each) => other.includes(each))
  return isOne(a.areas, b.areas) && (a.functions.length === 0 || b.functions.length === 0 || isOne(a.functions, b.functions))
}

const topicsOf = ({ in: command, out = [] }: Line): Topics => {
  const sides = [sideOf(command), ...out.map(sideOf)]
  return {
    ids: sides.flatMap(({ mad, whose }) => (mad === null ? [] : idsOf(whose, mad))),
    functions: [...new Set(sides.flatMap(({ fn }) => (fn === null ? [] : [fn])))],
    areas: [...new Set(sides.map(({ area }) => area))]
  }
}

interface Side {
  readonly whose: string
  readonly fn: number | null
  readonly mad: string | null
  readonly area: string
}

const functionIn = (of: Command | Output): number | null =>
  "function" in of && typeof of.function === "number" ? of.function : null

/** Whose ids a command or output speaks of: a function's own, or those of the wire. */
const sideOf = (of: Command | Output): Side => {
  const fn = functionIn(of)
  const mad = "mad" in of ? of.mad : null
  return { fn, mad, whose: fn === null ? "wire" : `function ${fn}`, area: mad === null ? areaOf(of) : areaOfMad(mad) }
}

const areaOf = (of: Command | Output): string => {
  const name = "op" in of ? of.op : of.to
  if (name === "verb" || name === "tunnel") return "qp"
  return name === "query" || name === "answer" ? "view" : name
}

const areaOfMad = (mad: string): string => {
  if (mad.slice(2, 4) === "07") return "cm"
  return mad.slice(2, 4) === "03" ? `sa ${mad.slice(32, 36)}` : "transactions"
}

const ZERO = /^0*$/

/** The TID, comm ids and MGID of a MAD. TIDs of the wire are told by their low 32 bits. */
const idsOf = (whose: string, mad: string): ReadonlyArray<string> => {
  const tid = whose === "wire" ? mad.slice(24, 32) : mad.slice(16, 32)
  const area = areaOfMad(mad)
  const comm = area === "cm" ? [mad.slice(48, 56), mad.slice(56, 64)] : []
  const mgid = area === "sa 0038" ? [mad.slice(112, 144)] : []
  return [
    `${whose} tid ${tid}`,
    ...comm.filter((id) => !ZERO.test(id)).map((id) => `${whose} comm ${id}`),
    ...mgid.filter((id) => !ZERO.test(id)).map((id) => `mgid ${id}`)
  ]
}

const TEXT_MAX = 100
const shortened = (text: string): string => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 3)}...` : text)
const madTextOf = (mad: string): string => shortened(madText(madView(bytesOf(mad), "")))

const PF_CONTEXT = "PF context"
const WIRE = "wire"
const party = (f: number): string => `function ${f}`

const rowOfCommand = (label: string, command: Command): ChartRow => {
  switch (command.op) {
    case "egress":
      return { label, from: party(command.function), to: PF_CONTEXT, text: madTextOf(command.mad) }
    case "ingress":
      return { label, from: WIRE, to: PF_CONTEXT, text: madTextOf(command.mad) }
    default: {
      const { op, ...rest } = command
      const fn = functionIn(command)
      const at = fn === null ? PF_CONTEXT : party(fn)
      return { label, from: at, to: at, text: shortened(op === "init" ? op : `${op} ${JSON.stringify(rest)}`) }
    }
  }
}

const rowOfOutput = (output: Output): ChartRow => {
  const row = { label: "", from: PF_CONTEXT }
  switch (output.to) {
    case "wire":
      return { ...row, to: WIRE, text: madTextOf(output.mad) }
    case "function":
      return { ...row, to: party(output.function), text: madTextOf(output.mad) }
    case "drop":
      return {
        ...row, to: PF_CONTEXT,
        text: `drop ${output.reason}, charged to ${output.function === null ? "nobody" : party(output.function)}`
      }
    default: {
      const { to, ...rest } = output
      const fn = functionIn(output)
      return { ...row, to: fn === null ? PF_CONTEXT : party(fn), text: shortened(`${to} ${JSON.stringify(rest)}`) }
    }
  }
}

/**
 * The lines as a chart: functions on the left, the wire on the right, before the rows what violations call the line, or what
 * `labelOf` gives.
 */
export const pastChart = (
  past: ReadonlyArray<Past>, labelOf: (place: number, n: number) => string = placeText
): ReadonlyArray<string> => {
  const functions = [...new Set(past.flatMap(({ line }) => topicsOf(line).functions))].sort((a, b) => a - b)
  return messageChart([...functions.map(party), PF_CONTEXT, WIRE], past.flatMap(({ line, place }) => [
    rowOfCommand(labelOf(place, line.n), line.in), ...(line.out ?? []).map(rowOfOutput)
  ]))
}
