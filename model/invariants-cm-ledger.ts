/**
 * What a reader of the traffic knows of CM conversations: which wire id left for whom, what the peer is
 * called, how long it must still be remembered. It is drawn from inputs and outputs alone and shares nothing
 * with the model of the rules.
 */
import { type CommId, type FunctionId, type Gid, type Guid, type Lid, low32, NO_COMM_ID, type Tid } from "./ids.ts"
import type { Event } from "./event.ts"
import type { Observation } from "./invariants.ts"
import type { AlternatePath, Cm, CmMessage, CmOf, Mad } from "./mad.ts"
import type { Limits, Timing } from "./state.ts"

/** One CM message that passed the PF context: as it came (`before`) and as it went on (`after`). */
export interface Crossing {
  /** Out is to the wire, in is to the function. */
  readonly way: "out" | "in"
  readonly function: FunctionId
  readonly before: Cm
  readonly after: Cm
  readonly tidBefore: Tid
  readonly tidAfter: Tid
  /** Where it goes, or comes from. */
  readonly places: Places
}

/**
 * Places where a peer may be: a GID, or a LID but for as many path bits as there can be. What is listed may be
 * forgotten; what is not was never heard of.
 */
export type Places = ReadonlyArray<string>

/** An id with the space it is of; connections and SIDR have one each. */
export interface SpacedId {
  readonly space: "comm" | "sidr"
  readonly id: CommId
}

/** What a PF context was told about times and quotas. */
export interface Bounds {
  readonly timing: Timing
  readonly limits: Pick<Limits, "cm">
}

/** A wire id and the conversation it last stood for. */
export interface Conversation {
  readonly wire: SpacedId
  readonly function: FunctionId
  /** Whether its function has ended since; the next incarnation has nothing to do with it. */
  readonly isGone: boolean
  readonly guestId: CommId
  readonly peerId: CommId | null
  /** For how many milliseconds it must still be remembered, at least; null without limit, 0 is past. */
  readonly must: number | null
  /** Whether it ended: a terminal message of the peer ends it only if its address was known. */
  readonly ended: "no" | "perhaps" | "yes"
  /** Whether perhaps a REP passed and no RTU yet: it may give way to other conversations of its function. */
  readonly isHalfOpen: boolean
  /** For how long the function's REQ may be repeated; 0 of a peer's. */
  readonly retryMs: number
  /** Where its peer was said or seen to be. */
  readonly places: Places
  /** Milliseconds since a message of it passed, or since its function ended while it had to be remembered. */
  readonly idle: number
  readonly tids: ReadonlyArray<{
    readonly message: CmMessage
    readonly guestTid: Tid
    readonly wireTid: Tid
  }>
}

/** A message that left, to recognise its repetition. */
export interface Sent {
  readonly function: FunctionId
  readonly message: CmMessage
  readonly guestId: CommId
  readonly quoted: CommId
  readonly tid: Tid
  readonly wireId: CommId
  readonly age: number
}

/** Something a function got to know. */
type Known<T> = ReadonlyArray<T & { readonly function: FunctionId }>

/** All that is remembered of the traffic. */
export interface Ledger {
  readonly conversations: ReadonlyArray<Conversation>
  readonly sent: ReadonlyArray<Sent>
  /** REQs that were handed to functions, and for how long they must be remembered, at least. */
  readonly asked: Known<{ readonly caGuid: Guid; readonly peerId: CommId; readonly must: number; readonly places: Places }>
  /** Peers' ids that functions were told. */
  readonly told: Known<{ readonly peerId: CommId }>
  /** Whom a GID inside a REQ led to. */
  readonly named: Known<{ readonly gid: Gid }>
  /** Peers' REQs that ended before they were answered: a later answer begins nothing that lasts. */
  readonly refused: Known<{ readonly peerId: CommId }>
  /** How many conversations of a function may have begun; no more than can matter. */
  readonly begun: Known<{ readonly count: number }>
  /** Whether the oldest of what peers asked and told was forgotten, for there was too much: then nobody is a stranger. */
  readonly forgot: boolean
}

/** The most REQs, and ids of peers, that are remembered. */
const KNOWN_MAX = 128

/** Nothing was seen yet. */
export const emptyLedger: Ledger = {
  conversations: [],
  sent: [],
  asked: [],
  told: [],
  named: [],
  refused: [],
  begun: [],
  forgot: false
}

/** The messages that end a conversation. */
export const isTerminal = ({ message }: Cm): boolean =>
  message === "DREQ" || message === "DREP" || message === "REJ" || message === "SIDR_REP"

/** The id the sender gave itself; a SIDR_REP has none. */
export const ownId = (cm: Cm): SpacedId | null => {
  if (cm.message === "SIDR_REP") return null
  return cm.message === "SIDR_REQ" ? { space: "sidr", id: cm.requestId } : { space: "comm", id: cm.localId }
}

/** The id of the receiver, which the sender quotes; first messages quote none. */
export const quotedId = (cm: Cm): SpacedId | null => {
  if (cm.message === "REQ" || cm.message === "SIDR_REQ") return null
  if (cm.message === "SIDR_REP") return { space: "sidr", id: cm.requestId }
  return cm.remoteId === NO_COMM_ID ? null : { space: "comm", id: cm.remoteId }
}

/** The conversation a wire id last stood for. */
export const conversationOf = ({ conversations }: Ledger, wire: SpacedId): Conversation | undefined =>
  conversations.find((of) => of.wire.space === wire.space && of.wire.id === wire.id)

/** The CM message of one observation that was passed on; null if it shows none. */
export const crossingOf = ({ actions, event }: Observation): Crossing | null => {
  const came = cmOf(event)
  if (came === null) return null
  const passing = (way: Crossing["way"], fn: FunctionId, { body, tid }: Mad): Crossing | null =>
    body._tag === "cm"
      ? { way, function: fn, before: came.body, after: body, tidBefore: came.tid, tidAfter: tid, places: placesOf(event) }
      : null
  if (event._tag === "Egress") {
    const left = actions.find((action) => action._tag === "ToWire")
    return left ? passing("out", event.function, left.mad) : null
  }
  const given = actions.find((action) => action._tag === "ToFunction")
  return given ? passing("in", given.function, given.mad) : null
}

/** Where a MAD goes to or comes from. */
const placesOf = (event: Event): Places => {
  if (event._tag === "Egress") return placesAt(event.address.dlid, event.address.grh?.dgid)
  return event._tag === "Ingress" ? placesAt(event.address.slid, event.address.grh?.sgid) : []
}

const placesAt = (lid: Lid, gid?: Gid): Places => [`LID ${lid >> 7}`, ...(gid === undefined ? [] : [gid])]

/** Where a message says that the peer is: at its local end if the peer speaks, else at its remote end. */
const namedPlaces = (cm: Cm, end: "local" | "remote"): Places => {
  const at = (path: AlternatePath): Places => placesAt(path[`${end}Lid`], path[`${end}Gid`])
  if (cm.message === "REQ") return [...at(cm), ...at(cm.alternate)]
  return cm.message === "LAP" ? at(cm.alternate) : []
}

/** Both lists, each place once, in an order of its own. */
const withPlaces = (known: Places, ...more: Places): Places => [...new Set([...known, ...more])].toSorted()

/** The CM message of an event with its TID; null if it has none. */
export const cmOf = (event: Event): { readonly body: Cm; readonly tid: Tid } | null => {
  if (event._tag !== "Egress" && event._tag !== "Ingress") return null
  const { mad } = event
  return "body" in mad && mad.body._tag === "cm" ? { body: mad.body, tid: mad.tid } : null
}

/** The ledger after one more observation. */
export const noted = (bounds: Bounds, ledger: Ledger, observation: Observation): Ledger => {
  const next = trimmed(notedOf(bounds, ledger, observation))
  // Whoever had a GID may not have it any more; who is not attached hears nothing of it.
  const { event } = observation
  const isAboutGuids = (event._tag === "Ingress" && "body" in event.mad && event.mad.body._tag === "guidInfo") ||
    event._tag === "AdminGuid" || event._tag === "Attach"
  const isMoved = isAboutGuids || observation.actions.some((action) => action._tag === "EventTo" && action.event === "gid")
  return isMoved && next.named.length > 0 ? { ...next, named: [] } : next
}

/** The latest of long lists: a trace may be longer than memory. */
const trimmed = (ledger: Ledger): Ledger => {
  const { asked, refused, told } = ledger
  if (Math.max(asked.length, refused.length, told.length) <= KNOWN_MAX) return ledger
  const latest = <T>(list: ReadonlyArray<T>): ReadonlyArray<T> => list.slice(-KNOWN_MAX)
  return { ...ledger, asked: latest(asked), refused: latest(refused), told: latest(told), forgot: true }
}

const notedOf = (bounds: Bounds, ledger: Ledger, observation: Observation): Ledger => {
  const { timing } = bounds
  const { event } = observation
  switch (event._tag) {
    case "TimePasses":
      return aged(timing, ledger, event.ms)
    case "Detach":
    case "Reset":
      return withoutFunction(ledger, (fn) => fn === event.function)
    case "Stop":
      return withoutFunction(ledger, () => true)
    case "PrefixChanged":
    case "GuidTableChanged":
      return { ...ledger, named: [] }
    default: {
      const crossing = crossingOf(observation)
      return crossing ? crossed(timing, withBeginning(bounds, ledger, crossing), crossing) : ledger
    }
  }
}

const aged = (timing: Timing, ledger: Ledger, ms: number): Ledger => {
  const forgotten = 4 * timing.openingMax + timing.lingerMax + timing.rest
  return {
    ...ledger,
    conversations: ledger.conversations
      .map((of) => ({
        ...of,
        must: of.must === null ? null : Math.max(0, of.must - ms),
        idle: Math.min(of.idle + ms, forgotten)
      }))
      // One that perhaps ended is perhaps open, and that without limit.
      .filter(({ ended, idle, isHalfOpen, must }) =>
        must === null || ended === "perhaps" || isHalfOpen || idle < forgotten
      ),
    asked: ledger.asked.map((of) => ({ ...of, must: Math.max(0, of.must - ms) })),
    sent: ledger.sent
      .map((sent) => ({ ...sent, age: sent.age + ms }))
      .filter(({ age }) => age < Math.min(timing.openingMin, timing.linger))
  }
}

const withoutFunction = (ledger: Ledger, ends: (fn: FunctionId) => boolean): Ledger => {
  const stays = ({ function: fn }: { readonly function: FunctionId }) => !ends(fn)
  return {
    ...ledger,
    conversations: ledger.conversations.map((of) =>
      // What may have been forgotten before rests since then.
      stays(of) ? of : { ...of, isGone: true, must: 0, ended: "yes", idle: of.must === 0 ? of.idle : 0 }
    ),
    sent: ledger.sent.filter(stays),
    asked: ledger.asked.filter(stays),
    told: ledger.told.filter(stays),
    refused: ledger.refused.filter(stays),
    begun: ledger.begun.filter(stays)
  }
}

/**
 * The ledger when a conversation perhaps begins: once its function may be full, any other that is half-open
 * may give way.
 */
const withBeginning = ({ limits }: Bounds, ledger: Ledger, { before, function: fn }: Crossing): Ledger => {
  if (before.message !== "REQ" && before.message !== "SIDR_REQ") return ledger
  const count = ledger.begun.find((of) => of.function === fn)?.count ?? 0
  const others = ledger.begun.filter((of) => of.function !== fn)
  const counted = { ...ledger, begun: [...others, { function: fn, count: Math.min(count + 1, limits.cm) }] }
  if (count < limits.cm) return counted
  const mayGo = (of: Conversation) => of.function === fn && of.isHalfOpen
  const gone = ledger.conversations.filter(mayGo).map(({ wire }) => wire.id)
  return {
    ...counted,
    asked: ledger.asked.map((of) => (of.function === fn ? { ...of, must: 0 } : of)),
    conversations: ledger.conversations.map((of) => (mayGo(of) ? { ...of, must: 0 } : of)),
    sent: ledger.sent.filter(({ wireId }) => !gone.includes(wireId))
  }
}

const crossed = (timing: Timing, ledger: Ledger, crossing: Crossing): Ledger =>
  crossing.way === "out" ? wentOut(timing, ledger, crossing) : cameIn(timing, ledger, crossing)

const wentOut = (timing: Timing, ledger: Ledger, crossing: Crossing): Ledger => {
  const { after, before, function: fn, tidAfter, tidBefore } = crossing
  const [guest, wire] = [ownId(before), ownId(after)]
  if (guest === null || wire === null) return ledger
  if (wire.id === NO_COMM_ID) {
    return after.message === "REJ" ? takenBack(timing, ledger, crossing, after.remoteId, after) : ledger
  }
  const known = conversationOf(ledger, wire)
  const goesOn = known?.function === fn && known.guestId === guest.id && !isOver(known, after)
  const peerId = after.message === "REP" || after.message === "MRA" ? after.remoteId : null
  const isHis = (of: { readonly function: FunctionId; readonly peerId: CommId }) => of.function === fn && of.peerId === peerId
  const isLate = ledger.refused.some(isHis) || (ledger.forgot && peerId !== null && !ledger.asked.some(isHis))
  const fresh: Conversation = {
    wire,
    function: fn,
    isGone: false,
    guestId: guest.id,
    peerId,
    must: isLate ? 0 : timing.openingMin,
    ended: isLate ? "perhaps" : "no",
    isHalfOpen: false,
    retryMs: after.message === "REQ" ? retryMs(timing, after) : 0,
    places: ledger.asked.filter((one) => one.function === fn && one.peerId === peerId).flatMap(({ places }) => places),
    idle: 0,
    tids: []
  }
  const of = goesOn ? known : fresh
  const tids = asks(after)
    ? [
        ...of.tids.filter(({ message }) => message !== after.message),
        { message: after.message, guestTid: tidBefore, wireTid: tidAfter }
      ]
    : of.tids
  return {
    ...ledger,
    conversations: replaced(ledger, known, { ...passed(timing, of, after, crossing), tids }),
    sent: withSent(ledger, crossing, guest.id, wire.id)
  }
}

/** Whether a message that left under the wire id of a conversation is not of it, which is over. */
export const isOver = ({ ended, isGone }: Conversation, { message }: Cm): boolean =>
  isGone || (ended === "yes" && (message === "REQ" || message === "SIDR_REQ"))

/** The messages whose TID is the sender's own. */
export const asks = ({ message }: Cm): boolean =>
  message === "REQ" || message === "LAP" || message === "DREQ" || message === "SIDR_REQ"

const cameIn = (timing: Timing, ledger: Ledger, crossing: Crossing): Ledger => {
  const { before, function: fn } = crossing
  const peer = ownId(before)
  const told = peer ? union(ledger.told, { function: fn, peerId: peer.id }) : ledger.told
  const cleared = { ...ledger, told, sent: ledger.sent.filter((sent) => !ends(sent, crossing)) }
  if (before.message === "REQ") {
    const { caGuid, localId: peerId } = before
    const isOther = (of: Ledger["asked"][number]) =>
      of.function !== fn || of.caGuid !== caGuid || of.peerId !== peerId
    // It may be refused at once, and lingers then.
    const must = Math.min(openingMs(timing, retryMs(timing, before)), timing.linger)
    const known = ledger.asked.find((of) => !isOther(of))?.places ?? []
    const places = withPlaces(known, ...namedPlaces(before, "local"), ...crossing.places)
    const mayBeOf = (of: { readonly function: FunctionId; readonly peerId: CommId | null }) =>
      of.function === fn && of.peerId === peerId
    // Of two peers with one id, the other may be the one that was refused.
    const isSharedId = ledger.asked.some((of) => mayBeOf(of) && of.caGuid !== caGuid)
    return {
      ...cleared,
      conversations: ledger.conversations.map((of) =>
        mayBeOf(of) ? { ...of, places: withPlaces(of.places, ...places) } : of
      ),
      asked: [...ledger.asked.filter(isOther), { function: fn, caGuid, peerId, must, places }],
      named: union(ledger.named, { function: fn, gid: before.remoteGid }),
      refused: ledger.refused.filter((of) => isSharedId || !mayBeOf(of))
    }
  }
  const quoted = quotedId(before)
  if (quoted === null && before.message === "REJ") {
    return takenBack(timing, cleared, crossing, before.localId, before)
  }
  const of = quoted && conversationOf(ledger, quoted)
  if (!of) return cleared
  const peerId = before.message === "REP" && of.peerId === null ? before.localId : of.peerId
  return { ...cleared, conversations: replaced(ledger, of, { ...passed(timing, of, before, crossing), peerId }) }
}

/**
 * The ledger after a REJ that names no id of ours, by whichever side: it refuses or takes back a REQ of this
 * peer, and may end whatever answered it, if anything did yet.
 */
const takenBack = (
  timing: Timing, ledger: Ledger, crossing: Crossing, peerId: CommId, rej: CmOf<"REJ">
): Ledger => {
  const { function: fn } = crossing
  const concerns = (of: Conversation) => of.function === fn && of.peerId === peerId && !of.isGone
  // Whether one of them is meant is not known, so that none is remembered for longer than before.
  const perhaps = (of: Conversation): Conversation => {
    const meant = passed(timing, of, rej, { ...crossing, way: "in" })
    const must = meant.must === null ? of.must : Math.min(meant.must, of.must ?? meant.must)
    return { ...meant, must, idle: of.idle }
  }
  const conversations = ledger.conversations.map((of) => (concerns(of) ? perhaps(of) : of))
  return { ...ledger, conversations, refused: union(ledger.refused, { function: fn, peerId }) }
}

/** How long a conversation must be remembered after a message; a lower bound where traffic cannot tell. */
const passed = (timing: Timing, of: Conversation, cm: Cm, { places, way }: Crossing): Conversation => {
  const named = namedPlaces(cm, way === "out" ? "remote" : "local")
  const seen = isTerminal(cm) ? named : [...places, ...named]
  const used: Conversation = { ...of, idle: 0, places: withPlaces(of.places, ...seen) }
  const isStrange = way === "in" && !places.some((place) => of.places.includes(place))
  if (isTerminal(cm)) return isStrange || survives(of, cm) ? used : over(timing, used, cm, way)
  if (of.ended === "yes") return used
  switch (cm.message) {
    case "REQ":
    case "SIDR_REQ": {
      // It leaves with its wire id, so it had not ended.
      if (of.must === null) return { ...used, ended: "no" }
      const asked = cm.message === "REQ" ? retryMs(timing, cm) : 0
      const isOpening = of.ended === "no" && !of.isHalfOpen
      const ms = isOpening ? asked : Math.min(asked, of.retryMs)
      const left = isOpening ? of.must : 0
      return { ...used, must: Math.max(left, openingMs(timing, ms)), retryMs: ms, ended: "no" }
    }
    case "MRA": {
      if (of.ended !== "no" || of.must === null || of.isHalfOpen) return used
      const must = openingMs(timing, of.retryMs + timeoutMs(cm.serviceTimeout))
      return { ...used, must: Math.max(of.must, must) }
    }
    case "REP":
      // One that perhaps ended is perhaps half-open from now on.
      if (of.ended !== "no") return { ...used, isHalfOpen: true }
      return { ...used, must: null, isHalfOpen: of.must !== null || of.isHalfOpen }
    default:
      return { ...used, isHalfOpen: false, must: of.isHalfOpen && of.ended === "no" ? null : of.must }
  }
}

/** A REJ without a local id ends nothing that was answered, one without a remote id nothing established. */
const survives = ({ ended, isHalfOpen, must }: Conversation, cm: Cm): boolean => {
  if (cm.message !== "REJ" || must !== null || ended !== "no") return false
  return cm.localId === NO_COMM_ID || (cm.remoteId === NO_COMM_ID && !isHalfOpen)
}

/**
 * A conversation after a message that ends it; a peer's from an unknown address is handed over, but ends
 * nothing, and neither does a REJ that lacks an id, once it is too late for it.
 */
const over = (timing: Timing, of: Conversation, cm: Cm, way: Crossing["way"]): Conversation => {
  const lingerMs = Math.max(timing.linger, of.retryMs)
  const perhaps = of.ended === "no" && of.isHalfOpen && of.must === 0 ? lingerMs : Math.min(of.must ?? lingerMs, lingerMs)
  const lacksId = cm.message === "REJ" && (cm.localId === NO_COMM_ID || cm.remoteId === NO_COMM_ID)
  const isCertain = !lacksId || (of.ended === "no" && of.must !== 0)
  return way === "out" && isCertain
    ? { ...of, must: lingerMs, ended: "yes", isHalfOpen: false }
    : { ...of, must: perhaps, ended: of.ended === "yes" ? "yes" : "perhaps" }
}

/** A CM timeout of this exponent, so many times, in milliseconds. */
const timeoutMs = (exponent: number, times = 1): number => Math.ceil(times * 0.004096 * 2 ** exponent)
const retryMs = ({ openingMax }: Timing, { maxRetries, responseTimeout }: CmOf<"REQ">): number =>
  Math.min(timeoutMs(responseTimeout, maxRetries + 1), openingMax)
/** How long an opening must last whose messages ask for so much. */
const openingMs = ({ openingMax, openingMin }: Timing, ms: number): number =>
  Math.min(Math.max(ms, openingMin), openingMax)

const replaced = (
  { conversations }: Ledger,
  before: Conversation | undefined,
  after: Conversation
): ReadonlyArray<Conversation> =>
  [...conversations.filter((of) => of !== before), after].sort((a, b) => (a.wire.id < b.wire.id ? -1 : 1))

const withSent = (
  { sent }: Ledger,
  crossing: Crossing,
  guestId: CommId,
  wireId: CommId
): ReadonlyArray<Sent> => {
  const {
    before: { message },
    before,
    function: fn,
    tidBefore: tid
  } = crossing
  const quoted = quotedId(before)?.id ?? NO_COMM_ID
  const entry: Sent = { function: fn, message, guestId, quoted, tid, wireId, age: 0 }
  return [...sent.filter((other) => !repeats(other, entry) && !ends(other, crossing)), entry]
}

/** Whether two messages are the same but for their time and wire id. */
export const repeats = (a: Sent, b: Omit<Sent, "wireId" | "age">): boolean =>
  a.function === b.function &&
  a.message === b.message &&
  a.guestId === b.guestId &&
  a.quoted === b.quoted &&
  a.tid === b.tid

/** Whether after this crossing a repetition of the message may belong to another exchange. */
const ends = (sent: Sent, { after, before, function: fn, way }: Crossing): boolean => {
  const [guest, wire] = way === "out" ? [before, after] : [after, before]
  const guestId = way === "out" ? ownId(guest)?.id : quotedId(guest)?.id
  const peerId = way === "out" ? quotedId(wire)?.id : ownId(wire)?.id
  const concerns = sent.function === fn && (sent.guestId === guestId || sent.quoted === peerId)
  return concerns && (isTerminal(wire) || wire.message === "REQ")
}

const union = <T extends object>(list: ReadonlyArray<T>, item: T): ReadonlyArray<T> =>
  list.some((other) => JSON.stringify(other) === JSON.stringify(item)) ? list : [...list, item]

/** Whether two TIDs are one to a PF context, which looks at the low 32 bits. */
export const sameTid = (a: Tid, b: Tid): boolean => low32(a) === low32(b)
