/** Where an exchange knows its peer to be, and what that decides (spec/cm.md, "Where the peer is"). */
import { describe, expect, it, test } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import { arrive, localId, message, rej, rep, req, send, sidr } from "./cm-fixture.ts"
import { Bench, gidOf, type Message, PREFIX } from "./fixture.ts"

const L = 0x1111
const R = 0x2222
const FAR_LID = 0x63
const FAR_GID = `${PREFIX}00000000000a0063`
const timing = { ...defaultTiming, linger: 100, lingerMax: 200, openingMin: 1000, openingMax: 60_000 }

/** The far address as it arrives, by its LID or by its GID alone. */
const byLid: Partial<Message> = { lid: FAR_LID }
const byGid: Partial<Message> = { lid: 0x77, grh: { dgid: gidOf(1), sgid: FAR_GID } }
/** The MAD with the LID, and the MAD with the GID, of the far address at a place of it. */
const lidAt = (mad: Uint8Array, byte: number): Uint8Array => {
  new DataView(mad.buffer).setUint16(byte, FAR_LID)
  return mad
}
const gidAt = (mad: Uint8Array, byte: number): Uint8Array => {
  mad.set(Buffer.from(FAR_GID, "hex"), byte)
  return mad
}

/** Function 1 asks so; true if a REJ from the far address then ends the exchange. */
const endsAsked = (mad: Uint8Array, to: Partial<Message>, from: Partial<Message>): boolean => {
  const bench = new Bench({ timing })
  const wire = localId(send(bench, 1, mad, to)!.mad)
  expect(arrive(bench, 1, rej(R, wire), from)).toBeDefined()
  return localId(send(bench, 1, mad, to)!.mad) !== wire
}

const asked: ReadonlyArray<{ name: string; mad: () => Uint8Array; to?: Partial<Message>; from: Partial<Message> }> = [
  { name: "the LID it was sent to", mad: () => req(L), to: byLid, from: byLid },
  { name: "the GID it was sent to", mad: () => req(L), to: { grh: { dgid: FAR_GID } }, from: byGid },
  { name: "its primary remote LID", mad: () => lidAt(req(L), 78), from: byLid },
  { name: "its primary remote GID", mad: () => gidAt(req(L), 96), from: byGid },
  { name: "its alternate remote LID", mad: () => lidAt(req(L), 122), from: byLid },
  { name: "its alternate remote GID", mad: () => gidAt(req(L), 140), from: byGid }
]

describe("an exchange that a function opens", () => {
  test.each(asked)("knows $name, before it saw a message from there [SQP-CM-15]", ({ from, mad, to = {} }) => {
    expect(endsAsked(mad(), to, from)).toBe(true)
    expect(endsAsked(req(L), {}, from)).toBe(false)
  })

  it("knows no address that its REQ calls the function's own [SQP-CM-15]", () => {
    for (const byte of [76, 120]) expect(endsAsked(lidAt(req(L), byte), {}, byLid)).toBe(false)
    for (const byte of [80, 124]) expect(endsAsked(gidAt(req(L), byte), {}, byGid)).toBe(false)
  })
})

describe("an exchange that a peer opens", () => {
  /** A peer asks so; true if the function's REP may go to the far address. */
  const mayAnswer = (mad: Uint8Array, from: Partial<Message>, to: Partial<Message>): boolean => {
    const bench = new Bench()
    expect(arrive(bench, 1, mad, from)).toBeDefined()
    return send(bench, 1, rep(L, R), to) !== undefined
  }
  const asking = () => req(R, { gid: gidOf(1) })
  const toGid: Partial<Message> = { lid: 0x77, grh: { dgid: FAR_GID } }
  const places: ReadonlyArray<{ name: string; mad: () => Uint8Array; from?: Partial<Message>; to: Partial<Message> }> = [
    { name: "the LID it was sent from", mad: asking, from: byLid, to: byLid },
    { name: "the GID it was sent from", mad: asking, from: byGid, to: toGid },
    { name: "its primary local LID", mad: () => lidAt(asking(), 76), to: byLid },
    { name: "its primary local GID", mad: () => gidAt(asking(), 80), to: toGid },
    { name: "its alternate local LID", mad: () => lidAt(asking(), 120), to: byLid },
    { name: "its alternate local GID", mad: () => gidAt(asking(), 124), to: toGid }
  ]
  test.each(places)("is answered at $name [SQP-CM-14]", ({ from = {}, mad, to }) => {
    expect(mayAnswer(mad(), from, to)).toBe(true)
    expect(mayAnswer(asking(), {}, to)).toBe(false)
  })
})

describe("an alternate path", () => {
  /** The two ends of a LAP by who sends it: where the peer will be comes last. */
  const places = [
    { who: "a function", lidByte: 46, gidByte: 64, ownLidByte: 44, ownGidByte: 48 },
    { who: "the peer", lidByte: 44, gidByte: 48, ownLidByte: 46, ownGidByte: 64 }
  ] as const
  test.each(places)("that $who proposes is known once it is accepted, not before [SQP-CM-15]", (place) => {
    const isFunctions = place.who === "a function"
    /** True if a DREQ from the far address ends the exchange after such a LAP and an APR of this status. */
    const ends = (change: (mad: Uint8Array) => void, status: number, from: Partial<Message>): boolean => {
      const bench = new Bench({ timing })
      const wire = localId(send(bench, 1, req(L))!.mad)
      arrive(bench, 1, rep(R, wire))
      const lap = message("LAP", isFunctions ? L : R, isFunctions ? R : wire)
      change(lap)
      const apr = message("APR", isFunctions ? R : L, isFunctions ? wire : R)
      apr[33] = status
      if (isFunctions) send(bench, 1, lap)
      else arrive(bench, 1, lap)
      if (isFunctions) arrive(bench, 1, apr)
      else send(bench, 1, apr)
      expect(arrive(bench, 1, message("DREQ", R, wire), from)).toBeDefined()
      bench.advance(200)
      return arrive(bench, 1, message("MRA", R, wire)) === undefined
    }
    for (const status of [0, 1]) {
      expect(ends((lap) => lidAt(lap, place.lidByte), status, byLid)).toBe(status === 0)
      expect(ends((lap) => gidAt(lap, place.gidByte), status, byGid)).toBe(status === 0)
    }
    expect(ends((lap) => lidAt(lap, place.ownLidByte), 0, byLid)).toBe(false)
    expect(ends((lap) => gidAt(lap, place.ownGidByte), 0, byGid)).toBe(false)
  })
})

describe("SIDR", () => {
  /** A SIDR_REQ whose private data look like the addresses of a REQ. */
  const withData = (id: number): Uint8Array =>
    [76, 78, 120, 122].reduce((mad, byte) => lidAt(mad, byte), sidr("SIDR_REQ", id))

  it("of a function is not ended by a SIDR_REP from elsewhere, which makes no address known either [SQP-CM-15]", () => {
    const bench = new Bench({ timing })
    const wire = localId(send(bench, 1, withData(L))!.mad)
    for (let i = 0; i < 2; i++) {
      expect(arrive(bench, 1, sidr("SIDR_REP", wire), byLid)).toBeDefined()
      expect(localId(send(bench, 1, withData(L))!.mad)).toBe(wire)
    }
    expect(arrive(bench, 1, sidr("SIDR_REP", wire))).toBeDefined()
    expect(localId(send(bench, 1, withData(L))!.mad)).not.toBe(wire)
  })

  it("of a peer is answered where it came from: its private data name no address [SQP-CM-14]", () => {
    const bench = new Bench()
    arrive(bench, 0, withData(R))
    expect(send(bench, 0, sidr("SIDR_REP", R), byLid)).toBeUndefined()
    expect(send(bench, 0, sidr("SIDR_REP", R))).toBeDefined()
  })
})
