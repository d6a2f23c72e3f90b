/** What a PF context does when its port or the subnet manager goes and comes back, on a real fabric. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { getPathRecordByLid, joinGroup, leaveGroup } from "../../impl/guest/mads.ts"
import { type PortEvent, SpecialQpPort } from "../../impl/port/special-qp-port.ts"
import { attachTo } from "./ibsim-attach.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import { memberOf, methodOf, pathLidsOf, statusOf, tidOf } from "./mads.ts"
import { type MuxOnFabric, ways, withMux } from "./mux-on-fabric.ts"
import { openSaView, type SaView } from "./sa-view.ts"

const METHOD_GET_RESP = 0x81
const METHOD_DELETE_RESP = 0x95
const FULL_MEMBER = 1
const NON_MEMBER = 2
const BOTH = FULL_MEMBER | NON_MEMBER
const SAME_TID = "fedcba9876543210"
const OTHER_TID = "89abcdef01234567"

/** A port that also tells what a test puts into `events`, besides what it has to tell itself. */
const tellingMore = (events: Queue.Queue<PortEvent>): Layer.Layer<SpecialQpPort, never, SpecialQpPort> =>
  Layer.effect(SpecialQpPort, Effect.gen(function*() {
    const port = yield* SpecialQpPort
    const pass = Effect.flatMap(Queue.take(port.events), (event) => Queue.offer(events, event))
    yield* Effect.forkScoped(Effect.forever(pass))
    return SpecialQpPort.of({ ...port, events })
  }))

describe.skipIf(!fabricIsPresent()).each(ways)("a real port that changes, %s", (way) => {
  let fabric: Fabric
  let groups = 0
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 4 })
  })
  afterAll(() => fabric.stop())

  const newMgid = (): string => `ff12a01c${(0x1_0000 + groups++).toString(16).padStart(24, "0")}`
  const viewOfSa = (smLid: number) => openSaView(fabric, "Hca3", smLid)
  const postJoin = (mux: MuxOnFabric, f: number, mgid: string, joinState: number, smLid = mux.smLid): void =>
    mux.post(f, smLid, joinGroup(SAME_TID, { mgid, portGid: mux.gid(f), joinState }))
  const postPath = (mux: MuxOnFabric, f: number, smLid: number): void =>
    mux.post(f, smLid, getPathRecordByLid(OTHER_TID, mux.lid, smLid))

  /** The next MAD of a function says that it is a member now. */
  const joined = (mux: MuxOnFabric, f: number, mgid: string, joinState: number) =>
    Effect.map(mux.next(f), ({ mad }) => {
      expect({ method: methodOf(mad), status: statusOf(mad), tid: tidOf(mad), ...memberOf(mad) }).toEqual({
        method: METHOD_GET_RESP, status: 0, tid: BigInt(`0x${SAME_TID}`), mgid, portGid: mux.gid(f), joinState
      })
    })
  /** The next MAD of a function is the path to the SM that it asked for. */
  const path = (mux: MuxOnFabric, f: number, smLid: number) =>
    Effect.map(mux.next(f), ({ mad, slid }) => {
      expect({ from: slid, status: statusOf(mad), tid: tidOf(mad), ...pathLidsOf(mad) })
        .toEqual({ from: smLid, status: 0, tid: BigInt(`0x${OTHER_TID}`), dlid: smLid, slid: mux.lid })
    })
  const holds = (sa: SaView, mux: MuxOnFabric, mgid: string, joinState: number) =>
    sa.membersUntil(mgid, (members) =>
      members.length === 1 && members[0]?.portGid === mux.gid(0) && members[0].joinState === joinState)
  const isGone = (sa: SaView, mgid: string) => sa.membersUntil(mgid, (members) => members.length === 0)

  /** Functions 1 and 2 are full members, 3 is a NonMember, the SA holds both bits for the port. */
  const threeMembers = Effect.fnUntraced(function*(mux: MuxOnFabric, sa: SaView, mgid: string) {
    for (const [f, joinState] of [[1, FULL_MEMBER], [2, FULL_MEMBER], [3, NON_MEMBER]] as const) {
      postJoin(mux, f, mgid, joinState)
      yield* joined(mux, f, mgid, joinState)
    }
    yield* holds(sa, mux, mgid, BOTH)
  })
  /** Every function hears exactly these events. */
  const everyoneHears = Effect.fnUntraced(function*(mux: MuxOnFabric, events: ReadonlyArray<string>) {
    for (const f of mux.all) {
      expect(yield* Effect.forEach(events, () => mux.nextEvent(f))).toEqual(events)
    }
    expect(mux.waitingEvents()).toEqual(mux.all.map(() => 0))
  })
  /** The members leave, and the SA forgets the group. */
  const allLeave = Effect.fnUntraced(function*(mux: MuxOnFabric, sa: SaView, mgid: string, smLid: number) {
    for (const [f, joinState] of [[3, NON_MEMBER], [2, FULL_MEMBER], [1, FULL_MEMBER]] as const) {
      mux.post(f, smLid, leaveGroup(SAME_TID, { mgid, portGid: mux.gid(f), joinState }))
      const { mad } = yield* mux.next(f)
      expect([methodOf(mad), statusOf(mad)]).toEqual([METHOD_DELETE_RESP, 0])
    }
    yield* isGone(sa, mgid)
  })

  it("a link that goes down and comes back is heard by every function, and the groups are joined again "
    + "[SQP-EV-1] [SQP-MC-11] [SQP-TID-3]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const [mgid, other] = [newMgid(), newMgid()]
      const sa = yield* viewOfSa(mux.smLid)
      yield* threeMembers(mux, sa, mgid)
      fabric.console('Unlink "Switch1"[2]')
      yield* everyoneHears(mux, ["port-down"])
      yield* isGone(sa, mgid)
      // The network has no way for what is asked now, and returns it.
      for (const f of mux.all) postPath(mux, f, mux.smLid)
      postJoin(mux, 5, other, FULL_MEMBER)
      yield* mux.untilBounced(mux.all.length + 1)
      fabric.console('ReLink "Switch1"[2]')
      yield* everyoneHears(mux, ["reregister", "port-up"])
      yield* holds(sa, mux, mgid, BOTH)
      yield* joined(mux, 5, other, FULL_MEMBER)
      yield* holds(sa, mux, other, FULL_MEMBER)
      // A guest repeats what was not answered.
      for (const f of mux.all) postPath(mux, f, mux.smLid)
      for (const f of mux.all) yield* path(mux, f, mux.smLid)
      yield* allLeave(mux, sa, mgid, mux.smLid)
    })))

  it("a subnet manager that starts anew where it was forgets the groups; asked to reregister, the port joins "
    + "them again [SQP-EV-1] [SQP-MC-11]", async () => {
    const events = await Effect.runPromise(Queue.unbounded<PortEvent>())
    await withMux({ fabric, way, between: tellingMore(events) }, Effect.fnUntraced(function*(mux) {
      const mgid = newMgid()
      const sa = yield* viewOfSa(mux.smLid)
      yield* threeMembers(mux, sa, mgid)
      yield* Effect.promise(() => fabric.restartSm())
      expect(yield* sa.members(mgid)).toEqual([])
      // The new one answers as the old one did.
      for (const f of mux.all) postPath(mux, f, mux.smLid)
      for (const f of mux.all) yield* path(mux, f, mux.smLid)
      // A real port would have been asked to reregister by now; ibsim's cannot be, so nobody has heard of it.
      expect(mux.waitingEvents()).toEqual(mux.all.map(() => 0))
      yield* Queue.offer(events, { _tag: "reregister" })
      yield* everyoneHears(mux, ["reregister"])
      yield* holds(sa, mux, mgid, BOTH)
      yield* allLeave(mux, sa, mgid, mux.smLid)
    }))
  })

  it("a subnet manager on another node is heard by every function and gets the groups "
    + "[SQP-EV-1] [SQP-MC-11]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const mgid = newMgid()
      const former = yield* viewOfSa(mux.smLid)
      yield* threeMembers(mux, former, mgid)
      yield* Effect.promise(() => fabric.restartSm("Hca4"))
      yield* everyoneHears(mux, ["sm"])
      const { lid } = yield* attachTo({ host: fabric.host, port: fabric.port, nodeId: "Hca4" })
      const smLid = yield* lid
      expect(smLid).not.toBe(mux.smLid)
      const sa = yield* viewOfSa(smLid)
      yield* holds(sa, mux, mgid, BOTH)
      for (const f of mux.all) postPath(mux, f, smLid)
      for (const f of mux.all) yield* path(mux, f, smLid)
      yield* allLeave(mux, sa, mgid, smLid)
    })))
})
