/**
 * Makes a failing sequence shorter: commands are left out as long as what is left fails in the same way. What
 * quoted an output of a command that is gone goes with it, and lines are numbered anew.
 */
import type { Command } from "../../impl/trace/command.ts"
import type { Line } from "../../impl/trace/line.ts"
import type { Outcome, Run } from "./session.ts"

/** A command with the `settle` behind it. */
type Step = ReadonlyArray<Line>

/** A run that went wrong. */
export interface Failure extends Run {
  readonly outcome: Extract<Outcome, { readonly _tag: "violation" | "fault" }>
}

/** Whether a run went wrong. */
export const isFailure = (run: Run): run is Failure =>
  run.outcome._tag === "violation" || run.outcome._tag === "fault"

/** A failing run that was made shorter. */
export interface Shrunk {
  readonly failure: Failure
  /** How many runs that took. */
  readonly attempts: number
  /** Whether the very same inputs failed in the same way again. */
  readonly repeats: boolean
}

const stepsOf = (lines: ReadonlyArray<Line>): ReadonlyArray<Step> => {
  const steps: Array<Array<Line>> = []
  for (const line of lines) {
    if (line.in.op === "settle" && steps.length > 0) steps.at(-1)?.push(line)
    else steps.push([line])
  }
  return steps
}

/** The command with every line it names numbered anew; null when one of them is gone. */
const renamed = (command: Command, numbers: ReadonlyMap<number, number>): Command | null => {
  const copies = "copy" in command ? (command.copy ?? []) : []
  const from = "qpnFrom" in command ? command.qpnFrom : undefined
  const named = [...copies, ...(from === undefined ? [] : [from])]
  if (named.some(({ line }) => !numbers.has(line))) return null
  const place = (line: number): number => numbers.get(line) ?? line
  switch (command.op) {
    case "egress":
    case "ingress":
      return {
        ...command,
        ...(copies.length > 0 && { copy: copies.map((each) => ({ ...each, line: place(each.line) })) }),
        ...(from !== undefined && { qpnFrom: { ...from, line: place(from.line) } })
      }
    case "verb":
      return from === undefined ? command : { ...command, qpnFrom: { ...from, line: place(from.line) } }
    default:
      return command
  }
}

/** Inputs of the steps that are left, numbered from 1; without those that quote what is not there any more. */
export const renumbered = (steps: ReadonlyArray<Step>): ReadonlyArray<Line> => {
  const numbers = new Map<number, number>()
  const lines: Array<Line> = []
  for (const step of steps) {
    const [first] = step
    if (first === undefined || renamed(first.in, numbers) === null) continue
    for (const { in: command, n } of step) {
      const again = renamed(command, numbers)
      if (again === null) continue
      lines.push({ n: lines.length + 1, in: again })
      numbers.set(n, lines.length)
    }
  }
  return lines
}

/** Whether two runs went wrong alike: by the same kind of violation at the same command, or the same fault. */
const isAlike = (one: Failure, other: Run): other is Failure => {
  if (!isFailure(other) || one.outcome._tag !== other.outcome._tag) return false
  if (one.outcome._tag === "fault" || other.outcome._tag === "fault")
    return one.outcome._tag === "fault" && other.outcome._tag === "fault" && one.outcome.fault.kind === other.outcome.fault.kind
  const opOf = ({ lines }: Run): string | undefined => lines.findLast(({ in: { op } }) => op !== "settle")?.in.op
  return one.outcome.violation.kind === other.outcome.violation.kind && opOf(one) === opOf(other)
}

/**
 * Shrinks a failure with at most `attempts` runs of `again`, which does inputs on a fresh subject. The first
 * command, the init, stays.
 */
export const shrink = async (
  failure: Failure,
  again: (inputs: ReadonlyArray<Line>) => Promise<Run>,
  attempts: number
): Promise<Shrunk> => {
  let used = 0
  const attempt = async (steps: ReadonlyArray<Step>): Promise<Failure | null> => {
    used += 1
    const run = await again(renumbered(steps))
    return isAlike(failure, run) ? run : null
  }
  if (attempts < 1) return { failure, attempts: 0, repeats: false }
  const first = await attempt(stepsOf(failure.lines))
  if (first === null) return { failure, attempts: used, repeats: false }
  let best = first
  let steps = stepsOf(best.lines)
  for (let size = steps.length >> 1; size >= 1;) {
    let gained = false
    for (let end = steps.length - 1; end > 1 && used < attempts;) {
      const begin = Math.max(1, end - size)
      const shorter = await attempt([...steps.slice(0, begin), ...steps.slice(end)])
      if (shorter !== null) {
        best = shorter
        steps = stepsOf(best.lines)
        gained = true
      }
      end = Math.min(begin, steps.length - 1)
    }
    if (used >= attempts) break
    if (size > 1) size >>= 1
    else if (!gained) break
  }
  return { failure: best, attempts: used, repeats: true }
}
