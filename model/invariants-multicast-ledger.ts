/**
 * What an observer knows about multicast from inputs and outputs alone: who asked and was told what, which
 * requests the SA has not answered, what its answers said it holds. The invariants of multicast read it; it
 * knows no rule about what must happen next.
 */
import { type FunctionId, type Gid, gidOf, type Lid, low32, NO_GID, NO_GUID } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { knownAtFirst, knownGuid, type PortLedger, readTable } from "./invariants-port-ledger.ts"
import type { Observation } from "./invariants.ts"
import { ATTRIBUTE, CLASS, type JoinState, type Mad, type Malformed, type McMember, METHOD } from "./mad.ts"

/** A join of a function that has no answer yet. */
export interface Join {
  readonly function: FunctionId
  readonly tid: string
  readonly mgid: Gid
  readonly bits: JoinState
  readonly mask: string
  readonly portGid: Gid
  /** The P_Key it names; 0 if its mask has none. */
  readonly pkey: number
  readonly sinceMs: number
  /** How many drops were charged to the function that may have been this request's. */
  readonly drops: number
}

/** A request of the PF context that the SA has not answered. */
export interface Asked {
  /** The low 32 bits. */
  readonly tid: string
  readonly kind: "join" | "leave"
  readonly mgid: Gid
  readonly bits: JoinState
  readonly mask: string
  readonly sentTo: Lid
  /** The names of the joins it may have been sent for, as long as they have no answer. */
  readonly for: ReadonlyArray<string>
  /**
   * Whether its answer decides about all members: that of a re-join. Maybe, where a join of a function looks the
   * same, or where it may have been given up since: then what they hear tells.
   */
  readonly rejoin: "no" | "maybe" | "yes"
  readonly sends: number
  /** Since the last send, or up to `lateMs` less. */
  readonly sinceMs: number
  readonly lateMs: number
  /** A port event or the end of the PF context came since. */
  readonly abandoned: boolean
  /** A later join was answered, whose answer tells what became of this one. */
  readonly overtaken: boolean
}

/** What is known of a group. */
export interface GroupFacts {
  readonly mgid: Gid
  /** What the SA last said it holds for the port. */
  readonly held: JoinState
  /** Whether that counts: not after a reregister or another SM, until the next answer. */
  readonly heldKnown: boolean
  /** Bits the PF context may take for held: what it heard of since it last joined again. */
  readonly believed: JoinState
  /** Whether the functions' bits are known: not while a grace may be over and may not. */
  readonly membersKnown: boolean
  /** The P_Key of the record that the SA last gave; 0 for none. */
  readonly pkey: number
  /** Whether a re-join has a cause. */
  readonly rejoinDue: boolean
}

/** Bits a function was told that it has. */
export interface Membership {
  readonly function: FunctionId
  readonly mgid: Gid
  readonly bits: JoinState
  /** Of these, what it was not granted again since the last reregister or change of the SM. */
  readonly provisional: JoinState
}

/** All that is known. Lists are in the order of arrival. */
export interface Ledger {
  /** Where requests go; null is unknown to the PF context, undefined unknown to the observer. */
  readonly smLid: Lid | null | undefined
  readonly joins: ReadonlyArray<Join>
  readonly asked: ReadonlyArray<Asked>
  readonly groups: ReadonlyArray<GroupFacts>
  readonly members: ReadonlyArray<Membership>
  /** Until the grace ends in which functions join again; null outside of one. */
  readonly graceMs: number | null
  readonly port: PortLedger
  /** One entry for each request of a function to another area that may end in a drop, too. */
  readonly others: ReadonlyArray<FunctionId>
}

/** A membership MAD with its record. */
export interface Spoken {
  readonly mad: Mad
  readonly record: McMember
}

/** What is known of a PF context that begins like this. */
export const firstLedger = (begin: Initial): Ledger => ({
  smLid: undefined, joins: [], asked: [], groups: [], members: [], others: [], graceMs: null, port: knownAtFirst(begin)
})

const FULL = 1 | 8

/** The membership MAD, if it is one. */
export const spoken = (mad: Mad | Malformed): Spoken | null =>
  !("_tag" in mad) && mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.MC_MEMBER_RECORD &&
    mad.body._tag === "mcMember"
    ? { mad, record: mad.body }
    : null

/** Whether a MAD joins or leaves; Get and GetTable do not. */
export const isMembership = ({ mad: { method } }: Spoken): boolean =>
  method === METHOD.SET || method === METHOD.DELETE

/** The membership requests that went to the wire; an answer of the PF's own is none. */
export const sentIn = ({ actions }: Observation) =>
  actions.flatMap((action) => (action._tag === "ToWire" ? spokenWith(action).filter(isMembership) : []))

/** The membership MADs that functions were handed. */
export const toldIn = ({ actions }: Observation) =>
  actions.flatMap((action) => (action._tag === "ToFunction" ? spokenWith(action) : []))

/** The observation without answers to what functions asked by Get, the PF context's own and those of the SA. */
export const withoutQueries = ({ asked }: Ledger, observation: Observation): Observation => {
  const { actions, event } = observation
  const said = event._tag === "Egress" || event._tag === "Ingress" ? spoken(event.mad) : null
  const isQuery = event._tag === "Egress"
    ? said?.mad.method === METHOD.GET
    : said !== null && asked.every(({ tid }) => tid !== low32(said.mad.tid))
  if (!isQuery) return observation
  return { event, actions: actions.filter((action) => action._tag !== "ToFunction" || !spoken(action.mad)) }
}

const spokenWith = <A extends { readonly mad: Mad }>(action: A) => {
  const said = spoken(action.mad)
  return said ? [{ ...said, action }] : []
}

/** Whether a drop was charged to a function. */
export const hasDrop = ({ actions }: Observation, fn: FunctionId | null): boolean =>
  actions.some((action) => action._tag === "Drop" && action.function === fn)

/** The name of a join in {@link Asked.for}: what makes another one a repetition. */
export const nameOf = ({ bits, function: fn, mgid, tid }: Join): string => `${fn}:${tid}:${mgid}:${bits}`

/** The union of what the functions were told that they have. */
export const unionOf = ({ members }: Ledger, mgid: Gid): JoinState =>
  members.reduce((union, member) => (member.mgid === mgid ? union | member.bits : union), 0)

/** The bits a function was told that it has. */
export const bitsOf = ({ members }: Ledger, fn: FunctionId, mgid: Gid): JoinState =>
  members.find((member) => member.function === fn && member.mgid === mgid)?.bits ?? 0

/** What is known of a group; of one never heard of, that nobody is in it. */
export const factsOf = ({ groups }: Ledger, mgid: Gid): GroupFacts =>
  groups.find((group) => group.mgid === mgid) ??
  { mgid, held: 0, heldKnown: true, believed: 0, membersKnown: true, pkey: 0, rejoinDue: false }

/** Requests about a group whose effect is open: no answer, neither their own nor that of a later join. */
export const openIn = ({ asked }: Ledger, mgid: Gid): ReadonlyArray<Asked> =>
  asked.filter((request) => (request.mgid === mgid || request.mgid === NO_GID) && !request.overtaken)

/** Whether the observer knows what the SA holds. */
export const isCertain = (ledger: Ledger, mgid: Gid): boolean =>
  factsOf(ledger, mgid).heldKnown && openIn(ledger, mgid).length === 0

/** Whether held bits give the asked ones, with a full member among them. */
export const gives = (held: JoinState, bits: JoinState): boolean =>
  (held & bits) === bits && (held & FULL) !== 0

/**
 * The join that an answer belongs to: the one that the SA was asked for (`answered`), else the oldest of its
 * MGID whose bits it gives.
 */
export const joinOf = (
  { joins }: Ledger, fn: FunctionId, { mad, record }: Spoken, answered: ReadonlyArray<string>
): Join | undefined => {
  const isOwn = (join: Join) => join.function === fn && join.tid === mad.tid
  // One that was perhaps dropped comes last.
  const own = joins.filter(isOwn).toSorted((a, b) => Math.min(a.drops, 1) - Math.min(b.drops, 1))
  const asked = own.find((join) => answered.includes(nameOf(join)))
  const same = own.filter(({ mgid }) => mgid === record.mgid)
  const given = same.find(({ bits }) => mad.status !== 0 || (bits & ~record.joinState) === 0)
  return asked ?? given ?? same[0] ?? own[0]
}

/** The ledger with other facts of a group. */
export const withFacts = (ledger: Ledger, facts: GroupFacts): Ledger => {
  const others = ledger.groups.filter(({ mgid }) => mgid !== facts.mgid)
  return { ...ledger, groups: [...others, facts].sort((a, b) => (a.mgid < b.mgid ? -1 : 1)) }
}

/** Whether a function reads a P_Key of that partition in its table. */
export const holds = ({ port }: Ledger, fn: FunctionId, pkey: number): boolean =>
  (pkey & 0x7fff) === 0 || readTable(port, fn).some((own) => (own & 0x7fff) === (pkey & 0x7fff))

/** Whether a join may be asked for: a function may have lost its PortGID or P_Key since. */
export const mayAsk = (ledger: Ledger, { function: fn, pkey, portGid }: Join): boolean => {
  const guid = knownGuid(ledger.port, fn)
  const isOwn = guid !== NO_GUID && portGid === gidOf(ledger.port.prefix, guid)
  return isOwn && holds(ledger, fn, pkey)
}

/** The ledger without groups of which all that is known is that nobody is in them. */
export const withoutEmpty = (ledger: Ledger): Ledger => {
  const { asked, groups, joins, members } = ledger
  if (groups.length === 0) return ledger
  const used = new Set([...asked, ...joins, ...members].map(({ mgid }) => mgid))
  const isEmpty = ({ believed, held, heldKnown, membersKnown, mgid, rejoinDue }: GroupFacts): boolean =>
    held === 0 && heldKnown && believed === 0 && membersKnown && !rejoinDue && !used.has(mgid)
  const kept = groups.filter((facts) => !isEmpty(facts))
  return kept.length === groups.length ? ledger : { ...ledger, groups: kept }
}

/** The ledger with other bits of a function; a group without members has nothing to join again. */
export const withMember = (ledger: Ledger, member: Membership): Ledger => {
  const { bits, function: fn, mgid } = member
  const others = ledger.members.filter((other) => other.function !== fn || other.mgid !== mgid)
  const members = [...others, ...(bits === 0 ? [] : [member])].sort((a, b) => a.function - b.function)
  const next = { ...ledger, members }
  const empty = { ...factsOf(ledger, mgid), membersKnown: true, rejoinDue: false }
  return unionOf(next, mgid) === 0 ? withFacts(next, empty) : next
}
