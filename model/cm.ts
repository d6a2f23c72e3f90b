/**
 * Communication management: see `spec/cm.md`. Functions choose their comm ids as they like, and collide; on
 * the wire every exchange has a wire comm id of its own. What arrives is steered by the id the peer quotes, a
 * first REQ by the GID inside it; TIDs never steer.
 */
import type { Chooser } from "./choice.ts"
import { answerDreq, refuseGid } from "./cm-answer.ts"
import { knows, peerOf, senderOf, withNamed, withPeerAt } from "./cm-address.ts"
import {
  afterPassing, keep, type Matches, newExchange, recall, type Recall, recallOnly, release, withRoom
} from "./cm-exchange.ts"
import { type CommId, type FunctionId, low32, NO_COMM_ID, PF, type Tid } from "./ids.ts"
import type { Cm, CmMessage, CmOf, Mad } from "./mad.ts"
import { deliver, drop, type Egress, type Ingress, type Outcome, rest, send, taken } from "./outcome.ts"
import type { Exchange, State } from "./state.ts"
import { functionOfGid } from "./tables.ts"

// What a function sends

/** A CM Send of a function; checks 1..8 of `spec/classes.md` are done, `pkeyIndex` is the physical index. */
export const egressCm = (state: State, event: Egress, pkeyIndex: number, chooser: Chooser): Outcome => {
  const { address, function: fn, mad: { body: cm } } = event
  if (cm._tag !== "cm") return drop(state, fn, "cm-attribute")
  const { exchange, state: found } = exchangeOfSender(state, event, cm, chooser)
  const reachable = address.remoteQpn === 1 || address.remoteQpn === exchange?.peerQpn
  if (!reachable) return drop(found, fn, "remote-qpn") //= SQP-CLS-7
  if (exchange) return leave(found, event, cm, exchange, pkeyIndex, chooser)
  if (cm.message !== "REQ" && cm.message !== "SIDR_REQ") return drop(found, fn, "cm-unknown") //= SQP-CM-14
  const room = withRoom(found, fn, chooser)
  if (room === null) return drop(found, fn, "cm-quota") //= SQP-CM-13
  return leave(room, event, cm, newExchange("active", fn, cm), pkeyIndex, chooser)
}

/** The exchange a function's message belongs to, by the table of what a function sends. */
const exchangeOfSender = (state: State, event: Egress, cm: Cm, chooser: Chooser): Recall => {
  const { address, function: fn, mad: { tid } } = event
  const find = (...tests: ReadonlyArray<Matches>): Recall =>
    recall(state, chooser, ...tests.map((test): Matches => (of) => of.function === fn && test(of)))
  const answers = (peerId: string): Matches => (of) =>
    of.role === "passive" && of.peerId === peerId && knows(state, of, peerOf(address))
  const unanswered = (peerId: string): Matches => (of) =>
    of.kind === "comm" && of.guestId === null && answers(peerId)(of)
  const between = (guestId: string, peerId: string): Matches => (of) =>
    of.kind === "comm" && of.guestId === guestId && of.peerId === peerId
  const active = (guestId: string): Matches => (of) =>
    of.kind === "comm" && of.guestId === guestId && of.role === "active"
  switch (cm.message) {
    case "REQ": //= SQP-CM-4
      return find((of) =>
        active(cm.localId)(of) && (of.phase === "opening" || (isOpen(of) && hasSent(of, "REQ", tid)))
      )
    case "SIDR_REQ": //= SQP-CM-12
      return find((of) =>
        of.kind === "sidr" && of.guestId === cm.requestId && of.phase === "opening" &&
        hasSent(of, "SIDR_REQ", tid)
      )
    case "REP":
      return find(between(cm.localId, cm.remoteId), unanswered(cm.remoteId))
    case "MRA": {
      const untold: Matches = (of) => active(cm.localId)(of) && of.peerId === null
      return find(
        (of) => between(cm.localId, cm.remoteId)(of) || untold(of),
        unanswered(cm.remoteId)
      )
    }
    case "REJ": {
      const untold: Matches = (of) => active(cm.localId)(of) && cm.remoteId === NO_COMM_ID
      const nameless: Matches = (of) =>
        of.kind === "comm" && cm.localId === NO_COMM_ID && answers(cm.remoteId)(of)
      return find(between(cm.localId, cm.remoteId), unanswered(cm.remoteId), untold, nameless)
    }
    case "RTU":
    case "DREQ":
    case "DREP":
    case "LAP":
    case "APR":
      return find(between(cm.localId, cm.remoteId))
    case "SIDR_REP":
      return find((of) => of.kind === "sidr" && answers(cm.requestId)(of))
  }
}

/** Whether a REP has passed and nothing ended the exchange. */
const isOpen = ({ phase }: Exchange): boolean => phase === "half-open" || phase === "established"

const hasSent = (exchange: Exchange, message: CmMessage, guestTid: Tid): boolean =>
  exchange.tids.some((sent) => sent.message === message && sent.guestTid === guestTid)

/** A function's message leaves with the ids of its exchange. */
const leave = (
  state: State, event: Egress, cm: Cm, exchange: Exchange, pkeyIndex: number, chooser: Chooser
): Outcome => {
  const identified = withOwnIds(state, exchange, cm, chooser)
  const addressed = withNamed(identified, cm, "remote", peerOf(event.address))
  const stamped = withWireTid(state, addressed, cm, event.mad.tid, chooser)
  const left = onWire(cm, stamped.exchange)
  const after = afterPassing(state.config.timing, stamped.exchange, left, true)
  const mad: Mad = { ...event.mad, tid: stamped.tid, body: left }
  return send(keep(stamped.state, exchange, after), event, pkeyIndex, mad)
}

/** A function's first question or answer gives its exchange guest and wire id; a terminal message never. */
const withOwnIds = (state: State, exchange: Exchange, cm: Cm, chooser: Chooser): Exchange => {
  if (exchange.wireId !== null) return exchange //= SQP-CM-4
  switch (cm.message) {
    case "REQ":
    case "REP":
    case "MRA": {
      const wireId = chooser.wireCommId("comm", cm.localId, taken(state, "comm")) //= SQP-CM-1
      return { ...exchange, guestId: cm.localId, wireId }
    }
    case "SIDR_REQ": {
      const wireId = chooser.wireCommId("sidr", cm.requestId, taken(state, "sidr")) //= SQP-CM-12
      return { ...exchange, guestId: cm.requestId, wireId }
    }
    default:
      return exchange //= SQP-CM-7
  }
}

/** The messages whose TID is the function's own, in the order in which a conversation has them. */
const ASKING = ["REQ", "LAP", "DREQ", "SIDR_REQ"] as const

interface Stamped {
  readonly state: State
  readonly exchange: Exchange
  readonly tid: Tid
}

/** The TID a function's message leaves with (SQP-CM-11); a wire TID that is replaced rests. */
const withWireTid = (state: State, exchange: Exchange, cm: Cm, guestTid: Tid, chooser: Chooser): Stamped => {
  switch (cm.message) {
    case "REQ":
    case "LAP":
    case "DREQ":
    case "SIDR_REQ": { //= SQP-CM-11
      const { message } = cm
      const before = exchange.tids.find((sent) => sent.message === message)
      if (before?.guestTid === guestTid) return { state, exchange, tid: before.wireTid }
      const wireTid = chooser.wireTid(taken(state, "tid")) //= SQP-TID-1
      const tids = [...exchange.tids.filter((sent) => sent !== before), { message, guestTid, wireTid }]
        .sort((a, b) => ASKING.indexOf(a.message) - ASKING.indexOf(b.message))
      const rested = before ? rest(state, "tid", [before.wireTid]) : state
      return { state: rested, exchange: { ...exchange, tids }, tid: wireTid }
    }
    case "RTU":
    case "MRA":
    case "REJ": {
      const asked = exchange.tids.find((sent) => sent.guestTid === guestTid)
      return { state, exchange, tid: asked?.wireTid ?? guestTid }
    }
    default:
      return { state, exchange, tid: guestTid }
  }
}

/** The message with the wire id in place of the guest's, 0 if there is none. A SIDR_REP quotes the peer's. */
const onWire = (cm: Cm, { guestId, wireId }: Exchange): Cm => {
  switch (cm.message) {
    case "REJ":
      return { ...cm, localId: (guestId === cm.localId ? wireId : null) ?? NO_COMM_ID } //= SQP-CM-7
    case "SIDR_REP":
      return cm
    case "SIDR_REQ":
      return { ...cm, requestId: wireId ?? NO_COMM_ID }
    default:
      return { ...cm, localId: wireId ?? NO_COMM_ID } //= SQP-CM-7
  }
}

// What arrives

/** A CM Send from the wire; checks 1..5 of `spec/steering.md` are done. `grhFunction` is whom a GRH names. */
export const ingressCm = (
  state: State, event: Ingress, grhFunction: FunctionId | null, chooser: Chooser
): Outcome => {
  const cm = event.mad.body
  if (cm._tag !== "cm") return drop(state, null, "cm-attribute")
  switch (cm.message) {
    case "REQ":
      return ingressReq(state, event, cm, chooser)
    case "SIDR_REQ":
      return ingressSidrReq(state, event, cm, grhFunction, chooser)
    case "SIDR_REP": //= SQP-CM-12
      return arrive(
        recall(state, chooser, (of) => of.kind === "sidr" && of.wireId === cm.requestId), event, cm,
        (guestId) => ({ ...cm, requestId: guestId })
      )
    default:
      return cm.message === "REJ" && cm.remoteId === NO_COMM_ID
        ? ingressRejOfReq(state, event, cm, chooser)
        : ingressQuoting(state, event, cm, chooser)
  }
}

/** A REQ goes to the function whose GID it names as its primary remote port GID. */
const ingressReq = (state: State, event: Ingress, cm: CmOf<"REQ">, chooser: Chooser): Outcome => {
  const fn = functionOfGid(state, cm.remoteGid) //= SQP-CM-2
  if (fn === null) return refuseGid(state, event, cm)
  const repeated: Matches = (of) =>
    of.kind === "comm" && of.role === "passive" && of.function === fn && of.peerGuid === cm.caGuid &&
    of.peerId === cm.localId && (of.phase === "opening" || (isOpen(of) && of.peerTid === event.mad.tid))
  return begin(recall(state, chooser, repeated), event, cm, fn, chooser)
}

/** A SIDR_REQ bears no GID: its GRH decides, else who registered the service, else the PF. */
const ingressSidrReq = (
  state: State, event: Ingress, cm: CmOf<"SIDR_REQ">, grhFunction: FunctionId | null, chooser: Chooser
): Outcome => {
  const registered = state.config.services.find(({ serviceId }) => serviceId === cm.serviceId)
  const fn = grhFunction ?? registered?.function ?? PF //= SQP-CM-12
  const repeated: Matches = (of) =>
    of.kind === "sidr" && of.role === "passive" && of.function === fn && of.peerId === cm.requestId &&
    knows(state, of, senderOf(event.address)) && of.phase !== "lingering"
  return begin(recall(state, chooser, repeated), event, cm, fn, chooser)
}

/** Hands a peer's first message, or a repetition of it, to its function unchanged. */
const begin = (
  { exchange: known, state }: Recall, event: Ingress, cm: CmOf<"REQ" | "SIDR_REQ">, fn: FunctionId,
  chooser: Chooser
): Outcome => {
  const exchange = known ?? newExchange("passive", fn, cm)
  const deliveredIn = (before: State): Outcome => {
    const after = keep(before, exchange, heard(before, exchange, event, cm))
    return deliver(before, event, fn, event.mad, after)
  }
  const delivered = deliveredIn(state)
  if (known !== null || delivered.state === state) return delivered
  const room = withRoom(state, fn, chooser)
  return room === null ? drop(state, fn, "cm-quota") : deliveredIn(room) //= SQP-CM-13
}

/** A REJ that names no id of ours takes back a REQ: found by the CA GUID in its ARI, else by its source. */
const ingressRejOfReq = (state: State, event: Ingress, cm: CmOf<"REJ">, chooser: Chooser): Outcome => {
  const ofPeer: Matches = (of) => of.kind === "comm" && of.role === "passive" && of.peerId === cm.localId
  const named = recall(state, chooser, (of) => ofPeer(of) && of.peerGuid === cm.ariGuid) //= SQP-CM-6
  const found = named.exchange === null
    ? recallOnly(named.state, chooser, (of) => ofPeer(of) && knows(state, of, senderOf(event.address)))
    : named
  return arrive(found, event, cm)
}

/** The messages that quote a remote comm id. */
type Quoting = CmOf<"REP" | "REJ" | "MRA" | "RTU" | "DREQ" | "DREP" | "LAP" | "APR">

/** Every other message quotes the wire id of an exchange as its remote id. */
const ingressQuoting = (state: State, event: Ingress, cm: Quoting, chooser: Chooser): Outcome => {
  // No port is looked at: the exchanges are the HCA's.
  //= SQP-CM-17
  const found = recall(state, chooser, (of) => of.kind === "comm" && of.wireId === cm.remoteId) //= SQP-CM-3
  const { exchange } = found
  if (exchange === null && cm.message === "DREQ") return answerDreq(found.state, event, cm)
  if (exchange && !isOfPeer(exchange, cm)) return drop(found.state, exchange.function, "cm-peer") //= SQP-CM-5
  return arrive(found, event, cm, (guestId) => ({ ...cm, remoteId: guestId })) //= SQP-CM-3
}

/** Whether a message bears the id of the exchange's peer, if that is known; a REJ of a REQ may bear none. */
const isOfPeer = ({ peerGuid, peerId }: Exchange, cm: Quoting): boolean => {
  if (peerId === null || (cm.message === "REJ" && cm.localId === NO_COMM_ID)) return true
  return peerId === cm.localId && (cm.message !== "REP" || cm.caGuid === peerGuid)
}

/** Hands a message of an exchange to its function, with the function's own id and TID. */
const arrive = (
  { exchange, state }: Recall, event: Ingress, cm: Cm, restored: (guestId: CommId) => Cm = () => cm
): Outcome => {
  if (exchange === null) return drop(state, null, "cm-unknown")
  const asked = exchange.tids.find(({ wireTid }) => low32(wireTid) === low32(event.mad.tid)) //= SQP-CM-11
  const body = restored(exchange.guestId ?? NO_COMM_ID)
  const mad: Mad = { ...event.mad, tid: asked?.guestTid ?? event.mad.tid, body }
  const after = keep(state, exchange, heard(state, exchange, event, cm))
  return deliver(state, event, exchange.function, mad, after)
}

/** The messages that end an exchange; they make no address known. */
const ENDING: ReadonlyArray<CmMessage> = ["DREQ", "DREP", "REJ", "SIDR_REP"]

/** The exchange after a message of its peer: who and where the peer is. From a new address nothing ends. */
const heard = (state: State, exchange: Exchange, { address, mad: { tid } }: Ingress, cm: Cm): Exchange => {
  const at = senderOf(address)
  const isKnown = knows(state, exchange, at) //= SQP-CM-15
  const named = withNamed(exchange, cm, "local", at)
  const seen = ENDING.includes(cm.message) ? named : withPeerAt(named, at) //= SQP-CM-15
  const told = cm.message === "REP" ? { ...seen, peerId: cm.localId, peerGuid: cm.caGuid } : seen
  const asked = cm.message === "REQ" ? { ...told, peerTid: tid } : told
  return afterPassing(state.config.timing, { ...asked, peerQpn: address.srcQp }, cm, isKnown)
}

// Time and ends

/** Time passes for exchanges: lives shrink, what is past its optional life goes and its ids rest. */
export const ageCm = (state: State, ms: number): State => {
  const exchanges = state.exchanges.map((exchange) => {
    const { life } = exchange
    return life ? { ...exchange, life: { must: life.must - ms, may: life.may - ms } } : exchange
  })
  const aged = { ...state, exchanges, rejIn: Math.max(0, state.rejIn - ms) }
  return release(aged, exchanges.filter(({ life }) => life !== null && life.may <= 0)) //= SQP-CM-8
}

/** All exchanges of a function are released; their ids rest (SQP-LIFE-1). */
export const endFunctionCm = (state: State, fn: FunctionId): State =>
  release(state, state.exchanges.filter((exchange) => exchange.function === fn)) //= SQP-LIFE-1
