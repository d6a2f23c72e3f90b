/**
 * A party of a CM conversation, guest or peer alike: a small automaton that says what it may send next and
 * what a message makes of it. It is a plain stack: it names itself by one id and one TID, again and again.
 */
import { type CommId, type Gid, type Guid, Lid, NO_COMM_ID, NO_GID, type Tid } from "../ids.ts"
import { type AlternatePath, CLASS, type Cm, type CmMessage, type Mad, METHOD } from "../mad.ts"

/** Where a party stands: what it did or heard last. */
export type Standing =
  | "idle" | "asked" | "was-asked" | "answered" | "was-answered" | "connected" | "closing" | "was-closed"
  | "done"

export interface Party {
  readonly own: CommId
  readonly tid: Tid
  readonly caGuid: Guid
  readonly standing: Standing
  /** Whom it talks to; null before it knows. */
  readonly other: { readonly lid: Lid; readonly id: CommId; readonly tid: Tid } | null
  /** What it sent last and may repeat while no answer comes. */
  readonly unanswered: Message | null
}

/** A CM message on its way. */
export interface Message {
  readonly cm: Cm
  readonly tid: Tid
  readonly dlid: Lid
}

/** A message a party may send, and the party after it. */
export interface Utterance extends Message {
  readonly party: Party
}

/** A party that has not spoken yet. */
export const idleParty = (own: CommId, tid: Tid, caGuid: Guid): Party =>
  ({ own, tid, caGuid, standing: "idle", other: null, unanswered: null })

/** No alternate path, as a REQ says it. */
export const NO_ALTERNATE: AlternatePath = {
  localLid: Lid(0), remoteLid: Lid(0), localGid: NO_GID, remoteGid: NO_GID
}

/** The REQ by which a party asks another. */
export const ask = (party: Party, from: Place, to: Place): Utterance => {
  const cm: Cm = {
    _tag: "cm",
    message: "REQ",
    localId: party.own,
    caGuid: party.caGuid,
    localGid: from.gid,
    remoteGid: to.gid,
    localLid: from.lid,
    remoteLid: to.lid,
    alternate: NO_ALTERNATE,
    responseTimeout: 0,
    maxRetries: 0
  }
  const unanswered: Message = { cm, tid: party.tid, dlid: to.lid }
  const other = { lid: to.lid, id: NO_COMM_ID, tid: party.tid }
  return { ...unanswered, party: { ...party, standing: "asked", other, unanswered } }
}

/** Where a party is reached. */
export interface Place {
  readonly lid: Lid
  readonly gid: Gid
}

/** What a party may say next in its conversation. */
export const utterances = (party: Party): ReadonlyArray<Utterance> => {
  const { other, own } = party
  if (other === null) return []
  const ids = { _tag: "cm", localId: own, remoteId: other.id } as const
  const say = (cm: Cm, standing: Standing, tid = other.tid): Utterance => {
    const message: Message = { cm, tid, dlid: other.lid }
    const waits = standing === "answered" || standing === "closing"
    return { ...message, party: { ...party, standing, unanswered: waits ? message : null } }
  }
  const rej = (rejected: number, reason: number): Utterance =>
    say({ ...ids, message: "REJ", rejected, reason, ariGuid: party.caGuid }, "done")
  switch (party.standing) {
    case "asked":
      return [rej(0, TIMEOUT)]
    case "was-asked":
      return [say({ ...ids, message: "REP", caGuid: party.caGuid }, "answered"), rej(0, CONSUMER)]
    case "answered":
      return [rej(1, TIMEOUT)]
    case "was-answered":
      return [say({ ...ids, message: "RTU" }, "connected"), rej(1, CONSUMER)]
    case "connected":
      return [say({ ...ids, message: "DREQ" }, "closing", party.tid)]
    case "was-closed":
      return [say({ ...ids, message: "DREP" }, "done")]
    default:
      return []
  }
}

/** Whoever was asked says that it takes longer, by a service time of this exponent. */
export const asksForTime = (party: Party, serviceTimeout: number): Utterance | null => {
  const { other, own, standing } = party
  if (standing !== "was-asked" || other === null) return null
  const cm: Cm = { _tag: "cm", message: "MRA", localId: own, remoteId: other.id, serviceTimeout }
  return { cm, tid: other.tid, dlid: other.lid, party }
}

/** REJ reasons: no answer came, and the consumer refused (IBTA 12.6.7.2). */
const TIMEOUT = 4
const CONSUMER = 28

/** The party after a message was handed to it; what it does not expect it ignores. */
export const hears = (party: Party, slid: Lid, tid: Tid, cm: Cm): Party => {
  const { other, standing } = party
  const told = (next: Standing, id: CommId): Party =>
    ({ ...party, standing: next, other: { lid: slid, id, tid }, unanswered: null })
  const goesTo = (next: Standing): Party =>
    ({ ...party, standing: next, other: other && { ...other, tid }, unanswered: null })
  switch (cm.message) {
    case "REQ":
      return standing === "idle" || standing === "done" ? told("was-asked", cm.localId) : party
    case "REP":
      return standing === "asked" ? told("was-answered", cm.localId) : party
    case "RTU":
      return standing === "answered" ? goesTo("connected") : party
    case "DREQ":
      return standing === "idle" || standing === "done" || standing === "asked" ? party : goesTo("was-closed")
    case "DREP":
      return standing === "closing" ? goesTo("done") : party
    case "REJ":
      return standing === "idle" ? party : goesTo("done")
    default:
      return party
  }
}

const ATTRIBUTE_ID: Readonly<Record<CmMessage, number>> = {
  REQ: 0x10, MRA: 0x11, REJ: 0x12, REP: 0x13, RTU: 0x14, DREQ: 0x15, DREP: 0x16, SIDR_REQ: 0x17,
  SIDR_REP: 0x18, LAP: 0x19, APR: 0x1a
}

/** The MAD that carries a CM message. */
export const cmMad = (cm: Cm, tid: Tid): Mad => ({
  baseVersion: 1,
  mgmtClass: CLASS.CM,
  classVersion: 2,
  method: METHOD.SEND,
  status: 0,
  tid,
  attributeId: ATTRIBUTE_ID[cm.message],
  sa: null,
  rmpp: null,
  oui: null,
  body: cm,
  payload: cm.message
})
