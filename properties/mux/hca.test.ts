/** An HCA of two ports: what they share and what they do not (spec/cm.md, "Two ports"). */
import { describe, expect, it } from "vitest"
import { defaultLimits, defaultTiming } from "../../impl/mux/config.ts"
import { buildHcaParts } from "../../impl/mux/hca-parts.ts"
import { makeWireIds } from "../../impl/mux/wire-ids.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { Hca } from "../../impl/mux/hca.ts"
import { hexToBytes } from "../../impl/wire/hex.ts"
import { MASK, membership } from "../mads.ts"
import { arrive as got, localId, message, rej, remoteId, rep, req, send as sent, sidr, toPeer } from "./cm-fixture.ts"
import { Bench, gidOf, guidOf, hex, makeMad, muxConfig, PEER_LID, PREFIX, seededRandom32, tidOf } from "./fixture.ts"

const L = 0x1111
const R = 0x2222
const TID = "0123456789abcdef"
const OTHER_TID = "00000000000000aa"
const SECOND_PREFIX = "fec0000000000002"
/** The GUID of function `f` on the second port. */
const secondGuid = (f: number): string => `0000000000000c${f.toString(16).padStart(2, "0")}`
const secondGid = (f: number, prefix = PREFIX): string => prefix + secondGuid(f)

/** Both ports of an HCA, each with hands for its sides. */
const twoPorts = (change: { limits?: Partial<ReturnType<typeof muxConfig>["limits"]>; secondPrefix?: string } = {}) => {
  const config = muxConfig()
  const one = muxConfig({ limits: { ...config.limits, ...change.limits } })
  const two = {
    ...one,
    guids: [0, 1, 2, 3].map(secondGuid),
    port: { ...one.port, lid: 6, subnetPrefix: change.secondPrefix ?? PREFIX }
  }
  const hca = new Hca(one, two)
  const [first, second] = hca.ports.map((mux) => new Bench({}, [1, 2, 3], mux))
  return { hca, first: first!, second: second! }
}
describe("a conversation of an HCA", () => {
  it("goes on by the other port, with the same ids both ways [SQP-CM-17]", () => {
    const { first, second } = twoPorts()
    const asked = sent(first, 1, req(L, { tid: TID }))!
    const wire = localId(asked.mad)
    const answer = got(second, 1, rep(R, wire, tidOf(asked.mad)))!
    expect([remoteId(answer.mad), tidOf(answer.mad)]).toEqual([L, TID])
    expect(localId(sent(second, 1, message("RTU", L, R))!.mad)).toBe(wire)
    expect(remoteId(got(first, 1, message("DREQ", R, wire))!.mad)).toBe(L)
    expect(localId(sent(second, 1, message("DREP", L, R))!.mad)).toBe(wire)
  })

  it("that a peer opens goes on by the other port, too, and its REJ finds it there [SQP-CM-17] [SQP-CM-6]", () => {
    const { first, second } = twoPorts()
    const asking = req(R, { gid: gidOf(1) })
    expect(got(first, 1, asking)).toBeDefined()
    expect(got(second, 1, asking)).toBeDefined()
    const wire = localId(sent(second, 1, rep(L, R))!.mad)
    expect(remoteId(got(first, 1, message("RTU", R, wire))!.mad)).toBe(L)
    expect(got(first, 2, req(R + 1, { gid: gidOf(2) }))).toBeDefined()
    expect(got(second, 2, rej(R + 1, 0, "00000000000a0001"), { lid: PEER_LID })).toBeDefined()
  })

  it("outlives the stop of the port it began on [SQP-CM-17]", () => {
    const { first, second } = twoPorts()
    const wire = localId(sent(first, 1, req(L))!.mad)
    got(first, 1, rep(R, wire))
    first.mux.stop()
    expect(remoteId(got(second, 1, message("DREQ", R, wire))!.mad)).toBe(L)
    expect(localId(sent(second, 1, message("DREP", L, R))!.mad)).toBe(wire)
  })

  it("ends with its function on both ports, and the next incarnation hears nothing of it [SQP-LIFE-1]", () => {
    const { first, hca, second } = twoPorts()
    const wire = localId(sent(first, 1, req(L))!.mad)
    hca.reset(1)
    expect(got(second, 1, rep(R, wire))).toBeUndefined()
    expect(second.drops(null)).toEqual({ "cm-unknown": 1 })
    const next = localId(sent(first, 1, req(L))!.mad)
    hca.stop()
    hca.start()
    for (const id of [wire, next]) {
      second.arrive(1, toPeer(message("DREQ", R, id)))
      expect(second.wire().map(({ mad }) => remoteId(mad))).toEqual([R])
    }
  })

  it("is ended from a GID its REQ named, and from no other, by either port [SQP-CM-15]", () => {
    const { first, second } = twoPorts()
    const far = "fd0000000000000100000000000000ee"
    const ended = (sgid: string): boolean => {
      const asking = req(R, { gid: gidOf(1) })
      asking.set(Buffer.from(far, "hex"), 124)
      got(first, 1, asking)
      const wire = localId(sent(first, 1, rep(L, R))!.mad)
      got(second, 1, message("DREQ", R, wire), { lid: 66, grh: { dgid: gidOf(1), sgid } })
      for (const bench of [first, second]) bench.advance(130_000)
      const isGone = sent(first, 1, message("DREP", L, R)) === undefined
      sent(first, 1, message("DREQ", L, R))
      for (const bench of [first, second]) bench.advance(130_000)
      return isGone
    }
    expect([ended(far), ended(`${far.slice(0, 31)}f`), ended(far)]).toEqual([true, false, true])
  })

  it("with an id that the function uses on both ports is another one on each [SQP-CM-17]", () => {
    const { first, second } = twoPorts()
    const wires = [first, second].map((bench) => localId(sent(bench, 1, req(L, { tid: TID }))!.mad))
    expect(new Set(wires).size).toBe(2)
    expect(localId(sent(second, 1, req(L, { tid: TID }))!.mad)).toBe(wires[1])
    wires.forEach((wire, i) => got(i === 0 ? second : first, 1, rep(R, wire)))
    // The peer called itself R twice: each message is of the conversation of its port.
    expect(localId(sent(first, 1, message("RTU", L, R))!.mad)).toBe(wires[0])
    expect(localId(sent(second, 1, message("RTU", L, R))!.mad)).toBe(wires[1])
  })

  it("that a peer opened with one id on both ports is answered on the port where it was asked for [SQP-CM-17]", () => {
    for (const isSecondNewer of [true, false]) {
      const { first, second } = twoPorts()
      for (const bench of isSecondNewer ? [first, second] : [second, first]) {
        const caGuid = bench === first ? "00000000000b0001" : "00000000000b0002"
        expect(got(bench, 1, req(R, { gid: gidOf(1), caGuid }))).toBeDefined()
      }
      const older = isSecondNewer ? first : second
      const wire = localId(sent(older, 1, rep(L, R))!.mad)
      // The peer that asked on this port is the one to be answered: the REP of the other would be refused.
      const caGuid = isSecondNewer ? "00000000000b0001" : "00000000000b0002"
      expect(remoteId(got(older, 1, rep(R, wire, undefined, caGuid))!.mad)).toBe(L)
    }
  })

  it("of SIDR goes on by the other port, and is told apart by port [SQP-CM-17] [SQP-CM-12]", () => {
    const { first, second } = twoPorts()
    const wires = [first, second].map((bench) => localId(sent(bench, 1, sidr("SIDR_REQ", 7))!.mad))
    expect(new Set(wires).size).toBe(2)
    expect(localId(got(second, 1, sidr("SIDR_REP", wires[0]!))!.mad)).toBe(7)
  })

  it("counts for both ports: the quota of a function is one [SQP-CM-13]", () => {
    const { first, second } = twoPorts({ limits: { cm: 2 } })
    expect(sent(first, 1, req(L))).toBeDefined()
    expect(sent(second, 1, req(L))).toBeDefined()
    expect(sent(first, 1, req(L + 1))).toBeUndefined()
    expect(sent(second, 2, req(L + 1))).toBeDefined()
    expect(first.drops(1)).toEqual({ "cm-quota": 1 })
  })
})

describe("a GID on an HCA", () => {
  it("of the other port leads a REQ to its function, on the port where it arrived [SQP-STEER-6]", () => {
    const { first, second } = twoPorts()
    const asking = req(R, { gid: secondGid(2) })
    expect(hex(got(first, 2, asking)!.mad)).toBe(hex(asking))
    expect(second.got(2)).toEqual([])
    expect(got(first, 2, asking, { grh: { dgid: secondGid(2) } })).toBeDefined()
    expect(got(first, 2, asking, { grh: { dgid: gidOf(1) } })).toBeUndefined()
    expect(first.drops(2)).toEqual({ "steer-conflict": 1 })
  })

  it("is understood under the prefix of the port it is of [SQP-STEER-6]", () => {
    const { first, second } = twoPorts({ secondPrefix: SECOND_PREFIX })
    expect(got(first, 2, req(R, { gid: secondGid(2, SECOND_PREFIX) }))).toBeDefined()
    expect(got(second, 2, req(R, { gid: gidOf(2) }))).toBeDefined()
    first.arrive(1, toPeer(req(R, { gid: `${SECOND_PREFIX}${guidOf(2)}` })))
    expect(first.got(2)).toEqual([])
  })

  it("follows the table of the other port [SQP-STEER-6]", () => {
    const { first, second } = twoPorts()
    const moved = "0000000000000dd2"
    second.mux.portEvent({ _tag: "guidTable", block: 0, guids: [secondGuid(0), secondGuid(1), moved, secondGuid(3)] })
    expect(got(first, 2, req(R, { gid: PREFIX + moved }))).toBeDefined()
    first.arrive(1, toPeer(req(R + 1, { gid: secondGid(2) })))
    expect(first.wire()).toHaveLength(1)
  })

  it("that neither port has is refused with reason 12, by the port where it was asked for [SQP-CM-9]", () => {
    const { first, second } = twoPorts()
    second.arrive(1, toPeer(req(R, { gid: `${PREFIX}0000000000000bad` })))
    expect(second.wire().map(({ mad }) => [remoteId(mad), mad[35]])).toEqual([[R, 12]])
    expect(first.wire()).toEqual([])
  })
})

describe("the ports of an HCA", () => {
  it("draw no QPN twice, and no wire TID that the CM has [SQP-QP-2] [SQP-TID-1]", () => {
    const { first, hca, second } = twoPorts()
    const qpns = hca.ports.flatMap((port) =>
      [0, 1, 2, 3].flatMap((f) => port.tunnels(f)!.flatMap(({ proxyQpn, tunnelQpn }) => [proxyQpn, tunnelQpn])))
    expect(new Set(qpns).size).toBe(32)
    const tids = [first, second].flatMap((bench) => [
      ...Array.from({ length: 8 }, (_, i) => tidOf(sent(bench, 1, req(L + i, { tid: TID }))!.mad)),
      ...Array.from({ length: 8 }, (_, i) =>
        tidOf(sent(bench, 2, makeMad({ class: 4, method: 1, tid: hex(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, i)) }))!.mad))
    ])
    expect(new Set(tids).size).toBe(32)
  })

  it("keep their transactions apart: an answer is taken on the port that was asked by [SQP-TID-3]", () => {
    const { first, second } = twoPorts()
    const asked = sent(first, 1, makeMad({ class: 4, method: 1, tid: OTHER_TID }))!
    const answer = makeMad({ class: 4, method: 0x81, tid: tidOf(asked.mad) })
    expect(got(second, 1, answer)).toBeUndefined()
    expect(tidOf(got(first, 1, answer)!.mad)).toBe(OTHER_TID)
  })

  it("are polled together: the one does not use up what is the other's", () => {
    const { first, hca, second } = twoPorts()
    for (let i = 0; i < 20; i++) first.send(1, 1, toPeer(makeMad({ class: 4, method: 1, tid: OTHER_TID })))
    for (let i = 0; i < 4; i++) second.send(1, 1, toPeer(makeMad({ class: 4, method: 1, tid: OTHER_TID })))
    expect(hca.poll(8, 2_000_000)).toBe(8)
    expect([first.mux.wire.outgoing[1].readable(64), second.mux.wire.outgoing[1].readable(64)]).toEqual([4, 4])
    expect(hca.hasWork).toBe(true)
    expect(hca.poll(64, 2_000_000)).toBe(16)
  })

  it("must be configured alike in what they share [SQP-IN-1]", () => {
    const config = muxConfig()
    expect(() => new Hca(config, { ...config, functions: 3 })).toThrow("functions must be the same on both ports")
    const limits = { ...config.limits, cm: 3 }
    expect(() => new Hca(config, { ...config, limits })).toThrow("limits.cm must be the same on both ports")
  })

  it("must be configured alike in every time and in their services, in whatever order these stand [SQP-IN-1]", () => {
    const services = [{ serviceId: "a".repeat(16), function: 1 }, { serviceId: "b".repeat(16), function: 2 }]
    const one = { ...muxConfig(), services }
    const guids = [0, 1, 2, 3].map(secondGuid)
    const base = { ...defaultTiming, rest: 2 * defaultTiming.rest }
    for (const [name, value] of Object.entries(base)) {
      const timing = { ...base, [name]: value + 1 }
      expect(() => new Hca({ ...one, timing: base }, { ...one, guids, timing }))
        .toThrow(`timing.${name} must be the same on both ports of an HCA`)
    }
    const reversed = services.toReversed().map((each) => ({ ...each, serviceId: each.serviceId.toUpperCase() }))
    expect(() => new Hca(one, { ...one, guids, services: reversed })).not.toThrow()
    expect(() => new Hca(one, { ...one, guids, services: services.slice(1) })).toThrow("services must be the same")
    const other = services.map((each) => ({ ...each, function: 3 - each.function }))
    expect(() => new Hca(one, { ...one, guids, services: other })).toThrow("services must be the same")
  })

  it("have no GUID in common, own or asked of the SA, however it is written [SQP-IN-1]", () => {
    const one = { ...muxConfig(), adminGuids: [null, null, null, "00000000000DDD03"], guids: [0, 1, 2].map(guidOf) }
    const two = (change: object) => ({ ...one, adminGuids: [], guids: [0, 1, 2].map(secondGuid), ...change })
    expect(() => new Hca(one, two({}))).not.toThrow()
    const none = { guids: [guidOf(0), "0".repeat(16)], adminGuids: [null, "0".repeat(16)] }
    expect(() => new Hca({ ...one, ...none }, two({ ...none, guids: [secondGuid(0), "0".repeat(16)] }))).not.toThrow()
    expect(() => new Hca(one, { ...two({}), guids: ["0".repeat(16), "0".repeat(16)], adminGuids: [null, "0".repeat(16)] })).not.toThrow()
    expect(() => new Hca(one, two({ guids: [secondGuid(0), guidOf(2).toUpperCase()] })))
      .toThrow("guids[1] of the second port must be a GUID that the first port does not have as guids[2]")
    expect(() => new Hca(one, two({ adminGuids: [null, null, "00000000000ddd03"] })))
      .toThrow("adminGuids[2] of the second port must be a GUID that the first port does not have as adminGuids[3]")
  })

  it("are two at most, and each is looked at [SQP-IN-1]", () => {
    const config = muxConfig()
    const second = { ...config, guids: [0, 1, 2, 3].map(secondGuid) }
    const three = [config, second, second] as unknown as readonly [typeof config, typeof config]
    expect(() => new Hca(...three)).toThrow("an HCA must be of one port or two, got 3")
    expect(() => new Hca(undefined as unknown as typeof config)).toThrow("the configuration must be an object")
    expect(() => new Hca({ ...config, limits: 1 } as unknown as typeof config, second)).toThrow("limits must be an object")
    expect(() => new Hca(config, { ...second, timing: 1 } as unknown as typeof config)).toThrow("timing must be an object")
    expect(() => new Hca({ ...config, functionSlots: 3 })).toThrow("functionSlots")
    expect(() => new Hca({ ...config, functionSlots: 3 }, second)).toThrow("functionSlots")
    expect(() => new Hca(config, { ...second, functionSlots: 3 })).toThrow("functionSlots")
  })

  it("start, stop, attach, detach and reset together [SQP-LIFE-1]", () => {
    const one = muxConfig()
    const hca = new Hca(one, { ...one, guids: [0, 1, 2, 3].map(secondGuid) })
    const attached = (f: number): ReadonlyArray<boolean> => hca.ports.map((port) => port.tunnels(f) !== null)
    hca.attach(1)
    expect([attached(0), attached(1)]).toEqual([[false, false], [false, false]])
    hca.start()
    expect([attached(0), attached(1), attached(2)]).toEqual([[true, true], [true, true], [false, false]])
    const before = hca.ports.map((port) => port.tunnels(1))
    hca.reset(1)
    expect(attached(1)).toEqual([true, true])
    expect(hca.ports.map((port) => port.takeEvents(1).length)).toEqual(before.map(() => 0))
    hca.detach(1)
    expect(attached(1)).toEqual([false, false])
    expect(() => hca.detach(0)).toThrow("function 0 is not in 1..3")
    hca.ports[1]?.stop()
    expect([hca.isStopped, attached(0)]).toEqual([false, [true, false]])
    hca.stop()
    expect([hca.isStopped, attached(0)]).toEqual([true, [false, false]])
  })

  it("forget the exchanges of a function that is detached [SQP-LIFE-1]", () => {
    const { first, hca, second } = twoPorts()
    const wire = localId(sent(first, 1, req(L))!.mad)
    hca.detach(1)
    hca.attach(1)
    expect(got(second, 1, rep(R, wire))).toBeUndefined()
    expect(second.drops(null)).toEqual({ "cm-unknown": 1 })
  })

  it("may have room for thousands of exchanges each [SQP-CM-13]", () => {
    const one = muxConfig({ limits: defaultLimits })
    expect(() => new Hca(one, { ...one, guids: [0, 1, 2, 3].map(secondGuid) })).not.toThrow()
  })

  it("are served in turn, and say when the next of them is due [SQP-MC-3]", () => {
    const { first, hca, second } = twoPorts()
    expect([hca.nextDueMs(), hca.hasWork]).toEqual([null, false])
    const ask = (bench: Bench, nowMs: number): void => {
      bench.send(1, 1, {
        mad: hexToBytes(membership({
          method: 2, tid: TID, mask: MASK.MGID | MASK.PORT_GID | MASK.JOIN_STATE, joinState: 1, pkey: 0xffff, proxyJoin: false,
          mgid: "ff12401bffff00000000000000000001", portGid: bench === first ? gidOf(1) : secondGid(1)
        })),
        lid: 1
      })
      hca.poll(10, nowMs)
    }
    ask(second, 2_000_000)
    const due = hca.nextDueMs()
    expect(due).toBe(2_000_000 + muxConfig().timing.saTimeout)
    ask(first, 2_000_500)
    expect(hca.nextDueMs()).toBe(due)
  })

  it("have work where one of them has", () => {
    const { first, hca, second } = twoPorts()
    for (const bench of [first, second]) {
      for (let i = 0; i < 3; i++) bench.send(1, 1, toPeer(makeMad({ class: 4, method: 1, tid: OTHER_TID })))
      bench.mux.poll(1, 2_000_000)
      expect([hca.hasWork, bench.mux.hasWork]).toEqual([true, true])
      bench.mux.poll(9, 2_000_000)
      expect(hca.hasWork).toBe(false)
    }
  })

  it("have wire TIDs for every kind of message of every exchange that there may be [SQP-CM-13]", () => {
    const { first, second } = twoPorts({ limits: { cm: 6 } })
    const tids = new Set<string>()
    for (const f of [0, 1, 2, 3]) {
      for (let i = 0; i < 6; i++) {
        const bench = i % 2 === 0 ? first : second
        const [id, peer] = [100 * f + i, 1000 + 100 * f + i]
        const asked = sent(bench, f, req(id, { tid: TID }))!
        got(bench, f, rep(peer, localId(asked.mad), tidOf(asked.mad)))
        for (const kind of ["LAP", "DREQ"] as const) tids.add(tidOf(sent(bench, f, message(kind, id, peer, TID))!.mad))
        tids.add(tidOf(asked.mad))
      }
    }
    expect(tids.size).toBe(4 * 6 * 3)
  })

  it("draw their wire TIDs from one half of all numbers and the CM from the other, with the same keys [SQP-TID-1]", () => {
    const make = (seed: number) => buildHcaParts(muxConfig({ random32: seededRandom32(seed) }))
    const { cm, tidsOfPorts } = make(1)
    expect(tidsOfPorts.half).toBe(0)
    const region = SharedRegion.create(4096)
    const ports = makeWireIds(region, { ids: 4, restMs: 0, random32: seededRandom32(2), half: tidsOfPorts })
    const exchange = cm.create(1, 0)
    const ofCm = new Set<number>()
    // Of so many of both, drawn from all numbers, some would be equal.
    for (let i = 0; i < 100_000; i++) ofCm.add(cm.takeTid(exchange, 0, 0, i, 0))
    let both = 0
    for (let i = 0; i < 100_000; i++) {
      const tid = ports.take(1, 0)
      if (ofCm.has(tid)) both += 1
      ports.release(tid)
    }
    expect(both).toBe(0)
    const first = (seed: number) => {
      const { cm } = make(seed)
      return cm.takeTid(cm.create(1, 0), 0, 0, 1, 0)
    }
    expect([first(5) === first(5), first(5) === first(6)]).toEqual([true, false])
    const { random32: _, ...config } = muxConfig()
    expect(() => buildHcaParts(config)).not.toThrow()
  })

  it("share a budget of one by turns", () => {
    const { first, hca, second } = twoPorts()
    for (const bench of [first, second]) {
      for (let i = 0; i < 4; i++) bench.send(1, 1, toPeer(makeMad({ class: 4, method: 1, tid: OTHER_TID })))
    }
    for (let i = 0; i < 4; i++) expect(hca.poll(1, 2_000_000)).toBe(1)
    expect([first.mux.wire.outgoing[1].readable(64), second.mux.wire.outgoing[1].readable(64)]).toEqual([2, 2])
    expect(() => hca.poll(-1, 2_000_000)).toThrow("budget")
  })

  it("may be one: then it is a PF context as it is [SQP-CM-17]", () => {
    const hca = new Hca(muxConfig())
    const bench = new Bench({}, [1], hca.ports[0])
    const wire = localId(sent(bench, 1, req(L))!.mad)
    hca.reset(1)
    expect(got(bench, 1, rep(R, wire))).toBeUndefined()
    hca.detach(1)
    expect(bench.mux.tunnels(1)).toBeNull()
    hca.stop()
    expect([hca.isStopped, hca.nextDueMs(), hca.poll(10, 3_000_000)]).toEqual([true, null, 0])
  })
})
