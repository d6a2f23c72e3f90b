/**
 * A PF context, functions that wish for a few things, and somebody on the subnet who answers, as a closed
 * system: a wire that loses and duplicates, requests that are repeated or given up, functions that start anew,
 * and an SA that may refuse or forget. Every wish, refusal and passing of time has a budget, so the system ends.
 * Beside the invariants the system knows the truth, which no traffic shows: what the SA really holds.
 */
import type { Action } from "../action.ts"
import type { Event, Grh } from "../event.ts"
import type { Move, System } from "../explore.ts"
import { takeable } from "../fairness.ts"
import { FunctionId, gidOf, type Lid, NO_GUID, Qpn } from "../ids.ts"
import { type Mad, methodName } from "../mad.ts"
import { Recall } from "../recall.ts"
import { fields, orNull, type Rename } from "../renaming.ts"
import { grh, mad } from "../renaming-mad.ts"
import { nextDue, outstanding } from "../sa-outstanding.ts"
import type { State } from "../state.ts"
import { type Alike, renamingsOf, slice, sliced } from "../symmetry.ts"
import { comesToQuiet } from "./calm.ts"
import {
  contextIn, firstOutcome, happening, type Named, namesOf, passing, type Rules, type Watched, watchedKey
} from "./event-system.ts"
import { comesToRest } from "./rest.ts"
import { watchedSlices } from "./slices.ts"
import { moves as wireMoves, emptyWire, put, type Wire, wireRenamed } from "./wire.ts"

/** What somebody does with a request that reached him: what he knows then, and his answer; null is silence. */
export interface Reply<K> {
  readonly label: string
  readonly known: K
  readonly answer: Mad | null
  /** Whether it is one of the refusals that have a budget. */
  readonly isRefusal?: boolean
}

/** Somebody who answers requests, such as an SA; `K` is all he knows, as plain data. */
export interface Respondent<K> {
  readonly initial: K
  /** All he may do with a request in a partition; those that are refusals only while the budget lasts. */
  readonly replies: (known: K, request: Mad, pkey: number) => ReadonlyArray<Reply<K>>
  /** What is wrong by the truth once all is quiet: nothing in flight, nothing asked without an answer. */
  readonly disagreements: (known: K, state: State) => ReadonlyArray<string>
  /** What is not as functions want it, while the PF context can still do something about it. */
  readonly isWaitedFor?: (state: State) => boolean
  /** How functions are renamed in what he knows. */
  readonly rename: Rename<K>
}

/** An event that may happen as long as its budget lasts. */
export interface Wish extends Named {
  /** The budget it takes one from. */
  readonly spends: string
  /** Whether the respondent forgets all he knows with it, and his answers under way are gone. */
  readonly forgets?: boolean
}

/** What may happen, and how often. */
export interface ServedScope<K> {
  readonly respondent: Respondent<K>
  readonly wishes: ReadonlyArray<Wish>
  /** How often wishes may happen, by what they spend. */
  readonly budgets: Readonly<Record<string, number>>
  readonly losses: number
  readonly duplications: number
  /** Refusals of the respondent for no reason. */
  readonly refusals: number
  /** How often a request or a back-off is due and time passes until then. */
  readonly timeouts: number
  /** Functions that are treated alike; their own budgets are named by {@link budgetOf}. */
  readonly alike: Alike
}

/** The name of the budget of a function. */
export const budgetOf = (fn: FunctionId): string => `VF${fn}`

interface Packet {
  readonly to: "port" | "respondent"
  readonly slid: Lid
  readonly dlid: Lid
  readonly pkey: number
  readonly grh: Grh | null
  readonly mad: Mad
}

/** The system at one moment. */
export interface ServedWorld<K> {
  readonly now: Watched
  readonly wire: Wire<Packet>
  readonly known: K
  readonly budgets: Readonly<Record<string, number>>
  readonly refusals: number
  readonly timeouts: number
}

type Moves<K> = ReadonlyArray<Move<ServedWorld<K>, string>>

/** The closed system of a scope; `begin` runs already. */
export const servedSystem = <K>(
  scope: ServedScope<K>, begin: Watched, rules: Rules
): System<ServedWorld<K>, string> => {
  const { budgets, duplications, losses, refusals, respondent, timeouts } = scope
  const recall = new Recall()
  const happen = happening(rules, recall)
  const initial: ServedWorld<K> = {
    now: begin, wire: emptyWire({ losses, duplications, ordered: true }), known: respondent.initial, budgets, refusals,
    timeouts
  }
  return {
    initial,
    moves: (world) => {
      // Where MADs waited and have room, the scheduler comes first.
      const due = takeable(world.now.state)
      if (due.length > 0) {
        return due.flatMap((event) => after(happen, world, `MAD of ${event.egress.function} taken`, event))
      }
      return [
        ...scope.wishes.flatMap((wish) => wishes(scope, happen, world, wish)),
        ...transports(scope, happen, world),
        ...times(happen, world)
      ]
    },
    key: ({ now, ...rest }) => watchedKey(now) + JSON.stringify(rest),
    ...servedSlices(scope, initial, recall),
    violations: (world) => [...recall.violations(world.now.monitors), ...disagreements(scope, world)],
    quiet: quietOf(scope, rules, recall),
    ...contextIn(begin, ({ now }) => now.state)
  }
}

/**
 * Whether all comes right once nothing goes wrong any more: MADs arrive, the respondent refuses nothing, what is due is sent.
 * Then nothing is owed and the respondent knows what functions have.
 */
const quietOf = <K>(scope: ServedScope<K>, rules: Rules, recall: Recall): ((world: ServedWorld<K>) => boolean) => {
  const first = firstOutcome(rules, recall)
  const rests = comesToRest(passing(rules, recall))
  const calmly = (world: ServedWorld<K>, event: Event): ServedWorld<K> => {
    const { actions, state } = first(world.now.state, event)
    return actions.reduce(sent, { ...world, now: { ...world.now, state } })
  }
  const next = (world: ServedWorld<K>): ServedWorld<K> | null => {
    const [taken] = takeable(world.now.state)
    if (taken) return calmly(world, taken)
    const arrival = wireMoves(world.wire).find(({ happens }) => happens === "arrives")
    if (arrival) {
      const { packet: { payload }, wire } = arrival
      const after = { ...world, wire }
      if (payload.to === "respondent") return served(scope, after, "", payload)[0]?.state ?? after
      return payload.dlid === world.now.state.port.lid ? calmly(after, arriving(payload)) : after
    }
    const due = nextDue(world.now.state)
    return due && Number.isFinite(due.latest) ? calmly(world, { _tag: "TimePasses", ms: Math.max(0, due.latest) }) : null
  }
  return comesToQuiet({
    next,
    isQuiet: (world) => world.wire.inFlight.length === 0 && outstanding(world.now.state).length === 0 &&
      rests(world.now.state) && disagreements(scope, world).length === 0 && !isWaitedFor(scope, world),
    keyOf: ({ known, now, wire }) => `${recall.id(now.state)} ${recall.id(known)} ${recall.id(wire.inFlight)}`
  })
}

type Budgets = ServedScope<unknown>["budgets"]

const budgetsRenamed: Rename<Budgets> = (budgets, { functions }) => functions.reduce((next, to, n) => {
  const left = budgets[budgetOf(FunctionId(n))]
  return left === undefined ? next : { ...next, [budgetOf(to)]: left }
}, budgets)

/** The parts of a world, first the one in which functions soonest differ. */
const servedSlices = <K>({ alike, respondent }: ServedScope<K>, initial: ServedWorld<K>, recall: Recall) => {
  const packet = fields<Packet>({ grh: orNull(grh), mad })
  const [state, monitors] = watchedSlices<ServedWorld<K>>(recall, ({ now }) => now, (world, now) => ({ ...world, now }))
  const left = ({ budgets, refusals, timeouts }: ServedWorld<K>) => ({ budgets, refusals, timeouts })
  return sliced<ServedWorld<K>>(
    [
      slice(recall, left, (world, part) => ({ ...world, ...part }), fields<ReturnType<typeof left>>({ budgets: budgetsRenamed })),
      state,
      slice(recall, ({ wire }) => wire, (world, wire) => ({ ...world, wire }), wireRenamed(packet)),
      slice(recall, ({ known }) => known, (world, known) => ({ ...world, known }), respondent.rename),
      monitors
    ],
    renamingsOf(initial.now.state, alike, recall), initial
  )
}

/** What may come of an event, recalled where it happened before. */
type Happen = ReturnType<typeof happening>

const disagreements = <K>(
  { respondent }: ServedScope<K>, { known, now: { state }, wire }: ServedWorld<K>
): ReadonlyArray<string> =>
  wire.inFlight.length === 0 && outstanding(state).length === 0 && state.running && state.port.smLid !== null
    ? respondent.disagreements(known, state)
    : []

const isWaitedFor = <K>({ respondent }: ServedScope<K>, { now: { state } }: ServedWorld<K>): boolean =>
  state.running && state.port.smLid !== null && (respondent.isWaitedFor?.(state) ?? false)

/** Lets an event happen, and puts what leaves on the wire. */
const after = <K>(happen: Happen, world: ServedWorld<K>, label: string, event: Event): Moves<K> =>
  happen(world.now, event).map(({ observation, watched }) => ({
    label: `${label}: ${namesOf(observation.actions)}`,
    observation,
    state: observation.actions.reduce(sent, { ...world, now: watched })
  }))

const sent = <K>(world: ServedWorld<K>, action: Action): ServedWorld<K> => {
  if (action._tag !== "ToWire") return world
  const { address: { dlid, grh, pkeyIndex }, mad } = action
  const { functions, port: { lid, pkeys, prefix } } = world.now.state
  const sgid = gidOf(prefix, grh ? (functions[grh.sgidIndex]?.guid ?? NO_GUID) : NO_GUID)
  const onWire = grh && { sgid, dgid: grh.dgid, hopLimit: 1, flowLabel: 0, trafficClass: 0 }
  return send(world, { to: "respondent", slid: lid, dlid, pkey: pkeys[pkeyIndex] ?? 0, grh: onWire, mad })
}

const send = <K>(world: ServedWorld<K>, packet: Packet): ServedWorld<K> =>
  ({ ...world, wire: put(world.wire, { flow: `${packet.to} ${packet.slid} ${packet.dlid}`, payload: packet }) })

const wishes = <K>(
  { respondent }: ServedScope<K>, happen: Happen, world: ServedWorld<K>, { event, forgets, name, spends, when }: Wish
): Moves<K> => {
  const left = world.budgets[spends] ?? 0
  if (left === 0 || when?.(world.now.state) === false) return []
  const spent = { ...world, budgets: { ...world.budgets, [spends]: left - 1 } }
  return after(happen, forgets ? forgotten(respondent, spent) : spent, name, event)
}

/** What he answered before he forgot arrives before he says that he forgot, or never. */
const forgotten = <K>({ initial }: Respondent<K>, world: ServedWorld<K>): ServedWorld<K> => {
  const inFlight = world.wire.inFlight.filter(({ payload }) => payload.to !== "port")
  return { ...world, known: initial, wire: { ...world.wire, inFlight } }
}

const transports = <K>(scope: ServedScope<K>, happen: Happen, world: ServedWorld<K>): Moves<K> =>
  wireMoves(world.wire).flatMap(({ happens, packet: { payload }, wire }) => {
    const { mad, slid } = payload
    const label = `${methodName(mad.method)} of TID ${Number(`0x${mad.tid}`)} from LID ${slid} ${happens}`
    const next = { ...world, wire }
    if (happens !== "arrives") return [{ label, state: next }]
    if (payload.to === "respondent") return served(scope, next, label, payload)
    if (payload.dlid !== world.now.state.port.lid) return [{ label: `${label} where the port is no more`, state: next }]
    return after(happen, next, label, arriving(payload))
  })

/** A packet at the port. */
const arriving = ({ grh, mad, slid }: Packet): Event =>
  ({ _tag: "Ingress", qp: 1, address: { pkeyIndex: 0, slid, srcQp: Qpn(1), sl: 0, pathBits: 0, grh }, mad })

/** All that he may do; what he has nothing to say to he takes. */
const repliesOf = <K>({ replies }: Respondent<K>, known: K, mad: Mad, pkey: number): ReadonlyArray<Reply<K>> => {
  const all = replies(known, mad, pkey)
  return all.length > 0 ? all : [{ label: "is taken", known, answer: null }]
}

const served = <K>(
  { respondent }: ServedScope<K>, world: ServedWorld<K>, label: string, { dlid, grh, mad, pkey, slid }: Packet
): Moves<K> =>
  repliesOf(respondent, world.known, mad, pkey)
    .filter(({ isRefusal = false }) => !isRefusal || world.refusals > 0)
    .map(({ answer, isRefusal, known, label: does }) => {
      const next = { ...world, known, refusals: world.refusals - (isRefusal ? 1 : 0) }
      const back = grh && { ...grh, sgid: grh.dgid, dgid: grh.sgid }
      const reply: Packet | null = answer && { to: "port", slid: dlid, dlid: slid, pkey, grh: back, mad: answer }
      return { label: `${label}: ${does}`, state: reply ? send(next, reply) : next }
    })

/** Time passes until what is due next is due, or must have happened. */
const times = <K>(happen: Happen, world: ServedWorld<K>): Moves<K> => {
  const next = nextDue(world.now.state)
  if (!next || !Number.isFinite(next.due) || world.timeouts === 0) return []
  const spent = { ...world, timeouts: world.timeouts - 1 }
  return [...new Set([next.due, next.latest])]
    .filter((ms) => ms > 0)
    .flatMap((ms) => after(happen, spent, `${ms} ms pass`, { _tag: "TimePasses", ms }))
}
