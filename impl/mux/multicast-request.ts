/** What a function asked: Set or Delete of MCMemberRecord, copied out of its slot; whether it is valid. */
import {
  SLOT_FLAGS, FLAG_GRH, SLOT_GRH_BYTE, SLOT_LID, SLOT_MAD_BYTE, SLOT_PKEY_INDEX
} from "../ring/slot.ts"
import { grh } from "../wire/grh.ts"
import { madHeader } from "../wire/mad-header.ts"
import { MC_MEMBER_RECORD_MASK as MASK, mcMemberRecord } from "../wire/mc-member-record.ts"
import { SA_DATA, saHeader } from "../wire/sa.ts"
import type { MembershipHost } from "./multicast-host.ts"
import { copyOfRecord, MEMBER_MASK } from "./multicast-record.ts"

/** The MGID by which a join asks the SA to choose one. */
export const MGID_ZERO = "0".repeat(32)

/** A join or leave of a function, with all that its answer needs. */
export interface MemberRequest {
  readonly function: number
  /** The guest's TID, upper and lower 32 bits. */
  readonly tidHigh: number
  readonly tidLow: number
  /** 32 lower-case hex digits; {@link MGID_ZERO} asks the SA to choose. */
  readonly mgid: string
  /** 32 lower-case hex digits. */
  readonly portGid: string
  /** The four JoinState bits asked for. */
  readonly joinState: number
  /** ComponentMask, upper and lower 32 bits. */
  readonly maskHigh: number
  readonly maskLow: number
  /** The record of the request, base 0. */
  readonly record: DataView
  /** Where the request was sent to. */
  readonly dlid: number
  readonly sl: number
  readonly pathBits: number
  /** Virtual P_Key index. */
  readonly pkeyIndex: number
  /** DGID of the request's GRH, 32 hex digits; null without a GRH. */
  readonly dgid: string | null
  readonly arrivedMs: number
}

/** Copies the request of a function out of the slot at word `slotWord`. */
export const readRequest = (
  region: MembershipHost["region"],
  f: number,
  slotWord: number,
  nowMs: number
): MemberRequest => {
  const { view, words } = region
  const word = (index: number): number => words[slotWord + index] ?? 0
  const mad = slotWord * 4 + SLOT_MAD_BYTE
  const record = copyOfRecord(view, mad + SA_DATA)
  return {
    function: f,
    tidHigh: madHeader.TransactionID.high(view, mad),
    tidLow: madHeader.TransactionID.low(view, mad),
    mgid: mcMemberRecord.MGID.hex(record, 0),
    portGid: mcMemberRecord.PortGID.hex(record, 0),
    joinState: mcMemberRecord.JoinState.get(record, 0),
    maskHigh: saHeader.ComponentMask.high(view, mad),
    maskLow: saHeader.ComponentMask.low(view, mad),
    record,
    dlid: word(SLOT_LID) & 0xffff,
    sl: (word(SLOT_LID) >>> 16) & 0xf,
    pathBits: (word(SLOT_LID) >>> 24) & 0x7f,
    pkeyIndex: word(SLOT_PKEY_INDEX) & 0xffff,
    dgid: (word(SLOT_FLAGS) & FLAG_GRH) === 0 ? null : grh.DGID.hex(view, slotWord * 4 + SLOT_GRH_BYTE),
    arrivedMs: nowMs
  }
}

/** What a join and a leave must both have: the three components, the function's own PortGID, some bit. */
const isMemberRequest = (host: MembershipHost, request: MemberRequest): boolean =>
  (request.maskLow & MEMBER_MASK) === MEMBER_MASK &&
  request.joinState !== 0 &&
  request.portGid === host.gidOf(request.function)

/** True for a join that may be asked at all (SQP-MC-7). */
export const isValidJoin = (host: MembershipHost, request: MemberRequest): boolean => {
  const { maskLow, record } = request
  if (!isMemberRequest(host, request)) return false
  if ((maskLow & MASK.ProxyJoin) !== 0 && mcMemberRecord.ProxyJoin.get(record, 0) !== 0) return false
  return (maskLow & MASK.P_Key) === 0 || host.hasPKey(request.function, mcMemberRecord.P_Key.get(record, 0))
}

/** True for a leave of bits that the function has, out of `bits` (SQP-MC-4). */
export const isValidLeave = (host: MembershipHost, request: MemberRequest, bits: number): boolean =>
  isMemberRequest(host, request) && request.mgid !== MGID_ZERO && (request.joinState & ~bits) === 0

/** True if two joins are one and its repetition: same function, TID, MGID and bits (SQP-MC-8). */
export const isRepetition = (a: MemberRequest, b: MemberRequest): boolean =>
  a.function === b.function && a.tidLow === b.tidLow && a.tidHigh === b.tidHigh &&
  a.mgid === b.mgid && a.joinState === b.joinState
