/**
 * Classes: every class and method on every QP, against a table typed from the page on its own, and a scope.
 */
import { describe, expect, it } from "vitest"
import { type FunctionId, Qpn } from "../model/ids.ts"
import type { Event } from "../model/event.ts"
import type { Mad } from "../model/mad.ts"
import type { Allowance, Policy, State } from "../model/state.ts"
import { actionsOf, after, endOf, running } from "./happening.ts"
import { expectFaultless } from "./faultless.ts"
import {
  arrivingFor,
  ask,
  BASEBOARD,
  egress,
  gid,
  grhTo,
  ingress,
  mad,
  PERF,
  PF,
  PING,
  SA,
  small,
  SM_LID,
  SMP,
  tid,
  VF1
} from "./small-world.ts"

/** Method names of the page with their numbers. */
const GET = 0x01,
  SET = 0x02,
  SEND = 0x03,
  TRAP = 0x05,
  REPORT = 0x06,
  REPRESS = 0x07
const GET_TABLE = 0x12,
  GET_TRACE_TABLE = 0x13,
  GET_MULTI = 0x14,
  DELETE = 0x15

/** The methods a refused request is answered to with, by the page. */
const ANSWERS = new Map([
  [GET, 0x81],
  [SET, 0x81],
  [GET_TABLE, 0x92],
  [GET_TRACE_TABLE, 0x92],
  [GET_MULTI, 0x94],
  [DELETE, 0x95]
])

/** Which requests of a VF policy lets pass, row by row; every other is refused with the status. */
const ROWS = [
  { from: 0x03, to: 0x03, methods: [GET, GET_TABLE, GET_MULTI, GET_TRACE_TABLE], status: 0x0200 },
  { from: 0x04, to: 0x04, methods: [GET], status: 0x000c },
  { from: 0x06, to: 0x06, methods: [GET], status: 0x000c },
  { from: 0x07, to: 0x07, methods: [SEND, GET], status: 0x000c },
  { from: 0x30, to: 0x4f, methods: "all", status: 0x000c }
] as const

/** How a request of a VF in a class that belongs on the QP ends. */
const byPolicy = (mgmtClass: number, method: number, oui: string | null): string => {
  const row = ROWS.find(({ from, to }) => from <= mgmtClass && mgmtClass <= to)
  const methods: ReadonlyArray<number> | "all" = row?.methods ?? []
  const passes = methods === "all" ? oui === "001405" : methods.includes(method)
  if (passes) return mgmtClass === 0x07 && method === SEND ? "cm-attribute" : "wire"
  const answer = ANSWERS.get(method)
  if (answer !== undefined)
    return `answer ${answer.toString(16)} status ${(row?.status ?? 0x000c).toString(16)}`
  return mgmtClass === 0x03 ? "sa-method" : "class-policy"
}

const isSmpClass = (mgmtClass: number): boolean => [0x01, 0x81].includes(mgmtClass)

/** How any MAD of a function ends: opaque, to the SM's LID and the special QP, answering nothing. */
const expected = (
  fn: FunctionId,
  qp: 0 | 1,
  mgmtClass: number,
  method: number,
  oui: string | null
): string => {
  if (fn !== PF && isSmpClass(mgmtClass)) return "smp-from-vf"
  if (isSmpClass(mgmtClass) !== (qp === 0)) return "class-qp"
  const isCmSend = mgmtClass === 0x07 && method === SEND
  if (method >= 0x80 || method === REPRESS) return "response-undelivered"
  if (fn === PF) return isCmSend ? "cm-attribute" : "wire"
  return byPolicy(mgmtClass, method, oui)
}

/** How it ended: on the wire, answered, or dropped at the function's charge. */
const ended = (state: State, fn: FunctionId, qp: 0 | 1, of: Mad): string => {
  const [action, ...others] = actionsOf(state, egress(fn, of, { qp, dlid: SM_LID }))
  if (others.length > 0 || action === undefined) return `${others.length} more actions`
  if (action._tag === "ToWire") return "wire"
  if (action._tag === "Drop")
    return action.function === fn ? action.reason : `${action.reason} of ${action.function}`
  if (action._tag !== "ToFunction" || action.function !== fn) return action._tag
  const {
    mad: { method, status }
  } = action
  return `answer ${method.toString(16)} status ${status.toString(16)}`
}

const bytes = Array.from({ length: 256 }, (_, n) => n)
const functions = [PF, VF1]
const qps = [0, 1] as const

describe("the model of classes", () => {
  it(
    "ends every class and method on both QPs as the table of the page says " +
      "[SQP-CLS-1, SQP-CLS-2, SQP-CLS-4, SQP-CLS-5]",
    () => {
      const state = running(small())
      const seen = new Map<string, number>()
      const wrong: Array<string> = []
      for (const fn of functions)
        for (const qp of qps)
          for (const mgmtClass of bytes)
            for (const method of bytes) {
              const oui =
                mgmtClass >= 0x30 && mgmtClass <= 0x4f ? (method % 2 === 0 ? "001405" : "00066a") : null
              const end = ended(state, fn, qp, mad({ mgmtClass, method, oui }))
              const must = expected(fn, qp, mgmtClass, method, oui)
              seen.set(must, (seen.get(must) ?? 0) + 1)
              if (end !== must)
                wrong.push(`function ${fn} QP${qp} class ${mgmtClass} method ${method}: ${end}, not ${must}`)
            }
      console.log(
        `${2 * 2 * 256 * 256} combinations: ${[...seen].map(([end, n]) => `${n} ${end}`).join(", ")}`
      )
      expect(wrong).toEqual([])
    }
  )

  it("lets every vendor method pass with the OUI of ibping and with no other [SQP-CLS-4]", () => {
    const state = running(small())
    const requests = bytes.filter((method) => method < 0x80 && method !== REPRESS)
    for (const mgmtClass of [0x30, 0x32, 0x4f]) {
      const ends = (oui: string) =>
        new Set(requests.map((method) => ended(state, VF1, 1, mad({ mgmtClass, method, oui }))))
      expect(ends("001405")).toEqual(new Set(["wire"]))
      expect(ends("00066a").has("wire")).toBe(false)
    }
  })

  it("gives no VF an SMP and the PF only SMPs on QP0, whatever arrives [SQP-CLS-1, SQP-CLS-3]", () => {
    const state = running(small())
    const wrong: Array<string> = []
    for (const qp of qps)
      for (const mgmtClass of bytes)
        for (const method of [GET, SET, TRAP, REPORT, SEND, 0x81]) {
          const end = endOf(state, ingress(mad({ mgmtClass, method }), { qp, ...arrivingFor(gid(1)) }))
          const belongs = isSmpClass(mgmtClass) === (qp === 0)
          const isRight = !belongs
            ? end === "class-qp of nobody"
            : isSmpClass(mgmtClass)
              ? end === (method === 0x81 ? "response-unasked of nobody" : "function 0")
              : true
          if (!isRight) wrong.push(`QP${qp} class ${mgmtClass} method ${method}: ${end}`)
        }
    expect(wrong).toEqual([])
  })

  it("answers a refused request from where it went, changing method and status only [SQP-CLS-5]", () => {
    const request = mad({ mgmtClass: BASEBOARD, method: SET, status: 0, payload: "refused" })
    const sent = egress(VF1, request, {
      pkeyIndex: 0,
      dlid: SM_LID,
      sl: 3,
      pathBits: 1,
      remoteQpn: Qpn(7),
      grh: grhTo(gid(2))
    })
    expect(actionsOf(running(small()), sent)).toEqual([
      {
        _tag: "ToFunction",
        function: VF1,
        qp: 1,
        address: {
          pkeyIndex: 0,
          slid: SM_LID,
          srcQp: 7,
          sl: 3,
          pathBits: 1,
          grh: { sgid: gid(2), dgid: gid(1), hopLimit: 0, flowLabel: 0, trafficClass: 0 }
        },
        mad: { ...request, method: 0x81, status: 0x000c }
      }
    ])
  })

  it("sends SA requests of a VF to the SM only, with SM_Key 0; the PF's as they are [SQP-CLS-6]", () => {
    const state = running(small())
    const request = mad({ mgmtClass: SA })
    const leaves = (fn: FunctionId) =>
      actionsOf(state, egress(fn, request, { dlid: SM_LID })).map(
        (action) => action._tag === "ToWire" && action.mad.sa?.smKey
      )
    expect(leaves(VF1)).toEqual(["0000000000000000"])
    expect(leaves(PF)).toEqual(["00000000000000ff"])
    expect(endOf(state, egress(VF1, request))).toBe("sa-destination of 1")
    expect(endOf(state, egress(PF, request))).toBe("wire")
    const lost = after(state, { _tag: "SmChanged", smLid: null, smSl: 0 })
    expect(endOf(lost, egress(VF1, request, { dlid: SM_LID }))).toBe("no-sm of 1")
  })

  it("refuses Set and Delete of a VF for every SA attribute but membership [SQP-CLS-4, SQP-CLS-6]", () => {
    const state = running(small())
    for (const method of [SET, DELETE])
      for (const attributeId of [0x03, 0x11, 0x30, 0x31, 0x35]) {
        expect(ended(state, VF1, 1, mad({ mgmtClass: SA, method, attributeId }))).toMatch(/status 200$/)
      }
    for (const method of [TRAP, REPORT, SEND]) {
      expect(ended(state, VF1, 1, mad({ mgmtClass: SA, method }))).toBe("sa-method")
    }
  })

  it("sends a request to the special QP of its peer, and an answer to the QP that asked [SQP-CLS-7]", () => {
    const state = running(small())
    for (const remoteQpn of [0, 2, 0xffffff]) {
      expect(endOf(state, egress(VF1, ask, { remoteQpn: Qpn(remoteQpn) }))).toBe("remote-qpn of 1")
      expect(endOf(state, egress(PF, mad({ mgmtClass: SMP }), { remoteQpn: Qpn(remoteQpn || 1) }))).toBe(
        "remote-qpn of 0"
      )
    }
    const asked = after(
      state,
      ingress(mad({ mgmtClass: PING }), { srcQp: Qpn(0x123), ...arrivingFor(gid(1)) })
    )
    const pong = mad({ mgmtClass: PING, method: 0x81 })
    expect(endOf(asked, egress(VF1, pong, { remoteQpn: Qpn(0x123) }))).toBe("wire")
    expect(endOf(asked, egress(VF1, pong))).toBe("response-undelivered of 1")
  })

  it("looks at the checks in the order of the page: each MAD fails at the first [SQP-QP-3, SQP-IN-1]", () => {
    const state = running(small({ functions: 2 }))
    const wrongAll = mad({ mgmtClass: SMP, baseVersion: 9 })
    const ends = [
      endOf(after(state, { _tag: "Detach", function: VF1 }), egress(VF1, wrongAll, { srcQpn: Qpn(99) })),
      endOf(state, egress(VF1, wrongAll, { srcQpn: Qpn(99) })),
      endOf(state, egress(VF1, wrongAll, { qp: 1, pkeyIndex: 9 })),
      endOf(state, egress(VF1, mad({ mgmtClass: SMP }), { qp: 1, pkeyIndex: 9 })),
      endOf(state, egress(VF1, ask, { qp: 0, pkeyIndex: 9 })),
      endOf(state, egress(VF1, mad({ mgmtClass: BASEBOARD, method: TRAP }), { pkeyIndex: 9 })),
      endOf(state, egress(VF1, mad({ mgmtClass: BASEBOARD, method: TRAP }))),
      endOf(state, egress(VF1, mad({ mgmtClass: SA }), { remoteQpn: Qpn(5) })),
      endOf(state, egress(VF1, mad({ mgmtClass: SA }), { dlid: SM_LID, remoteQpn: Qpn(5) }))
    ]
    expect(ends).toEqual(
      [
        "not-attached",
        "source-qp",
        "base-version",
        "smp-from-vf",
        "class-qp",
        "pkey-index",
        "class-policy",
        "sa-destination",
        "remote-qpn"
      ].map((reason) => `${reason} of 1`)
    )
  })

  it("looks at forms of every kind before it looks at the class [SQP-IN-1]", () => {
    const state = running(small())
    const bad = { ...egress(VF1, ask), mad: { _tag: "malformed", lengthBytes: 257 } } as const
    expect(endOf(state, bad)).toBe("bad-length of 1")
    expect(endOf(state, egress(VF1, mad({ mgmtClass: PERF, baseVersion: 0 })))).toBe("base-version of 1")
    expect(endOf(state, egress(VF1, mad({ mgmtClass: SA, classVersion: 1 })))).toBe("class-version of 1")
    expect(endOf(state, egress(VF1, mad({ mgmtClass: PERF, classVersion: 7, tid: tid(5) })))).toBe("wire")
  })

  it("lets VFs send what the administrator's lists say, and the default for all else [SQP-CLS-8]", () => {
    const state = running(small())
    const methods = [GET, SET, GET_TABLE, DELETE, TRAP]
    const change = (policy: Partial<Policy>): Event => ({ _tag: "PolicyChanged", policy, services: null })
    const passing = (now: State, mgmtClass: number) =>
      methods.filter((method) => ended(now, VF1, 1, mad({ mgmtClass, method, oui: null })) === "wire")
    const opened = (allow: Allowance) => after(state, change({ classes: [{ mgmtClass: PERF, allow }] }))
    expect(["none", "get", "all"].map((allow) => passing(opened(allow as Allowance), PERF))).toEqual([
      [],
      [GET],
      methods
    ])
    expect(passing(opened("all"), BASEBOARD)).toEqual([])
    const ofSa = (allow: Allowance) =>
      after(opened("all"), change({ saAttributes: [{ attributeId: 0x11, allow }] }))
    expect(["none", "get", "all"].map((allow) => passing(ofSa(allow as Allowance), SA))).toEqual([
      [],
      [GET, GET_TABLE],
      [GET, SET, GET_TABLE, DELETE]
    ])
    expect(passing(ofSa("none"), PERF)).toEqual(methods)
    expect(passing(after(ofSa("none"), change({ classes: [] })), PERF)).toEqual([GET])
  })

  it("keeps every invariant while managers redirect functions to other QPNs [SQP-CLS-7, SQP-CLS-9]", () => {
    expectFaultless("classes/redirects")
  })

  it("keeps every invariant while the administrator changes the policy [SQP-CLS-8, SQP-CLS-4, SQP-CLS-5]", () => {
    expectFaultless("classes/administered")
  })

  it("gives a VF no SMP, though policy may name their class [SQP-CLS-2] [SQP-CLS-3]", () => {
    expectFaultless("classes/smps")
  })

  it("keeps every invariant when the policy changes and MADs are lost [SQP-CLS-4, SQP-CLS-8]", () => {
    expectFaultless("classes/losses")
  })

  it(
    "keeps every invariant when functions send what they may and may not, and SMPs arrive " +
      "[SQP-CLS-1, SQP-CLS-2, SQP-CLS-3, SQP-CLS-4, SQP-CLS-5, SQP-CLS-6, SQP-CLS-7]",
    () => {
      expectFaultless("classes/sending")
    }
  )
})
