/** What may happen in an explored system of multicast, and under which rules. */
import type { Chooser } from "../choice.ts"
import type { Event } from "../event.ts"
import { DEFAULT_PREFIX, FunctionId, type Gid, gidOf, Guid, Lid, Qpn, Tid } from "../ids.ts"
import { defaultTiming } from "../initial.ts"
import { type JoinState, type Mad, type McMember, METHOD } from "../mad.ts"
import { ageMulticast, egressMembership } from "../multicast.ts"
import {
  confineMulticast, endFunctionMulticast, rejoinMulticast, stopMulticast
} from "../multicast-endings.ts"
import { madeMad, maskOf, NO_RECORD } from "../multicast-record.ts"
import { drop, type Egress, type Outcome, outcome, WELL_KNOWN_QKEY } from "../outcome.ts"
import { ingressOwnAnswer, isOwnAnswer } from "../sa-areas.ts"
import { ageGivenUp } from "../sa-request.ts"
import type { State, Timing } from "../state.ts"
import type { Alike } from "../symmetry.ts"
import { physicalPkeyIndex, withFunction } from "../tables.ts"
import { ageTransactions } from "../tid.ts"

/** The rules to explore: the model's, or a mutant of them. */
export type MulticastRules = (state: State, event: Event, chooser: Chooser) => Outcome

/** The model's rules. */
export const multicastRules: MulticastRules = (state, event, chooser) => {
  switch (event._tag) {
    case "Egress":
      if ("_tag" in event.mad) return outcome(state)
      // What leaves on a P_Key that the function lost does not come as far as this area.
      if (physicalPkeyIndex(state, event.function, event.address.pkeyIndex) === null) {
        return drop(state, event.function, "pkey-index")
      }
      return egressMembership(state, { ...event, mad: event.mad }, chooser)
    case "Ingress":
      if ("_tag" in event.mad || !state.running) return drop(state, null, "not-attached")
      return isOwnAnswer(state, event.mad)
        ? ingressOwnAnswer(state, { ...event, mad: event.mad }, chooser)
        : drop(state, null, "response-unasked")
    case "TimePasses":
      return ageMulticast(ageGivenUp(ageTransactions(state, event.ms), event.ms), event.ms, chooser)
    case "Reset":
      return endFunctionMulticast(state, event.function, chooser)
    case "Reregister":
      return rejoinMulticast(state, chooser)
    case "SmChanged": {
      const { smLid, smSl } = event
      return rejoinMulticast({ ...state, port: { ...state.port, smLid, smSl } }, chooser)
    }
    case "PkeyMapChanged":
      return confineMulticast(withFunction(state, event.function, { pkeyMap: event.map }), chooser)
    case "GuidTableChanged": {
      const functions = state.functions.map((of, n) => ({ ...of, guid: event.guids[n] ?? of.guid }))
      return confineMulticast({ ...state, functions }, chooser)
    }
    case "Stop": {
      const { actions, state: left } = stopMulticast(state, chooser)
      return { state: { ...left, running: false }, actions }
    }
    default:
      return outcome(state)
  }
}

/** A join or a leave a function may send. */
export interface Wish {
  readonly method: "join" | "leave"
  readonly mgid: Gid
  readonly bits: JoinState
}

/** What may happen, and how often. */
export interface MulticastScope {
  /** What functions 1, 2, ... may wish for, as often as `requests` says, each time anew. */
  readonly wishes: ReadonlyArray<ReadonlyArray<Wish>>
  readonly requests: ReadonlyArray<number>
  /** Groups in which another port is a full member from the start. */
  readonly existing: ReadonlyArray<Gid>
  readonly losses: number
  readonly duplications: number
  readonly ordered: boolean
  /** How often a send is due and time passes until then. */
  readonly timeouts: number
  /** Times to wait, each once, in this order, while no send is due before. */
  readonly waits: ReadonlyArray<number>
  /** Joins of a new member that the SA refuses for no reason. */
  readonly refusals: number
  /** Joins a function sends again as they are. */
  readonly repetitions: number
  readonly resets: number
  /** How often a function loses the P_Key of the groups, or its GUID for another. */
  readonly confinements: number
  /** Reregisters; the SA may have forgotten the port or not. */
  readonly reregisters: number
  /** LIDs the SM moves to, in this order; null is no SM. Another SM knows nothing of the port. */
  readonly sms: ReadonlyArray<Lid | null>
  readonly stops: number
  /** Answers that somebody else gives in the SA's name. */
  readonly forgeries: number
  readonly timing: Timing
  /** Whether the SA is looked into when all is quiet; not where answers overtake others or are forgotten. */
  readonly comparesSa: boolean
  /** Whose joins can create a group: of functions with odd numbers, or of every one. */
  readonly creates: "odd" | "every"
  /** Functions that are treated alike. */
  readonly alike: Alike
}

/** Short times: two tries, and a client that waits longer than one try and shorter than two. */
export const scopeTiming: Timing = {
  ...defaultTiming, saTimeout: 10, saRetries: 1, horizon: 15, slack: 0, tidMin: 30, tidMax: 40, linger: 30, lingerMax: 40,
  rest: 40,
  // A grace without an end makes no moments of its own.
  renewGrace: Number.POSITIVE_INFINITY
}

/** A scope in which nothing happens; scopes are written as differences to it. */
export const stillScope: MulticastScope = {
  wishes: [], requests: [], existing: [], losses: 0, duplications: 0, ordered: true, timeouts: 0, waits: [],
  refusals: 0, repetitions: 0, resets: 0, confinements: 0, reregisters: 0, sms: [], stops: 0, forgeries: 0,
  timing: scopeTiming, comparesSa: true, creates: "odd", alike: []
}

/** LID of the port. */
export const PORT_LID = Lid(5)
/** LID of the SM at the start. */
export const FIRST_SM = Lid(1)
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0")
/** GUID of a function. */
export const guidOfFunction = (fn: number): Guid => Guid(hex(0x10 + fn, 16))
/** GID of the port: the PF's. */
export const PORT_GID = gidOf(DEFAULT_PREFIX, guidOfFunction(0))
/** GID of another port of the subnet. */
export const OTHER_GID = gidOf(DEFAULT_PREFIX, Guid(hex(0x99, 16)))
const MINIMAL = maskOf("mgid", "portGid", "joinState")
const CREATING = maskOf("mgid", "portGid", "qkey", "trafficClass", "pkey", "sl", "flowLabel", "joinState")

/** The request of a function; a join that cannot create a group names the least. */
export const wished = (
  { creates }: MulticastScope, fn: number, { bits, method, mgid }: Wish, serial: number
): Egress => {
  const portGid = gidOf(DEFAULT_PREFIX, guidOfFunction(fn))
  const mask = method === "join" && (creates === "every" || fn % 2 === 1) ? CREATING : MINIMAL
  const address = {
    pkeyIndex: 0, remoteQpn: Qpn(1), qkey: WELL_KNOWN_QKEY, dlid: FIRST_SM, sl: 0, pathBits: 0, rate: 0,
    grh: null
  }
  return {
    _tag: "Egress",
    function: FunctionId(fn),
    qp: 1,
    srcQpn: null,
    address,
    mad: memberMad(method, Tid(hex(serial, 16)), portGid, mask, mgid, bits)
  }
}

/** The join by which another port is a full member. */
export const joinOfOther = (mgid: Gid): Mad =>
  memberMad("join", Tid(hex(0, 16)), OTHER_GID, CREATING, mgid, 1)

const memberMad = (
  method: Wish["method"], tid: Tid, portGid: Gid, mask: string, mgid: Gid, joinState: JoinState
): Mad => {
  const record: McMember = { ...NO_RECORD, mask, mgid, portGid, joinState, qkey: 0x0b1b, pkey: 0xffff }
  return madeMad(method === "join" ? METHOD.SET : METHOD.DELETE, 0, tid, record)
}
