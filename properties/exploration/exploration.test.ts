import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { traceLines } from "../../impl/trace/read.ts"
import { presetNamed } from "../presets.ts"
import { check } from "../trace-check.ts"
import { chartOfPath } from "./chart.ts"
import { explorePreset } from "./exploration.ts"
import { areasOf, untakenBy } from "./untaken.ts"

const entry = fileURLToPath(new URL("../../impl/cli/main.ts", import.meta.url))

const run = (...args: ReadonlyArray<string>) => {
  const env = { ...process.env, NO_COLOR: "1" }
  const { status, stderr, stdout } = spawnSync(process.execPath, [entry, "explore", ...args], { encoding: "utf8", env })
  return { status, stdout, stderr }
}

const WRONG = "hands a response to the next function"

describe("an exploration of a preset", () => {
  it("holds where every state is right and each can come to rest [SQP-EXP-5]", () => {
    const report = explorePreset(presetNamed("tid/losses"), { parameters: { losses: 0, duplications: 0, requests: 1 } })
    expect(report).toMatchObject({
      verdict: "holds", live: true, states: 25, transitions: 36, stopped: null, mutant: null, chart: [], unreached: [],
      parameters: { vfs: 2, requests: 1, losses: 0, duplications: 0, resets: 0 }
    })
  })

  it("names the transitions that a preset is meant for and did not take [SQP-EXP-5]", () => {
    const preset = { ...presetNamed("tid/pings"), reaches: [/function 2 answers/, /no such label/] }
    expect(explorePreset(preset)).toMatchObject({ verdict: "holds", unreached: ["/no such label/"] })
  })

  it("shows what a wrong model does as a chart of functions, PF context and wire [SQP-EXP-5]", () => {
    const { chart, path, verdict, violations } = explorePreset(presetNamed("tid/pings"), { mutant: WRONG })
    expect(verdict).toBe("violation")
    expect(violations.join()).toContain("(SQP-TID-4)")
    expect(path).toHaveLength(4)
    expect(chart).toHaveLength(8)
    expect(chart[0]).toMatch(/^ +1 +VF 1 ───▶ │ .* class 0x32 method 0x01/)
    expect(chart[1]).toMatch(/^ +│ ───▶ wire .* tid 1$/)
    expect(chart.at(-2)).toMatch(/^ +4 +│ ◀─── wire .* method 0x81/)
    expect(chart.at(-1)).toMatch(/^ +VF 2 ◀─── │ /)
  })

  it("shows what happens beside the PF context at the wire, and what is lost with a cross [SQP-EXP-5]", () => {
    const { chart } = explorePreset(presetNamed("tid/shared"), { mutant: WRONG })
    expect(chart.some((row) => /^ +\d+ {13}│ {4}· wire {2}request 0+1 arrives$/.test(row))).toBe(true)
    const label = "Set of TID 1 from LID 5 is lost"
    expect(chartOfPath([{ label, state: null }])).toEqual([`    1             │    ✗ wire  ${label}`])
  })

  it("ends with a sentence when it has no memory left [SQP-EXP-3]", () => {
    const report = explorePreset(presetNamed("tid/shared"), { maxMemoryMib: 10, memoryMib: () => 11 })
    expect(report).toMatchObject({
      verdict: "incomplete", live: false, stopped: "11 MiB of memory are in use, more than 10"
    })
    expect(report.transitions).toBe(1024)
  })
})

it("Tells by area which rules of the model an exploration never came to [SQP-EXP-5]", async () => {
  const areas = await untakenBy(["tid/pings"], {})
  const of = (name: string) => areas.find(({ area }) => area === name)
  const ids = (name: string) => of(name)?.untaken
    .filter(({ place }) => place.startsWith(`model/${name}.ts:`)).flatMap((line) => line.ids)
  expect(of("cm")?.lines).toBeGreaterThan(30)
  expect(ids("cm")).toContain("SQP-CM-2")
  for (const taken of ["SQP-TID-1", "SQP-TID-2", "SQP-TID-4", "SQP-TID-6"]) expect(ids("tid")).not.toContain(taken)
  expect(ids("tid")).toContain("SQP-TID-10")
  expect([...areasOf([presetNamed("tid/pings")])]).toEqual(["tid", "steering"])
  expect(of("tid")?.untaken[0]?.place).toMatch(/^model\/[a-z-]+\.ts:\d+$/)
})

describe("madmux explore", () => {
  it("lists the presets, and the wrong models of one [SQP-EXP-5]", () => {
    const { status, stdout } = run()
    expect(status).toBe(0)
    expect(stdout).toMatch(/^tid\/losses +vfs 2, requests 2, losses 1, .* two functions ask one peer/m)
    expect(run("tid/pings", "--mutant", "list").stdout).toMatch(/^tid\/pings +SQP-TID-4 +hands a response to the next function$/m)
  })

  it("says of a preset that it holds, as text and as JSON [SQP-EXP-5] [SQP-CLI-1]", () => {
    const flags = ["tid/losses", "--losses", "0", "--duplications", "0", "--requests", "1"]
    const { status, stderr, stdout } = run(...flags)
    expect([status, stderr]).toEqual([0, ""])
    expect(stdout).toContain("25 states (13 orbits), 36 transitions, depth 6: every state is right, and from each it can come to rest")
    const [report] = JSON.parse(run(...flags, "--json").stdout)
    expect(report).toMatchObject({ preset: "tid/losses", verdict: "holds", states: 25 })
  })

  it("ends with exit code 2 where a model is wrong, with a trace of it, and where it was not finished [SQP-EXP-5] [SQP-EXP-6] [SQP-CLI-1]", () => {
    const directory = mkdtempSync(join(tmpdir(), "madmux-explore-"))
    const trace = join(directory, "counterexample.jsonl")
    const wrong = run("tid/pings", "--mutant", "response to the next", "--trace", trace)
    const lines = [...traceLines(readFileSync(trace, "utf8"))].map((line) => Result.getOrThrow(line))
    rmSync(directory, { recursive: true })
    expect(wrong.stdout).toMatch(/the counterexample of tid\/pings is in .*: check refuses it at n 6, behaviour \(SQP-TID-4, /)
    expect(check(lines).violations[0]).toMatchObject({ n: 6, kind: "behaviour" })
    expect([wrong.status, wrong.stderr.trim().split("\n").at(-1)?.trim()]).toEqual([2, "explore: tid/pings: violation"])
    expect(wrong.stdout).toContain("after 4 transitions; none is wrong after fewer")
    const bounded = run("tid/pings", "--max-states", "50")
    expect(bounded.status).toBe(2)
    expect(bounded.stdout).toContain("incomplete: 50 states are as many as was asked for; nothing is wrong so far")
  })

  it("tries where the counterexample is to go before it searches, and loses none that cannot be written [SQP-EXP-6] [SQP-CLI-1]", () => {
    const endless = ["tid/losses", "--vfs", "5", "--requests", "4"]
    const nowhere = join(tmpdir(), "madmux", "no", "such", "folder", "trace")
    const refused = run(...endless, "--trace", nowhere)
    expect([refused.status, refused.stdout]).toEqual([3, ""])
    expect(refused.stderr).toMatch(/explore: cannot write .*: no such file or directory/)
    if (!existsSync("/dev/full")) return
    const full = run("tid/pings", "--mutant", WRONG, "--trace", "/dev/full", "--json")
    expect(JSON.parse(full.stdout)).toMatchObject([{ verdict: "violation", path: { length: 4 } }])
    expect(full.status).toBe(3)
    expect(full.stderr).toContain("explore: cannot write /dev/full: no space left on the device")
  })

  it.each(["SIGINT", "SIGTERM"] as const)("is ended by %s while it searches [SQP-EXP-5] [SQP-CLI-1]", async (signal) => {
    const endless = ["explore", "tid/losses", "--vfs", "5", "--requests", "4"]
    const child = spawn(process.execPath, [entry, ...endless], { stdio: ["ignore", "ignore", "pipe"] })
    // It is in the search when it tells how far it is.
    await once(child.stderr, "data")
    child.kill(signal)
    expect(await once(child, "exit")).toEqual([null, signal])
  })

  it.each([
    ["a wrong model without a preset", ["--mutant", "hands"], "which preset? Name one, or an area"],
    ["a preset that does not exist", ["nope"], "there is no preset or area nope"],
    ["a parameter without a meaning", ["tid/pings", "--losses", "1"], "losses means nothing in tid/pings"],
    ["a bound out of its range", ["tid/pings", "--max-states", "0"], "--max-states 0 is not in 1..100000000"],
    ["an unknown mutant", ["tid/pings", "--mutant", "sings"], 'none is like "sings"'],
    ["a mutant of other presets", ["tid/pings", "--mutant", "exchanges outlive"], "these presets can: cm/"],
    ["a mutant that the preset does not tell", ["tid/pings", "--mutant", "keeps the SM_Key"],
      "tid/pings cannot tell a model that keeps the SM_Key of a VF; these presets can: classes/sending"],
    ["a number with which nothing happens", ["tid/losses", "--vfs", "0"], "vfs must be a whole number from 1 to 64, not 0"]
  ])("refuses %s and says what is wrong [SQP-EXP-5] [SQP-CLI-1]", (_, args, message) => {
    const { status, stderr } = run(...args)
    expect(status).toBe(1)
    expect(stderr).toContain(message)
  })
})
