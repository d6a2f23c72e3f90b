/** InformInfo and Notice as `spec/subscriptions.md` reads them: filters, what matches, the MADs made of them. */
import type { Cause } from "./action.ts"
import { Qpn, type Tid } from "./ids.ts"
import { Gid, Lid, NO_GID } from "./ids.ts"
import { ATTRIBUTE, type InformInfo, type Mad, METHOD, type Notice } from "./mad.ts"
import { madeSaMad, toSa } from "./sa-request.ts"
import type { InformFilter, InformTransaction, State } from "./state.ts"
import { partition } from "./tables.ts"

const ANY_LID = 0xffff
const ANY_TYPE = 0xffff
const ANY_TRAP = 0xffff
const ANY_PRODUCER = 0xff_ffff
/** Trap 67: a multicast group was deleted (IBTA 14.4.10). */
export const GROUP_DELETED = 67

/** The InformInfo a MAD carries; one that is never valid where it carries none. */
export const informIn = ({ body }: Mad): InformInfo =>
  body._tag === "informInfo" ? body : { ...withFilter(NOTHING, 2), qpn: Qpn(0) }

const NOTHING: InformFilter = {
  gid: NO_GID, lidRangeBegin: Lid(0), lidRangeEnd: Lid(0), isGeneric: 0, type: 0, trapNumber: 0, producerType: 0,
  partition: 0
}

/** The filter of an InformInfo that came in a partition. */
export const filterOf = (inform: InformInfo, pkey: number): InformFilter => {
  const { gid, isGeneric, lidRangeBegin, lidRangeEnd, producerType, trapNumber, type } = inform
  return {
    gid, lidRangeBegin, lidRangeEnd, isGeneric, type, trapNumber, producerType, partition: partition(pkey)
  }
}

/** The filter by which the PF context itself hears of deleted groups. */
export const groupNotices = ({ port }: State): InformFilter => ({
  ...NOTHING, lidRangeBegin: Lid(ANY_LID), isGeneric: 1, type: ANY_TYPE, trapNumber: GROUP_DELETED,
  producerType: ANY_PRODUCER, partition: partition(port.pkeys[0] ?? 0)
})

/** Hex digits of each number of a filter, in the order of the InformInfo's bytes. */
const WIDTHS = { lidRangeBegin: 4, lidRangeEnd: 4, isGeneric: 2, type: 4, trapNumber: 4, producerType: 6 } as const
const NUMBERS = ["lidRangeBegin", "lidRangeEnd", "isGeneric", "type", "trapNumber", "producerType"] as const

/** A filter as text: equal for equal filters; its order is that of the partition, then of the InformInfo's bytes. */
export const keyOf = (filter: InformFilter): string => {
  const numbers = NUMBERS.map((name) => filter[name].toString(16).padStart(WIDTHS[name], "0"))
  return [filter.partition.toString(16).padStart(4, "0"), filter.gid, ...numbers].join()
}

/** Whether two filters are one. */
export const isSameFilter = (a: InformFilter, b: InformFilter): boolean => keyOf(a) === keyOf(b)

/** Whether whoever has the filter wants to hear of the notice (IBTA 13.4.11). */
export const matchesNotice = (filter: InformFilter, notice: Notice): boolean =>
  filter.isGeneric === notice.isGeneric &&
  [ANY_TYPE, notice.type].includes(filter.type) &&
  [ANY_TRAP, notice.trapNumber].includes(filter.trapNumber) &&
  [ANY_PRODUCER, notice.producerType].includes(filter.producerType) &&
  isAbout(filter, notice)

const isAbout = ({ gid, lidRangeBegin, lidRangeEnd }: InformFilter, { issuerGid, issuerLid }: Notice): boolean =>
  gid === NO_GID
    ? lidRangeBegin === ANY_LID || (issuerLid >= lidRangeBegin && issuerLid <= lidRangeEnd)
    : gid === issuerGid

const withFilter = (filter: InformFilter, subscribe: number): InformInfo => {
  const { gid, isGeneric, lidRangeBegin, lidRangeEnd, producerType, trapNumber, type } = filter
  return {
    _tag: "informInfo", gid: Gid(gid), lidRangeBegin, lidRangeEnd, isGeneric, subscribe, type, trapNumber,
    qpn: Qpn(1), producerType
  }
}

/** The request of a transaction, on its way to the SA (SQP-SUB-8). */
export const informOfSa = (state: State, filter: InformFilter, transaction: InformTransaction, cause: Cause) =>
  toSa(transaction, cause, { //= SQP-SUB-8
    method: METHOD.SET,
    attributeId: ATTRIBUTE.INFORM_INFO,
    body: withFilter(filter, transaction.kind === "subscribe" ? 1 : 0)
  }, pkeyIndexOf(state, filter.partition)) //= SQP-SUB-13

/** The answer to a function's Set(InformInfo), which it repeats. */
export const informAnswer = (status: number, tid: Tid, inform: InformInfo): Mad =>
  madeSaMad({ method: METHOD.GET_RESP, status, tid, attributeId: ATTRIBUTE.INFORM_INFO, body: inform })

/** The physical index of a partition: the full member's where the table has both; 0 where it has none. */
export const pkeyIndexOf = ({ port }: State, of: number): number => {
  const full = port.pkeys.indexOf(of | 0x8000)
  return Math.max(0, full >= 0 ? full : port.pkeys.indexOf(of))
}
