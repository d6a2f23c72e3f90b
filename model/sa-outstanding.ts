/** What the PF context itself asks of the SA, over all areas that ask: whose TIDs are held, what is due. */
import type { SaRequest, State } from "./state.ts"
import type { WireTid } from "./ids.ts"

/** The requests that are with the SA. An area that asks the SA adds its own here. */
export const outstanding = (state: State): ReadonlyArray<SaRequest> => [
  ...state.groups.flatMap(({ transaction }) => transaction ?? []),
  ...state.functions.flatMap(({ alias }) => alias?.transaction ?? []),
  ...state.subscriptions.flatMap(({ transaction }) => transaction ?? []),
  ...state.registrations.flatMap(({ deletion }) => (deletion === null || deletion === "waits" ? [] : deletion))
]

/**
 * The TIDs the PF context holds for itself: of requests with the SA, or given up and remembered, and of
 * Reports it handed to functions.
 */
export const ownWireTids = (state: State): ReadonlyArray<WireTid> => [
  ...[...outstanding(state), ...state.givenUp].map(({ wireTid }) => wireTid),
  ...state.reports.flatMap(({ handedTid }) => handedTid ?? [])
]

/** The back-offs after which the SA is asked again. An area that backs off adds its own here. */
const backOffs = (state: State): ReadonlyArray<number> =>
  state.functions.flatMap(({ alias }) => alias?.due ?? [])

/** Milliseconds until the next try or giving up is due and until it must have happened; null when none is. */
export const nextDue = (state: State): { readonly due: number; readonly latest: number } | null => {
  const dues = [
    ...outstanding(state).map(({ due }) => due), ...backOffs(state), ...(state.renewIn === null ? [] : [state.renewIn])
  ]
  if (dues.length === 0) return null
  const next = Math.min(...dues)
  return { due: Math.max(0, next), latest: next + state.config.timing.slack }
}
