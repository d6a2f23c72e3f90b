/** Redirection in the model, sentence by sentence of spec/classes.md. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { type FunctionId, type Gid, Lid, NO_GID, Qpn } from "../model/ids.ts"
import type { ClassPortInfo } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import { actionsOf, after, endOf, running } from "./happening.ts"
import { modelRules } from "./scope.ts"
import {
  answer, arrivingFor, ask, egress, gid, grhTo, ingress, mad, passes, PEER_LID, PERF, PING, SA, SM_LID, small, tid,
  VF1, VF2
} from "./small-world.ts"

const PLACE = Qpn(0x40)
const OTHER = Qpn(0x41)

interface Told {
  readonly fn?: FunctionId
  readonly mgmtClass?: number
  readonly qpn?: Qpn
  readonly lid?: Lid
  readonly gid?: Gid
}

const request = (mgmtClass: number) => mad({ mgmtClass, tid: tid(0x99) })

const infoOf = ({ gid: redirectGid = NO_GID, lid = PEER_LID, qpn = PLACE }: Told): ClassPortInfo =>
  ({ _tag: "classPortInfo", redirectLid: lid, redirectGid, redirectQp: qpn })

/** A function asks, and the answer redirects it. */
const told = (state: State, of: Told = {}): State => {
  const { fn = VF1, mgmtClass = PERF } = of
  const dlid = mgmtClass === SA ? SM_LID : PEER_LID
  const [sent] = actionsOf(state, egress(fn, request(mgmtClass), { dlid }))
  if (sent?._tag !== "ToWire") throw new Error("a request leaves")
  const response = mad({ mgmtClass, method: 0x81, attributeId: 1, tid: sent.mad.tid, body: infoOf(of) })
  return after(state, egress(fn, request(mgmtClass), { dlid }), ingress(response, { slid: dlid }))
}

const at = (fn: FunctionId, mgmtClass: number, remoteQpn: Qpn, dlid = PEER_LID, dgid: Gid | null = null): Event =>
  egress(fn, request(mgmtClass), { remoteQpn, dlid, grh: dgid && grhTo(dgid) })

const placesOf = ({ redirects }: State) =>
  redirects.map(({ function: fn, life, mgmtClass, qpn }) => [fn, mgmtClass, qpn, life.must])

const twoPlaces = () => told(told(running(small())), { qpn: OTHER })

describe("a redirection in the model", () => {
  it("is remembered for its function and class as a LID and a QPN [SQP-CLS-9]", () => {
    expect(told(running(small())).redirects).toEqual([{
      function: VF1, mgmtClass: PERF, lid: PEER_LID, gid: null, qpn: PLACE, life: { must: 2, may: 3 }
    }])
  })

  it("is remembered as a GID and a QPN where it has no LID [SQP-CLS-9]", () => {
    const [place] = told(running(small()), { lid: Lid(0), gid: gid(9) }).redirects
    expect([place?.lid, place?.gid]).toEqual([null, gid(9)])
  })

  it("to QPN 0 or 1 says nothing [SQP-CLS-9]", () => {
    for (const qpn of [0, 1]) expect(told(running(small()), { qpn: Qpn(qpn) }).redirects).toEqual([])
    expect(placesOf(told(running(small()), { qpn: Qpn(2) }))).toEqual([[VF1, PERF, 2, 2]])
  })

  it("in an answer that reaches nobody says nothing [SQP-CLS-9]", () => {
    const waiting = after(running(small()), egress(VF1, ask))
    const response = { ...answer(1), attributeId: 1, body: infoOf({}) }
    const elsewhere = ingress(response, arrivingFor(gid(2)))
    expect(endOf(waiting, elsewhere)).toBe("steer-conflict of 1")
    expect(after(waiting, elsewhere).redirects).toEqual([])
    expect(after(waiting, ingress({ ...response, tid: tid(5) })).redirects).toEqual([])
    expect(after(waiting, ingress({ ...response, body: { _tag: "opaque" } })).redirects).toEqual([])
  })

  it("lets a request leave to its class, QPN and LID, and no other [SQP-CLS-7] [SQP-CLS-9]", () => {
    const state = told(running(small()))
    expect(endOf(state, at(VF1, PERF, PLACE))).toBe("wire")
    for (const other of [
      at(VF2, PERF, PLACE), at(VF1, PING, PLACE), at(VF1, PERF, OTHER), at(VF1, PERF, PLACE, Lid(21)),
      at(VF1, PERF, PLACE, Lid(21), gid(9))
    ]) expect(endOf(state, other)).toMatch(/^remote-qpn of /)
  })

  it("lets a request leave to the GID behind whatever LID [SQP-CLS-9]", () => {
    const state = told(running(small()), { lid: Lid(0), gid: gid(9) })
    expect(endOf(state, at(VF1, PERF, PLACE, Lid(21), gid(9)))).toBe("wire")
    expect(endOf(state, at(VF1, PERF, PLACE, Lid(21), gid(8)))).toBe("remote-qpn of 1")
    expect(endOf(state, at(VF1, PERF, PLACE, PEER_LID))).toBe("remote-qpn of 1")
  })

  it("of the SA leads a VF to another QPN of the SM, never to another LID [SQP-CLS-6] [SQP-CLS-9]", () => {
    const state = told(told(running(small()), { mgmtClass: SA, lid: SM_LID }), { mgmtClass: SA })
    expect(endOf(state, at(VF1, SA, PLACE, SM_LID))).toBe("wire")
    expect(endOf(state, at(VF1, SA, PLACE))).toBe("sa-destination of 1")
  })

  it("makes a request at the place a transaction of its own [SQP-CLS-9] [SQP-TID-3]", () => {
    const state = after(told(running(small())), at(VF1, PERF, PLACE))
    expect(state.transactions.map(({ destination }) => destination.remoteQpn)).toEqual([1, PLACE])
  })

  it("is forgotten when its life is over, and may be before [SQP-CLS-9] [SQP-TID-5]", () => {
    const early = after(twoPlaces(), passes(1))
    expect(placesOf(early)).toEqual([[VF1, PERF, PLACE, 1], [VF1, PERF, OTHER, 1]])
    expect(endOf(early, at(VF1, PERF, PLACE))).toBe("wire")
    const may = after(early, passes(1))
    const ways = modelRules(may, at(VF1, PERF, PLACE)).possible
    const left = ways.map(({ actions: [action], state }) => [action?._tag, placesOf(state)])
    expect(left).toContainEqual(["Drop", [[VF1, PERF, OTHER, 0]]])
    expect(left).toContainEqual(["ToWire", [[VF1, PERF, OTHER, 0], [VF1, PERF, PLACE, 2]]])
    expect(after(may, passes(1)).redirects).toEqual([])
  })

  it("lives anew from each request that leaves for it, and from each answer that says it [SQP-CLS-9]", () => {
    const early = after(twoPlaces(), passes(1))
    expect(placesOf(after(early, at(VF1, PERF, PLACE)))).toEqual([[VF1, PERF, OTHER, 1], [VF1, PERF, PLACE, 2]])
    expect(placesOf(told(early))).toEqual([[VF1, PERF, OTHER, 1], [VF1, PERF, PLACE, 2]])
  })

  it("that a request finds, which goes no further, was there until now, and is not used [SQP-CLS-9]", () => {
    const long = running(small({ timing: { tidMin: 2, tidMax: 9 } }))
    const state = after(told(told(long, { mgmtClass: PING }), { mgmtClass: PING, qpn: OTHER }), passes(3))
    expect(placesOf(state).map(([, , , must]) => must)).toEqual([-1, -1])
    const control = mad({ mgmtClass: PING, rmpp: { active: true, type: 2 }, tid: tid(0x66) })
    const dropped = modelRules(state, egress(VF1, control, { remoteQpn: PLACE })).possible
    expect(dropped.map(({ actions }) => actions)).toEqual([
      [{ _tag: "Drop", function: VF1, reason: "rmpp-unknown" }],
      [{ _tag: "Drop", function: VF1, reason: "remote-qpn" }]
    ])
    expect(dropped.map(({ state: next }) => placesOf(next))).toEqual([
      [[VF1, PING, PLACE, 0], [VF1, PING, OTHER, -1]],
      [[VF1, PING, OTHER, -1]]
    ])
  })

  it("at the LID is the one used where one at the GID would do, too, unless it is forgotten [SQP-CLS-9]", () => {
    const both = told(told(running(small()), { lid: Lid(0), gid: gid(9) }))
    const sent = at(VF1, PERF, PLACE, PEER_LID, gid(9))
    const livesOf = ({ redirects }: State) => redirects.map(({ life, lid }) => [lid, life.must])
    expect(livesOf(after(after(both, passes(1)), sent))).toEqual([[null, 1], [PEER_LID, 2]])
    const ways = modelRules(after(both, passes(2)), sent).possible
    expect(ways.map(({ actions: [action], state }) => [action?._tag, livesOf(state)])).toEqual([
      ["ToWire", [[null, 0], [PEER_LID, 2]]], ["ToWire", [[null, 2]]], ["Drop", []]
    ])
  })

  it("gives way to another of its function, the one used longest ago first [SQP-CLS-9]", () => {
    const two = told(told(running(small({ limits: { redirects: 2 } })), { fn: VF2 }), { mgmtClass: PING })
    const full = after(told(two), passes(1), at(VF1, PING, PLACE))
    expect(placesOf(told(full, { qpn: OTHER }))).toEqual([
      [VF1, PING, PLACE, 2], [VF1, PERF, OTHER, 2], [VF2, PERF, PLACE, 1]
    ])
  })

  it("gives way, where others may have been forgotten, to any of these [SQP-CLS-9]", () => {
    const long = running(small({ limits: { redirects: 2, tids: 9 }, timing: { tidMin: 2, tidMax: 9 } }))
    const full = after(told(told(long), { qpn: OTHER }), egress(VF1, request(PING)), passes(2))
    const third = mad({
      mgmtClass: PING, method: 0x81, attributeId: 1, tid: tid(2), body: infoOf({ mgmtClass: PING })
    })
    const ways = modelRules(full, ingress(third)).possible
      .filter(({ actions: [action] }) => action?._tag === "ToFunction")
    expect(ways.map(({ state }) => placesOf(state).map(([, , qpn]) => qpn))).toEqual([[OTHER, PLACE], [PLACE, PLACE]])
  })

  it("is not remembered where none may be [SQP-CLS-9]", () => {
    expect(told(running(small({ limits: { redirects: 0 } }))).redirects).toEqual([])
  })

  it("ends with its function, and with no other [SQP-LIFE-1] [SQP-CLS-9]", () => {
    const state = told(told(running(small())), { fn: VF2 })
    expect(placesOf(after(state, { _tag: "Reset", function: VF1 }))).toEqual([[VF2, PERF, PLACE, 2]])
    expect(after(state, { _tag: "Stop" }).redirects).toEqual([])
  })
})
