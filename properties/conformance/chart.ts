/** A short run as a message chart: functions on the left, the wire on the right, time downwards. */
import { completeInit } from "../../impl/trace/init.ts"
import type { Command } from "../../impl/trace/command.ts"
import type { Line } from "../../impl/trace/line.ts"
import type { Output } from "../../impl/trace/output.ts"
import { actionText, eventText } from "../describe.ts"
import { toAction, toEvent } from "../translate.ts"

/** The most commands that are shown, the last ones. */
const STEPS_MAX = 40

const ARROWS = {
  out: " ───▶ │      ",
  in: " ◀─── │      ",
  toWire: "      │ ───▶ ",
  fromWire: "      │ ◀─── ",
  inside: "      ●      ",
  lost: "      │    ✗ ",
  beside: "      │    · "
} as const

/** One row: a number, a function, an arrow, the wire, and what it is in words. */
export const row = (n: string, who: string, arrow: keyof typeof ARROWS, wire: string, text: string): string =>
  `${n.padStart(5)}  ${who.padStart(5)}${ARROWS[arrow]}${wire.padEnd(4)}  ${text}`

/** A function by its name. */
export const nameOf = (f: number | null): string => (f === null ? "" : f === 0 ? "PF" : `VF ${f}`)
/** The text without what the arrow says. */
export const brief = (text: string): string => text.replace(/^(function \d+ sends on|from the wire,|to the wire,|to function \d+,) /, "")

const commandRow = (n: number, command: Command, text: string): string => {
  if (command.op === "egress") return row(`n ${n}`, nameOf(command.function), "out", "", brief(text))
  if (command.op === "ingress") return row(`n ${n}`, "", "fromWire", "wire", brief(text))
  const who = "function" in command && command.function !== undefined ? command.function : null
  return row(`n ${n}`, nameOf(who), "inside", "", text)
}

const outputRow = (output: Output, text: string): string => {
  switch (output.to) {
    case "wire":
      return row("", "", "toWire", "wire", brief(text))
    case "function":
    case "event":
    case "answer":
      return row("", nameOf(output.function), "in", "", brief(text))
    default:
      return row("", "function" in output ? nameOf(output.function) : "", "inside", "", text)
  }
}

/** What commands that the model knows nothing of are called. */
const bare = ({ op, ...rest }: Command): string =>
  op === "init" ? "init" : `${op}${Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`}`

/** The rows of a run, the last commands only where it is long; copies must be done. */
export const chartOf = (lines: ReadonlyArray<Line>): ReadonlyArray<string> => {
  const [first] = lines
  if (first?.in.op !== "init") return []
  const { functions, lmc } = completeInit(first.in)
  const shown = lines.filter(({ in: { op }, out = [] }) => op !== "settle" || out.length > 0)
  const rows = shown.slice(-STEPS_MAX).flatMap(({ error, in: command, n, out = [] }) => {
    const event = toEvent(command, { functions, lmc, payload: "" })
    const outputs = out.flatMap((output) => {
      const action = toAction(output, command, "")
      return action === null ? [] : [outputRow(output, actionText(action))]
    })
    const text = event === null || command.op === "init" ? bare(command) : eventText(event)
    return [
      commandRow(n, command, text),
      ...outputs,
      ...(error === undefined ? [] : [row("", "", "inside", "", `error: ${error}`)])
    ]
  })
  const left = shown.length - STEPS_MAX
  return left > 0 ? [`       ... ${left} lines before`, ...rows] : rows
}
