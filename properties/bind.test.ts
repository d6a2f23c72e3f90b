/** Choices, permits and bind: derived once from the step, they agree on what is possible. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import { bind, permits, symbolicOutcomes } from "../model/bind.ts"
import type { Event } from "../model/event.ts"
import { FunctionId, Gid, Lid, Qpn, Tid } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { State } from "../model/state.ts"
import { step } from "../model/step.ts"
import { after, outcomeOf } from "./happening.ts"
import { assertProperty } from "./run.ts"
import { joinOf, type Stride, walks } from "./walk.ts"
import { passes, small, VF1 } from "./small-world.ts"

/** What an output shows of an action, as text. */
const seen = (action: Action): string =>
  JSON.stringify(action, (key, value: unknown) =>
    ["from", "cause", "payload"].includes(key) ? undefined : value
  )
/** Actions whose order is not compared, as text. */
const shown = (actions: ReadonlyArray<Action>): string => actions.map(seen).sort().join()

/** A property of every step of random walks. */
const always = (holds: (stride: Stride) => void, numRuns = 120, length = 30): void =>
  assertProperty(
    fc.property(walks(length), (strides) => strides.forEach(holds)),
    { numRuns }
  )

/** A property that found nothing to try is no property; a replay or a short run may find little. */
const expectEnough = (tried: number): void => {
  if (!process.env["FC_PATH"] && !process.env["FC_RUNS"]) expect(tried).toBeGreaterThan(20)
}

/** Whether a state holds a variable: one in hex, or a QPN below 0. */
const isSymbolic = (state: State): boolean =>
  /"\?\d+"|"(proxyQpn|tunnelQpn|qpn)":-/.test(JSON.stringify(state))

/** One thing about the outputs made wrong, whatever ids were drawn. */
const tamperings: ReadonlyArray<
  readonly [string, (actions: ReadonlyArray<Action>) => ReadonlyArray<Action>]
> = [
  ["the first action is missing", (actions) => actions.slice(1)],
  [
    "the last action is doubled",
    (actions) => actions.flatMap((a, n) => (n === actions.length - 1 ? [a, a] : [a]))
  ],
  [
    "an action nobody demands",
    (actions) => [...actions, { _tag: "EventTo", function: FunctionId(2), event: "lid" }]
  ],
  [
    "another function",
    (actions) =>
      actions.map((action) =>
        "function" in action && action.function !== null
          ? { ...action, function: FunctionId(action.function + 3) }
          : action
      )
  ],
  [
    "another DLID",
    (actions) =>
      actions.map((action) =>
        action._tag === "ToWire" ? { ...action, address: { ...action.address, dlid: Lid(0x77) } } : action
      )
  ],
  [
    "another SLID",
    (actions) =>
      actions.map((action) =>
        action._tag === "ToFunction" ? { ...action, address: { ...action.address, slid: Lid(0x77) } } : action
      )
  ],
  [
    "another method",
    (actions) =>
      actions.map((action) =>
        "mad" in action ? { ...action, mad: { ...action.mad, method: action.mad.method ^ 0x40 } } : action
      )
  ],
  [
    "another guest TID",
    (actions) =>
      actions.map((action) =>
        action._tag === "ToFunction"
          ? { ...action, mad: { ...action.mad, tid: Tid("00000000deadbeef") } }
          : action
      )
  ],
  [
    "another reason",
    (actions) =>
      actions.map((action) => (action._tag === "Drop" ? { ...action, reason: "wire-full" as const } : action))
  ],
  [
    "another answer",
    (actions) => actions.map((action) => (action._tag === "Answer" ? { ...action, qkey: 0x7777 } : action))
  ],
  [
    "a field more",
    (actions) => actions.map((action) => JSON.parse(JSON.stringify({ ...action, extra: 1 })) as Action)
  ]
]

describe("choices, permits and bind", () => {
  it("permit every possible choice, and not one answer more or less [SQP-MODEL-1]", () => {
    always(({ event, possible, state }) => {
      for (const { actions, choice } of possible) {
        expect(permits(state, event, choice)).toBe(true)
        expect(permits(state, event, [...choice, "0000000000000001"])).toBe(false)
        if (choice.length > 0) expect(permits(state, event, choice.slice(0, -1))).toBe(false)
        const again = step(state, event, choice)
        expect(Result.isSuccess(again) && shown(again.success.actions)).toBe(shown(actions))
      }
    })
  })

  it("end every event in outcomes, and every MAD in actions but those about membership [SQP-MODEL-1]", () => {
    // A join may wait, and the answer to a leave of the PF context itself concerns nobody else.
    const waits = ({ event }: Stride): boolean =>
      "mad" in event && "body" in event.mad && event.mad.body._tag === "mcMember"
    always((stride) => {
      const { event, possible } = stride
      expect(possible.length).toBeGreaterThan(0)
      const isMad = event._tag === "Egress" || event._tag === "Ingress"
      if (isMad && !waits(stride))
        for (const { actions } of possible) expect(actions.length).toBeGreaterThan(0)
    })
  })

  it("touch no function but the one an event is about, unless it waits for a group [SQP-MODEL-1]", () => {
    const isMembership = ({ mad }: { readonly mad: object }) => JSON.stringify(mad).includes("mcMember")
    const about = ["Egress", "Verb", "Query", "Attach", "PkeyMapChanged"]
    always(({ event, possible }) => {
      if ("mad" in event && isMembership(event)) return
      for (const { actions } of possible) {
        const named = new Set(
          actions.flatMap((action) =>
            "function" in action && action.function !== null ? [action.function] : []
          )
        )
        if (about.includes(event._tag) && "function" in event) named.delete(event.function)
        else if (event._tag === "Ingress") named.delete([...named][0] ?? FunctionId(0))
        else return
        expect([...named]).toEqual([])
      }
    })
  })

  it("find every possible choice again from its actions alone [SQP-MODEL-1]", () => {
    always(({ event, possible, state }) => {
      for (const { actions, choice, state: after } of possible) {
        const explained = bind(state, event, structuredClone(actions))
        expect(explained.map((each) => each.choice)).toContainEqual(choice)
        expect(explained.map((each) => each.state)).toContainEqual(after)
      }
    })
  })

  it("explain by no choice whose actions are others, and let no variable into a state [SQP-MODEL-1]", () => {
    always(({ event, possible, state }) => {
      expect(isSymbolic(state)).toBe(false)
      for (const { actions } of possible)
        for (const each of bind(state, event, actions)) {
          expect(shown(each.actions)).toBe(shown(actions))
          expect(isSymbolic(each.state)).toBe(false)
          expect(permits(state, event, each.choice)).toBe(true)
        }
    })
  })

  it.each(tamperings)("do not explain outputs with %s", (_, tamper) => {
    let tried = 0
    always(({ event, possible, state, taken }) => {
      const wrong = tamper(taken.actions)
      if (possible.some(({ actions }) => shown(actions) === shown(wrong))) return
      tried += 1
      expect(bind(state, event, wrong)).toEqual([])
    }, 80)
    expectEnough(tried)
  })

  it("explain another id where ids are free, and then hold it [SQP-TID-1, SQP-CM-1, SQP-QP-2]", () => {
    const others = { 16: "00000000fedcba98", 8: "fedcba98", 6: "0fedcb" } as const
    const isFresh = (answer: string) => /^[0-9a-f]+$/.test(answer)
    let tried = 0
    always(({ event, state, taken }) => {
      const drawn = taken.choice.find(isFresh)
      const other =
        drawn && (drawn.length === 16 || drawn.length === 8 || drawn.length === 6)
          ? others[drawn.length]
          : null
      if (
        !drawn ||
        !other ||
        !permits(
          state,
          event,
          taken.choice.map((answer) => (answer === drawn ? other : answer))
        )
      )
        return
      tried += 1
      const renamed = renaming(taken.actions, drawn, other)
      const explained = bind(state, event, renamed)
      expect(explained.length).toBeGreaterThan(0)
      const holds = ({ state: after }: { readonly state: State }) =>
        JSON.stringify(after).includes(other.length === 6 ? `:${Number.parseInt(other, 16)}` : other)
      expect(explained.some(holds)).toBe(true)
    })
    expectEnough(tried)
  })

  it("do not explain an id that is taken or rests [SQP-TID-1, SQP-TID-6]", () => {
    let tried = 0
    always(({ event, state, taken }) => {
      const drawn = taken.choice.find((answer) => /^[0-9a-f]{16}$/.test(answer))
      const held = [
        ...state.transactions.map(({ wireTid }) => wireTid as string),
        ...state.resting.filter(({ space }) => space === "tid").map(({ id }) => id)
      ]
      for (const other of drawn ? held : []) {
        const wrong = renaming(taken.actions, drawn ?? "", other)
        if (
          state.transactions.some(({ wireTid }) => wireTid === other) &&
          isRetransmission(event, state, other)
        )
          continue
        tried += 1
        expect(bind(state, event, wrong)).toEqual([])
      }
    }, 200)
    expectEnough(tried)
  })

  it("keep the order of what one function hears [SQP-EV-1]", () => {
    const state = after(initial(small()), { _tag: "Start" })
    const gone: Event = {
      _tag: "GuidTableChanged",
      block: 0,
      guids: ["a0", "0", "a2"].map((hex) => hex.padStart(16, "0")) as never
    }
    const heard: ReadonlyArray<Action> = [
      { _tag: "EventTo", function: VF1, event: "gid" },
      { _tag: "EventTo", function: VF1, event: "port-down" }
    ]
    expect(bind(state, gone, heard)).toHaveLength(1)
    expect(bind(state, gone, heard.toReversed())).toEqual([])
  })

  it("explain what goes to the wire in any order, for one event sends in many flows [SQP-MODEL-1]", () => {
    const groups = [1, 2].map((n) => Gid(`ff12401bffff0000000000000000000${n}`))
    const joining = groups.reduce(
      (state, mgid) => after(state, joinOf(VF1, mgid)),
      after(initial(small({ timing: { saTimeout: 3 } })), { _tag: "Start" })
    )
    const { actions } = outcomeOf(joining, passes(3))
    expect(actions.map(({ _tag }) => _tag)).toEqual(["ToWire", "ToWire"])
    for (const observed of [actions, actions.toReversed()]) {
      expect(bind(joining, passes(3), observed)).toHaveLength(1)
    }
  })

  it("bind the QPNs of a start, but no QPN twice and no real special QP's [SQP-QP-2]", () => {
    const stopped = initial(small({ functions: 2 }))
    const tunnels = (qpns: ReadonlyArray<number>): ReadonlyArray<Action> =>
      [0, 1].flatMap((fn) =>
        ([0, 1] as const).map(
          (qp) =>
            ({
              _tag: "Tunnel",
              function: FunctionId(fn),
              qp,
              proxyQpn: Qpn(qpns[4 * fn + 2 * qp] ?? 0),
              tunnelQpn: Qpn(qpns[4 * fn + 2 * qp + 1] ?? 0)
            }) as const
        )
      )
    const qpn = fc.integer({ min: 2, max: 0xffffff })
    assertProperty(
      fc.property(fc.uniqueArray(qpn, { minLength: 8, maxLength: 8 }), (qpns) => {
        const [only, ...others] = bind(stopped, { _tag: "Start" }, tunnels(qpns))
        expect(others).toEqual([])
        expect(
          only?.state.functions.flatMap((of) => of.tunnels?.flatMap((t) => [t.proxyQpn, t.tunnelQpn]))
        ).toEqual(qpns)
        for (const bad of [0, 1, qpns[0] ?? 0, 0x1000000]) {
          expect(bind(stopped, { _tag: "Start" }, tunnels(qpns.with(7, bad)))).toEqual([])
        }
      })
    )
  })

  it("draw variables for all that is fresh, so that no outcome depends on ids [SQP-MODEL-1]", () => {
    always(({ event, possible, state }) => {
      const symbolic = symbolicOutcomes(state, event)
      expect(symbolic.length).toBe(possible.length)
      expect(symbolic.map(({ actions }) => actions.map(({ _tag }) => _tag))).toEqual(
        possible.map(({ actions }) => actions.map(({ _tag }) => _tag))
      )
    }, 60)
  })

  it("start a PF context with 254 VFs [SQP-LIFE-2]", () => {
    const functions = 255
    const [only, ...others] = symbolicOutcomes(initial(small({ functions })), { _tag: "Start" })
    expect(others).toEqual([])
    expect(only?.actions).toHaveLength(2 * functions)
  })
})

/** The actions with one id, or QPN, in the place of another. */
const renaming = (actions: ReadonlyArray<Action>, from: string, to: string): ReadonlyArray<Action> => {
  const [before, after] = [Number.parseInt(from, 16), Number.parseInt(to, 16)]
  const renamed = (key: string, value: unknown): unknown => {
    if (from.length === 6) return /qpn$/i.test(key) && value === before ? after : value
    return value === from ? to : value
  }
  return actions.map((action) => JSON.parse(JSON.stringify(action, renamed)) as Action)
}

/** Whether an id is the one this very request already has, in its optional life. */
const isRetransmission = (event: Event, { transactions }: State, id: string): boolean =>
  event._tag === "Egress" &&
  "tid" in event.mad &&
  transactions.some(
    ({ function: fn, guestTid, wireTid }) =>
      wireTid === id && fn === event.function && "tid" in event.mad && guestTid === event.mad.tid
  )
