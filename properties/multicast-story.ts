/** Tells examples of multicast to the model, one event after the other, through its whole `step`. */
import type { Action, ActionOf } from "../model/action.ts"
import { choices, type Pool } from "../model/bind.ts"
import type { EgressAddress, Event, IngressAddress } from "../model/event.ts"
import { DEFAULT_PREFIX, FunctionId, Gid, gidOf, Guid, Lid, Qpn, Tid, WireTid } from "../model/ids.ts"
import { defaultLimits, defaultTiming, initial } from "../model/initial.ts"
import { type McMember, METHOD } from "../model/mad.ts"
import { madeMad, maskOf, NO_RECORD } from "../model/multicast-record.ts"
import type { Limits, State } from "../model/state.ts"

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0")

export const A = Gid("ff12a01cfe8000000000000000000777")
export const B = Gid("ff12a01cfe8000000000000000000888")
export const tid = (n: number): Tid => Tid(hex(n, 16))
export const SM = Lid(1)
/** GUID of a function. */
export const guid = (n: number): Guid => Guid(hex(0xa0 + n, 16))
/** GID of a function; 0 is the PF, whose GID is the port's. */
export const gid = (n: number): Gid => gidOf(DEFAULT_PREFIX, guid(n))

/** What every join must name. */
export const MINIMAL = maskOf("mgid", "portGid", "joinState")
/** The record the SA gives. */
export const GIVEN: Partial<McMember> = {
  qkey: 0x0b1b, mlid: 0xc001, mtuSelector: 2, mtu: 4, rateSelector: 2, rate: 3, pkey: 0xffff, sl: 2,
  flowLabel: 7
}

const POOL: Pool = {
  tid: Array.from({ length: 40 }, (_, n) => hex(0x5001 + n, 16)),
  comm: [],
  sidr: [],
  qpn: Array.from({ length: 40 }, (_, n) => hex(0x40 + n, 6))
}
/** The n-th wire TID the PF context takes, from 1. */
export const wireTid = (n: number): WireTid => WireTid(hex(0x5000 + n, 16))

/** The PF and two VFs, all attached; function 2 has a second P_Key. */
const began = (limits: Partial<Limits>): State => initial({
  config: { limits: { ...defaultLimits, ...limits }, timing: defaultTiming, services: [], nodeGuids: [] },
  port: {
    up: true, lid: Lid(5), lmc: 0, smLid: SM, smSl: 3, prefix: DEFAULT_PREFIX, formerPrefix: null,
    pkeys: [0xffff, 0x8001]
  },
  guids: [0, 1, 2].map((n) => Guid(hex(0xa0 + n, 16))),
  pkeyMaps: [[], [0], [0, 1]],
  attached: [true, true, true]
})

/** What a function sends; `about` is MGID, bits and whatever else the record shall say. */
export interface Said {
  readonly n: number
  readonly about: Partial<McMember>
  readonly tid?: Tid
  readonly address?: Partial<EgressAddress>
}

/** One example: a PF context that has started, and what it does. */
export class Story {
  state: State
  constructor(limits: Partial<Limits> = {}) {
    this.state = began(limits)
    this.tell({ _tag: "Start" })
  }

  /** An event with its first permitted choice. */
  tell(event: Event): ReadonlyArray<Action> {
    const [first] = choices(this.state, event, POOL).possible
    if (!first) throw new Error(`nothing is permitted for ${event._tag}`)
    this.state = first.state
    return first.actions
  }

  joins(said: Said): ReadonlyArray<Action> {
    return this.#sends(METHOD.SET, said)
  }

  leaves(said: Said): ReadonlyArray<Action> {
    return this.#sends(METHOD.DELETE, said)
  }

  /** The SA answers the n-th request of the PF context. */
  answers(
    n: number, status: number, about: Partial<McMember>, address: Partial<IngressAddress> = {}
  ): ReadonlyArray<Action> {
    const body: McMember = { ...NO_RECORD, ...GIVEN, portGid: gid(0), ...about }
    return this.tell({
      _tag: "Ingress",
      qp: 1,
      address: { pkeyIndex: 0, slid: SM, srcQp: Qpn(1), sl: 0, pathBits: 0, grh: null, ...address },
      mad: madeMad(METHOD.GET_RESP, status, wireTid(n), body)
    })
  }

  #sends(method: number, { about, address, n, tid: own = tid(7) }: Said): ReadonlyArray<Action> {
    const body: McMember = { ...NO_RECORD, mask: MINIMAL, mgid: A, portGid: gid(n), ...about }
    return this.tell({
      _tag: "Egress",
      function: FunctionId(n),
      qp: 1,
      srcQpn: null,
      address: {
        pkeyIndex: 0, remoteQpn: Qpn(1), qkey: 0x8001_0000, dlid: SM, sl: 1, pathBits: 0, rate: 0, grh: null,
        ...address
      },
      mad: madeMad(method, 0, own, body)
    })
  }
}

/** Function 1 is full member of group A, and the SA holds it. */
export const joined = (limits: Partial<Limits> = {}): Story => {
  const story = new Story(limits)
  story.joins({ n: 1, about: { joinState: 1 } })
  story.answers(1, 0, { mgid: A, joinState: 1 })
  return story
}

/** The only action, of this kind. */
export const only = <Tag extends Action["_tag"]>(tag: Tag, actions: ReadonlyArray<Action>): ActionOf<Tag> => {
  const isTagged = (action: Action): action is ActionOf<Tag> => action._tag === tag
  const [first, ...others] = actions
  if (first && others.length === 0 && isTagged(first)) return first
  throw new Error(`not one ${tag} but ${JSON.stringify(actions)}`)
}
