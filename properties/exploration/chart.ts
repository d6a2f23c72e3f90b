/** A path of an explored system as a message chart: functions on the left, the wire on the right, time downwards. */
import type { Action } from "../../model/action.ts"
import type { Event } from "../../model/event.ts"
import type { Move } from "../../model/explore.ts"
import { brief, nameOf, row } from "../conformance/chart.ts"
import { actionText, eventText } from "../describe.ts"

const eventRow = (n: string, event: Event): string => {
  const text = brief(eventText(event))
  switch (event._tag) {
    case "Egress":
      return row(n, nameOf(event.function), "out", "", text)
    case "Taken":
      return row(n, nameOf(event.egress.function), "out", "", text)
    case "Ingress":
      return row(n, "", "fromWire", "wire", text)
    default:
      return row(n, "function" in event ? nameOf(event.function) : "", "inside", "", text)
  }
}

const actionRow = (action: Action): string => {
  const text = brief(actionText(action))
  switch (action._tag) {
    case "ToWire":
      return row("", "", "toWire", "wire", text)
    case "ToFunction":
    case "EventTo":
    case "Answer":
      return row("", nameOf(action.function), "in", "", text)
    default:
      return row("", action.function === null ? "" : nameOf(action.function), "inside", "", text)
  }
}

/**
 * The rows of a path, its moves counted from 1. A move in which the PF context has no part (a MAD is lost, the SA
 * answers) is a row of its name alone.
 */
export const chartOfPath = (moves: ReadonlyArray<Move<unknown, string>>): ReadonlyArray<string> =>
  moves.flatMap(({ label, observation }, i) => {
    const n = String(i + 1)
    if (!observation) return [`${n.padStart(5)}  (${label})`]
    return [eventRow(n, observation.event), ...observation.actions.map(actionRow)]
  })
