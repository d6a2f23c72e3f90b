/** How the state of a PF context is renamed (`model/renaming.ts`). */
import { egress, egressAddress, mcMember } from "./renaming-mad.ts"
import {
  byFunction, each, fields, functionId, gid, guid, ofFunctions, orNull, qpn, type Rename, same, sorted
} from "./renaming.ts"
import { keyOf } from "./service-records.ts"
import type {
  AliasGuid, Destination, Exchange, FunctionState, GivenUpRequest, Group, GuidTransaction, InboundRequest, InformFilter,
  InformTransaction, Member, OwnedQp, PeerAddress, Redirect, Registration, SaTransaction, ServiceRid, State, Subscription,
  TakenReport, Transaction, TunnelPair, WaitingRequest, WaitingSubscribe
} from "./state.ts"

// Functions

const tunnel = fields<TunnelPair>({ proxyQpn: qpn, tunnelQpn: qpn })
const alias = fields<AliasGuid>({
  admin: orNull(guid), asked: orNull(guid), transaction: orNull(fields<GuidTransaction>({ guid }))
})
const functionState = fields<FunctionState>({
  slot: guid,
  guid,
  alias: orNull(alias),
  tunnels: orNull(([first, second], by) => [tunnel(first, by), tunnel(second, by)]),
  qps: sorted(fields<OwnedQp>({ qpn }), (a, b) => a.qpn - b.qpn)
})

// Requests

const destination = fields<Destination>({ dgid: orNull(gid), remoteQpn: qpn })
const transaction = fields<Transaction>({ function: functionId, destination })
const inbound = fields<InboundRequest>({ function: functionId, srcQp: qpn })
const redirect = fields<Redirect>({ function: functionId, gid: orNull(gid), qpn })
const exchange = fields<Exchange>({
  function: functionId,
  peerGuid: orNull(guid),
  peerGids: each(gid),
  proposed: orNull(fields<PeerAddress>({ gid: orNull(gid) })),
  peerQpn: orNull(qpn)
})

// What is shared at the SA

const waiting = fields<WaitingRequest>({ function: functionId, address: egressAddress, record: mcMember })
const group = fields<Group>({
  mgid: gid,
  members: ofFunctions(fields<Member>({ function: functionId, guid })),
  record: orNull(mcMember),
  transaction: orNull(fields<SaTransaction>({ record: mcMember, request: orNull(waiting) })),
  waiting: each(waiting),
  lastOf: orNull(functionId)
})
const filter = fields<InformFilter>({ gid })
const waitingSubscribe = fields<WaitingSubscribe>({
  function: functionId, address: egressAddress, inform: fields<WaitingSubscribe["inform"]>({ gid, qpn })
})
const subscription = fields<Subscription>({
  filter,
  subscribers: sorted(functionId, (a, b) => a - b),
  transaction: orNull(fields<InformTransaction>({ request: orNull(waitingSubscribe) })),
  waiting: each(waitingSubscribe)
})
const registration = fields<Registration>({ function: functionId, rid: fields<ServiceRid>({ gid }) })
const join = fields<GivenUpRequest["asked"] & { readonly _tag: "join" }>({ mgid: gid })
const subscribe = fields<GivenUpRequest["asked"] & { readonly _tag: "subscribe" }>({ filter })
const asked: Rename<GivenUpRequest["asked"]> = (of, by) =>
  of._tag === "join" ? join(of, by) : subscribe(of, by)

/** A state: its lists are in the orders in which the rules keep them. */
export const stateRenamed: Rename<State> = fields<State>({
  // It names nodes and services by function: a preset treats functions alike only if theirs are.
  config: same,
  deferred: ofFunctions(egress),
  functions: byFunction(functionState),
  transactions: ofFunctions(transaction),
  inbound: ofFunctions(inbound),
  redirects: ofFunctions(redirect),
  exchanges: each(exchange),
  groups: each(group),
  registrations: sorted(registration, (a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
  givenUp: each(fields<GivenUpRequest>({ asked })),
  subscriptions: each(subscription),
  reports: each(fields<TakenReport>({ handedTo: sorted(functionId, (a, b) => a - b) }))
})
