/**
 * The accounting of a PF context against what its trace shows [SQP-ACC-1]: every MAD that was taken has one
 * end, and the counters tell the same ends, by function and reason.
 */
import type { Output, OutputOf } from "../impl/trace/output.ts"
import type { Action } from "../model/action.ts"
import type { Event, EventOf } from "../model/event.ts"
import { FunctionId } from "../model/ids.ts"
import { isResponse } from "../model/mad.ts"
import { isReport } from "../model/reports.ts"
import { unansweredOf } from "../model/multicast-group.ts"
import type { State } from "../model/state.ts"
import { unansweredSubscribesOf } from "../model/subscriptions-settle.ts"
import type { Reason } from "../spec/reasons.ts"
import type { Candidate } from "./candidates.ts"

/** What became of MADs, as far as the outputs of a trace show it. */
interface Tally {
  /** Posted by the function, or arrived. */
  posted: number
  forwarded: number
  answered: number
  delivered: number
  /** Drops of either way that were charged to the function. */
  readonly dropped: Map<string, number>
}

type Row = OutputOf<"counters">
type Counts = Row["dropped"]

const newTally = (): Tally => ({ posted: 0, forwarded: 0, answered: 0, delivered: 0, dropped: new Map() })

const sumOf = (counts: Counts): number =>
  Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0)

const nameOf = (f: number | null): string => (f === null ? "nobody" : `function ${f}`)

/** What the trace of one PF context has shown so far. */
export class Accounting {
  readonly #drops: boolean
  readonly #nobody = newTally()
  readonly #functions: ReadonlyArray<Tally>
  /** Functions of which the trace leaves open which of their MADs were taken: others look the same. */
  readonly #doubtful = new Set<number | null>()

  /** Without `drops` the trace need not tell what was dropped. */
  constructor(functions: number, drops: boolean) {
    this.#drops = drops
    this.#functions = Array.from({ length: functions }, newTally)
  }

  /**
   * Notes one event and what the model knows to have come of it, in one way or several, which is what the
   * trace shows.
   */
  note(event: Event, candidates: ReadonlyArray<Pick<Candidate, "demanded">>): void {
    const demanded = candidates[0]?.demanded ?? []
    const isRefused = demanded.some(({ _tag }) => _tag === "Answer")
    if (event._tag === "Egress" && !isRefused) this.#tally(event.function).posted += 1
    if (event._tag === "Ingress") {
      this.#nobody.posted += 1 + copiesOf(event, demanded)
      // What is not told to be dropped may be copies of a Report, or none.
      if (new Set(candidates.map((each) => copiesOf(event, each.demanded))).size > 1) this.#doubtful.add(null)
    }
    for (const action of demanded) this.#end(event, action)
    if (event._tag !== "WireRoom" || candidates.length === 1) return
    for (const f of this.#functions.keys()) {
      const ends = new Set(candidates.map((each) => endsOf(each.demanded, f)))
      if (ends.size > 1) this.#doubtful.add(f)
    }
  }

  /**
   * What the counters among the outputs of a line say that cannot be. `asked`: the line asks for them all.
   * `states` are those that the PF context may be in.
   */
  judge(out: ReadonlyArray<Output>, asked: boolean, states: ReadonlyArray<State>): ReadonlyArray<string> {
    const rows = out.filter((output): output is Row => output.to === "counters")
    const everybody = [null, ...this.#functions.keys()]
    const missing = asked && this.#drops ? everybody.filter((f) => !rows.some((row) => row.function === f)) : []
    const twice = rows.filter((row, i) => rows.findIndex((other) => other.function === row.function) < i)
    return [
      ...missing.map((f) => `${nameOf(f)}: it has no counters`),
      ...twice.map((row) => `${nameOf(row.function)}: it has counters twice`),
      ...rows.flatMap((row) => [...balance(row), ...this.#compare(row, states), ...waitingWrong(row, states)]),
      ...arrivals(rows)
    ]
  }

  #end(event: Event, action: Action): void {
    if (action._tag === "ToWire" && action.from !== null) this.#tally(action.from).forwarded += 1
    if (action._tag === "ToFunction") {
      const tally = this.#tally(action.function)
      const isArrival = event._tag === "Ingress" && action.mad.payload === payloadOf(event)
      if (isArrival) tally.delivered += 1
      else if (isResponse(action.mad)) tally.answered += 1
    }
    if (action._tag === "Drop") {
      const { dropped } = this.#tally(action.function)
      dropped.set(action.reason, (dropped.get(action.reason) ?? 0) + 1)
    }
  }

  #tally(f: number | null): Tally {
    return (f === null ? undefined : this.#functions[f]) ?? this.#nobody
  }

  /** The numbers of a row that the trace tells, too. */
  #compare(row: Row, states: ReadonlyArray<State>): ReadonlyArray<string> {
    const { delivered, dropped, function: f, ingressDropped } = row
    const seen = this.#tally(f)
    const taken = new Set(states.map(({ deferred }) => seen.posted - deferred.filter((mad) => mad.function === f).length))
    const received = taken.has(row.received) || (f === null && this.#doubtful.has(f))
      ? []
      : [`${nameOf(f)}: received ${row.received}, but the trace has ${[...taken].join(" or ")}`]
    if (this.#doubtful.has(f)) return received
    const differs = (what: string, told: number, shown: number): ReadonlyArray<string> =>
      told === shown ? [] : [`${nameOf(f)}: ${what} ${told}, but the trace has ${shown}`]
    const ends = f === null
      ? []
      : [...differs("forwarded", row.forwarded, seen.forwarded), ...differs("answered", row.answered, seen.answered)]
    if (delivered !== undefined && f !== null) ends.push(...differs("delivered", delivered, seen.delivered))
    const reasons = new Set([...Object.keys(dropped), ...Object.keys(ingressDropped ?? {}), ...seen.dropped.keys()])
    const told = (reason: string): number => countOf(dropped, reason) + countOf(ingressDropped ?? {}, reason)
    return [
      ...received,
      ...ends,
      ...[...reasons].flatMap((reason) => {
        const shown = seen.dropped.get(reason) ?? 0
        // Who does not tell arrivals apart tells at most what was dropped on the way out.
        const isWhole = ingressDropped !== undefined || f === null
        if (!this.#drops || (!isWhole && told(reason) <= shown)) return []
        return differs(`dropped ${reason}`, told(reason), shown)
      })
    ]
  }
}

/**
 * The copies of a Report, one for each function that it was for: each is one MAD more, with an end of its
 * own.
 */
export const copiesOf = ({ mad }: EventOf<"Ingress">, demanded: ReadonlyArray<Action>): number => {
  const isAnswered = demanded.some((action) => action._tag === "ToWire" && action.from === null)
  if ("_tag" in mad || !isReport(mad) || !isAnswered) return 0
  return demanded.filter((action) =>
    action._tag === "ToFunction" || (action._tag === "Drop" && action.function !== null)).length
}

/** What became of MADs of a function, as text. */
const endsOf = (demanded: ReadonlyArray<Action>, f: number): string =>
  demanded.flatMap((action) => {
    if (action._tag === "ToWire") return action.from === f ? ["forwarded"] : []
    if (action._tag === "Drop") return action.function === f ? [action.reason] : []
    return action._tag === "ToFunction" && action.function === f ? ["answered"] : []
  }).sort().join()

const payloadOf = ({ mad }: EventOf<"Ingress">): string | null => ("payload" in mad ? mad.payload : null)

const countOf = (counts: Counts, name: string): number => counts[name as Reason] ?? 0

/** Every MAD that was taken from a function has one end, or waits. */
const balance = ({ answered, dropped, forwarded, function: f, received, waiting = 0 }: Row): ReadonlyArray<string> => {
  const sum = forwarded + answered + waiting + sumOf(dropped)
  if (f === null || received === sum) return []
  return [
    `function ${f}: received ${received}, but forwarded ${forwarded} + answered ${answered} + waiting ${waiting} + ` +
      `dropped ${sumOf(dropped)} = ${sum}`
  ]
}

/** Every MAD that arrived has one end, at the cost of a function or of nobody. */
const arrivals = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => {
  const nobody = rows.find((row) => row.function === null)
  if (nobody === undefined || rows.some(({ function: f, ingressDropped }) => f !== null && !ingressDropped)) return []
  const charged = rows.reduce((sum, { ingressDropped = {} }) => sum + sumOf(ingressDropped), 0)
  const sum = nobody.forwarded + nobody.answered + sumOf(nobody.dropped) + charged
  if (nobody.received === sum) return []
  return [
    `nobody: received ${nobody.received}, but forwarded ${nobody.forwarded} + answered ${nobody.answered} + ` +
      `dropped ${sumOf(nobody.dropped)} + dropped at the cost of functions ${charged} = ${sum}`
  ]
}

/** What waits are the requests the model knows to be unanswered. */
const waitingWrong = ({ function: f, waiting }: Row, states: ReadonlyArray<State>): ReadonlyArray<string> => {
  if (f === null || waiting === undefined) return []
  const open = (state: State): number =>
    unansweredOf(state, FunctionId(f)).length + unansweredSubscribesOf(state, FunctionId(f)).length
  const possible = new Set(states.map(open))
  return possible.has(waiting)
    ? []
    : [`function ${f}: ${waiting} waiting, but ${[...possible].join(" or ")} of its requests have no answer yet`]
}
