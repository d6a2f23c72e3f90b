/**
 * The package entry `madmux/model` is enough to judge an observation and to explore a system of one's own.
 */
import { expect, it } from "vitest"
import * as model from "../model/index.ts"

const begin: model.Initial = {
  config: { limits: model.defaultLimits, timing: model.defaultTiming, services: [], nodeGuids: [] },
  port: {
    up: true,
    lid: model.Lid(5),
    lmc: 0,
    smLid: model.Lid(1),
    smSl: 0,
    prefix: model.DEFAULT_PREFIX,
    formerPrefix: null,
    pkeys: [0xffff]
  },
  guids: [model.Guid("00000000000000a0"), model.Guid("00000000000000a1")],
  pkeyMaps: [],
  attached: [true, true]
}
const pool: model.Pool = {
  tid: ["0000000000000001", "0000000000000002"],
  comm: [],
  sidr: [],
  qpn: Array.from({ length: 8 }, (_, n) => (n + 2).toString(16).padStart(6, "0"))
}
const request: model.EventOf<"Egress"> = {
  _tag: "Egress",
  function: model.FunctionId(1),
  qp: 1,
  srcQpn: null,
  address: {
    pkeyIndex: 0,
    remoteQpn: model.Qpn(1),
    qkey: 0x8001_0000,
    dlid: model.Lid(9),
    sl: 0,
    pathBits: 0,
    rate: 3,
    grh: null
  },
  mad: {
    baseVersion: 1,
    mgmtClass: model.CLASS.PERF,
    classVersion: 1,
    method: model.METHOD.GET,
    status: 0,
    tid: model.Tid("00000000000000aa"),
    attributeId: 0x12,
    sa: null,
    rmpp: null,
    oui: null,
    body: { _tag: "opaque" },
    payload: "mine"
  }
}

it("The entry of the model judges an observation, and says so by its invariants [SQP-MODEL-1]", () => {
  const started = model.choices(model.initial(begin), { _tag: "Start" }, pool).possible[0]
  if (started === undefined) throw new Error("a start has an outcome")
  const [sent] = model.choices(started.state, request, pool).possible
  const actions = sent?.actions ?? []
  expect(actions.map(({ _tag }) => _tag)).toEqual(["ToWire"])
  expect(model.bind(started.state, request, actions)).toHaveLength(1)
  expect(model.bind(started.state, request, [])).toEqual([])
  const history = [
    { event: { _tag: "Start" } as const, actions: started.actions },
    { event: request, actions }
  ]
  expect(model.violationsOf(model.allInvariants(begin), history)).toEqual([])
  const shared = [...history, { event: { ...request, function: model.PF }, actions }]
  expect(model.violationsOf(model.allInvariants(begin), shared)).toEqual([
    expect.stringContaining("(SQP-TID-1)")
  ])
})

it("The entry of the model explores a system of one's own to its end [SQP-TID-1]", () => {
  const events: ReadonlyArray<model.Named> = [
    { name: "start", event: { _tag: "Start" } },
    { name: "request", event: request },
    { name: "stop", event: { _tag: "Stop" }, when: ({ resting }) => resting.length === 0 }
  ]
  const system = model.eventSystem(
    model.watched(begin, model.allInvariants(begin)),
    events,
    model.rulesOver(pool)
  )
  const { complete, counterexample, states } = model.explore(system, { maxStates: 1_000 })
  expect(counterexample).toBeNull()
  expect(complete).toBe(true)
  expect(states).toBeGreaterThan(3)
})
