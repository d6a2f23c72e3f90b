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
import { FunctionAnswers } from "./function-answers.ts"
import { readFunctionRequest } from "./function-request.ts"
import { CONSUMED } from "./outcomes.ts"
import type { SaClient, SaNews } from "./sa-client.ts"
import { SaTransactions } from "./sa-transactions.ts"
import { type InformTransactions, type SubscriptionHost, SubscriptionTable } from "./subscription-table.ts"
import {
  concerns, filterAt, functionsIn, groupNotices, type InformRequest, type InformTransaction, isAwaited, matches,
  onlyOwn, OWN, type Subscription
} from "./subscription.ts"

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
  readonly #transactions: InformTransactions
  readonly #answers: FunctionAnswers
  readonly #table: SubscriptionTable
  /** The subscription of the PF context itself. */
  #own: Subscription | null = null
  readonly #resume = (subscription: Subscription, nowMs: number): void => this.#table.resume(subscription, nowMs)

  constructor(host: SubscriptionHost) {
    this.#host = host
    this.#transactions = new SaTransactions(host)
    this.#answers = new FunctionAnswers(host)
    this.#table = new SubscriptionTable(host, this.#transactions, this.#answers)
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
    else this.#table.answer(request, SA_STATUS.ERR_REQ_INVALID)
    return CONSUMED
  }

  /** True if function `f` subscribed to the notice at byte `base` of the region. */
  wants(f: number, base: number): boolean {
    for (const { filter, subscribers } of this.#table.all()) {
      if (subscribers.has(f) && matches(filter, this.#host.region.view, base)) return true
    }
    return false
  }

  /** The PF context itself subscribes to the deletion of groups, or no longer (SQP-SUB-11). Cheap if nothing changed. */
  listen(isMember: boolean): void {
    const partition = this.#host.partitionOf(0, 0)
    const wanted = isMember && partition !== 0
    const own = this.#own
    if (own === null ? !wanted : wanted && own.filter.partition === partition) return
    const nowMs = this.#host.nowMs()
    if (own !== null) {
      own.subscribers.delete(OWN)
      this.#table.settle(own, nowMs)
    }
    this.#own = wanted ? this.#table.obtain(groupNotices(partition)) : null
    if (this.#own === null) return
    const { held, transaction, waiting } = this.#own
    this.#own.subscribers.add(OWN)
    const isAsked = transaction === null ? held || waiting.length > 0 : transaction.kind === "subscribe"
    if (!isAsked) this.#own.again = true
    this.#table.settle(this.#own, nowMs)
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
    for (const subscription of this.#table.all()) {
      if (!concerns(subscription, f)) continue
      this.#table.drop(subscription, f, "function-gone")
      this.#table.settle(subscription, nowMs)
    }
  }

  portEvent(news: SaNews): void {
    if (news.reregister !== true && news.smChanged !== true) return
    const nowMs = this.#host.nowMs()
    this.#transactions.markFormer()
    for (const subscription of this.#table.all()) {
      const request = this.#table.giveUp(subscription, nowMs)
      if (request !== null) subscription.waiting.unshift(request)
      subscription.again = subscription.subscribers.size > 0
      // The SA may have forgotten what it is no more told: who waits is not served from here.
      if (!subscription.again && subscription.waiting.length > 0) subscription.held = false
    }
    for (const subscription of this.#table.all()) this.#table.settle(subscription, nowMs)
  }

  /**
   * P_Keys may have changed: who is in a partition no more subscribes to nothing in it (SQP-SUB-12), and what the port
   * lost the partition of is forgotten.
   */
  confine(): void {
    const nowMs = this.#host.nowMs()
    this.#transactions.forget(({ filter }) => this.#host.indexOfPartition(filter.partition) < 0)
    const subscriptions = [...this.#table.all()].sort((a, b) => (a.filter.key < b.filter.key ? -1 : 1))
    for (const subscription of subscriptions) {
      const gone = [...functionsIn(subscription)].filter((f) =>
        f !== OWN && !this.#host.hasPKey(f, subscription.filter.partition))
      for (const f of gone) this.#table.refuse(subscription, f, SA_STATUS.ERR_REQ_INVALID)
      if (!this.#table.reindex(subscription)) {
        if (subscription === this.#own) this.#own = null
      } else if (gone.length > 0) {
        this.#table.settle(subscription, nowMs)
      }
    }
  }

  stop(): boolean {
    const nowMs = this.#host.nowMs()
    this.#transactions.takeBlocked()
    for (const subscription of this.#table.all()) {
      const { transaction } = subscription
      if (transaction?.kind === "unsubscribe" && transaction.sends > 0) subscription.held = false
      for (const f of functionsIn(subscription)) this.#table.drop(subscription, f, "function-gone")
      this.#table.giveUp(subscription, nowMs)
      this.#table.settle(subscription, nowMs)
    }
    if (this.#transactions.isBlocked) return false
    this.#transactions.clear()
    this.#table.clear()
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
    const all = [...this.#table.all()]
    if (f !== null) return { subscribers: all.filter(({ subscribers }) => subscribers.has(f)).length }
    return { subscriptions: all.length, saRequests: this.#transactions.count(this.#host.nowMs()) }
  }

  /** All subscriptions, for people and for `dump`. */
  view(): ReadonlyArray<SubscriptionView> {
    return Array.from(this.#table.all(), ({ filter, held, subscribers, waiting }) =>
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
    const known = this.#table.get(filter)
    if (this.#host.smLid() === 0) return this.#host.drop(f, "no-sm")
    if (known !== undefined && isAwaited(known, request)) return this.#host.drop(f, "coalesced")
    const isNew = known === undefined || !concerns(known, f)
    if (isNew && !this.#table.hasPlace(f)) return this.#host.drop(f, "subscription-quota")
    if (known?.held === true && known.transaction === null && known.waiting.length === 0 && !known.again) {
      known.subscribers.add(f)
      return this.#table.answer(request, 0)
    }
    if (this.waiting(f) >= this.#host.quotaOf(f).pending) return this.#host.drop(f, "pending-quota")
    const subscription = this.#table.obtain(filter)
    subscription.waiting.push(request)
    this.#answers.await(request)
    this.#table.settle(subscription, nowMs)
  }

  #unsubscribe(request: InformRequest, nowMs: number): void {
    const known = this.#table.get(request.filter)
    if (known === undefined || !known.subscribers.delete(request.function)) {
      return this.#table.answer(request, SA_STATUS.ERR_REQ_INVALID)
    }
    this.#table.answer(request, 0)
    this.#table.settle(known, nowMs)
  }

  /** The SA answered the outstanding transaction of a subscription. */
  #conclude(transaction: InformTransaction, status: number, nowMs: number): void {
    const { kind, request } = transaction
    const subscription = this.#table.obtain(transaction.filter)
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
      if (request !== null && status === 0) this.#table.admit(subscription, request)
      else if (request !== null) this.#table.finish(request, status)
      else if (status !== 0) onlyOwn(subscription.subscribers)
    }
    this.#table.settle(subscription, nowMs)
  }

  /** A subscribe that was given up succeeded after all. */
  #succeededLate(transaction: InformTransaction, nowMs: number): boolean {
    this.#transactions.end(transaction)
    const subscription = this.#table.obtain(transaction.filter)
    if (!transaction.former || subscription.subscribers.size === 0) subscription.held = true
    this.#table.settle(subscription, nowMs)
    return true
  }

  /** A transaction is due: again, given up, or forgotten. */
  #timeout(transaction: InformTransaction, nowMs: number): void {
    const subscription = this.#table.get(transaction.filter)
    if (subscription?.transaction !== transaction) return this.#transactions.end(transaction)
    if (transaction.sends <= this.#host.timing.saRetries) {
      return this.#transactions.send(subscription, transaction, nowMs)
    }
    if (transaction.kind === "unsubscribe") subscription.held = false
    else subscription.again = false
    const request = this.#table.giveUp(subscription, nowMs)
    if (request !== null) this.#answers.discard(request, "sa-timeout")
    this.#table.settle(subscription, nowMs)
  }
}
