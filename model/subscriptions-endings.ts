/** Ends of functions and of the PF context, and port events: sections of `spec/subscriptions.md`. */
import type { Chooser } from "./choice.ts"
import type { FunctionId } from "./ids.ts"
import { drop, outcome, type Outcome, sequence } from "./outcome.ts"
import { endSaRequest, markFormer, REQUEST_INVALID, withoutGivenUp } from "./sa-request.ts"
import type { GivenUpRequest, State, Subscription, WaitingSubscribe } from "./state.ts"
import {
  answerInform, each, giveUp, goOn, isWanted, unansweredSubscribes, withoutSubscription, withSubscription
} from "./subscriptions-settle.ts"
import { holdsPkey, isOfPort } from "./tables.ts"

/** A function ends: it is no subscriber any more; a transaction for its request goes on without it. */
export const endFunctionSubscriptions = (state: State, fn: FunctionId, chooser: Chooser): Outcome =>
  each(state, (next, subscription) =>
    withoutFunctions(next, subscription, (other) => other === fn, (after) => drop(after, fn, "function-gone"), chooser))

/** P_Keys changed: who is in a partition no more subscribes to nothing in it, and its requests are refused. */
export const confineSubscriptions = (state: State, chooser: Chooser): Outcome =>
  sequence(
    state,
    (next) => each(next, (now, subscription) => confined(now, subscription, chooser)),
    (next) => outcome(next.givenUp.filter((late) => isLost(next, late)).reduce<State>(forgetLate, next))
  )

const confined = (state: State, subscription: Subscription, chooser: Chooser): Outcome => {
  const { partition } = subscription.filter
  const isGone = (fn: FunctionId): boolean => !holdsPkey(state, fn, partition) //= SQP-SUB-12
  return isOfPort(state, partition)
    ? withoutFunctions(state, subscription, isGone, refused, chooser)
    : forgotten(state, subscription)
}

const refused = (state: State, request: WaitingSubscribe): Outcome =>
  outcome(state, answerInform(state, request, REQUEST_INVALID))

/** The port lost the partition: nothing can be said there, and elsewhere it would be of something else (SQP-SUB-13). */
const forgotten = (state: State, subscription: Subscription): Outcome => {
  const { transaction } = subscription
  const ended = transaction ? endSaRequest(state, transaction) : state
  return sequence(
    withoutSubscription(ended, subscription), //= SQP-SUB-13
    ...unansweredSubscribes(subscription).map((request) => (after: State) => refused(after, request))
  )
}

const isLost = (state: State, { asked }: GivenUpRequest): boolean =>
  asked._tag === "subscribe" && !isOfPort(state, asked.filter.partition)

const forgetLate = (state: State, late: GivenUpRequest): State => endSaRequest(withoutGivenUp(state, late), late)

/** A subscription without some functions, whose requests end; it goes on. */
const withoutFunctions = (
  state: State, subscription: Subscription, isGone: (fn: FunctionId) => boolean,
  end: (state: State, request: WaitingSubscribe) => Outcome, chooser: Chooser
): Outcome => {
  const { subscribers, transaction, waiting } = subscription
  const gone = unansweredSubscribes(subscription).filter((request) => isGone(request.function))
  const isAnswered = transaction?.request && gone.includes(transaction.request)
  const without: Subscription = {
    ...subscription,
    subscribers: subscribers.filter((fn) => !isGone(fn)), //= SQP-SUB-1
    waiting: waiting.filter((request) => !gone.includes(request)),
    transaction: isAnswered ? { ...transaction, request: null } : transaction
  }
  return sequence(
    withSubscription(state, without),
    ...gone.map((request) => (after: State) => end(after, request)),
    (after) => goOn(after, without, chooser)
  )
}

/** Reregister, or another SM: what functions subscribed to is subscribed to again (SQP-SUB-7). */
export const resubscribe = (state: State, chooser: Chooser): Outcome =>
  each(markFormer(state), (next, subscription) => {
    const { transaction, waiting } = subscription
    const given = transaction ? markFormer(giveUp(next, subscription, transaction)) : next
    const asking = transaction?.request ? [transaction.request, ...waiting] : waiting
    const isSure = isWanted(subscription) || asking.length === 0
    return goOn(given, {
      ...subscription,
      transaction: null,
      waiting: asking,
      held: subscription.held && isSure, //= SQP-SUB-7
      again: isWanted(subscription) //= SQP-SUB-7
    }, chooser)
  })

/** The PF context stops: everything is unsubscribed while the wire is up, then released. */
export const stopSubscriptions = (state: State, chooser: Chooser): Outcome => {
  const left = each(state, (next, subscription) => { //= SQP-LIFE-3
    const { held, transaction } = subscription
    const given = transaction ? giveUp(next, subscription, transaction) : next
    const empty: Subscription = {
      ...subscription, subscribers: [], own: false, waiting: [], transaction: null, again: false,
      held: held && transaction?.kind !== "unsubscribe"
    }
    return sequence(
      given,
      ...unansweredSubscribes(subscription).map(
        ({ function: fn }) => (after: State) => drop(after, fn, "function-gone")
      ),
      (after) => goOn(after, empty, chooser)
    )
  })
  const asked = left.state.subscriptions.flatMap(({ transaction }) => transaction ?? [])
  const released = [...asked, ...left.state.givenUp].reduce<State>(endSaRequest, left.state)
  return { ...left, state: { ...released, subscriptions: [], givenUp: [] } }
}
