import { Readable } from "node:stream"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import type { Line } from "../impl/trace/line.ts"
import { traceLinesOf } from "../impl/trace/read.ts"
import { writeTrace } from "../impl/trace/write.ts"
import { Attribution } from "./attributed.ts"
import { allParts, longTrace } from "./long-trace.ts"
import { check, checkLines, TraceCheck } from "./trace-check.ts"
import { request, Story } from "./divergences/story.ts"

describe("a trace that is checked in one pass", () => {
  it.each(allParts)("is followed with a memory that does not grow with its length: %s [SQP-CHK-1]", (part) => {
    const marks = { early: 0, late: 0 }
    let checking: TraceCheck | null = null
    for (const line of longTrace(1400, [part])) {
      if (checking === null) checking = new TraceCheck(line, { window: 8, copyLines: 8 })
      else checking.push(line)
      const { lines, retained } = checking
      const mark = lines < 800 ? "early" : "late"
      if (lines >= 500 && (lines < 800 || lines >= 1100)) marks[mark] = Math.max(marks[mark], retained)
    }
    const { undecided, verdict, violations } = checking?.end() ?? check([])
    expect({ undecided, verdict, violations }).toEqual({ undecided: [], verdict: "allowed", violations: [] })
    expect(marks.early).toBeGreaterThan(50)
    expect(marks.late).toBeLessThan(1.1 * marks.early)
  })

  it("forgets groups that nobody has, whatever epoch they were of [SQP-CHK-1]", () => {
    const most = [0, 0]
    let checking: TraceCheck | null = null
    for (const line of longTrace(3000, ["membership", "seldom"])) {
      if (checking === null) checking = new TraceCheck(line, { window: 8, copyLines: 8 })
      else checking.push(line)
      const { lines, retained } = checking
      const half = lines < 1500 ? 0 : 1
      most[half] = Math.max(most[half] ?? 0, retained)
    }
    const [early = 0, late = 0] = most
    expect(early).toBeGreaterThan(50)
    // Four epochs more, and a group was left in each.
    expect(late).toBeLessThan(early + 3)
  })

  it("is refused, and no more, where something goes to or is dropped of a function that is not there [SQP-CHK-1] [SQP-IN-1]", () => {
    const lines = [...longTrace(400)]
    const NOBODY = 99
    const kinds = new Map<string, Line>()
    for (const line of lines) {
      for (const [i, output] of (line.out ?? []).entries()) {
        if (!("function" in output) || kinds.has(output.to)) continue
        const out = (line.out ?? []).with(i, { ...output, function: NOBODY } as typeof output)
        kinds.set(output.to, { ...line, out })
      }
    }
    expect([...kinds.keys()].sort()).toEqual(["answer", "drop", "function", "tunnel"])
    const arrival = lines.find(({ in: command, n }) => n > 20 && command.op === "ingress")
    expect(arrival).toBeDefined()
    if (arrival) {
      kinds.set("event", { ...arrival, out: [{ to: "event", function: NOBODY, event: "reregister" }] })
      for (const reason of ["function-full", "cm-quota", "tid-quota", "sa-timeout"] as const) {
        kinds.set(reason, { ...arrival, out: [{ to: "drop", function: NOBODY, reason }] })
      }
    }
    for (const [kind, strange] of kinds) {
      const { verdict, violations } = check(lines.map((line) => (line.n === strange.n ? strange : line)))
      expect([kind, verdict, violations[0]?.n]).toEqual([kind, "violation", strange.n])
    }
  })

  it("is undecided from where the memory to follow it ends, and that is said once [SQP-CHK-1]", async () => {
    const text = Buffer.from(writeTrace([...longTrace(60)]))
    const judged = async (most: number) => {
      let asked = 0
      return Result.getOrThrow(await checkLines(traceLinesOf(Readable.from([text])), { hasMemory: () => ++asked <= most }))
    }
    expect(await judged(Number.POSITIVE_INFINITY)).toMatchObject({ verdict: "allowed", undecided: [] })
    const { steps, undecided, verdict } = await judged(20)
    expect([verdict, undecided]).toEqual(["undecided", [
      "line 21 (n 21): there is no memory to follow so many explanations (fewer --candidates need less); nothing after it was followed"
    ]])
    expect(steps).toBeLessThan(22)
  })

  it("is read from pieces of any length as from the whole, whatever cuts a line or a character [SQP-CHK-1]", async () => {
    const lines = [...longTrace(60)]
    const bytes = Buffer.from(writeTrace(lines))
    for (const length of [1, 7, 1000, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) => bytes.subarray(i * length, (i + 1) * length))
      const read: Array<Line> = []
      for await (const line of traceLinesOf(Readable.from(pieces))) read.push(Result.getOrThrow(line))
      expect(read).toEqual(lines)
    }
  })

  it("is refused at a line that is no JSON, too long or out of order, with its place [SQP-CHK-1] [SQP-IN-1]", async () => {
    const text = writeTrace([...longTrace(3)].slice(0, 3))
    const judged = async (tail: Uint8Array) => {
      const result = await checkLines(traceLinesOf(Readable.from([Buffer.from(text), tail])))
      return Result.isFailure(result) ? result.failure?.message : result.success.verdict
    }
    expect(await judged(Buffer.from([0x7b, 0xff, 0x0a]))).toContain("line 4: expected JSON, but column 2")
    expect(await judged(Buffer.alloc(4 << 20, 0x20))).toMatch(/^line 4: expected at most 1048576 characters, got \d+$/)
    expect(await judged(Buffer.from('{"n":9,"in":{"op":"settle"}}'))).toContain("line 4: n: expected 4")
    expect(await judged(Buffer.from('{"n":4,"in":{"op":"settle"}}\r\n'))).toBe("allowed")
    expect(await checkLines(traceLinesOf(Readable.from([])))).toEqual(Result.fail(null))
  })

  it("ends with the first line that nothing explains, and reads no farther [SQP-CHK-1]", async () => {
    const at = [...longTrace(60)].findLast(({ out = [] }) => out.some(({ to }) => to === "wire"))?.n ?? 0
    let read = 0
    async function* lines() {
      for (const line of longTrace(400)) {
        read += 1
        yield Result.succeed(read === at ? { ...line, out: [] } : line)
      }
    }
    const judged = Result.getOrThrow(await checkLines(lines(), { window: 10 }))
    expect(judged.verdict).toBe("violation")
    expect(judged.violations[0]).toMatchObject({ line: at })
    expect(read).toBe(at + 10)
  })
})

/** A query whose outputs stand on a later line. */
const heldBack = (between: number, settles: boolean): ReadonlyArray<Line> => {
  const story = new Story()
  story.sends(1, request())
  const { lines } = story
  const asked = lines[2]
  if (asked === undefined) throw new Error("no query")
  const idle = Array.from({ length: between }, (_, i): Line => ({ n: 4 + i, in: { op: settles ? "settle" : "dump" }, out: [] }))
  const out = (asked.out ?? []).map((output) => ({ ...output, for: 3 }))
  return [...lines.slice(0, 2), { ...asked, out: [] }, ...idle, { n: 4 + between, in: { op: "settle" }, out }]
}

describe("an output on a later line than its cause", () => {
  it("belongs to it up to the next settle, and not after that [SQP-CHK-2]", () => {
    expect(check(heldBack(30, false)).verdict).toBe("allowed")
    const { verdict, violations } = check(heldBack(1, true))
    expect(verdict).toBe("violation")
    expect(violations[0]).toMatchObject({ line: 3, kind: "behaviour" })
  })

  it("is undecided, never refused, where the line was kept no longer [SQP-CHK-2]", () => {
    const lines = heldBack(30, false)
    const early: Line = { n: 2, in: { op: "start" }, out: [] }
    expect(check(lines, { window: 33 }).verdict).toBe("allowed")
    // That outputs come late is known once one did.
    const started = [lines[0], early, { ...lines[2], out: lines[1]?.out?.map((output) => ({ ...output, for: 2 })) }]
    const late = [...started, ...lines.slice(3)].filter((line): line is Line => line !== undefined)
    expect(check(late, { window: 8 })).toMatchObject({ verdict: "undecided", violations: [] })
    expect(check(late, { window: 8 }).undecided[0]).toContain("--window")
  })

  it("that names a line judged long before is undecided, and refused where the line was still there [SQP-CHK-2]", () => {
    const { lines } = new Story()
    const idle = Array.from({ length: 12 }, (_, i): Line => ({ n: 3 + i, in: { op: "dump" }, out: [] }))
    const late: Line = { n: 15, in: { op: "dump" }, out: [{ to: "drop", for: 3, function: null, reason: "unsolicited" }] }
    expect(check([...lines, ...idle, late], { window: 4 })).toMatchObject({ verdict: "undecided", violations: [] })
    expect(check([...lines, ...idle, late]).violations[0]).toMatchObject({ line: 3 })
  })

  it("keeps no more lines waiting than it is told to [SQP-CHK-2]", () => {
    const attribution = new Attribution(16)
    let most = 0
    for (const line of longTrace(500)) {
      attribution.push(line)
      most = Math.max(most, attribution.size)
    }
    expect(most).toBe(16)
  })
})

describe("a copy", () => {
  const story = new Story()
  const { mad } = story.sends(1, request()).wire
  const told = story.lines
  const reach = (idle: number): ReadonlyArray<Line> => [
    ...told,
    ...Array.from({ length: idle }, (_, i): Line => ({ n: 4 + i, in: { op: "dump" }, out: [] })),
    {
      n: 4 + idle, out: [{ to: "drop", function: null, reason: "response-unasked" }],
      in: {
        op: "ingress", qp: 1, slid: 9, srcQp: 1, sl: 0, pathBits: 0, pkeyIndex: 0, grh: null,
        mad: `${mad.slice(0, 4)}0181${mad.slice(8)}`, copy: [{ line: 3, out: 0, from: 8, to: 8, length: 8 }]
      }
    }
  ]

  it("reaches as far back as outputs are kept; beyond that the trace is undecided [SQP-CHK-2]", () => {
    expect(check(reach(2), { copyLines: 4 }).undecided).toEqual([])
    const { undecided, verdict } = check(reach(9), { copyLines: 4 })
    expect(verdict).toBe("undecided")
    expect(undecided[0]).toContain("it copies from n 3, and the outputs of 4 lines are kept")
  })
})
