/** Groups as facts: who has which bits, what the SA holds, who waits. Nothing here decides what happens. */
import { type FunctionId, type Gid, NO_GID } from "./ids.ts"
import type { JoinState, McMember } from "./mad.ts"
import type { Reason } from "../spec/reasons.ts"
import type { Group, Member, State, WaitingRequest } from "./state.ts"
import { functionState } from "./tables.ts"

const FULL_MEMBER = 1
const SEND_ONLY_FULL_MEMBER = 8

/** A group nobody is in. */
export const newGroup = (mgid: Gid): Group =>
  ({ mgid, members: [], held: 0, record: null, transaction: null, waiting: [], rejoin: false, lastOf: null })

/** The group of an MGID, with nobody in it if there is none. */
export const groupOf = (state: State, mgid: Gid): Group =>
  state.groups.find((group) => group.mgid === mgid) ?? newGroup(mgid)

/** State with a group put in its place, ordered by MGID. */
export const withGroup = (state: State, group: Group): State => {
  const others = state.groups.filter(({ mgid }) => mgid !== group.mgid)
  return { ...state, groups: [...others, group].sort((a, b) => (a.mgid < b.mgid ? -1 : 1)) }
}

/** State without the group. */
export const withoutGroup = (state: State, { mgid }: Group): State =>
  ({ ...state, groups: state.groups.filter((group) => group.mgid !== mgid) })

/** The union of the functions' bits, all four counted separately (SQP-MC-1). */
export const aggregate = ({ members }: Group): JoinState =>
  members.reduce((union, { bits }) => union | bits, 0)

/** The bits a function has. */
export const bitsOf = ({ members }: Group, fn: FunctionId): JoinState =>
  members.find((member) => member.function === fn)?.bits ?? 0

/** The group with these members; without any it has nothing to join again. */
export const withMembers = (group: Group, members: ReadonlyArray<Member>): Group =>
  ({ ...group, members, rejoin: group.rejoin && members.length > 0 })

/** The group whose members lose bits. */
export const withoutBits = (group: Group, gone: (member: Member) => JoinState): Group => {
  const members = group.members.map((member) => {
    const bits = member.bits & ~gone(member)
    return { ...member, bits, provisional: member.provisional & bits }
  })
  return withMembers(group, members.filter(({ bits }) => bits !== 0))
}

/** The group without some or all bits of one function. */
export const withoutBitsOf = (group: Group, fn: FunctionId, gone: JoinState): Group =>
  withoutBits(group, (member) => (member.function === fn ? gone : 0))

/** The group with a function's bits and the asked ones, which are no longer provisional. */
export const withJoined = (state: State, group: Group, fn: FunctionId, asked: JoinState): Group => {
  const known = group.members.find((member) => member.function === fn)
  const others = group.members.filter((member) => member !== known)
  const member: Member = {
    function: fn,
    bits: (known?.bits ?? 0) | asked,
    provisional: (known?.provisional ?? 0) & ~asked,
    guid: functionState(state, fn).guid
  }
  const members = member.bits === 0 ? others : [...others, member]
  return withMembers({ ...group, lastOf: null }, [...members].sort((a, b) => a.function - b.function))
}

/**
 * The group once a function has nothing in it, or less: nobody else may be left, and then it counts for it.
 */
export const withLast = (group: Group, fn: FunctionId): Group =>
  group.members.length === 0 && unanswered(group).length === 0 ? { ...group, lastOf: fn } : group

/** Whether the asked bits are held for functions; without a full member the SA may have deleted the group. */
export const covers = (group: Group, { joinState }: McMember): boolean => {
  const shared = group.held & aggregate(group)
  return (shared & joinState) === joinState && (shared & (FULL_MEMBER | SEND_ONLY_FULL_MEMBER)) !== 0
}

/** The requests of a group that have no answer yet: the one with the SA, then those that wait. */
export const unanswered = ({ transaction, waiting }: Group): ReadonlyArray<WaitingRequest> =>
  transaction?.request ? [transaction.request, ...waiting] : waiting

/** The unanswered requests of a function over all groups. */
export const unansweredOf = (state: State, fn: FunctionId): ReadonlyArray<WaitingRequest> =>
  state.groups.flatMap(unanswered).filter((request) => request.function === fn)

/** The quota a further request of a function would exceed; null if it has room. */
export const exceededQuota = (state: State, group: Group, fn: FunctionId): Reason | null => {
  const { groups, pending } = functionState(state, fn).quotas
  if (unansweredOf(state, fn).length >= pending) return "pending-quota"
  const isNew = group.mgid === NO_GID || !concerns(group, fn)
  if (isNew && groupsOf(state, fn) >= groups) return "group-quota"
  const beingLeft = state.groups.filter(({ lastOf }) => lastOf === fn).length
  return beingLeft >= 2 * groups ? "group-quota" : null //= SQP-MC-20
}

/** In how many groups a function has bits or requests; each request for an MGID of the SA's choice is one. */
const groupsOf = (state: State, fn: FunctionId): number => {
  const known = state.groups.filter((group) => group.mgid !== NO_GID && concerns(group, fn)).length
  return known + unansweredOf(state, fn).filter(({ record }) => record.mgid === NO_GID).length
}

const concerns = (group: Group, fn: FunctionId): boolean =>
  bitsOf(group, fn) !== 0 || unanswered(group).some((request) => request.function === fn)
