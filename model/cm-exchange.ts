/** A CM exchange: how it begins, is found again, how long it lives and how its ids go. See `spec/cm.md`. */
import type { Chooser } from "./choice.ts"
import type { FunctionId, Lid } from "./ids.ts"
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
export const isFull = (state: State, fn: FunctionId, chooser: Chooser): boolean => {
  const own = state.exchanges.filter((exchange) => exchange.function === fn)
  const limit = state.config.limits.cm
  if (own.filter(isCertain).length >= limit) return true
  return own.length >= limit && chooser.among("cm-quota", ["room", "full"]) === "full"
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
  peerLids: [],
  peerQpn: null,
  phase: "opening",
  openingMs: 0,
  life: null,
  tids: []
})

/** The state with `after` in the place of `before`; an exchange that was not there is the newest. */
export const keep = (state: State, before: Exchange, after: Exchange): State => ({
  ...state,
  exchanges: state.exchanges.includes(before)
    ? state.exchanges.map((exchange) => (exchange === before ? after : exchange))
    : [...state.exchanges, after]
})

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

/** How many LIDs of its peer an exchange remembers. */
const PEER_LIDS = 4

/** The exchange knows further LIDs of its peer; the oldest go. */
export const withPeerLids = (exchange: Exchange, ...lids: ReadonlyArray<Lid>): Exchange => {
  const fresh = [...new Set(lids)].filter((lid) => !exchange.peerLids.includes(lid))
  return { ...exchange, peerLids: [...exchange.peerLids, ...fresh].slice(-PEER_LIDS) }
}

/**
 * The exchange after a message of it has passed, either way; `mayEnd` says whether this one may end it.
 * It goes from opening to open to lingering, never back.
 */
export const afterPassing = (timing: Timing, exchange: Exchange, cm: Cm, mayEnd: boolean): Exchange => {
  const isOpening = exchange.phase === "opening"
  switch (cm.message) {
    case "REQ":
    case "SIDR_REQ":
      return isOpening ? opening(exchange, openingMs(timing, cm)) : stillThere(exchange) //= SQP-CM-8
    case "MRA":
      return isOpening ? opening(exchange, exchange.openingMs) : stillThere(exchange)
    case "REP":
      return isOpening ? { ...exchange, phase: "open", life: null } : stillThere(exchange) //= SQP-CM-8
    case "DREQ":
    case "DREP":
    case "REJ":
    case "SIDR_REP": {
      const life: Life = { must: timing.linger, may: timing.lingerMax }
      return mayEnd ? { ...exchange, phase: "lingering", life } : stillThere(exchange) //= SQP-CM-8
    }
    case "RTU":
    case "LAP":
    case "APR":
      return stillThere(exchange)
  }
}

/** An exchange that was seen in its optional life has not been forgotten before now. */
const stillThere = (exchange: Exchange): Exchange => {
  const { life } = exchange
  return life ? { ...exchange, life: { ...life, must: Math.max(0, life.must) } } : exchange
}

/** An exchange whose opening begins, or begins anew; it may last twice as long as it must. */
const opening = (exchange: Exchange, ms: number): Exchange => ({
  ...exchange,
  openingMs: ms,
  life: { must: ms, may: 2 * ms }
})

/** A CM timeout is 4.096 us times two to the power of its exponent (IBTA 12.7); in milliseconds. */
const timeoutMs = (exponent: number): number => 0.004096 * 2 ** exponent

/** How long an exchange must be opening: as long as its REQ may be retried, within bounds. */
const openingMs = ({ openingMax, openingMin }: Timing, cm: CmOf<"REQ" | "SIDR_REQ">): number => {
  const tries = cm.message === "REQ" ? (cm.maxRetries + 1) * timeoutMs(cm.responseTimeout) : openingMin
  return Math.min(Math.max(Math.ceil(tries), openingMin), openingMax)
}

/** Whether the exchange must still be remembered. */
const isCertain = ({ life }: Exchange): boolean => life === null || life.must > 0
