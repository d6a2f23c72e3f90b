/** Shows short histories to one invariant: who writes what was observed says which observation breaks it. */
import type { Action, ActionOf } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { type FunctionId, Qpn } from "../model/ids.ts"
import type { Initial } from "../model/initial.ts"
import { allInvariants } from "../model/invariants-all.ts"
import { type Invariant, type Monitor, observeAll, type Observation } from "../model/invariants.ts"
import type { Mad } from "../model/mad.ts"
import { swap } from "./renamed.ts"
import { egress, ingress, PEER_LID, PF, small, VF1, VF2, WELL_KNOWN } from "./small-world.ts"

/** One observation: what came in, and what went out because of it. */
export const seen = (event: Event, ...actions: ReadonlyArray<Action>): Observation => ({ event, actions })

/** The proxy QPN of QP0 or QP1 of a function; its tunnel's is 0x100 more. */
export const proxy = (fn: FunctionId, qp: 0 | 1): Qpn => Qpn(0x200 + 2 * fn + qp)
/** The tunnels of a function are announced. */
export const tunnels = (fn: FunctionId): ReadonlyArray<Action> => ([0, 1] as const).map((qp) => {
  const proxyQpn = proxy(fn, qp)
  return { _tag: "Tunnel", function: fn, qp, proxyQpn, tunnelQpn: Qpn(proxyQpn + 0x100) }
})
/** A PF context with two VFs starts. */
export const started = seen({ _tag: "Start" }, ...[PF, VF1, VF2].flatMap(tunnels))

/** A function's MAD leaves; a PF context's own where it is nobody's. */
export const toWire = (
  from: FunctionId | null, mad: Mad, change: Partial<ActionOf<"ToWire">["address"]> & { readonly qp?: 0 | 1 } = {}
): ActionOf<"ToWire"> => {
  const { qp = 1, ...address } = change
  return {
    _tag: "ToWire", qp, from, cause: null, mad,
    address: {
      pkeyIndex: 0, remoteQpn: Qpn(qp), qkey: WELL_KNOWN, dlid: PEER_LID, sl: 0, pathBits: 0, rate: 3, grh: null,
      ...address
    }
  }
}
/** A function is handed a MAD. */
export const toFunction = (fn: FunctionId, mad: Mad, qp: 0 | 1 = 1): ActionOf<"ToFunction"> =>
  ({ _tag: "ToFunction", function: fn, qp, address: ingress(mad).address, mad })
/** A MAD of a function, or of nobody's, is dropped. */
export const dropped = (fn: FunctionId | null, reason: ActionOf<"Drop">["reason"]): Action =>
  ({ _tag: "Drop", function: fn, reason })
/** A MAD of a function waits, for whatever reason a foreign trace gives. */
export const deferred = (fn: FunctionId, reason: ActionOf<"Defer">["reason"]): Action =>
  ({ _tag: "Defer", function: fn, qp: 1, reason })
/** A function hears a port event. */
export const hears = (fn: FunctionId, event: ActionOf<"EventTo">["event"]): Action =>
  ({ _tag: "EventTo", function: fn, event })
/** A function is told what became of its request to the driver. */
export const told = (fn: FunctionId, change: Partial<ActionOf<"Answer">> = {}): Action =>
  ({ _tag: "Answer", function: fn, status: "ok", qpn: null, qkey: null, view: null, ...change })

/** A VF posts a MAD and this comes of it. */
export const sends = (fn: FunctionId, mad: Mad, ...actions: ReadonlyArray<Action>): Observation =>
  seen(egress(fn, mad), ...actions)

const invariantSaying = (title: string, begin: Initial): Invariant => {
  const named = allInvariants(begin).filter((each) => each.title.includes(title))
  const [invariant] = named
  if (invariant === undefined || named.length > 1) throw new Error(`${named.length} invariants say "${title}"`)
  return invariant
}

const after = (monitor: Monitor, history: ReadonlyArray<Observation>): Monitor =>
  history.reduce((of, observation) => of.observe(observation), monitor)

/**
 * The place in a history, from 0 on, of the observation that breaks the invariant of this title; null if none
 * does. Throws where no invariant, or more than one, has this in its title.
 */
export const breaks = (title: string, begin: Initial = small()) => {
  const invariant = invariantSaying(title, begin)
  return (...history: ReadonlyArray<Observation>): number | null => {
    let monitor = invariant.start()
    for (const [place, observation] of history.entries()) {
      monitor = monitor.observe(observation)
      if (monitor.violation !== undefined) return place
    }
    return null
  }
}

/** What the invariant of this title says is wrong in a history, in its words; undefined if nothing is. */
export const complaint = (
  title: string, history: ReadonlyArray<Observation>, begin: Initial = small()
): string | undefined => after(invariantSaying(title, begin).start(), history).violation

/**
 * Whether an observation breaks the invariant of this title after a history of functions 1 and 2, when what it
 * remembers of each is told of the other.
 */
export const breaksInOthersPlace = (
  title: string, history: ReadonlyArray<Observation>, next: Observation, begin: Initial = small()
): boolean => {
  const monitor = after(invariantSaying(title, begin).start(), history)
  if (monitor.violation !== undefined) throw new Error(monitor.violation)
  return monitor.renamed(swap).observe(next).violation !== undefined
}

/**
 * The requirements of all these invariants that the last observation of a history breaks, in their order. Throws where an
 * earlier one breaks any.
 */
export const broken = (invariants: ReadonlyArray<Invariant>) =>
  (...history: ReadonlyArray<Observation>): ReadonlyArray<string> => {
    const before = history.slice(0, -1).reduce(observeAll, invariants.map((each) => each.start()))
    const early = before.find(({ violation }) => violation !== undefined)
    if (early) throw new Error(`"${early.invariant.title}" breaks too early: ${early.violation}`)
    return history.slice(-1).reduce(observeAll, before)
      .flatMap(({ invariant, violation }) => (violation === undefined ? [] : [invariant.requirement]))
  }
