/** MADs and states with functions in each other's places: all that names one of them names the other. */
import { describe, it, expect } from "vitest"
import type { EgressAddress, EventOf } from "../model/event.ts"
import { CommId, FunctionId, Lid, NO_GID, NO_GUID, Qpn, WireCommId, WireTid } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { Body, Cm, InformInfo, Mad, McMember } from "../model/mad.ts"
import { cmMessage, egress, grh, mad as madRenamed } from "../model/renaming-mad.ts"
import { stateRenamed } from "../model/renaming-state.ts"
import type { FunctionState, InformFilter, State } from "../model/state.ts"
import { Recall } from "../model/recall.ts"
import { renamingsOf } from "../model/symmetry.ts"
import { after } from "./happening.ts"
import { A, B, expectRenamed, type Names, ofFunctions, type Said, swap } from "./renamed.ts"
import { grhFrom, grhTo, guid, mad, PEER_LID, SA, SM_LID, small, tid, WELL_KNOWN } from "./small-world.ts"

const record = ({ gid: portGid }: Names, joinState: number): McMember => ({
  _tag: "mcMember", mask: "0000000000010003", mgid: NO_GID, portGid, qkey: 0, mlid: 0, mtuSelector: 0,
  mtu: 0, trafficClass: 0,
  pkey: 0, rateSelector: 0, rate: 0, lifetimeSelector: 0, lifetime: 0, sl: 0, flowLabel: 0, hopLimit: 0,
  scope: 0, joinState,
  proxyJoin: 0
})
const inform = (of: Names, subscribe: number): InformInfo => ({
  _tag: "informInfo", gid: of.gid, lidRangeBegin: Lid(0), lidRangeEnd: Lid(0), isGeneric: 1, subscribe,
  type: 0, trapNumber: 64,
  qpn: of.ownQpn, producerType: 0
})
const filterOf = (of: Names): InformFilter => {
  const { _tag, qpn, subscribe, ...filter } = inform(of, 1)
  return { ...filter, partition: 1 }
}
const to = ({ gid: dgid, proxyQpn: remoteQpn }: Names): EgressAddress => ({
  pkeyIndex: 0, remoteQpn, qkey: WELL_KNOWN, dlid: PEER_LID, sl: 0, pathBits: 0, rate: 0, grh: grhTo(dgid)
})
const life = { must: 1, may: 2 }
const request = { wireTid: WireTid("0000000000000009"), sentTo: SM_LID, sl: 0, due: 1, triesLeft: 1 }

const PLAIN = { ...to(A), remoteQpn: Qpn(1), grh: null }

/** A state with nothing but this. */
const withOnly = (part: Partial<State>): State => ({ ...still, ...part })
const still = initial(small({ guids: [guid(0), NO_GUID, NO_GUID] }))

const functionsWith = (of: (names: Names) => Partial<FunctionState>, a: Names, b: Names, other: Partial<FunctionState>) =>
  still.functions.map((each, n): FunctionState => ({
    ...each, ...(n === 0 ? {} : n === a.fn ? of(a) : { ...of(b), ...other })
  }))

describe("functions in each other's places", () => {
  const messages: ReadonlyArray<readonly [string, Said<Cm>]> = [
    ["REQ", (a, b) => ({
      _tag: "cm", message: "REQ", localId: CommId("00000001"), caGuid: a.guid, localGid: a.gid,
      remoteGid: b.gid,
      localLid: Lid(1), remoteLid: Lid(2), responseTimeout: 1, maxRetries: 1,
      alternate: { localLid: Lid(0), remoteLid: Lid(0), localGid: a.gid, remoteGid: b.gid }
    })],
    ["REP", (a) =>
      ({ _tag: "cm", message: "REP", localId: CommId("00000001"), remoteId: CommId("00000002"), caGuid: a.guid })],
    ["REJ", (a) => ({
      _tag: "cm", message: "REJ", localId: CommId("00000001"), remoteId: CommId("00000002"), rejected: 0,
      reason: 4, ariGuid: a.guid
    })],
    ["LAP", (a, b) => ({
      _tag: "cm", message: "LAP", localId: CommId("00000001"), remoteId: CommId("00000002"),
      alternate: { localLid: Lid(0), remoteLid: Lid(0), localGid: a.gid, remoteGid: b.gid }
    })],
    ["RTU", () => ({ _tag: "cm", message: "RTU", localId: CommId("00000001"), remoteId: CommId("00000002") })]
  ]
  it.each(messages)("are those that a %s names [SQP-EXP-7]", (_, said) => {
    expectRenamed(cmMessage, said)
    expectRenamed<Mad>(madRenamed, (a, b) => mad({ mgmtClass: 7, body: said(a, b) }))
  })

  const bodies: ReadonlyArray<readonly [string, Said<Body>]> = [
    ["MCMemberRecord", (a, b) => ({ ...record(a, 1), mgid: b.gid })],
    ["GUIDInfoRecord", (a, b) => ({
      _tag: "guidInfo", mask: `80000000a000${a.fn === 1 ? "5023" : "5043"}`, lid: Lid(5), block: 0,
      guids: [guid(0), ...(a.fn === 1 ? [b.guid, guid(8)] : [guid(8), b.guid])]
    })],
    ["ServiceRecord", (a) => ({
      _tag: "serviceRecord", mask: "0000000000000001", serviceId: "0000000000000001", gid: a.gid, pkey: 1,
      lease: 1
    })],
    ["InformInfo", (a) => inform(a, 1)],
    ["Notice", (a, b) => ({
      _tag: "notice", isGeneric: 1, type: 3, producerType: 4, trapNumber: 64, issuerLid: Lid(1),
      gidAddr: a.gid, issuerGid: b.gid
    })],
    ["ClassPortInfo", (a) =>
      ({ _tag: "classPortInfo", redirectLid: Lid(1), redirectGid: a.gid, redirectQp: a.proxyQpn })]
  ]
  it.each(bodies)("are those that a %s names [SQP-EXP-7]", (_, said) => {
    expectRenamed<Mad>(madRenamed, (a, b) => mad({ mgmtClass: SA, body: said(a, b) }))
  })

  it("are not in a block of GUIDs beyond theirs, nor in records that are not divided [SQP-EXP-7]", () => {
    const data = `${A.gid}`.padEnd(400, "0")
    const undivided: ReadonlyArray<Body> = [
      { _tag: "guidInfo", mask: "0000000000000023", lid: Lid(5), block: 1, guids: [guid(0), A.guid, B.guid] },
      { _tag: "mcMembers", mask: "0000000000000001", segment: 1, payloadLength: 1, attributeOffset: 7, data }
    ]
    for (const body of undivided) expectRenamed<Mad>(madRenamed, () => mad({ mgmtClass: SA, body }))
  })

  it("are those that addresses, GRHs and payloads name [SQP-EXP-7]", () => {
    const said: Said<EventOf<"Egress">> = (a, b) => ({
      _tag: "Egress", function: a.fn, qp: 1, srcQpn: a.ownQpn, address: to(b),
      mad: mad({ mgmtClass: SA, payload: a.fn === 1 ? "of A" : "of B" })
    })
    expectRenamed(egress, said)
    expectRenamed(egress, (a, b) => ({ ...said(a, b), mad: { _tag: "malformed" as const, lengthBytes: 3 } }))
    expectRenamed(grh, (a, b) => grhFrom(a.gid, b.gid))
  })

  it("are those that the state of functions names [SQP-EXP-7]", () => {
    const alias = (of: Names): FunctionState["alias"] => ({
      admin: of.guid, asked: of.guid, confirmed: false, due: null, backOffMs: 1,
      transaction: { ...request, kind: "set", guid: of.guid, lid: Lid(5) }
    })
    expectRenamed(stateRenamed, (a, b) => withOnly({
      functions: functionsWith((of) => ({ slot: of.guid, guid: of.guid, alias: alias(of) }), a, b, { attached: false })
    }))
    // Its own QPs in their order, which is another under other names.
    const owned = { type: "ud", qkey: 1, pkeyIndex: 0 } as const
    expectRenamed(stateRenamed, (a, b) => withOnly({
      functions: functionsWith(() => ({
        qps: [{ ...owned, qpn: a.ownQpn }, { ...owned, qpn: b.ownQpn, qkey: 2 }].toSorted((x, y) => x.qpn - y.qpn)
      }), a, b, {})
    }))
    const tunnelled: Said<State> = (a, b) => withOnly({
      functions: functionsWith(({ ownQpn, proxyQpn, tunnelQpn }) => ({
        tunnels: [{ proxyQpn: ownQpn, tunnelQpn: Qpn(99) }, { proxyQpn, tunnelQpn }]
      }), a, b, {})
    })
    expect(stateRenamed(tunnelled(A, B), swap)).toEqual(tunnelled(B, A))
  })

  it("are those that requests and CM exchanges name, each function's in its own order [SQP-EXP-7]", () => {
    const deferred = (fn: FunctionId, qp: 0 | 1, n: number): EventOf<"Egress"> =>
      ({ _tag: "Egress", function: fn, qp, srcQpn: null, address: PLAIN, mad: { _tag: "malformed", lengthBytes: n } })
    expectRenamed(stateRenamed, (a, b) => withOnly({
      deferred: ofFunctions(
        deferred(a.fn, 0, 3), deferred(a.fn, 1, 2), deferred(a.fn, 1, 1), deferred(b.fn, 0, 9),
        deferred(b.fn, 1, 4)
      ),
      transactions: ofFunctions(...[a, b, a].map((of, n) => ({
        wireTid: request.wireTid, function: of.fn, qp: 1 as const, mgmtClass: SA, guestTid: tid(3 - n),
        answered: false, life,
        destination: { dlid: Lid(n), dgid: n > 0 ? of.gid : null, remoteQpn: of.proxyQpn }
      }))),
      inbound: ofFunctions(...[a, b, a].map((of, n) => ({
        function: of.fn, qp: 1 as const, mgmtClass: SA, slid: Lid(n), srcQp: of.proxyQpn, tid: tid(n),
        answered: false, life
      }))),
      redirects: ofFunctions(...[a, b, a].map((of, n) => ({
        function: of.fn, mgmtClass: 4, lid: Lid(9 - n), gid: n === 2 ? null : of.gid, qpn: of.proxyQpn, life
      }))),
      exchanges: [b, a].map((of, n) => ({
        kind: "comm", role: "active", function: of.fn, guestId: CommId("00000001"),
        wireId: WireCommId("00000002"),
        peerGuid: n === 0 ? null : a.guid, peerId: null, peerTid: null, peerLids: [],
        peerGids: [b.gid, a.gid],
        proposed: n === 0 ? null : { lid: Lid(1), gid: b.gid }, peerQpn: n === 0 ? null : b.proxyQpn,
        phase: "opening",
        retryMs: 0, life, tids: []
      }))
    }))
  })

  it("are those that what is shared at the SA names [SQP-EXP-7]", () => {
    const waiting = (of: Names) =>
      ({ function: of.fn, guestTid: tid(1), address: to(of), record: record(of, 1), remaining: 1 })
    const subscribing = (of: Names) =>
      ({ function: of.fn, guestTid: tid(1), address: to(of), inform: inform(of, 1), remaining: 1 })
    expectRenamed(stateRenamed, (a, b) => withOnly({
      groups: [a, b].map((of, n) => ({
        mgid: of.gid, held: 1, record: n === 0 ? null : record(of, 1), rejoin: false, lastOf: of.fn,
        members: ofFunctions(
          { function: a.fn, bits: 1, provisional: 0, guid: a.guid },
          { function: b.fn, bits: 4, provisional: 0, guid: b.guid }
        ),
        transaction: n === 0 ? null : {
          ...request, kind: "join" as const, cause: "join" as const, record: record(of, 1),
          request: waiting(b)
        },
        waiting: [waiting(b), waiting(a)]
      })),
      subscriptions: [b, a].map((of, n) => ({
        filter: filterOf(of), subscribers: n === 0 ? [a.fn] : [A.fn, B.fn], own: false, held: true,
        again: false,
        transaction: n === 0 ? null : { ...request, kind: "subscribe" as const, cause: "subscribe" as const, request: subscribing(a) },
        waiting: [subscribing(b), subscribing(a)]
      })),
      registrations: ofFunctions(...[a, b, a].map((of, n) => ({
        function: of.fn, rid: { serviceId: `${n}`.padStart(16, "0"), gid: of.gid, pkey: 1 }, lease: null,
        deletion: null
      }))),
      givenUp: [
        { wireTid: request.wireTid, asked: { _tag: "join", mgid: a.gid }, sentTo: SM_LID, former: false, life },
        { wireTid: request.wireTid, asked: { _tag: "subscribe", filter: filterOf(b) }, sentTo: SM_LID, former: false, life }
      ],
      reports: [[a.fn], [A.fn, B.fn]].map((handedTo) =>
        ({ tid: tid(1), handedTid: request.wireTid, handedTo, former: false, life }))
    }))
  })
})

describe("renamings of functions that are alike", () => {
  const recall = new Recall()
  const functionsOf = (count: number) => Array.from({ length: count }, (_, n) => FunctionId(n))

  it("are all permutations, but of more than five functions only of the first five [SQP-EXP-7]", () => {
    const begin = initial(small({ functions: 7 }))
    const count = (...alike: ReadonlyArray<ReadonlyArray<number>>) =>
      renamingsOf(begin, alike.map((of) => of.map(FunctionId)), recall).length
    expect([count(), count([1]), count([1, 2]), count([1, 2], [4, 5]), count([1, 2, 3])]).toEqual([0, 0, 1, 3, 5])
    const six = renamingsOf(begin, [functionsOf(7).slice(1)], recall)
    expect(six).toHaveLength(119)
    expect(six.every(({ functions }) => functions[6] === 6)).toBe(true)
  })

  it("say which node, slot and QP of a tunnel comes in the place of which [SQP-EXP-7]", () => {
    const begin = after(initial(small({ guids: [guid(0), NO_GUID, guid(2)] })), { _tag: "Start" })
    const [by] = renamingsOf(begin, [[1, 2].map(FunctionId)], recall)
    const [zero, one, two] = begin.functions
    const [node0, node1, node2] = begin.config.nodeGuids
    expect(by?.functions).toEqual([0, 2, 1])
    expect([...(by?.guids ?? [])]).toEqual([[node0, node0], [guid(0), guid(0)], [node1, node2], [node2, node1], [guid(2), NO_GUID]])
    const pairs = (of: typeof zero) => of?.tunnels?.flatMap(({ proxyQpn, tunnelQpn }) => [proxyQpn, tunnelQpn]) ?? []
    expect([...(by?.qpns ?? [])]).toEqual([
      ...pairs(zero).map((qpn) => [qpn, qpn]), ...pairs(one).map((qpn, n) => [qpn, pairs(two)[n]]),
      ...pairs(two).map((qpn, n) => [qpn, pairs(one)[n]])
    ])
    expect(by?.payload("as it is")).toBe("as it is")
    expect(by?.one({ a: 1 })).toBe(by?.one({ a: 1 }))
  })

  it("say nothing of the tunnels of a function in whose place comes one without [SQP-EXP-7]", () => {
    const begin = after(initial(small({ attached: [true, true, false] })), { _tag: "Start" })
    const [by] = renamingsOf(begin, [[1, 2].map(FunctionId)], recall)
    expect(by?.qpns.size).toBe(4)
  })
})
