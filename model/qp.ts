/** The verbs gate: what a function's driver may do with QPs. See `spec/qp.md`. */
import type { Action } from "./action.ts"
import type { Chooser } from "./choice.ts"
import type { VerbRequest } from "./event.ts"
import { type FunctionId, type Qpn } from "./ids.ts"
import { outcome, type Outcome, WELL_KNOWN_QKEY } from "./outcome.ts"
import { functionState, partition, pkeyAt, withFunction } from "./tables.ts"
import type { FunctionState, OwnedQp, State } from "./state.ts"

/**
 * A Q_Key only privileged software may set: bit 31. The well-known one and every tunnel's are such
 * (SQP-QP-5).
 */
const isControlled = (qkey: number | null): boolean => ((qkey ?? 0) & 0x8000_0000) !== 0

/** What a granted verb answers. */
interface Granted {
  readonly qpn?: Qpn
  readonly qkey?: number
}

/** An attached function while the PF context runs: it has its tunnels. */
interface Open extends FunctionState {
  readonly tunnels: NonNullable<FunctionState["tunnels"]>
}

const isOpen = (of: FunctionState): of is Open => of.tunnels !== null

const answer = (fn: FunctionId, granted: Granted | null): Action => ({
  _tag: "Answer",
  function: fn,
  status: granted ? "ok" : "refused",
  qpn: granted?.qpn ?? null,
  qkey: granted?.qkey ?? null,
  view: null
})

/** One verb of a function; refused is an answer, not a drop. */
export const verb = (state: State, fn: FunctionId, request: VerbRequest, chooser: Chooser): Outcome => {
  const of = functionState(state, fn)
  const refused = outcome(state, answer(fn, null))
  if (!isOpen(of)) return refused
  switch (request.verb) {
    case "createQp":
      return create(state, fn, of, request, chooser) ?? refused
    case "modifyQp":
      if (!mayModify(state, fn, of, request)) return refused
      return outcome(modified(state, fn, of, request), granted(fn))
    case "postSend": {
      const qkey = leavingQkey(state, fn, of, request)
      return qkey === null ? refused : outcome(state, answer(fn, { qkey }))
    }
    case "destroyQp": {
      if (!owned(of, request.qpn)) return refused //= SQP-QP-7
      const qps = of.qps.filter(({ qpn }) => qpn !== request.qpn)
      return outcome(withFunction(state, fn, { qps }), granted(fn))
    }
  }
}

const granted = (fn: FunctionId): Action => answer(fn, {})

const owned = (of: FunctionState, qpn: Qpn | null): OwnedQp | undefined => of.qps.find((qp) => qp.qpn === qpn)

const isProxy = (of: Open, qpn: Qpn | null): boolean => of.tunnels.some(({ proxyQpn }) => proxyQpn === qpn)

/** Bits of the attribute mask, as `enum ib_qp_attr_mask` numbers them. */
const ATTR = { PKEY_INDEX: 1 << 4, QKEY: 1 << 6 } as const

/** Whether a verb applies an attribute; without a mask it applies what it gives. */
const applies = ({ attrMask }: VerbRequest, attribute: number): boolean =>
  attrMask === null || (attrMask & attribute) !== 0

/** A function has one port, and numbers it so. */
const OWN_PORT = 1

/** Whether every index and number in a verb is the function's own, whatever the mask says of it. */
const isWithinTables = (state: State, fn: FunctionId, request: VerbRequest): boolean => //= SQP-QP-8
  request.vl !== 15 && //= SQP-QP-4
  [request, ...(request.alternate ? [request.alternate] : [])].every(({ pkeyIndex, port, sgidIndex }) =>
    (pkeyIndex === null || holdsPkeyAt(state, fn, pkeyIndex)) && //= SQP-QP-7
    (sgidIndex === null || sgidIndex === 0) && (port === null || port === OWN_PORT)
  )

const holdsPkeyAt = (state: State, fn: FunctionId, index: number): boolean =>
  partition(pkeyAt(state, fn, index)) !== 0

const create = (state: State, fn: FunctionId, of: Open, request: VerbRequest, chooser: Chooser) => {
  const { pkeyIndex, qkey, type } = request
  if (!isWithinTables(state, fn, request)) return null
  //= SQP-QP-1
  if (type === "smi") return outcome(state, answer(fn, { qpn: of.tunnels[0].proxyQpn }))
  if (type === "gsi") return outcome(state, answer(fn, { qpn: of.tunnels[1].proxyQpn }))
  if (type === null || isControlled(qkey)) return null //= SQP-QP-5
  const qpn = chooser.qpn(qpnTaken(state))
  const created: OwnedQp = { qpn, type, qkey: qkey ?? 0, pkeyIndex: pkeyIndex ?? 0 }
  const qps = [...of.qps, created].sort((a, b) => a.qpn - b.qpn)
  return outcome(withFunction(state, fn, { qps }), answer(fn, { qpn }))
}

/** Whether a QPN is a tunnel's, a proxy's or owned (SQP-QP-2). */
export const qpnTaken = (state: State) => (qpn: Qpn): boolean =>
  state.functions.some((of) =>
    of.qps.some((qp) => qp.qpn === qpn) ||
    (of.tunnels?.some(({ proxyQpn, tunnelQpn }) => proxyQpn === qpn || tunnelQpn === qpn) ?? false)
  )

const mayModify = (state: State, fn: FunctionId, of: Open, request: VerbRequest): boolean => {
  const { qkey, qpn } = request
  if (isControlled(qkey) || (isProxy(of, qpn) && qkey !== null)) return false //= SQP-QP-5
  if (!owned(of, qpn) && !isProxy(of, qpn)) return false //= SQP-QP-7
  return isWithinTables(state, fn, request)
}

const modified = (state: State, fn: FunctionId, of: FunctionState, request: VerbRequest): State => {
  const change = {
    ...(request.qkey !== null && applies(request, ATTR.QKEY) ? { qkey: request.qkey } : {}),
    ...(request.pkeyIndex !== null && applies(request, ATTR.PKEY_INDEX) ? { pkeyIndex: request.pkeyIndex } : {})
  }
  return withFunction(state, fn, {
    qps: of.qps.map((qp) => (qp.qpn === request.qpn ? { ...qp, ...change } : qp))
  })
}

/** The Q_Key a message leaves with; null if it may not be sent. */
const leavingQkey = (state: State, fn: FunctionId, of: Open, request: VerbRequest): number | null => {
  const { qkey, qpn } = request
  if (!isWithinTables(state, fn, request)) return null
  const qp = owned(of, qpn)
  if (qp && !holdsPkeyAt(state, fn, qp.pkeyIndex)) return null //= SQP-PKEY-3
  const own = isProxy(of, qpn) ? WELL_KNOWN_QKEY : qp?.qkey
  if (own === undefined) return null //= SQP-QP-7
  return qkey === null || isControlled(qkey) ? own : qkey //= SQP-QP-6
}
