/** Start, stop, attach, detach, reset: what they announce, release and leave; and a scope. */
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { type FunctionId, type Gid, Gid as gidFrom, Qpn } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { Mad, McMember } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import { step } from "../model/step.ts"
import { actionsOf, after, endOf, outcomeOf, running } from "./happening.ts"
import { expectFaultless } from "./faultless.ts"
import {
  answer,
  arrivingFor,
  ask,
  BARE_VERB,
  egress,
  gid,
  ingress,
  mad,
  PF,
  ping,
  PING,
  QP1,
  SA,
  SM_LID,
  small,
  VF1,
  VF2
} from "./small-world.ts"

const START: Event = { _tag: "Start" }
const STOP: Event = { _tag: "Stop" }
const of = (_tag: "Attach" | "Detach" | "Reset", fn: FunctionId): Event => ({ _tag, function: fn })

const MGID = gidFrom("ff12401bffff00000000000000000001")
const member = (portGid: Gid, joinState: number): McMember => ({
  _tag: "mcMember",
  mask: "0000000000010003",
  mgid: MGID,
  portGid,
  qkey: 0,
  mlid: 0xc001,
  mtuSelector: 0,
  mtu: 4,
  trafficClass: 0,
  pkey: 0xffff,
  rateSelector: 0,
  rate: 3,
  lifetimeSelector: 0,
  lifetime: 0,
  sl: 0,
  flowLabel: 0,
  hopLimit: 0,
  scope: 2,
  joinState,
  proxyJoin: 0
})
const membership = (method: number, body: McMember): Mad =>
  mad({ mgmtClass: SA, method, attributeId: 0x38, body })
const join = (fn: FunctionId) => egress(fn, membership(0x02, member(gid(fn), 1)), { dlid: SM_LID })

/** A function joined a group and the SA granted it; wire TID 1 was the join's. */
const joined = (fn: FunctionId, state: State): State =>
  after(
    state,
    join(fn),
    ingress({ ...membership(0x81, member(gid(0), 1)), tid: answer(1).tid }, { slid: SM_LID, srcQp: QP1 })
  )

/** In short, for comparing: what is done, for whom. */
const shown = (state: State, event: Event): ReadonlyArray<string> =>
  actionsOf(state, event).map((action) => {
    switch (action._tag) {
      case "ToWire":
        return `to wire ${action.mad.method.toString(16)} ${action.cause}`
      case "Tunnel":
        return `tunnel ${action.function} ${action.qp}`
      case "Drop":
        return `drop ${action.reason} of ${action.function}`
      default:
        return action._tag
    }
  })

/** What a PF context remembers of functions. */
const memory = ({ exchanges, givenUp, groups, inbound, transactions }: State) =>
  [transactions, inbound, exchanges, groups, givenUp].map((list) => list.length)

describe("the model of the life cycle", () => {
  it("starts with function 0 and with those that were attached before, once [SQP-LIFE-2]", () => {
    const stopped = initial(small({ attached: [false, false, true] }))
    expect(shown(stopped, START)).toEqual(["tunnel 0 0", "tunnel 0 1", "tunnel 2 0", "tunnel 2 1"])
    expect(shown(after(stopped, START), START)).toEqual([])
    const changed = after(stopped, of("Attach", VF1), of("Detach", VF2))
    expect(shown(changed, START)).toEqual(["tunnel 0 0", "tunnel 0 1", "tunnel 1 0", "tunnel 1 1"])
  })

  it("announces nothing before its start, and says so of every MAD [SQP-LIFE-2, SQP-QP-3]", () => {
    const stopped = initial(small())
    for (const event of [of("Attach", VF1), of("Detach", VF1), of("Reset", VF1), STOP]) {
      expect(shown(stopped, event)).toEqual([])
    }
    expect(endOf(stopped, egress(VF1, ask))).toBe("not-attached of 1")
    expect(endOf(stopped, ingress(ask))).toBe("not-attached of nobody")
  })

  it("attaches and detaches a function once; a reset of one not attached does nothing [SQP-LIFE-2]", () => {
    const state = running(small())
    expect(shown(state, of("Attach", VF1))).toEqual([])
    expect(shown(state, of("Reset", VF1))).toEqual(["tunnel 1 0", "tunnel 1 1"])
    const detached = after(state, of("Detach", VF1))
    expect(shown(detached, of("Detach", VF1))).toEqual([])
    expect(shown(detached, of("Reset", VF1))).toEqual([])
    expect(after(detached, of("Reset", VF1))).toEqual(detached)
    expect(shown(detached, of("Attach", VF1))).toEqual(["tunnel 1 0", "tunnel 1 1"])
  })

  it("neither detaches nor resets function 0, nor any that does not exist [SQP-MODEL-1]", () => {
    const state = running(small())
    const rejected = [
      of("Detach", PF),
      of("Reset", PF),
      of("Attach", 3 as FunctionId),
      egress(3 as FunctionId, ask)
    ]
    for (const event of rejected) expect(Result.isFailure(step(state, event, []))).toBe(true)
  })

  it("releases all of a function that ends and rests its ids [SQP-LIFE-1, SQP-LIFE-2, SQP-TID-6]", () => {
    const verb: Event = {
      _tag: "Verb",
      function: VF1,
      request: { ...BARE_VERB, type: "ud" }
    }
    const busy = after(
      joined(VF1, running(small())),
      egress(VF1, ask),
      ingress(ping, arrivingFor(gid(1))),
      verb
    )
    expect(memory(busy)).toEqual([1, 1, 0, 1, 0])
    for (const end of [of("Detach", VF1), of("Reset", VF1)]) {
      const over = after(busy, end)
      expect(over.transactions).toEqual([])
      expect(over.inbound).toEqual([])
      expect(over.functions[VF1]?.qps).toEqual([])
      expect(over.resting.map(({ id, space }) => `${space} ${id.slice(-1)}`)).toEqual(["tid 1", "tid 2"])
      expect(endOf(over, ingress(answer(2)))).toBe("response-unasked of nobody")
      expect(endOf(over, egress(VF1, mad({ mgmtClass: PING, method: 0x81 })))).not.toBe("wire")
    }
  })

  it("leaves the groups of a function that ends, and drops its requests [SQP-LIFE-2, SQP-MC-10]", () => {
    expect(shown(joined(VF1, running(small())), of("Detach", VF1))).toEqual(["to wire 15 leave"])
    expect(shown(after(running(small()), join(VF1)), of("Detach", VF1))).toEqual(["drop function-gone of 1"])
  })

  it("leaves all groups when it stops, then keeps nothing but resting ids [SQP-LIFE-3]", () => {
    const busy = after(
      joined(VF1, running(small())),
      egress(VF2, ask),
      egress(PF, ask),
      ingress(ping, arrivingFor(gid(2)))
    )
    expect(shown(busy, STOP)).toEqual(["to wire 15 leave"])
    const stopped = after(busy, STOP)
    expect(memory(stopped)).toEqual([0, 0, 0, 0, 0])
    expect(stopped.functions.every(({ qps, tunnels }) => tunnels === null && qps.length === 0)).toBe(true)
    expect(stopped.resting.map(({ id }) => id.slice(-1))).toEqual(["1", "2", "3", "4"])
    expect(shown(stopped, STOP)).toEqual([])
  })

  it("starts again with those attached when it stopped, and knows nothing more [SQP-LIFE-1]", () => {
    const stopped = after(running(small()), egress(VF1, ask), of("Detach", VF2), STOP)
    expect(shown(stopped, START)).toEqual(["tunnel 0 0", "tunnel 0 1", "tunnel 1 0", "tunnel 1 1"])
    const again = after(stopped, START)
    expect(endOf(again, ingress(answer(1)))).toBe("response-unasked of nobody")
    expect(actionsOf(again, egress(VF1, ask)).map((action) => "mad" in action && action.mad.tid)).toEqual([
      answer(2).tid
    ])
  })

  it("draws nothing for an attach before the start, and nothing for a join that waits [SQP-MODEL-1]", () => {
    const { state } = outcomeOf(initial(small({ attached: [true, false, false] })), of("Attach", VF1))
    expect(state.functions[VF1]?.tunnels).toBeNull()
    const waiting = after(running(small()), join(VF1))
    expect(Result.isSuccess(step(waiting, join(VF2), []))).toBe(true)
    expect(Result.isSuccess(step(waiting, egress(VF2, ask, { remoteQpn: Qpn(9) }), []))).toBe(true)
  })

  it(
    "keeps every invariant in every order of start, stop, attach, detach and reset " +
      "[SQP-LIFE-1, SQP-LIFE-2, SQP-LIFE-3, SQP-STEER-5]",
    () => {
      expectFaultless("lifecycle/orders")
    }
  )

  it("keeps every invariant when functions come, go and are reset while MADs are lost [SQP-LIFE-1, SQP-LIFE-2]", () => {
    expectFaultless("lifecycle/losses")
    expectFaultless("lifecycle/resets")
  })
})
