import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import type { Line } from "../../impl/trace/line.ts"
import { readTrace } from "../../impl/trace/read.ts"
import { check } from "../trace-check.ts"
import { subjects } from "../generate.ts"
import { judge } from "../model-based/judged.ts"
import { Statistics } from "../statistics.ts"
import { reference, type Subject } from "../subject.ts"
import { FABRIC, playBatch, seedOfBatch, soakSubjects, subjectOfBatch } from "./batch.ts"
import { playFabric } from "./fabric-run.ts"
import { soakFlags } from "./flags.ts"
import { growthOf, MemoryWatch, SAMPLES_MOST } from "./memory.ts"
import { reportPage } from "./report-page.ts"
import { mergeReports, missingShards, readReport, reportText, type SoakReport } from "./report.ts"
import { soak, type SoakOptions } from "./soak.ts"

const SEED = 42
const MIB = 2 ** 20

/** Our own implementation, but that the first MAD of a function that should leave does not. */
const forgetful = (): Subject => {
  const subject = reference()
  let isDone = false
  return {
    apply: (line) => {
      const answered = subject.apply(line)
      const out = answered.out ?? []
      const at = line.in.op === "egress" ? out.findIndex(({ to }) => to === "wire") : -1
      if (isDone || at < 0) return answered
      isDone = true
      return { ...answered, out: out.toSpliced(at, 1) }
    }
  }
}

const small = (options: Partial<SoakOptions>): Promise<SoakReport> =>
  soak({ seed: SEED, batches: 3, sequences: 2, shrinks: 5, measure: () => MIB, ...options })

/** A report without what the clock told. */
const timeless = (report: SoakReport) => ({ ...report, startedAt: "", seconds: 0, memory: [] })

describe("the batches of a soak", () => {
  it("are about each subject of the generator and the embedded fabric in turn", () => {
    for (const round of [0, 1, 7]) {
      const about = soakSubjects.map((_, i) => subjectOfBatch(round * soakSubjects.length + i))
      expect(about.sort()).toEqual([...subjects, FABRIC].sort())
    }
  })

  it.each([2, 3, 4, 6, 8, 12, 24])("are about every subject in every one of %i shards, and in time as often [SQP-SOAK-2]", (of) => {
    const batches = 100 * soakSubjects.length
    for (let shard = 0; shard < of; shard++) {
      const counts = new Map<string, number>()
      for (let n = 0; n < batches; n++) {
        const about = subjectOfBatch(shard + n * of)
        counts.set(about, (counts.get(about) ?? 0) + 1)
      }
      expect(counts.size).toBe(soakSubjects.length)
      expect(Math.min(...counts.values())).toBeGreaterThan(50)
    }
  })

  it("have seeds of their own, the same whoever plays them [SQP-SOAK-1]", () => {
    const seeds = Array.from({ length: 3000 }, (_, batch) => seedOfBatch(SEED, batch))
    expect(new Set(seeds).size).toBe(seeds.length)
    expect(seeds).toEqual(seeds.map((_, batch) => seedOfBatch(SEED, batch)))
    expect(seedOfBatch(SEED + 1, 0)).not.toBe(seeds[0])
  })

  it("find what an implementation does wrong, and shrink it to a trace that shows it [SQP-SOAK-1]", () => {
    const about = subjects.indexOf("transactions")
    const found = (shrinks: number): ReadonlyArray<Line> => {
      const { fault } = playBatch(SEED, about, { subject: forgetful, sequences: 6, shrinks }, new Statistics())
      expect(fault?.text).toContain("violation")
      return Result.getOrThrow(readTrace(fault?.trace ?? ""))
    }
    const whole = found(0)
    expect(check(whole).verdict).toBe("violation")
    const shrunk = found(20)
    expect(check(shrunk).verdict).toBe("violation")
    expect(shrunk.length).toBeLessThan(whole.length)
  })

  it("tell a crash as what is wrong", () => {
    const subject = (): Subject => ({ apply: () => {
      throw new RangeError("no room")
    } })
    const { fault } = playBatch(SEED, 0, { subject, sequences: 2, shrinks: 5 }, new Statistics())
    expect(fault?.text).toContain("no room")
  })
})

describe("a run on the embedded fabric", () => {
  const seeds = Array.from({ length: 6 }, (_, i) => i + 1)
  const runs = seeds.map((seed) => playFabric(seed))
  const commands = runs.flatMap(({ lines }) => lines)
  const outputs = (lines: ReadonlyArray<Line>) => lines.flatMap(({ out = [] }) => out)

  it("is a function of its seed [SQP-SOAK-1]", () => {
    expect(playFabric(1)).toEqual(runs[0])
    expect(runs[1]?.lines).not.toEqual(runs[0]?.lines)
  })

  it("is allowed, serves every function in the end and leaves nothing behind [SQP-SOAK-1]", () => {
    expect(runs.map(({ missed }) => missed).flat()).toEqual([])
    expect(judge(runs[3]?.lines ?? []).faults).toEqual([])
  })

  it("does some of everything: lives, port events, tables in segments, connections both ways, members", () => {
    const ops = new Set(commands.map(({ in: { op } }) => op))
    for (const op of ["egress", "ingress", "attach", "detach", "reset", "reregister", "link", "sm", "adminGuid"] as const) {
      expect(ops).toContain(op)
    }
    const kinds = new Set(outputs(commands).flatMap((output) =>
      output.to === "function" ? [`${output.mad.slice(2, 4)} ${output.mad.slice(6, 8)} ${output.mad.slice(32, 36)}`] : []))
    // GetTableResp of nodes, GetResp of members, and REQ, REP and RTU of CM.
    for (const kind of ["03 92 0011", "03 81 0038", "07 03 0010", "07 03 0013", "07 03 0014"]) expect(kinds).toContain(kind)
  })

  it("would be refused if a MAD to a function were missing [SQP-SOAK-1]", () => {
    const { lines = [] } = runs[3] ?? {}
    const at = lines.findIndex(({ in: command, out = [] }) => command.op === "ingress" && out.some(({ to }) => to === "function"))
    const lost = lines.map((line, i) =>
      i === at ? { ...line, out: (line.out ?? []).filter(({ to }) => to !== "function") } : line)
    expect(judge(lost).verdict).toBe("violation")
  })
})

describe("a soak", () => {
  it("finds nothing in our own implementation, and counts what it played [SQP-SOAK-1]", async () => {
    const report = await small({ batches: 4 })
    expect(report.failures).toEqual([])
    expect(report.batches).toBe(4)
    expect(report.reached["runs"]).toEqual({ sequences: 8 })
    expect(Result.getOrThrow(readReport(JSON.stringify(report)))).toEqual(report)
    expect(timeless(await small({ batches: 4 }))).toEqual(timeless(report))
  })

  it("names one command that finds a failure again [SQP-SOAK-1]", async () => {
    const { failures: [failure] } = await small({ subject: forgetful, batches: 2, sequences: 6 })
    expect(failure).toBeDefined()
    const [, seed = "", batch = "", sequences = ""] =
      /^npm run soak -- --seed (\d+) --batch (\d+) --sequences (\d+)$/.exec(failure?.replay ?? "") ?? []
    const again = await soak({
      seed: Number(seed), only: Number(batch), sequences: Number(sequences), subject: forgetful, shrinks: 5, measure: () => MIB
    })
    expect(again.failures).toEqual([failure])
  })

  it("ends with the batch under way when time is over or it is told to stop, and keeps some failures only [SQP-SOAK-3]",
    async () => {
      let now = 0
      expect((await small({ seconds: 25, batches: 99, nowSeconds: () => (now += 5) })).batches).toBeLessThan(5)
      expect((await small({ isStopped: () => true })).batches).toBe(0)
      const crashing = (): Subject => ({ apply: () => {
        throw new RangeError("no room")
      } })
      const report = await small({ subject: crashing, batches: 25, sequences: 1 })
      expect(report.failures).toHaveLength(20)
      // The batches on the embedded fabric play our own implementation.
      expect(report.moreFailures).toBe(25 - 20 - [...Array(25).keys()].filter((b) => subjectOfBatch(b) === FABRIC).length)
    })

  it("plays in its shards each batch once [SQP-SOAK-2]", async () => {
    const crashing = (): Subject => ({ apply: () => {
      throw new RangeError("no room")
    } })
    const shards = await Promise.all([1, 2, 3].map((shard) =>
      small({ subject: crashing, shard: [shard, 3], batches: 3, sequences: 1 })))
    const batches = shards.flatMap(({ failures }) => failures.map(({ batch }) => batch))
    expect(batches.sort()).toEqual([...Array(9).keys()])
  })

  it("fails when memory grows beyond its bound, as it does by an implementation that leaks [SQP-SOAK-3]", async () => {
    const kept: Array<Uint8Array> = []
    const leaking = (): Subject => {
      kept.push(new Uint8Array(2 * MIB))
      return reference()
    }
    const soaked = (subject: () => Subject) => {
      let now = 0
      return soak({
        seed: SEED, batches: 12, sequences: 1, shrinks: 5, sampleSeconds: 1, nowSeconds: () => (now += 1), growthMaxBytes: 6 * MIB,
        subject
      })
    }
    expect((await soaked(reference)).failures).toEqual([])
    const { failures: [failure], memory: [memory] } = await soaked(leaking)
    expect(kept.length).toBeGreaterThan(8)
    expect(failure?.about).toBe("memory")
    expect(memory?.growthBytes).toBeGreaterThan(6 * MIB)
  })
})

describe("the watch over memory", () => {
  const samples = (bytes: ReadonlyArray<number>) => bytes.map((each, i) => ({ atSeconds: i, bytes: each }))

  it("takes no warm-up and no single peak for growth, but a slope [SQP-SOAK-3]", () => {
    expect(growthOf(samples([1, 50, 60, 60, 99, 60, 60, 60].map((n) => n * MIB)))).toEqual({ growthBytes: 0, isFlat: true })
    expect(growthOf(samples([...Array(40).keys()].map((i) => i * MIB)), 15 * MIB)?.isFlat).toBe(false)
    expect(growthOf(samples([1, 2, 3]))).toBeNull()
  })

  it("stays in bounded room however long it watches [SQP-SOAK-3]", () => {
    const watch = new MemoryWatch(1, () => MIB)
    for (let second = 0; second < 5000; second++) watch.at(second)
    expect(watch.samples.length).toBeLessThan(SAMPLES_MOST)
    expect(watch.samples.length).toBeGreaterThan(SAMPLES_MOST / 4)
    expect(watch.samples[0]?.atSeconds).toBe(0)
  })
})

describe("merged reports", () => {
  it("add what shards counted, keep their failures, and say which shard is missing [SQP-SOAK-2]", async () => {
    const one = await small({ shard: [1, 3] })
    const three = await small({ shard: [3, 3], subject: forgetful, batches: 2, sequences: 2 })
    const sum = Result.getOrThrow(mergeReports([three, one]))
    expect(sum.shards).toEqual([1, 3])
    expect(sum.batches).toBe(one.batches + three.batches)
    expect(sum.failures).toEqual([...three.failures, ...one.failures])
    expect(sum.reached["commands"]?.["init"] ?? 0).toBe(0)
    expect(sum.reached["runs"]?.["sequences"]).toBe(
      (one.reached["runs"]?.["sequences"] ?? 0) + (three.reached["runs"]?.["sequences"] ?? 0))
    expect(missingShards(sum)).toEqual([2])
    expect(reportText(sum)).toContain("no report of shards 2")
    const page = reportPage(sum)
    expect(page).toContain(`shards 1, 3 of 3`)
    expect(page).toContain("No report of shards 2.")
    expect(page).toContain(`| all | ${sum.batches} | `)
    for (const { replay } of sum.failures) expect(page).toContain(replay)
    expect(reportPage(one)).toContain("Nothing was found.")
    expect(Result.getOrThrow(readReport(JSON.stringify(sum)))).toEqual(sum)
  })

  it("are refused when they are of two soaks, of one shard twice, or no reports at all [SQP-SOAK-2]", async () => {
    const one = await small({ batches: 1 })
    expect(Result.getOrThrow(Result.flip(mergeReports([one, one])))).toContain("1/1 is there twice")
    expect(Result.getOrThrow(Result.flip(mergeReports([one, { ...one, seed: 7 }])))).toContain("two soaks")
    expect(Result.getOrThrow(Result.flip(mergeReports([])))).toContain("no report")
    expect(Result.getOrThrow(Result.flip(readReport("{")))).toContain("no JSON")
    expect(Result.getOrThrow(Result.flip(readReport("{}")))).toMatch(/^this is no report of a soak: format: /)
    const odd = JSON.stringify({ ...one, subjects: { cm: { ...one.subjects["cm"], batches: "x" } } })
    expect(Result.getOrThrow(Result.flip(readReport(odd)))).toBe("this is no report of a soak: subjects.cm.batches: expected number")
  })
})

describe("the flags of a soak", () => {
  it("are read, and refused with what and where", () => {
    expect(Result.getOrThrow(soakFlags(["--minutes", "0.5", "--seed", "9", "--shard", "2/8", "--report", "r.json"]))).toEqual({
      help: false, minutes: 0.5, seed: 9, shard: [2, 8], sequences: 10, batch: null, report: "r.json"
    })
    const refused = [["--minutes", "0"], ["--seed", "-1"], ["--seed", "x"], ["--shard", "3/2"], ["--shard", "2"], ["--sequences", "0"]]
    for (const args of [...refused, ["--batch", "1.5"], ["--odd"], ["stray"]]) {
      const told = soakFlags(args)
      expect([args, Result.isFailure(told)]).toEqual([args, true])
      if (Result.isFailure(told)) expect(told.failure).toContain(args[0]?.replace("--", "") ?? "")
    }
  })
})
