/**
 * What a transition gives back, and the small words every area uses: drop, taken ids, sending on and handing
 * over.
 */
import type { Reason } from "../spec/reasons.ts"
import type { Action, WireAddress } from "./action.ts"
import type { EgressAddress, EventOf, IngressAddress } from "./event.ts"
import { hasFunctionRoom, withWireSlot } from "./room.ts"
import { functionOfGid, virtualPkeyIndex } from "./tables.ts"
import { type FunctionId, low32, PF, type SpecialQp } from "./ids.ts"
import type { Mad } from "./mad.ts"
import { ownWireTids } from "./sa-outstanding.ts"
import type { RestingSpace, State } from "./state.ts"

/** The next state and what the world must do, in order. */
export interface Outcome {
  readonly state: State
  readonly actions: ReadonlyArray<Action>
}

/** A MAD of a function with its address, once its length is known to be right. */
export interface Egress extends EventOf<"Egress"> {
  readonly mad: Mad
}
/** A MAD from the wire with its address, once its length is known to be right. */
export interface Ingress extends EventOf<"Ingress"> {
  readonly mad: Mad
}

/** Nothing changes but for these actions. */
export const outcome = (state: State, ...actions: ReadonlyArray<Action>): Outcome => ({ state, actions })

/** The MAD ends here, charged to a function or to nobody. */
export const drop = (state: State, fn: FunctionId | null, reason: Reason): Outcome =>
  outcome(state, { _tag: "Drop", function: fn, reason })

/** Runs transitions one after the other and joins their actions. */
export const sequence = (state: State, ...steps: ReadonlyArray<(state: State) => Outcome>): Outcome =>
  steps.reduce<Outcome>((before, transition) => {
    const after = transition(before.state)
    return { state: after.state, actions: [...before.actions, ...after.actions] }
  }, outcome(state))

/** Whether an id of the space is held or rests, so that it is not fresh (SQP-TID-1, SQP-TID-6, SQP-CM-1). */
export const taken = (state: State, space: RestingSpace) => (id: string): boolean => {
  // Responses are matched by the low 32 bits of a TID, so these must differ; a comm id has no others.
  const same = (other: string) => low32(other) === low32(id)
  if (state.resting.some((resting) => resting.space === space && same(resting.id))) return true
  switch (space) {
    case "tid":
      return wireTids(state).some(same)
    case "comm":
    case "sidr":
      return state.exchanges.some((exchange) => exchange.kind === space && exchange.wireId === id)
  }
}

const wireTids = (state: State): ReadonlyArray<string> => [
  ...state.transactions.map(({ wireTid }) => wireTid),
  ...state.exchanges.flatMap(({ tids }) => tids.map(({ wireTid }) => wireTid)),
  ...ownWireTids(state)
]

/** Lets released ids rest; `lived` is how long an optional life already lasted. */
export const rest = (state: State, space: RestingSpace, ids: ReadonlyArray<string>, lived = 0): State => {
  const remaining = state.config.timing.rest - lived
  if (remaining <= 0) return state
  const resting = [...state.resting, ...ids.map((id) => ({ space, id, remaining }))]
  return { ...state, resting: resting.sort((a, b) => (a.space + a.id < b.space + b.id ? -1 : 1)) }
}

/** The physical P_Key index and wire form of a function's address (SQP-PKEY-1, SQP-QP-6, SQP-GUID-1). */
export const wireAddress = (fn: FunctionId, address: EgressAddress, pkeyIndex: number): WireAddress => ({
  ...address,
  pkeyIndex,
  qkey: (address.qkey & 0x8000_0000) !== 0 ? WELL_KNOWN_QKEY : address.qkey,
  grh: address.grh && { ...address.grh, sgidIndex: fn }
})

/** The way back to where a MAD came from, as the PF itself: how a MAD of the PF context answers it. */
export const backTo = ({ grh, pathBits, pkeyIndex, sl, slid, srcQp }: IngressAddress): WireAddress => ({
  pkeyIndex,
  remoteQpn: srcQp,
  qkey: WELL_KNOWN_QKEY,
  dlid: slid,
  sl,
  pathBits,
  rate: 0,
  grh: grh && {
    sgidIndex: PF,
    dgid: grh.sgid,
    hopLimit: 0xff,
    flowLabel: grh.flowLabel,
    trafficClass: grh.trafficClass
  }
})

/** The Q_Key of QP1 (IBTA 10.2.5). */
export const WELL_KNOWN_QKEY = 0x8001_0000

/**
 * Sends a function's MAD on to the wire, where it takes a slot of its ring. `mad` is what leaves, `event`
 * what it sent; egress has checked the P_Key index.
 */
export const send = (state: State, event: Egress, pkeyIndex: number, mad: Mad): Outcome =>
  outcome(withWireSlot(state, event.qp), {
    _tag: "ToWire",
    qp: event.qp,
    from: event.function,
    cause: null,
    address: wireAddress(event.function, event.address, pkeyIndex),
    mad
  })

/**
 * Hands a MAD from the wire to the function it was steered to, or drops it: `steer-conflict` when a GRH names
 * another (SQP-STEER-1), `gid-pending` when it is not attached (SQP-STEER-5), `pkey-mismatch` when it holds
 * no such P_Key (SQP-PKEY-2), `function-full` when its ring is full (SQP-FAIR-4). `after` is the state once
 * it is delivered; a drop keeps `state`.
 */
export const deliver = (
  state: State, event: Ingress, fn: FunctionId, mad: Mad, after: State = state
): Outcome => {
  const grh = event.address.grh
  if (grh && functionOfGid(state, grh.dgid) !== fn) return drop(state, fn, "steer-conflict") //= SQP-STEER-1
  if (!state.functions[fn]?.attached) return drop(state, fn, "gid-pending") //= SQP-STEER-5
  const pkeyIndex = event.qp === 0 ? 0 : virtualPkeyIndex(state, fn, event.address.pkeyIndex)
  if (pkeyIndex === null) return drop(state, fn, "pkey-mismatch") //= SQP-PKEY-2
  if (!hasFunctionRoom(state, fn, event.qp)) return drop(state, fn, "function-full") //= SQP-FAIR-4
  return outcome(after, toFunction(fn, event.qp, { ...event.address, pkeyIndex }, mad))
}

/** A MAD on its way to a function. */
export const toFunction = (fn: FunctionId, qp: SpecialQp, address: IngressAddress, mad: Mad): Action => ({
  _tag: "ToFunction",
  function: fn,
  qp,
  address,
  mad
})
