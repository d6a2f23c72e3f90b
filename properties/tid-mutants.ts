/** Wrong models of transactions, steering and GUIDs: one rule broken each. */
import { Chooser } from "../model/choice.ts"
import { type Rules, rulesOver } from "../model/environment/event-system.ts"
import { FunctionId, Qpn, Tid, WireTid } from "../model/ids.ts"
import { isMad } from "../model/invariants-crossing.ts"
import { stepBy } from "../model/step.ts"
import * as Result from "effect/Result"
import { modelRules } from "./scope.ts"
import { PF, pool, VF1 } from "./small-world.ts"
import {
  type ModelMutant,
  admitting,
  arrives,
  changing,
  ending,
  isResponse,
  leaves,
  next,
  seeing,
  taking,
  withoutGrh
} from "./mutations.ts"

/** The first wire TID of the pool, whoever has it. */
const sharingTids: Rules = (state, event) => {
  const chooser = new Chooser([], (space, permitted) =>
    space === "tid" ? pool().tid[0] : pool()[space].find(permitted)
  )
  const result = stepBy(state, event, chooser)
  return Result.isSuccess(result)
    ? { possible: [{ choice: chooser.answers(), ...result.success }], exhausted: false }
    : modelRules(state, event)
}

/** Wrong models of transactions. */
export const tidMutants: ReadonlyArray<ModelMutant> = [
  { title: "draws a wire TID without looking who has it", breaks: "SQP-TID-1", rules: sharingTids },
  {
    title: "restores only the low half of the guest TID",
    breaks: "SQP-TID-2",
    rules: changing("ToFunction", (action) => ({
      ...action,
      mad: { ...action.mad, tid: Tid(`00000000${action.mad.tid.slice(8)}`) }
    }))
  },
  {
    title: "takes a retransmission for a new request",
    breaks: "SQP-TID-3",
    rules: seeing((state, event) =>
      event._tag !== "Egress"
        ? state
        : {
            ...state,
            transactions: state.transactions.map((of) => ({ ...of, guestTid: Tid("00000000000000ee") }))
          }
    )
  },
  {
    title: "hands a response to the next function",
    breaks: "SQP-TID-4",
    rules: changing("ToFunction", (action, _, state) =>
      isResponse(action.mad) ? { ...action, function: next(action.function, state) } : action
    )
  },
  {
    title: "hands a response nobody asked for to the PF",
    breaks: "SQP-TID-4",
    rules: admitting("response-unasked", arrives(PF))
  },
  {
    title: "forgets transactions at once when time passes",
    breaks: "SQP-TID-5",
    rules: ending((after, event) => (event._tag === "TimePasses" ? { ...after, transactions: [] } : after))
  },
  {
    title: "never forgets a transaction",
    breaks: "SQP-TID-5",
    rules: ending((after, event, before) =>
      event._tag === "TimePasses" ? { ...after, transactions: before.transactions, resting: [] } : after
    )
  },
  {
    title: "lets no wire TID rest",
    breaks: "SQP-TID-6",
    rules: ending((after) => ({ ...after, resting: [] }))
  },
  {
    title: "uses the upper half of the wire TID",
    breaks: "SQP-TID-7",
    rules: rulesOver({ ...pool(), tid: pool().tid.map((tid) => `00000001${tid.slice(8)}`) })
  },
  {
    title: "lets out responses to what was never delivered",
    breaks: "SQP-TID-8",
    rules: admitting("response-undelivered", leaves)
  },
  {
    title: "maps the TID of a response",
    breaks: "SQP-TID-8",
    rules: changing("ToWire", (action) =>
      isResponse(action.mad)
        ? { ...action, mad: { ...action.mad, tid: WireTid(Tid("0000000000000099")) } }
        : action
    )
  },
  {
    title: "hands RMPP control to the PF",
    breaks: "SQP-TID-9",
    rules: changing("ToFunction", (action) =>
      action.mad.rmpp?.active === true ? { ...action, function: PF } : action
    )
  },
  {
    title: "hands RMPP control to the first of several functions",
    breaks: "SQP-TID-9",
    rules: admitting("rmpp-unknown", (event, { inbound: [first] }) =>
      first ? arrives(first.function)(event) : null
    )
  },
  {
    title: "knows no quota of transactions",
    breaks: "SQP-TID-10",
    rules: seeing(({ config, ...state }) => ({
      ...state,
      config: { ...config, limits: { ...config.limits, tids: 9 } }
    }))
  },
  {
    title: "refuses at the quota although an answered request could give way",
    breaks: "SQP-TID-10",
    rules: seeing((state) => ({
      ...state,
      transactions: state.transactions.map((of) => ({ ...of, answered: false }))
    }))
  },
  {
    title: "lets the answered request used last give way",
    breaks: "SQP-TID-5",
    rules: seeing((state) => ({ ...state, transactions: state.transactions.toReversed() }))
  },
  {
    title: "lets an unanswered request give way",
    breaks: "SQP-TID-5",
    rules: seeing((state) => ({
      ...state,
      transactions: state.transactions.map((of) => ({ ...of, answered: true }))
    }))
  },
  {
    title: "opens a transaction for RMPP control",
    breaks: "SQP-TID-11",
    rules: taking((event) =>
      event._tag === "Egress" && isMad(event.mad) && event.mad.rmpp?.active === true
        ? { ...event, mad: { ...event.mad, rmpp: null } }
        : event
    )
  },
  {
    title: "refuses a request from the wire at the quota",
    breaks: "SQP-TID-12",
    rules: seeing((state) =>
      state.inbound.length < state.config.limits.inbound
        ? state
        : { ...state, config: { ...state.config, limits: { ...state.config.limits, inbound: 0 } } }
    )
  },
  {
    title: "lets the delivered request used last give way",
    breaks: "SQP-TID-8",
    rules: seeing((state) => ({ ...state, inbound: state.inbound.toReversed() }))
  },
  {
    title: "keeps a function's transactions over its reset",
    breaks: "SQP-LIFE-1",
    rules: ending((after, event, { inbound, transactions }) =>
      event._tag === "Reset" ? { ...after, inbound, transactions } : after
    )
  }
]

/** Wrong models of steering and GUIDs. */
export const steeringMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "does not compare the DGID with the other keys",
    breaks: "SQP-STEER-1",
    rules: taking((event) =>
      event._tag === "Ingress" && isMad(event.mad) && isResponse(event.mad) ? withoutGrh(event) : event
    )
  },
  {
    title: "gives the PF what is for nobody",
    breaks: "SQP-STEER-2",
    rules: admitting("dgid-unknown", arrives(PF))
  },
  {
    title: "never stops understanding a former prefix",
    breaks: "SQP-STEER-2",
    rules: ending((after, event, before) =>
      event._tag !== "TimePasses"
        ? after
        : { ...after, port: { ...after.port, formerPrefix: before.port.formerPrefix } }
    )
  },
  {
    title: "gives a VF any request that is for it",
    breaks: "SQP-STEER-3",
    rules: admitting("unsolicited", arrives(VF1))
  },
  {
    title: "hands a MAD for another function over by itself",
    breaks: "SQP-STEER-4",
    rules: changing("ToWire", (action, _, { functions, port }) => {
      const to = functions.findIndex(({ guid }) => action.address.grh?.dgid.endsWith(guid) === true)
      const {
        address: { pathBits, pkeyIndex, sl },
        mad,
        qp
      } = action
      if (action.address.dlid !== port.lid || to < 0) return action
      return {
        _tag: "ToFunction",
        function: FunctionId(to),
        qp,
        mad,
        address: { pkeyIndex, slid: port.lid, srcQp: Qpn(1), sl, pathBits, grh: null }
      }
    })
  },
  {
    title: "gives a function that is not attached its MADs",
    breaks: "SQP-STEER-5",
    rules: admitting("gid-pending", (event, { functions }) =>
      arrives(FunctionId(functions.findIndex(({ attached }) => !attached)))(event)
    )
  },
  {
    title: "sends every GRH from the PF's GUID",
    breaks: "SQP-GUID-1",
    rules: changing("ToWire", (action) => {
      const {
        address,
        address: { grh }
      } = action
      return grh ? { ...action, address: { ...address, grh: { ...grh, sgidIndex: 0 } } } : action
    })
  },
  {
    title: "gives a GUID to two functions",
    breaks: "SQP-GUID-2",
    rules: ending((after) => ({
      ...after,
      functions: after.functions.map((of) => ({ ...of, guid: of.slot }))
    }))
  }
]
