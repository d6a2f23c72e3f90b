/**
 * Subscriptions, in the order of `spec/subscriptions.md`: the SA knows one subscriber, the port. Endings are in
 * `subscriptions-endings.ts`, Reports in `reports.ts`.
 */
import type { Chooser } from "./choice.ts"
import type { FunctionId } from "./ids.ts"
import { filterOf, groupNotices, informIn, informOfSa, isSameFilter } from "./inform.ts"
import { ATTRIBUTE, type Mad } from "./mad.ts"
import { drop, type Egress, outcome, type Outcome, sequence } from "./outcome.ts"
import {
  answers, dueNow, endSaRequest, OK, olderRequest, REQUEST_INVALID, withoutGivenUp
} from "./sa-request.ts"
import type {
  GivenUpRequest, InformFilter, InformTransaction, State, Subscription, WaitingSubscribe
} from "./state.ts"
import {
  answerInform, each, giveUp, goOn, granted, isWanted, settleSubscription, subscriptionOf, unansweredSubscribes,
  unansweredSubscribesOf, withoutSubscriber, withSubscription
} from "./subscriptions-settle.ts"
import { functionState } from "./tables.ts"

/** A function's Set(InformInfo); the checks 1 to 8 of `spec/classes.md` are done. */
export const egressInform = (state: State, event: Egress, pkeyIndex: number, chooser: Chooser): Outcome => {
  const { address, function: fn, mad } = event
  const inform = informIn(mad)
  const remaining = state.config.timing.horizon
  const request: WaitingSubscribe = { function: fn, guestTid: mad.tid, address, inform, remaining }
  const filter = filterOf(inform, state.port.pkeys[pkeyIndex] ?? 0)
  switch (inform.subscribe) {
    case 0:
      return unsubscribe(state, filter, request, chooser)
    case 1:
      return subscribe(state, filter, request, chooser)
    default:
      return outcome(state, answerInform(state, request, REQUEST_INVALID)) //= SQP-SUB-4
  }
}

const subscribe = (
  state: State, filter: InformFilter, request: WaitingSubscribe, chooser: Chooser
): Outcome => {
  const { function: fn } = request
  const subscription = subscriptionOf(state, filter)
  const { again, held, transaction, waiting } = subscription
  if (state.port.smLid === null) return drop(state, fn, "no-sm")
  const repeated = unansweredSubscribes(subscription)
    .some((other) => other.function === fn && other.guestTid === request.guestTid)
  if (repeated) return drop(state, fn, "coalesced") //= SQP-SUB-2
  //= SQP-SUB-9
  const isFull = !concerns(subscription, fn) && subscriptionsOf(state, fn) >= state.config.limits.subscriptions
  if (isFull) return drop(state, fn, "subscription-quota")
  const isAtRest = !transaction && waiting.length === 0 && !again
  if (isAtRest && held) return granted(state, subscription, request) //= SQP-SUB-2
  const { pending } = functionState(state, fn).quotas
  if (unansweredSubscribesOf(state, fn).length >= pending) return drop(state, fn, "pending-quota")
  const waits = { ...subscription, waiting: [...waiting, request] }
  return settleSubscription(withSubscription(state, waits), filter, chooser)
}

const concerns = (subscription: Subscription, fn: FunctionId): boolean =>
  subscription.subscribers.includes(fn) ||
  unansweredSubscribes(subscription).some((request) => request.function === fn)

const subscriptionsOf = (state: State, fn: FunctionId): number =>
  state.subscriptions.filter((subscription) => concerns(subscription, fn)).length

const unsubscribe = (
  state: State, filter: InformFilter, request: WaitingSubscribe, chooser: Chooser
): Outcome => {
  const subscription = subscriptionOf(state, filter)
  //= SQP-SUB-4
  if (!subscription.subscribers.includes(request.function)) {
    return outcome(state, answerInform(state, request, REQUEST_INVALID))
  }
  const left = withoutSubscriber(subscription, request.function)
  return sequence(
    withSubscription(state, left),
    (next) => outcome(next, answerInform(next, request, OK)),
    (next) => settleSubscription(next, filter, chooser)
  )
}

// The SA's answer

/** The SA answers the transaction of a subscription; null for any other response. */
export const answeredInform = (state: State, mad: Mad, chooser: Chooser): Outcome | null => {
  const asked = state.subscriptions.find(({ transaction }) => transaction && answers(mad, transaction))
  if (!asked?.transaction || mad.attributeId !== ATTRIBUTE.INFORM_INFO) return null
  const { kind, request, triesLeft } = asked.transaction
  const after: Subscription = { ...asked, transaction: null, again: asked.again && kind !== "subscribe" }
  const { status } = mad
  // Another copy of a refused subscribe may still succeed.
  const isOpen = status !== OK && triesLeft < state.config.timing.saRetries
  const next = isOpen ? giveUp(state, after, asked.transaction) : endSaRequest(state, asked.transaction)
  if (kind === "unsubscribe") return goOn(next, { ...after, held: false }, chooser)
  if (status === OK) return subscribed(next, { ...after, held: true }, asked.transaction, chooser)
  //= SQP-SUB-3
  if (request === null) return goOn(next, { ...after, subscribers: [] }, chooser)
  return sequence(
    next,
    (told) => outcome(told, answerInform(told, request, status)), //= SQP-SUB-3
    (told) => goOn(told, after, chooser)
  )
}

/** The SA holds the subscription; the request's function, unless it has ended, has it. */
const subscribed = (
  state: State, subscription: Subscription, { cause, request }: InformTransaction, chooser: Chooser
): Outcome => {
  const { filter } = subscription
  const given = request ? granted(state, subscription, request) : outcome(withSubscription(state, subscription))
  const ending = cause === "re-subscribe" ? "unsubscribe" : "undo"
  return sequence(
    given.state,
    (next) => ({ ...given, state: next }),
    (next) => settleSubscription(next, filter, chooser, ending)
  )
}

/**
 * The SA grants a subscribe that was given up; null for any other response. What it granted before a port event,
 * it may have forgotten since.
 */
export const answeredLateInform = (
  state: State, late: GivenUpRequest, mad: Mad, chooser: Chooser
): Outcome | null => {
  const isGrant = mad.attributeId === ATTRIBUTE.INFORM_INFO && mad.status === OK
  if (late.asked._tag !== "subscribe" || !isGrant) return null
  const known = endSaRequest(withoutGivenUp(state, late), late)
  const subscription = subscriptionOf(known, late.asked.filter)
  const held = subscription.held || !late.former || !isWanted(subscription) //= SQP-SUB-1
  const after = withSubscription(known, { ...subscription, held })
  return settleSubscription(after, subscription.filter, chooser, "undo")
}

// The PF context's own subscription

/**
 * The PF context subscribes to the deletion of groups while functions are members, and no longer (SQP-SUB-11). What
 * the SA refused or did not answer is asked again after the next event of the port.
 */
export const listenForGroups = (state: State, chooser: Chooser): Outcome => {
  const { config, groups, running, subscriptions } = state
  const wanted = running && config.groupNotices === true && groups.some(({ members }) => members.length > 0)
  const own = subscriptions.find((subscription) => subscription.own)
  const ofFirst = groupNotices(state)
  const filter = wanted && ofFirst.partition !== 0 ? ofFirst : null
  const isSame = own && filter && isSameFilter(own.filter, filter)
  return sequence(
    state,
    (next) => (own && !isSame ? goOn(next, { ...own, own: false }, chooser) : outcome(next)), //= SQP-SUB-11
    (next) => (filter && !isSame ? listen(next, filter, chooser) : outcome(next))
  )
}

const listen = (state: State, filter: InformFilter, chooser: Chooser): Outcome => {
  const subscription = subscriptionOf(state, filter)
  const { held, transaction, waiting } = subscription
  const again = transaction ? transaction.kind === "unsubscribe" : !held && waiting.length === 0
  return goOn(state, { ...subscription, own: true, again: subscription.again || again }, chooser)
}

// Time

/** Time passes: requests age; what is due is done now or, inside the slack, later. */
export const ageSubscriptions = (state: State, ms: number, chooser: Chooser): Outcome => {
  const subscriptions = state.subscriptions.map((subscription) => older(subscription, ms))
  return each({ ...state, subscriptions }, (next, subscription) => fallDue(next, subscription, chooser))
}

const older = (subscription: Subscription, ms: number): Subscription => {
  const age = (request: WaitingSubscribe) =>
    ({ ...request, remaining: Math.max(-1, request.remaining - ms) })
  const { transaction, waiting } = subscription
  const request = transaction?.request ? age(transaction.request) : null
  return {
    ...subscription,
    waiting: waiting.map(age),
    transaction: transaction && { ...olderRequest(transaction, ms), request }
  }
}

const fallDue = (state: State, subscription: Subscription, chooser: Chooser): Outcome => {
  const { filter, transaction } = subscription
  const due = transaction && dueNow(state, transaction, chooser)
  if (transaction && due?._tag === "GivenUp") return timedOut(state, subscription, transaction, chooser)
  if (due?._tag !== "Again") return outcome(state)
  const repeated = withSubscription(state, { ...subscription, transaction: due.request })
  return outcome(repeated, informOfSa(state, filter, due.request, "retry"))
}

const timedOut = (
  state: State, subscription: Subscription, transaction: InformTransaction, chooser: Chooser
): Outcome => {
  const { kind, request } = transaction
  const next = giveUp(state, subscription, transaction, chooser.lateMs)
  const held = subscription.held && kind === "subscribe"
  const after = { ...subscription, transaction: null, held, again: subscription.again && kind !== "subscribe" }
  return sequence(
    next,
    (given) => (request ? drop(given, request.function, "sa-timeout") : outcome(given)),
    (given) => goOn(given, after, chooser)
  )
}
