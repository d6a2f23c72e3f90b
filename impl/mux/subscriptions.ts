/**
 * Subscriptions to notices (spec/subscriptions.md): the SA knows one subscriber, the port; who of the functions
 * subscribed to what is kept here. Plain objects; nothing is thrown.
 */
import { SLOT_MAD_BYTE } from "../ring/slot.ts"
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { informInfo } from "../wire/inform-info.ts"
import { madHeader } from "../wire/mad-header.ts"
import { SA_DATA } from "../wire/sa.ts"
import { SA_STATUS } from "../wire/status.ts"
import { DEFAULT_SUBSCRIPTIONS, type MuxLimits } from "./config.ts"
import type { ControlHost } from "./control-host.ts"
import { FunctionAnswers } from "./function-answers.ts"
import { isSameTid, readFunctionRequest } from "./function-request.ts"
import { CONSUMED } from "./outcomes.ts"
import type { SaClient, SaNews } from "./sa-client.ts"
import { type SaTransaction, SaTransactions } from "./sa-transactions.ts"
import { informAnswerMad, informMad } from "./subscription-mads.ts"
import {
  concerns, filterAt, groupNotices, type InformRequest, type InformTransaction, matches, newSubscription, OWN, type Subscription
} from "./subscription.ts"

/** The PF context as subscriptions see it. */
export interface SubscriptionHost extends ControlHost {
  readonly limits: ControlHost["limits"] & Pick<MuxLimits, "subscriptions">
  /** Low 15 bits of the P_Key at a virtual index of the function, which is assigned. */
  readonly partitionOf: (f: number, virtual: number) => number
  /** The physical index of a partition, the full member's if there are both; 0 if there is none. */
  readonly indexOfPartition: (partition: number) => number
}

/** A subscription for people and for `dump`. */
export interface SubscriptionView {
  readonly key: string
  readonly held: boolean
  readonly subscribers: ReadonlyArray<number>
  readonly waiting: number
}

/** The subscriptions of one port. */
export class Subscriptions implements SaClient {
  readonly #host: SubscriptionHost
  readonly #transactions: SaTransactions<InformTransaction, Subscription>
  readonly #answers: FunctionAnswers
  readonly #byKey = new Map<string, Subscription>()
  /** The subscription of the PF context itself. */
  #own: Subscription | null = null
  readonly #resume = (subscription: Subscription, nowMs: number): void => this.#goOn(subscription, nowMs)

  constructor(host: SubscriptionHost) {
    this.#host = host
    this.#transactions = new SaTransactions(host)
    this.#answers = new FunctionAnswers(host)
  }

  /**
   * Takes Set(InformInfo) of function `f` from the slot at word `slotWord`, whose MAD passed checks 1 to 8 of
   * spec/classes.md. Returns CONSUMED: it was answered or dropped, and counted, or it waits.
   */
  request(f: number, slotWord: number): number {
    const nowMs = this.#host.nowMs()
    const request = this.#read(f, slotWord, nowMs)
    if (request.subscribe === 1) this.#subscribe(request, nowMs)
    else if (request.subscribe === 0) this.#unsubscribe(request, nowMs)
    else this.#answer(request, SA_STATUS.ERR_REQ_INVALID)
    return CONSUMED
  }

  /** True if function `f` subscribed to the notice at byte `base` of the region. */
  wants(f: number, base: number): boolean {
    for (const { filter, subscribers } of this.#byKey.values()) {
      if (subscribers.has(f) && matches(filter, this.#host.region.view, base)) return true
    }
    return false
  }

  /** The PF context itself subscribes to the deletion of groups, or no longer (SQP-SUB-11). */
  listen(wanted: boolean): void {
    if (wanted === (this.#own !== null)) return
    const nowMs = this.#host.nowMs()
    const own = this.#own ?? this.#obtain({ filter: groupNotices(this.#host.partitionOf(0, 0)) })
    this.#own = wanted ? own : null
    if (wanted) {
      own.subscribers.add(OWN)
      if (!own.held && own.transaction === null && own.waiting.length === 0) own.again = true
    } else {
      own.subscribers.delete(OWN)
    }
    this.#settle(own, nowMs)
  }

  /** True if the PF context itself subscribed to the notice at byte `base` of the region. */
  wantsOwn(base: number): boolean {
    return this.wants(OWN, base)
  }

  sentTo(tid: number, nowMs: number): number {
    return this.#transactions.get(tid, nowMs)?.address.lid ?? 0
  }

  answer(tid: number, mad: number, nowMs: number): boolean {
    const { view } = this.#host.region
    const transaction = this.#transactions.get(tid, nowMs)
    if (transaction === undefined || madHeader.AttributeID.get(view, mad) !== SA_ATTRIBUTE.InformInfo) return false
    const status = madHeader.Status.get(view, mad)
    if (transaction.givenUp) return status === 0 && this.#succeededLate(transaction, nowMs)
    this.#conclude(transaction, status, nowMs)
    return true
  }

  poll(nowMs: number): void {
    this.#transactions.resumeBlocked(this.#resume, nowMs)
    for (const transaction of this.#transactions.due(nowMs)) this.#timeout(transaction, nowMs)
  }

  nextDueMs(): number {
    return this.#transactions.nextDueMs()
  }

  endFunction(f: number): void {
    const nowMs = this.#host.nowMs()
    for (const subscription of this.#byKey.values()) {
      if (!concerns(subscription, f)) continue
      this.#remove(subscription, f)
      this.#settle(subscription, nowMs)
    }
  }

  portEvent(news: SaNews): void {
    if (news.reregister !== true && news.smChanged !== true) return
    const nowMs = this.#host.nowMs()
    this.#transactions.markFormer()
    for (const subscription of this.#byKey.values()) {
      const request = this.#giveUp(subscription, nowMs)
      if (request !== null) subscription.waiting.unshift(request)
      subscription.again = subscription.subscribers.size > 0
    }
    for (const subscription of this.#byKey.values()) this.#settle(subscription, nowMs)
  }

  /** A subscription stays; a Report is handed out only on a P_Key that the function has (reports.ts). */
  confine(): void {}

  stop(): boolean {
    const nowMs = this.#host.nowMs()
    this.#transactions.takeBlocked()
    for (const subscription of this.#byKey.values()) {
      const { transaction } = subscription
      if (transaction?.kind === "unsubscribe" && transaction.sends > 0) subscription.held = false
      for (const f of functionsIn(subscription)) this.#remove(subscription, f)
      this.#giveUp(subscription, nowMs)
      this.#settle(subscription, nowMs)
      if (this.#transactions.isBlocked) return false
    }
    this.#transactions.clear()
    this.#byKey.clear()
    this.#own = null
    return true
  }

  get isWithSa(): boolean {
    return this.#transactions.isWithSa
  }

  waiting(f: number): number {
    return this.#answers.waiting(f)
  }

  held(f: number | null): Readonly<Record<string, number>> {
    const all = [...this.#byKey.values()]
    if (f !== null) return { subscribers: all.filter(({ subscribers }) => subscribers.has(f)).length }
    return { subscriptions: all.length, saRequests: this.#transactions.count(this.#host.nowMs()) }
  }

  /** All subscriptions, for people and for `dump`. */
  view(): ReadonlyArray<SubscriptionView> {
    return Array.from(this.#byKey.values(), ({ filter, held, subscribers, waiting }) =>
      ({ key: filter.key, held, subscribers: [...subscribers], waiting: waiting.length }))
  }

  #read(f: number, slotWord: number, nowMs: number): InformRequest {
    const { region } = this.#host
    const base = slotWord * 4 + SLOT_MAD_BYTE + SA_DATA
    const common = readFunctionRequest(region, f, slotWord, nowMs)
    return {
      ...common,
      filter: filterAt(region.view, base, this.#host.partitionOf(f, common.pkeyIndex)),
      subscribe: informInfo.Subscribe.get(region.view, base),
      qpn: informInfo.QPN.get(region.view, base),
      respTimeValue: informInfo.RespTimeValue.get(region.view, base)
    }
  }

  #subscribe(request: InformRequest, nowMs: number): void {
    const { filter, function: f } = request
    const known = this.#byKey.get(filter.key)
    if (this.#host.smLid() === 0) return this.#host.drop(f, "no-sm")
    if (known !== undefined && isAwaited(known, request)) return this.#host.drop(f, "coalesced")
    if (known?.held === true && known.transaction === null && known.waiting.length === 0 && !known.again) {
      known.subscribers.add(f)
      return this.#answer(request, 0)
    }
    const { limits } = this.#host
    if (this.waiting(f) >= this.#host.quotaOf(f).pending) return this.#host.drop(f, "pending-quota")
    const isNew = known === undefined || !concerns(known, f)
    if (isNew && this.#countOf(f) >= (limits.subscriptions ?? DEFAULT_SUBSCRIPTIONS)) return this.#host.drop(f, "subscription-quota")
    const subscription = this.#obtain(request)
    subscription.waiting.push(request)
    this.#answers.await(request)
    this.#settle(subscription, nowMs)
  }

  #unsubscribe(request: InformRequest, nowMs: number): void {
    const known = this.#byKey.get(request.filter.key)
    if (known === undefined || !known.subscribers.delete(request.function)) {
      return this.#answer(request, SA_STATUS.ERR_REQ_INVALID)
    }
    this.#answer(request, 0)
    this.#settle(known, nowMs)
  }

  #obtain({ filter }: Pick<InformRequest, "filter">): Subscription {
    const known = this.#byKey.get(filter.key)
    if (known !== undefined) return known
    const subscription = newSubscription(filter)
    this.#byKey.set(filter.key, subscription)
    return subscription
  }

  #countOf(f: number): number {
    let count = 0
    for (const subscription of this.#byKey.values()) if (concerns(subscription, f)) count++
    return count
  }

  #answer(request: InformRequest, status: number): void {
    this.#answers.send(request, informAnswerMad(request, status))
  }

  /** A request that waited is answered. */
  #finish(request: InformRequest, status: number): void {
    this.#answers.finish(request)
    this.#answer(request, status)
  }

  /** What a subscription does next; nothing while it has a transaction. */
  #settle(subscription: Subscription, nowMs: number): void {
    if (subscription.transaction !== null) return
    if (subscription.subscribers.size === 0) subscription.again = false
    if (this.#host.smLid() === 0) {
      for (const request of subscription.waiting.splice(0)) this.#answers.discard(request, "no-sm")
    } else if (this.#asks(subscription, nowMs)) {
      return
    }
    const { held, subscribers } = subscription
    if (!held && subscribers.size === 0) this.#byKey.delete(subscription.filter.key)
  }

  /** True if the subscription asks the SA now, or waits for a TID to do so. */
  #asks(subscription: Subscription, nowMs: number): boolean {
    if (subscription.again) {
      if (this.#open(subscription, "subscribe", null, nowMs)) subscription.held = false
      return true
    }
    for (let request = subscription.waiting[0]; request !== undefined; request = subscription.waiting[0]) {
      const isLate = nowMs - request.arrivedMs > this.#host.timing.horizon
      if (!isLate && !subscription.held) {
        if (this.#open(subscription, "subscribe", request, nowMs)) subscription.waiting.shift()
        return true
      }
      subscription.waiting.shift()
      if (isLate) this.#answers.discard(request, "horizon")
      else this.#admit(subscription, request)
    }
    if (!subscription.held || subscription.subscribers.size > 0) return false
    this.#open(subscription, "unsubscribe", null, nowMs)
    return true
  }

  #admit(subscription: Subscription, request: InformRequest): void {
    subscription.subscribers.add(request.function)
    this.#finish(request, 0)
  }

  /** Begins a transaction; false: there is no TID, and the subscription goes on when there may be one. */
  #open(
    subscription: Subscription,
    kind: InformTransaction["kind"],
    request: InformRequest | null,
    nowMs: number
  ): boolean {
    const { filter } = subscription
    const pkeyIndex = this.#host.indexOfPartition(filter.partition)
    const mad = (tid: number): Uint8Array => informMad(tid, filter, kind === "subscribe")
    const make = (common: SaTransaction): InformTransaction =>
      ({ ...common, address: { ...common.address, pkeyIndex }, kind, filter, request })
    return this.#transactions.open(subscription, { owner: request?.function ?? null, mad, make }, nowMs)
  }

  /** What waited for a TID or for room goes on. */
  #goOn(subscription: Subscription, nowMs: number): void {
    if (this.#byKey.get(subscription.filter.key) !== subscription) return
    const { transaction } = subscription
    if (transaction === null) this.#settle(subscription, nowMs)
    else if (transaction.unsent) this.#transactions.send(subscription, transaction, nowMs)
  }

  /** The SA answered the outstanding transaction of a subscription. */
  #conclude(transaction: InformTransaction, status: number, nowMs: number): void {
    const { kind, request } = transaction
    const subscription = this.#obtain(transaction)
    subscription.transaction = null
    transaction.request = null
    if (kind === "subscribe" && status !== 0 && transaction.sends > 1) {
      this.#transactions.remember(transaction, nowMs)
    } else {
      this.#transactions.end(transaction)
    }
    if (kind === "unsubscribe") {
      subscription.held = false
    } else {
      subscription.again = false
      if (status === 0) subscription.held = true
      if (request !== null && status === 0) this.#admit(subscription, request)
      else if (request !== null) this.#finish(request, status)
      else if (status !== 0) onlyOwn(subscription.subscribers)
    }
    this.#settle(subscription, nowMs)
  }

  /** A subscribe that was given up succeeded after all. */
  #succeededLate(transaction: InformTransaction, nowMs: number): boolean {
    this.#transactions.end(transaction)
    const subscription = this.#obtain(transaction)
    if (!transaction.former || subscription.subscribers.size === 0) subscription.held = true
    this.#settle(subscription, nowMs)
    return true
  }

  /** A transaction is due: again, given up, or forgotten. */
  #timeout(transaction: InformTransaction, nowMs: number): void {
    const subscription = this.#byKey.get(transaction.filter.key)
    if (subscription?.transaction !== transaction) return this.#transactions.end(transaction)
    if (transaction.sends <= this.#host.timing.saRetries) {
      return this.#transactions.send(subscription, transaction, nowMs)
    }
    if (transaction.kind === "unsubscribe") subscription.held = false
    else subscription.again = false
    const request = this.#giveUp(subscription, nowMs)
    if (request !== null) this.#answers.discard(request, "sa-timeout")
    this.#settle(subscription, nowMs)
  }

  /**
   * Waits no longer for the SA: a subscribe that was sent is remembered. Returns the function's request, which is
   * neither answered nor dropped yet.
   */
  #giveUp(subscription: Subscription, nowMs: number): InformRequest | null {
    const { transaction } = subscription
    if (transaction === null) return null
    const { kind, request, sends } = transaction
    subscription.transaction = null
    transaction.request = null
    if (kind === "subscribe" && sends > 0) this.#transactions.remember(transaction, nowMs)
    else this.#transactions.end(transaction)
    return request
  }

  /** Function `f` is no subscriber any more and waits for nothing; the subscription is not settled yet. */
  #remove(subscription: Subscription, f: number): void {
    subscription.subscribers.delete(f)
    for (const request of subscription.waiting.splice(0)) {
      if (request.function === f) this.#answers.discard(request, "function-gone")
      else subscription.waiting.push(request)
    }
    const { transaction } = subscription
    if (transaction?.request?.function !== f) return
    this.#answers.discard(transaction.request, "function-gone")
    transaction.request = null
  }
}

/** All but the PF context itself lose the subscription. */
const onlyOwn = (subscribers: Set<number>): void => {
  for (const f of subscribers) if (f !== OWN) subscribers.delete(f)
}

const isAwaited = ({ transaction, waiting }: Subscription, request: InformRequest): boolean =>
  (transaction?.request != null && isSameTid(transaction.request, request)) ||
  waiting.some((other) => isSameTid(other, request))

const functionsIn = ({ subscribers, transaction, waiting }: Subscription): ReadonlySet<number> => {
  const functions = new Set(subscribers)
  for (const request of waiting) functions.add(request.function)
  if (transaction?.request) functions.add(transaction.request.function)
  return functions
}
