/** What the checker says of counters that lie: each number of each row, by function and reason. */
import { describe, expect, it } from "vitest"
import type { Command, Init } from "../impl/trace/command.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output, OutputOf } from "../impl/trace/output.ts"
import { check } from "./trace-check.ts"
import { CLASS, hexOf, mad, MASK, membership } from "./mads.ts"
import { reference } from "./subject.ts"

const gid = (f: number): string => `fe80000000000000${hexOf(0xa00 + f, 16)}`

const init: Init = {
  op: "init",
  format: "special-qp/1",
  seed: 1,
  functions: 3,
  subnetPrefix: "fe80000000000000",
  guids: [0xa00, 0xa01, 0xa02].map((guid) => hexOf(guid, 16)),
  pkeys: [0xffff],
  lid: 5,
  smLid: 1,
  active: [true, true, true]
}

const sends = (f: number, text: string): Command => ({
  op: "egress", function: f, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: 1, sl: 0, pathBits: 0,
  rate: 0, grh: null, mad: text
})
const arrives = (text: string, dgid: string | null): Command => ({
  op: "ingress", qp: 1, slid: 20, srcQp: 1, sl: 0, pathBits: 0, pkeyIndex: 0,
  grh: dgid === null ? null : { sgid: gid(9), dgid, hopLimit: 1, flowLabel: 0, trafficClass: 0 },
  mad: text
})

const TID = hexOf(7, 16)
const query = mad({ mgmtClass: CLASS.SA, method: 0x01, attribute: 0x35, tid: TID })
const set = mad({ mgmtClass: CLASS.PERF, method: 0x02, attribute: 0x12, tid: TID })
const ping = mad({ mgmtClass: CLASS.PING, method: 0x01, attribute: 0, tid: TID })
const perf = mad({ mgmtClass: CLASS.PERF, method: 0x01, attribute: 0x12, tid: TID })
const join = membership({
  method: 0x02, tid: TID, mask: MASK.MGID | MASK.PORT_GID | MASK.JOIN_STATE, mgid: "ff12401bffff00000000000000000001",
  portGid: gid(1), joinState: 1, pkey: 0xffff, proxyJoin: false
})

/**
 * Function 1 asks the SA, is refused a Set, joins a group and is dropped; it is pinged; a MAD for it is not for a
 * VF, one is for nobody. The counters are line 11.
 */
const lines: ReadonlyArray<Line> = (() => {
  const subject = reference()
  const commands: ReadonlyArray<Command> = [
    init, { op: "start" }, sends(1, query), sends(1, set), sends(1, join), sends(1, "00".repeat(12)),
    arrives(ping, gid(1)), arrives(perf, gid(1)), arrives(perf, gid(9)), { op: "settle" }, { op: "counters" }
  ]
  return commands.map((command, i) => subject.apply({ n: i + 1, in: command }))
})()

type Row = OutputOf<"counters">

const changed = (change: (out: ReadonlyArray<Output>) => ReadonlyArray<Output>): ReadonlyArray<Line> =>
  lines.map((line) => (line.n === 11 ? { ...line, out: change(line.out ?? []) } : line))

/** The trace with the counters of one function, or of nobody, changed. */
const telling = (f: number | null, change: (row: Row) => Row): ReadonlyArray<Line> =>
  changed((out) => out.map((output) => (output.to === "counters" && output.function === f ? change(output) : output)))

const lies: ReadonlyArray<readonly [what: string, told: ReadonlyArray<Line>, said: RegExp]> = [
  ["a MAD more received", telling(1, (row) => ({ ...row, received: 5, answered: 2 })), /received 5, but the trace has 4/],
  ["a MAD forwarded that was answered", telling(1, (row) => ({ ...row, forwarded: 2, answered: 0 })),
    /forwarded 2, but the trace has 1/],
  ["an answer for a join that waits", telling(1, (row) => ({ ...row, answered: 2, waiting: 0 })),
    /answered 2, but the trace has 1/],
  ["a join that waits as dropped", telling(1, (row) => ({ ...row, waiting: 0, dropped: { "bad-length": 2 } })),
    /dropped bad-length 2, but the trace has 1/],
  ["a drop under another reason", telling(1, (row) => ({ ...row, dropped: { "base-version": 1 } })),
    /dropped base-version 1, but the trace has 0/],
  ["a drop of an arrival under another reason", telling(1, (row) => ({ ...row, ingressDropped: { "gid-pending": 1 } })),
    /dropped unsolicited 0, but the trace has 1/],
  ["a delivery that was none", telling(2, (row) => ({ ...row, delivered: 1 })), /delivered 1, but the trace has 0/],
  ["a drop charged to another function", telling(2, (row) => ({ ...row, ingressDropped: { unsolicited: 1 } })),
    /function 2: dropped unsolicited 1, but the trace has 0/],
  ["nobody's drop under another reason", telling(null, (row) => ({ ...row, dropped: { unsolicited: 1 } })),
    /nobody: dropped dgid-unknown 0, but the trace has 1/],
  ["an arrival that has no end", telling(null, (row) => ({ ...row, received: 4 })), /nobody: received 4/],
  ["a sum that is wrong", telling(1, (row) => ({ ...row, waiting: 0 })), /received 4, but forwarded 1 \+ answered 1/],
  ["nothing of a function", changed((out) => out.filter((output) => output.to !== "counters" || output.function !== 2)),
    /function 2: it has no counters/],
  ["a function's counters twice", changed((out) => [...out, ...out.slice(-1)]), /function 2: it has counters twice/]
]

describe("the counters of a trace", () => {
  it("are right in a run of our own [SQP-ACC-1]", () => {
    const row = lines[10]?.out?.find((output) => output.to === "counters" && output.function === 1)
    expect(row).toEqual({
      to: "counters", function: 1, received: 4, forwarded: 1, answered: 1, waiting: 1, dropped: { "bad-length": 1 },
      delivered: 1, ingressDropped: { unsolicited: 1 }
    })
    expect(check(lines)).toMatchObject({ verdict: "allowed", violations: [] })
  })

  it.each(lies)("are refused when they tell %s [SQP-ACC-1]", (_, told, said) => {
    const { violations } = check(told)
    expect(violations.map(({ kind, line }) => `${kind} ${line}`)).toContain("accounting 11")
    expect(violations.flatMap(({ texts }) => texts).join("\n")).toMatch(said)
    expect(violations.flatMap(({ requirements }) => requirements)).toContain("SQP-ACC-1")
  })

  it("may leave out the drops and arrivals that a foreign implementation does not tell [SQP-ACC-1]", () => {
    const foreign = lines.map((line) => ({
      ...line,
      out: (line.out ?? []).flatMap((output): ReadonlyArray<Output> => {
        if (output.to === "drop") return []
        if (output.to !== "counters") return [output]
        const { delivered, ingressDropped, ...row } = output
        return [row]
      })
    }))
    expect(check(foreign, { drops: false })).toMatchObject({ verdict: "allowed", violations: [] })
    const told = foreign.map((line) => ({
      ...line,
      out: line.out.map((output) => (output.to === "counters" && output.function === 1 ? { ...output, forwarded: 2 } : output))
    }))
    expect(check(told, { drops: false }).verdict).toBe("violation")
  })
})
