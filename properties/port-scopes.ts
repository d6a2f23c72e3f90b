/** Scopes of verbs, port events, local queries and the life cycle. */
import { eventSystem, type Named } from "../model/environment/event-system.ts"
import type { Event, VerbRequest } from "../model/event.ts"
import { type FunctionId, Lid, NO_GUID, Qpn } from "../model/ids.ts"
import type { State } from "../model/state.ts"
import { named, roomForOne, type Scope, scope, started, stopped } from "./scope.ts"
import {
  answer,
  arrivingFor,
  ask,
  BARE_VERB,
  egress,
  gid,
  grhTo,
  guid,
  ingress,
  mad,
  OWN_LID,
  passes,
  PEER_LID,
  PF,
  PING,
  ping,
  SM_LID,
  small,
  VF1,
  VF2
} from "./small-world.ts"

const verb = (name: string, fn: FunctionId, request: Partial<VerbRequest>, when?: Named["when"]): Named =>
  named(name, { _tag: "Verb", function: fn, request: { ...BARE_VERB, ...request } }, when)
const hasRoom =
  (fn: FunctionId) =>
  ({ functions }: State): boolean =>
    (functions[fn]?.qps.length ?? 0) < 1

/** The QPNs that tunnels and created QPs have in this scope, and the real special QPs. */
const QPNS = [1, 2, 7, 8, 10, 11].map(Qpn)

/** An alternate path with an index that VF1 does not have. */
const BEYOND = { pkeyIndex: 1, sgidIndex: null, port: null }

/** QPs and the P_Keys they were set to, which come and go. */
export const qpPkeyScope: Scope = scope(
  "a function sets its QP to P_Keys, which are taken from it and given again",
  ["SQP-PKEY-3", "SQP-QP-8"],
  [/to index 1: ok/, /to index 1: refused/, /send: ok/, /send: refused/],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 2, port: { pkeys: [0xffff, 0x8001] }, ...roomForOne })),
      [
        verb("create of ud", VF1, { type: "ud" }, hasRoom(VF1)),
        verb("create with index 1 outside the mask", VF1, { type: "ud", pkeyIndex: 1, attrMask: 0 }, hasRoom(VF1)),
        ...[0, 1].map((pkeyIndex) =>
          verb(`to index ${pkeyIndex}`, VF1, { verb: "modifyQp", qpn: Qpn(10), pkeyIndex })),
        verb("send", VF1, { verb: "postSend", qpn: Qpn(10) }),
        ...[[0], [0, 1], [null, 1]].map((map) =>
          named(`map ${map}`, { _tag: "PkeyMapChanged", function: VF1, map })),
        ...[[0xffff], [0xffff, 0x8001]].map((pkeys) => named(`P_Keys ${pkeys}`, { _tag: "PkeysChanged", pkeys }))
      ],
      rules
    )
)

/** Verbs of functions. */
export const qpScope: Scope = scope(
  "functions create, modify, use and destroy QPs, their own and others', and are reset",
  ["SQP-QP-1", "SQP-QP-2", "SQP-QP-3", "SQP-QP-4", "SQP-QP-5", "SQP-QP-6", "SQP-QP-7"],
  [
    /create of ud: ok/,
    /controlled.*: refused/,
    /send from 8: ok/,
    /MAD from 8: to wire/,
    /MAD from 2: drop source-qp/
  ],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 2, ...roomForOne })),
      [
        verb("create of smi", VF1, { type: "smi" }),
        verb("create of gsi", VF1, { type: "gsi" }),
        verb("create of ud", VF1, { type: "ud", qkey: 0x11 }, hasRoom(VF1)),
        verb("create of rc by the PF", PF, { type: "rc" }, hasRoom(PF)),
        verb("create of ud with a controlled Q_Key", VF1, { type: "ud", qkey: 0x8001_0000 }, hasRoom(VF1)),
        ...QPNS.flatMap((qpn) => [
          verb(`Q_Key of ${qpn}`, VF1, { verb: "modifyQp", qpn, qkey: 0x22 }),
          verb(`controlled Q_Key of ${qpn}`, VF1, { verb: "modifyQp", qpn, qkey: 0x8000_0022 }),
          verb(`VL15 of ${qpn}`, VF1, { verb: "modifyQp", qpn, vl: 15 }),
          verb(`indices of ${qpn}`, VF1, { verb: "modifyQp", qpn, pkeyIndex: 1, sgidIndex: 1 }),
          verb(`alternate path of ${qpn}`, VF1, { verb: "modifyQp", qpn, alternate: BEYOND }),
          verb(`send from ${qpn}`, VF1, { verb: "postSend", qpn, qkey: 0x8000_0001 }),
          verb(`send on VL15 from ${qpn}`, VF1, { verb: "postSend", qpn, vl: 15 }),
          verb(`end of ${qpn}`, VF1, { verb: "destroyQp", qpn }),
          named(`MAD from ${qpn}`, egress(VF1, ask, { srcQpn: qpn }))
        ]),
        verb("send from 8 with a Q_Key that is not controlled", VF1, { verb: "postSend", qpn: Qpn(8), qkey: 0x33 }),
        named("reset of VF1", { _tag: "Reset", function: VF1 }, ({ resting }) => resting.length === 0),
        named("2 ms", passes(2))
      ],
      rules
    )
)

const GUIDS = [
  [guid(0), guid(1), guid(2)],
  [guid(0), guid(1), guid(1)],
  [guid(0), NO_GUID, guid(1)],
  [guid(2), guid(1), guid(2)]
]
const ATTRIBUTES = ["NodeInfo", "PortInfo", "GUIDInfo", "P_KeyTable", "other"] as const

/** Port events, and what functions see. */
export const portScope: Scope = scope(
  "GUIDs and link change and functions ask what they see",
  ["SQP-EV-1", "SQP-VIEW-1"],
  [/gid to function 1, gid to function 2, port-up to function 1, port-down to function 2/],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 3, ...roomForOne })),
      [
        ...GUIDS.map((guids, n) => named(`GUIDs ${n}`, { _tag: "GuidTableChanged", block: 0, guids })),
        named("link down", { _tag: "LinkChanged", up: false }),
        named("link up", { _tag: "LinkChanged", up: true }),
        named("detach of VF2", { _tag: "Detach", function: VF2 }),
        named("attach of VF2", { _tag: "Attach", function: VF2 }),
        ...[VF1, VF2].flatMap((fn) =>
          ATTRIBUTES.map((attribute) =>
            named(`${attribute} of ${fn}`, { _tag: "Query", function: fn, attribute, modifier: 0 })
          )
        )
      ],
      rules
    )
)

/** Who has which GUID. */
export const guidScope: Scope = scope(
  "GUIDs come and go and MADs name them",
  ["SQP-GUID-1", "SQP-GUID-2"],
  [/ping for GUID 1: to function 2/, /ping for GUID 2: drop dgid-unknown/, /drop no-gid/],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 3, ...roomForOne })),
      [
        ...GUIDS.map((guids, n) => named(`GUIDs ${n}`, { _tag: "GuidTableChanged", block: 0, guids })),
        ...[VF1, VF2].map((fn) =>
          named(`GUIDInfo of ${fn}`, { _tag: "Query", function: fn, attribute: "GUIDInfo", modifier: 0 })
        ),
        named("VF1 sends a GRH", egress(VF1, ping, { grh: grhTo(gid(9)) })),
        ...[1, 2].map((n) => named(`ping for GUID ${n}`, ingress(ping, arrivingFor(gid(n)))))
      ],
      rules
    )
)

/** Where port and SM are, and what they say. */
export const addressScope: Scope = scope(
  "LID and SM change and the SM asks to register again",
  ["SQP-EV-1"],
  [
    /lid to function 0, lid to function 1/,
    /^SM at 2: sm to function 0, sm to function 1$/,
    /^LID 6: nothing/
  ],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 3, ...roomForOne, attached: [true, true, false] })),
      [
        named("LID 6", { _tag: "LidChanged", lid: Lid(6), lmc: 0 }),
        named("LID 5 with LMC 1", { _tag: "LidChanged", lid: OWN_LID, lmc: 1 }),
        named("SM at 2", { _tag: "SmChanged", smLid: Lid(2), smSl: 0 }),
        named("SM at 1", { _tag: "SmChanged", smLid: SM_LID, smSl: 0 }),
        named("reregister", { _tag: "Reregister" }),
        named("detach of VF1", { _tag: "Detach", function: VF1 }),
        named("attach of VF1", { _tag: "Attach", function: VF1 })
      ],
      rules
    )
)

const cycle = (fn: FunctionId): ReadonlyArray<Named> =>
  (["Attach", "Detach", "Reset"] as const).map((_tag) => named(`${_tag} ${fn}`, { _tag, function: fn }))
const fewRest = ({ resting }: State): boolean => resting.length < 3
const event = (name: string, of: Event): Named => named(name, of)

/** Start, stop, attach, detach, reset, in every order; with QPs of a function and another LID it is far larger. */
const lifecycleScopeWith = (more: ReadonlyArray<Named>): Scope => scope(
  "the PF context starts and stops and a function comes, goes and is reset while MADs are under way",
  ["SQP-LIFE-1", "SQP-LIFE-2", "SQP-LIFE-3", "SQP-STEER-5", "SQP-QP-2", "SQP-QP-3"],
  [
    /Start: tunnel 0 0, tunnel 0 1, tunnel 1 0, tunnel 1 1/,
    /Start: tunnel 0 0, tunnel 0 1$/,
    /Reset 1: tunnel/,
    /asks: drop not-attached/,
    /ping: drop gid-pending/,
    /answer 1: drop response-unasked/,
    /answer 2: to function 1/
  ],
  (rules) =>
    eventSystem(
      stopped(small({ functions: 2, ...roomForOne, timing: { rest: 1, tidMin: 1, tidMax: 2 } })),
      [
        event("Start", { _tag: "Start" }),
        event("Stop", { _tag: "Stop" }),
        ...cycle(VF1),
        named("VF1 asks", egress(VF1, ask), fewRest),
        named("answer 1", ingress(answer(1))),
        named("answer 2", ingress(answer(2))),
        named("ping", ingress(ping, arrivingFor(gid(1)))),
        named("VF1 answers", egress(VF1, mad({ mgmtClass: PING, method: 0x81 }))),
        ...more,
        named("1 ms", passes(1))
      ],
      rules
    )
)

/** Start, stop, attach, detach, reset, in every order. */
export const lifecycleScope: Scope = lifecycleScopeWith([])

/** The same while the function creates and destroys a QP, the LID changes and the PF is asked. */
export const largeLifecycleScope: Scope = lifecycleScopeWith([
  verb("create of ud", VF1, { type: "ud" }, hasRoom(VF1)),
  verb("end of the created QP", VF1, { verb: "destroyQp", qpn: Qpn(10) }),
  named("LID", { _tag: "LidChanged", lid: Lid(6), lmc: 0 }),
  named("PEER asks", ingress(ask, { slid: PEER_LID }))
])
