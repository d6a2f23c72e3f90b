/** Transactions of many functions over one real port, answered by a real OpenSM. */
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { getPathRecordByLid } from "../../impl/guest/mads.ts"
import { attachTo } from "./ibsim-attach.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import { getClassPortInfo, lowTidOf, methodOf, pathLidsOf, statusOf, tidOf } from "./mads.ts"
import { type MuxOnFabric, ways, wireMads, withMux } from "./mux-on-fabric.ts"

const METHOD_GET = 0x01
const METHOD_GET_RESP = 0x81
/** Its upper half is what ibsim, kernels and libumad2sim write over. */
const SAME_TID = 0xfedc_ba98_7654_3210n
const FUNCTIONS = 8

const path = (tid: bigint, slid: number, dlid: number): Uint8Array =>
  getPathRecordByLid(tid.toString(16).padStart(16, "0"), slid, dlid)

describe.skipIf(!fabricIsPresent()).each(ways)("transactions over a real port, %s", (way) => {
  let fabric: Fabric
  beforeAll(async () => {
    // The subnet manager, the PF context, and a node for each function to ask about.
    fabric = await startFabric({ hosts: 2 + FUNCTIONS })
  })
  afterAll(() => fabric.stop())

  /** The LIDs of the nodes that are neither the subnet manager nor ours. */
  const otherLids = Effect.suspend(() =>
    Effect.forEach(fabric.nodes.slice(2), (nodeId) =>
      Effect.scoped(Effect.flatMap(attachTo({ ...fabric, nodeId }), ({ lid }) => lid)))
  )

  /** The answer to a path query that is the next MAD of a function. */
  const answer = (mux: MuxOnFabric, f: number) =>
    Effect.map(mux.next(f), ({ mad, qp, slid, srcQp }) => {
      expect({ qp, slid, srcQp, method: methodOf(mad), status: statusOf(mad) })
        .toEqual({ qp: 1, slid: mux.smLid, srcQp: 1, method: METHOD_GET_RESP, status: 0 })
      return { tid: tidOf(mad), ...pathLidsOf(mad) }
    })

  /** Nothing more came than what was taken, and the accounting agrees. */
  const nothingElse = Effect.fnUntraced(function*(mux: MuxOnFabric, asked: number) {
    yield* mux.barrier
    expect(mux.waiting()).toEqual(mux.all.map(() => 0))
    for (const f of mux.all) {
      // The barrier was the PF's.
      const count = f === 0 ? asked + 1 : asked
      const expected = { received: count, forwarded: count, answered: 0, dropped: {} }
      expect(yield* mux.counters(f)).toMatchObject(expected)
    }
  })

  it("eight functions ask the same with one TID at once, and each gets its own answer with all 64 bits "
    + "[SQP-TID-1] [SQP-TID-2] [SQP-TID-4]", async () => {
    const lines = await withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      for (const f of mux.all) mux.post(f, mux.smLid, path(SAME_TID, mux.lid, mux.smLid))
      for (const f of mux.all) {
        expect(yield* answer(mux, f)).toEqual({ tid: SAME_TID, dlid: mux.smLid, slid: mux.lid })
      }
      yield* nothingElse(mux, 1)
    }))
    if (way === "live") return
    const queries = wireMads(lines).slice(0, FUNCTIONS)
    expect(queries.map(methodOf)).toEqual(queries.map(() => METHOD_GET))
    expect(new Set(queries.map(lowTidOf)).size).toBe(FUNCTIONS)
  })

  it("eight functions ask for eight paths with one TID at once, and none gets another's path "
    + "[SQP-TID-1] [SQP-TID-2] [SQP-TID-4]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const lids = yield* otherLids
      expect(new Set([mux.lid, mux.smLid, ...lids]).size).toBe(2 + FUNCTIONS)
      const rounds = mux.all
      // Each round is another TID, and another assignment of paths; all are in flight together.
      const dlidOf = (f: number, round: number): number => lids[(f + round) % FUNCTIONS] ?? 0
      for (const round of rounds) {
        const tid = SAME_TID + BigInt(round)
        for (const f of mux.all) mux.post(f, mux.smLid, path(tid, mux.lid, dlidOf(f, round)))
      }
      for (const f of mux.all) {
        const answers = yield* Effect.forEach(rounds, () => answer(mux, f))
        const byTid = answers.toSorted((a, b) => (a.tid < b.tid ? -1 : 1))
        expect(byTid).toEqual(rounds.map((round) => (
          { tid: SAME_TID + BigInt(round), dlid: dlidOf(f, round), slid: mux.lid }
        )))
      }
      yield* nothingElse(mux, rounds.length)
    })))

  it("a query that the SA refuses is refused to its function alone, the others get their paths "
    + "[SQP-TID-2] [SQP-TID-4]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const nowhere = 0x123
      const refused = 5
      for (const f of mux.all) {
        mux.post(f, mux.smLid, path(SAME_TID, mux.lid, f === refused ? nowhere : mux.smLid))
      }
      for (const f of mux.all.filter((each) => each !== refused)) {
        expect(yield* answer(mux, f)).toMatchObject({ tid: SAME_TID, dlid: mux.smLid })
      }
      const { mad } = yield* mux.next(refused)
      expect(tidOf(mad)).toBe(SAME_TID)
      expect(statusOf(mad)).toBeGreaterThan(0)
      yield* nothingElse(mux, 1)
    })))

  it("an answer that nobody asked for reaches no function, whatever TID it bears [SQP-TID-4]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const forger = yield* attachTo({ ...fabric, nodeId: "Hca3" })
      const forged = getClassPortInfo(0n)
      forged[3] = METHOD_GET_RESP
      const tids = [0n, 1n, SAME_TID, 0xffff_ffff_ffff_ffffn]
      const slots = 10
      let bounced = 0
      for (const tid of tids) {
        // ibsim hands a response to the client whose slot is in its upper 16 bits: one is the PF context's.
        for (let slot = 0; slot < slots; slot++) {
          new DataView(forged.buffer).setBigUint64(8, (BigInt(slot) << 48n) | BigInt.asUintN(48, tid))
          forger.send(mux.lid, forged.slice())
        }
        for (let slot = 1; slot < slots; slot++) {
          yield* forger.bounce
          bounced += 1
        }
      }
      expect(bounced).toBe(tids.length * (slots - 1))
      yield* nothingElse(mux, 0)
      expect(yield* mux.counters(null)).toMatchObject({ dropped: { "response-unasked": tids.length } })
    })))
})
