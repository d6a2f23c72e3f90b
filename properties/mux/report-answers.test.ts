/** Reports of the SA at the edges of the engine: what answers one, and when a TID is that of another. */
import { describe, expect, it } from "vitest"
import { Bench, gidOf, makeMad, type Message, PEER_GID, PEER_LID, SM_LID, tidOf } from "./fixture.ts"

const REPORT_TID = "00000000000000f1"
const SA = 0x03
const PERF = 0x04
const PING = 0x32
const OUI = { 37: "001405" }
const TRAP = "0040"

/** Set(InformInfo) for everything that {@link report} reports. */
const inform = makeMad({ class: SA, method: 0x02, attribute: 0x03 }, {
  72: "ffff0000", 78: "01", 79: "01", 80: "ffff", 82: TRAP, 84: "00000113", 88: "00ffffff"
})
const report: Message = {
  mad: makeMad({ class: SA, method: 0x06, attribute: 0x02, tid: REPORT_TID }, {
    56: "83000004", 60: TRAP, 62: "0030", 72: PEER_GID, 120: PEER_GID
  }),
  lid: SM_LID
}

/** Function 1 subscribed and was handed a Report; the TID it got it with. */
const handed = (): { readonly bench: Bench; readonly tid: string } => {
  const bench = new Bench()
  bench.send(1, 1, { mad: inform })
  for (const { mad } of bench.wire()) {
    mad[3] = 0x81
    bench.arrive(1, { mad, lid: SM_LID })
  }
  expect(bench.got(1)).toHaveLength(1)
  bench.arrive(1, report)
  const [got] = bench.got(1)
  expect(bench.wire()).toHaveLength(1)
  return { bench, tid: tidOf(got!.mad) }
}
/** Function 1 answers the asker of a ping. */
const pong = (method: number, tid: string): Message =>
  ({ mad: makeMad({ class: PING, method, tid }, OUI), lid: PEER_LID, grh: { dgid: PEER_GID } })

describe("the TID of a Report that a function was handed", () => {
  it("is free for what is no answer to it: other classes, other methods, requests [SQP-SUB-10]", () => {
    const { bench, tid } = handed()
    // A peer may choose any TID; the answer with it must leave.
    bench.arrive(1, {
      mad: makeMad({ class: PING, method: 1, tid }, OUI), lid: PEER_LID, grh: { dgid: gidOf(1), sgid: PEER_GID }
    })
    expect(bench.got(1)).toHaveLength(1)
    for (const method of [0x81, 0x86]) {
      bench.send(1, 1, pong(method, tid))
      expect(bench.wire().map(({ mad }) => tidOf(mad))).toEqual([tid])
    }
    bench.send(1, 1, { mad: makeMad({ class: PERF, method: 1, tid }), lid: PEER_LID })
    bench.send(1, 1, { mad: makeMad({ class: SA, method: 1, attribute: 0x35, tid }) })
    expect(bench.wire()).toHaveLength(2)
    expect(bench.drops(1)).toEqual({})
    bench.send(1, 1, { mad: makeMad({ class: SA, method: 0x81, attribute: 0x35, tid }) })
    expect([bench.wire(), bench.drops(1)]).toEqual([[], { "response-undelivered": 1 }])
    bench.send(1, 1, { mad: makeMad({ class: SA, method: 0x86, attribute: 0x02, tid }) })
    expect([bench.wire(), bench.drops(1)]).toEqual([[], { "response-undelivered": 1, "report-answered": 1 }])
  })

  it("is no TID that the PF context asked the SA with: a response with it was asked for by nobody [SQP-TID-4]", () => {
    const { bench, tid } = handed()
    bench.arrive(1, { mad: makeMad({ class: SA, method: 0x81, attribute: 0x38, tid }), lid: SM_LID })
    bench.settle()
    expect(bench.drops(null)).toEqual({ "response-unasked": 1 })
  })
})

it("a Report with a TID that was seen is a repetition, but for that of another SM [SQP-SUB-6]", () => {
  const { bench } = handed()
  bench.arrive(1, report)
  expect([bench.got(1), bench.drops(null)]).toEqual([[], { "report-repeated": 1 }])
  bench.mux.portEvent({ _tag: "sm", smLid: 7, smSl: 0 })
  bench.arrive(1, { ...report, lid: 7 })
  expect(bench.got(1)).toHaveLength(1)
})
