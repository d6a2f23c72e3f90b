/** Random walks through the model: any event of any area, most of them about what happened before. */
import { NO_ALTERNATE } from "../model/environment/cm-party.ts"
import fc from "fast-check"
import type { Action, ActionOf } from "../model/action.ts"
import { type Possible, type Pool } from "../model/bind.ts"
import { choices } from "../model/bind.ts"
import type { Event, VerbRequest } from "../model/event.ts"
import { CommId, FunctionId, Gid, Guid, Lid, NO_GID, NO_GUID, Qpn, SubnetPrefix } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { Cm, Mad, McMember } from "../model/mad.ts"
import { NO_RECORD, maskOf } from "../model/multicast-record.ts"
import type { State } from "../model/state.ts"
import { nextDue } from "../model/sa-outstanding.ts"
import {
  ask,
  BARE_VERB,
  BASEBOARD,
  CM,
  egress,
  gid,
  grhFrom,
  grhTo,
  guid,
  ingress,
  mad,
  OWN_LID,
  passes,
  PEER_LID,
  PF,
  ping,
  PING,
  pool,
  PREFIX,
  QP1,
  SA,
  SM_LID,
  small,
  SMP,
  tid,
  VF1,
  VF2
} from "./small-world.ts"

/** Ids enough for a walk. */
export const WALK_POOL: Pool = {
  ...pool(60, 80),
  comm: Array.from({ length: 40 }, (_, n) => (0x101 + n).toString(16).padStart(8, "0")),
  sidr: Array.from({ length: 40 }, (_, n) => (0x201 + n).toString(16).padStart(8, "0"))
}

/** One step of a walk: where it began, what happened, all that it might have led to, and what it led to. */
export interface Stride {
  readonly state: State
  readonly event: Event
  readonly possible: ReadonlyArray<Possible>
  readonly taken: Possible
}

const functions = [PF, VF1, VF2]
const LATER = SubnetPrefix("fec0000000000001")
const MGID = Gid("ff12401bffff00000000000000000001")
const PEER_GUID = Guid("00000000000000cc")
const cmMad = (body: Cm, n: number): Mad => mad({ mgmtClass: CM, method: 0x03, tid: tid(n), body })
const req = (localId: CommId, localGid: Gid, remoteGid: Gid): Cm => ({
  _tag: "cm",
  message: "REQ",
  localId,
  caGuid: PEER_GUID,
  localGid,
  remoteGid,
  localLid: PEER_LID,
  remoteLid: OWN_LID,
  alternate: NO_ALTERNATE,
  responseTimeout: 1,
  maxRetries: 1
})
const [OWN_ID, PEER_ID] = [CommId("000000a1"), CommId("000000b1")]

const member = (fn: number, joinState: number, mgid: Gid): McMember => ({
  ...NO_RECORD,
  mask: maskOf("mgid", "portGid", "joinState"),
  mgid,
  portGid: gid(fn),
  joinState
})
const membership = (fn: FunctionId, method: number, joinState: number, mgid = MGID): Event =>
  egress(
    fn,
    mad({
      mgmtClass: SA,
      method,
      attributeId: 0x38,
      tid: tid(0x600 + joinState),
      body: member(fn, joinState, mgid)
    }),
    { dlid: SM_LID }
  )

/** A function's join of a group. */
export const joinOf = (fn: FunctionId, mgid: Gid): Event => membership(fn, 0x02, 1, mgid)

/** What may always happen. */
const always: ReadonlyArray<Event> = [
  { _tag: "Start" },
  ...functions.flatMap((fn): ReadonlyArray<Event> => [
    egress(fn, ask),
    egress(fn, mad({ mgmtClass: PING, tid: tid(0x78) }), { dlid: OWN_LID, grh: grhTo(gid(1 + (fn % 2))) }),
    egress(fn, mad({ mgmtClass: SA, method: 0x12 }), { dlid: SM_LID }),
    egress(fn, mad({ mgmtClass: BASEBOARD, method: 0x02 })),
    egress(fn, mad({ mgmtClass: SMP })),
    egress(fn, cmMad(req(OWN_ID, gid(fn), gid(9)), 0x31)),
    egress(
      fn,
      cmMad({ _tag: "cm", message: "SIDR_REQ", requestId: OWN_ID, serviceId: "0000000000000001" }, 0x32)
    ),
    membership(fn, 0x02, 1),
    membership(fn, 0x02, 4),
    membership(fn, 0x02, 1, NO_GID),
    membership(fn, 0x15, 1),
    ingress(ping, { grh: grhFrom(gid(9), gid(fn)) }),
    ingress(cmMad(req(PEER_ID, gid(9), gid(fn)), 0x41))
  ]),
  ingress(mad({ mgmtClass: SMP })),
  ingress(mad({ mgmtClass: PING, rmpp: { active: true, type: 2 } })),
  ingress(cmMad(req(PEER_ID, gid(9), gid(8)), 0x42)),
  ingress(mad({ mgmtClass: SA, method: 0x81, tid: tid(3) })),
  passes(1),
  passes(2),
  passes(40),
  { _tag: "Stop" },
  ...[VF1, VF2].flatMap((fn): ReadonlyArray<Event> =>
    (["Attach", "Detach", "Reset"] as const).map((_tag) => ({ _tag, function: fn }))
  ),
  { _tag: "Reregister" },
  ...[true, false].map((up): Event => ({ _tag: "LinkChanged", up })),
  ...[SM_LID, Lid(2), null].map((smLid): Event => ({ _tag: "SmChanged", smLid, smSl: 0 })),
  ...[PREFIX, LATER].map((subnetPrefix): Event => ({ _tag: "PrefixChanged", subnetPrefix })),
  { _tag: "PkeysChanged", pkeys: [0xffff] },
  { _tag: "PkeyMapChanged", function: VF1, map: [null, 0] },
  ...[
    [guid(0), guid(1), guid(2)],
    [guid(0), NO_GUID, guid(1)]
  ].map((guids): Event => ({ _tag: "GuidTableChanged", block: 0, guids })),
  { _tag: "Query", function: VF1, attribute: "P_KeyTable", modifier: 0 }
]

const verbs = ({ functions: all }: State): ReadonlyArray<Event> => {
  const none: VerbRequest = { ...BARE_VERB, type: "ud", qkey: 1 }
  const few = all.every(({ qps }) => qps.length < 4)
  return functions.flatMap((fn): ReadonlyArray<Event> => [
    ...(few ? [{ _tag: "Verb", function: fn, request: none } as const] : []),
    ...(["postSend", "destroyQp"] as const).map((verb): Event => ({
      _tag: "Verb",
      function: fn,
      request: { ...none, verb, qpn: all[fn]?.qps[0]?.qpn ?? Qpn(8) }
    }))
  ])
}

/** What a peer, the SA or the port itself may do with a MAD that left. */
const onWire = ({ address, mad: of, qp }: ActionOf<"ToWire">, { port }: State): ReadonlyArray<Event> => {
  const source = { slid: address.dlid, srcQp: address.remoteQpn, qp }
  if (of.body._tag === "mcMember") {
    const granted = of.body.mgid === NO_GID ? { ...of.body, mgid: MGID } : of.body
    return [0, 0x0100].map((status) =>
      ingress({ ...of, method: of.method === 0x15 ? 0x95 : 0x81, status, body: granted }, source)
    )
  }
  if (of.body._tag === "cm") return cmReplies(of, of.body).map((reply) => ingress(reply, source))
  const back =
    address.dlid === port.lid && address.grh
      ? [ingress(of, { ...source, srcQp: QP1, grh: grhFrom(gid(address.grh.sgidIndex), address.grh.dgid) })]
      : []
  return of.method < 0x80 ? [...back, ingress({ ...of, method: of.method | 0x80 }, source)] : back
}

/** What a function may do with a MAD it was given. */
const onFunction = ({ address, function: fn, mad: of, qp }: ActionOf<"ToFunction">): ReadonlyArray<Event> => {
  const back = {
    dlid: address.slid,
    remoteQpn: address.srcQp,
    qp,
    grh: address.grh && grhTo(address.grh.sgid)
  }
  if (of.body._tag === "cm") return cmReplies(of, of.body).map((reply) => egress(fn, reply, back))
  return of.method < 0x80 ? [egress(fn, { ...of, method: of.method | 0x80 }, back)] : []
}

/** What the other side of a CM message may say next. */
const cmReplies = (of: Mad, cm: Cm): ReadonlyArray<Mad> => {
  const say = (body: Cm): Mad => ({ ...of, body })
  switch (cm.message) {
    case "REQ": {
      const ids = { localId: PEER_ID, remoteId: cm.localId }
      return [
        say({ _tag: "cm", message: "REP", ...ids, caGuid: PEER_GUID }),
        say({ _tag: "cm", message: "REJ", ...ids, rejected: 0, reason: 28, ariGuid: NO_GUID })
      ]
    }
    case "REP":
    case "RTU":
    case "DREQ": {
      const ids = { localId: cm.remoteId, remoteId: cm.localId }
      return (["RTU", "DREQ", "DREP"] as const).map((message) => say({ _tag: "cm", message, ...ids }))
    }
    case "SIDR_REQ":
      return [say({ _tag: "cm", message: "SIDR_REP", requestId: cm.requestId })]
    default:
      return []
  }
}

/** What may happen next, given what the last steps sent and handed over. */
const candidates = (state: State, recent: ReadonlyArray<Action>): ReadonlyArray<Event> => {
  const replies = recent.flatMap((action) => {
    if (action._tag === "ToWire") return onWire(action, state)
    return action._tag === "ToFunction" ? onFunction(action) : []
  })
  const latest = nextDue(state)?.latest ?? Infinity
  const due = latest === Infinity ? [] : [passes(Math.max(0, latest))]
  const all = [...replies, ...replies, ...due, ...verbs(state), ...always]
  return all.filter((event) => event._tag !== "TimePasses" || event.ms <= latest)
}

/** The walk that a list of draws means: each draws the event and the outcome. */
const walk = (draws: ReadonlyArray<readonly [number, number]>): ReadonlyArray<Stride> => {
  const strides: Array<Stride> = []
  let state = initial(
    small({ timing: { rest: 4, slack: 1, saTimeout: 3, saRetries: 1 }, limits: { tids: 2, cm: 2 } })
  )
  let recent: ReadonlyArray<Action> = []
  for (const [which, outcome] of draws) {
    const events = candidates(state, recent)
    const event = strides.length === 0 ? always[0] : events[which % events.length]
    if (event === undefined) break
    const { exhausted, possible } = choices(state, event, WALK_POOL)
    const taken = possible[outcome % Math.max(1, possible.length)]
    if (exhausted || taken === undefined)
      throw new Error(`${JSON.stringify(event)} leads nowhere, or to no free id`)
    strides.push({ state, event, possible, taken })
    recent = [...taken.actions, ...recent].slice(0, 6)
    state = taken.state
  }
  return strides
}

/** Walks of so many steps. The PF context starts first. */
export const walks = (maxLength: number): fc.Arbitrary<ReadonlyArray<Stride>> =>
  fc.array(fc.tuple(fc.nat(10_000), fc.nat(10)), { minLength: 2, maxLength }).map(walk)
