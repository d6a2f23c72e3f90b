/** A path of an explored system as a message chart: functions on the left, the wire on the right, time downwards. */
import type { Action } from "../../model/action.ts"
import type { Event } from "../../model/event.ts"
import type { Move } from "../../model/explore.ts"
import { brief, nameOf, row } from "../conformance/chart.ts"
import { actionText, eventText } from "../describe.ts"

/** The text without what the arrow says, and without zeros that say nothing. */
const terse = (text: string): string =>
  brief(text).replace(" status 0x0000", "").replace(/ tid 0{1,15}(?=[0-9a-f])/, " tid ").replace(/ GID 0{32}/, "")

const eventRow = (n: string, event: Event): string => {
  const text = terse(eventText(event))
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
  const text = terse(actionText(action))
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

/** Where something happens beside the PF context: a MAD that is lost ends there. */
const besideOf = (label: string): "lost" | "beside" => (label.endsWith("is lost") ? "lost" : "beside")

/**
 * The rows of a path, its moves counted from 1. A move in which the PF context has no part (a MAD is lost, the SA
 * answers) has a dot at the wire, or a cross where the MAD is lost, and its name.
 */
export const chartOfPath = (moves: ReadonlyArray<Move<unknown, string>>): ReadonlyArray<string> =>
  moves.flatMap(({ label, observation }, i) => {
    const n = String(i + 1)
    if (!observation) return [row(n, "", besideOf(label), "wire", label)]
    return [eventRow(n, observation.event), ...observation.actions.map(actionRow)]
  })
