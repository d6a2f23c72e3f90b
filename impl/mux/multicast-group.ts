/** A multicast group as the PF context knows it, and its SA transaction: plain data, and questions to it. */
import { JOIN_STATE } from "../wire/mc-member-record.ts"
import { matchesRecord } from "./multicast-record.ts"
import { isRepetition, type MemberRequest, MGID_ZERO } from "./multicast-request.ts"
import type { SaSubject, SaTransaction } from "./sa-transactions.ts"

/** What a transaction asks of the SA. */
export type TransactionKind = "join" | "re-join" | "leave"
/** Why the SA is asked at all (SQP-MC-2); `undo` is the leave of bits that nobody waited for. */
export type TransactionCause = TransactionKind | "undo"

/** A transaction of a group. */
export interface MemberTransaction extends SaTransaction {
  readonly kind: TransactionKind
  readonly cause: TransactionCause
  /** MGID of the group it was sent for. */
  readonly mgid: string
  /** The bits asked for or left. */
  readonly joinState: number
  /** The join it answers; null for the other kinds, and once the function has ended or it was given up. */
  request: MemberRequest | null
}

/** What a function has in a group. */
export interface Member {
  readonly bits: number
  /** Of these, the bits it has not joined again since the SA may have forgotten them (SQP-MC-17). */
  readonly provisional: number
  /** GID it joined with; its GUID half counts (SQP-MC-15). */
  readonly guid: string
}

/** One group: an MGID with the bits of each function and what is known of the SA. */
export interface Group extends SaSubject<MemberTransaction> {
  /** 32 hex digits. */
  readonly mgid: string
  /** What functions have; no entry is without bits. */
  readonly members: Map<number, Member>
  /** The bits that the SA holds for the port, as far as its answers say. */
  held: number
  /** Of the held bits, those that came from an answer nobody waited for. */
  undo: number
  /** The record the SA last gave, base 0; never null while there are members. */
  record: DataView | null
  /** The members must be joined again. */
  rejoin: boolean
  /** Where nobody has bits or requests any more: who was the last, for whom it counts until it is left. */
  lastOf: number | null
  /** Joins that wait, oldest first. */
  readonly waiting: Array<MemberRequest>
}

/** A group for people and for `dump`. */
export interface GroupView {
  /** 32 hex digits. */
  readonly mgid: string
  /** The bits that the SA holds, as far as its answers say. */
  readonly held: number
  readonly members: ReadonlyArray<{ readonly function: number; readonly joinState: number }>
  /** Joins that wait, the one with the SA not counted. */
  readonly waiting: number
  readonly rejoin: boolean
  /** The outstanding transaction. */
  readonly transaction: Pick<MemberTransaction, "kind" | "cause" | "tid" | "joinState" | "sends"> | null
}

/** A group nobody is in. */
export const newGroup = (mgid: string): Group => ({
  mgid, members: new Map(), held: 0, undo: 0, record: null, rejoin: false, transaction: null, lastOf: null, waiting: []
})

/** The union of the functions' bits. */
export const aggregateOf = (group: Group): number => {
  let bits = 0
  for (const member of group.members.values()) bits |= member.bits
  return bits
}

/** The JoinState bits of a function; 0 if it is in nothing. */
export const bitsOf = (group: Group | undefined, f: number): number => group?.members.get(f)?.bits ?? 0

/** Gives a function of this GUID more bits, which are not provisional. */
export const addBits = (group: Group, f: number, joinState: number, guid: string): void => {
  const known = group.members.get(f)
  const bits = (known?.bits ?? 0) | joinState
  group.lastOf = null
  group.undo &= ~joinState
  if (bits !== 0) group.members.set(f, { bits, provisional: (known?.provisional ?? 0) & ~joinState, guid })
}

/** Takes bits from a function; true if it had some of them. */
export const removeBits = (group: Group, f: number, joinState: number): boolean => {
  const member = group.members.get(f)
  if (member === undefined || (member.bits & joinState) === 0) return false
  const bits = member.bits & ~joinState
  if (bits === 0) group.members.delete(f)
  else group.members.set(f, { ...member, bits, provisional: member.provisional & bits })
  return true
}

/**
 * After function `f` lost something: if nobody has anything in the group, it counts for `f` until it is left.
 */
export const noteLast = (group: Group, f: number): void => {
  const isEmpty = group.members.size === 0 && group.waiting.length === 0
  if (isEmpty && (group.transaction?.request ?? null) === null) group.lastOf = f
}

/** Takes bits from what the SA holds. */
export const unhold = (group: Group, joinState: number): void => {
  group.held &= ~joinState
  group.undo &= ~joinState
}

const KEEPS_GROUP = JOIN_STATE.FullMember | JOIN_STATE.SendOnlyFullMember

/**
 * How a join stands to what the SA holds for functions: `covered` is answered with status 0, `mismatch` with
 * 0x0200, and only the SA can tell of `open` (SQP-MC-3). Bits held for nobody are about to be left, and
 * without a full member the SA may have deleted the group.
 */
export const coverage = (group: Group, request: MemberRequest): "covered" | "mismatch" | "open" => {
  const { joinState, maskLow, mgid, record } = request
  if (mgid === MGID_ZERO || group.record === null) return "open"
  const sure = group.held & aggregateOf(group)
  if ((sure & joinState) !== joinState || (sure & KEEPS_GROUP) === 0) return "open"
  return matchesRecord(group.record, record, maskLow) ? "covered" : "mismatch"
}

/** True if the function has bits or requests in the group. */
export const isIn = (group: Group, f: number): boolean =>
  group.members.has(f) || group.transaction?.request?.function === f ||
  group.waiting.some((request) => request.function === f)

/** The functions with bits or requests in the group. */
export const functionsIn = (group: Group): ReadonlySet<number> => {
  const functions = new Set(group.members.keys())
  for (const request of group.waiting) functions.add(request.function)
  if (group.transaction?.request) functions.add(group.transaction.request.function)
  return functions
}

/** True if the join repeats one of the group that waits or is with the SA (SQP-MC-8). */
export const isAwaited = (group: Group, request: MemberRequest): boolean => {
  const withSa = group.transaction?.request ?? null
  if (withSa !== null && isRepetition(withSa, request)) return true
  return group.waiting.some((waiting) => isRepetition(waiting, request))
}

/** A plain copy of what there is to see. */
export const viewOf = ({ held, members, mgid, rejoin, transaction, waiting }: Group): GroupView => ({
  mgid,
  held,
  members: [...members].map(([f, { bits }]) => ({ function: f, joinState: bits })),
  waiting: waiting.length,
  rejoin,
  transaction: transaction === null ? null : {
    kind: transaction.kind,
    cause: transaction.cause,
    tid: transaction.tid >>> 0,
    joinState: transaction.joinState,
    sends: transaction.sends
  }
})
