/** What the PF context itself asks of the SA, over all areas that ask: whose TIDs are held, what is due. */
import type { Chooser } from "./choice.ts"
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

/** What falls due in `due` milliseconds or up to `late` later; below 0 it is overdue. */
export interface Timer {
  readonly due: number
  readonly late?: number
}

/** The back-offs after which the SA is asked again. An area that backs off adds its own here. */
const backOffs = (state: State): ReadonlyArray<Timer> =>
  state.functions.flatMap(({ alias }) => (alias === null || alias.due === null ? [] : [{ ...alias, due: alias.due }]))

/** What falls due by itself. */
export const timers = (state: State): ReadonlyArray<Timer> => [
  ...outstanding(state), ...backOffs(state), ...(state.renewIn === null ? [] : [{ due: state.renewIn }])
]

/** Milliseconds until a timer must have fired; not below 0. */
export const latestOf = ({ config: { timing } }: State, { due, late = 0 }: Timer): number =>
  Math.max(0, due + late + timing.slack)

/**
 * Whether a timer fires in this step: null if not, else by how much later than now it may have. Inside the slack the step
 * asks.
 */
export const firing = (state: State, timer: Timer, chooser: Chooser, about = "due"): number | null => {
  if (timer.due > 0) return null
  const latest = latestOf(state, timer)
  if (latest > 0 && chooser.among(about, ["now", "later"]) === "later") return null
  return chooser.happens(latest)
}

/** Whether something that is due may still fire. */
export const isOverdue = (state: State): boolean => timers(state).some(({ due }) => due <= 0)

/**
 * Milliseconds until something changes what may be seen: a timer is due or must have fired; while one may fire, also until a
 * request is past its horizon or a TID has rested. Infinity if never.
 */
export const nextMoment = (state: State): number => {
  const all = timers(state)
  const moments = all.map((timer) => (timer.due > 0 ? timer.due : latestOf(state, timer)))
  if (!isOverdue(state)) return Math.min(...moments)
  const waiting = [...state.groups, ...state.subscriptions].flatMap(({ waiting: of }) =>
    of.flatMap(({ remaining }) => (remaining < 0 ? [] : remaining + 1)))
  return Math.min(...moments, ...waiting, ...state.resting.map(({ remaining }) => remaining))
}

/** Milliseconds until the next try or giving up is due and until it must have happened; null when none is. */
export const nextDue = (state: State): { readonly due: number; readonly latest: number } | null => {
  const all = timers(state)
  if (all.length === 0) return null
  return {
    due: Math.max(0, Math.min(...all.map(({ due }) => due))),
    latest: Math.min(...all.map((timer) => latestOf(state, timer)))
  }
}
