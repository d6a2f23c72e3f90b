/** Multicast membership of many functions as one member, kept by a real OpenSM. */
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { joinGroup, leaveGroup } from "../../impl/guest/mads.ts"
import { attachTo, runScoped } from "./ibsim-attach.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import { askMembers, memberOf, methodOf, statusOf, tidOf } from "./mads.ts"
import { type MuxOnFabric, ways, wireMads, withMux } from "./mux-on-fabric.ts"
import { openSaView, type SaView } from "./sa-view.ts"

const METHOD_SET = 0x02
const METHOD_GET_RESP = 0x81
const METHOD_GET_TABLE_RESP = 0x92
const METHOD_DELETE = 0x15
const METHOD_DELETE_RESP = 0x95
const STATUS_REQ_INVALID = 0x0200
const STATUS_INSUFFICIENT_COMPONENTS = 0x0600
const FULL_MEMBER = 1
const NON_MEMBER = 2
const SEND_ONLY_FULL_MEMBER = 8
/** All functions use it, for every request. */
const SAME_TID = "fedcba9876543210"
const SM_LID = 1
const CLASS_SA = 0x03
const COMPONENT_MASK_BYTE = 48
const Q_KEY_BYTE = 56 + 32
const NODE_GUID_BYTE = 12

/** The MAD with one of its 32-bit words replaced. */
const withWord = (mad: Uint8Array, byte: number, value: number): Uint8Array => {
  const copy = mad.slice()
  new DataView(copy.buffer).setUint32(byte, value)
  return copy
}

describe.skipIf(!fabricIsPresent()).each(ways)("multicast over a real port, %s", (way) => {
  let fabric: Fabric
  let groups = 0
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 4 })
  })
  afterAll(() => fabric.stop())

  /** Each test has groups of its own; they are not IPoIB's, whose Q_Key OpenSM dictates. */
  const newMgid = (): string => `ff12a01c${(0x1_0000 + groups++).toString(16).padStart(24, "0")}`
  const viewOfSa = Effect.suspend(() => openSaView(fabric, "Hca3", SM_LID))

  const postJoin = (mux: MuxOnFabric, f: number, mgid: string, joinState = FULL_MEMBER, tid = SAME_TID) =>
    mux.post(f, mux.smLid, joinGroup(tid, { mgid, portGid: mux.gid(f), joinState }))
  const postLeave = (mux: MuxOnFabric, f: number, mgid: string, joinState = FULL_MEMBER): void =>
    mux.post(f, mux.smLid, leaveGroup(SAME_TID, { mgid, portGid: mux.gid(f), joinState }))

  /** The next MAD of a function is the answer to a membership request: method, status, what it has now. */
  const answer = (mux: MuxOnFabric, f: number) =>
    Effect.map(mux.next(f), ({ mad, qp, slid, srcQp }) => {
      const { joinState, mgid, portGid } = memberOf(mad)
      expect({ qp, slid, srcQp, tid: tidOf(mad), portGid })
        .toEqual({ qp: 1, slid: mux.smLid, srcQp: 1, tid: BigInt(`0x${SAME_TID}`), portGid: mux.gid(f) })
      return { method: methodOf(mad), status: statusOf(mad), joinState, mgid }
    })
  const answered = (mux: MuxOnFabric, f: number, wanted: Effect.Success<ReturnType<typeof answer>>) =>
    Effect.map(answer(mux, f), (seen) => expect(seen).toEqual(wanted))
  const joined = (mux: MuxOnFabric, f: number, mgid: string, joinState = FULL_MEMBER) =>
    answered(mux, f, { method: METHOD_GET_RESP, status: 0, joinState, mgid })
  const left = (mux: MuxOnFabric, f: number, mgid: string, joinState = 0) =>
    answered(mux, f, { method: METHOD_DELETE_RESP, status: 0, joinState, mgid })
  const refused = (mux: MuxOnFabric, f: number, mgid: string, status: number) =>
    answered(mux, f, { method: METHOD_GET_RESP, status, joinState: 0, mgid })

  /** The SA holds these bits for the port, as one member: the PF's GID. */
  const holds = (sa: SaView, mux: MuxOnFabric, mgid: string, joinState: number) =>
    sa.membersUntil(mgid, (members) => {
      const [member, ...others] = members
      if (joinState === 0) return member === undefined
      return others.length === 0 && member?.portGid === mux.gid(0) && member.joinState === joinState
    })
  const nothingElse = Effect.fnUntraced(function*(mux: MuxOnFabric) {
    yield* mux.barrier
    expect(mux.waiting()).toEqual(mux.all.map(() => 0))
  })

  it("eight functions that join at once are one member by one join, and the last that leaves ends the group "
    + "[SQP-MC-1] [SQP-MC-2] [SQP-MC-3] [SQP-MC-4]", async () => {
    const mgid = newMgid()
    const lines = await withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const sa = yield* viewOfSa
      for (const f of mux.all) postJoin(mux, f, mgid)
      for (const f of mux.all) yield* joined(mux, f, mgid)
      expect(yield* sa.members(mgid)).toEqual([{ mgid, portGid: mux.gid(0), joinState: FULL_MEMBER }])
      expect(yield* mux.sent).toBe(1)
      const [last = 0, ...leavers] = mux.all
      for (const f of leavers) {
        postLeave(mux, f, mgid)
        yield* left(mux, f, mgid)
      }
      expect(yield* mux.sent).toBe(1)
      expect(yield* sa.members(mgid)).toEqual([{ mgid, portGid: mux.gid(0), joinState: FULL_MEMBER }])
      postLeave(mux, last, mgid)
      yield* left(mux, last, mgid)
      yield* holds(sa, mux, mgid, 0)
      expect(yield* mux.sent).toBe(2)
      yield* nothingElse(mux)
    }))
    const membership = wireMads(lines).filter((mad) => mad[1] === CLASS_SA && methodOf(mad) !== 0x01)
    expect(membership.map(methodOf)).toEqual(way === "live" ? [] : [METHOD_SET, METHOD_DELETE])
  })

  it("a PF context that listens for deleted groups subscribes for the first member and ends it after the last "
    + "[SQP-SUB-11]", async () => {
    const mgid = newMgid()
    const lines = await withMux({ fabric, way, groupNotices: true }, Effect.fnUntraced(function*(mux) {
      for (const f of [1, 2]) {
        postJoin(mux, f, mgid)
        yield* joined(mux, f, mgid)
      }
      expect(yield* mux.sent).toBe(2)
      for (const f of [1, 2]) {
        postLeave(mux, f, mgid)
        yield* left(mux, f, mgid)
      }
      yield* nothingElse(mux)
    }))
    const informs = wireMads(lines).filter((mad) => mad[1] === CLASS_SA && mad[17] === 0x03)
    const about = informs.map((mad) => [methodOf(mad), mad[79], mad[83]])
    expect(about).toEqual(way === "live" ? [] : [[METHOD_SET, 1, 67], [METHOD_SET, 0, 67]])
  })

  it("joins and leaves of different JoinStates reach the SA only when the union of all functions' bits "
    + "changes [SQP-MC-1] [SQP-MC-2] [SQP-MC-3] [SQP-MC-4]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const mgid = newMgid()
      const sa = yield* viewOfSa
      const all = FULL_MEMBER | SEND_ONLY_FULL_MEMBER | NON_MEMBER
      /** Function, bits; what the SA holds then, and how many requests it has had. */
      const joins = [
        [1, FULL_MEMBER, FULL_MEMBER, 1],
        [2, SEND_ONLY_FULL_MEMBER, FULL_MEMBER | SEND_ONLY_FULL_MEMBER, 2],
        [3, NON_MEMBER, all, 3],
        [4, FULL_MEMBER, all, 3],
        [5, SEND_ONLY_FULL_MEMBER, all, 3],
        [6, NON_MEMBER, all, 3]
      ] as const
      for (const [f, bits, held, requests] of joins) {
        postJoin(mux, f, mgid, bits)
        yield* joined(mux, f, mgid, bits)
        expect(yield* sa.members(mgid)).toEqual([{ mgid, portGid: mux.gid(0), joinState: held }])
        expect(yield* mux.sent).toBe(requests)
      }
      const leaves = [
        [1, FULL_MEMBER, all, 3],
        [2, SEND_ONLY_FULL_MEMBER, all, 3],
        [3, NON_MEMBER, all, 3],
        [6, NON_MEMBER, FULL_MEMBER | SEND_ONLY_FULL_MEMBER, 4],
        [5, SEND_ONLY_FULL_MEMBER, FULL_MEMBER, 5],
        [4, FULL_MEMBER, 0, 6]
      ] as const
      for (const [f, bits, held, requests] of leaves) {
        postLeave(mux, f, mgid, bits)
        yield* left(mux, f, mgid)
        yield* holds(sa, mux, mgid, held)
        expect(yield* mux.sent).toBe(requests)
      }
      yield* nothingElse(mux)
    })))

  it("a function leaves some of its bits and keeps the others, here and at the SA "
    + "[SQP-MC-1] [SQP-MC-4]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const mgid = newMgid()
      const sa = yield* viewOfSa
      const both = FULL_MEMBER | NON_MEMBER
      postJoin(mux, 5, mgid, both)
      yield* joined(mux, 5, mgid, both)
      yield* holds(sa, mux, mgid, both)
      postLeave(mux, 5, mgid, NON_MEMBER)
      yield* left(mux, 5, mgid, FULL_MEMBER)
      yield* holds(sa, mux, mgid, FULL_MEMBER)
      // Bits it does not have any more.
      postLeave(mux, 5, mgid, NON_MEMBER)
      expect(yield* answer(mux, 5)).toMatchObject({ method: METHOD_DELETE_RESP, status: STATUS_REQ_INVALID })
      expect(yield* mux.sent).toBe(2)
      yield* holds(sa, mux, mgid, FULL_MEMBER)
    })))

  it("a join that OpenSM refuses is refused to its function with the same status, the others get what they "
    + "asked [SQP-MC-5]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const [known, nowhere, short] = [newMgid(), newMgid(), newMgid()]
      const sa = yield* viewOfSa
      const memberMask = 0x0001_0003
      for (const f of mux.all) {
        if (f === 2) postJoin(mux, f, nowhere, NON_MEMBER)
        else if (f === 5) {
          const complete = joinGroup(SAME_TID, { mgid: short, portGid: mux.gid(f), joinState: FULL_MEMBER })
          mux.post(f, mux.smLid, withWord(complete, COMPONENT_MASK_BYTE + 4, memberMask))
        } else postJoin(mux, f, known)
      }
      yield* refused(mux, 2, nowhere, STATUS_REQ_INVALID)
      yield* refused(mux, 5, short, STATUS_INSUFFICIENT_COMPONENTS)
      for (const f of mux.all.filter((each) => each !== 2 && each !== 5)) yield* joined(mux, f, known)
      yield* nothingElse(mux)
      expect(yield* mux.sent).toBe(3)
      yield* holds(sa, mux, known, FULL_MEMBER)
      expect(yield* sa.members(nowhere)).toEqual([])
      expect(yield* sa.members(short)).toEqual([])
    })))

  it("of functions that wait for one group, only the one with another Q_Key than the group's is refused "
    + "[SQP-MC-2] [SQP-MC-5]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const mgid = newMgid()
      const sa = yield* viewOfSa
      const owner = yield* attachTo({ ...fabric, nodeId: "Hca4" })
      const nodeInfo = yield* owner.client.nodeInfo
      const nodeGuid = new DataView(nodeInfo.buffer, nodeInfo.byteOffset).getBigUint64(NODE_GUID_BYTE)
      const ownerGid = `fe80000000000000${(nodeGuid + 1n).toString(16).padStart(16, "0")}`
      const qKey = 0x1234
      const ask = (f: number | "owner"): Uint8Array => joinGroup(SAME_TID, {
        mgid, portGid: f === "owner" ? ownerGid : mux.gid(f), joinState: FULL_MEMBER
      })
      owner.send(SM_LID, withWord(ask("owner"), Q_KEY_BYTE, qKey))
      expect(statusOf((yield* owner.mad).mad)).toBe(0)

      // Taken in this order, and all but the first wait. It asks wrongly, and of the SA: only that knows the
      // group's Q_Key. The second is told by the SA, the others by the record that came with it.
      mux.post(1, mux.smLid, ask(1))
      mux.post(2, mux.smLid, withWord(ask(2), Q_KEY_BYTE, qKey))
      mux.post(4, mux.smLid, ask(4))
      mux.post(7, mux.smLid, withWord(ask(7), Q_KEY_BYTE, qKey))
      yield* refused(mux, 1, mgid, STATUS_REQ_INVALID)
      yield* joined(mux, 2, mgid)
      yield* refused(mux, 4, mgid, STATUS_REQ_INVALID)
      yield* joined(mux, 7, mgid)
      yield* nothingElse(mux)
      expect(yield* mux.sent).toBe(2)
      const portGids = (yield* sa.members(mgid)).map(({ portGid }) => portGid)
      expect(portGids.toSorted()).toEqual([ownerGid, mux.gid(0)].toSorted())
      for (const f of [2, 7]) {
        postLeave(mux, f, mgid)
        yield* left(mux, f, mgid)
      }
      yield* sa.membersUntil(mgid, (members) => members.length === 1 && members[0]?.portGid === ownerGid)
    })))

  it("with no full member left OpenSM ends the group, and a join that needs it is not answered from memory "
    + "[SQP-MC-3] [SQP-MC-5]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const mgid = newMgid()
      const sa = yield* viewOfSa
      postJoin(mux, 1, mgid, FULL_MEMBER)
      yield* joined(mux, 1, mgid)
      postJoin(mux, 2, mgid, NON_MEMBER)
      yield* joined(mux, 2, mgid, NON_MEMBER)
      postLeave(mux, 1, mgid)
      yield* left(mux, 1, mgid)
      yield* holds(sa, mux, mgid, 0)
      postJoin(mux, 3, mgid, NON_MEMBER)
      yield* refused(mux, 3, mgid, STATUS_REQ_INVALID)
      expect(yield* mux.sent).toBe(4)
    })))

  it("a group whose MGID the SA chose is one that other functions join without the SA "
    + "[SQP-MC-3] [SQP-MC-12]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const sa = yield* viewOfSa
      postJoin(mux, 3, "0".repeat(32))
      const { mgid, ...chosen } = yield* answer(mux, 3)
      expect(chosen).toEqual({ method: METHOD_GET_RESP, status: 0, joinState: FULL_MEMBER })
      expect(mgid).toMatch(/^ff/)
      postJoin(mux, 6, mgid)
      yield* joined(mux, 6, mgid)
      expect(yield* mux.sent).toBe(1)
      yield* holds(sa, mux, mgid, FULL_MEMBER)
      postLeave(mux, 3, mgid)
      yield* left(mux, 3, mgid)
      yield* holds(sa, mux, mgid, FULL_MEMBER)
      postLeave(mux, 6, mgid)
      yield* left(mux, 6, mgid)
      yield* holds(sa, mux, mgid, 0)
    })))

  it("a function is told of its own memberships by the PF context, and of a group by OpenSM without its members "
    + "[SQP-MC-16]", () =>
    withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      const mgid = newMgid()
      postJoin(mux, 1, mgid, FULL_MEMBER)
      yield* joined(mux, 1, mgid)
      postJoin(mux, 2, mgid, SEND_ONLY_FULL_MEMBER)
      yield* joined(mux, 2, mgid, SEND_ONLY_FULL_MEMBER)
      const told = Effect.fnUntraced(function*(f: number, isTable: boolean, about: Parameters<typeof askMembers>[2]) {
        mux.post(f, mux.smLid, askMembers(0x77n, isTable, about))
        const { mad } = yield* mux.next(f)
        return { method: methodOf(mad), status: statusOf(mad), ...memberOf(mad) }
      })
      const [get, table] = [{ method: METHOD_GET_RESP, status: 0 }, { method: METHOD_GET_TABLE_RESP, status: 0 }]
      for (const [f, joinState] of [[1, FULL_MEMBER], [2, SEND_ONLY_FULL_MEMBER]] as const) {
        const own = { mgid, portGid: mux.gid(f), joinState }
        expect(yield* told(f, false, { portGid: mux.gid(f), mgid })).toEqual({ ...get, ...own })
        expect(yield* told(f, true, { portGid: mux.gid(f) })).toEqual({ ...table, ...own })
      }
      // What OpenSM says to an untrusted requester passes; the port's membership does not.
      const nobody = { mgid, portGid: "0".repeat(32), joinState: 0 }
      expect(yield* told(3, false, { mgid })).toEqual({ ...get, ...nobody })
      expect(yield* told(3, true, { mgid })).toEqual({ ...table, ...nobody })
      expect(yield* told(3, false, { mgid, portGid: mux.gid(0) })).toMatchObject({ status: STATUS_REQ_INVALID })
      yield* nothingElse(mux)
      expect(yield* mux.sent).toBe(4)
    })))

  it("a PF context that ends has left every group at the SA [SQP-LIFE-3]", async () => {
    const mgids = Array.from({ length: 24 }, newMgid)
    await withMux({ fabric, way }, Effect.fnUntraced(function*(mux) {
      for (const [index, mgid] of mgids.entries()) {
        postJoin(mux, index % 8, mgid, FULL_MEMBER, index.toString(16).padStart(16, "f"))
      }
      for (const index of mgids.keys()) expect(statusOf((yield* mux.next(index % 8)).mad)).toBe(0)
      expect(yield* mux.sent).toBe(mgids.length)
    }))
    await runScoped(Effect.gen(function*() {
      const sa = yield* viewOfSa
      for (const mgid of mgids) yield* sa.membersUntil(mgid, (members) => members.length === 0)
    }))
  })
})
