/** What happened to every MAD, by function and reason (spec/fairness.md). Counts are exact up to 2^53. */
import type { Reason } from "../../spec/reasons.ts"
import { ANSWERED, FORWARD, reasonNames } from "./outcomes.ts"

/** MADs by drop reason; every reason is there. */
export type DropCounts = Readonly<Record<Reason, number>>

/** The accounting of one function, or of nobody, since the construction. */
export interface MuxCounters {
  /** MADs taken from the proxies of the function; nobody: taken from the wire. */
  readonly received: number
  /** Of these, put on the wire; nobody: delivered to a function. */
  readonly forwarded: number
  /** Of these, answered by the PF context; nobody: answered, or taken as an answer of the SA to the PF context. */
  readonly answered: number
  /** Of these, joins that are with the SA now; nobody: 0. */
  readonly waiting: number
  /** Of these, dropped: received = forwarded + answered + waiting + the sum of dropped [SQP-ACC-1]. */
  readonly dropped: DropCounts
  /**
   * MADs from the wire that were delivered to the function, or dropped after it was found; nobody: 0. So, of
   * nobody: received = forwarded + answered + the sum of dropped + the sum of every function's ingressDropped.
   */
  readonly delivered: number
  readonly ingressDropped: DropCounts
}

const RECEIVED = 0
const FORWARDED = 1
const ANSWERS = 2
const DELIVERED = 3
const DROPPED = 4
const INGRESS_DROPPED = DROPPED + reasonNames.length
const STRIDE = INGRESS_DROPPED + reasonNames.length

/** Counters of all functions and, as one more, of nobody. */
export class Counters {
  /** The number under which nobody is counted. */
  readonly nobody: number
  readonly #counts: Float64Array

  constructor(functions: number) {
    this.nobody = functions
    this.#counts = new Float64Array((functions + 1) * STRIDE)
  }

  /** A MAD was taken, from the proxy of `f` or, for nobody, from the wire. */
  received(f: number): void {
    this.#counts[f * STRIDE + RECEIVED]! += 1
  }

  /** The end of a MAD that function `f` sent. */
  egress(f: number, outcome: number): void {
    if (outcome < FORWARD) this.#counts[f * STRIDE + DROPPED + outcome]! += 1
    else if (outcome === FORWARD) this.#counts[f * STRIDE + FORWARDED]! += 1
    else if (outcome === ANSWERED) this.#counts[f * STRIDE + ANSWERS]! += 1
  }

  /** A MAD from the wire was delivered to `f`. */
  delivered(f: number): void {
    this.#counts[f * STRIDE + DELIVERED]! += 1
    this.#counts[this.nobody * STRIDE + FORWARDED]! += 1
  }

  /** A MAD from the wire was dropped at the cost of `f`, which may be nobody. */
  ingressDropped(f: number, reason: number): void {
    this.#counts[f * STRIDE + (f === this.nobody ? DROPPED : INGRESS_DROPPED) + reason]! += 1
  }

  /** The accounting of `f`; `waiting` comes from the multicast membership. Cold side. */
  view(f: number, waiting: number): MuxCounters {
    const count = (at: number): number => this.#counts[f * STRIDE + at]!
    return {
      received: count(RECEIVED),
      forwarded: count(FORWARDED),
      answered: count(ANSWERS),
      waiting,
      dropped: drops((reason) => count(DROPPED + reason)),
      delivered: count(DELIVERED),
      ingressDropped: drops((reason) => count(INGRESS_DROPPED + reason))
    }
  }
}

const drops = (count: (reason: number) => number): DropCounts => {
  const counts: Partial<Record<Reason, number>> = {}
  reasonNames.forEach((name, reason) => {
    counts[name] = count(reason)
  })
  if (!hasEveryReason(counts)) throw new Error("a drop reason has no counter: outcomes.ts must list every reason")
  return counts
}

const hasEveryReason = (counts: Partial<Record<Reason, number>>): counts is Record<Reason, number> =>
  reasonNames.every((name) => counts[name] !== undefined)
