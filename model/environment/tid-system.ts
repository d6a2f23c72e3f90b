/**
 * Transactions as a closed system: functions ask a peer and each other over a wire that loses, doubles and
 * reorders, time passes, functions are reset, a stranger forges answers. Beside the invariants the system
 * knows the truth, which no traffic shows: who asked what. No packet lives longer than ids rest.
 */
import type { Action } from "../action.ts"
import type { Grh, GrhRequest } from "../event.ts"
import type { System } from "../explore.ts"
import { type FunctionId, type Gid, gidOf, Lid, NO_GUID, Qpn, type Tid } from "../ids.ts"
import type { Observation } from "../invariants.ts"
import { answers } from "../invariants-crossing.ts"
import { type Mad, R_BIT } from "../mad.ts"
import { Recall } from "../recall.ts"
import { byFunction, each, fields, functionId, orNull, same, sorted } from "../renaming.ts"
import { grh, mad } from "../renaming-mad.ts"
import type { State } from "../state.ts"
import { stateRenamed } from "../renaming-state.ts"
import type { Alike, Payloads } from "../symmetry.ts"
import type { Renames, World } from "../worlds.ts"
import { type Attempt, type Change, closedSystem } from "./closed-system.ts"
import { contextIn, namesOf, outcomesIn, passing, type Rules, type Watched, watchedKey } from "./event-system.ts"
import { comesToRest } from "./rest.ts"
import { inFlightRenamed, moves, put, type Wire } from "./wire.ts"

/** A request a function may send, and how often it may repeat it. */
export interface TidQuestion {
  readonly from: FunctionId
  /** Another function, or a peer elsewhere on the subnet. */
  readonly to: FunctionId | "peer"
  /** What it sends, but for TID and payload. */
  readonly mad: Omit<Mad, "tid" | "payload">
  readonly tid: Tid
  readonly times: number
}

/** An answer nobody gave. */
export interface Forgery {
  readonly mad: Omit<Mad, "payload">
  readonly slid: Lid
  readonly dgid: Gid | null
}

/** What may happen, and how often. */
export interface TidScope {
  readonly questions: ReadonlyArray<TidQuestion>
  readonly losses: number
  readonly duplications: number
  /** Times to wait, each once, in this order. */
  readonly waits: ReadonlyArray<number>
  /** Functions that may be reset, each once. */
  readonly resets: ReadonlyArray<FunctionId>
  readonly forgeries: ReadonlyArray<Forgery>
  /** Functions that are treated alike. */
  readonly alike: Alike
}

/** A scope in which nothing happens; scopes are written as differences to it. */
export const stillTidScope: TidScope = {
  questions: [],
  losses: 0,
  duplications: 0,
  waits: [],
  resets: [],
  forgeries: [],
  alike: []
}

/** Payload of an answer nobody gave; who may be fooled by it is for the invariants to say. */
const FORGED = "forged"
/** LID of the peer. */
export const PEER = Lid(20)
const QP1 = Qpn(1)

/** A MAD in flight, or one a function has not answered yet. */
interface Packet {
  readonly mad: Mad
  readonly slid: Lid
  readonly dlid: Lid
  readonly grh: Grh | null
  readonly age: number
}

/** A request that waits for its function's answer. */
interface Owed extends Packet {
  readonly function: FunctionId
}

/** The system at one moment. */
export interface TidWorld extends World, Wire<Packet> {
  readonly owed: ReadonlyArray<Owed>
  /** How often each question may still be sent. */
  readonly left: ReadonlyArray<number>
  readonly waits: ReadonlyArray<number>
  readonly resets: ReadonlyArray<FunctionId>
  readonly forgeries: ReadonlyArray<Forgery>
  /** How often each function was reset. */
  readonly lives: ReadonlyArray<number>
  /** What is wrong by the truth. */
  readonly wrong: ReadonlyArray<string>
}

/** The closed system of a scope; `begin` runs already. */
export const tidSystem = (scope: TidScope, begin: Watched, rules: Rules): System<TidWorld, string> => {
  const { alike, duplications, losses, questions } = scope
  const { monitors, state } = begin
  const recall = new Recall()
  const rests = comesToRest(passing(rules, recall))
  const places = placesOf(scope)
  const initial: TidWorld = {
    state,
    monitors,
    inFlight: [],
    losses,
    duplications,
    owed: [],
    left: questions.map(({ times }) => times),
    waits: scope.waits,
    resets: scope.resets,
    forgeries: scope.forgeries,
    lives: state.functions.map(() => 0),
    wrong: []
  }
  return {
    ...closedSystem({
      initial,
      ways: [...questions.map((question, n) => asks(question, n)), arrivals, answersOwed, waits, resets, forged],
      outcomes: (of, event) => outcomesIn(rules, of, event),
      meets: (world, observation, age) => meets(scope, world, observation, age),
      named: (label, actions) => `${label}: ${namesOf(actions)}`,
      renames: renamesOf(places),
      alike,
      payloads: payloadsOf(places)
    }, recall),
    key: ({ monitors: watching, state: of, ...rest }) => watchedKey({ monitors: watching, state: of }) + JSON.stringify(rest),
    violations: ({ monitors: watching, wrong }) => [...recall.violations(watching), ...wrong],
    quiet: ({ inFlight, state: of }) => inFlight.length === 0 && rests(of),
    ...contextIn(begin, ({ state: of }) => of)
  }
}

/** How the parts of a world are renamed, first those in which functions soonest differ. */
const renamesOf = (places: ReturnType<typeof placesOf>): Renames<TidWorld> => {
  const packet = fields<Packet>({ mad, grh: orNull(grh) })
  return {
    left: (left, by) => left.reduce((next, times, n) => next.with(places(by.functions)[n] ?? n, times), left),
    lives: byFunction(same),
    resets: sorted(functionId, (a, b) => a - b),
    state: stateRenamed,
    inFlight: inFlightRenamed(packet, false),
    losses: same,
    duplications: same,
    owed: each(fields<Owed>({ function: functionId, mad, grh: orNull(grh) })),
    waits: same,
    // A preset that forges treats no functions alike.
    forgeries: same,
    wrong: same
  }
}

/** By question, the one that is the same but for its functions once they moved. */
const placesOf = ({ questions }: TidScope) => (moved: ReadonlyArray<FunctionId>): ReadonlyArray<number> => {
  const texts = questions.map((question) => JSON.stringify(question))
  const place = (of: FunctionId) => moved[of] ?? of
  return questions.map((question) => texts.indexOf(JSON.stringify({
    ...question, from: place(question.from), to: question.to === "peer" ? question.to : place(question.to)
  })))
}

/** A payload begins with the number of its question. */
const payloadsOf = (placesOfQuestions: ReturnType<typeof placesOf>): Payloads => (moved) => {
  const places = placesOfQuestions(moved)
  return (payload) => payload.replace(/^\d+(?= )/, (n) => String(places[Number(n)]))
}

type Attempts = ReadonlyArray<Attempt<TidWorld>>

/** Puts what leaves on the wire, `age` old, and gives to functions what is theirs. */
const meets = (scope: TidScope, world: TidWorld, { actions }: Observation, age: number): Change<TidWorld> =>
  actions.reduce<Change<TidWorld>>((change, action) => ({ ...change, ...met(scope, world, change, action, age) }), {})

const met = (
  scope: TidScope, world: TidWorld, { inFlight, owed, wrong }: Change<TidWorld>, action: Action, age: number
): Change<TidWorld> => {
  if (action._tag === "ToWire") {
    return { inFlight: withPacket(inFlight ?? world.inFlight, onWire(world.state, action, age)) }
  }
  if (action._tag !== "ToFunction") return {}
  const {
    address: { grh, slid },
    function: fn,
    mad
  } = action
  const fault = judged(scope, world, fn, mad)
  const told = fault === null ? {} : { wrong: [...(wrong ?? world.wrong), fault] }
  if (answers(mad)) return told
  const request = { function: fn, mad, slid, dlid: world.state.port.lid, grh, age }
  return { ...told, owed: [...(owed ?? world.owed), request] }
}

const withPacket = (inFlight: TidWorld["inFlight"], payload: Packet): TidWorld["inFlight"] =>
  put(inFlight, { flow: "", payload }, false)

const onWire = (
  { functions, port }: State,
  action: Extract<Action, { _tag: "ToWire" }>,
  age: number
): Packet => {
  const {
    address: { dlid, grh },
    mad
  } = action
  return { mad, slid: port.lid, dlid, grh: grh && withSource(port, functions[grh.sgidIndex]?.guid, grh), age }
}

const withSource = (
  { prefix }: State["port"],
  guid = NO_GUID,
  { dgid, flowLabel, hopLimit, trafficClass }: GrhRequest
): Grh => ({ sgid: gidOf(prefix, guid), dgid, hopLimit, flowLabel, trafficClass })

/** A payload says which question it is or answers, and in which life of its function it was asked. */
const payloadOf = ({ lives }: TidWorld, { from }: TidQuestion, n: number): string =>
  `${n} ${lives[from] ?? 0}`

/** Whether a MAD reaches the function it is for. */
const judged = ({ questions }: TidScope, { lives }: TidWorld, fn: FunctionId, mad: Mad): string | null => {
  if (mad.payload === FORGED) return null
  const [n, life] = mad.payload.split(" ").map(Number)
  const question = questions[n ?? -1]
  if (question === undefined) return `function ${fn} is given what nobody sent`
  if (!answers(mad))
    return question.to === fn ? null : `function ${fn} is asked question ${n}, not meant for it`
  const isAsker = question.from === fn && lives[fn] === life && question.tid === mad.tid
  return isAsker
    ? null
    : `function ${fn} is given the answer to question ${n}, asked in life ${life} of ${question.from}`
}

const asks = (question: TidQuestion, n: number) => (world: TidWorld): Attempts => {
  const { from, mad, tid, to } = question
  const left = world.left[n] ?? 0
  if (left === 0) return []
  const { functions, port } = world.state
  const grh = to === "peer" ? null : ownGid(functions[to]?.guid, port.prefix)
  return [{
    label: `question ${n}`,
    change: { left: world.left.with(n, left - 1) },
    event: {
      _tag: "Egress",
      function: from,
      qp: 1,
      srcQpn: null,
      address: addressTo(to === "peer" ? PEER : port.lid, grh),
      mad: { ...mad, tid, payload: payloadOf(world, question, n) }
    }
  }]
}

const ownGid = (guid = NO_GUID, prefix: State["port"]["prefix"]): GrhRequest => ({
  dgid: gidOf(prefix, guid),
  hopLimit: 1,
  flowLabel: 0,
  trafficClass: 0
})

const addressTo = (dlid: Lid, grh: GrhRequest | null) => ({
  pkeyIndex: 0,
  remoteQpn: QP1,
  qkey: 0x8001_0000,
  dlid,
  sl: 0,
  pathBits: 0,
  rate: 0,
  grh
})

const arrivals = (world: TidWorld): Attempts =>
  moves(world, false).map(({ change, happens, packet: { payload: packet } }) => {
    const label = `${answers(packet.mad) ? "answer" : "request"} ${packet.mad.tid} ${happens}`
    if (happens !== "arrives") return { label, change }
    const { age, dlid, grh, mad, slid } = packet
    if (dlid === PEER) {
      const reply = { mad: { ...mad, method: mad.method | R_BIT }, slid: PEER, dlid: slid, grh: null, age }
      return { label, change: { inFlight: withPacket(change.inFlight, reply) } }
    }
    return {
      label,
      change,
      age,
      event: {
        _tag: "Ingress",
        qp: 1,
        mad,
        address: { pkeyIndex: 0, slid, srcQp: QP1, sl: 0, pathBits: 0, grh }
      }
    }
  })

const answersOwed = ({ owed: all }: TidWorld): Attempts =>
  all.map(({ age, function: fn, grh, mad, slid }, n) => ({
    label: `function ${fn} answers ${mad.tid}`,
    change: { owed: all.toSpliced(n, 1) },
    age,
    event: {
      _tag: "Egress",
      function: fn,
      qp: 1,
      srcQpn: null,
      address: addressTo(slid, grh && { dgid: grh.sgid, hopLimit: 1, flowLabel: 0, trafficClass: 0 }),
      mad: { ...mad, method: mad.method | R_BIT }
    }
  }))

/** Time passes; packets too old for the wire are gone, and functions give up answering. */
const waits = (world: TidWorld): Attempts => {
  const [ms, ...later] = world.waits
  if (ms === undefined) return []
  const { rest } = world.state.config.timing
  const young = ({ age }: Packet) => age + ms < rest
  const older = <P extends Packet>(packet: P): P => ({ ...packet, age: packet.age + ms })
  const inFlight = world.inFlight
    .filter(({ payload }) => young(payload))
    .map((packet) => ({ ...packet, payload: older(packet.payload) }))
  return [{
    label: `${ms} ms pass`,
    change: { waits: later, inFlight, owed: world.owed.filter(young).map(older) },
    event: { _tag: "TimePasses", ms }
  }]
}

const resets = (world: TidWorld): Attempts =>
  world.resets.map((fn) => ({
    label: `reset of function ${fn}`,
    change: {
      resets: world.resets.filter((other) => other !== fn),
      lives: world.lives.with(fn, (world.lives[fn] ?? 0) + 1),
      owed: world.owed.filter((owed) => owed.function !== fn)
    },
    event: { _tag: "Reset", function: fn }
  }))

const forged = ({ forgeries }: TidWorld): Attempts =>
  forgeries.map((forgery) => {
    const { dgid, mad, slid } = forgery
    const grh = dgid && { sgid: dgid, dgid, hopLimit: 1, flowLabel: 0, trafficClass: 0 }
    return {
      label: `a forged answer to ${mad.tid}`,
      change: { forgeries: forgeries.filter((other) => other !== forgery) },
      event: {
        _tag: "Ingress",
        qp: 1,
        mad: { ...mad, payload: FORGED },
        address: { pkeyIndex: 0, slid, srcQp: QP1, sl: 0, pathBits: 0, grh }
      }
    }
  })
