/** Transactions: see `spec/tid.md`. A request leaves with a wire TID, its answer comes back with the guest's. */
import type { Chooser } from "./choice.ts"
import { type Egress, type Ingress, deliver, drop, type Outcome, rest, send, taken } from "./outcome.ts"
import type { FunctionId } from "./ids.ts"
import { low32 } from "./ids.ts"
import { isResponse, type Mad, type Rmpp } from "./mad.ts"
import { functionOfGid } from "./tables.ts"
import type { Destination, InboundRequest, Life, State, Transaction } from "./state.ts"

/** Whether something with this life is still there: it must be, it may be, and then the step asks (SQP-TID-5). */
export const remembered = (life: Life, about: string, chooser: Chooser): boolean =>
  life.must > 0 || chooser.among(about, ["remembered", "forgotten"]) === "remembered"

/** The life of something just used. */
export const newLife = ({ config: { timing } }: State): Life => ({ must: timing.tidMin, may: timing.tidMax })

const destinationOf = ({ address }: Egress): Destination => ({
  dlid: address.dlid,
  dgid: address.grh?.dgid ?? null,
  remoteQpn: address.remoteQpn
})

const sameDestination = (a: Destination, b: Destination): boolean =>
  a.dlid === b.dlid && a.dgid === b.dgid && a.remoteQpn === b.remoteQpn

/** A request of a function, R bit clear: leaves with its wire TID, the same for a retransmission. `mad` is what leaves but for the TID. */
export const egressRequest = (state: State, event: Egress, pkeyIndex: number, mad: Mad, chooser: Chooser): Outcome => {
  const destination = destinationOf(event)
  const known = state.transactions.find((transaction) =>
    transaction.function === event.function && transaction.qp === event.qp &&
    transaction.mgmtClass === mad.mgmtClass && transaction.guestTid === mad.tid &&
    sameDestination(transaction.destination, destination)
  )
  if (known && remembered(known.life, "transaction", chooser)) {
    const after = replaceTransaction(state, known, { ...known, life: newLife(state) })
    return send(after, event, pkeyIndex, { ...mad, tid: known.wireTid }) //= SQP-TID-3
  }
  const before = known ? forget(state, known) : state
  const own = before.transactions.filter((transaction) => transaction.function === event.function)
  const certain = own.filter(({ life }) => life.must > 0)
  if (certain.length >= state.config.limits.tids) return drop(state, event.function, "tid-quota") //= SQP-TID-10
  if (own.length >= state.config.limits.tids && chooser.among("tid-quota", ["room", "full"]) === "full") {
    return drop(state, event.function, "tid-quota")
  }
  const wireTid = chooser.wireTid(taken(state, "tid")) //= SQP-TID-1
  const transaction: Transaction = {
    wireTid,
    function: event.function,
    qp: event.qp,
    mgmtClass: mad.mgmtClass,
    destination,
    guestTid: mad.tid,
    life: newLife(state)
  }
  return send(withTransactions(before, [...before.transactions, transaction]), event, pkeyIndex, { ...mad, tid: wireTid })
}

/** A response of a function: the peer's TID untouched, and only to a request that was delivered to this function. */
export const egressResponse = (state: State, event: Egress, pkeyIndex: number, chooser: Chooser): Outcome => {
  const { address, mad } = event
  const request = state.inbound.find((inbound) =>
    inbound.function === event.function && inbound.qp === event.qp && inbound.mgmtClass === mad.mgmtClass &&
    inbound.tid === mad.tid && inbound.slid === address.dlid && inbound.srcQp === address.remoteQpn
  )
  if (!request || !remembered(request.life, "inbound", chooser)) {
    return drop(state, event.function, "response-undelivered") //= SQP-TID-8
  }
  return send(replaceInbound(state, request, { ...request, life: newLife(state) }), event, pkeyIndex, mad)
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
  if (!remembered(asked.life, "transaction", chooser)) return drop(forget(state, asked), null, "response-unasked")
  const after = replaceTransaction(state, asked, { ...asked, life: newLife(state) })
  return deliver(state, event, asked.function, { ...mad, tid: asked.guestTid }, after) //= SQP-TID-2
}

/** An RMPP control packet with the R bit clear belongs to a request that was delivered before. */
export const isRmppControl = (mad: Mad): boolean => !isResponse(mad) && mad.rmpp !== null && controls(mad.rmpp)

const controls = (rmpp: Rmpp): boolean => rmpp.active && rmpp.type >= 2 && rmpp.type <= 4

/** Hands an RMPP control packet to the function that answers the request it belongs to (SQP-TID-9). */
export const ingressRmppControl = (state: State, event: Ingress, chooser: Chooser): Outcome => {
  //= SQP-TID-9
  const named = event.address.grh && functionOfGid(state, event.address.grh.dgid)
  const candidates = state.inbound.filter((inbound) =>
    belongs(inbound, event) && (named === null || inbound.function === named)
  )
  const request = candidates.length === 1 ? candidates[0] : undefined
  if (!request || !remembered(request.life, "inbound", chooser)) return drop(state, null, "rmpp-unknown")
  const after = replaceInbound(state, request, { ...request, life: newLife(state) })
  return deliver(state, event, request.function, event.mad, after)
}

/** Hands a request from the wire to a function and remembers that it may answer (SQP-TID-8). */
export const ingressRequest = (state: State, event: Ingress, fn: FunctionId, chooser: Chooser): Outcome => {
  const known = state.inbound.find((inbound) => inbound.function === fn && belongs(inbound, event))
  if (known) return deliver(state, event, fn, event.mad, replaceInbound(state, known, { ...known, life: newLife(state) }))
  const request: InboundRequest = {
    function: fn,
    qp: event.qp,
    mgmtClass: event.mad.mgmtClass,
    slid: event.address.slid,
    srcQp: event.address.srcQp,
    tid: event.mad.tid,
    life: newLife(state)
  }
  const delivered = deliver(state, event, fn, event.mad, withInbound(state, [...state.inbound, request]))
  if (delivered.actions.some(({ _tag }) => _tag === "Drop")) return delivered
  const own = state.inbound.filter((inbound) => inbound.function === fn)
  const certain = own.filter(({ life }) => life.must > 0)
  const full = certain.length >= state.config.limits.inbound ||
    (own.length >= state.config.limits.inbound && chooser.among("inbound-quota", ["room", "full"]) === "full")
  return full ? drop(state, fn, "inbound-quota") : delivered
}

/** Time passes for transactions and delivered requests: lives shrink, what is past its optional life goes, its ids rest. */
export const ageTransactions = (state: State, ms: number): State => {
  const aged = state.transactions.map((transaction) => ({ ...transaction, life: shorter(transaction.life, ms) }))
  const [gone, live] = [aged.filter(over), aged.filter((entry) => !over(entry))]
  const { rest: restMs, tidMax, tidMin } = state.config.timing
  const resting = state.resting
    .map((entry) => ({ ...entry, remaining: entry.remaining - ms }))
    .filter(({ remaining }) => remaining > 0)
  const inbound = state.inbound.map((entry) => ({ ...entry, life: shorter(entry.life, ms) })).filter((e) => !over(e))
  const lived = Math.min(restMs, tidMax - tidMin)
  const after = { ...state, transactions: live, inbound, resting }
  return rest(after, "tid", gone.map(({ wireTid }) => wireTid), lived) //= SQP-TID-6
}

/** A life after some time; both bounds stop at 0. */
export const shorter = (life: Life, ms: number): Life => ({
  must: Math.max(0, life.must - ms),
  may: Math.max(0, life.may - ms)
})

/** Whether the optional life of something is over too. */
export const over = ({ life }: { readonly life: Life }): boolean => life.may === 0

/** A function ended: its transactions and delivered requests are released, its wire TIDs rest (SQP-LIFE-1). */
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
  inbound.qp === event.qp && inbound.mgmtClass === event.mad.mgmtClass && inbound.slid === event.address.slid &&
  inbound.srcQp === event.address.srcQp && inbound.tid === event.mad.tid

/** A transaction turned out to be forgotten; its id began to rest, at the earliest, when its certain life ended. */
const forget = (state: State, gone: Transaction): State => {
  const { tidMax, tidMin } = state.config.timing
  const after = { ...state, transactions: state.transactions.filter((entry) => entry !== gone) }
  return rest(after, "tid", [gone.wireTid], tidMax - tidMin - gone.life.may)
}

const replaceTransaction = (state: State, before: Transaction, after: Transaction): State =>
  withTransactions(state, state.transactions.map((entry) => (entry === before ? after : entry)))

const withTransactions = (state: State, transactions: ReadonlyArray<Transaction>): State => ({
  ...state,
  transactions: [...transactions].sort((a, b) => (a.wireTid < b.wireTid ? -1 : 1))
})

const replaceInbound = (state: State, before: InboundRequest, after: InboundRequest): State =>
  withInbound(state, state.inbound.map((entry) => (entry === before ? after : entry)))

const inboundKey = (entry: InboundRequest): string =>
  [entry.function, entry.qp, entry.mgmtClass, entry.slid, entry.srcQp, entry.tid].join()

const withInbound = (state: State, inbound: ReadonlyArray<InboundRequest>): State => ({
  ...state,
  inbound: [...inbound].sort((a, b) => (inboundKey(a) < inboundKey(b) ? -1 : 1))
})
