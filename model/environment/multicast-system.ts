/**
 * Multicast as a closed system to explore: functions that join and leave as they like, an SA, a wire that
 * loses and duplicates, time, functions that start anew, an SM that asks for all again or is replaced.
 */
import type { Action } from "../action.ts"
import type { Event } from "../event.ts"
import type { System } from "../explore.ts"
import { DEFAULT_PREFIX, FunctionId, type Gid, Lid, NO_GID, Qpn } from "../ids.ts"
import { defaultLimits, type Initial, initial } from "../initial.ts"
import type { Observation } from "../invariants.ts"
import { multicastInvariants } from "../invariants-multicast.ts"
import { type Mad, type Malformed, METHOD, R_BIT } from "../mad.ts"
import { aggregate, unansweredOf } from "../multicast-group.ts"
import { madeMad, recordIn } from "../multicast-record.ts"
import type { Egress, Ingress, Outcome } from "../outcome.ts"
import { Recall } from "../recall.ts"
import { nextDue, outstanding } from "../sa-outstanding.ts"
import type { State } from "../state.ts"
import type { World } from "../worlds.ts"
import { comesToQuiet } from "./calm.ts"
import { type Attempt, type Change, closedSystem } from "./closed-system.ts"
import {
  FIRST_SM, guidOfFunction, joinOfOther, type MulticastRules, multicastRules, type MulticastScope, OTHER_GID,
  PORT_GID, PORT_LID, wished
} from "./multicast-scope.ts"
import { multicastRenames } from "./multicast-renames.ts"
import { type IdPool, outcomesOf } from "./outcomes.ts"
import { comesToRest } from "./rest.ts"
import { emptySa, heldBy, type SaBehaviour, saStep, type SaState } from "./sa.ts"
import { type InFlight, moves as wireMoves, put, type Wire } from "./wire.ts"

/** A MAD in flight. */
export interface Packet {
  readonly slid: Lid
  readonly dlid: Lid
  readonly mad: Mad
}

/** The system at one moment; what is left of the scope is what may still happen. */
export interface MulticastWorld extends World, Wire<Packet> {
  readonly sa: SaState
  readonly scope: MulticastScope
  /** Functions of which a join ended without an answer and without a drop. */
  readonly lost: ReadonlyArray<string>
  /** The last join of each function, to be repeated. */
  readonly lastJoins: ReadonlyArray<Egress | null>
}

type Attempts = ReadonlyArray<Attempt<MulticastWorld>>

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
  const turns = [timeouts, waits, resets, confinements, reregisters, newSms, stops, forgeries]
  return {
    ...closedSystem({
      initial: first,
      ways: [...scope.wishes.map((_, n) => requests(n)), transports, ...turns],
      outcomes: (state, event) => outcomesOf((chooser) => rules(state, event, chooser), POOL),
      notes: (before, observation, after) => ({ lost: lostJoins(before, observation, after) }),
      meets: (world, { actions }) => sent(world, actions),
      named: (label, actions) => [label, ...actions.map(nameOfAction)].join("; "),
      renames: multicastRenames(scope),
      alike: scope.alike
    }, recall),
    key: keyOf,
    violations: (world) => [...recall.violations(world.monitors), ...disagreements(world), ...world.lost],
    quiet: quietOf(scope, by),
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
const quietOf = ({ ordered }: MulticastScope, { recall, run }: Recalled): ((world: MulticastWorld) => boolean) => {
  const first = (state: State, event: Event): Outcome => {
    const [found] = recall.outcomes(state, event, () => outcomesOf((chooser) => run(state, event, chooser), POOL))
    return { actions: found?.observation.actions ?? [], state: found?.state ?? state }
  }
  const calmly = (world: MulticastWorld, event: Event): MulticastWorld => {
    const { actions, state } = first(world.state, event)
    return { ...world, state, ...sent(world, actions) }
  }
  const rests = comesToRest((state, ms) => first(state, { _tag: "TimePasses", ms }).state)
  const next = (world: MulticastWorld): MulticastWorld | null => {
    const arrival = wireMoves(world, ordered).find(({ happens }) => happens === "arrives")
    if (arrival) {
      const { change, packet: { payload } } = arrival
      const after = { ...world, ...change }
      if (payload.dlid === PORT_LID) return calmly(after, arriving(payload))
      return { ...after, ...served(world, change.inFlight, "", payload)[0]?.change }
    }
    const due = nextDue(world.state)
    return due && Number.isFinite(due.latest) ? calmly(world, { _tag: "TimePasses", ms: Math.max(0, due.latest) }) : null
  }
  return comesToQuiet({
    next,
    isQuiet: (world) => world.inFlight.length === 0 && outstanding(world.state).length === 0 &&
      rests(world.state) && disagreements(world).length === 0,
    keyOf: ({ inFlight, sa, state }) => `${recall.id(state)} ${recall.id(sa)} ${recall.id(inFlight)}`
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
    inFlight: [],
    losses: scope.losses,
    duplications: scope.duplications,
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

const keyOf = ({ duplications, inFlight, lastJoins, losses, monitors, sa, scope, state }: MulticastWorld): string => {
  const { givenUp, groups, port, renewIn, resting, running } = state
  const memories = [...new Set(monitors.map(({ memory }) => memory))]
  const { confinements, refusals, repetitions, reregisters, resets, sms, stops, timeouts } = scope
  const often = [refusals, repetitions, reregisters, resets, stops, timeouts, scope.forgeries, confinements]
  const own = state.functions.map(({ guid, pkeyMap }) => [guid, pkeyMap])
  const left = [often, scope.requests, sms, scope.waits]
  const known = [givenUp, groups, own, port.smLid, renewIn, resting, running]
  // JSON knows no infinity and would not tell a grace without an end from none.
  return JSON.stringify([known, memories, sa, inFlight, losses, duplications, lastJoins, left], (_, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? "never" : value)
}

/** What the observer cannot see: whether the SA truly holds what the members have, once all is quiet. */
const disagreements = ({ inFlight, sa, scope, state }: MulticastWorld): ReadonlyArray<string> => {
  const quiet = scope.comparesSa && inFlight.length === 0 && state.port.smLid !== null &&
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

const requests = (n: number) => (world: MulticastWorld): Attempts => {
  const { repetitions, requests: often, wishes } = world.scope
  const left = (often[n] ?? 0) - 1
  const again = world.lastJoins[n]
  return [
    ...(left < 0 ? [] : (wishes[n] ?? []).map((wish) =>
      request(world, { requests: often.with(n, left) }, n, wished(world.scope, n + 1, wish, left)))),
    ...(again && repetitions > 0 ? [request(world, { repetitions: repetitions - 1 }, n, again)] : [])
  ]
}

const request = (world: MulticastWorld, spent: Partial<MulticastScope>, n: number, event: Egress): Attempt<MulticastWorld> => {
  const record = recordIn(event.mad)
  const isJoin = event.mad.method === METHOD.SET
  const verb = isJoin ? "joins" : "leaves"
  const { scope } = withScope(world, spent)
  return {
    label: `function ${n + 1} ${verb} ${record.joinState} of ${shortMgid(record.mgid)}`,
    change: isJoin && scope.repetitions > 0 ? { scope, lastJoins: world.lastJoins.with(n, event) } : { scope },
    event
  }
}

// What the wire and the SA do

const transports = (world: MulticastWorld): Attempts =>
  wireMoves(world, world.scope.ordered).flatMap(({ change, happens, packet: { payload } }): Attempts => {
    const label = `${nameOfMad(payload.mad)} from LID ${payload.slid} ${happens}`
    if (happens !== "arrives") return [{ label, change }]
    if (payload.dlid !== PORT_LID) return served(world, change.inFlight, label, payload)
    return [{ label, change, event: arriving(payload) }]
  })

/** A packet at the port. */
const arriving = ({ mad, slid }: Packet): Ingress =>
  ({ _tag: "Ingress", qp: 1, address: { pkeyIndex: 0, slid, srcQp: Qpn(1), sl: 0, pathBits: 0, grh: null }, mad })

/** A request at the SA; one for a former SM finds nobody. */
const served = (world: MulticastWorld, inFlight: InFlight<Packet>, label: string, { dlid, mad, slid }: Packet): Attempts => {
  if (dlid !== world.state.port.smLid) return [{ label: `${label} where no SM is`, change: { inFlight } }]
  const { refusals } = world.scope
  const isNew = mad.method === METHOD.SET && heldBy(world.sa, recordIn(mad).mgid, PORT_GID) === 0
  const behaviours: ReadonlyArray<SaBehaviour> = refusals > 0 && isNew ? ["answer", "refuse"] : ["answer"]
  return behaviours.map((behaviour) => {
    const { answer, sa } = saStep(world.sa, mad, behaviour)
    const spent = behaviour === "refuse" ? withScope(world, { refusals: refusals - 1 }) : {}
    const after = answer ? withPacket(world, inFlight, { slid: dlid, dlid: slid, mad: answer }) : inFlight
    return { label: `${label}: the SA says ${answer ? answer.status : "nothing"}`, change: { ...spent, sa, inFlight: after } }
  })
}

/** Puts what leaves on the wire. */
const sent = (world: MulticastWorld, actions: ReadonlyArray<Action>): Change<MulticastWorld> => {
  const packets = actions.flatMap((action) =>
    (action._tag === "ToWire" ? [{ slid: PORT_LID, dlid: action.address.dlid, mad: action.mad }] : []))
  if (packets.length === 0) return {}
  return { inFlight: packets.reduce((inFlight, packet) => withPacket(world, inFlight, packet), world.inFlight) }
}

const withPacket = ({ scope }: MulticastWorld, inFlight: InFlight<Packet>, packet: Packet): InFlight<Packet> =>
  put(inFlight, { flow: `${packet.slid} ${packet.dlid}`, payload: packet }, scope.ordered)

// What else happens

const timeouts = (world: MulticastWorld): Attempts => {
  const left = world.scope.timeouts
  const next = left === 0 ? null : nextDue(world.state)
  if (!next || next.due > LONG) return []
  return [...new Set([next.due, next.latest])].map((ms) => timePasses(withScope(world, { timeouts: left - 1 }), ms))
}

const waits = (world: MulticastWorld): Attempts => {
  const [ms, ...later] = world.scope.waits
  if (ms === undefined) return []
  const next = nextDue(world.state)
  return next && ms >= next.due ? [] : [timePasses(withScope(world, { waits: later }), ms)]
}

const timePasses = (change: Change<MulticastWorld>, ms: number): Attempt<MulticastWorld> =>
  ({ label: `${ms} ms pass`, change, event: { _tag: "TimePasses", ms } })

const resets = (world: MulticastWorld): Attempts =>
  world.scope.resets === 0 ? [] : world.scope.wishes.map((_, n) => ({
    label: `function ${n + 1} is reset`,
    change: { ...withScope(world, { resets: world.scope.resets - 1 }), lastJoins: world.lastJoins.with(n, null) },
    event: { _tag: "Reset", function: FunctionId(n + 1) }
  }))

/** A function loses the P_Key of the groups and keeps another to ask with, or gets a GUID that nobody had. */
const confinements = (world: MulticastWorld): Attempts => {
  const { confinements: left, wishes } = world.scope
  if (left === 0) return []
  const change = withScope(world, { confinements: left - 1 })
  return wishes.flatMap((_, n): Attempts => {
    const fn = FunctionId(n + 1)
    const fresh = guidOfFunction(0x40 + left)
    const guids = world.state.functions.map(({ guid }, i) => (i === fn ? fresh : guid))
    return [
      { label: `function ${fn} loses its P_Key`, change, event: { _tag: "PkeyMapChanged", function: fn, map: [1] } },
      { label: `function ${fn} has another GUID`, change, event: { _tag: "GuidTableChanged", block: 0, guids } }
    ]
  })
}

/** An SA that forgot asks for a reregister later than its last answer before it forgot arrives. */
const reregisters = (world: MulticastWorld): Attempts => {
  if (world.scope.reregisters === 0) return []
  const spent = withScope(world, { reregisters: world.scope.reregisters - 1 })
  const inFlight = world.inFlight.filter(({ payload }) => payload.dlid !== PORT_LID)
  const forgotten = { inFlight, sa: newSa(world.scope) }
  return [
    { label: "reregister", change: spent, event: { _tag: "Reregister" } },
    { label: "the SA forgets; reregister", change: { ...spent, ...forgotten }, event: { _tag: "Reregister" } }
  ]
}

const newSms = (world: MulticastWorld): Attempts => {
  const [smLid, ...sms] = world.scope.sms
  if (smLid === undefined) return []
  const spent = withScope(world, { sms })
  return [{
    label: smLid === null ? "the SM is gone" : `the SM is at LID ${smLid}`,
    change: smLid === null ? spent : { ...spent, sa: newSa(world.scope) },
    event: { _tag: "SmChanged", smLid, smSl: 0 }
  }]
}

const stops = (world: MulticastWorld): Attempts => {
  if (world.scope.stops === 0) return []
  const nothing = { stops: 0, requests: [], resets: 0, timeouts: 0, reregisters: 0, sms: [], waits: [] }
  return [{ label: "the PF context stops", change: withScope(world, nothing), event: { _tag: "Stop" } }]
}

/** A stranger knows the TID of what is with the SA and grants it. */
const forgeries = (world: MulticastWorld): Attempts =>
  world.scope.forgeries === 0 ? [] : world.state.groups.flatMap(({ transaction }): Attempts => {
    if (!transaction) return []
    const mad = madeMad(METHOD.GET_RESP, 0, transaction.wireTid, transaction.record)
    return [{
      label: "a stranger's answer",
      change: withScope(world, { forgeries: world.scope.forgeries - 1 }),
      event: arriving({ slid: STRANGER, dlid: PORT_LID, mad })
    }]
  })

const withScope = ({ scope }: MulticastWorld, change: Partial<MulticastScope>): Pick<MulticastWorld, "scope"> =>
  ({ scope: { ...scope, ...change } })

// How the PF context answers

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
