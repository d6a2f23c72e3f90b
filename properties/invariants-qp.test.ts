/** Short histories that break the invariants of tunnels, proxies and the verbs gate, and neighbours that do not. */
import { describe, expect, it } from "vitest"
import type { ActionOf } from "../model/action.ts"
import type { VerbRequest } from "../model/event.ts"
import { type FunctionId, Qpn } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import { qpInvariants } from "../model/invariants-qp.ts"
import { broken, dropped, hears, proxy, seen, sends, started, told, toWire, tunnels } from "./invariant-story.ts"
import { ask, BARE_VERB, egress, ingress, PF, small, VF1, VF2, WELL_KNOWN } from "./small-world.ts"

/** VF1 has a P_Key, a hole and an index of an empty entry of the port's table. */
const wrong = broken(qpInvariants(small({ pkeyMaps: [[], [0, null, 2], [0]], port: { pkeys: [0xffff, 0x8001, 0x8000] } })))
/** A driver's request and its answer. */
const verb = (
  fn: FunctionId, request: Partial<VerbRequest>, answer: Partial<ActionOf<"Answer">> = {}
): Observation => seen({ _tag: "Verb", function: fn, request: { ...BARE_VERB, ...request } }, told(fn, answer))
const [OWN, OTHERS] = [Qpn(0x500), Qpn(0x501)]
const tunnel = (fn: FunctionId, qp: 0 | 1): Qpn => Qpn(proxy(fn, qp) + 0x100)
const makes = (fn: FunctionId, qpn: Qpn | null, request: Partial<VerbRequest> = {}) =>
  verb(fn, { type: "ud", ...request }, { qpn })
/** VF1 and VF2 each own a QP. */
const owned = [started, makes(VF1, OWN, { qkey: 0x11 }), makes(VF2, OTHERS, { qkey: 0x22 })]
const posts = (qpn: Qpn | null, qkey: number | null, left: number | null) =>
  verb(VF1, { verb: "postSend", qpn, qkey }, { qkey: left })
const all = <T>(each: ReadonlyArray<T>, is: ReadonlyArray<string>) => each.map(() => is)

describe("a QP that is asked for", () => {
  const asked = (type: VerbRequest["type"], qpn: Qpn | null, verbOf: VerbRequest["verb"] = "createQp") =>
    wrong(started, verb(VF1, { verb: verbOf, type }, { qpn }))

  it("is the function's own proxy where it is to be a special one [SQP-QP-1]", () => {
    expect([asked("smi", proxy(VF1, 0)), asked("gsi", proxy(VF1, 1))]).toEqual([[], []])
    const others = [proxy(VF2, 0), tunnel(VF1, 0), Qpn(0), Qpn(1), null]
    expect(others.map((qpn) => asked("smi", qpn))).toEqual(all(others, ["SQP-QP-1"]))
    expect([asked("smi", proxy(VF1, 1)), asked("gsi", proxy(VF1, 0))]).toEqual([["SQP-QP-1"], ["SQP-QP-1"]])
    expect(wrong(started, verb(VF1, { type: "smi" }, { status: "refused", qpn: Qpn(1) }))).toEqual([])
  })

  it("is what the answer says, whatever else comes of the verb; without an answer nothing is granted [SQP-QP-1]", () => {
    const event = verb(VF1, { type: "smi" }).event
    expect([
      wrong(started, seen(event)), wrong(started, seen(event, hears(VF1, "lid"), told(VF1, { qpn: Qpn(0) })))
    ]).toEqual([[], ["SQP-QP-1"]])
  })

  it("is no real special QP [SQP-QP-1, SQP-QP-2]", () => {
    for (const type of ["ud", "rc"] as const) {
      expect([Qpn(0), Qpn(1)].map((qpn) => asked(type, qpn))).toEqual(all([0, 1], ["SQP-QP-1", "SQP-QP-2"]))
      expect([asked(type, Qpn(2)), asked(type, null)]).toEqual([[], ["SQP-QP-2"]])
    }
    expect([asked(null, Qpn(1)), asked(null, Qpn(2)), asked(null, null)]).toEqual([["SQP-QP-1"], [], []])
    expect(asked(null, proxy(VF2, 0))).toEqual([])
    expect(wrong(...owned, verb(VF1, { verb: "modifyQp", qpn: OWN }, { qpn: Qpn(1) }))).toEqual([])
  })

  it("has a QPN that is free: nobody's proxy, tunnel or own [SQP-QP-2]", () => {
    const taken = [proxy(VF1, 0), proxy(PF, 1), tunnel(VF2, 0), OWN, OTHERS]
    for (const type of ["ud", "rc"] as const) {
      expect(taken.map((qpn) => wrong(...owned, makes(VF1, qpn, { type })))).toEqual(all(taken, ["SQP-QP-2"]))
    }
    expect(wrong(...owned, makes(VF1, Qpn(0x502)))).toEqual([])
    const ends = verb(VF2, { verb: "destroyQp", qpn: OTHERS })
    expect(wrong(...owned, ends, makes(VF1, OTHERS))).toEqual([])
    const refused = verb(VF1, { type: "ud" }, { status: "refused", qpn: OWN })
    expect(wrong(...owned, refused)).toEqual([])
    expect(wrong(...owned, verb(VF1, { verb: "modifyQp", type: "ud", qpn: OWN }, { qpn: OWN }))).toEqual([])
    expect(wrong(...owned, seen({ _tag: "Query", function: VF1, attribute: "other", modifier: 0 }, told(VF1, { qpn: OWN }))))
      .toEqual([])
  })
})

describe("tunnels that are announced", () => {
  const attach = (...of: Parameters<typeof seen> extends readonly [unknown, ...infer A] ? A : never) =>
    wrong(...owned, seen({ _tag: "Detach", function: VF2 }), seen({ _tag: "Attach", function: VF2 }, ...of))
  const as = (proxyQpn: number, tunnelQpn: number): ActionOf<"Tunnel"> =>
    ({ _tag: "Tunnel", function: VF2, qp: 0, proxyQpn: Qpn(proxyQpn), tunnelQpn: Qpn(tunnelQpn) })

  it("have QPNs that are free, each its own, and none of a real special QP [SQP-QP-2]", () => {
    expect([attach(...tunnels(VF2)), attach(as(2, 3)), attach(as(OTHERS, 3))]).toEqual([[], [], []])
    const taken = [
      as(OWN, 3), as(3, OWN), as(proxy(VF1, 1), 3), as(3, tunnel(PF, 0)), as(3, 3), as(0, 3), as(1, 3),
      as(3, 1)
    ]
    expect(taken.map((each) => attach(each))).toEqual(all(taken, ["SQP-QP-2"]))
    expect([attach(as(2, 3), as(4, 5)), attach(as(2, 3), as(4, 2))]).toEqual([[], ["SQP-QP-2"]])
  })

  it("may be those the function had before its reset, and nobody else's [SQP-QP-2]", () => {
    const reset = (fn: FunctionId, of: FunctionId) =>
      wrong(...owned, seen({ _tag: "Reset", function: fn }, ...tunnels(of)))
    expect([reset(VF1, VF1), reset(VF1, VF2)]).toEqual([[], ["SQP-QP-2"]])
    expect(wrong(...owned, seen({ _tag: "Attach", function: VF2 }, ...tunnels(VF2)))).toEqual(["SQP-QP-2"])
    expect(wrong(...owned, seen({ _tag: "Stop" }), started)).toEqual([])
  })
})

describe("a MAD of a function", () => {
  const left = toWire(VF1, ask)
  const from = (srcQpn: Qpn | null, qp: 0 | 1 = 1) =>
    wrong(started, seen(egress(VF1, ask, { srcQpn, qp }), left))

  it("is taken from the proxy of the QP it is for, or its QPN is not said [SQP-QP-3]", () => {
    expect([from(proxy(VF1, 1)), from(proxy(VF1, 0), 0), from(null)]).toEqual([[], [], []])
    const others = [proxy(VF1, 0), proxy(VF2, 1), tunnel(VF1, 1), Qpn(1)]
    expect(others.map((qpn) => from(qpn))).toEqual(all(others, ["SQP-QP-3"]))
    const stray = egress(VF1, ask, { srcQpn: proxy(VF2, 1) })
    expect([wrong(started, seen(stray, dropped(VF1, "source-qp"))), wrong(started, seen(stray))])
      .toEqual([[], []])
    expect(wrong(started, seen(stray, dropped(VF1, "source-qp"), left))).toEqual(["SQP-QP-3"])
    expect(wrong(seen({ _tag: "Start" }), seen(egress(VF1, ask, { srcQpn: Qpn(9) }), left))).toEqual([])
  })

  it("is not taken of a function that is not attached, or while the PF context is stopped [SQP-QP-3]", () => {
    const leaves = sends(VF1, ask, left)
    expect([wrong(leaves), wrong(started, seen({ _tag: "Detach", function: VF1 }), leaves)])
      .toEqual([["SQP-QP-3"], ["SQP-QP-3"]])
    expect(wrong(started, seen({ _tag: "Stop" }), leaves)).toEqual(["SQP-QP-3"])
    expect(wrong(started, seen({ _tag: "Detach", function: VF2 }), leaves)).toEqual([])
    expect([wrong(sends(VF1, ask, dropped(VF1, "not-attached"))), wrong(seen(ingress(ask), left))])
      .toEqual([[], []])
  })

  it("leaves with the Q_Key it was asked to have, or with that of QP1 where bit 31 says the QP's own [SQP-QP-6]", () => {
    const leaves = (asked: number, qkey: number) =>
      wrong(started, seen(egress(VF1, ask, { qkey: asked }), toWire(VF1, ask, { qkey })))
    expect([leaves(0x11, 0x11), leaves(0x8000_0000, WELL_KNOWN), leaves(0xffff_ffff, WELL_KNOWN)])
      .toEqual([[], [], []])
    expect([leaves(0x7fff_ffff, 0x7fff_ffff), leaves(0, 0)]).toEqual([[], []])
    const others = [
      leaves(0x11, 0x12), leaves(0x11, WELL_KNOWN), leaves(0x8000_0000, 0x8000_0000),
      leaves(0x7fff_ffff, WELL_KNOWN)
    ]
    expect(others).toEqual(all(others, ["SQP-QP-6"]))
  })
})

describe("the verbs gate", () => {
  const grants = (request: Partial<VerbRequest>, answer: Partial<ActionOf<"Answer">> = {}) =>
    wrong(...owned, verb(VF1, { qpn: OWN, ...request }, answer))
  const created = { qpn: Qpn(0x502) }

  it("grants no QP VL15; who ends one names what he likes [SQP-QP-4]", () => {
    for (const name of ["modifyQp", "destroyQp"] as const) {
      const is = name === "destroyQp" ? [] : ["SQP-QP-4"]
      expect([grants({ verb: name, vl: 15 }), grants({ verb: name, vl: 14 }), grants({ verb: name })])
        .toEqual([is, [], []])
    }
    expect([grants({ type: "ud", vl: 15 }, created), grants({ type: "smi", vl: 15 }, { qpn: proxy(VF1, 0) })])
      .toEqual([["SQP-QP-4"], ["SQP-QP-4"]])
    expect(grants({ verb: "postSend", vl: 15 }, { qkey: 0x11 })).toEqual(["SQP-QP-4"])
    expect(grants({ verb: "modifyQp", vl: 15 }, { status: "refused" })).toEqual([])
  })

  it("sets no controlled Q_Key: none with bit 31 [SQP-QP-5]", () => {
    for (const qkey of [0x8000_0000, WELL_KNOWN, 0xffff_ffff]) {
      expect(grants({ verb: "modifyQp", qkey })).toEqual(["SQP-QP-5"])
      for (const type of ["ud", "rc"] as const) expect(grants({ type, qkey }, created)).toEqual(["SQP-QP-5"])
      expect([grants({ type: "smi", qkey }, { qpn: proxy(VF1, 0) }), grants({ verb: "destroyQp", qkey })])
        .toEqual([[], []])
      expect([
        grants({ verb: "destroyQp", type: "ud", qkey }),
        grants({ verb: "modifyQp", qkey }, { status: "refused" })
      ]).toEqual([[], []])
      expect(grants({ verb: "postSend", type: "ud", qkey }, { qkey: 0x11 })).toEqual([])
    }
    expect([
      grants({ verb: "modifyQp", qkey: 0x7fff_ffff }), grants({ type: "ud", qkey: 0x7fff_ffff }, created)
    ]).toEqual([[], []])
  })

  it("sends with the Q_Key asked for, or with the QP's own where none is asked or bit 31 is set [SQP-QP-6]", () => {
    const left = (qpn: Qpn, qkey: number | null, is: number | null) => wrong(...owned, posts(qpn, qkey, is))
    expect([left(OWN, 0x33, 0x33), left(OWN, null, 0x11), left(OWN, WELL_KNOWN, 0x11), left(OWN, 0, 0)])
      .toEqual([[], [], [], []])
    expect([left(proxy(VF1, 0), null, WELL_KNOWN), left(proxy(VF1, 1), 0x8000_0001, WELL_KNOWN)])
      .toEqual([[], []])
    const others = [
      left(OWN, 0x33, 0x11), left(OWN, null, 0x22), left(OWN, null, null), left(OWN, WELL_KNOWN, WELL_KNOWN),
      left(proxy(VF1, 1), null, 0x11)
    ]
    expect(others).toEqual(all(others, ["SQP-QP-6"]))
    const modified = verb(VF1, { verb: "modifyQp", qpn: OWN, qkey: 0x44 })
    expect([
      wrong(...owned, modified, posts(OWN, null, 0x44)), wrong(...owned, modified, posts(OWN, null, 0x11))
    ]).toEqual([[], ["SQP-QP-6"]])
    expect([
      grants({ verb: "modifyQp" }, { qkey: 0x99 }), grants({ verb: "postSend" }, { status: "refused" })
    ]).toEqual([[], []])
  })

  it("lets a function use its own QPs and proxies, and end or change only those it made [SQP-QP-7]", () => {
    for (const name of ["modifyQp", "destroyQp"] as const) {
      const named = (qpn: Qpn | null, qkey: number | null = null) => grants({ verb: name, qpn, qkey })
      expect(named(OWN, 0x55)).toEqual([])
      const others = [OTHERS, null, Qpn(1), tunnel(VF1, 1), proxy(VF2, 1)]
      expect(others.map((qpn) => named(qpn))).toEqual(all(others, ["SQP-QP-7"]))
      const is = name === "destroyQp" ? ["SQP-QP-7"] : []
      expect([named(proxy(VF1, 1)), named(proxy(VF1, 0), 0x55)]).toEqual([is, ["SQP-QP-7"]])
    }
    expect([
      grants({ verb: "postSend", qpn: OTHERS, qkey: 0x55 }, { qkey: 0x55 }),
      grants({ verb: "postSend", qkey: 0x55 }, { qkey: 0x55 })
    ]).toEqual([["SQP-QP-7"], []])
    expect(grants({ verb: "modifyQp", qpn: OTHERS }, { status: "refused" })).toEqual([])
    expect(grants({ type: "ud", qpn: OTHERS }, created)).toEqual([])
    expect(wrong(...owned, verb(VF1, { verb: "destroyQp", qpn: OWN }), verb(VF1, { verb: "modifyQp", qpn: OWN })))
      .toEqual(["SQP-QP-7"])
  })

  it("grants no index or number beyond the function's tables, of the first path or the other [SQP-QP-8]", () => {
    const inside = [
      {}, { pkeyIndex: 0 }, { port: 1 }, { sgidIndex: 0 }, { pkeyIndex: 0, port: 1, sgidIndex: 0 }
    ]
    const outside = [1, 2, 3].map((pkeyIndex) => ({ pkeyIndex }))
    const beyond = [
      ...outside, { port: 0 }, { port: 2 }, { sgidIndex: 1 }, { pkeyIndex: 1, port: 1, sgidIndex: 0 }
    ]
    const none = { pkeyIndex: null, port: null, sgidIndex: null }
    for (const [paths, is] of [[inside, []], [beyond, ["SQP-QP-8"]]] as const) {
      for (const path of paths) {
        expect(grants({ verb: "modifyQp", ...path })).toEqual(is)
        expect(grants({ verb: "modifyQp", alternate: { ...none, ...path } })).toEqual(is)
        expect(grants({ verb: "modifyQp", pkeyIndex: 0, alternate: { ...none, ...path } })).toEqual(is)
        expect(grants({ verb: "modifyQp", ...path, alternate: none })).toEqual(is)
        expect(grants({ type: "ud", ...path }, created)).toEqual(is)
        expect(grants({ verb: "destroyQp", ...path, alternate: { ...none, ...path } })).toEqual([])
        expect(grants({ verb: "modifyQp", ...path }, { status: "refused" })).toEqual([])
      }
    }
  })

  it("lets a QP whose P_Key was taken away send nothing, whoever took it [SQP-PKEY-3]", () => {
    const taken = seen({ _tag: "PkeyMapChanged", function: VF1, map: [null, 1] })
    const emptied = seen({ _tag: "PkeysChanged", pkeys: [0, 0x8001, 0xffff] })
    const sent = posts(OWN, null, 0x11)
    const mad = posts(proxy(VF1, 1), null, WELL_KNOWN)
    for (const gone of [taken, emptied]) {
      expect([wrong(...owned, gone, sent), wrong(...owned, gone, mad)]).toEqual([["SQP-PKEY-3"], []])
      expect(wrong(...owned, gone, verb(VF1, { verb: "modifyQp", qpn: OWN, vl: 1 }))).toEqual([])
      expect(wrong(...owned, gone, verb(VF1, { verb: "postSend", qpn: OWN }, { status: "refused" })))
        .toEqual([])
    }
    const moved = verb(VF1, { verb: "modifyQp", qpn: OWN, pkeyIndex: 1 })
    expect([wrong(...owned, taken, moved, sent), wrong(...owned, taken, taken, sent)])
      .toEqual([[], ["SQP-PKEY-3"]])
    expect(wrong(...owned, seen({ _tag: "PkeyMapChanged", function: VF2, map: [null] }), sent)).toEqual([])
  })
})
