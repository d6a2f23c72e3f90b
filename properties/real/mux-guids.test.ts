/** Alias GUIDs: what a real OpenSM grants, chooses, declines and takes back. */
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { getPathRecord, joinGroup } from "../../impl/guest/mads.ts"
import { attachTo, runScoped } from "./ibsim-attach.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import { guidInfo, guidsOf, lowTidOf, memberOf, methodOf, pathLidsOf, statusOf, tidOf } from "./mads.ts"
import { type MuxOnFabric, ways, withMux } from "./mux-on-fabric.ts"
import { openSaView } from "./sa-view.ts"

const NO_GUID = "0".repeat(16)
const TID = "0123456789abcdef"
const FUNCTIONS = 4
const VFS = [1, 2, 3]

describe.skipIf(!fabricIsPresent()).each(ways)("alias GUIDs of a real subnet manager, %s", (way) => {
  let fabric: Fabric
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 4 })
  })
  afterAll(() => fabric.stop())

  /** A client that has nothing to do with the PF context asks the SA about the GUIDs of a port. */
  const stranger = Effect.fnUntraced(function*(of: Fabric = fabric) {
    const client = yield* attachTo({ ...of, nodeId: "Hca3" })
    let tid = 0x2000
    const ask = Effect.fnUntraced(function*(
      smLid: number, method: "get" | "set" | "delete", lid: number, guids?: Readonly<Record<number, string>>
    ) {
      tid += 1
      client.send(smLid, guidInfo(BigInt(tid), method, lid, guids))
      let answer = yield* client.mad
      while (lowTidOf(answer.mad) !== tid) answer = yield* client.mad
      expect(statusOf(answer.mad)).toBe(0)
      return guidsOf(answer.mad)
    })
    return { ask, lid: yield* client.lid }
  })
  /** A VF hears that it has a GUID and a port. */
  const comesUp = Effect.fnUntraced(function*(mux: MuxOnFabric, f: number) {
    expect([yield* mux.nextEvent(f), yield* mux.nextEvent(f)]).toEqual(["gid", "port-up"])
  })
  const slots = (mux: MuxOnFabric, vfs = VFS): ReadonlyArray<string> => vfs.map((f) => mux.gid(f).slice(16))
  /** After the PF context has gone, the SA knows none of its VFs' GUIDs. */
  const expectReleased = (smLid: number, lid: number) => runScoped(Effect.gen(function*() {
    const { ask } = yield* stranger()
    let shown = yield* ask(smLid, "get", lid)
    for (let tries = 0; tries < 200 && shown.slice(1).some((guid) => guid !== NO_GUID); tries++) {
      yield* Effect.sleep(10)
      shown = yield* ask(smLid, "get", lid)
    }
    expect(shown.slice(1)).toEqual(Array.from({ length: 7 }, () => NO_GUID))
  }))

  it.each(["random", "sa"] as const)(
    "each VF gets a GUID of its own (%s), by which paths lead to the port and joins are granted, and the SA forgets it in "
      + "the end [SQP-GUID-3] [SQP-GUID-4] [SQP-GUID-9] [SQP-GUID-10]",
    async (aliasGuids) => {
      let known = { smLid: 0, lid: 0 }
      await withMux({ fabric, way, functions: FUNCTIONS, aliasGuids }, Effect.fnUntraced(function*(mux) {
        known = mux
        for (const f of VFS) yield* comesUp(mux, f)
        const guids = slots(mux)
        expect(new Set([...guids, NO_GUID]).size).toBe(1 + VFS.length)
        const { ask } = yield* stranger()
        expect((yield* ask(mux.smLid, "get", mux.lid)).slice(1, 4)).toEqual(guids)
        const mgid = "ff12a01c000000000000000000000abc"
        for (const f of VFS) {
          mux.post(f, mux.smLid, getPathRecord(TID, mux.gid(0), mux.gid(f)))
          const { mad } = yield* mux.next(f)
          expect([statusOf(mad), tidOf(mad), pathLidsOf(mad)])
            .toEqual([0, BigInt(`0x${TID}`), { dlid: mux.lid, slid: mux.lid }])
          mux.post(f, mux.smLid, joinGroup(TID, { mgid, portGid: mux.gid(f), joinState: 1 }))
          const joined = yield* mux.next(f)
          expect([methodOf(joined.mad), statusOf(joined.mad), memberOf(joined.mad)])
            .toEqual([0x81, 0, { mgid, portGid: mux.gid(f), joinState: 1 }])
        }
        // The port is one member, under its own GID.
        const sa = yield* openSaView(fabric, "Hca4", mux.smLid)
        expect(yield* sa.members(mgid)).toEqual([{ mgid, portGid: mux.gid(0), joinState: 1 }])
        expect(mux.waitingEvents()).toEqual(mux.all.map(() => 0))
      }))
      await expectReleased(known.smLid, known.lid)
    }
  )

  it("a GUID that another port has is declined: the VF has none and is not up until the other gives it back "
    + "[SQP-GUID-4] [SQP-GUID-5] [SQP-GUID-10]", () => {
    const wanted = "0002c90300c0ffee"
    return runScoped(Effect.gen(function*() {
      const other = yield* stranger()
      yield* Effect.promise(() =>
        withMux({ fabric, way, functions: 1 }, (mux) => Effect.asVoid(other.ask(mux.smLid, "set", other.lid, { 1: wanted }))))
      const guids = [NO_GUID, wanted, "0002c90300c0ffef"]
      yield* Effect.promise(() =>
        withMux({ fabric, way, functions: 3, aliasGuids: "random", guids }, Effect.fnUntraced(function*(mux) {
          yield* comesUp(mux, 2)
          yield* mux.barrier
          expect(slots(mux, [1, 2])).toEqual([NO_GUID, "0002c90300c0ffef"])
          expect(mux.waitingEvents()[1]).toBe(0)
          yield* other.ask(mux.smLid, "delete", other.lid, { 1: NO_GUID })
          yield* comesUp(mux, 1)
          expect(slots(mux, [1])).toEqual([wanted])
        })))
    }))
  })

  it("another subnet manager takes over and knows none of them: all are asked again, and stay in use meanwhile "
    + "[SQP-GUID-8]", async () => {
    const own = await startFabric({ hosts: 4 })
    try {
      await withMux({ fabric: own, way, functions: FUNCTIONS, aliasGuids: "random" }, Effect.fnUntraced(function*(mux) {
        for (const f of VFS) yield* comesUp(mux, f)
        const guids = slots(mux)
        yield* Effect.promise(() => own.restartSm("Hca4"))
        for (const f of mux.all) expect(yield* mux.nextEvent(f)).toBe("sm")
        const smLid = yield* (yield* attachTo({ ...own, nodeId: "Hca4" })).lid
        const { ask } = yield* stranger(own)
        let shown = yield* ask(smLid, "get", mux.lid)
        for (let tries = 0; tries < 500 && shown.slice(1, 4).includes(NO_GUID); tries++) {
          yield* Effect.sleep(10)
          shown = yield* ask(smLid, "get", mux.lid)
        }
        expect(shown.slice(1, 4)).toEqual(guids)
        expect(slots(mux)).toEqual(guids)
        expect(mux.waitingEvents()).toEqual(mux.all.map(() => 0))
      }))
    } finally {
      await own.stop()
    }
  })
})
