/** When a PF context is at rest, and when a system comes to quiet: what the explorer asks of every state. */
import { describe, expect, it } from "vitest"
import { comesToQuiet } from "../model/environment/calm.ts"
import { comesToRest, restless } from "../model/environment/rest.ts"
import { NO_GID, WireCommId, WireTid } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type {
  Exchange, Group, Registration, SaRequest, State, Subscription, WaitingSubscribe
} from "../model/state.ts"
import { ask, egress, gid, guid, PEER_LID, PERF, QP1, small, SM_LID, tid, VF1 } from "./small-world.ts"
import { inform } from "./subscription-scopes.ts"

const still = initial(small())
const life = { must: 5, may: 5 }
const wireTid = WireTid("0000000000000001")
const request: SaRequest = { wireTid, sentTo: SM_LID, sl: 0, due: 10, triesLeft: 1 }

const exchange = (phase: Exchange["phase"]): Exchange => ({
  kind: "comm", role: "active", function: VF1, guestId: null, wireId: WireCommId("00000002"), peerGuid: null,
  peerId: null, peerTid: null, peerLids: [], peerGids: [], proposed: null, peerQpn: null, phase,
  retryMs: 0, life, tids: []
})
const group: Group = {
  mgid: gid(9), members: [], held: 0, record: null, transaction: null, waiting: [], lastOf: VF1, rejoin: false
}
const redirect = { function: VF1, mgmtClass: PERF, lid: PEER_LID, gid: null, qpn: QP1, life }
const member = { function: VF1, bits: 1, provisional: 0, guid: guid(1) }
const { subscribe: _, qpn: __, _tag: ___, ...asked } = inform(1)
const subscription: Subscription = {
  filter: { ...asked, partition: 0x7fff }, subscribers: [VF1], own: false, held: true, transaction: null,
  waiting: [], again: false
}
const waiting: WaitingSubscribe =
  { function: VF1, guestTid: tid(1), address: egress(VF1, ask).address, inform: inform(1), remaining: 1 }
const registration: Registration =
  { function: VF1, rid: { serviceId: "0000000000000001", gid: gid(1), pkey: 0x7fff }, lease: 5, deletion: null }
const subscribing = { ...request, kind: "subscribe", cause: "subscribe", request: null } as const
const noSm = { ...still.port, smLid: null }

/** What a PF context keeps, and what is said of it. */
const kept: ReadonlyArray<readonly [what: string | null, of: Partial<State>]> = [
  [null, {}],
  ["1 MADs that wait and have room", { deferred: [egress(VF1, ask), egress(VF1, ask)] }],
  [null, { deferred: [egress(VF1, ask)], wireRoom: [0, 0] }],
  ["1 outstanding requests of functions", {
    transactions: [{
      wireTid, function: VF1, qp: 1, mgmtClass: PERF, guestTid: tid(1), answered: false, life,
      destination: { dlid: PEER_LID, dgid: null, remoteQpn: QP1 }
    }]
  }],
  ["1 delivered requests", {
    inbound: [
      { function: VF1, qp: 1, mgmtClass: PERF, slid: PEER_LID, srcQp: QP1, tid: tid(1), answered: false, life }
    ]
  }],
  ["1 redirects", { redirects: [redirect] }],
  ["1 CM exchanges that open or linger", { exchanges: [exchange("opening")] }],
  ["1 CM exchanges that open or linger", { exchanges: [exchange("established"), exchange("lingering")] }],
  [null, { exchanges: [exchange("half-open"), exchange("established")] }],
  ["1 requests with the SA", { subscriptions: [subscription, { ...subscription, transaction: subscribing }] }],
  ["3 functions' requests that wait for the SA", {
    subscriptions: [{ ...subscription, waiting: [waiting] }, { ...subscription, waiting: [waiting, waiting] }]
  }],
  ["1 groups of nobody", { groups: [{ ...group, lastOf: null }, group] }],
  [null, { groups: [{ ...group, members: [member], lastOf: null }] }],
  ["1 requests that were given up", {
    givenUp: [{ wireTid, asked: { _tag: "join", mgid: NO_GID }, sentTo: SM_LID, former: false, life }]
  }],
  [null, { registrations: [registration] }],
  ["2 ServiceRecords that are being deleted", {
    registrations: [registration, { ...registration, deletion: "waits" }, { ...registration, deletion: request }]
  }],
  ["1 ServiceRecords that are being deleted", {
    port: noSm, registrations: [{ ...registration, deletion: "waits" }, { ...registration, deletion: request }]
  }],
  ["1 Reports that were handed out", {
    reports: [{ tid: tid(1), handedTid: null, handedTo: [], former: false, life }]
  }]
]

describe("a PF context", () => {
  it.each(kept)("is kept from rest by exactly: %s [SQP-EXP-4]", (what, of) => {
    expect(restless({ ...still, ...of })).toEqual(what === null ? [] : [what])
  })

  const owing: State = { ...still, subscriptions: [{ ...subscription, transaction: subscribing }] }
  /** Time that passes as `change` says, and how much of it passed so far, step by step. */
  const time = (change: (state: State) => State) => {
    const passed: Array<number> = []
    const advance = (state: State, ms: number): State => {
      if (passed.push(ms) > 1000) throw new Error("time passes for ever")
      return change(state)
    }
    return { passed, rests: comesToRest(advance) }
  }

  it("that is at rest needs no time, and one that sends what is due and then forgets comes to rest [SQP-EXP-4]", () => {
    const at = time(() => still)
    expect([at.rests(still), at.passed]).toEqual([true, []])
    expect([at.rests(owing), at.passed]).toEqual([true, [10]])
  })

  it("that keeps something after all that has an end does not come to rest, and is asked about once [SQP-EXP-4]", () => {
    const keeping: State = { ...still, redirects: [redirect] }
    const { passed, rests } = time((state) => state)
    expect([rests(keeping), rests(keeping)]).toEqual([false, false])
    expect(passed).toEqual([1_000_000_000])
  })

  it("that goes on sending for ever does not come to rest: a hundred sends are enough to tell [SQP-EXP-4]", () => {
    const { passed, rests } = time((state) => ({ ...state }))
    expect(rests(owing)).toBe(false)
    expect(passed).toEqual(Array.from({ length: 100 }, () => 10))
  })
})

describe("a system that goes on calmly", () => {
  /** Numbers, each followed by the next, of which some are quiet; which were asked about. */
  const counting = (isQuiet: (n: number) => boolean, last = Number.POSITIVE_INFINITY) => {
    const seen: Array<number> = []
    const comes = comesToQuiet<number>({
      next: (n) => {
        if (n > 1000) throw new Error("the way is gone for ever")
        return n === last ? null : n + 1
      },
      isQuiet: (n) => {
        seen.push(n)
        return isQuiet(n)
      },
      keyOf: String
    })
    return { comes, seen }
  }

  it("comes to quiet or not, and no part of a way is gone twice [SQP-EXP-4]", () => {
    const { comes, seen } = counting((n) => n === 4, 8)
    expect([2, 0, 3, 6, 5, 7].map(comes)).toEqual([true, true, true, false, false, false])
    expect(seen).toEqual([2, 3, 4, 0, 1, 6, 7, 8, 5])
  })

  it("comes to quiet within two hundred states or not at all [SQP-EXP-4]", () => {
    const { comes } = counting((n) => n === 200)
    expect(comes(1)).toBe(true)
    expect(counting((n) => n === 200).comes(0)).toBe(false)
  })
})
