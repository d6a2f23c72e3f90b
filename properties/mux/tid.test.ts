/** Transactions, sentence by sentence of spec/tid.md. */
import { expect, it, test } from "vitest"
import { defaultLimits, defaultTiming } from "../../impl/mux/config.ts"
import { Bench, hex, gidOf, makeMad, PEER_GID, PEER_LID, SM_LID, tidOf, u32 } from "./fixture.ts"

const GUEST = "aabbccdd11223344"
const timing = {
  ...defaultTiming,
  tidMin: 100, tidMax: 200, rest: 300, linger: 100, lingerMax: 200, openingMin: 100, openingMax: 1000,
  saTimeout: 1000, saRetries: 3, horizon: 3300, renewGrace: 60_000, slack: 10, prefixGrace: 50, rejInterval: 10
}
const limits = { ...defaultLimits, tids: 16, cm: 16, inbound: 16 }
const get = (tid = GUEST) => makeMad({ class: 4, method: 1, attribute: 0x12, tid })
const answer = (tid: string) => makeMad({ class: 4, method: 0x81, attribute: 0x12, tid })
/** Sends a request of `f` and returns its wire TID. */
const ask = (bench: Bench, f: number, tid = GUEST, lid = PEER_LID): string => {
  bench.send(f, 1, { mad: get(tid), lid })
  return tidOf(bench.wire()[0]!.mad)
}

it("equal TIDs of two functions leave as different ones and both answers find their own [SQP-TID-1] [SQP-TID-2]", () => {
  const bench = new Bench()
  const [one, two] = [ask(bench, 1), ask(bench, 2)]
  expect(one).not.toBe(two)
  bench.arrive(1, { mad: answer(two), lid: PEER_LID })
  bench.arrive(1, { mad: answer(one), lid: PEER_LID })
  expect([bench.got(1), bench.got(2)].map((got) => got.map((seen) => tidOf(seen.mad)))).toEqual([[GUEST], [GUEST]])
})

it("the upper half of a wire TID is zero and the lower is not [SQP-TID-7]", () => {
  const tid = ask(new Bench(), 1)
  expect(tid.slice(0, 8)).toBe("00000000")
  expect(tid.slice(8)).not.toBe("00000000")
})

it("a retransmission keeps its wire TID [SQP-TID-3]", () => {
  const bench = new Bench()
  expect(ask(bench, 1)).toBe(ask(bench, 1))
})

const keys: ReadonlyArray<{ name: string; send: (bench: Bench) => void }> = [
  { name: "LID", send: (bench) => bench.send(1, 1, { mad: get(), lid: PEER_LID + 1 }) },
  { name: "DGID", send: (bench) => bench.send(1, 1, { mad: get(), lid: PEER_LID, grh: { dgid: PEER_GID } }) },
  { name: "class", send: (bench) => bench.send(1, 1, { mad: makeMad({ class: 6, method: 1, tid: GUEST }), lid: PEER_LID }) },
  { name: "upper half of the TID", send: (bench) => bench.send(1, 1, { mad: get(`00${GUEST.slice(2)}`), lid: PEER_LID }) }
]
test.each(keys)("a request to another $name is another transaction [SQP-TID-3]", ({ send }) => {
  const bench = new Bench()
  const first = ask(bench, 1)
  send(bench)
  expect(tidOf(bench.wire()[0]!.mad)).not.toBe(first)
})

it("requests to two DGIDs are two transactions [SQP-TID-3]", () => {
  const bench = new Bench()
  for (const dgid of [PEER_GID, gidOf(3), PEER_GID]) bench.send(1, 1, { mad: get(), lid: PEER_LID, grh: { dgid } })
  const tids = bench.wire().map((seen) => tidOf(seen.mad))
  expect(tids[0]).not.toBe(tids[1])
  expect(tids[2]).toBe(tids[0])
})

it("method, attribute, source and the upper half of the TID of an answer are not compared [SQP-TID-4]", () => {
  const bench = new Bench()
  const tid = ask(bench, 1)
  const odd = makeMad({ class: 4, method: 0x92, attribute: 0x99, tid: `deadbeef${tid.slice(8)}` }, { 4: { u16: 0x0100 } })
  bench.arrive(1, { mad: odd, lid: 77, remoteQpn: 5 })
  const [got] = bench.got(1)
  expect(got).toMatchObject({ lid: 77, remoteQpn: 5 })
  expect(tidOf(got!.mad)).toBe(GUEST)
  expect(hex(got!.mad.subarray(16))).toBe(hex(odd.subarray(16)))
})

it("an answer of another class or on another QP is dropped for response-unasked [SQP-TID-4]", () => {
  const bench = new Bench()
  const tid = ask(bench, 1)
  bench.arrive(1, { mad: makeMad({ class: 6, method: 0x81, tid }) })
  bench.arrive(0, { mad: makeMad({ class: 1, method: 0x81, tid }) })
  bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid: "0000000000000000" }) })
  expect([bench.got(1), bench.drops(null)]).toEqual([[], { "response-unasked": 3 }])
})

it("an answer may come again and an RMPP ACK of the asker keeps the wire TID [SQP-TID-3] [SQP-TID-5]", () => {
  const bench = new Bench()
  bench.send(1, 1, { mad: makeMad({ class: 3, method: 0x12, attribute: 0x35, tid: GUEST }) })
  const tid = tidOf(bench.wire()[0]!.mad)
  for (let i = 0; i < 3; i++) {
    bench.arrive(1, { mad: makeMad({ class: 3, method: 0x92, attribute: 0x35, tid }, { 24: "01010100" }) })
    expect(bench.got(1)).toHaveLength(1)
    bench.send(1, 1, { mad: makeMad({ class: 3, method: 0x12, attribute: 0x35, tid: GUEST }, { 24: "01020100" }) })
    expect(tidOf(bench.wire()[0]!.mad)).toBe(tid)
  }
})

it("a request is remembered tidMin after its last use, of either way, and forgotten by tidMax [SQP-TID-5]", () => {
  const bench = new Bench({ timing })
  const tid = ask(bench, 1)
  bench.advance(99)
  bench.arrive(1, { mad: answer(tid) })
  expect(bench.got(1)).toHaveLength(1)
  bench.advance(99)
  expect(ask(bench, 1)).toBe(tid)
  bench.advance(99)
  bench.arrive(1, { mad: answer(tid) })
  expect(bench.got(1)).toHaveLength(1)
  bench.advance(200)
  bench.arrive(1, { mad: answer(tid) })
  expect(bench.got(1)).toEqual([])
  expect(bench.drops(null)).toEqual({ "response-unasked": 1 })
  expect(ask(bench, 1)).not.toBe(tid)
})

it("entries past their life are not used, even in the poll that first sees the time [SQP-TID-5]", () => {
  // more functions than a poll collects of
  const functions = Array.from({ length: 19 }, (_, i) => i + 1)
  const change = { timing, functions: 20, limits: { tids: 1, cm: 1, groups: 1, pending: 1, services: 4, inbound: 1 } }
  const answered = new Bench(change, functions)
  const tids = functions.map((f) => ask(answered, f))
  answered.now += 200
  for (const tid of tids) answered.arrive(1, { mad: answer(tid) })
  answered.mux.poll(19, answered.now)
  expect(answered.mux.counters(null).dropped["response-unasked"]).toBe(19)

  const repeated = new Bench(change, functions)
  const first = functions.map((f) => ask(repeated, f))
  repeated.now += 200
  for (const f of functions) repeated.send(f, 1, { mad: get(), lid: PEER_LID })
  repeated.mux.poll(19, repeated.now)
  const second = repeated.wire().map((sent) => tidOf(sent.mad))
  expect(second).toHaveLength(19)
  expect(second.filter((tid) => first.includes(tid))).toEqual([])

  const another = new Bench(change, functions)
  for (const f of functions) ask(another, f)
  another.now += 200
  for (const f of functions) another.send(f, 1, { mad: get("00000000000000ff"), lid: PEER_LID })
  another.mux.poll(19, another.now)
  expect(another.wire()).toHaveLength(19)
})

it("a released wire TID is not seen again before it rested [SQP-TID-6]", () => {
  const bench = new Bench({ timing, limits: { tids: 2, cm: 1, groups: 1, pending: 1, services: 4, inbound: 1 } })
  const seen = new Map<string, number>()
  for (let i = 0; i < 400; i++) {
    const tid = ask(bench, 1, i.toString(16).padStart(16, "0"))
    expect(seen.get(tid) ?? -Infinity).toBeLessThanOrEqual(bench.now - timing.tidMin - timing.rest)
    seen.set(tid, bench.now)
    bench.advance(100)
  }
})

it("a function holds at most limits.tids transactions, and those that expired do not count [SQP-TID-10]", () => {
  const bench = new Bench({ timing })
  const tid = (i: number): string => i.toString(16).padStart(16, "0")
  for (let i = 0; i < 17; i++) bench.send(1, 1, { mad: get(tid(i)) })
  expect(bench.wire()).toHaveLength(16)
  expect(bench.drops(1)).toEqual({ "tid-quota": 1 })
  bench.send(1, 1, { mad: get(tid(3)) })
  bench.send(2, 1, { mad: get(tid(3)) })
  expect(bench.wire()).toHaveLength(2)
  bench.now += 200
  for (let i = 20; i < 36; i++) bench.send(1, 1, { mad: get(tid(i)) })
  expect(bench.wire()).toHaveLength(16)
  expect(bench.drops(1)).toEqual({ "tid-quota": 1 })
})

it("a delivered request may be answered, in segments and again, with its TID untouched [SQP-TID-8]", () => {
  const bench = new Bench()
  bench.arrive(1, { mad: makeMad({ class: 4, method: 1, tid: GUEST }), lid: PEER_LID, remoteQpn: 44 })
  expect(tidOf(bench.got(0)[0]!.mad)).toBe(GUEST)
  for (let i = 0; i < 3; i++) bench.send(0, 1, { mad: answer(GUEST), lid: PEER_LID, remoteQpn: 44 })
  expect(bench.wire().map((sent) => [tidOf(sent.mad), sent.remoteQpn])).toEqual(Array(3).fill([GUEST, 44]))
})

const answers: ReadonlyArray<{ name: string; f?: number; mad?: Uint8Array; lid?: number; remoteQpn?: number }> = [
  { name: "another function", f: 1 },
  { name: "another LID", lid: PEER_LID + 1 },
  { name: "another QPN", remoteQpn: 1 },
  { name: "another TID", mad: answer("0000000000000009") },
  { name: "another upper half of the TID", mad: answer(`00000000${GUEST.slice(8)}`) },
  { name: "another class", mad: makeMad({ class: 6, method: 0x81, tid: GUEST }) }
]
test.each(answers)("an answer by or with $name is dropped for response-undelivered [SQP-TID-8]", (change) => {
  const bench = new Bench()
  bench.arrive(1, { mad: makeMad({ class: 4, method: 1, tid: GUEST }), lid: PEER_LID, remoteQpn: 44 })
  bench.settle()
  const { f = 0, lid = PEER_LID, mad = answer(GUEST), remoteQpn = 44 } = change
  bench.send(f, 1, { mad, lid, remoteQpn })
  expect(bench.wire()).toEqual([])
  expect(bench.drops(f)).toEqual({ "response-undelivered": 1 })
})

it("TrapRepress is a response either way [SQP-TID-4] [SQP-TID-8]", () => {
  const bench = new Bench()
  bench.send(0, 1, { mad: makeMad({ class: 4, method: 5, tid: GUEST }), lid: PEER_LID })
  const tid = tidOf(bench.wire()[0]!.mad)
  bench.arrive(1, { mad: makeMad({ class: 4, method: 7, tid }) })
  expect(tidOf(bench.got(0)[0]!.mad)).toBe(GUEST)
  bench.arrive(1, { mad: makeMad({ class: 4, method: 5, tid: GUEST }), lid: PEER_LID, remoteQpn: 1 })
  bench.settle()
  bench.send(0, 1, { mad: makeMad({ class: 4, method: 7, tid: GUEST }), lid: PEER_LID })
  expect(tidOf(bench.wire()[0]!.mad)).toBe(GUEST)
})

it("the delivered request used longest ago gives way, an answered one first [SQP-TID-12]", () => {
  const request = (i: number) => makeMad({ class: 4, method: 1, tid: i.toString(16).padStart(16, "0") })
  const answering = (i: number) => makeMad({ class: 4, method: 0x81, tid: i.toString(16).padStart(16, "0") })
  const bench = new Bench({ timing, limits: { ...limits, inbound: 4 } })
  const arrive = (i: number): void => void bench.arrive(1, { mad: request(i), lid: PEER_LID })
  const answers = (i: number): boolean => {
    bench.send(0, 1, { mad: answering(i), lid: PEER_LID })
    return bench.wire().length === 1
  }
  for (let i = 0; i < 4; i++) arrive(i)
  arrive(0)
  bench.settle()
  expect([answers(3), answers(2)]).toEqual([true, true])
  arrive(4)
  arrive(5)
  bench.settle()
  arrive(6)
  expect(bench.got(0)).toHaveLength(8)
  expect([0, 1, 2, 3, 4, 5, 6].filter(answers)).toEqual([0, 4, 5, 6])
  expect(bench.drops(0)).toEqual({ "response-undelivered": 3 })
  const none = new Bench({ limits: { ...limits, inbound: 0 } })
  none.arrive(1, { mad: request(1), lid: PEER_LID })
  expect([none.got(0), none.drops(0)]).toEqual([[], { "inbound-quota": 1 }])
})

it("at the quota the answered transaction used longest ago gives way and its wire TID rests [SQP-TID-10] [SQP-TID-6]", () => {
  const bench = new Bench({ timing, limits: { ...limits, tids: 3 } })
  const tids = ["a", "b", "c"].map((digit) => ask(bench, 1, digit.repeat(16)))
  const answers = (tid: string): boolean => {
    bench.arrive(1, { mad: answer(tid), lid: SM_LID })
    return bench.got(1).length === 1
  }
  for (const tid of tids) expect(answers(tid)).toBe(true)
  // b is asked again, a answered again: c was used longest ago among the answered.
  ask(bench, 1, "b".repeat(16))
  expect(answers(tids[0]!)).toBe(true)
  const seen = new Set(tids)
  for (const digit of ["d", "e"]) {
    const fresh = ask(bench, 1, digit.repeat(16))
    expect(seen.has(fresh)).toBe(false)
    seen.add(fresh)
  }
  expect(tids.map(answers)).toEqual([false, true, false])
  bench.advance(50)
  expect(bench.drops(1)).toEqual({})
})

it("no rate of answered requests reaches the quota: 100 000 in no time [SQP-TID-10]", () => {
  const bench = new Bench({ limits: { ...limits, tids: 16 } })
  const seen = new Set<string>()
  for (let i = 0; i < 100_000; i++) {
    const tid = ask(bench, 1, i.toString(16).padStart(16, "0"))
    seen.add(tid)
    bench.arrive(1, { mad: answer(tid), lid: SM_LID })
    if (i % 32 === 31) expect(bench.got(1)).toHaveLength(32)
  }
  expect(seen.size).toBe(100_000)
  expect([bench.drops(1), bench.drops(null)]).toEqual([{}, {}])
})

test.each(["02", "03", "04"])("RMPP control of type %s leaves for what is outstanding, or not at all [SQP-TID-11]", (type) => {
  const bench = new Bench()
  const packet = (tid: string, active: string) =>
    makeMad({ class: 0x30, method: 1, tid }, { 37: "001405", 24: `01${type}${active}00` })
  bench.send(1, 1, { mad: packet(GUEST, "01"), lid: PEER_LID })
  expect([bench.wire(), bench.drops(1)]).toEqual([[], { "rmpp-unknown": 1 }])
  bench.send(1, 1, { mad: packet(GUEST, "00"), lid: PEER_LID })
  const tid = tidOf(bench.wire()[0]!.mad)
  bench.send(1, 1, { mad: packet(GUEST, "01"), lid: PEER_LID })
  expect(bench.wire().map(({ mad }) => tidOf(mad))).toEqual([tid])
  bench.send(1, 1, { mad: packet(GUEST, "01"), lid: PEER_LID + 1 })
  expect([bench.wire(), bench.drops(1)]).toEqual([[], { "rmpp-unknown": 2 }])
})

const oui = { 37: "001405" }
const control = (type: string) => makeMad({ class: 0x30, method: 1, tid: GUEST }, { ...oui, 24: `01${type}0100` })
const data = makeMad({ class: 0x30, method: 1, tid: GUEST }, oui)

test.each(["02", "03", "04"])("an RMPP control packet of type %s goes where its request went [SQP-TID-9]", (type) => {
  const bench = new Bench()
  bench.arrive(1, { mad: data, lid: PEER_LID, remoteQpn: 3, grh: { dgid: gidOf(2) } })
  expect(bench.got(2)).toHaveLength(1)
  bench.arrive(1, { mad: control(type), lid: PEER_LID, remoteQpn: 3 })
  expect(hex(bench.got(2)[0]!.mad)).toBe(hex(control(type)))
  bench.arrive(1, { mad: control(type), lid: PEER_LID, remoteQpn: 4 })
  expect([bench.got(2), bench.got(0), bench.drops(null)]).toEqual([[], [], { "rmpp-unknown": 1 }])
})

it("of two functions that remember such a request the DGID chooses; without one it is nobody's [SQP-TID-9]", () => {
  const bench = new Bench()
  const from = { lid: PEER_LID, remoteQpn: 3 }
  for (const f of [1, 2]) bench.arrive(1, { mad: data, ...from, grh: { dgid: gidOf(f) } })
  expect([bench.got(1), bench.got(2)].map((got) => got.length)).toEqual([1, 1])
  bench.arrive(1, { mad: control("02"), ...from, grh: { dgid: gidOf(1) } })
  bench.arrive(1, { mad: control("02"), ...from })
  expect([bench.got(1), bench.got(2)].map((got) => got.length)).toEqual([1, 0])
  expect(bench.drops(null)).toEqual({ "rmpp-unknown": 1 })
})

it("an RMPP control packet whose DGID names another function is dropped for steer-conflict [SQP-STEER-1]", () => {
  const bench = new Bench()
  bench.arrive(1, { mad: data, lid: PEER_LID, grh: { dgid: gidOf(1) } })
  bench.arrive(1, { mad: control("02"), lid: PEER_LID, grh: { dgid: gidOf(2) } })
  expect([bench.got(1), bench.got(2)].map((got) => got.length)).toEqual([1, 0])
  expect(bench.drops(1)).toEqual({ "steer-conflict": 1 })
})

it("a dropped answer does not prolong its transaction: a MAD that is dropped is no use [SQP-TID-5]", () => {
  const bench = new Bench({ timing, functionSlots: 1 })
  const tid = ask(bench, 1)
  bench.arrive(1, { mad: answer(tid), lid: SM_LID })
  bench.settle()
  bench.advance(90)
  bench.arrive(1, { mad: answer(tid), lid: SM_LID })
  bench.settle()
  expect(bench.drops(1)).toEqual({ "function-full": 1 })
  expect(u32(bench.got(1)[0]!.mad, 12)).toBe(0x1122_3344)
  bench.advance(110)
  bench.arrive(1, { mad: answer(tid), lid: SM_LID })
  expect(bench.got(1)).toHaveLength(0)
})
