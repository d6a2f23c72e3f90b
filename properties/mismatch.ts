/**
 * Why nothing explains an observation: what the closest outcome of the model demanded, and which requirements
 * speak of the difference.
 */
import type { Action } from "../model/action.ts"
import { isSame, matchings, symbolicOutcomes } from "../model/bind.ts"
import { isVariable } from "../model/choice.ts"
import type { Event } from "../model/event.ts"
import { isResponse, type Mad } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import { step } from "../model/step.ts"
import type { RequirementId } from "../spec/requirements.ts"
import type { Reason } from "../spec/reasons.ts"
import * as Result from "effect/Result"
import { actionText, differences } from "./describe.ts"

/** What the rules demanded and what was seen, where they part. */
export interface Mismatch {
  /** What the closest outcome demanded and nobody saw. */
  readonly expected: ReadonlyArray<string>
  /** What was seen and that outcome does not demand. */
  readonly observed: ReadonlyArray<string>
  /** Differences between an expected and an observed output of one kind, field by field. */
  readonly details: ReadonlyArray<string>
  readonly requirements: ReadonlyArray<RequirementId>
}

const UNSEEN: ReadonlySet<string> = new Set(["from", "cause", "payload"])

/** The requirements behind a drop. */
const ofReason: Readonly<Record<Reason, ReadonlyArray<RequirementId>>> = {
  "bad-length": ["SQP-IN-1"],
  "base-version": ["SQP-IN-1"],
  "class-version": ["SQP-IN-1"],
  "not-attached": ["SQP-QP-3", "SQP-STEER-5"],
  "source-qp": ["SQP-QP-3"],
  "smp-from-vf": ["SQP-CLS-2"],
  "class-qp": ["SQP-CLS-1"],
  "class-policy": ["SQP-CLS-5"],
  "sa-method": ["SQP-CLS-6"],
  "sa-destination": ["SQP-CLS-6"],
  "no-sm": ["SQP-CLS-6"],
  "remote-qpn": ["SQP-CLS-7", "SQP-CLS-9"],
  "pkey-index": ["SQP-PKEY-1"],
  "pkey-mismatch": ["SQP-PKEY-2"],
  "no-gid": ["SQP-GUID-1"],
  "response-unasked": ["SQP-TID-4", "SQP-TID-5"],
  "response-undelivered": ["SQP-TID-8"],
  "rmpp-unknown": ["SQP-TID-9", "SQP-TID-11"],
  "dgid-unknown": ["SQP-STEER-2"],
  "gid-pending": ["SQP-STEER-5"],
  "steer-conflict": ["SQP-STEER-1"],
  unsolicited: ["SQP-STEER-3"],
  "cm-attribute": ["SQP-CM-14"],
  "cm-unknown": ["SQP-CM-14", "SQP-CM-8"],
  "cm-peer": ["SQP-CM-5"],
  "cm-rej-rate": ["SQP-CM-9"],
  "sa-answer-source": ["SQP-MC-13"],
  "sa-answer-stale": ["SQP-MC-6"],
  "report-source": ["SQP-SUB-5"],
  "report-repeated": ["SQP-SUB-6"],
  "report-unwanted": ["SQP-SUB-6"],
  "report-answered": ["SQP-SUB-10"],
  coalesced: ["SQP-MC-8", "SQP-SUB-2"],
  horizon: ["SQP-MC-8"],
  "sa-timeout": ["SQP-MC-6"],
  "function-gone": ["SQP-MC-10"],
  "tid-quota": ["SQP-TID-10"],
  "cm-quota": ["SQP-CM-13"],
  "inbound-quota": ["SQP-TID-12"],
  "group-quota": ["SQP-MC-7"],
  "subscription-quota": ["SQP-SUB-9"],
  "pending-quota": ["SQP-MC-7"],
  "service-quota": ["SQP-SVC-4"],
  "wire-full": ["SQP-FAIR-2"],
  "function-full": ["SQP-FAIR-4"]
}

/** The requirements behind a field of an output, by the end of its path. */
const ofField: ReadonlyArray<readonly [RegExp, ReadonlyArray<RequirementId>]> = [
  [/pkeyIndex$/, ["SQP-PKEY-1"]],
  [/qkey$/, ["SQP-QP-6"]],
  [/grh\.sgidIndex$/, ["SQP-GUID-1"]],
  [/grh/, ["SQP-STEER-1"]],
  [/mad\.tid$/, ["SQP-TID-2", "SQP-TID-3", "SQP-TID-8", "SQP-CM-11"]],
  [/smKey$/, ["SQP-CLS-6"]],
  [/mad\.status$|mad\.method$/, ["SQP-CLS-5"]],
  [/body\.localId$/, ["SQP-CM-4", "SQP-CM-7"]],
  [/body\.remoteId$/, ["SQP-CM-3"]],
  [/body\.requestId$/, ["SQP-CM-12"]],
  [/body\.(mask|mgid|portGid|joinState)$/, ["SQP-MC-1", "SQP-MC-14"]],
  [/^function$/, ["SQP-TID-4", "SQP-STEER-1"]],
  [/^event$/, ["SQP-EV-1"]],
  [/^view/, ["SQP-VIEW-1"]],
  [/^status$|^qpn$/, ["SQP-QP-1", "SQP-QP-7"]]
]

const ofAction = (action: Action): ReadonlyArray<RequirementId> => {
  switch (action._tag) {
    case "Drop":
    case "Defer":
      return ofReason[action.reason]
    case "EventTo":
      return ["SQP-EV-1"]
    case "Tunnel":
      return ["SQP-QP-2", "SQP-LIFE-2"]
    case "Answer":
      return action.view ? ["SQP-VIEW-1"] : ["SQP-QP-1", "SQP-QP-5", "SQP-QP-7"]
    case "ToWire":
      return ofMad(action.mad, ["SQP-TID-8"], ["SQP-TID-1"])
    case "ToFunction":
      return ofMad(action.mad, ["SQP-TID-4", "SQP-TID-5"], ["SQP-STEER-3", "SQP-STEER-5"])
  }
}

/** The requirements behind a MAD: those of its area, else those of a response or a request going that way. */
const ofMad = (
  mad: Mad,
  ofResponse: ReadonlyArray<RequirementId>,
  ofRequest: ReadonlyArray<RequirementId>
): ReadonlyArray<RequirementId> => {
  if (mad.body._tag === "mcMember") return ["SQP-MC-2", "SQP-MC-3"]
  if (mad.body._tag === "informInfo") return ["SQP-SUB-2", "SQP-SUB-8"]
  if (mad.body._tag === "notice") return ["SQP-SUB-5", "SQP-SUB-6"]
  if (mad.body._tag === "cm") return ["SQP-CM-3"]
  return isResponse(mad) ? ofResponse : ofRequest
}

interface Gap {
  readonly missing: ReadonlyArray<Action>
  readonly extra: ReadonlyArray<Action>
}

/** Takes away what was both demanded and seen, one for one. */
const gapOf = (demanded: ReadonlyArray<Action>, observed: ReadonlyArray<Action>): Gap => {
  const extra = [...observed]
  const missing = demanded.filter((action) => {
    const found = extra.findIndex((seen) => isSame(action, seen))
    if (found >= 0) extra.splice(found, 1)
    return found < 0
  })
  return { missing, extra }
}

/**
 * An id that fits in its place but is not free to be chosen there: held by another, resting, or none at all.
 */
const forbiddenIds = (state: State, event: Event, observed: ReadonlyArray<Action>): ReadonlyArray<string> =>
  symbolicOutcomes(state, event).flatMap(({ actions, choice }) =>
    matchings(actions, observed, { drops: true })
      .filter(({ rest }) => rest.length === 0)
      .flatMap(({ bound }) => {
        const result = step(
          state,
          event,
          choice.map((answer) => bound.get(answer) ?? answer)
        )
        if (Result.isSuccess(result) || result.failure._tag !== "ChoiceRejected") return []
        const { fault } = result.failure
        return fault._tag === "ChoiceNotPermitted" && !isVariable(fault.answer)
          ? [`${fault.answer} is no ${fault.about}: it is held, it rests, or it may never be one`]
          : []
      })
  )

const FRESH: ReadonlyArray<RequirementId> = ["SQP-TID-1", "SQP-TID-6", "SQP-CM-1", "SQP-QP-2"]

const detailsOf = ({ extra, missing }: Gap) =>
  missing
    .flatMap((demanded) => {
      const seen = extra.find(({ _tag }) => _tag === demanded._tag)
      return seen && demanded._tag !== "Drop" ? differences(demanded, seen, UNSEEN) : []
    })
    .filter(
      ({ expected }) =>
        !(typeof expected === "string" && isVariable(expected)) &&
        !(typeof expected === "number" && expected < 0)
    )

/**
 * Compares an observation that nothing explains with what the model would have done, and keeps the closest
 * outcome.
 */
export const mismatchOf = (
  states: ReadonlyArray<State>,
  event: Event,
  observed: ReadonlyArray<Action>
): Mismatch => {
  const forbidden = states.flatMap((state) => forbiddenIds(state, event, observed))
  if (forbidden.length > 0) {
    return {
      expected: ["a fresh id"],
      observed: observed.map(actionText),
      details: [...new Set(forbidden)],
      requirements: FRESH
    }
  }
  const gaps = states
    .flatMap((state) => symbolicOutcomes(state, event))
    .map(({ actions }) => gapOf(actions, observed))
  const size = ({ extra, missing }: Gap): number =>
    missing.length + extra.length + detailsOf({ extra, missing }).length / 100
  const [closest] = [...gaps].sort((a, b) => size(a) - size(b))
  if (!closest)
    return {
      expected: ["that this cannot happen now"],
      observed: observed.map(actionText),
      details: [],
      requirements: []
    }
  const details = detailsOf(closest)
  const hinted = [
    ...details.flatMap(({ path }) => ofField.find(([pattern]) => pattern.test(path))?.[1] ?? []),
    ...[...closest.missing, ...closest.extra].flatMap(ofAction)
  ]
  return {
    expected: closest.missing.map(actionText),
    observed: closest.extra.map(actionText),
    details: details.map(
      ({ expected, path, seen }) =>
        `${path}: expected ${JSON.stringify(expected)}, observed ${JSON.stringify(seen)}`
    ),
    requirements: [...new Set(hinted)]
  }
}
