/**
 * What a reader of the traffic knows of subscriptions: who was told of which, what the SA was asked and what it
 * granted. It shares nothing with the model of the rules. "Sure" is what must be so, "perhaps" what may be: a function
 * whose ring is full was not told what it has.
 */
import type { ActionOf } from "./action.ts"
import { type FunctionId, type Lid, low32, type Tid } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { asksForNotices, isMad } from "./invariants-crossing.ts"
import { type Observation, withinOf } from "./invariants.ts"
import { knownAtFirst, learnt, partitionAt, physicalIndex, type PortLedger, readTable } from "./invariants-port-ledger.ts"
import { ATTRIBUTE, CLASS, type InformInfo, isResponse, type Mad, METHOD } from "./mad.ts"

/** A filter, with its partition, that a function has or asked for. */
export interface Of {
  readonly fn: FunctionId
  readonly key: string
}

/** A subscribe of a function. */
export interface Wish extends Of {
  readonly tid: Tid
  /** The index it came with, as the function counts; the answer bears it. */
  readonly pkeyIndex: number
}

/** The most subscribes that are remembered: of as many TIDs the first no longer waits for an answer. */
const WISHES_MAX = 1024

/** An InformInfo of the PF context on the wire. */
export interface Asked {
  /** Low 32 bits. */
  readonly tid: string
  readonly key: string
  readonly subscribe: boolean
  readonly dlid: Lid
  /** From before the last reregister or change of the SM. */
  readonly former: boolean
  /** Milliseconds since it was first sent, at least: negative where it may have left later than it seems. */
  readonly age: number
}

/** All that is known of subscriptions. */
export interface SubscriptionLedger {
  readonly port: PortLedger
  readonly sure: ReadonlyArray<Of>
  readonly perhaps: ReadonlyArray<Of>
  /** Subscribes that functions sent since they last ended. */
  readonly wished: ReadonlyArray<Wish>
  readonly asked: ReadonlyArray<Asked>
  /** What the SA holds, as far as answers say. */
  readonly granted: ReadonlyArray<string>
  /** What it may hold. */
  readonly maybeGranted: ReadonlyArray<string>
  /** What it was ever asked to hold, in partitions that the port has. */
  readonly everAsked: ReadonlyArray<string>
}

/** What is known before anything happened. */
export const nothingAsked = (begin: Initial): SubscriptionLedger =>
  ({ port: knownAtFirst(begin), sure: [], perhaps: [], wished: [], asked: [], granted: [], maybeGranted: [], everAsked: [] })

/** A filter of a partition as text. */
export const keyIn = (partition: number, inform: InformInfo): string => {
  const { gid, isGeneric, lidRangeBegin, lidRangeEnd, producerType, trapNumber, type } = inform
  return [partition, gid, lidRangeBegin, lidRangeEnd, isGeneric, type, trapNumber, producerType].join(" ")
}

/** The end of the key of what the PF context itself asks for: trap 67, whoever tells of it. */
const OWN_FILTER = `${"0".repeat(32)} 65535 0 1 65535 67 16777215`

/** Whether a key is of the filter by which the PF context hears of deleted groups, in whatever partition. */
export const isOwnKey = (key: string): boolean => key.endsWith(` ${OWN_FILTER}`)

/** A Set(InformInfo) of a function that is taken; null for any other event. */
export const requestIn = (
  port: PortLedger, { event }: Observation
): (Wish & { readonly inform: InformInfo }) | null => {
  if (event._tag !== "Egress" || !isMad(event.mad) || !asksForNotices(event.mad)) return null
  const { address, function: fn, mad } = event
  const physical = physicalIndex(port, fn, address.pkeyIndex)
  if (mad.body._tag !== "informInfo" || physical === null) return null
  const { pkeyIndex } = address
  return { fn, tid: mad.tid, pkeyIndex, key: keyIn(partitionAt(port, physical), mad.body), inform: mad.body }
}

/** The answers to Set(InformInfo) that functions are handed; a response to another request is handed on. */
export const answersIn = (before: SubscriptionLedger, observation: Observation): ReadonlyArray<ActionOf<"ToFunction">> => {
  const { actions, event } = observation
  if (event._tag === "Ingress" && answeredIn(before, observation) === null) return []
  return actions.filter((action): action is ActionOf<"ToFunction"> =>
    action._tag === "ToFunction" && isAnswer(action.mad))
}

const isAnswer = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.INFORM_INFO && mad.method === METHOD.GET_RESP

/** The key an answer to a function is about: that of the request with its TID. */
export const keyOfAnswer = (ledger: SubscriptionLedger, answer: ActionOf<"ToFunction">, observation: Observation): string | null => {
  const request = requestIn(ledger.port, observation)
  if (request !== null && request.fn === answer.function && request.tid === answer.mad.tid) return request.key
  const body = answer.mad.body
  if (body._tag !== "informInfo") return null
  const possible = ledger.wished.filter(({ fn, key, pkeyIndex, tid }) =>
    fn === answer.function && tid === answer.mad.tid && pkeyIndex === answer.address.pkeyIndex &&
    key.endsWith(keyIn(0, body).slice(1)))
  return (possible.find(({ key }) => ledger.maybeGranted.includes(key)) ?? possible[0])?.key ?? null
}

/** What the PF context asks the SA in a step, and of it what it did not ask before. */
export const asksIn = (
  ledger: SubscriptionLedger, observation: Observation
): ReadonlyArray<Asked & { readonly isNew: boolean }> => {
  return observation.actions.flatMap((action) => {
    if (action._tag !== "ToWire" || action.from !== null || !asksForNotices(action.mad)) return []
    const { body, tid } = action.mad
    if (body._tag !== "informInfo") return []
    const key = keyIn(partitionAt(ledger.port, action.address.pkeyIndex), body)
    const subscribe = body.subscribe === 1
    const isNew = !ledger.asked.some((other) =>
      other.tid === low32(tid) && other.subscribe === subscribe && other.key === key)
    return [{ tid: low32(tid), key, subscribe, dlid: action.address.dlid, former: false, age: -withinOf(observation), isNew }]
  })
}

/** Whatever the method: it is not compared. */
const isAnswerOfSa = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.INFORM_INFO && isResponse(mad)

/** The request that the SA answers in a step, if its answer is taken. */
export const answeredIn = ({ asked }: SubscriptionLedger, { actions, event }: Observation): (Asked & { readonly status: number }) | null => {
  if (event._tag !== "Ingress" || !isMad(event.mad) || !isAnswerOfSa(event.mad)) return null
  if (actions.some((action) => action._tag === "Drop" && action.function === null)) return null
  const { status, tid } = event.mad
  const found = asked.find((other) => other.tid === low32(tid))
  return found ? { ...found, status } : null
}

/** Whether the SA may have forgotten everything. */
export const isUnsure = (before: PortLedger, after: PortLedger, { event }: Observation): boolean =>
  event._tag === "Reregister" || (event._tag === "SmChanged" && before.smLid !== after.smLid)

const isSame = (one: Of) => (other: Of): boolean => one.fn === other.fn && one.key === other.key
const without = <T extends Of>(all: ReadonlyArray<T>, gone: Of): ReadonlyArray<T> => all.filter((of) => !isSame(gone)(of))
const having = <T extends Of>(all: ReadonlyArray<T>, of: T): ReadonlyArray<T> => [...without(all, of), of]
const wishing = (all: SubscriptionLedger["wished"], { fn, key, pkeyIndex, tid }: Wish): SubscriptionLedger["wished"] =>
  all.some((of) => isSame({ fn, key })(of) && of.tid === tid && of.pkeyIndex === pkeyIndex)
    ? all
    : [...all, { fn, key, tid, pkeyIndex }].slice(-WISHES_MAX)
const partitionOf = (key: string): number => Number(key.slice(0, key.indexOf(" ")))

/** What is known once an event was told: who ended, who lost a P_Key, what the SA answered. */
export const afterEvent = (begin: Initial) => (ledger: SubscriptionLedger, observation: Observation): SubscriptionLedger => {
  const { event } = observation
  const port = learnt(begin.config.timing)(ledger.port, observation)
  if (event._tag === "Stop") return { ...nothingAsked(begin), port }
  const next = confined({ ...ledger, port })
  const gone = event._tag === "Detach" || event._tag === "Reset" ? event.function : null
  const stays = ({ fn }: Of): boolean => fn !== gone
  const here = gone === null
    ? next
    : { ...next, sure: next.sure.filter(stays), perhaps: next.perhaps.filter(stays), wished: next.wished.filter(stays) }
  const request = requestIn(port, observation)
  const wished = request?.inform.subscribe === 1 ? { ...here, wished: wishing(here.wished, request) } : here
  if (event._tag === "TimePasses") return older(wished, event.ms, begin)
  const unsure = isUnsure(ledger.port, port, observation)
  return answered(unsure ? { ...wished, asked: wished.asked.map((each) => ({ ...each, former: true })) } : wished, observation)
}

/** Who is in a partition no more has nothing there; what the port lost the partition of is forgotten. */
const confined = (ledger: SubscriptionLedger): SubscriptionLedger => {
  const isIn = ({ fn, key }: Of): boolean => readTable(ledger.port, fn).some((pkey) => (pkey & 0x7fff) === partitionOf(key))
  const stays = (key: string): boolean => isOfPort(ledger.port, key)
  const { asked, everAsked, granted, maybeGranted, perhaps, sure, wished } = ledger
  return {
    ...ledger, sure: sure.filter(isIn), perhaps: perhaps.filter(isIn), wished: wished.filter(isIn),
    asked: asked.filter(({ key }) => stays(key)), everAsked: everAsked.filter(stays),
    granted: granted.filter(stays), maybeGranted: maybeGranted.filter(stays)
  }
}

const older = (ledger: SubscriptionLedger, ms: number, { config: { timing } }: Initial): SubscriptionLedger => {
  const most = (timing.saRetries + 1) * (timing.saTimeout + timing.slack) + timing.tidMax
  const asked = ledger.asked.map((each) => ({ ...each, age: each.age + ms })).filter(({ age }) => age <= most)
  return { ...ledger, asked }
}

const answered = (ledger: SubscriptionLedger, observation: Observation): SubscriptionLedger => {
  const answer = answeredIn(ledger, observation)
  if (answer === null) return ledger
  const { former, key, status, subscribe, tid } = answer
  const isRefused = subscribe && status !== 0
  const asked = isRefused ? ledger.asked : ledger.asked.filter((other) => other.tid !== tid)
  const others = (keys: ReadonlyArray<string>) => keys.filter((other) => other !== key)
  const { granted, maybeGranted } = ledger
  if (!subscribe) return { ...ledger, asked, granted: others(granted), maybeGranted: others(maybeGranted) }
  if (isRefused) return { ...ledger, asked, sure: ledger.sure.filter((of) => of.key !== key) }
  // What is being ended is not held when that is over, whatever succeeds late meanwhile.
  const isEnding = asked.some((other) => other.key === key && !other.subscribe)
  const isHeld = !isEnding && (!former || !ledger.perhaps.some((of) => of.key === key))
  return {
    ...ledger, asked, granted: isHeld ? [...others(granted), key].sort() : granted,
    maybeGranted: [...others(maybeGranted), key].sort()
  }
}

/** What is known after what came of the event left, of it the answers to functions. */
export const afterActions = (
  ledger: SubscriptionLedger, answers: ReadonlyArray<ActionOf<"ToFunction">>, observation: Observation
): SubscriptionLedger => {
  const asked = asksIn(ledger, observation).reduce<SubscriptionLedger>((next, ask) => {
    if (!ask.isNew) return next
    const { isNew: _, ...sent } = ask
    const isFirst = ask.subscribe && !next.everAsked.includes(ask.key)
    const everAsked = isFirst ? [...next.everAsked, ask.key].sort() : next.everAsked
    const others = (keys: ReadonlyArray<string>) => keys.filter((key) => key !== ask.key)
    const open = [...next.asked.filter(({ tid }) => tid !== sent.tid), sent]
    return { ...next, asked: open, everAsked, granted: others(next.granted), maybeGranted: others(next.maybeGranted) }
  }, ledger)
  const told = answers.reduce<SubscriptionLedger>((before, answer) => {
    const key = keyOfAnswer(ledger, answer, observation)
    const { body, status, tid } = answer.mad
    if (key === null || body._tag !== "informInfo") return before
    const of = { fn: answer.function, key }
    // An unsubscribe may bear the TID of a subscribe that is still with the SA.
    const isWish = (other: Wish): boolean => body.subscribe === 1 && other.tid === tid && isSame(of)(other)
    const next = { ...before, wished: before.wished.filter((other) => !isWish(other)) }
    if (status !== 0) return next
    return body.subscribe === 1
      ? { ...next, sure: having(next.sure, of), perhaps: having(next.perhaps, of) }
      : { ...next, sure: without(next.sure, of), perhaps: without(next.perhaps, of) }
  }, asked)
  const unheard = observation.actions.flatMap((action) =>
    action._tag === "Drop" && action.reason === "function-full" && action.function !== null ? [action.function] : [])
  return unheard.reduce<SubscriptionLedger>((next, fn) => ({
    ...next,
    sure: next.sure.filter((of) => of.fn !== fn),
    perhaps: next.wished.filter((of) => of.fn === fn).reduce<ReadonlyArray<Of>>((all, { key }) => having(all, { fn, key }), next.perhaps)
  }), told)
}

/** How long a request may be with the SA before it is given up. */
export const openFor = ({ config: { timing } }: Initial): number => (timing.saRetries + 1) * (timing.saTimeout + timing.slack)

/** Whether the port has a P_Key of the partition of a key. */
export const isOfPort = ({ pkeys }: PortLedger, key: string): boolean => pkeys.some((pkey) => (pkey & 0x7fff) === partitionOf(key))

/** Whether index 0 of the PF's table is of the partition of a key. */
export const isOfFirst = (port: PortLedger, key: string): boolean => partitionOf(key) === partitionAt(port, 0)

