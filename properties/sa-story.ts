/** Tells the model examples of what the PF context asks of the SA, and shows in short what comes of them. */
import type { Action } from "../model/action.ts"
import type { Possible } from "../model/bind.ts"
import type { Event } from "../model/event.ts"
import { type FunctionId, Gid, type Qpn } from "../model/ids.ts"
import { type Initial, initial } from "../model/initial.ts"
import { ATTRIBUTE, type Body, CLASS, type Mad, type McMember, METHOD, type Notice } from "../model/mad.ts"
import { maskOf, NO_RECORD } from "../model/multicast-record.ts"
import type { State } from "../model/state.ts"
import { modelRules } from "./scope.ts"
import { egress, gid, ingress, mad, PF, QP1, SM_LID, small, type Small, tid } from "./small-world.ts"
import { inform } from "./subscription-scopes.ts"

/** Nothing is sent again, and ids rest long: the n-th request of the PF context has the wire TID n. */
const PLAIN: Small["timing"] = { tidMin: 50_000, tidMax: 60_000, rest: 200_000, saRetries: 0 }

/** What an example begins with. */
export interface Beginning extends Small {
  readonly groupNotices?: boolean
}

const begun = ({ groupNotices = false, timing, ...change }: Beginning): Initial => {
  const { config, ...begin } = small({ ...change, timing: { ...PLAIN, ...timing } })
  return { ...begin, config: { ...config, groupNotices } }
}

const number = (hex: string): number => Number.parseInt(hex, 16)

const about = (body: Body): string => {
  switch (body._tag) {
    case "mcMember":
      return ` ${body.mgid.slice(-1)} ${body.joinState}`
    case "informInfo":
      return ` ${body.trapNumber}`
    case "serviceRecord":
      return ` ${number(body.serviceId)}`
    default:
      return ""
  }
}

/**
 * An action in short: "join A 1 #3" of the PF context (cause, what it is about, its wire TID), "wire of 1",
 * "to 1: 81 512" (method, status), "no-sm of 1", "reregister to 1".
 */
export const shown = (action: Action): string => {
  switch (action._tag) {
    case "ToWire": {
      const { cause, from, mad: of } = action
      if (from !== null) return `wire of ${from}`
      return cause === null ? "response" : `${cause}${about(of.body)} #${number(of.tid)}`
    }
    case "ToFunction":
      return `to ${action.function}: ${action.mad.method.toString(16)} ${action.mad.status}`
    case "Drop":
      return `${action.reason} of ${action.function ?? "nobody"}`
    case "EventTo":
      return `${action.event} to ${action.function}`
    default:
      return action._tag
  }
}

/** What events tell functions of the port and of tunnels is left out. */
const isTold = ({ _tag }: Action): boolean => _tag !== "Tunnel" && _tag !== "EventTo"

/** One example: a PF context that has started, and what happens to it. */
export class SaStory {
  state: State

  constructor(change: Beginning = {}) {
    this.state = initial(begun(change))
    this.tell({ _tag: "Start" })
  }

  /** Everything that may come of an event, which does not happen. */
  may(event: Event): ReadonlyArray<Possible> {
    return modelRules(this.state, event).possible
  }

  /** The same in short. */
  mayShow(event: Event): ReadonlyArray<ReadonlyArray<string>> {
    return this.may(event).map(({ actions }) => actions.filter(isTold).map(shown))
  }

  /** An event happens; of several outcomes the `turn`-th, from 0. */
  does(event: Event, turn = 0): ReadonlyArray<Action> {
    const possible = this.may(event)[turn]
    if (possible === undefined) throw new Error(`${event._tag} has no outcome ${turn}`)
    this.state = possible.state
    return possible.actions
  }

  /** The same, in short what comes of it but for events to functions and tunnels. */
  tell(event: Event, turn = 0): ReadonlyArray<string> {
    return this.does(event, turn).filter(isTold).map(shown)
  }

  /** The wire TIDs that rest, as numbers. */
  get resting(): ReadonlyArray<number> {
    return this.state.resting.filter(({ space }) => space === "tid").map(({ id }) => number(id))
  }
}

/** A MAD of the SA's class. */
export const saMad = (method: number, attributeId: number, n: number, body: Body, status = 0): Mad =>
  mad({ mgmtClass: CLASS.SA, method, attributeId, tid: tid(n), body, status })

/** A MAD from the SM. */
export const fromSm = (of: Mad, srcQp: Qpn = QP1): Event => ingress(of, { slid: SM_LID, srcQp })

/** The SA answers an InformInfo of the wire TID `n`. */
export const informed = (n: number, status = 0, trap = 64): Event =>
  fromSm(saMad(METHOD.GET_RESP, ATTRIBUTE.INFORM_INFO, n, inform(1, trap), status))

/** Groups by a letter. */
export const mgid = (name: string): Gid => Gid(`ff12401bffff0000000000000000000${name}`)

const MINIMAL = maskOf("mgid", "portGid", "joinState")

/** A membership of a function, in the group of a letter. */
export interface Membership {
  readonly bits?: number
  readonly tid?: number
  readonly record?: Partial<McMember>
}

const membership = (method: number, fn: FunctionId, name: string, change: Membership): Event =>
  egress(fn, saMad(method, ATTRIBUTE.MC_MEMBER_RECORD, change.tid ?? 0x500, {
    ...NO_RECORD, mask: MINIMAL, mgid: mgid(name), portGid: gid(fn), joinState: change.bits ?? 1,
    ...change.record
  }), { dlid: SM_LID })

/** A function joins the group of a letter, FullMember unless said otherwise. */
export const joins = (fn: FunctionId, name: string, change: Membership = {}): Event =>
  membership(METHOD.SET, fn, name, change)

/** A function leaves it. */
export const leaves = (fn: FunctionId, name: string, change: Membership = {}): Event =>
  membership(METHOD.DELETE, fn, name, change)

/** The SA answers a join or leave of the wire TID `n` with a record of the default partition. */
export const answered = (n: number, name: string, change: Partial<McMember> = {}, status = 0): Event =>
  fromSm(saMad(METHOD.GET_RESP, ATTRIBUTE.MC_MEMBER_RECORD, n, {
    ...NO_RECORD, mgid: mgid(name), portGid: gid(PF), joinState: 1, pkey: 0xffff, ...change
  }, status))

/** A Report of a notice; trap 64 unless said otherwise. */
export const reported = (n: number, change: Partial<Notice> = {}): Event =>
  fromSm(saMad(METHOD.REPORT, ATTRIBUTE.NOTICE, n, {
    _tag: "notice", isGeneric: 1, type: 3, producerType: 4, trapNumber: 64, issuerLid: SM_LID,
    gidAddr: gid(9), issuerGid: gid(9), ...change
  }))
