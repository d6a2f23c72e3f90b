/** ServiceRecords of functions, kept by a real OpenSM: confined to their owner, gone with it. */
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { attachTo, runScoped } from "./ibsim-attach.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import { lowTidOf, methodOf, type Service, serviceMad, statusOf, tidOf } from "./mads.ts"
import { ways, wireMads, withMux } from "./mux-on-fabric.ts"

const SM_LID = 1
const SAME_TID = 0xfedc_ba98_7654_3210n
const METHOD_GET_RESP = 0x81
const METHOD_DELETE = 0x15
const METHOD_DELETE_RESP = 0x95
const REFUSED = 0x0200
const NO_RECORDS = 0x0300

describe.skipIf(!fabricIsPresent()).each(ways)("service records over a real port, %s", (way) => {
  let fabric: Fabric
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 4 })
  })
  afterAll(() => fabric.stop())

  /** What the SA says of a service to somebody else: 0, or that it has no such record. */
  const askedBySomebody = (service: Service): Promise<number> =>
    runScoped(Effect.gen(function*() {
      const client = yield* attachTo({ host: fabric.host, port: fabric.port, nodeId: "Hca3" })
      client.send(SM_LID, serviceMad(0x77n, "get", service))
      let answer = yield* client.mad
      while (lowTidOf(answer.mad) !== 0x77) answer = yield* client.mad
      return statusOf(answer.mad)
    }))

  it("a function registers services, no other can delete them, and what it leaves behind is deleted when it ends "
    + "[SQP-SVC-1] [SQP-SVC-2]", async () => {
    const pkey = 0xffff
    let [kept, deleted]: [Service | null, Service | null] = [null, null]
    const lines = await withMux({ fabric, way, functions: 4, aliasGuids: "random" }, Effect.fnUntraced(function*(mux) {
      // The SA knows a function by the alias GUID it granted.
      for (const f of [1, 2, 3]) expect([yield* mux.nextEvent(f), yield* mux.nextEvent(f)]).toEqual(["gid", "port-up"])
      const own: Service = { id: "00000000000000a1", gid: mux.gid(1), pkey }
      const second: Service = { id: "00000000000000a2", gid: mux.gid(1), pkey }
      ;[kept, deleted] = [own, second]
      const asks = Effect.fnUntraced(function*(f: number, method: "set" | "delete", service: Service) {
        mux.post(f, mux.smLid, serviceMad(SAME_TID, method, service))
        const { mad } = yield* mux.next(f)
        expect(tidOf(mad)).toBe(SAME_TID)
        return [methodOf(mad), statusOf(mad)]
      })
      expect(yield* asks(1, "set", own)).toEqual([METHOD_GET_RESP, 0])
      expect(yield* asks(1, "set", second)).toEqual([METHOD_GET_RESP, 0])
      expect(yield* asks(2, "delete", own)).toEqual([METHOD_DELETE_RESP, REFUSED])
      expect(yield* asks(2, "set", own)).toEqual([METHOD_GET_RESP, REFUSED])
      expect(yield* Effect.promise(() => askedBySomebody(own))).toBe(0)
      expect(yield* asks(1, "delete", second)).toEqual([METHOD_DELETE_RESP, 0])
      expect(yield* Effect.promise(() => askedBySomebody(second))).toBe(NO_RECORDS)
    }))
    expect(await askedBySomebody(kept!)).toBe(NO_RECORDS)
    expect(await askedBySomebody(deleted!)).toBe(NO_RECORDS)
    const deletions = wireMads(lines).filter((mad) => methodOf(mad) === METHOD_DELETE && mad[17] === 0x31)
    // The function's own of the second record, the PF context's of the first.
    expect(deletions.length).toBe(way === "recorded" ? 2 : 0)
  })
})
