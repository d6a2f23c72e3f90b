import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { areaOf } from "../conformance/areas.ts"
import { Child } from "../conformance/child.ts"
import { conformance, type ConformanceReport } from "../conformance/conformance.ts"
import { findingText, junitOf } from "../conformance/report.ts"
import { realPart } from "../real/required.ts"
import type { WaivableId } from "../waivers.ts"

const program = fileURLToPath(new URL("mux.py", import.meta.url))
const python = realPart("python3")
const TIMEOUT_MS = 600_000

/** Drives the naive implementation with some of its bugs on; each answer has time enough on a busy machine. */
const drive = (area: string, runs: number, shrinks: number, ...bugs: ReadonlyArray<string>): Promise<ConformanceReport> =>
  driveAllowing([], area, runs, shrinks, ...bugs)

const driveAllowing = (
  allow: ReadonlyArray<WaivableId>, area: string, runs: number, shrinks: number, ...bugs: ReadonlyArray<string>
): Promise<ConformanceReport> => {
  const args = [program, ...bugs.flatMap((bug) => ["--bug", bug])]
  const open = () => new Child("python3", args, { timeoutMs: 60_000 })
  return conformance(open, { seed: 1, runs, shrinks, allow, areas: [areaOf(area) ?? expect.fail(`no area ${area}`)] })
}

const told = ({ areas }: ConformanceReport): ReadonlyArray<string> =>
  areas.flatMap(({ finding, undecided }) => [...(finding === null ? [] : [findingText(finding)]), ...undecided])

describe.skipIf(!python.present)("an independent implementation in Python", () => {
  it.each(["transactions", "cm", "joins"])("is right about %s, as far as a few sequences tell [SQP-CONF-4]", async (area) => {
    const report = await drive(area, 6, 20)
    expect(told(report)).toEqual([])
    expect(report.verdict).toBe("allowed")
  }, TIMEOUT_MS)

  it.each([
    ["A1", "cm", "a repeated REQ gets a new comm id", /REQ/],
    ["A4", "cm", "a DREP frees the comm id while its exchange may still be spoken of", /DRE[QP]|REQ/],
    ["A7", "cm", "a REJ that names no id of ours reaches nobody", /REJ local \w{8} remote 00000000/],
    ["A13", "cm", "two limited members of a partition are kept apart", /to function/],
    ["A21", "cm", "the SA's own GID is nobody's", /0200000000000002|to function 0/],
    ["A39", "joins", "SendOnlyFullMember is granted without the SA", /JoinState (8|9|15)/]
  ] as const)("is found out with bug %s (in %s: %s) [SQP-CONF-4]", async (bug, area, _what, pattern) => {
    const report = await drive(area, 300, 0, bug)
    expect(report.verdict).toBe("violation")
    expect(told(report).join("\n")).toMatch(pattern)
  }, TIMEOUT_MS)

  it("may depart from the rules where its departure is named and allowed, which is counted, and nowhere else [SQP-CONF-5]", async () => {
    const refused = await drive("transactions", 12, 0, "D-I1")
    expect(told(refused).join("\n")).toContain("response-unasked")
    const allowed = await driveAllowing(["D-I1"], "transactions", 12, 0, "D-I1")
    expect(told(allowed)).toEqual([])
    expect(allowed).toMatchObject({ verdict: "allowed", allow: ["D-I1"], areas: [{ runs: 12 }] })
    const count = allowed.areas[0]?.waived["D-I1"] ?? 0
    expect(count).toBeGreaterThan(0)
    expect(junitOf(allowed)).toContain(`<system-out>waived D-I1: ${count} line`)
    const another = await driveAllowing(["D-I1"], "cm", 20, 0, "D-I1", "A1")
    expect(another.verdict).toBe("violation")
    expect(told(another).join("\n")).toMatch(/REQ/)
  }, TIMEOUT_MS)

  it("is found out with all six bugs at once, in one short sequence [SQP-CONF-4] [SQP-CONF-3]", async () => {
    const report = await drive("cm", 300, 40, "all")
    const finding = report.areas[0]?.finding ?? expect.fail("nothing was found")
    expect(finding).toMatchObject({ repeats: true, outcome: { _tag: "violation" } })
    expect(finding.lines.length).toBeLessThan(40)
  }, TIMEOUT_MS)
})
