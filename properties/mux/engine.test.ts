/** A PF context from outside: what its calls make leave at once, its end, and which requests it takes for what. */
import { describe, expect, it } from "vitest"
import type { MuxConfig } from "../../impl/mux/config.ts"
import { Mux } from "../../impl/mux/engine.ts"
import { Doorbell } from "../../impl/ring/doorbell.ts"
import { SLOT_BYTES, SLOT_GRH_BYTE } from "../../impl/ring/slot.ts"
import { hexToBytes } from "../../impl/wire/hex.ts"
import { MASK, membership } from "../mads.ts"
import { localId, rep, req, toPeer } from "./cm-fixture.ts"
import { Bench, gidOf, guidOf, hex, makeMad, type Message, muxConfig, PEER_GID, PEER_LID, type Seen, SM_LID } from "./fixture.ts"

const MEMBER = MASK.MGID | MASK.PORT_GID | MASK.JOIN_STATE
const mgidOf = (n: number): string => `ff12401bffff000000000000000000${n.toString(16).padStart(2, "0")}`
const change = (f: number, method: number, n: number, mask = MEMBER, joinState = 1): Message => ({
  lid: SM_LID,
  remoteQpn: 1,
  mad: hexToBytes(membership({
    method, tid: `00000000000000${n.toString(16).padStart(2, "0")}`, mask, mgid: mgidOf(n), portGid: gidOf(f),
    joinState, pkey: 0xffff, proxyJoin: false
  }))
})
const methods = (seen: ReadonlyArray<Seen>): ReadonlyArray<number> => seen.map(({ mad }) => mad[3] ?? 0)
/** The SM answers what left. */
const answer = (bench: Bench, { mad }: Seen): void => {
  const reply = mad.slice()
  reply[3] = mad[3] === 0x15 ? 0x95 : 0x81
  // The P_Key of the group, which the request did not name.
  reply.set([0xff, 0xff], 96)
  bench.arrive(1, { mad: reply, lid: SM_LID, remoteQpn: 1 })
}
/** Function 1 is in groups 1 to `count`, in each with these bits. */
const joined = (count = 1, config: Partial<MuxConfig> = {}, joinState = 1): Bench => {
  const bench = new Bench(config)
  for (let n = 1; n <= count; n++) {
    bench.send(1, 1, change(1, 0x02, n, MEMBER, joinState))
    for (const seen of bench.wire()) answer(bench, seen)
    expect(bench.got(1)).toHaveLength(1)
  }
  return bench
}

it("who loses its bits in a group, because the SA refuses the re-join, hears that it must join again [SQP-MC-18]", () => {
  const bench = joined()
  bench.mux.portEvent({ _tag: "reregister" })
  for (const f of [1, 2]) expect(bench.mux.takeEvents(f)).toEqual(["reregister"])
  const [again] = bench.wire()
  again!.mad.set([2, 0], 4)
  answer(bench, again!)
  bench.settle()
  expect([1, 2].map((f) => bench.mux.takeEvents(f))).toEqual([["reregister"], []])
})

describe("what a call makes leave", () => {
  const calls: ReadonlyArray<readonly [string, number, (bench: Bench) => void]> = [
    ["detach", 0x15, ({ mux }) => mux.detach(1)],
    ["reset", 0x15, ({ mux }) => mux.reset(1)],
    ["stop", 0x15, ({ mux }) => mux.stop()],
    ["setPkeyMap", 0x15, ({ mux }) => mux.setPkeyMap(1, [2])],
    ["portEvent", 0x02, ({ mux }) => mux.portEvent({ _tag: "reregister" })]
  ]
  it.each(calls)("by %s is in the ring to the wire before the next poll [SQP-LIFE-3]", (_, method, call) => {
    const bench = joined()
    call(bench)
    expect(methods(bench.take())).toEqual([method])
  })

  it("by start, attach and setAdminGuid is in the ring to the wire before the next poll, too [SQP-GUID-1]", () => {
    const config = { guids: [guidOf(0), "0".repeat(16)], adminGuids: [null, "00000000000000aa"] }
    const bench = new Bench(config, [])
    expect(bench.take()).toEqual([])
    bench.mux.attach(1)
    expect(methods(bench.take())).toEqual([2])
    const started = new Mux(muxConfig(config))
    started.attach(1)
    expect(started.wire.outgoing[1].readable(9)).toBe(0)
    started.start()
    expect(started.wire.outgoing[1].readable(9)).toBe(1)
    const asked = new Bench({ guids: [guidOf(0)] }, [1])
    expect(asked.mux.setAdminGuid(1, "00000000000000aa")).toBe(true)
    expect(methods(asked.take())).toEqual([2])
  })

  it("is in the ring to the wire after a poll of nothing, as what is repeated is [SQP-MC-3]", () => {
    const bench = new Bench()
    bench.send(1, 1, change(1, 0x02, 1))
    expect(bench.wire()).toHaveLength(1)
    bench.now += muxConfig().timing.saTimeout
    expect(bench.mux.poll(0, bench.now)).toBe(0)
    expect(methods(bench.take())).toEqual([2])
  })
})

describe("the next incarnation of a function", () => {
  const ping = (tid: string): Message => ({
    mad: makeMad({ class: 0x32, method: 1, tid }, { 37: "001405" }), lid: PEER_LID, grh: { dgid: gidOf(1), sgid: PEER_GID }
  })

  it("finds nothing in its rings, hears nothing, and may answer nothing of the former one's [SQP-LIFE-1]", () => {
    for (const end of [(bench: Bench) => bench.mux.reset(1), ({ mux }: Bench) => {
      mux.detach(1)
      mux.attach(1)
    }]) {
      const bench = new Bench()
      for (const tid of ["0000000000000001", "0000000000000002"]) bench.arrive(1, ping(tid))
      bench.settle()
      bench.mux.portEvent({ _tag: "link", up: false })
      end(bench)
      expect([bench.got(1), bench.mux.takeEvents(1)]).toEqual([[], []])
      bench.send(1, 1, { ...ping("0000000000000001"), mad: makeMad({ class: 0x32, method: 0x81 }, { 37: "001405" }), remoteQpn: 1 })
      expect([bench.wire(), bench.drops(1)]).toEqual([[], { "response-undelivered": 1 }])
    }
  })

  it("has nothing sent that was posted before it was attached [SQP-LIFE-1]", () => {
    const bench = new Bench({}, [])
    bench.send(1, 1, { mad: makeMad({ class: 3, method: 1, attribute: 0x35 }), sourceQpn: 5 })
    bench.mux.attach(1)
    expect([bench.wire(), bench.drops(1)]).toEqual([[], { "not-attached": 1 }])
  })

  it("has QPNs that nothing else has, whoever was ended that was not there [SQP-QP-2]", () => {
    const { mux } = new Bench({}, [1])
    expect([mux.isStopped, new Mux(muxConfig()).isStopped, new Mux(muxConfig()).nextDueMs()]).toEqual([false, true, null])
    mux.detach(2)
    mux.stop()
    mux.stop()
    mux.start()
    for (const f of [1, 2, 3]) mux.attach(f)
    const qpns = [0, 1, 2, 3].flatMap((f) => mux.tunnels(f)?.flatMap(({ proxyQpn, tunnelQpn }) => [proxyQpn, tunnelQpn]) ?? [])
    expect(new Set(qpns).size).toBe(16)
    expect(qpns.every((qpn) => qpn > 1)).toBe(true)
  })
})

describe("what is past its life", () => {
  /** Something is remembered of function 1, its life passes, and so much time that 32 bits of milliseconds do not tell. */
  const longAfter = (remember: (bench: Bench) => void): Bench => {
    const bench = new Bench()
    remember(bench)
    for (let polls = 0; polls < 4; polls++) bench.advance(100_000)
    for (let halves = 0; halves < 3; halves++) bench.now += 2 ** 30
    bench.settle()
    return bench
  }
  const perf = makeMad({ class: 4, method: 1, tid: "0000000000000042" })

  it("is gone for good, however long nobody asks for it: requests, their answers, and exchanges [SQP-TID-5]", () => {
    let asked = new Uint8Array()
    const answered = longAfter((bench) => {
      bench.send(1, 1, { mad: perf, lid: PEER_LID, remoteQpn: 1 })
      asked = bench.wire()[0]!.mad.slice()
    })
    asked[3] = 0x81
    answered.arrive(1, { mad: asked, lid: PEER_LID, remoteQpn: 1 })
    expect(answered.got(1)).toEqual([])

    const delivered = longAfter((bench) => {
      bench.arrive(1, {
        mad: makeMad({ class: 0x32, method: 1 }, { 37: "001405" }), lid: PEER_LID, remoteQpn: 1,
        grh: { dgid: gidOf(1), sgid: PEER_GID }
      })
      expect(bench.got(1)).toHaveLength(1)
    })
    delivered.send(1, 1, { mad: makeMad({ class: 0x32, method: 0x81 }, { 37: "001405" }), lid: PEER_LID, remoteQpn: 1 })
    expect([delivered.wire(), delivered.drops(1)]).toEqual([[], { "response-undelivered": 1 }])

    let wire = 0
    const opened = longAfter((bench) => {
      bench.send(1, 1, toPeer(req(7)))
      wire = localId(bench.wire()[0]!.mad)
    })
    opened.arrive(1, toPeer(rep(9, wire)))
    expect([opened.got(1), opened.drops(null)]).toEqual([[], { "cm-unknown": 1 }])
  })

  it("is gone for good, however long nobody asks for it: places that were learnt [SQP-TID-12]", () => {
    const place = { mad: perf, lid: PEER_LID, remoteQpn: 77 }
    const learn = (bench: Bench): void => {
      bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, attribute: 1 }), lid: PEER_LID, remoteQpn: 1 })
      const reply = bench.wire()[0]!.mad.slice()
      reply[3] = 0x81
      // RedirectLID and RedirectQP of the ClassPortInfo, which is at byte 64 of a PerfMgt MAD.
      const view = new DataView(reply.buffer)
      view.setUint16(64 + 28, PEER_LID)
      view.setUint32(64 + 32, 77)
      bench.arrive(1, { mad: reply, lid: PEER_LID, remoteQpn: 1 })
      expect(bench.got(1)).toHaveLength(1)
    }
    const fresh = new Bench()
    learn(fresh)
    fresh.send(1, 1, place)
    expect(fresh.wire()).toHaveLength(1)
    const bench = longAfter(learn)
    bench.send(1, 1, place)
    expect([bench.wire(), bench.drops(1)]).toEqual([[], { "remote-qpn": 1 }])
  })
})

describe("time that passes", () => {
  it("while nothing is due changes nothing in the memory that all share: only functions there are are looked at [SQP-TID-5]", () => {
    const { mux } = new Bench()
    const before = mux.region.words.slice()
    for (let now = 1_000_001; now < 1_000_030; now++) mux.poll(9, now)
    expect(mux.region.words.findIndex((word, i) => word !== before[i])).toBe(-1)
  })
})

it("a PF context that was stopped while the SA was asked for a GUID, and is started for nobody, is due never [SQP-LIFE-3]", () => {
  const bench = new Bench({ adminGuids: [null, guidOf(9)] }, [1])
  expect([bench.mux.isWithSa, bench.mux.nextDueMs()]).toEqual([true, bench.now + 1000])
  bench.mux.stop()
  bench.mux.detach(1)
  bench.mux.start()
  expect([bench.mux.isWithSa, bench.mux.nextDueMs()]).toEqual([false, null])
})

describe("a stop that meets a full ring", () => {
  /** Stopped in the middle, with leaves that did not fit. */
  const stopping = () => {
    const bench = joined(8, { wireSlots: 4 })
    bench.mux.stop()
    return { bench, left: methods(bench.take()).length }
  }

  it("goes on in the following polls until every group is left [SQP-LIFE-3]", () => {
    const { bench, left } = stopping()
    let count = left
    expect([bench.mux.isStopped, bench.mux.nextDueMs()]).toEqual([false, bench.now])
    expect(left).toBeLessThan(8)
    for (let polls = 0; polls < 8 && !bench.mux.isStopped; polls++) {
      bench.mux.poll(1, bench.now)
      const seen = methods(bench.take())
      expect(seen.every((method) => method === 0x15)).toBe(true)
      count += seen.length
    }
    expect([count, bench.mux.isStopped, bench.mux.nextDueMs()]).toEqual([8, true, null])
  })

  it("joins nothing again, whatever happens to the port or its P_Keys meanwhile [SQP-LIFE-3]", () => {
    const { bench, left } = stopping()
    bench.mux.portEvent({ _tag: "reregister" })
    bench.mux.portEvent({ _tag: "sm", smLid: 2, smSl: 0 })
    bench.mux.setPkeyMap(1, [2])
    const seen = [...methods(bench.take())]
    for (let polls = 0; polls < 8; polls++) {
      bench.mux.poll(1, bench.now)
      seen.push(...methods(bench.take()))
    }
    expect(seen).toEqual(Array.from({ length: 8 - left }, () => 0x15))
    expect(bench.mux.isStopped).toBe(true)
  })

  it("answers nobody any more: who loses a P_Key meanwhile was told nothing when its join was dropped [SQP-LIFE-3]", () => {
    const bench = joined(8, { wireSlots: 4 })
    bench.send(2, 1, change(2, 0x02, 9, MEMBER | MASK.PKEY))
    expect(bench.wire()).toHaveLength(1)
    bench.mux.stop()
    bench.mux.setPkeyMap(2, [])
    for (let polls = 0; polls < 8; polls++) {
      bench.mux.poll(1, bench.now)
      bench.take()
    }
    expect([bench.mux.isStopped, bench.mux.counters(2).answered]).toEqual([true, 0])
    expect(bench.drops(2)).toEqual({ "function-gone": 1 })
  })

  it("and a start before all is left: nobody is in a group that it did not join since, and the SA hears of all [SQP-LIFE-1, SQP-LIFE-3]", () => {
    const { bench, left } = stopping()
    bench.mux.start()
    expect(bench.mux.tables().filter(({ table }) => table === "memberships")).toEqual([])
    const seen = methods([...bench.wire(), ...bench.wire()])
    expect([seen.every((method) => method === 0x15), left + seen.length]).toEqual([true, 8])
  })

  it("and then loses the SM and is started asks nobody for what the former SM refuses to leave at once [SQP-MC-11]", () => {
    const bench = joined(8, { wireSlots: 4 }, 3)
    bench.mux.stop()
    expect([bench.mux.isStopped, methods(bench.take())]).toEqual([false, [0x15, 0x15, 0x15, 0x15]])
    bench.mux.portEvent({ _tag: "sm", smLid: null, smSl: 0 })
    bench.mux.start()
    const refused = bench.wire()
    expect(refused.map(({ lid, mad }) => [lid, mad[3], mad[104]])).toEqual([[SM_LID, 0x15, 3]])
    for (const seen of refused) {
      // Status 0x0200.
      seen.mad[4] = 0x02
      answer(bench, seen)
    }
    expect(bench.wire()).toEqual([])
    bench.advance(10_000)
    expect(bench.wire().filter(({ lid }) => lid !== SM_LID)).toEqual([])
  })
})

describe("a request that only looks like one of an area's", () => {
  /** What of a request leaves: its method and attribute. */
  const leaves = (bench: Bench, f: number, mad: Uint8Array): string | undefined => {
    bench.send(f, 1, { mad, lid: mad[1] === 3 ? SM_LID : PEER_LID, remoteQpn: 1 })
    const [seen] = bench.wire()
    return seen && `${seen.mad[1]} ${seen.mad[3]} ${hex(seen.mad.slice(16, 18))}`
  }
  const all = { classes: [{ mgmtClass: 4, allow: "all" as const }], saAttributes: [{ attributeId: 0x30, allow: "all" as const }] }

  it.each([0x03, 0x30, 0x31, 0x38])("because attribute %i of another class has its number, leaves as it is [SQP-CLS-5]", (attribute) => {
    for (const f of [0, 1]) {
      for (const method of [1, 2]) {
        const bench = new Bench({ policy: all, limits: { ...muxConfig().limits, services: 0, groups: 0, subscriptions: 0 } })
        const mad = makeMad({ class: 4, method, attribute })
        expect(leaves(bench, f, mad)).toBe(`4 ${method} ${attribute.toString(16).padStart(4, "0")}`)
      }
    }
  })

  it("because of its attribute, but does not change anything, leaves as it is [SQP-CLS-6]", () => {
    const bench = new Bench({ policy: all, limits: { ...muxConfig().limits, services: 0 } })
    expect(leaves(bench, 0, makeMad({ class: 3, method: 1, attribute: 0x03 }))).toBe("3 1 0003")
    for (const attribute of [0x30, 0x31]) {
      expect(leaves(bench, 1, makeMad({ class: 3, method: 1, attribute }))).toBe(`3 1 00${attribute.toString(16)}`)
    }
  })

  it("because it changes GUIDs or services, but is the PF's, leaves as it is [SQP-GUID-1]", () => {
    const bench = new Bench({ policy: all, limits: { ...muxConfig().limits, services: 0 } })
    for (const attribute of [0x30, 0x31]) {
      for (const method of [2, 0x15]) {
        expect(leaves(bench, 0, makeMad({ class: 3, method, attribute }))).toBe(`3 ${method} 00${attribute.toString(16)}`)
      }
    }
  })

  it("because it is a Send with an attribute of the CM, but of another class, leaves under a TID of its own [SQP-TID-1]", () => {
    const bench = new Bench()
    bench.send(0, 1, { mad: makeMad({ class: 4, method: 3, attribute: 0x10, tid: "00000000000000c1" }), lid: PEER_LID })
    const [seen] = bench.wire()
    expect([seen?.mad[1], seen?.mad[3]]).toEqual([4, 3])
    bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid: hex(seen!.mad.slice(8, 16)) }), lid: PEER_LID })
    expect(bench.got(0).map(({ mad }) => hex(mad.slice(8, 16)))).toEqual(["00000000000000c1"])
  })

  it("is refused on QP0 to another QPN, whatever place was learnt [SQP-CLS-7]", () => {
    const bench = new Bench()
    bench.send(0, 0, { mad: makeMad({ class: 1, method: 1, attribute: 0x11 }), lid: PEER_LID, remoteQpn: 5 })
    expect([bench.wire(0), bench.drops(0)]).toEqual([[], { "remote-qpn": 1 }])
  })
})

describe("a MAD that leaves", () => {
  it("has the constants of a GRH whatever its function wrote there [SQP-GUID-1]", () => {
    const bench = new Bench()
    const grh = { dgid: PEER_GID, hopLimit: 9, flowLabel: 0xabcde, trafficClass: 0x5a }
    const ring = bench.mux.functionEgress(1, 1)
    const slot = ring.slot(0)
    bench.send(1, 1, { mad: makeMad({ class: 3, method: 1, attribute: 0x35 }), grh })
    const { bytes } = bench.mux.region
    // IPVer, PayLen and NxtHdr are no function's choice.
    bytes[slot * 4 + 24] = 0xf5
    bytes.fill(0xee, slot * 4 + 28, slot * 4 + 31)
    bench.settle()
    const at = bench.mux.wire.outgoing[1].slot(0) * 4 + 24
    expect(bench.mux.wire.outgoing[1].readable(1)).toBe(1)
    expect(hex(bytes.slice(at, at + 8))).toBe("65aabcde01181b09")
  })
})

describe("a query", () => {
  it("of a function that is not attached is refused [SQP-VIEW-1]", () => {
    const { mux } = new Bench({}, [1])
    expect([0, 1, 2].map((f) => mux.query(f, "NodeInfo", 0)?.length ?? null)).toEqual([64, 64, null])
  })

  it("with a modifier that is no number of 32 bits is refused [SQP-VIEW-1]", () => {
    const { mux } = new Bench()
    expect(mux.query(1, "NodeInfo", 0)).toHaveLength(64)
    // Any number will do for PortInfo.
    for (const modifier of [0, 7, 2 ** 32 - 1]) expect(mux.query(1, "PortInfo", modifier)).toHaveLength(64)
    for (const modifier of [-1, 0.5, 2 ** 32, Number.NaN, "0", null] as ReadonlyArray<unknown> as ReadonlyArray<number>) {
      for (const attribute of ["NodeInfo", "PortInfo", "P_KeyTable"]) expect(mux.query(1, attribute, modifier)).toBeNull()
    }
  })
})

describe("the accounting", () => {
  it("is told number by number as it is told in one piece, of each function alone [SQP-ACC-1]", () => {
    const bench = new Bench()
    for (const [f, count] of [[1, 3], [2, 1]] as const) {
      for (let i = 0; i < count; i++) bench.send(f, 1, { mad: makeMad({ class: 4, method: 1 }), lid: PEER_LID })
    }
    bench.settle()
    expect([0, 1, 2, 3].map((f) => bench.mux.received(f))).toEqual([0, 3, 1, 0])
    expect([0, 1, 2, 3].map((f) => bench.mux.counters(f).received)).toEqual([0, 3, 1, 0])
  })

  it("says how many joins of a function are with the SA, until each is answered [SQP-ACC-1]", () => {
    const bench = new Bench()
    for (const n of [1, 2, 3]) bench.send(1, 1, change(1, 0x02, n))
    bench.send(2, 1, change(2, 0x02, 4))
    const seen = bench.wire()
    const waiting = (): ReadonlyArray<number> => [1, 2].map((f) => bench.mux.counters(f).waiting)
    expect(waiting()).toEqual([3, 1])
    for (const [i, each] of seen.entries()) {
      answer(bench, each)
      bench.settle()
      expect(waiting()).toEqual([[2, 1], [1, 1], [0, 1], [0, 0]][i])
    }
  })
})

describe("a MAD that the PF context makes", () => {
  const GRH_BYTES = 40
  it("for a function bears nothing of what lay in its slot before, nor touches the slot beside it [SQP-LIFE-1]", () => {
    const bench = new Bench({ functionSlots: 2 })
    const ring = bench.mux.functionIngress(1, 1)
    for (let i = 0; i < 2; i++) {
      bench.arrive(1, {
        mad: makeMad({ class: 0x32, method: 1, tid: `000000000000000${i}` }, { 37: "001405" }), lid: PEER_LID,
        grh: { dgid: gidOf(1), sgid: PEER_GID }
      })
    }
    expect(bench.got(1)).toHaveLength(2)
    const before = bench.mux.region.bytes.slice()
    bench.send(1, 1, change(1, 0x02, 1))
    for (const seen of bench.wire()) {
      expect([seen.qp, seen.sourceQpn, seen.grh]).toEqual([1, 1, null])
      answer(bench, seen)
    }
    bench.settle()
    const at = ring.slot(0) * 4
    const beside = ring.slot(1) * 4
    const { bytes } = bench.mux.region
    expect(hex(bytes.slice(at + SLOT_GRH_BYTE, at + SLOT_GRH_BYTE + GRH_BYTES))).toBe("00".repeat(GRH_BYTES))
    expect(bytes.slice(beside, beside + SLOT_BYTES)).toEqual(before.slice(beside, beside + SLOT_BYTES))
    expect(bench.got(1).map(({ grh, qp, sourceQpn }) => [grh, qp, sourceQpn])).toEqual([[null, 1, 0]])
  })
})

describe("a thread that took the rings of a function", () => {
  it("may sleep: its doorbell is rung when something comes for it, and was not before [SQP-RING-3]", () => {
    const woken = (takes: boolean): string => {
      const bench = new Bench()
      const { doorbell } = (takes ? bench : new Bench()).mux.functionRings(1)
      const bell = new Doorbell(bench.mux.region, doorbell, { polls: 0 })
      let looks = 0
      // The second look is the one after the flag went up: then something comes, and nobody sleeps.
      const pending = (): boolean => {
        looks += 1
        if (looks === 1) {
          bench.arrive(1, {
            mad: makeMad({ class: 0x32, method: 1 }, { 37: "001405" }), lid: PEER_LID, grh: { dgid: gidOf(1), sgid: PEER_GID }
          })
          bench.settle()
        }
        return false
      }
      return bell.wait({ pending }, 1)
    }
    expect([woken(true), woken(false)]).toEqual(["woken", "timed-out"])
  })
})
