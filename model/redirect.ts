/**
 * Redirection: a manager may serve its class at another QPN than QP1 and says so in a ClassPortInfo (IBTA Vol 1,
 * 13.5.2). See `spec/classes.md`, "Redirection".
 */
import type { Chooser } from "./choice.ts"
import type { FunctionId } from "./ids.ts"
import type { Egress, Ingress, Outcome } from "./outcome.ts"
import type { Redirect, State } from "./state.ts"
import { byFunction, makeRoom, newLife, over, remembered, shorter, stillThere, type Table } from "./tid.ts"

/** A response was handled: if it reached a function and redirects it, the place is remembered (SQP-CLS-9). */
export const taughtRedirect = (handled: Outcome, { mad }: Ingress, chooser: Chooser): Outcome => {
  const [given] = handled.actions
  const { body } = mad
  if (given?._tag !== "ToFunction" || body._tag !== "classPortInfo" || body.redirectQp <= 1) return handled
  const place: Omit<Redirect, "life"> = {
    function: given.function,
    mgmtClass: mad.mgmtClass,
    lid: body.redirectLid === 0 ? null : body.redirectLid,
    gid: body.redirectLid === 0 ? body.redirectGid : null,
    qpn: body.redirectQp
  }
  return { ...handled, state: remember(handled.state, place, chooser) } //= SQP-CLS-9
}

/** A place anew, or for longer. At the quota the one used longest ago gives way. */
const remember = (state: State, place: Omit<Redirect, "life">, chooser: Chooser): State => {
  const entry: Redirect = { ...place, life: newLife(state) }
  const known = state.redirects.find((other) => isSame(other, place))
  if (known && remembered(known.life, "redirect", chooser)) return use(state, known)
  const before = known ? forget(state, known) : state
  const roomy = makeRoom(before, place.function, table, chooser)
  return roomy === null ? before : { ...roomy, redirects: byFunction([...roomy.redirects, entry]) }
}

/** The place a request is addressed to, and the state once that is asked; null: nothing redirected there. */
export const redirectOf = (
  state: State, { address, function: fn, mad, qp }: Egress, chooser: Chooser
): { readonly state: State; readonly place: Redirect | null } => {
  const own = state.redirects.filter((of) =>
    qp === 1 && of.function === fn && of.mgmtClass === mad.mgmtClass && of.qpn === address.remoteQpn
  )
  // The place at its LID comes first: there is one such at most, and one behind its GID.
  const asked = [
    ...own.filter(({ lid }) => lid === address.dlid),
    ...own.filter(({ gid }) => gid === address.grh?.dgid)
  ]
  return asked.reduce<{ readonly state: State; readonly place: Redirect | null }>((before, place) => {
    if (before.place !== null) return before
    if (!remembered(place.life, "redirect", chooser)) return { state: forget(before.state, place), place: null }
    const seen = stillThere(place)
    const redirects = before.state.redirects.map((of) => (of === place ? seen : of))
    return { state: { ...before.state, redirects }, place: seen }
  }, { state, place: null })
}

/** A request left for a place: its life starts anew. A request that was dropped is no use. */
export const usedRedirect = (sent: Outcome, place: Redirect): Outcome =>
  sent.actions.some(({ _tag }) => _tag === "ToWire") ? { ...sent, state: use(sent.state, place) } : sent

/** Time passes for remembered places. */
export const agedRedirects = ({ redirects }: State, ms: number): State["redirects"] =>
  redirects.map((of) => ({ ...of, life: shorter(of.life, ms) })).filter((of) => !over(of))

/** A function ended: nothing redirects it any more (SQP-LIFE-1). */
export const withoutRedirects = (state: State, fn: FunctionId): State =>
  ({ ...state, redirects: state.redirects.filter((of) => of.function !== fn) })

const keyOf = ({ function: fn, gid, lid, mgmtClass, qpn }: Omit<Redirect, "life">): string =>
  [fn, mgmtClass, lid, gid, qpn].join()

const isSame = (a: Omit<Redirect, "life">, b: Omit<Redirect, "life">): boolean => keyOf(a) === keyOf(b)

const forget = (state: State, gone: Redirect): State =>
  ({ ...state, redirects: state.redirects.filter((of) => !isSame(of, gone)) })

const use = (state: State, place: Redirect): State => {
  const others = state.redirects.filter((of) => !isSame(of, place))
  return { ...state, redirects: byFunction([...others, { ...place, life: newLife(state) }]) }
}

const table: Table<Redirect> = {
  about: "redirect-quota",
  entries: ({ redirects }) => redirects,
  limit: ({ config }) => config.limits.redirects,
  nameOf: (place) => `forgotten ${keyOf(place)}`,
  forget,
  givesWay: ([first]) => first
}
