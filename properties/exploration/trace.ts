/** A path of an explored system as a trace that `madmux check` reads. */
import type { Line } from "../../impl/trace/line.ts"
import { choices } from "../../model/bind.ts"
import type { Event } from "../../model/event.ts"
import type { Move, PfContext } from "../../model/explore.ts"
import { type Initial, initial } from "../../model/initial.ts"
import type { Observation } from "../../model/invariants.ts"
import type { Port } from "../../model/state.ts"
import { encodeRun } from "../encode-run.ts"
import { pool } from "../small-world.ts"
import { check } from "../trace-check.ts"

/** Whether it is about a MAD, or time: what is about one area only. */
const isOfArea = ({ _tag }: Event): boolean => ["Egress", "Ingress", "Taken", "TimePasses"].includes(_tag)

/**
 * What happened with what a system of one area leaves out: the tunnels that open and what functions hear of the port, as a
 * PF context says it that has nothing of the area.
 */
const whole = ({ initial: begin, isOneArea }: PfContext<never>) => {
  let beside = initial(begin)
  const ids = pool(0, 4 * (begin.guids.length + 1))
  return (observation: Observation): Observation => {
    const { actions, event } = observation
    if (!isOneArea || isOfArea(event)) return observation
    const [first] = choices(beside, event, ids).possible
    if (!first) return observation
    beside = first.state
    return { event, actions: [...actions, ...first.actions] }
  }
}

/** What is repeated while nobody answers is repeated no sooner, or no PF context takes it. */
const REPEAT_MIN_MS = 10

/** How many times as long everything must last, so that nothing is repeated too soon. */
const slowness = ({ config: { timing: { guidRetry, saTimeout } } }: Initial): number =>
  Math.ceil(REPEAT_MIN_MS / Math.min(REPEAT_MIN_MS, guidRetry, saTimeout))

const slowed = (begin: Initial, times: number): Initial => {
  const { saRetries, ...timing } = begin.config.timing
  const longer = Object.fromEntries(Object.entries(timing).map(([name, ms]) => [name, ms * times]))
  return { ...begin, config: { ...begin.config, timing: { ...begin.config.timing, ...longer, saRetries } } }
}

const later = (event: Event, times: number): Event =>
  event._tag === "TimePasses" ? { ...event, ms: event.ms * times } : event

/**
 * The trace of a path: `init`, what happened before the first move, and what the PF context had a part in. What happens
 * beside it (a MAD is lost, the SA answers) shows only in what reaches it later, or never. Where a system repeats sooner
 * than anybody may, everything lasts longer. Throws a RangeError where a wrong model says what no trace can.
 */
export const traceOfPath = <S>(context: PfContext<S>, moves: ReadonlyArray<Move<S, string>>): ReadonlyArray<Line> => {
  const { before, initial: begin, stateOf } = context
  const completed = whole(context)
  const times = slowness(begin)
  const step = (observation: Observation, port: Port) => {
    const { actions, event } = completed(observation)
    return { observation: { actions, event: later(event, times) }, port }
  }
  return encodeRun(slowed(begin, times), [
    ...before.map((observation) => step(observation, initial(begin).port)),
    ...moves.flatMap(({ observation, state }) => (observation ? [step(observation, stateOf(state).port)] : []))
  ])
}

/** What `madmux check` says of the trace of a counterexample, and if nothing, why it cannot. */
export const judgementOf = (lines: ReadonlyArray<Line>): string => {
  const { undecided, verdict, violations: [first] } = check(lines)
  if (first) {
    const { kind, n, requirements } = first
    return `check refuses it at n ${n}, ${kind}${requirements.length === 0 ? "" : ` (${requirements.join(", ")})`}`
  }
  return verdict === "undecided"
    ? `check cannot decide it: ${undecided.join("; ")}`
    : "check allows it, for what is wrong shows in no output: it is inside, in what others know, or never happens"
}
