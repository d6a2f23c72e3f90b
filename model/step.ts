/** The whole semantics: one event, one step. Total and pure; the world's freedom comes in as the choice. */
import * as Result from "effect/Result"
import { match } from "ts-pattern"
import { type Choice, type ChoiceFault, Chooser } from "./choice.ts"
import { policyChanged } from "./classes.ts"
import { ageCm } from "./cm.ts"
import { egress } from "./egress.ts"
import type { Event } from "./event.ts"
import {
  guidTableChanged, lidChanged, linkChanged, pkeyMapChanged, pkeysChanged, prefixChanged, reregister,
  smChanged
} from "./events.ts"
import { delivered, isOutOfTurn, notTaken, quotasChanged, strayQuotas, withoutDeferred } from "./fairness.ts"
import { adminGuid } from "./guids.ts"
import { PF } from "./ids.ts"
import { attach, detach, reset, start, stop } from "./lifecycle.ts"
import { query } from "./local-view.ts"
import { outcome, type Outcome, sequence } from "./outcome.ts"
import { verb } from "./qp.ts"
import { functionRoom, wireRoom } from "./room.ts"
import { agedRedirects } from "./redirect.ts"
import { ageSaAreas, confineSaAreas } from "./sa-areas.ts"
import { nextDue } from "./sa-outstanding.ts"
import type { State } from "./state.ts"
import { ingress } from "./steering.ts"
import { listenForGroups } from "./subscriptions.ts"
import { ageTransactions } from "./tid.ts"

/**
 * An error of the harness, never of the world: the choice is not permitted, or the event is not enabled in
 * this state.
 */
export type Rejection =
  | { readonly _tag: "ChoiceRejected"; readonly fault: ChoiceFault }
  /** Time would pass beyond a send that must have been seen; `latest` milliseconds are left. */
  | { readonly _tag: "TooLate"; readonly latest: number }
  /** The event names a function that does not exist, or ends the PF by itself. */
  | { readonly _tag: "NotEnabled"; readonly why: string }

/** One transition. Every event ends in actions or in a rejection (SQP-MODEL-1). */
export const step = (state: State, event: Event, choice: Choice): Result.Result<Outcome, Rejection> =>
  stepBy(state, event, new Chooser(choice))

/** One transition whose questions a chooser answers; {@link step} is this with the answers of a choice. */
export const stepBy = (state: State, event: Event, chooser: Chooser): Result.Result<Outcome, Rejection> => {
  const rejected = notEnabled(state, event)
  if (rejected) return Result.fail(rejected)
  if (event._tag === "TimePasses") chooser.observedWithin(event.within ?? 0)
  const next = delivered(heeding(confined(state, transition(state, event, chooser), chooser), chooser))
  const fault = chooser.fault() //= SQP-MODEL-1
  return fault ? Result.fail({ _tag: "ChoiceRejected", fault }) : Result.succeed(next)
}

/** After each event the PF context listens for what its groups need, and for no more. */
const heeding = ({ actions, state }: Outcome, chooser: Chooser): Outcome => {
  chooser.followsFromAll()
  const heard = listenForGroups(state, chooser)
  return { state: heard.state, actions: [...actions, ...heard.actions] }
}

const notEnabled = (state: State, event: Event): Rejection | null => {
  if ("function" in event && state.functions[event.function] === undefined) {
    return { _tag: "NotEnabled", why: `there is no function ${event.function}` }
  }
  const stray = event._tag === "PolicyChanged"
    ? event.services?.find(({ function: fn }) => state.functions[fn] === undefined)
    : undefined
  if (stray) return { _tag: "NotEnabled", why: `there is no function ${stray.function}` }
  if ((event._tag === "Detach" || event._tag === "Reset") && event.function === PF) {
    return { _tag: "NotEnabled", why: "function 0 ends with the PF context, not by itself" }
  }
  const quota = strayQuotas(state, event)
  if (quota) return { _tag: "NotEnabled", why: quota }
  if (isOutOfTurn(state, event)) return { _tag: "NotEnabled", why: "it is not this MAD's turn" }
  if (event._tag === "AdminGuid" && event.function === PF) {
    return { _tag: "NotEnabled", why: "slot 0 is the port's own and is not administered" }
  }
  if (event._tag !== "TimePasses") return null
  const due = nextDue(state)
  return due !== null && event.ms > due.latest ? { _tag: "TooLate", latest: due.latest } : null
}

const transition = (state: State, event: Event, chooser: Chooser): Outcome =>
  match(event)
    .returnType<Outcome>()
    .with({ _tag: "Egress" }, (e) => notTaken(state, e) ?? egress(state, e, chooser))
    .with({ _tag: "Taken" }, ({ egress: e }) => egress(withoutDeferred(state, e), e, chooser))
    .with({ _tag: "WireRoom" }, ({ slots }) => outcome(wireRoom(state, slots)))
    .with({ _tag: "FunctionRoom" }, (e) => outcome(functionRoom(state, e.function, e.slots)))
    .with({ _tag: "Ingress" }, (e) => ingress(state, e, chooser))
    .with({ _tag: "TimePasses" }, ({ ms }) => timePasses(state, ms, chooser))
    .with({ _tag: "Start" }, () => start(state, chooser))
    .with({ _tag: "Stop" }, () => stop(state, chooser))
    .with({ _tag: "Attach" }, (e) => attach(state, e.function, chooser))
    .with({ _tag: "Detach" }, (e) => detach(state, e.function, chooser))
    .with({ _tag: "Reset" }, (e) => reset(state, e.function, chooser))
    .with({ _tag: "Reregister" }, () => reregister(state, chooser))
    .with({ _tag: "LinkChanged" }, (e) => linkChanged(state, e, chooser))
    .with({ _tag: "SmChanged" }, (e) => smChanged(state, e, chooser))
    .with({ _tag: "LidChanged" }, (e) => lidChanged(state, e, chooser))
    .with({ _tag: "PrefixChanged" }, (e) => prefixChanged(state, e))
    .with({ _tag: "PkeysChanged" }, (e) => pkeysChanged(state, e))
    .with({ _tag: "GuidTableChanged" }, (e) => guidTableChanged(state, e, chooser))
    .with({ _tag: "AdminGuid" }, (e) => adminGuid(state, e, chooser))
    .with({ _tag: "PkeyMapChanged" }, (e) => pkeyMapChanged(state, e))
    .with({ _tag: "QuotasChanged" }, (e) => quotasChanged(state, e))
    .with({ _tag: "PolicyChanged" }, (e) => policyChanged(state, e))
    .with({ _tag: "Verb" }, (e) => verb(state, e.function, e.request, chooser))
    .with({ _tag: "Query" }, (e) => query(state, e))
    .exhaustive()

/** What functions have because of P_Keys and GUIDs goes with these (SQP-MC-15, SQP-SVC-2). */
const confined = (before: State, { actions, state }: Outcome, chooser: Chooser): Outcome => {
  // With the port's P_Keys the PF's map changes, which is of all of them.
  const isSame = before.port.prefix === state.port.prefix && state.functions.every(({ guid, pkeyMap }, i) =>
    before.functions[i]?.guid === guid && before.functions[i]?.pkeyMap === pkeyMap)
  if (isSame) return { actions, state }
  const after = confineSaAreas(state, chooser)
  return { state: after.state, actions: [...actions, ...after.actions] }
}

const timePasses = (state: State, ms: number, chooser: Chooser): Outcome =>
  sequence(
    // Transactions first: they age the ids that rest, before anything is laid to rest.
    { ...ageCm(ageTransactions(state, ms), ms), redirects: agedRedirects(state, ms), port: agedPort(state, ms) },
    (next) => ageSaAreas(next, ms, chooser)
  )

const agedPort = ({ port }: State, ms: number): State["port"] => {
  const former = port.formerPrefix
  if (former === null) return port
  const remaining = former.remaining - ms
  return { ...port, formerPrefix: remaining > 0 ? { ...former, remaining } : null }
}
