/** What small rooms of the engine promise by themselves: P_Key tables, the port's clock and prefix, RMPP, sizes. */
import { describe, expect, it, test } from "vitest"
import { defaultLimits, defaultTiming } from "../../impl/mux/config.ts"
import { makePkeys, NO_INDEX } from "../../impl/mux/pkeys.ts"
import { PortState } from "../../impl/mux/port-state.ts"
import { makeRedirects, redirectsWords } from "../../impl/mux/redirects.ts"
import { isRmppControl } from "../../impl/mux/rmpp.ts"
import { makeRings, NO_BOUND, ringsWords, spent } from "../../impl/mux/rings.ts"
import { DGID_WORD, madOf } from "../../impl/mux/slots.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { FLAG_GRH, SLOT_FLAGS, SLOT_LID, SLOT_REMOTE_QPN, SLOT_WORDS } from "../../impl/ring/slot.ts"
import { Bench, bytesOf, makeMad, muxConfig, PEER_GID, PEER_LID } from "./fixture.ts"

describe("a credit of MADs", () => {
  it("is one less for each, never below none, and without a bound it stays so for ever [SQP-FAIR-2]", () => {
    expect([2, 1, 0, NO_BOUND].map(spent)).toEqual([1, 0, 0, NO_BOUND])
  })
})

describe("a P_Key table", () => {
  it("holds no P_Key of base 0, though entries of it are empty [SQP-PKEY-1] [SQP-MC-15]", () => {
    const pkeys = makePkeys(2, [0xffff, 0], [[], [0, null, 1, 9]])
    for (const f of [0, 1]) expect([0xffff, 0x7fff, 0x8000, 0].map((pkey) => pkeys.holds(f, pkey))).toEqual([true, true, false, false])
    expect(pkeys.view(1)).toEqual([0xffff, 0, 0, 0])
  })

  it("of the PF is the physical one, entry by entry, though a P_Key stands there twice [SQP-PKEY-1]", () => {
    const pkeys = makePkeys(1, [0x7fff, 0xffff, 0xffff], [])
    expect([0, 1, 2].map((physical) => pkeys.toVirtual(0, physical))).toEqual([0, 1, 2])
  })

  it("means nothing by an index that was taken away, and every change is noticed [SQP-PKEY-3] [SQP-MC-15]", () => {
    const pkeys = makePkeys(2, [0xffff, 0x8001], [[], [0, 1]])
    const versions = [pkeys.version()]
    expect([0, 1, 2].map((virtual) => pkeys.toPhysical(1, virtual))).toEqual([0, 1, NO_INDEX])
    pkeys.setMap(1, [0])
    versions.push(pkeys.version())
    expect([0, 1].map((virtual) => pkeys.toPhysical(1, virtual))).toEqual([0, NO_INDEX])
    expect([0, 1].map((physical) => pkeys.toVirtual(1, physical))).toEqual([0, NO_INDEX])
    pkeys.setTable([0xffff])
    versions.push(pkeys.version())
    expect(versions.toSorted((a, b) => a - b)).toEqual([...new Set(versions)])
  })
})

describe("the port", () => {
  const port = (): PortState => new PortState(muxConfig().port)

  it("has a clock that never goes back, and says whether it moved", () => {
    const state = port()
    expect([state.advance(5), state.advance(5), state.advance(3), state.nowMs, state.now]).toEqual([true, false, false, 5, 5])
  })

  it("understands no former prefix before there was one, nor without a grace; each change is noticed [SQP-STEER-2]", () => {
    const state = port()
    const before = state.prefixVersion
    expect(state.hasFormer).toBe(false)
    expect(state.changePrefix(1, 2, 0)).toBe(true)
    expect([state.hasFormer, state.prefixVersion > before]).toEqual([false, true])
    expect(state.changePrefix(1, 2, 9)).toBe(false)
    expect(state.changePrefix(1, 3, 9)).toBe(true)
    expect([state.hasFormer, state.formerLow]).toEqual([true, 2])
  })
})

it("an event of the port that there is not is refused by its name [SQP-IN-1]", () => {
  const { mux } = new Bench()
  expect(() => mux.portEvent({ _tag: "odd" } as unknown as Parameters<typeof mux.portEvent>[0])).toThrow('got "odd"')
  expect(() => mux.portEvent({} as unknown as Parameters<typeof mux.portEvent>[0])).toThrow('got "nothing"')
})

test("an RMPP control packet is an active ACK, STOP or ABORT of a class with the RMPP header [SQP-TID-9] [SQP-TID-11]", () => {
  const numbers = Array.from({ length: 256 }, (_, number) => number)
  const isControl = (mgmtClass: number, type: number, flags: number): boolean =>
    isRmppControl(new DataView(makeMad({ class: mgmtClass, method: 1 }, { 25: { u8: type }, 26: { u8: flags } }).buffer), 0, mgmtClass)
  const vendor = numbers.filter((mgmtClass) => mgmtClass >= 0x30 && mgmtClass <= 0x4f)
  expect(numbers.filter((mgmtClass) => isControl(mgmtClass, 2, 1))).toEqual([0x03, 0x06, 0x10, 0x12, ...vendor])
  expect(numbers.filter((type) => isControl(3, type, 1))).toEqual([2, 3, 4])
  expect(numbers.filter((flags) => isControl(3, 2, flags) !== ((flags & 1) === 1))).toEqual([])
})

describe("places of redirection", () => {
  const CLASS = 4
  const QPN = 0x4040
  class Places {
    readonly region = SharedRegion.create(10_000)
    readonly slot = this.region.allocate(SLOT_WORDS)
    readonly guard = this.region.allocate(32)
    readonly places = makeRedirects(this.region, { functions: 3, perFunction: 1, life: { ms: 100, slackMs: 0 } })

    learn(f: number, lid: number, gid = "0".repeat(32), qpn = QPN): void {
      const says = { 72: gid, 92: { u16: lid }, 96: { u32: qpn } }
      this.region.bytes.set(makeMad({ class: CLASS, method: 0x81, attribute: 1 }, says), madOf(this.slot))
      this.places.learn(f, madOf(this.slot), 0)
    }

    find(f: number, lid: number, dgid: string, hasGrh = true, now = 0): boolean {
      const { bytes, words } = this.region
      words[this.slot + SLOT_FLAGS] = hasGrh ? FLAG_GRH : 0
      words[this.slot + SLOT_LID] = lid
      words[this.slot + SLOT_REMOTE_QPN] = QPN
      bytes.set(bytesOf(dgid), (this.slot + DGID_WORD) * 4)
      return this.places.find(f, CLASS, this.slot, now) !== 0
    }
  }

  it("behind a GID are for who names it in a GRH; those at a LID for any GRH [SQP-CLS-9]", () => {
    const behind = new Places()
    behind.learn(1, 0, PEER_GID)
    expect([true, false].map((hasGrh) => behind.find(1, PEER_LID, PEER_GID, hasGrh))).toEqual([true, false])
    const at = new Places()
    at.learn(1, PEER_LID)
    expect([true, false].map((hasGrh) => at.find(1, PEER_LID, PEER_GID, hasGrh))).toEqual([true, true])
    const header = Buffer.from(behind.region.bytes.slice(0, 16)).toString("hex")
    behind.learn(1, 0, header)
    expect(behind.find(1, 0, header, false)).toBe(false)
  })

  it("are each function's own, its neighbour's in memory too, and given back once [SQP-CLS-9] [SQP-LIFE-1]", () => {
    const places = new Places()
    places.learn(2, PEER_LID)
    places.learn(1, PEER_LID, undefined, QPN + 1)
    expect([0, 1, 2].map((f) => places.find(f, PEER_LID, PEER_GID))).toEqual([false, false, true])
    places.places.collect(2, 9, 100)
    expect(places.places.used(2)).toBe(0)
    for (const f of [1, 2]) places.places.endFunction(f)
    expect([1, 2].map((f) => places.places.used(f))).toEqual([0, 0])
    places.learn(0, PEER_LID)
    expect([...places.region.words.slice(places.guard, places.guard + 32)]).toEqual(Array.from({ length: 32 }, () => 0))
  })

  it("are none where none are allowed", () => {
    const region = SharedRegion.create(10_000)
    const slot = region.allocate(SLOT_WORDS)
    const places = makeRedirects(region, { functions: 1, perFunction: 0, life: { ms: 100, slackMs: 0 } })
    region.bytes.set(makeMad({ class: CLASS, method: 0x81, attribute: 1 }, { 92: { u16: 9 }, 96: { u32: QPN } }), madOf(slot))
    const { wordsFree } = region
    for (let i = 0; i < 2; i++) places.learn(0, madOf(slot), 0)
    expect([places.used(0), region.wordsFree]).toEqual([0, wordsFree])
    expect(() => SharedRegion.attach(region.memory)).not.toThrow()
  })
})

describe("a region has room", () => {
  const taken = (lay: (region: SharedRegion) => void): number => {
    const region = SharedRegion.create(4_000_000)
    const before = region.wordsFree
    lay(region)
    return before - region.wordsFree
  }

  test.each([[1, 2, 2], [4, 8, 16], [64, 64, 64]])("for the rings of %i functions of %i slots, %i to the wire", (functions, slots, wire) => {
    expect(taken((region) => void makeRings(region, functions, slots, wire))).toBeLessThanOrEqual(ringsWords(functions, slots, wire))
  })

  test.each([[1, 1], [3, 5], [255, 16]])("for the places of %i functions, %i each", (functions, perFunction) => {
    const life = { ms: 100, slackMs: 0 }
    // Each of its two tables begins at a multiple of 32 words.
    expect(taken((region) => void makeRedirects(region, { functions, perFunction, life })))
      .toBeLessThanOrEqual(redirectsWords(functions, perFunction) + 2 * 31)
  })

  it("for a PF context whose functions may all be redirected to many places", () => {
    expect(() => new Bench({ limits: { ...defaultLimits, tids: 1, cm: 1, inbound: 1, redirects: 2048 } })).not.toThrow()
  })
})

it("publishes what both rings of its only function got in one poll", () => {
  const { guids, nodeGuids } = muxConfig()
  const bench = new Bench({ functions: 1, guids: guids.slice(0, 1), nodeGuids: nodeGuids.slice(0, 1), pkeyMaps: [[]], timing: defaultTiming }, [])
  bench.arrive(0, { mad: makeMad({ class: 1, method: 1 }), remoteQpn: 0 })
  bench.arrive(1, { mad: makeMad({ class: 4, method: 1 }) })
  expect([bench.got(0, 0).length, bench.got(0, 1).length]).toEqual([1, 1])
})
