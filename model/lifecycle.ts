/** Start, stop, attach, detach, reset: see `spec/lifecycle.md`. */
import type { Action } from "./action.ts"
import type { Chooser } from "./choice.ts"
import { endFunctionCm } from "./cm.ts"
import { discardDeferred } from "./fairness.ts"
import { withOwnGuids } from "./guids-alias.ts"
import { settleGuids, wantGuid } from "./guids.ts"
import { FunctionId } from "./ids.ts"
import { outcome, type Outcome, sequence } from "./outcome.ts"
import { qpnTaken } from "./qp.ts"
import { endFunctionSaAreas, stopSaAreas } from "./sa-areas.ts"
import { functionState, withFunction } from "./tables.ts"
import type { State } from "./state.ts"
import { withoutRedirects } from "./redirect.ts"
import { endFunctionTransactions } from "./tid.ts"

/** The PF context opens; function 0 comes with it. */
export const start = (state: State, chooser: Chooser): Outcome => {
  if (state.running) return outcome(state)
  const waiting = state.functions.flatMap(({ attached }, i) => (attached ? [FunctionId(i)] : []))
  const opened = { ...state, running: true }
  return sequence(
    opened,
    ...waiting.map((fn) => (next: State) => openTunnels(next, fn, chooser)),
    (next) => settleGuids(next, chooser)
  )
}

/** A function's tunnels open; before the PF context runs it is only noted. */
export const attach = (state: State, fn: FunctionId, chooser: Chooser): Outcome => {
  if (functionState(state, fn).attached) return outcome(state)
  if (!state.running) return outcome(withFunction(state, fn, { attached: true }))
  return sequence(
    state,
    (next) => openTunnels(next, fn, chooser),
    (next) => wantGuid(next, fn, chooser)
  )
}

/** Two pairs of QPs with four distinct QPNs (SQP-QP-2). */
const openTunnels = (state: State, fn: FunctionId, chooser: Chooser): Outcome => {
  const drawn: Array<number> = []
  const draw = () => {
    const qpn = chooser.qpn((candidate) => drawn.includes(candidate) || qpnTaken(state)(candidate))
    drawn.push(qpn)
    return qpn
  }
  const smi = { proxyQpn: draw(), tunnelQpn: draw() } //= SQP-QP-2
  const gsi = { proxyQpn: draw(), tunnelQpn: draw() }
  const opened = withFunction(state, fn, { attached: true, tunnels: [smi, gsi] }) //= SQP-LIFE-2
  const tunnel = (qp: 0 | 1): Action => ({ _tag: "Tunnel", function: fn, qp, ...(qp === 0 ? smi : gsi) })
  return sequence(
    opened,
    (next) => discardDeferred(next, fn),
    (next) => outcome(next, tunnel(0), tunnel(1))
  )
}

/**
 * A function ends: intake closes, its requests and groups go, its ids rest, its tunnels end (SQP-LIFE-2,
 * SQP-LIFE-1).
 */
export const detach = (state: State, fn: FunctionId, chooser: Chooser): Outcome =>
  functionState(state, fn).attached
    ? sequence(state, (next) => end(next, fn, chooser), (next) => wantGuid(next, fn, chooser))
    : outcome(state)

const end = (state: State, fn: FunctionId, chooser: Chooser): Outcome => {
  const closed = withFunction(state, fn, { attached: false, tunnels: null, qps: [] })
  if (!state.running) return outcome(closed)
  return sequence(
    closed,
    (next) => discardDeferred(next, fn),
    (next) => endFunctionSaAreas(next, fn, chooser),
    (next) => outcome(endFunctionTransactions(endFunctionCm(withoutRedirects(next, fn), fn), fn)) //= SQP-LIFE-1
  )
}

/** The next incarnation; the GUID is the function's address and stays. */
export const reset = (state: State, fn: FunctionId, chooser: Chooser): Outcome =>
  functionState(state, fn).attached
    ? sequence(state, (next) => end(next, fn, chooser), (next) => reopened(next, fn, chooser))
    : outcome(state)

const reopened = (state: State, fn: FunctionId, chooser: Chooser): Outcome =>
  state.running ? openTunnels(state, fn, chooser) : outcome(withFunction(state, fn, { attached: true }))

/**
 * All groups are left while the wire is up, then everything is released; who was attached stays noted
 * (SQP-LIFE-3).
 */
export const stop = (state: State, chooser: Chooser): Outcome => {
  if (!state.running) return outcome(state)
  const left = stopSaAreas(state, chooser) //= SQP-LIFE-3
  const discarded = sequence(left.state, ...state.functions.flatMap(({ tunnels }, i) =>
    (tunnels ? [(next: State) => discardDeferred(next, FunctionId(i))] : [])
  ))
  const released = state.functions.reduce<State>(
    (next, _, i) => endFunctionTransactions(endFunctionCm(withoutRedirects(next, FunctionId(i)), FunctionId(i)), FunctionId(i)),
    discarded.state
  )
  const functions = released.functions.map((of) => ({ ...of, tunnels: null, qps: [] }))
  const stopped = withOwnGuids({ ...released, functions, running: false })
  return { state: stopped, actions: [...left.actions, ...discarded.actions] }
}
