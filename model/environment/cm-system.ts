/**
 * Communication management as a closed system to explore: guests that all use one comm id and one TID, peers
 * that do the same, a wire that loses and duplicates, forgers, time, and functions that start anew.
 */
import type { Action } from "../action.ts"
import { ageCm, egressCm, endFunctionCm, ingressCm } from "../cm.ts"
import type { Chooser } from "../choice.ts"
import type { Event } from "../event.ts"
import type { Move, System } from "../explore.ts"
import { CommId, type FunctionId, type Lid, NO_COMM_ID, NO_GUID, Qpn } from "../ids.ts"
import { memoryKey } from "../invariants.ts"
import type { Cm } from "../mad.ts"
import { type Egress, type Ingress, type Outcome, outcome, WELL_KNOWN_QKEY } from "../outcome.ts"
import { Recall } from "../recall.ts"
import type { State } from "../state.ts"
import { ageTransactions } from "../tid.ts"
import { ask, asksForTime, cmMad, hears, type Message, type Party, utterances } from "./cm-party.ts"
import {
  type CmScope, type CmWorld, ELSEWHERE, firstWorld, FORGED_ID, type Forged, functionOf, initialOf, newGuest, type Packet,
  peerLid, placeOf, POOL, PORT_LID, type Question, SHARED_ID, SHARED_TID, type Somebody
} from "./cm-scope.ts"
import { cmSlices } from "./cm-slices.ts"
import { outcomesOf } from "./outcomes.ts"
import { comesToRest } from "./rest.ts"
import { moves as wireMoves, put } from "./wire.ts"

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

type Step = Move<CmWorld, string>

/** The system of a scope under these rules. */
export const cmSystem = (scope: CmScope, rules: CmRules = cmRules): System<CmWorld, string> => {
  const recall = new Recall()
  const first = firstWorld(scope)
  const by: Rules = { ...rules, recall }
  const rests = comesToRest(rules.timePasses)
  return {
    initial: first,
    moves: (world) => [...speeches(world, by), ...transports(world, by), ...turns(world, by)],
    key: keyOf,
    ...cmSlices(first, recall),
    violations: ({ monitors }) => recall.violations(monitors),
    quiet: ({ state, wire }) => wire.inFlight.length === 0 && rests(state),
    context: {
      initial: initialOf(scope), before: [{ event: { _tag: "Start" }, actions: [] }], stateOf: ({ state }) => state,
      invariants: first.monitors.length, isOneArea: true
    }
  }
}

/** The rules, and what is recalled of them. */
interface Rules extends CmRules {
  readonly recall: Recall
}

const keyOf = ({ guests, monitors, peers, scope, state, wire }: CmWorld): string => {
  const { exchanges, rejIn, resting } = state
  const { forgeries, mras, questions, repetitions, resets, waits } = scope
  const left = [forgeries, mras, questions, repetitions, resets, waits]
  return JSON.stringify([exchanges, resting, rejIn, guests, peers, wire, left]) + memoryKey(monitors)
}

// What parties say

const speeches = (world: CmWorld, rules: Rules): ReadonlyArray<Step> => [
  ...world.scope.questions.flatMap((question, index) => {
    const questions = world.scope.questions.toSpliced(index, 1)
    return begin({ ...world, scope: { ...world.scope, questions } }, rules, question)
  }),
  ...everybody(world).flatMap((who) =>
    partiesOf(world, who).flatMap(({ party, replace }) => [
      ...utterances(party).flatMap((said) => speak(replace(world, said.party), rules, who, said)),
      ...repeat(world, rules, who, party),
      ...wait(world, rules, who, party)
    ])
  )
]

/** Somebody's first party that is free asks. */
const begin = (world: CmWorld, rules: Rules, { from, to }: Question): ReadonlyArray<Step> =>
  partiesOf(world, from).filter(({ party }) => isFree(party)).slice(0, 1).flatMap(({ party, replace }) => {
    const said = ask(party, placeOf(from), placeOf(to))
    return speak(replace(world, said.party), rules, from, said)
  })

const repeat = (
  world: CmWorld, rules: Rules, who: Somebody, { unanswered }: Party
): ReadonlyArray<Step> => {
  const repetitions = world.scope.repetitions - 1
  if (unanswered === null || repetitions < 0) return []
  return speak({ ...world, scope: { ...world.scope, repetitions } }, rules, who, unanswered)
}

/** 4.096 us x 2^15 are 135 ms. */
const SERVICE_TIMEOUT = 15

const wait = (world: CmWorld, rules: Rules, who: Somebody, party: Party): ReadonlyArray<Step> => {
  const mras = world.scope.mras - 1
  const said = asksForTime(party, SERVICE_TIMEOUT)
  return said === null || mras < 0 ? [] : speak({ ...world, scope: { ...world.scope, mras } }, rules, who, said)
}

const isFree = ({ standing }: Party): boolean => standing === "idle" || standing === "done"

const everybody = ({ scope }: CmWorld): ReadonlyArray<Somebody> => [
  ...Array.from({ length: scope.guests }, (_, n): Somebody => ({ is: "guest", n })),
  ...Array.from({ length: scope.peers }, (_, n): Somebody => ({ is: "peer", n }))
]

/** The parties of somebody, each with the way to put another in its place. */
const partiesOf = ({ guests, peers }: CmWorld, { is, n }: Somebody) => {
  const parties = is === "guest" ? guests.slice(n, n + 1) : (peers[n] ?? [])
  return parties.map((party, index) => ({
    party,
    replace: (world: CmWorld, after: Party): CmWorld =>
      is === "guest"
        ? { ...world, guests: world.guests.with(n, after) }
        : { ...world, peers: world.peers.with(n, (world.peers[n] ?? []).with(index, after)) }
  }))
}

/** A guest's message goes through the PF context, a peer's straight on to the wire. */
const speak = (
  world: CmWorld, rules: Rules, who: Somebody, { cm, dlid, tid }: Message
): ReadonlyArray<Step> => {
  const label = `${nameOf(who)} sends ${nameOfMessage(cm)}`
  if (who.is === "peer") return [{ label, state: send(world, { slid: peerLid(who.n), dlid, tid, cm }) }]
  const event: Egress = {
    _tag: "Egress",
    function: functionOf(who.n),
    qp: 1,
    srcQpn: null,
    address: {
      pkeyIndex: 0, remoteQpn: Qpn(1), qkey: WELL_KNOWN_QKEY, dlid, sl: 0, pathBits: 0, rate: 0, grh: null
    },
    mad: cmMad(cm, tid)
  }
  return happenings(world, rules, label, event, (chooser) => rules.egress(world.state, event, chooser))
}

const send = (world: CmWorld, packet: Packet): CmWorld =>
  ({ ...world, wire: put(world.wire, { flow: `${packet.slid} ${packet.dlid}`, payload: packet }) })

// What the wire does

const transports = (world: CmWorld, rules: Rules): ReadonlyArray<Step> =>
  wireMoves(world.wire).flatMap(({ happens, packet: { payload }, wire }) => {
    const label = `${nameOfMessage(payload.cm)} from LID ${payload.slid} ${happens}`
    const next = { ...world, wire }
    return happens === "arrives" ? arrivals(next, rules, label, payload) : [{ label, state: next }]
  })

const arrivals = (
  world: CmWorld, rules: Rules, label: string, { cm, dlid, slid, tid }: Packet
): ReadonlyArray<Step> => {
  if (dlid === PORT_LID) {
    const event: Ingress = {
      _tag: "Ingress",
      qp: 1,
      address: { pkeyIndex: 0, slid, srcQp: Qpn(1), sl: 0, pathBits: 0, grh: null },
      mad: cmMad(cm, tid)
    }
    return happenings(world, rules, label, event, (chooser) => rules.ingress(world.state, event, chooser))
  }
  const host = world.peers.findIndex((_, n) => peerLid(n) === dlid)
  const parties = partiesOf(world, { is: "peer", n: host })
  const quoted = parties.find(({ party }) => isFor(party, cm))
  const heard = quoted ?? parties.find(({ party }) => cm.message === "REQ" && isFree(party))
  const state = heard ? heard.replace(world, hears(heard.party, slid, tid, cm)) : world
  return [{ label: `${label} at LID ${dlid}`, state }]
}

/** A repeated REQ is for the party that has it, everything else for the party it quotes. */
const isFor = (party: Party, cm: Cm): boolean => {
  const { other, own } = party
  if (cm.message === "REQ") return !isFree(party) && other?.id === cm.localId
  return "remoteId" in cm && cm.remoteId === own
}

// What else happens

const turns = (world: CmWorld, rules: Rules): ReadonlyArray<Step> =>
  [...waits(world, rules), ...resets(world, rules), ...forgeries(world)]

const waits = (world: CmWorld, rules: Rules): ReadonlyArray<Step> =>
  world.scope.waits.slice(0, 1).flatMap((ms) => {
    const spent = { ...world, scope: { ...world.scope, waits: world.scope.waits.slice(1) } }
    const event: Event = { _tag: "TimePasses", ms }
    return happenings(spent, rules, `${ms} ms pass`, event, () => outcome(rules.timePasses(world.state, ms)))
  })

const resets = (world: CmWorld, rules: Rules): ReadonlyArray<Step> =>
  world.scope.resets === 0 ? [] : world.guests.flatMap((_, n) => {
    const fn = functionOf(n)
    const guests = world.guests.with(n, newGuest(n))
    const spent = { ...world, guests, scope: { ...world.scope, resets: world.scope.resets - 1 } }
    const event: Event = { _tag: "Reset", function: fn }
    const label = `function ${fn} is reset`
    return happenings(spent, rules, label, event, () => outcome(rules.endFunction(world.state, fn)))
  })

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
const forgeries = (world: CmWorld): ReadonlyArray<Step> =>
  world.scope.forgeries === 0 ? [] : POOL.comm.slice(0, 3).flatMap((id) => {
    const spent = { ...world, scope: { ...world.scope, forgeries: world.scope.forgeries - 1 } }
    const { cm, slid } = forgedMessage(world.scope.forged, CommId(id))
    const packet: Packet = { slid, dlid: PORT_LID, tid: SHARED_TID, cm }
    return [{ label: `somebody forges ${nameOfMessage(cm)}`, state: send(spent, packet) }]
  })

// How the PF context answers

/** All worlds one event leads to: for each choice the rules permit. */
const happenings = (
  world: CmWorld, { recall }: Rules, label: string, event: Event, run: (chooser: Chooser) => Outcome
): ReadonlyArray<Step> =>
  recall.outcomes(world.state, event, () => outcomesOf(run, POOL)).map(({ observation, state }) => {
    const { actions } = observation
    const monitors = recall.observe(world.monitors, observation)
    const after = actions.reduce(received, { ...world, state, monitors })
    return { label: [label, ...actions.map(nameOfAction)].join(" > "), observation, state: after }
  })

/** What an action means to the wire or to a guest. */
const received = (world: CmWorld, action: Action): CmWorld => {
  if (action._tag === "ToWire" && action.mad.body._tag === "cm") {
    const { address: { dlid }, mad: { body, tid } } = action
    return send(world, { slid: PORT_LID, dlid, tid, cm: body })
  }
  if (action._tag === "ToFunction" && action.mad.body._tag === "cm") {
    const { address: { slid }, function: fn, mad: { body, tid } } = action
    const guests = world.guests.map((guest, n) =>
      functionOf(n) === fn && isForGuest(guest, body) ? hears(guest, slid, tid, body) : guest
    )
    return { ...world, guests }
  }
  return world
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
