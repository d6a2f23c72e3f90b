/** QPs: every verb with every argument against a table typed from the page on its own, and a scope. */
import { describe, expect, it } from "vitest"
import type { ActionOf } from "../model/action.ts"
import { permits } from "../model/bind.ts"
import type { EventOf, VerbRequest } from "../model/event.ts"
import { type FunctionId, Qpn } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { State } from "../model/state.ts"
import { actionsOf, after, endOf, outcomeOf, running } from "./happening.ts"
import { expectFaultless } from "./faultless.ts"
import { ask, BARE_VERB, egress, mad, PF, small, SMP, VF1, VF2 } from "./small-world.ts"

const verb = (fn: FunctionId, request: Partial<VerbRequest>): EventOf<"Verb"> => ({
  _tag: "Verb",
  function: fn,
  request: { ...BARE_VERB, ...request }
})

/** The only answer to a verb. */
const answerTo = (state: State, fn: FunctionId, request: Partial<VerbRequest>): ActionOf<"Answer"> => {
  const [action, ...others] = actionsOf(state, verb(fn, request))
  if (action?._tag !== "Answer" || others.length > 0 || action.function !== fn)
    throw new Error("a verb has one answer")
  return action
}

const tunnels = (state: State, fn: FunctionId) =>
  actionsOf(state, { _tag: "Reset", function: fn }).filter((action) => action._tag === "Tunnel")

/**
 * VF1 and VF2 each own a QP; VF1's table has a P_Key, a hole and an empty entry. QPNs are drawn from 2 on.
 */
const prepared = after(
  running(
    small({ functions: 3, pkeyMaps: [[], [0, null, 2], [0]], port: { pkeys: [0xffff, 0x8001, 0x8000] } })
  ),
  verb(VF1, { type: "ud", qkey: 0x11 }),
  verb(VF2, { type: "rc" })
)
const PROXIES = [Qpn(6), Qpn(8)]
const TUNNEL = Qpn(7)
const [OWN, OTHERS] = [Qpn(14), Qpn(15)]
const PROXY_OF_PF = Qpn(2)

const QPNS = [null, Qpn(0), Qpn(1), ...PROXIES, TUNNEL, OWN, OTHERS, PROXY_OF_PF, Qpn(99)]
const QKEYS = [null, 0, 0x1234, 0x7fff_ffff, 0x8000_0000, 0x8001_0000, 0xffff_ffff]
const INDICES = [null, 0, 1, 2, 3, 9]
const SGIDS = [null, 0, 1]
const VLS = [null, 0, 14, 15]
const TYPES = [null, "smi", "gsi", "ud", "rc"] as const
const VERBS = ["createQp", "modifyQp", "postSend", "destroyQp"] as const

const isControlled = (qkey: number | null): boolean => qkey !== null && qkey >= 2 ** 31
const isProxy = (qpn: Qpn | null): boolean => PROXIES.some((proxy) => proxy === qpn)
const PROXY_KEY = 0x8001_0000

/** What VF1 must be answered, row by row of the page: "refused", or what is granted. */
const expected = ({ pkeyIndex, qkey, qpn, sgidIndex, type, verb: name, vl }: VerbRequest): string => {
  const names = qpn === OWN || isProxy(qpn)
  const indexed = (pkeyIndex === null || pkeyIndex === 0) && (sgidIndex === null || sgidIndex === 0)
  const within = indexed && vl !== 15
  switch (name) {
    case "createQp":
      if (!within) return "refused"
      if (type === "smi") return `QPN ${PROXIES[0]}`
      if (type === "gsi") return `QPN ${PROXIES[1]}`
      return type === null || isControlled(qkey) ? "refused" : "QPN 16"
    case "modifyQp": {
      const keyed = isControlled(qkey) || (isProxy(qpn) && qkey !== null)
      return names && within && !keyed ? "ok" : "refused"
    }
    case "postSend": {
      if (!names || !within) return "refused"
      const own = isProxy(qpn) ? PROXY_KEY : 0x11
      return `Q_Key ${qkey === null || isControlled(qkey) ? own : qkey}`
    }
    case "destroyQp":
      return qpn === OWN ? "ok" : "refused"
  }
}

const shown = ({ qkey, qpn, status }: ActionOf<"Answer">): string =>
  status === "refused" ? status : qpn !== null ? `QPN ${qpn}` : qkey !== null ? `Q_Key ${qkey}` : status

const requests: ReadonlyArray<VerbRequest> = VERBS.flatMap((name) =>
  TYPES.flatMap((type) =>
    QPNS.flatMap((qpn) =>
      QKEYS.flatMap((qkey) =>
        INDICES.flatMap((pkeyIndex) =>
          SGIDS.flatMap((sgidIndex) =>
            VLS.map((vl) => ({ ...BARE_VERB, verb: name, type, qpn, qkey, pkeyIndex, sgidIndex, vl }))
          )
        )
      )
    )
  )
)

describe("the model of QPs", () => {
  it(
    "answers every verb with every argument as the table of the page says " +
      "[SQP-QP-1, SQP-QP-4, SQP-QP-5, SQP-QP-6, SQP-QP-7]",
    () => {
      const wrong = requests.flatMap((request) => {
        const [answer, must] = [shown(answerTo(prepared, VF1, request)), expected(request)]
        return answer === must ? [] : [`${JSON.stringify(request)}: ${answer}, not ${must}`]
      })
      console.log(`${requests.length} verbs`)
      expect(wrong.slice(0, 10)).toEqual([])
    }
  )

  it("refuses every verb of a function not attached, and of all while stopped [SQP-QP-7, SQP-LIFE-3]", () => {
    const detached = after(prepared, { _tag: "Detach", function: VF1 })
    const stopped = after(prepared, { _tag: "Stop" })
    const granted = requests
      .filter(({ pkeyIndex, vl }) => pkeyIndex === null && vl === null)
      .flatMap((request) => [detached, stopped].map((state) => shown(answerTo(state, VF1, request))))
      .filter((answer) => answer !== "refused")
    expect(granted).toEqual([])
  })

  it("gives each function two tunnels with QPNs of its own, none of them 0 or 1 [SQP-QP-2]", () => {
    const start = initial(small())
    const { actions } = outcomeOf(start, { _tag: "Start" })
    const qpns = actions.flatMap((action) =>
      action._tag === "Tunnel" ? [action.proxyQpn, action.tunnelQpn] : []
    )
    expect(actions.map((action) => action._tag === "Tunnel" && [action.function, action.qp])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1]
    ])
    expect(new Set(qpns).size).toBe(12)
    expect(Math.min(...qpns)).toBeGreaterThan(1)
  })

  it("draws no QPN that is 0, 1, malformed or in use by anybody [SQP-QP-2]", () => {
    const create = verb(VF1, { type: "ud" })
    const draws = ["000000", "000001", "2", "00000G", "000002", "000007", "00000e", "00000f", "000010"]
    expect(draws.map((qpn) => permits(prepared, create, [qpn]))).toEqual([
      ...draws.slice(1).map(() => false),
      true
    ])
    const twice = ["000020", "000021", "000020", "000022"]
    expect(permits(prepared, { _tag: "Reset", function: VF1 }, twice)).toBe(false)
    expect(
      permits(prepared, { _tag: "Reset", function: VF1 }, ["000020", "000021", "000023", "000022"])
    ).toBe(true)
  })

  it("frees a QPN when its QP is destroyed or its function ends [SQP-QP-2, SQP-LIFE-2]", () => {
    const destroyed = after(prepared, verb(VF1, { verb: "destroyQp", qpn: OWN }))
    expect(shown(answerTo(destroyed, VF2, { type: "ud" }))).toBe(`QPN ${OWN}`)
    expect(shown(answerTo(destroyed, VF1, { verb: "postSend", qpn: OWN }))).toBe("refused")
    expect(tunnels(prepared, VF1)).toHaveLength(2)
  })

  it("keeps the Q_Key a modify gave a QP [SQP-QP-6]", () => {
    const keyed = after(prepared, verb(VF1, { verb: "modifyQp", qpn: OWN, qkey: 0x22 }))
    expect(shown(answerTo(keyed, VF1, { verb: "postSend", qpn: OWN, qkey: 0x8000_0000 }))).toBe(
      `Q_Key ${0x22}`
    )
    expect(shown(answerTo(prepared, VF2, { verb: "postSend", qpn: OTHERS, qkey: 0x8000_0000 }))).toBe(
      "Q_Key 0"
    )
  })

  it("checks the alternate path and the port number at every verb, whatever the attribute mask says [SQP-QP-8]", () => {
    const changes: ReadonlyArray<Partial<VerbRequest>> = [
      ...[0, 2, 255].map((port) => ({ port })),
      ...[1, 2, 128, 65_535].map((pkeyIndex) => ({ pkeyIndex })),
      ...[1, 255].map((sgidIndex) => ({ sgidIndex })),
      ...[1, 2, 128, 65_535].map((pkeyIndex) => ({ alternate: { pkeyIndex, sgidIndex: null, port: null } })),
      ...[1, 255].map((sgidIndex) => ({ alternate: { pkeyIndex: 0, sgidIndex, port: 1 } })),
      ...[0, 2].map((port) => ({ alternate: { pkeyIndex: 0, sgidIndex: 0, port } }))
    ]
    const asked: ReadonlyArray<Partial<VerbRequest>> = [
      { type: "ud" }, { type: "gsi" }, { verb: "modifyQp", qpn: OWN }, { verb: "postSend", qpn: OWN }
    ]
    const refused = asked.flatMap((verbOf) =>
      [null, 0, 1 << 4, 1 << 14].flatMap((attrMask) =>
        changes.map((change) => shown(answerTo(prepared, VF1, { ...verbOf, ...change, attrMask })))))
    expect(new Set(refused)).toEqual(new Set(["refused"]))
    const fine: Partial<VerbRequest> =
      { port: 1, pkeyIndex: 0, sgidIndex: 0, alternate: { pkeyIndex: 0, sgidIndex: 0, port: 1 } }
    expect(asked.map((verbOf) => shown(answerTo(prepared, VF1, { ...verbOf, ...fine })))).not.toContain("refused")
  })

  it("applies only the attributes the mask names, once all are checked [SQP-QP-8]", () => {
    const key = (attrMask: number | null) => {
      const next = after(prepared, verb(VF1, { verb: "modifyQp", qpn: OWN, qkey: 0x33, attrMask }))
      return shown(answerTo(next, VF1, { verb: "postSend", qpn: OWN }))
    }
    expect([null, 1 << 6, 0, 1 << 4].map(key)).toEqual(["Q_Key 51", "Q_Key 51", "Q_Key 17", "Q_Key 17"])
    const controlled = { verb: "modifyQp", qpn: OWN, qkey: 0x8001_0000, attrMask: 0 } as const
    expect(shown(answerTo(prepared, VF1, controlled))).toBe("refused")
  })

  it("lets a QP send nothing once the P_Key it was set to is taken from its function [SQP-PKEY-3]", () => {
    const map = (virtual: ReadonlyArray<number | null>) =>
      ({ _tag: "PkeyMapChanged", function: VF1, map: virtual }) as const
    const set = after(prepared, map([0, 1]), verb(VF1, { verb: "modifyQp", qpn: OWN, pkeyIndex: 1 }))
    const sends = (state: State) => shown(answerTo(state, VF1, { verb: "postSend", qpn: OWN }))
    expect(sends(set)).toBe("Q_Key 17")
    expect(sends(after(set, map([0])))).toBe("refused")
    expect(sends(after(set, { _tag: "PkeysChanged", pkeys: [0xffff] }))).toBe("refused")
    expect(sends(after(set, map([0]), map([0, 0])))).toBe("Q_Key 17")
  })

  it("takes a MAD only from the proxy of the QP it is for, of nobody else [SQP-QP-3]", () => {
    const from = (srcQpn: Qpn | null) => endOf(prepared, egress(VF1, ask, { srcQpn }))
    expect([null, PROXIES[1] ?? null].map(from)).toEqual(["wire", "wire"])
    const others = [Qpn(0), Qpn(1), Qpn(6), TUNNEL, OWN, OTHERS, PROXY_OF_PF].map(from)
    expect(new Set(others)).toEqual(new Set(["source-qp of 1"]))
    expect(endOf(prepared, egress(PF, mad({ mgmtClass: SMP }), { srcQpn: PROXY_OF_PF }))).toBe("wire")
  })

  it("sends the asked Q_Key, or the well-known one where bit 31 is set [SQP-QP-6]", () => {
    const leaves = (qkey: number) =>
      actionsOf(prepared, egress(VF1, ask, { qkey })).map(
        (action) => action._tag === "ToWire" && action.address.qkey
      )
    expect([0x8000_0000, 0xffff_ffff, 0x8001_0000].flatMap(leaves)).toEqual([PROXY_KEY, PROXY_KEY, PROXY_KEY])
    expect([0, 0x1234, 0x7fff_ffff].flatMap(leaves)).toEqual([0, 0x1234, 0x7fff_ffff])
  })

  it(
    "keeps every invariant when functions create, modify, use and destroy QPs and are reset " +
      "[SQP-QP-1, SQP-QP-2, SQP-QP-3, SQP-QP-4, SQP-QP-5, SQP-QP-6, SQP-QP-7]",
    () => {
      expectFaultless("qp/verbs")
    }
  )

  it("keeps every invariant when P_Keys come and go under a QP [SQP-PKEY-3, SQP-QP-8]", () => {
    expectFaultless("qp/pkeys")
  })

  it("keeps every invariant when functions with QPs are reset and MADs are lost [SQP-QP-1, SQP-QP-3]", () => {
    expectFaultless("qp/losses")
  })
})
