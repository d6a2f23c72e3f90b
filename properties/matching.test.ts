/** What explains an observation, by examples: which outputs are the demanded ones, and which are left. */
import { describe, expect, it } from "vitest"
import type { Action, ActionOf } from "../model/action.ts"
import { bind, choices, explain, isSame, matchings, permits, symbolicOutcomes } from "../model/bind.ts"
import { FunctionId, Lid, Qpn, Tid } from "../model/ids.ts"
import type { InboundRequest, State } from "../model/state.ts"
import { actionsOf, after, running } from "./happening.ts"
import {
  answer, arrivingFor, ask, egress, gid, ingress, mad, passes, PF, ping, PING, pool, small, tid, VF1, VF2
} from "./small-world.ts"
import { sends, SET } from "./service-scopes.ts"

const idle = running(small())
const waiting = after(idle, egress(VF1, ask))
const [leaving] = actionsOf(idle, egress(VF1, ask))
const [given] = actionsOf(waiting, ingress(answer(1)))
if (leaving?._tag !== "ToWire" || given?._tag !== "ToFunction") throw new Error("a request and its answer")

const drop = (fn: FunctionId | null, reason: "class-policy" | "remote-qpn" = "class-policy"): Action =>
  ({ _tag: "Drop", function: fn, reason })
const verbAnswer = (fn: FunctionId, qpn: Qpn | null): Action =>
  ({ _tag: "Answer", function: fn, status: "ok", qpn, qkey: null, view: null })
const tunnel = (fn: FunctionId, qp: 0 | 1): Action =>
  ({ _tag: "Tunnel", function: fn, qp, proxyQpn: Qpn(2 * qp + 2), tunnelQpn: Qpn(2 * qp + 3) })
const from = (slid: number): ActionOf<"ToFunction"> => ({ ...given, address: { ...given.address, slid: Lid(slid) } })
const withTid = (id: string): Action => ({ ...leaving, mad: { ...leaving.mad, tid: Tid(id) } })
const [X, Y] = ["00000000000000aa", "00000000000000bb"]
const ALL = { drops: true }

const boundBy = (demanded: ReadonlyArray<Action>, observed: ReadonlyArray<Action>) =>
  matchings(demanded, observed, ALL).map(({ bound, rest }) => [...bound.values(), rest.length])

describe("what was demanded and what was seen", () => {
  it("are the same but for what no output shows [SQP-MODEL-1]", () => {
    expect(isSame(leaving, { ...leaving, from: null, cause: null, mad: { ...leaving.mad, payload: "other" } })).toBe(true)
    expect(isSame(leaving, { ...leaving, mad: { ...leaving.mad, status: 1 } })).toBe(false)
    const grh = { sgidIndex: 0, dgid: gid(1), hopLimit: 0, flowLabel: 0, trafficClass: 0 }
    const routed = { ...leaving, address: { ...leaving.address, grh } }
    expect([isSame(leaving, routed), isSame(routed, leaving), isSame(routed, routed)]).toEqual([false, false, true])
    const more: Action & { readonly extra: number } = { ...leaving, extra: 1 }
    expect(isSame(leaving, more)).toBe(false)
    expect(isSame(more, leaving)).toBe(false)
  })

  it("agree on every id: one name is one id, and no id is none [SQP-MODEL-1]", () => {
    expect(boundBy([withTid("?0")], [withTid(X)])).toEqual([[X, 0]])
    expect(boundBy([withTid("?0"), withTid("?0")], [withTid(X), withTid(Y)])).toEqual([])
    expect(boundBy([withTid("?0"), withTid("?0")], [withTid(X), withTid(X)])).toEqual([[X, 0], [X, 0]])
    expect(boundBy([verbAnswer(VF1, Qpn(-1))], [verbAnswer(VF1, Qpn(0x40))])).toEqual([["000040", 0]])
    expect(boundBy([verbAnswer(VF1, Qpn(-1))], [verbAnswer(VF1, null)])).toEqual([])
    const none = { ...leaving, mad: { ...leaving.mad, tid: null as never } }
    expect(boundBy([withTid("?0")], [none])).toEqual([])
  })

  it("may be in another order on the wire: each way to bind the ids is one [SQP-MODEL-1]", () => {
    expect(boundBy([withTid("?0"), withTid("?1")], [withTid(X), withTid(Y)])).toEqual([[X, Y, 0], [Y, X, 0]])
    expect(boundBy([withTid(X), withTid(Y)], [withTid(Y), withTid(X)])).toEqual([[0]])
    expect(boundBy([withTid(X)], [withTid(X), withTid(X)])).toEqual([[1]])
    expect(boundBy([withTid(X)], [withTid(Y), withTid(X), withTid(X)])).toEqual([[2]])
  })

  it.each([
    ["MADs from one place to a function", [from(20), { ...from(20), mad: answer(9) }], false],
    ["MADs from two places to a function", [from(20), from(21)], true],
    ["MADs to two functions", [given, { ...given, function: VF2 }], true],
    ["events of a function", [
      { _tag: "EventTo", function: VF1, event: "lid" }, { _tag: "EventTo", function: VF1, event: "gid" }
    ], false],
    ["events of two functions", [
      { _tag: "EventTo", function: VF1, event: "lid" }, { _tag: "EventTo", function: VF2, event: "lid" }
    ], true],
    ["tunnels", [tunnel(VF1, 0), tunnel(VF1, 1)], true],
    ["answers to two functions", [verbAnswer(VF1, null), verbAnswer(VF2, null)], true],
    ["drops for two reasons", [drop(VF1), drop(VF1, "remote-qpn")], true],
    ["drops of a function and of nobody", [drop(VF1), drop(null)], true]
  ] satisfies ReadonlyArray<readonly [string, ReadonlyArray<Action>, boolean]>)(
    "of %s: they are told from each other, and their order counts or not [SQP-MODEL-1]",
    (_, demanded, isFree) => {
      expect(matchings(demanded, demanded, ALL)).toHaveLength(1)
      expect(matchings(demanded, demanded.toReversed(), ALL)).toHaveLength(isFree ? 1 : 0)
    }
  )

  it("are compared without drops where these are not shown [SQP-MODEL-1]", () => {
    const refused = egress(VF1, ask, { remoteQpn: Qpn(5) })
    expect(bind(idle, refused, [])).toEqual([])
    expect(bind(idle, refused, [drop(VF1, "remote-qpn")])).toHaveLength(1)
    expect(bind(idle, refused, [drop(VF1)])).toEqual([])
    for (const shown of [[], [drop(VF1)], [drop(VF1, "remote-qpn")]]) {
      expect(bind(idle, refused, shown, { drops: false })).toHaveLength(1)
    }
  })
})

describe("an explanation", () => {
  const later = { drops: true, continues: true }
  const now = withTid(X)
  const next = withTid(Y)

  it("leaves what follows for later, the first of the MADs to the wire being those of now [SQP-MODEL-1]", () => {
    const restOf = (observed: ReadonlyArray<Action>) =>
      explain(idle, egress(VF1, ask), observed, later).map(({ choice, rest }) => [choice[0], ...rest])
    expect(restOf([now, next])).toEqual([[X, next]])
    expect(restOf([next, now])).toEqual([[Y, now]])
    expect(restOf([now])).toEqual([[X]])
    expect(explain(idle, egress(VF1, ask), [now, next], ALL)).toHaveLength(2)
    expect(explain(idle, passes(1), [now], later).map(({ rest }) => rest)).toEqual([[now]])
    expect(explain(waiting, ingress(answer(1)), [given, now], later).map(({ rest }) => rest)).toEqual([[now]])
  })

  it("counts the MADs to the wire alone where an event gives other things, too [SQP-MODEL-1]", () => {
    const reset = { _tag: "Reset", function: VF1 } as const
    const registered = after(idle, sends(SET))
    const given = actionsOf(registered, reset)
    expect(given.map(({ _tag }) => _tag)).toEqual(["ToWire", "Tunnel", "Tunnel"])
    const again = given.flatMap((action) => (action._tag === "ToWire" ? [{ ...action, mad: { ...action.mad, tid: Tid(X) } }] : []))
    expect(explain(registered, reset, [...given, ...again], later).map(({ rest }) => rest)).toEqual([again])
  })

  it("has ids in the place of all names, whatever else was chosen [SQP-TID-5] [SQP-TID-1]", () => {
    const late = after(waiting, passes(2))
    const again = bind(late, egress(VF1, ask), [now])
    expect(again.map(({ choice }) => choice)).toEqual([["forgotten", X]])
    expect(again.map(({ state }) => state.transactions.map(({ wireTid }) => wireTid))).toEqual([[X]])
    expect(bind(late, egress(VF1, ask), [leaving]).map(({ choice }) => choice)).toEqual([["remembered"]])
  })

  it("is one for each choice [SQP-MODEL-1]", () => {
    const late = after(waiting, passes(2))
    expect(bind(late, ingress(answer(1)), [], { drops: false }).map(({ choice }) => choice)).toEqual([["forgotten"]])
    const elsewhere = ingress(answer(1), arrivingFor(gid(2)))
    expect(bind(late, elsewhere, [], { drops: false }).map(({ choice }) => choice)).toEqual([["remembered"], ["forgotten"]])
  })
})

describe("the choices of an event", () => {
  it("are exhausted where no id of the pool is free [SQP-MODEL-1]", () => {
    const { exhausted, possible } = choices(idle, egress(VF1, ask), { ...pool(), tid: [] })
    expect([exhausted, possible]).toEqual([true, []])
    expect(choices(idle, egress(VF1, ask), pool(1)).exhausted).toBe(false)
    expect(choices(idle, { _tag: "Detach", function: PF }, pool())).toEqual({ exhausted: false, possible: [] })
  })

  it("are permitted, and others are not [SQP-MODEL-1]", () => {
    expect(permits(idle, egress(VF1, ask), [X])).toBe(true)
    expect(permits(waiting, egress(VF2, ask), [tid(1)])).toBe(false)
  })

  it("are not asked for without end [SQP-MODEL-1]", () => {
    const control = mad({ mgmtClass: PING, rmpp: { active: true, type: 2 } })
    const heldBy = (count: number): State => {
      const asked = after(idle, ingress(ping, arrivingFor(gid(1)))).inbound
      const inbound = Array.from({ length: count }, (_, n) => asked.map((of): InboundRequest =>
        ({ ...of, function: FunctionId(n), life: { must: 0, may: 1 } }))).flat()
      return { ...idle, inbound }
    }
    expect(symbolicOutcomes(heldBy(2), ingress(control))).toHaveLength(4)
    expect(() => symbolicOutcomes(heldBy(65), ingress(control))).toThrow("Ingress asks more than 64 questions")
  })
})
