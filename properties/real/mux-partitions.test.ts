/** Partitions of a real OpenSM, seen by functions through their virtual P_Key tables. */
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { joinGroup } from "../../impl/guest/mads.ts"
import { attachTo, runScoped } from "./ibsim-attach.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import { memberOf, methodOf, statusOf } from "./mads.ts"
import { type MuxOnFabric, ways, wireMads, withMux } from "./mux-on-fabric.ts"
import { openSaView } from "./sa-view.ts"

const NODE = "Hca2"
const SM_LID = 1
const TID = "fedcba9876543210"
const METHOD_SET = 0x02
const METHOD_GET_RESP = 0x81
const STATUS_REQ_INVALID = 0x0200
const FULL_MEMBER = 1
const STORAGE = 0x8002
const BACKUP = 0x8003
const P_KEY_BYTE = 56 + 40
const PARTITIONS = "Default=0x7fff, ipoib : ALL=full;\nStorage=0x0002 : ALL=full;\nBackup=0x0003 : ALL=full;\n"
/** Without Storage. */
const FEWER = "Default=0x7fff, ipoib : ALL=full;\nBackup=0x0003 : ALL=full;\n"

/** A join that creates its group in a partition. */
const joinIn = (mux: MuxOnFabric, f: number, mgid: string, pkey: number): Uint8Array => {
  const mad = joinGroup(TID, { mgid, portGid: mux.gid(f), joinState: FULL_MEMBER }).slice()
  new DataView(mad.buffer).setUint16(P_KEY_BYTE, pkey)
  return mad
}

describe.skipIf(!fabricIsPresent()).each(ways)("partitions of a real subnet manager, %s", (way) => {
  let fabric: Fabric
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 4, partitions: PARTITIONS })
  })
  afterAll(() => fabric.stop())

  /** The port's P_Key table; OpenSM decides where it puts which. */
  const physicalTable = (): Promise<ReadonlyArray<number>> =>
    runScoped(Effect.flatMap(
      attachTo({ host: fabric.host, port: fabric.port, nodeId: NODE }),
      ({ client }) => client.pkeys
    ))
  /** The answer to a join: its status, and the bits the function has. */
  const told = (mux: MuxOnFabric, f: number) =>
    Effect.map(mux.next(f), ({ mad }) => {
      expect(methodOf(mad)).toBe(METHOD_GET_RESP)
      return { status: statusOf(mad), joinState: memberOf(mad).joinState }
    })

  it("a function joins groups of its own partitions only, and hears when one of them is taken away "
    + "[SQP-MC-7] [SQP-EV-1] [SQP-PKEY-2]", async () => {
    const table = await physicalTable()
    const [storage, backup] = [table.indexOf(STORAGE), table.indexOf(BACKUP)]
    expect(Math.min(storage, backup)).toBeGreaterThan(0)
    // The PF has the whole table; function 1 Storage, at another index than the port; function 3 Backup.
    const pkeyMaps = [[], [0, storage], [0], [0, null, backup]]
    const mgids = [0x20, 0x21, 0x22, 0x23].map((n) => `ff12a01c${n.toString(16).padStart(24, "0")}`)
    const [granted = "", denied = "", later = "", other = ""] = mgids
    const lines = await withMux({ fabric, way, nodeId: NODE, functions: 4, pkeyMaps }, Effect.fnUntraced(function*(mux) {
      const sa = yield* openSaView(fabric, "Hca3", SM_LID)
      mux.post(1, mux.smLid, joinIn(mux, 1, granted, STORAGE))
      expect(yield* told(mux, 1)).toEqual({ status: 0, joinState: FULL_MEMBER })
      yield* sa.membersUntil(granted, (members) => members.length === 1 && members[0]?.portGid === mux.gid(0))
      for (const f of [2, 3]) {
        mux.post(f, mux.smLid, joinIn(mux, f, denied, STORAGE))
        expect(yield* told(mux, f)).toEqual({ status: STATUS_REQ_INVALID, joinState: 0 })
      }
      mux.post(3, mux.smLid, joinIn(mux, 3, other, BACKUP))
      expect(yield* told(mux, 3)).toEqual({ status: 0, joinState: FULL_MEMBER })
      yield* mux.barrier
      expect(mux.waitingEvents()).toEqual([0, 0, 0, 0])

      yield* Effect.promise(() => fabric.repartition(FEWER))
      expect([yield* mux.nextEvent(0), yield* mux.nextEvent(1)]).toEqual(["pkey", "pkey"])
      mux.post(1, mux.smLid, joinIn(mux, 1, later, STORAGE))
      expect(yield* told(mux, 1)).toEqual({ status: STATUS_REQ_INVALID, joinState: 0 })
      expect(mux.waitingEvents().slice(2)).toEqual([0, 0])
      yield* Effect.promise(() => fabric.repartition(PARTITIONS))
      expect(yield* mux.nextEvent(1)).toBe("pkey")
    }))
    const asked = wireMads(lines).filter((mad) => methodOf(mad) === METHOD_SET).map((mad) => memberOf(mad).mgid)
    expect(asked.filter((mgid) => mgid === denied || mgid === later)).toEqual([])
  })
})
