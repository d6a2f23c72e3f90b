/** Floods: whatever one function or the wire sends without end, the others lose nothing and wait for little. By counts. */
import { describe, expect, it } from "vitest"
import { CM, message, req } from "./cm-fixture.ts"
import {
  Bench, gidOf, makeMad, type Message, OWN_LID, PEER_GID, PEER_LID, type Seen, SM_LID, tidOf
} from "./fixture.ts"

const QUANTUM = 8
const FLOODER = 1
const VICTIM = 2
const LIMITS = { tids: 32, cm: 8, groups: 4, pending: 4, services: 4, inbound: 16 }

const hexTid = (n: number): string => n.toString(16).padStart(16, "0")
const mgidOf = (n: number): string => `ff12401bffff0000${n.toString(16).padStart(16, "0")}`

/** Set or Delete of MCMemberRecord for a group by number. */
const membership = (f: number, method: number, group: number, tid: number): Uint8Array =>
  makeMad({ class: 3, method, attribute: 0x38, tid: hexTid(tid) }, {
    48: "0000000000010003", 56: mgidOf(group), 72: gidOf(f), 104: { u8: 0x21 }
  })

/** The n-th MAD of each kind of flood that a function's software can make. */
const floods: ReadonlyArray<readonly [what: string, qp: 0 | 1, mad: (n: number) => Message]> = [
  ["SA requests", 1, (n) => ({ mad: makeMad({ class: 3, method: 1, attribute: 0x35, tid: hexTid(n) }) })],
  ["PerfMgt requests", 1, (n) => ({ mad: makeMad({ class: 4, method: 1, tid: hexTid(n) }), lid: PEER_LID })],
  ["one request again and again", 1, () => ({ mad: makeMad({ class: 4, method: 1, tid: hexTid(1) }), lid: PEER_LID })],
  ["vendor requests", 1, (n) => ({ mad: makeMad({ class: 0x32, method: 1, tid: hexTid(n) }, { 36: "00001405" }), lid: PEER_LID })],
  ["refused Sets", 1, (n) => ({ mad: makeMad({ class: 4, method: 2, tid: hexTid(n) }), lid: PEER_LID })],
  ["refused SA requests", 1, (n) => ({ mad: makeMad({ class: 3, method: 2, attribute: 0x31, tid: hexTid(n) }) })],
  ["joins of ever new groups", 1, (n) => ({ mad: membership(FLOODER, 2, n, n) })],
  ["leaves of groups it is not in", 1, (n) => ({ mad: membership(FLOODER, 0x15, n, n) })],
  ["joins that are invalid", 1, (n) => ({ mad: membership(VICTIM, 2, n, n) })],
  ["CM REQs", 1, (n) => ({ mad: req(n + 1, { tid: hexTid(n), gid: PEER_GID, localLid: OWN_LID, remoteLid: PEER_LID }), lid: PEER_LID })],
  ["CM DREQs of nothing", 1, (n) => ({ mad: message("DREQ", n + 1, n), lid: PEER_LID })],
  ["responses nobody asked for", 1, (n) => ({ mad: makeMad({ class: 3, method: 0x81, attribute: 0x35, tid: hexTid(n) }) })],
  ["SMPs on QP0", 0, (n) => ({ mad: makeMad({ class: 1, method: 1, attribute: 0x15, tid: hexTid(n) }) })],
  ["MADs that are too short", 1, () => ({ mad: makeMad({ class: 4, method: 1 }), lengthBytes: 24 })],
  ["MADs from another's QP", 1, (n) => ({ mad: makeMad({ class: 4, method: 1, tid: hexTid(n) }), sourceQpn: 77 })],
  ["P_Key indices beyond its table", 1, (n) => ({ mad: makeMad({ class: 4, method: 1, tid: hexTid(n) }), pkeyIndex: 200 })]
]

/** Function f's rings are full, always: it never waits. */
const fill = (bench: Bench, qp: 0 | 1, mad: (n: number) => Message, from: number): number => {
  let n = from
  while (bench.send(FLOODER, qp, mad(n))) n += 1
  return n
}

const request = (tid: number): Message => ({ mad: makeMad({ class: 3, method: 1, attribute: 0x35, tid: hexTid(tid) }) })

/** What leaves and what functions get now; a driver that floods does not read. */
const taken = (bench: Bench): { wire: ReadonlyArray<Seen>; victim: ReadonlyArray<Seen> } =>
  ({ wire: bench.take(1), victim: bench.takeOf(VICTIM) })

const isRequestOfVictim = (seen: Seen): boolean => seen.mad[3] === 1 && seen.mad[255] === 0x77
const marked = (message: Message): Message => {
  message.mad[255] = 0x77
  return message
}

describe.each(floods)("a function that floods with %s", (_, qp, mad) => {
  it("delays another's MAD by at most a round, and costs it nothing, ring full or not [SQP-FAIR-1]", () => {
    const bench = new Bench({ quantum: QUANTUM, limits: LIMITS, functionSlots: 64, wireSlots: 64 })
    let n = 0
    let answered = 0
    for (let turn = 1; turn <= 200; turn++) {
      n = fill(bench, qp, mad, n)
      expect(bench.send(VICTIM, 1, marked(request(turn)))).toBe(true)
      const before = bench.mux.counters(FLOODER).received
      let wire: ReadonlyArray<Seen> = []
      for (let polls = 0; !wire.some(isRequestOfVictim) && polls < 4; polls++) {
        bench.mux.poll(QUANTUM, bench.now)
        wire = taken(bench).wire
      }
      const own = wire.find(isRequestOfVictim)
      expect(own, `turn ${turn}`).toBeDefined()
      // What is left of a turn in progress, and one turn more.
      expect(bench.mux.counters(FLOODER).received - before).toBeLessThanOrEqual(2 * QUANTUM)
      if (own === undefined) return
      const answer = new Uint8Array(own.mad)
      answer[3] = 0x81
      expect(bench.arrive(1, { mad: answer, lid: SM_LID, remoteQpn: 1 })).toBe(true)
      bench.mux.poll(2 * QUANTUM, bench.now)
      const got = taken(bench).victim
      expect(got.map((seen) => tidOf(seen.mad))).toEqual([hexTid(turn)])
      answered += got.length
      bench.now += 1
    }
    expect(answered).toBe(200)
    expect(bench.mux.counters(VICTIM)).toMatchObject({ received: 200, forwarded: 200, answered: 0, delivered: 200 })
    expect(sum(bench.mux.counters(VICTIM).dropped) + sum(bench.mux.counters(VICTIM).ingressDropped)).toBe(0)
    expect(bench.mux.counters(FLOODER).received).toBeGreaterThan(400)
  })

  it("keeps its books: every MAD of it has one end [SQP-ACC-1]", () => {
    const bench = new Bench({ quantum: QUANTUM, limits: LIMITS })
    let n = 0
    for (let turn = 0; turn < 20; turn++) {
      n = fill(bench, qp, mad, n)
      bench.mux.poll(100, bench.now)
      bench.take(1)
      bench.now += 100
      const { answered, dropped, forwarded, received, waiting } = bench.mux.counters(FLOODER)
      expect(forwarded + answered + waiting + sum(dropped)).toBe(received)
    }
  })
})

/** The n-th MAD of each kind of flood from the wire, and whom it is meant for. */
const inbound: ReadonlyArray<readonly [what: string, mad: (n: number) => Message]> = [
  ["requests for one function", (n) => ({
    mad: makeMad({ class: 0x32, method: 1, tid: hexTid(n) }, { 36: "00001405" }), lid: PEER_LID, remoteQpn: 1,
    grh: { sgid: PEER_GID, dgid: gidOf(FLOODER) }
  })],
  ["CM REQs for one function", (n) => ({
    mad: req(n + 1, { tid: hexTid(n), gid: gidOf(FLOODER) }), lid: PEER_LID, remoteQpn: 1
  })],
  ["REQs for unknown GIDs", (n) => ({
    mad: req(n + 1, { tid: hexTid(n), gid: `fe80000000000000${hexTid(n + 0x9999)}` }), lid: PEER_LID, remoteQpn: 1
  })],
  ["DREQs of nothing", (n) => ({ mad: message("DREQ", n + 1, n), lid: PEER_LID, remoteQpn: 1 })],
  ["responses nobody asked for", (n) => ({
    mad: makeMad({ class: 3, method: 0x81, attribute: 0x35, tid: hexTid(n) }), lid: SM_LID, remoteQpn: 1
  })],
  ["MADs for the PF", (n) => ({ mad: makeMad({ class: 4, method: 1, tid: hexTid(n) }), lid: PEER_LID, remoteQpn: 1 })]
]

describe.each(inbound)("a wire that floods with %s", (_, mad) => {
  it("costs no other function a MAD in either direction [SQP-FAIR-1, SQP-FAIR-4]", () => {
    const bench = new Bench({ quantum: QUANTUM, limits: LIMITS, functionSlots: 16, wireSlots: 64 })
    let n = 0
    for (let turn = 1; turn <= 100; turn++) {
      // The ring from the wire has room for one answer; the rest is the flood's.
      for (let i = 0; i < 20 && bench.arrive(1, mad(n)); i++) n += 1
      expect(bench.send(VICTIM, 1, marked(request(turn)))).toBe(true)
      bench.mux.poll(64, bench.now)
      const own = bench.take(1).find(isRequestOfVictim)
      expect(own, `turn ${turn}`).toBeDefined()
      if (own === undefined) return
      const answer = new Uint8Array(own.mad)
      answer[3] = 0x81
      expect(bench.arrive(1, { mad: answer, lid: SM_LID, remoteQpn: 1 })).toBe(true)
      expect(bench.arrive(1, {
        mad: makeMad({ class: 0x32, method: 1, tid: hexTid(turn) }, { 36: "00001405" }), lid: PEER_LID + 1, remoteQpn: 1,
        grh: { sgid: PEER_GID, dgid: gidOf(VICTIM) }
      })).toBe(true)
      bench.mux.poll(64, bench.now)
      expect(bench.takeOf(VICTIM)).toHaveLength(2)
      bench.now += 100
    }
    const { ingressDropped, delivered, dropped } = bench.mux.counters(VICTIM)
    expect([delivered, sum(dropped), sum(ingressDropped)]).toEqual([200, 0, 0])
    const nobody = bench.mux.counters(null)
    const charged = [0, 1, 2, 3].map((f) => sum(bench.mux.counters(f).ingressDropped)).reduce((a, b) => a + b)
    expect(nobody.forwarded + nobody.answered + sum(nobody.dropped) + charged).toBe(nobody.received)
  })
})

describe("the PF context's own share", () => {
  it("lets its leaves and answers out though functions filled the ring to the wire [SQP-FAIR-2]", () => {
    const bench = new Bench({ quantum: QUANTUM, limits: { ...LIMITS, tids: 256 }, functionSlots: 64, wireSlots: 64 })
    bench.send(VICTIM, 1, { mad: membership(VICTIM, 2, 1, 1) })
    const [join] = bench.wire()
    const granted = new Uint8Array(join!.mad)
    granted[3] = 0x81
    bench.arrive(1, { mad: granted, lid: SM_LID, remoteQpn: 1 })
    bench.settle()
    for (let n = 0; n < 100; n++) {
      bench.send(FLOODER, 1, { mad: makeMad({ class: 4, method: 1, tid: hexTid(n) }), lid: PEER_LID })
      bench.mux.poll(8, bench.now)
    }
    expect([bench.mux.counters(FLOODER).received, bench.mux.hasWork]).toEqual([60, true])
    bench.arrive(1, { mad: message("DREQ", 5, 6), lid: PEER_LID, remoteQpn: 1 })
    bench.mux.poll(8, bench.now)
    bench.mux.detach(VICTIM)
    bench.mux.poll(8, bench.now)
    const left = bench.take(1)
    expect(left).toHaveLength(62)
    expect(left.slice(60).map(({ mad }) => [mad[1], mad[3], mad[17]])).toEqual([[7, 3, CM.DREP], [3, 0x15, 0x38]])
  })

  it("takes as many MADs of functions as there is credit for, and goes on with more [SQP-FAIR-2]", () => {
    const bench = new Bench({ quantum: QUANTUM, limits: LIMITS })
    bench.mux.credit("wire", 1, 3)
    for (let n = 0; n < 5; n++) bench.send(FLOODER, 1, request(n))
    expect(bench.wire()).toHaveLength(3)
    expect(bench.mux.hasWork).toBe(true)
    bench.mux.credit("wire", 1, 1)
    expect(bench.wire()).toHaveLength(1)
    bench.mux.credit("wire", 1, null)
    expect(bench.wire()).toHaveLength(1)
    expect(bench.drops(FLOODER)).toEqual({})
  })
})

describe("a quota that is changed", () => {
  it("binds its function from then on, and no other; nothing is taken away [SQP-FAIR-6]", () => {
    const bench = new Bench({ quantum: QUANTUM, limits: LIMITS })
    const join = (f: number, group: number): void => {
      bench.send(f, 1, { mad: membership(f, 2, group, group) })
      bench.settle()
    }
    for (const group of [1, 2]) join(FLOODER, group)
    bench.mux.setQuota(FLOODER, { groups: 1 })
    expect(bench.mux.counters(FLOODER).waiting).toBe(2)
    join(FLOODER, 3)
    for (const group of [4, 5]) join(VICTIM, group)
    expect(bench.drops(FLOODER)).toEqual({ "group-quota": 1 })
    expect(bench.drops(VICTIM)).toEqual({})
    expect(() => bench.mux.setQuota(FLOODER, { pending: 99 })).toThrow("limits.pending must be an integer in 0..4, got 99")
    bench.mux.setQuota(FLOODER, { groups: 4 })
    join(FLOODER, 6)
    expect(bench.mux.counters(FLOODER).waiting).toBe(3)
  })
})

describe("a function's share of what the PF context asks of the SA", () => {
  it("is bounded: joins that the SA does not answer keep no other's join back [SQP-FAIR-5]", () => {
    const bench = new Bench({ quantum: QUANTUM, limits: LIMITS })
    for (let n = 1; n <= 500; n++) {
      bench.send(FLOODER, 1, { mad: membership(FLOODER, 2, n, n) })
      bench.advance(40)
      bench.take(1)
    }
    bench.send(VICTIM, 1, { mad: membership(VICTIM, 2, 9999, 1) })
    expect(bench.wire().filter(({ mad }) => mad[3] === 2 && hexOfMgid(mad) === mgidOf(9999))).toHaveLength(1)
  })

  it("is bounded: groups joined and left while the SA answers no leave keep no other's join back [SQP-MC-20, SQP-FAIR-5]", () => {
    const bench = new Bench({ quantum: QUANTUM, limits: LIMITS })
    let joined = 0
    for (let n = 1; n <= 500; n++) {
      bench.send(FLOODER, 1, { mad: membership(FLOODER, 2, n, 2 * n) })
      for (const { mad } of bench.wire()) {
        if (mad[3] !== 2) continue
        const granted = new Uint8Array(mad)
        granted[3] = 0x81
        bench.arrive(1, { mad: granted, lid: SM_LID, remoteQpn: 1 })
        joined += 1
      }
      bench.send(FLOODER, 1, { mad: membership(FLOODER, 0x15, n, 2 * n + 1) })
      bench.settle()
      bench.takeOf(FLOODER)
    }
    expect(joined).toBe(2 * LIMITS.groups)
    expect(bench.drops(FLOODER)).toEqual({ "group-quota": 500 - joined })
    bench.send(VICTIM, 1, { mad: membership(VICTIM, 2, 9999, 1) })
    expect(bench.wire().filter(({ mad }) => mad[3] === 2 && hexOfMgid(mad) === mgidOf(9999))).toHaveLength(1)
  })
})

const hexOfMgid = (mad: Uint8Array): string => Buffer.from(mad.subarray(56, 72)).toString("hex")
const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)
