/** The accounting of the model as a PF context: `step` has no counters, what it does is counted here. */
import type { OutputOf } from "../impl/trace/output.ts"
import type { Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { FunctionId } from "../model/ids.ts"
import { isResponse } from "../model/mad.ts"
import { unansweredOf } from "../model/multicast-group.ts"
import type { State } from "../model/state.ts"
import { unansweredSubscribesOf } from "../model/subscriptions-settle.ts"
import type { Reason } from "../spec/reasons.ts"
import { copiesOf } from "./accounting.ts"

type Row = OutputOf<"counters">
type Drops = Map<Reason, number>

interface Count {
  posted: number
  forwarded: number
  answered: number
  delivered: number
  /** What ended MADs that the function sent, and MADs from the wire at its cost. */
  readonly dropped: Drops
  readonly ingressDropped: Drops
}

const newCount = (): Count =>
  ({ posted: 0, forwarded: 0, answered: 0, delivered: 0, dropped: new Map(), ingressDropped: new Map() })

const sumOf = (drops: Drops): number => [...drops.values()].reduce((sum, count) => sum + count, 0)

const waitingOf = (state: State, f: number): number =>
  unansweredOf(state, FunctionId(f)).length + unansweredSubscribesOf(state, FunctionId(f)).length

/** Counts the steps of one run. */
export class ModelCounters {
  readonly #functions: ReadonlyArray<Count>
  readonly #nobody: Count = newCount()

  constructor(functions: number) {
    this.#functions = Array.from({ length: functions }, newCount)
  }

  /** Counts one step; `state` is the one it led to. */
  note(event: Event, actions: ReadonlyArray<Action>, state: State): void {
    const isRefused = actions.some(({ _tag }) => _tag === "Answer")
    if (event._tag === "Egress" && !isRefused) this.#of(event.function).posted += 1
    if (event._tag === "Ingress") this.#nobody.posted += 1 + copiesOf(event, actions)
    const came = event._tag === "Ingress" && "payload" in event.mad ? event.mad.payload : null
    for (const action of actions) {
      if (action._tag === "ToWire" && action.from !== null) this.#of(action.from).forwarded += 1
      if (action._tag === "ToFunction" && action.mad.payload === came) this.#of(action.function).delivered += 1
      else if (action._tag === "ToFunction" && isResponse(action.mad)) this.#of(action.function).answered += 1
      if (action._tag === "Drop") this.#dropped(action.function, action.reason, state)
    }
  }

  /** The row of a function, or of nobody. */
  row(f: number | null, state: State): Row {
    const count = f === null ? this.#nobody : this.#of(f)
    const dropped = Object.fromEntries(count.dropped)
    if (f === null) return { to: "counters", function: null, ...this.#arrivals(), dropped }
    return {
      to: "counters",
      function: f,
      received: this.#received(f, state),
      forwarded: count.forwarded,
      answered: count.answered,
      waiting: waitingOf(state, f),
      dropped,
      delivered: count.delivered,
      ingressDropped: Object.fromEntries(count.ingressDropped)
    }
  }

  #of(f: number): Count {
    return this.#functions[f] ?? this.#nobody
  }

  #received(f: number, state: State): number {
    return this.#of(f).posted - state.deferred.filter((mad) => mad.function === f).length
  }

  /**
   * A drop ends a MAD of the function while more of these were taken than came to an end or wait; else it ended one
   * from the wire.
   */
  #dropped(f: number | null, reason: Reason, state: State): void {
    const count = f === null ? this.#nobody : this.#of(f)
    const { answered, dropped, forwarded, ingressDropped } = count
    const ended = f === null ? -Infinity : forwarded + answered + waitingOf(state, f) + sumOf(dropped)
    const drops = f === null || this.#received(f, state) > ended ? dropped : ingressDropped
    drops.set(reason, (drops.get(reason) ?? 0) + 1)
  }

  /** MADs from the wire: handed to functions, or taken by the PF context itself. */
  #arrivals(): Pick<Row, "received" | "forwarded" | "answered"> {
    const { dropped, posted } = this.#nobody
    const forwarded = this.#functions.reduce((sum, { delivered }) => sum + delivered, 0)
    const charged = this.#functions.reduce((sum, { ingressDropped }) => sum + sumOf(ingressDropped), 0)
    return { received: posted, forwarded, answered: posted - forwarded - charged - sumOf(dropped) }
  }
}
