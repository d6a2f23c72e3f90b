/** What a subscription does next, and what a function is answered: `spec/subscriptions.md`, "Settle". */
import type { Action, Cause } from "./action.ts"
import type { Chooser } from "./choice.ts"
import type { FunctionId } from "./ids.ts"
import { informAnswer, informOfSa, isSameFilter, keyOf } from "./inform.ts"
import { drop, outcome, type Outcome, sequence } from "./outcome.ts"
import { beginSaRequest, endSaRequest, fromSa, giveUpSaRequest, OK } from "./sa-request.ts"
import type { InformFilter, InformTransaction, State, Subscription, WaitingSubscribe } from "./state.ts"

/** A subscription nobody has. */
const newSubscription = (filter: InformFilter): Subscription =>
  ({ filter, subscribers: [], own: false, held: false, transaction: null, waiting: [], again: false })

/** The subscription with a filter, one nobody has if there is none. */
export const subscriptionOf = (state: State, filter: InformFilter): Subscription =>
  state.subscriptions.find((each) => isSameFilter(each.filter, filter)) ?? newSubscription(filter)

/** State with a subscription put in its place, in the order of filters. */
export const withSubscription = (state: State, subscription: Subscription): State => {
  const others = state.subscriptions.filter(({ filter }) => !isSameFilter(filter, subscription.filter))
  const subscriptions = [...others, subscription]
    .sort((a, b) => (keyOf(a.filter) < keyOf(b.filter) ? -1 : 1))
  return { ...state, subscriptions }
}

/** State without a subscription. */
export const withoutSubscription = (state: State, { filter }: Subscription): State =>
  ({ ...state, subscriptions: state.subscriptions.filter((each) => !isSameFilter(each.filter, filter)) })

/** Whether anybody wants to hear: a function, or the PF context itself. */
export const isWanted = ({ own, subscribers }: Subscription): boolean => own || subscribers.length > 0

/** The subscription with the function among its subscribers. */
export const withSubscriber = (subscription: Subscription, fn: FunctionId): Subscription => {
  const others = subscription.subscribers.filter((other) => other !== fn)
  return { ...subscription, subscribers: [...others, fn].sort((a, b) => a - b) }
}

/** The subscription without the function among its subscribers. */
export const withoutSubscriber = (subscription: Subscription, fn: FunctionId): Subscription =>
  ({ ...subscription, subscribers: subscription.subscribers.filter((other) => other !== fn) })

/** The requests without an answer: the one with the SA, then those that wait. */
export const unansweredSubscribes = ({ transaction, waiting }: Subscription): ReadonlyArray<WaitingSubscribe> =>
  transaction?.request ? [transaction.request, ...waiting] : waiting

/** The subscribes of a function without an answer, over all subscriptions. */
export const unansweredSubscribesOf = (state: State, fn: FunctionId): ReadonlyArray<WaitingSubscribe> =>
  state.subscriptions.flatMap(unansweredSubscribes).filter((request) => request.function === fn)

/** What a subscription without a transaction does next; `ending` is why one that nobody has is ended. */
export const settleSubscription = (
  state: State, filter: InformFilter, chooser: Chooser, ending: Cause = "unsubscribe"
): Outcome => {
  const known = subscriptionOf(state, filter)
  if (known.transaction) return outcome(state)
  const subscription = { ...known, again: known.again && isWanted(known) }
  const [oldest] = subscription.waiting
  if (oldest && state.port.smLid === null) {
    const dropped = withSubscription(state, { ...subscription, waiting: [] })
    return sequence(
      dropped,
      ...subscription.waiting.map(({ function: fn }) => (next: State) => drop(next, fn, "no-sm")),
      (next) => settleSubscription(next, filter, chooser, ending)
    )
  }
  if (subscription.again) { //= SQP-SUB-7
    return ask(state, { ...subscription, held: false }, "re-subscribe", null, chooser)
  }
  if (oldest) return serve(state, subscription, oldest, chooser, ending)
  if (subscription.held && !isWanted(subscription)) return ask(state, subscription, ending, null, chooser) //= SQP-SUB-1
  if (isWanted(subscription)) return outcome(withSubscription(state, subscription))
  return outcome(withoutSubscription(state, subscription))
}

/** The oldest waiting request; then the subscription goes on. */
const serve = (
  state: State, subscription: Subscription, oldest: WaitingSubscribe, chooser: Chooser, ending: Cause
): Outcome => {
  const others = { ...subscription, waiting: subscription.waiting.slice(1) }
  if (oldest.remaining >= 0 && !subscription.held) return ask(state, others, "subscribe", oldest, chooser)
  const served = oldest.remaining < 0
    ? drop(withSubscription(state, others), oldest.function, "horizon")
    : granted(state, others, oldest)
  return sequence(
    served.state,
    (next) => ({ ...served, state: next }),
    (next) => settleSubscription(next, subscription.filter, chooser, ending)
  )
}

/** A function is a subscriber from now on, and is told so. */
export const granted = (state: State, subscription: Subscription, request: WaitingSubscribe): Outcome =>
  outcome(
    withSubscription(state, withSubscriber(subscription, request.function)),
    answerInform(state, request, OK)
  )

/** Begins the one transaction of a subscription; while the SM is unknown nothing changes. */
export const ask = (
  state: State, subscription: Subscription, cause: Cause, request: WaitingSubscribe | null, chooser: Chooser
): Outcome => {
  const begun = beginSaRequest(state, chooser, state.config.timing.saRetries)
  if (begun === null) return outcome(state)
  const { filter } = subscription
  const kind = cause === "subscribe" || cause === "re-subscribe" ? "subscribe" : "unsubscribe"
  const transaction: InformTransaction = { ...begun, kind, cause, request }
  const asked = informOfSa(state, filter, transaction, cause)
  return outcome(withSubscription(state, { ...subscription, transaction }), asked)
}

/** The answer to a function, as if from the SA. */
export const answerInform = (
  state: State, { address, function: fn, guestTid, inform }: Omit<WaitingSubscribe, "remaining">, status: number
): Action =>
  fromSa(state, fn, address, informAnswer(status, guestTid, inform))

/** Puts a subscription in its place; it settles. */
export const goOn = (state: State, subscription: Subscription, chooser: Chooser): Outcome =>
  settleSubscription(withSubscription(state, subscription), subscription.filter, chooser)

/** Nobody waits for the answer any more; a subscribe is remembered, for it may still succeed. */
export const giveUp = (
  state: State, { filter }: Subscription, transaction: InformTransaction, lateMs = 0
): State =>
  transaction.kind === "unsubscribe"
    ? endSaRequest(state, transaction)
    : giveUpSaRequest(state, transaction, { _tag: "subscribe", filter }, false, lateMs)

/** A transition of each subscription in turn, in the order of filters. */
export const each = (state: State, transition: (state: State, subscription: Subscription) => Outcome): Outcome =>
  sequence(state, ...state.subscriptions.map((subscription) => (next: State) => transition(next, subscription)))
