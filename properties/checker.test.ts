import { describe, expect, it } from "vitest"
import type { Command, CommandOf, Init } from "../impl/trace/command.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output, OutputOf } from "../impl/trace/output.ts"
import { initial } from "../model/initial.ts"
import { attributed } from "./attributed.ts"
import { track } from "./candidates.ts"
import { check } from "./trace-check.ts"
import { CLASS, cm, hexOf, mad, MASK, membership, req, written } from "./mads.ts"
import { small } from "./small-world.ts"
import { reference } from "./subject.ts"
import type { Verdict } from "./verdict.ts"

const MGID = "ff12401bffff00000000000000000001"
const gid = (f: number): string => `fe80000000000000${hexOf(0xa00 + f, 16)}`
const peer = { lid: 20, gid: `fe80000000000000${hexOf(0xbb00, 16)}`, caGuid: hexOf(0xcc00, 16) }

const init: Init = {
  op: "init",
  format: "special-qp/1",
  seed: 1,
  functions: 3,
  subnetPrefix: "fe80000000000000",
  guids: [0xa00, 0xa01, 0xa02].map((guid) => hexOf(guid, 16)),
  nodeGuids: [0xf00, 0xf01, 0xf02].map((guid) => hexOf(guid, 16)),
  pkeys: [0xffff, 0x8001],
  virt2phys: [[], [1, 0], [0]],
  lid: 5,
  smLid: 1,
  active: [true, true, true],
  nodeInfo: "4a".repeat(64),
  portInfo: "b5".repeat(64),
  limits: { tids: 2, cm: 2, groups: 2, pending: 2, inbound: 2 },
  timing: {
    tidMin: 1000,
    tidMax: 1500,
    rest: 1000,
    linger: 1000,
    lingerMax: 1500,
    openingMin: 500,
    openingMax: 2000,
    saTimeout: 100,
    saRetries: 2,
    horizon: 330,
    slack: 0,
    prefixGrace: 500,
    rejInterval: 50
  }
}

const sends = (f: number, text: string, more: Partial<CommandOf<"egress">> = {}): Command => ({
  op: "egress",
  function: f,
  qp: 1,
  pkeyIndex: 0,
  remoteQpn: 1,
  qkey: 0x8001_0000,
  dlid: 1,
  sl: 0,
  pathBits: 0,
  rate: 0,
  grh: null,
  mad: text,
  ...more
})
const arrives = (slid: number, text: string, more: Partial<CommandOf<"ingress">> = {}): Command => ({
  op: "ingress",
  qp: 1,
  slid,
  srcQp: 1,
  sl: 0,
  pathBits: 0,
  pkeyIndex: 0,
  grh: null,
  mad: text,
  ...more
})
const query = (tid = "0000000000000007"): string =>
  mad({ mgmtClass: CLASS.SA, method: 0x01, attribute: 0x35, tid })
const join = (f: number, joinState: number, tid = "0000000000000009"): string =>
  membership({
    method: 0x02,
    tid,
    mask: MASK.MGID | MASK.PORT_GID | MASK.JOIN_STATE,
    mgid: MGID,
    portGid: gid(f),
    joinState,
    pkey: 0xffff,
    proxyJoin: false
  })
const request = (f: number): string =>
  req({
    localId: "00000101",
    tid: "0000000000000005",
    caGuid: hexOf(0xf01, 16),
    localGid: gid(f),
    remoteGid: peer.gid,
    localLid: 5,
    remoteLid: peer.lid,
    responseTimeout: 18,
    maxRetries: 1
  })

/** Does the commands on our implementation, after `init` (line 1) and `start` (line 2). */
const run = (...commands: ReadonlyArray<Command>): ReadonlyArray<Line> => {
  const subject = reference()
  return [init, { op: "start" as const }, ...commands].map((command, i) =>
    subject.apply({ n: i + 1, in: command })
  )
}

/** The trace with the outputs of one line changed. */
const tampered = (
  lines: ReadonlyArray<Line>,
  n: number,
  change: (out: ReadonlyArray<Output>) => ReadonlyArray<Output>
): ReadonlyArray<Line> =>
  lines.map((line) => (line.n === n ? { ...line, out: change(line.out ?? []) } : line))

/** Changes the first output of a kind. */
const changing =
  <T extends Output["to"]>(to: T, change: (output: OutputOf<T>) => Output) =>
  (out: ReadonlyArray<Output>): ReadonlyArray<Output> => {
    const at = out.findIndex((output) => output.to === to)
    const found = out[at]
    if (!isOf(found, to)) throw new Error(`no output to ${to}`)
    return out.with(at, change(found))
  }
const isOf = <T extends Output["to"]>(output: Output | undefined, to: T): output is OutputOf<T> =>
  output?.to === to

const withMad =
  (at: number, hex: string) =>
  <O extends OutputOf<"wire" | "function">>(output: O): O => ({
    ...output,
    mad: written(output.mad, [[at, hex]])
  })

const expectViolation = (verdict: Verdict, line: number, kind: string, requirement?: string): void => {
  expect(verdict.verdict).toBe("violation")
  const found = verdict.violations.filter((violation) => violation.line === line && violation.kind === kind)
  expect(found.length, JSON.stringify(verdict.violations, null, 1)).toBeGreaterThan(0)
  if (requirement)
    expect(verdict.violations.flatMap(({ requirements }) => requirements)).toContain(requirement)
}

/** Line 3 asks, line 4 answers. */
const asked = run(
  sends(1, query(), { pkeyIndex: 1 }),
  arrives(
    1,
    written(query(), [
      [3, "81"],
      [8, "0000000000000000"]
    ]),
    { copy: [{ line: 3, out: 0, from: 8, to: 8, length: 8 }] }
  ),
  { op: "counters" }
)

describe("a trace of our implementation", () => {
  it("is allowed, and says how much was looked at", () => {
    const verdict = check(asked)
    expect(verdict).toMatchObject({
      verdict: "allowed",
      steps: 4,
      violations: [],
      undecided: [],
      skipped: []
    })
    expect(verdict.invariants).toBeGreaterThan(20)
  })
})

interface Tampering {
  readonly title: string
  readonly lines: ReadonlyArray<Line>
  readonly line: number
  readonly change: (out: ReadonlyArray<Output>) => ReadonlyArray<Output>
  readonly kind: string
  readonly requirement: string
}

const refused = run(
  sends(1, mad({ mgmtClass: CLASS.BASEBOARD, method: 0x01, attribute: 1, tid: "0000000000000003" }))
)
const smpOfVf = run(
  sends(1, mad({ mgmtClass: CLASS.SMP, method: 0x01, attribute: 0x11, tid: "0000000000000003" }), {
    qp: 0,
    remoteQpn: 0
  })
)
const conversation = run(sends(1, request(1), { dlid: peer.lid }))
const joined = run(sends(1, join(1, 1)), { op: "advance", ms: 250 })
const twoQueries = run(sends(1, query()), sends(2, query()))
const dreq = run(
  arrives(
    peer.lid,
    cm("DREQ", "0000000000000004", [
      [24, "00000001"],
      [28, "00000002"]
    ])
  )
)
const ping = run(
  arrives(peer.lid, mad({ mgmtClass: CLASS.PING, method: 0x01, attribute: 0, tid: "0000000000000006" }), {
    grh: { sgid: peer.gid, dgid: gid(2), hopLimit: 1, flowLabel: 0, trafficClass: 0 }
  })
)
const queried = run(
  { op: "query", function: 1, attribute: "PortInfo", modifier: 1 },
  { op: "query", function: 1, attribute: "GUIDInfo", modifier: 0 }
)
const changedLid = run({ op: "lid", lid: 6, lmc: 0 })

const tamperings: ReadonlyArray<Tampering> = [
  {
    title: "a byte outside the rules changed on egress",
    lines: asked,
    line: 3,
    change: changing("wire", withMad(200, "99")),
    kind: "frame",
    requirement: "SQP-FRAME-1"
  },
  {
    title: "a byte outside the rules changed on ingress",
    lines: asked,
    line: 4,
    change: changing("function", withMad(60, "99")),
    kind: "frame",
    requirement: "SQP-FRAME-1"
  },
  {
    title: "a DREP of the PF context with a byte set",
    lines: dreq,
    line: 3,
    change: changing("wire", withMad(40, "01")),
    kind: "frame",
    requirement: "SQP-FRAME-1"
  },
  {
    title: "a join of the PF context with a reserved byte set",
    lines: joined,
    line: 3,
    change: changing("wire", withMad(106, "01")),
    kind: "frame",
    requirement: "SQP-FRAME-1"
  },
  {
    title: "an SM_Key that left",
    lines: asked,
    line: 3,
    change: changing("wire", withMad(36, "0000000000000001")),
    kind: "behaviour",
    requirement: "SQP-CLS-6"
  },
  {
    title: "an answer with another guest TID",
    lines: asked,
    line: 4,
    change: changing("function", withMad(15, "08")),
    kind: "behaviour",
    requirement: "SQP-TID-2"
  },
  {
    title: "an answer to another function",
    lines: asked,
    line: 4,
    change: changing("function", (output) => ({ ...output, function: 2 })),
    kind: "behaviour",
    requirement: "SQP-TID-4"
  },
  {
    title: "an answer that is missing",
    lines: asked,
    line: 4,
    change: () => [],
    kind: "behaviour",
    requirement: "SQP-TID-4"
  },
  {
    title: "an answer delivered twice",
    lines: asked,
    line: 4,
    change: (out) => [...out, ...out],
    kind: "behaviour",
    requirement: "SQP-TID-4"
  },
  {
    title: "a physical P_Key index told to a function",
    lines: asked,
    line: 4,
    change: changing("function", (output) => ({ ...output, pkeyIndex: 0 })),
    kind: "behaviour",
    requirement: "SQP-PKEY-1"
  },
  {
    title: "a virtual P_Key index on the wire",
    lines: asked,
    line: 3,
    change: changing("wire", (output) => ({ ...output, pkeyIndex: 1 })),
    kind: "behaviour",
    requirement: "SQP-PKEY-1"
  },
  {
    title: "a controlled Q_Key on the wire",
    lines: asked,
    line: 3,
    change: changing("wire", (output) => ({ ...output, qkey: 0x8000_0000 })),
    kind: "behaviour",
    requirement: "SQP-QP-6"
  },
  {
    title: "a refusal with another status",
    lines: refused,
    line: 3,
    change: changing("function", withMad(4, "0008")),
    kind: "behaviour",
    requirement: "SQP-CLS-5"
  },
  {
    title: "an SMP of a VF on the wire",
    lines: smpOfVf,
    line: 3,
    change: () => asked[2]?.out ?? [],
    kind: "behaviour",
    requirement: "SQP-CLS-2"
  },
  {
    title: "a guest's comm id on the wire",
    lines: conversation,
    line: 3,
    change: changing("wire", withMad(24, "00000101")),
    kind: "behaviour",
    requirement: "SQP-CM-1"
  },
  {
    title: "a wire TID that two functions share",
    lines: twoQueries,
    line: 4,
    change: changing("wire", withMad(8, tidOf(twoQueries, 3))),
    kind: "behaviour",
    requirement: "SQP-TID-1"
  },
  {
    title: "a wire TID of 0",
    lines: asked,
    line: 3,
    change: changing("wire", withMad(8, "0000000000000000")),
    kind: "behaviour",
    requirement: "SQP-TID-1"
  },
  {
    title: "a MAD for another function's GID",
    lines: ping,
    line: 3,
    change: changing("function", (output) => ({ ...output, function: 1 })),
    kind: "behaviour",
    requirement: "SQP-STEER-1"
  },
  {
    title: "a retry too few within the time that passed",
    lines: joined,
    line: 4,
    change: (out) => out.slice(1),
    kind: "behaviour",
    requirement: "SQP-MC-2"
  },
  {
    title: "a retry too many",
    lines: joined,
    line: 4,
    change: (out) => [...out, ...out.slice(0, 1)],
    kind: "behaviour",
    requirement: "SQP-MC-2"
  },
  {
    title: "an event too few",
    lines: changedLid,
    line: 3,
    change: (out) => out.slice(1),
    kind: "behaviour",
    requirement: "SQP-EV-1"
  },
  {
    title: "a GUID that is not the function's",
    lines: queried,
    line: 4,
    change: changing("answer", (output) => ({ ...output, data: hexOf(0xa02, 16) + "00".repeat(56) })),
    kind: "behaviour",
    requirement: "SQP-VIEW-1"
  },
  {
    title: "an M_Key in PortInfo",
    lines: queried,
    line: 3,
    change: changing("answer", (output) => ({ ...output, data: `ff${(output.data ?? "").slice(2)}` })),
    kind: "view",
    requirement: "SQP-VIEW-1"
  },
  {
    title: "a tunnel whose QPN another has",
    lines: asked,
    line: 2,
    change: (out) => sameProxy(out),
    kind: "behaviour",
    requirement: "SQP-QP-2"
  },
  {
    title: "counters that do not add up",
    lines: asked,
    line: 5,
    change: (out) =>
      out.map((output) =>
        output.to === "counters" && output.function === 1 ? { ...output, forwarded: 2 } : output
      ),
    kind: "accounting",
    requirement: "SQP-ACC-1"
  },
  {
    title: "counters of MADs nobody sent",
    lines: asked,
    line: 5,
    change: (out) =>
      out.map((output) =>
        output.to === "counters" && output.function === 2 ? { ...output, received: 1, answered: 1 } : output
      ),
    kind: "accounting",
    requirement: "SQP-ACC-1"
  }
]

function tidOf(lines: ReadonlyArray<Line>, n: number): string {
  const output = lines[n - 1]?.out?.[0]
  return output && "mad" in output ? output.mad.slice(16, 32) : ""
}

function sameProxy(out: ReadonlyArray<Output>): ReadonlyArray<Output> {
  const [first] = out
  return out.map((output, i) =>
    i === 3 && output.to === "tunnel" && first?.to === "tunnel"
      ? { ...output, proxyQpn: first.proxyQpn }
      : output
  )
}

describe("a trace with one thing wrong", () => {
  it.each(tamperings)(
    "is refused and says why: $title [SQP-ACC-1]",
    ({ change, kind, line, lines, requirement }) => {
      expect(check(lines).verdict).toBe("allowed")
      expectViolation(check(tampered(lines, line, change)), line, kind, requirement)
    }
  )

  it("is refused where the implementation would not do what can be done", () => {
    const lines = asked.map((line) => (line.n === 3 ? { n: 3, in: line.in, error: "no" } : line))
    expectViolation(check(lines), 3, "refused")
  })

  it("is refused where an answer says that it is to another line", () => {
    const lines = tampered(queried, 4, changing("answer", (output) => ({ ...output, of: 3 })))
    expectViolation(check(lines), 4, "behaviour")
    expect(check(lines).violations[0]?.texts).toEqual(["the answer to n 4 says that it is to n 3"])
  })

  it("names the MAD that the rules have where bytes of one are wrong", () => {
    const { violations } = check(
      tampered(asked, 3, changing("wire", (output) => ({ ...output, mad: written(output.mad, [[200, "ff"]]) })))
    )
    expect(violations[0]).toMatchObject({ line: 3, kind: "frame" })
    expect(violations[0]?.expected[0]).toContain("to the wire, QP1, DLID 1")
    expect(violations[0]?.observed[0]).toContain("to the wire, QP1, DLID 1")
  })

  it("is not seen where MADs that waited look alike to the rules and differ in bytes", () => {
    const room = (slots: number): Command => ({ op: "room", target: "wire", slots })
    const repeated = written(query(), [[200, "ff"]])
    const lines = run(room(0), sends(1, query()), sends(1, repeated), room(9))
    expect(lines[5]?.out?.map(({ to }) => to)).toEqual(["wire", "wire"])
    expect(check(lines).violations).toEqual([])
    const twice = tampered(lines, 6, (out) => out.flatMap((output, i) => (i === 0 ? [output, output] : [])))
    expectViolation(check(twice), 6, "frame", "SQP-FRAME-1")
  })

  it("names what was expected, what was seen and where they differ", () => {
    const { violations } = check(
      tampered(
        asked,
        3,
        changing("wire", (output) => ({ ...output, qkey: 5 }))
      )
    )
    expect(violations[0]).toMatchObject({ line: 3, kind: "behaviour" })
    expect(violations[0]?.texts).toContain("address.qkey: expected 2147549184, observed 5")
    expect(violations[0]?.event).toContain("function 1 sends on QP1 to DLID 1")
    expect(violations[0]?.expected[0]).toContain("to the wire, QP1, DLID 1")
  })
})

describe("what a foreign trace may do", () => {
  it("puts outputs on a later line, naming the line that caused them", () => {
    const [, , ask] = asked
    const wire = ask?.out?.[0]
    if (!ask || !wire) throw new Error("no output")
    const late: ReadonlyArray<Line> = [
      ...asked.slice(0, 2),
      { ...ask, out: [] },
      { n: 4, in: { op: "settle" }, out: [{ ...wire, for: 3 }] }
    ]
    expect(check(late).verdict).toBe("allowed")
    expect(attributed(late)[2]?.out).toEqual([{ ...wire, for: 3 }])
    const unnamed: ReadonlyArray<Line> = [...late.slice(0, 3), { n: 4, in: { op: "settle" }, out: [wire] }]
    expect(attributed(unnamed)).toEqual(
      attributed(late).map((line) => (line.n === 3 ? { ...line, out: [wire] } : line))
    )
    expect(check(unnamed).verdict).toBe("allowed")
  })

  it("lets invariants see the drops that nobody told, as the model explains them [SQP-CONF-2]", () => {
    // A leave posted before the start is dropped: who watches leaves must not miss its answer.
    const leave = membership({
      method: 0x15, tid: "0000000000000001", mask: 0x10003, mgid: "ff12401bffff00000000000000000001",
      portGid: "fe800000000000000000000000000a01", joinState: 1, pkey: 0xffff, proxyJoin: false
    })
    const lines: ReadonlyArray<Line> = [{ n: 1, in: init, out: [] }, { n: 2, in: sends(1, leave), out: [] }]
    expect(check(lines, { drops: false })).toMatchObject({ verdict: "allowed", violations: [] })
    expect(check(lines).verdict).toBe("violation")
  })

  it("leaves out drops, where that is said", () => {
    const lines = run(sends(1, "00"))
    const silent = tampered(lines, 3, () => [])
    expect(check(lines).verdict).toBe("allowed")
    expectViolation(check(silent), 3, "behaviour", "SQP-IN-1")
    expect(check(silent, { drops: false }).verdict).toBe("allowed")
    expect(check(lines, { drops: false }).verdict).toBe("allowed")
    const wire = asked[2]?.out ?? []
    expectViolation(
      check(
        tampered(lines, 3, () => wire),
        { drops: false }
      ),
      3,
      "behaviour"
    )
  })

  it("remembers or forgets within the optional life, and is held to it from then on [SQP-TID-5]", () => {
    const answerLater = (ms: number) =>
      run(
        sends(1, query()),
        { op: "advance", ms },
        arrives(1, written(query(), [[3, "81"]]), {
          copy: [{ line: 3, out: 0, from: 8, to: 8, length: 8 }]
        })
      )
    const delivered = answerLater(10)[4]?.out ?? []
    const dropped: ReadonlyArray<Output> = [{ to: "drop", function: null, reason: "response-unasked" }]
    for (const [ms, may] of [
      [999, [true, false]],
      [1000, [true, true]],
      [1499, [true, true]],
      [1500, [false, true]]
    ] as const) {
      const lines = answerLater(ms)
      const told = (out: ReadonlyArray<Output>) =>
        check(
          tampered(lines, 5, () =>
            out.map((output) => (output.to === "function" ? sameTids(output) : output))
          )
        ).verdict
      expect([told(delivered), told(dropped)], `${ms} ms`).toEqual(
        may.map((each) => (each ? "allowed" : "violation"))
      )
    }
  })

  it("is undecided, never allowed, when more states explain it than are kept", () => {
    const [, , first] = asked
    const taken = changing("wire", withMad(8, "00000000deadbeef"))(first?.out ?? [])
    // The quota is 2, and a third request left: one of the first two was forgotten, nobody knows which.
    const queries = [1, 2].map((n) => sends(1, query(hexOf(n, 16)), { pkeyIndex: 1 }))
    const lines = tampered(
      run(...queries, { op: "advance", ms: 1200 }, sends(1, query(), { pkeyIndex: 1 })),
      6,
      () => taken
    )
    expect(check(lines)).toMatchObject({ verdict: "allowed", mostCandidates: 2 })
    expect(check(lines, { candidates: 2 }).verdict).toBe("allowed")
    const few = check(lines, { candidates: 1 })
    expect(few).toMatchObject({ verdict: "undecided", violations: [] })
    expect(few.undecided[0]).toBe("line 6 (n 6): more than 1 states explain the trace; some were forgotten")
    expect(check([...lines, { n: 7, in: sends(1, "00"), out: taken }], { candidates: 1 }).verdict).toBe(
      "undecided"
    )
  })

  it("is followed no farther than there is memory, and some states are forgotten then [SQP-CHK-1]", () => {
    const state = initial(small())
    const followed = (hasMemory: boolean) =>
      track(Array<typeof state>(40).fill(state), { _tag: "TimePasses", ms: 1 }, [], {
        most: 64, drops: true, hasMemory: () => hasMemory
      })
    expect([followed(true).overflow, followed(false).overflow]).toEqual([false, true])
    expect(followed(false).candidates.length).toBeGreaterThan(0)
  })

  it("is undecided where a command is beyond the model, and skips copies of outputs that are not there", () => {
    const lines = run({ op: "settle" })
    expect(check([...lines, { n: 9, in: { op: "room", target: "function", slots: 1 }, out: [] }]).verdict).toBe("undecided")
    expect(
      check([...lines, { n: 9, in: { op: "room", target: "function", slots: 1 }, error: "not supported yet" }]).verdict
    ).toBe("allowed")
    const copied = run(arrives(1, query(), { copy: [{ line: 2, out: 99, from: 8, to: 8, length: 8 }] }))
    expect(copied[2]?.error).toBe("the line with n 2 of this run has no output 99")
    expect(check(copied)).toMatchObject({ verdict: "allowed", skipped: [3] })
  })

  it("must begin with init", () => {
    expect(() => check([{ n: 1, in: { op: "settle" } }])).toThrow("begins with init")
  })
})

/** The same output; the run is deterministic, so its TIDs are those of any other run of these commands. */
function sameTids(output: OutputOf<"function">): OutputOf<"function"> {
  return output
}
