/** A subscription as the PF context knows it: plain data, and questions to it (spec/subscriptions.md). */
import { hexOf } from "../wire/layout.ts"
import { INFORM_ALL, INFORM_INFO_BYTES, informInfo } from "../wire/inform-info.ts"
import { notice, TRAP_NUMBER } from "../wire/notice.ts"
import { type FunctionRequest, isSameTid } from "./function-request.ts"
import type { SaSubject, SaTransaction } from "./sa-transactions.ts"

/** What somebody wants to hear of: an InformInfo without Subscribe, QPN and RespTimeValue, and the partition. */
export interface Filter {
  /** Equal for equal filters; in the order of the partition, then of the bytes. */
  readonly key: string
  /** Low 15 bits of the P_Key of the request. */
  readonly partition: number
  /** The 36 bytes of the InformInfo, base 0; Subscribe, QPN, RespTimeValue and reserved bits are 0. */
  readonly inform: DataView
}

/** A subscribe or unsubscribe of a function. */
export interface InformRequest extends FunctionRequest {
  readonly filter: Filter
  /** 1 subscribes, 0 unsubscribes; any other value is refused. */
  readonly subscribe: number
  readonly qpn: number
  readonly respTimeValue: number
}

/** A transaction of a subscription. */
export interface InformTransaction extends SaTransaction {
  readonly kind: "subscribe" | "unsubscribe"
  readonly filter: Filter
  /** The subscribe it answers; null for the other kinds, and once the function has ended or it was given up. */
  request: InformRequest | null
}

/** One filter with all who have it. */
export interface Subscription extends SaSubject<InformTransaction> {
  readonly filter: Filter
  /** Functions, and {@link OWN} for the PF context itself. */
  readonly subscribers: Set<number>
  /** The SA holds it for the port, as far as its answers say. */
  held: boolean
  /** The SA must be asked again. */
  again: boolean
  /** Subscribes that wait, oldest first. */
  readonly waiting: Array<InformRequest>
}

/** The PF context itself among subscribers; no function has this number. */
export const OWN = -1

/** The filter by which the PF context hears of deleted groups. */
export const groupNotices = (partition: number): Filter => {
  const inform = new DataView(new ArrayBuffer(INFORM_INFO_BYTES))
  informInfo.LIDRangeBegin.set(inform, 0, INFORM_ALL.LIDRangeBegin)
  informInfo.IsGeneric.set(inform, 0, 1)
  informInfo.Type.set(inform, 0, INFORM_ALL.Type)
  informInfo.TrapNumber.set(inform, 0, TRAP_NUMBER.MulticastGroupDeleted)
  informInfo.ProducerType.set(inform, 0, INFORM_ALL.ProducerType)
  return filterAt(inform, 0, partition)
}

/** A subscription nobody has. */
export const newSubscription = (filter: Filter): Subscription => ({
  filter, subscribers: new Set(), held: false, again: false, waiting: [], transaction: null
})

const NUMBERS = ["LIDRangeBegin", "LIDRangeEnd", "IsGeneric", "Type", "TrapNumber", "ProducerType"] as const

/** The filter of the InformInfo at byte `base`, asked in a partition. */
export const filterAt = (view: DataView, base: number, partition: number): Filter => {
  const inform = new DataView(new ArrayBuffer(INFORM_INFO_BYTES))
  informInfo.GID.copy(view, base, inform, 0)
  for (const name of NUMBERS) informInfo[name].set(inform, 0, informInfo[name].get(view, base))
  const bytes = new Uint8Array(inform.buffer)
  return { key: `${partition.toString(16).padStart(4, "0")} ${hexOf(inform, 0, bytes.length)}`, partition, inform }
}

const isAny = (name: keyof typeof INFORM_ALL, value: number): boolean => value === INFORM_ALL[name]

/** True if the notice at byte `base` is one that the filter asks for. */
export const matches = ({ inform }: Filter, view: DataView, base: number): boolean => {
  if (informInfo.IsGeneric.get(inform, 0) !== notice.IsGeneric.get(view, base)) return false
  const same = (name: "Type" | "TrapNumber" | "ProducerType"): boolean => {
    const asked = informInfo[name].get(inform, 0)
    return isAny(name, asked) || asked === notice[name].get(view, base)
  }
  return same("Type") && same("TrapNumber") && same("ProducerType") && isAboutIssuer(inform, view, base)
}

const GID_ZERO = "0".repeat(32)

const isAboutIssuer = (inform: DataView, view: DataView, base: number): boolean => {
  const gid = informInfo.GID.hex(inform, 0)
  if (gid !== GID_ZERO) return gid === notice.IssuerGID.hex(view, base)
  const begin = informInfo.LIDRangeBegin.get(inform, 0)
  const issuer = notice.IssuerLID.get(view, base)
  return isAny("LIDRangeBegin", begin) || (issuer >= begin && issuer <= informInfo.LIDRangeEnd.get(inform, 0))
}

/** True if the function subscribed or has requests. */
export const concerns = ({ subscribers, transaction, waiting }: Subscription, f: number): boolean =>
  subscribers.has(f) || transaction?.request?.function === f || waiting.some((request) => request.function === f)

/** True if the request repeats one that waits or is with the SA. */
export const isAwaited = ({ transaction, waiting }: Subscription, request: InformRequest): boolean =>
  (transaction?.request != null && isSameTid(transaction.request, request)) ||
  waiting.some((other) => isSameTid(other, request))

/** Who subscribed or has requests, {@link OWN} among them. */
export const functionsIn = ({ subscribers, transaction, waiting }: Subscription): ReadonlySet<number> => {
  const functions = new Set(subscribers)
  for (const request of waiting) functions.add(request.function)
  if (transaction?.request) functions.add(transaction.request.function)
  return functions
}

/** All but the PF context itself lose the subscription. */
export const onlyOwn = (subscribers: Set<number>): void => {
  for (const f of subscribers) if (f !== OWN) subscribers.delete(f)
}
