/** Redirection in the engine, sentence by sentence of spec/classes.md. */
import { expect, it, test } from "vitest"
import { defaultLimits, defaultTiming } from "../../impl/mux/config.ts"
import { Bench, makeMad, PEER_GID, PEER_LID, SM_LID, tidOf } from "./fixture.ts"

const PLACE = 0x4040
const limits = { ...defaultLimits, tids: 16, cm: 16, inbound: 16 }
const timing = { ...defaultTiming, tidMin: 100, tidMax: 200, linger: 100, lingerMax: 200, rest: 300 }
const INFO_BYTE: Readonly<Record<number, number>> = { 3: 56, 4: 64, 6: 64, 0x32: 40 }

/** What a redirecting answer says. */
interface Says {
  readonly mgmtClass?: number
  readonly qpn?: number
  readonly lid?: number
  readonly gid?: string
  readonly method?: number
  readonly attribute?: number
  readonly at?: number
}
let asked = 0
const bodyOf = (mgmtClass: number): Record<number, string> => (mgmtClass === 0x32 ? { 37: "001405" } : {})

/** Function `f` asks at QP1 of the peer, or of the SM, and is answered by a ClassPortInfo. */
const redirect = (bench: Bench, f: number, says: Says = {}): void => {
  const { mgmtClass = 4, qpn = PLACE, lid = PEER_LID, gid = "0".repeat(32), method = 0x81, attribute = 1 } = says
  const at = says.at ?? INFO_BYTE[mgmtClass] ?? 64
  const tid = (++asked).toString(16).padStart(16, "0")
  bench.send(f, 1, { mad: makeMad({ class: mgmtClass, method: 1, tid }, bodyOf(mgmtClass)), lid: mgmtClass === 3 ? SM_LID : PEER_LID })
  const wireTid = tidOf(bench.wire()[0]!.mad)
  bench.arrive(1, {
    mad: makeMad({ class: mgmtClass, method, attribute, tid: wireTid }, {
      ...bodyOf(mgmtClass), 4: { u16: 2 }, [at + 8]: gid, [at + 28]: { u16: lid }, [at + 32]: { u32: qpn }
    }),
    lid: PEER_LID
  })
  expect(bench.got(f)).toHaveLength(1)
}
/** Whether a request of `f` to a place leaves. */
const leaves = (bench: Bench, f: number, mgmtClass = 4, qpn = PLACE, lid = PEER_LID, dgid: string | null = null): boolean => {
  const tid = (++asked).toString(16).padStart(16, "0")
  const grh = dgid === null ? null : { dgid }
  bench.send(f, 1, { mad: makeMad({ class: mgmtClass, method: 1, tid }, bodyOf(mgmtClass)), remoteQpn: qpn, lid, grh })
  return bench.wire().some((sent) => sent.remoteQpn === qpn && sent.lid === lid)
}

test.each([4, 6, 0x32])("a response of class %s opens its place to its function and class alone [SQP-CLS-9] [SQP-CLS-7]", (mgmtClass) => {
  const bench = new Bench()
  expect(leaves(bench, 1, mgmtClass)).toBe(false)
  redirect(bench, 1, { mgmtClass })
  expect(leaves(bench, 1, mgmtClass)).toBe(true)
  expect(leaves(bench, 2, mgmtClass)).toBe(false)
  expect(leaves(bench, 1, mgmtClass === 4 ? 6 : 4)).toBe(false)
  expect(leaves(bench, 1, mgmtClass, PLACE + 1)).toBe(false)
  expect(leaves(bench, 1, mgmtClass, PLACE, PEER_LID + 1)).toBe(false)
  expect(bench.drops(1)).toEqual({ "remote-qpn": 4 })
})

it("the answer from a place finds the function that asked there [SQP-CLS-9] [SQP-TID-2]", () => {
  const bench = new Bench()
  redirect(bench, 1)
  bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, tid: "aabbccddeeff0011" }), remoteQpn: PLACE, lid: PEER_LID })
  const tid = tidOf(bench.wire()[0]!.mad)
  bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid }), lid: PEER_LID, remoteQpn: PLACE })
  expect(bench.got(1).map(({ mad }) => tidOf(mad))).toEqual(["aabbccddeeff0011"])
})

it("a RedirectLID of 0 opens the QPN behind the RedirectGID, at whatever LID [SQP-CLS-9]", () => {
  const bench = new Bench()
  redirect(bench, 1, { lid: 0, gid: PEER_GID })
  expect(leaves(bench, 1)).toBe(false)
  expect(leaves(bench, 1, 4, PLACE, PEER_LID + 7, PEER_GID)).toBe(true)
  expect(leaves(bench, 1, 4, PLACE, PEER_LID, `${PEER_GID.slice(0, 31)}f`)).toBe(false)
})

it("the SA redirects a VF to another QPN of the SM, never to another LID [SQP-CLS-9] [SQP-CLS-6]", () => {
  const bench = new Bench()
  redirect(bench, 1, { mgmtClass: 3, lid: SM_LID })
  redirect(bench, 1, { mgmtClass: 3, lid: PEER_LID })
  expect([leaves(bench, 1, 3, PLACE, SM_LID), leaves(bench, 1, 3, PLACE, PEER_LID)]).toEqual([true, false])
  redirect(bench, 0, { mgmtClass: 3, lid: PEER_LID })
  expect(leaves(bench, 0, 3, PLACE, PEER_LID)).toBe(true)
  expect(bench.drops(1)).toEqual({ "sa-destination": 1 })
})

test.each([
  { name: "names QPN 0", says: { qpn: 0 } },
  { name: "names QPN 1", says: { qpn: 1 } },
  { name: "is no GetResp", says: { method: 0x92 } },
  { name: "bears another attribute", says: { attribute: 0x12 } },
  { name: "has its ClassPortInfo elsewhere", says: { at: 56 } }
])("a response that $name redirects nobody [SQP-CLS-9]", ({ says }) => {
  const bench = new Bench()
  redirect(bench, 1, says)
  for (const qpn of [PLACE, 0]) expect(leaves(bench, 1, 4, qpn)).toBe(false)
})

it("a response that nobody asked for, or that is dropped, redirects nobody [SQP-CLS-9]", () => {
  const bench = new Bench({}, [1, 2])
  const says = { 92: { u16: PEER_LID }, 96: { u32: PLACE } }
  bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, attribute: 1, tid: "0000000000000077" }, says), lid: PEER_LID })
  bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }), lid: PEER_LID })
  const tid = tidOf(bench.wire()[0]!.mad)
  bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, attribute: 1, tid }, says), grh: { dgid: PEER_GID.replace("0a0001", "000102") } })
  bench.settle()
  for (const f of [0, 1, 2]) expect(leaves(bench, f)).toBe(false)
})

it("a place is forgotten tidMax after its last use, not before tidMin [SQP-CLS-9]", () => {
  const bench = new Bench({ timing })
  redirect(bench, 1)
  for (let i = 0; i < 5; i++) {
    bench.advance(99)
    expect(leaves(bench, 1)).toBe(true)
  }
  bench.advance(200)
  expect(leaves(bench, 1)).toBe(false)
})

it("a dropped request is no use of its place [SQP-CLS-9]", () => {
  const bench = new Bench({ timing, limits: { ...limits, tids: 1 } })
  redirect(bench, 1)
  bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, tid: "00000000000000fe" }), lid: PEER_LID })
  bench.wire()
  bench.advance(60)
  bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, tid: "00000000000000fe" }), lid: PEER_LID })
  bench.wire()
  expect([leaves(bench, 1), bench.drops(1)["tid-quota"]]).toEqual([false, 1])
  bench.advance(140)
  expect([leaves(bench, 1), bench.drops(1)["remote-qpn"]]).toEqual([false, 1])
})

it("at limits.redirects the place used longest ago gives way; another function keeps its own [SQP-CLS-9]", () => {
  const bench = new Bench({ limits: { ...limits, redirects: 2 } })
  redirect(bench, 2)
  redirect(bench, 1, { qpn: PLACE })
  redirect(bench, 1, { qpn: PLACE + 1 })
  expect(leaves(bench, 1, 4, PLACE)).toBe(true)
  redirect(bench, 1, { qpn: PLACE + 2 })
  expect([0, 1, 2].map((n) => leaves(bench, 1, 4, PLACE + n))).toEqual([true, false, true])
  expect(leaves(bench, 2)).toBe(true)
  const none = new Bench({ limits: { ...limits, redirects: 0 } })
  redirect(none, 1)
  expect(leaves(none, 1)).toBe(false)
})

it("nothing of a place outlives its function [SQP-CLS-9] [SQP-LIFE-1]", () => {
  const bench = new Bench()
  redirect(bench, 1)
  bench.mux.reset(1)
  expect(leaves(bench, 1)).toBe(false)
  redirect(bench, 1)
  bench.mux.stop()
  bench.mux.start()
  expect(leaves(bench, 1)).toBe(false)
})
