/**
 * Transactions: see `spec/tid.md`. A request leaves with a wire TID, its answer comes back with the guest's.
 */
import type { Chooser } from "./choice.ts"
import { type Egress, type Ingress, deliver, drop, type Outcome, rest, send, taken } from "./outcome.ts"
import type { FunctionId } from "./ids.ts"
import { low32 } from "./ids.ts"
import { isResponse, type Mad, type Rmpp } from "./mad.ts"
import { functionOfGid } from "./tables.ts"
import type { Destination, InboundRequest, Life, State, Transaction } from "./state.ts"

/**
 * Whether something with this life is still there: it must be, it may be, and then the step asks (SQP-TID-5).
 */
export const remembered = (life: Life, about: string, chooser: Chooser): boolean =>
  life.must > 0 || chooser.among(about, ["remembered", "forgotten"]) === "remembered" //= SQP-TID-5

/** The life of something that was seen but not used: it has not been forgotten before now. */
export const stillThere = <Entry extends Living>(entry: Entry): Entry =>
  ({ ...entry, life: { ...entry.life, must: Math.max(0, entry.life.must) } })

/** What has a life. */
interface Living {
  readonly life: Life
}

/** The life of something just used. */
export const newLife = ({ config: { timing } }: State): Life => ({ must: timing.tidMin, may: timing.tidMax })

const destinationOf = ({ address }: Egress): Destination => ({
  dlid: address.dlid,
  dgid: address.grh?.dgid ?? null,
  remoteQpn: address.remoteQpn
})

const sameDestination = (a: Destination, b: Destination): boolean =>
  a.dlid === b.dlid && a.dgid === b.dgid && a.remoteQpn === b.remoteQpn

/**
 * A request of a function, R bit clear: leaves with its wire TID, the same for a retransmission. `mad` is
 * what leaves but for the TID.
 */
export const egressRequest = (
  state: State, event: Egress, pkeyIndex: number, mad: Mad, chooser: Chooser
): Outcome => {
  const destination = destinationOf(event)
  const isControl = isRmppControl(mad)
  const known = state.transactions.find((transaction) =>
    transaction.function === event.function && transaction.qp === event.qp &&
    transaction.mgmtClass === mad.mgmtClass && transaction.guestTid === mad.tid &&
    sameDestination(transaction.destination, destination)
  )
  if (known && remembered(known.life, "transaction", chooser)) {
    const after = useTransaction(state, known, isControl && known.answered)
    return send(after, event, pkeyIndex, { ...mad, tid: known.wireTid }) //= SQP-TID-3
  }
  const before = known ? forget(state, known) : state
  if (isControl) return drop(before, event.function, "rmpp-unknown") //= SQP-TID-11
  const roomy = makeRoom(before, event.function, transactionTable, chooser)
  if (roomy === null) return drop(before, event.function, "tid-quota") //= SQP-TID-10
  const wireTid = chooser.wireTid(taken(roomy, "tid")) //= SQP-TID-1
  const transaction: Transaction = {
    wireTid,
    function: event.function,
    qp: event.qp,
    mgmtClass: mad.mgmtClass,
    destination,
    guestTid: mad.tid,
    answered: false,
    life: newLife(state)
  }
  const after = { ...roomy, transactions: byFunction([...roomy.transactions, transaction]) }
  return send(after, event, pkeyIndex, { ...mad, tid: wireTid })
}

/** Entries of which a function holds only so many. */
export interface Table<Entry extends Living & { readonly function: FunctionId }> {
  readonly about: string
  readonly entries: (state: State) => ReadonlyArray<Entry>
  readonly limit: (state: State) => number
  readonly nameOf: (entry: Entry) => string
  readonly forget: (state: State, entry: Entry) => State
  /** Which of a function's entries, oldest use first, gives way to a new one; undefined: none does. */
  readonly givesWay: (own: ReadonlyArray<Entry>) => Entry | undefined
}

/**
 * The state with room for one more entry of a function; null when its quota is used up. At the quota one
 * entry gives way. Where the quota is reached only with entries in their optional life, one of them may have
 * been forgotten instead: the step asks which.
 */
export const makeRoom = <Entry extends Living & { readonly function: FunctionId }>(
  state: State, fn: FunctionId, table: Table<Entry>, chooser: Chooser
): State | null => {
  const own = table.entries(state).filter((entry) => entry.function === fn)
  if (own.length < table.limit(state)) return state
  const yielding = table.givesWay(own)
  const candidates = own.filter((entry) => entry === yielding || entry.life.must <= 0)
  const [first, ...others] = [...(yielding ? [] : ["full"]), ...candidates.map(table.nameOf)]
  const answer = first === undefined ? first : chooser.among(table.about, [first, ...others])
  const gone = candidates.find((entry) => table.nameOf(entry) === answer)
  return gone ? table.forget(state, gone) : null
}

/**
 * A response of a function: the peer's TID untouched, and only to a request that was delivered to this
 * function.
 */
export const egressResponse = (state: State, event: Egress, pkeyIndex: number, chooser: Chooser): Outcome => {
  const { address, mad } = event
  const request = state.inbound.find((inbound) =>
    inbound.function === event.function && inbound.qp === event.qp && inbound.mgmtClass === mad.mgmtClass &&
    inbound.tid === mad.tid && inbound.slid === address.dlid && inbound.srcQp === address.remoteQpn
  )
  if (!request) return drop(state, event.function, "response-undelivered") //= SQP-TID-8
  if (!remembered(request.life, "inbound", chooser)) {
    return drop(forgetInbound(state, request), event.function, "response-undelivered")
  }
  return send(useInbound(state, request, true), event, pkeyIndex, mad)
}

/** A response from the wire: to whoever asked, with the TID it asked with. */
export const ingressResponse = (state: State, event: Ingress, chooser: Chooser): Outcome => {
  const { mad } = event
  //= SQP-TID-4
  const asked = state.transactions.find((transaction) =>
    low32(transaction.wireTid) === low32(mad.tid) && transaction.qp === event.qp &&
    transaction.mgmtClass === mad.mgmtClass
  )
  if (!asked) return drop(state, null, "response-unasked")
  if (!remembered(asked.life, "transaction", chooser)) {
    return drop(forget(state, asked), null, "response-unasked")
  }
  const seen = {
    ...state,
    transactions: state.transactions.map((entry) => (entry === asked ? stillThere(asked) : entry))
  }
  const after = useTransaction(state, asked, true)
  return deliver(seen, event, asked.function, { ...mad, tid: asked.guestTid }, after) //= SQP-TID-2
}

/** An RMPP control packet with the R bit clear belongs to a request that was delivered before. */
export const isRmppControl = (mad: Mad): boolean =>
  !isResponse(mad) && mad.rmpp !== null && controls(mad.rmpp)

const controls = (rmpp: Rmpp): boolean => rmpp.active && rmpp.type >= 2 && rmpp.type <= 4

/**
 * Hands an RMPP control packet to the function that remembers the request it belongs to; of several the DGID
 * names one (SQP-TID-9).
 */
export const ingressRmppControl = (state: State, event: Ingress, chooser: Chooser): Outcome => {
  //= SQP-TID-9
  const candidates = state.inbound.filter((inbound) => belongs(inbound, event))
  const forgotten = candidates.filter(({ life }) => !remembered(life, "inbound", chooser))
  const known = candidates.filter((inbound) => !forgotten.includes(inbound))
  const next = {
    ...state,
    inbound: state.inbound
      .filter((inbound) => !forgotten.includes(inbound))
      .map((inbound) => (known.includes(inbound) ? stillThere(inbound) : inbound))
  }
  const named = event.address.grh && functionOfGid(state, event.address.grh.dgid)
  const request = known.length > 1 ? known.find((inbound) => inbound.function === named) : known[0]
  if (!request) return drop(next, null, "rmpp-unknown")
  const after = useInbound(next, request, request.answered)
  return deliver(next, event, request.function, event.mad, after)
}

/** Hands a request from the wire to a function and remembers that it may answer (SQP-TID-8). */
export const ingressRequest = (state: State, event: Ingress, fn: FunctionId, chooser: Chooser): Outcome => {
  const delivered = deliver(state, event, fn, event.mad)
  if (delivered.actions.some(({ _tag }) => _tag === "Drop")) return delivered
  const request: InboundRequest = {
    function: fn,
    qp: event.qp,
    mgmtClass: event.mad.mgmtClass,
    slid: event.address.slid,
    srcQp: event.address.srcQp,
    tid: event.mad.tid,
    answered: false,
    life: newLife(state)
  }
  const known = state.inbound.find((inbound) => isSameRequest(inbound, request))
  if (known && remembered(known.life, "inbound", chooser)) {
    return { ...delivered, state: useInbound(state, known, false) }
  }
  const before = known ? forgetInbound(state, known) : state
  const roomy = makeRoom(before, fn, inboundTable, chooser)
  if (roomy === null) return drop(before, fn, "inbound-quota") //= SQP-TID-12
  return { ...delivered, state: { ...roomy, inbound: byFunction([...roomy.inbound, request]) } }
}

/**
 * Time passes for transactions and delivered requests: lives shrink, what is past its optional life goes, its
 * ids rest.
 */
export const ageTransactions = (state: State, ms: number): State => {
  const aged = state.transactions.map((entry) => ({ ...entry, life: shorter(entry.life, ms) }))
  const resting = state.resting
    .map((entry) => ({ ...entry, remaining: entry.remaining - ms }))
    .filter(({ remaining }) => remaining > 0)
  const inbound = state.inbound
    .map((entry) => ({ ...entry, life: shorter(entry.life, ms) }))
    .filter((entry) => !over(entry))
  const after = { ...state, transactions: aged, inbound, resting }
  return aged.filter(over).reduce(forget, after) //= SQP-TID-6
}

/**
 * A life after some time. `must` goes on below 0: -must is for how long it may have been forgotten already.
 */
export const shorter = ({ may, must }: Life, ms: number): Life => ({ must: must - ms, may: may - ms })

/** Whether the optional life of something is over too. */
export const over = ({ life }: Living): boolean => life.may <= 0

/**
 * For how long something that is gone, or turned out to be, may have been forgotten already: its id rests
 * since then.
 */
export const forgottenFor = ({ life }: Living): number => Math.max(0, -life.must)

/**
 * A function ended: its transactions and delivered requests are released, its wire TIDs rest (SQP-LIFE-1).
 */
export const endFunctionTransactions = (state: State, fn: FunctionId): State => {
  const gone = state.transactions.filter((transaction) => transaction.function === fn)
  const after = {
    ...state,
    transactions: state.transactions.filter((transaction) => transaction.function !== fn),
    inbound: state.inbound.filter((inbound) => inbound.function !== fn)
  }
  return rest(after, "tid", gone.map(({ wireTid }) => wireTid)) //= SQP-LIFE-1
}

const belongs = (inbound: InboundRequest, event: Ingress): boolean =>
  inbound.qp === event.qp && inbound.mgmtClass === event.mad.mgmtClass && inbound.tid === event.mad.tid &&
  inbound.slid === event.address.slid && inbound.srcQp === event.address.srcQp

/** A transaction is gone; its id began to rest, at the earliest, when its certain life ended. */
const forget = (state: State, gone: Transaction): State => {
  const after = { ...state, transactions: state.transactions.filter((entry) => entry !== gone) }
  return rest(after, "tid", [gone.wireTid], forgottenFor(gone))
}

const forgetInbound = (state: State, gone: InboundRequest): State =>
  ({ ...state, inbound: state.inbound.filter((entry) => entry !== gone) })

/** A transaction was used: its life starts anew, and it is the latest of its function's. */
const useTransaction = (state: State, entry: Transaction, answered: boolean): State => {
  const used = { ...entry, answered, life: newLife(state) }
  return { ...state, transactions: byFunction([...state.transactions.filter((other) => other !== entry), used]) }
}

/** A delivered request was used: its life starts anew, and it is the latest of its function's. */
const useInbound = (state: State, entry: InboundRequest, answered: boolean): State => {
  const used = { ...entry, answered, life: newLife(state) }
  const others = state.inbound.filter((other) => !isSameRequest(other, entry))
  return { ...state, inbound: byFunction([...others, used]) }
}

/** Entries by function; those of one function stay in their order. */
export const byFunction = <Entry extends { readonly function: FunctionId }>(
  entries: ReadonlyArray<Entry>
): ReadonlyArray<Entry> => entries.toSorted((a, b) => a.function - b.function)

const inboundKey = (entry: InboundRequest): string =>
  [entry.function, entry.qp, entry.mgmtClass, entry.slid, entry.srcQp, entry.tid].join()

const isSameRequest = (a: InboundRequest, b: InboundRequest): boolean => inboundKey(a) === inboundKey(b)

const transactionTable: Table<Transaction> = {
  about: "tid-quota",
  entries: ({ transactions }) => transactions,
  limit: ({ config }) => config.limits.tids,
  nameOf: ({ wireTid }) => `forgotten ${wireTid}`,
  forget,
  givesWay: (own) => own.find(({ answered }) => answered) //= SQP-TID-10
}

const inboundTable: Table<InboundRequest> = {
  about: "inbound-quota",
  entries: ({ inbound }) => inbound,
  limit: ({ config }) => config.limits.inbound,
  nameOf: (entry) => `forgotten ${inboundKey(entry)}`,
  forget: forgetInbound,
  givesWay: (own) => own.find(({ answered }) => answered) ?? own[0] //= SQP-TID-12
}
