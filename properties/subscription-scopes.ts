/** What is said of subscriptions, and wrong models of them. */
import type { Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { type FunctionId, type Gid, Lid, NO_GID, Qpn, WireTid } from "../model/ids.ts"
import { informOfSa } from "../model/inform.ts"
import type { InformInfo, Mad, Notice } from "../model/mad.ts"
import type { State, Subscription } from "../model/state.ts"
import { acting, changing, ending, type ModelMutant, seeing } from "./mutations.ts"
import { egress, gid, ingress, mad, SA, SM_LID, tid, VF1, VF2 } from "./small-world.ts"

const INFORM_INFO = 0x03
const NOTICE = 0x02

/** An InformInfo for one trap. */
export const inform = (subscribe: number, trapNumber = 64, gidOf: Gid = NO_GID): InformInfo => ({
  _tag: "informInfo", gid: gidOf, lidRangeBegin: Lid(0xffff), lidRangeEnd: Lid(0), isGeneric: 1, subscribe,
  type: 0xffff, trapNumber, qpn: Qpn(1), producerType: 0xff_ffff
})

/** A function's Set(InformInfo) on its way to the SM. */
export const asks = (fn: FunctionId, subscribe: number, trap = 64): Event =>
  egress(fn, mad({ mgmtClass: SA, method: 0x02, attributeId: INFORM_INFO, tid: tid(0x100 + trap + subscribe), body: inform(subscribe, trap) }), {
    dlid: SM_LID
  })

const notice: Notice = {
  _tag: "notice", isGeneric: 1, type: 3, producerType: 4, trapNumber: 64, issuerLid: Lid(7), gidAddr: gid(9), issuerGid: gid(9)
}

/** A Report of the SA. */
export const reports: Event =
  ingress(mad({ mgmtClass: SA, method: 0x06, attributeId: NOTICE, tid: tid(0x900), body: notice }), { slid: SM_LID })

const isInform = (action: Action): boolean => action._tag === "ToWire" && action.from === null && action.mad.attributeId === INFORM_INFO
const silent = (when: (event: Event) => boolean) =>
  acting((actions, event) => (when(event) ? actions.filter((each) => !isInform(each)) : actions))
const subscribeOf = (of: Mad): number => (of.body._tag === "informInfo" ? of.body.subscribe : -1)
const asking = (event: Event): number => (event._tag === "Egress" && "method" in event.mad ? subscribeOf(event.mad) : -1)
const withSubscriptions = (state: State, change: (of: Subscription) => Subscription): State =>
  ({ ...state, subscriptions: state.subscriptions.map(change) })

/** Wrong models of subscriptions. */
export const subscriptionMutants: ReadonlyArray<ModelMutant> = [
  { title: "keeps at the SA what a function that ended had", breaks: "SQP-SUB-1", rules: silent((event) => event._tag === "Reset") },
  { title: "never tells the SA that the last one ended it", breaks: "SQP-SUB-1", rules: silent((event) => asking(event) === 0) },
  {
    title: "takes any subscription for held",
    breaks: "SQP-SUB-2",
    rules: seeing((state, event) => (asking(event) === 1 ? withSubscriptions(state, (of) => ({ ...of, held: true, transaction: null })) : state))
  },
  {
    title: "asks the SA for each subscriber",
    breaks: "SQP-SUB-2",
    rules: seeing((state, event) => (asking(event) === 1 ? withSubscriptions(state, (of) => ({ ...of, held: false })) : state))
  },
  {
    title: "ends the subscription of others with a function's own",
    breaks: "SQP-SUB-4",
    rules: seeing((state, event) =>
      asking(event) === 0 && event._tag === "Egress"
        ? withSubscriptions(state, (of) => ({ ...of, subscribers: of.subscribers.filter((fn) => fn === event.function) }))
        : state)
  },
  {
    title: "grants every unsubscribe",
    breaks: "SQP-SUB-4",
    rules: changing("ToFunction", (action, event) => (asking(event) === 0 ? { ...action, mad: { ...action.mad, status: 0 } } : action))
  },
  { title: "asks for nothing again after a reregister", breaks: "SQP-SUB-7", rules: silent((event) => event._tag === "Reregister") },
  {
    title: "has no quota of subscriptions",
    breaks: "SQP-SUB-9",
    rules: seeing((state) => ({ ...state, config: { ...state.config, limits: { ...state.config.limits, subscriptions: 9 } } }))
  },
  {
    title: "refuses the last subscription of the quota",
    breaks: "SQP-SUB-9",
    rules: seeing((state) => ({ ...state, config: { ...state.config, limits: { ...state.config.limits, subscriptions: 0 } } }))
  },
  {
    title: "subscribes for itself though nobody asked it to",
    breaks: "SQP-SUB-11",
    rules: acting((actions, event) => {
      const own = actions.find((action) => action._tag === "ToWire" && asking(event) === 1)
      return own?._tag === "ToWire" ? [{ ...own, mad: { ...own.mad, body: inform(1, 67) } }] : actions
    })
  },
  {
    title: "ends under another P_Key what the port lost the partition of",
    breaks: "SQP-SUB-13",
    rules: acting((actions, event, before) => {
      if (event._tag !== "PkeysChanged") return actions
      const after = { ...before, port: { ...before.port, pkeys: event.pkeys } }
      const request = { wireTid: WireTid("00000000000000ee"), sentTo: SM_LID, sl: 0, due: 0, triesLeft: 0 }
      const made = { ...request, kind: "unsubscribe", cause: "unsubscribe", request: null } as const
      const lost = before.subscriptions.filter(({ held }) => held)
      return [...actions, ...lost.map(({ filter }) => informOfSa(after, filter, made, "unsubscribe"))]
    })
  },
  {
    title: "serves what a function asked for in a partition that it lost",
    breaks: "SQP-SUB-12",
    rules: ending((state, event, before) =>
      event._tag === "PkeysChanged" || event._tag === "PkeyMapChanged" ? { ...state, subscriptions: before.subscriptions } : state)
  },
  {
    title: "hands a Report to everybody",
    breaks: "SQP-SUB-6",
    rules: seeing((state, event) =>
      event._tag === "Ingress" && event === reports ? withSubscriptions(state, (of) => ({ ...of, subscribers: [VF1, VF2] })) : state)
  },
  {
    title: "lets a function that ended hear on",
    breaks: "SQP-SUB-6",
    rules: ending((state, event, before) =>
      event._tag === "Reset" ? { ...state, subscriptions: before.subscriptions } : state)
  }
]
