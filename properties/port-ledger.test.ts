/** What a reader of the traffic knows of the port and its functions: at first, and after each thing it hears. */
import { describe, expect, it } from "vitest"
import type { VerbRequest } from "../model/event.ts"
import { FunctionId, gidOf, NO_GUID, Qpn, SubnetPrefix } from "../model/ids.ts"
import {
  isOpen, knownAtFirst, knownGuid, learnt, nameable, namedBy, overPort, physicalIndex, type PortLedger, PROXY_QKEY,
  proxyOf, readTable
} from "../model/invariants-port-ledger.ts"
import type { Observation } from "../model/invariants.ts"
import { begins, deletes, G, grants, guidTiming, guidWorld, sets, wishes } from "./guid-story.ts"
import { proxy, seen, started, told, toWire } from "./invariant-story.ts"
import {
  ask, BARE_VERB, egress, gid, guid, PF, PREFIX, shortTiming, small, type Small, VF1, VF2
} from "./small-world.ts"

/** No function of these worlds. */
const NOBODY = FunctionId(9)
const after = (history: ReadonlyArray<Observation>, change: Small = {}): PortLedger =>
  history.reduce(learnt(shortTiming), knownAtFirst(small(change)))

describe("what is known at first", () => {
  it("is that the PF is attached and has no alias GUID, whatever is said of it [SQP-LIFE-1] [SQP-GUID-3]", () => {
    const { functions } = knownAtFirst(small({ attached: [false, false, true], adminGuids: [G, null, G] }))
    expect(functions.map(({ alias, attached }) => [attached, alias?.admin]))
      .toEqual([[true, undefined], [false, undefined], [true, G]])
    expect(knownAtFirst(small()).functions.map(({ alias }) => alias)).toEqual([null, null, null])
  })

  it("is one for all areas that watch the same PF context [SQP-EXP-3]", () => {
    const world = small()
    expect(overPort(world)).toBe(overPort(world))
    expect(overPort(small())).not.toBe(overPort(world))
  })
})

describe("the QPs that are known of a function", () => {
  const verb = (request: Partial<VerbRequest>, qpn: Qpn | null = null) =>
    seen({ _tag: "Verb", function: VF1, request: { ...BARE_VERB, ...request } }, told(VF1, { qpn }))
  const own = Qpn(0x77)
  const created = [started, verb({ verb: "createQp", type: "ud", qkey: 5, pkeyIndex: 1 }, own)]
  const qp = (...history: ReadonlyArray<Observation>) => nameable(after(history), VF1, own)

  it("are its proxies and what it created, and not its tunnels [SQP-QP-1] [SQP-QP-5]", () => {
    const port = after(created)
    expect([proxyOf(port, VF1, 0), proxyOf(port, VF1, 1)]).toEqual([proxy(VF1, 0), proxy(VF1, 1)])
    expect(nameable(port, VF1, proxy(VF1, 1))).toMatchObject({ is: "proxy 1", qkey: PROXY_QKEY, pkeyIndex: null })
    expect(nameable(port, VF1, Qpn(proxy(VF1, 1) + 0x100))).toBeUndefined()
    expect(nameable(port, VF2, own)).toBeUndefined()
  })

  it("change by what a modify names and what its mask says [SQP-QP-4]", () => {
    const modified = (attrMask: number | null) =>
      qp(...created, verb({ verb: "modifyQp", qpn: own, qkey: 6, pkeyIndex: 2, attrMask }))
    expect([null, 0x10, 0x40, 0x50, 0x01].map(modified)).toMatchObject([
      { qkey: 6, pkeyIndex: 2 }, { qkey: 5, pkeyIndex: 2 }, { qkey: 6, pkeyIndex: 1 }, { qkey: 6, pkeyIndex: 2 },
      { qkey: 5, pkeyIndex: 1 }
    ])
  })

  it("do not change by a MAD that is taken, nor by a verb of nobody [SQP-QP-4]", () => {
    const taken = seen({ _tag: "Taken", egress: egress(VF1, ask) }, toWire(VF1, ask))
    const strange = seen({ _tag: "Verb", function: NOBODY, request: BARE_VERB }, told(NOBODY, { qpn: own }))
    const port = after(created)
    expect(learnt(shortTiming)(port, taken)).toBe(port)
    expect(learnt(shortTiming)(port, strange)).toBe(port)
  })
})

describe("of a function that is not there", () => {
  it("nothing is known [SQP-FRAME-1]", () => {
    const port = after([started])
    expect([proxyOf(port, NOBODY, 1), nameable(port, NOBODY, Qpn(1)), isOpen(port, NOBODY), knownGuid(port, NOBODY)])
      .toEqual([undefined, undefined, false, NO_GUID])
    expect([physicalIndex(port, NOBODY, 0), readTable(port, NOBODY)]).toEqual([null, []])
    const announced = { _tag: "Tunnel", function: NOBODY, qp: 0, proxyQpn: Qpn(2), tunnelQpn: Qpn(3) } as const
    expect(after([seen({ _tag: "Start" }, announced)]).functions.map(({ qps }) => qps)).toEqual([[], [], []])
  })
})

describe("P_Keys and GIDs of functions", () => {
  it("are the port's for the PF, and for a VF those its table names [SQP-PKEY-1]", () => {
    const port = after([], { port: { pkeys: [0xffff, 0, 0x8001] }, pkeyMaps: [[2], [null, 2, 1, 9], []] })
    expect([0, 1, 2, 3].map((index) => physicalIndex(port, PF, index))).toEqual([0, null, 2, null])
    expect([0, 1, 2, 3, 4].map((index) => physicalIndex(port, VF1, index))).toEqual([null, 2, null, null, null])
    expect([PF, VF1, VF2].map((fn) => readTable(port, fn))).toEqual([[0xffff, 0, 0x8001], [0, 0x8001, 0, 0], []])
  })

  it("name functions by the prefixes of the port, and nobody by a GUID of zeros [SQP-STEER-2]", () => {
    const port = after([], { guids: [guid(0), NO_GUID, guid(2)] })
    expect([gid(0), gid(2), gid(7), gidOf(PREFIX, NO_GUID)].map((of) => namedBy(port, of))).toEqual([PF, VF2, null, null])
    expect(namedBy(port, gidOf(SubnetPrefix("fec0000000000099"), guid(2)))).toBeNull()
  })

  it("name nobody by a GUID that is being given back [SQP-GUID-6] [SQP-STEER-2]", () => {
    const granted = [begins(sets(VF1, G, 1)), grants(VF1, G, 1)]
    const known = (...history: ReadonlyArray<Observation>) => {
      const table = seen({ _tag: "GuidTableChanged", block: 0, guids: [guid(0), G] })
      const port = [...granted, table, ...history]
        .reduce(learnt({ ...shortTiming, ...guidTiming }), knownAtFirst(guidWorld()))
      return [namedBy(port, gidOf(PREFIX, G)), knownGuid(port, VF1)]
    }
    expect([known(), known(wishes(VF1, null, deletes(VF1, 2)))]).toEqual([[VF1, G], [null, NO_GUID]])
  })
})
