/** Wrong models of policy, P_Keys, QPs, port events, views and the life cycle: one rule broken each. */
import type { Action } from "../model/action.ts"
import { type Rules } from "../model/environment/event-system.ts"
import type { EventOf } from "../model/event.ts"
import { FunctionId, Qpn } from "../model/ids.ts"
import { isMad, isSubnetManagement } from "../model/invariants-crossing.ts"
import { PF, VF1, WELL_KNOWN } from "./small-world.ts"
import {
  type ModelMutant,
  acting,
  admitting,
  arrives,
  changing,
  ending,
  leaves,
  seeing,
  smpOfVf
} from "./mutations.ts"

/** Wrong models of classes, policy and P_Keys. */
export const policyMutants: ReadonlyArray<ModelMutant> = [
  { title: "lets any class pass either QP", breaks: "SQP-CLS-1", rules: admitting("class-qp", leaves) },
  { title: "takes any class from either QP", breaks: "SQP-CLS-1", rules: admitting("class-qp", arrives(PF)) },
  { title: "forwards the SMPs of VFs", breaks: "SQP-CLS-2", rules: admitting("smp-from-vf", leaves) },
  {
    title: "answers the SMPs of VFs",
    breaks: "SQP-CLS-2",
    rules: acting((actions, event) =>
      smpOfVf(event) && isMad(event.mad)
        ? [
            {
              _tag: "ToFunction",
              function: event.function,
              qp: 0,
              mad: { ...event.mad, mgmtClass: 0x04, status: 0x0c },
              address: {
                pkeyIndex: 0,
                slid: event.address.dlid,
                srcQp: Qpn(0),
                sl: 0,
                pathBits: 0,
                grh: null
              }
            }
          ]
        : actions
    )
  },
  {
    title: "gives an SMP to the function of its DGID",
    breaks: "SQP-CLS-3",
    rules: changing("ToFunction", (action) =>
      isSubnetManagement(action.mad) && action.address.grh ? { ...action, function: VF1 } : action
    )
  },
  {
    title: "lets requests go to any QPN",
    breaks: "SQP-CLS-7",
    rules: admitting("remote-qpn", leaves)
  },
  {
    title: "takes a redirect for a leave to go to its QPN anywhere",
    breaks: "SQP-CLS-7",
    rules: seeing((state, event) => ({
      ...state,
      redirects: state.redirects.map((of) =>
        event._tag === "Egress" ? { ...of, lid: event.address.dlid, gid: null } : of
      )
    }))
  },
  {
    title: "redirects every function where one was redirected",
    breaks: "SQP-CLS-7",
    rules: seeing((state, event) => ({
      ...state,
      redirects: state.redirects.map((of) =>
        event._tag === "Egress" ? { ...of, function: event.function } : of
      )
    }))
  },
  {
    title: "forgets where a function was redirected",
    breaks: "SQP-CLS-9",
    rules: ending((after) => ({ ...after, redirects: [] }))
  },
  {
    title: "keeps a function's redirects over its reset",
    breaks: "SQP-CLS-7",
    rules: ending((after, event, { redirects }) => (event._tag === "Reset" ? { ...after, redirects } : after))
  },
  {
    title: "keeps refusing what the administrator allowed",
    breaks: "SQP-CLS-8",
    rules: seeing((state) => ({ ...state, policy: { classes: [], saAttributes: [] } }))
  },
  {
    title: "forwards what policy refuses",
    breaks: "SQP-CLS-4",
    rules: acting((actions, event) => {
      const refused = event._tag === "Egress" && actions.some((action) => action._tag === "ToFunction")
      const forwarded = refused ? leaves(event) : null
      return forwarded ? [forwarded] : actions
    })
  },
  {
    title: "drops what it should refuse with an answer",
    breaks: "SQP-CLS-5",
    rules: acting((actions, event) =>
      actions.map((action): Action =>
        event._tag === "Egress" && action._tag === "ToFunction"
          ? { _tag: "Drop", function: action.function, reason: "class-policy" }
          : action
      )
    )
  },
  {
    title: "answers a refused SA request like any other",
    breaks: "SQP-CLS-5",
    rules: changing("ToFunction", (action, event) =>
      event._tag === "Egress" ? { ...action, mad: { ...action.mad, status: 0x000c } } : action
    )
  },
  {
    title: "lets SA requests of a VF go anywhere",
    breaks: "SQP-CLS-6",
    rules: admitting("sa-destination", leaves)
  },
  {
    title: "keeps the SM_Key of a VF",
    breaks: "SQP-CLS-6",
    rules: changing("ToWire", (action, event) =>
      event._tag === "Egress" && isMad(event.mad)
        ? { ...action, mad: { ...action.mad, sa: event.mad.sa } }
        : action
    )
  },
  { title: "sends requests to any QPN", breaks: "SQP-CLS-7", rules: admitting("remote-qpn", leaves) },
  {
    title: "sends a function's own P_Key index",
    breaks: "SQP-PKEY-1",
    rules: changing("ToWire", (action, event) =>
      event._tag !== "Egress"
        ? action
        : { ...action, address: { ...action.address, pkeyIndex: event.address.pkeyIndex } }
    )
  },
  {
    title: "tells a function the physical P_Key index",
    breaks: "SQP-PKEY-1",
    rules: changing("ToFunction", (action, event) =>
      event._tag !== "Ingress"
        ? action
        : { ...action, address: { ...action.address, pkeyIndex: event.address.pkeyIndex } }
    )
  },
  {
    title: "gives a function MADs of other partitions",
    breaks: "SQP-PKEY-2",
    rules: admitting("pkey-mismatch", arrives(VF1))
  }
]

const answering = (
  change: (event: EventOf<"Verb">, answer: Extract<Action, { _tag: "Answer" }>) => Action
): Rules => changing("Answer", (action, event) => (event._tag === "Verb" ? change(event, action) : action))

/** A gate that grants every verb of a kind. */
const granting = (verb: string, when: (event: EventOf<"Verb">) => boolean): Rules =>
  answering((event, answer) =>
    event.request.verb === verb && when(event)
      ? { ...answer, status: "ok", qkey: verb === "postSend" ? WELL_KNOWN : null }
      : answer
  )

/** Wrong models of tunnels and the verbs gate. */
export const qpMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "gives a function its tunnel QP for a special QP",
    breaks: "SQP-QP-1",
    rules: answering(({ request: { type } }, answer) =>
      type === "gsi" && answer.qpn !== null ? { ...answer, qpn: Qpn(answer.qpn + 1) } : answer
    )
  },
  {
    title: "gives proxy and tunnel one QPN",
    breaks: "SQP-QP-2",
    rules: changing("Tunnel", (action) => ({ ...action, tunnelQpn: action.proxyQpn }))
  },
  { title: "takes a MAD from any QP", breaks: "SQP-QP-3", rules: admitting("source-qp", leaves) },
  {
    title: "takes MADs of functions not attached",
    breaks: "SQP-QP-3",
    rules: admitting("not-attached", leaves)
  },
  {
    title: "lets a QP on VL15",
    breaks: "SQP-QP-4",
    rules: granting("modifyQp", ({ request: { vl } }) => vl === 15)
  },
  {
    title: "lets a QP send on VL15",
    breaks: "SQP-QP-4",
    rules: granting("postSend", ({ request: { vl } }) => vl === 15)
  },
  {
    title: "lets a QP have a controlled Q_Key",
    breaks: "SQP-QP-5",
    rules: granting("createQp", ({ request: { qkey } }) => (qkey ?? 0) >= 0x8000_0000)
  },
  {
    title: "sends the Q_Key it was asked for",
    breaks: "SQP-QP-6",
    rules: answering(({ request: { qkey, verb } }, answer) =>
      verb === "postSend" ? { ...answer, qkey } : answer
    )
  },
  {
    title: "sends every MAD with the well-known Q_Key",
    breaks: "SQP-QP-6",
    rules: changing("ToWire", (action) => ({ ...action, address: { ...action.address, qkey: WELL_KNOWN } }))
  },
  {
    title: "lets a function change any QP",
    breaks: "SQP-QP-7",
    rules: granting("modifyQp", ({ request: { qkey } }) => qkey === 0x22)
  },
  {
    title: "does not bound indices",
    breaks: "SQP-QP-8",
    rules: granting(
      "modifyQp",
      ({ request: { pkeyIndex, qpn } }) => pkeyIndex === 1 && (qpn === 8 || qpn === 10)
    )
  },
  {
    title: "does not look at the alternate path",
    breaks: "SQP-QP-8",
    rules: granting("modifyQp", ({ request: { alternate } }) => alternate !== null)
  },
  {
    title: "bounds only what the mask names",
    breaks: "SQP-QP-8",
    rules: granting("createQp", ({ request: { attrMask } }) => attrMask === 0)
  },
  {
    title: "sends with a P_Key that was taken away",
    breaks: "SQP-PKEY-3",
    rules: granting("postSend", ({ request: { vl } }) => vl !== 15)
  },
  { title: "lets a function destroy any QP", breaks: "SQP-QP-7", rules: granting("destroyQp", () => true) }
]

/** Wrong models of port events, local views and the life cycle. */
export const portMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "tells every function of every GUID",
    breaks: "SQP-EV-1",
    rules: acting((actions, { _tag }, { functions }) =>
      _tag !== "GuidTableChanged"
        ? actions
        : functions.map((_, n) => ({ _tag: "EventTo", function: FunctionId(n), event: "gid" }))
    )
  },
  {
    title: "tells VFs nothing",
    breaks: "SQP-EV-1",
    rules: acting((actions) =>
      actions.filter((action) => action._tag !== "EventTo" || action.function === PF)
    )
  },
  {
    title: "tells port-up before gid",
    breaks: "SQP-EV-1",
    rules: acting((actions, { _tag }) => (_tag === "GuidTableChanged" ? actions.toReversed() : actions))
  },
  {
    title: "shows every port active",
    breaks: "SQP-VIEW-1",
    rules: changing("Answer", (action) =>
      action.view?._tag === "PortInfo" ? { ...action, view: { _tag: "PortInfo", active: true } } : action
    )
  },
  {
    title: "announces no tunnels at attach",
    breaks: "SQP-LIFE-2",
    rules: acting((actions, { _tag }) => (_tag === "Attach" ? [] : actions))
  },
  {
    title: "goes on after its stop",
    breaks: "SQP-LIFE-3",
    rules: ending((after, event, before) =>
      event._tag === "Stop" ? { ...before, running: before.running } : after
    )
  }
]
