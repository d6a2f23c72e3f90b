/** Which exchange a message belongs to, where several might do or none does (spec/cm.md). */
import { describe, expect, it, test } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import { arrive, CM, localId, message, PEER_CA, rej, remoteId, rep, req, send, sidr, toPeer } from "./cm-fixture.ts"
import { Bench, gidOf, tidOf } from "./fixture.ts"

const L = 0x1111
const R = 0x2222
const TID = "0123456789abcdef"
const timing = { ...defaultTiming, linger: 100, lingerMax: 200, openingMin: 1000, openingMax: 60_000 }
const limits = { tids: 16, cm: 2, groups: 1, pending: 1, services: 4, inbound: 1 }

/** A peer asked function 1 under id `R` and the function answered: the wire id of the exchange. */
const accepted = (bench: Bench, change: Parameters<typeof req>[1] = {}): number => {
  arrive(bench, 1, req(R, { gid: gidOf(1), ...change }))
  return localId(send(bench, 1, rep(L, R))!.mad)
}
const isKnown = (bench: Bench, wire: number): boolean => arrive(bench, 1, message("MRA", R, wire)) !== undefined

describe("of two exchanges with the same two ids", () => {
  it("a message is of the one whose REP passed last, though the function named the other one later [SQP-CM-8]", () => {
    const bench = new Bench()
    const asked = localId(send(bench, 1, req(L))!.mad)
    const wire = accepted(bench)
    expect(wire).not.toBe(asked)
    expect(localId(send(bench, 1, message("RTU", L, R))!.mad)).toBe(wire)
    arrive(bench, 1, rep(R, asked))
    expect(localId(send(bench, 1, message("RTU", L, R))!.mad)).toBe(asked)
  })
})

describe("a function's message", () => {
  test.each(["RTU", "DREQ", "DREP", "LAP", "APR"] as const)(
    "%s is of no exchange before both sides have named themselves: it is dropped [SQP-CM-14]", (kind) => {
      const bench = new Bench()
      send(bench, 1, req(L))
      expect(send(bench, 1, message(kind, L, 0))).toBeUndefined()
      arrive(bench, 1, req(R, { gid: gidOf(1) }))
      for (const local of [0, L, L + 1]) expect(send(bench, 1, message(kind, local, R))).toBeUndefined()
      expect(bench.drops(1)).toEqual({ "cm-unknown": 4 })
    }
  )
})

describe("a peer's message", () => {
  test.each(["MRA", "REP", "RTU", "DREP", "LAP", "APR"] as const)(
    "%s that names no id of ours is dropped, unlike a REJ, whatever exchange its sender has [SQP-CM-6]", (kind) => {
      const bench = new Bench()
      accepted(bench)
      const mad = message(kind, R, 0)
      mad.set(Buffer.from(PEER_CA, "hex"), 36)
      expect(arrive(bench, 1, mad)).toBeUndefined()
      expect(bench.drops(null)).toEqual({ "cm-unknown": 1 })
    }
  )

  it("DREQ that names no id of ours is answered with a DREP, and ends nothing [SQP-CM-10]", () => {
    const bench = new Bench({ timing })
    const wire = accepted(bench)
    bench.arrive(1, toPeer(message("DREQ", R, 0)))
    expect(bench.got(1)).toEqual([])
    expect(bench.wire().map(({ mad }) => [mad[17], localId(mad), remoteId(mad)])).toEqual([[CM.DREP, 0, R]])
    bench.advance(1000)
    expect(isKnown(bench, wire)).toBe(true)
  })

  it("REJ that names no id of ours finds by its ARI an exchange that lingers, too [SQP-CM-6]", () => {
    const bench = new Bench({ timing })
    arrive(bench, 1, req(R, { gid: gidOf(1) }))
    const refusal = rej(R, 0, PEER_CA)
    expect(arrive(bench, 1, refusal)).toBeDefined()
    expect(arrive(bench, 1, refusal, { lid: 77 })).toBeDefined()
  })

  it("REQ repeats that of an open exchange only with the same TID, all 64 bits of it [SQP-CM-2]", () => {
    for (const [tid, isRepeated] of [[TID, true], ["0123456889abcdef", false], ["0123456789abcdee", false]] as const) {
      const bench = new Bench()
      const wire = accepted(bench, { tid: TID })
      expect(arrive(bench, 1, req(R, { gid: gidOf(1), tid }))).toBeDefined()
      // Only a new exchange waits for an answer of the function.
      const answer = send(bench, 1, message("MRA", L + 1, R))
      expect(answer === undefined).toBe(isRepeated)
      if (answer !== undefined) expect([0, wire]).not.toContain(localId(answer.mad))
    }
  })

  it("REP is the peer's only with the same CA GUID as the first one, all 64 bits of it [SQP-CM-5]", () => {
    const bench = new Bench()
    const wire = localId(send(bench, 1, req(L))!.mad)
    const again = (caGuid: string) => arrive(bench, 1, rep(R, wire, TID, caGuid))
    for (const isFirst of [true, false]) {
      expect(again("0002c903000b0001")).toBeDefined()
      if (isFirst) expect(bench.drops(1)).toEqual({})
      expect(again("0002c904000b0001")).toBeUndefined()
      expect(again("0002c903000b0002")).toBeUndefined()
    }
    expect(bench.drops(1)).toEqual({ "cm-peer": 4 })
  })
})

describe("the TID of a message in an exchange", () => {
  it("that LAP and DREQ had alike leaves as that of the LAP, and that of the REQ before both [SQP-CM-11]", () => {
    const bench = new Bench()
    const asked = send(bench, 1, req(L, { tid: TID }))!
    arrive(bench, 1, rep(R, localId(asked.mad)))
    const other = "00000000000000a1"
    const lap = tidOf(send(bench, 1, message("LAP", L, R, other))!.mad)
    const dreq = tidOf(send(bench, 1, message("DREQ", L, R, other))!.mad)
    expect(new Set([lap, dreq, tidOf(asked.mad)]).size).toBe(3)
    expect(tidOf(send(bench, 1, message("RTU", L, R, other))!.mad)).toBe(lap)
    send(bench, 1, message("LAP", L, R, TID))
    expect(tidOf(send(bench, 1, message("RTU", L, R, TID))!.mad)).toBe(tidOf(asked.mad))
  })

  it("of a peer passes unchanged, also where its lower half is 0 [SQP-CM-11]", () => {
    const bench = new Bench()
    const wire = accepted(bench, { tid: TID })
    const tid = "5eed5eed00000000"
    expect(tidOf(arrive(bench, 1, message("RTU", R, wire, tid))!.mad)).toBe(tid)
  })
})

describe("an exchange", () => {
  it("is established by an RTU only after a REP: by one before it a REJ without our id is not outlived [SQP-CM-8]", () => {
    const bench = new Bench({ timing })
    arrive(bench, 1, req(R, { gid: gidOf(1) }))
    const wire = localId(send(bench, 1, message("MRA", L, R))!.mad)
    expect(arrive(bench, 1, message("RTU", R, wire))).toBeDefined()
    send(bench, 1, rep(L, R))
    expect(arrive(bench, 1, rej(R, 0, PEER_CA))).toBeDefined()
    bench.advance(200)
    expect(isKnown(bench, wire)).toBe(false)
  })

  it("once established outlives a REJ without our id and ends by one with it [SQP-CM-8]", () => {
    const bench = new Bench({ timing })
    const wire = accepted(bench)
    arrive(bench, 1, message("RTU", R, wire))
    expect(arrive(bench, 1, rej(R, 0, PEER_CA))).toBeDefined()
    bench.advance(200)
    expect(isKnown(bench, wire)).toBe(true)
    expect(arrive(bench, 1, rej(R, wire))).toBeDefined()
    bench.advance(200)
    expect(isKnown(bench, wire)).toBe(false)
  })

  it("lingers as long as the tries of its REQ took, and a late retry that asks for more changes nothing [SQP-CM-8]", () => {
    const bench = new Bench({ timing })
    const wire = localId(send(bench, 1, req(L, { tid: TID }))!.mad)
    arrive(bench, 1, rep(R, wire))
    expect(localId(send(bench, 1, req(L, { tid: TID, retries: 3, timeout: 18 }))!.mad)).toBe(wire)
    send(bench, 1, message("DREQ", L, R))
    bench.advance(200)
    expect(isKnown(bench, wire)).toBe(false)
  })

  it("lives while its peer may try again, as the REQ says; a SIDR_REQ says nothing of that [SQP-CM-8]", () => {
    const bench = new Bench({ timing })
    // 4 x 4.096 us x 2^18 = 4295 ms; of a SIDR_REQ the same bytes are private data.
    arrive(bench, 1, req(R, { gid: gidOf(1), retries: 3, timeout: 18 }))
    const alike = (id: number): Uint8Array => {
      const mad = sidr("SIDR_REQ", id)
      mad[67] = 18 << 3
      mad[75] = 3 << 4
      return mad
    }
    arrive(bench, 0, alike(R))
    const wire = localId(send(bench, 1, alike(L))!.mad)
    bench.advance(4294)
    expect(send(bench, 1, rep(L, R))).toBeDefined()
    expect(send(bench, 0, sidr("SIDR_REP", R))).toBeUndefined()
    expect(localId(send(bench, 1, alike(L))!.mad)).not.toBe(wire)
  })

  it("that lingers gives way to no other: without a half-open one the request is dropped [SQP-CM-13]", () => {
    const bench = new Bench({ timing, limits })
    const wire = accepted(bench)
    send(bench, 1, message("DREQ", L, R))
    send(bench, 1, req(L))
    expect(send(bench, 1, req(L + 1))).toBeUndefined()
    expect(bench.drops(1)).toEqual({ "cm-quota": 1 })
    expect(isKnown(bench, wire)).toBe(true)
  })

  it("gives way while half-open, each once, and never the one that took its place [SQP-CM-13]", () => {
    const bench = new Bench({ timing, limits })
    const older = accepted(bench)
    const newer = localId(send(bench, 1, req(L + 1))!.mad)
    arrive(bench, 1, rep(R, newer))
    const [third, fourth] = [2, 3].map((i) => localId(send(bench, 1, req(L + i))!.mad))
    expect([older, newer].map((wire) => isKnown(bench, wire))).toEqual([false, false])
    expect([third, fourth].map((wire) => isKnown(bench, wire!))).toEqual([true, true])
    expect(send(bench, 1, req(L + 4))).toBeUndefined()
  })
})
