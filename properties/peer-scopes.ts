/** Scopes in which functions ask a host that answers, over a wire that loses, while something of an area happens. */
import { answeringPeer } from "../model/environment/answering-peer.ts"
import type { Rules } from "../model/environment/event-system.ts"
import type { Event } from "../model/event.ts"
import { FunctionId, Lid, NO_GUID, SubnetPrefix } from "../model/ids.ts"
import type { Described } from "./preset.ts"
import { type NamedEvent, type ServedBy, served } from "./served-scope.ts"
import {
  ask, BARE_VERB, egress, gid, grhTo, guid, mad, PERF, ping, tid, VF1, VF2
} from "./small-world.ts"

const named = (name: string, event: Event) => ({ name, event })
const LATER = SubnetPrefix("fec0000000000001")

/** Two requests, which may be repeated. */
const asking = (fn: FunctionId): ReadonlyArray<NamedEvent> =>
  [["asks", egress(fn, ask)], ["asks another", egress(fn, mad({ mgmtClass: PERF, tid: tid(0x78) }))]]

/** One request, which may be repeated. */
const askingOnce = (fn: FunctionId): ReadonlyArray<NamedEvent> => [["asks", egress(fn, ask)]]

/** A request with a GRH, which may be repeated. */
const askingByGrh = (fn: FunctionId): ReadonlyArray<NamedEvent> =>
  [["asks", egress(fn, ping, { grh: grhTo(gid(9)) })]]

const forbidden = (fn: FunctionId): ReadonlyArray<NamedEvent> =>
  [["asks", egress(fn, ask)], ["sets", egress(fn, mad({ mgmtClass: PERF, method: 0x02, tid: tid(0x79) }))]]

const everyClass = (allow: "none" | "all") =>
  named(`${allow} of PerfMgt`, {
    _tag: "PolicyChanged", policy: { classes: [{ mgmtClass: PERF, allow }] }, services: null
  })

const query = (fn: FunctionId, attribute: "GUIDInfo" | "P_KeyTable" | "PortInfo") =>
  named(`${attribute} of VF${fn}`, { _tag: "Query", function: fn, attribute, modifier: 0 })

const TABLE = [guid(0), guid(1), guid(2)]
const SWAPPED = [guid(0), guid(2), NO_GUID]

const scopes: ReadonlyArray<Pick<ServedBy<null>, "name" | "title" | "about" | "reaches"> & Partial<ServedBy<null>>> = [
  {
    name: "lifecycle/losses",
    isAlike: () => false,
    title: "functions attach, detach and are reset and the PF context stops and starts while answers are under way",
    about: ["SQP-LIFE-1", "SQP-LIFE-2", "SQP-LIFE-3", "SQP-TID-6"],
    reaches: [/^Stop: nothing/, /^Start: tunnel/, /^Attach 1: tunnel/, /drop response-unasked/, /asks: drop not-attached/],
    others: [
      named("Stop", { _tag: "Stop" }), named("Start", { _tag: "Start" }),
      ...(["Attach", "Detach"] as const).map((_tag) => named(`${_tag} 1`, { _tag, function: VF1 }))
    ],
    wishes: askingOnce, otherTimes: 2
  },
  {
    name: "lifecycle/resets",
    title: "two functions ask twice and one is reset while MADs are lost",
    about: ["SQP-LIFE-1", "SQP-TID-6"],
    reaches: [/reset of VF1: tunnel/, /drop response-unasked/, /is lost/],
    wishes: askingOnce, parameters: { resets: 1 }
  },
  {
    name: "steering/losses",
    title: "the prefix changes while answers to requests with a GRH are under way",
    about: ["SQP-STEER-1", "SQP-STEER-2", "SQP-TID-4"],
    reaches: [/GetResp of TID . from LID 20 arrives: drop dgid-unknown/, /GetResp of TID . from LID 20 arrives: to function 2/, /is lost/],
    wishes: askingByGrh,
    others: [named("another prefix", { _tag: "PrefixChanged", subnetPrefix: LATER })]
  },
  {
    name: "classes/losses",
    title: "the policy changes while requests it allows and forbids are under way",
    about: ["SQP-CLS-4", "SQP-CLS-5", "SQP-CLS-8"],
    reaches: [/sets: to wire/, /sets: to function/, /asks: to function/, /is lost/],
    wishes: forbidden, others: [everyClass("none"), everyClass("all")]
  },
  {
    name: "pkey/losses",
    isAlike: () => false,
    title: "a function loses its P_Key while answers are under way",
    about: ["SQP-PKEY-1", "SQP-PKEY-2"],
    reaches: [/GetResp of TID . from LID 20 arrives: drop pkey-mismatch/, /asks: drop pkey/, /is lost/],
    wishes: askingOnce,
    others: [named("no P_Key for VF1", { _tag: "PkeyMapChanged", function: VF1, map: [null] })]
  },
  {
    name: "events/losses",
    title: "LID, SM and link change while answers are under way",
    about: ["SQP-EV-1"],
    wishes: askingOnce,
    reaches: [/LID 6: lid/, /arrives where the port is no more/, /is lost/],
    others: [
      named("LID 6", { _tag: "LidChanged", lid: Lid(6), lmc: 0 }),
      named("SM at 2", { _tag: "SmChanged", smLid: Lid(2), smSl: 0 }),
      named("link down", { _tag: "LinkChanged", up: false })
    ]
  },
  {
    name: "local-view/losses",
    isAlike: () => false,
    title: "functions ask what they see while GUIDs change and answers are under way",
    about: ["SQP-VIEW-1", "SQP-GUID-1"],
    reaches: [/GUIDInfo of VF1: ok/, /swapped: gid/, /is lost/],
    others: [
      ...[VF1, VF2].map((fn) => query(fn, "GUIDInfo")), query(VF1, "P_KeyTable"), query(VF2, "PortInfo"),
      named("GUIDs swapped", { _tag: "GuidTableChanged", block: 0, guids: SWAPPED }),
      named("GUIDs again", { _tag: "GuidTableChanged", block: 0, guids: TABLE })
    ],
    wishes: askingOnce
  },
  {
    name: "fairness/losses",
    isAlike: () => false,
    title: "rings fill and have room again while answers are under way",
    about: ["SQP-FAIR-2", "SQP-FAIR-3", "SQP-FAIR-4"],
    reaches: [/asks: deferred 1/, /MAD of 2 taken: to wire/, /drop function-full/, /is lost/],
    others: [
      ...[0, 1].map((slots) => named(`room ${slots} to the wire`, { _tag: "WireRoom", slots })),
      named("room 0 to VF1", { _tag: "FunctionRoom", function: VF1, slots: 0 })
    ],
    wishes: askingOnce, otherTimes: 2
  },
  {
    name: "qp/losses",
    title: "functions create and destroy QPs and are reset while answers are under way",
    about: ["SQP-QP-1", "SQP-QP-3", "SQP-QP-7"],
    reaches: [/creates a QP: ok/, /is lost/, /reset of VF1: tunnel/],
    wishes: (fn) => [
      ["asks", egress(fn, ask)],
      ["creates a QP", { _tag: "Verb", function: fn, request: { ...BARE_VERB, type: "ud" } }]
    ],
    parameters: { resets: 1 }
  }
]

/** The presets of areas that need no SA. */
export const peerPresets: ReadonlyArray<Described<Rules>> = scopes.map((of) =>
  served({ respondent: answeringPeer, wishes: asking, timeouts: 0, ...of }))
