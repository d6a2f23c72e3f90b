/** What a function asked: Set or Delete of MCMemberRecord, copied out of its slot; whether it is valid. */
import { SLOT_MAD_BYTE } from "../ring/slot.ts"
import { MC_MEMBER_RECORD_MASK as MASK, mcMemberRecord } from "../wire/mc-member-record.ts"
import { SA_DATA } from "../wire/sa.ts"
import type { ControlHost } from "./control-host.ts"
import { type FunctionRequest, isSameTid, readFunctionRequest } from "./function-request.ts"
import { copyOfRecord, MEMBER_MASK } from "./multicast-record.ts"

/** The MGID by which a join asks the SA to choose one. */
export const MGID_ZERO = "0".repeat(32)

/** A join or leave of a function, with all that its answer needs. */
export interface MemberRequest extends FunctionRequest {
  /** 32 lower-case hex digits; {@link MGID_ZERO} asks the SA to choose. */
  readonly mgid: string
  /** 32 lower-case hex digits. */
  readonly portGid: string
  /** The four JoinState bits asked for. */
  readonly joinState: number
  /** The record of the request, base 0. */
  readonly record: DataView
}

/** Copies the request of a function out of the slot at word `slotWord`. */
export const readRequest = (
  region: ControlHost["region"],
  f: number,
  slotWord: number,
  nowMs: number
): MemberRequest => {
  const record = copyOfRecord(region.view, slotWord * 4 + SLOT_MAD_BYTE + SA_DATA)
  return {
    ...readFunctionRequest(region, f, slotWord, nowMs),
    mgid: mcMemberRecord.MGID.hex(record, 0),
    portGid: mcMemberRecord.PortGID.hex(record, 0),
    joinState: mcMemberRecord.JoinState.get(record, 0),
    record
  }
}

/** What a join and a leave must both have: the three components, the function's own PortGID, some bit. */
const isMemberRequest = (host: ControlHost, request: MemberRequest): boolean =>
  (request.maskLow & MEMBER_MASK) === MEMBER_MASK &&
  request.joinState !== 0 &&
  request.portGid === host.gidOf(request.function)

/** True for a join that may be asked at all (SQP-MC-7). */
export const isValidJoin = (host: ControlHost, request: MemberRequest): boolean => {
  const { maskLow, record } = request
  if (!isMemberRequest(host, request)) return false
  if ((maskLow & MASK.ProxyJoin) !== 0 && mcMemberRecord.ProxyJoin.get(record, 0) !== 0) return false
  return (maskLow & MASK.P_Key) === 0 || host.hasPKey(request.function, mcMemberRecord.P_Key.get(record, 0))
}

/** True if the function holds the P_Key of a group's record (base 0), if that has one (SQP-MC-15). */
export const mayBeIn = (host: ControlHost, f: number, record: DataView): boolean => {
  const pkey = mcMemberRecord.P_Key.get(record, 0)
  return (pkey & 0x7fff) === 0 || host.hasPKey(f, pkey)
}

/** True for a leave of bits that the function has, out of `bits` (SQP-MC-4). */
export const isValidLeave = (host: ControlHost, request: MemberRequest, bits: number): boolean =>
  isMemberRequest(host, request) && request.mgid !== MGID_ZERO && (request.joinState & ~bits) === 0

/** True if two joins are one and its repetition: same function, TID, MGID and bits (SQP-MC-8). */
export const isRepetition = (a: MemberRequest, b: MemberRequest): boolean =>
  isSameTid(a, b) && a.mgid === b.mgid && a.joinState === b.joinState
