/** What happened to every MAD, by function and reason (spec/fairness.md). Counts are exact up to 2^53. */
import type { Reason } from "../../spec/reasons.ts"
import * as outcomes from "./outcomes.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { ANSWERED, FORWARD, reasonNames } = outcomes

/** MADs by drop reason; every reason is there. */
export type DropCounts = Readonly<Record<Reason, number>>

/** The accounting of one function, or of nobody, since the construction. */
export interface MuxCounters {
  /** MADs taken from the proxies of the function; nobody: taken from the wire. */
  readonly received: number
  /** Of these, put on the wire; nobody: delivered to a function. */
  readonly forwarded: number
  /**
   * Of these, answered by the PF context; nobody: answered, or taken as an answer of the SA to the PF
   * context.
   */
  readonly answered: number
  /** Of these, joins that are with the SA now; nobody: 0. */
  readonly waiting: number
  /** Of these, dropped: received = forwarded + answered + waiting + the sum of dropped [SQP-ACC-1]. */
  readonly dropped: DropCounts
  /**
   * MADs from the wire that were delivered to the function, or dropped after it was found; nobody: 0. So, of
   * nobody: received = forwarded + answered + the sum of dropped + the sum of every function's
   * ingressDropped.
   */
  readonly delivered: number
  readonly ingressDropped: DropCounts
}

// What every MAD counts lies apart from the drops: four numbers a function.
const RECEIVED = 0
const FORWARDED = 1
const ANSWERS = 2
const DELIVERED = 3
const USUAL = 4
const INGRESS = reasonNames.length
const DROPS = 2 * INGRESS

/** Counters of all functions and, as one more, of nobody. */
export interface Counters {
  /** The number under which nobody is counted. */
  readonly nobody: number
  /** A MAD was taken, from the proxy of `f` or, for nobody, from the wire. */
  readonly received: (f: number) => void
  /** How many were taken. Cold side. */
  readonly taken: (f: number) => number
  /** The end of a MAD that function `f` sent: FORWARD, ANSWERED or a drop code. */
  readonly egress: (f: number, outcome: number) => void
  /** A MAD from the wire was delivered to `f`. */
  readonly delivered: (f: number) => void
  /** A MAD from the wire was dropped at the cost of `f`, which may be nobody. */
  readonly ingressDropped: (f: number, reason: number) => void
  /**
   * MADs dropped at the cost of `f`, whichever way they went, by the code of the reason (outcomes.ts). Cold
   * side.
   */
  readonly drops: (f: number, reason: number) => number
  /** The accounting of `f`; `waiting` comes from the areas that ask the SA. Cold side. */
  readonly view: (f: number, waiting: number) => MuxCounters
}

/** All zero. A factory, see engine.ts. */
export const makeCounters = (functions: number): Counters => {
  const nobody = functions
  const usual = new Float64Array((functions + 1) * USUAL)
  const drops = new Float64Array((functions + 1) * DROPS)

  const received = (f: number): void => {
    usual[f * USUAL + RECEIVED]! += 1
  }
  const egress = (f: number, outcome: number): void => {
    if (outcome === FORWARD) usual[f * USUAL + FORWARDED]! += 1
    else if (outcome === ANSWERED) usual[f * USUAL + ANSWERS]! += 1
    else drops[f * DROPS + outcome]! += 1
  }
  const delivered = (f: number): void => {
    usual[f * USUAL + DELIVERED]! += 1
    usual[nobody * USUAL + FORWARDED]! += 1
  }
  const ingressDropped = (f: number, reason: number): void => {
    drops[f * DROPS + (f === nobody ? 0 : INGRESS) + reason]! += 1
  }
  const taken = (f: number): number => usual[f * USUAL + RECEIVED]!
  const dropsOf = (f: number, reason: number): number =>
    drops[f * DROPS + reason]! + drops[f * DROPS + INGRESS + reason]!
  const view = (f: number, waiting: number): MuxCounters => ({
    received: usual[f * USUAL + RECEIVED]!,
    forwarded: usual[f * USUAL + FORWARDED]!,
    answered: usual[f * USUAL + ANSWERS]!,
    waiting,
    dropped: byReason((reason) => drops[f * DROPS + reason]!),
    delivered: usual[f * USUAL + DELIVERED]!,
    ingressDropped: byReason((reason) => drops[f * DROPS + INGRESS + reason]!)
  })
  return { nobody, received, taken, egress, delivered, ingressDropped, drops: dropsOf, view }
}

/** Every reason is there, or the names of the outcome codes are wrong. */
const byReason = (count: (reason: number) => number): DropCounts => {
  const counts: Partial<Record<Reason, number>> = {}
  reasonNames.forEach((name, reason) => {
    counts[name] = count(reason)
  })
  if (!hasEveryReason(counts)) throw new Error("a drop reason has no counter: outcomes.ts must list every reason")
  return counts
}

const hasEveryReason = (counts: Partial<Record<Reason, number>>): counts is Record<Reason, number> =>
  reasonNames.every((name) => counts[name] !== undefined)
