/** Communication management, row by row of spec/cm.md. */
import { describe, expect, it, test } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import { arrive, CM, localId, message, PEER_CA, rej, remoteId, rep, req, send, sidr, toPeer } from "./cm-fixture.ts"
import { Bench, gidOf, hex, makeMad, OWN_LID, PEER_GID, PEER_LID, tidOf, u32 } from "./fixture.ts"

const L = 0x1111
const R = 0x2222
const timing = {
  ...defaultTiming,
  tidMin: 5000, tidMax: 6000, rest: 10_000, linger: 100, lingerMax: 200, openingMin: 1000, openingMax: 60_000,
  saTimeout: 1000, saRetries: 3, horizon: 3300, renewGrace: 60_000, slack: 10, prefixGrace: 50, rejInterval: 10
}
const TID = "0123456789abcdef"

/** Function 1 asked and the peer answered: the wire id of the exchange. */
const established = (bench: Bench, tid = TID): number => {
  const wire = localId(send(bench, 1, req(L, { tid }))!.mad)
  arrive(bench, 1, rep(R, wire))
  return wire
}
/** The peer asked function 1 and it answered: the wire id of the exchange. */
const accepted = (bench: Bench): number => {
  arrive(bench, 1, req(R, { gid: gidOf(1) }))
  return localId(send(bench, 1, rep(L, R))!.mad)
}

describe("a connection that a function opens", () => {
  it("has a wire id of its own in place of the guest's, in every message, both ways [SQP-CM-1] [SQP-CM-3] [SQP-CM-4]", () => {
    const bench = new Bench()
    const sent = send(bench, 1, req(L, { tid: TID }))!
    const wire = localId(sent.mad)
    expect([0, 0xffff_ffff, L]).not.toContain(wire)
    expect(hex(sent.mad.subarray(28))).toBe(hex(req(L, { tid: TID }).subarray(28)))
    const got = arrive(bench, 1, rep(R, wire, tidOf(sent.mad)))!
    expect([localId(got.mad), remoteId(got.mad), tidOf(got.mad)]).toEqual([R, L, TID])
    expect(hex(got.mad.subarray(32))).toBe(hex(rep(R, wire).subarray(32)))
    for (const kind of ["RTU", "DREQ", "DREP", "LAP", "APR", "REJ", "MRA", "REP"] as const) {
      expect(localId(send(bench, 1, message(kind, L, R))!.mad)).toBe(wire)
      const mad = kind === "REP" ? rep(R, wire) : message(kind, R, wire)
      expect(remoteId(arrive(bench, 1, mad)!.mad)).toBe(L)
    }
  })

  it("has another wire id than that of another function with equal ids [SQP-CM-1]", () => {
    const bench = new Bench()
    const wires = [1, 2].map((f) => localId(send(bench, f, req(L))!.mad))
    expect(new Set(wires).size).toBe(2)
    wires.forEach((wire, i) => expect(remoteId(arrive(bench, i + 1, rep(R, wire))!.mad)).toBe(L))
  })

  it("never has the guest's own id on the wire, even where that would be the next [SQP-CM-1]", () => {
    // the same seed draws the same ids: what is drawn for L is asked for by the guest itself in the second run
    const drawn = localId(send(new Bench(), 1, req(L))!.mad)
    const sent = send(new Bench(), 1, req(drawn))!
    expect([0, drawn]).not.toContain(localId(sent.mad))
  })

  it("of two with the same ids is the one that does not linger, though older [SQP-CM-8]", () => {
    const bench = new Bench()
    const older = established(bench)
    const newer = localId(send(bench, 1, req(L, { tid: "00000000000000aa" }))!.mad)
    arrive(bench, 1, rep(R, newer))
    expect(localId(send(bench, 1, message("DREQ", L, R))!.mad)).toBe(newer)
    expect(localId(send(bench, 1, message("RTU", L, R))!.mad)).toBe(older)
  })

  it("keeps its wire id for a repeated REQ, whatever its TID while opening [SQP-CM-4]", () => {
    const bench = new Bench()
    const first = send(bench, 1, req(L, { tid: TID }))!
    const again = send(bench, 1, req(L, { tid: TID }))!
    const other = send(bench, 1, req(L, { tid: "00000000000000aa" }))!
    expect([localId(again.mad), localId(other.mad)]).toEqual([localId(first.mad), localId(first.mad)])
    expect(tidOf(again.mad)).toBe(tidOf(first.mad))
    expect(tidOf(other.mad)).not.toBe(tidOf(first.mad))
  })

  it("when open takes a late retry of its REQ; with another TID the REQ opens a new one [SQP-CM-4]", () => {
    const bench = new Bench()
    const wire = established(bench)
    expect(localId(send(bench, 1, req(L, { tid: TID }))!.mad)).toBe(wire)
    expect(localId(send(bench, 1, req(L, { tid: "00000000000000aa" }))!.mad)).not.toBe(wire)
  })

  it("is another one after the guest's id was used by one that lingers [SQP-CM-8]", () => {
    const bench = new Bench()
    const wire = established(bench)
    send(bench, 1, message("DREQ", L, R))
    const next = localId(send(bench, 1, req(L, { tid: TID }))!.mad)
    expect(next).not.toBe(wire)
    // both are found: the lingering one by its peer's id, the new one by preference
    arrive(bench, 1, rep(R, next))
    expect(localId(send(bench, 1, message("RTU", L, R))!.mad)).toBe(next)
    expect(remoteId(arrive(bench, 1, message("DREP", R, wire))!.mad)).toBe(L)
  })

  test.each(["RTU", "DREQ", "DREP", "LAP", "APR", "REP", "MRA", "REJ"] as const)(
    "does not exist for %s of strange ids: dropped, and nothing is allocated [SQP-CM-14] [SQP-CM-7]", (kind) => {
      const bench = new Bench()
      established(bench)
      expect(send(bench, 1, message(kind, L + 1, R))).toBeUndefined()
      if (kind !== "MRA" && kind !== "REJ") expect(send(bench, 1, message(kind, L, R + 1))).toBeUndefined()
      expect(send(bench, 2, message(kind, L, R))).toBeUndefined()
      expect(bench.drops(2)).toEqual({ "cm-unknown": 1 })
    }
  )

  it("lets an MRA and a REJ pass before the peer told its id, the REJ with remote id 0 [SQP-CM-14]", () => {
    const bench = new Bench()
    const wire = localId(send(bench, 1, req(L))!.mad)
    expect(localId(send(bench, 1, message("MRA", L, R))!.mad)).toBe(wire)
    expect(send(bench, 1, message("REJ", L, R))).toBeUndefined()
    expect(localId(send(bench, 1, message("REJ", L, 0))!.mad)).toBe(wire)
  })

  it("takes nothing from the wire but from its peer's id, once that is known; a REJ with id 0 excepted [SQP-CM-5]", () => {
    const bench = new Bench()
    const wire = established(bench)
    for (const kind of ["REP", "MRA", "RTU", "DREQ", "REJ"] as const) {
      expect(arrive(bench, 1, message(kind, R + 1, wire))).toBeUndefined()
    }
    expect(bench.drops(1)).toEqual({ "cm-peer": 5 })
    expect(arrive(bench, 1, message("REJ", 0, wire))).toBeDefined()
  })

  it("goes to QP1 or to the QPN its peer was last seen from [SQP-CLS-7]", () => {
    const bench = new Bench()
    expect(send(bench, 1, req(L), { remoteQpn: 2 })).toBeUndefined()
    const wire = localId(send(bench, 1, req(L))!.mad)
    for (const remoteQpn of [0, 5]) expect(send(bench, 1, message("MRA", L, 0), { remoteQpn })).toBeUndefined()
    arrive(bench, 1, rep(R, wire), { remoteQpn: 5 })
    expect(send(bench, 1, message("RTU", L, R), { remoteQpn: 5 })).toBeDefined()
    expect(send(bench, 1, message("RTU", L, R), { remoteQpn: 1 })).toBeDefined()
    expect(send(bench, 1, message("RTU", L, R), { remoteQpn: 6 })).toBeUndefined()
    expect(bench.drops(1)).toEqual({ "remote-qpn": 4 })
  })

  it("is limited to limits.cm of a function, and lives on for the others [SQP-CM-13]", () => {
    const bench = new Bench()
    for (let i = 0; i < 17; i++) bench.send(1, 1, toPeer(req(L + i)))
    expect(bench.wire()).toHaveLength(16)
    expect(bench.drops(1)).toEqual({ "cm-quota": 1 })
    expect(send(bench, 2, req(L))).toBeDefined()
    expect(send(bench, 1, req(L + 3))).toBeDefined()
  })
})

describe("a connection that a peer opens", () => {
  it("goes to the function of the GID in its REQ, unchanged [SQP-CM-2]", () => {
    const bench = new Bench()
    const mad = req(R, { gid: gidOf(2), tid: TID })
    expect(hex(arrive(bench, 2, mad)!.mad)).toBe(hex(mad))
    expect(hex(arrive(bench, 2, mad, { grh: { dgid: gidOf(2) } })!.mad)).toBe(hex(mad))
    expect(arrive(bench, 2, mad, { grh: { dgid: gidOf(1) } })).toBeUndefined()
    expect(bench.drops(2)).toEqual({ "steer-conflict": 1 })
  })

  it("gets a wire id with the function's first REP or MRA and keeps it; the peer's TID passes [SQP-CM-4] [SQP-CM-11]", () => {
    for (const kind of ["REP", "MRA"] as const) {
      const bench = new Bench()
      arrive(bench, 1, req(R, { gid: gidOf(1), tid: TID }))
      const first = send(bench, 1, message(kind, L, R, TID))!
      const wire = localId(first.mad)
      expect([0, L]).not.toContain(wire)
      expect([remoteId(first.mad), tidOf(first.mad)]).toEqual([R, TID])
      expect(localId(send(bench, 1, rep(L, R, TID))!.mad)).toBe(wire)
      const rtu = arrive(bench, 1, message("RTU", R, wire, TID))!
      expect([remoteId(rtu.mad), tidOf(rtu.mad)]).toEqual([L, TID])
    }
  })

  it("is refused by a function's REJ with local id 0 on the wire: a REJ never allocates [SQP-CM-7]", () => {
    const bench = new Bench()
    arrive(bench, 1, req(R, { gid: gidOf(1), tid: TID }))
    const sent = send(bench, 1, rej(L, R, undefined, TID))!
    expect([localId(sent.mad), remoteId(sent.mad), tidOf(sent.mad)]).toEqual([0, R, TID])
  })

  it("is answered only to a LID it was asked from or that its REQ named [SQP-CM-14]", () => {
    const bench = new Bench()
    arrive(bench, 1, req(R, { gid: gidOf(1), localLid: 40 }), { lid: 41 })
    expect(send(bench, 1, rep(L, R), { lid: 42 })).toBeUndefined()
    expect(send(bench, 1, rep(L, R), { lid: 40 })).toBeDefined()
    expect(send(bench, 2, rep(L, R), { lid: 40 })).toBeUndefined()
  })

  it("is the same for a repeated REQ, another one for another CA GUID, peer id, function, or after it lingers [SQP-CM-2]", () => {
    const bench = new Bench({ limits: { tids: 16, cm: 4, groups: 4, pending: 4, services: 4, inbound: 4 } })
    const ask = (id: number, caGuid = PEER_CA) => arrive(bench, 1, req(id, { gid: gidOf(1), caGuid }))
    for (let i = 0; i < 6; i++) expect(ask(R)).toBeDefined()
    expect(ask(R + 1)).toBeDefined()
    expect(ask(R, "00000000000b0002")).toBeDefined()
    arrive(bench, 1, rej(R, 0, PEER_CA))
    expect(ask(R)).toBeDefined()
    expect(arrive(bench, 2, req(R, { gid: gidOf(2) }))).toBeDefined()
    expect(ask(R + 2)).toBeUndefined()
    expect(bench.drops(1)).toEqual({ "cm-quota": 1 })
  })

  it("for a function that is not attached is dropped for gid-pending, without a REJ [SQP-CM-9]", () => {
    const bench = new Bench({}, [1])
    bench.arrive(1, toPeer(req(R, { gid: gidOf(2) })))
    expect([bench.wire(), bench.drops(2)]).toEqual([[], { "gid-pending": 1 }])
  })

  it("is found by a REJ that names no id of ours: by the CA GUID in its ARI, then by its source [SQP-CM-6]", () => {
    const bench = new Bench()
    const other = "00000000000b0002"
    arrive(bench, 1, req(R, { gid: gidOf(1), localLid: 40 }), { lid: 40 })
    arrive(bench, 2, req(R, { gid: gidOf(2), caGuid: other, localLid: 41 }), { lid: 41 })
    const byAri = rej(R, 0, other)
    expect(hex(arrive(bench, 2, byAri, { lid: 77 })!.mad)).toBe(hex(byAri))
    expect(arrive(bench, 1, rej(R, 0), { lid: 40 })).toBeDefined()
    expect(arrive(bench, 1, rej(R, 0), { lid: 78 })).toBeUndefined()
    arrive(bench, 3, req(R, { gid: gidOf(3), caGuid: "00000000000b0003", localLid: 40 }), { lid: 40 })
    expect(arrive(bench, 1, rej(R, 0), { lid: 40 })).toBeUndefined()
    expect(bench.drops(null)).toEqual({ "cm-unknown": 2 })
  })
})

describe("the PF context itself", () => {
  const REASON = 34
  it("answers a REQ for nobody's GID with a REJ of reason 12 to where it came from [SQP-CM-9]", () => {
    const bench = new Bench()
    const from = { mad: req(R, { gid: PEER_GID, tid: TID }), lid: 40, sl: 3, pathBits: 2, remoteQpn: 7, pkeyIndex: 2 }
    bench.arrive(1, from)
    const [sent] = bench.wire()
    const expected = makeMad({ class: 7, method: 3, attribute: CM.REJ, tid: TID }, { 28: { u32: R }, [REASON]: { u16: 12 } })
    expect(hex(sent!.mad)).toBe(hex(expected))
    expect(sent).toMatchObject({
      qp: 1, lid: 40, sl: 3, pathBits: 2, remoteQpn: 7, pkeyIndex: 2, rate: 0, qkey: 0x8001_0000, sgidIndex: 0, grh: null
    })
  })

  it("mirrors the GRH and sends at most one REJ in rejInterval [SQP-CM-9]", () => {
    const bench = new Bench({ timing })
    const mad = req(R, { gid: PEER_GID })
    bench.arrive(1, { mad, grh: { dgid: gidOf(2), sgid: PEER_GID, hopLimit: 3, flowLabel: 5, trafficClass: 6 } })
    bench.arrive(1, { mad })
    const [sent, ...more] = bench.wire()
    expect(more).toEqual([])
    expect(sent!.sgidIndex).toBe(0)
    expect(sent!.grh).toEqual({ dgid: PEER_GID, sgid: gidOf(0), hopLimit: 255, flowLabel: 5, trafficClass: 6 })
    bench.advance(9)
    bench.arrive(1, { mad })
    expect(bench.drops(null)).toEqual({ "cm-rej-rate": 2 })
    bench.advance(1)
    bench.arrive(1, { mad })
    expect(bench.wire()).toHaveLength(1)
  })

  it("answers a DREQ without an exchange with a DREP and remembers nothing [SQP-CM-10]", () => {
    const bench = new Bench({ limits: { tids: 1, cm: 0, groups: 1, pending: 1, services: 4, inbound: 1 } })
    for (let i = 0; i < 3; i++) bench.arrive(1, { ...toPeer(message("DREQ", R, L + i, TID)), sl: 4 })
    const sent = bench.wire()
    expect(sent.map((one) => [localId(one.mad), remoteId(one.mad), tidOf(one.mad), one.lid, one.sl])).toEqual(
      [0, 1, 2].map((i) => [L + i, R, TID, PEER_LID, 4])
    )
    const expected = makeMad({ class: 7, method: 3, attribute: CM.DREP, tid: TID }, { 24: { u32: L }, 28: { u32: R } })
    expect(hex(sent[0]!.mad)).toBe(hex(expected))
  })

  it("drops as wire-full, charged to nobody, the DREPs that its own share of a full wire has no room for", () => {
    const bench = new Bench()
    const slots = bench.mux.wire.outgoing[1].slots
    for (let i = 0; i < slots + 2; i++) {
      bench.arrive(1, toPeer(message("DREQ", R, L + i, TID)))
      bench.settle()
    }
    expect(bench.drops(null)).toEqual({ "wire-full": 2 })
    expect(bench.wire()).toHaveLength(slots)
    bench.arrive(1, toPeer(message("DREQ", R, L, TID)))
    expect(bench.wire()).toHaveLength(1)
  })

  test.each(["MRA", "REP", "RTU", "DREP", "LAP", "APR", "REJ", "SIDR_REP"] as const)(
    "drops %s without an exchange for cm-unknown [SQP-CM-7]", (kind) => {
      const bench = new Bench()
      bench.arrive(1, toPeer(message(kind, R, L)))
      expect([bench.wire(), bench.drops(null)]).toEqual([[], { "cm-unknown": 1 }])
    }
  )
})

describe("TIDs in an exchange", () => {
  it("REQ, LAP and DREQ leave with wire TIDs that answers get back as the guest's [SQP-CM-11]", () => {
    const bench = new Bench()
    const first = send(bench, 1, req(L, { tid: TID }))!
    const wire = localId(first.mad)
    arrive(bench, 1, rep(R, wire))
    const lap = send(bench, 1, message("LAP", L, R, "00000000000000a1"))!
    const dreq = send(bench, 1, message("DREQ", L, R, "00000000000000a2"))!
    const tids = [first, lap, dreq].map((sent) => tidOf(sent.mad))
    expect(new Set(tids).size).toBe(3)
    for (const tid of tids) expect([tid.slice(0, 8), tid.slice(8) === "00000000"]).toEqual(["00000000", false])
    const back = tids.map((tid) => tidOf(arrive(bench, 1, message("APR", R, wire, `5eed5eed${tid.slice(8)}`))!.mad))
    expect(back).toEqual([TID, "00000000000000a1", "00000000000000a2"])
    expect(tidOf(arrive(bench, 1, message("LAP", R, wire, TID))!.mad)).toBe(TID)
    for (const kind of ["RTU", "MRA", "REJ"] as const) {
      expect(tidOf(send(bench, 1, message(kind, L, R, TID))!.mad)).toBe(tids[0])
    }
    expect(tidOf(send(bench, 1, message("APR", L, R, TID))!.mad)).toBe(TID)
    expect(tidOf(send(bench, 1, message("RTU", L, R, "00000000000000ff"))!.mad)).toBe("00000000000000ff")
  })

  it("a repetition keeps its wire TID; with another guest TID it gets a fresh one and the old one is over [SQP-CM-11]", () => {
    const bench = new Bench()
    const wire = established(bench)
    const [a, again, b] = ["a1", "a1", "b1"].map((tid) => tidOf(send(bench, 1, message("DREQ", L, R, tid.padStart(16, "0")))!.mad))
    expect(again).toBe(a)
    expect(b).not.toBe(a)
    expect(tidOf(arrive(bench, 1, message("DREP", R, wire, b!))!.mad)).toBe("b1".padStart(16, "0"))
    expect(tidOf(arrive(bench, 1, message("DREP", R, wire, a!))!.mad)).toBe(a)
  })

  it("a function that changes the TID of its DREQ again and again uses nothing up [SQP-CM-11]", () => {
    const bench = new Bench()
    established(bench)
    const seen = new Set<string>()
    for (let i = 0; i < 2000; i++) {
      seen.add(tidOf(send(bench, 1, message("DREQ", L, R, i.toString(16).padStart(16, "0")))!.mad))
    }
    expect(seen.size).toBe(2000)
  })

  it("a wire TID of an exchange answers no other request [SQP-TID-4]", () => {
    const bench = new Bench()
    const tid = tidOf(send(bench, 1, req(L))!.mad)
    bench.arrive(1, { mad: makeMad({ class: 7, method: 0x81, tid }) })
    expect(bench.drops(null)).toEqual({ "response-unasked": 1 })
  })
})

describe("the life of an exchange", () => {
  const isKnown = (bench: Bench, wire: number): boolean => arrive(bench, 1, message("MRA", R, wire)) !== undefined

  it("opening: at least as long as all tries of the asker, from its last repetition or MRA [SQP-CM-8]", () => {
    const bench = new Bench({ timing })
    // 4 x 4.096 us x 2^18 = 4295 ms
    const asking = req(L, { retries: 3, timeout: 18 })
    const wire = localId(send(bench, 1, asking)!.mad)
    for (const again of [() => send(bench, 1, asking), () => isKnown(bench, wire), () => send(bench, 1, message("MRA", L, 0))]) {
      bench.advance(4294)
      again()
    }
    bench.advance(4294)
    expect(isKnown(bench, wire)).toBe(true)
    bench.advance(8590)
    expect(isKnown(bench, wire)).toBe(false)
    expect(bench.drops(null)).toEqual({ "cm-unknown": 1 })
  })

  it("opening: within its bounds whatever the REQ says [SQP-CM-8]", () => {
    for (const [retries, timeout, must] of [[0, 0, 1000], [15, 31, 60_000], [15, 20, 60_000], [7, 19, 17_180]] as const) {
      const bench = new Bench({ timing })
      const wire = localId(send(bench, 1, req(L, { retries, timeout }))!.mad)
      bench.advance(must - 1)
      expect(localId(send(bench, 1, message("MRA", L, 0))!.mad)).toBe(wire)
      bench.advance(2 * must)
      expect(send(bench, 1, message("MRA", L, 0))).toBeUndefined()
    }
  })

  it("open: without limit, once a REP passed either way, though no RTU followed [SQP-CM-8]", () => {
    const bench = new Bench({ timing })
    const wires = [established(bench)]
    arrive(bench, 2, req(R, { gid: gidOf(2) }))
    wires.push(localId(send(bench, 2, rep(L, R))!.mad))
    for (let i = 0; i < 40; i++) bench.advance(2 ** 28)
    expect(wires.map((wire, i) => remoteId(arrive(bench, i + 1, message("DREQ", R, wire))!.mad))).toEqual([L, L])
  })

  const endings: ReadonlyArray<{ name: string; end: (bench: Bench, wire: number) => void }> = [
    { name: "a DREQ of the function", end: (bench) => send(bench, 1, message("DREQ", L, R)) },
    { name: "a DREP of the function", end: (bench) => send(bench, 1, message("DREP", L, R)) },
    { name: "a REJ of the function", end: (bench) => send(bench, 1, message("REJ", L, R)) },
    { name: "a DREQ of the peer", end: (bench, wire) => arrive(bench, 1, message("DREQ", R, wire)) },
    { name: "a DREP of the peer", end: (bench, wire) => arrive(bench, 1, message("DREP", R, wire)) },
    { name: "a REJ of the peer", end: (bench, wire) => arrive(bench, 1, message("REJ", R, wire)) }
  ]
  test.each(endings)("lingering: from $name, started anew by every such message [SQP-CM-8]", ({ end }) => {
    for (const open of [established, accepted]) {
      const bench = new Bench({ timing })
      const wire = open(bench)
      end(bench, wire)
      bench.advance(99)
      expect(arrive(bench, 1, message("DREQ", R, wire))).toBeDefined()
      bench.advance(99)
      expect(send(bench, 1, message("DREP", L, R))).toBeDefined()
      bench.advance(200)
      expect(isKnown(bench, wire)).toBe(false)
    }
  })

  it("lingering: a REP that still passes opens nothing again [SQP-CM-8]", () => {
    const bench = new Bench({ timing })
    const wire = established(bench)
    send(bench, 1, message("DREQ", L, R))
    expect(arrive(bench, 1, rep(R, wire))).toBeDefined()
    expect(send(bench, 1, rep(L, R))).toBeDefined()
    bench.advance(200)
    expect(isKnown(bench, wire)).toBe(false)
  })

  it("a teardown from a LID that nobody named or saw is delivered but ends nothing [SQP-CM-8]", () => {
    const bench = new Bench({ timing })
    const wire = established(bench)
    expect(arrive(bench, 1, message("DREQ", R, wire), { lid: 99 })).toBeDefined()
    bench.advance(100_000)
    expect(isKnown(bench, wire)).toBe(true)
    // by now the LID was seen
    arrive(bench, 1, message("RTU", R, wire), { lid: 99 })
    expect(arrive(bench, 1, message("DREQ", R, wire), { lid: 99 })).toBeDefined()
    bench.advance(200)
    expect(isKnown(bench, wire)).toBe(false)
  })

  it("an ended id rests: no new exchange has it [SQP-TID-6]", () => {
    const bench = new Bench({ timing, limits: { tids: 16, cm: 1, groups: 1, pending: 1, services: 4, inbound: 1 } })
    const seen = new Set<number>()
    for (let i = 0; i < 45; i++) {
      const wire = established(bench)
      expect(seen.has(wire)).toBe(false)
      seen.add(wire)
      send(bench, 1, message("DREQ", L, R))
      bench.advance(200)
    }
  })
})

describe("SIDR", () => {
  const SERVICE = "1000000000000007"
  const services = [{ serviceId: SERVICE, function: 2 }]

  it("of a function has an id space of its own, restored in the SIDR_REP [SQP-CM-12]", () => {
    const bench = new Bench()
    const sent = send(bench, 1, sidr("SIDR_REQ", L, SERVICE, TID))!
    const wire = localId(sent.mad)
    expect(wire).not.toBe(L)
    expect(tidOf(sent.mad)).not.toBe(TID)
    const got = arrive(bench, 1, sidr("SIDR_REP", wire, SERVICE, tidOf(sent.mad)))!
    expect([localId(got.mad), tidOf(got.mad), hex(got.mad.subarray(28))]).toEqual([
      L, TID, hex(sidr("SIDR_REP", wire, SERVICE).subarray(28))
    ])
    expect(arrive(bench, 1, message("MRA", R, wire))).toBeUndefined()
    expect(send(bench, 1, message("MRA", L, R))).toBeUndefined()
  })

  it("of a function: a repetition keeps the wire id, another TID is another exchange [SQP-CM-12]", () => {
    const bench = new Bench()
    const ids = [TID, TID, "00000000000000aa"].map((tid) => localId(send(bench, 1, sidr("SIDR_REQ", L, SERVICE, tid))!.mad))
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
  })

  it("from the wire goes to the DGID, else to the registered service id, else to the PF [SQP-CM-12]", () => {
    const bench = new Bench({ services })
    expect(arrive(bench, 1, sidr("SIDR_REQ", R, SERVICE), { grh: { dgid: gidOf(1) } })).toBeDefined()
    expect(arrive(bench, 2, sidr("SIDR_REQ", R, SERVICE))).toBeDefined()
    expect(arrive(bench, 0, sidr("SIDR_REQ", R, "1000000000000008"))).toBeDefined()
    for (const f of [0, 1, 2]) expect(localId(send(bench, f, sidr("SIDR_REP", R))!.mad)).toBe(R)
    expect(send(bench, 3, sidr("SIDR_REP", R))).toBeUndefined()
    expect(send(bench, 1, sidr("SIDR_REP", R), { lid: 77 })).toBeUndefined()
    expect(bench.drops(1)).toEqual({ "cm-unknown": 1 })
  })

  it("lingers after its SIDR_REP, and a repetition then is a new one [SQP-CM-8]", () => {
    const bench = new Bench({ timing, services, limits: { tids: 4, cm: 2, groups: 1, pending: 1, services: 4, inbound: 1 } })
    for (let i = 0; i < 2; i++) expect(arrive(bench, 2, sidr("SIDR_REQ", R, SERVICE))).toBeDefined()
    send(bench, 2, sidr("SIDR_REP", R))
    expect(arrive(bench, 2, sidr("SIDR_REQ", R, SERVICE))).toBeDefined()
    expect(arrive(bench, 2, sidr("SIDR_REQ", R + 1, SERVICE))).toBeUndefined()
    expect(bench.drops(2)).toEqual({ "cm-quota": 1 })
    bench.advance(200)
    expect(arrive(bench, 2, sidr("SIDR_REQ", R + 1, SERVICE))).toBeDefined()
  })
})

it("a CM message that is dropped changes nothing: the exchange lives on as before [SQP-CM-13]", () => {
  const bench = new Bench({ timing, functionSlots: 1 })
  const wire = localId(send(bench, 1, req(L, { remoteLid: OWN_LID }))!.mad)
  bench.arrive(1, toPeer(rep(R, wire)))
  bench.settle()
  bench.arrive(1, toPeer(message("DREQ", R, wire)))
  expect(bench.drops(1)).toEqual({ "function-full": 1 })
  expect(bench.got(1).map((seen) => u32(seen.mad, 16) >>> 16)).toEqual([CM.REP])
  bench.advance(100_000)
  expect(arrive(bench, 1, message("DREQ", R, wire))).toBeDefined()
})
