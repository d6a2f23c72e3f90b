/** A run of the model as a trace: what happened to a PF context, and what came of it, as the lines of `special-qp/1`. */
import { completeInit } from "../impl/trace/init.ts"
import type { Line } from "../impl/trace/line.ts"
import { MAD_BYTES } from "../impl/wire/index.ts"
import type { Event } from "../model/event.ts"
import { type Initial } from "../model/initial.ts"
import type { Observation } from "../model/invariants.ts"
import type { Mad, Malformed } from "../model/mad.ts"
import type { Port } from "../model/state.ts"
import { encodeEvent, encodeInitial, type PayloadBytes } from "./encode.ts"
import { encodeAction, type Telling } from "./encode-action.ts"
import { madBytes } from "./encode-mad.ts"

/** One thing that happened, with what came of it. */
export interface RunStep {
  readonly observation: Observation
  /** The port after it. */
  readonly port: Port
}

/** Payload of a MAD that the PF context made. */
const MADE = "made"

const madOf = (event: Event): Mad | Malformed | null => {
  switch (event._tag) {
    case "Egress":
    case "Ingress":
      return event.mad
    case "Taken":
      return event.egress.mad
    default:
      return null
  }
}

/** The bytes of the MAD that came, to those of whom it went on; zero but for the view where another is meant. */
const bytesIn = (event: Event): PayloadBytes => {
  const came = madOf(event)
  return (payload) => {
    if (payload === MADE) return undefined
    const nothing = new Uint8Array(MAD_BYTES)
    return came !== null && "payload" in came && came.payload === payload ? madBytes(came, nothing) : nothing
  }
}

/**
 * The lines of a run from its `init` on. That a MAD which waited is taken has no command: what comes of it stands on the
 * line before. Payloads are names in the model, so the bytes that no rule reads are zero. Throws a RangeError for ids that
 * nothing is bound to.
 */
export const encodeRun = (begin: Initial, steps: ReadonlyArray<RunStep>): ReadonlyArray<Line> => {
  const first = encodeInitial(begin)
  const init = completeInit(first)
  const lines: Array<Line> = [{ n: 1, in: first }]
  for (const { observation: { actions, event }, port } of steps) {
    for (const command of encodeEvent(event)) lines.push({ n: lines.length + 1, in: command, out: [] })
    const last = lines.at(-1)
    if (last === undefined) continue
    const telling: Telling = { n: last.n, bytesOf: bytesIn(event), init, port }
    lines[lines.length - 1] = { ...last, out: [...(last.out ?? []), ...actions.map((action) => encodeAction(action, telling))] }
  }
  return lines
}
