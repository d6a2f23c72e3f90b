/** The subscriptions of a port by filter, and what each does next (spec/subscriptions.md, "Settle"). */
import type { Reason } from "../../spec/reasons.ts"
import { DEFAULT_SUBSCRIPTIONS, type MuxLimits } from "./config.ts"
import type { ControlHost } from "./control-host.ts"
import type { FunctionAnswers } from "./function-answers.ts"
import type { SaTransaction, SaTransactions } from "./sa-transactions.ts"
import { informAnswerMad, informMad } from "./subscription-mads.ts"
import {
  concerns, type Filter, type InformRequest, type InformTransaction, newSubscription, type Subscription
} from "./subscription.ts"

/** The PF context as subscriptions see it. */
export interface SubscriptionHost extends ControlHost {
  readonly limits: ControlHost["limits"] & Pick<MuxLimits, "subscriptions">
  /** Low 15 bits of the P_Key at a virtual index of the function, which is assigned. */
  readonly partitionOf: (f: number, virtual: number) => number
  /** The physical index of a partition, the full member's if there are both; negative if there is none. */
  readonly indexOfPartition: (partition: number) => number
}

/** The transactions of subscriptions. */
export type InformTransactions = SaTransactions<InformTransaction, Subscription>

/** All subscriptions, in the order in which they were first asked for. */
export class SubscriptionTable {
  readonly #host: SubscriptionHost
  readonly #transactions: InformTransactions
  readonly #answers: FunctionAnswers
  readonly #byKey = new Map<string, Subscription>()

  constructor(host: SubscriptionHost, transactions: InformTransactions, answers: FunctionAnswers) {
    this.#host = host
    this.#transactions = transactions
    this.#answers = answers
  }

  /** The subscription with a filter, if there is one. */
  get({ key }: Filter): Subscription | undefined {
    return this.#byKey.get(key)
  }

  /** The subscription with a filter, a new one that nobody has if there is none. */
  obtain(filter: Filter): Subscription {
    const known = this.#byKey.get(filter.key)
    if (known !== undefined) return known
    const subscription = newSubscription(filter)
    this.#byKey.set(filter.key, subscription)
    return subscription
  }

  /** All of them; those that {@link SubscriptionTable.settle} ends meanwhile go from under the iteration. */
  all(): IterableIterator<Subscription> {
    return this.#byKey.values()
  }

  /** Forgets all of them. */
  clear(): void {
    this.#byKey.clear()
  }

  /** True if function `f` may have one more: those it subscribed to or has requests for are bounded (SQP-SUB-9). */
  hasPlace(f: number): boolean {
    let count = 0
    for (const subscription of this.#byKey.values()) if (concerns(subscription, f)) count++
    return count < (this.#host.limits.subscriptions ?? DEFAULT_SUBSCRIPTIONS)
  }

  /** Answers a request that did not wait. */
  answer(request: InformRequest, status: number): void {
    this.#answers.send(request, informAnswerMad(request, status))
  }

  /** Answers a request that waited. */
  finish(request: InformRequest, status: number): void {
    this.#answers.finish(request)
    this.answer(request, status)
  }

  /** The function whose request waited is a subscriber from now on, and is told so. */
  admit(subscription: Subscription, request: InformRequest): void {
    subscription.subscribers.add(request.function)
    this.finish(request, 0)
  }

  /** What a subscription does next; nothing while it has a transaction. */
  settle(subscription: Subscription, nowMs: number): void {
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

  /** What waited for a TID or for room goes on. */
  resume(subscription: Subscription, nowMs: number): void {
    if (this.#byKey.get(subscription.filter.key) !== subscription) return
    const { transaction } = subscription
    if (transaction === null) this.settle(subscription, nowMs)
    else if (transaction.unsent) this.#transactions.send(subscription, transaction, nowMs)
  }

  /**
   * Waits no longer for the SA: a subscribe that was sent is remembered. Returns the function's request, which is
   * neither answered nor dropped yet.
   */
  giveUp(subscription: Subscription, nowMs: number): InformRequest | null {
    const { transaction } = subscription
    if (transaction === null) return null
    const { kind, request, sends } = transaction
    subscription.transaction = null
    transaction.request = null
    if (kind === "subscribe" && sends > 0) this.#transactions.remember(transaction, nowMs)
    else this.#transactions.end(transaction)
    return request
  }

  /**
   * The P_Key table changed: what is with the SA is repeated under the P_Key's index of now. False: the port lost the
   * partition, and the subscription is forgotten, because it could be ended only under another P_Key; its requests
   * are answered already (SQP-SUB-13).
   */
  reindex(subscription: Subscription): boolean {
    const { filter, transaction } = subscription
    const pkeyIndex = this.#host.indexOfPartition(filter.partition)
    if (pkeyIndex >= 0) {
      if (transaction !== null) transaction.address = { ...transaction.address, pkeyIndex }
      return true
    }
    subscription.transaction = null
    if (transaction !== null) this.#transactions.end(transaction)
    this.#byKey.delete(filter.key)
    return false
  }

  /** Function `f` has the subscription no more: its requests are dropped for a reason. */
  drop(subscription: Subscription, f: number, reason: Reason): void {
    for (const request of this.#leave(subscription, f)) this.#answers.discard(request, reason)
  }

  /** Function `f` may have the subscription no more: its requests are answered with a status. */
  refuse(subscription: Subscription, f: number, status: number): void {
    for (const request of this.#leave(subscription, f)) this.finish(request, status)
  }

  /** Function `f` is no subscriber and waits no more; the subscription is not settled. Returns its requests. */
  #leave(subscription: Subscription, f: number): ReadonlyArray<InformRequest> {
    const { subscribers, transaction, waiting } = subscription
    const gone: Array<InformRequest> = []
    subscribers.delete(f)
    if (transaction?.request?.function === f) {
      gone.push(transaction.request)
      transaction.request = null
    }
    for (const request of waiting.splice(0)) (request.function === f ? gone : waiting).push(request)
    return gone
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
      else this.admit(subscription, request)
    }
    if (!subscription.held || subscription.subscribers.size > 0) return false
    this.#open(subscription, "unsubscribe", null, nowMs)
    return true
  }

  /** Begins a transaction; false: there is no TID, and the subscription goes on when there may be one. */
  #open(
    subscription: Subscription,
    kind: InformTransaction["kind"],
    request: InformRequest | null,
    nowMs: number
  ): boolean {
    const { filter } = subscription
    const pkeyIndex = Math.max(0, this.#host.indexOfPartition(filter.partition))
    const mad = (tid: number): Uint8Array => informMad(tid, filter, kind === "subscribe")
    const make = (common: SaTransaction): InformTransaction =>
      ({ ...common, address: { ...common.address, pkeyIndex }, kind, filter, request })
    return this.#transactions.open(subscription, { owner: request?.function ?? null, mad, make }, nowMs)
  }
}
