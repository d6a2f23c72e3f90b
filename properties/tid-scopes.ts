/** Scopes of transactions: functions, a peer, a wire, time, resets and a stranger. */
import { stillTidScope, type TidQuestion, type TidScope, tidSystem } from "../model/environment/tid-system.ts"
import { eventSystem } from "../model/environment/event-system.ts"
import { type FunctionId, Tid } from "../model/ids.ts"
import type { Mad } from "../model/mad.ts"
import type { RequirementId } from "../spec/requirements.ts"
import { type Scope, named, scope, started } from "./scope.ts"
import {
  BASEBOARD,
  egress,
  gid,
  grhFrom,
  ingress,
  mad,
  passes,
  PEER_LID,
  PERF,
  PF,
  PING,
  small,
  type Small,
  tid,
  VF1,
  VF2
} from "./small-world.ts"

/** All 64 bits of it are the requester's. */
const T = Tid("fedcba9876543210")
const ask = mad({ mgmtClass: PERF })
const ping = mad({ mgmtClass: PING })
const asks = (from: FunctionId, times = 1, guestTid = T): TidQuestion => ({
  from,
  to: "peer",
  mad: ask,
  tid: guestTid,
  times
})
const pings = (from: FunctionId, to: FunctionId): TidQuestion => ({ from, to, mad: ping, tid: T, times: 1 })

const tidScope = (
  title: string,
  about: ReadonlyArray<RequirementId>,
  reaches: ReadonlyArray<RegExp>,
  change: Partial<TidScope>,
  begin: Small = {}
): Scope =>
  scope(title, about, reaches, (rules) =>
    tidSystem(
      { ...stillTidScope, ...change },
      started(rules, small({ functions: 3, ...begin, timing: { rest: 4, ...begin.timing } })),
      rules
    )
  )

/**
 * The answers of a stranger to the first wire TIDs: right but unasked, from elsewhere, of another class, with
 * a GRH.
 */
const forgeries = [1, 2].flatMap((n) => [
  { mad: { ...ask, method: 0x81, tid: tid(n) }, slid: PEER_LID, dgid: null },
  { mad: { ...ask, method: 0x81, tid: tid(n), mgmtClass: BASEBOARD }, slid: PEER_LID, dgid: null },
  { mad: { ...ask, method: 0x81, tid: tid(n) }, slid: PEER_LID, dgid: gid(2) }
])

/** Functions that use one TID. */
export const sharedTidScope = tidScope(
  "two VFs and the PF ask one peer with one TID, a message is lost, one doubled, all reordered",
  ["SQP-TID-1", "SQP-TID-2", "SQP-TID-3", "SQP-TID-4"],
  [/answer .* is lost/, /answer .* is duplicated/, /to function 2 fedcba9876543210/],
  { questions: [asks(VF1, 2), asks(VF2), asks(PF)], losses: 1, duplications: 1 }
)

/** Lives and rests. */
export const livesScope = tidScope(
  "requests are repeated while lives become optional, end, and ids rest",
  ["SQP-TID-3", "SQP-TID-5", "SQP-TID-6"],
  [/answer \S+ arrives: drop response-unasked/, /question 0: to wire 0000000000000002/],
  { questions: [asks(VF1, 2), asks(VF2)], waits: [1, 1, 1, 4] }
)

/** A function that is reset with requests outstanding. */
export const resetOfAskerScope = tidScope(
  "a function is reset and asks again with its old TID, while answers are under way and ids rest",
  ["SQP-LIFE-1", "SQP-TID-6"],
  [/answer \S+ arrives: drop response-unasked/],
  { questions: [asks(VF1, 2), asks(VF2)], resets: [VF1], duplications: 1, waits: [4] }
)

/** Function to function. */
export const pingsScope = tidScope(
  "two functions ping each other over the wire with one TID and answer, one message is lost, one doubled",
  ["SQP-TID-8", "SQP-STEER-4"],
  [/function 2 answers \S+: to wire/, /to function 1 fedcba9876543210/],
  { questions: [pings(VF1, VF2), pings(VF2, VF1)], losses: 1, duplications: 1, alike: [[VF1, VF2]] }
)

/** A function that is reset before it answers. */
export const resetOfResponderScope = tidScope(
  "one function pings another, one of them is reset, and the memory of the request becomes optional",
  ["SQP-TID-8", "SQP-TID-5", "SQP-LIFE-1"],
  [/function 2 answers \S+: drop response-undelivered/],
  { questions: [pings(VF1, VF2), asks(VF2)], resets: [VF1, VF2], waits: [2] }
)

/** A stranger. */
export const forgeryScope = tidScope(
  "a stranger forges answers",
  ["SQP-TID-4", "SQP-STEER-1"],
  [/forged .*: drop response-unasked/, /forged .*: drop steer-conflict/],
  { questions: [asks(VF1), asks(VF2)], forgeries }
)

/** Quotas. */
export const quotaScope = tidScope(
  "functions have room for one request each, and lives end",
  ["SQP-TID-10", "SQP-TID-5"],
  [/question 1: drop tid-quota/, /question 1: to wire/],
  {
    questions: [asks(VF1), asks(VF1, 2, tid(1))],
    waits: [2, 1]
  },
  { limits: { tids: 1 } }
)

const toVf = (n: number) => ({ grh: grhFrom(gid(9), gid(n)) })
const ack = mad({ mgmtClass: PING, rmpp: { active: true, type: 2 } })

/** RMPP control packets for a request that several functions may have. */
export const rmppScope = scope(
  "a peer asks two functions with one TID and controls the transfer, with a GRH and without",
  ["SQP-TID-9"],
  [
    /ACK without a GRH: to function 1/,
    /ACK for VF1: to function 1/,
    /ACK for VF2: drop steer-conflict/,
    /ACK without a GRH: drop rmpp-unknown/
  ],
  (rules) =>
    eventSystem(
      started(rules, small()),
      [
        named("peer asks VF1", ingress(mad({ mgmtClass: PING }), toVf(1))),
        named("peer asks VF2", ingress(mad({ mgmtClass: PING }), toVf(2))),
        named("ACK without a GRH", ingress(ack)),
        named("ACK for VF1", ingress(ack, toVf(1))),
        named("ACK for VF2", ingress(ack, toVf(2))),
        named("VF1 answers", egress(VF1, mad({ mgmtClass: PING, method: 0x81 }))),
        named("1 ms", passes(1)),
        named("reset of VF1", { _tag: "Reset", function: VF1 })
      ],
      rules
    )
)

const question = (n: number) => mad({ mgmtClass: PING, tid: tid(0x70 + n) })
const reply = (of: Mad): Mad => ({ ...of, method: 0x81 })
const controlling = (of: Mad): Mad => ({ ...of, rmpp: { active: true, type: 2 } })

/** Quotas at which what was answered gives way. */
export const givingWayScope = scope(
  "a VF with room for two requests asks three, answers come again and again, and it controls transfers",
  ["SQP-TID-10", "SQP-TID-11", "SQP-TID-5", "SQP-TID-6"],
  [/asks 3: drop tid-quota/, /asks 3: to wire/, /answer to 1: drop response-unasked/, /ACK of 1: drop rmpp-unknown/],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 2, limits: { tids: 2 }, timing: { rest: 9 } })),
      [1, 2, 3].flatMap((n) => [
        named(`VF1 asks ${n}`, egress(VF1, question(n))),
        named(`answer to ${n}`, ingress({ ...reply(question(n)), tid: tid(n) })),
        named(`ACK of ${n}`, egress(VF1, controlling(question(n))))
      ]),
      rules
    )
)

/** Delivered requests that give way. */
export const givingWayInboundScope = scope(
  "a VF that remembers two requests is asked three, repeatedly, answers them, and gets RMPP control",
  ["SQP-TID-12", "SQP-TID-8", "SQP-TID-9"],
  [/VF1 answers 1: drop response-undelivered/, /VF1 answers 1: to wire/, /ACK of 1: drop rmpp-unknown/],
  (rules) =>
    eventSystem(
      started(rules, small({ functions: 2, limits: { inbound: 2 } })),
      [1, 2, 3].flatMap((n) => [
        named(`request ${n}`, ingress(question(n), toVf(1))),
        named(`VF1 answers ${n}`, egress(VF1, reply(question(n)))),
        named(`ACK of ${n}`, ingress(controlling(question(n))))
      ]),
      rules
    )
)
