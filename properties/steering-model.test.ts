/**
 * Steering: a table of what the page says about every kind of MAD with every kind of GRH, and explored
 * scopes.
 */
import { NO_ALTERNATE } from "../model/environment/cm-party.ts"
import { describe, expect, it } from "vitest"
import {
  CommId,
  DEFAULT_PREFIX,
  FunctionId,
  type Gid,
  gidOf,
  Guid,
  Lid,
  NO_GUID,
  SA_GUID,
  SubnetPrefix
} from "../model/ids.ts"
import type { Mad } from "../model/mad.ts"
import type { State } from "../model/state.ts"
import { after, endOf, running } from "./happening.ts"
import { expectFaultless } from "./faultless.ts"
import {
  ask,
  arrivingFor,
  BASEBOARD,
  CM,
  egress,
  gid,
  guid,
  ingress,
  mad,
  OWN_LID,
  passes,
  PEER_LID,
  PERF,
  PF,
  ping,
  PING,
  PREFIX,
  SA,
  small,
  SMP,
  SMP_DIRECTED,
  tid,
  VF1,
  VF2
} from "./small-world.ts"

const LATER = SubnetPrefix("fec0000000000001")
const UNKNOWN = SubnetPrefix("fec00000000000ff")
const NOBODY = Guid("00000000000000ee")

/** How a DGID is made, and whom the page says it names: under the former prefix only during its grace. */
const dgids: ReadonlyArray<{ readonly name: string; readonly gid: Gid | null; readonly names: Names }> = [
  { name: "no GRH", gid: null, names: "no GRH" },
  { name: "VF1", gid: gidOf(LATER, guid(1)), names: VF1 },
  { name: "VF2", gid: gidOf(LATER, guid(2)), names: VF2 },
  { name: "PF", gid: gidOf(LATER, guid(0)), names: PF },
  { name: "VF1 by the former prefix", gid: gidOf(PREFIX, guid(1)), names: "VF1 in grace" },
  { name: "VF1 by the default prefix", gid: gidOf(DEFAULT_PREFIX, guid(1)), names: VF1 },
  { name: "VF1 by an unknown prefix", gid: gidOf(UNKNOWN, guid(1)), names: "nobody" },
  { name: "the SA's GID", gid: gidOf(LATER, SA_GUID), names: PF },
  { name: "the SA's GUID by the default prefix", gid: gidOf(DEFAULT_PREFIX, SA_GUID), names: "nobody" },
  { name: "GUID 0", gid: gidOf(LATER, NO_GUID), names: "nobody" },
  { name: "an unknown GUID", gid: gidOf(LATER, NOBODY), names: "nobody" }
]
type Names = FunctionId | "no GRH" | "nobody" | "VF1 in grace"

/** What a MAD is, which decides how it is steered. */
type Kind = "SMP" | "request" | "open request" | "asked" | "unasked" | "control" | "stray control" | "REQ"

const req = (remoteGid: Gid): Mad =>
  mad({
    mgmtClass: CM,
    method: 0x03,
    attributeId: 0x10,
    payload: "REQ",
    body: {
      _tag: "cm",
      message: "REQ",
      localId: CommId("000000aa"),
      caGuid: NOBODY,
      localGid: gid(9),
      remoteGid,
      localLid: PEER_LID,
      remoteLid: OWN_LID,
      alternate: NO_ALTERNATE,
      responseTimeout: 1,
      maxRetries: 1
    }
  })

/** MADs of every kind; wire TID 1 is a Get of VF1, 2 an SMP of the PF; VF1 was asked a ping with TID 0x77. */
const mads: ReadonlyArray<{ readonly name: string; readonly kind: Kind; readonly mad: Mad }> = [
  { name: "Get of SMP", kind: "SMP", mad: mad({ mgmtClass: SMP }) },
  { name: "Trap of a directed SMP", kind: "SMP", mad: mad({ mgmtClass: SMP_DIRECTED, method: 0x05 }) },
  { name: "answer to the PF's SMP", kind: "SMP", mad: mad({ mgmtClass: SMP, method: 0x81, tid: tid(2) }) },
  ...[SA, PERF, 0x06, BASEBOARD, 0x09].map((mgmtClass) => ({
    name: `Get of class ${mgmtClass}`,
    kind: "request" as const,
    mad: mad({ mgmtClass })
  })),
  { name: "Get of CM", kind: "open request", mad: mad({ mgmtClass: CM }) },
  { name: "Set of CM", kind: "request", mad: mad({ mgmtClass: CM, method: 0x02 }) },
  { name: "vendor request", kind: "request", mad: mad({ mgmtClass: PING, oui: "00066a" }) },
  { name: "ping", kind: "open request", mad: mad({ mgmtClass: PING, method: 0x03, tid: tid(0x88) }) },
  { name: "Set in the ping class", kind: "open request", mad: mad({ mgmtClass: 0x4f, method: 0x02 }) },
  { name: "answer to VF1", kind: "asked", mad: mad({ mgmtClass: PERF, method: 0x81, tid: tid(1) }) },
  { name: "TrapRepress to VF1", kind: "asked", mad: mad({ mgmtClass: PERF, method: 0x07, tid: tid(1) }) },
  {
    name: "answer of another method",
    kind: "asked",
    mad: mad({ mgmtClass: PERF, method: 0xff, tid: tid(1) })
  },
  {
    name: "answer in another class",
    kind: "unasked",
    mad: mad({ mgmtClass: SA, method: 0x81, tid: tid(1) })
  },
  { name: "answer to nobody", kind: "unasked", mad: mad({ mgmtClass: PERF, method: 0x81, tid: tid(9) }) },
  {
    name: "ACK of VF1's ping",
    kind: "control",
    mad: mad({ mgmtClass: PING, rmpp: { active: true, type: 2 } })
  },
  {
    name: "ABORT of VF1's ping",
    kind: "control",
    mad: mad({ mgmtClass: PING, rmpp: { active: true, type: 4 } })
  },
  {
    name: "STOP of no ping",
    kind: "stray control",
    mad: mad({ mgmtClass: PING, tid: tid(3), rmpp: { active: true, type: 3 } })
  },
  { name: "REQ for VF1", kind: "REQ", mad: req(gidOf(LATER, guid(1))) }
]

/** What the PF context is like when the MAD arrives. */
interface Circumstances {
  readonly inGrace: boolean
  readonly attached: boolean
  /** VFs have the P_Key of index 0, not that of index 1. */
  readonly pkeyIndex: 0 | 1
}

const named = (names: Names, { inGrace }: Circumstances): FunctionId | "no GRH" | "nobody" =>
  names === "VF1 in grace" ? (inGrace ? VF1 : "nobody") : names

/** Whose a MAD is by what else it carries, or why it is nobody's; `grh` is whom its GRH names. */
const owner = (kind: Kind, grh: FunctionId | "no GRH", { attached }: Circumstances): FunctionId | string => {
  switch (kind) {
    case "SMP":
      return PF
    case "open request":
      return grh === "no GRH" ? PF : grh
    case "request":
      return grh === "no GRH" || grh === PF ? PF : `unsolicited of ${grh}`
    case "asked":
      return attached ? VF1 : "response-unasked of nobody"
    case "unasked":
      return "response-unasked of nobody"
    case "control":
      return attached ? VF1 : "rmpp-unknown of nobody"
    case "stray control":
      return "rmpp-unknown of nobody"
    case "REQ":
      return VF1
  }
}

/** Where a MAD must end, by the steps of the page. */
const expected = (kind: Kind, names: Names, now: Circumstances): string => {
  if (kind === "SMP") return "function 0"
  const grh = named(names, now)
  if (grh === "nobody") return "dgid-unknown of nobody"
  const fn = owner(kind, grh, now)
  if (typeof fn === "string") return fn
  if (grh !== "no GRH" && grh !== fn) return `steer-conflict of ${fn}`
  if (fn === VF1 && !now.attached) return `gid-pending of ${fn}`
  return fn !== PF && now.pkeyIndex === 1 ? `pkey-mismatch of ${fn}` : `function ${fn}`
}

/** VF1 and the PF have asked, VF1 was asked, the prefix has changed. */
const prepared = ({ attached, inGrace }: Circumstances): State => {
  const asked = after(
    running(small({ timing: { tidMin: 60, tidMax: 90, rest: 90, prefixGrace: 5 } })),
    egress(VF1, ask),
    egress(PF, mad({ mgmtClass: SMP })),
    ingress(ping, arrivingFor(gid(1))),
    { _tag: "PrefixChanged", subnetPrefix: LATER }
  )
  const later = inGrace ? asked : after(asked, passes(5))
  return attached ? later : after(later, { _tag: "Detach", function: VF1 })
}

const both = [true, false]
const circumstances: ReadonlyArray<Circumstances> = both.flatMap((inGrace) =>
  both.flatMap((attached) => ([0, 1] as const).map((pkeyIndex) => ({ inGrace, attached, pkeyIndex })))
)

describe("the model of steering", () => {
  const wrong = circumstances.flatMap((now) => {
    const state = prepared(now)
    return mads.flatMap(({ kind, mad: of, name }) =>
      dgids.flatMap(({ gid: dgid, name: to, names }) => {
        const event = ingress(of, { pkeyIndex: now.pkeyIndex, ...(dgid ? arrivingFor(dgid) : {}) })
        const [end, must] = [endOf(state, event), expected(kind, names, now)]
        return end === must ? [] : [`${name} to ${to} ${JSON.stringify(now)}: ${end}, not ${must}`]
      })
    )
  })
  const combinations = circumstances.length * mads.length * dgids.length

  it("ends every MAD with every GRH as the page says [SQP-STEER-1, SQP-STEER-2, SQP-STEER-3]", () => {
    console.log(`${combinations} combinations of MAD, GRH and circumstances`)
    expect(wrong).toEqual([])
  })

  it("takes a MAD for nobody while the PF context is stopped, whatever it is [SQP-STEER-5]", () => {
    const stopped = after(running(small()), { _tag: "Stop" })
    const ends = mads.map(({ mad: of }) => endOf(stopped, ingress(of, arrivingFor(gid(1)))))
    expect(new Set(ends)).toEqual(new Set(["not-attached of nobody"]))
  })

  it("looks at form, P_Key index and class before it looks at a GRH [SQP-IN-1]", () => {
    const state = running(small())
    const to = arrivingFor(gidOf(UNKNOWN, guid(1)))
    const ends = [
      endOf(state, { ...ingress(ask, to), mad: { _tag: "malformed", lengthBytes: 255 } }),
      endOf(state, ingress(mad({ mgmtClass: PERF, baseVersion: 2 }), { ...to, pkeyIndex: 7 })),
      endOf(state, ingress(mad({ mgmtClass: SA, classVersion: 1 }), { ...to, pkeyIndex: 7 })),
      endOf(state, ingress(mad({ mgmtClass: SMP }), { ...to, qp: 1, pkeyIndex: 7 })),
      endOf(state, ingress(mad({ mgmtClass: SMP }), { ...to, qp: 1 })),
      endOf(state, ingress(ask, { ...to, qp: 0 })),
      endOf(state, ingress(ask, to))
    ]
    expect(ends).toEqual(
      [
        "bad-length",
        "base-version",
        "class-version",
        "pkey-index",
        "class-qp",
        "class-qp",
        "dgid-unknown"
      ].map((reason) => `${reason} of nobody`)
    )
  })

  it("sends a MAD for another function to the wire and delivers it when it is back [SQP-STEER-4]", () => {
    const state = running(small())
    const sent = egress(VF1, ping, {
      dlid: OWN_LID,
      grh: { dgid: gid(2), hopLimit: 1, flowLabel: 0, trafficClass: 0 }
    })
    expect(endOf(state, sent)).toBe("wire")
    const back = ingress(mad({ mgmtClass: PING, tid: tid(1) }), { slid: OWN_LID, ...arrivingFor(gid(2)) })
    expect(endOf(after(state, sent), back)).toBe("function 2")
  })

  it("compares no source LID, so that an answer may come by another path [SQP-TID-4]", () => {
    const state = after(running(small()), egress(VF1, ask))
    const response = mad({ mgmtClass: PERF, method: 0x81, tid: tid(1) })
    expect(endOf(state, ingress(response, { slid: Lid(0x99) }))).toBe("function 1")
  })

  it(
    "keeps every invariant when MADs arrive with GRHs of all kinds, for functions attached and not " +
      "[SQP-STEER-1, SQP-STEER-2, SQP-STEER-3, SQP-STEER-5]",
    () => {
      expectFaultless("steering/grhs")
    }
  )

  it("keeps every invariant while the prefix changes and the former one has its grace [SQP-STEER-2]", () => {
    expectFaultless("steering/prefixes")
  })

  it("keeps every invariant when the prefix changes and MADs are lost [SQP-STEER-1, SQP-STEER-2]", () => {
    expectFaultless("steering/losses")
  })
})
