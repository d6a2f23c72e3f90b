/**
 * Transactions as a closed system: functions ask a peer and each other over a wire that loses, doubles and
 * reorders, time passes, functions are reset, a stranger forges answers. Beside the invariants the system
 * knows the truth, which no traffic shows: who asked what. No packet lives longer than ids rest.
 */
import type { Action } from "../action.ts"
import type { Event, Grh, GrhRequest } from "../event.ts"
import type { Move, System } from "../explore.ts"
import { type FunctionId, type Gid, gidOf, Lid, NO_GUID, Qpn, type Tid } from "../ids.ts"
import { answers } from "../invariants-crossing.ts"
import { type Mad, R_BIT } from "../mad.ts"
import { Recall } from "../recall.ts"
import { byFunction, each, fields, functionId, orNull, same, sorted } from "../renaming.ts"
import { grh, mad } from "../renaming-mad.ts"
import type { State } from "../state.ts"
import { type Alike, type Payloads, renamingsOf, slice, sliced } from "../symmetry.ts"
import { contextIn, happening, namesOf, passing, type Rules, type Watched, watchedKey } from "./event-system.ts"
import { comesToRest } from "./rest.ts"
import { watchedSlices } from "./slices.ts"
import { moves, put, type Wire, wireRenamed } from "./wire.ts"

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
export interface TidWorld {
  readonly now: Watched
  readonly wire: Wire<Packet>
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
  const { duplications, losses, questions } = scope
  const recall = new Recall()
  const happen = happening(rules, recall)
  const rests = comesToRest(passing(rules, recall))
  const initial: TidWorld = {
    now: begin,
    wire: { inFlight: [], losses, duplications, ordered: false },
    owed: [],
    left: questions.map(({ times }) => times),
    waits: scope.waits,
    resets: scope.resets,
    forgeries: scope.forgeries,
    lives: begin.state.functions.map(() => 0),
    wrong: []
  }
  return {
    initial,
    moves: (world) => [
      ...questions.flatMap((question, n) => asks(happen, scope, world, question, n)),
      ...arrivals(happen, scope, world),
      ...world.owed.flatMap((owed, n) => answersOwed(happen, scope, world, owed, n)),
      ...waits(happen, scope, world),
      ...world.resets.flatMap((fn) => resets(happen, scope, world, fn)),
      ...world.forgeries.flatMap((forgery) => forged(happen, scope, world, forgery))
    ],
    key: ({ now, ...rest }) => watchedKey(now) + JSON.stringify(rest),
    ...tidSlices(scope, initial, recall),
    violations: ({ now, wrong }) => [...recall.violations(now.monitors), ...wrong],
    quiet: ({ now, wire }) => wire.inFlight.length === 0 && rests(now.state),
    ...contextIn(begin, ({ now }) => now.state)
  }
}

type Rest = Pick<TidWorld, "left" | "waits" | "resets" | "forgeries" | "lives" | "wrong">

const restOf = ({ forgeries, left, lives, resets, waits, wrong }: TidWorld): Rest =>
  ({ forgeries, left, lives, resets, waits, wrong })

/** The parts of a world, first the one in which functions soonest differ. */
const tidSlices = (scope: TidScope, initial: TidWorld, recall: Recall) => {
  const places = placesOf(scope)
  const packet = fields<Packet>({ mad, grh: orNull(grh) })
  const owed = each(fields<Owed>({ function: functionId, mad, grh: orNull(grh) }))
  const rest = fields<Rest>({
    left: (left, by) => left.reduce((next, times, n) => next.with(places(by.functions)[n] ?? n, times), left),
    resets: sorted(functionId, (a, b) => a - b),
    // A preset that forges treats no functions alike.
    forgeries: same,
    lives: byFunction(same)
  })
  const [state, monitors] = watchedSlices<TidWorld>(recall, ({ now }) => now, (world, now) => ({ ...world, now }))
  return sliced<TidWorld>(
    [
      slice(recall, restOf, (world, part) => ({ ...world, ...part }), rest),
      state,
      slice(recall, (world) => world.wire, (world, wire) => ({ ...world, wire }), wireRenamed(packet)),
      slice(recall, (world) => world.owed, (world, part) => ({ ...world, owed: part }), owed),
      monitors
    ],
    renamingsOf(initial.now.state, scope.alike, recall, payloadsOf(places)), initial
  )
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

/** What may come of an event, recalled where it happened before. */
type Happen = ReturnType<typeof happening>
type Moves = ReadonlyArray<Move<TidWorld, string>>

/** Lets an event happen and puts what leaves on the wire, `age` old. */
const after = (happen: Happen, scope: TidScope, world: TidWorld, label: string, event: Event, age = 0): Moves =>
  happen(world.now, event).map(({ observation, watched }) => ({
    label: `${label}: ${namesOf(observation.actions)}`,
    observation,
    state: observation.actions.reduce((next, action) => seen(scope, next, action, age), { ...world, now: watched })
  }))

const seen = (scope: TidScope, world: TidWorld, action: Action, age: number): TidWorld => {
  if (action._tag === "ToWire") {
    return { ...world, wire: put(world.wire, { flow: "", payload: onWire(world.now.state, action, age) }) }
  }
  if (action._tag !== "ToFunction") return world
  const {
    address: { grh, slid },
    function: fn,
    mad
  } = action
  const wrong = judged(scope, world, fn, mad)
  const told = wrong === null ? world : { ...world, wrong: [...world.wrong, wrong] }
  if (answers(mad)) return told
  return {
    ...told,
    owed: [...told.owed, { function: fn, mad, slid, dlid: world.now.state.port.lid, grh, age }]
  }
}

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

const asks = (happen: Happen, scope: TidScope, world: TidWorld, question: TidQuestion, n: number): Moves => {
  const { from, mad, tid, to } = question
  if ((world.left[n] ?? 0) === 0) return []
  const { functions, port } = world.now.state
  const grh = to === "peer" ? null : ownGid(functions[to]?.guid, port.prefix)
  return after(
    happen,
    scope,
    { ...world, left: world.left.with(n, (world.left[n] ?? 0) - 1) },
    `question ${n}`,
    {
      _tag: "Egress",
      function: from,
      qp: 1,
      srcQpn: null,
      address: addressTo(to === "peer" ? PEER : port.lid, grh),
      mad: { ...mad, tid, payload: payloadOf(world, question, n) }
    }
  )
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

const arrivals = (happen: Happen, scope: TidScope, world: TidWorld): Moves =>
  moves(world.wire).flatMap(({ happens, packet: { payload: packet }, wire }) => {
    const label = `${answers(packet.mad) ? "answer" : "request"} ${packet.mad.tid} ${happens}`
    if (happens !== "arrives") return [{ label, state: { ...world, wire } }]
    const { age, dlid, grh, mad, slid } = packet
    if (dlid === PEER) {
      const reply = { mad: { ...mad, method: mad.method | R_BIT }, slid: PEER, dlid: slid, grh: null, age }
      return [{ label, state: { ...world, wire: put(wire, { flow: "", payload: reply }) } }]
    }
    return after(
      happen,
      scope,
      { ...world, wire },
      label,
      {
        _tag: "Ingress",
        qp: 1,
        mad,
        address: { pkeyIndex: 0, slid, srcQp: QP1, sl: 0, pathBits: 0, grh }
      },
      age
    )
  })

const answersOwed = (happen: Happen, scope: TidScope, world: TidWorld, owed: Owed, n: number): Moves => {
  const { age, function: fn, grh, mad, slid } = owed
  const back = grh && { dgid: grh.sgid, hopLimit: 1, flowLabel: 0, trafficClass: 0 }
  const settled = { ...world, owed: world.owed.toSpliced(n, 1) }
  return after(
    happen,
    scope,
    settled,
    `function ${fn} answers ${mad.tid}`,
    {
      _tag: "Egress",
      function: fn,
      qp: 1,
      srcQpn: null,
      address: addressTo(slid, back),
      mad: { ...mad, method: mad.method | R_BIT }
    },
    age
  )
}

/** Time passes; packets too old for the wire are gone, and functions give up answering. */
const waits = (happen: Happen, scope: TidScope, world: TidWorld): Moves => {
  const [ms, ...later] = world.waits
  if (ms === undefined) return []
  const { rest } = world.now.state.config.timing
  const young = ({ age }: Packet) => age + ms < rest
  const older = <P extends Packet>(packet: P): P => ({ ...packet, age: packet.age + ms })
  const inFlight = world.wire.inFlight
    .filter(({ payload }) => young(payload))
    .map((packet) => ({ ...packet, payload: older(packet.payload) }))
  const aged = {
    ...world,
    waits: later,
    wire: { ...world.wire, inFlight },
    owed: world.owed.filter(young).map(older)
  }
  return after(happen, scope, aged, `${ms} ms pass`, { _tag: "TimePasses", ms })
}

const resets = (happen: Happen, scope: TidScope, world: TidWorld, fn: FunctionId): Moves =>
  after(
    happen,
    scope,
    {
      ...world,
      resets: world.resets.filter((other) => other !== fn),
      lives: world.lives.with(fn, (world.lives[fn] ?? 0) + 1),
      owed: world.owed.filter((owed) => owed.function !== fn)
    },
    `reset of function ${fn}`,
    { _tag: "Reset", function: fn }
  )

const forged = (happen: Happen, scope: TidScope, world: TidWorld, forgery: Forgery): Moves => {
  const { dgid, mad, slid } = forgery
  const grh = dgid && { sgid: dgid, dgid, hopLimit: 1, flowLabel: 0, trafficClass: 0 }
  const spent = { ...world, forgeries: world.forgeries.filter((other) => other !== forgery) }
  return after(happen, scope, spent, `a forged answer to ${mad.tid}`, {
    _tag: "Ingress",
    qp: 1,
    mad: { ...mad, payload: FORGED },
    address: { pkeyIndex: 0, slid, srcQp: QP1, sl: 0, pathBits: 0, grh }
  })
}
