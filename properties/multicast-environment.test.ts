/** The closed system of multicast by examples: what may happen next, what is wrong by the truth, what comes to rest. */
import { describe, expect, it } from "vitest"
import {
  FIRST_SM, guidOfFunction, joinOfOther, type MulticastRules, multicastRules, type MulticastScope, PORT_GID, scopeTiming,
  stillScope, type Wish
} from "../model/environment/multicast-scope.ts"
import { multicastRenames } from "../model/environment/multicast-renames.ts"
import { type MulticastWorld, multicastSystem } from "../model/environment/multicast-system.ts"
import { saStep, type SaState } from "../model/environment/sa.ts"
import { Chooser } from "../model/choice.ts"
import { DEFAULT_PREFIX, FunctionId, Gid, gidOf, Lid, NO_GID, WireTid } from "../model/ids.ts"
import { type Mad, METHOD } from "../model/mad.ts"
import { recordIn } from "../model/multicast-record.ts"
import type { Egress } from "../model/outcome.ts"
import { type Renaming, same } from "../model/renaming.ts"
import type { State } from "../model/state.ts"
import { filterOf, informIn } from "../model/inform.ts"
import { labelsIn, worldAfter } from "./going.ts"
import { egress, ingress, mad, SA, VF1 } from "./small-world.ts"

const GROUP = Gid("ff12a01cfe8000000000000000000777")
const to = (method: Wish["method"], bits: number): Wish => ({ method, mgid: GROUP, bits })
const [JOIN, LEAVE] = [to("join", 1), to("leave", 1)]
/** One function that joins a group in which another port is. */
const one = (change: Partial<MulticastScope> = {}): MulticastScope =>
  ({ ...stillScope, existing: [GROUP], wishes: [[JOIN]], requests: [1], ...change })

type Moving = Pick<ReturnType<typeof multicastSystem>, "initial" | "moves">
const labels = (of: Moving, world: MulticastWorld = of.initial): ReadonlyArray<string> =>
  labelsIn(of, world)
/** The world after moves whose labels begin so. */
const after = (of: Moving, ...path: ReadonlyArray<string>): MulticastWorld => worldAfter(of, of.initial, ...path)
const ASKS = "function 1 joins 1"
const AT_SA = "Set(0777, 1, TID 1, status 0) from LID 5 arrives"
const ANSWERED = "GetResp(0777, 1, TID 1, status 0) from LID 1 arrives"
const LEAVES = "function 1 leaves 1"
const joined = [ASKS, AT_SA, ANSWERED]
/** A join by which this port is a full member. */
const joinOfPort = (mgid: Gid, portGid = PORT_GID): Mad =>
  ({ ...joinOfOther(mgid), body: { ...recordIn(joinOfOther(mgid)), portGid } })

describe("in the closed system of multicast", () => {
  it("nothing may happen in a still scope", () => {
    expect(stillScope).toMatchObject({ wishes: [], requests: [], existing: [], waits: [], sms: [], alike: [] })
    expect(labels(multicastSystem(stillScope))).toEqual([])
  })

  it("a function asks as often as it may, and what waits may come before what is due", () => {
    const system = multicastSystem(one({ wishes: [[JOIN, to("leave", 2)]], timeouts: 1, waits: [5] }))
    expect(labels(system)).toEqual([
      "function 1 joins 1 of 0777; wire Set(0777, 1, TID 1, status 0)",
      "function 1 leaves 2 of 0777; function 1 DeleteResp(0777, 0, TID 0, status 512)", "5 ms pass"
    ])
    const asked = after(system, ASKS)
    expect(labels(system, asked)).toEqual([
      `${AT_SA}: the SA says 0`, "10 ms pass; wire Set(0777, 1, TID 1, status 0)", "5 ms pass"
    ])
    expect(labels(multicastSystem(one({ waits: [10] })), asked)).not.toContain("10 ms pass")
  })

  it("an answer comes back by the LIDs of the request, and a leave goes the same way", () => {
    const system = multicastSystem(one({ wishes: [[JOIN, LEAVE]], requests: [2] }))
    expect(labels(system, after(system, ASKS, AT_SA))).toContain(
      "GetResp(0777, 1, TID 1, status 0) from LID 1 arrives; function 1 GetResp(0777, 1, TID 1, status 0)"
    )
    const left = after(system, ...joined, LEAVES)
    expect(labels(system, left)).toContain("Delete(0777, 1, TID 2, status 0) from LID 5 arrives: the SA says 0")
    expect(labels(system, after(system, ...joined, LEAVES, "Delete")))
      .toEqual(["DeleteResp(0777, 0, TID 2, status 0) from LID 1 arrives"])
  })

  it("the wire loses and doubles what is under way while it may", () => {
    const system = multicastSystem(one({ losses: 1, duplications: 1 }))
    const SET = "Set(0777, 1, TID 1, status 0) from LID 5"
    expect(labels(system, after(system, ASKS)))
      .toEqual([`${AT_SA}: the SA says 0`, `${SET} is lost`, `${SET} is duplicated`])
    expect(labels(system, after(system, ASKS, `${SET} is lost`))).toEqual([])
    expect(after(system, ASKS, `${SET} is duplicated`).inFlight).toHaveLength(2)
  })

  it("a function repeats its last join, until it is reset", () => {
    const system = multicastSystem(one({ repetitions: 1, resets: 1 }))
    expect(labels(system, after(system, ASKS))).toContain("function 1 joins 1 of 0777; drop coalesced")
    expect(labels(system, after(system, ASKS, "function 1 is reset"))).toEqual([`${AT_SA}: the SA says 0`])
  })

  it("functions lose P_Keys and GUIDs, and the SM asks to reregister, goes, or is another", () => {
    const system = multicastSystem(one({ confinements: 1, reregisters: 1, sms: [null, Lid(2)], stops: 1 }))
    expect(labels(system).slice(1)).toEqual([
      "function 1 loses its P_Key", "function 1 has another GUID", "reregister", "the SA forgets; reregister", "the SM is gone",
      "the PF context stops"
    ])
    expect(after(system, "function 1 loses").state.functions[1]?.pkeyMap).toEqual([1])
    const [pf, vf] = after(system, "function 1 has another GUID").state.functions
    expect([pf?.guid, vf?.guid]).toEqual([guidOfFunction(0), guidOfFunction(0x41)])
    const spent = after(system, "reregister", "function 1 loses")
    expect(labels(system, spent).filter((label) => /P_Key|GUID|reregister/.test(label))).toEqual([])
    expect(labels(system, after(system, ASKS, "the SM is gone"))).toContain(`${AT_SA} where no SM is`)
  })

  it("an SA that forgot holds only who was there at first, and what it said before never comes", () => {
    const system = multicastSystem(one({ reregisters: 1 }))
    const { sa } = after(system, ASKS, AT_SA, "the SA forgets")
    expect(sa).toEqual(system.initial.sa)
    const underWay = (...path: ReadonlyArray<string>) =>
      after(system, ASKS, ...path).inFlight.map(({ payload }) => payload.mad.method)
    expect(underWay(AT_SA, "the SA forgets")).toEqual([METHOD.SET])
    expect(underWay("the SA forgets")).toEqual([METHOD.SET, METHOD.SET])
    expect(underWay(AT_SA, "reregister")).toEqual([METHOD.GET_RESP, METHOD.SET])
  })

  it("a stranger answers what is with the SA, once", () => {
    const system = multicastSystem(one({ forgeries: 1 }))
    expect(labels(system)).not.toContain("a stranger's answer")
    expect(labels(system, after(system, ASKS))).toContain("a stranger's answer; drop sa-answer-source")
    expect(labels(system, after(system, ASKS, "a stranger's answer"))).toEqual([`${AT_SA}: the SA says 0`])
  })

  it("the SA refuses a join of a port that holds nothing, and neither another join nor a leave", () => {
    const says = (system: Moving, world: MulticastWorld) =>
      labels(system, world).flatMap((label) => label.split("the SA says ")[1] ?? [])
    const system = multicastSystem(one({ wishes: [[JOIN, to("join", 8), LEAVE]], requests: [2], refusals: 1, reregisters: 1 }))
    expect(says(system, after(system, ASKS))).toEqual(["0", "256"])
    expect(says(system, after(system, ...joined, "function 1 joins 8"))).toEqual(["0"])
    const left = after(system, ...joined, LEAVES)
    expect(says(system, left)).toEqual(["0"])
    expect(says(system, { ...left, sa: system.initial.sa })).toEqual(["512"])
  })

  it("a function that the SA does not take again hears that it must ask [SQP-MC-11]", () => {
    const system = multicastSystem(one({ refusals: 1, reregisters: 1 }))
    const AGAIN = "Set(0777, 1, TID 2, status 0) from LID 5 arrives"
    const refused = after(system, ...joined, "the SA forgets", `${AGAIN}: the SA says 256`)
    expect(labels(system, refused))
      .toContain("GetResp(0777, 1, TID 2, status 256) from LID 1 arrives; function 1 hears reregister")
  })

  it("what is due later than a second is not waited for, nor what never is", () => {
    const slow = (saTimeout: number) => {
      const system = multicastSystem(one({ timeouts: 1, timing: { ...scopeTiming, saTimeout, horizon: 5000 } }))
      return labels(system, after(system, ASKS)).filter((label) => label.includes("ms pass"))
    }
    expect(slow(1000)).toEqual(["1000 ms pass; wire Set(0777, 1, TID 1, status 0)"])
    expect(slow(1001)).toEqual([])
    const system = multicastSystem(one({ timeouts: 1, reregisters: 1 }))
    const again = after(system, ...joined, "reregister", "Set", "GetResp")
    expect(again.state.renewIn).toBe(Number.POSITIVE_INFINITY)
    expect(labels(system, again)).toEqual([])
  })

  it("an action that the area does not have is named by its tag", () => {
    const rules: MulticastRules = (state) => ({ state, actions: [{ _tag: "Defer", function: VF1, qp: 1, reason: "wire-full" }] })
    expect(labels(multicastSystem(one(), rules))).toEqual(["function 1 joins 1 of 0777; Defer"])
  })

  it("a trace is completed with what the area leaves out", () => {
    expect(multicastSystem(one()).context).toMatchObject({ isOneArea: true, before: [{ event: { _tag: "Start" }, actions: [] }] })
  })
})

describe("the truth of multicast", () => {
  const system = multicastSystem(one())
  const holding: SaState = saStep(system.initial.sa, joinOfPort(GROUP)).sa
  const wrongIn = (world: MulticastWorld, state: Partial<State> = {}): ReadonlyArray<string> =>
    system.violations({ ...world, state: { ...world.state, ...state } })
  const unwanted = { ...system.initial, sa: holding }
  const SAYS = [`in ${GROUP} the SA truly holds 1, functions have 0 (SQP-MC-1)`]

  it("is that the SA holds what functions have, once all is quiet [SQP-MC-1]", () => {
    expect(wrongIn(system.initial)).toEqual([])
    expect(wrongIn(unwanted)).toEqual(SAYS)
    expect(wrongIn({ ...unwanted, scope: one({ comparesSa: false }) })).toEqual([])
    expect(wrongIn({ ...unwanted, inFlight: after(system, ASKS).inFlight })).toEqual([])
    expect(wrongIn(unwanted, { running: false })).toEqual([])
    expect(wrongIn(unwanted, { port: { ...unwanted.state.port, smLid: null } })).toEqual([])
    const { state } = after(system, ASKS)
    expect(wrongIn(unwanted, state)).toEqual([])
    const member = after(system, ...joined)
    expect(wrongIn(member)).toEqual([])
    expect(wrongIn({ ...member, sa: system.initial.sa })).toEqual([`in ${GROUP} the SA truly holds 0, functions have 1 (SQP-MC-1)`])
  })

  it("is unknown of a join that was given up, and of nothing else [SQP-MC-9]", () => {
    const of = { wireTid: WireTid("0000000000000009"), sentTo: FIRST_SM, former: false, life: { must: 1, may: 1 } }
    const givenUp = (asked: State["givenUp"][number]["asked"]) => wrongIn(unwanted, { givenUp: [{ ...of, asked }] })
    expect(givenUp({ _tag: "join", mgid: GROUP })).toEqual([])
    expect(givenUp({ _tag: "join", mgid: NO_GID })).toEqual([])
    expect(givenUp({ _tag: "join", mgid: Gid("ff12a01cfe8000000000000000000888") })).toEqual(SAYS)
    expect(givenUp({ _tag: "subscribe", filter: filterOf(informIn(joinOfOther(GROUP)), 0xffff) })).toEqual(SAYS)
  })

  const all = multicastSystem(one({ wishes: [[JOIN, LEAVE]], requests: [2], resets: 1, losses: 1 }))
  const isQuiet = (world: MulticastWorld) => all.quiet?.(world)
  it("comes out by itself where nothing goes wrong any more: what is sent arrives [SQP-EXP-4]", () => {
    expect(isQuiet(after(all, ...joined, LEAVES))).toBe(true)
    // The answer to a join of a function that ended is undone.
    expect(isQuiet(after(all, ASKS, AT_SA, "function 1 is reset"))).toBe(true)
  })

  it("does not come out by itself where the SA holds what nobody gives back [SQP-EXP-4]", () => {
    expect(isQuiet({ ...all.initial, sa: holding })).toBe(false)
    // A request that is still repeated makes nothing quiet.
    const other = Gid("ff12a01cfe8000000000000000000888")
    const { sa } = saStep(all.initial.sa, joinOfPort(other))
    expect(isQuiet({ ...after(all, ASKS, "Set(0777, 1, TID 1, status 0) from LID 5 is lost"), sa })).toBe(false)
  })

  const LOST = ["a join of function 1 is lost (SQP-ACC-1)"]
  const silent: MulticastRules = (state, event, chooser) =>
    (event._tag === "Egress" ? { state, actions: [] } : multicastRules(state, event, chooser))
  it("is that every join is answered, dropped or waits, and leaves are not spoken of [SQP-ACC-1]", () => {
    const scope = one({ wishes: [[JOIN, LEAVE]], requests: [2] })
    const wrong = multicastSystem(scope, silent)
    const lost = after(wrong, ASKS)
    expect(lost.lost).toEqual(LOST)
    expect(wrong.violations(lost)).toEqual(expect.arrayContaining(LOST))
    expect(after(wrong, LEAVES).lost).toEqual([])
    expect(after(multicastSystem(scope), ASKS).lost).toEqual([])
    expect(after(multicastSystem(scope), ...joined).lost).toEqual([])
  })

  it("is that no join ends twice [SQP-ACC-1]", () => {
    const twice: MulticastRules = (state, event, chooser) => {
      const { actions, state: next } = multicastRules(state, event, chooser)
      return { state: next, actions: [...actions, ...actions.filter(({ _tag }) => _tag === "ToFunction")] }
    }
    expect(after(multicastSystem(one(), twice), ...joined).lost).toEqual(LOST)
  })
})

describe("the rules of the area of multicast", () => {
  const { state } = multicastSystem(one()).initial
  const run = (event: Parameters<MulticastRules>[1], change: Partial<State> = {}) =>
    multicastRules({ ...state, ...change }, event, new Chooser([]))

  it("drop what leaves on a P_Key that the function has not", () => {
    const lost = state.functions.map((of) => ({ ...of, pkeyMap: [null] }))
    const { actions } = run(egress(VF1, joinOfOther(GROUP)), { functions: lost })
    expect(actions).toMatchObject([{ _tag: "Drop", function: VF1, reason: "pkey-index" }])
  })

  it("say nothing of malformed MADs of functions, of a start and of what is not theirs", () => {
    const malformed = { _tag: "malformed", lengthBytes: 5 } as const
    expect(run({ ...egress(VF1, joinOfOther(GROUP)), mad: malformed })).toEqual({ state, actions: [] })
    expect(run({ _tag: "Start" })).toEqual({ state, actions: [] })
    const { actions } = run({ ...ingress(mad({ mgmtClass: SA })), mad: malformed })
    expect(actions).toMatchObject([{ _tag: "Drop", reason: "not-attached" }])
  })
})

describe("functions in each other's places in multicast", () => {
  const by: Renaming = {
    functions: [0, 2, 1].map(FunctionId),
    guids: new Map([[guidOfFunction(1), guidOfFunction(2)], [guidOfFunction(2), guidOfFunction(1)]]),
    qpns: new Map(), payload: same, one: (value) => value
  }
  /** The parts of a world in which all that can name a function names this one, also what only a wrong model would. */
  const naming = (fn: 1 | 2): MulticastWorld => {
    const portGid = gidOf(DEFAULT_PREFIX, guidOfFunction(fn))
    const wish = { ...JOIN, mgid: portGid }
    const asked = joinOfPort(portGid, portGid)
    const asks: Egress = { ...egress(FunctionId(fn), asked), mad: asked }
    const at = <T>(here: T, nowhere: T): ReadonlyArray<T> => (fn === 1 ? [here, nowhere] : [nowhere, here])
    return {
      ...multicastSystem(one()).initial,
      sa: { ports: [PORT_GID, portGid], groups: [{ mgid: portGid, record: recordIn(asked), ports: [{ portGid, bits: 1 }] }] },
      scope: one({ wishes: at([wish], []), requests: at(1, 2), existing: [portGid] }),
      inFlight: [{ flow: "5 1", payload: { slid: Lid(5), dlid: FIRST_SM, mad: asked } }],
      lastJoins: at<MulticastWorld["lastJoins"][number]>(asks, null)
    }
  }

  it.each(["sa", "scope", "inFlight", "lastJoins"] as const)("are renamed wherever %s names them [SQP-EXP-7]", (part) => {
    const renames = multicastRenames(stillScope)
    const [before, expected] = [naming(1), naming(2)]
    const renamed = {
      sa: renames.sa(before.sa, by), scope: renames.scope(before.scope, by), inFlight: renames.inFlight(before.inFlight, by),
      lastJoins: renames.lastJoins(before.lastJoins, by)
    }
    expect(renamed[part]).toEqual(expected[part])
    expect(before[part]).not.toEqual(expected[part])
  })
})
