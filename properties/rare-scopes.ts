/**
 * Scopes of what needs an event of its own and no wire: service resolution, alternate paths, Reports from the wrong place,
 * answers to Reports, quotas that change.
 */
import { eventSystem, happen, type Named, type Rules, type Watched, watched } from "../model/environment/event-system.ts"
import { cmMad } from "../model/environment/cm-party.ts"
import type { Event } from "../model/event.ts"
import { CommId, type FunctionId, Gid, Guid, Lid, Qpn } from "../model/ids.ts"
import type { Initial } from "../model/initial.ts"
import type { Invariant } from "../model/invariants.ts"
import { transportInvariants } from "../model/invariants-all.ts"
import { cmInvariants } from "../model/invariants-cm.ts"
import { subscriptionSaInvariants } from "../model/invariants-subscription-sa.ts"
import { subscriptionInvariants } from "../model/invariants-subscriptions.ts"
import type { AlternatePath, Cm, CmOf } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import { named, type Scope, scope } from "./scope.ts"
import {
  arrivingFor, ask, CM, egress, gid, guid, ingress, mad, PEER_LID, ping, SA, SM_LID, small, tid, VF1
} from "./small-world.ts"
import { asks, inform, reports } from "./subscription-scopes.ts"

/** A PF context that has started, watched by these invariants. */
const startedUnder = (rules: Rules, begin: Initial, invariants: ReadonlyArray<Invariant>): Watched => {
  const [first] = happen(rules, watched(begin, invariants), { _tag: "Start" })
  if (first === undefined) throw new Error("a start has an outcome")
  return first.watched
}

const system = (begin: Initial, invariants: ReadonlyArray<Invariant>, events: ReadonlyArray<Named>) => (rules: Rules) =>
  eventSystem(startedUnder(rules, begin, invariants), events, rules)

/** No id rests, so that others may be drawn. */
const quiet = ({ resting }: State): boolean => resting.length === 0
/** So few ids rest that others may be drawn. */
const few = ({ resting }: State): boolean => resting.length < 2

// Communication management

/** Everything lasts a moment. */
const moment = { tidMin: 1, tidMax: 1, rest: 1, linger: 1, lingerMax: 1, openingMin: 1, openingMax: 1, rejInterval: 1 }
const ofCm = (begin: Initial) => [...transportInvariants(begin), ...cmInvariants(begin.config)]

const SERVICE = "0000000000000001"
const id = (n: number): CommId => CommId(n.toString(16).padStart(8, "0"))
const sends = (cm: Cm, fn: FunctionId = VF1, remoteQpn = 1): Event =>
  egress(fn, cmMad(cm, tid(0x50)), { remoteQpn: Qpn(remoteQpn) })
const arrives = (cm: Cm, slid: Lid = PEER_LID): Event => ingress(cmMad(cm, tid(0x60)), { slid })

const sidrBegin: Initial = { ...small({ functions: 2, limits: { cm: 1 }, timing: moment }) }
const sidrInitial: Initial = { ...sidrBegin, config: { ...sidrBegin.config, services: [{ serviceId: SERVICE, function: VF1 }] } }
const sidrReq = (n: number, serviceId = SERVICE): Cm => ({ _tag: "cm", message: "SIDR_REQ", requestId: id(n), serviceId })
const sidrRep = (n: number): Cm => ({ _tag: "cm", message: "SIDR_REP", requestId: id(n) })

/** Service resolution, both ways. */
export const sidrScope: Scope = scope(
  "a VF asks for a service and is asked for one, by a GRH, by the service, or instead of the PF",
  ["SQP-CM-12"],
  [/VF1 asks: to wire/, /answer to 11: to function 1/, /asked for its service: to function 1/, /another service: to function 0/,
    /by a GRH: to function 1/, /VF1 answers: to wire/, /answer to 11: drop cm-unknown/],
  system(sidrInitial, ofCm(sidrInitial), [
    named("VF1 asks", sends(sidrReq(1)), quiet),
    named("answer to 11", arrives(sidrRep(0x11))),
    named("asked for its service", arrives(sidrReq(7))),
    named("asked for another service", arrives(sidrReq(7, "0000000000000002"))),
    named("asked by a GRH", ingress(cmMad(sidrReq(7), tid(0x60)), arrivingFor(gid(1)))),
    named("VF1 answers", sends(sidrRep(7)))
  ])
)

const ELSEWHERE = Lid(30)
const peerGid = gid(9)
const path = (lid: Lid): AlternatePath =>
  ({ localLid: lid, remoteLid: Lid(5), localGid: Gid(`fe80000000000000${guid(8)}`), remoteGid: gid(1) })
const req = (to: Gid): CmOf<"REQ"> => ({
  _tag: "cm", message: "REQ", localId: id(7), caGuid: Guid("00000000000000c9"), localGid: peerGid, remoteGid: to,
  localLid: PEER_LID, remoteLid: Lid(5), responseTimeout: 0, maxRetries: 0,
  alternate: { localLid: Lid(0), remoteLid: Lid(0), localGid: Gid("0".repeat(32)), remoteGid: Gid("0".repeat(32)) }
})
const between = { _tag: "cm", localId: id(7), remoteId: id(0x11) } as const
const fromVf = { _tag: "cm", localId: id(1), remoteId: id(7) } as const
const vfReq: Cm = { ...req(peerGid), localId: id(1), localGid: gid(1) }

const addressesBegin = small({ functions: 2, limits: { cm: 1, inbound: 1, tids: 1 }, timing: moment })

/** Where a peer is, alternate paths, and what is of class CM but no message. */
export const cmAddressScope: Scope = scope(
  "a peer asks a VF, proposes another path that it takes or not, ends from there, asks for nobody, and asks of its class",
  ["SQP-CM-9", "SQP-CM-15", "SQP-CM-16", "SQP-CLS-7"],
  [/asked in vain: to wire/, /asked in vain: drop cm-rej-rate/, /LAP: to function 1/, /takes the path: to wire/,
    /DREQ from elsewhere: to function 1/, /QPN 5: drop remote-qpn/, /of the class: to wire/, /Get for VF1: to function 1/, /^Get: to function 0/],
  system(addressesBegin, ofCm(addressesBegin), [
    named("VF1 is asked", arrives(req(gid(1))), quiet),
    named("VF1 answers", sends({ ...fromVf, message: "REP", caGuid: Guid("00000000000000b1") })),
    named("LAP", arrives({ ...between, message: "LAP", alternate: path(ELSEWHERE) })),
    named("VF1 takes the path", sends({ ...fromVf, message: "APR", status: 0 })),
    named("DREQ", arrives({ ...between, message: "DREQ" })),
    named("DREQ from elsewhere", arrives({ ...between, message: "DREQ" }, ELSEWHERE)),
    named("nobody is asked in vain", arrives(req(gid(8)))),
    named("VF1 asks QPN 5", sends(vfReq, VF1, 5)),
    named("VF1 asks of the class", egress(VF1, mad({ mgmtClass: CM }))),
    named("Get", ingress(mad({ mgmtClass: CM }))),
    named("Get for VF1", ingress(mad({ mgmtClass: CM }), arrivingFor(gid(1))))
  ])
)

// Reports

const reportsBegin = small({ functions: 2, limits: { subscriptions: 1, tids: 1, inbound: 1 } })
const ofReports = [
  ...transportInvariants(reportsBegin), ...subscriptionInvariants(), ...subscriptionSaInvariants(reportsBegin)
]
const says = (n: number, status: number): Event =>
  ingress(mad({ mgmtClass: SA, method: 0x81, attributeId: 0x03, tid: tid(n), status, body: inform(1) }), { slid: SM_LID })
const report = (change: Parameters<typeof ingress>[1]): Event =>
  reports._tag === "Ingress" && !("_tag" in reports.mad) ? ingress(reports.mad, { slid: SM_LID, ...change }) : reports
const room = (slots: number | null): Event => ({ _tag: "FunctionRoom", function: VF1, slots })

/** Nothing is with the SA or given up, and no Report remembered: it would be beside those that come again. */
const isIdle = ({ givenUp, reports: known, resting, subscriptions }: State): boolean =>
  resting.length < 3 && givenUp.length === 0 && known.length === 0 && subscriptions.every(({ transaction }) => !transaction)

/** Reports from where none may come, in partitions and rings where they find no place, and what functions say to them. */
export const reportScope: Scope = scope(
  "a VF subscribes and ends it, Reports come from the SM and elsewhere, in all partitions, and the VF answers them",
  ["SQP-SUB-3", "SQP-SUB-4", "SQP-SUB-5", "SQP-SUB-10", "SQP-STEER-1", "SQP-PKEY-2", "SQP-FAIR-4"],
  [/for VF1: drop steer-conflict/, /from elsewhere: drop report-source/, /partition: .*drop pkey-mismatch/, /^report: .*drop function-full/,
    /^report: .*to function 1/, /VF1 answers .: drop report-answered/, /neither: to function 1/,
    /reregister: .*to wire/],
  system(reportsBegin, ofReports, [
    named("VF1 subscribes", asks(VF1, 1), quiet),
    named("VF1 ends it", asks(VF1, 0), few),
    named("VF1 asks for neither", asks(VF1, 2)),
    ...[1, 2].flatMap((n) => [named(`grant ${n}`, says(n, 0)), named(`refusal ${n}`, says(n, 0x0100))]),
    named("reregister", { _tag: "Reregister" }, isIdle),
    named("report", report({})),
    named("report from elsewhere", report({ slid: PEER_LID })),
    named("report for VF1", report(arrivingFor(gid(1)))),
    named("report in another partition", report({ pkeyIndex: 1 })),
    named("room 0 to VF1", room(0)),
    named("room to VF1", room(null)),
    ...[2, 3].map((n) => named(`VF1 answers ${n}`,
      egress(VF1, mad({ mgmtClass: SA, method: 0x86, attributeId: 0x02, tid: tid(n) }), { dlid: SM_LID })))
  ])
)

// Quotas

const quotasBegin = small({ functions: 2, limits: { tids: 1, inbound: 0, queue: 1 } })

/** Quotas that change while they are used, and one of none. */
export const changingQuotaScope: Scope = scope(
  "the administrator changes how many MADs of a VF may wait while some do, and none that arrive may be remembered",
  ["SQP-FAIR-6", "SQP-FAIR-3", "SQP-TID-12"],
  [/VF1 asks: refused/, /VF1 asks: deferred 1/, /MAD of 1 taken: to wire/, /ping: drop inbound-quota/],
  system(quotasBegin, transportInvariants(quotasBegin), [
    named("VF1 asks", egress(VF1, ask)),
    ...[0, 1].map((queue) => named(`queue ${queue}`, { _tag: "QuotasChanged", functions: [VF1], quotas: { queue } })),
    ...[0, 1].map((slots) => named(`room ${slots} to the wire`, { _tag: "WireRoom", slots })),
    named("ping", ingress(ping, arrivingFor(gid(1)))),
    named("answer", ingress(mad({ ...ask, method: 0x81, tid: tid(1) })))
  ])
)
