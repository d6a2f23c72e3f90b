/**
 * Multicast as a closed system to explore: functions that join and leave as they like, an SA, a wire that
 * loses and duplicates, time, functions that start anew, an SM that asks for all again or is replaced.
 */
import type { Action } from "../action.ts"
import type { Event } from "../event.ts"
import type { Move, System } from "../explore.ts"
import { DEFAULT_PREFIX, FunctionId, type Gid, Lid, NO_GID, Qpn } from "../ids.ts"
import { defaultLimits, type Initial, initial } from "../initial.ts"
import type { Monitor, Observation } from "../invariants.ts"
import { multicastInvariants } from "../invariants-multicast.ts"
import { type Mad, type Malformed, METHOD, R_BIT } from "../mad.ts"
import { aggregate, unansweredOf } from "../multicast-group.ts"
import { madeMad, recordIn } from "../multicast-record.ts"
import type { Egress, Ingress, Outcome } from "../outcome.ts"
import { Recall } from "../recall.ts"
import { nextDue, outstanding } from "../sa-outstanding.ts"
import type { State } from "../state.ts"
import { comesToQuiet } from "./calm.ts"
import {
  FIRST_SM, guidOfFunction, joinOfOther, type MulticastRules, multicastRules, type MulticastScope, OTHER_GID,
  PORT_GID, PORT_LID, wished
} from "./multicast-scope.ts"
import { multicastSlices } from "./multicast-slices.ts"
import { type IdPool, outcomesOf } from "./outcomes.ts"
import { comesToRest } from "./rest.ts"
import { emptySa, heldBy, type SaBehaviour, saStep, type SaState } from "./sa.ts"
import { emptyWire, moves as wireMoves, put, type Wire } from "./wire.ts"

/** A MAD in flight. */
export interface Packet {
  readonly slid: Lid
  readonly dlid: Lid
  readonly mad: Mad
}

/** The system at one moment; what is left of the scope is what may still happen. */
export interface MulticastWorld {
  readonly state: State
  readonly monitors: ReadonlyArray<Monitor>
  readonly sa: SaState
  readonly wire: Wire<Packet>
  readonly scope: MulticastScope
  /** Functions of which a join ended without an answer and without a drop. */
  readonly lost: ReadonlyArray<string>
  /** The last join of each function, to be repeated. */
  readonly lastJoins: ReadonlyArray<Egress | null>
}

type Moves = ReadonlyArray<Move<MulticastWorld, string>>

/** No scope waits longer for what is due: what is in flight arrives before. */
const LONG = 1000
/** LID of a port that is not the SM's. */
const STRANGER = Lid(7)
/** More wire TIDs than a scope uses up. */
const POOL: IdPool = {
  tid: Array.from({ length: 24 }, (_, n) => (n + 1).toString(16).padStart(16, "0")),
  comm: [],
  sidr: [],
  qpn: []
}

/** The system of a scope under these rules. */
export const multicastSystem = (
  scope: MulticastScope, rules: MulticastRules = multicastRules
): System<MulticastWorld, string> => {
  const recall = new Recall()
  const first = firstWorld(scope)
  const by: Recalled = { run: rules, recall }
  return {
    initial: first,
    moves: (world) => [...requests(world, by), ...transports(world, by), ...turns(world, by)],
    key: keyOf,
    ...multicastSlices(first, recall),
    violations: (world) => [...recall.violations(world.monitors), ...disagreements(world), ...world.lost],
    quiet: quietOf(by),
    context: {
      initial: initialOf(scope), before: [{ event: { _tag: "Start" }, actions: [] }], stateOf: ({ state }) => state,
      invariants: first.monitors.length, isOneArea: true
    }
  }
}

/**
 * Whether all comes right once nothing goes wrong any more: MADs arrive, the SA refuses nothing, what is due is sent. Then
 * nothing is owed, and the SA holds what functions have.
 */
const quietOf = ({ recall, run }: Recalled): ((world: MulticastWorld) => boolean) => {
  const first = (state: State, event: Event): Outcome => {
    const [found] = recall.outcomes(state, event, () => outcomesOf((chooser) => run(state, event, chooser), POOL))
    return { actions: found?.observation.actions ?? [], state: found?.state ?? state }
  }
  const calmly = (world: MulticastWorld, event: Event): MulticastWorld => {
    const { actions, state } = first(world.state, event)
    return actions.reduce(sent, { ...world, state })
  }
  const rests = comesToRest((state, ms) => first(state, { _tag: "TimePasses", ms }).state)
  const next = (world: MulticastWorld): MulticastWorld | null => {
    const arrival = wireMoves(world.wire).find(({ happens }) => happens === "arrives")
    if (arrival) {
      const { packet: { payload }, wire } = arrival
      const after = { ...world, wire }
      return payload.dlid === PORT_LID ? calmly(after, arriving(payload)) : (served(after, "", payload)[0]?.state ?? after)
    }
    const due = nextDue(world.state)
    return due && Number.isFinite(due.latest) ? calmly(world, { _tag: "TimePasses", ms: Math.max(0, due.latest) }) : null
  }
  return comesToQuiet({
    next,
    isQuiet: (world) => world.wire.inFlight.length === 0 && outstanding(world.state).length === 0 &&
      rests(world.state) && disagreements(world).length === 0,
    keyOf: ({ sa, state, wire }) => `${recall.id(state)} ${recall.id(sa)} ${recall.id(wire.inFlight)}`
  })
}

/** The rules, and what is recalled of them. */
interface Recalled {
  readonly run: MulticastRules
  readonly recall: Recall
}

/** A P_Key of the port that no group has. */
const ANOTHER_PKEY = 0x8001

const initialOf = (scope: MulticastScope): Initial => {
  const fns = [0, ...scope.wishes.map((_, n) => n + 1)]
  return {
    config: { limits: defaultLimits, timing: scope.timing, services: [], nodeGuids: [] },
    port: {
      up: true, lid: PORT_LID, lmc: 0, smLid: FIRST_SM, smSl: 0, prefix: DEFAULT_PREFIX, formerPrefix: null,
      pkeys: [0xffff, ANOTHER_PKEY]
    },
    guids: fns.map(guidOfFunction),
    pkeyMaps: [],
    attached: fns.map(() => true)
  }
}

const firstWorld = (scope: MulticastScope): MulticastWorld => {
  const begin = initialOf(scope)
  return {
    state: { ...initial(begin), running: true },
    monitors: multicastInvariants(begin).map((each) => each.start()),
    sa: newSa(scope),
    wire: emptyWire(scope),
    scope,
    lost: [],
    lastJoins: scope.wishes.map(() => null)
  }
}

/** An SA that serves this port and another, which is in the groups that exist. */
const newSa = ({ existing }: MulticastScope): SaState =>
  existing.reduce<SaState>(
    (sa, mgid) => saStep(sa, joinOfOther(mgid)).sa, emptySa([PORT_GID, OTHER_GID])
  )

const keyOf = ({ lastJoins, monitors, sa, scope, state, wire }: MulticastWorld): string => {
  const { givenUp, groups, port, renewIn, resting, running } = state
  const memories = [...new Set(monitors.map(({ memory }) => memory))]
  const { confinements, refusals, repetitions, reregisters, resets, sms, stops, timeouts } = scope
  const often = [refusals, repetitions, reregisters, resets, stops, timeouts, scope.forgeries, confinements]
  const own = state.functions.map(({ guid, pkeyMap }) => [guid, pkeyMap])
  const left = [often, scope.requests, sms, scope.waits]
  const known = [givenUp, groups, own, port.smLid, renewIn, resting, running]
  // JSON knows no infinity and would not tell a grace without an end from none.
  return JSON.stringify([known, memories, sa, wire, lastJoins, left], (_, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? "never" : value)
}

/** What the observer cannot see: whether the SA truly holds what the members have, once all is quiet. */
const disagreements = ({ sa, scope, state, wire }: MulticastWorld): ReadonlyArray<string> => {
  const quiet = scope.comparesSa && wire.inFlight.length === 0 && state.port.smLid !== null &&
    state.groups.every(({ transaction }) => transaction === null)
  if (!quiet || !state.running) return []
  const mgids = new Set([...sa.groups, ...state.groups].map(({ mgid }) => mgid))
  return [...mgids].flatMap((mgid) => {
    // What became of a join that was given up shows only in its answer, which may be lost.
    if (state.givenUp.some(({ asked }) => asked._tag === "join" && [mgid, NO_GID].includes(asked.mgid))) return []
    const group = state.groups.find((each) => each.mgid === mgid)
    const union = group ? aggregate(group) : 0
    const held = heldBy(sa, mgid, PORT_GID)
    return held === union ? [] : [`in ${mgid} the SA truly holds ${held}, functions have ${union} (SQP-MC-1)`]
  })
}

// What functions ask

const requests = (world: MulticastWorld, rules: Recalled): Moves =>
  world.scope.wishes.flatMap((wishes, n) => [
    ...((world.scope.requests[n] ?? 0) === 0 ? [] : wishes.flatMap((wish) => {
      const left = (world.scope.requests[n] ?? 0) - 1
      const spent = withScope(world, { requests: world.scope.requests.with(n, left) })
      return request(spent, rules, n, wished(world.scope, n + 1, wish, left))
    })),
    ...repetitions(world, rules, n)
  ])

const repetitions = (world: MulticastWorld, rules: Recalled, n: number): Moves => {
  const again = world.lastJoins[n]
  if (!again || world.scope.repetitions === 0) return []
  return request(withScope(world, { repetitions: world.scope.repetitions - 1 }), rules, n, again)
}

const request = (world: MulticastWorld, rules: Recalled, n: number, event: Egress): Moves => {
  const record = recordIn(event.mad)
  const isJoin = event.mad.method === METHOD.SET
  const verb = isJoin ? "joins" : "leaves"
  const label = `function ${n + 1} ${verb} ${record.joinState} of ${shortMgid(record.mgid)}`
  const repeatable = isJoin && world.scope.repetitions > 0
  const next = repeatable ? { ...world, lastJoins: world.lastJoins.with(n, event) } : world
  return happenings(next, rules, label, event)
}

// What the wire and the SA do

const transports = (world: MulticastWorld, rules: Recalled): Moves =>
  wireMoves(world.wire).flatMap(({ happens, packet: { payload }, wire }) => {
    const label = `${nameOfMad(payload.mad)} from LID ${payload.slid} ${happens}`
    const next = { ...world, wire }
    if (happens !== "arrives") return [{ label, state: next }]
    return payload.dlid === PORT_LID ? arrival(next, rules, label, payload) : served(next, label, payload)
  })

const arrival = (world: MulticastWorld, rules: Recalled, label: string, packet: Packet): Moves =>
  happenings(world, rules, label, arriving(packet))

/** A packet at the port. */
const arriving = ({ mad, slid }: Packet): Ingress =>
  ({ _tag: "Ingress", qp: 1, address: { pkeyIndex: 0, slid, srcQp: Qpn(1), sl: 0, pathBits: 0, grh: null }, mad })

/** A request at the SA; one for a former SM finds nobody. */
const served = (world: MulticastWorld, label: string, { dlid, mad, slid }: Packet): Moves => {
  if (dlid !== world.state.port.smLid) return [{ label: `${label} where no SM is`, state: world }]
  const { refusals } = world.scope
  const isNew = mad.method === METHOD.SET && heldBy(world.sa, recordIn(mad).mgid, PORT_GID) === 0
  const behaviours: ReadonlyArray<SaBehaviour> = refusals > 0 && isNew ? ["answer", "refuse"] : ["answer"]
  return behaviours.map((behaviour) => {
    const { answer, sa } = saStep(world.sa, mad, behaviour)
    const left = behaviour === "refuse" ? refusals - 1 : refusals
    const next = withScope({ ...world, sa }, { refusals: left })
    const sent = answer ? send(next, { slid: dlid, dlid: slid, mad: answer }) : next
    return { label: `${label}: the SA says ${answer ? answer.status : "nothing"}`, state: sent }
  })
}

const sent = (world: MulticastWorld, action: Action): MulticastWorld =>
  (action._tag === "ToWire" ? send(world, { slid: PORT_LID, dlid: action.address.dlid, mad: action.mad }) : world)

const send = (world: MulticastWorld, packet: Packet): MulticastWorld =>
  ({ ...world, wire: put(world.wire, { flow: `${packet.slid} ${packet.dlid}`, payload: packet }) })

// What else happens

const turns = (world: MulticastWorld, rules: Recalled): Moves => [
  ...timeouts(world, rules), ...waits(world, rules), ...resets(world, rules), ...confinements(world, rules),
  ...reregisters(world, rules),
  ...newSms(world, rules), ...stops(world, rules), ...forgeries(world, rules)
]

const timeouts = (world: MulticastWorld, rules: Recalled): Moves => {
  const next = nextDue(world.state)
  if (!next || next.due > LONG || world.scope.timeouts === 0) return []
  const spent = withScope(world, { timeouts: world.scope.timeouts - 1 })
  return [...new Set([next.due, next.latest])].flatMap((ms) => timePasses(spent, rules, ms))
}

const waits = (world: MulticastWorld, rules: Recalled): Moves => {
  const [ms, ...later] = world.scope.waits
  const next = nextDue(world.state)
  if (ms === undefined || (next && ms >= next.due)) return []
  return timePasses(withScope(world, { waits: later }), rules, ms)
}

const timePasses = (world: MulticastWorld, rules: Recalled, ms: number): Moves =>
  happenings(world, rules, `${ms} ms pass`, { _tag: "TimePasses", ms })

const resets = (world: MulticastWorld, rules: Recalled): Moves =>
  world.scope.resets === 0 ? [] : world.scope.wishes.flatMap((_, n) => {
    const spent = withScope(world, { resets: world.scope.resets - 1 })
    const fresh = { ...spent, lastJoins: world.lastJoins.with(n, null) }
    const event: Event = { _tag: "Reset", function: FunctionId(n + 1) }
    return happenings(fresh, rules, `function ${n + 1} is reset`, event)
  })

/** A function loses the P_Key of the groups and keeps another to ask with, or gets a GUID that nobody had. */
const confinements = (world: MulticastWorld, rules: Recalled): Moves => {
  const { confinements: left, wishes } = world.scope
  if (left === 0) return []
  const spent = withScope(world, { confinements: left - 1 })
  return wishes.flatMap((_, n) => {
    const fn = FunctionId(n + 1)
    const fresh = guidOfFunction(0x40 + left)
    const guids = world.state.functions.map(({ guid }, i) => (i === fn ? fresh : guid))
    const keyless: Event = { _tag: "PkeyMapChanged", function: fn, map: [1] }
    const renamed: Event = { _tag: "GuidTableChanged", block: 0, guids }
    return [
      ...happenings(spent, rules, `function ${fn} loses its P_Key`, keyless),
      ...happenings(spent, rules, `function ${fn} has another GUID`, renamed)
    ]
  })
}

/** An SA that forgot asks for a reregister later than its last answer before it forgot arrives. */
const reregisters = (world: MulticastWorld, rules: Recalled): Moves => {
  if (world.scope.reregisters === 0) return []
  const spent = withScope(world, { reregisters: world.scope.reregisters - 1 })
  const answers = world.wire.inFlight.filter(({ payload }) => payload.dlid === PORT_LID)
  const wire = { ...world.wire, inFlight: world.wire.inFlight.filter((packet) => !answers.includes(packet)) }
  const forgotten = { ...spent, wire, sa: newSa(world.scope) }
  return [
    ...happenings(spent, rules, "reregister", { _tag: "Reregister" }),
    ...happenings(forgotten, rules, "the SA forgets; reregister", { _tag: "Reregister" })
  ]
}

const newSms = (world: MulticastWorld, rules: Recalled): Moves => {
  const [smLid, ...sms] = world.scope.sms
  if (smLid === undefined) return []
  const spent = withScope(world, { sms })
  const next = smLid === null ? spent : { ...spent, sa: newSa(world.scope) }
  const label = smLid === null ? "the SM is gone" : `the SM is at LID ${smLid}`
  return happenings(next, rules, label, { _tag: "SmChanged", smLid, smSl: 0 })
}

const stops = (world: MulticastWorld, rules: Recalled): Moves => {
  if (world.scope.stops === 0) return []
  const nothing = { stops: 0, requests: [], resets: 0, timeouts: 0, reregisters: 0, sms: [], waits: [] }
  return happenings(withScope(world, nothing), rules, "the PF context stops", { _tag: "Stop" })
}

/** A stranger knows the TID of what is with the SA and grants it. */
const forgeries = (world: MulticastWorld, rules: Recalled): Moves =>
  world.scope.forgeries === 0 ? [] : world.state.groups.flatMap(({ transaction }) => {
    if (!transaction) return []
    const mad = madeMad(METHOD.GET_RESP, 0, transaction.wireTid, transaction.record)
    const spent = withScope(world, { forgeries: world.scope.forgeries - 1 })
    return arrival(spent, rules, "a stranger's answer", { slid: STRANGER, dlid: PORT_LID, mad })
  })

const withScope = (world: MulticastWorld, change: Partial<MulticastScope>): MulticastWorld =>
  ({ ...world, scope: { ...world.scope, ...change } })

// How the PF context answers

const happenings = (
  world: MulticastWorld, { recall, run }: Recalled, label: string, event: Event
): Moves => {
  const possible = () => outcomesOf((chooser) => run(world.state, event, chooser), POOL)
  return recall.outcomes(world.state, event, possible).map(({ observation, state }) => {
    const { actions } = observation
    const monitors = recall.observe(world.monitors, observation)
    const lost = lostJoins(world.state, { event, actions }, state)
    const next = actions.reduce(sent, { ...world, state, monitors, lost })
    return { label: [label, ...actions.map(nameOfAction)].join("; "), observation, state: next }
  })
}

/** Every join that came is answered, dropped, or it waits. */
const lostJoins = (before: State, { actions, event }: Observation, after: State): ReadonlyArray<string> =>
  before.functions.flatMap((_, n) => {
    const fn = FunctionId(n)
    const isJoin = (mad: Mad | Malformed) => !("_tag" in mad) && (mad.method & ~R_BIT) <= METHOD.SET
    const came = event._tag === "Egress" && event.function === fn && isJoin(event.mad) ? 1 : 0
    const ended = actions.filter((action) => (action._tag === "Drop" && action.function === fn) ||
      (action._tag === "ToFunction" && action.function === fn && isJoin(action.mad)))
    const waiting = unansweredOf(before, fn).length + came - ended.length
    return unansweredOf(after, fn).length === waiting ? [] : [`a join of function ${n} is lost (SQP-ACC-1)`]
  })

const shortMgid = (mgid: Gid): string => mgid.slice(-4)

const NAMES: Readonly<Record<number, string>> = {
  [METHOD.SET]: "Set",
  [METHOD.DELETE]: "Delete",
  [METHOD.GET_RESP]: "GetResp",
  [METHOD.DELETE_RESP]: "DeleteResp"
}

const nameOfMad = (mad: Mad): string => {
  const { joinState, mgid } = recordIn(mad)
  const tid = Number.parseInt(mad.tid, 16)
  return `${NAMES[mad.method]}(${shortMgid(mgid)}, ${joinState}, TID ${tid}, status ${mad.status})`
}

const nameOfAction = (action: Outcome["actions"][number]): string => {
  switch (action._tag) {
    case "Drop":
      return `drop ${action.reason}`
    case "ToWire":
      return `wire ${nameOfMad(action.mad)}`
    case "ToFunction":
      return `function ${action.function} ${nameOfMad(action.mad)}`
    case "EventTo":
      return `function ${action.function} hears ${action.event}`
    default:
      return action._tag
  }
}
