/** A CM exchange: how it begins, is found again, how long it lives and how its ids go. See `spec/cm.md`. */
import type { Chooser } from "./choice.ts"
import { type FunctionId, NO_COMM_ID } from "./ids.ts"
import type { Cm, CmOf } from "./mad.ts"
import { rest } from "./outcome.ts"
import type { Exchange, Life, State, Timing } from "./state.ts"

/** A look-up: the exchange, null for none, and the state without those that turned out to be forgotten. */
export interface Recall {
  readonly state: State
  readonly exchange: Exchange | null
}

/** What an exchange must be for a message to belong to it. */
export type Matches = (exchange: Exchange) => boolean

/**
 * The exchange a message belongs to: the newest the first test matches, else the newest of the next, and so
 * on; one that lingers only if nothing else matches. In its optional life it may be forgotten: the step asks.
 */
export const recall = (state: State, chooser: Chooser, ...tests: ReadonlyArray<Matches>): Recall => {
  const live = tests.map((test): Matches => (exchange) => exchange.phase !== "lingering" && test(exchange))
  const exchange = [...live, ...tests].map((test) => state.exchanges.findLast(test)).find((found) => found)
  if (exchange === undefined) return { state, exchange: null }
  const known = isCertain(exchange) ? "remembered" : chooser.among("exchange", ["remembered", "forgotten"])
  return known === "remembered" ? { state, exchange } : recall(release(state, [exchange]), chooser, ...tests)
}

/** Like {@link recall} with one test, but of several exchanges it is none of them. */
export const recallOnly = (state: State, chooser: Chooser, test: Matches): Recall => {
  const first = recall(state, chooser, test)
  const second = recall(first.state, chooser, (exchange) => exchange !== first.exchange && test(exchange))
  return { state: second.state, exchange: second.exchange === null ? first.exchange : null }
}

/** Whether the function's quota is used up; if only with exchanges in their optional life, it may be. */
const isFull = (state: State, fn: FunctionId, chooser: Chooser): boolean => {
  const own = state.exchanges.filter((exchange) => exchange.function === fn)
  const limit = state.config.limits.cm
  if (own.filter(isCertain).length >= limit) return true
  return own.length >= limit && chooser.among("cm-quota", ["room", "full"]) === "full"
}

/**
 * The state in which a function has room for one more exchange: if it is full, its half-open exchange whose
 * REP passed first gives way. Null if there is none.
 */
export const withRoom = (state: State, fn: FunctionId, chooser: Chooser): State | null => {
  if (!isFull(state, fn, chooser)) return state
  const oldest = state.exchanges.find((of) => of.function === fn && of.phase === "half-open")
  return oldest ? release(state, [oldest]) : null //= SQP-CM-13
}

/** An exchange as its first message makes it. A peer's REQ tells at once who the peer is. */
export const newExchange = (
  role: Exchange["role"], fn: FunctionId, cm: CmOf<"REQ" | "SIDR_REQ">
): Exchange => ({
  kind: cm.message === "REQ" ? "comm" : "sidr",
  role,
  function: fn,
  guestId: null,
  wireId: null,
  peerGuid: role === "passive" && cm.message === "REQ" ? cm.caGuid : null,
  peerId: role === "active" ? null : cm.message === "REQ" ? cm.localId : cm.requestId,
  peerTid: null,
  peerLids: [],
  peerGids: [],
  proposed: null,
  peerQpn: null,
  phase: "opening",
  retryMs: 0,
  life: null,
  tids: []
})

/**
 * The state with `after` in the place of `before`. The newest, which stands last, is the one whose beginning,
 * or whose REP, passed last.
 */
export const keep = (state: State, before: Exchange, after: Exchange): State => {
  const { exchanges } = state
  const isAnswered = before.phase === "opening" && after.phase === "half-open"
  return exchanges.includes(before) && !isAnswered
    ? { ...state, exchanges: exchanges.map((exchange) => (exchange === before ? after : exchange)) }
    : { ...state, exchanges: [...exchanges.filter((exchange) => exchange !== before), after] }
}

/** The exchanges are gone; their wire ids rest, counted from when they may first have been forgotten. */
export const release = (state: State, gone: ReadonlyArray<Exchange>): State =>
  gone.reduce<State>(
    (before, { kind, life, tids, wireId }) => {
      const optionalFor = life === null ? 0 : Math.max(0, -life.must)
      const resting = wireId === null ? before : rest(before, kind, [wireId], optionalFor) //= SQP-CM-1
      return rest(resting, "tid", tids.map(({ wireTid }) => wireTid), optionalFor) //= SQP-TID-6
    },
    { ...state, exchanges: state.exchanges.filter((exchange) => !gone.includes(exchange)) }
  )

/**
 * The exchange after a message of it has passed, either way; `mayEnd` says whether this one may end it.
 * It goes from opening to open to lingering, never back.
 */
export const afterPassing = (timing: Timing, exchange: Exchange, cm: Cm, mayEnd: boolean): Exchange => {
  const isOpening = exchange.phase === "opening"
  switch (cm.message) {
    case "REQ":
    case "SIDR_REQ": {
      const asked = { ...exchange, retryMs: cm.message === "REQ" ? retryMs(timing, cm) : 0 }
      return isOpening ? opening(timing, asked) : stillThere(exchange) //= SQP-CM-8
    }
    case "MRA":
      //= SQP-CM-8
      return isOpening ? opening(timing, exchange, timeoutMs(cm.serviceTimeout)) : stillThere(exchange)
    case "REP":
      return isOpening ? { ...exchange, phase: "half-open", life: null } : stillThere(exchange) //= SQP-CM-8
    case "RTU":
    case "LAP":
    case "APR":
      return exchange.phase === "half-open" ? { ...exchange, phase: "established" } : stillThere(exchange)
    case "REJ":
      return mayEnd && isEndedBy(exchange, cm) ? lingering(timing, exchange) : stillThere(exchange)
    case "DREQ":
    case "DREP":
    case "SIDR_REP":
      return mayEnd ? lingering(timing, exchange) : stillThere(exchange)
  }
}

/** A REJ without a local id answers a REQ; one without a remote id is of a peer that saw no answer. */
const isEndedBy = ({ phase }: Exchange, { localId, remoteId }: CmOf<"REJ">): boolean =>
  (localId !== NO_COMM_ID || (phase !== "half-open" && phase !== "established")) &&
  (remoteId !== NO_COMM_ID || phase !== "established")

/** An exchange that lingers anew: as long as its messages may be retried, at least. */
const lingering = ({ linger, lingerMax }: Timing, exchange: Exchange): Exchange => {
  const { retryMs: ms } = exchange
  const life: Life = { must: Math.max(linger, ms), may: Math.max(lingerMax, 2 * ms) }
  return { ...exchange, phase: "lingering", life } //= SQP-CM-8
}

/** An exchange that was seen in its optional life has not been forgotten before now. */
const stillThere = (exchange: Exchange): Exchange => {
  const { life } = exchange
  return life ? { ...exchange, life: { ...life, must: Math.max(0, life.must) } } : exchange
}

/** A CM timeout is 4.096 us times two to the power of its exponent (IBTA 12.7); in ms, rounded up. */
const timeoutMs = (exponent: number, times = 1): number => Math.ceil(times * 0.004096 * 2 ** exponent)

/** How long a REQ may be repeated, in milliseconds, but no longer than `openingMax`. */
const retryMs = ({ openingMax }: Timing, { maxRetries, responseTimeout }: CmOf<"REQ">): number =>
  Math.min(timeoutMs(responseTimeout, maxRetries + 1), openingMax)

/**
 * An exchange whose opening begins, or begins anew, within bounds; `serviceMs` is what an MRA asks for beyond
 * the time of the REQ. It may last twice as long as it must, and never ends sooner than it would have before.
 */
const opening = ({ openingMax, openingMin }: Timing, exchange: Exchange, serviceMs = 0): Exchange => {
  const must = Math.min(Math.max(exchange.retryMs + serviceMs, openingMin), openingMax)
  const left = exchange.life ?? { must, may: must }
  return { ...exchange, life: { must: Math.max(must, left.must), may: Math.max(2 * must, left.may) } }
}

/** Whether the exchange must still be remembered. */
const isCertain = ({ life }: Exchange): boolean => life === null || life.must > 0
