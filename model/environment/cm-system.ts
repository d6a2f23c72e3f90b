/**
 * Communication management as a closed system to explore: guests that all use one comm id and one TID, peers
 * that do the same, a wire that loses and duplicates, forgers, time, and functions that start anew.
 */
import type { Action } from "../action.ts"
import { ageCm, egressCm, endFunctionCm, ingressCm } from "../cm.ts"
import type { Chooser } from "../choice.ts"
import type { Event } from "../event.ts"
import type { System } from "../explore.ts"
import { CommId, type FunctionId, type Lid, NO_COMM_ID, NO_GUID, Qpn } from "../ids.ts"
import { memoryKey, type Observation } from "../invariants.ts"
import type { Cm } from "../mad.ts"
import { type Egress, type Ingress, type Outcome, outcome, WELL_KNOWN_QKEY } from "../outcome.ts"
import { Recall } from "../recall.ts"
import type { State } from "../state.ts"
import { ageTransactions } from "../tid.ts"
import { ask, asksForTime, cmMad, hears, type Message, type Party, utterances } from "./cm-party.ts"
import {
  type CmScope, type CmWorld, ELSEWHERE, firstWorld, FORGED_ID, type Forged, functionOf, initialOf, newGuest, type Packet,
  peerLid, placeOf, POOL, PORT_LID, SHARED_ID, SHARED_TID, type Somebody
} from "./cm-scope.ts"
import { cmRenames } from "./cm-renames.ts"
import { type Attempt, type Change, closedSystem } from "./closed-system.ts"
import { outcomesOf } from "./outcomes.ts"
import { comesToRest } from "./rest.ts"
import { type InFlight, moves as wireMoves, put } from "./wire.ts"

/** The rules to explore: the model's, or a mutant of them. */
export interface CmRules {
  readonly egress: (state: State, event: Egress, chooser: Chooser) => Outcome
  readonly ingress: (state: State, event: Ingress, chooser: Chooser) => Outcome
  readonly timePasses: (state: State, ms: number) => State
  readonly endFunction: (state: State, fn: FunctionId) => State
}

/** The model's rules. */
export const cmRules: CmRules = {
  egress: (state, event, chooser) => egressCm(state, event, event.address.pkeyIndex, chooser),
  ingress: (state, event, chooser) => ingressCm(state, event, null, chooser),
  timePasses: (state, ms) => ageCm(ageTransactions(state, ms), ms),
  endFunction: endFunctionCm
}

type Attempts = ReadonlyArray<Attempt<CmWorld>>

/** The system of a scope under these rules. */
export const cmSystem = (scope: CmScope, rules: CmRules = cmRules): System<CmWorld, string> => {
  const recall = new Recall()
  const first = firstWorld(scope)
  const rests = comesToRest(rules.timePasses)
  return {
    ...closedSystem({
      initial: first,
      ways: [questions, ...everybody(scope).map(speeches), transports, waits, resets, forgeries],
      outcomes: (state, event) => outcomesOf((chooser) => ruled(rules, state, event, chooser), POOL),
      meets,
      named: (label, actions) => [label, ...actions.map(nameOfAction)].join(" > "),
      renames: cmRenames(scope),
      alike: scope.alike
    }, recall),
    key: keyOf,
    violations: ({ monitors }) => recall.violations(monitors),
    quiet: ({ inFlight, state }) => inFlight.length === 0 && rests(state),
    context: {
      initial: initialOf(scope), before: [{ event: { _tag: "Start" }, actions: [] }], stateOf: ({ state }) => state,
      invariants: first.monitors.length, isOneArea: true
    }
  }
}

const ruled = (rules: CmRules, state: State, event: Event, chooser: Chooser): Outcome => {
  switch (event._tag) {
    case "Egress":
      return "_tag" in event.mad ? outcome(state) : rules.egress(state, { ...event, mad: event.mad }, chooser)
    case "Ingress":
      return "_tag" in event.mad ? outcome(state) : rules.ingress(state, { ...event, mad: event.mad }, chooser)
    case "TimePasses":
      return outcome(rules.timePasses(state, event.ms))
    case "Reset":
      return outcome(rules.endFunction(state, event.function))
    default:
      return outcome(state)
  }
}

const keyOf = ({ duplications, guests, inFlight, losses, monitors, peers, scope, state }: CmWorld): string => {
  const { exchanges, rejIn, resting } = state
  const { forgeries, mras, questions, repetitions, resets, waits } = scope
  const left = [forgeries, mras, questions, repetitions, resets, waits]
  return JSON.stringify([exchanges, resting, rejIn, guests, peers, inFlight, losses, duplications, left]) + memoryKey(monitors)
}

// What parties say

/** Somebody's first party that is free asks. */
const questions = (world: CmWorld): Attempts =>
  world.scope.questions.flatMap(({ from, to }, index) => {
    const left = { ...world.scope, questions: world.scope.questions.toSpliced(index, 1) }
    return partiesOf(world, from).filter(({ party }) => isFree(party)).slice(0, 1).flatMap(({ party, replaced }) => {
      const said = ask(party, placeOf(from), placeOf(to))
      return speak(world, from, said, { ...replaced(said.party), scope: left })
    })
  })

const speeches = (who: Somebody) => (world: CmWorld): Attempts =>
  partiesOf(world, who).flatMap(({ party, replaced }) => [
    ...utterances(party).flatMap((said) => speak(world, who, said, replaced(said.party))),
    ...repeat(world, who, party),
    ...wait(world, who, party)
  ])

const repeat = (world: CmWorld, who: Somebody, { unanswered }: Party): Attempts => {
  if (unanswered === null || world.scope.repetitions === 0) return []
  return speak(world, who, unanswered, { scope: { ...world.scope, repetitions: world.scope.repetitions - 1 } })
}

/** 4.096 us x 2^15 are 135 ms. */
const SERVICE_TIMEOUT = 15

const wait = (world: CmWorld, who: Somebody, party: Party): Attempts => {
  const said = asksForTime(party, SERVICE_TIMEOUT)
  if (said === null || world.scope.mras === 0) return []
  return speak(world, who, said, { scope: { ...world.scope, mras: world.scope.mras - 1 } })
}

const isFree = ({ standing }: Party): boolean => standing === "idle" || standing === "done"

const everybody = ({ guests, peers }: CmScope): ReadonlyArray<Somebody> => [
  ...Array.from({ length: guests }, (_, n): Somebody => ({ is: "guest", n })),
  ...Array.from({ length: peers }, (_, n): Somebody => ({ is: "peer", n }))
]

/** The parties of somebody, each with the way to put another in its place. */
const partiesOf = (world: CmWorld, { is, n }: Somebody) => {
  const parties = is === "guest" ? world.guests.slice(n, n + 1) : (world.peers[n] ?? [])
  return parties.map((party, index) => ({
    party,
    replaced: (after: Party): Change<CmWorld> =>
      is === "guest" ? { guests: world.guests.with(n, after) } : { peers: world.peers.with(n, parties.with(index, after)) }
  }))
}

/** A guest's message goes through the PF context, a peer's straight on to the wire. */
const speak = (world: CmWorld, who: Somebody, { cm, dlid, tid }: Message, change: Change<CmWorld>): Attempts => {
  const label = `${nameOf(who)} sends ${nameOfMessage(cm)}`
  if (who.is === "peer") {
    return [{ label, change: { ...change, inFlight: withPacket(world.inFlight, { slid: peerLid(who.n), dlid, tid, cm }) } }]
  }
  const event: Event = {
    _tag: "Egress",
    function: functionOf(who.n),
    qp: 1,
    srcQpn: null,
    address: {
      pkeyIndex: 0, remoteQpn: Qpn(1), qkey: WELL_KNOWN_QKEY, dlid, sl: 0, pathBits: 0, rate: 0, grh: null
    },
    mad: cmMad(cm, tid)
  }
  return [{ label, change, event }]
}

const withPacket = (inFlight: InFlight<Packet>, packet: Packet): InFlight<Packet> =>
  put(inFlight, { flow: `${packet.slid} ${packet.dlid}`, payload: packet }, true)

// What the wire does

const transports = (world: CmWorld): Attempts =>
  wireMoves(world, true).map(({ change, happens, packet: { payload } }) => {
    const label = `${nameOfMessage(payload.cm)} from LID ${payload.slid} ${happens}`
    return happens === "arrives" ? arrival(world, change, label, payload) : { label, change }
  })

const arrival = (
  world: CmWorld, change: Change<CmWorld>, label: string, { cm, dlid, slid, tid }: Packet
): Attempt<CmWorld> => {
  if (dlid === PORT_LID) {
    const event: Event = {
      _tag: "Ingress",
      qp: 1,
      address: { pkeyIndex: 0, slid, srcQp: Qpn(1), sl: 0, pathBits: 0, grh: null },
      mad: cmMad(cm, tid)
    }
    return { label, change, event }
  }
  const host = world.peers.findIndex((_, n) => peerLid(n) === dlid)
  const parties = partiesOf(world, { is: "peer", n: host })
  const quoted = parties.find(({ party }) => isFor(party, cm))
  const heard = quoted ?? parties.find(({ party }) => cm.message === "REQ" && isFree(party))
  const hearing = heard ? heard.replaced(hears(heard.party, slid, tid, cm)) : {}
  return { label: `${label} at LID ${dlid}`, change: { ...change, ...hearing } }
}

/** A repeated REQ is for the party that has it, everything else for the party it quotes. */
const isFor = (party: Party, cm: Cm): boolean => {
  const { other, own } = party
  if (cm.message === "REQ") return !isFree(party) && other?.id === cm.localId
  return "remoteId" in cm && cm.remoteId === own
}

// What else happens

const waits = (world: CmWorld): Attempts =>
  world.scope.waits.slice(0, 1).map((ms) => ({
    label: `${ms} ms pass`,
    change: { scope: { ...world.scope, waits: world.scope.waits.slice(1) } },
    event: { _tag: "TimePasses", ms }
  }))

const resets = (world: CmWorld): Attempts =>
  world.scope.resets === 0 ? [] : world.guests.map((_, n) => ({
    label: `function ${functionOf(n)} is reset`,
    change: { guests: world.guests.with(n, newGuest(n)), scope: { ...world.scope, resets: world.scope.resets - 1 } },
    event: { _tag: "Reset", function: functionOf(n) }
  }))

/**
 * What somebody who is not of a conversation says in it; a nameless REJ may be of a peer that was restarted.
 */
const forgedMessage = (forged: Forged, remoteId: CommId): { readonly cm: Cm; readonly slid: Lid } => {
  const slid = peerLid(0)
  switch (forged) {
    case "stranger":
      return { slid, cm: { _tag: "cm", message: "DREQ", localId: FORGED_ID, remoteId } }
    case "elsewhere":
      return { slid: ELSEWHERE, cm: { _tag: "cm", message: "DREQ", localId: SHARED_ID, remoteId } }
    case "nameless": {
      const refusal = { rejected: 0, reason: 10, ariGuid: NO_GUID } as const
      return { slid, cm: { _tag: "cm", message: "REJ", localId: NO_COMM_ID, remoteId, ...refusal } }
    }
  }
}

/** With a wire id that may be in use. */
const forgeries = (world: CmWorld): Attempts =>
  world.scope.forgeries === 0 ? [] : POOL.comm.slice(0, 3).map((id) => {
    const scope = { ...world.scope, forgeries: world.scope.forgeries - 1 }
    const { cm, slid } = forgedMessage(world.scope.forged, CommId(id))
    const inFlight = withPacket(world.inFlight, { slid, dlid: PORT_LID, tid: SHARED_TID, cm })
    return { label: `somebody forges ${nameOfMessage(cm)}`, change: { scope, inFlight } }
  })

// What comes of it

/** What actions mean to the wire and to guests. */
const meets = (world: CmWorld, { actions }: Observation): Change<CmWorld> =>
  actions.reduce<Change<CmWorld>>((change, action) => ({ ...change, ...met(world, change, action) }), {})

const met = (world: CmWorld, { guests, inFlight }: Change<CmWorld>, action: Action): Change<CmWorld> => {
  if (action._tag === "ToWire" && action.mad.body._tag === "cm") {
    const { address: { dlid }, mad: { body, tid } } = action
    return { inFlight: withPacket(inFlight ?? world.inFlight, { slid: PORT_LID, dlid, tid, cm: body }) }
  }
  if (action._tag === "ToFunction" && action.mad.body._tag === "cm") {
    const { address: { slid }, function: fn, mad: { body, tid } } = action
    const after = (guests ?? world.guests).map((guest, n) =>
      functionOf(n) === fn && isForGuest(guest, body) ? hears(guest, slid, tid, body) : guest
    )
    return { guests: after }
  }
  return {}
}

/** A guest that is handed an id of a conversation it does not have ignores the message. */
const isForGuest = ({ other, own }: Party, cm: Cm): boolean => {
  if (cm.message === "REJ" && cm.remoteId === NO_COMM_ID) return other?.id === cm.localId
  return cm.message === "REQ" || ("remoteId" in cm && cm.remoteId === own)
}

const nameOf = ({ is, n }: Somebody): string => (is === "guest" ? `function ${functionOf(n)}` : `peer ${n}`)
const nameOfMessage = (cm: Cm): string => {
  const short = (id: string) => id.replace(/^0+(?=.)/, "")
  if (cm.message === "SIDR_REQ" || cm.message === "SIDR_REP") return `${cm.message}(${short(cm.requestId)})`
  return `${cm.message}(${short(cm.localId)}${"remoteId" in cm ? `, ${short(cm.remoteId)}` : ""})`
}
const nameOfAction = (action: Action): string => {
  if (action._tag === "Drop") return `drop ${action.reason}`
  if (action._tag !== "ToWire" && action._tag !== "ToFunction") return action._tag
  const cm = action.mad.body._tag === "cm" ? nameOfMessage(action.mad.body) : ""
  return action._tag === "ToWire" ? `wire ${cm}` : `function ${action.function} ${cm}`
}
