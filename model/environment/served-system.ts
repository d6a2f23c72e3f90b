/**
 * A PF context, functions that wish for a few things, and somebody on the subnet who answers, as a closed
 * system: a wire that loses and duplicates, requests that are repeated or given up, functions that start anew,
 * and an SA that may refuse or forget. Every wish, refusal and passing of time has a budget, so the system ends.
 * Beside the invariants the system knows the truth, which no traffic shows: what the SA really holds.
 */
import type { Action, ActionOf } from "../action.ts"
import type { Event, Grh } from "../event.ts"
import type { System } from "../explore.ts"
import { takeable } from "../fairness.ts"
import { FunctionId, gidOf, type Lid, NO_GUID, Qpn } from "../ids.ts"
import { type Mad, methodName } from "../mad.ts"
import { Recall } from "../recall.ts"
import { fields, orNull, type Rename, same } from "../renaming.ts"
import { grh, mad } from "../renaming-mad.ts"
import { stateRenamed } from "../renaming-state.ts"
import { nextDue, outstanding } from "../sa-outstanding.ts"
import type { State } from "../state.ts"
import type { Alike } from "../symmetry.ts"
import type { Renames, World } from "../worlds.ts"
import { comesToQuiet } from "./calm.ts"
import { type Attempt, type Change, closedSystem } from "./closed-system.ts"
import {
  contextIn, firstOutcome, type Named, namesOf, outcomesIn, passing, type Rules, type Watched, watchedKey
} from "./event-system.ts"
import { comesToRest } from "./rest.ts"
import { type InFlight, inFlightRenamed, moves as wireMoves, put, type Wire } from "./wire.ts"

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
export interface ServedWorld<K> extends World, Wire<Packet> {
  readonly known: K
  readonly budgets: Readonly<Record<string, number>>
  readonly refusals: number
  readonly timeouts: number
}

type Attempts<K> = ReadonlyArray<Attempt<ServedWorld<K>>>

/** The closed system of a scope; `begin` runs already. */
export const servedSystem = <K>(
  scope: ServedScope<K>, begin: Watched, rules: Rules
): System<ServedWorld<K>, string> => {
  const { alike, budgets, duplications, losses, refusals, respondent, timeouts, wishes } = scope
  const { monitors, state } = begin
  const recall = new Recall()
  const initial: ServedWorld<K> = {
    state, monitors, inFlight: [], losses, duplications, known: respondent.initial, budgets, refusals, timeouts
  }
  // Where MADs waited and have room, the scheduler comes first.
  const unlessTakeable = (way: (world: ServedWorld<K>) => Attempts<K>) => (world: ServedWorld<K>): Attempts<K> =>
    (takeable(world.state).length > 0 ? [] : way(world))
  const ways = [...wishes.map((wish) => wishedFor(respondent, wish)), transports(scope), times]
  return {
    ...closedSystem<ServedWorld<K>>({
      initial,
      ways: [taken, ...ways.map(unlessTakeable)],
      outcomes: (of, event) => outcomesIn(rules, of, event),
      meets: (world, { actions }) => sent(world, actions),
      named: (label, actions) => `${label}: ${namesOf(actions)}`,
      renames: renamesOf(scope),
      alike
    }, recall),
    key: ({ monitors: watching, state: of, ...rest }) => watchedKey({ monitors: watching, state: of }) + JSON.stringify(rest),
    violations: (world) => [...recall.violations(world.monitors), ...disagreements(scope, world)],
    quiet: quietOf(scope, rules, recall),
    ...contextIn(begin, ({ state: of }) => of)
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
    const { actions, state } = first(world.state, event)
    const after = { ...world, state }
    return { ...after, ...sent(after, actions) }
  }
  const next = (world: ServedWorld<K>): ServedWorld<K> | null => {
    const [taken] = takeable(world.state)
    if (taken) return calmly(world, taken)
    const arrival = wireMoves(world, true).find(({ happens }) => happens === "arrives")
    if (arrival) {
      const { change, packet: { payload } } = arrival
      const after = { ...world, ...change }
      if (payload.to === "respondent") return { ...after, ...served(scope, world, change.inFlight, "", payload)[0]?.change }
      return payload.dlid === world.state.port.lid ? calmly(after, arriving(payload)) : after
    }
    const due = nextDue(world.state)
    return due && Number.isFinite(due.latest) ? calmly(world, { _tag: "TimePasses", ms: Math.max(0, due.latest) }) : null
  }
  return comesToQuiet({
    next,
    isQuiet: (world) => world.inFlight.length === 0 && outstanding(world.state).length === 0 &&
      rests(world.state) && disagreements(scope, world).length === 0 && !isWaitedFor(scope, world),
    keyOf: ({ inFlight, known, state }) => `${recall.id(state)} ${recall.id(known)} ${recall.id(inFlight)}`
  })
}

type Budgets = ServedScope<unknown>["budgets"]

const budgetsRenamed: Rename<Budgets> = (budgets, { functions }) => functions.reduce((next, to, n) => {
  const left = budgets[budgetOf(FunctionId(n))]
  return left === undefined ? next : { ...next, [budgetOf(to)]: left }
}, budgets)

/** How the parts of a world are renamed, first those in which functions soonest differ. */
const renamesOf = <K>({ respondent }: ServedScope<K>): Renames<ServedWorld<K>> => ({
  budgets: budgetsRenamed,
  state: stateRenamed,
  inFlight: inFlightRenamed(fields<Packet>({ grh: orNull(grh), mad }), true),
  losses: same,
  duplications: same,
  known: respondent.rename,
  refusals: same,
  timeouts: same
})

const disagreements = <K>(
  { respondent }: ServedScope<K>, { inFlight, known, state }: ServedWorld<K>
): ReadonlyArray<string> =>
  inFlight.length === 0 && outstanding(state).length === 0 && state.running && state.port.smLid !== null
    ? respondent.disagreements(known, state)
    : []

const isWaitedFor = <K>({ respondent }: ServedScope<K>, { state }: ServedWorld<K>): boolean =>
  state.running && state.port.smLid !== null && (respondent.isWaitedFor?.(state) ?? false)

/** What waited and has room. */
const taken = <K>({ state }: ServedWorld<K>): Attempts<K> =>
  takeable(state).map((event) => ({ label: `MAD of ${event.egress.function} taken`, event, change: {} }))

/** Puts what leaves on the wire. */
const sent = <K>(world: ServedWorld<K>, actions: ReadonlyArray<Action>): Change<ServedWorld<K>> => {
  const packets = actions.flatMap((action) => (action._tag === "ToWire" ? [onWire(world.state, action)] : []))
  return packets.length === 0 ? {} : { inFlight: packets.reduce(withPacket, world.inFlight) }
}

const onWire = (
  { functions, port: { lid, pkeys, prefix } }: State, { address: { dlid, grh, pkeyIndex }, mad }: ActionOf<"ToWire">
): Packet => {
  const sgid = gidOf(prefix, grh ? (functions[grh.sgidIndex]?.guid ?? NO_GUID) : NO_GUID)
  const global = grh && { sgid, dgid: grh.dgid, hopLimit: 1, flowLabel: 0, trafficClass: 0 }
  return { to: "respondent", slid: lid, dlid, pkey: pkeys[pkeyIndex] ?? 0, grh: global, mad }
}

const withPacket = (inFlight: InFlight<Packet>, packet: Packet): InFlight<Packet> =>
  put(inFlight, { flow: `${packet.to} ${packet.slid} ${packet.dlid}`, payload: packet }, true)

const wishedFor = <K>({ initial }: Respondent<K>, { event, forgets, name, spends, when }: Wish) =>
  (world: ServedWorld<K>): Attempts<K> => {
    const left = world.budgets[spends] ?? 0
    if (left === 0 || when?.(world.state) === false) return []
    const forgotten = forgets ? { known: initial, inFlight: withoutAnswers(world.inFlight) } : {}
    return [{ label: name, event, change: { budgets: { ...world.budgets, [spends]: left - 1 }, ...forgotten } }]
  }

/** What he answered before he forgot arrives before he says that he forgot, or never. */
const withoutAnswers = (inFlight: InFlight<Packet>): InFlight<Packet> =>
  inFlight.filter(({ payload }) => payload.to !== "port")

const transports = <K>(scope: ServedScope<K>) => (world: ServedWorld<K>): Attempts<K> =>
  wireMoves(world, true).flatMap(({ change, happens, packet: { payload } }): Attempts<K> => {
    const { mad, slid } = payload
    const label = `${methodName(mad.method)} of TID ${Number(`0x${mad.tid}`)} from LID ${slid} ${happens}`
    if (happens !== "arrives") return [{ label, change }]
    if (payload.to === "respondent") return served(scope, world, change.inFlight, label, payload)
    if (payload.dlid !== world.state.port.lid) return [{ label: `${label} where the port is no more`, change }]
    return [{ label, change, event: arriving(payload) }]
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
  { respondent }: ServedScope<K>, world: ServedWorld<K>, inFlight: InFlight<Packet>, label: string,
  { dlid, grh, mad, pkey, slid }: Packet
): Attempts<K> =>
  repliesOf(respondent, world.known, mad, pkey)
    .filter(({ isRefusal = false }) => !isRefusal || world.refusals > 0)
    .map(({ answer, isRefusal = false, known, label: does }) => {
      const back = grh && { ...grh, sgid: grh.dgid, dgid: grh.sgid }
      const reply: Packet | null = answer && { to: "port", slid: dlid, dlid: slid, pkey, grh: back, mad: answer }
      const after = { known, inFlight: reply ? withPacket(inFlight, reply) : inFlight }
      return { label: `${label}: ${does}`, change: isRefusal ? { ...after, refusals: world.refusals - 1 } : after }
    })

/** Time passes until what is due next is due, or must have happened. */
const times = <K>(world: ServedWorld<K>): Attempts<K> => {
  const { timeouts } = world
  if (timeouts === 0) return []
  const next = nextDue(world.state)
  if (!next || !Number.isFinite(next.due)) return []
  return [...new Set([next.due, next.latest])]
    .filter((ms) => ms > 0)
    .map((ms) => ({ label: `${ms} ms pass`, change: { timeouts: timeouts - 1 }, event: { _tag: "TimePasses", ms } }))
}
