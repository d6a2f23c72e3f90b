/** The areas that ask the SA on the PF context's own account, as the rest of the model sees them: as one. */
import type { Chooser } from "./choice.ts"
import { ageGuids, answeredGuid, askGuidsAgain, stopGuids } from "./guids.ts"
import type { FunctionId } from "./ids.ts"
import type { Mad } from "./mad.ts"
import { ageMulticast, answeredLateMulticast, answeredMulticast } from "./multicast.ts"
import {
  confineMulticast, endFunctionMulticast, rejoinMulticast, stopMulticast
} from "./multicast-endings.ts"
import { drop, type Ingress, outcome, type Outcome, sequence } from "./outcome.ts"
import { ageReports, endFunctionReports, markFormerReports, stopReports } from "./reports.ts"
import { outstanding } from "./sa-outstanding.ts"
import { serviceRecords } from "./service-records.ts"
import { ageGivenUp, answerFault, answers, forgetGivenUp } from "./sa-request.ts"
import type { GivenUpRequest, SaRequest, State } from "./state.ts"
import { ageSubscriptions, answeredInform, answeredLateInform } from "./subscriptions.ts"
import {
  confineSubscriptions, endFunctionSubscriptions, resubscribe, stopSubscriptions
} from "./subscriptions-endings.ts"
import { remembered } from "./tid.ts"

/** What an area does of which the PF context asks all. */
export interface SaArea {
  /** A response from the SM to an outstanding request; null if it is none of the area's, or no answer. */
  readonly answered: (state: State, mad: Mad, chooser: Chooser) => Outcome | null
  /** A response from the SM to a request that was given up; null likewise. */
  readonly answeredLate: (state: State, late: GivenUpRequest, mad: Mad, chooser: Chooser) => Outcome | null
  /** Time passes; what was given up has aged already. */
  readonly age: (state: State, ms: number, chooser: Chooser) => Outcome
  readonly endFunction: (state: State, fn: FunctionId, chooser: Chooser) => Outcome
  /** The SA may have forgotten what the area told it: reregister, or another SM. */
  readonly tellAgain: (state: State, chooser: Chooser) => Outcome
  /** What functions may no longer have, because P_Keys, GUIDs or the prefix changed, is taken back. */
  readonly confine: (state: State, chooser: Chooser) => Outcome
  /** The PF context stops: the area takes back what it told the SA and forgets everything. */
  readonly stop: (state: State, chooser: Chooser) => Outcome
}

/** An area that asks the SA adds itself here. */
const AREAS: ReadonlyArray<SaArea> = [
  {
    answered: answeredMulticast,
    answeredLate: answeredLateMulticast,
    age: ageMulticast,
    endFunction: endFunctionMulticast,
    tellAgain: rejoinMulticast,
    confine: confineMulticast,
    stop: stopMulticast
  },
  serviceRecords,
  {
    answered: answeredInform,
    answeredLate: answeredLateInform,
    age: (state, ms, chooser) => ageSubscriptions(ageReports(state, ms), ms, chooser),
    endFunction: (state, fn, chooser) => endFunctionSubscriptions(endFunctionReports(state, fn), fn, chooser),
    confine: confineSubscriptions,
    tellAgain: (state, chooser) => resubscribe(markFormerReports(state), chooser),
    stop: (state, chooser) => stopSubscriptions(stopReports(state), chooser)
  },
  // GUIDs last: the SA asks whose a GUID is before it takes back what names it.
  {
    answered: answeredGuid,
    answeredLate: () => null,
    age: ageGuids,
    // What a function wants is settled with its attach and detach: a reset changes nothing.
    endFunction: (state) => outcome(state),
    tellAgain: askGuidsAgain,
    confine: (state) => outcome(state),
    stop: stopGuids
  }
]

const asking = (state: State, mad: Mad): SaRequest | undefined =>
  outstanding(state).find((request) => answers(mad, request))

const givenUp = (state: State, mad: Mad): GivenUpRequest | undefined =>
  state.givenUp.find((late) => answers(mad, late))

/** Whether a response bears the TID of a request of the PF context itself, outstanding or given up. */
export const isOwnAnswer = (state: State, mad: Mad): boolean =>
  (asking(state, mad) ?? givenUp(state, mad)) !== undefined

/** A response that {@link isOwnAnswer}. */
export const ingressOwnAnswer = (state: State, event: Ingress, chooser: Chooser): Outcome => {
  const { mad } = event
  const late = givenUp(state, mad)
  if (late && !remembered(late.life, `given-up ${late.asked._tag}`, chooser)) {
    return drop(forgetGivenUp(state, late), null, "response-unasked")
  }
  const fault = answerFault(state, event, (asking(state, mad) ?? late)?.sentTo)
  if (fault) return drop(state, null, fault)
  for (const area of AREAS) {
    const taken = late ? area.answeredLate(state, late, mad, chooser) : area.answered(state, mad, chooser)
    if (taken) return taken
  }
  return drop(state, null, "sa-answer-stale")
}

/** Time passes for all areas. */
export const ageSaAreas = (state: State, ms: number, chooser: Chooser): Outcome =>
  eachArea(ageGivenUp(state, ms), (area, next) => area.age(next, ms, chooser))

/** A function ends: what it asked for goes, and the SA is told where nobody else has it. */
export const endFunctionSaAreas = (state: State, fn: FunctionId, chooser: Chooser): Outcome =>
  eachArea(state, (area, next) => area.endFunction(next, fn, chooser))

/** Reregister, or another SM: the SA is told everything again. */
export const tellAgainSaAreas = (state: State, chooser: Chooser): Outcome =>
  eachArea(state, (area, next) => area.tellAgain(next, chooser))

/** P_Keys, GUIDs or the prefix changed: what functions may no longer have is taken back. */
export const confineSaAreas = (state: State, chooser: Chooser): Outcome =>
  state.running ? eachArea(state, (area, next) => area.confine(next, chooser)) : outcome(state)

/** The PF context stops: everything is taken back while the wire is up, then released. */
export const stopSaAreas = (state: State, chooser: Chooser): Outcome =>
  eachArea(state, (area, next) => area.stop(next, chooser))

const eachArea = (state: State, transition: (area: SaArea, state: State) => Outcome): Outcome =>
  sequence(state, ...AREAS.map((area) => (next: State) => transition(area, next)))
