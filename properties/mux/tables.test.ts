/** What `tables` of the engine tells, table by table: what `dump` shows, and that nothing is left behind. */
import { expect, it } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import { Bench, gidOf, makeMad, PEER_LID, type Seen, SM_LID } from "./fixture.ts"

/** What is held: the function, or a dash for nobody, and the table with its entries. */
const held = (bench: Bench): ReadonlyArray<string> =>
  bench.mux.tables().map(({ entries, function: f, table }) => `${f ?? "-"} ${table} ${entries}`)

/** The SA answers all that left with success. */
const grant = (bench: Bench, asked: ReadonlyArray<Seen>): void => {
  for (const { mad } of asked) {
    const answer = Uint8Array.from(mad)
    answer[3] = mad[3] === 0x15 ? 0x95 : 0x81
    bench.arrive(1, { mad: answer, lid: SM_LID, remoteQpn: 1, sourceQpn: 1 })
  }
  bench.settle()
}
const subscribes = (bench: Bench, f: number): void => {
  const body = {
    56: "0".repeat(32), 72: "ffff0000", 76: "0000", 78: "01", 79: "01", 80: "ffff", 82: "0040", 84: "00000113",
    88: "00ffffff"
  }
  bench.send(f, 1, { lid: SM_LID, mad: makeMad({ class: 3, method: 2, attribute: 3 }, body) })
}
/** A full member of the first group. */
const joins = (bench: Bench, f: number): void => {
  const body = {
    48: "0000000000010003", 56: "ff12401bffff00000000000000000001", 72: gidOf(f), 104: "01"
  }
  bench.send(f, 1, { lid: SM_LID, mad: makeMad({ class: 3, method: 2, attribute: 0x38 }, body) })
}

it("tell what each function and nobody has of the SA, from the request to the function's end", () => {
  const bench = new Bench()
  expect(held(bench)).toEqual([])
  subscribes(bench, 1)
  expect(held(bench)).toEqual(["1 posted 1"])
  const asked = bench.wire()
  const atSa = ["- wireTids 1", "- saRequests 1", "- subscriptions 1"]
  expect(held(bench)).toEqual(["1 waiting 1", ...atSa])
  grant(bench, asked)
  expect(held(bench)).toEqual(["1 delivered 1", "1 subscribers 1", "- subscriptions 1"])
  subscribes(bench, 2)
  joins(bench, 3)
  const joined = bench.wire()
  const both = ["1 delivered 1", "1 subscribers 1", "2 delivered 1", "2 subscribers 1"]
  expect(held(bench))
    .toEqual([...both, "3 waiting 1", "- wireTids 1", "- groups 1", "- saRequests 1", "- subscriptions 1"])
  grant(bench, joined)
  expect(held(bench))
    .toEqual([...both, "3 delivered 1", "3 memberships 1", "- groups 1", "- subscriptions 1"])
  for (const f of [1, 2, 3]) bench.got(f)
  bench.mux.reset(1)
  expect(held(bench)).toEqual(["2 subscribers 1", "3 memberships 1", "- groups 1", "- subscriptions 1"])
  bench.mux.reset(2)
  expect(held(bench))
    .toEqual(["3 memberships 1", "- wireTids 1", "- groups 1", "- saRequests 1", "- subscriptions 1"])
  bench.mux.reset(3)
  expect(held(bench)).toEqual(["- wireTids 2", "- groups 1", "- saRequests 2", "- subscriptions 1"])
  grant(bench, bench.wire())
  expect(held(bench)).toEqual([])
})

it("tell what lies in both of a function's rings each way, and its transactions until their life is over", () => {
  const bench = new Bench()
  const get = makeMad({ class: 4, method: 1, attribute: 1 })
  for (const [qp, count] of [[0, 1], [1, 2]] as const) {
    for (let i = 0; i < count; i++) bench.send(1, qp, { lid: PEER_LID, mad: get })
  }
  expect(held(bench)).toEqual(["1 posted 3"])
  bench.wire()
  expect(held(bench)).toContain("- wireTids 1")
  expect(held(bench).find((each) => each.startsWith("1 transactions"))).toBe("1 transactions 1")
  bench.got(1)
  for (let i = 0; i < 100; i++) bench.advance(defaultTiming.tidMax)
  expect(held(bench)).toEqual([])
})
