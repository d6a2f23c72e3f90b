/** Wrong models of multicast, each with one rule broken, for the explorer to catch. */
import type { Action } from "../model/action.ts"
import { type MulticastRules, multicastRules } from "../model/environment/multicast-scope.ts"
import type { Event } from "../model/event.ts"
import { Gid, low32, NO_GID, NO_GUID, PF, Qpn, Tid } from "../model/ids.ts"
import { type Mad, type McMember, METHOD } from "../model/mad.ts"
import { aggregate, bitsOf, groupOf } from "../model/multicast-group.ts"
import { recordIn } from "../model/multicast-record.ts"
import { drop, outcome } from "../model/outcome.ts"
import type { GivenUpRequest, Group, SaTransaction, State } from "../model/state.ts"
import type { RequirementId } from "../spec/requirements.ts"
import type { MulticastScopeName } from "./multicast-scopes.ts"

/** One wrong model, and the requirement whose invariant must say so. */
export interface MulticastMutant {
  readonly title: string
  readonly breaks: RequirementId
  /** A scope in which it shows. */
  readonly in: MulticastScopeName
  readonly rules: MulticastRules
}

/** The MAD of an event, if it has this method. */
const madOf = (event: Event, ...methods: ReadonlyArray<number>): Mad | null => {
  const mad = event._tag === "Egress" || event._tag === "Ingress" ? event.mad : null
  return mad && !("_tag" in mad) && methods.includes(mad.method) ? mad : null
}

const answerIn = (event: Event): Mad | null =>
  event._tag === "Ingress" ? madOf(event, METHOD.GET_RESP, METHOD.DELETE_RESP) : null

const withRecord = (event: Event, mad: Mad, change: Partial<McMember>): Event =>
  event._tag === "Egress" || event._tag === "Ingress"
    ? { ...event, mad: { ...mad, body: { ...recordIn(mad), ...change } } }
    : event

const withGroups = (state: State, change: (group: Group) => Group): State =>
  ({ ...state, groups: state.groups.map(change) })

/** A model that sees another state, or another event, before it decides. */
const seeing = (change: (state: State, event: Event) => readonly [State, Event]): MulticastRules =>
  (state, event, chooser) => multicastRules(...change(state, event), chooser)

/** A model whose MADs are changed on their way out of it. */
const saying = (tag: "ToWire" | "ToFunction", change: (mad: Mad) => Mad): MulticastRules =>
  (state, event, chooser) => {
    const { actions, state: next } = multicastRules(state, event, chooser)
    const changed = (action: Action): Action =>
      action._tag === tag ? { ...action, mad: change(action.mad) } : action
    return { state: next, actions: actions.map(changed) }
  }

/** A model that does something else with some events. */
const instead = (when: (state: State, event: Event) => boolean, rules: MulticastRules): MulticastRules =>
  (state, event, chooser) => (when(state, event) ? rules : multicastRules)(state, event, chooser)

const nothing: MulticastRules = (state) => outcome(state)

const isLateSuccess = (state: State, event: Event): boolean => {
  const mad = answerIn(event)
  return mad?.status === 0 && state.givenUp.some(({ wireTid }) => low32(wireTid) === low32(mad.tid))
}

const isRefusal = (event: Event): boolean => (answerIn(event)?.status ?? 0) !== 0

const requested = (transaction: SaTransaction | null, group: Group): SaTransaction | null => {
  const [next] = group.waiting
  return transaction?.request && next ? { ...transaction, request: next } : transaction
}

/** The wrong models. */
export const multicastMutants: ReadonlyArray<MulticastMutant> = [
  {
    title: "SendOnlyFullMember does not count in the aggregate",
    breaks: "SQP-MC-2",
    in: "two functions join and leave with three JoinStates",
    rules: seeing((state, event) => [
      withGroups(state, (group) => ({
        ...group,
        members: group.members
          .map((member) => ({ ...member, bits: member.bits & ~8 }))
          .filter(({ bits }) => bits !== 0)
      })),
      event
    ])
  },
  {
    title: "a refusal goes to the next who waits",
    breaks: "SQP-MC-5",
    in: "the SA refuses a join",
    rules: seeing((state, event) => [
      isRefusal(event)
        ? withGroups(state, (group) => ({ ...group, transaction: requested(group.transaction, group) }))
        : state,
      event
    ])
  },
  {
    title: "a refusal is kept from the function",
    breaks: "SQP-MC-5",
    in: "the SA refuses a join",
    rules: (state, event, chooser) => {
      const { actions, state: next } = multicastRules(state, event, chooser)
      const silent = actions.filter(({ _tag }) => _tag !== "ToFunction")
      return { state: next, actions: isRefusal(event) ? silent : actions }
    }
  },
  {
    title: "any answer of the SA is taken for the outstanding one",
    breaks: "SQP-MC-6",
    in: "the SA is slow",
    rules: seeing((state, event) => {
      const mad = answerIn(event)
      const open = state.groups.find(({ transaction }) => transaction !== null)?.transaction
      if (!mad || !open || event._tag !== "Ingress") return [state, event]
      return [state, { ...event, mad: { ...mad, tid: open.wireTid } }]
    })
  },
  {
    title: "a second transaction does not wait for the first",
    breaks: "SQP-MC-6",
    in: "two functions join and leave with three JoinStates",
    rules: seeing((state, event) => {
      if (event._tag !== "Egress") return [state, event]
      const late = state.groups.flatMap(({ mgid, transaction }): ReadonlyArray<GivenUpRequest> =>
        transaction
          ? [{ ...transaction, asked: { _tag: "join", mgid }, former: false, life: { must: 99, may: 99 } }]
          : []
      )
      const open = withGroups(state, (group) => ({ ...group, transaction: null }))
      return [{ ...open, givenUp: [...state.givenUp, ...late] }, event]
    })
  },
  {
    title: "a late success is not undone",
    breaks: "SQP-MC-1",
    in: "the SA is slow",
    rules: instead(isLateSuccess, nothing)
  },
  {
    title: "a late success is forgotten at once",
    breaks: "SQP-MC-9",
    in: "the SA is slow",
    rules: instead(isLateSuccess, (state) => drop(state, null, "sa-answer-stale"))
  },
  {
    title: "a partial leave takes all bits",
    breaks: "SQP-MC-4",
    in: "a function with two JoinStates is reset",
    rules: seeing((state, event) => {
      const mad = event._tag === "Egress" ? madOf(event, METHOD.DELETE) : null
      if (!mad || event._tag !== "Egress") return [state, event]
      const own = bitsOf(groupOf(state, recordIn(mad).mgid), event.function)
      const isPart = (recordIn(mad).joinState & own) !== 0
      return [state, isPart ? withRecord(event, mad, { joinState: own }) : event]
    })
  },
  {
    title: "a leave is answered but the SA never hears of it",
    breaks: "SQP-MC-1",
    in: "two functions join and leave with three JoinStates",
    rules: (state, event, chooser) => {
      const { actions, state: next } = multicastRules(state, event, chooser)
      if (event._tag !== "Egress" || !madOf(event, METHOD.DELETE)) return { actions, state: next }
      const silent = withGroups(next, (group) => ({ ...group, transaction: null, held: aggregate(group) }))
      return { state: silent, actions: actions.filter(({ _tag }) => _tag !== "ToWire") }
    }
  },
  {
    title: "a leave of bits that a function has not is granted",
    breaks: "SQP-MC-4",
    in: "two functions join and leave with three JoinStates",
    rules: saying("ToFunction", (mad) => (mad.method === METHOD.DELETE_RESP ? { ...mad, status: 0 } : mad))
  },
  {
    title: "a join is sent although it is covered",
    breaks: "SQP-MC-2",
    in: "two functions join and leave with three JoinStates",
    rules: seeing((state, event) => [
      event._tag === "Egress" ? withGroups(state, (group) => ({ ...group, held: 0 })) : state, event
    ])
  },
  {
    title: "a join is answered although nobody has its bits",
    breaks: "SQP-MC-6",
    in: "two functions join and leave with three JoinStates",
    rules: seeing((state, event) => {
      const phantom = { function: PF, bits: 15, provisional: 0, guid: NO_GUID }
      if (event._tag !== "Egress" || !madOf(event, METHOD.SET)) return [state, event]
      return [withGroups(state, (group) => ({ ...group, members: [...group.members, phantom] })), event]
    })
  },
  {
    title: "a join waits although it is covered",
    breaks: "SQP-MC-3",
    in: "two functions join and leave with three JoinStates",
    rules: (state, event, chooser) => {
      const { actions, state: next } = multicastRules(state, event, chooser)
      const isLocal = event._tag === "Egress" && madOf(event, METHOD.SET) && actions.length === 1
      return isLocal && actions[0]?._tag === "ToFunction" ? outcome(state) : { state: next, actions }
    }
  },
  {
    title: "a repeated join is sent again",
    breaks: "SQP-MC-8",
    in: "functions repeat themselves",
    rules: (state, event, chooser) => {
      const done = multicastRules(state, event, chooser)
      const isRepeated = done.actions.some((action) =>
        action._tag === "Drop" && action.reason === "coalesced")
      if (!isRepeated) return done
      return multicastRules(withGroups(state, (group) => ({ ...group, transaction: null })), event, chooser)
    }
  },
  {
    title: "the bits of a function that ended stay",
    breaks: "SQP-MC-1",
    in: "a function is reset while packets are lost",
    rules: instead((_, event) => event._tag === "Reset", nothing)
  },
  {
    title: "a reregister joins nothing again",
    breaks: "SQP-MC-11",
    in: "the SM asks to reregister, with two JoinStates",
    rules: instead((_, event) => event._tag === "Reregister", nothing)
  },
  {
    title: "who lost the P_Key of a group keeps its bits",
    breaks: "SQP-MC-1",
    in: "functions lose P_Keys and GUIDs",
    rules: instead((_, event) => event._tag === "PkeyMapChanged", nothing)
  },
  {
    title: "who has no P_Key is granted a join",
    breaks: "SQP-MC-15",
    in: "functions lose P_Keys and GUIDs",
    rules: seeing((state, event) => [
      { ...state, functions: state.functions.map((of) => ({ ...of, pkeyMap: [0] })) }, event
    ])
  },
  {
    title: "bits that nobody joins again stay",
    breaks: "SQP-MC-17",
    in: "functions join again or not after a reregister",
    rules: seeing((state, event) => [
      event._tag === "TimePasses" ? { ...state, renewIn: null } : state, event
    ])
  },
  {
    title: "a join within the grace renews nothing",
    breaks: "SQP-MC-2",
    in: "functions join again or not after a reregister",
    rules: seeing((state, event) => [
      event._tag === "TimePasses"
        ? withGroups(state, (group) => ({
          ...group, members: group.members.map((member) => ({ ...member, provisional: member.bits }))
        }))
        : state,
      event
    ])
  },
  {
    title: "members are not told that the SA refuses to have them again",
    breaks: "SQP-MC-18",
    in: "the SA refuses to have members again",
    rules: (state, event, chooser) => {
      const { actions, state: next } = multicastRules(state, event, chooser)
      return { state: next, actions: actions.filter(({ _tag }) => _tag !== "EventTo") }
    }
  },
  {
    title: "a join of MGID 0 is granted in a group of its own",
    breaks: "SQP-MC-12",
    in: "the SA chooses the MGID",
    rules: seeing((state, event) => {
      const mad = answerIn(event)
      const isOther = mad && state.groups.some(({ mgid, transaction }) => transaction && /^0+$/.test(mgid))
      return [state, isOther ? withRecord(event, mad, { mgid: Gid("ff".padEnd(32, "1")) }) : event]
    })
  },
  {
    title: "who asks for MGID 0 is told MGID 0",
    breaks: "SQP-MC-12",
    in: "the SA chooses the MGID",
    rules: (state, event, chooser) => {
      const { actions, state: next } = multicastRules(state, event, chooser)
      const isChosen = answerIn(event) !== null && state.groups.some(({ mgid }) => mgid === NO_GID)
      return { state: next, actions: actions.map((action): Action =>
        isChosen && action._tag === "ToFunction"
          ? { ...action, mad: { ...action.mad, body: { ...recordIn(action.mad), mgid: NO_GID } } }
          : action
      ) }
    }
  },
  {
    title: "who has no P_Key is told success where others are members",
    breaks: "SQP-MC-15",
    in: "functions lose P_Keys and GUIDs",
    rules: (state, event, chooser) => {
      const { actions, state: next } = multicastRules(state, event, chooser)
      const mad = madOf(event, METHOD.SET)
      const isCovered = event._tag === "Egress" && mad !== null && state.groups.some(({ held, members, mgid }) =>
        mgid === recordIn(mad).mgid && members.length > 0 && (recordIn(mad).joinState & ~held) === 0)
      return { state: next, actions: actions.map((action): Action =>
        isCovered && action._tag === "ToFunction" ? { ...action, mad: { ...action.mad, status: 0 } } : action
      ) }
    }
  },
  {
    title: "an answer is taken from anybody",
    breaks: "SQP-MC-13",
    in: "a stranger answers in the SA's name",
    rules: seeing((state, event) => {
      const { smLid } = state.port
      if (event._tag !== "Ingress" || smLid === null) return [state, event]
      return [state, { ...event, address: { ...event.address, slid: smLid, srcQp: Qpn(1) } }]
    })
  },
  {
    title: "a join leaves with an SM_Key",
    breaks: "SQP-MC-14",
    in: "packets are lost and come twice",
    rules: saying("ToWire", (mad) => ({ ...mad, sa: { smKey: "0000000000000001" } }))
  },
  {
    title: "a retry has a TID of its own",
    breaks: "SQP-MC-6",
    in: "the SA is slow",
    rules: (state, event, chooser) => {
      const { actions, state: next } = multicastRules(state, event, chooser)
      return { state: next, actions: actions.map((action) =>
        action._tag === "ToWire" && action.cause === "retry"
          ? { ...action, mad: { ...action.mad, tid: Tid("00000000000000ff") } }
          : action
      ) }
    }
  }
]
