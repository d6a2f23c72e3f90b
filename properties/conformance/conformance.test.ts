import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { TraceDriver } from "../../impl/trace/driver.ts"
import { type Line } from "../../impl/trace/line.ts"
import type { Output } from "../../impl/trace/output.ts"
import { readTrace } from "../../impl/trace/read.ts"
import { writeTrace } from "../../impl/trace/write.ts"
import { assertProperty } from "../run.ts"
import type { AsyncSubject } from "../subject.ts"
import { areaOf, areas } from "./areas.ts"
import { conformance, type ConformanceOptions, conformTrace, scenarioAt } from "./conformance.ts"
import { SubjectFault } from "./fault.ts"
import { chartOf } from "./chart.ts"
import { findingText, inputsOnly, junitOf, reportData } from "./report.ts"
import { renumbered } from "./shrink.ts"

/** Our implementation as an asynchronous subject; `twist` may change what a line is answered with. */
const subject =
  (twist: (line: Line) => Line = (line) => line) =>
  (): AsyncSubject => {
    const driver = new TraceDriver()
    return { apply: async (line) => twist(driver.apply(line)), close: async () => {} }
  }

const within = (...names: ReadonlyArray<string>) => names.flatMap((name) => areaOf(name) ?? [])
const options: ConformanceOptions = { areas: within("cm"), seed: 11, runs: 12 }

/** Changes every output of a line. */
const outputs =
  (change: (output: Output) => Output) =>
  (line: Line): Line =>
    line.out === undefined ? line : { ...line, out: line.out.map(change) }

/** Writes a byte into a REP for the wire: a byte that nobody may change. */
const spoilsReps = outputs((output) =>
  output.to === "wire" && output.mad.startsWith("01070203") && output.mad.slice(32, 36) === "0013"
    ? { ...output, mad: `${output.mad.slice(0, 400)}00${output.mad.slice(402)}` }
    : output
)

describe("the conformance kit", () => {
  it("has a name of its own for every subject of the generator [SQP-CONF-2]", () => {
    expect(areas.map(({ name }) => name)).toEqual([
      "everything", "transactions", "cm", "multicast", "joins", "subscriptions", "ports", "guids", "services", "full-rings",
      "insane-sa"
    ])
  })

  it("finds nothing wrong with our implementation, in any area [SQP-CONF-2]", async () => {
    const report = await conformance(subject(), { seed: 5, runs: 2 })
    expect(report.areas.map(({ finding }) => finding && findingText(finding)).filter((text) => text !== null)).toEqual([])
    expect(report.verdict).toBe("allowed")
    expect(report.areas.map(({ area }) => area)).toEqual(areas.map(({ name }) => name))
    expect(report.areas.every(({ lines, runs }) => runs === 2 && lines > 20)).toBe(true)
  })

  it("counts what comes out on a settle for the command before it [SQP-CONF-2]", async () => {
    const open = (): AsyncSubject => {
      const driver = new TraceDriver()
      let held: ReadonlyArray<Output> = []
      const apply = async (line: Line): Promise<Line> => {
        const { in: command, n, out = [], ...rest } = driver.apply(line)
        if (command.op === "settle") {
          const late = held
          held = []
          return { n, in: command, out: [...late, ...out] }
        }
        if (rest.error !== undefined) return { n, in: command, error: rest.error }
        // Answers and tunnels at once, the rest on the settle, some of it with its cause.
        held = out.flatMap((output, i) => (output.to === "answer" || output.to === "tunnel" ? [] : i % 2 ? [output] : [{ ...output, for: n }]))
        return { n, in: command, out: out.filter(({ to }) => to === "answer" || to === "tunnel") }
      }
      return { apply, close: async () => {} }
    }
    const report = await conformance(open, { seed: 5, runs: 3, areas: within("transactions", "cm", "multicast") })
    expect(report.areas.map(({ finding }) => finding && findingText(finding)).filter((text) => text !== null)).toEqual([])
    expect(report.verdict).toBe("allowed")
  })

  it("refuses an output that names a later line as its cause [SQP-CONF-2]", async () => {
    const { areas: [cm] } = await conformance(subject(outputs((output) => ({ ...output, for: 1000 }))), options)
    expect(cm?.finding && findingText(cm.finding)).toContain("names n 1000 as its cause, which is not done yet")
  })

  it("draws the same sequences from the same seed, each of them alone, and others from another [SQP-CONF-2]", async () => {
    const drawn = (seed: number, more: Partial<ConformanceOptions>): Promise<string> => {
      const all: Array<string> = []
      const told = subject((line) => (all.push(writeTrace([line])), line))
      return conformance(told, { ...options, seed, ...more }).then(() => all.join(""))
    }
    const twenty = await drawn(7, { runs: 20 })
    expect(await drawn(7, { runs: 20 })).toBe(twenty)
    expect(await drawn(8, { runs: 20 })).not.toBe(twenty)
    expect(twenty).toContain(await drawn(7, { run: 3 }))
    expect(twenty).toContain(await drawn(7, { run: 19 }))
    // Sequences are drawn in blocks: the second is not the first again.
    expect(fc.stringify(scenarioAt({ name: "cm", about: "communication management" }, 7, 17))).not.toBe(
      fc.stringify(scenarioAt({ name: "cm", about: "communication management" }, 7, 1))
    )
    expect(() => scenarioAt({ name: "cm", about: "communication management" }, 7, 0)).toThrow(RangeError)
  })

  it("never sends what it is told to leave out [SQP-CONF-2]", async () => {
    const ops = new Set<string>()
    const report = await conformance(subject((line) => (ops.add(line.in.op), line)), { ...options, without: new Set(["reset", "counters"]) })
    expect(report.without).toEqual(["reset", "counters"])
    expect(ops.has("egress")).toBe(true)
    expect([ops.has("reset"), ops.has("counters")]).toEqual([false, false])
  })
})

describe("a sequence that fails", () => {
  it("is made short, fails as it did, and is a trace that does it again [SQP-CONF-3]", async () => {
    const { areas: [cm], verdict } = await conformance(subject(spoilsReps), options)
    expect(verdict).toBe("violation")
    const finding = cm?.finding ?? expect.fail("nothing was found")
    expect(finding).toMatchObject({ repeats: true, outcome: { _tag: "violation", violation: { kind: "frame" } } })
    // Init, start, a peer's REQ, the function's REP, and a settle after each but the first.
    expect(finding.lines.map(({ in: { op } }) => op).filter((op) => op !== "settle")).toEqual(["init", "start", "ingress", "egress"])
    expect(finding.lines.length).toBeLessThan(finding.drawn)
    const text = writeTrace(inputsOnly(finding.lines))
    const lines = readTrace(text)
    expect(lines._tag).toBe("Success")
    const again = await conformTrace(subject(spoilsReps), finding.lines, within("cm")[0] ?? expect.fail())
    expect(again.outcome).toEqual(finding.outcome)
    expect((await conformTrace(subject(), finding.lines, within("cm")[0] ?? expect.fail())).outcome._tag).toBe("allowed")
  })

  it("is not made short into one that fails in another way [SQP-CONF-3]", async () => {
    // Without a start it refuses what comes next: shorter, and another mistake.
    const twice = subject((line) =>
      line.n === 2 && line.in.op !== "start" ? { n: line.n, in: line.in, error: "not started" } : spoilsReps(line)
    )
    const { areas: [cm] } = await conformance(twice, options)
    const finding = cm?.finding ?? expect.fail("nothing was found")
    expect(finding.outcome).toMatchObject({ _tag: "violation", violation: { kind: "frame" } })
    expect(finding.lines[1]?.in.op).toBe("start")
  })

  it("is told with rule, chart and what came out [SQP-CONF-3]", async () => {
    const { areas: [cm] } = await conformance(subject(spoilsReps), options)
    const finding = cm?.finding ?? expect.fail("nothing was found")
    const text = findingText(finding)
    expect(text).toContain("frame violation (SQP-FRAME-1)")
    expect(text).toMatch(/ \d+ +(VF \d|PF) ───▶ │ .*REP local/)
    expect(text).toMatch(/│ ───▶ wire .*REP local/)
    expect(chartOf(finding.lines)[0]).toMatch(/^ {2}n 1 .*init$/)
  })

  it("may be as it was drawn where nothing shorter is asked for, or it does not fail again [SQP-CONF-3]", async () => {
    const { areas: [whole] } = await conformance(subject(spoilsReps), { ...options, shrinks: 0 })
    expect(whole?.finding).toMatchObject({ attempts: 0, repeats: false })
    expect(whole?.finding?.lines.length).toBe(whole?.finding?.drawn)
    let spoils = true
    const once = subject((line) => {
      if (!spoils) return line
      const spoilt = spoilsReps(line)
      spoils = writeTrace([spoilt]) === writeTrace([line])
      return spoilt
    })
    const { areas: [cm] } = await conformance(once, options)
    expect(cm?.finding).toMatchObject({ attempts: 1, repeats: false })
    expect(cm?.finding && findingText(cm.finding)).toContain("the same inputs did not fail the same way again")
  })

  it("keeps its copies when lines are left out: none names a line that is gone [SQP-CONF-3]", async () => {
    const { areas: [cm] } = await conformance(subject(spoilsReps), { ...options, shrinks: 0 })
    const lines = cm?.finding?.lines ?? []
    expect(lines.filter(({ in: command }) => "copy" in command).length).toBeGreaterThan(0)
    assertProperty(
      fc.property(fc.array(fc.boolean(), { minLength: lines.length, maxLength: lines.length }), (kept) => {
        const left = renumbered(lines.filter((_, i) => i === 0 || kept[i]).map((line) => [line]))
        expect(left.map(({ n }) => n)).toEqual(left.map((_, i) => i + 1))
        for (const { in: command, n } of left)
          if ("copy" in command) for (const { line } of command.copy ?? []) expect(line).toBeLessThan(n)
      })
    )
  })

  it("by a fault of the subject is made short, too, and the line that was not answered is in it [SQP-CONF-3] [SQP-CONF-1]", async () => {
    const dies = subject((line) => {
      if (line.in.op !== "detach") return line
      throw new SubjectFault({ kind: "dead", message: `ended before it answered n ${line.n}`, stderr: ["Segmentation fault"] })
    })
    const { areas: [cm], verdict } = await conformance(dies, { ...options, runs: 40 })
    expect(verdict).toBe("fault")
    expect(cm?.finding?.lines.map(({ in: { op } }) => op)).toEqual(["init", "detach"])
    expect(cm?.finding && findingText(cm.finding)).toContain("Segmentation fault")
  })

  it("fails for another area, too, and every area is told [SQP-CONF-3]", async () => {
    const report = await conformance(subject(spoilsReps), { ...options, runs: 40, areas: within("cm", "services", "everything") })
    expect(report.areas.map(({ area, verdict }) => [area, verdict])).toEqual([
      ["cm", "violation"], ["services", "allowed"], ["everything", "violation"]
    ])
    const xml = junitOf(report)
    expect(xml).toContain('<testsuite name="madmux conform" tests="3" failures="2" errors="0">')
    expect(xml).toContain('<testcase classname="madmux.conform" name="services"/>')
    expect(xml.match(/<failure message="/g)).toHaveLength(2)
    expect(xml).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/)
    const data = JSON.parse(JSON.stringify(reportData(report)))
    expect(data).toMatchObject({ seed: 11, verdict: "violation", areas: [{ area: "cm", finding: { outcome: { violation: { kind: "frame" } } } }, {}, {}] })
  })
})

describe("a program that cannot be started", () => {
  it("ends the whole at once [SQP-CONF-1]", async () => {
    const never = (): AsyncSubject => ({
      apply: () => Promise.reject(new SubjectFault({ kind: "start", message: "could not be started", stderr: [] })),
      close: async () => {}
    })
    const report = await conformance(never, { seed: 1, runs: 3 })
    expect(report.areas).toHaveLength(1)
    expect(report.verdict).toBe("fault")
    expect(report.areas.every(({ finding }) => finding?.outcome._tag === "fault")).toBe(true)
  })
})
