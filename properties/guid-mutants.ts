/** Wrong models of alias GUIDs: one rule broken each. */
import type { Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { NO_GUID, Qpn } from "../model/ids.ts"
import { isMad } from "../model/invariants-crossing.ts"
import type { GuidInfo } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import { acting, changing, ending, type ModelMutant, seeing, taking } from "./mutations.ts"
import { OWN_LID, SM_LID, VF1, VF2 } from "./small-world.ts"

const isRequest = (action: Action): action is Extract<Action, { _tag: "ToWire" }> =>
  action._tag === "ToWire" && action.mad.body._tag === "guidInfo"

/** A model whose requests about slots come out with another record. */
const asking = (change: (record: GuidInfo) => GuidInfo) =>
  changing("ToWire", (action) =>
    action.mad.body._tag === "guidInfo"
      ? { ...action, mad: { ...action.mad, body: change(action.mad.body) } }
      : action)

/** A model that says nothing to the SA by these events. */
const silentBy = (...tags: ReadonlyArray<Event["_tag"]>) =>
  acting((actions, event) => (tags.includes(event._tag) ? actions.filter((action) => !isRequest(action)) : actions))

/** The state with every alias GUID, or that of one function, changed. */
const withAliases = (
  state: State, change: (of: State["functions"][number], n: number) => Partial<State["functions"][number]>
): State => ({ ...state, functions: state.functions.map((of, n) => ({ ...of, ...change(of, n) })) })

/** An answer as if it came from the SM, about the slot that was asked for. */
const asFromSm = (event: Event): Event => {
  if (event._tag !== "Ingress" || !isMad(event.mad) || event.mad.body._tag !== "guidInfo") return event
  const body = { ...event.mad.body, lid: OWN_LID, block: 0 }
  return { ...event, mad: { ...event.mad, body }, address: { ...event.address, slid: SM_LID, srcQp: Qpn(1) } }
}

/** Wrong models of alias GUIDs. */
export const guidMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "asks for the slot of another function",
    breaks: "SQP-GUID-3",
    rules: asking((record) =>
      record.mask === "0000000000000023" ? { ...record, mask: "0000000000000043" } : record)
  },
  {
    title: "asks for every slot of the block at once",
    breaks: "SQP-GUID-3",
    rules: asking((record) => ({ ...record, mask: "0000000000000ff3" }))
  },
  {
    title: "asks the SA to choose whatever is wanted",
    breaks: "SQP-GUID-3",
    rules: asking((record) => ({ ...record, guids: record.guids.map(() => NO_GUID) }))
  },
  { title: "asks nothing at the attach of a function", breaks: "SQP-GUID-3", rules: silentBy("Attach") },
  {
    title: "gives a function the GUID that was only asked for",
    breaks: "SQP-GUID-4",
    rules: ending((after) => withAliases(after, ({ alias, guid }) =>
      ({ guid: alias?.transaction?.kind === "set" ? alias.transaction.guid : guid })))
  },
  {
    title: "brings a port up without a GUID",
    breaks: "SQP-GUID-4",
    rules: acting((actions, event) =>
      event._tag === "AdminGuid" ? [...actions, { _tag: "EventTo", function: VF1, event: "port-up" }] : actions)
  },
  {
    title: "does not back off",
    breaks: "SQP-GUID-5",
    rules: ending((after) => withAliases(after, ({ alias }) => ({ alias: alias && { ...alias, due: null } })))
  },
  {
    title: "asks for a GUID that another has not released",
    breaks: "SQP-GUID-6",
    rules: seeing((state, event) =>
      event._tag === "AdminGuid" && event.function === VF2
        ? withAliases(state, ({ alias, slot }, n) =>
            n === VF1 ? { slot: NO_GUID, alias: alias && { ...alias, admin: null, asked: null } } : { slot })
        : state)
  },
  {
    title: "administers one GUID to two functions",
    breaks: "SQP-GUID-6",
    rules: seeing((state, event) =>
      event._tag === "AdminGuid"
        ? withAliases(state, ({ alias }, n) => (n === event.function ? { alias } : { alias: null, slot: NO_GUID }))
        : state)
  },
  { title: "takes answers about slots from anybody, about anything", breaks: "SQP-GUID-7", rules: taking(asFromSm) },
  {
    title: "takes the GUID from a function when the SM asks to reregister",
    breaks: "SQP-GUID-8",
    rules: acting((actions, event, { functions }) =>
      event._tag === "Reregister" && functions[VF1]?.guid !== NO_GUID
        ? [...actions, { _tag: "EventTo", function: VF1, event: "port-down" }]
        : actions)
  },
  { title: "asks nothing again when the SM asks to reregister", breaks: "SQP-GUID-8", rules: silentBy("Reregister") },
  { title: "asks nothing again when the SM is another", breaks: "SQP-GUID-8", rules: silentBy("SmChanged") },
  { title: "asks nothing again when the LID is another", breaks: "SQP-GUID-8", rules: silentBy("LidChanged") },
  { title: "does not release the GUID of a detached function", breaks: "SQP-GUID-9", rules: silentBy("Detach") },
  {
    title: "lets a VF ask for the slot of another",
    breaks: "SQP-GUID-11",
    rules: acting((actions, event) =>
      actions.map((action) =>
        event._tag === "Egress" && action._tag === "ToWire" && action.mad.body._tag === "guidInfo"
          ? { ...action, mad: { ...action.mad, body: { ...action.mad.body, mask: "0000000000000043" } } }
          : action))
  },
  {
    title: "brings a port up twice",
    breaks: "SQP-GUID-10",
    rules: acting((actions) =>
      actions.flatMap((action) =>
        action._tag === "EventTo" && action.event === "port-up" ? [action, action] : [action]))
  }
]
