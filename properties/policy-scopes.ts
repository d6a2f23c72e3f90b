/**
 * Scopes in which functions send and receive what they may and may not: classes, steering, prefixes, P_Keys.
 */
import { eventSystem, type Named } from "../model/environment/event-system.ts"
import { DEFAULT_PREFIX, gidOf, Lid, NO_GID, NO_GUID, Qpn, SA_GUID, SubnetPrefix } from "../model/ids.ts"
import type { State } from "../model/state.ts"
import { named, roomForOne, type Scope, scope, started } from "./scope.ts"
import {
  BASEBOARD,
  egress,
  gid,
  grhTo,
  guid,
  ingress,
  mad,
  OWN_LID,
  PEER_LID,
  passes,
  PERF,
  PF,
  PING,
  PREFIX,
  SA,
  SM_LID,
  small,
  SMP,
  tid,
  VF1,
  VF2,
  ask,
  answer,
  ping,
  arrivingFor
} from "./small-world.ts"

const sends: ReadonlyArray<Named> = [
  named("Get of PerfMgt", egress(VF1, ask)),
  named("Set of PerfMgt", egress(VF1, mad({ mgmtClass: PERF, method: 0x02 }))),
  named("SMP", egress(VF1, mad({ mgmtClass: SMP }))),
  named("SMP on QP1", egress(VF1, mad({ mgmtClass: SMP }), { qp: 1 })),
  named("GMP on QP0", egress(VF1, ask, { qp: 0 })),
  named("Get of baseboard", egress(VF1, mad({ mgmtClass: BASEBOARD }))),
  named("Trap of baseboard", egress(VF1, mad({ mgmtClass: BASEBOARD, method: 0x05 }))),
  named("Get of the SA", egress(VF1, mad({ mgmtClass: SA }), { dlid: SM_LID })),
  named("Get of the SA elsewhere", egress(VF1, mad({ mgmtClass: SA }))),
  named("Set of the SA", egress(VF1, mad({ mgmtClass: SA, method: 0x02 }), { dlid: SM_LID })),
  named("Report of the SA", egress(VF1, mad({ mgmtClass: SA, method: 0x06 }), { dlid: SM_LID })),
  named("ping", egress(VF1, mad({ mgmtClass: PING, method: 0x02 }))),
  named("vendor MAD", egress(VF1, mad({ mgmtClass: PING, oui: "00066a" }))),
  named("Get to QPN 5", egress(VF1, ask, { remoteQpn: Qpn(5) })),
  named("response", egress(VF1, mad({ mgmtClass: PERF, method: 0x81 }))),
  named("Q_Key of an ordinary QP", egress(VF1, ask, { qkey: 0x1234 })),
  named("SMP of the PF", egress(PF, mad({ mgmtClass: SMP }))),
  named("SMP of the PF on QP1", egress(PF, mad({ mgmtClass: SMP }), { qp: 1 })),
  named("GMP of the PF on QP0", egress(PF, ask, { qp: 0 })),
  named("Set of the PF", egress(PF, mad({ mgmtClass: PERF, method: 0x02 })))
]

/** What functions may send. */
export const classesScope: Scope = scope(
  "a VF and the PF send what they may and may not, and SMPs arrive",
  ["SQP-CLS-1", "SQP-CLS-2", "SQP-CLS-3", "SQP-CLS-4", "SQP-CLS-5", "SQP-CLS-6", "SQP-CLS-7"],
  [
    /^SMP: drop smp-from-vf/,
    /elsewhere: drop sa-destination/,
    /the SA: drop no-sm/,
    /arriving for VF1: to function 0/
  ],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 2, ...roomForOne })),
      [
        ...sends,
        named("SMP arriving for VF1", ingress(mad({ mgmtClass: SMP }), arrivingFor(gid(1)))),
        named("SMP arriving on QP1", ingress(mad({ mgmtClass: SMP }), { qp: 1 })),
        named("GMP arriving on QP0", ingress(ask, { qp: 0 })),
        named(
          "answer to an SMP",
          ingress(mad({ mgmtClass: SMP, method: 0x81, tid: tid(1) }), arrivingFor(gid(1)))
        ),
        named("SM gone", { _tag: "SmChanged", smLid: null, smSl: 0 }),
        named("SM back", { _tag: "SmChanged", smLid: SM_LID, smSl: 0 })
      ],
      rules
    )
)

const LATER = SubnetPrefix("fec0000000000001")

/** The administrator changes the policy. */
export const administeredScope: Scope = scope(
  "the administrator opens and closes classes and SA attributes while a VF uses them",
  ["SQP-CLS-4", "SQP-CLS-5", "SQP-CLS-8"],
  [/Set of PerfMgt: to wire/, /Set of PerfMgt: to function/, /Trap of baseboard: to wire/, /vendor MAD: to wire/],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 2, ...roomForOne })),
      [
        ...sends,
        ...(["none", "get", "all"] as const).map((allow) =>
          named(`${allow} of every class`, {
            _tag: "PolicyChanged",
            policy: { classes: [PERF, BASEBOARD, PING].map((mgmtClass) => ({ mgmtClass, allow })) },
            services: null
          })
        ),
        ...(["none", "all"] as const).map((allow) =>
          named(`${allow} of attribute 0x11`, {
            _tag: "PolicyChanged",
            policy: { saAttributes: [{ attributeId: 0x11, allow }] },
            services: null
          })
        ),
        named("default", {
          _tag: "PolicyChanged",
          policy: { classes: [], saAttributes: [] },
          services: null
        })
      ],
      rules
    )
)

/**
 * The administrator names the class of SMPs, which gives a VF nothing (R7). A real one cannot: a configuration, and a trace,
 * that names class 1, 3, 7 or 129 is refused, so a way of this scope that does is no trace that can be read.
 */
export const smpScope: Scope = scope(
  "policy allows the classes of SMPs while a VF sends some",
  ["SQP-CLS-2", "SQP-CLS-3"],
  [/^SMP: drop smp-from-vf/, /^SMP of the PF: to wire/],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 2, ...roomForOne })),
      [
        named("SMP", egress(VF1, mad({ mgmtClass: SMP }))),
        named("SMP of the PF", egress(PF, mad({ mgmtClass: SMP, tid: tid(5) }))),
        ...(["none", "all"] as const).map((allow) =>
          named(`${allow} of SMPs`, {
            _tag: "PolicyChanged", policy: { classes: [{ mgmtClass: SMP, allow }] }, services: null
          }))
      ],
      rules
    )
)

const places = [
  { qpn: 0x40, lid: PEER_LID, gid: 0 },
  { qpn: 0x41, lid: Lid(0), gid: 9 }
].map(({ gid: n, lid, qpn }) => ({ qpn: Qpn(qpn), lid, gid: n === 0 ? NO_GID : gid(n) }))

/** Few enough ids rest that one is left to draw. */
const hasIds = ({ resting }: State): boolean => resting.length < 2

const redirecting = (n: number, { gid: redirectGid, lid: redirectLid, qpn: redirectQp }: (typeof places)[number]) =>
  ingress({ ...answer(n), attributeId: 1, body: { _tag: "classPortInfo", redirectGid, redirectLid, redirectQp } })

/** Redirection, with room for one place. */
export const redirectScope: Scope = scope(
  "a peer redirects two functions to other QPNs, which use them and others, are reset, and forget",
  ["SQP-CLS-7", "SQP-CLS-9", "SQP-LIFE-1"],
  [
    /at its LID: to wire/,
    /at its LID: drop remote-qpn/,
    /behind its GID: to wire/,
    /behind its GID: drop remote-qpn/,
    /elsewhere: drop remote-qpn/,
    /of the PF: drop remote-qpn/
  ],
  (rules) =>
    eventSystem(
      started(
        rules,
        small({
          functions: 2,
          limits: { tids: 1, inbound: 1, redirects: 1 },
          timing: { tidMin: 1, tidMax: 2, rest: 1 }
        })
      ),
      [
        named("VF1 asks", egress(VF1, ask), hasIds),
        ...places.map((place) => named(`1 redirects to ${place.qpn}`, redirecting(1, place))),
        named("request at its LID", egress(VF1, mad({ ...ask, tid: tid(5) }), { remoteQpn: Qpn(0x40) }), hasIds),
        named(
          "request behind its GID",
          egress(VF1, mad({ ...ask, tid: tid(5) }), { remoteQpn: Qpn(0x41), grh: grhTo(gid(9)) }),
          hasIds
        ),
        named(
          "request elsewhere",
          egress(VF1, mad({ ...ask, tid: tid(5) }), { remoteQpn: Qpn(0x40), dlid: OWN_LID })
        ),
        named("request of the PF", egress(PF, ask, { remoteQpn: Qpn(0x40) })),
        named("reset of VF1", { _tag: "Reset", function: VF1 }),
        named("1 ms", passes(1))
      ],
      rules
    )
)

/** Whom a DGID names. */
export const steeringScope: Scope = scope(
  "requests and answers arrive with GRHs of all kinds, for functions attached and not",
  ["SQP-STEER-1", "SQP-STEER-2", "SQP-STEER-3", "SQP-STEER-4", "SQP-STEER-5"],
  [
    /drop steer-conflict/,
    /drop dgid-unknown/,
    /drop unsolicited/,
    /drop gid-pending/,
    /SA's GID: to function 0/
  ],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 3, ...roomForOne })),
      [
        named("VF1 asks", egress(VF1, ask)),
        named("VF1 pings VF2", egress(VF1, ping, { dlid: OWN_LID, grh: grhTo(gid(2)) })),
        named("answer", ingress(answer(1))),
        named("answer for VF1", ingress(answer(1), arrivingFor(gid(1)))),
        named("answer for VF2", ingress(answer(1), arrivingFor(gid(2)))),
        named("request", ingress(ask)),
        named("request for VF1", ingress(ask, arrivingFor(gid(1)))),
        named("request for GUID 0", ingress(ask, arrivingFor(gidOf(PREFIX, NO_GUID)))),
        named("request for the SA's GID", ingress(ask, arrivingFor(gidOf(PREFIX, SA_GUID)))),
        named("ping for VF2", ingress(ping, arrivingFor(gid(2)))),
        named("detach of VF2", { _tag: "Detach", function: VF2 }),
        named("attach of VF2", { _tag: "Attach", function: VF2 })
      ],
      rules
    )
)

/** Which prefixes are understood. */
export const prefixScope: Scope = scope(
  "the subnet prefix changes and the former one is understood for a while",
  ["SQP-STEER-2", "SQP-GUID-1"],
  [/ping under \S+: to function 1/, /ping under fec0000000000000: drop dgid-unknown/],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 2, ...roomForOne })),
      [
        ...[PREFIX, LATER, DEFAULT_PREFIX].map((prefix) =>
          named(`ping under ${prefix}`, ingress(ping, arrivingFor(gidOf(prefix, guid(1)))))
        ),
        named("VF1 sends a GRH", egress(VF1, ping, { grh: grhTo(gid(9)) })),
        named("prefix changes", { _tag: "PrefixChanged", subnetPrefix: LATER }),
        named("prefix changes back", { _tag: "PrefixChanged", subnetPrefix: PREFIX }),
        named("1 ms", passes(1))
      ],
      rules
    )
)

const TABLES = [[0xffff, 0x8001, 0x0001], [0xffff], [0x8001, 0x0002, 0xffff]]
const MAPS = [[0], [null, 0, 1], [2, 1]]

/** P_Key tables and maps. */
export const pkeyScope: Scope = scope(
  "P_Key table and map change and MADs use every index",
  ["SQP-PKEY-1", "SQP-PKEY-2", "SQP-EV-1"],
  [/drop pkey-index/, /drop pkey-mismatch/, /pkey to function 1/, /pkey to function 0, pkey to function 1/],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 2, ...roomForOne, port: { pkeys: [0xffff, 0x8001, 0x0001] } })),
      [
        ...TABLES.map((pkeys, n) => named(`table ${n}`, { _tag: "PkeysChanged", pkeys })),
        ...MAPS.map((map, n) => named(`map ${n}`, { _tag: "PkeyMapChanged", function: VF1, map })),
        ...[0, 1, 2, 3].flatMap((pkeyIndex) => [
          named(`VF1 asks at ${pkeyIndex}`, egress(VF1, ask, { pkeyIndex })),
          named(`answer at ${pkeyIndex}`, ingress(answer(1), { pkeyIndex })),
          named(`ping at ${pkeyIndex}`, ingress(ping, { pkeyIndex, ...arrivingFor(gid(1)) })),
          named(`request at ${pkeyIndex}`, ingress(ask, { pkeyIndex }))
        ])
      ],
      rules
    )
)
