/** Reports of a real subnet manager about ports that go and come back, heard by functions that subscribed. */
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import { methodOf, reportResponse, setInformInfo, statusOf, tidOf } from "./mads.ts"
import { type Arrived, type MuxOnFabric, ways, withMux } from "./mux-on-fabric.ts"

const TID = 0xfedc_ba98_7654_3210n
const IN_SERVICE = 64
const OUT_OF_SERVICE = 65
const REPORT = 0x06
const SUBSCRIBERS = [1, 2]
const NODE = '"Hca3"[1]'

/** Trap number and GIDADDR of a Report. */
const noticeOf = ({ mad }: Arrived): { readonly trap: number; readonly gid: string } => {
  const bytes = Buffer.from(mad)
  return { trap: bytes.readUInt16BE(60), gid: bytes.toString("hex", 72, 88) }
}

describe.skipIf(!fabricIsPresent()).each(ways)("a real subnet manager that reports, %s", (way) => {
  let fabric: Fabric
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 4 })
  })
  afterAll(() => fabric.stop())

  const inform = (mux: MuxOnFabric, f: number, trap: number, subscribe: boolean, status = 0) =>
    Effect.gen(function*() {
      mux.post(f, mux.smLid, setInformInfo(TID, trap, subscribe))
      const { mad } = yield* mux.next(f)
      expect([methodOf(mad), statusOf(mad), tidOf(mad)]).toEqual([0x81, status, TID])
    })
  /** Each of the functions hears of the trap once, with one TID of the PF context, and answers; nobody else hears. */
  const heardBy = Effect.fnUntraced(function*(mux: MuxOnFabric, functions: ReadonlyArray<number>, trap: number) {
    const heard = yield* Effect.forEach(functions, (f) => mux.next(f))
    const [first] = heard
    for (const arrived of heard) {
      expect([methodOf(arrived.mad), arrived.slid, arrived.srcQp, noticeOf(arrived).trap])
        .toEqual([REPORT, mux.smLid, 1, trap])
      expect(tidOf(arrived.mad) >> 32n).toBe(0n)
      expect(tidOf(arrived.mad)).toBe(tidOf(first?.mad ?? arrived.mad))
    }
    functions.forEach((f, i) => mux.post(f, mux.smLid, reportResponse(heard[i]?.mad ?? new Uint8Array(256))))
    yield* mux.barrier
    expect(mux.waiting()).toEqual(mux.all.map(() => 0))
    return first === undefined ? "" : noticeOf(first).gid
  })

  it("reaches every function that subscribed once, for a port that goes and for one that comes back "
    + "[SQP-SUB-6] [SQP-SUB-2] [SQP-SUB-10]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      for (const f of SUBSCRIBERS) {
        yield* inform(mux, f, OUT_OF_SERVICE, true)
        yield* inform(mux, f, IN_SERVICE, true)
      }
      fabric.console(`Unlink ${NODE}`)
      const gone = yield* heardBy(mux, SUBSCRIBERS, OUT_OF_SERVICE)
      fabric.console(`ReLink ${NODE}`)
      expect(yield* heardBy(mux, SUBSCRIBERS, IN_SERVICE)).toBe(gone)
      // Who ended its subscription hears no more, and the other still does.
      yield* inform(mux, 1, OUT_OF_SERVICE, false)
      yield* inform(mux, 1, OUT_OF_SERVICE, false, 0x0200)
      fabric.console(`Unlink ${NODE}`)
      yield* heardBy(mux, [2], OUT_OF_SERVICE)
      fabric.console(`ReLink ${NODE}`)
      yield* heardBy(mux, SUBSCRIBERS, IN_SERVICE)
      expect((yield* mux.counters(2)).dropped["report-answered"]).toBe(4)
      // Four requests for two filters, and one that ended none of them.
      const { sent } = mux
      expect(yield* sent).toBe(2 + 4)
    })))
})
