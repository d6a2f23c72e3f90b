/**
 * Get and GetTable of MCMemberRecord as a function must see them: a section of `spec/multicast.md`. About
 * itself the PF context answers; of others it is told no PortGID, no JoinState and no ProxyJoin.
 */
import { NO_GID, PF } from "./ids.ts"
import {
  type Body, type Mad, type McMember, type McMembers, METHOD, R_BIT, RMPP_DATA
} from "./mad.ts"
import { bitsOf } from "./multicast-group.ts"
import { has, madeMad, maskOf, matches, NO_RECORD } from "./multicast-record.ts"
import { type Egress, outcome, type Outcome } from "./outcome.ts"
import { fromSa } from "./sa-request.ts"
import type { State } from "./state.ts"
import { gidOfFunction } from "./tables.ts"

const NO_RESOURCES = 0x0100
const REQUEST_INVALID = 0x0200
const NO_RECORDS = 0x0300
const TOO_MANY_RECORDS = 0x0400

// The bytes of records

/** Where each component stands in a record: its first bit and how many it has (IBTA 15.2.5.17). */
const LAYOUT = [
  ["mgid", 0, 128], ["portGid", 128, 128], ["qkey", 256, 32], ["mlid", 288, 16], ["mtuSelector", 304, 2],
  ["mtu", 306, 6], ["trafficClass", 312, 8], ["pkey", 320, 16], ["rateSelector", 336, 2], ["rate", 338, 6],
  ["lifetimeSelector", 344, 2], ["lifetime", 346, 6], ["sl", 352, 4], ["flowLabel", 356, 20],
  ["hopLimit", 376, 8], ["scope", 384, 4], ["joinState", 388, 4], ["proxyJoin", 392, 1]
] as const
const RECORD_BITS = 416
/** Units of 8 bytes from one record to the next, and how many records one segment of 200 bytes holds. */
const ATTRIBUTE_OFFSET = 7
const RECORDS_A_SEGMENT = 3
const DATA_BYTES = 200
const SA_HEADER_BYTES = 20

/** The first record of `data`, as a request of a table method names it. */
const recordFrom = ({ data, mask }: McMembers): McMember => {
  const whole = BigInt(`0x${data.slice(0, RECORD_BITS / 4)}`)
  const read = LAYOUT.map(([name, first, width]) => {
    const value = BigInt.asUintN(width, whole >> BigInt(RECORD_BITS - first - width))
    return [name, width === 128 ? value.toString(16).padStart(32, "0") : Number(value)]
  })
  return { ...NO_RECORD, mask, ...Object.fromEntries(read) }
}

const bytesOf = (record: McMember): string => {
  const whole = LAYOUT.reduce((bits, [name, first, width]) => {
    const value = record[name]
    const field = typeof value === "string" ? BigInt(`0x${value}`) : BigInt(value)
    return bits | (field << BigInt(RECORD_BITS - first - width))
  }, 0n)
  return whole.toString(16).padStart(RECORD_BITS / 4, "0").padEnd(ATTRIBUTE_OFFSET * 16, "0")
}

// What comes back from the wire

/** A response as a VF is shown it (SQP-MC-16); the PF is shown all. */
export const withoutOthers = ({ actions, state }: Outcome): Outcome => {
  const shown = actions.map((action) =>
    action._tag === "ToFunction" && action.function !== PF ? { ...action, mad: blanked(action.mad) } : action
  )
  return { state, actions: shown }
}

const blanked = (mad: Mad): Mad => {
  if (mad.body._tag === "mcMember") {
    return { ...mad, body: { ...mad.body, portGid: NO_GID, joinState: 0, proxyJoin: 0 } } //= SQP-MC-16
  }
  if (mad.body._tag !== "mcMembers" || (mad.rmpp?.active && mad.rmpp.type !== RMPP_DATA)) return mad
  const segment = mad.rmpp?.active ? Math.max(1, mad.body.segment) : 1
  return { ...mad, body: { ...mad.body, data: blankedData(mad.body, segment) } } //= SQP-MC-16
}

const blankedData = ({ attributeOffset, data }: McMembers, segment: number): string => {
  if (attributeOffset < ATTRIBUTE_OFFSET) return "0".repeat(data.length)
  const digits = [...data].map((digit, i) => {
    const place = ((segment - 1) * DATA_BYTES + (i >> 1)) % (attributeOffset * 8)
    const isUpper = i % 2 === 0
    if (place >= 16 && place < 32) return "0"
    if (place === 48) return isUpper ? digit : "0"
    return place === 49 && isUpper ? (Number.parseInt(digit, 16) & 0x7).toString(16) : digit
  })
  return digits.join("")
}

// What the PF context answers itself

/** Whether a request asks for the members of groups by a PortGID that the SA must not be asked for. */
export const isAboutMember = (state: State, { function: fn, mad }: Egress): boolean => {
  const asked = askedIn(mad)
  if (!asked || !has(asked, "portGid")) return false
  const isOwn = asked.portGid === gidOfFunction(state, fn)
  return fn !== PF || (isOwn && Number.parseInt(mad.sa?.smKey ?? "0", 16) === 0)
}

/** The record that a Get or GetTable of MCMemberRecord names; null for any other MAD. */
const askedIn = ({ body, method, rmpp }: Mad): McMember | null => {
  const controls = rmpp?.active === true && rmpp.type > RMPP_DATA
  if (controls || (method !== METHOD.GET && method !== METHOD.GET_TABLE)) return null
  return body._tag === "mcMembers" ? recordFrom(body) : body._tag === "mcMember" ? body : null
}

/** A request that {@link isAboutMember}: answered from the table, or refused for it is of another. */
export const egressMemberQuery = (state: State, event: Egress): Outcome => {
  const { address, function: fn, mad } = event
  const asked = askedIn(mad) ?? NO_RECORD
  const own = ownRecords(state, event, asked) //= SQP-MC-16
  const answer = mad.method === METHOD.GET ? oneOf(asked, own) : tableOf(own)
  return outcome(state, fromSa(state, fn, address, {
    ...madeMad(mad.method | R_BIT, answer.status, mad.tid, NO_RECORD),
    body: answer.body,
    rmpp: { active: answer.segments > 0, type: answer.segments > 0 ? RMPP_DATA : 0 }
  }))
}

interface Told {
  readonly status: number
  readonly body: Body
  readonly segments: number
}

/** The records of a function's own memberships that match; null where it asks for those of another. */
const ownRecords = (
  state: State, { function: fn }: Egress, asked: McMember
): ReadonlyArray<McMember> | null => {
  if (asked.portGid !== gidOfFunction(state, fn)) return null
  return state.groups.flatMap((group) => {
    const joinState = bitsOf(group, fn)
    const fits = group.record && matches(asked, group.record) &&
      (!has(asked, "mgid") || asked.mgid === group.mgid) &&
      (!has(asked, "joinState") || asked.joinState === joinState) &&
      (!has(asked, "proxyJoin") || asked.proxyJoin === 0)
    const { mgid } = group
    const own = { ...NO_RECORD, ...group.record, mask: maskOf(), mgid, portGid: asked.portGid, joinState }
    return joinState !== 0 && fits ? [own] : []
  })
}

const oneOf = ({ mgid, portGid }: McMember, own: ReadonlyArray<McMember> | null): Told => {
  const named = (status: number): Told => ({ status, body: { ...NO_RECORD, mgid, portGid }, segments: 0 })
  if (own === null) return named(REQUEST_INVALID)
  const [first, ...others] = own
  if (first === undefined) return named(NO_RECORDS)
  return others.length > 0 ? named(TOO_MANY_RECORDS) : { status: 0, body: first, segments: 0 }
}

const tableOf = (own: ReadonlyArray<McMember> | null): Told => {
  const records = own ?? []
  const isRefused = own === null || records.length > RECORDS_A_SEGMENT
  const status = own === null ? REQUEST_INVALID : isRefused ? NO_RESOURCES : 0
  const text = isRefused ? "" : records.map(bytesOf).join("")
  const body: McMembers = {
    _tag: "mcMembers",
    mask: maskOf(),
    segment: isRefused ? 0 : 1,
    payloadLength: isRefused ? 0 : SA_HEADER_BYTES + text.length / 2,
    attributeOffset: ATTRIBUTE_OFFSET,
    data: text.padEnd(2 * DATA_BYTES, "0")
  }
  return { status, body, segments: isRefused ? 0 : 1 }
}
