/** Wrong models of communication management, each with one rule broken, for the explorer to catch. */
import type { Action } from "../model/action.ts"
import { cmRules, type CmRules } from "../model/environment/cm-system.ts"
import { CommId, NO_COMM_ID, PF, WireCommId } from "../model/ids.ts"
import type { Cm, Mad } from "../model/mad.ts"
import { drop, type Egress, type Ingress, type Outcome } from "../model/outcome.ts"
import type { Exchange, Phase, State } from "../model/state.ts"
import type { RequirementId } from "../spec/requirements.ts"
import { ELSEWHERE } from "../model/environment/cm-scope.ts"
import type { CmScopeName } from "./cm-scopes.ts"

/** One wrong model, and the requirement whose invariant must say so. */
export interface CmMutant {
  readonly title: string
  readonly breaks: RequirementId
  /** A scope in which it shows. */
  readonly in: CmScopeName
  readonly rules: CmRules
}

const withExchanges = (state: State, change: (exchange: Exchange) => Exchange): State =>
  ({ ...state, exchanges: state.exchanges.map(change) })

const cmOf = ({ mad }: Egress | Ingress): Cm | null => (mad.body._tag === "cm" ? mad.body : null)

/** A model whose messages are changed on their way out of it. */
const withMads = (
  tag: "ToWire" | "ToFunction", change: (mad: Mad, event: Egress | Ingress) => Mad
): CmRules => {
  const changed = (event: Egress | Ingress, { actions, state }: Outcome): Outcome => ({
    state,
    actions: actions.map((action): Action =>
      action._tag === tag ? { ...action, mad: change(action.mad, event) } : action
    )
  })
  return {
    ...cmRules,
    egress: (state, event, chooser) => changed(event, cmRules.egress(state, event, chooser)),
    ingress: (state, event, chooser) => changed(event, cmRules.ingress(state, event, chooser))
  }
}

/** A model that sees another state when a message arrives or is sent. */
const seeing = (way: "egress" | "ingress", change: (state: State, cm: Cm) => State): CmRules => {
  const seen = (state: State, event: Egress | Ingress): State => {
    const cm = cmOf(event)
    return cm ? change(state, cm) : state
  }
  return way === "egress"
    ? { ...cmRules, egress: (state, event, chooser) => cmRules.egress(seen(state, event), event, chooser) }
    : { ...cmRules, ingress: (state, event, chooser) => cmRules.ingress(seen(state, event), event, chooser) }
}

/** A model that forgets or keeps something of its own after every event. */
const keeping = (change: (state: State) => State): CmRules => {
  const kept = ({ actions, state }: Outcome): Outcome => ({ actions, state: change(state) })
  return {
    egress: (state, event, chooser) => kept(cmRules.egress(state, event, chooser)),
    ingress: (state, event, chooser) => kept(cmRules.ingress(state, event, chooser)),
    timePasses: (state, ms) => change(cmRules.timePasses(state, ms)),
    endFunction: (state, fn) => change(cmRules.endFunction(state, fn))
  }
}

/** A function's ids are looked for among its own exchanges only. */
const uniquePerFunction: CmRules = {
  ...cmRules,
  egress: (state, event, chooser) => {
    const isOwn = ({ function: fn }: Exchange) => fn === event.function
    const after = cmRules.egress({ ...state, exchanges: state.exchanges.filter(isOwn) }, event, chooser)
    const others = state.exchanges.filter((exchange) => !isOwn(exchange))
    return { ...after, state: { ...after.state, exchanges: [...others, ...after.state.exchanges] } }
  }
}

/** A REJ that quotes no id is matched by its local id, whoever sent it. */
const rejByPeerIdOnly: CmRules = {
  ...cmRules,
  ingress: (state, event, chooser) => {
    const cm = cmOf(event)
    if (cm?.message !== "REJ") return cmRules.ingress(state, event, chooser)
    const newest = state.exchanges.findLast(({ peerId, role }) => role === "passive" && peerId === cm.localId)
    const ariGuid = newest?.peerGuid ?? cm.ariGuid
    return cmRules.ingress(state, { ...event, mad: { ...event.mad, body: { ...cm, ariGuid } } }, chooser)
  }
}

/** A repeated REQ is taken for the PF's. */
const repeatedReqToPf: CmRules = {
  ...cmRules,
  ingress: (state, event, chooser) => {
    const after = cmRules.ingress(state, event, chooser)
    const isFirst = after.state.exchanges.length > state.exchanges.length
    if (cmOf(event)?.message !== "REQ" || isFirst) return after
    return { ...after, actions: after.actions.map((action): Action =>
      action._tag === "ToFunction" ? { ...action, function: PF } : action
    ) }
  }
}

/** A DREQ in no conversation ends here. */
const silentOnDreq: CmRules = {
  ...cmRules,
  ingress: (state, event, chooser) => {
    const after = cmRules.ingress(state, event, chooser)
    const isAnswered = after.actions.some(({ _tag }) => _tag === "ToWire")
    return isAnswered ? drop(after.state, null, "cm-unknown") : after
  }
}

/** A message that quotes a conversation is taken for one of the newest. */
const newestConversation = seeing("ingress", (state, cm) => {
  const newest = state.exchanges.at(-1)
  const quoted = "remoteId" in cm ? state.exchanges.find(({ wireId }) => wireId === cm.remoteId) : undefined
  if (newest === undefined || quoted === undefined) return state
  const taken = { ...quoted, function: newest.function, guestId: newest.guestId }
  return withExchanges(state, (exchange) => (exchange === quoted ? taken : exchange))
})

/** When a REQ is sent, the conversations of its function seem to be in this phase. */
const seemingAtReq = (phase: Phase): CmRules =>
  seeing("egress", (state, cm) =>
    cm.message === "REQ" ? withExchanges(state, (exchange) => ({ ...exchange, phase })) : state
  )

const TWO_ASK = "two functions with one comm id and one TID ask one peer"
const RESET = "a function is reset"
const TWO_ARE_ASKED = "two peers with one comm id and one TID ask two functions"
const ASKS = "a function asks over a bad wire and lingering becomes optional"
const IS_ASKED = "a peer asks over a bad wire"
const TWICE = "a function uses its id twice, before and after the former conversation and its rest are over"
const FORGED = "somebody forges a DREQ from the address of the peer"
const MUST_WAIT = "a function asks, and is told to wait longer than its REQ could be repeated"
const COMES_AGAIN = "a peer is told to wait, its REQ comes again all the same, and somebody tries to end it"
const LEAVES_AGAIN = "a function is told to wait, and its REQ leaves again all the same"
const REFUSED = "somebody refuses without an id what may have been answered"
const FROM_ELSEWHERE = "somebody from elsewhere ends a conversation with the right ids"
const TWO_ROOMS = "a function with room for one conversation uses its id twice"
const CROWDED = "a function with room for one conversation asks, and is asked by another"

/** A model that sees another message when one arrives. */
const hearing = (change: (cm: Cm, state: State) => Cm): CmRules => ({
  ...cmRules,
  ingress: (state, event, chooser) => {
    const cm = cmOf(event)
    const body = cm ? change(cm, state) : event.mad.body
    return cmRules.ingress(state, { ...event, mad: { ...event.mad, body } }, chooser)
  }
})

/** A model in which a REQ that goes this way starts an opening anew, whatever was left of it. */
const restarting = (way: "egress" | "ingress"): CmRules => seeing(way, (state, cm) => (cm.message === "REQ"
  ? withExchanges(state, (exchange) => (exchange.phase === "opening" ? { ...exchange, life: null } : exchange))
  : state))

/** A conversation is known on the wire by the id that its function gave it. */
const ownIdOnTheWire: CmRules = {
  ...cmRules,
  egress: (state, event, chooser) => {
    const after = cmRules.egress(state, event, chooser)
    const cm = cmOf(event)
    const isFresh = after.state.exchanges.length > state.exchanges.length
    if (cm?.message !== "REQ" || !isFresh) return after
    const { localId } = cm
    return {
      state: withExchanges(after.state, (each) =>
        state.exchanges.includes(each) ? each : { ...each, wireId: WireCommId(localId) }),
      actions: after.actions.map((action): Action =>
        action._tag === "ToWire" ? { ...action, mad: { ...action.mad, body: cm } } : action)
    }
  }
}

/** The wrong models. */
export const cmMutants: ReadonlyArray<CmMutant> = [
  {
    title: "wire ids are unique within a function only", breaks: "SQP-CM-1", in: TWO_ASK,
    rules: uniquePerFunction
  },
  {
    title: "released ids do not rest", breaks: "SQP-CM-1", in: TWICE,
    rules: keeping((state) => ({ ...state, resting: [] }))
  },
  {
    title: "a REQ goes on under the wire id of a conversation that ended", breaks: "SQP-CM-1", in: TWICE,
    rules: seemingAtReq("opening")
  },
  { title: "a repeated REQ reaches the PF", breaks: "SQP-CM-2", in: IS_ASKED, rules: repeatedReqToPf },
  {
    title: "messages reach the newest conversation", breaks: "SQP-CM-3", in: TWO_ASK,
    rules: newestConversation
  },
  {
    title: "a repeated REQ gets a fresh wire id", breaks: "SQP-CM-4", in: ASKS,
    rules: seemingAtReq("lingering")
  },
  {
    title: "the peer's id is not compared", breaks: "SQP-CM-5", in: FORGED,
    rules: seeing("ingress", (state, cm) => (cm.message === "DREQ"
      ? withExchanges(state, (exchange) => ({ ...exchange, peerId: cm.localId }))
      : state))
  },
  {
    title: "a REJ(timeout) is matched by the peer's id alone", breaks: "SQP-CM-6", in: TWO_ARE_ASKED,
    rules: rejByPeerIdOnly
  },
  {
    title: "a REJ leaves with the guest's id", breaks: "SQP-CM-7", in: ASKS,
    rules: withMads("ToWire", (mad, event) => {
      const cm = cmOf(event)
      return cm?.message === "REJ" ? { ...mad, body: cm } : mad
    })
  },
  {
    title: "a REJ brings a wire id", breaks: "SQP-CM-7", in: IS_ASKED,
    rules: withMads("ToWire", (mad) => {
      const cm = mad.body
      const isBare = cm._tag === "cm" && cm.message === "REJ" && cm.localId === NO_COMM_ID
      return isBare ? { ...mad, body: { ...cm, localId: CommId("00000006") } } : mad
    })
  },
  { title: "a conversation goes by its function's own id on the wire", breaks: "SQP-CM-7", in: RESET, rules: ownIdOnTheWire },
  {
    title: "a REP quotes another id than its REQ had", breaks: "SQP-CM-14", in: IS_ASKED,
    rules: withMads("ToWire", (mad) => {
      const cm = mad.body
      return cm._tag === "cm" && cm.message === "REP" ? { ...mad, body: { ...cm, remoteId: CommId("0000abcd") } } : mad
    })
  },
  {
    title: "a REP does not lift the limit of the opening", breaks: "SQP-CM-8", in: TWICE,
    rules: keeping((state) => withExchanges(state, (exchange) =>
      exchange.phase === "half-open" || exchange.phase === "established" ? { ...exchange, phase: "opening", life: { must: 100, may: 110 } } : exchange
    ))
  },
  {
    title: "a DREQ, DREP or REJ leaves no certain life", breaks: "SQP-CM-8", in: ASKS,
    rules: keeping((state) => withExchanges(state, (exchange) =>
      exchange.phase === "lingering" ? { ...exchange, life: { must: 0, may: 30 } } : exchange
    ))
  },
  {
    title: "an MRA asks in vain", breaks: "SQP-CM-8", in: MUST_WAIT,
    rules: hearing((cm) => (cm.message === "MRA" ? { ...cm, serviceTimeout: 0 } : cm))
  },
  {
    title: "a peer's repeated REQ takes back what an MRA asked for", breaks: "SQP-CM-8", in: COMES_AGAIN,
    rules: restarting("ingress")
  },
  {
    title: "a function's repeated REQ takes back what an MRA asked for", breaks: "SQP-CM-8", in: LEAVES_AGAIN,
    rules: restarting("egress")
  },
  {
    title: "a REJ without a local id ends what was answered", breaks: "SQP-CM-8", in: REFUSED,
    rules: hearing((cm, { exchanges }) => {
      const holder = cm.message === "REJ" ? exchanges.find(({ wireId }) => wireId === cm.remoteId) : undefined
      return cm.message === "REJ" && cm.localId === NO_COMM_ID && holder?.peerId
        ? { ...cm, localId: holder.peerId }
        : cm
    })
  },
  {
    title: "a message from elsewhere ends a conversation", breaks: "SQP-CM-8", in: FROM_ELSEWHERE,
    rules: seeing("ingress", (state) => withExchanges(state, (exchange) =>
      ({ ...exchange, peerLids: [...exchange.peerLids, ELSEWHERE].slice(-4) })))
  },
  {
    title: "a function holds more conversations than it may", breaks: "SQP-CM-13", in: TWO_ROOMS,
    rules: {
      ...cmRules,
      egress: (state, event, chooser) => {
        const { config: { limits } } = state
        const roomy = { ...state, config: { ...state.config, limits: { ...limits, cm: limits.cm + 1 } } }
        const after = cmRules.egress(roomy, event, chooser)
        return { ...after, state: { ...after.state, config: state.config } }
      }
    }
  },
  {
    title: "what is established gives way", breaks: "SQP-CM-8", in: CROWDED,
    rules: seeing("ingress", (state, cm) => (cm.message === "REQ"
      ? withExchanges(state, (exchange) => (exchange.phase === "established"
        ? { ...exchange, phase: "half-open" }
        : exchange))
      : state))
  },
  { title: "a DREQ in no conversation is dropped", breaks: "SQP-CM-10", in: FORGED, rules: silentOnDreq },
  {
    title: "answers are handed over with the wire TID", breaks: "SQP-CM-11", in: TWO_ASK,
    rules: withMads("ToFunction", (mad, event) => ({ ...mad, tid: event.mad.tid }))
  },
  {
    title: "questions leave with the guest's TID", breaks: "SQP-CM-11", in: TWO_ASK,
    rules: withMads("ToWire", (mad, event) => ({ ...mad, tid: event.mad.tid }))
  },
  {
    title: "exchanges outlive their function", breaks: "SQP-LIFE-1", in: RESET,
    rules: { ...cmRules, endFunction: (state) => state }
  }
]
