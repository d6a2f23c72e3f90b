/**
 * Wrong models that are wrong in one narrow place, so that one invariant tells them and no other: they show
 * that it is needed (spec/mutants.md).
 */
import type { Action } from "../model/action.ts"
import type { Rules } from "../model/environment/event-system.ts"
import type { Event, EventOf, IngressAddress } from "../model/event.ts"
import { Gid, NO_GUID, WireTid } from "../model/ids.ts"
import { isControl, isMad, isNoticeReport } from "../model/invariants-crossing.ts"
import { type GuidInfo, type Mad, METHOD, type ServiceRecord } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import { acting, changing, ending, isResponse, leaves, type ModelMutant, smpOfVf } from "./mutations.ts"
import { modelRules } from "./scope.ts"
import { guid, mad as madWith, OWN_LID, PEER_LID, QP1, SMP, VF1, VF2, WELL_KNOWN } from "./small-world.ts"
import { asks } from "./subscription-scopes.ts"

/** A TID that no scope draws. */
const STRAY = WireTid("00000000000000ee")
const TRAP = 0x05
const DELETE = 0x15
const FROM_PEER: IngressAddress = { pkeyIndex: 0, slid: PEER_LID, srcQp: QP1, sl: 0, pathBits: 0, grh: null }

/** A model that judges some events by another state, of which nothing stays. */
const judgingBy = (change: (state: State, event: Event) => Partial<State>): Rules => (state, event) => {
  const seen = change(state, event)
  const kept = Object.fromEntries(Object.entries(state).filter(([key]) => key in seen))
  const all = modelRules({ ...state, ...seen }, event)
  return { ...all, possible: all.possible.map((each) => ({ ...each, state: { ...each.state, ...kept } })) }
}

/** A model that does something else with some events, and remembers nothing of it. */
const instead = (what: (event: Event, state: State) => ReadonlyArray<Action> | null): Rules => (state, event) => {
  const actions = what(event, state)
  if (actions === null) return modelRules(state, event)
  return { exhausted: false, possible: [{ choice: [], state, actions }] }
}

/** The MAD of an event, where it is one of a function, or one from the wire. */
const sentIn = (event: Event): Mad | null => (event._tag === "Egress" && isMad(event.mad) ? event.mad : null)
const cameIn = (event: Event): Mad | null => (event._tag === "Ingress" && isMad(event.mad) ? event.mad : null)

const isOpen = ({ functions, running }: State, n: number): boolean => running && functions[n]?.attached === true
const hasGrhFor = ({ address }: EventOf<"Ingress">): boolean => address.grh !== null
const isAsked = (event: Event, subscribe: 0 | 1): boolean => {
  const body = sentIn(event)?.body
  return body?._tag === "informInfo" && body.subscribe === subscribe
}
const guidInfoIn = (mad: Mad | null): GuidInfo | null => (mad?.body._tag === "guidInfo" ? mad.body : null)
const firstSent = (actions: ReadonlyArray<Action>) =>
  actions.find((action): action is Extract<Action, { _tag: "ToWire" }> => action._tag === "ToWire")

const trapOf = (event: Event): boolean => sentIn(event)?.method === TRAP

const classMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "lets a VF send SMPs where policy names their class",
    breaks: "SQP-CLS-2",
    rules: instead((event, { policy }) => {
      const isNamed = policy.classes.some(({ allow, mgmtClass }) => mgmtClass === SMP && allow === "all")
      const sent = smpOfVf(event) && isNamed ? leaves(event) : null
      return sent && [sent]
    })
  },
  {
    title: "tells a VF of another LID by an SMP",
    breaks: "SQP-CLS-3",
    rules: acting((actions, event, state) =>
      event._tag === "LidChanged" && isOpen(state, VF1)
        ? [...actions, {
          _tag: "ToFunction", function: VF1, qp: 0, address: FROM_PEER, mad: madWith({ mgmtClass: SMP, method: 0x02 })
        }]
        : actions)
  },
  {
    title: "lets a VF send Traps that policy refuses",
    breaks: "SQP-CLS-4",
    rules: judgingBy(({ policy }, event) => (trapOf(event)
      ? { policy: { ...policy, classes: [{ mgmtClass: sentIn(event)?.mgmtClass ?? 0, allow: "all" }] } }
      : {}))
  },
  {
    title: "refuses Traps that policy allows",
    breaks: "SQP-CLS-8",
    rules: judgingBy(({ policy }, event) => (trapOf(event)
      ? { policy: { ...policy, classes: [{ mgmtClass: sentIn(event)?.mgmtClass ?? 0, allow: "none" }] } }
      : {}))
  }
]

const transactionMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "takes the second copy of a response for one that nobody asked for",
    breaks: "SQP-TID-5",
    rules: acting((actions, event, { transactions }) => {
      const mad = cameIn(event)
      const isCopy = mad !== null && isResponse(mad) && actions.some(({ _tag }) => _tag === "ToFunction") &&
        transactions.some(({ answered, wireTid }) => answered && wireTid.slice(8) === mad.tid.slice(8))
      return isCopy ? [{ _tag: "Drop", function: null, reason: "response-unasked" }] : actions
    })
  },
  {
    title: "drops every RMPP control packet of a function",
    breaks: "SQP-TID-11",
    rules: acting((actions, event) => {
      const mad = sentIn(event)
      return event._tag === "Egress" && mad && isControl(mad) && firstSent(actions)
        ? [{ _tag: "Drop", function: event.function, reason: "rmpp-unknown" }]
        : actions
    })
  },
  {
    title: "hands a request for another function over by itself",
    breaks: "SQP-STEER-4",
    rules: instead((event, state) => {
      const mad = sentIn(event)
      const isForOther = event._tag === "Egress" && event.address.dlid === OWN_LID && isOpen(state, VF2)
      return mad && isForOther ? [{ _tag: "ToFunction", function: VF2, qp: 1, address: FROM_PEER, mad }] : null
    })
  },
  {
    title: "gives a function requests of other partitions",
    breaks: "SQP-PKEY-2",
    rules: acting((actions, event) => {
      const mad = cameIn(event)
      const isRefused = actions.some((action) => action._tag === "Drop" && action.reason === "pkey-mismatch")
      if (!isRefused || !mad || isResponse(mad) || event._tag !== "Ingress" || !hasGrhFor(event)) return actions
      return [{ _tag: "ToFunction", function: VF1, qp: 1, address: { ...event.address, pkeyIndex: 0 }, mad }]
    })
  },
  {
    title: "answers MADs from the wire though it is stopped",
    breaks: "SQP-LIFE-3",
    rules: acting((actions, event, { running }) => {
      const mad = cameIn(event)
      if (running || !mad || isResponse(mad) || event._tag !== "Ingress") return actions
      const address = {
        dlid: event.address.slid, sl: 0, pathBits: 0, pkeyIndex: 0, rate: 0, remoteQpn: QP1, qkey: WELL_KNOWN, grh: null
      }
      const answer = { ...mad, method: 0x81, status: 0x000c }
      return [{ _tag: "ToWire", qp: 1, from: null, cause: null, address, mad: answer }]
    })
  },
  {
    title: "takes one MAD more than there is room for when several wait",
    breaks: "SQP-FAIR-2",
    rules: ending((after, event) =>
      event._tag === "WireRoom" && event.slots === 1 && after.deferred.length > 1
        ? { ...after, wireRoom: [2, 2] }
        : after)
  }
]

const askingAbout = (change: (mad: Mad) => Mad) =>
  changing("ToWire", (action) => (guidInfoIn(action.mad) ? { ...action, mad: change(action.mad) } : action))

const guidMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "asks about slots with an SM_Key",
    breaks: "SQP-GUID-3",
    rules: askingAbout((mad) => ({ ...mad, sa: { smKey: "0000000000000001" } }))
  },
  {
    title: "asks for a GUID while the request that releases it is under way",
    breaks: "SQP-GUID-6",
    rules: (state, event) => {
      const former = state.functions[VF1]
      const isAsked = event._tag === "AdminGuid" && event.function === VF2
      if (!isAsked || former?.alias?.admin !== null) return modelRules(state, event)
      const freed = { ...former, alias: null, slot: NO_GUID }
      const all = modelRules({ ...state, functions: state.functions.with(VF1, freed) }, event)
      const back = (after: State): State => ({ ...after, functions: after.functions.with(VF1, former) })
      return { ...all, possible: all.possible.map((each) => ({ ...each, state: back(each.state) })) }
    }
  },
  {
    title: "tells the administrator that a function has the GUID of another",
    breaks: "SQP-GUID-6",
    rules: acting((actions, event) =>
      event._tag === "AdminGuid" && event.guid !== null
        ? actions.map((action): Action => (action._tag === "Answer" ? { ...action, status: "ok" } : action))
        : actions)
  }
]

const recordIn = (mad: Mad | null): ServiceRecord | null => (mad?.body._tag === "serviceRecord" ? mad.body : null)

const recordMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "lets a function delete the records of others",
    breaks: "SQP-SVC-1",
    rules: judgingBy(({ functions }, event) => {
      const gid = sentIn(event)?.method === DELETE ? recordIn(sentIn(event))?.gid : undefined
      const owner = [0, 1, 2].find((n) => gid?.endsWith(guid(n)) === true)
      return gid === undefined || owner === undefined || event._tag !== "Egress" ? {} : {
        functions: functions.map((of, n) => (n === event.function ? { ...of, guid: guid(owner) } : of))
      }
    })
  },
  {
    title: "deletes a record that no function registered beside one that a function had",
    breaks: "SQP-SVC-3",
    rules: acting((actions) => {
      const own = actions.find((action): action is Extract<Action, { _tag: "ToWire" }> =>
        action._tag === "ToWire" && action.from === null && action.mad.method === DELETE && recordIn(action.mad) !== null)
      const record = recordIn(own?.mad ?? null)
      return !own || !record ? actions : [
        ...actions, { ...own, mad: { ...own.mad, tid: STRAY, body: { ...record, gid: Gid("f".repeat(32)) } } }
      ]
    })
  }
]

const subscriptionMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "gives a copy of a Report to who did not subscribe",
    breaks: "SQP-SUB-6",
    rules: acting((actions) => {
      const reachesVf2 = actions.some((action) => action._tag === "ToFunction" && action.function === VF2)
      return actions.flatMap((action) =>
        action._tag === "ToFunction" && isNoticeReport(action.mad) && action.function === VF1 && !reachesVf2
          ? [action, { ...action, function: VF2 }]
          : [action])
    })
  },
  {
    title: "grants a subscription before the SA does",
    breaks: "SQP-SUB-2",
    rules: acting((actions, event) => {
      if (cameIn(event)?.body._tag === "informInfo") return actions.filter(({ _tag }) => _tag !== "ToFunction")
      const mad = sentIn(event)
      const asked = isAsked(event, 1) && firstSent(actions)
      if (!mad || !asked || event._tag !== "Egress") return actions
      const answer = { ...mad, method: METHOD.GET_RESP, status: 0 }
      const address = { ...FROM_PEER, slid: asked.address.dlid }
      return [...actions, { _tag: "ToFunction", function: event.function, qp: 1, address, mad: answer }]
    })
  },
  {
    title: "subscribes for itself too when a function does",
    breaks: "SQP-SUB-11",
    rules: acting((actions, event) => {
      const asked = isAsked(event, 1) ? firstSent(actions) : undefined
      const other = asks(VF1, 1, 67)
      const body = other._tag === "Egress" && isMad(other.mad) ? other.mad.body : null
      return !asked || !body ? actions : [...actions, { ...asked, mad: { ...asked.mad, tid: STRAY, body } }]
    })
  },
  {
    title: "grants what ends with its P_Key",
    breaks: "SQP-SUB-12",
    rules: changing("ToFunction", (action, event) =>
      event._tag === "PkeysChanged" || event._tag === "PkeyMapChanged"
        ? { ...action, mad: { ...action.mad, status: 0 } }
        : action)
  }
]

/** Wrong models, each for one invariant. */
export const narrowMutants: ReadonlyArray<ModelMutant> = [
  ...classMutants, ...transactionMutants, ...guidMutants, ...recordMutants, ...subscriptionMutants
]
