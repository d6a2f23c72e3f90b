/** Invariants of what the SA holds for the port and what functions have of it (`spec/subscriptions.md`). */
import type { ActionOf } from "./action.ts"
import type { Initial } from "./initial.ts"
import { askedAgain, type Invariant, invariantsOver, type Observation } from "./invariants.ts"
import {
  afterActions, afterEvent, answersIn, asksIn, isOfFirst, isOfPort, isOwnKey, isUnsure, keyOfAnswer, nothingAsked, openFor,
  requestIn, type SubscriptionLedger
} from "./invariants-subscription-ledger.ts"
import { subscriptionLedger } from "./renaming-ledgers.ts"

/** A ledger before an event, once it was told, and after what came of it. */
interface Turn {
  readonly before: SubscriptionLedger
  readonly told: SubscriptionLedger
  readonly after: SubscriptionLedger
  /** What functions are answered to their Set(InformInfo). */
  readonly answers: ReadonlyArray<ActionOf<"ToFunction">>
  readonly observation: Observation
  readonly begin: Initial
}

/** Tells the turn of an observation; once, however many invariants ask. */
const turnsOf = (begin: Initial) => {
  const hear = afterEvent(begin)
  return askedAgain((before: SubscriptionLedger, observation: Observation): Turn => {
    const told = hear(before, observation)
    const answers = answersIn(before, observation)
    return { before, told, after: afterActions(told, answers, observation), answers, observation, begin }
  })
}

/** The invariants of what the SA was asked and functions were told. */
export const subscriptionSaInvariants = (begin: Initial): ReadonlyArray<Invariant> => {
  const turnOf = turnsOf(begin)
  const judge = invariantsOver(nothingAsked(begin), (before, observation) => turnOf(before, observation).after, subscriptionLedger)
  const over = (wrong: (turn: Turn) => string | undefined) => (before: SubscriptionLedger, observation: Observation) =>
    wrong(turnOf(before, observation))
  return [
    judge("SQP-SUB-1", "What the SA holds and nobody has is being ended", over(forgotten)),
    judge("SQP-SUB-2", "A function is told of a subscription only when the SA holds it", over(unfounded)),
    judge("SQP-SUB-2", "The SA is asked again for what it holds only after a port event", over(repeated)),
    judge("SQP-SUB-4", "An unsubscribe is answered at once, and granted to who has the subscription alone", over(wrongEnd)),
    judge("SQP-SUB-4", "Nothing is ended at the SA that a function still has", over(endedForAll)),
    judge("SQP-SUB-7", "What functions have is asked for again when the SA may have forgotten it", over(notRenewed)),
    judge("SQP-SUB-9", "A function has no more subscriptions than its quota, and as many as that", over(beyondQuota)),
    judge("SQP-SUB-11", "The PF context asks for itself only for deleted groups, and only if it is to", over(unwished)),
    judge("SQP-SUB-13", "What is ended at the SA was subscribed to in the same partition, which the port has", over(endedElsewhere)),
    judge("SQP-SUB-12", "A function is granted only what it asked for in a partition that it still has", over(unasked))
  ]
}

const forgotten = ({ after, begin }: Turn): string | undefined => {
  const { asked, granted, perhaps, port } = after
  if (!port.running || port.smLid === null) return undefined
  const key = granted.find((each) =>
    !isOwnKey(each) && isOfPort(port, each) && !perhaps.some((of) => of.key === each) &&
    !asked.some((open) => open.key === each && open.age <= openFor(begin)))
  return key === undefined ? undefined : `the SA holds ${key} for nobody`
}

const unfounded = ({ answers, observation, told }: Turn): string | undefined => {
  const found = answers.find((answer) => {
    const { body, status } = answer.mad
    if (status !== 0 || body._tag !== "informInfo" || body.subscribe !== 1) return false
    const key = keyOfAnswer(told, answer, observation)
    return key !== null && !told.maybeGranted.includes(key)
  })
  return found && `function ${found.function} is told of what the SA does not hold`
}

const repeated = ({ before, observation, told }: Turn): string | undefined => {
  if (isUnsure(before.port, told.port, observation)) return undefined
  const found = asksIn(told, observation).find(({ isNew, key, subscribe }) => isNew && subscribe && told.granted.includes(key))
  return found && `the SA is asked for ${found.key}, which it holds`
}

const wrongEnd = ({ answers, before, observation, told }: Turn): string | undefined => {
  const request = requestIn(told.port, observation)
  if (request === null || request.inform.subscribe !== 0) return undefined
  const { fn, key, tid } = request
  const answer = answers.find((each) => each.function === fn && each.mad.tid === tid)
  const isDropped = observation.actions.some((action) => action._tag === "Drop" && action.function === fn)
  if (!answer) return isDropped ? undefined : `function ${fn} has no answer to its unsubscribe`
  const has = (all: SubscriptionLedger["sure"]) => all.some((of) => of.fn === fn && of.key === key)
  if (answer.mad.status === 0 && !has(before.perhaps)) return `function ${fn} ends what it has not`
  return answer.mad.status === 0x0200 && has(before.sure) ? `function ${fn} may not end what it has` : undefined
}

const endedForAll = ({ after, observation, told }: Turn): string | undefined => {
  const found = asksIn(told, observation).find(({ isNew, key, subscribe }) =>
    isNew && !subscribe && after.sure.some((of) => of.key === key))
  return found && `${found.key} is ended though a function has it`
}

const notRenewed = ({ before, observation, told }: Turn): string | undefined => {
  const { port, sure } = told
  if (!port.running || port.smLid === null || !isUnsure(before.port, port, observation)) return undefined
  const asked = asksIn(told, observation)
  const lost = sure.find((of) =>
    !asked.some(({ dlid, key, subscribe }) => subscribe && key === of.key && dlid === port.smLid))
  return lost && `what function ${lost.fn} has is not asked for again`
}

const beyondQuota = ({ after, begin, observation, told }: Turn): string | undefined => {
  const { subscriptions } = begin.config.limits
  const beyond = after.sure.find(({ fn }) => after.sure.filter((of) => of.fn === fn).length > subscriptions)
  if (beyond) return `function ${beyond.fn} has more than ${subscriptions} subscriptions`
  const refused = observation.actions.find((action) => action._tag === "Drop" && action.reason === "subscription-quota")
  if (refused?._tag !== "Drop") return undefined
  const had = new Set([...told.perhaps, ...told.wished].filter(({ fn }) => fn === refused.function).map(({ key }) => key))
  return had.size <= subscriptions ? `function ${refused.function} is refused within its quota` : undefined
}

const unwished = ({ begin, observation, told }: Turn): string | undefined => {
  const found = asksIn(told, observation).find(({ isNew, key, subscribe }) => {
    const isOwn = begin.config.groupNotices === true && isOwnKey(key) && isOfFirst(told.port, key)
    return isNew && subscribe && !isOwn && ![...told.perhaps, ...told.wished].some((of) => of.key === key)
  })
  return found && `the SA is asked for ${found.key} in nobody's name`
}

const unasked = ({ answers, observation, told }: Turn): string | undefined => {
  const found = answers.find((answer) => answer.mad.status === 0 && keyOfAnswer(told, answer, observation) === null)
  return found && `function ${found.function} is granted what it did not ask for, or lost with its P_Key`
}

const endedElsewhere = ({ before, observation, told }: Turn): string | undefined => {
  // After a stop nothing is known any more, of what the stop itself ends too.
  const { everAsked } = observation.event._tag === "Stop" ? before : told
  const found = asksIn(told, observation).find(({ key, subscribe }) => !subscribe && !everAsked.includes(key))
  return found && `${found.key} is ended, which the SA was never asked for`
}
