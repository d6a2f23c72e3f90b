/** Invariants of communication management (`spec/cm.md`), judged by the traffic alone. */
import { NO_COMM_ID } from "./ids.ts"
import { type Invariant, invariantsOver, type Observation } from "./invariants.ts"
import {
  asks, type Bounds, cmOf, type Conversation, conversationOf, type Crossing, crossingOf,
  emptyLedger, isOver, isTerminal,
  type Ledger, noted, ownId, quotedId, repeats, sameTid
} from "./invariants-cm-ledger.ts"
import type { CmOf, Mad } from "./mad.ts"
import { cmLedger } from "./renaming-ledgers.ts"
import type { RequirementId } from "../spec/requirements.ts"

/** Says why an observation is wrong after what is known so far. */
type Judge<Seen> = (ledger: Ledger, seen: Seen, bounds: Bounds) => string | undefined

/** The invariants for a PF context with these durations and quotas. */
export const cmInvariants = (bounds: Bounds): ReadonlyArray<Invariant> => {
  const remembering = invariantsOver<Ledger>(emptyLedger, (ledger, seen) => noted(bounds, ledger, seen), cmLedger)
  const judged = (requirement: RequirementId, title: string, judge: Judge<Observation>): Invariant =>
    remembering(requirement, title, (ledger, observation) => judge(ledger, observation, bounds))
  const passing = (way: Crossing["way"]) =>
    (requirement: RequirementId, title: string, judge: Judge<Crossing>): Invariant =>
      judged(requirement, title, (ledger, observation) => {
        const crossing = crossingOf(observation)
        return crossing?.way === way ? judge(ledger, crossing, bounds) : undefined
      })
  const [leaving, arriving] = [passing("out"), passing("in")]
  return [
    leaving("SQP-CM-1", "A wire id stands for one conversation and rests before the next", wireId),
    arriving("SQP-CM-2", "REQs for one GID reach one function", misledReq),
    arriving("SQP-CM-3", "A message reaches the function that holds the id it quotes", misled("comm")),
    leaving("SQP-CM-4", "A repeated message leaves with the same wire comm id", changedWireId),
    arriving("SQP-CM-5", "Only the peer speaks in a conversation once it is known", stranger),
    arriving("SQP-CM-6", "A REJ that quotes no id reaches a function that was asked", misledRej),
    leaving("SQP-CM-7", "No guest's id leaves, and a terminal message brings no new one", leaked),
    judged("SQP-CM-8", "A conversation is remembered as long as it must", forgotten),
    judged("SQP-CM-9", "A PF context's only REJ refuses a REQ with reason 12", wrongRej),
    judged("SQP-CM-10", "A DREQ in no conversation is answered by a DREP, nothing else is", wrongDrep),
    leaving("SQP-CM-11", "A function asks with a wire TID of its own", sharedTid),
    arriving("SQP-CM-11", "Answers bear the guest's TID, everything else the peer's", unrestoredTid),
    arriving("SQP-CM-12", "A SIDR_REP reaches the function that asked, with its id", misled("sidr")),
    leaving("SQP-CM-13", "A function holds no more conversations than it may", crowded),
    leaving("SQP-CM-14", "A function answers only peers that spoke to it", uninvited),
    arriving("SQP-LIFE-1", "No conversation outlives its function's incarnation", outlived)
  ]
}

const nameOf = ({ function: fn, guestId }: Conversation): string => `${guestId} of function ${fn}`

const wireId: Judge<Crossing> = (ledger, { after, before, function: fn }, { timing }) => {
  const [guest, wire] = [ownId(before), ownId(after)]
  if (guest === null || wire === null) return undefined
  if (wire.id === NO_COMM_ID) return after.message === "REJ" ? undefined : `${after.message} leaves with id 0`
  if (wire.id === "ffffffff") return `${after.message} leaves with an id of all ones`
  const holder = conversationOf(ledger, wire)
  if (holder === undefined) return undefined
  const isOwn = holder.function === fn && holder.guestId === guest.id && !isOver(holder, after)
  if (isOwn) return undefined
  if (holder.must === null) return `${wire.id} stands for ${nameOf(holder)}, which is open`
  const isRested = holder.idle >= timing.rest
  return isRested ? undefined : `${wire.id} stood for ${nameOf(holder)} ${holder.idle} ms ago`
}

const misledReq: Judge<Crossing> = ({ named }, { before, function: fn }) => {
  if (before.message !== "REQ") return undefined
  const other = named.find(({ function: to, gid }) => gid === before.remoteGid && to !== fn)
  return other && `a REQ for ${before.remoteGid} reaches function ${fn}, before function ${other.function}`
}

const misled = (space: "comm" | "sidr"): Judge<Crossing> => (ledger, { after, before, function: fn }) => {
  const quoted = quotedId(before)
  if (quoted?.space !== space) return undefined
  // A guest may have called itself 0, which quotes none elsewhere.
  const given = "remoteId" in after ? after.remoteId : quotedId(after)?.id
  const holder = conversationOf(ledger, quoted)
  const reaches = `${before.message} for ${quoted.id} reaches ${given} of function ${fn}`
  if (holder === undefined) return `${reaches}, but that id never left`
  const isHolder = holder.function === fn && holder.guestId === given
  return isHolder ? undefined : `${reaches}, but that id stands for ${nameOf(holder)}`
}

const outlived: Judge<Crossing> = (ledger, { before }) => {
  const quoted = quotedId(before)
  const holder = quoted && conversationOf(ledger, quoted)
  return holder?.isGone ? `${before.message} for ${holder.wire.id} reaches the next incarnation` : undefined
}

const changedWireId: Judge<Crossing> = (
  { conversations, sent }, { after, before, function: fn, tidBefore: tid }
) => {
  const [guest, wire] = [ownId(before), ownId(after)]
  if (guest === null || wire === null || wire.id === NO_COMM_ID) return undefined
  // A guest that gives two conversations one id says the same in both.
  const same = conversations.filter((of) => of.function === fn && of.guestId === guest.id && !of.isGone)
  if (same.length > 1) return undefined
  const { message } = before
  const quoted = quotedId(before)?.id ?? NO_COMM_ID
  // Before its peer was known, a conversation took what a guest with one id for two said in the other.
  if (same.some(({ peerId }) => peerId !== null && quoted !== NO_COMM_ID && peerId !== quoted)) return undefined
  const first = sent.find((one) => repeats(one, { function: fn, message, guestId: guest.id, quoted, tid }))
  const isChanged = first !== undefined && first.wireId !== wire.id
  return isChanged ? `${message} of function ${fn} left as ${first.wireId}, now as ${wire.id}` : undefined
}

const stranger: Judge<Crossing> = (ledger, { before }) => {
  const [own, quoted] = [ownId(before), quotedId(before)]
  if (own === null || quoted === null) return undefined
  const peerId = conversationOf(ledger, quoted)?.peerId ?? null
  const refusesReq = before.message === "REJ" && own.id === NO_COMM_ID
  const isPeer = peerId === null || peerId === own.id || refusesReq
  return isPeer ? undefined : `${before.message} of ${own.id} is handed over in a conversation with ${peerId}`
}

const misledRej: Judge<Crossing> = ({ asked, forgot }, { before, function: fn }) => {
  if (before.message !== "REJ" || before.remoteId !== NO_COMM_ID) return undefined
  const { ariGuid, localId } = before
  const askers = asked.filter(({ peerId }) => peerId === localId)
  // One REQ may have reached two functions, one after the other: each was asked.
  const named = askers.filter(({ caGuid }) => caGuid === ariGuid)
  const isAsked = (named.some(({ must }) => must > 0) ? named : askers).some(({ function: to }) => to === fn)
  return isAsked || forgot ? undefined : `a REJ of ${localId} at ${ariGuid} reaches function ${fn}, not asked`
}

const leaked: Judge<Crossing> = (ledger, { after, before, function: fn }) => {
  const [guest, wire] = [ownId(before), ownId(after)]
  if (guest === null || wire === null || wire.id === NO_COMM_ID) return undefined
  if (guest.id === wire.id) return `${after.message} of function ${fn} leaves with the guest's id ${guest.id}`
  const isNew = conversationOf(ledger, wire) === undefined
  return isTerminal(after) && isNew ? `${after.message} of function ${fn} brings a new ${wire.id}` : undefined
}

const forgotten: Judge<Observation> = (ledger, { actions, event }) => {
  const cm = event._tag === "Ingress" ? cmOf(event)?.body : undefined
  const quoted = cm && quotedId(cm)
  const holder = quoted ? conversationOf(ledger, quoted) : undefined
  if (cm === undefined || holder === undefined || (holder.must !== null && holder.must <= 0)) return undefined
  const isUnknown = actions.some((action) =>
    action._tag === "ToWire" || (action._tag === "Drop" && action.reason === "cm-unknown")
  )
  const time = holder.must === null ? "without limit" : `for ${holder.must} ms more`
  return isUnknown ? `${cm.message} for ${nameOf(holder)}, to be remembered ${time}, finds nobody` : undefined
}

/** The MAD a PF context made in answer to a CM message, if it is this CM message. */
const madeBy = <M extends "REJ" | "DREP">({ actions, event }: Observation, message: M) => {
  const made = event._tag === "Ingress" ? actions.find((action) => action._tag === "ToWire") : undefined
  const isIt = (mad: Mad): mad is Mad & { readonly body: CmOf<M> } =>
    mad.body._tag === "cm" && mad.body.message === message
  return made && isIt(made.mad) ? made.mad : undefined
}

const wrongRej: Judge<Observation> = (_, observation) => {
  const rej = madeBy(observation, "REJ")
  const asked = cmOf(observation.event)
  if (rej === undefined) return undefined
  const { body: { localId, reason, rejected, remoteId }, tid } = rej
  const refuses = asked?.body.message === "REQ" && remoteId === asked.body.localId && tid === asked.tid
  const isPlain = localId === NO_COMM_ID && reason === 12 && rejected === 0
  return refuses && isPlain ? undefined : `a REJ with reason ${reason} answers a ${asked?.body.message}`
}

const wrongDrep: Judge<Observation> = (ledger, observation) => {
  const drep = madeBy(observation, "DREP")
  const asked = cmOf(observation.event)
  const dreq = asked?.body.message === "DREQ" ? asked.body : undefined
  if (drep) {
    const isRight = drep.tid === asked?.tid && drep.body.localId === dreq?.remoteId &&
      drep.body.remoteId === dreq.localId
    return isRight ? undefined : `a DREP of ${drep.body.localId} for ${drep.body.remoteId} answers none such`
  }
  const isStray = dreq && observation.event._tag === "Ingress" && quotedId(dreq) !== null &&
    conversationOf(ledger, { space: "comm", id: dreq.remoteId }) === undefined
  const isSilent = observation.actions.some((action) =>
    action._tag === "Drop" && action.reason === "cm-unknown"
  )
  return isStray && isSilent ? `a DREQ for ${dreq.remoteId} is not answered` : undefined
}

const sharedTid: Judge<Crossing> = (ledger, { after, before, tidAfter, tidBefore }, { timing }) => {
  const { message } = after
  if (!asks(after)) {
    const isToPeer = message === "REP" || message === "DREP" || message === "SIDR_REP" || message === "APR"
    return isToPeer && tidAfter !== tidBefore ? `${message} answers ${tidBefore} with ${tidAfter}` : undefined
  }
  const wire = ownId(after)
  const holder = ledger.conversations.find(({ tids }) => tids.some((sent) => sameTid(sent.wireTid, tidAfter)))
  const used = holder?.tids.find((sent) => sameTid(sent.wireTid, tidAfter))
  const isOwn = holder?.wire.space === wire?.space && holder?.wire.id === wire?.id &&
    used?.message === before.message && used.guestTid === tidBefore
  if (holder === undefined || used === undefined || isOwn) return undefined
  const isRested = holder.must !== null && holder.idle >= timing.rest
  return isRested ? undefined : `${message} leaves with the TID of the ${used.message} of ${nameOf(holder)}`
}

const unrestoredTid: Judge<Crossing> = (ledger, { before, tidAfter, tidBefore }) => {
  const quoted = quotedId(before)
  const tids = quoted ? (conversationOf(ledger, quoted)?.tids ?? []) : []
  const expected = tids.find(({ wireTid }) => sameTid(wireTid, tidBefore))?.guestTid ?? tidBefore
  const isRestored = tidAfter === expected || (quoted === null && before.message === "REJ")
  return isRestored ? undefined : `${before.message} arrives with TID ${tidAfter} instead of ${expected}`
}

/** One more begins though all the room is held by others that must be remembered and give way to nobody. */
const crowded: Judge<Crossing> = (ledger, { after, function: fn }, { limits }) => {
  const wire = ownId(after)
  const begins = (after.message === "REQ" || after.message === "SIDR_REQ") && wire !== null
  if (!begins || conversationOf(ledger, wire) !== undefined) return undefined
  const held = ledger.conversations.filter((of) =>
    of.function === fn && !of.isGone && !of.isHalfOpen && of.must !== 0
  )
  return held.length < limits.cm ? undefined : `function ${fn} begins one more than ${limits.cm} conversations`
}

const uninvited: Judge<Crossing> = ({ forgot, told }, { after, function: fn }) => {
  const quoted = quotedId(after)
  if (quoted === null || after.message === "MRA") return undefined
  const spoke = told.some(({ function: to, peerId }) => to === fn && peerId === quoted.id)
  return spoke || forgot ? undefined : `${after.message} of function ${fn} speaks to ${quoted.id}, a stranger to it`
}
