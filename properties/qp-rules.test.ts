/** Examples of what a function has of QPs and sees of its port, told to the model. */
import { describe, expect, it } from "vitest"
import type { Event, VerbRequest } from "../model/event.ts"
import { type FunctionId, NO_GUID, Qpn } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { State } from "../model/state.ts"
import { actionsOf, after, running } from "./happening.ts"
import { BARE_VERB, guid, PF, small, VF1, VF2, WELL_KNOWN } from "./small-world.ts"

const idle = running(small())
const verb = (change: Partial<VerbRequest>, fn: FunctionId = VF1): Event =>
  ({ _tag: "Verb", function: fn, request: { ...BARE_VERB, ...change } })
const create = verb({ type: "ud", qkey: 0x11 })
const post = (qpn: Qpn, qkey: number | null = null): Event => verb({ verb: "postSend", qpn, qkey })
/** What a verb or query answers: status, QPN and Q_Key. */
const answerTo = (state: State, event: Event) => {
  const [action] = actionsOf(state, event)
  return action?._tag === "Answer" ? [action.status, action.qpn, action.qkey] : null
}
const REFUSED = ["refused", null, null]
const qpns = ({ functions }: State) => functions[VF1]?.qps.map(({ qpn }) => qpn) ?? []
const two = after(idle, create, create)
const [first = Qpn(0), second = Qpn(0)] = qpns(two)

describe("the QPs of a function", () => {
  it("are each its own: one is changed, or destroyed, and the others stay [SQP-QP-7]", () => {
    const changed = after(two, verb({ verb: "modifyQp", qpn: second, qkey: 0x22 }))
    expect([first, second].map((qpn) => answerTo(changed, post(qpn)))).toEqual([["ok", null, 0x11], ["ok", null, 0x22]])
    expect(qpns(after(two, verb({ verb: "destroyQp", qpn: first })))).toEqual([second])
    expect(qpns(after(two, verb({ verb: "destroyQp", qpn: second })))).toEqual([first])
  })

  it("are known in the order of their numbers, in whatever order they were made [SQP-QP-2]", () => {
    expect(qpns(after(two, verb({ verb: "destroyQp", qpn: first }), create))).toEqual([first, second])
  })

  it("are never on VL15, neither made so nor changed [SQP-QP-4]", () => {
    expect([0, 14, 15].map((vl) => answerTo(idle, verb({ type: "ud", vl }))?.[0])).toEqual(["ok", "ok", "refused"])
    const change = (vl: number) => answerTo(two, verb({ verb: "modifyQp", qpn: first, vl }))
    expect([0, 15].map((vl) => change(vl)?.[0])).toEqual(["ok", "refused"])
  })

  it("need a type, and no controlled Q_Key [SQP-QP-5]", () => {
    expect(answerTo(idle, verb({ type: null }))).toEqual(REFUSED)
    expect(answerTo(idle, verb({ type: "ud", qkey: WELL_KNOWN }))).toEqual(REFUSED)
    expect(answerTo(idle, verb({ type: "ud" }))).toEqual(["ok", first, null])
  })

  it("send with the Q_Key asked for, or with their own [SQP-QP-6]", () => {
    expect([null, 0x33, WELL_KNOWN].map((qkey) => answerTo(two, post(first, qkey)))).toEqual([
      ["ok", null, 0x11], ["ok", null, 0x33], ["ok", null, 0x11]
    ])
    const proxy = idle.functions[VF1]?.tunnels?.[1].proxyQpn ?? Qpn(0)
    expect([null, 0x33].map((qkey) => answerTo(idle, post(proxy, qkey)))).toEqual([["ok", null, WELL_KNOWN], ["ok", null, 0x33]])
    expect(answerTo(idle, post(Qpn(0x999)))).toEqual(REFUSED)
  })

  it("of type SMI and GSI are its proxies [SQP-QP-1]", () => {
    const [smi, gsi] = idle.functions[VF1]?.tunnels ?? []
    expect(answerTo(idle, verb({ type: "smi" }))).toEqual(["ok", smi?.proxyQpn, null])
    expect(answerTo(idle, verb({ type: "gsi" }))).toEqual(["ok", gsi?.proxyQpn, null])
    expect(answerTo(idle, verb({ verb: "modifyQp", qpn: gsi?.proxyQpn ?? null }))).toEqual(["ok", null, null])
  })
})

describe("a function without tunnels", () => {
  const query: Event = { _tag: "Query", function: VF1, attribute: "GUIDInfo", modifier: 0 }
  const without: ReadonlyArray<readonly [string, State]> = [
    ["before the start", initial(small())], ["after a stop", after(idle, { _tag: "Stop" })],
    ["once it is detached", after(idle, { _tag: "Detach", function: VF1 })]
  ]

  it.each(without)("has no QPs and no view of its port %s [SQP-LIFE-2] [SQP-QP-7] [SQP-VIEW-1]", (_, state) => {
    for (const event of [create, verb({ type: "smi" }), verb({ type: "gsi" }), query]) {
      expect(answerTo(state, event)).toEqual(REFUSED)
    }
    expect(answerTo(idle, query)?.[0]).toBe("ok")
  })
})

describe("the view of the PF", () => {
  it("is the port's whole P_Key table, as it is now [SQP-VIEW-1]", () => {
    const query: Event = { _tag: "Query", function: PF, attribute: "P_KeyTable", modifier: 0 }
    const keysOf = (state: State) => {
      const [action] = actionsOf(state, query)
      return action?._tag === "Answer" && action.view?._tag === "P_KeyTable" ? action.view.pkeys.slice(0, 4) : []
    }
    expect(keysOf(idle)).toEqual([0xffff, 0x8001, 0, 0])
    const changed: Event = { _tag: "PkeysChanged", pkeys: [0xffff, 0x8002, 0x8003] }
    expect(keysOf(after(idle, changed))).toEqual([0xffff, 0x8002, 0x8003, 0])
    const heard = actionsOf(idle, changed).flatMap((action) => (action._tag === "EventTo" ? [action.function] : []))
    expect(heard).toEqual([PF])
  })
})

describe("the GUID table", () => {
  const numbers = Array.from({ length: 12 }, (_, n) => n)
  const many = running(small({ functions: 12 }))
  const heard = (state: State, event: Event) =>
    actionsOf(state, event).flatMap((action) => (action._tag === "EventTo" ? [[action.function, action.event]] : []))

  it("is written in blocks of eight slots, of which some may be missing [SQP-GUID-2]", () => {
    const event: Event = { _tag: "GuidTableChanged", block: 1, guids: [guid(0x50), guid(0x51)] }
    const written = numbers.map((n) => (n === 8 ? guid(0x50) : n === 9 ? guid(0x51) : guid(n)))
    expect(after(many, event).functions.map(({ guid: of }) => of)).toEqual(written)
    expect(heard(many, event).map(([fn]) => fn)).toEqual([8, 9])
  })

  it("without a GUID for a function leaves it without a port to come up [SQP-GUID-1] [SQP-EV-1]", () => {
    const down = after(idle, { _tag: "GuidTableChanged", block: 0, guids: [guid(0), NO_GUID] }, { _tag: "LinkChanged", up: false })
    expect(heard(down, { _tag: "LinkChanged", up: true })).toEqual([[PF, "port-up"], [VF2, "port-up"]])
  })
})
