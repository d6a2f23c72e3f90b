/** What a function's request for membership must be like, before anything is looked up. */
import type { FunctionId } from "./ids.ts"
import type { McMember } from "./mad.ts"
import { has } from "./multicast-record.ts"
import type { State, WaitingRequest } from "./state.ts"
import { gidOfFunction, holdsPkey, partition } from "./tables.ts"

/** Whether a join may be counted: see the first point of the page (SQP-MC-7). */
export const isValidJoin = (state: State, fn: FunctionId, record: McMember): boolean =>
  isAboutItself(state, fn, record) && (!has(record, "proxyJoin") || record.proxyJoin === 0) &&
  (!has(record, "pkey") || holdsPkey(state, fn, record.pkey))

/** Whether the mask has MGID, PortGID and JoinState, the port is the function's own, and bits are named. */
export const isAboutItself = (state: State, fn: FunctionId, record: McMember): boolean =>
  has(record, "mgid") && has(record, "portGid") && has(record, "joinState") &&
  record.portGid === gidOfFunction(state, fn) && record.joinState !== 0

/** Whether a function holds the P_Key of a group's record, if that has one (SQP-MC-15). */
export const mayJoin = (state: State, fn: FunctionId, { pkey }: McMember): boolean =>
  partition(pkey) === 0 || holdsPkey(state, fn, pkey)

/** Whether a join repeats another of the same function (SQP-MC-8). */
export const isRepetition = (request: WaitingRequest, other: WaitingRequest): boolean =>
  request.guestTid === other.guestTid && request.record.mgid === other.record.mgid &&
  request.record.joinState === other.record.joinState
